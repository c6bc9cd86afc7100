/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

/* For the guard of a terminal, a part of the helper program, and for what starts it:
 *
 *   qmachine-exec --guard-terminal PROGRAM_ID SAVED RAW
 *
 * Its descriptor 0 is the terminal, and 1 one end of a pipe, with whose other end it ends. If the
 * terminal has the modes RAW then, or while PROGRAM_ID is stopped, it gets SAVED back. */
#define Q_TERMINAL_GUARD_OPTION "--guard-terminal"

/* Modes as a text: each flag, and the control characters, in hexadecimal. Those with another libc
 * may have another struct termios. */
#define Q_TERMINAL_GUARD_N_CHARS 17

int q_terminal_guard_run (char *argv[]);
