/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "session-private.h"
#include "wire/channel-private.h"

/* What a session is made of, for the files of this room: its life, from opening to end (session.c),
 * and the commands (commands.c, direct-call.c) and events (events.c) in between. */

struct _QSession
{
  gatomicrefcount ref_count;
  QDispatcher *dispatcher;
  const QSessionSignals *signals;
  GWeakRef target; /* of the signals */
  QChanges *changes;
  GWeakRef relay_target;
  QSessionEventFunc relay; /* NULL without one */
  QEventBacklog *backlog;

  GMutex lock; /* guards what follows, up to the empty line */
  QSessionSettings settings;
  QMonitorState state;
  char *greeting;
  char *version;
  GStrv capabilities;
  guint64 n_signals_dropped;
  guint n_closed_posted;

  /* I/O thread only. */
  const QSessionObserver *observer;
  gpointer observer_data;
  QSessionOpenedFunc opened; /* while an open is under way */
  gpointer opened_data;
  GCancellable *connect_cancellable;
  guint generation; /* counts opens: tells a late answer to an earlier one */
  guint n_closes;   /* those that the program asked for */
  QChannel *channel;
  QTranscript *transcript;  /* NULL without one */
  gint64 peer_pid;          /* who greeted; 0 if that is not known */
  QOperation *reader;       /* whose caller reads from the channel itself, in its own thread */
  QLoopReader *loop_reader; /* of the loop that reads in its own thread, or did so before */
  gboolean lent;            /* to that */
  gboolean is_in_loop;      /* what is sent now is sent by that loop */
  GQueue waiters;           /* of QOperation, with a QEventQuery each */
  GPtrArray *queues;        /* of QEventQueue, owned: those of listeners */
  GError *owner_reason;
  gboolean greeted;
  gboolean end_expected;
  gboolean peer_has_left; /* as expected */
  gboolean open_expected;
  GError *end_reason;   /* of the last session; NULL for an end that was wanted */
  gboolean out_of_band; /* as the session was opened, whatever the setting is now */
};

/* In state.c. The second returns the state that was; the first tells of it, too. */
void q_session_set_state (QSession *self, QMonitorState state);
QMonitorState q_session_change_state (QSession *self, QMonitorState state);
void q_session_post_closed (QSession *self, const GError *error);
/* Who waits on a session that ends is told by way of this. */
void q_session_fail_call (QOperation *operation, GError *error);

/* In commands.c: the answer to an operation's command, or why there is none. */
void q_session_take_reply (const QMessage *reply, const GError *error, gpointer operation);

/* In lending.c, and with the I/O thread's lock. lend: a command of that loop must follow.
 * take_back: not once it is closed; end_lending: then. */
void q_session_lend (QSession *self, QLoop *loop);
void q_session_take_back (QSession *self);
void q_session_take_back_idle (QSession *self);
void q_session_end_lending (QSession *self);
/* The channel, after q_channel_hold (). */
void q_session_release_channel (QSession *self);

/* In events.c. */
void q_session_take_event (QSession *self, const QMessage *message);
void q_session_fail_waiters (QSession *self);
/* The session that listeners wait for begins, and ends; one that was never greeted is none. */
void q_session_begin_queues (QSession *self);
void q_session_end_queues (QSession *self);

/* A command of the library's own, in any state of the session that has a channel. */
void q_session_ask_raw (QSession *self, const char *command, const char *arguments,
                        QSessionReplyFunc func, gpointer user_data);
