/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* Where text that comes in pieces, or of which the end is shown, may be cut. */

/* How many bytes at the end may be the beginning of a character. */
gsize q_text_count_unfinished (const char *bytes, gsize length);

/* The beginning of the last lines; a newline at the very end belongs to the last one. */
const char *q_text_find_last_lines (const char *text, gsize length, guint n_lines);
