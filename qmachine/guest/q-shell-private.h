/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "guest/q-shell-link-private.h"
#include "guest/q-shell.h"
#include "io/dispatcher-private.h"

#define Q_SHELL_MAX_PIECE 65536
/* In the middle of a piece, before it is asked for again; it grows where that was too early. */
#define Q_SHELL_FIRST_PAUSE_MS 100

struct _QShell
{
  GObject parent_instance;

  QDispatcher *dispatcher;
  gboolean disposed;
  QConsole *console;
  GIOStream *stream;

  GMutex lock; /* guards the next */
  GCond turn_over;
  GQueue calls; /* the first one has the link */
  char *user;
  char *password;
  char *prompt;
  int open_timeout;
  int command_timeout;
  guint64 max_output;
  gboolean ready;
  GQueue output; /* of GBytes that were not emitted yet */
  gsize output_size;
  gboolean output_posted;

  /* Of the call whose turn it is. */
  QShellLink *link;
  guint64 n_ids;
  guint piece_size; /* of output: smaller where much is damaged */
  int pause_ms;
  char *unfinished; /* the id of a command that was given up, and may still run */
  char *unfinished_command;
  gint64 last_end; /* of a command; 0 for one that was given up */
  gboolean has_base64;
  gboolean has_terminal; /* that the guest's shell is interrupted with */
};

/* One call, in the thread that it was made in. */
typedef struct
{
  QShell *shell;
  QShellLink *link;
  const char *name;
  char *command; /* quoted; NULL for none */
  int timeout;
  gint64 deadline;
  GCancellable *cancellable;
} QShellCall;

/* Waits for its turn. */
gboolean q_shell_call_begin (QShellCall *call, GError **error);
void q_shell_call_end (QShellCall *call);
/* "run: "true"" */
char *q_shell_call_describe (QShellCall *call);
/* Adds what was tried before and the console's last lines behind. */
void q_shell_call_set_error (QShellCall *call, GError **error, GQuark domain, int code,
                             const char *format, ...) G_GNUC_PRINTF (5, 6);
gboolean q_shell_call_read (QShellCall *call, gint64 until, gboolean *came, GError **error);
/* Until nothing has come for so long, or the time of the call is over. */
gboolean q_shell_call_read_all (QShellCall *call, int quiet_ms, GError **error);
gboolean q_shell_call_write (QShellCall *call, GError **error, const char *format, ...)
  G_GNUC_PRINTF (3, 4);

void q_shell_set_ready (QShell *self, gboolean ready);
void q_shell_copy_settings (QShell *self, QShell *source);
/* To be emitted in the owner context; takes over the bytes. */
void q_shell_post_output (QShell *self, GBytes *bytes);

typedef enum
{
  LINE_OTHER,
  LINE_PROMPT,
  LINE_LOGIN,
  LINE_PASSWORD,
} QShellLine;

/* What the guest waits for, going by the last line. */
QShellLine q_shell_call_get_line (QShellCall *call);
/* Whether somebody repeats, or complains about, what is meant for our program, and asks for
 * something then. */
gboolean q_shell_call_is_echoed (QShellCall *call);

/* Opens it where it is not open, and finds it again after a command that was given up, or where
 * somebody else has written. */
gboolean q_shell_call_find (QShellCall *call, GError **error);
/* Whether something came that is neither of the kernel nor of our program. */
gboolean q_shell_call_has_other_text (QShellCall *call);
/* FALSE in `found` if the shell is not there any more; nothing was begun then. */
gboolean q_shell_call_send (QShellCall *call, const char *id, const char *mark, const char *command,
                            GBytes *input, gboolean *found, GError **error);
QShellResult *q_shell_call_run (QShellCall *call, const char *command, GBytes *input,
                                GError **error);
