#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Copies ten disks of a machine at once. One copy is cancelled, and one has a bad target."""
import asyncio
import os
import tempfile

import gi
gi.require_version('QMachine', '1')
from gi.repository import GLib, QMachine

SIZE = 4 << 20
TO_CANCEL = 3
BAD = 7  # its target refuses what is written to it, as a broken disk does


def add_disks(machine: QMachine.Machine, directory: str, number: int) -> None:
    source, target = (os.path.join(directory, f'{name}{number}') for name in ('disk', 'copy'))
    with open(source, 'wb') as file:
        file.write(b'x' * SIZE)
    QMachine.DiskImage(target, 'raw').create(SIZE)
    machine.add_disk(source, 'raw', name=f'disk{number}', read_only=True, device=None)
    if number == BAD:
        machine.add_args('-blockdev', f'driver=blkdebug,node-name=copy{number},image.driver=file,'
                         f'image.filename={target},inject-error.0.event=none,'
                         'inject-error.0.iotype=write')
    else:
        machine.add_disk(target, 'raw', name=f'copy{number}', device=None)


async def back_up(machine: QMachine.Machine, number: int) -> str:
    job = await machine.start_job_async(
        'blockdev-backup', job_id=f'backup{number}', device=f'disk{number}',
        target=f'copy{number}', sync='full', speed=1 << 16 if number == TO_CANCEL else 0)
    try:
        if number == TO_CANCEL:
            await job.cancel_async()
        await job.wait_async()
    except GLib.Error as error:
        if error.matches(QMachine.JobError.quark(), QMachine.JobError.CANCELLED):
            return 'cancelled'
        if error.matches(QMachine.JobError.quark(), QMachine.JobError.FAILED):
            return error.message.rpartition(': ')[2]
        raise
    return 'good'


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix='backup-') as directory:
        async with QMachine.Machine('qemu-system-x86_64', ['-accel', 'tcg', '-nic', 'none'],
                                    machine_type='none') as machine:
            for number in range(10):
                add_disks(machine, directory, number)
            await machine.launch_async()
            ends = await asyncio.gather(*(back_up(machine, number) for number in range(10)))
            for number, end in enumerate(ends):
                print(f'backup {number}: {end}')

asyncio.run(main())
