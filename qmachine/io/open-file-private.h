/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

/* Opens a file, or a block device, for reading. All else is refused, and nothing is waited for: who
 * opens a FIFO waits for its writer. -1 with an error of GIO that has the path. */
int q_open_file (const char *path, GError **error);
