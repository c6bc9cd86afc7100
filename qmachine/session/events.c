/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "io/io-thread-private.h"
#include "session-fields-private.h"

/* The events of a session: to its targets, to those who wait, and into the backlog. */

/* A reference for each event, and none between two: what a handler, or another thread, has given
 * up gets no further one. */
static void
deliver_event (gpointer target, gpointer event)
{
  QSession *session = target;
  g_autoptr (GObject) monitor = g_weak_ref_get (&session->target);
  g_autoptr (GObject) machine
    = session->relay != NULL ? g_weak_ref_get (&session->relay_target) : NULL;
  /* A name that no program ever mentioned has no quark, and must not get one: the peer chooses the
   * names. */
  QEventEmission emission
    = { .record = event, .detail = g_quark_try_string (q_event_record_get_name (event)) };

  if (monitor != NULL)
    session->signals->event (monitor, &emission);
  if (machine != NULL)
    session->relay (machine, &emission);
  g_clear_object (&emission.event);
}

static gsize
get_event_size (gpointer event)
{
  return q_event_record_get_size (event);
}

static void
free_event (gpointer event)
{
  q_event_record_unref (event);
}

static void
count_dropped (gpointer target, guint n_events)
{
  QSession *self = target;

  g_mutex_lock (&self->lock);
  self->n_signals_dropped += n_events;
  g_mutex_unlock (&self->lock);
}

static const QDispatcherEventClass event_class = {
  .deliver = deliver_event,
  .free_event = free_event,
  .get_size = get_event_size,
  .max_bytes = 64 * 1024 * 1024,
  .ref_target = (gpointer (*) (gpointer))q_session_ref,
  .unref_target = (void (*) (gpointer))q_session_unref,
  .dropped = count_dropped,
};

void
q_session_fail_waiter (QSession *self, QOperation *operation)
{
  const GError *reason = self->end_reason;
  const char *name = q_operation_get_name (operation);
  GError *error;

  if (reason != NULL)
    error = g_error_new (reason->domain, reason->code, "%s: %s", name, reason->message);
  else
    error
      = g_error_new (Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED, "%s: the monitor is closed", name);
  q_session_fail_call (operation, error);
}

void
q_session_fail_waiters (QSession *self)
{
  QOperation *operation;

  while ((operation = g_queue_peek_head (&self->waiters)) != NULL)
    {
      q_operation_leave (operation);
      q_session_fail_waiter (self, operation);
    }
}

/* -- listeners -- */

gboolean
q_session_has_events (QSession *self)
{
  return q_session_get_state (self) != Q_MONITOR_STATE_CLOSED || self->open_expected;
}

void
q_session_add_queue (QSession *self, QEventQueue *queue)
{
  q_event_queues_forget_closed (self->queues);
  g_ptr_array_add (self->queues, q_event_queue_ref (queue));
  if (q_session_has_events (self))
    q_event_queue_set_session (queue, self);
}

GPtrArray *
q_session_steal_queues (QSession *self)
{
  GPtrArray *queues = g_steal_pointer (&self->queues);

  self->queues = q_event_queues_new ();
  return queues;
}

void
q_session_set_owner_reason (QSession *self, GError *reason)
{
  g_clear_error (&self->owner_reason);
  self->owner_reason = reason;
}

const GError *
q_session_get_owner_reason (QSession *self)
{
  return self->owner_reason;
}

void
q_session_begin_queues (QSession *self)
{
  q_event_queues_forget_closed (self->queues);
  for (guint i = 0; i < self->queues->len; i++)
    q_event_queue_set_session (g_ptr_array_index (self->queues, i), self);
}

void
q_session_end_queues (QSession *self)
{
  g_autoptr (GPtrArray) queues = q_session_steal_queues (self);

  for (guint i = 0; i < queues->len; i++)
    {
      QEventQueue *queue = g_ptr_array_index (queues, i);
      QOperation *operation;

      if (self->greeted)
        q_event_queue_end (queue);
      while ((operation = q_event_queue_take_waiter (queue)) != NULL)
        q_session_fail_waiter (self, operation);
      /* Another one may follow, and is the first one of these. */
      if (!self->greeted && !q_event_queue_is_closed (queue))
        {
          q_event_queue_set_session (queue, NULL);
          g_ptr_array_add (self->queues, q_event_queue_ref (queue));
        }
    }
}

static void
give_to_queues (QSession *self, QEventRecord *record, guint limit)
{
  q_event_queues_forget_closed (self->queues);
  for (guint i = 0; i < self->queues->len; i++)
    q_event_queue_push (g_ptr_array_index (self->queues, i), record, limit);
}

/* -- waiting -- */

/* Whether anybody waited for it. */
static gboolean
give_to_waiters (QSession *self, QEventRecord *record)
{
  QOperation *last = NULL;
  GObject *event = NULL;

  for (GList *l = self->waiters.head, *next; l != NULL; l = next)
    {
      QOperation *operation = l->data;
      QEventQuery *query = q_operation_get_data (operation);

      next = l->next;
      if (!q_event_filter_accepts (&query->filter, record))
        continue;

      /* All who waited for it get it: none of them can know of the others. */
      if (event == NULL)
        event = self->signals->make_event (q_event_record_ref (record));
      if (last != NULL)
        q_operation_return (last, g_object_ref (event), g_object_unref);
      last = operation;
    }

  /* With our reference: what a program hangs on an event must not be freed on this thread. */
  if (last != NULL)
    q_operation_return (last, event, g_object_unref);
  return last != NULL;
}

void
q_session_take_event (QSession *self, const QMessage *message)
{
  g_autoptr (QEventRecord) event = q_event_record_new (message);
  const char *name = q_event_record_get_name (event);
  QSessionSettings settings;

  if (g_str_equal (name, "SHUTDOWN"))
    self->end_expected = TRUE;
  else if (g_str_equal (name, "RESUME"))
    self->end_expected = FALSE;

  if (self->observer != NULL)
    self->observer->event (event, self->observer_data);

  q_session_get_settings (self, &settings);
  q_dispatcher_post_event (self->dispatcher, &event_class, self, q_event_record_ref (event),
                           settings.event_backlog);
  if (self->queues->len > 0)
    give_to_queues (self, event, settings.event_backlog);
  if (!give_to_waiters (self, event))
    q_event_backlog_push (self->backlog, g_steal_pointer (&event), settings.event_backlog);

  /* What has ended is not said to be settled any more. */
  if (self->channel == NULL)
    q_dispatcher_flush (self->dispatcher);
}

void
q_session_wait_event (QOperation *operation)
{
  QEventQuery *query = q_operation_get_data (operation);
  QSession *self = query->call.session;
  QEventRecord *event = q_event_backlog_take (self->backlog, &query->filter);
  g_autofree char *what = NULL;

  if (event != NULL)
    {
      q_operation_return (operation, self->signals->make_event (event), g_object_unref);
      return;
    }

  /* Before it is up, an event may already come. */
  if (q_session_get_state (self) == Q_MONITOR_STATE_CLOSED && !self->open_expected)
    {
      q_session_fail_waiter (self, operation);
      return;
    }

  if (query->timeout == 0)
    {
      q_operation_return_new_error (operation, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                    "%s: no such event has come yet",
                                    q_operation_get_name (operation));
      return;
    }

  q_session_take_back_idle (self);
  q_operation_wait_in (operation, &self->waiters);
  what = q_event_filter_describe (&query->filter);
  q_operation_set_timeout (operation, query->timeout, what, NULL);
}

static gboolean
serve_waiters_cb (gpointer data)
{
  g_autoptr (QSession) self = data;

  for (GList *l = self->waiters.head, *next; l != NULL; l = next)
    {
      QOperation *operation = l->data;
      QEventQuery *query = q_operation_get_data (operation);
      QEventRecord *event = q_event_backlog_take (self->backlog, &query->filter);

      next = l->next;
      if (event != NULL)
        q_operation_return (operation, self->signals->make_event (event), g_object_unref);
    }

  return G_SOURCE_REMOVE;
}

void
q_session_put_back_event (QSession *self, QEventRecord *event)
{
  q_event_backlog_put_back (self->backlog, event);
  if (!q_io_thread_is_of_parent ())
    q_io_thread_post (serve_waiters_cb, q_session_ref (self));
}
