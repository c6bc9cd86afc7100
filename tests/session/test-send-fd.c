/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A descriptor alone, by each of the calls. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "peer-client.h"
#include "q-test-util.h"

static void
assert_got_fd (QMockPeer *peer, const char *content)
{
  g_autoptr (GError) error = NULL;
  char text[16] = "";
  int fd = qmock_peer_steal_fd (peer, 0, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (pread (fd, text, sizeof text - 1, 0), ==, strlen (content));
  g_assert_cmpstr (text, ==, content);
  g_assert_true (g_close (fd, &error));
}

static void
test_send_fd (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer ("negotiate\nexpect getfd\nreply {}\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "sent", NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  int fd;

  g_assert_true (g_file_set_contents (path, "sent", -1, &error));
  g_assert_false (q_monitor_send_file (monitor, "/none/such", NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);
  g_assert_false (q_monitor_send_fd (monitor, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);

  switch (GPOINTER_TO_INT (data))
    {
    case 0:
      fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
      g_assert_true (q_monitor_send_fd (monitor, fd, NULL, &error));
      g_assert_true (g_close (fd, NULL));
      break;
    case 1:
      fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
      q_monitor_send_fd_async (monitor, fd, NULL, q_test_store_result, &result);
      g_assert_true (g_close (fd, NULL));
      g_assert_true (q_monitor_send_fd_finish (monitor, q_test_await (&result), &error));
      break;
    case 2:
      g_assert_true (q_monitor_send_file (monitor, path, NULL, &error));
      break;
    default:
      q_monitor_send_file_async (monitor, path, NULL, q_test_store_result, &result);
      g_assert_true (q_monitor_send_file_finish (monitor, q_test_await (&result), &error));
      break;
    }
  g_assert_no_error (error);

  assert_executes (monitor, "getfd", "{\"fdname\":\"a\"}", "{}");
  g_assert_cmpuint (qmock_peer_get_n_fds (peer), ==, 1);
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  finish_peer (peer);
  assert_got_fd (peer, "sent");
  g_assert_cmpint (g_unlink (path), ==, 0);
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/send-fd/" path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("fd", GINT_TO_POINTER (0), test_send_fd);
  ADD ("fd-async", GINT_TO_POINTER (1), test_send_fd);
  ADD ("file", GINT_TO_POINTER (2), test_send_fd);
  ADD ("file-async", GINT_TO_POINTER (3), test_send_fd);

  return g_test_run ();
}
