/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* The main () of a fuzz target where there is no libFuzzer: it plays the seeds, so that every build
 * and every sanitizer sees them, and what is next to them: each seed cut short at each length, and
 * with each of its bytes changed. No chance is involved.
 *
 * usage: fuzz-NAME [--exact] FILE-OR-DIRECTORY... */

static guint n_runs;

static void
run (const guint8 *bytes, gsize length)
{
  /* A block of just this size, so that a sanitizer sees what is read past it. */
  guint8 *copy = g_malloc (MAX (length, 1));

  if (length > 0)
    memcpy (copy, bytes, length);
  LLVMFuzzerTestOneInput (copy, length);
  g_free (copy);
  n_runs++;
}

/* Large seeds are played with some of their neighbours only. */
#define MAX_NEIGHBOURS 256

static void
run_neighbours (guint8 *bytes, gsize length)
{
  static const guint8 changes[] = { 0x01, 0x20, 0x80, 0xff };
  gsize step = 1 + length / MAX_NEIGHBOURS;

  for (gsize cut = 0; cut < length; cut += step)
    run (bytes, cut);
  for (gsize i = 0; i < length; i += step)
    {
      guint8 before = bytes[i];

      bytes[i] ^= changes[i / step % G_N_ELEMENTS (changes)];
      run (bytes, length);
      bytes[i] = before;
    }
}

static void
run_file (const char *path, gboolean exact)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = NULL;
  gsize length;

  if (!g_file_get_contents (path, &bytes, &length, &error))
    g_error ("%s", error->message);

  run ((guint8 *)bytes, length);
  if (!exact)
    run_neighbours ((guint8 *)bytes, length);
}

static void
run_path (const char *path, gboolean exact)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      run_file (path, exact);
      return;
    }

  dir = g_dir_open (path, 0, &error);
  if (dir == NULL)
    g_error ("%s", error->message);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      run_file (file, exact);
    }
}

int
main (int argc, char **argv)
{
  gboolean exact = argc > 1 && strcmp (argv[1], "--exact") == 0;

  LLVMFuzzerInitialize (&argc, &argv);
  for (int i = exact ? 2 : 1; i < argc; i++)
    run_path (argv[i], exact);

  g_print ("%u runs\n", n_runs);
  return n_runs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
