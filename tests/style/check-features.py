#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every test that a table of a page names is there, and each numbered row names one.

    check-features.py PAGE PROGRAM...
"""

import re
import subprocess
import sys

page, *programs = sys.argv[1:]
there = set()
for program in programs:
    listing = subprocess.run([program, '-l'], capture_output=True, text=True, check=True).stdout
    # As a comment of TAP since GLib 2.84.
    paths = (line.removeprefix('# ') for line in listing.splitlines())
    there.update(path for path in paths if path.startswith('/'))

with open(page, encoding='utf-8') as text:
    lines = text.read().splitlines()
rows = [line for line in lines if re.match(r'\| \d+ \|', line)]
missing = []
for row in (line for line in lines if line.startswith('|')):
    named = re.findall(r'`(/[^`]*)`', row)
    if row in rows and not any(name in there for name in named):
        missing.append(f'no test in the row: {row[:60]}')
    missing += [f'no such test: {name}' for name in named
                if name not in there and not any(path.startswith(name + '/') for path in there)]

if missing or len(rows) < 19:
    print('\n'.join(missing) or f'only {len(rows)} rows', file=sys.stderr)
    sys.exit(1)
