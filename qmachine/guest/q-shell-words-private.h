/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

/* The words that go to the guest's shell, and the checks of what comes back. */

/* For messages: in quotes, on one line, not too long. */
char *q_shell_quote_command (const char *command);
/* The last lines of valid UTF-8, fit for a terminal. */
char *q_shell_quote_lines (const char *text);

/* Whether it is what md5sum or cksum say of it, without the rest of their line. */
gboolean q_shell_check_sum (const char *sum, const char *bytes, gsize length);

/* What is typed at a prompt: it answers "{ID,boot}", and takes the program in lines up to ".". */
char *q_shell_make_first_line (const char *session);
/* The program, which is then in charge of the terminal. */
GString *q_shell_make_program (const char *session);
