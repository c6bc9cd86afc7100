/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "q-test-util.h"

/* A guest without an operating system that counts, and tells how far it is when it is asked. Its
 * image is a boot sector of tests/guests: `count.img`, or `sweep.img`, which counts how often it
 * has been through its memory and looks whether that is as it left it. */

/* With a console, and no disk yet. `memory` is QEMU's word for its size. */
QMachine *counting_guest_new (const char *memory);
/* The image is never written: it is read-only, or an overlay takes what is. */
void counting_guest_add_disk (QMachine *machine, const char *image, gboolean overlay);
/* It counts when this returns. */
void counting_guest_launch (QMachine *machine);
guint32 counting_guest_ask (QMachine *machine);
