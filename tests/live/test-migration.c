/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A guest that goes to another machine, and to a file and back. */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "counting-guest.h"

static QMachine *
new_machine (const char *memory)
{
  QMachine *machine = counting_guest_new (memory);

  counting_guest_add_disk (machine, "count.img", FALSE);
  return machine;
}

static void
run (QMachine *machine, const char *command, const char *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply
    = q_machine_command_json (machine, command, arguments, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (reply);
}

static QMachine *
launch (const char *memory)
{
  QMachine *machine = new_machine (memory);

  counting_guest_launch (machine);
  return machine;
}

static void
assert_state (QMachine *machine, QRunState state)
{
  g_assert_cmpint (q_machine_get_run_state (machine), ==, state);
}

/* Slow enough that something can happen meanwhile. */
static void
slow_down (QMachine *machine)
{
  run (machine, "migrate-set-parameters", "{\"max-bandwidth\": 1000, \"downtime-limit\": 1}");
}

/* Each time the guest counts on from where it was. */
static void
test_moves (QTestFixture *fixture, gconstpointer data)
{
  guint n_moves = q_test_is_long () ? 50 : 5;
  g_autoptr (QMachine) machine = launch ("16");
  guint32 count = counting_guest_ask (machine);

  for (guint i = 0; i < n_moves; i++)
    {
      g_autoptr (QMachine) target = new_machine ("16");
      g_autoptr (QMigrationResult) moved = NULL;
      g_autoptr (GError) error = NULL;
      guint32 next;

      moved = q_machine_migrate_to (machine, target, Q_TEST_DEADLINE_MS, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (q_migration_result_get_total_time (moved), >=,
                       q_migration_result_get_downtime (moved));
      g_assert_cmpint (q_migration_result_get_transferred (moved), >, 0);
      assert_state (machine, Q_RUN_STATE_POSTMIGRATE);
      assert_state (target, Q_RUN_STATE_RUNNING);
      next = counting_guest_ask (target);
      g_assert_cmpuint (next, >, count);
      count = next;
      q_test_shutdown (machine);
      g_set_object (&machine, target);
    }
  q_test_shutdown (machine);
}

/* What is paused arrives paused; and a target that waits already is taken as it is. */
static void
test_paused (QTestFixture *fixture, gconstpointer data)
{
  const char *args[] = { "-accel", "tcg", "-m", "16", "-nic", "none", "-incoming", "defer", NULL };
  g_autoptr (QMachine) machine = launch ("16");
  g_autoptr (QMachine) target = new_machine ("16");
  g_autoptr (QMigrationResult) moved = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint32 count = counting_guest_ask (machine);

  q_machine_set_args (target, args);
  q_test_launch (target);
  assert_state (target, Q_RUN_STATE_INMIGRATE);
  run (machine, "stop", NULL);
  q_machine_migrate_to_async (machine, target, -1, NULL, q_test_store_result, &result);
  q_test_await (&result);
  moved = q_machine_migrate_to_finish (machine, result, &error);
  g_assert_no_error (error);
  assert_state (machine, Q_RUN_STATE_POSTMIGRATE);
  assert_state (target, Q_RUN_STATE_PAUSED);
  run (target, "cont", NULL);
  g_assert_cmpuint (counting_guest_ask (target), >=, count);
  q_test_shutdown (machine);
  q_test_shutdown (target);
}

static void
add_disk (QMachine *machine, const char *path, gboolean overlay)
{
  g_autoptr (QDisk) disk = q_disk_new (path, "raw");
  g_autoptr (GError) error = NULL;

  g_object_set (disk, "name", "data", "overlay", overlay, "device", "virtio-blk-pci", NULL);
  q_machine_add_disk (machine, disk, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
}

/* The lock of an image that is written goes with the guest; an overlay cannot. */
static void
test_disks (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("data.img");
  g_autofree char *content = g_strnfill (1024 * 1024, 'd');
  g_autoptr (QMachine) machine = new_machine ("16");
  g_autoptr (QMachine) target = new_machine ("16");
  g_autoptr (QMachine) other = new_machine ("16");
  g_autoptr (QMigrationResult) moved = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, content, -1, NULL));
  add_disk (machine, path, FALSE);
  add_disk (target, path, FALSE);
  add_disk (other, path, TRUE);
  q_test_launch (machine);
  g_assert_null (q_machine_migrate_to (machine, other, -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_cmpstr (error->message, ==,
                   "migrate_to: disk \"data\" has an overlay of this machine alone: the guest "
                   "needs the same image there");
  g_clear_error (&error);

  moved = q_machine_migrate_to (machine, target, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  assert_state (target, Q_RUN_STATE_RUNNING);
  q_test_shutdown (machine);
  q_test_shutdown (target);
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
cancel_cb (GObject *jobs, guint position, guint removed, guint added, gpointer data)
{
  if (added > 0)
    g_cancellable_cancel (data);
}

/* The guest goes on where it was, and the target is gone. */
static void
assert_not_moved (QMachine *machine, QMachine *target)
{
  g_assert_false (q_machine_is_running (target));
  q_test_assert_running (machine);
  assert_state (machine, Q_RUN_STATE_RUNNING);
  counting_guest_ask (machine);
}

static void
test_given_up (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = launch ("16");
  g_autoptr (QMachine) target = new_machine ("16");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GListModel *jobs = q_machine_get_jobs (machine);
  gulong id = g_signal_connect (jobs, "items-changed", G_CALLBACK (cancel_cb), cancellable);
  g_autoptr (QMigrationResult) moved = NULL;

  slow_down (machine);
  q_machine_migrate_to_async (machine, target, -1, cancellable, q_test_store_result, &result);
  q_test_await (&result);
  g_assert_null (q_machine_migrate_to_finish (machine, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  assert_not_moved (machine, target);
  g_signal_handler_disconnect (jobs, id);

  g_assert_null (q_machine_migrate_to (machine, target, 1500, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  assert_not_moved (machine, target);

  /* And then it can. */
  run (machine, "migrate-set-parameters",
       "{\"max-bandwidth\": 1000000000, \"downtime-limit\": 300}");
  moved = q_machine_migrate_to (machine, target, -1, NULL, &error);
  g_assert_no_error (error);
  q_test_shutdown (machine);
  counting_guest_ask (target);
  q_test_shutdown (target);
}

static void
kill_cb (GObject *jobs, guint position, guint removed, guint added, gpointer data)
{
  gint64 pid = q_machine_get_pid (data);

  /* Once: later it has none. */
  if (added > 0 && pid > 0)
    kill ((pid_t)pid, SIGKILL);
}

static void
test_target_dies (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = launch ("16");
  g_autoptr (QMachine) target = new_machine ("16");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GListModel *jobs = q_machine_get_jobs (machine);
  gulong id = g_signal_connect (jobs, "items-changed", G_CALLBACK (kill_cb), target);

  slow_down (machine);
  q_machine_migrate_to_async (machine, target, -1, NULL, q_test_store_result, &result);
  q_test_await (&result);
  g_assert_null (q_machine_migrate_to_finish (machine, result, &error));
  g_assert_error (error, Q_JOB_ERROR, Q_JOB_ERROR_FAILED);
  assert_not_moved (machine, target);
  g_signal_handler_disconnect (jobs, id);
  /* Of the signal that killed it, unless the library was about to kill it as well. */
  g_assert_cmpuint (q_test_take_warnings (NULL), <=, 1);
  q_test_shutdown (machine);
}

/* Another board does not take the guest, and says why. */
static void
test_refused (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = launch ("16");
  g_autoptr (QMachine) target = new_machine ("24");
  g_autoptr (QMachine) idle = new_machine ("16");
  g_autoptr (GError) error = NULL;

  g_assert_null (q_machine_migrate_to (machine, target, -1, NULL, &error));
  g_assert_error (error, Q_JOB_ERROR, Q_JOB_ERROR_FAILED);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "the target wrote last: "));
  g_clear_error (&error);
  assert_not_moved (machine, target);

  g_assert_null (q_machine_migrate_to (machine, machine, -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_cmpstr (error->message, ==, "migrate_to: the guest is in this machine already");
  g_clear_error (&error);
  g_assert_null (q_machine_migrate_to (idle, target, -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_clear_error (&error);
  g_assert_null (q_machine_migrate_to (machine, target, -2, NULL, &error));
  g_assert_cmpstr (error->message, ==, "migrate_to: -2 is no time-out: -1 waits without end");
  g_clear_error (&error);
  q_test_launch (idle);
  g_assert_null (q_machine_migrate_to (machine, idle, -1, NULL, &error));
  g_assert_cmpstr (error->message, ==,
                   "migrate_to: the target has a guest already: leave its launch to this call");
  g_clear_error (&error);
  q_test_assert_running (idle);
  g_assert_null (q_machine_migrate_to_uri (machine, "nonsense:", -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  q_test_assert_running (machine);
  q_test_shutdown (idle);
  q_test_shutdown (machine);
}

static guint
count_fds (QMachine *machine)
{
  g_autofree char *name
    = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/fd", q_machine_get_pid (machine));
  g_autoptr (GDir) directory = g_dir_open (name, 0, NULL);
  guint n = 0;

  g_assert_nonnull (directory);
  while (g_dir_read_name (directory) != NULL)
    n++;

  return n;
}

/* QEMU says no when it has its end of the connection already, and keeps nothing of it. */
static void
test_blocked (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("blocks.vdi");
  g_autofree char *node = g_strdup_printf (
    "{\"driver\": \"vdi\", \"node-name\": \"blocks\", \"file\": {\"driver\": \"file\", "
    "\"filename\": \"%s\"}}",
    path);
  g_autoptr (QDiskImage) image = q_disk_image_new (path, "vdi");
  g_autoptr (QMachine) machine = launch ("16");
  g_autoptr (QMigrationResult) moved = NULL;
  g_autoptr (QMachine) target = new_machine ("16");
  g_autoptr (GError) error = NULL;
  guint n_fds;

  q_disk_image_create (image, 1024 * 1024, NULL, -1, NULL, &error);
  g_assert_no_error (error);
  run (machine, "blockdev-add", node);
  n_fds = count_fds (machine);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_null (q_machine_migrate_to (machine, target, -1, NULL, &error));
      g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
      g_assert_nonnull (strstr (error->message, "vdi"));
      g_clear_error (&error);
      assert_not_moved (machine, target);
      g_assert_cmpuint (count_fds (machine), ==, n_fds);
    }

  run (machine, "blockdev-del", "{\"node-name\": \"blocks\"}");
  moved = q_machine_migrate_to (machine, target, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  q_test_shutdown (machine);
  counting_guest_ask (target);
  q_test_shutdown (target);
  g_unlink (path);
}

static void
test_file (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("state");
  g_autofree char *partial = g_strconcat (path, ".partial", NULL);
  g_autoptr (QMachine) machine = launch ("16");
  g_autoptr (QMigrationResult) saved = NULL;
  g_autoptr (GError) error = NULL;
  guint32 count = counting_guest_ask (machine);

  g_assert_null (q_machine_save_state (machine, "/none/state", -1, NULL, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_clear_error (&error);
  q_test_assert_running (machine);

  saved = q_machine_save_state (machine, path, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  assert_state (machine, Q_RUN_STATE_POSTMIGRATE);
  g_assert_false (g_file_test (partial, G_FILE_TEST_EXISTS));
  g_assert_false (q_machine_restore_state (machine, path, -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ALREADY_LAUNCHED);
  g_clear_error (&error);
  q_test_shutdown (machine);

  /* Twice, and then an ordinary launch. */
  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (q_machine_restore_state (machine, path, Q_TEST_DEADLINE_MS, NULL, &error));
      g_assert_no_error (error);
      assert_state (machine, Q_RUN_STATE_RUNNING);
      g_assert_cmpuint (counting_guest_ask (machine), >=, count);
      q_test_shutdown (machine);
    }
  q_test_launch (machine);
  assert_state (machine, Q_RUN_STATE_RUNNING);
  q_test_shutdown (machine);

  g_assert_true (g_file_set_contents (path, "no state at all", -1, NULL));
  g_assert_false (q_machine_restore_state (machine, path, -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  g_test_message ("%s", error->message);
  g_clear_error (&error);
  g_unlink (path);
  g_assert_false (q_machine_restore_state (machine, path, -1, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, path));
}

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);
#define ADD(path, func) g_test_add (path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)
  ADD ("/migration/moves", test_moves);
  ADD ("/migration/paused", test_paused);
  ADD ("/migration/disks", test_disks);
  ADD ("/migration/given-up", test_given_up);
  ADD ("/migration/target-dies", test_target_dies);
  ADD ("/migration/refused", test_refused);
  ADD ("/migration/blocked", test_blocked);
  ADD ("/migration/file", test_file);
#undef ADD
  return g_test_run ();
}
