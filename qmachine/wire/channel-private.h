/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

#include "message-private.h"
#include "transcript-private.h"

/* A stream of QMP messages with the commands that wait for their replies.
 *
 * The protocol answers strictly in order, so replies are matched by order and no id is sent: QEMU
 * reads its monitor a byte at a time, and an id costs more than the rest of a short command. Once
 * out-of-band commands are enabled order is no longer enough, and every command gets a short id.
 *
 * Lives on the context that was thread-default when it was made. */
typedef struct _QChannel QChannel;
typedef struct _QChannelCommand QChannelCommand;

typedef struct
{
  /* A greeting or an event; good until the callback returns. FALSE with an error breaks the
   * channel. */
  gboolean (*message) (const QMessage *message, gpointer user_data, GError **error);
  /* All messages that came together have been handed out. Not called once it is closed. */
  void (*settled) (gpointer user_data);
  /* Once, after every waiting command has been told. An orderly end of the stream is CLOSED too,
   * like any failure of it; PROTOCOL and TOO_LARGE are the peer's fault. */
  void (*closed) (const GError *error, gpointer user_data);
} QChannelCallbacks;

/* Once for each command that is not withdrawn: the reply (a return or an error), or why there is
 * none. */
typedef void (*QChannelReplyFunc) (const QMessage *reply, const GError *error, gpointer user_data);

QChannel *q_channel_new (GIOStream *stream, gsize max_message_size,
                         const QChannelCallbacks *callbacks, gpointer user_data);

/* Ends it without a word to anybody but the waiting commands, which get `reason`. */
void q_channel_close (QChannel *self, const GError *reason);
void q_channel_free (QChannel *self);

/* Borrowed; NULL for none. */
void q_channel_set_transcript (QChannel *self, QTranscript *transcript);

/* The stream leads through other programs: what they say before QMP's greeting goes to `func`, and
 * no descriptor passes. Only right after it was made. */
void q_channel_expect_prelude (QChannel *self, QFramerPreludeFunc func, gpointer user_data);

/* See q_transport_get_peer_pid (). Not once it is closed. */
gint64 q_channel_get_peer_pid (QChannel *self);
gboolean q_channel_can_pass_fds (QChannel *self);

/* From now on with ids. Only while no command waits. */
void q_channel_enable_out_of_band (QChannel *self);

/* Takes over `text` (of q_message_encode_command ()) and `fd` (or -1). NULL with an error when the
 * channel is closed or full. The command is good until its reply or its withdrawal. */
QChannelCommand *q_channel_submit (QChannel *self, char *text, gsize length, gboolean out_of_band,
                                   int fd, QChannelReplyFunc func, gpointer user_data,
                                   GError **error);

/* A descriptor alone, on a space, which no JSON reader minds: the peer keeps it for the next
 * command that asks for one. Takes over `fd`. There is no reply to it: `func` gets neither a reply
 * nor an error once it is sent. Until the command after it is answered nothing else is sent, but
 * for out-of-band commands. */
QChannelCommand *q_channel_submit_fd (QChannel *self, int fd, QChannelReplyFunc func,
                                      gpointer user_data, GError **error);

/* Sends what can be sent now. Apart from submitting, because a broken stream ends the channel, and
 * with it the command that was just submitted. */
void q_channel_flush (QChannel *self);

/* What follows is for a thread other than the context's, which a lock keeps out meanwhile: one that
 * submits a command, and that may read its answer itself.
 *
 * is_direct: whether this channel can be used so, for submitting at least.
 * awaits_reply: whether commands wait for their answers, or to be sent.
 * hold: the descriptor to poll. Before the command is submitted: its answer may be there at once.
 * is_amid_message: whether the rest of one is still to come.
 * take_held: reads what is there. TRUE as long as nothing came but answers to commands with this
 * function, or to commands that were withdrawn.
 * release: always follows a hold. FALSE if there is something for q_channel_resume (), which must
 * be called on the context then. */
gboolean q_channel_is_direct (QChannel *self);
int q_channel_hold (QChannel *self);
gboolean q_channel_awaits_reply (QChannel *self);
gboolean q_channel_is_amid_message (QChannel *self);
gboolean q_channel_take_held (QChannel *self, QChannelReplyFunc func);
gboolean q_channel_release (QChannel *self);
void q_channel_resume (QChannel *self);

/* The caller does not care for the reply any more. What is on the wire already is answered all the
 * same: that answer is swallowed, and never taken for another command's. */
void q_channel_withdraw (QChannel *self, QChannelCommand *command);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QChannel, q_channel_free)
