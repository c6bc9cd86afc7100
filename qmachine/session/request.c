/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "request-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "io/time-limit-private.h"
#include "session-private.h"
#include "wire/json-text-private.h"
#include "wire/keys-private.h"
#include "wire/message-private.h"
#include "wire/tree-private.h"
#include "wire/wire-error-private.h"

QRequest *
q_request_new (const char *command, const char *arguments, QMonitorFlags flags, const int *fd,
               QReplyKind kind, GError **error)
{
  g_autoptr (GError) wire_error = NULL;
  gboolean out_of_band = (flags & Q_MONITOR_FLAGS_OUT_OF_BAND) != 0;
  g_autofree char *text = NULL;
  QRequest *self;
  gsize length;
  int own_fd = -1;

  text = q_message_encode_command (command, out_of_band, arguments, -1, &length, &wire_error);
  if (text == NULL)
    {
      g_propagate_error (error, q_session_error_from_wire (wire_error, NULL));
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

  self = g_new0 (QRequest, 1);
  self->command = g_strdup (command);
  self->text = g_steal_pointer (&text);
  self->length = length;
  self->fd = own_fd;
  self->out_of_band = out_of_band;
  self->kind = kind;

  return self;
}

QRequest *
q_request_new_for_node (const char *command, JsonNode *arguments, QMonitorFlags flags,
                        const int *fd, QReplyKind kind, GError **error)
{
  g_autofree char *text = q_json_print_tree (arguments);

  return q_request_new (command, text, flags, fd, kind, error);
}

QRequest *
q_request_new_for_fd (int fd, const char *path, GError **error)
{
  QRequest *self;
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

  self = g_new0 (QRequest, 1);
  self->command = g_strdup ("send_fd");
  self->fd = own_fd;
  self->kind = Q_REPLY_NONE;

  return self;
}

QRequest *
q_request_set_timeout (QRequest *self, int timeout, GError **error)
{
  if (timeout < -1 && timeout != Q_TIMEOUT_DEFAULT)
    {
      q_time_limit_refuse (timeout, self->command, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                           error);
      q_request_free (self);
      return NULL;
    }

  self->timeout = timeout;
  return self;
}

void
q_request_free (QRequest *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_clear_pointer (&self->call.session, q_session_unref);
  g_free (self->command);
  g_free (self->text);
  g_free (self);
}

char *
q_event_match_check (const char *match, GError **error)
{
  g_autoptr (GError) wire_error = NULL;
  g_autofree char *duplicate = NULL;

  if (!q_message_validate_json (match, -1, &wire_error))
    {
      g_propagate_error (error, q_session_error_from_wire (wire_error, "match"));
      return NULL;
    }

  duplicate = q_json_find_duplicate (match, strlen (match));
  if (duplicate != NULL)
    {
      g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                   "match: an object has the member \"%s\" twice", duplicate);
      return NULL;
    }

  return g_strdup (q_json_skip_space (match));
}

/* The names and the match are copied. */
static gboolean
event_filter_init (QEventFilter *self, const char *call, const char *const *names,
                   const char *match, gboolean match_from_tree, GError **error)
{
  g_autofree char *own_match = NULL;

  if (match != NULL)
    {
      own_match = q_event_match_check (match, error);
      if (own_match == NULL)
        return FALSE;
      /* The data of an event is an object: anything else would wait without end. */
      if (*own_match != '{' && *own_match != 'n')
        {
          g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                       "%s: a match is a JSON object, and this is %.100s", call, own_match);
          return FALSE;
        }
    }

  self->names = names != NULL && names[0] != NULL ? g_strdupv ((char **)names) : NULL;
  self->match = g_steal_pointer (&own_match);
  self->match_from_tree = match_from_tree;

  return TRUE;
}

gboolean
q_event_filter_init (QEventFilter *self, const char *call, const char *const *names,
                     const char *match, GError **error)
{
  return event_filter_init (self, call, names, match, FALSE, error);
}

gboolean
q_event_filter_init_for_node (QEventFilter *self, const char *call, const char *const *names,
                              JsonNode *match, GError **error)
{
  g_autofree char *text = q_json_print_tree (match);

  return event_filter_init (self, call, names, text, TRUE, error);
}

static QEventQuery *
event_query_new (const char *const *names, const char *match, gboolean match_from_tree, int timeout,
                 GError **error)
{
  QEventFilter filter;
  QEventQuery *self;

  if (timeout < -1)
    {
      q_time_limit_refuse (timeout, "wait_event", Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                           error);
      return NULL;
    }
  if (!event_filter_init (&filter, "wait_event", names, match, match_from_tree, error))
    return NULL;

  self = g_new0 (QEventQuery, 1);
  self->filter = filter;
  self->timeout = timeout;

  return self;
}

QEventQuery *
q_event_query_new (const char *const *names, const char *match, int timeout, GError **error)
{
  return event_query_new (names, match, FALSE, timeout, error);
}

QEventQuery *
q_event_query_new_for_node (const char *const *names, JsonNode *match, int timeout, GError **error)
{
  g_autofree char *text = q_json_print_tree (match);

  return event_query_new (names, text, TRUE, timeout, error);
}

void
q_event_query_free (QEventQuery *self)
{
  g_clear_pointer (&self->call.session, q_session_unref);
  g_clear_pointer (&self->filter.names, g_strfreev);
  g_free (self->filter.match);
  g_free (self);
}

JsonNode *
q_reply_to_node (char *text, GError **error)
{
  g_autofree char *owned_text = text;
  g_autoptr (GError) wire_error = NULL;
  JsonNode *node;

  if (owned_text == NULL)
    return NULL;

  node = q_message_parse (owned_text, strlen (owned_text), &wire_error);
  if (node == NULL)
    g_propagate_error (error, q_session_error_from_wire (wire_error, "the reply"));

  return node;
}

char *
q_reply_dup_string (const char *text, const char *member)
{
  return text != NULL && *text == '{' ? q_json_read_string (q_json_find_member (text, member))
                                      : NULL;
}
