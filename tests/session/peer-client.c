/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer-client.h"

QMockPeer *
start_peer (const char *script)
{
  QMockPeer *peer = qmock_peer_new (script);
  g_autoptr (GError) error = NULL;

  g_assert_true (qmock_peer_start (peer, &error));
  g_assert_no_error (error);
  return peer;
}

QMonitor *
attach (QMockPeer *peer)
{
  QMonitor *monitor = q_monitor_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (q_monitor_attach (monitor, qmock_peer_get_address (peer), NULL, &error));
  g_assert_no_error (error);
  return monitor;
}

void
finish_peer (QMockPeer *peer)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (qmock_peer_finish (peer, &error));
  g_assert_no_error (error);
}

void
assert_executes (QMonitor *monitor, const char *command, const char *arguments,
                 const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  text = q_monitor_command_json (monitor, command, arguments, Q_MONITOR_FLAGS_NONE,
                                 Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

void
pass_io_thread (QMonitor *monitor)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_monitor_wait_event (monitor, NULL, NULL, 0, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}
