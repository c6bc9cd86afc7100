/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "block/disk-spec-private.h"
#include "block/q-disk.h"
#include "q-machine.h"

/* The disks of a machine, as a template sees them, and the calls that change one. */

/* References to those of the launches to come. */
GPtrArray *q_machine_list_disk_specs (QMachine *self);
/* From the next launch on overlays are `DIRECTORY/NAME.qcow2`, with the owner in them, and stay if
 * they are to be kept. */
void q_machine_set_overlay_dir (QMachine *self, const char *directory, const char *owner);
void q_machine_keep_overlays (QMachine *self);

/* Of the disk of that name, which no other call may take meanwhile, until it is released; with
 * `now` in its place, if that is not NULL. `call` is for the message. */
QDiskSpec *q_machine_hold_disk (QMachine *self, const char *call, QDisk *disk, GError **error);
void q_machine_release_disk (QMachine *self, QDiskSpec *held, QDiskSpec *now);
/* The file that the machine writes to, which is on top. */
char *q_machine_dup_top_path (QMachine *self, QDiskSpec *held);
