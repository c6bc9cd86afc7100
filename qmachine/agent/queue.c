/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent-fields-private.h"

#include "io/deadline-private.h"
#include "io/io-thread-private.h"

/* The commands: one at a time, since not every agent sends back the id of a command, and those that
 * wait until the agent is ready. */

/* Bounds of what waits. */
#define MAX_COMMANDS 1024
#define MAX_BYTES (256u * 1024 * 1024)

/* How long a guest that shuts down may say nothing before that is taken for its shutdown. */
#define SILENCE_MS (5 * 1000)

static const char *const without_answer[] = {
  "guest-shutdown", "guest-suspend-disk", "guest-suspend-ram", "guest-suspend-hybrid", NULL,
};
static const char *const freezing[] = {
  "guest-fsfreeze-freeze",
  "guest-fsfreeze-freeze-list",
  NULL,
};

static void
command_free (QAgentCommand *command)
{
  g_clear_error (&command->refusal);
  g_free (command->name);
  g_free (command->text);
  g_free (command);
}

/* -- the queue -- */

static QAgentCommand *
command_new (const char *name, char *text, gsize length, int answer_timeout, QAgentReplyFunc func,
             gpointer user_data)
{
  QAgentCommand *command = g_new0 (QAgentCommand, 1);

  command->name = g_strdup (name);
  command->text = text;
  command->length = length;
  command->has_no_answer = g_strv_contains (without_answer, name);
  command->answer_timeout = answer_timeout;
  command->func = func;
  command->user_data = user_data;
  command->link.data = command;

  return command;
}

QAgentCommand *
q_agent_submit (QAgent *self, const char *name, char *text, gsize length, gboolean bounded,
                int answer_timeout, QAgentReplyFunc func, gpointer user_data, GError **error)
{
  QAgentCommand *command;

  if (q_agent_get_state (self) == Q_GUEST_AGENT_STATE_CLOSED || self->closing)
    {
      g_free (text);
      g_set_error_literal (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED,
                           "the guest agent is not attached");
      return NULL;
    }
  if (bounded && (self->commands.length >= MAX_COMMANDS || self->n_bytes + length > MAX_BYTES))
    {
      g_free (text);
      g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_BUSY,
                   "too much waits for the guest agent already: %u commands, %" G_GSIZE_FORMAT
                   " bytes",
                   self->commands.length, self->n_bytes);
      return NULL;
    }

  command = command_new (name, text, length, answer_timeout, func, user_data);
  g_queue_push_tail_link (&self->commands, &command->link);
  self->n_bytes += length;
  q_agent_send_next (self);

  return command;
}

QAgentCommand *
q_agent_submit_first (QAgent *self, const char *name, const char *arguments, int answer_timeout,
                      QAgentReplyFunc func, gpointer user_data)
{
  gsize length;
  char *text = q_message_encode_command (name, FALSE, arguments, -1, &length, NULL);
  QAgentCommand *command = command_new (name, text, length, answer_timeout, func, user_data);

  command->is_own = TRUE;
  g_queue_push_head_link (&self->commands, &command->link);
  self->n_bytes += length;
  q_agent_send_next (self);

  return command;
}

static void
leave_queue (QAgent *self, QAgentCommand *command)
{
  g_queue_unlink (&self->commands, &command->link);
  self->n_bytes -= command->length;
}

gboolean
q_agent_is_sent (QAgent *self, QAgentCommand *command)
{
  return self->current == command;
}

gboolean
q_agent_is_out (QAgent *self, QAgentCommand *command)
{
  return command != NULL && self->current == command && !q_agent_link_is_sending (self->link);
}

/* -- the command that was sent -- */

static QAgentCommand *
steal_current (QAgent *self)
{
  q_source_clear (&self->answer_source);
  return g_steal_pointer (&self->current);
}

static void
note_thawing (QAgent *self, QAgentCommand *command, const GError *error)
{
  gboolean refused = error != NULL && error->domain == Q_COMMAND_ERROR;

  /* An agent that has frozen refuses to do it again. */
  if (g_strv_contains (freezing, command->name) && refused && !command->was_frozen)
    q_agent_disarm (self);
  else if (g_str_equal (command->name, "guest-fsfreeze-thaw") && error == NULL)
    q_agent_disarm (self);
}

/* Takes over the command. */
static void
tell (QAgent *self, QAgentCommand *command, const char *value, gsize length, const GError *error)
{
  note_thawing (self, command, error);
  if (command->func != NULL)
    command->func (value, length, error, command->user_data);
  command_free (command);
}

void
q_agent_settle (QAgent *self, const GError *error)
{
  QAgentCommand *command = steal_current (self);
  g_autoptr (GError) refusal = NULL;

  if (command == NULL)
    return;

  refusal = g_steal_pointer (&command->refusal);
  tell (self, command, NULL, 0, error != NULL ? error : refusal);
}

void
q_agent_take_message (QAgent *self, const QMessage *message)
{
  const QSlice *slice = &message->frame.members[Q_MEMBER_RETURN];
  QAgentCommand *command = self->current;
  g_autoptr (GError) error = NULL;

  if (message->kind == Q_MESSAGE_ERROR && command != NULL)
    {
      g_autofree char *class_name = NULL;
      g_autofree char *description = NULL;
      g_autofree char *text = g_strndup (message->frame.text, message->frame.length);

      q_message_get_error (message, &class_name, &description);
      error = q_command_error_new (command->name, class_name, description, text);
    }

  /* Some answer all the same. */
  if (command != NULL && command->has_no_answer && message->kind == Q_MESSAGE_RETURN)
    return;
  /* Nobody can answer before he has heard it all; and somebody speaks whom nobody asked. */
  if (command == NULL || q_agent_link_is_sending (self->link) || command->refusal != NULL
      || (error == NULL && message->kind != Q_MESSAGE_RETURN))
    {
      if (error == NULL)
        error = q_agent_error_no_answer ();
      q_agent_resync (self);
      q_agent_settle (self, error);
      return;
    }

  if (command->has_no_answer)
    {
      command->refusal = g_steal_pointer (&error);
      return;
    }

  steal_current (self);
  tell (self, command, error == NULL ? message->frame.text + slice->start : NULL,
        error == NULL ? slice->length : 0, error);
  q_agent_send_next (self);
}

static gboolean
answer_timeout_cb (gpointer data)
{
  g_autoptr (QAgent) self = q_agent_ref (data);
  QAgentCommand *command = steal_current (self);
  g_autoptr (GError) error = NULL;

  if (!command->has_no_answer)
    error = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "no reply came within %d ms",
                         command->answer_timeout);
  else
    error = g_steal_pointer (&command->refusal);
  q_agent_resync (self);
  tell (self, command, NULL, 0, error);
  return G_SOURCE_REMOVE;
}

static void
set_answer_timeout (QAgent *self, int milliseconds)
{
  q_source_clear (&self->answer_source);
  self->answer_source
    = q_io_thread_add_deadline (milliseconds, answer_timeout_cb, self, "qmachine-agent-answer");
}

void
q_agent_take_sent (QAgent *self)
{
  QAgentCommand *command = self->current;

  if (command != NULL)
    set_answer_timeout (self, command->has_no_answer ? SILENCE_MS : command->answer_timeout);
}

void
q_agent_send_next (QAgent *self)
{
  QAgentCommand *command;

  if (self->current != NULL || q_agent_get_state (self) != Q_GUEST_AGENT_STATE_READY)
    return;
  command = g_queue_peek_head (&self->commands);
  if (command == NULL)
    return;

  leave_queue (self, command);
  self->current = command;
  command->was_frozen = q_agent_get_frozen (self);
  if (g_strv_contains (freezing, command->name))
    q_agent_set_frozen (self, TRUE);
  q_agent_link_send (self->link, g_steal_pointer (&command->text), command->length);
  /* It answers only if it cannot do it: what is asked behind it tells that it did. */
  if (command->has_no_answer)
    q_agent_link_send_sync (self->link, ++self->sync_id, FALSE);
}

/* -- giving up -- */

void
q_agent_withdraw (QAgent *self, QAgentCommand *command)
{
  if (self->current != command)
    {
      leave_queue (self, command);
      command_free (command);
      return;
    }

  steal_current (self);
  command_free (command);
  q_agent_resync (self);
}

void
q_agent_hurry (QAgent *self, int milliseconds)
{
  QAgentCommand *command = self->current;

  if (command == NULL || (command->answer_timeout >= 0 && command->answer_timeout <= milliseconds))
    return;

  command->answer_timeout = milliseconds;
  set_answer_timeout (self, milliseconds);
}

void
q_agent_redirect (QAgent *self, QAgentCommand *command, int answer_timeout, QAgentReplyFunc func,
                  gpointer user_data)
{
  command->func = func;
  command->user_data = user_data;
  command->answer_timeout = answer_timeout;
  if (self->current == command)
    set_answer_timeout (self, answer_timeout);
}

char *
q_agent_dup_last_words (QAgent *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  /* Once more: nobody knows whether the first was heard. */
  if (q_agent_get_frozen (self))
    g_string_append (text, "{\"execute\":\"guest-fsfreeze-thaw\"}\n");
  for (GList *l = self->commands.head; l != NULL; l = l->next)
    {
      QAgentCommand *command = l->data;

      if (command->is_own && command != self->thaw)
        g_string_append_printf (text, "%s\n", command->text);
    }
  q_agent_say_leftovers (self, text);
  /* What came before may have no end. */
  if (text->len > 0)
    g_string_prepend (text, "\xff");

  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

void
q_agent_fail_calls (QAgent *self, const GError *error)
{
  GList *next;

  if (self->current != NULL && !self->current->is_own)
    q_agent_settle (self, error);
  for (GList *l = self->commands.head; l != NULL; l = next)
    {
      QAgentCommand *command = l->data;

      next = l->next;
      if (command->is_own)
        continue;
      leave_queue (self, command);
      tell (self, command, NULL, 0, error);
    }
  q_agent_fail_thaw_waiters (self, error);
}

void
q_agent_fail_commands (QAgent *self, const GError *error)
{
  QAgentCommand *command;

  q_agent_settle (self, error);
  while ((command = g_queue_peek_head (&self->commands)) != NULL)
    {
      leave_queue (self, command);
      tell (self, command, NULL, 0, error);
    }
}
