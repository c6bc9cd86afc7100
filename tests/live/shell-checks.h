/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "q-test-util.h"

/* What a shell must do, whatever it is a shell of. */

#define DATA_SIZE (64 * 1024)
/* To send the whole would take long. */
#define N_COPIES 4

/* The program that the shell's class has put there; it is some parents above the command. */
#define FIND_PROGRAM "p=$PPID; for i in 1; do read a b c d e </proc/$p/stat; p=$d; done; "
#define KILL_PROGRAM FIND_PROGRAM "kill -9 $p; sleep 9"

QShellResult *shell_run (QShell *shell, const char *command);
void shell_assert_run (QShell *shell, const char *command, const char *text, int status);
void shell_assert_bytes (GBytes *bytes, const char *expected, gsize length);
void shell_assert_error (GError *error, GQuark domain, int code, const char *pattern);
char *shell_make_data (GRand *rand);
void shell_run_random (QShell *shell, GRand *rand, const char *path, const char *data, guint n_runs,
                       guint max);
void shell_check_commands (QShell *shell, guint n_characters);
void shell_check_limits (QShell *shell);
void shell_assert_lost (QShell *shell, const char *command, GQuark domain, int code,
                        const char *message);
