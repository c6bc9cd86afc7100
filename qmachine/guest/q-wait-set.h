/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <qmachine/block/q-job.h>
#include <qmachine/guest/q-guest-agent.h>
#include <qmachine/guest/q-wait-result.h>
#include <qmachine/q-machine.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_WAIT_SET (q_wait_set_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QWaitSet, q_wait_set, Q, WAIT_SET, GObject)

QMACHINE_AVAILABLE_IN_1_0
QWaitSet *q_wait_set_new (QMachine *machine) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
QMachine *q_wait_set_get_machine (QWaitSet *self);

QMACHINE_AVAILABLE_IN_1_0
guint q_wait_set_add_event (QWaitSet *self, const char *const *names, JsonNode *match,
                            GError **error);
QMACHINE_AVAILABLE_IN_1_0
guint q_wait_set_add_event_json (QWaitSet *self, const char *const *names, const char *match,
                                 GError **error);
QMACHINE_AVAILABLE_IN_1_0
guint q_wait_set_add_text (QWaitSet *self, QConsole *console, const char *pattern,
                           QConsoleMatchFlags flags, gboolean from_now, GError **error);
QMACHINE_AVAILABLE_IN_1_0
guint q_wait_set_add_run_state (QWaitSet *self, QRunState run_state, GError **error);
QMACHINE_AVAILABLE_IN_1_0
guint q_wait_set_add_agent (QWaitSet *self, QGuestAgent *agent, GError **error);
QMACHINE_AVAILABLE_IN_1_0
guint q_wait_set_add_job (QWaitSet *self, QJob *job, GError **error);
QMACHINE_AVAILABLE_IN_1_0
guint q_wait_set_add_exit (QWaitSet *self, GError **error);

QMACHINE_AVAILABLE_IN_1_0
QWaitResult *q_wait_set_next (QWaitSet *self, int timeout, GCancellable *cancellable,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_wait_set_next_async (QWaitSet *self, int timeout, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QWaitResult *q_wait_set_next_finish (QWaitSet *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
void q_wait_set_put_back (QWaitSet *self, QWaitResult *result);
QMACHINE_AVAILABLE_IN_1_0
void q_wait_set_close (QWaitSet *self);

G_END_DECLS
