/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <qmachine/q-enums.h>
#include <qmachine/q-error.h>
#include <qmachine/q-machine.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_JOB (q_job_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QJob, q_job, Q, JOB, GObject)

QMACHINE_AVAILABLE_IN_1_0
const char *q_job_get_id (QJob *self);
QMACHINE_AVAILABLE_IN_1_0
char *q_job_dup_job_type (QJob *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
QJobStatus q_job_get_status (QJob *self);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_job_get_ended (QJob *self);
QMACHINE_AVAILABLE_IN_1_0
GError *q_job_dup_error (QJob *self) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
double q_job_get_progress (QJob *self);
QMACHINE_AVAILABLE_IN_1_0
guint64 q_job_get_current (QJob *self);
QMACHINE_AVAILABLE_IN_1_0
guint64 q_job_get_total (QJob *self);
QMACHINE_AVAILABLE_IN_1_0
double q_job_get_rate (QJob *self);
QMACHINE_AVAILABLE_IN_1_0
guint q_job_get_update_interval (QJob *self);
QMACHINE_AVAILABLE_IN_1_0
void q_job_set_update_interval (QJob *self, guint update_interval);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_job_get_can_pause (QJob *self);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_job_get_can_resume (QJob *self);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_job_get_can_cancel (QJob *self);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_job_get_can_complete (QJob *self);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_job_wait (QJob *self, int timeout, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_job_wait_async (QJob *self, int timeout, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_job_wait_finish (QJob *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_job_wait_ready (QJob *self, int timeout, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_job_wait_ready_async (QJob *self, int timeout, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_job_wait_ready_finish (QJob *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_job_complete (QJob *self, int timeout, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_job_complete_async (QJob *self, int timeout, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_job_complete_finish (QJob *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_job_cancel (QJob *self, int timeout, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_job_cancel_async (QJob *self, int timeout, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_job_cancel_finish (QJob *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_job_pause (QJob *self, int timeout, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_job_pause_async (QJob *self, int timeout, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_job_pause_finish (QJob *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_job_resume (QJob *self, int timeout, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_job_resume_async (QJob *self, int timeout, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_job_resume_finish (QJob *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
QJob *q_machine_start_job (QMachine *self, const char *command, JsonNode *arguments, int timeout,
                           GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_start_job_async (QMachine *self, const char *command, JsonNode *arguments,
                                int timeout, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QJob *q_machine_start_job_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_run_job (QMachine *self, const char *command, JsonNode *arguments, int timeout,
                            GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_run_job_async (QMachine *self, const char *command, JsonNode *arguments, int timeout,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_run_job_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
GListModel *q_machine_get_jobs (QMachine *self);

G_END_DECLS
