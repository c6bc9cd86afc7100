#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `run` measured, as a table; with a directory, also into the page and as its pictures.

    report.py FILE.json [DOCS]

The page keeps what people wrote: only what is between its marks is replaced.
"""

import json
import math
import re
import sys
from pathlib import Path

WORKS = {
    1: 'Launch, from nothing to a monitor that is ready',
    2: 'Launch of a peer that costs nothing: the library alone',
    3: 'Shutdown, until the child is reaped',
    4: 'Commands, one after the other',
    5: 'Commands in a main loop',
    6: 'Commands queued',
    7: 'Events',
    8: 'A large reply: `query-qmp-schema`',
    9: 'Many machines',
    10: 'Idle',
    11: 'Start of a program',
    12: 'Growth',
    13: 'Templates',
    14: 'Tests with pytest',
    15: 'Behind a launcher: standard input and output',
}


def format_number(value):
    if value is None:
        return ''
    if value == 0:
        return '0'
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f'{value:,.{min(digits, 3)}f}'


def format_goal(row):
    if row['goal'] is None:
        return ''
    sign = '>=' if row['at_least'] else '<='
    unit = f" {row['unit']}" if row['of'] == 'value' and row['unit'] else ''
    return f"{sign} {row['goal']:g}{unit}"


def format_met(row):
    return {None: '', True: 'yes', False: 'no'}[row['met']]


def format_value(row):
    return f"{format_number(row['value'])} {row['unit']}".strip() if row['value'] is not None else ''


def format_ratio(row):
    return format_number(row['ratio'])


COLUMNS = (('', lambda row: row['work']), ('by', lambda row: row['by']),
           ('median', format_value), ('ratio', format_ratio), ('goal', format_goal),
           ('met', format_met))


def print_table(result):
    number = None
    for row in sorted(result['rows'], key=lambda row: row['number']):
        if row['number'] != number:
            number = row['number']
            print(f'\n{number}. {WORKS[number]}')
        cells = [function(row) for _, function in COLUMNS]
        print('  {:<48} {:<52} {:>18} {:>8} {:>10} {:>4}'.format(*cells))


# -- pictures --

COLOURS = {'floor': '#8a8a8a', 'raw': '#8a8a8a', 'library': '#1a5fb4'}
NAMES = {'floor': 'plain C', 'raw': 'plain C', 'library': 'this library'}
WIDTH, HEIGHT = 340, 240
LEFT, TOP, RIGHT, BOTTOM = 62, 34, 14, 44


def format_tick(value, is_bytes):
    if not is_bytes:
        return f'{value:g}'
    for unit, size in (('MiB', 1 << 20), ('KiB', 1 << 10)):
        if value >= size:
            return f'{value / size:g} {unit}'
    return f'{value:g}'


def draw_panel(title, unit, xs_are_bytes, lines, at_x):
    """Both axes are logarithmic: what grows in proportion is a straight line, what does not grow
    is a level one."""
    points = [point for line in lines.values() for point in line if point[1]]
    x_low, x_high = (f(x for x, _ in points) for f in (min, max))
    low = 10 ** math.floor(math.log10(min(y for _, y in points)))
    high = 10 ** math.ceil(math.log10(max(y for _, y in points) * 1.0001))

    def place_x(x):
        share = math.log(x / x_low) / math.log(x_high / x_low)
        return at_x + LEFT + share * (WIDTH - LEFT - RIGHT)

    def place_y(y):
        share = math.log(y / low) / math.log(high / low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    left, right = place_x(x_low), place_x(x_high)
    out = [f'<text x="{at_x + LEFT}" y="18" class="title">{title}</text>']
    tick = low
    while tick <= high * 1.001:
        y = place_y(tick)
        out.append(f'<line x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}" '
                   'class="grid"/>')
        out.append(f'<text x="{left - 6:.1f}" y="{y + 4:.1f}" class="left">{tick:g} {unit}</text>')
        tick *= 10
    for x in sorted({x for x, _ in points}):
        out.append(f'<text x="{place_x(x):.1f}" y="{HEIGHT - BOTTOM + 16}" class="tick">'
                   f'{format_tick(x, xs_are_bytes)}</text>')
    for number, (name, line) in enumerate(lines.items()):
        path = ' '.join(f'{place_x(x):.1f},{place_y(y):.1f}' for x, y in line if y)
        colour = COLOURS[name]
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{place_x(x):.1f}" cy="{place_y(y):.1f}" r="3" fill="{colour}"/>'
                for x, y in line if y]
        out.append(f'<text x="{left + number * 100:.1f}" y="{HEIGHT - 8}" fill="{colour}" '
                   f'class="name">{NAMES[name]}</text>')
    return out


def draw(panels, xs_are_bytes):
    width = WIDTH * len(panels)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" '
        f'viewBox="0 0 {width} {HEIGHT}">',
        '<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->',
        '<style>text { font: 11px sans-serif; } .title { font-weight: bold; font-size: 12px; } '
        '.left { text-anchor: end; fill: #555; } .tick { text-anchor: middle; fill: #555; } '
        '.name { font-weight: bold; } .grid { stroke: #ddd; }</style>',
        f'<rect width="{width}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for number, (title, unit, lines) in enumerate(panels):
        out += draw_panel(title, unit, xs_are_bytes, lines, number * WIDTH)
    return '\n'.join(out + ['</svg>']) + '\n'


def draw_pictures(result, folder):
    series = result['series']
    pictures = {}
    if 'machines/launch-cpu' in series:
        pictures['performance-machines.svg'] = draw([
            ('CPU of a launch and shutdown', 'us', series['machines/launch-cpu']),
            ('CPU of a command', 'us', series['machines/command-cpu']),
            ('CPU of an event', 'us', series['machines/event-cpu'])], False)
    if 'reply-size/cpu' in series:
        pictures['performance-bytes.svg'] = draw([
            ('CPU of a reply as text', 'us', series['reply-size/cpu']),
            ('CPU of a command', 'us', series['command-size/cpu'])], True)
    folder.mkdir(exist_ok=True)
    for name, text in pictures.items():
        (folder / name).write_text(text)


# -- the page --

def make_machine(result):
    machine = result['machine']
    versions = machine['versions']
    lines = ['| | |', '|---|---|',
             f"| machine | {machine['cpu']}, Linux {machine['kernel']} |"]
    lines += [f'| {name} | {version} |' for name, version in versions.items()]
    lines.append(f"| measured | {result['date']}, in {result['seconds'] // 60} minutes"
                 + (', with `--quick`' if result['quick'] else '') + ' |')
    lines.append(f"| load of the machine | {machine['load'][0]} before, "
                 f"{result['load-after'][0]} after |")
    lines += [f'| not there | {reason} |' for reason in machine['missing'].values()]
    return '\n'.join(lines)


def make_summary(result):
    lines = ['| | measured | goal | met |', '|---|---|---|---|']
    for row in result['rows']:
        if row['goal'] is None:
            continue
        measured = format_value(row) if row['of'] == 'value' else format_ratio(row)
        by = row['by'].removeprefix('this library, ').removeprefix('this library')
        what = f"{row['work']}{': ' + by if by else ''}"
        lines.append(f"| {row['number']}. {what} | {measured} | {format_goal(row)} | "
                     f'{format_met(row)} |')
    return '\n'.join(lines)


def make_tables(result):
    parts = []
    for number, title in WORKS.items():
        rows = [row for row in result['rows'] if row['number'] == number]
        if not rows:
            continue
        parts.append(f'### {number}. {title}\n\n| | by | median | ratio | goal | met |\n'
                     '|---|---|---|---|---|---|')
        last = None
        for row in rows:
            cells = [function(row) for _, function in COLUMNS]
            if cells[0] == last:
                cells[0] = ''
            else:
                last = cells[0]
            parts[-1] += '\n| ' + ' | '.join(cells) + ' |'
    return '\n\n'.join(parts)


def write_page(result, docs):
    page = docs / 'performance.md'
    text = page.read_text()
    for name, content in (('machine', make_machine(result)), ('summary', make_summary(result)),
                          ('tables', make_tables(result))):
        mark = re.compile(rf'(<!-- {name}: made by [^>]*-->\n).*?(<!-- end of {name} -->)', re.S)
        if len(mark.findall(text)) != 1:
            sys.exit(f'{page}: the marks of {name} are missing')
        text = mark.sub(lambda match: f'{match[1]}\n{content}\n\n{match[2]}', text)
    page.write_text(text)


def main(file, docs=None):
    result = json.loads(Path(file).read_text())
    print_table(result)
    if docs is not None:
        draw_pictures(result, Path(docs) / 'images')
        write_page(result, Path(docs))


main(*sys.argv[1:])
