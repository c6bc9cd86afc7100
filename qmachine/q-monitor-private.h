/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "io/dispatcher-private.h"
#include "session/session-private.h"
#include "q-monitor.h"

/* The face of a session that a launch opened, whose signals go through the machine's dispatcher. */
QMonitor *q_monitor_new_for_session (QDispatcher *dispatcher, QSession *session);

/* For a session that may get such a face. */
extern const QSessionSignals q_monitor_session_signals;

QSession *q_monitor_get_session (QMonitor *self);
QDispatcher *q_monitor_get_dispatcher (QMonitor *self);

/* One of its calls. */
QOperation *q_monitor_new_operation (QMonitor *self, const char *name, GCancellable *cancellable,
                                     QOperationFunc start);
