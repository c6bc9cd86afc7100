/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-monitor.h"

#include "io/io-thread-private.h"
#include <gio/gunixsocketaddress.h>

#include "q-monitor-private.h"

/* How a session begins and ends, in the forms of its calls. */

/* -- attach -- */

typedef struct
{
  QSession *session;       /* owned */
  GSocketAddress *address; /* one of the two */
  GIOStream *stream;
  gboolean retry;
  guint n_tries;
  guint n_closes;        /* of the session, when it began */
  GSource *retry_source; /* the next try */
} AttachData;

static void attach_connect (QOperation *operation);

static void
attach_data_free (gpointer data)
{
  AttachData *attach = data;

  q_session_unref (attach->session);
  g_clear_object (&attach->address);
  g_clear_object (&attach->stream);
  g_free (attach);
}

static gboolean
was_closed_meanwhile (AttachData *attach)
{
  return q_session_get_n_closes (attach->session) != attach->n_closes;
}

static void
attach_fail (QOperation *operation, const GError *error)
{
  AttachData *attach = q_operation_get_data (operation);

  q_operation_set_withdraw (operation, NULL);
  if (attach->retry)
    q_session_give_up_open (attach->session);
  if (attach->address != NULL)
    {
      g_autofree char *address
        = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (attach->address));

      q_operation_return_new_error (operation, error->domain, error->code, "attach: %s: %s",
                                    address, error->message);
    }
  else
    {
      q_operation_return_new_error (operation, error->domain, error->code, "attach: %s",
                                    error->message);
    }
}

static gboolean
attach_retry_cb (gpointer data)
{
  AttachData *attach = q_operation_get_data (data);

  q_source_clear (&attach->retry_source);
  if (was_closed_meanwhile (attach))
    {
      g_autoptr (GError) error
        = g_error_new_literal (Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED, "the monitor was closed");

      attach_fail (data, error);
    }
  else
    {
      attach_connect (data);
    }
  return G_SOURCE_REMOVE;
}

static void
attach_opened_cb (const GError *error, gpointer data)
{
  QOperation *operation = data;
  AttachData *attach = q_operation_get_data (operation);

  if (attach->retry && !was_closed_meanwhile (attach) && q_session_is_not_there_yet (error))
    {
      g_autofree char *what = g_strdup_printf ("no monitor was ready (last: %s)", error->message);

      q_operation_explain_timeout (operation, what);
      attach->retry_source
        = q_io_thread_add_timeout (q_session_get_retry_delay (attach->n_tries++), attach_retry_cb,
                                   operation, "qmachine-attach-retry");
      return;
    }

  if (error != NULL)
    {
      attach_fail (operation, error);
      return;
    }
  q_operation_set_withdraw (operation, NULL);
  q_operation_return_true (operation);
}

static void
attach_ignored_cb (const GError *error, gpointer data)
{
}

static void
attach_withdraw (QOperation *operation)
{
  AttachData *attach = q_operation_get_data (operation);

  /* Between two tries there is no session of ours. */
  if (attach->retry_source != NULL)
    {
      q_source_clear (&attach->retry_source);
    }
  else
    {
      q_session_redirect_opened (attach->session, attach_ignored_cb, NULL);
      q_session_close (attach->session, NULL);
    }
  if (attach->retry)
    q_session_give_up_open (attach->session);
}

static void
attach_connect (QOperation *operation)
{
  AttachData *attach = q_operation_get_data (operation);

  q_operation_explain_timeout (operation,
                               "no greeting came (is another client connected to this monitor?)");
  q_session_connect (attach->session, attach->address, attach_opened_cb, operation);
}

static void
attach_start (QOperation *operation)
{
  AttachData *attach = q_operation_get_data (operation);
  QSessionSettings settings;

  if (q_session_get_state (attach->session) != Q_MONITOR_STATE_CLOSED)
    {
      q_operation_return_new_error (operation, Q_MONITOR_ERROR, Q_MONITOR_ERROR_BUSY,
                                    "attach: the monitor is attached already");
      return;
    }

  if (q_session_is_observed (attach->session))
    {
      q_operation_return_new_error (operation, Q_MONITOR_ERROR, Q_MONITOR_ERROR_BUSY,
                                    "attach: the monitor is that of a machine which runs");
      return;
    }

  q_session_get_settings (attach->session, &settings);
  attach->retry = settings.attach_retry && attach->address != NULL;
  attach->n_closes = q_session_get_n_closes (attach->session);
  if (attach->retry)
    q_session_expect_open (attach->session);
  q_operation_set_withdraw (operation, attach_withdraw);
  q_operation_set_timeout (operation, settings.attach_timeout, "no greeting came",
                           "attach-timeout");
  if (attach->address != NULL)
    attach_connect (operation);
  else
    q_session_open (attach->session, attach->stream, attach_opened_cb, operation);
}

static GError *
check_address (GSocketAddress *address)
{
  GUnixSocketAddress *unix_address;

  if (!G_IS_UNIX_SOCKET_ADDRESS (address))
    return NULL;

  unix_address = G_UNIX_SOCKET_ADDRESS (address);
  if (g_unix_socket_address_get_address_type (unix_address) != G_UNIX_SOCKET_ADDRESS_PATH
      || g_unix_socket_address_get_path_len (unix_address) <= Q_SESSION_MAX_PATH)
    return NULL;

  return g_error_new (G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
                      "attach: a path may have %" G_GSIZE_FORMAT " bytes; this one has more, or "
                      "GLib has cut it to %s",
                      Q_SESSION_MAX_PATH, g_unix_socket_address_get_path (unix_address));
}

static QOperation *
attach_operation (QMonitor *self, GSocketAddress *address, GIOStream *stream,
                  GCancellable *cancellable)
{
  QOperation *operation = q_monitor_new_operation (self, "attach", cancellable, attach_start);
  AttachData *attach = g_new0 (AttachData, 1);
  GError *refusal;

  attach->session = q_session_ref (q_monitor_get_session (self));
  g_set_object (&attach->address, address);
  g_set_object (&attach->stream, stream);
  q_operation_set_data (operation, attach, attach_data_free);
  refusal = check_address (address);
  if (refusal != NULL)
    q_operation_refuse (operation, refusal);

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
 * %G_IO_ERROR_TIMED_OUT. With [property@Monitor:attach-retry] a server that is still starting is
 * waited for. After a failure the monitor can be attached again.
 *
 * Other errors: %G_IO_ERROR_FILENAME_TOO_LONG for a path of more than 106 bytes, of which
 * `GUnixSocketAddress` keeps 107 without telling; those of connecting, of the domain of GIO;
 * %Q_MONITOR_ERROR_BUSY when the monitor is attached already, or is that of a machine which runs;
 * %Q_MONITOR_ERROR_CLOSED when the peer hangs up, or the monitor is closed meanwhile;
 * %Q_MONITOR_ERROR_PROTOCOL and %Q_MONITOR_ERROR_TOO_LARGE for what is no QMP;
 * %Q_MONITOR_ERROR_NEGOTIATION; %G_IO_ERROR_CANCELLED.
 *
 * ```c
 * g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
 * g_autoptr (GError) error = NULL;
 *
 * g_object_set (monitor, "attach-retry", TRUE, "attach-timeout", 5000, NULL);
 * if (!q_monitor_attach (monitor, address, NULL, &error))
 *   {
 *     g_printerr ("%s\n", error->message);
 *     return FALSE;
 *   }
 * ```
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
  g_return_val_if_fail (Q_IS_MONITOR (self), FALSE);

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
 * The stream is the monitor's from now on, and is closed with it, or when negotiating fails.
 * [property@Monitor:attach-retry] does not apply. Otherwise like [method@Monitor.attach].
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
  g_return_val_if_fail (Q_IS_MONITOR (self), FALSE);

  return q_operation_finish (self, result, q_monitor_attach_stream_async, error) != NULL;
}

/* -- close -- */

static void
close_start (QOperation *operation)
{
  q_session_close_on_request (q_operation_get_data (operation));
  q_operation_return_true (operation);
}

static QOperation *
close_operation (QMonitor *self, GCancellable *cancellable)
{
  QOperation *operation = q_monitor_new_operation (self, "close", cancellable, close_start);

  q_operation_set_data (operation, q_session_ref (q_monitor_get_session (self)),
                        (GDestroyNotify)q_session_unref);
  return operation;
}

/**
 * q_monitor_close:
 * @self: a monitor
 * @cancellable: (nullable): looked at before the session is closed
 * @error: return location for an error
 *
 * Closes the session; commands that wait fail with %Q_MONITOR_ERROR_CLOSED, and so does an
 * [method@Monitor.attach] that is under way.
 *
 * The peer goes on and can be attached to again. Does nothing when there is no session. Errors:
 * %G_IO_ERROR_CANCELLED.
 *
 * ```c
 * if (!q_monitor_close (monitor, NULL, error))
 *   return FALSE;
 * g_print ("QEMU goes on, and can be attached to again\n");
 * if (!q_monitor_attach (monitor, address, NULL, error))
 *   return FALSE;
 * ```
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
  g_return_val_if_fail (Q_IS_MONITOR (self), FALSE);

  return q_operation_finish (self, result, q_monitor_close_async, error) != NULL;
}
