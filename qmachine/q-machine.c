/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-machine.h"

#include "q-enum-types.h"
#include "q-console-private.h"
#include "q-enums-private.h"
#include "q-machine-private.h"
#include "q-machine-properties-private.h"
#include "q-monitor-event-private.h"

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
 * a handler of the program while they wait. The callback of the others runs in the thread-default
 * main context of the thread that made the call. Signals are emitted in the thread-default main
 * context of the thread that made the machine; there, replies and events come in the order in which
 * QEMU sent them.
 *
 * Dropping the last reference kills QEMU, if it still runs, and leaves nothing behind. A QEMU that
 * a signal killed which this library did not send is reported by a warning of the log domain
 * `QMachine`, with its command line; otherwise the library writes debug messages only.
 *
 * ```c
 * const char *args[] = { "-machine", "none", "-accel", "tcg", NULL };
 * g_autoptr (QMachine) machine = q_machine_new ("qemu-system-x86_64");
 * g_autofree char *status = NULL;
 *
 * q_machine_add_args (machine, args);
 * if (!q_machine_launch (machine, NULL, error))
 *   return FALSE;
 * status = q_machine_command_json (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, error);
 * if (status == NULL)
 *   return FALSE;
 * g_print ("%s\n", status);
 * return q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
 * ```
 *
 * Since: 1.0
 */
struct _QMachine
{
  GObject parent_instance;

  GMutex lock; /* guards the configuration */
  QLaunchConfig *config;
  QDispatcher *dispatcher;
  QLaunchState *state;
  GPtrArray *consoles; /* of QConsole, with the lock */
  QMonitor *monitor;   /* with the lock; of the latest launch that somebody asked for its monitor */
  gboolean disposed;   /* with the lock */
};

G_DEFINE_FINAL_TYPE (QMachine, q_machine, G_TYPE_OBJECT)

enum
{
  SIGNAL_EVENT,
  SIGNAL_EXITED,
  SIGNAL_LOG_LINE,
  SIGNAL_QTEST_IRQ,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

QLaunchState *
q_machine_get_launch_state (QMachine *self)
{
  return self->state;
}

QLaunchConfig *
q_machine_get_config (QMachine *self)
{
  return self->config;
}

QLaunchConfig *
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

void
q_machine_add_hook (QMachine *self, const QLaunchHook *hook, gpointer feature)
{
  q_launch_config_add_hook (q_machine_lock_config (self), hook, feature);
  q_machine_unlock_config (self);
}

QLaunchJoin
q_machine_join_launch (QMachine *self, const QLaunchHook *hook, gpointer feature)
{
  return q_launch_join (q_launch_state_get_launch (self->state), hook, feature);
}

QLaunchConfig *
q_machine_dup_config (QMachine *self)
{
  QLaunchConfig *config;

  g_mutex_lock (&self->lock);
  config = q_launch_config_copy (self->config);
  g_mutex_unlock (&self->lock);

  return config;
}

/* With the lock held, so that the launch cannot change in between. The caller drops it without. */
static QMonitor *
take_stale_monitor (QMachine *self, QSession *session)
{
  if (self->monitor == NULL || q_monitor_get_session (self->monitor) == session)
    return NULL;

  return g_steal_pointer (&self->monitor);
}

/* That of an earlier launch is kept by those alone who asked for it. */
void
q_machine_forget_stale_monitor (QMachine *self)
{
  g_autoptr (QSession) session = NULL;
  g_autoptr (QMonitor) stale = NULL;

  g_mutex_lock (&self->lock);
  session = q_launch_state_dup_session (self->state);
  stale = take_stale_monitor (self, session);
  g_mutex_unlock (&self->lock);
}

static const struct
{
  QLaunchChanges change;
  guint prop_id;
} followed[] = {
  { Q_LAUNCH_CHANGE_PID, PROP_PID },
  { Q_LAUNCH_CHANGE_MONITOR, PROP_MONITOR },
  { Q_LAUNCH_CHANGE_LISTEN_ADDRESS, PROP_LISTEN_ADDRESS },
  { Q_LAUNCH_CHANGE_RUN_STATE, PROP_RUN_STATE },
  { Q_LAUNCH_CHANGE_RUN_STATE, PROP_RUN_STATE_NAME },
  { Q_LAUNCH_CHANGE_EXIT, PROP_EXIT_KIND },
  { Q_LAUNCH_CHANGE_SHUTDOWN_REASON, PROP_SHUTDOWN_REASON },
  { Q_LAUNCH_CHANGE_COMMAND_LINE, PROP_COMMAND_LINE },
  { Q_LAUNCH_CHANGE_RUN_DIR, PROP_RUN_DIR },
  { Q_LAUNCH_CHANGE_STATE, PROP_STATE },
  { Q_LAUNCH_CHANGE_RUNNING, PROP_RUNNING },
};

static void
notify_output (gpointer console, gpointer data)
{
  q_console_notify_output (console);
}

static void
notify_changes (GObject *target, guint changes)
{
  QMachine *self = Q_MACHINE (target);
  g_autolist (QConsole) consoles = q_machine_dup_consoles (self);

  if ((changes & Q_LAUNCH_CHANGE_MONITOR) != 0)
    q_machine_forget_stale_monitor (self);
  /* A launch begins with no text, and nothing is written that would tell of it. */
  if ((changes & Q_LAUNCH_CHANGE_RUN_DIR) != 0)
    g_list_foreach (consoles, notify_output, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (followed); i++)
    if ((changes & followed[i].change) != 0)
      q_machine_notify (self, followed[i].prop_id);
}

static QLaunchChanges
get_change (GParamSpec *pspec)
{
  for (gsize i = 0; i < G_N_ELEMENTS (followed); i++)
    if (pspec == q_machine_get_pspec (followed[i].prop_id))
      return followed[i].change;

  return 0;
}

/* A setter that runs in another thread at the same time gets the notifications of all properties to
 * emit. Those that follow QEMU are put off then: they are emitted in the owner context only. */
static void
q_machine_dispatch_properties_changed (GObject *object, guint n_pspecs, GParamSpec **pspecs)
{
  QMachine *self = Q_MACHINE (object);
  GObjectClass *parent_class = G_OBJECT_CLASS (q_machine_parent_class);
  QLaunchChanges put_off = 0;

  if (q_dispatcher_may_emit (self->dispatcher))
    {
      parent_class->dispatch_properties_changed (object, n_pspecs, pspecs);
      return;
    }

  for (guint i = 0; i < n_pspecs; i++)
    {
      QLaunchChanges change = get_change (pspecs[i]);

      if (change != 0)
        put_off |= change;
      else
        parent_class->dispatch_properties_changed (object, 1, &pspecs[i]);
    }

  if (put_off != 0)
    q_launch_state_post_changes (self->state, put_off);
}

static void
emit_exited (GObject *target)
{
  g_signal_emit (target, signals[SIGNAL_EXITED], 0);
}

static void
emit_log_line (GObject *target, const char *line)
{
  g_signal_emit (target, signals[SIGNAL_LOG_LINE], 0, line);
}

static void
emit_qtest_irq (GObject *target, guint irq, gboolean raised)
{
  g_signal_emit (target, signals[SIGNAL_QTEST_IRQ], 0, irq, raised);
}

static void
emit_event (GObject *target, QEventEmission *emission)
{
  q_monitor_event_emit (emission, target, signals[SIGNAL_EVENT]);
}

static const QLaunchSignals launch_signals = {
  .changed = notify_changes,
  .exited = emit_exited,
  .log_line = emit_log_line,
  .qtest_irq = emit_qtest_irq,
  .event = emit_event,
  .session = &q_monitor_session_signals,
};

static void
forget_monitor (QMachine *self)
{
  g_autoptr (QMonitor) monitor = NULL;

  g_mutex_lock (&self->lock);
  monitor = g_steal_pointer (&self->monitor);
  g_mutex_unlock (&self->lock);
}

static void
q_machine_dispose (GObject *object)
{
  QMachine *self = Q_MACHINE (object);

  if (!self->disposed)
    {
      g_mutex_lock (&self->lock);
      self->disposed = TRUE;
      g_mutex_unlock (&self->lock);
      q_dispatcher_remove_owner (self->dispatcher);
    }
  q_launch_state_kill_and_reap (self->state);
  /* It counts as somebody who can still emit what waits in the dispatcher. */
  forget_monitor (self);

  G_OBJECT_CLASS (q_machine_parent_class)->dispose (object);
}

static void
q_machine_finalize (GObject *object)
{
  QMachine *self = Q_MACHINE (object);

  g_ptr_array_unref (self->consoles);
  q_launch_state_unref (self->state);
  q_launch_config_free (self->config);
  q_dispatcher_unref (self->dispatcher);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (q_machine_parent_class)->finalize (object);
}

static void
q_machine_class_init (QMachineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispatch_properties_changed = q_machine_dispatch_properties_changed;
  object_class->dispose = q_machine_dispose;
  object_class->finalize = q_machine_finalize;

  q_enum_read_as_nick (Q_TYPE_MACHINE_STATE);
  q_enum_read_as_nick (Q_TYPE_RUN_STATE);
  q_enum_read_as_nick (Q_TYPE_EXIT_KIND);
  q_enum_read_as_nick (Q_TYPE_MACHINE_DISPLAY);
  q_machine_install_properties (object_class);

  /**
   * QMachine::event:
   * @self: the machine
   * @event: what happened
   *
   * QEMU reported an event. The detail is the event's name: `event::SHUTDOWN`.
   *
   * Emitted for every event, in order, whether or not somebody also waits for it, in the main
   * context of the machine. If that does not keep up with more than
   * [property@Monitor:event-backlog] events, the oldest are left out and counted in
   * [property@Monitor:signals-dropped].
   *
   * ```c
   * static void
   * shutdown_cb (QMachine *machine, QMonitorEvent *event, gpointer user_data)
   * {
   *   g_autofree char *text = q_monitor_event_to_json (event);
   *
   *   g_print ("%s\n", text);
   * }
   *
   * g_signal_connect (machine, "event::SHUTDOWN", G_CALLBACK (shutdown_cb), NULL);
   * ```
   *
   * Since: 1.0
   */
  signals[SIGNAL_EVENT] = g_signal_new ("event", Q_TYPE_MACHINE,
                                        G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED | G_SIGNAL_NO_HOOKS,
                                        0, NULL, NULL, NULL, G_TYPE_NONE, 1, Q_TYPE_MONITOR_EVENT);

  /**
   * QMachine::exited:
   * @self: the machine
   *
   * QEMU has ended: the process is reaped, the log kept, the exit code known.
   *
   * Emitted once for each launch that succeeded, after all events, in the main context of the
   * machine; but not after [method@Machine.detach].
   *
   * ```c
   * static void
   * exited_cb (QMachine *machine, GMainLoop *loop)
   * {
   *   int exit_code;
   *
   *   if (q_machine_get_exit_code (machine, &exit_code))
   *     g_print ("exit code: %d\n", exit_code);
   *   g_main_loop_quit (loop);
   * }
   *
   * g_signal_connect (machine, "exited", G_CALLBACK (exited_cb), loop);
   * ```
   *
   * Since: 1.0
   */
  signals[SIGNAL_EXITED] = g_signal_new ("exited", Q_TYPE_MACHINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                         NULL, G_TYPE_NONE, 0);

  /**
   * QMachine::log-line:
   * @self: the machine
   * @line: a line, valid UTF-8, without its end
   *
   * QEMU, or what stands in front of it, has written a line to its standard output or standard
   * error: each line of [property@Machine:log] once, as it comes, also of a launch that fails.
   *
   * Emitted in the main context of the machine, before [signal@Machine::exited]. A line without an
   * end comes at QEMU's; one of more than 64 KiB comes in pieces. If the context does not keep up
   * with more than 4096 lines or a megabyte, the oldest are left out here, but not from the log.
   *
   * Since: 1.0
   */
  signals[SIGNAL_LOG_LINE] = g_signal_new ("log-line", Q_TYPE_MACHINE, G_SIGNAL_RUN_LAST, 0, NULL,
                                           NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  /**
   * QMachine::qtest-irq:
   * @self: the machine
   * @irq: the number of the interrupt line
   * @raised: whether it was raised, and not lowered
   *
   * An interrupt line changed that was asked for with the qtest command `irq_intercept_in` or
   * `irq_intercept_out`.
   *
   * Emitted in the main context of the machine. If that does not keep up with more than 65536, the
   * oldest are left out.
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
  self->config = q_launch_config_new ();
  self->dispatcher = q_dispatcher_new ();
  self->consoles = g_ptr_array_new_with_free_func (g_object_unref);
  q_dispatcher_add_owner (self->dispatcher);
  self->state = q_launch_state_new (G_OBJECT (self), self->dispatcher, &launch_signals);
}

/**
 * q_machine_new:
 * @binary: (nullable): QEMU's binary: a path, or a name that is looked up in `PATH`; %NULL to set
 *   [property@Machine:binary] later
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

static QConsole *
find_console (QMachine *self, const char *name)
{
  for (guint i = 0; i < self->consoles->len; i++)
    {
      QConsole *console = g_ptr_array_index (self->consoles, i);

      if (g_str_equal (q_console_get_name (console), name))
        return console;
    }

  return NULL;
}

/**
 * q_machine_add_console:
 * @self: a machine
 * @name: (nullable): a name for it, %NULL for `console`
 * @device: (nullable): a QEMU device that takes a chardev, such as `virtconsole`; `serialN` for the
 *   serial port of that number, from 0 to 63; %NULL for the first serial port that no console has
 * @error: return location for an error
 *
 * Gives the machine a console, for the launches to come; any number of them, each with a name of
 * its own. With a name that a console has already it moves that one.
 *
 * The console is there at once, and stays the same, so handlers can be connected before the guest
 * writes its first word. The first one is [property@Machine:console]. QEMU's chardev has its name,
 * too. Serial ports before the last one that no console has lead nowhere.
 *
 * %Q_MACHINE_ERROR_INVALID_CONFIGURATION says that the name is none, being a letter followed by
 * letters, digits, `-`, `.` and `_`, or that another console has the serial port.
 *
 * ```c
 * static void
 * output_cb (QConsole *console, const char *text, gpointer user_data)
 * {
 *   g_string_append (user_data, text);
 * }
 *
 * QConsole *console = q_machine_add_console (machine, NULL, NULL, error);
 *
 * if (console == NULL)
 *   return FALSE;
 * g_signal_connect (console, "output", G_CALLBACK (output_cb), output);
 * ```
 *
 * Returns: (transfer none): the console, which the machine keeps, or %NULL on failure
 *
 * Since: 1.0
 */
QConsole *
q_machine_add_console (QMachine *self, const char *name, const char *device, GError **error)
{
  g_autoptr (QConsole) added = NULL;
  g_autofree char *given = NULL;
  QConsole *console;
  gboolean good;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  given = q_launch_config_name_console (name, error);
  if (given == NULL)
    return NULL;

  added = q_console_new_with_dispatcher (self->dispatcher, given);
  g_mutex_lock (&self->lock);
  console = find_console (self, given);
  good = q_launch_config_add_console (self->config, q_console_get_stream (added), given, device,
                                      error);
  if (good && console == NULL)
    {
      console = g_steal_pointer (&added);
      g_ptr_array_add (self->consoles, console);
    }
  g_mutex_unlock (&self->lock);
  if (!good)
    return NULL;

  q_machine_notify (self, PROP_CONSOLE);
  return console;
}

/**
 * q_machine_dup_console: (get-property console)
 * @self: a machine
 *
 * Gets the first console, which is there after [method@Machine.add_console].
 *
 * Returns: (nullable) (transfer full): the console, %NULL if the machine has none
 *
 * Since: 1.0
 */
QConsole *
q_machine_dup_console (QMachine *self)
{
  QConsole *console = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  g_mutex_lock (&self->lock);
  if (self->consoles->len > 0)
    console = g_object_ref (g_ptr_array_index (self->consoles, 0));
  g_mutex_unlock (&self->lock);

  return console;
}

/**
 * q_machine_dup_consoles:
 * @self: a machine
 *
 * Gets all consoles, in the order in which they were added.
 *
 * Returns: (transfer full) (element-type QConsole): the consoles, maybe none
 *
 * Since: 1.0
 */
GList *
q_machine_dup_consoles (QMachine *self)
{
  GList *consoles = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  g_mutex_lock (&self->lock);
  for (guint i = self->consoles->len; i > 0; i--)
    consoles = g_list_prepend (consoles, g_object_ref (g_ptr_array_index (self->consoles, i - 1)));
  g_mutex_unlock (&self->lock);

  return consoles;
}

/**
 * q_machine_dup_monitor: (get-property monitor)
 * @self: a machine
 *
 * Gets the monitor of the launch.
 *
 * It stays after the end, closed but with the events that nobody took, until the next launch
 * makes a new one.
 *
 * Returns: (nullable) (transfer full): the monitor, %NULL before the first launch and for
 *   machines without one
 *
 * Since: 1.0
 */
QMonitor *
q_machine_dup_monitor (QMachine *self)
{
  g_autoptr (QSession) session = NULL;
  g_autoptr (QMonitor) stale = NULL;
  QMonitor *monitor = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  g_mutex_lock (&self->lock);
  session = q_launch_state_dup_session (self->state);
  stale = take_stale_monitor (self, session);
  if (self->monitor == NULL && session != NULL && !self->disposed)
    self->monitor = q_monitor_new_for_session (self->dispatcher, session);
  if (self->monitor != NULL)
    monitor = g_object_ref (self->monitor);
  g_mutex_unlock (&self->lock);

  return monitor;
}
