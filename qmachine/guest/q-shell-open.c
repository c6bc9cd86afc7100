/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "guest/q-shell-private.h"
#include "guest/q-shell-words-private.h"

/* Finding the guest's shell, for the first time and after a command that was given up. */

/* What a prompt is taken for when it has been there for so long. */
#define QUIET_MS 30
/* How long the guest may be silent before Enter is pressed, and then ever longer. */
#define FIRST_ENTER_MS 400
#define LAST_ENTER_MS 5000
/* For the answer to a line: the guest may be slow. */
#define ANSWER_MS 5000
/* For our program to begin, which takes some processes; and longer each time. */
#define FIRST_HELLO_MS 10000
#define LAST_HELLO_MS 160000
/* It is asked after so long, and after so many times less often. */
#define ASK_HELLO_MS 1000
#define LAST_ASK_HELLO_MS 8000
#define N_SHORT_ASKS 10
/* Before a question that was answered is taken for a new one. */
#define AGAIN_MS 1500
#define MAX_LOGINS 3
/* After the kernel's last words. */
#define END_MS 3000
/* A terminal keeps 4095 bytes of a line. */
#define LINE_LENGTH 1000

#define LOGIN "(?i)(\\blogin|\\buser ?name|\\buser): *$"
#define PASSWORD "(?i)(password|passphrase)[^:]*: *$"
#define REFUSED                                                                                    \
  "(?i)[^\\n]*(login incorrect|incorrect password|authentication fail|login fail|access denied|"   \
  "permission denied|not allowed|locked|expired)[^\\n]*"
#define PROMPT "[#$%>] ?$"

typedef struct
{
  QShellCall *call;
  guint n_logins;
  guint n_passwords;
  gboolean answered; /* a password or, without one, a user */
  char *before;      /* the last line before Enter was pressed */
  int enter_ms;
  int hello_ms;
} Opening;

static gboolean
matches (const char *pattern, const char *text)
{
  return g_regex_match_simple (pattern, text, 0, 0);
}

QShellLine
q_shell_call_get_line (QShellCall *call)
{
  g_autofree char *raw = q_shell_link_dup_last_line (call->link);
  g_autofree char *line = g_utf8_make_valid (raw, -1);
  g_autofree char *prompt = q_shell_dup_prompt (call->shell);

  if (prompt != NULL && matches (prompt, line))
    return LINE_PROMPT;
  if (matches (LOGIN, line))
    return LINE_LOGIN;
  if (matches (PASSWORD, line))
    return LINE_PASSWORD;
  return matches (PROMPT, line) ? LINE_PROMPT : LINE_OTHER;
}

/* Our own words in the guest have other characters behind their id. */
gboolean
q_shell_call_is_echoed (QShellCall *call)
{
  g_autofree char *pattern = g_strdup_printf ("%s\\.[0-9]+( [0-9ahp]|: )", call->link->session);
  g_autofree char *text = NULL;

  if (strstr (call->link->text->str, call->link->session) == NULL
      || q_shell_call_get_line (call) == LINE_OTHER)
    return FALSE;

  text = g_utf8_make_valid (call->link->text->str, -1);
  return matches (pattern, text);
}

/* -- setting up -- */

static char *
make_session (void)
{
  return g_strdup_printf ("q%08x%04x", g_random_int (), g_random_int () & 0xffff);
}

/* Waits for a word of the guest's, and takes what is before it. Returns what follows it up to the
 * brace, NULL without an error if it did not come. */
static char *
wait_for_word (QShellCall *call, const char *word, int milliseconds, GError **error)
{
  gint64 until = q_shell_deadline_min (call->deadline, q_shell_deadline_new (milliseconds));
  gboolean came;

  for (;;)
    {
      const char *begin = strstr (call->link->text->str, word);
      const char *end = begin != NULL ? strchr (begin, '}') : NULL;

      if (end != NULL)
        {
          const char *rest = begin + strlen (word);
          char *found = g_strndup (rest, (gsize)(end - rest));

          q_shell_link_skip (call->link, (gsize)(begin - call->link->text->str));
          q_shell_link_take (call->link, (gsize)(end + 1 - begin));
          return found;
        }
      if (q_shell_deadline_passed (until))
        return NULL;
      if (!q_shell_call_read (call, until, &came, error))
        return NULL;
    }
}

static gboolean
send_program (QShellCall *call, GError **error)
{
  g_autoptr (GString) program = q_shell_make_program (call->link->session);

  for (gsize i = 0; i < program->len; i += LINE_LENGTH)
    if (!q_shell_call_write (call, error, "%.*s\n", LINE_LENGTH, program->str + i))
      return FALSE;

  return q_shell_call_write (call, error, ".\n");
}

static gboolean
check_tools (QShellCall *call, const char *tools, GError **error)
{
  static const char *const names[] = { "base64 or od", "md5sum or cksum", "dd" };
  g_auto (GStrv) found = g_strsplit (tools, ",", -1);
  g_autoptr (GString) missing = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names) && found[i] != NULL; i++)
    if (g_str_equal (found[i], "none"))
      g_string_append_printf (missing, "%s%s", missing->len > 0 ? ", " : "", names[i]);
  call->shell->has_base64 = g_str_has_prefix (tools, "base64,");
  call->shell->has_terminal = g_str_has_suffix (tools, ",tty");
  if (missing->len == 0)
    return TRUE;

  q_shell_call_set_error (call, error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                          "the guest's shell has not what is needed: %s", missing->str);
  return FALSE;
}

/* Asks for it now and then: what noise has damaged is said again. */
static char *
wait_for_hello (QShellCall *call, int milliseconds, GError **error)
{
  g_autofree char *word = g_strdup_printf ("{%s.0,hello,", call->link->session);
  gint64 until = q_shell_deadline_min (call->deadline, q_shell_deadline_new (milliseconds));
  int pause = ASK_HELLO_MS;
  GError *own = NULL;
  char *hello;

  for (guint i = 1;; i++)
    {
      hello = wait_for_word (call, word, pause, &own);
      if (hello != NULL || own != NULL || q_shell_deadline_passed (until)
          || !q_shell_call_write (call, &own, "%s.0 h\n", call->link->session))
        break;
      if (i >= N_SHORT_ASKS)
        pause = MIN (2 * pause, LAST_ASK_HELLO_MS);
    }
  if (own != NULL)
    g_propagate_error (error, own);

  return hello;
}

/* At a prompt. FALSE without an error if that was none. */
static gboolean
set_up (Opening *self, GError **error)
{
  QShellCall *call = self->call;
  g_autofree char *first_line = NULL;
  g_autofree char *boot_word = NULL;
  g_autofree char *boot = NULL;
  g_autofree char *hello = NULL;
  GError *own = NULL;

  g_free (call->link->session);
  call->link->session = make_session ();
  first_line = q_shell_make_first_line (call->link->session);
  boot_word = g_strdup_printf ("{%s.0,boot", call->link->session);

  q_shell_link_skip (call->link, call->link->text->len);
  if (!q_shell_call_write (call, error, "%s", first_line))
    return FALSE;
  boot = wait_for_word (call, boot_word, ANSWER_MS, &own);
  if (boot == NULL)
    {
      /* If only the word was damaged, this is the end of an empty program. */
      if (own == NULL)
        q_shell_call_write (call, &own, ".\n");
      if (own != NULL)
        g_propagate_error (error, own);
      return FALSE;
    }

  if (!send_program (call, error))
    return FALSE;
  hello = wait_for_hello (call, self->hello_ms, error);
  self->hello_ms = MIN (2 * self->hello_ms, LAST_HELLO_MS);
  return hello != NULL && check_tools (call, hello, error);
}

/* -- until there is a prompt -- */

static void
set_refused (Opening *self, const char *reason, GError **error)
{
  g_autofree char *user = q_shell_dup_user (self->call->shell);

  q_shell_call_set_error (self->call, error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                          "the guest refused the login of \"%s\"%s%s", user != NULL ? user : "",
                          reason != NULL ? ": " : "", reason != NULL ? reason : "");
}

/* FALSE with an error if the guest said so. */
static gboolean
check_not_refused (Opening *self, GError **error)
{
  g_autoptr (GRegex) regex = NULL;
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree char *text = NULL;
  g_autofree char *reason = NULL;

  if (!self->answered)
    return TRUE;

  regex = g_regex_new (REFUSED, 0, 0, NULL);
  text = g_utf8_make_valid (self->call->link->text->str, -1);
  if (!g_regex_match (regex, text, 0, &match))
    return TRUE;

  reason = g_match_info_fetch (match, 0);
  set_refused (self, reason, error);
  return FALSE;
}

static gboolean
answer_login (Opening *self, GError **error)
{
  QShellCall *call = self->call;
  g_autofree char *user = q_shell_dup_user (call->shell);

  if (user == NULL)
    {
      q_shell_call_set_error (call, error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                              "the guest asks who logs in, and the shell has no user");
      return FALSE;
    }
  if (++self->n_logins > MAX_LOGINS)
    {
      set_refused (self, NULL, error);
      return FALSE;
    }
  q_shell_link_skip (call->link, call->link->text->len);
  self->answered = FALSE;
  self->enter_ms = LAST_ENTER_MS;
  return q_shell_call_write (call, error, "%s\n", user);
}

/* Enter that was pressed during the boot may bring the question again when it has been answered. */
static gboolean
is_new_login (Opening *self, gboolean *is_new, GError **error)
{
  if (self->n_logins > 0 && !q_shell_call_read_all (self->call, AGAIN_MS, error))
    return FALSE;

  *is_new = q_shell_call_get_line (self->call) == LINE_LOGIN;
  return check_not_refused (self, error);
}

static gboolean
answer_password (Opening *self, GError **error)
{
  QShellCall *call = self->call;
  g_autofree char *password = NULL;

  g_mutex_lock (&call->shell->lock);
  password = g_strdup (call->shell->password);
  g_mutex_unlock (&call->shell->lock);
  if (password == NULL)
    {
      q_shell_call_set_error (call, error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                              "the guest asks for a password, and the shell has none");
      return FALSE;
    }
  q_shell_link_skip (call->link, call->link->text->len);
  /* The first one without a question for the user may be about a name that nobody meant: what was
   * typed while the guest booted. Its refusal is none of ours. */
  self->answered = self->n_logins > 0 || self->n_passwords > 0;
  self->n_passwords++;
  self->enter_ms = LAST_ENTER_MS;
  return q_shell_call_write (call, error, "%s\n", password);
}

static void
set_silent (Opening *self, GError **error)
{
  QShellCall *call = self->call;

  if (call->link->n_came == 0)
    q_shell_call_set_error (call, error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                            "nothing at all came from the guest in %d ms", call->timeout);
  else
    q_shell_call_set_error (call, error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                            "no shell and no login came in %d ms", call->timeout);
}

/* Nothing that is known: more may come, or a key is awaited, or the prompt was there and something
 * was written over it. The same line again is a prompt, whatever it looks like. */
static gboolean
wait_or_press_enter (Opening *self, gboolean *is_prompt, GError **error)
{
  QShellCall *call = self->call;
  g_autofree char *line = NULL;
  gboolean came;

  if (!q_shell_call_read (call, q_shell_deadline_new (self->enter_ms), &came, error))
    return FALSE;
  if (came)
    return TRUE;
  if (call->link->sign != NULL && call->link->is_last_sign
      && call->link->n_came == call->link->sign_came
      && g_get_monotonic_time () - call->link->sign_time > END_MS * 1000)
    {
      q_shell_call_set_error (call, error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                              "the guest has ended: %s", call->link->sign);
      return FALSE;
    }

  line = q_shell_link_dup_last_line (call->link);
  g_strstrip (line);
  *is_prompt = line[0] != '\0' && g_strcmp0 (line, self->before) == 0;
  g_free (self->before);
  self->before = g_steal_pointer (&line);
  if (*is_prompt)
    return TRUE;

  self->enter_ms = MIN (self->enter_ms * 2, LAST_ENTER_MS);
  q_shell_link_skip (call->link, call->link->text->len);
  return q_shell_call_write (call, error, "\n");
}

static gboolean
step (Opening *self, gboolean *done, GError **error)
{
  QShellCall *call = self->call;
  GError *own = NULL;
  gboolean is_prompt = FALSE;
  gboolean is_new = FALSE;

  if (!q_shell_call_read_all (call, QUIET_MS, error) || !check_not_refused (self, error))
    return FALSE;

  switch (q_shell_call_get_line (call))
    {
    case LINE_LOGIN:
      return is_new_login (self, &is_new, error) && (!is_new || answer_login (self, error));
    case LINE_PASSWORD:
      return answer_password (self, error);
    case LINE_PROMPT:
      is_prompt = TRUE;
      break;
    case LINE_OTHER:
    default:
      if (!wait_or_press_enter (self, &is_prompt, error))
        return FALSE;
    }
  if (!is_prompt)
    return TRUE;

  *done = set_up (self, &own);
  if (own != NULL)
    g_propagate_error (error, own);
  return own == NULL;
}

static gboolean
open_anew (QShellCall *call, GError **error)
{
  Opening opening = { .call = call, .enter_ms = FIRST_ENTER_MS, .hello_ms = FIRST_HELLO_MS };
  gboolean done = FALSE;
  gboolean good = TRUE;

  g_clear_pointer (&call->shell->unfinished, g_free);
  while (good && !done)
    {
      good = step (&opening, &done, error);
      if (good && !done && q_shell_deadline_passed (call->deadline))
        {
          set_silent (&opening, error);
          good = FALSE;
        }
    }
  g_free (opening.before);
  if (good)
    {
      g_clear_pointer (&call->link->sign, g_free);
      q_shell_set_ready (call->shell, TRUE);
    }

  return good;
}

/* -- after a command that was given up, or a reset -- */

/* How long an interrupt may take before the command is killed, and then before it is killed again.
 */
#define INTERRUPT_MS 700
#define ASK_MS 250
/* How long an idle shell may take to answer. */
#define IDLE_MS 3000

gboolean
q_shell_call_has_other_text (QShellCall *call)
{
  const char *text = call->link->text->str;

  return text[strspn (text, " \t\n")] != '\0';
}

/* FALSE in `found` if it must be opened anew. */
static gboolean
find_again (QShellCall *call, gboolean *found, GError **error)
{
  QShell *self = call->shell;
  gint64 next_kill
    = self->unfinished == NULL ? -1 : q_shell_deadline_new (self->has_terminal ? INTERRUPT_MS : 0);
  gint64 idle_end = self->unfinished == NULL ? q_shell_deadline_new (IDLE_MS) : -1;
  guint64 ping = ++self->n_ids;
  g_autofree char *pong
    = g_strdup_printf ("{%s.0,pong,%" G_GUINT64_FORMAT, call->link->session, ping);
  GError *own = NULL;

  *found = FALSE;
  while (own == NULL)
    {
      g_autofree char *answer = NULL;

      q_shell_link_skip (call->link, call->link->text->len);
      if (q_shell_deadline_passed (next_kill))
        {
          if (!q_shell_call_write (call, error, "%s 0 k\n", self->unfinished))
            return FALSE;
          next_kill = q_shell_deadline_new (INTERRUPT_MS);
        }
      if (!q_shell_call_write (call, error, "%s.0 p %" G_GUINT64_FORMAT "\n", call->link->session,
                               ping))
        return FALSE;
      answer = wait_for_word (call, pong, ASK_MS, &own);
      if (answer != NULL)
        {
          *found = TRUE;
          g_clear_pointer (&self->unfinished, g_free);
          return TRUE;
        }
      /* Somebody else reads now, and repeats what it reads; or the guest begins anew. */
      if (own == NULL && (q_shell_call_is_echoed (call) || q_shell_deadline_passed (idle_end)))
        return TRUE;
      if (own == NULL && q_shell_deadline_passed (call->deadline))
        {
          q_shell_call_set_error (call, &own, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                  "the shell does not answer%s%s%s",
                                  self->unfinished != NULL ? " behind " : "",
                                  self->unfinished != NULL ? self->unfinished_command : "",
                                  self->unfinished != NULL ? ", which was given up" : "");
          break;
        }
    }
  g_propagate_error (error, own);

  return FALSE;
}

gboolean
q_shell_call_find (QShellCall *call, GError **error)
{
  QShell *self = call->shell;
  gboolean found;

  /* What came meanwhile, as the word that the guest has begun anew. */
  if (!q_shell_call_read_all (call, 0, error))
    return FALSE;
  if (q_shell_get_ready (self) && call->link->sign == NULL
      && (self->unfinished != NULL || q_shell_call_has_other_text (call)))
    {
      if (!find_again (call, &found, error))
        return FALSE;
      if (!found)
        q_shell_set_ready (self, FALSE);
    }
  else if (call->link->sign != NULL)
    q_shell_set_ready (self, FALSE);

  return q_shell_get_ready (self) || open_anew (call, error);
}
