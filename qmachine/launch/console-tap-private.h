/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "console-stream-private.h"

/* Somebody beside the program who sees all that the guest writes, byte for byte, and types: a
 * person at a terminal. It has a place in what the stream keeps and no bytes of its own, so one who
 * does not read costs nothing; what the stream does not keep any more is lost to it, and counted.
 * Stays over all launches. I/O thread. */
typedef struct _QConsoleTap QConsoleTap;

/* Each may free its own tap. */
typedef struct
{
  /* There is more to be read. */
  void (*more) (gpointer user_data);
  /* The guest has ended, and writes nothing more. May be NULL. */
  void (*ended) (gpointer user_data);
  /* What was to be written last is with QEMU, or lost. May come before `write` returns. */
  void (*written) (gpointer user_data);
} QConsoleTapCallbacks;

/* What came since the last one left that says it leaves. */
#define Q_CONSOLE_TAP_SINCE (-1)

/* Begins so many lines before the end of what is kept, and of the line that has not ended. */
QConsoleTap *q_console_tap_new (QConsoleStream *stream, int n_lines,
                                const QConsoleTapCallbacks *callbacks, gpointer user_data);
/* What has not been written is withdrawn. With `leave` the next one may begin here. */
void q_console_tap_free (QConsoleTap *self, gboolean leave);

/* Copies what comes next, and goes on by so much of it. */
gsize q_console_tap_peek (QConsoleTap *self, char *buffer, gsize size);
void q_console_tap_skip (QConsoleTap *self, gsize n_bytes);

/* Whether there is a guest. */
gboolean q_console_tap_is_open (QConsoleTap *self);
/* One thing at a time, and only while there is a guest. */
void q_console_tap_write (QConsoleTap *self, const char *bytes, gsize length);
gboolean q_console_tap_is_writing (QConsoleTap *self);

/* How many bytes of the guest it never got. Any thread, while the tap is there. */
guint64 q_console_tap_get_lost (QConsoleTap *self);

/* For the stream. The first one with the lock held: bytes were cut off. */
void q_console_stream_move_taps (QConsoleStream *stream);
void q_console_stream_tell_taps (QConsoleStream *stream);
void q_console_stream_end_taps (QConsoleStream *stream);
