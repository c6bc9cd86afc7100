/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

#include "log-private.h"

/* A child, and all that comes from it, under a supervisor: a process of its own, qmachine-exec,
 * which reports the child's end as the kernel told it, whoever waits for what in this program, and
 * from which nothing gets away. Lives on the I/O thread. */
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
  int stream; /* standard input and standard output; 0 for none */
  int input;  /* standard input, without a stream; 0 for nothing */
  QLog *log;  /* standard output and standard error; NULL for the next two */
  int output;
  int error_output;
  const char *const *environment; /* nullable: NAME=VALUE, beside that of this program */
  const QProcessFd *fds;
  gsize n_fds;
} QProcessSpec;

/* Each is called once, in this order, except for the last one. */
typedef struct
{
  void (*started) (gpointer user_data);     /* its number is known; it may not be executed yet */
  void (*child_ended) (gpointer user_data); /* what came from it may live on */
  void (*exited) (gpointer user_data);      /* nothing is left; comes in any case */
  /* A process that was to be killed is another user's, and is still there; for each such one,
   * after each kill. */
  void (*defied) (gint64 pid, gpointer user_data);
} QProcessCallbacks;

/* Whether argv[0] can be executed at all, as far as can be told without trying; the error is
 * G_IO_ERROR_NOT_FOUND or G_IO_ERROR_PERMISSION_DENIED and names it. */
gboolean q_process_check_program (const char *program, GError **error);

/* The path of qmachine-exec. */
const char *q_process_get_helper (GError **error);

/* The supervisor alone, which has the child: `socket` is its end of the pair, and is taken over. */
gboolean q_process_make_socket_pair (int ends[2], GError **error);
GSubprocess *q_process_spawn_supervisor (const QProcessSpec *spec, int socket, GError **error);

QProcess *q_process_spawn (const QProcessSpec *spec, const QProcessCallbacks *callbacks,
                           gpointer user_data, GError **error);

/* Only once it has exited. */
void q_process_free (QProcess *self);
/* Instead of that: all goes its own way, and no callback comes any more. Not with
 * `die_with_parent`. */
void q_process_detach (QProcess *self);

/* The child's; 0 until it has started. */
gint64 q_process_get_pid (QProcess *self);
gboolean q_process_is_child_alive (QProcess *self);

/* To the child's process group. */
void q_process_signal (QProcess *self, int signal_number);
/* Kills all that is left, until nothing is. */
void q_process_kill (QProcess *self);
/* From now on a kill, also the one when this program dies, is one of the child, and of the rest a
 * moment later: a launcher's other process may see to what is on another host. */
void q_process_kill_child_first (QProcess *self);
/* Which process QEMU is, if it is not the child itself. */
void q_process_watch (QProcess *self, gint64 qemu_pid);
/* After the end: of which signal that one died; 0 for none, and where it was reaped by another. */
int q_process_get_qemu_signal (QProcess *self);
/* What is left has a moment to end, from when a QEMU that is watched has ended. */
void q_process_sweep (QProcess *self);

/* Not if the supervisor was killed before it could say. */
gboolean q_process_knows_exit_code (QProcess *self);
/* Of the child, after its end: the exit status, or minus the signal. */
int q_process_get_exit_code (QProcess *self);

/* "exited with status 1", "was killed by signal 9 (Killed)". */
char *q_process_describe_exit_code (int exit_code);
