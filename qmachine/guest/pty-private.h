/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "launch/console-stream-private.h"

/* A pseudo-terminal that a person opens by its path, with a console behind it. I/O thread. */
typedef struct _QPty QPty;

QPty *q_pty_new (QConsoleStream *stream, int n_lines, GError **error);
void q_pty_free (QPty *self);

/* Any thread, while it is there. */
const char *q_pty_get_path (QPty *self);
guint64 q_pty_get_lost (QPty *self);
