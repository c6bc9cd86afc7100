/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <glib.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

/**
 * QInterruptFunc:
 * @user_data: what was given with the function
 *
 * Says whether a call that blocks is to be given up.
 *
 * Returns: %TRUE to end it
 *
 * Since: 1.0
 */
typedef gboolean (*QInterruptFunc) (gpointer user_data);

QMACHINE_AVAILABLE_IN_1_0
void q_set_interrupt_func (QInterruptFunc func, gpointer user_data, GDestroyNotify destroy);

G_END_DECLS
