/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plug-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/io-thread-private.h"

struct _QPlug
{
  char *what;
  char *path;     /* NULL for a pair */
  char *far_path; /* of what QEMU connects to; NULL if that is the path */
  int fd;         /* ours, until somebody takes it */
  int far_fd;     /* of a far one, the same once more */
  GSource *watch; /* of the listener, and then of that, for QEMU's end */
  void (*came) (gpointer user_data);
  gpointer came_data;
  int child_fd; /* until the child has it */
  int listener; /* until QEMU has connected */
};

static QPlug *
plug_new (const char *what)
{
  QPlug *self = g_new0 (QPlug, 1);

  self->what = g_strdup (what);
  self->fd = -1;
  self->far_fd = -1;
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

  q_source_clear (&self->watch);
  close_fd (&self->listener);
  g_unlink (self->path);
}

void
q_plug_free (QPlug *self)
{
  stop_listening (self);
  close_fd (&self->fd);
  q_source_clear (&self->watch);
  close_fd (&self->far_fd);
  close_fd (&self->child_fd);
  g_free (self->far_path);
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

static gboolean
check_length (const char *what, const char *setting, const char *path, GError **error)
{
  const gsize max_length = sizeof ((struct sockaddr_un *)NULL)->sun_path - 1;

  if (strlen (path) <= max_length)
    return TRUE;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "%s: the path of the socket of %s may have %" G_GSIZE_FORMAT
               " bytes, and has %" G_GSIZE_FORMAT ": %s",
               setting, what, max_length, strlen (path), path);
  return FALSE;
}

static gboolean
start_listening (QPlug *self, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (!check_length (self->what, "base-dir", self->path, error))
    return FALSE;

  strcpy (address.sun_path, self->path);
  self->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (self->listener < 0
      /* Its file gets that, and may be in a directory that others can enter. */
      || (self->far_path != NULL && fchmod (self->listener, 0600) < 0)
      || bind (self->listener, (struct sockaddr *)&address, sizeof address) < 0)
    {
      set_error (self, error, errno);
      close_fd (&self->listener);
      return FALSE;
    }
  if (listen (self->listener, 1) < 0)
    {
      set_error (self, error, errno);
      return FALSE;
    }

  return TRUE;
}

QPlug *
q_plug_new_listener (const char *what, char *path, GError **error)
{
  g_autoptr (QPlug) self = plug_new (what);

  self->path = path;
  return start_listening (self, error) ? g_steal_pointer (&self) : NULL;
}

/* At once, and not when it is needed: with a QEMU that ends before, this connection has to end. */
static gboolean
far_came_cb (int fd, GIOCondition condition, gpointer data)
{
  QPlug *self = data;

  if (!q_plug_accept (self, NULL))
    return G_SOURCE_CONTINUE;

  if (self->came != NULL)
    self->came (self->came_data);
  return G_SOURCE_REMOVE;
}

void
q_plug_await (QPlug *self, void (*came) (gpointer user_data), gpointer user_data)
{
  self->came = came;
  self->came_data = user_data;
}

QPlug *
q_plug_new_far_listener (const char *what, char *path, char *far_path, GError **error)
{
  g_autoptr (QPlug) self = plug_new (what);

  self->path = path;
  self->far_path = far_path;
  if (!check_length (what, "wrapper-socket-dir", far_path, error) || !start_listening (self, error))
    return NULL;

  self->watch
    = q_io_thread_add_fd (self->listener, G_IO_IN, far_came_cb, self, "qmachine-far-socket");
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
  return self->far_path != NULL ? self->far_path : self->path;
}

const char *
q_plug_get_own_path (QPlug *self)
{
  return self->path;
}

gboolean
q_plug_is_far (QPlug *self)
{
  return self->far_path != NULL;
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

/* ssh goes on as long as one of its connections can still carry something, so with QEMU's end of
 * this one ours has to go. */
static gboolean
far_end_cb (int fd, GIOCondition condition, gpointer data)
{
  QPlug *self = data;

  q_source_clear (&self->watch);
  shutdown (self->far_fd, SHUT_WR);
  return G_SOURCE_REMOVE;
}

static void
watch_far_end (QPlug *self)
{
  self->far_fd = fcntl (self->fd, F_DUPFD_CLOEXEC, 3);
  if (self->far_fd >= 0)
    self->watch = q_io_thread_add_fd (self->far_fd, (GIOCondition)POLLRDHUP, far_end_cb, self,
                                      "qmachine-far-end");
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
  if (self->far_path != NULL)
    watch_far_end (self);
  return TRUE;
}

void
q_plug_hang_up (QPlug *self)
{
  if (self->far_fd >= 0)
    shutdown (self->far_fd, SHUT_RDWR);
}

int
q_plug_take_fd (QPlug *self)
{
  return g_steal_fd (&self->fd);
}
