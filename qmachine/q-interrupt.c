/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-interrupt.h"

#include "io/interrupt-private.h"

/**
 * q_set_interrupt_func:
 * @func: (nullable) (scope notified) (closure user_data) (destroy destroy): asked while a call
 *   blocks, %NULL for none
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Lets the run-time of a language look at its signals while a call of this library blocks.
 *
 * The function is asked in the main thread of the process, by each call that blocks there: some ten
 * times a second, when a signal came, and before the call fails. Where it returns %TRUE the call is
 * cancelled, as by a [class@Gio.Cancellable], and returns when it has ended. It is never called by
 * a call that it makes itself. Python's override sets one, so that Ctrl-C and other signals are
 * handled at once; a program in C has no use for it.
 *
 * Set it before another thread can be in a call, and not from @func.
 *
 * Since: 1.0
 */
void
q_set_interrupt_func (QInterruptFunc func, gpointer user_data, GDestroyNotify destroy)
{
  q_interrupt_set_func (func, user_data, destroy);
}
