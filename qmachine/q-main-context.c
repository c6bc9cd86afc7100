/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-main-context.h"

#include "io/loop-private.h"

/**
 * q_main_context_new_for_poll:
 * @fd: (out): a descriptor that can be read when the context has work
 *
 * Makes a main context for a loop that is not one of GLib's, such as asyncio's or libuv's.
 *
 * The loop watches @fd for being readable. Whenever it is, the loop calls
 * [method@GLib.MainContext.iteration] without blocking, until that returns %FALSE; the descriptor
 * cannot be read any more then. It belongs to the context: it must be neither read nor closed, and
 * is closed with the context.
 *
 * This serves all of this library: an object that is made, or a call that is begun, while the
 * context is the thread's default ([method@GLib.MainContext.push_thread_default]) has its signals
 * and its result there. It does not serve what else may be attached to the context, a time-out or
 * a descriptor, of which @fd does not tell.
 *
 * Returns: (transfer full): the context
 *
 * Since: 1.0
 */
GMainContext *
q_main_context_new_for_poll (int *fd)
{
  GMainContext *context;
  GPollFD wakeup;
  int timeout, n_fds;

  g_return_val_if_fail (fd != NULL, NULL);

  /* Without the flag only a thread that owns the context is woken. */
  context = g_main_context_new_with_flags (G_MAIN_CONTEXT_FLAGS_OWNERLESS_POLLING);
  g_main_context_acquire (context);
  n_fds = g_main_context_query (context, G_MAXINT, &timeout, &wakeup, 1);
  g_main_context_release (context);
  /* A context without sources polls nothing but what wakes it. */
  g_assert (n_fds == 1);
  *fd = q_loop_get_fd_for_poll (context, wakeup.fd);

  return context;
}
