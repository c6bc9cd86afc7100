/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Results for another context than the owner's, and a context for a loop that is not GLib's. */

#include <poll.h>

#include "peer-client.h"
#include "q-test-util.h"

static void
test_foreign_context (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer ("negotiate\nexpect query-status\nreply {\"a\": 1}\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  /* The monitor belongs to the default context; who calls from another one is answered there. */
  g_main_context_push_thread_default (context);
  q_monitor_command_json_async (monitor, "query-status", NULL, 0, Q_TIMEOUT_DEFAULT, NULL,
                                q_test_store_result, &result);
  text = q_monitor_command_json_finish (monitor, q_test_await (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "{\"a\": 1}");
  g_clear_object (&result);

  q_monitor_close_async (monitor, NULL, q_test_store_result, &result);
  g_assert_true (q_monitor_close_finish (monitor, q_test_await (&result), &error));
  g_assert_no_error (error);
  g_main_context_pop_thread_default (context);
  finish_peer (peer);
}

static void
count_event (QMonitor *monitor, QMonitorEvent *event, gpointer data)
{
  (*(guint *)data)++;
}

static void
turn_until (GMainContext *context, int fd, gpointer *there)
{
  while (*there == NULL)
    {
      struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

      /* Nothing but the descriptor tells when there is work. */
      g_assert_cmpint (poll (&poll_fd, 1, Q_TEST_DEADLINE_MS), ==, 1);
      while (g_main_context_iteration (context, FALSE))
        ;
    }
}

static int
count_polled (GMainContext *context)
{
  GPollFD fds[8];
  int timeout;

  return g_main_context_query (context, G_MAXINT, &timeout, fds, G_N_ELEMENTS (fds));
}

/* A loop that knows of a descriptor alone has signals and results. */
static void
test_for_poll (QTestFixture *fixture, gconstpointer data)
{
  enum
  {
    N_EVENTS = 500 /* more than one turn delivers */
  };
  g_autofree char *script
    = g_strdup_printf ("negotiate\nexpect x\nrepeat %d\nevent A\nend\nreply 1\n", N_EVENTS);
  g_autoptr (QMockPeer) peer = start_peer (script);
  g_autoptr (QMonitor) monitor = NULL;
  g_autoptr (GMainContext) context = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint n_events = 0;
  int fd = -1;
  int n_polled;

  context = q_main_context_new_for_poll (&fd);
  g_assert_cmpint (fd, >=, 0);
  g_main_context_push_thread_default (context);
  n_polled = count_polled (context);
  monitor = q_monitor_new ();
  g_signal_connect (monitor, "event", G_CALLBACK (count_event), &n_events);
  q_monitor_attach_async (monitor, qmock_peer_get_address (peer), NULL, q_test_store_result,
                          &result);
  turn_until (context, fd, (gpointer *)&result);
  g_assert_true (q_monitor_attach_finish (monitor, result, &error));
  g_assert_no_error (error);
  g_clear_object (&result);

  q_monitor_command_json_async (monitor, "x", NULL, 0, Q_TIMEOUT_DEFAULT, NULL, q_test_store_result,
                                &result);
  turn_until (context, fd, (gpointer *)&result);
  text = q_monitor_command_json_finish (monitor, result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "1");
  g_assert_cmpuint (n_events, ==, N_EVENTS);
  g_clear_object (&result);

  /* What is refused at once comes there, too. */
  q_monitor_command_json_async (monitor, "x", "{", 0, Q_TIMEOUT_DEFAULT, NULL, q_test_store_result,
                                &result);
  turn_until (context, fd, (gpointer *)&result);
  g_assert_null (q_monitor_command_json_finish (monitor, result, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);

  /* GLib loses a wake-up to an iteration during which that changes. */
  g_assert_cmpint (count_polled (context), ==, n_polled);
  g_clear_object (&monitor);
  g_main_context_pop_thread_default (context);
  finish_peer (peer);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  g_test_add ("/contexts/foreign", QTestFixture, NULL, q_test_set_up, test_foreign_context,
              q_test_tear_down);
  g_test_add ("/contexts/for-poll", QTestFixture, NULL, q_test_set_up, test_for_poll,
              q_test_tear_down);

  return g_test_run ();
}
