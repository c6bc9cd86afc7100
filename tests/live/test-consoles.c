/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Several consoles of one machine. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "q-test-util.h"

static QConsole *
add (QMachine *machine, const char *name, const char *device)
{
  g_autoptr (GError) error = NULL;
  QConsole *console = q_machine_add_console (machine, name, device, &error);

  g_assert_no_error (error);
  return console;
}

static void
assert_found (QConsole *console, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found
    = q_console_wait_for_text (console, text, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (found);
}

static void
assert_log (QConsole *console, const char *text)
{
  g_autofree char *path = q_console_dup_log_path (console);
  g_autofree char *log = NULL;

  g_assert_true (g_path_is_absolute (path));
  g_assert_true (g_file_get_contents (path, &log, NULL, NULL));
  g_assert_cmpstr (log, ==, text);
  g_unlink (path);
}

/* The guest writes to its first serial port; QEMU has each chardev by its name. */
static void
test_ports (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *image = g_test_build_filename (G_TEST_BUILT, "guests", "echo.img", NULL);
  g_autofree char *drive = g_strdup_printf ("file=%s,format=raw,if=ide,snapshot=on", image);
  const char *const args[] = { "-accel", "tcg", "-nodefaults", "-m", "32", "-drive", drive, NULL };
  g_autofree char *log = g_build_filename (q_test_get_base_dir (), "first.log", NULL);
  g_autofree char *other_log = g_build_filename (q_test_get_base_dir (), "second.log", NULL);
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QConsole) property = NULL;
  g_autolist (QConsole) consoles = NULL;
  QConsole *second = add (machine, "second", "serial2");
  QConsole *first = add (machine, "first", NULL);
  QConsole *device = add (machine, NULL, "isa-serial");

  g_object_set (machine, "args", args, NULL);
  g_assert_cmpstr (q_console_get_name (device), ==, "console");
  property = q_machine_dup_console (machine);
  g_assert_true (property == second);
  consoles = q_machine_dup_consoles (machine);
  g_assert_cmpuint (g_list_length (consoles), ==, 3);
  g_assert_true (consoles->next->data == first);
  q_console_set_log_path (first, log);
  g_object_set (machine, "console-log", other_log, NULL);

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *reply = NULL;
      g_autofree char *nothing = NULL;

      q_test_launch (machine);
      reply
        = q_machine_command_json (machine, "query-chardev", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL);
      g_assert_nonnull (strstr (reply, "\"label\": \"first\""));
      g_assert_nonnull (strstr (reply, "\"label\": \"second\""));
      g_assert_nonnull (strstr (reply, "\"label\": \"console\""));
      assert_found (first, "ready");
      g_assert_true (q_console_write (first, "typed;", NULL, NULL));
      assert_found (first, "typed;");
      q_test_shutdown (machine);
      nothing = q_console_dup_text (second);
      g_assert_cmpstr (nothing, ==, "");
      assert_log (first, "ready\r\ntyped;");
      g_assert_true (g_file_test (other_log, G_FILE_TEST_EXISTS));
    }

  /* The same one, elsewhere: what the guest writes does not reach it any more. */
  g_assert_true (add (machine, "first", "serial1") == first);
  q_test_launch (machine);
  g_assert_true (add (machine, "second", "serial0") == second);
  q_test_shutdown (machine);
  q_test_launch (machine);
  assert_found (second, "ready");
  q_test_shutdown (machine);
  g_unlink (log);
  g_unlink (other_log);
}

/* Each has what is written to it, and nothing else. */
static void
test_apart (QTestFixture *fixture, gconstpointer data)
{
  enum
  {
    N = 8
  };
  const char *const wrapper[]
    = { "bash", "-c",
        "for n in {300..307}; do (while read x <&$n; do echo $n has $x >&$n; done) & done; wait",
        NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  QConsole *consoles[N];

  for (guint i = 0; i < N; i++)
    {
      g_autofree char *name = g_strdup_printf ("c%u", i);

      consoles[i] = add (machine, name, NULL);
    }
  q_machine_set_wrapper (machine, wrapper);
  q_machine_set_monitor_mode (machine, Q_MONITOR_MODE_NONE);
  q_test_launch (machine);
  for (guint round = 0; round < 20; round++)
    for (guint i = 0; i < N; i++)
      {
        g_autofree char *line = g_strdup_printf ("word%u\n", round);

        g_assert_true (q_console_write (consoles[i], line, NULL, NULL));
      }
  for (guint i = 0; i < N; i++)
    {
      g_autoptr (GString) expected = g_string_new (NULL);
      g_autofree char *text = NULL;

      assert_found (consoles[i], "has word19$");
      for (guint round = 0; round < 20; round++)
        g_string_append_printf (expected, "%u has word%u\n", 300 + i, round);
      text = q_console_dup_text (consoles[i]);
      g_assert_cmpstr (text, ==, expected->str);
    }
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

static void
assert_refused (QMachine *machine, const char *name, const char *device, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_machine_add_console (machine, name, device, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_refused (QTestFixture *fixture, gconstpointer data)
{
  static const char *const bad[]
    = { "", "1st", "a b", "a,b", "mon", "qtest", "telnet0", "gr\303\274n", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autolist (QConsole) consoles = NULL;
  g_autoptr (QConsole) nobodys = g_object_new (Q_TYPE_CONSOLE, NULL);

  for (guint i = 0; bad[i] != NULL; i++)
    assert_refused (machine, bad[i], NULL, "is no name for a console");
  add (machine, "a", NULL);
  add (machine, "b", "serial63");
  assert_refused (machine, "c", "serial0", "another console has the serial port 0");
  assert_refused (machine, "a", "serial63", "another console has the serial port 63");
  assert_refused (machine, "c", "serial64", "serial0 to serial63");
  assert_refused (machine, "c", "serial", "serial0 to serial63");
  assert_refused (machine, "c", "serial-1", "serial0 to serial63");
  consoles = q_machine_dup_consoles (machine);
  g_assert_cmpuint (g_list_length (consoles), ==, 2);
  add (machine, "a", "serial0");
  g_assert_null (q_console_get_name (nobodys));
}

static void
count (guint *n)
{
  (*n)++;
}

/* A relative path is below the directory of the moment in which it is set. */
static void
test_log_path (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  QConsole *console = add (machine, NULL, NULL);
  g_autofree char *directory = g_get_current_dir ();
  g_autofree char *expected = g_build_filename (directory, "a.log", NULL);
  g_autofree char *path = NULL;
  g_autofree char *none = NULL;
  guint n_notified = 0;

  g_signal_connect_swapped (console, "notify::log-path", G_CALLBACK (count), &n_notified);
  g_object_set (console, "log-path", "a.log", NULL);
  q_console_set_log_path (console, "a.log");
  g_object_get (console, "log-path", &path, NULL);
  g_assert_cmpstr (path, ==, expected);
  g_assert_cmpuint (n_notified, ==, 1);
  q_console_set_log_path (console, NULL);
  none = q_console_dup_log_path (console);
  g_assert_null (none);
}

/* The library's own descriptors have these numbers in QEMU, whatever stands there in the program.
 */
static void
test_crowded (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) crowd = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (QMachine) machine = q_test_machine_none ();
  int fd;

  add (machine, "first", "serial0");
  add (machine, "second", "serial1");
  while ((fd = fcntl (STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) < 304)
    {
      g_array_append_val (crowd, fd);
      if (fd < 285)
        continue;
      q_test_launch (machine);
      q_test_shutdown (machine);
    }
  close (fd);
  for (guint i = 0; i < crowd->len; i++)
    close (g_array_index (crowd, int, i));
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

#define ADD(name, function)                                                                        \
  g_test_add ("/consoles/" name, QTestFixture, NULL, q_test_set_up, function, q_test_tear_down)
  ADD ("ports", test_ports);
  ADD ("apart", test_apart);
  ADD ("refused", test_refused);
  ADD ("log-path", test_log_path);
  ADD ("crowded", test_crowded);
#undef ADD

  return g_test_run ();
}
