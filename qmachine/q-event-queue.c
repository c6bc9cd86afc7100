/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-event-queue-private.h"

struct _QEventQueue
{
  GMutex lock;
  GQueue events; /* of QMonitorEvent, oldest first */
  guint64 n_dropped;
};

gboolean
q_event_filter_accepts (const QEventFilter *self, QMonitorEvent *event)
{
  if (self->names != NULL
      && !g_strv_contains ((const char *const *)self->names, q_monitor_event_get_name (event)))
    return FALSE;

  return self->match == NULL || q_monitor_event_matches (event, self->match);
}

QEventQueue *
q_event_queue_new (void)
{
  QEventQueue *self = g_new0 (QEventQueue, 1);

  g_mutex_init (&self->lock);
  g_queue_init (&self->events);

  return self;
}

void
q_event_queue_free (QEventQueue *self)
{
  g_queue_clear_full (&self->events, g_object_unref);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
q_event_queue_reset (QEventQueue *self)
{
  GQueue old;

  g_mutex_lock (&self->lock);
  old = self->events;
  g_queue_init (&self->events);
  self->n_dropped = 0;
  g_mutex_unlock (&self->lock);

  g_queue_clear_full (&old, g_object_unref);
}

void
q_event_queue_push (QEventQueue *self, QMonitorEvent *event, guint limit)
{
  g_autoptr (QMonitorEvent) dropped = NULL;

  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->events, g_object_ref (event));
  if (self->events.length > limit)
    {
      dropped = g_queue_pop_head (&self->events);
      self->n_dropped++;
    }
  g_mutex_unlock (&self->lock);
}

QMonitorEvent *
q_event_queue_pop (QEventQueue *self)
{
  QMonitorEvent *event;

  g_mutex_lock (&self->lock);
  event = g_queue_pop_head (&self->events);
  g_mutex_unlock (&self->lock);

  return event;
}

QMonitorEvent *
q_event_queue_take (QEventQueue *self, const QEventFilter *filter)
{
  QMonitorEvent *event = NULL;

  g_mutex_lock (&self->lock);
  for (GList *l = self->events.head; l != NULL; l = l->next)
    {
      if (!q_event_filter_accepts (filter, l->data))
        continue;

      event = l->data;
      g_queue_delete_link (&self->events, l);
      break;
    }
  g_mutex_unlock (&self->lock);

  return event;
}

guint64
q_event_queue_get_n_dropped (QEventQueue *self)
{
  guint64 n_dropped;

  g_mutex_lock (&self->lock);
  n_dropped = self->n_dropped;
  g_mutex_unlock (&self->lock);

  return n_dropped;
}
