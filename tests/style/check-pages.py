#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""That the links of the documentation lead somewhere, and that there is one for each type of another
library; that what the pages load, what Devhelp lists and what the search finds is there; and that
each page of the first list is reached from the page before it.

Usage: check-pages.py HTML_DIRECTORY
"""
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(sys.argv[1])
OTHERS = ('https://docs.gtk.org/', 'https://gnome.pages.gitlab.gnome.org/json-glib/')
OTHER_TYPE = re.compile(r'(?:G[A-Z][a-z]\w+|Json[A-Z]\w+)(?: ?\*+)?')
# gi-docgen's own words about each function that can fail or that completes later; a class without
# a page since it moved between namespaces; two that a tool does not see; and no type.
UNLINKED = {'GError', 'GError*', 'GAsyncReadyCallback', 'GUnixSocketAddress', 'GMutex', 'GCond',
            'GLib'}
LOADED = {'img': 'src', 'script': 'src', 'link': 'href'}


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.ids = set()
        self.links = []
        self.in_code = 0
        self.in_link = 0
        self.in_block = 0
        self.unresolved = []
        self.unlinked = []
        self.dead = []
        text = path.read_text()
        self.feed(text)
        # What stands below the last rule: the links to the pages before and after.
        self.last_links = re.findall('href="([^"]+)"', text.rpartition('<hr')[2].partition('</p>')[0])

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.add(attributes.get('id'))
        if tag in ('code', 'pre', 'script', 'style'):
            self.in_code += 1
        loaded = attributes.get(LOADED.get(tag), '')
        if loaded and ':' not in loaded:
            self.links.append(loaded)
        self.in_link += tag == 'a'
        self.in_block += tag == 'pre'
        href = attributes.get('href', '')
        if tag == 'a' and href.startswith('javascript:') or 'data-namespace' in attributes and (
                not href.startswith(OTHERS)):
            self.dead.append(attributes.get('data-link', href))
        if tag == 'a' and ':' not in attributes.get('href', ':'):
            self.links.append(attributes['href'])

    def handle_endtag(self, tag):
        if tag in ('code', 'pre', 'script', 'style'):
            self.in_code -= 1
        self.in_link -= tag == 'a'
        self.in_block -= tag == 'pre'

    def handle_data(self, data):
        if not self.in_code and ('@' in data or '](' in data):
            self.unresolved.append(data.strip())
        inline = self.in_code and not self.in_block and not self.in_link
        if inline and OTHER_TYPE.fullmatch(data) and data not in UNLINKED:
            self.unlinked.append(data)


pages = {path.name: Page(path) for path in ROOT.glob('*.html')}
failures = []
for name, page in sorted(pages.items()):
    for link in page.links:
        target, _, anchor = link.partition('#')
        target = target or name
        if not (ROOT / target).exists():
            failures.append(f'{name}: there is no {target}')
        elif anchor and target in pages and anchor not in pages[target].ids:
            failures.append(f'{name}: {target} has no #{anchor}')
    failures += [f'{name}: not resolved: {text}' for text in page.unresolved]
    failures += [f'{name}: leads nowhere: {link}' for link in page.dead]
    failures += [f'{name}: {text} has no link' for text in page.unlinked]

book = ''.join(path.read_text() for path in ROOT.glob('*.devhelp2'))
if [path.stem for path in ROOT.glob('*.devhelp2')] != [ROOT.name]:
    failures.append(f'{ROOT}: Devhelp looks for {ROOT.name}.devhelp2')
for link in re.findall(r'\blink="([^"]+)"', book):
    if not (ROOT / link.partition('#')[0]).exists():
        failures.append(f'Devhelp: there is no {link}')
for symbol in json.loads((ROOT / 'index.json').read_text())['symbols']:
    if symbol['type'] == 'content' and not (ROOT / symbol['href']).exists():
        failures.append(f'search: there is no {symbol["href"]}')

# The chapters of the book that have no chapters are the pages, in their order, and one that
# gi-docgen makes.
order = re.findall(r'<sub name="[^"]+" link="([\w-]+\.html)" ?/>', book.partition('<functions')[0])
order = [link for link in order if link in pages and link != 'classes_hierarchy.html']
for before, after in zip(order, order[1:]):
    # The front page has no end: the symbols follow.
    if before != 'index.html' and after not in pages[before].last_links or (
            before not in pages[after].last_links):
        failures.append(f'{before} and {after} do not lead to one another')

if not pages:
    failures.append(f'{ROOT}: no pages')
print('\n'.join(failures), file=sys.stderr)
sys.exit(1 if failures else 0)
