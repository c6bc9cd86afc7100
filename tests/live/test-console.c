/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The guest's console, on real QEMU and on what a guest could do to it. */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "q-test-util.h"

/* A PC that boots a disk image made by tests/guests, with the console on its serial port. */
static QMachine *
new_machine (const char *image)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "guests", image, NULL);
  g_autofree char *drive = g_strdup_printf ("file=%s,format=raw,if=ide,snapshot=on", path);
  const char *const args[] = { "-accel", "tcg", "-nodefaults", "-m", "32", "-drive", drive, NULL };
  QMachine *machine = q_test_machine_none ();

  g_object_set (machine, "args", args, NULL);
  q_machine_add_console (machine, NULL, NULL, NULL);
  return machine;
}

static void
append (QConsole *console, const char *text, gpointer data)
{
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_string_append (data, text);
}

static void
test_wait_for_text (void)
{
  g_autoptr (QMachine) machine = new_machine ("hello.img");
  g_autoptr (QConsole) console = q_machine_dup_console (machine);
  g_autoptr (GString) output = g_string_new (NULL);
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;
  g_autofree char *text = NULL;

  g_signal_connect (console, "output", G_CALLBACK (append), output);
  g_assert_null (q_console_wait_for_text (console, "hello", -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_clear_error (&error);

  q_test_launch_guest (machine);
  q_console_wait_for_text_async (console, "^hello from (.*)$", Q_TEST_DEADLINE_MS, NULL,
                                 q_test_store_result, &stored);
  found = q_console_wait_for_text_finish (console, q_test_await (&stored), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found, ==, "hello from the guest");

  /* Nothing more comes: the end is told as soon as it is there. */
  g_assert_null (q_console_wait_for_text (console, "again", -1, NULL, &error));
  if (!g_error_matches (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING))
    g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
  g_assert_true (q_machine_wait (machine, -1, NULL, NULL));

  text = q_console_dup_text (console);
  g_assert_cmpstr (text, ==, "hello from the guest\r\n");
  q_test_wait_until (NULL, output->len == strlen (text));
  g_assert_cmpstr (output->str, ==, text);
}

static gboolean
shows (QMachine *label, const char *text)
{
  g_autofree char *shown = q_machine_dup_machine_type (label);

  return g_strcmp0 (shown, text) == 0;
}

/* The whole text as a property, as a view of it binds it; it is empty again for a new launch. */
static void
test_bound_text (void)
{
  g_autoptr (QMachine) machine = new_machine ("hello.img");
  g_autoptr (QConsole) console = q_machine_dup_console (machine);
  g_autoptr (QMachine) label = q_machine_new (NULL);

  g_object_bind_property (console, "text", label, "machine-type", G_BINDING_SYNC_CREATE);
  g_assert_true (shows (label, ""));
  q_test_launch_guest (machine);
  q_test_wait_until (NULL, shows (label, "hello from the guest\r\n"));
  g_assert_true (q_machine_wait (machine, -1, NULL, NULL));
  g_assert_true (shows (label, "hello from the guest\r\n"));

  q_machine_set_binary (machine, "/no/such/qemu");
  g_assert_false (q_machine_launch (machine, NULL, NULL));
  q_machine_set_binary (machine, "true");
  g_assert_false (q_machine_launch (machine, NULL, NULL));
  q_test_wait_until (NULL, shows (label, ""));
}

static void
test_gives_up (void)
{
  g_autoptr (QMachine) machine = new_machine ("idle.img");
  g_autoptr (QConsole) console = q_machine_dup_console (machine);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *ready = NULL;

  g_assert_true (q_machine_launch (machine, NULL, NULL));
  ready = q_console_wait_for_text (console, "ready", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);

  /* It was taken: the same text is not found twice. */
  g_assert_null (q_console_wait_for_text (console, "ready", 0, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  g_assert_null (q_console_wait_for_text (console, "never", 50, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  q_console_wait_for_text_async (console, "never", -1, cancellable, q_test_store_result, &stored);
  g_cancellable_cancel (cancellable);
  g_assert_null (q_console_wait_for_text_finish (console, q_test_await (&stored), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_null (q_console_wait_for_text (console, "(", -1, NULL, &error));
  g_assert_error (error, G_REGEX_ERROR, G_REGEX_ERROR_UNMATCHED_PARENTHESIS);
  g_clear_error (&error);
  g_assert_null (q_console_wait_for_text (console, "x", -2, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
}

static void
test_write (void)
{
  g_autoptr (QMachine) machine = new_machine ("echo.img");
  g_autoptr (QConsole) console = q_machine_dup_console (machine);
  g_autofree char *log_path = g_build_filename (q_test_get_base_dir (), "con,sole", NULL);
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;
  g_autofree char *again = NULL;
  g_autofree char *log = NULL;

  g_object_set (machine, "console-log", log_path, NULL);
  g_assert_false (q_console_write (console, "x", NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_clear_error (&error);

  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);
  g_free (q_console_wait_for_text (console, "ready", Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);

  /* One byte at a time goes through the port, so the character comes back in pieces. */
  g_assert_true (q_console_write (console, "gr\303\274n;", NULL, &error));
  g_assert_no_error (error);
  found = q_console_wait_for_text (console, "g.*;", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found, ==, "gr\303\274n;");

  q_console_write_async (console, "blau;", NULL, q_test_store_result, &stored);
  g_assert_true (q_console_write_finish (console, q_test_await (&stored), &error));
  again = q_console_wait_for_text (console, "b[a-z]*;", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_cmpstr (again, ==, "blau;");

  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
  g_assert_true (g_file_get_contents (log_path, &log, NULL, NULL));
  g_assert_nonnull (strstr (log, "gr\303\274n;blau;"));
  g_unlink (log_path);
}

static void
count_output (QConsole *console, const char *text, gpointer data)
{
  gsize *length = data;

  *length += strlen (text);
}

/* A guest that writes without end, first with nobody looking: nothing grows, nothing stalls, and
 * the end is not held up. */
static void
test_flood (void)
{
  g_autoptr (QMachine) machine = new_machine ("flood.img");
  g_autoptr (QConsole) console = q_machine_dup_console (machine);
  const gsize wanted = (q_test_is_long () ? 8 : 1.5) * 1024 * 1024;
  g_autofree char *log_path = g_build_filename (q_test_get_base_dir (), "flood", NULL);
  g_autofree char *text = NULL;
  g_autofree char *reply = NULL;
  g_autoptr (GError) error = NULL;
  GStatBuf info = { 0 };
  gsize n_seen = 0;
  gsize rss;

  g_object_set (machine, "console-log", log_path, NULL);
  g_signal_connect (console, "output", G_CALLBACK (count_output), &n_seen);
  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);
  rss = q_test_get_rss ();

  /* QEMU's own log of the console tells how much came; commands are answered meanwhile. */
  while (info.st_size < (goffset)wanted)
    {
      reply
        = q_machine_command_json (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
      g_assert_no_error (error);
      g_clear_pointer (&reply, g_free);
      g_assert_cmpint (g_stat (log_path, &info), ==, 0);
    }
  g_assert_cmpuint (n_seen, ==, 0);
  text = q_console_dup_text (console);
  g_assert_cmpuint (strlen (text), <=, 2 * 1024 * 1024);
  g_assert_cmpuint (strlen (text), >=, 1024 * 1024);

  q_test_wait_until (NULL, n_seen > 1024 * 1024);
  if (q_test_memory_counts ())
    g_assert_cmpuint (q_test_get_rss (), <, rss + 24 * 1024 * 1024);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  g_unlink (log_path);
}

/* The same as fast as a host can: what stands in for QEMU writes a hundred megabytes in no time. */
static void
test_fast_flood (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QConsole) console = NULL;
  static const char *const wrapper[]
    = { "bash", "-c",
        "head -c 100000000 /dev/zero | tr '\\0' 'y' >&300; echo; echo done >&300; sleep 60", NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;
  g_autofree char *text = NULL;
  gsize n_seen = 0;
  gsize rss;

  q_machine_add_console (machine, NULL, NULL, NULL);
  console = q_machine_dup_console (machine);
  g_signal_connect (console, "output", G_CALLBACK (count_output), &n_seen);
  g_object_set (machine, "wrapper", wrapper, "monitor-mode", Q_MONITOR_MODE_NONE, NULL);
  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);
  rss = q_test_get_rss ();

  found = q_console_wait_for_text (console, "done$", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  text = q_console_dup_text (console);
  g_assert_cmpuint (strlen (text), <=, 2 * 1024 * 1024);
  g_assert_cmpuint (n_seen, ==, 0);
  q_test_wait_until (NULL, n_seen > 0);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  /* What waited for the handler: a mebibyte, and what was read last. */
  g_assert_cmpuint (n_seen, <=, 1024 * 1024 + 16 * 1024);
  if (q_test_memory_counts ())
    g_assert_cmpuint (q_test_get_rss (), <, rss + 24 * 1024 * 1024);
  g_assert_true (q_machine_kill (machine, NULL, &error));
  g_assert_no_error (error);
}

/* The same console over several launches, each beginning anew; and two on one host. */
static void
test_launch_again (void)
{
  g_autoptr (QMachine) machine = new_machine ("hello.img");
  g_autoptr (QConsole) console = q_machine_dup_console (machine);

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *text = NULL;

      q_test_launch_guest (machine);
      g_assert_true (q_machine_wait (machine, -1, NULL, NULL));
      text = q_console_dup_text (console);
      g_assert_cmpstr (text, ==, "hello from the guest\r\n");
    }
}

static char *
wait_for (QConsole *console, const char *pattern)
{
  g_autoptr (GError) error = NULL;
  char *found = q_console_wait_for_text (console, pattern, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  return found;
}

/* What the text has is found, whatever its age: also by one who was waiting while it came. */
static void
test_old_text (void)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (
    "echo begin 4711 >&300; seq 1 100000 >&300; echo end >&300; read x <&300;"
    "echo found $x >&300; exec sleep 600",
    &console);
  g_autoptr (GAsyncResult) across = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *first = NULL;
  g_autofree char *last = NULL;
  g_autofree char *whole = NULL;
  g_autofree char *found = NULL;

  q_console_wait_for_text_async (console, "begin 4711(?s:.*)found it$", Q_TEST_DEADLINE_MS, NULL,
                                 q_test_store_result, &across);
  q_test_wait_until (NULL, strstr (whole != NULL ? whole : "", "\nend\n") != NULL
                             || (g_free (whole), whole = q_console_dup_text (console), FALSE));
  g_assert_cmpuint (strlen (whole), >, 500000);
  first = wait_for (console, "^begin (\\d+)$");
  g_assert_cmpstr (first, ==, "begin 4711");
  g_assert_true (q_console_write (console, "it\n", NULL, &error));
  g_assert_no_error (error);
  last = wait_for (console, "^found it$");
  g_assert_cmpstr (last, ==, "found it");
  /* What others have found is still there for one who waits since before. */
  found = q_console_wait_for_text_finish (console, q_test_await (&across), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (found), >, 500000);
  g_assert_true (g_str_has_prefix (found, "begin 4711"));
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

/* An expression that a guest's text makes endless ends with its limit, and holds up nobody else. */
static void
test_endless_search (void)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (
    "head -c 1000000 /dev/zero | tr '\\0' x >&300; echo ready; exec sleep 600", &console);
  g_autoptr (QMachine) other = q_test_machine_guest ("hello.img");
  g_autoptr (QConsole) others = NULL;
  g_autoptr (GAsyncResult) endless = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;
  g_autofree char *log = NULL;

  q_test_wait_until (NULL, (g_free (log), log = q_machine_dup_log (machine), *log != '\0'));
  q_console_wait_for_text_async (console, "x*x*x*first", 200, NULL, q_test_store_result, &endless);
  q_machine_add_console (other, NULL, NULL, NULL);
  others = q_machine_dup_console (other);
  q_test_launch_guest (other);
  found = wait_for (others, "hello from");
  g_assert_cmpstr (found, ==, "hello from");

  g_assert_null (q_console_wait_for_text_finish (console, q_test_await (&endless), &error));
  if (!g_error_matches (error, G_REGEX_ERROR, G_REGEX_ERROR_MATCH))
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  g_assert_null (q_console_wait_for_text (console, "never", 100, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  g_assert_true (q_machine_kill (other, NULL, NULL));
}

/* An error names the expression and its limit, or how QEMU ended with its last words; and quotes
 * the console, with nothing in it that a terminal would obey. */
static void
test_errors (void)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (
    "seq 30 >&300; printf 'a\\tb\\r\\n\\033[31mred\\n\\302\\233x\\n' >&300; echo 'last words' >&2;"
    "read x <&300; exit 3",
    &console);
  g_autoptr (GAsyncResult) ended = NULL;
  g_autoptr (GError) error = NULL;

  g_free (wait_for (console, "^30$"));
  g_free (wait_for (console, "x$"));
  g_assert_null (q_console_wait_for_text (console, "log(in)?:", 20, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==,
                   "wait_for_text: nothing came that matches \"log(in)?:\" within 20 ms\n"
                   "The console's last lines:\n14\n15\n16\n17\n18\n19\n20\n21\n22\n23\n24\n25\n"
                   "26\n27\n28\n29\n30\na\tb\n?[31mred\n?x");
  g_clear_error (&error);
  g_assert_null (q_console_wait_for_text (console, "never", 0, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_true (g_str_has_prefix (
    error->message, "wait_for_text: there is nothing yet that matches \"never\"\nThe console's"));
  g_clear_error (&error);

  q_console_wait_for_text_async (console, "never", -1, NULL, q_test_store_result, &ended);
  g_assert_true (q_console_write (console, "go\n", NULL, NULL));
  g_assert_null (q_console_wait_for_text_finish (console, q_test_await (&ended), &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
  g_assert_true (g_str_has_prefix (error->message,
                                   "wait_for_text: nothing came that matches \"never\": "
                                   "QEMU exited with status 3\nCommand line: bash "));
  g_assert_nonnull (strstr (error->message, "Output:\nlast words\nThe console's last lines:\n"));
  g_assert_true (g_str_has_suffix (error->message, "red\n?x"));
  g_assert_true (q_machine_wait (machine, -1, NULL, NULL));
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 3);
}

static void
append_bytes (QConsole *console, GBytes *bytes, gpointer data)
{
  gsize length;
  const guint8 *start = g_bytes_get_data (bytes, &length);

  g_byte_array_append (data, start, (guint)length);
}

/* Each value of a byte, there and back. */
static void
test_bytes (void)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine
    = q_test_launch_shell ("head -c 256 <&300 >&300; head -c 256 <&300 >&300; echo done >&300;"
                           "exec sleep 600",
                           &console);
  g_autoptr (GByteArray) seen = g_byte_array_new ();
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) kept = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint8 all[256];

  for (guint i = 0; i < 256; i++)
    all[i] = (guint8)i;
  bytes = g_bytes_new (all, sizeof all);
  g_signal_connect (console, "output-bytes", G_CALLBACK (append_bytes), seen);
  g_assert_true (q_console_write_bytes (console, bytes, NULL, &error));
  g_assert_no_error (error);
  q_console_write_bytes_async (console, bytes, NULL, q_test_store_result, &stored);
  g_assert_true (q_console_write_bytes_finish (console, q_test_await (&stored), &error));
  g_assert_no_error (error);
  g_free (wait_for (console, "done"));
  g_assert_true (q_machine_kill (machine, NULL, NULL));

  kept = q_console_dup_bytes (console);
  g_assert_cmpuint (g_bytes_get_size (kept), ==, 517);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpmem ((const char *)g_bytes_get_data (kept, NULL) + i * 256, 256, all, 256);
  q_test_wait_until (NULL, seen->len == 517);
  g_assert_cmpmem (seen->data, 517, g_bytes_get_data (kept, NULL), 517);
  text = q_console_dup_text (console);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_true (g_str_has_prefix (text, "\357\277\275\001\002"));
}

/* Searching a line of so many digits for this takes some tenths of a second, in vain. */
#define SLOW_PATTERN "\\d(?=\\d*+[:;])"
#define WRITE_DIGITS "head -c 30000 /dev/zero | tr '\\0' 7 >&300; "

/* Of two that wait while the guest writes without end, neither keeps the other from its text. */
static void
test_two_waiters (void)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (
    "i=0; while :; do i=$((i + 1)); echo line $i MARK$((i % 1000)) >&300; done", &console);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) never = NULL;
  g_autoptr (GError) error = NULL;

  q_console_wait_for_text_async (console, "[a-z0-9]+never[0-9]", -1, cancellable,
                                 q_test_store_result, &never);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *found = q_console_wait_for_text (console, "MARK\\d+$", -1, NULL, &error);

      g_assert_no_error (error);
      g_assert_true (g_str_has_prefix (found, "MARK"));
    }
  g_assert_null (never);
  g_cancellable_cancel (cancellable);
  g_assert_null (q_console_wait_for_text_finish (console, q_test_await (&never), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

/* Two that wait for the same text both have it; who asks afterwards has the next. */
static void
test_same_text (void)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine
    = q_test_launch_shell ("while read x <&300; do echo item $x >&300; done", &console);
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autofree char *one = NULL;
  g_autofree char *two = NULL;
  g_autofree char *next = NULL;

  q_console_wait_for_text_async (console, "^item \\d$", -1, NULL, q_test_store_result, &first);
  q_console_wait_for_text_async (console, "^item \\d$", -1, NULL, q_test_store_result, &second);
  g_assert_true (q_console_write (console, "1\n2\n", NULL, NULL));
  one = q_console_wait_for_text_finish (console, q_test_await (&first), NULL);
  two = q_console_wait_for_text_finish (console, q_test_await (&second), NULL);
  next = q_console_wait_for_text (console, "^item \\d$", Q_TEST_DEADLINE_MS, NULL, NULL);
  g_assert_cmpstr (one, ==, "item 1");
  g_assert_cmpstr (two, ==, "item 1");
  g_assert_cmpstr (next, ==, "item 2");
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

/* A search that goes on for somebody who has given up is in nobody's way, nor in that of the next
 * guest's; and when it is over nothing of the console is left for it to touch. */
static void
test_given_up_search (void)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (
    WRITE_DIGITS "echo y >&300; while read x <&300; do echo $x >&300; done", &console);
  g_autoptr (GAsyncResult) slow = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *found = NULL;

      if (i > 0)
        q_test_launch (machine);
      g_free (wait_for (console, "y"));
      q_console_wait_for_text_async (console, SLOW_PATTERN, -1, cancellable, q_test_store_result,
                                     &slow);
      g_cancellable_cancel (cancellable);
      g_assert_null (q_console_wait_for_text_finish (console, q_test_await (&slow), &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&error);
      g_clear_object (&slow);
      g_cancellable_reset (cancellable);
      g_assert_true (q_console_write (console, "found\n", NULL, NULL));
      found = wait_for (console, "^found$");
      g_assert_true (q_machine_kill (machine, NULL, NULL));
    }
}

/* What came in time is found, though the limit is over before the search is. */
static void
test_last_look (void)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (
    "head -c 2000 /dev/zero | tr '\\0' 7 >&300; echo found >&300; exec sleep 600", &console);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  q_test_wait_until (
    NULL, (g_free (text), text = q_console_dup_text (console), g_str_has_suffix (text, "found\n")));
  for (int timeout = 0; timeout < 3; timeout++)
    {
      g_autofree char *found
        = q_console_wait_for_text (console, SLOW_PATTERN "|fou", timeout, NULL, &error);

      if (timeout == 0)
        g_assert_cmpstr (found, ==, "fou");
      else
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      g_clear_error (&error);
    }
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  q_test_launch (machine);
  q_test_wait_until (
    NULL, (g_free (text), text = q_console_dup_text (console), g_str_has_suffix (text, "found\n")));
  g_free (q_console_wait_for_text (console, SLOW_PATTERN "|fou", 1, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

/* At any moment of a search, and of the pause after it. */
static void
test_dropped_while_searching (void)
{
  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (QConsole) console = NULL;
      g_autoptr (QMachine) machine
        = q_test_launch_shell (WRITE_DIGITS "while :; do echo x >&300; done", &console);
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) slow = NULL;
      g_autoptr (GError) error = NULL;
      gint64 end = g_get_monotonic_time () + g_test_rand_int_range (0, 300000);

      q_console_wait_for_text_async (console, SLOW_PATTERN, -1, cancellable, q_test_store_result,
                                     &slow);
      while (g_get_monotonic_time () < end)
        g_main_context_iteration (NULL, FALSE);
      if (i % 2 == 0)
        g_cancellable_cancel (cancellable);
      g_clear_object (&machine);
      g_assert_null (q_console_wait_for_text_finish (console, q_test_await (&slow), &error));
      g_assert_nonnull (error);
    }
}

/* A call that ends with the guest looks at that one's text, and takes nothing of the next one's. */
static void
test_next_guest (void)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine
    = q_test_launch_shell (WRITE_DIGITS "echo >&300; read x <&300; echo old $x >&300", &console);

  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (GAsyncResult) slow = NULL;
      g_autoptr (GAsyncResult) old = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *found = NULL;

      if (i > 0)
        q_test_launch (machine);
      q_console_wait_for_text_async (console, SLOW_PATTERN, -1, NULL, q_test_store_result, &slow);
      q_console_wait_for_text_async (console, "old new", -1, NULL, q_test_store_result, &old);
      g_assert_true (q_console_write (console, "text\n", NULL, NULL));
      g_assert_true (q_machine_wait (machine, -1, NULL, NULL));
      q_test_launch (machine);
      g_assert_true (q_console_write (console, "new\n", NULL, NULL));
      found = wait_for (console, "old new");
      g_assert_null (q_console_wait_for_text_finish (console, q_test_await (&old), &error));
      g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
      g_clear_error (&error);
      g_assert_null (q_console_wait_for_text_finish (console, q_test_await (&slow), &error));
      g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
      g_assert_true (q_machine_wait (machine, -1, NULL, NULL));
    }
}

static void
count_any (gpointer object, gpointer argument, gpointer data)
{
  (*(guint *)data)++;
}

static void
count_irq (QMachine *machine, guint irq, gboolean raised, gpointer data)
{
  (*(guint *)data)++;
}

/* All that a peer can produce without end, of one machine. */
static void
test_all_signals (void)
{
  const char *const args[] = { "-nodefaults", "-machine", "pc", "-accel", "tcg", "-S", NULL };
  const char *const lines[]
    = { "irq_intercept_in ioapic", "outb 0x3f8 0x41", "outb 0x3fc 0x8", "outb 0x3f9 0x2" };
  g_autoptr (QMachine) machine = q_machine_new ("qemu-system-x86_64");
  g_autoptr (QConsole) console = NULL;
  g_autofree char *path = NULL;
  guint n_events = 0;
  guint n_outputs = 0;
  guint n_irqs = 0;
  guint n_lines = 0;
  FILE *log;

  q_machine_set_args (machine, args);
  q_machine_set_enable_qtest (machine, TRUE);
  q_machine_add_console (machine, NULL, NULL, NULL);
  console = q_machine_dup_console (machine);
  g_signal_connect (machine, "event", G_CALLBACK (count_any), &n_events);
  g_signal_connect (console, "output", G_CALLBACK (count_any), &n_outputs);
  g_signal_connect (machine, "qtest-irq", G_CALLBACK (count_irq), &n_irqs);
  g_signal_connect (machine, "log-line", G_CALLBACK (count_any), &n_lines);
  q_test_launch (machine);
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    g_free (q_machine_qtest (machine, lines[i], Q_TEST_DEADLINE_MS, NULL, NULL));
  for (guint i = 0; i < 2; i++)
    g_free (q_machine_command_json (machine, i == 0 ? "cont" : "stop", NULL, Q_TIMEOUT_DEFAULT,
                                    NULL, NULL));
  path = g_strdup_printf ("/proc/%d/fd/2", (int)q_machine_get_pid (machine));
  log = g_fopen (path, "a");
  g_assert_nonnull (log);
  fputs ("a line\n", log);
  fclose (log);
  q_test_wait_until (NULL, n_events > 0 && n_outputs > 0 && n_irqs > 0 && n_lines > 0);
  q_test_shutdown (machine);
}

/* Dropping a machine with calls in flight ends them. */
static void
test_kill_with_waiter (void)
{
  g_autoptr (QMachine) machine = new_machine ("idle.img");
  g_autoptr (QConsole) console = q_machine_dup_console (machine);
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (q_machine_launch (machine, NULL, NULL));
  q_console_wait_for_text_async (console, "never", -1, NULL, q_test_store_result, &stored);
  g_clear_object (&machine);
  g_assert_null (q_console_wait_for_text_finish (console, q_test_await (&stored), &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  g_test_add_func ("/console/bound-text", test_bound_text);
  g_test_add_func ("/console/wait-for-text", test_wait_for_text);
  g_test_add_func ("/console/gives-up", test_gives_up);
  g_test_add_func ("/console/write", test_write);
  g_test_add_func ("/console/flood", test_flood);
  g_test_add_func ("/console/fast-flood", test_fast_flood);
  g_test_add_func ("/console/old-text", test_old_text);
  g_test_add_func ("/console/errors", test_errors);
  g_test_add_func ("/console/bytes", test_bytes);
  g_test_add_func ("/console/two-waiters", test_two_waiters);
  g_test_add_func ("/console/same-text", test_same_text);
  g_test_add_func ("/console/given-up-search", test_given_up_search);
  g_test_add_func ("/console/last-look", test_last_look);
  g_test_add_func ("/console/dropped-while-searching", test_dropped_while_searching);
  g_test_add_func ("/console/next-guest", test_next_guest);
  g_test_add_func ("/console/all-signals", test_all_signals);
  g_test_add_func ("/console/launch-again", test_launch_again);
  g_test_add_func ("/console/kill-with-waiter", test_kill_with_waiter);
  /* The last one: its search goes on. */
  g_test_add_func ("/console/endless-search", test_endless_search);

  return g_test_run ();
}
