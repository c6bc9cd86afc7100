/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-event-record-private.h"

#include <string.h>

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

static gboolean nodes_match (JsonNode *match, JsonNode *node);

static gboolean
objects_match (JsonNode *match, JsonNode *node)
{
  JsonObject *object = node != NULL ? json_node_get_object (node) : NULL;
  JsonObject *wanted = json_node_get_object (match);
  JsonObjectIter iter;
  const char *name;
  JsonNode *wanted_member;

  if (wanted == NULL)
    return TRUE;

  json_object_iter_init (&iter, wanted);
  while (json_object_iter_next (&iter, &name, &wanted_member))
    {
      JsonNode *member = object != NULL ? json_object_get_member (object, name) : NULL;

      if (member == NULL || !nodes_match (wanted_member, member))
        return FALSE;
    }

  return TRUE;
}

static gboolean
arrays_match (JsonNode *match, JsonNode *node)
{
  JsonArray *wanted = json_node_get_array (match);
  JsonArray *array = json_node_get_array (node);
  guint length = wanted != NULL ? json_array_get_length (wanted) : 0;

  if (length != (array != NULL ? json_array_get_length (array) : 0))
    return FALSE;

  for (guint i = 0; i < length; i++)
    if (!nodes_match (json_array_get_element (wanted, i), json_array_get_element (array, i)))
      return FALSE;

  return TRUE;
}

/* Exact: a large integer must not equal its neighbour because a double cannot tell them apart. */
static gboolean
int_equals_double (gint64 integer, double real)
{
  double whole;

  if (!(real >= -9223372036854775808.0 && real < 9223372036854775808.0))
    return FALSE;
  whole = (double) (gint64) real;
  return whole <= real && whole >= real && (gint64) real == integer;
}

static gboolean
scalars_match (JsonNode *match, JsonNode *node)
{
  GType wanted = json_node_get_value_type (match);
  GType type = json_node_get_value_type (node);

  if (wanted == G_TYPE_INT64 && type == G_TYPE_DOUBLE)
    return int_equals_double (json_node_get_int (match), json_node_get_double (node));
  if (wanted == G_TYPE_DOUBLE && type == G_TYPE_INT64)
    return int_equals_double (json_node_get_int (node), json_node_get_double (match));
  if (wanted != type)
    return FALSE;

  if (wanted == G_TYPE_INT64)
    return json_node_get_int (match) == json_node_get_int (node);
  if (wanted == G_TYPE_BOOLEAN)
    return !json_node_get_boolean (match) == !json_node_get_boolean (node);
  if (wanted == G_TYPE_STRING)
    return g_strcmp0 (json_node_get_string (match), json_node_get_string (node)) == 0;
  if (wanted == G_TYPE_DOUBLE)
    return json_node_get_double (match) <= json_node_get_double (node) &&
           json_node_get_double (match) >= json_node_get_double (node);
  return FALSE;
}

static gboolean
nodes_match (JsonNode *match, JsonNode *node)
{
  if (JSON_NODE_HOLDS_NULL (match))
    return TRUE;
  if (json_node_get_node_type (match) != json_node_get_node_type (node))
    return FALSE;

  switch (json_node_get_node_type (match))
    {
    case JSON_NODE_OBJECT:
      return objects_match (match, node);
    case JSON_NODE_ARRAY:
      return arrays_match (match, node);
    case JSON_NODE_VALUE:
      return scalars_match (match, node);
    case JSON_NODE_NULL:
    default:
      return TRUE;
    }
}

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
  return (gsize) (self->name - self->text);
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
q_event_record_matches (QEventRecord *self, JsonNode *match)
{
  JsonNode *data;

  if (match == NULL || JSON_NODE_HOLDS_NULL (match))
    return TRUE;

  data = q_event_record_get_data (self);
  if (data == NULL)
    return JSON_NODE_HOLDS_OBJECT (match) && objects_match (match, NULL);
  return nodes_match (match, data);
}
