#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a compiler does not check: layers, names, licences, sizes, exported symbols.

Usage: check-tree.py SOURCE_ROOT LIBRARY GIR
       check-tree.py --report SOURCE_ROOT       the rooms and the arrows between them, as figures
"""
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

REPORT = sys.argv[1] == '--report'
ROOT = Path(sys.argv[2 if REPORT else 1])
LIBRARY = None if REPORT else sys.argv[2]
GIR = sys.argv[3] if len(sys.argv) > 3 and not REPORT else None
CODE = {'.c', '.h', '.in', '.py', '.pyi', '.js', '.vala', '.build', '.sh', '.metadata'}

# What a room may include of this project: an arrow only points downwards.
ROOMS = {
    'io': ('io/',),
    'wire': ('wire/', 'io/'),
    'process': ('process/', 'io/'),
    'agent': ('agent/', 'wire/', 'io/', 'q-enums.h', 'q-error.h', 'q-error-private.h'),
    'session': ('session/', 'wire/', 'io/', 'q-enums.h', 'q-error.h', 'q-error-private.h'),
    'launch': ('launch/', 'session/', 'process/', 'io/', 'q-enums.h', 'q-enum-types.h', 'q-error.h',
               'q-error-private.h'),
}
TOP_LEVEL = {
    'qmachine', 'tests', 'docs', 'meson.build', 'meson_options.txt', 'README.md', 'COPYING',
}

failures = []


def fail(path, text):
    failures.append(f'{path.relative_to(ROOT) if isinstance(path, Path) else path}: {text}')


def files():
    for top in ('qmachine', 'tests', 'docs'):
        for path in sorted((ROOT / top).rglob('*')):
            if path.is_file() and '__pycache__' not in path.parts:
                yield path


def own_includes(path, text):
    """What a file of qmachine/ includes of it, as paths below qmachine/."""
    top = ROOT / 'qmachine'
    for include in re.findall(r'^#include [<"]([^>"]+)[>"]', text, re.M):
        include = include.removeprefix('qmachine/')
        for target in (path.parent / include, top / include):
            if target.exists():
                yield target.relative_to(top)
                break


def check_includes(path, text):
    room = path.parent.relative_to(ROOT / 'qmachine').as_posix()
    for target in own_includes(path, text):
        if room in ROOMS and not target.as_posix().startswith(ROOMS[room]):
            fail(path, f'{room}/ must not include {target}')
        if target.name.endswith('-fields-private.h') and target.parent.as_posix() != room:
            fail(path, f'what is in {target} is seen by its own room only')


# -- the arrows --

# From the top: an arrow to a room that stands further up runs back up.
FLOORS = ('template', 'guest', 'block', 'display', 'helpers', '', 'launch', 'session', 'agent', 'errors', 'wire', 'process', 'io')


def read_units():
    """The units of the library, a pair of source and header each, with their texts."""
    top = ROOT / 'qmachine'
    units = {}
    for path in sorted(top.rglob('*.[ch]')):
        unit = path.relative_to(top).with_name(path.stem.removesuffix('-private'))
        units.setdefault(unit.as_posix(), []).append((path.suffix, path.read_text()))
    return units


def find_arrows(units):
    """Unit -> the units of which it uses a function."""
    defined = {}
    for unit, texts in units.items():
        for suffix, text in texts:
            if suffix == '.c':
                for name in re.findall(r'^(q_\w+) \(', text, re.M):
                    defined[name] = unit
    arrows = {unit: set() for unit in units}
    for unit, texts in units.items():
        for suffix, text in texts:
            if suffix == '.c':
                code = re.sub(r'/\*.*?\*/', '', text, flags=re.S)
                arrows[unit] |= {defined[name] for name in re.findall(r'\bq_\w+', code)
                                 if name in defined}
        arrows[unit].discard(unit)
    return arrows


def room_of(unit):
    # Errors are public, and told by those below, too.
    return 'errors' if unit == 'q-error' else unit.rpartition('/')[0]


def find_circles(arrows):
    """The sets of nodes that lead to each other."""
    def reach(start):
        seen, todo = set(), [start]
        while todo:
            for target in arrows.get(todo.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
        return seen

    reached = {node: reach(node) for node in arrows}
    circles = {frozenset(other for other in reached[node] if node in reached.get(other, ()))
               for node in arrows if node in reached[node]}
    return sorted(circles, key=lambda circle: (-len(circle), sorted(circle)))


def between_rooms(arrows):
    rooms = {}
    for unit, targets in arrows.items():
        rooms.setdefault(room_of(unit), set()).update(
            room_of(target) for target in targets if room_of(target) != room_of(unit))
    return rooms


def find_up(arrows):
    return [(unit, target) for unit, targets in arrows.items() for target in targets
            if FLOORS.index(room_of(target)) < FLOORS.index(room_of(unit))]


def check_arrows():
    arrows = find_arrows(read_units())
    for unit, target in find_up(arrows):
        fail(ROOT / 'qmachine', f'{unit} runs back up to {target}')
    for circle in find_circles(between_rooms(arrows)):
        fail(ROOT / 'qmachine', f'a circle between the rooms {", ".join(sorted(circle))}')


def report():
    units = read_units()
    arrows = find_arrows(units)
    rooms = between_rooms(arrows)
    up = find_up(arrows)
    largest = max((path for path in (ROOT / 'qmachine').rglob('*.c')),
                  key=lambda path: len(path.read_text().splitlines()))
    circles = find_circles(arrows)
    print(f'rooms: {len(rooms)} ({", ".join(sorted(room or "classes" for room in rooms))})')
    print(f'units: {len(units)}; arrows between them: {sum(map(len, arrows.values()))}')
    print(f'arrows between rooms: {sum(map(len, rooms.values()))}; back up: {len(up)}')
    print(f'circles between rooms: {len(find_circles(rooms))}')
    print(f'circles between units: {len(circles)}'
          + ''.join(f'\n  {len(circle)}: {", ".join(sorted(circle))}' for circle in circles))
    print(f'largest file: {largest.relative_to(ROOT)}, '
          f'{len(largest.read_text().splitlines())} lines')


def check_header(path, text):
    if '#pragma once' not in text:
        fail(path, 'no #pragma once')
    private = path.name.endswith('-private.h')
    if private and '#ifndef QMACHINE_COMPILATION' not in text:
        fail(path, 'a private header must refuse to be used outside')
    if not private and ('q-' in path.name):
        for match in re.finditer(r'^[A-Za-z][\w *]*?\b(q_\w+) \(', text, re.M):
            before = text[:match.start()].splitlines()
            if 'QMACHINE_AVAILABLE' not in before[-1]:
                fail(path, f'{match[1]} has no availability macro')


def check_text(path, text):
    if path.suffix in CODE or path.parent.name == 'run' or path.name in ('run', 'quickstart'):
        if 'SPDX-License-Identifier: LGPL-2.1-or-later' not in '\n'.join(text.splitlines()[:5]):
            fail(path, 'no SPDX line')
    if path.suffix in ('.c', '.h'):
        lines = text.splitlines()
        if len(lines) > 800:
            fail(path, f'{len(lines)} lines: which responsibility leaked?')
        for number, line in enumerate(lines, 1):
            if len(line) > 100:
                fail(path, f'line {number} has {len(line)} columns')
            if '\t' in line or line != line.rstrip():
                fail(path, f'line {number} has a tab or a trailing blank')


def exported_symbols():
    output = subprocess.run(['nm', '-D', '--defined-only', LIBRARY], check=True,
                            capture_output=True, text=True).stdout
    return {line.split()[-1] for line in output.splitlines()}


def check_symbols():
    symbols = exported_symbols()
    for symbol in sorted(symbols):
        if not symbol.startswith('q_'):
            fail(LIBRARY, f'exports {symbol}')
    headers = ''.join(path.read_text() for path in (ROOT / 'qmachine').rglob('*.h*')
                      if not path.name.endswith('-private.h'))
    declared = set(re.findall(r'\b(q_\w+) \(', headers))
    for symbol in sorted(symbols - declared):
        if not symbol.endswith('_get_type'):
            fail(LIBRARY, f'exports {symbol}, which no public header declares')
    for symbol in sorted(declared - symbols):
        fail(LIBRARY, f'does not export {symbol}, which a public header declares')
    if GIR:
        in_gir = set(re.findall(r'c:identifier="(q_\w+)"', Path(GIR).read_text()))
        for symbol in sorted(symbols - in_gir):
            if not symbol.endswith('_get_type'):
                fail(GIR, f'lacks {symbol}')
        check_accessors()


def check_accessors():
    """Who owns what a getter returns can be told from its name; what a property is called is what
    its getter and its setter are."""
    names = {name: f'{{http://www.gtk.org/introspection/{uri}}}{name}'
             for uri, name in (('core/1.0', 'class'), ('core/1.0', 'method'),
                               ('core/1.0', 'property'), ('core/1.0', 'return-value'))}
    for cls in ElementTree.parse(GIR).getroot().iter(names['class']):
        properties = {each.get('name'): each for each in cls.findall(names['property'])}
        for method in cls.findall(names['method']):
            name = method.get('name')
            owned = method.find(names['return-value']).get('transfer-ownership') == 'full'
            if name.startswith('get_') and owned:
                fail(GIR, f'{cls.get("name")}.{name} returns what the caller owns: dup_')
            if name.startswith('dup_') and len(method) == 2:  # no parameters
                if name[4:].replace('_', '-') not in properties:
                    fail(GIR, f'{cls.get("name")}.{name} is the getter of no property')
        methods = {each.get('name') for each in cls.findall(names['method'])}
        for name, each in properties.items():
            word = name.replace('-', '_')
            if each.get('writable') == '1' and f'set_{word}' not in methods:
                fail(GIR, f'{cls.get("name")}:{name} has no setter')
            if each.get('writable') == '1' and each.get('setter') != f'set_{word}':
                fail(GIR, f'{cls.get("name")}:{name} does not name its setter')
            getters = {f'{verb}_{word}' for verb in ('get', 'dup', 'is')}
            if not getters & methods:
                fail(GIR, f'{cls.get("name")}:{name} has no getter')


def check_source_functions(path, text):
    """Functions that do not fit on a screen want splitting. What they say of signals to those who
    read the reference does not count."""
    if path.suffix != '.c' or path.relative_to(ROOT).parts[0] != 'qmachine':
        return
    lines = re.sub(r'^ +/\*\*\n( +\*.*\n)+', '', text, flags=re.M).splitlines()
    start = None
    for number, line in enumerate(lines, 1):
        if line == '{':
            start = number
        elif line == '}' and start is not None:
            name = re.sub(r' \(.*', '', lines[start - 2]) if start > 1 else '?'
            if number - start > 75 and not re.search('install_|get_property|set_property',
                                                     '\n'.join(lines[max(0, start - 4):start])):
                fail(path, f'{name} has {number - start} lines')
            start = None


def check_macros(path, text):
    """MIN and its like evaluate what they return a second time, when a clock says something else."""
    if path.suffix not in ('.c', '.h'):
        return
    for match in re.finditer(r'\b(MAX|MIN|CLAMP|ABS) \(', text):
        depth, end = 1, match.end()
        while depth > 0 and end < len(text):
            depth += {'(': 1, ')': -1}.get(text[end], 0)
            end += 1
        call = re.search(r'\b\w*(get_(monotonic_|real_)?(time|elapsed|rest|left)|g_atomic_\w+'
                         r'|rand(_int|_double)?(_range)?) \(', text[match.end():end])
        if call:
            fail(path, f'line {text.count(chr(10), 0, match.start()) + 1}: {match[1]} calls '
                       f'{call[0][:-2]} twice')


if REPORT:
    report()
    sys.exit()

for path in files():
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        continue
    check_text(path, text)
    check_source_functions(path, text)
    check_macros(path, text)
    if 'qmachine' == path.relative_to(ROOT).parts[0] and path.suffix in ('.c', '.h'):
        check_includes(path, text)
        if path.suffix == '.h':
            check_header(path, text)

check_symbols()
check_arrows()

# What the pages show is what the tests run.
for page, example in (('README.md', 'first.py'), ('README.md', 'first.c'),
                      ('docs/pytest.md', 'pytest/conftest.py'),
                      ('docs/pytest.md', 'pytest/test_guest.py'),
                      ('docs/python.md', 'first.py'),
                      ('docs/javascript.md', 'first.js'), ('docs/vala.md', 'first.vala')):
    if (ROOT / 'docs/examples' / example).read_text() not in (ROOT / page).read_text():
        fail(ROOT / page, f'shows another docs/examples/{example} than there is')

if failures:
    print('\n'.join(failures), file=sys.stderr)
sys.exit(1 if failures else 0)
