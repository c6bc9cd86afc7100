/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "wire/message-private.h"

/* What an event says: its text as it came, and the tree of its data once somebody asked. It never
 * changes, so any thread may read it. Most events are dropped from the backlog without anybody
 * having seen them: a QMonitorEvent is made of it only for those who do. */
typedef struct _QEventRecord QEventRecord;

/* Copies what it needs of the message's text. */
QEventRecord *q_event_record_new (const QMessage *message);
QEventRecord *q_event_record_ref (QEventRecord *self);
void q_event_record_unref (QEventRecord *self);

const char *q_event_record_get_text (QEventRecord *self);
const char *q_event_record_get_name (QEventRecord *self);
gint64 q_event_record_get_timestamp (QEventRecord *self);
JsonNode *q_event_record_get_data (QEventRecord *self);
/* Of its data, as text; NULL if there is no such member. */
const char *q_event_record_find_member (QEventRecord *self, const char *name);
/* See q_json_matches(). */
gboolean q_event_record_matches (QEventRecord *self, const char *match, gboolean from_tree);

/* Of its text, in bytes. */
gsize q_event_record_get_size (QEventRecord *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QEventRecord, q_event_record_unref)
