/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helpers/q-helper-private.h"

#include "q-enum-types.h"
#include "q-machine-private.h"

/**
 * QHelper:
 *
 * A process beside QEMU: a TPM, a server of files or of a disk, or any program that a guest needs.
 *
 * A machine has one after [method@Machine.add_helper], [method@Machine.add_tpm],
 * [method@Machine.add_shared_directory] or [method@Machine.add_vhost_user_disk]; it stays the same
 * over all launches. Its program is started anew with each launch, before QEMU, and ended after
 * QEMU: by SIGTERM, and by SIGKILL three seconds later. All that it starts ends with it, also when
 * the program that has the machine dies. A machine that is detached leaves it running.
 *
 * A launch fails, with what the program said last, when the program cannot be started, ends, or
 * keeps QEMU waiting for longer than [property@Helper:start-timeout]. Later its end does not end
 * QEMU: [signal@Helper::died] tells.
 *
 * All methods can be called from any thread. Signals are emitted in the main context of the
 * machine.
 *
 * ```c
 * QHelper *helper = q_machine_lookup_helper (machine, "data");
 *
 * q_helper_set_start_timeout (helper, 5000);
 * g_signal_connect (helper, "died", G_CALLBACK (tell_death), NULL);
 * if (!q_machine_launch (machine, NULL, error))
 *   return FALSE;
 * ```
 *
 * Since: 1.0
 */
struct _QHelper
{
  GObject parent_instance;

  QHelperCore *core;
};

G_DEFINE_FINAL_TYPE (QHelper, q_helper, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_NAME,
  PROP_ARGV,
  PROP_START_TIMEOUT,
  PROP_RUNNING,
  PROP_PID,
  PROP_SOCKET_PATH,
  PROP_COMMAND_LINE,
  PROP_EXIT_KIND,
  PROP_LOG,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];
static guint died_signal;

static void
take_changes (GObject *target, guint changes)
{
  if ((changes & Q_HELPER_CHANGE_COMMAND_LINE) != 0)
    g_object_notify_by_pspec (target, properties[PROP_COMMAND_LINE]);
  if ((changes & Q_HELPER_CHANGE_SOCKET_PATH) != 0)
    g_object_notify_by_pspec (target, properties[PROP_SOCKET_PATH]);
  if ((changes & Q_HELPER_CHANGE_PROCESS) != 0)
    {
      g_object_notify_by_pspec (target, properties[PROP_PID]);
      g_object_notify_by_pspec (target, properties[PROP_RUNNING]);
    }
  if ((changes & Q_HELPER_CHANGE_EXIT) != 0)
    g_object_notify_by_pspec (target, properties[PROP_EXIT_KIND]);
  if ((changes & Q_HELPER_CHANGE_DIED) != 0)
    g_signal_emit (target, died_signal, 0);
}

static void
q_helper_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QHelper *self = Q_HELPER (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, q_helper_get_name (self));
      break;
    case PROP_ARGV:
      g_value_take_boxed (value, q_helper_dup_argv (self));
      break;
    case PROP_START_TIMEOUT:
      g_value_set_int (value, q_helper_get_start_timeout (self));
      break;
    case PROP_RUNNING:
      g_value_set_boolean (value, q_helper_get_running (self));
      break;
    case PROP_PID:
      g_value_set_int64 (value, q_helper_get_pid (self));
      break;
    case PROP_SOCKET_PATH:
      g_value_take_string (value, q_helper_dup_socket_path (self));
      break;
    case PROP_COMMAND_LINE:
      g_value_take_boxed (value, q_helper_dup_command_line (self));
      break;
    case PROP_EXIT_KIND:
      g_value_set_enum (value, (int)q_helper_get_exit_kind (self));
      break;
    case PROP_LOG:
      g_value_take_string (value, q_helper_dup_log (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_helper_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_START_TIMEOUT)
    q_helper_set_start_timeout (Q_HELPER (object), g_value_get_int (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
q_helper_finalize (GObject *object)
{
  QHelper *self = Q_HELPER (object);

  g_clear_pointer (&self->core, q_helper_core_unref);

  G_OBJECT_CLASS (q_helper_parent_class)->finalize (object);
}

static void
install_process_properties (void)
{
  const GParamFlags read_only = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * QHelper:running: (getter get_running)
   *
   * Whether its process is there.
   *
   * Since: 1.0
   */
  properties[PROP_RUNNING] = g_param_spec_boolean ("running", NULL, NULL, FALSE, read_only);

  /**
   * QHelper:pid: (getter get_pid)
   *
   * The number of its process, 0 for none.
   *
   * Since: 1.0
   */
  properties[PROP_PID] = g_param_spec_int64 ("pid", NULL, NULL, 0, G_MAXINT64, 0, read_only);

  /**
   * QHelper:socket-path: (getter dup_socket_path) (type filename)
   *
   * The path of its socket in the launch that is there; %NULL for none.
   *
   * Since: 1.0
   */
  properties[PROP_SOCKET_PATH] = g_param_spec_string ("socket-path", NULL, NULL, NULL, read_only);

  /**
   * QHelper:command-line: (getter dup_command_line)
   *
   * The program and its arguments as they were in the last launch, %NULL before the first.
   *
   * Since: 1.0
   */
  properties[PROP_COMMAND_LINE]
    = g_param_spec_boxed ("command-line", NULL, NULL, G_TYPE_STRV, read_only);

  /**
   * QHelper:exit-kind: (getter get_exit_kind)
   *
   * How its process ended in the last launch; %Q_EXIT_KIND_NONE before its end.
   * [method@Helper.get_exit_code] has the number.
   *
   * Since: 1.0
   */
  properties[PROP_EXIT_KIND] = g_param_spec_enum ("exit-kind", NULL, NULL, Q_TYPE_EXIT_KIND,
                                                  (int)Q_EXIT_KIND_NONE, read_only);

  /**
   * QHelper:log: (getter dup_log)
   *
   * What it wrote to its standard output and its standard error in the last launch, up to its last
   * 256 KiB. Changes are not notified.
   *
   * Since: 1.0
   */
  properties[PROP_LOG] = g_param_spec_string ("log", NULL, NULL, NULL, read_only);
}

static void
q_helper_class_init (QHelperClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags read_only = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = q_helper_finalize;
  object_class->get_property = q_helper_get_property;
  object_class->set_property = q_helper_set_property;

  /**
   * QHelper:name: (getter get_name)
   *
   * The name by which messages speak of it, unique in its machine. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, read_only);

  /**
   * QHelper:argv: (getter dup_argv)
   *
   * The program and its arguments as they were given, with the words that stand for what is known
   * at the launch. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_ARGV] = g_param_spec_boxed ("argv", NULL, NULL, G_TYPE_STRV, read_only);

  /**
   * QHelper:start-timeout: (getter get_start_timeout) (setter set_start_timeout)
   *
   * How long the program may keep a launch waiting, in milliseconds: until it listens, and then,
   * from QEMU's connection, until QEMU has got on; -1 for no limit but the machine's own. The
   * default is 30 seconds. A change is for the launches to come.
   *
   * Since: 1.0
   */
  properties[PROP_START_TIMEOUT]
    = g_param_spec_int ("start-timeout", NULL, NULL, -1, G_MAXINT, 30000,
                        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  install_process_properties ();
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * QHelper::died:
   * @self: the helper
   *
   * Its process has ended, and QEMU has not.
   *
   * [property@Helper:exit-kind] and [property@Helper:log] say how. It comes a quarter of a second
   * after the end, as a program that ends with QEMU may be faster than QEMU;
   * [property@Helper:running] is notified at once. A failed launch has its error instead.
   *
   * Since: 1.0
   */
  died_signal
    = g_signal_new ("died", Q_TYPE_HELPER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
use_core (QHelper *self, QHelperCore *core)
{
  g_clear_pointer (&self->core, q_helper_core_unref);
  self->core = q_helper_core_ref (core);
  q_helper_core_set_target (core, G_OBJECT (self), take_changes);
}

static void
q_helper_init (QHelper *self)
{
  static const char *const none[] = { NULL };
  const QHelperSpec spec = { .argv = none };
  g_autoptr (QDispatcher) dispatcher = q_dispatcher_new ();
  g_autoptr (QHelperCore) core = q_helper_core_new (&spec, dispatcher);

  /* One that was made without a machine never runs. */
  use_core (self, core);
}

/* -- of a machine -- */

/* What a machine keeps. */
typedef struct
{
  QHelperSet *set;
  GPtrArray *helpers; /* of QHelper */
} Helpers;

static const char helpers_key[] = "qmachine-helpers";
G_LOCK_DEFINE_STATIC (helpers); /* those of all machines */

static void
helpers_free (gpointer data)
{
  Helpers *self = data;

  g_ptr_array_unref (self->helpers);
  q_helper_set_unref (self->set);
  g_free (self);
}

static Helpers *
get_helpers (QMachine *machine)
{
  Helpers *self = g_object_get_data (G_OBJECT (machine), helpers_key);

  if (self == NULL)
    {
      self = g_new0 (Helpers, 1);
      self->set = q_helper_set_new ();
      self->helpers = g_ptr_array_new_with_free_func (g_object_unref);
      g_object_set_data_full (G_OBJECT (machine), helpers_key, self, helpers_free);
      q_machine_add_hook (machine, &q_helper_set_hook, self->set);
    }
  return self;
}

QHelper *
q_helper_add (QMachine *machine, const QHelperSpec *spec, GError **error)
{
  QDispatcher *dispatcher = q_launch_state_get_dispatcher (q_machine_get_launch_state (machine));
  g_autoptr (QHelperCore) core = q_helper_core_new (spec, dispatcher);
  g_autoptr (QHelper) helper = g_object_new (Q_TYPE_HELPER, NULL);
  Helpers *helpers;
  gboolean good;

  /* Before a launch in another thread can have it. */
  use_core (helper, core);

  G_LOCK (helpers);
  helpers = get_helpers (machine);
  good = q_helper_set_add (helpers->set, core, error);
  if (good)
    g_ptr_array_add (helpers->helpers, g_object_ref (helper));
  G_UNLOCK (helpers);

  /* The machine has another reference. */
  return good ? helper : NULL;
}

guint
q_helper_count (QMachine *machine)
{
  Helpers *of_machine;
  guint n;

  G_LOCK (helpers);
  of_machine = g_object_get_data (G_OBJECT (machine), helpers_key);
  n = of_machine != NULL ? of_machine->helpers->len : 0;
  G_UNLOCK (helpers);

  return n;
}

/**
 * q_machine_lookup_helper:
 * @self: a machine
 * @name: the name of a helper
 *
 * Finds a helper that the machine has.
 *
 * Returns: (transfer none) (nullable): the helper, which the machine keeps, %NULL for none of that
 *   name
 *
 * Since: 1.0
 */
QHelper *
q_machine_lookup_helper (QMachine *self, const char *name)
{
  QHelper *found = NULL;
  Helpers *of_machine;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  G_LOCK (helpers);
  of_machine = g_object_get_data (G_OBJECT (self), helpers_key);
  for (guint i = 0; of_machine != NULL && i < of_machine->helpers->len; i++)
    if (g_str_equal (q_helper_get_name (of_machine->helpers->pdata[i]), name))
      found = of_machine->helpers->pdata[i];
  G_UNLOCK (helpers);

  return found;
}

/* -- what can be known of it -- */

/**
 * q_helper_get_name: (get-property name)
 * @self: a helper
 *
 * Gets the name by which messages speak of it.
 *
 * Returns: (nullable) (transfer none): the name, %NULL for one that no machine has
 *
 * Since: 1.0
 */
const char *
q_helper_get_name (QHelper *self)
{
  g_return_val_if_fail (Q_IS_HELPER (self), NULL);

  return q_helper_core_get_name (self->core);
}

/**
 * q_helper_dup_argv: (get-property argv)
 * @self: a helper
 *
 * Gets the program and its arguments as they were given: see [property@Helper:argv].
 *
 * Returns: (transfer full) (array zero-terminated=1): the arguments
 *
 * Since: 1.0
 */
GStrv
q_helper_dup_argv (QHelper *self)
{
  g_return_val_if_fail (Q_IS_HELPER (self), NULL);

  return g_strdupv ((GStrv)q_helper_core_get_argv (self->core));
}

/**
 * q_helper_get_start_timeout: (get-property start-timeout)
 * @self: a helper
 *
 * Gets how long the program may keep a launch waiting: see [property@Helper:start-timeout].
 *
 * Returns: milliseconds, -1 for no limit
 *
 * Since: 1.0
 */
int
q_helper_get_start_timeout (QHelper *self)
{
  g_return_val_if_fail (Q_IS_HELPER (self), -1);

  return q_helper_core_get_start_timeout (self->core);
}

/**
 * q_helper_set_start_timeout: (set-property start-timeout)
 * @self: a helper
 * @start_timeout: milliseconds, -1 for no limit
 *
 * Sets how long the program may keep a launch waiting: see [property@Helper:start-timeout].
 *
 * Since: 1.0
 */
void
q_helper_set_start_timeout (QHelper *self, int start_timeout)
{
  g_return_if_fail (Q_IS_HELPER (self));
  g_return_if_fail (start_timeout >= -1);

  q_helper_core_set_start_timeout (self->core, start_timeout);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_START_TIMEOUT]);
}

/**
 * q_helper_get_running: (get-property running)
 * @self: a helper
 *
 * Gets whether its process is there.
 *
 * Returns: %TRUE if it is
 *
 * Since: 1.0
 */
gboolean
q_helper_get_running (QHelper *self)
{
  g_return_val_if_fail (Q_IS_HELPER (self), FALSE);

  return q_helper_core_get_pid (self->core) != 0;
}

/**
 * q_helper_get_pid: (get-property pid)
 * @self: a helper
 *
 * Gets the number of its process.
 *
 * Returns: the number, 0 for none
 *
 * Since: 1.0
 */
gint64
q_helper_get_pid (QHelper *self)
{
  g_return_val_if_fail (Q_IS_HELPER (self), 0);

  return q_helper_core_get_pid (self->core);
}

/**
 * q_helper_dup_socket_path: (get-property socket-path)
 * @self: a helper
 *
 * Gets the path of its socket in the launch that is there.
 *
 * Returns: (nullable) (transfer full) (type filename): the path, %NULL for none
 *
 * Since: 1.0
 */
char *
q_helper_dup_socket_path (QHelper *self)
{
  g_return_val_if_fail (Q_IS_HELPER (self), NULL);

  return q_helper_core_dup_socket_path (self->core);
}

/**
 * q_helper_dup_command_line: (get-property command-line)
 * @self: a helper
 *
 * Gets the program and its arguments as they were in the last launch.
 *
 * Returns: (nullable) (transfer full) (array zero-terminated=1): the arguments, %NULL before the
 *   first launch
 *
 * Since: 1.0
 */
GStrv
q_helper_dup_command_line (QHelper *self)
{
  g_return_val_if_fail (Q_IS_HELPER (self), NULL);

  return q_helper_core_dup_command_line (self->core);
}

/**
 * q_helper_get_exit_kind: (get-property exit-kind)
 * @self: a helper
 *
 * Gets how its process ended in the last launch.
 *
 * Returns: the kind, %Q_EXIT_KIND_NONE before its end
 *
 * Since: 1.0
 */
QExitKind
q_helper_get_exit_kind (QHelper *self)
{
  int exit_code;

  g_return_val_if_fail (Q_IS_HELPER (self), Q_EXIT_KIND_NONE);

  return q_helper_core_get_exit (self->core, &exit_code);
}

/**
 * q_helper_get_exit_code:
 * @self: a helper
 * @exit_code: (out) (optional): the exit status, or minus the signal that killed it
 *
 * Gets with what its process ended in the last launch.
 *
 * Returns: %TRUE if that is known
 *
 * Since: 1.0
 */
gboolean
q_helper_get_exit_code (QHelper *self, int *exit_code)
{
  QExitKind kind;
  int code;

  g_return_val_if_fail (Q_IS_HELPER (self), FALSE);

  kind = q_helper_core_get_exit (self->core, &code);
  if (exit_code != NULL)
    *exit_code = code;
  return kind == Q_EXIT_KIND_EXITED || kind == Q_EXIT_KIND_SIGNALED;
}

/**
 * q_helper_dup_log: (get-property log)
 * @self: a helper
 *
 * Gets what it wrote in the last launch, up to its last 256 KiB; what is no UTF-8 is replaced.
 *
 * Returns: (nullable) (transfer full): the text, %NULL before the first launch
 *
 * Since: 1.0
 */
char *
q_helper_dup_log (QHelper *self)
{
  g_autoptr (GBytes) bytes = NULL;
  gsize length;
  const char *text;

  g_return_val_if_fail (Q_IS_HELPER (self), NULL);

  bytes = q_helper_core_dup_log (self->core);
  if (bytes == NULL)
    return NULL;

  text = g_bytes_get_data (bytes, &length);
  return length > 0 ? g_utf8_make_valid (text, (gssize)length) : g_strdup ("");
}
