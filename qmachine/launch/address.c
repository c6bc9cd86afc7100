/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Where the monitor of a launch listens: whether the address is free, and the connection to it that
 * is there before the child is. */

#define LISTENS_THERE "another process listens there already"

const char *
q_launch_get_socket_path (GSocketAddress *address)
{
  if (!G_IS_UNIX_SOCKET_ADDRESS (address)
      || g_unix_socket_address_get_address_type (G_UNIX_SOCKET_ADDRESS (address))
           != G_UNIX_SOCKET_ADDRESS_PATH)
    return NULL;

  return g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (address));
}

/* -- an address that the user chose -- */

static gboolean
is_file_but_no_socket (const char *path)
{
  GStatBuf info;

  return path != NULL && g_lstat (path, &info) == 0 && !S_ISSOCK (info.st_mode);
}

static void
refuse_address (QLaunch *self, const char *reason)
{
  q_launch_fail (self, g_error_new (Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                                    "monitor-address: %s", reason));
}

static void
checked_cb (GObject *client, GAsyncResult *result, gpointer data)
{
  QLaunch *self = data;
  const char *path = q_launch_get_socket_path (self->config->monitor_address);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection
    = g_socket_client_connect_finish (G_SOCKET_CLIENT (client), result, &error);
  gboolean refused = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);

  self->n_calls--;
  if (self->launch_error != NULL)
    {
      q_launch_finish (self);
      return;
    }

  /* A Unix socket with a full backlog answers neither way. */
  if (connection != NULL
      || (path != NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)))
    {
      refuse_address (self, LISTENS_THERE);
    }
  else if (path != NULL && !refused && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      refuse_address (self, error->message);
    }
  else
    {
      /* Refused: a socket that its owner left behind. */
      if (path != NULL && refused)
        g_unlink (path);
      self->next_step (self);
    }
}

/* Without a connection, which would be one more for somebody else to deal with, and which waits
 * where a backlog is full. */
static gboolean
bind_for_a_moment (GSocketAddress *address, GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new (g_socket_address_get_family (address),
                                             G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);

  return socket != NULL && g_socket_bind (socket, address, TRUE, error);
}

/* Whoever listens there is not our child, and must not be taken for it; and a file that is no
 * socket would be removed by QEMU. */
void
q_launch_check_address (QLaunch *self, QLaunchStep next)
{
  GSocketAddress *address = self->config->monitor_address;
  const char *path = q_launch_get_socket_path (address);
  g_autoptr (GSocketClient) client = NULL;

  self->next_step = next;

  if (is_file_but_no_socket (path))
    {
      g_autofree char *reason = g_strdup_printf ("%s is there already, and is no socket", path);

      refuse_address (self, reason);
      return;
    }
  if (G_IS_INET_SOCKET_ADDRESS (address))
    {
      g_autoptr (GError) error = NULL;

      if (bind_for_a_moment (address, &error))
        {
          self->next_step (self);
          return;
        }
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
        {
          refuse_address (self, LISTENS_THERE);
          return;
        }
      /* It may be another host's. */
    }

  client = q_session_make_client ();
  self->n_calls++;
  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (address), self->cancellable,
                                 checked_cb, self);
}

gboolean
q_launch_must_check_address (QLaunch *self)
{
  GSocketAddress *address = self->config->monitor_address;

  return self->config->monitor_mode == Q_MONITOR_MODE_LISTEN
         || (self->config->monitor_mode == Q_MONITOR_MODE_INHERIT && address != NULL
             && q_launch_get_socket_path (address) != NULL);
}

/* -- listening and connecting -- */

static void
go_on_connected (QLaunch *self, const GError *error)
{
  GSocket *socket;

  if (self->connection == NULL)
    {
      q_launch_fail (self, g_error_new (Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                                        "launch: cannot connect to the monitor's own socket: %s",
                                        error->message));
      return;
    }

  /* The greeting then tells which process QEMU is, whatever stands before it. */
  socket = g_socket_connection_get_socket (self->connection);
  if (g_socket_get_family (socket) == G_SOCKET_FAMILY_UNIX)
    g_socket_set_option (socket, SOL_SOCKET, SO_PASSCRED, TRUE, NULL);
  self->next_step (self);
}

static void
connected_cb (GObject *client, GAsyncResult *result, gpointer data)
{
  QLaunch *self = data;
  g_autoptr (GError) error = NULL;

  self->n_calls--;
  self->connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (client), result, &error);
  if (self->launch_error != NULL)
    q_launch_finish (self);
  else
    go_on_connected (self, error);
}

static GSocketAddress *
choose_address (QLaunch *self, GError **error)
{
  g_autofree char *file = g_strconcat (self->config->name, ".monitor", NULL);
  g_autofree char *path = NULL;
  const gsize limit = sizeof ((struct sockaddr_un *)NULL)->sun_path - 1;

  if (self->config->monitor_address != NULL)
    return g_object_ref (self->config->monitor_address);

  path = q_run_dir_get_file (self->run_dir, file);
  if (strlen (path) <= limit)
    return g_unix_socket_address_new (path);

  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
               "base-dir or name: the path %s has %" G_GSIZE_FORMAT
               " bytes, and a Unix socket takes %" G_GSIZE_FORMAT " at most",
               path, strlen (path), limit);
  return NULL;
}

/* QEMU says on its standard error that it waits for us. -msg puts a time or a guest before it. */
void
q_launch_hide_waiting_line (QLaunch *self, GSocketAddress *address)
{
  const char *const *args = (const char *const *)self->config->args;
  gboolean prefixed
    = args != NULL && (g_strv_contains (args, "-msg") || g_strv_contains (args, "--msg"));
  g_autofree char *program = prefixed ? NULL : g_path_get_basename (self->config->binary);
  const char *path = q_launch_get_socket_path (address);
  g_autofree char *line = g_strconcat ("info: QEMU waiting for connection on: disconnected:",
                                       path != NULL ? "unix:" : NULL, path, NULL);

  q_log_hide_line (self->log, program, line);
}

/* We bind, QEMU inherits: nobody else can take the address, there is nothing to wait for, and no
 * file of somebody else's is unlinked. */
gboolean
q_launch_listen_and_connect (QLaunch *self, QLaunchStep next, GError **error)
{
  g_autoptr (GSocketAddress) address = choose_address (self, error);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GSocketClient) client = q_session_make_client ();
  g_autoptr (GError) local_error = NULL;

  self->next_step = next;

  if (address == NULL)
    return FALSE;

  self->listener = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_DEFAULT, error);
  if (self->listener == NULL)
    return FALSE;

  if (!g_socket_bind (self->listener, address, TRUE, &local_error))
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "monitor-address: %s", local_error->message);
      return FALSE;
    }
  if (self->config->monitor_address != NULL && q_launch_get_socket_path (address) != NULL
      && g_lstat (q_launch_get_socket_path (address), &self->socket_info) == 0)
    self->socket_path = g_strdup (q_launch_get_socket_path (address));

  g_socket_set_listen_backlog (self->listener, 1);
  if (!g_socket_listen (self->listener, error))
    return FALSE;
  bound = g_socket_get_local_address (self->listener, error);
  if (bound == NULL)
    return FALSE;

  q_launch_state_set_listen_address (self->state, bound);
  q_launch_hide_waiting_line (self, bound);
  if (G_IS_UNIX_SOCKET_ADDRESS (bound))
    {
      /* A Unix socket is connected at once, or refused with a full backlog: this never waits. The
       * asynchronous form would take a thread. */
      self->connection
        = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (bound), NULL, &local_error);
      go_on_connected (self, local_error);
      return TRUE;
    }

  self->n_calls++;
  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (bound), self->cancellable,
                                 connected_cb, self);
  return TRUE;
}
