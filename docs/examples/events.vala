// SPDX-License-Identifier: LGPL-2.1-or-later

// Shows what happens to a machine, as it happens.

void watch (QMachine.Machine machine) {
  machine.event.connect ((event) => print ("event: %s\n", event.to_json ()));

  // A handler that held the machine would keep it alive.
  unowned QMachine.Machine watched = machine;
  machine.notify["run-state"].connect (() => {
    print ("run state: %s\n", watched.run_state_name);
  });
}

async void run (QMachine.Machine machine) throws Error {
  yield machine.launch_async ();
  foreach (unowned var command in new string[] { "stop", "cont", "system_reset" }) {
    yield machine.command_json_async (command);
  }
  yield machine.wait_event_async ({ "RESET" }, null, 10000);
  print ("the guest was reset, and that is enough\n");
  yield machine.shutdown_async ();
}

async int main () {
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    machine_type = "q35",
    args = { "-accel", "tcg", "-nic", "none" }
  };
  watch (machine);
  try {
    yield run (machine);
    return 0;
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
}
