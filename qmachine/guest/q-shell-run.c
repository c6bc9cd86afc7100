/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "guest/q-shell-private.h"
#include "guest/q-shell-result-private.h"
#include "guest/q-shell-words-private.h"

/* One command: to the guest, and its output back. What the guest does is told in q-shell-words.c.
 *
 * Lines of the kernel are gone already. What else somebody writes to the terminal in between makes
 * a piece's checksum wrong, and it comes again in numbered lines: something was inserted in some of
 * them, and in others the next time, so that all are there soon. */

/* Without an answer to what was asked, it is asked again after so long, and then ever longer. */
#define FIRST_ASK_MS 200
#define LAST_ASK_MS 8000
/* Before the shell is believed to be gone. */
#define N_ECHOES 3
/* For a piece that stays away in its middle. */
#define LAST_PAUSE_MS 1600
/* After so long without a word the guest is asked for one, and then ever later; after so many
 * questions without an answer nobody is there. */
#define FIRST_PROBE_MS 1000
#define LAST_PROBE_MS 8000
#define MAX_PROBES 4
#define MAX_PATIENCE_MS 30000
/* After the kernel has said that the guest ends. */
#define SIGN_MS 1500
#define MAX_REPEATS 1000
#define MIN_PIECE 1024
/* More than a piece has. */
#define MAX_LINES 10000
/* Of the text of a piece that comes twice, and of a whole answer but a longer piece. */
#define MAX_SHORT 400
#define MAX_ANSWER (2 * MAX_SHORT + 100)
#define MAX_SENT (1024 * 1024)

typedef struct
{
  QShellCall *call;
  char *id;
  char *mark;
  gboolean started;
  gboolean ended;
  int exit_status;
  guint piece; /* the number of the one that is awaited */
  guint n_repeats;
  guint n_echoes;
  GPtrArray *lines; /* of the piece, as far as they came; NULL for those that have not */
  GByteArray *output;
  gsize n_emitted;
  guint64 max_output;

  gsize scanned; /* of the text */
  int ask_ms;
  gint64 asked;
  gint64 next_ask;
  gint64 last_answer;
  guint n_probes; /* that were not answered */
  gint64 next_probe;
} Run;

static void
run_clear (Run *self)
{
  g_free (self->id);
  g_free (self->mark);
  g_ptr_array_unref (self->lines);
  g_byte_array_unref (self->output);
}

static void
run_init (Run *self, QShellCall *call)
{
  *self = (Run){ .call = call, .piece = 1, .max_output = q_shell_get_max_output (call->shell) };
  self->id = g_strdup_printf ("%s.%" G_GUINT64_FORMAT, call->link->session, ++call->shell->n_ids);
  self->mark = g_strdup_printf ("%08x%08x", g_random_int (), g_random_int ());
  self->lines = g_ptr_array_new_with_free_func (g_free);
  self->output = g_byte_array_new ();
  self->last_answer = g_get_monotonic_time ();
  self->next_probe = q_shell_deadline_new (FIRST_PROBE_MS);
}

static void
set_next_ask (Run *self, int milliseconds)
{
  self->ask_ms = milliseconds;
  self->asked = g_get_monotonic_time ();
  self->next_ask = q_shell_deadline_new (milliseconds);
}

/* The guest has said something to us. */
static void
note_answer (Run *self)
{
  self->last_answer = g_get_monotonic_time ();
  self->n_echoes = 0;
  self->n_probes = 0;
  self->next_probe = q_shell_deadline_new (FIRST_PROBE_MS);
  g_clear_pointer (&self->call->link->sign, g_free);
  set_next_ask (self, FIRST_ASK_MS);
}

static gboolean
answer_piece (Run *self, guint number, char word, GError **error)
{
  return q_shell_call_write (self->call, error, "%s %u %c %u\n", self->id, number, word,
                             self->call->shell->piece_size);
}

/* -- output -- */

/* How much at the end may be the beginning of the mark. */
static gsize
count_unsure (Run *self)
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
emit_output (Run *self)
{
  gsize n_sure = self->output->len - (self->ended ? 0 : count_unsure (self));

  if (n_sure <= self->n_emitted)
    return;

  q_shell_post_output (self->call->shell, g_bytes_new (self->output->data + self->n_emitted,
                                                       n_sure - self->n_emitted));
  self->n_emitted = n_sure;
}

static void
look_for_mark (Run *self, gsize old_length)
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
append_piece (Run *self, const char *text, gsize length)
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
take_piece (Run *self, const char *text, gsize length, GError **error)
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
    return answer_piece (self, self->piece, 'x', error);
  return answer_piece (self, self->piece++, 'n', error);
}

/* -- pieces -- */

/* "ID,PIECE,NUMBER,LENGTH:text;" is a line to which nothing was added, if the text is of the one
 * alphabet or the other, and as long as it says. */
static void
take_line (Run *self, const char *line, gsize n_bytes)
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
join_lines (Run *self, gsize length)
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
check_repeats (Run *self, GError **error)
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
check_piece (Run *self, gsize end, const char *checksum, gsize length, GError **error)
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

  return check_repeats (self, error) && answer_piece (self, self->piece, 'l', error);
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
  if (end == text || *end != ':' || length > MAX_SHORT)
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
take_other_piece (Run *self, guint64 number, GError **error)
{
  /* It was only slow, if it was whole before. */
  self->call->shell->pause_ms = MIN (self->call->shell->pause_ms * 2, LAST_PAUSE_MS);
  return number >= self->piece || answer_piece (self, (guint)number, 'n', error);
}

static gboolean
take_short_piece (Run *self, gsize offset, gsize length, guint64 number, const char *piece,
                  GError **error)
{
  q_shell_link_skip (self->call->link, offset);
  q_shell_link_take (self->call->link, length);
  self->scanned = 0;
  self->started = TRUE;
  note_answer (self);
  if (number != self->piece)
    return take_other_piece (self, number, error);
  if (piece != NULL)
    return take_piece (self, piece, strlen (piece), error);

  return check_repeats (self, error) && answer_piece (self, self->piece, 'p', error);
}

/* The next answer in the text, if there is one. */
static gboolean
take_answer (Run *self, gboolean *found, GError **error)
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
  if (strpbrk (comma, "};") == NULL && strnlen (comma, MAX_ANSWER) < MAX_ANSWER)
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
      note_answer (self);
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
  note_answer (self);
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

/* -- silence -- */

/* Whether what we wrote was repeated, and something is asked for then, several times in a row: a
 * terminal may repeat it also for us, and what is written there may look like a prompt. */
static gboolean
is_somebody_else (Run *self)
{
  QShellLink *link = self->call->link;

  if (!q_shell_call_is_echoed (self->call))
    return FALSE;

  q_shell_link_skip (link, link->text->len);
  self->scanned = 0;
  return ++self->n_echoes >= N_ECHOES;
}

/* The guest may have ended, and another one began, or its shell was killed: then somebody else
 * repeats what we ask, and asks for something. */
static gboolean
check_not_lost (Run *self, GError **error)
{
  QShellCall *call = self->call;
  QShellLink *link = call->link;

  if (link->sign != NULL
      && g_get_monotonic_time () - MAX (link->sign_time, self->last_answer) > SIGN_MS * 1000)
    {
      q_shell_set_ready (call->shell, FALSE);
      q_shell_call_set_error (call, error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                              "the guest has ended meanwhile: %s", link->sign);
      return FALSE;
    }
  if (is_somebody_else (self))
    {
      q_shell_set_ready (call->shell, FALSE);
      q_shell_call_set_error (call, error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                              "the guest's shell was killed, or the guest began anew");
      return FALSE;
    }

  return TRUE;
}

/* A guest that is there answers at once, whatever the command does. */
static gboolean
probe (Run *self, GError **error)
{
  QShellCall *call = self->call;
  QShellLink *link = call->link;
  g_autofree char *word = g_strdup_printf ("{%s.0,alive,", link->session);
  const char *begin = strstr (link->text->str, word);
  const char *end = begin != NULL ? strchr (begin, '}') : NULL;
  gint64 now = g_get_monotonic_time ();
  gsize offset;

  if (end != NULL)
    {
      offset = (gsize)(begin - link->text->str);
      g_string_erase (link->text, (gssize)offset, (gssize)(end + 1 - begin));
      self->scanned = 0;
      self->n_probes = 0;
      self->n_echoes = 0;
      self->next_probe = q_shell_deadline_new (LAST_PROBE_MS);
    }
  if (now < self->next_probe)
    return TRUE;
  if (self->n_probes >= MAX_PROBES)
    {
      q_shell_set_ready (call->shell, FALSE);
      q_shell_call_set_error (call, error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                              "the guest's shell does not answer any more");
      return FALSE;
    }

  self->next_probe = q_shell_deadline_new (MIN (FIRST_PROBE_MS << self->n_probes++, LAST_PROBE_MS));
  return q_shell_call_write (call, error, "%s.0 a %" G_GUINT64_FORMAT "\n", link->session,
                             ++call->shell->n_ids);
}

/* Only if something came that was no answer: it may have been one before somebody wrote into it. */
static gboolean
ask (Run *self, GError **error)
{
  g_autofree char *strange = g_strdup (self->call->link->text->str);

  set_next_ask (self, MIN (self->ask_ms * 2, LAST_ASK_MS));
  if (*g_strstrip (strange) == '\0' && self->n_echoes == 0)
    return TRUE;

  return answer_piece (self, self->piece, 'p', error);
}

static void
set_late (Run *self, GError **error)
{
  const char *output = (const char *)self->output->data;
  gsize n_sure = self->output->len - count_unsure (self);
  g_autofree char *text = n_sure > 0 ? g_utf8_make_valid (output, (gssize)n_sure) : g_strdup ("");
  g_autofree char *lines = q_shell_quote_lines (text);

  q_shell_call_set_error (self->call, error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                          "it was not done after %d ms, and was interrupted\nIts last lines:%s%s",
                          self->call->timeout, lines[0] != '\0' ? "\n" : " (none)", lines);
}

static void
postpone_ask (Run *self)
{
  gboolean is_long = self->call->link->text->len > MAX_ANSWER;
  gint64 quiet = q_shell_deadline_new (is_long ? self->call->shell->pause_ms : FIRST_ASK_MS);
  gint64 last = self->asked + (is_long ? MAX_PATIENCE_MS : 2 * FIRST_ASK_MS) * 1000;

  if (is_long)
    {
      self->next_ask = MIN (quiet, last);
      self->next_probe = MAX (self->next_probe, self->next_ask + 1);
    }
  else
    self->next_ask = MIN (MAX (self->next_ask, quiet), MAX (self->next_ask, last));
}

static gboolean
wait_for_answer_until (Run *self, gint64 time, GError **error)
{
  gsize length = self->call->link->text->len;
  gint64 until = MIN (MIN (self->next_ask, self->next_probe), time);
  gboolean came;
  gboolean found = TRUE;

  if (q_shell_deadline_passed (self->call->deadline))
    {
      set_late (self, error);
      return FALSE;
    }
  if (self->call->link->sign != NULL)
    until = MIN (until, self->call->link->sign_time + (SIGN_MS + 1) * 1000);
  if (!q_shell_call_read (self->call, until, &came, error))
    return FALSE;
  while (found && !self->ended)
    if (!take_answer (self, &found, error))
      return FALSE;
  if (self->ended)
    return TRUE;
  if (self->call->link->text->len > length)
    /* It is not silent; but others may write without end. */
    postpone_ask (self);
  else if (!check_not_lost (self, error))
    return FALSE;
  return probe (self, error) && (g_get_monotonic_time () < self->next_ask || ask (self, error));
}

/* -- the whole -- */

typedef enum
{
  STARTED,
  NOT_TAKEN,
  NOT_THERE,
} Start;

/* Until the guest has begun. FALSE with an error, also if it may have, and nobody can tell. */
static gboolean
wait_for_start (Run *self, Start *start, GError **error)
{
  QShellCall *call = self->call;
  const char *session = call->link->session;
  g_autofree char *bad = g_strdup_printf ("{%s,bad}", self->id);
  guint64 ping = ++call->shell->n_ids;
  g_autofree char *pong = g_strdup_printf ("{%s.0,pong,%" G_GUINT64_FORMAT "}", session, ping);
  gint64 next_ping = q_shell_deadline_new (FIRST_ASK_MS);
  int pause = FIRST_ASK_MS;

  set_next_ask (self, LAST_ASK_MS);
  for (;;)
    {
      const char *text = call->link->text->str;

      *start = STARTED;
      if (self->started)
        return TRUE;
      *start = NOT_TAKEN;
      if (strstr (text, bad) != NULL || strstr (text, pong) != NULL)
        return TRUE;
      *start = NOT_THERE;
      if (g_get_monotonic_time () >= next_ping)
        {
          if (is_somebody_else (self))
            return TRUE;
          if (!q_shell_call_write (call, error, "%s.0 p %" G_GUINT64_FORMAT "\n", session, ping))
            return FALSE;
          pause = MIN (pause * 2, LAST_ASK_MS);
          next_ping = q_shell_deadline_new (pause);
        }
      self->next_ask = MAX (self->next_ask, next_ping + 1);
      if (!wait_for_answer_until (self, next_ping, error))
        return FALSE;
    }
}

/* What was begun and is not wanted any more. The next call finds the shell again. */
static void
interrupt (Run *self)
{
  QShell *shell = self->call->shell;

  g_free (shell->unfinished);
  shell->unfinished = g_strdup (self->id);
  g_free (shell->unfinished_command);
  shell->unfinished_command = g_strdup (self->call->command);
  if (shell->has_terminal)
    q_shell_link_write (self->call->link, "\003", 1, q_shell_deadline_new (100), NULL, NULL);
  else
    {
      g_autofree char *line = g_strdup_printf ("%s 0 k\n", self->id);

      q_shell_link_write (self->call->link, line, strlen (line), q_shell_deadline_new (100), NULL,
                          NULL);
    }
}

static gboolean
find_shell (QShellCall *call, GError **error)
{
  QShell *shell = call->shell;
  gboolean found;

  /* What came meanwhile, as the word that the guest has begun anew. */
  if (!q_shell_call_read_all (call, 0, error))
    return FALSE;
  if (shell->unfinished != NULL && q_shell_get_ready (shell))
    {
      if (!q_shell_call_find_again (call, &found, error))
        return FALSE;
      if (!found)
        q_shell_set_ready (shell, FALSE);
    }
  else if (call->link->sign != NULL)
    q_shell_set_ready (shell, FALSE);

  return q_shell_get_ready (shell) || q_shell_call_open (call, error);
}

/* Without an error if the shell was not there, or did not take the command. */
static gboolean
try_to_run (Run *self, const char *command, GBytes *input, Start *start, GError **error)
{
  gboolean found;

  *start = NOT_THERE;
  if (!q_shell_call_send (self->call, self->id, self->mark, command, input, &found, error))
    return FALSE;
  if (!found)
    return TRUE;

  if (wait_for_start (self, start, error))
    {
      if (*start != STARTED)
        return TRUE;
      set_next_ask (self, FIRST_ASK_MS);
      while (!self->ended)
        if (!wait_for_answer_until (self, G_MAXINT64, error))
          {
            interrupt (self);
            return FALSE;
          }
      return TRUE;
    }

  interrupt (self);
  return FALSE;
}

QShellResult *
q_shell_call_run (QShellCall *call, const char *command, GBytes *input, GError **error)
{
  if (strlen (command) > MAX_SENT || (input != NULL && g_bytes_get_size (input) > MAX_SENT))
    {
      g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE,
                   "%s: %s: the %s is longer than %d bytes", call->name, call->command,
                   strlen (command) > MAX_SENT ? "command" : "input", MAX_SENT);
      return NULL;
    }

  for (;;)
    {
      Run run;
      GError *own = NULL;
      Start start;
      QShellResult *result = NULL;

      if (!find_shell (call, error))
        return NULL;
      run_init (&run, call);
      if (try_to_run (&run, command, input, &start, &own) && start == STARTED)
        result = q_shell_result_new (command, g_bytes_new (run.output->data, run.output->len),
                                     run.exit_status);
      else if (own == NULL && start == NOT_THERE)
        q_shell_set_ready (call->shell, FALSE);
      run_clear (&run);
      if (own != NULL)
        g_propagate_error (error, own);
      if (own != NULL || result != NULL)
        return result;
    }
}
