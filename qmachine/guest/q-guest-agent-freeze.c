/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-guest-agent-private.h"

/* Freezing and thawing, in the forms of their calls. */

static QOperation *
freeze_operation (QGuestAgent *self, int limit, int timeout, GCancellable *cancellable)
{
  QAgentFreeze *freeze = g_new0 (QAgentFreeze, 1);
  QOperation *operation;

  q_agent_call_init (&freeze->call, q_guest_agent_get_agent (self), timeout);
  freeze->limit = limit;
  operation = q_guest_agent_new_operation (self, "freeze", cancellable, q_agent_freeze, timeout,
                                           freeze, q_agent_freeze_free);
  if (limit < -1 || limit == 0)
    q_operation_refuse (operation, g_error_new (Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                                                "freeze: %d is no limit: -1 is none", limit));
  return operation;
}

static QOperation *
thaw_operation (QGuestAgent *self, int timeout, GCancellable *cancellable)
{
  return q_guest_agent_new_operation (self, "thaw", cancellable, q_agent_thaw, timeout,
                                      q_agent_call_new (q_guest_agent_get_agent (self), timeout),
                                      q_agent_call_free);
}

/**
 * q_guest_agent_freeze:
 * @self: a guest agent
 * @limit: after how many milliseconds the library thaws by itself, -1 never
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout]
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Freezes the guest's file systems, as for a copy of its disks.
 *
 * Each writes what it holds back, and then every program of the guest that writes waits. The
 * library thaws them, if [method@GuestAgent.thaw] has not done so, @limit after they were frozen;
 * when the call fails, or is given up, and they may be frozen all the same; before
 * [method@GuestAgent.close]; and when the last reference is dropped, which waits for that for up to
 * 5 seconds. It says so again and again, on a new connection, too, until the agent has answered. A
 * program that is killed thaws nothing: a guest with Linux stays frozen then until somebody sends
 * `guest-fsfreeze-thaw`, for which it is enough to attach another one.
 *
 * Errors: %Q_MONITOR_ERROR_INVALID_COMMAND for what is no limit; otherwise those of
 * [method@GuestAgent.command].
 *
 * ```c
 * gboolean copied;
 *
 * if (q_guest_agent_freeze (agent, 10000, Q_TIMEOUT_DEFAULT, NULL, error) < 0)
 *   return FALSE;
 * copied = copy_disk (error);
 * if (q_guest_agent_thaw (agent, Q_TIMEOUT_DEFAULT, NULL, NULL) < 0)
 *   g_printerr ("the library goes on trying to thaw it\n");
 * ```
 *
 * Returns: the number of file systems, -1 for an error
 *
 * Since: 1.0
 */
int
q_guest_agent_freeze (QGuestAgent *self, int limit, int timeout, GCancellable *cancellable,
                      GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), -1);
  g_return_val_if_fail (error == NULL || *error == NULL, -1);

  return GPOINTER_TO_INT (
           q_operation_run_sync (freeze_operation (self, limit, timeout, cancellable), error))
         - 1;
}

/**
 * q_guest_agent_freeze_async:
 * @self: a guest agent
 * @limit: after how many milliseconds the library thaws by itself, -1 never
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout]
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@GuestAgent.freeze], without blocking.
 *
 * Since: 1.0
 */
void
q_guest_agent_freeze_async (QGuestAgent *self, int limit, int timeout, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_GUEST_AGENT (self));

  q_operation_run_async (freeze_operation (self, limit, timeout, cancellable),
                         q_guest_agent_freeze_async, callback, user_data);
}

/**
 * q_guest_agent_freeze_finish:
 * @self: the guest agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@GuestAgent.freeze_async].
 *
 * Returns: the number of file systems, -1 for an error
 *
 * Since: 1.0
 */
int
q_guest_agent_freeze_finish (QGuestAgent *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), -1);

  return GPOINTER_TO_INT (q_operation_finish (self, result, q_guest_agent_freeze_async, error)) - 1;
}

/**
 * q_guest_agent_thaw:
 * @self: a guest agent
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout]
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Thaws the guest's file systems.
 *
 * Does nothing, with 0, to a guest that is not frozen. Errors: those of
 * [method@GuestAgent.command].
 *
 * Returns: the number of file systems, -1 for an error
 *
 * Since: 1.0
 */
int
q_guest_agent_thaw (QGuestAgent *self, int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), -1);
  g_return_val_if_fail (error == NULL || *error == NULL, -1);

  return GPOINTER_TO_INT (q_operation_run_sync (thaw_operation (self, timeout, cancellable), error))
         - 1;
}

/**
 * q_guest_agent_thaw_async:
 * @self: a guest agent
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout]
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@GuestAgent.thaw], without blocking.
 *
 * Since: 1.0
 */
void
q_guest_agent_thaw_async (QGuestAgent *self, int timeout, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_GUEST_AGENT (self));

  q_operation_run_async (thaw_operation (self, timeout, cancellable), q_guest_agent_thaw_async,
                         callback, user_data);
}

/**
 * q_guest_agent_thaw_finish:
 * @self: the guest agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@GuestAgent.thaw_async].
 *
 * Returns: the number of file systems, -1 for an error
 *
 * Since: 1.0
 */
int
q_guest_agent_thaw_finish (QGuestAgent *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), -1);

  return GPOINTER_TO_INT (q_operation_finish (self, result, q_guest_agent_thaw_async, error)) - 1;
}
