/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "q-monitor-event.h"
#include "wire/message-private.h"

/* Copies what it needs of the message's text; the tree is made when someone asks. */
QMonitorEvent *q_monitor_event_new_from_message (const QMessage *message);

/* Of its text, in bytes. */
gsize q_monitor_event_get_size (QMonitorEvent *self);
