/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Snapshots of a guest in its images. */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "counting-guest.h"

/* Longer than any wait that a limit of half a second leaves. */
#define LONG_SILENCE_MS 15000

static void
run (QMachine *machine, const char *command)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply
    = q_machine_command_json (machine, command, NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (reply);
}

static void
assert_refused (gboolean done, GError **error, const char *message)
{
  g_assert_false (done);
  g_assert_error (*error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_cmpstr ((*error)->message, ==, message);
  g_clear_error (error);
}

/* The guest goes back to what it had counted, running or paused as it was. */
static void
test_back (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = counting_guest_new ("16");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint32 before;
  guint32 after;
  guint32 later;

  counting_guest_add_disk (machine, "count.img", TRUE);
  counting_guest_add_disk (machine, "count.img", FALSE);
  counting_guest_launch (machine);
  before = counting_guest_ask (machine);
  run (machine, "stop");
  q_machine_save_snapshot (machine, "first", -1, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (q_machine_get_run_state (machine), ==, Q_RUN_STATE_PAUSED);
  run (machine, "cont");
  after = counting_guest_ask (machine);
  g_assert_cmpuint (after, >=, before);
  do
    later = counting_guest_ask (machine);
  while (later - before < 4 * (after - before));

  q_machine_load_snapshot_async (machine, "first", -1, NULL, q_test_store_result, &result);
  q_test_await (&result);
  g_assert_true (q_machine_load_snapshot_finish (machine, result, &error));
  g_assert_no_error (error);
  q_test_assert_running (machine);
  g_assert_cmpint (q_machine_get_run_state (machine), ==, Q_RUN_STATE_RUNNING);
  after = counting_guest_ask (machine);
  g_assert_cmpuint (after, >=, before);

  run (machine, "stop");
  g_assert_true (q_machine_load_snapshot (machine, "first", -1, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (q_machine_get_run_state (machine), ==, Q_RUN_STATE_PAUSED);
  run (machine, "cont");
  g_assert_cmpuint (counting_guest_ask (machine), >=, before);

  g_assert_true (q_machine_delete_snapshot (machine, "first", -1, NULL, &error));
  g_assert_no_error (error);
  assert_refused (q_machine_load_snapshot (machine, "first", -1, NULL, &error), &error,
                  "load_snapshot: disk \"disk0\" has no snapshot \"first\"");
  assert_refused (q_machine_delete_snapshot (machine, "first", -1, NULL, &error), &error,
                  "delete_snapshot: no disk has a snapshot \"first\"");
  q_test_assert_running (machine);
  q_test_shutdown (machine);
}

static void
test_refused (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = counting_guest_new ("16");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_save_snapshot (machine, "one", -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_clear_error (&error);
  counting_guest_add_disk (machine, "count.img", TRUE);
  counting_guest_launch (machine);
  assert_refused (q_machine_save_snapshot (machine, "", -1, NULL, &error), &error,
                  "save_snapshot: a snapshot needs a name");
  assert_refused (q_machine_save_snapshot (machine, "one", -2, NULL, &error), &error,
                  "save_snapshot: -2 is no time-out: -1 waits without end");
  g_cancellable_cancel (cancellable);
  g_assert_false (q_machine_save_snapshot (machine, "one", -1, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  g_assert_true (q_machine_save_snapshot (machine, "one", -1, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (q_machine_save_snapshot (machine, "one", -1, NULL, &error));
  g_assert_error (error, Q_JOB_ERROR, Q_JOB_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "already exists"));
  q_test_assert_running (machine);
  q_test_shutdown (machine);
}

typedef struct
{
  QEventListener *listener;
  pid_t pid;
} Stopper;

static gpointer
stop_at_event (gpointer data)
{
  Stopper *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QMonitorEvent) event
    = q_event_listener_next (self->listener, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (event);
  kill (self->pid, SIGSTOP);
  return NULL;
}

static gboolean
continue_cb (gpointer data)
{
  kill ((pid_t)q_machine_get_pid (data), SIGCONT);
  return G_SOURCE_REMOVE;
}

/* The limit counts though QEMU answers nothing, as it does while it saves. */
static void
test_silent (QTestFixture *fixture, gconstpointer data)
{
  static const char *const events[] = { "JOB_STATUS_CHANGE", NULL };
  g_autoptr (QMachine) machine = counting_guest_new ("16");
  g_autoptr (QEventListener) listener = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GSource) source = g_timeout_source_new (LONG_SILENCE_MS);
  g_autoptr (GError) error = NULL;
  Stopper stopper;
  GThread *thread;

  counting_guest_add_disk (machine, "count.img", TRUE);
  counting_guest_launch (machine);
  listener = q_machine_listen (machine, events, NULL, &error);
  g_assert_no_error (error);
  stopper = (Stopper){ listener, (pid_t)q_machine_get_pid (machine) };
  thread = g_thread_new ("stopper", stop_at_event, &stopper);
  g_source_set_callback (source, continue_cb, machine, NULL);
  g_source_attach (source, NULL);
  q_machine_save_snapshot_async (machine, "one", 2000, NULL, q_test_store_result, &result);
  q_test_await (&result);
  g_thread_join (thread);
  /* It has not waited until QEMU went on. */
  g_assert_false (g_source_is_destroyed (source));
  g_source_destroy (source);
  kill (stopper.pid, SIGCONT);
  if (!q_machine_save_snapshot_finish (machine, result, &error))
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  q_test_wait_until (NULL, g_list_model_get_n_items (q_machine_get_jobs (machine)) == 0);
  q_test_assert_running (machine);
  q_test_shutdown (machine);
}

/* -- calls that are given up -- */

static gboolean
has_snapshot (QMachine *machine)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply
    = q_machine_command_json (machine, "query-block", NULL, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  return strstr (reply, "\"vm-state-size\"") != NULL;
}

static gboolean
has_no_jobs (QMachine *machine)
{
  g_autofree char *reply
    = q_machine_command_json (machine, "query-jobs", NULL, Q_TEST_DEADLINE_MS, NULL, NULL);

  return g_strcmp0 (reply, "[]") == 0;
}

static gboolean
was_sent (const char *log, const char *text)
{
  g_autofree char *content = NULL;

  return g_file_get_contents (log, &content, NULL, NULL) && strstr (content, text) != NULL;
}

/* What QEMU saves when the caller has gone is deleted behind it, whenever QEMU goes on. */
static void
test_save_in_silence (QTestFixture *fixture, gconstpointer data)
{
  const guint n_times = q_test_is_long () ? 20 : 3;
  g_autoptr (QMachine) machine = counting_guest_new ("16");
  g_autoptr (GError) error = NULL;
  pid_t pid;

  counting_guest_add_disk (machine, "count.img", TRUE);
  counting_guest_launch (machine);
  pid = (pid_t)q_machine_get_pid (machine);
  for (guint i = 0; i < n_times; i++)
    {
      g_autoptr (GAsyncResult) result = NULL;

      q_machine_save_snapshot_async (machine, "one", 300, NULL, q_test_store_result, &result);
      g_usleep ((gulong)g_test_rand_int_range (0, 5000));
      g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
      q_test_await (&result);
      g_assert_cmpint (kill (pid, SIGCONT), ==, 0);
      if (q_machine_save_snapshot_finish (machine, result, &error))
        {
          g_assert_true (has_snapshot (machine));
          g_assert_true (q_machine_delete_snapshot (machine, "one", -1, NULL, &error));
        }
      else
        {
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
          g_clear_error (&error);
        }
      q_test_wait_until (NULL, has_no_jobs (machine));
      g_assert_false (has_snapshot (machine));
      q_test_assert_running (machine);
    }
  q_test_shutdown (machine);
}

typedef struct
{
  GCancellable *cancellable;
  QEventListener *listener;
  pid_t pid;
} Leaver;

/* In the moment in which QEMU has begun, and with a QEMU that says nothing more. */
static gpointer
leave_at_event (gpointer data)
{
  Leaver *self = data;
  g_autoptr (QMonitorEvent) event
    = q_event_listener_next (self->listener, Q_TEST_DEADLINE_MS, NULL, NULL);

  g_assert_nonnull (event);
  kill (self->pid, SIGSTOP);
  g_cancellable_cancel (self->cancellable);
  return NULL;
}

static void
test_save_given_up (QTestFixture *fixture, gconstpointer data)
{
  static const char *const events[] = { "JOB_STATUS_CHANGE", NULL };
  g_autofree char *log = q_test_get_path ("monitor.log");
  g_autoptr (QMachine) machine = counting_guest_new ("16");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (QEventListener) listener = NULL;
  g_autoptr (GError) error = NULL;
  Leaver leaver;
  GThread *thread;

  counting_guest_add_disk (machine, "count.img", TRUE);
  q_machine_set_monitor_log (machine, log);
  counting_guest_launch (machine);
  listener = q_machine_listen (machine, events, NULL, &error);
  g_assert_no_error (error);
  leaver = (Leaver){ cancellable, listener, (pid_t)q_machine_get_pid (machine) };
  thread = g_thread_new ("leaver", leave_at_event, &leaver);
  q_machine_save_snapshot_async (machine, "one", -1, cancellable, q_test_store_result, &result);
  q_test_wait_until (NULL, was_sent (log, "snapshot-delete") || result != NULL);
  g_thread_join (thread);
  kill (leaver.pid, SIGCONT);
  q_test_await (&result);
  if (q_machine_save_snapshot_finish (machine, result, &error))
    g_assert_true (has_snapshot (machine));
  else
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      q_test_wait_until (NULL, !has_snapshot (machine));
    }
  q_test_wait_until (NULL, has_no_jobs (machine));
  q_test_assert_running (machine);
  q_test_shutdown (machine);
  g_unlink (log);
}

/* Whenever it is given up, there is a snapshot if the call says so, and otherwise none. */
static void
test_at_random (QTestFixture *fixture, gconstpointer data)
{
  const guint n_times = q_test_is_long () ? 50 : 8;
  g_autoptr (QMachine) machine = counting_guest_new ("16");
  g_autoptr (GError) error = NULL;
  guint n_saved = 0;
  gint64 begin;
  gint64 whole;

  counting_guest_add_disk (machine, "count.img", TRUE);
  counting_guest_launch (machine);
  begin = g_get_monotonic_time ();
  g_assert_true (q_machine_save_snapshot (machine, "kept", -1, NULL, &error));
  whole = g_get_monotonic_time () - begin;
  g_assert_true (q_machine_delete_snapshot (machine, "kept", -1, NULL, &error));
  for (guint i = 0; i < n_times; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;
      gboolean good;

      q_machine_save_snapshot_async (machine, "one", -1, cancellable, q_test_store_result, &result);
      g_usleep ((gulong)g_test_rand_int_range (0, (gint32)whole));
      g_cancellable_cancel (cancellable);
      q_test_await (&result);
      good = q_machine_save_snapshot_finish (machine, result, &error);
      if (!good)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&error);
      g_assert_cmpint (has_snapshot (machine), ==, good);
      if (good)
        {
          g_assert_true (q_machine_load_snapshot (machine, "one", -1, NULL, &error));
          g_assert_true (q_machine_delete_snapshot (machine, "one", -1, NULL, &error));
          g_assert_no_error (error);
        }
      n_saved += good ? 1 : 0;
      q_test_wait_until (NULL, has_no_jobs (machine));
      q_test_assert_running (machine);
    }
  g_test_message ("%u of %u were saved", n_saved, n_times);
  q_test_shutdown (machine);
}

/* One that was there before is not this call's. */
static void
test_save_over (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = counting_guest_new ("16");
  g_autoptr (GError) error = NULL;

  counting_guest_add_disk (machine, "count.img", TRUE);
  counting_guest_launch (machine);
  g_assert_true (q_machine_save_snapshot (machine, "one", -1, NULL, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < 8; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;

      q_machine_save_snapshot_async (machine, "one", -1, cancellable, q_test_store_result, &result);
      g_usleep ((gulong)g_test_rand_int_range (0, 20000));
      g_cancellable_cancel (cancellable);
      q_test_await (&result);
      g_assert_false (q_machine_save_snapshot_finish (machine, result, NULL));
      g_assert_true (has_snapshot (machine));
    }
  q_test_wait_until (NULL, has_no_jobs (machine));
  q_test_shutdown (machine);
}

/* The guest is where the call says. */
static void
test_load_given_up (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = counting_guest_new ("16");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  guint32 saved;
  guint32 later;

  counting_guest_add_disk (machine, "count.img", TRUE);
  counting_guest_launch (machine);
  g_assert_true (q_machine_save_snapshot (machine, "one", -1, NULL, &error));
  g_assert_no_error (error);
  saved = counting_guest_ask (machine);
  do
    later = counting_guest_ask (machine);
  while (later < 2 * saved);

  q_test_wait_until (NULL, g_list_model_get_n_items (q_machine_get_jobs (machine)) == 0);
  q_machine_load_snapshot_async (machine, "one", -1, cancellable, q_test_store_result, &result);
  q_test_wait_until (NULL,
                     g_list_model_get_n_items (q_machine_get_jobs (machine)) > 0 || result != NULL);
  g_cancellable_cancel (cancellable);
  q_test_await (&result);
  /* On a busy host it may take longer than the two seconds that it gets. */
  if (!q_machine_load_snapshot_finish (machine, result, &error)
      && strstr (error->message, "cannot be cancelled and goes on: ") == NULL)
    g_assert_no_error (error);
  run (machine, "stop");
  run (machine, "cont");
  q_test_wait_until (NULL, has_no_jobs (machine));
  q_test_shutdown (machine);
}

/* A writable disk that is not qcow2 has no place for it, and none at all neither. */
static void
test_raw (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *image = g_test_build_filename (G_TEST_BUILT, "guests", "count.img", NULL);
  g_autofree char *path = q_test_get_path ("raw.img");
  g_autofree char *content = NULL;
  g_autoptr (QMachine) machine = counting_guest_new ("16");
  g_autoptr (QMachine) bare = counting_guest_new ("16");
  g_autoptr (GError) error = NULL;
  g_autoptr (QDisk) disk = q_disk_new (path, "raw");
  gsize length;

  g_assert_true (g_file_get_contents (image, &content, &length, NULL));
  g_assert_true (g_file_set_contents (path, content, (gssize)length, NULL));
  g_object_set (disk, "name", "bytes", "device", "ide-hd", NULL);
  q_machine_add_disk (machine, disk, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  counting_guest_launch (machine);
  assert_refused (q_machine_save_snapshot (machine, "one", -1, NULL, &error), &error,
                  "save_snapshot: disk \"bytes\" is raw: only qcow2 can have snapshots of a guest");
  q_test_assert_running (machine);
  q_test_shutdown (machine);

  q_test_launch (bare);
  assert_refused (q_machine_load_snapshot (bare, "one", -1, NULL, &error), &error,
                  "load_snapshot: the guest has no writable qcow2 disk, which it needs");
  q_test_shutdown (bare);
  g_assert_cmpint (g_unlink (path), ==, 0);
}

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);
#define ADD(path, func) g_test_add (path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)
  ADD ("/snapshots/back", test_back);
  ADD ("/snapshots/refused", test_refused);
  ADD ("/snapshots/silent", test_silent);
  ADD ("/snapshots/raw", test_raw);
  ADD ("/snapshots/save-in-silence", test_save_in_silence);
  ADD ("/snapshots/save-given-up", test_save_given_up);
  ADD ("/snapshots/at-random", test_at_random);
  ADD ("/snapshots/save-over", test_save_over);
  ADD ("/snapshots/load-given-up", test_load_given_up);
#undef ADD
  return g_test_run ();
}
