/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "log-lines-private.h"

#include <string.h>

#include "io/file-watch-private.h"
#include "io/text-private.h"

/* A child that writes faster than that is heard goes on being heard from here. */
#define MAX_BEHIND (1024 * 1024)

/* One that is longer comes in pieces. */
#define MAX_LINE (64 * 1024)

struct _QLogLines
{
  QLog *log;
  QFileWatch *watch;
  gint64 offset;       /* of what was not read yet */
  GString *unfinished; /* the beginning of a line */
  gboolean skipping;   /* the rest of a line whose beginning was left out */
  const QLogLineCallbacks *callbacks;
  gpointer user_data;
};

static void
give_line (QLogLines *self, const char *line, gsize length)
{
  if (length > 0 && line[length - 1] == '\r')
    length--;
  self->callbacks->line (g_utf8_make_valid (line, (gssize)length), self->user_data);
}

/* Not in the middle of a character. */
static void
give_piece (QLogLines *self)
{
  gsize length = self->unfinished->len;
  gsize n = length - q_text_count_unfinished (self->unfinished->str, length);

  give_line (self, self->unfinished->str, n);
  g_string_erase (self->unfinished, 0, (gssize)n);
}

static void
end_line (QLogLines *self)
{
  /* What stood before the hidden text has not ended its line. */
  if (!self->skipping && !q_log_cut_hidden (self->log, self->unfinished))
    {
      give_line (self, self->unfinished->str, self->unfinished->len);
      g_string_truncate (self->unfinished, 0);
    }
  self->skipping = FALSE;
}

static void
take_bytes (QLogLines *self, const char *bytes, gsize length)
{
  const char *end = bytes + length;

  while (bytes < end)
    {
      const char *newline = memchr (bytes, '\n', (gsize)(end - bytes));
      gsize n = (gsize)((newline != NULL ? newline : end) - bytes);
      gboolean ends = newline != NULL;

      if (!self->skipping && n > MAX_LINE - self->unfinished->len)
        {
          n = MAX_LINE - self->unfinished->len;
          ends = FALSE;
        }
      if (!self->skipping)
        g_string_append_len (self->unfinished, bytes, (gssize)n);
      bytes += ends ? n + 1 : n;

      if (ends)
        end_line (self);
      else if (self->unfinished->len == MAX_LINE)
        give_piece (self);
    }
}

static void
read_new (QLogLines *self)
{
  g_autoptr (GBytes) bytes = NULL;
  gboolean left_out;
  gsize length;
  const char *data;

  bytes = q_log_read_new (self->log, &self->offset, MAX_BEHIND, &left_out);
  data = g_bytes_get_data (bytes, &length);
  if (left_out)
    {
      g_string_truncate (self->unfinished, 0);
      self->skipping = TRUE;
    }
  take_bytes (self, data, length);
}

static void
written_cb (gpointer data)
{
  QLogLines *self = data;

  read_new (self);
  self->callbacks->read (self->user_data);
}

QLogLines *
q_log_lines_new (QLog *log, const QLogLineCallbacks *callbacks, gpointer user_data)
{
  QLogLines *self = g_new0 (QLogLines, 1);
  g_autofree char *path = q_log_dup_link (log);

  self->log = q_log_ref (log);
  self->unfinished = g_string_new (NULL);
  self->callbacks = callbacks;
  self->user_data = user_data;
  self->watch = q_file_watch_new (path, written_cb, self);

  return self;
}

void
q_log_lines_finish (QLogLines *self)
{
  g_clear_pointer (&self->watch, q_file_watch_free);
  read_new (self);
  if (self->unfinished->len > 0)
    give_line (self, self->unfinished->str, self->unfinished->len);
  self->callbacks->read (self->user_data);

  g_string_free (self->unfinished, TRUE);
  q_log_unref (self->log);
  g_free (self);
}
