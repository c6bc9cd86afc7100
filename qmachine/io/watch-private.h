/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* Waits for bytes on many descriptors at the price of one. A main context goes over all of its
 * descriptors in each turn, however few of them have something, so a reply would cost the more the
 * more machines are connected. For one thread and its context: each has watches of its own. */
typedef struct _QWatch QWatch;

/* FALSE ends the watch, as with a source; but q_watch_free () is still to be called. */
typedef gboolean (*QWatchFunc) (gpointer data);

/* On the thread-default context. NULL where the descriptor or the system does not have it. */
QWatch *q_watch_new (int fd, QWatchFunc func, gpointer data);
/* Whether it looks for bytes; an end of the connection is seen all the same. From any thread, as
 * long as no other one uses the watch meanwhile. */
void q_watch_set_paused (QWatch *self, gboolean paused);
/* While the descriptor is still open. */
void q_watch_free (QWatch *self);
