/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib/gstdio.h>

#include "process/process-private.h"
#include "process/run-dir-private.h"
#include "config-private.h"
#include "state-private.h"
#include "io/operation-private.h"
#include "qtest-stream-private.h"

/* One launch of a machine, from its run directory to its last descriptor. Lives on the I/O thread
 * alone, and ends when there is nothing left of it: the machine that started it may be gone long
 * before. Started in start.c, stopped in stop.c. */

typedef enum
{
  Q_LAUNCH_PREPARING,   /* nothing started yet */
  Q_LAUNCH_NEGOTIATING, /* the child runs, the monitor is not up */
  Q_LAUNCH_RUNNING,
  Q_LAUNCH_ENDING, /* the child was reaped; the monitor's last words are being read */
} QLaunchPhase;

typedef enum
{
  Q_STOP_NOT_BEGUN,
  Q_STOP_QUIT, /* asked politely: by the monitor, or without one by SIGTERM */
  Q_STOP_TERM,
  Q_STOP_KILL,
} QStopStep;

struct _QLaunch
{
  QLaunchState *state; /* owned */
  QLaunchConfig *config; /* a copy */
  QLaunchPhase phase;

  QRunDir *run_dir;
  QLog *log;
  GStrv command_line;
  GSocket *listener;       /* until the child has it */
  char *socket_path;       /* of a listener outside the run directory */
  GStatBuf socket_info;    /* which file that is, once it is there */
  GSocketClient *client;   /* while connecting */
  GCancellable *cancellable;
  GSocketConnection *connection; /* until the monitor has it */
  int qtest_fd;            /* like the next two */
  int qtest_child_fd;
  QQtestStream *qtest;
  int console_fd;          /* ours of the pair, until the console has it; -1 without one */
  int console_child_fd;    /* the other one, until the child has it */
  gboolean console_open;
  guint n_calls;           /* asynchronous calls of GIO that will come back here */
  QSession *session;       /* of the monitor; NULL without one */
  QProcess *process;       /* until it is reaped */

  QOperation *launch_op;   /* until the launch has an outcome */
  GError *launch_error;    /* the first cause of its failure */
  GSource *retry_source;   /* the next try to connect, in the mode LISTEN */
  guint n_retries;
  GSource *linger_source;  /* waits for the other half of an end: monitor or process */

  GQueue exit_waiters;     /* of QExitWaiter */
  GQueue doomed_calls;     /* of QOperation: the monitor is gone, and why is not known yet */
  QStopStep stop_step;
  GSource *stop_source;    /* the next step */
  gboolean detached;       /* QEMU lives on, and what it needs stays */
  gboolean asked_to_quit;  /* over the monitor: any further step is force */
  gboolean forced;         /* the ladder went beyond asking */
  gboolean signal_expected; /* we sent the signal it may have died of */
  gboolean querying_status;
  gboolean status_stale; /* something happened after the query that is on its way */
  GSource *status_source; /* the next query, in a state that passes in silence */
};

/* Who waits for the end: an operation, or the dispose function of the machine. */
typedef struct
{
  QOperation *operation; /* NULL for dispose */
  gboolean is_shutdown;  /* wants to hear of force */
  void (*func) (gpointer user_data);
  gpointer user_data;
} QExitWaiter;

/* The data of the operations that begin a life or wait for its end. */
typedef struct
{
  QLaunchState *state; /* owned */
  QLaunchConfig *config; /* of a launch: how things stood when it was called for */
  int shutdown_timeout;   /* of a shutdown, likewise */
} QLifecycleCall;

/* The operation's data is a QLifecycleCall. */
void q_launch_begin (QOperation *operation);

typedef struct
{
  GArray *fds; /* of QProcessFd */
  int monitor; /* numbers in the child, -1 for none */
  int console;
  int qtest;
} QChildFds;

/* In child.c: what the child gets. `fds` is the caller's. */
void q_launch_collect_fds (QLaunch *self, QChildFds *child);
GStrv q_launch_build_command_line (QLaunch *self, const QChildFds *child,
                                             GError **error);
gboolean q_launch_make_sockets (QLaunch *self, GError **error);
void q_launch_open_sockets (QLaunch *self);
void q_launch_close_sockets (QLaunch *self);

/* In address.c: whether it has to be found out if the monitor's address is free, and the
 * step that does it; q_launch_proceed () follows, or the launch fails. */
gboolean q_launch_needs_probe (QLaunch *self);
void q_launch_probe_address (QLaunch *self);
void q_launch_proceed (QLaunch *self);

/* NULL unless it is a file's: an abstract name must not be taken for one. */
const char *q_launch_get_socket_path (GSocketAddress *address);

/* NULL-safe question: is there a monitor to talk to? */
gboolean q_launch_can_talk (QLaunch *self);

/* Ends a launch that is under way, with everything cleaned up first. Takes over the error. */
void q_launch_fail_launch (QLaunch *self, GError *error);

/* "Command line: ...\nLast output: ...", for messages. */
char *q_launch_describe (QLaunch *self);

/* The steps of the ladder. */
void q_launch_begin_stop (QLaunch *self);
void q_launch_begin_kill (QLaunch *self);
void q_launch_kill (QLaunch *self); /* the last step */
void q_launch_add_exit_waiter (QLaunch *self, QOperation *operation,
                                         gboolean is_shutdown);
void q_launch_abandon (QLaunch *self, void (*func) (gpointer user_data),
                                 gpointer user_data);

/* Lets the child live on. */
void q_launch_detach (QLaunch *self);

/* A call failed because its monitor is gone: it is told why as soon as that is known. */
void q_launch_add_doomed_call (QLaunch *self, QOperation *operation,
                                         GError *error);

/* The child was reaped, or never was: the end of the launch, once the monitor is done. */
void q_launch_process_exited (QLaunch *self);
void q_launch_finish (QLaunch *self);
