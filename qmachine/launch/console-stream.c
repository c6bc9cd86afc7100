/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console-stream-private.h"

#include <string.h>

#include "console-search-private.h"
#include "io/io-thread-private.h"
#include "io/socket-private.h"
#include "io/text-private.h"

/* What is kept of the output: at least the first number, at most the second. */
#define KEPT_SIZE (1024 * 1024)
#define MAX_SIZE (KEPT_SIZE + 256 * 1024)

/* Expressions are tried on all that is kept. So that a flood does not keep a processor busy with
 * the same megabyte again and again, there is a pause so many times as long as a search took. */
#define SEARCH_PAUSE 9

/* How long the text that is there may be searched when a call's time is over. */
#define LAST_SEARCH_MS 1000

/* At the same time, also for those who have given up meanwhile. */
#define MAX_SEARCHES 8

#define LINES_IN_ERRORS 20
#define MAX_TEXT_IN_ERRORS 4096

#define MAX_PENDING_OUTPUT (1024 * 1024)
#define MAX_PENDING_CHUNKS 1024

struct _QConsoleStream
{
  gatomicrefcount ref_count;
  QDispatcher *dispatcher;
  QConsoleOutputFunc output;
  GWeakRef target; /* of the output */

  GMutex lock;       /* guards the next two */
  GString *text;     /* valid UTF-8 */
  GByteArray *bytes; /* as they came */

  /* I/O thread only. */
  QSocket *socket; /* NULL when closed */
  char partial[4]; /* the beginning of a character whose rest has not come */
  gsize n_partial;
  gsize n_cut;    /* how much came before the text; what follows counts from there, too */
  gsize position; /* where the next search may begin */
  guint n_searches;
  GQueue writes;  /* of QOperation, with a QConsoleWrite each */
  GQueue waiters; /* of QOperation, with a QConsoleWait each */
};

struct _QConsoleSearchTask
{
  QConsoleStream *stream; /* owned */
  QOperation *operation;  /* NULL if it has given up */
  gsize end;              /* where the text ended then */
  gboolean is_of_earlier_guest;
};

typedef struct
{
  GBytes *bytes;
  char *text; /* nullable */
} Output;

QConsoleStream *
q_console_stream_new (QDispatcher *dispatcher, QConsoleOutputFunc output)
{
  QConsoleStream *self = g_new0 (QConsoleStream, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->dispatcher = q_dispatcher_ref (dispatcher);
  self->output = output;
  g_weak_ref_init (&self->target, NULL);
  g_mutex_init (&self->lock);
  self->text = g_string_new (NULL);
  self->bytes = g_byte_array_new ();
  g_queue_init (&self->writes);
  g_queue_init (&self->waiters);

  return self;
}

QConsoleStream *
q_console_stream_ref (QConsoleStream *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
q_console_stream_unref (QConsoleStream *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  /* An open one is referenced by the launch that opened it. */
  g_assert (self->socket == NULL);

  q_dispatcher_unref (self->dispatcher);
  g_weak_ref_clear (&self->target);
  g_string_free (self->text, TRUE);
  g_byte_array_unref (self->bytes);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
q_console_stream_set_target (QConsoleStream *self, GObject *target)
{
  g_weak_ref_set (&self->target, target);
}

QDispatcher *
q_console_stream_get_dispatcher (QConsoleStream *self)
{
  return self->dispatcher;
}

char *
q_console_stream_dup_text (QConsoleStream *self)
{
  char *text;

  g_mutex_lock (&self->lock);
  text = g_strdup (self->text->str);
  g_mutex_unlock (&self->lock);

  return text;
}

GBytes *
q_console_stream_dup_bytes (QConsoleStream *self)
{
  GBytes *bytes;

  g_mutex_lock (&self->lock);
  bytes = g_bytes_new (self->bytes->data, self->bytes->len);
  g_mutex_unlock (&self->lock);

  return bytes;
}

/* -- output -- */

static void
deliver_output (gpointer stream, gpointer event)
{
  QConsoleStream *self = stream;
  Output *output = event;
  g_autoptr (GObject) target = g_weak_ref_get (&self->target);

  if (target != NULL)
    self->output (target, output->bytes, output->text);
}

static void
output_free (gpointer event)
{
  Output *output = event;

  g_bytes_unref (output->bytes);
  g_free (output->text);
  g_free (output);
}

static gsize
get_output_size (gpointer event)
{
  Output *output = event;

  return MAX (g_bytes_get_size (output->bytes), output->text != NULL ? strlen (output->text) : 0);
}

static const QDispatcherEventClass output_class = {
  .deliver = deliver_output,
  .free_event = output_free,
  .get_size = get_output_size,
  .max_bytes = MAX_PENDING_OUTPUT,
  .ref_target = (gpointer (*) (gpointer))q_console_stream_ref,
  .unref_target = (void (*) (gpointer))q_console_stream_unref,
};

static char *
decode (QConsoleStream *self, const char *bytes, gsize length, gboolean last)
{
  g_autoptr (GString) whole = g_string_new_len (self->partial, (gssize)self->n_partial);
  gsize n_unfinished;

  g_string_append_len (whole, bytes, (gssize)length);
  n_unfinished = last ? 0 : q_text_count_unfinished (whole->str, whole->len);
  self->n_partial = n_unfinished;
  memcpy (self->partial, whole->str + whole->len - n_unfinished, n_unfinished);

  return whole->len > n_unfinished
           ? g_utf8_make_valid (whole->str, (gssize)(whole->len - n_unfinished))
           : NULL;
}

static void
keep_output (QConsoleStream *self, const char *bytes, gsize length, const char *text)
{
  g_mutex_lock (&self->lock);
  g_byte_array_append (self->bytes, (const guint8 *)bytes, (guint)length);
  if (self->bytes->len > MAX_SIZE)
    g_byte_array_remove_range (self->bytes, 0, self->bytes->len - KEPT_SIZE);
  if (text != NULL)
    g_string_append (self->text, text);
  if (self->text->len > MAX_SIZE)
    {
      gsize cut = self->text->len - KEPT_SIZE;

      while ((self->text->str[cut] & 0xc0) == 0x80)
        cut++;
      g_string_erase (self->text, 0, (gssize)cut);
      self->n_cut += cut;
    }
  g_mutex_unlock (&self->lock);
}

/* -- searching -- */

static gsize
get_end (QConsoleStream *self)
{
  return self->n_cut + self->text->len;
}

static void search (QConsoleStream *self, QOperation *operation);

static void
search_all (QConsoleStream *self)
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
static char *
describe_text (QConsoleStream *self)
{
  GString *description = g_string_new (NULL);
  const char *end = self->text->str + self->text->len;
  const char *start = q_text_find_last_lines (self->text->str, self->text->len, LINES_IN_ERRORS);

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
  if (done->match != NULL
      && (task->is_of_earlier_guest || origin + done->match_begin >= self->position))
    {
      self->position = MAX (self->position, origin + done->match_end);
      forget_search (operation);
      q_operation_return (operation, g_steal_pointer (&done->match), g_free);
      return;
    }
  if (task->is_of_earlier_guest)
    {
      return_own_error (operation);
      return;
    }

  /* Another one's match was there first. */
  if (done->match != NULL)
    {
      wait->searched = Q_CONSOLE_NOTHING_SEARCHED;
      wait->next_search = 0;
    }
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
  search_all (self);
}

static void
start_search (QConsoleStream *self, QOperation *operation, gsize end)
{
  QConsoleWait *wait = q_operation_get_data (operation);
  gsize begin = MAX (self->position, self->n_cut);
  GError *error = NULL;
  /* Only this thread changes the text, so it can be read without the lock. */
  g_autoptr (QConsoleSearch) started = q_console_search_new (
    wait->regex, self->text->str, end - self->n_cut, MIN (begin, end) - self->n_cut);
  QConsoleSearchTask *task = g_new0 (QConsoleSearchTask, 1);

  task->stream = q_console_stream_ref (self);
  task->operation = operation;
  task->end = end;
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
  gsize end = wait->error != NULL ? wait->end : get_end (self);
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

static void
take_output (QConsoleStream *self, const char *bytes, gsize length, gboolean last)
{
  g_autofree char *text = decode (self, bytes, length, last);
  Output *output;

  if (text == NULL && length == 0)
    return;

  keep_output (self, bytes, length, text);
  search_all (self);

  output = g_new0 (Output, 1);
  output->bytes = g_bytes_new (bytes, length);
  output->text = g_steal_pointer (&text);
  q_dispatcher_post_event (self->dispatcher, &output_class, self, output, MAX_PENDING_CHUNKS);
  q_dispatcher_flush (self->dispatcher);
}

static gboolean
received_cb (gpointer stream, const char *bytes, gsize length)
{
  take_output (stream, bytes, length, FALSE);
  return TRUE;
}

/* -- input -- */

static void
written_cb (gpointer write, int error)
{
  QOperation *operation = write;

  if (error != 0)
    q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED,
                                  "write: the console is closed: %s", g_strerror (error));
  else
    q_operation_return_true (operation);
}

static void
withdraw_write (QOperation *operation)
{
  QConsoleWrite *data = q_operation_get_data (operation);

  q_socket_withdraw (data->stream->socket, operation);
}

static GError *
new_closed_error (QOperation *operation)
{
  return g_error_new (Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                      "%s: the machine is not running", q_operation_get_name (operation));
}

void
q_console_stream_write (QOperation *operation)
{
  QConsoleWrite *data = q_operation_get_data (operation);
  QConsoleStream *self = data->stream;

  if (self->socket == NULL)
    {
      q_operation_return_error (operation, new_closed_error (operation));
      return;
    }

  q_operation_wait_in (operation, &self->writes);
  q_operation_set_withdraw (operation, withdraw_write);
  q_socket_write (self->socket, g_steal_pointer (&data->bytes), data->length, operation);
}

/* -- waiting -- */

/* Ends with the error, which it takes over, unless there is a match in the text that is there. */
static void
end_waiting (QOperation *operation, GError *error)
{
  QConsoleWait *data = q_operation_get_data (operation);

  if (data->error != NULL)
    {
      g_error_free (error);
      return;
    }

  data->error = error;
  data->end = get_end (data->stream);
  data->text = describe_text (data->stream);
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
      end_waiting (operation, error);
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

  data->searched = Q_CONSOLE_NOTHING_SEARCHED;
  q_operation_wait_in (operation, &self->waiters);
  q_operation_set_interrupt (operation, give_up_waiting);

  /* What was there already counts, also after the end. */
  if (self->socket == NULL)
    {
      end_waiting (operation, new_closed_error (operation));
      return;
    }
  if (data->timeout == 0)
    {
      end_waiting (operation,
                   g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                "wait_for_text: there is nothing yet that matches \"%s\"",
                                g_regex_get_pattern (data->regex)));
      return;
    }

  what = g_strdup_printf ("nothing came that matches \"%s\"", g_regex_get_pattern (data->regex));
  q_operation_set_timeout (operation, data->timeout, what, NULL);
  search (self, operation);
}

/* -- beginning and end -- */

/* The rest of an end is done when the process is reaped, which must come now. */
static const QSocketCallbacks socket_callbacks = {
  .received = received_cb,
  .written = written_cb,
};

void
q_console_stream_open (QConsoleStream *self, int fd)
{
  g_assert (self->socket == NULL);

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
  self->n_cut = get_end (self);
  g_mutex_lock (&self->lock);
  g_string_truncate (self->text, 0);
  g_byte_array_set_size (self->bytes, 0);
  g_mutex_unlock (&self->lock);
  self->position = self->n_cut;
  self->n_partial = 0;
  self->socket = q_socket_new (fd, &socket_callbacks, self, "qmachine-console");
}

static GError *
new_end_error (QOperation *operation, gboolean exited, const char *end)
{
  return g_error_new (Q_MACHINE_ERROR,
                      exited ? Q_MACHINE_ERROR_EXITED : Q_MACHINE_ERROR_NOT_RUNNING, "%s: %s",
                      q_operation_get_name (operation), end);
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
q_console_stream_close (QConsoleStream *self, gboolean exited, const char *end)
{
  QOperation *operation;

  if (self->socket == NULL)
    return;

  /* Bounded by what the socket holds, unless somebody else still writes to it. */
  q_socket_drain (self->socket);
  take_output (self, "", 0, TRUE);
  g_clear_pointer (&self->socket, q_socket_close);
  while ((operation = g_queue_peek_head (&self->writes)) != NULL)
    q_operation_return_error (operation, new_end_error (operation, exited, end));
  for (GList *l = self->waiters.head, *next; l != NULL; l = next)
    {
      next = l->next;
      end_waiting (l->data, new_wait_end_error (l->data, exited, end));
    }
}
