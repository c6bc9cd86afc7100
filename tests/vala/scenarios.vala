// SPDX-License-Identifier: LGPL-2.1-or-later

// The scenarios that every language plays, against real QEMU and the scripted peer. A scenario
// throws what is wrong: an exception in a callback would be lost, so nothing is checked in one.

const int DEADLINE = 60000;

delegate void Action () throws Error;

// A command or two, then whatever the machine is asked at its end.
const string PRIMED = "negotiate; expect query-status; reply {\"status\":\"running\"}; ";
const string SERVE = "serve; exit 0";

bool real;
string base_dir;
string mock_qemu;
List<QMachine.Machine> machines;

void check (bool condition, string what) throws IOError {
  if (!condition)
    throw new IOError.FAILED ("not so: %s", what);
}

void equal (string? actual, string? expected) throws IOError {
  if (actual != expected)
    throw new IOError.FAILED ("%s is not %s", actual ?? "null", expected ?? "null");
}

void check_error (Error? error, Quark domain, int code) throws IOError {
  if (error == null || !error.matches (domain, code))
    throw new IOError.FAILED ("not %s %d: %s", domain.to_string (), code,
                                error == null ? "no error" : error.message);
}

void check_throws (Action action, Quark domain, int code) throws IOError {
  Error? caught = null;
  try {
    action ();
  } catch (Error error) {
    caught = error;
  }
  check_error (caught, domain, code);
}

QMachine.Machine new_machine (string binary, string[] args) {
  var machine = new QMachine.Machine (binary);
  machine.base_dir = base_dir;
  machine.add_args (args);
  machines.append (machine);
  return machine;
}

QMachine.Machine new_none (string? option = null) {
  var machine = new_machine ("qemu-system-x86_64", { "-machine", "none", "-accel", "tcg" });
  if (option != null)
    machine.add_args ({ option });
  return machine;
}

QMachine.Machine new_mock (string script) {
  return new_machine (mock_qemu, { "-mock", script });
}

QMachine.Machine new_serving (string script = "") {
  return real ? new_none () : new_mock (PRIMED + script + SERVE);
}

bool has_exit_code (QMachine.Machine vm, int expected) {
  int exit_code;
  return vm.get_exit_code (out exit_code) && exit_code == expected;
}

async void stop_well (QMachine.Machine vm) throws Error {
  yield vm.shutdown_async ();
  check (has_exit_code (vm, 0), "the exit code is 0");
  check (vm.state == QMachine.MachineState.STOPPED, "it is stopped");
}

// Waits for a condition that something in the main context makes true.
async void until (owned SourceFunc condition, string what) throws IOError {
  int64 deadline = get_monotonic_time () + DEADLINE * 1000;
  while (!condition ()) {
    if (get_monotonic_time () > deadline)
      throw new IOError.FAILED ("never: %s", what);
    Timeout.add (5, until.callback);
    yield;
  }
}

async string status_of (QMachine.Machine vm) throws Error {
  var reply = yield vm.command_async ("query-status");
  return reply.get_object ().get_string_member ("status");
}

async void play_launch () throws Error {
  var vm = new_serving ();
  int exits = 0;
  vm.exited.connect (() => exits++);
  yield vm.launch_async ();
  check (vm.state == QMachine.MachineState.RUNNING, "it runs");
  check (vm.pid > 0, "there is a process");
  equal (yield status_of (vm), "running");
  yield stop_well (vm);
  yield until (() => exits == 1, "exited");

  // Blocking, and once more.
  check (vm.launch (), "launched again");
  check (vm.is_running (), "it runs again");
  check (vm.shutdown (), "shut down again");
  check (!vm.is_running (), "it runs no more");
  yield until (() => exits == 2, "exited again");
}

async void play_failed_launch () throws Error {
  var vm = real ? new_none ("-no-such-option")
                : new_mock ("stderr -no-such-option: invalid option; exit 1");
  var domain = QMachine.MachineError.quark ();
  Error? caught = null;
  try {
    yield vm.launch_async ();
  } catch (QMachine.MachineError.LAUNCH_FAILED error) {
    caught = error;
  }
  check_error (caught, domain, QMachine.MachineError.LAUNCH_FAILED);
  unowned string message = caught.message;
  check ("invalid option" in message, "QEMU's last words are in: " + message);
  check ("status 1" in message, "the exit status is in: " + message);
  check (vm.state == QMachine.MachineState.STOPPED, "it is stopped");
  check_throws (() => vm.launch (), domain, QMachine.MachineError.LAUNCH_FAILED);

  var missing = new_machine ("no-such-qemu", {});
  check_throws (() => missing.launch (), domain, QMachine.MachineError.INVALID_CONFIGURATION);
}

async void play_command () throws Error {
  const string ARGUMENTS = "{\"path\":\"/machine\",\"property\":\"type\"}";
  var steps = "expect qom-get %s; reply \"none-machine\"; ".printf (ARGUMENTS);
  var vm = new_serving (steps + steps);
  yield vm.launch_async ();
  var reply = yield vm.command_async ("qom-get", Json.from_string (ARGUMENTS));
  equal (reply.get_string (), "none-machine");
  equal (vm.command_json ("qom-get", ARGUMENTS), "\"none-machine\"");
  equal (vm.command ("query-status").get_object ().get_string_member ("status"), "running");
  yield stop_well (vm);
}

async void play_qmp_error () throws Error {
  var vm = new_serving (
    "expect device_del {\"id\":\"nix\"}; error DeviceNotFound Device 'nix' not found; ");
  Error? caught = null;
  yield vm.launch_async ();
  try {
    yield vm.command_json_async ("device_del", "{\"id\":\"nix\"}");
  } catch (QMachine.CommandError.DEVICE_NOT_FOUND error) {
    caught = error;
  }
  check (caught != null, "device_del has failed");
  var error = caught;
  equal (error.message, "device_del: Device 'nix' not found");
  equal (QMachine.CommandError.get_class_name (error), "DeviceNotFound");
  equal (QMachine.CommandError.get_description (error), "Device 'nix' not found");
  equal (QMachine.CommandError.get_command_name (error), "device_del");
  check ("DeviceNotFound" in (QMachine.CommandError.get_reply (error) ?? ""), "the reply is there");
  check_throws (() => vm.command ("no-such-command"), QMachine.CommandError.quark (),
                QMachine.CommandError.COMMAND_NOT_FOUND);
  equal (yield status_of (vm), "running");
  yield stop_well (vm);
}

async void play_event_by_detail () throws Error {
  var vm = new_serving ("expect stop; event STOP; reply; " +
                        "expect query-status; reply {\"status\":\"paused\"}; " +
                        "expect cont; event RESUME; reply; ");
  string all = "";
  string resumes = "";
  vm.event.connect ((event) => all += event.name + " ");
  vm.event["RESUME"].connect ((event) => resumes += event.name + " ");
  yield vm.launch_async ();
  yield vm.command_async ("stop");
  yield vm.command_async ("cont");
  yield until (() => resumes != "", "RESUME");
  equal (all, "STOP RESUME ");
  yield stop_well (vm);
  equal (resumes, "RESUME ");
}

async void play_wait_event_match () throws Error {
  var file = Path.build_filename (base_dir, "disk");
  var vm = new_serving ("expect blockdev-create; " +
    "event JOB_STATUS_CHANGE {\"status\": \"created\", \"id\": \"j0\"}; " +
    "event JOB_STATUS_CHANGE {\"status\": \"concluded\", \"id\": \"j1\"}; reply; " +
    "event JOB_STATUS_CHANGE {\"status\": \"concluded\", \"id\": \"j0\"}; ");
  yield vm.launch_async ();
  yield vm.command_json_async ("blockdev-create",
    "{\"job-id\":\"j0\",\"options\":{\"driver\":\"file\",\"size\":65536,\"filename\":\"%s\"}}"
    .printf (file));
  var match = Json.from_string ("{\"id\":\"j0\",\"status\":\"concluded\"}");
  var event = yield vm.wait_event_async ({ "JOB_STATUS_CHANGE" }, match, DEADLINE);
  check (event.data != null, "there is data");
  var data = event.data.get_object ();
  equal (data.get_string_member ("status") + data.get_string_member ("id"), "concludedj0");
  check (event.matches (match), "it matches");
  check (event.timestamp > 1000000000000000, "microseconds since 1970");

  // What did not match is still there.
  var first = vm.wait_event ({ "JOB_STATUS_CHANGE" }, null, 0);
  equal (first.data.get_object ().get_string_member ("status"), "created");
  yield stop_well (vm);
  if (real)
    FileUtils.unlink (file);
}

async void play_time_out () throws Error {
  var vm = new_serving ("expect query-name; expect query-uuid; " +
                        "reply-to 3 {\"late\": true}; reply-to 4 {\"UUID\": \"right\"}; ");
  var domain = IOError.quark ();
  Error? caught = null;
  yield vm.launch_async ();
  try {
    yield vm.wait_event_async ({ "NEVER" }, null, 20);
  } catch (IOError.TIMED_OUT error) {
    caught = error;
  }
  check_error (caught, domain, IOError.TIMED_OUT);
  check_throws (() => vm.wait_event ({ "NEVER" }, null, 20), domain, IOError.TIMED_OUT);

  // The late reply of one command is not the next one's.
  if (real)
    Posix.kill ((Posix.pid_t) vm.pid, Posix.Signal.STOP);
  vm.command_timeout = 50;
  check_throws (() => vm.command ("query-name"), domain, IOError.TIMED_OUT);
  vm.command_timeout = -1;
  if (real)
    check_throws (() => vm.command ("query-name", null, 20), domain, IOError.TIMED_OUT);
  if (real)
    Posix.kill ((Posix.pid_t) vm.pid, Posix.Signal.CONT);
  var reply = yield vm.command_async ("query-uuid");
  check (reply.get_object ().has_member ("UUID"), "it is the right reply");
  yield stop_well (vm);
}

async void play_cancel () throws Error {
  var vm = new_serving ();
  var cancellable = new Cancellable ();
  var domain = IOError.quark ();
  AsyncResult? launched = null;
  vm.launch_async.begin (cancellable, (source, result) => launched = result);
  cancellable.cancel ();
  yield until (() => launched != null, "the launch");
  check_throws (() => vm.launch_async.end (launched), domain, IOError.CANCELLED);
  check (vm.state == QMachine.MachineState.STOPPED, "nothing was launched");

  yield vm.launch_async ();
  check_throws (() => vm.wait_event (null, null, -1, cancellable), domain, IOError.CANCELLED);
  cancellable.reset ();
  Error? caught = null;
  Idle.add (() => {
    cancellable.cancel ();
    return Source.REMOVE;
  });
  try {
    yield vm.wait_event_async ({ "NEVER" }, null, -1, cancellable);
  } catch (IOError.CANCELLED error) {
    caught = error;
  }
  check_error (caught, domain, IOError.CANCELLED);
  equal (yield status_of (vm), "running");
  yield stop_well (vm);
}

async void play_unexpected_death () throws Error {
  var vm = real ? new_none () : new_mock (PRIMED + "expect query-name; kill KILL");
  var domain = QMachine.MachineError.quark ();
  int exits = 0;
  vm.exited.connect (() => exits++);
  yield vm.launch_async ();
  AsyncResult? waited = null;
  vm.wait_event_async.begin ({ "NEVER" }, null, -1, null, (source, result) => waited = result);
  if (real)
    Posix.kill ((Posix.pid_t) vm.pid, Posix.Signal.KILL);
  else
    check_throws (() => vm.command ("query-name"), domain, QMachine.MachineError.EXITED);
  yield until (() => waited != null, "the end");
  check_throws (() => vm.wait_event_async.end (waited), domain, QMachine.MachineError.EXITED);
  yield vm.wait_async ();
  check (has_exit_code (vm, -9), "the exit code is minus the signal");
  check (vm.state == QMachine.MachineState.STOPPED, "it is stopped");
  check_throws (() => vm.command ("query-name"), domain, QMachine.MachineError.NOT_RUNNING);
  yield until (() => exits == 1, "exited");
}

async void play_two_machines () throws Error {
  var one = new_serving ("expect stop; event STOP; reply; ");
  var two = new_serving ();
  AsyncResult? launched = null;
  two.launch_async.begin (null, (source, result) => launched = result);
  yield one.launch_async ();
  yield until (() => launched != null, "the other launch");
  two.launch_async.end (launched);
  check (one.pid != two.pid, "there are two processes");
  yield one.command_async ("stop");
  equal ((yield one.wait_event_async ({ "STOP" }, null, DEADLINE)).name, "STOP");
  equal (yield status_of (two), "running");
  check (two.pop_event () == null, "the other one has no event");
  yield stop_well (one);
  check (two.is_running (), "the other one still runs");
  equal (yield status_of (two), "running");
  yield stop_well (two);
}

async void read_events (QMachine.EventListener listener, int number) throws Error {
  for (int i = 0; i < number; i++)
    yield listener.next_async (DEADLINE, null);
}

async void wait_events (QMachine.Machine vm, int number) throws Error {
  for (int i = 0; i < number; i++)
    yield vm.wait_event_async (null, null, DEADLINE);
}

// Two listeners, one who waits, and a handler at once.
async void play_listeners () throws Error {
  var number = real ? 100 : 10000;
  var vm = new_serving ("expect stop; reply; repeat 10000; event TICK {\"n\":$N}; end; ");
  int handled = 0;
  AsyncResult? one = null;
  AsyncResult? two = null;
  AsyncResult? waited = null;
  vm.event.connect (() => handled++);
  yield vm.launch_async ();
  vm.monitor.event_backlog = 20000;
  read_events.begin (vm.listen (), number, (source, result) => one = result);
  read_events.begin (vm.listen (null, null), number, (source, result) => two = result);
  wait_events.begin (vm, number, (source, result) => waited = result);
  for (int i = 0; i < (real ? number : 1); i++)
    yield vm.command_json_async (i % 2 == 0 ? "stop" : "cont");
  yield until (() => one != null && two != null && waited != null, "the readers");
  read_events.end (one);
  read_events.end (two);
  wait_events.end (waited);
  yield until (() => handled >= number, "the handler");
  check (handled == number, "the handler has all");
  yield stop_well (vm);
}

async void play_big_integers () throws Error {
  string[] integers = { "9007199254740993", "9223372036854775808", "18446744073709551615" };
  QMachine.Machine vm;
  if (real) {
    vm = new_machine ("qemu-system-x86_64",
                      { "-machine", "q35", "-accel", "tcg", "-S", "-nodefaults" });
    for (int i = 0; i < integers.length; i++)
      vm.add_args ({ "-device", "pcie-root-port,id=p%d,chassis=%d".printf (i, i) });
  } else {
    var script = "";
    foreach (var integer in integers)
      script += "expect mock-echo; reply {\"n\":%s}; expect count; reply %s; ".printf (
        integer, integer);
    vm = new_serving (script);
  }
  yield vm.launch_async ();
  for (int i = 0; i < integers.length; i++) {
    if (real) {
      yield vm.command_json_async ("device_add", ("{\"driver\":\"pci-bridge\",\"chassis_nr\":9," +
        "\"id\":\"b%d\",\"bus\":\"p%d\",\"pref64-reserve\":%s}").printf (i, i, integers[i]));
      equal (yield vm.command_json_async ("qom-get",
        "{\"path\":\"/machine/peripheral/b%d\",\"property\":\"pref64-reserve\"}".printf (i)),
        integers[i]);
    } else {
      var text = "{\"n\":%s}".printf (integers[i]);
      equal (yield vm.command_json_async ("mock-echo", text), text);
      // In a node it is the same 64 bits.
      var node = yield vm.command_async ("count");
      check ((uint64) node.get_int () == uint64.parse (integers[i]), integers[i]);
    }
  }
  yield stop_well (vm);
}

async void play_large_reply () throws Error {
  var vm = new_serving (
    "expect query-qmp-schema; send {\"return\": \"; flood x 4M; send-line \"}; ");
  yield vm.launch_async ();
  var reply = yield vm.command_async ("query-qmp-schema");
  if (real)
    check (reply.get_array ().get_length () > 500, "it is a schema");
  else
    equal (reply.get_string (), string.nfill (4 << 20, 'x'));
  equal (yield status_of (vm), "running");
  yield stop_well (vm);
}

async void play (string name) throws Error {
  switch (name) {
  case "launch": yield play_launch (); break;
  case "failed-launch": yield play_failed_launch (); break;
  case "command": yield play_command (); break;
  case "qmp-error": yield play_qmp_error (); break;
  case "event-by-detail": yield play_event_by_detail (); break;
  case "wait-event-match": yield play_wait_event_match (); break;
  case "time-out": yield play_time_out (); break;
  case "cancel": yield play_cancel (); break;
  case "unexpected-death": yield play_unexpected_death (); break;
  case "two-machines": yield play_two_machines (); break;
  case "listeners": yield play_listeners (); break;
  case "big-integers": yield play_big_integers (); break;
  case "large-reply": yield play_large_reply (); break;
  default: throw new IOError.FAILED ("there is no such scenario");
  }
}

bool run (string name) {
  var loop = new MainLoop ();
  string? failure = null;
  bool late = false;
  var deadline = Timeout.add (DEADLINE, () => {
    late = true;
    loop.quit ();
    return Source.CONTINUE;
  });
  play.begin (name, (source, result) => {
    try {
      play.end (result);
    } catch (Error error) {
      failure = error.message;
    }
    loop.quit ();
  });
  loop.run ();
  Source.remove (deadline);
  if (late)
    error ("%s: nothing after %d ms", name, DEADLINE);

  var peer = real ? "real" : "mock";
  try {
    foreach (var machine in machines)
      machine.kill ();
  } catch (Error error) {
    failure = error.message;
  }
  machines = new List<QMachine.Machine> ();
  if (failure != null)
    stderr.printf ("vala: %s: %s: %s\n", peer, name, failure);
  else
    stdout.printf ("pass: vala: %s: %s\n", peer, name);
  return failure == null;
}

int main () {
  const string[] NAMES = {
    "launch", "failed-launch", "command", "qmp-error", "event-by-detail", "wait-event-match",
    "time-out", "cancel", "unexpected-death", "two-machines", "listeners", "big-integers",
    "large-reply",
  };
  int failed = 0;

  mock_qemu = Path.build_filename (Environment.get_variable ("G_TEST_BUILDDIR") ?? ".", "mock",
                                   "mock-qemu");
  try {
    base_dir = DirUtils.make_tmp ("qmachine-vala-XXXXXX");
  } catch (FileError error) {
    stderr.printf ("%s\n", error.message);
    return 1;
  }
  foreach (var is_real in new bool[] { true, false }) {
    real = is_real;
    foreach (unowned string name in NAMES)
      failed += run (name) ? 0 : 1;
  }
  if (DirUtils.remove (base_dir) != 0) {
    stderr.printf ("%s is not empty\n", base_dir);
    failed++;
  }
  return failed == 0 ? 0 : 1;
}
