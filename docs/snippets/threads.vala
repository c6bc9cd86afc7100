// SPDX-License-Identifier: LGPL-2.1-or-later

// What the page about threads shows in Vala.

void launch (QMachine.Machine machine) {
  var main_loop = new MainLoop ();
  // snippet: async
  machine.launch_async.begin (null, (object, result) => {
    try {
      machine.launch_async.end (result);
      print ("QEMU runs\n");
    } catch (Error error) {
      printerr ("%s\n", error.message);
    }
    main_loop.quit ();
  });
  print ("QEMU starts\n");  // the program goes on
  main_loop.run ();
  // end of snippet
}

void cancel (QMachine.Machine machine) throws Error {
  // snippet: cancel
  var cancellable = new Cancellable ();
  new Thread<void> ("canceller", () => {
    Thread.usleep (100000);
    cancellable.cancel ();
  });
  try {
    machine.wait (-1, cancellable);
  } catch (IOError.CANCELLED error) {
    print ("QEMU goes on\n");
  }
  // end of snippet
}

int main () {
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    args = { "-machine", "none", "-accel", "tcg" }
  };
  try {
    launch (machine);
    cancel (machine);
    machine.shutdown ();
    return 0;
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
}
