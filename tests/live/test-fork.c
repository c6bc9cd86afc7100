/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Children that the program forks while it has machines: those are the parent's, and a child may
 * exit, drop them or call them without harm. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "q-test-util.h"

/* How long a forked child may take; it does nothing that waits. */
#define CHILD_DEADLINE_S 30

static gboolean in_forked_child;

#ifdef __has_feature
#define HAS_FEATURE(feature) __has_feature (feature)
#else
#define HAS_FEATURE(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
int __lsan_is_turned_off (void);

/* A forked child lacks the stacks of the other threads, and all they hold would count as lost. */
int
__lsan_is_turned_off (void)
{
  return in_forked_child;
}
#endif

static void
assert_child_succeeds (void (*func) (gpointer data), gpointer data)
{
  pid_t pid;
  int status;

  fflush (NULL);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      in_forked_child = TRUE;
      alarm (CHILD_DEADLINE_S);
      func (data);
      _exit (0);
    }

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  if (WIFSIGNALED (status))
    g_error ("the child was killed by signal %d%s", WTERMSIG (status),
             WTERMSIG (status) == SIGALRM ? ": it hung" : "");
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

static void
exit_normally (gpointer data)
{
  exit (0);
}

static char *
dup_run_dirs (void)
{
  g_autoptr (GDir) dir = g_dir_open (q_test_get_base_dir (), 0, NULL);
  g_autoptr (GString) list = g_string_new (NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = q_test_get_path (name);
      g_autoptr (GDir) run_dir = g_dir_open (path, 0, NULL);
      const char *file;

      while (run_dir != NULL && (file = g_dir_read_name (run_dir)) != NULL)
        g_string_append_printf (list, "%s/%s ", name, file);
    }

  return g_string_free (g_steal_pointer (&list), FALSE);
}

static void
test_child_exits (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) first = q_test_machine_none ();
  g_autoptr (QMachine) second = q_test_machine_none ();
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  q_test_launch (first);
  q_test_launch (second);
  before = dup_run_dirs ();
  g_assert_nonnull (strstr (before, ".monitor"));
  assert_child_succeeds (exit_normally, NULL);

  after = dup_run_dirs ();
  g_assert_cmpstr (after, ==, before);
  q_test_assert_running (first);
  q_test_assert_running (second);
  q_test_shutdown (first);
  q_test_shutdown (second);
}

static void
drop_in_child (gpointer data)
{
  QMachine *machine = data;
  gint64 begin = g_get_monotonic_time ();

  q_test_assert_last_unref (machine);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 5 * G_USEC_PER_SEC);
}

static void
test_child_drops (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMachine) stopped = q_test_machine_none ();
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  q_test_launch (machine);
  before = dup_run_dirs ();
  assert_child_succeeds (drop_in_child, machine);
  assert_child_succeeds (drop_in_child, stopped);

  after = dup_run_dirs ();
  g_assert_cmpstr (after, ==, before);
  g_assert_true (q_test_process_exists (q_machine_get_pid (machine)));
  q_test_assert_running (machine);
  q_test_shutdown (machine);
}

/* What is made of blocking calls, too: the child has not the threads that would make them. */
static void
await_in_child (QMachine *machine)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  q_machine_start_job_async (machine, "migrate", NULL, 1000, NULL, q_test_store_result, &result);
  q_test_await (&result);
  g_assert_null (q_machine_start_job_finish (machine, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

static void
call_in_child (gpointer data)
{
  QMachine *machine = data;
  g_autoptr (QMachine) fresh = q_test_machine_none ();
  g_autoptr (QMonitor) monitor = q_machine_dup_monitor (machine);
  g_autoptr (GError) error = NULL;

  g_assert_null (
    q_machine_command (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_null (q_machine_wait_event (machine, NULL, NULL, -1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_false (q_machine_kill (machine, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_false (q_monitor_close (monitor, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_false (q_machine_launch (fresh, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  await_in_child (machine);
}

static void
test_child_calls (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GAsyncResult) result = NULL;

  q_test_launch (machine);
  /* The parent has threads that wait for the next such call. */
  q_machine_start_job_async (machine, "no-such-command", NULL, -1, NULL, q_test_store_result,
                             &result);
  q_test_await (&result);
  g_assert_null (q_machine_start_job_finish (machine, result, NULL));
  assert_child_succeeds (call_in_child, machine);
  q_test_assert_running (machine);
  q_test_shutdown (machine);
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/fork/" path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("child-exits", NULL, test_child_exits);
  ADD ("child-drops", NULL, test_child_drops);
  ADD ("child-calls", NULL, test_child_calls);

  return g_test_run ();
}
