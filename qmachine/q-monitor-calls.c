/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-monitor.h"

#include "q-monitor-private.h"

/* The calls of a monitor: each an operation that its session carries out, in its three forms. */

static QOperation *
new_operation (QMonitor *self, const char *name, GCancellable *cancellable, QOperationFunc start)
{
  return q_operation_new (self, q_monitor_get_dispatcher (self), name, cancellable, start);
}

/* -- attach -- */

typedef struct
{
  QMonitorSession *session; /* owned */
  GSocketAddress *address;  /* one of the two */
  GIOStream *stream;
} AttachData;

static void
attach_data_free (gpointer data)
{
  AttachData *attach = data;

  q_monitor_session_unref (attach->session);
  g_clear_object (&attach->address);
  g_clear_object (&attach->stream);
  g_free (attach);
}

static void
attach_opened_cb (const GError *error, gpointer data)
{
  QOperation *operation = data;

  q_operation_set_withdraw (operation, NULL);
  if (error == NULL)
    q_operation_return_true (operation);
  else
    q_operation_return_error (operation, g_error_copy (error));
}

static void
attach_ignored_cb (const GError *error, gpointer data)
{
}

static void
attach_withdraw (QOperation *operation)
{
  AttachData *attach = q_operation_get_data (operation);

  q_monitor_session_redirect_opened (attach->session, attach_ignored_cb, NULL);
  q_monitor_session_close (attach->session, NULL);
}

static void
attach_start (QOperation *operation)
{
  AttachData *attach = q_operation_get_data (operation);
  QMonitorSettings settings;

  if (q_monitor_session_get_state (attach->session) != Q_MONITOR_STATE_CLOSED)
    {
      q_operation_return_new_error (operation, Q_MONITOR_ERROR, Q_MONITOR_ERROR_BUSY,
                                    "attach: the monitor is attached already");
      return;
    }

  q_monitor_session_get_settings (attach->session, &settings);
  q_operation_set_withdraw (operation, attach_withdraw);
  q_operation_set_timeout (operation, settings.attach_timeout,
                           "no greeting came (is another client connected to this monitor?)");
  if (attach->address != NULL)
    q_monitor_session_connect (attach->session, attach->address, attach_opened_cb, operation);
  else
    q_monitor_session_open (attach->session, attach->stream, attach_opened_cb, operation);
}

static QOperation *
attach_operation (QMonitor *self, GSocketAddress *address, GIOStream *stream,
                  GCancellable *cancellable)
{
  QOperation *operation = new_operation (self, "attach", cancellable, attach_start);
  AttachData *attach = g_new0 (AttachData, 1);

  attach->session = q_monitor_session_ref (q_monitor_get_session (self));
  g_set_object (&attach->address, address);
  g_set_object (&attach->stream, stream);
  q_operation_set_data (operation, attach, attach_data_free);

  return operation;
}

/**
 * q_monitor_attach:
 * @self: a monitor without a session
 * @address: where a QMP server listens
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Connects to a QMP server and negotiates.
 *
 * Blocks for at most [property@Monitor:attach-timeout] milliseconds. A QEMU monitor serves one
 * client at a time: while another one is connected no greeting comes, and the call fails with
 * %G_IO_ERROR_TIMED_OUT. Other errors: those of connecting, of the domain of GIO, and
 * [error@MonitorError]. After a failure the monitor can be attached again.
 *
 * Returns: %TRUE when commands can be sent
 *
 * Since: 1.0
 */
gboolean
q_monitor_attach (QMonitor *self, GSocketAddress *address, GCancellable *cancellable,
                  GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), FALSE);
  g_return_val_if_fail (G_IS_SOCKET_ADDRESS (address), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (attach_operation (self, address, NULL, cancellable), error) != NULL;
}

/**
 * q_monitor_attach_async:
 * @self: a monitor without a session
 * @address: where a QMP server listens
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Monitor.attach], without blocking.
 *
 * Since: 1.0
 */
void
q_monitor_attach_async (QMonitor *self, GSocketAddress *address, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MONITOR (self));
  g_return_if_fail (G_IS_SOCKET_ADDRESS (address));

  q_operation_run_async (attach_operation (self, address, NULL, cancellable),
                         q_monitor_attach_async, callback, user_data);
}

/**
 * q_monitor_attach_finish:
 * @self: the monitor
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Monitor.attach_async].
 *
 * Returns: %TRUE when commands can be sent
 *
 * Since: 1.0
 */
gboolean
q_monitor_attach_finish (QMonitor *self, GAsyncResult *result, GError **error)
{
  return q_operation_finish (self, result, q_monitor_attach_async, error) != NULL;
}

/**
 * q_monitor_attach_stream:
 * @self: a monitor without a session
 * @stream: a connection to a QMP server, on which nothing was read yet
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Takes the greeting from a stream and negotiates.
 *
 * The stream is the monitor's from now on and closed with it. Otherwise like
 * [method@Monitor.attach].
 *
 * Returns: %TRUE when commands can be sent
 *
 * Since: 1.0
 */
gboolean
q_monitor_attach_stream (QMonitor *self, GIOStream *stream, GCancellable *cancellable,
                         GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), FALSE);
  g_return_val_if_fail (G_IS_IO_STREAM (stream), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (attach_operation (self, NULL, stream, cancellable), error) != NULL;
}

/**
 * q_monitor_attach_stream_async:
 * @self: a monitor without a session
 * @stream: a connection to a QMP server, on which nothing was read yet
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Monitor.attach_stream], without blocking.
 *
 * Since: 1.0
 */
void
q_monitor_attach_stream_async (QMonitor *self, GIOStream *stream, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MONITOR (self));
  g_return_if_fail (G_IS_IO_STREAM (stream));

  q_operation_run_async (attach_operation (self, NULL, stream, cancellable),
                         q_monitor_attach_stream_async, callback, user_data);
}

/**
 * q_monitor_attach_stream_finish:
 * @self: the monitor
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Monitor.attach_stream_async].
 *
 * Returns: %TRUE when commands can be sent
 *
 * Since: 1.0
 */
gboolean
q_monitor_attach_stream_finish (QMonitor *self, GAsyncResult *result, GError **error)
{
  return q_operation_finish (self, result, q_monitor_attach_stream_async, error) != NULL;
}

/* -- commands -- */

/* Takes over the request; NULL is one that was refused, with the reason. */
static QOperation *
request_operation (QMonitor *self, QMonitorRequest *request, GError *refusal,
                   GCancellable *cancellable)
{
  QOperation *operation = new_operation (self, request != NULL ? request->command : "command",
                                         cancellable, q_monitor_session_execute);

  if (request == NULL)
    {
      q_operation_refuse (operation, refusal);
      return operation;
    }

  request->call.session = q_monitor_session_ref (q_monitor_get_session (self));
  q_operation_set_data (operation, request, (GDestroyNotify)q_monitor_request_free);

  return operation;
}

static QOperation *
execute_operation (QMonitor *self, const char *command, JsonNode *arguments, QExecuteFlags flags,
                   int fd, GCancellable *cancellable)
{
  GError *refusal = NULL;
  QMonitorRequest *request = q_monitor_request_new_for_node (
    command, arguments, flags, fd, Q_MONITOR_REPLY_RETURN, &refusal);

  return request_operation (self, request, refusal, cancellable);
}

static QOperation *
execute_json_operation (QMonitor *self, const char *command, const char *arguments,
                        QExecuteFlags flags, GCancellable *cancellable)
{
  GError *refusal = NULL;
  QMonitorRequest *request = q_monitor_request_new (command, arguments, flags, Q_MONITOR_NO_FD,
                                                    Q_MONITOR_REPLY_RETURN, &refusal);

  return request_operation (self, request, refusal, cancellable);
}

/**
 * q_monitor_execute:
 * @self: a monitor
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @flags: how to send it
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
 * [method@Monitor.execute_json] keeps it.
 *
 * Errors: [error@CommandError] when QEMU refuses; %Q_MONITOR_ERROR_CLOSED;
 * %Q_MONITOR_ERROR_INVALID_COMMAND and %Q_MONITOR_ERROR_TOO_LARGE for input that cannot be sent;
 * %Q_MONITOR_ERROR_BUSY when too many commands wait; %G_IO_ERROR_TIMED_OUT;
 * %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): what the command returned
 *
 * Since: 1.0
 */
JsonNode *
q_monitor_execute (QMonitor *self, const char *command, JsonNode *arguments, QExecuteFlags flags,
                   GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_monitor_reply_to_node (
    q_operation_run_sync (execute_operation (self, command, arguments, flags, Q_MONITOR_NO_FD,
                                             cancellable),
                          error),
    error);
}

/**
 * q_monitor_execute_async:
 * @self: a monitor
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @flags: how to send it
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Monitor.execute], without blocking.
 *
 * Since: 1.0
 */
void
q_monitor_execute_async (QMonitor *self, const char *command, JsonNode *arguments,
                         QExecuteFlags flags, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MONITOR (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (execute_operation (self, command, arguments, flags, Q_MONITOR_NO_FD,
                                            cancellable),
                         q_monitor_execute_async, callback, user_data);
}

/**
 * q_monitor_execute_finish:
 * @self: the monitor
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Monitor.execute_async].
 *
 * Returns: (transfer full): what the command returned
 *
 * Since: 1.0
 */
JsonNode *
q_monitor_execute_finish (QMonitor *self, GAsyncResult *result, GError **error)
{
  return q_monitor_reply_to_node (
    q_operation_finish (self, result, q_monitor_execute_async, error), error);
}

/**
 * q_monitor_execute_json:
 * @self: a monitor
 * @command: the name of the command
 * @arguments: (nullable): a JSON object as text, or %NULL for none
 * @flags: how to send it
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a command and waits for its answer, as texts.
 *
 * Nothing is lost on the way: the arguments are sent as they are, once they are known to be valid
 * JSON, and the result is what QEMU wrote. Otherwise like [method@Monitor.execute].
 *
 * Returns: (transfer full): what the command returned, as JSON text
 *
 * Since: 1.0
 */
char *
q_monitor_execute_json (QMonitor *self, const char *command, const char *arguments,
                        QExecuteFlags flags, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (
    execute_json_operation (self, command, arguments, flags, cancellable), error);
}

/**
 * q_monitor_execute_json_async:
 * @self: a monitor
 * @command: the name of the command
 * @arguments: (nullable): a JSON object as text, or %NULL for none
 * @flags: how to send it
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Monitor.execute_json], without blocking.
 *
 * Since: 1.0
 */
void
q_monitor_execute_json_async (QMonitor *self, const char *command, const char *arguments,
                              QExecuteFlags flags, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MONITOR (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (execute_json_operation (self, command, arguments, flags, cancellable),
                         q_monitor_execute_json_async, callback, user_data);
}

/**
 * q_monitor_execute_json_finish:
 * @self: the monitor
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Monitor.execute_json_async].
 *
 * Returns: (transfer full): what the command returned, as JSON text
 *
 * Since: 1.0
 */
char *
q_monitor_execute_json_finish (QMonitor *self, GAsyncResult *result, GError **error)
{
  return q_operation_finish (self, result, q_monitor_execute_json_async, error);
}

/**
 * q_monitor_execute_with_fd:
 * @self: a monitor on a Unix socket
 * @command: the name of the command, such as `getfd` or `add-fd`
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @fd: a descriptor, which stays the caller's
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a command together with a descriptor and waits for its answer.
 *
 * One command with a descriptor is on its way at a time; later commands wait for their turn.
 * Otherwise like [method@Monitor.execute]. %Q_MONITOR_ERROR_INVALID_COMMAND also says that the
 * descriptor is not open, or that the monitor is not on a Unix socket.
 *
 * Returns: (transfer full): what the command returned
 *
 * Since: 1.0
 */
JsonNode *
q_monitor_execute_with_fd (QMonitor *self, const char *command, JsonNode *arguments, int fd,
                           GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_monitor_reply_to_node (
    q_operation_run_sync (execute_operation (self, command, arguments, Q_EXECUTE_FLAGS_NONE, fd,
                                             cancellable),
                          error),
    error);
}

/**
 * q_monitor_execute_with_fd_async:
 * @self: a monitor on a Unix socket
 * @command: the name of the command, such as `getfd` or `add-fd`
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @fd: a descriptor, which stays the caller's and may be closed at once
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Monitor.execute_with_fd], without blocking.
 *
 * Since: 1.0
 */
void
q_monitor_execute_with_fd_async (QMonitor *self, const char *command, JsonNode *arguments, int fd,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_return_if_fail (Q_IS_MONITOR (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (
    execute_operation (self, command, arguments, Q_EXECUTE_FLAGS_NONE, fd, cancellable),
    q_monitor_execute_with_fd_async, callback, user_data);
}

/**
 * q_monitor_execute_with_fd_finish:
 * @self: the monitor
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Monitor.execute_with_fd_async].
 *
 * Returns: (transfer full): what the command returned
 *
 * Since: 1.0
 */
JsonNode *
q_monitor_execute_with_fd_finish (QMonitor *self, GAsyncResult *result, GError **error)
{
  return q_monitor_reply_to_node (
    q_operation_finish (self, result, q_monitor_execute_with_fd_async, error), error);
}

/* -- descriptors -- */

static QOperation *
send_fd_operation (QMonitor *self, int fd, const char *path, GCancellable *cancellable)
{
  GError *refusal = NULL;
  QMonitorRequest *request = q_monitor_request_new_for_fd (fd, path, &refusal);

  return request_operation (self, request, refusal, cancellable);
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
 * No other descriptor is sent before the command after it is answered;
 * [method@Monitor.execute_with_fd] does both in one. Errors: %Q_MONITOR_ERROR_INVALID_COMMAND when
 * the descriptor is not open, or the monitor is not on a Unix socket; %Q_MONITOR_ERROR_BUSY when
 * one was sent already and no command since; otherwise like [method@Monitor.execute].
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

  q_operation_run_async (send_fd_operation (self, fd, NULL, cancellable),
                         q_monitor_send_fd_async, callback, user_data);
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
 * It is opened for reading and writing, and where that is not allowed for reading.
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

  q_operation_run_async (send_fd_operation (self, -1, path, cancellable),
                         q_monitor_send_file_async, callback, user_data);
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

/* -- events -- */

static QOperation *
wait_event_operation (QMonitor *self, const char *const *names, JsonNode *match, int timeout,
                      GCancellable *cancellable)
{
  QOperation *operation
    = new_operation (self, "wait_event", cancellable, q_monitor_session_wait_event);
  GError *refusal = NULL;
  QMonitorEventQuery *query = q_monitor_event_query_new (names, match, timeout, &refusal);

  if (query == NULL)
    {
      q_operation_refuse (operation, refusal);
      return operation;
    }

  query->call.session = q_monitor_session_ref (q_monitor_get_session (self));
  q_operation_set_data (operation, query, (GDestroyNotify)q_monitor_event_query_free);

  return operation;
}

/**
 * q_monitor_wait_event:
 * @self: a monitor
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
 * %Q_MONITOR_ERROR_CLOSED as soon as the session ends.
 *
 * Returns: (transfer full): the event
 *
 * Since: 1.0
 */
QMonitorEvent *
q_monitor_wait_event (QMonitor *self, const char *const *names, JsonNode *match, int timeout,
                      GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (wait_event_operation (self, names, match, timeout, cancellable),
                               error);
}

/**
 * q_monitor_wait_event_async:
 * @self: a monitor
 * @names: (nullable) (array zero-terminated=1): names of events, or %NULL for any
 * @match: (nullable) (transfer none): what the event's data must match, or %NULL for anything
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when there is one
 * @user_data: data for @callback
 *
 * Like [method@Monitor.wait_event], without blocking.
 *
 * Since: 1.0
 */
void
q_monitor_wait_event_async (QMonitor *self, const char *const *names, JsonNode *match,
                            int timeout, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_return_if_fail (Q_IS_MONITOR (self));

  q_operation_run_async (wait_event_operation (self, names, match, timeout, cancellable),
                         q_monitor_wait_event_async, callback, user_data);
}

/**
 * q_monitor_wait_event_finish:
 * @self: the monitor
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Monitor.wait_event_async].
 *
 * Returns: (transfer full): the event
 *
 * Since: 1.0
 */
QMonitorEvent *
q_monitor_wait_event_finish (QMonitor *self, GAsyncResult *result, GError **error)
{
  return q_operation_finish (self, result, q_monitor_wait_event_async, error);
}

/* -- close -- */

static void
close_start (QOperation *operation)
{
  q_monitor_session_close (q_operation_get_data (operation), NULL);
  q_operation_return_true (operation);
}

static QOperation *
close_operation (QMonitor *self, GCancellable *cancellable)
{
  QOperation *operation = new_operation (self, "close", cancellable, close_start);

  q_operation_set_data (operation, q_monitor_session_ref (q_monitor_get_session (self)),
                        (GDestroyNotify)q_monitor_session_unref);
  return operation;
}

/**
 * q_monitor_close:
 * @self: a monitor
 * @cancellable: (nullable): looked at before the session is closed
 * @error: return location for an error
 *
 * Closes the session; commands that wait fail with %Q_MONITOR_ERROR_CLOSED.
 *
 * The peer goes on and can be attached to again. Does nothing when there is no session.
 *
 * Returns: %TRUE when there is no session any more
 *
 * Since: 1.0
 */
gboolean
q_monitor_close (QMonitor *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (close_operation (self, cancellable), error) != NULL;
}

/**
 * q_monitor_close_async:
 * @self: a monitor
 * @cancellable: (nullable): looked at before the session is closed
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Monitor.close], without blocking.
 *
 * Since: 1.0
 */
void
q_monitor_close_async (QMonitor *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_return_if_fail (Q_IS_MONITOR (self));

  q_operation_run_async (close_operation (self, cancellable), q_monitor_close_async, callback,
                         user_data);
}

/**
 * q_monitor_close_finish:
 * @self: the monitor
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Monitor.close_async].
 *
 * Returns: %TRUE when there is no session any more
 *
 * Since: 1.0
 */
gboolean
q_monitor_close_finish (QMonitor *self, GAsyncResult *result, GError **error)
{
  return q_operation_finish (self, result, q_monitor_close_async, error) != NULL;
}
