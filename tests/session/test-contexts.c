/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Results for another context than the owner's. */

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

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  g_test_add ("/contexts/foreign", QTestFixture, NULL, q_test_set_up, test_foreign_context,
              q_test_tear_down);

  return g_test_run ();
}
