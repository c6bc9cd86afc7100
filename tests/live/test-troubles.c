/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Real QEMUs that freeze or die at any moment, programs that take exit statuses away, and systems
 * that have run out of something. */

#include <errno.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "q-test-util.h"

static char *program;

/* -- a signal at a random moment of the launch -- */

typedef struct
{
  QMachine *machine;
  int signal_number;
  gint64 delay_us;
  gint sent; /* atomic */
} Shot;

/* The delay is what is tested: it must not matter. */
static gpointer
shoot (gpointer data)
{
  Shot *shot = data;
  gint64 deadline = g_get_monotonic_time () + Q_TEST_DEADLINE_MS * 1000LL;
  gint64 pid;

  while ((pid = q_machine_get_pid (shot->machine)) == 0 && g_get_monotonic_time () < deadline)
    g_thread_yield ();
  g_assert_cmpint (pid, >, 0);
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
      Shot shot = { machine, signal_number, g_test_rand_int_range (0, 80000), 0 };
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) late = NULL;
      GThread *thread;

      g_object_set (machine, "launch-timeout", 400, "shutdown-timeout", 100, NULL);
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

/* -- handlers that do not behave -- */

static void
handler_drops (QMachine *machine, QMonitorEvent *event, QMachine **owner)
{
  g_clear_object (owner);
}

static void
handler_calls (QMachine *machine, QMonitorEvent *event, QMachine **owner)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text
    = q_machine_command_json (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (text);
}

static void
handler_shuts_down (QMachine *machine, QMonitorEvent *event, QMachine **owner)
{
  q_test_shutdown (machine);
}

static void
handler_launches_another (QMachine *machine, QMonitorEvent *event, QMachine **owner)
{
  g_autoptr (QMachine) another = q_test_machine_none ();

  q_test_launch (another);
  q_test_shutdown (another);
}

static void
handler_launches_again (QMachine *machine, QMonitorEvent *event, QMachine **owner)
{
  q_test_shutdown (machine);
  q_test_launch (machine);
}

typedef void (*Handler) (QMachine *machine, QMonitorEvent *event, QMachine **owner);

static void
run_handler (QMachine *machine, QMonitorEvent *event, gpointer data)
{
  gpointer *call = data;
  Handler handler = (Handler)call[0];

  call[2] = GINT_TO_POINTER (TRUE);
  handler (machine, event, call[1]);
}

static void
test_handlers (QTestFixture *fixture, gconstpointer data)
{
  const Handler handlers[] = {
    handler_drops,          handler_calls, handler_shuts_down, handler_launches_another,
    handler_launches_again,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
    {
      QMachine *machine = q_test_machine_none ();
      gpointer call[3] = { (gpointer)handlers[i], &machine, NULL };
      g_autofree char *text = NULL;
      g_autoptr (GError) error = NULL;

      g_signal_connect (machine, "event::STOP", G_CALLBACK (run_handler), call);
      q_test_launch (machine);
      text = q_machine_command_json (machine, "stop", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
      g_assert_no_error (error);
      q_test_wait_until (NULL, call[2] != NULL);
      if (machine != NULL)
        g_assert_true (q_machine_kill (machine, NULL, NULL));
      g_clear_object (&machine);
    }
}

/* -- somebody else reaps -- */

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

/* -- a system that has run out of something -- */

static void
assert_no_launch (const char *base, GQuark domain, int code, const char *text)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;

  if (base != NULL)
    g_object_set (machine, "base-dir", base, NULL);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, domain, code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, text));
}

/* The build may be where only its user can go. */
static void
copy_helper (const char *path)
{
  const char *helper = g_getenv ("QMACHINE_EXEC_HELPER");
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_assert_nonnull (helper);
  g_file_get_contents (helper, &content, &length, &error);
  g_assert_no_error (error);
  g_file_set_contents_full (path, content, (gssize)length, G_FILE_SET_CONTENTS_NONE, 0755, &error);
  g_assert_no_error (error);
  g_assert_true (g_setenv ("QMACHINE_EXEC_HELPER", path, TRUE));
}

/* A user who is not root, whom limits and modes bind. */
static void
become_nobody (void)
{
  if (getuid () != 0)
    return;

  g_assert_cmpint (chown (q_test_get_base_dir (), 65534, 65534), ==, 0);
  g_assert_cmpint (setgroups (0, NULL), ==, 0);
  g_assert_cmpint (setresgid (65534, 65534, 65534), ==, 0);
  g_assert_cmpint (setresuid (65534, 65534, 65534), ==, 0);
}

static void
run_without_permission (void)
{
  g_autofree char *base = g_build_filename (q_test_get_base_dir (), "closed", NULL);

  become_nobody ();
  g_assert_cmpint (g_mkdir (base, 0500), ==, 0);
  assert_no_launch (base, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                    "Permission denied");
  g_assert_cmpint (g_rmdir (base), ==, 0);
}

static void
run_without_processes (void)
{
  struct rlimit none = { 0, 0 };
  g_autofree char *helper = g_build_filename (q_test_get_base_dir (), "helper", NULL);

  copy_helper (helper);
  /* The library's own thread is there before, as in a program that has worked for a while. */
  become_nobody ();
  {
    g_autoptr (QMachine) machine = q_test_machine_none ();

    q_test_launch (machine);
    q_test_shutdown (machine);
  }
  g_assert_cmpint (setrlimit (RLIMIT_NPROC, &none), ==, 0);
  assert_no_launch (NULL, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                    "Resource temporarily unavailable");
  g_assert_cmpint (g_unlink (helper), ==, 0);
  g_assert_cmpint (g_rmdir (q_test_get_base_dir ()), ==, 0);
  /* A leak checker would want a process of its own for that, and there is none to be had. */
  fflush (stdout);
  _exit (0);
}

static void
run_on_full_disk (void)
{
  /* Of the mount that the parent made around us: no inode is left. */
  assert_no_launch (g_getenv ("FULL_DISK"), Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                    "No space left");
}

static const struct
{
  const char *name;
  void (*run) (void);
} scarcities[] = {
  { "permission", run_without_permission },
  { "processes", run_without_processes },
  { "space", run_on_full_disk },
};

#define MOUNT_NAMESPACE "-rm"

static gboolean
has_mount_namespaces (void)
{
  g_autoptr (GSubprocess) unshare = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
                                                      "unshare", MOUNT_NAMESPACE, "true", NULL);

  return unshare != NULL && g_subprocess_wait_check (unshare, NULL, NULL);
}

/* In a process of its own, since there is no way back. */
static void
test_without (QTestFixture *fixture, gconstpointer data)
{
  const char *name = data;
  g_autofree char *disk = g_build_filename (q_test_get_base_dir (), "disk", NULL);
  g_autofree char *mount = g_strdup_printf (
    "mount -t tmpfs -o size=64k,nr_inodes=1 none '%s' && exec '%s' --without space", disk, program);
  const char *const plain[] = { program, "--without", name, NULL };
  const char *const mounted[] = { "unshare", MOUNT_NAMESPACE, "sh", "-c", mount, NULL };
  gboolean needs_mount = g_str_equal (name, "space");
  g_autoptr (GSubprocessLauncher) launcher
    = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autoptr (GSubprocess) subprocess = NULL;
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;

  if (needs_mount && !has_mount_namespaces ())
    {
      g_test_skip ("no mount name space can be made here, as in a container or a changed root");
      return;
    }

  g_assert_cmpint (g_mkdir (disk, 0700), ==, 0);
  g_subprocess_launcher_setenv (launcher, "FULL_DISK", disk, TRUE);
  subprocess = g_subprocess_launcher_spawnv (launcher, needs_mount ? mounted : plain, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (subprocess, NULL, NULL, &output, NULL, &error));
  g_assert_no_error (error);
  g_test_message ("%s", output);
  g_assert_true (g_subprocess_get_successful (subprocess));
  g_assert_cmpint (g_rmdir (disk), ==, 0);
}

static int
run_scarcity (int argc, char *argv[])
{
  const char *name = argv[2];

  q_test_init (&argc, &argv);
  for (gsize i = 0; i < G_N_ELEMENTS (scarcities); i++)
    if (g_str_equal (scarcities[i].name, name))
      {
        scarcities[i].run ();
        return 0;
      }
  return 1;
}

int
main (int argc, char *argv[])
{
  program = argv[0];
  if (argc == 3 && g_str_equal (argv[1], "--without"))
    return run_scarcity (argc, argv);

  q_test_init (&argc, &argv);

#define ADD(path, data, func)                                                                      \
  g_test_add ("/troubles/" path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)
  ADD ("stopped-while-launching", GINT_TO_POINTER (SIGSTOP), test_shot_at_launch);
  ADD ("killed-while-launching", GINT_TO_POINTER (SIGKILL), test_shot_at_launch);
  ADD ("frozen", NULL, test_frozen);
  ADD ("handlers", NULL, test_handlers);
  ADD ("status-stolen", NULL, test_status_stolen);
  ADD ("sigchld-ignored", NULL, test_sigchld_ignored);
  ADD ("without/permission", "permission", test_without);
  ADD ("without/processes", "processes", test_without);
  ADD ("without/space", "space", test_without);

  return g_test_run ();
}
