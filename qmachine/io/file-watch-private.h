/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* Tells when something is written to a file, or somebody opens or closes it. I/O thread. */
typedef struct _QFileWatch QFileWatch;

/* `written` is called at some time after each writing, and may be called without one. It may free
 * the watch. */
QFileWatch *q_file_watch_new (const char *path, void (*written) (gpointer user_data),
                              gpointer user_data);
/* The same for each opening and closing. */
QFileWatch *q_file_watch_new_for_users (const char *path, void (*changed) (gpointer user_data),
                                        gpointer user_data);
void q_file_watch_free (QFileWatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QFileWatch, q_file_watch_free)
