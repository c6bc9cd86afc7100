/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <glib-object.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_MIGRATION_RESULT (q_migration_result_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QMigrationResult, q_migration_result, Q, MIGRATION_RESULT, GObject)

QMACHINE_AVAILABLE_IN_1_0
gint64 q_migration_result_get_downtime (QMigrationResult *self);
QMACHINE_AVAILABLE_IN_1_0
gint64 q_migration_result_get_total_time (QMigrationResult *self);
QMACHINE_AVAILABLE_IN_1_0
gint64 q_migration_result_get_transferred (QMigrationResult *self);

G_END_DECLS
