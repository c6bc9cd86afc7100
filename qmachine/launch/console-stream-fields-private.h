/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "console-stream-private.h"
#include "io/socket-private.h"

/* For console-stream.c, which reads and writes, and console-wait.c, which looks for matches. */

struct _QConsoleStream
{
  gatomicrefcount ref_count;
  QDispatcher *dispatcher;
  QConsoleOutputFunc output;
  GWeakRef target; /* of the output */

  GMutex lock;         /* guards the next ten; only the I/O thread changes all but the last three */
  GString *text;       /* valid UTF-8 */
  GByteArray *bytes;   /* as they came */
  gsize n_cut;         /* how much came before the text; what follows counts from there, too */
  guint64 n_bytes_cut; /* the same for the bytes, over all guests */
  guint64 n_guests;    /* whose output came here */
  gboolean has_guest;
  guint64 left_at;        /* where the last person left, likewise */
  QConsoleCursor *cursor; /* and all others */
  guint64 n_calls;        /* that have begun to look for something */
  char *log_path;

  /* I/O thread only. */
  QSocket *socket; /* NULL when closed */
  char partial[4]; /* the beginning of a character whose rest has not come */
  gsize n_partial;
  guint n_searches;
  GQueue taps;    /* of QConsoleTap */
  GQueue writes;  /* of QOperation, with a QConsoleWrite each */
  GQueue waiters; /* of QOperation, with a QConsoleWait each */
};

struct _QConsoleCursor
{
  gatomicrefcount ref_count;
  gsize position; /* from the console's beginning */
  guint64 mover;  /* the number of the call that moved it there; 0 for none */
};

/* With the lock held, or on the I/O thread. */
gsize q_console_stream_get_end (QConsoleStream *self);

GError *q_console_stream_new_closed_error (QOperation *operation);

/* The calls that wait: more text has come; no more will; it is forgotten. */
void q_console_stream_search_all (QConsoleStream *self);
void q_console_stream_end_waiters (QConsoleStream *self, gboolean exited, const char *end);
void q_console_stream_leave_earlier_guest (QConsoleStream *self);
