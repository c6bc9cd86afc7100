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

/* A guest agent that says anything: each call ends exactly once, each error is one of those that
 * the documentation names, what the library sends is lines of commands, and nothing is left.
 *
 * The input is cut into pieces. One that begins with ANSWER answers the last synchronisation first.
 * Before each next piece the library has read the last one, and has done what follows from it. */
#define SEPARATOR '\x1e'
#define ANSWER '\x1d'

typedef struct
{
  QGuestAgent *agent;
  int fd; /* the peer's end */
  guint choices;
  GCancellable *cancellable;
  GString *received;
  guint n_waiting;
  guint n_closed;
} Play;

/* -- calls -- */

static void
command_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Play *self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text
    = q_guest_agent_command_json_finish (Q_GUEST_AGENT (source), result, &error);

  self->n_waiting--;
  if (text != NULL)
    g_assert_true (q_message_validate_json (text, -1, NULL));
  else
    q_fuzz_check_call_error (error);
}

static void
exec_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Play *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QGuestExecResult) ended
    = q_guest_agent_exec_finish (Q_GUEST_AGENT (source), result, &error);

  self->n_waiting--;
  if (ended == NULL)
    q_fuzz_check_call_error (error);
  else
    g_assert_nonnull (q_guest_exec_result_get_error_output (ended));
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Play *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes
    = q_guest_agent_read_file_finish (Q_GUEST_AGENT (source), result, &error);

  self->n_waiting--;
  if (bytes != NULL)
    g_assert_cmpuint (g_bytes_get_size (bytes), <=, 100);
  else
    q_fuzz_check_call_error (error);
}

static void
write_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Play *self = data;
  g_autoptr (GError) error = NULL;

  self->n_waiting--;
  if (!q_guest_agent_write_file_finish (Q_GUEST_AGENT (source), result, &error))
    q_fuzz_check_call_error (error);
}

static void
freeze_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Play *self = data;
  g_autoptr (GError) error = NULL;

  self->n_waiting--;
  if (q_guest_agent_freeze_finish (Q_GUEST_AGENT (source), result, &error) < 0)
    q_fuzz_check_call_error (error);
}

static void
shutdown_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Play *self = data;
  g_autoptr (GError) error = NULL;

  self->n_waiting--;
  if (!q_guest_agent_shutdown_finish (Q_GUEST_AGENT (source), result, &error))
    q_fuzz_check_call_error (error);
}

/* The choices turn the order, so that each of them meets the first pieces. */
static void
make_calls (Play *self)
{
  static const char *const argv[] = { "a", NULL };
  g_autoptr (GBytes) bytes = g_bytes_new_static ("abc", 3);

  for (guint i = 0; i < 6; i++)
    {
      switch ((i + (self->choices & 7)) % 6)
        {
        case 0:
          q_guest_agent_command_json_async (self->agent, "guest-ping", NULL, -1, self->cancellable,
                                            command_cb, self);
          break;
        case 1:
          q_guest_agent_exec_async (self->agent, argv, NULL, bytes, -1, self->cancellable, exec_cb,
                                    self);
          break;
        case 2:
          q_guest_agent_read_file_async (self->agent, "/f", -1, self->cancellable, read_cb, self);
          break;
        case 3:
          q_guest_agent_write_file_async (self->agent, "/f", bytes, -1, self->cancellable, write_cb,
                                          self);
          break;
        case 4:
          q_guest_agent_freeze_async (self->agent, -1, -1, self->cancellable, freeze_cb, self);
          break;
        default:
          q_guest_agent_shutdown_async (self->agent, Q_GUEST_SHUTDOWN_MODE_HALT, -1, NULL,
                                        shutdown_cb, self);
          break;
        }
      self->n_waiting++;
    }
}

/* -- the agent -- */

static void
note_closed (QGuestAgent *agent, GError *reason, gpointer data)
{
  Play *self = data;

  self->n_closed++;
  if (reason != NULL)
    q_fuzz_check_call_error (reason);
}

static void
send_bytes (Play *self, const char *bytes, gsize length)
{
  while (length > 0)
    {
      gssize n = send (self->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n < 0)
        return;
      bytes += n;
      length -= (gsize)n;
    }
}

static void
answer_sync (Play *self)
{
  static const char before[] = "\"guest-sync-delimited\",\"arguments\":{\"id\":";
  const char *sync = g_strrstr (self->received->str, before);
  g_autofree char *answer = NULL;

  if (sync == NULL)
    return;

  answer = g_strdup_printf ("\xff{\"return\": %" G_GUINT64_FORMAT "}\n",
                            g_ascii_strtoull (sync + strlen (before), NULL, 10));
  send_bytes (self, answer, strlen (answer));
}

static void
read_commands (Play *self)
{
  g_auto (GStrv) lines = NULL;
  char buffer[4096];
  gssize n;

  while ((n = recv (self->fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0)
    g_string_append_len (self->received, buffer, n);
  lines = g_strsplit (self->received->str, "\n", -1);
  for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      const char *line = *lines[i] == '\xff' ? lines[i] + 1 : lines[i];

      g_assert_true (g_str_has_prefix (line, "{\"execute\":\"guest-"));
      g_assert_true (q_message_validate_json (line, -1, NULL));
    }
}

static void
play_script (Play *self, QFuzzInput *script)
{
  for (guint i = 0; script->length > 0; i++)
    {
      g_autoptr (GBytes) piece = q_fuzz_take_part (script, SEPARATOR);
      gsize length;
      const char *bytes = g_bytes_get_data (piece, &length);

      if (length > 0 && *bytes == ANSWER)
        {
          answer_sync (self);
          bytes++;
          length--;
        }
      send_bytes (self, bytes, length);
      q_fuzz_settle (self->fd);
      read_commands (self);
      if (i == (self->choices >> 4) % 8)
        g_cancellable_cancel (self->cancellable);
    }
}

static void
finish (Play *self)
{
  g_autoptr (GError) error = NULL;

  if (self->choices & 128)
    shutdown (self->fd, SHUT_WR);
  q_fuzz_settle (self->fd);
  /* A guest that is frozen has no time to answer. */
  if (!q_guest_agent_close (self->agent, 0, NULL, &error))
    q_fuzz_check_call_error (error);
  q_fuzz_settle (self->fd);
  read_commands (self);
  g_assert_cmpuint (self->n_waiting, ==, 0);
  g_assert_cmpuint (self->n_closed, ==, 1);
  g_assert_cmpint (q_guest_agent_get_state (self->agent), ==, Q_GUEST_AGENT_STATE_CLOSED);
  g_assert_false (q_guest_agent_get_frozen (self->agent));

  g_object_add_weak_pointer (G_OBJECT (self->agent), (gpointer *)&self->agent);
  g_object_unref (self->agent);
  q_fuzz_settle (self->fd);
  g_assert_null (self->agent);
}

/* That a guest is not thawed. */
static void
drop_warning (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  QFuzzInput input = { (const char *)data, size };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GString) received = g_string_new (NULL);
  Play self = {
    .choices = q_fuzz_take_choice (&input),
    .cancellable = cancellable,
    .received = received,
  };
  g_autoptr (GSocketConnection) stream = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;
  int fds[2];

  g_log_set_handler ("QMachine", G_LOG_LEVEL_WARNING, drop_warning, NULL);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  self.fd = fds[0];
  socket = g_socket_new_from_fd (fds[1], &error);
  g_assert_no_error (error);
  stream = g_socket_connection_factory_create_connection (socket);

  self.agent = g_object_new (Q_TYPE_GUEST_AGENT, "max-message-size",
                             (guint64)(self.choices & 8 ? 1024 : 65536), "max-file-size",
                             (guint64)100, NULL);
  g_signal_connect (self.agent, "closed", G_CALLBACK (note_closed), &self);
  g_assert_true (q_guest_agent_attach_stream (self.agent, G_IO_STREAM (stream), NULL, &error));
  make_calls (&self);
  q_fuzz_settle (self.fd);
  read_commands (&self);
  play_script (&self, &input);
  finish (&self);
  close (self.fd);

  return 0;
}
