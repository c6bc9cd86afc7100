/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "block/disk-spec-private.h"
#include "io/time-limit-private.h"
#include "q-machine.h"

/* A disk that comes to a machine that runs, or goes. QEMU may still do what it was asked for when
 * the caller has given up. */

/* `overlay` is the file, or NULL. As if nothing had been if it fails; if the device is there by
 * then it has not failed. */
gboolean q_disk_plug_in (QMachine *machine, QDiskSpec *spec, const char *overlay, int timeout,
                         GCancellable *cancellable, GError **error);
/* If it fails the device may be gone, or go when the guest lets it; the next call goes on there. */
gboolean q_disk_unplug (QMachine *machine, QDiskSpec *spec, const QTimeLimit *limit,
                        GCancellable *cancellable, GError **error);
