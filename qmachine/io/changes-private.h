/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib-object.h>

#include "dispatcher-private.h"

/* Which properties of an object have changed, on its way to the owner context. What that has not
 * seen yet becomes one notification: there is never more than one on its way, so a program that
 * never turns its context does not pile them up. */
typedef struct _QChanges QChanges;

/* In the owner context, as long as the target is there; `changes` are flags of the caller's. */
typedef void (*QChangesFunc) (GObject *target, guint changes);

/* `tag` is for q_dispatcher_forget (). */
QChanges *q_changes_new (QDispatcher *dispatcher, gpointer tag);
void q_changes_unref (QChanges *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QChanges, q_changes_unref)

/* Before the first post. Holds it weakly. */
void q_changes_set_target (QChanges *self, GObject *target, QChangesFunc func);

/* Any thread. */
void q_changes_post (QChanges *self, guint changes);
