#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""That tsc finds no mistake in the examples and in uses.js, and each of those in mistakes.js, with
the packages and the settings that the page about JavaScript shows.

    check-types.py SOURCE_ROOT NPM_DIRECTORY

One line for each of these: `ok` or `not ok`, and what is wrong.
"""
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT, NPM = (Path(each).resolve() for each in sys.argv[1:])
HERE = ROOT / 'tests/types'
TYPES = ROOT / 'qmachine/bindings/gjs/types/QMachine-1.d.ts'


def run_tsc(paths):
    """File -> pairs of a line and what is wrong there, as a number; and what tsc said of it."""
    config = json.loads((HERE / 'tsconfig.json').read_text())
    config['files'] = [str(TYPES), *map(str, paths)]
    # Beside the packages, where their names are looked up.
    (NPM / 'tsconfig.json').write_text(json.dumps(config))
    command = ['node', 'node_modules/typescript/bin/tsc', '--pretty', 'false', '-p', '.']
    tsc = subprocess.run(command, cwd=NPM, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    errors, said, path = {}, {}, None
    for line in (tsc.stdout + tsc.stderr).splitlines():
        match = re.match(r'(\S.*?)\((\d+),\d+\): error (TS\d+):', line)
        if match:
            path = (NPM / match[1]).resolve()
            errors.setdefault(path, []).append((int(match[2]), match[3]))
        elif not line.startswith(' '):
            path = None
        said.setdefault(path if path in paths else None, []).append(line)
    if tsc.returncode and not said:
        said[None] = [f'tsc ended with status {tsc.returncode}']
    return errors, said


def find_planted(path):
    return [(number, code) for number, line in enumerate(path.read_text().splitlines(), 1)
            for code in re.findall(r'// (TS\d+)$', line)]


def compare(expected, errors):
    wrong = [f'line {line}: {code} is not reported' for line, code in expected
             if (line, code) not in errors]
    wrong += [f'line {line}: {code} is reported' for line, code in errors
              if (line, code) not in expected]
    if len(expected) < 15:
        wrong.append(f'only {len(expected)} mistakes')
    return wrong


def report(name, wrong):
    print(f'{"not ok" if wrong else "ok"} - {name}')
    for line in wrong:
        print(f'  {line}')
    return not wrong


def main():
    mistakes = HERE / 'mistakes.js'
    clean = [*sorted((ROOT / 'docs/examples').glob('*.js')), HERE / 'uses.js']
    errors, said = run_tsc([*clean, mistakes])
    results = [report(path.name, said.get(path, [])) for path in clean]
    wrong = compare(find_planted(mistakes), errors.get(mistakes, []))
    results.append(report(mistakes.name, wrong + said.get(mistakes, []) if wrong else []))
    results.append(report('nothing else, such as the types themselves', said.get(None, [])))

    page = (ROOT / 'docs/javascript.md').read_text()
    results.append(report('the page shows these packages and settings', [
        f'not in docs/javascript.md: tests/types/{name}'
        for name in ('package.json', 'tsconfig.json') if (HERE / name).read_text() not in page]))
    sys.exit(0 if all(results) else 1)


main()
