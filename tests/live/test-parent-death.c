/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What becomes of QEMU when the program that owns it is killed, at whatever moment, and what of
 * that program QEMU gets to see. The program is this one, started again with an argument. */

#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "q-test-util.h"

#define N_TRIES 20
#define N_TRIES_LONG 200

/* The promise: no QEMU a second later, where nothing else has the processors. */
#define SURVIVAL_MS (q_test_is_long () ? 1000 : 10000)

/* A machine greets within it, mostly: the moments of the kills cover the launch and a bit more. */
#define LAUNCH_US (40 * 1000)

/* -- the program that is killed -- */

#define OWNER_ARG "--owner"

typedef enum
{
  OWNER_PLAIN,
  OWNER_THREAD_ENDED, /* it launches from a thread that has ended when it tells the pid */
  OWNER_ASYNC,
  OWNER_LETS_LIVE, /* exit-with-parent off */
  N_OWNERS,
} OwnerMode;

static const char *const owner_modes[] = { "plain", "thread-ended", "async", "lets-live" };

static void
launch_sync (gpointer machine)
{
  g_autoptr (GError) error = NULL;

  q_machine_launch (machine, NULL, &error);
  g_assert_no_error (error);
}

static void
launch_async (QMachine *machine)
{
  g_autoptr (GAsyncResult) launched = NULL;
  g_autoptr (GError) error = NULL;

  q_machine_launch_async (machine, NULL, q_test_store_result, &launched);
  q_machine_launch_finish (machine, q_test_await (&launched), &error);
  g_assert_no_error (error);
}

/* --owner MODE NAME DIRECTORY: launches, tells the pid and stays until its standard input ends. */
static int
own_a_machine (char **argv)
{
  const char *const args[] = { "-machine", "none", "-name", argv[1], NULL };
  gboolean lets_live = g_str_equal (argv[0], owner_modes[OWNER_LETS_LIVE]);
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", q_test_get_binary (), "args", args, "name", argv[1],
                    "base-dir", argv[2], "exit-with-parent", !lets_live, NULL);
  g_autofree char *reply = NULL;
  g_autoptr (GError) error = NULL;
  char c;

  if (g_str_equal (argv[0], owner_modes[OWNER_THREAD_ENDED]))
    q_test_in_thread (launch_sync, machine);
  else if (g_str_equal (argv[0], owner_modes[OWNER_ASYNC]))
    launch_async (machine);
  else
    launch_sync (machine);

  /* It outlived the thread. */
  reply = q_machine_command_json (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);

  printf ("%" G_GINT64_FORMAT "\n", q_machine_get_pid (machine));
  fflush (stdout);
  while (read (STDIN_FILENO, &c, 1) > 0)
    continue;

  return 0;
}

/* -- looking for QEMU -- */

/* The processes with this text in their command line, but for the owner; a zombie has none. Sends
 * them a signal, if there is one. */
static guint
signal_processes (const char *text, gint64 but, int signal_number)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *entry;
  guint n = 0;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename ("/proc", entry, "cmdline", NULL);
      g_autofree char *command_line = NULL;
      gint64 pid = g_ascii_strtoll (entry, NULL, 10);
      gsize length;

      if (pid <= 0 || pid == but || !g_file_get_contents (file, &command_line, &length, NULL)
          || memmem (command_line, length, text, strlen (text)) == NULL)
        continue;

      n++;
      if (signal_number != 0)
        kill ((pid_t)pid, signal_number);
    }

  return n;
}

static guint
count_processes (const char *text, gint64 but)
{
  return signal_processes (text, but, 0);
}

static guint
count_processes_until_none (const char *text, gint64 but, gint64 milliseconds)
{
  gint64 deadline = g_get_monotonic_time () + milliseconds * 1000;
  guint n;

  while ((n = count_processes (text, but)) > 0 && g_get_monotonic_time () < deadline)
    g_thread_yield ();

  return n;
}

/* -- an owner, seen from the test -- */

typedef struct
{
  char *name; /* in QEMU's command line, and in that of nobody else but the owner */
  char *dir;  /* where the owner makes its run directory, and leaves it when it is killed */
  GSubprocess *process;
  gint64 pid;
  int output; /* a pipe of the process's standard output */
} Owner;

static guint n_started;

static void
owner_start (Owner *self, OwnerMode mode)
{
  g_autoptr (GSubprocessLauncher) launcher
    = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE);
  g_autoptr (GError) error = NULL;
  int ends[2];

  self->name = g_strdup_printf ("qmt-owned-%d-%u.", (int)getpid (), n_started++);
  self->dir = g_build_filename (q_test_get_base_dir (), "owned-XXXXXX", NULL);
  g_assert_nonnull (g_mkdtemp (self->dir));

  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  self->output = ends[0];
  g_subprocess_launcher_take_stdout_fd (launcher, ends[1]);
  self->process = g_subprocess_launcher_spawn (launcher, &error, "/proc/self/exe", OWNER_ARG,
                                               owner_modes[mode], self->name, self->dir, NULL);
  g_assert_no_error (error);
  self->pid = g_ascii_strtoll (g_subprocess_get_identifier (self->process), NULL, 10);
}

/* Until it has told the pid of QEMU, for so long at most. */
static gint64
owner_wait_for_pid (Owner *self, gint64 microseconds)
{
  struct pollfd watch = { .fd = self->output, .events = POLLIN };
  struct timespec limit = { microseconds / G_USEC_PER_SEC, microseconds % G_USEC_PER_SEC * 1000 };
  char line[32] = "";
  int n = ppoll (&watch, 1, &limit, NULL);

  g_assert_cmpint (n, >=, 0);
  if (n == 0)
    return 0;

  g_assert_cmpint (read (self->output, line, sizeof line - 1), >, 0);
  return g_ascii_strtoll (line, NULL, 10);
}

static void
owner_kill (Owner *self)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, NULL, &error);
  g_assert_no_error (error);
}

static void
owner_clear (Owner *self)
{
  close (self->output);
  q_test_remove_tree (self->dir);
  g_clear_object (&self->process);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->dir, g_free);

  /* We are the subreaper, so that QEMUs without an owner do not pile up where no init reaps them;
   * no GSubprocess is there whose status this could take. */
  while (waitpid (-1, NULL, WNOHANG) > 0)
    continue;
}

static void
assert_ends_with_owner (Owner *owner, gint64 pid, const char *when)
{
  guint n = count_processes_until_none (owner->name, owner->pid, SURVIVAL_MS);

  if (n > 0)
    {
      signal_processes (owner->name, owner->pid, SIGKILL);
      g_error ("%u processes of %s survive their owner, which was killed %s", n, owner->name, when);
    }

  /* The dead one is ours to reap, and not reaped before the end of the try: the number cannot be
   * somebody else's. */
  if (pid > 0)
    {
      g_autofree char *file = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/cmdline", pid);
      g_autofree char *command_line = NULL;

      if (g_file_get_contents (file, &command_line, NULL, NULL))
        g_assert_cmpstr (command_line, ==, "");
    }
}

static guint
get_n_tries (void)
{
  return q_test_is_long () ? N_TRIES_LONG : N_TRIES;
}

/* -- the tests -- */

static void
test_at_once (void)
{
  for (guint i = 0; i < get_n_tries (); i++)
    {
      Owner owner;
      gint64 pid;

      owner_start (&owner, (OwnerMode)(i % OWNER_LETS_LIVE));
      pid = owner_wait_for_pid (&owner, Q_TEST_DEADLINE_MS * 1000LL);
      g_assert_cmpint (pid, >, 0);
      g_assert_cmpuint (count_processes (owner.name, owner.pid), ==, 1);
      owner_kill (&owner);
      assert_ends_with_owner (&owner, pid, "once it ran");
      owner_clear (&owner);
    }
}

static void
test_at_random (void)
{
  guint n_early = 0;
  g_autofree char *all = g_strdup_printf ("qmt-owned-%d-", (int)getpid ());

  for (guint i = 0; i < get_n_tries (); i++)
    {
      gint64 moment = g_test_rand_int_range (0, LAUNCH_US);
      g_autofree char *when = g_strdup_printf ("after %" G_GINT64_FORMAT " us", moment);
      Owner owner;
      gint64 pid;

      owner_start (&owner, (OwnerMode)(i % OWNER_LETS_LIVE));
      pid = owner_wait_for_pid (&owner, moment);
      owner_kill (&owner);
      assert_ends_with_owner (&owner, pid, when);
      owner_clear (&owner);
      n_early += pid == 0;
    }

  /* One that was still between fork and exec when we looked is here now, and its supervisor may not
   * have had its turn. */
  q_test_wait_until (NULL, count_processes (all, 0) == 0);
  g_test_message ("%u of %u were killed before QEMU was ready", n_early, get_n_tries ());
}

static void
test_thread_ended (void)
{
  Owner owner;
  gint64 pid;

  owner_start (&owner, OWNER_THREAD_ENDED);
  pid = owner_wait_for_pid (&owner, Q_TEST_DEADLINE_MS * 1000LL);
  g_assert_cmpint (pid, >, 0);
  g_assert_cmpuint (count_processes (owner.name, owner.pid), ==, 1);
  owner_kill (&owner);
  assert_ends_with_owner (&owner, pid, "after its thread had ended");
  owner_clear (&owner);
}

static char *
find_monitor (const Owner *owner)
{
  g_autoptr (GDir) dir = g_dir_open (owner->dir, 0, NULL);
  g_autofree char *file = g_strconcat (owner->name, ".monitor", NULL);

  g_assert_nonnull (dir);
  return g_build_filename (owner->dir, g_dir_read_name (dir), file, NULL);
}

/* It lives if it answers, and nothing else shows it. */
static void
test_lets_live (void)
{
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autofree char *reply = NULL;
  Owner owner;
  gint64 pid;

  owner_start (&owner, OWNER_LETS_LIVE);
  pid = owner_wait_for_pid (&owner, Q_TEST_DEADLINE_MS * 1000LL);
  g_assert_cmpint (pid, >, 0);
  owner_kill (&owner);

  path = find_monitor (&owner);
  address = g_unix_socket_address_new (path);
  q_monitor_attach (monitor, address, NULL, &error);
  g_assert_no_error (error);
  reply = q_monitor_command_json (monitor, "query-name", NULL, Q_MONITOR_FLAGS_NONE,
                                  Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (reply, owner.name));
  g_assert_cmpuint (count_processes (owner.name, owner.pid), ==, 1);

  g_assert_true (q_monitor_close (monitor, NULL, &error));
  g_assert_cmpint (kill ((pid_t)pid, SIGKILL), ==, 0);
  g_assert_cmpuint (count_processes_until_none (owner.name, owner.pid, Q_TEST_DEADLINE_MS), ==, 0);
  owner_clear (&owner);
}

/* -- descriptors -- */

static gboolean
process_has_file (gint64 pid, const struct stat *wanted)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/fd", pid);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      struct stat info;

      if (stat (file, &info) == 0 && info.st_dev == wanted->st_dev && info.st_ino == wanted->st_ino)
        return TRUE;
    }

  return FALSE;
}

static void
test_foreign_fds (gconstpointer data)
{
  gboolean exit_with_parent = GPOINTER_TO_INT (data);
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;
  struct stat info;
  int ends[2];
  int high;

  /* Deliberately without close-on-exec, low and high. */
  g_assert_cmpint (pipe (ends), ==, 0);
  g_assert_cmpint (fstat (ends[0], &info), ==, 0);
  high = fcntl (ends[1], F_DUPFD, 500);
  g_assert_cmpint (high, >=, 500);
  g_assert_true (process_has_file (getpid (), &info));

  g_object_set (machine, "exit-with-parent", exit_with_parent, NULL);
  q_machine_launch (machine, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (process_has_file (q_machine_get_pid (machine), &info));
  q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);

  close (ends[0]);
  close (ends[1]);
  close (high);
}

/* The listener is for QEMU and nobody else: two machines do not hold each other's descriptors. */
static void
test_other_machine (void)
{
  g_autoptr (QMachine) first = q_test_machine_none ();
  g_autoptr (QMachine) second = q_test_machine_none ();
  g_autoptr (GError) error = NULL;
  int ends[2];
  struct stat info;

  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  g_assert_cmpint (fstat (ends[0], &info), ==, 0);
  g_assert_true (q_machine_add_fd (first, ends[1], 1, NULL, NULL, &error));
  g_assert_no_error (error);

  g_assert_true (q_machine_launch (first, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (q_machine_launch (second, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (process_has_file (q_machine_get_pid (first), &info));
  g_assert_false (process_has_file (q_machine_get_pid (second), &info));

  g_assert_true (q_machine_shutdown (first, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (q_machine_shutdown (second, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  close (ends[0]);
  close (ends[1]);
}

int
main (int argc, char *argv[])
{
  if (argc == 5 && g_str_equal (argv[1], OWNER_ARG))
    return own_a_machine (argv + 2);

  q_test_init (&argc, &argv);
  g_assert_cmpint (prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), ==, 0);

  g_test_add_func ("/parent-death/at-once", test_at_once);
  g_test_add_func ("/parent-death/at-random", test_at_random);
  g_test_add_func ("/parent-death/thread-ended", test_thread_ended);
  g_test_add_func ("/parent-death/lets-live", test_lets_live);
  g_test_add_data_func ("/descriptors/foreign", GINT_TO_POINTER (TRUE), test_foreign_fds);
  g_test_add_data_func ("/descriptors/foreign-lets-live", GINT_TO_POINTER (FALSE),
                        test_foreign_fds);
  g_test_add_func ("/descriptors/other-machine", test_other_machine);

  return g_test_run ();
}
