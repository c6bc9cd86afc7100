// SPDX-License-Identifier: LGPL-2.1-or-later

// What the page about security shows in Vala.

async void ask (QMachine.Machine machine, string path) throws Error {
  // snippet: arguments
  var members = new Json.Object ();
  members.set_string_member ("path", path);
  var arguments = new Json.Node (Json.NodeType.OBJECT);
  arguments.take_object (members);
  var reply = yield machine.qmp_async ("qom-list", arguments);
  // end of snippet
  if (reply.get_object ().has_member ("error"))
    print ("refused\n");
}

void read_reason (QMachine.MonitorEvent event) {
  // snippet: member
  var object = event.data != null ? event.data.get_object () : null;
  var member = object != null ? object.get_member ("reason") : null;
  if (member != null && member.get_value_type () == typeof (string))
    print ("reason: \"%s\"\n", member.get_string ().escape ());
  // end of snippet
}

async void run (QMachine.Machine machine) throws Error {
  yield machine.launch_async ();
  yield ask (machine, "/no\", \"such\": \"path");
  yield machine.command_json_async ("quit");
  read_reason (yield machine.wait_event_async ({ "SHUTDOWN" }, null, 10000));
  yield machine.wait_async ();
}

async int main () {
  var machine = new QMachine.Machine ("qemu-system-x86_64") {
    args = { "-machine", "none", "-accel", "tcg" }
  };
  try {
    yield run (machine);
    return 0;
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
}
