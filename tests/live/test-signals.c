/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Real QEMUs that a signal stops or kills, at any moment of a launch or while they run. */

#include <signal.h>
#include <string.h>

#include "q-test-util.h"

/* -- a signal at a random moment of the launch -- */

typedef struct
{
  QMachine *machine;
  int signal_number;
  gint64 delay_us;
  gint sent; /* atomic, like the next one */
  gint over; /* the launch: on a slow host its limit may pass before the pid is seen */
} Shot;

/* The delay is what is tested: it must not matter. */
static gpointer
shoot (gpointer data)
{
  Shot *shot = data;
  gint64 deadline = g_get_monotonic_time () + Q_TEST_DEADLINE_MS * 1000LL;
  gint64 pid;

  while ((pid = q_machine_get_pid (shot->machine)) == 0 && !g_atomic_int_get (&shot->over)
         && g_get_monotonic_time () < deadline)
    g_thread_yield ();
  if (pid == 0)
    {
      g_assert_true (g_atomic_int_get (&shot->over));
      return NULL;
    }
  g_usleep (shot->delay_us);
  g_atomic_int_set (&shot->sent, kill ((pid_t)pid, shot->signal_number) == 0);
  return NULL;
}

static void
test_shot_at_launch (QTestFixture *fixture, gconstpointer data)
{
  const int signal_number = GPOINTER_TO_INT (data);
  const guint n_tries = q_test_is_long () ? 200 : 20;
  guint n_failed = 0;

  for (guint i = 0; i < n_tries; i++)
    {
      g_autoptr (QMachine) machine = q_test_machine_none ();
      Shot shot = { machine, signal_number, g_test_rand_int_range (0, 80000), 0, 0 };
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) late = NULL;
      GThread *thread;

      q_machine_set_shutdown_timeout (machine, 100);
      if (signal_number == SIGSTOP)
        q_machine_set_launch_timeout (machine, 400);
      thread = g_thread_new ("shoot", shoot, &shot);
      if (!q_machine_launch (machine, NULL, &error))
        {
          n_failed++;
          if (signal_number == SIGSTOP)
            g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
          else
            g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
          g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
        }
      g_atomic_int_set (&shot.over, TRUE);
      g_thread_join (thread);

      /* Frozen or dead by now, unless the launch failed before the shot. What a frozen one makes of
       * a shutdown is another test's matter, and takes seconds. */
      if (signal_number == SIGSTOP)
        g_assert_true (q_machine_kill (machine, NULL, NULL));
      else if (error == NULL && !q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &late))
        g_assert_error (late, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN);
      g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
      g_assert_cmpint (q_machine_get_pid (machine), ==, 0);
    }

  g_test_message ("%u of %u launches failed", n_failed, n_tries);
  /* A death that nobody ordered is worth a warning. */
  q_test_take_warnings (NULL);
}

/* -- frozen while it runs: each call gives up in its time, and no other machine waits -- */

static void
test_frozen (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) frozen = q_test_machine_none ();
  g_autoptr (QMachine) other = q_test_machine_none ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_object_set (frozen, "command-timeout", 200, "shutdown-timeout", 200, NULL);
  q_test_launch (frozen);
  q_test_launch (other);
  g_assert_cmpint (kill ((pid_t)q_machine_get_pid (frozen), SIGSTOP), ==, 0);

  text = q_machine_command_json (frozen, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_null (text);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  g_assert_null (q_machine_wait_event (frozen, NULL, NULL, 100, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);

  text = q_machine_command_json (other, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (text);

  /* Thawed, the late reply is nobody's, and the next one is its own. */
  g_assert_cmpint (kill ((pid_t)q_machine_get_pid (frozen), SIGCONT), ==, 0);
  g_object_set (frozen, "command-timeout", -1, NULL);
  g_free (text);
  text = q_machine_command_json (frozen, "query-version", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (text, "package"));

  g_assert_cmpint (kill ((pid_t)q_machine_get_pid (frozen), SIGSTOP), ==, 0);
  g_assert_false (q_machine_shutdown (frozen, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN);
  g_assert_cmpint (q_test_get_exit_code (frozen), ==, -SIGKILL);
  q_test_shutdown (other);
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/signals/" path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("stopped-while-launching", GINT_TO_POINTER (SIGSTOP), test_shot_at_launch);
  ADD ("killed-while-launching", GINT_TO_POINTER (SIGKILL), test_shot_at_launch);
  ADD ("frozen", NULL, test_frozen);

  return g_test_run ();
}
