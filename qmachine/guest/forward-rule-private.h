/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

#include "guest/usernet-private.h"
#include "io/dispatcher-private.h"
#include "q-enums.h"

/* One port of a guest that the host has, too: what the machine keeps of a forward, over all of its
 * launches. What is asked for never changes. */
typedef struct
{
  QForwardProtocol protocol;
  guint guest_port;
  guint wanted_port;  /* of the host; 0 for one that the kernel chooses */
  char *host_address; /* an IPv4 address */
  char *netdev;
} QForwardSpec;

typedef struct _QForwardRule QForwardRule;

/* Copies the strings. */
QForwardRule *q_forward_rule_new (const QForwardSpec *spec, QDispatcher *dispatcher);
QForwardRule *q_forward_rule_ref (QForwardRule *self);
void q_forward_rule_unref (gpointer self);

/* Called in the owner context when the port has changed, for as long as the object is there. */
void q_forward_rule_set_target (QForwardRule *self, GObject *target,
                                void (*changed) (GObject *target));
void q_forward_rule_drop_target (QForwardRule *self);

const QForwardSpec *q_forward_rule_get_spec (QForwardRule *self);
/* Any thread; 0 while it is not open. */
guint q_forward_rule_get_port (QForwardRule *self);
void q_forward_rule_set_port (QForwardRule *self, guint port);

/* "the forward from 127.0.0.1:2222 to TCP port 22". */
char *q_forward_rule_describe (QForwardRule *self);
/* Lines for QEMU's human monitor. */
char *q_forward_rule_format_add (QForwardRule *self);
char *q_forward_rule_format_remove (QForwardRule *self, guint port);

/* Whether a row may be this one: not one of those before, nor used. */
QUsernetRow *q_forward_rule_find (QForwardRule *self, GPtrArray *before, GPtrArray *rows,
                                  GHashTable *used);
gboolean q_forward_rule_is_listed (QForwardRule *self, GPtrArray *rows, guint port);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QForwardRule, q_forward_rule_unref)
