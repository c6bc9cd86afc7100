// SPDX-License-Identifier: LGPL-2.1-or-later

// The samples of the page about GTK. What stands between two markers is shown there; tests/style
// says whether they are the same. The rest makes a program of them, which the tests compile: a
// window with a list of machines, and the console of one of them.

// sample: columns
Gtk.ColumnViewColumn make_column (string title, Type type, string property) {
  var factory = new Gtk.SignalListItemFactory ();
  factory.setup.connect ((list_item) => {
    var label = new Gtk.Label (null) { xalign = 0 };
    var item = new Gtk.PropertyExpression (typeof (Gtk.ListItem), null, "item");
    var value = new Gtk.PropertyExpression (type, item, property);
    value.bind (label, "label", list_item);
    list_item.set ("child", label);
  });
  return new Gtk.ColumnViewColumn (title, factory);
}
// end of sample

// sample: rows
Gtk.ListBox make_rows (ListModel machines) {
  var list_box = new Gtk.ListBox ();
  list_box.bind_model (machines, (item) => {
    var label = new Gtk.Label (null);
    item.bind_property ("name", label, "label", BindingFlags.SYNC_CREATE);
    item.bind_property ("running", label, "sensitive", BindingFlags.SYNC_CREATE);
    return label;
  });
  return list_box;
}
// end of sample

class Window : Gtk.ApplicationWindow {
  // sample: store
  GLib.ListStore machines = new GLib.ListStore (typeof (QMachine.Machine));
  // end of sample
  GLib.ListStore events = new GLib.ListStore (typeof (QMachine.MonitorEvent));
  Gtk.Box box = new Gtk.Box (Gtk.Orientation.VERTICAL, 6);
  QMachine.Machine machine;
  QMachine.Console console;
  Vte.Terminal terminal = new Vte.Terminal ();

  public Window (Gtk.Application application) throws Error {
    Object (application: application, title: "Machines");
    child = box;
    set_up ();
    show_state ();
    show_console ();
    show_text ();
    show_rows ();
    show_choice ();
    show_table ();
    show_events ();
    stop_at_close ();
    machines.append (machine);
    start.begin ();
  }

  void set_up () throws Error {
    // sample: machine
    machine = new QMachine.Machine ("qemu-system-x86_64") {
      machine_type = "q35,graphics=off",
      args = { "-accel", "tcg", "-nic", "none" }
    };
    console = machine.add_console ();
    // end of sample
  }

  void show_console () {
    // sample: terminal
    console.output_bytes.connect ((bytes) => terminal.feed (bytes.get_data ()));
    terminal.commit.connect ((text) => console.write_async.begin (text));
    // end of sample
    terminal.set_size (80, 24);
    box.append (terminal);
  }

  void show_text () {
    var view = new Gtk.TextView () { editable = false, monospace = true };
    // sample: text
    console.bind_property ("text", view.buffer, "text", BindingFlags.SYNC_CREATE);
    // end of sample
    box.append (new Gtk.Expander ("Text") { child = view });
  }

  void show_state () {
    // sample: bindings
    var label = new Gtk.Label (null);
    machine.bind_property ("run-state-name", label, "label", BindingFlags.SYNC_CREATE);

    var stop = new Gtk.Button.with_label ("Stop");
    machine.bind_property ("running", stop, "sensitive", BindingFlags.SYNC_CREATE);

    var type = new Gtk.Entry ();
    machine.bind_property ("running", type, "editable",
                           BindingFlags.SYNC_CREATE | BindingFlags.INVERT_BOOLEAN);
    machine.bind_property ("machine-type", type, "text",
                           BindingFlags.SYNC_CREATE | BindingFlags.BIDIRECTIONAL);
    // end of sample
    stop.clicked.connect (() => machine.shutdown_async.begin ());
    box.append (label);
    box.append (stop);
    box.append (type);
  }

  // sample: start
  async void start () {
    try {
      yield machine.launch_async ();
    } catch (Error error) {
      terminal.feed (error.message.data);
    }
  }
  // end of sample

  void show_rows () {
    box.append (make_rows (machines));
  }

  void show_choice () {
    // sample: choice
    var name = new Gtk.PropertyExpression (typeof (QMachine.Machine), null, "name");
    var choice = new Gtk.DropDown (machines, name);
    // end of sample
    box.append (choice);
  }

  void show_table () {
    // sample: table
    var table = new Gtk.ColumnView (new Gtk.SingleSelection (machines));
    table.append_column (make_column ("Name", typeof (QMachine.Machine), "name"));
    table.append_column (make_column ("State", typeof (QMachine.Machine), "run-state-name"));
    table.append_column (make_column ("Process", typeof (QMachine.Machine), "pid"));
    // end of sample
    box.append (table);
  }

  void show_events () {
    // sample: event-rows
    machine.event.connect ((event) => events.append (event));

    var table = new Gtk.ColumnView (new Gtk.NoSelection (events));
    table.append_column (make_column ("Event", typeof (QMachine.MonitorEvent), "name"));
    // end of sample
    box.append (table);
  }

  void stop_at_close () {
    // sample: close
    close_request.connect (() => {
      stop.begin ();
      return true;
    });
    // end of sample
  }

  // sample: stop
  async void stop () {
    try {
      yield machine.shutdown_async ();
    } catch (Error error) {
      warning ("%s", error.message);
    }
    destroy ();
  }
  // end of sample
}

int main (string[] args) {
  var application = new Gtk.Application ("org.example.Machines", ApplicationFlags.NON_UNIQUE);
  application.activate.connect (() => {
    try {
      new Window (application).present ();
    } catch (Error error) {
      warning ("%s", error.message);
    }
  });
  return application.run (args);
}
