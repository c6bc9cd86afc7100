/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* A limit for somebody else's silence, on the I/O thread: what is there to be read is read before
 * it is called past, and the time in which this program did not run, as one that was stopped or
 * starved, does not count. -1 is none, and NULL is returned. */
GSource *q_io_thread_add_deadline (gint64 milliseconds, GSourceFunc func, gpointer data,
                                   const char *name);
