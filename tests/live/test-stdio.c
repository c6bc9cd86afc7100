/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The monitor at QEMU's standard input and output: with nothing between, behind wrappers that say
 * something of their own, and behind a launcher that runs QEMU where the library's supervisor does
 * not reach. There qmachine-exec --follow sees to it that nothing is left. */

#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "far-host.h"
#include "q-test-util.h"

#define N_TRIES 20
#define LOST_SIGHT "that was its wrapper, and whether QEMU has ended where it ran is not known here"
#define N_TRIES_LONG 200

/* The promise: nothing of it two seconds later. */
#define SURVIVAL_MS 2000

/* Within it a launch is mostly done: so the moments cover it, and a bit more. */
#define LAUNCH_US (120 * 1000)

static const char *
get_helper (void)
{
  return g_getenv ("QMACHINE_EXEC_HELPER");
}

/* With a name to find its processes by. */
static QMachine *
new_machine (const char *const *wrapper, char **name)
{
  static guint counter;
  g_autofree char *own = g_strdup_printf ("qmstdio-%d-%u", (int)getpid (), counter++);
  QMachine *machine = q_test_machine_none ();

  q_machine_set_monitor_mode (machine, Q_MONITOR_MODE_STDIO);
  q_machine_set_wrapper (machine, wrapper);
  q_machine_add_args (machine, (const char *const[]){ "-name", own, NULL });
  if (name != NULL)
    *name = g_steal_pointer (&own);

  return machine;
}

static QMachine *
new_shell_machine (const char *commands)
{
  return new_machine ((const char *const[]){ "sh", "-c", commands, "sh", NULL }, NULL);
}

static QMachine *
new_far_machine (gboolean follow, char **name)
{
  const char *const words[] = { get_helper (), "--follow", NULL };
  g_auto (GStrv) wrapper = far_host_dup_wrapper (follow ? words : NULL);

  return new_machine ((const char *const *)wrapper, name);
}

static void
assert_gone (const char *name, gint64 milliseconds)
{
  gint64 deadline = g_get_monotonic_time () + milliseconds * 1000;

  while (q_test_count_processes (name) > 0)
    {
      if (g_get_monotonic_time () > deadline)
        g_error ("something of %s is left", name);
      g_thread_yield ();
    }
}

static void
assert_works (QMachine *machine)
{
  const char *const names[] = { "STOP", NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *status = NULL;
  g_autofree char *stopped = NULL;
  g_autoptr (QMonitorEvent) event = NULL;

  status = q_machine_command_json (machine, "query-status", NULL, -1, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (status, "\"running\""));
  stopped = q_machine_command_json (machine, "stop", NULL, -1, NULL, &error);
  g_assert_no_error (error);
  event = q_machine_wait_event (machine, names, NULL, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
}

/* -- wrappers -- */

static const char *const no_wrapper[] = { NULL };
static const char *const env[] = { "env", "A=b", NULL };
static const char *const shell[] = { "sh", "-c", "\"$@\"; exit $?", "sh", NULL };
/* What passes the streams on through processes of its own, and ends with QEMU. */
static const char *const cats[]
  = { "bash", "-c",
      "exec 3<&0; exec < <(exec cat <&3); pump=$!; \"$@\" 3<&- | cat 3<&-; kill $pump", "bash",
      NULL };

static void
test_works (QTestFixture *fixture, gconstpointer wrapper)
{
  g_autofree char *name = NULL;
  g_autoptr (QMachine) machine = new_machine (wrapper, &name);

  for (guint i = 0; i < 2; i++)
    {
      q_test_launch (machine);
      assert_works (machine);
      q_test_shutdown (machine);
      g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
      assert_gone (name, 0);
    }
}

static void
test_far (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *name = NULL;
  g_autoptr (QMachine) machine = new_far_machine (GPOINTER_TO_INT (data), &name);

  q_test_launch (machine);
  assert_works (machine);
  g_assert_cmpuint (q_test_count_processes (name), ==, 2);
  q_test_shutdown (machine);
  assert_gone (name, SURVIVAL_MS);
}

static void
test_kill (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *name = NULL;
  g_autoptr (QMachine) machine = new_far_machine (TRUE, &name);

  q_test_launch (machine);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  assert_gone (name, SURVIVAL_MS);
}

/* What QEMU says on standard error is in the log, and nothing of its monitor is. */
static void
test_log (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_shell_machine ("echo to the log >&2; exec \"$@\"");
  g_autofree char *log = NULL;

  q_test_launch (machine);
  log = q_machine_dup_log (machine);
  g_assert_cmpstr (log, ==, "to the log\n");
  q_test_shutdown (machine);
}

/* -- what a wrapper says first -- */

static void
test_banner (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_shell_machine (
    "echo Last login: today; echo '{\"QM'; printf '{\"Q'; sleep 0.01; printf '$ '; exec \"$@\"");
  g_autofree char *log = NULL;

  q_test_launch (machine);
  assert_works (machine);
  log = q_machine_dup_log (machine);
  g_assert_cmpstr (log, ==, "Last login: today\n{\"QM\n{\"Q$ \n");
  q_test_shutdown (machine);
}

static void
test_banner_at_bound (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = new_shell_machine ("head -c 1048575 /dev/zero | tr '\\0' x; echo; exec \"$@\"");
  g_autoptr (GBytes) log = NULL;

  q_test_launch (machine);
  assert_works (machine);
  log = q_machine_dup_log_bytes (machine);
  g_assert_cmpuint (g_bytes_get_size (log), ==, 1024 * 1024);
  q_test_shutdown (machine);
}

static void
test_banner_too_long (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_shell_machine ("yes '{\"QM'");

  far_host_assert_fails (machine, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE,
                         (const char *const[]){ "Too much else came before QMP's greeting", NULL });
}

static void
test_silent (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *name = NULL;
  const char *const wrapper[] = { "sh", "-c", "printf 'Password: '; exec sleep 1000", "sh", NULL };
  g_autoptr (QMachine) machine = new_machine (wrapper, &name);

  q_machine_set_launch_timeout (machine, 3000);
  far_host_assert_fails (machine, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                         (const char *const[]){ "Password: ", "launch-timeout", LOST_SIGHT, NULL });
  assert_gone (name, 0);
}

/* All of its words are there, however fast it was. */
static void
test_dies (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_shell_machine (
    "echo Welcome; echo no route to host >&2; echo >&2; printf 'and so it ends'; exit 255");

  for (guint i = 0; i < N_TRIES; i++)
    far_host_assert_fails (machine, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                           (const char *const[]){ "the wrapper exited with status 255", "Welcome",
                                                  "no route to host", "and so it ends", NULL });
}

/* It says no more, and is there all the same. */
static void
test_closes_its_output (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_shell_machine ("echo gone; exec sleep 1000 >&- <&-");

  far_host_assert_fails (machine, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                         (const char *const[]){ "gone", NULL });
}

static void
test_stray_line (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *name = NULL;
  g_autoptr (QMachine) machine = new_far_machine (TRUE, &name);
  g_autoptr (QMonitor) monitor = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = NULL;

  q_test_launch (machine);
  monitor = q_machine_dup_monitor (machine);
  kill ((pid_t)q_machine_get_pid (machine), SIGUSR1);
  q_test_wait_until (NULL, q_monitor_get_state (monitor) == Q_MONITOR_STATE_CLOSED);
  reply = q_machine_command_json (machine, "query-status", NULL, -1, NULL, &error);
  g_assert_null (reply);
  /* With the session QEMU's standard input has ended. */
  q_machine_kill (machine, NULL, NULL);
  assert_gone (name, SURVIVAL_MS);
}

/* A call that waits is told of it. */
static void
test_stray_reason (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_far_machine (TRUE, NULL);
  const char *const names[] = { "NEVER", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (QMonitorEvent) event = NULL;

  q_test_launch (machine);
  kill ((pid_t)q_machine_get_pid (machine), SIGUSR1);
  event = q_machine_wait_event (machine, names, NULL, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_null (event);
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, "Not QMP"));
  g_assert_nonnull (strstr (error->message, "stray words"));
  q_machine_kill (machine, NULL, NULL);
}

/* -- what needs this host -- */

static void
assert_refused (QMachine *refused, const char *what)
{
  g_autoptr (QMachine) machine = refused;

  far_host_assert_fails (machine, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                         (const char *const[]){ what, "STDIO", NULL });
}

static void
test_refused (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new ("/nowhere");
  QMachine *machine;
  int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  machine = new_machine (no_wrapper, NULL);
  g_assert_nonnull (q_machine_add_console (machine, NULL, NULL, NULL));
  assert_refused (machine, "add_console: ");
  machine = new_machine (no_wrapper, NULL);
  q_machine_set_enable_qtest (machine, TRUE);
  assert_refused (machine, "enable-qtest: ");
  machine = new_machine (no_wrapper, NULL);
  g_assert_cmpint (q_machine_pass_fd (machine, fd, NULL), ==, fd);
  assert_refused (machine, "pass_fd: ");
  machine = new_machine (no_wrapper, NULL);
  g_assert_true (q_machine_add_fd (machine, fd, 1, NULL, NULL, NULL));
  assert_refused (machine, "add_fd: ");
  machine = new_machine (no_wrapper, NULL);
  q_machine_set_display (machine, Q_MACHINE_DISPLAY_DBUS);
  assert_refused (machine, "display: ");
  machine = new_machine (no_wrapper, NULL);
  q_machine_set_monitor_address (machine, address);
  assert_refused (machine, "monitor-address: ");
  machine = new_machine (no_wrapper, NULL);
  g_assert_nonnull (q_machine_add_channel (machine, "org.test.0", NULL));
  assert_refused (machine, "the channel org.test.0: ");
  machine = new_machine (no_wrapper, NULL);
  g_assert_nonnull (q_machine_add_guest_agent (machine, NULL));
  assert_refused (machine, "the channel org.qemu.guest_agent.0: ");

  close (fd);
}

static void
test_refused_state (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine (no_wrapper, NULL);
  g_autofree char *path = q_test_get_path ("state");
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, "x", 1, NULL));
  g_assert_false (q_machine_restore_state (machine, path, -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "restore_state: it needs a descriptor"));
  g_unlink (path);
}

static void
test_refused_later (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine (no_wrapper, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) arguments = json_from_string ("{\"fdname\": \"x\"}", NULL);
  g_autoptr (JsonNode) reply = NULL;
  g_autoptr (GBytes) picture = NULL;

  q_machine_set_exit_with_parent (machine, FALSE);
  q_test_launch (machine);
  reply = q_machine_command_with_fd (machine, "getfd", arguments, 0, -1, NULL, &error);
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_assert_nonnull (strstr (error->message, "getfd: descriptors can only be passed"));
  g_clear_error (&error);
  picture = q_machine_screenshot (machine, NULL, 0, -1, NULL, &error);
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_assert_nonnull (strstr (error->message, "screenshot: "));
  g_clear_error (&error);
  g_assert_false (q_machine_detach (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  assert_works (machine);
  q_test_shutdown (machine);
}

/* A port of this host would be another's. */
static void
test_refused_forward (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine (env, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (QForward) forward
    = q_machine_add_forward (machine, 22, 0, Q_FORWARD_PROTOCOL_TCP, NULL, NULL, -1, NULL, &error);

  g_assert_no_error (error);
  g_assert_false (q_forward_wait_ready (forward, NULL, NULL, 0, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "wait_ready: the forward listens where QEMU runs"));
  /* Without a wrapper it is this host's. */
  g_clear_error (&error);
  q_machine_set_wrapper (machine, NULL);
  g_assert_false (q_forward_wait_ready (forward, NULL, NULL, 0, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
}

/* -- nothing is left -- */

/* The launcher, at any moment of a launch and after it. */
static void
test_launcher_killed (QTestFixture *fixture, gconstpointer data)
{
  guint n_tries = q_test_is_long () ? N_TRIES_LONG : N_TRIES;

  for (guint i = 0; i < n_tries; i++)
    {
      g_autofree char *name = NULL;
      g_autoptr (QMachine) machine = new_far_machine (TRUE, &name);
      gint64 moment = g_get_monotonic_time () + g_test_rand_int_range (0, LAUNCH_US);
      g_autoptr (GAsyncResult) launched = NULL;
      g_autoptr (GError) error = NULL;

      q_machine_launch_async (machine, NULL, q_test_store_result, &launched);
      while (g_get_monotonic_time () < moment || q_machine_get_pid (machine) == 0)
        g_main_context_iteration (NULL, FALSE);
      kill ((pid_t)q_machine_get_pid (machine), SIGKILL);
      if (!q_machine_launch_finish (machine, q_test_await (&launched), &error))
        g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
      else
        g_assert_true (q_machine_wait (machine, Q_TEST_DEADLINE_MS, NULL, NULL));
      assert_gone (name, SURVIVAL_MS);
    }
  /* Those that were up have died of a signal. */
  q_test_take_warnings (NULL);
}

/* QEMU itself: the launcher has its command line, too. */
static void
signal_qemu (const char *name, int number)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *entry;

  while ((entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename ("/proc", entry, "cmdline", NULL);
      g_autofree char *text = NULL;
      gsize length;

      if (g_ascii_isdigit (entry[0]) && g_file_get_contents (file, &text, &length, NULL)
          && strstr (text, "qemu-system") != NULL
          && memmem (text, length, name, strlen (name)) != NULL)
        kill ((pid_t)g_ascii_strtoll (entry, NULL, 10), number);
    }
}

/* Or else the tests above would find nothing in any case. */
static void
test_not_followed (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *name = NULL;
  g_autoptr (QMachine) machine = new_far_machine (FALSE, &name);

  g_autofree char *log = NULL;

  q_machine_set_shutdown_timeout (machine, 100);
  q_test_launch (machine);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  g_assert_cmpuint (q_test_count_processes (name), ==, 1);
  log = q_machine_dup_log (machine);
  g_assert_nonnull (strstr (log, "qmachine: QEMU was to be killed; " LOST_SIGHT));
  signal_qemu (name, SIGKILL);
  assert_gone (name, SURVIVAL_MS);
}

/* A far QEMU that hangs: the library says what it cannot know. */
static void
test_hung (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *name = NULL;
  g_autoptr (QMachine) machine = new_far_machine (TRUE, &name);
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  signal_qemu (name, SIGSTOP);
  g_assert_false (q_machine_shutdown (machine, 200, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN);
  g_assert_nonnull (strstr (error->message, "whether QEMU has ended where it ran is not known"));
  assert_gone (name, SURVIVAL_MS);
}

#define OWNER_ARG "--owner"

/* --owner DIRECTORY, and the words of a wrapper: launches, tells the name, and stays. */
static int
own_a_machine (char *argv[])
{
  g_autofree char *name = NULL;
  g_autoptr (QMachine) machine = new_machine ((const char *const *)argv + 1, &name);
  char c;

  q_machine_set_base_dir (machine, argv[0]);
  g_assert_true (q_machine_launch (machine, NULL, NULL));
  g_print ("%s\n", name);
  return read (STDIN_FILENO, &c, 1) == 1;
}

static void
test_program_killed (QTestFixture *fixture, gconstpointer data)
{
  const char *const words[] = { get_helper (), "--follow", NULL };
  g_auto (GStrv) wrapper = far_host_dup_wrapper (words);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  /* What it makes there is left. */
  g_autofree char *directory = q_test_get_path ("owner");
  g_autoptr (GSubprocess) owner = NULL;
  g_autoptr (GDataInputStream) output = NULL;
  g_autofree char *name = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (argv, program);
  g_ptr_array_add (argv, (char *)OWNER_ARG);
  g_assert_cmpint (g_mkdir (directory, 0700), ==, 0);
  g_ptr_array_add (argv, directory);
  for (gsize i = 0; wrapper[i] != NULL; i++)
    g_ptr_array_add (argv, wrapper[i]);
  g_ptr_array_add (argv, NULL);
  owner
    = g_subprocess_newv ((const char *const *)argv->pdata,
                         G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (owner));
  name = g_data_input_stream_read_line (output, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (q_test_count_processes (name), >=, 2);

  g_subprocess_force_exit (owner);
  g_assert_true (g_subprocess_wait (owner, NULL, NULL));
  assert_gone (name, SURVIVAL_MS);
  q_test_remove_tree (directory);
}

/* -- a wrapper with a shell -- */

/* Records its arguments, and runs QEMU without them. */
static char *
write_recorder (const char *record)
{
  g_autofree char *path = q_test_get_path ("it's a recorder.sh");
  g_autofree char *text
    = g_strdup_printf ("#!/bin/sh\nprintf '%%s\\0' \"$@\" >'%s'\n"
                       "exec %s -chardev stdio,id=mon,signal=off -qmp chardev:mon "
                       "-machine none -display none\n",
                       record, q_test_get_binary ());

  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
  return g_steal_pointer (&path);
}

static const char *const odd_args[] = { "-append",
                                        "console=ttyS0  quiet",
                                        "it's \"$HOME\" `x` \\ *",
                                        "",
                                        "a\nb\n",
                                        "!~#;&|<>()",
                                        "ü",
                                        "-x",
                                        NULL };

static void
test_wrapper_shell (QTestFixture *fixture, gconstpointer data)
{
  const char *const eval[] = { "sh", "-c", "eval \"$*\"", "sh", "exec", NULL };
  g_autoptr (QMachine) machine = new_machine (eval, NULL);
  g_autofree char *record = q_test_get_path ("record");
  g_autofree char *recorder = write_recorder (record);
  g_autofree char *text = NULL;
  gsize length;
  gsize n_words = 0;
  char *word;

  g_assert_false (q_machine_get_wrapper_shell (machine));
  q_machine_set_wrapper_shell (machine, TRUE);
  q_machine_set_binary (machine, recorder);
  q_machine_set_args (machine, odd_args);
  q_test_launch (machine);
  assert_works (machine);
  q_test_shutdown (machine);

  g_assert_true (g_file_get_contents (record, &text, &length, NULL));
  for (word = text; word < text + length && !g_str_equal (word, odd_args[0]);
       word += strlen (word) + 1)
    ;
  for (; word < text + length; word += strlen (word) + 1)
    g_assert_cmpstr (word, ==, odd_args[n_words++]);
  g_assert_null (odd_args[n_words]);
  g_unlink (record);
  g_unlink (recorder);
}

/* Nothing is quoted where nothing takes it apart again. */
static void
test_no_shell (QTestFixture *fixture, gconstpointer wrapper)
{
  g_autoptr (QMachine) machine = new_machine (wrapper, NULL);
  g_autofree char *reply = NULL;

  q_machine_set_wrapper_shell (machine, wrapper == no_wrapper);
  q_machine_add_args (machine, (const char *const[]){ "-name", "it's $HOME", NULL });
  q_test_launch (machine);
  reply = q_machine_command_json (machine, "query-name", NULL, -1, NULL, NULL);
  g_assert_cmpstr (reply, ==, "{\"name\": \"it's $HOME\"}");
  q_test_shutdown (machine);
}

/* -- qmachine-exec --follow, alone -- */

static GSubprocess *
follow (const char *commands)
{
  g_autoptr (GError) error = NULL;
  const char *const argv[]
    = { get_helper (), "--follow", "sh", "-c", commands, "qmfollow-test", NULL };
  GSubprocess *process = g_subprocess_newv (
    argv, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);

  g_assert_no_error (error);
  return process;
}

static void
assert_says (GSubprocess *process, const char *expected)
{
  g_autoptr (GDataInputStream) output
    = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  g_autofree char *line = NULL;

  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (output), FALSE);
  line = g_data_input_stream_read_line (output, NULL, NULL, NULL);
  g_assert_cmpstr (line, ==, expected);
}

static void
test_follow_status (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GSubprocess) exits = follow ("exit 42");
  g_autoptr (GSubprocess) dies = follow ("kill -SEGV $$");
  g_autoptr (GSubprocess) none = NULL;
  const char *const argv[] = { get_helper (), "--follow", "/no/such/program", NULL };

  g_assert_true (g_subprocess_wait (exits, NULL, NULL));
  g_assert_true (g_subprocess_get_if_exited (exits));
  g_assert_cmpint (g_subprocess_get_exit_status (exits), ==, 42);
  g_assert_true (g_subprocess_wait (dies, NULL, NULL));
  g_assert_true (g_subprocess_get_if_signaled (dies));
  g_assert_cmpint (g_subprocess_get_term_sig (dies), ==, SIGSEGV);
  none = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL);
  g_assert_true (g_subprocess_wait (none, NULL, NULL));
  g_assert_cmpint (g_subprocess_get_exit_status (none), ==, 127);
}

/* What is there to be read is the command's, and a signal is. */
static void
test_follow_passes_on (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GSubprocess) process
    = follow ("trap 'echo told; exit 3' TERM; read word; echo $word; while :; do sleep 0.01; done");

  g_assert_true (g_output_stream_write_all (g_subprocess_get_stdin_pipe (process), "word\n", 5,
                                            NULL, NULL, NULL));
  assert_says (process, "word");
  g_subprocess_send_signal (process, SIGTERM);
  assert_says (process, "told");
  g_assert_true (g_subprocess_wait (process, NULL, NULL));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 3);
}

/* Although bytes are left that nobody has read; and all that came from it, wherever it went. */
static void
test_follow_hang_up (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GSubprocess) process = follow (
    "trap '' TERM HUP; setsid sh -c 'sleep 1000 & sleep 1000' qmfollow-test & echo up; sleep 1000");
  GOutputStream *input = g_subprocess_get_stdin_pipe (process);

  g_assert_true (g_output_stream_write_all (input, "unread", 6, NULL, NULL, NULL));
  assert_says (process, "up");
  g_assert_cmpuint (q_test_count_processes ("qmfollow-test"), >=, 1);
  g_assert_true (g_output_stream_close (input, NULL, NULL));
  g_assert_true (g_subprocess_wait (process, NULL, NULL));
  g_assert_true (g_subprocess_get_if_signaled (process));
  assert_gone ("qmfollow-test", 0);
}

static void
test_follow_parent (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *commands = g_strdup_printf (
    "%s --follow sh -c 'echo up; sleep 1000; :' qmfollow-parent <&3 3<&- & wait", get_helper ());
  const char *const argv[] = { "bash", "-c", commands, NULL };
  g_autoptr (GSubprocessLauncher) launcher
    = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GSubprocess) parent = NULL;
  int ends[2];

  /* Its standard input does not hang up. */
  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  g_subprocess_launcher_take_fd (launcher, ends[0], 3);
  parent = g_subprocess_launcher_spawnv (launcher, argv, NULL);
  assert_says (parent, "up");
  g_subprocess_force_exit (parent);
  g_assert_true (g_subprocess_wait (parent, NULL, NULL));
  assert_gone ("sleep 1000; :", SURVIVAL_MS);
  close (ends[1]);
}

static void
add (const char *path, void (*test) (QTestFixture *fixture, gconstpointer data), gconstpointer data)
{
  g_test_add (path, QTestFixture, data, q_test_set_up, test, q_test_tear_down);
}

int
main (int argc, char *argv[])
{
  far_host_run_launcher (argc, argv);
  if (argc > 3 && g_str_equal (argv[1], OWNER_ARG))
    return own_a_machine (argv + 2);

  q_test_init (&argc, &argv);
  far_host_start ();

  add ("/stdio/works/alone", test_works, no_wrapper);
  add ("/stdio/works/env", test_works, env);
  add ("/stdio/works/shell", test_works, shell);
  add ("/stdio/works/cats", test_works, cats);
  add ("/stdio/works/far", test_far, GINT_TO_POINTER (FALSE));
  add ("/stdio/works/followed", test_far, GINT_TO_POINTER (TRUE));
  add ("/stdio/log", test_log, NULL);
  add ("/stdio/banner", test_banner, NULL);
  add ("/stdio/banner/at-bound", test_banner_at_bound, NULL);
  add ("/stdio/banner/too-long", test_banner_too_long, NULL);
  add ("/stdio/silent", test_silent, NULL);
  add ("/stdio/dies", test_dies, NULL);
  add ("/stdio/closes-its-output", test_closes_its_output, NULL);
  add ("/stdio/stray-line", test_stray_line, NULL);
  add ("/stdio/stray-line/reason", test_stray_reason, NULL);
  add ("/stdio/refused", test_refused, NULL);
  add ("/stdio/refused/state", test_refused_state, NULL);
  add ("/stdio/refused/later", test_refused_later, NULL);
  add ("/stdio/refused/forward", test_refused_forward, NULL);
  add ("/stdio/kill", test_kill, NULL);
  add ("/stdio/launcher-killed", test_launcher_killed, NULL);
  add ("/stdio/not-followed", test_not_followed, NULL);
  add ("/stdio/hung", test_hung, NULL);
  add ("/stdio/program-killed", test_program_killed, NULL);
  add ("/stdio/wrapper-shell", test_wrapper_shell, NULL);
  add ("/stdio/no-shell/alone", test_no_shell, no_wrapper);
  add ("/stdio/no-shell/env", test_no_shell, env);
  add ("/follow/status", test_follow_status, NULL);
  add ("/follow/passes-on", test_follow_passes_on, NULL);
  add ("/follow/hang-up", test_follow_hang_up, NULL);
  add ("/follow/parent", test_follow_parent, NULL);

  return g_test_run ();
}
