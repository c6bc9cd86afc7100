/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>
#include <sys/types.h>

/* Whether a process of the group still runs. One that has ended and was not reaped yet keeps the
 * group's number, but holds nothing any more. */
gboolean q_process_group_is_alive (pid_t group);
