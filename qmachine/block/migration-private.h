/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "block/q-job.h"
#include "block/q-migration-result.h"
#include "io/time-limit-private.h"

/* What migrations to a machine, to a file and to a template have in common. */

gboolean q_migration_set_capability (QMachine *machine, const char *name, gboolean state,
                                     int timeout, GCancellable *cancellable, GError **error);
QJob *q_migration_start (QMachine *machine, const char *uri, int timeout, GCancellable *cancellable,
                         GError **error);
/* `by_name` may be NULL, and tells whether QEMU took the name of the file. */
QJob *q_migration_start_to_file (QMachine *machine, const char *path, gboolean *by_name,
                                 int timeout, GCancellable *cancellable, GError **error);

/* One that QEMU was given for a migration that did not begin; nothing for one that it took. */
void q_migration_close_fd (QMachine *machine, const char *name);

/* In ms: to cancel a migration that was given up, and for the last step of one that is done. */
#define Q_MIGRATION_CLEAN_UP 10000

/* Waits for the end. Takes over the job; what was given up is cancelled, unless it was done in that
 * moment. */
gboolean q_migration_carry_out (QMachine *machine, QJob *started, const QTimeLimit *limit,
                                GCancellable *cancellable, GError **error);
/* What QEMU says of the last one; of the time without a guest only if `downtime` is -1. */
QMigrationResult *q_migration_make_result (QMachine *machine, gint64 downtime);
/* Both run, and the target waits for the guest. `downtime` becomes the milliseconds for which the
 * guest stood still; -1 if that is not known. */
gboolean q_migration_transfer (QMachine *source, QMachine *target, const QTimeLimit *limit,
                               gint64 *downtime, GCancellable *cancellable, GError **error);
/* There is not an event for each change. */
void q_migration_learn_run_state (QMachine *machine);

/* One at a time for each machine, since what they set is the machine's: FALSE if another call has
 * its turn. `name` is that of the call, and static. */
gboolean q_migration_take_turn (QMachine *machine, const char *name, GError **error);
void q_migration_end_turn (QMachine *machine);
/* After one that was given up, and may have been done in that moment: a guest that ran does so
 * again. Its run state must be known. */
void q_migration_go_on (QMachine *machine, gboolean ran);

/* -- a guest that comes to a machine -- */

/* The next launch of the machine waits for a guest, with the arguments of `-incoming defer`. With a
 * path the guest comes from that file, and the launch is done when it is there. The launch is given
 * up when the limit has passed. */
gboolean q_incoming_arm (QMachine *machine, const char *path, const QTimeLimit *limit,
                         GError **error);
/* No launch has taken it. */
void q_incoming_disarm (QMachine *machine);
