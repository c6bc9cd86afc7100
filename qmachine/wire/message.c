/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "message-private.h"

#include <string.h>

#include "json-text-private.h"
#include "keys-private.h"
#include "scanner-private.h"
#include "tree-private.h"
#include "wire-error-private.h"

static const struct
{
  QMember member;
  QMessageKind kind;
} kinds[] = {
  { Q_MEMBER_RETURN, Q_MESSAGE_RETURN },
  { Q_MEMBER_EVENT, Q_MESSAGE_EVENT },
  { Q_MEMBER_ERROR, Q_MESSAGE_ERROR },
  { Q_MEMBER_QMP, Q_MESSAGE_GREETING },
};

static gboolean
is_of_type (const QFrame *frame, QMember member, char opening)
{
  const QSlice *slice = &frame->members[member];

  return slice->length > 0 && frame->text[slice->start] == opening;
}

static gboolean
has_string (const char *object, const char *name)
{
  const char *value = q_json_find_member (object, name);

  return value != NULL && *value == '"';
}

static const char *
find_fault (const QMessage *self)
{
  const QFrame *frame = &self->frame;
  const char *error = frame->text + frame->members[Q_MEMBER_ERROR].start;

  switch (self->kind)
    {
    case Q_MESSAGE_GREETING:
      return is_of_type (frame, Q_MEMBER_QMP, '{') ? NULL : "`QMP` is not an object";

    case Q_MESSAGE_EVENT:
      if (!is_of_type (frame, Q_MEMBER_EVENT, '"'))
        return "`event` is not a string";
      if (frame->members[Q_MEMBER_TIMESTAMP].length > 0
          && !is_of_type (frame, Q_MEMBER_TIMESTAMP, '{'))
        return "`timestamp` is not an object";
      return NULL;

    case Q_MESSAGE_ERROR:
      if (!is_of_type (frame, Q_MEMBER_ERROR, '{'))
        return "`error` is not an object";
      if (!has_string (error, "class") || !has_string (error, "desc"))
        return "`error` lacks the strings `class` and `desc`";
      return NULL;

    case Q_MESSAGE_RETURN:
    default:
      return NULL;
    }
}

gboolean
q_message_classify (const QFrame *frame, QMessage *message, GError **error)
{
  guint n_kinds = 0;
  const char *fault;

  message->frame = *frame;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (frame->members[kinds[i].member].length > 0)
      {
        message->kind = kinds[i].kind;
        n_kinds++;
      }

  if (n_kinds == 0)
    fault = "an object that is no greeting, event, reply or error";
  else if (n_kinds > 1)
    fault = "an object that is a greeting, an event, a reply and an error in one, in part";
  else
    fault = find_fault (message);

  if (fault != NULL)
    {
      g_set_error (error, Q_WIRE_ERROR, Q_WIRE_ERROR_PROTOCOL, "Not QMP: %s", fault);
      return FALSE;
    }
  return TRUE;
}

char *
q_message_dup_member (const QMessage *self, QMember member)
{
  const QSlice *slice = &self->frame.members[member];

  if (slice->length == 0)
    return NULL;
  return g_strndup (self->frame.text + slice->start, slice->length);
}

char *
q_message_dup_event_name (const QMessage *self)
{
  return q_json_unescape (self->frame.text + self->frame.members[Q_MEMBER_EVENT].start);
}

gint64
q_message_get_timestamp (const QMessage *self)
{
  const QSlice *slice = &self->frame.members[Q_MEMBER_TIMESTAMP];
  const char *object = self->frame.text + slice->start;
  guint64 seconds;
  guint64 microseconds;

  /* QEMU says -1 for both when its clock failed, which is no plain unsigned number. */
  if (slice->length == 0 || !q_json_read_uint64 (q_json_find_member (object, "seconds"), &seconds)
      || !q_json_read_uint64 (q_json_find_member (object, "microseconds"), &microseconds))
    return -1;
  if (seconds >= G_MAXINT64 / G_USEC_PER_SEC || microseconds >= G_USEC_PER_SEC)
    return -1;

  return (gint64)(seconds * G_USEC_PER_SEC + microseconds);
}

gboolean
q_message_get_id (const QMessage *self, guint64 *id)
{
  const QSlice *slice = &self->frame.members[Q_MEMBER_ID];

  return slice->length > 0 && q_json_read_uint64 (self->frame.text + slice->start, id);
}

void
q_message_get_error (const QMessage *self, char **class_name, char **description)
{
  const char *object = self->frame.text + self->frame.members[Q_MEMBER_ERROR].start;
  const char *class_text = q_json_find_member (object, "class");
  const char *description_text = q_json_find_member (object, "desc");

  /* Classifying has seen to it. */
  g_assert (class_text != NULL && description_text != NULL);
  *class_name = q_json_unescape (class_text);
  *description = q_json_unescape (description_text);
}

static gboolean
fail_size (const char *name, const char *what, guint limit, const char *unit, GError **error)
{
  g_set_error (error, Q_WIRE_ERROR, Q_WIRE_ERROR_TOO_LARGE, "%s: the %s is over the limit of %u %s",
               name, what, limit, unit);
  return FALSE;
}

/* The tokens of the command around its arguments; QEMU counts them all. */
#define N_ENVELOPE_TOKENS 9

static gboolean
check_arguments (const char *name, const char *text, gsize length, GError **error)
{
  g_autofree char *duplicate = NULL;
  QScanner scanner;

  if (length > Q_JSON_MAX_SIZE)
    return fail_size (name, "size", Q_JSON_MAX_SIZE, "bytes", error);

  q_scanner_init (&scanner, Q_SCAN_OBJECT, 1);
  q_scanner_feed (&scanner, text, length);
  if (q_scanner_finish (&scanner) != Q_SCAN_DONE)
    {
      g_set_error (error, Q_WIRE_ERROR, Q_WIRE_ERROR_INVALID,
                   "%s: the arguments are no JSON object: %s, at byte "
                   "%" G_GSIZE_FORMAT,
                   name, scanner.reason, scanner.offset);
      return FALSE;
    }
  if (scanner.offset < length)
    {
      g_set_error (error, Q_WIRE_ERROR, Q_WIRE_ERROR_INVALID,
                   "%s: the arguments are no JSON object: more text behind "
                   "its end, at byte %" G_GSIZE_FORMAT,
                   name, scanner.offset);
      return FALSE;
    }
  if (scanner.n_tokens > Q_JSON_MAX_TOKENS - N_ENVELOPE_TOKENS)
    return fail_size (name, "number of tokens", Q_JSON_MAX_TOKENS, "tokens", error);

  duplicate = q_json_find_duplicate (text, length);
  if (duplicate != NULL)
    {
      g_set_error (error, Q_WIRE_ERROR, Q_WIRE_ERROR_INVALID,
                   "%s: an object in the arguments has the member \"%s\" twice", name, duplicate);
      return FALSE;
    }

  return TRUE;
}

static gboolean
is_empty_object (const char *text, gsize length)
{
  for (gsize i = 1; i < length - 1; i++)
    if (!q_json_is_space (text[i]))
      return FALSE;
  return TRUE;
}

static gboolean
check_name (const char *name, GError **error)
{
  if (*name == '\0')
    {
      g_set_error_literal (error, Q_WIRE_ERROR, Q_WIRE_ERROR_INVALID,
                           "The name of the command is empty");
      return FALSE;
    }
  if (!g_utf8_validate (name, -1, NULL))
    {
      g_autofree char *readable = g_utf8_make_valid (name, -1);

      g_set_error (error, Q_WIRE_ERROR, Q_WIRE_ERROR_INVALID,
                   "%s: the name of the command is not valid UTF-8", readable);
      return FALSE;
    }
  return TRUE;
}

char *
q_message_encode_command (const char *name, gboolean out_of_band, const char *arguments,
                          gssize arguments_length, gsize *length, GError **error)
{
  g_autoptr (GString) out = NULL;
  gsize n = 0;

  if (!check_name (name, error))
    return NULL;

  if (arguments != NULL)
    {
      n = arguments_length < 0 ? strlen (arguments) : (gsize)arguments_length;
      for (; n > 0 && q_json_is_space (arguments[n - 1]); n--)
        continue;
      for (; n > 0 && q_json_is_space (*arguments); n--)
        arguments++;
      if (!check_arguments (name, arguments, n, error))
        return NULL;
      if (is_empty_object (arguments, n))
        n = 0;
    }

  /* Enough for the envelope and a name, so that large arguments are copied once. */
  out = g_string_sized_new (n + 128);
  g_string_append (out, out_of_band ? "{\"exec-oob\":" : "{\"execute\":");
  q_json_append_string (out, name);
  if (n > 0)
    {
      g_string_append (out, ",\"arguments\":");
      g_string_append_len (out, arguments, (gssize)n);
    }
  g_string_append_c (out, '}');

  if (out->len > Q_JSON_MAX_SIZE)
    {
      fail_size (name, "size", Q_JSON_MAX_SIZE, "bytes", error);
      return NULL;
    }
  if (length != NULL)
    *length = out->len;
  return g_string_free (g_steal_pointer (&out), FALSE);
}

gboolean
q_message_validate_json (const char *text, gssize length, GError **error)
{
  gsize n = length < 0 ? strlen (text) : (gsize)length;
  const char *reason;
  QScanner scanner;

  q_scanner_init (&scanner, Q_SCAN_ANY_VALUE, 0);
  q_scanner_feed (&scanner, text, n);
  if (q_scanner_finish (&scanner) == Q_SCAN_DONE)
    {
      while (scanner.offset < n && q_json_is_space (text[scanner.offset]))
        scanner.offset++;
      if (scanner.offset == n)
        return TRUE;
      reason = "more text behind the end of the value";
    }
  else
    reason = scanner.reason;

  g_set_error (error, Q_WIRE_ERROR, Q_WIRE_ERROR_INVALID,
               "Invalid JSON: %s, at byte %" G_GSIZE_FORMAT, reason, scanner.offset);
  return FALSE;
}

JsonNode *
q_message_parse (const char *text, gsize length, GError **error)
{
  JsonNode *root = q_json_build_tree (text, length);

  if (root == NULL)
    g_set_error_literal (error, Q_WIRE_ERROR, Q_WIRE_ERROR_INVALID, "Invalid JSON: no value");
  return root;
}
