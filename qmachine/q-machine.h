/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <qmachine/q-console.h>
#include <qmachine/q-error.h>
#include <qmachine/q-monitor.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

/**
 * QMachineState:
 * @Q_MACHINE_STATE_STOPPED: There is no process.
 * @Q_MACHINE_STATE_LAUNCHING: QEMU is being started.
 * @Q_MACHINE_STATE_RUNNING: QEMU runs.
 * @Q_MACHINE_STATE_STOPPING: QEMU was told to end.
 *
 * Where the life of a machine stands.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_MACHINE_STATE_STOPPED,
  Q_MACHINE_STATE_LAUNCHING,
  Q_MACHINE_STATE_RUNNING,
  Q_MACHINE_STATE_STOPPING,
} QMachineState;

/**
 * QMachineKind:
 * @Q_MACHINE_KIND_SYSTEM: a virtual machine, such as `qemu-system-x86_64`
 * @Q_MACHINE_KIND_STORAGE_DAEMON: `qemu-storage-daemon`: block devices and their exports, with a
 *   monitor and without a guest; so it has no run state, and consoles, qtest, added descriptors and
 *   human monitors are refused
 *
 * What sort of program a machine runs.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_MACHINE_KIND_SYSTEM,
  Q_MACHINE_KIND_STORAGE_DAEMON,
} QMachineKind;

/**
 * QMonitorMode:
 * @Q_MONITOR_MODE_INHERIT: The library listens and is connected before QEMU starts; QEMU inherits
 *   the listening socket.
 * @Q_MONITOR_MODE_LISTEN: QEMU listens at [property@Machine:monitor-address] itself, and the
 *   library connects as soon as it can: for wrappers that close descriptors or run QEMU elsewhere.
 * @Q_MONITOR_MODE_NONE: No monitor.
 *
 * How a machine's monitor is wired.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_MONITOR_MODE_INHERIT,
  Q_MONITOR_MODE_LISTEN,
  Q_MONITOR_MODE_NONE,
} QMonitorMode;

/**
 * QRunState:
 * @Q_RUN_STATE_UNKNOWN: Not known, or one this library has no name for.
 * @Q_RUN_STATE_DEBUG: Stopped by a debugger.
 * @Q_RUN_STATE_INMIGRATE: Waiting for an incoming migration.
 * @Q_RUN_STATE_INTERNAL_ERROR: Stopped by an internal error.
 * @Q_RUN_STATE_IO_ERROR: Stopped by an I/O error.
 * @Q_RUN_STATE_PAUSED: Paused.
 * @Q_RUN_STATE_POSTMIGRATE: Paused after a migration went out.
 * @Q_RUN_STATE_PRELAUNCH: Not started yet.
 * @Q_RUN_STATE_FINISH_MIGRATE: Paused to finish a migration.
 * @Q_RUN_STATE_RESTORE_VM: Paused to load a snapshot.
 * @Q_RUN_STATE_RUNNING: The guest runs.
 * @Q_RUN_STATE_SAVE_VM: Paused to save a snapshot.
 * @Q_RUN_STATE_SHUTDOWN: The guest has shut down.
 * @Q_RUN_STATE_SUSPENDED: The guest is suspended.
 * @Q_RUN_STATE_WATCHDOG: Stopped by a watchdog.
 * @Q_RUN_STATE_GUEST_PANICKED: Stopped by a panic of the guest.
 * @Q_RUN_STATE_COLO: Paused for a checkpoint.
 *
 * QEMU's run states.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_RUN_STATE_UNKNOWN,
  Q_RUN_STATE_DEBUG,
  Q_RUN_STATE_INMIGRATE,
  Q_RUN_STATE_INTERNAL_ERROR,
  Q_RUN_STATE_IO_ERROR,
  Q_RUN_STATE_PAUSED,
  Q_RUN_STATE_POSTMIGRATE,
  Q_RUN_STATE_PRELAUNCH,
  Q_RUN_STATE_FINISH_MIGRATE,
  Q_RUN_STATE_RESTORE_VM,
  Q_RUN_STATE_RUNNING,
  Q_RUN_STATE_SAVE_VM,
  Q_RUN_STATE_SHUTDOWN,
  Q_RUN_STATE_SUSPENDED,
  Q_RUN_STATE_WATCHDOG,
  Q_RUN_STATE_GUEST_PANICKED,
  Q_RUN_STATE_COLO,
} QRunState;

/**
 * Q_EXIT_CODE_NONE:
 *
 * What [method@Machine.get_exit_code] returns while there is no exit code.
 *
 * Since: 1.0
 */
#define Q_EXIT_CODE_NONE (-2147483647)

#define Q_TYPE_MACHINE (q_machine_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QMachine, q_machine, Q, MACHINE, GObject)

QMACHINE_AVAILABLE_IN_1_0
QMachine *q_machine_new (const char *binary);

QMACHINE_AVAILABLE_IN_1_0
void q_machine_add_args (QMachine *self, const char *const *args);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_add_fd (QMachine *self, int fd, int fdset, const char *opaque,
                           const char *opts, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_add_monitor_telnet (QMachine *self, const char *host, guint port,
                                       GError **error);

QMACHINE_AVAILABLE_IN_1_0
void q_machine_set_console (QMachine *self, const char *device_type, guint index);
QMACHINE_AVAILABLE_IN_1_0
QConsole *q_machine_get_console (QMachine *self);

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
                             GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_command_async (QMachine *self, const char *command, JsonNode *arguments,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_machine_command_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_command_json (QMachine *self, const char *command, const char *arguments,
                              GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_command_json_async (QMachine *self, const char *command, const char *arguments,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_command_json_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_machine_qmp (QMachine *self, const char *command, JsonNode *arguments,
                         GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_qmp_async (QMachine *self, const char *command, JsonNode *arguments,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_machine_qmp_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_qmp_json (QMachine *self, const char *command, const char *arguments,
                          GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_qmp_json_async (QMachine *self, const char *command, const char *arguments,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_qmp_json_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_machine_command_with_fd (QMachine *self, const char *command, JsonNode *arguments,
                                     int fd, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_command_with_fd_async (QMachine *self, const char *command, JsonNode *arguments,
                                      int fd, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_machine_command_with_fd_finish (QMachine *self, GAsyncResult *result,
                                            GError **error);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_command_json_with_fd (QMachine *self, const char *command, const char *arguments,
                                      int fd, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_command_json_with_fd_async (QMachine *self, const char *command,
                                           const char *arguments, int fd, GCancellable *cancellable,
                                           GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_command_json_with_fd_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_human_command (QMachine *self, const char *line, GCancellable *cancellable,
                               GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_human_command_async (QMachine *self, const char *line, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_human_command_finish (QMachine *self, GAsyncResult *result, GError **error);

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
                       GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_qtest_async (QMachine *self, const char *line, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_qtest_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_machine_wait_event (QMachine *self, const char *const *names, JsonNode *match,
                                     int timeout, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_wait_event_async (QMachine *self, const char *const *names, JsonNode *match,
                                 int timeout, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_machine_wait_event_finish (QMachine *self, GAsyncResult *result,
                                            GError **error);
QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_machine_wait_event_json (QMachine *self, const char *const *names,
                                          const char *match, int timeout,
                                          GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_wait_event_json_async (QMachine *self, const char *const *names, const char *match,
                                      int timeout, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_machine_wait_event_json_finish (QMachine *self, GAsyncResult *result,
                                                 GError **error);

QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_machine_pop_event (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
GList *q_machine_pop_events (QMachine *self);

QMACHINE_AVAILABLE_IN_1_0
QMachineState q_machine_get_state (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_is_running (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
gint64 q_machine_get_pid (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
int q_machine_get_exit_code (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
QMonitor *q_machine_get_monitor (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
GSocketAddress *q_machine_get_listen_address (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
QRunState q_machine_get_run_state (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_get_run_state_name (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_get_shutdown_reason (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
char *q_machine_get_log (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
GBytes *q_machine_get_log_bytes (QMachine *self);
QMACHINE_AVAILABLE_IN_1_0
char **q_machine_get_command_line (QMachine *self);

G_END_DECLS
