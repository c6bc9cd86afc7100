// SPDX-License-Identifier: LGPL-2.1-or-later

// What the page about the monitor shows in Vala. The argument is a directory for sockets,
// with `guest.img` in it.

async void attach (string path) throws Error {
  // snippet: attach
  var monitor = new QMachine.Monitor ();
  yield monitor.attach_async (new UnixSocketAddress (path));
  print ("version: %s\n", monitor.version);
  print ("status: %s\n", yield monitor.command_json_async ("query-status"));
  yield monitor.close_async ();
  // end of snippet
}

async void command (QMachine.Machine machine) throws Error {
  // snippet: command
  var arguments = Json.from_string ("""{"path": "/machine", "property": "type"}""");
  var value = yield machine.command_async ("qom-get", arguments);
  print ("value: %s\n", value.get_string ());

  var text = yield machine.command_json_async ("qom-get",
                                               """{"path": "/machine", "property": "type"}""");
  print ("text: %s\n", text);
  // end of snippet
}

async void send_out_of_band (string path) throws Error {
  // snippet: out-of-band
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    args = { "-machine", "none", "-accel", "tcg", "-qmp", @"unix:$path,server=on,wait=off" }
  };
  yield machine.launch_async ();

  var monitor = new QMachine.Monitor () { out_of_band = true };
  yield monitor.attach_async (new UnixSocketAddress (path));
  var reply = yield monitor.command_json_async ("query-yank", null,
                                                QMachine.MonitorFlags.OUT_OF_BAND);
  print ("out of band: %s\n", reply);
  // end of snippet
  yield monitor.close_async ();
  yield machine.shutdown_async ();
}

async void send_descriptor (QMachine.Machine machine, string path) throws Error {
  // snippet: descriptor
  var image = FileStream.open (path, "r");
  var arguments = Json.from_string ("""{"fdset-id": 1}""");
  var reply = yield machine.command_with_fd_async ("add-fd", arguments, image.fileno ());
  print (@"fdset: $(reply.get_object ().get_int_member ("fdset-id"))\n");
  yield machine.command_json_async ("blockdev-add", """{"driver": "file", "node-name": "disk",
    "read-only": true, "filename": "/dev/fdset/1"}""");
  // end of snippet
}

async void run (QMachine.Machine machine, string directory) throws Error {
  yield machine.launch_async ();
  yield attach (directory + "/vm.sock");
  yield command (machine);
  yield send_out_of_band (directory + "/oob.sock");
  yield send_descriptor (machine, directory + "/guest.img");
  yield machine.shutdown_async ();
}

async int main (string[] args) {
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    args = {
      "-machine", "none", "-accel", "tcg",
      "-qmp", @"unix:$(args[1])/vm.sock,server=on,wait=off"
    }
  };
  try {
    yield run (machine, args[1]);
    return 0;
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
}
