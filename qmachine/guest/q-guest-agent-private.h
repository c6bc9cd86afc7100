/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "agent/agent-private.h"
#include "guest/q-guest-agent.h"
#include "guest/q-guest-channel.h"

QAgent *q_guest_agent_get_agent (QGuestAgent *self);
QGuestAgent *q_guest_agent_new_with_dispatcher (QDispatcher *dispatcher);
/* Takes a reference. */
void q_guest_agent_set_channel (QGuestAgent *self, QGuestChannel *channel);

/* One of its calls, which is refused for what is no time limit. Takes over `data`, which may be
 * NULL for a call that will be refused. */
QOperation *q_guest_agent_new_operation (QGuestAgent *self, const char *name,
                                         GCancellable *cancellable, QOperationFunc start,
                                         int timeout, gpointer data, GDestroyNotify free_data);
