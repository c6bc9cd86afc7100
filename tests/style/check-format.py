#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""That each C file is as clang-format would write it, by the .clang-format at the top.

Usage: check-format.py SOURCE_ROOT
       check-format.py --write SOURCE_ROOT

With --write the files are formatted.
"""
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

WRITE = sys.argv[1] == '--write'
ROOT = Path(sys.argv[-1])

# The same list wherever this runs: there may be no git.
paths = [str(path.relative_to(ROOT)) for top in ('qmachine', 'tests', 'docs')
         for path in sorted((ROOT / top).rglob('*.[ch]'))]
if not paths:
    sys.exit(f'{ROOT}: no C files')
if not shutil.which('clang-format'):
    sys.exit('there is no clang-format: install the package of that name')


def run(*options):
    return subprocess.run(['clang-format', '--style=file', *options, *paths], cwd=ROOT,
                          capture_output=True, text=True, check=False)


if WRITE:
    result = run('-i')
    sys.exit(result.stderr if result.returncode else 0)

result = run('--dry-run', '-Werror')
if result.returncode:
    different = sorted({line.split(':')[0] for line in result.stderr.splitlines()} & set(paths))
    for path in different:
        print(f'{path}: not as clang-format writes it; mend it by: '
              f'clang-format -i {shlex.quote(path)}', file=sys.stderr)
    # It may have failed for another reason.
    sys.exit('or all of them: tests/style/check-format.py --write .' if different
             else result.stderr or 'clang-format failed')
