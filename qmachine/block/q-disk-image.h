/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <qmachine/block/q-disk-check.h>
#include <qmachine/q-enums.h>
#include <qmachine/q-error.h>
#include <qmachine/q-machine.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_DISK_IMAGE (q_disk_image_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QDiskImage, q_disk_image, Q, DISK_IMAGE, GObject)

QMACHINE_AVAILABLE_IN_1_0
QDiskImage *q_disk_image_new (const char *path, const char *format) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
QDiskImage *q_disk_image_new_for_machine (QMachine *machine, const char *path, const char *format)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
char *q_disk_image_dup_path (QDiskImage *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_disk_image_set_path (QDiskImage *self, const char *path);
QMACHINE_AVAILABLE_IN_1_0
char *q_disk_image_dup_format (QDiskImage *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_disk_image_set_format (QDiskImage *self, const char *format);
QMACHINE_AVAILABLE_IN_1_0
char *q_disk_image_dup_program (QDiskImage *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_disk_image_set_program (QDiskImage *self, const char *program);
QMACHINE_AVAILABLE_IN_1_0
double q_disk_image_get_progress (QDiskImage *self);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_disk_image_create (QDiskImage *self, guint64 size, const char *const *options,
                              int timeout, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_disk_image_create_async (QDiskImage *self, guint64 size, const char *const *options,
                                int timeout, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_disk_image_create_finish (QDiskImage *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_disk_image_create_overlay (QDiskImage *self, const char *backing,
                                      const char *backing_format, int timeout,
                                      GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_disk_image_create_overlay_async (QDiskImage *self, const char *backing,
                                        const char *backing_format, int timeout,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_disk_image_create_overlay_finish (QDiskImage *self, GAsyncResult *result,
                                             GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_disk_image_convert (QDiskImage *self, QDiskImage *copy, const char *const *options,
                               QDiskConvertFlags flags, int timeout, GCancellable *cancellable,
                               GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_disk_image_convert_async (QDiskImage *self, QDiskImage *copy, const char *const *options,
                                 QDiskConvertFlags flags, int timeout, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_disk_image_convert_finish (QDiskImage *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_disk_image_query_info (QDiskImage *self, int timeout, GCancellable *cancellable,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_disk_image_query_info_async (QDiskImage *self, int timeout, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
JsonNode *q_disk_image_query_info_finish (QDiskImage *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
char *q_disk_image_query_info_json (QDiskImage *self, int timeout, GCancellable *cancellable,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_disk_image_query_info_json_async (QDiskImage *self, int timeout, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_disk_image_query_info_json_finish (QDiskImage *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
QDiskCheck *q_disk_image_check (QDiskImage *self, QDiskRepair repair, int timeout,
                                GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_disk_image_check_async (QDiskImage *self, QDiskRepair repair, int timeout,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QDiskCheck *q_disk_image_check_finish (QDiskImage *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
gboolean q_disk_image_resize (QDiskImage *self, guint64 size, gboolean may_shrink, int timeout,
                              GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_disk_image_resize_async (QDiskImage *self, guint64 size, gboolean may_shrink, int timeout,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_disk_image_resize_finish (QDiskImage *self, GAsyncResult *result, GError **error);

G_END_DECLS
