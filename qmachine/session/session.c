/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "io/io-thread-private.h"
#include "session-fields-private.h"
#include "wire/greeting-private.h"
#include "wire/wire-error-private.h"

/* The life of a session: opening, negotiating, ending. */

#define FIRST_RETRY_MS 10
#define LAST_RETRY_MS 200

/* The oldest that the library was made for: it takes an inherited listener, and offers out-of-band
 * commands. */
#define OLDEST_MAJOR 2
#define OLDEST_MINOR 12

static void
finish_opening (QSession *self, const GError *error)
{
  QSessionOpenedFunc opened = g_steal_pointer (&self->opened);

  if (opened != NULL)
    opened (error, self->opened_data);
}

/* The end of the session, whoever wanted it; runs once for each open. `error` is of the public
 * domains, NULL for an end that was wanted. */
static void
end_session (QSession *self, const GError *error)
{
  g_autoptr (GError) default_error
    = g_error_new_literal (Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED, "the monitor was closed");
  QMonitorState old_state = q_session_change_state (self, Q_MONITOR_STATE_CLOSED);
  QChannel *channel = g_steal_pointer (&self->channel);
  const QSessionObserver *observer = self->observer;

  q_dispatcher_flush (self->dispatcher);
  if (old_state == Q_MONITOR_STATE_CLOSED)
    return;

  /* What is told below may drop everything that holds us. */
  q_session_ref (self);
  g_cancellable_cancel (self->connect_cancellable);
  g_clear_object (&self->connect_cancellable);
  if (self->reader != NULL)
    q_operation_wake (g_steal_pointer (&self->reader));
  q_session_end_lending (self);

  if (channel != NULL)
    {
      /* The commands get the cause in the words of the wire; see q_session_take_reply (). */
      g_autoptr (GError) wire_error = g_error_new_literal (
        Q_WIRE_ERROR, Q_WIRE_ERROR_CLOSED, error != NULL ? error->message : default_error->message);

      q_channel_close (channel, wire_error);
      q_channel_free (channel);
      q_session_unref (self);
    }
  g_clear_error (&self->end_reason);
  self->end_reason = error != NULL ? g_error_copy (error) : NULL;
  if (!self->open_expected)
    {
      q_session_fail_waiters (self);
      q_session_end_queues (self);
    }
  finish_opening (self, error != NULL ? error : default_error);

  if (observer != NULL)
    observer->ended (self->observer_data);
  q_session_post_changed (self);
  if (old_state == Q_MONITOR_STATE_RUNNING)
    q_session_post_closed (self, error);
  q_session_unref (self);
}

void
q_session_expect_open (QSession *self)
{
  self->open_expected = TRUE;
}

void
q_session_give_up_open (QSession *self)
{
  if (!self->open_expected)
    return;

  self->open_expected = FALSE;
  if (q_session_get_state (self) == Q_MONITOR_STATE_CLOSED)
    {
      q_session_fail_waiters (self);
      q_session_end_queues (self);
    }
}

void
q_session_redirect_opened (QSession *self, QSessionOpenedFunc func, gpointer user_data)
{
  self->opened = func;
  self->opened_data = user_data;
}

void
q_session_close (QSession *self, const GError *reason)
{
  end_session (self, reason);
}

void
q_session_close_on_request (QSession *self)
{
  self->n_closes++;
  end_session (self, NULL);
}

guint
q_session_get_n_closes (QSession *self)
{
  return self->n_closes;
}

static void
channel_closed_cb (const GError *wire_error, gpointer data)
{
  QSession *self = data;
  g_autoptr (GError) error = NULL;

  if (g_error_matches (wire_error, Q_WIRE_ERROR, Q_WIRE_ERROR_CLOSED) && self->end_expected)
    {
      self->peer_has_left = TRUE;
      end_session (self, NULL);
      return;
    }

  error = q_session_error_from_wire (wire_error, NULL);
  end_session (self, error);
}

/* -- opening -- */

static void
negotiated_cb (const char *value, const GError *error, gpointer data)
{
  QSession *self = data;

  if (error != NULL)
    {
      g_autoptr (GError) refusal = NULL;

      /* A session that broke has its own reason on the way. */
      if (error->domain == Q_COMMAND_ERROR)
        {
          refusal = g_error_new (Q_MONITOR_ERROR, Q_MONITOR_ERROR_NEGOTIATION,
                                 "the peer refused the capabilities: %s", error->message);
          end_session (self, refusal);
        }
      return;
    }

  if (self->out_of_band)
    q_channel_enable_out_of_band (self->channel);
  self->open_expected = FALSE;
  q_session_set_state (self, Q_MONITOR_STATE_RUNNING);
  finish_opening (self, NULL);
}

/* A peer that does not say how old it is may be no QEMU at all. */
static gboolean
is_too_old (const char *version)
{
  char *rest;
  gint64 major;
  gint64 minor;

  if (version == NULL)
    return FALSE;

  major = g_ascii_strtoll (version, &rest, 10);
  minor = *rest == '.' ? g_ascii_strtoll (rest + 1, NULL, 10) : 0;
  return major < OLDEST_MAJOR || (major == OLDEST_MAJOR && minor < OLDEST_MINOR);
}

static gboolean
take_greeting (QSession *self, const QMessage *message, GError **error)
{
  g_autofree char *greeting = q_message_dup_member (message, Q_MEMBER_QMP);
  g_auto (GStrv) capabilities = NULL;
  g_autofree char *version = NULL;

  if (self->greeted)
    {
      g_set_error_literal (error, Q_WIRE_ERROR, Q_WIRE_ERROR_PROTOCOL,
                           "the peer sent a second greeting");
      return FALSE;
    }
  self->greeted = TRUE;
  self->peer_pid = q_channel_get_peer_pid (self->channel);

  q_message_get_greeting (message, &version, &capabilities);
  if (is_too_old (version))
    {
      g_autoptr (GError) refusal
        = g_error_new (Q_MONITOR_ERROR, Q_MONITOR_ERROR_NEGOTIATION,
                       "the peer is QEMU %s: this library needs QEMU %d.%d or later", version,
                       OLDEST_MAJOR, OLDEST_MINOR);

      end_session (self, refusal);
      return TRUE;
    }
  if (self->out_of_band && !g_strv_contains ((const char *const *)capabilities, "oob"))
    {
      g_autoptr (GError) refusal
        = g_error_new_literal (Q_MONITOR_ERROR, Q_MONITOR_ERROR_NEGOTIATION,
                               "the peer does not offer out-of-band commands");

      end_session (self, refusal);
      return TRUE;
    }

  g_mutex_lock (&self->lock);
  self->greeting = g_steal_pointer (&greeting);
  self->version = g_steal_pointer (&version);
  self->capabilities = g_steal_pointer (&capabilities);
  g_mutex_unlock (&self->lock);

  q_session_ask_raw (self, "qmp_capabilities", self->out_of_band ? "{\"enable\":[\"oob\"]}" : NULL,
                     negotiated_cb, self);
  return TRUE;
}

static gboolean
message_cb (const QMessage *message, gpointer data, GError **error)
{
  QSession *self = data;

  /* Events come in any phase: QEMU sends them before the greeting on a reconnection. */
  if (message->kind == Q_MESSAGE_EVENT)
    {
      q_session_take_event (self, message);
      return TRUE;
    }

  return take_greeting (self, message, error);
}

static void
settled_cb (gpointer data)
{
  QSession *self = data;

  q_dispatcher_flush (self->dispatcher);
}

static const QChannelCallbacks channel_callbacks = {
  .message = message_cb,
  .settled = settled_cb,
  .closed = channel_closed_cb,
};

static gboolean
begin_open (QSession *self, QMonitorState state, QSessionOpenedFunc func, gpointer user_data)
{
  QSessionSettings settings;

  if (q_session_get_state (self) != Q_MONITOR_STATE_CLOSED)
    {
      g_autoptr (GError) error = g_error_new_literal (Q_MONITOR_ERROR, Q_MONITOR_ERROR_BUSY,
                                                      "the monitor is attached already");

      func (error, user_data);
      return FALSE;
    }

  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->greeting, g_free);
  g_clear_pointer (&self->version, g_free);
  g_clear_pointer (&self->capabilities, g_strfreev);
  self->n_signals_dropped = 0;
  g_mutex_unlock (&self->lock);
  q_event_backlog_reset (self->backlog);

  g_clear_error (&self->end_reason);
  self->generation++;
  self->greeted = FALSE;
  self->end_expected = FALSE;
  self->peer_has_left = FALSE;
  q_session_get_settings (self, &settings);
  self->out_of_band = settings.out_of_band;
  self->opened = func;
  self->opened_data = user_data;
  q_session_set_state (self, state);
  q_session_begin_queues (self);

  return TRUE;
}

static void
open_channel (QSession *self, GIOStream *stream)
{
  QSessionSettings settings;

  q_session_get_settings (self, &settings);
  q_session_ref (self);
  self->channel = q_channel_new (stream, settings.max_message_size, &channel_callbacks, self);
  q_channel_set_transcript (self->channel, self->transcript);
}

void
q_session_open (QSession *self, GIOStream *stream, QSessionOpenedFunc func, gpointer user_data)
{
  if (begin_open (self, Q_MONITOR_STATE_NEGOTIATING, func, user_data))
    open_channel (self, stream);
}

void
q_session_open_through_programs (QSession *self, GIOStream *stream, QFramerPreludeFunc prelude,
                                 QSessionOpenedFunc func, gpointer user_data)
{
  if (!begin_open (self, Q_MONITOR_STATE_NEGOTIATING, func, user_data))
    return;

  open_channel (self, stream);
  q_channel_expect_prelude (self->channel, prelude, user_data);
}

gboolean
q_session_is_not_there_yet (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED)
         /* A Unix socket whose backlog is full: somebody is being served. */
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)
         || g_error_matches (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
}

guint
q_session_get_retry_delay (guint n_tries)
{
  return MIN (FIRST_RETRY_MS << MIN (n_tries, 8), LAST_RETRY_MS);
}

GSocketClient *
q_session_make_client (void)
{
  GSocketClient *client = g_socket_client_new ();

  /* A monitor is asked for by its address; a proxy would be somebody else's. */
  g_socket_client_set_enable_proxy (client, FALSE);
  return client;
}

typedef struct
{
  QSession *session; /* owned */
  guint generation;
} Connecting;

static void
connected_cb (GObject *client, GAsyncResult *result, gpointer data)
{
  g_autofree Connecting *connecting = data;
  g_autoptr (QSession) self = connecting->session;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection
    = g_socket_client_connect_finish (G_SOCKET_CLIENT (client), result, &error);

  if (self->generation != connecting->generation
      || q_session_get_state (self) != Q_MONITOR_STATE_CONNECTING)
    return;

  g_clear_object (&self->connect_cancellable);
  if (connection == NULL)
    {
      end_session (self, error);
      return;
    }

  q_session_set_state (self, Q_MONITOR_STATE_NEGOTIATING);
  open_channel (self, G_IO_STREAM (connection));
}

void
q_session_connect (QSession *self, GSocketAddress *address, QSessionOpenedFunc func,
                   gpointer user_data)
{
  g_autoptr (GSocketClient) client = q_session_make_client ();
  Connecting *connecting;

  if (!begin_open (self, Q_MONITOR_STATE_CONNECTING, func, user_data))
    return;

  self->connect_cancellable = g_cancellable_new ();
  connecting = g_new0 (Connecting, 1);
  connecting->session = q_session_ref (self);
  connecting->generation = self->generation;
  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (address), self->connect_cancellable,
                                 connected_cb, connecting);
}
