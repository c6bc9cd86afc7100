/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console-tap-private.h"

#include <string.h>

#include "console-stream-fields-private.h"

struct _QConsoleTap
{
  QConsoleWriter writer;
  QConsoleStream *stream;
  const QConsoleTapCallbacks *callbacks;
  gpointer user_data;
  guint64 position; /* guarded by the stream's lock, as is the next one */
  guint64 n_lost;
  gboolean writing;
};

static guint64
get_end (QConsoleStream *stream)
{
  return stream->n_bytes_cut + stream->bytes->len;
}

static guint64
find_last_lines (QConsoleStream *stream, int n_lines)
{
  gsize at = stream->bytes->len;

  for (int n = 0; at > 0; at--)
    if (stream->bytes->data[at - 1] == '\n' && n++ == n_lines)
      break;

  return stream->n_bytes_cut + at;
}

/* What is lost is lost with the guest, of whose end all are told. */
static void
end_write (QConsoleWriter *writer, int error)
{
  QConsoleTap *self = (QConsoleTap *)writer;

  self->writing = FALSE;
  self->callbacks->written (self->user_data);
}

QConsoleTap *
q_console_tap_new (QConsoleStream *stream, int n_lines, const QConsoleTapCallbacks *callbacks,
                   gpointer user_data)
{
  QConsoleTap *self = g_new0 (QConsoleTap, 1);

  self->stream = q_console_stream_ref (stream);
  self->callbacks = callbacks;
  self->user_data = user_data;
  self->writer.written = end_write;
  g_mutex_lock (&stream->lock);
  self->position = n_lines == Q_CONSOLE_TAP_SINCE ? MAX (stream->left_at, stream->n_bytes_cut)
                   : n_lines == 0                 ? get_end (stream)
                                                  : find_last_lines (stream, n_lines);
  g_queue_push_tail (&stream->taps, self);
  g_mutex_unlock (&stream->lock);

  return self;
}

void
q_console_tap_free (QConsoleTap *self, gboolean leave)
{
  if (self->writing && self->stream->socket != NULL)
    q_socket_withdraw (self->stream->socket, self);
  g_mutex_lock (&self->stream->lock);
  g_queue_remove (&self->stream->taps, self);
  if (leave)
    self->stream->left_at = self->position;
  g_mutex_unlock (&self->stream->lock);
  q_console_stream_unref (self->stream);
  g_free (self);
}

/* Only this thread changes the bytes, so it needs no lock to look at them. */
gsize
q_console_tap_peek (QConsoleTap *self, char *buffer, gsize size)
{
  gsize length = MIN (size, (gsize)(get_end (self->stream) - self->position));

  if (length > 0)
    memcpy (buffer, self->stream->bytes->data + (self->position - self->stream->n_bytes_cut),
            length);

  return length;
}

void
q_console_tap_skip (QConsoleTap *self, gsize n_bytes)
{
  g_mutex_lock (&self->stream->lock);
  self->position += n_bytes;
  g_mutex_unlock (&self->stream->lock);
}

gboolean
q_console_tap_is_open (QConsoleTap *self)
{
  return self->stream->socket != NULL;
}

gboolean
q_console_tap_is_writing (QConsoleTap *self)
{
  return self->writing;
}

void
q_console_tap_write (QConsoleTap *self, const char *bytes, gsize length)
{
  g_assert (!self->writing && self->stream->socket != NULL);

  self->writing = TRUE;
  q_socket_write (self->stream->socket, g_memdup2 (bytes, length), length, self);
}

guint64
q_console_tap_get_lost (QConsoleTap *self)
{
  guint64 n_lost;

  g_mutex_lock (&self->stream->lock);
  n_lost = self->n_lost;
  g_mutex_unlock (&self->stream->lock);

  return n_lost;
}

/* -- for the stream -- */

void
q_console_stream_move_taps (QConsoleStream *stream)
{
  for (GList *l = stream->taps.head; l != NULL; l = l->next)
    {
      QConsoleTap *tap = l->data;

      if (tap->position < stream->n_bytes_cut)
        {
          tap->n_lost += stream->n_bytes_cut - tap->position;
          tap->position = stream->n_bytes_cut;
        }
    }
}

void
q_console_stream_tell_taps (QConsoleStream *stream)
{
  for (GList *l = stream->taps.head, *next; l != NULL; l = next)
    {
      QConsoleTap *tap = l->data;

      next = l->next;
      tap->callbacks->more (tap->user_data);
    }
}

void
q_console_stream_end_taps (QConsoleStream *stream)
{
  for (GList *l = stream->taps.head, *next; l != NULL; l = next)
    {
      QConsoleTap *tap = l->data;

      next = l->next;
      tap->writing = FALSE;
      if (tap->callbacks->ended != NULL)
        tap->callbacks->ended (tap->user_data);
    }
}
