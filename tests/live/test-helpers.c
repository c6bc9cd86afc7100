/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Processes beside QEMU, and what becomes of a launch when they do not do what they should. The
 * helper is this program, started again with an argument. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "q-test-util.h"

#define N_TRIES 10
#define N_TRIES_LONG 50

/* A limit that has to pass, and what a prompt answer may take at most, also on a busy host. */
#define SHORT_MS 300
/* Within which the helper has said that it waits. */
#define SILENCE_MS 1500
#define PROMPT_MS 20000

static char *program;

/* -- the helper -- */

#define HELPER_ARG "--helper"

static int
bind_late (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  /* Bound, and not listening yet: who connects now is refused. */
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_usleep (150 * 1000);
  g_assert_cmpint (listen (fd, 4), ==, 0);
  return fd;
}

static int
hold_clients (int fd)
{
  fprintf (stderr, "serving\n");
  for (;;)
    if (accept (fd, NULL, NULL) < 0)
      return 5;
}

static int
flood (void)
{
  char line[1000];

  memset (line, 'x', sizeof line);
  line[sizeof line - 1] = '\n';
  for (;;)
    if (write (STDOUT_FILENO, line, sizeof line) < 0)
      return 6;
}

static int
be_a_helper (char **args)
{
  const char *mode = args[0];
  int fd = args[1] != NULL ? (int)g_ascii_strtoll (args[1], NULL, 10) : -1;

  if (g_str_equal (mode, "exit"))
    {
      fprintf (stderr, "no wish to serve\n");
      return 3;
    }
  if (g_str_equal (mode, "hold"))
    return hold_clients (fd);
  if (g_str_equal (mode, "late"))
    return hold_clients (bind_late (args[1]));
  if (g_str_equal (mode, "flood"))
    return flood ();
  if (g_str_equal (mode, "deaf"))
    signal (SIGTERM, SIG_IGN);
  if (g_str_equal (mode, "mute") || g_str_equal (mode, "leave"))
    accept (fd, NULL, NULL);
  if (g_str_equal (mode, "leave"))
    {
      fprintf (stderr, "enough of it\n");
      return 4;
    }
  if (g_str_equal (mode, "background") && fork () == 0)
    setsid ();

  fprintf (stderr, "waiting\n");
  for (;;)
    pause ();
}

/* -- machines with one -- */

static QHelper *
add (QMachine *machine, const char *mode, const char *argument, const char *const *qemu_args)
{
  const char *argv[] = { program, HELPER_ARG, mode, argument, NULL };
  g_autoptr (GError) error = NULL;
  QHelper *helper = q_machine_add_helper (machine, argv, qemu_args, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (helper);
  return helper;
}

/* QEMU connects, and asks nothing. */
static const char *const quiet_args[] = { "-chardev", "socket,id=beside,path={socket}", NULL };

/* QEMU asks, and does nothing else before it has an answer. */
static const char *const asking_args[] = { "-chardev", "socket,id=beside,path={socket}", "-tpmdev",
                                           "emulator,id=tpm,chardev=beside", NULL };

static char *
fail_to_launch (QMachine *machine, GQuark domain, int code)
{
  gint64 begin = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, domain, code);
  g_assert_cmpint ((g_get_monotonic_time () - begin) / 1000, <, PROMPT_MS);
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
  return g_strdup (error->message);
}

static void
assert_has (const char *message, const char *text)
{
  if (strstr (message, text) == NULL)
    g_error ("not in it: %s\n%s", text, message);
}

static void
count_cb (guint *n)
{
  (*n)++;
}

static guint *
count_deaths (QHelper *helper)
{
  guint *n = g_new0 (guint, 1);

  g_signal_connect_data (helper, "died", G_CALLBACK (count_cb), n,
                         (GClosureNotify)(void (*) (void))g_free, G_CONNECT_SWAPPED);
  return n;
}

static void
turn_for (guint milliseconds)
{
  gint64 end = g_get_monotonic_time () + milliseconds * 1000;

  q_test_wait_until (NULL, g_get_monotonic_time () >= end);
}

/* -- those that serve -- */

static void
check_run (QMachine *machine, QHelper *helper)
{
  guint *n_deaths = count_deaths (helper);
  gint64 first;

  g_assert_false (q_helper_get_running (helper));
  q_test_launch (machine);
  first = q_helper_get_pid (helper);
  g_assert_true (q_helper_get_running (helper));
  g_assert_true (q_test_process_exists (first));
  g_assert_cmpint (q_helper_get_exit_kind (helper), ==, Q_EXIT_KIND_NONE);
  q_test_shutdown (machine);
  g_assert_false (q_test_process_exists (first));
  g_assert_false (q_helper_get_running (helper));
  g_assert_cmpint (q_helper_get_exit_kind (helper), !=, Q_EXIT_KIND_NONE);

  q_test_launch (machine);
  g_assert_cmpint (q_helper_get_pid (helper), !=, first);
  first = q_helper_get_pid (helper);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  g_assert_false (q_test_process_exists (first));
  g_assert_cmpuint (*n_deaths, ==, 0);
}

static void
test_descriptor (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  QHelper *helper = add (machine, "hold", "{fd}", quiet_args);
  g_auto (GStrv) argv = q_helper_dup_argv (helper);
  g_auto (GStrv) command_line = NULL;
  g_autofree char *log = NULL;

  g_assert_cmpstr (q_helper_get_name (helper), ==, "helper0");
  g_assert_true (q_machine_lookup_helper (machine, "helper0") == helper);
  check_run (machine, helper);
  command_line = q_helper_dup_command_line (helper);
  g_assert_cmpstr (command_line[3], ==, "3");
  g_assert_cmpstr (argv[3], ==, "{fd}");
  log = q_helper_dup_log (helper);
  assert_has (log, "serving\n");
}

static void
test_path (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();

  check_run (machine, add (machine, "late", "{socket}", quiet_args));
}

static void
test_no_socket (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  QHelper *helper = add (machine, "wait", "{run-dir}", NULL);

  check_run (machine, helper);
  g_assert_null (q_helper_dup_socket_path (helper));
}

static void
test_several (QTestFixture *fixture, gconstpointer data)
{
  const char *second_args[] = { "-chardev", "socket,id=second,path={socket}", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  QHelper *first = add (machine, "late", "{socket}", quiet_args);
  QHelper *second = add (machine, "hold", "{fd}", second_args);
  QHelper *third = add (machine, "background", "x", NULL);

  q_test_launch (machine);
  g_assert_true (q_helper_get_running (first));
  g_assert_true (q_helper_get_running (second));
  g_assert_true (q_helper_get_running (third));
  q_test_shutdown (machine);
  g_assert_cmpuint (q_test_count_processes (HELPER_ARG), ==, 0);
}

/* -- those that do not -- */

static void
test_exits (QTestFixture *fixture, gconstpointer data)
{
  const char *arguments[] = { "{fd}", "{socket}", "x" };

  for (gsize i = 0; i < G_N_ELEMENTS (arguments); i++)
    {
      g_autoptr (QMachine) machine = q_test_machine_none ();
      const char *const *qemu_args = i < 2 ? asking_args : NULL;
      guint *n_deaths = count_deaths (add (machine, "exit", arguments[i], qemu_args));
      g_autofree char *message = NULL;

      /* A QEMU that does not need it may be done before. */
      if (i == 2)
        {
          if (q_machine_launch (machine, NULL, NULL))
            {
              q_test_wait_until (NULL, *n_deaths == 1);
              q_test_shutdown (machine);
            }
          continue;
        }
      message = fail_to_launch (machine, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
      assert_has (message, "helper0 exited with status 3");
      assert_has (message, "no wish to serve");
      g_assert_cmpuint (*n_deaths, ==, 0);
    }
}

static void
check_silence (const char *mode, const char *argument, const char *words)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  QHelper *helper = add (machine, mode, argument, asking_args);
  g_autofree char *message = NULL;

  q_helper_set_start_timeout (helper, SILENCE_MS);
  message = fail_to_launch (machine, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  assert_has (message, words);
  assert_has (message, "start-timeout of 1500 ms");
  assert_has (message, "waiting");
}

static void
test_never_listens (QTestFixture *fixture, gconstpointer data)
{
  check_silence ("wait", "{socket}", "helper0 does not listen at its socket");
}

static void
test_never_accepts (QTestFixture *fixture, gconstpointer data)
{
  check_silence ("wait", "{fd}", "helper0 does not accept QEMU's connection");
}

static void
test_never_answers (QTestFixture *fixture, gconstpointer data)
{
  check_silence ("mute", "{fd}", "helper0 has not let QEMU go on");
}

/* The limit is the helper's, not QEMU's. */
static void
test_slow_qemu (QTestFixture *fixture, gconstpointer data)
{
  const char *wrapper[] = { "/bin/sh", "-c", "sleep 4; exec \"$@\"", "sh", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  QHelper *helper = add (machine, "hold", "{fd}", quiet_args);

  q_machine_set_wrapper (machine, wrapper);
  q_helper_set_start_timeout (helper, 2000);
  q_test_launch (machine);
  q_test_shutdown (machine);
}

/* QEMU may hear of it first, and then it is QEMU's end that the error tells of. */
static void
test_leaves (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *message = NULL;

  add (machine, "leave", "{fd}", asking_args);
  message = fail_to_launch (machine, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  assert_has (message, "helper0");
  assert_has (message, "enough of it");
}

static void
test_missing (QTestFixture *fixture, gconstpointer data)
{
  const char *argv[] = { "no-such-program", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *message = NULL;

  g_assert_nonnull (q_machine_add_helper (machine, argv, NULL, "gone", NULL));
  message = fail_to_launch (machine, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  assert_has (message, "the helper gone: no-such-program: there is no such program in PATH");
}

/* QEMU's own mistake stays QEMU's. */
static void
test_qemu_refuses (QTestFixture *fixture, gconstpointer data)
{
  const char *args[] = { "-device", "no-such-device", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *message = NULL;

  add (machine, "hold", "{fd}", quiet_args);
  q_machine_add_args (machine, args);
  message = fail_to_launch (machine, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  assert_has (message, "launch: QEMU exited with status 1");
  assert_has (message, "no-such-device");
}

static void
test_cancelled (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *message = NULL;
  QHelper *helper = add (machine, "wait", "{socket}", asking_args);

  q_machine_launch_async (machine, cancellable, q_test_store_result, &result);
  q_test_wait_until (NULL, q_helper_get_running (helper));
  g_cancellable_cancel (cancellable);
  q_test_await (&result);
  g_assert_false (q_machine_launch_finish (machine, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (q_helper_get_running (helper));

  /* The helper is to have said something by then. */
  q_machine_set_launch_timeout (machine, 3000);
  message = fail_to_launch (machine, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  assert_has (message, "launch-timeout");
  assert_has (message, "The helper helper0 runs");
}

static gboolean
has_said (QHelper *helper, const char *text)
{
  g_autofree char *log = q_helper_dup_log (helper);

  return strstr (log, text) != NULL;
}

static void
test_deaf (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  QHelper *helper = add (machine, "deaf", "x", NULL);
  int exit_code;

  q_test_launch (machine);
  q_test_wait_until (NULL, has_said (helper, "waiting"));
  q_test_shutdown (machine);
  g_assert_true (q_helper_get_exit_code (helper, &exit_code));
  g_assert_cmpint (exit_code, ==, -SIGKILL);
}

static void
test_background (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();

  add (machine, "background", "x", NULL);
  q_test_launch (machine);
  q_test_wait_until (NULL, q_test_count_processes ("background") >= 2);
  q_test_shutdown (machine);
  g_assert_cmpuint (q_test_count_processes (HELPER_ARG), ==, 0);
}

static void
test_flood (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  QHelper *helper = add (machine, "flood", "x", NULL);
  g_autofree char *run_dir = NULL;
  g_autofree char *path = NULL;
  g_autofree char *log = NULL;
  gint64 end = g_get_monotonic_time () + G_USEC_PER_SEC;
  goffset largest = 0;

  q_test_launch (machine);
  run_dir = q_machine_dup_run_dir (machine);
  path = g_build_filename (run_dir, "helper0.log", NULL);
  while (g_get_monotonic_time () < end)
    {
      GStatBuf info;

      g_assert_cmpint (g_stat (path, &info), ==, 0);
      largest = MAX (largest, info.st_size);
      q_test_assert_running (machine);
    }
  g_test_message ("at most %" G_GOFFSET_FORMAT " bytes", largest);
  g_assert_cmpint (largest, <, 64 * 1024 * 1024);
  q_test_shutdown (machine);
  log = q_helper_dup_log (helper);
  g_assert_cmpuint (strlen (log), >, 1000);
  g_assert_cmpuint (strlen (log), <=, 256 * 1024);
}

/* -- those that end later -- */

static void
test_dies_later (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  QHelper *helper = add (machine, "hold", "{fd}", quiet_args);
  guint *n_deaths = count_deaths (helper);
  guint n_changes = 0;
  int exit_code;

  q_test_launch (machine);
  q_test_wait_until (NULL, !g_main_context_pending (NULL));
  g_signal_connect_swapped (helper, "notify::running", G_CALLBACK (count_cb), &n_changes);
  kill ((pid_t)q_helper_get_pid (helper), SIGKILL);
  q_test_wait_until (NULL, *n_deaths == 1);
  g_assert_cmpuint (n_changes, ==, 1);
  g_assert_false (q_helper_get_running (helper));
  g_assert_cmpint (q_helper_get_exit_kind (helper), ==, Q_EXIT_KIND_SIGNALED);
  g_assert_true (q_helper_get_exit_code (helper, &exit_code));
  g_assert_cmpint (exit_code, ==, -SIGKILL);
  q_test_assert_running (machine);
  q_test_shutdown (machine);
  turn_for (SHORT_MS);
  g_assert_cmpuint (*n_deaths, ==, 1);

  /* And again, with a new one. */
  q_test_launch (machine);
  g_assert_true (q_helper_get_running (helper));
  g_signal_handlers_disconnect_by_data (helper, &n_changes);
  q_test_shutdown (machine);
}

/* QEMU's end is no death of a helper that ends with it. */
static void
test_ends_with_qemu (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  QHelper *helper = add (machine, "hold", "{fd}", quiet_args);
  guint *n_deaths = count_deaths (helper);

  for (int i = 0; i < 3; i++)
    {
      q_test_launch (machine);
      kill ((pid_t)q_machine_get_pid (machine), SIGKILL);
      kill ((pid_t)q_helper_get_pid (helper), SIGTERM);
      g_assert_true (q_machine_wait (machine, Q_TEST_DEADLINE_MS, NULL, NULL));
      g_assert_cmpuint (q_test_take_warnings (NULL), ==, 1);
      turn_for (SHORT_MS);
      g_assert_cmpuint (*n_deaths, ==, 0);
    }
}

static void
test_dropped (QTestFixture *fixture, gconstpointer data)
{
  QMachine *machine = q_test_machine_none ();
  g_autoptr (QHelper) helper = g_object_ref (add (machine, "hold", "{fd}", quiet_args));
  gint64 pid;

  q_test_launch (machine);
  pid = q_helper_get_pid (helper);
  q_test_assert_last_unref (machine);
  g_assert_false (q_test_process_exists (pid));
  g_assert_false (q_helper_get_running (helper));
}

static void
test_detached (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  QHelper *helper = add (machine, "hold", "{fd}", quiet_args);
  g_autofree char *run_dir = NULL;
  g_autofree char *log = NULL;
  gint64 pid;
  gint64 qemu_pid;

  q_machine_set_exit_with_parent (machine, FALSE);
  q_test_launch (machine);
  pid = q_helper_get_pid (helper);
  qemu_pid = q_machine_get_pid (machine);
  run_dir = q_machine_dup_run_dir (machine);
  log = g_build_filename (run_dir, "helper0.log", NULL);
  g_assert_true (q_machine_detach (machine, NULL, NULL));
  g_assert_true (q_test_process_exists (pid));
  g_assert_true (q_test_process_exists (qemu_pid));
  g_assert_true (g_file_test (log, G_FILE_TEST_EXISTS));
  kill ((pid_t)qemu_pid, SIGKILL);
  kill ((pid_t)pid, SIGTERM);
  q_test_wait_until (NULL, !q_test_process_exists (pid) && !q_test_process_exists (qemu_pid));
  q_test_remove_tree (run_dir);
}

/* -- at whatever moment -- */

static void
launch_and_kill (guint delay_us)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  QHelper *helper = add (machine, "late", "{socket}", quiet_args);
  guint *n_deaths = count_deaths (helper);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gint64 pid;

  q_machine_launch_async (machine, NULL, q_test_store_result, &result);
  q_test_wait_until (NULL, (pid = q_helper_get_pid (helper)) != 0);
  g_usleep (delay_us);
  kill ((pid_t)pid, SIGKILL);
  q_test_await (&result);
  if (q_machine_launch_finish (machine, result, &error))
    {
      q_test_wait_until (NULL, *n_deaths == 1);
      q_test_shutdown (machine);
    }
  else
    {
      g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
      /* QEMU may hear of it first. */
      if (strstr (error->message, "launch: QEMU exited") == NULL)
        assert_has (error->message, "helper0 was killed by signal 9");
      g_assert_cmpuint (*n_deaths, ==, 0);
    }
}

static void
test_killed_at_any_time (QTestFixture *fixture, gconstpointer data)
{
  guint n_tries = q_test_is_long () ? N_TRIES_LONG : N_TRIES;

  for (guint i = 0; i < n_tries; i++)
    launch_and_kill (300 * 1000 / n_tries * i);
  g_assert_cmpuint (q_test_count_processes (HELPER_ARG), ==, 0);
}

#define OWNER_ARG "--owner"

/* --owner DIRECTORY: launches and stays. */
static int
own_a_machine (const char *base_dir)
{
  const char *const args[] = { "-machine", "none", "-name", "owned", NULL };
  g_autoptr (QMachine) machine = g_object_new (Q_TYPE_MACHINE, "binary", q_test_get_binary (),
                                               "args", args, "base-dir", base_dir, NULL);

  add (machine, "late", "{socket}", quiet_args);
  add (machine, "background", "x", NULL);
  printf ("begin\n");
  fflush (stdout);
  q_machine_launch (machine, NULL, NULL);
  return pause ();
}

static void
kill_owner (const char *base_dir, guint delay_us)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) owner
    = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, OWNER_ARG, base_dir, NULL);
  char word[8];

  g_assert_no_error (error);
  g_assert_cmpint (
    g_input_stream_read (g_subprocess_get_stdout_pipe (owner), word, sizeof word, NULL, NULL), >,
    0);
  g_usleep (delay_us);
  g_subprocess_force_exit (owner);
  g_subprocess_wait (owner, NULL, NULL);
  q_test_wait_until (NULL, q_test_count_processes (HELPER_ARG) == 0
                             && q_test_count_processes (base_dir) == 0);
}

static void
test_owner_dies (QTestFixture *fixture, gconstpointer data)
{
  guint n_tries = q_test_is_long () ? N_TRIES_LONG : N_TRIES;
  g_autofree char *base_dir = q_test_get_path ("owned");

  g_assert_cmpint (g_mkdir (base_dir, 0700), ==, 0);
  for (guint i = 0; i < n_tries; i++)
    kill_owner (base_dir, 400 * 1000 / n_tries * i);
  q_test_remove_tree (base_dir);
}

static void
add_test (const char *path, void (*func) (QTestFixture *, gconstpointer))
{
  g_test_add (path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down);
}

int
main (int argc, char *argv[])
{
  if (argc > 2 && g_str_equal (argv[1], HELPER_ARG))
    return be_a_helper (argv + 2);

  program = g_file_read_link ("/proc/self/exe", NULL);
  if (argc == 3 && g_str_equal (argv[1], OWNER_ARG))
    return own_a_machine (argv[2]);

  q_test_init (&argc, &argv);
  add_test ("/helpers/descriptor", test_descriptor);
  add_test ("/helpers/path", test_path);
  add_test ("/helpers/no-socket", test_no_socket);
  add_test ("/helpers/several", test_several);
  add_test ("/helpers/exits", test_exits);
  add_test ("/helpers/never-listens", test_never_listens);
  add_test ("/helpers/never-accepts", test_never_accepts);
  add_test ("/helpers/never-answers", test_never_answers);
  add_test ("/helpers/slow-qemu", test_slow_qemu);
  add_test ("/helpers/leaves", test_leaves);
  add_test ("/helpers/missing", test_missing);
  add_test ("/helpers/qemu-refuses", test_qemu_refuses);
  add_test ("/helpers/cancelled", test_cancelled);
  add_test ("/helpers/deaf", test_deaf);
  add_test ("/helpers/background", test_background);
  add_test ("/helpers/flood", test_flood);
  add_test ("/helpers/dies-later", test_dies_later);
  add_test ("/helpers/ends-with-qemu", test_ends_with_qemu);
  add_test ("/helpers/dropped", test_dropped);
  add_test ("/helpers/detached", test_detached);
  add_test ("/helpers/killed-at-any-time", test_killed_at_any_time);
  add_test ("/helpers/owner-dies", test_owner_dies);

  return g_test_run ();
}
