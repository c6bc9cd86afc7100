// SPDX-License-Identifier: LGPL-2.1-or-later

// What the page about the console shows in Vala. The argument is a directory with `guest.img`,
// a guest that prints an address and `login: `, and then sends back what is typed.

async void read_firmware () throws Error {
  // snippet: console
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    machine_type = "q35,graphics=off",
    args = { "-accel", "tcg", "-nic", "none" }
  };
  machine.add_console ();
  yield machine.launch_async ();
  var console = machine.console;
  var text = yield console.wait_for_text_async ("SeaBIOS \\(version [^)]*\\)", 30000);
  print ("firmware: %s\n", text);
  yield machine.shutdown_async ();
  // end of snippet
}

async void read_address (QMachine.Console console) throws Error {
  // snippet: match
  var match = yield console.wait_for_match_async ("eth0: (?<address>[\\d.]+)/(\\d+)",
                                                  QMachine.ConsoleMatchFlags.COMPLETE, 60000);
  print ("address: %s\n", match.get_named_group ("address"));
  print ("prefix: %s\n", match.get_group (2));
  // end of snippet
}

async void log_in (QMachine.Console console) throws Error {
  // snippet: write
  yield console.wait_for_text_async ("login: ", 60000);
  yield console.write_async ("root\n");
  // end of snippet
  print ("typed: %s\n", yield console.wait_for_text_async ("root", 30000));
}

// snippet: reader
async void watch (QMachine.ConsoleReader watcher) throws Error {
  var match = yield watcher.wait_for_match_async ("Kernel panic - (.*)$");
  print ("panic: %s\n", match.get_group (1));
}
// end of snippet

void watch_beside (QMachine.Console console) throws Error {
  var main_loop = new MainLoop ();
  // snippet: reader
  watch.begin (console.create_reader (false), (object, result) => {
    try {
      watch.end (result);
    } catch (Error error) {
      printerr ("%s\n", error.message);
    }
    main_loop.quit ();
  });
  // end of snippet
  console.write ("Kernel panic - of the example\r\n");
  main_loop.run ();
}

async void run (QMachine.Machine machine) throws Error {
  yield read_firmware ();
  machine.add_console ();
  yield machine.launch_async ();
  yield read_address (machine.console);
  yield log_in (machine.console);
  watch_beside (machine.console);
  yield machine.shutdown_async ();
}

async int main (string[] args) {
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    args = {
      "-accel", "tcg", "-nic", "none",
      "-drive", @"file=$(args[1])/guest.img,format=raw,snapshot=on"
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
