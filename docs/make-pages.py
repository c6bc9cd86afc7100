#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the pages that gi-docgen takes out of those that people read in the source tree.

Usage: make-pages.py DOCS OUTPUT PAGE...

The title of a page is its first line, `# Title`, after comments. Links to other pages lead to what is made
of them. A paragraph that is a link to an example becomes the text of the example. What is about a
page or an example that this tree does not have is left out: the row of a table whose first link
leads there, and a section that shows nothing else. Links to examples stay: they are copied beside
the pages. Other links into the tree become plain text, and must not be dead. Each page ends with
links to the page before it and the one after it, in the order of the command line.

In a group of tabs, between `<!-- tabs: NAME -->` and `<!-- end of tabs -->`, a comment before each
block says its language, for make-reference.py, which gets to see no other trace of that.
"""
import re
import sys
from pathlib import Path

IMAGE = re.compile(r'!\[([^\]\[]+)\]\(images/([\w.-]+)\)')
LINK = re.compile(r'\[([^\]\[]+)\]\(([^)\s]+)\)')
EXAMPLE = re.compile(r'^\[[^\]\[]+\]\((examples/[\w.-]+)\)$')
TABS = re.compile(r'^<!-- (?:(tabs: \S+)|end of tabs) -->$')
LANGUAGES = {'.c': 'c', '.py': 'python', '.js': 'javascript', '.vala': 'vala'}
# Pages that may be missing from a tree; a link to any other page that is missing is a mistake.
OPTIONAL = {'faults', 'features', 'javascript', 'performance', 'python', 'testing', 'vala'}


class Pages:
    def __init__(self, docs, names):
        self.docs = docs
        self.names = names

    def is_left_out(self, target):
        name = target.partition('#')[0].removesuffix('.md')
        if name in OPTIONAL and name not in self.names:
            return True
        return target.startswith('examples/') and not (self.docs / target).exists()

    def make_link(self, page, match):
        text, target = match.groups()
        if re.match(r'https?:|#', target):
            return match[0]
        path, _, anchor = target.partition('#')
        name = path.removesuffix('.md')
        if name in self.names:
            return f'[{text}]({name}.html{"#" + anchor if anchor else ""})'
        if name not in OPTIONAL and not (self.docs / path).exists():
            sys.exit(f'{page}.md: there is no {target}')
        return match[0] if path.startswith('examples/') else text

    def make_example(self, path):
        text = (self.docs / path).read_text()
        name = path.rpartition('/')[2]
        return (f'```{LANGUAGES[Path(path).suffix]}\n{text}```\n\n'
                f'This is the file [{name}]({path}).')

    def get_title(self, page):
        return re.search('^# (.+)$', (self.docs / f'{page}.md').read_text(), re.M)[1]

    def make_neighbours(self, page):
        place = self.names.index(page)
        links = []
        if place > 0:
            before = self.names[place - 1]
            links.append(f'← [{self.get_title(before)}]({before}.html)')
        if place < len(self.names) - 1:
            after = self.names[place + 1]
            links.append(f'[{self.get_title(after)}]({after}.html) →')
        return ' | '.join(links)

    def make_lines(self, page, lines):
        code = False
        tabs = False
        for line in lines:
            if tabs and not code and line.startswith('```'):
                yield f'<!-- tab: {line[3:]} -->\n'
            code ^= line.startswith('```')
            example = EXAMPLE.match(line)
            mark = TABS.match(line)
            first = LINK.search(line)
            if code:
                yield line
            elif mark:
                tabs = mark[1] is not None
                yield line
            elif example:
                yield self.make_example(example[1])
            elif IMAGE.search(line):
                yield IMAGE.sub(r'![\1](\2)', line)
            elif line.startswith('|') and first and self.is_left_out(first[2]):
                continue
            else:
                yield LINK.sub(lambda match: self.make_link(page, match), line)

    def make(self, page):
        lines = (self.docs / f'{page}.md').read_text().splitlines()
        while lines and (not lines[0] or lines[0].startswith('<!--')):
            lines.pop(0)
        if not lines or not lines[0].startswith('# '):
            sys.exit(f'{page}.md: the first line must be the title')
        sections = [[]]
        for line in lines:
            if line.startswith('## '):
                sections.append([])
            sections[-1].append(line)
        kept = []
        for section in sections:
            example = next(filter(None, map(EXAMPLE.match, section)), None)
            if not example or not self.is_left_out(example[1]):
                kept += section
        text = '\n'.join(self.make_lines(page, kept)).rstrip('\n')
        return f'Title: {lines[0][2:]}\n\n{text}\n\n---\n\n{self.make_neighbours(page)}\n'


def main(docs, output, *names):
    pages = Pages(Path(docs), names)
    for name in names:
        (Path(output) / f'{name}.md').write_text(pages.make(name))


main(*sys.argv[1:])
