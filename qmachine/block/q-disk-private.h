/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "block/disk-spec-private.h"
#include "block/q-disk.h"

/* As it is now. */
QDiskSpec *q_disk_make_spec (QDisk *self);
