/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What no other test comes to: streams that are no sockets, peers that take nothing, calls that
 * are withdrawn before they are sent, results for another context than the owner's. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "q-test-util.h"
#include "qmock.h"

/* More than a socket takes from a client whose peer does not read. */
#define PLENTY (4 * 1024 * 1024)

static QMockPeer *
start_peer (const char *script)
{
  QMockPeer *peer = qmock_peer_new (script);
  g_autoptr (GError) error = NULL;

  g_assert_true (qmock_peer_start (peer, &error));
  g_assert_no_error (error);
  return peer;
}

static QMonitor *
attach (QMockPeer *peer)
{
  QMonitor *monitor = q_monitor_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (q_monitor_attach (monitor, qmock_peer_get_address (peer), NULL, &error));
  g_assert_no_error (error);
  return monitor;
}

static void
finish_peer (QMockPeer *peer)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (qmock_peer_finish (peer, &error));
  g_assert_no_error (error);
}

static void
assert_executes (QMonitor *monitor, const char *command, const char *arguments,
                 const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  text = q_monitor_command_json (monitor, command, arguments, Q_MONITOR_FLAGS_NONE,
                                 Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

/* What was called before has reached the I/O thread, and done there what can be done at once. */
static void
pass_io_thread (QMonitor *monitor)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_monitor_wait_event (monitor, NULL, NULL, 0, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static void
assert_cancelled (QMonitor *monitor, GAsyncResult **result)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_monitor_command_json_finish (monitor, q_test_await (result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (result);
}

/* -- streams that cannot be polled -- */

/* The bytes of a socket, through streams that only have asynchronous calls. */
static QMonitor *
attach_opaque (QMockPeer *peer)
{
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GInputStream) input = NULL;
  g_autoptr (GOutputStream) output = NULL;
  g_autoptr (GIOStream) stream = NULL;

  connection = g_socket_client_connect (
    client, G_SOCKET_CONNECTABLE (qmock_peer_get_address (peer)), NULL, &error);
  g_assert_no_error (error);
  input = g_buffered_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  output = G_OUTPUT_STREAM (
    g_data_output_stream_new (g_io_stream_get_output_stream (G_IO_STREAM (connection))));
  g_assert_false (G_IS_POLLABLE_INPUT_STREAM (input));
  g_assert_false (G_IS_POLLABLE_OUTPUT_STREAM (output));
  stream = g_simple_io_stream_new (input, output);
  /* Without it the socket would be closed. */
  g_object_set_data_full (G_OBJECT (stream), "connection", g_object_ref (connection),
                          g_object_unref);

  g_assert_true (q_monitor_attach_stream (monitor, stream, NULL, &error));
  g_assert_no_error (error);
  return g_steal_pointer (&monitor);
}

static void
test_opaque_stream (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer ("negotiate\n"
                                           "expect query-status\nevent STOP\nreply {\"a\": 1}\n"
                                           "expect large\nexpect after\n"
                                           "reply-to 3 2\nreply-to 4 3\n"
                                           "expect-eof\n");
  g_autoptr (QMonitor) monitor = attach_opaque (peer);
  g_autofree char *filler = g_strnfill (PLENTY, 'x');
  g_autofree char *large = g_strdup_printf ("{\"x\":\"%s\"}", filler);
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autofree char *first_text = NULL;
  g_autofree char *second_text = NULL;

  assert_executes (monitor, "query-status", NULL, "{\"a\": 1}");
  event = q_monitor_pop_event (monitor);
  g_assert_nonnull (event);
  g_assert_cmpstr (q_monitor_event_get_name (event), ==, "STOP");

  /* The second one has to wait until the first one is written. */
  q_monitor_command_json_async (monitor, "large", large, 0, Q_TIMEOUT_DEFAULT, NULL,
                                q_test_store_result, &first);
  q_monitor_command_json_async (monitor, "after", NULL, 0, Q_TIMEOUT_DEFAULT, NULL,
                                q_test_store_result, &second);
  first_text = q_monitor_command_json_finish (monitor, q_test_await (&first), NULL);
  g_assert_cmpstr (first_text, ==, "2");
  second_text = q_monitor_command_json_finish (monitor, q_test_await (&second), NULL);
  g_assert_cmpstr (second_text, ==, "3");

  /* A read is under way all the time: closing must not wait for it. */
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  finish_peer (peer);
}

static void
note_closed (QMonitor *monitor, GError *reason, gpointer data)
{
  GError **kept = data;

  g_assert_null (*kept);
  g_assert_nonnull (reason);
  *kept = g_error_copy (reason);
}

static void
test_opaque_stream_ends (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer (data);
  g_autoptr (QMonitor) monitor = attach_opaque (peer);
  g_autoptr (GError) closed = NULL;
  g_autoptr (GError) error = NULL;

  g_signal_connect (monitor, "closed", G_CALLBACK (note_closed), &closed);
  g_assert_null (
    q_monitor_command_json (monitor, "last", NULL, 0, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  q_test_wait_until (NULL, closed != NULL);
  g_assert_error (closed, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  finish_peer (peer);
}

static void
test_opaque_stream_refuses_descriptors (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer ("negotiate\nexpect still\nreply {}\n");
  g_autoptr (QMonitor) monitor = attach_opaque (peer);
  g_autoptr (GError) error = NULL;

  g_assert_false (q_monitor_send_fd (monitor, 1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  assert_executes (monitor, "still", NULL, "{}");
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  finish_peer (peer);
}

/* A peer that takes no more, and hangs up while a write is under way. */
static void
test_opaque_stream_write_fails (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer ("negotiate\nwait-signal go\nclose\n");
  g_autoptr (QMonitor) monitor = attach_opaque (peer);
  g_autofree char *filler = g_strnfill (PLENTY, 'x');
  g_autofree char *large = g_strdup_printf ("{\"x\":\"%s\"}", filler);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  q_monitor_command_json_async (monitor, "large", large, 0, Q_TIMEOUT_DEFAULT, NULL,
                                q_test_store_result, &result);
  pass_io_thread (monitor);
  qmock_peer_signal (peer, "go");
  g_assert_null (q_monitor_command_json_finish (monitor, q_test_await (&result), &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  finish_peer (peer);
}

/* -- a descriptor alone, by each of the calls -- */

static void
assert_got_fd (QMockPeer *peer, const char *content)
{
  g_autoptr (GError) error = NULL;
  char text[16] = "";
  int fd = qmock_peer_steal_fd (peer, 0, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (pread (fd, text, sizeof text - 1, 0), ==, strlen (content));
  g_assert_cmpstr (text, ==, content);
  g_assert_true (g_close (fd, &error));
}

static void
test_send_fd (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer ("negotiate\nexpect getfd\nreply {}\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "sent", NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  int fd;

  g_assert_true (g_file_set_contents (path, "sent", -1, &error));
  g_assert_false (q_monitor_send_file (monitor, "/none/such", NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);
  g_assert_false (q_monitor_send_fd (monitor, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);

  switch (GPOINTER_TO_INT (data))
    {
    case 0:
      fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
      g_assert_true (q_monitor_send_fd (monitor, fd, NULL, &error));
      g_assert_true (g_close (fd, NULL));
      break;
    case 1:
      fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
      q_monitor_send_fd_async (monitor, fd, NULL, q_test_store_result, &result);
      g_assert_true (g_close (fd, NULL));
      g_assert_true (q_monitor_send_fd_finish (monitor, q_test_await (&result), &error));
      break;
    case 2:
      g_assert_true (q_monitor_send_file (monitor, path, NULL, &error));
      break;
    default:
      q_monitor_send_file_async (monitor, path, NULL, q_test_store_result, &result);
      g_assert_true (q_monitor_send_file_finish (monitor, q_test_await (&result), &error));
      break;
    }
  g_assert_no_error (error);

  assert_executes (monitor, "getfd", "{\"fdname\":\"a\"}", "{}");
  g_assert_cmpuint (qmock_peer_get_n_fds (peer), ==, 1);
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  finish_peer (peer);
  assert_got_fd (peer, "sent");
  g_assert_cmpint (g_unlink (path), ==, 0);
}

/* -- contexts -- */

static void
test_foreign_context (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer ("negotiate\nexpect query-status\nreply {\"a\": 1}\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  /* The monitor belongs to the default context; who calls from another one is answered there. */
  g_main_context_push_thread_default (context);
  q_monitor_command_json_async (monitor, "query-status", NULL, 0, Q_TIMEOUT_DEFAULT, NULL,
                                q_test_store_result, &result);
  text = q_monitor_command_json_finish (monitor, q_test_await (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "{\"a\": 1}");
  g_clear_object (&result);

  q_monitor_close_async (monitor, NULL, q_test_store_result, &result);
  g_assert_true (q_monitor_close_finish (monitor, q_test_await (&result), &error));
  g_assert_no_error (error);
  g_main_context_pop_thread_default (context);
  finish_peer (peer);
}

/* -- what is not sent yet -- */

static void
test_withdraw_unsent (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer ("negotiate\nwait-signal go\n"
                                           "expect large\nreply 1\nexpect third\nreply 3\n"
                                           "expect-eof\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *filler = g_strnfill (PLENTY, 'x');
  g_autofree char *large = g_strdup_printf ("{\"x\":\"%s\"}", filler);
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GAsyncResult) third = NULL;
  g_autofree char *text = NULL;

  q_monitor_command_json_async (monitor, "large", large, 0, Q_TIMEOUT_DEFAULT, NULL,
                                q_test_store_result, &first);
  q_monitor_command_json_async (monitor, "second", NULL, 0, Q_TIMEOUT_DEFAULT, cancellable,
                                q_test_store_result, &second);
  q_monitor_command_json_async (monitor, "third", NULL, 0, Q_TIMEOUT_DEFAULT, NULL,
                                q_test_store_result, &third);

  pass_io_thread (monitor);
  /* The first one fills the socket; the second one is never sent, and has no reply to swallow. */
  g_cancellable_cancel (cancellable);
  assert_cancelled (monitor, &second);
  qmock_peer_signal (peer, "go");
  text = q_monitor_command_json_finish (monitor, q_test_await (&first), NULL);
  g_assert_cmpstr (text, ==, "1");
  g_free (text);
  text = q_monitor_command_json_finish (monitor, q_test_await (&third), NULL);
  g_assert_cmpstr (text, ==, "3");
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  finish_peer (peer);
}

static void
count_busy (GObject *source, GAsyncResult *result, gpointer data)
{
  guint *counts = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = q_monitor_command_json_finish (Q_MONITOR (source), result, &error);

  g_assert_null (text);
  if (g_error_matches (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_BUSY))
    counts[0]++;
  else
    {
      g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
      counts[1]++;
    }
}

/* A peer that takes nothing: what waits is bounded, in number and in bytes, and who comes then is
 * told so at once. */
static void
test_too_much_waits (QTestFixture *fixture, gconstpointer data)
{
  gboolean by_bytes = GPOINTER_TO_INT (data);
  const guint n_calls = by_bytes ? 70 : 65536 + 10;
  g_autofree char *filler = g_strnfill (by_bytes ? PLENTY : 1, 'x');
  g_autofree char *arguments = g_strdup_printf ("{\"x\":\"%s\"}", filler);
  g_autoptr (QMockPeer) peer = start_peer ("timeout 60000\nnegotiate\nwait-signal go\nclose\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  guint counts[2] = { 0, 0 };

  for (guint i = 0; i < n_calls; i++)
    q_monitor_command_json_async (monitor, "x", arguments, 0, Q_TIMEOUT_DEFAULT, NULL, count_busy,
                                  counts);
  pass_io_thread (monitor);
  q_test_wait_until (NULL, counts[0] >= 5);
  g_assert_cmpuint (counts[1], ==, 0);
  qmock_peer_signal (peer, "go");
  /* So many take longer than a deadline under a sanitizer, but some come all the time. */
  while (counts[0] + counts[1] < n_calls)
    {
      guint n_before = counts[0] + counts[1];

      q_test_wait_until (NULL, counts[0] + counts[1] > n_before);
    }
  g_assert_cmpuint (counts[0], <=, 10);
  finish_peer (peer);
}

/* -- consoles and qtest servers that do not read, or that are gone -- */

static QMachine *
launch_deaf (QConsole **console)
{
  g_autoptr (QMachine) machine = q_test_machine_mock ("negotiate; serve");

  if (console != NULL)
    {
      q_machine_add_console (machine, NULL, 0);
      *console = q_machine_dup_console (machine);
    }
  else
    g_object_set (machine, "enable-qtest", TRUE, NULL);
  q_test_launch (machine);

  return g_steal_pointer (&machine);
}

static void
test_deaf_console (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = launch_deaf (&console);
  g_autoptr (QMonitor) monitor = q_machine_dup_monitor (machine);
  g_autofree char *plenty = g_strnfill (PLENTY, 'x');
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GError) error = NULL;

  q_console_write_async (console, plenty, NULL, q_test_store_result, &first);
  q_console_write_async (console, "more", cancellable, q_test_store_result, &second);
  pass_io_thread (monitor);
  g_cancellable_cancel (cancellable);
  g_assert_false (q_console_write_finish (console, q_test_await (&second), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_null (first);

  g_assert_true (q_machine_kill (machine, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (q_console_write_finish (console, q_test_await (&first), &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
}

static void
test_deaf_qtest (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = launch_deaf (NULL);
  g_autoptr (QMonitor) monitor = q_machine_dup_monitor (machine);
  g_autofree char *plenty = g_strnfill (PLENTY, 'x');
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GError) error = NULL;

  q_machine_qtest_async (machine, plenty, -1, NULL, q_test_store_result, &first);
  q_machine_qtest_async (machine, "endianness", -1, cancellable, q_test_store_result, &second);
  pass_io_thread (monitor);
  g_cancellable_cancel (cancellable);
  g_assert_null (q_machine_qtest_finish (machine, q_test_await (&second), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_null (first);

  g_assert_true (q_machine_kill (machine, NULL, &error));
  g_assert_no_error (error);
  g_assert_null (q_machine_qtest_finish (machine, q_test_await (&first), &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
}

/* A program in the place of QEMU that writes to the console and takes input from it only then. */
static QMachine *
launch_shell (const char *commands, QConsole **console)
{
  const char *wrapper[] = { "sh", "-c", commands, NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();

  q_machine_add_console (machine, NULL, 0);
  g_object_set (machine, "wrapper", wrapper, "monitor-mode", Q_MONITOR_MODE_NONE, NULL);
  *console = q_machine_dup_console (machine);
  q_test_launch (machine);

  return g_steal_pointer (&machine);
}

static void
test_slow_console (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine
    = launch_shell ("head -c 4 <&3 >/dev/null; echo begun >&3; head -c 4194304 <&3 | wc -c >&3;"
                    "exec sleep 600",
                    &console);
  g_autofree char *plenty = g_strnfill (PLENTY, 'x');
  g_autofree char *found = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  /* The first four bytes let it begin: by then the socket is full, and the rest has to wait. */
  q_console_write_async (console, plenty, NULL, q_test_store_result, &result);
  found = q_console_wait_for_text (console, "begun", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (q_console_write (console, "last", NULL, &error));
  g_assert_no_error (error);
  g_assert_true (q_console_write_finish (console, q_test_await (&result), &error));
  g_free (found);
  found = q_console_wait_for_text (console, "4194304", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (q_machine_kill (machine, NULL, &error));
}

/* An expression that is too much for the matcher ends the call, not the program. */
static void
test_endless_expression (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = launch_shell (
    "head -c 2000 /dev/zero | tr '\\0' x >&3; echo z >&3; exec sleep 600", &console);
  g_autofree char *found = NULL;
  g_autoptr (GError) error = NULL;

  found = q_console_wait_for_text (console, "(x+x+)+[uvw]", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_null (found);
  g_assert_error (error, G_REGEX_ERROR, G_REGEX_ERROR_MATCH);
  g_clear_error (&error);
  found = q_console_wait_for_text (console, "z", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (q_machine_kill (machine, NULL, &error));
}

/* -- properties -- */

/* Another value than this, of the kinds that have a range. */
static void
change_value (GParamSpec *spec, GValue *value)
{
  if (G_VALUE_HOLDS_BOOLEAN (value))
    g_value_set_boolean (value, !g_value_get_boolean (value));
  else if (G_VALUE_HOLDS_INT (value))
    g_value_set_int (value, g_value_get_int (value) == 4321 ? 1234 : 4321);
  else if (G_VALUE_HOLDS_UINT (value))
    g_value_set_uint (value, g_value_get_uint (value) == 4321 ? 1234 : 4321);
  else if (G_VALUE_HOLDS_UINT64 (value))
    g_value_set_uint64 (value, g_value_get_uint64 (value) == 4321 ? 1234 : 4321);
  else if (G_VALUE_HOLDS_STRING (value))
    g_value_set_static_string (value, "/another");
  g_assert_false (g_param_value_validate (spec, value));
}

/* Each can be read, and gives back what was set. */
static void
check_properties (GObject *object)
{
  guint n;
  g_autofree GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n);

  g_assert_cmpuint (n, >, 5);
  for (guint i = 0; i < n; i++)
    {
      g_auto (GValue) before = G_VALUE_INIT;
      g_auto (GValue) after = G_VALUE_INIT;
      gboolean writable
        = (specs[i]->flags & G_PARAM_WRITABLE) && !(specs[i]->flags & G_PARAM_CONSTRUCT_ONLY);

      g_assert_true (specs[i]->flags & G_PARAM_READABLE);
      g_value_init (&before, specs[i]->value_type);
      g_value_init (&after, specs[i]->value_type);
      g_object_get_property (object, specs[i]->name, &before);
      if (writable)
        change_value (specs[i], &before);
      if (writable)
        g_object_set_property (object, specs[i]->name, &before);
      g_object_get_property (object, specs[i]->name, &after);
      if (!G_VALUE_HOLDS_BOXED (&before) && !G_VALUE_HOLDS_OBJECT (&before))
        g_assert_cmpint (g_param_values_cmp (specs[i], &before, &after), ==, 0);
    }
}

static void
test_properties (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_mock ("negotiate; serve");
  g_autoptr (QMonitor) monitor = q_monitor_new ();

  check_properties (G_OBJECT (machine));
  check_properties (G_OBJECT (monitor));
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/reach/" path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);

  ADD ("opaque-stream/talk", NULL, test_opaque_stream);
  ADD ("opaque-stream/end", "negotiate\nexpect last\nclose\n", test_opaque_stream_ends);
  ADD ("opaque-stream/reset", "negotiate\nexpect last\nreset\n", test_opaque_stream_ends);
  ADD ("opaque-stream/descriptors", NULL, test_opaque_stream_refuses_descriptors);
  ADD ("opaque-stream/write-fails", NULL, test_opaque_stream_write_fails);
  ADD ("send/fd", GINT_TO_POINTER (0), test_send_fd);
  ADD ("send/fd-async", GINT_TO_POINTER (1), test_send_fd);
  ADD ("send/file", GINT_TO_POINTER (2), test_send_fd);
  ADD ("send/file-async", GINT_TO_POINTER (3), test_send_fd);
  ADD ("foreign-context", NULL, test_foreign_context);
  ADD ("unsent/withdraw", NULL, test_withdraw_unsent);
  ADD ("unsent/too-many", GINT_TO_POINTER (FALSE), test_too_much_waits);
  ADD ("unsent/too-much", GINT_TO_POINTER (TRUE), test_too_much_waits);
  ADD ("deaf/console", NULL, test_deaf_console);
  ADD ("deaf/qtest", NULL, test_deaf_qtest);
  ADD ("slow/console", NULL, test_slow_console);
  ADD ("endless-expression", NULL, test_endless_expression);
  ADD ("properties", NULL, test_properties);

  return g_test_run ();
}
