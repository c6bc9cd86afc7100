/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent-fields-private.h"

/* What an agent is and what can be known of it, from any thread; and what it tells upwards. */

/* How many ends wait to be told. */
#define MAX_CLOSED_POSTED 64

QAgent *
q_agent_new (QDispatcher *dispatcher, const QAgentSignals *signals, GObject *target)
{
  QAgent *self = g_new0 (QAgent, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->dispatcher = q_dispatcher_ref (dispatcher);
  self->signals = signals;
  self->changes = q_changes_new (dispatcher, self);
  q_changes_set_target (self->changes, target, signals->changed);
  g_weak_ref_init (&self->target, target);
  g_mutex_init (&self->lock);
  g_queue_init (&self->commands);
  g_queue_init (&self->waiters);
  g_queue_init (&self->thaw_waiters);
  g_queue_init (&self->leftovers);
  g_queue_init (&self->closers);
  self->settings = (QAgentSettings){
    .command_timeout = Q_AGENT_COMMAND_TIMEOUT,
    .attach_timeout = Q_AGENT_ATTACH_TIMEOUT,
    .max_message_size = Q_AGENT_MAX_MESSAGE_SIZE,
    .max_file_size = Q_AGENT_MAX_FILE_SIZE,
  };

  return self;
}

QAgent *
q_agent_ref (QAgent *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
q_agent_unref (QAgent *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  /* One that is attached holds a reference, so there is nothing in flight. */
  g_assert (self->link == NULL && self->current == NULL && self->commands.length == 0
            && self->thaw_waiters.length == 0 && self->leftovers.length == 0);

  g_clear_pointer (&self->dispatcher, q_dispatcher_unref);
  q_changes_unref (self->changes);
  g_weak_ref_clear (&self->target);
  g_mutex_clear (&self->lock);
  g_clear_object (&self->address);
  g_free (self->name);
  g_free (self);
}

void
q_agent_get_settings (QAgent *self, QAgentSettings *settings)
{
  g_mutex_lock (&self->lock);
  *settings = self->settings;
  g_mutex_unlock (&self->lock);
}

QAgentSettings *
q_agent_lock_settings (QAgent *self)
{
  g_mutex_lock (&self->lock);
  return &self->settings;
}

void
q_agent_unlock_settings (QAgent *self)
{
  g_mutex_unlock (&self->lock);
}

QGuestAgentState
q_agent_get_state (QAgent *self)
{
  QGuestAgentState state;

  g_mutex_lock (&self->lock);
  state = self->state;
  g_mutex_unlock (&self->lock);

  return state;
}

gboolean
q_agent_get_frozen (QAgent *self)
{
  gboolean frozen;

  g_mutex_lock (&self->lock);
  frozen = self->frozen;
  g_mutex_unlock (&self->lock);

  return frozen;
}

/* -- told upwards -- */

void
q_agent_set_state (QAgent *self, QGuestAgentState state)
{
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = self->state != state;
  self->state = state;
  g_mutex_unlock (&self->lock);

  if (changed)
    q_changes_post (self->changes, 1);
}

void
q_agent_set_frozen (QAgent *self, gboolean frozen)
{
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = self->frozen != frozen;
  self->frozen = frozen;
  g_mutex_unlock (&self->lock);

  if (changed)
    q_changes_post (self->changes, 1);
}

typedef struct
{
  QAgent *agent;
  GError *error;
} Closed;

static void
closed_free (gpointer data)
{
  Closed *closed = data;

  q_agent_unref (closed->agent);
  g_clear_error (&closed->error);
  g_free (closed);
}

static void
deliver_closed (gpointer data)
{
  Closed *closed = data;
  g_autoptr (GObject) target = g_weak_ref_get (&closed->agent->target);

  g_mutex_lock (&closed->agent->lock);
  closed->agent->n_closed_posted--;
  g_mutex_unlock (&closed->agent->lock);

  if (target != NULL)
    closed->agent->signals->closed (target, closed->error);
  closed_free (closed);
}

void
q_agent_post_closed (QAgent *self, const GError *error)
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
  closed->agent = q_agent_ref (self);
  closed->error = error != NULL ? g_error_copy (error) : NULL;
  q_dispatcher_post (self->dispatcher, deliver_closed, closed, closed_free, self);
}
