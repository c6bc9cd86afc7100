// SPDX-License-Identifier: LGPL-2.1-or-later

// Plugs a device into a running machine, and out again: QEMU accepts the request to remove it at
// once, and says in an event when it is gone.

async void command (QMachine.Machine machine, string name, string arguments) throws Error {
  print ("%s: %s\n", name, yield machine.command_json_async (name, arguments));
}

async void run (QMachine.Machine machine) throws Error {
  yield machine.launch_async ();
  yield command (machine, "device_add", """{"driver":"usb-tablet","bus":"usb.0","id":"tablet"}""");
  yield command (machine, "device_del", """{"id":"tablet"}""");

  const string MATCH = """{"device":"tablet"}""";
  yield machine.wait_event_json_async ({ "DEVICE_DELETED" }, MATCH, 10000);
  print ("removed\n");
  yield machine.shutdown_async ();
}

async int main () {
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    machine_type = "q35",
    args = { "-accel", "tcg", "-device", "qemu-xhci,id=usb" }
  };
  try {
    yield run (machine);
    return 0;
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
}
