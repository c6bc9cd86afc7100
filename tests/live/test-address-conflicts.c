/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Monitors at an address where something is already: a server that works, a socket that a dead one
 * has left, a file; and what is there after the end. */

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "q-test-util.h"

/* lstat (): whatever a name leads to, it is the name that counts here. */
static gboolean
is_socket (const char *path)
{
  GStatBuf info;

  return g_lstat (path, &info) == 0 && S_ISSOCK (info.st_mode);
}

static void
assert_content (const char *path, const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_refused (QMachine *machine, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  if (strstr (error->message, text) == NULL)
    g_error ("\"%s\" is not in: %s", text, error->message);
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
}

/* -- an address where somebody else is -- */

typedef enum
{
  IDLE,
  BUSY,    /* it has a client, and the next ones wait in the backlog */
  CROWDED, /* and the backlog is full */
} Bustle;

typedef struct
{
  const char *name;
  QMonitorMode mode;
  Bustle bustle;
} TakenCase;

static const TakenCase taken_cases[] = {
  { "listen-idle", Q_MONITOR_MODE_LISTEN, IDLE },
  { "listen-busy", Q_MONITOR_MODE_LISTEN, BUSY },
  { "listen-crowded", Q_MONITOR_MODE_LISTEN, CROWDED },
  { "inherit-idle", Q_MONITOR_MODE_INHERIT, IDLE },
  { "inherit-busy", Q_MONITOR_MODE_INHERIT, BUSY },
  { "inherit-crowded", Q_MONITOR_MODE_INHERIT, CROWDED },
};

/* A QEMU with a second monitor at the path. */
static QMachine *
launch_neighbour (const char *path)
{
  QMachine *machine = q_test_machine_none ();
  g_autofree char *option = g_strdup_printf ("unix:%s,server=on,wait=off", path);
  const char *const args[] = { "-qmp", option, NULL };

  q_machine_add_args (machine, args);
  q_test_launch (machine);
  g_assert_true (is_socket (path));

  return machine;
}

/* Connects until there is no room left. */
static GArray *
crowd (const char *path)
{
  GArray *fds = g_array_new (FALSE, FALSE, sizeof (int));
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  while (TRUE)
    {
      int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

      g_assert_cmpint (fd, >=, 0);
      g_array_append_val (fds, fd);
      if (connect (fd, (struct sockaddr *)&address, sizeof address) < 0)
        {
          g_assert_cmpint (errno, ==, EAGAIN);
          return fds;
        }
      g_assert_cmpuint (fds->len, <, 200);
    }
}

static void
disperse (GArray *fds)
{
  for (guint i = 0; i < fds->len; i++)
    close (g_array_index (fds, int, i));
  g_array_unref (fds);
}

static void
assert_serves (QMonitor *monitor)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = q_monitor_command_json (monitor, "query-name", NULL, Q_MONITOR_FLAGS_NONE,
                                                  Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (text);
}

static void
test_taken (QTestFixture *fixture, gconstpointer data)
{
  const TakenCase *taken = data;
  g_autofree char *path = q_test_get_path ("taken");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMachine) other = launch_neighbour (path);
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMonitor) client = q_monitor_new ();
  GArray *fds = NULL;

  if (taken->bustle != IDLE)
    g_assert_true (q_monitor_attach (client, address, NULL, NULL));
  if (taken->bustle == CROWDED)
    fds = crowd (path);

  g_object_set (machine, "monitor-mode", taken->mode, "monitor-address", address, NULL);
  assert_refused (machine, "monitor-address");

  /* It is as it was: its socket, its client, and the room for the next client. */
  g_assert_true (is_socket (path));
  q_test_assert_running (other);
  if (taken->bustle != IDLE)
    {
      assert_serves (client);
      q_monitor_close (client, NULL, NULL);
    }
  g_clear_pointer (&fds, disperse);
  /* QEMU takes the connections of the crowd one by one, and finds each of them closed. */
  q_test_wait_until (NULL, q_monitor_attach (client, address, NULL, NULL));
  assert_serves (client);
  q_monitor_close (client, NULL, NULL);

  q_test_shutdown (other);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

  /* Now that it is free, the same machine can have it. */
  q_test_launch (machine);
  q_test_assert_running (machine);
  q_test_shutdown (machine);
}

static const QMonitorMode modes[] = { Q_MONITOR_MODE_LISTEN, Q_MONITOR_MODE_INHERIT };

static void
test_stale_socket (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("stale");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (QMachine) dead = launch_neighbour (path);
      g_autoptr (QMachine) machine = q_test_machine_none ();

      g_assert_true (q_machine_kill (dead, NULL, NULL));
      g_assert_true (is_socket (path));

      g_object_set (machine, "monitor-mode", modes[i], "monitor-address", address, NULL);
      q_test_launch (machine);
      q_test_assert_running (machine);
      q_test_shutdown (machine);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    }
}

static void
test_regular_file (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("regular");
  g_autofree char *link = q_test_get_path ("link");
  const char *const paths[] = { path, link };

  g_assert_true (g_file_set_contents (path, "precious", -1, NULL));
  g_assert_cmpint (symlink (path, link), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (paths); j++)
      {
        g_autoptr (QMachine) machine = q_test_machine_none ();
        g_autoptr (GSocketAddress) address = g_unix_socket_address_new (paths[j]);

        g_object_set (machine, "monitor-mode", modes[i], "monitor-address", address, NULL);
        assert_refused (machine, "monitor-address");
        assert_content (paths[j], "precious");
      }
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  g_unlink (link);
  g_unlink (path);
}

static void
test_socket_file_removed (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("gone");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (QMachine) machine = q_test_machine_none ();

      g_object_set (machine, "monitor-mode", modes[i], "monitor-address", address, NULL);
      q_test_launch (machine);
      g_assert_true (is_socket (path));
      g_assert_true (q_machine_kill (machine, NULL, NULL));
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

      q_test_launch (machine);
      g_assert_true (is_socket (path));
      q_test_assert_last_unref (machine);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    }
}

static void
test_tcp_listen (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GSocketListener) other = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (other, NULL, NULL);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) taken = g_inet_socket_address_new_from_string ("127.0.0.1", port);

  g_object_set (machine, "monitor-mode", Q_MONITOR_MODE_LISTEN, "monitor-address", any, NULL);
  assert_refused (machine, "port 0");
  g_object_set (machine, "monitor-address", taken, NULL);
  assert_refused (machine, "monitor-address");
  g_socket_listener_close (other);
}

/* An abstract name is no file, even if there is one of that name. */
static void
test_abstract_address (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("abstract");
  g_autoptr (GSocketAddress) address
    = g_unix_socket_address_new_with_type (path, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);

  g_assert_true (g_file_set_contents (path, "precious", -1, NULL));
  for (guint round = 0; round < 3; round++)
    {
      g_autoptr (QMachine) machine = q_test_machine_none ();
      g_autoptr (GError) error = NULL;

      g_object_set (machine, "monitor-address", address, NULL);
      if (q_machine_launch (machine, NULL, &error))
        {
          q_test_assert_running (machine);
          if (round == 0)
            q_test_shutdown (machine);
          else if (round == 1)
            g_assert_true (q_machine_kill (machine, NULL, NULL));
          g_clear_object (&machine);
        }
      else
        {
          g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
          g_assert_nonnull (strstr (error->message, "monitor-address"));
        }
      assert_content (path, "precious");
    }
  g_unlink (path);
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/address-conflicts/" path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  for (gsize i = 0; i < G_N_ELEMENTS (taken_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/address-conflicts/taken/", taken_cases[i].name, NULL);

      g_test_add (path, QTestFixture, &taken_cases[i], q_test_set_up, test_taken, q_test_tear_down);
    }
  ADD ("stale-socket", NULL, test_stale_socket);
  ADD ("regular-file", NULL, test_regular_file);
  ADD ("socket-file-removed", NULL, test_socket_file_removed);
  ADD ("tcp-listen", NULL, test_tcp_listen);
  ADD ("abstract-address", NULL, test_abstract_address);

  return g_test_run ();
}
