/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* A name that an object anywhere in the text has twice, NULL if there is none. QEMU takes such an
 * object for no JSON at all. For text that the scanner has accepted; no NUL need end it. */
char *q_json_find_duplicate (const char *text, gsize length);
