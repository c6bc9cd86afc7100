/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

#include "io/deadline-private.h"
#include "io/io-thread-private.h"

/* Those who are told of the end: calls that wait for it, and calls that failed because the monitor
 * is gone, which are told why as soon as that is known. */

/* How long a call whose monitor is gone waits for the child's end, to say why. */
#define REASON_MS 2000

/* -- calls that wait for the end -- */

void
q_launch_tell_exit_waiters (QLaunch *self, const GError *abnormal)
{
  QOperation *operation;

  q_launch_fail_state_waiters (self);
  while ((operation = g_queue_peek_head (&self->exit_waiters)) != NULL)
    {
      QLaunchCall *call = q_operation_get_data (operation);

      if (self->detached)
        q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                                      "%s: the machine was detached",
                                      q_operation_get_name (operation));
      else if (call->wants_end && q_launch_state_get_exit_kind (self->state) == Q_EXIT_KIND_NONE)
        q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                                      "%s: the launch failed", q_operation_get_name (operation));
      else if (call->wants_end)
        q_operation_return (operation, q_launch_end_new (self->state), q_launch_end_free);
      else if (call->is_shutdown && abnormal != NULL)
        q_operation_return_error (operation, g_error_copy (abnormal));
      else
        q_operation_return_true (operation);
    }
}

/* Those who only wait go on waiting. */
void
q_launch_tell_stop_failed (QLaunch *self, const char *reason)
{
  for (GList *l = self->exit_waiters.head, *next; l != NULL; l = next)
    {
      QOperation *operation = l->data;
      QLaunchCall *call = q_operation_get_data (operation);

      next = l->next;
      if (call->stops)
        q_operation_return_new_error (operation, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "%s: %s",
                                      q_operation_get_name (operation), reason);
    }

  g_clear_pointer (&self->reapers, g_ptr_array_unref);
}

/* -- calls whose monitor is gone -- */

typedef struct
{
  QOperation *operation;
  QLaunch *launch;
  GError *error; /* what is known now */
  GSource *deadline;
} FailedCall;

static void
failed_call_free (FailedCall *failed)
{
  g_queue_remove (&failed->launch->failed_calls, failed);
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

  failed_call_free (failed);
  q_operation_set_interrupt (operation, NULL);
  q_operation_return_error (operation, error);
  return G_SOURCE_REMOVE;
}

static FailedCall *
find_failed_call (QLaunch *self, QOperation *operation)
{
  for (GList *l = self->failed_calls.head; l != NULL; l = l->next)
    {
      FailedCall *failed = l->data;

      if (failed->operation == operation)
        return failed;
    }

  g_assert_not_reached ();
}

/* It was about to fail anyway: no more waiting, and the reason that the caller asked for. */
static void
failed_call_interrupted_cb (QOperation *operation, GError *error)
{
  QSessionCall *call = q_operation_get_data (operation);
  QLaunch *self = q_launch_state_get_launch (call->user_data);

  failed_call_free (find_failed_call (self, operation));
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
  gboolean exited;
  g_autofree char *end = q_launch_describe_end (self, description, &exited);
  FailedCall *failed;

  while ((failed = g_queue_peek_head (&self->failed_calls)) != NULL)
    {
      QOperation *operation = failed->operation;

      failed_call_free (failed);
      q_operation_set_interrupt (operation, NULL);
      q_operation_return_new_error (operation, Q_MACHINE_ERROR,
                                    exited ? Q_MACHINE_ERROR_EXITED : Q_MACHINE_ERROR_NOT_RUNNING,
                                    "%s: %s", q_operation_get_name (operation), end);
    }
}
