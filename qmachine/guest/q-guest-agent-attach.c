/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-guest-agent-private.h"

#include <gio/gunixsocketaddress.h>

/* How the connection begins and ends, in the forms of its calls. */

static GError *
check_address (GSocketAddress *address)
{
  GUnixSocketAddress *unix_address;

  if (!G_IS_UNIX_SOCKET_ADDRESS (address))
    return NULL;

  unix_address = G_UNIX_SOCKET_ADDRESS (address);
  if (g_unix_socket_address_get_address_type (unix_address) != G_UNIX_SOCKET_ADDRESS_PATH
      || g_unix_socket_address_get_path_len (unix_address) <= Q_AGENT_MAX_PATH)
    return NULL;

  return g_error_new (G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
                      "attach: a path may have %" G_GSIZE_FORMAT " bytes; this one has more, or "
                      "GLib has cut it to %s",
                      Q_AGENT_MAX_PATH, g_unix_socket_address_get_path (unix_address));
}

static QOperation *
attach_operation (QGuestAgent *self, GSocketAddress *address, GIOStream *stream, int timeout,
                  GCancellable *cancellable)
{
  QAgentAttach *attach = g_new0 (QAgentAttach, 1);
  QOperation *operation;
  GError *refusal;

  q_agent_call_init (&attach->call, q_guest_agent_get_agent (self), timeout);
  g_set_object (&attach->address, address);
  g_set_object (&attach->stream, stream);
  operation = q_guest_agent_new_operation (self, "attach", cancellable, q_agent_attach, timeout,
                                           attach, q_agent_attach_free);
  refusal = check_address (address);
  if (refusal != NULL)
    q_operation_refuse (operation, refusal);

  return operation;
}

static QOperation *
call_operation (QGuestAgent *self, const char *name, int timeout, GCancellable *cancellable,
                QOperationFunc start)
{
  return q_guest_agent_new_operation (self, name, cancellable, start, timeout,
                                      q_agent_call_new (q_guest_agent_get_agent (self), timeout),
                                      q_agent_call_free);
}

/**
 * q_guest_agent_attach:
 * @self: a guest agent
 * @address: where the agent, or the channel to it, listens
 * @timeout: how long connecting may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@GuestAgent:attach-timeout]
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Connects to a guest agent, or to the channel at whose other end one may be.
 *
 * It is done when the connection is there. Whether an agent answers shows later, in
 * [property@GuestAgent:ready]: a guest may still be starting, or have no agent, and of a channel of
 * QEMU's one end is open all the same. Commands wait for it.
 *
 * A connection that ends later is made again, for as long as it takes, until
 * [method@GuestAgent.close].
 *
 * Errors: those of connecting, of the domain of GIO; %G_IO_ERROR_FILENAME_TOO_LONG for a path of
 * more than 106 bytes; %Q_MONITOR_ERROR_BUSY when it is attached already; %Q_MONITOR_ERROR_CLOSED
 * when it is closed meanwhile; %Q_MONITOR_ERROR_INVALID_COMMAND for what is no time-out;
 * %G_IO_ERROR_TIMED_OUT; %G_IO_ERROR_CANCELLED.
 *
 * Returns: %TRUE when it is connected
 *
 * Since: 1.0
 */
gboolean
q_guest_agent_attach (QGuestAgent *self, GSocketAddress *address, int timeout,
                      GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), FALSE);
  g_return_val_if_fail (G_IS_SOCKET_ADDRESS (address), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (attach_operation (self, address, NULL, timeout, cancellable), error)
         != NULL;
}

/**
 * q_guest_agent_attach_async:
 * @self: a guest agent
 * @address: where the agent, or the channel to it, listens
 * @timeout: how long connecting may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@GuestAgent:attach-timeout]
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@GuestAgent.attach], without blocking.
 *
 * Since: 1.0
 */
void
q_guest_agent_attach_async (QGuestAgent *self, GSocketAddress *address, int timeout,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_return_if_fail (Q_IS_GUEST_AGENT (self));
  g_return_if_fail (G_IS_SOCKET_ADDRESS (address));

  q_operation_run_async (attach_operation (self, address, NULL, timeout, cancellable),
                         q_guest_agent_attach_async, callback, user_data);
}

/**
 * q_guest_agent_attach_finish:
 * @self: the guest agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@GuestAgent.attach_async].
 *
 * Returns: %TRUE when it is connected
 *
 * Since: 1.0
 */
gboolean
q_guest_agent_attach_finish (QGuestAgent *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), FALSE);

  return q_operation_finish (self, result, q_guest_agent_attach_async, error) != NULL;
}

/**
 * q_guest_agent_attach_stream:
 * @self: a guest agent
 * @stream: a connection to a guest agent
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Uses a connection that is there already.
 *
 * The stream is the agent's from now on, and is closed with it. When it ends,
 * [signal@GuestAgent::closed] tells, since nobody can make it again. Otherwise like
 * [method@GuestAgent.attach]. Errors: %Q_MONITOR_ERROR_BUSY when it is attached already;
 * %G_IO_ERROR_CANCELLED.
 *
 * Returns: %TRUE when it is attached
 *
 * Since: 1.0
 */
gboolean
q_guest_agent_attach_stream (QGuestAgent *self, GIOStream *stream, GCancellable *cancellable,
                             GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), FALSE);
  g_return_val_if_fail (G_IS_IO_STREAM (stream), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (attach_operation (self, NULL, stream, -1, cancellable), error)
         != NULL;
}

/**
 * q_guest_agent_attach_stream_async:
 * @self: a guest agent
 * @stream: a connection to a guest agent
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@GuestAgent.attach_stream], without blocking.
 *
 * Since: 1.0
 */
void
q_guest_agent_attach_stream_async (QGuestAgent *self, GIOStream *stream, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_GUEST_AGENT (self));
  g_return_if_fail (G_IS_IO_STREAM (stream));

  q_operation_run_async (attach_operation (self, NULL, stream, -1, cancellable),
                         q_guest_agent_attach_stream_async, callback, user_data);
}

/**
 * q_guest_agent_attach_stream_finish:
 * @self: the guest agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@GuestAgent.attach_stream_async].
 *
 * Returns: %TRUE when it is attached
 *
 * Since: 1.0
 */
gboolean
q_guest_agent_attach_stream_finish (QGuestAgent *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), FALSE);

  return q_operation_finish (self, result, q_guest_agent_attach_stream_async, error) != NULL;
}

/**
 * q_guest_agent_wait_ready:
 * @self: a guest agent
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout]
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Waits until the agent answers.
 *
 * Returns at once when it is [property@GuestAgent:ready]. Errors: %G_IO_ERROR_TIMED_OUT, whose
 * message says whether the agent has answered anything at all; %G_IO_ERROR_CANCELLED;
 * %Q_MONITOR_ERROR_CLOSED when it is not attached, is closed meanwhile, or the connection ends
 * before the answer.
 *
 * Returns: %TRUE when it is ready
 *
 * Since: 1.0
 */
gboolean
q_guest_agent_wait_ready (QGuestAgent *self, int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (
           call_operation (self, "wait_ready", timeout, cancellable, q_agent_wait_ready), error)
         != NULL;
}

/**
 * q_guest_agent_wait_ready_async:
 * @self: a guest agent
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout]
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is ready
 * @user_data: data for @callback
 *
 * Like [method@GuestAgent.wait_ready], without blocking.
 *
 * Since: 1.0
 */
void
q_guest_agent_wait_ready_async (QGuestAgent *self, int timeout, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_GUEST_AGENT (self));

  q_operation_run_async (
    call_operation (self, "wait_ready", timeout, cancellable, q_agent_wait_ready),
    q_guest_agent_wait_ready_async, callback, user_data);
}

/**
 * q_guest_agent_wait_ready_finish:
 * @self: the guest agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@GuestAgent.wait_ready_async].
 *
 * Returns: %TRUE when it is ready
 *
 * Since: 1.0
 */
gboolean
q_guest_agent_wait_ready_finish (QGuestAgent *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), FALSE);

  return q_operation_finish (self, result, q_guest_agent_wait_ready_async, error) != NULL;
}

/**
 * q_guest_agent_close:
 * @self: a guest agent
 * @timeout: how long to wait for a thaw in milliseconds, -1 without end,
 *   %Q_TIMEOUT_DEFAULT for [property@GuestAgent:command-timeout]
 * @cancellable: (nullable): to wait no longer
 * @error: return location for an error
 *
 * Ends the connection; calls that wait fail with %Q_MONITOR_ERROR_CLOSED.
 *
 * If the guest's file systems are [property@GuestAgent:frozen], they are thawed first, and nothing
 * else is waited for. Does nothing when there is no connection. It can be attached again.
 *
 * Errors: %G_IO_ERROR_TIMED_OUT and %G_IO_ERROR_CANCELLED when the agent did not thaw them in time:
 * then it is closed all the same, and the thaw was sent, but nobody knows whether it was heard;
 * %Q_MONITOR_ERROR_CLOSED when the connection ended before the answer.
 *
 * Returns: %TRUE when there is no connection any more
 *
 * Since: 1.0
 */
gboolean
q_guest_agent_close (QGuestAgent *self, int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (call_operation (self, "close", timeout, cancellable, q_agent_close),
                               error)
         != NULL;
}

/**
 * q_guest_agent_close_async:
 * @self: a guest agent
 * @timeout: how long to wait for a thaw in milliseconds, -1 without end,
 *   %Q_TIMEOUT_DEFAULT for [property@GuestAgent:command-timeout]
 * @cancellable: (nullable): to wait no longer
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@GuestAgent.close], without blocking.
 *
 * Since: 1.0
 */
void
q_guest_agent_close_async (QGuestAgent *self, int timeout, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_GUEST_AGENT (self));

  q_operation_run_async (call_operation (self, "close", timeout, cancellable, q_agent_close),
                         q_guest_agent_close_async, callback, user_data);
}

/**
 * q_guest_agent_close_finish:
 * @self: the guest agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@GuestAgent.close_async].
 *
 * Returns: %TRUE when there is no connection any more
 *
 * Since: 1.0
 */
gboolean
q_guest_agent_close_finish (QGuestAgent *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), FALSE);

  return q_operation_finish (self, result, q_guest_agent_close_async, error) != NULL;
}
