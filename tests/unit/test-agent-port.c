/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qmachine/guest/q-guest-agent-private.h"
#include "qmachine/io/io-thread-private.h"
#include "qmachine/q-machine.h"

/* What a machine learns of the guest's end of its agent's port while a command is on its way; the
 * test is the agent. */

#define DEADLINE_MS 10000

typedef struct
{
  QGuestAgent *object;
  QAgent *agent;
  GIOStream *stream;
  int peer;
  GAsyncResult *result;
} Fixture;

static gboolean
use_stream_cb (gpointer data)
{
  Fixture *fixture = data;

  q_agent_use_stream (fixture->agent, fixture->stream);
  return G_SOURCE_REMOVE;
}

static gboolean
end_stream_cb (gpointer data)
{
  q_agent_end_stream (((Fixture *)data)->agent);
  return G_SOURCE_REMOVE;
}

static gboolean
learn_open_cb (gpointer data)
{
  q_agent_set_port_open (((Fixture *)data)->agent, TRUE);
  return G_SOURCE_REMOVE;
}

static gboolean
learn_closed_cb (gpointer data)
{
  q_agent_set_port_open (((Fixture *)data)->agent, FALSE);
  return G_SOURCE_REMOVE;
}

static void
run (Fixture *fixture, GSourceFunc func)
{
  q_io_thread_post (func, fixture);
  /* One call begins after the other, and this one is refused at once. */
  g_assert_false (q_guest_agent_attach_stream (fixture->object, fixture->stream, NULL, NULL));
}

/* One line, or what comes before the deadline. */
static char *
read_line (int fd)
{
  g_autoptr (GString) line = g_string_new (NULL);
  struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
  char byte = '\0';

  while (byte != '\n')
    {
      g_assert_cmpint (poll (&poll_fd, 1, DEADLINE_MS), ==, 1);
      g_assert_cmpint (read (fd, &byte, 1), ==, 1);
      g_string_append_c (line, byte);
    }

  return g_string_free (g_steal_pointer (&line), FALSE);
}

static void
write_line (int fd, const char *line)
{
  gsize length = strlen (line);

  g_assert_cmpint (write (fd, line, length), ==, (gssize)length);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  QDispatcher *dispatcher = q_dispatcher_new ();
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  g_autofree char *answer = NULL;
  int ends[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  socket = g_socket_new_from_fd (ends[0], &error);
  g_assert_no_error (error);
  fixture->stream = G_IO_STREAM (g_socket_connection_factory_create_connection (socket));
  fixture->peer = ends[1];
  fixture->object = q_guest_agent_new_with_dispatcher (dispatcher);
  q_dispatcher_unref (dispatcher);
  fixture->agent = q_guest_agent_get_agent (fixture->object);
  q_agent_set_place (fixture->agent, "org.qemu.guest_agent.0");

  run (fixture, use_stream_cb);
  line = read_line (fixture->peer);
  g_assert_nonnull (strstr (line, "guest-sync-delimited"));
  answer = g_strdup_printf ("\xff{\"return\": %" G_GUINT64_FORMAT "}\n",
                            g_ascii_strtoull (strstr (line, "\"id\":") + 5, NULL, 10));
  write_line (fixture->peer, answer);
  q_guest_agent_wait_ready (fixture->object, DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  run (fixture, end_stream_cb);
  g_clear_object (&fixture->result);
  g_object_unref (fixture->object);
  g_object_unref (fixture->stream);
  close (fixture->peer);
}

static void
store_result (GObject *object, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **)data = g_object_ref (result);
}

/* Sends a command, and learns of the port before it is answered. */
static void
learn_port (Fixture *fixture, GSourceFunc func)
{
  g_autofree char *line = NULL;

  q_guest_agent_command_json_async (fixture->object, "a", NULL, DEADLINE_MS, NULL, store_result,
                                    &fixture->result);
  line = read_line (fixture->peer);
  g_assert_nonnull (strstr (line, "\"a\""));
  run (fixture, func);
}

static char *
finish (Fixture *fixture, GError **error)
{
  while (fixture->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return q_guest_agent_command_json_finish (fixture->object, fixture->result, error);
}

/* It has answered, so it was open all the time. */
static void
test_learnt_open (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  learn_port (fixture, learn_open_cb);
  g_assert_true (q_guest_agent_get_ready (fixture->object));
  write_line (fixture->peer, "{\"return\": 5}\n");
  text = finish (fixture, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "5");
}

static void
test_learnt_closed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  learn_port (fixture, learn_closed_cb);
  g_assert_null (finish (fixture, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_assert_nonnull (strstr (error->message, "the guest closed the port org.qemu.guest_agent.0"));
  g_assert_false (q_guest_agent_get_ready (fixture->object));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/agent-port/learnt-open", Fixture, NULL, set_up, test_learnt_open, tear_down);
  g_test_add ("/agent-port/learnt-closed", Fixture, NULL, set_up, test_learnt_closed, tear_down);

  return g_test_run ();
}
