/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Streams that cannot be polled, as those that no socket is behind. */

#include <string.h>

#include "peer-client.h"
#include "q-test-util.h"

/* The bytes of a socket, through streams that only have asynchronous calls. */
static QMonitor *
attach_opaque (QMockPeer *peer)
{
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (GSocketClient) client = q_test_make_client ();
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

#define ADD(path, data, func)                                                                      \
  g_test_add ("/opaque-stream/" path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("talk", NULL, test_opaque_stream);
  ADD ("end", "negotiate\nexpect last\nclose\n", test_opaque_stream_ends);
  ADD ("reset", "negotiate\nexpect last\nreset\n", test_opaque_stream_ends);
  ADD ("descriptors", NULL, test_opaque_stream_refuses_descriptors);
  ADD ("write-fails", NULL, test_opaque_stream_write_fails);

  return g_test_run ();
}
