/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* Bytes as a string of JSON, with its quotes. */
void q_base64_append (GString *text, gconstpointer bytes, gsize length);
/* NULL unless the value is a string that is nothing but base64, of at most so many bytes. */
GBytes *q_base64_read (const char *value, gsize max_length);
