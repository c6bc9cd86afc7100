/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A wrapper that stays beside QEMU: whatever ends the one ends the other. */

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "q-test-util.h"

static const char *const staying_wrapper[] = { "sh", "-c", "\"$@\"; exit $?", "sh", NULL };

/* The processes with the name on their command line, without the wrapper if need be. */
static GArray *
find_processes (const char *name, gboolean without_wrapper)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (pid_t));
  const char *entry;

  while ((entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename ("/proc", entry, "cmdline", NULL);
      g_autofree char *text = NULL;
      pid_t pid = (pid_t)g_ascii_strtoll (entry, NULL, 10);
      gsize length;

      if (pid <= 0 || !g_file_get_contents (file, &text, &length, NULL))
        continue;
      if (memmem (text, length, name, strlen (name)) == NULL)
        continue;
      if (without_wrapper && g_str_equal (text, "sh"))
        continue;
      g_array_append_val (pids, pid);
    }

  return pids;
}

static guint
count_processes (const char *name)
{
  g_autoptr (GArray) pids = find_processes (name, FALSE);

  return pids->len;
}

/* An orphan that was killed may take a moment to end. */
static void
assert_none_left (const char *name)
{
  gint64 deadline = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  g_autoptr (GArray) pids = NULL;

  while (count_processes (name) > 0 && g_get_monotonic_time () < deadline)
    g_thread_yield ();

  pids = find_processes (name, FALSE);
  for (guint i = 0; i < pids->len; i++)
    kill (g_array_index (pids, pid_t, i), SIGKILL);
  g_assert_cmpuint (pids->len, ==, 0);
}

/* Wraps it, and gives it a name to find it by. */
static char *
wrap (QMachine *machine)
{
  static guint counter;
  char *name = g_strdup_printf ("qmtest-%d-%u", (int)getpid (), counter++);
  const char *const args[] = { "-name", name, NULL };

  g_object_set (machine, "wrapper", staying_wrapper, NULL);
  q_machine_add_args (machine, args);

  return name;
}

static pid_t
find_qemu (const char *name)
{
  g_autoptr (GArray) pids = find_processes (name, TRUE);

  g_assert_cmpuint (pids->len, ==, 1);
  return g_array_index (pids, pid_t, 0);
}

static void
test_wrapper_kill (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *name = wrap (machine);

  q_test_launch (machine);
  /* Both are there, or there would be nothing to test. */
  g_assert_cmpuint (count_processes (name), ==, 2);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  assert_none_left (name);
}

static void
test_wrapper_shutdown (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *name = wrap (machine);

  q_test_launch (machine);
  q_test_shutdown (machine);
  g_assert_cmpint (q_machine_get_exit_code (machine), ==, 0);
  g_assert_cmpuint (count_processes (name), ==, 0);
}

static void
test_wrapper_hung (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *name = wrap (machine);
  g_autoptr (GError) error = NULL;

  g_object_set (machine, "shutdown-timeout", 200, NULL);
  q_test_launch (machine);
  kill (find_qemu (name), SIGSTOP);
  g_assert_false (q_machine_shutdown (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN);
  assert_none_left (name);
}

/* The wrapper obeys SIGTERM, and what it wraps does not. */
static void
test_wrapper_deaf (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("ignore-term; negotiate; expect query-status; reply {}; expect quit; "
                           "delay 60000");
  g_autofree char *name = wrap (machine);
  g_autoptr (GError) error = NULL;

  g_object_set (machine, "shutdown-timeout", 200, NULL);
  q_test_launch (machine);
  g_assert_false (q_machine_shutdown (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN);
  assert_none_left (name);
}

static void
test_wrapper_launch_fails (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_mock ("ignore-term; greet; delay 60000");
  g_autofree char *name = wrap (machine);
  g_autoptr (GError) error = NULL;

  g_object_set (machine, "launch-timeout", 1000, NULL);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  assert_none_left (name);
}

static void
test_wrapper_dropped (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *name = wrap (machine);

  q_test_launch (machine);
  g_assert_cmpuint (count_processes (name), ==, 2);
  q_test_assert_last_unref (machine);
  assert_none_left (name);
}

#define ADD(path, func)                                                                           \
  g_test_add ("/wrapper/" path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("kill", test_wrapper_kill);
  ADD ("shutdown", test_wrapper_shutdown);
  ADD ("hung", test_wrapper_hung);
  ADD ("deaf", test_wrapper_deaf);
  ADD ("launch-fails", test_wrapper_launch_fails);
  ADD ("dropped", test_wrapper_dropped);

  return g_test_run ();
}
