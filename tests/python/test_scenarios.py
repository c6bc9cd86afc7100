#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The scenarios that every language goes through, against real QEMU and the scripted peer.

    test_scenarios.py [--plain] [SCENARIO...]

With --plain the typelib is used as it is, although the override may be installed. Prints a line
for each that passes, `pass: LANGUAGE: PEER: SCENARIO`. MOCK_QEMU is the path of the peer.
"""

import json
import os
import signal
import sys
import threading
import time
import traceback

PLAIN = '--plain' in sys.argv[1:]
CHOSEN = [argument for argument in sys.argv[1:] if argument != '--plain']
if PLAIN:
    sys.modules['gi.overrides.QMachine'] = None

import gi
gi.require_version('QMachine', '1')
gi.require_version('Json', '1.0')
from gi.repository import Gio, GLib, Json, QMachine

from waiting import turn_context_until

DEADLINE = 30000  # milliseconds, for what must come
QEMU = ['-accel', 'tcg', '-nodefaults']
BIG = [2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1]
READY = 'negotiate; expect query-status; reply {"status": "running", "running": true}; '
LARGE = 4 << 20


class Override:
    """A program's calls, as the override has them."""

    language = 'python'

    @staticmethod
    def launch(vm, cancellable=None):
        return vm.launch(cancellable)

    @staticmethod
    def shutdown(vm):
        return vm.shutdown()

    @staticmethod
    def command(vm, name, cancellable=None, /, **arguments):
        return vm.command(name, cancellable=cancellable, **arguments)

    @staticmethod
    def wait_event(vm, name=None, match=None, timeout=DEADLINE, cancellable=None):
        return vm.wait_event(name, match, timeout, cancellable)

    @staticmethod
    def read_events(listener, number, seen):
        for event in listener:
            seen.append(event.name)
            if len(seen) == number:
                break

    @staticmethod
    def name(event):
        return event.name

    @staticmethod
    def data(event):
        return event.data

    @staticmethod
    def check_refusal(error, error_class, text):
        check(isinstance(error, QMachine.CommandFailed), error)
        check((error.error_class, error.description) == (error_class, text), error)


class Plain:
    """The same without it."""

    language = 'python-plain'

    @staticmethod
    def launch(vm, cancellable=None):
        return vm.launch(cancellable)

    @staticmethod
    def shutdown(vm):
        return vm.shutdown(QMachine.TIMEOUT_DEFAULT, None)

    @staticmethod
    def command(vm, name, cancellable=None, /, **arguments):
        text = json.dumps({key.replace('_', '-'): value for key, value in arguments.items()})
        return json.loads(vm.command_json(name, text, QMachine.TIMEOUT_DEFAULT, cancellable))

    @staticmethod
    def wait_event(vm, name=None, match=None, timeout=DEADLINE, cancellable=None):
        node = Json.from_string(json.dumps(match)) if match is not None else None
        return vm.wait_event([name] if name else None, node, timeout, cancellable)

    @staticmethod
    def read_events(listener, number, seen):
        while len(seen) < number:
            seen.append(listener.next(DEADLINE, None).props.name)

    @staticmethod
    def name(event):
        return event.props.name

    @staticmethod
    def data(event):
        return json.loads(event.to_json()).get('data')

    @staticmethod
    def check_refusal(error, error_class, text):
        check(type(error) is GLib.Error, error)
        check(text in error.message, error)


api = Plain if PLAIN else Override


class Machines:
    """The machines of a scenario, none of which outlives it."""

    def __init__(self, peer):
        self.peer = peer
        self._made = []

    def new(self, script='', args=('-machine', 'none'), **settings):
        """A real QEMU with these arguments, or the peer with this script."""
        if self.peer == 'real':
            vm = QMachine.Machine(binary='qemu-system-x86_64', args=[*QEMU, *args], **settings)
        else:
            vm = QMachine.Machine(binary=os.environ['MOCK_QEMU'], args=['-mock', script],
                                  **settings)
        self._made.append(vm)
        return vm

    def end(self):
        for vm in self._made:
            vm.kill(None)


def check(condition, found):
    if not condition:
        raise AssertionError(repr(found))


def fails(code, function, *arguments, **keywords):
    """Returns the error that the call fails with, which must have this code."""
    quark = Gio.io_error_quark() if isinstance(code, Gio.IOErrorEnum) else type(code).quark()
    try:
        result = function(*arguments, **keywords)
    except GLib.Error as error:
        check(error.matches(quark, code), error)
        return error
    raise AssertionError(f'no error, but {result!r}')


def cancel_when_waiting(cancellable):
    timer = threading.Timer(0.05, cancellable.cancel)
    timer.start()
    return timer


# -- the scenarios --

def launch(machines):
    vm = machines.new('negotiate; serve; exit 0')
    check(not vm.is_running(), vm)
    api.launch(vm)
    check(vm.is_running() and vm.get_pid() > 0, vm.get_pid())
    pid = vm.get_pid()
    os.kill(pid, 0)
    api.shutdown(vm)
    check(not vm.is_running() and vm.get_exit_code() == (True, 0), vm.get_exit_code())
    try:
        os.kill(pid, 0)
        raise AssertionError('the process is still there')
    except ProcessLookupError:
        pass
    api.launch(vm)
    api.shutdown(vm)


def failed_launch(machines):
    vm = machines.new('stderr dying; exit 3', ['-no-such-option'])
    error = fails(QMachine.MachineError.LAUNCH_FAILED, api.launch, vm)
    words, status = (('invalid option', 1) if machines.peer == 'real' else ('dying', 3))
    check(words in error.message and words in vm.dup_log(), error)
    check(vm.get_exit_code() == (True, status) and not vm.is_running(), vm.get_exit_code())
    vm.props.binary = 'no-such-qemu'
    error = fails(QMachine.MachineError.INVALID_CONFIGURATION, api.launch, vm)
    check('no-such-qemu' in error.message, error)


def command(machines):
    vm = machines.new('negotiate; serve; exit 0')
    api.launch(vm)
    check(api.command(vm, 'query-status')['running'] is True, vm)
    if machines.peer == 'real':
        check(api.command(vm, 'object-add', qom_type='iothread', id='t0') == {}, vm)
        answer = api.command(vm, 'qom-get', path='/objects/t0', property='poll-max-ns')
        check(type(answer) is int, answer)
    else:
        said = {'int': 1, 'float': 1.5, 'yes': True, 'nothing': None, 'text': 'a_b \u00e9 \U0001f600',
                'list': [{'a_b': -1}, []]}
        answer = api.command(vm, 'mock-echo', **said)
        check(answer == said and type(answer['int']) is int and answer['yes'] is True, answer)
    api.shutdown(vm)


def qmp_error(machines):
    vm = machines.new(READY + 'expect nope; error CommandNotFound no such command; expect odd; '
                              'error Strange oddly put; serve; exit 0')
    api.launch(vm)
    error = fails(QMachine.CommandError.COMMAND_NOT_FOUND, api.command, vm, 'nope')
    text = ('The command nope has not been found' if machines.peer == 'real'
            else 'no such command')
    check(error.message == f'nope: {text}', error)
    api.check_refusal(error, 'CommandNotFound', text)
    if machines.peer == 'real':
        error = fails(QMachine.CommandError.GENERIC_ERROR, api.command, vm, 'object-del', id='x')
        api.check_refusal(error, 'GenericError', "object 'x' not found")
    else:
        error = fails(QMachine.CommandError.UNKNOWN_CLASS, api.command, vm, 'odd')
        check(error.message == 'odd: oddly put [Strange]', error)
        api.check_refusal(error, 'Strange', 'oddly put')
    check(api.command(vm, 'query-status')['running'] is True, vm)
    api.shutdown(vm)


def event_by_detail(machines):
    stops, events = [], []
    # The library asks for itself which state a STOP led to.
    vm = machines.new(READY + 'expect stop; event STOP; reply; expect query-status; '
                              'reply {"status": "paused", "running": false}; '
                              'expect cont; event RESUME; reply; serve; exit 0')
    vm.connect('event::STOP', lambda _vm, event: stops.append(api.name(event)))
    vm.connect('event', lambda _vm, event: events.append(api.name(event)))
    api.launch(vm)
    api.command(vm, 'stop')
    api.command(vm, 'cont')
    turn_context_until(lambda: 'RESUME' in events)
    check(stops == ['STOP'] and events == ['STOP', 'RESUME'], (stops, events))
    api.shutdown(vm)


def wait_event_match(machines):
    vm = machines.new(READY + 'expect blockdev-create; '
                      'event JOB_STATUS_CHANGE {"status": "created", "id": "j0"}; '
                      'event JOB_STATUS_CHANGE {"status": "concluded", "id": "j1"}; '
                      'event JOB_STATUS_CHANGE {"status": "concluded", "id": "j0"}; '
                      'reply; serve; exit 0')
    api.launch(vm)
    # A job that fails, which it says by its events as well.
    api.command(vm, 'blockdev-create', job_id='j0',
                options={'driver': 'file', 'filename': '/no/such/directory/x', 'size': 0})
    event = api.wait_event(vm, 'JOB_STATUS_CHANGE', {'id': 'j0', 'status': 'concluded'})
    check(api.data(event) == {'id': 'j0', 'status': 'concluded'}, api.data(event))
    # What did not match is still there, in order.
    event = api.wait_event(vm, 'JOB_STATUS_CHANGE', {'id': None}, 0)
    check(api.data(event)['status'] == 'created', api.data(event))
    api.shutdown(vm)


def time_out(machines):
    vm = machines.new(READY + 'expect query-name; wait-signal USR1; reply {"name": "late"}; '
                              'serve; exit 0')
    api.launch(vm)
    start = time.monotonic()
    fails(Gio.IOErrorEnum.TIMED_OUT, api.wait_event, vm, 'NEVER', timeout=100)
    check(0.09 < time.monotonic() - start < 10, time.monotonic() - start)

    vm.props.command_timeout = 100
    if machines.peer == 'real':
        os.kill(vm.get_pid(), signal.SIGSTOP)
    fails(Gio.IOErrorEnum.TIMED_OUT, api.command, vm, 'query-name')
    os.kill(vm.get_pid(), signal.SIGCONT if machines.peer == 'real' else signal.SIGUSR1)
    vm.props.command_timeout = -1
    # The late reply is not taken for the next one.
    check('running' in api.command(vm, 'query-status'), vm)
    api.shutdown(vm)


def cancel(machines):
    vm = machines.new(READY + 'expect query-name; wait-signal USR1; reply {"name": "late"}; '
                              'serve; exit 0')
    api.launch(vm)
    cancellable = Gio.Cancellable()
    timer = cancel_when_waiting(cancellable)
    fails(Gio.IOErrorEnum.CANCELLED, api.wait_event, vm, 'NEVER', cancellable=cancellable)
    timer.join()

    if machines.peer == 'real':
        os.kill(vm.get_pid(), signal.SIGSTOP)
    cancellable = Gio.Cancellable()
    timer = cancel_when_waiting(cancellable)
    fails(Gio.IOErrorEnum.CANCELLED, api.command, vm, 'query-name', cancellable)
    timer.join()
    os.kill(vm.get_pid(), signal.SIGCONT if machines.peer == 'real' else signal.SIGUSR1)
    check('running' in api.command(vm, 'query-status'), vm)
    api.shutdown(vm)


def unexpected_death(machines):
    vm = machines.new(READY + 'expect query-name; stderr last words; kill KILL')
    api.launch(vm)
    if machines.peer == 'real':
        timer = threading.Timer(0.05, os.kill, [vm.get_pid(), signal.SIGKILL])
        timer.start()
        fails(QMachine.MachineError.EXITED, api.wait_event, vm, 'NEVER')
        timer.join()
    else:
        error = fails(QMachine.MachineError.EXITED, api.command, vm, 'query-name')
        check('last words' in error.message, error)
    check(not vm.is_running() and vm.get_exit_code() == (True, -signal.SIGKILL), vm.get_exit_code())
    fails(QMachine.MachineError.NOT_RUNNING, api.command, vm, 'query-name')
    api.shutdown(vm)


def two_machines(machines):
    script = 'negotiate; serve; exit 0'
    busy = READY + 'expect stop; event STOP; reply; serve; exit 0'
    one, other = machines.new(busy), machines.new(script)
    api.launch(one)
    api.launch(other)
    check(one.get_pid() != other.get_pid(), one.get_pid())
    api.command(one, 'stop')
    check(other.pop_event() is None, 'an event of the other machine')
    check(api.name(api.wait_event(one, 'STOP', timeout=0)) == 'STOP', one)
    one.kill(None)
    check(api.command(other, 'query-status')['running'] is True, other)
    api.shutdown(other)


def listeners(machines):
    """Two listeners, a loop, one who waits, and a handler at once."""
    number = 100 if machines.peer == 'real' else 10000
    vm = machines.new(READY + 'expect stop; reply; repeat 10000; event TICK {"n":$N}; end; '
                      'serve; exit 0')
    handled = []
    vm.connect('event', lambda _vm, event: handled.append(api.name(event)))
    api.launch(vm)
    vm.props.monitor.props.event_backlog = 20000
    seen = [[], [], []]
    threads = [threading.Thread(target=api.read_events, args=(vm.listen(None, None), number, each))
               for each in seen]
    for thread in threads:
        thread.start()
    for i in range(number if machines.peer == 'real' else 1):
        api.command(vm, 'cont' if i % 2 else 'stop')
    waited = [api.name(api.wait_event(vm)) for _ in range(number)]
    for thread in threads:
        thread.join()
    turn_context_until(lambda: len(handled) >= number)
    for each in seen:
        check(each == waited, len(each))
    check(handled == waited, len(handled))
    api.shutdown(vm)


def big_integers(machines):
    vm = machines.new('negotiate; serve; exit 0')
    api.launch(vm)
    for number in BIG:
        if machines.peer == 'real':
            api.command(vm, 'migrate-set-parameters', max_postcopy_bandwidth=number)
            answer = api.command(vm, 'query-migrate-parameters')['max-postcopy-bandwidth']
        else:
            answer = api.command(vm, 'mock-echo', number=number)['number']
        check(type(answer) is int and answer == number, (number, answer))
    api.shutdown(vm)


def large_reply(machines):
    vm = machines.new(READY + 'expect query-qmp-schema; send {"return": "; flood x %d; '
                              'send-line "}; serve; exit 0' % LARGE)
    api.launch(vm)
    answer = api.command(vm, 'query-qmp-schema')
    if machines.peer == 'real':
        check(len(json.dumps(answer)) > 200000, len(answer))
        check(any(entry['name'] == 'quit' for entry in answer), len(answer))
    else:
        check(answer == 'x' * LARGE, len(answer))
    check('running' in api.command(vm, 'query-status'), vm)
    api.shutdown(vm)


SCENARIOS = {function.__name__.replace('_', '-'): function for function in (
    launch, failed_launch, command, qmp_error, event_by_detail, wait_event_match, time_out,
    cancel, unexpected_death, two_machines, listeners, big_integers,
    large_reply)}


def main():
    check(hasattr(QMachine, 'CommandFailed') != PLAIN, QMachine)
    failed = 0
    for name in CHOSEN or SCENARIOS:
        for peer in ('real', 'mock'):
            machines = Machines(peer)
            try:
                SCENARIOS[name](machines)
                print(f'pass: {api.language}: {peer}: {name}', flush=True)
            except Exception:
                failed += 1
                print(f'fail: {api.language}: {peer}: {name}', flush=True)
                traceback.print_exc()
            finally:
                machines.end()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
