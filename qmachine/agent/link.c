/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link-private.h"

#include <string.h>

#include "error-private.h"
#include "io/deadline-private.h"
#include "io/io-thread-private.h"
#include "wire/json-text-private.h"
#include "wire/transport-private.h"

#define DELIMITER 0xff
/* The answer to a synchronisation is a number in an object. */
#define MAX_SYNC_ANSWER 256
/* How much of what came is shown in an error. */
#define EXCERPT_SIZE 48
/* A peer that takes no more has mostly ended, and its last words are still to be read. */
#define LINGER_MS 500

typedef enum
{
  DEAF,      /* until the delimiter */
  DELIMITED, /* the line behind it */
  LISTENING,
} Mode;

struct _QAgentLink
{
  grefcount ref_count; /* a callback may close it */
  QTransport *transport;
  const QAgentLinkCallbacks *callbacks;
  gpointer user_data;
  gsize max_message_size;

  Mode mode;
  QFramer *framer;        /* while it listens */
  GString *answer;        /* behind a delimiter */
  gboolean awaits_answer; /* to a synchronisation */
  guint8 *room;           /* for the transport */
  gsize room_size;
  guint64 n_received;
  guint8 excerpt[EXCERPT_SIZE]; /* the last that came */
  gsize excerpt_length;

  GByteArray *unsent;
  gsize n_sent; /* of these */
  gboolean in_write;
  GSource *linger_source;
  GError *write_error;
};

static void
link_unref (QAgentLink *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->framer, q_framer_free);
  g_string_free (self->answer, TRUE);
  g_byte_array_unref (self->unsent);
  g_clear_error (&self->write_error);
  g_free (self->room);
  g_free (self);
}

static void
become (QAgentLink *self, Mode mode)
{
  self->mode = mode;
  g_clear_pointer (&self->framer, q_framer_free);
  g_string_truncate (self->answer, 0);
  if (mode == LISTENING)
    self->framer = q_framer_new (self->max_message_size);
}

static void
end (QAgentLink *self, const char *reason)
{
  g_autoptr (GError) error = g_error_new (Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED,
                                          "the connection to the guest agent ended%s%s",
                                          reason != NULL ? ": " : "", reason != NULL ? reason : "");

  self->callbacks->ended (error, self->user_data);
}

/* -- reading -- */

static guint8 *
reserve_cb (gpointer data, gsize wanted)
{
  QAgentLink *self = data;

  if (self->room_size < wanted)
    {
      self->room = g_realloc (self->room, wanted);
      self->room_size = wanted;
    }
  return self->room;
}

static void
keep_excerpt (QAgentLink *self, const guint8 *bytes, gsize length)
{
  gsize n = MIN (length, EXCERPT_SIZE);
  gsize n_old = MIN (self->excerpt_length, EXCERPT_SIZE - n);

  memmove (self->excerpt, self->excerpt + self->excerpt_length - n_old, n_old);
  memcpy (self->excerpt + n_old, bytes + length - n, n);
  self->excerpt_length = n_old + n;
  self->n_received += length;
}

static gboolean
is_closed (QAgentLink *self)
{
  return self->transport == NULL;
}

/* The message and what it says are the guest's. */
static void
take_answer (QAgentLink *self)
{
  g_autoptr (QFramer) framer = q_framer_new (MAX_SYNC_ANSWER);
  gsize length = self->answer->len;
  QMessage message;
  QFrame frame;
  guint64 id;
  gboolean good;

  if (length == 0)
    return;

  memcpy (q_framer_reserve (framer, length), self->answer->str, length);
  q_framer_commit (framer, length);
  good = q_framer_next (framer, &frame, NULL) && q_message_classify (&frame, &message, NULL)
         && message.kind == Q_MESSAGE_RETURN
         && q_json_read_uint64 (frame.text + frame.members[Q_MEMBER_RETURN].start, &id);

  become (self, DEAF);
  if (good)
    {
      self->awaits_answer = FALSE;
      self->callbacks->synced (id, self->user_data);
    }
}

/* These return how many of the bytes they have taken. */

static gsize
pass_over (QAgentLink *self, const guint8 *bytes, gsize length)
{
  const guint8 *delimiter = memchr (bytes, DELIMITER, length);

  if (delimiter == NULL)
    return length;

  become (self, DELIMITED);
  return (gsize)(delimiter - bytes) + 1;
}

static gsize
take_delimited (QAgentLink *self, const guint8 *bytes, gsize length)
{
  const guint8 *line_end = memchr (bytes, '\n', length);
  gsize n = line_end != NULL ? (gsize)(line_end - bytes) : length;
  const guint8 *delimiter = memchr (bytes, DELIMITER, n);

  if (delimiter != NULL)
    {
      become (self, DELIMITED);
      return (gsize)(delimiter - bytes) + 1;
    }
  if (self->answer->len + n > MAX_SYNC_ANSWER)
    {
      become (self, DEAF);
      return n;
    }

  g_string_append_len (self->answer, (const char *)bytes, (gssize)n);
  if (line_end == NULL)
    return n;

  take_answer (self);
  if (!is_closed (self) && self->mode == DELIMITED)
    become (self, DEAF);
  return n + 1;
}

static void
tell_broken (QAgentLink *self, const GError *wire_error)
{
  g_autoptr (GError) error = q_agent_error_from_wire (wire_error);

  become (self, DEAF);
  self->callbacks->broken (error, self->user_data);
}

static gsize
take_messages (QAgentLink *self, const guint8 *bytes, gsize length)
{
  const guint8 *delimiter = memchr (bytes, DELIMITER, length);
  gsize n = delimiter != NULL ? (gsize)(delimiter - bytes) : length;

  if (n > 0)
    {
      memcpy (q_framer_reserve (self->framer, n), bytes, n);
      q_framer_commit (self->framer, n);
    }
  while (!is_closed (self) && self->mode == LISTENING)
    {
      g_autoptr (GError) error = NULL;
      QMessage message;
      QFrame frame;

      if (q_framer_next (self->framer, &frame, &error)
          && q_message_classify (&frame, &message, &error))
        {
          /* The framer must live as long as the message. */
          g_autoptr (QFramer) framer = g_steal_pointer (&self->framer);

          self->callbacks->message (&message, self->user_data);
          if (!is_closed (self) && self->mode == LISTENING)
            self->framer = g_steal_pointer (&framer);
          continue;
        }
      if (error == NULL)
        break;
      tell_broken (self, error);
    }

  if (delimiter == NULL || is_closed (self) || self->mode != LISTENING)
    return n;
  if (self->awaits_answer)
    {
      become (self, DELIMITED);
    }
  else
    {
      g_autoptr (GError) error = q_agent_error_no_answer ();

      tell_broken (self, error);
    }
  return n + 1;
}

static gboolean
received_cb (gpointer data, gsize n_bytes)
{
  QAgentLink *self = data;
  g_autofree guint8 *room = g_steal_pointer (&self->room);
  gsize room_size = self->room_size;
  const guint8 *bytes = room;
  gboolean open;

  self->room_size = 0;
  keep_excerpt (self, bytes, n_bytes);
  g_ref_count_inc (&self->ref_count);
  while (n_bytes > 0 && !is_closed (self))
    {
      gsize n = self->mode == DEAF        ? pass_over (self, bytes, n_bytes)
                : self->mode == DELIMITED ? take_delimited (self, bytes, n_bytes)
                                          : take_messages (self, bytes, n_bytes);

      bytes += n;
      n_bytes -= n;
    }
  open = !is_closed (self);
  if (open && self->room == NULL)
    {
      self->room = g_steal_pointer (&room);
      self->room_size = room_size;
    }
  link_unref (self);

  return open;
}

char *
q_agent_link_describe_received (QAgentLink *self)
{
  g_autoptr (GString) text = NULL;

  if (self->n_received == 0)
    return g_strdup ("it sent nothing");

  text = g_string_new (NULL);
  g_string_printf (text, "it sent %" G_GUINT64_FORMAT " bytes, at the end: %s", self->n_received,
                   self->n_received > self->excerpt_length ? "..." : "");
  for (gsize i = 0; i < self->excerpt_length; i++)
    {
      guint8 byte = self->excerpt[i];

      if (byte == '\\')
        g_string_append (text, "\\\\");
      else if (g_ascii_isprint (byte))
        g_string_append_c (text, (char)byte);
      else
        g_string_append_printf (text, "\\x%02x", byte);
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* -- writing -- */

static gboolean
linger_cb (gpointer data)
{
  QAgentLink *self = data;

  q_source_clear (&self->linger_source);
  end (self, self->write_error->message);
  return G_SOURCE_REMOVE;
}

gboolean
q_agent_link_is_sending (QAgentLink *self)
{
  return self->n_sent < self->unsent->len;
}

static void
write_some (QAgentLink *self)
{
  while (!is_closed (self) && self->write_error == NULL && q_agent_link_is_sending (self))
    {
      gssize n = q_transport_write (self->transport, (char *)self->unsent->data + self->n_sent,
                                    self->unsent->len - self->n_sent, NULL, &self->write_error);

      if (n == 0)
        return;
      if (n < 0)
        {
          self->linger_source
            = q_io_thread_add_deadline (LINGER_MS, linger_cb, self, "qmachine-agent-linger");
          return;
        }

      self->n_sent += (gsize)n;
      if (!q_agent_link_is_sending (self))
        {
          self->n_sent = 0;
          g_byte_array_unref (self->unsent);
          self->unsent = g_byte_array_new ();
          self->callbacks->sent (self->user_data);
          return;
        }
    }
}

static void
writable_cb (gpointer data)
{
  write_some (data);
}

static void
ended_cb (gpointer data, GError *error)
{
  QAgentLink *self = data;
  g_autoptr (GError) owned_error = error;

  end (self, owned_error != NULL ? owned_error->message : NULL);
}

static const QTransportCallbacks transport_callbacks = {
  .reserve = reserve_cb,
  .received = received_cb,
  .writable = writable_cb,
  .ended = ended_cb,
};

/* A broken stream is told later, or by its reader: nothing is closed under the caller's feet. */
static void
send_bytes (QAgentLink *self, const char *bytes, gsize length)
{
  g_byte_array_append (self->unsent, (const guint8 *)bytes, (guint)length);
}

void
q_agent_link_send (QAgentLink *self, char *text, gsize length)
{
  g_autofree char *owned_text = text;

  send_bytes (self, owned_text, length);
  send_bytes (self, "\n", 1);
  write_some (self);
}

void
q_agent_link_withdraw (QAgentLink *self)
{
  g_byte_array_set_size (self->unsent, 0);
  self->n_sent = 0;
  if (self->mode != DEAF)
    become (self, DEAF);
}

void
q_agent_link_send_sync (QAgentLink *self, guint64 id, gboolean afresh)
{
  g_autofree char *text = g_strdup_printf ("%s{\"execute\":\"guest-sync-delimited\","
                                           "\"arguments\":{\"id\":%" G_GUINT64_FORMAT "}}\n",
                                           afresh ? "\xff" : "", id);

  if (afresh)
    q_agent_link_withdraw (self);
  self->awaits_answer = TRUE;
  send_bytes (self, text, strlen (text));
  write_some (self);
}

void
q_agent_link_send_last (QAgentLink *self, const char *text)
{
  q_agent_link_withdraw (self);
  send_bytes (self, text, strlen (text));
  if (self->write_error == NULL)
    q_transport_write (self->transport, (char *)self->unsent->data, self->unsent->len, NULL, NULL);
}

void
q_agent_link_listen (QAgentLink *self)
{
  become (self, LISTENING);
}

/* -- beginning and end -- */

QAgentLink *
q_agent_link_new (GIOStream *stream, gsize max_message_size, const QAgentLinkCallbacks *callbacks,
                  gpointer user_data)
{
  QAgentLink *self = g_new0 (QAgentLink, 1);

  g_ref_count_init (&self->ref_count);
  self->callbacks = callbacks;
  self->user_data = user_data;
  self->max_message_size = max_message_size;
  self->answer = g_string_new (NULL);
  self->unsent = g_byte_array_new ();
  self->transport = q_transport_new (stream, &transport_callbacks, self);

  return self;
}

void
q_agent_link_close (QAgentLink *self)
{
  g_clear_pointer (&self->transport, q_transport_close);
  q_source_clear (&self->linger_source);
  link_unref (self);
}
