/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "guest/q-shell-run-private.h"
#include "guest/q-shell-words-private.h"

/* The pieces of a command's output.
 *
 * Lines of the kernel are gone already. What else somebody writes to the terminal in between makes
 * a piece's checksum wrong, and it comes again in numbered lines: something was inserted in some of
 * them, and in others the next time, so that all are there soon. */

/* For a piece that stays away in its middle. */
#define LAST_PAUSE_MS 1600
#define MAX_REPEATS 1000
#define MIN_PIECE 1024
/* More than a piece has. */
#define MAX_LINES 10000

void
q_shell_run_set_next_ask (QShellRun *self, int milliseconds)
{
  self->ask_ms = milliseconds;
  self->asked = g_get_monotonic_time ();
  self->next_ask = q_shell_deadline_new (milliseconds);
}

/* The guest has said something to us, up to there in the text. What the kernel has said since then
 * still holds. */
static void
note_answer (QShellRun *self, gsize end)
{
  QShellLink *link = self->call->link;

  self->last_answer = g_get_monotonic_time ();
  self->n_echoes = 0;
  self->n_probes = 0;
  self->next_probe = q_shell_deadline_new (Q_SHELL_FIRST_PROBE_MS);
  if (end > link->n_before_sign)
    g_clear_pointer (&link->sign, g_free);
  q_shell_run_set_next_ask (self, Q_SHELL_FIRST_ASK_MS);
}

gboolean
q_shell_run_answer_piece (QShellRun *self, guint number, char word, GError **error)
{
  return q_shell_call_write (self->call, error, "%s %u %c %u\n", self->id, number, word,
                             self->call->shell->piece_size);
}

/* -- output -- */

/* How much at the end may be the beginning of the mark. */
gsize
q_shell_run_count_unsure (QShellRun *self)
{
  gsize longest = MIN (self->output->len, strlen (self->mark) + 4);

  for (gsize length = longest; length > 0; length--)
    {
      const char *end = (const char *)self->output->data + self->output->len - length;

      if (memcmp (end, self->mark, MIN (length, strlen (self->mark))) == 0)
        return length;
    }
  return 0;
}

static void
emit_output (QShellRun *self)
{
  gsize n_sure = self->output->len - (self->ended ? 0 : q_shell_run_count_unsure (self));

  if (n_sure <= self->n_emitted)
    return;

  q_shell_post_output (self->call->shell, g_bytes_new (self->output->data + self->n_emitted,
                                                       n_sure - self->n_emitted));
  self->n_emitted = n_sure;
}

static void
look_for_mark (QShellRun *self, gsize old_length)
{
  gsize length = strlen (self->mark);
  gsize begin = old_length > length + 4 ? old_length - length - 4 : 0;
  const char *data = (const char *)self->output->data;
  const char *found = NULL;
  char *end;
  guint64 status;

  if (self->output->len >= begin + length)
    found = memmem (data + begin, self->output->len - begin, self->mark, length);
  if (found == NULL
      || memchr (found + length, '.', self->output->len - (gsize)(found + length - data)) == NULL)
    return;

  status = g_ascii_strtoull (found + length, &end, 10);
  if (*end != '.')
    return;
  self->exit_status = (int)MIN (status, 255);
  self->ended = TRUE;
  g_byte_array_set_size (self->output, (guint)(found - data));
}

static void
append_hex (GByteArray *output, const char *text, gsize length)
{
  int high = -1;

  for (gsize i = 0; i < length; i++)
    {
      int digit = g_ascii_xdigit_value (text[i]);
      guint8 byte;

      if (digit < 0)
        continue;
      if (high < 0)
        {
          high = digit;
          continue;
        }
      byte = (guint8)(high * 16 + digit);
      g_byte_array_append (output, &byte, 1);
      high = -1;
    }
}

/* A piece of od begins with a blank. */
static void
append_piece (QShellRun *self, const char *text, gsize length)
{
  g_autofree char *copy = NULL;
  gsize n_bytes;

  if (length == 0)
    return;
  if (text[0] == ' ')
    {
      append_hex (self->output, text, length);
      return;
    }
  copy = g_strndup (text, length);
  g_base64_decode_inplace (copy, &n_bytes);
  g_byte_array_append (self->output, (const guint8 *)copy, (guint)n_bytes);
}

static gboolean
take_piece (QShellRun *self, const char *text, gsize length, GError **error)
{
  gsize old_length = self->output->len;
  guint *size = &self->call->shell->piece_size;

  if (length == 0)
    {
      q_shell_call_set_error (self->call, error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE,
                              "the command's shell was killed");
      return FALSE;
    }

  append_piece (self, text, length);
  look_for_mark (self, old_length);
  if (self->output->len > self->max_output + (self->ended ? 0 : strlen (self->mark) + 4))
    {
      g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE,
                   "%s: %s: it wrote more than max-output, %" G_GUINT64_FORMAT " bytes",
                   self->call->name, self->call->command, self->max_output);
      return FALSE;
    }
  emit_output (self);
  g_ptr_array_set_size (self->lines, 0);
  if (self->n_repeats == 0)
    *size = MIN (*size * 2, Q_SHELL_MAX_PIECE);
  self->n_repeats = 0;

  if (self->ended)
    return q_shell_run_answer_piece (self, self->piece, 'x', error);
  return q_shell_run_answer_piece (self, self->piece++, 'n', error);
}

/* -- pieces -- */

/* "ID,PIECE,NUMBER,LENGTH:text;" is a line to which nothing was added, if the text is of the one
 * alphabet or the other, and as long as it says. */
static void
take_line (QShellRun *self, const char *line, gsize n_bytes)
{
  g_autofree char *prefix = g_strdup_printf ("%s,%u,", self->id, self->piece);
  g_autofree char *copy = g_strndup (line, n_bytes);
  const char *begin = strstr (copy, prefix);
  char *end;
  guint64 number, length;
  gsize n_good;

  if (begin == NULL)
    return;
  number = g_ascii_strtoull (begin + strlen (prefix), &end, 10);
  if (*end != ',' || number == 0 || number > MAX_LINES)
    return;
  length = g_ascii_strtoull (end + 1, &end, 10);
  if (*end != ':')
    return;
  n_good = strspn (end + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= ");
  if (end[1 + n_good] != ';' || n_good != length)
    return;

  if (self->lines->len < number)
    g_ptr_array_set_size (self->lines, (int)number);
  g_free (g_ptr_array_index (self->lines, number - 1));
  g_ptr_array_index (self->lines, number - 1) = g_strndup (end + 1, n_good);
}

static char *
join_lines (QShellRun *self, gsize length)
{
  GString *all = g_string_sized_new (MIN (length, 65536));

  for (guint i = 0; i < self->lines->len; i++)
    {
      const char *line = g_ptr_array_index (self->lines, i);

      if (i > 0)
        g_string_append_c (all, '\n');
      g_string_append (all, line != NULL ? line : "");
    }

  return g_string_free (all, FALSE);
}

static gboolean
check_repeats (QShellRun *self, GError **error)
{
  guint *size = &self->call->shell->piece_size;

  if (self->n_repeats++ == 0)
    *size = MAX (*size / 4, MIN_PIECE);
  if (self->n_repeats <= MAX_REPEATS)
    return TRUE;

  q_shell_call_set_error (self->call, error, G_IO_ERROR, G_IO_ERROR_FAILED,
                          "a piece of the output was damaged %d times", MAX_REPEATS);
  return FALSE;
}

/* `end` is where the last line of a piece begins in the text. */
static gboolean
check_piece (QShellRun *self, gsize end, const char *checksum, gsize length, GError **error)
{
  const char *text = self->call->link->text->str;
  g_autofree char *joined = NULL;

  if (end > length && q_shell_check_sum (checksum, text + end - 1 - length, length))
    {
      g_autofree char *piece = g_strndup (text + end - 1 - length, length);

      q_shell_link_skip (self->call->link, end - 1 - length);
      q_shell_link_take (self->call->link, length + 1);
      return take_piece (self, piece, length, error);
    }

  for (const char *line = text, *next; line < text + end; line = next)
    {
      next = memchr (line, '\n', (gsize)(text + end - line));
      next = next != NULL ? next + 1 : text + end;
      take_line (self, line, (gsize)(next - line));
    }
  q_shell_link_take (self->call->link, end);
  joined = join_lines (self, length);
  if (strlen (joined) == length && q_shell_check_sum (checksum, joined, length))
    return take_piece (self, joined, length, error);

  return check_repeats (self, error) && q_shell_run_answer_piece (self, self->piece, 'l', error);
}

/* "NUMBER,CHECKSUM LENGTH}", of which it returns what is behind; NULL for anything else. */
static const char *
parse_piece_end (const char *text, guint64 *number, char **checksum, guint64 *length)
{
  char *end;
  gsize n_digits;

  *number = g_ascii_strtoull (text, &end, 10);
  if (end == text || *end != ',')
    return NULL;
  text = end + 1;
  n_digits = strspn (text, "0123456789abcdef");
  if (n_digits == 0 || n_digits > 32 || text[n_digits] != ' ')
    return NULL;
  *length = g_ascii_strtoull (text + n_digits + 1, &end, 10);
  if (*end != '}')
    return NULL;
  *checksum = g_strndup (text, n_digits);
  return end + 1;
}

/* "NUMBER=LENGTH:TEXT;TEXT;", which is good if both texts are the same. Returns FALSE if it is
 * something else; `rest` is NULL if it is not all there. */
static gboolean
parse_short_piece (const char *text, guint64 *number, char **piece, const char **rest)
{
  char *end;
  guint64 length;
  gsize n_there;

  *number = g_ascii_strtoull (text, &end, 10);
  if (end == text || *end != '=')
    return FALSE;
  text = end + 1;
  length = g_ascii_strtoull (text, &end, 10);
  if (end == text || *end != ':' || length > Q_SHELL_MAX_SHORT)
    return FALSE;
  text = end + 1;
  n_there = strnlen (text, 2 * length + 2);
  *rest = NULL;
  if (n_there < 2 * length + 2)
    return TRUE;

  if (text[length] == ';' && text[2 * length + 1] == ';'
      && memcmp (text, text + length + 1, length) == 0)
    *piece = g_strndup (text, length);
  *rest = text + 2 * length + 2;
  return TRUE;
}

/* Another one than the one that is awaited was asked for twice. */
static gboolean
take_other_piece (QShellRun *self, guint64 number, GError **error)
{
  /* It was only slow, if it was whole before. */
  self->call->shell->pause_ms = MIN (self->call->shell->pause_ms * 2, LAST_PAUSE_MS);
  return number >= self->piece || q_shell_run_answer_piece (self, (guint)number, 'n', error);
}

static gboolean
take_short_piece (QShellRun *self, gsize offset, gsize length, guint64 number, const char *piece,
                  GError **error)
{
  note_answer (self, offset + length);
  q_shell_link_skip (self->call->link, offset);
  q_shell_link_take (self->call->link, length);
  self->scanned = 0;
  self->started = TRUE;
  if (number != self->piece)
    return take_other_piece (self, number, error);
  if (piece != NULL)
    return take_piece (self, piece, strlen (piece), error);

  return check_repeats (self, error) && q_shell_run_answer_piece (self, self->piece, 'p', error);
}

/* The next answer in the text, if there is one. */
gboolean
q_shell_run_take_answer (QShellRun *self, gboolean *found, GError **error)
{
  QShellLink *link = self->call->link;
  const char *text = link->text->str;
  g_autofree char *prefix = g_strdup_printf ("%s,", self->id);
  const char *begin = strstr (text + MIN (self->scanned, link->text->len), prefix);
  const char *comma = begin != NULL ? begin + strlen (prefix) : NULL;
  const char *end = NULL;
  g_autofree char *checksum = NULL;
  g_autofree char *piece = NULL;
  guint64 number, length;
  gsize offset, n_taken;

  *found = FALSE;
  if (begin == NULL)
    {
      self->scanned = link->text->len - MIN (link->text->len, strlen (prefix));
      return TRUE;
    }

  offset = (gsize)(begin - text);
  if (strpbrk (comma, "};") == NULL && strnlen (comma, Q_SHELL_MAX_ANSWER) < Q_SHELL_MAX_ANSWER)
    {
      /* The rest is still to come. */
      self->scanned = offset;
      return TRUE;
    }

  *found = TRUE;
  self->scanned = offset + strlen (prefix);
  if (offset > 0 && begin[-1] == '{' && g_str_has_prefix (comma, "go}"))
    {
      self->started = TRUE;
      self->scanned = 0;
      note_answer (self, offset + strlen (prefix) + strlen ("go}"));
      q_shell_link_skip (link, offset - 1);
      q_shell_link_take (link, strlen (prefix) + strlen ("{go}"));
      return TRUE;
    }
  if (parse_short_piece (comma, &number, &piece, &end) && end == NULL)
    {
      *found = FALSE;
      self->scanned = offset;
      return TRUE;
    }
  if (end != NULL)
    return take_short_piece (self, offset, (gsize)(end - begin), number, piece, error);
  end = parse_piece_end (comma, &number, &checksum, &length);
  if (end == NULL)
    return TRUE;

  n_taken = (gsize)(end - begin);
  self->scanned = 0;
  self->started = TRUE;
  note_answer (self, offset + n_taken);
  if (number == self->piece)
    {
      if (!check_piece (self, offset, checksum, length, error))
        return FALSE;
    }
  else
    {
      q_shell_link_take (link, offset);
      if (!take_other_piece (self, number, error))
        return FALSE;
    }
  q_shell_link_take (link, n_taken);

  return TRUE;
}
