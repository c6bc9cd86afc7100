/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The log of a machine: what QEMU and a wrapper before it wrote, whole and in order, while it runs
 * and after its end. */

#include <string.h>

#include "q-test-util.h"

#define MAX_LOG (16 * 1024 * 1024)

/* Runs some lines of shell before QEMU. */
static void
run_before (QMachine *machine, const char *script)
{
  g_autofree char *whole = g_strdup_printf ("%s\nexec \"$@\"", script);

  g_object_set (machine, "wrapper", (const char *const[]){ "sh", "-c", whole, "sh", NULL }, NULL);
}

/* Not with g_assert_cmpstr (), which would print it all. */
static void
assert_log (QMachine *machine, const GString *expected)
{
  g_autofree char *text = q_machine_get_log (machine);
  g_autoptr (GBytes) bytes = q_machine_get_log_bytes (machine);

  g_assert_cmpuint (strlen (text), ==, expected->len);
  g_assert_true (g_str_equal (text, expected->str));
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, expected->len);
  g_assert_cmpint (memcmp (g_bytes_get_data (bytes, NULL), expected->str, expected->len), ==, 0);
}

static GString *
count_to (guint n)
{
  GString *lines = g_string_new (NULL);

  for (guint i = 1; i <= n; i++)
    g_string_append_printf (lines, "%u\n", i);

  return lines;
}

static void
test_running_and_ended (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("hello.img");
  static const char *const no_shutdown[] = { "-no-shutdown", NULL };
  static const char *const shutdown[] = { "SHUTDOWN", NULL };

  q_machine_add_args (machine, no_shutdown);
  g_assert_null (q_machine_get_log (machine));
  g_assert_null (q_machine_get_log_bytes (machine));

  /* Each launch begins a log. */
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (QMonitorEvent) event = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *running = NULL;
      g_autofree char *ended = NULL;

      q_test_launch (machine);
      event = q_machine_wait_event (machine, shutdown, NULL, Q_TEST_DEADLINE_MS, NULL, &error);
      g_assert_no_error (error);
      running = q_machine_get_log (machine);
      g_assert_cmpstr (running, ==, "hello from the guest\r\n");
      q_test_shutdown (machine);
      ended = q_machine_get_log (machine);
      g_assert_cmpstr (ended, ==, running);
    }
}

/* Standard output and standard error by turns. */
static void
test_order (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("hello.img");
  g_autoptr (GString) expected = count_to (20 * 1000);
  g_autoptr (GError) error = NULL;

  run_before (machine, "i=1\n"
                       "while [ $i -le 20000 ]; do\n"
                       "  echo $i; echo $((i + 1)) >&2; i=$((i + 2))\n"
                       "done");
  g_string_append (expected, "hello from the guest\r\n");
  q_test_launch (machine);
  g_assert_true (q_machine_wait (machine, NULL, &error));
  g_assert_no_error (error);
  assert_log (machine, expected);
}

static void
test_ten_megabytes (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GString) expected = count_to (1500 * 1000);

  g_assert_cmpuint (expected->len, >, 10 * 1000 * 1000);
  run_before (machine, "seq 1 1500000");
  q_test_launch (machine);
  assert_log (machine, expected);
  q_test_shutdown (machine);
  assert_log (machine, expected);
}

#define REPLACED "\357\277\275"

static void
assert_not_utf8 (QMachine *machine)
{
  static const char bytes[] = "a\xff" "b\xc0\x80" "c\0d\xe2\x82\n";
  g_autofree char *text = q_machine_get_log (machine);
  g_autoptr (GBytes) log = q_machine_get_log_bytes (machine);

  g_assert_cmpmem (g_bytes_get_data (log, NULL), g_bytes_get_size (log), bytes, sizeof bytes - 1);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_cmpstr (text, ==,
                   "a" REPLACED "b" REPLACED REPLACED "c" REPLACED "d" REPLACED REPLACED "\n");
}

static void
test_not_utf8 (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();

  run_before (machine, "printf 'a\\377b\\300\\200c\\000d\\342\\202\\n'");
  q_test_launch (machine);
  assert_not_utf8 (machine);
  q_test_shutdown (machine);
  assert_not_utf8 (machine);
}

/* -- more than is kept -- */

/* Its end, from the beginning of a line. The line that the library hides counts. */
static void
assert_log_ends (QMachine *machine, const GString *whole)
{
  g_autoptr (GBytes) bytes = q_machine_get_log_bytes (machine);
  g_autofree char *text = q_machine_get_log (machine);
  gsize size = g_bytes_get_size (bytes);

  g_assert_cmpuint (size, <=, MAX_LOG);
  g_assert_cmpuint (size, >, MAX_LOG - 1024);
  g_assert_cmpint (
    memcmp (g_bytes_get_data (bytes, NULL), whole->str + whole->len - size, size), ==, 0);
  g_assert_cmpint (whole->str[whole->len - size - 1], ==, '\n');
  g_assert_true (g_str_equal (text, whole->str + whole->len - size));
}

static void
test_last_sixteen_mebibytes (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GString) whole = count_to (2600 * 1000);

  g_assert_cmpuint (whole->len, >, MAX_LOG + 1024 * 1024);
  run_before (machine, "seq 1 2600000");
  q_test_launch (machine);
  assert_log_ends (machine, whole);
  q_test_shutdown (machine);
  assert_log_ends (machine, whole);
}

/* A QEMU that tells of each block of code, and is not held up by it. */
static void
test_talkative_qemu (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("hello.img");
  static const char *const args[] = { "-no-shutdown", "-d", "cpu", NULL };
  static const char *const shutdown[] = { "SHUTDOWN", NULL };
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) running = NULL;
  g_autoptr (GBytes) ended = NULL;
  g_autofree char *text = NULL;

  q_machine_add_args (machine, args);
  q_test_launch (machine);
  event = q_machine_wait_event (machine, shutdown, NULL, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  running = q_machine_get_log_bytes (machine);
  g_assert_cmpuint (g_bytes_get_size (running), >, 8 * 1024 * 1024);
  q_test_shutdown (machine);
  ended = q_machine_get_log_bytes (machine);
  g_assert_cmpuint (g_bytes_get_size (ended), >, 8 * 1024 * 1024);
  g_assert_cmpuint (g_bytes_get_size (ended), <=, MAX_LOG);
  text = q_machine_get_log (machine);
  g_assert_nonnull (strstr (text, "EIP="));
}

#define ADD(path, func)                                                                           \
  g_test_add ("/log/" path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("running-and-ended", test_running_and_ended);
  ADD ("order", test_order);
  ADD ("ten-megabytes", test_ten_megabytes);
  ADD ("not-utf8", test_not_utf8);
  ADD ("last-sixteen-mebibytes", test_last_sixteen_mebibytes);
  ADD ("talkative-qemu", test_talkative_qemu);

  return g_test_run ();
}
