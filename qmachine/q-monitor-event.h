/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <json-glib/json-glib.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_MONITOR_EVENT (q_monitor_event_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QMonitorEvent, q_monitor_event, Q, MONITOR_EVENT, GObject)

QMACHINE_AVAILABLE_IN_1_0
const char *q_monitor_event_get_name (QMonitorEvent *self);
QMACHINE_AVAILABLE_IN_1_0
gint64 q_monitor_event_get_timestamp (QMonitorEvent *self);
QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_monitor_event_get_data (QMonitorEvent *self);
QMACHINE_AVAILABLE_IN_1_0
char *q_monitor_event_dup_string (QMonitorEvent *self, const char *member)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
gint64 q_monitor_event_get_int (QMonitorEvent *self, const char *member, gint64 fallback);
QMACHINE_AVAILABLE_IN_1_0
guint64 q_monitor_event_get_uint (QMonitorEvent *self, const char *member, guint64 fallback);
QMACHINE_AVAILABLE_IN_1_0
double q_monitor_event_get_double (QMonitorEvent *self, const char *member, double fallback);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_monitor_event_get_boolean (QMonitorEvent *self, const char *member, gboolean fallback);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_monitor_event_matches (QMonitorEvent *self, JsonNode *match);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_monitor_event_matches_json (QMonitorEvent *self, const char *match, GError **error);
QMACHINE_AVAILABLE_IN_1_0
char *q_monitor_event_to_json (QMonitorEvent *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
