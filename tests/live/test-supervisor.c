/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The supervisor that stands between the program and QEMU: what is told of an end, whoever else
 * waits; what becomes of processes that stay behind QEMU; what the supervisor itself and QEMU have
 * to do with signals that are not for them. */

#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "q-test-util.h"

/* "" for one that has ended, and nobody has reaped. */
static gboolean
is_running (gint64 pid)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/cmdline", pid);
  g_autofree char *text = NULL;

  return g_file_get_contents (file, &text, NULL, NULL) && text[0] != '\0';
}

static gint64
get_parent (gint64 pid)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/stat", pid);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  return g_ascii_strtoll (strrchr (text, ')') + 4, NULL, 10);
}

static gint64
find_supervisor (QMachine *machine)
{
  gint64 pid = q_machine_get_pid (machine);
  gint64 parent;

  while ((parent = get_parent (pid)) != getpid ())
    pid = parent;

  return pid;
}

/* -- the supervisor itself -- */

static void
test_supervisor_killed (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *warning = NULL;
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;
  gint64 pid;

  q_test_launch (machine);
  pid = q_machine_get_pid (machine);
  g_assert_cmpint (kill ((pid_t)find_supervisor (machine), SIGKILL), ==, 0);
  g_assert_true (q_machine_wait (machine, -1, NULL, &error));
  g_assert_no_error (error);
  q_test_wait_until (NULL, !is_running (pid));
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
  g_assert_cmpint (q_machine_get_exit_kind (machine), ==, Q_EXIT_KIND_UNKNOWN);
  g_assert_cmpuint (q_test_take_warnings (&warning), ==, 1);
  g_assert_nonnull (strstr (warning, "supervisor was killed"));
}

static void
test_supervisor_stopped (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  g_assert_cmpint (kill ((pid_t)find_supervisor (machine), SIGSTOP), ==, 0);
  g_assert_true (q_machine_kill (machine, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, -SIGKILL);
}

/* Those who end what looks like a service ask all of its processes. */
static void
test_supervisor_asked_to_end (QTestFixture *fixture, gconstpointer data)
{
  static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGPIPE };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *reply = NULL;
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    g_assert_cmpint (kill ((pid_t)find_supervisor (machine), signals[i]), ==, 0);
  reply = q_machine_command_json (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  q_test_shutdown (machine);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
}

/* -- what is left -- */

static void
test_stragglers (QTestFixture *fixture, gconstpointer data)
{
  const char *const wrapper[] = { "sh", "-c", data, "sh", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *seconds = g_strdup_printf ("1000.%d", (int)getpid ());
  g_autofree char *log = NULL;
  char *line;

  g_object_set (machine, "wrapper", wrapper, NULL);
  g_assert_true (g_setenv ("STRAGGLER", seconds, TRUE));
  q_test_launch (machine);
  q_test_shutdown (machine);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
  g_assert_cmpuint (q_test_count_processes (seconds), ==, 0);

  log = q_machine_dup_log (machine);
  line = strstr (log, "qmachine: killed ");
  g_assert_nonnull (line);
  g_assert_nonnull (strstr (line, " sleep that was left\n"));
  g_unsetenv ("STRAGGLER");
}

/* A moment is what they have. */
static void
test_stragglers_that_end (QTestFixture *fixture, gconstpointer data)
{
  static const char *const wrapper[] = {
    "sh", "-c", "(while kill -0 $$; do sleep 0.02; done) 2>/dev/null & exec \"$@\"", "sh", NULL,
  };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *log = NULL;

  g_object_set (machine, "wrapper", wrapper, NULL);
  q_test_launch (machine);
  q_test_shutdown (machine);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
  log = q_machine_dup_log (machine);
  g_assert_cmpstr (log, ==, "");
}

/* A QEMU whose wrapper has ended is nothing that was left, also when nobody talks to it. */
static void
test_closed_monitor (QTestFixture *fixture, gconstpointer data)
{
  static const char *const wrapper[] = { "sh", "-c", "\"$@\" & exit 0", "sh", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMonitor) monitor = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *log = NULL;
  gint64 deadline;
  gint64 pid;

  g_object_set (machine, "wrapper", wrapper, NULL);
  q_test_launch (machine);
  pid = q_machine_get_pid (machine);
  monitor = q_machine_dup_monitor (machine);
  g_assert_true (q_monitor_close (monitor, NULL, &error));
  g_assert_no_error (error);

  /* Twice the moment that it would have. */
  deadline = g_get_monotonic_time () + 2 * G_USEC_PER_SEC;
  q_test_wait_until (NULL, !q_test_process_exists (pid) || g_get_monotonic_time () > deadline);
  g_assert_true (q_test_process_exists (pid));
  q_test_shutdown (machine);
  log = q_machine_dup_log (machine);
  g_assert_null (strstr (log, "qmachine: "));
}

/* -- what is told of the end -- */

/* The wrapper makes nothing of it, and has gone long since. */
static void
test_crash_behind_wrapper (QTestFixture *fixture, gconstpointer data)
{
  static const char *const wrapper[] = { "sh", "-c", "\"$@\" & exit 0", "sh", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GAsyncResult *pending = NULL;
  pid_t pid;

  g_object_set (machine, "wrapper", wrapper, NULL);
  q_test_launch (machine);
  pid = (pid_t)q_machine_get_pid (machine);
  g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
  q_machine_shutdown_async (machine, Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &pending);
  /* An end before the call would be none of its business. */
  q_test_wait_until (g_main_context_get_thread_default (),
                     q_machine_get_state (machine) == Q_MACHINE_STATE_STOPPING);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  result = q_test_await (&pending);
  g_assert_false (q_machine_shutdown_finish (machine, result, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN);
  g_assert_nonnull (strstr (error->message, "was killed by signal 9 (Killed), and its wrapper "
                                            "exited with status 0"));
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 1);
}

static void
assert_ends_are_known (void)
{
  static const int signals[] = { SIGKILL, SIGABRT, SIGTERM };
  static const int exit_codes[] = { -SIGKILL, -SIGABRT, 0 };
  g_autoptr (QMachine) machine = q_test_machine_none ();

  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      g_autoptr (GError) error = NULL;

      q_test_launch (machine);
      g_assert_cmpint (kill ((pid_t)q_machine_get_pid (machine), signals[i]), ==, 0);
      g_assert_true (q_machine_wait (machine, -1, NULL, &error));
      g_assert_no_error (error);
      g_assert_cmpint (q_test_get_exit_code (machine), ==, exit_codes[i]);
    }
  q_test_launch (machine);
  q_test_shutdown (machine);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
  q_test_launch (machine);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  g_assert_cmpint (q_test_get_exit_code (machine), ==, -SIGKILL);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 2);
}

static gpointer
steal_statuses (gpointer data)
{
  while (!g_atomic_int_get ((gint *)data))
    if (waitpid (-1, NULL, WNOHANG) <= 0)
      g_thread_yield ();

  return NULL;
}

static void
test_status_stolen (QTestFixture *fixture, gconstpointer data)
{
  gint stop = FALSE;
  GThread *thief = g_thread_new ("thief", steal_statuses, &stop);

  assert_ends_are_known ();
  g_atomic_int_set (&stop, TRUE);
  g_thread_join (thief);
}

static void
test_sigchld_ignored (QTestFixture *fixture, gconstpointer data)
{
  struct sigaction ignore = { .sa_handler = SIG_IGN };
  struct sigaction old;

  g_assert_cmpint (sigaction (SIGCHLD, &ignore, &old), ==, 0);
  assert_ends_are_known ();
  g_assert_cmpint (sigaction (SIGCHLD, &old, NULL), ==, 0);
}

static void
test_sigchld_blocked (QTestFixture *fixture, gconstpointer data)
{
  sigset_t blocked;
  sigset_t old;

  sigemptyset (&blocked);
  sigaddset (&blocked, SIGCHLD);
  g_assert_cmpint (pthread_sigmask (SIG_BLOCK, &blocked, &old), ==, 0);
  assert_ends_are_known ();
  g_assert_cmpint (pthread_sigmask (SIG_SETMASK, &old, NULL), ==, 0);
}

/* -- the keys of a terminal -- */

#define TERMINAL_ARG "--on-terminal"

/* --on-terminal: launches, is told of each key, and QEMU is not. Says on the way how far it is. */
static int
run_on_terminal (void)
{
  static const int keys[] = { SIGINT, SIGTSTP, SIGQUIT };
  g_autoptr (QMachine) machine = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = NULL;
  sigset_t blocked;

  sigemptyset (&blocked);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    sigaddset (&blocked, keys[i]);
  sigprocmask (SIG_BLOCK, &blocked, NULL);

  machine = q_test_machine_none ();
  g_object_set (machine, "base-dir", NULL, NULL);
  q_machine_launch (machine, NULL, &error);
  g_assert_no_error (error);
  /* Nor is a terminal that hangs up any matter of QEMU's, or its supervisor's. */
  g_assert_cmpint (getsid ((pid_t)q_machine_get_pid (machine)), ==, find_supervisor (machine));
  g_assert_cmpint (getsid ((pid_t)find_supervisor (machine)), !=, getsid (0));
  printf ("up\n");
  fflush (stdout);

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      struct timespec limit = { .tv_sec = Q_TEST_DEADLINE_MS / 1000 };

      /* They come in the order of their numbers. */
      g_assert_cmpint (sigtimedwait (&blocked, NULL, &limit), >, 0);
    }
  reply = q_machine_command_json (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  return q_test_get_exit_code (machine) == 0 ? 0 : 1;
}

static void
test_terminal (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GString) output = g_string_new (NULL);
  gboolean typed = FALSE;
  char text[256];
  gssize length;
  int terminal;
  int status;
  pid_t pid = forkpty (&terminal, NULL, NULL, NULL);

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      execl ("/proc/self/exe", "test-supervisor", TERMINAL_ARG, NULL);
      _exit (127);
    }

  /* Reading fails when the other end is closed. */
  while ((length = read (terminal, text, sizeof text)) > 0)
    {
      g_string_append_len (output, text, length);
      if (!typed && strstr (output->str, "up") != NULL)
        {
          g_assert_cmpint (write (terminal, "\003\032\034", 3), ==, 3);
          typed = TRUE;
        }
    }
  g_test_message ("%s", output->str);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
  close (terminal);
}

int
main (int argc, char *argv[])
{
  static const char *const straggling[][2] = {
    { "beside-shell", "sleep \"$STRAGGLER\" & \"$@\"" },
    { "beside-qemu", "sleep \"$STRAGGLER\" & exec \"$@\"" },
    { "behind-shell", "\"$@\" & wait $!; sleep \"$STRAGGLER\" & exit 0" },
  };

  if (argc == 2 && g_str_equal (argv[1], TERMINAL_ARG))
    return run_on_terminal ();

  q_test_init (&argc, &argv);

#define ADD(path, data, func)                                                                      \
  g_test_add (path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)
  ADD ("/supervisor/itself/killed", NULL, test_supervisor_killed);
  ADD ("/supervisor/itself/stopped", NULL, test_supervisor_stopped);
  ADD ("/supervisor/itself/asked-to-end", NULL, test_supervisor_asked_to_end);
  for (gsize i = 0; i < G_N_ELEMENTS (straggling); i++)
    {
      g_autofree char *path = g_strconcat ("/supervisor/stragglers/", straggling[i][0], NULL);

      ADD (path, straggling[i][1], test_stragglers);
    }
  ADD ("/supervisor/stragglers/that-end", NULL, test_stragglers_that_end);
  ADD ("/supervisor/stragglers/none-but-qemu", NULL, test_closed_monitor);
  ADD ("/supervisor/crash-behind-wrapper", NULL, test_crash_behind_wrapper);
  ADD ("/supervisor/status/stolen", NULL, test_status_stolen);
  ADD ("/supervisor/status/sigchld-ignored", NULL, test_sigchld_ignored);
  ADD ("/supervisor/status/sigchld-blocked", NULL, test_sigchld_blocked);
  ADD ("/supervisor/terminal", NULL, test_terminal);

  return g_test_run ();
}
