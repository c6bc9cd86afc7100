/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A machine from launch to end, on real QEMU: the calls that begin a life and end it, each in its
 * forms, with nothing left afterwards. */

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "q-test-util.h"

typedef struct
{
  QTestResources before;
  QMachine *machine;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  /* What the library and GLib keep for good is there before the count. */
  g_autoptr (QMachine) first = q_test_machine_none ();

  g_assert_true (q_machine_launch (first, NULL, NULL));
  g_assert_true (q_machine_kill (first, NULL, NULL));
  g_clear_object (&first);

  q_test_take_warnings (NULL);
  q_test_count_resources (&fixture->before);
  fixture->machine = q_test_machine_none ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  q_test_assert_last_unref (fixture->machine);
  q_test_assert_resources (&fixture->before);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 0);
}

static void
assert_running (QMachine *machine)
{
  g_assert_true (q_machine_is_running (machine));
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_RUNNING);
  g_assert_cmpint (q_machine_get_pid (machine), >, 0);
  g_assert_true (q_test_process_exists (q_machine_get_pid (machine)));
  g_assert_cmpint (q_machine_get_exit_kind (machine), ==, Q_EXIT_KIND_NONE);
  g_assert_cmpint (q_machine_get_run_state (machine), ==, Q_RUN_STATE_RUNNING);
}

static void
assert_no_process (QMachine *machine)
{
  g_assert_false (q_machine_is_running (machine));
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
  g_assert_cmpint (q_machine_get_pid (machine), ==, 0);
}

static void
assert_stopped (QMachine *machine, int exit_code)
{
  assert_no_process (machine);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, exit_code);
}

static void
assert_never_ran (QMachine *machine)
{
  int exit_code = 1;

  assert_no_process (machine);
  g_assert_cmpint (q_machine_get_exit_kind (machine), ==, Q_EXIT_KIND_NONE);
  g_assert_false (q_machine_get_exit_code (machine, &exit_code));
  g_assert_cmpint (exit_code, ==, 0);
}

static void
never_called (QMachine *machine, gpointer data)
{
  g_error ("a handler ran in a blocking call");
}

/* -- the three forms -- */

static void
run_sync_life (gpointer data)
{
  QMachine *machine = data;
  g_autoptr (GError) error = NULL;
  gint64 pid;

  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);
  assert_running (machine);

  pid = q_machine_get_pid (machine);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  assert_stopped (machine, 0);
  g_assert_false (q_test_process_exists (pid));
}

static void
test_sync (Fixture *fixture, gconstpointer data)
{
  run_sync_life (fixture->machine);
}

static void
test_sync_in_thread (Fixture *fixture, gconstpointer data)
{
  q_test_in_thread (run_sync_life, fixture->machine);
}

static gboolean
live_in_loop (gpointer data)
{
  Fixture *fixture = data;
  gulong id = g_signal_connect (fixture->machine, "exited", G_CALLBACK (never_called), NULL);

  run_sync_life (fixture->machine);
  g_signal_handler_disconnect (fixture->machine, id);
  return G_SOURCE_REMOVE;
}

static void
count_call (QMachine *machine, gpointer data)
{
  guint *n_calls = data;

  (*n_calls)++;
}

static void
test_sync_in_main_loop (Fixture *fixture, gconstpointer data)
{
  guint n_exited = 0;
  gulong id;

  g_idle_add (live_in_loop, fixture);
  id = g_signal_connect (fixture->machine, "exited", G_CALLBACK (count_call), &n_exited);
  q_test_wait_until (NULL, n_exited > 0);
  g_assert_cmpuint (n_exited, ==, 1);
  g_signal_handler_disconnect (fixture->machine, id);
}

static void
test_async (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) launched = NULL;
  g_autoptr (GAsyncResult) ended = NULL;
  g_autoptr (GAsyncResult) waited = NULL;
  g_autoptr (GError) error = NULL;
  guint n_exited = 0;
  gulong id = g_signal_connect (fixture->machine, "exited", G_CALLBACK (count_call), &n_exited);

  q_machine_launch_async (fixture->machine, NULL, q_test_store_result, &launched);
  g_assert_true (q_machine_launch_finish (fixture->machine, q_test_await (&launched), &error));
  g_assert_no_error (error);
  assert_running (fixture->machine);

  q_machine_wait_async (fixture->machine, -1, NULL, q_test_store_result, &waited);
  q_machine_shutdown_async (fixture->machine, Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &ended);
  g_assert_true (q_machine_shutdown_finish (fixture->machine, q_test_await (&ended), &error));
  g_assert_no_error (error);
  assert_stopped (fixture->machine, 0);
  g_assert_true (q_machine_wait_finish (fixture->machine, q_test_await (&waited), &error));
  g_assert_no_error (error);

  q_test_wait_until (NULL, n_exited > 0);
  g_assert_cmpuint (n_exited, ==, 1);
  g_signal_handler_disconnect (fixture->machine, id);
}

static void
test_async_kill (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) launched = NULL;
  g_autoptr (GAsyncResult) killed = NULL;
  g_autoptr (GError) error = NULL;

  q_machine_launch_async (fixture->machine, NULL, q_test_store_result, &launched);
  g_assert_true (q_machine_launch_finish (fixture->machine, q_test_await (&launched), &error));
  q_machine_kill_async (fixture->machine, NULL, q_test_store_result, &killed);
  g_assert_true (q_machine_kill_finish (fixture->machine, q_test_await (&killed), &error));
  g_assert_no_error (error);
  assert_stopped (fixture->machine, -SIGKILL);
}

static void
launch_in_own_context (gpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (QMachine) machine = NULL;
  g_autoptr (GAsyncResult) launched = NULL;
  guint n_exited = 0;

  g_main_context_push_thread_default (context);
  machine = q_test_machine_none ();
  g_signal_connect (machine, "exited", G_CALLBACK (count_call), &n_exited);
  q_machine_launch_async (machine, NULL, q_test_store_result, &launched);
  g_assert_true (q_machine_launch_finish (machine, q_test_await (&launched), NULL));
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
  q_test_wait_until (context, n_exited == 1);
  g_main_context_pop_thread_default (context);
}

static void
test_own_context (Fixture *fixture, gconstpointer data)
{
  q_test_in_thread (launch_in_own_context, NULL);
}

/* -- again, and out of turn -- */

static void
test_launch_again (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 3; i++)
    run_sync_life (fixture->machine);
}

static void
test_second_launch (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gint64 pid;

  g_assert_true (q_machine_launch (fixture->machine, NULL, NULL));
  pid = q_machine_get_pid (fixture->machine);
  g_assert_false (q_machine_launch (fixture->machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ALREADY_LAUNCHED);

  assert_running (fixture->machine);
  g_assert_cmpint (q_machine_get_pid (fixture->machine), ==, pid);
  g_assert_true (q_machine_shutdown (fixture->machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
}

static void
test_stopped_machine (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (q_machine_shutdown (fixture->machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (q_machine_kill (fixture->machine, NULL, &error));
  g_assert_no_error (error);

  g_assert_false (q_machine_wait (fixture->machine, -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_clear_error (&error);

  g_assert_null (
    q_machine_command (fixture->machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_assert_nonnull (strstr (error->message, "query-status"));
  g_clear_error (&error);

  g_assert_null (q_machine_wait_event (fixture->machine, NULL, NULL, -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);

  g_assert_null (q_machine_pop_event (fixture->machine));
  g_assert_null (q_machine_pop_events (fixture->machine));
  g_assert_null (q_machine_dup_log (fixture->machine));
  g_assert_null (q_machine_dup_command_line (fixture->machine));
  g_assert_null (q_machine_dup_monitor (fixture->machine));
  assert_never_ran (fixture->machine);

  /* After a life it has ended, and waiting for that is no error. */
  run_sync_life (fixture->machine);
  g_clear_error (&error);
  g_assert_true (q_machine_wait (fixture->machine, -1, NULL, &error));
  g_assert_no_error (error);
}

/* -- how QEMU may end: see test-stop.c, too -- */

static void
test_kill_of_hung_qemu (Fixture *fixture, gconstpointer data)
{
  g_assert_true (q_machine_launch (fixture->machine, NULL, NULL));
  kill ((pid_t)q_machine_get_pid (fixture->machine), SIGSTOP);
  g_assert_true (q_machine_kill (fixture->machine, NULL, NULL));
  assert_stopped (fixture->machine, -SIGKILL);
}

static void
test_without_monitor (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_object_set (fixture->machine, "monitor-mode", Q_MONITOR_MODE_NONE, NULL);
  g_assert_true (q_machine_launch (fixture->machine, NULL, &error));
  g_assert_no_error (error);
  g_assert_null (q_machine_dup_monitor (fixture->machine));
  g_assert_null (
    q_machine_command (fixture->machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_assert_nonnull (strstr (error->message, "no monitor"));
  g_clear_error (&error);

  /* SIGTERM is the way to ask it, and no force. */
  g_assert_true (q_machine_shutdown (fixture->machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (q_machine_is_running (fixture->machine));
}

static void
test_listening_qemu (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "mon,itor", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  g_object_set (fixture->machine, "monitor-mode", Q_MONITOR_MODE_LISTEN, "monitor-address", address,
                NULL);
  run_sync_life (fixture->machine);
  g_unlink (path);
}

static void
test_tcp_monitor (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);

  g_object_set (fixture->machine, "monitor-address", address, NULL);
  run_sync_life (fixture->machine);
}

static void
test_drop_running (Fixture *fixture, gconstpointer data)
{
  gint64 pid;

  g_signal_connect (fixture->machine, "exited", G_CALLBACK (never_called), NULL);
  g_signal_connect (fixture->machine, "notify::state", G_CALLBACK (never_called), NULL);
  g_assert_true (q_machine_launch (fixture->machine, NULL, NULL));
  pid = q_machine_get_pid (fixture->machine);

  q_test_assert_last_unref (fixture->machine);
  g_assert_false (q_test_process_exists (pid));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  q_test_assert_resources (&fixture->before);

  fixture->machine = q_test_machine_none ();
}

/* -- cancelling -- */

static void
test_cancelled_before (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_false (q_machine_launch (fixture->machine, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  assert_never_ran (fixture->machine);

  g_assert_true (q_machine_launch (fixture->machine, NULL, NULL));
  g_assert_false (q_machine_wait (fixture->machine, -1, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (q_machine_shutdown (fixture->machine, Q_TIMEOUT_DEFAULT, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (q_machine_kill (fixture->machine, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  assert_running (fixture->machine);
  g_assert_true (q_machine_shutdown (fixture->machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
}

/* Whatever a launch was doing when it was cancelled, either it is done, or nothing is left. */
static void
test_launch_cancelled_anywhere (Fixture *fixture, gconstpointer data)
{
  guint n_cancelled = 0;

  for (guint i = 0; i < 40; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) launched = NULL;
      g_autoptr (GError) error = NULL;
      gint64 when = g_get_monotonic_time () + (gint64)i * i * 60;

      q_machine_launch_async (fixture->machine, cancellable, q_test_store_result, &launched);
      while (g_get_monotonic_time () < when)
        g_main_context_iteration (NULL, FALSE);
      g_cancellable_cancel (cancellable);

      if (q_machine_launch_finish (fixture->machine, q_test_await (&launched), &error))
        {
          assert_running (fixture->machine);
          g_assert_true (q_machine_kill (fixture->machine, NULL, NULL));
        }
      else
        {
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
          g_assert_false (q_machine_is_running (fixture->machine));
          n_cancelled++;
        }
      q_test_assert_resources (&fixture->before);
    }

  g_assert_cmpuint (n_cancelled, >, 0);
  run_sync_life (fixture->machine);
}

static void
test_wait_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) waited = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (q_machine_launch (fixture->machine, NULL, NULL));
  q_machine_wait_async (fixture->machine, -1, cancellable, q_test_store_result, &waited);
  /* Answered in order: once this is back, the wait has begun. */
  json_node_unref (
    q_machine_command (fixture->machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL));
  g_cancellable_cancel (cancellable);
  g_assert_false (q_machine_wait_finish (fixture->machine, q_test_await (&waited), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  assert_running (fixture->machine);
  g_assert_true (q_machine_shutdown (fixture->machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
}

static void
test_shutdown_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) ended = NULL;
  g_autoptr (GError) error = NULL;
  gint64 pid;

  g_assert_true (q_machine_launch (fixture->machine, NULL, NULL));
  pid = q_machine_get_pid (fixture->machine);
  kill ((pid_t)pid, SIGSTOP);
  q_machine_shutdown_async (fixture->machine, Q_TIMEOUT_DEFAULT, cancellable, q_test_store_result,
                            &ended);
  q_test_wait_until (NULL, q_machine_get_state (fixture->machine) == Q_MACHINE_STATE_STOPPING);
  g_cancellable_cancel (cancellable);
  g_assert_false (q_machine_shutdown_finish (fixture->machine, q_test_await (&ended), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  /* The stopping goes on: once it can, QEMU quits. */
  kill ((pid_t)pid, SIGCONT);
  g_assert_true (q_machine_wait (fixture->machine, -1, NULL, NULL));
  assert_stopped (fixture->machine, 0);
}

static void
test_shutdown_while_launching (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) launched = NULL;
  g_autoptr (GAsyncResult) ended = NULL;
  g_autoptr (GError) error = NULL;

  q_machine_launch_async (fixture->machine, NULL, q_test_store_result, &launched);
  q_machine_shutdown_async (fixture->machine, Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &ended);
  g_assert_false (q_machine_launch_finish (fixture->machine, q_test_await (&launched), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_true (q_machine_shutdown_finish (fixture->machine, q_test_await (&ended), &error));
  g_assert_no_error (error);
  g_assert_false (q_machine_is_running (fixture->machine));
}

/* -- what is told -- */

static void
note_state (QMachine *machine, GParamSpec *pspec, gpointer data)
{
  g_array_append_vals (data, &(int){ (int)q_machine_get_state (machine) }, 1);
}

static void
test_state_notified (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) states = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GAsyncResult) launched = NULL;
  g_autoptr (GAsyncResult) ended = NULL;
  gulong id = g_signal_connect (fixture->machine, "notify::state", G_CALLBACK (note_state), states);

  q_machine_launch_async (fixture->machine, NULL, q_test_store_result, &launched);
  g_assert_true (q_machine_launch_finish (fixture->machine, q_test_await (&launched), NULL));
  q_test_wait_until (NULL, states->len > 0
                             && g_array_index (states, int, states->len - 1)
                                  == (int)Q_MACHINE_STATE_RUNNING);
  q_machine_shutdown_async (fixture->machine, Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &ended);
  g_assert_true (q_machine_shutdown_finish (fixture->machine, q_test_await (&ended), NULL));
  q_test_wait_until (NULL,
                     g_array_index (states, int, states->len - 1) == (int)Q_MACHINE_STATE_STOPPED);
  g_signal_handler_disconnect (fixture->machine, id);
}

static void
test_command_line_and_name (Fixture *fixture, gconstpointer data)
{
  g_autofree char *name = NULL;
  g_auto (GStrv) argv = NULL;
  g_autofree char *log = NULL;
  static const char *const wrapper[] = { "env", "QMACHINE_TEST=1", NULL };
  const char *const expected[] = {
    "env",
    "QMACHINE_TEST=1",
    q_test_get_binary (),
    "-chardev",
    "socket,id=mon,fd=300,server=on,wait=on",
    "-qmp",
    "chardev:mon",
    "-display",
    "none",
    "-vga",
    "none",
    "-machine",
    "none",
    NULL,
  };

  g_object_get (fixture->machine, "name", &name, NULL);
  g_assert_true (g_str_has_prefix (name, "qemu-"));

  g_object_set (fixture->machine, "wrapper", wrapper, "machine-type", "none", "args", NULL, NULL);
  run_sync_life (fixture->machine);
  argv = q_machine_dup_command_line (fixture->machine);
  g_assert_true (g_strv_equal ((const char *const *)argv, expected));
  log = q_machine_dup_log (fixture->machine);
  g_assert_cmpstr (log, ==, "");
}

/* How long one call may take. */
static void
test_limits_of_calls (Fixture *fixture, gconstpointer data)
{
  QMachine *machine = fixture->machine;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *reply = NULL;
  g_autofree char *late = NULL;

  q_test_launch (machine);
  g_assert_false (q_machine_wait (machine, 20, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==, "wait: QEMU did not end within 20 ms");
  g_clear_error (&error);
  g_assert_false (q_machine_wait (machine, 0, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);

  /* The call's own, and the property's, which is named. */
  g_assert_cmpint (kill ((pid_t)q_machine_get_pid (machine), SIGSTOP), ==, 0);
  late = q_machine_command_json (machine, "query-name", NULL, 30, NULL, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==, "query-name: no reply came within 30 ms");
  g_clear_error (&error);
  q_machine_set_command_timeout (machine, 20);
  node = q_machine_qmp (machine, "query-name", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==, "query-name: no reply came within 20 ms (command-timeout)");
  g_clear_error (&error);
  g_assert_cmpint (kill ((pid_t)q_machine_get_pid (machine), SIGCONT), ==, 0);
  /* Without end, whatever the property says. */
  reply = q_machine_command_json (machine, "query-status", NULL, -1, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (reply, "running"));

  g_assert_cmpint (kill ((pid_t)q_machine_get_pid (machine), SIGSTOP), ==, 0);
  g_assert_false (q_machine_shutdown (machine, 20, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN);
  assert_stopped (machine, -SIGKILL);
  g_assert_true (q_machine_wait (machine, 0, NULL, NULL));
}

/* Who has more patience does not hold up who has less. */
static void
test_least_patient (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  q_test_launch (fixture->machine);
  g_assert_cmpint (kill ((pid_t)q_machine_get_pid (fixture->machine), SIGSTOP), ==, 0);
  q_machine_shutdown_async (fixture->machine, -1, cancellable, q_test_store_result, &result);
  q_test_wait_until (NULL, q_machine_get_state (fixture->machine) == Q_MACHINE_STATE_STOPPING);
  g_cancellable_cancel (cancellable);
  g_assert_false (q_machine_shutdown_finish (fixture->machine, q_test_await (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  g_assert_false (q_machine_shutdown (fixture->machine, 20, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN);
  assert_stopped (fixture->machine, -SIGKILL);
}

static void
test_wrong_limits (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = NULL;

  q_test_launch (fixture->machine);
  g_assert_false (q_machine_wait (fixture->machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_clear_error (&error);
  g_assert_false (q_machine_shutdown (fixture->machine, -3, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_clear_error (&error);
  reply = q_machine_command_json (fixture->machine, "stop", NULL, -3, NULL, &error);
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  /* Nothing was sent. */
  assert_running (fixture->machine);
  q_test_shutdown (fixture->machine);
}

static void
count_notification (guint *n_notifications)
{
  ++*n_notifications;
}

static void
note_run_dir (QMachine *machine, GParamSpec *pspec, gpointer paths)
{
  g_ptr_array_add (paths, q_machine_dup_run_dir (machine));
}

static void
test_run_dir (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *path = NULL;
  g_autofree char *parent = NULL;
  guint n_command_lines = 0;

  g_assert_null (q_machine_dup_run_dir (fixture->machine));
  g_signal_connect (fixture->machine, "notify::run-dir", G_CALLBACK (note_run_dir), paths);
  g_signal_connect_swapped (fixture->machine, "notify::command-line",
                            G_CALLBACK (count_notification), &n_command_lines);
  q_test_launch (fixture->machine);
  path = q_machine_dup_run_dir (fixture->machine);
  parent = g_path_get_dirname (path);
  g_assert_cmpstr (parent, ==, q_test_get_base_dir ());
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_DIR));
  q_test_wait_until (NULL, paths->len > 0 && n_command_lines > 0);
  g_assert_cmpstr (g_ptr_array_index (paths, 0), ==, path);

  q_test_shutdown (fixture->machine);
  g_assert_null (q_machine_dup_run_dir (fixture->machine));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  q_test_wait_until (NULL, g_ptr_array_index (paths, paths->len - 1) == NULL);
}

#define ADD(path, func) g_test_add ("/lifecycle/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("sync", test_sync);
  ADD ("sync-in-thread", test_sync_in_thread);
  ADD ("sync-in-main-loop", test_sync_in_main_loop);
  ADD ("async", test_async);
  ADD ("async-kill", test_async_kill);
  ADD ("own-context", test_own_context);
  ADD ("launch-again", test_launch_again);
  ADD ("second-launch", test_second_launch);
  ADD ("stopped-machine", test_stopped_machine);
  ADD ("kill-of-hung-qemu", test_kill_of_hung_qemu);
  ADD ("without-monitor", test_without_monitor);
  ADD ("listening-qemu", test_listening_qemu);
  ADD ("tcp-monitor", test_tcp_monitor);
  ADD ("drop-running", test_drop_running);
  ADD ("cancelled-before", test_cancelled_before);
  ADD ("launch-cancelled-anywhere", test_launch_cancelled_anywhere);
  ADD ("wait-cancelled", test_wait_cancelled);
  ADD ("shutdown-cancelled", test_shutdown_cancelled);
  ADD ("shutdown-while-launching", test_shutdown_while_launching);
  ADD ("state-notified", test_state_notified);
  ADD ("limits-of-calls", test_limits_of_calls);
  ADD ("least-patient", test_least_patient);
  ADD ("wrong-limits", test_wrong_limits);
  ADD ("run-dir", test_run_dir);
  ADD ("command-line-and-name", test_command_line_and_name);

  return g_test_run ();
}
