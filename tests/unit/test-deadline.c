/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is there to be read comes before a limit that has passed meanwhile. */

#include <glib-unix.h>
#include <unistd.h>

#include "io/deadline-private.h"
#include "io/io-thread-private.h"

typedef struct
{
  int ends[2];
  gint64 sleep_us;
  GSource *deadline;
  GSource *reader;
  GString *order;
  gint done; /* atomic */
} Race;

static gboolean
passed_cb (gpointer data)
{
  Race *race = data;

  g_string_append (race->order, "limit;");
  q_source_clear (&race->deadline);
  q_source_clear (&race->reader);
  g_atomic_int_set (&race->done, TRUE);
  return G_SOURCE_REMOVE;
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer data)
{
  Race *race = data;
  char byte;

  g_assert_cmpint (read (fd, &byte, 1), ==, 1);
  g_string_append (race->order, "read;");
  return G_SOURCE_CONTINUE;
}

/* Both are due in the next turn, and the deadline is the one that GLib has first. */
static gboolean
begin_cb (gpointer data)
{
  Race *race = data;

  race->deadline = q_io_thread_add_deadline (1, passed_cb, race, "deadline");
  race->reader = q_io_thread_add_fd (race->ends[0], G_IO_IN, readable_cb, race, "reader");
  g_assert_cmpint (write (race->ends[1], "x", 1), ==, 1);
  g_usleep ((gulong)race->sleep_us);
  return G_SOURCE_REMOVE;
}

static void
test_reads_first (gconstpointer sleep_ms)
{
  Race race = { .sleep_us = GPOINTER_TO_INT (sleep_ms) * 1000 };
  g_autoptr (GError) error = NULL;

  race.order = g_string_new (NULL);
  g_assert_true (g_unix_open_pipe (race.ends, FD_CLOEXEC, &error));
  g_assert_no_error (error);
  q_io_thread_post (begin_cb, &race);
  while (!g_atomic_int_get (&race.done))
    g_usleep (1000);

  g_assert_cmpstr (race.order->str, ==, "read;limit;");
  close (race.ends[0]);
  close (race.ends[1]);
  g_string_free (race.order, TRUE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  /* A little late, as anybody is; and so late that the program must have stood still. */
  g_test_add_data_func ("/deadline/reads-first", GINT_TO_POINTER (3), test_reads_first);
  g_test_add_data_func ("/deadline/reads-first-when-late", GINT_TO_POINTER (60), test_reads_first);

  return g_test_run ();
}
