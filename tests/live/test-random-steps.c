/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Machines that are launched, asked, stopped and killed at random by several threads at once, each
 * with a context of its own, some by a signal from outside; at the end nothing of it is left.
 *
 * QMACHINE_TEST_SECONDS is how long it goes on; the seed is that of g_test, so --seed makes
 * the same choices again as far as time allows. */

#include <signal.h>
#include <stdlib.h>

#include "q-test-util.h"

#define N_THREADS 6
#define N_SLOTS 4 /* machines of a thread */

typedef struct
{
  GThread *thread;
  GRand *rand;
  gint64 deadline;
  guint n_launched;
  guint n_failed; /* launches that were stopped on the way */
  guint n_steps;
  guint n_exited; /* signals */
} Worker;

static void
count_exited (QMachine *machine, gpointer data)
{
  ((Worker *)data)->n_exited++;
}

static void
store_first (GObject *source, GAsyncResult *result, gpointer data)
{
  /* Whether it is a success depends on what else was done meanwhile; that it comes does not. */
  --*(int *)data;
}

static void
command (QMachine *machine, GRand *rand)
{
  static const char *const names[] = { "query-status", "stop", "cont", "no-such", "query-block" };
  const char *name = names[g_rand_int_range (rand, 0, G_N_ELEMENTS (names))];
  g_autoptr (GError) error = NULL;
  g_autofree char *text
    = q_machine_command_json (machine, name, NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  /* An answer, a refusal, or a machine that is gone: never both or neither. And there is a QEMU
   * that a SIGTERM at a bad moment leaves hanging in its own cleaning up, with a command in its
   * queue: it is why the machines here have time limits. */
  g_assert_true ((text == NULL) == (error != NULL));
  if (error != NULL)
    g_assert_true (error->domain == Q_COMMAND_ERROR || error->domain == Q_MACHINE_ERROR
                   || error->domain == Q_MONITOR_ERROR
                   || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT));
}

static void
launch (Worker *self, QMachine *machine)
{
  g_autoptr (GError) error = NULL;

  if (q_machine_launch (machine, NULL, &error))
    self->n_launched++;
  else if (!g_error_matches (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ALREADY_LAUNCHED))
    self->n_failed++;
}

static void
step (Worker *self, QMachine **slot, int *n_pending)
{
  pid_t pid;

  if (*slot == NULL)
    {
      *slot = q_test_machine_none ();
      g_object_set (*slot, "shutdown-timeout", 2000, "command-timeout", 2000, NULL);
      g_signal_connect (*slot, "exited", G_CALLBACK (count_exited), self);
    }

  switch (g_rand_int_range (self->rand, 0, 12))
    {
    case 0:
    case 1:
    case 2:
      launch (self, *slot);
      break;
    case 3:
      ++*n_pending;
      q_machine_launch_async (*slot, NULL, store_first, n_pending);
      break;
    case 4:
    case 5:
    case 6:
      command (*slot, self->rand);
      break;
    case 7:
      ++*n_pending;
      q_machine_command_json_async (*slot, "query-version", NULL, Q_TIMEOUT_DEFAULT, NULL,
                                    store_first, n_pending);
      break;
    case 8:
      q_machine_shutdown (*slot, Q_TIMEOUT_DEFAULT, NULL, NULL);
      break;
    case 9:
      ++*n_pending;
      q_machine_kill_async (*slot, NULL, store_first, n_pending);
      break;
    case 10:
      /* It may have ended since, but its number is not given away again that fast. */
      pid = (pid_t)q_machine_get_pid (*slot);
      if (pid > 0 && g_rand_boolean (self->rand))
        kill (pid, SIGTERM);
      break;
    default:
      g_signal_handlers_disconnect_by_data (*slot, self);
      g_clear_object (slot);
    }
}

static gpointer
work (gpointer data)
{
  Worker *self = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  QMachine *slots[N_SLOTS] = { NULL };
  int n_pending = 0;

  g_main_context_push_thread_default (context);
  while (g_get_monotonic_time () < self->deadline)
    {
      step (self, &slots[g_rand_int_range (self->rand, 0, N_SLOTS)], &n_pending);
      self->n_steps++;
      while (g_main_context_iteration (context, FALSE))
        ;
    }

  for (gsize i = 0; i < N_SLOTS; i++)
    g_clear_object (&slots[i]);
  q_test_wait_until (context, n_pending == 0);
  g_main_context_pop_thread_default (context);
  return NULL;
}

static void
test_random_steps (QTestFixture *fixture, gconstpointer data)
{
  const char *seconds = g_getenv ("QMACHINE_TEST_SECONDS");
  gint64 duration = seconds != NULL ? atoi (seconds) : q_test_is_long () ? 120 : 5;
  Worker workers[N_THREADS] = { { NULL } };
  guint n_launched = 0;
  guint n_steps = 0;

  for (guint i = 0; i < N_THREADS; i++)
    {
      workers[i].rand = g_rand_new_with_seed ((guint32)g_test_rand_int ());
      workers[i].deadline = g_get_monotonic_time () + duration * G_USEC_PER_SEC;
      workers[i].thread = g_thread_new ("steps", work, &workers[i]);
    }
  for (guint i = 0; i < N_THREADS; i++)
    {
      g_thread_join (workers[i].thread);
      g_rand_free (workers[i].rand);
      n_launched += workers[i].n_launched;
      n_steps += workers[i].n_steps;
    }

  g_test_message ("%u steps, %u launches", n_steps, n_launched);
  g_assert_cmpuint (n_launched, >, 0);
  /* A SIGTERM that comes before QEMU has a handler for it is a death worth a warning. */
  q_test_take_warnings (NULL);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  g_test_add ("/random-steps", QTestFixture, NULL, q_test_set_up, test_random_steps,
              q_test_tear_down);

  return g_test_run ();
}
