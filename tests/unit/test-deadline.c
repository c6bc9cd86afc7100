/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is there to be read comes before a limit that has passed meanwhile. */

#include <glib-unix.h>
#include <string.h>
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

enum
{
  N_DEADLINES = 600
};

typedef struct
{
  GSource *source;
  gint64 due; /* us */
  gboolean cleared;
  gboolean passed;
} One;

typedef struct
{
  One ones[N_DEADLINES];
  guint n_left;
  gint done; /* atomic */
} Many;

static Many many;

static gboolean
one_passed_cb (gpointer data)
{
  One *one = data;

  g_assert_false (one->passed);
  g_assert_false (one->cleared);
  g_assert_cmpint (g_get_monotonic_time (), >=, one->due);
  one->passed = TRUE;
  q_source_clear (&one->source);
  if (--many.n_left == 0)
    g_atomic_int_set (&many.done, TRUE);
  return G_SOURCE_REMOVE;
}

/* Early and late ones in any order; each third is cleared, among them the first one that is due. */
static gboolean
begin_many_cb (gpointer data)
{
  for (guint i = 0; i < N_DEADLINES; i++)
    {
      One *one = &many.ones[i];
      gint64 limit = i == 0 ? 1 : g_test_rand_int_range (2, 120);

      one->due = g_get_monotonic_time () + limit * 1000;
      one->source = q_io_thread_add_deadline (limit, one_passed_cb, one, "deadline");
      many.n_left++;
    }
  for (guint i = 0; i < N_DEADLINES; i += 3)
    {
      many.ones[i].cleared = TRUE;
      q_source_clear (&many.ones[i].source);
      many.n_left--;
    }

  return G_SOURCE_REMOVE;
}

static void
test_many (void)
{
  gint64 late = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;

  memset (&many, 0, sizeof many);
  q_io_thread_post (begin_many_cb, NULL);
  while (!g_atomic_int_get (&many.done))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, late);
      g_usleep (1000);
    }
  for (guint i = 0; i < N_DEADLINES; i++)
    g_assert_true (many.ones[i].passed != many.ones[i].cleared);
}

/* From a thread that holds the lock while the I/O thread sleeps: an earlier one wakes it. */
static void
test_earlier (void)
{
  gint64 late = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;

  memset (&many, 0, sizeof many);
  many.n_left = 2;
  while (!q_io_thread_try_enter (TRUE))
    g_usleep (1000);
  many.ones[0].source = q_io_thread_add_deadline (600 * 1000, one_passed_cb, &many.ones[0], "late");
  many.ones[1].source = q_io_thread_add_deadline (20, one_passed_cb, &many.ones[1], "early");
  q_io_thread_leave ();
  while (TRUE)
    {
      gboolean passed;

      while (!q_io_thread_try_enter (TRUE))
        g_usleep (1000);
      passed = many.ones[1].passed;
      if (passed)
        q_source_clear (&many.ones[0].source);
      q_io_thread_leave ();
      if (passed)
        break;
      g_assert_cmpint (g_get_monotonic_time (), <, late);
      g_usleep (1000);
    }
  g_assert_false (many.ones[0].passed);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  /* A little late, as anybody is; and so late that the program must have stood still. */
  g_test_add_data_func ("/deadline/reads-first", GINT_TO_POINTER (3), test_reads_first);
  g_test_add_data_func ("/deadline/reads-first-when-late", GINT_TO_POINTER (60), test_reads_first);
  g_test_add_func ("/deadline/many", test_many);
  g_test_add_func ("/deadline/earlier", test_earlier);

  return g_test_run ();
}
