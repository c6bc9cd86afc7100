#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the page about the console shows in Python. The argument is a directory with
`guest.img`, a guest that prints an address and `login: `, and then sends back what is typed."""
import asyncio
import sys

import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine


def read_firmware() -> None:
    # snippet: console
    machine = QMachine.Machine('qemu-system-x86_64', ['-accel', 'tcg', '-nic', 'none'],
                               machine_type='q35,graphics=off')
    machine.add_console()
    machine.launch()
    print('firmware:', machine.console.wait_for_text(r'SeaBIOS \(version [^)]*\)', timeout=30000))
    machine.shutdown()
    # end of snippet


def read_address(console: QMachine.Console) -> None:
    # snippet: match
    match = console.wait_for_match(r'eth0: (?<address>[\d.]+)/(\d+)',
                                   QMachine.ConsoleMatchFlags.COMPLETE, 60000)
    print('address:', match['address'])
    print('prefix:', match[2])
    # end of snippet


def log_in(console: QMachine.Console) -> None:
    # snippet: write
    console.wait_for_text('login: ', timeout=60000)
    console.write('root\n')
    # end of snippet
    print('typed:', console.wait_for_text('root', timeout=30000))


async def watch(console: QMachine.Console) -> None:
    # snippet: reader
    watcher = console.create_reader(False)

    async def wait() -> None:
        match = await watcher.wait_for_match_async('Kernel panic - (.*)$')
        print('panic:', match[1])

    panic = asyncio.create_task(wait())
    # end of snippet
    await console.write_async('Kernel panic - of the example\r\n')
    await panic


read_firmware()
with QMachine.Machine('qemu-system-x86_64', ['-accel', 'tcg', '-nic', 'none']) as machine:
    machine.add_args('-drive', f'file={sys.argv[1]}/guest.img,format=raw,snapshot=on')
    machine.add_console()
    machine.launch()
    read_address(machine.console)
    log_in(machine.console)
    asyncio.run(watch(machine.console))
