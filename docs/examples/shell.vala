// SPDX-License-Identifier: LGPL-2.1-or-later

// Runs commands in a guest, over its serial console. Usage: shell KERNEL INITRD

async void run (QMachine.Machine machine) throws Error {
  var console = machine.add_console ();
  yield machine.launch_async ();
  var shell = new QMachine.Shell (console);
  print ("kernel: %s\n", (yield shell.run_async ("uname -s")).text);
  print ("it counts: %s\n", (yield shell.run_async ("wc -c", new Bytes (new uint8[1000]))).text);
  print ("it refuses: %d\n", (yield shell.run_async ("exit 3")).exit_status);
  yield machine.shutdown_async ();
}

async int main (string[] args) {
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    machine_type = "q35,graphics=off",
    args = {
      "-accel", "tcg", "-m", "256", "-nodefaults", "-kernel", args[1], "-initrd", args[2],
      "-append", "console=ttyS0 quiet shells=ttyS0"
    }
  };
  try {
    yield run (machine);
    return 0;
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
}
