#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""That the groups of tabs on the pages show the snippets in docs/snippets, which are compiled and
run, each in every language; that each snippet is shown; and that the pages show no other code.

Usage: check-snippets.py SOURCE_ROOT
       check-snippets.py --write SOURCE_ROOT

With --write the groups are given the snippets. A group may be just its two marks then.
"""
import re
import sys
import textwrap
from pathlib import Path

WRITE = sys.argv[1] == '--write'
DOCS = Path(sys.argv[-1]) / 'docs'
# In the order of the tabs: what the page calls the language, and how the name of its file ends.
LANGUAGES = {'python': 'py', 'js': 'js', 'vala': 'vala', 'c': 'c'}
# Blocks of these are no code, or commands for a terminal.
OTHER_BLOCKS = {'', 'sh'}
# What these pages are about is one language, or whole programs.
OTHER_PAGES = {'coming-from-qemu-machine', 'disks', 'forwards', 'gtk', 'guest-agent', 'helpers',
               'hosts', 'javascript', 'languages', 'migration', 'pytest', 'python', 'screen',
               'shell', 'templates', 'vala'}

BEGIN = re.compile(r'^<!-- tabs: (\S+) -->$')
END = '<!-- end of tabs -->'
MARK = re.compile(r'^ *(?:#|//|/\*) (?:snippet: (\S+)|(end) of snippet)(?: \*/)?$')

failures = []


def read_snippets(path):
    """Name -> text. The pieces of a snippet are parted by an empty line."""
    pieces = {}
    name = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        mark = MARK.match(line)
        if not mark and 'snippet' in line:
            failures.append(f'{path.name}:{number}: no mark: {line.strip()}')
        elif mark and (mark[2] is None) == (name is not None):
            failures.append(f'{path.name}:{number}: a snippet ends where the next one begins')
        elif mark:
            name = mark[1]
            if name:
                pieces.setdefault(name, []).append([])
        elif name:
            pieces[name][-1].append(line)
    if name:
        failures.append(f'{path.name}: {name} has no end')
    return {name: '\n\n'.join(textwrap.dedent('\n'.join(lines)).strip('\n') for lines in texts)
            for name, texts in pieces.items()}


def show(blocks):
    return [line for language, text in blocks
            for line in ['', f'```{language}', *text.split('\n'), '```']] + ['']


class Page:
    def __init__(self, path):
        self.path = path
        self.files = {language: DOCS / 'snippets' / f'{path.stem}.{suffix}'
                      for language, suffix in LANGUAGES.items()}
        self.snippets = {language: read_snippets(file) if file.exists() else {}
                         for language, file in self.files.items()}
        self.shown = set()

    def fail(self, text):
        failures.append(f'{self.path.name}: {text}')

    def find(self, name):
        """The blocks that a group of this name must show."""
        blocks = []
        for language, snippets in self.snippets.items():
            if name not in snippets:
                self.fail(f'{name} is not in {self.files[language].name}')
            elif not snippets[name]:
                self.fail(f'{name} is empty in {self.files[language].name}')
            else:
                blocks.append((language, snippets[name]))
        return blocks

    def check_group(self, name, lines):
        """The lines that the group must have."""
        blocks = self.find(name)
        wanted = show(blocks)
        if name in self.shown:
            self.fail(f'{name} is shown twice')
        self.shown.add(name)
        if len(blocks) < len(LANGUAGES):
            return lines
        if not WRITE and lines != wanted:
            self.fail(f'{name} shows other code than docs/snippets')
        return wanted

    def check(self):
        result = []
        group = None
        language = None
        for line in self.path.read_text().splitlines():
            if language is None and line.startswith('```'):
                language = line[3:]
                if group is None and language not in OTHER_BLOCKS:
                    self.fail(f'a block of {language} is in no group of tabs')
            elif language is not None and line == '```':
                language = None
            elif language is None and BEGIN.match(line):
                if group:
                    self.fail(f'{group[0]} has no end')
                group = (BEGIN.match(line)[1], [])
                result.append(line)
                continue
            elif language is None and line == END:
                if group:
                    result += self.check_group(*group)
                else:
                    self.fail('an end of tabs without a beginning')
                group = None
            (result if group is None else group[1]).append(line)
        if group:
            self.fail(f'{group[0]} has no end')
        names = {name for snippets in self.snippets.values() for name in snippets}
        for name in sorted(names - self.shown):
            self.fail(f'{name} of docs/snippets is not shown')
        return '\n'.join(result) + '\n'


pages = [path for path in sorted(DOCS.glob('*.md')) if path.stem not in OTHER_PAGES]
written = {path: Page(path).check() for path in pages}
known = {f'{path.stem}.{suffix}' for path in pages for suffix in LANGUAGES.values()}
failures += [f'docs/snippets: there is no page for {path.name}'
             for path in sorted((DOCS / 'snippets').iterdir())
             if path.is_file() and path.name not in known]
if WRITE and not failures:
    for path, text in written.items():
        if path.read_text() != text:
            path.write_text(text)
print('\n'.join(failures), file=sys.stderr)
sys.exit(1 if failures else 0)
