/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A monitor at standard input and output, behind the same launcher for all: from nothing until it
 * is ready, one command after the other, and from there until the launcher is reaped. */

#include "worker.h"

#include <string.h>

#define COMMAND "query-status"
#define COMMAND_TEXT "{\"execute\":\"" COMMAND "\"}"
#define N_WARM_UPS 20

static GStrv
parse_launcher (void)
{
  g_autoptr (GError) error = NULL;
  GStrv words = NULL;

  if (options.launcher != NULL && options.launcher[0] != '\0'
      && !g_shell_parse_argv (options.launcher, NULL, &words, &error))
    worker_die ("launcher", error);
  return words;
}

static void
play_raw (void)
{
  g_auto (GStrv) launcher = parse_launcher ();
  double start = worker_get_time ();
  FloorMachine machine;

  /* With the question that the library asks, too. */
  if (!floor_launch (&machine, (const char *const *)launcher, options.binary, worker_get_args (),
                     FLOOR_STDIO | FLOOR_QUERY_STATUS))
    worker_die ("launch", NULL);
  worker_report ("launch", worker_get_time () - start);

  for (int i = 0; i < N_WARM_UPS; i++)
    worker_ask_floor (&machine, COMMAND_TEXT, strlen (COMMAND_TEXT), 1);
  worker_start ();
  for (int i = 0; i < options.count; i++)
    worker_ask_floor (&machine, COMMAND_TEXT, strlen (COMMAND_TEXT), 1);
  worker_stop (options.count);

  start = worker_get_time ();
  worker_shutdown_floor (&machine);
  worker_report ("shutdown", worker_get_time () - start);
}

static void
ask (QMachine *machine)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) reply
    = q_machine_command (machine, COMMAND, NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  if (reply == NULL)
    worker_die (COMMAND, error);
}

static void
play_library (void)
{
  g_auto (GStrv) launcher = parse_launcher ();
  double start = worker_get_time ();
  QMachine *machine = q_machine_new (options.binary);
  g_autoptr (GError) error = NULL;

  q_machine_set_monitor_mode (machine, Q_MONITOR_MODE_STDIO);
  q_machine_set_wrapper (machine, (const char *const *)launcher);
  q_machine_add_args (machine, worker_get_args ());
  if (!q_machine_launch (machine, NULL, &error))
    worker_die ("launch", error);
  worker_report ("launch", worker_get_time () - start);

  for (int i = 0; i < N_WARM_UPS; i++)
    ask (machine);
  worker_start ();
  for (int i = 0; i < options.count; i++)
    ask (machine);
  worker_stop (options.count);

  start = worker_get_time ();
  worker_shutdown (machine);
  worker_report ("shutdown", worker_get_time () - start);
}

const Scenario stdio_scenarios[] = {
  { "stdio", "raw", play_raw },
  { "stdio", "library", play_library },
  { NULL, NULL, NULL },
};
