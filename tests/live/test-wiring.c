/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a machine is wired to besides its monitor: human monitors, descriptors, wrappers, logs. */

#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "q-test-util.h"

/* A port that was free a moment ago. */
static guint16
find_port (GSocket **held)
{
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GSocket) socket
    = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

  g_assert_true (g_socket_bind (socket, any, FALSE, NULL));
  bound = g_socket_get_local_address (socket, NULL);
  if (held != NULL)
    {
      g_assert_true (g_socket_listen (socket, NULL));
      *held = g_steal_pointer (&socket);
    }

  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
}

static void
test_add_monitor_telnet (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  guint16 port = find_port (NULL);
  char buffer[256];

  g_assert_true (q_machine_add_monitor_telnet (machine, "127.0.0.1", port, &error));
  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);

  g_socket_client_set_timeout (client, Q_TEST_DEADLINE_MS / 1000);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_output_stream_write_all (
    g_io_stream_get_output_stream (G_IO_STREAM (connection)), "info name\n", 10, NULL, NULL,
    &error));
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
  g_assert_true (q_machine_shutdown (machine, NULL, &error));
  g_assert_no_error (error);
}

static void
test_add_monitor_telnet_bad (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GSocket) held = NULL;
  g_autoptr (GError) error = NULL;
  guint16 port = find_port (&held);

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

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  g_test_add_func ("/wiring/add-monitor-telnet", test_add_monitor_telnet);
  g_test_add_func ("/wiring/add-monitor-telnet-bad", test_add_monitor_telnet_bad);

  return g_test_run ();
}
