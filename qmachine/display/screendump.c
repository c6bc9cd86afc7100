/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "screendump-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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
make_arguments (int fdset, const char *device, int head, const char *format)
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
  if (format != NULL)
    {
      g_string_append (arguments, ",\"format\":");
      q_json_append_string (arguments, format);
    }
  g_string_append_c (arguments, '}');

  return g_string_free (arguments, FALSE);
}

/* Of the names in the schema only the commands' are real ones. */
static const char *
find_in_schema (const char *schema, const char *name)
{
  const char *position = schema;
  const char *value;

  while (q_json_next_element (&position, &value))
    {
      g_autofree char *each = q_json_read_string (q_json_find_member (value, "name"));

      if (g_strcmp0 (each, name) == 0)
        return value;
    }

  return NULL;
}

static gboolean
has_member (const char *object, const char *name)
{
  const char *position = object != NULL ? q_json_find_member (object, "members") : NULL;
  const char *value;

  while (position != NULL && q_json_next_element (&position, &value))
    {
      g_autofree char *each = q_json_read_string (q_json_find_member (value, "name"));

      if (g_strcmp0 (each, name) == 0)
        return TRUE;
    }

  return FALSE;
}

/* Whether this QEMU, which refused, does not even know that there are formats. */
static gboolean
knows_formats (QScreenCall *call)
{
  g_autofree char *schema = q_screen_call_command (call, "query-qmp-schema", NULL, -1, NULL);
  const char *command = schema != NULL ? find_in_schema (schema, "screendump") : NULL;
  g_autofree char *type
    = command != NULL ? q_json_read_string (q_json_find_member (command, "arg-type")) : NULL;

  return type == NULL || has_member (find_in_schema (schema, type), "format");
}

static gboolean
dump (QScreenCall *call, int fdset, int fd, const char *device, int head, const char *format,
      GError **error)
{
  g_autofree char *arguments = make_arguments (fdset, device, head, format);
  g_autofree char *set = g_strdup_printf ("{\"fdset-id\":%d}", fdset);
  g_autofree char *added = q_screen_call_command (call, "add-fd", set, fd, error);
  g_autofree char *reply = NULL;
  g_autoptr (GError) refusal = NULL;

  if (added != NULL)
    reply = q_screen_call_command (call, "screendump", arguments, -1, &refusal);
  q_screen_call_clean_up (call, "remove-fd", set);

  if (refusal != NULL && refusal->domain == Q_COMMAND_ERROR && format != NULL
      && !knows_formats (call))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 "%s: this QEMU writes no other format than PPM: its screendump has no \"format\"",
                 call->name);
  else if (refusal != NULL)
    g_propagate_error (error, g_steal_pointer (&refusal));

  return reply != NULL;
}

int
q_screendump_take (QScreenCall *call, const char *device, int head, const char *format,
                   gsize max_size, gsize *length, GError **error)
{
  struct stat info;
  int reading, writing;
  gboolean dumped;

  if (!open_memory (call, &reading, &writing, error))
    return -1;

  dumped = dump (call, next_fdset (), writing, device, head, format, error);
  close (writing);

  if (dumped && fstat (reading, &info) == 0 && info.st_size > 0 && (gsize)info.st_size <= max_size)
    {
      *length = (gsize)info.st_size;
      return reading;
    }

  if (dumped && info.st_size > 0)
    g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE,
                 "%s: QEMU wrote %" G_GINT64_FORMAT " bytes; the limit is %" G_GSIZE_FORMAT,
                 call->name, (gint64)info.st_size, max_size);
  else if (dumped)
    g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_PROTOCOL,
                 "%s: QEMU says that it is done, and wrote nothing", call->name);
  close (reading);
  return -1;
}

gboolean
q_screendump_measure (QScreenCall *call, int *width, int *height, GError **error)
{
  char header[64] = "";
  gsize length;
  gssize n;
  int fd = q_screendump_take (call, NULL, 0, NULL, Q_SCREENDUMP_MAX_SIZE, &length, error);

  if (fd < 0)
    return FALSE;

  n = pread (fd, header, sizeof header - 1, 0);
  close (fd);
  if (n > 0 && sscanf (header, "P6 %6d %6d", width, height) == 2 && *width > 0 && *height > 0)
    return TRUE;

  g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_PROTOCOL,
               "%s: QEMU wrote a picture that says no size", call->name);
  return FALSE;
}
