/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib/gstdio.h>

#include "launch-private.h"
#include "process/log-lines-private.h"
#include "process/process-private.h"
#include "process/run-dir-private.h"
#include "io/operation-private.h"

/* What a launch is made of. For the files of this room only. */

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

/* What comes next, when something asynchronous is done. */
typedef void (*QLaunchStep) (QLaunch *self);

/* What leads to a console. */
typedef struct
{
  QPlug *plug;
  char *where; /* for the command line */
  gboolean open;
} QLaunchConsoleSocket;

/* So many run states are remembered for who has not asked for the next one yet. */
#define Q_LAUNCH_MAX_RUN_STATES 64

struct _QLaunch
{
  QLaunchState *state;   /* owned */
  QLaunchConfig *config; /* a copy */
  QLaunchPhase phase;

  QRunDir *run_dir;
  QLog *log;
  QLogLines *log_lines; /* of that */
  GStrv command_line;
  GSocket *listener;    /* until the child has it */
  char *socket_path;    /* of a listener outside the run directory */
  GStatBuf socket_info; /* which file that is, once it is there */
  GCancellable *cancellable;
  GSocketConnection *connection; /* until the monitor has it */
  GPtrArray *plugs;              /* of QPlug */
  QPlug *stdio_plug;             /* of the monitor, in the mode STDIO; NULL otherwise */
  int prelude_fd;                /* the log, for what comes there before the greeting; or -1 */
  gboolean prelude_is_amid_line;
  QPlug *qtest_plug; /* NULL for none */
  QQtestStream *qtest;
  QLaunchConsoleSocket *consoles; /* as many as the configuration has */
  QLaunchStep next_step;          /* of the beginning */
  QLaunchStep accepted;           /* likewise, with all sockets */
  void (*run_state_known) (QLaunch *self, const GError *error);
  guint n_calls;            /* asynchronous calls of GIO that will come back here */
  QSession *session;        /* of the monitor; NULL without one */
  QProcess *process;        /* until nothing is left of it */
  gint64 qemu_pid;          /* who greeted; 0 if that is not known */
  int qemu_signal;          /* of which it died behind a wrapper; 0 for none */
  guint n_prepared;         /* hooks, of those in the configuration */
  gboolean awaits_incoming; /* the launch is done when the guest is there */
  gboolean keeps_run_dir;   /* also when QEMU goes its own way */
  gboolean is_leaving;      /* the features are, and nothing else is left to be done */
  GArray *child_fds;        /* of QProcessFd, until the child has them */

  QOperation *launch_op; /* until the launch has an outcome */
  GError *launch_error;  /* the first cause of its failure */
  GSource *retry_source; /* the next try to connect, in the mode LISTEN */
  guint n_retries;
  GSource *hang_up_source; /* then the far sockets are given up */
  GSource *linger_source;  /* waits for the other half of an end: monitor or process */

  GQueue exit_waiters;  /* operations that are told of the end, with a QLaunchCall each */
  GQueue state_waiters; /* operations that wait for a run state, with a QRunStateWait each */
  QRunState run_states[Q_LAUNCH_MAX_RUN_STATES]; /* the last ones, in a ring */
  guint64 n_run_states;
  GQueue failed_calls; /* calls whose monitor is gone, and why is not known yet */
  GPtrArray *reapers;  /* threads that wait for the end: to free it tells them; see reap.c */
  QStopStep stop_step;
  GSource *stop_source;     /* the next step */
  gint64 stop_due;          /* when, us; G_MAXINT64 for never */
  gboolean detached;        /* QEMU lives on, and what it needs stays */
  gboolean asked_to_quit;   /* over the monitor: any further step is force */
  gboolean defied;          /* by a process that cannot be killed */
  gboolean forced;          /* the ladder went beyond asking */
  gboolean signal_expected; /* we sent the signal it may have died of */
  gboolean querying_status;
  gboolean migrating; /* the program began it, and its end is not known yet */
  gboolean has_snapshot_jobs;
  guint n_questions;      /* of the library's own that QEMU has not answered */
  QOperation *detach_op;  /* waits for the answers; nothing is asked meanwhile */
  GSource *detach_source; /* goes on without them */
  gboolean status_stale;  /* something happened after the query that is on its way */
  gboolean told_by_event; /* nothing came after an event that names the state */
  GSource *status_source; /* the next query, in a state that passes in silence */
};

typedef struct
{
  GArray *fds;       /* of QProcessFd */
  int monitor;       /* number in the child, -1 for none */
  char *qtest_where; /* nullable; the caller's, as the fds are */
} QChildFds;

struct _QLaunchParts
{
  QLaunch *launch;
  GArray *fds;          /* of QProcessFd */
  GPtrArray *args;      /* of char */
  GPtrArray *last_args; /* likewise */
};

/* In hook.c. */
gboolean q_launch_prepare_hooks (QLaunch *self, QLaunchParts *parts, GError **error);
/* The next step follows, or the launch fails. */
void q_launch_await_hooks (QLaunch *self, QLaunchStep next);
void q_launch_start_hooks (QLaunch *self);
/* The next step follows, or the launch fails. */
void q_launch_arrive_hooks (QLaunch *self, QLaunchStep next);
void q_launch_settle_hooks (QLaunch *self, QLaunchStep next);
void q_launch_ready_hooks (QLaunch *self);
void q_launch_tell_hooks (QLaunch *self, QEventRecord *event);
void q_launch_leave_hooks (QLaunch *self, QLaunchStep next);
void q_launch_end_hooks (QLaunch *self);
/* What they know of a failure, a line each or more, each behind a newline. */
void q_launch_explain (QLaunch *self, GString *text);

/* In child.c: what the child gets. */
QPlug *q_launch_add_plug (QLaunch *self, const char *what, GError **error);
/* The part of `-chardev socket` that leads to it. */
char *q_launch_place_plug (GArray *fds, QPlug *plug);
int q_launch_add_child_fd (GArray *fds, int source);
void q_launch_collect_fds (QLaunch *self, QChildFds *child);
GStrv q_launch_build_command_line (QLaunch *self, const QChildFds *child, const QLaunchParts *parts,
                                   GError **error);
gboolean q_launch_make_sockets (QLaunch *self, GError **error);
void q_launch_open_sockets (QLaunch *self);
/* QEMU's monitor is ready, so all its chardevs are. The next step follows, or the launch fails. */
void q_launch_accept_sockets (QLaunch *self, QLaunchStep next);
/* With what became of QEMU. */
void q_launch_close_sockets (QLaunch *self, gboolean exited, const char *end);

/* In far.c: sockets that the wrapper brings to QEMU. */
QPlug *q_launch_make_far_plug (QLaunch *self, const char *what, GError **error);
/* With their paths in it; NULL for none. */
GStrv q_launch_dup_wrapper (QLaunch *self);
/* Calls the step when somebody has connected. */
void q_launch_await_plug (QLaunch *self, QPlug *plug, QLaunchStep again);
/* QEMU is about to end, as it was told. */
void q_launch_hang_up (QLaunch *self);

/* In launch.c. Takes over the configuration. */
QLaunch *q_launch_new (QLaunchState *state, QLaunchConfig *config, QOperation *operation);
/* "Command line: ...\nOutput: ...", for messages. */
char *q_launch_describe (QLaunch *self);
/* What became of QEMU, with that. TRUE in `exited` unless it was detached, or never launched. */
char *q_launch_describe_end (QLaunch *self, const char *description, gboolean *exited);
/* Of a launch that has ended, as the state has it. */
QLaunchEnd *q_launch_end_new (QLaunchState *state);
/* Ends a launch that is under way, with everything cleaned up first; in the second form with what
 * the child said, which mostly tells why. Both take over the error. */
void q_launch_fail (QLaunch *self, GError *error);
void q_launch_fail_with_output (QLaunch *self, GError *error);
/* The last step of the ladder. */
void q_launch_send_kill (QLaunch *self);
void q_launch_find_pid (QLaunch *self);
/* The wrapper is all of QEMU that can be seen from here. */
gboolean q_launch_is_far (QLaunch *self);
/* What is left, in case that the child and QEMU have ended. */
void q_launch_sweep (QLaunch *self);
/* "exited with status 1" and the like, also of an end that nobody knows. */
/* The child was reaped, or never was: the end of the launch, once the monitor is done. */
void q_launch_process_exited (QLaunch *self);
void q_launch_finish (QLaunch *self);
/* Lets the child live on. */
void q_launch_let_live (QLaunch *self);

/* In start.c. The monitor is gone before it was ready: the child's end, if it comes, is the better
 * reason. */
void q_launch_linger (QLaunch *self);

/* In address.c: whether it has to be found out if the address is free, and the step that does it;
 * the next one follows, or the launch fails. */
gboolean q_launch_must_check_address (QLaunch *self);
void q_launch_check_address (QLaunch *self, QLaunchStep next);
/* The next step follows, or the launch fails; FALSE with an error of what is wrong. */
gboolean q_launch_listen_and_connect (QLaunch *self, QLaunchStep next, GError **error);
void q_launch_hide_waiting_line (QLaunch *self, GSocketAddress *address);
/* NULL unless it is a file's: an abstract name must not be taken for one. */
const char *q_launch_get_socket_path (GSocketAddress *address);

/* In run-state.c. The first time, of a launch that is under way; called back unless it has failed
 * meanwhile. */
void q_launch_find_run_state (QLaunch *self, void (*known) (QLaunch *self, const GError *error));
void q_launch_take_event (QLaunch *self, QEventRecord *event);
void q_launch_fail_state_waiters (QLaunch *self);

/* In calls.c. */
void q_launch_question_answered (QLaunch *self);
void q_launch_return_not_detached (QOperation *operation);

/* The status is that of a reply to query-status; NULL for any other command. */
void q_launch_take_command (QLaunch *self, const char *command, const char *status);
void q_launch_end_run_state (QLaunch *self); /* QEMU is gone */

/* In stop.c: the steps of the ladder. */
void q_launch_take_defiance (QLaunch *self, gint64 pid);
void q_launch_begin_stop (QLaunch *self);
void q_launch_begin_kill (QLaunch *self);
/* SIGTERM, and no further step. */
void q_launch_begin_term (QLaunch *self);

/* In waiters.c. */
void q_launch_tell_exit_waiters (QLaunch *self, const GError *abnormal);
void q_launch_tell_stop_failed (QLaunch *self, const char *reason);
void q_launch_tell_failed_calls (QLaunch *self, const char *description);
