/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base64-private.h"

#include <string.h>

#include "wire/json-text-private.h"

void
q_base64_append (GString *text, gconstpointer bytes, gsize length)
{
  /* In pieces that leave no rest, without a copy of the whole. */
  const gsize piece = 3 * 16 * 1024;
  const guchar *rest = bytes;

  g_string_append_c (text, '"');
  for (; length > 0;)
    {
      gsize n = MIN (piece, length);
      g_autofree char *encoded = g_base64_encode (rest, n);

      g_string_append (text, encoded);
      rest += n;
      length -= n;
    }
  g_string_append_c (text, '"');
}

/* GLib passes over what does not belong there. */
static gboolean
is_base64 (const char *text, gsize length)
{
  gsize n_padding = 0;

  if (length % 4 != 0)
    return FALSE;
  while (n_padding < 2 && n_padding < length && text[length - n_padding - 1] == '=')
    n_padding++;
  for (gsize i = 0; i < length - n_padding; i++)
    if (!g_ascii_isalnum (text[i]) && text[i] != '+' && text[i] != '/')
      return FALSE;

  return TRUE;
}

GBytes *
q_base64_read (const char *value, gsize max_length)
{
  char *text = q_json_read_string (value);
  gsize length;

  if (text == NULL || !is_base64 (text, strlen (text)))
    {
      g_free (text);
      return NULL;
    }

  length = 0;
  if (*text != '\0')
    g_base64_decode_inplace (text, &length);
  if (length > max_length)
    {
      g_free (text);
      return NULL;
    }
  return g_bytes_new_take (text, length);
}
