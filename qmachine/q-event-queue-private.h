/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "q-event-record-private.h"

/* The backlog of a monitor: events that nobody has taken, oldest first, bounded. Any thread. */
typedef struct _QEventQueue QEventQueue;

/* What an event must be like: one of the names (NULL: any), and data that matches (NULL: any). */
typedef struct
{
  GStrv names;
  char *match; /* JSON text that was checked */
  gboolean match_from_tree;
} QEventFilter;

gboolean q_event_filter_accepts (const QEventFilter *self, QEventRecord *event);

QEventQueue *q_event_queue_new (void);
void q_event_queue_free (QEventQueue *self);

/* Forgets the events of an earlier session, and the count. */
void q_event_queue_reset (QEventQueue *self);

/* Takes over the event. */
void q_event_queue_push (QEventQueue *self, QEventRecord *event, guint limit);
QEventRecord *q_event_queue_pop (QEventQueue *self);

/* Takes the oldest one that is accepted, leaving the others where they are. */
QEventRecord *q_event_queue_take (QEventQueue *self, const QEventFilter *filter);

/* How many had to make room for newer ones. */
guint64 q_event_queue_get_n_dropped (QEventQueue *self);
