/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <json-glib/json-glib.h>

/* A tree of one value, with blanks around it; NULL if there is none. The scanner has accepted the
 * text. As json-glib's own parser makes it, which scans the text once more, symbol by symbol and
 * for comments and other things that are no JSON, and takes several times as long. `text` need not
 * be NUL-terminated. */
JsonNode *q_json_build_tree (const char *text, gsize length);

/* The text of a tree, NULL of none. It need not be JSON: see q_message_validate_json(). */
char *q_json_print_tree (JsonNode *node);

/* An integer as it is in a tree: one above 2^63-1 is the negative one with the same 64 bits, and
 * one of more than 64 bits is the largest unsigned one. So did json-glib 1.6; later ones do
 * otherwise. */
gint64 q_json_read_integer (const char *text, const char *end);
