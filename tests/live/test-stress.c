/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Many launches: what goes wrong once in a thousand times, and what grows a little each time. */

#include <string.h>

#include "q-test-util.h"

#define N_THREADS 2
#define N_LAUNCHES 25
#define N_LAUNCHES_LONG 1000

#define N_WARM_UPS 20
#define N_CYCLES 200
#define MAX_GROWTH (1024 * 1024)

#define N_AT_ONCE 16

/* Longer than the library's own deadlines together, which are to fail first, with a reason. */
#define PROGRESS_DEADLINE_S 150

/* -- two loops at once -- */

typedef struct
{
  GMutex lock; /* guards what follows */
  GCond cond;
  guint n_launched;
  guint n_ended; /* threads */
  gint64 slowest_launch;
  gint64 slowest_shutdown;
} Progress;

typedef struct
{
  Progress *progress;
  guint n_launches;
  gboolean relaunch; /* the same object each time */
} Loop;

static gpointer
run_loop (gpointer data)
{
  const Loop *loop = data;
  Progress *progress = loop->progress;
  g_autoptr (QMachine) machine = NULL;

  for (guint i = 0; i < loop->n_launches; i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 start = g_get_monotonic_time ();
      gint64 launched;
      gint64 ended;

      if (machine == NULL)
        machine = q_test_machine_none ();
      q_machine_launch (machine, NULL, &error);
      g_assert_no_error (error);
      launched = g_get_monotonic_time ();

      q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
      ended = g_get_monotonic_time ();

      if (!loop->relaunch)
        q_test_assert_last_unref (machine);

      g_mutex_lock (&progress->lock);
      progress->n_launched++;
      progress->slowest_launch = MAX (progress->slowest_launch, launched - start);
      progress->slowest_shutdown = MAX (progress->slowest_shutdown, ended - launched);
      g_cond_signal (&progress->cond);
      g_mutex_unlock (&progress->lock);
    }

  g_mutex_lock (&progress->lock);
  progress->n_ended++;
  g_cond_signal (&progress->cond);
  g_mutex_unlock (&progress->lock);

  return NULL;
}

/* A call that never returns is a failure with a number, not a test that hangs. */
static void
wait_for_loops (Progress *progress)
{
  g_mutex_lock (&progress->lock);
  while (progress->n_ended < N_THREADS)
    {
      gint64 deadline = g_get_monotonic_time () + PROGRESS_DEADLINE_S * G_USEC_PER_SEC;

      if (!g_cond_wait_until (&progress->cond, &progress->lock, deadline))
        g_error ("a call hangs after %u launches", progress->n_launched);
    }
  g_mutex_unlock (&progress->lock);
}

static void
test_launches (void)
{
  guint n_launches = q_test_is_long () ? N_LAUNCHES_LONG : N_LAUNCHES;
  Progress progress = { 0 };
  Loop loops[N_THREADS];
  GThread *threads[N_THREADS];
  QTestResources before;
  /* What the library and GLib keep for good is there before the count. */
  g_autoptr (QMachine) first = q_test_machine_none ();

  g_assert_true (q_machine_launch (first, NULL, NULL));
  g_assert_true (q_machine_shutdown (first, Q_TIMEOUT_DEFAULT, NULL, NULL));
  g_clear_object (&first);
  q_test_count_resources (&before);

  g_mutex_init (&progress.lock);
  g_cond_init (&progress.cond);
  for (guint i = 0; i < N_THREADS; i++)
    {
      loops[i] = (Loop){ &progress, n_launches, i % 2 == 1 };
      threads[i] = g_thread_new ("loop", run_loop, &loops[i]);
    }

  wait_for_loops (&progress);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);

  g_assert_cmpuint (progress.n_launched, ==, N_THREADS * n_launches);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 0);
  q_test_assert_resources (&before);
  g_test_message ("%u launches, the slowest in %.1f ms, the slowest shutdown in %.1f ms",
                  progress.n_launched, progress.slowest_launch / 1e3,
                  progress.slowest_shutdown / 1e3);

  g_mutex_clear (&progress.lock);
  g_cond_clear (&progress.cond);
}

/* -- many cycles -- */

static void
cycle_sync (QMachine *machine)
{
  g_autoptr (GError) error = NULL;

  q_machine_launch (machine, NULL, &error);
  g_assert_no_error (error);
  q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
}

static void
cycle_fresh_sync (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();

  cycle_sync (machine);
  q_test_assert_last_unref (machine);
}

static void
count_exit (QMachine *machine, gpointer data)
{
  guint *n_exited = data;

  (*n_exited)++;
}

static void
cycle_fresh_async (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GAsyncResult) launched = NULL;
  g_autoptr (GAsyncResult) ended = NULL;
  g_autoptr (GError) error = NULL;
  guint n_exited = 0;

  g_signal_connect (machine, "exited", G_CALLBACK (count_exit), &n_exited);

  q_machine_launch_async (machine, NULL, q_test_store_result, &launched);
  q_machine_launch_finish (machine, q_test_await (&launched), &error);
  g_assert_no_error (error);

  q_machine_shutdown_async (machine, Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &ended);
  q_machine_shutdown_finish (machine, q_test_await (&ended), &error);
  g_assert_no_error (error);

  q_test_wait_until (NULL, n_exited > 0);
  g_assert_cmpuint (n_exited, ==, 1);
}

typedef void (*CycleFunc) (void);

static void
run_cycles (CycleFunc cycle)
{
  QTestResources before;
  gsize rss;
  gssize growth;

  for (guint i = 0; i < N_WARM_UPS; i++)
    cycle ();
  q_test_count_resources (&before);
  rss = q_test_get_rss ();

  for (guint i = 0; i < N_CYCLES; i++)
    cycle ();

  growth = (gssize)q_test_get_rss () - (gssize)rss;
  g_test_message ("%d cycles: resident memory grew by %" G_GSSIZE_FORMAT " KiB", N_CYCLES,
                  growth / 1024);
  q_test_assert_resources (&before);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 0);
  if (q_test_memory_counts ())
    g_assert_cmpint (growth, <, MAX_GROWTH);
}

static void
test_cycles_sync (void)
{
  run_cycles (cycle_fresh_sync);
}

static void
test_cycles_async (void)
{
  run_cycles (cycle_fresh_async);
}

static QMachine *relaunched_machine;

static void
cycle_relaunch (void)
{
  cycle_sync (relaunched_machine);
}

/* One object all along, and nobody takes the signals off its queue. */
static void
test_cycles_relaunch (void)
{
  relaunched_machine = q_test_machine_none ();
  run_cycles (cycle_relaunch);
  q_test_assert_last_unref (relaunched_machine);
}

/* -- many at once -- */

static void
finish_all (QMachine *machines[N_AT_ONCE], GAsyncResult *results[N_AT_ONCE],
            gboolean (*finish) (QMachine *machine, GAsyncResult *result, GError **error))
{
  for (guint i = 0; i < N_AT_ONCE; i++)
    {
      g_autoptr (GError) error = NULL;

      finish (machines[i], q_test_await (&results[i]), &error);
      g_assert_no_error (error);
      g_clear_object (&results[i]);
    }
}

static gboolean
finish_query (QMachine *machine, GAsyncResult *result, GError **error)
{
  g_autofree char *reply = q_machine_command_json_finish (machine, result, error);

  if (reply == NULL)
    return FALSE;

  g_assert_nonnull (strstr (reply, "\"running\": true"));
  return TRUE;
}

static void
test_many_at_once (void)
{
  QMachine *machines[N_AT_ONCE];
  GAsyncResult *results[N_AT_ONCE] = { NULL };
  g_autoptr (GHashTable) pids = g_hash_table_new (NULL, NULL);
  QTestResources before;

  cycle_fresh_async ();
  q_test_count_resources (&before);

  for (guint i = 0; i < N_AT_ONCE; i++)
    {
      machines[i] = q_test_machine_none ();
      q_machine_launch_async (machines[i], NULL, q_test_store_result, &results[i]);
    }
  finish_all (machines, results, q_machine_launch_finish);

  for (guint i = 0; i < N_AT_ONCE; i++)
    {
      g_assert_true (
        g_hash_table_add (pids, GSIZE_TO_POINTER ((gsize)q_machine_get_pid (machines[i]))));
      q_machine_command_json_async (machines[i], "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL,
                                    q_test_store_result, &results[i]);
    }
  finish_all (machines, results, finish_query);

  for (guint i = 0; i < N_AT_ONCE; i++)
    q_machine_shutdown_async (machines[i], Q_TIMEOUT_DEFAULT, NULL, q_test_store_result,
                              &results[i]);
  finish_all (machines, results, q_machine_shutdown_finish);

  for (guint i = 0; i < N_AT_ONCE; i++)
    {
      g_assert_cmpint (q_test_get_exit_code (machines[i]), ==, 0);
      q_test_assert_last_unref (machines[i]);
    }
  q_test_assert_resources (&before);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 0);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  g_test_add_func ("/stress/launches", test_launches);
  g_test_add_func ("/stress/cycles/sync", test_cycles_sync);
  g_test_add_func ("/stress/cycles/async", test_cycles_async);
  g_test_add_func ("/stress/cycles/relaunch", test_cycles_relaunch);
  g_test_add_func ("/stress/many-at-once", test_many_at_once);

  return g_test_run ();
}
