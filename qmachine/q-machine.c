/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-machine.h"

#include "q-enum-types.h"
#include "q-machine-private.h"

/**
 * QMachine:
 *
 * A virtual machine: a QEMU process with its monitor.
 *
 * Set it up, [method@Machine.launch] it, talk to it with [method@Machine.command], listen to
 * [signal@Machine::event], and end it with [method@Machine.shutdown]. A machine that has stopped
 * can be launched again; what is set applies to the next launch.
 *
 * Every call that takes time has two forms: one that blocks, and one that takes a callback. All
 * can be used from any thread. The blocking ones work with and without a main loop, and never run
 * a handler of the program while they wait. Signals are emitted in the thread-default main context
 * of the thread that made the machine; there, replies and events come in the order in which QEMU
 * sent them.
 *
 * Dropping the last reference kills QEMU, if it still runs, and leaves nothing behind. A QEMU that
 * a signal killed which this library did not send is reported by a warning of the log domain
 * `QMachine`, with its command line; otherwise the library writes debug messages only.
 *
 * Since: 1.0
 */
struct _QMachine
{
  GObject parent_instance;

  GMutex lock; /* guards the configuration */
  QMachineConfig *config;
  QDispatcher *dispatcher;
  QMachineStatus *status;
  QConsole *console; /* with the lock; NULL until somebody wants one */
  gboolean disposed;
};

G_DEFINE_FINAL_TYPE (QMachine, q_machine, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_BINARY,
  PROP_ARGS,
  PROP_WRAPPER,
  PROP_NAME,
  PROP_BASE_DIR,
  PROP_MACHINE_TYPE,
  PROP_MONITOR_MODE,
  PROP_MONITOR_ADDRESS,
  PROP_EXIT_WITH_PARENT,
  PROP_QTEST,
  PROP_LAUNCH_TIMEOUT,
  PROP_SHUTDOWN_TIMEOUT,
  PROP_COMMAND_TIMEOUT,
  PROP_CONSOLE_LOG,
  PROP_STATE,
  PROP_PID,
  PROP_MONITOR,
  PROP_CONSOLE,
  PROP_RUN_STATE,
  PROP_EXIT_CODE,
  PROP_SHUTDOWN_REASON,
  N_PROPS,
};

enum
{
  SIGNAL_EVENT,
  SIGNAL_EXITED,
  SIGNAL_QTEST_IRQ,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

QMachineStatus *
q_machine_get_status (QMachine *self)
{
  return self->status;
}

QMachineConfig *
q_machine_lock_config (QMachine *self)
{
  g_mutex_lock (&self->lock);
  return self->config;
}

void
q_machine_unlock_config (QMachine *self)
{
  g_mutex_unlock (&self->lock);
}

QMachineConfig *
q_machine_dup_config (QMachine *self)
{
  QMachineConfig *config;

  g_mutex_lock (&self->lock);
  config = q_machine_config_copy (self->config);
  g_mutex_unlock (&self->lock);

  return config;
}

void
q_machine_notify_changes (QMachine *machine, QMachineChanges changes)
{
  static const struct
  {
    QMachineChanges change;
    guint prop_id;
  } map[] = {
    { Q_MACHINE_CHANGE_PID, PROP_PID },
    { Q_MACHINE_CHANGE_MONITOR, PROP_MONITOR },
    { Q_MACHINE_CHANGE_RUN_STATE, PROP_RUN_STATE },
    { Q_MACHINE_CHANGE_EXIT_CODE, PROP_EXIT_CODE },
    { Q_MACHINE_CHANGE_SHUTDOWN_REASON, PROP_SHUTDOWN_REASON },
    { Q_MACHINE_CHANGE_STATE, PROP_STATE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (map); i++)
    if ((changes & map[i].change) != 0)
      /* Not through the queue of g_object_notify (): a setter that runs in another thread at the
       * same time would emit it there. */
      G_OBJECT_GET_CLASS (machine)
        ->dispatch_properties_changed (G_OBJECT (machine), 1, &properties[map[i].prop_id]);
}

void
q_machine_emit_exited (QMachine *machine)
{
  g_signal_emit (machine, signals[SIGNAL_EXITED], 0);
}

void
q_machine_emit_qtest_irq (QMachine *machine, guint irq, gboolean raised)
{
  g_signal_emit (machine, signals[SIGNAL_QTEST_IRQ], 0, irq, raised);
}

void
q_machine_emit_event (GObject *machine, QMonitorEvent *event)
{
  q_monitor_event_emit_on (event, machine, signals[SIGNAL_EVENT]);
}

static void
q_machine_dispose (GObject *object)
{
  QMachine *self = Q_MACHINE (object);

  if (!self->disposed)
    {
      self->disposed = TRUE;
      q_dispatcher_remove_owner (self->dispatcher);
    }
  q_machine_kill_and_reap (self->status);
  /* It counts as somebody who can still emit what waits in the dispatcher. */
  q_machine_status_drop_monitor (self->status);

  G_OBJECT_CLASS (q_machine_parent_class)->dispose (object);
}

static void
q_machine_finalize (GObject *object)
{
  QMachine *self = Q_MACHINE (object);

  g_clear_object (&self->console);
  q_machine_status_unref (self->status);
  q_machine_config_free (self->config);
  q_dispatcher_unref (self->dispatcher);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (q_machine_parent_class)->finalize (object);
}

/* -- properties -- */

static void
q_machine_get_config_property (QMachine *self, guint prop_id, GValue *value)
{
  const QMachineConfig *config = self->config;

  switch (prop_id)
    {
    case PROP_BINARY:
      g_value_set_string (value, config->binary);
      break;
    case PROP_ARGS:
      g_value_set_boxed (value, config->args);
      break;
    case PROP_WRAPPER:
      g_value_set_boxed (value, config->wrapper);
      break;
    case PROP_NAME:
      g_value_set_string (value, config->name);
      break;
    case PROP_BASE_DIR:
      g_value_set_string (value, config->base_dir);
      break;
    case PROP_MACHINE_TYPE:
      g_value_set_string (value, config->machine_type);
      break;
    case PROP_MONITOR_MODE:
      g_value_set_enum (value, (int)config->monitor_mode);
      break;
    case PROP_MONITOR_ADDRESS:
      g_value_set_object (value, config->monitor_address);
      break;
    case PROP_EXIT_WITH_PARENT:
      g_value_set_boolean (value, config->exit_with_parent);
      break;
    case PROP_QTEST:
      g_value_set_boolean (value, config->qtest);
      break;
    case PROP_LAUNCH_TIMEOUT:
      g_value_set_int (value, config->launch_timeout);
      break;
    case PROP_SHUTDOWN_TIMEOUT:
      g_value_set_int (value, config->shutdown_timeout);
      break;
    case PROP_COMMAND_TIMEOUT:
      g_value_set_int (value, config->command_timeout);
      break;
    case PROP_CONSOLE_LOG:
      g_value_set_string (value, config->console_log);
      break;
    default:
      g_assert_not_reached ();
    }
}

static void
q_machine_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QMachine *self = Q_MACHINE (object);

  switch (prop_id)
    {
    case PROP_STATE:
      g_value_set_enum (value, (int)q_machine_get_state (self));
      break;
    case PROP_PID:
      g_value_set_int64 (value, q_machine_get_pid (self));
      break;
    case PROP_MONITOR:
      g_value_take_object (value, q_machine_get_monitor (self));
      break;
    case PROP_CONSOLE:
      g_value_take_object (value, q_machine_get_console (self));
      break;
    case PROP_RUN_STATE:
      g_value_set_enum (value, (int)q_machine_get_run_state (self));
      break;
    case PROP_EXIT_CODE:
      g_value_set_int (value, q_machine_get_exit_code (self));
      break;
    case PROP_SHUTDOWN_REASON:
      g_value_take_string (value, q_machine_get_shutdown_reason (self));
      break;
    default:
      if (prop_id == PROP_0 || prop_id >= N_PROPS)
        {
          G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
          return;
        }
      g_mutex_lock (&self->lock);
      q_machine_get_config_property (self, prop_id, value);
      g_mutex_unlock (&self->lock);
    }
}

static void
set_string (char **string, const GValue *value)
{
  g_free (*string);
  *string = g_value_dup_string (value);
}

static void
set_strv (GStrv *strv, const GValue *value)
{
  g_strfreev (*strv);
  *strv = g_value_dup_boxed (value);
}

/* The one setting that a running machine takes at once. */
static void
apply_command_timeout (QMachine *self, int timeout)
{
  g_autoptr (QMonitor) monitor = q_machine_status_dup_monitor (self->status);

  if (monitor != NULL)
    g_object_set (monitor, "command-timeout", timeout, NULL);
}

static void
q_machine_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QMachine *self = Q_MACHINE (object);
  QMachineConfig *config = self->config;

  g_mutex_lock (&self->lock);
  switch (prop_id)
    {
    case PROP_BINARY:
      set_string (&config->binary, value);
      break;
    case PROP_ARGS:
      set_strv (&config->args, value);
      break;
    case PROP_WRAPPER:
      set_strv (&config->wrapper, value);
      break;
    case PROP_NAME:
      /* As a construct property it is set to NULL when nobody chose a name: the default stays. */
      if (g_value_get_string (value) != NULL)
        set_string (&config->name, value);
      break;
    case PROP_BASE_DIR:
      set_string (&config->base_dir, value);
      break;
    case PROP_MACHINE_TYPE:
      set_string (&config->machine_type, value);
      break;
    case PROP_MONITOR_MODE:
      config->monitor_mode = (QMonitorMode)g_value_get_enum (value);
      break;
    case PROP_MONITOR_ADDRESS:
      g_set_object (&config->monitor_address, g_value_get_object (value));
      break;
    case PROP_EXIT_WITH_PARENT:
      config->exit_with_parent = g_value_get_boolean (value);
      break;
    case PROP_QTEST:
      config->qtest = g_value_get_boolean (value);
      break;
    case PROP_LAUNCH_TIMEOUT:
      config->launch_timeout = g_value_get_int (value);
      break;
    case PROP_SHUTDOWN_TIMEOUT:
      config->shutdown_timeout = g_value_get_int (value);
      break;
    case PROP_COMMAND_TIMEOUT:
      config->command_timeout = g_value_get_int (value);
      break;
    case PROP_CONSOLE_LOG:
      set_string (&config->console_log, value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
  g_mutex_unlock (&self->lock);

  if (prop_id == PROP_COMMAND_TIMEOUT)
    apply_command_timeout (self, g_value_get_int (value));
}

static void
install_settings (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  /**
   * QMachine:binary:
   *
   * QEMU's binary: a path, or a name that is looked up in `PATH`.
   *
   * Since: 1.0
   */
  properties[PROP_BINARY] = g_param_spec_string ("binary", NULL, NULL, NULL, flags);

  /**
   * QMachine:args:
   *
   * Arguments for QEMU, after those that the library adds itself: `-chardev` and `-mon` for the
   * monitor, with the id `mon`; `-display none -vga none`; and what the other settings ask for.
   * QEMU takes the last word where an option is given twice. `-daemonize` is refused.
   *
   * Since: 1.0
   */
  properties[PROP_ARGS] = g_param_spec_boxed ("args", NULL, NULL, G_TYPE_STRV, flags);

  /**
   * QMachine:wrapper:
   *
   * A command that is put in front of the binary, such as `strace -f` or `ssh host`.
   *
   * It must become QEMU, or stay until QEMU has ended, and pass on its descriptors; a wrapper that
   * does not needs the monitor mode %Q_MONITOR_MODE_LISTEN. Wrapper and QEMU are a process group of
   * their own, and are signalled together; but [property@Machine:exit-with-parent] reaches only
   * the wrapper, if it is the one that stays.
   *
   * Since: 1.0
   */
  properties[PROP_WRAPPER] = g_param_spec_boxed ("wrapper", NULL, NULL, G_TYPE_STRV, flags);

  /**
   * QMachine:name:
   *
   * A name for file names: no slashes. By default `qemu-PID-N`, of the program's process id and a
   * number that counts up.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);

  /**
   * QMachine:base-dir:
   *
   * Where the directory for a launch is made, with its log and its socket. %NULL for the user's
   * run-time directory, and `/var/tmp` where there is none. A socket's path is limited to 107
   * bytes, so a long one is refused.
   *
   * Since: 1.0
   */
  properties[PROP_BASE_DIR] = g_param_spec_string ("base-dir", NULL, NULL, NULL, flags);

  /**
   * QMachine:machine-type:
   *
   * QEMU's machine type, such as `q35` or `none`; %NULL for QEMU's default.
   *
   * Since: 1.0
   */
  properties[PROP_MACHINE_TYPE] = g_param_spec_string ("machine-type", NULL, NULL, NULL, flags);

  /**
   * QMachine:monitor-mode:
   *
   * How the monitor is wired. Default: %Q_MONITOR_MODE_INHERIT.
   *
   * Since: 1.0
   */
  properties[PROP_MONITOR_MODE] = g_param_spec_enum (
    "monitor-mode", NULL, NULL, Q_TYPE_MONITOR_MODE, (int)Q_MONITOR_MODE_INHERIT, flags);

  /**
   * QMachine:monitor-address:
   *
   * Where the monitor listens: a Unix or a TCP address, %NULL for a socket in the directory of the
   * launch. The mode %Q_MONITOR_MODE_LISTEN needs one.
   *
   * Since: 1.0
   */
  properties[PROP_MONITOR_ADDRESS] = g_param_spec_object ("monitor-address", NULL, NULL,
                                                          G_TYPE_SOCKET_ADDRESS, flags);

  /**
   * QMachine:exit-with-parent:
   *
   * Whether QEMU is killed when this process ends, in whichever way. Without it, QEMU and its
   * directory outlive a program that ends while a machine runs; dropping the object still kills.
   * A program that is itself killed by a signal leaves the directory of the launch behind, with
   * the log in it. Default: %TRUE.
   *
   * Since: 1.0
   */
  properties[PROP_EXIT_WITH_PARENT]
    = g_param_spec_boolean ("exit-with-parent", NULL, NULL, TRUE, flags);

  /**
   * QMachine:qtest:
   *
   * Whether QEMU is launched with a qtest server, for [method@Machine.qtest]. It adds the server
   * and never an accelerator: many builds of QEMU have no `qtest` accelerator, and only the clock
   * needs it.
   *
   * Since: 1.0
   */
  properties[PROP_QTEST] = g_param_spec_boolean ("qtest", NULL, NULL, FALSE, flags);

  /**
   * QMachine:launch-timeout:
   *
   * How long a launch may take until the monitor is ready, in milliseconds; -1 for as long as it
   * takes. Default: 60000.
   *
   * Since: 1.0
   */
  properties[PROP_LAUNCH_TIMEOUT]
    = g_param_spec_int ("launch-timeout", NULL, NULL, -1, G_MAXINT, 60 * 1000, flags);

  /**
   * QMachine:shutdown-timeout:
   *
   * How long [method@Machine.shutdown] waits for QEMU to end when asked before it uses force, in
   * milliseconds; -1 for as long as it takes. Default: 30000.
   *
   * Since: 1.0
   */
  properties[PROP_SHUTDOWN_TIMEOUT]
    = g_param_spec_int ("shutdown-timeout", NULL, NULL, -1, G_MAXINT, 30 * 1000, flags);

  /**
   * QMachine:command-timeout:
   *
   * How long a command may take, in milliseconds; -1 for as long as it takes. Applies to a running
   * machine at once; see [property@Monitor:command-timeout]. Default: -1.
   *
   * Since: 1.0
   */
  properties[PROP_COMMAND_TIMEOUT]
    = g_param_spec_int ("command-timeout", NULL, NULL, -1, G_MAXINT, -1, flags);

  /**
   * QMachine:console-log:
   *
   * The path of a file to which QEMU writes all that the guest writes on the console, anew with
   * every launch; %NULL for none. It stays. Only with [method@Machine.set_console].
   *
   * Since: 1.0
   */
  properties[PROP_CONSOLE_LOG] = g_param_spec_string ("console-log", NULL, NULL, NULL, flags);
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
   * QMachine:pid: (getter get_pid)
   *
   * The id of the process, of the wrapper where there is one; 0 while there is none.
   *
   * Since: 1.0
   */
  properties[PROP_PID]
    = g_param_spec_int64 ("pid", NULL, NULL, 0, G_MAXINT64, 0, flags);

  /**
   * QMachine:monitor: (getter get_monitor)
   *
   * The monitor of the launch; it stays after the end until the next launch.
   *
   * Since: 1.0
   */
  properties[PROP_MONITOR] = g_param_spec_object ("monitor", NULL, NULL, Q_TYPE_MONITOR, flags);

  /**
   * QMachine:console: (getter get_console)
   *
   * The console, after [method@Machine.set_console].
   *
   * Since: 1.0
   */
  properties[PROP_CONSOLE] = g_param_spec_object ("console", NULL, NULL, Q_TYPE_CONSOLE, flags);

  /**
   * QMachine:run-state: (getter get_run_state)
   *
   * QEMU's run state, as last heard. Changes that come faster than the context of the machine
   * turns are notified as one.
   *
   * Since: 1.0
   */
  properties[PROP_RUN_STATE] = g_param_spec_enum ("run-state", NULL, NULL, Q_TYPE_RUN_STATE,
                                                  (int)Q_RUN_STATE_UNKNOWN, flags);

  /**
   * QMachine:exit-code: (getter get_exit_code)
   *
   * The exit status of the last process, or minus the signal that killed it;
   * %Q_EXIT_CODE_NONE while there is none.
   *
   * Since: 1.0
   */
  properties[PROP_EXIT_CODE] = g_param_spec_int ("exit-code", NULL, NULL, G_MININT, G_MAXINT,
                                                 Q_EXIT_CODE_NONE, flags);

  /**
   * QMachine:shutdown-reason: (getter get_shutdown_reason)
   *
   * Why QEMU shut down, in QEMU's word, such as `guest-shutdown` or `host-qmp-quit`; %NULL while
   * it has not said.
   *
   * Since: 1.0
   */
  properties[PROP_SHUTDOWN_REASON]
    = g_param_spec_string ("shutdown-reason", NULL, NULL, NULL, flags);
}

static void
q_machine_class_init (QMachineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = q_machine_dispose;
  object_class->finalize = q_machine_finalize;
  object_class->get_property = q_machine_get_property;
  object_class->set_property = q_machine_set_property;

  install_settings ();
  install_readings ();
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * QMachine::event:
   * @self: the machine
   * @event: what happened
   *
   * QEMU reported an event. The detail is the event's name: `event::SHUTDOWN`.
   *
   * Emitted for every event, in order, whether or not somebody also waits for it.
   *
   * Since: 1.0
   */
  signals[SIGNAL_EVENT]
    = g_signal_new ("event", Q_TYPE_MACHINE, G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 1, Q_TYPE_MONITOR_EVENT);

  /**
   * QMachine::exited:
   * @self: the machine
   *
   * QEMU has ended: the process is reaped, the log kept, the exit code known.
   *
   * Emitted once for each launch that succeeded, after all events.
   *
   * Since: 1.0
   */
  signals[SIGNAL_EXITED] = g_signal_new ("exited", Q_TYPE_MACHINE, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 0);

  /**
   * QMachine::qtest-irq:
   * @self: the machine
   * @irq: the number of the interrupt line
   * @raised: whether it was raised, and not lowered
   *
   * An interrupt line changed that was asked for with the qtest command `irq_intercept_in` or
   * `irq_intercept_out`.
   *
   * Since: 1.0
   */
  signals[SIGNAL_QTEST_IRQ]
    = g_signal_new ("qtest-irq", Q_TYPE_MACHINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_BOOLEAN);
}

static void
q_machine_init (QMachine *self)
{
  g_mutex_init (&self->lock);
  self->config = q_machine_config_new ();
  self->dispatcher = q_dispatcher_new ();
  q_dispatcher_add_owner (self->dispatcher);
  self->status = q_machine_status_new (self, self->dispatcher);
}

/**
 * q_machine_new:
 * @binary: (nullable): QEMU's binary: a path, or a name that is looked up in `PATH`
 *
 * Makes a machine, without starting anything.
 *
 * Its signals will be emitted in the thread-default main context of the calling thread.
 *
 * Returns: (transfer full): a new machine
 *
 * Since: 1.0
 */
QMachine *
q_machine_new (const char *binary)
{
  return g_object_new (Q_TYPE_MACHINE, "binary", binary, NULL);
}

/**
 * q_machine_set_console:
 * @self: a machine
 * @device_type: (nullable): a QEMU device that takes a chardev, such as `virtconsole`, or %NULL for
 *   a serial port
 * @index: the number of the serial port, from 0; those before it lead nowhere
 *
 * Gives the machine a console, for the launches to come.
 *
 * [property@Machine:console] is there at once, and stays the same, so handlers can be connected
 * before the guest writes its first word.
 *
 * Since: 1.0
 */
void
q_machine_set_console (QMachine *self, const char *device_type, guint index)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (index < 64);

  g_mutex_lock (&self->lock);
  if (self->console == NULL)
    {
      self->config->console = q_console_stream_new (self->dispatcher);
      self->console = q_console_new_for_stream (self->config->console);
    }
  g_free (self->config->console_device);
  self->config->console_device = g_strdup (device_type);
  self->config->console_index = index;
  g_mutex_unlock (&self->lock);

  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONSOLE]);
}

/**
 * q_machine_get_console: (get-property console)
 * @self: a machine
 *
 * The console, after [method@Machine.set_console].
 *
 * Returns: (nullable) (transfer full): the console, %NULL if the machine has none
 *
 * Since: 1.0
 */
QConsole *
q_machine_get_console (QMachine *self)
{
  QConsole *console;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  g_mutex_lock (&self->lock);
  console = self->console != NULL ? g_object_ref (self->console) : NULL;
  g_mutex_unlock (&self->lock);

  return console;
}
