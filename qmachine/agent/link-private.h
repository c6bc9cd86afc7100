/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

#include "wire/message-private.h"

/* The bytes between the library and a guest agent. The stream has no beginning: what was sent to or
 * by somebody before may still come, and so may one half of a line. A byte that no JSON text has,
 * 0xFF, stands before the answer to guest-sync-delimited, and all before it can be thrown away.
 *
 * A link begins deaf: it throws away what comes. The answer to a synchronisation is told in any
 * state; messages only once the link listens. I/O thread. */
typedef struct _QAgentLink QAgentLink;

/* Each of them may close the link. */
typedef struct
{
  /* While it listens; good until the callback returns. */
  void (*message) (const QMessage *message, gpointer user_data);
  /* An answer to a synchronisation; the link is deaf now. */
  void (*synced) (guint64 id, gpointer user_data);
  /* What came while it listened is no message; the link is deaf now. */
  void (*broken) (const GError *error, gpointer user_data);
  /* All that was to be sent is with the system. */
  void (*sent) (gpointer user_data);
  /* Of the monitor's domain, CLOSED. */
  void (*ended) (const GError *error, gpointer user_data);
} QAgentLinkCallbacks;

QAgentLink *q_agent_link_new (GIOStream *stream, gsize max_message_size,
                              const QAgentLinkCallbacks *callbacks, gpointer user_data);
/* Frees it, too; no callback follows. */
void q_agent_link_close (QAgentLink *self);

/* Sends one line. Takes over the text. */
void q_agent_link_send (QAgentLink *self, char *text, gsize length);
/* What was not sent yet is withdrawn, and the link is deaf. */
void q_agent_link_withdraw (QAgentLink *self);
/* Asks the agent to answer with this id. With `afresh` the rest of what was sent is withdrawn, and
 * what the agent has of a line is made void. */
void q_agent_link_send_sync (QAgentLink *self, guint64 id, gboolean afresh);
void q_agent_link_listen (QAgentLink *self);
/* The last words, before it is closed: sent if there is room for them. */
void q_agent_link_send_last (QAgentLink *self, const char *text);

gboolean q_agent_link_is_sending (QAgentLink *self);

/* What has come so far, for an error: "nothing", or how much, and the end of it. */
char *q_agent_link_describe_received (QAgentLink *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QAgentLink, q_agent_link_close)
