/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

#include "io/deadline-private.h"
#include "io/io-thread-private.h"

/* The calls that wait for the end of a machine's launch, or bring it about. */

void
q_launch_call_free (gpointer data)
{
  QLaunchCall *call = data;

  g_clear_pointer (&call->config, q_launch_config_free);
  q_launch_state_unref (call->state);
  g_free (call);
}

void
q_launch_wait (QOperation *operation)
{
  QLaunchCall *call = q_operation_get_data (operation);
  QLaunch *launch = q_launch_state_get_launch (call->state);

  if (launch != NULL)
    {
      q_operation_wait_in (operation, &launch->exit_waiters);
      q_operation_set_timeout (operation, call->timeout, "QEMU did not end", NULL);
    }
  else if (q_launch_state_get_exit_kind (call->state) == Q_EXIT_KIND_NONE)
    q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                                  "wait: the machine was not launched");
  else if (call->wants_end)
    q_operation_return (operation, q_launch_end_new (call->state), q_launch_end_free);
  else
    q_operation_return_true (operation);
}

void
q_launch_shutdown (QOperation *operation)
{
  QLaunchCall *call = q_operation_get_data (operation);
  QLaunch *launch = q_launch_state_get_launch (call->state);

  if (launch == NULL)
    {
      q_operation_return_true (operation);
      return;
    }

  launch->config->shutdown_timeout = call->timeout;
  call->stops = TRUE;
  call->is_shutdown = TRUE;
  q_operation_wait_in (operation, &launch->exit_waiters);
  q_launch_begin_stop (launch);
}

void
q_launch_kill (QOperation *operation)
{
  QLaunchCall *call = q_operation_get_data (operation);
  QLaunch *launch = q_launch_state_get_launch (call->state);

  if (launch == NULL)
    {
      q_operation_return_true (operation);
      return;
    }

  call->stops = TRUE;
  q_operation_wait_in (operation, &launch->exit_waiters);
  q_operation_set_timeout (operation, call->timeout, "QEMU did not end", NULL);
  q_launch_begin_kill (launch);
}

void
q_launch_terminate (QOperation *operation)
{
  QLaunchCall *call = q_operation_get_data (operation);
  QLaunch *launch = q_launch_state_get_launch (call->state);

  if (launch == NULL)
    {
      q_operation_return_true (operation);
      return;
    }

  q_operation_wait_in (operation, &launch->exit_waiters);
  q_operation_set_timeout (operation, call->timeout, "QEMU did not end", NULL);
  q_launch_begin_term (launch);
}

/* -- detach -- */

/* QEMU gives what it has not sent yet to the next client, who did not ask for it. */
#define LAST_ANSWERS_MS 1000

void
q_launch_return_not_detached (QOperation *operation)
{
  q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                                "detach: the machine is not running");
}

static void
withdraw_detach (QOperation *operation)
{
  QLaunchCall *call = q_operation_get_data (operation);
  QLaunch *launch = q_launch_state_get_launch (call->state);

  launch->detach_op = NULL;
  q_source_clear (&launch->detach_source);
}

static gboolean
let_live_cb (gpointer data)
{
  QLaunch *self = data;
  QOperation *operation = g_steal_pointer (&self->detach_op);

  q_source_clear (&self->detach_source);
  q_operation_set_withdraw (operation, NULL);
  if (self->stop_step != Q_STOP_NOT_BEGUN || self->process == NULL)
    {
      q_launch_return_not_detached (operation);
      return G_SOURCE_REMOVE;
    }

  q_launch_let_live (self);
  q_operation_return_true (operation);
  return G_SOURCE_REMOVE;
}

void
q_launch_question_answered (QLaunch *self)
{
  self->n_questions--;
  if (self->n_questions > 0 || self->detach_op == NULL)
    return;

  /* Not from within the session's own callback. */
  q_source_clear (&self->detach_source);
  self->detach_source = q_io_thread_add_timeout (0, let_live_cb, self, "qmachine-detach");
}

void
q_launch_detach (QOperation *operation)
{
  QLaunchCall *call = q_operation_get_data (operation);
  QLaunch *launch = q_launch_state_get_launch (call->state);

  if (!q_launch_is_running (launch) || launch->stop_step != Q_STOP_NOT_BEGUN
      || launch->detach_op != NULL)
    {
      q_launch_return_not_detached (operation);
      return;
    }
  if (launch->config->exit_with_parent)
    {
      q_operation_return_new_error (
        operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
        "detach: exit-with-parent was on at the launch, so QEMU ends with this process");
      return;
    }

  if (launch->config->monitor_mode == Q_MONITOR_MODE_STDIO)
    {
      q_operation_return_new_error (
        operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
        "detach: in the monitor mode STDIO QEMU's monitor ends with this process");
      return;
    }

  if (launch->n_questions == 0)
    {
      q_launch_let_live (launch);
      q_operation_return_true (operation);
      return;
    }

  launch->detach_op = operation;
  q_operation_set_withdraw (operation, withdraw_detach);
  launch->detach_source
    = q_io_thread_add_deadline (LAST_ANSWERS_MS, let_live_cb, launch, "qmachine-detach");
}
