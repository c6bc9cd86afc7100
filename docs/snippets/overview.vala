// SPDX-License-Identifier: LGPL-2.1-or-later

// What the overview shows in Vala.

async void run () throws Error {
  // snippet: machine
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    args = { "-machine", "none", "-accel", "tcg" }
  };
  yield machine.launch_async ();
  print ("status: %s\n", yield machine.command_json_async ("query-status"));
  yield machine.shutdown_async ();
  // end of snippet
}

async int main () {
  try {
    yield run ();
    return 0;
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
}
