// SPDX-License-Identifier: LGPL-2.1-or-later

// Mirrors the disk of a machine into a file, and shows the progress.

const int SIZE = 64 << 20;

async void show_progress (QMachine.Machine machine) throws Error {
  var jobs = yield machine.command_async ("query-jobs");
  var job = jobs.get_array ().get_object_element (0);
  if (job.has_member ("error")) {
    throw new IOError.FAILED (job.get_string_member ("error"));
  }
  print ("%s: %s of %s bytes\n", job.get_string_member ("status"),
         job.get_int_member ("current-progress").to_string (),
         job.get_int_member ("total-progress").to_string ());
}

async void mirror (QMachine.Machine machine) throws Error {
  yield machine.command_json_async ("blockdev-mirror", """{"job-id":"mirror","device":"disk",
    "target":"copy","sync":"full","speed":%d,"auto-dismiss":false}""".printf (SIZE));

  // An event tells of each step of the job; what lies between them is asked for.
  var status = "";
  while (status != "concluded") {
    try {
      var event = yield machine.wait_event_async ({ "JOB_STATUS_CHANGE" }, null, 200);
      status = event["status"];
    } catch (IOError.TIMED_OUT nothing_new) {
      status = "";
    }
    yield show_progress (machine);
    if (status == "ready") {
      yield machine.command_json_async ("job-complete", """{"id":"mirror"}""");
    }
  }
  yield machine.command_json_async ("job-dismiss", """{"id":"mirror"}""");
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
