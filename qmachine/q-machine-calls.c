/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-machine.h"

#include "q-machine-private.h"

/* The calls that go through the monitor of a running machine, in their three forms, and what can
 * be read without waiting. */

static void
return_not_running (QOperation *operation, QMachineStatus *status)
{
  gboolean runs = q_machine_status_get_state (status) == Q_MACHINE_STATE_RUNNING;

  q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING, "%s: %s",
                                q_operation_get_name (operation),
                                runs ? "the machine has no monitor"
                                     : "the machine is not running");
}

/* The monitor is gone; why is the machine's to say. */
static void
monitor_failed_cb (QOperation *operation, GError *error, gpointer data)
{
  QMachineStatus *status = data;
  QMachineInstance *instance = q_machine_status_get_instance (status);

  if (!g_error_matches (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED))
    {
      q_operation_return_error (operation, error);
    }
  else if (instance != NULL)
    {
      q_machine_instance_add_doomed_call (instance, operation, error);
    }
  else
    {
      g_error_free (error);
      return_not_running (operation, status);
    }
}

static void
prepare_call (QMonitorCall *call, QMachineStatus *status, QMonitor *monitor)
{
  call->session = q_monitor_session_ref (q_monitor_get_session (monitor));
  call->failed = monitor_failed_cb;
  call->user_data = status;
}

static void
request_start (QOperation *operation)
{
  QMachine *self = q_operation_get_source_object (operation);
  QMachineStatus *status = q_machine_get_status (self);
  QMachineInstance *instance = q_machine_status_get_instance (status);
  QMonitorRequest *request = q_operation_get_data (operation);

  if (!q_machine_instance_can_talk (instance))
    {
      return_not_running (operation, status);
      return;
    }

  prepare_call (&request->call, status, instance->monitor);
  q_monitor_session_execute (operation);
}

/* Takes over the request; NULL is one that was refused, with the reason. */
static QOperation *
request_operation (QMachine *self, QMonitorRequest *request, GError *refusal,
                   GCancellable *cancellable)
{
  QDispatcher *dispatcher = q_machine_status_get_dispatcher (q_machine_get_status (self));
  QOperation *operation
    = q_operation_new (self, dispatcher, request != NULL ? request->command : "command",
                       cancellable, request_start);

  if (request == NULL)
    q_operation_refuse (operation, refusal);
  else
    q_operation_set_data (operation, request, (GDestroyNotify)q_monitor_request_free);

  return operation;
}

static QOperation *
command_operation (QMachine *self, const char *command, JsonNode *arguments, int fd,
                   QMonitorReplyKind kind, GCancellable *cancellable)
{
  GError *refusal = NULL;
  QMonitorRequest *request = q_monitor_request_new_for_node (
    command, arguments, Q_EXECUTE_FLAGS_NONE, fd, kind, &refusal);

  return request_operation (self, request, refusal, cancellable);
}

static QOperation *
command_json_operation (QMachine *self, const char *command, const char *arguments,
                        GCancellable *cancellable)
{
  GError *refusal = NULL;
  QMonitorRequest *request
    = q_monitor_request_new (command, arguments, Q_EXECUTE_FLAGS_NONE, Q_MONITOR_NO_FD,
                             Q_MONITOR_REPLY_RETURN, &refusal);

  return request_operation (self, request, refusal, cancellable);
}

/**
 * q_machine_command:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a QMP command and waits for its answer.
 *
 * Waits for as long as QEMU takes, unless [property@Machine:command-timeout] sets a limit. A call
 * that is cancelled or takes too long is not undone: QEMU may carry it out all the same. The
 * machine goes on.
 *
 * In a [struct@Json.Node] a number above 2^63-1 appears as the negative one with the same 64 bits;
 * [method@Machine.command_json] keeps it.
 *
 * Errors: [error@CommandError] when QEMU refuses; %Q_MACHINE_ERROR_NOT_RUNNING;
 * %Q_MACHINE_ERROR_EXITED when QEMU ends before it answers, with how it ended and its last words;
 * %Q_MONITOR_ERROR_CLOSED when only its monitor is gone; %Q_MONITOR_ERROR_INVALID_COMMAND,
 * %Q_MONITOR_ERROR_TOO_LARGE and %Q_MONITOR_ERROR_BUSY when nothing was sent;
 * %G_IO_ERROR_TIMED_OUT; %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): what the command returned
 *
 * Since: 1.0
 */
JsonNode *
q_machine_command (QMachine *self, const char *command, JsonNode *arguments,
                   GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_monitor_reply_to_node (
    q_operation_run_sync (command_operation (self, command, arguments, Q_MONITOR_NO_FD,
                                             Q_MONITOR_REPLY_RETURN, cancellable),
                          error),
    error);
}

/**
 * q_machine_command_async:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Machine.command], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_command_async (QMachine *self, const char *command, JsonNode *arguments,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (command_operation (self, command, arguments, Q_MONITOR_NO_FD,
                                            Q_MONITOR_REPLY_RETURN, cancellable),
                         q_machine_command_async, callback, user_data);
}

/**
 * q_machine_command_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.command_async].
 *
 * Returns: (transfer full): what the command returned
 *
 * Since: 1.0
 */
JsonNode *
q_machine_command_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_monitor_reply_to_node (
    q_operation_finish (self, result, q_machine_command_async, error),
    error);
}

/**
 * q_machine_command_json:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable): a JSON object as text, or %NULL for none
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a QMP command and waits for its answer, as texts.
 *
 * Nothing is lost on the way: the arguments are sent as they are, once they are known to be valid
 * JSON, and the result is what QEMU wrote. Otherwise like [method@Machine.command].
 *
 * Returns: (transfer full): what the command returned, as JSON text
 *
 * Since: 1.0
 */
char *
q_machine_command_json (QMachine *self, const char *command, const char *arguments,
                        GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (
    command_json_operation (self, command, arguments, cancellable), error);
}

/**
 * q_machine_command_json_async:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable): a JSON object as text, or %NULL for none
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Machine.command_json], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_command_json_async (QMachine *self, const char *command, const char *arguments,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (command_json_operation (self, command, arguments, cancellable),
                         q_machine_command_json_async, callback, user_data);
}

/**
 * q_machine_command_json_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.command_json_async].
 *
 * Returns: (transfer full): what the command returned, as JSON text
 *
 * Since: 1.0
 */
char *
q_machine_command_json_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_operation_finish (self, result, q_machine_command_json_async, error);
}

/**
 * q_machine_qmp:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a QMP command and returns the whole reply.
 *
 * When QEMU refuses, that is a normal result with a member `error`. Otherwise like
 * [method@Machine.command].
 *
 * Returns: (transfer full): the reply: an object with `return` or `error`
 *
 * Since: 1.0
 */
JsonNode *
q_machine_qmp (QMachine *self, const char *command, JsonNode *arguments, GCancellable *cancellable,
               GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_monitor_reply_to_node (
    q_operation_run_sync (command_operation (self, command, arguments, Q_MONITOR_NO_FD,
                                             Q_MONITOR_REPLY_WHOLE, cancellable),
                          error),
    error);
}

/**
 * q_machine_qmp_async:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Machine.qmp], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_qmp_async (QMachine *self, const char *command, JsonNode *arguments,
                     GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (command_operation (self, command, arguments, Q_MONITOR_NO_FD,
                                            Q_MONITOR_REPLY_WHOLE, cancellable),
                         q_machine_qmp_async, callback, user_data);
}

/**
 * q_machine_qmp_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.qmp_async].
 *
 * Returns: (transfer full): the reply: an object with `return` or `error`
 *
 * Since: 1.0
 */
JsonNode *
q_machine_qmp_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_monitor_reply_to_node (
    q_operation_finish (self, result, q_machine_qmp_async, error),
    error);
}

/**
 * q_machine_command_with_fd:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @fd: a descriptor, which stays the caller's
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a QMP command together with a descriptor, such as `getfd` or `add-fd`, and waits for its
 * answer.
 *
 * One command with a descriptor is on its way at a time; later commands wait for their turn. The
 * descriptor is duplicated at once. %Q_MONITOR_ERROR_INVALID_COMMAND also says that it is not
 * open, or that the monitor is not on a Unix socket. Otherwise like [method@Machine.command].
 *
 * Returns: (transfer full): what the command returned
 *
 * Since: 1.0
 */
JsonNode *
q_machine_command_with_fd (QMachine *self, const char *command, JsonNode *arguments, int fd,
                           GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_monitor_reply_to_node (
    q_operation_run_sync (command_operation (self, command, arguments, fd,
                                             Q_MONITOR_REPLY_RETURN, cancellable),
                          error),
    error);
}

/**
 * q_machine_command_with_fd_async:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @fd: a descriptor, which stays the caller's
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Machine.command_with_fd], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_command_with_fd_async (QMachine *self, const char *command, JsonNode *arguments, int fd,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (command_operation (self, command, arguments, fd, Q_MONITOR_REPLY_RETURN,
                                            cancellable),
                         q_machine_command_with_fd_async, callback, user_data);
}

/**
 * q_machine_command_with_fd_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.command_with_fd_async].
 *
 * Returns: (transfer full): what the command returned
 *
 * Since: 1.0
 */
JsonNode *
q_machine_command_with_fd_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_monitor_reply_to_node (
    q_operation_finish (self, result, q_machine_command_with_fd_async, error),
    error);
}

/* -- descriptors -- */

static QOperation *
send_fd_operation (QMachine *self, int fd, const char *path, GCancellable *cancellable)
{
  GError *refusal = NULL;
  QMonitorRequest *request = q_monitor_request_new_for_fd (fd, path, &refusal);

  return request_operation (self, request, refusal, cancellable);
}

/**
 * q_machine_send_fd:
 * @self: a running machine
 * @fd: a descriptor, which stays the caller's
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a descriptor alone; the next command that asks for one, such as `getfd`, takes it.
 *
 * No other descriptor is sent before the command after it is answered;
 * [method@Machine.command_with_fd] does both in one. Errors: %Q_MONITOR_ERROR_INVALID_COMMAND when
 * the descriptor is not open, or the monitor is not on a Unix socket; %Q_MONITOR_ERROR_BUSY when
 * one was sent already and no command since; otherwise like [method@Machine.command].
 *
 * Returns: %TRUE when it is sent
 *
 * Since: 1.0
 */
gboolean
q_machine_send_fd (QMachine *self, int fd, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (send_fd_operation (self, fd, NULL, cancellable), error) != NULL;
}

/**
 * q_machine_send_fd_async:
 * @self: a running machine
 * @fd: a descriptor, which stays the caller's
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when it is sent
 * @user_data: data for @callback
 *
 * Like [method@Machine.send_fd], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_send_fd_async (QMachine *self, int fd, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  q_operation_run_async (send_fd_operation (self, fd, NULL, cancellable),
                         q_machine_send_fd_async, callback, user_data);
}

/**
 * q_machine_send_fd_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.send_fd_async].
 *
 * Returns: %TRUE when it is sent
 *
 * Since: 1.0
 */
gboolean
q_machine_send_fd_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);

  return q_operation_finish (self, result, q_machine_send_fd_async, error) != NULL;
}

/**
 * q_machine_send_file:
 * @self: a running machine
 * @path: (type filename): the path of a file
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Opens a file and sends its descriptor, like [method@Machine.send_fd].
 *
 * It is opened for reading and writing, and where that is not allowed for reading.
 *
 * Returns: %TRUE when it is sent
 *
 * Since: 1.0
 */
gboolean
q_machine_send_file (QMachine *self, const char *path, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (send_fd_operation (self, -1, path, cancellable), error) != NULL;
}

/**
 * q_machine_send_file_async:
 * @self: a running machine
 * @path: (type filename): the path of a file
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when it is sent
 * @user_data: data for @callback
 *
 * Like [method@Machine.send_file], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_send_file_async (QMachine *self, const char *path, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (path != NULL);

  q_operation_run_async (send_fd_operation (self, -1, path, cancellable),
                         q_machine_send_file_async, callback, user_data);
}

/**
 * q_machine_send_file_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.send_file_async].
 *
 * Returns: %TRUE when it is sent
 *
 * Since: 1.0
 */
gboolean
q_machine_send_file_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);

  return q_operation_finish (self, result, q_machine_send_file_async, error) != NULL;
}

/* -- events -- */

static void
wait_event_start (QOperation *operation)
{
  QMachine *self = q_operation_get_source_object (operation);
  QMachineStatus *status = q_machine_get_status (self);
  g_autoptr (QMonitor) monitor = q_machine_status_dup_monitor (status);
  QMonitorEventQuery *query = q_operation_get_data (operation);

  /* After the end the events of the last moments are still there to be taken. */
  if (monitor == NULL)
    {
      return_not_running (operation, status);
      return;
    }

  prepare_call (&query->call, status, monitor);
  q_monitor_session_wait_event (operation);
}

static QOperation *
wait_event_operation (QMachine *self, const char *const *names, JsonNode *match, int timeout,
                      GCancellable *cancellable)
{
  QDispatcher *dispatcher = q_machine_status_get_dispatcher (q_machine_get_status (self));
  QOperation *operation
    = q_operation_new (self, dispatcher, "wait_event", cancellable, wait_event_start);
  GError *refusal = NULL;
  QMonitorEventQuery *query = q_monitor_event_query_new (names, match, timeout, &refusal);

  if (query == NULL)
    q_operation_refuse (operation, refusal);
  else
    q_operation_set_data (operation, query, (GDestroyNotify)q_monitor_event_query_free);

  return operation;
}

/**
 * q_machine_wait_event:
 * @self: a machine
 * @names: (nullable) (array zero-terminated=1): names of events, or %NULL for any
 * @match: (nullable) (transfer none): what the event's data must match, or %NULL for anything
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Takes the oldest event that fits, waiting for one if need be.
 *
 * Events that came before the call count, as long as nobody took them and they are among the last
 * [property@Monitor:event-backlog]; those that do not fit stay where they are. See
 * [method@MonitorEvent.matches] for the rule of @match.
 *
 * Errors: %G_IO_ERROR_TIMED_OUT, also for a @timeout of 0; %G_IO_ERROR_CANCELLED;
 * %Q_MONITOR_ERROR_INVALID_COMMAND for a @timeout below -1 and a @match that is no JSON;
 * %Q_MACHINE_ERROR_NOT_RUNNING; %Q_MACHINE_ERROR_EXITED as soon as QEMU has ended;
 * %Q_MONITOR_ERROR_CLOSED when only its monitor is gone.
 *
 * Returns: (transfer full): the event
 *
 * Since: 1.0
 */
QMonitorEvent *
q_machine_wait_event (QMachine *self, const char *const *names, JsonNode *match, int timeout,
                      GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (wait_event_operation (self, names, match, timeout, cancellable),
                               error);
}

/**
 * q_machine_wait_event_async:
 * @self: a machine
 * @names: (nullable) (array zero-terminated=1): names of events, or %NULL for any
 * @match: (nullable) (transfer none): what the event's data must match, or %NULL for anything
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when there is one
 * @user_data: data for @callback
 *
 * Like [method@Machine.wait_event], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_wait_event_async (QMachine *self, const char *const *names, JsonNode *match,
                            int timeout, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  q_operation_run_async (wait_event_operation (self, names, match, timeout, cancellable),
                         q_machine_wait_event_async, callback, user_data);
}

/**
 * q_machine_wait_event_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.wait_event_async].
 *
 * Returns: (transfer full): the event
 *
 * Since: 1.0
 */
QMonitorEvent *
q_machine_wait_event_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_operation_finish (self, result, q_machine_wait_event_async, error);
}

/**
 * q_machine_pop_event:
 * @self: a machine
 *
 * Takes the oldest event of this launch that nobody has taken. Does not wait.
 *
 * Events stay there after the end until the next launch.
 *
 * Returns: (nullable) (transfer full): the event, or %NULL if there is none
 *
 * Since: 1.0
 */
QMonitorEvent *
q_machine_pop_event (QMachine *self)
{
  g_autoptr (QMonitor) monitor = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  monitor = q_machine_get_monitor (self);
  return monitor != NULL ? q_monitor_pop_event (monitor) : NULL;
}

/**
 * q_machine_pop_events:
 * @self: a machine
 *
 * Takes all events of this launch that nobody has taken, oldest first. Does not wait.
 *
 * Returns: (transfer full) (element-type QMonitorEvent): the events, maybe none
 *
 * Since: 1.0
 */
GList *
q_machine_pop_events (QMachine *self)
{
  g_autoptr (QMonitor) monitor = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  monitor = q_machine_get_monitor (self);
  return monitor != NULL ? q_monitor_pop_events (monitor) : NULL;
}
