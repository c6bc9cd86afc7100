/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent-fields-private.h"

#include <string.h>

#include "base64-private.h"
#include "io/io-thread-private.h"
#include "wire/json-text-private.h"

/* A program in the guest: begun by one command, and asked after until it has ended. The agent keeps
 * its output till then. */

#define FIRST_PAUSE_MS 10
#define LAST_PAUSE_MS 500
/* How long the answer to a start is waited for when the call is over. */
#define AFTERWARDS_MS (5 * 1000)

struct _QAgentExec
{
  QAgentCall call;
  char *text; /* of the first command */
  gsize length;
  gint64 pid;
  char *status_arguments; /* with that number; NULL before it is known */
  int pause;              /* ms */
  GSource *pause_source;
};

void
q_agent_exec_result_free (gpointer data)
{
  QAgentExecResult *result = data;

  for (guint i = 0; i < G_N_ELEMENTS (result->out); i++)
    g_clear_pointer (&result->out[i], g_bytes_unref);
  g_free (result);
}

void
q_agent_exec_free (gpointer data)
{
  QAgentExec *self = data;

  q_agent_call_clear (&self->call);
  g_free (self->text);
  g_free (self->status_arguments);
  g_free (self);
}

static void
append_strv (GString *text, const char *name, const char *const *strv)
{
  g_string_append_printf (text, ",\"%s\":[", name);
  for (gsize i = 0; strv[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      q_json_append_string (text, strv[i]);
    }
  g_string_append_c (text, ']');
}

QAgentExec *
q_agent_exec_new (QAgent *agent, const char *const *argv, const char *const *env, GBytes *input,
                  int timeout, GError **error)
{
  g_autoptr (GString) arguments = g_string_new ("{\"path\":");
  g_autoptr (GError) wire_error = NULL;
  QAgentExec *self;
  gsize length;
  char *text;

  q_json_append_string (arguments, argv[0]);
  append_strv (arguments, "arg", argv + 1);
  if (env != NULL)
    append_strv (arguments, "env", env);
  if (input != NULL)
    {
      g_string_append (arguments, ",\"input-data\":");
      q_base64_append (arguments, g_bytes_get_data (input, NULL), g_bytes_get_size (input));
    }
  g_string_append (arguments, ",\"capture-output\":true}");

  text = q_message_encode_command ("guest-exec", FALSE, arguments->str, (gssize)arguments->len,
                                   &length, &wire_error);
  if (text == NULL)
    {
      g_propagate_error (error, q_agent_error_from_wire (wire_error));
      return NULL;
    }

  self = g_new0 (QAgentExec, 1);
  q_agent_call_init (&self->call, agent, timeout);
  self->text = text;
  self->length = length;
  self->pause = FIRST_PAUSE_MS;

  return self;
}

/* -- the end of the program -- */

/* FALSE for what is there as something else. */
static gboolean
read_output (const char *value, GBytes **out)
{
  *out = value == NULL ? g_bytes_new_static ("", 0) : q_base64_read (value, G_MAXSIZE);
  return *out != NULL;
}

QAgentExecResult *
q_agent_exec_read_result (const char *status, GError **error)
{
  enum
  {
    EXIT_CODE,
    SIGNAL,
    OUT_DATA,
    ERR_DATA,
    OUT_TRUNCATED,
    ERR_TRUNCATED,
    N_NAMES,
  };
  static const char *const names[N_NAMES] = {
    "exitcode", "signal", "out-data", "err-data", "out-truncated", "err-truncated",
  };
  const char *values[N_NAMES];
  QAgentExecResult *result = g_new0 (QAgentExecResult, 1);

  q_json_find_members (status, names, values, N_NAMES);
  if (q_json_read_int64 (values[EXIT_CODE], &result->number))
    result->kind = Q_EXIT_KIND_EXITED;
  else if (q_json_read_int64 (values[SIGNAL], &result->number))
    result->kind = Q_EXIT_KIND_SIGNALED;
  else
    result->kind = Q_EXIT_KIND_UNKNOWN;

  for (guint i = 0; i < G_N_ELEMENTS (result->out); i++)
    {
      q_json_read_boolean (values[OUT_TRUNCATED + i], &result->truncated[i]);
      if (!read_output (values[OUT_DATA + i], &result->out[i]))
        {
          q_agent_exec_result_free (result);
          g_set_error_literal (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_PROTOCOL,
                               "exec: the guest's answer to guest-exec-status: the output is no "
                               "base64");
          return NULL;
        }
    }

  return result;
}

/* -- asking -- */

static void ask (QOperation *operation);

static gboolean
pause_cb (gpointer data)
{
  QAgentExec *self = q_operation_get_data (data);

  q_source_clear (&self->pause_source);
  ask (data);
  return G_SOURCE_REMOVE;
}

static void
status_step (QOperation *operation, const char *value, gsize length)
{
  QAgentExec *self = q_operation_get_data (operation);
  gboolean exited;

  if (*value != '{' || !q_json_read_boolean (q_json_find_member (value, "exited"), &exited))
    {
      q_agent_call_fail_answer (operation, "guest-exec-status", "it lacks `exited`");
      return;
    }

  if (!exited)
    {
      self->pause_source
        = q_io_thread_add_timeout (self->pause, pause_cb, operation, "qmachine-agent-exec");
      self->pause = MIN (self->pause * 3 / 2, LAST_PAUSE_MS);
      return;
    }

  /* The caller reads the rest: this thread is that of all machines. */
  q_operation_return (operation, g_strndup (value, length), g_free);
}

static void
ask (QOperation *operation)
{
  QAgentExec *self = q_operation_get_data (operation);
  QAgentSettings settings;

  q_agent_get_settings (self->call.agent, &settings);
  q_agent_call_send (operation, "guest-exec-status", self->status_arguments,
                     settings.command_timeout, status_step);
}

/* The program does not end because one question was lost: as long as there is time for it, it is
 * asked again, on another connection, too. */
static gboolean
exec_failed (QOperation *operation, const GError *error)
{
  QAgentExec *self = q_operation_get_data (operation);

  if (self->status_arguments == NULL)
    return FALSE;
  /* An agent whose guest is frozen says nothing of its programs. */
  if (q_agent_call_wait_thaw (operation, error, ask))
    return TRUE;
  if (q_agent_get_state (self->call.agent) == Q_GUEST_AGENT_STATE_CLOSED
      || self->call.agent->closing
      || !(g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)
           || g_error_matches (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED)))
    return FALSE;

  ask (operation);
  return TRUE;
}

static gboolean
read_pid (const char *value, gint64 *pid)
{
  return *value == '{' && q_json_read_int64 (q_json_find_member (value, "pid"), pid);
}

static void
started_afterwards_cb (const char *value, gsize length, const GError *error, gpointer data)
{
  g_autoptr (QAgent) agent = data;
  gint64 pid;

  if (error != NULL || !read_pid (value, &pid))
    return;

  q_agent_forget_program (agent, pid);
  q_agent_leave_program (agent, pid);
}

static void
exec_given_up (QOperation *operation)
{
  QAgentExec *self = q_operation_get_data (operation);
  QAgent *agent = self->call.agent;
  QAgentCommand *command = self->call.command;

  q_source_clear (&self->pause_source);
  if (self->status_arguments != NULL)
    {
      if (self->call.n_losses == agent->n_losses)
        q_agent_leave_program (agent, self->pid);
    }
  /* The answer has its number. One that is sent in part is never started. */
  else if (q_agent_is_out (agent, command))
    {
      self->call.command = NULL;
      q_agent_redirect (agent, command, AFTERWARDS_MS, started_afterwards_cb, q_agent_ref (agent));
    }
}

static void
started_step (QOperation *operation, const char *value, gsize length)
{
  QAgentExec *self = q_operation_get_data (operation);

  if (!read_pid (value, &self->pid))
    {
      q_agent_call_fail_answer (operation, "guest-exec", "it lacks `pid`");
      return;
    }

  q_agent_forget_program (self->call.agent, self->pid);
  self->status_arguments = g_strdup_printf ("{\"pid\":%" G_GINT64_FORMAT "}", self->pid);
  q_operation_explain_timeout (operation, "the program did not end");
  ask (operation);
}

void
q_agent_exec (QOperation *operation)
{
  QAgentExec *self = q_operation_get_data (operation);

  if (!q_agent_call_begin (operation, "the program was not started"))
    return;

  self->call.failed = exec_failed;
  self->call.given_up = exec_given_up;
  q_agent_call_submit (operation, "guest-exec", g_steal_pointer (&self->text), self->length, -1,
                       started_step);
}
