/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "session/session-private.h"
#include "q-monitor-event.h"

/* Takes over the record; NULL of NULL. */
QMonitorEvent *q_monitor_event_take (QEventRecord *record);

/* NULL of one that a program made by itself. */
QEventRecord *q_monitor_event_get_record (QMonitorEvent *self);

/* All that nobody has taken, oldest first. */
GList *q_monitor_event_take_all (QSession *session);

/* Emits the detailed signal `event` of an object, if anybody listens to it. */
void q_monitor_event_emit (QEventEmission *emission, GObject *object, guint signal_id);
