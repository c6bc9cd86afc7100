/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session-fields-private.h"

#include "io/io-thread-private.h"

/* Who waits for an answer in a main loop gets it without the I/O thread, which would have to wake
 * up for it, and to wake the loop: the loop polls the socket itself. It is lent to the loop as it
 * is held by a caller that blocks (see direct-call.c), from a command of that loop on, and comes
 * back with the first of these:
 *
 *     - something else came: an event, the end, the beginning of a long answer,
 *     - the loop did not come to read for a moment, or has no new command by then
 *       (q_loop_reader_arm ()): most programs that await commands have the next one at once,
 *     - the I/O thread was at work as the loop came, and may as well read itself,
 *     - a caller that blocks wants to hold it, or the I/O thread sends a command itself.
 *
 * If the loop turns again while commands wait, it is lent again. */

static gboolean
resume_cb (gpointer data)
{
  g_autoptr (QSession) self = data;

  /* Another one, that was opened meanwhile, is not held and does not mind. */
  if (self->channel != NULL)
    q_channel_resume (self->channel);
  return G_SOURCE_REMOVE;
}

void
q_session_release_channel (QSession *self)
{
  if (!q_channel_release (self->channel))
    q_io_thread_post (resume_cb, q_session_ref (self));
}

void
q_session_take_back (QSession *self)
{
  if (!self->lent)
    return;

  self->lent = FALSE;
  q_loop_reader_disarm (self->loop_reader);
  q_session_release_channel (self);
}

static void
lend (QSession *self)
{
  self->lent = TRUE;
  if (!q_loop_reader_arm (self->loop_reader))
    q_session_take_back (self);
}

/* FALSE for what is no answer, or not a whole one. */
static gboolean
take_answers (QSession *self)
{
  gboolean goes_on;

  self->is_in_loop = TRUE;
  goes_on = q_channel_take_held (self->channel, q_session_take_reply);
  self->is_in_loop = FALSE;

  return goes_on && !q_channel_is_amid_message (self->channel);
}

static void
reader_cb (gpointer data, QLoopNews news)
{
  QSession *self = data;
  gboolean is_idle = !q_channel_awaits_reply (self->channel);

  switch (news)
    {
    case Q_LOOP_READABLE:
      if (!take_answers (self))
        q_session_take_back (self);
      else if (!is_idle)
        lend (self);
      break;
    case Q_LOOP_BUSY:
      q_session_take_back (self);
      break;
    case Q_LOOP_BACK:
      if (!is_idle && q_channel_hold (self->channel) >= 0)
        lend (self);
      break;
    default:
      g_assert_not_reached ();
    }
}

void
q_session_lend (QSession *self, QLoop *loop)
{
  gboolean is_new = self->loop_reader == NULL || !q_loop_reader_is_in (self->loop_reader, loop);
  gboolean is_idle = !q_channel_awaits_reply (self->channel);
  int fd;

  /* Who has it for its next command only, and need not turn. */
  if (is_new && is_idle)
    q_session_take_back (self);
  if (self->lent)
    {
      /* Not while it awaits answers: one that sends on and on and never turns would keep it. */
      if (!is_new && is_idle)
        lend (self);
      return;
    }

  fd = q_channel_hold (self->channel);
  if (fd < 0)
    return;
  if (is_new)
    {
      QLoopReader *old = self->loop_reader;

      /* In this order: what all readers have in common is not made anew. */
      self->loop_reader = q_loop_reader_new (loop, fd, reader_cb, self);
      g_clear_pointer (&old, q_loop_reader_free);
    }
  lend (self);
}

/* For a command, or a wait, of somebody else: a loop that has no command under way need not turn.
 */
void
q_session_take_back_idle (QSession *self)
{
  if (self->lent && !self->is_in_loop && !q_channel_awaits_reply (self->channel))
    q_session_take_back (self);
}

void
q_session_end_lending (QSession *self)
{
  self->lent = FALSE;
  g_clear_pointer (&self->loop_reader, q_loop_reader_free);
}
