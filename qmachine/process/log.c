/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "log-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/text-private.h"

#define TAIL_SIZE (16 * 1024)

struct _QLog
{
  gatomicrefcount ref_count;
  GMutex lock;
  int fd;       /* -1 once it was let go of */
  int dir_fd;   /* the run directory's, from then on; -1 before and once closed */
  char *name;   /* in there */
  dev_t device; /* of the file that the child has, like the next one */
  ino_t inode;
  GBytes *kept;      /* once closed */
  char *hidden_text; /* nullable, like the next one */
  char *hidden_head; /* with what the program begins its line */
};

QLog *
q_log_new (const char *path, GError **error)
{
  /* Not waiting, in case that it is a pipe; and emptied when it is known to be none. */
  int fd = g_open (path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  struct stat info = { 0 };
  QLog *self;

  if (fd >= 0 && fstat (fd, &info) == 0 && !S_ISREG (info.st_mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                   "cannot make the log %s: it is there already, and no regular file", path);
      close (fd);
      return NULL;
    }
  /* As long as anybody has it, so long as the child's lives: two would mix what they say. */
  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                   "cannot make the log %s: another machine writes to it", path);
      close (fd);
      return NULL;
    }
  if (fd < 0 || ftruncate (fd, 0) < 0 || !g_unix_set_fd_nonblocking (fd, FALSE, NULL))
    {
      int saved_errno = errno;

      if (fd >= 0)
        close (fd);

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                   "cannot make the log %s: %s", path, g_strerror (saved_errno));
      return NULL;
    }

  self = g_new0 (QLog, 1);
  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->fd = fd;
  self->dir_fd = -1;
  self->name = g_path_get_basename (path);
  self->device = info.st_dev;
  self->inode = info.st_ino;

  return self;
}

QLog *
q_log_ref (QLog *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
q_log_unref (QLog *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  if (self->fd >= 0)
    close (self->fd);
  g_clear_pointer (&self->kept, g_bytes_unref);
  g_free (self->name);
  g_free (self->hidden_text);
  g_free (self->hidden_head);
  g_mutex_clear (&self->lock);
  g_free (self);
}

int
q_log_dup_fd (QLog *self, GError **error)
{
  int fd = fcntl (self->fd, F_DUPFD_CLOEXEC, 3);

  if (fd < 0)
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                   "cannot hand over the log: %s", g_strerror (saved_errno));
    }
  return fd;
}

void
q_log_let_go (QLog *self, int dir_fd)
{
  g_mutex_lock (&self->lock);
  self->dir_fd = dir_fd;
  close (g_steal_fd (&self->fd));
  g_mutex_unlock (&self->lock);
}

void
q_log_hide_line (QLog *self, const char *program, const char *text)
{
  g_mutex_lock (&self->lock);
  g_free (self->hidden_text);
  self->hidden_text = g_strdup (text);
  g_free (self->hidden_head);
  self->hidden_head = program != NULL ? g_strconcat (program, ": ", NULL) : NULL;
  g_mutex_unlock (&self->lock);
}

static gsize
read_at (int fd, char *buffer, gsize size, off_t offset)
{
  gsize n_read = 0;

  while (n_read < size)
    {
      gssize n = pread (fd, buffer + n_read, size - n_read, offset + n_read);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      n_read += n;
    }

  return n_read;
}

static char *
find_last (char *start, char *end, const char *what)
{
  char *last = NULL;
  char *found;

  while ((found = memmem (start, end - start, what, strlen (what))) != NULL)
    {
      last = found;
      start = found + 1;
    }
  return last;
}

static gsize
cut_hidden_line (QLog *self, char *text, gsize length)
{
  char *found = NULL;
  char *start;
  char *head = NULL;
  char *end;

  if (self->hidden_text != NULL)
    found = memmem (text, length, self->hidden_text, strlen (self->hidden_text));
  if (found == NULL)
    return length;

  start = memrchr (text, '\n', found - text);
  start = start != NULL ? start + 1 : text;
  if (self->hidden_head != NULL)
    head = find_last (start, found, self->hidden_head);
  if (head != NULL)
    start = head;
  /* The text may have a newline of its own. */
  found += strlen (self->hidden_text);
  end = memchr (found, '\n', length - (found - text));
  end = end != NULL ? end + 1 : text + length;
  memmove (start, end, text + length - end);

  return length - (end - start);
}

/* What lies there may have been replaced: only the child's own file is its log. */
static int
open_again (QLog *self, int mode)
{
  int fd = openat (self->dir_fd, self->name, mode | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat info;

  if (fd >= 0
      && (fstat (fd, &info) < 0 || info.st_dev != self->device || info.st_ino != self->inode))
    close (g_steal_fd (&fd));

  return fd;
}

static int
begin_reading (QLog *self)
{
  return self->fd >= 0 ? self->fd : open_again (self, O_RDONLY);
}

static void
end_reading (QLog *self, int fd)
{
  if (fd >= 0 && fd != self->fd)
    close (fd);
}

static GBytes *
read_end (QLog *self, int fd, gsize max_size)
{
  struct stat info;
  g_autofree char *text = NULL;
  gsize length;
  off_t offset = 0;

  if (fd < 0 || fstat (fd, &info) < 0)
    return g_bytes_new (NULL, 0);

  if (info.st_size > (off_t)max_size)
    offset = info.st_size - max_size;
  text = g_malloc (info.st_size - offset + 1);
  length = read_at (fd, text, info.st_size - offset, offset);

  if (offset > 0)
    {
      char *newline = memchr (text, '\n', length);

      if (newline != NULL)
        {
          gsize cut = newline + 1 - text;

          memmove (text, text + cut, length - cut);
          length -= cut;
        }
    }
  length = cut_hidden_line (self, text, length);

  return g_bytes_new_take (g_steal_pointer (&text), length);
}

/* With the lock held. */
static GBytes *
read_last (QLog *self, gsize max_size)
{
  GBytes *bytes;
  int fd;

  if (self->kept != NULL)
    {
      gsize size = g_bytes_get_size (self->kept);

      return g_bytes_new_from_bytes (self->kept, size > max_size ? size - max_size : 0,
                                     MIN (size, max_size));
    }

  fd = begin_reading (self);
  bytes = read_end (self, fd, max_size);
  end_reading (self, fd);

  return bytes;
}

void
q_log_append (QLog *self, const char *line)
{
  int fd;

  g_mutex_lock (&self->lock);
  if (self->kept == NULL)
    {
      fd = self->fd >= 0 ? self->fd : open_again (self, O_WRONLY | O_APPEND);
      /* The log tells of itself when it is read. */
      if (fd >= 0 && write (fd, line, strlen (line)) < 0)
        g_debug ("the log: %s", g_strerror (errno));
      end_reading (self, fd);
    }
  g_mutex_unlock (&self->lock);
}

GBytes *
q_log_read (QLog *self, gsize max_size)
{
  GBytes *bytes;

  g_mutex_lock (&self->lock);
  bytes = read_last (self, max_size);
  g_mutex_unlock (&self->lock);

  return bytes;
}

char *
q_log_dup_link (QLog *self)
{
  return g_strdup_printf ("/proc/self/fd/%d", self->fd);
}

/* With the lock held. */
static GBytes *
read_from (int fd, gint64 *offset, gsize max_size, gboolean *left_out)
{
  struct stat info;
  char *bytes;
  gsize length;

  if (fd < 0 || fstat (fd, &info) < 0)
    return g_bytes_new (NULL, 0);
  if (info.st_size < *offset)
    *offset = 0;
  *left_out = info.st_size - *offset > (gint64)max_size;
  if (*left_out)
    *offset = info.st_size - (gint64)max_size;
  bytes = g_malloc ((gsize)(info.st_size - *offset));
  length = read_at (fd, bytes, (gsize)(info.st_size - *offset), *offset);
  *offset += (gint64)length;

  return g_bytes_new_take (bytes, length);
}

GBytes *
q_log_read_new (QLog *self, gint64 *offset, gsize max_size, gboolean *left_out)
{
  GBytes *bytes;
  int fd;

  *left_out = FALSE;
  g_mutex_lock (&self->lock);
  fd = begin_reading (self);
  bytes = read_from (fd, offset, max_size, left_out);
  end_reading (self, fd);
  g_mutex_unlock (&self->lock);

  return bytes;
}

gboolean
q_log_cut_hidden (QLog *self, GString *line)
{
  gsize length;

  g_mutex_lock (&self->lock);
  length = cut_hidden_line (self, line->str, line->len);
  g_mutex_unlock (&self->lock);
  if (length == line->len)
    return FALSE;

  g_string_truncate (line, length);
  return TRUE;
}

void
q_log_trim (QLog *self, gsize max_size, gsize kept)
{
  struct stat info;

  g_mutex_lock (&self->lock);
  if (self->fd >= 0 && fstat (self->fd, &info) == 0 && info.st_size > (off_t)max_size)
    {
      g_autoptr (GBytes) bytes = read_end (self, self->fd, kept);
      gsize length;
      const char *data = g_bytes_get_data (bytes, &length);

      if (ftruncate (self->fd, 0) < 0 || write (self->fd, data, length) < 0)
        g_debug ("cannot shorten the log %s: %s", self->name, g_strerror (errno));
    }
  g_mutex_unlock (&self->lock);
}

void
q_log_unlock (QLog *self)
{
  g_mutex_lock (&self->lock);
  if (self->fd >= 0)
    flock (self->fd, LOCK_UN);
  g_mutex_unlock (&self->lock);
}

void
q_log_close (QLog *self, gsize max_size)
{
  g_mutex_lock (&self->lock);
  if (self->kept == NULL)
    self->kept = read_last (self, max_size);
  if (self->fd >= 0)
    close (g_steal_fd (&self->fd));
  self->dir_fd = -1;
  g_mutex_unlock (&self->lock);
}

char *
q_log_dup_tail (QLog *self, guint n_lines)
{
  g_autoptr (GBytes) bytes = q_log_read (self, TAIL_SIZE);
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  const char *start;

  while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
    length--;
  if (length == 0)
    return g_strdup ("");

  start = q_text_find_last_lines (text, length, n_lines);
  return g_utf8_make_valid (start, text + length - start);
}
