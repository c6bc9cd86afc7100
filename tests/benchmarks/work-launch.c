/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From nothing to a monitor that is ready for commands, and from there until it is reaped. */

#include "worker.h"

#include <unistd.h>

static void
play (void (*launch) (void), void (*stop) (void))
{
  double children_cpu = worker_get_children_cpu ();
  double cpu = worker_get_cpu ();
  double start = worker_get_time ();
  double middle;

  launch ();
  middle = worker_get_time ();
  stop ();
  worker_report ("launch", middle - start);
  worker_report ("shutdown", worker_get_time () - middle);
  worker_report ("cpu", worker_get_cpu () - cpu);
  worker_report ("qemu-cpu", worker_get_children_cpu () - children_cpu);
}

static FloorMachine floor_machine;
static QMachine *library_machine;

static void
start_floor (void)
{
  worker_launch_floor (&floor_machine);
}

/* What the library does for a launch, by hand: a listener, the helper, the state of the machine. */
static void
start_floor_like_library (void)
{
  const char *helper = g_getenv ("QMACHINE_EXEC_HELPER");
  g_autofree char *parent = g_strdup_printf ("%d", (int)getpid ());
  /* See process/supervisor.c: no socket, the program, the descriptors to keep. */
  const char *const prefix[] = { helper, "-1", parent, "3", NULL };

  if (helper == NULL)
    worker_die ("QMACHINE_EXEC_HELPER is not set", NULL);
  if (!floor_launch (&floor_machine, prefix, options.binary, worker_get_args (),
                     FLOOR_LISTENER | FLOOR_QUERY_STATUS))
    worker_die ("launch", NULL);
}

static void
stop_floor (void)
{
  worker_shutdown_floor (&floor_machine);
}

static void
start_library (void)
{
  library_machine = worker_launch ();
}

static void
stop_library (void)
{
  worker_shutdown (g_steal_pointer (&library_machine));
}

static void
play_floor (void)
{
  play (start_floor, stop_floor);
}

static void
play_floor_like_library (void)
{
  play (start_floor_like_library, stop_floor);
}

static void
play_library (void)
{
  play (start_library, stop_library);
}

const Scenario launch_scenarios[] = {
  { "launch", "floor", play_floor },
  { "launch", "floor-like-library", play_floor_like_library },
  { "launch", "library", play_library },
  { NULL, NULL, NULL },
};
