/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Order and bounds: what is delivered comes in the order of the wire, and nothing grows, blocks or
 * breaks because a peer, or the program itself, does not keep up. */

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <malloc.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "q-test-util.h"
#include "qmock.h"

#define GROWTH_LIMIT (32 * 1024)
#define FLOOD_LIMIT (200 * 1024 * 1024)

typedef struct
{
  QTestResources before;
} Fixture;

/* What the library and GLib keep for good is there before anything is counted. */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMockPeer) peer = qmock_peer_new ("negotiate\nexpect-eof\n");
  g_autoptr (QMonitor) monitor = q_monitor_new ();

  g_assert_true (q_machine_launch (machine, NULL, NULL));
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  g_clear_object (&machine);
  g_assert_true (qmock_peer_start (peer, NULL));
  g_assert_true (q_monitor_attach (monitor, qmock_peer_get_address (peer), NULL, NULL));
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  g_assert_true (qmock_peer_finish (peer, NULL));
  g_clear_object (&monitor);
  g_clear_object (&peer);

  q_test_take_warnings (NULL);
  q_test_count_resources (&fixture->before);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  q_test_assert_resources (&fixture->before);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 0);
}

static QMockPeer *
start_peer (const char *script)
{
  QMockPeer *peer = qmock_peer_new (script);
  g_autoptr (GError) error = NULL;

  qmock_peer_start (peer, &error);
  g_assert_no_error (error);
  return peer;
}

static QMonitor *
attach (QMockPeer *peer)
{
  QMonitor *monitor = q_monitor_new ();
  g_autoptr (GError) error = NULL;

  q_monitor_attach (monitor, qmock_peer_get_address (peer), NULL, &error);
  g_assert_no_error (error);
  return monitor;
}

static void
finish (QMonitor *monitor, QMockPeer *peer)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  qmock_peer_finish (peer, &error);
  g_assert_no_error (error);
}

static void
execute_async (QMonitor *monitor, const char *command, GAsyncReadyCallback callback, gpointer data)
{
  q_monitor_command_json_async (monitor, command, NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT,
                                NULL, callback, data);
}

static void
assert_executes (QMonitor *monitor, const char *command)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = q_monitor_command_json (monitor, command, NULL, Q_MONITOR_FLAGS_NONE,
                                                  Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (text);
}

/* -- a descriptor behind a full socket -- */

#define PLAIN_COMMAND "{\"execute\":\"a\"}"

/* How many of these commands a socket like the monitor's takes while nobody reads. */
static guint
measure_socket (void)
{
  guint n = 0;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  while (send (fds[0], PLAIN_COMMAND, strlen (PLAIN_COMMAND), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
    n++;
  g_assert_cmpint (errno, ==, EAGAIN);
  close (fds[0]);
  close (fds[1]);

  return n;
}

/* `n_plain` commands, the one with the descriptor, and two more. */
static void
pass_behind (guint n_plain, QMonitor *other)
{
  g_autofree char *script = g_strdup_printf ("negotiate\nwait-signal read\n"
                                             "repeat %u\nexpect a\nreply $N\nend\n"
                                             "expect with-fd\nreply\n"
                                             "repeat 2\nexpect a\nreply\nend\n",
                                             n_plain);
  g_autoptr (QMockPeer) peer = start_peer (script);
  g_autoptr (QMonitor) monitor = attach (peer);
  g_autofree GAsyncResult **results = g_new0 (GAsyncResult *, n_plain + 3);
  g_autofree char *received = NULL;
  g_autoptr (GError) error = NULL;
  GStatBuf sent;
  GStatBuf arrived;
  guint64 offset;
  int fds[2];
  int fd;

  g_assert_cmpint (pipe (fds), ==, 0);
  for (guint i = 0; i < n_plain; i++)
    execute_async (monitor, "a", q_test_store_result, &results[i]);
  q_monitor_command_with_fd_async (monitor, "with-fd", NULL, fds[0], Q_TIMEOUT_DEFAULT, NULL,
                                   q_test_store_result, &results[n_plain]);
  execute_async (monitor, "a", q_test_store_result, &results[n_plain + 1]);
  execute_async (monitor, "a", q_test_store_result, &results[n_plain + 2]);

  /* Carried out after all of them: it hangs if one of them does. */
  {
    g_autoptr (GAsyncResult) served = NULL;
    g_autofree char *text = NULL;

    execute_async (other, "query-status", q_test_store_result, &served);
    text = q_monitor_command_json_finish (other, q_test_await (&served), &error);
    g_assert_no_error (error);
    g_assert_null (results[0]);
  }

  qmock_peer_signal (peer, "read");
  for (guint i = 0; i < n_plain + 3; i++)
    {
      g_autoptr (GAsyncResult) result = q_test_await (&results[i]);

      if (i == n_plain)
        {
          g_autoptr (JsonNode) node = q_monitor_command_with_fd_finish (monitor, result, &error);

          g_assert_no_error (error);
          g_assert_nonnull (node);
        }
      else
        {
          g_autofree char *expected = i < n_plain ? g_strdup_printf ("%u", i) : g_strdup ("{}");
          g_autofree char *text = q_monitor_command_json_finish (monitor, result, &error);

          g_assert_no_error (error);
          g_assert_cmpstr (text, ==, expected);
        }
    }

  finish (monitor, peer);
  g_assert_cmpuint (qmock_peer_get_n_fds (peer), ==, 1);
  fd = qmock_peer_steal_fd (peer, 0, &offset);
  received = qmock_peer_dup_received (peer);
  g_assert_true (g_str_has_prefix (received + offset, "{\"execute\":\"with-fd\"}"));
  g_assert_cmpint (fstat (fds[0], &sent), ==, 0);
  g_assert_cmpint (fstat (fd, &arrived), ==, 0);
  g_assert_cmpuint (sent.st_ino, ==, arrived.st_ino);
  close (fd);
  close (fds[0]);
  close (fds[1]);
}

static void
test_full_socket (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer ("negotiate\nserve\n");
  g_autoptr (QMonitor) other = attach (peer);
  guint n_fit = measure_socket ();

  /* In one of these rounds the descriptor is the very first for which there is no room. */
  for (guint n = n_fit - 2; n <= n_fit + 2; n++)
    pass_behind (n, other);
  finish (other, peer);
}

/* -- the order of delivery -- */

typedef struct
{
  GString *order;
  QMonitor *monitor;
} Delivery;

static void
note (Delivery *delivery, const char *what)
{
  g_string_append_printf (delivery->order, "%s ", what);
}

static void
note_first (GObject *monitor, GAsyncResult *result, gpointer data)
{
  g_autofree char *text = q_monitor_command_json_finish (Q_MONITOR (monitor), result, NULL);

  note (data, text);
}

/* Two calls, and nothing is delivered until all the peer has to say is here. */
static void
call_and_block (Delivery *delivery)
{
  static const char *const names[] = { "LAST", NULL };
  g_autoptr (QMonitorEvent) last = NULL;
  g_autoptr (GError) error = NULL;

  execute_async (delivery->monitor, "a", note_first, delivery);
  execute_async (delivery->monitor, "b", note_first, delivery);
  last = q_monitor_wait_event (delivery->monitor, names, NULL, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
}

static void
note_event (QMonitor *monitor, QMonitorEvent *event, gpointer data)
{
  Delivery *delivery = data;

  note (delivery, q_monitor_event_get_name (event));
  if (g_str_equal (q_monitor_event_get_name (event), "GO"))
    call_and_block (delivery);
}

static gboolean
call_from_source (gpointer data)
{
  call_and_block (data);
  return G_SOURCE_REMOVE;
}

#define CONVERSATION                                                                               \
  "event BETWEEN-0\nexpect a\nevent BETWEEN-1\nreply 1\nevent BETWEEN-2\nexpect b\nreply 2\n"      \
  "event LAST\n"
#define CONVERSATION_ORDER "BETWEEN-0 BETWEEN-1 1 BETWEEN-2 2 LAST "

static void
run_order (const char *script, gboolean from_source, const char *expected)
{
  g_autoptr (QMockPeer) peer = start_peer (script);
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (GString) order = g_string_new (NULL);
  Delivery delivery = { order, monitor };

  g_signal_connect (monitor, "event", G_CALLBACK (note_event), &delivery);
  if (from_source)
    {
      g_autoptr (GSource) source = g_idle_source_new ();

      /* Attached before the dispatcher has a source: dispatched first in the same iteration. */
      g_source_set_priority (source, G_PRIORITY_DEFAULT);
      g_source_set_callback (source, call_from_source, &delivery, NULL);
      g_source_attach (source, g_main_context_get_thread_default ());
    }
  g_assert_true (q_monitor_attach (monitor, qmock_peer_get_address (peer), NULL, NULL));
  q_test_wait_until (g_main_context_get_thread_default (), g_str_has_suffix (order->str, "LAST "));
  g_assert_cmpstr (order->str, ==, expected);
  finish (monitor, peer);
}

static void
test_order_in_handler (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 20; i++)
    run_order ("negotiate\nevent GO\n" CONVERSATION, FALSE, "GO " CONVERSATION_ORDER);
}

/* The events before are delivered in the iteration in which the calls were made. */
static void
test_order_in_source (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 20; i++)
    run_order ("event EARLY\nnegotiate\n" CONVERSATION, TRUE, "EARLY " CONVERSATION_ORDER);
}

static void
order_in_thread (gpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  test_order_in_handler (NULL, NULL);
  test_order_in_source (NULL, NULL);
  g_main_context_pop_thread_default (context);
}

static void
test_order_in_thread (Fixture *fixture, gconstpointer data)
{
  q_test_in_thread (order_in_thread, NULL);
}

/* -- programs that never iterate a context -- */

/* What is allocated, in all threads: resident memory would not show a hundred small leftovers. */
static gsize
get_heap (void)
{
  return q_test_memory_counts () ? mallinfo2 ().uordblks : 0;
}

static void
assert_no_growth (gsize before)
{
  gssize growth = (gssize)get_heap () - (gssize)before;

  g_test_message ("grown by %" G_GSSIZE_FORMAT " bytes", growth);
  g_assert_cmpint (growth, <=, GROWTH_LIMIT);
}

static void
test_attach_again (Fixture *fixture, gconstpointer data)
{
  const guint n_warm_up = 100;
  g_autoptr (QMockPeer) peer = start_peer ("repeat 300\naccept\nevent EARLY\ngreet\nserve\nend\n");
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  gsize heap = 0;

  g_object_set (monitor, "event-backlog", 10, NULL);
  for (guint i = 0; i < n_warm_up + 200; i++)
    {
      g_autoptr (GError) error = NULL;

      if (i == n_warm_up)
        heap = get_heap ();
      q_monitor_attach (monitor, qmock_peer_get_address (peer), NULL, &error);
      g_assert_no_error (error);
      g_assert_true (q_monitor_close (monitor, NULL, NULL));
    }
  assert_no_growth (heap);
  q_test_assert_last_unref (monitor);
  g_assert_true (qmock_peer_finish (peer, NULL));
}

static void
test_launch_again (Fixture *fixture, gconstpointer data)
{
  const guint n_warm_up = 80; /* a bounded number of signals waits for ever */
  g_autoptr (QMachine) machine = q_test_machine_none ();
  GWeakRef old_monitor;
  gsize heap = 0;

  g_weak_ref_init (&old_monitor, NULL);
  for (guint i = 0; i < n_warm_up + 100; i++)
    {
      g_autoptr (QMonitor) monitor = NULL;

      if (i == n_warm_up)
        heap = get_heap ();
      q_test_launch (machine);
      g_assert_null (g_weak_ref_get (&old_monitor));
      monitor = q_machine_dup_monitor (machine);
      g_weak_ref_set (&old_monitor, monitor);
      g_assert_true (q_machine_kill (machine, NULL, NULL));
    }
  assert_no_growth (heap);
  q_test_assert_last_unref (machine);
  g_assert_null (g_weak_ref_get (&old_monitor));
  g_weak_ref_clear (&old_monitor);
}

static void
test_launch_and_drop (Fixture *fixture, gconstpointer data)
{
  const guint n_warm_up = 50;
  gsize heap = 0;

  for (guint i = 0; i < n_warm_up + 100; i++)
    {
      g_autoptr (QMachine) machine = q_test_machine_none ();
      g_autoptr (QMonitor) monitor = NULL;
      GWeakRef weak;

      if (i == n_warm_up)
        heap = get_heap ();
      q_test_launch (machine);
      monitor = q_machine_dup_monitor (machine);
      g_weak_ref_init (&weak, monitor);
      g_clear_object (&monitor);

      /* Not a moment later: what the program hangs on the monitor is freed in its own thread. */
      q_test_assert_last_unref (machine);
      g_assert_null (g_weak_ref_get (&weak));
      g_weak_ref_clear (&weak);
    }
  assert_no_growth (heap);
}

/* -- waiting before there is anything to wait for -- */

static void
test_wait_while_launching (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "STOP", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();

  /* The second time there is the monitor of the first. */
  for (guint round = 0; round < 2; round++)
    {
      g_autoptr (GAsyncResult) launched = NULL;
      g_autoptr (GAsyncResult) waited = NULL;
      g_autoptr (QMonitorEvent) event = NULL;
      g_autoptr (JsonNode) node = NULL;
      g_autoptr (GError) error = NULL;

      q_machine_launch_async (machine, NULL, q_test_store_result, &launched);
      q_machine_wait_event_async (machine, names, NULL, Q_TEST_DEADLINE_MS, NULL,
                                  q_test_store_result, &waited);
      q_machine_launch_finish (machine, q_test_await (&launched), &error);
      g_assert_no_error (error);
      node = q_machine_command (machine, "stop", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
      g_assert_no_error (error);
      event = q_machine_wait_event_finish (machine, q_test_await (&waited), &error);
      g_assert_no_error (error);
      g_assert_cmpstr (q_monitor_event_get_name (event), ==, "STOP");
      g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
    }
}

/* The launch that it waits for never comes about: no waiting without end. */
static void
test_wait_while_launch_fails (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_mock ("greet; exit 3");
  g_autoptr (GAsyncResult) launched = NULL;
  g_autoptr (GAsyncResult) waited = NULL;
  g_autoptr (GError) error = NULL;

  q_machine_launch_async (machine, NULL, q_test_store_result, &launched);
  q_machine_wait_event_async (machine, NULL, NULL, -1, NULL, q_test_store_result, &waited);
  g_assert_false (q_machine_launch_finish (machine, q_test_await (&launched), &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  g_clear_error (&error);
  g_assert_null (q_machine_wait_event_finish (machine, q_test_await (&waited), &error));
  g_assert_nonnull (error);
}

static void
test_wait_while_attaching (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "EARLY", NULL };
  g_autoptr (QMockPeer) peer
    = start_peer ("accept\nwait-signal go\nevent OTHER\nevent EARLY\nwait-signal greet\n"
                  "negotiate\nexpect-eof\n");
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (GAsyncResult) attached = NULL;
  g_autoptr (GAsyncResult) waited = NULL;
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (QMonitorEvent) other = NULL;
  g_autoptr (GError) error = NULL;

  q_monitor_attach_async (monitor, qmock_peer_get_address (peer), NULL, q_test_store_result,
                          &attached);
  q_monitor_wait_event_async (monitor, names, NULL, Q_TEST_DEADLINE_MS, NULL, q_test_store_result,
                              &waited);
  qmock_peer_signal (peer, "go");
  event = q_monitor_wait_event_finish (monitor, q_test_await (&waited), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (q_monitor_event_get_name (event), ==, "EARLY");
  g_assert_null (attached);

  qmock_peer_signal (peer, "greet");
  q_monitor_attach_finish (monitor, q_test_await (&attached), &error);
  g_assert_no_error (error);
  other = q_monitor_pop_event (monitor);
  g_assert_cmpstr (q_monitor_event_get_name (other), ==, "OTHER");
  finish (monitor, peer);
}

/* -- bad input -- */

static void
assert_fd_refused (QMachine *machine, QMonitor *monitor, int fd)
{
  g_autoptr (GAsyncResult) of_machine = NULL;
  g_autoptr (GAsyncResult) of_monitor = NULL;
  GError *errors[4] = { NULL };

  g_assert_null (
    q_machine_command_with_fd (machine, "getfd", NULL, fd, Q_TIMEOUT_DEFAULT, NULL, &errors[0]));
  g_assert_null (
    q_monitor_command_with_fd (monitor, "getfd", NULL, fd, Q_TIMEOUT_DEFAULT, NULL, &errors[1]));
  q_machine_command_with_fd_async (machine, "getfd", NULL, fd, Q_TIMEOUT_DEFAULT, NULL,
                                   q_test_store_result, &of_machine);
  g_assert_null (
    q_machine_command_with_fd_finish (machine, q_test_await (&of_machine), &errors[2]));
  q_monitor_command_with_fd_async (monitor, "getfd", NULL, fd, Q_TIMEOUT_DEFAULT, NULL,
                                   q_test_store_result, &of_monitor);
  g_assert_null (
    q_monitor_command_with_fd_finish (monitor, q_test_await (&of_monitor), &errors[3]));
  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
    {
      g_assert_error (errors[i], Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
      g_clear_error (&errors[i]);
    }
}

static void
assert_timeout_refused (QMachine *machine, QMonitor *monitor)
{
  g_autoptr (GAsyncResult) of_machine = NULL;
  g_autoptr (GAsyncResult) of_monitor = NULL;
  GError *errors[4] = { NULL };

  g_assert_null (q_machine_wait_event (machine, NULL, NULL, -2, NULL, &errors[0]));
  g_assert_null (q_monitor_wait_event (monitor, NULL, NULL, -2, NULL, &errors[1]));
  q_machine_wait_event_async (machine, NULL, NULL, -2, NULL, q_test_store_result, &of_machine);
  g_assert_null (q_machine_wait_event_finish (machine, q_test_await (&of_machine), &errors[2]));
  q_monitor_wait_event_async (monitor, NULL, NULL, -2, NULL, q_test_store_result, &of_monitor);
  g_assert_null (q_monitor_wait_event_finish (monitor, q_test_await (&of_monitor), &errors[3]));
  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
    {
      g_assert_error (errors[i], Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
      g_clear_error (&errors[i]);
    }
}

/* It could never be met. */
static void
assert_match_refused (QMachine *machine)
{
  g_autoptr (JsonNode) number = json_from_string ("5000", NULL);
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GError) error = NULL;

  event = q_machine_wait_event (machine, NULL, number, -1, NULL, &error);
  g_assert_null (event);
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_assert_nonnull (strstr (error->message, "5000"));
}

static void
test_bad_input (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMonitor) monitor = NULL;
  int closed = fcntl (STDERR_FILENO, F_DUPFD_CLOEXEC, 100);

  close (closed);
  q_test_launch (machine);
  monitor = q_machine_dup_monitor (machine);
  assert_fd_refused (machine, monitor, -1);
  assert_fd_refused (machine, monitor, G_MININT);
  assert_fd_refused (machine, monitor, closed);
  assert_timeout_refused (machine, monitor);
  assert_match_refused (machine);
  assert_executes (monitor, "query-status");
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
}

/* In a process of its own, for the limit is the process's. */
static void
test_no_descriptor_subprocess (Fixture *fixture, gconstpointer data)
{
  const struct rlimit limit = { 64, 64 };
  g_autoptr (QMockPeer) peer
    = start_peer ("negotiate\nexpect query-status\nreply\nexpect with-fd\nreply\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  g_autoptr (GAsyncResult) passed = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GArray) hogs = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GError) error = NULL;
  int fd = open ("/dev/null", O_RDWR | O_CLOEXEC);
  int hog;

  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  while ((hog = fcntl (fd, F_DUPFD_CLOEXEC, 3)) >= 0)
    g_array_append_val (hogs, hog);

  g_assert_null (
    q_monitor_command_with_fd (monitor, "with-fd", NULL, fd, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);
  q_monitor_command_with_fd_async (monitor, "with-fd", NULL, fd, Q_TIMEOUT_DEFAULT, NULL,
                                   q_test_store_result, &passed);
  g_assert_null (q_monitor_command_with_fd_finish (monitor, q_test_await (&passed), &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);
  assert_executes (monitor, "query-status");

  for (guint i = 0; i < hogs->len; i++)
    close (g_array_index (hogs, int, i));
  node = q_monitor_command_with_fd (monitor, "with-fd", NULL, fd, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  close (fd);
  finish (monitor, peer);
  g_assert_cmpuint (qmock_peer_get_n_fds (peer), ==, 1);
}

static void
test_no_descriptor (Fixture *fixture, gconstpointer data)
{
  g_test_trap_subprocess ("/order/no-descriptor/subprocess", 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
}

/* -- bounds -- */

static guint
pop_all (QMonitor *monitor)
{
  GList *events = q_monitor_pop_events (monitor);
  guint n = g_list_length (events);

  g_list_free_full (events, g_object_unref);
  return n;
}

static void
count_event (QMonitor *monitor, QMonitorEvent *event, gpointer data)
{
  guint *n_events = data;

  (*n_events)++;
}

/* The limit counts from the next event on, for both queues. */
static void
test_lower_backlog (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer
    = start_peer ("negotiate\nexpect many\nrepeat 1000\nevent X {\"n\": $N}\nend\nreply\n"
                  "expect one\nevent X {\"n\": 1000}\nreply\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  guint n_events = 0;
  guint64 n_dropped;
  guint64 n_unsent;

  g_signal_connect (monitor, "event", G_CALLBACK (count_event), &n_events);
  assert_executes (monitor, "many");
  g_object_get (monitor, "events-dropped", &n_dropped, "signals-dropped", &n_unsent, NULL);
  g_assert_cmpuint (n_dropped, ==, 0);
  g_assert_cmpuint (n_unsent, ==, 0);

  g_object_set (monitor, "event-backlog", 10, NULL);
  assert_executes (monitor, "one");
  g_object_get (monitor, "events-dropped", &n_dropped, "signals-dropped", &n_unsent, NULL);
  g_assert_cmpuint (n_dropped, ==, 991);
  g_assert_cmpuint (n_unsent, ==, 991);
  g_assert_cmpuint (pop_all (monitor), ==, 10);
  q_test_wait_until (NULL, n_events >= 10);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (n_events, ==, 10);
  finish (monitor, peer);
}

static void
test_large_events (Fixture *fixture, gconstpointer data)
{
  const guint n = 2000;
  g_autofree char *text = g_strnfill (256 * 1024, 'x');
  g_autofree char *script
    = g_strdup_printf ("negotiate\nexpect flood\nrepeat %u\nevent BIG {\"x\": \"%s\"}\nend\n"
                       "reply\n",
                       n, text);
  g_autoptr (QMockPeer) peer = start_peer (script);
  g_autoptr (QMonitor) monitor = attach (peer);
  guint n_events = 0;
  guint n_kept;
  guint64 n_dropped;
  guint64 n_unsent;
  gsize rss = q_test_get_rss ();

  /* With room for their number, so that it is their size that counts. */
  g_object_set (monitor, "event-backlog", 1 << 20, NULL);
  g_signal_connect (monitor, "event", G_CALLBACK (count_event), &n_events);
  assert_executes (monitor, "flood");
  if (q_test_memory_counts ())
    g_assert_cmpint ((gssize)q_test_get_rss () - (gssize)rss, <=, FLOOD_LIMIT);

  g_object_get (monitor, "events-dropped", &n_dropped, "signals-dropped", &n_unsent, NULL);
  n_kept = pop_all (monitor);
  g_assert_cmpuint (n_kept, >, 100);
  g_assert_cmpuint (n_dropped, ==, n - n_kept);
  g_assert_cmpuint (n_unsent, >, 0);
  q_test_wait_until (NULL, n_events == n - n_unsent);
  finish (monitor, peer);
}

#define ADD(path, func) g_test_add ("/order/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  /* One heap for all threads: only the first is counted. */
  mallopt (M_ARENA_MAX, 1);
  q_test_init (&argc, &argv);

  ADD ("full-socket", test_full_socket);
  ADD ("in-handler", test_order_in_handler);
  ADD ("in-source", test_order_in_source);
  ADD ("in-thread", test_order_in_thread);
  ADD ("attach-again", test_attach_again);
  ADD ("launch-again", test_launch_again);
  ADD ("launch-and-drop", test_launch_and_drop);
  ADD ("wait-while-launching", test_wait_while_launching);
  ADD ("wait-while-launch-fails", test_wait_while_launch_fails);
  ADD ("wait-while-attaching", test_wait_while_attaching);
  ADD ("bad-input", test_bad_input);
  ADD ("no-descriptor", test_no_descriptor);
  ADD ("no-descriptor/subprocess", test_no_descriptor_subprocess);
  ADD ("lower-backlog", test_lower_backlog);
  ADD ("large-events", test_large_events);

  return g_test_run ();
}
