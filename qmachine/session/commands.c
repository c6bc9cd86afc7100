/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-error-private.h"
#include "session-fields-private.h"
#include "wire/wire-error-private.h"

/* A command takes QEMU about 4.3 us a byte to read; a deadline must not punish long ones. */
#define BYTES_PER_MS 100

static void
withdraw_request (QOperation *operation)
{
  QRequest *request = q_operation_get_data (operation);

  q_channel_withdraw (request->call.session->channel, request->sent);
  request->sent = NULL;
}

static void
tell_observer (QSession *self, QRequest *request, const QMessage *reply)
{
  g_autofree char *status = NULL;

  if (self->observer == NULL || reply->kind != Q_MESSAGE_RETURN)
    return;

  if (g_str_equal (request->command, "query-status"))
    status = q_message_dup_member (reply, Q_MEMBER_RETURN);
  self->observer->command_done (request->command, status, self->observer_data);
}

static void
return_reply (QOperation *operation, QRequest *request, const QMessage *reply)
{
  tell_observer (request->call.session, request, reply);
  if (request->kind == Q_REPLY_WHOLE)
    {
      q_operation_return (operation, g_strndup (reply->frame.text, reply->frame.length), g_free);
    }
  else if (reply->kind == Q_MESSAGE_RETURN)
    {
      if (g_str_equal (request->command, "quit"))
        request->call.session->end_expected = TRUE;
      q_operation_return (operation, q_message_dup_member (reply, Q_MEMBER_RETURN), g_free);
    }
  else
    {
      g_autofree char *class_name = NULL;
      g_autofree char *description = NULL;
      g_autofree char *text = g_strndup (reply->frame.text, reply->frame.length);

      if (g_str_equal (request->command, "quit"))
        request->call.session->end_expected = FALSE;
      q_message_get_error (reply, &class_name, &description);
      q_operation_return_error (
        operation, q_command_error_new (request->command, class_name, description, text));
    }
}

void
q_session_take_reply (const QMessage *reply, const GError *error, gpointer data)
{
  QOperation *operation = data;
  QRequest *request = q_operation_get_data (operation);

  request->sent = NULL;
  q_operation_set_withdraw (operation, NULL);

  if (reply != NULL)
    {
      return_reply (operation, request, reply);
      return;
    }
  if (error == NULL)
    {
      q_operation_return_true (operation);
      return;
    }

  /* QEMU may be gone before its answer to this one is out: it did what it was told. */
  if (g_str_equal (request->command, "quit")
      && g_error_matches (error, Q_WIRE_ERROR, Q_WIRE_ERROR_CLOSED)
      && request->call.session->end_expected)
    {
      const char *value = request->kind == Q_REPLY_WHOLE ? "{\"return\": {}}" : "{}";

      q_operation_return (operation, g_strdup (value), g_free);
      return;
    }

  q_session_fail_call (operation, q_session_error_from_wire (error, request->command));
}

/* What cannot be sent is refused here, with nothing lost. */
static GError *
check_request (QSession *self, QRequest *request)
{
  if (q_session_get_state (self) != Q_MONITOR_STATE_RUNNING)
    return g_error_new (Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED, "%s: the monitor is not open",
                        request->command);

  if (request->out_of_band && !self->out_of_band)
    return g_error_new (Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                        "%s: out-of-band commands were not negotiated", request->command);

  if (request->fd >= 0 && !q_channel_can_pass_fds (self->channel))
    return g_error_new (Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                        "%s: descriptors can only be passed over a Unix socket that leads to QEMU "
                        "itself",
                        request->command);

  return NULL;
}

static int
get_command_timeout (QSession *self)
{
  QSessionSettings settings;

  q_session_get_settings (self, &settings);
  return settings.command_timeout;
}

void
q_session_execute (QOperation *operation)
{
  QRequest *request = q_operation_get_data (operation);
  QSession *self = request->call.session;
  g_autoptr (GError) wire_error = NULL;
  GError *error = check_request (self, request);
  int timeout = request->timeout;
  const char *property = NULL;

  if (error != NULL)
    {
      if (g_error_matches (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED))
        q_session_fail_call (operation, error);
      else
        q_operation_return_error (operation, error);
      return;
    }

  q_session_take_back_idle (self);
  if (g_str_equal (request->command, "quit"))
    self->end_expected = TRUE;

  if (request->kind == Q_REPLY_NONE)
    request->sent = q_channel_submit_fd (self->channel, g_steal_fd (&request->fd),
                                         q_session_take_reply, operation, &wire_error);
  else
    request->sent = q_channel_submit (
      self->channel, g_steal_pointer (&request->text), request->length, request->out_of_band,
      g_steal_fd (&request->fd), q_session_take_reply, operation, &wire_error);
  if (request->sent == NULL)
    {
      q_operation_return_error (operation,
                                q_session_error_from_wire (wire_error, request->command));
      return;
    }

  q_operation_set_withdraw (operation, withdraw_request);
  if (timeout == Q_TIMEOUT_DEFAULT)
    {
      timeout = get_command_timeout (self);
      property = "command-timeout";
    }
  if (timeout >= 0)
    q_operation_set_timeout (operation, timeout + (gint64)request->length / BYTES_PER_MS,
                             "no reply came", property);
  q_channel_flush (self->channel);
}

/* -- the library's own commands -- */

typedef struct
{
  QSessionReplyFunc func;
  gpointer user_data;
} Question;

static void
answer_cb (const QMessage *reply, const GError *error, gpointer data)
{
  g_autofree Question *question = data;
  g_autoptr (GError) own_error = NULL;
  g_autofree char *value = NULL;

  if (reply == NULL)
    {
      own_error = q_session_error_from_wire (error, NULL);
    }
  else if (reply->kind == Q_MESSAGE_RETURN)
    {
      value = q_message_dup_member (reply, Q_MEMBER_RETURN);
    }
  else
    {
      g_autofree char *class_name = NULL;
      g_autofree char *description = NULL;

      q_message_get_error (reply, &class_name, &description);
      own_error = q_command_error_new (NULL, class_name, description, NULL);
    }

  question->func (value, own_error, question->user_data);
}

void
q_session_ask_raw (QSession *self, const char *command, const char *arguments,
                   QSessionReplyFunc func, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  Question *question = g_new0 (Question, 1);
  gsize length;
  char *text = q_message_encode_command (command, FALSE, arguments, -1, &length, NULL);

  question->func = func;
  question->user_data = user_data;
  q_session_take_back_idle (self);
  if (q_channel_submit (self->channel, text, length, FALSE, -1, answer_cb, question, &error)
      == NULL)
    answer_cb (NULL, error, question);
  else
    q_channel_flush (self->channel);
}

void
q_session_ask_json (QSession *self, const char *command, const char *arguments,
                    QSessionReplyFunc func, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (self->channel != NULL && q_session_get_state (self) == Q_MONITOR_STATE_RUNNING)
    {
      q_session_ask_raw (self, command, arguments, func, user_data);
      return;
    }

  error = g_error_new_literal (Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED, "the monitor is closed");
  func (NULL, error, user_data);
}

void
q_session_ask (QSession *self, const char *command, QSessionReplyFunc func, gpointer user_data)
{
  q_session_ask_json (self, command, NULL, func, user_data);
}
