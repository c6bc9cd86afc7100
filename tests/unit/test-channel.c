/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/channel-private.h"

/* What goes onto the wire, and when; the test is the peer. */

typedef struct
{
  QChannel *channel;
  int peer;
  guint n_answers;
} Fixture;

static gboolean
message_cb (const QMessage *message, gpointer data, GError **error)
{
  g_assert_not_reached ();
}

static void
settled_cb (gpointer data)
{
}

static void
closed_cb (const GError *error, gpointer data)
{
  g_assert_not_reached ();
}

static const QChannelCallbacks callbacks = { message_cb, settled_cb, closed_cb };

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;
  int ends[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  socket = g_socket_new_from_fd (ends[0], &error);
  g_assert_no_error (error);
  connection = g_socket_connection_factory_create_connection (socket);
  fixture->channel = q_channel_new (G_IO_STREAM (connection), 1024, &callbacks, fixture);
  fixture->peer = ends[1];
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  q_channel_free (fixture->channel);
  close (fixture->peer);
}

static void
answer_cb (const QMessage *reply, const GError *error, gpointer data)
{
  Fixture *fixture = data;

  g_assert_no_error (error);
  if (reply != NULL)
    fixture->n_answers++;
}

static int
open_null (void)
{
  int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  return fd;
}

static void
submit (Fixture *fixture, const char *text, gboolean out_of_band, int fd)
{
  g_autoptr (GError) error = NULL;

  q_channel_submit (fixture->channel, g_strdup (text), strlen (text), out_of_band, fd, answer_cb,
                    fixture, &error);
  g_assert_no_error (error);
  q_channel_flush (fixture->channel);
}

/* Everything that has come so far; the descriptors with it are closed by the system, unread. */
static void
assert_received (Fixture *fixture, const char *expected)
{
  char text[1024] = { 0 };
  ssize_t n;
  gsize length = 0;

  while ((n = recv (fixture->peer, text + length, sizeof text - 1 - length, MSG_DONTWAIT)) > 0)
    length += n;
  g_assert_cmpstr (text, ==, expected);
}

static void
answer (Fixture *fixture, const char *text)
{
  guint n_answers = fixture->n_answers + 1;

  g_assert_cmpint (send (fixture->peer, text, strlen (text), MSG_NOSIGNAL), ==,
                   (ssize_t)strlen (text));
  while (fixture->n_answers < n_answers)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_pipelined (Fixture *fixture, gconstpointer data)
{
  submit (fixture, "{a}", FALSE, -1);
  submit (fixture, "{b}", FALSE, -1);
  assert_received (fixture, "{a}{b}");
  answer (fixture, "{\"return\": {}}");
  answer (fixture, "{\"return\": {}}");
}

/* QEMU crashes when it reads on while a command takes its descriptor. */
static void
test_nothing_behind_a_descriptor (Fixture *fixture, gconstpointer data)
{
  submit (fixture, "{a}", FALSE, open_null ());
  submit (fixture, "{b}", FALSE, -1);
  submit (fixture, "{c}", FALSE, open_null ());
  submit (fixture, "{d}", FALSE, -1);
  assert_received (fixture, "{a}");
  answer (fixture, "{\"return\": {}}");
  assert_received (fixture, "{b}{c}");
  answer (fixture, "{\"return\": {}}");
  assert_received (fixture, "");
  answer (fixture, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}");
  assert_received (fixture, "{d}");
  answer (fixture, "{\"return\": {}}");
}

/* One that is sent alone waits for its command, which nothing follows. */
static void
test_descriptor_alone (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  q_channel_submit_fd (fixture->channel, open_null (), answer_cb, fixture, &error);
  g_assert_no_error (error);
  q_channel_flush (fixture->channel);
  assert_received (fixture, " ");
  submit (fixture, "{a}", FALSE, -1);
  submit (fixture, "{b}", FALSE, -1);
  assert_received (fixture, "{a}");
  answer (fixture, "{\"return\": {}}");
  assert_received (fixture, "{b}");
  answer (fixture, "{\"return\": {}}");
}

static void
test_out_of_band_passes (Fixture *fixture, gconstpointer data)
{
  q_channel_enable_out_of_band (fixture->channel);
  submit (fixture, "{a}", FALSE, open_null ());
  submit (fixture, "{b}", FALSE, -1);
  submit (fixture, "{c}", TRUE, open_null ());
  submit (fixture, "{d}", TRUE, -1);
  assert_received (fixture, "{\"id\":0,a}{\"id\":3,d}");
  answer (fixture, "{\"return\": {}, \"id\": 3}");
  assert_received (fixture, "");
  answer (fixture, "{\"return\": {}, \"id\": 0}");
  assert_received (fixture, "{\"id\":2,c}");
  answer (fixture, "{\"return\": {}, \"id\": 2}");
  assert_received (fixture, "{\"id\":1,b}");
  answer (fixture, "{\"return\": {}, \"id\": 1}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/channel/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("pipelined", test_pipelined);
  ADD ("nothing-behind-a-descriptor", test_nothing_behind_a_descriptor);
  ADD ("descriptor-alone", test_descriptor_alone);
  ADD ("out-of-band-passes", test_out_of_band_passes);

  return g_test_run ();
}
