/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/pty-private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "io/file-watch-private.h"
#include "io/io-thread-private.h"
#include "launch/console-tap-private.h"

#define CHUNK_SIZE 4096
#define SHOWN_PER_TURN (256 * 1024)

struct _QPty
{
  int master;
  char *path;
  QConsoleTap *tap;
  QFileWatch *watch;
  gboolean has_user; /* somebody has it open */
  GSource *input_source;
  GSource *output_source;
};

/* -- what the guest writes -- */

static gboolean output_cb (int fd, GIOCondition condition, gpointer data);

static void
show (QPty *self)
{
  char buffer[CHUNK_SIZE];
  gsize length;
  gsize shown = 0;

  /* With nobody there the kernel would take the first few kilobytes, which are then the oldest that
   * the next one sees, however much was dropped behind them. */
  if (!self->has_user || self->output_source != NULL)
    return;

  while ((length = q_console_tap_peek (self->tap, buffer, sizeof buffer)) > 0)
    {
      gssize n = write (self->master, buffer, length);

      if (n > 0)
        q_console_tap_skip (self->tap, (gsize)n);
      shown += n > 0 ? (gsize)n : 0;
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno != EAGAIN)
        return;
      if (n < 0 || shown >= SHOWN_PER_TURN)
        {
          self->output_source
            = q_io_thread_add_fd (self->master, G_IO_OUT, output_cb, self, "qmachine-pty-output");
          return;
        }
    }
}

static void check_user (QPty *self);

static gboolean
output_cb (int fd, GIOCondition condition, gpointer data)
{
  QPty *self = data;

  g_clear_pointer (&self->output_source, g_source_unref);
  check_user (self);
  return G_SOURCE_REMOVE;
}

static void
more_cb (gpointer data)
{
  show (data);
}

/* -- what is typed -- */

static gboolean
input_cb (int fd, GIOCondition condition, gpointer data)
{
  QPty *self = data;
  char buffer[CHUNK_SIZE];
  gssize n = read (self->master, buffer, sizeof buffer);

  if (n > 0 && q_console_tap_is_open (self->tap))
    {
      /* The next is read when that is written: a guest that does not read makes the kernel hold
       * what is typed, and then the one who types, as a serial line does. */
      g_clear_pointer (&self->input_source, g_source_unref);
      q_console_tap_write (self->tap, buffer, (gsize)n);
      if (!q_console_tap_is_writing (self->tap))
        check_user (self);
      return G_SOURCE_REMOVE;
    }
  if (n >= 0 || errno == EAGAIN || errno == EINTR)
    return G_SOURCE_CONTINUE;

  g_clear_pointer (&self->input_source, g_source_unref);
  check_user (self);
  return G_SOURCE_REMOVE;
}

/* -- who is there -- */

static void
make_raw (int fd)
{
  struct termios modes;

  if (tcgetattr (fd, &modes) < 0)
    return;

  cfmakeraw (&modes);
  tcsetattr (fd, TCSANOW, &modes);
}

static void
check_user (QPty *self)
{
  struct pollfd end = { .fd = self->master, .events = POLLIN };
  gboolean had_user = self->has_user;

  self->has_user = poll (&end, 1, 0) >= 0 && (end.revents & POLLHUP) == 0;
  /* What one who has left typed is still there. */
  if (!self->has_user && (end.revents & POLLIN) == 0)
    q_source_clear (&self->input_source);
  else if (self->input_source == NULL && !q_console_tap_is_writing (self->tap))
    self->input_source
      = q_io_thread_add_fd (self->master, G_IO_IN, input_cb, self, "qmachine-pty-input");
  /* It would say again and again that nobody is there. */
  if (!self->has_user)
    q_source_clear (&self->output_source);
  /* Who leaves it with an echo would have the guest talk to itself with the next one. */
  if (!self->has_user && had_user)
    make_raw (self->master);
  show (self);
}

static void
changed_cb (gpointer data)
{
  check_user (data);
}

/* -- beginning and end -- */

static const QConsoleTapCallbacks tap_callbacks = {
  .more = more_cb,
  .ended = changed_cb,
  .written = changed_cb,
};

/* Raw before anybody has it, so that nothing of the guest comes back as an echo; and as one that
 * was open before, which is what tells that nobody has it. */
static gboolean
prepare (QPty *self)
{
  char path[64];
  int slave;
  gboolean secured;

  self->master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (self->master < 0 || grantpt (self->master) < 0 || unlockpt (self->master) < 0
      || ptsname_r (self->master, path, sizeof path) != 0)
    return FALSE;

  self->path = g_strdup (path);
  slave = open (path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (slave < 0)
    return FALSE;
  make_raw (slave);
  /* The group `tty` may write to any, as programs do that call on all users: that would be typed.
   */
  secured = fchmod (slave, 0600) == 0;
  close (slave);

  return secured;
}

QPty *
q_pty_new (QConsoleStream *stream, int n_lines, GError **error)
{
  QPty *self = g_new0 (QPty, 1);

  if (!prepare (self))
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, (gint)g_io_error_from_errno (saved_errno),
                   "open_pty: a pseudo-terminal: %s", g_strerror (saved_errno));
      q_pty_free (self);
      return NULL;
    }

  self->tap = q_console_tap_new (stream, n_lines, &tap_callbacks, self);
  self->watch = q_file_watch_new_for_users (self->path, changed_cb, self);
  check_user (self);

  return self;
}

void
q_pty_free (QPty *self)
{
  q_source_clear (&self->input_source);
  q_source_clear (&self->output_source);
  g_clear_pointer (&self->watch, q_file_watch_free);
  if (self->tap != NULL)
    q_console_tap_free (self->tap, FALSE);
  if (self->master >= 0)
    close (self->master);
  g_free (self->path);
  g_free (self);
}

const char *
q_pty_get_path (QPty *self)
{
  return self->path;
}

guint64
q_pty_get_lost (QPty *self)
{
  return q_console_tap_get_lost (self->tap);
}
