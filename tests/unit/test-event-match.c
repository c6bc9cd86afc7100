/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "qmachine/q-error.h"
#include "qmachine/q-monitor-event-private.h"

static QMonitorEvent *
make_event (const char *text)
{
  g_autoptr (QFramer) framer = q_framer_new (4 * 1024 * 1024);
  g_autoptr (GError) error = NULL;
  QMessage message;
  QFrame frame;

  memcpy (q_framer_reserve (framer, strlen (text)), text, strlen (text));
  q_framer_commit (framer, strlen (text));
  g_assert_true (q_framer_next (framer, &frame, &error));
  g_assert_true (q_message_classify (&frame, &message, &error));

  return q_monitor_event_take (q_event_record_new (&message));
}

static gboolean
matches (const char *data, const char *match)
{
  g_autofree char *text = NULL;
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (JsonNode) node = NULL;
  gboolean result;

  text = data != NULL ? g_strdup_printf ("{\"event\":\"E\",\"data\":%s}", data)
                      : g_strdup ("{\"event\":\"E\"}");
  event = make_event (text);
  if (match != NULL)
    {
      g_autoptr (GError) error = NULL;

      node = q_message_parse (match, strlen (match), &error);
      g_assert_no_error (error);
    }

  result = q_monitor_event_matches (event, node);
  g_assert_cmpint (q_monitor_event_matches_json (event, match, NULL), ==, result);

  return result;
}

/* By its text, which keeps what a tree does not. */
static gboolean
matches_text (const char *data, const char *match)
{
  g_autofree char *text = g_strdup_printf ("{\"event\":\"E\",\"data\":%s}", data);
  g_autoptr (QMonitorEvent) event = make_event (text);
  g_autoptr (GError) error = NULL;
  gboolean result = q_monitor_event_matches_json (event, match, &error);

  g_assert_no_error (error);
  return result;
}

#define assert_match(data, match) g_assert_true (matches (data, match))
#define assert_mismatch(data, match) g_assert_false (matches (data, match))

static void
test_anything (void)
{
  static const char *const data[] = { NULL, "{}", "{\"a\":1}", "[]", "1", "null" };

  for (guint i = 0; i < G_N_ELEMENTS (data); i++)
    {
      assert_match (data[i], NULL);
      assert_match (data[i], "null");
    }
}

static void
test_objects (void)
{
  assert_match ("{\"device\":\"d0\",\"path\":\"/x\"}", "{\"device\":\"d0\"}");
  assert_match ("{\"device\":\"d0\"}", "{\"device\":\"d0\"}");
  assert_match ("{\"device\":\"d0\"}", "{}");
  assert_mismatch ("{\"device\":\"d1\"}", "{\"device\":\"d0\"}");
  assert_mismatch ("{\"path\":\"d0\"}", "{\"device\":\"d0\"}");
  assert_mismatch ("{\"device\":\"d0\"}", "{\"device\":\"d0\",\"path\":\"/x\"}");
  assert_mismatch ("{\"device\":\"d0\"}", "{\"Device\":\"d0\"}");
  assert_match ("{\"a\":{\"b\":{\"c\":1,\"d\":2},\"e\":3}}", "{\"a\":{\"b\":{\"d\":2}}}");
  assert_mismatch ("{\"a\":{\"b\":{\"c\":1,\"d\":2},\"e\":3}}", "{\"a\":{\"b\":{\"d\":3}}}");
  assert_mismatch ("{\"a\":{\"b\":1}}", "{\"b\":1}");
  assert_match ("{\"a\":{\"b\":1}}", "{\"a\":{}}");
  assert_mismatch ("{\"a\":1}", "{\"a\":{}}");
  assert_mismatch ("{\"a\":[]}", "{\"a\":{}}");
}

/* Many members at once are looked up in another way than a few. */
static void
test_many_members (void)
{
  g_autoptr (GString) data = g_string_new ("{");
  g_autoptr (GString) match = g_string_new ("{");

  for (guint i = 0; i < 20000; i++)
    g_string_append_printf (data, "%s\"k%u\":%u", i > 0 ? "," : "", i, i);
  for (guint i = 0; i < 20000; i += 2)
    g_string_append_printf (match, "%s\"\\u006b%u\":%u", i > 0 ? "," : "", i, i);
  g_string_append (data, ",\"k0\":\"last\"}");
  assert_mismatch (data->str, "{\"k0\":0}");
  g_string_append_c (match, '}');
  assert_mismatch (data->str, match->str);
  g_string_truncate (match, match->len - 1);
  g_string_append (match, ",\"k1\":1,\"none\":null}");
  assert_mismatch (data->str, match->str);
  g_string_truncate (data, data->len - strlen (",\"k0\":\"last\"}"));
  g_string_append_c (data, '}');
  assert_mismatch (data->str, match->str);
  g_string_truncate (match, match->len - strlen (",\"none\":null}"));
  g_string_append_c (match, '}');
  assert_match (data->str, match->str);
}

static void
test_null (void)
{
  static const char *const values[] = { "null", "0", "\"x\"", "false", "{\"b\":1}", "[1,2]" };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *data = g_strdup_printf ("{\"a\":%s}", values[i]);

      assert_match (data, "{\"a\":null}");
      assert_mismatch (data, "{\"b\":null}");
    }
  assert_mismatch ("{\"a\":null}", "{\"a\":1}");
  assert_mismatch ("{\"a\":null}", "{\"a\":{}}");
  assert_mismatch ("{\"a\":null}", "{\"a\":\"\"}");
  assert_mismatch ("{\"a\":{}}", "{\"a\":{\"b\":null}}");
}

static void
test_arrays (void)
{
  assert_match ("[]", "[]");
  assert_match ("{\"a\":[1,2]}", "{\"a\":[1,2]}");
  assert_mismatch ("{\"a\":[1,2]}", "{\"a\":[2,1]}");
  assert_mismatch ("{\"a\":[1,2]}", "{\"a\":[1]}");
  assert_mismatch ("{\"a\":[1]}", "{\"a\":[1,2]}");
  assert_mismatch ("{\"a\":[1]}", "{\"a\":[]}");
  assert_match ("{\"a\":[1,2]}", "{\"a\":[null,2]}");
  assert_match ("{\"a\":[{\"b\":1,\"c\":2}]}", "{\"a\":[{\"b\":1}]}");
  assert_mismatch ("{\"a\":[{\"b\":1,\"c\":2}]}", "{\"a\":[{\"b\":2}]}");
  assert_mismatch ("{\"a\":\"x\"}", "{\"a\":[\"x\"]}");
  assert_mismatch ("{\"a\":{}}", "{\"a\":[]}");
}

static void
test_scalars (void)
{
  assert_match ("1", "1");
  assert_match ("1", "1.0");
  assert_match ("1.0", "1");
  assert_match ("0", "-0.0");
  assert_match ("1.5", "15e-1");
  assert_mismatch ("1", "1.5");
  assert_mismatch ("1.5", "1");
  assert_mismatch ("1", "2");
  assert_mismatch ("1.5", "1.25");
  assert_match ("9007199254740993", "9007199254740993");
  assert_mismatch ("9007199254740993", "9007199254740992");
  assert_mismatch ("9007199254740993", "9007199254740992.0");
  assert_match ("9007199254740992", "9007199254740992.0");
  assert_mismatch ("9223372036854775807", "9223372036854775808.0");
  assert_match ("-9223372036854775808", "-9223372036854775808.0");
  assert_mismatch ("1", "1e400");
  assert_match ("18446744073709551615", "18446744073709551615");
  assert_mismatch ("18446744073709551615", "18446744073709551614");

  assert_match ("true", "true");
  assert_match ("false", "false");
  assert_mismatch ("true", "false");
  assert_mismatch ("true", "1");
  assert_mismatch ("1", "true");
  assert_mismatch ("0", "false");
  assert_mismatch ("1.0", "true");

  assert_match ("\"a\"", "\"\\u0061\"");
  assert_mismatch ("\"a\"", "\"A\"");
  assert_mismatch ("\"a\"", "\"ab\"");
  assert_mismatch ("\"1\"", "1");
  assert_mismatch ("\"\"", "false");
}

static void
test_exact_numbers (void)
{
  static const char *const integers[] = {
    "0",
    "-1",
    "1",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "-18446744073709551615",
    "123456789012345678901234567890",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (integers); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (integers); j++)
      g_assert_cmpint (matches_text (integers[i], integers[j]), ==, i == j);

  g_assert_true (matches_text ("0", "-0"));
  g_assert_true (matches_text ("-0", " 0 "));
  g_assert_true (matches_text ("9223372036854775808", "9223372036854775808.0"));
  g_assert_false (matches_text ("9223372036854775807", "9223372036854775808.0"));
  g_assert_false (matches_text ("18446744073709551615", "18446744073709551616.0"));
  g_assert_true (matches_text ("18446744073709551616.0", "18446744073709551616"));
  g_assert_true (matches_text ("-5e0", "-5"));
  g_assert_false (matches_text ("5", "-5.0"));
  g_assert_true (matches_text ("1e400", "1e500"));
  g_assert_false (matches_text ("1e400", "-1e400"));
}

/* What a node says of a number beyond 2^63-1 is the same in all versions of json-glib. */
static void
test_node_of_ours (void)
{
  g_autoptr (QMonitorEvent) event
    = make_event ("{\"event\":\"E\",\"data\":{\"n\":18446744073709551615,\"m\":[1e400]}}");
  g_autoptr (JsonNode) number = json_node_new (JSON_NODE_OBJECT);
  JsonNode *data = q_monitor_event_get_data (event);

  g_assert_cmpint (json_object_get_int_member (json_node_get_object (data), "n"), ==, -1);
  json_node_take_object (number, json_object_new ());
  json_object_set_int_member (json_node_get_object (number), "n", -1);
  g_assert_true (q_monitor_event_matches (event, number));
  json_object_set_int_member (json_node_get_object (number), "n", G_MAXINT64);
  g_assert_false (q_monitor_event_matches (event, number));
  /* JSON has no infinity, so a tree that has one is no match. */
  g_assert_false (q_monitor_event_matches (event, data));
}

static void
test_refused_text (void)
{
  static const char *const wrong[] = {
    "",
    " ",
    "{",
    "{}x",
    "{} {}",
    "{'a':1}",
    "{\"a\":01}",
    "nul",
    "{\"a\":1,\"\\u0061\":1}",
    "{\"b\":[{\"a\":1,\"a\":1}]}",
  };
  g_autoptr (QMonitorEvent) event = make_event ("{\"event\":\"E\",\"data\":{\"a\":1}}");

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (q_monitor_event_matches_json (event, wrong[i], &error));
      g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
      g_assert_true (g_str_has_prefix (error->message, "match: "));
    }
  g_assert_true (q_monitor_event_matches_json (event, NULL, NULL));
}

static void
test_no_data (void)
{
  assert_match (NULL, "{}");
  assert_mismatch (NULL, "{\"a\":1}");
  assert_mismatch (NULL, "{\"a\":null}");
  assert_mismatch (NULL, "[]");
  assert_mismatch (NULL, "1");
  assert_mismatch (NULL, "false");
}

/* Not every tree comes from a parser. */
static void
test_built_match (void)
{
  g_autoptr (QMonitorEvent) event = make_event ("{\"event\":\"E\",\"data\":{\"a\":[]}}");
  g_autoptr (JsonNode) no_object = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonNode) no_array = json_node_new (JSON_NODE_ARRAY);
  g_autoptr (JsonNode) no_value = json_node_new (JSON_NODE_VALUE);

  g_assert_true (q_monitor_event_matches (event, no_object));
  g_assert_false (q_monitor_event_matches (event, no_array));
  g_assert_false (q_monitor_event_matches (event, no_value));
}

static void
test_getters (void)
{
  const char *text = "{\"timestamp\": {\"seconds\": 3, \"microseconds\": 4}, "
                     "\"event\": \"RESET\",\r\n \"data\": {\"n\" : 18446744073709551615}}";
  g_autoptr (QMonitorEvent) event = make_event (text);
  g_autofree char *name = NULL;
  g_autofree char *json = q_monitor_event_to_json (event);
  g_autoptr (JsonNode) data = NULL;
  gint64 timestamp;

  g_object_get (event, "name", &name, "timestamp", &timestamp, "data", &data, NULL);
  g_assert_cmpstr (name, ==, "RESET");
  g_assert_cmpstr (q_monitor_event_get_name (event), ==, "RESET");
  g_assert_cmpint (timestamp, ==, 3000004);
  g_assert_cmpint (q_monitor_event_get_timestamp (event), ==, 3000004);
  g_assert_cmpstr (json, ==, text);
  g_assert_true (json_node_is_immutable (data));
  g_assert_true (q_monitor_event_get_data (event) == q_monitor_event_get_data (event));
  g_assert_cmpuint ((guint64)json_object_get_int_member (json_node_get_object (data), "n"), ==,
                    G_MAXUINT64);
}

static void
test_getters_bare (void)
{
  g_autoptr (QMonitorEvent) event = make_event (" {\"event\":\"A\\u0042\\n\"}\r\n");
  g_autofree char *json = q_monitor_event_to_json (event);

  g_assert_cmpstr (q_monitor_event_get_name (event), ==, "AB\n");
  g_assert_cmpint (q_monitor_event_get_timestamp (event), ==, -1);
  g_assert_null (q_monitor_event_get_data (event));
  g_assert_cmpstr (json, ==, "{\"event\":\"A\\u0042\\n\"}");
}

#define N_THREADS 4

typedef struct
{
  QMonitorEvent *event;
  gint *n_ready;
} Reader;

static gpointer
read_data (gpointer user_data)
{
  Reader *reader = user_data;

  /* All at once, or there would be no race to survive. */
  g_atomic_int_inc (reader->n_ready);
  while (g_atomic_int_get (reader->n_ready) < N_THREADS)
    g_thread_yield ();
  return q_monitor_event_get_data (reader->event);
}

static void
test_threads (void)
{
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (QMonitorEvent) event = make_event ("{\"event\":\"E\",\"data\":{\"a\":[1,{}]}}");
      gint n_ready = 0;
      Reader reader = { event, &n_ready };
      GThread *threads[N_THREADS];

      for (guint j = 0; j < N_THREADS; j++)
        threads[j] = g_thread_new ("reader", read_data, &reader);
      for (guint j = 0; j < N_THREADS; j++)
        g_assert_true (g_thread_join (threads[j]) == q_monitor_event_get_data (event));
      g_assert_nonnull (q_monitor_event_get_data (event));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/event/match/anything", test_anything);
  g_test_add_func ("/event/match/objects", test_objects);
  g_test_add_func ("/event/match/many-members", test_many_members);
  g_test_add_func ("/event/match/null", test_null);
  g_test_add_func ("/event/match/arrays", test_arrays);
  g_test_add_func ("/event/match/scalars", test_scalars);
  g_test_add_func ("/event/match/exact-numbers", test_exact_numbers);
  g_test_add_func ("/event/match/node-of-ours", test_node_of_ours);
  g_test_add_func ("/event/match/refused-text", test_refused_text);
  g_test_add_func ("/event/match/no-data", test_no_data);
  g_test_add_func ("/event/match/built", test_built_match);
  g_test_add_func ("/event/getters", test_getters);
  g_test_add_func ("/event/getters-bare", test_getters_bare);
  g_test_add_func ("/event/threads", test_threads);

  return g_test_run ();
}
