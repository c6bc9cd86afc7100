// SPDX-License-Identifier: LGPL-2.1-or-later

// The samples of the pages about Vala and about errors, but for whole programs. What stands between
// two markers is shown there; tests/style says whether they are the same. The rest gives the
// samples what they work on, and runs them.

QMachine.Machine make_machine () {
  // sample: settings
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    args = { "-machine", "none", "-accel", "tcg" },
    launch_timeout = 10000
  };
  // end of sample
  return machine;
}

async void call (QMachine.Machine machine, Cancellable cancellable) throws Error {
  // sample: defaults
  yield machine.command_async ("stop");
  yield machine.command_json_async ("qom-list", """{"path":"/"}""", 5000);
  yield machine.command_async ("cont", null, QMachine.TIMEOUT_DEFAULT, cancellable);
  // end of sample
}

async void read_json (QMachine.Machine machine) throws Error {
  // sample: json
  var arguments = Json.from_string ("""{"path":"/machine","property":"type"}""");
  Json.Node node = yield machine.command_async ("qom-get", arguments);
  string text = yield machine.command_json_async ("query-status");
  // end of sample
  check (node.get_string () == "none-machine", "the type of the machine");

  // sample: members-of-text
  if (QMachine.json_dup_string (text, "status") == "running")
    print ("the guest runs\n");
  // end of sample
  check (QMachine.json_get_boolean (text, "running"), "the guest runs");

  // sample: variant
  var path = "/machine";
  var dictionary = new Variant.parsed ("{'path': %s}", path);
  text = yield machine.command_json_async ("qom-list", QMachine.json_from_variant (dictionary));
  // end of sample
  check (text.has_prefix ("["), "a list");
}

async void fail (QMachine.Machine machine) throws Error {
  // sample: catch
  try {
    yield machine.command_json_async ("device_del", """{"id":"nix"}""");
  } catch (QMachine.CommandError.DEVICE_NOT_FOUND error) {
    // "DeviceNotFound", "Device 'nix' not found", "device_del", and the whole reply
    print ("%s\n", QMachine.CommandError.get_class_name (error));
    print ("%s\n", QMachine.CommandError.get_description (error));
    print ("%s\n", QMachine.CommandError.get_command_name (error));
    print ("%s\n", QMachine.CommandError.get_reply (error));
  } catch (QMachine.MachineError error) {
    // the process
  } catch (QMachine.MonitorError error) {
    // the session
  } catch (IOError error) {
    // TIMED_OUT, CANCELLED
  }
  // end of sample
}

async void back_up (QMachine.Machine machine) throws Error {
  foreach (unowned var name in new string[] { "from", "to" })
    yield machine.command_json_async ("blockdev-add",
      """{"driver":"null-co","size":65536,"node-name":"%s"}""".printf (name));
  yield machine.command_json_async ("blockdev-backup",
    """{"job-id":"job0","device":"from","target":"to","sync":"full"}""");
}

async void watch (QMachine.Machine machine) throws Error {
  // sample: events
  machine.event.connect ((event) => print ("%s\n", event.name));
  machine.event["STOP"].connect ((event) => print ("stopped\n"));

  var stop = yield machine.wait_event_async ({ "STOP" }, null, 5000);
  var match = Json.from_string ("""{"device":"job0"}""");
  var done = yield machine.wait_event_async ({ "BLOCK_JOB_COMPLETED" }, match);
  // end of sample
  check (stop["device"] == null && done["device"] == "job0", "the device");
  check (done.get_int ("offset") == 65536, "the offset");
  show (done);
}

void show (QMachine.MonitorEvent event) {
  // sample: members
  if (event["device"] == "job0" && event["error"] == null)
    print ("%s bytes\n", event.get_int ("offset").to_string ());
  // end of sample
}

async void listen_to (QMachine.Machine machine) throws Error {
  // sample: listen
  var listener = machine.listen ({ "RESUME" });
  yield machine.command_async ("cont");
  var event = yield listener.next_async ();
  // end of sample
  check (event.name == "RESUME", "the name");
}

void check (bool condition, string what) throws IOError {
  if (!condition)
    throw new IOError.FAILED ("not so: %s", what);
}

async int main () {
  var machine = make_machine ();
  try {
    yield machine.launch_async ();
    yield call (machine, new Cancellable ());
    yield read_json (machine);
    yield fail (machine);
    yield machine.command_async ("stop");
    yield back_up (machine);
    yield watch (machine);
    yield listen_to (machine);
    yield machine.shutdown_async ();
    return 0;
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
}
