/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session-fields-private.h"

#include "wire/wire-error-private.h"

/* What a session is and what can be known of it, from any thread; and what it tells upwards. */

/* How many ends of sessions wait to be told; see also q_session_post_changed (). */
#define MAX_CLOSED_POSTED 64

QSession *
q_session_new (QDispatcher *dispatcher, const QSessionSignals *signals)
{
  QSession *self = g_new0 (QSession, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->dispatcher = q_dispatcher_ref (dispatcher);
  self->signals = signals;
  self->changes = q_changes_new (dispatcher, self);
  g_weak_ref_init (&self->target, NULL);
  g_weak_ref_init (&self->relay_target, NULL);
  self->backlog = q_event_backlog_new ();
  g_mutex_init (&self->lock);
  g_queue_init (&self->waiters);
  self->queues = q_event_queues_new ();
  self->settings = (QSessionSettings){
    .max_message_size = Q_SESSION_MAX_MESSAGE_SIZE,
    .event_backlog = Q_SESSION_EVENT_BACKLOG,
    .command_timeout = -1,
    .attach_timeout = Q_SESSION_ATTACH_TIMEOUT,
  };

  return self;
}

QSession *
q_session_ref (QSession *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
q_session_unref (QSession *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  /* An open channel holds a reference, so there is none. */
  g_assert (self->channel == NULL);

  g_clear_pointer (&self->dispatcher, q_dispatcher_unref);
  g_clear_pointer (&self->changes, q_changes_unref);
  g_weak_ref_clear (&self->target);
  g_weak_ref_clear (&self->relay_target);
  g_clear_pointer (&self->backlog, q_event_backlog_free);
  g_clear_pointer (&self->queues, g_ptr_array_unref);
  g_clear_pointer (&self->transcript, q_transcript_free);
  g_mutex_clear (&self->lock);
  g_clear_error (&self->end_reason);
  g_clear_error (&self->owner_reason);
  g_free (self->greeting);
  g_free (self->version);
  g_strfreev (self->capabilities);
  g_free (self);
}

void
q_session_set_target (QSession *self, GObject *target)
{
  g_weak_ref_set (&self->target, target);
  q_changes_set_target (self->changes, target, self->signals->changed);
}

void
q_session_get_settings (QSession *self, QSessionSettings *settings)
{
  g_mutex_lock (&self->lock);
  *settings = self->settings;
  g_mutex_unlock (&self->lock);
}

QSessionSettings *
q_session_lock_settings (QSession *self)
{
  g_mutex_lock (&self->lock);
  return &self->settings;
}

void
q_session_unlock_settings (QSession *self)
{
  g_mutex_unlock (&self->lock);
}

void
q_session_set_command_timeout (QSession *self, int milliseconds)
{
  g_mutex_lock (&self->lock);
  self->settings.command_timeout = milliseconds;
  g_mutex_unlock (&self->lock);
}

QMonitorState
q_session_get_state (QSession *self)
{
  QMonitorState state;

  g_mutex_lock (&self->lock);
  state = self->state;
  g_mutex_unlock (&self->lock);

  return state;
}

char *
q_session_dup_greeting (QSession *self)
{
  char *greeting;

  g_mutex_lock (&self->lock);
  greeting = g_strdup (self->greeting);
  g_mutex_unlock (&self->lock);

  return greeting;
}

char *
q_session_dup_version (QSession *self)
{
  char *version;

  g_mutex_lock (&self->lock);
  version = g_strdup (self->version);
  g_mutex_unlock (&self->lock);

  return version;
}

char **
q_session_dup_capabilities (QSession *self)
{
  GStrv capabilities;

  g_mutex_lock (&self->lock);
  capabilities = g_strdupv (self->capabilities);
  g_mutex_unlock (&self->lock);

  return capabilities;
}

guint64
q_session_get_events_dropped (QSession *self)
{
  return q_event_backlog_get_n_dropped (self->backlog);
}

guint64
q_session_get_signals_dropped (QSession *self)
{
  guint64 n_dropped;

  g_mutex_lock (&self->lock);
  n_dropped = self->n_signals_dropped;
  g_mutex_unlock (&self->lock);

  return n_dropped;
}

QEventRecord *
q_session_pop_event (QSession *self)
{
  return q_event_backlog_pop (self->backlog);
}

void
q_session_set_observer (QSession *self, const QSessionObserver *observer, gpointer user_data)
{
  self->observer = observer;
  self->observer_data = user_data;
}

void
q_session_unobserve (QSession *self)
{
  self->observer = NULL;
  if (self->channel != NULL)
    q_channel_set_transcript (self->channel, NULL);
  g_clear_pointer (&self->transcript, q_transcript_free);
}

void
q_session_take_transcript (QSession *self, QTranscript *transcript)
{
  self->transcript = transcript;
}

void
q_session_set_relay (QSession *self, GObject *target, QSessionEventFunc relay)
{
  g_weak_ref_set (&self->relay_target, target);
  self->relay = relay;
}

gboolean
q_session_is_observed (QSession *self)
{
  return self->observer != NULL;
}

gboolean
q_session_is_relayed (QSession *self)
{
  return self->relay != NULL;
}

gint64
q_session_get_peer_pid (QSession *self)
{
  return self->peer_pid;
}

void
q_session_expect_end (QSession *self)
{
  self->end_expected = TRUE;
}

gboolean
q_session_has_peer_left (QSession *self)
{
  return self->peer_has_left;
}

/* -- told upwards -- */

typedef struct
{
  QSession *session;
  GError *error;
} Closed;

static void
closed_free (gpointer data)
{
  Closed *closed = data;

  q_session_unref (closed->session);
  g_clear_error (&closed->error);
  g_free (closed);
}

static void
deliver_closed (gpointer data)
{
  Closed *closed = data;
  g_autoptr (GObject) target = g_weak_ref_get (&closed->session->target);

  g_mutex_lock (&closed->session->lock);
  closed->session->n_closed_posted--;
  g_mutex_unlock (&closed->session->lock);

  if (target != NULL)
    closed->session->signals->closed (target, closed->error);
  closed_free (closed);
}

void
q_session_post_changed (QSession *self)
{
  q_changes_post (self->changes, 1);
}

void
q_session_post_closed (QSession *self, const GError *error)
{
  Closed *closed;
  gboolean too_many;

  g_mutex_lock (&self->lock);
  too_many = self->n_closed_posted >= MAX_CLOSED_POSTED;
  if (!too_many)
    self->n_closed_posted++;
  g_mutex_unlock (&self->lock);
  if (too_many)
    return;

  closed = g_new0 (Closed, 1);
  closed->session = q_session_ref (self);
  closed->error = error != NULL ? g_error_copy (error) : NULL;
  q_dispatcher_post (self->dispatcher, deliver_closed, closed, closed_free, self);
}

/* Returns the state that was. */
QMonitorState
q_session_change_state (QSession *self, QMonitorState state)
{
  QMonitorState old_state;

  g_mutex_lock (&self->lock);
  old_state = self->state;
  self->state = state;
  g_mutex_unlock (&self->lock);

  return old_state;
}

void
q_session_set_state (QSession *self, QMonitorState state)
{
  if (q_session_change_state (self, state) != state)
    q_session_post_changed (self);
}

/* -- errors -- */

GError *
q_session_error_from_wire (const GError *error, const char *prefix)
{
  QMonitorError code = Q_MONITOR_ERROR_CLOSED;

  if (error->domain != Q_WIRE_ERROR)
    return g_error_copy (error);

  switch ((QWireError)error->code)
    {
    case Q_WIRE_ERROR_PROTOCOL:
      code = Q_MONITOR_ERROR_PROTOCOL;
      break;
    case Q_WIRE_ERROR_TOO_LARGE:
      code = Q_MONITOR_ERROR_TOO_LARGE;
      break;
    case Q_WIRE_ERROR_BUSY:
      code = Q_MONITOR_ERROR_BUSY;
      break;
    case Q_WIRE_ERROR_INVALID:
      code = Q_MONITOR_ERROR_INVALID_COMMAND;
      break;
    case Q_WIRE_ERROR_CLOSED:
    default:
      break;
    }

  if (prefix == NULL)
    return g_error_new_literal (Q_MONITOR_ERROR, code, error->message);
  return g_error_new (Q_MONITOR_ERROR, code, "%s: %s", prefix, error->message);
}

void
q_session_fail_call (QOperation *operation, GError *error)
{
  QSessionCall *call = q_operation_get_data (operation);

  if (call->failed != NULL)
    call->failed (operation, error, call->user_data);
  else
    q_operation_return_error (operation, error);
}
