// SPDX-License-Identifier: LGPL-2.1-or-later
async void run (QMachine.Machine machine) throws Error {
  yield machine.launch_async ();
  var status = yield machine.command_async ("query-status");
  stdout.printf ("status: %s\n", status.get_object ().get_string_member ("status"));
  yield machine.command_async ("stop");
  var event = yield machine.wait_event_async ({ "STOP" }, null, 5000);
  stdout.printf ("event: %s\n", event.name);
  yield machine.shutdown_async ();
  stdout.printf ("exit code: %d\n", machine.exit_code);
}

int main () {
  var machine = new QMachine.Machine ("qemu-system-x86_64");
  machine.args = { "-machine", "none", "-accel", "tcg" };

  var loop = new MainLoop ();
  int result = 1;
  run.begin (machine, (source, done) => {
    try {
      run.end (done);
      result = 0;
    } catch (Error error) {
      stderr.printf ("%s\n", error.message);
    }
    loop.quit ();
  });
  loop.run ();
  return result;
}
