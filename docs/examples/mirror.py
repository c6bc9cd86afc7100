#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Mirrors the disk of a machine into a file, and shows the progress."""
import asyncio
import tempfile

import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine

SIZE = 64 << 20


def show(job: QMachine.Job, _property: object) -> None:
    done = int(20 * max(job.progress, 0))
    print(f"[{'#' * done:20}] {job.current} of {job.total} bytes")


async def mirror(machine: QMachine.Machine) -> None:
    job = await machine.start_job_async('blockdev-mirror', device='disk', target='copy',
                                        sync='full', speed=SIZE)
    job.connect('notify::progress', show)
    await job.complete_async()
    print(f'{job.job_type}: {job.status.value_nick}')


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
