#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fetches a page from the web server of a guest. Usage: forward.py KERNEL INITRD"""
import sys
import urllib.request

import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine

kernel, initrd = sys.argv[1:]
with QMachine.Machine('qemu-system-x86_64', ['-accel', 'tcg', '-m', '256', '-kernel', kernel,
                                             '-initrd', initrd, '-append', 'quiet panic=-1'],
                      machine_type='q35,graphics=off') as machine:
    web = machine.add_forward(80)
    machine.launch()
    print('port 80 of the guest is port', web.host_port, 'of the host')
    web.wait_ready(r'^HTTP/1\.[01] 200 ', b'GET / HTTP/1.0\r\n\r\n', timeout=60000)
    uri = web.make_uri('http')
    assert uri is not None  # only while no machine runs
    with urllib.request.urlopen(uri) as page:
        print('the guest says:', page.read().decode().strip())
