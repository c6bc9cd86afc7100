/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <glib-object.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_DISK_CHECK (q_disk_check_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QDiskCheck, q_disk_check, Q, DISK_CHECK, GObject)

QMACHINE_AVAILABLE_IN_1_0
gboolean q_disk_check_get_clean (QDiskCheck *self);
QMACHINE_AVAILABLE_IN_1_0
guint64 q_disk_check_get_leaks (QDiskCheck *self);
QMACHINE_AVAILABLE_IN_1_0
guint64 q_disk_check_get_corruptions (QDiskCheck *self);
QMACHINE_AVAILABLE_IN_1_0
guint64 q_disk_check_get_check_errors (QDiskCheck *self);
QMACHINE_AVAILABLE_IN_1_0
guint64 q_disk_check_get_leaks_fixed (QDiskCheck *self);
QMACHINE_AVAILABLE_IN_1_0
guint64 q_disk_check_get_corruptions_fixed (QDiskCheck *self);
QMACHINE_AVAILABLE_IN_1_0
const char *q_disk_check_get_json (QDiskCheck *self);

G_END_DECLS
