/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "qmachine/session/request-private.h"
#include "qmachine/wire/message-private.h"
#include "qmachine/wire/scanner-private.h"
#include "qmachine/wire/wire-error-private.h"

/* A command's name and arguments as a program gives them: either an error, or one JSON object that
 * says this command with these arguments and nothing else. */

/* In valid JSON there is a colon behind each name, and otherwise in strings only. */
static gsize
count_names (const char *text, gsize length)
{
  gboolean in_string = FALSE;
  gsize n = 0;

  for (gsize i = 0; i < length; i++)
    {
      if (text[i] == '"')
        in_string = !in_string;
      else if (in_string && text[i] == '\\')
        i++;
      else if (!in_string && text[i] == ':')
        n++;
    }
  return n;
}

/* A tree has each name once. */
static gboolean
has_duplicates (JsonNode *node, const char *text, gsize length)
{
  g_autofree char *again = json_to_string (node, FALSE);

  return count_names (again, strlen (again)) != count_names (text, length);
}

/* NULL unless it can be the arguments of a command. */
static JsonNode *
parse_arguments (const char *text, gsize length)
{
  g_autoptr (JsonNode) node = NULL;

  if (!q_message_validate_json (text, (gssize)length, NULL))
    return NULL;
  node = q_message_parse (text, length, NULL);
  g_assert_nonnull (node);
  if (!JSON_NODE_HOLDS_OBJECT (node) || has_duplicates (node, text, length))
    return NULL;

  return g_steal_pointer (&node);
}

static void
check_command (const char *name, gboolean out_of_band, JsonNode *arguments, const char *text,
               gsize length)
{
  const char *verb = out_of_band ? "exec-oob" : "execute";
  g_autoptr (JsonNode) tree = NULL;
  g_autoptr (GError) error = NULL;
  JsonObject *object;
  QScanner scanner;
  guint n_arguments = 0;

  if (arguments != NULL)
    n_arguments = json_object_get_size (json_node_get_object (arguments));
  g_assert_cmpuint (strlen (text), ==, length);
  q_scanner_init (&scanner, Q_SCAN_OBJECT, 0);
  g_assert_cmpint (q_scanner_feed (&scanner, text, length), ==, Q_SCAN_DONE);
  g_assert_cmpuint (scanner.offset, ==, length);
  g_assert_cmpuint (scanner.n_tokens, <=, Q_JSON_MAX_TOKENS);
  g_assert_cmpuint (length, <=, Q_JSON_MAX_SIZE);

  tree = q_message_parse (text, length, &error);
  g_assert_no_error (error);
  object = json_node_get_object (tree);
  g_assert_cmpuint (json_object_get_size (object), ==, n_arguments > 0 ? 2 : 1);
  g_assert_cmpstr (json_object_get_string_member (object, verb), ==, name);
  if (n_arguments > 0)
    g_assert_true (json_node_equal (json_object_get_member (object, "arguments"), arguments));
}

static gsize
count_levels (const char *text, gsize length)
{
  gsize n = 0;

  for (gsize i = 0; i < length; i++)
    n += text[i] == '{' || text[i] == '[';
  return n;
}

static void
encode_text (const char *name, gboolean out_of_band, GBytes *bytes)
{
  gsize arguments_length = 0;
  const char *arguments = bytes != NULL ? g_bytes_get_data (bytes, &arguments_length) : NULL;
  g_autoptr (JsonNode) expected = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length = 0;

  if (bytes != NULL && arguments == NULL)
    arguments = "";
  if (arguments != NULL)
    expected = parse_arguments (arguments, arguments_length);

  text = q_message_encode_command (name, out_of_band, arguments, (gssize)arguments_length, &length,
                                   &error);
  if (text != NULL)
    {
      g_assert_no_error (error);
      g_assert_cmpint (expected != NULL, ==, arguments != NULL);
      check_command (name, out_of_band, expected, text, length);
      return;
    }

  g_assert_error (error, Q_WIRE_ERROR, Q_WIRE_ERROR_INVALID);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  /* There is a reason to refuse it; a level more than the arguments have is around them. */
  g_assert_true (*name == '\0' || !g_utf8_validate (name, -1, NULL)
                 || (arguments != NULL && expected == NULL)
                 || count_levels (arguments, arguments_length) >= Q_JSON_MAX_DEPTH);
}

/* A tree can hold what no text can: then json-glib writes what is no JSON. */
static JsonNode *
make_tree (GBytes *bytes, guint choices, const char *string)
{
  static const double numbers[] = { HUGE_VAL, -HUGE_VAL, NAN, 1e308, -0.0, 0.1, 5e-324, 1e22 };
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  g_autoptr (JsonNode) parsed = text != NULL ? parse_arguments (text, length) : NULL;
  g_autoptr (JsonObject) object = json_object_new ();

  if (parsed != NULL && (choices & 1))
    return g_steal_pointer (&parsed);
  if (parsed != NULL)
    json_object_set_member (object, string, g_steal_pointer (&parsed));
  if (choices & 2)
    json_object_set_string_member (object, "string", string);
  if (choices & 4)
    json_object_set_double_member (object, "number", numbers[choices >> 4 & 7]);
  if (choices & 8)
    json_object_set_int_member (object, string, G_MININT64);

  return json_node_init_object (json_node_alloc (), object);
}

static void
encode_node (const char *name, gboolean out_of_band, JsonNode *node)
{
  QMonitorFlags flags = out_of_band ? Q_MONITOR_FLAGS_OUT_OF_BAND : Q_MONITOR_FLAGS_NONE;
  g_autoptr (GError) error = NULL;
  QRequest *request;

  request = q_request_new_for_node (name, node, flags, NULL, Q_REPLY_RETURN, &error);
  if (request == NULL)
    {
      g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return;
    }

  g_assert_cmpstr (request->command, ==, name);
  g_assert_cmpint (request->fd, ==, -1);
  check_command (name, out_of_band, node, request->text, request->length);
  q_request_free (request);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  QFuzzInput input = { (const char *)data, size };
  guint choices = q_fuzz_take_choice (&input);
  gboolean out_of_band = (choices & 1) != 0;
  guint members = q_fuzz_take_choice (&input);
  g_autofree char *name = q_fuzz_take_string (&input, '\n');
  g_autofree char *string = q_fuzz_take_string (&input, '\n');
  g_autoptr (GBytes) arguments = q_fuzz_take_part (&input, '\0');

  if (choices & 2)
    encode_text (name, out_of_band, NULL);
  else
    encode_text (name, out_of_band, arguments);

  if (choices & 4)
    {
      g_autoptr (JsonNode) tree = make_tree (arguments, members, string);

      encode_node (name, out_of_band, tree);
    }

  return 0;
}
