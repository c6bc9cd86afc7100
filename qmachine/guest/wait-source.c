/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/wait-core-private.h"

#include "q-enum-types.h"

#include "q-console-private.h"
#include "q-machine-private.h"

/* One thing that a wait set waits for: a call of the library, and what its result means. A new kind
 * of thing gets a row in `kinds`. */

typedef struct
{
  void (*arm) (QWaitSource *self, QMachine *machine, GCancellable *cancellable,
               GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*finish) (QWaitSource *self, GObject *object, GAsyncResult *result,
                      QWaitFinding *finding, GError **error);
  /* Whether it is there, before the call that waits for it has come back. NULL where that call does
   * nothing but wait. */
  gboolean (*is_known) (QWaitSource *self);
  void (*describe) (QWaitSource *self, QMachine *machine, const char *events, GString *text);
} Kind;

QWaitSource *
q_wait_source_new (QWaitKind kind, char *what)
{
  QWaitSource *self = g_new0 (QWaitSource, 1);

  self->kind = kind;
  self->what = what;

  return self;
}

void
q_wait_source_free (QWaitSource *self)
{
  g_clear_object (&self->listener);
  g_clear_object (&self->console);
  g_clear_object (&self->reader);
  g_clear_object (&self->agent);
  g_clear_object (&self->job);
  g_free (self->pattern);
  g_free (self->end_text);
  g_free (self->what);
  g_free (self);
}

/* -- events -- */

static void
event_arm (QWaitSource *self, QMachine *machine, GCancellable *cancellable,
           GAsyncReadyCallback callback, gpointer user_data)
{
  q_event_listener_next_async (self->listener, -1, cancellable, callback, user_data);
}

static gboolean
event_finish (QWaitSource *self, GObject *object, GAsyncResult *result, QWaitFinding *finding,
              GError **error)
{
  finding->event = q_event_listener_next_finish (Q_EVENT_LISTENER (object), result, error);
  return finding->event != NULL;
}

static void
event_describe (QWaitSource *self, QMachine *machine, const char *events, GString *text)
{
  g_string_append_printf (text, "events that came: %s", events != NULL ? events : "none");
}

/* -- text -- */

static void
text_arm (QWaitSource *self, QMachine *machine, GCancellable *cancellable,
          GAsyncReadyCallback callback, gpointer user_data)
{
  q_console_reader_wait_for_match_async (self->reader, self->pattern, self->flags, -1, cancellable,
                                         callback, user_data);
}

static gboolean
text_finish (QWaitSource *self, GObject *object, GAsyncResult *result, QWaitFinding *finding,
             GError **error)
{
  finding->match
    = q_console_reader_wait_for_match_finish (Q_CONSOLE_READER (object), result, error);
  return finding->match != NULL;
}

static void
text_describe (QWaitSource *self, QMachine *machine, const char *events, GString *text)
{
  g_autofree char *lines = q_console_stream_describe_text (q_console_get_stream (self->console));

  g_string_append_printf (text, "the console's last lines:%s%s",
                          lines[0] != '\0' ? "\n" : " (none)", lines);
}

/* -- run states -- */

static void
run_state_arm (QWaitSource *self, QMachine *machine, GCancellable *cancellable,
               GAsyncReadyCallback callback, gpointer user_data)
{
  q_machine_wait_run_state_async (machine, self->run_state, self->n_seen, cancellable, callback,
                                  user_data);
}

static gboolean
run_state_finish (QWaitSource *self, GObject *object, GAsyncResult *result, QWaitFinding *finding,
                  GError **error)
{
  guint64 number = q_machine_wait_run_state_finish (Q_MACHINE (object), result, error);

  if (number == 0)
    return FALSE;

  self->n_seen = number;
  finding->run_state = self->run_state;
  return TRUE;
}

static void
run_state_describe (QWaitSource *self, QMachine *machine, const char *events, GString *text)
{
  g_autofree char *name = q_machine_dup_run_state_name (machine);

  g_string_append_printf (text, "it is %s", name != NULL ? name : "not known");
}

/* -- guest agents -- */

static void
agent_arm (QWaitSource *self, QMachine *machine, GCancellable *cancellable,
           GAsyncReadyCallback callback, gpointer user_data)
{
  q_guest_agent_wait_ready_async (self->agent, -1, cancellable, callback, user_data);
}

static gboolean
agent_finish (QWaitSource *self, GObject *object, GAsyncResult *result, QWaitFinding *finding,
              GError **error)
{
  /* Once: whether it still is, it says itself. */
  self->over = TRUE;
  return q_guest_agent_wait_ready_finish (Q_GUEST_AGENT (object), result, error);
}

static void
agent_describe (QWaitSource *self, QMachine *machine, const char *events, GString *text)
{
  static const char *const states[] = { "it is not attached", "it is being connected to",
                                        "it is connected, and does not answer", "it answers now" };

  g_string_append (text, states[q_guest_agent_get_state (self->agent)]);
}

/* -- jobs -- */

static void
job_arm (QWaitSource *self, QMachine *machine, GCancellable *cancellable,
         GAsyncReadyCallback callback, gpointer user_data)
{
  q_job_wait_async (self->job, -1, cancellable, callback, user_data);
}

/* One that has failed has ended, too, and says itself why. */
static gboolean
job_finish (QWaitSource *self, GObject *object, GAsyncResult *result, QWaitFinding *finding,
            GError **error)
{
  g_autoptr (GError) reason = NULL;

  self->over = TRUE;
  if (q_job_wait_finish (Q_JOB (object), result, &reason) || reason->domain == Q_JOB_ERROR)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

/* The call may have to dismiss it yet, which takes its time. */
static gboolean
job_is_known (QWaitSource *self)
{
  return q_job_get_ended (self->job);
}

static void
job_describe (QWaitSource *self, QMachine *machine, const char *events, GString *text)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (Q_TYPE_JOB_STATUS);
  GEnumValue *status = g_enum_get_value (klass, q_job_get_status (self->job));

  double progress = q_job_get_progress (self->job);

  g_string_append_printf (text, "it is %s", status != NULL ? status->value_nick : "not known");
  if (progress >= 0)
    g_string_append_printf (text, ", at %.0f %%", 100 * progress);
}

/* -- the end of QEMU -- */

static void
exit_arm (QWaitSource *self, QMachine *machine, GCancellable *cancellable,
          GAsyncReadyCallback callback, gpointer user_data)
{
  q_machine_wait_end_async (machine, cancellable, callback, user_data);
}

static gboolean
exit_finish (QWaitSource *self, GObject *object, GAsyncResult *result, QWaitFinding *finding,
             GError **error)
{
  QLaunchEnd *end = q_machine_wait_end_finish (Q_MACHINE (object), result, error);

  if (end == NULL)
    return FALSE;

  self->over = TRUE;
  finding->exit_kind = end->exit_kind;
  finding->exit_code = end->exit_code;
  g_free (self->end_text);
  self->end_text = g_strdup_printf ("next: %s", end->text);
  q_launch_end_free (end);
  return TRUE;
}

static void
exit_describe (QWaitSource *self, QMachine *machine, const char *events, GString *text)
{
  g_string_append_printf (text, "process %" G_GINT64_FORMAT " runs", q_machine_get_pid (machine));
}

static const Kind kinds[] = {
  [Q_WAIT_KIND_EVENT] = { event_arm, event_finish, NULL, event_describe },
  [Q_WAIT_KIND_TEXT] = { text_arm, text_finish, NULL, text_describe },
  [Q_WAIT_KIND_RUN_STATE] = { run_state_arm, run_state_finish, NULL, run_state_describe },
  [Q_WAIT_KIND_AGENT] = { agent_arm, agent_finish, NULL, agent_describe },
  [Q_WAIT_KIND_EXIT] = { exit_arm, exit_finish, NULL, exit_describe },
  [Q_WAIT_KIND_JOB] = { job_arm, job_finish, job_is_known, job_describe },
};

void
q_wait_source_arm (QWaitSource *self, QMachine *machine, GCancellable *cancellable,
                   GAsyncReadyCallback callback, gpointer user_data)
{
  self->armed = TRUE;
  self->launch_was_there = q_machine_get_state (machine) != Q_MACHINE_STATE_STOPPED;
  kinds[self->kind].arm (self, machine, cancellable, callback, user_data);
}

gboolean
q_wait_source_finish (QWaitSource *self, GObject *object, GAsyncResult *result,
                      QWaitFinding *finding, GError **error)
{
  *finding = (QWaitFinding){ .kind = self->kind, .number = self->number };
  self->armed = FALSE;
  return kinds[self->kind].finish (self, object, result, finding, error);
}

gboolean
q_wait_source_find_known (QWaitSource *self, QWaitFinding *finding)
{
  const Kind *kind = &kinds[self->kind];

  if (kind->is_known == NULL || !kind->is_known (self))
    return FALSE;

  *finding = (QWaitFinding){ .kind = self->kind, .number = self->number };
  self->over = TRUE;
  return TRUE;
}

void
q_wait_source_describe (QWaitSource *self, QMachine *machine, const char *events, GString *text)
{
  g_string_append_printf (text, "\n%u. %s: ", self->number, self->what);
  kinds[self->kind].describe (self, machine, events, text);
}
