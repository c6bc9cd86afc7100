/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <qmachine/q-enums.h>
#include <qmachine/q-error.h>
#include <qmachine/q-event-listener.h>
#include <qmachine/q-monitor-event.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_MONITOR (q_monitor_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QMonitor, q_monitor, Q, MONITOR, GObject)

QMACHINE_AVAILABLE_IN_1_0
QMonitor *q_monitor_new (void) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
guint64 q_monitor_get_max_message_size (QMonitor *self);
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_set_max_message_size (QMonitor *self, guint64 max_message_size);

QMACHINE_AVAILABLE_IN_1_0
guint q_monitor_get_event_backlog (QMonitor *self);
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_set_event_backlog (QMonitor *self, guint event_backlog);

QMACHINE_AVAILABLE_IN_1_0
int q_monitor_get_command_timeout (QMonitor *self);
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_set_command_timeout (QMonitor *self, int command_timeout);

QMACHINE_AVAILABLE_IN_1_0
int q_monitor_get_attach_timeout (QMonitor *self);
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_set_attach_timeout (QMonitor *self, int attach_timeout);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_monitor_get_attach_retry (QMonitor *self);
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_set_attach_retry (QMonitor *self, gboolean attach_retry);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_monitor_get_out_of_band (QMonitor *self);
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_set_out_of_band (QMonitor *self, gboolean out_of_band);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_monitor_attach (QMonitor *self, GSocketAddress *address, GCancellable *cancellable,
                           GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_attach_async (QMonitor *self, GSocketAddress *address, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_monitor_attach_finish (QMonitor *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_monitor_attach_stream (QMonitor *self, GIOStream *stream, GCancellable *cancellable,
                                  GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_attach_stream_async (QMonitor *self, GIOStream *stream, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_monitor_attach_stream_finish (QMonitor *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_monitor_command (QMonitor *self, const char *command, JsonNode *arguments,
                             QMonitorFlags flags, int timeout, GCancellable *cancellable,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_command_async (QMonitor *self, const char *command, JsonNode *arguments,
                              QMonitorFlags flags, int timeout, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_monitor_command_finish (QMonitor *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
char *q_monitor_command_json (QMonitor *self, const char *command, const char *arguments,
                              QMonitorFlags flags, int timeout, GCancellable *cancellable,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_command_json_async (QMonitor *self, const char *command, const char *arguments,
                                   QMonitorFlags flags, int timeout, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_monitor_command_json_finish (QMonitor *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_monitor_qmp (QMonitor *self, const char *command, JsonNode *arguments,
                         QMonitorFlags flags, int timeout, GCancellable *cancellable,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_qmp_async (QMonitor *self, const char *command, JsonNode *arguments,
                          QMonitorFlags flags, int timeout, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_monitor_qmp_finish (QMonitor *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
char *q_monitor_qmp_json (QMonitor *self, const char *command, const char *arguments,
                          QMonitorFlags flags, int timeout, GCancellable *cancellable,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_qmp_json_async (QMonitor *self, const char *command, const char *arguments,
                               QMonitorFlags flags, int timeout, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_monitor_qmp_json_finish (QMonitor *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_monitor_command_with_fd (QMonitor *self, const char *command, JsonNode *arguments,
                                     int fd, int timeout, GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_command_with_fd_async (QMonitor *self, const char *command, JsonNode *arguments,
                                      int fd, int timeout, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_monitor_command_with_fd_finish (QMonitor *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
char *q_monitor_command_json_with_fd (QMonitor *self, const char *command, const char *arguments,
                                      int fd, int timeout, GCancellable *cancellable,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_command_json_with_fd_async (QMonitor *self, const char *command,
                                           const char *arguments, int fd, int timeout,
                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                           gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_monitor_command_json_with_fd_finish (QMonitor *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
gboolean q_monitor_send_fd (QMonitor *self, int fd, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_send_fd_async (QMonitor *self, int fd, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_monitor_send_fd_finish (QMonitor *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_monitor_send_file (QMonitor *self, const char *path, GCancellable *cancellable,
                              GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_send_file_async (QMonitor *self, const char *path, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_monitor_send_file_finish (QMonitor *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_monitor_wait_event (QMonitor *self, const char *const *names, JsonNode *match,
                                     int timeout, GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_wait_event_async (QMonitor *self, const char *const *names, JsonNode *match,
                                 int timeout, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_monitor_wait_event_finish (QMonitor *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_monitor_wait_event_json (QMonitor *self, const char *const *names,
                                          const char *match, int timeout, GCancellable *cancellable,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_wait_event_json_async (QMonitor *self, const char *const *names, const char *match,
                                      int timeout, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_monitor_wait_event_json_finish (QMonitor *self, GAsyncResult *result,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
QEventListener *q_monitor_listen (QMonitor *self, const char *const *names, JsonNode *match,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
QEventListener *q_monitor_listen_json (QMonitor *self, const char *const *names, const char *match,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_monitor_pop_event (QMonitor *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
GList *q_monitor_pop_events (QMonitor *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_put_back_event (QMonitor *self, QMonitorEvent *event);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_monitor_close (QMonitor *self, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_monitor_close_async (QMonitor *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_monitor_close_finish (QMonitor *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
QMonitorState q_monitor_get_state (QMonitor *self);
QMACHINE_AVAILABLE_IN_1_0
char *q_monitor_dup_greeting (QMonitor *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
char *q_monitor_dup_version (QMonitor *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
char **q_monitor_dup_capabilities (QMonitor *self);
QMACHINE_AVAILABLE_IN_1_0
guint64 q_monitor_get_events_dropped (QMonitor *self);
QMACHINE_AVAILABLE_IN_1_0
guint64 q_monitor_get_signals_dropped (QMonitor *self);

G_END_DECLS
