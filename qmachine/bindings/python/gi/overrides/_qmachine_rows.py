# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the typelib does not say about the calls that wait: one row for each name.

A row serves the class, or the classes, that have a call of this name, in its three forms; one whose
name begins with that of a class serves this class alone. What all
A row serves the class, or the classes, that have a call of this name, in its three forms; one
whose name has a class in front is for that one alone. What all
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
                 asks: str | None = None, put_back: str | None = None,
                 defaults: dict[str, str] | None = None, has_check: bool = False) -> None:
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
        # What a parameter is that may be left out, where the typelib does not say it.
        # What may be left out, though it is neither nullable nor flags.
        self.defaults = defaults or {}
        # The trio of the typelib to call, where it is another one.
        self.calls = calls
        # The parameter that may be a JSON node, the trio for all else, and what converts its
        # result; without such a parameter it is always that trio.
        self.text_form = text_form
        # Its arguments can be keywords; this makes a value of the reply.
        self.asks = asks
        # Whether an exit status can be made an exception.
        self.has_check = has_check
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

_SCREEN = f'CommandFailed when QEMU refuses; {_SESSION}'

_EVENT = '''\
TimedOut, also for a timeout of 0; NotRunning; Exited as soon as QEMU has ended; a
GLib.Error of QMachine.MonitorError when the session is over, or of cancelling. TypeError for a
match that is no mapping.'''

_ATTACH = '''\
TimedOut, also where another client is connected; a GLib.Error of connecting, of
QMachine.MonitorError (BUSY, CLOSED, PROTOCOL, NEGOTIATION, ...) or of cancelling.'''

_CONSOLE = 'NotRunning, Exited, or a GLib.Error of cancelling.'

_JOB = '''\
TimedOut, which says where the job stands; a GLib.Error of QMachine.JobError (FAILED with QEMU's
words, CANCELLED, GONE, NOT_SUPPORTED); Exited, NotRunning, CommandFailed; a GLib.Error of
cancelling the call.'''

_IMAGE = '''\
a GLib.Error of QMachine.DiskImageError (EXISTS, IN_USE, WRONG_FORMAT, CORRUPT, NO_SPACE,
WOULD_SHRINK, NO_PROGRAM, INVALID, FAILED) with qemu-img's words, of a file that is not there or
cannot be opened, or of cancelling; TimedOut.'''

_OPTIONS = {'size': ('int', ''), 'copy': ('DiskImage', ''),
            'options': ('Mapping[str, Any] | Sequence[str] | None', "to_options({}, 'options')")}

ROWS = {
    # -- ports of the guest --

    'add_forward': Row('''
Forwards a port of the host to one of the guest, in each launch from now on, and in this one if
the machine runs. Returns a Forward, whose `host_port` is known when the launch is done.

host_port: 0 for one that the kernel chooses. protocol: QMachine.ForwardProtocol.UDP for UDP.
host_address: an IPv4 address, None for 127.0.0.1. netdev: the id of a user network of the
machine's arguments; None for one that the library makes, with a card, at the launch.
''', '''
CommandFailed with QEMU's words when it refuses, such as for a port that is taken; NotRunning;
Exited; TimedOut; a GLib.Error of QMachine.MachineError.INVALID_CONFIGURATION or of cancelling.
''', '''
web = vm.add_forward(80)
vm.launch()
web.wait_ready(timeout=60000)
print(urllib.request.urlopen(web.make_uri('http')).read())
''', returns='Forward', timeout='_DEFAULT', command="'hostfwd_add'",
        parameters={'guest_port': ('int', ''), 'host_port': ('int', ''),
                    'protocol': ('_QMachine.ForwardProtocol', ''),
                    'host_address': ('str | None', ''), 'netdev': ('str | None', '')},
        defaults={'host_port': '0', 'protocol': '_QMachine.ForwardProtocol.TCP'}),

    'remove_forward': Row('''
Takes a forward away, in this launch, if the machine runs, and in each one to come.
''', '''
CommandFailed when QEMU does not do it; TimedOut; a GLib.Error of
QMachine.MachineError.INVALID_CONFIGURATION for a forward that is not this machine's, or of
cancelling.
''', '''
vm.remove_forward(web)
''', timeout='_DEFAULT', command="'hostfwd_remove'",
        parameters={'forward': ('Forward', '')}),

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

    'power_off': Row('''
Ends a machine as one who walks up to it would: asks its guest agent, if the plan has one, presses
the power button, and uses force only where that does not help.

plan: a PowerOffPlan, with a limit for each step, or None for its defaults; the call has no limit of
its own. A guest that cannot hear, being paused or crashed, is not asked. Returns a PowerOffResult,
which tells what worked, and why the rest did not. A cancelled call takes no further step.
''', '''
TimedOut where the last step did not help, or the plan skips it: QEMU still runs; NotRunning when it
is detached meanwhile; a GLib.Error: Gio.IOErrorEnum.PERMISSION_DENIED for a process of another
user; of cancelling.
''', '''
result = vm.power_off(QMachine.PowerOffPlan(button_timeout=30000))
if not result.guest_off:
    print(result)
''', returns='PowerOffResult', parameters={'plan': ('PowerOffPlan | None', '')}),

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

    # -- the screen --

    'screenshot': Row('''
Takes a picture of a screen of the guest, and returns it as PNG.

The machine needs a graphics card: `display` must not be QMachine.MachineDisplay.NONE. device: the id
of a display device, or None for the first screen; head: the number of a screen of the device.
''', f'''
{_SCREEN}
''', '''
with open('screen.png', 'wb') as file:
    file.write(vm.screenshot().get_data())
''', returns='GLib.Bytes', command="'screendump'", timeout='_DEFAULT',
                      parameters={'device': ('str | None', ''), 'head': ('int', '')},
                      defaults={'head': '0'}),

    'type_text': Row('''
Types a text on the guest's keyboard, as one with US layout.

interval: milliseconds from one key to the next one; 0 is 40. With a timeout left out, the time that
the typing takes by itself is added to the limit.
''', f'''
{_SCREEN} QMachine.MonitorError.INVALID_COMMAND names a character that is not on the keyboard,
before anything is typed.
''', '''
vm.type_text('root\\n')
''', command="'input-send-event'", timeout='_DEFAULT',
                     parameters={'text': ('str', ''), 'interval': ('int', '')},
                     defaults={'interval': '0'}),

    'press_keys': Row('''
Presses keys of the guest's keyboard together, and lets them go.

keys: QEMU's names of them, with "-" between. hold_time: how long they are down, in milliseconds; 0 is
100.
''', _SCREEN, '''
vm.press_keys('ctrl-alt-f2')
''', command="'input-send-event'", timeout='_DEFAULT',
                      parameters={'keys': ('str', ''), 'hold_time': ('int', '')},
                      defaults={'hold_time': '0'}),

    'move_pointer': Row('''
Moves the guest's pointer to a position on its first screen, in pixels.

The machine needs a tablet, such as `-device usb-tablet`, and the guest must use it.
''', f'{_SCREEN} Gio.IOErrorEnum.NOT_SUPPORTED where the pointer knows no position.', '''
vm.move_pointer(320, 200)
''', command="'input-send-event'", timeout='_DEFAULT',
                        parameters={'x': ('int', ''), 'y': ('int', '')}),

    'click': Row('''
Moves the guest's pointer like move_pointer(), and clicks there, n_clicks times.
''', f'{_SCREEN} Gio.IOErrorEnum.NOT_SUPPORTED where the pointer knows no position.', '''
vm.click(320, 200)
vm.click(320, 200, QMachine.MouseButton.LEFT, 2)
''', command="'input-send-event'", timeout='_DEFAULT',
                 parameters={'x': ('int', ''), 'y': ('int', ''),
                             'button': ('QMachine.MouseButton', ''), 'n_clicks': ('int', '')},
                 defaults={'button': '_QMachine.MouseButton.LEFT', 'n_clicks': '1'}),

    'open_display': Row('''
Opens a connection to QEMU's D-Bus display, and returns it.

The machine must have been launched with QMachine.MachineDisplay.DBUS as `display`.
''', _SCREEN, '''
display = vm.open_display()
''', returns='Gio.DBusConnection', command="'add_client'", timeout='_DEFAULT'),

    'open_vnc': Row('''
Opens a connection to QEMU's VNC server, and returns it.

The machine must have been launched with QMachine.MachineDisplay.VNC as `display`. skip_auth: whether
this client is let in without what the server asks for.
''', f'{_SCREEN} Gio.IOErrorEnum.NOT_SUPPORTED without a VNC server.', '''
connection = vm.open_vnc()
''', returns='Gio.SocketConnection', command="'add_client'", timeout='_DEFAULT',
                    parameters={'skip_auth': ('bool', '')}, defaults={'skip_auth': 'False'}),

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

    'wait_ready': Row('''
Waits until the agent in the guest answers.
''', '''
TimedOut, which says what came of it; a GLib.Error of QMachine.MonitorError.CLOSED (not
attached, or the connection has ended), or of cancelling.
''', '''
agent = vm.add_guest_agent()
vm.launch()
agent.wait_ready(timeout=60000)
'''),

    'wait_open': Row('''
Waits until a program in the guest has opened the channel.
''', '''
TimedOut; NotRunning; Exited when QEMU has ended meanwhile; a GLib.Error of
QMachine.MachineError.INVALID_CONFIGURATION (without a monitor nobody knows), or of cancelling.
''', '''
channel = vm.add_channel('org.example.job.0')
vm.launch()
channel.wait_open(timeout=60000)
'''),

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
exit status is a success, unless check is true: then one that is not 0 raises RunFailed, as the
result's check() does. With a callback there is no check.
''', '''
RunFailed, for `check`; TimedOut, and the command gets an interrupt; NotRunning; Exited; a GLib.Error of
QMachine.MonitorError.TOO_LARGE for more output than `max_output`, of Gio.IOErrorEnum where the
guest began anew or its shell was killed, and what open() raises, or of cancelling.
''', '''
result = shell.run('uname -r', timeout=10000)
print(result.exit_status, result.text)
shell.run('mount /dev/vda /mnt', check=True)
''', returns='ShellResult', has_check=True),
    'WaitSet.next': Row('''
Waits for what comes first, of all that was added, and has not been told yet.
''', '''
TimedOut, also for a timeout of 0, with what did happen; NotRunning; Exited when QEMU has ended, and
that was not waited for or has been told; a GLib.Error of one of the things, such as one of
QMachine.MonitorError when only the monitor is gone, or of an empty or closed set, or of cancelling.
''', '''
with vm.wait_set(QMachine.on_event('STOP'), QMachine.on_exit()) as waits:
    vm.command('stop')
    print(waits.next(timeout=5000).event.name)
''', returns='WaitResult', put_back='self.put_back'),

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

    'interact': Row('''
Gives the console to a person at a terminal until they press the escape key, and returns why it ended.

input_fd and output_fd: descriptors, -1 for standard input and output. A terminal is made raw, and
restored at each end. escape_key: a byte, by default that of Ctrl and ], or -1 for none; pressed
twice it is sent. lines: how many lines from before are shown first; -1 for all that came since a
person had the console last. There is no time limit.
''', f'{_CONSOLE} Also one of a terminal that is busy, or has the program in the background.', '''
if vm.console.interact() == QMachine.ConsoleInteractEnd.EXITED:
    print('QEMU has ended')
''', returns='QMachine.ConsoleInteractEnd',
                    parameters=dict.fromkeys(
                        ('input_fd', 'output_fd', 'escape_key', 'lines'), ('int', '')),
                    defaults={'input_fd': '-1', 'output_fd': '-1',
                              'escape_key': '_QMachine.CONSOLE_ESCAPE_KEY', 'lines': '-1'}),
    # -- snapshots and migration --

    'save_snapshot': Row('''
Saves the guest with its memory in its qcow2 images. All its writable disks must be qcow2.
''', _JOB, '''
vm.save_snapshot('booted', timeout=60_000)
'''),

    'load_snapshot': Row('''
Takes the guest back to a snapshot. It runs again if it ran before.
''', _JOB, '''
vm.load_snapshot('booted', timeout=60_000)
'''),

    'delete_snapshot': Row('''
Deletes a snapshot from the images of the guest.
''', _JOB, '''
vm.delete_snapshot('booted')
'''),

    'migrate_to': Row('''
Moves the guest to another machine on this host, while it runs; returns a MigrationResult.

target: a Machine with the same devices and images, which is launched by this call. If it fails, the
guest goes on where it is, and the target is ended.
''', f'LaunchFailed of the target; {_JOB}', '''
print(vm.migrate_to(target, timeout=60_000).downtime, 'ms')
''', returns='MigrationResult', parameters={'target': ('Machine', '')}),

    'migrate_to_uri': Row('''
Moves the guest to a QEMU that waits for it elsewhere; returns a MigrationResult.

uri: as QEMU takes it, such as 'unix:PATH' or 'tcp:HOST:PORT'.
''', _JOB, returns='MigrationResult', parameters={'uri': ('str', '')}),

    'save_state': Row('''
Saves the memory and the devices of the guest to a file; returns a MigrationResult.

The guest stands still then, and its disks are as the file needs them.
''', f'a GLib.Error of the file; {_JOB}', '''
vm.save_state('guest.state', timeout=60_000)
''', returns='MigrationResult'),

    'restore_state': Row('''
Launches the machine with the guest of a file, as save_state() has made it.
''', f'LaunchFailed, with what QEMU said; {_JOB}', '''
vm.restore_state('guest.state', timeout=60_000)
'''),

    'copy_supervisor': Row('''
Copies qmachine-exec to where the wrapper leads; returns its path there.

dir: an absolute path there, which is made; None is ~/.cache/qmachine. With --follow behind it the
path belongs at the wrapper's end.
''', '''LaunchFailed, with the launcher's own words; InvalidConfiguration; TimedOut, or a GLib.Error
of reading the file or of cancelling.''', '''
vm.wrapper = [*vm.wrapper, vm.copy_supervisor(timeout=30_000), '--follow']
''', returns='str', parameters={'dir': ('str | None', '')}),

    # -- jobs --

    'start_job': Row('''
Starts a job, and returns when QEMU has begun it: a QMachine.Job.

command: one of QEMU's that starts a job, such as 'blockdev-mirror', 'blockdev-backup',
'block-commit', 'block-stream', 'blockdev-create', 'snapshot-save', 'migrate' or
'dump-guest-memory'. Its arguments are one mapping, or keywords, as for command(). A `job-id` that
is left out is made up, and `auto-dismiss` is off.
''', _COMMAND, '''
job = vm.start_job('blockdev-backup', device='disk', target='copy', sync='full')
job.wait()
''', returns='Job', asks='started', parameters={'arguments': ('Any', '')}),

    'run_job': Row('''
Starts a job as start_job() does, and returns when it has done its work.

A mirror is completed when it is ready. If the limit passes, or the call is cancelled, the job is
cancelled too, where it can be.
''', f'''
a GLib.Error of QMachine.JobError (FAILED with QEMU's words, CANCELLED, GONE); {_COMMAND}
''', '''
vm.run_job('blockdev-mirror', device='disk', target='copy', sync='full', timeout=600_000)
''', asks='started', parameters={'arguments': ('Any', '')}, timeout='-1'),

    'Job.wait': Row('''
Waits until the job has ended. A mirror does not end by itself: complete() ends it.

When the wait is given up, the job goes on.
''', _JOB, '''
job.wait(timeout=60_000)
'''),

    'Job.wait_ready': Row('''
Waits until the job is ready, as a mirror is that has copied all, or has ended well.
''', _JOB),

    'Job.complete': Row('''
Ends a mirror, or a commit of the active layer, when it is ready, and waits until it has ended.
''', _JOB),

    'Job.cancel': Row('''
Cancels the job, and waits until it has ended. `error` says how it ended.
''', _JOB),

    'Job.pause': Row('''
Pauses the job, and waits until it is paused.
''', _JOB),

    'Job.resume': Row('''
Lets a job go on that is paused, and waits until it does.
''', _JOB),

    # -- disks --

    'remove_disk': Row('''
Takes a disk away, from the launches to come, and at once if QEMU runs.

The guest has to let go of it; one without a system, or that is busy, may never do it. Then the
call ends at its limit, and the machine has the disk still.
''', f'''
a GLib.Error of QMachine.MachineError.INVALID_CONFIGURATION for a disk that the machine does not
have; CommandFailed when QEMU refuses; {_SESSION}
''', '''
vm.remove_disk(disk, timeout=10_000)
'''),

    'snapshot_disk': Row('''
Keeps a disk as it is now: what the guest writes from here on goes into a new qcow2 file.

The image under it is only read then, and is what a power cut would leave. A launch to come has the
disk with the snapshot. If it fails or is given up it is undone.

disk: one that was added; its name counts, as in QMachine.Disk(name='disk0').
''', f'''
a GLib.Error of QMachine.MachineError (INVALID_CONFIGURATION, NOT_RUNNING), or of making the file;
{_COMMAND}
''', '''
vm.snapshot_disk(disk, 'since-noon.qcow2')
''', timeout='_DEFAULT', command="'blockdev-snapshot'"),

    'commit_disk': Row('''
Ends the last snapshot of a disk: what was written since goes into the image under it, which is then
the disk again, and the file is removed.

If it fails or is given up the guest sees the same disk, and the snapshot is there still.
''', f'''
a GLib.Error of QMachine.MachineError (INVALID_CONFIGURATION, NOT_RUNNING); {_JOB}
''', '''
vm.commit_disk(disk, timeout=600_000)
'''),

    'save_template': Row('''
Makes a template of the machine as it is, and ends it.

prepare_template() has said where, before the launch.
''', f'''
a GLib.Error of QMachine.MachineError.INVALID_CONFIGURATION; CommandFailed when QEMU refuses;
{_SESSION}
'''),

    'DiskImage.create': Row('''
Makes an empty image; what is there is never written over.

size: how much the guest sees, in bytes.

options: of the format, a mapping, such as {'cluster_size': '2M', 'lazy_refcounts': True}, or
texts, NAME=VALUE each.
''', _IMAGE, '''
QMachine.DiskImage('data.qcow2', 'qcow2').create(20 << 30)
''', parameters=_OPTIONS),

    'DiskImage.create_overlay': Row('''
Makes an empty overlay over another image, of the same size: what is written goes into the overlay.

backing: the image below it, which must not change any more. backing_format: its format.
''', _IMAGE, '''
QMachine.DiskImage('test.qcow2', 'qcow2').create_overlay('debian.qcow2', 'qcow2')
''', parameters={'backing': ('str | bytes | os.PathLike[str]', "to_path({}, 'backing')"),
                 'backing_format': ('str', '')}),

    'DiskImage.convert': Row('''
Copies what a guest sees of this image into a new one, maybe of another format, without overlays.

copy: a QMachine.DiskImage, whose file is not there yet. options: as for create().

The property `progress` follows, 0.0 to 1.0; it is notified while the main context turns, so not
in a call that blocks its thread. If the call fails or is given up, the unfinished copy is
removed.
''', _IMAGE, '''
image = QMachine.DiskImage('debian.qcow2', 'qcow2')
image.convert(QMachine.DiskImage('debian.raw', 'raw'))
''', parameters=_OPTIONS),

    'DiskImage.query_info': Row('''
Returns what there is to know of the image, in QEMU's words: 'virtual-size', 'actual-size',
'backing-filename', 'snapshots', 'format-specific' and others.
''', _IMAGE, '''
print(image.query_info()['virtual-size'])
''', returns='Any', text_form=('', 'query_info_json', 'parse')),

    'DiskImage.query_info_json': Row('''
Returns what query_info() does, as a text of JSON.
''', _IMAGE, returns='str'),

    'DiskImage.check': Row('''
Looks whether the image is in order, and repairs it if it should. Returns a QMachine.DiskCheck.

repair: a QMachine.DiskRepair. Leaks and damage are a result, not an error.
''', f'''
Gio.IOErrorEnum.NOT_SUPPORTED as a GLib.Error for a format that cannot be checked; {_IMAGE}
''', '''
found = image.check(QMachine.DiskRepair.LEAKS)
print(found.clean, found.leaks_fixed)
''', returns='DiskCheck', parameters={'repair': ('int', '')}),

    'DiskImage.resize': Row('''
Changes the size of the image.

may_shrink: whether it may become smaller; what lies beyond the new end is lost.
''', _IMAGE, '''
image.resize(40 << 30, False)
''', parameters={'size': ('int', ''), 'may_shrink': ('bool', '')}),
}
