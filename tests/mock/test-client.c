/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gio/gunixfdmessage.h>
#include <glib/gstdio.h>

/* Returns -1 when nobody listens. */
int
client_try_connect (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (connect (fd, (struct sockaddr *)&address, sizeof address) == 0)
    return fd;

  close (fd);
  return -1;
}

int
client_connect_to (const char *path)
{
  int fd = client_try_connect (path);

  g_assert_cmpint (fd, >=, 0);
  return fd;
}

int
client_start (const char *script, QMockPeer **peer)
{
  g_autoptr (GError) error = NULL;

  *peer = qmock_peer_new (script);
  qmock_peer_start (*peer, &error);
  g_assert_no_error (error);
  return client_connect_to (qmock_peer_get_path (*peer));
}

void
client_put (int fd, const char *text)
{
  gssize n = send (fd, text, strlen (text), MSG_NOSIGNAL);

  g_assert_cmpint (n, ==, strlen (text));
}

/* Returns what one read gives: 0 at the end, -1 with errno. */
gssize
client_get (int fd, char *buffer, gsize size)
{
  struct pollfd readable = { .fd = fd, .events = POLLIN };

  g_assert_cmpint (poll (&readable, 1, DEADLINE_MS), ==, 1);
  return read (fd, buffer, size);
}

char *
client_get_line (int fd)
{
  g_autoptr (GString) line = g_string_new (NULL);
  char c;

  while (client_get (fd, &c, 1) == 1)
    {
      g_string_append_c (line, c);
      if (c == '\n')
        break;
    }

  return g_string_free (g_steal_pointer (&line), FALSE);
}

void
client_assert_line (int fd, const char *expected)
{
  g_autofree char *line = client_get_line (fd);

  g_assert_cmpstr (line, ==, expected);
}

void
client_skip_lines (int fd, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *line = client_get_line (fd);

      g_assert_cmpuint (strlen (line), >, 2);
    }
}

void
client_assert_end (int fd)
{
  char c;

  g_assert_cmpint (client_get (fd, &c, 1), ==, 0);
}

void
client_assert_finished (QMockPeer *peer)
{
  g_autoptr (GError) error = NULL;
  gboolean finished = qmock_peer_finish (peer, &error);

  g_assert_no_error (error);
  g_assert_true (finished);
}

void
client_assert_failed (QMockPeer *peer, QMockError code, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (qmock_peer_finish (peer, &error));
  g_assert_error (error, QMOCK_ERROR, (int)code);
  g_assert_cmpstr (error->message, ==, message);
}
