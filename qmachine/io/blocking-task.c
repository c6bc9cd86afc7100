/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "blocking-task-private.h"

#include "io-thread-private.h"

typedef struct
{
  GTask *task;
  QBlockingFunc func;
  gpointer result;
  GDestroyNotify free_result;
  GError *error;
} BlockingTask;

static void
blocking_task_free (gpointer data)
{
  BlockingTask *self = data;

  /* Still there if the context went away before it could tell. */
  if (self->result != NULL && self->free_result != NULL)
    self->free_result (self->result);
  g_clear_error (&self->error);
  g_object_unref (self->task);
  g_free (self);
}

static gboolean
done_cb (gpointer data)
{
  BlockingTask *self = data;

  if (self->error != NULL)
    g_task_return_error (self->task, g_steal_pointer (&self->error));
  else
    g_task_return_pointer (self->task, g_steal_pointer (&self->result), self->free_result);

  return G_SOURCE_REMOVE;
}

static void
run (gpointer data, gpointer user_data)
{
  BlockingTask *self = data;
  g_autoptr (GSource) source = g_idle_source_new ();
  g_autoptr (GMainContext) context = g_main_context_ref (g_task_get_context (self->task));

  self->result
    = self->func (g_task_get_source_object (self->task), g_task_get_task_data (self->task),
                  g_task_get_cancellable (self->task), &self->error);

  g_source_set_priority (source, g_task_get_priority (self->task));
  g_source_set_callback (source, done_cb, self, blocking_task_free);
  g_source_set_static_name (source, "QMachine: the end of a blocking call");
  g_source_attach (source, context);
}

void
q_blocking_task_run (GTask *task, QBlockingFunc func, GDestroyNotify free_result)
{
  static GThreadPool *pool;
  BlockingTask *self;

  /* The pool counts threads there that only the parent has. */
  if (q_io_thread_is_of_parent ())
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                               "not in a forked child, which has no thread for it: let the child "
                               "execute a program (in Python, the start methods spawn and "
                               "forkserver do)");
      g_object_unref (task);
      return;
    }

  self = g_new0 (BlockingTask, 1);
  if (g_once_init_enter (&pool))
    /* Without a limit: each may wait for minutes. GLib keeps a few idle threads, and ends the
     * others. */
    g_once_init_leave (&pool, g_thread_pool_new (run, NULL, -1, FALSE, NULL));

  self->task = task;
  self->func = func;
  self->free_result = free_result;
  g_thread_pool_push (pool, self, NULL);
}
