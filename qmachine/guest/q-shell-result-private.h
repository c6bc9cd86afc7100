/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "guest/q-shell-result.h"

/* Takes over the bytes. */
QShellResult *q_shell_result_new (const char *command, GBytes *output, int exit_status);
