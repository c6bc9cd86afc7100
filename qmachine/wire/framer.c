/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "framer-private.h"

#include <string.h>

#include "scanner-private.h"
#include "wire-error-private.h"

/* What a framer may keep while nothing waits in it: a process may hold hundreds of sessions. */
#define IDLE_SIZE ((gsize)64 * 1024)

/* With this it begins, and a line of another program's does not. */
#define GREETING "{\"QMP\""
#define MAX_PRELUDE ((gsize)1024 * 1024)

#define EXCERPT_BEFORE 40
#define EXCERPT_AFTER 20

struct _QFramer
{
  gsize max_message_size;

  /* What came and is not yet handed out is between start and end. */
  guint8 *buffer;
  gsize size;
  gsize start;
  gsize end;

  /* Its offsets count from start. */
  QScanner scanner;

  QFramerPreludeFunc prelude; /* NULL once the greeting is there */
  gpointer prelude_data;
  gsize n_prelude; /* bytes so far */

  GError *broken;
};

static void
resize_buffer (QFramer *self, gsize size)
{
  gsize rest = self->end - self->start;

  if (self->start == 0)
    self->buffer = g_realloc (self->buffer, size);
  else
    {
      guint8 *buffer = g_malloc (size);

      memcpy (buffer, self->buffer + self->start, rest);
      g_free (self->buffer);
      self->buffer = buffer;
    }
  self->size = size;
  self->start = 0;
  self->end = rest;
}

/* After a large message its room is given back, but not at each turn of an ordinary stream. */
static void
release_room (QFramer *self)
{
  gsize rest = self->end - self->start;

  if (rest == 0)
    {
      self->start = self->end = 0;
      if (self->size > IDLE_SIZE)
        {
          g_clear_pointer (&self->buffer, g_free);
          self->size = 0;
        }
    }
  else if (self->size > 4 * IDLE_SIZE && rest <= self->size / 4)
    resize_buffer (self, MAX (rest, IDLE_SIZE));
}

static void
skip_whitespace (QFramer *self)
{
  while (self->start < self->end && q_json_is_space ((char)self->buffer[self->start]))
    self->start++;
}

/* The peer's bytes go into logs and onto terminals. */
static char *
dup_excerpt (const guint8 *bytes, gsize length, gsize offset)
{
  gsize from = offset > EXCERPT_BEFORE ? offset - EXCERPT_BEFORE : 0;
  gsize to = MIN (length, offset + EXCERPT_AFTER);
  g_autoptr (GString) excerpt = g_string_new (from > 0 ? "..." : NULL);

  for (gsize i = from; i < to; i++)
    {
      if (bytes[i] == '\\')
        g_string_append (excerpt, "\\\\");
      else if (g_ascii_isprint (bytes[i]))
        g_string_append_c (excerpt, (char)bytes[i]);
      else
        g_string_append_printf (excerpt, "\\x%02x", bytes[i]);
    }
  if (to < length)
    g_string_append (excerpt, "...");

  return g_string_free (g_steal_pointer (&excerpt), FALSE);
}

static gboolean
fail (QFramer *self, QWireError code, const char *reason, GError **error)
{
  g_autofree char *excerpt = NULL;

  excerpt = dup_excerpt (self->buffer + self->start, self->end - self->start, self->scanner.offset);
  self->broken = g_error_new (Q_WIRE_ERROR, code, "%s, at byte %" G_GSIZE_FORMAT " of: %s", reason,
                              self->scanner.offset, excerpt);
  self->start = self->end = 0;
  release_room (self);

  g_propagate_error (error, g_error_copy (self->broken));
  return FALSE;
}

static gboolean
fail_too_large (QFramer *self, GError **error)
{
  g_autofree char *reason = NULL;

  reason = g_strdup_printf ("A message is larger than the limit of %" G_GSIZE_FORMAT " bytes",
                            self->max_message_size);
  return fail (self, Q_WIRE_ERROR_TOO_LARGE, reason, error);
}

static gboolean
fail_not_qmp (QFramer *self, GError **error)
{
  g_autofree char *reason = g_strdup_printf ("Not QMP: %s", self->scanner.reason);

  return fail (self, Q_WIRE_ERROR_PROTOCOL, reason, error);
}

static void
take_frame (QFramer *self, QFrame *frame)
{
  frame->text = (const char *)self->buffer + self->start;
  frame->length = self->scanner.offset;
  memcpy (frame->members, self->scanner.members, sizeof frame->members);

  /* The bytes stay where they are until the next call. */
  self->start += self->scanner.offset;
  q_scanner_init (&self->scanner, Q_SCAN_MESSAGE, 0);
}

QFramer *
q_framer_new (gsize max_message_size)
{
  QFramer *self = g_new0 (QFramer, 1);

  self->max_message_size = max_message_size;
  q_scanner_init (&self->scanner, Q_SCAN_MESSAGE, 0);

  return self;
}

void
q_framer_free (QFramer *self)
{
  g_clear_error (&self->broken);
  g_free (self->buffer);
  g_free (self);
}

guint8 *
q_framer_reserve (QFramer *self, gsize wanted)
{
  gsize rest = self->end - self->start;

  g_return_val_if_fail (wanted > 0, NULL);

  if (rest == 0)
    self->start = self->end = 0;

  if (self->size - self->end < wanted)
    {
      /* Moving no more than what was handed out since the last move keeps the cost linear. */
      if (rest <= self->start && self->size - rest >= wanted)
        {
          memmove (self->buffer, self->buffer + self->start, rest);
          self->start = 0;
          self->end = rest;
        }
      else
        resize_buffer (self, MAX (rest + wanted, 2 * rest));
    }

  return self->buffer + self->end;
}

void
q_framer_commit (QFramer *self, gsize n_bytes)
{
  g_return_if_fail (n_bytes <= self->size - self->end);

  if (self->broken == NULL)
    self->end += n_bytes;
}

void
q_framer_set_prelude (QFramer *self, QFramerPreludeFunc func, gpointer user_data)
{
  self->prelude = func;
  self->prelude_data = user_data;
}

/* How much of the end may be the beginning of a greeting. */
static gsize
count_greeting (const char *text, gsize length)
{
  gsize n = MIN (length, strlen (GREETING) - 1);

  while (memcmp (text + length - n, GREETING, n) != 0)
    n--;
  return n;
}

static gboolean
pass_prelude (QFramer *self, GError **error)
{
  const char *text = (const char *)self->buffer + self->start;
  gsize available = self->end - self->start;
  const char *greeting;
  gsize length;

  if (available == 0)
    return TRUE;

  greeting = memmem (text, available, GREETING, strlen (GREETING));
  length
    = greeting != NULL ? (gsize)(greeting - text) : available - count_greeting (text, available);
  self->n_prelude += length;
  if (self->n_prelude > MAX_PRELUDE)
    return fail (self, Q_WIRE_ERROR_TOO_LARGE, "Too much else came before QMP's greeting", error);

  if (length > 0)
    self->prelude (text, length, self->prelude_data);
  self->start += length;
  if (greeting != NULL)
    self->prelude = NULL;
  return TRUE;
}

gboolean
q_framer_next (QFramer *self, QFrame *frame, GError **error)
{
  gsize available;

  if (self->broken != NULL)
    {
      g_propagate_error (error, g_error_copy (self->broken));
      return FALSE;
    }

  if (self->prelude != NULL && !pass_prelude (self, error))
    return FALSE;
  if (self->scanner.offset == 0)
    skip_whitespace (self);
  available = self->end - self->start;
  /* What may be the beginning of a greeting is none yet. */
  if (available == 0 || self->prelude != NULL)
    {
      release_room (self);
      return FALSE;
    }

  switch (q_scanner_feed (&self->scanner, (const char *)self->buffer + self->start,
                          MIN (available, self->max_message_size)))
    {
    case Q_SCAN_DONE:
      take_frame (self, frame);
      return TRUE;

    case Q_SCAN_BROKEN:
      return fail_not_qmp (self, error);

    case Q_SCAN_MORE:
    default:
      if (available > self->max_message_size)
        return fail_too_large (self, error);
      release_room (self);
      return FALSE;
    }
}

gboolean
q_framer_is_between_messages (QFramer *self)
{
  if (self->broken != NULL)
    return FALSE;

  if (self->scanner.offset == 0)
    skip_whitespace (self);
  return self->start == self->end;
}
