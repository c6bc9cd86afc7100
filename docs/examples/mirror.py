#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Mirrors the disk of a machine into a file, and shows the progress."""
import asyncio
import tempfile
from typing import Any

import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine

SIZE = 64 << 20


async def query_job(machine: QMachine.Machine) -> Any:
    [job] = await machine.command_async('query-jobs')
    print(f"{job['status']}: {job['current-progress']} of {job['total-progress']} bytes")
    return job


async def show_progress(machine: QMachine.Machine) -> None:
    while True:
        await query_job(machine)
        await asyncio.sleep(0.2)


async def mirror(machine: QMachine.Machine) -> None:
    changes = machine.listen('JOB_STATUS_CHANGE', {'id': 'mirror'})
    await machine.command_async('blockdev-mirror', job_id='mirror', device='disk', target='copy',
                                sync='full', speed=SIZE, auto_dismiss=False)
    progress = asyncio.create_task(show_progress(machine))
    async for event in changes:
        if event.data['status'] == 'ready':
            await machine.command_async('job-complete', id='mirror')
        elif event.data['status'] == 'concluded':
            break
    progress.cancel()

    job = await query_job(machine)
    if 'error' in job:
        raise RuntimeError(job['error'])
    await machine.command_async('job-dismiss', id='mirror')


async def main() -> None:
    with (tempfile.NamedTemporaryFile(prefix='mirror-') as disk,
          tempfile.NamedTemporaryFile(prefix='mirror-') as copy):
        disk.write(b'x' * SIZE)
        disk.flush()
        copy.truncate(SIZE)
        async with QMachine.Machine('qemu-system-x86_64', [
                '-accel', 'tcg', '-nic', 'none',
                '-blockdev', f'driver=file,node-name=disk,filename={disk.name}',
                '-blockdev', f'driver=file,node-name=copy,filename={copy.name}',
        ], machine_type='q35') as machine:
            await machine.launch_async()
            await mirror(machine)

asyncio.run(main())
