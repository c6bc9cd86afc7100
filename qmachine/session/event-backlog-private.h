/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "event-record-private.h"

/* The backlog of a monitor: events that nobody has taken, oldest first, bounded. Any thread. */
typedef struct _QEventBacklog QEventBacklog;

/* What an event must be like: one of the names (NULL: any), and data that matches (NULL: any). */
typedef struct
{
  GStrv names;
  char *match; /* JSON text that was checked */
  gboolean match_from_tree;
} QEventFilter;

gboolean q_event_filter_accepts (const QEventFilter *self, QEventRecord *event);
/* That none came: "no STOP or RESUME came that matches". */
char *q_event_filter_describe (const QEventFilter *self);

QEventBacklog *q_event_backlog_new (void);
void q_event_backlog_free (QEventBacklog *self);

/* Forgets the events of an earlier session, and the count. */
void q_event_backlog_reset (QEventBacklog *self);

/* Takes over the event. */
void q_event_backlog_push (QEventBacklog *self, QEventRecord *event, guint limit);
QEventRecord *q_event_backlog_pop (QEventBacklog *self);

/* As the oldest one, whatever the limit. Takes over the event. */
void q_event_backlog_put_back (QEventBacklog *self, QEventRecord *event);

/* Takes the oldest one that is accepted, leaving the others where they are. */
QEventRecord *q_event_backlog_take (QEventBacklog *self, const QEventFilter *filter);

/* How many had to make room for newer ones. */
guint64 q_event_backlog_get_n_dropped (QEventBacklog *self);
