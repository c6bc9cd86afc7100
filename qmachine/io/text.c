/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text-private.h"

#include <string.h>

gsize
q_text_count_unfinished (const char *bytes, gsize length)
{
  for (gsize n = 1; n <= 3 && n <= length; n++)
    {
      guchar byte = (guchar)bytes[length - n];

      if ((byte & 0xc0) == 0x80)
        continue;
      if (byte >= 0xc0)
        return n < (byte >= 0xf0 ? 4u : byte >= 0xe0 ? 3u : 2u) ? n : 0;
      return 0;
    }

  return 0;
}

const char *
q_text_find_last_lines (const char *text, gsize length, guint n_lines)
{
  const char *start = text + length;

  for (guint i = 0; i < n_lines && start > text; i++)
    {
      const char *newline = memrchr (text, '\n', (gsize)(start - text) - 1);

      start = newline != NULL ? newline + 1 : text;
    }

  return start;
}
