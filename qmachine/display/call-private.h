/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "io/time-limit-private.h"
#include "q-machine.h"

/* One call of this room: several commands to QEMU, in the thread of the caller, within one limit.
 */
typedef struct
{
  QMachine *machine;
  const char *name; /* for messages */
  GCancellable *cancellable;
  int limit; /* ms, -1 none */
  QTimeLimit end;
} QScreenCall;

/* FALSE with an error for what is no time limit. `pauses` are the milliseconds that the call waits
 * by itself: the limit of the property, if that is asked for, is for the commands alone. */
gboolean q_screen_call_init (QScreenCall *self, QMachine *machine, const char *name, int timeout,
                             guint64 pauses, GCancellable *cancellable, GError **error);

/* For a call of the library: what is left of the limit. */
int q_screen_call_get_left (const QScreenCall *self);

/* The reply as JSON text. `fd` may be -1, and `arguments` NULL. */
char *q_screen_call_command (QScreenCall *self, const char *command, const char *arguments, int fd,
                             GError **error);
/* Puts the name of the call in front of an error of a step. */
void q_screen_call_explain (const QScreenCall *self, GError **error);

/* Puts more words at the end of its message. */
void q_screen_call_add_words (GError *error, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* What must not be left behind, also by a call that was given up: neither the cancellable nor the
 * limit counts. An answer is not waited for long: NULL without one, and then the command is carried
 * out when QEMU goes on, if it has arguments. */
char *q_screen_call_clean_up (QScreenCall *self, const char *command, const char *arguments);

/* FALSE with an error when the call was given up meanwhile, or its limit ends before. */
gboolean q_screen_call_pause (QScreenCall *self, guint milliseconds, GError **error);
