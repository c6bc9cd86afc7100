/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

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
} Reaping;

static void
reaping_unref (Reaping *reaping)
{
  if (!g_atomic_ref_count_dec (&reaping->ref_count))
    return;

  q_launch_state_unref (reaping->state);
  g_mutex_clear (&reaping->lock);
  g_cond_clear (&reaping->cond);
  g_free (reaping);
}

static void
tell_reaper (gpointer data)
{
  Reaping *reaping = data;

  g_mutex_lock (&reaping->lock);
  reaping->done = TRUE;
  g_cond_signal (&reaping->cond);
  g_mutex_unlock (&reaping->lock);
  reaping_unref (reaping);
}

static gboolean
reap_cb (gpointer data)
{
  Reaping *reaping = data;
  QLaunch *launch = q_launch_state_get_launch (reaping->state);

  if (launch != NULL)
    {
      if (launch->reapers == NULL)
        launch->reapers = g_ptr_array_new_with_free_func (tell_reaper);
      g_ptr_array_add (launch->reapers, reaping);
      if (launch->process != NULL)
        q_launch_send_kill (launch);
    }
  else
    {
      tell_reaper (reaping);
    }
  return G_SOURCE_REMOVE;
}

/* No operation is in flight, for each would hold a reference; so a machine that is stopped now
 * stays so. */
void
q_launch_state_kill_and_reap (QLaunchState *state)
{
  Reaping *reaping;
  gint64 deadline = g_get_monotonic_time () + DISPOSE_TIMEOUT_US;

  if (q_launch_state_get_state (state) == Q_MACHINE_STATE_STOPPED)
    return;
  /* A forked child drops its copy of the object; the machine is the parent's. */
  if (!q_io_thread_can_wait () && !q_io_thread_is_current ())
    return;

  reaping = g_new0 (Reaping, 1);
  g_atomic_ref_count_init (&reaping->ref_count);
  g_atomic_ref_count_inc (&reaping->ref_count);
  reaping->state = q_launch_state_ref (state);
  g_mutex_init (&reaping->lock);
  g_cond_init (&reaping->cond);
  q_io_thread_post (reap_cb, reaping);

  if (!q_io_thread_is_current ())
    {
      g_mutex_lock (&reaping->lock);
      while (!reaping->done)
        if (!g_cond_wait_until (&reaping->cond, &reaping->lock, deadline))
          break;
      g_mutex_unlock (&reaping->lock);
    }
  reaping_unref (reaping);
}
