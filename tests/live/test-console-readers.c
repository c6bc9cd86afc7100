/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Readers of a console with positions of their own, and the matches that they return. The guest is
 * a shell that writes to the console in place of QEMU, a line for each that it reads. */

#include <string.h>

#include "q-test-util.h"

/* Writes what is read back, without the line end; "\c" and the like are printf's. */
#define ECHO "while IFS= read -r x <&300; do printf \"$x\" >&300; done"

static void
type (QConsole *console, const char *line)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strconcat (line, "\n", NULL);

  g_assert_true (q_console_write (console, text, NULL, &error));
  g_assert_no_error (error);
}

static void
assert_found (QConsoleReader *reader, const char *pattern, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QConsoleMatch) match = q_console_reader_wait_for_match (
    reader, pattern, Q_CONSOLE_MATCH_FLAGS_NONE, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (q_console_match_get_text (match), ==, text);
}

static void
assert_not_there (QConsoleReader *reader, const char *pattern, QConsoleMatchFlags flags)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_console_reader_wait_for_match (reader, pattern, flags, 0, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_true (g_str_has_prefix (error->message, "wait_for_match: there is nothing yet"));
}

/* Each finds all, whatever the others and the console's own calls have found. */
static void
test_independent (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (ECHO, &console);
  g_autoptr (QConsoleReader) one = q_console_create_reader (console, FALSE);
  g_autoptr (QConsoleReader) two = q_console_create_reader (console, FALSE);
  g_autoptr (GAsyncResult) watching = NULL;
  g_autoptr (QConsoleMatch) panic = NULL;
  g_autoptr (GError) error = NULL;

  q_console_reader_wait_for_match_async (two, "panic", Q_CONSOLE_MATCH_FLAGS_NONE, -1, NULL,
                                         q_test_store_result, &watching);
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *item = g_strdup_printf ("item%u;", i);
      g_autofree char *found = NULL;

      type (console, item);
      found = q_console_wait_for_text (console, "item\\d+;", Q_TEST_DEADLINE_MS, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (found, ==, item);
    }
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *item = g_strdup_printf ("item%u;", i);

      assert_found (one, "item\\d+;", item);
    }
  assert_not_there (one, "item", Q_CONSOLE_MATCH_FLAGS_NONE);

  g_assert_null (watching);
  type (console, "panic");
  panic = q_console_reader_wait_for_match_finish (two, q_test_await (&watching), &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (q_console_match_get_before (panic), "item0;item1;"));
  g_assert_true (g_str_has_suffix (q_console_match_get_before (panic), "item99;"));
  assert_not_there (two, "item", Q_CONSOLE_MATCH_FLAGS_NONE);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

/* What one finds that has waited for long is still there for those who began after it. */
static void
test_late_match (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (ECHO, &console);
  g_autoptr (GAsyncResult) watching = NULL;
  g_autoptr (QConsoleReader) reader = q_console_create_reader (console, FALSE);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *panic = NULL;

  q_console_wait_for_text_async (console, "panic", -1, NULL, q_test_store_result, &watching);
  type (console, "one;");
  first = q_console_wait_for_text (console, "\\w+;", Q_TEST_DEADLINE_MS, NULL, NULL);
  g_assert_cmpstr (first, ==, "one;");
  type (console, "two;panic");
  assert_found (reader, "panic", "panic");
  panic = q_console_wait_for_text_finish (console, q_test_await (&watching), NULL);
  g_assert_cmpstr (panic, ==, "panic");
  second = q_console_wait_for_text (console, "\\w+;", Q_TEST_DEADLINE_MS, NULL, NULL);
  g_assert_cmpstr (second, ==, "two;");
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

static void
test_groups (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (ECHO, &console);
  g_autoptr (QConsoleMatch) match = NULL;
  g_autoptr (QConsoleMatch) next = NULL;
  g_autoptr (QConsoleMatch) nobodys = g_object_new (Q_TYPE_CONSOLE_MATCH, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint n_groups;

  type (console, "gr\\303\\274n eth0: 10.0.2.15/24 rest");
  match
    = q_console_wait_for_match (console, "(?<device>\\w+): ([\\d.]+)(/(?<bits>\\d+))?(never)?(z*) ",
                                Q_CONSOLE_MATCH_FLAGS_NONE, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (q_console_match_get_text (match), ==, "eth0: 10.0.2.15/24 ");
  g_assert_cmpstr (q_console_match_get_before (match), ==, "gr\303\274n ");
  g_assert_cmpuint (q_console_match_get_n_groups (match), ==, 6);
  g_assert_cmpstr (q_console_match_get_group (match, 0), ==, "eth0: 10.0.2.15/24 ");
  g_assert_cmpstr (q_console_match_get_group (match, 2), ==, "10.0.2.15");
  g_assert_cmpstr (q_console_match_get_named_group (match, "device"), ==, "eth0");
  g_assert_cmpstr (q_console_match_get_named_group (match, "bits"), ==, "24");
  g_assert_null (q_console_match_get_group (match, 5));
  g_assert_cmpstr (q_console_match_get_group (match, 6), ==, "");
  g_assert_null (q_console_match_get_group (match, 7));
  g_assert_null (q_console_match_get_named_group (match, "none"));

  /* What is before the next one begins where the last one ended. */
  next = q_console_wait_for_match (console, "s", Q_CONSOLE_MATCH_FLAGS_NONE, Q_TEST_DEADLINE_MS,
                                   NULL, &error);
  g_object_get (next, "text", &text, "n-groups", &n_groups, NULL);
  g_assert_cmpstr (text, ==, "s");
  g_assert_cmpuint (n_groups, ==, 0);
  g_assert_cmpstr (q_console_match_get_before (next), ==, "re");

  g_assert_cmpstr (q_console_match_get_text (nobodys), ==, "");
  g_assert_null (q_console_match_get_group (nobodys, 0));
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

static QConsoleMatch *
wait_complete (QConsole *console, const char *pattern, GError **error)
{
  return q_console_wait_for_match (console, pattern, Q_CONSOLE_MATCH_FLAGS_COMPLETE,
                                   Q_TEST_DEADLINE_MS, NULL, error);
}

static void
assert_complete (QConsole *console, const char *pattern, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QConsoleMatch) match = wait_complete (console, pattern, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (q_console_match_get_text (match), ==, text);
}

/* What more output could make longer is not there yet. */
static void
test_complete (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (ECHO, &console);
  g_autoptr (QConsoleReader) reader = q_console_create_reader (console, FALSE);
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (QConsoleMatch) match = NULL;
  g_autoptr (GError) error = NULL;

  type (console, "value=abc");
  assert_found (reader, "value=\\w+c", "value=abc");
  assert_not_there (reader, "x?", Q_CONSOLE_MATCH_FLAGS_COMPLETE);

  q_console_wait_for_match_async (console, "value=(\\w+)", Q_CONSOLE_MATCH_FLAGS_COMPLETE, -1, NULL,
                                  q_test_store_result, &stored);
  type (console, "def");
  assert_found (reader, "f", "f");
  g_assert_null (stored);
  type (console, "\\n");
  match = q_console_wait_for_match_finish (console, q_test_await (&stored), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (q_console_match_get_group (match, 1), ==, "abcdef");

  /* The end of a line, of a word, and what follows are seen when they are there. */
  type (console, "one");
  assert_found (reader, "one", "one");
  assert_not_there (reader, "\\Z", Q_CONSOLE_MATCH_FLAGS_COMPLETE);
  type (console, " two!");
  assert_complete (console, "one\\b", "one");
  assert_complete (console, "tw(o|one)", "two");
  assert_complete (console, "!", "!");
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

/* However the guest's output is cut, a word is whole. */
static void
test_complete_in_pieces (QTestFixture *fixture, gconstpointer data)
{
  const char *word = "abcdefghijklmnopqrstuvwxyz0123456789_A";
  g_autofree char *commands = g_strdup_printf (
    "word=%s; while read n <&300; do printf value= >&300; for ((i = 0; i < ${#word}; i++)); "
    "do printf ${word:i:1} >&300; done; echo >&300; done",
    word);
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (commands, &console);

  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QConsoleMatch) match = NULL;

      type (console, "next");
      match = wait_complete (console, "value=(\\w+)", &error);
      g_assert_no_error (error);
      g_assert_cmpstr (q_console_match_get_group (match, 1), ==, word);
    }
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

/* Nothing can make it longer any more. */
static void
test_complete_at_end (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine
    = q_test_launch_shell ("printf value=abc >&300; read x <&300; printf d >&300", &console);
  g_autoptr (QConsoleReader) reader = q_console_create_reader (console, FALSE);
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (QConsoleMatch) match = NULL;
  g_autoptr (GError) error = NULL;

  q_console_wait_for_match_async (console, "value=(\\w+)", Q_CONSOLE_MATCH_FLAGS_COMPLETE, -1, NULL,
                                  q_test_store_result, &stored);
  assert_found (reader, "=abc", "=abc");
  g_assert_null (q_console_wait_for_match (console, "value=\\w+", Q_CONSOLE_MATCH_FLAGS_COMPLETE,
                                           20, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  type (console, "go on");
  match = q_console_wait_for_match_finish (console, q_test_await (&stored), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (q_console_match_get_group (match, 1), ==, "abcd");

  /* Also for one who asks afterwards. */
  g_assert_true (q_machine_wait (machine, Q_TEST_DEADLINE_MS, NULL, &error));
  g_clear_object (&match);
  match = q_console_reader_wait_for_match (reader, "\\w+", Q_CONSOLE_MATCH_FLAGS_COMPLETE, 0, NULL,
                                           &error);
  g_assert_no_error (error);
  g_assert_cmpstr (q_console_match_get_text (match), ==, "d");
}

static void
test_position (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine
    = q_test_launch_shell ("printf begin; printf begin >&300; " ECHO, &console);
  g_autoptr (QConsoleReader) old = q_console_create_reader (console, FALSE);
  g_autoptr (QConsoleReader) new = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *nothing = NULL;

  assert_found (old, "gin", "gin");
  new = q_console_create_reader (console, TRUE);
  assert_not_there (new, "begin", Q_CONSOLE_MATCH_FLAGS_NONE);
  type (console, "more");
  assert_found (new, "m.re", "more");
  first = q_console_reader_take_text (old);
  g_assert_cmpstr (first, ==, "more");
  nothing = q_console_reader_take_text (new);
  g_assert_cmpstr (nothing, ==, "");
  assert_not_there (old, "more", Q_CONSOLE_MATCH_FLAGS_NONE);

  /* The next guest's text is read from its beginning. */
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  q_test_launch (machine);
  assert_found (old, "be", "be");
  assert_found (new, "begin", "begin");
  type (console, "!");
  assert_found (new, "!", "!");
  second = q_console_reader_take_text (old);
  g_assert_cmpstr (second, ==, "gin!");
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

static void
assert_refused (QConsoleReader *reader, const char *pattern, guint flags, int timeout,
                GQuark domain, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_console_reader_wait_for_match (reader, pattern, (QConsoleMatchFlags)flags,
                                                  timeout, NULL, &error));
  g_assert_error (error, domain, code);
}

static void
test_refused (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (ECHO, &console);
  g_autoptr (QConsoleReader) reader = q_console_create_reader (console, FALSE);
  g_autoptr (QConsoleReader) nobodys = g_object_new (Q_TYPE_CONSOLE_READER, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  assert_refused (reader, "(", 0, -1, G_REGEX_ERROR, G_REGEX_ERROR_UNMATCHED_PARENTHESIS);
  assert_refused (reader, "x", 2, -1, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  assert_refused (reader, "x", 0, -2, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  assert_refused (nobodys, "x", 0, -1, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  text = q_console_reader_take_text (nobodys);
  g_assert_cmpstr (text, ==, "");
  g_cancellable_cancel (cancellable);
  g_assert_null (q_console_reader_wait_for_match (reader, "x", Q_CONSOLE_MATCH_FLAGS_NONE, -1,
                                                  cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  assert_refused (reader, "x", 0, -1, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

#define ADD(name, function)                                                                        \
  g_test_add ("/console-readers/" name, QTestFixture, NULL, q_test_set_up, function,               \
              q_test_tear_down)
  ADD ("independent", test_independent);
  ADD ("late-match", test_late_match);
  ADD ("groups", test_groups);
  ADD ("complete", test_complete);
  ADD ("complete-in-pieces", test_complete_in_pieces);
  ADD ("complete-at-end", test_complete_at_end);
  ADD ("position", test_position);
  ADD ("refused", test_refused);
#undef ADD

  return g_test_run ();
}
