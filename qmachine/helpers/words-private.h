/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* Words in arguments that stand for what is known at the launch. */

#define Q_HELPER_WORD_SOCKET "{socket}"
#define Q_HELPER_WORD_FD "{fd}"
#define Q_HELPER_WORD_RUN_DIR "{run-dir}"

typedef struct
{
  const char *socket;
  const char *fd;
  const char *run_dir;
} QHelperWords;

gboolean q_helper_words_has (const char *const *args, const char *word);
/* What is put in is not looked at again, and all else stays as it is. */
char *q_helper_words_fill (const char *arg, const QHelperWords *words);
GStrv q_helper_words_fill_all (const char *const *args, const QHelperWords *words);
