/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "event-backlog-private.h"

#include <string.h>

#include "io/ring-private.h"

/* What the backlog may take, beside the limit of its number. */
#define MAX_BYTES (64u * 1024 * 1024)

/* No event of QEMU's comes near this, and a peer must not keep the I/O thread busy with one. */
#define MAX_MATCHED_SIZE (1024 * 1024)

struct _QEventBacklog
{
  GMutex lock;
  QRing events; /* of QEventRecord, oldest first */
  gsize n_bytes;
  guint64 n_dropped;
};

gboolean
q_event_filter_accepts (const QEventFilter *self, QEventRecord *event)
{
  if (self->names != NULL
      && !g_strv_contains ((const char *const *)self->names, q_event_record_get_name (event)))
    return FALSE;

  if (self->match == NULL)
    return TRUE;
  return q_event_record_get_size (event) <= MAX_MATCHED_SIZE
         && q_event_record_matches (event, self->match, self->match_from_tree);
}

char *
q_event_filter_describe (const QEventFilter *self)
{
  g_autofree char *names = self->names != NULL ? g_strjoinv (" or ", self->names) : NULL;

  return g_strdup_printf ("no %s came%s", names != NULL ? names : "event",
                          self->match != NULL ? " that matches" : "");
}

QEventBacklog *
q_event_backlog_new (void)
{
  QEventBacklog *self = g_new0 (QEventBacklog, 1);

  g_mutex_init (&self->lock);

  return self;
}

static void
free_event (gpointer event)
{
  q_event_record_unref (event);
}

void
q_event_backlog_free (QEventBacklog *self)
{
  q_ring_clear (&self->events, free_event);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
q_event_backlog_reset (QEventBacklog *self)
{
  QRing old;

  g_mutex_lock (&self->lock);
  old = self->events;
  memset (&self->events, 0, sizeof self->events);
  self->n_bytes = 0;
  self->n_dropped = 0;
  g_mutex_unlock (&self->lock);

  q_ring_clear (&old, free_event);
}

/* With the lock held. */
static QEventRecord *
remove_nth (QEventBacklog *self, guint n)
{
  QEventRecord *event = n == 0 ? q_ring_pop (&self->events) : q_ring_remove_nth (&self->events, n);

  self->n_bytes -= q_event_record_get_size (event);
  return event;
}

void
q_event_backlog_push (QEventBacklog *self, QEventRecord *event, guint limit)
{
  g_mutex_lock (&self->lock);
  q_ring_push (&self->events, event);
  self->n_bytes += q_event_record_get_size (event);
  while (self->events.length > limit || (self->n_bytes > MAX_BYTES && self->events.length > 1))
    {
      q_event_record_unref (remove_nth (self, 0));
      self->n_dropped++;
    }
  g_mutex_unlock (&self->lock);
}

QEventRecord *
q_event_backlog_pop (QEventBacklog *self)
{
  QEventRecord *event;

  g_mutex_lock (&self->lock);
  event = self->events.length > 0 ? remove_nth (self, 0) : NULL;
  g_mutex_unlock (&self->lock);

  return event;
}

void
q_event_backlog_put_back (QEventBacklog *self, QEventRecord *event)
{
  g_mutex_lock (&self->lock);
  q_ring_push_first (&self->events, event);
  self->n_bytes += q_event_record_get_size (event);
  g_mutex_unlock (&self->lock);
}

QEventRecord *
q_event_backlog_take (QEventBacklog *self, const QEventFilter *filter)
{
  QEventRecord *event = NULL;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->events.length && event == NULL; i++)
    if (q_event_filter_accepts (filter, q_ring_peek_nth (&self->events, i)))
      event = remove_nth (self, i);
  g_mutex_unlock (&self->lock);

  return event;
}

guint64
q_event_backlog_get_n_dropped (QEventBacklog *self)
{
  guint64 n_dropped;

  g_mutex_lock (&self->lock);
  n_dropped = self->n_dropped;
  g_mutex_unlock (&self->lock);

  return n_dropped;
}
