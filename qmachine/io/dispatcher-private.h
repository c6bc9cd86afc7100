/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

#include "loop-private.h"

/* Carries things from the I/O thread into the owner context: signals, notifications and the
 * results of calls made there, one after the other, in the order in which they were posted. A
 * machine shares its dispatcher with its monitor, so that order holds over both.
 *
 * Events are the one kind that a peer can produce without end: past a limit the oldest that have
 * not been delivered are dropped. */
typedef struct _QDispatcher QDispatcher;

typedef void (*QDispatcherFunc) (gpointer data);

/* How the dispatcher holds the target of its events, and the events. */
typedef struct
{
  void (*deliver) (gpointer target, gpointer event);
  GDestroyNotify free_event;
  gsize (*get_size) (gpointer event); /* in bytes */
  gsize max_bytes;                    /* of undelivered ones, beside the limit of their number */
  gpointer (*ref_target) (gpointer target);
  void (*unref_target) (gpointer target);
  /* Older undelivered events had to go. May be NULL. */
  void (*dropped) (gpointer target, guint n_events);
} QDispatcherEventClass;

/* For the thread-default context of the calling thread. */
QDispatcher *q_dispatcher_new (void);
QDispatcher *q_dispatcher_ref (QDispatcher *self);
void q_dispatcher_unref (QDispatcher *self);

GMainContext *q_dispatcher_get_context (QDispatcher *self);
QLoop *q_dispatcher_get_loop (QDispatcher *self);

/* Whether this thread is where signals belong: it turns the context, or it made the dispatcher and
 * nobody turns the context now. */
gboolean q_dispatcher_may_emit (QDispatcher *self);

/* The objects whose signals it carries. When the last one is gone, what has not been delivered and
 * may be dropped is dropped, so that a program that never iterates the context does not pile up
 * the signals of machines it no longer has. */
void q_dispatcher_add_owner (QDispatcher *self);
void q_dispatcher_remove_owner (QDispatcher *self);

/* A signal: `func` takes over `data`. It is dropped when nobody can see it any more, which is also
 * said for all that has the tag. */
void q_dispatcher_post (QDispatcher *self, QDispatcherFunc func, gpointer data,
                        GDestroyNotify free_data, gpointer tag);
void q_dispatcher_forget (QDispatcher *self, gpointer tag, gboolean with_events);

/* A result: always delivered, and never in the iteration of the context in which its call was made
 * (`source_time`, 0 for outside of any): a GTask would put itself off then, and be overtaken. */
void q_dispatcher_post_result (QDispatcher *self, QDispatcherFunc func, gpointer data,
                               gint64 source_time);

/* For the I/O thread. Takes over `event`; `target` is referenced for as long as needed, and is the
 * tag. What came together is handed over together: nobody is woken before the next flush, which
 * any other post from the I/O thread begins with, so that the order holds. */
void q_dispatcher_post_event (QDispatcher *self, const QDispatcherEventClass *klass,
                              gpointer target, gpointer event, guint limit);
void q_dispatcher_flush (QDispatcher *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QDispatcher, q_dispatcher_unref)
