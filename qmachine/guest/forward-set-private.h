/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "guest/forward-rule-private.h"
#include "launch/launch-private.h"

/* The forwards of one machine, over all of its launches, and the user networks that the library
 * makes for it. Has no reference to the machine. */
typedef struct _QForwardSet QForwardSet;

/* Takes part in the launches of a machine. */
extern const QLaunchHook q_forward_set_hook;

QForwardSet *q_forward_set_new (void);
QForwardSet *q_forward_set_ref (QForwardSet *self);
void q_forward_set_unref (gpointer self);

/* I/O thread: it was added to a launch that had begun. */
void q_forward_set_join (QForwardSet *self, QLaunchJoin join);

/* A network for the launches to come, with this card; returns its netdev. */
char *q_forward_set_add_network (QForwardSet *self, const char *card);
/* The first one, made now if there is none; NULL if a machine runs without. */
char *q_forward_set_dup_network (QForwardSet *self);
/* Whether it is one of those that QEMU cannot have, since it was launched before. */
gboolean q_forward_set_is_missing (QForwardSet *self, const char *netdev);

/* Of QForwardRule: those whose network the launch has. */
GPtrArray *q_forward_set_list_rules (QForwardSet *self);
/* Of char, the cards of the networks that the launch has. */
GPtrArray *q_forward_set_list_cards (QForwardSet *self);

/* One change at a time, and none while a launch opens the forwards. `deadline` is a monotonic time,
 * or -1. FALSE with an error that has no name of a call in front. */
gboolean q_forward_set_begin (QForwardSet *self, gint64 deadline, GCancellable *cancellable,
                              GError **error);
void q_forward_set_end (QForwardSet *self);

/* Whether QEMU runs and has the forwards; with the number of the launch. */
gboolean q_forward_set_is_open (QForwardSet *self, guint *launch);
/* With the port that it has in this launch, 0 for none. FALSE if that launch is over. */
gboolean q_forward_set_add (QForwardSet *self, QForwardRule *rule, guint port, guint launch);
gboolean q_forward_set_contains (QForwardSet *self, QForwardRule *rule);
void q_forward_set_remove (QForwardSet *self, QForwardRule *rule);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QForwardSet, q_forward_set_unref)
