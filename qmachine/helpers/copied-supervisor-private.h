/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

/* The library's qmachine-exec on another host, brought there by a launcher that runs a command. The
 * calling thread waits. */

typedef struct
{
  GStrv launcher;
  gboolean shell; /* which takes the command apart again */
  char *dir;      /* there; NULL for the default */
  int timeout;
} QSupervisorCopy;

void q_supervisor_copy_free (QSupervisorCopy *self);

/* Its path there. */
char *q_supervisor_copy_run (QSupervisorCopy *self, GCancellable *cancellable, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QSupervisorCopy, q_supervisor_copy_free)
