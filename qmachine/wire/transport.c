/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport-private.h"

#include <gio/gunixconnection.h>
#include <gio/gunixfdmessage.h>
#include <string.h>
#include <sys/socket.h>

#include "io/watch-private.h"

#define READ_SIZE (64 * 1024)
/* A peer that floods gets this many reads, then other machines have their turn. */
#define READS_PER_TURN 8

struct _QTransport
{
  gatomicrefcount ref_count; /* the asynchronous calls in flight hold one each */
  GIOStream *stream;
  GMainContext *context;
  const QTransportCallbacks *callbacks;
  gpointer user_data;

  /* NULL where the stream cannot be polled; then the async calls of GIO are used. */
  GPollableInputStream *input;
  GPollableOutputStream *output;
  QWatch *watch;     /* of a plain socket */
  gboolean held;     /* another thread reads */
  gboolean end_kept; /* by that thread, with its error */
  GError *kept_error;
  GSource *read_source; /* of any other stream */
  GSource *write_source;

  GCancellable *cancellable; /* ends the async calls */
  gboolean write_in_flight;
  gboolean peer_asked;
  gint64 peer_pid;
  /* What the async calls work on: a thread may still use it after the channel is gone. */
  guint8 *read_copy;
  char *write_copy;
  gboolean closed;
};

static void read_next (QTransport *self);

static QTransport *
q_transport_ref (QTransport *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
q_transport_unref (QTransport *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_free (self->read_copy);
  g_free (self->write_copy);
  g_clear_object (&self->stream);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->kept_error);
  g_main_context_unref (self->context);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QTransport, q_transport_unref)

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/* The first bytes tell who wrote them, on a socket that was made to (SO_PASSCRED). */
static void
learn_peer (QTransport *self)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (struct ucred))];
  } control;
  char byte;
  struct iovec vector = { &byte, 1 };
  struct msghdr message = {
    .msg_iov = &vector,
    .msg_iovlen = 1,
    .msg_control = &control,
    .msg_controllen = sizeof control,
  };
  struct cmsghdr *header;
  GSocket *socket;

  self->peer_asked = TRUE;
  if (!G_IS_SOCKET_CONNECTION (self->stream))
    return;

  socket = g_socket_connection_get_socket (G_SOCKET_CONNECTION (self->stream));
  if (g_socket_get_family (socket) != G_SOCKET_FAMILY_UNIX
      || recvmsg (g_socket_get_fd (socket), &message, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC)
           <= 0)
    return;

  header = CMSG_FIRSTHDR (&message);
  if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_CREDENTIALS)
    {
      struct ucred credentials;

      memcpy (&credentials, CMSG_DATA (header), sizeof credentials);
      self->peer_pid = credentials.pid;
      g_socket_set_option (socket, SOL_SOCKET, SO_PASSCRED, FALSE, NULL);
    }
}

/* Both kinds of reading end here. FALSE when there is nothing more to do now. */
static gboolean
take_read (QTransport *self, gssize n_read, GError *error)
{
  if (n_read > 0)
    return self->callbacks->received (self->user_data, n_read) && !self->closed;

  g_clear_pointer (&self->watch, q_watch_free);
  clear_source (&self->read_source);
  self->callbacks->ended (self->user_data, error);
  return FALSE;
}

static gboolean
take_readable (QTransport *transport)
{
  g_autoptr (QTransport) self = q_transport_ref (transport);

  /* An end is seen although the watch is paused; who holds the stream sees it, too. */
  if (self->held)
    return G_SOURCE_CONTINUE;
  if (!self->peer_asked)
    learn_peer (self);

  for (guint i = 0; i < READS_PER_TURN; i++)
    {
      GError *error = NULL;
      guint8 *buffer = self->callbacks->reserve (self->user_data, READ_SIZE);
      gssize n_read
        = g_pollable_input_stream_read_nonblocking (self->input, buffer, READ_SIZE, NULL, &error);

      if (n_read < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          g_error_free (error);
          return G_SOURCE_CONTINUE;
        }
      if (!take_read (self, n_read, error))
        return G_SOURCE_REMOVE;
      /* A short read has emptied the stream: asking again would only cost a system call. */
      if (n_read < READ_SIZE)
        return G_SOURCE_CONTINUE;
    }

  return G_SOURCE_CONTINUE;
}

static gboolean
readable_cb (GObject *stream, gpointer data)
{
  return take_readable (data);
}

static gboolean
watch_cb (gpointer data)
{
  return take_readable (data);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QTransport) self = data;
  GError *error = NULL;
  gssize n_read = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (self->closed)
    {
      g_clear_error (&error);
      g_io_stream_close_async (self->stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
      return;
    }

  if (n_read > 0)
    memcpy (self->callbacks->reserve (self->user_data, n_read), self->read_copy, n_read);
  if (take_read (self, n_read, error))
    read_next (self);
}

static void
read_next (QTransport *self)
{
  if (self->read_copy == NULL)
    self->read_copy = g_malloc (READ_SIZE);
  g_input_stream_read_async (g_io_stream_get_input_stream (self->stream), self->read_copy,
                             READ_SIZE, G_PRIORITY_DEFAULT, self->cancellable, read_cb,
                             q_transport_ref (self));
}

/* Only what is no more than a socket can be watched as one, and a time-out of the socket's is its
 * own source's matter. */
static QWatch *
create_watch (QTransport *self)
{
  GType type = G_OBJECT_TYPE (self->stream);
  GSocket *socket;

  if (type != G_TYPE_UNIX_CONNECTION && type != G_TYPE_TCP_CONNECTION)
    return NULL;

  socket = g_socket_connection_get_socket (G_SOCKET_CONNECTION (self->stream));
  if (g_socket_is_closed (socket) || g_socket_get_timeout (socket) != 0)
    return NULL;

  return q_watch_new (g_socket_get_fd (socket), watch_cb, self);
}

static void
watch_input (QTransport *self)
{
  self->watch = create_watch (self);
  if (self->watch != NULL)
    return;

  self->read_source = g_pollable_input_stream_create_source (self->input, NULL);
  g_source_set_callback (self->read_source, G_SOURCE_FUNC (readable_cb), self, NULL);
  g_source_set_static_name (self->read_source, "qmachine-read");
  g_source_attach (self->read_source, self->context);
}

QTransport *
q_transport_new (GIOStream *stream, const QTransportCallbacks *callbacks, gpointer user_data)
{
  QTransport *self = g_new0 (QTransport, 1);
  GInputStream *input = g_io_stream_get_input_stream (stream);
  GOutputStream *output = g_io_stream_get_output_stream (stream);

  g_atomic_ref_count_init (&self->ref_count);
  self->stream = g_object_ref (stream);
  self->context = g_main_context_ref_thread_default ();
  self->callbacks = callbacks;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();

  /* A message with a descriptor is sent by the socket itself, and would wait in there. */
  if (G_IS_SOCKET_CONNECTION (stream))
    g_socket_set_blocking (g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream)), FALSE);

  if (G_IS_POLLABLE_OUTPUT_STREAM (output)
      && g_pollable_output_stream_can_poll (G_POLLABLE_OUTPUT_STREAM (output)))
    self->output = G_POLLABLE_OUTPUT_STREAM (output);

  if (G_IS_POLLABLE_INPUT_STREAM (input)
      && g_pollable_input_stream_can_poll (G_POLLABLE_INPUT_STREAM (input)))
    {
      self->input = G_POLLABLE_INPUT_STREAM (input);
      watch_input (self);
    }
  else
    {
      read_next (self);
    }

  return self;
}

static GSocket *
get_unix_socket (QTransport *self)
{
  GSocket *socket;

  if (!G_IS_SOCKET_CONNECTION (self->stream))
    return NULL;

  socket = g_socket_connection_get_socket (G_SOCKET_CONNECTION (self->stream));
  return g_socket_get_family (socket) == G_SOCKET_FAMILY_UNIX ? socket : NULL;
}

gint64
q_transport_get_peer_pid (QTransport *self)
{
  return self->peer_pid;
}

gboolean
q_transport_can_pass_fds (QTransport *self)
{
  return get_unix_socket (self) != NULL;
}

gboolean
q_transport_is_socket (QTransport *self)
{
  return self->watch != NULL && self->output != NULL;
}

static gssize
write_with_fds (QTransport *self, const char *bytes, gsize length, GUnixFDList *fds, GError **error)
{
  g_autoptr (GSocketControlMessage) message = g_unix_fd_message_new_with_fd_list (fds);
  GOutputVector vector = { bytes, length };

  return g_socket_send_message (get_unix_socket (self), NULL, &vector, 1, &message, 1,
                                G_SOCKET_MSG_NONE, NULL, error);
}

static gboolean
writable_cb (GObject *stream, gpointer data)
{
  g_autoptr (QTransport) self = q_transport_ref (data);

  clear_source (&self->write_source);
  self->callbacks->writable (self->user_data);
  return G_SOURCE_REMOVE;
}

static void
write_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QTransport) self = data;
  GError *error = NULL;

  self->write_in_flight = FALSE;
  g_clear_pointer (&self->write_copy, g_free);
  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error);

  if (self->closed)
    g_clear_error (&error);
  else if (error != NULL)
    self->callbacks->ended (self->user_data, error);
  else
    self->callbacks->writable (self->user_data);
}

gssize
q_transport_write (QTransport *self, const char *bytes, gsize length, GUnixFDList *fds,
                   GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gssize n_written;

  if (self->output == NULL)
    {
      if (self->write_in_flight)
        return 0;

      self->write_in_flight = TRUE;
      self->write_copy = g_memdup2 (bytes, length);
      g_output_stream_write_all_async (g_io_stream_get_output_stream (self->stream),
                                       self->write_copy, length, G_PRIORITY_DEFAULT,
                                       self->cancellable, write_cb, q_transport_ref (self));
      return length;
    }

  if (self->write_source != NULL)
    return 0;

  if (fds != NULL)
    n_written = write_with_fds (self, bytes, length, fds, &local_error);
  else
    n_written = g_pollable_output_stream_write_nonblocking (self->output, bytes, length, NULL,
                                                            &local_error);
  if (n_written >= 0)
    return n_written;

  if (!g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return -1;
    }

  self->write_source = g_pollable_output_stream_create_source (self->output, NULL);
  g_source_set_callback (self->write_source, G_SOURCE_FUNC (writable_cb), self, NULL);
  g_source_set_static_name (self->write_source, "qmachine-write");
  g_source_attach (self->write_source, self->context);
  return 0;
}

int
q_transport_hold (QTransport *self)
{
  if (self->watch == NULL || self->held)
    return -1;

  self->held = TRUE;
  q_watch_set_paused (self->watch, TRUE);
  return g_socket_get_fd (g_socket_connection_get_socket (G_SOCKET_CONNECTION (self->stream)));
}

gssize
q_transport_read_held (QTransport *self)
{
  guint8 *buffer = self->callbacks->reserve (self->user_data, READ_SIZE);
  g_autoptr (GError) error = NULL;
  gssize n_read
    = g_pollable_input_stream_read_nonblocking (self->input, buffer, READ_SIZE, NULL, &error);

  if (n_read > 0)
    return n_read;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return 0;

  /* The system tells an error once only. */
  self->end_kept = TRUE;
  self->kept_error = g_steal_pointer (&error);
  return -1;
}

gboolean
q_transport_release (QTransport *self)
{
  if (self->end_kept)
    return FALSE;

  self->held = FALSE;
  q_watch_set_paused (self->watch, FALSE);
  return TRUE;
}

void
q_transport_resume (QTransport *self)
{
  gboolean ended = self->end_kept;

  if (!self->held)
    return;

  self->end_kept = FALSE;
  q_transport_release (self);
  if (ended)
    take_read (self, -1, g_steal_pointer (&self->kept_error));
}

void
q_transport_close (QTransport *self)
{
  self->closed = TRUE;
  g_clear_pointer (&self->watch, q_watch_free);
  clear_source (&self->read_source);
  clear_source (&self->write_source);
  g_cancellable_cancel (self->cancellable);

  /* A stream with a read in flight refuses to close: then read_cb () does it. Only a plain socket
   * is sure to close at once. */
  if (G_IS_SOCKET_CONNECTION (self->stream))
    g_io_stream_close (self->stream, NULL, NULL);
  else if (self->input != NULL)
    g_io_stream_close_async (self->stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);

  q_transport_unref (self);
}
