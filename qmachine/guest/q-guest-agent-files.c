/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-guest-agent-private.h"

/* Files of the guest, in the forms of their calls. */

static QOperation *
file_operation (QGuestAgent *self, const char *name, const char *path, GBytes *contents,
                int timeout, GCancellable *cancellable)
{
  GError *refusal = NULL;
  QAgentFile *file
    = q_agent_file_new (q_guest_agent_get_agent (self), path, contents, timeout, &refusal);
  QOperation *operation = q_guest_agent_new_operation (
    self, name, cancellable, q_agent_file_transfer, timeout, file, q_agent_file_free);

  if (refusal != NULL)
    q_operation_refuse (operation, refusal);

  return operation;
}

/**
 * q_guest_agent_read_file:
 * @self: a guest agent
 * @path: the path in the guest, in UTF-8
 * @timeout: how long it may take in milliseconds, -1 without end; %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout] anew for each piece of 512 KiB
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Reads a file of the guest's.
 *
 * It is read in pieces, between which other commands have their turn, and closed also when the call
 * fails or is given up. If the guest is frozen meanwhile it goes on after the thaw. Errors:
 * [error@CommandError] with the agent's words, such as that there is no such file;
 * %Q_MONITOR_ERROR_TOO_LARGE for one that is larger than [property@GuestAgent:max-file-size];
 * otherwise those of [method@GuestAgent.command].
 *
 * Returns: (transfer full): what is in it
 *
 * Since: 1.0
 */
GBytes *
q_guest_agent_read_file (QGuestAgent *self, const char *path, int timeout,
                         GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), NULL);
  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (file_operation (self, "read_file", path, NULL, timeout, cancellable),
                               error);
}

/**
 * q_guest_agent_read_file_async:
 * @self: a guest agent
 * @path: the path in the guest, in UTF-8
 * @timeout: how long it may take in milliseconds, -1 without end; %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout] anew for each piece of 512 KiB
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@GuestAgent.read_file], without blocking.
 *
 * Since: 1.0
 */
void
q_guest_agent_read_file_async (QGuestAgent *self, const char *path, int timeout,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_return_if_fail (Q_IS_GUEST_AGENT (self));
  g_return_if_fail (path != NULL);

  q_operation_run_async (file_operation (self, "read_file", path, NULL, timeout, cancellable),
                         q_guest_agent_read_file_async, callback, user_data);
}

/**
 * q_guest_agent_read_file_finish:
 * @self: the guest agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@GuestAgent.read_file_async].
 *
 * Returns: (transfer full): what is in it
 *
 * Since: 1.0
 */
GBytes *
q_guest_agent_read_file_finish (QGuestAgent *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), NULL);

  return q_operation_finish (self, result, q_guest_agent_read_file_async, error);
}

/**
 * q_guest_agent_write_file:
 * @self: a guest agent
 * @path: the path in the guest, in UTF-8
 * @contents: what is to be in it, of any size
 * @timeout: how long it may take in milliseconds, -1 without end; %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout] anew for each piece of 512 KiB
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Writes a file of the guest, and makes it if it is not there.
 *
 * What was in it is gone. It is written in pieces, between which other commands have their turn,
 * and closed also when the call fails or is given up; then a part is in it. If the guest is frozen
 * meanwhile it goes on after the thaw. Errors: those of
 * [method@GuestAgent.read_file].
 *
 * Returns: %TRUE when it is written and closed
 *
 * Since: 1.0
 */
gboolean
q_guest_agent_write_file (QGuestAgent *self, const char *path, GBytes *contents, int timeout,
                          GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (contents != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (
           file_operation (self, "write_file", path, contents, timeout, cancellable), error)
         != NULL;
}

/**
 * q_guest_agent_write_file_async:
 * @self: a guest agent
 * @path: the path in the guest, in UTF-8
 * @contents: what is to be in it, of any size
 * @timeout: how long it may take in milliseconds, -1 without end; %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout] anew for each piece of 512 KiB
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@GuestAgent.write_file], without blocking.
 *
 * Since: 1.0
 */
void
q_guest_agent_write_file_async (QGuestAgent *self, const char *path, GBytes *contents, int timeout,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_return_if_fail (Q_IS_GUEST_AGENT (self));
  g_return_if_fail (path != NULL);
  g_return_if_fail (contents != NULL);

  q_operation_run_async (file_operation (self, "write_file", path, contents, timeout, cancellable),
                         q_guest_agent_write_file_async, callback, user_data);
}

/**
 * q_guest_agent_write_file_finish:
 * @self: the guest agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@GuestAgent.write_file_async].
 *
 * Returns: %TRUE when it is written and closed
 *
 * Since: 1.0
 */
gboolean
q_guest_agent_write_file_finish (QGuestAgent *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), FALSE);

  return q_operation_finish (self, result, q_guest_agent_write_file_async, error) != NULL;
}
