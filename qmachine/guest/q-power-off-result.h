/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <glib-object.h>
#include <qmachine/q-enums.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_POWER_OFF_RESULT (q_power_off_result_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QPowerOffResult, q_power_off_result, Q, POWER_OFF_RESULT, GObject)

QMACHINE_AVAILABLE_IN_1_0
QPowerOffStep q_power_off_result_get_step (QPowerOffResult *self);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_power_off_result_get_guest_off (QPowerOffResult *self);
QMACHINE_AVAILABLE_IN_1_0
guint q_power_off_result_get_n_presses (QPowerOffResult *self);
QMACHINE_AVAILABLE_IN_1_0
gint64 q_power_off_result_get_elapsed (QPowerOffResult *self);
QMACHINE_AVAILABLE_IN_1_0
QExitKind q_power_off_result_get_exit_kind (QPowerOffResult *self);
QMACHINE_AVAILABLE_IN_1_0
int q_power_off_result_get_exit_code (QPowerOffResult *self);
QMACHINE_AVAILABLE_IN_1_0
const char *q_power_off_result_get_shutdown_reason (QPowerOffResult *self);
QMACHINE_AVAILABLE_IN_1_0
const char *q_power_off_result_get_description (QPowerOffResult *self);
QMACHINE_AVAILABLE_IN_1_0
QPowerOffOutcome q_power_off_result_get_outcome (QPowerOffResult *self, QPowerOffStep step);
QMACHINE_AVAILABLE_IN_1_0
const char *q_power_off_result_get_reason (QPowerOffResult *self, QPowerOffStep step);

G_END_DECLS
