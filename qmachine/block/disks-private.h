/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "block/disk-spec-private.h"
#include "q-machine.h"

/* The disks of a machine, as a template sees them. */

/* References to those of the launches to come. */
GPtrArray *q_machine_list_disk_specs (QMachine *self);
/* From the next launch on overlays are `DIRECTORY/NAME.qcow2`, and stay if they are to be kept. */
void q_machine_set_overlay_dir (QMachine *self, const char *directory);
void q_machine_keep_overlays (QMachine *self);
