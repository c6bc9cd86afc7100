/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent-fields-private.h"

#include "base64-private.h"
#include "wire/json-text-private.h"

/* A file of the guest, in pieces: opened, read or written, closed. Whatever happens to the call, a
 * file that was opened is closed: the agent would keep it open for as long as it runs. */

/* The agent takes at most 48 MB. Between two pieces other commands have their turn. */
#define PIECE_SIZE (512 * 1024)
/* How long the answer to an opening is waited for when the call is over. */
#define AFTERWARDS_MS (5 * 1000)

struct _QAgentFile
{
  QAgentCall call;
  char *path;
  GBytes *contents; /* to be written; NULL for reading */
  gsize n_written;
  GByteArray *read;
  gsize max_size;
  gboolean is_open;    /* until the agent has answered to its closing */
  gboolean is_closing; /* that was asked for */
  gint64 handle;
  GError *error; /* why it is closed before its time */
};

QAgentFile *
q_agent_file_new (QAgent *agent, const char *path, GBytes *contents, int timeout, GError **error)
{
  QAgentFile *self;

  if (!g_utf8_validate (path, -1, NULL))
    {
      g_autofree char *readable = g_utf8_make_valid (path, -1);

      g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                   "%s: the path is not valid UTF-8", readable);
      return NULL;
    }

  self = g_new0 (QAgentFile, 1);
  q_agent_call_init (&self->call, agent, timeout);
  self->path = g_strdup (path);
  self->contents = contents != NULL ? g_bytes_ref (contents) : NULL;
  self->read = g_byte_array_new ();

  return self;
}

void
q_agent_file_free (gpointer data)
{
  QAgentFile *self = data;

  q_agent_call_clear (&self->call);
  g_free (self->path);
  g_clear_pointer (&self->contents, g_bytes_unref);
  g_clear_pointer (&self->read, g_byte_array_unref);
  g_clear_error (&self->error);
  g_free (self);
}

/* -- closing, when nobody waits for it -- */

static void
opened_afterwards_cb (const char *value, gsize length, const GError *error, gpointer data)
{
  g_autoptr (QAgent) agent = data;
  gint64 handle;

  if (error == NULL && q_json_read_int64 (value, &handle))
    q_agent_leave_file (agent, handle);
}

static void
given_up (QOperation *operation)
{
  QAgentFile *self = q_operation_get_data (operation);
  QAgent *agent = self->call.agent;
  QAgentCommand *command = self->call.command;

  if (self->is_open)
    {
      if (self->is_closing && q_agent_is_out (agent, command))
        return;
      /* What is on its way first, or the closing would wait for its answer. */
      if (command != NULL)
        q_agent_withdraw (agent, g_steal_pointer (&self->call.command));
      q_agent_leave_file (agent, self->handle);
    }
  else if (command != NULL && q_agent_is_sent (agent, command))
    {
      /* The answer has the handle. */
      self->call.command = NULL;
      q_agent_redirect (agent, command, AFTERWARDS_MS, opened_afterwards_cb, q_agent_ref (agent));
    }
}

/* -- the steps -- */

static void transfer (QOperation *operation);

/* With the default the limit is that of each piece: how long a file takes depends on its size. */
static void
renew_timeout (QOperation *operation)
{
  QAgentFile *self = q_operation_get_data (operation);
  QAgentSettings settings;

  if (self->call.timeout != Q_TIMEOUT_DEFAULT)
    return;

  q_agent_get_settings (self->call.agent, &settings);
  q_operation_set_timeout (operation, settings.command_timeout, "no reply came", "command-timeout");
}

static void
finish (QOperation *operation)
{
  QAgentFile *self = q_operation_get_data (operation);

  if (self->error != NULL)
    q_operation_return_error (operation, g_steal_pointer (&self->error));
  else if (self->contents != NULL)
    q_operation_return_true (operation);
  else
    q_operation_return (operation, g_byte_array_free_to_bytes (g_steal_pointer (&self->read)),
                        (GDestroyNotify)g_bytes_unref);
}

static void
closed_step (QOperation *operation, const char *value, gsize length)
{
  QAgentFile *self = q_operation_get_data (operation);

  self->is_open = FALSE;
  finish (operation);
}

static void
close_file (QOperation *operation)
{
  QAgentFile *self = q_operation_get_data (operation);
  g_autofree char *arguments = g_strdup_printf ("{\"handle\":%" G_GINT64_FORMAT "}", self->handle);

  self->is_closing = TRUE;
  renew_timeout (operation);
  q_agent_call_send (operation, "guest-file-close", arguments, -1, closed_step);
}

/* Closes it, and then fails. */
static void
fail (QOperation *operation, GQuark domain, int code, const char *reason)
{
  QAgentFile *self = q_operation_get_data (operation);

  self->error = g_error_new (domain, code, "%s: %s: %s", q_operation_get_name (operation),
                             self->path, reason);
  close_file (operation);
}

static void
fail_answer (QOperation *operation, const char *reason)
{
  fail (operation, Q_MONITOR_ERROR, Q_MONITOR_ERROR_PROTOCOL, reason);
}

/* While it is frozen the agent neither reads, writes nor closes. */
static gboolean
wait_thaw (QOperation *operation, const GError *error)
{
  QAgentFile *self = q_operation_get_data (operation);
  QAgent *agent = self->call.agent;

  if (!self->is_closing)
    return q_agent_call_wait_thaw (operation, error, transfer);
  /* Only the closing tells that all was written. */
  if (self->contents != NULL && self->error == NULL)
    return q_agent_call_wait_thaw (operation, error, close_file);
  if (error->domain != Q_COMMAND_ERROR || !q_agent_get_frozen (agent))
    return FALSE;

  q_agent_leave_file (agent, self->handle);
  finish (operation);
  return TRUE;
}

static gboolean
failed (QOperation *operation, const GError *error)
{
  QAgentFile *self = q_operation_get_data (operation);
  gboolean refused = error->domain == Q_COMMAND_ERROR;

  if (!self->is_open)
    {
      if (!refused)
        return FALSE;
      q_operation_return_error (operation, g_error_copy (error));
      return TRUE;
    }

  if (wait_thaw (operation, error))
    return TRUE;

  /* The first reason counts. */
  if (self->error == NULL && refused)
    self->error = g_error_copy (error);
  else if (self->error == NULL)
    self->error = g_error_new (error->domain, error->code, "%s: %s: %s",
                               q_operation_get_name (operation), self->path, error->message);
  if (refused && !self->is_closing)
    {
      close_file (operation);
      return TRUE;
    }

  /* The agent was lost: it may hear of it later. */
  if (!refused)
    q_agent_leave_file (self->call.agent, self->handle);
  finish (operation);
  return TRUE;
}

static gboolean
read_answer (const char *value, gint64 *count, gboolean *eof)
{
  return *value == '{' && q_json_read_int64 (q_json_find_member (value, "count"), count)
         && q_json_read_boolean (q_json_find_member (value, "eof"), eof) && *count >= 0;
}

static void
read_step (QOperation *operation, const char *value, gsize length)
{
  QAgentFile *self = q_operation_get_data (operation);
  g_autoptr (GBytes) piece = NULL;
  const char *text;
  gboolean eof;
  gint64 count;

  if (!read_answer (value, &count, &eof) || count > PIECE_SIZE)
    {
      fail_answer (operation, "the guest's answer has no count of bytes, or a wrong one");
      return;
    }

  text = q_json_find_member (value, "buf-b64");
  piece = text != NULL ? q_base64_read (text, PIECE_SIZE) : g_bytes_new_static ("", 0);
  if (piece == NULL || g_bytes_get_size (piece) != (gsize)count)
    {
      fail_answer (operation, "the guest's answer is no base64 of so many bytes");
      return;
    }
  if (count == 0 && !eof)
    {
      fail_answer (operation, "the guest sends neither bytes nor an end");
      return;
    }

  if ((gsize)count > self->max_size - self->read->len)
    {
      g_autofree char *reason = g_strdup_printf (
        "the file is larger than the limit of %" G_GSIZE_FORMAT " bytes (max-file-size)",
        self->max_size);

      fail (operation, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE, reason);
      return;
    }
  g_byte_array_append (self->read, g_bytes_get_data (piece, NULL), (guint)count);
  if (eof)
    close_file (operation);
  else
    transfer (operation);
}

static void
written_step (QOperation *operation, const char *value, gsize length)
{
  QAgentFile *self = q_operation_get_data (operation);
  gsize rest = g_bytes_get_size (self->contents) - self->n_written;
  gboolean eof;
  gint64 count;

  if (!read_answer (value, &count, &eof) || count == 0 || count > (gint64)MIN (rest, PIECE_SIZE))
    {
      fail_answer (operation, "the guest's answer has no count of bytes, or a wrong one");
      return;
    }

  self->n_written += (gsize)count;
  transfer (operation);
}

static void
write_piece (QOperation *operation)
{
  QAgentFile *self = q_operation_get_data (operation);
  gsize size;
  const char *bytes = g_bytes_get_data (self->contents, &size);
  g_autoptr (GString) arguments = g_string_new (NULL);

  if (self->n_written == size)
    {
      close_file (operation);
      return;
    }

  g_string_printf (arguments, "{\"handle\":%" G_GINT64_FORMAT ",\"buf-b64\":", self->handle);
  q_base64_append (arguments, bytes + self->n_written, MIN (size - self->n_written, PIECE_SIZE));
  g_string_append_c (arguments, '}');
  q_agent_call_send (operation, "guest-file-write", arguments->str, -1, written_step);
}

static void
transfer (QOperation *operation)
{
  QAgentFile *self = q_operation_get_data (operation);
  g_autofree char *arguments = NULL;

  renew_timeout (operation);
  if (self->contents != NULL)
    {
      write_piece (operation);
      return;
    }

  arguments
    = g_strdup_printf ("{\"handle\":%" G_GINT64_FORMAT ",\"count\":%d}", self->handle, PIECE_SIZE);
  q_agent_call_send (operation, "guest-file-read", arguments, -1, read_step);
}

static void
opened_step (QOperation *operation, const char *value, gsize length)
{
  QAgentFile *self = q_operation_get_data (operation);

  if (!q_json_read_int64 (value, &self->handle))
    {
      q_agent_call_fail_answer (operation, "guest-file-open", "no handle");
      return;
    }

  self->is_open = TRUE;
  q_operation_explain_timeout (operation, "the file was not transferred");
  transfer (operation);
}

void
q_agent_file_transfer (QOperation *operation)
{
  QAgentFile *self = q_operation_get_data (operation);
  g_autoptr (GString) arguments = g_string_new ("{\"path\":");
  QAgentSettings settings;

  if (!q_agent_call_begin (operation, "the file was not opened"))
    return;

  q_agent_get_settings (self->call.agent, &settings);
  self->max_size = MIN (settings.max_file_size, G_MAXINT);
  self->call.failed = failed;
  self->call.given_up = given_up;
  q_json_append_string (arguments, self->path);
  g_string_append_printf (arguments, ",\"mode\":\"%s\"}", self->contents != NULL ? "w" : "r");
  q_agent_call_send (operation, "guest-file-open", arguments->str, -1, opened_step);
}
