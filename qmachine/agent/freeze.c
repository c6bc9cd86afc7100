/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent-fields-private.h"

#include "io/io-thread-private.h"
#include "wire/json-text-private.h"

/* Freezing, and the guard that thaws what a program left frozen. From the moment at which a command
 * that freezes is sent the guest counts as frozen, until the agent refuses that command or answers
 * a thaw. Nobody else would thaw it. */

/* How long the guard waits for the answer before it finds the agent again and says it once more. */
#define THAW_MS (5 * 1000)

void
q_agent_disarm (QAgent *self)
{
  q_source_clear (&self->thaw_source);
  q_agent_set_frozen (self, FALSE);
  /* Otherwise they end with it, or are said last. */
  if (!self->closing)
    {
      q_agent_take_up_leftovers (self);
      q_agent_go_on (self);
    }
}

static void
thawed_cb (const char *value, gsize length, const GError *error, gpointer data)
{
  QAgent *self = data;

  self->thaw = NULL;
  if (error == NULL)
    {
      q_agent_close_if_thawed (self);
      return;
    }

  if (error->domain == Q_COMMAND_ERROR)
    {
      /* There is nobody else to whom it could be told, and to ask again would not help. */
      g_warning ("The guest agent at %s does not thaw the guest's file systems: %s", self->name,
                 error->message);
      q_agent_disarm (self);
      q_agent_close_if_thawed (self);
    }
  else if (q_agent_get_state (self) != Q_GUEST_AGENT_STATE_CLOSED)
    {
      q_agent_thaw_soon (self);
    }
}

void
q_agent_thaw_soon (QAgent *self)
{
  q_source_clear (&self->thaw_source);
  if (self->thaw != NULL || q_agent_get_state (self) == Q_GUEST_AGENT_STATE_CLOSED)
    return;

  /* A call that waits for ever must not keep the guest frozen for ever. */
  q_agent_hurry (self, THAW_MS);
  self->thaw = q_agent_submit_first (self, "guest-fsfreeze-thaw", NULL, THAW_MS, thawed_cb, self);
}

static gboolean
limit_cb (gpointer data)
{
  q_agent_thaw_soon (data);
  return G_SOURCE_REMOVE;
}

/* -- the calls -- */

void
q_agent_freeze_free (gpointer data)
{
  QAgentFreeze *freeze = data;

  q_agent_call_clear (&freeze->call);
  g_free (freeze);
}

static gboolean
read_count (const char *value, int *count)
{
  gint64 n;

  if (!q_json_read_int64 (value, &n) || n < 0 || n > G_MAXINT - 1)
    return FALSE;

  *count = (int)n;
  return TRUE;
}

/* The result is the number and one, since a result is a pointer. */
static void
return_count (QOperation *operation, int count)
{
  q_operation_return (operation, GINT_TO_POINTER (count + 1), NULL);
}

static void
frozen_step (QOperation *operation, const char *value, gsize length)
{
  QAgentFreeze *freeze = q_operation_get_data (operation);
  QAgent *self = freeze->call.agent;
  int count;

  if (!read_count (value, &count))
    {
      q_agent_thaw_soon (self);
      q_agent_call_fail_answer (operation, "guest-fsfreeze-freeze", "no number of file systems");
      return;
    }

  q_source_clear (&self->thaw_source);
  self->thaw_source
    = q_io_thread_add_timeout (freeze->limit, limit_cb, self, "qmachine-agent-thaw");
  return_count (operation, count);
}

static gboolean
freeze_failed (QOperation *operation, const GError *error)
{
  QAgentFreeze *freeze = q_operation_get_data (operation);

  if (error->domain != Q_COMMAND_ERROR
      && !g_error_matches (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_BUSY)
      && q_agent_get_frozen (freeze->call.agent))
    q_agent_thaw_soon (freeze->call.agent);
  return FALSE;
}

/* It may be frozen all the same, or soon. */
static void
freeze_given_up (QOperation *operation)
{
  QAgentFreeze *freeze = q_operation_get_data (operation);
  QAgent *self = freeze->call.agent;
  QAgentCommand *command = g_steal_pointer (&freeze->call.command);
  gboolean sent = command != NULL && q_agent_is_sent (self, command);

  if (command != NULL)
    q_agent_withdraw (self, command);
  if (sent)
    q_agent_thaw_soon (self);
}

void
q_agent_freeze (QOperation *operation)
{
  QAgentFreeze *freeze = q_operation_get_data (operation);

  if (!q_agent_call_begin (operation, "the guest did not freeze its file systems"))
    return;

  freeze->call.failed = freeze_failed;
  freeze->call.given_up = freeze_given_up;
  q_agent_call_send (operation, "guest-fsfreeze-freeze", NULL, -1, frozen_step);
}

static void
thawed_step (QOperation *operation, const char *value, gsize length)
{
  int count;

  if (read_count (value, &count))
    return_count (operation, count);
  else
    q_agent_call_fail_answer (operation, "guest-fsfreeze-thaw", "no number of file systems");
}

void
q_agent_thaw (QOperation *operation)
{
  if (q_agent_call_begin (operation, "the guest did not thaw its file systems"))
    q_agent_call_send (operation, "guest-fsfreeze-thaw", NULL, -1, thawed_step);
}
