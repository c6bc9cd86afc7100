/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "process/log-private.h"
#include "io/changes-private.h"
#include "io/dispatcher-private.h"
#include "q-enums.h"
#include "q-error.h"
#include "session/session-private.h"

/* What can be known of a machine, from any thread: written by the I/O thread, read by the public
 * getters, with a notification in the owner context for each change. It outlives the object while
 * a launch is still being brought to its end. */
typedef struct _QLaunchState QLaunchState;
typedef struct _QLaunch QLaunch;

typedef enum
{
  Q_LAUNCH_CHANGE_STATE = 1 << 0,
  Q_LAUNCH_CHANGE_PID = 1 << 1,
  Q_LAUNCH_CHANGE_MONITOR = 1 << 2,
  Q_LAUNCH_CHANGE_RUN_STATE = 1 << 3,
  Q_LAUNCH_CHANGE_EXIT = 1 << 4,
  Q_LAUNCH_CHANGE_SHUTDOWN_REASON = 1 << 5,
  Q_LAUNCH_CHANGE_LISTEN_ADDRESS = 1 << 6,
  Q_LAUNCH_CHANGE_COMMAND_LINE = 1 << 7,
  Q_LAUNCH_CHANGE_RUN_DIR = 1 << 8,
  Q_LAUNCH_CHANGE_RUNNING = 1 << 9,
} QLaunchChanges;

/* What a launch tells upwards, in the owner context, as long as its target is there. */
typedef struct
{
  QChangesFunc changed; /* gets QLaunchChanges */
  void (*exited) (GObject *target);
  void (*log_line) (GObject *target, const char *line);
  void (*qtest_irq) (GObject *target, guint irq, gboolean raised);
  QSessionEventFunc event;
  const QSessionSignals *session; /* of its session, for a target of that one's own */
} QLaunchSignals;

/* Holds the target weakly. */
QLaunchState *q_launch_state_new (GObject *target, QDispatcher *dispatcher,
                                  const QLaunchSignals *signals);
QLaunchState *q_launch_state_ref (QLaunchState *self);
void q_launch_state_unref (QLaunchState *self);

/* Any thread. */
QDispatcher *q_launch_state_get_dispatcher (QLaunchState *self);
QMachineState q_launch_state_get_state (QLaunchState *self);
gint64 q_launch_state_get_pid (QLaunchState *self);
QSession *q_launch_state_dup_session (QLaunchState *self);
GSocketAddress *q_launch_state_dup_listen_address (QLaunchState *self);
QRunState q_launch_state_get_run_state (QLaunchState *self);
char *q_launch_state_dup_run_state_name (QLaunchState *self);
QExitKind q_launch_state_get_exit_kind (QLaunchState *self);
int q_launch_state_get_exit_code (QLaunchState *self);   /* 0 where the kind has none */
char *q_launch_state_describe_exit (QLaunchState *self); /* after "QEMU" */
char *q_launch_state_dup_shutdown_reason (QLaunchState *self);
QLog *q_launch_state_dup_log (QLaunchState *self);
GStrv q_launch_state_dup_command_line (QLaunchState *self);
char *q_launch_state_dup_run_dir (QLaunchState *self);

/* I/O thread. */
void q_launch_state_reset (QLaunchState *self); /* for a new launch */
void q_launch_state_set_state (QLaunchState *self, QMachineState state);
void q_launch_state_set_pid (QLaunchState *self, gint64 pid);
void q_launch_state_set_session (QLaunchState *self, QSession *session);
void q_launch_state_set_listen_address (QLaunchState *self, GSocketAddress *address);
void q_launch_state_set_run_state (QLaunchState *self, const char *name); /* NULL: unknown */
void q_launch_state_set_exit (QLaunchState *self, QExitKind kind, int exit_code);
void q_launch_state_set_shutdown_reason (QLaunchState *self, const char *reason);
void q_launch_state_set_log (QLaunchState *self, QLog *log);
void q_launch_state_set_command_line (QLaunchState *self, GStrv argv);
void q_launch_state_set_run_dir (QLaunchState *self, const char *path);
void q_launch_state_post_exited (QLaunchState *self);
/* Takes over the line, and wakes nobody before the dispatcher's flush. */
void q_launch_state_post_log_line (QLaunchState *self, char *line);

/* Of the session that is there, and of those to come. Any thread. */
void q_launch_state_set_command_timeout (QLaunchState *self, int milliseconds);

/* Any thread: what a notification could not be emitted for yet. */
void q_launch_state_post_changes (QLaunchState *self, QLaunchChanges changes);

/* Owner context. */
void q_launch_state_deliver_qtest_irq (QLaunchState *self, guint irq, gboolean raised);

/* I/O thread. */
const QLaunchSignals *q_launch_state_get_signals (QLaunchState *self);

/* I/O thread: has the events of the launch that is there from now on, or else those of the next. */
void q_launch_state_add_queue (QLaunchState *self, QEventQueue *queue);
/* I/O thread: who waits for a session that the one of a launch has not become. */
void q_launch_state_take_queues (QLaunchState *self, QSession *session);

/* I/O thread: the launch that is there, NULL while stopped. */
QLaunch *q_launch_state_get_launch (QLaunchState *self);
void q_launch_state_set_launch (QLaunchState *self, QLaunch *launch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QLaunchState, q_launch_state_unref)
