/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

#include "io/deadline-private.h"
#include "io/io-thread-private.h"

/* Those who are told of the end: calls that wait for it, and calls that failed because the monitor
 * is gone, which are told why as soon as that is known. */

/* How long a call whose monitor is gone waits for the child's end, to say why. */
#define REASON_MS 2000

/* Who waits for the end: an operation, or the dispose function of the machine. */
typedef struct
{
  QOperation *operation; /* NULL for dispose; first, for take_of () */
  gboolean is_shutdown;  /* wants to hear of force */
  void (*func) (gpointer user_data);
  gpointer user_data;
} QExitWaiter;

/* Out of the queue, what stands in it for an operation: each begins with its own. */
static gpointer
take_of (GQueue *queue, QOperation *operation)
{
  for (GList *l = queue->head; l != NULL; l = l->next)
    {
      QOperation **waiter = l->data;

      if (*waiter == operation)
        {
          g_queue_delete_link (queue, l);
          return waiter;
        }
    }

  g_assert_not_reached ();
}

/* -- calls that wait for the end -- */

static void
withdraw_exit_waiter (QOperation *operation)
{
  QLaunchCall *call = q_operation_get_data (operation);
  QLaunch *self = q_launch_state_get_launch (call->state);

  g_free (take_of (&self->exit_waiters, operation));
}

void
q_launch_add_exit_waiter (QLaunch *self, QOperation *operation, gboolean is_shutdown)
{
  QExitWaiter *waiter = g_new0 (QExitWaiter, 1);

  waiter->operation = operation;
  waiter->is_shutdown = is_shutdown;
  g_queue_push_tail (&self->exit_waiters, waiter);
  q_operation_set_withdraw (operation, withdraw_exit_waiter);
}

void
q_launch_tell_exit_waiters (QLaunch *self, const GError *abnormal)
{
  QExitWaiter *waiter;

  while ((waiter = g_queue_pop_head (&self->exit_waiters)) != NULL)
    {
      if (waiter->operation == NULL)
        {
          waiter->func (waiter->user_data);
        }
      else
        {
          q_operation_set_withdraw (waiter->operation, NULL);
          if (self->detached)
            q_operation_return_new_error (
              waiter->operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
              "%s: the machine was detached", q_operation_get_name (waiter->operation));
          else if (waiter->is_shutdown && abnormal != NULL)
            q_operation_return_error (waiter->operation, g_error_copy (abnormal));
          else
            q_operation_return_true (waiter->operation);
        }
      g_free (waiter);
    }
}

/* Those who only wait go on waiting. */
void
q_launch_tell_stop_failed (QLaunch *self, const char *reason)
{
  GQueue waiters = self->exit_waiters;
  QExitWaiter *waiter;

  g_queue_init (&self->exit_waiters);
  while ((waiter = g_queue_pop_head (&waiters)) != NULL)
    {
      QLaunchCall *call
        = waiter->operation != NULL ? q_operation_get_data (waiter->operation) : NULL;

      if (call != NULL && !call->stops)
        {
          g_queue_push_tail (&self->exit_waiters, waiter);
          continue;
        }

      if (call == NULL)
        {
          waiter->func (waiter->user_data);
        }
      else
        {
          q_operation_set_withdraw (waiter->operation, NULL);
          q_operation_return_new_error (waiter->operation, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                                        "%s: %s", q_operation_get_name (waiter->operation), reason);
        }
      g_free (waiter);
    }
}

void
q_launch_add_exit_func (QLaunch *self, void (*func) (gpointer user_data), gpointer user_data)
{
  QExitWaiter *waiter = g_new0 (QExitWaiter, 1);

  waiter->func = func;
  waiter->user_data = user_data;
  g_queue_push_tail (&self->exit_waiters, waiter);
}

/* -- calls whose monitor is gone -- */

typedef struct
{
  QOperation *operation; /* first, for take_of () */
  QLaunch *launch;
  GError *error; /* what is known now */
  GSource *deadline;
} FailedCall;

static void
failed_call_free (FailedCall *failed)
{
  q_source_clear (&failed->deadline);
  g_clear_error (&failed->error);
  g_free (failed);
}

static gboolean
reason_deadline_cb (gpointer data)
{
  FailedCall *failed = data;
  QOperation *operation = failed->operation;
  GError *error = g_steal_pointer (&failed->error);

  g_queue_remove (&failed->launch->failed_calls, failed);
  failed_call_free (failed);
  q_operation_set_interrupt (operation, NULL);
  q_operation_return_error (operation, error);
  return G_SOURCE_REMOVE;
}

/* It was about to fail anyway: no more waiting, and the reason that the caller asked for. */
static void
failed_call_interrupted_cb (QOperation *operation, GError *error)
{
  QSessionCall *call = q_operation_get_data (operation);
  QLaunch *self = q_launch_state_get_launch (call->user_data);

  failed_call_free (take_of (&self->failed_calls, operation));
  q_operation_set_interrupt (operation, NULL);
  q_operation_return_error (operation, error);
}

void
q_launch_add_failed_call (QLaunch *self, QOperation *operation, GError *error)
{
  FailedCall *failed = g_new0 (FailedCall, 1);

  failed->launch = self;
  failed->operation = operation;
  failed->error = error;
  failed->deadline
    = q_io_thread_add_deadline (REASON_MS, reason_deadline_cb, failed, "qmachine-reason");
  g_queue_push_tail (&self->failed_calls, failed);
  q_operation_set_interrupt (operation, failed_call_interrupted_cb);
}

void
q_launch_tell_failed_calls (QLaunch *self, const char *description)
{
  g_autofree char *how = q_launch_state_describe_exit (self->state);
  FailedCall *failed;

  while ((failed = g_queue_pop_head (&self->failed_calls)) != NULL)
    {
      QOperation *operation = failed->operation;

      failed_call_free (failed);
      q_operation_set_interrupt (operation, NULL);
      if (self->detached)
        q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                                      "%s: the machine was detached",
                                      q_operation_get_name (operation));
      else if (q_launch_state_get_exit_kind (self->state) == Q_EXIT_KIND_NONE)
        q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                                      "%s: the launch failed", q_operation_get_name (operation));
      else
        q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED,
                                      "%s: QEMU %s\n%s", q_operation_get_name (operation), how,
                                      description);
    }
}
