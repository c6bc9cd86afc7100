/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <malloc.h>
#include <string.h>

#include "qmachine/wire/framer-private.h"
#include "qmachine/wire/wire-error-private.h"

#define LIMIT ((gsize)64 * 1024 * 1024)

#define GREETING                                                                                   \
  "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, "               \
  "\"package\": \"Debian 1:7.2\"}, \"capabilities\": [\"oob\"]}}"
#define EVENT                                                                                      \
  "{\"timestamp\": {\"seconds\": 1700000000, \"microseconds\": 123456}, "                          \
  "\"event\": \"RESET\", \"data\": {\"guest\": false, \"reason\": \"host-qmp-system-reset\"}}"

/* What a stream came to: each frame with its slices, then how it ended. */
typedef struct
{
  GString *log;
  guint n_frames;
  gboolean is_broken;
} Verdict;

static void
verdict_clear (Verdict *self)
{
  g_string_free (self->log, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Verdict, verdict_clear)

static void
push (QFramer *framer, const char *bytes, gsize length)
{
  guint8 *room = q_framer_reserve (framer, MAX (length, 1));

  if (length > 0)
    memcpy (room, bytes, length);
  q_framer_commit (framer, length);
}

static void
drain (QFramer *framer, Verdict *verdict)
{
  g_autoptr (GError) error = NULL;
  QFrame frame;

  while (q_framer_next (framer, &frame, &error))
    {
      verdict->n_frames++;
      g_string_append_len (verdict->log, frame.text, (gssize)frame.length);
      for (guint i = 0; i < Q_N_MEMBERS; i++)
        g_string_append_printf (verdict->log, "|%" G_GSIZE_FORMAT "+%" G_GSIZE_FORMAT,
                                frame.members[i].start, frame.members[i].length);
      g_string_append_c (verdict->log, '\n');
    }
  if (error != NULL && !verdict->is_broken)
    {
      verdict->is_broken = TRUE;
      g_assert_cmpint (error->domain, ==, (gint)Q_WIRE_ERROR);
      g_string_append_printf (verdict->log, "error %d", error->code);
    }
}

static void
finish (QFramer *framer, Verdict *verdict)
{
  if (!verdict->is_broken)
    g_string_append (verdict->log, q_framer_is_between_messages (framer) ? "clean" : "cut");
}

/* Feeds in pieces of the given size, the first one apart when first > 0. */
static void
run (Verdict *verdict, gsize limit, const char *bytes, gsize length, gsize first, gsize piece)
{
  g_autoptr (QFramer) framer = q_framer_new (limit);
  gsize done = 0;

  verdict->log = g_string_new (NULL);
  verdict->n_frames = 0;
  verdict->is_broken = FALSE;
  while (done < length)
    {
      gsize n = MIN (length - done, done == 0 && first > 0 ? first : piece);

      push (framer, bytes + done, n);
      drain (framer, verdict);
      done += n;
    }
  finish (framer, verdict);
}

/* One feed is the model, and every way of cutting must come to the same. */
static void
assert_cuts_agree (const char *bytes, gsize length)
{
  g_auto (Verdict) whole = { 0 };

  run (&whole, LIMIT, bytes, length, 0, length);
  for (gsize piece = 1; piece <= MIN (length, 7); piece++)
    {
      g_auto (Verdict) cut = { 0 };

      run (&cut, LIMIT, bytes, length, 0, piece);
      g_assert_cmpstr (cut.log->str, ==, whole.log->str);
    }
  for (gsize first = 1; first < length; first++)
    {
      g_auto (Verdict) cut = { 0 };

      run (&cut, LIMIT, bytes, length, first, length);
      g_assert_cmpstr (cut.log->str, ==, whole.log->str);
    }
}

static void
assert_stream (const char *bytes, guint n_frames, const char *end)
{
  g_auto (Verdict) verdict = { 0 };

  run (&verdict, LIMIT, bytes, strlen (bytes), 0, strlen (bytes));
  if (verdict.n_frames != n_frames || !g_str_has_suffix (verdict.log->str, end))
    g_error ("%s: %s", bytes, verdict.log->str);
  assert_cuts_agree (bytes, strlen (bytes));
}

static char *
get_first_error (gsize limit, const char *bytes, gsize length, int code)
{
  g_autoptr (QFramer) framer = q_framer_new (limit);
  g_autoptr (GError) error = NULL;
  QFrame frame;

  push (framer, bytes, length);
  while (q_framer_next (framer, &frame, &error))
    continue;
  g_assert_error (error, Q_WIRE_ERROR, code);

  return g_strdup (error->message);
}

static void
test_corpus (void)
{
  assert_stream ("{}", 1, "clean");
  assert_stream (GREETING "\r\n", 1, "clean");
  assert_stream (EVENT, 1, "clean");
  assert_stream (GREETING EVENT "{\"return\": {}}", 3, "clean");
  assert_stream (GREETING "\r\n" EVENT "\n\n \t{\"return\": {}}\r\n\r\n", 3, "clean");
  assert_stream ("{\"return\": [], \"id\": 18446744073709551615}\n{\"return\":1}", 2, "clean");
  assert_stream ("{\"a\": [[], [{}], {\"b\": [1, -0, 0, 10, -12.5, 1e9, 1E+2, 0.5e-7]}, true, "
                 "false, null, \"\"]}",
                 1, "clean");
  assert_stream ("{\"a\": \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u0000\\ud83d\\ude00}]\"}", 1,
                 "clean");
  assert_stream ("{\"a\": \"\x7f \xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 "
                 "\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf\"}",
                 1, "clean");
  assert_stream ("{\"\": {\"\": {}}, \"\": 1}", 1, "clean");
  assert_stream ("  \r\n  ", 0, "clean");
  assert_stream ("", 0, "clean");
}

static void
test_pretty (void)
{
  assert_stream ("{\r\n    \"return\": {\r\n        \"status\": \"running\",\r\n"
                 "        \"list\": [\r\n            1,\r\n            2\r\n        ]\r\n"
                 "    }\r\n}\r\n{\r\n}\r\n",
                 2, "clean");
}

static void
test_truncated (void)
{
  const char *text = GREETING;

  for (gsize n = 1; n < strlen (text); n++)
    {
      g_auto (Verdict) verdict = { 0 };

      run (&verdict, LIMIT, text, n, 0, n);
      g_assert_cmpstr (verdict.log->str, ==, "cut");
    }
  assert_stream ("{}{", 1, "cut");
  assert_stream ("{}\r\n \"", 1, "error 0");
}

static void
test_garbage (void)
{
  static const char *const texts[] = {
    "SSH-2.0-OpenSSH_9.2p1\r\n",
    "[]",
    "1",
    "\"a\"",
    "null",
    "\xef\xbb\xbf{}",
    "\xff{}",
    "}",
    ",{}",
    "{\"a\" 1}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{,}",
    "{\"a\":[1,]}",
    "{\"a\":[,1]}",
    "{\"a\":[1 2]}",
    "{\"a\":[1}",
    "{\"a\":{]",
    "{\"a\":1]",
    "{a:1}",
    "{'a':1}",
    "{\"a\":'b'}",
    "{1:1}",
    "{/* c */}",
    "{// c\n}",
    "{\"a\":1 # c\n}",
    "{\"a\":1 \"b\":2}",
    "{\"a\"::1}",
    "{\"a\":1,,}",
    /* numbers */
    "{\"a\":01}",
    "{\"a\":-01}",
    "{\"a\":1.}",
    "{\"a\":.5}",
    "{\"a\":+1}",
    "{\"a\":1e}",
    "{\"a\":1e+}",
    "{\"a\":-}",
    "{\"a\":1.e1}",
    "{\"a\":0x10}",
    "{\"a\":NaN}",
    "{\"a\":Infinity}",
    "{\"a\":-Infinity}",
    "{\"a\":1-}",
    "{\"a\":--1}",
    "{\"a\":1.2.3}",
    "{\"a\":1e5.5}",
    "{\"a\":1_000}",
    "{\"a\":1f}",
    /* literals */
    "{\"a\":tru}",
    "{\"a\":True}",
    "{\"a\":nulll}",
    "{\"a\":nil}",
    "{\"a\":falsee}",
    "{\"a\":t}",
    /* escapes */
    "{\"a\":\"\\a\"}",
    "{\"a\":\"\\'\"}",
    "{\"a\":\"\\x41\"}",
    "{\"a\":\"\\u12\"}",
    "{\"a\":\"\\u12g4\"}",
    "{\"a\":\"\\U0041\"}",
    "{\"\\q\":1}",
    "{\"a\":\"\\\n\"}",
    /* surrogates */
    "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\\ud800x\"}",
    "{\"a\":\"\\ud800\\n\"}",
    "{\"a\":\"\\ud800\\u0041\"}",
    "{\"a\":\"\\ud800\\ud800\"}",
    "{\"a\":\"\\udc00\"}",
    "{\"a\":\"\\udc00\\ud800\"}",
    "{\"\\udfff\":1}",
    /* UTF-8 */
    "{\"a\":\"\x80\"}",
    "{\"a\":\"\xbf\"}",
    "{\"a\":\"\xc0\x80\"}",
    "{\"a\":\"\xc1\xbf\"}",
    "{\"a\":\"\xc2\"}",
    "{\"a\":\"\xc2\x41\"}",
    "{\"a\":\"\xe0\x80\x80\"}",
    "{\"a\":\"\xe0\x9f\xbf\"}",
    "{\"a\":\"\xe2\x82\"}",
    "{\"a\":\"\xe2\x82\x41\"}",
    "{\"a\":\"\xed\xa0\x80\"}",
    "{\"a\":\"\xed\xbf\xbf\"}",
    "{\"a\":\"\xf0\x8f\xbf\xbf\"}",
    "{\"a\":\"\xf0\x9f\x98\"}",
    "{\"a\":\"\xf4\x90\x80\x80\"}",
    "{\"a\":\"\xf5\x80\x80\x80\"}",
    "{\"a\":\"\xf8\x88\x80\x80\x80\"}",
    "{\"a\":\"\xfe\"}",
    "{\"a\":\"\xff\"}",
    "{\"\xc3\":1}",
    /* outside strings nothing but ASCII */
    "{\"a\":\xc2\xa0 1}",
    "{\f}",
    "{\v}",
    "{\x1a}",
    /* members that would shadow each other */
    "{\"event\":\"A\",\"event\":\"B\"}",
    "{\"return\":1,\"id\":2,\"return\":1}",
    "{\"id\":1,\"id\":1}",
    "{\"QMP\":{},\"QMP\":{}}",
    "{\"error\":{},\"a\":1,\"error\":{}}",
    "{\"timestamp\":{},\"timestamp\":{}}",
    "{\"data\":null,\"data\":null}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_stream (texts[i], 0, "error 0");
  assert_stream (GREETING "\r\nHTTP/1.1 400 Bad Request\r\n\r\n", 1, "error 0");
}

static gboolean
is_refused (const char *bytes, gsize length)
{
  g_auto (Verdict) verdict = { 0 };

  run (&verdict, LIMIT, bytes, length, 0, length);
  return verdict.is_broken;
}

static void
test_control_characters (void)
{
  for (guint c = 0; c < 0x20; c++)
    {
      char in_string[] = "{\"a\":\"b?\"}";
      char in_key[] = "{\"a?\":1}";
      char between[] = "{ ? }";
      char before[] = "?{}";
      gboolean is_space = c == '\t' || c == '\n' || c == '\r';

      in_string[7] = in_key[3] = between[2] = before[0] = (char)c;
      g_assert_true (is_refused (in_string, sizeof in_string - 1));
      g_assert_true (is_refused (in_key, sizeof in_key - 1));
      g_assert_cmpint (is_refused (between, sizeof between - 1), ==, !is_space);
      g_assert_cmpint (is_refused (before, sizeof before - 1), ==, !is_space);
    }
}

static void
test_error_text (void)
{
  g_autofree char *ssh = get_first_error (LIMIT, "SSH-2.0-x\r\n\x1b[2J", 15, Q_WIRE_ERROR_PROTOCOL);
  g_autofree char *large = get_first_error (10, "{\"a\":\"bcdefgh\"}", 15, Q_WIRE_ERROR_TOO_LARGE);
  g_autoptr (GString) text = g_string_new ("{\"a\": \"");
  g_autofree char *far = NULL;

  g_assert_nonnull (strstr (ssh, "not a JSON object"));
  g_assert_nonnull (strstr (ssh, "SSH-2.0-x\\x0d\\x0a\\x1b[2J"));
  g_assert_nonnull (strstr (large, "limit of 10 bytes"));

  for (guint i = 0; i < 100000; i++)
    g_string_append (text, "0123456789");
  g_string_append (text, "here\tit is\"}");
  far = get_first_error (LIMIT, text->str, text->len, Q_WIRE_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (far, "56789here\\x09it is"));
  g_assert_nonnull (strstr (far, "at byte 1000011 "));
  g_assert_cmpuint (strlen (far), <, 400);
}

static void
test_broken_for_good (void)
{
  g_autoptr (QFramer) framer = q_framer_new (LIMIT);
  g_autoptr (GError) first = NULL;
  QFrame frame;

  push (framer, "{} ?", 4);
  g_assert_true (q_framer_next (framer, &frame, &first));
  g_assert_no_error (first);
  g_assert_false (q_framer_next (framer, &frame, &first));
  g_assert_error (first, Q_WIRE_ERROR, Q_WIRE_ERROR_PROTOCOL);

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) again = NULL;

      push (framer, "{}", 2);
      g_assert_false (q_framer_next (framer, &frame, &again));
      g_assert_error (again, Q_WIRE_ERROR, Q_WIRE_ERROR_PROTOCOL);
      g_assert_cmpstr (again->message, ==, first->message);
      g_assert_cmpuint (malloc_usable_size (q_framer_reserve (framer, 1)), <=, 65536 + 64);
    }
  g_assert_false (q_framer_next (framer, &frame, NULL));
  g_assert_false (q_framer_is_between_messages (framer));
}

static void
assert_member (const QFrame *frame, QMember member, const char *expected)
{
  const QSlice *slice = &frame->members[member];
  g_autofree char *value = g_strndup (frame->text + slice->start, slice->length);

  g_assert_cmpstr (value, ==, expected);
}

static void
test_slices (void)
{
  const char *text = "\r\n{ \"id\" : 18446744073709551615 , \"x\":{\"id\":1,\"event\":[\"event\"]},"
                     "\"timestamp\":{ }, \"data\" : [ 1 , {\"return\":2} ] ,\"event\":\"A\\\"}\","
                     "\"error\":-1.50e+07,\"QMP\":true,\"return\":null}";
  g_autoptr (QFramer) framer = q_framer_new (LIMIT);
  g_autoptr (GError) error = NULL;
  QFrame frame;

  push (framer, text, strlen (text));
  g_assert_true (q_framer_next (framer, &frame, &error));
  assert_member (&frame, Q_MEMBER_ID, "18446744073709551615");
  assert_member (&frame, Q_MEMBER_TIMESTAMP, "{ }");
  assert_member (&frame, Q_MEMBER_DATA, "[ 1 , {\"return\":2} ]");
  assert_member (&frame, Q_MEMBER_EVENT, "\"A\\\"}\"");
  assert_member (&frame, Q_MEMBER_ERROR, "-1.50e+07");
  assert_member (&frame, Q_MEMBER_QMP, "true");
  assert_member (&frame, Q_MEMBER_RETURN, "null");

  /* The members of one message must not show up in the next. */
  push (framer, "{\"idx\":1,\"i\":2,\"ID\":3}", 22);
  g_assert_true (q_framer_next (framer, &frame, &error));
  for (guint i = 0; i < Q_N_MEMBERS; i++)
    g_assert_cmpuint (frame.members[i].length, ==, 0);

  push (framer, "{\"event\":\"A\",\"\\u0065vent\":\"B\",\"\":1}", 35);
  g_assert_true (q_framer_next (framer, &frame, &error));
  assert_member (&frame, Q_MEMBER_EVENT, "\"A\"");
  assert_cuts_agree (text, strlen (text));
}

static char *
make_nested (gsize depth, gboolean objects, gboolean closed, gsize *length)
{
  GString *text = g_string_new ("{\"a\":");

  for (gsize i = 1; i < depth; i++)
    g_string_append (text, objects && i % 2 == 0 ? "{\"b\":" : "[");
  for (gsize i = depth - 1; closed && i > 0; i--)
    g_string_append (text, !objects || i % 2 != 0 ? "]" : i == depth - 1 ? "0}" : "}");
  if (closed)
    g_string_append_c (text, '}');
  *length = text->len;

  return g_string_free (text, FALSE);
}

static void
test_depth (void)
{
  static const struct
  {
    gsize depth;
    gboolean ok;
  } cases[] = {
    { 2, TRUE },    { 63, TRUE },    { 64, TRUE },    { 65, TRUE },       { 1023, TRUE },
    { 1024, TRUE }, { 1025, FALSE }, { 1026, FALSE }, { 1000000, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint objects = 0; objects < 2; objects++)
      {
        gsize length;
        g_autofree char *text = make_nested (cases[i].depth, objects, TRUE, &length);
        g_auto (Verdict) whole = { 0 };
        g_auto (Verdict) bytewise = { 0 };

        run (&whole, LIMIT, text, length, 0, length);
        run (&bytewise, LIMIT, text, length, 0, length > 10000 ? 4096 : 1);
        g_assert_cmpuint (whole.n_frames, ==, cases[i].ok ? 1 : 0);
        g_assert_cmpint (whole.is_broken, ==, !cases[i].ok);
        g_assert_cmpstr (whole.log->str, ==, bytewise.log->str);
      }
}

static void
test_depth_text (void)
{
  gsize length;
  g_autofree char *text = make_nested (1025, FALSE, FALSE, &length);
  g_autofree char *message = get_first_error (LIMIT, text, length, Q_WIRE_ERROR_PROTOCOL);

  g_assert_nonnull (strstr (message, "1024"));
}

static void
test_limit (void)
{
  const char *text = "{\"return\": \"0123456789\"}";
  gsize length = strlen (text);

  for (gsize piece = 1; piece <= length; piece++)
    {
      g_auto (Verdict) fits = { 0 };
      g_auto (Verdict) over = { 0 };
      g_autofree char *twice = g_strdup_printf ("   %s\r\n%s\r\n", text, text);

      run (&fits, length, twice, strlen (twice), 0, piece);
      g_assert_cmpuint (fits.n_frames, ==, 2);
      g_assert_true (g_str_has_suffix (fits.log->str, "clean"));

      run (&over, length - 1, twice, strlen (twice), 0, piece);
      g_assert_cmpuint (over.n_frames, ==, 0);
      g_assert_cmpstr (over.log->str, ==, "error 1");
    }
}

/* An endless line must be refused with its first byte too many, not when memory is gone. */
static void
test_limit_at_once (void)
{
  g_autoptr (QFramer) framer = q_framer_new (1000);
  g_autoptr (GError) error = NULL;
  QFrame frame;

  push (framer, "{\"a\":\"", 6);
  for (guint i = 6; i < 1000; i++)
    {
      push (framer, "x", 1);
      g_assert_false (q_framer_next (framer, &frame, &error));
      g_assert_no_error (error);
    }
  push (framer, "x", 1);
  g_assert_false (q_framer_next (framer, &frame, &error));
  g_assert_error (error, Q_WIRE_ERROR, Q_WIRE_ERROR_TOO_LARGE);
}

/* With nothing waiting the room begins where the block does. */
static void
assert_is_idle (QFramer *framer)
{
  g_assert_true (q_framer_is_between_messages (framer));
  g_assert_cmpuint (malloc_usable_size (q_framer_reserve (framer, 1)), <=, 65536 + 64);
}

static void
test_shrinks (void)
{
  g_autoptr (QFramer) framer = q_framer_new (LIMIT);
  g_autofree char *spaces = g_strnfill (8 * 1024 * 1024, ' ');
  QFrame frame;

  push (framer, "{", 1);
  push (framer, spaces, strlen (spaces));
  g_assert_false (q_framer_next (framer, &frame, NULL));
  push (framer, "}{}", 3);
  g_assert_true (q_framer_next (framer, &frame, NULL));
  g_assert_cmpuint (frame.length, ==, strlen (spaces) + 2);
  g_assert_true (q_framer_next (framer, &frame, NULL));
  g_assert_cmpmem (frame.text, frame.length, "{}", 2);
  g_assert_false (q_framer_next (framer, &frame, NULL));
  assert_is_idle (framer);

  /* Nor may a short beginning hold on to the room of what went before it. */
  push (framer, "{", 1);
  push (framer, spaces, strlen (spaces));
  g_assert_false (q_framer_next (framer, &frame, NULL));
  push (framer, "}{", 2);
  g_assert_true (q_framer_next (framer, &frame, NULL));
  g_assert_false (q_framer_next (framer, &frame, NULL));
  g_assert_cmpuint (malloc_usable_size (q_framer_reserve (framer, 1) - 1), <=, 65536 + 64);
}

static void
test_endless_whitespace (void)
{
  g_autoptr (QFramer) framer = q_framer_new (16);
  g_autofree char *spaces = g_strnfill (65536, '\n');
  g_autoptr (GError) error = NULL;
  QFrame frame;

  for (guint i = 0; i < 1000; i++)
    {
      push (framer, spaces, 65536);
      g_assert_false (q_framer_next (framer, &frame, &error));
      g_assert_no_error (error);
      g_assert_true (q_framer_is_between_messages (framer));
    }
  assert_is_idle (framer);
  push (framer, "{}", 2);
  g_assert_true (q_framer_next (framer, &frame, &error));
}

static void
test_large (void)
{
  gsize size = (gsize)20 * 1000 * 1000;
  g_autoptr (GString) text = g_string_sized_new (size + 64);
  g_auto (Verdict) verdict = { 0 };
  g_autofree char *tail = NULL;

  g_string_append (text, "{\"return\": \"");
  while (text->len < size)
    g_string_append (text, "0123456789abcdef");
  g_string_append (text, "\"}");
  tail = g_strdup_printf ("|0+0|0+0|0+0|0+0|11+%" G_GSIZE_FORMAT "|0+0|0+0\n", text->len - 12);
  g_string_append (text, "\r\n" EVENT "\r\n");

  run (&verdict, LIMIT, text->str, text->len, 0, 65536);
  g_assert_cmpuint (verdict.n_frames, ==, 2);
  g_assert_nonnull (g_strstr_len (verdict.log->str, -1, tail));
  g_assert_true (memcmp (verdict.log->str, text->str, size) == 0);
  g_assert_true (g_str_has_suffix (verdict.log->str, "clean"));
}

static void
test_many_small (void)
{
  g_autoptr (QFramer) framer = q_framer_new (LIMIT);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  guint n = 0;
  QFrame frame;

  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (text, "{\"event\": \"E\", \"data\": %u}\r\n", i);

  for (gsize done = 0; done < text->len; done += 65536)
    {
      push (framer, text->str + done, MIN (65536, text->len - done));
      while (q_framer_next (framer, &frame, &error))
        {
          char expected[16];

          g_snprintf (expected, sizeof expected, "%u", n++);
          g_assert_cmpuint (frame.members[Q_MEMBER_DATA].length, ==, strlen (expected));
          g_assert_true (
            memcmp (frame.text + frame.members[Q_MEMBER_DATA].start, expected, strlen (expected))
            == 0);
        }
      g_assert_no_error (error);
    }
  g_assert_cmpuint (n, ==, 100000);
  g_assert_true (q_framer_is_between_messages (framer));
}

/* A reader that does not drain before it reads on must lose nothing either. */
static void
test_undrained (void)
{
  g_autoptr (QFramer) framer = q_framer_new (LIMIT);
  g_autoptr (GError) error = NULL;
  guint n = 0;
  QFrame frame;

  for (guint i = 0; i < 5000; i++)
    {
      push (framer, EVENT "\r\n" EVENT, 2 * strlen (EVENT) + 2);
      g_assert_false (q_framer_is_between_messages (framer));
      g_assert_true (q_framer_next (framer, &frame, &error));
      g_assert_cmpmem (frame.text, frame.length, EVENT, strlen (EVENT));
      n++;
    }
  for (; q_framer_next (framer, &frame, &error); n++)
    g_assert_cmpmem (frame.text, frame.length, EVENT, strlen (EVENT));
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, 10000);
}

static void
mutate (GRand *rand, GString *text)
{
  static const char signs[] = "{}[]\",:\\u0dc8e+-.tfn \r\n\x01\x80\xc2\xed\xf4\xff";
  guint n = (guint)g_rand_int_range (rand, 0, 4);

  for (guint i = 0; i < n && text->len > 0; i++)
    {
      gssize at = g_rand_int_range (rand, 0, (gint32)text->len);

      switch (g_rand_int_range (rand, 0, 4))
        {
        case 0:
          g_string_erase (text, at, 1);
          break;
        case 1:
          g_string_insert_c (text, at, signs[g_rand_int_range (rand, 0, sizeof signs)]);
          break;
        case 2:
          text->str[at] = (char)g_rand_int_range (rand, 0, 256);
          break;
        default:
          text->str[at] = signs[g_rand_int_range (rand, 0, sizeof signs)];
          break;
        }
    }
}

static void
test_mutations (void)
{
  static const char *const seeds[] = {
    GREETING "\r\n" EVENT "\r\n",
    EVENT EVENT "{\"return\": {}, \"id\": 17}\r\n",
    "{\"error\": {\"class\": \"GenericError\", \"desc\": \"\\ud83d\\ude00 \xf0\x9f\x98\x80\"}}\n",
    "{\"data\": [1.5e-3, -0, true, [null, {}], \"\\u00e9\"], \"event\": \"X\"}",
  };
  g_autoptr (GRand) rand = g_rand_new_with_seed (20240607);
  guint n_broken = 0;
  guint n_rounds = g_test_slow () ? 200000 : 20000;

  for (guint i = 0; i < n_rounds; i++)
    {
      g_autoptr (GString) text = g_string_new (seeds[i % G_N_ELEMENTS (seeds)]);
      g_auto (Verdict) whole = { 0 };
      g_auto (Verdict) cut = { 0 };
      gsize first;

      mutate (rand, text);
      first = (gsize)g_rand_int_range (rand, 1, 64);
      run (&whole, LIMIT, text->str, text->len, 0, MAX (text->len, 1));
      run (&cut, LIMIT, text->str, text->len, first, (gsize)g_rand_int_range (rand, 1, 40));
      g_assert_cmpmem (whole.log->str, whole.log->len, cut.log->str, cut.log->len);
      n_broken += whole.is_broken;
    }
  /* A framer that takes, or refuses, everything would agree with itself. */
  g_assert_cmpuint (n_broken, >, n_rounds / 4);
  g_assert_cmpuint (n_broken, <, n_rounds - n_rounds / 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/framer/corpus", test_corpus);
  g_test_add_func ("/framer/pretty", test_pretty);
  g_test_add_func ("/framer/truncated", test_truncated);
  g_test_add_func ("/framer/garbage", test_garbage);
  g_test_add_func ("/framer/control-characters", test_control_characters);
  g_test_add_func ("/framer/error-text", test_error_text);
  g_test_add_func ("/framer/broken-for-good", test_broken_for_good);
  g_test_add_func ("/framer/slices", test_slices);
  g_test_add_func ("/framer/depth", test_depth);
  g_test_add_func ("/framer/depth-text", test_depth_text);
  g_test_add_func ("/framer/limit", test_limit);
  g_test_add_func ("/framer/limit-at-once", test_limit_at_once);
  g_test_add_func ("/framer/endless-whitespace", test_endless_whitespace);
  g_test_add_func ("/framer/shrinks", test_shrinks);
  g_test_add_func ("/framer/large", test_large);
  g_test_add_func ("/framer/many-small", test_many_small);
  g_test_add_func ("/framer/undrained", test_undrained);
  g_test_add_func ("/framer/mutations", test_mutations);

  return g_test_run ();
}
