/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <gio/gio.h>
#include <qmachine/q-machine.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_prepare_template (QMachine *self, const char *directory, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_save_template (QMachine *self, int timeout, GCancellable *cancellable,
                                  GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_save_template_async (QMachine *self, int timeout, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_save_template_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
QMachine *q_machine_new_from_template (const char *directory, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
