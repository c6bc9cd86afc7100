#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ten machines at once: launched, asked and stopped side by side, from one thread."""
import asyncio

import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine


async def run(name: str) -> None:
    async with QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg'],
                                name=name) as machine:
        await machine.launch_async()
        await machine.command_async('query-status')
    print(f'{name}: done')


async def main() -> None:
    await asyncio.gather(*(run(f'machine {number}') for number in range(10)))

asyncio.run(main())
