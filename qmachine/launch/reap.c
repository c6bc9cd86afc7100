/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-machine-private.h"

#include "io/io-thread-private.h"

/* The end of a machine whose last reference is dropped while QEMU runs. */

/* A kill that takes longer than this takes for ever: the process hangs in the kernel. */
#define DISPOSE_TIMEOUT_US (10 * G_USEC_PER_SEC)

typedef struct
{
  gatomicrefcount ref_count; /* the one who waits, and the I/O thread */
  QLaunchState *state;
  GMutex lock;
  GCond cond;
  gboolean done;
} Abandon;

static void
abandon_unref (Abandon *abandon)
{
  if (!g_atomic_ref_count_dec (&abandon->ref_count))
    return;

  q_launch_state_unref (abandon->state);
  g_mutex_clear (&abandon->lock);
  g_cond_clear (&abandon->cond);
  g_free (abandon);
}

static void
abandoned_cb (gpointer data)
{
  Abandon *abandon = data;

  g_mutex_lock (&abandon->lock);
  abandon->done = TRUE;
  g_cond_signal (&abandon->cond);
  g_mutex_unlock (&abandon->lock);
  abandon_unref (abandon);
}

static gboolean
abandon_cb (gpointer data)
{
  Abandon *abandon = data;
  QLaunch *launch = q_launch_state_get_launch (abandon->state);

  if (launch != NULL)
    q_launch_abandon (launch, abandoned_cb, abandon);
  else
    abandoned_cb (abandon);
  return G_SOURCE_REMOVE;
}

/* No operation is in flight, for each would hold a reference; so a machine that is stopped now
 * stays so. */
void
q_launch_state_kill_and_reap (QLaunchState *state)
{
  Abandon *abandon;
  gint64 deadline = g_get_monotonic_time () + DISPOSE_TIMEOUT_US;

  if (q_launch_state_get_state (state) == Q_MACHINE_STATE_STOPPED)
    return;
  /* A forked child drops its copy of the object; the machine is the parent's. */
  if (!q_io_thread_can_wait () && !q_io_thread_is_current ())
    return;

  abandon = g_new0 (Abandon, 1);
  g_atomic_ref_count_init (&abandon->ref_count);
  g_atomic_ref_count_inc (&abandon->ref_count);
  abandon->state = q_launch_state_ref (state);
  g_mutex_init (&abandon->lock);
  g_cond_init (&abandon->cond);
  q_io_thread_post (abandon_cb, abandon);

  if (!q_io_thread_is_current ())
    {
      g_mutex_lock (&abandon->lock);
      while (!abandon->done)
        if (!g_cond_wait_until (&abandon->cond, &abandon->lock, deadline))
          break;
      g_mutex_unlock (&abandon->lock);
    }
  abandon_unref (abandon);
}
