/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

/* Reads a row of a picture, of three bytes a pixel: red, green and blue. */
typedef gboolean (*QPngReadRow) (gpointer user_data, guint row, guint8 *pixels, GError **error);

/* A PNG of 8 bits a colour. */
GBytes *q_png_encode (guint width, guint height, QPngReadRow read_row, gpointer user_data,
                      GCancellable *cancellable, GError **error);
