/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

#include "q-enums.h"

/* A disk as it was added: what QEMU is told of it. */
typedef struct
{
  char *path;
  char *format;
  char *name;
  char *overlay_dir; /* NULL for the run directory */
  char *serial;
  char *device; /* NULL for none */
  gboolean read_only;
  gboolean overlay;
  gboolean discard;
  QDiskCache cache;
  GPtrArray *layers; /* of char: the files of snapshots over it, from below */
} QDiskSpec;

QDiskSpec *q_disk_spec_new (void);
/* One that has been added is not changed any more: who changes it does so in a copy. */
QDiskSpec *q_disk_spec_copy (QDiskSpec *self);
QDiskSpec *q_disk_spec_ref (QDiskSpec *self);
void q_disk_spec_unref (QDiskSpec *self);

/* What can be seen without QEMU: names, and an image that begins like another format than said.
 * Errors of the domain of machines. Looks at the file. */
gboolean q_disk_spec_check (QDiskSpec *self, GError **error);

/* Makes the overlay, if there is to be one; the name of its file, or NULL. In `directory`, if that
 * is not NULL, it is named after the disk, and has the owner in it. What is there already is
 * refused. */
char *q_disk_spec_make_overlay (QDiskSpec *self, const char *directory, const char *owner,
                                const char *run_dir, GError **error);

/* The nodes in the order in which they are added, each an object of JSON. `overlay` is the file. */
GPtrArray *q_disk_spec_describe_nodes (QDiskSpec *self, const char *overlay);
/* Their names, in the same order. */
GPtrArray *q_disk_spec_list_nodes (QDiskSpec *self);
/* The one that the guest writes to. */
char *q_disk_spec_make_top_name (QDiskSpec *self);
/* The two of the next snapshot, which QEMU lets lie over the one that is the top now. */
GPtrArray *q_disk_spec_describe_layer (QDiskSpec *self, const char *path);
/* For `-device`; NULL for none. */
char *q_disk_spec_describe_device (QDiskSpec *self);
/* For `device_add`, as JSON. */
char *q_disk_spec_describe_device_as_json (QDiskSpec *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QDiskSpec, q_disk_spec_unref)
