/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "q-console.h"

/* What a shell is spoken with: a console or a stream. One thread at a time uses it. */
typedef struct
{
  QConsole *console;      /* one of the two is set */
  QConsoleReader *reader; /* of the console */
  GIOStream *stream;
  guint64 guest;         /* of the console, that all this is of; 0 for the next one */
  GMainContext *context; /* turned while something is awaited */

  GString *text;  /* what came and was not taken, without CR, NUL and lines of the kernel */
  GString *held;  /* may be the beginning of such a line */
  GString *noise; /* the end of what was nothing for us, for messages */
  char *sign;     /* a line of the kernel that says that the guest ends or begins */
  gint64 sign_time;
  gsize n_before_sign;   /* bytes of the text that came before it */
  guint64 sign_came;     /* n_came then */
  gboolean is_last_sign; /* nothing will follow, unless it is reset */
  char *session;         /* lines with it are our own words, and are not quoted; nullable */
  guint64 n_came;        /* bytes, to see that something comes */
} QShellLink;

/* When a call has to be done: us, -1 never. */
gint64 q_shell_deadline_new (int timeout);
gint64 q_shell_deadline_min (gint64 deadline, gint64 time);
gboolean q_shell_deadline_passed (gint64 deadline);

QShellLink *q_shell_link_new (QConsole *console, GIOStream *stream);
void q_shell_link_free (QShellLink *self);

/* FALSE if what is known is of a guest that is not the console's any more; it is forgotten. */
gboolean q_shell_link_has_same_guest (QShellLink *self);
/* Waits until something came, or the time has passed, which `came` tells apart. FALSE with an error
 * if nothing will come. */
gboolean q_shell_link_read (QShellLink *self, gint64 until, gboolean *came,
                            GCancellable *cancellable, GError **error);
gboolean q_shell_link_write (QShellLink *self, const char *bytes, gsize length, gint64 until,
                             GCancellable *cancellable, GError **error);
/* What is in the text before this is noise. */
void q_shell_link_skip (QShellLink *self, gsize length);
/* Removes that much of the text, which was no noise, from its beginning or anywhere in it. */
void q_shell_link_take (QShellLink *self, gsize length);
void q_shell_link_cut (QShellLink *self, gsize offset, gsize length);
/* The last lines that were no answers; what has not been taken, too. Valid UTF-8. */
char *q_shell_link_quote (QShellLink *self);
/* The last line without control sequences, which is where a prompt would be. */
char *q_shell_link_dup_last_line (QShellLink *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QShellLink, q_shell_link_free)
