/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "q-error.h"
#include "io/operation-private.h"

/* A console on the I/O thread: one reader for life, which takes what the guest
 * writes at once, whoever looks at it, so that the guest and QEMU never wait for a program. */
typedef struct _QConsoleStream QConsoleStream;

/* Called in the owner context, as long as the target is there, for each piece as it came; `text` is
 * NULL for the beginning of a character. */
typedef void (*QConsoleOutputFunc) (GObject *target, GBytes *bytes, const char *text);

QConsoleStream *q_console_stream_new (QDispatcher *dispatcher, QConsoleOutputFunc output);
QConsoleStream *q_console_stream_ref (QConsoleStream *self);
void q_console_stream_unref (QConsoleStream *self);

/* Any thread. */
/* Holds it weakly. */
void q_console_stream_set_target (QConsoleStream *self, GObject *target);
QDispatcher *q_console_stream_get_dispatcher (QConsoleStream *self);
/* Where QEMU writes what the guest writes; nullable. */
void q_console_stream_set_log_path (QConsoleStream *self, const char *path);
char *q_console_stream_dup_log_path (QConsoleStream *self);
char *q_console_stream_dup_text (QConsoleStream *self);
/* The last lines, for a message. */
char *q_console_stream_describe_text (QConsoleStream *self);
GBytes *q_console_stream_dup_bytes (QConsoleStream *self);
/* The number of the guest that is there, from 1 on; 0 while there is none. */
guint64 q_console_stream_get_guest (QConsoleStream *self);

/* I/O thread. Takes over a non-blocking descriptor; forgets what an earlier guest wrote. */
void q_console_stream_open (QConsoleStream *self, int fd);
/* Reads what is still there, and closes it: QEMU has ended, as `end` says, or goes its own way. */
void q_console_stream_close (QConsoleStream *self, gboolean exited, const char *end);

/* How far somebody has read. Guarded by the stream. */
typedef struct _QConsoleCursor QConsoleCursor;

/* At the beginning of what is kept of this guest's text, or at its end. */
QConsoleCursor *q_console_cursor_new (QConsoleStream *stream, gboolean from_now);
QConsoleCursor *q_console_cursor_ref (QConsoleCursor *self);
void q_console_cursor_unref (QConsoleCursor *self);

/* That of those who have none of their own. */
QConsoleCursor *q_console_stream_get_cursor (QConsoleStream *self);
/* What is behind the cursor, which goes to the end. */
char *q_console_stream_take_text (QConsoleStream *self, QConsoleCursor *cursor);

#define Q_CONSOLE_NOTHING_SEARCHED G_MAXSIZE

typedef struct _QConsoleSearchTask QConsoleSearchTask;

/* What is told of the end of a write, as the first field of what it is a part of. */
typedef struct _QConsoleWriter
{
  void (*written) (struct _QConsoleWriter *self, int error);
} QConsoleWriter;

/* The data of operations; the stream is referenced. */
typedef struct
{
  QConsoleWriter writer; /* the stream's, as is the next one */
  QOperation *operation;
  QConsoleStream *stream;
  char *bytes;
  gsize length;
} QConsoleWrite;

typedef struct
{
  QConsoleStream *stream;
  QConsoleCursor *cursor; /* owned; moved to the end of the match */
  GRegex *regex;
  gboolean complete; /* only a match that more text cannot change */
  int timeout;       /* ms, -1 none */

  /* The rest is the stream's. Places are counted from the console's beginning. */
  gsize begin;              /* where the cursor was */
  guint64 number;           /* in the order in which calls began */
  gsize searched;           /* up to there without a match */
  QConsoleSearchTask *task; /* that searches now */
  gint64 next_search;       /* us: after the pause */
  GSource *source;          /* until then */
  GError *error;            /* with which it ends if there is no match before the next place */
  gsize end;
  char *text;    /* the last lines before it, for the error */
  gboolean over; /* no more text will come */
} QConsoleWait;

void q_console_stream_write (QOperation *operation);
/* The result is a QConsoleFound. */
void q_console_stream_wait (QOperation *operation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QConsoleStream, q_console_stream_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QConsoleCursor, q_console_cursor_unref)
