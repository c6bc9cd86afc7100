// SPDX-License-Identifier: LGPL-2.1-or-later

// Ten machines at once: launched, asked and stopped side by side, from one thread.

const int N_MACHINES = 10;

async void run (string name) throws Error {
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    name = name,
    args = { "-machine", "none", "-accel", "tcg" }
  };
  yield machine.launch_async ();
  yield machine.command_json_async ("query-status");
  yield machine.shutdown_async ();
  print ("%s: done\n", name);
}

int main () {
  var loop = new MainLoop ();
  int n_left = N_MACHINES;
  int n_failed = 0;

  for (int i = 0; i < N_MACHINES; i++) {
    var name = @"machine $i";
    run.begin (name, (source, result) => {
      try {
        run.end (result);
      } catch (Error error) {
        printerr ("%s: %s\n", name, error.message);
        n_failed++;
      }
      if (--n_left == 0) {
        loop.quit ();
      }
    });
  }
  loop.run ();
  return n_failed;
}
