/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-machine.h"

#include "q-machine-private.h"

#include <string.h>

/* The qtest protocol of a machine that was launched with it, in the forms of its call. */

static void
qtest_call_free (gpointer data)
{
  QQtestCall *call = data;

  g_free (call->line);
  g_free (call);
}

static void
qtest_start (QOperation *operation)
{
  QMachine *self = q_operation_get_source_object (operation);
  QQtestCall *call = q_operation_get_data (operation);
  QLaunchState *state = q_machine_get_launch_state (self);
  QLaunch *launch = q_launch_state_get_launch (state);

  if (!q_launch_is_running (launch))
    q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                                  "qtest: the machine is not running");
  else if (q_launch_get_qtest (launch) == NULL)
    q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                                  "qtest: the machine was launched without qtest");
  else
    {
      q_operation_set_timeout (operation, call->timeout, "no answer came", NULL);
      q_qtest_stream_send (q_launch_get_qtest (launch), operation);
    }
}

static QOperation *
qtest_operation (QMachine *self, const char *line, int timeout, GCancellable *cancellable)
{
  QOperation *operation
    = q_operation_new (self, q_launch_state_get_dispatcher (q_machine_get_launch_state (self)),
                       "qtest", cancellable, qtest_start);
  QQtestCall *call;

  if (line[0] == '\0' || strpbrk (line, "\r\n") != NULL)
    {
      q_operation_refuse (operation,
                          g_error_new (Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                                       "qtest: what is sent must be one line, without its end"));
      return operation;
    }
  if (timeout < -1)
    {
      q_operation_refuse_timeout (operation, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                                  timeout);
      return operation;
    }

  call = g_new0 (QQtestCall, 1);
  call->line = g_strdup (line);
  call->timeout = timeout;
  q_operation_set_data (operation, call, qtest_call_free);

  return operation;
}

/**
 * q_machine_qtest:
 * @self: a machine that was launched with [property@Machine:enable-qtest]
 * @line: a line of the qtest protocol, such as `clock_step 1000` or `readb 0xfee00000`
 * @timeout: how long to wait for the answer in milliseconds, -1 without end
 * @cancellable: (nullable): to give up waiting; QEMU carries the line out all the same
 * @error: return location for an error
 *
 * Sends a line to QEMU's qtest server and waits for the answer.
 *
 * Lines that tell of interrupts are not answers: see
 * [signal@Machine::qtest-irq]. `clock_step`
 * needs QEMU's `qtest` accelerator, which the program asks for itself, in
 * [property@Machine:args], where its QEMU has one.
 *
 * Errors: %Q_COMMAND_ERROR_GENERIC_ERROR with the whole line when the answer is not `OK`;
 * %Q_MONITOR_ERROR_INVALID_COMMAND when @line is not one line; %Q_MACHINE_ERROR_NOT_RUNNING;
 * %Q_MACHINE_ERROR_EXITED; %Q_MONITOR_ERROR_BUSY when 65536 lines wait; %G_IO_ERROR_CANCELLED.
 *
 * ```c
 * g_autofree char *answer = NULL;
 *
 * g_object_set (machine, "enable-qtest", TRUE, NULL);
 * if (!q_machine_launch (machine, NULL, error))
 *   return FALSE;
 * answer = q_machine_qtest (machine, "readb 0xfffffff0", -1, NULL, error);
 * if (answer == NULL)
 *   return FALSE;
 * g_print ("%s\n", answer);
 * ```
 *
 * Returns: (transfer full): the answer, a line that begins with `OK`
 *
 * Since: 1.0
 */
char *
q_machine_qtest (QMachine *self, const char *line, int timeout, GCancellable *cancellable,
                 GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (line != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (qtest_operation (self, line, timeout, cancellable), error);
}

/**
 * q_machine_qtest_async:
 * @self: a machine that was launched with [property@Machine:enable-qtest]
 * @line: a line of the qtest protocol
 * @timeout: how long to wait for the answer in milliseconds, -1 without end
 * @cancellable: (nullable): to give up waiting; QEMU carries the line out all the same
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Machine.qtest], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_qtest_async (QMachine *self, const char *line, int timeout, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (line != NULL);

  q_operation_run_async (qtest_operation (self, line, timeout, cancellable), q_machine_qtest_async,
                         callback, user_data);
}

/**
 * q_machine_qtest_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.qtest_async].
 *
 * Returns: (transfer full): the answer, a line that begins with `OK`
 *
 * Since: 1.0
 */
char *
q_machine_qtest_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_operation_finish (self, result, q_machine_qtest_async, error);
}
