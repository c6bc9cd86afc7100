/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "log-private.h"

/* The lines of a log while they are written. I/O thread. */
typedef struct _QLogLines QLogLines;

typedef struct
{
  /* Takes over the line, which is valid UTF-8 and has no end. */
  void (*line) (char *line, gpointer user_data);
  void (*read) (gpointer user_data); /* after some lines */
} QLogLineCallbacks;

/* Of a log to which nobody has written yet. */
QLogLines *q_log_lines_new (QLog *log, const QLogLineCallbacks *callbacks, gpointer user_data);
/* Gives what is left, also of a line that has no end. */
void q_log_lines_finish (QLogLines *self);
