// SPDX-License-Identifier: LGPL-2.1-or-later

// A guest with a TPM, and with a disk that another process serves. Usage: helpers KERNEL INITRD

async void run (QMachine.Machine machine, string image) throws Error {
  machine.add_tpm ();
  var disk = machine.add_vhost_user_disk (image);
  disk.died.connect (() => print ("nobody serves the disk any more: %s\n", disk.log));
  var console = machine.add_console ();
  yield machine.launch_async ();
  var shell = new QMachine.Shell (console);
  print ("TPM: %s\n", (yield shell.run_async ("cat /sys/class/tpm/tpm0/tpm_version_major")).text);
  print ("disk: %s\n", (yield shell.run_async ("head -n 1 /dev/vda")).text);
  print ("served by: %s\n", disk.argv[0]);
  yield machine.shutdown_async ();
}

async int main (string[] args) {
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    machine_type = "q35,graphics=off",
    args = {
      "-accel", "tcg", "-m", "256", "-nodefaults", "-kernel", args[1], "-initrd", args[2],
      "-append", "console=ttyS0 quiet shells=ttyS0"
    }
  };
  try {
    FileIOStream stream;
    var image = File.new_tmp ("disk-XXXXXX", out stream);
    stream.output_stream.write_all ("written by the host\n".data, null);
    stream.truncate (1 << 20);
    stream.close ();
    try {
      yield run (machine, image.get_path ());
    } finally {
      FileUtils.unlink (image.get_path ());
    }
    return 0;
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
}
