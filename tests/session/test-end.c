/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The moment between the end of QEMU and that of its monitor. */

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "q-test-util.h"

typedef enum
{
  KILL,
  KILL_ASYNC,
  SHUTDOWN,
} Interference;

/* Takes duplicates of another process's sockets. */
static void
hold_sockets (gint64 pid, GArray *held)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", (int)pid);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  int pid_fd = (int)syscall (SYS_pidfd_open, (pid_t)pid, 0);
  const char *name;

  g_assert_nonnull (dir);
  g_assert_cmpint (pid_fd, >=, 0);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *link = g_build_filename (path, name, NULL);
      g_autofree char *target = g_file_read_link (link, NULL);
      int fd;

      if (target == NULL || !g_str_has_prefix (target, "socket:"))
        continue;
      fd = (int)syscall (SYS_pidfd_getfd, pid_fd, atoi (name), 0);
      g_assert_cmpint (fd, >=, 0);
      g_array_append_val (held, fd);
    }
  close (pid_fd);
  g_assert_cmpuint (held->len, >, 0);
}

static void
close_fd (gpointer fd)
{
  close (*(int *)fd);
}

/* QEMU has quit, and somebody who has its descriptors makes us wait for the monitor's last words:
 * whatever is asked for in that moment, the end was a good one. It is this program, as what the
 * machine spawns is killed with it; that one keeps the script from hanging up. */
static void
test_clean_end_stays_clean (QTestFixture *fixture, gconstpointer data)
{
  for (int interference = KILL; interference <= SHUTDOWN; interference++)
    {
      g_autoptr (QMachine) machine
        = q_test_machine_mock ("negotiate; spawn-holder; expect query-status; "
                               "reply {\"status\":\"running\"}; expect quit; reply; exit 0");
      g_autoptr (GArray) held = g_array_new (FALSE, FALSE, sizeof (int));
      g_autoptr (GAsyncResult) ended = NULL;
      g_autoptr (GAsyncResult) killed = NULL;
      g_autoptr (GError) error = NULL;

      g_array_set_clear_func (held, close_fd);
      q_test_launch (machine);
      hold_sockets (q_machine_get_pid (machine), held);
      q_machine_shutdown_async (machine, Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &ended);
      while (q_machine_get_exit_kind (machine) == Q_EXIT_KIND_NONE)
        g_thread_yield ();
      g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPING);
      if (interference == KILL)
        {
          q_machine_kill (machine, NULL, &error);
        }
      else if (interference == KILL_ASYNC)
        {
          q_machine_kill_async (machine, NULL, q_test_store_result, &killed);
          q_machine_kill_finish (machine, q_test_await (&killed), &error);
        }
      else
        {
          q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error);
        }
      g_assert_no_error (error);
      q_machine_shutdown_finish (machine, q_test_await (&ended), &error);
      g_assert_no_error (error);
      g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
    }
}

#define ADD(path, func)                                                                            \
  g_test_add ("/end/" path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("stays-clean", test_clean_end_stays_clean);

  return g_test_run ();
}
