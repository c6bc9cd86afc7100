/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How far q_machine_launch() and q_machine_shutdown() are from what QEMU itself takes, in pairs of
 * one launch by hand and one by the library. Alternating, as a machine is never equally busy for
 * long, and with the ratio taken inside each pair. It only tells: a time is no test. */

#include <qmachine/qmachine.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "launch-floor.h"

#define N_WARM_UPS 2

typedef struct
{
  double launch;   /* ms */
  double shutdown; /* ms, until it is reaped */
  double cpu;      /* ms of this process, both together */
  double qemu_cpu; /* ms of the child */
} Sample;

typedef enum
{
  COLUMN_FLOOR,
  COLUMN_LIBRARY,
  COLUMN_LIKE, /* what the library does for a launch, by hand */
  N_COLUMNS,
} Column;

static const char *const column_names[] = { "floor", "library", "like for like" };

static int n_rounds = 15;
static char *machine_type;
static char *binary;
static gboolean like_for_like;

static double
get_cpu (int who)
{
  struct rusage usage;

  getrusage (who, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3
         + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

static double
get_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static gboolean
run_floor (const char *const *args, gboolean like, Sample *sample)
{
  const char *helper = g_getenv ("QMACHINE_EXEC_HELPER");
  g_autofree char *parent = g_strdup_printf ("%d", (int)getpid ());
  /* See process/qmachine-exec.c: the parent, the descriptors to keep, no group. */
  const char *const with_helper[] = { helper, parent, "3", "-", NULL };
  const char *const *prefix = like && helper != NULL ? with_helper : NULL;
  FloorFlags flags = like ? FLOOR_LISTENER | FLOOR_QUERY_STATUS : FLOOR_PLAIN;
  FloorMachine machine;
  double start = get_time ();

  if (!floor_launch (&machine, prefix, binary, args, flags))
    return FALSE;
  sample->launch = get_time () - start;

  start = get_time ();
  if (!floor_shutdown (&machine))
    return FALSE;
  sample->shutdown = get_time () - start;

  return TRUE;
}

static gboolean
run_library (const char *const *args, Sample *sample)
{
  g_autoptr (QMachine) machine = q_machine_new (binary);
  g_autoptr (GError) error = NULL;
  double start;

  q_machine_add_args (machine, args);
  start = get_time ();
  if (!q_machine_launch (machine, NULL, &error))
    {
      g_printerr ("library: %s\n", error->message);
      return FALSE;
    }
  sample->launch = get_time () - start;

  start = get_time ();
  if (!q_machine_shutdown (machine, NULL, &error))
    {
      g_printerr ("library: %s\n", error->message);
      return FALSE;
    }
  sample->shutdown = get_time () - start;

  return TRUE;
}

static gboolean
run_column (Column column, const char *const *args, Sample *sample)
{
  double cpu = get_cpu (RUSAGE_SELF);
  double qemu_cpu = get_cpu (RUSAGE_CHILDREN);
  gboolean done = column == COLUMN_LIBRARY
                    ? run_library (args, sample)
                    : run_floor (args, column == COLUMN_LIKE, sample);

  sample->cpu = get_cpu (RUSAGE_SELF) - cpu;
  sample->qemu_cpu = get_cpu (RUSAGE_CHILDREN) - qemu_cpu;
  return done;
}

static gboolean
run_round (guint round, const char *const *args, Sample samples[N_COLUMNS])
{
  guint n_columns = like_for_like ? N_COLUMNS : COLUMN_LIKE;

  /* Each goes first as often as any other. */
  for (guint i = 0; i < n_columns; i++)
    {
      Column column = (Column)((i + round) % n_columns);

      if (!run_column (column, args, &samples[column]))
        return FALSE;
    }

  return TRUE;
}

/* -- the table -- */

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *)a;
  double y = *(const double *)b;

  return (x > y) - (x < y);
}

static double
take_median (double *values, guint n)
{
  qsort (values, n, sizeof *values, compare_doubles);
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static double
get_reading (const Sample *sample, gsize offset)
{
  return *(const double *)(gconstpointer)((const char *)sample + offset);
}

static void
print_row (const char *name, gsize offset, Sample (*rounds)[N_COLUMNS])
{
  g_autofree double *values = g_new (double, n_rounds);

  g_print ("%-24s", name);
  for (guint column = 0; column < (like_for_like ? N_COLUMNS : COLUMN_LIKE); column++)
    {
      for (int i = 0; i < n_rounds; i++)
        values[i] = get_reading (&rounds[i][column], offset);
      g_print (" %14.3f", take_median (values, n_rounds));
    }

  for (int i = 0; i < n_rounds; i++)
    values[i] = get_reading (&rounds[i][COLUMN_LIBRARY], offset)
                / get_reading (&rounds[i][COLUMN_FLOOR], offset);
  g_print (" %14.3f", take_median (values, n_rounds));

  if (like_for_like)
    {
      for (int i = 0; i < n_rounds; i++)
        values[i] = get_reading (&rounds[i][COLUMN_LIBRARY], offset)
                    / get_reading (&rounds[i][COLUMN_LIKE], offset);
      g_print (" %14.3f", take_median (values, n_rounds));
    }
  g_print ("\n");
}

static void
print_table (Sample (*rounds)[N_COLUMNS])
{
  g_print ("%s -machine %s: medians of %d rounds\n%-24s", binary, machine_type, n_rounds, "");
  for (guint column = 0; column < (like_for_like ? N_COLUMNS : COLUMN_LIKE); column++)
    g_print (" %14s", column_names[column]);
  g_print (" %14s", "ratio");
  if (like_for_like)
    g_print (" %14s", "ratio to like");
  g_print ("\n");

  print_row ("launch, ms", G_STRUCT_OFFSET (Sample, launch), rounds);
  print_row ("shutdown to reaped, ms", G_STRUCT_OFFSET (Sample, shutdown), rounds);
  print_row ("own CPU, ms", G_STRUCT_OFFSET (Sample, cpu), rounds);
  print_row ("QEMU's CPU, ms", G_STRUCT_OFFSET (Sample, qemu_cpu), rounds);
}

static gboolean
parse_options (int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "rounds", 'n', 0, G_OPTION_ARG_INT, &n_rounds, "How many rounds", "N" },
    { "machine", 'm', 0, G_OPTION_ARG_STRING, &machine_type, "QEMU's machine type", "TYPE" },
    { "binary", 'b', 0, G_OPTION_ARG_FILENAME, &binary, "QEMU", "PROGRAM" },
    { "like-for-like", 'l', 0, G_OPTION_ARG_NONE, &like_for_like,
      "Also by hand with what the library does: listener, helper, query-status", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return FALSE;
    }
  if (n_rounds < 1)
    {
      g_printerr ("--rounds: at least 1\n");
      return FALSE;
    }

  if (machine_type == NULL)
    machine_type = g_strdup ("none");
  if (binary == NULL)
    binary = g_strdup ("qemu-system-x86_64");

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_autofree Sample (*rounds)[N_COLUMNS] = NULL;
  const char *args[] = { "-machine", NULL, "-accel", "tcg", "-nodefaults", NULL };

  if (!parse_options (&argc, &argv))
    return 2;

  args[1] = machine_type;
  rounds = g_malloc0_n (n_rounds, sizeof *rounds);
  for (int i = -N_WARM_UPS; i < n_rounds; i++)
    if (!run_round (i + N_WARM_UPS, args, rounds[MAX (i, 0)]))
      return 1;

  print_table (rounds);
  g_free (binary);
  g_free (machine_type);

  return 0;
}
