/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/job-call-private.h"

#include "io/blocking-task-private.h"
#include "io/time-limit-private.h"
#include "q-enum-types.h"

/* What a program waits for, and asks for. Each call listens first and asks then, so nothing that
 * happens in between is missed. */

#define SETTLE 2000    /* ms, for QEMU to clean up behind a migration or a dump */
#define DISMISS 2000   /* ms, to hear that QEMU has forgotten a job, which it does in any case */
#define CALL_OFF 10000 /* ms, to cancel a job that was given up */
#define LOOK 2000      /* ms, for one that cannot be cancelled to end */

/* One call that is under way. */
struct _QJobCall
{
  const char *name;
  gboolean (*run) (QJobCall *self, GError **error);
  int timeout;

  QJob *job;
  QMachine *machine;
  QEventListener *listener;
  QTimeLimit limit;
  GCancellable *cancellable;
};

/* At what a job is no more waited for. */
typedef gboolean (*Reached) (QJob *job);

static const char *
get_status_nick (QJob *job)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (Q_TYPE_JOB_STATUS);

  /* Of a static table. */
  return g_enum_get_value (klass, (int)q_job_get_status (job))->value_nick;
}

/* A limit that passed while QEMU was asked tells of that question; the program waits for a job. */
static void
explain (QJobCall *self, GError **error)
{
  g_autofree char *type = q_job_dup_job_type (self->job);
  double progress = q_job_get_progress (self->job);
  g_autoptr (GString) message = NULL;

  if (error == NULL || !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return;

  message = g_string_new (NULL);
  g_string_printf (message, "%s: %s \"%s\" is not there within %d ms: it is %s", self->name,
                   type != NULL ? type : "job", q_job_get_id (self->job), self->timeout,
                   get_status_nick (self->job));
  if (progress >= 0)
    g_string_append_printf (message, ", with %.0f %% done", 100 * progress);
  g_clear_error (error);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, message->str);
}

static gboolean
command (QJobCall *self, const char *name, GError **error)
{
  g_autoptr (JsonNode) arguments = q_job_make_arguments (self->job);
  g_autoptr (JsonNode) reply = q_machine_command (
    self->machine, name, arguments, q_time_limit_get_rest (&self->limit), self->cancellable, error);

  return reply != NULL;
}

static gboolean
ask (QJobCall *self, GError **error)
{
  const QJobKind *kind = q_job_get_kind (self->job);
  g_autoptr (JsonNode) reply = NULL;

  if (q_job_get_ended (self->job))
    return TRUE;

  reply = q_machine_command (self->machine, kind->query, NULL, q_time_limit_get_rest (&self->limit),
                             self->cancellable, error);
  if (reply == NULL)
    return FALSE;

  kind->take (self->job, reply);
  return TRUE;
}

/* TRUE also for a job that has ended on the way. */
static gboolean
follow (QJobCall *self, Reached reached, GError **error)
{
  const QJobKind *kind = q_job_get_kind (self->job);

  for (;;)
    {
      g_autoptr (QMonitorEvent) event = NULL;

      if (!ask (self, error))
        return FALSE;
      if (q_job_get_ended (self->job) || (reached != NULL && reached (self->job)))
        return TRUE;

      /* It may tell of another job; then QEMU is asked once too often. */
      event = q_event_listener_next (self->listener, q_time_limit_get_rest (&self->limit),
                                     self->cancellable, error);
      if (event == NULL)
        return FALSE;
      if (kind->hear != NULL)
        kind->hear (self->job, event);
    }
}

static void
dismiss (QJobCall *self)
{
  g_autoptr (JsonNode) arguments = NULL;
  g_autoptr (JsonNode) reply = NULL;

  if (self->machine == NULL || !q_job_take_dismissal (self->job))
    return;

  /* Not with the caller's limit, which may have passed: how it ended is known, and only QEMU's
   * memory of it is left. A QEMU that does not answer does it when it goes on. */
  arguments = q_job_make_arguments (self->job);
  reply = q_machine_command (self->machine, "job-dismiss", arguments, DISMISS, NULL, NULL);
}

/* No event tells of it, so it is asked for. */
static void
settle (QJobCall *self)
{
  const QJobKind *kind = q_job_get_kind (self->job);
  QTimeLimit limit = q_time_limit_begin (SETTLE);

  if (kind->settle_query == NULL || self->machine == NULL)
    return;

  for (guint pause = 1; q_time_limit_get_rest (&limit) > 0; pause = MIN (2 * pause, 20))
    {
      g_autoptr (JsonNode) reply
        = q_machine_command (self->machine, kind->settle_query, NULL,
                             q_time_limit_get_rest (&limit), self->cancellable, NULL);

      /* QEMU has ended, does not answer, or is older than the command. */
      if (reply == NULL || kind->is_settled (reply))
        return;
      g_usleep (pause * 1000);
    }
}

static gboolean
tell_end (QJobCall *self, GError **error)
{
  g_autoptr (GError) reason = q_job_dup_error (self->job);

  dismiss (self);
  settle (self);
  if (reason == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

static gboolean
require (QJobCall *self, QJobAbilities ability, GError **error)
{
  g_autofree char *type = NULL;

  if ((q_job_get_abilities (self->job) & ability) != 0)
    return TRUE;

  type = q_job_dup_job_type (self->job);
  g_set_error (error, Q_JOB_ERROR, Q_JOB_ERROR_NOT_SUPPORTED,
               "%s: \"%s\" is a job of the type %s, which cannot do that", self->name,
               q_job_get_id (self->job), type);
  return FALSE;
}

/* QEMU refuses what comes when the job has ended, or has begun to: by itself in this moment, or
 * because somebody else asked for the same. */
static gboolean
is_too_late (QJobCall *self, const GError *refusal)
{
  QJobStatus status;

  if (!g_error_matches (refusal, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR)
      || !ask (self, NULL))
    return FALSE;

  status = q_job_get_status (self->job);
  return q_job_get_ended (self->job) || status == Q_JOB_STATUS_WAITING
         || status == Q_JOB_STATUS_PENDING || status == Q_JOB_STATUS_ABORTING;
}

/* -- the calls -- */

static gboolean
run_wait (QJobCall *self, GError **error)
{
  return follow (self, NULL, error) && tell_end (self, error);
}

static gboolean
is_ready (QJob *job)
{
  return q_job_get_status (job) == Q_JOB_STATUS_READY;
}

static gboolean
run_wait_ready (QJobCall *self, GError **error)
{
  if (!follow (self, is_ready, error))
    return FALSE;

  return !q_job_get_ended (self->job) || tell_end (self, error);
}

static gboolean
run_carry_out (QJobCall *self, GError **error)
{
  g_autoptr (GError) refusal = NULL;

  if (!follow (self, is_ready, error))
    return FALSE;
  if (!q_job_get_ended (self->job) && !command (self, "job-complete", &refusal)
      && !is_too_late (self, refusal))
    {
      g_propagate_error (error, g_steal_pointer (&refusal));
      return FALSE;
    }

  return run_wait (self, error);
}

static gboolean
run_complete (QJobCall *self, GError **error)
{
  /* Of a job of somebody else's the type may not be known yet. */
  return ask (self, error) && require (self, Q_JOB_ABILITY_COMPLETE, error)
         && run_carry_out (self, error);
}

static gboolean
run_cancel (QJobCall *self, GError **error)
{
  if (!ask (self, error))
    return FALSE;
  if (!q_job_get_ended (self->job))
    {
      g_autoptr (GError) refusal = NULL;

      if (!require (self, Q_JOB_ABILITY_CANCEL, error))
        return FALSE;
      if (!command (self, q_job_get_kind (self->job)->cancel, &refusal)
          && !is_too_late (self, refusal))
        {
          g_propagate_error (error, g_steal_pointer (&refusal));
          return FALSE;
        }
      if (!follow (self, NULL, error))
        return FALSE;
    }

  dismiss (self);
  settle (self);
  return TRUE;
}

/* QEMU is not asked first: the cancel is to stand behind the start in its queue, though QEMU may
 * answer neither before the limit. What cannot be cancelled may end within it. */
static gboolean
run_call_off (QJobCall *self, GError **error)
{
  if (!q_job_get_ended (self->job) && (q_job_get_abilities (self->job) & Q_JOB_ABILITY_CANCEL) != 0)
    command (self, q_job_get_kind (self->job)->cancel, NULL);
  if (!follow (self, NULL, error))
    return FALSE;

  dismiss (self);
  settle (self);
  return TRUE;
}

static gboolean
is_paused (QJob *job)
{
  QJobStatus status = q_job_get_status (job);

  return status == Q_JOB_STATUS_PAUSED || status == Q_JOB_STATUS_STANDBY;
}

static gboolean
is_not_paused (QJob *job)
{
  return !is_paused (job);
}

static gboolean
change_pace (QJobCall *self, const char *name, Reached reached, GError **error)
{
  if (!ask (self, error) || !require (self, Q_JOB_ABILITY_PAUSE, error))
    return FALSE;
  if (!q_job_get_ended (self->job)
      && (!command (self, name, error) || !follow (self, reached, error)))
    return FALSE;
  if (!q_job_get_ended (self->job))
    return TRUE;

  if (tell_end (self, error))
    g_set_error (error, Q_JOB_ERROR, Q_JOB_ERROR_NOT_SUPPORTED, "%s: job \"%s\" has ended",
                 self->name, q_job_get_id (self->job));
  return FALSE;
}

static gboolean
run_pause (QJobCall *self, GError **error)
{
  return change_pace (self, "job-pause", is_paused, error);
}

static gboolean
run_resume (QJobCall *self, GError **error)
{
  return change_pace (self, "job-resume", is_not_paused, error);
}

const QJobCall q_job_call_wait = { .name = "wait", .run = run_wait };
const QJobCall q_job_call_wait_ready = { .name = "wait_ready", .run = run_wait_ready };
const QJobCall q_job_call_complete = { .name = "complete", .run = run_complete };
const QJobCall q_job_call_cancel = { .name = "cancel", .run = run_cancel };
const QJobCall q_job_call_pause = { .name = "pause", .run = run_pause };
const QJobCall q_job_call_resume = { .name = "resume", .run = run_resume };

static gpointer
run_call (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  QJobCall *self = data;
  g_autoptr (GError) reason = NULL;
  g_autoptr (QMachine) machine = NULL;
  g_autoptr (QEventListener) listener = NULL;
  gboolean good;

  if (self->timeout < -1)
    {
      q_time_limit_refuse (self->timeout, self->name, Q_MACHINE_ERROR,
                           Q_MACHINE_ERROR_INVALID_CONFIGURATION, error);
      return NULL;
    }

  self->job = source_object;
  self->cancellable = cancellable;
  self->machine = machine = q_job_dup_machine (self->job, self->name, &reason);
  /* Of one that has ended all is known. */
  if (machine == NULL && !q_job_get_ended (self->job))
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }
  g_clear_error (&reason);
  if (machine != NULL)
    self->listener = listener
      = q_machine_listen (machine, q_job_get_kind (self->job)->events, NULL, NULL);

  good = self->run (self, &reason);
  if (!good)
    {
      explain (self, &reason);
      g_propagate_error (error, g_steal_pointer (&reason));
    }

  return GINT_TO_POINTER (good);
}

gboolean
q_job_call (QJob *self, const QJobCall *call, int timeout, GCancellable *cancellable,
            GError **error)
{
  QJobCall copy = *call;

  copy.timeout = timeout;
  copy.limit = q_time_limit_begin (timeout);
  return run_call (self, &copy, cancellable, error) != NULL;
}

gboolean
q_job_carry_out (QJob *self, const char *call, QTimeLimit limit, int timeout,
                 GCancellable *cancellable, GError **error)
{
  QJobCall copy = { .name = call, .run = run_carry_out, .timeout = timeout, .limit = limit };

  return run_call (self, &copy, cancellable, error) != NULL;
}

gboolean
q_job_call_off (QJob *self)
{
  QJobCall copy = { .name = "cancel", .run = run_call_off };

  copy.timeout = (q_job_get_abilities (self) & Q_JOB_ABILITY_CANCEL) != 0 ? CALL_OFF : LOOK;
  copy.limit = q_time_limit_begin (copy.timeout);
  if (run_call (self, &copy, NULL, NULL) != NULL)
    return TRUE;

  q_job_dismiss_at_end (self);
  return FALSE;
}

void
q_job_call_async (QJob *self, const QJobCall *call, gpointer tag, int timeout,
                  GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  QJobCall *copy = g_memdup2 (call, sizeof *call);

  copy->timeout = timeout;
  copy->limit = q_time_limit_begin (timeout);
  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, copy, g_free);
  /* What has been done is told, though the cancellable was cancelled meanwhile. */
  g_task_set_check_cancellable (task, FALSE);
  q_blocking_task_run (g_steal_pointer (&task), run_call, NULL);
}

gboolean
q_job_call_finish (QJob *self, gpointer tag, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == tag, FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}
