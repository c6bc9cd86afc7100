/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helpers/listening-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Which of the kernel's flags says that a socket listens. */
#define LISTENS 0x10000

/* Who asks for more than one connection asks again. */
#define BACKLOG 16

gboolean
q_listening_check_path (const char *path, GError **error)
{
  const gsize room = sizeof ((struct sockaddr_un *)NULL)->sun_path;

  if (strlen (path) < room)
    return TRUE;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "base-dir: the path of its socket may have %" G_GSIZE_FORMAT
               " bytes, and has %" G_GSIZE_FORMAT ": %s",
               room - 1, strlen (path), path);
  return FALSE;
}

int
q_listening_make (const char *path, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int saved_errno;
  int fd;

  if (!q_listening_check_path (path, error))
    return -1;

  strcpy (address.sun_path, path);
  /* It waits in accept (): programs expect that of a socket that they get. */
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && bind (fd, (struct sockaddr *)&address, sizeof address) == 0
      && listen (fd, BACKLOG) == 0)
    return fd;

  saved_errno = errno;
  if (fd >= 0)
    close (fd);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
               "cannot make the socket %s: %s", path, g_strerror (saved_errno));
  return -1;
}

gboolean
q_listening_has_pending (int fd)
{
  struct pollfd watched = { .fd = fd, .events = POLLIN };

  return fd >= 0 && poll (&watched, 1, 0) == 1 && (watched.revents & POLLIN) != 0;
}

/* To connect to it with another type is refused by what is bound there, and its owner does not
 * hear of it. */
static gboolean
is_bound (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  gboolean bound;

  if (fd < 0)
    return FALSE;

  strcpy (address.sun_path, path);
  bound = connect (fd, (struct sockaddr *)&address, sizeof address) < 0 && errno == EPROTOTYPE;
  close (fd);

  return bound;
}

typedef struct
{
  gboolean is_listed;
  gboolean listens;
  gboolean is_connected;
} Users;

/* NUMBER: REFERENCES PROTOCOL FLAGS TYPE STATE INODE PATH */
static void
take_line (Users *users, const char *line, const char *path)
{
  const char *found = strchr (line, '/');
  g_auto (GStrv) fields = NULL;

  if (found == NULL || !g_str_equal (found, path))
    return;

  fields = g_strsplit (line, " ", 5);
  users->is_listed = TRUE;
  if (g_strv_length (fields) < 5)
    return;
  if ((strtoul (fields[3], NULL, 16) & LISTENS) != 0)
    users->listens = TRUE;
  else
    users->is_connected = TRUE;
}

/* One of another network is not listed, and can be connected to all the same. */
static Users
find_users (const char *path)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  Users users = { 0 };

  if (!g_file_get_contents ("/proc/net/unix", &text, NULL, NULL))
    return users;

  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    take_line (&users, lines[i], path);
  return users;
}

gboolean
q_listening_is_at (const char *path)
{
  Users users;

  if (!is_bound (path))
    return FALSE;

  users = find_users (path);
  return users.listens || !users.is_listed;
}

gboolean
q_listening_is_connected (const char *path)
{
  Users users = find_users (path);

  return users.is_connected || !users.is_listed;
}
