/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which members of a process group still hold something. */

#include <glib.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/process-group-private.h"

#define DEADLINE_US (30 * G_USEC_PER_SEC)

/* -- the member -- */

static gpointer
end_with_input (gpointer data)
{
  char byte;

  _exit (read (STDIN_FILENO, &byte, 1) == 0 ? 0 : 1);
}

static int
be_member (const char *how)
{
  if (setpgid (0, 0) != 0)
    return 1;
  if (g_str_equal (how, "leave"))
    {
      g_thread_unref (g_thread_new ("rest", end_with_input, NULL));
      pthread_exit (NULL);
    }
  if (g_str_equal (how, "stay"))
    end_with_input (NULL);

  return 0;
}

/* -- the test -- */

static char *program;

static char
get_state (pid_t pid)
{
  g_autofree char *file = g_strdup_printf ("/proc/%d/stat", (int)pid);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return '?';
  return strrchr (text, ')')[2];
}

static void
wait_until_dead (pid_t pid)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE_US;

  while (get_state (pid) != 'Z' && g_get_monotonic_time () < deadline)
    g_thread_yield ();
  g_assert_cmpint (get_state (pid), ==, 'Z');
}

static void
test_member (gconstpointer how)
{
  char *argv[] = { program, (char *)"--member", (char *)how, NULL };
  g_autoptr (GError) error = NULL;
  gint64 deadline = g_get_monotonic_time () + DEADLINE_US;
  int input;
  GPid pid;
  int status;

  g_spawn_async_with_pipes (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &input,
                            NULL, NULL, &error);
  g_assert_no_error (error);

  while (getpgid (pid) != pid && g_get_monotonic_time () < deadline)
    g_thread_yield ();
  g_assert_cmpint (getpgid (pid), ==, pid);
  if (!g_str_equal (how, "stay"))
    wait_until_dead (pid);
  g_assert_cmpint (q_process_group_is_alive (pid), ==, !g_str_equal (how, "end"));

  /* Not reaped, it keeps the number of the group. */
  g_assert_cmpint (close (input), ==, 0);
  while (q_process_group_is_alive (pid) && g_get_monotonic_time () < deadline)
    g_thread_yield ();
  g_assert_false (q_process_group_is_alive (pid));
  g_assert_cmpint (kill (-pid, 0), ==, 0);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
  g_assert_false (q_process_group_is_alive (pid));
}

int
main (int argc, char *argv[])
{
  if (argc == 3 && g_str_equal (argv[1], "--member"))
    return be_member (argv[2]);

  program = argv[0];
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/process-group/running", "stay", test_member);
  g_test_add_data_func ("/process-group/ended", "end", test_member);
  g_test_add_data_func ("/process-group/first-thread-ended", "leave", test_member);

  return g_test_run ();
}
