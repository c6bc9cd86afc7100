/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Many machines of one process: started at once, asked in turn, stopped at once; and one that is
 * left alone. */

#include "worker.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int
count_entries (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  int n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static double
get_rss (void)
{
  g_autofree char *text = NULL;
  unsigned long size;
  unsigned long resident;

  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL)
      || sscanf (text, "%lu %lu", &size, &resident) != 2)
    worker_die ("/proc/self/statm", NULL);
  return (double)resident * (double)sysconf (_SC_PAGESIZE);
}

typedef struct
{
  double time;
  double cpu;
  double rss;
  int n_fds;
} Mark;

static void
take_mark (Mark *mark)
{
  mark->n_fds = count_entries ("/proc/self/fd");
  mark->rss = get_rss ();
  mark->cpu = worker_get_cpu ();
  mark->time = worker_get_time ();
}

/* Between the marks all were started, asked and stopped. */
static void
report (const Mark *before, const Mark *running, const Mark *asked, const Mark *after,
        int n_commands)
{
  int n = options.machines;

  worker_report ("wall", (running->time - before->time + after->time - asked->time) / n);
  worker_report ("launch", (running->time - before->time) / n);
  worker_report ("shutdown", (after->time - asked->time) / n);
  worker_report ("cpu", (running->cpu - before->cpu + after->cpu - asked->cpu) / n);
  worker_report ("fds", (double)(running->n_fds - before->n_fds) / n);
  worker_report ("rss", (running->rss - before->rss) / n);
  worker_report ("threads", count_entries ("/proc/self/task"));
  worker_report ("command-wall", (asked->time - running->time) / n_commands);
  worker_report ("command-cpu", (asked->cpu - running->cpu) / n_commands);
}

/* -- the floor -- */

static void
play_floor (void)
{
  g_autofree FloorMachine *machines = g_new0 (FloorMachine, options.machines);
  static const char text[] = "{\"execute\":\"query-status\"}";
  Mark before;
  Mark running;
  Mark asked;
  Mark after;

  take_mark (&before);
  if (!floor_launch_many (machines, options.machines, options.binary, worker_get_args ()))
    worker_die ("launch", NULL);
  take_mark (&running);
  for (int i = 0; i < options.count; i++)
    worker_ask_floor (&machines[i % options.machines], text, strlen (text), 1);
  take_mark (&asked);
  if (!floor_shutdown_many (machines, options.machines))
    worker_die ("shutdown", NULL);
  take_mark (&after);
  report (&before, &running, &asked, &after, options.count);
}

/* -- the library -- */

typedef struct
{
  GMainLoop *loop;
  int n_left;
} Crowd;

static void
count_out (Crowd *crowd, gboolean success, GError *error)
{
  if (!success)
    worker_die ("launch or shutdown", error);
  if (--crowd->n_left == 0)
    g_main_loop_quit (crowd->loop);
}

static void
launched_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  count_out (data, q_machine_launch_finish (Q_MACHINE (source), result, &error), error);
}

static void
stopped_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  count_out (data, q_machine_shutdown_finish (Q_MACHINE (source), result, &error), error);
}

static void
launch_all (QMachine **machines, Crowd *crowd)
{
  crowd->n_left = options.machines;
  for (int i = 0; i < options.machines; i++)
    {
      machines[i] = q_machine_new (options.binary);
      q_machine_add_args (machines[i], worker_get_args ());
      q_machine_launch_async (machines[i], NULL, launched_cb, crowd);
    }
  g_main_loop_run (crowd->loop);
}

static void
shut_all_down (QMachine **machines, Crowd *crowd)
{
  crowd->n_left = options.machines;
  for (int i = 0; i < options.machines; i++)
    q_machine_shutdown_async (machines[i], Q_TIMEOUT_DEFAULT, NULL, stopped_cb, crowd);
  g_main_loop_run (crowd->loop);
}

static void
play_library (void)
{
  g_autofree QMachine **machines = g_new0 (QMachine *, options.machines);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Crowd crowd = { .loop = loop };
  /* What all machines of a process share comes with the first one. */
  QMachine *first = worker_launch ();
  Mark before;
  Mark running;
  Mark asked;
  Mark after;

  take_mark (&before);
  launch_all (machines, &crowd);
  take_mark (&running);
  for (int i = 0; i < options.count; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) reply = q_machine_command (
        machines[i % options.machines], "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

      if (reply == NULL)
        worker_die ("query-status", error);
    }
  take_mark (&asked);
  shut_all_down (machines, &crowd);
  take_mark (&after);
  for (int i = 0; i < options.machines; i++)
    g_object_unref (machines[i]);
  worker_shutdown (first);
  report (&before, &running, &asked, &after, options.count);
}

/* -- left alone -- */

static guint64
count_wake_ups (void)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  guint64 n = 0;
  const char *name;

  while (tasks != NULL && (name = g_dir_read_name (tasks)) != NULL)
    {
      g_autofree char *path = g_strdup_printf ("/proc/self/task/%s/status", name);
      g_autofree char *text = NULL;
      const char *line;

      if (!g_file_get_contents (path, &text, NULL, NULL)
          || (line = strstr (text, "\nvoluntary_ctxt_switches:")) == NULL)
        worker_die (path, NULL);
      n += g_ascii_strtoull (strchr (line, ':') + 1 + strspn (strchr (line, ':') + 1, " \t"), NULL,
                             10);
    }

  return n;
}

static gboolean
quit_cb (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
turn_loop (int milliseconds)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_timeout_add ((guint)milliseconds, quit_cb, loop);
  g_main_loop_run (loop);
}

/* `count` is how many milliseconds. The one time that the program's own loop wakes up to end it is
 * its own doing. */
static void
play_idle (void)
{
  QMachine *machine = worker_launch ();
  guint64 n_before;
  guint64 n_after;

  turn_loop (200);
  n_before = count_wake_ups ();
  turn_loop (options.count);
  n_after = count_wake_ups ();
  worker_report ("wake-ups", (double)(n_after - n_before) - 1);
  worker_report ("seconds", options.count / 1000.0);
  worker_shutdown (machine);
}

const Scenario many_scenarios[] = {
  { "many", "floor", play_floor },
  { "many", "library", play_library },
  { "idle", "library", play_idle },
  { NULL, NULL, NULL },
};
