/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "qmachine/q-monitor-event-private.h"
#include "qmachine/wire/greeting-private.h"
#include "qmachine/wire/scanner-private.h"
#include "qmachine/wire/wire-error-private.h"

/* A peer's bytes, however they come in pieces: the same messages, the same end; and each message
 * is one that json-glib reads in the same way. */

static const char *const names[Q_N_MEMBERS]
  = { "QMP", "event", "timestamp", "data", "return", "error", "id" };

static gsize
measure_depth (const char *text, gsize length)
{
  gboolean in_string = FALSE;
  gsize deepest = 0;
  gsize depth = 0;

  for (gsize i = 0; i < length; i++)
    {
      if (in_string && text[i] == '\\')
        i++;
      else if (text[i] == '"')
        in_string = !in_string;
      else if (!in_string && (text[i] == '{' || text[i] == '['))
        {
          depth++;
          deepest = MAX (deepest, depth);
        }
      else if (!in_string && (text[i] == '}' || text[i] == ']'))
        depth--;
    }
  g_assert_false (in_string);
  g_assert_cmpuint (depth, ==, 0);

  return deepest;
}

/* The name, a colon and blanks are before a value. */
static void
check_slice (const QFrame *frame, QMember member)
{
  const QSlice *slice = &frame->members[member];
  gsize name_length = strlen (names[member]);
  gsize i = slice->start;

  if (slice->length == 0)
    return;

  g_assert_cmpuint (slice->start, <, frame->length);
  g_assert_cmpuint (slice->length, <, frame->length - slice->start);
  g_assert_true (q_message_validate_json (frame->text + slice->start, (gssize)slice->length, NULL));

  while (q_json_is_space (frame->text[i - 1]))
    i--;
  g_assert_cmpint (frame->text[--i], ==, ':');
  while (q_json_is_space (frame->text[i - 1]))
    i--;
  g_assert_cmpuint (i, >, name_length + 2);
  g_assert_cmpint (frame->text[i - 1], ==, '"');
  g_assert_cmpint (frame->text[i - name_length - 2], ==, '"');
  g_assert_true (memcmp (frame->text + i - name_length - 1, names[member], name_length) == 0);
}

static JsonNode *
check_tree (const QFrame *frame)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) tree = q_message_parse (frame->text, frame->length, &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  g_assert_true (JSON_NODE_HOLDS_OBJECT (tree));

  /* Once through json-glib and back, what is left is a text like any other, but for two sorts of
   * numbers: those too large for a double, and "1e+40", to which json-glib 1.6 appends ".0". */
  text = json_to_string (tree, FALSE);
  if (q_message_validate_json (text, -1, NULL))
    {
      g_autoptr (JsonNode) again = q_message_parse (text, strlen (text), &error);

      g_assert_no_error (error);
      g_assert_true (json_node_equal (tree, again));
    }
  else
    g_assert_true (strstr (text, "inf") != NULL
                   || g_regex_match_simple ("[0-9]e[-+][0-9]+\\.0", text, 0, 0));

  return g_steal_pointer (&tree);
}

static void
check_string (JsonObject *object, const char *name, const char *text)
{
  g_assert_cmpstr (json_object_get_string_member (object, name), ==, text);
}

/* json-glib ends a string at an escaped NUL, the library does not. */
static gboolean
has_escaped_nul (const QFrame *frame)
{
  return g_strstr_len (frame->text, (gssize)frame->length, "\\u0000") != NULL;
}

static void
check_event (const QMessage *message, JsonObject *tree)
{
  QEventRecord *record = q_event_record_new (message);
  g_autoptr (QMonitorEvent) event = q_monitor_event_take (record);
  g_autofree char *name = q_message_dup_event_name (message);
  g_autofree char *text = q_monitor_event_to_json (event);
  JsonNode *data = q_monitor_event_get_data (event);
  gint64 timestamp = q_monitor_event_get_timestamp (event);

  g_assert_true (g_utf8_validate (name, -1, NULL));
  g_assert_cmpstr (name, ==, q_monitor_event_get_name (event));
  g_assert_cmpuint (strlen (text), ==, message->frame.length);
  g_assert_cmpuint (q_event_record_get_size (record), >, message->frame.length);
  g_assert_cmpint (timestamp, ==, q_message_get_timestamp (message));
  g_assert_cmpint (timestamp, >=, -1);
  g_assert_true (q_monitor_event_matches (event, data));

  if (has_escaped_nul (&message->frame))
    return;
  check_string (tree, "event", name);
  g_assert_cmpint (data != NULL, ==, json_object_has_member (tree, "data"));
  if (data != NULL)
    g_assert_true (json_node_equal (data, json_object_get_member (tree, "data")));
  if (timestamp >= 0)
    {
      JsonObject *when = json_object_get_object_member (tree, "timestamp");

      g_assert_cmpint (timestamp, ==,
                       json_object_get_int_member (when, "seconds") * G_USEC_PER_SEC
                         + json_object_get_int_member (when, "microseconds"));
    }
}

static void
check_error (const QMessage *message, JsonObject *tree)
{
  g_autofree char *class_name = NULL;
  g_autofree char *description = NULL;

  q_message_get_error (message, &class_name, &description);
  g_assert_true (g_utf8_validate (class_name, -1, NULL));
  g_assert_true (g_utf8_validate (description, -1, NULL));
  if (has_escaped_nul (&message->frame))
    return;

  tree = json_object_get_object_member (tree, "error");
  check_string (tree, "class", class_name);
  check_string (tree, "desc", description);
}

static void
check_greeting (const QMessage *message)
{
  g_autofree char *version = NULL;
  g_auto (GStrv) capabilities = NULL;

  q_message_get_greeting (message, &version, &capabilities);
  g_assert_nonnull (capabilities);
  for (guint i = 0; capabilities[i] != NULL; i++)
    g_assert_true (g_utf8_validate (capabilities[i], -1, NULL));
}

static void
check_message (const QFrame *frame, JsonObject *tree)
{
  g_autoptr (GError) error = NULL;
  QMessage message;
  guint64 id;

  if (!q_message_classify (frame, &message, &error))
    {
      g_assert_error (error, Q_WIRE_ERROR, Q_WIRE_ERROR_PROTOCOL);
      return;
    }
  g_assert_no_error (error);

  for (guint i = 0; i < Q_N_MEMBERS; i++)
    {
      g_autofree char *member = q_message_dup_member (&message, i);

      g_assert_cmpuint (member != NULL ? strlen (member) : 0, ==, frame->members[i].length);
    }
  if (q_message_get_id (&message, &id) && id <= G_MAXINT64)
    g_assert_cmpint ((gint64)id, ==, json_object_get_int_member (tree, "id"));

  if (message.kind == Q_MESSAGE_EVENT)
    check_event (&message, tree);
  else if (message.kind == Q_MESSAGE_ERROR)
    check_error (&message, tree);
  else if (message.kind == Q_MESSAGE_GREETING)
    check_greeting (&message);
  else
    g_assert_cmpuint (frame->members[Q_MEMBER_RETURN].length, >, 0);
}

static void
check_frame (const QFrame *frame, gsize limit)
{
  g_autoptr (JsonNode) tree = NULL;

  g_assert_cmpuint (frame->length, >=, 2);
  g_assert_cmpuint (frame->length, <=, limit);
  g_assert_cmpint (frame->text[0], ==, '{');
  g_assert_cmpint (frame->text[frame->length - 1], ==, '}');
  g_assert_true (g_utf8_validate_len (frame->text, frame->length, NULL));
  g_assert_cmpuint (measure_depth (frame->text, frame->length), <=, Q_JSON_MAX_DEPTH);
  for (guint i = 0; i < Q_N_MEMBERS; i++)
    check_slice (frame, i);

  tree = check_tree (frame);
  check_message (frame, json_node_get_object (tree));
}

/* The excerpt in an error's text depends on how much has come; the reason and its place do not. */
static void
log_error (GString *log, const GError *error)
{
  const char *end = strstr (error->message, " of: ");

  g_assert_true (error->domain == Q_WIRE_ERROR);
  g_assert_true (error->code == Q_WIRE_ERROR_PROTOCOL || error->code == Q_WIRE_ERROR_TOO_LARGE);
  g_assert_nonnull (end);
  g_assert_true (g_str_is_ascii (error->message));
  g_string_append_printf (log, "error %d: ", error->code);
  if (error->code == Q_WIRE_ERROR_PROTOCOL)
    g_string_append_len (log, error->message, end - error->message);
}

/* All that can be taken now; FALSE when the stream is broken. */
static gboolean
drain (QFramer *framer, GString *log, gsize limit, gboolean check)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) again = NULL;
  QFrame frame;

  while (q_framer_next (framer, &frame, &error))
    {
      if (check)
        check_frame (&frame, limit);
      g_string_append_len (log, frame.text, (gssize)frame.length);
      g_string_append_len (log, (const char *)frame.members, sizeof frame.members);
    }
  if (error == NULL)
    return TRUE;

  log_error (log, error);
  g_assert_false (q_framer_next (framer, &frame, &again));
  g_assert_error (again, error->domain, error->code);
  g_assert_false (q_framer_is_between_messages (framer));
  return FALSE;
}

static GString *
play (const QFuzzInput *input, gsize limit, QFuzzPieces *pieces, gsize piece, gboolean check)
{
  g_autoptr (QFramer) framer = q_framer_new (limit);
  g_autoptr (GString) log = g_string_new (NULL);

  for (gsize done = 0; done < input->length;)
    {
      gsize rest = input->length - done;
      gsize n = pieces != NULL ? q_fuzz_pieces_next (pieces, rest) : MIN (piece, rest);
      gsize wanted = pieces != NULL ? n + q_fuzz_pieces_next (pieces, 100000) : n;

      memcpy (q_framer_reserve (framer, wanted), input->bytes + done, n);
      q_framer_commit (framer, n);
      done += n;
      if (!drain (framer, log, limit, check))
        return g_steal_pointer (&log);
    }
  g_string_append (log, q_framer_is_between_messages (framer) ? "clean" : "cut");

  return g_steal_pointer (&log);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const gsize limits[] = { 64 << 20, 1000, 100, 20 };
  QFuzzInput input = { (const char *)data, size };
  gsize limit = limits[q_fuzz_take_choice (&input) % G_N_ELEMENTS (limits)];
  guint seed = q_fuzz_take_choice (&input);
  g_autoptr (GString) whole = NULL;
  g_autoptr (GString) cut = NULL;
  g_autoptr (GString) bytewise = NULL;
  QFuzzPieces pieces;

  q_fuzz_pieces_init (&pieces, seed);
  whole = play (&input, limit, NULL, G_MAXSIZE, TRUE);
  cut = play (&input, limit, &pieces, 0, FALSE);
  bytewise = play (&input, limit, NULL, 1, FALSE);
  g_assert_true (g_string_equal (whole, cut));
  g_assert_true (g_string_equal (whole, bytewise));

  return 0;
}
