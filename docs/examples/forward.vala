// SPDX-License-Identifier: LGPL-2.1-or-later

// Fetches a page from the web server of a guest. Usage: forward KERNEL INITRD

const string REQUEST = "GET / HTTP/1.0\r\n\r\n";

async string fetch (SocketAddress address) throws Error {
  var connection = yield new SocketClient ().connect_async (address);
  yield connection.output_stream.write_all_async (REQUEST.data, Priority.DEFAULT, null, null);
  var lines = new DataInputStream (connection.input_stream);
  lines.newline_type = DataStreamNewlineType.ANY;
  string? line;
  string? last = null;
  while ((line = yield lines.read_line_utf8_async ()) != null) {
    last = line;
  }
  return last ?? "";
}

async void run (QMachine.Machine machine) throws Error {
  var web = yield machine.add_forward_async (80);
  yield machine.launch_async ();
  print ("port 80 of the guest is port %u of the host\n", web.host_port);
  yield web.wait_ready_async ("^HTTP/1\\.[01] 200 ", new Bytes (REQUEST.data), 60000);
  var text = yield fetch (web.address);
  print ("the guest says: %s\n", text);
  yield machine.shutdown_async ();
}

async int main (string[] args) {
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    machine_type = "q35,graphics=off",
    args = {
      "-accel", "tcg", "-m", "256", "-kernel", args[1], "-initrd", args[2], "-append",
      "quiet panic=-1"
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
