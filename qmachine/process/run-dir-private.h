/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

/* A directory for one launch, of mode 0700, with a name that nobody can guess. */
typedef struct _QRunDir QRunDir;

/* Of a socket there that may be left with it. */
#define Q_RUN_DIR_SOCKET_SUFFIX ".socket"

/* Under `base`, or where users' run-time files go if the path of a socket with a name of that
 * length has room there. Errors are of the domain of GIO and name the directory. With
 * `remove_at_exit` it is also removed when the program ends in an orderly way. */
QRunDir *q_run_dir_new (const char *base, gboolean remove_at_exit, gsize file_length,
                        GError **error);

const char *q_run_dir_get_path (QRunDir *self);
char *q_run_dir_get_file (QRunDir *self, const char *name);

/* -1 if it is not held open. */
int q_run_dir_get_fd (QRunDir *self);

/* Removes it with all that is in it. */
void q_run_dir_free (QRunDir *self);
/* It will not be removed with the program any more: what uses it may live on. */
void q_run_dir_let_live (QRunDir *self);
/* The directory stays, for whoever uses it now. */
void q_run_dir_leave (QRunDir *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QRunDir, q_run_dir_free)
