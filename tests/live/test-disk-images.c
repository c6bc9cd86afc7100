/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Images of disks, by the real qemu-img; and one that does what that does not do on demand. */

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "q-test-util.h"

#define SIZE (8 * 1024 * 1024)
#define LIMIT 60000

/* What a path could be taken for: an option, a protocol, a description, more options, no text. */
static const char *const odd_names[] = {
  "-f",       "nbd:host:1",           "json:{}",      "a,b=c,,d",
  "fat:rw:x", "with blank\nand line", "\xff\xfe.img", "%s",
};

static char *
make_raw (const char *name)
{
  char *path = q_test_get_path (name);
  g_autofree char *content = g_malloc0 (SIZE);
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint i = 0; i < SIZE / 4; i += 4)
    *(guint32 *)(gpointer)(content + i) = g_rand_int (rand) & 0x0f0f0f0f; /* can be compressed */
  g_assert_true (g_file_set_contents (path, content, SIZE, NULL));
  return path;
}

static void
assert_same (const char *path, const char *other)
{
  g_autofree char *content = NULL;
  g_autofree char *other_content = NULL;
  gsize length;
  gsize other_length;

  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  g_assert_true (g_file_get_contents (other, &other_content, &other_length, NULL));
  g_assert_cmpmem (content, length, other_content, other_length);
}

static void
assert_gone (const char *path)
{
  GStatBuf status;

  g_assert_cmpint (g_lstat (path, &status), <, 0);
}

static void
assert_error (GError **error, GQuark domain, int code, const char *path, const char *words)
{
  g_assert_error (*error, domain, code);
  g_test_message ("%.300s", (*error)->message);
  g_assert_true (g_utf8_validate ((*error)->message, -1, NULL));
  if (path != NULL)
    {
      g_autofree char *shown = g_filename_display_name (path);

      g_assert_nonnull (strstr ((*error)->message, shown));
    }
  g_assert_nonnull (strstr ((*error)->message, words));
  g_clear_error (error);
}

static void
create (QDiskImage *image, guint64 size)
{
  g_autoptr (GError) error = NULL;
  gboolean created = q_disk_image_create (image, size, NULL, LIMIT, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (created);
}

static void
convert (QDiskImage *image, QDiskImage *copy)
{
  g_autoptr (GError) error = NULL;
  gboolean converted
    = q_disk_image_convert (image, copy, NULL, Q_DISK_CONVERT_FLAGS_NONE, LIMIT, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (converted);
}

static JsonObject *
query (QDiskImage *image, JsonNode **node)
{
  g_autoptr (GError) error = NULL;

  *node = q_disk_image_query_info (image, LIMIT, NULL, &error);
  g_assert_no_error (error);
  return json_node_get_object (*node);
}

static QDiskCheck *
check (QDiskImage *image, QDiskRepair repair)
{
  g_autoptr (GError) error = NULL;
  QDiskCheck *found = q_disk_image_check (image, repair, LIMIT, NULL, &error);

  g_assert_no_error (error);
  g_test_message ("%s", q_disk_check_get_json (found));
  return found;
}

/* A program in the place of qemu-img. */
static char *
make_program (const char *name, const char *commands)
{
  char *path = q_test_get_path (name);
  g_autofree char *text = g_strdup_printf ("#!/bin/bash\n%s\n", commands);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (g_chmod (path, 0700), ==, 0);
  return path;
}

static void
poke (const char *path, long offset, const char *bytes, gsize length)
{
  FILE *file = g_fopen (path, "r+");

  g_assert_nonnull (file);
  g_assert_cmpint (fseek (file, offset, SEEK_SET), ==, 0);
  g_assert_cmpuint (fwrite (bytes, 1, length, file), ==, length);
  g_assert_cmpint (fclose (file), ==, 0);
}

/* Until the end of the program, as few are needed. */
static const char *
get_path (QDiskImage *image)
{
  g_autofree char *path = q_disk_image_dup_path (image);

  return g_intern_string (path);
}

/* -- what should work -- */

static void
test_create (QTestFixture *fixture, gconstpointer data)
{
  const char *options[] = { "cluster_size=2M", "lazy_refcounts=on", NULL };
  g_autofree char *path = q_test_get_path ("disk.qcow2");
  g_autoptr (QDiskImage) image = q_disk_image_new (path, "qcow2");
  g_autoptr (QDiskCheck) found = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  JsonObject *info;

  g_assert_true (q_disk_image_create (image, SIZE, options, LIMIT, NULL, &error));
  g_assert_no_error (error);
  info = query (image, &node);
  g_assert_cmpint (json_object_get_int_member (info, "virtual-size"), ==, SIZE);
  g_assert_cmpint (json_object_get_int_member (info, "cluster-size"), ==, 2 * 1024 * 1024);
  g_assert_cmpstr (json_object_get_string_member (info, "filename"), ==, path);
  text = q_disk_image_query_info_json (image, LIMIT, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (text, "\"virtual-size\": 8388608"));

  g_assert_true (q_disk_image_resize (image, 2 * SIZE, FALSE, LIMIT, NULL, &error));
  g_assert_false (q_disk_image_resize (image, SIZE, FALSE, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_WOULD_SHRINK, path, "resize: ");
  g_assert_true (q_disk_image_resize (image, SIZE, TRUE, LIMIT, NULL, &error));
  found = check (image, Q_DISK_REPAIR_NONE);
  g_assert_true (q_disk_check_get_clean (found));

  g_assert_false (q_disk_image_create (image, SIZE, NULL, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_EXISTS, path, "is there already");
  g_unlink (path);
}

static void
test_options (QTestFixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *option;
    QDiskImageError code;
    const char *words;
  } cases[] = {
    { "nonsense=1", Q_DISK_IMAGE_ERROR_FAILED, "Invalid parameter 'nonsense'" },
    { "cluster_size=2M,lazy_refcounts=on", Q_DISK_IMAGE_ERROR_FAILED, "cluster_size" },
    { "help", Q_DISK_IMAGE_ERROR_INVALID, "option \"help\" is not NAME=VALUE" },
    { "=1", Q_DISK_IMAGE_ERROR_INVALID, "option \"=1\" is not NAME=VALUE" },
    { "backing_file=/etc/passwd", Q_DISK_IMAGE_ERROR_INVALID, "\"backing_file\" is no option" },
    { "size=1", Q_DISK_IMAGE_ERROR_INVALID, "\"size\" is no option here" },
  };
  g_autofree char *path = q_test_get_path ("disk.qcow2");
  g_autoptr (QDiskImage) image = q_disk_image_new (path, "qcow2");
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *options[] = { cases[i].option, NULL };

      g_assert_false (q_disk_image_create (image, SIZE, options, LIMIT, NULL, &error));
      assert_error (&error, Q_DISK_IMAGE_ERROR, (int)cases[i].code, path, cases[i].words);
      assert_gone (path);
    }
}

/* What a path says is no word of qemu-img's. */
static void
test_telling_names (QTestFixture *fixture, gconstpointer data)
{
  static const char *const names[]
    = { "corrupt", "--shrink", "No space left on device", "it's 'corrupt'", "Failed to get " };
  const char *options[] = { "nonsense=1", NULL };
  const char *telling[] = { "preallocation=corrupt", NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *dir = q_test_get_path (names[i]);
      g_autofree char *path = g_build_filename (dir, "disk.qcow2", NULL);
      g_autofree char *base = g_build_filename (dir, "base.raw", NULL);
      g_autoptr (QDiskImage) image = q_disk_image_new (path, "qcow2");
      g_autoptr (QDiskImage) below = q_disk_image_new (base, "raw");
      g_autoptr (QDiskImage) copy = q_disk_image_new ("/none/copy", "raw");
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
      g_assert_false (q_disk_image_create (image, SIZE, options, LIMIT, NULL, &error));
      assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_FAILED, path, "nonsense");
      g_assert_false (q_disk_image_create (image, SIZE, telling, LIMIT, NULL, &error));
      assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_FAILED, path, "corrupt");

      create (below, SIZE);
      g_assert_true (q_disk_image_create_overlay (image, base, "raw", LIMIT, NULL, &error));
      g_assert_no_error (error);
      g_assert_false (q_disk_image_resize (image, SIZE / 2, FALSE, LIMIT, NULL, &error));
      assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_WOULD_SHRINK, path, "shrink");
      g_unlink (base);
      g_assert_false (
        q_disk_image_convert (image, copy, NULL, Q_DISK_CONVERT_FLAGS_NONE, LIMIT, NULL, &error));
      assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_FAILED, path, "base.raw");
      q_test_remove_tree (dir);
    }
}

/* Each call takes such paths, for the image, the one below it and the copy. */
static void
test_odd_paths (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = g_get_current_dir ();

  /* Relative ones, which are the worst. */
  g_assert_cmpint (g_chdir (q_test_get_base_dir ()), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (odd_names); i++)
    {
      g_autofree char *top_name = g_strconcat (odd_names[i], ".top", NULL);
      g_autofree char *copy_name = g_strconcat (odd_names[i], ".copy", NULL);
      g_autofree char *raw = make_raw (odd_names[i]);
      g_autoptr (QDiskImage) image = q_disk_image_new (odd_names[i], "raw");
      g_autoptr (QDiskImage) top = q_disk_image_new (top_name, "qcow2");
      g_autoptr (QDiskImage) copy = q_disk_image_new (copy_name, "raw");
      g_autoptr (QDiskCheck) found = NULL;
      g_autoptr (JsonNode) node = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_cmpstr (get_path (image), ==, raw);
      g_assert_true (q_disk_image_create_overlay (top, odd_names[i], "raw", LIMIT, NULL, &error));
      g_assert_no_error (error);
      found = check (top, Q_DISK_REPAIR_NONE);
      g_assert_true (q_disk_check_get_clean (found));
      g_assert_cmpstr (
        json_object_get_string_member (query (top, &node), "backing-filename-format"), ==, "raw");
      convert (top, copy);
      assert_same (raw, get_path (copy));
      g_assert_true (q_disk_image_resize (top, 2 * SIZE, FALSE, LIMIT, NULL, &error));
      g_assert_no_error (error);

      g_unlink (raw);
      g_unlink (get_path (top));
      g_unlink (get_path (copy));
    }
  g_assert_cmpint (g_chdir (directory), ==, 0);
}

typedef struct
{
  guint n_notified;
  double last;
  GCancellable *cancellable; /* cancelled at the first sign of life */
} Following;

static void
notify_cb (QDiskImage *image, GParamSpec *pspec, gpointer data)
{
  Following *following = data;
  double now = q_disk_image_get_progress (image);

  g_assert_cmpfloat (now, >=, following->last);
  g_assert_cmpfloat (now, <=, 1.0);
  following->last = now;
  following->n_notified++;
  if (now > 0 && following->cancellable != NULL)
    g_cancellable_cancel (following->cancellable);
}

static void
test_convert (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *raw = make_raw ("disk.raw");
  g_autofree char *qcow2 = q_test_get_path ("disk.qcow2");
  g_autofree char *small = q_test_get_path ("small.qcow2");
  g_autofree char *back = q_test_get_path ("back.raw");
  g_autoptr (QDiskImage) image = q_disk_image_new (raw, "raw");
  g_autoptr (QDiskImage) copy = q_disk_image_new (qcow2, "qcow2");
  g_autoptr (QDiskImage) compressed = q_disk_image_new (small, "qcow2");
  g_autoptr (QDiskImage) again = q_disk_image_new (back, "raw");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  Following following = { 0 };
  GStatBuf status;
  GStatBuf small_status;

  g_signal_connect (image, "notify::progress", G_CALLBACK (notify_cb), &following);
  q_disk_image_convert_async (image, copy, NULL, Q_DISK_CONVERT_FLAGS_NONE, LIMIT, NULL,
                              q_test_store_result, &result);
  q_test_await (&result);
  g_assert_true (q_disk_image_convert_finish (image, result, &error));
  g_assert_no_error (error);
  q_test_wait_until (NULL, following.last > 0.99);
  g_assert_cmpuint (following.n_notified, >, 0);

  /* Blocking, without a handler that runs. */
  following.n_notified = 0;
  following.last = 0;
  g_assert_true (q_disk_image_convert (image, compressed, NULL, Q_DISK_CONVERT_FLAGS_COMPRESS,
                                       LIMIT, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (following.n_notified, ==, 0);
  g_assert_cmpfloat (q_disk_image_get_progress (image), >, 0.99);
  g_assert_cmpint (g_stat (qcow2, &status), ==, 0);
  g_assert_cmpint (g_stat (small, &small_status), ==, 0);
  g_assert_cmpint (small_status.st_blocks, <, status.st_blocks);

  convert (compressed, again);
  assert_same (raw, back);
  q_test_wait_until (NULL, following.n_notified > 0);
  g_unlink (raw);
  g_unlink (qcow2);
  g_unlink (small);
  g_unlink (back);
}

/* -- what goes wrong -- */

static void
test_wrong_format (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *raw = make_raw ("disk.raw");
  g_autofree char *qcow2 = q_test_get_path ("disk.qcow2");
  g_autofree char *top = q_test_get_path ("top.qcow2");
  g_autofree char *none = q_test_get_path ("none");
  g_autoptr (QDiskImage) image = q_disk_image_new (qcow2, "qcow2");
  g_autoptr (QDiskImage) as_raw = q_disk_image_new (qcow2, "raw");
  g_autoptr (QDiskImage) as_qcow2 = q_disk_image_new (raw, "qcow2");
  g_autoptr (QDiskImage) as_vhdx = q_disk_image_new (raw, "vhdx");
  g_autoptr (QDiskImage) as_vmdk = q_disk_image_new (raw, "vmdk");
  g_autoptr (QDiskImage) overlay = q_disk_image_new (top, "qcow2");
  g_autoptr (QDiskImage) missing = q_disk_image_new (none, "raw");
  g_autoptr (QDiskImage) directory = q_disk_image_new (q_test_get_base_dir (), "raw");
  g_autoptr (QDiskImage) nameless = q_disk_image_new (raw, "");
  g_autoptr (GError) error = NULL;

  create (image, SIZE);
  g_assert_null (q_disk_image_query_info (as_raw, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_WRONG_FORMAT, qcow2,
                "is said to be raw, and begins like one that is qcow2");
  g_assert_false (q_disk_image_resize (as_qcow2, SIZE, FALSE, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_WRONG_FORMAT, raw,
                "is said to be qcow2, and does not begin like that");
  g_assert_false (
    q_disk_image_convert (as_vhdx, overlay, NULL, Q_DISK_CONVERT_FLAGS_NONE, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_WRONG_FORMAT, raw,
                "is said to be vhdx, and does not begin like that");
  g_assert_null (q_disk_image_query_info (as_vmdk, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_WRONG_FORMAT, raw, "Could not open");
  g_assert_false (q_disk_image_create_overlay (overlay, qcow2, "raw", LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_WRONG_FORMAT, qcow2,
                "said to be raw");
  g_assert_false (q_disk_image_create_overlay (overlay, qcow2, "", LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_INVALID, top, "is not guessed");
  g_assert_null (q_disk_image_query_info (nameless, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_INVALID, raw, "say the format");
  assert_gone (top);

  g_assert_null (q_disk_image_query_info (missing, LIMIT, NULL, &error));
  assert_error (&error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, none, "No such file");
  g_assert_null (q_disk_image_query_info (directory, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_INVALID, q_test_get_base_dir (),
                "is no file and no block device");
  g_assert_null (q_disk_image_query_info (image, -2, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_INVALID, qcow2, "-2 is no time-out");
  g_unlink (raw);
  g_unlink (qcow2);
}

/* An overlay that does not say what is below it, as older programs have made them. */
static void
test_guessed_backing (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *raw = make_raw ("disk.raw");
  g_autofree char *top = q_test_get_path ("top.qcow2");
  g_autofree char *back = q_test_get_path ("back.raw");
  g_autoptr (QDiskImage) overlay = q_disk_image_new (top, "qcow2");
  g_autoptr (QDiskImage) copy = q_disk_image_new (back, "raw");
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;
  gsize length;
  char *format;

  g_assert_true (q_disk_image_create_overlay (overlay, raw, "raw", LIMIT, NULL, &error));
  /* The extension of the header that says it becomes one that nobody knows. */
  g_assert_true (g_file_get_contents (top, &content, &length, NULL));
  format = memmem (content, length, "\xe2\x79\x2a\xca", 4);
  g_assert_nonnull (format);
  poke (top, format - content, "\x11\x22\x33\x44", 4);

  g_assert_false (
    q_disk_image_convert (overlay, copy, NULL, Q_DISK_CONVERT_FLAGS_NONE, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_INVALID, raw,
                "does not say of which format its backing image ");
  assert_gone (back);
  g_unlink (raw);
  g_unlink (top);
}

static void
test_corrupt (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *raw = make_raw ("disk.raw");
  g_autofree char *qcow2 = q_test_get_path ("disk.qcow2");
  g_autofree char *back = q_test_get_path ("back.raw");
  g_autoptr (QDiskImage) image = q_disk_image_new (raw, "raw");
  g_autoptr (QDiskImage) copy = q_disk_image_new (qcow2, "qcow2");
  g_autoptr (QDiskImage) again = q_disk_image_new (back, "raw");
  GStatBuf status;
  long n_clusters;
  g_autoptr (QDiskCheck) leaking = NULL;
  g_autoptr (QDiskCheck) mended = NULL;
  g_autoptr (QDiskCheck) broken = NULL;
  g_autoptr (QDiskCheck) repaired = NULL;
  g_autoptr (GError) error = NULL;

  convert (image, copy);

  /* The only refcount block lies in the third cluster. First it counts one cluster more, at the end
   * of the file, then one less. */
  g_assert_cmpint (g_stat (qcow2, &status), ==, 0);
  n_clusters = (status.st_size + 65535) / 65536;
  g_assert_cmpint (truncate (qcow2, (n_clusters + 1) * 65536), ==, 0);
  poke (qcow2, 2 * 65536 + 2 * n_clusters, "\0\1", 2);
  leaking = check (copy, Q_DISK_REPAIR_NONE);
  g_assert_false (q_disk_check_get_clean (leaking));
  g_assert_cmpuint (q_disk_check_get_leaks (leaking), ==, 1);
  g_assert_cmpuint (q_disk_check_get_corruptions (leaking), ==, 0);
  mended = check (copy, Q_DISK_REPAIR_LEAKS);
  g_assert_true (q_disk_check_get_clean (mended));
  g_assert_cmpuint (q_disk_check_get_leaks_fixed (mended), ==, 1);

  poke (qcow2, 2 * 65536 + 2 * 10, "\0\0", 2);
  broken = check (copy, Q_DISK_REPAIR_NONE);
  g_assert_false (q_disk_check_get_clean (broken));
  g_assert_cmpuint (q_disk_check_get_corruptions (broken), >, 0);
  repaired = check (copy, Q_DISK_REPAIR_ALL);
  g_assert_true (q_disk_check_get_clean (repaired));
  g_assert_cmpuint (q_disk_check_get_corruptions_fixed (repaired), >, 0);
  convert (copy, again);
  assert_same (raw, back);
  g_unlink (back);

  /* The offset of the refcount table. */
  poke (qcow2, 48, "\xff", 1);
  g_assert_null (q_disk_image_check (copy, Q_DISK_REPAIR_NONE, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_CORRUPT, qcow2, "Could not open '");
  g_assert_false (
    q_disk_image_convert (copy, again, NULL, Q_DISK_CONVERT_FLAGS_NONE, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_CORRUPT, qcow2, "nvalid");
  assert_gone (back);

  g_assert_null (q_disk_image_check (image, Q_DISK_REPAIR_NONE, LIMIT, NULL, &error));
  assert_error (&error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, raw, "does not support checks");
  g_unlink (raw);
  g_unlink (qcow2);
}

static void
test_in_use (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *qcow2 = q_test_get_path ("disk.qcow2");
  g_autofree char *top = q_test_get_path ("top.qcow2");
  g_autoptr (QDiskImage) image = q_disk_image_new (qcow2, "qcow2");
  g_autoptr (QDiskImage) copy = q_disk_image_new (top, "raw");
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QDisk) disk = q_disk_new (qcow2, "qcow2");
  g_autoptr (QDiskCheck) found = NULL;
  g_autoptr (GError) error = NULL;

  create (image, SIZE);
  q_disk_set_device (disk, NULL);
  g_assert_true (q_machine_add_disk (machine, disk, LIMIT, NULL, &error));
  q_test_launch (machine);
  g_assert_false (q_disk_image_resize (image, 2 * SIZE, FALSE, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_IN_USE, qcow2, "lock");
  g_assert_null (q_disk_image_check (image, Q_DISK_REPAIR_ALL, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_IN_USE, qcow2,
                "Is another process using the image");
  g_assert_false (
    q_disk_image_convert (image, copy, NULL, Q_DISK_CONVERT_FLAGS_NONE, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_IN_USE, qcow2, "lock");
  assert_gone (top);
  q_test_shutdown (machine);

  found = check (image, Q_DISK_REPAIR_NONE);
  g_assert_true (q_disk_check_get_clean (found));
  g_unlink (qcow2);
}

/* A limit of the size of files stands for a full disk: QEMU writes as much as there is place for.
 */
static void
test_full_disk (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *raw = make_raw ("disk.raw");
  g_autofree char *before = make_raw ("before.raw");
  g_autofree char *qcow2 = q_test_get_path ("disk.qcow2");
  g_autofree char *limited = make_program (
    "limited", "trap '' XFSZ; ulimit -f 1000; shopt -s execfail; exec qemu-img \"$@\"");
  g_autofree char *full = make_program (
    "full", "printf '    (12.50/100%%)\\r'; "
            "echo 'qemu-img: error while writing at byte 0: No space left on device' >&2; exit 1");
  g_autofree char *killed = make_program ("killed", "kill -SEGV $$");
  g_autoptr (QDiskImage) image = q_disk_image_new (raw, "raw");
  g_autoptr (QDiskImage) copy = q_disk_image_new (qcow2, "qcow2");
  g_autoptr (QDiskImage) whole = q_disk_image_new (qcow2, "raw");
  g_autoptr (QDiskImage) device = q_disk_image_new ("/dev/full", "raw");
  const char *options[] = { "preallocation=full", NULL };
  g_autoptr (GError) error = NULL;

  q_disk_image_set_program (image, limited);
  q_disk_image_set_program (whole, limited);
  g_assert_false (
    q_disk_image_convert (image, copy, NULL, Q_DISK_CONVERT_FLAGS_NONE, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_NO_SPACE, raw,
                "error while writing at byte ");
  assert_gone (qcow2);
  g_assert_false (q_disk_image_create (whole, SIZE, options, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_NO_SPACE, qcow2, "too large");
  assert_gone (qcow2);

  q_disk_image_set_program (image, full);
  g_assert_false (
    q_disk_image_convert (image, copy, NULL, Q_DISK_CONVERT_FLAGS_NONE, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_NO_SPACE, raw,
                ": convert: error while writing at byte 0: No space left on device");
  g_assert_cmpfloat (q_disk_image_get_progress (image), <, 0.13);
  assert_gone (qcow2);

  q_disk_image_set_program (image, killed);
  g_assert_false (
    q_disk_image_convert (image, copy, NULL, Q_DISK_CONVERT_FLAGS_NONE, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_FAILED, raw,
                "was killed by signal 11");
  assert_gone (qcow2);

  g_assert_false (
    q_disk_image_convert (image, device, NULL, Q_DISK_CONVERT_FLAGS_NONE, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_EXISTS, raw,
                "/dev/full is there already");
  assert_same (raw, before);
  g_unlink (raw);
  g_unlink (before);
  g_unlink (limited);
  g_unlink (full);
  g_unlink (killed);
}

/* -- given up -- */

static void
test_cancel (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *raw = make_raw ("disk.raw");
  g_autofree char *before = make_raw ("before.raw");
  g_autofree char *qcow2 = q_test_get_path ("disk.qcow2");
  /* As the real one, and then it hangs and has children that hang. */
  g_autofree char *slow = make_program (
    "slow", "qemu-img \"$@\"; printf '    (100.00/100%%)\\r'; sleep 1000 & sleep 1001");
  g_autoptr (QDiskImage) image = q_disk_image_new (raw, "raw");
  g_autoptr (QDiskImage) copy = q_disk_image_new (qcow2, "qcow2");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  Following following = { .cancellable = cancellable };
  gulong handler;

  q_disk_image_set_program (image, slow);
  handler = g_signal_connect (image, "notify::progress", G_CALLBACK (notify_cb), &following);
  q_disk_image_convert_async (image, copy, NULL, Q_DISK_CONVERT_FLAGS_NONE, -1, cancellable,
                              q_test_store_result, &result);
  q_test_await (&result);
  g_assert_false (q_disk_image_convert_finish (image, result, &error));
  assert_error (&error, G_IO_ERROR, G_IO_ERROR_CANCELLED, raw, "convert: cancelled");
  assert_gone (qcow2);
  q_test_wait_until (NULL, q_test_count_processes (slow) == 0);
  g_signal_handler_disconnect (image, handler);

  /* Cancelled before, nothing is begun. */
  g_assert_false (
    q_disk_image_convert (image, copy, NULL, Q_DISK_CONVERT_FLAGS_NONE, -1, cancellable, &error));
  assert_error (&error, G_IO_ERROR, G_IO_ERROR_CANCELLED, raw, "cancelled");
  assert_gone (qcow2);

  g_assert_false (
    q_disk_image_convert (image, copy, NULL, Q_DISK_CONVERT_FLAGS_NONE, 300, NULL, &error));
  assert_error (&error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, raw, "convert: not done within its time");
  assert_gone (qcow2);
  q_test_wait_until (NULL, q_test_count_processes (slow) == 0);
  assert_same (raw, before);
  g_unlink (raw);
  g_unlink (before);
  g_unlink (slow);
}

/* -- a program that is none -- */

static void
test_programs (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *raw = make_raw ("disk.raw");
  g_autofree char *endless = make_program ("endless", "exec cat /dev/zero");
  g_autofree char *loud = make_program ("loud", "head -c 1000000 /dev/zero | tr '\\0' x >&2; "
                                                "echo 'the last' >&2; exit 3");
  g_autofree char *silly = make_program ("silly", "echo '[]'");
  g_autofree char *silent = make_program ("silent", "exit 4");
  g_autofree char *locale = make_program ("locale", "echo \"{\\\"leaks\\\": 1$LC_ALL}\" | tr -d C");
  g_autoptr (QDiskImage) image = q_disk_image_new (raw, "qcow");
  g_autoptr (QDiskCheck) found = NULL;
  g_autoptr (GError) error = NULL;

  q_disk_image_set_program (image, "no-such-qemu-img");
  g_assert_null (q_disk_image_query_info (image, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_NO_PROGRAM, raw,
                "query_info: no-such-qemu-img: there is no such program in PATH");
  q_disk_image_set_program (image, endless);
  g_assert_null (q_disk_image_query_info (image, LIMIT, NULL, &error));
  assert_error (&error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE, raw, "16777216 bytes");
  q_disk_image_set_program (image, loud);
  g_assert_null (q_disk_image_query_info (image, LIMIT, NULL, &error));
  g_assert_cmpuint (strlen (error->message), <, 5000);
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_FAILED, raw, "the last");
  q_disk_image_set_program (image, silent);
  g_assert_null (q_disk_image_query_info (image, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_FAILED, raw,
                "silent exited with status 4");
  q_disk_image_set_program (image, silly);
  g_assert_null (q_disk_image_check (image, Q_DISK_REPAIR_NONE, LIMIT, NULL, &error));
  assert_error (&error, Q_DISK_IMAGE_ERROR, Q_DISK_IMAGE_ERROR_FAILED, raw, "is not understood");
  q_disk_image_set_program (image, locale);
  found = check (image, Q_DISK_REPAIR_NONE);
  g_assert_cmpuint (q_disk_check_get_leaks (found), ==, 1);
  g_unlink (raw);
  g_unlink (endless);
  g_unlink (loud);
  g_unlink (silly);
  g_unlink (silent);
  g_unlink (locale);
}

static void
test_beside (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = q_test_get_path ("bin");
  g_autofree char *qemu = q_test_get_path ("bin/qemu");
  g_autofree char *program = q_test_get_path ("bin/qemu-img");
  g_autofree char *found = NULL;
  g_autofree char *other = NULL;
  g_autoptr (QMachine) machine = q_machine_new (qemu);
  g_autoptr (QDiskImage) image = NULL;
  g_autoptr (QDiskImage) without = NULL;

  g_assert_cmpint (g_mkdir (directory, 0700), ==, 0);
  g_free (make_program ("bin/qemu", "true"));
  without = q_disk_image_new_for_machine (machine, "x", "raw");
  other = q_disk_image_dup_program (without);
  g_assert_cmpstr (other, ==, "qemu-img");
  g_free (make_program ("bin/qemu-img", "true"));
  image = q_disk_image_new_for_machine (machine, "x", "raw");
  found = q_disk_image_dup_program (image);
  g_assert_cmpstr (found, ==, program);
  q_test_remove_tree (directory);
}

/* -- many at once -- */

static void
test_many (QTestFixture *fixture, gconstpointer data)
{
  guint n = q_test_is_long () ? 100 : 10;
  g_autofree char *raw = make_raw ("disk.raw");
  g_autoptr (QDiskImage) image = q_disk_image_new (raw, "raw");
  g_autofree GAsyncResult **results = g_new0 (GAsyncResult *, n);
  g_autoptr (GPtrArray) copies = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("copy-%u.raw", i);
      g_autofree char *path = q_test_get_path (name);

      g_ptr_array_add (copies, q_disk_image_new (path, "raw"));
      q_disk_image_convert_async (image, copies->pdata[i], NULL, Q_DISK_CONVERT_FLAGS_NONE, -1,
                                  NULL, q_test_store_result, &results[i]);
    }
  for (guint i = 0; i < n; i++)
    {
      q_test_await (&results[i]);
      g_assert_true (q_disk_image_convert_finish (image, results[i], &error));
      g_assert_no_error (error);
      assert_same (raw, get_path (copies->pdata[i]));
      g_unlink (get_path (copies->pdata[i]));
      g_object_unref (results[i]);
    }
  g_unlink (raw);
}

#define ADD(path, test) g_test_add (path, QTestFixture, NULL, q_test_set_up, test, q_test_tear_down)

int
main (int argc, char **argv)
{
  /* Which a program that is looked at for its words must not get. */
  g_setenv ("LC_ALL", "2", TRUE);
  q_test_init (&argc, &argv);

  ADD ("/disk-images/create", test_create);
  ADD ("/disk-images/options", test_options);
  ADD ("/disk-images/telling-names", test_telling_names);
  ADD ("/disk-images/odd-paths", test_odd_paths);
  ADD ("/disk-images/convert", test_convert);
  ADD ("/disk-images/wrong-format", test_wrong_format);
  ADD ("/disk-images/guessed-backing", test_guessed_backing);
  ADD ("/disk-images/corrupt", test_corrupt);
  ADD ("/disk-images/in-use", test_in_use);
  ADD ("/disk-images/full-disk", test_full_disk);
  ADD ("/disk-images/cancel", test_cancel);
  ADD ("/disk-images/programs", test_programs);
  ADD ("/disk-images/beside", test_beside);
  ADD ("/disk-images/many", test_many);

  return g_test_run ();
}
