/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <qmachine/qmachine.h>
#include <stdbool.h>

#include "launch-floor.h"

/* A worker measures one thing in one way: it waits for a line on its standard input, plays a round
 * and prints its figures as one line of JSON. Who drives several of them lets them take turns, so
 * that what the machine does beside the benchmark falls on all of them alike. */

typedef struct
{
  char *work; /* what is measured, "commands" */
  char *peer; /* by what it is done, "library-sync" */
  char *binary;
  char *machine_type;
  char *launcher; /* in front of QEMU, as typed into a shell; "" for none */
  int count;      /* of commands, events or messages in a round */
  int machines;   /* at a time */
  int size;       /* of a message in bytes */
  int ballast;    /* resident memory of the process in MiB */
} Options;

extern Options options;

/* Adds a figure to those of the round that is played. */
void worker_report (const char *name, double value);

double worker_get_time (void);         /* microseconds */
double worker_get_cpu (void);          /* microseconds of all threads of this process */
double worker_get_children_cpu (void); /* microseconds of children that were reaped */

/* From here to worker_stop () is what the figures "wall" and "cpu" tell, divided by `n`. */
void worker_start (void);
void worker_stop (int n);

/* NULL-terminated; for QEMU and for the stub. */
const char *const *worker_get_args (void);

/* All die with a message rather than fail: a benchmark that went wrong has nothing to tell. */
void worker_die (const char *what, GError *error) G_GNUC_NORETURN;
QMachine *worker_launch (void);
void worker_shutdown (QMachine *machine); /* takes it over */
void worker_launch_floor (FloorMachine *machine);
void worker_shutdown_floor (FloorMachine *machine);

/* Sends the text, and reads until that many lines have come. Returns how many bytes they were. */
gsize worker_ask_floor (FloorMachine *machine, const char *text, gsize length, int n_lines);

typedef struct
{
  const char *work;
  const char *peer;
  void (*play) (void);
} Scenario;

extern const Scenario launch_scenarios[];
extern const Scenario command_scenarios[];
extern const Scenario event_scenarios[];
extern const Scenario many_scenarios[];
extern const Scenario stdio_scenarios[];
extern const Scenario template_scenarios[];
