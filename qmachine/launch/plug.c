/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plug-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct _QPlug
{
  char *what;
  char *path;   /* NULL for a pair */
  int fd;       /* ours, until somebody takes it */
  int child_fd; /* until the child has it */
  int listener; /* until QEMU has connected */
};

static QPlug *
plug_new (const char *what)
{
  QPlug *self = g_new0 (QPlug, 1);

  self->what = g_strdup (what);
  self->fd = -1;
  self->child_fd = -1;
  self->listener = -1;

  return self;
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (g_steal_fd (fd));
}

static void
stop_listening (QPlug *self)
{
  if (self->listener < 0)
    return;

  close_fd (&self->listener);
  g_unlink (self->path);
}

void
q_plug_free (QPlug *self)
{
  stop_listening (self);
  close_fd (&self->fd);
  close_fd (&self->child_fd);
  g_free (self->path);
  g_free (self->what);
  g_free (self);
}

static void
set_error (QPlug *self, GError **error, int error_number)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (error_number),
               "cannot make the socket of %s: %s", self->what, g_strerror (error_number));
}

QPlug *
q_plug_new_pair (const char *what, GError **error)
{
  g_autoptr (QPlug) self = plug_new (what);
  int fds[2];

  /* Only our end never waits; the child may be a wrapper that expects what it always had. */
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
    {
      set_error (self, error, errno);
      return NULL;
    }

  self->fd = fds[0];
  self->child_fd = fds[1];
  return g_unix_set_fd_nonblocking (fds[0], TRUE, error) ? g_steal_pointer (&self) : NULL;
}

QPlug *
q_plug_new_listener (const char *what, char *path, GError **error)
{
  g_autoptr (QPlug) self = plug_new (what);
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  self->path = path;
  if (strlen (path) >= sizeof address.sun_path)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "base-dir: the path of the socket of %s may have %" G_GSIZE_FORMAT
                   " bytes, and has %" G_GSIZE_FORMAT ": %s",
                   what, sizeof address.sun_path - 1, strlen (path), path);
      return NULL;
    }

  strcpy (address.sun_path, path);
  self->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (self->listener < 0 || bind (self->listener, (struct sockaddr *)&address, sizeof address) < 0
      || listen (self->listener, 1) < 0)
    {
      set_error (self, error, errno);
      return NULL;
    }

  return g_steal_pointer (&self);
}

const char *
q_plug_get_what (QPlug *self)
{
  return self->what;
}

const char *
q_plug_get_path (QPlug *self)
{
  return self->path;
}

int
q_plug_get_child_fd (QPlug *self)
{
  return self->child_fd;
}

void
q_plug_close_child_fd (QPlug *self)
{
  close_fd (&self->child_fd);
}

gboolean
q_plug_accept (QPlug *self, GError **error)
{
  if (self->listener < 0)
    return TRUE;

  do
    self->fd = accept4 (self->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  while (self->fd < 0 && errno == EINTR);
  if (self->fd < 0)
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                   "%s: QEMU has not connected to %s: %s", self->what, self->path,
                   g_strerror (saved_errno));
      return FALSE;
    }

  stop_listening (self);
  return TRUE;
}

int
q_plug_take_fd (QPlug *self)
{
  return g_steal_fd (&self->fd);
}
