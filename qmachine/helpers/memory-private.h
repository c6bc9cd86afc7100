/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "launch/hook-private.h"

/* Makes all memory of the guest such that another process can have it, too, unless the user's
 * arguments do. FALSE with G_IO_ERROR_INVALID_ARGUMENT where they contradict. */
gboolean q_helper_add_shared_memory (QLaunchParts *parts, GError **error);

/* For tests: the size in bytes that the value of an option -m says; 0 if that cannot be told. */
guint64 q_helper_read_memory_size (const char *value);
