/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "q-test-util.h"

/* A guest that shows what is typed, and sends it to its console: one for the whole program. */

/* Launches it, with its displays and a tablet; it reads keys when this returns. */
void screen_guest_start (void);
void screen_guest_stop (void);

QMachine *screen_guest_get_machine (void);
/* A reader of what it sends from now on. */
QConsoleReader *screen_guest_read (void);
/* Waits until it has sent this text, and nothing else. */
void screen_guest_assert_text (QConsoleReader *reader, const char *text);

/* No fdset is left in QEMU. */
void screen_assert_no_fdsets (QMachine *machine);

/* The pixels of a PNG, three bytes each, which must be of the plainest sort. */
GBytes *screen_decode_png (GBytes *png, guint *width, guint *height);
GBytes *screen_take (QMachine *machine);
