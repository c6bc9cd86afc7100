/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

#include "io/time-limit-private.h"

/* A program that does one thing and ends, under a supervisor as QEMU is: it does not outlive the
 * call, nor this process. The calling thread waits for it, and needs no main loop. */

typedef struct
{
  const char *name; /* for messages */
  const char *const *argv;
  int input; /* a descriptor for standard input; 0 for nothing */
  /* Gets each line of standard output, which a carriage return ends, too; NULL to keep it. */
  void (*line) (const char *line, gpointer user_data);
  gpointer user_data;
} QToolSpec;

typedef struct
{
  GString *output; /* standard output, unless it went line by line */
  char *words;     /* the last of standard error, as valid UTF-8 without the line's end */
  int exit_code;   /* the exit status, or minus the signal */
} QToolResult;

/* FALSE if the program could not be started, or was ended since the limit passed or the call was
 * cancelled: it is gone then. */
gboolean q_tool_run (const QToolSpec *spec, const QTimeLimit *limit, GCancellable *cancellable,
                     QToolResult *result, GError **error);

void q_tool_result_clear (QToolResult *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QToolResult, q_tool_result_clear)
