/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "event-queue-private.h"

#include "session-private.h"

struct _QEventQueue
{
  gatomicrefcount ref_count;
  QEventFilter filter;
  GObject *(*make_event) (QEventRecord *event);
  QEventBacklog *events;
  gint ended; /* atomic, like the next one */
  gint closed;

  /* I/O thread only. */
  QSession *session; /* owned */
  GQueue waiters;    /* of QOperation, with a QEventNext each */
};

QEventQueue *
q_event_queue_new (QEventFilter *filter, GObject *(*make_event) (QEventRecord *))
{
  QEventQueue *self = g_new0 (QEventQueue, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->filter = *filter;
  *filter = (QEventFilter){ 0 };
  self->make_event = make_event;
  self->events = q_event_backlog_new ();
  g_queue_init (&self->waiters);

  return self;
}

QEventQueue *
q_event_queue_ref (QEventQueue *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
q_event_queue_unref (QEventQueue *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->session, q_session_unref);
  q_event_backlog_free (self->events);
  g_strfreev (self->filter.names);
  g_free (self->filter.match);
  g_free (self);
}

GPtrArray *
q_event_queues_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)q_event_queue_unref);
}

void
q_event_queues_forget_closed (GPtrArray *queues)
{
  for (guint i = queues->len; i > 0; i--)
    if (q_event_queue_is_closed (g_ptr_array_index (queues, i - 1)))
      g_ptr_array_remove_index (queues, i - 1);
}

QEventRecord *
q_event_queue_pop (QEventQueue *self)
{
  return q_event_backlog_pop (self->events);
}

void
q_event_queue_put_back (QEventQueue *self, QEventRecord *event)
{
  if (!q_event_queue_is_closed (self))
    q_event_backlog_put_back (self->events, q_event_record_ref (event));
}

guint64
q_event_queue_get_n_dropped (QEventQueue *self)
{
  return q_event_backlog_get_n_dropped (self->events);
}

gboolean
q_event_queue_has_ended (QEventQueue *self)
{
  return g_atomic_int_get (&self->ended);
}

gboolean
q_event_queue_is_closed (QEventQueue *self)
{
  return g_atomic_int_get (&self->closed);
}

void
q_event_queue_close (QEventQueue *self)
{
  g_atomic_int_set (&self->closed, TRUE);
  q_event_backlog_reset (self->events);
}

/* -- I/O thread -- */

QSession *
q_event_queue_get_session (QEventQueue *self)
{
  return self->session;
}

void
q_event_queue_set_session (QEventQueue *self, QSession *session)
{
  QSession *old = g_steal_pointer (&self->session);

  self->session = session != NULL ? q_session_ref (session) : NULL;
  g_clear_pointer (&old, q_session_unref);
}

void
q_event_queue_end (QEventQueue *self)
{
  g_atomic_int_set (&self->ended, TRUE);
}

QOperation *
q_event_queue_take_waiter (QEventQueue *self)
{
  QOperation *operation = g_queue_peek_head (&self->waiters);

  if (operation != NULL)
    q_operation_leave (operation);
  return operation;
}

void
q_event_queue_serve_waiters (QEventQueue *self)
{
  QEventRecord *event;

  while (!g_queue_is_empty (&self->waiters) && (event = q_event_queue_pop (self)) != NULL)
    q_operation_return (q_event_queue_take_waiter (self), self->make_event (event), g_object_unref);
}

void
q_event_queue_fail_waiters (QEventQueue *self)
{
  QOperation *operation;

  while ((operation = q_event_queue_take_waiter (self)) != NULL)
    q_operation_return_new_error (operation, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED,
                                  "next: the listener was closed");
}

void
q_event_queue_push (QEventQueue *self, QEventRecord *event, guint limit)
{
  QOperation *waiter;

  if (!q_event_filter_accepts (&self->filter, event))
    return;

  waiter = q_event_queue_take_waiter (self);
  if (waiter != NULL)
    q_operation_return (waiter, self->make_event (q_event_record_ref (event)), g_object_unref);
  else
    q_event_backlog_push (self->events, q_event_record_ref (event), limit);
  /* It may have been closed at the same time. */
  if (q_event_queue_is_closed (self))
    q_event_backlog_reset (self->events);
}

/* -- waiting -- */

QEventNext *
q_event_next_new (QEventQueue *queue, int timeout)
{
  QEventNext *self = g_new0 (QEventNext, 1);

  self->queue = q_event_queue_ref (queue);
  self->timeout = timeout;

  return self;
}

void
q_event_next_free (QEventNext *self)
{
  g_clear_pointer (&self->call.session, q_session_unref);
  q_event_queue_unref (self->queue);
  g_free (self);
}

void
q_event_queue_wait (QOperation *operation)
{
  QEventNext *next = q_operation_get_data (operation);
  QEventQueue *self = next->queue;
  QEventRecord *event = q_event_queue_pop (self);
  g_autofree char *what = NULL;

  if (event != NULL)
    {
      q_operation_return (operation, self->make_event (event), g_object_unref);
      return;
    }
  if (q_event_queue_has_ended (self))
    {
      q_session_fail_waiter (next->call.session, operation);
      return;
    }
  if (next->timeout == 0)
    {
      q_operation_return_new_error (operation, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                    "%s: no such event has come yet",
                                    q_operation_get_name (operation));
      return;
    }

  q_operation_wait_in (operation, &self->waiters);
  what = q_event_filter_describe (&self->filter);
  q_operation_set_timeout (operation, next->timeout, what, NULL);
}
