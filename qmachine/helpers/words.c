/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helpers/words-private.h"

#include <string.h>

gboolean
q_helper_words_has (const char *const *args, const char *word)
{
  for (gsize i = 0; args != NULL && args[i] != NULL; i++)
    if (strstr (args[i], word) != NULL)
      return TRUE;

  return FALSE;
}

static const char *
find_value (const char *text, const QHelperWords *words, gsize *length)
{
  const struct
  {
    const char *word;
    const char *value;
  } known[] = {
    { Q_HELPER_WORD_SOCKET, words->socket },
    { Q_HELPER_WORD_FD, words->fd },
    { Q_HELPER_WORD_RUN_DIR, words->run_dir },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_has_prefix (text, known[i].word))
      {
        *length = strlen (known[i].word);
        return known[i].value;
      }

  return NULL;
}

char *
q_helper_words_fill (const char *arg, const QHelperWords *words)
{
  GString *filled = g_string_new (NULL);

  while (*arg != '\0')
    {
      gsize length = 0;
      const char *value = *arg == '{' ? find_value (arg, words, &length) : NULL;

      if (value == NULL)
        {
          g_string_append_c (filled, *arg++);
          continue;
        }
      g_string_append (filled, value);
      arg += length;
    }

  return g_string_free (filled, FALSE);
}

GStrv
q_helper_words_fill_all (const char *const *args, const QHelperWords *words)
{
  GPtrArray *filled = g_ptr_array_new ();

  for (gsize i = 0; args != NULL && args[i] != NULL; i++)
    g_ptr_array_add (filled, q_helper_words_fill (args[i], words));
  g_ptr_array_add (filled, NULL);

  return (GStrv)(gpointer)g_ptr_array_free (filled, FALSE);
}
