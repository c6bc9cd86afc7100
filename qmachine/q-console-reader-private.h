/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "launch/console-stream-private.h"
#include "q-console-reader.h"

QConsoleReader *q_console_reader_new (QConsoleStream *stream, gboolean from_now);

/* What waits for a match behind the cursor, for whichever object; `name` is the call's. The result
 * is a QConsoleFound. */
QOperation *q_console_new_wait (gpointer source_object, QConsoleStream *stream,
                                QConsoleCursor *cursor, const char *name, const char *pattern,
                                QConsoleMatchFlags flags, int timeout, GCancellable *cancellable);
