/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-guest-agent-private.h"

#include "session/request-private.h"
#include "wire/tree-private.h"

/* Commands, in the forms of their calls. */

static QOperation *
request_operation (QGuestAgent *self, const char *name, const char *command, const char *arguments,
                   int timeout, GCancellable *cancellable)
{
  GError *refusal = NULL;
  QAgentRequest *request
    = q_agent_request_new (q_guest_agent_get_agent (self), command, arguments, timeout, &refusal);
  QOperation *operation;

  if (request != NULL && name == NULL)
    name = request->name;
  operation = q_guest_agent_new_operation (self, name != NULL ? name : "command", cancellable,
                                           q_agent_command, timeout, request, q_agent_request_free);
  if (refusal != NULL)
    q_operation_refuse (operation, refusal);

  return operation;
}

static QOperation *
command_json_operation (QGuestAgent *self, const char *command, const char *arguments, int timeout,
                        GCancellable *cancellable)
{
  return request_operation (self, NULL, command, arguments, timeout, cancellable);
}

static QOperation *
command_operation (QGuestAgent *self, const char *command, JsonNode *arguments, int timeout,
                   GCancellable *cancellable)
{
  g_autofree char *text = q_json_print_tree (arguments);

  return request_operation (self, NULL, command, text, timeout, cancellable);
}

static QOperation *
shutdown_operation (QGuestAgent *self, QGuestShutdownMode mode, int timeout,
                    GCancellable *cancellable)
{
  static const char *const arguments[] = {
    [Q_GUEST_SHUTDOWN_MODE_POWERDOWN] = "{\"mode\":\"powerdown\"}",
    [Q_GUEST_SHUTDOWN_MODE_HALT] = "{\"mode\":\"halt\"}",
    [Q_GUEST_SHUTDOWN_MODE_REBOOT] = "{\"mode\":\"reboot\"}",
  };
  QOperation *operation = request_operation (
    self, "shutdown", "guest-shutdown",
    arguments[(guint)mode < G_N_ELEMENTS (arguments) ? mode : Q_GUEST_SHUTDOWN_MODE_POWERDOWN],
    timeout, cancellable);

  if ((guint)mode >= G_N_ELEMENTS (arguments))
    q_operation_refuse (operation, g_error_new (Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                                                "shutdown: %d is no mode", (int)mode));
  return operation;
}

static gboolean
take_shutdown (char *value)
{
  g_autofree char *owned_value = value;

  return owned_value != NULL;
}

/**
 * q_guest_agent_command:
 * @self: a guest agent
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a command, when the agent is ready, and waits for its answer.
 *
 * One command is on its way at a time; others wait for their turn. A call that is cancelled or
 * takes too long is not undone: the agent may carry it out all the same. Its late answer is thrown
 * away.
 *
 * `guest-shutdown` and the commands that suspend have no answer but an error. They have succeeded
 * when the agent goes on answering, the connection ends, or the guest says nothing for 5 seconds;
 * they return an empty object. A guest that is frozen by a command is thawed when it is closed or
 * dropped, and not before: [method@GuestAgent.freeze] has a limit.
 *
 * Errors: [error@CommandError] when the agent refuses; %Q_MONITOR_ERROR_INVALID_COMMAND and
 * %Q_MONITOR_ERROR_TOO_LARGE for input that cannot be sent; %Q_MONITOR_ERROR_BUSY when 1024
 * commands, or 256 MiB, wait; %Q_MONITOR_ERROR_PROTOCOL and %Q_MONITOR_ERROR_TOO_LARGE for what is
 * no answer; %G_IO_ERROR_TIMED_OUT, whose message says whether the agent has answered anything at
 * all; %G_IO_ERROR_CANCELLED; %Q_MONITOR_ERROR_CLOSED when it is not attached, is closed meanwhile,
 * or the connection ends before the answer.
 *
 * Returns: (transfer full): what the command returned
 *
 * Since: 1.0
 */
JsonNode *
q_guest_agent_command (QGuestAgent *self, const char *command, JsonNode *arguments, int timeout,
                       GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_reply_to_node (
    q_operation_run_sync (command_operation (self, command, arguments, timeout, cancellable),
                          error),
    error);
}

/**
 * q_guest_agent_command_async:
 * @self: a guest agent
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@GuestAgent.command], without blocking.
 *
 * Since: 1.0
 */
void
q_guest_agent_command_async (QGuestAgent *self, const char *command, JsonNode *arguments,
                             int timeout, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_return_if_fail (Q_IS_GUEST_AGENT (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (command_operation (self, command, arguments, timeout, cancellable),
                         q_guest_agent_command_async, callback, user_data);
}

/**
 * q_guest_agent_command_finish:
 * @self: the guest agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@GuestAgent.command_async].
 *
 * Returns: (transfer full): what the command returned
 *
 * Since: 1.0
 */
JsonNode *
q_guest_agent_command_finish (QGuestAgent *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), NULL);

  return q_reply_to_node (q_operation_finish (self, result, q_guest_agent_command_async, error),
                          error);
}

/**
 * q_guest_agent_command_json:
 * @self: a guest agent
 * @command: the name of the command
 * @arguments: (nullable): a JSON object as text, or %NULL for none
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a command and waits for its answer, as texts.
 *
 * Otherwise like [method@GuestAgent.command], with its errors.
 *
 * Returns: (transfer full): what the command returned, as JSON text
 *
 * Since: 1.0
 */
char *
q_guest_agent_command_json (QGuestAgent *self, const char *command, const char *arguments,
                            int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (
    command_json_operation (self, command, arguments, timeout, cancellable), error);
}

/**
 * q_guest_agent_command_json_async:
 * @self: a guest agent
 * @command: the name of the command
 * @arguments: (nullable): a JSON object as text, or %NULL for none
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@GuestAgent.command_json], without blocking.
 *
 * Since: 1.0
 */
void
q_guest_agent_command_json_async (QGuestAgent *self, const char *command, const char *arguments,
                                  int timeout, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_GUEST_AGENT (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (command_json_operation (self, command, arguments, timeout, cancellable),
                         q_guest_agent_command_json_async, callback, user_data);
}

/**
 * q_guest_agent_command_json_finish:
 * @self: the guest agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@GuestAgent.command_json_async].
 *
 * Returns: (transfer full): what the command returned, as JSON text
 *
 * Since: 1.0
 */
char *
q_guest_agent_command_json_finish (QGuestAgent *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), NULL);

  return q_operation_finish (self, result, q_guest_agent_command_json_async, error);
}

/**
 * q_guest_agent_shutdown:
 * @self: a guest agent
 * @mode: what the guest is to do
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Asks the guest to shut down.
 *
 * The agent answers only when it cannot do that. The call has succeeded when the agent goes on
 * answering, which it does for a moment; when the connection ends; or when the guest says nothing
 * for 5 seconds. So it tells that the guest was asked, and not that it has ended:
 * [method@Machine.wait] waits for that. Errors: those of [method@GuestAgent.command].
 *
 * Returns: %TRUE when the guest was asked, and did not refuse
 *
 * Since: 1.0
 */
gboolean
q_guest_agent_shutdown (QGuestAgent *self, QGuestShutdownMode mode, int timeout,
                        GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return take_shutdown (
    q_operation_run_sync (shutdown_operation (self, mode, timeout, cancellable), error));
}

/**
 * q_guest_agent_shutdown_async:
 * @self: a guest agent
 * @mode: what the guest is to do
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@GuestAgent:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@GuestAgent.shutdown], without blocking.
 *
 * Since: 1.0
 */
void
q_guest_agent_shutdown_async (QGuestAgent *self, QGuestShutdownMode mode, int timeout,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_return_if_fail (Q_IS_GUEST_AGENT (self));

  q_operation_run_async (shutdown_operation (self, mode, timeout, cancellable),
                         q_guest_agent_shutdown_async, callback, user_data);
}

/**
 * q_guest_agent_shutdown_finish:
 * @self: the guest agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@GuestAgent.shutdown_async].
 *
 * Returns: %TRUE when the guest was asked, and did not refuse
 *
 * Since: 1.0
 */
gboolean
q_guest_agent_shutdown_finish (QGuestAgent *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), FALSE);

  return take_shutdown (q_operation_finish (self, result, q_guest_agent_shutdown_async, error));
}
