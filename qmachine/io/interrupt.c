/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interrupt-private.h"

#include <unistd.h>

/* What a program does about its signals while a call blocks. */

static struct
{
  gboolean (*func) (gpointer user_data);
  gpointer user_data;
  GDestroyNotify destroy;
  gboolean checking; /* main thread only */
} interrupt;

void
q_interrupt_set_func (gboolean (*func) (gpointer user_data), gpointer user_data,
                      GDestroyNotify destroy)
{
  GDestroyNotify old_destroy = interrupt.destroy;
  gpointer old_data = interrupt.user_data;

  interrupt.func = func;
  interrupt.user_data = user_data;
  interrupt.destroy = destroy;

  if (old_destroy != NULL)
    old_destroy (old_data);
}

/* Asked once in each thread, since it takes two system calls. */
static gboolean
is_main_thread (void)
{
  static _Thread_local enum { UNKNOWN, MAIN, OTHER } kind;

  if (kind == UNKNOWN)
    kind = gettid () == getpid () ? MAIN : OTHER;

  return kind == MAIN;
}

gboolean
q_interrupt_is_watched (void)
{
  return interrupt.func != NULL && is_main_thread () && !interrupt.checking;
}

gboolean
q_interrupt_check (void)
{
  gboolean interrupted;

  /* Somebody may have taken it away while this call waited. */
  if (interrupt.func == NULL)
    return FALSE;

  interrupt.checking = TRUE;
  interrupted = interrupt.func (interrupt.user_data);
  interrupt.checking = FALSE;

  return interrupted;
}
