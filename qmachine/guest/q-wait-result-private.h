/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "guest/q-wait-result.h"

/* All that one can tell; the objects are owned. */
typedef struct
{
  guint number;
  QWaitKind kind;
  QMonitorEvent *event;
  QConsoleMatch *match;
  QRunState run_state;
  QExitKind exit_kind;
  int exit_code;
} QWaitFinding;

/* Takes over what the finding holds. */
QWaitResult *q_wait_result_new (const QWaitFinding *finding);
