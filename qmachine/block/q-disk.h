/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <gio/gio.h>
#include <qmachine/q-enums.h>
#include <qmachine/q-machine.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_DISK (q_disk_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QDisk, q_disk, Q, DISK, GObject)

QMACHINE_AVAILABLE_IN_1_0
QDisk *q_disk_new (const char *path, const char *format) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
char *q_disk_dup_path (QDisk *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_disk_set_path (QDisk *self, const char *path);

QMACHINE_AVAILABLE_IN_1_0
char *q_disk_dup_format (QDisk *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_disk_set_format (QDisk *self, const char *format);

QMACHINE_AVAILABLE_IN_1_0
char *q_disk_dup_name (QDisk *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_disk_set_name (QDisk *self, const char *name);

QMACHINE_AVAILABLE_IN_1_0
char *q_disk_dup_overlay_dir (QDisk *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_disk_set_overlay_dir (QDisk *self, const char *overlay_dir);

QMACHINE_AVAILABLE_IN_1_0
char *q_disk_dup_serial (QDisk *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_disk_set_serial (QDisk *self, const char *serial);

QMACHINE_AVAILABLE_IN_1_0
char *q_disk_dup_device (QDisk *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_disk_set_device (QDisk *self, const char *device);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_disk_get_read_only (QDisk *self);
QMACHINE_AVAILABLE_IN_1_0
void q_disk_set_read_only (QDisk *self, gboolean read_only);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_disk_get_overlay (QDisk *self);
QMACHINE_AVAILABLE_IN_1_0
void q_disk_set_overlay (QDisk *self, gboolean overlay);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_disk_get_discard (QDisk *self);
QMACHINE_AVAILABLE_IN_1_0
void q_disk_set_discard (QDisk *self, gboolean discard);

QMACHINE_AVAILABLE_IN_1_0
QDiskCache q_disk_get_cache (QDisk *self);
QMACHINE_AVAILABLE_IN_1_0
void q_disk_set_cache (QDisk *self, QDiskCache cache);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_add_disk (QMachine *self, QDisk *disk, int timeout, GCancellable *cancellable,
                             GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_add_disk_async (QMachine *self, QDisk *disk, int timeout, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_add_disk_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_remove_disk (QMachine *self, QDisk *disk, int timeout, GCancellable *cancellable,
                                GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_remove_disk_async (QMachine *self, QDisk *disk, int timeout,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_remove_disk_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_dup_disk_node (QMachine *self, QDisk *disk) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_snapshot_disk (QMachine *self, QDisk *disk, const char *path, int timeout,
                                  GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_snapshot_disk_async (QMachine *self, QDisk *disk, const char *path, int timeout,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_snapshot_disk_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_commit_disk (QMachine *self, QDisk *disk, int timeout, GCancellable *cancellable,
                                GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_commit_disk_async (QMachine *self, QDisk *disk, int timeout,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_commit_disk_finish (QMachine *self, GAsyncResult *result, GError **error);

G_END_DECLS
