/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What can go wrong with a guest that is saved to a file, and with the file. */

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "q-test-util.h"

static QMachine *
new_machine (void)
{
  const char *args[] = { "-accel", "tcg", "-m", "16", "-nic", "none", NULL };

  return g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type", "pc", "args",
                       args, "base-dir", q_test_get_base_dir (), NULL);
}

static QMachine *
launch (void)
{
  QMachine *machine = new_machine ();

  q_test_launch (machine);
  return machine;
}

static void
set_pace (QMachine *machine, gint64 bandwidth)
{
  g_autofree char *arguments = g_strdup_printf (
    "{\"max-bandwidth\": %" G_GINT64_FORMAT ", \"downtime-limit\": 7}", bandwidth);
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = q_machine_command_json (machine, "migrate-set-parameters", arguments,
                                                   Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (reply);
}

static void
assert_pace (QMachine *machine, gint64 bandwidth)
{
  g_autofree char *reply = q_machine_command_json (machine, "query-migrate-parameters", NULL,
                                                   Q_TIMEOUT_DEFAULT, NULL, NULL);
  g_autoptr (JsonNode) node = json_from_string (reply, NULL);
  JsonObject *parameters = json_node_get_object (node);

  g_assert_cmpint (json_object_get_int_member (parameters, "downtime-limit"), ==, 7);
  g_assert_cmpint (json_object_get_int_member (parameters, "max-bandwidth"), ==, bandwidth);
}

static void
assert_runs (QMachine *machine)
{
  q_test_assert_running (machine);
  g_assert_cmpint (q_machine_get_run_state (machine), ==, Q_RUN_STATE_RUNNING);
}

/* Of those that begin like this. */
static guint
count_files (const char *beginning)
{
  g_autofree char *path = q_test_get_path (beginning);
  g_autofree char *directory_path = g_path_get_dirname (path);
  g_autoptr (GDir) directory = g_dir_open (directory_path, 0, NULL);
  guint n = 0;

  for (const char *name = g_dir_read_name (directory); name != NULL;
       name = g_dir_read_name (directory))
    if (g_str_has_prefix (name, beginning))
      n++;

  return n;
}

static void
assert_restores (const char *path)
{
  g_autoptr (QMachine) machine = new_machine ();
  g_autoptr (GError) error = NULL;

  q_machine_restore_state (machine, path, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  assert_runs (machine);
  q_test_shutdown (machine);
}

/* -- two at once -- */

static void
again_cb (GObject *jobs, guint position, guint removed, guint added, gpointer data)
{
  QMachine *machine = data;
  g_autofree char *path = q_test_get_path ("state");
  g_autoptr (GError) error = NULL;

  if (added == 0)
    return;

  g_signal_handlers_disconnect_by_func (jobs, again_cb, data);
  g_assert_null (q_machine_save_state (machine, path, -1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpstr (error->message, ==,
                   "save_state: the guest is at save_state, which has not ended");
  g_clear_error (&error);
  g_assert_null (q_machine_migrate_to_uri (machine, "unix:/none", -1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
}

/* The first has its turn, its file is whole, and what it set is as it was. */
static void
test_twice (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("state");
  g_autofree char *partial = q_test_get_path ("state.partial");
  g_autofree char *content = NULL;
  g_autoptr (QMachine) machine = launch ();
  g_autoptr (QMigrationResult) saved = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_file_set_contents (partial, "mine", -1, &error);
  g_assert_no_error (error);
  set_pace (machine, 12345678);
  g_signal_connect (q_machine_get_jobs (machine), "items-changed", G_CALLBACK (again_cb), machine);
  q_machine_save_state_async (machine, path, -1, NULL, q_test_store_result, &result);
  q_test_await (&result);
  saved = q_machine_save_state_finish (machine, result, &error);
  g_assert_no_error (error);
  assert_pace (machine, 12345678);
  q_test_shutdown (machine);

  g_file_get_contents (partial, &content, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (content, ==, "mine");
  g_assert_cmpuint (count_files ("state"), ==, 2);
  assert_restores (path);
  g_unlink (path);
  g_unlink (partial);
}

/* Two machines have two files, and one of them is there in the end. */
static void
test_one_path (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("state");
  QMachine *machines[2] = { launch (), launch () };
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (QMigrationResult) one = NULL;
  g_autoptr (QMigrationResult) other = NULL;
  g_autoptr (GError) error = NULL;

  q_machine_save_state_async (machines[0], path, -1, NULL, q_test_store_result, &first);
  q_machine_save_state_async (machines[1], path, -1, NULL, q_test_store_result, &second);
  q_test_await (&first);
  q_test_await (&second);
  one = q_machine_save_state_finish (machines[0], first, &error);
  g_assert_no_error (error);
  other = q_machine_save_state_finish (machines[1], second, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    {
      q_test_shutdown (machines[i]);
      g_object_unref (machines[i]);
    }
  g_assert_cmpuint (count_files ("state"), ==, 1);
  assert_restores (path);
  g_unlink (path);
}

/* -- a path that is none -- */

static void
block_cb (GObject *jobs, guint position, guint removed, guint added, gpointer data)
{
  if (added == 0)
    return;

  g_signal_handlers_disconnect_by_func (jobs, block_cb, data);
  g_assert_cmpint (g_mkdir (data, 0700), ==, 0);
}

/* Also one that is there only when the guest stands still already. */
static void
test_directory (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("state");
  g_autoptr (QMachine) machine = launch ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_null (q_machine_save_state (machine, path, -1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
  g_test_message ("%s", error->message);
  g_clear_error (&error);
  g_assert_cmpint (q_machine_get_run_state (machine), ==, Q_RUN_STATE_RUNNING);
  g_assert_cmpint (g_rmdir (path), ==, 0);

  g_signal_connect (q_machine_get_jobs (machine), "items-changed", G_CALLBACK (block_cb), path);
  q_machine_save_state_async (machine, path, -1, NULL, q_test_store_result, &result);
  q_test_await (&result);
  g_assert_null (q_machine_save_state_finish (machine, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
  assert_runs (machine);
  g_assert_cmpuint (count_files ("state"), ==, 1);
  g_assert_cmpint (g_rmdir (path), ==, 0);
  q_test_shutdown (machine);
}

/* -- a file that never answers -- */

static void
test_fifo (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("fifo");
  g_autoptr (QMachine) machine = new_machine ();
  g_autoptr (QDisk) disk = q_disk_new (path, "raw");
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_false (q_machine_restore_state (machine, path, 5000, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "fifo: this is no file and no block device"));
  g_clear_error (&error);

  g_assert_false (q_machine_add_disk (machine, disk, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_nonnull (strstr (error->message, "fifo: this is no file and no block device"));
  g_clear_error (&error);
  g_unlink (path);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_false (q_machine_restore_state (machine, path, 5000, NULL, &error));
  g_assert_nonnull (strstr (error->message, "fifo: this is no file and no block device"));
  g_rmdir (path);
}

/* -- a launch that takes too long -- */

static void
test_limit (QTestFixture *fixture, gconstpointer data)
{
  const char *wrapper[] = { "/bin/sh", "-c", "exec sleep 1000", "sh", NULL };
  g_autofree char *path = q_test_get_path ("state");
  g_autoptr (QMachine) machine = launch ();
  g_autoptr (QMachine) target = new_machine ();
  g_autoptr (QMigrationResult) saved = NULL;
  g_autoptr (GError) error = NULL;
  gint64 begin;

  g_object_set (target, "wrapper", wrapper, "launch-timeout", -1, NULL);
  g_assert_null (q_machine_migrate_to (machine, target, 300, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_test_message ("%s", error->message);
  g_clear_error (&error);
  assert_runs (machine);

  saved = q_machine_save_state (machine, path, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  q_test_shutdown (machine);
  begin = g_get_monotonic_time ();
  g_assert_false (q_machine_restore_state (target, path, 300, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_test_message ("%s", error->message);
  g_clear_error (&error);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 290 * 1000);
  g_assert_false (q_machine_is_running (target));

  /* The limit of the launch may be the shorter one. */
  g_object_set (target, "launch-timeout", 300, NULL);
  g_assert_false (q_machine_restore_state (target, path, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "launch-timeout"));
  g_unlink (path);
}

/* -- one that is given up -- */

/* Nothing is left, whenever that is, and the next launch is an ordinary one. */
static void
test_given_up (QTestFixture *fixture, gconstpointer data)
{
  const guint n_times = q_test_is_long () ? 50 : 8;
  g_autofree char *path = q_test_get_path ("state");
  g_autoptr (QMachine) machine = launch ();
  g_autoptr (QMachine) target = new_machine ();
  g_autoptr (QMigrationResult) saved = NULL;
  g_autoptr (GError) error = NULL;
  gint64 begin;
  gint64 whole;
  guint n_restored = 0;

  saved = q_machine_save_state (machine, path, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  q_test_shutdown (machine);
  begin = g_get_monotonic_time ();
  assert_restores (path);
  whole = g_get_monotonic_time () - begin;

  for (guint i = 0; i < n_times; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;
      gboolean good;

      q_machine_restore_state_async (target, path, -1, cancellable, q_test_store_result, &result);
      g_usleep ((gulong)g_test_rand_int_range (0, (gint32)whole));
      g_cancellable_cancel (cancellable);
      q_test_await (&result);
      good = q_machine_restore_state_finish (target, result, &error);
      if (!good)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&error);
      g_assert_cmpint (q_machine_is_running (target), ==, good);
      n_restored += good ? 1 : 0;
      if (good)
        q_test_shutdown (target);
    }
  g_test_message ("%u of %u were there before they were given up", n_restored, n_times);

  q_test_launch (target);
  assert_runs (target);
  q_test_shutdown (target);
  assert_restores (path);
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);
#define ADD(path, func) g_test_add (path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)
  ADD ("/saved-state/twice", test_twice);
  ADD ("/saved-state/one-path", test_one_path);
  ADD ("/saved-state/directory", test_directory);
  ADD ("/saved-state/fifo", test_fifo);
  ADD ("/saved-state/limit", test_limit);
  ADD ("/saved-state/given-up", test_given_up);
#undef ADD
  return g_test_run ();
}
