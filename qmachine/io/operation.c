/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "operation-private.h"

#include <sys/eventfd.h>

#include "deadline-private.h"
#include "interrupt-private.h"
#include "io-thread-private.h"
#include "time-limit-private.h"

struct _QOperation
{
  gatomicrefcount ref_count; /* the sync caller and the I/O thread both look at it at the end */
  gpointer source_object;    /* owned; taken and dropped on the caller's side */
  const char *name;
  QDispatcher *dispatcher;
  GCancellable *cancellable;
  QOperationFunc start;
  const QOperationDirectWay *direct_way; /* NULL: only on the I/O thread */
  QOperationFunc withdraw;
  void (*interrupt) (QOperation *self, GError *error);
  GQueue *queue; /* in which it waits; NULL: in none */
  GList link;    /* in there */
  gpointer data;
  GDestroyNotify free_data;

  gulong cancel_handler;
  gboolean completed; /* the I/O thread's */
  GSource *timeout_source;
  gint64 timeout_ms;            /* for the message */
  const char *timeout_property; /* that set it; nullable */
  char *timeout_what;           /* for the message */

  GTask *task;        /* async form */
  gint64 source_time; /* of the iteration in which it was called */
  QLoop *loop;        /* of the task's context; NULL: the library has nothing else there */
  QLoopJob job;       /* in it, where it is not the dispatcher's */

  GMutex lock; /* sync form: guards `done` */
  GCond cond;
  gboolean done;
  int wake_fd; /* see q_operation_set_wake_fd (); I/O thread's */

  gpointer result;
  GDestroyNotify free_result;
  GError *error;
};

QOperation *
q_operation_new (gpointer source_object, QDispatcher *dispatcher, const char *name,
                 GCancellable *cancellable, QOperationFunc start)
{
  QOperation *self = g_new0 (QOperation, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->source_object = g_object_ref (source_object);
  self->dispatcher = q_dispatcher_ref (dispatcher);
  self->name = name;
  g_set_object (&self->cancellable, cancellable);
  self->start = start;
  self->wake_fd = -1;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);

  return self;
}

/* What belongs to the caller's side; the shell may live a moment longer. */
static void
q_operation_clear (QOperation *self)
{
  if (self->free_result != NULL && self->result != NULL)
    self->free_result (g_steal_pointer (&self->result));
  g_clear_error (&self->error);
  if (self->free_data != NULL && self->data != NULL)
    self->free_data (g_steal_pointer (&self->data));
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->loop, q_loop_unref);
  g_clear_object (&self->task);
  g_clear_object (&self->source_object);
}

static void
q_operation_unref (QOperation *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->dispatcher, q_dispatcher_unref);
  g_free (self->timeout_what);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

void
q_operation_set_data (QOperation *self, gpointer data, GDestroyNotify free_data)
{
  self->data = data;
  self->free_data = free_data;
}

gpointer
q_operation_get_data (QOperation *self)
{
  return self->data;
}

gpointer
q_operation_get_source_object (QOperation *self)
{
  return self->source_object;
}

const char *
q_operation_get_name (QOperation *self)
{
  return self->name;
}

void
q_operation_set_direct_way (QOperation *self, const QOperationDirectWay *direct_way)
{
  self->direct_way = direct_way;
}

QLoop *
q_operation_get_loop (QOperation *self)
{
  return self->loop;
}

gboolean
q_operation_is_done (QOperation *self)
{
  return self->done;
}

void
q_operation_set_wake_fd (QOperation *self, int fd)
{
  self->wake_fd = fd;
}

void
q_operation_refuse (QOperation *self, GError *error)
{
  g_clear_error (&self->error);
  self->error = error;
}

void
q_operation_refuse_timeout (QOperation *self, GQuark domain, int code, int timeout)
{
  GError *error = NULL;

  q_time_limit_refuse (timeout, self->name, domain, code, &error);
  q_operation_refuse (self, error);
}

/* A message may name a file, whose name need not be UTF-8; a message must be. */
static GError *
steal_error (QOperation *self)
{
  GError *error = g_steal_pointer (&self->error);

  if (!g_utf8_validate (error->message, -1, NULL))
    {
      char *valid = g_utf8_make_valid (error->message, -1);

      g_free (error->message);
      error->message = valid;
    }

  return error;
}

static void
deliver_to_task (gpointer data)
{
  QOperation *self = data;

  if (self->error != NULL)
    g_task_return_error (self->task, steal_error (self));
  else
    g_task_return_pointer (self->task, g_steal_pointer (&self->result), self->free_result);

  q_operation_clear (self);
  q_operation_unref (self);
}

static gboolean
deliver_to_task_cb (gpointer data)
{
  deliver_to_task (data);
  return G_SOURCE_REMOVE;
}

static void
run_job (gpointer data)
{
  QOperation *self = data;

  /* GTask would put the callback off. */
  if (self->source_time != 0 && g_source_get_time (g_main_current_source ()) == self->source_time)
    return;

  q_loop_remove (self->loop, &self->job);
  deliver_to_task (self);
}

static gpointer
job_ref (gpointer data)
{
  QOperation *self = data;

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
job_unref (gpointer data)
{
  q_operation_unref (data);
}

static const QLoopJobClass job_class = { run_job, job_ref, job_unref };

void
q_operation_wake (QOperation *self)
{
  if (self->wake_fd >= 0)
    eventfd_write (self->wake_fd, 1);
}

void
q_operation_wait_in (QOperation *self, GQueue *queue)
{
  g_assert (self->queue == NULL);

  self->queue = queue;
  self->link.data = self;
  g_queue_push_tail_link (queue, &self->link);
}

void
q_operation_leave (QOperation *self)
{
  if (self->queue != NULL)
    g_queue_unlink (g_steal_pointer (&self->queue), &self->link);
}

static void
q_operation_complete (QOperation *self)
{
  GMainContext *context;

  q_operation_leave (self);
  self->completed = TRUE;
  g_clear_signal_handler (&self->cancel_handler, self->cancellable);
  q_source_clear (&self->timeout_source);
  /* Who gets the result and then turns the context finds all events that came before. */
  q_dispatcher_flush (self->dispatcher);

  if (self->task == NULL)
    {
      g_mutex_lock (&self->lock);
      self->done = TRUE;
      g_mutex_unlock (&self->lock);
      /* Not with the lock held: the first thing that the caller does is to take it. */
      g_cond_signal (&self->cond);
      q_operation_wake (self);
      q_operation_unref (self);
      return;
    }

  context = g_task_get_context (self->task);
  if (context == q_dispatcher_get_context (self->dispatcher))
    {
      q_dispatcher_post_result (self->dispatcher, deliver_to_task, self, self->source_time);
    }
  else if (self->loop != NULL)
    {
      self->job.klass = &job_class;
      self->job.data = self;
      q_loop_add (self->loop, &self->job);
    }
  else
    {
      g_autoptr (GSource) source = g_idle_source_new ();

      g_source_set_priority (source, G_PRIORITY_DEFAULT);
      g_source_set_callback (source, deliver_to_task_cb, self, NULL);
      g_source_set_static_name (source, "qmachine-result");
      g_source_attach (source, context);
    }
}

void
q_operation_return (QOperation *self, gpointer result, GDestroyNotify free_result)
{
  self->result = result;
  self->free_result = free_result;
  q_operation_complete (self);
}

void
q_operation_return_true (QOperation *self)
{
  q_operation_return (self, GINT_TO_POINTER (TRUE), NULL);
}

void
q_operation_return_error (QOperation *self, GError *error)
{
  self->error = error;
  q_operation_complete (self);
}

void
q_operation_return_new_error (QOperation *self, GQuark domain, int code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  self->error = g_error_new_valist (domain, code, format, args);
  va_end (args);

  q_operation_complete (self);
}

static void
give_up (QOperation *self, GError *error)
{
  QOperationFunc withdraw = g_steal_pointer (&self->withdraw);

  if (self->interrupt != NULL)
    {
      q_source_clear (&self->timeout_source);
      self->interrupt (self, error);
      return;
    }

  if (withdraw != NULL)
    withdraw (self);
  q_operation_return_error (self, error);
}

static void
give_up_cancelled (QOperation *self)
{
  give_up (self, g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s: cancelled", self->name));
}

static gboolean
cancelled_cb (gpointer data)
{
  QOperation *self = data;

  /* It may have ended meanwhile. */
  if (!self->completed)
    give_up_cancelled (self);
  q_operation_unref (self);
  return G_SOURCE_REMOVE;
}

/* From any thread. */
static void
cancel (QOperation *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  q_io_thread_post (cancelled_cb, self);
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  cancel (data);
}

static void
unref_by_closure (gpointer data, GClosure *closure)
{
  q_operation_unref (data);
}

/* By a handler: a source would wake the I/O thread when it is attached, and that costs more than
 * all else of a short call. Not by g_cancellable_connect (), whose counterpart waits for a handler
 * that runs, which may be waiting for this thread. */
static void
watch_cancellable (QOperation *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  self->cancel_handler = g_signal_connect_data (
    self->cancellable, "cancelled", G_CALLBACK (on_cancelled), self, unref_by_closure, 0);
}

static gboolean
timed_out_cb (gpointer data)
{
  QOperation *self = data;
  const char *property = self->timeout_property;

  give_up (self, g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                              "%s: %s within %" G_GINT64_FORMAT " ms%s%s%s", self->name,
                              self->timeout_what, self->timeout_ms, property != NULL ? " (" : "",
                              property != NULL ? property : "", property != NULL ? ")" : ""));
  return G_SOURCE_REMOVE;
}

void
q_operation_set_withdraw (QOperation *self, QOperationFunc withdraw)
{
  self->withdraw = withdraw;
}

void
q_operation_set_interrupt (QOperation *self, void (*interrupt) (QOperation *self, GError *error))
{
  self->interrupt = interrupt;
}

void
q_operation_explain_timeout (QOperation *self, const char *what)
{
  g_free (self->timeout_what);
  self->timeout_what = g_strdup (what);
}

void
q_operation_set_timeout (QOperation *self, gint64 milliseconds, const char *what,
                         const char *property)
{
  q_source_clear (&self->timeout_source);
  self->timeout_ms = milliseconds;
  self->timeout_property = property;
  q_operation_explain_timeout (self, what);
  self->timeout_source
    = q_io_thread_add_deadline (milliseconds, timed_out_cb, self, "qmachine-deadline");
}

static gboolean
start_cb (gpointer data)
{
  QOperation *self = data;

  if (self->cancellable != NULL)
    {
      watch_cancellable (self);
      if (g_cancellable_is_cancelled (self->cancellable))
        {
          give_up_cancelled (self);
          return G_SOURCE_REMOVE;
        }
    }

  self->start (self);
  return G_SOURCE_REMOVE;
}

void
q_operation_start (QOperation *self)
{
  start_cb (self);
}

static GError *
refuse_in_child (QOperation *self)
{
  return g_error_new (
    G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
    "%s: not in a forked child, which has no thread for it: let the child execute "
    "a program (in Python, the start methods spawn and forkserver do)",
    self->name);
}

void
q_operation_run_async (QOperation *self, gpointer tag, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  self->task = g_task_new (self->source_object, self->cancellable, callback, user_data);
  g_task_set_source_tag (self->task, tag);
  g_task_set_name (self->task, self->name);
  /* The operation looks at its cancellable itself: a result that is there must not be replaced by
   * CANCELLED afterwards, or a machine that was launched would be lost. */
  g_task_set_check_cancellable (self->task, FALSE);

  if (g_main_current_source () != NULL)
    self->source_time = g_source_get_time (g_main_current_source ());

  if (self->error == NULL && q_io_thread_is_of_parent ())
    self->error = refuse_in_child (self);
  if (self->error != NULL)
    {
      deliver_to_task (self);
      return;
    }

  self->loop = q_loop_find (g_task_get_context (self->task));
  if (self->direct_way == NULL || !self->direct_way->start (self))
    q_io_thread_post (start_cb, self);
}

gboolean
q_operation_check_interrupt (QOperation *self)
{
  if (!q_interrupt_check ())
    return FALSE;

  cancel (self);
  return TRUE;
}

static void
wait_until_done (QOperation *self)
{
  gboolean watched = q_interrupt_is_watched ();

  g_mutex_lock (&self->lock);
  while (!self->done)
    {
      gint64 next_look = g_get_monotonic_time () + Q_INTERRUPT_MS * 1000;

      if (!watched)
        g_cond_wait (&self->cond, &self->lock);
      else if (!g_cond_wait_until (&self->cond, &self->lock, next_look))
        {
          g_mutex_unlock (&self->lock);
          watched = !q_operation_check_interrupt (self);
          g_mutex_lock (&self->lock);
        }
    }
  g_mutex_unlock (&self->lock);
}

gpointer
q_operation_run_sync (QOperation *self, GError **error)
{
  gpointer result;

  if (self->error == NULL && q_io_thread_is_of_parent ())
    self->error = refuse_in_child (self);
  else if (self->error == NULL && !q_io_thread_can_wait ())
    self->error
      = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                     "%s: not in a finalizer that runs in the library's thread", self->name);

  if (self->error == NULL)
    {
      g_atomic_ref_count_inc (&self->ref_count);
      if (self->direct_way == NULL || !self->direct_way->run (self))
        q_io_thread_post (start_cb, self);

      wait_until_done (self);
      /* While the error is made one of a language, a signal would break it. */
      if (self->error != NULL && q_interrupt_is_watched ())
        q_interrupt_check ();
    }

  result = g_steal_pointer (&self->result);
  if (self->error != NULL)
    g_propagate_error (error, steal_error (self));

  q_operation_clear (self);
  q_operation_unref (self);

  return result;
}

gpointer
q_operation_finish (gpointer source_object, GAsyncResult *result, gpointer tag, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, source_object), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, tag), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
