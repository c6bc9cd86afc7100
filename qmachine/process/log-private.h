/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

/* What a child writes to its standard output and standard error: a file, so that the child never
 * waits for a reader. Any thread. */
typedef struct _QLog QLog;

QLog *q_log_new (const char *path, GError **error);
QLog *q_log_ref (QLog *self);
void q_log_unref (QLog *self);

/* A descriptor for the child, which the caller owns; each write goes to the end. -1 with an
 * error. */
int q_log_dup_fd (QLog *self, GError **error);

/* The child has it: from here on it is opened for each reading, by way of the descriptor of the
 * directory in which it was made. That one is the caller's, until q_log_close (). */
void q_log_let_go (QLog *self, int dir_fd);

/* Leaves out what `program` says in the first line with this text in it, from its name before the
 * text to the line's end. Who wrote there before has not ended the line. For NULL, and where that
 * name is not found, all of the line goes. */
void q_log_hide_line (QLog *self, const char *program, const char *text);

/* All of it, or its last part of `max_size` bytes, from the beginning of a line; nothing where it
 * cannot be read. */
GBytes *q_log_read (QLog *self, gsize max_size);

/* What is not the child's own: a line with its end. Nothing where it cannot be written. */
void q_log_append (QLog *self, const char *line);

/* A path by which the file can be opened, whatever became of its name; until it is let go of. */
char *q_log_dup_link (QLog *self);

/* What came since `offset`, which goes on; of more than `max_size` bytes the end. A file that was
 * emptied is read from its beginning. */
GBytes *q_log_read_new (QLog *self, gint64 *offset, gsize max_size, gboolean *left_out);
/* FALSE if the line is none that is hidden. */
gboolean q_log_cut_hidden (QLog *self, GString *line);

/* Of a file that has more than `max_size` bytes the last `kept` stay, from the beginning of a line;
 * what is written at this moment may get in front of them, or be lost. Before it is let go of. */
void q_log_trim (QLog *self, gsize max_size, gsize kept);

/* Nothing of the child is left; but a forked copy of this process may have the file, too. */
void q_log_unlock (QLog *self);

/* Keeps the last `max_size` bytes in memory and gives up all descriptors. */
void q_log_close (QLog *self, gsize max_size);

/* The last lines, as valid UTF-8 without the line end; "" for none. */
char *q_log_dup_tail (QLog *self, guint n_lines);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QLog, q_log_unref)
