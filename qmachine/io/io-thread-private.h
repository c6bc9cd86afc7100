/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>
#include <glib-unix.h>

/* The one thread that does all the I/O of the process's machines and monitors. Started on first
 * use and never ended: children are spawned from it, and a parent-death signal is sent when the
 * spawning *thread* ends. */
GMainContext *q_io_thread_get_context (void);
/* A program may have closed its standard descriptors. Then the next one that is opened would get
 * such a number, and what the program prints would go to a monitor. */
void q_io_thread_hold_standard_fds (void);
/* Or a thread that has entered in its place. */
gboolean q_io_thread_is_current (void);

/* Whether this thread may wait for something that happens there: not the I/O thread itself, and
 * not in a child that was forked from a program with machines, where it does not exist. */
gboolean q_io_thread_can_wait (void);
gboolean q_io_thread_is_of_parent (void); /* the latter */

/* What belongs to the I/O thread may be used by another thread between enter and leave, while the
 * I/O thread has nothing to do: it holds the same lock whenever it is not asleep. Whatever looks at
 * the thread-default context must not be called there.
 *
 * enter waits for the I/O thread to be asleep. try_enter fails where something is posted that would
 * be overtaken, or the thread is not there (in a forked child), and unless it may wait also where
 * the I/O thread is at work. */
gboolean q_io_thread_try_enter (gboolean may_wait);
void q_io_thread_enter (void);
void q_io_thread_leave (void);

/* Runs `func` there soon, in the order of the calls. Never runs it in place. */
void q_io_thread_post (GSourceFunc func, gpointer data);

/* Drops a context that results came to. Who drops the last reference of a source touches the
 * context of it, and so that thread may still do when the result was taken: it drops this, too, in
 * turn. */
void q_io_thread_unref_context (GMainContext *context);

/* A timer there; -1 means never and gives NULL. The caller owns the source; see
 * q_source_clear (). */
GSource *q_io_thread_add_timeout (gint64 milliseconds, GSourceFunc func, gpointer data,
                                  const char *name);

/* A watch of a descriptor there, likewise. */
GSource *q_io_thread_add_fd (int fd, GIOCondition condition, GUnixFDSourceFunc func, gpointer data,
                             const char *name);

/* Ends and drops a source that may be NULL. */
void q_source_clear (GSource **source);
