/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "guest/q-power-off-result.h"

#define Q_POWER_OFF_N_STEPS (Q_POWER_OFF_STEP_KILL + 1)

/* What the call fills in before anybody else sees it. */
typedef struct
{
  QPowerOffStep step;
  gboolean guest_off;
  guint n_presses;
  gint64 elapsed; /* ms */
  QExitKind exit_kind;
  int exit_code;
  char *shutdown_reason; /* owned, as all texts */
  char *description;
  QPowerOffOutcome outcomes[Q_POWER_OFF_N_STEPS];
  char *reasons[Q_POWER_OFF_N_STEPS];
} QPowerOffReport;

QPowerOffResult *q_power_off_result_new (void);
QPowerOffReport *q_power_off_result_get_report (QPowerOffResult *self);
