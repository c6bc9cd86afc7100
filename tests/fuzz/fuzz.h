/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What the fuzz targets share. Each target is a program by itself: with libFuzzer's main () in a
 * build with -Dfuzz=enabled, with that of replay.c in any other. */

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* An input is a text, and behind it the few bytes that say what is done with it: so dictionaries
 * and hand-written seeds apply to the text, and a longer text leaves the choices as they are. */
typedef struct
{
  const char *bytes;
  gsize length;
} QFuzzInput;

/* From the end; 0 when there is nothing left. */
guint q_fuzz_take_choice (QFuzzInput *self);

/* Up to the next separator, which is dropped; the rest where there is none. A copy of just the
 * right size, so that the sanitizer sees each byte read past its end; NUL-terminated only by
 * q_fuzz_take_string (), which ends at the first NUL. */
GBytes *q_fuzz_take_part (QFuzzInput *self, char separator);
char *q_fuzz_take_string (QFuzzInput *self, char separator);

/* Sizes of pieces into which a stream is cut: from 1 to a limit that changes too, by a generator
 * that gives the same for the same seed. */
typedef struct
{
  guint32 state;
} QFuzzPieces;

void q_fuzz_pieces_init (QFuzzPieces *self, guint seed);
gsize q_fuzz_pieces_next (QFuzzPieces *self, gsize available);
