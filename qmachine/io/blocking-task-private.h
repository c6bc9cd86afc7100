/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

/* A call that is made of blocking calls of the library. Its sync form calls this in the caller's
 * thread. Returns NULL with an error; a boolean result is GINT_TO_POINTER (TRUE). */
typedef gpointer (*QBlockingFunc) (gpointer source_object, gpointer task_data,
                                   GCancellable *cancellable, GError **error);

/* The async form: calls it in a thread, and ends the task in the task's own context, where the last
 * reference to the source object may be dropped. Takes over the task.
 *
 * Not g_task_run_in_thread (): its threads are few, so that a call that waits for a guest would
 * keep those waiting that have nothing to do with it, and it may drop the task in the thread. */
void q_blocking_task_run (GTask *task, QBlockingFunc func, GDestroyNotify free_result);
