/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
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
char *q_machine_dup_binary (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_binary (QMachine *self, const char *binary);

QMACHINE_AVAILABLE_IN_1_0
QMachineKind q_machine_get_kind (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_kind (QMachine *self, QMachineKind kind);

QMACHINE_AVAILABLE_IN_1_0
char **q_machine_dup_args (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_args (QMachine *self, const char *const *args);

QMACHINE_AVAILABLE_IN_1_0
char **q_machine_dup_wrapper (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_wrapper (QMachine *self, const char *const *wrapper);

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_dup_name (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_name (QMachine *self, const char *name);

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_dup_base_dir (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_base_dir (QMachine *self, const char *base_dir);

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_dup_log_path (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_log_path (QMachine *self, const char *log_path);

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_dup_machine_type (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_machine_type (QMachine *self, const char *machine_type);

QMACHINE_AVAILABLE_IN_1_0
QMachineDisplay q_machine_get_display (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_display (QMachine *self, QMachineDisplay display);

QMACHINE_AVAILABLE_IN_1_0
QMonitorMode q_machine_get_monitor_mode (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_monitor_mode (QMachine *self, QMonitorMode monitor_mode);

QMACHINE_AVAILABLE_IN_1_0
GSocketAddress *q_machine_dup_monitor_address (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_monitor_address (QMachine *self, GSocketAddress *monitor_address);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_get_wrapper_shell (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_wrapper_shell (QMachine *self, gboolean wrapper_shell);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_dup_wrapper_socket_dir (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_wrapper_socket_dir (QMachine *self, const char *dir);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_get_exit_with_parent (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_exit_with_parent (QMachine *self, gboolean exit_with_parent);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_get_enable_qtest (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_enable_qtest (QMachine *self, gboolean enable_qtest);

QMACHINE_AVAILABLE_IN_1_0
int q_machine_get_launch_timeout (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_launch_timeout (QMachine *self, int launch_timeout);

QMACHINE_AVAILABLE_IN_1_0
int q_machine_get_shutdown_timeout (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_shutdown_timeout (QMachine *self, int shutdown_timeout);

QMACHINE_AVAILABLE_IN_1_0
int q_machine_get_command_timeout (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_command_timeout (QMachine *self, int command_timeout);

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_dup_console_log (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_console_log (QMachine *self, const char *console_log);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_dup_monitor_log (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_monitor_log (QMachine *self, const char *monitor_log);

QMACHINE_AVAILABLE_IN_1_0
void q_machine_add_args (QMachine *self, const char *const *args);
QMACHINE_AVAILABLE_IN_1_0
int q_machine_pass_fd (QMachine *self, int fd, GError **error);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_add_fd (QMachine *self, int fd, int fdset, const char *opaque, const char *opts,
                           GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_add_monitor_telnet (QMachine *self, const char *host, guint port,
                                       GError **error);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_add_socket_path (QMachine *self, const char *name, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
QConsole *q_machine_add_console (QMachine *self, const char *name, const char *device,
                                 GError **error);
QMACHINE_AVAILABLE_IN_1_0
QConsole *q_machine_dup_console (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
GList *q_machine_dup_consoles (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_launch (QMachine *self, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_launch_async (QMachine *self, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_launch_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_wait (QMachine *self, int timeout, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_wait_async (QMachine *self, int timeout, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_wait_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_shutdown (QMachine *self, int timeout, GCancellable *cancellable,
                             GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_shutdown_async (QMachine *self, int timeout, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_shutdown_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_kill (QMachine *self, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_kill_async (QMachine *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data);
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
JsonNode *q_machine_command (QMachine *self, const char *command, JsonNode *arguments, int timeout,
                             GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_command_async (QMachine *self, const char *command, JsonNode *arguments, int timeout,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_machine_command_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_command_json (QMachine *self, const char *command, const char *arguments,
                              int timeout, GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_command_json_async (QMachine *self, const char *command, const char *arguments,
                                   int timeout, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_command_json_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_machine_qmp (QMachine *self, const char *command, JsonNode *arguments, int timeout,
                         GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_qmp_async (QMachine *self, const char *command, JsonNode *arguments, int timeout,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_machine_qmp_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_qmp_json (QMachine *self, const char *command, const char *arguments, int timeout,
                          GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_qmp_json_async (QMachine *self, const char *command, const char *arguments,
                               int timeout, GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_qmp_json_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_machine_command_with_fd (QMachine *self, const char *command, JsonNode *arguments,
                                     int fd, int timeout, GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_command_with_fd_async (QMachine *self, const char *command, JsonNode *arguments,
                                      int fd, int timeout, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_machine_command_with_fd_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_command_json_with_fd (QMachine *self, const char *command, const char *arguments,
                                      int fd, int timeout, GCancellable *cancellable,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_command_json_with_fd_async (QMachine *self, const char *command,
                                           const char *arguments, int fd, int timeout,
                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                           gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_command_json_with_fd_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_human_command (QMachine *self, const char *line, int timeout,
                               GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_human_command_async (QMachine *self, const char *line, int timeout,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_human_command_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_send_fd (QMachine *self, int fd, GCancellable *cancellable, GError **error);
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
char *q_machine_qtest (QMachine *self, const char *line, int timeout, GCancellable *cancellable,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_qtest_async (QMachine *self, const char *line, int timeout,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data);
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
QMonitorEvent *q_machine_wait_event_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_machine_wait_event_json (QMachine *self, const char *const *names,
                                          const char *match, int timeout, GCancellable *cancellable,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_wait_event_json_async (QMachine *self, const char *const *names, const char *match,
                                      int timeout, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_machine_wait_event_json_finish (QMachine *self, GAsyncResult *result,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
QEventListener *q_machine_listen (QMachine *self, const char *const *names, JsonNode *match,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
QEventListener *q_machine_listen_json (QMachine *self, const char *const *names, const char *match,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_machine_pop_event (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
GList *q_machine_pop_events (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_put_back_event (QMachine *self, QMonitorEvent *event);

QMACHINE_AVAILABLE_IN_1_0
QMachineState q_machine_get_state (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_is_running (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
gint64 q_machine_get_pid (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
QExitKind q_machine_get_exit_kind (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_get_exit_code (QMachine *self, int *exit_code);
QMACHINE_AVAILABLE_IN_1_0
QMonitor *q_machine_dup_monitor (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
GSocketAddress *q_machine_dup_listen_address (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
QRunState q_machine_get_run_state (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_dup_run_state_name (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_dup_shutdown_reason (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_dup_log (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
GBytes *q_machine_dup_log_bytes (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
char **q_machine_dup_command_line (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_dup_run_dir (QMachine *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
