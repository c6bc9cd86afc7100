/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

#include "io/io-thread-private.h"

/* QEMU's run state, as its events and answers tell it. */

/* How often QEMU is asked while its state may change in silence. */
#define LOOK_AGAIN_MS 100

/* Real ones are short; what is longer is not worth a tree on the I/O thread. */
#define MAX_PARSED_SIZE (64 * 1024)

static void query_status (QLaunch *self);

/* -- who waits for one -- */

void
q_run_state_wait_free (gpointer data)
{
  QRunStateWait *wait = data;

  q_launch_state_unref (wait->state);
  g_free (wait);
}

/* Which of the states that are remembered it waits for; 0 for none. */
static guint64
find_state (QLaunch *self, QRunStateWait *wait)
{
  guint64 first = self->n_run_states > Q_LAUNCH_MAX_RUN_STATES
                    ? self->n_run_states - Q_LAUNCH_MAX_RUN_STATES
                    : 0;

  for (guint64 i = MAX (first, wait->since); i < self->n_run_states; i++)
    if (self->run_states[i % Q_LAUNCH_MAX_RUN_STATES] == wait->run_state)
      return i + 1;

  return 0;
}

static void
serve_state_waiter (QLaunch *self, QOperation *operation)
{
  guint64 number = find_state (self, q_operation_get_data (operation));

  if (number != 0)
    q_operation_return (operation, GSIZE_TO_POINTER (number), NULL);
}

static void
set_run_state (QLaunch *self, const char *name)
{
  QRunState run_state;
  guint64 last = self->n_run_states;

  q_launch_state_set_run_state (self->state, name);
  run_state = q_launch_state_get_run_state (self->state);
  if (last > 0 && self->run_states[(last - 1) % Q_LAUNCH_MAX_RUN_STATES] == run_state)
    return;

  self->run_states[self->n_run_states++ % Q_LAUNCH_MAX_RUN_STATES] = run_state;
  for (GList *l = self->state_waiters.head, *next; l != NULL; l = next)
    {
      next = l->next;
      serve_state_waiter (self, l->data);
    }
}

void
q_launch_wait_run_state (QOperation *operation)
{
  QRunStateWait *wait = q_operation_get_data (operation);
  QLaunch *launch = q_launch_state_get_launch (wait->state);

  if (launch != NULL)
    {
      q_operation_wait_in (operation, &launch->state_waiters);
      serve_state_waiter (launch, operation);
      return;
    }

  if (q_launch_state_get_exit_kind (wait->state) != Q_EXIT_KIND_NONE)
    q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED,
                                  "%s: QEMU has ended", q_operation_get_name (operation));
  else
    q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                                  "%s: the machine was not launched",
                                  q_operation_get_name (operation));
}

void
q_launch_fail_state_waiters (QLaunch *self)
{
  QOperation *operation;

  while ((operation = g_queue_peek_head (&self->state_waiters)) != NULL)
    q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED,
                                  "%s: QEMU has ended", q_operation_get_name (operation));
}

static gboolean
can_ask (QLaunch *self)
{
  return self->phase == Q_LAUNCH_RUNNING && self->stop_step == Q_STOP_NOT_BEGUN
         && self->detach_op == NULL && self->config->kind == Q_MACHINE_KIND_SYSTEM;
}

/* -- a migration, which mostly passes in silence -- */

static gboolean
is_over (const char *migration)
{
  static const char *const names[] = { "none", "completed", "failed", "cancelled", NULL };

  /* None has begun where QEMU says nothing of it. */
  return migration == NULL || g_strv_contains (names, migration);
}

static void
migration_cb (const char *value, const GError *error, gpointer data)
{
  QLaunch *self = data;
  g_autofree char *migration = q_reply_dup_string (value, "status");

  q_launch_question_answered (self);
  if (is_over (migration))
    self->migrating = FALSE;
}

static gboolean
look_again_cb (gpointer data)
{
  QLaunch *self = data;

  q_source_clear (&self->status_source);
  if (!can_ask (self))
    return G_SOURCE_REMOVE;

  if (self->migrating)
    {
      self->n_questions++;
      q_session_ask (self->session, "query-migrate", migration_cb, self);
    }
  query_status (self);
  return G_SOURCE_REMOVE;
}

static void
look_again (QLaunch *self, guint milliseconds)
{
  q_source_clear (&self->status_source);
  self->status_source
    = q_io_thread_add_timeout (milliseconds, look_again_cb, self, "qmachine-status");
}

/* It ends in a moment, or when somebody migrates to this QEMU; and QEMU has no event for that: not
 * even the one that says so, where it is switched on, comes after the next state. */
static gboolean
passes_in_silence (const char *name)
{
  static const char *const names[]
    = { "finish-migrate", "inmigrate", "restore-vm", "save-vm", NULL };

  return g_strv_contains (names, name);
}

static void
take_run_state (QLaunch *self, const char *name)
{
  set_run_state (self, name);

  q_source_clear (&self->status_source);
  if (self->migrating || passes_in_silence (name))
    look_again (self, LOOK_AGAIN_MS);
}

/* -- query-status -- */

/* QEMU makes an answer first and writes it a little later: what it says may be older than an event
 * that came before it. FALSE for such an answer, once: the next one is believed. */
static gboolean
believe_answer (QLaunch *self, const char *name)
{
  g_autofree char *known = q_launch_state_dup_run_state_name (self->state);
  gboolean told_by_event = self->told_by_event;

  self->told_by_event = FALSE;
  return !told_by_event || g_strcmp0 (known, name) == 0;
}

static void
status_cb (const char *value, const GError *error, gpointer data)
{
  QLaunch *self = data;
  g_autofree char *name = q_reply_dup_string (value, "status");

  self->querying_status = FALSE;
  q_launch_question_answered (self);
  if (name != NULL && !believe_answer (self, name))
    self->status_stale = TRUE;
  else if (name != NULL)
    take_run_state (self, name);

  if (error != NULL && error->domain != Q_COMMAND_ERROR)
    {
      if (self->phase == Q_LAUNCH_NEGOTIATING && self->launch_error == NULL)
        self->run_state_known (self, error);
      return;
    }

  if (self->status_stale && error == NULL && self->detach_op == NULL)
    query_status (self);
  else if (self->phase == Q_LAUNCH_NEGOTIATING && self->launch_error == NULL)
    self->run_state_known (self, NULL);
}

static void
query_status (QLaunch *self)
{
  self->status_stale = self->querying_status;
  if (self->querying_status)
    return;

  self->querying_status = TRUE;
  self->n_questions++;
  q_session_ask (self->session, "query-status", status_cb, self);
}

/* -- what the program does -- */

/* Those for whose effect on a machine that is paused, or about to start, there is no event. */
static gboolean
changes_in_silence (const char *command)
{
  static const char *const names[] = {
    "human-monitor-command",
    "migrate-incoming",
    "migrate_cancel",
    "snapshot-load",
    "snapshot-save",
    "x-exit-preconfig",
    NULL,
  };

  return g_strv_contains (names, command);
}

void
q_launch_take_command (QLaunch *self, const char *command, const char *status)
{
  g_autofree char *name = q_reply_dup_string (status, "status");

  if (!can_ask (self))
    return;

  if (name != NULL && !believe_answer (self, name))
    query_status (self);
  else if (name != NULL)
    take_run_state (self, name);
  else if (g_str_equal (command, "migrate") || g_str_equal (command, "migrate-continue"))
    {
      self->migrating = TRUE;
      look_again (self, 0);
    }
  else if (changes_in_silence (command))
    {
      if (g_str_has_prefix (command, "snapshot-"))
        self->has_snapshot_jobs = TRUE;
      look_again (self, 0);
    }
}

/* -- events -- */

static void
take_told_state (QLaunch *self, const char *name)
{
  set_run_state (self, name);
  self->told_by_event = TRUE;
}

static void
take_shutdown_reason (QLaunch *self, QEventRecord *event)
{
  JsonNode *data = NULL;
  JsonNode *reason = NULL;

  if (q_event_record_get_size (event) <= MAX_PARSED_SIZE)
    data = q_event_record_get_data (event);
  if (data != NULL && JSON_NODE_HOLDS_OBJECT (data))
    reason = json_object_get_member (json_node_get_object (data), "reason");

  if (reason != NULL && json_node_get_value_type (reason) == G_TYPE_STRING)
    q_launch_state_set_shutdown_reason (self->state, json_node_get_string (reason));
  take_told_state (self, "shutdown");
}

/* An event says that something changed, and only sometimes to what: STOP has many reasons, and
 * RESET is a change only for a machine that does not run. */
static gboolean
is_unclear (const char *name)
{
  static const char *const names[] = {
    "STOP", "RESET", "WAKEUP", "GUEST_PANICKED", "WATCHDOG", "BLOCK_IO_ERROR", "MIGRATION",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (names[i][0] == name[0] && g_str_equal (names[i], name))
      return TRUE;

  return FALSE;
}

/* Of a machine that is paused the job's events are all that tells of it. */
static gboolean
is_snapshot_job (QLaunch *self, const char *name)
{
  return self->has_snapshot_jobs && g_str_equal (name, "JOB_STATUS_CHANGE");
}

void
q_launch_take_event (QLaunch *self, QEventRecord *event)
{
  const char *name = q_event_record_get_name (event);

  q_launch_tell_hooks (self, event);
  if (g_str_equal (name, "SHUTDOWN"))
    take_shutdown_reason (self, event);
  else if (g_str_equal (name, "RESUME"))
    take_told_state (self, "running");
  else if (g_str_equal (name, "SUSPEND"))
    take_told_state (self, "suspended");
  else if (is_unclear (name) || is_snapshot_job (self, name))
    {
      self->told_by_event = FALSE;
      if (can_ask (self))
        query_status (self);
    }
}

void
q_launch_end_run_state (QLaunch *self)
{
  if (q_launch_state_get_run_state (self->state) != Q_RUN_STATE_SHUTDOWN)
    set_run_state (self, NULL);
}

void
q_launch_find_run_state (QLaunch *self, void (*known) (QLaunch *self, const GError *error))
{
  self->run_state_known = known;
  query_status (self);
}
