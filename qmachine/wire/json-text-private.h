/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* A walk over JSON as text, without a tree. All of this is for text that the scanner has accepted:
 * it does not look for mistakes. */

const char *q_json_skip_space (const char *text);
/* From a string's opening quote to what is behind its closing one. */
const char *q_json_skip_string (const char *text);
/* From the first byte of a value to what is behind it. */
const char *q_json_skip_value (const char *text);

/* One member, or element, after the other; FALSE behind the last. `position` is the opening bracket
 * at first, and is moved on. A key is with its quotes. */
gboolean q_json_next_member (const char **position, const char **key, const char **value);
gboolean q_json_next_element (const char **position, const char **value);

/* The value of a member of an object, NULL where it is absent. The last of several counts, as in
 * a tree. */
const char *q_json_find_member (const char *object, const char *name);
/* Several of them in one walk. */
void q_json_find_members (const char *object, const char *const *names, const char **values,
                          gsize n_names);

/* A value as a type of C; FALSE, with nothing set, if it is of another one or does not fit. A
 * number with a fraction or an exponent is no integer; an integer is a double, too. `value` may be
 * NULL. */
gboolean q_json_read_int64 (const char *value, gint64 *number);
gboolean q_json_read_uint64 (const char *value, guint64 *number);
gboolean q_json_read_double (const char *value, double *number);
gboolean q_json_read_boolean (const char *value, gboolean *truth);
/* A copy; NULL for a value of another type. */
char *q_json_read_string (const char *value);

/* From the opening quote. U+0000, which a C string cannot hold, becomes U+FFFD. */
char *q_json_unescape (const char *text);

/* With its quotes, and escapes where they are needed. */
void q_json_append_string (GString *out, const char *string);
