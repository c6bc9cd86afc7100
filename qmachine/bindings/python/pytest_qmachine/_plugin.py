# SPDX-License-Identifier: LGPL-2.1-or-later
"""What happens around each test: limits, reports, crashes, logs that are kept."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import signal
import tempfile
import threading
import traceback
import types
import warnings
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pytest

from ._options import REPORT_LINES, add_marker, limits_of, number_setting
from ._records import AHEAD, Records, file_name
from ._report import sections_of, sections_of_directory

if TYPE_CHECKING:
    from ._guest import Guest

NAME = 'qmachine'
LIVE = 'qmachine-running'
KEPT = 'qmachine-logs'
# Where an error is swallowed on its way, the next one comes after so many seconds.
AGAIN = 10.0
PING_TIMEOUT = 1000  # milliseconds

_Function = TypeVar('_Function', bound=Callable[..., Any])


def hook(**options: Any) -> Callable[[_Function], _Function]:
    """pytest.hookimpl(), to which older releases of pluggy give no type."""
    return cast('Callable[[_Function], _Function]', pytest.hookimpl(**options))


def pytest_configure(config: pytest.Config) -> None:
    add_marker(config)
    plugin = Plugin(config)
    config.pluginmanager.register(plugin, NAME)
    config.pluginmanager.register(Around(plugin), f'{NAME}-around')


def plugin_of(config: pytest.Config) -> Plugin:
    plugin = config.pluginmanager.get_plugin(NAME)
    assert isinstance(plugin, Plugin)
    return plugin


# -- the limit of a test --

@contextlib.contextmanager
def limit(milliseconds: int | None, what: str) -> Iterator[None]:
    """Raises the library's error for a limit in what is inside, also in a call that blocks."""
    if milliseconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_alarm(_number: int, _frame: types.FrameType | None) -> None:
        __tracebackhide__ = True
        from gi.repository import Gio, GLib, QMachine
        raise QMachine.TimedOut(GLib.Error(
            f'{what}: not done within {milliseconds} ms, which is timeout of the marker qmachine, '
            'or qmachine_timeout of pytest.ini', GLib.quark_to_string(Gio.io_error_quark()),
            Gio.IOErrorEnum.TIMED_OUT))

    previous = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, milliseconds / 1000, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


# -- what is kept --

def _base_directory(config: pytest.Config) -> pathlib.Path:
    """Of this process, whether a test uses tmp_path or not."""
    factory = getattr(config, '_tmp_path_factory', None)
    if factory is None:
        return pathlib.Path(tempfile.mkdtemp(prefix='qmachine-'))
    return pathlib.Path(factory.getbasetemp())


def _worker(config: pytest.Config) -> str | None:
    """Of pytest-xdist."""
    return os.environ.get('PYTEST_XDIST_WORKER') if hasattr(config, 'workerinput') else None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


class Plugin:
    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.records = Records()
        self.guests: list[Guest] = []
        self.has_failed = False  # the test that runs
        self.cannot_attach = False
        self.timeout: int | None = None  # in milliseconds, of the test that runs
        self.interrupted: pathlib.Path | None = None  # where the logs of such a test are
        self._running: str | None = None
        self._kept: pathlib.Path | None = None  # of the test that runs
        self._errors: list[BaseException] = []  # of it

    @property
    def n_lines(self) -> int:
        return number_setting(self.config, 'qmachine_report_lines') or REPORT_LINES

    def new_kept_directory(self, nodeid: str) -> pathlib.Path:
        option = self.config.getoption('--qmachine-logs')
        if option is not None:
            root = pathlib.Path(self.config.invocation_params.dir, option)
        else:
            base = _base_directory(self.config)
            # All workers' in one place.
            root = (base.parent if _worker(self.config) else base) / KEPT
        # A test may be run twice, and files of an earlier run are not ours to remove.
        number = 1
        while True:
            suffix = f'-{number}' if number > 1 else ''
            directory = root / f'{file_name(nodeid)}{suffix}'
            try:
                directory.mkdir(parents=True)
                return directory
            except FileExistsError:
                number += 1

    def keep(self) -> pathlib.Path | None:
        """The directory with the logs of the test that runs, as they are now."""
        if self._running is None or not self.records.all:
            return None
        if self._kept is None:
            self._kept = self.new_kept_directory(self._running)
        self.records.keep(self._kept)
        return self._kept

    # -- around a test --

    def _attach(self) -> None:
        if self.records.is_attached or self.cannot_attach:
            return
        try:
            self.records.attach(_base_directory(self.config) / LIVE)
        except (ImportError, ValueError):
            # A fixture that needs the library says why; all other tests are none of our business.
            self.cannot_attach = True

    @hook(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, None]:
        self._attach()
        self.has_failed = False
        self._kept = None
        self._running = item.nodeid
        self.timeout = None
        self.records.forget_ended()
        outcome = yield
        if outcome.excinfo is not None:
            self.interrupted = self.keep()
        self._running = None
        self._let_go_of_locals()
        self.records.reset_limits()
        self.records.forget_ended()

    def _let_go_of_locals(self) -> None:
        """pytest keeps what a test raised, and with that all machines which it had in variables:
        they would go on in the next tests."""
        errors = self._errors if self.records.all else []
        self._errors = []
        for error in errors:
            for frame, _line in traceback.walk_tb(error.__traceback__):
                with contextlib.suppress(RuntimeError):  # it still runs
                    frame.clear()
                # Who looked at it, as pytest does, has a dict, which this brings up to date.
                frame.f_locals  # noqa: B018

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        limits = limits_of(item)
        self.timeout = limits.timeout
        self.records.set_limits(limits)
        if 'guest' not in getattr(item, 'fixturenames', ()):
            return
        for guest in self.guests:
            reason = guest.renew()
            if reason is not None:
                warnings.warn(f'a guest was booted anew: {reason}', stacklevel=1)

    @hook(trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        """The test has passed."""
        self._ping_guests()
        self._fail_for_crashes()

    @hook(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        if not self.has_failed:
            self._fail_for_crashes()

    def _ping_guests(self) -> None:
        """One that is crashing this very moment is no guest for the next test."""
        from gi.repository import GLib
        for guest in self.guests:
            if guest.machine.is_running():
                try:
                    guest.machine.qmp('query-status', timeout=PING_TIMEOUT)
                except GLib.Error:
                    pass

    def _fail_for_crashes(self) -> None:
        crashed = [each for each in self.records.all if each.crash and not each.crash_told]
        if not crashed:
            return
        lines = []
        for record in crashed:
            record.crash_told = True
            lines.append(f'QEMU crashed during the test: {record.name} was {record.crash}')
            machine = record.machine
            log = machine.log.strip() if machine is not None and machine.log else ''
            lines += [f'  {line}' for line in log.splitlines()[-5:]]
        pytest.fail('\n'.join(lines), pytrace=False)

    @hook(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item,
                                  call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
        outcome = yield
        report = outcome.get_result()
        if call.excinfo is not None:
            self._errors += _chain(call.excinfo.value)
        if report.failed:
            self.has_failed = True
            directory = self.keep()
            for record in self.records.all:
                report.sections.extend(sections_of(record, self.n_lines))
            if directory is not None:
                report.sections.append(('QEMU: whole logs', f'{directory}'))
        elif report.when == 'teardown' and self.has_failed:
            # With what was said since.
            self.keep()

    # -- the end --

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.interrupted is not None:
            terminalreporter.section('QEMU: whole logs of the test that was interrupted')
            terminalreporter.line(str(self.interrupted))

    @hook(trylast=True)
    def pytest_unconfigure(self) -> None:
        for machine in self.records.machines:
            with contextlib.suppress(Exception):
                machine.kill()
        self.records.detach()

    @hook(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport,
                               sched: object) -> None:
        """A worker of pytest-xdist has died, with a test; its QEMUs die with it."""
        worker = report.node.gateway.id  # type: ignore[attr-defined]
        live = _base_directory(self.config) / f'popen-{worker}' / LIVE
        launches = [each for each in sorted(live.glob('*')) if not (each / AHEAD).exists()]
        if not launches:
            return
        kept = self.new_kept_directory(crashitem)
        for directory in launches:
            shutil.copytree(directory, kept / directory.name)
            report.sections.extend(sections_of_directory(directory, self.n_lines))
        report.sections.append(('QEMU: whole logs', f'{kept}'))


class Around:
    """A hook that Plugin has in another form, too."""

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin

    @hook(hookwrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, None]:
        with limit(self._plugin.timeout, item.nodeid):
            yield
