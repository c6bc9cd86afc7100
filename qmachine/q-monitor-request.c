/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-monitor-request-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "q-monitor-session-private.h"
#include "wire/message-private.h"
#include "wire/wire-error-private.h"

GError *
q_monitor_error_from_wire (const GError *error, const char *prefix)
{
  QMonitorError code = Q_MONITOR_ERROR_CLOSED;

  if (error->domain != Q_WIRE_ERROR)
    return g_error_copy (error);

  switch ((QWireError)error->code)
    {
    case Q_WIRE_ERROR_PROTOCOL:
      code = Q_MONITOR_ERROR_PROTOCOL;
      break;
    case Q_WIRE_ERROR_TOO_LARGE:
      code = Q_MONITOR_ERROR_TOO_LARGE;
      break;
    case Q_WIRE_ERROR_BUSY:
      code = Q_MONITOR_ERROR_BUSY;
      break;
    case Q_WIRE_ERROR_INVALID:
      code = Q_MONITOR_ERROR_INVALID_COMMAND;
      break;
    case Q_WIRE_ERROR_CLOSED:
    default:
      break;
    }

  if (prefix == NULL)
    return g_error_new_literal (Q_MONITOR_ERROR, code, error->message);
  return g_error_new (Q_MONITOR_ERROR, code, "%s: %s", prefix, error->message);
}

QMonitorRequest *
q_monitor_request_new (const char *command, const char *arguments, QExecuteFlags flags,
                       const int *fd, QMonitorReplyKind kind, GError **error)
{
  g_autoptr (GError) wire_error = NULL;
  gboolean out_of_band = (flags & Q_EXECUTE_FLAGS_OUT_OF_BAND) != 0;
  g_autofree char *text = NULL;
  QMonitorRequest *self;
  gsize length;
  int own_fd = -1;

  text = q_message_encode_command (command, out_of_band, arguments, -1, &length, &wire_error);
  if (text == NULL)
    {
      g_propagate_error (error, q_monitor_error_from_wire (wire_error, NULL));
      return NULL;
    }

  if (fd != NULL)
    {
      own_fd = fcntl (*fd, F_DUPFD_CLOEXEC, 3);
      if (own_fd < 0)
        {
          g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                       "%s: descriptor %d cannot be passed: %s", command, *fd, g_strerror (errno));
          return NULL;
        }
    }

  self = g_new0 (QMonitorRequest, 1);
  self->command = g_strdup (command);
  self->text = g_steal_pointer (&text);
  self->length = length;
  self->fd = own_fd;
  self->out_of_band = out_of_band;
  self->kind = kind;

  return self;
}

/* json-glib 1.6 makes sure that a double has a fraction, also behind the exponent: "1e-05.0". */
static void
drop_fractions_of_exponents (char *text)
{
  const char *start = text;
  gboolean in_string = FALSE;
  char *out = text;

  while (*text != '\0')
    {
      gboolean is_exponent
        = !in_string && *text == 'e' && text > start && g_ascii_isdigit (out[-1]);

      if (*text == '"')
        in_string = !in_string;
      else if (in_string && *text == '\\')
        *out++ = *text++;
      *out++ = *text++;
      if (!is_exponent)
        continue;

      while (*text == '+' || *text == '-' || g_ascii_isdigit (*text))
        *out++ = *text++;
      if (g_str_has_prefix (text, ".0"))
        text += 2;
    }
  *out = '\0';
}

/* json-glib recurses, so its trees cannot be arbitrarily deep, and prints numbers that JSON does
 * not have; the text is checked afterwards like any other. */
static char *
node_to_text (JsonNode *node)
{
  g_autoptr (JsonGenerator) generator = NULL;
  char *text;

  if (node == NULL)
    return NULL;

  generator = json_generator_new ();
  json_generator_set_root (generator, node);
  text = json_generator_to_data (generator, NULL);
  if (text != NULL)
    drop_fractions_of_exponents (text);

  return text;
}

QMonitorRequest *
q_monitor_request_new_for_node (const char *command, JsonNode *arguments, QExecuteFlags flags,
                                const int *fd, QMonitorReplyKind kind, GError **error)
{
  g_autofree char *text = node_to_text (arguments);

  return q_monitor_request_new (command, text, flags, fd, kind, error);
}

QMonitorRequest *
q_monitor_request_new_for_fd (int fd, const char *path, GError **error)
{
  QMonitorRequest *self;
  int own_fd;

  if (path != NULL)
    {
      /* Like a shell's redirection in both directions, or in one where that is all one may. */
      own_fd = g_open (path, O_RDWR | O_CLOEXEC | O_NOCTTY, 0);
      if (own_fd < 0 && (errno == EACCES || errno == EROFS || errno == EISDIR))
        own_fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);
    }
  else
    own_fd = fcntl (fd, F_DUPFD_CLOEXEC, 3);

  if (own_fd < 0)
    {
      int saved_errno = errno;
      g_autofree char *number = g_strdup_printf ("descriptor %d", fd);

      g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                   "send_fd: %s cannot be passed: %s", path != NULL ? path : number,
                   g_strerror (saved_errno));
      return NULL;
    }

  self = g_new0 (QMonitorRequest, 1);
  self->command = g_strdup ("send_fd");
  self->fd = own_fd;
  self->kind = Q_MONITOR_REPLY_NONE;

  return self;
}

void
q_monitor_request_free (QMonitorRequest *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_clear_pointer (&self->call.session, q_monitor_session_unref);
  g_free (self->command);
  g_free (self->text);
  g_free (self);
}

QMonitorEventQuery *
q_monitor_event_query_new (const char *const *names, JsonNode *match, int timeout, GError **error)
{
  g_autofree char *text = node_to_text (match);
  g_autoptr (GError) wire_error = NULL;
  g_autoptr (JsonNode) own_match = NULL;
  QMonitorEventQuery *self;

  if (timeout < -1)
    {
      g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                   "wait_event: %d is no time-out: -1 waits without end", timeout);
      return NULL;
    }

  /* A copy of our own: the I/O thread reads it while the caller may change the original. */
  if (text != NULL)
    {
      if (!q_message_validate_json (text, -1, &wire_error))
        {
          g_propagate_error (error, q_monitor_error_from_wire (wire_error, "match"));
          return NULL;
        }
      own_match = q_message_parse (text, strlen (text), error);
      if (own_match == NULL)
        return NULL;
      /* The data of an event is an object: anything else would wait without end. */
      if (!JSON_NODE_HOLDS_OBJECT (own_match) && !JSON_NODE_HOLDS_NULL (own_match))
        {
          g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                       "wait_event: a match is a JSON object, and this is %.100s", text);
          return NULL;
        }
    }

  self = g_new0 (QMonitorEventQuery, 1);
  self->filter.names = names != NULL && names[0] != NULL ? g_strdupv ((char **)names) : NULL;
  self->filter.match = g_steal_pointer (&own_match);
  self->timeout = timeout;

  return self;
}

void
q_monitor_event_query_free (QMonitorEventQuery *self)
{
  g_clear_pointer (&self->call.session, q_monitor_session_unref);
  g_clear_pointer (&self->filter.names, g_strfreev);
  g_clear_pointer (&self->filter.match, json_node_unref);
  g_free (self);
}

JsonNode *
q_monitor_reply_to_node (char *text, GError **error)
{
  g_autofree char *owned_text = text;
  g_autoptr (GError) wire_error = NULL;
  JsonNode *node;

  if (owned_text == NULL)
    return NULL;

  node = q_message_parse (owned_text, strlen (owned_text), &wire_error);
  if (node == NULL)
    g_propagate_error (error, q_monitor_error_from_wire (wire_error, "the reply"));

  return node;
}
