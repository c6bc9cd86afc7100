/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "mock-player.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#define DEFAULT_TIMEOUT 10000 /* long for a busy machine, short enough to watch a test fail */

/* A second client may knock before the script accepts it. */
#define BACKLOG 8

/**
 * QMockPeer:
 *
 * Plays one side of a QMP conversation from a script.
 *
 * The script runs in a thread of its own, so a test may make blocking calls in the thread that
 * owns the peer. All methods are for that thread. A peer plays its script once.
 *
 * ```c
 * g_autoptr (QMockPeer) peer = qmock_peer_new ("negotiate\nexpect stop\nreply\nexpect-eof\n");
 *
 * qmock_peer_start (peer, &error);
 * // talk to qmock_peer_get_address (peer), then hang up
 * qmock_peer_finish (peer, &error);
 * ```
 *
 * The steps are described in `qmock.h`.
 */
struct _QMockPeer
{
  GObject parent_instance;

  char *script;
  guint timeout;

  MockPlayer *player; /* NULL until it is started */
  GThread *thread;    /* joined by finish or dispose, always before the player is freed */
  char *dir;          /* private, with the socket in it; or NULL for a stream */
  char *path;
  GSocketAddress *address;

  gboolean finished;
  GError *failure; /* what finish reports, each time it is asked */

  GMutex mutex; /* guards what the thread tells at its end */
  GCond cond;
  gboolean ended;
};

G_DEFINE_FINAL_TYPE (QMockPeer, qmock_peer, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_SCRIPT,
  PROP_TIMEOUT,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
remove_files (QMockPeer *self)
{
  if (self->path != NULL)
    g_unlink (self->path);
  if (self->dir != NULL)
    g_rmdir (self->dir);
  g_clear_pointer (&self->dir, g_free);
}

static void
join (QMockPeer *self)
{
  if (self->thread != NULL)
    g_thread_join (g_steal_pointer (&self->thread));
  remove_files (self);
}

static gpointer
play_in_thread (gpointer data)
{
  QMockPeer *self = data;

  /* When the script fails, hanging up frees a client that waits for the rest of it. */
  if (mock_player_play (self->player, &self->failure))
    mock_player_linger (self->player);
  mock_player_hang_up (self->player);

  g_mutex_lock (&self->mutex);
  self->ended = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
  return NULL;
}

static void
qmock_peer_dispose (GObject *object)
{
  QMockPeer *self = QMOCK_PEER (object);

  if (self->thread != NULL)
    mock_player_abort (self->player);
  join (self);

  G_OBJECT_CLASS (qmock_peer_parent_class)->dispose (object);
}

static void
qmock_peer_finalize (GObject *object)
{
  QMockPeer *self = QMOCK_PEER (object);

  g_clear_pointer (&self->player, mock_player_free);
  g_clear_object (&self->address);
  g_clear_error (&self->failure);
  g_free (self->path);
  g_free (self->script);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->mutex);

  G_OBJECT_CLASS (qmock_peer_parent_class)->finalize (object);
}

static void
qmock_peer_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QMockPeer *self = QMOCK_PEER (object);

  switch (prop_id)
    {
    case PROP_SCRIPT:
      g_value_set_string (value, self->script);
      break;
    case PROP_TIMEOUT:
      g_value_set_uint (value, self->timeout);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qmock_peer_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QMockPeer *self = QMOCK_PEER (object);

  switch (prop_id)
    {
    case PROP_SCRIPT:
      self->script = g_value_dup_string (value);
      break;
    case PROP_TIMEOUT:
      qmock_peer_set_timeout (self, g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qmock_peer_class_init (QMockPeerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qmock_peer_dispose;
  object_class->finalize = qmock_peer_finalize;
  object_class->get_property = qmock_peer_get_property;
  object_class->set_property = qmock_peer_set_property;

  /**
   * QMockPeer:script:
   *
   * What to play.
   */
  properties[PROP_SCRIPT] = g_param_spec_string (
    "script", NULL, NULL, "", G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * QMockPeer:timeout:
   *
   * How long a step, or [method@Peer.finish], may wait, in milliseconds.
   */
  properties[PROP_TIMEOUT] = g_param_spec_uint (
    "timeout", NULL, NULL, 1, G_MAXINT, DEFAULT_TIMEOUT,
    G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
qmock_peer_init (QMockPeer *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
}

/**
 * qmock_peer_new:
 * @script: what to play
 *
 * Creates a peer, which does nothing until it is started.
 *
 * Returns: (transfer full): a new peer
 */
QMockPeer *
qmock_peer_new (const char *script)
{
  g_return_val_if_fail (script != NULL, NULL);

  return g_object_new (QMOCK_TYPE_PEER, "script", script, NULL);
}

/**
 * qmock_peer_get_timeout: (get-property timeout)
 * @self: a peer
 *
 * Gets how long a step may wait.
 *
 * Returns: milliseconds
 */
guint
qmock_peer_get_timeout (QMockPeer *self)
{
  g_return_val_if_fail (QMOCK_IS_PEER (self), 0);

  return self->timeout;
}

/**
 * qmock_peer_set_timeout: (set-property timeout)
 * @self: a peer
 * @timeout: milliseconds
 *
 * Sets how long a step may wait. Takes effect when the peer is started.
 */
void
qmock_peer_set_timeout (QMockPeer *self, guint timeout)
{
  g_return_if_fail (QMOCK_IS_PEER (self));

  if (self->timeout == timeout)
    return;

  self->timeout = timeout;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TIMEOUT]);
}

/* Makes the player, ready to be given its socket. */
static gboolean
prepare (QMockPeer *self, GError **error)
{
  g_autoptr (GPtrArray) steps = NULL;

  if (self->player != NULL)
    {
      g_set_error_literal (error, QMOCK_ERROR, QMOCK_ERROR_USAGE, "The peer was started before");
      return FALSE;
    }

  steps = mock_script_parse (self->script, MOCK_SCRIPT_PEER, error);
  if (steps == NULL)
    return FALSE;

  self->player = mock_player_new (steps, self->timeout, error);
  return self->player != NULL;
}

static gboolean
run (QMockPeer *self, GError **error)
{
  self->thread = g_thread_try_new ("qmock-peer", play_in_thread, self, error);
  if (self->thread != NULL)
    return TRUE;

  g_clear_pointer (&self->player, mock_player_free);
  remove_files (self);
  return FALSE;
}

static gboolean
set_error_from_errno (GError **error, const char *what)
{
  int saved_errno = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), "%s: %s", what,
               g_strerror (saved_errno));
  return FALSE;
}

/* A directory whose name leaves room for the socket's in a sockaddr. */
static char *
make_dir (GError **error)
{
  g_autofree char *template = g_build_filename (g_get_tmp_dir (), "qmock-XXXXXX", NULL);

  if (strlen (template) + strlen ("/qmp") >= sizeof ((struct sockaddr_un *)NULL)->sun_path)
    {
      g_free (template);
      template = g_strdup ("/tmp/qmock-XXXXXX");
    }

  if (g_mkdtemp (template) == NULL)
    {
      set_error_from_errno (error, template);
      return NULL;
    }

  return g_steal_pointer (&template);
}

static int
listen_at (const char *path, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (fd < 0 || bind (fd, (struct sockaddr *)&address, sizeof address) < 0
      || listen (fd, BACKLOG) < 0)
    {
      set_error_from_errno (error, path);
      if (fd >= 0)
        close (fd);
      return -1;
    }

  return fd;
}

/**
 * qmock_peer_start:
 * @self: a peer
 * @error: return location for an error
 *
 * Listens on a private Unix socket and begins to play.
 *
 * Returns: whether it plays
 */
gboolean
qmock_peer_start (QMockPeer *self, GError **error)
{
  int fd;

  g_return_val_if_fail (QMOCK_IS_PEER (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!prepare (self, error))
    return FALSE;

  self->dir = make_dir (error);
  if (self->dir == NULL)
    {
      g_clear_pointer (&self->player, mock_player_free);
      return FALSE;
    }

  self->path = g_build_filename (self->dir, "qmp", NULL);
  fd = listen_at (self->path, error);
  if (fd < 0)
    {
      g_clear_pointer (&self->player, mock_player_free);
      remove_files (self);
      return FALSE;
    }

  self->address = g_unix_socket_address_new (self->path);
  mock_player_take_listener (self->player, fd);
  return run (self, error);
}

/**
 * qmock_peer_start_stream:
 * @self: a peer
 * @error: return location for an error
 *
 * Begins to play on one end of a socket pair.
 *
 * Returns: (transfer full): the client's end
 */
GIOStream *
qmock_peer_start_stream (QMockPeer *self, GError **error)
{
  g_autoptr (GSocket) socket = NULL;
  int fds[2];

  g_return_val_if_fail (QMOCK_IS_PEER (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!prepare (self, error))
    return NULL;

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
    {
      set_error_from_errno (error, "socketpair");
      g_clear_pointer (&self->player, mock_player_free);
      return NULL;
    }

  mock_player_take_connection (self->player, fds[0]);
  socket = g_socket_new_from_fd (fds[1], error);
  if (socket == NULL)
    {
      close (fds[1]);
      g_clear_pointer (&self->player, mock_player_free);
      return NULL;
    }

  if (!run (self, error))
    return NULL;

  return G_IO_STREAM (g_socket_connection_factory_create_connection (socket));
}

/**
 * qmock_peer_get_address:
 * @self: a peer
 *
 * Gets where a peer that was started listens.
 *
 * Returns: (transfer none) (nullable): the address
 */
GSocketAddress *
qmock_peer_get_address (QMockPeer *self)
{
  g_return_val_if_fail (QMOCK_IS_PEER (self), NULL);

  return self->address;
}

/**
 * qmock_peer_get_path:
 * @self: a peer
 *
 * Gets the file name of the socket where a peer that was started listens.
 *
 * Returns: (transfer none) (nullable) (type filename): the file name
 */
const char *
qmock_peer_get_path (QMockPeer *self)
{
  g_return_val_if_fail (QMOCK_IS_PEER (self), NULL);

  return self->path;
}

/**
 * qmock_peer_signal:
 * @self: a peer
 * @name: which signal
 *
 * Lets one `wait-signal` step go on, now or when it is reached.
 */
void
qmock_peer_signal (QMockPeer *self, const char *name)
{
  g_return_if_fail (QMOCK_IS_PEER (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (self->player != NULL);

  mock_player_signal (self->player, name);
}

/**
 * qmock_peer_wait_mark:
 * @self: a peer
 * @name: which mark
 * @error: return location for an error
 *
 * Waits until the script has passed a `mark` step.
 *
 * Returns: whether it has; otherwise the script ended or took too long
 */
gboolean
qmock_peer_wait_mark (QMockPeer *self, const char *name, GError **error)
{
  g_return_val_if_fail (QMOCK_IS_PEER (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);
  g_return_val_if_fail (self->player != NULL, FALSE);

  return mock_player_wait_mark (self->player, name, self->timeout, error);
}

/* Gives the thread time to play to the end, then no more. */
static void
finish_thread (QMockPeer *self)
{
  gint64 until = g_get_monotonic_time () + (gint64)self->timeout * 1000;

  mock_player_ask_finish (self->player);

  g_mutex_lock (&self->mutex);
  while (!self->ended)
    {
      if (!g_cond_wait_until (&self->cond, &self->mutex, until))
        break;
    }
  g_mutex_unlock (&self->mutex);

  mock_player_abort (self->player);
  join (self);
}

/**
 * qmock_peer_finish:
 * @self: a peer
 * @error: return location for an error
 *
 * Ends the play: hangs up, joins the thread and removes the socket.
 *
 * What the client has sent is still played to. The steps `stall` and `serve` end; a
 * `wait-signal` or an `accept` that still waits fails; any other step gets its time.
 *
 * Returns: whether everything went as the script says; otherwise the error names the line, what
 *   was expected, and what came
 */
gboolean
qmock_peer_finish (QMockPeer *self, GError **error)
{
  g_return_val_if_fail (QMOCK_IS_PEER (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (self->player == NULL)
    {
      g_set_error_literal (error, QMOCK_ERROR, QMOCK_ERROR_USAGE, "The peer was never started");
      return FALSE;
    }

  if (!self->finished)
    {
      finish_thread (self);
      self->finished = TRUE;
    }

  if (self->failure != NULL)
    {
      g_propagate_error (error, g_error_copy (self->failure));
      return FALSE;
    }

  return TRUE;
}

/**
 * qmock_peer_dup_received_bytes:
 * @self: a peer
 *
 * Gets everything received until now, from all clients.
 *
 * Returns: (transfer full): the bytes
 */
GBytes *
qmock_peer_dup_received_bytes (QMockPeer *self)
{
  g_return_val_if_fail (QMOCK_IS_PEER (self), NULL);

  if (self->player == NULL)
    return g_bytes_new (NULL, 0);

  return mock_link_dup_received (mock_player_get_link (self->player));
}

/**
 * qmock_peer_dup_received:
 * @self: a peer
 *
 * Gets everything received until now, from all clients, as text.
 *
 * A NUL, and a byte that is not UTF-8, is written `\xHH`.
 *
 * Returns: (transfer full): the text
 */
char *
qmock_peer_dup_received (QMockPeer *self)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GString) text = NULL;
  const char *data;
  const char *bad;
  gsize left;

  g_return_val_if_fail (QMOCK_IS_PEER (self), NULL);

  bytes = qmock_peer_dup_received_bytes (self);
  data = g_bytes_get_data (bytes, &left);
  text = g_string_sized_new (left + 1);

  while (left > 0)
    {
      gsize good;

      g_utf8_validate_len (data, left, &bad);
      good = (gsize)(bad - data);
      g_string_append_len (text, data, (gssize)good);
      if (good < left)
        g_string_append_printf (text, "\\x%02x", (guint)(guchar)data[good++]);
      data += good;
      left -= good;
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * qmock_peer_get_n_fds:
 * @self: a peer
 *
 * Gets how many descriptors were received until now.
 *
 * Returns: their number, with those that were stolen
 */
guint
qmock_peer_get_n_fds (QMockPeer *self)
{
  g_return_val_if_fail (QMOCK_IS_PEER (self), 0);

  return self->player != NULL ? mock_link_get_n_fds (mock_player_get_link (self->player)) : 0;
}

/**
 * qmock_peer_steal_fd:
 * @self: a peer
 * @index: which one, in the order of arrival, from 0
 * @offset: (out) (optional): return location for the offset, in everything received, of the byte
 *   that it came with
 *
 * Takes over a descriptor that was received. The caller closes it.
 *
 * Returns: the descriptor, or -1 when there is none with this index, or it was stolen before
 */
int
qmock_peer_steal_fd (QMockPeer *self, guint index, guint64 *offset)
{
  if (offset != NULL)
    *offset = 0;

  g_return_val_if_fail (QMOCK_IS_PEER (self), -1);

  if (self->player == NULL)
    return -1;

  return mock_link_steal_fd (mock_player_get_link (self->player), index, offset);
}
