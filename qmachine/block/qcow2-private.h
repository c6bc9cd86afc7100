/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

/* What a launch needs of images without a program beside it: the size of one that is raw or qcow2,
 * and a new qcow2 over it. All else is qemu-img's. */

/* Errors are GIO's, with the path. */
gboolean q_qcow2_read_size (const char *path, const char *format, guint64 *size, GError **error);

/* A new file over `backing`, which is `size` bytes large. `owner` is a short text by which it is
 * known later who has made it; NULL for none. */
gboolean q_qcow2_write_overlay (const char *path, const char *backing, const char *backing_format,
                                guint64 size, const char *owner, GError **error);
/* NULL for none. */
char *q_qcow2_read_owner (const char *path);

/* The format of which it has the first bytes; NULL for none that is known. */
const char *q_qcow2_recognise (const char *path, GError **error);
