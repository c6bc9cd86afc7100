/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console-stream-private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/io-thread-private.h"

#define READ_SIZE (16 * 1024)
/* A guest that floods gets this many reads, then machines and monitors have their turn. */
#define READS_PER_TURN 16

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
  int fd; /* -1 when closed */
  GSource *read_source;
  GSource *write_source;
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
  self->fd = -1;
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
  g_assert (self->fd < 0);

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

/* TRUE when it ended the operation. */
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
      q_operation_set_withdraw (operation, NULL);
      q_operation_return (operation, g_match_info_fetch (info, 0), g_free);
      return TRUE;
    }
  if (error != NULL)
    {
      q_operation_set_withdraw (operation, NULL);
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
      QOperation *operation = l->data;

      next = l->next;
      if (try_waiter (self, operation))
        g_queue_delete_link (&self->waiters, l);
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

/* FALSE at the end of the output. */
static gboolean
read_some (QConsoleStream *self)
{
  char buffer[READ_SIZE];

  for (guint i = 0; i < READS_PER_TURN; i++)
    {
      gssize n = read (self->fd, buffer, sizeof buffer);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN)
        return TRUE;
      if (n <= 0)
        return FALSE;
      take_output (self, buffer, (gsize)n, FALSE);
    }

  return TRUE;
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer data)
{
  QConsoleStream *self = data;

  if (read_some (self))
    return G_SOURCE_CONTINUE;

  /* The rest is done when the process is reaped, which must come now. */
  g_clear_pointer (&self->read_source, g_source_unref);
  return G_SOURCE_REMOVE;
}

/* -- input -- */

static gboolean writable_cb (int fd, GIOCondition condition, gpointer data);

static void
write_some (QConsoleStream *self)
{
  QOperation *operation;

  while ((operation = g_queue_peek_head (&self->writes)) != NULL)
    {
      QConsoleWrite *data = q_operation_get_data (operation);
      gssize n = send (self->fd, data->text + data->n_written, data->length - data->n_written,
                       MSG_NOSIGNAL);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN)
        {
          if (self->write_source == NULL)
            self->write_source
              = q_io_thread_add_fd (self->fd, G_IO_OUT, writable_cb, self, "qmachine-console");
          return;
        }

      if (n >= 0)
        data->n_written += (gsize)n;
      if (n >= 0 && data->n_written < data->length)
        continue;

      g_queue_pop_head (&self->writes);
      q_operation_set_withdraw (operation, NULL);
      if (n < 0)
        q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED,
                                      "write: the console is closed: %s", g_strerror (errno));
      else
        q_operation_return_true (operation);
    }
}

static gboolean
writable_cb (int fd, GIOCondition condition, gpointer data)
{
  QConsoleStream *self = data;

  g_clear_pointer (&self->write_source, g_source_unref);
  write_some (self);
  return G_SOURCE_REMOVE;
}

static void
withdraw_write (QOperation *operation)
{
  QConsoleWrite *data = q_operation_get_data (operation);

  g_queue_remove (&data->stream->writes, operation);
}

static gboolean
refuse_if_closed (QConsoleStream *self, QOperation *operation)
{
  if (self->fd >= 0)
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

  g_queue_push_tail (&self->writes, operation);
  q_operation_set_withdraw (operation, withdraw_write);
  if (self->write_source == NULL)
    write_some (self);
}

/* -- waiting -- */

static void
withdraw_wait (QOperation *operation)
{
  QConsoleWait *data = q_operation_get_data (operation);

  g_queue_remove (&data->stream->waiters, operation);
}

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

  g_queue_push_tail (&self->waiters, operation);
  q_operation_set_withdraw (operation, withdraw_wait);
  q_operation_set_timeout (operation, data->timeout, "no such text came", NULL);
}

/* -- beginning and end -- */

void
q_console_stream_open (QConsoleStream *self, int fd)
{
  g_assert (self->fd < 0);

  g_mutex_lock (&self->lock);
  g_string_truncate (self->text, 0);
  g_mutex_unlock (&self->lock);
  self->position = 0;
  self->n_partial = 0;
  self->fd = fd;
  self->read_source = q_io_thread_add_fd (self->fd, G_IO_IN, readable_cb, self, "qmachine-console");
}

static void
fail_all (GQueue *operations, gboolean detached)
{
  QOperation *operation;

  while ((operation = g_queue_pop_head (operations)) != NULL)
    {
      q_operation_set_withdraw (operation, NULL);
      q_operation_return_new_error (operation, Q_MACHINE_ERROR,
                                    detached ? Q_MACHINE_ERROR_NOT_RUNNING : Q_MACHINE_ERROR_EXITED,
                                    "%s: %s", q_operation_get_name (operation),
                                    detached ? "the machine was detached" : "QEMU has ended");
    }
}

void
q_console_stream_close (QConsoleStream *self, gboolean detached)
{
  if (self->fd < 0)
    return;

  /* Bounded by what the socket holds, unless somebody else still writes to it. */
  read_some (self);
  take_output (self, "", 0, TRUE);

  q_source_clear (&self->read_source);
  q_source_clear (&self->write_source);
  close (g_steal_fd (&self->fd));
  fail_all (&self->writes, detached);
  fail_all (&self->waiters, detached);
}
