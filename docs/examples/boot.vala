// SPDX-License-Identifier: LGPL-2.1-or-later

// Boots a PC without a disk and reads on its serial console how far its firmware comes.

async void run (QMachine.Machine machine) throws Error {
  machine.add_console ();
  yield machine.launch_async ();
  var console = machine.console;
  var line = yield console.wait_for_text_async ("SeaBIOS \\(version [^)]*\\)", 30000);
  print ("firmware: %s\n", line);
  line = yield console.wait_for_text_async ("No bootable device", 30000);
  print ("it says: %s\n", line);
  yield machine.shutdown_async ();
}

async int main () {
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    machine_type = "q35,graphics=off",
    args = { "-accel", "tcg", "-nic", "none" }
  };
  try {
    yield run (machine);
    return 0;
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
}
