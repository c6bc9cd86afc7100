/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-machine-properties-private.h"

#include "q-enum-types.h"

/* The properties of a machine, as GObject sees them. Each is read by a public getter, and the
 * settings are written by a public setter. */

static GParamSpec *properties[N_PROPS];

GParamSpec *
q_machine_get_pspec (guint prop_id)
{
  return properties[prop_id];
}

void
q_machine_notify (QMachine *self, guint prop_id)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[prop_id]);
}

static void
q_machine_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QMachine *self = Q_MACHINE (object);

  switch (prop_id)
    {
    case PROP_BINARY:
      g_value_take_string (value, q_machine_dup_binary (self));
      break;
    case PROP_KIND:
      g_value_set_enum (value, (int)q_machine_get_kind (self));
      break;
    case PROP_ARGS:
      g_value_take_boxed (value, q_machine_dup_args (self));
      break;
    case PROP_WRAPPER:
      g_value_take_boxed (value, q_machine_dup_wrapper (self));
      break;
    case PROP_NAME:
      g_value_take_string (value, q_machine_dup_name (self));
      break;
    case PROP_BASE_DIR:
      g_value_take_string (value, q_machine_dup_base_dir (self));
      break;
    case PROP_LOG_PATH:
      g_value_take_string (value, q_machine_dup_log_path (self));
      break;
    case PROP_MACHINE_TYPE:
      g_value_take_string (value, q_machine_dup_machine_type (self));
      break;
    case PROP_DISPLAY:
      g_value_set_enum (value, (int)q_machine_get_display (self));
      break;
    case PROP_MONITOR_MODE:
      g_value_set_enum (value, (int)q_machine_get_monitor_mode (self));
      break;
    case PROP_MONITOR_ADDRESS:
      g_value_take_object (value, q_machine_dup_monitor_address (self));
      break;
    case PROP_WRAPPER_SOCKET_DIR:
      g_value_take_string (value, q_machine_dup_wrapper_socket_dir (self));
      break;
    case PROP_WRAPPER_SHELL:
      g_value_set_boolean (value, q_machine_get_wrapper_shell (self));
      break;
    case PROP_EXIT_WITH_PARENT:
      g_value_set_boolean (value, q_machine_get_exit_with_parent (self));
      break;
    case PROP_ENABLE_QTEST:
      g_value_set_boolean (value, q_machine_get_enable_qtest (self));
      break;
    case PROP_LAUNCH_TIMEOUT:
      g_value_set_int (value, q_machine_get_launch_timeout (self));
      break;
    case PROP_SHUTDOWN_TIMEOUT:
      g_value_set_int (value, q_machine_get_shutdown_timeout (self));
      break;
    case PROP_COMMAND_TIMEOUT:
      g_value_set_int (value, q_machine_get_command_timeout (self));
      break;
    case PROP_CONSOLE_LOG:
      g_value_take_string (value, q_machine_dup_console_log (self));
      break;
    case PROP_MONITOR_LOG:
      g_value_take_string (value, q_machine_dup_monitor_log (self));
      break;
    case PROP_STATE:
      g_value_set_enum (value, (int)q_machine_get_state (self));
      break;
    case PROP_RUNNING:
      g_value_set_boolean (value, q_machine_is_running (self));
      break;
    case PROP_PID:
      g_value_set_int64 (value, q_machine_get_pid (self));
      break;
    case PROP_MONITOR:
      g_value_take_object (value, q_machine_dup_monitor (self));
      break;
    case PROP_LISTEN_ADDRESS:
      g_value_take_object (value, q_machine_dup_listen_address (self));
      break;
    case PROP_CONSOLE:
      g_value_take_object (value, q_machine_dup_console (self));
      break;
    case PROP_RUN_STATE:
      g_value_set_enum (value, (int)q_machine_get_run_state (self));
      break;
    case PROP_RUN_STATE_NAME:
      g_value_take_string (value, q_machine_dup_run_state_name (self));
      break;
    case PROP_EXIT_KIND:
      g_value_set_enum (value, (int)q_machine_get_exit_kind (self));
      break;
    case PROP_SHUTDOWN_REASON:
      g_value_take_string (value, q_machine_dup_shutdown_reason (self));
      break;
    case PROP_COMMAND_LINE:
      g_value_take_boxed (value, q_machine_dup_command_line (self));
      break;
    case PROP_RUN_DIR:
      g_value_take_string (value, q_machine_dup_run_dir (self));
      break;
    case PROP_LOG:
      g_value_take_string (value, q_machine_dup_log (self));
      break;
    case PROP_LOG_BYTES:
      g_value_take_boxed (value, q_machine_dup_log_bytes (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_machine_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QMachine *self = Q_MACHINE (object);

  switch (prop_id)
    {
    case PROP_BINARY:
      q_machine_set_binary (self, g_value_get_string (value));
      break;
    case PROP_KIND:
      q_machine_set_kind (self, (QMachineKind)g_value_get_enum (value));
      break;
    case PROP_ARGS:
      q_machine_set_args (self, g_value_get_boxed (value));
      break;
    case PROP_WRAPPER:
      q_machine_set_wrapper (self, g_value_get_boxed (value));
      break;
    case PROP_NAME:
      q_machine_set_name (self, g_value_get_string (value));
      break;
    case PROP_BASE_DIR:
      q_machine_set_base_dir (self, g_value_get_string (value));
      break;
    case PROP_LOG_PATH:
      q_machine_set_log_path (self, g_value_get_string (value));
      break;
    case PROP_MACHINE_TYPE:
      q_machine_set_machine_type (self, g_value_get_string (value));
      break;
    case PROP_DISPLAY:
      q_machine_set_display (self, (QMachineDisplay)g_value_get_enum (value));
      break;
    case PROP_MONITOR_MODE:
      q_machine_set_monitor_mode (self, (QMonitorMode)g_value_get_enum (value));
      break;
    case PROP_MONITOR_ADDRESS:
      q_machine_set_monitor_address (self, g_value_get_object (value));
      break;
    case PROP_WRAPPER_SOCKET_DIR:
      q_machine_set_wrapper_socket_dir (self, g_value_get_string (value));
      break;
    case PROP_WRAPPER_SHELL:
      q_machine_set_wrapper_shell (self, g_value_get_boolean (value));
      break;
    case PROP_EXIT_WITH_PARENT:
      q_machine_set_exit_with_parent (self, g_value_get_boolean (value));
      break;
    case PROP_ENABLE_QTEST:
      q_machine_set_enable_qtest (self, g_value_get_boolean (value));
      break;
    case PROP_LAUNCH_TIMEOUT:
      q_machine_set_launch_timeout (self, g_value_get_int (value));
      break;
    case PROP_SHUTDOWN_TIMEOUT:
      q_machine_set_shutdown_timeout (self, g_value_get_int (value));
      break;
    case PROP_COMMAND_TIMEOUT:
      q_machine_set_command_timeout (self, g_value_get_int (value));
      break;
    case PROP_CONSOLE_LOG:
      q_machine_set_console_log (self, g_value_get_string (value));
      break;
    case PROP_MONITOR_LOG:
      q_machine_set_monitor_log (self, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
install_settings (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  /**
   * QMachine:binary: (getter dup_binary) (setter set_binary) (type filename)
   *
   * QEMU's binary: a path, or a name that is looked up in `PATH`. A launch without one is refused.
   * For `qemu-storage-daemon` see [property@Machine:kind].
   *
   * Since: 1.0
   */
  properties[PROP_BINARY] = g_param_spec_string ("binary", NULL, NULL, NULL, flags);

  /**
   * QMachine:kind: (getter get_kind) (setter set_kind)
   *
   * What sort of program the binary is, and so which options it is given. Default:
   * %Q_MACHINE_KIND_SYSTEM.
   *
   * Since: 1.0
   */
  properties[PROP_KIND] = g_param_spec_enum ("kind", NULL, NULL, Q_TYPE_MACHINE_KIND,
                                             (int)Q_MACHINE_KIND_SYSTEM, flags);

  /**
   * QMachine:args: (getter dup_args) (setter set_args)
   *
   * Arguments for QEMU, after those that the library adds itself: `-chardev` and `-qmp` for the
   * monitor, with the id `mon`; what [property@Machine:display] and the other settings ask for.
   * QEMU takes the last word where an option is given twice. `-daemonize` is refused. Default:
   * %NULL, none.
   *
   * Since: 1.0
   */
  properties[PROP_ARGS] = g_param_spec_boxed ("args", NULL, NULL, G_TYPE_STRV, flags);

  /**
   * QMachine:wrapper: (getter dup_wrapper) (setter set_wrapper)
   *
   * A command that is put in front of the binary, such as `strace -f` or `ssh host`.
   *
   * It must pass on its descriptors; a wrapper that does not needs the monitor mode
   * %Q_MONITOR_MODE_LISTEN, and one that runs QEMU on another host %Q_MONITOR_MODE_STDIO. It may
   * become QEMU, stay until QEMU has ended, or end before; it may fork, make a session of its own,
   * or change the user: whatever comes from it ends with the launch. Default: %NULL, none.
   *
   * Since: 1.0
   */
  properties[PROP_WRAPPER] = g_param_spec_boxed ("wrapper", NULL, NULL, G_TYPE_STRV, flags);

  /**
   * QMachine:wrapper-shell: (getter get_wrapper_shell) (setter set_wrapper_shell)
   *
   * Whether the wrapper passes its arguments through a shell, as ssh does: it joins them with
   * blanks, and a shell takes them apart again.
   *
   * With this each word of QEMU's own command line is quoted for a POSIX shell where it has to be,
   * so that it arrives as it is. The wrapper's own words are not. Without a wrapper it means
   * nothing. Default: %FALSE.
   *
   * Since: 1.0
   */
  properties[PROP_WRAPPER_SHELL] = g_param_spec_boolean ("wrapper-shell", NULL, NULL, FALSE, flags);

  /**
   * QMachine:wrapper-socket-dir: (getter dup_wrapper_socket_dir)
   * (setter set_wrapper_socket_dir) (type filename)
   *
   * In the monitor mode %Q_MONITOR_MODE_STDIO: the directory on the host where QEMU runs, in which
   * it finds the sockets of this launch. With it consoles, channels, the guest agent and qtest work
   * there; without it they are refused.
   *
   * The library listens here, and QEMU connects there, under a name that is new with each launch.
   * The wrapper brings the one to the other: a word of it with `{here}` and `{far}` stands there
   * once for each socket, with the path on this host and that on the other: `-R{far}:{here}` for
   * ssh. One with `{far}` alone does, too: `--remove={far}` for `qmachine-exec --follow`, which
   * removes what is left there at the end. If no word has `{here}`, the directory is one that both
   * have under the same path, and the sockets are made in it.
   *
   * An absolute path of letters, digits and `/._-+@`, and so short that the path of a socket has
   * at most 107 bytes: up to 56. Whoever may connect there can be taken for QEMU, so it is for the
   * wrapper to see to that; sshd lets only the same user do so. Default: %NULL, none.
   *
   * Since: 1.0
   */
  properties[PROP_WRAPPER_SOCKET_DIR]
    = g_param_spec_string ("wrapper-socket-dir", NULL, NULL, NULL, flags);

  /**
   * QMachine:name: (getter dup_name) (setter set_name)
   *
   * A name for file names: no slashes. By default `qemu-PID-N`, of the program's process id and a
   * number that counts up; %NULL does not change it.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);

  /**
   * QMachine:base-dir: (getter dup_base_dir) (setter set_base_dir) (type filename)
   *
   * Where the directory for a launch is made, with its socket and its log. %NULL for the user's
   * run-time directory, and `/var/tmp` where there is none or its path is too long. A socket's path
   * is limited to 107 bytes, so a long one is refused.
   *
   * Since: 1.0
   */
  properties[PROP_BASE_DIR] = g_param_spec_string ("base-dir", NULL, NULL, NULL, flags);

  /**
   * QMachine:log-path: (getter dup_log_path) (setter set_log_path) (type filename)
   *
   * The path of a file to which QEMU's standard output and standard error go, anew with every
   * launch. It stays, also when a launch fails. An existing one must be a regular file, no symbolic
   * link, and not the log of another machine that runs. %NULL for one in the directory of the
   * launch, which goes away with it; [method@Machine.dup_log] has its content in either case.
   *
   * QEMU itself writes a line into it which is not part of what the property log has, when its
   * monitor waits for this library.
   *
   * Since: 1.0
   */
  properties[PROP_LOG_PATH] = g_param_spec_string ("log-path", NULL, NULL, NULL, flags);

  /**
   * QMachine:machine-type: (getter dup_machine_type) (setter set_machine_type)
   *
   * QEMU's machine type, such as `q35` or `none`, with options behind a comma if need be; %NULL,
   * the default, for QEMU's own.
   *
   * Since: 1.0
   */
  properties[PROP_MACHINE_TYPE] = g_param_spec_string ("machine-type", NULL, NULL, NULL, flags);

  /**
   * QMachine:display: (getter get_display) (setter set_display)
   *
   * Whether there is a graphics card, and where its screen is shown. Default:
   * %Q_MACHINE_DISPLAY_NONE.
   *
   * Since: 1.0
   */
  properties[PROP_DISPLAY] = g_param_spec_enum ("display", NULL, NULL, Q_TYPE_MACHINE_DISPLAY,
                                                (int)Q_MACHINE_DISPLAY_NONE, flags);

  /**
   * QMachine:monitor-mode: (getter get_monitor_mode) (setter set_monitor_mode)
   *
   * How the monitor is wired. Default: %Q_MONITOR_MODE_INHERIT.
   *
   * Since: 1.0
   */
  properties[PROP_MONITOR_MODE] = g_param_spec_enum (
    "monitor-mode", NULL, NULL, Q_TYPE_MONITOR_MODE, (int)Q_MONITOR_MODE_INHERIT, flags);

  /**
   * QMachine:monitor-address: (getter dup_monitor_address) (setter set_monitor_address)
   *
   * Where the monitor listens: a Unix or a TCP address, %NULL for a socket in the directory of the
   * launch. The mode %Q_MONITOR_MODE_LISTEN needs one. A path may have 106 bytes on Linux: a
   * `GUnixSocketAddress` cuts a longer one to 107 without telling, so those are refused. Port 0, a
   * free one, is for the mode %Q_MONITOR_MODE_INHERIT. Whoever can reach the address while the
   * monitor is free controls the machine. Default: %NULL.
   *
   * Since: 1.0
   */
  properties[PROP_MONITOR_ADDRESS]
    = g_param_spec_object ("monitor-address", NULL, NULL, G_TYPE_SOCKET_ADDRESS, flags);

  /**
   * QMachine:exit-with-parent: (getter get_exit_with_parent) (setter set_exit_with_parent)
   *
   * Whether QEMU is killed when this process ends, in whichever way. Without it, QEMU and its
   * directory outlive a program that ends while a machine runs, or that lets it go by
   * [method@Machine.detach]; dropping the object of a running machine still kills.
   * A program that is itself killed by a signal leaves the directory of the launch behind, with
   * the log in it; another one that launches a machine in the same [property@Machine:base-dir]
   * later than a minute after that removes it. Default: %TRUE.
   *
   * Since: 1.0
   */
  properties[PROP_EXIT_WITH_PARENT]
    = g_param_spec_boolean ("exit-with-parent", NULL, NULL, TRUE, flags);

  /**
   * QMachine:enable-qtest: (getter get_enable_qtest) (setter set_enable_qtest)
   *
   * Whether QEMU is launched with a qtest server, for [method@Machine.qtest]. It adds the server
   * and never an accelerator: many builds of QEMU have no `qtest` accelerator, and only the clock
   * needs it. Default: %FALSE.
   *
   * Since: 1.0
   */
  properties[PROP_ENABLE_QTEST] = g_param_spec_boolean ("enable-qtest", NULL, NULL, FALSE, flags);

  /**
   * QMachine:launch-timeout: (getter get_launch_timeout) (setter set_launch_timeout)
   *
   * How long a launch may take until the monitor is ready, in milliseconds; -1 for as long as it
   * takes. Default: 60000.
   *
   * Since: 1.0
   */
  properties[PROP_LAUNCH_TIMEOUT]
    = g_param_spec_int ("launch-timeout", NULL, NULL, -1, G_MAXINT, 60 * 1000, flags);

  /**
   * QMachine:shutdown-timeout: (getter get_shutdown_timeout) (setter set_shutdown_timeout)
   *
   * How long [method@Machine.shutdown] waits for QEMU to end when asked before it uses force, in
   * milliseconds; -1 for as long as it takes. Counts as it is when the call is made, also for a
   * machine that was launched before it was set. Default: 30000.
   *
   * Since: 1.0
   */
  properties[PROP_SHUTDOWN_TIMEOUT]
    = g_param_spec_int ("shutdown-timeout", NULL, NULL, -1, G_MAXINT, 30 * 1000, flags);

  /**
   * QMachine:command-timeout: (getter get_command_timeout) (setter set_command_timeout)
   *
   * How long a command may take, in milliseconds; -1 for as long as it takes. Applies to a running
   * machine at once; see [property@Monitor:command-timeout]. Default: -1.
   *
   * Since: 1.0
   */
  properties[PROP_COMMAND_TIMEOUT]
    = g_param_spec_int ("command-timeout", NULL, NULL, -1, G_MAXINT, -1, flags);

  /**
   * QMachine:console-log: (getter dup_console_log) (setter set_console_log) (type filename)
   *
   * The path of a file to which QEMU writes all that the guest writes on the console, anew with
   * every launch; %NULL, the default, for none. It stays, and has no limit. Only with
   * [method@Machine.add_console].
   *
   * Since: 1.0
   */
  properties[PROP_CONSOLE_LOG] = g_param_spec_string ("console-log", NULL, NULL, NULL, flags);

  /**
   * QMachine:monitor-log: (getter dup_monitor_log) (setter set_monitor_log) (type filename)
   *
   * The path of a file to which this library writes all that goes over the machine's monitor, anew
   * with every launch: a line for each message, with the time in UTC, `>` for one that was sent or
   * `<` for one that was received, and the JSON text. It is for people who look for a fault: a
   * secret in a command is in there, too. It stays, also when a launch fails, and has no limit. An
   * existing one must be a regular file, no symbolic link, and not the monitor log of another
   * machine that runs. A file that takes no more, on a disk that is full, ends there, and the
   * machine goes on. %NULL, the default, for none.
   *
   * Since: 1.0
   */
  properties[PROP_MONITOR_LOG] = g_param_spec_string ("monitor-log", NULL, NULL, NULL, flags);
}

static void
install_readings (void)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * QMachine:state: (getter get_state)
   *
   * Where the life of the machine stands.
   *
   * Since: 1.0
   */
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, Q_TYPE_MACHINE_STATE,
                                              (int)Q_MACHINE_STATE_STOPPED, flags);

  /**
   * QMachine:running: (getter is_running)
   *
   * Whether there is a process: from the beginning of a launch until the process is reaped.
   *
   * Since: 1.0
   */
  properties[PROP_RUNNING] = g_param_spec_boolean ("running", NULL, NULL, FALSE, flags);

  /**
   * QMachine:pid: (getter get_pid)
   *
   * The id of QEMU's process, or of the wrapper's while QEMU's own is not known, as with the
   * monitor mode %Q_MONITOR_MODE_LISTEN; 0 while there is none.
   *
   * Since: 1.0
   */
  properties[PROP_PID] = g_param_spec_int64 ("pid", NULL, NULL, 0, G_MAXINT64, 0, flags);

  /**
   * QMachine:monitor: (getter dup_monitor)
   *
   * The monitor of the launch; it stays after the end until the next launch. %NULL before the first
   * one, and with the monitor mode %Q_MONITOR_MODE_NONE.
   *
   * Since: 1.0
   */
  properties[PROP_MONITOR] = g_param_spec_object ("monitor", NULL, NULL, Q_TYPE_MONITOR, flags);

  /**
   * QMachine:listen-address: (getter dup_listen_address)
   *
   * Where the monitor of the launch listens, for another process that attaches later: the address
   * that was chosen, with the port that was free for a port of 0, or the socket in the directory of
   * the launch. It stays until the next launch; %NULL before the first one, and without a monitor.
   *
   * Since: 1.0
   */
  properties[PROP_LISTEN_ADDRESS]
    = g_param_spec_object ("listen-address", NULL, NULL, G_TYPE_SOCKET_ADDRESS, flags);

  /**
   * QMachine:console: (getter dup_console)
   *
   * The first console, after [method@Machine.add_console]; %NULL before.
   *
   * Since: 1.0
   */
  properties[PROP_CONSOLE] = g_param_spec_object ("console", NULL, NULL, Q_TYPE_CONSOLE, flags);

  /**
   * QMachine:run-state: (getter get_run_state)
   *
   * QEMU's run state, as last heard: known when the launch is done, and kept up to date by events,
   * by each answer to `query-status`, and by asking ten times a second while a migration is under
   * way or awaited, which changes it in silence. Events such as `STOP` make the library ask, so the
   * property follows them a round trip later. After the end it is %Q_RUN_STATE_SHUTDOWN, or
   * %Q_RUN_STATE_UNKNOWN where QEMU did not say that it shuts down. Changes that come faster than
   * the context of the machine turns are notified as one. %Q_RUN_STATE_UNKNOWN without a monitor,
   * and for a storage daemon.
   *
   * Since: 1.0
   */
  properties[PROP_RUN_STATE] = g_param_spec_enum ("run-state", NULL, NULL, Q_TYPE_RUN_STATE,
                                                  (int)Q_RUN_STATE_UNKNOWN, flags);

  /**
   * QMachine:run-state-name: (getter dup_run_state_name)
   *
   * QEMU's own word for the run state, such as `running`, also where this library has no name for
   * it; %NULL while it is not known.
   *
   * Since: 1.0
   */
  properties[PROP_RUN_STATE_NAME] = g_param_spec_string ("run-state-name", NULL, NULL, NULL, flags);

  /**
   * QMachine:exit-kind: (getter get_exit_kind)
   *
   * How the last process ended; %Q_EXIT_KIND_NONE before its end. It stays until the next launch.
   * [method@Machine.get_exit_code] has the number.
   *
   * Since: 1.0
   */
  properties[PROP_EXIT_KIND]
    = g_param_spec_enum ("exit-kind", NULL, NULL, Q_TYPE_EXIT_KIND, (int)Q_EXIT_KIND_NONE, flags);

  /**
   * QMachine:shutdown-reason: (getter dup_shutdown_reason)
   *
   * Why QEMU shut down, in QEMU's word, such as `guest-shutdown` or `host-qmp-quit`; %NULL while
   * it has not said. It stays until the next launch.
   *
   * Since: 1.0
   */
  properties[PROP_SHUTDOWN_REASON]
    = g_param_spec_string ("shutdown-reason", NULL, NULL, NULL, flags);

  /**
   * QMachine:command-line: (getter dup_command_line)
   *
   * The command line of the last launch: wrapper, binary and all arguments; %NULL before the first
   * launch, and after one that failed before there was a command line.
   *
   * Since: 1.0
   */
  properties[PROP_COMMAND_LINE]
    = g_param_spec_boxed ("command-line", NULL, NULL, G_TYPE_STRV, flags);

  /**
   * QMachine:run-dir: (getter dup_run_dir) (type filename)
   *
   * The path of the directory of the launch, which holds its socket and its log; %NULL while there
   * is none. It is removed when QEMU has ended, with all that is in it.
   *
   * It is the library's, and another one for each launch. [method@Machine.add_socket_path] gives a
   * place for the program's own sockets, which is there before the launch.
   *
   * Since: 1.0
   */
  properties[PROP_RUN_DIR] = g_param_spec_string ("run-dir", NULL, NULL, NULL, flags);

  /**
   * QMachine:log: (getter dup_log)
   *
   * What QEMU wrote to its standard output and standard error, as text; %NULL before the first
   * launch. It is read anew each time. Not notified.
   *
   * Since: 1.0
   */
  properties[PROP_LOG] = g_param_spec_string ("log", NULL, NULL, NULL, flags);

  /**
   * QMachine:log-bytes: (getter dup_log_bytes)
   *
   * Like [property@Machine:log], as QEMU wrote it, also where it is not UTF-8. Not notified.
   *
   * Since: 1.0
   */
  properties[PROP_LOG_BYTES] = g_param_spec_boxed ("log-bytes", NULL, NULL, G_TYPE_BYTES, flags);
}

void
q_machine_install_properties (GObjectClass *object_class)
{
  object_class->get_property = q_machine_get_property;
  object_class->set_property = q_machine_set_property;
  install_settings ();
  install_readings ();
  g_object_class_install_properties (object_class, N_PROPS, properties);
}
