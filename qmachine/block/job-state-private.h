/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

#include "q-enums.h"
#include "q-error.h"

/* What QEMU says of a job at one time. */
typedef struct
{
  QJobStatus status;
  guint64 current;
  guint64 total;
  double rate;         /* bytes a second, negative where QEMU does not say */
  const char *problem; /* QEMU's words; NULL for none */
  gboolean cancelled;
} QJobReading;

/* What came of all readings. Not locked. */
typedef struct
{
  char *type; /* NULL while it is not known */
  QJobStatus status;
  guint64 current;
  guint64 total;
  double progress;
  double rate;
  gboolean ended;
  GError *error;

  char *problem; /* that an event told */
  gint64 rate_time;
  guint64 rate_current;
} QJobState;

typedef enum
{
  Q_JOB_ABILITY_PAUSE = 1 << 0,
  Q_JOB_ABILITY_CANCEL = 1 << 1,
  Q_JOB_ABILITY_COMPLETE = 1 << 2,
} QJobAbilities;

typedef enum
{
  Q_JOB_CHANGE_TYPE = 1 << 0,
  Q_JOB_CHANGE_STATUS = 1 << 1,
  Q_JOB_CHANGE_ENDED = 1 << 2,
  Q_JOB_CHANGE_ERROR = 1 << 3,
  Q_JOB_CHANGE_PROGRESS = 1 << 4,
  Q_JOB_CHANGE_CURRENT = 1 << 5,
  Q_JOB_CHANGE_TOTAL = 1 << 6,
  Q_JOB_CHANGE_RATE = 1 << 7,
} QJobChanges;

void q_job_state_init (QJobState *self, const char *type);
void q_job_state_clear (QJobState *self);

/* In the right status. */
QJobAbilities q_job_state_get_abilities (const QJobState *self);
/* Now. */
gboolean q_job_state_can_pause (const QJobState *self);
gboolean q_job_state_can_resume (const QJobState *self);
gboolean q_job_state_can_cancel (const QJobState *self);
gboolean q_job_state_can_complete (const QJobState *self);

QJobChanges q_job_state_set_type (QJobState *self, const char *type);
/* Before it is known to have ended. */
void q_job_state_set_problem (QJobState *self, const char *problem);
QJobChanges q_job_state_take_reading (QJobState *self, const QJobReading *reading, const char *id);
/* QEMU knows it no more. */
QJobChanges q_job_state_lose (QJobState *self, const char *id);
