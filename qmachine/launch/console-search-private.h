/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* A match of an expression. */
typedef struct
{
  GRegex *regex;
  char *before;  /* from where the call began to search */
  char **groups; /* the whole first; NULL for one that took no part */
  guint n_groups;
} QConsoleFound;

void q_console_found_free (QConsoleFound *self);

/* One try of an expression on a text, in a thread of its own: what the guest wrote may make it take
 * very long, and the I/O thread serves others. */
typedef struct _QConsoleSearch QConsoleSearch;

struct _QConsoleSearch
{
  GRegex *regex;
  gboolean complete; /* only a match that more text cannot change */
  char *text;        /* with what an expression may look back at */
  gsize length;
  gsize begin; /* in there */

  /* Afterwards. */
  QConsoleFound *found; /* NULL for none */
  gsize match_end;
  GError *error;
  gint64 duration; /* us */

  void (*done) (QConsoleSearch *search, gpointer user_data);
  gpointer user_data;
};

/* Of text[begin...length), which is valid UTF-8, as is all before it. `done` is called on the I/O
 * thread, and takes it over. FALSE with an error if there can be no thread. */
QConsoleSearch *q_console_search_new (GRegex *regex, const char *text, gsize length, gsize begin);
gboolean q_console_search_start (QConsoleSearch *self,
                                 void (*done) (QConsoleSearch *search, gpointer user_data),
                                 gpointer user_data, GError **error);
void q_console_search_free (QConsoleSearch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QConsoleSearch, q_console_search_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QConsoleFound, q_console_found_free)
