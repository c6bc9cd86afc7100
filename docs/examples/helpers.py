#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest with a TPM, and with a disk that another process serves. Usage: helpers.py KERNEL INITRD"""
import sys
import tempfile

import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine

kernel, initrd = sys.argv[1:]
with tempfile.NamedTemporaryFile() as image, \
        QMachine.Machine('qemu-system-x86_64',
                         ['-accel', 'tcg', '-m', '256', '-nodefaults', '-kernel', kernel,
                          '-initrd', initrd, '-append', 'console=ttyS0 quiet shells=ttyS0'],
                         machine_type='q35,graphics=off') as machine:
    image.write(b'written by the host\n'.ljust(1 << 20, b'\0'))
    image.flush()
    machine.add_tpm()
    disk = machine.add_vhost_user_disk(image.name)
    disk.connect('died', lambda disk: print('nobody serves the disk any more:', disk.log))
    console = machine.add_console()
    machine.launch()
    shell = QMachine.Shell.new(console)
    print('TPM:', shell.run('cat /sys/class/tpm/tpm0/tpm_version_major').text)
    print('disk:', shell.run('head -n 1 /dev/vda').text)
    print('served by:', disk.argv[0])
