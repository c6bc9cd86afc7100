#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the seeds of the fuzz targets: where each of them begins.

Usage: make-seeds.py DIRECTORY

Makes a directory for each target below DIRECTORY, and a file for each seed. What is behind a text
are the bytes of choices, last one first; see the targets.
"""
import sys
from pathlib import Path

GREETING = (b'{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, '
            b'"package": "Debian 1:7.2"}, "capabilities": ["oob"]}}\r\n')
EVENT = (b'{"timestamp": {"seconds": 1700000000, "microseconds": 123456}, "event": "STOP", '
         b'"data": {"a": 1, "guest": false, "list": [1, 2.5, null, "\\u00e9\\ud83d\\ude00"]}}\r\n')
ERROR = b'{"error": {"class": "GenericError", "desc": "no \\"such\\" thing"}}\r\n'
RETURN = b'{"return": {}}\r\n'
NUMBERS = (b'{"return": [0, -0, 1e5, -1.5E-3, 18446744073709551615, -9223372036854775809, 1e400, '
           b'0.1, 123456789012345678901234567890]}')
STRINGS = '{"return": "\\b\\f\\n\\r\\t\\/\\\\ \\u0000 \\ud834\\udd1e é€😀 \x7f"}'.encode()

# Choices: seed of the pieces, which limit.
MESSAGES = {
    'session': GREETING + RETURN + EVENT + b'{"return": {"running": true}, "id": 7}\r\n' + ERROR,
    'pretty': b'{\n    "return": {\n        "a": [\n            1,\n            2\n        ]\n    }\n}',
    'numbers': NUMBERS,
    'strings': STRINGS,
    'no-clock': b'{"event":"A","timestamp":{"seconds":-1,"microseconds":-1}}',
    'big-id': b'{"id":18446744073709551615,"return":null}{"id":1e3,"return":[]}{"id":"x","return":0}',
    'escaped-names': b'{"\\u0065rror":1,"error":{"cl\\u0061ss":"A","desc":"B","class":"C"}}',
    'deep': b'{"return":' + b'[' * 1023 + b']' * 1023 + b'}',
    'too-deep': b'{"return":' + b'[' * 1024 + b']' * 1024 + b'}',
    'twice': b'{"event":"A","event":"B"}',
    'twice-in-data': b'{"event":"A","data":{"event":1,"event":2,"id":{},"id":[],"x":1,"x":2}}',
    'two-kinds': b'{"event":"A","return":1}',
    'blanks': b' \t\r\n {} \n{"QMP":{}}',
    'garbage': b'qemu-system-x86_64: -mon: \xff\xfe',
    'lone-surrogate': b'{"return":"\\ud800"}',
    'overlong': b'{"return":"\xc0\x80"}', 'overlong-3': b'{"return":"\xe0\x9f\xbf"}',
    'surrogate': b'{"return":"\xed\xa0\x80"}', 'too-high': b'{"return":"\xf4\x90\x80\x80"}',
    'edges': b'{"return":"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xf4\x8f\xbf\xbf"}',
    'cut': b'{"return": {"a": tru',
    'escaped-nul': b'{"event":"a\\u0000b","data":{"a\\u0000b":1,"a":2}}',
    'exponents': b'{"return":[1e040,1e-5,5e-324,1E22]}',
    'literals': b'{"return":[true,false,null]}',
}

# Choices: 1 out of band, 2 no arguments, 4 from a tree too; what the tree has, beside the text and
# the second line.
COMMAND = {
    'plain': b'query-status\n\n\x00\x02',
    'arguments': b'device_add\n\n{"driver": "e1000", "id": "n0", "n": 18446744073709551615}\x01\x04',
    'empty': b'stop\n\n { } \x01\x04',
    'oob': b'migrate-pause\n\n{}\x01\x05',
    'quotes': b'a"b\\c\t\x01d\na"\\\x1f\n{"a\\"": "\\u0000"}\x0a\x04',
    'utf8': 'é😀\né\n{"é": "\\ud83d\\ude00"}'.encode() + b'\x02\x04',
    'not-utf8': b'a\xffb\n\n{}\x00\x00',
    'string-not-utf8': b'x\na\xff\n{"a": 1}\x02\x04',
    'no-name': b'\n\n{}\x00\x04',
    'array': b'x\n\n[1]\x01\x04',
    'trailing': b'x\n\n{"a":1} {"execute":"quit"}\x01\x04',
    'injection': b'x\n","id":"\n{"a":1},"id":{"b":2}\x0e\x04',
    'infinite': b'x\n\n{}\x04\x04',
    'no-number': b'x\n\n{}\x24\x04',
    'overflow': b'x\n\n{"a": [1e999, -1e999, 1e308]}\x01\x04',
    'deep': b'x\n\n{"a":' + b'[' * 1021 + b']' * 1021 + b'}\x00\x04',
    'too-deep': b'x\n\n{"a":' + b'[' * 1023 + b']' * 1023 + b'}\x00\x04',
    'twice': b'x\n\n{"id":1,"id":2,"a":3,"a":4}\x01\x04',
}


def values(*texts, kinds=0, choices=0x7f):
    return b'\n'.join(texts) + bytes([kinds, choices])


USUAL = (b'qemu-system-x86_64', b'q35', b'/run/user/0/mon.sock', b'/var/tmp/console.log',
         b'isa-serial', b'127.0.0.1', b'rdwr:/dev/sda', b'e1000,id=n0')
COMMAS = (b'/opt/a,b/qemu', b'q35,accel=tcg', b'/tmp/a,b,,c/mon', b'/tmp/,logappend=on,x=',
          b'virtserialport,id=a', b'::1,telnet=off', b'a,fd=0,set=9', b',')
ODD = (b'', b"it's", b'/' + b'x' * 120, b'a\\b $HOME `x` "q"', b'\xff\xfe', b'a b', b',,,',
       b'\t*?[]{}~#&;|<>()')

# Choices: which parts there are; style and monitor.
COMMAND_LINE = {
    f'{name}-{kinds}': values(*texts, kinds=kinds)
    for name, texts in (('usual', USUAL), ('commas', COMMAS), ('odd', ODD))
    for kinds in (0, 1, 2, 4, 8, 10, 14)
}
COMMAND_LINE['no-address'] = values(*USUAL, kinds=2, choices=0xff)
COMMAND_LINE['bare'] = values(*USUAL, kinds=0, choices=0)

# Choices: three bytes that say where the rule is softened.
EVENT_MATCH = {
    name: data + b'\n' + match + bytes(path)
    for name, data, match, path in (
        ('subset', b'{"device": "d0", "n": 1, "x": {"y": [1, 2]}}', b'{"device": "d0"}', (0, 0, 2)),
        ('null', b'{"a": 1}', b'{"a": null}', (0, 0, 1)),
        ('nested', b'{"a": {"b": {"c": 5}}}', b'{"a": {"b": {"c": 5}}}', (1, 2, 0xff)),
        ('array', b'[1, "a", {"b": 2}]', b'[1, null, {}]', (0, 1, 7)),
        ('double', b'{"a": 1.0, "b": 9007199254740993}', b'{"a": 1, "b": 9007199254740992.0}', (3, 3, 3)),
        ('huge', b'[1e400, -1e400, 18446744073709551615]', b'[1e400, -1e400, -1]', (0, 0, 3)),
        ('kinds', b'{"a": [true, false, "true", 1]}', b'{"a": [true, false, "true", 1]}', (0, 9, 6)),
        ('no-data', b'', b'{}', (0, 0, 0)),
        ('no-data-2', b'', b'{"a": null}', (0, 0, 0)),
        ('scalar', b'5', b'"5"', (0, 0, 0)),
        ('deep', b'[' * 1023 + b']' * 1023, b'[' * 1024 + b']' * 1024, (2, 2, 2)),
    )
}

# Choice: seed of the pieces.
CONSOLE = {
    'text': b'hello, world\r\nlogin: \x01',
    'utf8': 'aé€😀ü\n'.encode() * 3 + b'\x02',
    'escape': b'\x1b[2J\x1b[1;1H\x07\x08\x03',
    'cut-2': b'abc\xc3', 'cut-3': b'abc\xe2\x82\x01', 'cut-4': b'abc\xf0\x9f\x98\x05',
    'invalid': b'\x80\xbf\xc0\x80\xc1\xf5\xff\xfe\xed\xa0\x80\xf4\x90\x80\x80\xe0\x80\x80\x04',
    'lead-lead': b'\xf0\xf0\x9f\xe2\xe2\x82\xc3\xc3\xa9\xf0\x9f\x98a\x07',
    'nul': b'a\x00b\x00\xc3\x00\x09',
}

NEGOTIATED = GREETING + b'\x1e' + RETURN + b'\x1e'
# Choices: 1 out of band, 2 pops events, 4 small backlog, 8 small messages, 16.. when to cancel,
# 128 the peer hangs up.
SESSION = {
    'usual': NEGOTIATED + b'\x1e'.join([RETURN, EVENT + RETURN, ERROR, RETURN]) + b'\x80',
    'events': NEGOTIATED + EVENT * 6 + b'\x1e' + RETURN * 4 + EVENT + b'\x06',
    'oob': NEGOTIATED + b'{"return":1,"id":3}{"return":2,"id":1}\x1e{"return":{},"id":4}'
           b'{"return":9,"id":99}{"return":{},"id":2}\x81',
    'early-event': EVENT + GREETING + EVENT + b'\x1e' + EVENT + RETURN + b'\x1e' + RETURN * 4 + b'\x80',
    'refused': GREETING + b'\x1e' + ERROR + b'\x00',
    'no-greeting': RETURN + b'\x00',
    'unasked': NEGOTIATED + RETURN * 9 + b'\x00',
    'garbage': NEGOTIATED + b'Segmentation fault\n\x00',
    'hangs-up': GREETING + b'\x80',
    'too-large': NEGOTIATED + b'{"return":"' + b'x' * 1100 + b'"}\x08',
    'second-greeting': NEGOTIATED + GREETING + b'\x80',
    'withdrawn': NEGOTIATED + RETURN + b'\x1e\x1e' + RETURN + b'\x1e' + RETURN + b'\x20',
    'cut': NEGOTIATED + b'{"return": {\x80',
}

# Choices: 1 to 7 which call is the first, 8 small messages, 16.. when to cancel, 128 it hangs up.
READ = b'{"return": {"count": 2, "buf-b64": "YWI=", "eof": false}}\n'
GUEST = {
    'ping': b'\x1d\x1e' + RETURN + b'\x70',
    'exec': b'\x1d\x1e{"return": {"pid": 5}}\n\x1e{"return": {"exited": true, "exitcode": 3, '
            b'"out-data": "YWI=", "err-truncated": true}}\n\x71',
    'read': b'\x1d\x1e{"return": 7}\n\x1e' + READ + b'\x1e' + READ.replace(b'false', b'true')
            + b'\x1e' + RETURN + b'\x72',
    'write': b'\x1d\x1e{"return": 7}\n\x1e{"return": {"count": 2, "eof": false}}\n\x1e'
             b'{"return": {"count": 1, "eof": false}}\n\x1e' + RETURN + b'\x73',
    'frozen': b'\x1d\x1e{"return": 2}\n\x1e' + ERROR + b'\x74',
    'shutdown': b'\x1d\x1e\x1d\x75',
    'refused': b'\x1d\x1e' + ERROR + b'\x1d\x1e' + ERROR + b'\x65',
    'rubbish': b'{"return": 1}\xff{"return": 1}\n\xff{"return"\x1e\x1d\x1eabc\x1e\x1d\x70',
    'cancelled': b'\x1d\x1e{"return": 7}\n\x1e' + READ + b'\x1e' + READ + b'\x12',
    'too-large': b'\x1d\x1e{"return": "' + b'x' * 1100 + b'\x78',
    'hangs-up': b'\x1d\x1e{"return": {\xf0',
}

TARGETS = {
    'messages': {name: text + b'\x05\x00' for name, text in MESSAGES.items()}
    | {name + '-small': text + b'\x09\x02' for name, text in MESSAGES.items()},
    'command': COMMAND,
    'command-line': COMMAND_LINE,
    'event-match': EVENT_MATCH,
    'console': CONSOLE,
    'session': SESSION,
    'guest': GUEST,
}

for target, seeds in TARGETS.items():
    directory = Path(sys.argv[1]) / target
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in seeds.items():
        (directory / name).write_bytes(text)
