/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "guest/q-shell-private.h"

/* Without an answer to what was asked, it is asked again after so long, and then ever longer. */
#define Q_SHELL_FIRST_ASK_MS 200
/* After so long without a word the guest is asked for one. */
#define Q_SHELL_FIRST_PROBE_MS 1000
/* Of the text of a piece that comes twice, and of a whole answer but a longer piece. */
#define Q_SHELL_MAX_SHORT 400
#define Q_SHELL_MAX_ANSWER (2 * Q_SHELL_MAX_SHORT + 100)

/* One command that is under way. */
typedef struct
{
  QShellCall *call;
  char *id;
  char *mark;
  gboolean started;
  gboolean ended;
  int exit_status;
  guint piece; /* the number of the one that is awaited */
  guint n_repeats;
  guint n_echoes;
  gboolean was_heard; /* the guest's program, since the command was sent */
  gboolean is_lost;   /* somebody else reads what we write, and nothing was begun */
  GPtrArray *lines;   /* of the piece, as far as they came; NULL for those that have not */
  GByteArray *output;
  gsize n_emitted;
  guint64 max_output;

  gsize scanned; /* of the text */
  int ask_ms;
  gint64 asked;
  gint64 next_ask;
  gint64 last_answer;
  guint n_probes;     /* that were not answered */
  gboolean is_silent; /* too many of them */
  gint64 next_probe;
  guint n_streams; /* how often it was asked for what there is before the command's end */
  gint64 next_stream;
} QShellRun;

/* When it is asked again. */
void q_shell_run_set_next_ask (QShellRun *self, int milliseconds);
gboolean q_shell_run_answer_piece (QShellRun *self, guint number, char word, GError **error);
/* The next answer in the text, if there is one. */
gboolean q_shell_run_take_answer (QShellRun *self, gboolean *found, GError **error);
/* How much of the output, at its end, may be the beginning of the mark. */
gsize q_shell_run_count_unsure (QShellRun *self);
