/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-io-thread-private.h"

#include <signal.h>
#include <unistd.h>

static GThread *io_thread;
static pid_t io_thread_owner;

static gpointer
io_thread_main (gpointer data)
{
  GMainContext *context = data;
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);

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
      io_thread = g_thread_new ("qmachine-io", io_thread_main, io_context);
      pthread_sigmask (SIG_SETMASK, &old, NULL);
      g_once_init_leave (&once, 1);
    }

  return io_context;
}

gboolean
q_io_thread_is_current (void)
{
  return g_main_context_is_owner (q_io_thread_get_context ());
}

gboolean
q_io_thread_can_wait (void)
{
  GMainContext *context = q_io_thread_get_context ();

  return getpid () == io_thread_owner && !g_main_context_is_owner (context);
}

void
q_io_thread_post (GSourceFunc func, gpointer data)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, data, NULL);
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
