/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

/* Below the directory of now, since a program may change it before it launches. NULL and an empty
 * one stay what they are, for the launch to refuse. */
char *q_path_make_absolute (const char *path);
