/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "error-private.h"
#include "link-private.h"
#include "agent-private.h"

/* What an agent is made of, for the files of this room. */

/* Of what is known of the other end of the port of a machine. */
typedef enum
{
  Q_AGENT_PORT_UNKNOWN,
  Q_AGENT_PORT_CLOSED,
  Q_AGENT_PORT_OPEN,
} QAgentPort;

struct _QAgent
{
  gatomicrefcount ref_count;
  gboolean has_place; /* the port of a machine, whose name stays; set before it is used */
  QDispatcher *dispatcher;
  const QAgentSignals *signals;
  GWeakRef target;
  QChanges *changes;

  GMutex lock; /* guards what follows, up to the empty line */
  QAgentSettings settings;
  QGuestAgentState state;
  gboolean frozen; /* or it may be so */
  guint n_closed_posted;

  /* I/O thread only. */
  GSocketAddress *address; /* NULL with a stream, or when closed */
  char *name;              /* of the place, for messages; NULL before the first attach */
  QAgentPort port;
  guint n_losses;   /* how often the guest has closed the port */
  guint generation; /* counts connections: tells a late answer to an earlier one */
  GCancellable *connect_cancellable;
  QOperation *attaching; /* until it is connected */
  gboolean is_attached;  /* has been connected since */
  QAgentLink *link;
  GSource *retry_source; /* the next try to connect, or to synchronise */
  guint n_tries;         /* of a synchronisation */
  guint n_connects;      /* since it was ready last */
  char *connect_error;
  gint64 last_resync;    /* its time, us */
  guint64 first_sync_id; /* since it was ready last */
  guint64 sync_id;       /* of the last try */
  GQueue commands;       /* of QAgentCommand, not sent yet */
  gsize n_bytes;         /* of these */
  QAgentCommand *current;
  GSource *answer_source; /* its time limit */
  GQueue waiters;         /* of QOperation */
  GQueue thaw_waiters;    /* of QOperation, refused because the guest is frozen */
  GQueue leftovers;       /* of what calls have left in the guest */

  QAgentCommand *thaw;  /* the guard's, waiting or sent */
  GSource *thaw_source; /* its limit */
  gboolean closing;     /* as soon as it is thawed */
  gboolean ending;      /* now */
  GSource *closing_source;
  GQueue closers;      /* of QOperation */
  GPtrArray *droppers; /* those that dropped the object and wait; NULL for none */
};

typedef void (*QAgentReplyFunc) (const char *value, gsize length, const GError *error,
                                 gpointer user_data);

struct _QAgentCommand
{
  char *name;
  char *text;
  gsize length;
  gboolean is_own;        /* no call waits for it */
  gboolean has_no_answer; /* but an error */
  GError *refusal;        /* of such a one */
  gboolean was_frozen;    /* when it was sent */
  int answer_timeout;     /* ms once it is sent, -1 none */
  QAgentReplyFunc func;
  gpointer user_data;
  GList link;
};

/* -- agent-state.c -- */

void q_agent_set_state (QAgent *self, QGuestAgentState state);
void q_agent_set_frozen (QAgent *self, gboolean frozen);
void q_agent_post_closed (QAgent *self, const GError *error);

/* -- agent.c -- */

/* What has come is not an answer to what was sent, or not in time: find the agent again. */
void q_agent_resync (QAgent *self);
/* Something was thawed, or is not to be waited for any more. */
void q_agent_close_if_thawed (QAgent *self);
/* The guest has closed the port under a call. */
GError *q_agent_new_loss_error (QAgent *self);
/* The whereabouts of an agent that does not answer. */
char *q_agent_describe_silence (QAgent *self);

/* -- agent-queue.c -- */

/* Takes over `text`. CLOSED or BUSY, and NULL; what goes on with a call is never too much. The
 * function is called once, unless the command is withdrawn: with the value that was returned (NULL
 * where a command answers only by failing), or with an error, of the domain of commands for the
 * agent's own. */
QAgentCommand *q_agent_submit (QAgent *self, const char *name, char *text, gsize length,
                               gboolean bounded, int answer_timeout, QAgentReplyFunc func,
                               gpointer user_data, GError **error);
/* The same for one of the library's own: in front of all others, and never too many. */
QAgentCommand *q_agent_submit_first (QAgent *self, const char *name, const char *arguments,
                                     int answer_timeout, QAgentReplyFunc func, gpointer user_data);
void q_agent_withdraw (QAgent *self, QAgentCommand *command);
/* The answer goes to somebody else, and is waited for no longer than so many milliseconds. */
void q_agent_redirect (QAgent *self, QAgentCommand *command, int answer_timeout,
                       QAgentReplyFunc func, gpointer user_data);
/* What is sent is waited for no longer than so many milliseconds more. */
void q_agent_hurry (QAgent *self, int milliseconds);
gboolean q_agent_is_sent (QAgent *self, QAgentCommand *command);
/* Sent, to its last byte. `command` may be NULL. */
gboolean q_agent_is_out (QAgent *self, QAgentCommand *command);

/* The link's. */
void q_agent_take_message (QAgent *self, const QMessage *message);
void q_agent_take_sent (QAgent *self);
/* Ends the command that was sent; NULL for one that has no answer. */
void q_agent_settle (QAgent *self, const GError *error);
void q_agent_send_next (QAgent *self);
/* What the library has still to say when the connection is to end; NULL for nothing. */
char *q_agent_dup_last_words (QAgent *self);
/* Those of the program; and all. */
void q_agent_fail_calls (QAgent *self, const GError *error);
void q_agent_fail_commands (QAgent *self, const GError *error);

/* -- agent-call.c -- */

/* Sets the time limit and what is done about it; FALSE if there is no connection, and the operation
 * has ended. */
gboolean q_agent_call_begin (QOperation *operation, const char *what);
/* Sends a command of the operation. Takes over `text`, which is encoded already, or encodes it. */
void q_agent_call_submit (QOperation *operation, const char *name, char *text, gsize length,
                          int answer_timeout, QAgentStep step);
void q_agent_call_send (QOperation *operation, const char *name, const char *arguments,
                        int answer_timeout, QAgentStep step);
void q_agent_call_fail (QOperation *operation, const GError *error);
/* The answer has not the form that it should have. */
void q_agent_call_fail_answer (QOperation *operation, const char *command, const char *fault);
/* Of a step that failed: if it was refused because the guest is frozen, `again` is called when it
 * is thawed. FALSE for any other error. */
gboolean q_agent_call_wait_thaw (QOperation *operation, const GError *error, QOperationFunc again);
/* All that wait for it go on, or fail. */
void q_agent_go_on (QAgent *self);
void q_agent_fail_thaw_waiters (QAgent *self, const GError *error);

/* -- leftover.c -- */

/* It is closed as soon as the agent does that. */
void q_agent_leave_file (QAgent *self, gint64 handle);
/* It is asked after, less and less often, until it has ended: then the agent frees its output. */
void q_agent_leave_program (QAgent *self, gint64 pid);
/* A new one has that number. */
void q_agent_forget_program (QAgent *self, gint64 pid);
/* The guest is thawed. */
void q_agent_take_up_leftovers (QAgent *self);
/* What was not asked for yet, a line each, for the last words. */
void q_agent_say_leftovers (QAgent *self, GString *text);
/* The connection is over, or the agent another one. */
void q_agent_forget_leftovers (QAgent *self);

/* -- freeze.c -- */

void q_agent_thaw_soon (QAgent *self);
void q_agent_disarm (QAgent *self);
