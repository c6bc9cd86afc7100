/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

/* Whether an address that the user chose is free, before a child is told to listen there. */

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

static gboolean
is_file_but_no_socket (const char *path)
{
  GStatBuf info;

  return path != NULL && g_lstat (path, &info) == 0 && !S_ISSOCK (info.st_mode);
}

static void
refuse_address (QLaunch *self, const char *reason)
{
  q_launch_fail_launch (
    self, g_error_new (Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                       "monitor-address: %s", reason));
}

static void
probed_cb (GObject *client, GAsyncResult *result, gpointer data)
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
      q_launch_proceed (self);
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
q_launch_probe_address (QLaunch *self)
{
  GSocketAddress *address = self->config->monitor_address;
  const char *path = q_launch_get_socket_path (address);

  if (is_file_but_no_socket (path))
    {
      g_autofree char *reason
        = g_strdup_printf ("%s is there already, and is no socket", path);

      refuse_address (self, reason);
      return;
    }
  if (G_IS_INET_SOCKET_ADDRESS (address))
    {
      g_autoptr (GError) error = NULL;

      if (bind_for_a_moment (address, &error))
        {
          q_launch_proceed (self);
          return;
        }
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
        {
          refuse_address (self, LISTENS_THERE);
          return;
        }
      /* It may be another host's. */
    }

  self->client = g_socket_client_new ();
  g_socket_client_set_enable_proxy (self->client, FALSE);
  self->n_calls++;
  g_socket_client_connect_async (self->client, G_SOCKET_CONNECTABLE (address), self->cancellable,
                                 probed_cb, self);
}

gboolean
q_launch_needs_probe (QLaunch *self)
{
  GSocketAddress *address = self->config->monitor_address;

  return self->config->monitor_mode == Q_MONITOR_MODE_LISTEN
         || (self->config->monitor_mode == Q_MONITOR_MODE_INHERIT && address != NULL
             && q_launch_get_socket_path (address) != NULL);
}
