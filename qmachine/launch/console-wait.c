/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console-stream-fields-private.h"

#include "console-search-private.h"
#include "io/io-thread-private.h"
#include "io/text-private.h"

/* The calls that wait for a match in what the guest writes. */

/* Expressions are tried on all that is kept. So that a flood does not keep a processor busy with
 * the same megabyte again and again, there is a pause so many times as long as a search took. */
#define SEARCH_PAUSE 9

/* How long the text that is there may be searched when a call's time is over. */
#define LAST_SEARCH_MS 1000

/* At the same time, also for those who have given up meanwhile. */
#define MAX_SEARCHES 8

#define LINES_IN_ERRORS 20
#define MAX_TEXT_IN_ERRORS 4096

struct _QConsoleSearchTask
{
  QConsoleStream *stream; /* owned */
  QOperation *operation;  /* NULL if it has given up */
  gsize end;              /* where the text ended then */
  gboolean complete;      /* of what is searched for */
  gboolean is_of_earlier_guest;
};

static void
begin_at_cursor (QConsoleWait *self)
{
  QConsoleStream *stream = self->stream;

  g_mutex_lock (&stream->lock);
  /* What it was at may be gone. */
  self->begin = MAX (self->cursor->position, stream->n_cut);
  self->number = ++stream->n_calls;
  g_mutex_unlock (&stream->lock);
}

/* A program that looks for one thing after the other must not be moved by a call that has waited
 * for long, and finds something far ahead: what counts is who began last. */
static void
move_cursor (QConsoleWait *self, gsize position)
{
  QConsoleCursor *cursor = self->cursor;

  g_mutex_lock (&self->stream->lock);
  if (self->number > cursor->mover)
    {
      cursor->position = position;
      cursor->mover = self->number;
    }
  g_mutex_unlock (&self->stream->lock);
}

/* -- searching -- */

static void search (QConsoleStream *self, QOperation *operation);

void
q_console_stream_search_all (QConsoleStream *self)
{
  for (GList *l = self->waiters.head, *next; l != NULL; l = next)
    {
      next = l->next;
      search (self, l->data);
    }
}

/* What is still searched is nobody's from now on. */
static void
forget_search (QOperation *operation)
{
  QConsoleWait *wait = q_operation_get_data (operation);

  q_source_clear (&wait->source);
  if (wait->task != NULL)
    g_steal_pointer (&wait->task)->operation = NULL;
}

/* Takes over the error. */
static void
return_error (QOperation *operation, GError *error)
{
  forget_search (operation);
  q_operation_return_error (operation, error);
}

/* The guest chose it, and an error is printed on terminals. */
char *
q_console_stream_describe_text (QConsoleStream *self)
{
  GString *description = g_string_new (NULL);
  const char *start;
  const char *end;

  g_mutex_lock (&self->lock);
  end = self->text->str + self->text->len;
  start = q_text_find_last_lines (self->text->str, self->text->len, LINES_IN_ERRORS);
  if (end - start > MAX_TEXT_IN_ERRORS)
    start = g_utf8_find_next_char (end - MAX_TEXT_IN_ERRORS, NULL);
  for (const char *c = start; c < end; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);

      if (!g_unichar_iscntrl (character) || *c == '\n' || *c == '\t')
        g_string_append_unichar (description, character);
      else if (*c != '\r')
        g_string_append_c (description, '?');
    }
  g_mutex_unlock (&self->lock);
  while (g_str_has_suffix (description->str, "\n"))
    g_string_truncate (description, description->len - 1);

  return g_string_free (description, FALSE);
}

static void
return_own_error (QOperation *operation)
{
  QConsoleWait *wait = q_operation_get_data (operation);
  g_autoptr (GError) error = g_steal_pointer (&wait->error);

  return_error (operation,
                g_error_new (error->domain, error->code, "%s\nThe console's last lines:%s%s",
                             error->message, wait->text[0] != '\0' ? "\n" : " (none)", wait->text));
}

static void
finish_search (QConsoleStream *self, QConsoleSearchTask *task, QConsoleSearch *done)
{
  QOperation *operation = task->operation;
  QConsoleWait *wait = q_operation_get_data (operation);
  gsize origin = task->end - done->length;

  wait->task = NULL;
  wait->next_search = g_get_monotonic_time () + SEARCH_PAUSE * done->duration;
  wait->searched = task->end;
  if (done->error != NULL)
    {
      return_error (operation, g_steal_pointer (&done->error));
      return;
    }
  if (done->found != NULL)
    {
      move_cursor (wait, origin + done->match_end);
      forget_search (operation);
      q_operation_return (operation, g_steal_pointer (&done->found),
                          (GDestroyNotify)q_console_found_free);
      return;
    }
  if (task->is_of_earlier_guest)
    {
      return_own_error (operation);
      return;
    }

  /* What more text could have changed counts now. */
  if (task->complete && wait->over)
    wait->searched = Q_CONSOLE_NOTHING_SEARCHED;
  search (self, operation);
}

static void
searched_cb (QConsoleSearch *search_done, gpointer data)
{
  g_autofree QConsoleSearchTask *task = data;
  g_autoptr (QConsoleStream) self = task->stream;
  g_autoptr (QConsoleSearch) done = search_done;

  self->n_searches--;
  if (task->operation != NULL)
    finish_search (self, task, done);
  /* Who found no place before. */
  q_console_stream_search_all (self);
}

static void
start_search (QConsoleStream *self, QOperation *operation, gsize end)
{
  QConsoleWait *wait = q_operation_get_data (operation);
  gsize begin = MAX (wait->begin, self->n_cut);
  GError *error = NULL;
  /* Only this thread changes the text, so it can be read without the lock. */
  g_autoptr (QConsoleSearch) started = q_console_search_new (
    wait->regex, self->text->str, end - self->n_cut, MIN (begin, end) - self->n_cut);
  QConsoleSearchTask *task = g_new0 (QConsoleSearchTask, 1);

  task->stream = q_console_stream_ref (self);
  task->operation = operation;
  task->end = end;
  task->complete = started->complete = wait->complete && !wait->over;
  if (!q_console_search_start (started, searched_cb, task, &error))
    {
      q_console_stream_unref (task->stream);
      g_free (task);
      g_prefix_error (&error, "%s: ", q_operation_get_name (operation));
      return_error (operation, error);
      return;
    }

  g_steal_pointer (&started);
  self->n_searches++;
  wait->task = task;
}

static gboolean
rested_cb (gpointer data)
{
  QOperation *operation = data;
  QConsoleWait *wait = q_operation_get_data (operation);

  q_source_clear (&wait->source);
  search (wait->stream, operation);
  return G_SOURCE_REMOVE;
}

/* Lets a call search what it has not seen yet, if it does not do so already; and ends one that has
 * seen all that counts for it. */
static void
search (QConsoleStream *self, QOperation *operation)
{
  QConsoleWait *wait = q_operation_get_data (operation);
  gsize end = wait->error != NULL ? wait->end : q_console_stream_get_end (self);
  gint64 pause = (wait->next_search - g_get_monotonic_time ()) / 1000;

  if (wait->task != NULL)
    return;

  /* Or it is gone, where much came since. */
  if ((wait->searched != Q_CONSOLE_NOTHING_SEARCHED && wait->searched >= end) || end < self->n_cut)
    {
      if (wait->error != NULL)
        return_own_error (operation);
      return;
    }
  if (pause > 0 && wait->error == NULL)
    {
      if (wait->source == NULL)
        wait->source
          = q_io_thread_add_timeout (pause, rested_cb, operation, "qmachine-console-search");
      return;
    }

  q_source_clear (&wait->source);
  if (self->n_searches < MAX_SEARCHES)
    start_search (self, operation, end);
}

/* -- waiting -- */

/* Ends with the error, which it takes over, unless there is a match in the text that is there:
 * `over` if no more can come. */
static void
end_waiting (QOperation *operation, gboolean over, GError *error)
{
  QConsoleWait *data = q_operation_get_data (operation);

  data->over = data->over || over;
  if (over && data->complete && data->task == NULL)
    data->searched = Q_CONSOLE_NOTHING_SEARCHED;
  if (data->error != NULL)
    {
      g_error_free (error);
      return;
    }

  data->error = error;
  data->end = q_console_stream_get_end (data->stream);
  data->text = q_console_stream_describe_text (data->stream);
  q_operation_set_timeout (operation, LAST_SEARCH_MS, "it was not searched", NULL);
  search (data->stream, operation);
}

static void
give_up_waiting (QOperation *operation, GError *error)
{
  QConsoleWait *data = q_operation_get_data (operation);

  /* What came in time is still looked at, unless that takes too long. */
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    {
      return_error (operation, error);
    }
  else if (data->error == NULL)
    {
      end_waiting (operation, FALSE, error);
    }
  else
    {
      g_error_free (error);
      return_own_error (operation);
    }
}

void
q_console_stream_wait (QOperation *operation)
{
  QConsoleWait *data = q_operation_get_data (operation);
  QConsoleStream *self = data->stream;
  g_autofree char *what = NULL;

  begin_at_cursor (data);
  data->searched = Q_CONSOLE_NOTHING_SEARCHED;
  q_operation_wait_in (operation, &self->waiters);
  q_operation_set_interrupt (operation, give_up_waiting);

  /* What was there already counts, also after the end. */
  if (self->socket == NULL)
    {
      end_waiting (operation, TRUE, q_console_stream_new_closed_error (operation));
      return;
    }
  if (data->timeout == 0)
    {
      end_waiting (operation, FALSE,
                   g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                "%s: there is nothing yet that matches \"%s\"",
                                q_operation_get_name (operation),
                                g_regex_get_pattern (data->regex)));
      return;
    }

  what = g_strdup_printf ("nothing came that matches \"%s\"", g_regex_get_pattern (data->regex));
  q_operation_set_timeout (operation, data->timeout, what, NULL);
  search (self, operation);
}

static GError *
new_wait_end_error (QOperation *operation, gboolean exited, const char *end)
{
  QConsoleWait *wait = q_operation_get_data (operation);

  return g_error_new (Q_MACHINE_ERROR,
                      exited ? Q_MACHINE_ERROR_EXITED : Q_MACHINE_ERROR_NOT_RUNNING,
                      "%s: nothing came that matches \"%s\": %s", q_operation_get_name (operation),
                      g_regex_get_pattern (wait->regex), end);
}

void
q_console_stream_end_waiters (QConsoleStream *self, gboolean exited, const char *end)
{
  for (GList *l = self->waiters.head, *next; l != NULL; l = next)
    {
      next = l->next;
      end_waiting (l->data, TRUE, new_wait_end_error (l->data, exited, end));
    }
}

void
q_console_stream_leave_earlier_guest (QConsoleStream *self)
{
  /* Who is still searching in the text of the last guest has the outcome; the others have not. */
  for (GList *l = self->waiters.head, *next; l != NULL; l = next)
    {
      QConsoleWait *wait = q_operation_get_data (l->data);

      next = l->next;
      if (wait->task != NULL)
        wait->task->is_of_earlier_guest = TRUE;
      else
        return_own_error (l->data);
    }
}
