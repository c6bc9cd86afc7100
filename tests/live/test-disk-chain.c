/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Snapshots of one disk, each a file over what was written before, and their commits: what is in
 * the files, byte for byte, and what is left where a call fails, is given up, or QEMU ends. */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "q-test-util.h"

#define KIB 1024
#define SIZE (2 * 1024 * KIB)
#define N_BLOCKS (SIZE / (64 * KIB))

typedef struct
{
  QTestFixture fixture;
  char *image;
  char *snapshot;
  QDisk *disk;
  QMachine *machine;
  guint8 expected[SIZE]; /* what the guest sees */
} Chain;

static QMachine *
new_machine (void)
{
  const char *args[] = { "-accel", "tcg", "-m", "16", "-nic", "none", "-S", NULL };

  return g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type",
                       "q35,graphics=off", "args", args, "base-dir", q_test_get_base_dir (), NULL);
}

static void
chain_set_up (Chain *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  q_test_set_up (&self->fixture, data);
  for (guint i = 0; i < SIZE; i++)
    self->expected[i] = (guint8)(i / 512 * 7 + 1);
  self->image = q_test_get_path ("disk.raw");
  self->snapshot = q_test_get_path ("one, of it.qcow2");
  g_assert_true (g_file_set_contents (self->image, (const char *)self->expected, SIZE, &error));
  g_assert_no_error (error);
  self->disk = q_disk_new (self->image, "raw");
  self->machine = new_machine ();
}

static void
add (Chain *self)
{
  g_autoptr (GError) error = NULL;

  q_machine_add_disk (self->machine, self->disk, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
}

static void
launch (Chain *self)
{
  add (self);
  q_test_launch (self->machine);
}

static void
chain_tear_down (Chain *self, gconstpointer data)
{
  if (q_machine_is_running (self->machine))
    q_test_shutdown (self->machine);
  g_clear_object (&self->machine);
  g_clear_object (&self->disk);
  g_unlink (self->image);
  g_unlink (self->snapshot);
  g_clear_pointer (&self->image, g_free);
  g_clear_pointer (&self->snapshot, g_free);
  q_test_tear_down (&self->fixture, data);
}

/* -- what the guest does, and sees -- */

static char *
run_io (QMachine *machine, const char *command)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line
    = g_strdup_printf ("qemu-io -d /machine/peripheral/disk0/virtio-backend \"%s\"", command);
  char *output = q_machine_human_command (machine, line, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  return output;
}

static void
write_block (Chain *self, guint block, guint8 value)
{
  g_autofree char *command = g_strdup_printf ("write -P %u %uk 64k", value, block * 64);
  g_autofree char *output = run_io (self->machine, command);
  g_autofree char *flushed = run_io (self->machine, "flush");

  g_assert_cmpstr (output, ==, "");
  g_assert_cmpstr (flushed, ==, "");
  memset (self->expected + block * 64 * KIB, value, 64 * KIB);
}

/* What it says goes to QEMU's standard output. */
static void
assert_block (QMachine *machine, guint block, guint8 value)
{
  g_autofree char *command = g_strdup_printf ("read -P %u %uk 64k", value, block * 64);
  g_autofree char *before = q_machine_dup_log (machine);
  g_autofree char *output = run_io (machine, command);
  g_autofree char *log = q_machine_dup_log (machine);

  g_assert_cmpstr (output, ==, "");
  g_assert_nonnull (strstr (log + strlen (before), "read 65536/65536 bytes"));
  g_assert_null (strstr (log, "verification failed"));
}

static void
assert_file (const char *path, const guint8 *expected)
{
  g_autofree char *content = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  g_assert_cmpmem (content, length, expected, SIZE);
}

/* What the guest sees of an image with all that is under it. */
static void
assert_qcow2 (const char *path, const guint8 *expected)
{
  g_autofree char *copy = q_test_get_path ("copy.raw");
  const char *argv[]
    = { "qemu-img", "convert", "-U", "-f", "qcow2", "-O", "raw", path, copy, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  g_assert_true (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, &status, &error));
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, &error));
  assert_file (copy, expected);
  g_unlink (copy);
}

static gboolean
exists (const char *path)
{
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static int
compare_names (gconstpointer first, gconstpointer second)
{
  return strcmp (*(const char *const *)first, *(const char *const *)second);
}

/* The named nodes that there are, sorted; and where the guest writes. */
static char *
list_nodes (QMachine *machine)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) reply = q_machine_command (machine, "query-named-block-nodes", NULL,
                                                  Q_TEST_DEADLINE_MS, NULL, &error);
  g_autoptr (JsonNode) drives
    = q_machine_command (machine, "query-block", NULL, Q_TEST_DEADLINE_MS, NULL, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *all = NULL;
  const char *top = "none";
  JsonArray *array;

  g_assert_no_error (error);
  array = json_node_get_array (reply);
  for (guint i = 0; i < json_array_get_length (array); i++)
    g_ptr_array_add (names, (gpointer)json_object_get_string_member (
                              json_array_get_object_element (array, i), "node-name"));
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  all = g_strjoinv (" ", (char **)names->pdata);

  array = json_node_get_array (drives);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *drive = json_array_get_object_element (array, i);

      if (g_str_has_suffix (json_object_get_string_member_with_default (drive, "qdev", ""),
                            "/disk0/virtio-backend"))
        top = json_object_get_string_member (json_object_get_object_member (drive, "inserted"),
                                             "node-name");
    }

  return g_strdup_printf ("%s: %s", top, all);
}

static void
assert_nodes (Chain *self, const char *expected)
{
  g_autofree char *nodes = list_nodes (self->machine);
  g_autofree char *jobs
    = q_machine_command_json (self->machine, "query-jobs", NULL, Q_TEST_DEADLINE_MS, NULL, NULL);
  g_autofree char *node = q_machine_dup_disk_node (self->machine, self->disk);

  g_assert_cmpstr (nodes, ==, expected);
  g_assert_cmpstr (jobs, ==, "[]");
  g_assert_true (g_str_has_prefix (nodes, node));
  g_assert_cmpint (nodes[strlen (node)], ==, ':');
}

#define BARE "disk0: disk0 disk0-file"
#define WITH_ONE "disk0-1: disk0 disk0-1 disk0-1-file disk0-file"

static void
take_snapshot (Chain *self, const char *path)
{
  g_autoptr (GError) error = NULL;
  gboolean good
    = q_machine_snapshot_disk (self->machine, self->disk, path, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (good);
}

static void
commit (Chain *self)
{
  g_autoptr (GError) error = NULL;
  gboolean good
    = q_machine_commit_disk (self->machine, self->disk, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (good);
}

/* -- it works -- */

static void
test_there_and_back (Chain *self, gconstpointer data)
{
  g_autofree guint8 *before = NULL;

  launch (self);
  write_block (self, 0, 11);
  assert_nodes (self, BARE);
  for (guint i = 0; i < 2; i++)
    {
      g_clear_pointer (&before, g_free);
      before = g_memdup2 (self->expected, SIZE);
      take_snapshot (self, self->snapshot);
      assert_nodes (self, WITH_ONE);
      write_block (self, 0, (guint8)(21 + i));
      write_block (self, N_BLOCKS - 1, (guint8)(31 + i));
      assert_file (self->image, before);
      assert_qcow2 (self->snapshot, self->expected);

      commit (self);
      assert_nodes (self, BARE);
      g_assert_false (exists (self->snapshot));
      assert_file (self->image, self->expected);
      write_block (self, 1, (guint8)(41 + i));
      assert_file (self->image, self->expected);
    }
}

static void
test_several (Chain *self, gconstpointer data)
{
  char *paths[3] = { NULL };
  guint8 *states[4] = { NULL };

  launch (self);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autofree char *name = g_strdup_printf ("snapshot-%u.qcow2", i);

      paths[i] = q_test_get_path (name);
      write_block (self, i, (guint8)(50 + i));
      states[i] = g_memdup2 (self->expected, SIZE);
      take_snapshot (self, paths[i]);
    }
  write_block (self, 3, 60);
  write_block (self, 0, 61);
  states[3] = g_memdup2 (self->expected, SIZE);

  assert_file (self->image, states[0]);
  assert_nodes (self, "disk0-3: disk0 disk0-1 disk0-1-file disk0-2 disk0-2-file disk0-3 "
                      "disk0-3-file disk0-file");
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    assert_qcow2 (paths[i], states[i + 1]);

  /* The names are free again, and those under it stay as they are. */
  commit (self);
  assert_nodes (self, "disk0-2: disk0 disk0-1 disk0-1-file disk0-2 disk0-2-file disk0-file");
  g_assert_false (exists (paths[2]));
  assert_qcow2 (paths[1], states[3]);
  assert_qcow2 (paths[0], states[1]);
  take_snapshot (self, paths[2]);
  write_block (self, 5, 62);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    commit (self);
  assert_nodes (self, BARE);
  assert_file (self->image, self->expected);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_assert_false (exists (paths[i]));
      g_free (paths[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    g_free (states[i]);
}

/* What QEMU is told at a launch is what the calls have made. */
static void
test_relaunch (Chain *self, gconstpointer data)
{
  g_autofree guint8 *before = g_memdup2 (self->expected, SIZE);
  g_autofree char *second = q_test_get_path ("two.qcow2");

  q_disk_set_discard (self->disk, TRUE);
  q_disk_set_cache (self->disk, Q_DISK_CACHE_UNSAFE);
  launch (self);
  take_snapshot (self, self->snapshot);
  write_block (self, 2, 70);
  take_snapshot (self, second);
  write_block (self, 3, 71);
  q_test_shutdown (self->machine);

  q_test_launch (self->machine);
  assert_nodes (self, "disk0-2: disk0 disk0-1 disk0-1-file disk0-2 disk0-2-file disk0-file");
  assert_block (self->machine, 2, 70);
  assert_block (self->machine, 3, 71);
  write_block (self, 4, 72);
  commit (self);
  assert_file (self->image, before);
  g_assert_false (exists (second));
  q_test_shutdown (self->machine);
  assert_qcow2 (self->snapshot, self->expected);

  q_test_launch (self->machine);
  assert_nodes (self, WITH_ONE);
  write_block (self, 5, 73);
  commit (self);
  assert_file (self->image, self->expected);
  q_test_shutdown (self->machine);

  q_test_launch (self->machine);
  assert_nodes (self, BARE);
  write_block (self, 6, 74);
  q_test_shutdown (self->machine);
  assert_file (self->image, self->expected);
}

/* Over an overlay it lives as long as that. */
static void
test_overlay (Chain *self, gconstpointer data)
{
  g_autofree guint8 *before = g_memdup2 (self->expected, SIZE);
  const char *bare = "disk0: disk0 disk0-base disk0-base-file disk0-file";
  g_autofree char *second = q_test_get_path ("two.qcow2");

  q_disk_set_overlay (self->disk, TRUE);
  launch (self);
  write_block (self, 0, 80);
  take_snapshot (self, self->snapshot);
  write_block (self, 1, 81);
  assert_qcow2 (self->snapshot, self->expected);
  take_snapshot (self, second);
  write_block (self, 2, 82);
  commit (self);
  g_assert_false (exists (second));
  assert_qcow2 (self->snapshot, self->expected);
  q_test_shutdown (self->machine);
  g_assert_false (exists (self->snapshot));
  assert_file (self->image, before);

  q_test_launch (self->machine);
  assert_nodes (self, bare);
  take_snapshot (self, self->snapshot);
  write_block (self, 1, 83);
  commit (self);
  assert_nodes (self, bare);
  assert_block (self->machine, 1, 83);
  /* A file that has taken its place is none of the machine's. */
  g_assert_true (g_file_set_contents (self->snapshot, "x", 1, NULL));
  q_test_shutdown (self->machine);
  g_assert_true (exists (self->snapshot));
  assert_file (self->image, before);
}

/* A clone begins with what the snapshot has, and writes to neither. */
static void
test_template (Chain *self, gconstpointer data)
{
  g_autofree guint8 *before = g_memdup2 (self->expected, SIZE);
  g_autofree char *directory = q_test_get_path ("template");
  g_autoptr (QMachine) clone = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (q_machine_prepare_template (self->machine, directory, &error));
  g_assert_no_error (error);
  q_disk_set_overlay (self->disk, GPOINTER_TO_INT (data));
  launch (self);
  write_block (self, 0, 90);
  if (!GPOINTER_TO_INT (data))
    memcpy (before, self->expected, SIZE);
  take_snapshot (self, self->snapshot);
  write_block (self, 1, 91);
  q_machine_save_template (self->machine, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);

  clone = q_machine_new_from_template (directory, &error);
  g_assert_no_error (error);
  g_object_set (clone, "base-dir", q_test_get_base_dir (), NULL);
  q_test_launch (clone);
  assert_block (clone, 0, 90);
  assert_block (clone, 1, 91);
  /* Since QEMU 10 nobody may write before a guest that came paused goes on. */
  g_free (q_machine_command_json (clone, "cont", NULL, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  g_free (run_io (clone, "write -P 92 64k 64k"));
  q_test_shutdown (clone);
  assert_file (self->image, before);
  assert_qcow2 (self->snapshot, self->expected);
  q_test_remove_tree (directory);
}

/* The nodes of all snapshots go with the disk; the files stay. */
static void
test_remove (Chain *self, gconstpointer data)
{
  g_autoptr (QDisk) again = q_disk_new (self->image, "raw");
  g_autoptr (GError) error = NULL;
  g_autofree char *nodes = NULL;

  q_disk_set_device (self->disk, NULL);
  launch (self);
  take_snapshot (self, self->snapshot);
  g_object_set (again, "name", "disk0-1", "device", NULL, NULL);
  g_assert_false (q_machine_add_disk (self->machine, again, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_cmpstr (error->message, ==,
                   "disk \"disk0-1\": another disk has a node \"disk0-1-file\" already");
  g_clear_error (&error);

  q_machine_remove_disk (self->machine, self->disk, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  nodes = list_nodes (self->machine);
  g_assert_cmpstr (nodes, ==, "none: ");
  g_assert_null (q_machine_dup_disk_node (self->machine, self->disk));
  g_assert_true (exists (self->snapshot));
}

/* -- it does not -- */

static void
assert_refused (Chain *self, QDisk *disk, const char *path, GQuark domain, int code,
                const char *part)
{
  g_autoptr (GError) error = NULL;
  gboolean existed = path != NULL && exists (path);

  if (path != NULL)
    g_assert_false (q_machine_snapshot_disk (self->machine, disk, path, -1, NULL, &error));
  else
    g_assert_false (q_machine_commit_disk (self->machine, disk, -1, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, domain, code);
  g_assert_nonnull (strstr (error->message, part));
  if (path != NULL)
    g_assert_true (exists (path) == existed);
}

#define INVALID Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION

static void
test_refused (Chain *self, gconstpointer data)
{
  g_autofree char *other_image = q_test_get_path ("other.raw");
  g_autofree char *nowhere = q_test_get_path ("nowhere/one.qcow2");
  g_autoptr (QDisk) other = q_disk_new (other_image, "raw");
  g_autoptr (QDisk) named = g_object_new (Q_TYPE_DISK, "name", "disk0", NULL);
  g_autoptr (QDisk) read_only = q_disk_new (other_image, "raw");
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (other_image, (const char *)self->expected, SIZE, NULL));
  add (self);
  assert_refused (self, self->disk, self->snapshot, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                  "snapshot_disk: disk \"disk0\": the machine does not run");
  assert_refused (self, self->disk, NULL, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                  "commit_disk: disk \"disk0\": the machine does not run");
  g_object_set (read_only, "name", "fixed", "read-only", TRUE, NULL);
  g_assert_true (q_machine_add_disk (self->machine, read_only, -1, NULL, NULL));
  q_test_launch (self->machine);

  assert_refused (self, self->disk, NULL, INVALID,
                  "commit_disk: disk \"disk0\" has no snapshot of snapshot_disk()");
  assert_refused (self, read_only, self->snapshot, INVALID, "disk \"fixed\" is read-only");
  assert_refused (self, other, self->snapshot, INVALID, "the machine has no disk \"\"");
  g_object_set (other, "name", "disk0", NULL);
  assert_refused (self, other, self->snapshot, INVALID, "disk.raw, and not ");
  assert_refused (self, self->disk, "", INVALID, "no path is said");
  assert_refused (self, self->disk, self->image, G_IO_ERROR, G_IO_ERROR_EXISTS, "File exists");
  assert_refused (self, self->disk, nowhere, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "one.qcow2");
  g_assert_false (q_machine_commit_disk (self->machine, named, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "is no time-out"));

  /* By its name alone it is found. */
  g_assert_true (
    q_machine_snapshot_disk (self->machine, named, self->snapshot, Q_TIMEOUT_DEFAULT, NULL, NULL));
  g_assert_true (q_machine_commit_disk (self->machine, named, -1, NULL, NULL));
  assert_nodes (self, "disk0: disk0 disk0-file fixed fixed-file");
  assert_file (self->image, self->expected);
  g_unlink (other_image);
}

static void
run_command (Chain *self, const char *name, const char *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply
    = q_machine_command_json (self->machine, name, arguments, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (reply);
}

/* QEMU refuses it in its own words, and nothing is left. */
static void
test_job_has_it (Chain *self, gconstpointer data)
{
  g_autofree char *target = q_test_get_path ("target.raw");
  g_autoptr (JsonNode) arguments
    = json_from_string ("{\"device\": \"disk0\", \"target\": \"copy\", \"sync\": \"full\"}", NULL);
  g_autoptr (QDisk) copy = q_disk_new (target, "raw");
  g_autoptr (QJob) job = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  g_assert_true (g_file_set_contents (target, (const char *)self->expected, SIZE, NULL));
  g_object_set (copy, "name", "copy", "device", NULL, NULL);
  g_assert_true (q_machine_add_disk (self->machine, copy, -1, NULL, NULL));
  launch (self);
  job = q_machine_start_job (self->machine, "blockdev-mirror", arguments, -1, NULL, &error);
  g_assert_no_error (error);
  before = list_nodes (self->machine);
  assert_refused (self, self->disk, self->snapshot, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR,
                  "mirror");
  after = list_nodes (self->machine);
  g_assert_cmpstr (before, ==, after);
  q_job_cancel (job, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  take_snapshot (self, self->snapshot);
  commit (self);
  g_unlink (target);
}

/* The file system takes no more of it: EFBIG here, which needs no file system of its own. */
static void
test_full (Chain *self, gconstpointer data)
{
  struct rlimit old, small;

  launch (self);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  small = (struct rlimit){ 100 * KIB, old.rlim_max };
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  assert_refused (self, self->disk, self->snapshot, G_IO_ERROR, G_IO_ERROR_FAILED,
                  "one, of it.qcow2: cannot be written: File too large");
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);
  signal (SIGXFSZ, SIG_DFL);
  assert_nodes (self, BARE);
}

/* The image under it is full. The guest sees the same disk, and a later commit makes it whole. */
static void
test_commit_fails (Chain *self, gconstpointer data)
{
  launch (self);
  run_command (self, "blockdev-add",
               "{\"driver\": \"blkdebug\", \"node-name\": \"full\", \"image\": \"disk0-file\","
               " \"inject-error\": [{\"event\": \"write_aio\", \"errno\": 28}]}");
  take_snapshot (self, self->snapshot);
  write_block (self, 3, 100);
  run_command (self, "blockdev-reopen",
               "{\"options\": [{\"driver\": \"raw\", \"node-name\": \"disk0\","
               " \"file\": \"full\", \"read-only\": true}]}");
  for (guint i = 0; i < 2; i++)
    {
      assert_refused (self, self->disk, NULL, Q_JOB_ERROR, Q_JOB_ERROR_FAILED,
                      "No space left on device");
      assert_nodes (self, "disk0-1: disk0 disk0-1 disk0-1-file disk0-file full");
      assert_qcow2 (self->snapshot, self->expected);
      write_block (self, 4, (guint8)(101 + i));
    }
  run_command (self, "blockdev-reopen",
               "{\"options\": [{\"driver\": \"raw\", \"node-name\": \"disk0\","
               " \"file\": \"disk0-file\", \"read-only\": true}]}");
  commit (self);
  assert_file (self->image, self->expected);
}

/* -- it is given up -- */

/* The state is that of before, or that of after, as the call said. */
static void
check_given_up (Chain *self, gboolean good, GError *error, gboolean had_one)
{
  if (!good)
    {
      g_assert_nonnull (error);
      g_assert_true (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)
                     || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
    }
  assert_nodes (self, good != had_one ? WITH_ONE : BARE);
  g_assert_true (exists (self->snapshot) == (good != had_one));
}

static void
cancel_one (Chain *self, gboolean had_one, guint *n_good)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gboolean good;

  if (had_one)
    q_machine_commit_disk_async (self->machine, self->disk, -1, cancellable, q_test_store_result,
                                 &result);
  else
    q_machine_snapshot_disk_async (self->machine, self->disk, self->snapshot, -1, cancellable,
                                   q_test_store_result, &result);
  g_usleep ((gulong)g_test_rand_int_range (0, had_one ? 12000 : 6000));
  g_cancellable_cancel (cancellable);
  q_test_await (&result);
  good = had_one ? q_machine_commit_disk_finish (self->machine, result, &error)
                 : q_machine_snapshot_disk_finish (self->machine, result, &error);
  check_given_up (self, good, error, had_one);
  *n_good += good ? 1 : 0;
}

static void
test_gives_up (Chain *self, gconstpointer data)
{
  guint n_good = 0;

  launch (self);
  for (guint i = 0; i < 120; i++)
    {
      gboolean has_one = exists (self->snapshot);

      write_block (self, i % N_BLOCKS, (guint8)i);
      if (i % 4 == 0)
        {
          g_autoptr (GError) error = NULL;
          int timeout = (int)(i / 4 % 3);
          gboolean good
            = has_one ? q_machine_commit_disk (self->machine, self->disk, timeout, NULL, &error)
                      : q_machine_snapshot_disk (self->machine, self->disk, self->snapshot, timeout,
                                                 NULL, &error);

          check_given_up (self, good, error, has_one);
        }
      else
        {
          cancel_one (self, has_one, &n_good);
        }
    }
  g_test_message ("%u of 90 were done before they were cancelled", n_good);
  if (exists (self->snapshot))
    commit (self);
  assert_nodes (self, BARE);
  assert_file (self->image, self->expected);
}

/* QEMU is killed in the middle of a call; whether that was done. */
static gboolean
kill_during (Chain *self, gboolean commits)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gboolean good;

  if (commits)
    q_machine_commit_disk_async (self->machine, self->disk, -1, NULL, q_test_store_result, &result);
  else
    q_machine_snapshot_disk_async (self->machine, self->disk, self->snapshot, -1, NULL,
                                   q_test_store_result, &result);
  g_usleep ((gulong)g_test_rand_int_range (0, commits ? 10000 : 4000));
  q_machine_kill (self->machine, NULL, NULL);
  q_test_await (&result);
  good = commits ? q_machine_commit_disk_finish (self->machine, result, &error)
                 : q_machine_snapshot_disk_finish (self->machine, result, &error);
  g_test_message ("%s", good ? "done" : error->message);

  return good;
}

/* The next launch has the disk as the guest has left it. */
static void
test_qemu_ends (Chain *self, gconstpointer data)
{
  add (self);
  for (guint i = 0; i < 16; i++)
    {
      gboolean commits = i % 2 == 1;
      gboolean good;
      gboolean has_one;

      q_test_launch (self->machine);
      if (commits)
        take_snapshot (self, self->snapshot);
      write_block (self, i, (guint8)(i + 1));
      good = kill_during (self, commits);
      has_one = good != commits;
      g_assert_true (exists (self->snapshot) == has_one);

      q_test_launch (self->machine);
      assert_nodes (self, has_one ? WITH_ONE : BARE);
      assert_block (self->machine, i, (guint8)(i + 1));
      write_block (self, i, (guint8)(i + 101));
      if (has_one)
        commit (self);
      q_test_shutdown (self->machine);
      assert_file (self->image, self->expected);
    }
}

/* Two at once: one of them is refused, or comes later. */
static void
test_two_at_once (Chain *self, gconstpointer data)
{
  g_autofree char *second = q_test_get_path ("two.qcow2");
  GAsyncResult *results[2] = { NULL };
  guint n_good = 0;

  launch (self);
  q_machine_snapshot_disk_async (self->machine, self->disk, self->snapshot, -1, NULL,
                                 q_test_store_result, &results[0]);
  q_machine_snapshot_disk_async (self->machine, self->disk, second, -1, NULL, q_test_store_result,
                                 &results[1]);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GError) error = NULL;

      q_test_await (&results[i]);
      if (q_machine_snapshot_disk_finish (self->machine, results[i], &error))
        n_good++;
      else
        g_assert_nonnull (strstr (error->message, "another call is about to change"));
      g_object_unref (results[i]);
    }
  g_assert_cmpuint (n_good, >=, 1);
  for (; n_good > 0; n_good--)
    commit (self);
  assert_nodes (self, BARE);
  g_assert_false (exists (self->snapshot));
  g_assert_false (exists (second));
}

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);
#define ADD(path, data, func)                                                                      \
  g_test_add (path, Chain, GINT_TO_POINTER (data), chain_set_up, func, chain_tear_down)
  ADD ("/disk-chain/there-and-back", 0, test_there_and_back);
  ADD ("/disk-chain/several", 0, test_several);
  ADD ("/disk-chain/relaunch", 0, test_relaunch);
  ADD ("/disk-chain/overlay", 0, test_overlay);
  ADD ("/disk-chain/template", 0, test_template);
  ADD ("/disk-chain/template-of-overlay", 1, test_template);
  ADD ("/disk-chain/remove", 0, test_remove);
  ADD ("/disk-chain/refused", 0, test_refused);
  ADD ("/disk-chain/job-has-it", 0, test_job_has_it);
  ADD ("/disk-chain/full", 0, test_full);
  ADD ("/disk-chain/commit-fails", 0, test_commit_fails);
  ADD ("/disk-chain/gives-up", 0, test_gives_up);
  ADD ("/disk-chain/qemu-ends", 0, test_qemu_ends);
  ADD ("/disk-chain/two-at-once", 0, test_two_at_once);
#undef ADD
  return g_test_run ();
}
