/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "block/q-job.h"

/* What migrations to a machine, to a file and to a template have in common. */

gboolean q_migration_set_capability (QMachine *machine, const char *name, gboolean state,
                                     int timeout, GCancellable *cancellable, GError **error);
QJob *q_migration_start (QMachine *machine, const char *uri, int timeout, GCancellable *cancellable,
                         GError **error);
/* `by_name` may be NULL, and tells whether QEMU took the name of the file. */
QJob *q_migration_start_to_file (QMachine *machine, const char *path, gboolean *by_name,
                                 int timeout, GCancellable *cancellable, GError **error);

/* -- a guest that comes to a machine -- */

/* The next launch of the machine waits for a guest, with the arguments of `-incoming defer`. With a
 * path the guest comes from that file, and the launch is done when it is there. */
gboolean q_incoming_arm (QMachine *machine, const char *path, GError **error);
/* No launch has taken it. */
void q_incoming_disarm (QMachine *machine);
