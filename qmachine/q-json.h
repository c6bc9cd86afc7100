/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <glib.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

QMACHINE_AVAILABLE_IN_1_0
char *q_json_from_variant (GVariant *variant, GError **error) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
char *q_json_dup_string (const char *json, const char *member) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
gint64 q_json_get_int (const char *json, const char *member, gint64 fallback);
QMACHINE_AVAILABLE_IN_1_0
guint64 q_json_get_uint (const char *json, const char *member, guint64 fallback);
QMACHINE_AVAILABLE_IN_1_0
double q_json_get_double (const char *json, const char *member, double fallback);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_json_get_boolean (const char *json, const char *member, gboolean fallback);

G_END_DECLS
