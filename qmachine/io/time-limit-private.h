/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* The limit of a call that is made of several waits: each gets what is left of it. */
typedef struct
{
  gint64 end; /* monotonic, in us; -1 for none */
} QTimeLimit;

static inline QTimeLimit
q_time_limit_begin (int milliseconds)
{
  QTimeLimit self = { -1 };

  if (milliseconds >= 0)
    self.end = g_get_monotonic_time () + milliseconds * (gint64)1000;

  return self;
}

/* In milliseconds, as the calls take it: 0 when it has passed, -1 for no limit. */
static inline int
q_time_limit_get_rest (const QTimeLimit *self)
{
  gint64 rest;

  if (self->end < 0)
    return -1;

  /* Rounded up, so that a wait for the rest does not end before the limit. */
  rest = (self->end - g_get_monotonic_time () + 999) / 1000;
  return (int)CLAMP (rest, 0, G_MAXINT);
}

/* Sets the error for what is no limit, and returns FALSE; `name` is that of the call. */
static inline gboolean
q_time_limit_refuse (int milliseconds, const char *name, GQuark domain, int code, GError **error)
{
  g_set_error (error, domain, code, "%s: %d is no time-out: -1 waits without end", name,
               milliseconds);
  return FALSE;
}
