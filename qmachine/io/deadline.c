/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "deadline-private.h"

#include "io-thread-private.h"

/* Later than this the thread had something against it, and not a few turns of its own. */
#define LATE_US (20 * 1000)
/* On a host that never comes to rest a limit must still be one. */
#define MAX_EXTENSIONS 8
/* After that many turns of the context each source that had something to read has read. */
#define N_LAST_TURNS 2

/* Nearly all deadlines are cleared long before they pass, and to attach a source to the context of
 * a thread that sleeps wakes it. So a deadline is attached when it is due, and until then it waits
 * in a list, of which one source knows the first. That one stays where it is when the first is
 * cleared: as long as limits are alike, a later deadline changes nothing. */
typedef struct
{
  GSource source;
  GList link;   /* in `waiting`; without data when it is not there */
  gint64 limit; /* us */
  gint64 due;
  guint n_extensions;
  guint n_last_turns;
} Deadline;

/* These are the I/O thread's. */
static GQueue waiting = G_QUEUE_INIT; /* of Deadline, by `due` */
static GSource *alarm_source;         /* never freed */
static gint64 alarm_due = G_MAXINT64;

static void
extend (Deadline *self, gint64 now, gint64 late)
{
  self->n_extensions++;
  self->due = now + MIN (self->limit, late);
  g_source_set_ready_time (&self->source, self->due);
}

static gboolean
deadline_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  Deadline *self = (Deadline *)source;
  gint64 now = g_source_get_time (source);
  gint64 late = now - self->due;

  if (self->n_last_turns == 0 && late > LATE_US && self->n_extensions < MAX_EXTENSIONS)
    {
      extend (self, now, late);
      return G_SOURCE_CONTINUE;
    }

  if (self->n_last_turns < N_LAST_TURNS)
    {
      self->n_last_turns++;
      g_source_set_ready_time (source, 0);
      return G_SOURCE_CONTINUE;
    }

  return callback (data);
}

static void
stop_waiting (Deadline *self)
{
  if (self->link.data == NULL)
    return;

  g_queue_unlink (&waiting, &self->link);
  self->link.data = NULL;
}

static void
deadline_finalize (GSource *source)
{
  stop_waiting ((Deadline *)source);
}

static GSourceFuncs deadline_funcs
  = { .dispatch = deadline_dispatch, .finalize = deadline_finalize };

static void
set_alarm (gint64 due)
{
  alarm_due = due;
  g_source_set_ready_time (alarm_source, due == G_MAXINT64 ? -1 : due);
}

static gboolean
alarm_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  gint64 now = g_source_get_time (source);
  Deadline *first;

  while ((first = g_queue_peek_head (&waiting)) != NULL && first->due <= now)
    {
      stop_waiting (first);
      g_source_set_ready_time (&first->source, first->due);
      g_source_attach (&first->source, q_io_thread_get_context ());
    }
  set_alarm (first != NULL ? first->due : G_MAXINT64);

  return G_SOURCE_CONTINUE;
}

static GSourceFuncs alarm_funcs = { .dispatch = alarm_dispatch };

static void
begin_waiting (Deadline *self)
{
  GList *before = waiting.tail;

  while (before != NULL && ((Deadline *)before->data)->due > self->due)
    before = before->prev;
  self->link.data = self;
  g_queue_insert_after_link (&waiting, before, &self->link);

  if (alarm_source == NULL)
    {
      alarm_source = g_source_new (&alarm_funcs, sizeof *alarm_source);
      g_source_set_static_name (alarm_source, "qmachine-alarm");
      g_source_attach (alarm_source, q_io_thread_get_context ());
    }
  if (self->due < alarm_due)
    set_alarm (self->due);
}

GSource *
q_io_thread_add_deadline (gint64 milliseconds, GSourceFunc func, gpointer data, const char *name)
{
  GSource *source;
  Deadline *self;

  if (milliseconds < 0)
    return NULL;

  source = g_source_new (&deadline_funcs, sizeof *self);
  self = (Deadline *)source;
  self->limit = MIN (milliseconds, (gint64)G_MAXINT) * 1000;
  self->due = g_get_monotonic_time () + self->limit;
  g_source_set_callback (source, func, data, NULL);
  g_source_set_static_name (source, name);
  begin_waiting (self);

  return source;
}
