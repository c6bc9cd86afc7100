/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "call-private.h"

/* The picture of a screen, from QEMU's hand into memory that both share: no file. */

/* Not what a guest can make QEMU hold: the largest screen of the cards of today, as noise. */
#define Q_SCREENDUMP_MAX_SIZE (256 * 1024 * 1024)

/* A descriptor to read, of `length` bytes; -1 with an error. `device` NULL is the first screen.
 * `format` NULL is PPM, which every QEMU writes. */
int q_screendump_take (QScreenCall *call, const char *device, int head, const char *format,
                       gsize max_size, gsize *length, GError **error);

/* The size of the first screen, in pixels. */
gboolean q_screendump_measure (QScreenCall *call, int *width, int *height, GError **error);
