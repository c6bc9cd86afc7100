/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Human monitors: commands through QMP, and one that a TCP client reaches. */

#include <gio/gio.h>
#include <string.h>

#include "q-test-util.h"

static void
test_add_monitor_telnet (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GSocketClient) client = q_test_make_client ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  guint16 port = q_test_find_port (NULL);
  char buffer[256];

  g_assert_true (q_machine_add_monitor_telnet (machine, "127.0.0.1", port, &error));
  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);

  g_socket_client_set_timeout (client, Q_TEST_DEADLINE_MS / 1000);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (
    g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)),
                               "info name\n", 10, NULL, NULL, &error));
  while (strstr (seen->str, "(qemu)") == NULL)
    {
      gssize n = g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)),
                                      buffer, sizeof buffer, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpint (n, >, 0);
      /* Telnet's own bytes are not text. */
      for (gssize i = 0; i < n; i++)
        if (buffer[i] > 0)
          g_string_append_c (seen, buffer[i]);
    }
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
}

static void
test_add_monitor_telnet_bad (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GSocket) held = NULL;
  g_autoptr (GError) error = NULL;
  guint16 port = q_test_find_port (&held);

  g_assert_false (q_machine_add_monitor_telnet (machine, "127.0.0.1", 0, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_clear_error (&error);
  g_assert_false (q_machine_add_monitor_telnet (machine, "127.0.0.1", 65536, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_clear_error (&error);

  g_assert_true (q_machine_add_monitor_telnet (machine, "127.0.0.1", port, &error));
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  g_assert_nonnull (strstr (error->message, "Address already in use"));
}

static void
test_human_command (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *complaint = NULL;

  g_assert_null (q_machine_human_command (machine, "info status", Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_clear_error (&error);

  g_assert_true (q_machine_launch (machine, NULL, NULL));
  text = q_machine_human_command (machine, "info status", Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "VM status: running\r\n");

  q_machine_human_command_async (machine, "no \"such\" thing", Q_TIMEOUT_DEFAULT, NULL,
                                 q_test_store_result, &stored);
  complaint = q_machine_human_command_finish (machine, q_test_await (&stored), &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (complaint, "unknown command"));
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  g_test_add_func ("/human-monitor/telnet", test_add_monitor_telnet);
  g_test_add_func ("/human-monitor/telnet-bad", test_add_monitor_telnet_bad);
  g_test_add_func ("/human-monitor/command", test_human_command);

  return g_test_run ();
}
