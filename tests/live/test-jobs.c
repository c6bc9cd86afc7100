/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Jobs of the block layer, the migration and the dump, by one object each. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "q-test-util.h"

#define MIB ((goffset)1024 * 1024)
#define CHUNK 4096

static goffset
get_size (void)
{
  return q_test_is_long () ? 1024 * MIB : 64 * MIB;
}

/* -- images -- */

static void
fill_chunk (char *chunk, guint seed)
{
  guint32 word = seed * 2654435761u + 1;

  for (guint i = 0; i < CHUNK; i++)
    {
      word = word * 1664525u + 1013904223u;
      chunk[i] = (char)(word >> 24);
    }
}

/* Every MiB begins with bytes that belong to that place; all else is a hole. */
static char *
make_image (const char *name, gboolean filled)
{
  g_autofree char *path = q_test_get_path (name);
  int fd = g_open (path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
  char chunk[CHUNK];

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, get_size ()), ==, 0);
  for (goffset at = 0; filled && at < get_size (); at += MIB)
    {
      fill_chunk (chunk, (guint)(at / MIB));
      g_assert_cmpint (pwrite (fd, chunk, CHUNK, at), ==, CHUNK);
    }
  g_close (fd, NULL);

  return g_steal_pointer (&path);
}

static void
assert_image (const char *path)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  char expected[CHUNK];
  char chunk[CHUNK];
  char beside[CHUNK];
  const char nothing[CHUNK] = { 0 };

  g_assert_cmpint (fd, >=, 0);
  for (goffset at = 0; at < get_size (); at += MIB)
    {
      fill_chunk (expected, (guint)(at / MIB));
      g_assert_cmpint (pread (fd, chunk, CHUNK, at), ==, CHUNK);
      g_assert_cmpint (pread (fd, beside, CHUNK, at + CHUNK), ==, CHUNK);
      g_assert_cmpint (memcmp (chunk, expected, CHUNK), ==, 0);
      g_assert_cmpint (memcmp (beside, nothing, CHUNK), ==, 0);
    }
  g_close (fd, NULL);
}

/* -- a machine with disks -- */

typedef struct
{
  QTestFixture fixture;
  char *disk;
  char *copy;
  QMachine *machine;
} Storage;

static char *
describe_node (const char *name, const char *path)
{
  return g_strdup_printf ("driver=file,node-name=%s,filename=%s,discard=unmap", name, path);
}

static void
storage_set_up (Storage *self, gconstpointer data)
{
  g_autofree char *disk = NULL;
  g_autofree char *copy = NULL;
  const char *args[7] = { "-m", "16", "-blockdev", NULL, "-blockdev", NULL, NULL };

  q_test_set_up (&self->fixture, data);
  self->disk = make_image ("disk.img", TRUE);
  self->copy = make_image ("copy.img", FALSE);
  disk = describe_node ("disk", self->disk);
  copy = describe_node ("copy", self->copy);
  args[3] = disk;
  args[5] = copy;
  self->machine = q_test_machine_none ();
  g_object_set (self->machine, "args", args, NULL);
  q_test_launch (self->machine);
}

static void
assert_no_jobs (QMachine *machine)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *jobs
    = q_machine_command_json (machine, "query-jobs", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (jobs, ==, "[]");
}

static void
storage_tear_down (Storage *self, gconstpointer data)
{
  if (q_machine_is_running (self->machine))
    {
      assert_no_jobs (self->machine);
      q_test_shutdown (self->machine);
    }
  assert_image (self->disk);
  g_clear_object (&self->machine);
  g_unlink (self->disk);
  g_unlink (self->copy);
  g_clear_pointer (&self->disk, g_free);
  g_clear_pointer (&self->copy, g_free);
  q_test_tear_down (&self->fixture, data);
}

static JsonNode *
parse (const char *text)
{
  JsonNode *node = json_from_string (text, NULL);

  g_assert_nonnull (node);
  return node;
}

static QJob *
start (QMachine *machine, const char *command, const char *arguments)
{
  g_autoptr (JsonNode) node = parse (arguments);
  g_autoptr (GError) error = NULL;
  QJob *job = q_machine_start_job (machine, command, node, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (job);
  return job;
}

static void
run (QMachine *machine, const char *command, const char *arguments)
{
  g_autoptr (JsonNode) node = parse (arguments);
  g_autoptr (GError) error = NULL;
  gboolean good = q_machine_run_job (machine, command, node, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (good);
}

static void
command (QMachine *machine, const char *name, const char *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply
    = q_machine_command_json (machine, name, arguments, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (reply);
}

/* -- each of the four -- */

static void
test_mirror (Storage *self, gconstpointer data)
{
  run (self->machine, "blockdev-mirror",
       "{\"device\": \"disk\", \"target\": \"copy\", \"sync\": \"full\"}");
  assert_image (self->copy);
}

static void
test_backup (Storage *self, gconstpointer data)
{
  run (self->machine, "blockdev-backup",
       "{\"device\": \"disk\", \"target\": \"copy\", \"sync\": \"full\"}");
  assert_image (self->copy);
}

/* An image whose backing file has the content. */
static char *
make_overlay (Storage *self, const char *name)
{
  g_autofree char *path = q_test_get_path (name);
  g_autofree char *create = g_strdup_printf (
    "{\"options\": {\"driver\": \"file\", \"filename\": \"%s\", \"size\": 0}}", path);
  g_autofree char *format = g_strdup_printf (
    "{\"options\": {\"driver\": \"qcow2\", \"file\": \"overlay-file\", \"size\": %" G_GOFFSET_FORMAT
    ", \"backing-file\": \"%s\", \"backing-fmt\": \"raw\"}}",
    get_size (), self->disk);
  g_autofree char *add
    = g_strdup_printf ("{\"driver\": \"file\", \"node-name\": \"overlay-file\", \"filename\": "
                       "\"%s\"}",
                       path);

  run (self->machine, "blockdev-create", create);
  command (self->machine, "blockdev-add", add);
  run (self->machine, "blockdev-create", format);
  command (self->machine, "blockdev-add",
           "{\"driver\": \"qcow2\", \"node-name\": \"overlay\", \"file\": \"overlay-file\", "
           "\"backing\": \"disk\"}");

  return g_steal_pointer (&path);
}

static void
test_stream_and_commit (Storage *self, gconstpointer data)
{
  g_autofree char *overlay = make_overlay (self, "overlay.qcow2");

  run (self->machine, "block-stream", "{\"device\": \"overlay\"}");
  run (self->machine, "blockdev-backup",
       "{\"device\": \"overlay\", \"target\": \"copy\", \"sync\": \"full\"}");
  assert_image (self->copy);
  g_unlink (overlay);
}

static void
test_active_commit (Storage *self, gconstpointer data)
{
  g_autofree char *overlay = make_overlay (self, "overlay.qcow2");

  /* It becomes ready, and run_job () completes it. */
  run (self->machine, "block-commit", "{\"device\": \"overlay\"}");
  g_unlink (overlay);
}

/* -- one step after the other -- */

#define SLOW_BACKUP                                                                                \
  "{\"device\": \"disk\", \"target\": \"copy\", \"sync\": \"full\", \"speed\": 4194304, "          \
  "\"job-id\": \"slow\"}"

static void
test_steps (Storage *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) left = NULL;
  g_autofree char *type = NULL;
  g_autoptr (QJob) job = start (self->machine, "blockdev-backup", SLOW_BACKUP);

  type = q_job_dup_job_type (job);
  g_assert_cmpstr (type, ==, "backup");
  g_assert_cmpstr (q_job_get_id (job), ==, "slow");
  g_assert_false (q_job_get_ended (job));
  g_assert_true (q_job_get_can_pause (job));
  g_assert_true (q_job_get_can_cancel (job));
  g_assert_false (q_job_get_can_complete (job));

  g_assert_true (q_job_pause (job, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (q_job_get_status (job), ==, Q_JOB_STATUS_PAUSED);
  g_assert_true (q_job_get_can_resume (job));
  g_assert_false (q_job_get_can_pause (job));
  g_assert_true (q_job_resume (job, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (q_job_get_status (job), ==, Q_JOB_STATUS_RUNNING);

  g_assert_false (q_job_complete (job, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_error (error, Q_JOB_ERROR, Q_JOB_ERROR_NOT_SUPPORTED);
  g_assert_cmpstr (error->message, ==,
                   "complete: \"slow\" is a job of the type backup, which cannot do that");
  g_clear_error (&error);

  g_assert_false (q_job_wait (job, 50, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_true (g_str_has_prefix (
    error->message, "wait: backup \"slow\" is not there within 50 ms: it is running, with "));
  g_assert_true (g_str_has_suffix (error->message, " % done"));
  g_clear_error (&error);
  g_assert_false (q_job_wait (job, -2, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_clear_error (&error);

  g_assert_true (q_job_cancel (job, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
  left = q_job_dup_error (job);
  g_assert_error (left, Q_JOB_ERROR, Q_JOB_ERROR_CANCELLED);
  g_assert_cmpstr (left->message, ==, "backup \"slow\" was cancelled");
  g_assert_true (q_job_get_ended (job));
  /* And once more; how it ended stays. */
  g_assert_true (q_job_cancel (job, 0, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (q_job_wait (job, 0, NULL, &error));
  g_assert_error (error, Q_JOB_ERROR, Q_JOB_ERROR_CANCELLED);
  g_assert_cmpfloat (q_job_get_progress (job), <, 1);
}

static void
test_mirror_by_hand (Storage *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QJob) job = start (self->machine, "blockdev-mirror",
                                "{\"device\": \"disk\", \"target\": \"copy\", \"sync\": \"full\"}");

  g_assert_true (q_job_wait_ready (job, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (q_job_get_status (job), ==, Q_JOB_STATUS_READY);
  g_assert_true (q_job_get_can_complete (job));
  g_assert_false (q_job_wait (job, 10, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  g_assert_true (q_job_complete (job, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat_with_epsilon (q_job_get_progress (job), 1, 1e-9);
  assert_image (self->copy);
}

/* Cancelled at random moments: nothing of it is left, and the source is whole. */
static void
test_cancel_at_random (Storage *self, gconstpointer data)
{
  guint n = q_test_is_long () ? 50 : 10;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) end = NULL;
      g_autoptr (QJob) job
        = start (self->machine, i % 2 == 0 ? "blockdev-backup" : "blockdev-mirror",
                 "{\"device\": \"disk\", \"target\": \"copy\", \"sync\": \"full\"}");
      int pause = g_test_rand_int_range (0, 20);

      g_assert_false (q_job_wait (job, pause, NULL, &error) && i % 2 == 1);
      g_clear_error (&error);
      g_assert_true (q_job_cancel (job, Q_TEST_DEADLINE_MS, NULL, &error));
      g_assert_no_error (error);
      end = q_job_dup_error (job);
      g_assert_true (end == NULL || end->code == Q_JOB_ERROR_CANCELLED);
      assert_no_jobs (self->machine);
    }
}

/* -- what fails -- */

/* Writes to it fail, from the fifth on. */
static void
test_failing_target (Storage *self, gconstpointer data)
{
  g_autoptr (JsonNode) arguments = parse (
    "{\"device\": \"disk\", \"target\": \"bad\", \"sync\": \"full\", \"job-id\": \"doomed\"}");
  g_autoptr (GError) error = NULL;

  command (self->machine, "blockdev-add",
           "{\"driver\": \"blkdebug\", \"node-name\": \"bad\", \"image\": \"copy\", "
           "\"inject-error\": [{\"event\": \"pwritev\", \"errno\": 28, \"once\": false}, "
           "{\"event\": \"none\", \"iotype\": \"write\", \"errno\": 28, \"sector\": 8192}]}");
  g_assert_false (q_machine_run_job (self->machine, "blockdev-backup", arguments,
                                     Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_error (error, Q_JOB_ERROR, Q_JOB_ERROR_FAILED);
  g_assert_cmpstr (error->message, ==, "backup \"doomed\" failed: No space left on device");
  assert_no_jobs (self->machine);
  command (self->machine, "blockdev-del", "{\"node-name\": \"bad\"}");
}

static void
assert_refused (QMachine *machine, const char *name, const char *text, GQuark domain, int code,
                const char *message)
{
  g_autoptr (JsonNode) arguments = parse (text);
  g_autoptr (GError) error = NULL;
  g_autoptr (QJob) job
    = q_machine_start_job (machine, name, arguments, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_null (job);
  g_assert_error (error, domain, code);
  g_assert_nonnull (strstr (error->message, message));
}

static void
test_refused (Storage *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  assert_refused (self->machine, "blockdev-mirror",
                  "{\"device\": \"nope\", \"target\": \"copy\", \"sync\": \"full\"}",
                  Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR, "nope");
  assert_refused (self->machine, "blockdev-mirror", "[]", Q_MONITOR_ERROR,
                  Q_MONITOR_ERROR_INVALID_COMMAND, "no object");
  assert_refused (self->machine, "blockdev-mirror", "{\"auto-dismiss\": true}", Q_MONITOR_ERROR,
                  Q_MONITOR_ERROR_INVALID_COMMAND, "leave out auto-dismiss");
  assert_refused (self->machine, "no-such-command", "{}", Q_COMMAND_ERROR,
                  Q_COMMAND_ERROR_COMMAND_NOT_FOUND, "no-such-command");
  g_assert_false (
    q_machine_run_job (self->machine, "block-stream", NULL, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
}

/* A limit ends the job, too. */
static void
test_run_gives_up (Storage *self, gconstpointer data)
{
  g_autoptr (JsonNode) arguments = parse (SLOW_BACKUP);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (
    q_machine_run_job (self->machine, "blockdev-backup", arguments, 1000, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_true (g_str_has_prefix (error->message,
                                   "run_job: backup \"slow\" is not there within 1000 ms: it is "));
  g_clear_error (&error);
  assert_no_jobs (self->machine);

  g_cancellable_cancel (cancellable);
  g_assert_false (
    q_machine_run_job (self->machine, "blockdev-backup", arguments, -1, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_no_jobs (self->machine);
}

/* QEMU was asked, and begins though nobody waits for its answer any more. */
static void
test_start_gives_up (Storage *self, gconstpointer data)
{
  g_autoptr (JsonNode) unnamed = parse (
    "{\"device\": \"disk\", \"target\": \"copy\", \"sync\": \"full\", \"speed\": 4194304}");
  g_autoptr (JsonNode) named = parse (SLOW_BACKUP);
  g_autoptr (GError) error = NULL;
  g_autoptr (QJob) job = NULL;

  for (int i = 0; i < 10; i++)
    {
      job = q_machine_start_job (self->machine, "blockdev-backup", unnamed, 0, NULL, &error);
      /* QEMU may have been as quick as that. */
      if (job != NULL)
        q_job_cancel (job, Q_TEST_DEADLINE_MS, NULL, &error);
      else
        {
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
          g_clear_error (&error);
        }
      g_assert_no_error (error);
      assert_no_jobs (self->machine);
      g_clear_object (&job);
    }

  /* Not the one of somebody else, who was first to have the name. */
  job = start (self->machine, "blockdev-backup", SLOW_BACKUP);
  for (int i = 0; i < 20; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;

      q_machine_start_job_async (self->machine, "blockdev-backup", named, -1, cancellable,
                                 q_test_store_result, &result);
      g_usleep ((gulong)g_test_rand_int_range (0, 1000));
      g_cancellable_cancel (cancellable);
      q_test_await (&result);
      g_assert_null (q_machine_start_job_finish (self->machine, result, NULL));
    }
  g_assert_false (q_job_get_ended (job));
  g_assert_true (q_job_cancel (job, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
}

static void
test_qemu_ends (Storage *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (QJob) job = start (self->machine, "blockdev-backup", SLOW_BACKUP);

  q_job_wait_async (job, -1, NULL, q_test_store_result, &result);
  g_assert_true (q_machine_kill (self->machine, NULL, &error));
  g_assert_no_error (error);
  q_test_await (&result);
  g_assert_false (q_job_wait_finish (job, result, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
  g_clear_error (&error);

  q_test_wait_until (NULL, q_job_get_ended (job));
  error = q_job_dup_error (job);
  g_assert_error (error, Q_JOB_ERROR, Q_JOB_ERROR_GONE);
  g_assert_cmpuint (g_list_model_get_n_items (q_machine_get_jobs (self->machine)), ==, 0);
}

static void
test_machine_is_dropped (Storage *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QJob) job = start (self->machine, "blockdev-backup", SLOW_BACKUP);
  gint64 pid = q_machine_get_pid (self->machine);

  q_test_assert_last_unref (self->machine);
  g_assert_false (q_test_process_exists (pid));
  g_assert_false (q_job_wait (job, -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_assert_cmpstr (error->message, ==, "wait: the machine of job \"slow\" is gone");
  self->machine = q_test_machine_none ();
}

/* -- in a main loop -- */

typedef struct
{
  guint n_progress;
  double last;
  gboolean falls;
  guint n_items_changed;
} Watched;

static void
progress_cb (QJob *job, GParamSpec *pspec, Watched *watched)
{
  double progress = q_job_get_progress (job);

  watched->falls |= progress < watched->last;
  watched->last = progress;
  watched->n_progress++;
}

static void
items_cb (GListModel *model, guint position, guint removed, guint added, Watched *watched)
{
  watched->n_items_changed++;
}

static void
test_progress (Storage *self, gconstpointer data)
{
  Watched watched = { 0 };
  g_autoptr (GError) end = NULL;
  GListModel *jobs = q_machine_get_jobs (self->machine);
  g_autoptr (QJob) job = NULL;

  g_signal_connect (jobs, "items-changed", G_CALLBACK (items_cb), &watched);
  job = start (self->machine, "blockdev-backup",
               "{\"device\": \"disk\", \"target\": \"copy\", \"sync\": \"full\", "
               "\"speed\": 41943040}");
  q_job_set_update_interval (job, 20);
  g_assert_cmpuint (g_list_model_get_n_items (jobs), ==, 1);
  g_signal_connect (job, "notify::progress", G_CALLBACK (progress_cb), &watched);

  /* Nobody waits for it: the model sees it through. */
  q_test_wait_until (NULL, g_list_model_get_n_items (jobs) == 0);
  g_assert_true (q_job_get_ended (job));
  end = q_job_dup_error (job);
  g_assert_no_error (end);
  g_assert_cmpuint (watched.n_progress, >=, 5);
  g_assert_false (watched.falls);
  g_assert_cmpfloat_with_epsilon (watched.last, 1, 1e-9);
  g_assert_cmpuint (watched.n_items_changed, ==, 2);
  assert_image (self->copy);
}

/* One that somebody else starts is seen, and left to them. */
static void
test_foreign (Storage *self, gconstpointer data)
{
  GListModel *jobs = q_machine_get_jobs (self->machine);
  g_autoptr (GError) end = NULL;
  g_autoptr (QJob) job = NULL;

  command (self->machine, "blockdev-backup",
           "{\"job-id\": \"theirs\", \"device\": \"disk\", \"target\": \"copy\", \"sync\": "
           "\"full\", \"speed\": 8388608, \"auto-dismiss\": false}");
  q_test_wait_until (NULL, g_list_model_get_n_items (jobs) == 1);
  job = g_list_model_get_item (jobs, 0);
  g_assert_cmpstr (q_job_get_id (job), ==, "theirs");
  q_test_wait_until (NULL, q_job_get_status (job) == Q_JOB_STATUS_RUNNING);
  command (self->machine, "block-job-set-speed", "{\"device\": \"theirs\", \"speed\": 0}");
  q_test_wait_until (NULL, q_job_get_ended (job));
  end = q_job_dup_error (job);
  g_assert_no_error (end);
  g_assert_cmpuint (g_list_model_get_n_items (jobs), ==, 1);
  q_test_wait_until (NULL, q_job_get_status (job) == Q_JOB_STATUS_CONCLUDED);
  command (self->machine, "job-dismiss", "{\"id\": \"theirs\"}");
  q_test_wait_until (NULL, g_list_model_get_n_items (jobs) == 0);
}

/* In a program without a main loop the model does not grow. */
static void
test_without_loop (Storage *self, gconstpointer data)
{
  for (guint i = 0; i < 20; i++)
    run (self->machine, "blockdev-backup",
         "{\"device\": \"disk\", \"target\": \"copy\", \"sync\": \"full\"}");
  g_assert_cmpuint (g_list_model_get_n_items (q_machine_get_jobs (self->machine)), <=, 1);
}

/* -- what is no job in QEMU's words -- */

static QMachine *
launch_with_memory (void)
{
  const char *args[] = { "-accel", "tcg", "-m", "16", "-nic", "none", NULL };
  QMachine *machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type",
                    "q35,graphics=off", "args", args, "base-dir", q_test_get_base_dir (), NULL);

  q_test_launch (machine);
  return machine;
}

static void
test_migration (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = launch_with_memory ();
  g_autoptr (GError) error = NULL;
  g_autoptr (QJob) failing = NULL;
  g_autoptr (QJob) cancelled = NULL;
  g_autoptr (QJob) job = NULL;

  failing = start (machine, "migrate", "{\"uri\": \"exec:exit 3\"}");
  g_assert_false (q_job_wait (failing, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_error (error, Q_JOB_ERROR, Q_JOB_ERROR_FAILED);
  g_assert_true (g_str_has_prefix (error->message, "migrate \"migration\" failed: "));
  g_clear_error (&error);
  q_test_assert_running (machine);

  command (machine, "migrate-set-parameters", "{\"max-bandwidth\": 4096}");
  cancelled = start (machine, "migrate", "{\"uri\": \"exec:cat >/dev/null\"}");
  g_assert_false (q_job_get_can_pause (cancelled));
  g_assert_false (q_job_pause (cancelled, -1, NULL, &error));
  g_assert_error (error, Q_JOB_ERROR, Q_JOB_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_true (q_job_cancel (cancelled, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
  error = q_job_dup_error (cancelled);
  g_assert_error (error, Q_JOB_ERROR, Q_JOB_ERROR_CANCELLED);
  g_clear_error (&error);
  q_test_assert_running (machine);

  command (machine, "migrate-set-parameters", "{\"max-bandwidth\": 1073741824}");
  job = start (machine, "migrate", "{\"uri\": \"exec:cat >/dev/null\"}");
  g_assert_true (q_job_wait (job, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat_with_epsilon (q_job_get_progress (job), 1, 1e-9);
  q_test_wait_until (NULL, q_machine_get_run_state (machine) == Q_RUN_STATE_POSTMIGRATE);
  q_test_shutdown (machine);
}

static void
test_dump (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = launch_with_memory ();
  g_autofree char *path = q_test_get_path ("memory.dump");
  g_autofree char *good = g_strdup_printf ("{\"paging\": false, \"protocol\": \"file:%s\"}", path);
  g_autoptr (GError) error = NULL;
  g_autoptr (QJob) failing = NULL;
  g_autoptr (QJob) job = start (machine, "dump-guest-memory", good);

  g_assert_true (q_job_wait (job, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_unlink (path);

  failing
    = start (machine, "dump-guest-memory", "{\"paging\": false, \"protocol\": \"file:/dev/full\"}");
  g_assert_false (q_job_wait (failing, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_error (error, Q_JOB_ERROR, Q_JOB_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "No space left on device"));
  q_test_assert_running (machine);
  q_test_shutdown (machine);
}

static void
test_async (Storage *self, gconstpointer data)
{
  g_autoptr (JsonNode) arguments
    = parse ("{\"device\": \"disk\", \"target\": \"copy\", \"sync\": \"full\"}");
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) started = NULL;
  g_autoptr (GAsyncResult) ran = NULL;
  g_autoptr (QJob) job = NULL;

  q_machine_start_job_async (self->machine, "blockdev-mirror", arguments, Q_TIMEOUT_DEFAULT, NULL,
                             q_test_store_result, &started);
  q_test_await (&started);
  job = q_machine_start_job_finish (self->machine, started, &error);
  g_assert_no_error (error);

  {
    g_autoptr (GAsyncResult) ready = NULL;
    g_autoptr (GAsyncResult) paused = NULL;
    g_autoptr (GAsyncResult) resumed = NULL;
    g_autoptr (GAsyncResult) completed = NULL;
    g_autoptr (GAsyncResult) cancelled = NULL;

    q_job_wait_ready_async (job, -1, NULL, q_test_store_result, &ready);
    q_test_await (&ready);
    g_assert_true (q_job_wait_ready_finish (job, ready, &error));
    q_job_pause_async (job, -1, NULL, q_test_store_result, &paused);
    q_test_await (&paused);
    g_assert_true (q_job_pause_finish (job, paused, &error));
    g_assert_cmpint (q_job_get_status (job), ==, Q_JOB_STATUS_STANDBY);
    q_job_resume_async (job, -1, NULL, q_test_store_result, &resumed);
    q_test_await (&resumed);
    g_assert_true (q_job_resume_finish (job, resumed, &error));
    q_job_complete_async (job, -1, NULL, q_test_store_result, &completed);
    q_test_await (&completed);
    g_assert_true (q_job_complete_finish (job, completed, &error));
    q_job_cancel_async (job, -1, NULL, q_test_store_result, &cancelled);
    q_test_await (&cancelled);
    g_assert_true (q_job_cancel_finish (job, cancelled, &error));
    g_assert_no_error (error);
  }

  q_machine_run_job_async (self->machine, "blockdev-backup", arguments, -1, NULL,
                           q_test_store_result, &ran);
  q_test_await (&ran);
  g_assert_true (q_machine_run_job_finish (self->machine, ran, &error));
  g_assert_no_error (error);
  assert_image (self->copy);
}

#define ADD(path, Type, set_up, test, tear_down)                                                   \
  g_test_add (path, Type, NULL, set_up, test, tear_down)
#define ADD_STORAGE(path, test) ADD (path, Storage, storage_set_up, test, storage_tear_down)

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);

  ADD_STORAGE ("/jobs/mirror", test_mirror);
  ADD_STORAGE ("/jobs/backup", test_backup);
  ADD_STORAGE ("/jobs/stream", test_stream_and_commit);
  ADD_STORAGE ("/jobs/commit", test_active_commit);
  ADD_STORAGE ("/jobs/steps", test_steps);
  ADD_STORAGE ("/jobs/mirror-by-hand", test_mirror_by_hand);
  ADD_STORAGE ("/jobs/cancel-at-random", test_cancel_at_random);
  ADD_STORAGE ("/jobs/failing-target", test_failing_target);
  ADD_STORAGE ("/jobs/refused", test_refused);
  ADD_STORAGE ("/jobs/run-gives-up", test_run_gives_up);
  ADD_STORAGE ("/jobs/start-gives-up", test_start_gives_up);
  ADD_STORAGE ("/jobs/qemu-ends", test_qemu_ends);
  ADD_STORAGE ("/jobs/machine-dropped", test_machine_is_dropped);
  ADD_STORAGE ("/jobs/progress", test_progress);
  ADD_STORAGE ("/jobs/foreign", test_foreign);
  ADD_STORAGE ("/jobs/without-loop", test_without_loop);
  ADD_STORAGE ("/jobs/async", test_async);
  ADD ("/jobs/migration", QTestFixture, q_test_set_up, test_migration, q_test_tear_down);
  ADD ("/jobs/dump", QTestFixture, q_test_set_up, test_dump, q_test_tear_down);

  return g_test_run ();
}
