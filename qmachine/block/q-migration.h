/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <gio/gio.h>
#include <qmachine/block/q-migration-result.h>
#include <qmachine/q-machine.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

QMACHINE_AVAILABLE_IN_1_0
QMigrationResult *q_machine_migrate_to (QMachine *self, QMachine *target, int timeout,
                                        GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_migrate_to_async (QMachine *self, QMachine *target, int timeout,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QMigrationResult *q_machine_migrate_to_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
QMigrationResult *q_machine_migrate_to_uri (QMachine *self, const char *uri, int timeout,
                                            GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_migrate_to_uri_async (QMachine *self, const char *uri, int timeout,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QMigrationResult *q_machine_migrate_to_uri_finish (QMachine *self, GAsyncResult *result,
                                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
QMigrationResult *q_machine_save_state (QMachine *self, const char *path, int timeout,
                                        GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_save_state_async (QMachine *self, const char *path, int timeout,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QMigrationResult *q_machine_save_state_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_restore_state (QMachine *self, const char *path, int timeout,
                                  GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_restore_state_async (QMachine *self, const char *path, int timeout,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_restore_state_finish (QMachine *self, GAsyncResult *result, GError **error);

G_END_DECLS
