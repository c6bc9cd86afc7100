/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "event-record-private.h"

#include <string.h>

#include "wire/json-text-private.h"
#include "wire/match-private.h"

struct _QEventRecord
{
  gatomicrefcount ref_count;
  const char *name; /* in the text's block */
  QSlice timestamp_slice;
  QSlice data_slice;

  /* Atomic: whoever is the first to finish a tree sets it. */
  JsonNode *data;

  /* The text as it came, a NUL, the name, a NUL. */
  char text[];
};

QEventRecord *
q_event_record_new (const QMessage *message)
{
  const QFrame *frame = &message->frame;
  const QSlice *slice = &frame->members[Q_MEMBER_EVENT];
  const char *name = frame->text + slice->start + 1;
  gsize name_length = slice->length - 2;
  g_autofree char *unescaped = NULL;
  QEventRecord *self;

  if (memchr (name, '\\', name_length) != NULL)
    {
      unescaped = q_message_dup_event_name (message);
      name = unescaped;
      name_length = strlen (unescaped);
    }

  self = g_malloc (sizeof *self + frame->length + name_length + 2);
  g_atomic_ref_count_init (&self->ref_count);
  memcpy (self->text, frame->text, frame->length);
  self->text[frame->length] = '\0';
  memcpy (self->text + frame->length + 1, name, name_length);
  self->text[frame->length + 1 + name_length] = '\0';

  self->name = self->text + frame->length + 1;
  self->timestamp_slice = frame->members[Q_MEMBER_TIMESTAMP];
  self->data_slice = frame->members[Q_MEMBER_DATA];
  self->data = NULL;

  return self;
}

QEventRecord *
q_event_record_ref (QEventRecord *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
q_event_record_unref (QEventRecord *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->data, json_node_unref);
  g_free (self);
}

const char *
q_event_record_get_text (QEventRecord *self)
{
  return self->text;
}

const char *
q_event_record_get_name (QEventRecord *self)
{
  return self->name;
}

gsize
q_event_record_get_size (QEventRecord *self)
{
  return (gsize)(self->name - self->text);
}

gint64
q_event_record_get_timestamp (QEventRecord *self)
{
  QMessage message = { .kind = Q_MESSAGE_EVENT };

  /* Read out of the text when somebody asks: hardly anybody does, and it took a quarter of the time
   * that an event takes. */
  message.frame.text = self->text;
  message.frame.members[Q_MEMBER_TIMESTAMP] = self->timestamp_slice;
  return q_message_get_timestamp (&message);
}

JsonNode *
q_event_record_get_data (QEventRecord *self)
{
  g_autoptr (JsonNode) made = NULL;
  JsonNode *data = g_atomic_pointer_get (&self->data);

  if (data != NULL || self->data_slice.length == 0)
    return data;

  made = q_message_parse (self->text + self->data_slice.start, self->data_slice.length, NULL);
  /* Everybody gets the same one, in any thread. */
  json_node_seal (made);
  if (g_atomic_pointer_compare_and_exchange (&self->data, NULL, made))
    return g_steal_pointer (&made);

  return g_atomic_pointer_get (&self->data);
}

gboolean
q_event_record_matches (QEventRecord *self, const char *match, gboolean from_tree)
{
  /* An event without data is taken for one with an empty object. */
  const char *data = self->data_slice.length > 0 ? self->text + self->data_slice.start : "{}";

  return q_json_matches (match, data, from_tree);
}

const char *
q_event_record_find_member (QEventRecord *self, const char *name)
{
  const char *data = self->text + self->data_slice.start;

  if (self->data_slice.length == 0 || *data != '{')
    return NULL;
  return q_json_find_member (data, name);
}
