/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dispatcher-private.h"

#include "io-thread-private.h"
#include "ring-private.h"

/* How many items one turn may deliver before other sources of the context get theirs. */
#define ITEMS_PER_TURN 64

/* Events of monitors, output of consoles, interrupts of qtest, lines of logs. */
#define MAX_CLASSES 4

typedef struct
{
  const QDispatcherEventClass *klass;
  guint n_events; /* in all items together */
  gsize n_bytes;
} Counter;

typedef struct
{
  QDispatcherFunc func; /* NULL for a run of events */
  gpointer data;
  GDestroyNotify free_data; /* set for what may be dropped */
  gpointer tag;
  gint64 source_time; /* of a result */

  /* A run of events between two other items: what came together stays together, so a storm costs
   * one item and not one per event. */
  const QDispatcherEventClass *klass;
  gpointer target;
  QRing events;
} Item;

/* Events of one target, delivered with nothing else between them: one reference for all, as the
 * I/O thread counts references of the target, too. */
typedef struct
{
  const QDispatcherEventClass *klass; /* NULL: there is none */
  gpointer target;
} Series;

struct _QDispatcher
{
  gatomicrefcount ref_count;
  GMainContext *context;
  QLoop *loop;
  GThread *maker; /* to be compared only */
  GMutex lock;
  GQueue items; /* of Item, oldest first */
  Counter counters[MAX_CLASSES];
  guint n_owners; /* objects that can still emit what is queued */
  QLoopJob job;   /* of the loop while there are items */

  /* The I/O thread's own, without the lock: events that were not handed over yet. The lock would be
   * taken for each of them, against a handler that takes it for each one, too. */
  Item *run;
  gsize run_bytes;
  guint run_limit;
};

static void run_job (gpointer data);

static gpointer
job_ref (gpointer data)
{
  return q_dispatcher_ref (data);
}

static void
job_unref (gpointer data)
{
  q_dispatcher_unref (data);
}

static const QLoopJobClass job_class = { run_job, job_ref, job_unref };

static void
item_free (Item *item)
{
  if (item->klass != NULL)
    {
      q_ring_clear (&item->events, item->klass->free_event);
      item->klass->unref_target (item->target);
    }
  if (item->free_data != NULL && item->data != NULL)
    item->free_data (item->data);
  g_free (item);
}

QDispatcher *
q_dispatcher_new (void)
{
  QDispatcher *self = g_new0 (QDispatcher, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->context = g_main_context_ref_thread_default ();
  self->loop = q_loop_get (self->context);
  self->job.klass = &job_class;
  self->job.data = self;
  self->maker = g_thread_self ();
  g_mutex_init (&self->lock);
  g_queue_init (&self->items);

  return self;
}

QDispatcher *
q_dispatcher_ref (QDispatcher *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
q_dispatcher_unref (QDispatcher *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_queue_clear_full (&self->items, (GDestroyNotify)item_free);
  q_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  g_free (self);
}

GMainContext *
q_dispatcher_get_context (QDispatcher *self)
{
  return self->context;
}

QLoop *
q_dispatcher_get_loop (QDispatcher *self)
{
  return self->loop;
}

gboolean
q_dispatcher_may_emit (QDispatcher *self)
{
  if (g_main_context_is_owner (self->context))
    return TRUE;
  if (g_thread_self () != self->maker || !g_main_context_acquire (self->context))
    return FALSE;

  g_main_context_release (self->context);
  return TRUE;
}

static Counter *
get_counter (QDispatcher *self, const QDispatcherEventClass *klass)
{
  for (guint i = 0; i < MAX_CLASSES; i++)
    {
      if (self->counters[i].klass == NULL)
        self->counters[i].klass = klass;
      if (self->counters[i].klass == klass)
        return &self->counters[i];
    }

  g_assert_not_reached ();
}

static void
count_out (QDispatcher *self, const QDispatcherEventClass *klass, gpointer event)
{
  Counter *counter = get_counter (self, klass);

  g_assert (klass != NULL);
  counter->n_events--;
  counter->n_bytes -= klass->get_size (event);
}

static void
end_series (Series *series)
{
  const QDispatcherEventClass *klass = series->klass;

  series->klass = NULL;
  if (klass != NULL)
    klass->unref_target (series->target);
}

/* Takes over a reference to the target. */
static void
begin_series (Series *series, const QDispatcherEventClass *klass, gpointer target)
{
  end_series (series);
  series->klass = klass;
  series->target = target;
}

/* One item, or one event out of a run. Returns FALSE when there was none. */
static gboolean
deliver_next (QDispatcher *self, Series *series)
{
  Item *item;
  const QDispatcherEventClass *klass;
  gpointer target = NULL;
  gpointer event;

  g_mutex_lock (&self->lock);
  item = g_queue_peek_head (&self->items);
  if (item == NULL)
    {
      q_loop_remove (self->loop, &self->job);
      g_mutex_unlock (&self->lock);
      return FALSE;
    }

  if (item->source_time != 0 && g_main_current_source () != NULL
      && g_source_get_time (g_main_current_source ()) == item->source_time)
    {
      /* The job stays, and the next iteration has another time. */
      g_mutex_unlock (&self->lock);
      return FALSE;
    }

  if (item->func != NULL)
    {
      g_queue_pop_head (&self->items);
      g_mutex_unlock (&self->lock);
      end_series (series);
      item->func (g_steal_pointer (&item->data));
      item_free (item);
      return TRUE;
    }

  klass = item->klass;
  if (series->klass != klass || series->target != item->target)
    target = klass->ref_target (item->target);
  event = q_ring_pop (&item->events);
  count_out (self, klass, event);
  if (item->events.length == 0)
    g_queue_pop_head (&self->items);
  else
    item = NULL;
  g_mutex_unlock (&self->lock);

  g_clear_pointer (&item, item_free);
  if (target != NULL)
    begin_series (series, klass, target);
  klass->deliver (series->target, event);
  klass->free_event (event);

  return TRUE;
}

static void
run_job (gpointer data)
{
  QDispatcher *self = data;
  Series series = { NULL };

  /* deliver_next () takes the job out when there is nothing left. */
  for (guint i = 0; i < ITEMS_PER_TURN; i++)
    if (!deliver_next (self, &series))
      break;
  end_series (&series);
}

void
q_dispatcher_add_owner (QDispatcher *self)
{
  g_mutex_lock (&self->lock);
  self->n_owners++;
  g_mutex_unlock (&self->lock);
}

/* With the lock held: takes out what may be dropped, all of it or what has the tag. */
static void
take_droppable (QDispatcher *self, gpointer tag, gboolean with_events, GQueue *dropped)
{
  for (GList *l = self->items.head, *next; l != NULL; l = next)
    {
      Item *item = l->data;

      next = l->next;
      if (item->func != NULL && item->free_data == NULL)
        continue;
      if (tag != NULL && item->tag != tag)
        continue;
      if (item->klass != NULL && !with_events)
        continue;

      for (guint i = 0; i < item->events.length; i++)
        count_out (self, item->klass, q_ring_peek_nth (&item->events, i));
      g_queue_unlink (&self->items, l);
      g_queue_push_tail_link (dropped, l);
    }

  if (g_queue_is_empty (&self->items))
    q_loop_remove (self->loop, &self->job);
}

void
q_dispatcher_remove_owner (QDispatcher *self)
{
  GQueue dropped = G_QUEUE_INIT;

  g_mutex_lock (&self->lock);
  if (--self->n_owners == 0)
    take_droppable (self, NULL, TRUE, &dropped);
  g_mutex_unlock (&self->lock);

  g_queue_clear_full (&dropped, (GDestroyNotify)item_free);
}

void
q_dispatcher_forget (QDispatcher *self, gpointer tag, gboolean with_events)
{
  GQueue dropped = G_QUEUE_INIT;

  g_mutex_lock (&self->lock);
  take_droppable (self, tag, with_events, &dropped);
  g_mutex_unlock (&self->lock);

  g_queue_clear_full (&dropped, (GDestroyNotify)item_free);
}

/* Takes over the item. */
static void
post (QDispatcher *self, Item *item)
{
  if (q_io_thread_is_current ())
    q_dispatcher_flush (self);

  g_mutex_lock (&self->lock);
  if (item->free_data != NULL && self->n_owners == 0)
    {
      g_mutex_unlock (&self->lock);
      item_free (item);
      return;
    }
  g_queue_push_tail (&self->items, item);
  q_loop_add (self->loop, &self->job);
  g_mutex_unlock (&self->lock);
}

void
q_dispatcher_post (QDispatcher *self, QDispatcherFunc func, gpointer data, GDestroyNotify free_data,
                   gpointer tag)
{
  Item *item = g_new0 (Item, 1);

  item->func = func;
  item->data = data;
  item->free_data = free_data;
  item->tag = tag;
  post (self, item);
}

void
q_dispatcher_post_result (QDispatcher *self, QDispatcherFunc func, gpointer data,
                          gint64 source_time)
{
  Item *item = g_new0 (Item, 1);

  item->func = func;
  item->data = data;
  item->source_time = source_time;
  post (self, item);
}

/* With the lock held: the oldest event, for the caller to free without the lock. */
static void
take_oldest_event (QDispatcher *self, const QDispatcherEventClass *klass, QRing *events,
                   GQueue *items)
{
  for (GList *l = self->items.head; l != NULL; l = l->next)
    {
      Item *item = l->data;
      gpointer event;

      if (item->klass != klass)
        continue;

      event = q_ring_pop (&item->events);
      count_out (self, klass, event);
      q_ring_push (events, event);
      if (item->events.length == 0)
        {
          g_queue_unlink (&self->items, l);
          g_queue_push_tail_link (items, l);
        }
      return;
    }
}

/* With the lock held: behind what is there, to the same run if that is the last. Returns the item
 * that was emptied for it, if any. */
static Item *
append_run (QDispatcher *self, Item *run)
{
  Item *last = g_queue_peek_tail (&self->items);

  if (last == NULL || last->klass != run->klass || last->target != run->target)
    {
      g_queue_push_tail (&self->items, run);
      return NULL;
    }

  while (run->events.length > 0)
    q_ring_push (&last->events, q_ring_pop (&run->events));
  return run;
}

void
q_dispatcher_flush (QDispatcher *self)
{
  Item *run = g_steal_pointer (&self->run);
  QRing dropped_events = { NULL };
  GQueue dropped_items = G_QUEUE_INIT;
  const QDispatcherEventClass *klass;
  Counter *counter;
  gpointer target;

  if (run == NULL)
    return;

  klass = run->klass;
  target = klass->ref_target (run->target);
  g_mutex_lock (&self->lock);
  if (self->n_owners > 0)
    {
      counter = get_counter (self, klass);
      counter->n_events += run->events.length;
      counter->n_bytes += self->run_bytes;
      run = append_run (self, run);
      while (counter->n_events > 1
             && (counter->n_events > self->run_limit || counter->n_bytes > klass->max_bytes))
        take_oldest_event (self, klass, &dropped_events, &dropped_items);
      q_loop_add (self->loop, &self->job);
    }
  g_mutex_unlock (&self->lock);

  g_clear_pointer (&run, item_free);
  if (dropped_events.length > 0 && klass->dropped != NULL)
    klass->dropped (target, dropped_events.length);
  q_ring_clear (&dropped_events, klass->free_event);
  g_queue_clear_full (&dropped_items, (GDestroyNotify)item_free);
  klass->unref_target (target);
}

void
q_dispatcher_post_event (QDispatcher *self, const QDispatcherEventClass *klass, gpointer target,
                         gpointer event, guint limit)
{
  if (self->run != NULL && (self->run->klass != klass || self->run->target != target))
    q_dispatcher_flush (self);

  if (self->run == NULL)
    {
      self->run = g_new0 (Item, 1);
      self->run->klass = klass;
      self->run->target = klass->ref_target (target);
      self->run->tag = target;
      self->run_bytes = 0;
    }
  q_ring_push (&self->run->events, event);
  self->run_bytes += klass->get_size (event);
  self->run_limit = limit;
}
