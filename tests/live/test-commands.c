/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Commands and events on real QEMU, each call in its forms. */

#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "q-test-util.h"

typedef struct
{
  QMachine *machine;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->machine = q_test_machine_none ();
  g_assert_true (q_machine_launch (fixture->machine, NULL, &error));
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_true (q_machine_kill (fixture->machine, NULL, NULL));
  q_test_assert_last_unref (fixture->machine);
  q_test_take_warnings (NULL);
}

static void
assert_status (JsonNode *node, const char *status)
{
  g_assert_nonnull (node);
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (node), "status"), ==,
                   status);
}

static void
command (QMachine *machine, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *result
    = q_machine_command_json (machine, name, NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (result, ==, "{}");
}

/* -- command -- */

static void
run_sync_commands (gpointer data)
{
  QMachine *machine = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) result = NULL;
  g_autoptr (JsonNode) reply = NULL;
  g_autofree char *text = NULL;

  result = q_machine_command (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  assert_status (result, "running");

  text = q_machine_command_json (machine, "query-status", " { } ", Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (text, "\"running\""));

  reply = q_machine_qmp (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  assert_status (json_object_get_member (json_node_get_object (reply), "return"), "running");
}

static void
test_sync (Fixture *fixture, gconstpointer data)
{
  run_sync_commands (fixture->machine);
}

static void
test_sync_in_thread (Fixture *fixture, gconstpointer data)
{
  q_test_in_thread (run_sync_commands, fixture->machine);
}

typedef struct
{
  Fixture *fixture;
  gboolean done;
} LoopCall;

static gboolean
run_in_loop (gpointer data)
{
  LoopCall *call = data;

  run_sync_commands (call->fixture->machine);
  call->done = TRUE;
  return G_SOURCE_REMOVE;
}

static void
test_sync_in_main_loop (Fixture *fixture, gconstpointer data)
{
  LoopCall call = { fixture, FALSE };

  g_idle_add (run_in_loop, &call);
  q_test_wait_until (NULL, call.done);
}

static void
test_async (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) commanded = NULL;
  g_autoptr (GAsyncResult) commanded_json = NULL;
  g_autoptr (GAsyncResult) asked = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) result = NULL;
  g_autoptr (JsonNode) reply = NULL;
  g_autofree char *text = NULL;

  q_machine_command_async (fixture->machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL,
                           q_test_store_result, &commanded);
  q_machine_command_json_async (fixture->machine, "query-name", "{}", Q_TIMEOUT_DEFAULT, NULL,
                                q_test_store_result, &commanded_json);
  q_machine_qmp_async (fixture->machine, "no-such-command", NULL, Q_TIMEOUT_DEFAULT, NULL,
                       q_test_store_result, &asked);

  result = q_machine_command_finish (fixture->machine, q_test_await (&commanded), &error);
  g_assert_no_error (error);
  assert_status (result, "running");
  text = q_machine_command_json_finish (fixture->machine, q_test_await (&commanded_json), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "{}");
  reply = q_machine_qmp_finish (fixture->machine, q_test_await (&asked), &error);
  g_assert_no_error (error);
  g_assert_true (json_object_has_member (json_node_get_object (reply), "error"));
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (
    q_machine_command (fixture->machine, "no-such-command", NULL, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_COMMAND_NOT_FOUND);
  g_assert_cmpstr (error->message, ==,
                   "no-such-command: The command no-such-command has not been found");
  g_assert_cmpstr (q_command_error_get_class_name (error), ==, "CommandNotFound");
  g_assert_cmpstr (q_command_error_get_command_name (error), ==, "no-such-command");
  g_assert_cmpstr (q_command_error_get_description (error), ==,
                   "The command no-such-command has not been found");
  g_assert_nonnull (strstr (q_command_error_get_reply (error), "\"error\""));
  g_clear_error (&error);

  g_assert_null (q_machine_command_json (fixture->machine, "query-status", "{\"a\":1}",
                                         Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
}

/* What is wrong with the input is said before anything is sent. */
static void
test_bad_input (Fixture *fixture, gconstpointer data)
{
  static const char *const bad_arguments[] = {
    "",
    " ",
    "{",
    "{\"a\":}",
    "[]",
    "1",
    "{} {}",
    "{'a':1}",
    "{\"a\":01}",
    "{\"a\":\"\xff\"}",
    "{\"a\":\"\\ud800\"}",
    "/* */ {}",
    "{\"a\":NaN}",
  };
  g_autoptr (JsonNode) array = json_from_string ("[1]", NULL);
  g_autoptr (GString) deep = g_string_new ("{\"a\":");
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad_arguments); i++)
    {
      g_assert_null (q_machine_command_json (fixture->machine, "query-status", bad_arguments[i],
                                             Q_TIMEOUT_DEFAULT, NULL, &error));
      g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
      g_assert_nonnull (strstr (error->message, "query-status"));
      g_clear_error (&error);
    }

  for (guint i = 0; i < 2000; i++)
    g_string_append_c (deep, '[');
  for (guint i = 0; i < 2000; i++)
    g_string_append_c (deep, ']');
  g_string_append_c (deep, '}');
  g_assert_null (
    q_machine_command_json (fixture->machine, "x", deep->str, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);

  g_assert_null (
    q_machine_command (fixture->machine, "query-status", array, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);

  g_assert_null (q_machine_command (fixture->machine, "", NULL, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);
  g_assert_null (
    q_machine_command (fixture->machine, "a\xff", NULL, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);

  run_sync_commands (fixture->machine);
}

static void
test_bad_arguments_to_functions (Fixture *fixture, gconstpointer data)
{
  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_failed ();
      g_test_trap_assert_stderr ("*command != NULL*");
      return;
    }

  g_assert_null (q_machine_command (fixture->machine, NULL, NULL, Q_TIMEOUT_DEFAULT, NULL, NULL));
}

static void
test_large_reply (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = q_machine_command_json (fixture->machine, "query-qmp-schema", NULL,
                                                  Q_TIMEOUT_DEFAULT, NULL, &error);
  g_autoptr (JsonNode) node = q_machine_command (fixture->machine, "query-qmp-schema", NULL,
                                                 Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (strlen (text), >, 150 * 1000);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (node)), >, 500);
}

static void
test_exact_integers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  static const char *const args[] = {
    "-accel", "tcg",         "-machine", "q35",
    "-S",     "-nodefaults", "-device",  "pcie-root-port,id=p0,mem-reserve=18446744073709551615",
    NULL
  };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (JsonNode) arguments
    = json_from_string ("{\"path\":\"/machine/peripheral/p0\",\"property\":\"mem-reserve\"}", NULL);

  g_object_set (machine, "binary", "qemu-system-x86_64", "args", args, NULL);
  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);

  text = q_machine_command_json (machine, "qom-get",
                                 "{\"path\":\"/machine/peripheral/p0\","
                                 "\"property\":\"mem-reserve\"}",
                                 Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "18446744073709551615");

  node = q_machine_command (machine, "qom-get", arguments, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint ((guint64)json_node_get_int (node), ==, G_MAXUINT64);

  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
}

static void
test_many_in_flight (Fixture *fixture, gconstpointer data)
{
  GAsyncResult *results[1000] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    q_machine_command_json_async (fixture->machine, i % 2 == 0 ? "query-name" : "query-status",
                                  NULL, Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &results[i]);

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GAsyncResult) result = q_test_await (&results[i]);
      g_autofree char *text = q_machine_command_json_finish (fixture->machine, result, NULL);

      g_assert_cmpint (strstr (text, "running") != NULL, ==, i % 2 == 1);
    }
}

static void
test_command_with_fd (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonNode) arguments = json_from_string ("{\"fdname\":\"f\"}", NULL);
  g_autoptr (JsonNode) result = NULL;
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GError) error = NULL;
  int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  result = q_machine_command_with_fd (fixture->machine, "getfd", arguments, fd, Q_TIMEOUT_DEFAULT,
                                      NULL, &error);
  g_assert_no_error (error);
  g_clear_pointer (&result, json_node_unref);

  q_machine_command_with_fd_async (fixture->machine, "getfd", arguments, fd, Q_TIMEOUT_DEFAULT,
                                   NULL, q_test_store_result, &stored);
  close (fd);
  result = q_machine_command_with_fd_finish (fixture->machine, q_test_await (&stored), &error);
  g_assert_no_error (error);

  g_assert_null (q_machine_command_with_fd (fixture->machine, "getfd", arguments, 9999,
                                            Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_assert_nonnull (strstr (error->message, "9999"));
}

/* -- giving up on a command -- */

static void
test_cancelled_command (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GError) error = NULL;
  gint64 pid = q_machine_get_pid (fixture->machine);

  /* QEMU cannot answer, so the command is on the wire when it is given up. */
  kill ((pid_t)pid, SIGSTOP);
  q_machine_command_json_async (fixture->machine, "query-name", NULL, Q_TIMEOUT_DEFAULT,
                                cancellable, q_test_store_result, &stored);
  g_cancellable_cancel (cancellable);
  g_assert_null (q_machine_command_json_finish (fixture->machine, q_test_await (&stored), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  g_object_set (fixture->machine, "command-timeout", 50, NULL);
  g_assert_null (
    q_machine_command_json (fixture->machine, "query-name", NULL, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "query-name"));
  g_object_set (fixture->machine, "command-timeout", -1, NULL);
  kill ((pid_t)pid, SIGCONT);

  /* The late answers are nobody's, and above all not the next command's. */
  run_sync_commands (fixture->machine);

  g_clear_error (&error);
  g_assert_null (q_machine_command_json (fixture->machine, "query-name", NULL, Q_TIMEOUT_DEFAULT,
                                         cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static gpointer
cancel_when_told (gpointer data)
{
  GCancellable *cancellable = data;

  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
test_sync_cancelled_from_thread (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_new ("cancel", cancel_when_told, cancellable);

  g_assert_null (q_machine_wait_event (fixture->machine, NULL, NULL, -1, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
}

/* -- a QEMU that dies -- */

static void
test_death_during_command (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) commanded = NULL;
  g_autoptr (GAsyncResult) waited = NULL;
  g_autoptr (GError) error = NULL;
  gint64 pid = q_machine_get_pid (fixture->machine);

  kill ((pid_t)pid, SIGSTOP);
  q_machine_command_async (fixture->machine, "query-name", NULL, Q_TIMEOUT_DEFAULT, NULL,
                           q_test_store_result, &commanded);
  q_machine_wait_event_async (fixture->machine, NULL, NULL, -1, NULL, q_test_store_result, &waited);
  kill ((pid_t)pid, SIGKILL);

  g_assert_null (q_machine_command_finish (fixture->machine, q_test_await (&commanded), &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
  g_assert_nonnull (strstr (error->message, "query-name"));
  g_assert_nonnull (strstr (error->message, "killed by signal 9"));
  g_clear_error (&error);
  g_assert_null (q_machine_wait_event_finish (fixture->machine, q_test_await (&waited), &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 1);
}

static void
test_quit_by_command (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  command (fixture->machine, "quit");
  g_assert_true (q_machine_wait (fixture->machine, -1, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (q_test_get_exit_code (fixture->machine), ==, 0);
}

static void
test_command_after_quit (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) quit = NULL;
  g_autoptr (GAsyncResult) late = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  q_machine_command_json_async (fixture->machine, "quit", NULL, Q_TIMEOUT_DEFAULT, NULL,
                                q_test_store_result, &quit);
  q_machine_command_json_async (fixture->machine, "query-name", NULL, Q_TIMEOUT_DEFAULT, NULL,
                                q_test_store_result, &late);
  text = q_machine_command_json_finish (fixture->machine, q_test_await (&quit), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "{}");
  g_clear_pointer (&text, g_free);

  /* Answered or not, it does not make the end abnormal. */
  text = q_machine_command_json_finish (fixture->machine, q_test_await (&late), &error);
  if (text == NULL)
    g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
  g_clear_error (&error);
  g_assert_true (q_machine_shutdown (fixture->machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (q_test_get_exit_code (fixture->machine), ==, 0);
}

/* -- events -- */

static void
note_event (gpointer object, QMonitorEvent *event, gpointer data)
{
  g_ptr_array_add (data, g_strdup (q_monitor_event_get_name (event)));
}

static void
test_event_signals (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) stops = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) of_monitor = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (QMonitor) monitor = q_machine_dup_monitor (fixture->machine);

  g_signal_connect (fixture->machine, "event", G_CALLBACK (note_event), all);
  g_signal_connect (fixture->machine, "event::STOP", G_CALLBACK (note_event), stops);
  g_signal_connect (monitor, "event", G_CALLBACK (note_event), of_monitor);

  command (fixture->machine, "stop");
  command (fixture->machine, "cont");
  command (fixture->machine, "stop");
  g_assert_cmpuint (all->len, ==, 0);

  q_test_wait_until (NULL, all->len == 3 && of_monitor->len == 3);
  g_assert_cmpstr (all->pdata[0], ==, "STOP");
  g_assert_cmpstr (all->pdata[1], ==, "RESUME");
  g_assert_cmpstr (all->pdata[2], ==, "STOP");
  g_assert_cmpuint (stops->len, ==, 2);
}

typedef struct
{
  GString *order;
  guint n_replies;
} Order;

static void
note_reply (GObject *source, GAsyncResult *result, gpointer data)
{
  Order *order = data;
  g_autofree char *text = q_machine_command_json_finish (Q_MACHINE (source), result, NULL);

  g_assert_nonnull (text);
  g_string_append_c (order->order, 'r');
  order->n_replies++;
}

static void
note_order (QMachine *machine, QMonitorEvent *event, gpointer data)
{
  Order *order = data;

  g_string_append_c (order->order, 'e');
}

/* QEMU reports STOP and RESUME before it answers the command that caused them. */
static void
test_wire_order (Fixture *fixture, gconstpointer data)
{
  Order order = { g_string_new (NULL), 0 };
  g_autoptr (GString) expected = g_string_new (NULL);

  g_signal_connect (fixture->machine, "event", G_CALLBACK (note_order), &order);
  for (guint i = 0; i < 50; i++)
    {
      q_machine_command_json_async (fixture->machine, i % 2 == 0 ? "stop" : "cont", NULL,
                                    Q_TIMEOUT_DEFAULT, NULL, note_reply, &order);
      g_string_append (expected, "er");
    }
  q_test_wait_until (NULL, order.n_replies == 50);
  g_assert_cmpstr (order.order->str, ==, expected->str);
  g_string_free (order.order, TRUE);
}

static void
run_sync_wait_event (gpointer data)
{
  QMachine *machine = data;
  static const char *const resume[] = { "NO_SUCH_EVENT", "RESUME", NULL };
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (QMonitorEvent) earlier = NULL;
  g_autoptr (GError) error = NULL;

  command (machine, "stop");
  command (machine, "cont");

  /* It came before the call; the other one stays where it is. */
  event = q_machine_wait_event (machine, resume, NULL, -1, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (q_monitor_event_get_name (event), ==, "RESUME");
  g_assert_cmpint (q_monitor_event_get_timestamp (event), >, 0);
  earlier = q_machine_pop_event (machine);
  g_assert_cmpstr (q_monitor_event_get_name (earlier), ==, "STOP");
  g_assert_null (q_machine_pop_event (machine));
}

static void
test_wait_event_sync (Fixture *fixture, gconstpointer data)
{
  run_sync_wait_event (fixture->machine);
  q_test_in_thread (run_sync_wait_event, fixture->machine);
}

static void
test_wait_event_async (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  static const char *const stop[] = { "STOP", NULL };
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (QMonitorEvent) same_event = NULL;
  g_autoptr (GError) error = NULL;

  q_machine_wait_event_async (fixture->machine, stop, NULL, Q_TEST_DEADLINE_MS, NULL,
                              q_test_store_result, &first);
  q_machine_wait_event_async (fixture->machine, stop, NULL, Q_TEST_DEADLINE_MS, NULL,
                              q_test_store_result, &second);
  command (fixture->machine, "stop");
  event = q_machine_wait_event_finish (fixture->machine, q_test_await (&first), &error);
  g_assert_no_error (error);
  same_event = q_machine_wait_event_finish (fixture->machine, q_test_await (&second), &error);
  g_assert_no_error (error);
  g_assert_true (event == same_event);
  g_assert_null (q_machine_pop_event (fixture->machine));
}

static void
test_wait_event_gives_up (Fixture *fixture, gconstpointer data)
{
  static const char *const resume[] = { "RESUME", NULL };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QMonitorEvent) event = NULL;
  gint64 begin = g_get_monotonic_time ();

  command (fixture->machine, "stop");
  g_assert_null (q_machine_wait_event (fixture->machine, resume, NULL, 0, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);

  g_assert_null (q_machine_wait_event (fixture->machine, resume, NULL, 100, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 100 * 1000);
  g_clear_error (&error);

  q_machine_wait_event_async (fixture->machine, resume, NULL, -1, cancellable, q_test_store_result,
                              &stored);
  /* Answered in order: once this is back, the wait has begun. */
  json_node_unref (
    q_machine_command (fixture->machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL));
  g_cancellable_cancel (cancellable);
  g_assert_null (q_machine_wait_event_finish (fixture->machine, q_test_await (&stored), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  event = q_machine_pop_event (fixture->machine);
  g_assert_cmpstr (q_monitor_event_get_name (event), ==, "STOP");
}

static void
test_wait_event_match (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonNode) wrong = json_from_string ("{\"reason\":\"guest-panic\"}", NULL);
  g_autoptr (JsonNode) right = json_from_string ("{\"reason\":\"host-qmp-quit\"}", NULL);
  static const char *const shutdown[] = { "SHUTDOWN", NULL };
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (q_machine_shutdown (fixture->machine, Q_TIMEOUT_DEFAULT, NULL, NULL));

  /* The events of the last moments are still there, and only then is the end an error. */
  g_assert_null (q_machine_wait_event (fixture->machine, shutdown, wrong, -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_clear_error (&error);
  event = q_machine_wait_event (fixture->machine, shutdown, right, -1, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (event);

  /* Another launch does not see them. */
  g_assert_true (q_machine_launch (fixture->machine, NULL, NULL));
  g_assert_null (q_machine_pop_event (fixture->machine));
}

static void
test_pop_events (Fixture *fixture, gconstpointer data)
{
  g_autolist (QMonitorEvent) events = NULL;

  command (fixture->machine, "stop");
  command (fixture->machine, "cont");
  events = q_machine_pop_events (fixture->machine);
  g_assert_cmpuint (g_list_length (events), ==, 2);
  g_assert_cmpstr (q_monitor_event_get_name (events->data), ==, "STOP");
  g_assert_cmpstr (q_monitor_event_get_name (events->next->data), ==, "RESUME");
}

/* -- the run state -- */

static void
note_run_state (QMachine *machine, GParamSpec *pspec, gpointer data)
{
  g_ptr_array_add (data, q_machine_dup_run_state_name (machine));
}

static void
test_run_state (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  static const char *const paused[] = { "-S", NULL };

  q_machine_add_args (machine, paused);
  g_assert_true (q_machine_launch (machine, NULL, NULL));
  g_assert_cmpint (q_machine_get_run_state (machine), ==, Q_RUN_STATE_PRELAUNCH);
  g_signal_connect (machine, "notify::run-state", G_CALLBACK (note_run_state), names);

  command (machine, "cont");
  q_test_wait_until (NULL, q_machine_get_run_state (machine) == Q_RUN_STATE_RUNNING);
  command (machine, "stop");
  q_test_wait_until (NULL, q_machine_get_run_state (machine) == Q_RUN_STATE_PAUSED);
  q_test_wait_until (NULL,
                     names->len > 0 && g_strcmp0 (names->pdata[names->len - 1], "paused") == 0);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
  g_assert_cmpint (q_machine_get_run_state (machine), ==, Q_RUN_STATE_SHUTDOWN);
}

/* -- a monitor of its own -- */

static void
test_attach (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "second", NULL);
  g_autofree char *chardev = g_strdup_printf ("socket,id=second,path=%s,server=on,wait=off", path);
  const char *const args[] = { "-chardev", chardev, "-qmp", "chardev:second", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (QMonitor) other = q_monitor_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GAsyncResult) attached = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *version = NULL;

  q_machine_add_args (machine, args);
  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);

  g_assert_true (q_monitor_attach (monitor, address, NULL, &error));
  g_assert_no_error (error);
  version = q_monitor_dup_version (monitor);
  g_assert_nonnull (version);
  text = q_monitor_command_json (monitor, "query-name", NULL, Q_MONITOR_FLAGS_NONE,
                                 Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_cmpstr (text, ==, "{}");

  g_assert_false (q_monitor_attach (monitor, address, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_BUSY);
  g_clear_error (&error);

  /* One client at a time: a second one gets no greeting. */
  g_object_set (other, "attach-timeout", 100, NULL);
  g_assert_false (q_monitor_attach (other, address, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "another client"));
  g_clear_error (&error);

  g_assert_true (q_monitor_close (monitor, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (q_monitor_get_state (monitor), ==, Q_MONITOR_STATE_CLOSED);
  g_assert_null (q_monitor_command (monitor, "query-name", NULL, Q_MONITOR_FLAGS_NONE,
                                    Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_clear_error (&error);

  q_monitor_attach_async (monitor, address, NULL, q_test_store_result, &attached);
  g_assert_true (q_monitor_attach_finish (monitor, q_test_await (&attached), &error));
  g_assert_no_error (error);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
}

#define ADD(path, func) g_test_add ("/commands/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("sync", test_sync);
  ADD ("sync-in-thread", test_sync_in_thread);
  ADD ("sync-in-main-loop", test_sync_in_main_loop);
  ADD ("async", test_async);
  ADD ("refused", test_refused);
  ADD ("bad-input", test_bad_input);
  ADD ("bad-arguments-to-functions", test_bad_arguments_to_functions);
  ADD ("large-reply", test_large_reply);
  ADD ("exact-integers", test_exact_integers);
  ADD ("many-in-flight", test_many_in_flight);
  ADD ("with-fd", test_command_with_fd);
  ADD ("cancelled", test_cancelled_command);
  ADD ("sync-cancelled-from-thread", test_sync_cancelled_from_thread);
  ADD ("death-during-command", test_death_during_command);
  ADD ("quit-by-command", test_quit_by_command);
  ADD ("command-after-quit", test_command_after_quit);
  ADD ("event-signals", test_event_signals);
  ADD ("wire-order", test_wire_order);
  ADD ("wait-event-sync", test_wait_event_sync);
  ADD ("wait-event-async", test_wait_event_async);
  ADD ("wait-event-gives-up", test_wait_event_gives_up);
  ADD ("wait-event-match", test_wait_event_match);
  ADD ("pop-events", test_pop_events);
  ADD ("run-state", test_run_state);
  ADD ("attach", test_attach);

  return g_test_run ();
}
