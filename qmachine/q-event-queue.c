/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-event-queue-private.h"

#include "q-monitor-event-private.h"

/* What the backlog may take, beside the limit of its number. */
#define MAX_BYTES (64u * 1024 * 1024)

/* Matching needs the tree of the data, which is many times its text; no event of QEMU's comes near
 * this, and a peer must not keep the I/O thread busy with one. */
#define MAX_MATCHED_SIZE (1024 * 1024)

struct _QEventQueue
{
  GMutex lock;
  GQueue events; /* of QMonitorEvent, oldest first */
  gsize n_bytes;
  guint64 n_dropped;
};

gboolean
q_event_filter_accepts (const QEventFilter *self, QMonitorEvent *event)
{
  if (self->names != NULL
      && !g_strv_contains ((const char *const *)self->names, q_monitor_event_get_name (event)))
    return FALSE;

  if (self->match == NULL)
    return TRUE;
  return q_monitor_event_get_size (event) <= MAX_MATCHED_SIZE
         && q_monitor_event_matches (event, self->match);
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
  self->n_bytes = 0;
  self->n_dropped = 0;
  g_mutex_unlock (&self->lock);

  g_queue_clear_full (&old, g_object_unref);
}

void
q_event_queue_push (QEventQueue *self, QMonitorEvent *event, guint limit)
{
  GQueue dropped = G_QUEUE_INIT;

  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->events, g_object_ref (event));
  self->n_bytes += q_monitor_event_get_size (event);
  while (self->events.length > limit || (self->n_bytes > MAX_BYTES && self->events.length > 1))
    {
      GList *oldest = g_queue_pop_head_link (&self->events);

      self->n_bytes -= q_monitor_event_get_size (oldest->data);
      self->n_dropped++;
      g_queue_push_tail_link (&dropped, oldest);
    }
  g_mutex_unlock (&self->lock);

  g_queue_clear_full (&dropped, g_object_unref);
}

QMonitorEvent *
q_event_queue_pop (QEventQueue *self)
{
  QMonitorEvent *event;

  g_mutex_lock (&self->lock);
  event = g_queue_pop_head (&self->events);
  if (event != NULL)
    self->n_bytes -= q_monitor_event_get_size (event);
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
      self->n_bytes -= q_monitor_event_get_size (event);
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
