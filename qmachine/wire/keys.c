/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keys-private.h"

#include "json-text-private.h"
#include "scanner-private.h"

/* What is behind a string: only that of a name is a colon. */
static gboolean
is_name (const char *behind, const char *end)
{
  while (behind < end && q_json_is_space (*behind))
    behind++;
  return behind < end && *behind == ':';
}

static void
free_names (gpointer names)
{
  if (names != NULL)
    g_hash_table_unref (names);
}

/* The names of the innermost object. */
static GHashTable *
get_names (GPtrArray *levels)
{
  gpointer *top = &levels->pdata[levels->len - 1];

  if (*top == NULL)
    *top = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return *top;
}

char *
q_json_find_duplicate (const char *text, gsize length)
{
  /* One for each level that is open; made when it has a name. */
  g_autoptr (GPtrArray) levels = g_ptr_array_new_with_free_func (free_names);
  const char *end = text + length;

  while (text < end)
    {
      const char *start = text;

      if (*text == '"')
        {
          text = q_json_skip_string (text);
          if (is_name (text, end))
            {
              g_autofree char *name = q_json_unescape (start);

              if (g_hash_table_contains (get_names (levels), name))
                return g_steal_pointer (&name);
              g_hash_table_add (get_names (levels), g_steal_pointer (&name));
            }
          continue;
        }

      if (*text == '{' || *text == '[')
        g_ptr_array_add (levels, NULL);
      else if (*text == '}' || *text == ']')
        g_ptr_array_set_size (levels, (int)levels->len - 1);
      text++;
    }

  return NULL;
}
