/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz-turns.h"
#include "fuzz.h"
#include "qmachine/io/io-thread-private.h"
#include "qmachine/qmachine.h"
#include "qmachine/wire/message-private.h"

/* A whole session with a peer that says anything: each call ends exactly once, each error is one
 * of those that the documentation names, and nothing is left.
 *
 * The input is cut into pieces at a byte that no JSON has. Before each next piece the client has
 * read the last one, has done what follows from it, and waits for more: so one input always does
 * the same, without a clock. */
#define SEPARATOR '\x1e'

typedef struct
{
  QMonitor *monitor;
  int fd; /* the peer's end */
  guint choices;
  GCancellable *cancellable;
  guint n_waiting;
  guint n_closed;
  gboolean is_attached;
} Play;

/* -- calls -- */

/* Takes over the text. */
static void
check_text (char *text, const GError *error)
{
  g_autofree char *own_text = text;

  if (own_text != NULL)
    g_assert_true (q_message_validate_json (own_text, -1, NULL));
  else
    q_fuzz_check_call_error (error);
}

static void
json_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Play *self = data;
  g_autoptr (GError) error = NULL;
  char *text = q_monitor_command_json_finish (Q_MONITOR (source), result, &error);

  self->n_waiting--;
  check_text (text, error);
}

static void
qmp_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Play *self = data;
  g_autoptr (GError) error = NULL;
  char *text = q_monitor_qmp_json_finish (Q_MONITOR (source), result, &error);

  self->n_waiting--;
  check_text (text, error);
}

static void
node_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Play *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = q_monitor_command_finish (Q_MONITOR (source), result, &error);

  self->n_waiting--;
  if (node == NULL)
    q_fuzz_check_call_error (error);
}

static void
event_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Play *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QMonitorEvent) event = NULL;

  event = q_monitor_wait_event_finish (Q_MONITOR (source), result, &error);
  self->n_waiting--;
  if (event == NULL)
    q_fuzz_check_call_error (error);
}

static void
make_calls (Play *self)
{
  static const char *const names[] = { "STOP", NULL };
  g_autoptr (JsonNode) match = json_from_string ("{\"a\": 1}", NULL);

  q_monitor_command_json_async (self->monitor, "query-status", NULL, 0, Q_TIMEOUT_DEFAULT, NULL,
                                json_cb, self);
  q_monitor_command_json_async (self->monitor, "stop", "{\"a\":1}", 0, Q_TIMEOUT_DEFAULT,
                                self->cancellable, json_cb, self);
  q_monitor_command_async (self->monitor, "yank", NULL,
                           self->choices & 1 ? Q_MONITOR_FLAGS_OUT_OF_BAND : 0, Q_TIMEOUT_DEFAULT,
                           NULL, node_cb, self);
  q_monitor_qmp_json_async (self->monitor, "cont", NULL, 0, Q_TIMEOUT_DEFAULT, NULL, qmp_cb, self);
  q_monitor_wait_event_async (self->monitor, names, NULL, -1, NULL, event_cb, self);
  q_monitor_wait_event_async (self->monitor, NULL, match, -1, self->cancellable, event_cb, self);
  self->n_waiting += 6;
}

static void
attached_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Play *self = data;
  g_autoptr (GError) error = NULL;

  self->n_waiting--;
  self->is_attached = q_monitor_attach_stream_finish (Q_MONITOR (source), result, &error);
  if (self->is_attached)
    make_calls (self);
  else
    q_fuzz_check_call_error (error);
}

/* -- signals -- */

static void
monitor_event_cb (QMonitor *monitor, QMonitorEvent *event, gpointer data)
{
  g_autofree char *text = q_monitor_event_to_json (event);

  g_assert_true (q_message_validate_json (text, -1, NULL));
  g_assert_true (g_utf8_validate (q_monitor_event_get_name (event), -1, NULL));
  g_assert_cmpint (q_monitor_event_get_timestamp (event), >=, -1);
}

static void
monitor_closed_cb (QMonitor *monitor, GError *reason, gpointer data)
{
  Play *self = data;

  self->n_closed++;
  g_assert_true (self->is_attached);
  if (reason != NULL)
    q_fuzz_check_call_error (reason);
}

/* -- the peer -- */

static void
send_piece (Play *self, GBytes *piece)
{
  gsize length;
  const char *bytes = g_bytes_get_data (piece, &length);
  gsize done = 0;

  /* Inputs are small, and all that was sent before has been read: there is room. The client may
   * have hung up. */
  while (done < length)
    {
      gssize n = send (self->fd, bytes + done, length - done, MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n < 0)
        return;
      done += (gsize)n;
    }
}

/* Whatever the peer says, the client speaks well. */
static void
read_commands (Play *self, QFramer *framer)
{
  g_autoptr (GError) error = NULL;
  QFrame frame;
  gssize n;

  while ((n = recv (self->fd, q_framer_reserve (framer, 4096), 4096, MSG_DONTWAIT)) > 0)
    q_framer_commit (framer, (gsize)n);
  while (q_framer_next (framer, &frame, &error))
    g_assert_nonnull (g_strstr_len (frame.text, (gssize)frame.length, "\"exec"));
  g_assert_no_error (error);
}

static void
play_script (Play *self, QFuzzInput *script)
{
  g_autoptr (QFramer) framer = q_framer_new (1 << 20);

  for (guint i = 0; script->length > 0; i++)
    {
      g_autoptr (GBytes) piece = q_fuzz_take_part (script, SEPARATOR);

      send_piece (self, piece);
      q_fuzz_settle (self->fd);
      read_commands (self, framer);
      if (i == (self->choices >> 4) % 8)
        g_cancellable_cancel (self->cancellable);
      if (i == 3 && (self->choices & 2))
        g_list_free_full (q_monitor_pop_events (self->monitor), g_object_unref);
    }
}

static QMonitor *
make_monitor (Play *self)
{
  guint64 max_message_size = self->choices & 8 ? 1024 : 65536;
  QMonitor *monitor = g_object_new (
    Q_TYPE_MONITOR, "out-of-band", (self->choices & 1) != 0, "attach-timeout", -1, "event-backlog",
    self->choices & 4 ? 2u : 1024u, "max-message-size", max_message_size, NULL);

  g_signal_connect (monitor, "event", G_CALLBACK (monitor_event_cb), self);
  g_signal_connect (monitor, "closed", G_CALLBACK (monitor_closed_cb), self);

  return monitor;
}

static void
finish (Play *self)
{
  g_autoptr (GError) error = NULL;

  /* After the last word: the client sees the end of the stream, or ends it itself. */
  if (self->choices & 128)
    shutdown (self->fd, SHUT_WR);
  q_fuzz_settle (self->fd);
  g_assert_true (q_monitor_close (self->monitor, NULL, &error));
  g_assert_no_error (error);
  q_fuzz_settle (self->fd);
  g_assert_cmpuint (self->n_waiting, ==, 0);
  g_assert_cmpuint (self->n_closed, ==, self->is_attached ? 1 : 0);
  g_assert_cmpint (q_monitor_get_state (self->monitor), ==, Q_MONITOR_STATE_CLOSED);
  g_list_free_full (q_monitor_pop_events (self->monitor), g_object_unref);

  g_object_add_weak_pointer (G_OBJECT (self->monitor), (gpointer *)&self->monitor);
  g_object_unref (self->monitor);
  q_fuzz_settle (self->fd);
  g_assert_null (self->monitor);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  QFuzzInput input = { (const char *)data, size };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Play self = { .choices = q_fuzz_take_choice (&input), .cancellable = cancellable };
  g_autoptr (GSocketConnection) stream = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  self.fd = fds[0];
  socket = g_socket_new_from_fd (fds[1], &error);
  g_assert_no_error (error);
  stream = g_socket_connection_factory_create_connection (socket);

  self.monitor = make_monitor (&self);
  q_monitor_attach_stream_async (self.monitor, G_IO_STREAM (stream), NULL, attached_cb, &self);
  self.n_waiting = 1;
  play_script (&self, &input);
  finish (&self);
  close (self.fd);

  return 0;
}
