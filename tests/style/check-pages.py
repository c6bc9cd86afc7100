#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""That the links of the documentation lead somewhere.

Usage: check-pages.py HTML_DIRECTORY
"""
import sys
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(sys.argv[1])


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.ids = set()
        self.links = []
        self.in_code = 0
        self.unresolved = []
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.add(attributes.get('id'))
        if tag in ('code', 'pre', 'script', 'style'):
            self.in_code += 1
        if tag == 'a' and ':' not in attributes.get('href', ':'):
            self.links.append(attributes['href'])

    def handle_endtag(self, tag):
        if tag in ('code', 'pre', 'script', 'style'):
            self.in_code -= 1

    def handle_data(self, data):
        if not self.in_code and ('@' in data or '](' in data):
            self.unresolved.append(data.strip())


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

if not pages:
    failures.append(f'{ROOT}: no pages')
print('\n'.join(failures), file=sys.stderr)
sys.exit(1 if failures else 0)
