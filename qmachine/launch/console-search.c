/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console-search-private.h"

#include "io/io-thread-private.h"

#define MAX_CHARACTER 4

QConsoleSearch *
q_console_search_new (GRegex *regex, const char *text, gsize length, gsize begin)
{
  QConsoleSearch *self = g_new0 (QConsoleSearch, 1);
  /* One more for the line end that `^` looks for, which may be of two. */
  gsize context = ((gsize)g_regex_get_max_lookbehind (regex) + 2) * MAX_CHARACTER;
  gsize from = begin - MIN (begin, context);

  while (from > 0 && (text[from] & 0xc0) == 0x80)
    from--;

  self->regex = g_regex_ref (regex);
  self->text = g_strndup (text + from, length - from);
  self->length = length - from;
  self->begin = begin - from;

  return self;
}

void
q_console_search_free (QConsoleSearch *self)
{
  g_regex_unref (self->regex);
  g_free (self->text);
  g_clear_pointer (&self->found, q_console_found_free);
  g_clear_error (&self->error);
  g_free (self);
}

static gboolean
done_cb (gpointer data)
{
  QConsoleSearch *self = data;

  self->done (self, self->user_data);
  return G_SOURCE_REMOVE;
}

void
q_console_found_free (QConsoleFound *self)
{
  g_regex_unref (self->regex);
  g_free (self->before);
  for (guint i = 0; i < self->n_groups; i++)
    g_free (self->groups[i]);
  g_free (self->groups);
  g_free (self);
}

static QConsoleFound *
found_new (QConsoleSearch *self, GMatchInfo *info)
{
  QConsoleFound *found = g_new0 (QConsoleFound, 1);
  int begin;
  int end;

  g_match_info_fetch_pos (info, 0, &begin, &end);
  self->match_end = (gsize)end;
  found->regex = g_regex_ref (self->regex);
  found->before = g_strndup (self->text + self->begin, (gsize)begin - self->begin);
  found->n_groups = (guint)g_regex_get_capture_count (self->regex) + 1;
  found->groups = g_new0 (char *, found->n_groups);
  for (guint i = 0; i < found->n_groups; i++)
    if (g_match_info_fetch_pos (info, (int)i, &begin, &end) && begin >= 0)
      found->groups[i] = g_strndup (self->text + begin, (gsize)(end - begin));

  return found;
}

static gpointer
search_thread (gpointer data)
{
  QConsoleSearch *self = data;
  g_autoptr (GMatchInfo) info = NULL;
  gint64 begin = g_get_monotonic_time ();
  /* Where the text ends for now is not where a line ends. */
  GRegexMatchFlags flags = G_REGEX_MATCH_NOTEOL;

  /* Whatever looks beyond the end of the text is a partial match then, and so none. */
  if (self->complete)
    flags |= G_REGEX_MATCH_PARTIAL_HARD;
  if (g_regex_match_full (self->regex, self->text, (gssize)self->length, (int)self->begin, flags,
                          &info, &self->error))
    self->found = found_new (self, info);
  self->duration = g_get_monotonic_time () - begin;

  q_io_thread_post (done_cb, self);
  return NULL;
}

/* Not one of a pool, whose threads GLib lends to the program: it has the I/O thread's mask of
 * signals, and may be at it for long. */
gboolean
q_console_search_start (QConsoleSearch *self,
                        void (*done) (QConsoleSearch *search, gpointer user_data),
                        gpointer user_data, GError **error)
{
  GThread *thread;

  self->done = done;
  self->user_data = user_data;
  thread = g_thread_try_new ("qmachine-search", search_thread, self, error);
  if (thread == NULL)
    return FALSE;

  g_thread_unref (thread);
  return TRUE;
}
