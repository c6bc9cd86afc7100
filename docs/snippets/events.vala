// SPDX-License-Identifier: LGPL-2.1-or-later

// What the page about events shows in Vala.

void connect_signals (QMachine.Machine machine) {
  // snippet: signal
  machine.event.connect ((event) => print ("event: %s\n", event.name));
  machine.event["SHUTDOWN"].connect ((event) => {
    print ("why: %s\n", event.data.get_object ().get_string_member ("reason"));
  });
  machine.exited.connect (() => print ("QEMU has ended\n"));
  // end of snippet
}

void fetch (QMachine.Machine machine) {
  // snippet: backlog
  foreach (var event in machine.pop_events ())
    print ("fetched: %s\n", event.name);
  // end of snippet
}

async void wait_for_removal (QMachine.Machine machine) throws Error {
  // snippet: wait
  yield machine.command_json_async ("device_del", """{"id": "tablet"}""");
  var event = yield machine.wait_event_json_async (
    { "DEVICE_DELETED", "DEVICE_UNPLUG_GUEST_ERROR" }, """{"device": "tablet"}""", 10000);
  print ("unplugged: %s\n", event.name);
  // end of snippet
}

async void listen_to_changes (QMachine.Machine machine) throws Error {
  // snippet: listen
  var changes = machine.listen ({ "STOP", "RESUME" });
  yield machine.command_json_async ("stop");
  yield machine.command_json_async ("cont");
  var event = yield changes.next_async (5000);
  print ("first: %s\n", event.name);
  event = yield changes.next_async (5000);
  print ("then: %s\n", event.name);
  // end of snippet
}

async void wait_for_any (QMachine.Machine machine) throws Error {
  // snippet: any
  var waits = new QMachine.WaitSet (machine);
  var stop = waits.add_event ({ "STOP" });
  waits.add_exit ();
  yield machine.command_json_async ("stop");
  var result = yield waits.next_async (5000);
  print (result.number == stop ? "stopped\n" : "QEMU has ended\n");
  // end of snippet
}

async void run (QMachine.Machine machine) throws Error {
  yield machine.launch_async ();
  yield wait_for_removal (machine);
  yield listen_to_changes (machine);
  fetch (machine);
  yield wait_for_any (machine);
  connect_signals (machine);
  yield machine.shutdown_async ();
}

async int main () {
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    machine_type = "q35",
    args = {
      "-accel", "tcg", "-nic", "none", "-device", "qemu-xhci", "-device", "usb-tablet,id=tablet"
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
