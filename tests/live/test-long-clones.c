/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Very many clones of one template, some of which are killed while they start. */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "q-test-util.h"

#define AT_ONCE 10

static char *
get_directory (void)
{
  return q_test_get_path ("template");
}

static void
wait_for (QMachine *machine, const char *text)
{
  g_autoptr (QConsole) console = q_machine_dup_console (machine);
  g_autoptr (GError) error = NULL;
  g_autofree char *found
    = q_console_wait_for_text (console, text, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (found);
}

static void
assert_echoes (QMachine *machine, const char *text)
{
  g_autoptr (QConsole) console = q_machine_dup_console (machine);
  g_autoptr (GError) error = NULL;

  q_console_write (console, text, NULL, &error);
  g_assert_no_error (error);
  wait_for (machine, text);
}

/* A PC that echoes what comes by its serial port, with a disk. */
static void
make_template (void)
{
  const char *args[] = { "-accel", "tcg", "-m", "32", "-nic", "none", NULL };
  g_autofree char *directory = get_directory ();
  g_autofree char *image = g_test_build_filename (G_TEST_BUILT, "guests", "echo.img", NULL);
  g_autoptr (QDisk) disk = q_disk_new (image, "raw");
  g_autoptr (GError) error = NULL;
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type", "pc", "args",
                    args, "base-dir", q_test_get_base_dir (), NULL);

  q_machine_add_console (machine, NULL, NULL, &error);
  g_assert_no_error (error);
  g_object_set (disk, "overlay", TRUE, "device", "ide-hd", NULL);
  q_machine_add_disk (machine, disk, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (q_machine_prepare_template (machine, directory, &error));
  q_test_launch (machine);
  wait_for (machine, "ready");
  g_assert_true (q_machine_save_template (machine, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
}

static QMachine *
new_clone (void)
{
  g_autofree char *directory = get_directory ();
  g_autoptr (GError) error = NULL;
  QMachine *clone = q_machine_new_from_template (directory, &error);

  g_assert_no_error (error);
  g_object_set (clone, "base-dir", q_test_get_base_dir (), NULL);
  return clone;
}

/* -- the template, byte by byte -- */

static GHashTable *
read_template (void)
{
  GHashTable *files
    = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
  g_autofree char *directory = get_directory ();
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);
      char *content = NULL;
      gsize length;

      g_assert_true (g_file_get_contents (path, &content, &length, NULL));
      g_hash_table_insert (files, g_strdup (name), g_bytes_new_take (content, length));
    }

  return files;
}

static void
assert_template (GHashTable *before)
{
  g_autoptr (GHashTable) now = read_template ();
  GHashTableIter iter;
  gpointer name;
  gpointer bytes;

  g_assert_cmpuint (g_hash_table_size (now), ==, g_hash_table_size (before));
  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &name, &bytes))
    {
      GBytes *other = g_hash_table_lookup (now, name);

      g_assert_nonnull (other);
      g_assert_true (g_bytes_equal (bytes, other));
    }
}

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    n++;

  return n;
}

/* Neither a process, nor a directory, nor a file, but the template. */
static void
assert_nothing_left (void)
{
  g_autofree char *directory = get_directory ();

  q_test_wait_until (NULL, q_test_count_processes (directory) == 0);
  g_assert_cmpuint (count_entries (q_test_get_base_dir ()), ==, 1);
}

/* -- 1,000 of them -- */

typedef struct
{
  QMachine *machine;
  GAsyncResult *result;
  GCancellable *cancellable;
} Clone;

static void
begin (Clone *self)
{
  self->machine = new_clone ();
  self->result = NULL;
  self->cancellable = g_cancellable_new ();
  q_machine_launch_async (self->machine, self->cancellable, q_test_store_result, &self->result);
}

/* By the signal, or by the call, as it comes. */
static void
kill_clone (Clone *self)
{
  gint64 pid = q_machine_get_pid (self->machine);

  if (pid > 0 && g_test_rand_bit ())
    kill ((pid_t)pid, SIGKILL);
  else
    g_cancellable_cancel (self->cancellable);
}

/* TRUE if the launch was good. */
static gboolean
end (Clone *self, const char *text)
{
  g_autoptr (GError) error = NULL;
  gboolean good;

  q_test_await (&self->result);
  good = q_machine_launch_finish (self->machine, self->result, &error);
  if (text != NULL)
    {
      g_assert_no_error (error);
      assert_echoes (self->machine, text);
    }
  g_clear_error (&error);
  q_machine_kill (self->machine, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (q_machine_is_running (self->machine));
  g_clear_object (&self->result);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->machine);
  return good;
}

static gint64
time_one (void)
{
  gint64 start = g_get_monotonic_time ();
  Clone clone;

  begin (&clone);
  q_test_await (&clone.result);
  start = g_get_monotonic_time () - start;
  end (&clone, "hello");
  return start;
}

static void
test_thousand (QTestFixture *fixture, gconstpointer data)
{
  const guint n_batches = q_test_is_long () ? 100 : 5;
  const guint n_killed = q_test_is_long () ? 20 : 3;
  g_autoptr (GHashTable) before = NULL;
  gint64 start;
  gint64 whole;
  guint killed = 0;
  guint failed = 0;

  make_template ();
  before = read_template ();
  time_one ();
  whole = time_one ();
  start = g_get_monotonic_time ();
  for (guint i = 0; i < n_batches; i++)
    {
      /* In every fifth batch, or so. */
      gboolean kills = killed * n_batches < (i + 1) * n_killed;
      guint victim = kills ? (guint)g_test_rand_int_range (0, AT_ONCE) : AT_ONCE;
      Clone clones[AT_ONCE];

      for (guint k = 0; k < AT_ONCE; k++)
        begin (&clones[k]);
      if (kills)
        {
          gint64 until
            = g_get_monotonic_time () + g_test_rand_int_range (0, (gint32)MIN (whole, G_MAXINT32));

          while (g_get_monotonic_time () < until && clones[victim].result == NULL)
            g_main_context_iteration (NULL, FALSE);
          kill_clone (&clones[victim]);
          killed++;
        }
      for (guint k = 0; k < AT_ONCE; k++)
        failed += end (&clones[k], k == victim ? NULL : "hello") ? 0 : 1;
      if (kills)
        assert_nothing_left ();
    }
  q_test_take_warnings (NULL);
  g_test_message ("%u clones in %d s; %u were killed, %u of them before their launch was done",
                  n_batches * AT_ONCE, (int)((g_get_monotonic_time () - start) / G_USEC_PER_SEC),
                  killed, failed);
  g_assert_cmpuint (killed, ==, n_killed);
  /* The others came to their end in that moment. */
  g_assert_cmpuint (failed, >, n_killed / 2);
  assert_nothing_left ();
  assert_template (before);
}

/* -- 50 at once -- */

/* In KiB: what is shared counts in parts. */
static guint64
get_pss (QMachine *machine)
{
  g_autofree char *path
    = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/smaps_rollup", q_machine_get_pid (machine));
  g_autofree char *content = NULL;
  const char *line;

  if (!g_file_get_contents (path, &content, NULL, NULL))
    return 0;

  line = strstr (content, "\nPss:");
  return line != NULL ? g_ascii_strtoull (line + strlen ("\nPss:"), NULL, 10) : 0;
}

static void
test_at_once (QTestFixture *fixture, gconstpointer data)
{
  const guint n = q_test_is_long () ? 50 : 10;
  g_autoptr (GHashTable) before = NULL;
  g_autofree Clone *clones = g_new0 (Clone, n);
  guint64 pss = 0;
  gint64 start;

  make_template ();
  before = read_template ();
  start = g_get_monotonic_time ();
  for (guint i = 0; i < n; i++)
    begin (&clones[i]);
  for (guint i = 0; i < n; i++)
    q_test_await (&clones[i].result);
  g_test_message ("%u clones run after %d ms", n, (int)((g_get_monotonic_time () - start) / 1000));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("guest %u.", i);

      g_assert_cmpint (q_machine_get_run_state (clones[i].machine), ==, Q_RUN_STATE_RUNNING);
      assert_echoes (clones[i].machine, text);
    }
  for (guint i = 0; i < n; i++)
    pss += get_pss (clones[i].machine);
  g_test_message ("%" G_GUINT64_FORMAT " KiB each", pss / n);
  /* Each has its own: nobody else's text came. */
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (QConsole) console = q_machine_dup_console (clones[i].machine);
      g_autofree char *text = q_console_dup_text (console);
      g_autofree char *expected = g_strdup_printf ("guest %u.", i);

      g_assert_cmpstr (text, ==, expected);
      g_assert_true (end (&clones[i], NULL));
    }
  assert_nothing_left ();
  assert_template (before);
}

static void
tear_down (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = get_directory ();

  q_test_remove_tree (directory);
  q_test_tear_down (fixture, data);
}

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);
#define ADD(path, test) g_test_add (path, QTestFixture, NULL, q_test_set_up, test, tear_down)
  ADD ("/long-clones/thousand", test_thousand);
  ADD ("/long-clones/at-once", test_at_once);
#undef ADD
  return g_test_run ();
}
