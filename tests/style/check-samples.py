#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""That the doc comments show the samples in docs/samples, which are compiled and run, and no other
code in C; that the pages show no other code in Vala than those and the examples; and that what is
shown of Vala has no cast.

Usage: check-samples.py SOURCE_ROOT
       check-samples.py --write SOURCE_ROOT

With --write the comments are given the samples, before `Returns:` or else `Since:`.
"""
import re
import sys
import textwrap
from pathlib import Path

WRITE = sys.argv[1] == '--write'
ROOT = Path(sys.argv[-1])
MARKED = {
    '.c': re.compile(r'^ */\* sample: (\S+) \*/\n(.*?)^ */\* end of sample \*/$', re.M | re.S),
    '.vala': re.compile(r'^ *// sample: (\S+)\n(.*?)^ *// end of sample$', re.M | re.S),
}
COMMENT = re.compile(r'^( *)/\*\*\n(?P<lines>(?: *\*.*\n)+?) *\*/$', re.M)
FENCED = re.compile(r'^```c\n(.*?)^```\n', re.M | re.S)
TABS = re.compile(r'^<!-- tabs: .*?^<!-- end of tabs -->$', re.M | re.S)
FENCED_VALA = re.compile(r'^```vala\n(.*?)^```\n', re.M | re.S)
# `(Type) value` and `value as Type`; `(owned)` is none.
CAST = re.compile(r'(?:[-=(,!&|?:+*<>]|\breturn) *\((?!owned\))[\w.<>]+[?*]?(?:\[\])?\) *[\w"(]|'
                  r'[]\w)"] +as +\w')

# Who reads of these without a sample is left alone; the other calls look much like one of them.
NEEDED = {
    'QMachine', 'QMachine::event', 'QMachine::exited', 'QMonitor', 'QMonitorEvent',
    'QConsole', 'QConsoleMatch', 'QConsoleReader', 'QEventListener',
    'q_machine_launch', 'q_machine_wait', 'q_machine_shutdown', 'q_machine_kill',
    'q_machine_detach', 'q_machine_command', 'q_machine_command_json', 'q_machine_qmp',
    'q_machine_command_with_fd', 'q_machine_wait_event', 'q_machine_pop_event',
    'q_machine_add_args', 'q_machine_add_fd', 'q_machine_add_console', 'q_machine_dup_log',
    'q_machine_pass_fd', 'q_machine_qtest', 'q_monitor_attach', 'q_monitor_command',
    'q_monitor_close',
    'q_console_wait_for_text', 'q_console_write', 'q_monitor_event_matches',
    'q_monitor_event_get_data', 'QGuestAgent', 'q_guest_agent_exec', 'q_guest_agent_freeze',
    'QForward', 'q_forward_wait_ready',
    'QGuestChannel', 'q_machine_add_socket_path', 'QHelper', 'q_machine_add_helper',
}


def read_samples(suffix):
    samples = {}
    for path in sorted((ROOT / 'docs/samples').glob(f'*{suffix}')):
        parts = {}
        for name, text in MARKED[suffix].findall(path.read_text()):
            parts.setdefault(name, []).append(text)
        for name, texts in parts.items():
            if name in samples:
                sys.exit(f'{path}: {name} has a sample elsewhere')
            samples[name] = join(texts)
    return samples


def join(texts):
    """A part at the margin is a function; the others are one piece, as deep as they are."""
    functions = [text for text in texts if not text.startswith(' ')]
    rest = textwrap.dedent(''.join(text for text in texts if text.startswith(' ')))
    return ''.join(functions) + rest


def show(name, sample, match):
    """The comment as it must be."""
    indent = match[1] + ' *'
    lines = match['lines'].splitlines()
    text = [f'{indent} {line}'.rstrip() for line in ['```c', *sample.splitlines(), '```', '']]
    place = next((number for tag in ('Returns:', 'Since:')
                  for number, line in enumerate(lines) if line.startswith(f'{indent} {tag}')), None)
    if place is None:
        sys.exit(f'{name}: no place for a sample')
    return match[0].replace(match['lines'], '\n'.join(lines[:place] + text + lines[place:]) + '\n')


def check_vala():
    """Of Vala, which has no comments of its own to show anything in."""
    samples = {text: name for name, text in read_samples('.vala').items()}
    examples = [path.read_text() for path in (ROOT / 'docs/examples').glob('*.vala')]
    shown = set()
    for path in sorted((ROOT / 'docs').glob('*.md')) + [ROOT / 'README.md']:
        # What is in tabs comes from docs/snippets, which check-snippets.py compares.
        for text in FENCED_VALA.findall(TABS.sub('', path.read_text())):
            shown.add(text)
            if text not in samples and text not in examples:
                yield f'{path.name} shows code that is not in docs/samples:\n{text}'
    for text in sorted(samples.keys() - shown):
        yield f'no page shows the sample {samples[text]}:\n{text}'
    for path in sorted((ROOT / 'docs').rglob('*.vala')):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if CAST.search(re.sub(r'//.*', '', re.sub(r'"[^"]*"', '""', line))):
                yield f'{path.name}: line {number} has a cast: {line.strip()}'


samples = read_samples('.c')
failures = [f'docs/samples: there is none for {name}' for name in sorted(NEEDED - samples.keys())]
found = set()
for path in sorted((ROOT / 'qmachine').rglob('*.[ch]')):
    source = path.read_text()
    changed = source
    for match in COMMENT.finditer(source):
        lines = [re.sub(r'^ *\* ?', '', line) for line in match['lines'].splitlines()]
        name = re.match(r'[\w:-]*\w', lines[0])
        name = name[0] if name else path.name
        shown = FENCED.findall('\n'.join(lines) + '\n')
        if WRITE and name in samples and not shown:
            changed = changed.replace(match[0], show(name, samples[name], match))
        elif name in samples and shown == [samples[name]]:
            found.add(name)
        elif name in samples:
            failures.append(f'{path.name}: {name} shows other code than its sample:\n'
                            + samples[name])
        elif shown:
            failures.append(f'{path.name}: {name} shows code that is not in docs/samples')
    if changed != source:
        path.write_text(changed)
failures += [f'docs/samples: nothing is called {name}'
             for name in sorted(samples.keys() - found) if not WRITE]
failures += check_vala()

print('\n'.join(failures), file=sys.stderr)
sys.exit(1 if failures else 0)
