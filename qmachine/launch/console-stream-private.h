/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "q-console.h"
#include "io/operation-private.h"

/* What happens on the I/O thread behind a QConsole: one reader for life, which takes what the guest
 * writes at once, whoever looks at it, so that the guest and QEMU never wait for a program. */
typedef struct _QConsoleStream QConsoleStream;

QConsoleStream *q_console_stream_new (QDispatcher *dispatcher);
QConsoleStream *q_console_stream_ref (QConsoleStream *self);
void q_console_stream_unref (QConsoleStream *self);

/* Any thread. */
void q_console_stream_set_object (QConsoleStream *self, QConsole *console);
QDispatcher *q_console_stream_get_dispatcher (QConsoleStream *self);
char *q_console_stream_dup_text (QConsoleStream *self);

/* I/O thread. Takes over a non-blocking descriptor; forgets what an earlier guest wrote. */
void q_console_stream_open (QConsoleStream *self, int fd);
/* Reads what is still there, and closes it: QEMU has ended, or goes its own way. */
void q_console_stream_close (QConsoleStream *self, gboolean detached);

/* The data of operations; the stream is referenced. */
typedef struct
{
  QConsoleStream *stream;
  char *text; /* of a write */
  gsize length;
  gsize n_written;
} QConsoleWrite;

typedef struct
{
  QConsoleStream *stream;
  GRegex *regex;
  int timeout; /* ms, -1 none */
} QConsoleWait;

void q_console_stream_write (QOperation *operation);
void q_console_stream_wait (QOperation *operation);

/* In q-console.c: emission, in the owner context. */
void q_console_emit_output (QConsole *console, const char *text);
QConsole *q_console_new_for_stream (QConsoleStream *stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QConsoleStream, q_console_stream_unref)
