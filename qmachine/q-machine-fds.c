/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-machine.h"

#include "q-machine-private.h"

/* Descriptors that go to QEMU over its monitor, with a command or alone. */

/**
 * q_machine_command_with_fd:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @fd: a descriptor, which stays the caller's
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a QMP command together with a descriptor, such as `getfd` or `add-fd`, and waits for its
 * answer.
 *
 * One command with a descriptor is on its way at a time; a later one, and what comes behind it,
 * waits for its turn. The descriptor is duplicated at once. Errors:
 * %Q_MONITOR_ERROR_INVALID_COMMAND also when it is not open, when the system does not let it pass,
 * or when the monitor is not on a Unix socket; %Q_MONITOR_ERROR_BUSY also when a descriptor was
 * sent alone and no command since; otherwise like [method@Machine.command].
 *
 * ```c
 * int fd = g_open (path, O_RDWR | O_CLOEXEC, 0);
 * g_autoptr (JsonNode) set
 *   = q_machine_command_with_fd (machine, "add-fd", NULL, fd, Q_TIMEOUT_DEFAULT, NULL, error);
 *
 * g_close (fd, NULL);
 * if (set == NULL)
 *   return FALSE;
 * g_print ("QEMU may open /dev/fdset/%" G_GINT64_FORMAT "\n",
 *          json_object_get_int_member (json_node_get_object (set), "fdset-id"));
 * ```
 *
 * Returns: (transfer full): what the command returned
 *
 * Since: 1.0
 */
JsonNode *
q_machine_command_with_fd (QMachine *self, const char *command, JsonNode *arguments, int fd,
                           int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_reply_to_node (
    q_operation_run_sync (q_machine_command_operation (self, command, arguments, &fd,
                                                       Q_REPLY_RETURN, timeout, cancellable),
                          error),
    error);
}

/**
 * q_machine_command_with_fd_async:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @fd: a descriptor, which stays the caller's
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Machine:command-timeout]
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
                                 int timeout, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (q_machine_command_operation (self, command, arguments, &fd, Q_REPLY_RETURN,
                                                      timeout, cancellable),
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

  return q_reply_to_node (q_operation_finish (self, result, q_machine_command_with_fd_async, error),
                          error);
}

/**
 * q_machine_command_json_with_fd:
 * @self: a running machine
 * @command: the name of the command, such as `getfd` or `add-fd`
 * @arguments: (nullable): the text of a JSON object, or %NULL for none
 * @fd: a descriptor, which stays the caller's
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a command, as text, together with a descriptor and waits for its answer.
 *
 * Like [method@Machine.command_with_fd], but exact for every number. Errors: those of it.
 *
 * Returns: (transfer full): the JSON text of what the command returned, as QEMU sent it
 *
 * Since: 1.0
 */
char *
q_machine_command_json_with_fd (QMachine *self, const char *command, const char *arguments, int fd,
                                int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (q_machine_command_json_operation (self, command, arguments, &fd,
                                                                 Q_REPLY_RETURN, timeout,
                                                                 cancellable),
                               error);
}

/**
 * q_machine_command_json_with_fd_async:
 * @self: a running machine
 * @command: the name of the command, such as `getfd` or `add-fd`
 * @arguments: (nullable): the text of a JSON object, or %NULL for none
 * @fd: a descriptor, which stays the caller's and may be closed at once
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Machine.command_json_with_fd], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_command_json_with_fd_async (QMachine *self, const char *command, const char *arguments,
                                      int fd, int timeout, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (q_machine_command_json_operation (self, command, arguments, &fd,
                                                           Q_REPLY_RETURN, timeout, cancellable),
                         q_machine_command_json_with_fd_async, callback, user_data);
}

/**
 * q_machine_command_json_with_fd_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.command_json_with_fd_async].
 *
 * Returns: (transfer full): the JSON text of what the command returned
 *
 * Since: 1.0
 */
char *
q_machine_command_json_with_fd_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_operation_finish (self, result, q_machine_command_json_with_fd_async, error);
}

static QOperation *
send_fd_operation (QMachine *self, int fd, const char *path, GCancellable *cancellable)
{
  GError *refusal = NULL;
  QRequest *request = q_request_new_for_fd (fd, path, &refusal);

  return q_machine_request_operation (self, request, refusal, Q_TIMEOUT_DEFAULT, cancellable);
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
 * The command after it is answered before anything else is sent;
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

  q_operation_run_async (send_fd_operation (self, fd, NULL, cancellable), q_machine_send_fd_async,
                         callback, user_data);
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
 * It is opened for reading and writing, and where that is not allowed for reading, in the thread
 * that makes the call. %Q_MONITOR_ERROR_INVALID_COMMAND also says that it cannot be opened.
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

  q_operation_run_async (send_fd_operation (self, -1, path, cancellable), q_machine_send_file_async,
                         callback, user_data);
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
