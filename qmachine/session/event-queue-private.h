/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "request-private.h"

/* The events of one listener: those of a session that its filter accepts, from a moment on. Nobody
 * else takes any of them. */
typedef struct _QEventQueue QEventQueue;

/* Takes over what the filter holds. `make_event` is that of the session's signals. */
QEventQueue *q_event_queue_new (QEventFilter *filter, GObject *(*make_event) (QEventRecord *));
QEventQueue *q_event_queue_ref (QEventQueue *self);
void q_event_queue_unref (QEventQueue *self);

/* Any thread. */
QEventRecord *q_event_queue_pop (QEventQueue *self);
/* To the beginning. */
void q_event_queue_put_back (QEventQueue *self, QEventRecord *event);
guint64 q_event_queue_get_n_dropped (QEventQueue *self);
/* The session is over: no more will come. */
gboolean q_event_queue_has_ended (QEventQueue *self);
/* Nobody will ask any more: forgets its events, and who keeps it should let it go. */
void q_event_queue_close (QEventQueue *self);
gboolean q_event_queue_is_closed (QEventQueue *self);

/* The rest is for the I/O thread. */

/* Lists of them, which own what is in them: an empty one, and without those that were closed. */
GPtrArray *q_event_queues_new (void);
void q_event_queues_forget_closed (GPtrArray *queues);

/* Gives it to who waits, or keeps it; if it is accepted. */
void q_event_queue_push (QEventQueue *self, QEventRecord *event, guint limit);

/* The session whose events come: NULL before its opening begins. It stays after the end. */
QSession *q_event_queue_get_session (QEventQueue *self);
void q_event_queue_set_session (QEventQueue *self, QSession *session);
void q_event_queue_end (QEventQueue *self);
/* One that waits, out of the queue; NULL for none. */
QOperation *q_event_queue_take_waiter (QEventQueue *self);
/* With what was put back. */
void q_event_queue_serve_waiters (QEventQueue *self);
/* With the word that it was closed. */
void q_event_queue_fail_waiters (QEventQueue *self);

/* The data of an operation that waits for the next event. */
typedef struct
{
  QSessionCall call;
  QEventQueue *queue; /* owned */
  int timeout;        /* ms, -1 none */
} QEventNext;

QEventNext *q_event_next_new (QEventQueue *queue, int timeout);
void q_event_next_free (QEventNext *self);
/* For a queue that has a session. */
void q_event_queue_wait (QOperation *operation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QEventQueue, q_event_queue_unref)
