/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "guest/q-shell-private.h"

/* What the calls of a shell have in common: their turn, their time and their errors. */

/* For the word of how QEMU has ended, when it has closed its console. */
#define END_MS 2000

static void
wake_cb (GCancellable *cancellable, gpointer shell)
{
  QShell *self = shell;

  g_mutex_lock (&self->lock);
  g_cond_broadcast (&self->turn_over);
  g_mutex_unlock (&self->lock);
}

gboolean
q_shell_call_begin (QShellCall *call, GError **error)
{
  QShell *self = call->shell;
  gulong id = 0;
  gboolean in_time = TRUE;
  gboolean first;

  if (g_cancellable_set_error_if_cancelled (call->cancellable, error))
    return FALSE;

  if (call->cancellable != NULL)
    id = g_cancellable_connect (call->cancellable, G_CALLBACK (wake_cb), self, NULL);
  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->calls, call);
  while (in_time && g_queue_peek_head (&self->calls) != call
         && !g_cancellable_is_cancelled (call->cancellable))
    if (call->deadline < 0)
      g_cond_wait (&self->turn_over, &self->lock);
    else
      in_time = g_cond_wait_until (&self->turn_over, &self->lock, call->deadline);
  first = g_queue_peek_head (&self->calls) == call;
  if (!first)
    g_queue_remove (&self->calls, call);
  g_mutex_unlock (&self->lock);
  g_cancellable_disconnect (call->cancellable, id);

  if (first)
    {
      if (self->link == NULL)
        self->link = q_shell_link_new (self->console, self->stream);
      call->link = self->link;
      if (!q_shell_link_has_same_guest (self->link))
        q_shell_set_ready (self, FALSE);
      return TRUE;
    }
  if (!g_cancellable_set_error_if_cancelled (call->cancellable, error))
    {
      g_autofree char *what = q_shell_call_describe (call);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                   "%s: the shell was in use by earlier calls for all of %d ms", what,
                   call->timeout);
    }
  return FALSE;
}

void
q_shell_call_end (QShellCall *call)
{
  QShell *self = call->shell;

  g_mutex_lock (&self->lock);
  g_queue_remove (&self->calls, call);
  g_cond_broadcast (&self->turn_over);
  g_mutex_unlock (&self->lock);
}

char *
q_shell_call_describe (QShellCall *call)
{
  return call->command != NULL ? g_strdup_printf ("%s: %s", call->name, call->command)
                               : g_strdup (call->name);
}

void
q_shell_call_set_error (QShellCall *call, GError **error, GQuark domain, int code,
                        const char *format, ...)
{
  g_autofree char *what = q_shell_call_describe (call);
  g_autofree char *lines = q_shell_link_quote (call->link);
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, domain, code, "%s: %s\nThe last lines of the %s:%s%s", what, message,
               call->link->console != NULL ? "console" : "stream",
               lines[0] != '\0' ? "\n" : " (none)", lines);
}

/* Of the link, where nothing will come any more. */
static void
propagate_end (QShellCall *call, GError **error, GError *end)
{
  char *lines = strstr (end->message, "\nThe console's last lines:");

  if (g_error_matches (end, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, end);
      return;
    }
  if (!g_error_matches (end, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    q_shell_set_ready (call->shell, FALSE);
  /* They are full of our own words. */
  if (lines != NULL)
    *lines = '\0';
  q_shell_call_set_error (call, error, end->domain, end->code, "%s", end->message);
  g_error_free (end);
}

gboolean
q_shell_call_read (QShellCall *call, gint64 until, gboolean *came, GError **error)
{
  GError *end = NULL;

  if (q_shell_link_read (call->link, q_shell_deadline_min (call->deadline, until), came,
                         call->cancellable, &end))
    return TRUE;

  propagate_end (call, error, end);
  return FALSE;
}

gboolean
q_shell_call_read_all (QShellCall *call, int quiet_ms, GError **error)
{
  gboolean came;

  do
    if (!q_shell_call_read (call, q_shell_deadline_new (quiet_ms), &came, error))
      return FALSE;
  while (came && !q_shell_deadline_passed (call->deadline));

  return TRUE;
}

/* Who reads is told how QEMU has ended; who writes may only learn that the console is closed. */
static void
look_for_end (QShellCall *call, GError **error)
{
  gint64 until = q_shell_deadline_min (call->deadline, q_shell_deadline_new (END_MS));
  GError *end = NULL;
  gboolean came;

  if (!g_error_matches (*error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED))
    return;

  while (q_shell_link_read (call->link, until, &came, call->cancellable, &end))
    if (q_shell_deadline_passed (until))
      return;
  g_error_free (*error);
  *error = end;
}

gboolean
q_shell_call_write (QShellCall *call, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  GError *end = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (q_shell_link_write (call->link, text, strlen (text), call->deadline, call->cancellable, &end))
    return TRUE;

  look_for_end (call, &end);
  propagate_end (call, error, end);
  return FALSE;
}
