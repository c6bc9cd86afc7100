# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the typelib does not say about the calls that wait: one row for each name.

A row serves the class, or the classes, that have a call of this name, in its three forms. What all
rows have in common is in _qmachine_trios.py, which makes the forms; a call without a row is one
with nothing to say here.
"""

from __future__ import annotations

WIDTH = 88  # of a docstring, which help() indents


def _filled(text: str) -> str:
    lines = ['']
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > WIDTH:
            lines.append('')
        lines[-1] = f'{lines[-1]} {word}' if lines[-1] else word
    return '\n'.join(lines)


def _indented(text: str) -> str:
    return '\n'.join(f'    {line}' if line else '' for line in text.strip('\n').splitlines())


class Row:
    def __init__(self, doc: str, raises: str, example: str = '', *, returns: str = 'bool',
                 command: str | None = None, timeout: str | None = None,
                 parameters: dict[str, tuple[str, str]] | None = None,
                 calls: str | None = None, text_form: tuple[str, str, str] | None = None,
                 asks: str | None = None, put_back: str | None = None) -> None:
        self.doc = doc
        self.raises = raises
        self.example = example
        self.returns = returns
        # What QEMU refuses, for CommandFailed; the parameter `command`, if there is one.
        self.command = command
        # The default, where it is not the one of the rule.
        self.timeout = timeout
        # Annotation and conversion, where they are not those of the name.
        self.parameters = parameters or {}
        # The trio of the typelib to call, where it is another one.
        self.calls = calls
        # The parameter that may be a JSON node, the trio for all else, and what converts its
        # result.
        self.text_form = text_form
        # Its arguments can be keywords; this makes a value of the reply.
        self.asks = asks
        # What takes back an event that nobody waits for any more.
        self.put_back = put_back

    def describe(self, name: str, form: str, limit: str | None) -> str:
        timeout = limit and ('timeout: in milliseconds, or a datetime.timedelta; None is no limit. '
                             f'Left out, it is {limit}.')
        if form == '':
            parts = [*self.doc.split('\n\n'), timeout, f'Raises {self.raises}']
        elif form == '_async':
            parts = [f'Begins {name}(), without blocking.',
                     f'Where asyncio runs it returns an awaitable for what {name}() returns. With '
                     'a callback it calls callback(source, result, *user_data) in the main '
                     f'context, where {name}_finish(result) returns it.',
                     timeout, f'Raises what {name}() does, where it is awaited or finished.']
        else:
            parts = [f'Returns what {name}() returns, for a call that {name}_async() has begun.',
                     f'Raises what {name}() does'
                     + ('; a refusal may be a plain GLib.Error of QMachine.CommandError.'
                        if 'CommandFailed' in self.raises else '.')]
        text = '\n\n'.join(_filled(part) for part in parts if part)
        if form == '' and self.example:
            text += f'\n\nExample:\n{_indented(self.example)}'
        return text


UNKNOWN = Row('Calls what the library has by this name.', 'GLib.Error.', returns='Any')

_SESSION = '''\
NotRunning, Exited (QEMU ended before it answered), TimedOut, or a GLib.Error of
QMachine.MonitorError (the session is closed or broken, or nothing could be sent) or of
cancelling.'''

_COMMAND = f'''\
CommandFailed when QEMU refuses; {_SESSION}
TypeError, ValueError or OverflowError for what cannot be JSON, before anything is sent.'''

_WITH_FD = f'''\
CommandFailed when QEMU refuses; {_SESSION}
Nothing is sent where the descriptor is not open, or the monitor is not on a Unix socket.'''

_EVENT = '''\
TimedOut, also for a timeout of 0; NotRunning; Exited as soon as QEMU has ended; a
GLib.Error of QMachine.MonitorError when the session is over, or of cancelling. TypeError for a
match that is no mapping.'''

_ATTACH = '''\
TimedOut, also where another client is connected; a GLib.Error of connecting, of
QMachine.MonitorError (BUSY, CLOSED, PROTOCOL, NEGOTIATION, ...) or of cancelling.'''

_CONSOLE = 'NotRunning, Exited, or a GLib.Error of cancelling.'

ROWS = {
    # -- the life of a machine --

    'launch': Row('''
Starts QEMU, and waits until its monitor is ready.

The limit is the property `launch_timeout`, in milliseconds; the call has none of its own. After
a failure nothing is left behind, and the machine can be launched again.
''', '''
LaunchFailed, with `exit_code`, `command_line` and `log`; TimedOut; a GLib.Error of
QMachine.MachineError (ALREADY_LAUNCHED, INVALID_CONFIGURATION), of QMachine.MonitorError, of
connecting or of cancelling.
''', '''
vm = QMachine.Machine('qemu-system-x86_64', ['-machine', 'none'], launch_timeout=5000)
vm.launch()
'''),

    'wait': Row('''
Waits until QEMU has ended, and does nothing about it. `exit_code` says how it ended.
''', '''
NotRunning when it was never launched, or was detached; TimedOut; a GLib.Error of cancelling.
''', '''
vm.command('quit')
vm.wait(timeout=5000)
print(vm.exit_code)
'''),

    'shutdown': Row('''
Ends QEMU: asks it, and if it does not end in time uses SIGTERM, and SIGKILL after that.

QEMU is gone afterwards, but for a call that was cancelled. Does nothing when it was gone before.
''', '''
a GLib.Error: QMachine.MachineError.ABNORMAL_SHUTDOWN when force was needed, or
a signal killed QEMU; Gio.IOErrorEnum.PERMISSION_DENIED for a process of another user; of
cancelling.
''', '''
vm.shutdown(timeout=10000)
'''),

    'kill': Row('''
Kills QEMU, its wrapper and all that came from them, and waits until none is left.

There is no time limit, for a process that is killed ends. Does nothing when the machine is
stopped.
''', '''
a GLib.Error: Gio.IOErrorEnum.PERMISSION_DENIED for a process of another user; of cancelling.
''', '''
vm.kill()
'''),

    'detach': Row('''
Lets QEMU go: it lives on, and a Monitor can be attached at `listen_address`.

The machine must have been launched without `exit_with_parent`. There is no time limit: it waits for
nothing but the library's own thread.
''', '''
NotRunning; a GLib.Error: QMachine.MachineError.INVALID_CONFIGURATION when QEMU would
end with this process; of cancelling.
''', '''
vm = QMachine.Machine('qemu-system-x86_64', exit_with_parent=False)
vm.launch()
vm.detach()
'''),

    # -- commands --

    'command': Row('''
Sends a QMP command, and returns what QEMU returned, as dicts, lists, texts and numbers.

arguments: one mapping, which is sent as it is; or keywords, in which "_" becomes "-" unless
conv_keys=False. All that is not for QEMU comes as a keyword: timeout, cancellable, conv_keys,
and the flags of a monitor. The form of the typelib, all of it by position, and a Json.Node as
arguments return a Json.Node.

A command that took too long, or was cancelled, may be carried out all the same.
''', _COMMAND, '''
vm.command('query-status')['running']
vm.command('device_add', driver='e1000', id='n0')
vm.command('object-add', {'qom-type': 'rng-random', 'id': 'r0'}, timeout=5000)
''', returns='Any', asks='unwrap', parameters={'arguments': ('Any', '')}),

    'qmp': Row('''
Sends a QMP command like command(), and returns the whole reply.

It has a member 'return', or 'error' when QEMU refuses, which raises nothing here.
''', f'''
{_SESSION}
TypeError, ValueError or OverflowError for what cannot be JSON, before anything is sent.
''', '''
reply = vm.qmp('device_del', id='n0')
if 'error' in reply:
    print(reply['error']['class'])
''', returns='Any', asks='whole', parameters={'arguments': ('Any', '')}),

    'command_json': Row('''
Sends a QMP command whose arguments are JSON text, and returns what QEMU returned as JSON text.

Nothing is lost on the way: both are what was written.
''', _COMMAND, '''
vm.command_json('qom-list', '{"path": "/"}')
''', returns='str'),

    'qmp_json': Row('''
Sends a QMP command like command_json(), and returns the whole reply as JSON text.

It has a member "return", or "error" when QEMU refuses, which raises nothing here.
''', _SESSION, '''
reply = vm.qmp_json('query-name')
''', returns='str'),

    'human_command': Row('''
Runs a command of QEMU's human monitor, and returns what it printed.

The text is for people, and so are complaints, which are part of it.
''', f'CommandFailed from a QEMU without a human monitor; {_SESSION}', '''
print(vm.human_command('info block'))
''', returns='str', command="'human-monitor-command'", timeout='_DEFAULT'),

    'qtest': Row('''
Sends a line of the qtest protocol, and returns the answer behind its `OK`.

The machine must have been launched with `enable_qtest`.
''', '''
NotRunning, Exited, TimedOut, or a GLib.Error: QMachine.CommandError.GENERIC_ERROR with an
answer that is not `OK`; of QMachine.MonitorError; of cancelling.
''', '''
vm.qtest('outb 0x70 0x0a', timeout=5000)
''', returns='str'),

    # -- descriptors --

    'send_fd': Row('''
Sends a descriptor alone, for the next command that asks for one, such as `getfd`.

There is no time limit. The descriptor stays the caller's.
''', _SESSION, '''
with open('disk.img', 'rb') as file:
    vm.send_fd(file.fileno())
    vm.command('getfd', fdname='disk')
'''),

    'send_file': Row('''
Opens a file and sends its descriptor, like send_fd(). There is no time limit.

It is opened for reading and writing, and for reading where that is not allowed.
''', f'{_SESSION} QMachine.MonitorError.INVALID_COMMAND also says that it cannot be opened.', '''
vm.send_file('disk.img')
vm.command('getfd', fdname='disk')
'''),

    'command_with_fd': Row('''
Sends a QMP command together with a descriptor, and returns what QEMU returned.

arguments: a mapping, a Json.Node, for which a Json.Node is returned, or None.
''', _WITH_FD, '''
with open('disk.img', 'rb') as file:
    fdset = vm.command_with_fd('add-fd', None, file.fileno())['fdset-id']
''', returns='Any', parameters={'arguments': ('Any', '{0} if isinstance({0}, Json.Node) '
                                              'else to_text({0})')},
                           text_form=('arguments', 'command_json_with_fd', 'parse')),

    'command_json_with_fd': Row('''
Sends a QMP command together with a descriptor like command_with_fd(), as JSON text.
''', _WITH_FD, '''
with open('disk.img', 'rb') as file:
    vm.command_json_with_fd('add-fd', '{"fdset-id": 3}', file.fileno())
''', returns='str'),

    # -- a monitor's session --

    'attach': Row('''
Connects to a QMP server, and negotiates.

address: a Gio.SocketAddress, the path of a Unix socket, or (host, port). The limit is the property
`attach_timeout`, in milliseconds; the call has none of its own. With `attach_retry` a server that
is still starting is waited for.
''', f'{_ATTACH} TypeError or ValueError for what is no address.', '''
with QMachine.Monitor(attach_timeout=5000) as monitor:
    monitor.attach('/run/qemu.sock')
    print(monitor.command('query-name'))
'''),

    'attach_stream': Row('''
Takes the greeting from a stream, and negotiates. The stream is the monitor's from now on.

The limit is the property `attach_timeout`, in milliseconds; the call has none of its own.
''', _ATTACH),

    'close': Row('''
Closes the session; what waits in it fails, and the server goes on.

There is no time limit: it waits for nothing but the library's own thread. Does nothing when there
is no session.
''', 'a GLib.Error of cancelling.', '''
monitor.close()
'''),

    # -- events --

    'next': Row('''
Takes the oldest event of the queue, waiting for one if need be.
''', '''
TimedOut, also for a timeout of 0; at the end Exited of a machine, and of a monitor a
GLib.Error of QMachine.MonitorError; NotRunning or QMachine.MonitorError.CLOSED before there is a
session, and after close(); a GLib.Error of cancelling.
''', '''
listener = vm.listen('STOP')
vm.command('stop')
print(listener.next(timeout=5000).time)
''', returns='MonitorEvent', put_back='self.put_back'),

    # -- a shell in a guest --

    'open': Row('''
Waits until the guest has a shell for us, and logs in as `user` if it asks.

`run()` does that by itself.
''', '''
TimedOut, which quotes the last lines of the console; NotRunning; Exited; a GLib.Error of
Gio.IOErrorEnum: PERMISSION_DENIED for a login that was refused, NOT_SUPPORTED where the guest lacks
a program, CONNECTION_CLOSED, or of cancelling.
''', '''
shell = QMachine.Shell.new(console)
shell.set_password('secret')
shell.open(timeout=60000)
'''),

    'run': Row('''
Runs a command in the guest, in a shell of its own, and returns a ShellResult when it has ended.

Opens the shell before if need be. input: bytes for its standard input, or None for nothing. Any
exit status is a success; the result's check() raises for one that is not 0.
''', '''
TimedOut, and the command gets an interrupt; NotRunning; Exited; a GLib.Error of
QMachine.MonitorError.TOO_LARGE for more output than `max_output`, of Gio.IOErrorEnum where the
guest began anew or its shell was killed, and what open() raises, or of cancelling.
''', '''
result = shell.run('uname -r', timeout=10000)
print(result.exit_status, result.text)
''', returns='ShellResult'),

    'wait_event': Row('''
Takes the oldest event of these names whose data holds what `match` holds, waiting if need be.

Events that came before the call count, as long as nobody took them. names: one, several, or None
for any. match: a mapping, a Json.Node, or None for any.
''', _EVENT, '''
vm.command('stop')
event = vm.wait_event('STOP', timeout=5000)
vm.wait_event(['DEVICE_DELETED'], {'device': 'n0'}, datetime.timedelta(seconds=5))
''', returns='MonitorEvent', put_back='self.put_back_event',
                      parameters={'match': ('Any', 'to_match({})')},
                      text_form=('match', 'wait_event_json', 'same')),

    'wait_event_json': Row('''
Takes an event like wait_event(), by a match that is JSON text.
''', _EVENT, '''
vm.wait_event_json('DEVICE_DELETED', '{"device": "n0"}', timeout=5000)
''', returns='MonitorEvent', put_back='self.put_back_event',
                           parameters={'match': ('str | None', 'to_match_text({})')}),

    # -- the console --

    'write': Row('''
Types a text or bytes, and waits until the socket to QEMU has taken all of it.

There is no time limit: a guest that does not read makes it wait once the socket is full.
''', f'{_CONSOLE} TypeError for what is neither.', '''
vm.console.write('root\\n')
''', calls='write_bytes', parameters={'text': ('str | bytes', "to_bytes({}, 'text')")}),

    'write_bytes': Row('''
Types bytes, of any value, like write(). There is no time limit.
''', f'{_CONSOLE} TypeError for what is neither a text nor bytes.', '''
vm.console.write_bytes(b'\\x1b')
'''),

    'wait_for_text': Row('''
Waits until the guest has written something that matches, and returns that.

pattern: a regular expression of GLib. Text that came before the call counts, from the end of the
last match on.
''', f'TimedOut, with the last lines of the console; a GLib.Error of a bad pattern; {_CONSOLE}', '''
vm.console.wait_for_text('login: $', timeout=30000)
''', returns='str'),

    'wait_for_match': Row('''
Waits until the guest has written something that matches, and returns a ConsoleMatch.

pattern: a regular expression of GLib, such as r'(?<name>\\w+): (\\d+)'. A reader searches from its own
position on, and a console from where the last match ended. flags:
QMachine.ConsoleMatchFlags.COMPLETE for a match that more output could not lengthen.
''', f'TimedOut, with the last lines of the console; a GLib.Error of a bad pattern; {_CONSOLE}', '''
match = vm.console.wait_for_match(r'eth0: (?<address>\\S+)', timeout=30000)
print(match['address'], match.before)
''', returns='ConsoleMatch'),
}
