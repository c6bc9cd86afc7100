/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "session/event-record-private.h"
#include "q-monitor-event.h"

/* Takes over the record. */
QMonitorEvent *q_monitor_event_new (QEventRecord *record);

/* Shows one event after the other by the detailed signal `event` of objects, the same QMonitorEvent
 * by all of them. It is made when the first of them has a handler, and serves for the next event
 * again when nobody has kept it. All zero to begin with. */
typedef struct
{
  QEventRecord *record; /* borrowed, between begin and end */
  GQuark detail;
  QMonitorEvent *event; /* outside of begin and end, an empty one */
} QEventEmission;

void q_event_emission_begin (QEventEmission *self, QEventRecord *record);
void q_event_emission_emit (QEventEmission *self, GObject *object, guint signal_id);
void q_event_emission_end (QEventEmission *self);
void q_event_emission_clear (QEventEmission *self);
