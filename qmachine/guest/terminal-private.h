/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

/* A person's terminal, as two descriptors that neither read nor write can wait on; or something
 * else that bytes come from and go to. It is made raw, and restored whatever ends the program. */
typedef struct _QTerminal QTerminal;

/* Any thread. The descriptors stay the caller's. */
QTerminal *q_terminal_new (int input_fd, int output_fd, GError **error);
void q_terminal_free (QTerminal *self); /* restores it */

int q_terminal_get_input_fd (QTerminal *self);
int q_terminal_get_output_fd (QTerminal *self);
/* Whether the input is a terminal. */
gboolean q_terminal_is_one (QTerminal *self);
/* Which a program in the background is not to read, nor to set. */
gboolean q_terminal_is_in_foreground (QTerminal *self);

/* I/O thread, where a signal about the background stops nobody. Does nothing to what is no
 * terminal. */
gboolean q_terminal_make_raw (QTerminal *self, GError **error);
/* Once more, if it is not: after the program was stopped. */
void q_terminal_keep_raw (QTerminal *self);
/* Whoever has the foreground now gets it as it was, until it is kept raw again. */
void q_terminal_lend (QTerminal *self);
void q_terminal_restore (QTerminal *self);

/* Like read () and write (), and never wait: -1 with EAGAIN. */
gssize q_terminal_read (QTerminal *self, char *buffer, gsize size);
gssize q_terminal_write (QTerminal *self, const char *bytes, gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QTerminal, q_terminal_free)
