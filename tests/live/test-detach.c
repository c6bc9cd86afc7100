/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* QEMUs that live on after their machine let them go, and monitors that are attached to them or to
 * a QEMU which somebody else started. */

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "q-test-util.h"

/* Asks, and looks at the answer. */
static void
assert_status (QMonitor *monitor, const char *status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = q_monitor_command (
    monitor, "query-status", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (node), "status"), ==,
                   status);
}

static void
execute (QMonitor *monitor, const char *command)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *result = q_monitor_command_json (monitor, command, NULL, Q_MONITOR_FLAGS_NONE,
                                                    Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (result, ==, "{}");
}

static void
attach (QMonitor *monitor, GSocketAddress *address)
{
  g_autoptr (GError) error = NULL;

  q_monitor_attach (monitor, address, NULL, &error);
  g_assert_no_error (error);
}

/* Also FALSE for one that has ended and waits for whoever reaps the orphans here. */
static gboolean
process_runs (gint64 pid)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/cmdline", pid);
  g_autofree char *text = NULL;
  gsize length;

  return g_file_get_contents (file, &text, &length, NULL) && length > 0;
}

/* Ends a QEMU that nobody owns, and what it leaves. */
static void
quit (QMonitor *monitor, gint64 pid, GSocketAddress *address)
{
  execute (monitor, "quit");
  q_test_wait_until (NULL, !process_runs (pid));
  if (G_IS_UNIX_SOCKET_ADDRESS (address))
    {
      const char *path = g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (address));
      g_autofree char *dir = g_path_get_dirname (path);
      g_autofree char *base = g_path_get_basename (dir);
      g_autoptr (GDir) files = NULL;
      const char *name;

      /* QEMU removes the socket; the rest is for whoever ends it. */
      g_assert_true (g_str_has_prefix (base, "qmachine.free-"));
      files = g_dir_open (dir, 0, NULL);
      while ((name = g_dir_read_name (files)) != NULL)
        {
          g_autofree char *file = g_build_filename (dir, name, NULL);

          g_assert_cmpint (g_unlink (file), ==, 0);
        }
      g_assert_cmpint (g_rmdir (dir), ==, 0);
    }
}

static GSocketAddress *
new_tcp_address (const char *host)
{
  return g_inet_socket_address_new_from_string (host, 0);
}

static QMachine *
new_free_machine (void)
{
  QMachine *machine = q_test_machine_none ();

  g_object_set (machine, "exit-with-parent", FALSE, NULL);
  return machine;
}

/* Their QEMU does not end, so that is not what they are told. */
static void
test_calls (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_free_machine ();
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (QConsole) console = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;
  GAsyncResult *pending[3] = { NULL };
  gint64 pid;

  g_object_set (machine, "enable-qtest", TRUE, NULL);
  q_machine_add_console (machine, NULL, NULL, NULL);
  console = q_machine_dup_console (machine);
  q_test_launch (machine);
  pid = q_machine_get_pid (machine);
  g_assert_cmpint (kill ((pid_t)pid, SIGSTOP), ==, 0);
  q_machine_command_json_async (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL,
                                q_test_store_result, &pending[0]);
  q_machine_qtest_async (machine, "endianness", -1, NULL, q_test_store_result, &pending[1]);
  q_console_wait_for_text_async (console, "never", -1, NULL, q_test_store_result, &pending[2]);
  g_assert_true (q_machine_detach (machine, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (kill ((pid_t)pid, SIGCONT), ==, 0);

  for (gsize i = 0; i < G_N_ELEMENTS (pending); i++)
    {
      g_autoptr (GAsyncResult) result = q_test_await (&pending[i]);
      g_autofree char *text = i == 0   ? q_machine_command_json_finish (machine, result, &error)
                              : i == 1 ? q_machine_qtest_finish (machine, result, &error)
                                       : q_console_wait_for_text_finish (console, result, &error);

      g_assert_null (text);
      g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
      g_assert_nonnull (strstr (error->message, "detached"));
      g_clear_error (&error);
    }

  address = q_machine_dup_listen_address (machine);
  attach (monitor, address);
  quit (monitor, pid, address);
}

static void
store_exited (QMachine *machine, gpointer data)
{
  *(gboolean *)data = TRUE;
}

/* The machine object goes, too, and its place can be taken by a monitor. */
static void
check_detach (GSocketAddress *chosen, gboolean async)
{
  g_autoptr (QMachine) machine = new_free_machine ();
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (QMonitor) old_monitor = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;
  gboolean exited = FALSE;
  gint64 pid;

  g_object_set (machine, "monitor-address", chosen, NULL);
  g_signal_connect (machine, "exited", G_CALLBACK (store_exited), &exited);
  q_test_launch (machine);
  pid = q_machine_get_pid (machine);
  old_monitor = q_machine_dup_monitor (machine);
  execute (old_monitor, "stop");

  if (async)
    {
      GAsyncResult *pending = NULL;
      g_autoptr (GAsyncResult) result = NULL;

      q_machine_detach_async (machine, NULL, q_test_store_result, &pending);
      result = q_test_await (&pending);
      q_machine_detach_finish (machine, result, &error);
    }
  else
    {
      q_machine_detach (machine, NULL, &error);
    }
  g_assert_no_error (error);
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
  g_assert_cmpint (q_machine_get_pid (machine), ==, 0);
  g_assert_cmpint (q_machine_get_exit_kind (machine), ==, Q_EXIT_KIND_NONE);
  g_assert_cmpint (q_monitor_get_state (old_monitor), ==, Q_MONITOR_STATE_CLOSED);

  address = q_machine_dup_listen_address (machine);
  g_assert_nonnull (address);
  g_signal_handlers_disconnect_by_data (machine, &exited);
  q_test_assert_last_unref (machine);
  g_assert_true (q_test_process_exists (pid));

  attach (monitor, address);
  assert_status (monitor, "paused");
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  attach (monitor, address);
  execute (monitor, "cont");
  assert_status (monitor, "running");
  quit (monitor, pid, address);
  g_assert_false (exited);
}

static void
test_unix (QTestFixture *fixture, gconstpointer data)
{
  check_detach (NULL, GPOINTER_TO_INT (data));
}

static void
test_tcp (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketAddress) address = new_tcp_address ("127.0.0.1");

  check_detach (address, GPOINTER_TO_INT (data));
}

/* Those who wait are told. */
static void
test_waiters (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_free_machine ();
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GAsyncResult) waited = NULL;
  g_autoptr (GAsyncResult) event_waited = NULL;
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GError) error = NULL;
  GAsyncResult *results[2] = { NULL };
  gint64 pid;

  q_test_launch (machine);
  pid = q_machine_get_pid (machine);
  q_machine_wait_async (machine, -1, NULL, q_test_store_result, &results[0]);
  q_machine_wait_event_async (machine, NULL, NULL, -1, NULL, q_test_store_result, &results[1]);
  g_assert_true (q_machine_detach (machine, NULL, &error));
  g_assert_no_error (error);

  waited = q_test_await (&results[0]);
  g_assert_false (q_machine_wait_finish (machine, waited, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_assert_nonnull (strstr (error->message, "detached"));
  g_clear_error (&error);
  event_waited = q_test_await (&results[1]);
  event = q_machine_wait_event_finish (machine, event_waited, &error);
  g_assert_null (event);
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_clear_error (&error);

  /* Once is enough, and there is nothing left to stop. */
  g_assert_false (q_machine_detach (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_clear_error (&error);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_true (q_machine_kill (machine, NULL, &error));
  g_assert_true (q_test_process_exists (pid));

  address = q_machine_dup_listen_address (machine);
  attach (monitor, address);
  /* And the object can have another machine while the first one lives. */
  q_test_launch (machine);
  g_assert_cmpint (q_machine_get_pid (machine), !=, pid);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  quit (monitor, pid, address);
}

/* A wrapper that ends before its QEMU, which then is not taken along any more. */
static void
test_without_wrapper (QTestFixture *fixture, gconstpointer data)
{
  static const char *const leaving_wrapper[] = { "sh", "-c", "\"$@\" & exit 0", "sh", NULL };
  g_autoptr (QMachine) machine = new_free_machine ();
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;
  gint64 deadline;
  gint64 wrapper_pid;
  gint64 pid;

  g_object_set (machine, "wrapper", leaving_wrapper, NULL);
  q_test_launch (machine);
  pid = q_machine_get_pid (machine);
  wrapper_pid = getpgid ((pid_t)pid);
  g_assert_cmpint (wrapper_pid, !=, pid);
  q_test_wait_until (NULL, !q_test_process_exists (wrapper_pid));
  g_assert_true (q_machine_detach (machine, NULL, &error));
  g_assert_no_error (error);
  address = q_machine_dup_listen_address (machine);
  q_test_assert_last_unref (machine);

  /* What is left of a launch is killed after a second. */
  deadline = g_get_monotonic_time () + 6 * G_USEC_PER_SEC;
  q_test_wait_until (NULL, !process_runs (pid) || g_get_monotonic_time () > deadline);
  attach (monitor, address);
  assert_status (monitor, "running");
  quit (monitor, pid, address);
}

static void
test_refused (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_detach (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_clear_error (&error);

  q_test_launch (machine);
  g_assert_false (q_machine_detach (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "exit-with-parent"));
  g_clear_error (&error);
  g_assert_true (q_machine_is_running (machine));
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
}

/* -- a process that launches and goes, and this one which takes over -- */

static char *program;

static int
run_owner (const char *how)
{
  g_autoptr (QMachine) machine = new_free_machine ();
  g_autoptr (GSocketAddress) address = NULL;
  gboolean detach = g_str_equal (how, "detach");

  g_object_set (machine, "base-dir", g_getenv ("OWNER_BASE_DIR"), NULL);
  if (!q_machine_launch (machine, NULL, NULL))
    return 1;
  address = q_machine_dup_listen_address (machine);
  g_print ("%d %s\n", (int)q_machine_get_pid (machine),
           g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (address)));
  fflush (stdout);

  if (detach && !q_machine_detach (machine, NULL, NULL))
    return 1;
  if (!detach)
    _exit (0);
  return 0;
}

static void
test_other_process (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GSubprocessLauncher) launcher
    = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GSubprocess) owner = NULL;
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (GSocketAddress) address = NULL;
  g_autofree char *output = NULL;
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) error = NULL;
  gint64 pid;

  g_subprocess_launcher_setenv (launcher, "OWNER_BASE_DIR", q_test_get_base_dir (), TRUE);
  owner = g_subprocess_launcher_spawn (launcher, &error, program, "--owner", data, NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (owner, NULL, NULL, &output, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (owner));

  words = g_strsplit (g_strchomp (output), " ", 2);
  g_assert_cmpuint (g_strv_length (words), ==, 2);
  pid = g_ascii_strtoll (words[0], NULL, 10);
  g_assert_true (q_test_process_exists (pid));

  address = g_unix_socket_address_new (words[1]);
  g_object_set (monitor, "attach-retry", TRUE, NULL);
  attach (monitor, address);
  assert_status (monitor, "running");
  quit (monitor, pid, address);
}

/* -- a QEMU that somebody else started -- */

static GSubprocess *
start_qemu (const char *chardev)
{
  g_autoptr (GError) error = NULL;
  GSubprocess *qemu
    = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                        &error, "qemu-system-x86_64", "-machine", "none", "-accel", "tcg",
                        "-display", "none", "-chardev", chardev, "-qmp", "chardev:mon", NULL);

  g_assert_no_error (error);
  return qemu;
}

/* The address of a QEMU that is about to start, and how to tell it. */
static GSocketAddress *
choose_address (gboolean tcp, char **chardev)
{
  g_autofree char *path = NULL;
  guint16 port;

  if (tcp)
    {
      port = q_test_find_port (NULL);
      *chardev = g_strdup_printf ("socket,id=mon,host=127.0.0.1,port=%u,server=on,wait=off", port);
      return g_inet_socket_address_new_from_string ("127.0.0.1", port);
    }

  path = g_build_filename (q_test_get_base_dir (), "foreign.monitor", NULL);
  *chardev = g_strdup_printf ("socket,id=mon,path=%s,server=on,wait=off", path);
  return g_unix_socket_address_new (path);
}

/* From before it listens; a second client gets no greeting; after the first has closed it does. */
static void
test_foreign (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *chardev = NULL;
  g_autoptr (GSocketAddress) address = choose_address (GPOINTER_TO_INT (data), &chardev);
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (QMonitor) second = q_monitor_new ();
  g_autoptr (GSubprocess) qemu = NULL;
  g_autoptr (GAsyncResult) attached = NULL;
  g_autoptr (GError) error = NULL;
  static const char *const stop_names[] = { "STOP", NULL };
  g_autoptr (GAsyncResult) waited = NULL;
  g_autoptr (QMonitorEvent) event = NULL;
  GAsyncResult *pending = NULL;
  GAsyncResult *pending_wait = NULL;

  /* Without being asked to wait it says at once that nobody is there. */
  g_assert_false (q_monitor_attach (monitor, address, NULL, &error));
  g_assert_true (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
                 || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED));
  g_assert_true (g_str_has_prefix (error->message, "attach: "));
  g_assert_nonnull (
    strstr (error->message, G_IS_UNIX_SOCKET_ADDRESS (address) ? "foreign.monitor" : "127.0.0.1"));
  g_clear_error (&error);

  g_object_set (monitor, "attach-retry", TRUE, NULL);
  q_monitor_attach_async (monitor, address, NULL, q_test_store_result, &pending);
  q_test_wait_until (NULL, q_monitor_get_state (monitor) == Q_MONITOR_STATE_CONNECTING);
  /* No try that fails is the end of what it waits for. */
  q_monitor_wait_event_async (monitor, stop_names, NULL, -1, NULL, q_test_store_result,
                              &pending_wait);
  q_test_wait_until (NULL, q_monitor_get_state (monitor) == Q_MONITOR_STATE_CLOSED);
  qemu = start_qemu (chardev);
  attached = q_test_await (&pending);
  q_monitor_attach_finish (monitor, attached, &error);
  g_assert_no_error (error);
  execute (monitor, "stop");
  waited = q_test_await (&pending_wait);
  event = q_monitor_wait_event_finish (monitor, waited, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (q_monitor_event_get_name (event), ==, "STOP");

  g_object_set (second, "attach-timeout", 300, NULL);
  g_assert_false (q_monitor_attach (second, address, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "another client"));
  g_clear_error (&error);

  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  g_object_set (second, "attach-timeout", Q_TEST_DEADLINE_MS, "attach-retry", TRUE, NULL);
  attach (second, address);
  assert_status (second, "paused");
  g_assert_true (q_monitor_close (second, NULL, NULL));

  attach (monitor, address);
  execute (monitor, "quit");
  g_assert_true (g_subprocess_wait_check (qemu, NULL, &error));
  g_assert_no_error (error);
}

static void
test_retry_gives_up (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "nobody.monitor", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GAsyncResult *pending = NULL;

  g_object_set (monitor, "attach-retry", TRUE, "attach-timeout", 1000, NULL);
  g_assert_false (q_monitor_attach (monitor, address, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "No such file"));
  g_clear_error (&error);

  g_object_set (monitor, "attach-timeout", -1, NULL);
  q_monitor_attach_async (monitor, address, cancellable, q_test_store_result, &pending);
  q_test_wait_until (NULL, q_monitor_get_state (monitor) == Q_MONITOR_STATE_CONNECTING);
  g_cancellable_cancel (cancellable);
  result = q_test_await (&pending);
  g_assert_false (q_monitor_attach_finish (monitor, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (q_monitor_get_state (monitor), ==, Q_MONITOR_STATE_CLOSED);
}

static void
note_state (GObject *monitor, GParamSpec *pspec, gpointer data)
{
  *(gboolean *)data = TRUE;
}

typedef enum
{
  CLOSE_AT_ONCE,
  CLOSE_BETWEEN_TRIES,
  CLOSE_WITHOUT_GREETING,
} CloseMoment;

/* Who closes the monitor does not want it attached a moment later. */
static void
test_retry_closed (QTestFixture *fixture, gconstpointer data)
{
  CloseMoment moment = (CloseMoment)GPOINTER_TO_INT (data);
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "mute.monitor", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocket) mute = NULL;
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) waited = NULL;
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GError) error = NULL;
  GAsyncResult *pending = NULL;
  GAsyncResult *pending_wait = NULL;
  gboolean noted = FALSE;

  if (moment == CLOSE_WITHOUT_GREETING)
    {
      mute = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT,
                           NULL);
      g_assert_true (g_socket_bind (mute, address, FALSE, NULL));
      g_assert_true (g_socket_listen (mute, NULL));
    }

  g_signal_connect (monitor, "notify::state", G_CALLBACK (note_state), &noted);
  g_object_set (monitor, "attach-retry", TRUE, "attach-timeout", -1, NULL);
  q_monitor_attach_async (monitor, address, NULL, q_test_store_result, &pending);
  q_monitor_wait_event_async (monitor, NULL, NULL, -1, NULL, q_test_store_result, &pending_wait);
  if (moment == CLOSE_BETWEEN_TRIES)
    q_test_wait_until (NULL, noted && q_monitor_get_state (monitor) == Q_MONITOR_STATE_CLOSED);
  else if (moment == CLOSE_WITHOUT_GREETING)
    q_test_wait_until (NULL, q_monitor_get_state (monitor) == Q_MONITOR_STATE_NEGOTIATING);
  g_assert_true (q_monitor_close (monitor, NULL, NULL));

  result = q_test_await (&pending);
  g_assert_false (q_monitor_attach_finish (monitor, result, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_clear_error (&error);
  waited = q_test_await (&pending_wait);
  event = q_monitor_wait_event_finish (monitor, waited, &error);
  g_assert_null (event);
  g_assert_nonnull (error);
  g_assert_cmpint (q_monitor_get_state (monitor), ==, Q_MONITOR_STATE_CLOSED);
  g_signal_handlers_disconnect_by_data (monitor, &noted);
  g_unlink (path);
}

int
main (int argc, char *argv[])
{
  if (argc == 3 && g_str_equal (argv[1], "--owner"))
    return run_owner (argv[2]);

  program = argv[0];
  q_test_init (&argc, &argv);

#define ADD(path, data, func)                                                                      \
  g_test_add (path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)
  ADD ("/detach/unix", GINT_TO_POINTER (FALSE), test_unix);
  ADD ("/detach/unix-async", GINT_TO_POINTER (TRUE), test_unix);
  ADD ("/detach/tcp", GINT_TO_POINTER (FALSE), test_tcp);
  ADD ("/detach/waiters", NULL, test_waiters);
  ADD ("/detach/calls", NULL, test_calls);
  ADD ("/detach/without-wrapper", NULL, test_without_wrapper);
  ADD ("/detach/refused", NULL, test_refused);
  ADD ("/attach/after-owner-ended", "detach", test_other_process);
  ADD ("/attach/after-owner-vanished", "vanish", test_other_process);
  ADD ("/attach/foreign-unix", GINT_TO_POINTER (FALSE), test_foreign);
  ADD ("/attach/foreign-tcp", GINT_TO_POINTER (TRUE), test_foreign);
  ADD ("/attach/retry-gives-up", NULL, test_retry_gives_up);
  ADD ("/attach/retry-closed-at-once", GINT_TO_POINTER (CLOSE_AT_ONCE), test_retry_closed);
  ADD ("/attach/retry-closed-between", GINT_TO_POINTER (CLOSE_BETWEEN_TRIES), test_retry_closed);
  ADD ("/attach/retry-closed-ungreeted", GINT_TO_POINTER (CLOSE_WITHOUT_GREETING),
       test_retry_closed);

  return g_test_run ();
}
