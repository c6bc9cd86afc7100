#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shows what happens to a machine, as it happens."""
import asyncio

import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine


async def watch(machine: QMachine.Machine, listener: QMachine.EventListener) -> None:
    async for event in listener:
        print('event:', event.name, event.data or {})
        print('run state:', machine.run_state_name)
        if event.name == 'RESET':
            print('the guest was reset, and that is enough')
            return
    raise RuntimeError(f'QEMU ended before that, exit code {machine.exit_code}')


async def main() -> None:
    async with QMachine.Machine('qemu-system-x86_64', ['-accel', 'tcg', '-nic', 'none'],
                                machine_type='q35') as machine:
        await machine.launch_async()
        watcher = asyncio.create_task(watch(machine, machine.listen()))
        for command in 'stop', 'cont', 'system_reset':
            await machine.command_async(command)
        await asyncio.wait_for(watcher, 10)

asyncio.run(main())
