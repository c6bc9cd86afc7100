/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "qmachine/q-error.h"
#include "qmachine/q-monitor-event-private.h"
#include "qmachine/wire/scanner-private.h"
#include "qmachine/wire/tree-private.h"

/* Any data in an event, any rule: no rule hurts, and the rules of the rules hold. */

static QMonitorEvent *
make_event (const char *data)
{
  g_autoptr (QFramer) framer = q_framer_new (64 << 20);
  g_autofree char *text = data != NULL ? g_strdup_printf ("{\"event\":\"E\",\"data\":%s}", data)
                                       : g_strdup ("{\"event\":\"E\"}");
  g_autoptr (GError) error = NULL;
  QMessage message;
  QFrame frame;

  memcpy (q_framer_reserve (framer, strlen (text)), text, strlen (text));
  q_framer_commit (framer, strlen (text));
  if (!q_framer_next (framer, &frame, &error))
    {
      /* The event is a level around its data. */
      g_assert_nonnull (strstr (error->message, "1024 levels"));
      return NULL;
    }
  g_assert_true (q_message_classify (&frame, &message, &error));
  g_assert_no_error (error);

  return q_monitor_event_take (q_event_record_new (&message));
}

static JsonNode *
parse (const char *text)
{
  JsonNode *node;

  g_autofree char *printed = NULL;

  if (!q_message_validate_json (text, -1, NULL))
    return NULL;
  node = q_message_parse (text, strlen (text), NULL);
  g_assert_nonnull (node);

  /* A number past all doubles is an infinity in a tree, and no JSON any more. */
  printed = q_json_print_tree (node);
  if (!q_message_validate_json (printed, -1, NULL))
    g_clear_pointer (&node, json_node_unref);

  return node;
}

/* Numbers that a tree cannot hold exactly have more digits. */
static gboolean
has_long_number (const char *text)
{
  guint n_digits = 0;

  for (; *text != '\0' && n_digits < 16; text++)
    n_digits = g_ascii_isdigit (*text) ? n_digits + 1 : 0;

  return n_digits >= 16;
}

/* The same rule as text. */
static void
check_text (QMonitorEvent *event, const char *text, const char *rule, JsonNode *match)
{
  g_autoptr (GError) error = NULL;
  gboolean matches = q_monitor_event_matches_json (event, rule, &error);

  if (error != NULL)
    {
      g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
      g_assert_false (matches);
      return;
    }
  if (g_str_equal (text, rule))
    g_assert_true (matches);
  if (!has_long_number (text) && !has_long_number (rule) && match != NULL)
    g_assert_cmpint (matches, ==, q_monitor_event_matches (event, match));
}

/* A copy in which one value, found by going down as `path` says, is null or (of an object) left
 * out: a rule that asks for no more than the original. */
static JsonNode *
soften (JsonNode *node, guint path)
{
  g_autoptr (JsonNode) copy = NULL;

  if ((path & 3) == 0)
    return json_node_new (JSON_NODE_NULL);

  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObject *object = json_object_new ();
      guint chosen = path >> 2;
      JsonObjectIter iter;
      const char *name;
      JsonNode *member;
      guint i = 0;

      json_object_iter_init (&iter, json_node_get_object (node));
      while (json_object_iter_next (&iter, &name, &member))
        {
          gboolean is_chosen = i++ == chosen % json_object_get_size (json_node_get_object (node));

          if (!is_chosen)
            json_object_set_member (object, name, json_node_copy (member));
          else if ((path & 3) != 1)
            json_object_set_member (object, name, soften (member, path >> 3));
        }
      copy = json_node_init_object (json_node_alloc (), object);
      json_object_unref (object);
    }
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *old = json_node_get_array (node);
      JsonArray *array = json_array_new ();
      guint length = json_array_get_length (old);

      for (guint i = 0; i < length; i++)
        {
          JsonNode *element = json_array_get_element (old, i);

          json_array_add_element (array, i == (path >> 2) % length ? soften (element, path >> 3)
                                                                   : json_node_copy (element));
        }
      copy = json_node_init_array (json_node_alloc (), array);
      json_array_unref (array);
    }

  return copy != NULL ? g_steal_pointer (&copy) : json_node_copy (node);
}

static void
check_data (QMonitorEvent *event)
{
  g_autoptr (JsonNode) null = json_node_new (JSON_NODE_NULL);
  JsonNode *data = q_monitor_event_get_data (event);

  g_assert_true (q_monitor_event_matches (event, NULL));
  g_assert_true (q_monitor_event_matches (event, null));
  g_assert_true (data == q_monitor_event_get_data (event));
  g_assert_true (q_monitor_event_matches (event, data));
}

static void
check_match (QMonitorEvent *event, JsonNode *match, guint path)
{
  JsonNode *data = q_monitor_event_get_data (event);
  gboolean matches = q_monitor_event_matches (event, match);
  g_autoptr (JsonNode) softer = soften (match, path);
  g_autoptr (JsonNode) softer_data = data != NULL ? soften (data, path) : NULL;

  g_assert_cmpint (matches, ==, q_monitor_event_matches (event, match));
  if (matches)
    g_assert_true (q_monitor_event_matches (event, softer));
  if (data == NULL)
    return;

  g_assert_true (q_monitor_event_matches (event, softer_data));
  /* What is no container has to be of one kind, number for number. */
  if (matches && !JSON_NODE_HOLDS_NULL (match))
    g_assert_cmpint (json_node_get_node_type (match), ==, json_node_get_node_type (data));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  QFuzzInput input = { (const char *)data, size };
  guint path = q_fuzz_take_choice (&input) | q_fuzz_take_choice (&input) << 8
               | q_fuzz_take_choice (&input) << 16;
  g_autofree char *text = q_fuzz_take_string (&input, '\n');
  g_autofree char *rule = q_fuzz_take_string (&input, '\0');
  gboolean has_data = *text != '\0';
  g_autoptr (JsonNode) match = parse (rule);
  g_autoptr (JsonNode) value = has_data ? parse (text) : NULL;
  g_autoptr (QMonitorEvent) event = NULL;

  if (has_data && value == NULL)
    return 0;
  event = make_event (has_data ? text : NULL);
  if (event == NULL)
    return 0;

  if (has_data)
    check_data (event);
  if (match != NULL)
    check_match (event, match, path);
  if (match != NULL && g_str_equal (text, rule))
    g_assert_true (q_monitor_event_matches (event, match));
  check_text (event, text, rule, match);

  return 0;
}
