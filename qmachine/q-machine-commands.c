/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-machine.h"

#include "q-machine-private.h"
#include "wire/json-text-private.h"

/* Commands that go through the monitor of a running machine, in the forms of their calls. */

void
q_machine_return_not_running (QOperation *operation, QLaunchState *state)
{
  gboolean runs = q_launch_state_get_state (state) == Q_MACHINE_STATE_RUNNING;

  q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING, "%s: %s",
                                q_operation_get_name (operation),
                                runs ? "the machine has no monitor" : "the machine is not running");
}

/* The monitor is gone; why is the machine's to say. */
static void
monitor_failed_cb (QOperation *operation, GError *error, gpointer data)
{
  QLaunchState *state = data;
  QLaunch *launch = q_launch_state_get_launch (state);

  if (!g_error_matches (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED))
    {
      q_operation_return_error (operation, error);
    }
  else if (launch != NULL)
    {
      q_launch_add_failed_call (launch, operation, error);
    }
  else
    {
      g_error_free (error);
      q_machine_return_not_running (operation, state);
    }
}

void
q_machine_prepare_call (QSessionCall *call, QLaunchState *state, QSession *session)
{
  call->session = q_session_ref (session);
  call->failed = monitor_failed_cb;
  call->user_data = state;
}

static gboolean
prepare_request (QOperation *operation)
{
  QLaunchState *state = q_machine_get_launch_state (q_operation_get_source_object (operation));
  QSession *session = q_launch_get_session (q_launch_state_get_launch (state));
  QRequest *request = q_operation_get_data (operation);

  if (session == NULL)
    return FALSE;

  /* It may have been another launch's monitor when the call was looked at first. */
  g_clear_pointer (&request->call.session, q_session_unref);
  q_machine_prepare_call (&request->call, state, session);
  return TRUE;
}

static void
request_start (QOperation *operation)
{
  QMachine *self = q_operation_get_source_object (operation);

  if (prepare_request (operation))
    q_session_execute (operation);
  else
    q_machine_return_not_running (operation, q_machine_get_launch_state (self));
}

QOperation *
q_machine_request_operation (QMachine *self, QRequest *request, GError *refusal, int timeout,
                             GCancellable *cancellable)
{
  QDispatcher *dispatcher = q_launch_state_get_dispatcher (q_machine_get_launch_state (self));
  QOperation *operation = q_operation_new (
    self, dispatcher, request != NULL ? request->command : "command", cancellable, request_start);

  if (request != NULL)
    request = q_request_set_timeout (request, timeout, &refusal);
  if (request == NULL)
    {
      q_operation_refuse (operation, refusal);
      return operation;
    }

  q_operation_set_data (operation, request, (GDestroyNotify)q_request_free);
  q_session_allow_direct_call (operation, prepare_request);
  return operation;
}

QOperation *
q_machine_command_operation (QMachine *self, const char *command, JsonNode *arguments,
                             const int *fd, QReplyKind kind, int timeout, GCancellable *cancellable)
{
  GError *refusal = NULL;
  QRequest *request
    = q_request_new_for_node (command, arguments, Q_MONITOR_FLAGS_NONE, fd, kind, &refusal);

  return q_machine_request_operation (self, request, refusal, timeout, cancellable);
}

QOperation *
q_machine_command_json_operation (QMachine *self, const char *command, const char *arguments,
                                  const int *fd, QReplyKind kind, int timeout,
                                  GCancellable *cancellable)
{
  GError *refusal = NULL;
  QRequest *request = q_request_new (command, arguments, Q_MONITOR_FLAGS_NONE, fd, kind, &refusal);

  return q_machine_request_operation (self, request, refusal, timeout, cancellable);
}

/**
 * q_machine_command:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a QMP command and waits for its answer.
 *
 * Waits for as long as QEMU takes, unless [property@Machine:command-timeout] sets a limit. A call
 * that is cancelled or takes too long is not undone: QEMU may carry it out all the same. The
 * machine goes on.
 *
 * In a [struct@Json.Node] a number above 2^63-1 appears as the negative one with the same 64 bits;
 * [method@Machine.command_json] keeps it.
 *
 * Errors: [error@CommandError] when QEMU refuses; %Q_MACHINE_ERROR_NOT_RUNNING;
 * %Q_MACHINE_ERROR_EXITED when QEMU ends before it answers, with how it ended and its last words;
 * %Q_MONITOR_ERROR_CLOSED when only its monitor is gone; %Q_MONITOR_ERROR_INVALID_COMMAND,
 * %Q_MONITOR_ERROR_TOO_LARGE and %Q_MONITOR_ERROR_BUSY when nothing was sent;
 * %Q_MONITOR_ERROR_PROTOCOL and %Q_MONITOR_ERROR_TOO_LARGE when what came broke the session;
 * %G_IO_ERROR_TIMED_OUT; %G_IO_ERROR_CANCELLED.
 *
 * ```c
 * g_autoptr (JsonNode) arguments = json_from_string ("{\"path\": \"/machine\"}", error);
 * g_autoptr (JsonNode) list = NULL;
 *
 * if (arguments == NULL)
 *   return FALSE;
 * list = q_machine_command (machine, "qom-list", arguments, Q_TIMEOUT_DEFAULT, NULL, error);
 * if (list == NULL)
 *   return FALSE;
 * g_print ("%u properties\n", json_array_get_length (json_node_get_array (list)));
 * ```
 *
 * Returns: (transfer full): what the command returned
 *
 * Since: 1.0
 */
JsonNode *
q_machine_command (QMachine *self, const char *command, JsonNode *arguments, int timeout,
                   GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_reply_to_node (
    q_operation_run_sync (q_machine_command_operation (self, command, arguments, NULL,
                                                       Q_REPLY_RETURN, timeout, cancellable),
                          error),
    error);
}

/**
 * q_machine_command_async:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Machine.command], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_command_async (QMachine *self, const char *command, JsonNode *arguments, int timeout,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (q_machine_command_operation (self, command, arguments, NULL,
                                                      Q_REPLY_RETURN, timeout, cancellable),
                         q_machine_command_async, callback, user_data);
}

/**
 * q_machine_command_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.command_async].
 *
 * Returns: (transfer full): what the command returned
 *
 * Since: 1.0
 */
JsonNode *
q_machine_command_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_reply_to_node (q_operation_finish (self, result, q_machine_command_async, error), error);
}

/**
 * q_machine_command_json:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable): a JSON object as text, or %NULL for none
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a QMP command and waits for its answer, as texts.
 *
 * Nothing is lost on the way: the arguments are sent as they are, once they are known to be valid
 * JSON, and the result is what QEMU wrote. Otherwise like [method@Machine.command].
 *
 * ```c
 * g_autoptr (GError) error = NULL;
 * g_autofree char *reply = q_machine_command_json (machine, "device_del", "{\"id\": \"nic0\"}",
 *                                                  Q_TIMEOUT_DEFAULT, NULL, &error);
 *
 * if (g_error_matches (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_DEVICE_NOT_FOUND))
 *   g_print ("there is no such device\n");
 * else if (reply == NULL)
 *   g_printerr ("%s\n", error->message);
 * ```
 *
 * Returns: (transfer full): what the command returned, as JSON text
 *
 * Since: 1.0
 */
char *
q_machine_command_json (QMachine *self, const char *command, const char *arguments, int timeout,
                        GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (q_machine_command_json_operation (self, command, arguments, NULL,
                                                                 Q_REPLY_RETURN, timeout,
                                                                 cancellable),
                               error);
}

/**
 * q_machine_command_json_async:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable): a JSON object as text, or %NULL for none
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Machine.command_json], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_command_json_async (QMachine *self, const char *command, const char *arguments,
                              int timeout, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (q_machine_command_json_operation (self, command, arguments, NULL,
                                                           Q_REPLY_RETURN, timeout, cancellable),
                         q_machine_command_json_async, callback, user_data);
}

/**
 * q_machine_command_json_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.command_json_async].
 *
 * Returns: (transfer full): what the command returned, as JSON text
 *
 * Since: 1.0
 */
char *
q_machine_command_json_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_operation_finish (self, result, q_machine_command_json_async, error);
}

/**
 * q_machine_qmp:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a QMP command and returns the whole reply.
 *
 * When QEMU refuses, that is a normal result with a member `error`. Otherwise like
 * [method@Machine.command].
 *
 * ```c
 * g_autoptr (JsonNode) reply = q_machine_qmp (machine, "fly", NULL, -1, NULL, error);
 * JsonObject *object;
 *
 * if (reply == NULL)
 *   return FALSE;
 * object = json_node_get_object (reply);
 * if (json_object_has_member (object, "error"))
 *   object = json_object_get_object_member (object, "error");
 * g_print ("%s\n", json_object_get_string_member_with_default (object, "desc", "no error"));
 * ```
 *
 * Returns: (transfer full): the reply: an object with `return` or `error`
 *
 * Since: 1.0
 */
JsonNode *
q_machine_qmp (QMachine *self, const char *command, JsonNode *arguments, int timeout,
               GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_reply_to_node (
    q_operation_run_sync (q_machine_command_operation (self, command, arguments, NULL,
                                                       Q_REPLY_WHOLE, timeout, cancellable),
                          error),
    error);
}

/**
 * q_machine_qmp_async:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable) (transfer none): a JSON object, or %NULL for none
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Machine.qmp], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_qmp_async (QMachine *self, const char *command, JsonNode *arguments, int timeout,
                     GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (q_machine_command_operation (self, command, arguments, NULL, Q_REPLY_WHOLE,
                                                      timeout, cancellable),
                         q_machine_qmp_async, callback, user_data);
}

/**
 * q_machine_qmp_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.qmp_async].
 *
 * Returns: (transfer full): the reply: an object with `return` or `error`
 *
 * Since: 1.0
 */
JsonNode *
q_machine_qmp_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_reply_to_node (q_operation_finish (self, result, q_machine_qmp_async, error), error);
}

/**
 * q_machine_qmp_json:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable): a JSON object as text, or %NULL for none
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Sends a QMP command and returns the whole reply, as texts.
 *
 * When QEMU refuses, that is a normal result with a member `error`. Otherwise like
 * [method@Machine.command_json].
 *
 * Returns: (transfer full): the reply as JSON text: an object with `return` or `error`
 *
 * Since: 1.0
 */
char *
q_machine_qmp_json (QMachine *self, const char *command, const char *arguments, int timeout,
                    GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (q_machine_command_json_operation (self, command, arguments, NULL,
                                                                 Q_REPLY_WHOLE, timeout,
                                                                 cancellable),
                               error);
}

/**
 * q_machine_qmp_json_async:
 * @self: a running machine
 * @command: the name of the command
 * @arguments: (nullable): a JSON object as text, or %NULL for none
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Machine.qmp_json], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_qmp_json_async (QMachine *self, const char *command, const char *arguments, int timeout,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (command != NULL);

  q_operation_run_async (q_machine_command_json_operation (self, command, arguments, NULL,
                                                           Q_REPLY_WHOLE, timeout, cancellable),
                         q_machine_qmp_json_async, callback, user_data);
}

/**
 * q_machine_qmp_json_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.qmp_json_async].
 *
 * Returns: (transfer full): the reply as JSON text: an object with `return` or `error`
 *
 * Since: 1.0
 */
char *
q_machine_qmp_json_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_operation_finish (self, result, q_machine_qmp_json_async, error);
}

/* -- the human monitor -- */

static QOperation *
human_command_operation (QMachine *self, const char *line, int timeout, GCancellable *cancellable)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) arguments = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "command-line");
  json_builder_add_string_value (builder, line);
  json_builder_end_object (builder);
  arguments = json_builder_get_root (builder);

  return q_machine_command_operation (self, "human-monitor-command", arguments, NULL,
                                      Q_REPLY_RETURN, timeout, cancellable);
}

/* Takes over the reply. */
static char *
human_text (char *reply, GError **error)
{
  g_autofree char *owned_reply = reply;
  char *text = NULL;

  if (owned_reply == NULL)
    return NULL;

  text = q_json_read_string (owned_reply);
  if (text == NULL)
    g_set_error_literal (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_PROTOCOL,
                         "human-monitor-command: the reply is no text");
  return text;
}

/**
 * q_machine_human_command:
 * @self: a running machine
 * @line: a line for QEMU's human monitor, such as `info block`
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Runs a command of QEMU's human monitor.
 *
 * The text is for people, and changes from release to release. What the human monitor complains
 * about is part of it. Errors: %Q_COMMAND_ERROR_COMMAND_NOT_FOUND from a QEMU without one, such as
 * a storage daemon; otherwise like [method@Machine.command].
 *
 * Returns: (transfer full): what it printed
 *
 * Since: 1.0
 */
char *
q_machine_human_command (QMachine *self, const char *line, int timeout, GCancellable *cancellable,
                         GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (line != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return human_text (
    q_operation_run_sync (human_command_operation (self, line, timeout, cancellable), error),
    error);
}

/**
 * q_machine_human_command_async:
 * @self: a running machine
 * @line: a line for QEMU's human monitor, such as `info block`
 * @timeout: how long to wait for the answer in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT
 *   for [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when the answer is there
 * @user_data: data for @callback
 *
 * Like [method@Machine.human_command], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_human_command_async (QMachine *self, const char *line, int timeout,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (line != NULL);

  q_operation_run_async (human_command_operation (self, line, timeout, cancellable),
                         q_machine_human_command_async, callback, user_data);
}

/**
 * q_machine_human_command_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.human_command_async].
 *
 * Returns: (transfer full): what it printed
 *
 * Since: 1.0
 */
char *
q_machine_human_command_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return human_text (q_operation_finish (self, result, q_machine_human_command_async, error),
                     error);
}
