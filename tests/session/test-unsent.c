/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Commands that are not sent yet, since the peer takes nothing: they can be withdrawn, and only so
 * many may wait. */

#include "peer-client.h"
#include "q-test-util.h"

static void
assert_cancelled (QMonitor *monitor, GAsyncResult **result)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_monitor_command_json_finish (monitor, q_test_await (result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (result);
}

static void
test_withdraw_unsent (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer ("negotiate\nwait-signal go\n"
                                           "expect large\nreply 1\nexpect third\nreply 3\n"
                                           "expect-eof\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *filler = g_strnfill (PLENTY, 'x');
  g_autofree char *large = g_strdup_printf ("{\"x\":\"%s\"}", filler);
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GAsyncResult) third = NULL;
  g_autofree char *text = NULL;

  q_monitor_command_json_async (monitor, "large", large, 0, Q_TIMEOUT_DEFAULT, NULL,
                                q_test_store_result, &first);
  q_monitor_command_json_async (monitor, "second", NULL, 0, Q_TIMEOUT_DEFAULT, cancellable,
                                q_test_store_result, &second);
  q_monitor_command_json_async (monitor, "third", NULL, 0, Q_TIMEOUT_DEFAULT, NULL,
                                q_test_store_result, &third);

  pass_io_thread (monitor);
  /* The first one fills the socket; the second one is never sent, and has no reply to swallow. */
  g_cancellable_cancel (cancellable);
  assert_cancelled (monitor, &second);
  qmock_peer_signal (peer, "go");
  text = q_monitor_command_json_finish (monitor, q_test_await (&first), NULL);
  g_assert_cmpstr (text, ==, "1");
  g_free (text);
  text = q_monitor_command_json_finish (monitor, q_test_await (&third), NULL);
  g_assert_cmpstr (text, ==, "3");
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  finish_peer (peer);
}

static void
count_busy (GObject *source, GAsyncResult *result, gpointer data)
{
  guint *counts = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = q_monitor_command_json_finish (Q_MONITOR (source), result, &error);

  g_assert_null (text);
  if (g_error_matches (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_BUSY))
    counts[0]++;
  else
    {
      g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
      counts[1]++;
    }
}

/* A peer that takes nothing: what waits is bounded, in number and in bytes, and who comes then is
 * told so at once. */
static void
test_too_much_waits (QTestFixture *fixture, gconstpointer data)
{
  gboolean by_bytes = GPOINTER_TO_INT (data);
  const guint n_calls = by_bytes ? 70 : 65536 + 10;
  g_autofree char *filler = g_strnfill (by_bytes ? PLENTY : 1, 'x');
  g_autofree char *arguments = g_strdup_printf ("{\"x\":\"%s\"}", filler);
  g_autoptr (QMockPeer) peer = start_peer ("timeout 60000\nnegotiate\nwait-signal go\nclose\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  guint counts[2] = { 0, 0 };

  for (guint i = 0; i < n_calls; i++)
    q_monitor_command_json_async (monitor, "x", arguments, 0, Q_TIMEOUT_DEFAULT, NULL, count_busy,
                                  counts);
  pass_io_thread (monitor);
  q_test_wait_until (NULL, counts[0] >= 5);
  g_assert_cmpuint (counts[1], ==, 0);
  qmock_peer_signal (peer, "go");
  /* So many take longer than a deadline under a sanitizer, but some come all the time. */
  while (counts[0] + counts[1] < n_calls)
    {
      guint n_before = counts[0] + counts[1];

      q_test_wait_until (NULL, counts[0] + counts[1] > n_before);
    }
  g_assert_cmpuint (counts[0], <=, 10);
  finish_peer (peer);
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/unsent/" path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("withdraw", NULL, test_withdraw_unsent);
  ADD ("too-many", GINT_TO_POINTER (FALSE), test_too_much_waits);
  ADD ("too-much", GINT_TO_POINTER (TRUE), test_too_much_waits);

  return g_test_run ();
}
