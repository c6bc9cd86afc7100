/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/q-job-private.h"

#include "io/blocking-task-private.h"
#include "io/time-limit-private.h"

/* -- starting -- */

/* The commands that start something, what they start, and what their arguments need. All others are
 * taken for jobs with an id, of a type that QEMU tells. */
static const struct
{
  const char *command;
  const QJobKind *kind;
  const char *type;
  gboolean auto_dismiss; /* without that they are dismissed by themselves */
} starters[] = {
  { "blockdev-mirror", &q_job_kind_job, "mirror", TRUE },
  { "blockdev-backup", &q_job_kind_job, "backup", TRUE },
  { "block-commit", &q_job_kind_job, "commit", TRUE },
  { "block-stream", &q_job_kind_job, "stream", TRUE },
  { "drive-mirror", &q_job_kind_job, "mirror", TRUE },
  { "drive-backup", &q_job_kind_job, "backup", TRUE },
  { "blockdev-create", &q_job_kind_job, "create", FALSE },
  { "x-blockdev-amend", &q_job_kind_job, "amend", FALSE },
  { "snapshot-save", &q_job_kind_job, "snapshot-save", FALSE },
  { "snapshot-load", &q_job_kind_job, "snapshot-load", FALSE },
  { "snapshot-delete", &q_job_kind_job, "snapshot-delete", FALSE },
  { "migrate", &q_job_kind_migration, "migrate", FALSE },
  { "dump-guest-memory", &q_job_kind_dump, "dump", FALSE },
};

typedef struct
{
  const char *name;
  char *command;
  JsonNode *arguments;
  int timeout;
} JobStart;

static void
job_start_free (gpointer data)
{
  JobStart *self = data;

  g_free (self->command);
  g_clear_pointer (&self->arguments, json_node_unref);
  g_free (self);
}

static JobStart *
job_start_new (const char *name, const char *command, JsonNode *arguments, int timeout)
{
  JobStart *self = g_new (JobStart, 1);

  self->name = name;
  self->command = g_strdup (command);
  self->arguments = arguments != NULL ? json_node_copy (arguments) : NULL;
  self->timeout = timeout;

  return self;
}

static gboolean
check_start (JobStart *self, GError **error)
{
  if (self->timeout < -1 && self->timeout != Q_TIMEOUT_DEFAULT)
    q_time_limit_refuse (self->timeout, self->name, Q_MACHINE_ERROR,
                         Q_MACHINE_ERROR_INVALID_CONFIGURATION, error);
  else if (self->arguments != NULL && !JSON_NODE_HOLDS_OBJECT (self->arguments))
    g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                 "%s: the arguments of \"%s\" are no object", self->name, self->command);
  else if (self->arguments != NULL
           && json_object_get_boolean_member_with_default (json_node_get_object (self->arguments),
                                                           "auto-dismiss", FALSE))
    g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                 "%s: leave out auto-dismiss of \"%s\": QEMU would forget how the job ended",
                 self->name, self->command);
  else
    return TRUE;

  return FALSE;
}

/* A copy, so that the caller's stay as they are. */
static JsonObject *
copy_arguments (JsonNode *arguments)
{
  JsonObject *copy = json_object_new ();
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (arguments == NULL)
    return copy;

  json_object_iter_init (&iter, json_node_get_object (arguments));
  while (json_object_iter_next (&iter, &name, &node))
    json_object_set_member (copy, name, json_node_copy (node));

  return copy;
}

/* QEMU's events tell of a migration only if they are asked for. */
static gboolean
enable_migration_events (QMachine *machine, int timeout, GCancellable *cancellable, GError **error)
{
  g_autoptr (JsonNode) arguments = json_from_string (
    "{\"capabilities\": [{\"capability\": \"events\", \"state\": true}]}", NULL);
  g_autoptr (JsonNode) reply = q_machine_command (machine, "migrate-set-capabilities", arguments,
                                                  timeout, cancellable, error);

  return reply != NULL;
}

static char *
make_id (const char *command)
{
  static gint last;

  return g_strdup_printf ("%s-%d", command, g_atomic_int_add (&last, 1) + 1);
}

typedef struct
{
  const QJobKind *kind;
  const char *type; /* NULL if it is not known */
  char *id;
  gboolean taken; /* by what somebody else has begun */
} Plan;

static void
plan_clear (Plan *self)
{
  g_free (self->id);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Plan, plan_clear)

/* A name that the program chose may be that of another job. */
static gboolean
look_up (QMachine *machine, Plan *plan, int timeout, GCancellable *cancellable, GError **error)
{
  g_autoptr (QJob) job = q_job_new (machine, plan->kind, plan->id, NULL, FALSE);
  g_autoptr (JsonNode) now
    = q_machine_command (machine, plan->kind->query, NULL, timeout, cancellable, error);

  if (now == NULL)
    return FALSE;

  plan->kind->take (job, now);
  plan->taken = !q_job_get_ended (job);
  return TRUE;
}

static gboolean
prepare (QMachine *machine, const JobStart *self, JsonObject *arguments, Plan *plan,
         GCancellable *cancellable, GError **error)
{
  *plan = (Plan){ .kind = &q_job_kind_job };
  for (gsize i = 0; i < G_N_ELEMENTS (starters); i++)
    if (g_str_equal (starters[i].command, self->command))
      {
        plan->kind = starters[i].kind;
        plan->type = starters[i].type;
        if (starters[i].auto_dismiss)
          json_object_set_boolean_member (arguments, "auto-dismiss", FALSE);
      }

  if (plan->kind == &q_job_kind_migration)
    {
      plan->id = g_strdup ("migration");
      /* QEMU refuses this while there is another one. */
      return enable_migration_events (machine, self->timeout, cancellable, error);
    }
  if (plan->kind == &q_job_kind_dump)
    {
      plan->id = g_strdup ("dump");
      json_object_set_boolean_member (arguments, "detach", TRUE);
      return TRUE;
    }

  plan->id = g_strdup (json_object_get_string_member_with_default (arguments, "job-id", NULL));
  if (plan->id != NULL)
    return look_up (machine, plan, self->timeout, cancellable, error);

  plan->id = make_id (self->command);
  json_object_set_string_member (arguments, "job-id", plan->id);
  return TRUE;
}

static gboolean
is_given_up (const GError *reason)
{
  return g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_CANCELLED)
         || g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

/* What cannot be cancelled may be done when it is looked at: then the caller must know. */
static gboolean
is_done (QJob *job)
{
  g_autoptr (GError) end = q_job_dup_error (job);

  return q_job_get_ended (job) && end == NULL
         && (q_job_get_abilities (job) & Q_JOB_ABILITY_CANCEL) == 0;
}

/* The caller has gone while QEMU was asked to begin, and QEMU may do so yet. What goes on for now
 * is dismissed when it ends. Returns one that was done by then. */
static QJob *
call_off (QMachine *machine, const Plan *plan)
{
  g_autoptr (QJob) job = q_job_new (machine, plan->kind, plan->id, plan->type, TRUE);

  if (!q_job_call_off (job))
    q_job_list_add (machine, job);

  return is_done (job) ? g_steal_pointer (&job) : NULL;
}

static QJob *
start (QMachine *machine, JobStart *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonNode) reply = NULL;
  g_autoptr (JsonNode) now = NULL;
  g_autoptr (QEventListener) listener = NULL;
  g_autoptr (QJob) job = NULL;
  g_autoptr (GError) reason = NULL;
  g_auto (Plan) plan = { 0 };

  if (!check_start (self, error))
    return NULL;

  json_node_take_object (node, copy_arguments (self->arguments));
  if (!prepare (machine, self, json_node_get_object (node), &plan, cancellable, error))
    return NULL;

  if (plan.kind == &q_job_kind_dump)
    {
      listener = q_machine_listen (machine, plan.kind->events, NULL, error);
      if (listener == NULL)
        return NULL;
    }
  reply = q_machine_command (machine, self->command, node, self->timeout, cancellable, &reason);
  if (reply == NULL)
    {
      if (is_given_up (reason) && !plan.taken)
        job = call_off (machine, &plan);
      if (job == NULL)
        g_propagate_error (error, g_steal_pointer (&reason));
      return g_steal_pointer (&job);
    }

  job = q_job_new (machine, plan.kind, plan.id, plan.type, TRUE);
  q_job_set_listener (job, g_steal_pointer (&listener));
  /* It runs, whatever becomes of the question where it stands. */
  now = q_machine_command (machine, plan.kind->query, NULL, self->timeout, cancellable, NULL);
  if (now != NULL)
    plan.kind->take (job, now);
  q_job_list_add (machine, job);
  return g_steal_pointer (&job);
}

static gpointer
start_job (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  return start (source_object, data, cancellable, error);
}

/**
 * q_machine_start_job:
 * @self: the machine
 * @command: a command of QEMU's that starts a job, such as `blockdev-mirror`, `blockdev-backup`,
 *   `block-commit`, `block-stream`, `blockdev-create`, `snapshot-save`, `migrate` or
 *   `dump-guest-memory`
 * @arguments: (nullable): an object of JSON, its arguments; not changed
 * @timeout: the limit for QEMU's answer in milliseconds; -1 for none,
 *   %Q_TIMEOUT_DEFAULT for [property@Machine:command-timeout]
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Starts a job, and returns when QEMU has begun it.
 *
 * Where `job-id` is left out it gets one; `auto-dismiss` is off, so that QEMU keeps how it ended
 * until the object has seen it. A migration has its events switched on, and a dump is detached.
 *
 * If the limit passes, or the call is cancelled, while QEMU is about to begin, the job is cancelled
 * too, where it can be; that takes up to ten seconds more if QEMU does not answer, and QEMU does it
 * yet when it goes on. A job that cannot be cancelled does its work, and [method@Machine.get_jobs]
 * has it until it has ended; if that is within two seconds the call returns it as if it had not
 * been given up.
 *
 * Errors: those of [method@Machine.command]; %Q_MONITOR_ERROR_INVALID_COMMAND for an `auto-dismiss`
 * that is on.
 *
 * Returns: (transfer full): the job
 *
 * Since: 1.0
 */
QJob *
q_machine_start_job (QMachine *self, const char *command, JsonNode *arguments, int timeout,
                     GCancellable *cancellable, GError **error)
{
  JobStart data = { "start_job", (char *)command, arguments, timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return start (self, &data, cancellable, error);
}

/**
 * q_machine_start_job_async:
 * @self: the machine
 * @command: a command of QEMU's that starts a job
 * @arguments: (nullable): an object of JSON, its arguments; not changed
 * @timeout: the limit for QEMU's answer in milliseconds; -1 for none,
 *   %Q_TIMEOUT_DEFAULT for [property@Machine:command-timeout]
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when the job has begun
 * @user_data: data for @callback
 *
 * Like [method@Machine.start_job], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_start_job_async (QMachine *self, const char *command, JsonNode *arguments, int timeout,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (command != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, q_machine_start_job_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, job_start_new ("start_job", command, arguments, timeout),
                        job_start_free);
  q_blocking_task_run (g_steal_pointer (&task), start_job, g_object_unref);
}

/**
 * q_machine_start_job_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.start_job_async].
 *
 * Returns: (transfer full): the job
 *
 * Since: 1.0
 */
QJob *
q_machine_start_job_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == q_machine_start_job_async, NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* -- in one call -- */

static gpointer
run (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  JobStart *self = data;
  QTimeLimit limit = q_time_limit_begin (self->timeout);
  g_autoptr (GError) reason = NULL;
  g_autoptr (QJob) job = NULL;

  if (self->timeout == Q_TIMEOUT_DEFAULT)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "run_job: a job has no limit by default: -1 waits without end");
      return NULL;
    }

  job = start (source_object, self, cancellable, error);
  if (job == NULL)
    return NULL;

  if (q_job_carry_out (job, "run_job", limit, self->timeout, cancellable, &reason))
    return GINT_TO_POINTER (TRUE);

  /* Given up: what was begun here must not go on behind the caller's back. It may have ended since
   * the wait did. */
  if (!q_job_get_ended (job) || is_given_up (reason))
    q_job_call_off (job);
  if (is_done (job))
    return GINT_TO_POINTER (TRUE);
  if (!q_job_get_ended (job) && is_given_up (reason)
      && (q_job_get_abilities (job) & Q_JOB_ABILITY_CANCEL) == 0)
    g_prefix_error (&reason, "job \"%s\" cannot be cancelled and goes on: ", q_job_get_id (job));
  g_propagate_error (error, g_steal_pointer (&reason));
  return NULL;
}

/**
 * q_machine_run_job:
 * @self: the machine
 * @command: a command of QEMU's that starts a job, as for [method@Machine.start_job]
 * @arguments: (nullable): an object of JSON, its arguments; not changed
 * @timeout: the limit for the whole job in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable; it cancels the job
 * @error: return location for an error
 *
 * Starts a job, and returns when it has done its work.
 *
 * A job that becomes ready, such as a mirror, is completed then. If the limit passes, or the call
 * is cancelled, the job is cancelled too, where it can be: as with [method@Machine.start_job]. One
 * that cannot be cancelled gets two seconds more; if it is done by then, the call says so.
 *
 * Errors: those of [method@Machine.start_job] and of [method@Job.wait].
 *
 * ```c
 * g_autoptr (JsonNode) arguments
 *   = json_from_string ("{\"device\": \"disk0\", \"target\": \"copy\", \"sync\": \"full\"}", NULL);
 *
 * return q_machine_run_job (machine, "blockdev-backup", arguments, -1, NULL, error);
 * ```
 *
 * Returns: %TRUE if the job has done its work
 *
 * Since: 1.0
 */
gboolean
q_machine_run_job (QMachine *self, const char *command, JsonNode *arguments, int timeout,
                   GCancellable *cancellable, GError **error)
{
  JobStart data = { "run_job", (char *)command, arguments, timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (command != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return run (self, &data, cancellable, error) != NULL;
}

/**
 * q_machine_run_job_async:
 * @self: the machine
 * @command: a command of QEMU's that starts a job
 * @arguments: (nullable): an object of JSON, its arguments; not changed
 * @timeout: the limit for the whole job in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable; it cancels the job
 * @callback: (nullable) (scope async): called when the job has ended
 * @user_data: data for @callback
 *
 * Like [method@Machine.run_job], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_run_job_async (QMachine *self, const char *command, JsonNode *arguments, int timeout,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (command != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, q_machine_run_job_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, job_start_new ("run_job", command, arguments, timeout),
                        job_start_free);
  q_blocking_task_run (g_steal_pointer (&task), run, NULL);
}

/**
 * q_machine_run_job_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.run_job_async].
 *
 * Returns: %TRUE if the job has done its work
 *
 * Since: 1.0
 */
gboolean
q_machine_run_job_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == q_machine_run_job_async, FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}
