/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* The floor: what it takes a plain C program to start QEMU and talk to it, and nothing else. No
 * library, no log, no run directory, no watch over the child. */

typedef enum
{
  FLOOR_PLAIN = 0,             /* a socket pair, one end of it inherited: the cheapest there is */
  FLOOR_LISTENER = 1 << 0,     /* an inherited listening socket, as the library's */
  FLOOR_QUERY_STATUS = 1 << 1, /* one command more after the negotiation */
  FLOOR_STDIO = 1 << 2,        /* that end as standard input and output */
} FloorFlags;

typedef struct
{
  pid_t pid;
  int fd;
} FloorMachine;

/* `prefix` goes in front of the program (a helper, a wrapper), and `args` behind the options of the
 * monitor; both end with NULL, and `prefix` may be NULL. On failure both say why on standard error,
 * and leave no process. */
bool floor_launch (FloorMachine *machine, const char *const *prefix, const char *binary,
                   const char *const *args, FloorFlags flags);
/* From `quit` until the child is reaped. */
bool floor_shutdown (FloorMachine *machine);

/* All at once: each step is taken for all of them before the next. On failure they are left as they
 * are, as the benchmark is over then. */
bool floor_launch_many (FloorMachine *machines, int n, const char *binary, const char *const *args);
bool floor_shutdown_many (FloorMachine *machines, int n);
