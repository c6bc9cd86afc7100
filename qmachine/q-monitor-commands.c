/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-monitor.h"

#include "q-monitor-private.h"

/* Commands and descriptors, in the forms of their calls. */

/* -- commands -- */

/* Takes over the request; NULL is one that was refused, with the reason. */
static QOperation *
request_operation (QMonitor *self, QRequest *request, GError *refusal, int timeout,
                   GCancellable *cancellable)
{
  QOperation *operation = q_monitor_new_operation (
    self, request != NULL ? request->command : "command", cancellable, q_session_execute);

  if (request != NULL)
    request = q_request_set_timeout (request, timeout, &refusal);
  if (request == NULL)
    {
      q_operation_refuse (operation, refusal);
      return operation;
    }

  request->call.session = q_session_ref (q_monitor_get_session (self));
  q_operation_set_data (operation, request, (GDestroyNotify)q_request_free);
  q_session_allow_direct_call (operation, NULL);

  return operation;
}

static QOperation *
command_operation (QMonitor *self, const char *command, JsonNode *arguments, QMonitorFlags flags,
                   const int *fd, QReplyKind kind, int timeout, GCancellable *cancellable)
{
  GError *refusal = NULL;
  QRequest *request = q_request_new_for_node (command, arguments, flags, fd, kind, &refusal);

  return request_operation (self, request, refusal, timeout, cancellable);
}

static QOperation *
command_json_operation (QMonitor *self, const char *command, const char *arguments,
                        QMonitorFlags flags, const int *fd, QReplyKind kind, int timeout,
                        GCancellable *cancellable)
{
  GError *refusal = NULL;
  QRequest *request = q_request_new (command, arguments, flags, fd, kind, &refusal);

  return request_operation (self, request, refusal, timeout, cancellable);
}

/**
 * q_monitor_command:
 * @self: a monitor
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @flags: how to send it
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Monitor:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a command and waits for its answer.
 *
 * Waits for as long as QEMU takes, unless [property@Monitor:command-timeout] sets a limit. A call
 * that is cancelled or takes too long is not undone: QEMU may carry it out all the same. The
 * session goes on.
 *
 * In a [struct@Json.Node] a number above 2^63-1 appears as the negative one with the same 64 bits;
 * [method@Monitor.command_json] keeps it.
 *
 * Errors: [error@CommandError] when QEMU refuses; %Q_MONITOR_ERROR_CLOSED;
 * %Q_MONITOR_ERROR_INVALID_COMMAND and %Q_MONITOR_ERROR_TOO_LARGE for input that cannot be sent;
 * %Q_MONITOR_ERROR_BUSY when 65536 commands wait, or 256 MiB are not sent yet;
 * %Q_MONITOR_ERROR_PROTOCOL and %Q_MONITOR_ERROR_TOO_LARGE when the peer breaks the session
 * meanwhile; %G_IO_ERROR_TIMED_OUT; %G_IO_ERROR_CANCELLED.
 *
 * ```c
 * g_autoptr (JsonNode) status = q_monitor_command (
 *   monitor, "query-status", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT, NULL, error);
 *
 * if (status == NULL)
 *   return FALSE;
 * g_print ("%s\n", json_object_get_string_member (json_node_get_object (status), "status"));
 * ```
 *
 * Returns: (transfer full): what the command returned
 *
 * Since: 1.0
 */
JsonNode *
q_monitor_command (QMonitor *self, const char *command, JsonNode *arguments, QMonitorFlags flags,
                   int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_reply_to_node (
    q_operation_run_sync (command_operation (self, command, arguments, flags, NULL, Q_REPLY_RETURN,
                                             timeout, cancellable),
                          error),
    error);
}

/**
 * q_monitor_command_async:
 * @self: a monitor
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @flags: how to send it
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Monitor:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Monitor.command], without blocking.
 *
 * Since: 1.0
 */
void
q_monitor_command_async (QMonitor *self, const char *command, JsonNode *arguments,
                         QMonitorFlags flags, int timeout, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MONITOR (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (
    command_operation (self, command, arguments, flags, NULL, Q_REPLY_RETURN, timeout, cancellable),
    q_monitor_command_async, callback, user_data);
}

/**
 * q_monitor_command_finish:
 * @self: the monitor
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Monitor.command_async].
 *
 * Returns: (transfer full): what the command returned
 *
 * Since: 1.0
 */
JsonNode *
q_monitor_command_finish (QMonitor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);

  return q_reply_to_node (q_operation_finish (self, result, q_monitor_command_async, error), error);
}

/**
 * q_monitor_command_json:
 * @self: a monitor
 * @command: the name of the command
 * @arguments: (nullable): a JSON object as text, or %NULL for none
 * @flags: how to send it
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Monitor:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a command and waits for its answer, as texts.
 *
 * Nothing is lost on the way: the arguments are sent as they are, once they are known to be valid
 * JSON, and the result is what QEMU wrote. Otherwise like [method@Monitor.command].
 *
 * Returns: (transfer full): what the command returned, as JSON text
 *
 * Since: 1.0
 */
char *
q_monitor_command_json (QMonitor *self, const char *command, const char *arguments,
                        QMonitorFlags flags, int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (command_json_operation (self, command, arguments, flags, NULL,
                                                       Q_REPLY_RETURN, timeout, cancellable),
                               error);
}

/**
 * q_monitor_command_json_async:
 * @self: a monitor
 * @command: the name of the command
 * @arguments: (nullable): a JSON object as text, or %NULL for none
 * @flags: how to send it
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Monitor:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Monitor.command_json], without blocking.
 *
 * Since: 1.0
 */
void
q_monitor_command_json_async (QMonitor *self, const char *command, const char *arguments,
                              QMonitorFlags flags, int timeout, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MONITOR (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (command_json_operation (self, command, arguments, flags, NULL,
                                                 Q_REPLY_RETURN, timeout, cancellable),
                         q_monitor_command_json_async, callback, user_data);
}

/**
 * q_monitor_command_json_finish:
 * @self: the monitor
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Monitor.command_json_async].
 *
 * Returns: (transfer full): what the command returned, as JSON text
 *
 * Since: 1.0
 */
char *
q_monitor_command_json_finish (QMonitor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);

  return q_operation_finish (self, result, q_monitor_command_json_async, error);
}

/**
 * q_monitor_qmp:
 * @self: a monitor
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @flags: how to send it
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Monitor:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a command and returns the whole reply.
 *
 * When the peer refuses, that is a normal result with a member `error`. Otherwise like
 * [method@Monitor.command].
 *
 * Returns: (transfer full): the reply: an object with `return` or `error`
 *
 * Since: 1.0
 */
JsonNode *
q_monitor_qmp (QMonitor *self, const char *command, JsonNode *arguments, QMonitorFlags flags,
               int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_reply_to_node (
    q_operation_run_sync (command_operation (self, command, arguments, flags, NULL, Q_REPLY_WHOLE,
                                             timeout, cancellable),
                          error),
    error);
}

/**
 * q_monitor_qmp_async:
 * @self: a monitor
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @flags: how to send it
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Monitor:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Monitor.qmp], without blocking.
 *
 * Since: 1.0
 */
void
q_monitor_qmp_async (QMonitor *self, const char *command, JsonNode *arguments, QMonitorFlags flags,
                     int timeout, GCancellable *cancellable, GAsyncReadyCallback callback,
                     gpointer user_data)
{
  g_return_if_fail (Q_IS_MONITOR (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (
    command_operation (self, command, arguments, flags, NULL, Q_REPLY_WHOLE, timeout, cancellable),
    q_monitor_qmp_async, callback, user_data);
}

/**
 * q_monitor_qmp_finish:
 * @self: the monitor
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Monitor.qmp_async].
 *
 * Returns: (transfer full): the reply: an object with `return` or `error`
 *
 * Since: 1.0
 */
JsonNode *
q_monitor_qmp_finish (QMonitor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);

  return q_reply_to_node (q_operation_finish (self, result, q_monitor_qmp_async, error), error);
}

/**
 * q_monitor_qmp_json:
 * @self: a monitor
 * @command: the name of the command
 * @arguments: (nullable): a JSON object as text, or %NULL for none
 * @flags: how to send it
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Monitor:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a QMP command and returns the whole reply, as texts.
 *
 * When QEMU refuses, that is a normal result with a member `error`. Otherwise like
 * [method@Monitor.command_json].
 *
 * Returns: (transfer full): the reply as JSON text: an object with `return` or `error`
 *
 * Since: 1.0
 */
char *
q_monitor_qmp_json (QMonitor *self, const char *command, const char *arguments, QMonitorFlags flags,
                    int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (command_json_operation (self, command, arguments, flags, NULL,
                                                       Q_REPLY_WHOLE, timeout, cancellable),
                               error);
}

/**
 * q_monitor_qmp_json_async:
 * @self: a monitor
 * @command: the name of the command
 * @arguments: (nullable): a JSON object as text, or %NULL for none
 * @flags: how to send it
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Monitor:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Monitor.qmp_json], without blocking.
 *
 * Since: 1.0
 */
void
q_monitor_qmp_json_async (QMonitor *self, const char *command, const char *arguments,
                          QMonitorFlags flags, int timeout, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MONITOR (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (command_json_operation (self, command, arguments, flags, NULL,
                                                 Q_REPLY_WHOLE, timeout, cancellable),
                         q_monitor_qmp_json_async, callback, user_data);
}

/**
 * q_monitor_qmp_json_finish:
 * @self: the monitor
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Monitor.qmp_json_async].
 *
 * Returns: (transfer full): the reply as JSON text: an object with `return` or `error`
 *
 * Since: 1.0
 */
char *
q_monitor_qmp_json_finish (QMonitor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);

  return q_operation_finish (self, result, q_monitor_qmp_json_async, error);
}

/**
 * q_monitor_command_with_fd:
 * @self: a monitor on a Unix socket
 * @command: the name of the command, such as `getfd` or `add-fd`
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @fd: a descriptor, which stays the caller's
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Monitor:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a command together with a descriptor and waits for its answer.
 *
 * One command with a descriptor is on its way at a time; a later one, and what comes behind it,
 * waits for its turn. The descriptor is duplicated at once. Errors:
 * %Q_MONITOR_ERROR_INVALID_COMMAND also when it is not open, when the system does not let it pass,
 * or when the monitor is not on a Unix socket; %Q_MONITOR_ERROR_BUSY also when a descriptor was
 * sent alone and no command since; otherwise like [method@Monitor.command].
 *
 * Returns: (transfer full): what the command returned
 *
 * Since: 1.0
 */
JsonNode *
q_monitor_command_with_fd (QMonitor *self, const char *command, JsonNode *arguments, int fd,
                           int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_reply_to_node (
    q_operation_run_sync (command_operation (self, command, arguments, Q_MONITOR_FLAGS_NONE, &fd,
                                             Q_REPLY_RETURN, timeout, cancellable),
                          error),
    error);
}

/**
 * q_monitor_command_with_fd_async:
 * @self: a monitor on a Unix socket
 * @command: the name of the command, such as `getfd` or `add-fd`
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @fd: a descriptor, which stays the caller's and may be closed at once
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Monitor:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Monitor.command_with_fd], without blocking.
 *
 * Since: 1.0
 */
void
q_monitor_command_with_fd_async (QMonitor *self, const char *command, JsonNode *arguments, int fd,
                                 int timeout, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MONITOR (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (command_operation (self, command, arguments, Q_MONITOR_FLAGS_NONE, &fd,
                                            Q_REPLY_RETURN, timeout, cancellable),
                         q_monitor_command_with_fd_async, callback, user_data);
}

/**
 * q_monitor_command_with_fd_finish:
 * @self: the monitor
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Monitor.command_with_fd_async].
 *
 * Returns: (transfer full): what the command returned
 *
 * Since: 1.0
 */
JsonNode *
q_monitor_command_with_fd_finish (QMonitor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);

  return q_reply_to_node (q_operation_finish (self, result, q_monitor_command_with_fd_async, error),
                          error);
}

/**
 * q_monitor_command_json_with_fd:
 * @self: a monitor on a Unix socket
 * @command: the name of the command, such as `getfd` or `add-fd`
 * @arguments: (nullable): the text of a JSON object, or %NULL for none
 * @fd: a descriptor, which stays the caller's
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Monitor:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a command, as text, together with a descriptor and waits for its answer.
 *
 * Like [method@Monitor.command_with_fd], but exact for every number. Errors: those of it.
 *
 * Returns: (transfer full): the JSON text of what the command returned, as QEMU sent it
 *
 * Since: 1.0
 */
char *
q_monitor_command_json_with_fd (QMonitor *self, const char *command, const char *arguments, int fd,
                                int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (command_json_operation (self, command, arguments,
                                                       Q_MONITOR_FLAGS_NONE, &fd, Q_REPLY_RETURN,
                                                       timeout, cancellable),
                               error);
}

/**
 * q_monitor_command_json_with_fd_async:
 * @self: a monitor on a Unix socket
 * @command: the name of the command, such as `getfd` or `add-fd`
 * @arguments: (nullable): the text of a JSON object, or %NULL for none
 * @fd: a descriptor, which stays the caller's and may be closed at once
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Monitor:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Monitor.command_json_with_fd], without blocking.
 *
 * Since: 1.0
 */
void
q_monitor_command_json_with_fd_async (QMonitor *self, const char *command, const char *arguments,
                                      int fd, int timeout, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MONITOR (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (command_json_operation (self, command, arguments, Q_MONITOR_FLAGS_NONE,
                                                 &fd, Q_REPLY_RETURN, timeout, cancellable),
                         q_monitor_command_json_with_fd_async, callback, user_data);
}

/**
 * q_monitor_command_json_with_fd_finish:
 * @self: the monitor
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Monitor.command_json_with_fd_async].
 *
 * Returns: (transfer full): the JSON text of what the command returned
 *
 * Since: 1.0
 */
char *
q_monitor_command_json_with_fd_finish (QMonitor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);

  return q_operation_finish (self, result, q_monitor_command_json_with_fd_async, error);
}

/* -- descriptors -- */

static QOperation *
send_fd_operation (QMonitor *self, int fd, const char *path, GCancellable *cancellable)
{
  GError *refusal = NULL;
  QRequest *request = q_request_new_for_fd (fd, path, &refusal);

  return request_operation (self, request, refusal, Q_TIMEOUT_DEFAULT, cancellable);
}

/**
 * q_monitor_send_fd:
 * @self: a monitor on a Unix socket
 * @fd: a descriptor, which stays the caller's
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a descriptor alone; the next command that asks for one, such as `getfd`, takes it.
 *
 * The command after it is answered before anything else is sent;
 * [method@Monitor.command_with_fd] does both in one. Errors: %Q_MONITOR_ERROR_INVALID_COMMAND when
 * the descriptor is not open, or the monitor is not on a Unix socket; %Q_MONITOR_ERROR_BUSY when
 * one was sent already and no command since; otherwise like [method@Monitor.command].
 *
 * Returns: %TRUE when it is sent
 *
 * Since: 1.0
 */
gboolean
q_monitor_send_fd (QMonitor *self, int fd, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (send_fd_operation (self, fd, NULL, cancellable), error) != NULL;
}

/**
 * q_monitor_send_fd_async:
 * @self: a monitor on a Unix socket
 * @fd: a descriptor, which stays the caller's
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when it is sent
 * @user_data: data for @callback
 *
 * Like [method@Monitor.send_fd], without blocking.
 *
 * Since: 1.0
 */
void
q_monitor_send_fd_async (QMonitor *self, int fd, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MONITOR (self));

  q_operation_run_async (send_fd_operation (self, fd, NULL, cancellable), q_monitor_send_fd_async,
                         callback, user_data);
}

/**
 * q_monitor_send_fd_finish:
 * @self: the monitor
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Monitor.send_fd_async].
 *
 * Returns: %TRUE when it is sent
 *
 * Since: 1.0
 */
gboolean
q_monitor_send_fd_finish (QMonitor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), FALSE);

  return q_operation_finish (self, result, q_monitor_send_fd_async, error) != NULL;
}

/**
 * q_monitor_send_file:
 * @self: a monitor on a Unix socket
 * @path: (type filename): the path of a file
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Opens a file and sends its descriptor, like [method@Monitor.send_fd].
 *
 * It is opened for reading and writing, and where that is not allowed for reading, in the thread
 * that makes the call. %Q_MONITOR_ERROR_INVALID_COMMAND also says that it cannot be opened.
 *
 * Returns: %TRUE when it is sent
 *
 * Since: 1.0
 */
gboolean
q_monitor_send_file (QMonitor *self, const char *path, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (send_fd_operation (self, -1, path, cancellable), error) != NULL;
}

/**
 * q_monitor_send_file_async:
 * @self: a monitor on a Unix socket
 * @path: (type filename): the path of a file
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when it is sent
 * @user_data: data for @callback
 *
 * Like [method@Monitor.send_file], without blocking.
 *
 * Since: 1.0
 */
void
q_monitor_send_file_async (QMonitor *self, const char *path, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MONITOR (self));
  g_return_if_fail (path != NULL);

  q_operation_run_async (send_fd_operation (self, -1, path, cancellable), q_monitor_send_file_async,
                         callback, user_data);
}

/**
 * q_monitor_send_file_finish:
 * @self: the monitor
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Monitor.send_file_async].
 *
 * Returns: %TRUE when it is sent
 *
 * Since: 1.0
 */
gboolean
q_monitor_send_file_finish (QMonitor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), FALSE);

  return q_operation_finish (self, result, q_monitor_send_file_async, error) != NULL;
}
