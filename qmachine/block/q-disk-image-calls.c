/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/image-call-private.h"
#include "block/q-disk-check-private.h"
#include "block/q-disk-image-private.h"
#include "io/blocking-task-private.h"
#include "io/path-private.h"

/* -- the calls, blocking -- */

static gpointer
create (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  return GINT_TO_POINTER (q_image_call_create (data, cancellable, error));
}

static gpointer
create_overlay (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  return GINT_TO_POINTER (q_image_call_create_overlay (data, cancellable, error));
}

static void
progress_cb (double done, gpointer image)
{
  q_disk_image_set_progress (image, done);
}

static gpointer
convert (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  gboolean done;

  q_disk_image_set_progress (source_object, 0.0);
  done = q_image_call_convert (data, progress_cb, source_object, cancellable, error);
  if (done)
    q_disk_image_set_progress (source_object, 1.0);
  return GINT_TO_POINTER (done);
}

static gpointer
query_info_json (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  return q_image_call_query_info (data, cancellable, error);
}

static gpointer
query_info (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  g_autofree char *text = q_image_call_query_info (data, cancellable, error);

  return text != NULL ? json_from_string (text, error) : NULL;
}

static gpointer
check (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  QImageCall *call = data;
  char *text = q_image_call_check (call, cancellable, error);
  QDiskCheck *found = text != NULL ? q_disk_check_new (text) : NULL;

  if (text != NULL && found == NULL)
    g_set_error (error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_FAILED,
                 "disk image %s: check: what %s says is not understood", call->path, call->program);
  return found;
}

static gpointer
resize (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  return GINT_TO_POINTER (q_image_call_resize (data, cancellable, error));
}

/* -- their arguments -- */

static QImageCall *
make_call (QDiskImage *self, const char *action, int timeout)
{
  QImageCall *call = g_new0 (QImageCall, 1);

  call->action = action;
  call->path = q_disk_image_dup_path (self);
  call->format = q_disk_image_dup_format (self);
  call->program = q_disk_image_dup_program (self);
  call->timeout = timeout;

  return call;
}

static QImageCall *
make_create (QDiskImage *self, guint64 size, const char *const *options, int timeout)
{
  QImageCall *call = make_call (self, "create", timeout);

  call->size = size;
  call->options = g_strdupv ((char **)options);
  return call;
}

static QImageCall *
make_create_overlay (QDiskImage *self, const char *backing, const char *backing_format, int timeout)
{
  QImageCall *call = make_call (self, "create_overlay", timeout);

  call->other_path = q_path_make_absolute (backing);
  call->other_format = g_strdup (backing_format);
  return call;
}

static QImageCall *
make_convert (QDiskImage *self, QDiskImage *copy, const char *const *options,
              QDiskConvertFlags flags, int timeout)
{
  QImageCall *call = make_call (self, "convert", timeout);

  call->other_path = q_disk_image_dup_path (copy);
  call->other_format = q_disk_image_dup_format (copy);
  call->options = g_strdupv ((char **)options);
  call->compress = (flags & Q_DISK_CONVERT_FLAGS_COMPRESS) != 0;
  return call;
}

static QImageCall *
make_query_info (QDiskImage *self, int timeout)
{
  return make_call (self, "query_info", timeout);
}

static QImageCall *
make_query_info_json (QDiskImage *self, int timeout)
{
  return make_call (self, "query_info_json", timeout);
}

static QImageCall *
make_check (QDiskImage *self, QDiskRepair repair, int timeout)
{
  QImageCall *call = make_call (self, "check", timeout);

  if (repair != Q_DISK_REPAIR_NONE)
    call->repair = repair == Q_DISK_REPAIR_ALL ? "all" : "leaks";
  return call;
}

static QImageCall *
make_resize (QDiskImage *self, guint64 size, gboolean may_shrink, int timeout)
{
  QImageCall *call = make_call (self, "resize", timeout);

  call->size = size;
  call->may_shrink = may_shrink;
  return call;
}

/* -- the three forms -- */

static void
image_call_free (gpointer data)
{
  q_image_call_free (data);
}

static void
run_async (QDiskImage *self, gpointer tag, QBlockingFunc func, GDestroyNotify free_result,
           QImageCall *call, GCancellable *cancellable, GAsyncReadyCallback callback,
           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, call, image_call_free);
  g_task_set_check_cancellable (task, FALSE);
  q_blocking_task_run (g_steal_pointer (&task), func, free_result);
}

static gpointer
finish (QDiskImage *self, gpointer tag, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == tag, NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * q_disk_image_create:
 * @self: a disk image
 * @size: how much the guest sees, in bytes
 * @options: (nullable) (array zero-terminated=1): of the format, `NAME=VALUE` each, such as
 *   `cluster_size=2M` or `preallocation=metadata`
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Makes an empty image.
 *
 * What is there is never written over, but for a block device. When the call fails nothing is left.
 *
 * Errors: %Q_DISK_IMAGE_ERROR_EXISTS, %Q_DISK_IMAGE_ERROR_NO_SPACE, %Q_DISK_IMAGE_ERROR_FAILED and
 * others of [error@DiskImageError], with `qemu-img`'s words; %G_IO_ERROR_TIMED_OUT,
 * %G_IO_ERROR_CANCELLED; those of making a file.
 *
 * ```c
 * g_autoptr (QDiskImage) image = q_disk_image_new ("data.qcow2", "qcow2");
 *
 * return q_disk_image_create (image, G_GUINT64_CONSTANT (1073741824), NULL, 60000, NULL, error);
 * ```
 *
 * Returns: %TRUE if the image is there
 *
 * Since: 1.0
 */
gboolean
q_disk_image_create (QDiskImage *self, guint64 size, const char *const *options, int timeout,
                     GCancellable *cancellable, GError **error)
{
  g_autoptr (QImageCall) call = NULL;

  g_return_val_if_fail (Q_IS_DISK_IMAGE (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  call = make_create (self, size, options, timeout);
  return create (self, call, cancellable, error) != NULL;
}

/**
 * q_disk_image_create_async:
 * @self: a disk image
 * @size: how much the guest sees, in bytes
 * @options: (nullable) (array zero-terminated=1): of the format, `NAME=VALUE` each, such as
 *   `cluster_size=2M` or `preallocation=metadata`
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when the image is there
 * @user_data: data for @callback
 *
 * Like [method@DiskImage.create], without blocking.
 *
 * Since: 1.0
 */
void
q_disk_image_create_async (QDiskImage *self, guint64 size, const char *const *options, int timeout,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_return_if_fail (Q_IS_DISK_IMAGE (self));

  run_async (self, q_disk_image_create_async, create, NULL,
             make_create (self, size, options, timeout), cancellable, callback, user_data);
}

/**
 * q_disk_image_create_finish:
 * @self: a disk image
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@DiskImage.create_async].
 *
 * Returns: %TRUE if the image is there
 *
 * Since: 1.0
 */
gboolean
q_disk_image_create_finish (QDiskImage *self, GAsyncResult *result, GError **error)
{
  return finish (self, q_disk_image_create_async, result, error) != NULL;
}

/**
 * q_disk_image_create_overlay:
 * @self: a disk image
 * @backing: (type filename): the image below it; a relative path is made absolute
 * @backing_format: its format, which is not guessed
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Makes an empty overlay over another image, of the same size: what is written goes into the
 * overlay.
 *
 * The image below must not change while there is an overlay. Its absolute path and its format are
 * written into the overlay. When the call fails nothing is left.
 *
 * Errors: those of [method@DiskImage.create]; %Q_DISK_IMAGE_ERROR_WRONG_FORMAT if the image below
 * is of another format; %G_IO_ERROR_NOT_FOUND if it is not there.
 *
 * Returns: %TRUE if the overlay is there
 *
 * Since: 1.0
 */
gboolean
q_disk_image_create_overlay (QDiskImage *self, const char *backing, const char *backing_format,
                             int timeout, GCancellable *cancellable, GError **error)
{
  g_autoptr (QImageCall) call = NULL;

  g_return_val_if_fail (Q_IS_DISK_IMAGE (self), FALSE);
  g_return_val_if_fail (backing != NULL, FALSE);
  g_return_val_if_fail (backing_format != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  call = make_create_overlay (self, backing, backing_format, timeout);
  return create_overlay (self, call, cancellable, error) != NULL;
}

/**
 * q_disk_image_create_overlay_async:
 * @self: a disk image
 * @backing: (type filename): the image below it; a relative path is made absolute
 * @backing_format: its format, which is not guessed
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when the overlay is there
 * @user_data: data for @callback
 *
 * Like [method@DiskImage.create_overlay], without blocking.
 *
 * Since: 1.0
 */
void
q_disk_image_create_overlay_async (QDiskImage *self, const char *backing,
                                   const char *backing_format, int timeout,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_return_if_fail (Q_IS_DISK_IMAGE (self));
  g_return_if_fail (backing != NULL);
  g_return_if_fail (backing_format != NULL);

  run_async (self, q_disk_image_create_overlay_async, create_overlay, NULL,
             make_create_overlay (self, backing, backing_format, timeout), cancellable, callback,
             user_data);
}

/**
 * q_disk_image_create_overlay_finish:
 * @self: a disk image
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@DiskImage.create_overlay_async].
 *
 * Returns: %TRUE if the overlay is there
 *
 * Since: 1.0
 */
gboolean
q_disk_image_create_overlay_finish (QDiskImage *self, GAsyncResult *result, GError **error)
{
  return finish (self, q_disk_image_create_overlay_async, result, error) != NULL;
}

/**
 * q_disk_image_convert:
 * @self: a disk image
 * @copy: where the copy will be, and its format
 * @options: (nullable) (array zero-terminated=1): of the copy's format, as for
 *   [method@DiskImage.create]
 * @flags: how it is written
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Copies what a guest sees of this image into a new one, maybe of another format, without overlays.
 *
 * [property@DiskImage:progress] of this image follows. What is there is never written over, but for
 * a block device. When the call fails, is cancelled or takes too long, the program is ended, and
 * the unfinished copy removed. The image itself is only read; one with a backing image of which it
 * does not say the format is refused.
 *
 * Errors: those of [method@DiskImage.create]; %Q_DISK_IMAGE_ERROR_WRONG_FORMAT,
 * %Q_DISK_IMAGE_ERROR_CORRUPT, %Q_DISK_IMAGE_ERROR_IN_USE for what is wrong with this image;
 * %Q_DISK_IMAGE_ERROR_INVALID for a backing image without a format.
 *
 * Returns: %TRUE if the copy is complete
 *
 * Since: 1.0
 */
gboolean
q_disk_image_convert (QDiskImage *self, QDiskImage *copy, const char *const *options,
                      QDiskConvertFlags flags, int timeout, GCancellable *cancellable,
                      GError **error)
{
  g_autoptr (QImageCall) call = NULL;

  g_return_val_if_fail (Q_IS_DISK_IMAGE (self), FALSE);
  g_return_val_if_fail (Q_IS_DISK_IMAGE (copy), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  call = make_convert (self, copy, options, flags, timeout);
  return convert (self, call, cancellable, error) != NULL;
}

/**
 * q_disk_image_convert_async:
 * @self: a disk image
 * @copy: where the copy will be, and its format
 * @options: (nullable) (array zero-terminated=1): of the copy's format, as for
 *   [method@DiskImage.create]
 * @flags: how it is written
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when the copy is complete
 * @user_data: data for @callback
 *
 * Like [method@DiskImage.convert], without blocking.
 *
 * Since: 1.0
 */
void
q_disk_image_convert_async (QDiskImage *self, QDiskImage *copy, const char *const *options,
                            QDiskConvertFlags flags, int timeout, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_DISK_IMAGE (self));
  g_return_if_fail (Q_IS_DISK_IMAGE (copy));

  run_async (self, q_disk_image_convert_async, convert, NULL,
             make_convert (self, copy, options, flags, timeout), cancellable, callback, user_data);
}

/**
 * q_disk_image_convert_finish:
 * @self: a disk image
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@DiskImage.convert_async].
 *
 * Returns: %TRUE if the copy is complete
 *
 * Since: 1.0
 */
gboolean
q_disk_image_convert_finish (QDiskImage *self, GAsyncResult *result, GError **error)
{
  return finish (self, q_disk_image_convert_async, result, error) != NULL;
}

/**
 * q_disk_image_query_info:
 * @self: a disk image
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Asks what there is to know of the image: the members `virtual-size`, `actual-size`,
 * `backing-filename`, `full-backing-filename`, `backing-filename-format`, `snapshots`,
 * `format-specific` and others, in QEMU's words.
 *
 * The images below it are not looked at.
 *
 * Errors: %Q_DISK_IMAGE_ERROR_WRONG_FORMAT, %Q_DISK_IMAGE_ERROR_CORRUPT,
 * %Q_DISK_IMAGE_ERROR_IN_USE and others of [error@DiskImageError]; %G_IO_ERROR_NOT_FOUND;
 * %G_IO_ERROR_TIMED_OUT, %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): an object of JSON
 *
 * Since: 1.0
 */
JsonNode *
q_disk_image_query_info (QDiskImage *self, int timeout, GCancellable *cancellable, GError **error)
{
  g_autoptr (QImageCall) call = NULL;

  g_return_val_if_fail (Q_IS_DISK_IMAGE (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  call = make_query_info (self, timeout);
  return query_info (self, call, cancellable, error);
}

/**
 * q_disk_image_query_info_async:
 * @self: a disk image
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when it is known
 * @user_data: data for @callback
 *
 * Like [method@DiskImage.query_info], without blocking.
 *
 * Since: 1.0
 */
void
q_disk_image_query_info_async (QDiskImage *self, int timeout, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_DISK_IMAGE (self));

  run_async (self, q_disk_image_query_info_async, query_info, (GDestroyNotify)json_node_unref,
             make_query_info (self, timeout), cancellable, callback, user_data);
}

/**
 * q_disk_image_query_info_finish:
 * @self: a disk image
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@DiskImage.query_info_async].
 *
 * Returns: (transfer full): an object of JSON
 *
 * Since: 1.0
 */
JsonNode *
q_disk_image_query_info_finish (QDiskImage *self, GAsyncResult *result, GError **error)
{
  return finish (self, q_disk_image_query_info_async, result, error);
}

/**
 * q_disk_image_query_info_json:
 * @self: a disk image
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Like [method@DiskImage.query_info], with a text of JSON.
 *
 * Errors: those of [method@DiskImage.query_info].
 *
 * Returns: (transfer full): an object of JSON, as text
 *
 * Since: 1.0
 */
char *
q_disk_image_query_info_json (QDiskImage *self, int timeout, GCancellable *cancellable,
                              GError **error)
{
  g_autoptr (QImageCall) call = NULL;

  g_return_val_if_fail (Q_IS_DISK_IMAGE (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  call = make_query_info_json (self, timeout);
  return query_info_json (self, call, cancellable, error);
}

/**
 * q_disk_image_query_info_json_async:
 * @self: a disk image
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when it is known
 * @user_data: data for @callback
 *
 * Like [method@DiskImage.query_info_json], without blocking.
 *
 * Since: 1.0
 */
void
q_disk_image_query_info_json_async (QDiskImage *self, int timeout, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_DISK_IMAGE (self));

  run_async (self, q_disk_image_query_info_json_async, query_info_json, g_free,
             make_query_info_json (self, timeout), cancellable, callback, user_data);
}

/**
 * q_disk_image_query_info_json_finish:
 * @self: a disk image
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@DiskImage.query_info_json_async].
 *
 * Returns: (transfer full): an object of JSON, as text
 *
 * Since: 1.0
 */
char *
q_disk_image_query_info_json_finish (QDiskImage *self, GAsyncResult *result, GError **error)
{
  return finish (self, q_disk_image_query_info_json_async, result, error);
}

/**
 * q_disk_image_check:
 * @self: a disk image
 * @repair: what is repaired
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Looks whether the image is in order, and repairs it if it should.
 *
 * Leaks and damage are a result, not an error. An image that is in use is not checked.
 *
 * Errors: %G_IO_ERROR_NOT_SUPPORTED for a format that cannot be checked, such as raw;
 * %Q_DISK_IMAGE_ERROR_CORRUPT for an image that is damaged too much to be opened; those of
 * [method@DiskImage.query_info].
 *
 * Returns: (transfer full): what was found
 *
 * Since: 1.0
 */
QDiskCheck *
q_disk_image_check (QDiskImage *self, QDiskRepair repair, int timeout, GCancellable *cancellable,
                    GError **error)
{
  g_autoptr (QImageCall) call = NULL;

  g_return_val_if_fail (Q_IS_DISK_IMAGE (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  call = make_check (self, repair, timeout);
  return check (self, call, cancellable, error);
}

/**
 * q_disk_image_check_async:
 * @self: a disk image
 * @repair: what is repaired
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when it is known
 * @user_data: data for @callback
 *
 * Like [method@DiskImage.check], without blocking.
 *
 * Since: 1.0
 */
void
q_disk_image_check_async (QDiskImage *self, QDiskRepair repair, int timeout,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (Q_IS_DISK_IMAGE (self));

  run_async (self, q_disk_image_check_async, check, g_object_unref,
             make_check (self, repair, timeout), cancellable, callback, user_data);
}

/**
 * q_disk_image_check_finish:
 * @self: a disk image
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@DiskImage.check_async].
 *
 * Returns: (transfer full): what was found
 *
 * Since: 1.0
 */
QDiskCheck *
q_disk_image_check_finish (QDiskImage *self, GAsyncResult *result, GError **error)
{
  return finish (self, q_disk_image_check_async, result, error);
}

/**
 * q_disk_image_resize:
 * @self: a disk image
 * @size: how much the guest sees then, in bytes
 * @may_shrink: whether it may become smaller: what lies beyond the new end is lost
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Changes the size of the image.
 *
 * Errors: %Q_DISK_IMAGE_ERROR_WOULD_SHRINK for a smaller size without @may_shrink; those of
 * [method@DiskImage.query_info].
 *
 * Returns: %TRUE if it has the size
 *
 * Since: 1.0
 */
gboolean
q_disk_image_resize (QDiskImage *self, guint64 size, gboolean may_shrink, int timeout,
                     GCancellable *cancellable, GError **error)
{
  g_autoptr (QImageCall) call = NULL;

  g_return_val_if_fail (Q_IS_DISK_IMAGE (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  call = make_resize (self, size, may_shrink, timeout);
  return resize (self, call, cancellable, error) != NULL;
}

/**
 * q_disk_image_resize_async:
 * @self: a disk image
 * @size: how much the guest sees then, in bytes
 * @may_shrink: whether it may become smaller: what lies beyond the new end is lost
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when it has the size
 * @user_data: data for @callback
 *
 * Like [method@DiskImage.resize], without blocking.
 *
 * Since: 1.0
 */
void
q_disk_image_resize_async (QDiskImage *self, guint64 size, gboolean may_shrink, int timeout,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_return_if_fail (Q_IS_DISK_IMAGE (self));

  run_async (self, q_disk_image_resize_async, resize, NULL,
             make_resize (self, size, may_shrink, timeout), cancellable, callback, user_data);
}

/**
 * q_disk_image_resize_finish:
 * @self: a disk image
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@DiskImage.resize_async].
 *
 * Returns: %TRUE if it has the size
 *
 * Since: 1.0
 */
gboolean
q_disk_image_resize_finish (QDiskImage *self, GAsyncResult *result, GError **error)
{
  return finish (self, q_disk_image_resize_async, result, error) != NULL;
}
