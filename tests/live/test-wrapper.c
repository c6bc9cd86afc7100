/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What may stand between the library and QEMU: a wrapper that stays beside QEMU, where whatever
 * ends the one ends the other, and the tools that people put there. */

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
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
wrap_with (QMachine *machine, const char *const *wrapper)
{
  static guint counter;
  char *name = g_strdup_printf ("qmtest-%d-%u", (int)getpid (), counter++);
  const char *const args[] = { "-name", name, NULL };

  g_object_set (machine, "wrapper", wrapper, NULL);
  q_machine_add_args (machine, args);

  return name;
}

static char *
wrap (QMachine *machine)
{
  return wrap_with (machine, staying_wrapper);
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
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
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
  g_assert_false (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
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
  g_assert_false (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
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

/* -- the tools -- */

static void
assert_answers (QMachine *machine)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *status
    = q_machine_command_json (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (strstr (status, "\"running\""));
}

/* What follows on a launch that is wrapped: it answers, quits, and leaves nothing of its group. */
static void
use_and_stop (QMachine *machine, const char *name)
{
  pid_t group = getpgid ((pid_t)q_machine_get_pid (machine));

  assert_answers (machine);
  g_assert_cmpint (group, !=, getpgrp ());
  g_assert_cmpint (kill (-group, 0), ==, 0);
  q_test_shutdown (machine);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
  g_assert_cmpint (kill (-group, 0), ==, -1);
  g_assert_cmpint (errno, ==, ESRCH);
  g_assert_cmpuint (count_processes (name), ==, 0);
}

/* A file of the process that /proc shows, without the zero bytes. */
static char *
read_proc (QMachine *machine, const char *file)
{
  g_autofree char *path
    = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/%s", q_machine_get_pid (machine), file);
  g_autoptr (GError) error = NULL;
  char *text;
  gsize length;

  g_file_get_contents (path, &text, &length, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < length; i++)
    if (text[i] == '\0')
      text[i] = '\n';

  return text;
}

static void
test_wrapper_env (QTestFixture *fixture, gconstpointer data)
{
  static const char *const wrapper[] = { "env", "QMACHINE_FOO=bar baz", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *name = wrap_with (machine, wrapper);
  g_autofree char *environment = NULL;

  q_test_launch (machine);
  environment = read_proc (machine, "environ");
  g_assert_nonnull (strstr (environment, "QMACHINE_FOO=bar baz\n"));
  use_and_stop (machine, name);
}

static void
test_wrapper_setpriv (QTestFixture *fixture, gconstpointer data)
{
  static const char *const wrapper[] = { "setpriv", "--no-new-privs", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *name = wrap_with (machine, wrapper);
  g_autofree char *status = NULL;

  q_test_launch (machine);
  status = read_proc (machine, "status");
  g_assert_nonnull (strstr (status, "NoNewPrivs:\t1\n"));
  use_and_stop (machine, name);
}

static void
test_wrapper_strace (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *trace = g_build_filename (q_test_get_base_dir (), "trace", NULL);
  const char *const wrapper[] = { "strace", "-f", "-e", "trace=execve", "-o", trace, NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *name = wrap_with (machine, wrapper);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  g_assert_cmpuint (count_processes (name), ==, 2);
  use_and_stop (machine, name);

  /* It saw the whole life. */
  g_file_get_contents (trace, &text, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (text, "qemu-system-x86_64"));
  g_assert_nonnull (strstr (text, "exited with 0"));
  g_unlink (trace);
}

static void
test_wrapper_valgrind (QTestFixture *fixture, gconstpointer data)
{
  static const char *const wrapper[] = { "valgrind", "--error-exitcode=0", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *name = wrap_with (machine, wrapper);
  g_autofree char *log = NULL;

  /* It runs QEMU a hundred times slower. */
  g_object_set (machine, "launch-timeout", 10 * Q_TEST_DEADLINE_MS, "shutdown-timeout",
                10 * Q_TEST_DEADLINE_MS, NULL);
  q_test_launch (machine);
  use_and_stop (machine, name);

  log = q_machine_dup_log (machine);
  g_assert_nonnull (strstr (log, "Memcheck"));
  g_assert_nonnull (strstr (log, "ERROR SUMMARY"));
}

/* -- a wrapper that closes what it does not know -- */

static char *
write_closing_script (void)
{
  char *path = g_build_filename (q_test_get_base_dir (), "close-all", NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (path,
                            "#!/bin/bash\n"
                            "for fd in {3..400}; do exec {fd}>&-; done\n"
                            "exec \"$@\"\n",
                            -1, G_FILE_SET_CONTENTS_NONE, 0700, &error);
  g_assert_no_error (error);
  return path;
}

static void
test_wrapper_closes_and_listens (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *script = write_closing_script ();
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "monitor", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  const char *const wrapper[] = { script, NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *name = wrap_with (machine, wrapper);

  g_object_set (machine, "monitor-mode", Q_MONITOR_MODE_LISTEN, "monitor-address", address, NULL);
  q_test_launch (machine);
  use_and_stop (machine, name);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_unlink (script);
}

/* It cannot work, and the reader of the error sees why. */
static void
test_wrapper_closes_and_inherits (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *script = write_closing_script ();
  const char *const wrapper[] = { script, NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *name = wrap_with (machine, wrapper);
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  g_assert_nonnull (strstr (error->message, "exited with status 1"));
  g_assert_nonnull (strstr (error->message, "File descriptor '300' is not a socket"));
  g_assert_nonnull (strstr (error->message, "monitor mode LISTEN"));
  g_assert_nonnull (strstr (error->message, script));
  g_assert_cmpuint (count_processes (name), ==, 0);
  g_unlink (script);
}

#define ADD(path, func)                                                                            \
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
  ADD ("env", test_wrapper_env);
  ADD ("setpriv", test_wrapper_setpriv);
  ADD ("strace", test_wrapper_strace);
  ADD ("valgrind", test_wrapper_valgrind);
  ADD ("closes-and-listens", test_wrapper_closes_and_listens);
  ADD ("closes-and-inherits", test_wrapper_closes_and_inherits);

  return g_test_run ();
}
