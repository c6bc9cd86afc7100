/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

/* The one thread that does all the I/O of the process's machines and monitors. Started on first
 * use and never ended: children are spawned from it, and a parent-death signal is sent when the
 * spawning *thread* ends. */
GMainContext *q_io_thread_get_context (void);
gboolean q_io_thread_is_current (void);

/* Whether this thread may wait for something that happens there: not the I/O thread itself, and
 * not in a child that was forked from a program with machines, where it does not exist. */
gboolean q_io_thread_can_wait (void);

/* Runs `func` there soon, in the order of the calls. Never runs it in place. */
void q_io_thread_post (GSourceFunc func, gpointer data);

/* A timer there; -1 means never and gives NULL. The caller owns the source; see
 * q_source_clear (). */
GSource *q_io_thread_add_timeout (gint64 milliseconds, GSourceFunc func, gpointer data,
                                  const char *name);

/* Ends and drops a source that may be NULL. */
void q_source_clear (GSource **source);
