/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Jobs that nobody waits for any more, or several do; and a QEMU that does not answer meanwhile. */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "q-test-util.h"

/* Longer than the library waits for an answer that it can do without, and shorter than the limit of
 * what it cannot do without. */
#define SILENCE_MS 8000

#define SLOW_BACKUP                                                                                \
  "{\"device\": \"source\", \"target\": \"target\", \"sync\": \"full\", \"speed\": 4096}"

typedef struct
{
  QTestFixture fixture;
  char *log;
  char *file;
  char *create; /* the arguments of blockdev-create */
  QMachine *machine;
} Storage;

static void
command (QMachine *machine, const char *name, const char *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply
    = q_machine_command_json (machine, name, arguments, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (reply);
}

static void
storage_set_up (Storage *self, gconstpointer data)
{
  q_test_set_up (&self->fixture, data);
  self->log = q_test_get_path ("monitor.log");
  self->file = q_test_get_path ("new.img");
  self->create = g_strdup_printf (
    "{\"options\": {\"driver\": \"file\", \"filename\": \"%s\", \"size\": 65536}}", self->file);
  g_assert_true (g_file_set_contents (self->file, "", 0, NULL));
  self->machine = q_test_machine_none ();
  q_machine_set_monitor_log (self->machine, self->log);
  q_test_launch (self->machine);
  command (self->machine, "blockdev-add",
           "{\"driver\": \"null-co\", \"node-name\": \"source\", \"size\": 67108864}");
  command (self->machine, "blockdev-add",
           "{\"driver\": \"null-co\", \"node-name\": \"target\", \"size\": 67108864}");
}

static gboolean
has_no_jobs (QMachine *machine)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *jobs
    = q_machine_command_json (machine, "query-jobs", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  return g_str_equal (jobs, "[]");
}

static void
storage_tear_down (Storage *self, gconstpointer data)
{
  g_assert_true (has_no_jobs (self->machine));
  q_test_shutdown (self->machine);
  g_clear_object (&self->machine);
  g_unlink (self->log);
  g_unlink (self->file);
  g_clear_pointer (&self->log, g_free);
  g_clear_pointer (&self->file, g_free);
  g_clear_pointer (&self->create, g_free);
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
start (QMachine *machine, const char *name, const char *arguments)
{
  g_autoptr (JsonNode) node = parse (arguments);
  g_autoptr (GError) error = NULL;
  QJob *job = q_machine_start_job (machine, name, node, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (job);
  return job;
}

static gboolean
was_sent (Storage *self, const char *text)
{
  g_autofree char *content = NULL;

  return g_file_get_contents (self->log, &content, NULL, NULL) && strstr (content, text) != NULL;
}

static guint
count_jobs (Storage *self)
{
  return g_list_model_get_n_items (q_machine_get_jobs (self->machine));
}

/* -- a QEMU that does not answer -- */

typedef struct
{
  GMutex lock;
  GCond cond;
  gboolean over;
  gboolean too_long;
  GPid pid;
  GThread *thread;
} Silence;

static gpointer
watch (gpointer data)
{
  Silence *self = data;
  gint64 end = g_get_monotonic_time () + SILENCE_MS * (gint64)1000;

  g_mutex_lock (&self->lock);
  while (!self->over && !self->too_long)
    self->too_long = !g_cond_wait_until (&self->cond, &self->lock, end);
  g_mutex_unlock (&self->lock);
  kill (self->pid, SIGCONT);
  return NULL;
}

static void
silence_begin (Silence *self, QMachine *machine)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->over = FALSE;
  self->too_long = FALSE;
  self->pid = (GPid)q_machine_get_pid (machine);
  g_assert_cmpint (kill (self->pid, SIGSTOP), ==, 0);
  self->thread = g_thread_new ("silence", watch, self);
}

/* What was done meanwhile has not waited for QEMU. */
static void
silence_end (Silence *self)
{
  g_mutex_lock (&self->lock);
  self->over = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_assert_false (self->too_long);
}

/* How it ended is known, and QEMU need not say that it has forgotten it. */
static void
test_dismiss_in_silence (Storage *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QJob) job = start (self->machine, "blockdev-create", self->create);
  Silence silence;

  while (!q_job_get_ended (job))
    {
      g_assert_true (q_job_wait (job, Q_TEST_DEADLINE_MS, NULL, &error));
      g_object_unref (job);
      job = start (self->machine, "blockdev-create", self->create);
    }

  silence_begin (&silence, self->machine);
  g_assert_true (q_job_wait (job, 500, NULL, &error));
  silence_end (&silence);
  g_assert_no_error (error);
}

static void
test_settle_in_silence (Storage *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QJob) job = start (self->machine, "migrate", "{\"uri\": \"exec:cat >/dev/null\"}");
  Silence silence;

  g_assert_true (q_job_wait (job, Q_TEST_DEADLINE_MS, NULL, &error));
  silence_begin (&silence, self->machine);
  g_assert_true (q_job_wait (job, 500, NULL, &error));
  silence_end (&silence);
  g_assert_no_error (error);
}

/* -- the cancel is in QEMU's queue, whenever QEMU goes on -- */

static void
test_cancel_in_silence (Storage *self, gconstpointer data)
{
  g_autoptr (JsonNode) arguments = parse (SLOW_BACKUP);
  g_autoptr (GAsyncResult) started = NULL;
  g_autoptr (GError) error = NULL;
  GPid pid = (GPid)q_machine_get_pid (self->machine);

  g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
  q_machine_start_job_async (self->machine, "blockdev-backup", arguments, 100, NULL,
                             q_test_store_result, &started);
  q_test_wait_until (NULL, was_sent (self, "\"job-cancel\""));
  g_assert_cmpint (kill (pid, SIGCONT), ==, 0);
  q_test_await (&started);
  g_assert_null (q_machine_start_job_finish (self->machine, started, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  g_assert_true (has_no_jobs (self->machine));
}

static void
test_run_in_silence (Storage *self, gconstpointer data)
{
  g_autoptr (JsonNode) arguments = parse (SLOW_BACKUP);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) ran = NULL;
  g_autoptr (GError) error = NULL;
  GPid pid = (GPid)q_machine_get_pid (self->machine);

  q_machine_run_job_async (self->machine, "blockdev-backup", arguments, -1, cancellable,
                           q_test_store_result, &ran);
  q_test_wait_until (NULL, count_jobs (self) == 1);
  g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
  g_cancellable_cancel (cancellable);
  q_test_wait_until (NULL, was_sent (self, "\"job-cancel\""));
  g_assert_cmpint (kill (pid, SIGCONT), ==, 0);
  q_test_await (&ran);
  g_assert_false (q_machine_run_job_finish (self->machine, ran, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (has_no_jobs (self->machine));
}

/* -- what cannot be cancelled is dismissed when it has ended -- */

static void
test_lasting_in_silence (Storage *self, gconstpointer data)
{
  g_autoptr (JsonNode) arguments = parse (self->create);
  g_autoptr (GError) error = NULL;
  Silence silence;

  g_assert_cmpuint (count_jobs (self), ==, 0);
  silence_begin (&silence, self->machine);
  g_assert_null (
    q_machine_start_job (self->machine, "blockdev-create", arguments, 500, NULL, &error));
  silence_end (&silence);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpuint (count_jobs (self), ==, 1);
  q_test_wait_until (NULL, count_jobs (self) == 0);
}

/* Where nobody turns the context of the machine, the list is told nothing. */
static void
test_lasting_without_loop (Storage *self, gconstpointer data)
{
  g_autoptr (JsonNode) arguments = parse (self->create);
  g_autoptr (JsonNode) forgotten = parse ("{\"status\": \"null\"}");
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GError) error = NULL;
  Silence silence;

  silence_begin (&silence, self->machine);
  g_assert_null (
    q_machine_start_job (self->machine, "blockdev-create", arguments, 500, NULL, &error));
  silence_end (&silence);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  event = q_machine_wait_event (self->machine, (const char *const[]){ "JOB_STATUS_CHANGE", NULL },
                                forgotten, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (event);
}

/* It holds up nobody: QEMU ends with its machine. */
static void
test_lasting_and_dropped (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *file = q_test_get_path ("dropped.img");
  g_autofree char *create = g_strdup_printf (
    "{\"options\": {\"driver\": \"file\", \"filename\": \"%s\", \"size\": 65536}}", file);
  g_autoptr (JsonNode) arguments = parse (create);
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;
  Silence silence;
  GPid pid;

  q_test_launch (machine);
  pid = (GPid)q_machine_get_pid (machine);
  silence_begin (&silence, machine);
  g_assert_null (q_machine_start_job (machine, "blockdev-create", arguments, 500, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  q_test_assert_last_unref (machine);
  q_test_wait_until (NULL, !q_test_process_exists (pid));
  silence_end (&silence);
  g_unlink (file);
}

static void
test_lasting_at_random (Storage *self, gconstpointer data)
{
  g_autoptr (JsonNode) arguments = parse (self->create);

  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (QJob) job = NULL;

      q_machine_start_job_async (self->machine, "blockdev-create", arguments, -1, cancellable,
                                 q_test_store_result, &result);
      g_usleep ((gulong)g_test_rand_int_range (0, 500));
      g_cancellable_cancel (cancellable);
      q_test_await (&result);
      job = q_machine_start_job_finish (self->machine, result, NULL);
      q_test_wait_until (NULL, has_no_jobs (self->machine));
    }
  q_test_wait_until (NULL, count_jobs (self) == 0);
}

/* -- migrations -- */

static void
ended_cb (QJob *job, GParamSpec *pspec, GCancellable *cancellable)
{
  g_cancellable_cancel (cancellable);
}

static void
follow_cb (GListModel *jobs, guint position, guint removed, guint added, GCancellable *cancellable)
{
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (QJob) job = g_list_model_get_item (jobs, position + i);

      g_signal_connect_object (job, "notify::ended", G_CALLBACK (ended_cb), cancellable, 0);
    }
}

/* Given up in the moment when it is done: the guest is no more here, and the caller must know. */
static void
test_given_up_at_the_end (Storage *self, gconstpointer data)
{
  GListModel *jobs = q_machine_get_jobs (self->machine);

  for (guint i = 0; i < 30; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (QMigrationResult) moved = NULL;
      g_autoptr (GError) error = NULL;
      gulong id = g_signal_connect (jobs, "items-changed", G_CALLBACK (follow_cb), cancellable);

      q_machine_migrate_to_uri_async (self->machine, "exec:cat >/dev/null", -1, cancellable,
                                      q_test_store_result, &result);
      q_test_await (&result);
      moved = q_machine_migrate_to_uri_finish (self->machine, result, &error);
      g_assert_no_error (error);
      g_signal_handler_disconnect (jobs, id);
      command (self->machine, "cont", NULL);
    }
  q_test_wait_until (NULL, count_jobs (self) == 0);
}

static gboolean
has_open (QMachine *machine, const char *path)
{
  g_autofree char *name
    = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/fd", q_machine_get_pid (machine));
  g_autoptr (GDir) dir = g_dir_open (name, 0, NULL);
  const char *entry;

  g_assert_nonnull (dir);
  while ((entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *link = g_build_filename (name, entry, NULL);
      g_autofree char *target = g_file_read_link (link, NULL);

      if (target != NULL && g_str_has_prefix (target, path))
        return TRUE;
    }

  return FALSE;
}

/* A file that QEMU has open keeps its space, though it has no name any more. */
static void
test_refused_file (Storage *self, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("state");
  g_autoptr (GError) error = NULL;
  g_autoptr (QJob) first = NULL;

  /* One that goes on until it is cancelled. */
  command (self->machine, "migrate-set-capabilities",
           "{\"capabilities\": [{\"capability\": \"pause-before-switchover\", \"state\": true}]}");
  first = start (self->machine, "migrate", "{\"uri\": \"exec:cat >/dev/null\"}");
  g_assert_null (q_machine_save_state (self->machine, path, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_clear_error (&error);
  g_assert_false (has_open (self->machine, path));
  g_assert_false (q_job_get_ended (first));
  g_assert_true (q_job_cancel (first, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
}

/* -- one that has ended before the list has it -- */

static void
start_and_forget (gpointer data)
{
  Storage *self = data;

  g_object_unref (start (self->machine, "blockdev-create", self->create));
}

static void
test_ended_unlisted (Storage *self, gconstpointer data)
{
  g_autoptr (JsonNode) arguments = parse (self->create);

  q_machine_get_jobs (self->machine);
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (QJob) job = NULL;

      q_machine_start_job_async (self->machine, "blockdev-create", arguments, -1, NULL,
                                 q_test_store_result, &result);
      q_test_await (&result);
      job = q_machine_start_job_finish (self->machine, result, &error);
      g_assert_no_error (error);
      q_test_wait_until (NULL, has_no_jobs (self->machine));
      g_assert_true (q_job_wait (job, 0, NULL, &error));

      start_and_forget (self);
      q_test_wait_until (NULL, has_no_jobs (self->machine));
      q_test_in_thread (start_and_forget, self);
      q_test_wait_until (NULL, has_no_jobs (self->machine));
    }
  q_test_wait_until (NULL, count_jobs (self) == 0);
}

/* -- one that comes to the list behind the end of QEMU -- */

typedef struct
{
  QMachine *machine;
  QJob *job;
} Late;

static void
start_late (gpointer data)
{
  Late *self = data;

  self->job
    = start (self->machine, "block-stream", "{\"device\": \"source\", \"job-id\": \"late\"}");
}

static void
test_behind_the_end (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("negotiate; expect query-status; reply {\"status\": \"running\"}; "
                           "expect query-jobs; reply []; expect block-stream; reply; "
                           "expect query-jobs; exit 0");
  g_autoptr (QJob) job = NULL;
  g_autoptr (GError) end = NULL;
  GListModel *jobs;
  Late late = { machine, NULL };

  q_test_launch (machine);
  q_test_in_thread (start_late, &late);
  job = late.job;
  jobs = q_machine_get_jobs (machine);
  q_test_wait_until (NULL, !q_machine_is_running (machine));
  q_test_wait_until (NULL, q_job_get_ended (job));
  end = q_job_dup_error (job);
  g_assert_error (end, Q_JOB_ERROR, Q_JOB_ERROR_GONE);
  g_assert_cmpuint (g_list_model_get_n_items (jobs), ==, 0);
}

/* -- several at once -- */

static gpointer
complete (gpointer data)
{
  GError *error = NULL;

  q_job_complete (data, Q_TEST_DEADLINE_MS, NULL, &error);
  return error;
}

static void
test_complete_together (Storage *self, gconstpointer data)
{
  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QJob) job
        = start (self->machine, "blockdev-mirror",
                 "{\"device\": \"source\", \"target\": \"target\", \"sync\": \"full\"}");
      GThread *threads[3];

      g_assert_true (q_job_wait_ready (job, Q_TEST_DEADLINE_MS, NULL, &error));
      for (gsize j = 0; j < G_N_ELEMENTS (threads); j++)
        threads[j] = g_thread_new ("complete", complete, job);
      for (gsize j = 0; j < G_N_ELEMENTS (threads); j++)
        {
          g_autoptr (GError) refusal = g_thread_join (threads[j]);

          g_assert_no_error (refusal);
        }
    }
}

#define ADD(path, test) g_test_add (path, Storage, NULL, storage_set_up, test, storage_tear_down)

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);

  ADD ("/jobs-given-up/dismiss-in-silence", test_dismiss_in_silence);
  ADD ("/jobs-given-up/settle-in-silence", test_settle_in_silence);
  ADD ("/jobs-given-up/cancel-in-silence", test_cancel_in_silence);
  ADD ("/jobs-given-up/run-in-silence", test_run_in_silence);
  ADD ("/jobs-given-up/lasting-in-silence", test_lasting_in_silence);
  ADD ("/jobs-given-up/lasting-without-loop", test_lasting_without_loop);
  ADD ("/jobs-given-up/lasting-at-random", test_lasting_at_random);
  ADD ("/jobs-given-up/at-the-end", test_given_up_at_the_end);
  ADD ("/jobs-given-up/refused-file", test_refused_file);
  ADD ("/jobs-given-up/ended-unlisted", test_ended_unlisted);
  ADD ("/jobs-given-up/complete-together", test_complete_together);
  g_test_add ("/jobs-given-up/lasting-and-dropped", QTestFixture, NULL, q_test_set_up,
              test_lasting_and_dropped, q_test_tear_down);
  g_test_add ("/jobs-given-up/behind-the-end", QTestFixture, NULL, q_test_set_up,
              test_behind_the_end, q_test_tear_down);

  return g_test_run ();
}
