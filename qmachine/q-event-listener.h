/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <gio/gio.h>
#include <qmachine/q-error.h>
#include <qmachine/q-monitor-event.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_EVENT_LISTENER (q_event_listener_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QEventListener, q_event_listener, Q, EVENT_LISTENER, GObject)

QMACHINE_AVAILABLE_IN_1_0
guint64 q_event_listener_get_events_dropped (QEventListener *self);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_event_listener_get_ended (QEventListener *self);

QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_event_listener_next (QEventListener *self, int timeout, GCancellable *cancellable,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_event_listener_next_async (QEventListener *self, int timeout, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_event_listener_next_finish (QEventListener *self, GAsyncResult *result,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
QMonitorEvent *q_event_listener_pop (QEventListener *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_event_listener_put_back (QEventListener *self, QMonitorEvent *event);
QMACHINE_AVAILABLE_IN_1_0
void q_event_listener_close (QEventListener *self);

G_END_DECLS
