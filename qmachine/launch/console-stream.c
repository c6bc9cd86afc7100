/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console-stream-private.h"

#include <string.h>

#include "io/socket-private.h"

/* What is kept of the output: at least the first number, at most the second. */
#define KEPT_SIZE (1024 * 1024)
#define MAX_SIZE (KEPT_SIZE + 256 * 1024)

/* Expressions are tried on so much of the newest text, so that a flood does not make the I/O thread
 * go over the same megabyte again and again. */
#define SEARCHED_SIZE (64 * 1024)

#define MAX_PENDING_OUTPUT (1024 * 1024)
#define MAX_PENDING_CHUNKS 1024

struct _QConsoleStream
{
  gatomicrefcount ref_count;
  QDispatcher *dispatcher;
  QConsoleOutputFunc output;
  GWeakRef target; /* of the output */

  GMutex lock;   /* guards the text */
  GString *text; /* valid UTF-8 */

  /* I/O thread only. */
  QSocket *socket; /* NULL when closed */
  char partial[4]; /* the beginning of a character whose rest has not come */
  gsize n_partial;
  gsize position; /* where the next search may begin, in the text */
  GQueue writes;  /* of QOperation, with a QConsoleWrite each */
  GQueue waiters; /* of QOperation, with a QConsoleWait each */
};

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

/* -- output -- */

static void
deliver_output (gpointer stream, gpointer event)
{
  QConsoleStream *self = stream;
  g_autoptr (GObject) target = g_weak_ref_get (&self->target);

  if (target != NULL)
    self->output (target, event);
}

static gsize
get_output_size (gpointer event)
{
  return strlen (event);
}

static const QDispatcherEventClass output_class = {
  .deliver = deliver_output,
  .free_event = g_free,
  .get_size = get_output_size,
  .max_bytes = MAX_PENDING_OUTPUT,
  .ref_target = (gpointer (*) (gpointer))q_console_stream_ref,
  .unref_target = (void (*) (gpointer))q_console_stream_unref,
};

/* How many bytes at the end may be the beginning of a character. */
static gsize
count_unfinished (const char *bytes, gsize length)
{
  for (gsize n = 1; n <= 3 && n <= length; n++)
    {
      guchar byte = (guchar)bytes[length - n];

      if ((byte & 0xc0) == 0x80)
        continue;
      if (byte >= 0xc0)
        return n < (byte >= 0xf0 ? 4u : byte >= 0xe0 ? 3u : 2u) ? n : 0;
      return 0;
    }

  return 0;
}

static char *
decode (QConsoleStream *self, const char *bytes, gsize length, gboolean last)
{
  g_autoptr (GString) whole = g_string_new_len (self->partial, (gssize)self->n_partial);
  gsize n_unfinished;

  g_string_append_len (whole, bytes, (gssize)length);
  n_unfinished = last ? 0 : count_unfinished (whole->str, whole->len);
  self->n_partial = n_unfinished;
  memcpy (self->partial, whole->str + whole->len - n_unfinished, n_unfinished);

  return whole->len > n_unfinished
           ? g_utf8_make_valid (whole->str, (gssize)(whole->len - n_unfinished))
           : NULL;
}

static void
keep_text (QConsoleStream *self, const char *text)
{
  g_mutex_lock (&self->lock);
  g_string_append (self->text, text);
  if (self->text->len > MAX_SIZE)
    {
      gsize cut = self->text->len - KEPT_SIZE;

      while ((self->text->str[cut] & 0xc0) == 0x80)
        cut++;
      g_string_erase (self->text, 0, (gssize)cut);
      self->position -= MIN (self->position, cut);
    }
  g_mutex_unlock (&self->lock);
}

/* TRUE when it ended the operation, which may wait or not. */
static gboolean
try_waiter (QConsoleStream *self, QOperation *operation)
{
  QConsoleWait *wait = q_operation_get_data (operation);
  g_autoptr (GMatchInfo) info = NULL;
  GError *error = NULL;
  gsize begin = self->position;
  int end;

  /* Only this thread changes the text, so it can be read without the lock. */
  if (self->text->len - begin > SEARCHED_SIZE)
    begin = self->text->len - SEARCHED_SIZE;
  while ((self->text->str[begin] & 0xc0) == 0x80)
    begin++;

  /* Where the text ends for now is not where a line ends. */
  if (g_regex_match_full (wait->regex, self->text->str, (gssize)self->text->len, (int)begin,
                          G_REGEX_MATCH_NOTEOL, &info, &error))
    {
      g_match_info_fetch_pos (info, 0, NULL, &end);
      self->position = (gsize)end;
      q_operation_return (operation, g_match_info_fetch (info, 0), g_free);
      return TRUE;
    }
  if (error != NULL)
    {
      q_operation_return_error (operation, error);
      return TRUE;
    }

  return FALSE;
}

static void
try_waiters (QConsoleStream *self)
{
  for (GList *l = self->waiters.head, *next; l != NULL; l = next)
    {
      next = l->next;
      try_waiter (self, l->data);
    }
}

static void
take_output (QConsoleStream *self, const char *bytes, gsize length, gboolean last)
{
  g_autofree char *text = decode (self, bytes, length, last);

  if (text == NULL)
    return;

  keep_text (self, text);
  try_waiters (self);
  q_dispatcher_post_event (self->dispatcher, &output_class, self, g_steal_pointer (&text),
                           MAX_PENDING_CHUNKS);
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

static gboolean
refuse_if_closed (QConsoleStream *self, QOperation *operation)
{
  if (self->socket != NULL)
    return FALSE;

  q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                                "%s: the machine is not running", q_operation_get_name (operation));
  return TRUE;
}

void
q_console_stream_write (QOperation *operation)
{
  QConsoleWrite *data = q_operation_get_data (operation);
  QConsoleStream *self = data->stream;

  if (refuse_if_closed (self, operation))
    return;

  q_operation_wait_in (operation, &self->writes);
  q_operation_set_withdraw (operation, withdraw_write);
  q_socket_write (self->socket, g_steal_pointer (&data->text), data->length, operation);
}

/* -- waiting -- */

void
q_console_stream_wait (QOperation *operation)
{
  QConsoleWait *data = q_operation_get_data (operation);
  QConsoleStream *self = data->stream;

  /* What was there already counts, also after the end. */
  if (try_waiter (self, operation) || refuse_if_closed (self, operation))
    return;

  if (data->timeout == 0)
    {
      q_operation_return_new_error (operation, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                    "wait_for_text: there is no such text yet");
      return;
    }

  q_operation_wait_in (operation, &self->waiters);
  q_operation_set_timeout (operation, data->timeout, "no such text came", NULL);
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

  g_mutex_lock (&self->lock);
  g_string_truncate (self->text, 0);
  g_mutex_unlock (&self->lock);
  self->position = 0;
  self->n_partial = 0;
  self->socket = q_socket_new (fd, &socket_callbacks, self, "qmachine-console");
}

static void
fail_all (GQueue *operations, gboolean detached)
{
  QOperation *operation;

  while ((operation = g_queue_peek_head (operations)) != NULL)
    q_operation_return_new_error (operation, Q_MACHINE_ERROR,
                                  detached ? Q_MACHINE_ERROR_NOT_RUNNING : Q_MACHINE_ERROR_EXITED,
                                  "%s: %s", q_operation_get_name (operation),
                                  detached ? "the machine was detached" : "QEMU has ended");
}

void
q_console_stream_close (QConsoleStream *self, gboolean detached)
{
  if (self->socket == NULL)
    return;

  /* Bounded by what the socket holds, unless somebody else still writes to it. */
  q_socket_drain (self->socket);
  take_output (self, "", 0, TRUE);

  g_clear_pointer (&self->socket, q_socket_close);
  fail_all (&self->writes, detached);
  fail_all (&self->waiters, detached);
}
