// SPDX-License-Identifier: LGPL-2.1-or-later

// What the page about the lifecycle shows in Vala. The argument is a directory for sockets.

async void detach (string path) throws Error {
  // snippet: detach
  var address = new UnixSocketAddress (path);
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    args = { "-machine", "none", "-accel", "tcg" },
    exit_with_parent = false,
    monitor_address = address
  };
  yield machine.launch_async ();
  yield machine.detach_async ();

  var monitor = new QMachine.Monitor ();
  yield monitor.attach_async (address);
  yield monitor.command_json_async ("quit");
  // end of snippet
  if (!machine.get_exit_code (null))
    print ("detached\n");
}

async void share_socket () throws Error {
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    args = { "-machine", "none", "-accel", "tcg" }
  };
  // snippet: socket
  var path = machine.add_socket_path ("own");
  machine.add_args ({ "-chardev", @"socket,id=own,path=$path,server=on,wait=off" });
  yield machine.launch_async ();
  var stream = yield new SocketClient ().connect_async (new UnixSocketAddress (path));
  // end of snippet
  print (stream.is_connected () ? "connected\n" : "not connected\n");
  yield machine.shutdown_async ();
}

async void end_machine () throws Error {
  // snippet: end
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    args = { "-machine", "none", "-accel", "tcg" }
  };
  yield machine.launch_async ();
  yield machine.shutdown_async ();
  int exit_code;
  if (machine.get_exit_code (out exit_code))
    print ("exit code: %d\n", exit_code);
  print ("reason: %s\n", machine.shutdown_reason);
  // end of snippet
}

async void power_off (QMachine.Machine machine) throws Error {
  // snippet: power-off
  var plan = new QMachine.PowerOffPlan () {
    button_timeout = 5000,
    quit_timeout = 10000
  };
  var result = yield machine.power_off_async (plan);
  if (result.guest_off)
    print ("the guest has shut down\n");
  else
    print ("not by the button: %s\n", result.get_reason (QMachine.PowerOffStep.BUTTON));
  // end of snippet
}

async void power_off_deaf_guest () throws Error {
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    args = { "-machine", "none", "-accel", "tcg", "-S" }
  };
  yield machine.launch_async ();
  yield power_off (machine);
}

async void run_storage_daemon () throws Error {
  // snippet: storage-daemon
  var daemon = new QMachine.Machine ("qemu-storage-daemon") {
    kind = QMachine.MachineKind.STORAGE_DAEMON,
    args = { "--blockdev", "driver=null-co,read-zeroes=on,node-name=disk" }
  };
  yield daemon.launch_async ();
  var nodes = yield daemon.command_async ("query-named-block-nodes");
  var node = nodes.get_array ().get_object_element (0);
  print ("node: %s\n", node.get_string_member ("node-name"));
  yield daemon.shutdown_async ();
  // end of snippet
}

async int main (string[] args) {
  try {
    yield detach (args[1] + "/vm.sock");
    yield share_socket ();
    yield end_machine ();
    yield power_off_deaf_guest ();
    yield run_storage_daemon ();
    return 0;
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
}
