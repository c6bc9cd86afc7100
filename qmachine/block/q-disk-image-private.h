/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "block/q-disk-image.h"

/* Any thread: it is notified in the owner context. */
void q_disk_image_set_progress (QDiskImage *self, double progress);
