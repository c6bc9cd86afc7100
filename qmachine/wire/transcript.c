/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transcript-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct _QTranscript
{
  int fd; /* -1 once it took no more */
};

QTranscript *
q_transcript_new (const char *path, GError **error)
{
  /* Not waiting, in case that it is a pipe; and emptied when it is known to be none. */
  int fd = g_open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  int saved_errno = errno;
  struct stat info;
  QTranscript *self;

  /* ENXIO is a pipe that nobody reads. */
  if ((fd < 0 && saved_errno == ENXIO)
      || (fd >= 0 && fstat (fd, &info) == 0 && !S_ISREG (info.st_mode)))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                   "cannot make the file %s: it is there already, and no regular file", path);
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                   "cannot make the file %s: another machine writes to it", path);
      close (fd);
      return NULL;
    }
  if (fd < 0 || ftruncate (fd, 0) < 0)
    {
      if (fd >= 0)
        {
          saved_errno = errno;
          close (fd);
        }
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                   "cannot make the file %s: %s", path, g_strerror (saved_errno));
      return NULL;
    }

  self = g_new0 (QTranscript, 1);
  self->fd = fd;
  return self;
}

void
q_transcript_free (QTranscript *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}

/* A line break in JSON is between two values, where a blank means the same. */
static char *
dup_as_line (const char *text, gsize length)
{
  char *line = g_memdup2 (text, length);

  for (gsize i = 0; i < length; i++)
    if (line[i] == '\n' || line[i] == '\r')
      line[i] = ' ';

  return line;
}

void
q_transcript_write (QTranscript *self, QTranscriptDirection direction, const char *text,
                    gsize length)
{
  g_autoptr (GDateTime) now = NULL;
  g_autofree char *line = NULL;
  g_autofree char *start = NULL;
  struct iovec parts[3];
  gssize n_written;

  if (self->fd < 0)
    return;

  while (length > 0 && g_ascii_isspace (text[length - 1]))
    length--;
  if (memchr (text, '\n', length) != NULL || memchr (text, '\r', length) != NULL)
    text = line = dup_as_line (text, length);

  now = g_date_time_new_now_utc ();
  start = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S.%fZ _ ");
  start[strlen (start) - 2] = (char)direction;

  parts[0] = (struct iovec){ start, strlen (start) };
  parts[1] = (struct iovec){ (char *)text, length };
  parts[2] = (struct iovec){ (char *)"\n", 1 };
  do
    n_written = writev (self->fd, parts, G_N_ELEMENTS (parts));
  while (n_written < 0 && errno == EINTR);

  /* A part of a line would lead astray who reads the next one. */
  if (n_written != (gssize)(parts[0].iov_len + length + 1))
    {
      g_debug ("the monitor log takes no more: %s",
               n_written < 0 ? g_strerror (errno) : "the file system is full");
      close (g_steal_fd (&self->fd));
    }
}
