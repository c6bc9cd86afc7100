/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "qmachine/wire/message-private.h"
#include "qmachine/wire/wire-error-private.h"

#define LIMIT ((gsize)64 * 1024 * 1024)

/* A message together with the framer that its text lives in. */
typedef struct
{
  QFramer *framer;
  QMessage message;
} Fixture;

static gboolean
fixture_read (Fixture *self, const char *text, GError **error)
{
  gsize length = strlen (text);
  QFrame frame;

  self->framer = q_framer_new (LIMIT);
  memcpy (q_framer_reserve (self->framer, length), text, length);
  q_framer_commit (self->framer, length);
  return q_framer_next (self->framer, &frame, error)
         && q_message_classify (&frame, &self->message, error);
}

static void
fixture_clear (Fixture *self)
{
  g_clear_pointer (&self->framer, q_framer_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static void
fixture_read_well (Fixture *self, const char *text)
{
  g_autoptr (GError) error = NULL;

  if (!fixture_read (self, text, &error))
    g_error ("%s: %s", text, error->message);
}

static void
assert_kind (const char *text, QMessageKind kind)
{
  g_auto (Fixture) fixture = { 0 };

  fixture_read_well (&fixture, text);
  g_assert_cmpint (fixture.message.kind, ==, kind);
}

static void
test_kinds (void)
{
  assert_kind ("{\"QMP\":{}}", Q_MESSAGE_GREETING);
  assert_kind ("{\"event\":\"STOP\"}", Q_MESSAGE_EVENT);
  assert_kind ("{\"timestamp\":{},\"data\":null,\"id\":1,\"event\":\"\"}", Q_MESSAGE_EVENT);
  assert_kind ("{\"return\":{}}", Q_MESSAGE_RETURN);
  assert_kind ("{\"return\":null}", Q_MESSAGE_RETURN);
  assert_kind ("{\"id\":{\"event\":\"a\"},\"return\":[]}", Q_MESSAGE_RETURN);
  assert_kind ("{\"error\":{\"class\":\"C\",\"desc\":\"d\"}}", Q_MESSAGE_ERROR);
  assert_kind ("{\"error\":{\"data\":{},\"desc\":\"d\",\"class\":\"C\",\"x\":1}}", Q_MESSAGE_ERROR);
  assert_kind ("{\"x\":1,\"return\":0}", Q_MESSAGE_RETURN);
}

static void
test_no_kinds (void)
{
  static const char *const texts[] = {
    "{}",
    "{\"id\":1}",
    "{\"timestamp\":{},\"data\":{}}",
    "{\"execute\":\"quit\"}",
    "{\"x\":{\"return\":1}}",
    "{\"Event\":\"A\"}",
    "{\"return\":1,\"error\":{\"class\":\"C\",\"desc\":\"d\"}}",
    "{\"return\":1,\"event\":\"A\"}",
    "{\"QMP\":{},\"event\":\"A\"}",
    "{\"QMP\":{},\"return\":{}}",
    "{\"QMP\":1}",
    "{\"QMP\":[]}",
    "{\"event\":1}",
    "{\"event\":null}",
    "{\"event\":{}}",
    "{\"event\":\"A\",\"timestamp\":1}",
    "{\"event\":\"A\",\"timestamp\":null}",
    "{\"event\":\"A\",\"timestamp\":[]}",
    "{\"error\":\"no\"}",
    "{\"error\":[]}",
    "{\"error\":{}}",
    "{\"error\":{\"class\":\"C\"}}",
    "{\"error\":{\"desc\":\"d\"}}",
    "{\"error\":{\"class\":1,\"desc\":\"d\"}}",
    "{\"error\":{\"class\":\"C\",\"desc\":null}}",
    "{\"error\":{\"x\":{\"class\":\"C\",\"desc\":\"d\"}}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_auto (Fixture) fixture = { 0 };
      g_autoptr (GError) error = NULL;

      if (fixture_read (&fixture, texts[i], &error))
        g_error ("%s", texts[i]);
      g_assert_error (error, Q_WIRE_ERROR, Q_WIRE_ERROR_PROTOCOL);
    }
}

static void
assert_event_name (const char *name, const char *expected)
{
  g_autofree char *text = g_strdup_printf ("{\"event\":\"%s\"}", name);
  g_autofree char *got = NULL;
  g_auto (Fixture) fixture = { 0 };

  fixture_read_well (&fixture, text);
  got = q_message_dup_event_name (&fixture.message);
  g_assert_cmpstr (got, ==, expected);
}

static void
test_event_name (void)
{
  assert_event_name ("SHUTDOWN", "SHUTDOWN");
  assert_event_name ("", "");
  assert_event_name ("\\u0053TO\\u0050", "STOP");
  assert_event_name ("a\\\"b\\\\c\\/d", "a\"b\\c/d");
  assert_event_name ("\\b\\f\\n\\r\\t", "\b\f\n\r\t");
  assert_event_name ("\\u00e9\\u20ac\\ud83d\\ude00", "é€😀");
  assert_event_name ("\\ud800\\udc00\\udbff\\udfff", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
  assert_event_name ("é\\u0000x", "é\xef\xbf\xbdx");
  assert_event_name ("\\\\\\\"", "\\\"");
}

static gint64
get_timestamp (const char *member)
{
  g_autofree char *text
    = g_strdup_printf ("{\"event\":\"A\"%s%s}", *member != '\0' ? "," : "", member);
  g_auto (Fixture) fixture = { 0 };

  fixture_read_well (&fixture, text);
  return q_message_get_timestamp (&fixture.message);
}

static void
assert_timestamp (const char *value, gint64 expected)
{
  g_autofree char *member = g_strdup_printf ("\"timestamp\":%s", value);

  g_assert_cmpint (get_timestamp (member), ==, expected);
}

static void
test_timestamp (void)
{
  static const char *const unknown[] = {
    "{\"seconds\": -1, \"microseconds\": -1}",
    "{}",
    "{\"seconds\": 1}",
    "{\"microseconds\": 1}",
    "{\"seconds\": null, \"microseconds\": 1}",
    "{\"seconds\": \"1\", \"microseconds\": 1}",
    "{\"seconds\": [1], \"microseconds\": 1}",
    "{\"seconds\": 1.5, \"microseconds\": 1}",
    "{\"seconds\": 1e3, \"microseconds\": 1}",
    "{\"seconds\": 1, \"microseconds\": -1}",
    "{\"seconds\": 1, \"microseconds\": 1000000}",
    "{\"seconds\": 9223372036854775807, \"microseconds\": 1}",
    "{\"seconds\": 9223372036855, \"microseconds\": 0}",
    "{\"seconds\": 18446744073709551615, \"microseconds\": 0}",
    "{\"seconds\": 18446744073709551617, \"microseconds\": 0}",
    "{\"x\": {\"seconds\": 1, \"microseconds\": 1}}",
    "{\"seconds\": 1, \"micro\": {\"microseconds\": 1}}",
  };

  g_assert_cmpint (get_timestamp (""), ==, -1);
  for (guint i = 0; i < G_N_ELEMENTS (unknown); i++)
    assert_timestamp (unknown[i], -1);

  assert_timestamp ("{\"seconds\": 0, \"microseconds\": 0}", 0);
  assert_timestamp ("{\"seconds\": 1700000000, \"microseconds\": 123456}", 1700000000123456);
  assert_timestamp ("{\"microseconds\":7,\"seconds\":2}", 2000007);
  assert_timestamp ("{\r\n \"seconds\" :\t1 ,\n\"microseconds\" : 2\r\n}", 1000002);
  assert_timestamp ("{\"x\":[{\"seconds\":9},\"}\\\"\"],\"sec\\u006fnds\":3,\"microseconds\":4}",
                    3000004);
  assert_timestamp ("{\"seconds\": 9223372036853, \"microseconds\": 999999}", 9223372036853999999);
}

static void
assert_id (const char *value, gboolean ok, guint64 expected)
{
  g_autofree char *text = g_strdup_printf ("{\"return\":{},\"id\":%s}", value);
  g_auto (Fixture) fixture = { 0 };
  guint64 id = 0;

  fixture_read_well (&fixture, text);
  g_assert_cmpint (q_message_get_id (&fixture.message, &id), ==, ok);
  if (ok)
    g_assert_cmpuint (id, ==, expected);
}

static void
test_id (void)
{
  g_auto (Fixture) fixture = { 0 };
  guint64 id;

  assert_id ("0", TRUE, 0);
  assert_id ("42", TRUE, 42);
  assert_id ("18446744073709551615", TRUE, G_MAXUINT64);
  assert_id ("18446744073709551616", FALSE, 0);
  assert_id ("99999999999999999999999999", FALSE, 0);
  assert_id ("-1", FALSE, 0);
  assert_id ("-0", FALSE, 0);
  assert_id ("1.0", FALSE, 0);
  assert_id ("1e1", FALSE, 0);
  assert_id ("\"1\"", FALSE, 0);
  assert_id ("null", FALSE, 0);
  assert_id ("[1]", FALSE, 0);
  assert_id ("{}", FALSE, 0);

  fixture_read_well (&fixture, "{\"return\":1}");
  g_assert_false (q_message_get_id (&fixture.message, &id));
}

static void
assert_error_parts (const char *text, const char *class_name, const char *description)
{
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *got_class = NULL;
  g_autofree char *got_description = NULL;

  fixture_read_well (&fixture, text);
  q_message_get_error (&fixture.message, &got_class, &got_description);
  g_assert_cmpstr (got_class, ==, class_name);
  g_assert_cmpstr (got_description, ==, description);
}

static void
test_error_parts (void)
{
  assert_error_parts ("{\"error\": {\"class\": \"GenericError\", \"desc\": \"No such file\"}}",
                      "GenericError", "No such file");
  assert_error_parts ("{\"error\":{\"x\":[\"desc\",{\"desc\":1}],\"desc\":\"a\\nb \\u00fc \\\"}\","
                      "\"cl\\u0061ss\" : \"C\\u00e9\"},\"id\":3}",
                      "Cé", "a\nb ü \"}");
  assert_error_parts ("{\"error\":{\"class\":\"A\",\"desc\":1,\"desc\":\"\",\"class\":\"B\"}}", "B",
                      "");
}

static void
test_dup_member (void)
{
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *returned = NULL;
  g_autofree char *id = NULL;

  fixture_read_well (&fixture, "{\"return\": {\"a\" : 18446744073709551615, \"b\":1.0},\"id\":7}");
  returned = q_message_dup_member (&fixture.message, Q_MEMBER_RETURN);
  id = q_message_dup_member (&fixture.message, Q_MEMBER_ID);
  g_assert_cmpstr (returned, ==, "{\"a\" : 18446744073709551615, \"b\":1.0}");
  g_assert_cmpstr (id, ==, "7");
  g_assert_null (q_message_dup_member (&fixture.message, Q_MEMBER_DATA));
}

static void
assert_encoded (const char *name, gboolean out_of_band, const char *arguments, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *encoded = NULL;
  gsize length = 0;

  encoded = q_message_encode_command (name, out_of_band, arguments, -1, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (encoded, ==, expected);
  g_assert_cmpuint (length, ==, strlen (expected));
  g_assert_true (q_message_validate_json (encoded, (gssize)length, NULL));
}

static void
test_encode (void)
{
  g_autofree char *part = NULL;

  assert_encoded ("stop", FALSE, NULL, "{\"execute\":\"stop\"}");
  assert_encoded ("stop", FALSE, "{}", "{\"execute\":\"stop\"}");
  assert_encoded ("stop", FALSE, " \r\n{ \t }\n ", "{\"execute\":\"stop\"}");
  assert_encoded ("yank", TRUE, NULL, "{\"exec-oob\":\"yank\"}");
  assert_encoded ("x", TRUE, "{\"a\":1}", "{\"exec-oob\":\"x\",\"arguments\":{\"a\":1}}");
  assert_encoded ("x", FALSE, "  {\"a\": 18446744073709551615,\n \"b\":\"\\u0000\"}\n",
                  "{\"execute\":\"x\",\"arguments\":{\"a\": 18446744073709551615,\n "
                  "\"b\":\"\\u0000\"}}");
  assert_encoded ("a\"b\\c\n\x01é\x7f", FALSE, NULL,
                  "{\"execute\":\"a\\\"b\\\\c\\u000a\\u0001é\x7f\"}");

  /* The same name in several objects, and as a value. */
  assert_encoded ("x", FALSE, "{\"a\":{\"a\":\"a\"},\"b\":[{\"a\":1},{\"a\":2}],\"c\":\"a:\"}",
                  "{\"execute\":\"x\",\"arguments\":{\"a\":{\"a\":\"a\"},"
                  "\"b\":[{\"a\":1},{\"a\":2}],\"c\":\"a:\"}}");

  part = q_message_encode_command ("x", FALSE, "{\"a\":1}trailing", 7, NULL, NULL);
  g_assert_cmpstr (part, ==, "{\"execute\":\"x\",\"arguments\":{\"a\":1}}");
}

static void
assert_not_encoded (const char *name, const char *arguments, gssize length, int code,
                    const char *word)
{
  g_autoptr (GError) error = NULL;
  gsize encoded_length = 4711;

  g_assert_null (
    q_message_encode_command (name, FALSE, arguments, length, &encoded_length, &error));
  g_assert_error (error, Q_WIRE_ERROR, code);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  if (strstr (error->message, word) == NULL)
    g_error ("%s: %s", word, error->message);
}

static void
test_encode_refused (void)
{
  static const char *const arguments[] = {
    "",
    "  ",
    "[]",
    "1",
    "null",
    "\"a\"",
    "{",
    "{}{}",
    "{} x",
    "{\"a\":1}, \"id\": 2",
    "{a:1}",
    "{'a':1}",
    "{\"a\":01}",
    "{\"a\":\"\xff\"}",
    "{\"a\":\"\n\"}",
    "{\"a\":1,}",
    "{} // c",
    "{\"a\":1,\"b\":2,\"a\":3}",
    "{\"id\":1 , \"id\" :2}",
    "{\"a\":[1,{\"b\":{},\"b\":{}}]}",
    "{\"\\u0061\\n\":1,\"a\\u000a\":2}",
    "{\"a\":{\"x\":1},\"b\":{\"x\":1},\"a\":{\"x\":1}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (arguments); i++)
    assert_not_encoded ("device_add", arguments[i], -1, Q_WIRE_ERROR_INVALID, "device_add");
  assert_not_encoded ("device_add", "{}\0", 3, Q_WIRE_ERROR_INVALID, "byte 2");
  assert_not_encoded ("", NULL, -1, Q_WIRE_ERROR_INVALID, "empty");
  assert_not_encoded ("a\xff", NULL, -1, Q_WIRE_ERROR_INVALID, "UTF-8");
  assert_not_encoded ("a\xed\xa0\x80", NULL, -1, Q_WIRE_ERROR_INVALID, "UTF-8");
}

static char *
make_nested (gsize depth)
{
  GString *text = g_string_new ("{\"a\":");

  for (gsize i = 1; i < depth; i++)
    g_string_append_c (text, '[');
  for (gsize i = 1; i < depth; i++)
    g_string_append_c (text, ']');
  g_string_append_c (text, '}');

  return g_string_free (text, FALSE);
}

/* The braces of the command itself are a level, too, for QEMU. */
static void
test_encode_depth (void)
{
  g_autofree char *deep = make_nested (1023);
  g_autofree char *too_deep = make_nested (1024);
  g_autofree char *expected = g_strdup_printf ("{\"execute\":\"x\",\"arguments\":%s}", deep);

  assert_encoded ("x", FALSE, deep, expected);
  assert_not_encoded ("x", too_deep, -1, Q_WIRE_ERROR_INVALID, "1024");
}

static char *
make_sized (gsize size)
{
  char *text = g_strnfill (size, 'x');

  memcpy (text, "{\"a\":\"", 6);
  memcpy (text + size - 2, "\"}", 2);
  return text;
}

static void
test_encode_size (void)
{
  gsize envelope = strlen ("{\"execute\":\"x\",\"arguments\":}");
  g_autofree char *fits = make_sized (LIMIT - envelope);
  g_autofree char *over = make_sized (LIMIT - envelope + 1);
  g_autofree char *far_over = make_sized (LIMIT + 1);
  g_autofree char *encoded = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  encoded = q_message_encode_command ("x", FALSE, fits, -1, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (length, ==, LIMIT);
  assert_not_encoded ("x", over, -1, Q_WIRE_ERROR_TOO_LARGE, "67108864");
  assert_not_encoded ("x", far_over, -1, Q_WIRE_ERROR_TOO_LARGE, "67108864");
}

static char *
make_list (gsize n)
{
  GString *text = g_string_new ("{\"a\":[0");

  for (gsize i = 1; i < n; i++)
    g_string_append (text, ",0");
  g_string_append (text, "]}");

  return g_string_free (text, FALSE);
}

static void
test_encode_tokens (void)
{
  /* Nine around, six for the list and its object, two for each number but one. */
  gsize n = ((2u << 20) - 9 - 6 + 1) / 2;
  g_autofree char *fits = make_list (n);
  g_autofree char *over = make_list (n + 1);
  g_autofree char *encoded = q_message_encode_command ("x", FALSE, fits, -1, NULL, NULL);

  g_assert_nonnull (encoded);
  assert_not_encoded ("x", over, -1, Q_WIRE_ERROR_TOO_LARGE, "2097152");
}

static void
test_validate (void)
{
  static const char *const valid[] = {
    "{}",
    "[]",
    "0",
    "-0",
    "12",
    "-1.5e+3",
    "\"\"",
    "true",
    "false",
    "null",
    " \r\n\t1 \r\n\t",
    "\"\\u0000\"",
    "[1e400]",
    "18446744073709551616",
    "{\"a\":{},\"a\":{}}",
    "1E5",
    "0.0",
    "0e0",
    /* Names that a message may have once: here they are like any other. */
    "{\"id\":1,\"id\":2}",
    "{\"data\":{},\"data\":{}}",
  };
  static const struct
  {
    const char *text;
    const char *where;
  } invalid[] = {
    { "", "byte 0" },     { "  ", "byte 2" },       { "{} {}", "byte 3" },  { "1 2", "byte 2" },
    { "01", "byte 1" },   { "1.", "byte 2" },       { ".5", "byte 0" },     { "+1", "byte 0" },
    { "1e", "byte 2" },   { "NaN", "byte 0" },      { "tru", "byte 3" },    { "truex", "byte 4" },
    { "-", "byte 1" },    { "\"a", "byte 2" },      { "[1", "byte 2" },     { "[1,]", "byte 3" },
    { "'a'", "byte 0" },  { "/**/1", "byte 0" },    { "1//", "byte 1" },    { "1x", "byte 1" },
    { "[1]]", "byte 3" }, { "\"\xff\"", "byte 1" }, { "\"\t\"", "byte 1" }, { "{\"a\"}", "byte 4" },
  };
  g_autofree char *deep = make_nested (1024);
  g_autofree char *too_deep = make_nested (1025);

  for (guint i = 0; i < G_N_ELEMENTS (valid); i++)
    if (!q_message_validate_json (valid[i], -1, NULL))
      g_error ("%s", valid[i]);
  for (guint i = 0; i < G_N_ELEMENTS (invalid); i++)
    {
      g_autoptr (GError) error = NULL;

      if (q_message_validate_json (invalid[i].text, -1, &error))
        g_error ("%s", invalid[i].text);
      g_assert_error (error, Q_WIRE_ERROR, Q_WIRE_ERROR_INVALID);
      if (!g_str_has_suffix (error->message, invalid[i].where))
        g_error ("%s: %s", invalid[i].text, error->message);
    }

  g_assert_true (q_message_validate_json (deep, -1, NULL));
  g_assert_false (q_message_validate_json (too_deep, -1, NULL));
  g_assert_false (q_message_validate_json ("1\0", 2, NULL));
  g_assert_true (q_message_validate_json ("12x", 2, NULL));
}

static JsonNode *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = q_message_parse (text, strlen (text), &error);

  if (node == NULL)
    g_error ("%s: %s", text, error->message);
  return node;
}

static void
assert_double (const char *text, double expected)
{
  g_autoptr (JsonNode) node = parse (text);

  g_assert_true (json_node_get_value_type (node) == G_TYPE_DOUBLE);
  g_assert_cmpfloat (json_node_get_double (node), >=, expected);
  g_assert_cmpfloat (json_node_get_double (node), <=, expected);
}

static void
assert_int (const char *text, gint64 expected)
{
  g_autoptr (JsonNode) node = parse (text);

  g_assert_true (json_node_get_value_type (node) == G_TYPE_INT64);
  g_assert_cmpint (json_node_get_int (node), ==, expected);
}

static void
test_parse (void)
{
  g_autoptr (JsonNode) null = parse ("null");
  g_autoptr (JsonNode) string = parse ("\"\\u00e9\\ud83d\\ude00\\/\\b\"");
  g_autoptr (JsonNode) tree = parse (" {\"a\":[1,{\"b\":true}],\"c\":null}\r\n");
  g_autoptr (JsonNode) part = q_message_parse ("12345", 3, NULL);
  g_autoptr (JsonNode) nul = parse ("{\"\\u0000\":\"a\\u0000b\"}");
  g_autofree char *deep_text = make_nested (1024);
  g_autoptr (JsonNode) deep = parse (deep_text);

  g_assert_true (JSON_NODE_HOLDS_NULL (null));
  g_assert_cmpstr (json_node_get_string (string), ==, "é😀/\b");
  g_assert_true (json_object_has_member (json_node_get_object (tree), "c"));
  g_assert_cmpint (json_node_get_int (part), ==, 123);
  g_assert_true (JSON_NODE_HOLDS_OBJECT (nul));
  g_assert_true (JSON_NODE_HOLDS_OBJECT (deep));
}

static void
test_parse_numbers (void)
{
  assert_int ("0", 0);
  assert_int ("-0", 0);
  assert_int ("9223372036854775807", G_MAXINT64);
  assert_int ("-9223372036854775808", G_MININT64);
  assert_int ("9223372036854775808", G_MININT64);
  assert_int ("18446744073709551615", -1);
  /* Past 64 bits, where json-glib's versions differ. */
  assert_int ("18446744073709551616", -1);
  assert_int ("123456789012345678901234567890", -1);
  assert_int ("-9223372036854775809", G_MAXINT64);
  assert_int ("-18446744073709551615", 1);
  assert_int ("-18446744073709551616", 1);
  assert_double ("0.5", 0.5);
  assert_double ("-0.5e-1", -0.05);
  assert_double ("0e1", 0);
  assert_double ("0E+1", 0);
  assert_double ("1E5", 100000);
  assert_double ("1e-2", 0.01);
  assert_double ("-12e+2", -1200);
  assert_double ("1e400", HUGE_VAL);
  assert_double ("-1e400", -HUGE_VAL);
  assert_double ("1e-400", 0);
}

static void
assert_as_json_glib (const char *text)
{
  g_autoptr (JsonNode) node = parse (text);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) error = NULL;
  JsonNode *root;

  json_parser_load_from_data (parser, text, -1, &error);
  g_assert_no_error (error);
  root = json_parser_get_root (parser);
  if (!json_node_equal (node, root))
    g_error ("%s: another tree than json-glib's", text);
  g_assert_cmpuint (json_node_hash (node), ==, json_node_hash (root));
}

static void
test_parse_as_json_glib (void)
{
  static const char *const texts[] = {
    "9223372036854775807",
    "-9223372036854775808",
    "4.5e+300",
    "-0.0",
    "\"\\u2028\"",
    "[]",
    "{}",
    " [ ] ",
    " { } ",
    "[[],{},[{}]]",
    "{\"a\":1,\"b\":2,\"a\":3}",
    "{ \"a\" : [ 1 , 2.5 , \"x\\ty\" , null , true , false ] , \"\" : { \"b\" : -1 } }",
    "{\"\\u0061\":\"\\ud83d\\ude00\",\"\xc3\xa9\":\"\xf0\x9f\x98\x80\"}",
  };
  g_autoptr (JsonNode) tree = parse ("{\"a\":[{\"b\":1}]}");
  JsonNode *array = json_object_get_member (json_node_get_object (tree), "a");
  JsonNode *object = json_array_get_element (json_node_get_array (array), 0);

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_as_json_glib (texts[i]);

  g_assert_true (json_node_get_parent (object) == array);
  g_assert_true (json_node_get_parent (array) == tree);
}

/* What the scanner lets through must never fail, or worse, in the parser behind it. */
static void
test_parse_takes_valid (void)
{
  static const char *const parts[] = {
    "{",      "}",       "[",       "]",        ",",      ":",     "\"a\"", "\"\\u00",
    "e9\"",   "\"\\n\"", "0",       "-",        "1",      "23",    ".",     "e",
    "E+",     "05",      " ",       "\r\n",     "true",   "false", "null",  "\"\"",
    "\"'\"",  "\"/*\"",  "\"\\/\"", "\"\\\\\"", "//",     "#",     "'",     "\"é\"",
    "\"\\\"", "{\"b\":", "[[",      "]]",       "\"b\":", "0x",    "inf",   "\x01",
  };
  g_autoptr (GRand) rand = g_rand_new_with_seed (20240608);
  guint n_valid = 0;

  for (guint i = 0; i < 300000; i++)
    {
      g_autoptr (GString) text = g_string_new (i % 2 == 0 ? "[" : "{\"b\":");
      guint n = (guint)g_rand_int_range (rand, 1, 6);

      for (guint j = 0; j < n; j++)
        g_string_append (text, parts[g_rand_int_range (rand, 0, G_N_ELEMENTS (parts))]);
      g_string_append_c (text, i % 2 == 0 ? ']' : '}');
      if (!q_message_validate_json (text->str, (gssize)text->len, NULL))
        continue;

      n_valid++;
      assert_as_json_glib (text->str);
    }
  g_assert_cmpuint (n_valid, >, 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/message/kinds", test_kinds);
  g_test_add_func ("/message/no-kinds", test_no_kinds);
  g_test_add_func ("/message/event-name", test_event_name);
  g_test_add_func ("/message/timestamp", test_timestamp);
  g_test_add_func ("/message/id", test_id);
  g_test_add_func ("/message/error-parts", test_error_parts);
  g_test_add_func ("/message/dup-member", test_dup_member);
  g_test_add_func ("/message/encode", test_encode);
  g_test_add_func ("/message/encode-refused", test_encode_refused);
  g_test_add_func ("/message/encode-depth", test_encode_depth);
  g_test_add_func ("/message/encode-size", test_encode_size);
  g_test_add_func ("/message/encode-tokens", test_encode_tokens);
  g_test_add_func ("/message/validate", test_validate);
  g_test_add_func ("/message/parse", test_parse);
  g_test_add_func ("/message/parse-numbers", test_parse_numbers);
  g_test_add_func ("/message/parse-as-json-glib", test_parse_as_json_glib);
  g_test_add_func ("/message/parse-takes-valid", test_parse_takes_valid);

  return g_test_run ();
}
