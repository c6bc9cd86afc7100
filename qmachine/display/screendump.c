/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "screendump-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/json-text-private.h"

/* Chosen here, so that a set can be removed though nobody heard of its making. QEMU's own numbers,
 * and those of users, begin at 0. */
#define FIRST_FDSET 1936880640

static int
next_fdset (void)
{
  static int counter;

  return FIRST_FDSET + (int)((guint)g_atomic_int_add (&counter, 1) % 1000000);
}

/* Memory, and a second descriptor of it that can only be written: QEMU looks for one in a set that
 * has exactly the access that it wants. */
static gboolean
open_memory (QScreenCall *call, int *reading, int *writing, GError **error)
{
  g_autofree char *path = NULL;
  int saved_errno;

  *writing = -1;
  *reading = memfd_create ("qmachine-screen", MFD_CLOEXEC);
  if (*reading >= 0)
    {
      path = g_strdup_printf ("/proc/self/fd/%d", *reading);
      *writing = open (path, O_WRONLY | O_CLOEXEC);
      if (*writing >= 0)
        return TRUE;
    }

  saved_errno = errno;
  if (*reading >= 0)
    close (*reading);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), "%s: no memory to share: %s",
               call->name, g_strerror (saved_errno));
  return FALSE;
}

static char *
make_arguments (int fdset, const char *device, int head)
{
  GString *arguments = g_string_new (NULL);

  g_string_printf (arguments, "{\"filename\":\"/dev/fdset/%d\"", fdset);
  if (device != NULL)
    {
      g_string_append (arguments, ",\"device\":");
      q_json_append_string (arguments, device);
    }
  if (head != 0)
    g_string_append_printf (arguments, ",\"head\":%d", head);
  g_string_append_c (arguments, '}');

  return g_string_free (arguments, FALSE);
}

static gboolean
dump (QScreenCall *call, int fd, const char *device, int head, GError **error)
{
  const int fdset = next_fdset ();
  g_autofree char *set = g_strdup_printf ("{\"fdset-id\":%d}", fdset);
  g_autofree char *arguments = make_arguments (fdset, device, head);
  g_autoptr (GError) reason = NULL;
  g_autofree char *added = q_screen_call_command (call, "add-fd", set, fd, &reason);
  g_autofree char *reply = NULL;

  if (added != NULL)
    reply = q_screen_call_command (call, "screendump", arguments, -1, error);
  else
    g_propagate_error (error, g_error_copy (reason));

  /* What was refused before it was sent has left nothing. */
  if (added != NULL || reason->domain == G_IO_ERROR)
    q_screen_call_clean_up (call, "remove-fd", set);

  return reply != NULL;
}

/* A number of the header, and the one byte of blank behind it. */
static gboolean
read_number (const char **position, guint max, guint *number)
{
  char *end;
  guint64 value;

  if (!g_ascii_isdigit (**position))
    return FALSE;

  value = g_ascii_strtoull (*position, &end, 10);
  if (value == 0 || value > max || !g_ascii_isspace (*end))
    return FALSE;

  *number = (guint)value;
  *position = end + 1;
  return TRUE;
}

/* What QEMU wrote is as good as its word: all of it is looked at. */
static gboolean
read_header (QScreendump *self, QScreenCall *call, GError **error)
{
  char header[64] = "";
  const char *position = header;
  struct stat info = { .st_size = 0 };
  gssize n = pread (self->fd, header, sizeof header - 1, 0);
  guint depth;

  if (n < 0 || fstat (self->fd, &info) != 0)
    info.st_size = 0;
  if (info.st_size > Q_SCREENDUMP_MAX_SIZE)
    {
      g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE,
                   "%s: QEMU wrote %" G_GINT64_FORMAT " bytes; the limit is %d", call->name,
                   (gint64)info.st_size, Q_SCREENDUMP_MAX_SIZE);
      return FALSE;
    }

  if (g_str_has_prefix (header, "P6\n") && (position += strlen ("P6\n"))
      && read_number (&position, G_MAXUINT16, &self->width)
      && read_number (&position, G_MAXUINT16, &self->height) && read_number (&position, 255, &depth)
      && depth == 255)
    {
      self->pixels = position - header;
      if (self->pixels + (gint64)self->width * self->height * 3 <= info.st_size)
        return TRUE;
    }

  g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_PROTOCOL,
               "%s: what QEMU wrote, %" G_GINT64_FORMAT " bytes, is no whole PPM", call->name,
               (gint64)info.st_size);
  return FALSE;
}

gboolean
q_screendump_take (QScreendump *self, QScreenCall *call, const char *device, int head,
                   GError **error)
{
  gboolean dumped;
  int writing;

  if (!open_memory (call, &self->fd, &writing, error))
    return FALSE;

  dumped = dump (call, writing, device, head, error);
  close (writing);
  if (dumped && read_header (self, call, error))
    return TRUE;

  q_screendump_clear (self);
  return FALSE;
}

void
q_screendump_clear (QScreendump *self)
{
  close (self->fd);
  self->fd = -1;
}

gboolean
q_screendump_read_row (gpointer screendump, guint row, guint8 *pixels, GError **error)
{
  const QScreendump *self = screendump;
  const gsize length = (gsize)self->width * 3;
  gsize done = 0;

  while (done < length)
    {
      gssize n = pread (self->fd, pixels + done, length - done,
                        self->pixels + (gint64)(row * length + done));

      if (n <= 0)
        {
          g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_PROTOCOL,
                       "the picture ends in row %u of %u", row, self->height);
          return FALSE;
        }
      done += (gsize)n;
    }

  return TRUE;
}
