# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a report shows of the machines of a test that failed."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator

from ._records import CONSOLE_LOG, MONITOR_LOG, QEMU_LOG, SHELL_LOG, Record

TAIL_SIZE = 128 * 1024  # bytes
LONGEST_LINE = 400

_SEQUENCE = re.compile(r'\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])')
_CONTROL = re.compile(r'[\x00-\x08\x0b-\x1f\x7f-\x9f]')
# What QEMU says before each launch; the library's own log is without it, too.
_WAITING = re.compile(r'info: QEMU waiting for connection on: ')


def to_lines(data: bytes, n_lines: int) -> str:
    """The last lines, fit for a terminal: a guest chose what is in there."""
    text = _SEQUENCE.sub('', data.decode(errors='replace').replace('\r', ''))
    lines = [line for line in _CONTROL.sub('?', text).splitlines() if not _WAITING.search(line)]
    return '\n'.join(_shortened(line) for line in lines[-n_lines:])


def _shortened(line: str) -> str:
    if len(line) <= LONGEST_LINE:
        return line
    return f'{line[:LONGEST_LINE]}... ({len(line)} characters)'


def read_tail(path: pathlib.Path) -> bytes:
    try:
        with path.open('rb') as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL_SIZE))
            return file.read()
    except OSError:
        return b''


def _console_tails(record: Record) -> Iterator[tuple[str, bytes]]:
    texts = record.console_texts()
    names = [name for name in record.logs if name.startswith(CONSOLE_LOG)]
    for name in dict.fromkeys([*names, *texts]):
        yield name, texts[name][-TAIL_SIZE:] if name in texts else read_tail(record.logs[name])


def sections_of_directory(directory: pathlib.Path, n_lines: int) -> list[tuple[str, str]]:
    """Of the logs that another process has left."""
    sections = []
    for path in sorted(directory.glob('*.log')):
        text = to_lines(read_tail(path), n_lines)
        if text:
            sections.append((f'QEMU {directory.name}: the last lines of {path.name}', text))
    return sections


def sections_of(record: Record, n_lines: int) -> list[tuple[str, str]]:
    """Titles and texts."""
    logs = [*_console_tails(record)]
    logs += [(name, read_tail(record.logs[name])) for name in (SHELL_LOG, QEMU_LOG, MONITOR_LOG)
             if name in record.logs]
    sections = [(f'QEMU {record.name}', to_lines(record.describe().encode(), n_lines))]
    for name, data in logs:
        text = to_lines(data, n_lines) or '(nothing)'
        sections.append((f'QEMU {record.name}: the last lines of {name}', text))
    return sections
