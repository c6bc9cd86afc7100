/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/io-thread-private.h"
#include "io/socket-private.h"

#define LARGE (4 * 1024 * 1024) /* more than a socket holds */

/* All of it but `peer` belongs to the I/O thread, in whose place the tests enter. */
typedef struct
{
  QSocket *socket;
  int peer;
  GString *received;
  gsize wanted; /* reading ends there */
  guint n_ends;
  GString *written; /* names of what was written, in order */
  int error;        /* of the last one */
} Fixture;

static Fixture *current;

static gboolean
received_cb (gpointer data, const char *bytes, gsize length)
{
  Fixture *fixture = data;

  g_string_append_len (fixture->received, bytes, (gssize)length);
  return fixture->received->len < fixture->wanted;
}

static void
ended_cb (gpointer data)
{
  Fixture *fixture = data;

  fixture->n_ends++;
}

static void
written_cb (gpointer write, int error)
{
  g_string_append (current->written, write);
  current->error = error;
}

static const QSocketCallbacks callbacks = {
  .received = received_cb,
  .ended = ended_cb,
  .written = written_cb,
};

static void
set_up (Fixture *fixture, gconstpointer data)
{
  int ends[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  g_assert_true (g_unix_set_fd_nonblocking (ends[0], TRUE, NULL));
  fixture->peer = ends[1];
  fixture->received = g_string_new (NULL);
  fixture->wanted = G_MAXSIZE;
  fixture->written = g_string_new (NULL);
  current = fixture;
  q_io_thread_get_context ();
  q_io_thread_enter ();
  fixture->socket = q_socket_new (ends[0], &callbacks, fixture, "test");
  q_io_thread_leave ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  q_io_thread_enter ();
  g_clear_pointer (&fixture->socket, q_socket_close);
  q_io_thread_leave ();
  if (fixture->peer >= 0)
    close (fixture->peer);
  g_string_free (fixture->received, TRUE);
  g_string_free (fixture->written, TRUE);
}

static void
hang_up (Fixture *fixture)
{
  close (g_steal_fd (&fixture->peer));
}

static gboolean
is_reading (Fixture *fixture)
{
  gboolean reading;

  q_io_thread_enter ();
  reading = q_socket_is_reading (fixture->socket);
  q_io_thread_leave ();
  return reading;
}

static void
wait_for_end (Fixture *fixture)
{
  for (guint i = 0; i < 10000 && is_reading (fixture); i++)
    g_usleep (1000);
  g_assert_false (is_reading (fixture));
}

static void
write_filled (Fixture *fixture, char byte, gsize length, const char *name)
{
  q_io_thread_enter ();
  q_socket_write (fixture->socket, g_strnfill (length, byte), length, (gpointer)name);
  q_io_thread_leave ();
}

static gsize
read_as_peer (Fixture *fixture, char *bytes, gsize length)
{
  gsize n_read = 0;

  while (n_read < length)
    {
      gssize n = read (fixture->peer, bytes + n_read, length - n_read);

      g_assert_cmpint (n, >, 0);
      n_read += (gsize)n;
    }
  return n_read;
}

static void
assert_filled (const char *bytes, char byte, gsize length)
{
  for (gsize i = 0; i < length; i++)
    g_assert_cmpint (bytes[i], ==, byte);
}

static void
test_all_bytes_and_then_the_end (Fixture *fixture, gconstpointer data)
{
  g_autofree char *bytes = g_malloc (LARGE);

  for (gsize i = 0; i < LARGE; i++)
    bytes[i] = (char)(i % 251); /* with zeros */
  for (gsize n = 0; n < LARGE;)
    n += (gsize)write (fixture->peer, bytes + n, LARGE - n);
  hang_up (fixture);
  wait_for_end (fixture);
  g_assert_cmpmem (fixture->received->str, fixture->received->len, bytes, LARGE);
  g_assert_cmpuint (fixture->n_ends, ==, 1);
}

static void
test_who_has_enough (Fixture *fixture, gconstpointer data)
{
  fixture->wanted = 3;
  g_assert_cmpint (write (fixture->peer, "abc", 3), ==, 3);
  wait_for_end (fixture);
  g_assert_cmpint (write (fixture->peer, "def", 3), ==, 3);
  q_io_thread_enter ();
  q_socket_drain (fixture->socket);
  q_io_thread_leave ();
  g_assert_cmpstr (fixture->received->str, ==, "abc");
  g_assert_cmpuint (fixture->n_ends, ==, 0);
}

static void
test_drain (Fixture *fixture, gconstpointer data)
{
  /* With the I/O thread kept out, what comes is nobody's but the drain's. */
  q_io_thread_enter ();
  g_assert_cmpint (write (fixture->peer, "last words", 10), ==, 10);
  hang_up (fixture);
  q_socket_drain (fixture->socket);
  g_assert_cmpstr (fixture->received->str, ==, "last words");
  g_assert_cmpuint (fixture->n_ends, ==, 1);
  q_socket_drain (fixture->socket);
  g_assert_cmpuint (fixture->n_ends, ==, 1);
  q_io_thread_leave ();
}

static void
test_writes_wait_in_order (Fixture *fixture, gconstpointer data)
{
  g_autofree char *bytes = g_malloc (LARGE);

  write_filled (fixture, 'a', LARGE, "a");
  write_filled (fixture, 'b', 0, "b");
  write_filled (fixture, 'c', 5, "c");
  q_io_thread_enter ();
  g_assert_cmpstr (fixture->written->str, ==, "");
  q_io_thread_leave ();

  read_as_peer (fixture, bytes, LARGE);
  assert_filled (bytes, 'a', LARGE);
  read_as_peer (fixture, bytes, 5);
  assert_filled (bytes, 'c', 5);
  q_io_thread_enter ();
  g_assert_cmpstr (fixture->written->str, ==, "abc");
  g_assert_cmpint (fixture->error, ==, 0);
  q_io_thread_leave ();
}

static void
test_withdrawn_writes (Fixture *fixture, gconstpointer data)
{
  static const char a[] = "a";
  static const char b[] = "b";
  g_autofree char *bytes = g_malloc (LARGE);
  gsize n_read = 0;

  write_filled (fixture, 'a', LARGE, a);
  write_filled (fixture, 'b', 5, b);
  write_filled (fixture, 'c', 5, "c");
  q_io_thread_enter ();
  q_socket_withdraw (fixture->socket, (gpointer)b);
  q_socket_withdraw (fixture->socket, (gpointer)a);
  q_io_thread_leave ();

  /* What the socket had taken has gone. */
  do
    n_read += read_as_peer (fixture, bytes, 1);
  while (bytes[0] == 'a');
  g_assert_cmpuint (n_read, <, LARGE);
  read_as_peer (fixture, bytes + 1, 4);
  assert_filled (bytes, 'c', 5);
  q_io_thread_enter ();
  g_assert_cmpstr (fixture->written->str, ==, "c");
  q_io_thread_leave ();
}

static void
test_writes_to_nobody (Fixture *fixture, gconstpointer data)
{
  hang_up (fixture);
  wait_for_end (fixture);
  write_filled (fixture, 'a', 5, "a");
  write_filled (fixture, 'b', 5, "b");
  g_assert_cmpstr (fixture->written->str, ==, "ab");
  g_assert_cmpint (fixture->error, ==, EPIPE);
}

static void
test_close_withdraws_writes (Fixture *fixture, gconstpointer data)
{
  write_filled (fixture, 'a', 5, "a");
  write_filled (fixture, 'b', LARGE, "b");
  write_filled (fixture, 'c', 5, "c");
  q_io_thread_enter ();
  g_clear_pointer (&fixture->socket, q_socket_close);
  q_io_thread_leave ();
  g_assert_cmpstr (fixture->written->str, ==, "a");
}

static void
add (const char *path, void (*test) (Fixture *fixture, gconstpointer data))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("/socket/all-bytes-and-then-the-end", test_all_bytes_and_then_the_end);
  add ("/socket/who-has-enough", test_who_has_enough);
  add ("/socket/drain", test_drain);
  add ("/socket/writes-wait-in-order", test_writes_wait_in_order);
  add ("/socket/withdrawn-writes", test_withdrawn_writes);
  add ("/socket/writes-to-nobody", test_writes_to_nobody);
  add ("/socket/close-withdraws-writes", test_close_withdraws_writes);

  return g_test_run ();
}
