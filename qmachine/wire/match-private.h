/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* Whether a value holds what a match asks for: the rule of q_monitor_event_matches(). Both are text
 * that the scanner has accepted, so numbers are compared as they are written, and no tree is made.
 *
 * A match that was a tree has `from_tree` set: in a tree an integer is 64 bits that may be meant
 * with a sign or without, so one that has the same bits is the same. */
gboolean q_json_matches (const char *match, const char *value, gboolean from_tree);
