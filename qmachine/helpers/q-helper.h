/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <gio/gio.h>
#include <qmachine/q-enums.h>
#include <qmachine/q-machine.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_HELPER (q_helper_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QHelper, q_helper, Q, HELPER, GObject)

QMACHINE_AVAILABLE_IN_1_0
QHelper *q_machine_add_helper (QMachine *self, const char *const *argv,
                               const char *const *qemu_args, const char *name, GError **error);
QMACHINE_AVAILABLE_IN_1_0
QHelper *q_machine_lookup_helper (QMachine *self, const char *name);

QMACHINE_AVAILABLE_IN_1_0
QHelper *q_machine_add_tpm (QMachine *self, const char *state_dir, GError **error);
QMACHINE_AVAILABLE_IN_1_0
QHelper *q_machine_add_shared_directory (QMachine *self, const char *path, const char *tag,
                                         gboolean read_only, GError **error);
QMACHINE_AVAILABLE_IN_1_0
QHelper *q_machine_add_vhost_user_disk (QMachine *self, const char *path, const char *format,
                                        gboolean read_only, GError **error);

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_copy_supervisor (QMachine *self, const char *dir, int timeout,
                                 GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_copy_supervisor_async (QMachine *self, const char *dir, int timeout,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_copy_supervisor_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
const char *q_helper_get_name (QHelper *self);
QMACHINE_AVAILABLE_IN_1_0
GStrv q_helper_dup_argv (QHelper *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
int q_helper_get_start_timeout (QHelper *self);
QMACHINE_AVAILABLE_IN_1_0
void q_helper_set_start_timeout (QHelper *self, int start_timeout);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_helper_get_running (QHelper *self);
QMACHINE_AVAILABLE_IN_1_0
gint64 q_helper_get_pid (QHelper *self);
QMACHINE_AVAILABLE_IN_1_0
char *q_helper_dup_socket_path (QHelper *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
GStrv q_helper_dup_command_line (QHelper *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
QExitKind q_helper_get_exit_kind (QHelper *self);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_helper_get_exit_code (QHelper *self, int *exit_code);
QMACHINE_AVAILABLE_IN_1_0
char *q_helper_dup_log (QHelper *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
