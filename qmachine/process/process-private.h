/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

#include "log-private.h"

/* A child process: started, told to end, and reaped. Lives on the context that was thread-default
 * when it was started, in a thread that must not end before the child with `die_with_parent`. */
typedef struct _QProcess QProcess;

/* A descriptor that the child gets under a given number. */
typedef struct
{
  int source; /* ours */
  int target;
} QProcessFd;

typedef struct
{
  const char *const *argv;
  gboolean die_with_parent;
  gboolean own_group; /* signals go to all of its process group */
  QLog *log;          /* standard output and standard error */
  const QProcessFd *fds;
  gsize n_fds;
} QProcessSpec;

typedef void (*QProcessExitFunc) (gpointer user_data);

/* Whether argv[0] can be executed at all, as far as can be told without trying; the error is
 * G_IO_ERROR_NOT_FOUND or G_IO_ERROR_PERMISSION_DENIED and names it. */
gboolean q_process_check_program (const char *program, GError **error);

/* `exited` is called once, after the child has been reaped. */
QProcess *q_process_spawn (const QProcessSpec *spec, QProcessExitFunc exited, gpointer user_data,
                           GError **error);

/* Only after the child was reaped. */
void q_process_free (QProcess *self);
/* Instead of both, `exited` and the call that frees it: it goes its own way, and is reaped should
 * it end before us. */
void q_process_detach (QProcess *self);

gint64 q_process_get_pid (QProcess *self);

/* Safe at any time: never reaches another process that got the number later. */
void q_process_signal (QProcess *self, int signal_number);

/* After the end: the exit status, or minus the signal. */
int q_process_get_exit_code (QProcess *self);

/* "exited with status 1", "was killed by signal 9 (Killed)". */
char *q_process_describe_exit_code (int exit_code);
