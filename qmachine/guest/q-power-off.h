/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <gio/gio.h>
#include <qmachine/guest/q-power-off-plan.h>
#include <qmachine/guest/q-power-off-result.h>
#include <qmachine/q-machine.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

QMACHINE_AVAILABLE_IN_1_0
QPowerOffResult *q_machine_power_off (QMachine *self, QPowerOffPlan *plan,
                                      GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_power_off_async (QMachine *self, QPowerOffPlan *plan, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QPowerOffResult *q_machine_power_off_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
