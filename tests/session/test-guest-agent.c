/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A guest agent played by the scripted peer: what a real one will not do on demand. */

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest-peer.h"

/* -- finding the agent -- */

static void
test_garbage_before (void)
{
  GuestSession session;

  guest_begin (&session, "send-line {\"return\": 1}\n"
                         "send rubbish} of a session before {\"return\": \n"
                         "expect-raw \\xff\n"
                         "expect guest-sync-delimited\n"
                         "send-line {\"error\": {\"class\": \"GenericError\", \"desc\": \"old\"}}\n"
                         "send-line \\xff{\"return\": 1}\n"
                         "send-line \\xff\\xff\\xff\n"
                         "send-line \\xff{\"return\": \\xff{\"error\": 5}\n"
                         "send-line {\"return\": {}}\n"
                         "send-line \\xff{\"return\": $ID}\n"
                         "expect guest-ping\n"
                         "reply {\"fresh\": true}\n");
  guest_assert_command (&session, "guest-ping", "{\"fresh\": true}");
  guest_end (&session);
}

/* One that is answered wrongly is asked again. */
static void
test_wrong_id (void)
{
  GuestSession session;

  guest_begin (&session, "expect-raw \\xff\n"
                         "expect guest-sync-delimited\n"
                         "send-line \\xff{\"return\": 4711}\n"
                         "send-line \\xff{\"return\": -1}\n"
                         "send-line \\xff{\"return\": 1e3}\n"
                         "send-line \\xff{\"return\": \"$ID\"}\n"
                         "send-line \\xff{\"error\": {\"class\": \"C\", \"desc\": \"d\"}}\n"
                         "resync\n"
                         "expect guest-ping\n"
                         "reply {}\n");
  guest_assert_command (&session, "guest-ping", "{}");
  guest_end (&session);
}

/* The answer to an earlier try does not do: that to the last is still to come. */
static void
test_earlier_try (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, "expect-raw \\xff\n"
                         "expect guest-sync-delimited\n"
                         "expect-raw \\n\\xff\n"
                         "wait-signal ignored\n"
                         "send-line \\xff{\"return\": $ID}\n"
                         "expect guest-sync-delimited\n"
                         "mark early\n"
                         "wait-signal go\n"
                         "send-line \\xff{\"return\": $ID}\n"
                         "expect guest-ping\n"
                         "reply {}\n");
  qmock_peer_signal (session.peer, "ignored");
  g_assert_true (qmock_peer_wait_mark (session.peer, "early", NULL));
  g_assert_false (q_guest_agent_wait_ready (session.agent, 50, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  qmock_peer_signal (session.peer, "go");
  guest_assert_command (&session, "guest-ping", "{}");
  guest_end (&session);
}

static void
test_silence (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;
  gint64 start;

  guest_begin (&session, "wait-signal go\n"
                         "expect-raw \\xff\n"
                         "expect guest-sync-delimited\n"
                         "resync\n"
                         "expect guest-ping\n"
                         "reply {}\n");
  start = g_get_monotonic_time ();
  g_assert_false (q_guest_agent_wait_ready (session.agent, 100, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "wait_ready: "));
  g_assert_nonnull (strstr (error->message, qmock_peer_get_path (session.peer)));
  g_assert_nonnull (strstr (error->message, "within 100 ms"));
  g_assert_nonnull (strstr (error->message, "is it installed"));
  g_assert_nonnull (strstr (error->message, "it sent nothing"));
  g_clear_error (&error);
  g_assert_null (q_guest_agent_command_json (session.agent, "a", NULL, 100, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "a: no reply came within 100 ms"));
  g_assert_nonnull (strstr (error->message, "it sent nothing"));
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 200 * 1000);
  g_assert_false (q_guest_agent_get_ready (session.agent));
  g_assert_cmpint (q_guest_agent_get_state (session.agent), ==, Q_GUEST_AGENT_STATE_WAITING);

  /* What was given up is not sent any more. */
  qmock_peer_signal (session.peer, "go");
  guest_assert_command (&session, "guest-ping", "{}");
  guest_end (&session);
}

/* Some other program's port. */
static void
test_no_agent (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, "greet\n");
  g_object_set (session.agent, "command-timeout", 200, NULL);
  g_assert_null (
    q_guest_agent_command_json (session.agent, "a", NULL, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "(command-timeout)"));
  g_assert_nonnull (strstr (error->message, "\"capabilities\": [\"oob\"]}}\\x0d\\x0a"));
  guest_end (&session);
}

/* -- what is no answer -- */

static void
test_late_reply (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, "sync\n"
                         "expect a\n"
                         "expect-raw \\n\\xff\n"
                         "expect guest-sync-delimited\n"
                         "send-line {\"return\": \"late\"}\n"
                         "send-line \\xff{\"return\": $ID}\n"
                         "expect b\n"
                         "reply \"right\"\n");
  g_assert_true (q_guest_agent_wait_ready (session.agent, -1, NULL, NULL));
  g_assert_null (q_guest_agent_command_json (session.agent, "a", NULL, 100, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==, "a: no reply came within 100 ms");
  guest_assert_command (&session, "b", "\"right\"");
  guest_end (&session);
}

static void
test_half_a_line (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, "sync\n"
                         "expect a\n"
                         "send {\"return\": {\"half\": \"of\n"
                         "resync\n"
                         "expect b\n"
                         "split 1\n"
                         "reply {\"whole\": 1}\n");
  g_assert_null (q_guest_agent_command_json (session.agent, "a", NULL, 1000, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  guest_assert_command (&session, "b", "{\"whole\": 1}");
  guest_end (&session);
}

static void
test_unasked (void)
{
  GuestSession session;

  guest_begin (&session, "sync\n"
                         "expect a\n"
                         "reply 1\n"
                         "reply 2\n"
                         "expect-raw \\n\\xff\n"
                         "mark unasked\n"
                         "expect guest-sync-delimited\n"
                         "send-line \\xff{\"return\": $ID}\n"
                         "expect b\n"
                         "reply 3\n");
  guest_assert_command (&session, "a", "1");
  g_assert_true (qmock_peer_wait_mark (session.peer, "unasked", NULL));
  guest_assert_command (&session, "b", "3");
  guest_end (&session);
}

static void
test_no_answer (gconstpointer data)
{
  g_autofree char *script = g_strdup_printf ("sync\n"
                                             "expect a\n"
                                             "%s\n"
                                             "resync\n"
                                             "expect b\n"
                                             "reply {}\n",
                                             (const char *)data);
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, script);
  g_assert_null (q_guest_agent_command_json (session.agent, "a", NULL, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_PROTOCOL);
  g_assert_true (g_str_has_prefix (error->message, "a: "));
  guest_assert_command (&session, "b", "{}");
  guest_end (&session);
}

static void
test_error_reply (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, "sync\n"
                         "expect a {\"x\":1}\n"
                         "error CommandNotFound The command a has not been found\n"
                         "expect b\n"
                         "reply {}\n");
  g_assert_null (q_guest_agent_command_json (session.agent, "a", "{\"x\":1}", -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_COMMAND_NOT_FOUND);
  g_assert_cmpstr (error->message, ==, "a: The command a has not been found");
  g_assert_cmpstr (q_command_error_get_class_name (error), ==, "CommandNotFound");
  guest_assert_command (&session, "b", "{}");
  guest_end (&session);
}

/* -- floods -- */

static void
test_flood_in_answer (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_create (&session, "sync\n"
                          "expect a\n"
                          "send {\"return\": \"\n"
                          "flood x 8M\n"
                          "resync\n"
                          "expect b\n"
                          "reply {}\n");
  q_guest_agent_set_max_message_size (session.agent, 1 << 20);
  guest_attach (&session);
  g_assert_null (q_guest_agent_command_json (session.agent, "a", NULL, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE);
  g_assert_nonnull (strstr (error->message, "1048576"));
  guest_assert_command (&session, "b", "{}");
  guest_end (&session);
}

static void
test_flood_before (void)
{
  GuestSession session;
  gsize before;

  guest_begin (&session, "flood x 64M\n"
                         "send \\xff\n"
                         "flood 1 16M\n"
                         "mark flooded\n"
                         "timeout 60000\n"
                         "expect-raw \\xff\n"
                         "expect guest-sync-delimited\n"
                         "send-line \\xff{\"return\": $ID}\n");
  before = q_test_get_rss ();
  g_assert_true (qmock_peer_wait_mark (session.peer, "flooded", NULL));
  if (q_test_memory_counts ())
    g_assert_cmpuint (q_test_get_rss (), <, before + (8 << 20));
  guest_end (&session);
}

static void
note_call (GObject *source, GAsyncResult *result, gpointer data)
{
  guint *counts = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text
    = q_guest_agent_command_json_finish (Q_GUEST_AGENT (source), result, &error);

  g_assert_null (text);
  if (g_error_matches (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_BUSY))
    counts[0]++;
  else
    g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  counts[1]++;
}

static void
test_too_many (void)
{
  GuestSession session;
  guint counts[2] = { 0 };

  guest_begin (&session, "stall\n");
  for (guint i = 0; i < 1030; i++)
    q_guest_agent_command_json_async (session.agent, "a", NULL, -1, NULL, note_call, counts);
  q_test_wait_until (NULL, counts[1] == 6);
  g_assert_cmpuint (counts[0], ==, 6);
  guest_close (&session);
  q_test_wait_until (NULL, counts[1] == 1030);
  guest_end (&session);
}

/* -- the connection -- */

static void
test_reconnect (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, "sync\n"
                         "expect a\n"
                         "send {\"ret\n"
                         "close\n"
                         "accept\n"
                         "close\n"
                         "accept\n"
                         "sync\n"
                         "expect b\n"
                         "reply {}\n");
  g_assert_null (q_guest_agent_command_json (session.agent, "a", NULL, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_assert_cmpstr (error->message, ==, "a: the connection to the guest agent ended");
  guest_assert_command (&session, "b", "{}");
  g_assert_cmpuint (session.n_closed, ==, 0);
  guest_end (&session);
}

/* The address is gone, and comes again. */
static void
test_gone (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address = NULL;

  guest_begin (&session, "sync\n");
  g_assert_true (q_guest_agent_wait_ready (session.agent, -1, NULL, NULL));
  address = g_object_ref (qmock_peer_get_address (session.peer));
  g_assert_true (qmock_peer_finish (session.peer, NULL));
  g_clear_object (&session.peer);
  while (q_guest_agent_get_ready (session.agent))
    g_usleep (1000);
  g_assert_null (q_guest_agent_command_json (session.agent, "a", NULL, 300, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "no connection to "));
  g_assert_cmpint (q_guest_agent_get_state (session.agent), ==, Q_GUEST_AGENT_STATE_CONNECTING);
  guest_end (&session);
}

static void
test_stream (void)
{
  g_autoptr (QMockPeer) peer = qmock_peer_new ("sync\nexpect a\nreply 1\nexpect b\nclose\n");
  g_autoptr (GIOStream) stream = qmock_peer_start_stream (peer, NULL);
  g_autoptr (QGuestAgent) agent = q_guest_agent_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint n_closed = 0;

  g_signal_connect_swapped (agent, "closed", G_CALLBACK (guest_count), &n_closed);
  g_assert_true (q_guest_agent_attach_stream (agent, stream, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (q_guest_agent_attach_stream (agent, stream, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_BUSY);
  g_clear_error (&error);

  text = q_guest_agent_command_json (agent, "a", NULL, -1, NULL, &error);
  g_assert_cmpstr (text, ==, "1");
  g_assert_null (q_guest_agent_command_json (agent, "b", NULL, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_clear_error (&error);
  q_test_wait_until (NULL, n_closed == 1);
  g_assert_cmpint (q_guest_agent_get_state (agent), ==, Q_GUEST_AGENT_STATE_CLOSED);
  g_assert_null (q_guest_agent_command_json (agent, "c", NULL, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_false (q_guest_agent_wait_ready (agent, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_assert_true (qmock_peer_finish (peer, NULL));
}

/* One that cannot be polled. */
static void
test_opaque_stream (void)
{
  g_autoptr (QMockPeer) peer = qmock_peer_new ("sync\nexpect a\nreply 1\nexpect b\nresync\n"
                                               "expect c\nreply 3\nexpect-eof\n");
  g_autoptr (GIOStream) socket = qmock_peer_start_stream (peer, NULL);
  g_autoptr (GInputStream) input
    = g_buffered_input_stream_new (g_io_stream_get_input_stream (socket));
  g_autoptr (GDataOutputStream) output
    = g_data_output_stream_new (g_io_stream_get_output_stream (socket));
  g_autoptr (GIOStream) stream = g_simple_io_stream_new (input, G_OUTPUT_STREAM (output));
  g_autoptr (QGuestAgent) agent = q_guest_agent_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *first = NULL;
  g_autofree char *last = NULL;

  g_assert_true (q_guest_agent_attach_stream (agent, stream, NULL, &error));
  first = q_guest_agent_command_json (agent, "a", NULL, -1, NULL, &error);
  g_assert_cmpstr (first, ==, "1");
  g_assert_null (q_guest_agent_command_json (agent, "b", NULL, 50, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  last = q_guest_agent_command_json (agent, "c", NULL, -1, NULL, &error);
  g_assert_cmpstr (last, ==, "3");
  g_assert_true (q_guest_agent_close (agent, -1, NULL, &error));
  g_clear_object (&stream);
  g_clear_object (&input);
  g_clear_object (&output);
  g_clear_object (&socket);
  g_assert_true (qmock_peer_finish (peer, &error));
  g_assert_no_error (error);
}

static void
test_attach_errors (void)
{
  g_autoptr (QGuestAgent) agent = q_guest_agent_new ();
  g_autofree char *path = q_test_get_path ("nobody");
  g_autoptr (GSocketAddress) nobody = g_unix_socket_address_new (path);
  g_autofree char *name = g_strnfill (107, 'x');
  g_autoptr (GSocketAddress) too_long = g_unix_socket_address_new (name);
  g_autoptr (GError) error = NULL;

  g_assert_false (q_guest_agent_attach (agent, nobody, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_true (g_str_has_prefix (error->message, "attach: "));
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_assert_false (q_guest_agent_attach (agent, too_long, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG);
  g_clear_error (&error);
  g_assert_false (q_guest_agent_attach (agent, nobody, -3, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);
  g_assert_cmpint (q_guest_agent_get_state (agent), ==, Q_GUEST_AGENT_STATE_CLOSED);
  g_assert_true (q_guest_agent_close (agent, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
}

/* It is connected to, and takes nothing. */
static void
test_deaf_peer (void)
{
  g_autoptr (QGuestAgent) agent = q_guest_agent_new ();
  g_autoptr (GSocketConnection) stream = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;
  guint n_closed = 0;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  g_assert_cmpint (shutdown (fds[0], SHUT_RD), ==, 0);
  socket = g_socket_new_from_fd (fds[1], &error);
  stream = g_socket_connection_factory_create_connection (socket);
  g_signal_connect_swapped (agent, "closed", G_CALLBACK (guest_count), &n_closed);
  g_assert_true (q_guest_agent_attach_stream (agent, G_IO_STREAM (stream), NULL, &error));
  g_assert_false (q_guest_agent_wait_ready (agent, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_assert_true (g_str_has_prefix (error->message, "wait_ready: the connection to the guest"));
  q_test_wait_until (NULL, n_closed == 1);
  close (fds[0]);
}

/* A listener whose queue is full: who connects waits. */
static void
test_attach_hangs (void)
{
  g_autoptr (QGuestAgent) agent = q_guest_agent_new ();
  g_autoptr (GSocket) listener = NULL;
  guint16 port = q_test_find_port (&listener);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);
  g_autoptr (GPtrArray) clients = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint n_closed = 0;

  g_signal_connect_swapped (agent, "closed", G_CALLBACK (guest_count), &n_closed);
  g_assert_cmpint (listen (g_socket_get_fd (listener), 0), ==, 0);
  for (guint i = 0; i < 4; i++)
    {
      GSocket *client
        = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

      g_ptr_array_add (clients, client);
      g_socket_set_blocking (client, FALSE);
      g_socket_connect (client, address, NULL, NULL);
    }
  g_assert_false (q_guest_agent_attach (agent, address, 100, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==, "attach: no connection came about within 100 ms");
  g_clear_error (&error);

  q_guest_agent_attach_async (agent, address, -1, NULL, q_test_store_result, &result);
  g_assert_true (q_guest_agent_close (agent, -1, NULL, &error));
  q_test_await (&result);
  g_assert_false (q_guest_agent_attach_finish (agent, result, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_assert_cmpint (q_guest_agent_get_state (agent), ==, Q_GUEST_AGENT_STATE_CLOSED);
  /* It was never attached. */
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (n_closed, ==, 0);
}

static void
test_attach_given_up (void)
{
  GuestSession session;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  guest_create (&session, "sync\nexpect a\nreply {}\n");
  g_cancellable_cancel (cancellable);
  g_assert_false (q_guest_agent_attach (session.agent, qmock_peer_get_address (session.peer), -1,
                                        cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_cmpint (q_guest_agent_get_state (session.agent), ==, Q_GUEST_AGENT_STATE_CLOSED);

  /* A moment later: it may have succeeded. */
  g_cancellable_reset (cancellable);
  q_guest_agent_attach_async (session.agent, qmock_peer_get_address (session.peer), -1, cancellable,
                              q_test_store_result, &result);
  g_cancellable_cancel (cancellable);
  q_test_await (&result);
  if (!q_guest_agent_attach_finish (session.agent, result, &error))
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_assert_cmpint (q_guest_agent_get_state (session.agent), ==, Q_GUEST_AGENT_STATE_CLOSED);
    }
  g_clear_object (&result);
  guest_close (&session);
  g_clear_object (&session.agent);
  g_clear_object (&session.peer);
  q_test_assert_resources (&session.before);
}

static void
test_close (void)
{
  GuestSession session;
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GAsyncResult) third = NULL;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, "sync\nexpect a\nmark sent\nexpect-eof\naccept\nsync\nexpect-eof\n");
  q_guest_agent_command_json_async (session.agent, "a", NULL, -1, NULL, q_test_store_result,
                                    &first);
  g_assert_true (qmock_peer_wait_mark (session.peer, "sent", NULL));
  q_guest_agent_command_json_async (session.agent, "b", NULL, -1, NULL, q_test_store_result,
                                    &second);
  q_guest_agent_close_async (session.agent, -1, NULL, q_test_store_result, &third);
  q_test_await (&third);
  g_assert_true (q_guest_agent_close_finish (session.agent, third, &error));
  g_assert_no_error (error);
  q_test_await (&first);
  q_test_await (&second);
  g_assert_null (q_guest_agent_command_json_finish (session.agent, first, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_assert_cmpstr (error->message, ==, "a: the guest agent was closed");
  g_clear_error (&error);
  g_assert_null (q_guest_agent_command_json_finish (session.agent, second, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  q_test_wait_until (NULL, session.n_closed == 1);

  g_clear_object (&first);
  g_clear_object (&second);
  g_clear_object (&third);

  /* And attached again. */
  guest_attach (&session);
  g_assert_true (q_guest_agent_wait_ready (session.agent, -1, NULL, NULL));
  guest_end (&session);
}

/* -- properties -- */

static void
note_ready (QGuestAgent *agent, GParamSpec *pspec, gpointer data)
{
  GString *seen = data;

  g_string_append (seen, q_guest_agent_get_ready (agent) ? "R" : "-");
}

static void
test_ready (void)
{
  GuestSession session;
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GString) states = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  guest_create (&session, "sync\nexpect a\nexpect-raw \\n\\xff\nwait-signal go\n"
                          "expect guest-sync-delimited\nsend-line \\xff{\"return\": $ID}\n");
  g_signal_connect (session.agent, "notify::ready", G_CALLBACK (note_ready), seen);
  g_signal_connect (session.agent, "notify::state", G_CALLBACK (note_ready), states);
  guest_attach (&session);
  g_assert_true (q_guest_agent_wait_ready (session.agent, -1, NULL, NULL));
  /* In the owner context, and nowhere else. */
  g_assert_cmpstr (seen->str, ==, "");
  q_test_wait_until (NULL, seen->len == 1);
  g_assert_null (q_guest_agent_command_json (session.agent, "a", NULL, 50, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_false (q_guest_agent_get_ready (session.agent));
  q_test_wait_until (NULL, seen->len == 2);
  qmock_peer_signal (session.peer, "go");
  q_test_wait_until (NULL, seen->len == 3);
  g_assert_cmpstr (seen->str, ==, "R-R");
  guest_end (&session);
  g_assert_cmpuint (states->len, >=, 3);
}

static void
test_settings (void)
{
  g_autoptr (QGuestAgent) agent = q_guest_agent_new ();
  guint n_notified = 0;

  g_assert_cmpint (q_guest_agent_get_command_timeout (agent), ==, 10000);
  g_assert_cmpint (q_guest_agent_get_attach_timeout (agent), ==, 30000);
  g_assert_cmpuint (q_guest_agent_get_max_message_size (agent), ==, 64 << 20);
  g_assert_cmpuint (q_guest_agent_get_max_file_size (agent), ==, 256 << 20);
  g_signal_connect_swapped (agent, "notify", G_CALLBACK (guest_count), &n_notified);
  for (guint i = 0; i < 2; i++)
    {
      q_guest_agent_set_command_timeout (agent, -1);
      g_object_set (agent, "attach-timeout", 5, "max-message-size", (guint64)4096, "max-file-size",
                    (guint64)1, NULL);
    }
  g_assert_cmpuint (n_notified, ==, 4);
  g_assert_cmpuint (q_guest_agent_get_max_file_size (agent), ==, 1);
}

static void
test_bad_input (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;
  const char *none[] = { NULL };
  const char *cat[] = { "cat", NULL };
  g_autoptr (GBytes) input = g_bytes_new_take (g_malloc0 (50 << 20), 50 << 20);

  guest_begin (&session, "stall\n");
  g_assert_null (q_guest_agent_command_json (session.agent, "", NULL, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);
  g_assert_null (q_guest_agent_command_json (session.agent, "a", "[1]", -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);
  g_assert_null (q_guest_agent_command_json (session.agent, "a", NULL, -7, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);
  g_assert_null (q_guest_agent_exec (session.agent, none, NULL, NULL, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);
  g_assert_null (q_guest_agent_exec (session.agent, cat, NULL, input, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_null (q_guest_agent_read_file (session.agent, "\xff", -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_clear_error (&error);
  g_assert_cmpint (q_guest_agent_freeze (session.agent, 0, -1, NULL, &error), ==, -1);
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);
  g_assert_false (q_guest_agent_shutdown (session.agent, (QGuestShutdownMode)9, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  guest_end (&session);
}

static void
add_no_answers (void)
{
  static const char *const answers[][2] = {
    { "event", "send-line {\"event\": \"STOP\", \"timestamp\": {}}" },
    { "greeting", "greet" },
    { "no-json", "send-line hello" },
    { "no-kind", "send-line {\"id\": 3}" },
    { "two-kinds", "send-line {\"return\": 1, \"error\": {\"class\": \"a\", \"desc\": \"b\"}}" },
    { "wrong-error", "send-line {\"error\": \"text\"}" },
    { "nesting", "send {\"return\": \nnest 2000" },
    { "invalid-utf-8", "send-line {\"return\": \"\\xc0\\x80\"}" },
    { "nul", "send-line \\0" },
    { "twice", "send-line {\"return\": 1, \"return\": 2}" },
    { "delimiter", "send-line {\"return\": \\xff" },
    { "unasked-sync", "send-line \\xff{\"return\": 1}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autofree char *path = g_strdup_printf ("/guest-agent/no-answer/%s", answers[i][0]);

      g_test_add_data_func (path, answers[i][1], test_no_answer);
    }
}

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);

  g_test_add_func ("/guest-agent/garbage-before", test_garbage_before);
  g_test_add_func ("/guest-agent/wrong-id", test_wrong_id);
  g_test_add_func ("/guest-agent/earlier-try", test_earlier_try);
  g_test_add_func ("/guest-agent/silence", test_silence);
  g_test_add_func ("/guest-agent/no-agent", test_no_agent);
  g_test_add_func ("/guest-agent/late-reply", test_late_reply);
  g_test_add_func ("/guest-agent/half-a-line", test_half_a_line);
  g_test_add_func ("/guest-agent/unasked", test_unasked);
  g_test_add_func ("/guest-agent/error-reply", test_error_reply);
  g_test_add_func ("/guest-agent/flood-in-answer", test_flood_in_answer);
  g_test_add_func ("/guest-agent/flood-before", test_flood_before);
  g_test_add_func ("/guest-agent/too-many", test_too_many);
  g_test_add_func ("/guest-agent/reconnect", test_reconnect);
  g_test_add_func ("/guest-agent/gone", test_gone);
  g_test_add_func ("/guest-agent/stream", test_stream);
  g_test_add_func ("/guest-agent/opaque-stream", test_opaque_stream);
  g_test_add_func ("/guest-agent/attach-errors", test_attach_errors);
  g_test_add_func ("/guest-agent/deaf-peer", test_deaf_peer);
  g_test_add_func ("/guest-agent/attach-hangs", test_attach_hangs);
  g_test_add_func ("/guest-agent/attach-given-up", test_attach_given_up);
  g_test_add_func ("/guest-agent/close", test_close);
  g_test_add_func ("/guest-agent/ready", test_ready);
  g_test_add_func ("/guest-agent/settings", test_settings);
  g_test_add_func ("/guest-agent/bad-input", test_bad_input);
  add_no_answers ();

  return g_test_run ();
}
