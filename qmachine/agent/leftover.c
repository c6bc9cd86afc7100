/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent-fields-private.h"

#include "io/io-thread-private.h"
#include "wire/json-text-private.h"

/* What a call that is over has left in the guest. A file, which nobody else would close. A program,
 * which goes on, but whose output the agent keeps until somebody asks for it after its end. */

/* Of a file that is too much the closing is asked for once; a program is forgotten. */
#define MAX_FILES 1024
#define MAX_PROGRAMS 256
/* How long an answer is waited for. */
#define ANSWER_MS (5 * 1000)
/* Between two questions after a program. */
#define FIRST_PAUSE_MS (2 * 1000)
#define LAST_PAUSE_MS (30 * 1000)

typedef struct
{
  QAgent *agent;
  gboolean is_program;
  gint64 number;          /* handle or process */
  guint n_losses;         /* of the agent's, when it was left */
  QAgentCommand *command; /* that waits, or is sent */
  int pause;              /* ms */
  GSource *pause_source;
  GList link;
} Leftover;

static void ask_program (Leftover *leftover);

static Leftover *
leftover_new (QAgent *agent, gboolean is_program, gint64 number)
{
  Leftover *leftover = g_new0 (Leftover, 1);

  leftover->agent = agent;
  leftover->is_program = is_program;
  leftover->number = number;
  leftover->n_losses = agent->n_losses;
  leftover->pause = FIRST_PAUSE_MS;
  leftover->link.data = leftover;
  g_queue_push_tail_link (&agent->leftovers, &leftover->link);

  return leftover;
}

static void
leftover_free (Leftover *leftover)
{
  q_source_clear (&leftover->pause_source);
  g_queue_unlink (&leftover->agent->leftovers, &leftover->link);
  g_free (leftover);
}

/* -- files -- */

static char *
print_handle (gint64 handle)
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

  leftover->command = NULL;
  /* An agent whose guest is frozen closes nothing; it is asked again behind the thaw. */
  if (error == NULL || error->domain != Q_COMMAND_ERROR || !q_agent_get_frozen (leftover->agent))
    leftover_free (leftover);
}

static void
ask_closing (Leftover *leftover)
{
  g_autofree char *arguments = print_handle (leftover->number);

  leftover->command = q_agent_submit_first (leftover->agent, "guest-file-close", arguments,
                                            ANSWER_MS, closed_cb, leftover);
}

void
q_agent_leave_file (QAgent *self, gint64 handle)
{
  if (q_agent_get_state (self) == Q_GUEST_AGENT_STATE_CLOSED)
    return;

  if (self->leftovers.length < MAX_FILES)
    {
      ask_closing (leftover_new (self, FALSE, handle));
    }
  else
    {
      g_autofree char *arguments = print_handle (handle);

      q_agent_submit_first (self, "guest-file-close", arguments, ANSWER_MS, ignore_reply, NULL);
    }
}

/* -- programs -- */

static gboolean
pause_cb (gpointer data)
{
  Leftover *leftover = data;

  q_source_clear (&leftover->pause_source);
  ask_program (leftover);
  return G_SOURCE_REMOVE;
}

static void
ask_later (Leftover *leftover)
{
  leftover->pause_source
    = q_io_thread_add_timeout (leftover->pause, pause_cb, leftover, "qmachine-agent-left");
  leftover->pause = MIN (leftover->pause * 2, LAST_PAUSE_MS);
}

/* It may still be there, and be asked after. */
static gboolean
is_worth_asking (Leftover *leftover, const char *value, const GError *error)
{
  QAgent *agent = leftover->agent;
  gboolean exited;

  if (agent->closing || q_agent_get_state (agent) == Q_GUEST_AGENT_STATE_CLOSED
      || agent->n_losses != leftover->n_losses)
    return FALSE;
  if (error != NULL)
    return error->domain != Q_COMMAND_ERROR || q_agent_get_frozen (agent);
  return *value == '{' && q_json_read_boolean (q_json_find_member (value, "exited"), &exited)
         && !exited;
}

static void
status_cb (const char *value, gsize length, const GError *error, gpointer data)
{
  Leftover *leftover = data;

  leftover->command = NULL;
  if (is_worth_asking (leftover, value, error))
    ask_later (leftover);
  else
    leftover_free (leftover);
}

/* Behind the calls of the program, which have more of a right to be heard. */
static void
ask_program (Leftover *leftover)
{
  g_autofree char *arguments = g_strdup_printf ("{\"pid\":%" G_GINT64_FORMAT "}", leftover->number);
  gsize length;
  char *text = q_message_encode_command ("guest-exec-status", FALSE, arguments, -1, &length, NULL);

  leftover->command = q_agent_submit (leftover->agent, "guest-exec-status", text, length, TRUE,
                                      ANSWER_MS, status_cb, leftover, NULL);
  if (leftover->command == NULL)
    ask_later (leftover);
}

void
q_agent_leave_program (QAgent *self, gint64 pid)
{
  if (q_agent_get_state (self) != Q_GUEST_AGENT_STATE_CLOSED && !self->closing
      && self->leftovers.length < MAX_PROGRAMS)
    ask_later (leftover_new (self, TRUE, pid));
}

static void
forget_program (Leftover *leftover)
{
  /* The one that is sent ends with its answer. */
  if (leftover->command != NULL && q_agent_is_sent (leftover->agent, leftover->command))
    return;

  if (leftover->command != NULL)
    q_agent_withdraw (leftover->agent, leftover->command);
  leftover_free (leftover);
}

void
q_agent_forget_program (QAgent *self, gint64 pid)
{
  GList *next;

  for (GList *l = self->leftovers.head; l != NULL; l = next)
    {
      Leftover *leftover = l->data;

      next = l->next;
      if (leftover->is_program && leftover->number == pid)
        forget_program (leftover);
    }
}

/* -- all of them -- */

void
q_agent_take_up_leftovers (QAgent *self)
{
  /* None is answered in here. */
  for (GList *l = self->leftovers.head; l != NULL; l = l->next)
    {
      Leftover *leftover = l->data;

      if (!leftover->is_program && leftover->command == NULL)
        ask_closing (leftover);
    }
}

void
q_agent_say_leftovers (QAgent *self, GString *text)
{
  for (GList *l = self->leftovers.head; l != NULL; l = l->next)
    {
      Leftover *leftover = l->data;
      g_autofree char *arguments = print_handle (leftover->number);

      if (!leftover->is_program && leftover->command == NULL)
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
      if (leftover->is_program)
        forget_program (leftover);
      else if (leftover->command == NULL)
        leftover_free (leftover);
    }
}
