/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/job-state-private.h"

#define RATE_INTERVAL (200 * (gint64)1000) /* us: a shorter one says nothing of the rate */

/* -- what a job can do -- */

/* QEMU takes the commands for every job, and does nothing about them where the job never looks. */
static const struct
{
  const char *type;
  QJobAbilities abilities;
} known_types[] = {
  { "mirror", Q_JOB_ABILITY_PAUSE | Q_JOB_ABILITY_CANCEL | Q_JOB_ABILITY_COMPLETE },
  { "commit", Q_JOB_ABILITY_PAUSE | Q_JOB_ABILITY_CANCEL | Q_JOB_ABILITY_COMPLETE },
  { "stream", Q_JOB_ABILITY_PAUSE | Q_JOB_ABILITY_CANCEL },
  { "backup", Q_JOB_ABILITY_PAUSE | Q_JOB_ABILITY_CANCEL },
  { "create", 0 },
  { "amend", 0 },
  { "snapshot-save", 0 },
  { "snapshot-load", 0 },
  { "snapshot-delete", 0 },
  { "migrate", Q_JOB_ABILITY_CANCEL },
  { "dump", 0 },
};

QJobAbilities
q_job_state_get_abilities (const QJobState *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (known_types); i++)
    if (g_strcmp0 (known_types[i].type, self->type) == 0)
      return known_types[i].abilities;

  return Q_JOB_ABILITY_PAUSE | Q_JOB_ABILITY_CANCEL | Q_JOB_ABILITY_COMPLETE;
}

#define IN(name) (1u << Q_JOB_STATUS_##name)

static gboolean
can (const QJobState *self, QJobAbilities ability, guint statuses)
{
  return !self->ended && (statuses & (1u << self->status)) != 0
         && (q_job_state_get_abilities (self) & ability) != 0;
}

gboolean
q_job_state_can_pause (const QJobState *self)
{
  return can (self, Q_JOB_ABILITY_PAUSE, IN (CREATED) | IN (RUNNING) | IN (READY));
}

gboolean
q_job_state_can_resume (const QJobState *self)
{
  return can (self, Q_JOB_ABILITY_PAUSE, IN (PAUSED) | IN (STANDBY));
}

gboolean
q_job_state_can_cancel (const QJobState *self)
{
  return can (self, Q_JOB_ABILITY_CANCEL,
              IN (CREATED) | IN (RUNNING) | IN (PAUSED) | IN (READY) | IN (STANDBY) | IN (WAITING)
                | IN (PENDING));
}

gboolean
q_job_state_can_complete (const QJobState *self)
{
  return can (self, Q_JOB_ABILITY_COMPLETE, IN (READY));
}

/* -- what QEMU says -- */

void
q_job_state_init (QJobState *self, const char *type)
{
  *self = (QJobState){ .type = g_strdup (type), .progress = -1, .rate = -1 };
}

void
q_job_state_clear (QJobState *self)
{
  g_clear_pointer (&self->type, g_free);
  g_clear_pointer (&self->problem, g_free);
  g_clear_error (&self->error);
}

QJobChanges
q_job_state_set_type (QJobState *self, const char *type)
{
  if (type == NULL || g_strcmp0 (self->type, type) == 0)
    return 0;

  g_free (self->type);
  self->type = g_strdup (type);
  return Q_JOB_CHANGE_TYPE;
}

void
q_job_state_set_problem (QJobState *self, const char *problem)
{
  g_free (self->problem);
  self->problem = g_strdup (problem);
}

static QJobChanges
take_rate (QJobState *self, const QJobReading *reading)
{
  gint64 now = g_get_monotonic_time ();
  gint64 elapsed = now - self->rate_time;
  double rate = reading->rate;
  gboolean changed;

  if (rate < 0 && self->rate_time != 0)
    {
      if (elapsed < RATE_INTERVAL)
        return 0;
      if (reading->current >= self->rate_current)
        rate = (double)(reading->current - self->rate_current) * G_USEC_PER_SEC / (double)elapsed;
    }
  changed = rate < self->rate || rate > self->rate;
  self->rate_time = now;
  self->rate_current = reading->current;
  self->rate = rate;

  return changed ? Q_JOB_CHANGE_RATE : 0;
}

static QJobChanges
take_progress (QJobState *self, const QJobReading *reading)
{
  double progress = self->progress;
  QJobChanges changes = take_rate (self, reading);

  /* It may be less than before, when the guest writes and the whole grows. */
  if (reading->total > 0)
    progress = MAX (progress, CLAMP ((double)reading->current / (double)reading->total, 0.0, 1.0));
  if (reading->status == Q_JOB_STATUS_CONCLUDED && reading->problem == NULL && !reading->cancelled)
    progress = 1;

  if (progress > self->progress)
    changes |= Q_JOB_CHANGE_PROGRESS;
  if (reading->current != self->current)
    changes |= Q_JOB_CHANGE_CURRENT;
  if (reading->total != self->total)
    changes |= Q_JOB_CHANGE_TOTAL;
  self->progress = progress;
  self->current = reading->current;
  self->total = reading->total;

  return changes;
}

static void
take_problem (QJobState *self, const QJobReading *reading, const char *id)
{
  const char *type = self->type != NULL ? self->type : "job";
  const char *problem = self->problem != NULL ? self->problem : reading->problem;

  if (reading->cancelled)
    g_set_error (&self->error, Q_JOB_ERROR, Q_JOB_ERROR_CANCELLED, "%s \"%s\" was cancelled", type,
                 id);
  else if (problem != NULL)
    g_set_error (&self->error, Q_JOB_ERROR, Q_JOB_ERROR_FAILED, "%s \"%s\" failed: %s", type, id,
                 problem);
}

QJobChanges
q_job_state_take_reading (QJobState *self, const QJobReading *reading, const char *id)
{
  QJobChanges changes;

  if (self->ended)
    return 0;

  changes = take_progress (self, reading);
  if (self->status != reading->status)
    changes |= Q_JOB_CHANGE_STATUS;
  self->status = reading->status;
  if (reading->status == Q_JOB_STATUS_CONCLUDED)
    {
      self->ended = TRUE;
      take_problem (self, reading, id);
      changes |= Q_JOB_CHANGE_ENDED | (self->error != NULL ? Q_JOB_CHANGE_ERROR : 0);
    }

  return changes;
}

QJobChanges
q_job_state_lose (QJobState *self, const char *id)
{
  if (self->ended)
    return 0;

  self->ended = TRUE;
  g_set_error (&self->error, Q_JOB_ERROR, Q_JOB_ERROR_GONE,
               "job \"%s\" is gone: somebody else dismissed it, or QEMU ended, and how it ended is "
               "not known",
               id);
  return Q_JOB_CHANGE_ENDED | Q_JOB_CHANGE_ERROR;
}
