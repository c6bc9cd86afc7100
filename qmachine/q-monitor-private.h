/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "io/dispatcher-private.h"
#include "session/session-private.h"
#include "q-monitor.h"

/* A monitor whose signals go through somebody else's dispatcher. */
QMonitor *q_monitor_new_with_dispatcher (QDispatcher *dispatcher);
QSession *q_monitor_get_session (QMonitor *self);

/* One of its calls. */
QOperation *q_monitor_new_operation (QMonitor *self, const char *name, GCancellable *cancellable,
                                     QOperationFunc start);

/* Emission, in the owner context. */
void q_monitor_emit_event (QMonitor *self, QEventEmission *emission);
void q_monitor_emit_closed (QMonitor *self, const GError *error);
void q_monitor_notify_state (QMonitor *self);
