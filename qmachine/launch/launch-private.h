/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "config-private.h"
#include "io/operation-private.h"
#include "qtest-stream-private.h"
#include "state-private.h"

/* One launch of a machine, from its run directory to its last descriptor. Lives on the I/O thread
 * alone, and ends when there is nothing left of it: the machine that started it may be gone long
 * before. While it is there, the machine's state leads to it; see q_launch_state_get_launch (). */

/* The data of the operations that begin a launch, wait for its end or bring it about. */
typedef struct
{
  QLaunchState *state;   /* owned */
  QLaunchConfig *config; /* of a launch: how things stood when it was called for */
  int timeout;    /* ms, -1 none: of a wait or a kill, and of a shutdown until it uses force */
  gboolean stops; /* brings the end about, and does not only wait for it */
  gboolean is_shutdown; /* wants to hear of force */
  gboolean wants_end;   /* of a wait: the result is a QLaunchEnd */
} QLaunchCall;

/* How QEMU ended, whatever becomes of the machine then. */
typedef struct
{
  QExitKind exit_kind;
  int exit_code;
  char *text; /* for a message: how, of which command line, and its last words */
} QLaunchEnd;

void q_launch_end_free (gpointer end);

void q_launch_call_free (gpointer call);

/* The data of an operation that waits for a run state. */
typedef struct
{
  QLaunchState *state; /* owned */
  QRunState run_state;
  guint64 since; /* after that many states of this launch */
} QRunStateWait;

void q_run_state_wait_free (gpointer wait);
/* The result is which state of the launch it was, from 1 on, as a pointer. */
void q_launch_wait_run_state (QOperation *operation);

/* Start functions of such operations. */
void q_launch_begin (QOperation *operation);
void q_launch_wait (QOperation *operation);
void q_launch_shutdown (QOperation *operation);
void q_launch_kill (QOperation *operation);
void q_launch_terminate (QOperation *operation); /* by SIGTERM alone */
void q_launch_detach (QOperation *operation);

/* The rest is for the I/O thread; NULL is a launch that is not there. */

gboolean q_launch_is_running (QLaunch *self);
/* NULL unless it can be talked to. */
QSession *q_launch_get_session (QLaunch *self);
/* Of a launch that is there: NULL if it was started without. */
QQtestStream *q_launch_get_qtest (QLaunch *self);

/* A feature that was not there when the launch began hears of its end. */
typedef enum
{
  Q_LAUNCH_JOIN_NOTHING, /* that it could take part in, or it does already */
  Q_LAUNCH_JOIN_EARLY,   /* `settle` is still to come, or `ended` */
  Q_LAUNCH_JOIN_RUNNING,
} QLaunchJoin;

QLaunchJoin q_launch_join (QLaunch *self, const QLaunchHook *hook, gpointer feature);

/* A call failed because its monitor is gone: it is told why as soon as that is known. Its data
 * begins with a QSessionCall whose `user_data` is the state. Takes over the error. */
void q_launch_add_failed_call (QLaunch *self, QOperation *operation, GError *error);

/* Any thread: kills what runs and waits until it is gone, if this thread may wait. */
void q_launch_state_kill_and_reap (QLaunchState *state);
