/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A guest that writes all of its memory without end goes from machine to machine, and looks at each
 * word before it writes it. */

#include <stdlib.h>
#include <string.h>

#include "counting-guest.h"

/* What is reported, in percent of what was seen. */
#define TOLERANCE 20
#define GRAIN_MS 3

static QMachine *
new_machine (void)
{
  QMachine *machine = counting_guest_new ("16");

  counting_guest_add_disk (machine, "sweep.img", FALSE);
  return machine;
}

/* -- the guest sees it -- */

static void
test_notices (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine ();
  g_autoptr (QConsole) console = q_machine_dup_console (machine);
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = NULL;
  g_autofree char *text = NULL;

  g_object_set (machine, "enable-qtest", TRUE, NULL);
  counting_guest_launch (machine);
  while (counting_guest_ask (machine) < 2)
    continue;
  /* One byte of 14 MiB. */
  reply = q_machine_qtest (machine, "write 0x765432 0x1 0xa5", -1, NULL, &error);
  g_assert_no_error (error);
  text = q_console_wait_for_text (console, "X", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  q_test_shutdown (machine);
}

/* -- 50 times -- */

/* So that the last round takes long enough to be measured. */
static void
set_pace (QMachine *machine)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply
    = q_machine_command_json (machine, "migrate-set-parameters", "{\"max-bandwidth\": 60000000}",
                              Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (reply);
}

/* When a guest said something, by the clock of this process. */
typedef struct
{
  gint64 first;
  gint64 last;
  gint64 longest_gap;
} Signs;

static void
output_cb (QConsole *console, GBytes *bytes, Signs *signs)
{
  gint64 now = g_get_monotonic_time ();

  if (signs->first == 0)
    signs->first = now;
  else
    signs->longest_gap = MAX (signs->longest_gap, now - signs->last);
  signs->last = now;
}

static gulong
watch (QMachine *machine, Signs *signs)
{
  g_autoptr (QConsole) console = q_machine_dup_console (machine);

  return g_signal_connect (console, "output-bytes", G_CALLBACK (output_cb), signs);
}

static void
unwatch (QMachine *machine, gulong id)
{
  g_autoptr (QConsole) console = q_machine_dup_console (machine);

  g_signal_handler_disconnect (console, id);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return *(const int *)a - *(const int *)b;
}

static void
tell (const char *what, GArray *numbers)
{
  g_autoptr (GArray) sorted = g_array_copy (numbers);

  g_array_sort (sorted, compare);
  g_test_message (
    "%s: least %d, quartiles %d, %d, %d, most %d", what, g_array_index (sorted, int, 0),
    g_array_index (sorted, int, sorted->len / 4), g_array_index (sorted, int, sorted->len / 2),
    g_array_index (sorted, int, sorted->len * 3 / 4), g_array_index (sorted, int, sorted->len - 1));
}

/* Not a byte is lost, and the guest stood still for as long as is said: as seen from outside, by
 * its last sign of life from one machine and its first from the other. */
static void
test_moves (QTestFixture *fixture, gconstpointer data)
{
  const guint n_moves = q_test_is_long () ? 50 : 3;
  g_autoptr (GArray) seen = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GArray) said = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GArray) percent = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (QMachine) machine = new_machine ();
  guint n_within = 0;
  guint n_strictly = 0;
  guint32 sweeps;

  counting_guest_launch (machine);
  sweeps = counting_guest_ask (machine);
  for (guint i = 0; i < n_moves; i++)
    {
      g_autoptr (QMachine) target = new_machine ();
      g_autoptr (QMigrationResult) moved = NULL;
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;
      Signs before = { 0, 0, 0 };
      Signs after = { 0, 0, 0 };
      gulong before_id = watch (machine, &before);
      gulong after_id = watch (target, &after);
      guint32 now;
      int real;
      int told;
      int ratio;

      set_pace (machine);
      q_machine_migrate_to_async (machine, target, Q_TEST_DEADLINE_MS, NULL, q_test_store_result,
                                  &result);
      q_test_await (&result);
      moved = q_machine_migrate_to_finish (machine, result, &error);
      g_assert_no_error (error);
      q_test_wait_until (NULL, after.first != 0);
      unwatch (machine, before_id);
      unwatch (target, after_id);
      real = (int)((after.first - before.last) / 1000);
      told = (int)q_migration_result_get_downtime (moved);
      ratio = real > 0 ? 100 * told / real : 100;
      g_test_message ("%u: seen %d ms, reported %d ms, %d %%; silent for %d ms before, at most", i,
                      real, told, ratio, (int)(before.longest_gap / 1000));
      g_array_append_val (seen, real);
      g_array_append_val (said, told);
      g_array_append_val (percent, ratio);
      n_strictly += ABS (told - real) <= MAX (real * TOLERANCE / 100, GRAIN_MS) ? 1 : 0;
      /* What else the host does keeps a guest that runs silent for so long. */
      n_within += ABS (told - real)
                      <= MAX (real * TOLERANCE / 100, (int)(before.longest_gap / 1000) + GRAIN_MS)
                    ? 1
                    : 0;

      now = counting_guest_ask (target);
      g_assert_cmpuint (now, >=, sweeps);
      sweeps = now;
      /* A whole sweep there, so that it has seen each word. */
      while (now < sweeps + 2)
        now = counting_guest_ask (target);
      sweeps = now;
      q_test_shutdown (machine);
      g_set_object (&machine, target);
    }
  q_test_shutdown (machine);
  tell ("milliseconds seen", seen);
  tell ("milliseconds reported", said);
  tell ("percent", percent);
  g_test_message ("%u of %u within %d %%, %u more within what can be seen", n_strictly, n_moves,
                  TOLERANCE, n_within - n_strictly);
  g_assert_cmpuint (n_within, >=, n_moves * 9 / 10);
}

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);
#define ADD(path, func) g_test_add (path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)
  ADD ("/long-migration/notices", test_notices);
  ADD ("/long-migration/moves", test_moves);
#undef ADD
  return g_test_run ();
}
