/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

Options options = { .count = 1000, .machines = 1, .size = 1024 };

static GString *figures;
static double start_time;
static double start_cpu;

static double
get_clock (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

double
worker_get_time (void)
{
  return get_clock (CLOCK_MONOTONIC);
}

double
worker_get_cpu (void)
{
  return get_clock (CLOCK_PROCESS_CPUTIME_ID);
}

double
worker_get_children_cpu (void)
{
  struct rusage usage;

  getrusage (RUSAGE_CHILDREN, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6
         + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

void
worker_report (const char *name, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (figures, "%s\"%s\": %s", figures->len > 0 ? ", " : "", name,
                          g_ascii_formatd (number, sizeof number, "%.4f", value));
}

void
worker_start (void)
{
  start_cpu = worker_get_cpu ();
  start_time = worker_get_time ();
}

void
worker_stop (int n)
{
  double end_time = worker_get_time ();
  double end_cpu = worker_get_cpu ();

  worker_report ("wall", (end_time - start_time) / n);
  worker_report ("cpu", (end_cpu - start_cpu) / n);
}

const char *const *
worker_get_args (void)
{
  static const char *args[] = { "-machine", NULL, "-accel", "tcg", "-nodefaults", NULL };

  args[1] = options.machine_type;
  return args;
}

void
worker_die (const char *what, GError *error)
{
  g_printerr ("%s/%s: %s%s%s\n", options.work, options.peer, what, error != NULL ? ": " : "",
              error != NULL ? error->message : "");
  exit (1);
}

QMachine *
worker_launch (void)
{
  QMachine *machine = q_machine_new (options.binary);
  g_autoptr (GError) error = NULL;

  q_machine_add_args (machine, worker_get_args ());
  if (!q_machine_launch (machine, NULL, &error))
    worker_die ("launch", error);

  return machine;
}

void
worker_shutdown (QMachine *machine)
{
  g_autoptr (GError) error = NULL;

  if (!q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error))
    worker_die ("shutdown", error);
  g_object_unref (machine);
}

void
worker_launch_floor (FloorMachine *machine)
{
  if (!floor_launch (machine, NULL, options.binary, worker_get_args (), FLOOR_PLAIN))
    worker_die ("launch", NULL);
}

void
worker_shutdown_floor (FloorMachine *machine)
{
  /* A GSocket that was made of it has left it like this. */
  fcntl (machine->fd, F_SETFL, fcntl (machine->fd, F_GETFL) & ~O_NONBLOCK);
  if (!floor_shutdown (machine))
    worker_die ("shutdown", NULL);
}

gsize
worker_ask_floor (FloorMachine *machine, const char *text, gsize length, int n_lines)
{
  static char buffer[1024 * 1024];
  gsize n_bytes = 0;

  while (length > 0)
    {
      ssize_t n = send (machine->fd, text, length, MSG_NOSIGNAL);

      if (n < 0 && errno != EINTR)
        worker_die ("send", NULL);
      if (n > 0)
        {
          text += n;
          length -= (gsize)n;
        }
    }

  while (n_lines > 0)
    {
      ssize_t n = read (machine->fd, buffer, sizeof buffer);
      const char *at = buffer;

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        worker_die ("the peer hung up", NULL);
      n_bytes += (gsize)n;
      while ((at = memchr (at, '\n', (gsize)(buffer + n - at))) != NULL)
        {
          n_lines--;
          at++;
        }
    }

  return n_bytes;
}

static void
parse_options (int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "work", 0, 0, G_OPTION_ARG_STRING, &options.work, "What to measure", "WORK" },
    { "peer", 0, 0, G_OPTION_ARG_STRING, &options.peer, "By what it is done", "PEER" },
    { "binary", 0, 0, G_OPTION_ARG_FILENAME, &options.binary, "QEMU or the stub", "PROGRAM" },
    { "machine", 0, 0, G_OPTION_ARG_STRING, &options.machine_type, "QEMU's machine", "TYPE" },
    { "launcher", 0, 0, G_OPTION_ARG_STRING, &options.launcher, "In front of QEMU", "WORDS" },
    { "count", 0, 0, G_OPTION_ARG_INT, &options.count, "Commands or events in a round", "N" },
    { "machines", 0, 0, G_OPTION_ARG_INT, &options.machines, "Machines at a time", "N" },
    { "size", 0, 0, G_OPTION_ARG_INT, &options.size, "Of a message, in bytes", "N" },
    { "ballast", 0, 0, G_OPTION_ARG_INT, &options.ballast, "Resident memory, in MiB", "N" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, &error))
    worker_die ("options", error);
  if (options.work == NULL || options.peer == NULL || options.count < 1 || options.machines < 1)
    worker_die ("--work and --peer are missing, or a number is below 1", NULL);

  if (options.machine_type == NULL)
    options.machine_type = g_strdup ("none");
  if (options.binary == NULL)
    options.binary = g_strdup ("qemu-system-x86_64");
}

static const Scenario *
find_scenario (void)
{
  const Scenario *const lists[] = { launch_scenarios, command_scenarios, event_scenarios,
                                    many_scenarios,   stdio_scenarios,   template_scenarios };

  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    for (const Scenario *s = lists[i]; s->work != NULL; s++)
      if (g_str_equal (s->work, options.work) && g_str_equal (s->peer, options.peer))
        return s;

  worker_die ("there is no such measurement", NULL);
}

int
main (int argc, char *argv[])
{
  g_autofree char *ballast = NULL;
  const Scenario *scenario;
  char line[64];

  parse_options (&argc, &argv);
  scenario = find_scenario ();
  if (options.ballast > 0)
    {
      gsize size = (gsize)options.ballast * 1024 * 1024;

      /* Written to, or it would be no more than an address. */
      ballast = g_malloc (size);
      for (gsize i = 0; i < size; i += 4096)
        ballast[i] = (char)i;
    }

  figures = g_string_new (NULL);
  while (fgets (line, sizeof line, stdin) != NULL)
    {
      g_string_truncate (figures, 0);
      scenario->play ();
      g_print ("{%s}\n", figures->str);
    }

  g_string_free (figures, TRUE);
  g_free (options.work);
  g_free (options.peer);
  g_free (options.binary);
  g_free (options.machine_type);
  g_free (options.launcher);
  return 0;
}
