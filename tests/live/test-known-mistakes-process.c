/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What has bitten the users of other programs that speak QMP, each with the number that it has in
 * docs/faults.md: processes, sockets, the console, the end. What is about commands and events is
 * in test-known-mistakes-session.c. */

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "q-test-util.h"
#include "qmock.h"

/* A hang that is found out in much less than this was not waited for in full. */
#define NOT_FOR_EVER_US (20 * G_USEC_PER_SEC)

static char *program;

static void
assert_answers (QMachine *machine, const char *command, const char *arguments, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text
    = q_machine_command_json (machine, command, arguments, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  if (strstr (text, expected) == NULL)
    g_error ("no %s in the answer to %s: %s", expected, command, text);
}

static void
send_signal (QMachine *machine, int signal_number)
{
  g_assert_cmpint (kill ((pid_t)q_machine_get_pid (machine), signal_number), ==, 0);
}

static void
assert_has (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("no \"%s\" in: %s", part, text);
}

/* -- 1: a hang has a deadline and a name, in each phase, and is no other machine's -- */

static const char *const frozen_before_greeting[]
  = { "sh", "-c", "kill -STOP $$; exec \"$@\"", "sh", NULL };

static void
test_hang_has_a_deadline (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) unborn = q_test_machine_none ();
  g_autoptr (QMachine) frozen = q_test_machine_none ();
  g_autoptr (QMachine) other = q_test_machine_none ();
  gint64 begin = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;

  g_object_set (unborn, "wrapper", frozen_before_greeting, "launch-timeout", 200, NULL);
  g_assert_false (q_machine_launch (unborn, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);

  g_object_set (frozen, "command-timeout", 200, "shutdown-timeout", 200, NULL);
  q_test_launch (frozen);
  q_test_launch (other);
  send_signal (frozen, SIGSTOP);
  g_assert_null (
    q_machine_command_json (frozen, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  g_assert_null (q_machine_wait_event (frozen, NULL, NULL, 200, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  assert_answers (other, "query-status", NULL, "running");

  g_assert_false (q_machine_shutdown (frozen, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN);
  q_test_shutdown (other);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, NOT_FOR_EVER_US);
}

/* Without any limit, a cancellable ends the wait as well. */
static void
test_hang_can_be_cancelled (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) launched = NULL;
  g_autoptr (GError) error = NULL;

  g_object_set (machine, "wrapper", frozen_before_greeting, "launch-timeout", -1, NULL);
  q_machine_launch_async (machine, cancellable, q_test_store_result, &launched);
  q_test_wait_until (NULL, q_machine_get_pid (machine) > 0);
  g_cancellable_cancel (cancellable);
  g_assert_false (q_machine_launch_finish (machine, q_test_await (&launched), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (q_machine_get_pid (machine), ==, 0);
}

/* -- 8: QEMU's own words, not those of a socket -- */

/* Whichever way the connection ends first. */
static void
test_early_death_says_why (QTestFixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (QMachine) machine = q_test_machine_none ();
      g_autoptr (GError) error = NULL;

      q_machine_add_args (machine, (const char *[]){ "-device", "no-such-device", NULL });
      g_assert_false (q_machine_launch (machine, NULL, &error));
      g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
      assert_has (error->message, "QEMU exited with status 1");
      assert_has (error->message, "-device no-such-device\n");
      assert_has (error->message, "'no-such-device' is not a valid device");
      g_assert_null (strstr (error->message, "reset by peer"));
      g_assert_null (strstr (error->message, "closed"));
    }
}

/* -- 9: an end that was asked for is a success, however the connection goes -- */

static void
test_quit_is_no_failure (QTestFixture *fixture, gconstpointer data)
{
  static const char *const ends[] = { "reply; close",          "close",         "reset",
                                      "event SHUTDOWN; close", "reply; exit 0", "exit 0",
                                      "event SHUTDOWN; reset" };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 20; i++)
    {
      q_test_launch (machine);
      assert_answers (machine, "quit", NULL, "{}");
      g_assert_true (q_machine_wait (machine, -1, NULL, &error));
      g_assert_no_error (error);
      g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
      q_test_shutdown (machine);
    }

  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *script = g_strdup_printf (
        "negotiate; expect query-status; reply {}; expect quit; %s; exit 0", ends[i]);
      g_autoptr (QMachine) peer = q_test_machine_mock (script);

      q_test_launch (peer);
      q_test_shutdown (peer);
      g_assert_cmpint (q_test_get_exit_code (peer), ==, 0);
      q_test_launch (peer);
      assert_answers (peer, "quit", NULL, "{}");
      q_test_shutdown (peer);
    }
}

/* -- 10 and 11: who ends with whom -- */

static void
launch_in_thread (gpointer machine)
{
  q_test_launch (machine);
}

/* --own DIRECTORY: tells the number of its QEMU, and waits to be killed. */
static int
own_a_machine (const char *base)
{
  const char *const args[] = { "-machine", "none", NULL };
  g_autoptr (QMachine) machine = g_object_new (Q_TYPE_MACHINE, "binary", q_test_get_binary (),
                                               "args", args, "base-dir", base, NULL);
  g_autoptr (GError) error = NULL;

  q_machine_launch (machine, NULL, &error);
  g_assert_no_error (error);
  printf ("%" G_GINT64_FORMAT "\n", q_machine_get_pid (machine));
  fflush (stdout);
  pause ();
  return 0;
}

static void
remove_run_dir (const char *base)
{
  g_autoptr (GDir) dir = g_dir_open (base, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (base, name, NULL);

      remove_run_dir (path);
    }
  g_assert_cmpint (g_remove (base), ==, 0);
}

static void
test_no_orphan (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *base = q_test_get_path ("owner");
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GSubprocess) owner = NULL;
  g_autoptr (GDataInputStream) output = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  gboolean dies;
  gint64 pid;

  g_object_get (machine, "exit-with-parent", &dies, NULL);
  g_assert_true (dies);

  g_assert_cmpint (g_mkdir (base, 0700), ==, 0);
  owner = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, "--own", base, NULL);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (owner));
  line = g_data_input_stream_read_line (output, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (line);
  pid = g_ascii_strtoll (line, NULL, 10);
  g_assert_true (q_test_process_exists (pid));

  g_subprocess_force_exit (owner);
  g_assert_true (g_subprocess_wait (owner, NULL, NULL));
  q_test_wait_until (NULL, !q_test_process_exists (pid));
  remove_run_dir (base);
}

static void
test_thread_may_end (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();

  q_test_in_thread (launch_in_thread, machine);
  /* A parent-death signal would be there by the second answer. */
  assert_answers (machine, "stop", NULL, "{}");
  assert_answers (machine, "query-status", NULL, "paused");
  q_test_shutdown (machine);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
}

/* -- 12: only the wait for a process says what became of it -- */

static void
test_end_is_reaped (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;
  gint64 pid;

  q_test_launch (machine);
  pid = q_machine_get_pid (machine);
  send_signal (machine, SIGKILL);
  g_assert_true (q_machine_wait (machine, -1, NULL, &error));
  g_assert_no_error (error);
  /* A zombie would still take a signal. */
  g_assert_false (q_test_process_exists (pid));
  g_assert_false (q_machine_is_running (machine));
  g_assert_cmpint (q_test_get_exit_code (machine), ==, -SIGKILL);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 1);
}

/* A program that reaps whatever there is: then the status is nobody's, but the end is known. */
static void
test_lost_status_hangs_nobody (QTestFixture *fixture, gconstpointer data)
{
  struct sigaction ignore = { .sa_handler = SIG_IGN };
  struct sigaction old;
  g_autoptr (QMachine) machine = q_test_machine_none ();

  g_assert_cmpint (sigaction (SIGCHLD, &ignore, &old), ==, 0);
  q_test_launch (machine);
  q_test_shutdown (machine);
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
  g_assert_cmpint (sigaction (SIGCHLD, &old, NULL), ==, 0);
}

/* -- 13: a path that is too long is refused by its limit -- */

static void
assert_refused (QMachine *machine, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) command_line = NULL;

  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  assert_has (error->message, text);
  /* There was no process. */
  command_line = q_machine_dup_command_line (machine);
  g_assert_null (command_line);
}

static void
test_long_path_is_refused (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *name = g_strnfill (100, 'x');
  g_autofree char *path = q_test_get_path (name);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMachine) by_name = q_test_machine_none ();
  g_autoptr (QMachine) by_address = q_test_machine_none ();

  g_assert_cmpuint (strlen (path), >, 107);
  g_object_set (by_name, "name", name, NULL);
  assert_refused (by_name, "107");
  g_object_set (by_address, "monitor-address", address, NULL);
  assert_refused (by_address, "106");
}

/* -- 14: whatever lies at a socket's path, and is none, stays -- */

static const QMonitorMode modes[] = { Q_MONITOR_MODE_INHERIT, Q_MONITOR_MODE_LISTEN };

static void
test_regular_file_is_never_removed (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("precious");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  g_assert_true (g_file_set_contents (path, "years of work", -1, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (QMachine) machine = q_test_machine_none ();
      g_autofree char *content = NULL;

      g_object_set (machine, "monitor-mode", modes[i], "monitor-address", address, NULL);
      assert_refused (machine, "precious");
      g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
      g_assert_cmpstr (content, ==, "years of work");
    }
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static GSocket *
listen_at (GSocketAddress *address)
{
  g_autoptr (GError) error = NULL;
  GSocket *socket
    = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, &error);

  g_assert_no_error (error);
  g_assert_true (g_socket_bind (socket, address, FALSE, &error));
  g_assert_true (g_socket_listen (socket, &error));
  g_assert_no_error (error);
  return socket;
}

/* A socket goes only if nobody listens. */
static void
test_stale_socket_is_replaced (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("socket");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (GSocket) socket = listen_at (address);
      g_autoptr (QMachine) machine = q_test_machine_none ();

      g_object_set (machine, "monitor-mode", modes[i], "monitor-address", address, NULL);
      assert_refused (machine, "listens there already");
      g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));

      g_assert_true (g_socket_close (socket, NULL));
      q_test_launch (machine);
      q_test_shutdown (machine);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    }
}

/* -- 15: one client at a time, and whoever is turned away learns why -- */

static void
test_busy_monitor_says_so (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("busy");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMonitor) second = g_object_new (Q_TYPE_MONITOR, "attach-timeout", 200, NULL);
  g_autoptr (QMonitor) first = NULL;
  g_autoptr (GError) error = NULL;

  g_object_set (machine, "monitor-address", address, NULL);
  q_test_launch (machine);
  first = q_machine_dup_monitor (machine);
  g_assert_false (q_monitor_attach (second, address, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  assert_has (error->message, "is another client connected");
  g_clear_error (&error);

  /* Nothing of the vain try is in the way of the next one. */
  g_assert_true (q_monitor_close (first, NULL, NULL));
  g_object_set (second, "attach-timeout", Q_TEST_DEADLINE_MS, NULL);
  g_assert_true (q_monitor_attach (second, address, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (q_monitor_close (second, NULL, NULL));
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

/* -- 16: a QEMU that is just starting is waited for, and one that is dead is not -- */

static void
test_attach_waits_for_a_starting_qemu (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("later");
  g_autofree char *chardev = g_strdup_printf ("socket,id=m,path=%s,server=on,wait=off", path);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMonitor) monitor = g_object_new (Q_TYPE_MONITOR, "attach-retry", TRUE, NULL);
  g_autoptr (GAsyncResult) attached = NULL;
  g_autoptr (GSubprocess) qemu = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  q_monitor_attach_async (monitor, address, NULL, q_test_store_result, &attached);
  qemu
    = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, q_test_get_binary (), "-machine", "none",
                        "-display", "none", "-chardev", chardev, "-qmp", "chardev:m", NULL);
  g_assert_no_error (error);
  g_assert_true (q_monitor_attach_finish (monitor, q_test_await (&attached), &error));
  g_assert_no_error (error);
  text = q_monitor_command_json (monitor, "quit", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT,
                                 NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (qemu, NULL, &error));
  g_assert_no_error (error);
}

static void
test_dead_qemu_is_not_waited_for (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("never");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();

  q_machine_add_args (machine, (const char *[]){ "-no-such-option", NULL });
  g_object_set (machine, "monitor-mode", Q_MONITOR_MODE_LISTEN, "monitor-address", address,
                "launch-timeout", -1, NULL);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  assert_has (error->message, "-no-such-option");
  g_assert_cmpint (g_get_monotonic_time () - begin, <, NOT_FOR_EVER_US);
}

/* -- 22: what is let go is gone, and calls nobody -- */

static void
note_call (gpointer object, gpointer argument, gpointer data)
{
  ++*(guint *)data;
}

static void
note_exited (QMachine *machine, gpointer data)
{
  ++*(guint *)data;
}

static void
test_dispose_calls_nobody (QTestFixture *fixture, gconstpointer data)
{
  QMachine *machine = q_test_machine_none ();
  guint n_calls = 0;
  gint64 pid;

  g_signal_connect (machine, "event", G_CALLBACK (note_call), &n_calls);
  g_signal_connect (machine, "exited", G_CALLBACK (note_exited), &n_calls);
  g_signal_connect (machine, "notify", G_CALLBACK (note_call), &n_calls);
  q_test_launch (machine);
  pid = q_machine_get_pid (machine);
  assert_answers (machine, "stop", NULL, "{}");
  q_test_assert_last_unref (machine);
  g_assert_false (q_test_process_exists (pid));
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (n_calls, ==, 0);
}

/* -- 24: not a byte of the console is lost, and it does not hold up the end -- */

static void
append_text (QConsole *console, const char *text, gpointer data)
{
  g_string_append (data, text);
}

static QMachine *
new_machine_with_console (const char *image)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "guests", image, NULL);
  g_autofree char *drive = g_strdup_printf ("file=%s,format=raw,if=ide,snapshot=on", path);
  const char *const args[] = { "-accel", "tcg", "-nodefaults", "-m", "32", "-drive", drive, NULL };
  QMachine *machine = q_test_machine_none ();

  g_object_set (machine, "binary", "qemu-system-x86_64", "args", args, NULL);
  q_machine_add_console (machine, NULL, NULL, NULL);
  return machine;
}

/* What stands in for QEMU writes faster than any, and is gone before all of it is read. (QEMU's own
 * log of a console has the characters twice for which it had to wait.) */
static void
test_console_loses_nothing (QTestFixture *fixture, gconstpointer data)
{
  static const char *const wrapper[] = { "bash", "-c", "seq 1 20000 >&300", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QConsole) console = NULL;
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GString) expected = g_string_new (NULL);

  for (guint i = 1; i <= 20000; i++)
    g_string_append_printf (expected, "%u\n", i);
  q_machine_add_console (machine, NULL, NULL, NULL);
  console = q_machine_dup_console (machine);
  g_signal_connect (console, "output", G_CALLBACK (append_text), seen);
  g_object_set (machine, "wrapper", wrapper, "monitor-mode", Q_MONITOR_MODE_NONE, NULL);

  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *text = NULL;
      g_autoptr (GError) error = NULL;

      g_string_truncate (seen, 0);
      q_test_launch (machine);
      g_assert_true (q_machine_wait (machine, -1, NULL, &error));
      g_assert_no_error (error);
      text = q_console_dup_text (console);
      g_assert_true (g_str_equal (text, expected->str));
      q_test_wait_until (NULL, seen->len >= expected->len);
      g_assert_true (g_str_equal (seen->str, expected->str));
    }
}

/* Nobody looks, and QEMU writes all the time: asked to quit, it does. */
static void
test_console_holds_up_no_end (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine_with_console ("flood.img");

  for (guint i = 0; i < 5; i++)
    {
      q_test_launch (machine);
      assert_answers (machine, "query-status", NULL, "running");
      q_test_shutdown (machine);
      g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
    }
}

/* -- 25: much output on a QEMU's standard streams stalls nothing -- */

static void
test_output_stalls_nothing (QTestFixture *fixture, gconstpointer data)
{
  static const char *const wrapper[]
    = { "sh", "-c",
        "head -c 3000000 /dev/zero | tr '\\0' o; head -c 3000000 /dev/zero | tr '\\0' e >&2; "
        "echo; exec \"$@\"",
        "sh", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *log = NULL;

  g_object_set (machine, "wrapper", wrapper, NULL);
  q_test_launch (machine);
  assert_answers (machine, "query-status", NULL, "running");
  q_test_shutdown (machine);
  log = q_machine_dup_log (machine);
  g_assert_cmpuint (strlen (log), ==, 6000001);
  g_assert_cmpuint (strspn (log, "o"), ==, 3000000);
}

/* -- 27: what was asked for is not yet done -- */

static void
assert_no_event (QMachine *machine, const char *name)
{
  const char *const names[] = { name, NULL };
  g_autoptr (GError) error = NULL;

  g_assert_null (q_machine_wait_event (machine, names, NULL, 200, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static void
assert_event (QMachine *machine, const char *name, const char *match)
{
  const char *const names[] = { name, NULL };
  g_autoptr (JsonNode) node = match != NULL ? json_from_string (match, NULL) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QMonitorEvent) event
    = q_machine_wait_event (machine, names, node, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (event);
}

static void
test_power_button_is_no_shutdown (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
  g_autofree char *reason = NULL;

  q_test_launch (machine);
  assert_answers (machine, "system_powerdown", NULL, "{}");
  assert_event (machine, "POWERDOWN", NULL);
  assert_answers (machine, "system_reset", NULL, "{}");
  assert_event (machine, "RESET", NULL);
  assert_no_event (machine, "SHUTDOWN");
  reason = q_machine_dup_shutdown_reason (machine);
  g_assert_null (reason);
  g_assert_cmpint (q_machine_get_run_state (machine), ==, Q_RUN_STATE_RUNNING);
  q_test_shutdown (machine);
}

/* No guest listens to its hot-plug controller: the device goes with the next reset. */
static void
test_removal_ends_with_its_event (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");

  q_test_launch (machine);
  assert_answers (machine, "device_add", "{\"driver\": \"e1000\", \"id\": \"n0\"}", "{}");
  assert_answers (machine, "device_del", "{\"id\": \"n0\"}", "{}");
  assert_no_event (machine, "DEVICE_DELETED");
  assert_answers (machine, "qom-list", "{\"path\": \"/machine/peripheral\"}", "\"n0\"");
  assert_answers (machine, "system_reset", NULL, "{}");
  assert_event (machine, "DEVICE_DELETED", "{\"device\": \"n0\"}");
  q_test_shutdown (machine);
}

/* -- 29: a QEMU whose owner is gone can have another one -- */

static void
test_qemu_can_be_owned_again (QTestFixture *fixture, gconstpointer data)
{
  QMachine *machine = q_test_machine_none ();
  g_autofree char *path = q_test_get_path ("again");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *status = NULL;
  g_autofree char *quit = NULL;
  gint64 pid;

  g_object_set (machine, "monitor-address", address, "exit-with-parent", FALSE, NULL);
  q_test_launch (machine);
  assert_answers (machine, "stop", NULL, "{}");
  pid = q_machine_get_pid (machine);
  g_assert_true (q_machine_detach (machine, NULL, &error));
  g_assert_no_error (error);
  q_test_assert_last_unref (machine);

  q_monitor_attach (monitor, address, NULL, &error);
  g_assert_no_error (error);
  status = q_monitor_command_json (monitor, "query-status", NULL, Q_MONITOR_FLAGS_NONE,
                                   Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  assert_has (status, "paused");
  quit = q_monitor_command_json (monitor, "quit", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT,
                                 NULL, &error);
  g_assert_no_error (error);
  q_test_wait_until (NULL, !q_test_process_exists (pid));
  g_unlink (path);
}

int
main (int argc, char *argv[])
{
  program = argv[0];
  if (argc == 3 && g_str_equal (argv[1], "--own"))
    return own_a_machine (argv[2]);

  q_test_init (&argc, &argv);

#define ADD(path, func)                                                                            \
  g_test_add ("/known-mistakes/" path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)
  ADD ("01-hang-has-a-deadline", test_hang_has_a_deadline);
  ADD ("01-hang-can-be-cancelled", test_hang_can_be_cancelled);
  ADD ("08-early-death-says-why", test_early_death_says_why);
  ADD ("09-quit-is-no-failure", test_quit_is_no_failure);
  ADD ("10-no-orphan", test_no_orphan);
  ADD ("11-thread-may-end", test_thread_may_end);
  ADD ("12-end-is-reaped", test_end_is_reaped);
  ADD ("12-lost-status-hangs-nobody", test_lost_status_hangs_nobody);
  ADD ("13-long-path-is-refused", test_long_path_is_refused);
  ADD ("14-regular-file-is-never-removed", test_regular_file_is_never_removed);
  ADD ("14-stale-socket-is-replaced", test_stale_socket_is_replaced);
  ADD ("15-busy-monitor-says-so", test_busy_monitor_says_so);
  ADD ("16-attach-waits-for-a-starting-qemu", test_attach_waits_for_a_starting_qemu);
  ADD ("16-dead-qemu-is-not-waited-for", test_dead_qemu_is_not_waited_for);
  ADD ("22-dispose-calls-nobody", test_dispose_calls_nobody);
  ADD ("24-console-loses-nothing", test_console_loses_nothing);
  ADD ("24-console-holds-up-no-end", test_console_holds_up_no_end);
  ADD ("25-output-stalls-nothing", test_output_stalls_nothing);
  ADD ("27-power-button-is-no-shutdown", test_power_button_is_no_shutdown);
  ADD ("27-removal-ends-with-its-event", test_removal_ends_with_its_event);
  ADD ("29-qemu-can-be-owned-again", test_qemu_can_be_owned_again);

  return g_test_run ();
}
