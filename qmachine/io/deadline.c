/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "deadline-private.h"

#include "io-thread-private.h"

/* Later than this the thread had something against it, and not a few turns of its own. */
#define LATE_US (20 * 1000)
/* On a host that never comes to rest a limit must still be one. */
#define MAX_EXTENSIONS 8
/* After that many turns of the context each source that had something to read has read. */
#define N_LAST_TURNS 2

typedef struct
{
  GSource source;
  gint64 limit; /* us */
  gint64 due;
  guint n_extensions;
  guint n_last_turns;
} Deadline;

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

static GSourceFuncs deadline_funcs = { .dispatch = deadline_dispatch };

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
  g_source_set_ready_time (source, self->due);
  g_source_set_callback (source, func, data, NULL);
  g_source_set_static_name (source, name);
  g_source_attach (source, q_io_thread_get_context ());

  return source;
}
