// SPDX-License-Identifier: LGPL-2.1-or-later

// Mirrors the disk of a machine into a file, and shows the progress.

const int SIZE = 64 << 20;

void show (QMachine.Job job) {
  var bar = "";
  for (var step = 0.05; step < job.progress + 0.001; step += 0.05) {
    bar += "#";
  }
  print ("[%-20s] %s of %s bytes\n", bar, job.current.to_string (), job.total.to_string ());
}

async void mirror (QMachine.Machine machine) throws Error {
  var arguments = Json.from_string ("""{"device": "disk", "target": "copy", "sync": "full",
    "speed": %d}""".printf (SIZE));
  var job = yield machine.start_job_async ("blockdev-mirror", arguments);

  var handler = job.notify["progress"].connect (() => show (job));
  yield job.complete_async ();
  job.disconnect (handler);
  print ("%s: %s\n", job.job_type,
         job.status == QMachine.JobStatus.CONCLUDED ? "concluded" : "?");
}

async void run (string disk, string copy) throws Error {
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    machine_type = "q35",
    args = {
      "-accel", "tcg", "-nic", "none",
      "-blockdev", @"driver=file,node-name=disk,filename=$disk",
      "-blockdev", @"driver=file,node-name=copy,filename=$copy"
    }
  };
  yield machine.launch_async ();
  yield mirror (machine);
  yield machine.shutdown_async ();
}

async int main () {
  try {
    FileIOStream stream;
    var disk = File.new_tmp ("mirror-XXXXXX", out stream);
    var copy = File.new_tmp ("mirror-XXXXXX", out stream);
    try {
      FileUtils.set_contents (disk.get_path (), string.nfill (SIZE, 'x'));
      stream.truncate (SIZE);
      yield run (disk.get_path (), copy.get_path ());
      return 0;
    } finally {
      FileUtils.unlink (disk.get_path ());
      FileUtils.unlink (copy.get_path ());
    }
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
}
