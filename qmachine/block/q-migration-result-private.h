/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "block/q-migration-result.h"

QMigrationResult *q_migration_result_new (gint64 downtime, gint64 total_time, gint64 transferred);
