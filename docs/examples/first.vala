// SPDX-License-Identifier: LGPL-2.1-or-later
async void run (QMachine.Machine machine) throws Error {
  yield machine.launch_async ();
  var status = yield machine.command_async ("query-status");
  print ("status: %s\n", status.get_object ().get_string_member ("status"));
  yield machine.command_async ("stop");
  var event = yield machine.wait_event_async ({ "STOP" }, null, 5000);
  print ("event: %s\n", event.name);
  yield machine.shutdown_async ();
  int exit_code;
  if (machine.get_exit_code (out exit_code))
    print ("exit code: %d\n", exit_code);
}

async int main () {
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    args = { "-machine", "none", "-accel", "tcg" }
  };
  try {
    yield run (machine);
    return 0;
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
}
