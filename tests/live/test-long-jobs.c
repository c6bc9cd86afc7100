/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A large image with holes is copied in each way that QEMU has, whole, called off at any moment,
 * and failing anywhere; its source is compared byte by byte each time. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "q-test-util.h"

#define MIB ((goffset)1024 * 1024)
#define SECTOR 512

typedef enum
{
  MIRROR,
  BACKUP,
  COMMIT,
  STREAM,
  N_KINDS,
} Kind;

static const char *const kind_names[] = { "mirror", "backup", "commit", "stream" };

static goffset
get_size (void)
{
  return q_test_is_long () ? 1024 * MIB : 64 * MIB;
}

/* -- what an image has -- */

static guint32
next_word (guint32 *word)
{
  *word = *word * 1664525u + 1013904223u;
  return *word >> 8;
}

/* Each MiB begins with some sectors that belong to that place. The rest is a hole. */
static gsize
fill (char *bytes, guint place)
{
  guint32 word = place * 2654435761u + 1;
  gsize length = SECTOR * (1 + next_word (&word) % 240);

  memset (bytes, 0, MIB);
  for (gsize i = 0; i < length; i++)
    bytes[i] = (char)next_word (&word);
  return length;
}

static void
make_disk (const char *path)
{
  int fd = g_open (path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
  g_autofree char *bytes = g_malloc (MIB);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, get_size ()), ==, 0);
  for (goffset at = 0; at < get_size (); at += MIB)
    {
      gssize length = (gssize)fill (bytes, (guint)(at / MIB));

      g_assert_cmpint (pwrite (fd, bytes, (gsize)length, at), ==, length);
    }
  g_close (fd, NULL);
}

/* Each byte, those of the holes too. */
static void
assert_content (const char *path)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  g_autofree char *expected = g_malloc (MIB);
  g_autofree char *found = g_malloc (MIB);

  g_assert_cmpint (fd, >=, 0);
  for (goffset at = 0; at < get_size (); at += MIB)
    {
      fill (expected, (guint)(at / MIB));
      g_assert_cmpint (pread (fd, found, MIB, at), ==, MIB);
      g_assert_cmpint (memcmp (found, expected, MIB), ==, 0);
    }
  g_assert_cmpint (lseek (fd, 0, SEEK_END), ==, get_size ());
  g_close (fd, NULL);
}

static void
run_qemu_img (const char *first, ...)
{
  g_autoptr (GPtrArray) args = g_ptr_array_new ();
  g_autofree char *words = NULL;
  int status = -1;
  va_list list;

  g_ptr_array_add (args, (char *)"qemu-img");
  va_start (list, first);
  for (const char *each = first; each != NULL; each = va_arg (list, const char *))
    g_ptr_array_add (args, (char *)each);
  va_end (list);
  g_ptr_array_add (args, NULL);
  g_assert_true (g_spawn_sync (NULL, (char **)args->pdata, NULL,
                               G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
                               &words, &status, NULL));
  if (status != 0)
    g_error ("qemu-img %s: %s", first, words);
}

/* -- a machine, and the nodes of one job -- */

typedef struct
{
  QTestFixture fixture;
  char *disk;    /* the content */
  char *copy;    /* empty, raw */
  char *overlay; /* qcow2 */
  QMachine *machine;
} Storage;

static void command (Storage *self, const char *name, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
command (Storage *self, const char *name, const char *format, ...)
{
  g_autofree char *arguments = NULL;
  g_autofree char *reply = NULL;
  g_autoptr (GError) error = NULL;
  va_list args;

  va_start (args, format);
  arguments = g_strdup_vprintf (format, args);
  va_end (args);
  reply = q_machine_command_json (self->machine, name, arguments, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (reply);
}

static void
set_up (Storage *self, gconstpointer data)
{
  q_test_set_up (&self->fixture, data);
  self->disk = q_test_get_path ("disk.img");
  self->copy = q_test_get_path ("copy.img");
  self->overlay = q_test_get_path ("overlay.qcow2");
  make_disk (self->disk);
  self->machine = q_test_machine_none ();
  q_test_launch (self->machine);
}

static void
assert_answer (Storage *self, const char *query, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply
    = q_machine_command_json (self->machine, query, NULL, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (reply, ==, expected);
}

static void
tear_down (Storage *self, gconstpointer data)
{
  assert_answer (self, "query-jobs", "[]");
  assert_answer (self, "query-named-block-nodes", "[]");
  q_test_shutdown (self->machine);
  g_clear_object (&self->machine);
  g_unlink (self->disk);
  g_unlink (self->copy);
  g_unlink (self->overlay);
  g_clear_pointer (&self->disk, g_free);
  g_clear_pointer (&self->copy, g_free);
  g_clear_pointer (&self->overlay, g_free);
  q_test_tear_down (&self->fixture, data);
}

static void
add_file (Storage *self, const char *node, const char *path)
{
  command (self, "blockdev-add",
           "{\"driver\": \"file\", \"node-name\": \"%s\", \"filename\": \"%s\", "
           "\"discard\": \"unmap\"}",
           node, path);
}

/* With an errno at one sector, or nowhere. */
static void
add_filter (Storage *self, const char *node, const char *below, const char *type, gint64 sector)
{
  if (sector < 0)
    command (self, "blockdev-add",
             "{\"driver\": \"blkdebug\", \"node-name\": \"%s\", \"image\": \"%s\"}", node, below);
  else
    command (self, "blockdev-add",
             "{\"driver\": \"blkdebug\", \"node-name\": \"%s\", \"image\": \"%s\", "
             "\"inject-error\": [{\"event\": \"none\", \"iotype\": \"%s\", \"errno\": 5, "
             "\"sector\": %" G_GINT64_FORMAT ", \"once\": false}]}",
             node, below, type, sector);
}

/* The content is read from "from", and written to "to", or to the overlay. */
static void
add_nodes (Storage *self, Kind kind, gint64 read_error, gint64 write_error)
{
  g_autofree char *size = g_strdup_printf ("%" G_GOFFSET_FORMAT, get_size ());

  g_unlink (self->copy);
  g_unlink (self->overlay);
  run_qemu_img ("create", "-q", "-f", "raw", self->copy, size, NULL);
  if (kind == STREAM)
    run_qemu_img ("create", "-q", "-f", "qcow2", "-b", self->disk, "-F", "raw", self->overlay,
                  NULL);
  else if (kind == COMMIT)
    /* All that the disk has is in the overlay, over nothing. */
    run_qemu_img ("convert", "-q", "-f", "raw", "-O", "qcow2", "-B", self->copy, "-F", "raw",
                  self->disk, self->overlay, NULL);

  add_file (self, "to-file", self->copy);
  add_filter (self, "to", "to-file", "write", write_error);
  if (kind == COMMIT)
    {
      add_file (self, "from-file", self->overlay);
      command (self, "blockdev-add",
               "{\"driver\": \"qcow2\", \"node-name\": \"from\", \"file\": \"from-file\", "
               "\"backing\": \"to\"}");
      return;
    }

  add_file (self, "from-file", self->disk);
  add_filter (self, "from", "from-file", "read", read_error);
  if (kind != STREAM)
    return;

  add_file (self, "over-file", self->overlay);
  command (self, "blockdev-add",
           "{\"driver\": \"qcow2\", \"node-name\": \"over\", \"file\": \"over-file\", "
           "\"backing\": \"from\"}");
}

static void
remove_nodes (Storage *self, Kind kind)
{
  static const char *const all[] = { "over", "over-file", "from", "from-file", "to", "to-file" };

  for (gsize i = kind == STREAM ? 0 : 2; i < G_N_ELEMENTS (all); i++)
    command (self, "blockdev-del", "{\"node-name\": \"%s\"}", all[i]);
  assert_answer (self, "query-named-block-nodes", "[]");
}

/* `speed` is in bytes per second; 0 is as fast as can be. */
static QJob *
start (Storage *self, Kind kind, gint64 speed)
{
  static const char *const commands[]
    = { "blockdev-mirror", "blockdev-backup", "block-commit", "block-stream" };
  static const char *const arguments[] = {
    "{\"device\": \"from\", \"target\": \"to\", \"sync\": \"full\"}",
    "{\"device\": \"from\", \"target\": \"to\", \"sync\": \"full\"}",
    /* QEMU looks through filters for it otherwise. */
    "{\"device\": \"from\", \"base-node\": \"to\"}",
    "{\"device\": \"over\"}",
  };
  g_autoptr (JsonNode) node = json_from_string (arguments[kind], NULL);
  g_autoptr (GError) error = NULL;
  QJob *job;

  json_object_set_int_member (json_node_get_object (node), "speed", speed);
  job = q_machine_start_job (self->machine, commands[kind], node, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  return job;
}

/* The source has all of it, though a part may be elsewhere too. */
static void
assert_source (Storage *self, Kind kind)
{
  if (kind == COMMIT || kind == STREAM)
    run_qemu_img ("compare", "-q", "-f", "raw", "-F", "qcow2", self->disk, self->overlay, NULL);
  assert_content (self->disk);
}

/* -- whole -- */

typedef struct
{
  double last;
  guint n;
} Progress;

static void
progress_cb (QJob *job, GParamSpec *pspec, Progress *progress)
{
  double now = q_job_get_progress (job);

  /* Stored, and asserted behind it: an odd one is seen by the number. */
  if (now < progress->last || now > 1)
    g_error ("the progress goes from %f to %f", progress->last, now);
  progress->last = now;
  progress->n++;
}

static void
test_whole (Storage *self, gconstpointer data)
{
  for (Kind kind = 0; kind < N_KINDS; kind++)
    {
      Progress progress = { 0, 0 };
      gint64 begin = g_get_monotonic_time ();
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (QJob) job = NULL;
      gboolean becomes_ready = kind == MIRROR || kind == COMMIT;

      add_nodes (self, kind, -1, -1);
      begin = g_get_monotonic_time ();
      /* Slow enough for steps of it to be seen. */
      job = start (self, kind, get_size () / 2);
      q_job_set_update_interval (job, 5);
      g_signal_connect (job, "notify::progress", G_CALLBACK (progress_cb), &progress);
      if (becomes_ready)
        {
          q_job_complete_async (job, -1, NULL, q_test_store_result, &result);
          q_test_await (&result);
          q_job_complete_finish (job, result, &error);
        }
      else
        {
          q_job_wait_async (job, -1, NULL, q_test_store_result, &result);
          q_test_await (&result);
          q_job_wait_finish (job, result, &error);
        }
      g_assert_no_error (error);
      g_assert_cmpfloat_with_epsilon (q_job_get_progress (job), 1, 1e-9);
      g_test_message ("%s: %d ms, %u steps", kind_names[kind],
                      (int)((g_get_monotonic_time () - begin) / 1000), progress.n);
      g_assert_cmpuint (progress.n, >, 0);
      g_signal_handlers_disconnect_by_data (job, &progress);
      remove_nodes (self, kind);
      if (kind == STREAM)
        /* With nothing behind it. */
        run_qemu_img ("rebase", "-q", "-u", "-f", "qcow2", "-b", "", self->overlay, NULL);
      assert_source (self, kind == COMMIT ? MIRROR : kind);
      if (kind != STREAM)
        assert_content (self->copy);
    }
}

/* -- called off -- */

static void
test_cancelled (Storage *self, gconstpointer data)
{
  const guint n = q_test_is_long () ? 50 : 8;
  gint64 whole[N_KINDS] = { 0 };
  guint n_cancelled = 0;

  for (guint i = 0; i < N_KINDS + n; i++)
    {
      Kind kind = i % N_KINDS;
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) end = NULL;
      g_autoptr (QJob) job = NULL;
      gint64 begin;

      add_nodes (self, kind, -1, -1);
      begin = g_get_monotonic_time ();
      job = start (self, kind, 0);
      if (i < N_KINDS)
        {
          /* How long one has at all. */
          g_assert_true (q_job_wait_ready (job, -1, NULL, &error));
          whole[kind] = g_get_monotonic_time () - begin;
        }
      else
        {
          int pause = g_test_rand_int_range (0, (gint32)(whole[kind] / 1000) + 2);

          q_job_wait (job, pause, NULL, NULL);
        }
      g_assert_true (q_job_cancel (job, -1, NULL, &error));
      g_assert_no_error (error);
      end = q_job_dup_error (job);
      if (end != NULL)
        g_assert_error (end, Q_JOB_ERROR, Q_JOB_ERROR_CANCELLED);
      n_cancelled += i >= N_KINDS && end != NULL ? 1 : 0;
      assert_answer (self, "query-jobs", "[]");
      remove_nodes (self, kind);
      assert_source (self, kind);
    }
  g_test_message ("%u of %u were cancelled before they were done", n_cancelled, n);
  g_assert_cmpuint (n_cancelled, >, n / 4);
}

/* -- failing -- */

static void
test_failing (Storage *self, gconstpointer data)
{
  const guint n = q_test_is_long () ? 24 : 8;
  guint n_failed = 0;

  for (guint i = 0; i < n; i++)
    {
      Kind kind = i % N_KINDS;
      /* Where there is data. */
      gint64 sector = g_test_rand_int_range (0, (gint32)(get_size () / MIB)) * (MIB / SECTOR);
      gboolean reads = kind == STREAM || (kind != COMMIT && i / N_KINDS % 2 == 0);
      g_autoptr (GError) error = NULL;
      g_autoptr (QJob) job = NULL;

      add_nodes (self, kind, reads ? sector : -1, reads ? -1 : sector);
      job = start (self, kind, 0);
      if (q_job_wait_ready (job, -1, NULL, &error))
        g_error ("%s has not failed at sector %" G_GINT64_FORMAT, kind_names[kind], sector);
      g_assert_error (error, Q_JOB_ERROR, Q_JOB_ERROR_FAILED);
      g_assert_true (g_str_has_suffix (error->message, "failed: Input/output error"));
      n_failed++;
      assert_answer (self, "query-jobs", "[]");
      remove_nodes (self, kind);
      assert_source (self, kind);
    }
  g_test_message ("%u failed, with QEMU's words", n_failed);
}

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);
#define ADD(path, test) g_test_add (path, Storage, NULL, set_up, test, tear_down)
  ADD ("/long-jobs/whole", test_whole);
  ADD ("/long-jobs/cancelled", test_cancelled);
  ADD ("/long-jobs/failing", test_failing);
#undef ADD
  return g_test_run ();
}
