/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (QMACHINE_INSIDE) && !defined (QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <qmachine/q-console.h>
#include <qmachine/q-enums.h>
#include <qmachine/q-error.h>
#include <qmachine/q-monitor.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_MACHINE (q_machine_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QMachine, q_machine, Q, MACHINE, GObject)

QMACHINE_AVAILABLE_IN_1_0
QMachine *q_machine_new (const char *binary) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
void q_machine_add_args (QMachine *self, const char *const *args);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_add_fd (QMachine *self, int fd, int fdset, const char *opaque,
                           const char *opts, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_add_monitor_telnet (QMachine *self, const char *host, guint port,
                                       GError **error);

QMACHINE_AVAILABLE_IN_1_0
void q_machine_add_console (QMachine *self, const char *device_type, guint index);
QMACHINE_AVAILABLE_IN_1_0
QConsole *q_machine_get_console (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_launch (QMachine *self, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_launch_async (QMachine *self, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_launch_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_wait (QMachine *self, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_wait_async (QMachine *self, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_wait_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_shutdown (QMachine *self, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_shutdown_async (QMachine *self, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_shutdown_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_kill (QMachine *self, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_kill_async (QMachine *self, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_kill_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_detach (QMachine *self, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_detach_async (QMachine *self, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_detach_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_machine_command (QMachine *self, const char *command, JsonNode *arguments,
                             GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_command_async (QMachine *self, const char *command, JsonNode *arguments,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_machine_command_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_command_json (QMachine *self, const char *command, const char *arguments,
                              GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_command_json_async (QMachine *self, const char *command, const char *arguments,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_command_json_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_machine_qmp (QMachine *self, const char *command, JsonNode *arguments,
                         GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_qmp_async (QMachine *self, const char *command, JsonNode *arguments,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_machine_qmp_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_qmp_json (QMachine *self, const char *command, const char *arguments,
                          GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_qmp_json_async (QMachine *self, const char *command, const char *arguments,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_qmp_json_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_machine_command_with_fd (QMachine *self, const char *command, JsonNode *arguments,
                                     int fd, GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_command_with_fd_async (QMachine *self, const char *command, JsonNode *arguments,
                                      int fd, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_machine_command_with_fd_finish (QMachine *self, GAsyncResult *result,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_command_json_with_fd (QMachine *self, const char *command, const char *arguments,
                                      int fd, GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_command_json_with_fd_async (QMachine *self, const char *command,
                                           const char *arguments, int fd, GCancellable *cancellable,
                                           GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_command_json_with_fd_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_human_command (QMachine *self, const char *line, GCancellable *cancellable,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_human_command_async (QMachine *self, const char *line, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_human_command_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_send_fd (QMachine *self, int fd, GCancellable *cancellable,
                            GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_send_fd_async (QMachine *self, int fd, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_send_fd_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_send_file (QMachine *self, const char *path, GCancellable *cancellable,
                              GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_send_file_async (QMachine *self, const char *path, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_send_file_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_qtest (QMachine *self, const char *line, GCancellable *cancellable,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_qtest_async (QMachine *self, const char *line, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_qtest_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_machine_wait_event (QMachine *self, const char *const *names, JsonNode *match,
                                     int timeout, GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_wait_event_async (QMachine *self, const char *const *names, JsonNode *match,
                                 int timeout, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_machine_wait_event_finish (QMachine *self, GAsyncResult *result,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_machine_wait_event_json (QMachine *self, const char *const *names,
                                          const char *match, int timeout,
                                          GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_wait_event_json_async (QMachine *self, const char *const *names, const char *match,
                                      int timeout, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_machine_wait_event_json_finish (QMachine *self, GAsyncResult *result,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_machine_pop_event (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
GList *q_machine_pop_events (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
QMachineState q_machine_get_state (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_is_running (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
gint64 q_machine_get_pid (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
int q_machine_get_exit_code (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
QMonitor *q_machine_get_monitor (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
GSocketAddress *q_machine_get_listen_address (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
QRunState q_machine_get_run_state (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_get_run_state_name (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_get_shutdown_reason (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_get_log (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
GBytes *q_machine_get_log_bytes (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
char **q_machine_get_command_line (QMachine *self);

G_END_DECLS
