/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "launch/console-stream-private.h"
#include "q-console.h"

/* One whose signals go through the machine's dispatcher; and the stream that belongs to it, which
 * the configuration of the machine's launches has a reference of, too. */
QConsole *q_console_new_with_dispatcher (QDispatcher *dispatcher, const char *name);
QConsoleStream *q_console_get_stream (QConsole *self);

/* Owner context: there is other text now. */
void q_console_notify_output (QConsole *self);
