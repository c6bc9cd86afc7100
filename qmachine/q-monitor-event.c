/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-monitor-event-private.h"

#include <string.h>

/**
 * QMonitorEvent:
 *
 * Something QEMU told without being asked.
 *
 * An event never changes, so that it can be read from any thread. It keeps its text as it came;
 * the tree that [method@MonitorEvent.get_data] returns is made when it is first asked for.
 *
 * Since: 1.0
 */
struct _QMonitorEvent
{
  GObject parent_instance;

  /* One block: the text as it came, a NUL, the name, a NUL. */
  char *text;
  const char *name;
  QSlice timestamp_slice;
  QSlice data_slice;

  /* Atomic: whoever is the first to finish a tree sets it. */
  JsonNode *data;
};

enum
{
  PROP_NAME = 1,
  PROP_TIMESTAMP,
  PROP_DATA,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (QMonitorEvent, q_monitor_event, G_TYPE_OBJECT)

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

static void
q_monitor_event_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QMonitorEvent *self = Q_MONITOR_EVENT (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, q_monitor_event_get_name (self));
      break;
    case PROP_TIMESTAMP:
      g_value_set_int64 (value, q_monitor_event_get_timestamp (self));
      break;
    case PROP_DATA:
      g_value_set_boxed (value, q_monitor_event_get_data (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
    }
}

static void
q_monitor_event_finalize (GObject *object)
{
  QMonitorEvent *self = Q_MONITOR_EVENT (object);

  g_clear_pointer (&self->data, json_node_unref);
  g_free (self->text);

  G_OBJECT_CLASS (q_monitor_event_parent_class)->finalize (object);
}

static void
q_monitor_event_class_init (QMonitorEventClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = q_monitor_event_get_property;
  object_class->finalize = q_monitor_event_finalize;

  /**
   * QMonitorEvent:name: (getter get_name)
   *
   * The event's name, such as `SHUTDOWN`.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QMonitorEvent:timestamp: (getter get_timestamp)
   *
   * When it happened by QEMU's clock, in microseconds since the epoch; -1 if unknown.
   *
   * Since: 1.0
   */
  properties[PROP_TIMESTAMP] =
    g_param_spec_int64 ("timestamp", NULL, NULL, -1, G_MAXINT64, -1,
                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QMonitorEvent:data: (getter get_data)
   *
   * What the event brings along, or `NULL` if it has none.
   *
   * Since: 1.0
   */
  properties[PROP_DATA] = g_param_spec_boxed ("data", NULL, NULL, JSON_TYPE_NODE,
                                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_monitor_event_init (QMonitorEvent *self)
{
}

gsize
q_monitor_event_get_size (QMonitorEvent *self)
{
  return (gsize)(self->name - self->text);
}

/**
 * q_monitor_event_get_name:
 * @self: an event
 *
 * Gets the event's name, such as `SHUTDOWN`.
 *
 * Returns: (transfer none): the name
 *
 * Since: 1.0
 */
const char *
q_monitor_event_get_name (QMonitorEvent *self)
{
  g_return_val_if_fail (Q_IS_MONITOR_EVENT (self), NULL);

  return self->name;
}

/**
 * q_monitor_event_get_timestamp:
 * @self: an event
 *
 * Gets when the event happened, by the clock of QEMU's host.
 *
 * Returns: microseconds since the epoch (UTC), or -1 if QEMU did not know or did not say
 *
 * Since: 1.0
 */
gint64
q_monitor_event_get_timestamp (QMonitorEvent *self)
{
  QMessage message = { .kind = Q_MESSAGE_EVENT };

  g_return_val_if_fail (Q_IS_MONITOR_EVENT (self), -1);

  /* Read out of the text when somebody asks: hardly anybody does, and it took a quarter of the time
   * that an event takes. */
  message.frame.text = self->text;
  message.frame.members[Q_MEMBER_TIMESTAMP] = self->timestamp_slice;
  return q_message_get_timestamp (&message);
}

/**
 * q_monitor_event_get_data:
 * @self: an event
 *
 * Gets what the event brings along, by its `data` member.
 *
 * The tree is immutable and the same at each call. In a [struct@Json.Node] an unsigned value above
 * 2^63-1 is a negative integer, its two's complement: in C, cast it to `guint64` to have it back.
 * What [method@MonitorEvent.to_json] returns is exact for every number.
 *
 * Returns: (transfer none) (nullable): the data, or `NULL` if the event has none
 *
 * Since: 1.0
 */
JsonNode *
q_monitor_event_get_data (QMonitorEvent *self)
{
  g_autoptr (JsonNode) made = NULL;
  JsonNode *data;

  g_return_val_if_fail (Q_IS_MONITOR_EVENT (self), NULL);

  data = g_atomic_pointer_get (&self->data);
  if (data != NULL || self->data_slice.length == 0)
    return data;

  made = q_message_parse (self->text + self->data_slice.start, self->data_slice.length, NULL);
  if (g_atomic_pointer_compare_and_exchange (&self->data, NULL, made))
    return g_steal_pointer (&made);

  return g_atomic_pointer_get (&self->data);
}

/**
 * q_monitor_event_matches:
 * @self: an event
 * @match: (nullable): what the event's data should hold, or `NULL` for anything
 *
 * Finds out whether the event's data holds at least what @match holds.
 *
 * An object in @match asks for members that must be there and match in turn; others may be there
 * as well. So `{"device": "d0"}` matches an event whose data has that member and more. A null
 * in @match accepts anything, but as a member it must be there. Arrays match if they are of the
 * same length and each element matches. Numbers are equal if their values are, whether they are
 * written as integers or not; strings and booleans must be the same.
 *
 * An event without data is taken for one with an empty object.
 *
 * Returns: whether the event matches
 *
 * Since: 1.0
 */
gboolean
q_monitor_event_matches (QMonitorEvent *self, JsonNode *match)
{
  JsonNode *data;

  g_return_val_if_fail (Q_IS_MONITOR_EVENT (self), FALSE);

  if (match == NULL || JSON_NODE_HOLDS_NULL (match))
    return TRUE;

  data = q_monitor_event_get_data (self);
  if (data == NULL)
    return JSON_NODE_HOLDS_OBJECT (match) && objects_match (match, NULL);
  return nodes_match (match, data);
}

/**
 * q_monitor_event_to_json:
 * @self: an event
 *
 * Gets the whole event as QEMU sent it, to the byte.
 *
 * Returns: (transfer full): a JSON object with `event`, and `timestamp` and `data` where the event
 *   has them
 *
 * Since: 1.0
 */
char *
q_monitor_event_to_json (QMonitorEvent *self)
{
  g_return_val_if_fail (Q_IS_MONITOR_EVENT (self), NULL);

  return g_strdup (self->text);
}

QMonitorEvent *
q_monitor_event_new_from_message (const QMessage *message)
{
  QMonitorEvent *self = g_object_new (Q_TYPE_MONITOR_EVENT, NULL);
  const QFrame *frame = &message->frame;
  const QSlice *slice = &frame->members[Q_MEMBER_EVENT];
  const char *name = frame->text + slice->start + 1;
  gsize name_length = slice->length - 2;
  g_autofree char *unescaped = NULL;

  if (memchr (name, '\\', name_length) != NULL)
    {
      unescaped = q_message_dup_event_name (message);
      name = unescaped;
      name_length = strlen (unescaped);
    }

  self->text = g_malloc (frame->length + name_length + 2);
  memcpy (self->text, frame->text, frame->length);
  self->text[frame->length] = '\0';
  memcpy (self->text + frame->length + 1, name, name_length);
  self->text[frame->length + 1 + name_length] = '\0';

  self->name = self->text + frame->length + 1;
  self->timestamp_slice = frame->members[Q_MEMBER_TIMESTAMP];
  self->data_slice = frame->members[Q_MEMBER_DATA];

  return self;
}
