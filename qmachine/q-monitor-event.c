/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-monitor-event-private.h"

#include "session/request-private.h"
#include "wire/json-text-private.h"
#include "wire/tree-private.h"

/**
 * QMonitorEvent:
 *
 * Something QEMU told without being asked.
 *
 * An event never changes, so that it can be read from any thread. It keeps its text as it came;
 * the tree that [method@MonitorEvent.get_data] returns is made when it is first asked for.
 *
 * ```c
 * g_autofree char *text = q_monitor_event_to_json (event);
 *
 * if (g_str_equal (q_monitor_event_get_name (event), "SHUTDOWN"))
 *   g_print ("QEMU is about to end: %s\n", text);
 * ```
 *
 * Since: 1.0
 */
struct _QMonitorEvent
{
  GObject parent_instance;

  QEventRecord *record; /* NULL in one that a program made by itself */
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

  g_clear_pointer (&self->record, q_event_record_unref);

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
  properties[PROP_NAME]
    = g_param_spec_string ("name", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QMonitorEvent:timestamp: (getter get_timestamp)
   *
   * When it happened by QEMU's clock, in microseconds since the epoch; -1 if unknown.
   *
   * Since: 1.0
   */
  properties[PROP_TIMESTAMP] = g_param_spec_int64 ("timestamp", NULL, NULL, -1, G_MAXINT64, -1,
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

  return self->record != NULL ? q_event_record_get_name (self->record) : NULL;
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
  g_return_val_if_fail (Q_IS_MONITOR_EVENT (self), -1);

  return self->record != NULL ? q_event_record_get_timestamp (self->record) : -1;
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
 * ```c
 * JsonNode *data = q_monitor_event_get_data (event);
 * JsonObject *object = data != NULL ? json_node_get_object (data) : NULL;
 *
 * if (object != NULL && json_object_has_member (object, "reason"))
 *   g_print ("reason: %s\n", json_object_get_string_member (object, "reason"));
 * ```
 *
 * Returns: (transfer none) (nullable): the data, or `NULL` if the event has none
 *
 * Since: 1.0
 */
JsonNode *
q_monitor_event_get_data (QMonitorEvent *self)
{
  g_return_val_if_fail (Q_IS_MONITOR_EVENT (self), NULL);

  return self->record != NULL ? q_event_record_get_data (self->record) : NULL;
}

/* The text of its value, NULL if there is none. */
static const char *
find_member (QMonitorEvent *self, const char *member)
{
  return self->record != NULL ? q_event_record_find_member (self->record, member) : NULL;
}

/**
 * q_monitor_event_dup_string: (skip)
 * @self: an event
 * @member: the name of a member of the event's data
 *
 * Gets a string out of the event's data, without making a tree of it.
 *
 * That costs little more than an event that nobody reads, where
 * [method@MonitorEvent.get_data] costs several times as much.
 *
 * ```c
 * g_autofree char *reason = q_monitor_event_dup_string (event, "reason");
 *
 * if (g_strcmp0 (reason, "guest-reset") == 0)
 *   g_print ("the guest asked for a reset\n");
 * ```
 *
 * Returns: (transfer full) (nullable): the string, or `NULL` if the member is absent or is no
 *   string
 *
 * Since: 1.0
 */
char *
q_monitor_event_dup_string (QMonitorEvent *self, const char *member)
{
  g_return_val_if_fail (Q_IS_MONITOR_EVENT (self), NULL);
  g_return_val_if_fail (member != NULL, NULL);

  return q_json_read_string (find_member (self, member));
}

/**
 * q_monitor_event_get_int: (skip)
 * @self: an event
 * @member: the name of a member of the event's data
 * @fallback: what to return if there is none
 *
 * Gets an integer out of the event's data, without making a tree of it.
 *
 * Returns: the value of the member, or @fallback if it is absent, of another type, or does not fit
 *
 * Since: 1.0
 */
gint64
q_monitor_event_get_int (QMonitorEvent *self, const char *member, gint64 fallback)
{
  gint64 value = fallback;

  g_return_val_if_fail (Q_IS_MONITOR_EVENT (self), fallback);
  g_return_val_if_fail (member != NULL, fallback);

  q_json_read_int64 (find_member (self, member), &value);
  return value;
}

/**
 * q_monitor_event_get_uint: (skip)
 * @self: an event
 * @member: the name of a member of the event's data
 * @fallback: what to return if there is none
 *
 * Gets an integer of up to 2^64-1 out of the event's data, without making a tree of it.
 *
 * Returns: the value of the member, or @fallback if it is absent, of another type, or does not fit
 *
 * Since: 1.0
 */
guint64
q_monitor_event_get_uint (QMonitorEvent *self, const char *member, guint64 fallback)
{
  guint64 value = fallback;

  g_return_val_if_fail (Q_IS_MONITOR_EVENT (self), fallback);
  g_return_val_if_fail (member != NULL, fallback);

  q_json_read_uint64 (find_member (self, member), &value);
  return value;
}

/**
 * q_monitor_event_get_double: (skip)
 * @self: an event
 * @member: the name of a member of the event's data
 * @fallback: what to return if there is none
 *
 * Gets a number out of the event's data, without making a tree of it.
 *
 * Returns: the value of the member, or @fallback if it is absent, of another type, or does not fit
 *
 * Since: 1.0
 */
double
q_monitor_event_get_double (QMonitorEvent *self, const char *member, double fallback)
{
  double value = fallback;

  g_return_val_if_fail (Q_IS_MONITOR_EVENT (self), fallback);
  g_return_val_if_fail (member != NULL, fallback);

  q_json_read_double (find_member (self, member), &value);
  return value;
}

/**
 * q_monitor_event_get_boolean: (skip)
 * @self: an event
 * @member: the name of a member of the event's data
 * @fallback: what to return if there is none
 *
 * Gets a boolean out of the event's data, without making a tree of it.
 *
 * Returns: the value of the member, or @fallback if it is absent, of another type, or does not fit
 *
 * Since: 1.0
 */
gboolean
q_monitor_event_get_boolean (QMonitorEvent *self, const char *member, gboolean fallback)
{
  gboolean value = fallback;

  g_return_val_if_fail (Q_IS_MONITOR_EVENT (self), fallback);
  g_return_val_if_fail (member != NULL, fallback);

  q_json_read_boolean (find_member (self, member), &value);
  return value;
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
 * An event without data is taken for one with an empty object. An integer of @match above 2^63-1
 * is what the node says of it: the negative one with the same 64 bits in a node of this library and
 * in what JSON-GLib 1.6 parsed, 2^63-1 in what JSON-GLib 1.10 parsed. Use
 * [method@MonitorEvent.matches_json] for such numbers.
 *
 * ```c
 * g_autoptr (JsonNode) match = json_from_string ("{\"reason\": \"host-qmp-quit\"}", error);
 *
 * if (match == NULL)
 *   return FALSE;
 * if (q_monitor_event_matches (event, match))
 *   g_print ("somebody told QEMU to quit\n");
 * ```
 *
 * Returns: whether the event matches
 *
 * Since: 1.0
 */
gboolean
q_monitor_event_matches (QMonitorEvent *self, JsonNode *match)
{
  g_autofree char *text = NULL;

  g_return_val_if_fail (Q_IS_MONITOR_EVENT (self), FALSE);

  if (self->record == NULL)
    return FALSE;
  if (match == NULL)
    return TRUE;

  text = q_json_print_tree (match);
  return q_message_validate_json (text, -1, NULL)
         && q_event_record_matches (self->record, text, TRUE);
}

/**
 * q_monitor_event_matches_json:
 * @self: an event
 * @match: (nullable): what the event's data should hold as JSON text, or `NULL` for anything
 * @error: return location for an error
 *
 * Finds out whether the event's data holds at least what @match holds, by its text.
 *
 * The rule is that of [method@MonitorEvent.matches]; but numbers are compared exactly, as they are
 * written: a [struct@Json.Node] cannot tell 2^64-1 from -1.
 *
 * Errors: %Q_MONITOR_ERROR_INVALID_COMMAND for a @match that is no JSON or has a member twice.
 *
 * Returns: whether the event matches; `FALSE` with @error set if @match cannot be read
 *
 * Since: 1.0
 */
gboolean
q_monitor_event_matches_json (QMonitorEvent *self, const char *match, GError **error)
{
  g_autofree char *checked = NULL;

  g_return_val_if_fail (Q_IS_MONITOR_EVENT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (match == NULL)
    return self->record != NULL;

  checked = q_event_match_check (match, error);
  return checked != NULL && self->record != NULL
         && q_event_record_matches (self->record, checked, FALSE);
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

  return self->record != NULL ? g_strdup (q_event_record_get_text (self->record)) : NULL;
}

QEventRecord *
q_monitor_event_get_record (QMonitorEvent *self)
{
  return self->record;
}

QMonitorEvent *
q_monitor_event_take (QEventRecord *record)
{
  QMonitorEvent *self;

  if (record == NULL)
    return NULL;

  self = g_object_new (Q_TYPE_MONITOR_EVENT, NULL);
  self->record = record;

  return self;
}

GList *
q_monitor_event_take_all (QSession *session)
{
  QMonitorEvent *event;
  GList *events = NULL;

  while ((event = q_monitor_event_take (q_session_pop_event (session))) != NULL)
    events = g_list_prepend (events, event);

  return g_list_reverse (events);
}

static gboolean
is_heard (GObject *object, guint signal_id, GQuark detail)
{
  /* Asked about a detail, GLib does not count the handlers of all details. Emission hooks it never
   * counts, so the signals take none. */
  return g_signal_has_handler_pending (object, signal_id, 0, FALSE)
         || (detail != 0 && g_signal_has_handler_pending (object, signal_id, detail, FALSE));
}

void
q_monitor_event_emit (QEventEmission *emission, GObject *object, guint signal_id)
{
  if (!is_heard (object, signal_id, emission->detail))
    return;

  if (emission->event == NULL)
    emission->event = G_OBJECT (q_monitor_event_take (q_event_record_ref (emission->record)));
  g_signal_emit (object, signal_id, emission->detail, emission->event);
}
