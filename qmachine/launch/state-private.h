/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "process/log-private.h"
#include "io/dispatcher-private.h"
#include "q-machine.h"
#include "q-monitor-event-private.h"

/* What can be known of a machine, from any thread: written by the I/O thread, read by the public
 * getters, with a notification in the owner context for each change. It outlives the object while
 * an instance is still being brought to its end. */
typedef struct _QLaunchState QLaunchState;
typedef struct _QLaunch QLaunch;

typedef enum
{
  Q_LAUNCH_CHANGE_STATE = 1 << 0,
  Q_LAUNCH_CHANGE_PID = 1 << 1,
  Q_LAUNCH_CHANGE_MONITOR = 1 << 2,
  Q_LAUNCH_CHANGE_RUN_STATE = 1 << 3,
  Q_LAUNCH_CHANGE_EXIT_CODE = 1 << 4,
  Q_LAUNCH_CHANGE_SHUTDOWN_REASON = 1 << 5,
  Q_LAUNCH_CHANGE_LISTEN_ADDRESS = 1 << 6,
} QLaunchChanges;

QLaunchState *q_launch_state_new (QMachine *machine, QDispatcher *dispatcher);
QLaunchState *q_launch_state_ref (QLaunchState *self);
void q_launch_state_unref (QLaunchState *self);

/* Any thread. */
void q_launch_state_drop_monitor (QLaunchState *self);
QDispatcher *q_launch_state_get_dispatcher (QLaunchState *self);
QMachine *q_launch_state_dup_machine (QLaunchState *self); /* NULL once it is dropped */
QMachineState q_launch_state_get_state (QLaunchState *self);
gint64 q_launch_state_get_pid (QLaunchState *self);
QMonitor *q_launch_state_dup_monitor (QLaunchState *self);
GSocketAddress *q_launch_state_dup_listen_address (QLaunchState *self);
QRunState q_launch_state_get_run_state (QLaunchState *self);
char *q_launch_state_dup_run_state_name (QLaunchState *self);
int q_launch_state_get_exit_code (QLaunchState *self);
char *q_launch_state_dup_shutdown_reason (QLaunchState *self);
QLog *q_launch_state_dup_log (QLaunchState *self);
GStrv q_launch_state_dup_command_line (QLaunchState *self);

/* I/O thread. */
void q_launch_state_reset (QLaunchState *self); /* for a new launch */
void q_launch_state_set_state (QLaunchState *self, QMachineState state);
void q_launch_state_set_pid (QLaunchState *self, gint64 pid);
void q_launch_state_set_monitor (QLaunchState *self, QMonitor *monitor);
void q_launch_state_set_listen_address (QLaunchState *self, GSocketAddress *address);
void q_launch_state_set_run_state (QLaunchState *self, const char *name);
void q_launch_state_set_exit_code (QLaunchState *self, int exit_code);
void q_launch_state_set_shutdown_reason (QLaunchState *self, const char *reason);
void q_launch_state_set_log (QLaunchState *self, QLog *log);
void q_launch_state_set_command_line (QLaunchState *self, GStrv argv);
void q_launch_state_post_exited (QLaunchState *self);

/* I/O thread: the launch that is there, NULL while stopped. */
QLaunch *q_launch_state_get_launch (QLaunchState *self);
void q_launch_state_set_launch (QLaunchState *self, QLaunch *launch);

/* In q-machine.c: emission, in the owner context. */
void q_machine_notify_changes (QMachine *machine, QLaunchChanges changes);
void q_machine_emit_exited (QMachine *machine);
void q_machine_emit_qtest_irq (QMachine *machine, guint irq, gboolean raised);
void q_machine_emit_event (GObject *machine, QEventEmission *emission);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QLaunchState, q_launch_state_unref)
