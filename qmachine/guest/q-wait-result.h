/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <glib-object.h>
#include <qmachine/q-console-match.h>
#include <qmachine/q-enums.h>
#include <qmachine/q-monitor-event.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_WAIT_RESULT (q_wait_result_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QWaitResult, q_wait_result, Q, WAIT_RESULT, GObject)

QMACHINE_AVAILABLE_IN_1_0
guint q_wait_result_get_number (QWaitResult *self);
QMACHINE_AVAILABLE_IN_1_0
QWaitKind q_wait_result_get_kind (QWaitResult *self);
QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_wait_result_get_event (QWaitResult *self);
QMACHINE_AVAILABLE_IN_1_0
QConsoleMatch *q_wait_result_get_match (QWaitResult *self);
QMACHINE_AVAILABLE_IN_1_0
QRunState q_wait_result_get_run_state (QWaitResult *self);
QMACHINE_AVAILABLE_IN_1_0
QExitKind q_wait_result_get_exit_kind (QWaitResult *self);
QMACHINE_AVAILABLE_IN_1_0
int q_wait_result_get_exit_code (QWaitResult *self);

G_END_DECLS
