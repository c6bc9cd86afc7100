/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-io-thread-private.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

typedef struct
{
  GSourceFunc func;
  gpointer data;
} Post;

static GThread *io_thread;
static pid_t io_thread_owner;

/* Held by the thread that uses what belongs to the I/O thread: that one itself, but for when it
 * sleeps. */
static GMutex io_lock;
/* Held while one waits for that lock: so it is had in turns, where the I/O thread, which drops it
 * only for a moment when there is much to do, would always be the first to take it again. */
static GMutex turnstile;
static int n_posted; /* and not run yet; atomic */
static GPrivate inside; /* set in a thread that holds the lock */

static void
lock_in_turn (void)
{
  g_mutex_lock (&turnstile);
  g_mutex_lock (&io_lock);
  g_mutex_unlock (&turnstile);
}

static gboolean
try_lock (void)
{
  gboolean locked;

  if (!g_mutex_trylock (&turnstile))
    return FALSE;

  locked = g_mutex_trylock (&io_lock);
  g_mutex_unlock (&turnstile);
  return locked;
}

static gint
poll_unlocked (GPollFD *fds, guint n_fds, gint timeout)
{
  gint n_ready;
  int saved_errno;

  g_mutex_unlock (&io_lock);
  n_ready = g_poll (fds, n_fds, timeout);
  saved_errno = errno;
  lock_in_turn ();
  errno = saved_errno;

  return n_ready;
}

static gpointer
io_thread_main (gpointer data)
{
  GMainContext *context = data;
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);

  lock_in_turn ();
  g_private_set (&inside, GINT_TO_POINTER (TRUE));
  g_main_context_push_thread_default (context);
  g_main_loop_run (loop);
  g_main_context_pop_thread_default (context);

  return NULL;
}

GMainContext *
q_io_thread_get_context (void)
{
  static gsize once;
  static GMainContext *io_context;

  if (g_once_init_enter (&once))
    {
      static const int own_faults[]
        = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGPROF };
      sigset_t mask;
      sigset_t old;

      /* The program's signal handlers run in the program's threads, except for what is about this
       * very thread: a new thread inherits the mask. */
      sigfillset (&mask);
      for (gsize i = 0; i < G_N_ELEMENTS (own_faults); i++)
        sigdelset (&mask, own_faults[i]);
      pthread_sigmask (SIG_SETMASK, &mask, &old);
      io_thread_owner = getpid ();
      io_context = g_main_context_new ();
      g_main_context_set_poll_func (io_context, poll_unlocked);
      io_thread = g_thread_new ("qmachine-io", io_thread_main, io_context);
      pthread_sigmask (SIG_SETMASK, &old, NULL);
      g_once_init_leave (&once, 1);
    }

  return io_context;
}

gboolean
q_io_thread_is_current (void)
{
  return g_private_get (&inside) != NULL;
}

gboolean
q_io_thread_can_wait (void)
{
  q_io_thread_get_context ();

  return getpid () == io_thread_owner && !q_io_thread_is_current ();
}

gboolean
q_io_thread_try_enter (gboolean may_wait)
{
  if (!q_io_thread_can_wait ())
    return FALSE;
  if (may_wait)
    lock_in_turn ();
  else if (!try_lock ())
    return FALSE;

  if (g_atomic_int_get (&n_posted) > 0)
    {
      g_mutex_unlock (&io_lock);
      return FALSE;
    }

  g_private_set (&inside, GINT_TO_POINTER (TRUE));
  return TRUE;
}

void
q_io_thread_enter (void)
{
  lock_in_turn ();
  g_private_set (&inside, GINT_TO_POINTER (TRUE));
}

void
q_io_thread_leave (void)
{
  g_private_set (&inside, NULL);
  g_mutex_unlock (&io_lock);
}

static gboolean
post_cb (gpointer data)
{
  g_autofree Post *post = data;

  g_atomic_int_add (&n_posted, -1);
  post->func (post->data);
  return G_SOURCE_REMOVE;
}

void
q_io_thread_post (GSourceFunc func, gpointer data)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Post *post = g_new (Post, 1);

  post->func = func;
  post->data = data;
  g_atomic_int_inc (&n_posted);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, post_cb, post, NULL);
  g_source_set_static_name (source, "qmachine-post");
  g_source_attach (source, q_io_thread_get_context ());
}

GSource *
q_io_thread_add_timeout (gint64 milliseconds, GSourceFunc func, gpointer data, const char *name)
{
  GSource *source;

  if (milliseconds < 0)
    return NULL;

  source = g_timeout_source_new ((guint)MIN (milliseconds, (gint64)G_MAXINT));
  g_source_set_callback (source, func, data, NULL);
  g_source_set_static_name (source, name);
  g_source_attach (source, q_io_thread_get_context ());

  return source;
}

void
q_source_clear (GSource **source)
{
  if (*source == NULL)
    return;

  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}
