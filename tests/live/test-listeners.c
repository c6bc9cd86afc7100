/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Listeners to events: each has all of its own, whoever else takes some. */

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

#include "q-test-util.h"

static const char *const stop_names[] = { "STOP", NULL };
static const char *const resume_names[] = { "RESUME", NULL };
static const char *const shutdown_names[] = { "SHUTDOWN", NULL };

static void
command (QMachine *machine, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply
    = q_machine_command_json (machine, name, NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (reply);
}

static QEventListener *
listen_to (QMachine *machine, const char *const *names)
{
  g_autoptr (GError) error = NULL;
  QEventListener *listener = q_machine_listen (machine, names, NULL, &error);

  g_assert_no_error (error);
  return listener;
}

static void
assert_next (QEventListener *listener, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QMonitorEvent) event
    = q_event_listener_next (listener, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (q_monitor_event_get_name (event), ==, name);
}

static void
assert_none (QEventListener *listener)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_event_listener_next (listener, 0, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_null (q_event_listener_pop (listener));
}

static void
assert_fails (QEventListener *listener, GQuark domain, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_event_listener_next (listener, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_error (error, domain, code);
  g_assert_true (g_str_has_prefix (error->message, "next: "));
}

/* Any number, of which none takes from another, nor from the backlog; and each sees what comes from
 * when it was made. */
static void
test_independent (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QEventListener) stops = NULL;
  g_autoptr (QEventListener) all = NULL;
  g_autoptr (QEventListener) later = NULL;
  g_autoptr (QMonitorEvent) waited = NULL;
  g_autoptr (QMonitorEvent) popped = NULL;
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  stops = listen_to (machine, stop_names);
  all = listen_to (machine, NULL);
  command (machine, "stop");
  later = listen_to (machine, NULL);
  command (machine, "cont");

  assert_next (stops, "STOP");
  assert_none (stops);
  waited = q_machine_wait_event (machine, stop_names, NULL, 0, NULL, &error);
  g_assert_no_error (error);
  assert_next (all, "STOP");
  assert_next (all, "RESUME");
  assert_none (all);
  popped = q_machine_pop_event (machine);
  g_assert_cmpstr (q_monitor_event_get_name (popped), ==, "RESUME");
  assert_next (later, "RESUME");
  assert_none (later);
  q_test_shutdown (machine);
}

/* What is left can be taken after the end, which has its reason then; the next launch is another's.
 */
static void
test_end (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QEventListener) listener = NULL;
  g_autoptr (QEventListener) waiting = NULL;
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  listener = listen_to (machine, NULL);
  waiting = listen_to (machine, resume_names);
  q_event_listener_next_async (waiting, -1, NULL, q_test_store_result, &stored);
  g_assert_false (q_event_listener_get_ended (listener));
  command (machine, "stop");
  q_test_shutdown (machine);
  g_assert_true (q_event_listener_get_ended (listener));
  g_assert_null (q_event_listener_next_finish (waiting, q_test_await (&stored), &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);

  assert_next (listener, "STOP");
  assert_next (listener, "SHUTDOWN");
  assert_fails (listener, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
  q_test_launch (machine);
  command (machine, "stop");
  assert_fails (listener, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
  assert_fails (waiting, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
  q_test_shutdown (machine);
}

/* Made before a launch it has that one's events from the first on; there is nothing to wait for
 * before, and a launch that fails is one. */
static void
test_before_launch (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("event EARLY; negotiate; event LATE; serve; exit 0");
  g_autoptr (QEventListener) listener = listen_to (machine, NULL);
  g_autoptr (QEventListener) failing = NULL;
  g_autofree char *binary = q_machine_dup_binary (machine);

  assert_fails (listener, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_assert_false (q_event_listener_get_ended (listener));
  q_test_launch (machine);
  assert_next (listener, "EARLY");
  assert_next (listener, "LATE");
  q_test_shutdown (machine);
  g_assert_true (q_event_listener_get_ended (listener));

  /* A launch that fails before there was a session is none. */
  failing = listen_to (machine, NULL);
  for (guint i = 0; i < 2; i++)
    {
      q_machine_set_binary (machine, i == 0 ? "/no/such/qemu" : "false");
      g_assert_false (q_machine_launch (machine, NULL, NULL));
      g_assert_false (q_event_listener_get_ended (failing));
      assert_fails (failing, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
    }
  q_machine_set_binary (machine, binary);
  q_test_launch (machine);
  assert_next (failing, "EARLY");
  q_test_shutdown (machine);
}

/* While the monitor is gone and QEMU lives it is the next launch that is listened to. */
static void
test_monitor_lost (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_mock (
    "negotiate; expect query-status; reply {\"status\": \"running\"}; close; stall");
  g_autoptr (QEventListener) before = NULL;
  g_autoptr (QEventListener) later = NULL;
  const char *const args[] = { "-machine", "none", "-accel", "tcg", NULL };

  before = listen_to (machine, NULL);
  q_test_launch (machine);
  q_test_wait_until (NULL, q_event_listener_get_ended (before));
  later = listen_to (machine, NULL);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  assert_fails (before, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
  q_test_take_warnings (NULL);

  q_machine_set_binary (machine, "qemu-system-x86_64");
  q_machine_set_args (machine, args);
  q_test_launch (machine);
  command (machine, "stop");
  assert_next (later, "STOP");
  q_test_shutdown (machine);
}

/* The end says what it was, also to who asks later. */
static void
test_reason (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("monitor");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (QEventListener) killed = NULL;
  g_autoptr (QEventListener) detached = NULL;
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  killed = listen_to (machine, NULL);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  g_assert_null (q_event_listener_next (killed, -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
  g_assert_nonnull (strstr (error->message, "next: QEMU was killed by signal 9"));
  g_assert_nonnull (strstr (error->message, "Command line: "));
  g_clear_error (&error);

  q_machine_set_exit_with_parent (machine, FALSE);
  q_machine_set_monitor_address (machine, address);
  q_test_launch (machine);
  detached = listen_to (machine, NULL);
  g_assert_true (q_machine_detach (machine, NULL, NULL));
  g_assert_null (q_event_listener_next (detached, -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_assert_cmpstr (error->message, ==, "next: the machine was detached");
  g_assert_true (q_monitor_attach (monitor, address, NULL, NULL));
  g_free (q_monitor_command_json (monitor, "quit", NULL, 0, Q_TIMEOUT_DEFAULT, NULL, NULL));
  g_unlink (path);
}

/* An event that was put back is the first one again, or that of who waits. */
static void
test_put_back (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QEventListener) listener = NULL;
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (QMonitorEvent) again = NULL;
  g_autoptr (GAsyncResult) stored = NULL;

  q_test_launch (machine);
  listener = listen_to (machine, NULL);
  command (machine, "stop");
  command (machine, "cont");
  event = q_event_listener_next (listener, Q_TEST_DEADLINE_MS, NULL, NULL);
  q_event_listener_put_back (listener, event);
  assert_next (listener, "STOP");
  assert_next (listener, "RESUME");
  q_event_listener_next_async (listener, -1, NULL, q_test_store_result, &stored);
  q_event_listener_put_back (listener, event);
  again = q_event_listener_next_finish (listener, q_test_await (&stored), NULL);
  g_assert_cmpstr (q_monitor_event_get_name (again), ==, "STOP");
  q_event_listener_close (listener);
  q_event_listener_put_back (listener, event);
  g_assert_null (q_event_listener_pop (listener));
  q_test_shutdown (machine);
}

/* The same for a machine's backlog, and for what waits there for another event. */
static void
test_put_back_to_machine (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMonitorEvent) stop = NULL;
  g_autoptr (QMonitorEvent) first = NULL;
  g_autoptr (QMonitorEvent) again = NULL;
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GAsyncResult) other = NULL;
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  command (machine, "stop");
  command (machine, "cont");
  stop = q_machine_wait_event (machine, stop_names, NULL, Q_TEST_DEADLINE_MS, NULL, NULL);
  q_machine_put_back_event (machine, stop);
  first = q_machine_pop_event (machine);
  g_assert_cmpstr (q_monitor_event_get_name (first), ==, "STOP");

  q_machine_wait_event_async (machine, shutdown_names, NULL, -1, NULL, q_test_store_result, &other);
  q_machine_wait_event_async (machine, stop_names, NULL, -1, NULL, q_test_store_result, &stored);
  q_machine_put_back_event (machine, stop);
  again = q_machine_wait_event_finish (machine, q_test_await (&stored), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (q_monitor_event_get_name (again), ==, "STOP");
  g_assert_null (other);
  q_test_shutdown (machine);
  g_assert_true (G_IS_ASYNC_RESULT (q_test_await (&other)));
}

static gpointer
pop_all (gpointer listener)
{
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (QMonitorEvent) event = q_event_listener_pop (listener);

      if (event != NULL)
        q_event_listener_put_back (listener, event);
    }
  return NULL;
}

/* Of what one is about to take, another may be faster; also after the end. */
static void
test_taken_by_another (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QEventListener) listener = NULL;

  q_test_launch (machine);
  listener = listen_to (machine, NULL);
  command (machine, "stop");
  q_test_shutdown (machine);
  for (guint round = 0; round < 20; round++)
    {
      GThread *thread = g_thread_new ("other", pop_all, listener);

      for (guint i = 0; i < 200; i++)
        {
          g_autoptr (GError) error = NULL;
          g_autoptr (QMonitorEvent) event = q_event_listener_next (listener, -1, NULL, &error);

          if (event != NULL)
            q_event_listener_put_back (listener, event);
          else
            g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
        }
      g_thread_join (thread);
    }
}

/* Of several calls that wait the first one gets the first event. */
static void
test_waiting (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QEventListener) listener = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) given_up = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (QMonitorEvent) stop = NULL;
  g_autoptr (QMonitorEvent) resume = NULL;
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  listener = listen_to (machine, NULL);
  q_event_listener_next_async (listener, -1, NULL, q_test_store_result, &first);
  q_event_listener_next_async (listener, -1, cancellable, q_test_store_result, &given_up);
  q_event_listener_next_async (listener, -1, NULL, q_test_store_result, &second);
  g_cancellable_cancel (cancellable);
  g_assert_null (q_event_listener_next_finish (listener, q_test_await (&given_up), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  command (machine, "stop");
  command (machine, "cont");
  stop = q_event_listener_next_finish (listener, q_test_await (&first), NULL);
  resume = q_event_listener_next_finish (listener, q_test_await (&second), NULL);
  g_assert_cmpstr (q_monitor_event_get_name (stop), ==, "STOP");
  g_assert_cmpstr (q_monitor_event_get_name (resume), ==, "RESUME");

  g_clear_error (&error);
  g_assert_null (q_event_listener_next (listener, 30, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==, "next: no event came within 30 ms");
  g_clear_error (&error);
  g_assert_null (q_event_listener_next (listener, -2, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  q_test_shutdown (machine);
}

static void
test_bad_match (QTestFixture *fixture, gconstpointer data)
{
  static const char *const bad[] = { "[]", "{", "{\"a\": 1, \"a\": 2}", "{} {}", "5" };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMonitor) monitor = q_monitor_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) other = NULL;

      g_assert_null (q_machine_listen_json (machine, NULL, bad[i], &error));
      g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
      g_assert_null (q_monitor_listen_json (monitor, NULL, bad[i], &other));
      g_assert_error (other, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
    }
}

/* By the numbers as they are written, and with a bound that is the backlog's. */
static void
test_match_and_bound (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_mock (
    "negotiate; event N {\"n\": 18446744073709551615}; event N {\"n\": -1}; repeat 1100; event M; "
    "end; event LAST; serve; exit 0");
  static const char *const last[] = { "LAST", NULL };
  g_autoptr (QEventListener) exact = NULL;
  g_autoptr (QEventListener) all = listen_to (machine, NULL);
  g_autoptr (QEventListener) end = listen_to (machine, last);
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint n = 0;

  exact = q_machine_listen_json (machine, NULL, "{\"n\": 18446744073709551615}", &error);
  g_assert_no_error (error);
  q_test_launch (machine);
  assert_next (end, "LAST");
  event = q_event_listener_pop (exact);
  text = q_monitor_event_to_json (event);
  g_assert_nonnull (strstr (text, "18446744073709551615"));
  assert_none (exact);
  g_clear_object (&event);
  while ((event = q_event_listener_pop (all)) != NULL)
    {
      n++;
      g_clear_object (&event);
    }
  g_assert_cmpuint (n, ==, 1024);
  g_assert_cmpuint (q_event_listener_get_events_dropped (all), ==, 1103 - 1024);
  g_assert_cmpuint (q_event_listener_get_events_dropped (exact), ==, 0);
  q_test_shutdown (machine);
}

/* Closed, it is forgotten; and it keeps no machine alive. */
static void
test_close (QTestFixture *fixture, gconstpointer data)
{
  QMachine *machine = q_test_machine_none ();
  g_autoptr (QEventListener) listener = NULL;
  g_autoptr (QEventListener) other = NULL;
  g_autoptr (QEventListener) nobodys = g_object_new (Q_TYPE_EVENT_LISTENER, NULL);
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  listener = listen_to (machine, NULL);
  other = listen_to (machine, NULL);
  q_event_listener_next_async (listener, -1, NULL, q_test_store_result, &stored);
  q_event_listener_close (listener);
  g_assert_null (q_event_listener_next_finish (listener, q_test_await (&stored), &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  command (machine, "stop");
  assert_fails (listener, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_assert_null (q_event_listener_pop (listener));
  assert_next (other, "STOP");
  assert_fails (nobodys, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);

  for (guint i = 0; i < 1000; i++)
    g_object_unref (listen_to (machine, NULL));
  q_test_assert_last_unref (machine);
  assert_fails (other, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
}

/* The same of a monitor: the session that is there, or the next; one that does not begin is none.
 */
static void
test_monitor (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("monitor");
  g_autofree char *option = g_strdup_printf ("unix:%s,server=on,wait=off", path);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (QEventListener) early = q_monitor_listen (monitor, stop_names, NULL, NULL);
  g_autoptr (QEventListener) later = NULL;
  g_autoptr (QEventListener) next = NULL;
  g_autoptr (GError) error = NULL;

  assert_fails (early, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_assert_false (q_monitor_attach (monitor, address, NULL, &error));
  g_clear_error (&error);
  g_assert_false (q_event_listener_get_ended (early));
  q_machine_add_args (machine, (const char *const[]){ "-qmp", option, NULL });
  q_test_launch (machine);
  g_assert_true (q_monitor_attach (monitor, address, NULL, &error));
  g_assert_no_error (error);
  later = q_monitor_listen_json (monitor, NULL, NULL, &error);
  g_assert_no_error (error);
  command (machine, "stop");
  assert_next (early, "STOP");
  assert_next (later, "STOP");

  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  g_assert_true (q_event_listener_get_ended (later));
  assert_fails (later, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  next = q_monitor_listen (monitor, NULL, NULL, NULL);
  g_assert_true (q_monitor_attach (monitor, address, NULL, &error));
  g_assert_no_error (error);
  command (machine, "cont");
  assert_next (next, "RESUME");
  assert_fails (early, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  q_test_shutdown (machine);
  assert_next (next, "SHUTDOWN");
}

typedef struct
{
  QMachine *machine;
  QEventListener *listener;
  guint n_events;
} Reader;

#define N_EVENTS 10000

static gpointer
read_all (gpointer data)
{
  Reader *reader = data;
  g_autoptr (QMonitorEvent) event = NULL;

  while ((event = q_event_listener_next (reader->listener, Q_TEST_DEADLINE_MS, NULL, NULL)) != NULL)
    {
      gint64 n = q_monitor_event_get_int (event, "n", -1);

      if (n < 0)
        return NULL;
      g_assert_cmpint (n, ==, reader->n_events);
      reader->n_events++;
      g_clear_object (&event);
    }
  return NULL;
}

static void
count_event (QMachine *machine, QMonitorEvent *event, gpointer data)
{
  guint *n = data;

  if (q_monitor_event_get_int (event, "n", -1) >= 0)
    (*n)++;
}

/* Two listeners, one who waits by name, and a handler at once: each has all of them. */
static void
test_all_at_once (QTestFixture *fixture, gconstpointer data)
{
  static const char *const tick[] = { "TICK", NULL };
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("negotiate; expect query-status; reply {\"status\": \"running\"}; "
                           "expect go; reply {}; repeat 10000; event TICK {\"n\":$N}; "
                           "end; event DONE; serve; exit 0");
  Reader readers[2] = { 0 };
  GThread *threads[2];
  guint n_signals = 0;
  guint n_waited = 0;
  QMonitor *monitor;

  g_signal_connect (machine, "event::TICK", G_CALLBACK (count_event), &n_signals);
  q_test_launch (machine);
  monitor = q_machine_dup_monitor (machine);
  g_object_set (monitor, "event-backlog", N_EVENTS + 10, NULL);
  g_object_unref (monitor);
  for (guint i = 0; i < 2; i++)
    {
      readers[i].listener = listen_to (machine, NULL);
      threads[i] = g_thread_new ("reader", read_all, &readers[i]);
    }
  command (machine, "go");
  while (n_waited < N_EVENTS)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QMonitorEvent) event
        = q_machine_wait_event (machine, tick, NULL, Q_TEST_DEADLINE_MS, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpint (q_monitor_event_get_int (event, "n", -1), ==, n_waited);
      n_waited++;
    }
  for (guint i = 0; i < 2; i++)
    {
      g_thread_join (threads[i]);
      g_assert_cmpuint (readers[i].n_events, ==, N_EVENTS);
      g_object_unref (readers[i].listener);
    }
  q_test_wait_until (NULL, n_signals == N_EVENTS);
  q_test_shutdown (machine);
}

#define ADD(path, func)                                                                            \
  g_test_add ("/listeners/" path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("independent", test_independent);
  ADD ("end", test_end);
  ADD ("before-launch", test_before_launch);
  ADD ("monitor-lost", test_monitor_lost);
  ADD ("reason", test_reason);
  ADD ("put-back", test_put_back);
  ADD ("put-back-to-machine", test_put_back_to_machine);
  ADD ("taken-by-another", test_taken_by_another);
  ADD ("waiting", test_waiting);
  ADD ("bad-match", test_bad_match);
  ADD ("match-and-bound", test_match_and_bound);
  ADD ("close", test_close);
  ADD ("monitor", test_monitor);
  ADD ("all-at-once", test_all_at_once);

  return g_test_run ();
}
