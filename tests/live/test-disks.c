/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Disks of a machine: what QEMU is told of them, overlays, and what is refused. */

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "q-test-util.h"

#define SIZE (8 * 1024 * 1024)

static char *
make_raw (const char *name)
{
  char *path = q_test_get_path (name);
  g_autofree char *content = g_malloc0 (SIZE);

  for (guint i = 0; i < 1024; i++)
    content[i] = (char)(i * 7 + 1);
  g_assert_true (g_file_set_contents (path, content, SIZE, NULL));
  return path;
}

static void
assert_raw (const char *path)
{
  g_autofree char *content = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  g_assert_cmpuint (length, ==, SIZE);
  for (guint i = 0; i < 1024; i++)
    g_assert_cmpint (content[i], ==, (char)(i * 7 + 1));
  for (guint i = 1024; i < SIZE; i += 511)
    g_assert_cmpint (content[i], ==, 0);
}

static void
run_qemu_img (const char *const *args)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_ptr_array_add (argv, (gpointer) "qemu-img");
  for (guint i = 0; args[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer)args[i]);
  g_ptr_array_add (argv, NULL);
  g_assert_true (g_spawn_sync (NULL, (char **)argv->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                               &output, NULL, &status, &error));
  g_assert_no_error (error);
  g_test_message ("%s", output);
  g_assert_true (g_spawn_check_wait_status (status, &error));
  g_assert_no_error (error);
}

static QMachine *
new_machine (void)
{
  const char *args[]
    = { "-accel", "tcg", "-m", "16", "-nic", "none", "-S", "-device", "virtio-scsi,id=scsi", NULL };

  return g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type",
                       "q35,graphics=off", "args", args, "base-dir", q_test_get_base_dir (), NULL);
}

static void
add (QMachine *machine, QDisk *disk)
{
  g_autoptr (GError) error = NULL;
  gboolean added = q_machine_add_disk (machine, disk, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (added);
}

static char *
ask (QMachine *machine, const char *command)
{
  g_autoptr (GError) error = NULL;
  char *reply = q_machine_command_json (machine, command, NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  return reply;
}

static goffset
get_size (QMachine *machine, const char *file)
{
  g_autofree char *run_dir = q_machine_dup_run_dir (machine);
  g_autofree char *path = g_build_filename (run_dir, file, NULL);
  GStatBuf status;

  g_assert_cmpint (g_stat (path, &status), ==, 0);
  return status.st_size;
}

/* As the guest would: it lands in the overlay. */
static void
write_to (QMachine *machine, const char *device)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_strdup_printf ("qemu-io -d %s \"write -P 7 4M 64k\"", device);
  goffset before = get_size (machine, "disk0.qcow2");
  g_autofree char *output = NULL;

  output = q_machine_human_command (machine, line, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (output);
  g_assert_cmpint (get_size (machine, "disk0.qcow2"), >, before);
}

/* A fresh overlay for each launch, whole for qemu-img, and the image stays as it is. */
static void
test_overlay (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *raw = make_raw ("disk,1.raw");
  g_autoptr (QMachine) machine = new_machine ();
  g_autoptr (QDisk) disk = q_disk_new (raw, "raw");
  g_autofree char *name = NULL;

  q_disk_set_overlay (disk, TRUE);
  q_disk_set_serial (disk, "a,b");
  add (machine, disk);
  name = q_disk_dup_name (disk);
  g_assert_cmpstr (name, ==, "disk0");

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *run_dir = NULL;
      g_autofree char *overlay = NULL;
      g_autofree char *blocks = NULL;

      q_test_launch (machine);
      run_dir = q_machine_dup_run_dir (machine);
      overlay = g_build_filename (run_dir, "disk0.qcow2", NULL);
      run_qemu_img ((const char *const[]){ "check", "-U", overlay, NULL });
      run_qemu_img (
        (const char *const[]){ "compare", "-U", "-f", "qcow2", "-F", "raw", overlay, raw, NULL });
      blocks = ask (machine, "query-block");
      g_assert_nonnull (strstr (blocks, "\"node-name\": \"disk0\""));
      g_assert_nonnull (strstr (blocks, "\"virtual-size\": 8388608"));
      write_to (machine, "/machine/peripheral/disk0/virtio-backend");
      q_test_shutdown (machine);
      g_assert_false (g_file_test (overlay, G_FILE_TEST_EXISTS));
    }

  assert_raw (raw);
  g_unlink (raw);
}

static void
test_overlay_dir (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *raw = make_raw ("disk.raw");
  g_autofree char *directory = q_test_get_path ("overlays");
  g_autoptr (QMachine) machine = new_machine ();
  g_autoptr (QDisk) disk = q_disk_new (raw, "raw");
  g_autoptr (GDir) listing = NULL;

  g_assert_cmpint (g_mkdir (directory, 0700), ==, 0);
  g_object_set (disk, "overlay", TRUE, "overlay-dir", directory, NULL);
  add (machine, disk);
  q_test_launch (machine);
  listing = g_dir_open (directory, 0, NULL);
  g_assert_nonnull (g_dir_read_name (listing));
  q_test_shutdown (machine);
  /* Nothing is left of it. */
  g_assert_cmpint (g_rmdir (directory), ==, 0);
  g_unlink (raw);
}

/* What the properties make of the command line. */
static void
test_settings (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *raw = make_raw ("disk.raw");
  g_autoptr (QMachine) machine = new_machine ();
  g_autoptr (QDisk) first = q_disk_new (raw, "raw");
  g_autoptr (QDisk) second = q_disk_new (raw, "raw");
  g_autoptr (QDisk) node = q_disk_new (raw, "raw");
  g_auto (GStrv) argv = NULL;
  g_autofree char *line = NULL;

  g_object_set (first, "name", "system", "cache", Q_DISK_CACHE_DIRECTSYNC, "discard", TRUE,
                "device", "scsi-hd,bus=scsi.0", NULL);
  g_object_set (second, "read-only", TRUE, "cache", Q_DISK_CACHE_UNSAFE, NULL);
  g_object_set (node, "read-only", TRUE, "device", NULL, NULL);
  g_object_set (first, "read-only", FALSE, NULL);
  add (machine, second);
  add (machine, node);
  q_test_launch (machine);
  argv = q_machine_dup_command_line (machine);
  line = g_strjoinv (" ", argv);
  g_assert_nonnull (strstr (line, "{\"driver\":\"raw\",\"node-name\":\"disk0\",\"read-only\":true,"
                                  "\"cache\":{\"direct\":false,\"no-flush\":true},\"file\":"
                                  "\"disk0-file\"}"));
  g_assert_nonnull (strstr (line, "-device virtio-blk,drive=disk0,id=disk0"));
  g_assert_null (strstr (line, "drive=disk1"));
  g_assert_nonnull (strstr (line, "\"node-name\":\"disk1\""));
  q_test_shutdown (machine);

  /* Alone, as it writes. */
  g_clear_object (&machine);
  machine = new_machine ();
  add (machine, first);
  q_test_launch (machine);
  g_strfreev (argv);
  g_free (line);
  argv = q_machine_dup_command_line (machine);
  line = g_strjoinv (" ", argv);
  g_assert_nonnull (
    strstr (line, "-device scsi-hd,bus=scsi.0,drive=system,id=system,write-cache=off"));
  g_assert_nonnull (strstr (line, "\"cache\":{\"direct\":true,\"no-flush\":false}"));
  g_assert_nonnull (strstr (line, "\"discard\":\"unmap\""));
  q_test_shutdown (machine);
  g_unlink (raw);
}

static void
assert_refused (QMachine *machine, const char *path, const char *format, const char *name,
                gboolean overlay, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QDisk) disk = q_disk_new (path, format);

  g_object_set (disk, "name", name, "overlay", overlay, NULL);
  g_assert_false (q_machine_add_disk (machine, disk, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, message));
}

static void
test_refused (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *raw = make_raw ("disk.raw");
  g_autofree char *qcow2 = q_test_get_path ("disk.qcow2");
  g_autofree char *none = q_test_get_path ("none");
  g_autoptr (QMachine) machine = new_machine ();
  g_autoptr (QDisk) disk = q_disk_new (raw, "raw");
  g_autoptr (QDisk) stranger = q_disk_new (raw, "raw");
  g_autoptr (GError) error = NULL;

  run_qemu_img ((const char *const[]){ "create", "-f", "qcow2", qcow2, "8M", NULL });
  add (machine, disk);
  assert_refused (machine, raw, "raw", "disk0", FALSE,
                  "disk \"disk0\": there is one of that name already");
  assert_refused (machine, raw, "raw", "0", FALSE, "disk \"0\": a name has at most 20 letters");
  assert_refused (machine, raw, "raw", "a,b", FALSE, "a name has at most 20 letters");
  assert_refused (machine, raw, "", "x", FALSE, "say the format of ");
  assert_refused (machine, none, "raw", "x", FALSE, "none: cannot be opened: No such file");
  assert_refused (machine, qcow2, "raw", "x", FALSE,
                  "is said to be raw, and begins like one that is qcow2");
  assert_refused (machine, raw, "qcow2", "x", FALSE,
                  "is said to be qcow2, and does not begin like that");
  assert_refused (machine, raw, "vmdk", "x", TRUE,
                  "an overlay needs an image that is raw or qcow2, and this is said to be vmdk");
  g_assert_false (q_machine_add_disk (machine, disk, -3, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_clear_error (&error);
  g_assert_false (q_machine_remove_disk (machine, stranger, -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_clear_error (&error);
  g_assert_true (q_machine_remove_disk (machine, disk, -1, NULL, &error));
  g_assert_no_error (error);
  add (machine, disk);
  g_unlink (raw);
  g_unlink (qcow2);
}

/* While it runs: added, refused without a trace, taken away, and there again in the next launch. */
static void
test_running (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *raw = make_raw ("disk.raw");
  g_autoptr (QMachine) machine = new_machine ();
  g_autoptr (QDisk) disk = q_disk_new (raw, "raw");
  g_autoptr (QDisk) bad = q_disk_new (raw, "raw");
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) added = NULL;
  g_autoptr (GAsyncResult) removed = NULL;

  q_test_launch (machine);
  g_object_set (disk, "overlay", TRUE, "device", "scsi-hd,bus=scsi.0", "serial", "x", NULL);
  q_machine_add_disk_async (machine, disk, Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &added);
  q_test_await (&added);
  g_assert_true (q_machine_add_disk_finish (machine, added, &error));
  g_assert_no_error (error);
  write_to (machine, "disk0");

  g_object_set (bad, "read-only", TRUE, "device", "no-such-device", NULL);
  g_assert_false (q_machine_add_disk (machine, bad, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_assert_true (g_str_has_prefix (error->message, "disk \"disk1\": device_add: "));
  g_clear_error (&error);
  {
    g_autofree char *nodes = ask (machine, "query-named-block-nodes");

    g_assert_null (strstr (nodes, "disk1"));
    g_assert_nonnull (strstr (nodes, "disk0"));
  }

  q_test_shutdown (machine);
  q_test_launch (machine);
  write_to (machine, "disk0");
  g_assert_true (q_machine_remove_disk (machine, disk, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
  {
    g_autofree char *nodes = ask (machine, "query-named-block-nodes");

    g_assert_null (strstr (nodes, "disk0"));
  }
  q_machine_remove_disk_async (machine, disk, -1, NULL, q_test_store_result, &removed);
  q_test_await (&removed);
  g_assert_false (q_machine_remove_disk_finish (machine, removed, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  q_test_shutdown (machine);
  assert_raw (raw);
  g_unlink (raw);
}

/* Whether the guest has it; no node without it. */
static gboolean
has_disk (QMachine *machine)
{
  g_autofree char *nodes = ask (machine, "query-named-block-nodes");
  g_autofree char *blocks = ask (machine, "query-block");
  gboolean has_device = strstr (blocks, "\"qdev\": \"disk0\"") != NULL;

  g_assert_true ((strstr (nodes, "\"disk0-file\"") != NULL) == has_device);
  g_assert_true ((strstr (nodes, "\"disk0-base\"") != NULL) == has_device);
  return has_device;
}

static void
give_up (QMachine *machine, QDisk *disk, guint round, gboolean adds)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  int timeout = round % 3 == 0 ? (int)(round / 3 % 4) : (int)Q_TEST_DEADLINE_MS;
  gboolean good;

  if (adds)
    q_machine_add_disk_async (machine, disk, timeout, cancellable, q_test_store_result, &result);
  else
    q_machine_remove_disk_async (machine, disk, timeout, cancellable, q_test_store_result, &result);
  if (round % 3 != 0)
    {
      g_usleep ((gulong)g_test_rand_int_range (0, 6000));
      g_cancellable_cancel (cancellable);
    }
  q_test_await (&result);
  good = adds ? q_machine_add_disk_finish (machine, result, &error)
              : q_machine_remove_disk_finish (machine, result, &error);
  g_test_message ("%s: %s", adds ? "add" : "remove", good ? "done" : error->message);
  if (!good)
    g_assert_true (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)
                   || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  if (adds || good)
    g_assert_true (has_disk (machine) == (good == adds));
}

/* QEMU does what it was asked for, though nobody waits for it any more: it is finished or undone,
 * and the next call finds its way. */
/* -- what only QEMU can see -- */

static void
assert_bad_at_launch (QDisk *disk, const char *why)
{
  g_autoptr (QMachine) machine = new_machine ();
  g_autoptr (GError) error = NULL;

  add (machine, disk);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, why));
}

static void
assert_bad_while_running (QMachine *machine, QDisk *disk, const char *why)
{
  g_autofree char *before = ask (machine, "query-named-block-nodes");
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_add_disk (machine, disk, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, why));
  after = ask (machine, "query-named-block-nodes");
  g_assert_cmpstr (after, ==, before);
}

static GBytes *
read_file (const char *path)
{
  char *content = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  return g_bytes_new_take (content, length);
}

/* An image that another QEMU writes, and one that is damaged: QEMU's words, and nothing is left. */
static void
test_bad_images (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *used = make_raw ("used.raw");
  g_autofree char *bad = q_test_get_path ("bad.qcow2");
  g_autoptr (QDisk) first = q_disk_new (used, "raw");
  g_autoptr (QDisk) second = q_disk_new (used, "raw");
  g_autoptr (QDisk) damaged = q_disk_new (bad, "qcow2");
  g_autoptr (QMachine) owner = new_machine ();
  g_autoptr (QMachine) machine = new_machine ();
  g_autofree char *content = NULL;
  g_autoptr (GBytes) before = NULL;
  g_autoptr (GBytes) after = NULL;
  gsize length;

  run_qemu_img ((const char *const[]){ "create", "-f", "qcow2", bad, "8M", NULL });
  g_assert_true (g_file_get_contents (bad, &content, &length, NULL));
  /* Where its table is, says the header from byte 40 on. */
  content[47] = 1;
  g_assert_true (g_file_set_contents (bad, content, (gssize)length, NULL));
  before = read_file (bad);
  g_object_set (first, "device", "virtio-blk-pci", NULL);
  g_object_set (second, "device", "scsi-hd,bus=scsi.0", "name", "again", NULL);
  g_object_set (damaged, "device", "scsi-hd,bus=scsi.0", "name", "damaged", NULL);
  add (owner, first);
  q_test_launch (owner);
  q_test_launch (machine);

  assert_bad_at_launch (second, "lock");
  assert_bad_while_running (machine, second, "lock");
  assert_bad_at_launch (damaged, "L1 table");
  assert_bad_while_running (machine, damaged, "L1 table");

  q_test_shutdown (owner);
  assert_raw (used);
  /* It can be had now. */
  add (machine, second);
  q_test_shutdown (machine);
  assert_raw (used);
  after = read_file (bad);
  g_assert_true (g_bytes_equal (before, after));
  g_unlink (used);
  g_unlink (bad);
}

static void
test_given_up (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *raw = make_raw ("disk.raw");
  g_autoptr (QMachine) machine = new_machine ();
  g_autoptr (QDisk) disk = q_disk_new (raw, "raw");
  g_autoptr (GError) error = NULL;

  g_object_set (disk, "name", "disk0", "overlay", TRUE, "device", "scsi-hd,bus=scsi.0", NULL);
  q_test_launch (machine);
  for (guint i = 0; i < 60; i++)
    {
      give_up (machine, disk, i, TRUE);
      if (!has_disk (machine))
        {
          q_machine_add_disk (machine, disk, Q_TEST_DEADLINE_MS, NULL, &error);
          g_assert_no_error (error);
        }
      give_up (machine, disk, i, FALSE);
      /* Whatever is left of it. */
      if (!q_machine_remove_disk (machine, disk, Q_TEST_DEADLINE_MS, NULL, &error))
        {
          g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
          g_clear_error (&error);
        }
      g_assert_false (has_disk (machine));
    }
  q_test_shutdown (machine);
  assert_raw (raw);
  g_unlink (raw);
}

/* The header is right for images of all sizes. */
static void
test_sizes (QTestFixture *fixture, gconstpointer data)
{
  const guint64 sizes[] = { 512, 65536, 512ull << 20, (512ull << 20) + 512, 5ull << 40 };
  g_autofree char *raw = q_test_get_path ("sparse.raw");

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (QMachine) machine = new_machine ();
      g_autoptr (QDisk) disk = q_disk_new (raw, "raw");
      g_autofree char *run_dir = NULL;
      g_autofree char *overlay = NULL;
      FILE *file = g_fopen (raw, "w");

      g_assert_nonnull (file);
      g_assert_cmpint (ftruncate (fileno (file), (off_t)sizes[i]), ==, 0);
      fclose (file);
      q_disk_set_overlay (disk, TRUE);
      add (machine, disk);
      q_test_launch (machine);
      run_dir = q_machine_dup_run_dir (machine);
      overlay = g_build_filename (run_dir, "disk0.qcow2", NULL);
      run_qemu_img ((const char *const[]){ "check", "-U", overlay, NULL });
      q_test_shutdown (machine);
    }
  g_unlink (raw);
}

#define ADD(path, test) g_test_add (path, QTestFixture, NULL, q_test_set_up, test, q_test_tear_down)

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);

  ADD ("/disks/overlay", test_overlay);
  ADD ("/disks/overlay-dir", test_overlay_dir);
  ADD ("/disks/settings", test_settings);
  ADD ("/disks/refused", test_refused);
  ADD ("/disks/running", test_running);
  ADD ("/disks/bad-images", test_bad_images);
  ADD ("/disks/given-up", test_given_up);
  ADD ("/disks/sizes", test_sizes);

  return g_test_run ();
}
