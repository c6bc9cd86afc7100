/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <qmachine/q-enums.h>
#include <qmachine/q-error.h>
#include <qmachine/guest/q-guest-channel.h>
#include <qmachine/guest/q-guest-exec-result.h>
#include <qmachine/q-machine.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_GUEST_AGENT (q_guest_agent_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QGuestAgent, q_guest_agent, Q, GUEST_AGENT, GObject)

QMACHINE_AVAILABLE_IN_1_0
QGuestAgent *q_guest_agent_new (void) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
QGuestAgent *q_machine_add_guest_agent (QMachine *self, GError **error);

QMACHINE_AVAILABLE_IN_1_0
QGuestChannel *q_guest_agent_dup_channel (QGuestAgent *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
QGuestAgentState q_guest_agent_get_state (QGuestAgent *self);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_agent_get_ready (QGuestAgent *self);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_agent_get_frozen (QGuestAgent *self);

QMACHINE_AVAILABLE_IN_1_0
int q_guest_agent_get_command_timeout (QGuestAgent *self);
QMACHINE_AVAILABLE_IN_1_0
void q_guest_agent_set_command_timeout (QGuestAgent *self, int command_timeout);

QMACHINE_AVAILABLE_IN_1_0
int q_guest_agent_get_attach_timeout (QGuestAgent *self);
QMACHINE_AVAILABLE_IN_1_0
void q_guest_agent_set_attach_timeout (QGuestAgent *self, int attach_timeout);

QMACHINE_AVAILABLE_IN_1_0
guint64 q_guest_agent_get_max_message_size (QGuestAgent *self);
QMACHINE_AVAILABLE_IN_1_0
void q_guest_agent_set_max_message_size (QGuestAgent *self, guint64 max_message_size);

QMACHINE_AVAILABLE_IN_1_0
guint64 q_guest_agent_get_max_file_size (QGuestAgent *self);
QMACHINE_AVAILABLE_IN_1_0
void q_guest_agent_set_max_file_size (QGuestAgent *self, guint64 max_file_size);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_agent_attach (QGuestAgent *self, GSocketAddress *address, int timeout,
                               GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_guest_agent_attach_async (QGuestAgent *self, GSocketAddress *address, int timeout,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_agent_attach_finish (QGuestAgent *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_agent_attach_stream (QGuestAgent *self, GIOStream *stream,
                                      GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_guest_agent_attach_stream_async (QGuestAgent *self, GIOStream *stream,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_agent_attach_stream_finish (QGuestAgent *self, GAsyncResult *result,
                                             GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_agent_wait_ready (QGuestAgent *self, int timeout, GCancellable *cancellable,
                                   GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_guest_agent_wait_ready_async (QGuestAgent *self, int timeout, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_agent_wait_ready_finish (QGuestAgent *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_agent_close (QGuestAgent *self, int timeout, GCancellable *cancellable,
                              GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_guest_agent_close_async (QGuestAgent *self, int timeout, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_agent_close_finish (QGuestAgent *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_guest_agent_command (QGuestAgent *self, const char *command, JsonNode *arguments,
                                 int timeout, GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_guest_agent_command_async (QGuestAgent *self, const char *command, JsonNode *arguments,
                                  int timeout, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_guest_agent_command_finish (QGuestAgent *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
char *q_guest_agent_command_json (QGuestAgent *self, const char *command, const char *arguments,
                                  int timeout, GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_guest_agent_command_json_async (QGuestAgent *self, const char *command,
                                       const char *arguments, int timeout,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_guest_agent_command_json_finish (QGuestAgent *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_agent_shutdown (QGuestAgent *self, QGuestShutdownMode mode, int timeout,
                                 GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_guest_agent_shutdown_async (QGuestAgent *self, QGuestShutdownMode mode, int timeout,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_agent_shutdown_finish (QGuestAgent *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
int q_guest_agent_freeze (QGuestAgent *self, int limit, int timeout, GCancellable *cancellable,
                          GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_guest_agent_freeze_async (QGuestAgent *self, int limit, int timeout,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
int q_guest_agent_freeze_finish (QGuestAgent *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
int q_guest_agent_thaw (QGuestAgent *self, int timeout, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_guest_agent_thaw_async (QGuestAgent *self, int timeout, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
int q_guest_agent_thaw_finish (QGuestAgent *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
QGuestExecResult *q_guest_agent_exec (QGuestAgent *self, const char *const *argv,
                                      const char *const *env, GBytes *input, int timeout,
                                      GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_guest_agent_exec_async (QGuestAgent *self, const char *const *argv, const char *const *env,
                               GBytes *input, int timeout, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QGuestExecResult *q_guest_agent_exec_finish (QGuestAgent *self, GAsyncResult *result,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
GBytes *q_guest_agent_read_file (QGuestAgent *self, const char *path, int timeout,
                                 GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_guest_agent_read_file_async (QGuestAgent *self, const char *path, int timeout,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
GBytes *q_guest_agent_read_file_finish (QGuestAgent *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_agent_write_file (QGuestAgent *self, const char *path, GBytes *contents,
                                   int timeout, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_guest_agent_write_file_async (QGuestAgent *self, const char *path, GBytes *contents,
                                     int timeout, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_agent_write_file_finish (QGuestAgent *self, GAsyncResult *result, GError **error);

G_END_DECLS
