/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "guest/terminal-private.h"
#include "launch/console-stream-private.h"

/* A person's terminal and a console, connected until one of them ends or the person says so: the
 * steps of a call. */
typedef struct _QInteraction QInteraction;

/* The data of an operation. Takes over the terminal, which is NULL for one that is refused. The
 * escape key is -1 for none. */
QInteraction *q_interaction_new (QConsoleStream *stream, QTerminal *terminal, int escape_key,
                                 int n_lines);
void q_interaction_free (gpointer self);

/* The result is a QConsoleInteractEnd. */
void q_interaction_start (QOperation *operation);
