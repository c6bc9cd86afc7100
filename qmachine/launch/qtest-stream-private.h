/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "state-private.h"
#include "io/operation-private.h"

/* QEMU's qtest protocol: a line out, a line back, in order, and between them lines that tell of
 * interrupts. Lives on the I/O thread, for one launch. */
typedef struct _QQtestStream QQtestStream;

/* Takes over a non-blocking descriptor. */
QQtestStream *q_qtest_stream_new (QLaunchState *state, int fd);
/* What waits is told that QEMU has ended, or goes its own way. */
void q_qtest_stream_close (QQtestStream *self, gboolean detached);

/* The data of an operation, which is ended by the reply. */
typedef struct
{
  char *line;       /* without its end */
  int timeout;      /* ms, -1 none */
  gpointer waiting; /* its place in the queue */
} QQtestCall;

void q_qtest_stream_send (QQtestStream *self, QOperation *operation);
