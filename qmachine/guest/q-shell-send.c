/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "guest/q-shell-private.h"
#include "guest/q-shell-words-private.h"

/* The way of a command and its input to the guest: lines of which each is answered before the next
 * one, since a terminal keeps little of what nobody reads. */

/* For each blank of a command, and at the end of the lines with a part of it. */
#define BLANK ']'
#define LINE_END "]\n"
/* A terminal keeps 4095 bytes of a line. */
#define CHUNK_LENGTH 2000
/* Without an answer a line is sent again after so long, and then ever longer. */
#define FIRST_ASK_MS 200
#define LAST_ASK_MS 8000
/* After so long the guest has the time to look after its terminal. */
#define IDLE_US 100000

/* Sends a line until the word is there; TRUE with `found` FALSE if somebody else answers. */
static gboolean
send_line (QShellCall *call, const char *id, const char *line, const char *word,
           const char *other_word, gboolean *found, GError **error)
{
  QShellLink *link = call->link;
  gint64 next = 0;
  int pause = FIRST_ASK_MS;
  gboolean came;

  *found = FALSE;
  for (;;)
    {
      const char *begin = strstr (link->text->str, word);

      if (begin != NULL)
        {
          q_shell_link_skip (link, (gsize)(begin - link->text->str));
          q_shell_link_take (link, strlen (word));
          *found = TRUE;
          return TRUE;
        }
      if (other_word != NULL && strstr (link->text->str, other_word) != NULL)
        return TRUE;
      if (next != 0 && strstr (link->text->str, id) != NULL
          && q_shell_call_get_line (call) != LINE_OTHER)
        return TRUE;
      if (g_get_monotonic_time () >= next)
        {
          if (!q_shell_call_write (call, error, "%s", line))
            return FALSE;
          next = q_shell_deadline_new (pause);
          pause = MIN (pause * 2, LAST_ASK_MS);
        }
      if (q_shell_deadline_passed (call->deadline))
        {
          q_shell_call_set_error (call, error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                  "the guest did not take the command in %d ms", call->timeout);
          return FALSE;
        }
      if (!q_shell_call_read (call, next, &came, error))
        return FALSE;
    }
}

typedef struct
{
  GString *text;
  char kind;
  gsize sent;
} Part;

static gboolean
send_part (QShellCall *call, const char *id, Part *part, gsize rest, guint *n_chunks,
           gboolean *found, GError **error)
{
  *found = TRUE;
  while (*found && part->text->len - part->sent > rest)
    {
      gsize length = MIN (part->text->len - part->sent, CHUNK_LENGTH);
      g_autofree char *line = NULL;
      g_autofree char *word = NULL;

      ++*n_chunks;
      line = g_strdup_printf ("%s c %u %c %.*s" LINE_END, id, *n_chunks, part->kind, (int)length,
                              part->text->str + part->sent);
      word = g_strdup_printf ("{%s,got,%u}", id, *n_chunks);
      if (!send_line (call, id, line, word, NULL, found, error))
        return FALSE;
      part->sent += length;
    }

  return TRUE;
}

/* After a reset that nobody noticed the line is typed at a prompt. There it must be the name of a
 * program that is not found, with its arguments, and nothing that the prompt's shell would do: no
 * matter how much of its front is lost. So the text that comes last is a single word, and no
 * program's name ends like that. */
static gboolean
is_harmless (char character)
{
  return g_ascii_isalnum (character) || (character != '\0' && strchr ("_./,+@", character) != NULL);
}

/* As a format of the shell's printf. */
static void
escape (GString *escaped, const char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (is_harmless (bytes[i]))
      g_string_append_c (escaped, bytes[i]);
    else
      g_string_append_printf (escaped, "\\%03o", (guchar)bytes[i]);
}

/* It can stand as it is, but for its blanks, which the guest puts in again; it does not see one at
 * the end. No variable that means something to a shell ends in a small letter. */
static gboolean
is_plain (const char *command)
{
  gsize length = strlen (command);

  for (gsize i = 0; i < length; i++)
    if (!is_harmless (command[i]) && command[i] != ':' && command[i] != '-'
        && (command[i] != '=' || i == 0 || !g_ascii_islower (command[i - 1]))
        && (command[i] != ' ' || i + 1 == length))
      return FALSE;

  return length > 0 && length < CHUNK_LENGTH;
}

/* As it is, as a format, or in base64 if it is long. Returns the letter for that. */
static char
encode_command (QShellCall *call, const char *command, GString *text)
{
  if (is_plain (command))
    {
      g_string_assign (text, command);
      g_strdelimit (text->str, " ", BLANK);
      return 'R';
    }

  escape (text, command, strlen (command));
  if (text->len > CHUNK_LENGTH && call->shell->has_base64)
    {
      g_autofree char *encoded = g_base64_encode ((const guchar *)command, strlen (command));

      g_string_assign (text, encoded);
      return 'B';
    }
  return 'r';
}

/* What the last command did to the terminal costs the guest a process to make good. It may wait
 * for a while, unless what we write is repeated. */
static gboolean
may_need_terminal (QShellCall *call)
{
  g_autofree char *pattern = g_strdup_printf ("%s\\.[0-9]+ ", call->link->session);
  g_autofree char *text = g_utf8_make_valid (call->link->text->str, -1);

  return g_get_monotonic_time () - call->shell->last_end > IDLE_US
         || g_regex_match_simple (pattern, text, 0, 0);
}

/* FALSE in `found` if the shell is not there any more; nothing was begun then. */
gboolean
q_shell_call_send (QShellCall *call, const char *id, const char *mark, const char *command,
                   GBytes *input, gboolean *found, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GString) bytes = g_string_new (NULL);
  Part x = { .text = text, .kind = 'x' };
  Part y = { .text = bytes, .kind = 'y' };
  g_autofree char *line = NULL;
  guint n_chunks = 0;
  gboolean sets_terminal = may_need_terminal (call);
  char kind;

  if (input != NULL && call->shell->has_base64)
    {
      g_autofree char *encoded
        = g_base64_encode (g_bytes_get_data (input, NULL), g_bytes_get_size (input));

      g_string_append (bytes, encoded);
    }
  else if (input != NULL)
    escape (bytes, g_bytes_get_data (input, NULL), g_bytes_get_size (input));
  kind = encode_command (call, command, text);
  q_shell_link_skip (call->link, call->link->text->len);
  if (!send_part (call, id, &y, 0, &n_chunks, found, error))
    return FALSE;
  if (*found && !send_part (call, id, &x, CHUNK_LENGTH, &n_chunks, found, error))
    return FALSE;
  if (!*found)
    return TRUE;

  line = g_strdup_printf ("%s %c %u %s:%u:%d %" G_GSIZE_FORMAT ",%" G_GSIZE_FORMAT ":%s" LINE_END,
                          id, kind, n_chunks, mark, call->shell->piece_size, sets_terminal,
                          text->len, bytes->len, text->str + x.sent);
  return q_shell_call_write (call, error, "%s", line);
}
