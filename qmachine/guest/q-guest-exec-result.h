/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <glib-object.h>
#include <qmachine/q-enums.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_GUEST_EXEC_RESULT (q_guest_exec_result_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QGuestExecResult, q_guest_exec_result, Q, GUEST_EXEC_RESULT, GObject)

QMACHINE_AVAILABLE_IN_1_0
QExitKind q_guest_exec_result_get_exit_kind (QGuestExecResult *self);
QMACHINE_AVAILABLE_IN_1_0
gint64 q_guest_exec_result_get_exit_status (QGuestExecResult *self);
QMACHINE_AVAILABLE_IN_1_0
gint64 q_guest_exec_result_get_term_signal (QGuestExecResult *self);
QMACHINE_AVAILABLE_IN_1_0
GBytes *q_guest_exec_result_get_output (QGuestExecResult *self);
QMACHINE_AVAILABLE_IN_1_0
GBytes *q_guest_exec_result_get_error_output (QGuestExecResult *self);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_exec_result_get_output_truncated (QGuestExecResult *self);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_exec_result_get_error_output_truncated (QGuestExecResult *self);

G_END_DECLS
