/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The peer itself, against a client that is nothing but a socket. */

#include "test-client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gio/gunixfdmessage.h>
#include <glib/gstdio.h>

/* --- Conversations --- */

static void
test_talk (void)
{
  g_autoptr (QMockPeer) peer = NULL;
  g_autofree char *received = NULL;
  g_autofree char *event = NULL;
  int fd = client_start ("# A comment, then an empty line\n"
                         "\n"
                         "  negotiate\n"
                         "expect query-status\n"
                         "reply {\"n\": 1}\n"
                         "expect stop {\"a\":[1,{\"}\":2}]}\n"
                         "error GenericError Said \"no\"\n"
                         "expect-oob yank\n"
                         "reply\n"
                         "expect *\n"
                         "drop-id\n"
                         "reply [$ID, \"$$\", $IDX]\n"
                         "event STOP\n"
                         "event MOVED {\"n\": $N}\n"
                         "expect-eof\n",
                         &peer);

  client_assert_line (fd, "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, "
                          "\"major\": 7}, \"package\": \"Debian 1:7.2+dfsg-7+deb12u18+b3\"}, "
                          "\"capabilities\": [\"oob\"]}}\r\n");
  client_put (fd, "{\"execute\":\"qmp_capabilities\"}\r\n");
  client_assert_line (fd, "{\"return\": {}}\r\n");
  client_put (fd, "{\"execute\":\"query-status\",\"id\":\"a}\\\"\"}");
  client_assert_line (fd, "{\"return\": {\"n\": 1}, \"id\": \"a}\\\"\"}\r\n");
  client_put (fd, "{\"arguments\":{\"a\":[1,{\"}\":2}]},\"execute\":\"stop\" , "
                  "\"id\" : {\"x\":[1]} }");
  client_assert_line (fd, "{\"id\": {\"x\":[1]}, \"error\": {\"class\": \"GenericError\", "
                          "\"desc\": \"Said \\\"no\\\"\"}}\r\n");
  client_put (fd, "\xff\n{\"exec-oob\":\"yank\",\"id\":7}\n");
  client_assert_line (fd, "{\"return\": {}, \"id\": 7}\r\n");
  client_put (fd, "{\"execute\":\"cont\",\"id\":8}\n");
  client_assert_line (fd, "{\"return\": [null, \"$\", $IDX]}\r\n");
  event = client_get_line (fd);
  g_assert_true (g_regex_match_simple ("^{\"timestamp\": {\"seconds\": \\d+, "
                                       "\"microseconds\": \\d+}, \"event\": \"STOP\"}\r\n$",
                                       event, 0, 0));
  g_free (event);
  event = client_get_line (fd);
  g_assert_true (g_str_has_suffix (event, ", \"event\": \"MOVED\", \"data\": {\"n\": 0}}\r\n"));
  client_put (fd, "\r\n \t");
  close (fd);
  client_assert_finished (peer);

  received = qmock_peer_dup_received (peer);
  g_assert_true (g_str_has_prefix (received, "{\"execute\":\"qmp_capabilities\"}\r\n{\"exe"));
  g_assert_nonnull (strstr (received, "\\xff\n{\"exec-oob\""));
  g_assert_true (g_str_has_suffix (received, "\"id\":8}\n\r\n \t"));
}

static void
test_order (void)
{
  g_autoptr (QMockPeer) peer = NULL;
  int fd = client_start ("expect a\nexpect b\nexpect c\n"
                         "reply-to 3 \"third\"\n"
                         "reply-with-id {\"not\": \"asked\"} 9\n"
                         "error-to 1 DeviceNotFound first\n"
                         "reply-to 2\n"
                         "send {\"return\": [], \"id\": $ID}\\r\\n\n"
                         "send-line \\x7b\\u00e9\\\\\\0\n"
                         "close\n",
                         &peer);
  char raw[10];

  client_put (fd, "{\"execute\":\"a\",\"id\":1}{\"execute\":\"b\"} {\"execute\":\"c\",\"id\":3}");
  client_assert_line (fd, "{\"return\": \"third\", \"id\": 3}\r\n");
  client_assert_line (fd, "{\"return\": 9, \"id\": {\"not\": \"asked\"}}\r\n");
  client_assert_line (fd, "{\"id\": 1, \"error\": {\"class\": \"DeviceNotFound\", "
                          "\"desc\": \"first\"}}\r\n");
  client_assert_line (fd, "{\"return\": {}}\r\n");
  client_assert_line (fd, "{\"return\": [], \"id\": 3}\r\n");
  for (guint i = 0; i < sizeof raw; i++)
    g_assert_cmpint (client_get (fd, raw + i, 1), ==, 1);
  g_assert_cmpmem (raw, sizeof raw, "{\\u00e9\\\0\r", 10);
  client_assert_line (fd, "\n");
  client_assert_end (fd);
  close (fd);
  client_assert_finished (peer);
}

static void
test_raw (void)
{
  g_autoptr (QMockPeer) peer = NULL;
  g_autoptr (GBytes) received = NULL;
  int fd = client_start ("expect-text {\"execute\":\"a\"}\n"
                         "expect-raw \\n\\0\\xfe\n"
                         "expect-raw {\"execute\":\"b\",\"id\":2}\\r\\n\n"
                         "reply\n"
                         "expect-eof\n",
                         &peer);

  client_put (fd, "{\"execute\":\"a\"}");
  g_assert_cmpint (send (fd, "\n\0\xfe", 3, 0), ==, 3);
  client_put (fd, "{\"execute\":\"b\",\"id\"");
  client_put (fd, ":2}\r\n");
  client_assert_line (fd, "{\"return\": {}, \"id\": 2}\r\n");
  close (fd);
  client_assert_finished (peer);

  received = qmock_peer_dup_received_bytes (peer);
  g_assert_cmpmem (g_bytes_get_data (received, NULL), g_bytes_get_size (received),
                   "{\"execute\":\"a\"}\n\0\xfe{\"execute\":\"b\",\"id\":2}\r\n", 42);
}

static void
test_serve (void)
{
  g_autoptr (QMockPeer) peer = NULL;
  g_autofree char *event = NULL;
  int fd = client_start ("negotiate\nserve", &peer);

  client_put (fd,
              "{\"execute\":\"qmp_capabilities\"}"
              "{\"execute\":\"query-status\"}"
              "{\"execute\":\"mock-echo\",\"arguments\":{\"$ID\": [1.50, 18446744073709551615]}}"
              "{\"execute\":\"foo\",\"id\":[]}"
              "junk\n"
              "{\"execute\":\"quit\",\"id\":1}");
  client_skip_lines (fd, 2);
  client_assert_line (fd, "{\"return\": {\"status\": \"running\", \"singlestep\": false, "
                          "\"running\": true}}\r\n");
  client_assert_line (fd, "{\"return\": {\"$ID\": [1.50, 18446744073709551615]}}\r\n");
  client_assert_line (fd, "{\"id\": [], \"error\": {\"class\": \"CommandNotFound\", "
                          "\"desc\": \"The command foo has not been found\"}}\r\n");
  client_assert_line (fd, "{\"error\": {\"class\": \"GenericError\", "
                          "\"desc\": \"QMP input lacks member 'execute'\"}}\r\n");
  event = client_get_line (fd);
  g_assert_true (g_str_has_suffix (event, "\"event\": \"SHUTDOWN\", \"data\": {\"guest\": false, "
                                          "\"reason\": \"host-qmp-quit\"}}\r\n"));
  client_assert_line (fd, "{\"return\": {}, \"id\": 1}\r\n");
  client_assert_end (fd);
  close (fd);
  client_assert_finished (peer);
}

static void
test_serve_pipeline (void)
{
  g_autoptr (QMockPeer) peer = NULL;
  g_autoptr (GString) commands = g_string_new (NULL);
  g_autofree char *last = NULL;
  const guint n = 20000;
  gsize sent = 0;
  gsize lines = 0;
  int fd = client_start ("serve", &peer);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (commands, "{\"execute\":\"mock-echo\",\"id\":%u}\n", i);

  /* A client that writes and reads as it can. */
  while (lines < n)
    {
      struct pollfd both = { .fd = fd, .events = POLLIN | (sent < commands->len ? POLLOUT : 0) };
      char buffer[4096];
      gssize got;

      g_assert_cmpint (poll (&both, 1, DEADLINE_MS), ==, 1);
      if ((both.revents & POLLOUT) != 0)
        {
          gsize left = MIN (commands->len - sent, 3333);
          gssize m = send (fd, commands->str + sent, left, MSG_DONTWAIT);

          sent += m > 0 ? (gsize)m : 0;
        }
      if ((both.revents & POLLIN) == 0)
        continue;
      got = recv (fd, buffer, sizeof buffer, 0);
      g_assert_cmpint (got, >, 0);
      for (gssize i = 0; i < got; i++)
        lines += buffer[i] == '\n';
    }

  client_put (fd, "{\"execute\":\"mock-echo\",\"id\":\"last\"}");
  last = client_get_line (fd);
  g_assert_cmpstr (last, ==, "{\"return\": {}, \"id\": \"last\"}\r\n");
  close (fd);
  client_assert_finished (peer);
}

static void
test_stream (void)
{
  g_autoptr (QMockPeer) peer = qmock_peer_new ("send-line hello\nexpect bye\nclose\n");
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (GError) error = NULL;
  char buffer[64];
  gsize n;

  stream = qmock_peer_start_stream (peer, &error);
  g_assert_no_error (error);
  g_assert_null (qmock_peer_get_path (peer));
  g_input_stream_read_all (g_io_stream_get_input_stream (stream), buffer, 7, &n, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (buffer, n, "hello\r\n", 7);
  g_output_stream_write_all (g_io_stream_get_output_stream (stream), "{\"execute\":\"bye\"}", 17,
                             NULL, NULL, &error);
  g_assert_no_error (error);
  g_input_stream_read_all (g_io_stream_get_input_stream (stream), buffer, 1, &n, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (n, ==, 0);
  client_assert_finished (peer);
}

static void
test_reconnect (void)
{
  g_autoptr (QMockPeer) peer = NULL;
  int first = client_start ("send-line one\nshutdown-write\nexpect a\nclose\n"
                            "accept\nsend-line two\nexpect b\nreply-to 1 1\n",
                            &peer);
  int second;

  client_assert_line (first, "one\r\n");
  client_assert_end (first);
  client_put (first, "{\"execute\":\"a\"}");
  second = client_connect_to (qmock_peer_get_path (peer));
  client_assert_line (second, "two\r\n");
  client_put (second, "{\"execute\":\"b\"}");
  client_assert_line (second, "{\"return\": 1}\r\n");
  close (first);
  close (second);
  client_assert_finished (peer);
}

/* --- Bytes --- */

static void
test_split (void)
{
  g_autoptr (QMockPeer) peer = NULL;
  const char *expected = "{\"return\": {}, \"id\": 12345}\r\n";
  g_autoptr (GString) got = g_string_new (NULL);
  char buffer[4096];
  guint reads = 0;
  int fd
    = client_start ("expect a\nsplit 3\nreply\nsend-line x\nsplit 0\nsend-line whole\n", &peer);

  client_put (fd, "{\"execute\":\"a\",\"id\":12345}");
  while (got->len < strlen (expected) + 3)
    {
      gssize n = client_get (fd, buffer, sizeof buffer);

      g_assert_cmpint (n, >, 0);
      g_string_append_len (got, buffer, n);
      reads++;
      /* What was not read in time is not glued together either. */
      if (reads == 3)
        g_usleep (20000);
    }

  g_assert_true (g_str_has_prefix (got->str, expected));
  /* Eleven pieces. On a busy machine two may still be read as one, but not many. */
  g_assert_cmpuint (reads, <=, 11);
  g_assert_cmpuint (reads, >=, 7);
  g_assert_cmpint (client_get (fd, buffer, sizeof buffer), ==, 7);
  close (fd);
  client_assert_finished (peer);
}

static void
test_storm (void)
{
  g_autoptr (QMockPeer) peer = NULL;
  g_autofree char *buffer = g_malloc (1 << 20);
  g_autoptr (GString) all = g_string_new (NULL);
  const guint n = 100000;
  guint lines = 0;
  gint64 begin = g_get_monotonic_time ();
  int fd = client_start ("repeat 100000\nevent STORM {\"n\":$N}\nend\nsend-line done\n", &peer);

  while (lines < n)
    {
      gssize got = client_get (fd, buffer, 1 << 20);
      guint before = lines;

      g_assert_cmpint (got, >, 0);
      for (gssize i = 0; i < got; i++)
        lines += buffer[i] == '\n';
      g_assert_cmpuint (lines, >=, before);
      g_string_append_len (all, buffer, got);
    }

  g_test_message ("%u events in %" G_GINT64_FORMAT " us", n, g_get_monotonic_time () - begin);
  g_assert_nonnull (strstr (all->str + MAX (all->len, 200) - 200,
                            "\"event\": \"STORM\", \"data\": {\"n\":99999}}\r\n"));
  close (fd);
  client_assert_finished (peer);
}

static void
test_repeat (void)
{
  g_autoptr (QMockPeer) peer = NULL;
  int fd = client_start ("repeat 2\n"
                         "send <\n"
                         "repeat 3\nsend $N\nend\n"
                         "repeat 0\nsend never\nend\n"
                         "expect a\n"
                         "send-line $N>\n"
                         "end\n",
                         &peer);

  client_put (fd, "{\"execute\":\"a\"}");
  client_assert_line (fd, "<0120>\r\n");
  client_put (fd, "{\"execute\":\"a\"}");
  client_assert_line (fd, "<0121>\r\n");
  close (fd);
  client_assert_finished (peer);
}

static void
test_flood (void)
{
  g_autoptr (QMockPeer) peer = NULL;
  g_autofree char *buffer = g_malloc (1 << 20);
  gsize total = 0;
  int fd = client_start ("nest 3\nflood \\x20 1M\nflood x 1000M\nexpect-eof\n", &peer);

  while (total < 3 + (1 << 20) + 5)
    {
      gssize n = client_get (fd, buffer, 1 << 20);

      g_assert_cmpint (n, >, 0);
      if (total == 0)
        g_assert_cmpmem (buffer, 3, "[[[", 3);
      for (gssize i = 0; i < n; i++)
        {
          gsize at = total + (gsize)i;

          g_assert_cmpint (buffer[i], ==, at < 3 ? '[' : at < 3 + (1 << 20) ? ' ' : 'x');
        }
      total += (gsize)n;
    }

  /* The client has had enough, which is no failure. */
  close (fd);
  client_assert_finished (peer);
}

/* --- Ends --- */

static void
test_reset (void)
{
  g_autoptr (QMockPeer) peer = NULL;
  char c;
  int fd = client_start ("expect a\nreply 1\nreset\naccept\nsend-line hi\nreset\n", &peer);

  client_put (fd, "{\"execute\":\"a\"}");
  client_assert_line (fd, "{\"return\": 1}\r\n");
  g_assert_cmpint (client_get (fd, &c, 1), ==, -1);
  g_assert_cmpint (errno, ==, ECONNRESET);
  close (fd);

  /* With nothing unread, the reset waits for something. */
  fd = client_connect_to (qmock_peer_get_path (peer));
  client_assert_line (fd, "hi\r\n");
  client_put (fd, "x");
  g_assert_cmpint (client_get (fd, &c, 1), ==, -1);
  g_assert_cmpint (errno, ==, ECONNRESET);
  close (fd);
  client_assert_finished (peer);
}

static void
test_close (void)
{
  /* However much is unread, an orderly end is one. */
  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (QMockPeer) peer = NULL;
      int fd = client_start ("expect a\nclose\n", &peer);

      client_put (fd, "{\"execute\":\"a\"}\n{\"execute\":\"b\"}\n");
      client_assert_end (fd);
      close (fd);
      client_assert_finished (peer);
    }
}

static void
test_stall (void)
{
  g_autoptr (QMockPeer) peer = NULL;
  g_autofree char *block = g_strnfill (1 << 16, ' ');
  g_autofree char *received = NULL;
  guint blocks = 0;
  int fd = client_start ("stall\n", &peer);

  while (send (fd, block, 1 << 16, MSG_DONTWAIT) > 0)
    g_assert_cmpuint (blocks++, <, 1000);
  g_assert_cmpint (errno, ==, EAGAIN);
  received = qmock_peer_dup_received (peer);
  g_assert_cmpstr (received, ==, "");

  client_assert_finished (peer);
  close (fd);
}

static void
test_fds (void)
{
  g_autoptr (QMockPeer) peer = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;
  const char *with_fd = "{\"execute\":\"getfd\"}";
  GOutputVector vector = { with_fd, strlen (with_fd) };
  g_autoptr (GSocketControlMessage) message = g_unix_fd_message_new ();
  GSocketControlMessage *messages[] = { message };
  GOutputVector space = { " ", 1 };
  guint64 offset;
  char c = 0;
  int pipes[2];
  int fd = client_start ("wait-signal sent\nexpect a\nexpect getfd\nexpect b\nreply\nexpect-eof\n",
                         &peer);
  int copy;

  g_assert_cmpint (pipe2 (pipes, O_CLOEXEC), ==, 0);
  socket = g_socket_new_from_fd (fd, &error);
  g_assert_no_error (error);
  g_assert_true (g_unix_fd_message_append_fd (G_UNIX_FD_MESSAGE (message), pipes[1], &error));

  /* All of it is there before the first byte is read, so reads could glue it together. */
  client_put (fd, "{\"execute\":\"a\"}\n");
  g_assert_cmpint (g_socket_send_message (socket, NULL, &vector, 1, messages, 1, 0, NULL, &error),
                   ==, strlen (with_fd));
  client_put (fd, "{\"execute\":\"b\"}");
  qmock_peer_signal (peer, "sent");
  client_assert_line (fd, "{\"return\": {}}\r\n");
  g_assert_cmpint (g_socket_send_message (socket, NULL, &space, 1, messages, 1, 0, NULL, &error),
                   ==, 1);
  g_assert_no_error (error);
  g_socket_close (socket, &error);
  g_assert_no_error (error);
  client_assert_finished (peer);

  g_assert_cmpuint (qmock_peer_get_n_fds (peer), ==, 2);
  copy = qmock_peer_steal_fd (peer, 0, &offset);
  g_assert_cmpint (offset, ==, 16);
  g_assert_cmpint (fcntl (copy, F_GETFD), ==, FD_CLOEXEC);
  g_assert_cmpint (write (copy, "!", 1), ==, 1);
  g_assert_cmpint (read (pipes[0], &c, 1), ==, 1);
  g_assert_cmpint (c, ==, '!');
  close (copy);
  g_assert_cmpint (qmock_peer_steal_fd (peer, 0, NULL), ==, -1);
  g_assert_cmpint (qmock_peer_steal_fd (peer, 2, NULL), ==, -1);
  copy = qmock_peer_steal_fd (peer, 1, &offset);
  g_assert_cmpint (offset, ==, 16 + strlen (with_fd) + 15);
  close (copy);
  close (pipes[0]);
  close (pipes[1]);
}

static void
test_sequence (void)
{
  g_autoptr (QMockPeer) peer = NULL;
  g_autoptr (GError) error = NULL;
  struct pollfd readable = { .events = POLLIN };
  int fd = client_start ("expect a\nmark got-a\nwait-signal go\nreply\ndelay 20\nreply\n"
                         "expect-eof\n",
                         &peer);
  gint64 begin;

  client_put (fd, "{\"execute\":\"a\"}");
  g_assert_true (qmock_peer_wait_mark (peer, "got-a", &error));
  g_assert_no_error (error);
  readable.fd = fd;
  g_assert_cmpint (poll (&readable, 1, 10), ==, 0);
  begin = g_get_monotonic_time ();
  qmock_peer_signal (peer, "go");
  client_assert_line (fd, "{\"return\": {}}\r\n");
  client_assert_line (fd, "{\"return\": {}}\r\n");
  g_assert_cmpint (g_get_monotonic_time () - begin, >, 10000);
  close (fd);
  client_assert_finished (peer);

  g_assert_false (qmock_peer_wait_mark (peer, "never", &error));
  g_assert_error (error, QMOCK_ERROR, QMOCK_ERROR_EXPECTATION);
}

/* --- Complaints --- */

static void
test_wrong_script (void)
{
  static const struct
  {
    const char *script;
    const char *message;
  } wrong[] = {
    { "greet\nfoo bar\n", "Script line 2: no such step: foo bar" },
    { "expect\n", "Script line 1: an argument is missing: expect" },
    { "greet now\n", "Script line 1: too many arguments: greet now" },
    { "# x\n\n split x\n", "Script line 3: not a number: split x" },
    { "delay 70000", "Script line 1: a delay is at most 60000: delay 70000" },
    { "exit 1", "Script line 1: only mock-qemu can do this: exit 1" },
    { "flood ab 1", "Script line 1: not a single byte: flood ab 1" },
    { "reply-to 0", "Script line 1: commands are counted from 1: reply-to 0" },
    { "reply-with-id {1 2", "Script line 1: not a JSON value: reply-with-id {1 2" },
    { "greet\nend\n", "Script line 2: end without repeat: end" },
    { "greet\nrepeat 2\ngreet\n", "Script line 2: repeat without end: repeat 2" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (QMockPeer) peer = qmock_peer_new (wrong[i].script);
      g_autoptr (GError) error = NULL;

      g_assert_false (qmock_peer_start (peer, &error));
      g_assert_error (error, QMOCK_ERROR, QMOCK_ERROR_SCRIPT);
      g_assert_cmpstr (error->message, ==, wrong[i].message);
    }
}

static void
test_failed_expectation (void)
{
  static const struct
  {
    const char *script;
    const char *sent;
    gboolean hang_up;
    QMockError code;
    const char *message;
  } failures[] = {
    { "# one\nexpect stop\n", "{\"execute\":\"cont\"}", FALSE, QMOCK_ERROR_EXPECTATION,
      "Script line 2 (expect stop): expected the command \"stop\", got: {\"execute\":\"cont\"}" },
    { "expect stop {}", "{\"execute\":\"stop\"}", FALSE, QMOCK_ERROR_EXPECTATION,
      "Script line 1 (expect stop {}): expected the arguments {}, got: {\"execute\":\"stop\"}" },
    { "expect-oob a", "{\"execute\":\"a\"}", FALSE, QMOCK_ERROR_EXPECTATION,
      "Script line 1 (expect-oob a): expected an out-of-band command, got: {\"execute\":\"a\"}" },
    { "expect-text {}", "{ }", FALSE, QMOCK_ERROR_EXPECTATION,
      "Script line 1 (expect-text {}): expected exactly this text, got: { }" },
    { "expect-raw ab", "ac", FALSE, QMOCK_ERROR_EXPECTATION,
      "Script line 1 (expect-raw ab): expected exactly these bytes, got: ac" },
    { "expect a", "junk\r\n", FALSE, QMOCK_ERROR_EXPECTATION,
      "Script line 1 (expect a): expected the command \"a\", got: junk" },
    { "expect-eof", "\n\x01", FALSE, QMOCK_ERROR_EXPECTATION,
      "Script line 1 (expect-eof): expected the client to hang up, got: \\001" },
    { "expect a", "", TRUE, QMOCK_ERROR_CLOSED,
      "Script line 1 (expect a): the client hung up instead of sending a command" },
    { "expect a", "{\"ex", TRUE, QMOCK_ERROR_CLOSED,
      "Script line 1 (expect a): the client hung up in the middle of a command: {\"ex" },
    { "close\ngreet", "", FALSE, QMOCK_ERROR_SCRIPT,
      "Script line 2 (greet): the connection is closed, an accept must come first" },
    { "reply", "", FALSE, QMOCK_ERROR_SCRIPT,
      "Script line 1 (reply): there was no such command yet" },
    { "timeout 500\nexpect a", "", FALSE, QMOCK_ERROR_TIMED_OUT,
      "Script line 2 (expect a): waited 500 ms for a command" },
    { "timeout 500\nflood x 10M", "", FALSE, QMOCK_ERROR_TIMED_OUT,
      "Script line 2 (flood x 10M): waited 500 ms for the client to read" },
    { "timeout 500\nsplit 1\ngreet", "", FALSE, QMOCK_ERROR_TIMED_OUT,
      "Script line 3 (greet): the client read nothing for 500 ms" },
    { "timeout 500\nwait-signal x", "", FALSE, QMOCK_ERROR_TIMED_OUT,
      "Script line 2 (wait-signal x): waited 500 ms for the signal" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
    {
      g_autoptr (QMockPeer) peer = NULL;
      g_autoptr (GError) error = NULL;
      int fd = client_start (failures[i].script, &peer);

      /* A script that fails by itself may be gone by now. */
      if (*failures[i].sent != '\0')
        client_put (fd, failures[i].sent);
      if (failures[i].hang_up)
        shutdown (fd, SHUT_WR);

      /* Also the way to a failed expectation for a test that waits for more. */
      g_assert_false (qmock_peer_wait_mark (peer, "never", &error));
      g_assert_error (error, QMOCK_ERROR, (int)failures[i].code);
      client_assert_failed (peer, failures[i].code, failures[i].message);
      client_assert_failed (peer, failures[i].code, failures[i].message);
      close (fd);
    }
}

static void
test_failure_hangs_up (void)
{
  g_autoptr (QMockPeer) peer = NULL;
  int fd = client_start ("expect stop\nreply\n", &peer);

  /* A client that waits for an answer is not left waiting. */
  client_put (fd, "{\"execute\":\"cont\"}");
  client_assert_end (fd);
  close (fd);
  client_assert_failed (peer, QMOCK_ERROR_EXPECTATION,
                        "Script line 1 (expect stop): "
                        "expected the command \"stop\", got: {\"execute\":\"cont\"}");
}

static void
test_unplayed (void)
{
  g_autoptr (QMockPeer) unused = qmock_peer_new ("greet");
  g_autoptr (QMockPeer) alone = qmock_peer_new ("greet");
  g_autoptr (QMockPeer) waiting = qmock_peer_new ("wait-signal x");
  g_autoptr (QMockPeer) busy = NULL;
  g_autoptr (GError) error = NULL;
  int fd;

  client_assert_failed (unused, QMOCK_ERROR_USAGE, "The peer was never started");

  g_assert_true (qmock_peer_start (alone, NULL));
  g_assert_false (qmock_peer_start (alone, &error));
  g_assert_error (error, QMOCK_ERROR, QMOCK_ERROR_USAGE);
  client_assert_failed (alone, QMOCK_ERROR_EXPECTATION,
                        "Script line 1 (greet): no client connected");

  g_assert_true (qmock_peer_start (waiting, NULL));
  client_assert_failed (waiting, QMOCK_ERROR_EXPECTATION,
                        "Script line 1 (wait-signal x): the test never gave the signal");

  fd = client_start ("timeout 60000\nexpect a\n", &busy);
  qmock_peer_set_timeout (busy, 1000);
  client_assert_failed (busy, QMOCK_ERROR_TIMED_OUT,
                        "Script line 2 (expect a): stopped while waiting for a command");
  close (fd);
}

/* --- Nothing left behind --- */

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;

  return n;
}

static void
test_nothing_left (void)
{
  static const char *scripts[] = {
    "stall",
    "greet",
    "expect a",
    "delay 60000",
    "wait-signal x",
    "serve",
    "repeat 1000M\nend",
    "close",
    "flood x 1000M",
    "split 1\nflood x 1000M",
    "accept\naccept",
    "expect-eof",
    "foo",
    "greet\nreset",
  };
  guint threads, fds;

  /* What GLib keeps for good is there afterwards. */
  test_stream ();
  threads = count_entries ("/proc/self/task");
  fds = count_entries ("/proc/self/fd");

  for (guint i = 0; i < G_N_ELEMENTS (scripts); i++)
    {
      for (guint with_client = 0; with_client < 2; with_client++)
        {
          g_autoptr (QMockPeer) peer = qmock_peer_new (scripts[i]);
          g_autofree char *path = NULL;
          g_autofree char *dir = NULL;
          gint64 begin;
          int fd = -1;

          if (qmock_peer_start (peer, NULL))
            {
              path = g_strdup (qmock_peer_get_path (peer));
              dir = g_path_get_dirname (path);
              g_assert_true (g_file_test (dir, G_FILE_TEST_IS_DIR));
              if (with_client)
                fd = client_connect_to (path);
            }

          /* Whatever it is at, it goes at once. */
          g_usleep (2000);
          begin = g_get_monotonic_time ();
          g_clear_object (&peer);
          g_assert_cmpint (g_get_monotonic_time () - begin, <, 5 * G_USEC_PER_SEC);
          if (dir != NULL)
            g_assert_false (g_file_test (dir, G_FILE_TEST_EXISTS));
          if (fd >= 0)
            close (fd);
        }
    }

  g_assert_cmpuint (count_entries ("/proc/self/fd"), ==, fds);
  /* The kernel may list a thread for a moment after it was joined, and did so before, too. */
  for (guint i = 0; i < 1000 && count_entries ("/proc/self/task") > threads; i++)
    g_usleep (1000);
  g_assert_cmpuint (count_entries ("/proc/self/task"), <=, threads);
}

static void
test_private (void)
{
  g_autoptr (QMockPeer) peer = qmock_peer_new ("stall");
  g_autofree char *dir = NULL;
  GStatBuf info;

  g_assert_true (qmock_peer_start (peer, NULL));
  dir = g_path_get_dirname (qmock_peer_get_path (peer));
  g_assert_cmpint (g_stat (dir, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/mock/talk", test_talk);
  g_test_add_func ("/mock/order", test_order);
  g_test_add_func ("/mock/raw", test_raw);
  g_test_add_func ("/mock/serve", test_serve);
  g_test_add_func ("/mock/serve-pipeline", test_serve_pipeline);
  g_test_add_func ("/mock/stream", test_stream);
  g_test_add_func ("/mock/reconnect", test_reconnect);
  g_test_add_func ("/mock/split", test_split);
  g_test_add_func ("/mock/storm", test_storm);
  g_test_add_func ("/mock/repeat", test_repeat);
  g_test_add_func ("/mock/flood", test_flood);
  g_test_add_func ("/mock/reset", test_reset);
  g_test_add_func ("/mock/close", test_close);
  g_test_add_func ("/mock/stall", test_stall);
  g_test_add_func ("/mock/fds", test_fds);
  g_test_add_func ("/mock/sequence", test_sequence);
  g_test_add_func ("/mock/wrong-script", test_wrong_script);
  g_test_add_func ("/mock/failed-expectation", test_failed_expectation);
  g_test_add_func ("/mock/failure-hangs-up", test_failure_hangs_up);
  g_test_add_func ("/mock/unplayed", test_unplayed);
  g_test_add_func ("/mock/nothing-left", test_nothing_left);
  g_test_add_func ("/mock/private", test_private);

  return g_test_run ();
}
