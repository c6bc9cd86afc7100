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

/* -- sets that stay -- */

/* Before 9.1 QEMU lets go of a descriptor only while the guest runs. What it keeps of a paused one
 * is used for the next picture, so that there are never more of them than pictures at once, and is
 * removed by the first picture of a guest that runs again. */

static GMutex kept_lock;

static void
kept_free (gpointer data)
{
  QScreendump *self = data;

  close (self->fd);
  close (self->writing);
  g_free (self);
}

static GPtrArray *
get_kept (QMachine *machine)
{
  static GQuark quark;
  GPtrArray *kept;

  if (quark == 0)
    quark = g_quark_from_static_string ("qmachine-screen-sets");
  kept = g_object_get_qdata (G_OBJECT (machine), quark);
  if (kept == NULL)
    {
      kept = g_ptr_array_new_with_free_func (kept_free);
      g_object_set_qdata_full (G_OBJECT (machine), quark, kept, (GDestroyNotify)g_ptr_array_unref);
    }

  return kept;
}

/* One of the QEMU that runs, whose caller it becomes; NULL for none. */
static QScreendump *
take_kept (QMachine *machine)
{
  const gint64 pid = q_machine_get_pid (machine);
  QScreendump *found = NULL;
  GPtrArray *kept;

  g_mutex_lock (&kept_lock);
  kept = get_kept (machine);
  while (found == NULL && kept->len > 0)
    {
      found = g_ptr_array_steal_index_fast (kept, kept->len - 1);
      if (found->pid != pid)
        g_clear_pointer (&found, kept_free);
    }
  g_mutex_unlock (&kept_lock);

  return found;
}

/* Empty, and at its beginning. */
static void
keep (QScreendump *self)
{
  if (ftruncate (self->fd, 0) != 0 || lseek (self->writing, 0, SEEK_SET) != 0)
    {
      close (self->fd);
      close (self->writing);
      return;
    }

  g_mutex_lock (&kept_lock);
  g_ptr_array_add (get_kept (self->machine), g_memdup2 (self, sizeof *self));
  g_mutex_unlock (&kept_lock);
}

/* -- a set -- */

/* Memory, and a second descriptor of it that can only be written: QEMU looks for one in a set that
 * has exactly the access that it wants. */
static gboolean
open_memory (QScreendump *self, QScreenCall *call, GError **error)
{
  g_autofree char *path = NULL;
  int saved_errno;

  self->fd = memfd_create ("qmachine-screen", MFD_CLOEXEC);
  if (self->fd >= 0)
    {
      path = g_strdup_printf ("/proc/self/fd/%d", self->fd);
      self->writing = open (path, O_WRONLY | O_CLOEXEC);
      if (self->writing >= 0)
        return TRUE;
    }

  saved_errno = errno;
  if (self->fd >= 0)
    close (self->fd);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), "%s: no memory to share: %s",
               call->name, g_strerror (saved_errno));
  return FALSE;
}

static char *
name_set (const QScreendump *self)
{
  return g_strdup_printf ("{\"fdset-id\":%d}", self->fdset);
}

/* FALSE if there is nothing in QEMU that would have to be removed. */
static gboolean
add_set (QScreendump *self, QScreenCall *call, GError **error)
{
  g_autofree char *set = name_set (self);
  g_autoptr (GError) reason = NULL;
  g_autofree char *reply = q_screen_call_command (call, "add-fd", set, self->writing, &reason);
  /* It may have come, though nobody waited for the answer. */
  const gboolean added = reply != NULL || reason->domain == G_IO_ERROR;

  if (reply == NULL)
    g_propagate_error (error, g_steal_pointer (&reason));
  return added;
}

/* FALSE if QEMU says that it still has it. */
static gboolean
remove_set (const QScreendump *self, QScreenCall *call)
{
  g_autofree char *set = name_set (self);
  g_autofree char *removed = q_screen_call_clean_up (call, "remove-fd", set);
  g_autofree char *sets
    = removed != NULL ? q_screen_call_clean_up (call, "query-fdsets", NULL) : NULL;
  const char *position = sets;
  const char *value;

  while (position != NULL && q_json_next_element (&position, &value))
    {
      gint64 number;
      const char *id = q_json_find_member (value, "fdset-id");

      if (id != NULL && q_json_read_int64 (id, &number) && number == self->fdset)
        return FALSE;
    }

  return TRUE;
}

static void
remove_kept (QScreenCall *call)
{
  QScreendump *each;
  gboolean removed = TRUE;

  while (removed && (each = take_kept (call->machine)) != NULL)
    {
      removed = remove_set (each, call);
      if (removed)
        {
          close (each->fd);
          close (each->writing);
        }
      else
        {
          keep (each);
        }
      g_free (each);
    }
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
dump (QScreendump *self, QScreenCall *call, const char *device, int head, GError **error)
{
  g_autofree char *arguments = make_arguments (self->fdset, device, head);
  g_autofree char *reply = NULL;
  g_autoptr (GError) reason = NULL;

  if (!self->kept && !add_set (self, call, &reason))
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }

  if (reason == NULL)
    reply = q_screen_call_command (call, "screendump", arguments, -1, &reason);
  self->kept = !remove_set (self, call);
  if (!self->kept)
    remove_kept (call);
  if (reply == NULL)
    g_propagate_error (error, g_steal_pointer (&reason));

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
  g_autofree QScreendump *kept = take_kept (call->machine);

  if (kept != NULL)
    {
      *self = *kept;
    }
  else
    {
      *self = (QScreendump){ .machine = call->machine, .fdset = next_fdset () };
      self->pid = q_machine_get_pid (call->machine);
      if (!open_memory (self, call, error))
        return FALSE;
    }

  if (dump (self, call, device, head, error) && read_header (self, call, error))
    return TRUE;

  q_screendump_clear (self);
  return FALSE;
}

void
q_screendump_clear (QScreendump *self)
{
  if (self->kept)
    {
      keep (self);
    }
  else
    {
      close (self->fd);
      close (self->writing);
    }
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
