/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

/* Places for sockets of the program's own, in a directory that is there from the first of them
 * until the machine and its last launch are gone. Any thread. */
typedef struct _QSocketPaths QSocketPaths;

QSocketPaths *q_socket_paths_new (void);
QSocketPaths *q_socket_paths_ref (QSocketPaths *self);
void q_socket_paths_unref (QSocketPaths *self);

/* The same path for the same name. The directory is made in `base`, which may be NULL. Errors are
 * of the domain of GIO. */
char *q_socket_paths_add (QSocketPaths *self, const char *name, const char *base,
                          gboolean exit_with_parent, GError **error);

/* Around each launch: removes the files of sockets that nobody has any more. What uses a detached
 * one stays for good. */
void q_socket_paths_begin (QSocketPaths *self, gboolean exit_with_parent);
void q_socket_paths_end (QSocketPaths *self, gboolean detached);
