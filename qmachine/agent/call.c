/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent-fields-private.h"

/* The calls of a program, as commands one after the other. */

void
q_agent_call_init (QAgentCall *self, QAgent *agent, int timeout)
{
  self->agent = q_agent_ref (agent);
  self->timeout = timeout;
}

void
q_agent_call_clear (QAgentCall *self)
{
  g_clear_pointer (&self->agent, q_agent_unref);
}

QAgentCall *
q_agent_call_new (QAgent *agent, int timeout)
{
  QAgentCall *self = g_new0 (QAgentCall, 1);

  q_agent_call_init (self, agent, timeout);
  return self;
}

void
q_agent_call_free (gpointer data)
{
  QAgentCall *self = data;

  q_agent_call_clear (self);
  g_free (self);
}

/* Who waits for an agent that is not there wants to know what is there. Takes over the error. */
static GError *
explain (QAgentCall *call, GError *error)
{
  QAgent *agent = call->agent;
  g_autoptr (GError) plain = error;
  g_autofree char *silence = NULL;

  if (!g_error_matches (plain, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return g_steal_pointer (&plain);
  if (call->again != NULL)
    return g_error_new (plain->domain, plain->code, "%s: the guest's file systems are frozen",
                        plain->message);
  if (q_agent_get_state (agent) == Q_GUEST_AGENT_STATE_READY)
    return g_steal_pointer (&plain);

  silence = q_agent_describe_silence (agent);
  return g_error_new (plain->domain, plain->code, "%s: %s", plain->message, silence);
}

static void
interrupt_cb (QOperation *operation, GError *error)
{
  QAgentCall *call = q_operation_get_data (operation);
  g_autoptr (QAgent) agent = q_agent_ref (call->agent);
  QAgentCommand *command = call->command;

  error = explain (call, error);
  if (call->given_up != NULL)
    call->given_up (operation);
  /* Unless it is of use to somebody else. */
  if (command != NULL && call->command == command)
    q_agent_withdraw (agent, g_steal_pointer (&call->command));
  q_operation_return_error (operation, error);
}

gboolean
q_agent_call_begin (QOperation *operation, const char *what)
{
  QAgentCall *call = q_operation_get_data (operation);
  QAgentSettings settings;

  if (q_agent_get_state (call->agent) == Q_GUEST_AGENT_STATE_CLOSED || call->agent->closing)
    {
      q_operation_return_new_error (
        operation, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED, "%s: the guest agent is not attached%s",
        q_operation_get_name (operation),
        call->agent->has_place ? ": its machine does not run, or it was closed" : "");
      return FALSE;
    }

  q_agent_get_settings (call->agent, &settings);
  q_operation_set_interrupt (operation, interrupt_cb);
  q_operation_set_timeout (
    operation, call->timeout == Q_TIMEOUT_DEFAULT ? settings.command_timeout : call->timeout, what,
    call->timeout == Q_TIMEOUT_DEFAULT ? "command-timeout" : NULL);
  return TRUE;
}

void
q_agent_call_fail (QOperation *operation, const GError *error)
{
  const char *name = q_operation_get_name (operation);

  /* What the agent said keeps its parts. */
  if (error->domain == Q_COMMAND_ERROR)
    q_operation_return_error (operation, g_error_copy (error));
  else
    q_operation_return_new_error (operation, error->domain, error->code, "%s: %s", name,
                                  error->message);
}

void
q_agent_call_fail_answer (QOperation *operation, const char *command, const char *fault)
{
  q_operation_return_new_error (operation, Q_MONITOR_ERROR, Q_MONITOR_ERROR_PROTOCOL,
                                "%s: the guest's answer to %s: %s",
                                q_operation_get_name (operation), command, fault);
}

static void
fail_step (QOperation *operation, const GError *error)
{
  QAgentCall *call = q_operation_get_data (operation);

  if (call->failed == NULL || !call->failed (operation, error))
    q_agent_call_fail (operation, error);
}

static void
reply_cb (const char *value, gsize length, const GError *error, gpointer data)
{
  QOperation *operation = data;
  QAgentCall *call = q_operation_get_data (operation);

  call->command = NULL;
  if (!call->is_begun)
    call->n_losses = call->agent->n_losses;
  call->is_begun = TRUE;
  if (error == NULL)
    call->step (operation, value, length);
  else
    fail_step (operation, error);
}

/* -- while the guest is frozen -- */

gboolean
q_agent_call_wait_thaw (QOperation *operation, const GError *error, QOperationFunc again)
{
  QAgentCall *call = q_operation_get_data (operation);
  QAgent *agent = call->agent;

  if (error->domain != Q_COMMAND_ERROR || !q_agent_get_frozen (agent) || agent->closing)
    return FALSE;

  call->again = again;
  q_operation_wait_in (operation, &agent->thaw_waiters);
  return TRUE;
}

/* One at a time: what is done with it may end others. */
static QOperation *
next_thaw_waiter (QAgent *self)
{
  QOperation *operation = g_queue_peek_head (&self->thaw_waiters);

  if (operation != NULL)
    q_operation_leave (operation);
  return operation;
}

void
q_agent_go_on (QAgent *self)
{
  QOperation *operation;

  /* Nobody is refused in here, so nobody waits anew. */
  while ((operation = next_thaw_waiter (self)) != NULL)
    {
      QAgentCall *call = q_operation_get_data (operation);

      g_steal_pointer (&call->again) (operation);
    }
}

void
q_agent_fail_thaw_waiters (QAgent *self, const GError *error)
{
  QOperation *operation;

  while ((operation = next_thaw_waiter (self)) != NULL)
    {
      ((QAgentCall *)q_operation_get_data (operation))->again = NULL;
      fail_step (operation, error);
    }
}

/* -- sending -- */

void
q_agent_call_submit (QOperation *operation, const char *name, char *text, gsize length,
                     int answer_timeout, QAgentStep step)
{
  QAgentCall *call = q_operation_get_data (operation);
  g_autoptr (GError) error = NULL;
  QAgentCommand *command;

  /* Another one knows neither its programs nor its files. */
  if (call->is_begun && call->n_losses != call->agent->n_losses)
    {
      g_free (text);
      error = q_agent_new_loss_error (call->agent);
      q_agent_call_fail (operation, error);
      return;
    }

  command = q_agent_submit (call->agent, name, text, length, call->step == NULL, answer_timeout,
                            reply_cb, operation, &error);
  call->step = step;
  if (command != NULL)
    call->command = command;
  else
    q_agent_call_fail (operation, error);
}

void
q_agent_call_send (QOperation *operation, const char *name, const char *arguments,
                   int answer_timeout, QAgentStep step)
{
  g_autoptr (GError) error = NULL;
  gsize length;
  char *text = q_message_encode_command (name, FALSE, arguments, -1, &length, &error);

  if (text != NULL)
    {
      q_agent_call_submit (operation, name, text, length, answer_timeout, step);
    }
  else
    {
      g_autoptr (GError) public_error = q_agent_error_from_wire (error);

      q_agent_call_fail (operation, public_error);
    }
}

/* -- a single command -- */

QAgentRequest *
q_agent_request_new (QAgent *agent, const char *command, const char *arguments, int timeout,
                     GError **error)
{
  g_autoptr (GError) wire_error = NULL;
  gsize length;
  char *text = q_message_encode_command (command, FALSE, arguments, -1, &length, &wire_error);
  QAgentRequest *self;

  if (text == NULL)
    {
      g_propagate_error (error, q_agent_error_from_wire (wire_error));
      return NULL;
    }

  self = g_new0 (QAgentRequest, 1);
  q_agent_call_init (&self->call, agent, timeout);
  self->name = g_strdup (command);
  self->text = text;
  self->length = length;

  return self;
}

void
q_agent_request_free (gpointer data)
{
  QAgentRequest *self = data;

  q_agent_call_clear (&self->call);
  g_free (self->name);
  g_free (self->text);
  g_free (self);
}

static void
command_step (QOperation *operation, const char *value, gsize length)
{
  q_operation_return (operation, value != NULL ? g_strndup (value, length) : g_strdup ("{}"),
                      g_free);
}

void
q_agent_command (QOperation *operation)
{
  QAgentRequest *self = q_operation_get_data (operation);

  if (q_agent_call_begin (operation, "no reply came"))
    q_agent_call_submit (operation, self->name, g_steal_pointer (&self->text), self->length, -1,
                         command_step);
}
