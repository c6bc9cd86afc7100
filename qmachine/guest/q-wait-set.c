/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-wait-set.h"

#include "block/q-job-private.h"
#include "guest/wait-core-private.h"
#include "io/blocking-task-private.h"
#include "q-enum-types.h"

/**
 * QWaitSet:
 *
 * Several things that may happen to a machine, for one who waits for whichever comes first.
 *
 * They are events of QEMU, texts on consoles, run states, guest agents that answer, jobs that
 * end, and the end of QEMU. Each call that adds one returns its number, and [method@WaitSet.next]
 * tells which of them came. What comes first is told first, and nothing is lost: what came second
 * is what the next call returns, and what comes between two calls is kept. Each thing has its own
 * listener or reader, so the set takes nothing away from anybody else.
 *
 * A set is for one machine and for one launch of it: the one that is there when it is first used
 * while the machine runs, or else the next one. When QEMU has ended, all that came before is told
 * first. Then the end is told, if it was added; and after that, or if it was not, each call fails
 * with %Q_MACHINE_ERROR_EXITED, which says how QEMU ended. For the next launch there is a new set.
 *
 * It is bounded: of each thing that has come it keeps one, and behind that as many events as
 * [property@Monitor:event-backlog] says, the last 64 run states, and the console's text. It keeps
 * its machine alive, until it is dropped. All methods can be called from any thread; if
 * several calls wait at a time, each thing goes to one of them.
 *
 * ```c
 * const char *names[] = { "STOP", NULL };
 * g_autoptr (QWaitSet) set = q_wait_set_new (machine);
 * g_autoptr (QWaitResult) result = NULL;
 * guint stop = q_wait_set_add_event (set, names, NULL, error);
 *
 * if (stop == 0 || q_wait_set_add_exit (set, error) == 0)
 *   return FALSE;
 * result = q_wait_set_next (set, 5000, NULL, error);
 * if (result == NULL)
 *   return FALSE;
 * if (q_wait_result_get_number (result) == stop)
 *   g_print ("the guest was stopped\n");
 * ```
 *
 * Since: 1.0
 */
struct _QWaitSet
{
  GObject parent_instance;

  QWaitCore *core; /* atomic; NULL until q_wait_set_new () has set it */
};

G_DEFINE_FINAL_TYPE (QWaitSet, q_wait_set, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_MACHINE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

/* A set that was made otherwise has a machine that nobody will launch. */
static QWaitCore *
get_core (QWaitSet *self)
{
  if (g_atomic_pointer_get (&self->core) == NULL)
    {
      g_autoptr (QMachine) machine = q_machine_new (NULL);
      QWaitCore *core = q_wait_core_new (machine);

      if (!g_atomic_pointer_compare_and_exchange (&self->core, NULL, core))
        q_wait_core_unref (core);
    }

  return g_atomic_pointer_get (&self->core);
}

static void
q_wait_set_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_MACHINE)
    g_value_set_object (value, q_wait_set_get_machine (Q_WAIT_SET (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
q_wait_set_finalize (GObject *object)
{
  QWaitSet *self = Q_WAIT_SET (object);

  if (self->core != NULL)
    {
      q_wait_core_close (self->core);
      q_wait_core_unref (self->core);
    }

  G_OBJECT_CLASS (q_wait_set_parent_class)->finalize (object);
}

static void
q_wait_set_class_init (QWaitSetClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = q_wait_set_finalize;
  object_class->get_property = q_wait_set_get_property;

  /**
   * QWaitSet:machine: (getter get_machine)
   *
   * The machine whose events, run states and end are waited for. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_MACHINE] = g_param_spec_object ("machine", NULL, NULL, Q_TYPE_MACHINE,
                                                  G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_wait_set_init (QWaitSet *self)
{
}

/**
 * q_wait_set_new:
 * @machine: a machine
 *
 * Makes a set that waits for nothing yet.
 *
 * Returns: (transfer full): the set
 *
 * Since: 1.0
 */
QWaitSet *
q_wait_set_new (QMachine *machine)
{
  QWaitSet *self;

  g_return_val_if_fail (Q_IS_MACHINE (machine), NULL);

  self = g_object_new (Q_TYPE_WAIT_SET, NULL);
  self->core = q_wait_core_new (machine);

  return self;
}

/**
 * q_wait_set_get_machine: (get-property machine)
 * @self: a set
 *
 * Gets the machine whose events, run states and end are waited for.
 *
 * Returns: (transfer none): the machine
 *
 * Since: 1.0
 */
QMachine *
q_wait_set_get_machine (QWaitSet *self)
{
  g_return_val_if_fail (Q_IS_WAIT_SET (self), NULL);

  return q_wait_core_get_machine (get_core (self));
}

/* -- adding -- */

static char *
describe_events (const char *const *names, const char *match)
{
  g_autofree char *list
    = names != NULL && names[0] != NULL ? g_strjoinv (", ", (char **)names) : g_strdup ("any");

  return match != NULL ? g_strdup_printf ("the event %s with %s", list, match)
                       : g_strdup_printf ("the event %s", list);
}

/* Takes over the listener, which is NULL with an error, and the text. */
static guint
add_listener (QWaitSet *self, QEventListener *listener, char *what, GError **error)
{
  QWaitSource *source;

  if (listener == NULL)
    {
      g_free (what);
      return 0;
    }

  source = q_wait_source_new (Q_WAIT_KIND_EVENT, what);
  source->listener = listener;
  return q_wait_core_add (get_core (self), source, error);
}

/**
 * q_wait_set_add_event:
 * @self: a set
 * @names: (nullable) (array zero-terminated=1): names of events; %NULL or none for any
 * @match: (nullable) (transfer none): what the event's data must match, or %NULL for anything
 * @error: return location for an error
 *
 * Waits for an event from now on: see [method@Machine.listen].
 *
 * Errors: %Q_MONITOR_ERROR_INVALID_COMMAND for a @match that is no JSON object;
 * %Q_MACHINE_ERROR_INVALID_CONFIGURATION when the set has 1024 things;
 * %Q_MONITOR_ERROR_CLOSED when it was closed.
 *
 * Returns: its number, from 1 on; 0 with an error
 *
 * Since: 1.0
 */
guint
q_wait_set_add_event (QWaitSet *self, const char *const *names, JsonNode *match, GError **error)
{
  g_autofree char *text = NULL;
  QMachine *machine;

  g_return_val_if_fail (Q_IS_WAIT_SET (self), 0);
  g_return_val_if_fail (error == NULL || *error == NULL, 0);

  machine = q_wait_core_get_machine (get_core (self));
  text = match != NULL ? json_to_string (match, FALSE) : NULL;
  return add_listener (self, q_machine_listen (machine, names, match, error),
                       describe_events (names, text), error);
}

/**
 * q_wait_set_add_event_json:
 * @self: a set
 * @names: (nullable) (array zero-terminated=1): names of events; %NULL or none for any
 * @match: (nullable): what the event's data must match, as JSON text, or %NULL for anything
 * @error: return location for an error
 *
 * Waits for an event from now on, like [method@WaitSet.add_event], by a match that is JSON text.
 *
 * Returns: its number, from 1 on; 0 with an error
 *
 * Since: 1.0
 */
guint
q_wait_set_add_event_json (QWaitSet *self, const char *const *names, const char *match,
                           GError **error)
{
  QMachine *machine;

  g_return_val_if_fail (Q_IS_WAIT_SET (self), 0);
  g_return_val_if_fail (error == NULL || *error == NULL, 0);

  machine = q_wait_core_get_machine (get_core (self));
  return add_listener (self, q_machine_listen_json (machine, names, match, error),
                       describe_events (names, match), error);
}

static gboolean
check_text (QWaitSet *self, QConsole *console, const char *pattern, QConsoleMatchFlags flags,
            GError **error)
{
  QMachine *machine = q_wait_core_get_machine (get_core (self));
  GList *consoles = q_machine_dup_consoles (machine);
  gboolean is_its_own = g_list_find (consoles, console) != NULL;
  g_autoptr (GRegex) regex = NULL;

  g_list_free_full (consoles, g_object_unref);
  if (!is_its_own)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "add: the console %s is not one of this machine's",
                   q_console_get_name (console));
      return FALSE;
    }
  if ((flags & ~Q_CONSOLE_MATCH_FLAGS_COMPLETE) != 0)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "add: unknown flags: 0x%x", flags);
      return FALSE;
    }

  regex = g_regex_new (pattern, G_REGEX_MULTILINE | G_REGEX_NEWLINE_ANYCRLF, 0, error);
  return regex != NULL;
}

/**
 * q_wait_set_add_text:
 * @self: a set
 * @console: a console of the machine
 * @pattern: a regular expression of [struct@GLib.Regex]; `^` and `$` match at line ends
 * @flags: which matches count
 * @from_now: whether text that is there already does not count
 * @error: return location for an error
 *
 * Waits for a text on a console, with a reader of its own: see [method@Console.create_reader].
 *
 * Errors: of the domain of [struct@GLib.Regex] for an expression that is none;
 * %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a console of another machine, for unknown @flags, and
 * when the set has 1024 things; %Q_MONITOR_ERROR_CLOSED when it was closed.
 *
 * Returns: its number, from 1 on; 0 with an error
 *
 * Since: 1.0
 */
guint
q_wait_set_add_text (QWaitSet *self, QConsole *console, const char *pattern,
                     QConsoleMatchFlags flags, gboolean from_now, GError **error)
{
  QWaitSource *source;

  g_return_val_if_fail (Q_IS_WAIT_SET (self), 0);
  g_return_val_if_fail (Q_IS_CONSOLE (console), 0);
  g_return_val_if_fail (pattern != NULL, 0);
  g_return_val_if_fail (error == NULL || *error == NULL, 0);

  if (!check_text (self, console, pattern, flags, error))
    return 0;

  source = q_wait_source_new (Q_WAIT_KIND_TEXT, g_strdup_printf ("the text \"%s\" on %s", pattern,
                                                                 q_console_get_name (console)));
  source->console = g_object_ref (console);
  source->reader = q_console_create_reader (console, from_now);
  source->pattern = g_strdup (pattern);
  source->flags = flags;
  return q_wait_core_add (get_core (self), source, error);
}

/**
 * q_wait_set_add_run_state:
 * @self: a set
 * @run_state: a run state
 * @error: return location for an error
 *
 * Waits for a run state: that which is there now, and each time when it is entered again.
 *
 * A state that passes is told, too, as far as the library hears of it: see
 * [property@Machine:run-state]. Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for what is no run
 * state that can be waited for, and when the set has 1024 things; %Q_MONITOR_ERROR_CLOSED when it
 * was closed.
 *
 * Returns: its number, from 1 on; 0 with an error
 *
 * Since: 1.0
 */
guint
q_wait_set_add_run_state (QWaitSet *self, QRunState run_state, GError **error)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (Q_TYPE_RUN_STATE);
  GEnumValue *value = g_enum_get_value (klass, run_state);
  QWaitSource *source;

  g_return_val_if_fail (Q_IS_WAIT_SET (self), 0);
  g_return_val_if_fail (error == NULL || *error == NULL, 0);

  if (value == NULL || run_state == Q_RUN_STATE_UNKNOWN)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "add: %d is no run state that can be waited for", (int)run_state);
      return 0;
    }

  source = q_wait_source_new (Q_WAIT_KIND_RUN_STATE,
                              g_strdup_printf ("the run state %s", value->value_nick));
  source->run_state = run_state;
  return q_wait_core_add (get_core (self), source, error);
}

/**
 * q_wait_set_add_agent:
 * @self: a set
 * @agent: a guest agent
 * @error: return location for an error
 *
 * Waits until a guest agent answers, once: see [method@GuestAgent.wait_ready].
 *
 * It must be attached when it is waited for. Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION when
 * the set has 1024 things; %Q_MONITOR_ERROR_CLOSED when it was closed.
 *
 * Returns: its number, from 1 on; 0 with an error
 *
 * Since: 1.0
 */
guint
q_wait_set_add_agent (QWaitSet *self, QGuestAgent *agent, GError **error)
{
  QWaitSource *source;

  g_return_val_if_fail (Q_IS_WAIT_SET (self), 0);
  g_return_val_if_fail (Q_IS_GUEST_AGENT (agent), 0);
  g_return_val_if_fail (error == NULL || *error == NULL, 0);

  source = q_wait_source_new (Q_WAIT_KIND_AGENT, g_strdup ("the guest agent"));
  source->agent = g_object_ref (agent);
  return q_wait_core_add (get_core (self), source, error);
}

/**
 * q_wait_set_add_job:
 * @self: a set
 * @job: a job of the machine
 * @error: return location for an error
 *
 * Waits for the end of a job, once, however it ends: see [method@Job.wait].
 *
 * [method@Job.dup_error] tells whether it has done its work. A job that has ended already is told,
 * too. Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a job of another machine, and when the
 * set has 1024 things; %Q_MONITOR_ERROR_CLOSED when it was closed.
 *
 * Returns: its number, from 1 on; 0 with an error
 *
 * Since: 1.0
 */
guint
q_wait_set_add_job (QWaitSet *self, QJob *job, GError **error)
{
  g_autoptr (QMachine) machine = NULL;
  QWaitSource *source;

  g_return_val_if_fail (Q_IS_WAIT_SET (self), 0);
  g_return_val_if_fail (Q_IS_JOB (job), 0);
  g_return_val_if_fail (error == NULL || *error == NULL, 0);

  machine = q_job_dup_machine (job, "add", NULL);
  if (machine != q_wait_core_get_machine (get_core (self)))
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "add: the job \"%s\" is not one of this machine's", q_job_get_id (job));
      return 0;
    }

  source
    = q_wait_source_new (Q_WAIT_KIND_JOB, g_strdup_printf ("the job \"%s\"", q_job_get_id (job)));
  source->job = g_object_ref (job);
  return q_wait_core_add (get_core (self), source, error);
}

/**
 * q_wait_set_add_exit:
 * @self: a set
 * @error: return location for an error
 *
 * Waits for the end of QEMU, which is told after all else, once.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION when the set has 1024 things;
 * %Q_MONITOR_ERROR_CLOSED when it was closed.
 *
 * Returns: its number, from 1 on; 0 with an error
 *
 * Since: 1.0
 */
guint
q_wait_set_add_exit (QWaitSet *self, GError **error)
{
  g_return_val_if_fail (Q_IS_WAIT_SET (self), 0);
  g_return_val_if_fail (error == NULL || *error == NULL, 0);

  return q_wait_core_add (
    get_core (self), q_wait_source_new (Q_WAIT_KIND_EXIT, g_strdup ("the end of QEMU")), error);
}

/* -- waiting -- */

static gpointer
next (gpointer source_object, gpointer timeout, GCancellable *cancellable, GError **error)
{
  QWaitSet *self = source_object;

  return q_wait_core_next (get_core (self), GPOINTER_TO_INT (timeout), cancellable, error);
}

/**
 * q_wait_set_next:
 * @self: a set
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Waits for what comes first, of all that was added, and has not been told yet.
 *
 * Errors: %G_IO_ERROR_TIMED_OUT, also for a @timeout of 0: the message says what was waited for,
 * and of each how it stands: the events that came instead, the console's last lines, the run state;
 * %Q_MACHINE_ERROR_EXITED when QEMU has ended and the end was not added, or has been told: the
 * message says how, with its last words; %Q_MACHINE_ERROR_NOT_RUNNING when the machine was not
 * launched, or is detached meanwhile; %Q_MACHINE_ERROR_INVALID_CONFIGURATION for an empty set or a
 * @timeout below -1; %Q_MONITOR_ERROR_CLOSED when the set was closed; %G_IO_ERROR_CANCELLED. An
 * error of one of the things, such as one of [error@MonitorError] when only the monitor is gone, is
 * told once, and the others go on.
 *
 * Returns: (transfer full): what came
 *
 * Since: 1.0
 */
QWaitResult *
q_wait_set_next (QWaitSet *self, int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_WAIT_SET (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return next (self, GINT_TO_POINTER (timeout), cancellable, error);
}

/**
 * q_wait_set_next_async:
 * @self: a set
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when something came
 * @user_data: data for @callback
 *
 * Like [method@WaitSet.next], without blocking.
 *
 * Since: 1.0
 */
void
q_wait_set_next_async (QWaitSet *self, int timeout, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (Q_IS_WAIT_SET (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, q_wait_set_next_async);
  /* What was taken must not be lost. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, GINT_TO_POINTER (timeout), NULL);
  q_blocking_task_run (task, next, g_object_unref);
}

/**
 * q_wait_set_next_finish:
 * @self: the set
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@WaitSet.next_async].
 *
 * Returns: (transfer full): what came
 *
 * Since: 1.0
 */
QWaitResult *
q_wait_set_next_finish (QWaitSet *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_WAIT_SET (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, q_wait_set_next_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * q_wait_set_put_back:
 * @self: a set
 * @result: what was taken from it
 *
 * Puts back what was taken, for who was given it and cannot use it: it is told again, and first.
 *
 * A closed set forgets it.
 *
 * Since: 1.0
 */
void
q_wait_set_put_back (QWaitSet *self, QWaitResult *result)
{
  g_return_if_fail (Q_IS_WAIT_SET (self));
  g_return_if_fail (Q_IS_WAIT_RESULT (result));

  q_wait_core_put_back (get_core (self), result);
}

/**
 * q_wait_set_close:
 * @self: a set
 *
 * Waits for nothing any more, and forgets what has come.
 *
 * Calls that wait fail with %Q_MONITOR_ERROR_CLOSED. To drop the last reference does the same; this
 * is for languages in which nobody knows when that is.
 *
 * Since: 1.0
 */
void
q_wait_set_close (QWaitSet *self)
{
  g_return_if_fail (Q_IS_WAIT_SET (self));

  q_wait_core_close (get_core (self));
}
