/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-guest-agent-private.h"

#include "guest/q-guest-exec-result-private.h"

/* Programs in the guest, in the forms of their calls. */

static QOperation *
exec_operation (QGuestAgent *self, const char *const *argv, const char *const *env, GBytes *input,
                int timeout, GCancellable *cancellable)
{
  GError *refusal = NULL;
  QAgentExec *exec = NULL;
  QOperation *operation;

  if (argv[0] != NULL)
    exec = q_agent_exec_new (q_guest_agent_get_agent (self), argv, env, input, timeout, &refusal);
  else
    refusal = g_error_new_literal (Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                                   "exec: there is no program");
  operation = q_guest_agent_new_operation (self, "exec", cancellable, q_agent_exec, timeout, exec,
                                           q_agent_exec_free);
  if (refusal != NULL)
    q_operation_refuse (operation, refusal);

  return operation;
}

/**
 * q_guest_agent_exec:
 * @self: a guest agent
 * @argv: (array zero-terminated=1): the program, searched for in the `PATH` of the agent, and its
 *   arguments
 * @env: (array zero-terminated=1) (nullable): its whole environment, `NAME=value` each; %NULL for
 *   that of the agent
 * @input: (nullable): what it reads from its standard input
 * @timeout: how long it may run in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout]
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Runs a program in the guest, without a shell, and waits for its end.
 *
 * The agent gives its output when it has ended, and no more than the first 16 MiB of each kind, cut
 * off as [property@GuestExecResult:output-truncated] says. Other commands have their turn
 * meanwhile. An exit status other than 0 is no error. No call ends a program of a guest: one whose
 * call was given up goes on, and the library sees to it that the agent frees its output. If the
 * guest is frozen meanwhile its end is seen after the thaw.
 *
 * Errors: [error@CommandError] when it cannot be started; %Q_MONITOR_ERROR_TOO_LARGE for more than
 * some 48 MiB of input; otherwise those of [method@GuestAgent.command].
 *
 * ```c
 * const char *argv[] = { "uname", "-r", NULL };
 * g_autoptr (QGuestExecResult) result
 *   = q_guest_agent_exec (agent, argv, NULL, NULL, 5000, NULL, error);
 *
 * if (result == NULL)
 *   return FALSE;
 * g_print ("status %d\n", (int)q_guest_exec_result_get_exit_status (result));
 * ```
 *
 * Returns: (transfer full): how it ended, and its output
 *
 * Since: 1.0
 */
QGuestExecResult *
q_guest_agent_exec (QGuestAgent *self, const char *const *argv, const char *const *env,
                    GBytes *input, int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), NULL);
  g_return_val_if_fail (argv != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_guest_exec_result_take (
    q_operation_run_sync (exec_operation (self, argv, env, input, timeout, cancellable), error),
    error);
}

/**
 * q_guest_agent_exec_async:
 * @self: a guest agent
 * @argv: (array zero-terminated=1): the program, searched for in the `PATH` of the agent, and its
 *   arguments
 * @env: (array zero-terminated=1) (nullable): its whole environment, `NAME=value` each; %NULL for
 *   that of the agent
 * @input: (nullable): what it reads from its standard input
 * @timeout: how long it may run in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout]
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it has ended
 * @user_data: data for @callback
 *
 * Like [method@GuestAgent.exec], without blocking.
 *
 * Since: 1.0
 */
void
q_guest_agent_exec_async (QGuestAgent *self, const char *const *argv, const char *const *env,
                          GBytes *input, int timeout, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_GUEST_AGENT (self));
  g_return_if_fail (argv != NULL);

  q_operation_run_async (exec_operation (self, argv, env, input, timeout, cancellable),
                         q_guest_agent_exec_async, callback, user_data);
}

/**
 * q_guest_agent_exec_finish:
 * @self: the guest agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@GuestAgent.exec_async].
 *
 * Returns: (transfer full): how it ended, and its output
 *
 * Since: 1.0
 */
QGuestExecResult *
q_guest_agent_exec_finish (QGuestAgent *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), NULL);

  return q_guest_exec_result_take (
    q_operation_finish (self, result, q_guest_agent_exec_async, error), error);
}
