/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <json-glib/json-glib.h>

/* All of this is for text that the scanner has accepted: it does not look for mistakes. */

/* From a string's opening quote to what is behind its closing one. */
const char *q_json_skip_string (const char *text);
/* From the opening quote. U+0000, which a C string cannot hold, becomes U+FFFD. */
char *q_json_unescape (const char *text);

/* A tree of one value, with blanks around it; NULL if there is none. As json-glib's own
 * parser makes it, which scans the text once more, symbol by symbol and for comments and other
 * things that are no JSON, and takes several times as long. `text` need not be NUL-terminated. */
JsonNode *q_json_build_tree (const char *text, gsize length);
