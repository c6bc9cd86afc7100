/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <qmachine/qmachine.h>

/* Another host, as far as a launcher can tell: it listens at a port, takes a command line, and runs
 * that with the connection as standard input and output, as a child of its own and not of the
 * launcher's. */

/* Starts it for the rest of the program. */
void far_host_start (void);

/* A wrapper that runs a command there: this program itself, which must have called
 * far_host_run_launcher () first. `before` are words in front of the command. */
GStrv far_host_dup_wrapper (const char *const *before);

/* The launcher's main, if this program is to be that: it does not return then. It says "stray
 * words" on standard output when it gets SIGUSR1. */
void far_host_run_launcher (int argc, char *argv[]);

/* A launch fails, with each of the words in its message. */
void far_host_assert_fails (QMachine *machine, GQuark domain, int code, const char *const *words);
