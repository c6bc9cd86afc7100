/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "guest/q-shell-run-private.h"
#include "guest/q-shell-result-private.h"
#include "guest/q-shell-words-private.h"

/* One command: to the guest, and its output back. What the guest does is told in q-shell-words.c.
 */

/* A command that has not ended after so long is asked for what it has written up to then. */
#define FIRST_STREAM_MS 40
#define MAX_STREAMS 8
/* Between two questions for the same. */
#define LAST_ASK_MS 8000
/* Before the shell is believed to be gone. */
#define N_ECHOES 3
/* After so long without a word the guest is asked for one, and then ever later; after so many
 * questions without an answer nobody is there. */
#define LAST_PROBE_MS 8000
#define MAX_PROBES 4
#define MAX_PATIENCE_MS 30000
/* After the kernel has said that the guest ends. */
#define SIGN_MS 1500
#define MAX_SENT (1024 * 1024)

static void
run_clear (QShellRun *self)
{
  g_free (self->id);
  g_free (self->mark);
  g_ptr_array_unref (self->lines);
  g_byte_array_unref (self->output);
}

static void
run_init (QShellRun *self, QShellCall *call)
{
  *self
    = (QShellRun){ .call = call, .piece = 1, .max_output = q_shell_get_max_output (call->shell) };
  self->id = g_strdup_printf ("%s.%" G_GUINT64_FORMAT, call->link->session, ++call->shell->n_ids);
  self->mark = g_strdup_printf ("%08x%08x", g_random_int (), g_random_int ());
  self->lines = g_ptr_array_new_with_free_func (g_free);
  self->output = g_byte_array_new ();
  self->last_answer = g_get_monotonic_time ();
  self->next_probe = q_shell_deadline_new (Q_SHELL_FIRST_PROBE_MS);
  self->next_stream = q_shell_deadline_new (FIRST_STREAM_MS);
}

/* -- silence -- */

/* Whether what we wrote was repeated, and something is asked for then, several times in a row: a
 * terminal may repeat it also for us, and what is written there may look like a prompt. */
static gboolean
is_somebody_else (QShellRun *self)
{
  QShellLink *link = self->call->link;

  if (!q_shell_call_is_echoed (self->call))
    return FALSE;

  q_shell_link_skip (link, link->text->len);
  self->scanned = 0;
  return ++self->n_echoes >= N_ECHOES;
}

static void
set_gone (QShellRun *self, GError **error)
{
  QShellCall *call = self->call;
  const char *sign = call->link->sign;

  q_shell_set_ready (call->shell, FALSE);
  if (sign != NULL)
    q_shell_call_set_error (call, error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                            "the guest has ended meanwhile: %s", sign);
  else
    q_shell_call_set_error (call, error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                            "the guest's shell does not answer any more");
}

/* The guest may have ended, and another one began, or its shell was killed: then somebody else
 * repeats what we ask, and asks for something. If that is so before any answer, the command was
 * lost on the way, in a reset that came just before it. */
static gboolean
check_not_lost (QShellRun *self, GError **error)
{
  QShellCall *call = self->call;
  QShellLink *link = call->link;

  if (link->sign != NULL
      && g_get_monotonic_time () - MAX (link->sign_time, self->last_answer) > SIGN_MS * 1000)
    {
      set_gone (self, error);
      return FALSE;
    }
  if (!is_somebody_else (self))
    return TRUE;

  self->is_lost = !self->started && !self->was_heard;
  if (self->is_lost)
    return TRUE;

  q_shell_set_ready (call->shell, FALSE);
  q_shell_call_set_error (call, error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                          "the guest's shell was killed, or the guest began anew");
  return FALSE;
}

/* A guest that is there answers at once, whatever the command does. */
static gboolean
probe (QShellRun *self, GError **error)
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
      q_shell_link_cut (link, offset, (gsize)(end + 1 - begin));
      self->scanned = 0;
      self->was_heard = TRUE;
      self->n_probes = 0;
      self->n_echoes = 0;
      self->next_probe = q_shell_deadline_new (LAST_PROBE_MS);
    }
  if (now < self->next_probe)
    return TRUE;
  if (self->n_probes >= MAX_PROBES)
    {
      self->is_silent = TRUE;
      set_gone (self, error);
      return FALSE;
    }

  self->next_probe
    = q_shell_deadline_new (MIN (Q_SHELL_FIRST_PROBE_MS << self->n_probes++, LAST_PROBE_MS));
  return q_shell_call_write (call, error, "%s.0 a %" G_GUINT64_FORMAT "\n", link->session,
                             ++call->shell->n_ids);
}

/* Only if something came that was no answer: it may have been one before somebody wrote into it. */
static gboolean
ask (QShellRun *self, GError **error)
{
  g_autofree char *strange = g_strdup (self->call->link->text->str);

  q_shell_run_set_next_ask (self, MIN (self->ask_ms * 2, LAST_ASK_MS));
  if (*g_strstrip (strange) == '\0' && self->n_echoes == 0)
    return TRUE;

  return q_shell_run_answer_piece (self, self->piece, 'p', error);
}

/* Before its first piece; often enough for one to arrive, and not so often that the guest, which
 * looks at it once, has too many. */
static gboolean
ask_for_stream (QShellRun *self, GError **error)
{
  if (self->piece > 1 || self->n_streams >= MAX_STREAMS)
    {
      self->next_stream = G_MAXINT64;
      return TRUE;
    }
  if (g_get_monotonic_time () < self->next_stream)
    return TRUE;

  self->next_stream = q_shell_deadline_new (FIRST_STREAM_MS << ++self->n_streams);
  return q_shell_call_write (self->call, error, "%s 0 s\n", self->id);
}

static void
set_late (QShellRun *self, GError **error)
{
  const char *output = (const char *)self->output->data;
  gsize n_sure = self->output->len - q_shell_run_count_unsure (self);
  g_autofree char *text = n_sure > 0 ? g_utf8_make_valid (output, (gssize)n_sure) : g_strdup ("");
  g_autofree char *lines = q_shell_quote_lines (text);

  q_shell_call_set_error (self->call, error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                          "it was not done after %d ms, and was interrupted\nIts last lines:%s%s",
                          self->call->timeout, lines[0] != '\0' ? "\n" : " (none)", lines);
}

static void
postpone_ask (QShellRun *self)
{
  gboolean is_long = self->call->link->text->len > Q_SHELL_MAX_ANSWER;
  gint64 quiet
    = q_shell_deadline_new (is_long ? self->call->shell->pause_ms : Q_SHELL_FIRST_ASK_MS);
  gint64 last = self->asked + (is_long ? MAX_PATIENCE_MS : 2 * Q_SHELL_FIRST_ASK_MS) * 1000;

  if (is_long)
    {
      self->next_ask = MIN (quiet, last);
      self->next_probe = MAX (self->next_probe, self->next_ask + 1);
    }
  else
    self->next_ask = MIN (MAX (self->next_ask, quiet), MAX (self->next_ask, last));
}

static gboolean
wait_for_answer_until (QShellRun *self, gint64 time, GError **error)
{
  gsize length = self->call->link->text->len;
  gint64 until = MIN (MIN (self->next_ask, self->next_stream), MIN (self->next_probe, time));
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
    if (!q_shell_run_take_answer (self, &found, error))
      return FALSE;
  if (self->ended)
    return TRUE;
  if (self->call->link->text->len > length)
    /* It is not silent; but others may write without end. */
    postpone_ask (self);
  else if (!check_not_lost (self, error))
    return FALSE;
  return probe (self, error) && ask_for_stream (self, error)
         && (g_get_monotonic_time () < self->next_ask || ask (self, error));
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
wait_for_start (QShellRun *self, Start *start, GError **error)
{
  QShellCall *call = self->call;
  const char *session = call->link->session;
  g_autofree char *bad = g_strdup_printf ("{%s,bad}", self->id);
  guint64 ping = ++call->shell->n_ids;
  g_autofree char *pong = g_strdup_printf ("{%s.0,pong,%" G_GUINT64_FORMAT "}", session, ping);
  gint64 next_ping = q_shell_deadline_new (Q_SHELL_FIRST_ASK_MS);
  int pause = Q_SHELL_FIRST_ASK_MS;

  q_shell_run_set_next_ask (self, LAST_ASK_MS);
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
      if (self->is_lost)
        return TRUE;
      if (g_get_monotonic_time () >= next_ping)
        {
          if (!q_shell_call_write (call, error, "%s.0 p %" G_GUINT64_FORMAT "\n", session, ping))
            return FALSE;
          pause = MIN (pause * 2, LAST_ASK_MS);
          next_ping = q_shell_deadline_new (pause);
        }
      self->next_ask = MAX (self->next_ask, next_ping + 1);
      if (!wait_for_answer_until (self, next_ping, error))
        {
          /* Who is paused says nothing, and may yet run it. */
          if (!self->is_silent || (self->n_echoes == 0 && !q_shell_call_has_other_text (call)))
            return FALSE;
          g_clear_error (error);
          return TRUE;
        }
    }
}

/* What was begun and is not wanted any more. The next call finds the shell again. */
static void
interrupt (QShellRun *self)
{
  QShell *shell = self->call->shell;

  shell->last_end = 0;
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

/* Without an error if the shell was not there, or did not take the command. */
static gboolean
try_to_run (QShellRun *self, const char *command, GBytes *input, Start *start, GError **error)
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
      q_shell_run_set_next_ask (self, Q_SHELL_FIRST_ASK_MS);
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
      QShellRun run;
      GError *own = NULL;
      Start start;
      QShellResult *result = NULL;

      if (!q_shell_call_find (call, error))
        return NULL;
      run_init (&run, call);
      if (try_to_run (&run, command, input, &start, &own) && start == STARTED)
        {
          result = q_shell_result_new (command, g_bytes_new (run.output->data, run.output->len),
                                       run.exit_status);
          call->shell->last_end = g_get_monotonic_time ();
        }
      else if (own == NULL && start == NOT_THERE)
        q_shell_set_ready (call->shell, FALSE);
      run_clear (&run);
      if (own != NULL)
        g_propagate_error (error, own);
      if (own != NULL || result != NULL)
        return result;
    }
}
