/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "q-machine-instance-private.h"
#include "q-machine.h"

QMachineStatus *q_machine_get_status (QMachine *self);
QMachineConfig *q_machine_dup_config (QMachine *self);
QMachineConfig *q_machine_lock_config (QMachine *self);
void q_machine_unlock_config (QMachine *self);

/* I/O thread: makes a call one of this monitor's, whose errors are seen as the machine's. */
void q_machine_prepare_call (QMonitorCall *call, QMachineStatus *status, QMonitor *monitor);
/* A call of the machine's monitor. Takes over the request; NULL is one that was refused, with the
 * reason. */
QOperation *q_machine_request_operation (QMachine *self, QMonitorRequest *request,
                                         GError *refusal, GCancellable *cancellable);
void q_machine_return_not_running (QOperation *operation, QMachineStatus *status);

/* Kills what runs and waits until it is gone, if this thread may wait. */
void q_machine_kill_and_reap (QMachineStatus *status);
