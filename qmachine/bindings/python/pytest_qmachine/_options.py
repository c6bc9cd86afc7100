# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a project and a command line can say: options, settings of pytest.ini, and the marker."""

from __future__ import annotations

import datetime
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

import pytest

REPORT_LINES = 30
GUESTS = ('clone', 'boot')

_MARKER = '''qmachine(timeout, launch_timeout, command_timeout): limits in milliseconds, or as a \
timedelta: for the test, for each launch, and for each command to QEMU or the guest's shell'''

_SETTINGS = {
    'qmachine_binary': ('the QEMU of make_machine and guest', 'qemu-system-x86_64'),
    'qmachine_machine_type': ('the machine type of guest, with options behind a comma', ''),
    'qmachine_kernel': ('the kernel that guest boots, below the directory of the ini file', ''),
    'qmachine_initrd': ('its initial RAM disk', ''),
    'qmachine_append': ('its command line', ''),
    'qmachine_disk': ('the disk image that guest boots; nothing is written to it', ''),
    'qmachine_disk_format': ('the format of that, which clones need where it is not qcow2', ''),
    'qmachine_guests': ('where guests come from: clone, of one that was booted, or boot', 'clone'),
    'qmachine_guest_scope': ('who shares a guest: session, package, module, class or function; '
                             'by default each function has a clone, and all share a booted one',
                             ''),
    'qmachine_report_lines': ('how many lines of each log a report shows', str(REPORT_LINES)),
    'qmachine_timeout': ('the limit of each test, in milliseconds', ''),
    'qmachine_launch_timeout': ('the limit of each launch, in milliseconds', ''),
    'qmachine_command_timeout': ('the limit of each command, in milliseconds', ''),
}

Milliseconds = int | datetime.timedelta


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup('qmachine', 'virtual machines (QMachine)')
    group.addoption('--qmachine-logs', metavar='DIR',
                    help='keep the logs of the machines of failed tests here, in a directory for '
                    'each; without it they are below the base of tmp_path')
    group.addoption('--qmachine-missing', choices=('skip', 'fail'),
                    help='what becomes of a test that needs a QEMU or a guest that is not there; '
                    'by default it fails where $CI is set, and is skipped elsewhere')
    group.addoption('--qmachine-guests', choices=GUESTS,
                    help='where guests come from: clones of one that was booted, or each is '
                    'booted; instead of the setting qmachine_guests')
    for name, (text, default) in _SETTINGS.items():
        parser.addini(name, text, default=default)
    parser.addini('qmachine_args', 'more arguments of guest for QEMU', type='args', default=[])
    parser.addini('qmachine_shell', 'whether guest has a shell on its console, which says that it '
                  'has booted', type='bool', default=True)
    parser.addini('qmachine_agent', 'whether guest runs QEMU\'s guest agent', type='bool',
                  default=False)
    parser.addini('qmachine_network', 'whether guest gets a network card, and ports that tests '
                  'reach', type='bool', default=False)


def add_marker(config: pytest.Config) -> None:
    config.addinivalue_line('markers', _MARKER)


def setting(config: pytest.Config, name: str) -> str:
    """The text of a setting of pytest.ini; '' where it was not made."""
    return str(config.getini(name))


def how_guests_come(config: pytest.Config) -> str:
    """'clone' or 'boot'."""
    how = config.getoption('--qmachine-guests') or setting(config, 'qmachine_guests')
    if how not in GUESTS:
        raise pytest.UsageError(f'qmachine_guests must be {" or ".join(GUESTS)}, not {how!r}')
    return str(how)


def path_setting(config: pytest.Config, name: str) -> str | None:
    value = setting(config, name)
    if not value:
        return None
    base = config.inipath.parent if config.inipath is not None else config.rootpath
    return str(base / os.path.expanduser(value))


def number_setting(config: pytest.Config, name: str) -> int | None:
    value = setting(config, name)
    if not value:
        return None
    try:
        return int(value)
    except ValueError:
        raise pytest.UsageError(f'{name} must be a number, not {value!r}') from None


# -- what is not there --

def give_up(config: pytest.Config, reason: str) -> NoReturn:
    """Skips, or fails where nothing may be skipped."""
    how = config.getoption('--qmachine-missing')
    if how is None:
        how = 'fail' if os.environ.get('CI') else 'skip'
    if how == 'fail':
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def require_library(config: pytest.Config) -> None:
    try:
        from gi.repository import QMachine  # noqa: F401
    except (ImportError, ValueError) as error:
        give_up(config, f'the library QMachine is not there: {error}')


def require_binary(config: pytest.Config, binary: str) -> None:
    if shutil.which(binary) is None:
        where = 'no such program' if os.sep in binary else 'it is in no directory of PATH'
        give_up(config, f'{binary} is not there: {where}')


def require_files(config: pytest.Config, paths: Iterable[str]) -> None:
    for path in paths:
        if not os.path.exists(path):
            give_up(config, f'the guest cannot be booted: there is no {path}')


# -- limits --

@dataclass
class Limits:
    """In milliseconds; None where nobody said."""

    timeout: int | None = None
    launch_timeout: int | None = None
    command_timeout: int | None = None


def _to_milliseconds(name: str, value: object) -> int:
    if isinstance(value, datetime.timedelta):
        value = -(-value // datetime.timedelta(milliseconds=1))
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise pytest.UsageError(f'{name} must be a number of milliseconds above 0, or a '
                                f'timedelta, not {value!r}')
    return value


def limits_of(item: pytest.Item) -> Limits:
    """Of the markers of a test, its class and its module, where the closest counts, and of
    pytest.ini."""
    limits = Limits()
    names = Limits.__dataclass_fields__
    for name in names:
        value = number_setting(item.config, f'qmachine_{name}')
        if value is not None:
            setattr(limits, name, _to_milliseconds(f'qmachine_{name}', value))
    for mark in reversed(list(item.iter_markers('qmachine'))):
        if mark.args or mark.kwargs.keys() - names:
            raise pytest.UsageError(f'{item.nodeid}: the marker qmachine takes '
                                    f'{", ".join(f"{name}=" for name in names)} and nothing else')
        for name, value in mark.kwargs.items():
            setattr(limits, name, _to_milliseconds(name, value))
    return limits
