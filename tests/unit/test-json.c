/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "qmachine/q-error.h"
#include "qmachine/q-json.h"
#include "qmachine/q-monitor-event-private.h"

/* -- from a GVariant -- */

static void
assert_variant (GVariant *variant, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = q_json_from_variant (variant, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_parsed (const char *text, const char *expected)
{
  assert_variant (g_variant_new_parsed (text), expected);
}

static void
test_from_variant (void)
{
  assert_parsed ("{'driver': <'e1000'>, 'id': <'n0'>}", "{\"driver\":\"e1000\",\"id\":\"n0\"}");
  assert_parsed ("@a{sv} {}", "{}");
  assert_parsed ("{'a': 1, 'b': -2}", "{\"a\":1,\"b\":-2}");
  assert_parsed ("@as []", "[]");
  assert_parsed ("[<1>, <'x'>, <true>, <@mi nothing>, <@mi 5>]", "[1,\"x\",true,null,5]");
  assert_parsed ("(1, 'x', false)", "[1,\"x\",false]");
  assert_parsed ("<<<byte 7>>>", "7");
  assert_parsed ("objectpath '/a'", "\"/a\"");
  assert_parsed ("{'a': <{'b': <[{'c': 1.5}]>}>}", "{\"a\":{\"b\":[{\"c\":1.5}]}}");
  assert_variant (g_variant_new_string ("\" \\ \n \x01 \xc3\xa9 /"),
                  "\"\\\" \\\\ \\u000a \\u0001 \xc3\xa9 /\"");
  assert_variant (g_variant_new_strv ((const char *const[]){ "a", NULL }, -1), "[\"a\"]");
}

static void
test_numbers (void)
{
  assert_parsed ("uint64 18446744073709551615", "18446744073709551615");
  assert_parsed ("int64 -9223372036854775808", "-9223372036854775808");
  assert_parsed ("uint32 4294967295", "4294967295");
  assert_parsed ("int16 -32768", "-32768");
  assert_parsed ("uint16 65535", "65535");
  assert_parsed ("byte 255", "255");
  assert_variant (g_variant_new_double (1), "1.0");
  assert_variant (g_variant_new_double (-0.0), "-0.0");
  assert_variant (g_variant_new_double (0.1), "0.10000000000000001");
  assert_variant (g_variant_new_double (1e300), "1.0000000000000001e+300");
}

static void
assert_refused (GVariant *variant, const char *reason)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_json_from_variant (variant, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_assert_nonnull (strstr (error->message, reason));
}

static void
test_refused (void)
{
  assert_refused (g_variant_new_double (NAN), "no such number");
  assert_refused (g_variant_new_parsed ("{'a': <%v>}", g_variant_new_double (INFINITY)),
                  "no such number");
  assert_refused (g_variant_new_parsed ("[<%v>]", g_variant_new_handle (3)), "handle");
  assert_refused (g_variant_new_parsed ("{1: 'a'}"), "must be strings");
  assert_refused (g_variant_new_parsed ("{'a': 1, 'b': 2, 'a': 3}"), "twice");
  assert_refused (g_variant_new_parsed ("{'x': <{'a': 1, 'a': 1}>}"), "'a'");
}

static void
test_ownership (void)
{
  GVariant *floating = g_variant_new_parsed ("{'a': 1}");
  g_autoptr (GVariant) kept = g_variant_ref_sink (g_variant_new_parsed ("{'a': 1}"));
  g_autofree char *one = NULL;

  g_assert_true (g_variant_is_floating (floating));
  one = q_json_from_variant (floating, NULL); /* and frees it: a leak checker sees otherwise */
  assert_variant (kept, one);
  assert_variant (kept, one);
}

/* -- members -- */

static const char *const text
  = " {\"s\": \"a\\u00e9\\n\", \"i\": -5, \"u\": 18446744073709551615, \"d\": 1.5, \"e\": 1e3, "
    "\"t\": true, \"f\": false, \"n\": null, \"o\": {\"s\": \"inner\", \"only\": 1}, \"a\": [1], "
    "\"huge\": 18446744073709551616, \"far\": 1e999, \"\\u0078\": 7, \"s2\": \"\"} ";

static void
test_members (void)
{
  g_autofree char *string = q_json_dup_string (text, "s");
  g_autofree char *empty = q_json_dup_string (text, "s2");

  g_assert_cmpstr (string, ==, "a\xc3\xa9\n");
  g_assert_cmpstr (empty, ==, "");
  g_assert_null (q_json_dup_string (text, "i"));
  g_assert_null (q_json_dup_string (text, "n"));
  g_assert_null (q_json_dup_string (text, "only"));
  g_assert_cmpint (q_json_get_int (text, "i", 1), ==, -5);
  g_assert_cmpint (q_json_get_int (text, "x", 1), ==, 7);
  g_assert_cmpint (q_json_get_int (text, "u", 1), ==, 1);
  g_assert_cmpint (q_json_get_int (text, "d", 1), ==, 1);
  g_assert_cmpint (q_json_get_int (text, "e", 1), ==, 1);
  g_assert_cmpint (q_json_get_int (text, "t", 1), ==, 1);
  g_assert_cmpint (q_json_get_int (text, "none", 1), ==, 1);
  g_assert_cmpuint (q_json_get_uint (text, "u", 1), ==, G_MAXUINT64);
  g_assert_cmpuint (q_json_get_uint (text, "i", 1), ==, 1);
  g_assert_cmpuint (q_json_get_uint (text, "huge", 1), ==, 1);
  g_assert_cmpfloat_with_epsilon (q_json_get_double (text, "d", 1), 1.5, 1e-9);
  g_assert_cmpfloat_with_epsilon (q_json_get_double (text, "i", 1), -5, 1e-9);
  g_assert_cmpfloat_with_epsilon (q_json_get_double (text, "far", 1), 1, 1e-9);
  g_assert_cmpfloat_with_epsilon (q_json_get_double (text, "s", 1), 1, 1e-9);
  g_assert_true (q_json_get_boolean (text, "t", FALSE));
  g_assert_false (q_json_get_boolean (text, "f", TRUE));
  g_assert_true (q_json_get_boolean (text, "n", TRUE));
}

/* Where a string ends is seen by its backslashes. */
static void
test_string_ends (void)
{
  static const char *const strings[][2] = {
    { "\"\"", "" },
    { "\"\\\\\"", "\\" },
    { "\"\\\"\"", "\"" },
    { "\"\\\\\\\"\"", "\\\"" },
    { "\"\\\"\\\\\"", "\"\\" },
    { "\"\\\"\\\"a\\\\\\\\\"", "\"\"a\\\\" },
    { "\"\\u0022\"", "\"" },
    { "\"}],\\\"x\"", "}],\"x" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    {
      const char *string = strings[i][0];
      g_autofree char *object = g_strdup_printf ("{\"a\":%s,%s:1,\"b\":[%s,{%s:%s}],\"c\":%s}",
                                                 string, string, string, string, string, string);
      g_autofree char *first = q_json_dup_string (object, "a");
      g_autofree char *last = q_json_dup_string (object, "c");

      g_assert_cmpstr (first, ==, strings[i][1]);
      g_assert_cmpint (q_json_get_int (object, strings[i][1], 0), ==, 1);
      g_assert_cmpstr (last, ==, strings[i][1]);
    }
}

static void
test_no_object (void)
{
  static const char *const texts[]
    = { "", " ", "[1]", "1", "\"s\"", "{", "{\"i\":1", "{\"i\":01}", "{\"i\":1}x", "null" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_assert_cmpint (q_json_get_int (texts[i], "i", 9), ==, 9);
      g_assert_null (q_json_dup_string (texts[i], "s"));
    }
}

static QMonitorEvent *
make_event (const char *data)
{
  const char *name = *data != '\0' ? ",\"data\":" : "";
  g_autofree char *whole = g_strdup_printf ("{\"event\":\"E\"%s%s}", name, data);
  g_autoptr (QFramer) framer = q_framer_new (1024);
  QMessage message;
  QFrame frame;

  memcpy (q_framer_reserve (framer, strlen (whole)), whole, strlen (whole));
  q_framer_commit (framer, strlen (whole));
  g_assert_true (q_framer_next (framer, &frame, NULL));
  g_assert_true (q_message_classify (&frame, &message, NULL));

  return q_monitor_event_take (q_event_record_new (&message));
}

static void
test_event_members (void)
{
  g_autoptr (QMonitorEvent) event = make_event (text);
  g_autoptr (QMonitorEvent) bare = make_event ("");
  g_autoptr (QMonitorEvent) array = make_event ("[{\"s\":\"x\"}]");
  g_autoptr (QMonitorEvent) empty = g_object_new (Q_TYPE_MONITOR_EVENT, NULL);
  g_autofree char *string = q_monitor_event_dup_string (event, "s");

  g_assert_cmpstr (string, ==, "a\xc3\xa9\n");
  g_assert_cmpint (q_monitor_event_get_int (event, "i", 1), ==, -5);
  g_assert_cmpuint (q_monitor_event_get_uint (event, "u", 1), ==, G_MAXUINT64);
  g_assert_cmpfloat_with_epsilon (q_monitor_event_get_double (event, "d", 1), 1.5, 1e-9);
  g_assert_true (q_monitor_event_get_boolean (event, "t", FALSE));
  g_assert_cmpint (q_monitor_event_get_int (event, "s", 1), ==, 1);
  g_assert_null (q_monitor_event_dup_string (event, "n"));
  g_assert_null (q_monitor_event_dup_string (event, "event"));

  g_assert_null (q_monitor_event_dup_string (bare, "s"));
  g_assert_null (q_monitor_event_dup_string (array, "s"));
  g_assert_null (q_monitor_event_dup_string (empty, "s"));
  g_assert_cmpint (q_monitor_event_get_int (empty, "i", 4), ==, 4);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/json/variant/values", test_from_variant);
  g_test_add_func ("/json/variant/numbers", test_numbers);
  g_test_add_func ("/json/variant/refused", test_refused);
  g_test_add_func ("/json/variant/ownership", test_ownership);
  g_test_add_func ("/json/members", test_members);
  g_test_add_func ("/json/string-ends", test_string_ends);
  g_test_add_func ("/json/no-object", test_no_object);
  g_test_add_func ("/json/event-members", test_event_members);

  return g_test_run ();
}
