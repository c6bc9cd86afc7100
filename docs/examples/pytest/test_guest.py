# SPDX-License-Identifier: LGPL-2.1-or-later
import urllib.request

import pytest
from pytest_qmachine import Guest


def test_commands(guest: Guest) -> None:
    assert guest.run('uname -s').text == 'Linux'
    assert guest.run('echo written by the shell >/tmp/note').exit_status == 0
    assert guest.run('grep -c nothing /tmp/note').exit_status == 1


def test_file(guest: Guest) -> None:
    assert guest.agent.read_file('/etc/hostname').get_data() == b'guest\n'


@pytest.mark.qmachine(timeout=60000)
def test_web_server(guest: Guest) -> None:
    with urllib.request.urlopen(guest.forward(80).make_uri('http')) as answer:
        assert b'the web server of the guest' in answer.read()
