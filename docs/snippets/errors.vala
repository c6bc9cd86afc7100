// SPDX-License-Identifier: LGPL-2.1-or-later

// What the page about errors shows in Vala.

async void launch (QMachine.Machine machine) throws Error {
  // snippet: launch
  try {
    yield machine.launch_async ();
  } catch (QMachine.MachineError.LAUNCH_FAILED error) {
    print ("QEMU did not start: %s\n", error.message);
  }
  // end of snippet
}

async void command (QMachine.Machine machine) throws Error {
  // snippet: command
  try {
    yield machine.command_json_async ("device_del", """{"id": "nix"}""");
  } catch (QMachine.CommandError.DEVICE_NOT_FOUND error) {
    print ("class: %s\n", QMachine.CommandError.get_class_name (error));
    print ("QEMU says: %s\n", QMachine.CommandError.get_description (error));
  }
  // end of snippet
}

async void run (QMachine.Machine machine) throws Error {
  yield launch (new QMachine.Machine ("qemu-system-x86_64") { args = { "-nope" } });
  yield machine.launch_async ();
  yield command (machine);
  yield machine.shutdown_async ();
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
