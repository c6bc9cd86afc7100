/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "q-error.h"

/* QEMU's error reply as a GError; all strings are copied. `command` and `reply` may be NULL. */
GError *q_command_error_new (const char *command, const char *class_name, const char *description,
                             const char *reply);
