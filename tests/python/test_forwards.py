# SPDX-License-Identifier: LGPL-2.1-or-later
"""Forwards from Python, in each form; what they do is tested in C."""
import asyncio
import datetime
import socket
import unittest

import gi

gi.require_version('QMachine', '1')
from gi.repository import Gio, GLib, QMachine

TCP = QMachine.ForwardProtocol.TCP
UDP = QMachine.ForwardProtocol.UDP


def new_machine():
    return QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-netdev', 'user,id=net0'])


class ForwardTest(unittest.TestCase):
    def test_blocking(self):
        with new_machine() as vm:
            first = vm.add_forward(80, netdev='net0')
            self.assertEqual((first.host_port, first.address), (0, None))
            self.assertIsNone(first.make_uri('http'))
            vm.launch()
            self.assertGreater(first.host_port, 0)
            self.assertEqual(first.make_uri('http'), f'http://127.0.0.1:{first.host_port}')
            self.assertEqual(first.address.get_port(), first.host_port)
            socket.create_connection(('127.0.0.1', first.host_port), 10).close()
            second = vm.add_forward(53, 0, UDP, '0.0.0.0', 'net0',
                                    timeout=datetime.timedelta(seconds=20))
            self.assertEqual((second.guest_port, second.protocol, second.host_address,
                              second.netdev), (53, UDP, '0.0.0.0', 'net0'))
            self.assertEqual(second.address.get_address().to_string(), '127.0.0.1')
            vm.remove_forward(second)
            self.assertEqual(second.host_port, 0)
        self.assertEqual(first.host_port, 0)

    def test_network(self):
        with QMachine.Machine('qemu-system-x86_64', ['-accel', 'tcg', '-nodefaults']) as vm:
            netdev = vm.add_user_network()
            other = vm.add_user_network('e1000')
            self.assertEqual(vm.add_forward(80).netdev, netdev)
            vm.add_forward(80, netdev=other)
            vm.launch()
            self.assertIn('model=e1000', vm.human_command('info network'))
            self.assertEqual(vm.human_command('info usernet').count('HOST_FORWARD'), 2)

    def test_refused(self):
        with new_machine() as vm:
            vm.launch()
            first = vm.add_forward(80, netdev='net0')
            with self.assertRaisesRegex(QMachine.CommandFailed, f'127.0.0.1:{first.host_port}'):
                vm.add_forward(81, first.host_port, netdev='net0')
            with self.assertRaisesRegex(GLib.Error, 'without a network') as raised:
                vm.add_forward(80)
            self.assertTrue(raised.exception.matches(QMachine.machine_error_quark(),
                                                     QMachine.MachineError.INVALID_CONFIGURATION))
            with self.assertRaises(QMachine.TimedOut):
                first.wait_ready(timeout=300)
            with self.assertRaises(QMachine.TimedOut):
                first.wait_ready('^HTTP', b'GET /\r\n', timeout=300)
            vm.kill()
            with self.assertRaises(QMachine.NotRunning):
                first.wait_ready()
            for wrong in ((), ('80',), (80, None)):
                with self.assertRaises(TypeError):
                    vm.add_forward(*wrong)
            with self.assertRaises(TypeError):
                first.wait_ready('x', 5)

    def test_awaited(self):
        async def use():
            async with new_machine() as vm:
                first = await vm.add_forward_async(80, netdev='net0')
                await vm.launch_async()
                others = await asyncio.gather(*(vm.add_forward_async(80, netdev='net0')
                                                for _ in range(10)))
                self.assertEqual(len({each.host_port for each in [first, *others]}), 11)
                with self.assertRaises(asyncio.TimeoutError):
                    await asyncio.wait_for(first.wait_ready_async(), 0.3)
                await asyncio.gather(*(vm.remove_forward_async(each) for each in others))
                text = await vm.human_command_async('info usernet')
                self.assertEqual(text.count('HOST_FORWARD'), 1)
        asyncio.run(use())

    def test_notified(self):
        vm = new_machine()
        forward = vm.add_forward(80, netdev='net0')
        ports = []
        forward.connect('notify::host-port', lambda *_: ports.append(forward.host_port))
        loop = GLib.MainLoop()
        vm.connect('exited', lambda *_: loop.quit())

        def launched(vm, result):
            vm.launch_finish(result)
            vm.shutdown_async(-1, None, lambda vm, result: vm.shutdown_finish(result))

        vm.launch_async(None, launched)
        loop.run()
        while GLib.MainContext.default().iteration(False):
            pass
        self.assertEqual(len(ports), 2)
        self.assertGreater(ports[0], 0)
        self.assertEqual(ports[1], 0)


if __name__ == '__main__':
    unittest.main(verbosity=2)
