/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console-stream-fields-private.h"

#include <string.h>

#include "console-tap-private.h"
#include "io/socket-private.h"
#include "io/text-private.h"

/* What is kept of the output: at least the first number, at most the second. */
#define KEPT_SIZE (1024 * 1024)
#define MAX_SIZE (KEPT_SIZE + 256 * 1024)

#define MAX_PENDING_OUTPUT (1024 * 1024)
#define MAX_PENDING_CHUNKS 1024

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
  self->cursor = q_console_cursor_new (self, FALSE);
  g_queue_init (&self->taps);
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
  q_console_cursor_unref (self->cursor);
  g_free (self->log_path);
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

void
q_console_stream_set_log_path (QConsoleStream *self, const char *path)
{
  g_mutex_lock (&self->lock);
  g_free (self->log_path);
  self->log_path = g_strdup (path);
  g_mutex_unlock (&self->lock);
}

char *
q_console_stream_dup_log_path (QConsoleStream *self)
{
  char *path;

  g_mutex_lock (&self->lock);
  path = g_strdup (self->log_path);
  g_mutex_unlock (&self->lock);

  return path;
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

guint64
q_console_stream_get_guest (QConsoleStream *self)
{
  guint64 guest;

  g_mutex_lock (&self->lock);
  guest = self->has_guest ? self->n_guests : 0;
  g_mutex_unlock (&self->lock);

  return guest;
}

/* -- cursors -- */

gsize
q_console_stream_get_end (QConsoleStream *self)
{
  return self->n_cut + self->text->len;
}

QConsoleCursor *
q_console_cursor_new (QConsoleStream *stream, gboolean from_now)
{
  QConsoleCursor *self = g_new0 (QConsoleCursor, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_lock (&stream->lock);
  self->position = from_now ? q_console_stream_get_end (stream) : 0;
  g_mutex_unlock (&stream->lock);

  return self;
}

QConsoleCursor *
q_console_cursor_ref (QConsoleCursor *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
q_console_cursor_unref (QConsoleCursor *self)
{
  if (g_atomic_ref_count_dec (&self->ref_count))
    g_free (self);
}

QConsoleCursor *
q_console_stream_get_cursor (QConsoleStream *self)
{
  return self->cursor;
}

char *
q_console_stream_take_text (QConsoleStream *self, QConsoleCursor *cursor)
{
  char *text;

  g_mutex_lock (&self->lock);
  text = g_strdup (self->text->str + (MAX (cursor->position, self->n_cut) - self->n_cut));
  cursor->position = q_console_stream_get_end (self);
  cursor->mover = ++self->n_calls;
  g_mutex_unlock (&self->lock);

  return text;
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
    {
      self->n_bytes_cut += self->bytes->len - KEPT_SIZE;
      g_byte_array_remove_range (self->bytes, 0, self->bytes->len - KEPT_SIZE);
      q_console_stream_move_taps (self);
    }
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

static void
take_output (QConsoleStream *self, const char *bytes, gsize length, gboolean last)
{
  g_autofree char *text = decode (self, bytes, length, last);
  Output *output;

  if (text == NULL && length == 0)
    return;

  keep_output (self, bytes, length, text);
  q_console_stream_search_all (self);
  q_console_stream_tell_taps (self);

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
  QConsoleWriter *writer = write;

  writer->written (writer, error);
}

static void
end_write (QConsoleWriter *writer, int error)
{
  QOperation *operation = ((QConsoleWrite *)writer)->operation;

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

  q_socket_withdraw (data->stream->socket, data);
}

GError *
q_console_stream_new_closed_error (QOperation *operation)
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
      q_operation_return_error (operation, q_console_stream_new_closed_error (operation));
      return;
    }

  data->writer.written = end_write;
  data->operation = operation;
  q_operation_wait_in (operation, &self->writes);
  q_operation_set_withdraw (operation, withdraw_write);
  q_socket_write (self->socket, g_steal_pointer (&data->bytes), data->length, data);
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

  q_console_stream_leave_earlier_guest (self);
  g_mutex_lock (&self->lock);
  self->n_cut = q_console_stream_get_end (self);
  g_string_truncate (self->text, 0);
  self->n_bytes_cut += self->bytes->len;
  g_byte_array_set_size (self->bytes, 0);
  self->n_guests++;
  self->has_guest = TRUE;
  q_console_stream_move_taps (self);
  g_mutex_unlock (&self->lock);
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
  g_mutex_lock (&self->lock);
  self->has_guest = FALSE;
  g_mutex_unlock (&self->lock);
  while ((operation = g_queue_peek_head (&self->writes)) != NULL)
    q_operation_return_error (operation, new_end_error (operation, exited, end));
  q_console_stream_end_taps (self);
  q_console_stream_end_waiters (self, exited, end);
}
