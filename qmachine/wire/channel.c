/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "channel-private.h"

#include <string.h>
#include <unistd.h>

#include "transport-private.h"
#include "wire-error-private.h"

/* QEMU keeps a queue of 8 requests once out-of-band is on, and stops reading when it is full: then
 * it would not see an out-of-band command either. */
#define MAX_IN_BAND_UNANSWERED 8

/* Bounds of what may wait here, sent or not. */
#define MAX_COMMANDS 65536
#define MAX_UNSENT_BYTES (256u * 1024 * 1024)

/* A peer that stops reading has mostly ended, and its last words are still to be read: they, and
 * the end that follows them, tell more than the failed write. */
#define LINGER_MS 500

struct _QChannelCommand
{
  char *text;
  gsize length;
  gsize n_sent;
  GUnixFDList *fds; /* until it is sent */
  gboolean carries_fd;
  gboolean bare; /* a descriptor without a command: nothing to wait for */
  gboolean out_of_band;
  guint64 id;             /* with out-of-band enabled */
  QChannelReplyFunc func; /* NULL: a tombstone */
  gpointer user_data;
  GQueue *queue; /* the one the link is in */
  GList link;
};

struct _QChannel
{
  QTransport *transport; /* NULL once closed */
  QFramer *framer;
  const QChannelCallbacks *callbacks;
  gpointer user_data;
  QTranscript *transcript; /* borrowed; NULL without one */

  gboolean leads_through_programs; /* a descriptor would be lost there */
  gboolean out_of_band;
  guint64 next_id;

  GQueue unsent;  /* not on the wire, except for a first part of the head */
  GQueue waiting; /* on the wire, not answered, in the order of sending */
  gsize n_unsent_bytes;
  guint n_in_band; /* on the wire, not answered */
  gboolean fd_unanswered;
  gboolean fd_kept; /* sent without a command: the next one answers for it */

  gboolean has_kept; /* the thread that holds it came upon a message that is not for it, or bad */
  QMessage kept;
  GError *kept_error;

  GMainContext *context;
  GSource *linger_source; /* after a failed write */
  GError *write_error;

  gboolean *gone; /* set while messages are handed out: tells that a callback freed the channel */
};

static void
command_free (QChannelCommand *command)
{
  g_clear_object (&command->fds);
  g_free (command->text);
  g_free (command);
}

static void
command_move (QChannelCommand *command, GQueue *queue)
{
  if (command->queue != NULL)
    g_queue_unlink (command->queue, &command->link);
  command->queue = queue;
  if (queue != NULL)
    g_queue_push_tail_link (queue, &command->link);
}

static void
fail_commands (GQueue *commands, const GError *error)
{
  GList *link;

  while ((link = g_queue_peek_head_link (commands)) != NULL)
    {
      QChannelCommand *command = link->data;
      QChannelReplyFunc func = command->func;
      gpointer user_data = command->user_data;

      command_move (command, NULL);
      command_free (command);
      if (func != NULL)
        func (NULL, error, user_data);
    }
}

void
q_channel_close (QChannel *self, const GError *reason)
{
  GQueue waiting = self->waiting;
  GQueue unsent = self->unsent;

  if (self->transport == NULL)
    return;

  g_clear_pointer (&self->transport, q_transport_close);
  if (self->linger_source != NULL)
    g_source_destroy (self->linger_source);
  g_clear_pointer (&self->linger_source, g_source_unref);

  /* The queues move out first: what a reply function does to the channel must not reach them. */
  g_queue_init (&self->waiting);
  g_queue_init (&self->unsent);
  for (GList *l = waiting.head; l != NULL; l = l->next)
    ((QChannelCommand *)l->data)->queue = &waiting;
  for (GList *l = unsent.head; l != NULL; l = l->next)
    ((QChannelCommand *)l->data)->queue = &unsent;
  self->n_unsent_bytes = 0;
  self->n_in_band = 0;
  self->fd_unanswered = FALSE;
  self->fd_kept = FALSE;

  fail_commands (&waiting, reason);
  fail_commands (&unsent, reason);
}

void
q_channel_free (QChannel *self)
{
  g_autoptr (GError) reason
    = g_error_new_literal (Q_WIRE_ERROR, Q_WIRE_ERROR_CLOSED, "the monitor is closed");

  q_channel_close (self, reason);
  if (self->gone != NULL)
    *self->gone = TRUE;
  g_clear_error (&self->write_error);
  g_clear_error (&self->kept_error);
  g_main_context_unref (self->context);
  q_framer_free (self->framer);
  g_free (self);
}

/* The one way to break: everybody is told the same first cause. */
static void
q_channel_fail (QChannel *self, GError *error)
{
  const QChannelCallbacks *callbacks = self->callbacks;
  gpointer user_data = self->user_data;

  if (self->transport == NULL)
    {
      g_error_free (error);
      return;
    }

  q_channel_close (self, error);
  callbacks->closed (error, user_data);
  g_error_free (error);
}

static void
set_ended (QChannel *self, GError *cause)
{
  g_autoptr (GError) io_error = cause;
  const char *reason = io_error != NULL ? io_error->message : "the peer closed the connection";

  if (q_framer_is_between_messages (self->framer))
    q_channel_fail (self, g_error_new (Q_WIRE_ERROR, Q_WIRE_ERROR_CLOSED, "%s", reason));
  else
    q_channel_fail (self,
                    g_error_new (Q_WIRE_ERROR, Q_WIRE_ERROR_CLOSED,
                                 "the connection ended in the middle of a message: %s", reason));
}

/* As long as a command with a descriptor is not answered, nothing follows it: another descriptor
 * would push it out, and QEMU goes over the one it has with each byte that it reads, in one thread,
 * while the command takes it away in another, and crashes when it loses (seen with 7.2). One that
 * was sent alone and that no command followed blocks nothing: nobody would ever answer. */
static gboolean
must_wait (QChannel *self)
{
  return self->fd_unanswered && !self->fd_kept;
}

/* What may go out next: in order, but out-of-band overtakes what has not begun. It is not held up
 * by a descriptor: what it is needed for is a command that is never answered. */
static QChannelCommand *
pick_next (QChannel *self)
{
  QChannelCommand *head = g_queue_peek_head (&self->unsent);

  if (head == NULL || head->n_sent > 0)
    return head;

  if (self->out_of_band)
    for (GList *l = self->unsent.head; l != NULL; l = l->next)
      {
        QChannelCommand *command = l->data;

        if (command->out_of_band && (command->fds == NULL || !must_wait (self)))
          return command;
      }

  if (must_wait (self))
    return NULL;
  if (self->out_of_band && self->n_in_band >= MAX_IN_BAND_UNANSWERED)
    return NULL;
  return head;
}

static void
mark_sent (QChannel *self, QChannelCommand *command)
{
  if (command->bare)
    {
      QChannelReplyFunc func = command->func;
      gpointer user_data = command->user_data;

      self->fd_kept = TRUE;
      command_move (command, NULL);
      command_free (command);
      if (func != NULL)
        func (NULL, NULL, user_data);
      return;
    }

  if (self->fd_kept)
    {
      command->carries_fd = TRUE;
      self->fd_kept = FALSE;
    }
  if (self->transcript != NULL)
    q_transcript_write (self->transcript, Q_TRANSCRIPT_SENT, command->text, command->length);
  command_move (command, &self->waiting);
  g_clear_pointer (&command->text, g_free);
  if (!command->out_of_band)
    self->n_in_band++;
}

static gboolean
linger_cb (gpointer data)
{
  QChannel *self = data;

  set_ended (self, g_steal_pointer (&self->write_error));
  return G_SOURCE_REMOVE;
}

static void
linger (QChannel *self, GError *error)
{
  self->write_error = error;
  self->linger_source = g_timeout_source_new (LINGER_MS);
  g_source_set_callback (self->linger_source, linger_cb, self, NULL);
  g_source_set_static_name (self->linger_source, "qmachine-linger");
  g_source_attach (self->linger_source, self->context);
}

/* Some descriptors may not be passed at all, and a system may have too many on their way: nothing
 * was sent then, and the connection is as good as before. */
static gboolean
is_refusal_of_fd (QChannelCommand *command, const GError *error)
{
  return command->fds != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE)
         && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED)
         && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED)
         && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

static void
refuse_fd (QChannel *self, QChannelCommand *command, const GError *cause)
{
  g_autoptr (GError) error
    = g_error_new (Q_WIRE_ERROR, Q_WIRE_ERROR_INVALID,
                   "the system does not let the descriptor pass: %s", cause->message);
  QChannelReplyFunc func = command->func;
  gpointer user_data = command->user_data;

  self->n_unsent_bytes -= command->length;
  command_move (command, NULL);
  command_free (command);
  if (func != NULL)
    func (NULL, error, user_data);
}

static void
send_queued (QChannel *self)
{
  QChannelCommand *command;

  while (self->transport != NULL && self->write_error == NULL
         && (command = pick_next (self)) != NULL)
    {
      GError *error = NULL;
      gssize n = q_transport_write (self->transport, command->text + command->n_sent,
                                    command->length - command->n_sent, command->fds, &error);

      if (n == 0)
        return;
      if (n < 0 && is_refusal_of_fd (command, error))
        {
          refuse_fd (self, command, error);
          g_error_free (error);
          continue;
        }
      if (n < 0)
        {
          linger (self, error);
          return;
        }

      if (command->fds != NULL)
        self->fd_unanswered = TRUE;
      g_clear_object (&command->fds);
      command->n_sent += n;
      self->n_unsent_bytes -= n;
      if (command->n_sent == command->length)
        {
          mark_sent (self, command);
        }
      else if (g_queue_peek_head (&self->unsent) != command)
        {
          /* One that overtook and was cut short has begun, so it is the first now. */
          g_queue_unlink (&self->unsent, &command->link);
          g_queue_push_head_link (&self->unsent, &command->link);
        }
    }
}

static QChannelCommand *
find_waiting (QChannel *self, const QMessage *reply)
{
  guint64 id;

  if (!self->out_of_band)
    return g_queue_peek_head (&self->waiting);

  if (!q_message_get_id (reply, &id))
    return NULL;

  for (GList *l = self->waiting.head; l != NULL; l = l->next)
    {
      QChannelCommand *command = l->data;

      if (command->id == id)
        return command;
    }

  return NULL;
}

static gboolean
take_reply (QChannel *self, const QMessage *reply, GError **error)
{
  gboolean has_id = reply->frame.members[Q_MEMBER_ID].length > 0;
  QChannelCommand *command = find_waiting (self, reply);
  QChannelReplyFunc func;
  gpointer user_data;

  if (self->out_of_band && command == NULL && has_id)
    {
      g_debug ("dropping a reply with an id that no command has");
      return TRUE;
    }
  if (command == NULL || (!self->out_of_band && has_id))
    {
      g_autofree char *start = g_strndup (reply->frame.text, MIN (reply->frame.length, 100));
      g_autofree char *what = g_strescape (start, "\"");

      g_set_error (error, Q_WIRE_ERROR, Q_WIRE_ERROR_PROTOCOL,
                   "the peer sent a reply to a command that was not sent: %s", what);
      return FALSE;
    }

  func = command->func;
  user_data = command->user_data;
  if (!command->out_of_band)
    self->n_in_band--;
  if (command->carries_fd)
    self->fd_unanswered = FALSE;
  command_move (command, NULL);
  command_free (command);

  if (func != NULL)
    func (reply, NULL, user_data);
  return TRUE;
}

static gboolean
is_reply (const QMessage *message)
{
  return message->kind == Q_MESSAGE_RETURN || message->kind == Q_MESSAGE_ERROR;
}

/* FALSE without an error when there is none. */
static gboolean
next_message (QChannel *self, QMessage *message, GError **error)
{
  QFrame frame;

  if (self->kept_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->kept_error));
      return FALSE;
    }
  if (self->has_kept)
    {
      *message = self->kept;
      self->has_kept = FALSE;
      return TRUE;
    }

  if (!q_framer_next (self->framer, &frame, error))
    return FALSE;
  if (self->transcript != NULL)
    q_transcript_write (self->transcript, Q_TRANSCRIPT_RECEIVED, frame.text, frame.length);
  return q_message_classify (&frame, message, error);
}

/* FALSE when the channel is closed or gone. */
static gboolean
take_messages (QChannel *self)
{
  GError *error = NULL;
  gboolean gone = FALSE;
  QMessage message;

  self->gone = &gone;
  while (next_message (self, &message, &error))
    {
      gboolean good = is_reply (&message)
                        ? take_reply (self, &message, &error)
                        : self->callbacks->message (&message, self->user_data, &error);

      if (gone)
        {
          g_clear_error (&error);
          return FALSE;
        }
      if (!good || self->transport == NULL)
        break;
    }
  self->gone = NULL;

  if (error != NULL)
    {
      q_channel_fail (self, error);
      return FALSE;
    }
  return self->transport != NULL;
}

static guint8 *
reserve_cb (gpointer data, gsize wanted)
{
  QChannel *self = data;

  return q_framer_reserve (self->framer, wanted);
}

static gboolean
received_cb (gpointer data, gsize n_bytes)
{
  QChannel *self = data;

  q_framer_commit (self->framer, n_bytes);
  if (!take_messages (self))
    return FALSE;

  self->callbacks->settled (self->user_data);
  /* Answers make room for what flow control held back. */
  send_queued (self);
  return TRUE;
}

static void
writable_cb (gpointer data)
{
  send_queued (data);
}

static void
ended_cb (gpointer data, GError *error)
{
  set_ended (data, error);
}

static const QTransportCallbacks transport_callbacks = {
  .reserve = reserve_cb,
  .received = received_cb,
  .writable = writable_cb,
  .ended = ended_cb,
};

QChannel *
q_channel_new (GIOStream *stream, gsize max_message_size, const QChannelCallbacks *callbacks,
               gpointer user_data)
{
  QChannel *self = g_new0 (QChannel, 1);

  self->framer = q_framer_new (max_message_size);
  self->callbacks = callbacks;
  self->user_data = user_data;
  self->context = g_main_context_ref_thread_default ();
  g_queue_init (&self->unsent);
  g_queue_init (&self->waiting);
  self->transport = q_transport_new (stream, &transport_callbacks, self);

  return self;
}

void
q_channel_set_transcript (QChannel *self, QTranscript *transcript)
{
  self->transcript = transcript;
}

void
q_channel_expect_prelude (QChannel *self, QFramerPreludeFunc func, gpointer user_data)
{
  q_framer_set_prelude (self->framer, func, user_data);
  self->leads_through_programs = TRUE;
}

gint64
q_channel_get_peer_pid (QChannel *self)
{
  return q_transport_get_peer_pid (self->transport);
}

gboolean
q_channel_can_pass_fds (QChannel *self)
{
  return self->transport != NULL && !self->leads_through_programs
         && q_transport_can_pass_fds (self->transport);
}

void
q_channel_enable_out_of_band (QChannel *self)
{
  g_assert (g_queue_is_empty (&self->waiting) && g_queue_is_empty (&self->unsent));

  self->out_of_band = TRUE;
}

static char *
add_id (const char *text, gsize *length, guint64 id)
{
  g_autoptr (GString) with_id = g_string_sized_new (*length + 24);

  g_string_printf (with_id, "{\"id\":%" G_GUINT64_FORMAT ",", id);
  g_string_append_len (with_id, text + 1, *length - 1);
  *length = with_id->len;

  return g_string_free (g_steal_pointer (&with_id), FALSE);
}

/* Takes over the text and the descriptor. */
static QChannelCommand *
submit (QChannel *self, char *text, gsize length, gboolean bare, gboolean out_of_band, int fd,
        QChannelReplyFunc func, gpointer user_data, GError **error)
{
  g_autofree char *owned_text = text;
  QChannelCommand *command;

  if (self->transport == NULL)
    g_set_error_literal (error, Q_WIRE_ERROR, Q_WIRE_ERROR_CLOSED, "the monitor is closed");
  else if (self->unsent.length + self->waiting.length >= MAX_COMMANDS)
    g_set_error (error, Q_WIRE_ERROR, Q_WIRE_ERROR_BUSY,
                 "%d commands wait for their replies already", MAX_COMMANDS);
  else if (self->n_unsent_bytes + length > MAX_UNSENT_BYTES)
    g_set_error (error, Q_WIRE_ERROR, Q_WIRE_ERROR_BUSY,
                 "%" G_GSIZE_FORMAT " bytes of commands wait to be sent already",
                 self->n_unsent_bytes);
  else
    {
      command = g_new0 (QChannelCommand, 1);
      command->link.data = command;
      /* Made now, from the caller's own descriptor: there is nothing left that can fail when its
       * turn comes. */
      command->fds = fd >= 0 ? g_unix_fd_list_new_from_array (&fd, 1) : NULL;
      command->carries_fd = fd >= 0;
      command->bare = bare;
      command->out_of_band = out_of_band;
      command->func = func;
      command->user_data = user_data;
      if (self->out_of_band && !bare)
        {
          command->id = self->next_id++;
          command->text = add_id (owned_text, &length, command->id);
        }
      else
        command->text = g_steal_pointer (&owned_text);
      command->length = length;

      self->n_unsent_bytes += length;
      command_move (command, &self->unsent);
      return command;
    }

  if (fd >= 0)
    close (fd);
  return NULL;
}

/* A descriptor that was sent alone waits for its command: another one would push it out. */
static gboolean
is_fd_kept (QChannel *self, GError **error)
{
  QChannelCommand *last = g_queue_peek_tail (&self->unsent);

  if (!(last != NULL ? last->bare : self->fd_kept))
    return FALSE;

  g_set_error_literal (error, Q_WIRE_ERROR, Q_WIRE_ERROR_BUSY,
                       "a descriptor was sent already, and no command for it");
  return TRUE;
}

QChannelCommand *
q_channel_submit (QChannel *self, char *text, gsize length, gboolean out_of_band, int fd,
                  QChannelReplyFunc func, gpointer user_data, GError **error)
{
  if (fd >= 0 && is_fd_kept (self, error))
    {
      close (fd);
      g_free (text);
      return NULL;
    }

  return submit (self, text, length, FALSE, out_of_band, fd, func, user_data, error);
}

QChannelCommand *
q_channel_submit_fd (QChannel *self, int fd, QChannelReplyFunc func, gpointer user_data,
                     GError **error)
{
  if (is_fd_kept (self, error))
    {
      close (fd);
      return NULL;
    }

  return submit (self, g_strdup (" "), 1, TRUE, FALSE, fd, func, user_data, error);
}

void
q_channel_flush (QChannel *self)
{
  send_queued (self);
}

void
q_channel_withdraw (QChannel *self, QChannelCommand *command)
{
  if (command->queue == &self->unsent && command->n_sent == 0)
    {
      self->n_unsent_bytes -= command->length;
      command_move (command, NULL);
      command_free (command);
      /* What waited behind it may not have to any more. */
      send_queued (self);
      return;
    }

  command->func = NULL;
}

/* -- for the thread that waits -- */

gboolean
q_channel_is_direct (QChannel *self)
{
  return self->transport != NULL && q_transport_is_socket (self->transport);
}

gboolean
q_channel_awaits_reply (QChannel *self)
{
  return self->unsent.length > 0 || self->waiting.length > 0;
}

gboolean
q_channel_is_amid_message (QChannel *self)
{
  return !q_framer_is_between_messages (self->framer);
}

int
q_channel_hold (QChannel *self)
{
  return self->transport != NULL ? q_transport_hold (self->transport) : -1;
}

static gboolean
is_answer (QChannel *self, const QMessage *message, QChannelReplyFunc func)
{
  gboolean has_id = message->frame.members[Q_MEMBER_ID].length > 0;
  QChannelCommand *command;

  if (!is_reply (message) || has_id != self->out_of_band)
    return FALSE;

  command = find_waiting (self, message);
  return command != NULL && (command->func == NULL || command->func == func);
}

gboolean
q_channel_take_held (QChannel *self, QChannelReplyFunc func)
{
  gssize n_read = q_transport_read_held (self->transport);

  if (n_read <= 0)
    return n_read == 0;

  q_framer_commit (self->framer, n_read);
  while (next_message (self, &self->kept, &self->kept_error))
    {
      if (!is_answer (self, &self->kept, func))
        {
          self->has_kept = TRUE;
          return FALSE;
        }
      take_reply (self, &self->kept, NULL);
    }
  if (self->kept_error != NULL)
    return FALSE;

  /* Answers make room for what flow control held back. */
  send_queued (self);
  return TRUE;
}

gboolean
q_channel_release (QChannel *self)
{
  if (self->has_kept || self->kept_error != NULL)
    return FALSE;

  return q_transport_release (self->transport);
}

void
q_channel_resume (QChannel *self)
{
  if (self->transport == NULL)
    return;
  if (take_messages (self))
    {
      self->callbacks->settled (self->user_data);
      send_queued (self);
      q_transport_resume (self->transport);
    }
}
