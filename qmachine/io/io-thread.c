/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "io-thread-private.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

/* What one turn runs of what was posted, before other sources get theirs. */
#define POSTS_PER_TURN 64

typedef struct
{
  GSourceFunc func;
  gpointer data;
} Post;

static GThread *io_thread;
static gboolean is_child; /* of the process that has it */

/* Held by the thread that uses what belongs to the I/O thread: that one itself, but for when it
 * sleeps. */
static GMutex io_lock;
/* Held while one waits for that lock: so it is had in turns, where the I/O thread, which drops it
 * only for a moment when there is much to do, would always be the first to take it again. */
static GMutex io_queue_lock;
/* Guarded by its lock; all are one source's matter: GLib goes over all sources of a context in each
 * turn, so that a flood of them would stop it. */
static GMutex post_lock;
static GQueue posts = G_QUEUE_INIT;
static int n_posted;    /* how many they are; atomic, to be read without the lock */
static GPrivate inside; /* set in a thread that holds the lock */

static void
lock_in_turn (void)
{
  g_mutex_lock (&io_queue_lock);
  g_mutex_lock (&io_lock);
  g_mutex_unlock (&io_queue_lock);
}

static gboolean
try_lock (void)
{
  gboolean locked;

  if (!g_mutex_trylock (&io_queue_lock))
    return FALSE;

  locked = g_mutex_trylock (&io_lock);
  g_mutex_unlock (&io_queue_lock);
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

static gboolean
posts_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return g_atomic_int_get (&n_posted) > 0;
}

static gboolean
posts_check (GSource *source)
{
  return g_atomic_int_get (&n_posted) > 0;
}

static gboolean
posts_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  for (guint i = 0; i < POSTS_PER_TURN; i++)
    {
      g_autofree Post *post = NULL;

      g_mutex_lock (&post_lock);
      post = g_queue_pop_head (&posts);
      g_atomic_int_set (&n_posted, (int)posts.length);
      g_mutex_unlock (&post_lock);
      if (post == NULL)
        break;

      post->func (post->data);
    }

  return G_SOURCE_CONTINUE;
}

static GSourceFuncs posts_funcs = {
  .prepare = posts_prepare,
  .check = posts_check,
  .dispatch = posts_dispatch,
};

static void
add_posts (GMainContext *context)
{
  g_autoptr (GSource) source = g_source_new (&posts_funcs, sizeof *source);

  g_source_set_static_name (source, "qmachine-posts");
  g_source_attach (source, context);
}

static gpointer
io_thread_main (gpointer data)
{
  GMainContext *context = data;
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);

  q_io_thread_enter ();
  g_main_context_push_thread_default (context);
  g_main_loop_run (loop);
  g_main_context_pop_thread_default (context);

  return NULL;
}

void
q_io_thread_hold_standard_fds (void)
{
  int fd = -1;

  for (int standard = 0; standard <= 2; standard++)
    if (fcntl (standard, F_GETFD) < 0 && errno == EBADF)
      fd = open ("/dev/null", O_RDWR | O_CLOEXEC);

  /* Somebody else may have filled the place meanwhile. */
  if (fd > 2)
    close (fd);
}

/* In a forked child, of which a thread that was not in fork () is no part. */
static void
forked_cb (void)
{
  is_child = TRUE;
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

      q_io_thread_hold_standard_fds ();

      /* The program's signal handlers run in the program's threads, except for what is about this
       * very thread: a new thread inherits the mask. */
      sigfillset (&mask);
      for (gsize i = 0; i < G_N_ELEMENTS (own_faults); i++)
        sigdelset (&mask, own_faults[i]);
      pthread_sigmask (SIG_SETMASK, &mask, &old);
      /* To ask for the process's number instead costs some system calls in each call of a user. */
      pthread_atfork (NULL, NULL, forked_cb);
      io_context = g_main_context_new ();
      g_main_context_set_poll_func (io_context, poll_unlocked);
      add_posts (io_context);
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
q_io_thread_is_of_parent (void)
{
  q_io_thread_get_context ();

  return is_child;
}

gboolean
q_io_thread_can_wait (void)
{
  q_io_thread_get_context ();

  return !is_child && !q_io_thread_is_current ();
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

void
q_io_thread_post (GSourceFunc func, gpointer data)
{
  GMainContext *context = q_io_thread_get_context ();
  Post *post = g_new (Post, 1);

  post->func = func;
  post->data = data;
  g_mutex_lock (&post_lock);
  g_queue_push_tail (&posts, post);
  g_atomic_int_set (&n_posted, (int)posts.length);
  /* Who is not the first finds the thread awake, or about to be. */
  if (posts.length == 1)
    g_main_context_wakeup (context);
  g_mutex_unlock (&post_lock);
}

static gboolean
unref_context_cb (gpointer context)
{
  g_main_context_unref (context);
  return G_SOURCE_REMOVE;
}

void
q_io_thread_unref_context (GMainContext *context)
{
  if (q_io_thread_is_of_parent ())
    g_main_context_unref (context);
  else
    q_io_thread_post (unref_context_cb, context);
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

GSource *
q_io_thread_add_fd (int fd, GIOCondition condition, GUnixFDSourceFunc func, gpointer data,
                    const char *name)
{
  GSource *source = g_unix_fd_source_new (fd, condition);

  g_source_set_callback (source, G_SOURCE_FUNC (func), data, NULL);
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
