/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Programs that take the exit status of QEMU away: the end is noticed all the same. */

#include <signal.h>
#include <sys/wait.h>

#include "q-test-util.h"

static gpointer
steal_statuses (gpointer data)
{
  while (!g_atomic_int_get ((gint *)data))
    {
      int status;

      if (waitpid (-1, &status, WNOHANG) <= 0)
        g_thread_yield ();
    }
  return NULL;
}

/* The status may be lost; the end is not, and nothing hangs. */
static void
test_status_stolen (QTestFixture *fixture, gconstpointer data)
{
  gint stop = FALSE;
  GThread *thief = g_thread_new ("thief", steal_statuses, &stop);

  for (guint i = 0; i < 8; i++)
    {
      g_autoptr (QMachine) machine = q_test_machine_none ();

      q_test_launch (machine);
      q_test_shutdown (machine);
      g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
      q_test_launch (machine);
      g_assert_true (q_machine_kill (machine, NULL, NULL));
      g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
    }
  g_atomic_int_set (&stop, TRUE);
  g_thread_join (thief);
}

static void
test_sigchld_ignored (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  struct sigaction ignore = { .sa_handler = SIG_IGN };
  struct sigaction old;

  q_test_launch (machine);
  g_assert_cmpint (sigaction (SIGCHLD, &ignore, &old), ==, 0);
  q_test_shutdown (machine);
  q_test_launch (machine);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  g_assert_cmpint (sigaction (SIGCHLD, &old, NULL), ==, 0);
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/exit-status/" path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("stolen", NULL, test_status_stolen);
  ADD ("sigchld-ignored", NULL, test_sigchld_ignored);

  return g_test_run ();
}
