/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <string.h>

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  /* A warning of GLib or json-glib means that something reached them which should not have. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  return 0;
}

guint
q_fuzz_take_choice (QFuzzInput *self)
{
  if (self->length == 0)
    return 0;

  self->length--;
  return (guint8)self->bytes[self->length];
}

GBytes *
q_fuzz_take_part (QFuzzInput *self, char separator)
{
  const char *end = self->length > 0 ? memchr (self->bytes, separator, self->length) : NULL;
  gsize length = end != NULL ? (gsize)(end - self->bytes) : self->length;
  gsize taken = end != NULL ? length + 1 : length;
  /* Never NULL: an empty text has an address too. */
  char *copy = g_malloc (MAX (length, 1));

  if (length > 0)
    memcpy (copy, self->bytes, length);
  if (taken > 0)
    self->bytes += taken;
  self->length -= taken;

  return g_bytes_new_take (copy, length);
}

char *
q_fuzz_take_string (QFuzzInput *self, char separator)
{
  g_autoptr (GBytes) part = q_fuzz_take_part (self, separator);
  gsize length;
  const char *bytes = g_bytes_get_data (part, &length);

  return g_strndup (bytes != NULL ? bytes : "", length);
}

void
q_fuzz_pieces_init (QFuzzPieces *self, guint seed)
{
  self->state = seed * 2654435761u | 1u;
}

static guint32
next_number (QFuzzPieces *self)
{
  self->state ^= self->state << 13;
  self->state ^= self->state >> 17;
  self->state ^= self->state << 5;
  return self->state;
}

gsize
q_fuzz_pieces_next (QFuzzPieces *self, gsize available)
{
  static const gsize limits[] = { 1, 2, 3, 8, 64, 1000, 20000 };
  gsize limit = limits[next_number (self) % G_N_ELEMENTS (limits)];
  gsize size = 1 + next_number (self) % limit;

  return MIN (available, size);
}
