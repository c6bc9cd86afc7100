/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A guest from a template, and what it costs to make one. */

#include "worker.h"

#include <glib/gstdio.h>
#include <string.h>

static char *directory; /* of the template; removed at the end */
static double save_time;

static void
remove_template (void)
{
  static const char *const names[] = { "ram", "state", "manifest.json" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (directory, names[i], NULL);

      g_unlink (path);
    }
  g_rmdir (directory);
}

static void
make_template (void)
{
  g_autoptr (QMachine) machine = q_machine_new (options.binary);
  g_autofree char *pattern = g_build_filename (g_get_user_runtime_dir (), "bench-XXXXXX", NULL);
  g_autoptr (GError) error = NULL;

  if (g_mkdtemp (pattern) == NULL)
    worker_die ("g_mkdtemp", NULL);
  directory = g_steal_pointer (&pattern);
  atexit (remove_template);
  q_machine_add_args (machine, worker_get_args ());
  if (!q_machine_prepare_template (machine, directory, &error)
      || !q_machine_launch (machine, NULL, &error))
    worker_die ("template", error);
  save_time = worker_get_time ();
  if (!q_machine_save_template (machine, -1, NULL, &error))
    worker_die ("save", error);
  save_time = worker_get_time () - save_time;
}

/* In KiB: the part of the host's memory that it takes, pages shared counted by their share. */
static double
read_pss (QMachine *machine)
{
  g_autofree char *path
    = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/smaps_rollup", q_machine_get_pid (machine));
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents (path, &text, NULL, NULL) || (line = strstr (text, "\nPss:")) == NULL)
    worker_die ("smaps_rollup", NULL);
  return g_ascii_strtod (line + 5, NULL);
}

static QMachine *
launch_clone (void)
{
  g_autoptr (GError) error = NULL;
  QMachine *machine = q_machine_new_from_template (directory, &error);

  if (machine == NULL || !q_machine_launch (machine, NULL, &error))
    worker_die ("clone", error);
  return machine;
}

static void
play (QMachine *(*launch) (void))
{
  g_autoptr (GPtrArray) machines = g_ptr_array_new ();
  double start;

  start = worker_get_time ();
  for (int i = 0; i < MAX (options.machines, 1); i++)
    g_ptr_array_add (machines, launch ());
  worker_report ("launch", (worker_get_time () - start) / machines->len);
  worker_report ("pss", read_pss (machines->pdata[0]));
  worker_report ("save", save_time);
  for (guint i = 0; i < machines->len; i++)
    worker_shutdown (machines->pdata[i]);
}

static void
play_plain (void)
{
  play (worker_launch);
}

static void
play_clone (void)
{
  if (directory == NULL)
    make_template ();
  play (launch_clone);
}

const Scenario template_scenarios[] = {
  { "template", "plain", play_plain },
  { "template", "clone", play_clone },
  { NULL, NULL, NULL },
};
