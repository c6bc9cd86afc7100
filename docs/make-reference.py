#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs gi-docgen and mends what its templates have no setting for.

Usage: make-reference.py DOCS OUTPUT GI_DOCGEN ARGUMENT...

The page `overview` becomes the front page. The rows of the front page that have no address go, and
so does the list of pages that the overview has better. Pages have a list of pages beside them, and
one title. Groups of tabs become tabs, which need no script. Links to other libraries work without
scripts, the search works from disk and shows no marks of links, and narrow windows show all. The
examples go into the output, for links to lead there.

What is looked for in gi-docgen's output is the same in its versions 2023.1 and 2025.3; where
something is not found, this fails instead of leaving it out.
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

FRONT = 'overview.html'
ADDRESS = re.compile(r"\['(\w+)', '([^']+)'\]")
LINK = re.compile(r'<a\b[^>]*\bdata-namespace="(\w+)"[^>]*>')
TARGET = re.compile(r'\bdata-link="([^"]+)"')
ITEM = re.compile(r'<li><a href="([^"]+)">([^<]+)</a></li>')
BODY = re.compile(r'<section id="main" class="content">.*?<div class="docblock">\s*(.*?)\s*</div>'
                  r'\s*</section>\s*</section>', re.S)
TITLE = re.compile(r'<h1\b[^>]*>.*?</h1>', re.S)
SECOND_TITLE = re.compile(r'<h4 id="title".*?</h4>', re.S)
PAGE_LIST = re.compile(r'<section>\s*<div class="toggle-wrapper">\s*<h4 id="extra".*?</section>', re.S)
EMPTY_ROW = re.compile(r'\s*<tr><td><em>\w+</em></td><td><a href="" [^>]*></a></td></tr>')
SUMMARY_TITLE = re.compile(r'(?<="summary":") # .*?  ')
SUMMARY_LINK = re.compile(r'\[\w+@([\w.:-]+)\]')
TABS = re.compile(r'<!-- tabs: (\S+) -->(.*?)<!-- end of tabs -->', re.S)
TAB = re.compile(r'\s*<!-- tab: (\w+) -->\s*'
                 r'(<div class="codehilite">(?:(?!<div|<!--).)*</div>)\s*', re.S)
LANGUAGES = {'python': 'Python', 'js': 'JavaScript', 'vala': 'Vala', 'c': 'C'}
META = '<div class="meta info">'
GENERATOR = '<div class="section generator">'
SEARCH = '<script src="search.js"></script>'


def replace(where, pattern, text):
    """Once, and it must be there."""
    if isinstance(pattern, str):
        pattern = re.compile(re.escape(pattern))
    result, count = pattern.subn(lambda match: text, where, count=1)
    if not count:
        sys.exit(f'gi-docgen has made no {pattern.pattern}')
    return result


def find(where, pattern):
    return pattern.search(where) or sys.exit(f'gi-docgen has made no {pattern.pattern}')


def make_tabs(match):
    """Radio buttons, which style.css makes tabs of. Without a style all blocks are shown."""
    name = match[1]
    tabs = TAB.findall(match[2])
    if not tabs or TAB.sub('', match[2]):
        sys.exit(f'the tabs {name} have something else in them')
    lines = ['<div class="tabs" role="group" aria-label="Language">']
    for number, (language, block) in enumerate(tabs):
        checked = ' checked=""' if number == 0 else ''
        lines += [f'<input type="radio" name="tabs-{name}" id="tabs-{name}-{language}"'
                  f' value="{language}"{checked}>',
                  f'<label for="tabs-{name}-{language}">{LANGUAGES[language]}</label>']
    return '\n'.join([*lines, *(f'<div class="tab">{block}</div>' for language, block in tabs),
                      '</div>'])


class Reference:
    def __init__(self, docs, output):
        self.docs = docs
        self.output = output
        self.addresses = dict(ADDRESS.findall((docs / 'urlmap.js').read_text()))
        index = (output / 'index.html').read_text()
        self.pages = ITEM.findall(find(index, PAGE_LIST)[0])

    def resolve(self, match):
        """What gi-docgen leaves to a script, which misses those of inherited methods."""
        namespace = match[1]
        if namespace not in self.addresses:
            sys.exit(f'urlmap.js does not say where {namespace} is')
        target = TARGET.search(match[0])[1]
        return re.sub(r'\bhref="[^"]*"', f'href="{self.addresses[namespace]}{target}"', match[0])

    def make_list(self, current):
        lines = ['<div class="section">', '  <h5>Pages</h5>', '  <div class="links">']
        for href, title in self.pages:
            mark = ' class="current"' if href == current else ''
            lines.append(f'    <a{mark} href="{href}">{title}</a>')
        return '\n'.join(lines + ['  </div>', '</div>', ''])

    def make_front(self, html, overview):
        introduction = TITLE.sub('', find(overview, BODY)[1], count=1)
        html = replace(html, META, f'</header>\n<section class="docblock">\n{introduction}\n'
                       f'</section>\n<section>\n@META@')
        head, meta = html.split('@META@')
        meta = replace(meta, '</header>', '</section>')
        meta = replace(meta, PAGE_LIST, '')
        return head + META + EMPTY_ROW.sub('', meta)

    def mend(self):
        overview = (self.output / FRONT).read_text()
        (self.output / FRONT).unlink()
        names = {href for href, title in self.pages}
        for path in sorted(self.output.glob('*.html')):
            html = path.read_text()
            if path.name == 'index.html':
                html = self.make_front(html, overview)
            if path.name == 'index.html' or path.name in names:
                current = FRONT if path.name == 'index.html' else path.name
                html = replace(html, GENERATOR, self.make_list(current) + GENERATOR)
                html = SECOND_TITLE.sub('', html)
            html = replace(html, SEARCH, f'<script src="search-from-disk.js"></script>\n  {SEARCH}')
            html = LINK.sub(self.resolve, html)
            html, count = TABS.subn(make_tabs, html)
            if count:
                script = '<script src="tabs.js" defer=""></script>'
                html = replace(html, SEARCH, f'{SEARCH}\n  {script}')
            if '<!-- tab' in html or '<!-- end of tabs' in html:
                sys.exit(f'{path.name}: a mark of tabs is left')
            path.write_text(html.replace(FRONT, 'index.html'))
        for path in [self.output / 'index.json', *self.output.glob('*.devhelp2')]:
            path.write_text(path.read_text().replace(FRONT, 'index.html'))
        index = (self.output / 'index.json').read_text()
        index = SUMMARY_LINK.sub(r'\1', SUMMARY_TITLE.sub('', index))
        (self.output / 'index.json').write_text(index)
        script = (self.docs / 'search-from-disk.js').read_text()
        (self.output / 'search-from-disk.js').write_text(
            replace(script, '@INDEX@', index))
        shutil.copy(self.docs / 'tabs.js', self.output)
        with (self.output / 'style.css').open('a') as style:
            style.write((self.docs / 'layout.css').read_text())
        shutil.copytree(self.docs / 'examples', self.output / 'examples',
                        ignore=shutil.ignore_patterns('__pycache__'))


def main(docs, output, *command):
    # What is left of an earlier run would be installed, too.
    shutil.rmtree(output, ignore_errors=True)
    try:
        status = subprocess.run(command).returncode
        if status == 0:
            Reference(Path(docs), Path(output)).mend()
    except BaseException:
        # Half of a reference would be taken for a whole one.
        shutil.rmtree(output, ignore_errors=True)
        raise
    sys.exit(status)


main(*sys.argv[1:])
