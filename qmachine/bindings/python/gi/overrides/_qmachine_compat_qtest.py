# SPDX-License-Identifier: LGPL-2.1-or-later
"""The qtest protocol, and a machine that has it, with the interface of QEMU's own classes."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from ._qmachine_compat_errors import QEMUMachineError
from ._qmachine_compat_machine import QEMUMachine
from ._qmachine_compat_session import Deadline

if TYPE_CHECKING:
    import socket

Address = str | tuple[str, int]

ACCEPT_STEP = 0.1  # seconds, after which it is looked whether QEMU still runs


def listen(address: Any) -> socket.socket:
    """A socket that listens there; a stale one is in nobody's way."""
    import socket

    family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
    server = socket.socket(family, socket.SOCK_STREAM)
    try:
        if family == socket.AF_INET:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            with contextlib.suppress(FileNotFoundError):
                if stat.S_ISSOCK(os.stat(address).st_mode):
                    os.unlink(address)
        server.bind(address)
        server.listen(1)
    except BaseException:
        server.close()
        raise
    return server


class QEMUQtestProtocol:
    """A connection with a qtest server: as its client, or waiting for a QEMU that connects."""

    def __init__(self, address: Address | None = None, server: bool = False,
                 sock: socket.socket | None = None) -> None:
        if (address is None) == (sock is None):
            raise ValueError('either an address or a socket')
        if server and sock is not None:
            raise ValueError('a socket that is connected cannot serve')
        self._address = address
        self._socket = sock
        self._server: socket.socket | None = None
        if server:
            self._server = listen(address)
        self._timeout: float | None = None
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._input = b''
        self._owed = 0  # replies to lines that were given up

    def connect(self) -> None:
        import socket

        if self._socket is None:
            family = socket.AF_INET if isinstance(self._address, tuple) else socket.AF_UNIX
            client = socket.socket(family, socket.SOCK_STREAM)
            try:
                client.settimeout(self._timeout)
                client.connect(self._address)
            except BaseException:
                client.close()
                raise
            self._socket = client
        self._socket.settimeout(self._timeout)

    def accept(self, timeout: float | None = None) -> None:
        if self._server is None:
            raise ValueError('accept() is for one that serves')
        self._server.settimeout(timeout)
        connection, _peer = self._server.accept()
        if self._socket is not None:
            self._socket.close()
        self._socket = connection
        self._socket.settimeout(self._timeout)
        self._begin()

    def settimeout(self, timeout: float | None) -> None:
        """The seconds that each answer may take; None is no limit."""
        self._timeout = timeout
        if self._socket is not None:
            self._socket.settimeout(timeout)

    def _read_line(self) -> str:
        while b'\n' not in self._input:
            data = self._socket.recv(65536)
            if not data:
                return ''
            self._input += data
        line, _, self._input = self._input.partition(b'\n')
        return line.decode('utf-8', 'replace').rstrip('\r') + '\n'

    def cmd(self, qtest_cmd: str) -> str:
        """Sends a line, and returns the answer with its line end; '' when QEMU is gone."""
        if self._socket is None:
            raise ConnectionError('qtest: there is no connection')
        with self._lock:
            try:
                self._socket.sendall(qtest_cmd.encode() + b'\n')
            except (BrokenPipeError, ConnectionResetError):
                return ''
            self._owed += 1
            while True:
                try:
                    line = self._read_line()
                except ConnectionResetError:
                    line = ''
                if not line:
                    return ''
                if line.startswith('IRQ '):  # says what happened, and answers nothing
                    continue
                self._owed -= 1
                if self._owed == 0:
                    return line

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._server is not None:
            self._server.close()
            self._server = None
            if isinstance(self._address, str):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._address)

    def __del__(self) -> None:
        if hasattr(self, '_server'):
            self.close()


@cache
def _has_qtest_accel(binary: str) -> bool:
    """Many builds of QEMU have none, and one that is asked for it may not begin."""
    import subprocess
    try:
        result = subprocess.run([binary, '-accel', 'help'], stdin=subprocess.DEVNULL,
                                capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return True  # as the ancestor has it; perhaps the wrapper finds the binary
    return result.returncode != 0 or b'qtest' in result.stdout.split()


class QEMUQtestMachine(QEMUMachine):
    """A machine with a qtest server, which writes its lines to the machine's log."""

    def __init__(self, binary: str, args: Sequence[str] | None = (),
                 wrapper: Sequence[str] | str | None = (), name: str | None = None,
                 base_temp_dir: str = '/var/tmp', qmp_timer: float | None = 30.0,
                 **settings: Any) -> None:
        if isinstance(wrapper, str):  # older releases have the name here
            wrapper, name = (), wrapper
        super().__init__(binary, args, wrapper, name, base_temp_dir, qmp_timer=qmp_timer,
                         **settings)
        # The library's own qtest server writes no log, so this one is not its.
        self._qtest: QEMUQtestProtocol | None = None

    @property
    def _base_args(self) -> list[str]:
        path = self._socket_path('qtest').replace(',', ',,')
        args = [*super()._base_args, '-chardev', f'socket,id=qtest,path={path}',
                '-qtest', 'chardev:qtest']
        if _has_qtest_accel(self._binary):
            args += ['-accel', 'qtest']
        return args

    def _prepare_launch(self) -> None:
        super()._prepare_launch()
        self._qtest = QEMUQtestProtocol(self._socket_path('qtest'), server=True)

    def _complete_launch(self) -> None:
        super()._complete_launch()
        deadline = Deadline(self._qmp_timer)
        while True:
            try:
                self._qtest.accept(ACCEPT_STEP)
                return
            except TimeoutError as error:
                if not self.is_running() or deadline.left() == 0:
                    raise ConnectionError('qtest: QEMU has not connected') from error

    def _remove_what_is_left(self) -> None:
        if self._qtest is not None:
            self._qtest.close()
            self._qtest = None
        super()._remove_what_is_left()

    def qtest(self, cmd: str) -> str:
        """Sends a line to the qtest server and returns its answer, a line as well: one that
        begins with FAIL is an answer, too."""
        if self._qtest is None:
            raise QEMUMachineError('qtest: the machine is not running')
        answer = self._qtest.cmd(cmd)
        if not answer:
            raise QEMUMachineError('qtest: QEMU closed the connection')
        return answer
