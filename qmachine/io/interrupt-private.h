/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* How long a call that blocks waits between two looks. */
#define Q_INTERRUPT_MS 100

void q_interrupt_set_func (gboolean (*func) (gpointer user_data), gpointer user_data,
                           GDestroyNotify destroy);

/* Whether this thread must look now and then. */
gboolean q_interrupt_is_watched (void);
/* Whether what this thread waits for is to be given up. Without any lock held. */
gboolean q_interrupt_check (void);
