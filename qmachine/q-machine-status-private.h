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
typedef struct _QMachineStatus QMachineStatus;
typedef struct _QMachineInstance QMachineInstance;

typedef enum
{
  Q_MACHINE_CHANGE_STATE = 1 << 0,
  Q_MACHINE_CHANGE_PID = 1 << 1,
  Q_MACHINE_CHANGE_MONITOR = 1 << 2,
  Q_MACHINE_CHANGE_RUN_STATE = 1 << 3,
  Q_MACHINE_CHANGE_EXIT_CODE = 1 << 4,
  Q_MACHINE_CHANGE_SHUTDOWN_REASON = 1 << 5,
  Q_MACHINE_CHANGE_LISTEN_ADDRESS = 1 << 6,
} QMachineChanges;

QMachineStatus *q_machine_status_new (QMachine *machine, QDispatcher *dispatcher);
QMachineStatus *q_machine_status_ref (QMachineStatus *self);
void q_machine_status_unref (QMachineStatus *self);

/* Any thread. */
void q_machine_status_drop_monitor (QMachineStatus *self);
QDispatcher *q_machine_status_get_dispatcher (QMachineStatus *self);
QMachine *q_machine_status_dup_machine (QMachineStatus *self); /* NULL once it is dropped */
QMachineState q_machine_status_get_state (QMachineStatus *self);
gint64 q_machine_status_get_pid (QMachineStatus *self);
QMonitor *q_machine_status_dup_monitor (QMachineStatus *self);
GSocketAddress *q_machine_status_dup_listen_address (QMachineStatus *self);
QRunState q_machine_status_get_run_state (QMachineStatus *self);
char *q_machine_status_dup_run_state_name (QMachineStatus *self);
int q_machine_status_get_exit_code (QMachineStatus *self);
char *q_machine_status_dup_shutdown_reason (QMachineStatus *self);
QLog *q_machine_status_dup_log (QMachineStatus *self);
GStrv q_machine_status_dup_command_line (QMachineStatus *self);

/* I/O thread. */
void q_machine_status_reset (QMachineStatus *self); /* for a new launch */
void q_machine_status_set_state (QMachineStatus *self, QMachineState state);
void q_machine_status_set_pid (QMachineStatus *self, gint64 pid);
void q_machine_status_set_monitor (QMachineStatus *self, QMonitor *monitor);
void q_machine_status_set_listen_address (QMachineStatus *self, GSocketAddress *address);
void q_machine_status_set_run_state (QMachineStatus *self, const char *name);
void q_machine_status_set_exit_code (QMachineStatus *self, int exit_code);
void q_machine_status_set_shutdown_reason (QMachineStatus *self, const char *reason);
void q_machine_status_set_log (QMachineStatus *self, QLog *log);
void q_machine_status_set_command_line (QMachineStatus *self, GStrv argv);
void q_machine_status_post_exited (QMachineStatus *self);

/* I/O thread: the launch that is there, NULL while stopped. */
QMachineInstance *q_machine_status_get_instance (QMachineStatus *self);
void q_machine_status_set_instance (QMachineStatus *self, QMachineInstance *instance);

/* In q-machine.c: emission, in the owner context. */
void q_machine_notify_changes (QMachine *machine, QMachineChanges changes);
void q_machine_emit_exited (QMachine *machine);
void q_machine_emit_qtest_irq (QMachine *machine, guint irq, gboolean raised);
void q_machine_emit_event (GObject *machine, QEventEmission *emission);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QMachineStatus, q_machine_status_unref)
