/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent-fields-private.h"

/* What a call that is over has left in the guest: an open file, which nobody else would close. */

/* What is more than that is asked for once, and forgotten. */
#define MAX_LEFTOVERS 1024
/* How long an answer is waited for. */
#define ANSWER_MS (5 * 1000)

typedef struct
{
  QAgent *agent;
  gint64 handle;
  gboolean is_asked; /* a command waits, or is sent */
  GList link;
} Leftover;

static void
leftover_free (Leftover *leftover)
{
  g_queue_unlink (&leftover->agent->leftovers, &leftover->link);
  g_free (leftover);
}

static char *
print_arguments (gint64 handle)
{
  return g_strdup_printf ("{\"handle\":%" G_GINT64_FORMAT "}", handle);
}

static void
ignore_reply (const char *value, gsize length, const GError *error, gpointer data)
{
}

static void
closed_cb (const char *value, gsize length, const GError *error, gpointer data)
{
  Leftover *leftover = data;

  leftover->is_asked = FALSE;
  /* An agent whose guest is frozen closes nothing; it is asked again behind the thaw. */
  if (error == NULL || error->domain != Q_COMMAND_ERROR || !q_agent_get_frozen (leftover->agent))
    leftover_free (leftover);
}

static void
ask (Leftover *leftover)
{
  g_autofree char *arguments = print_arguments (leftover->handle);

  leftover->is_asked = TRUE;
  q_agent_submit_first (leftover->agent, "guest-file-close", arguments, ANSWER_MS, closed_cb,
                        leftover);
}

void
q_agent_leave_file (QAgent *self, gint64 handle)
{
  Leftover *leftover;

  if (q_agent_get_state (self) == Q_GUEST_AGENT_STATE_CLOSED)
    return;
  if (self->leftovers.length >= MAX_LEFTOVERS)
    {
      g_autofree char *arguments = print_arguments (handle);

      q_agent_submit_first (self, "guest-file-close", arguments, ANSWER_MS, ignore_reply, NULL);
      return;
    }

  leftover = g_new0 (Leftover, 1);
  leftover->agent = self;
  leftover->handle = handle;
  leftover->link.data = leftover;
  g_queue_push_tail_link (&self->leftovers, &leftover->link);
  ask (leftover);
}

void
q_agent_take_up_leftovers (QAgent *self)
{
  /* None is answered in here. */
  for (GList *l = self->leftovers.head; l != NULL; l = l->next)
    {
      Leftover *leftover = l->data;

      if (!leftover->is_asked)
        ask (leftover);
    }
}

void
q_agent_say_leftovers (QAgent *self, GString *text)
{
  for (GList *l = self->leftovers.head; l != NULL; l = l->next)
    {
      Leftover *leftover = l->data;
      g_autofree char *arguments = print_arguments (leftover->handle);

      if (!leftover->is_asked)
        g_string_append_printf (text, "{\"execute\":\"guest-file-close\",\"arguments\":%s}\n",
                                arguments);
    }
}

void
q_agent_forget_leftovers (QAgent *self)
{
  GList *next;

  for (GList *l = self->leftovers.head; l != NULL; l = next)
    {
      Leftover *leftover = l->data;

      next = l->next;
      /* Whose answer is waited for ends with that. */
      if (!leftover->is_asked)
        leftover_free (leftover);
    }
}
