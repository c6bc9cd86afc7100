/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where a machine's monitor may be: of each family, in each mode, and what may be there before. */

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "q-test-util.h"

/* See GUnixSocketAddress: of more than 107 bytes it keeps 107. */
#define MAX_PATH 106

static char *self_path;
static char attach_option[] = "--attach";

typedef enum
{
  UNIX,
  TCP4,
  TCP6,
} Family;

typedef struct
{
  const char *name;
  Family family;
  QMonitorMode mode;
} Case;

static const Case cases[] = {
  { "unix/inherit", UNIX, Q_MONITOR_MODE_INHERIT }, { "unix/listen", UNIX, Q_MONITOR_MODE_LISTEN },
  { "tcp4/inherit", TCP4, Q_MONITOR_MODE_INHERIT }, { "tcp4/listen", TCP4, Q_MONITOR_MODE_LISTEN },
  { "tcp6/inherit", TCP6, Q_MONITOR_MODE_INHERIT }, { "tcp6/listen", TCP6, Q_MONITOR_MODE_LISTEN },
};

static const QMonitorMode modes[] = { Q_MONITOR_MODE_INHERIT, Q_MONITOR_MODE_LISTEN };

static void
stop (QMachine *machine)
{
  g_autoptr (GError) error = NULL;

  q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
}

static QMachine *
new_machine (GSocketAddress *address, QMonitorMode mode)
{
  QMachine *machine = q_test_machine_none ();

  g_object_set (machine, "monitor-address", address, "monitor-mode", mode, NULL);
  return machine;
}

static gboolean
exists (const char *path)
{
  GStatBuf info;

  return g_lstat (path, &info) == 0;
}

static guint
count_files (void)
{
  g_autoptr (GDir) dir = g_dir_open (q_test_get_base_dir (), 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* Before there is a process, and with nothing left behind. */
static void
assert_refused (QMachine *machine, const char *text)
{
  g_autoptr (GError) error = NULL;
  guint n_files = count_files ();

  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  if (strstr (error->message, "monitor-address") == NULL || strstr (error->message, text) == NULL)
    g_error ("\"%s\" is not in: %s", text, error->message);
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
  g_assert_null (q_machine_dup_command_line (machine));
  g_assert_cmpuint (count_files (), ==, n_files);
}

static gboolean
has_ipv6 (void)
{
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("::1", 0);
  g_autoptr (GSocket) socket
    = g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

  return socket != NULL && g_socket_bind (socket, any, FALSE, NULL);
}

static gboolean
skip_without_ipv6 (Family family)
{
  if (family != TCP6 || has_ipv6 ())
    return FALSE;

  g_test_skip ("this host has no IPv6 loopback address");
  return TRUE;
}

/* Port 0 for TCP. */
static GSocketAddress *
new_address (Family family)
{
  g_autofree char *path = q_test_get_path ("address");

  if (family == UNIX)
    return g_unix_socket_address_new (path);
  return g_inet_socket_address_new_from_string (family == TCP6 ? "::1" : "127.0.0.1", 0);
}

/* One that nobody used a moment ago. */
static GSocketAddress *
new_free_address (Family family)
{
  g_autoptr (GSocketAddress) any = new_address (family);
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;
  GSocketAddress *bound;

  if (family == UNIX)
    return g_steal_pointer (&any);

  socket = g_socket_new (g_socket_address_get_family (any), G_SOCKET_TYPE_STREAM,
                         G_SOCKET_PROTOCOL_TCP, &error);
  g_assert_no_error (error);
  g_assert_true (g_socket_bind (socket, any, FALSE, NULL));
  bound = g_socket_get_local_address (socket, &error);
  g_assert_no_error (error);
  return bound;
}

static char *
describe (GSocketAddress *address)
{
  if (G_IS_UNIX_SOCKET_ADDRESS (address))
    return g_strdup (g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (address)));
  return g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address));
}

static void
assert_same_address (GSocketAddress *a, GSocketAddress *b)
{
  g_autofree char *text_a = describe (a);
  g_autofree char *text_b = describe (b);

  g_assert_cmpstr (text_a, ==, text_b);
}

/* -- another process -- */

/* --attach PATH, or --attach HOST PORT: asks for the name and tells the answer. */
static int
attach_as_other_process (int argc, char **argv)
{
  g_autoptr (GSocketAddress) address
    = argc == 1 ? g_unix_socket_address_new (argv[0])
                : g_inet_socket_address_new_from_string (argv[0], (guint)atoi (argv[1]));
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (q_monitor_attach (monitor, address, NULL, &error))
    text = q_monitor_command_json (monitor, "query-name", NULL, Q_MONITOR_FLAGS_NONE,
                                   Q_TIMEOUT_DEFAULT, NULL, &error);
  g_print ("%s", text != NULL ? text : error->message);
  q_monitor_close (monitor, NULL, NULL);
  return text != NULL ? 0 : 1;
}

static void
assert_other_process_attaches (GSocketAddress *address, const char *answer)
{
  char *argv[] = { self_path, attach_option, NULL, NULL, NULL };
  g_autofree char *host = NULL;
  g_autofree char *port = NULL;
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  if (G_IS_UNIX_SOCKET_ADDRESS (address))
    {
      argv[2] = host = describe (address);
    }
  else
    {
      GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS (address);

      argv[2] = host = g_inet_address_to_string (g_inet_socket_address_get_address (inet));
      argv[3] = port = g_strdup_printf ("%u", g_inet_socket_address_get_port (inet));
    }

  /* Without the threads that a GSubprocess would leave idling for a while. */
  g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (output, ==, answer);
  g_assert_true (g_spawn_check_wait_status (status, NULL));
}

static void
close_own_monitor (QMachine *machine)
{
  g_autoptr (QMonitor) monitor = q_machine_dup_monitor (machine);
  g_autoptr (GError) error = NULL;

  q_monitor_close (monitor, NULL, &error);
  g_assert_no_error (error);
}

/* -- each family in each mode -- */

static void
assert_served (GSocketAddress *address, QMonitorMode mode)
{
  g_autoptr (QMachine) machine = new_machine (address, mode);
  static const char *const named[] = { "-name", "found", NULL };

  q_machine_add_args (machine, named);
  /* Twice: an end leaves nothing that is in the way of the next beginning. */
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GSocketAddress) found = NULL;
      g_autofree char *log = NULL;

      q_test_launch (machine);
      q_test_assert_running (machine);
      found = q_machine_dup_listen_address (machine);
      if (!G_IS_INET_SOCKET_ADDRESS (address)
          || g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)) != 0)
        assert_same_address (found, address);

      close_own_monitor (machine);
      g_assert_true (q_machine_is_running (machine));
      for (guint n_times = 0; n_times < 2; n_times++)
        assert_other_process_attaches (found, "{\"name\": \"found\"}");

      stop (machine);
      log = q_machine_dup_log (machine);
      g_assert_null (strstr (log, "QEMU waiting"));
      if (G_IS_UNIX_SOCKET_ADDRESS (address))
        g_assert_false (exists (g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (address))));
    }
}

static void
test_served (QTestFixture *fixture, gconstpointer data)
{
  const Case *used = data;
  g_autoptr (GSocketAddress) address = NULL;

  if (skip_without_ipv6 (used->family))
    return;

  address = new_free_address (used->family);
  assert_served (address, used->mode);
}

static void
test_port_0 (QTestFixture *fixture, gconstpointer data)
{
  const Case *used = data;
  g_autoptr (GSocketAddress) any = NULL;

  if (skip_without_ipv6 (used->family))
    return;

  any = new_address (used->family);
  if (used->mode == Q_MONITOR_MODE_INHERIT)
    {
      assert_served (any, used->mode);
    }
  else
    {
      /* QEMU would take any port, and tell nobody. */
      g_autoptr (QMachine) machine = new_machine (any, used->mode);

      assert_refused (machine, "port 0");
    }
}

/* -- paths -- */

static void
test_path_length (QTestFixture *fixture, gconstpointer data)
{
  const gsize too_long[] = { 107, 108, 109, 200, 5000 };
  const char *base = q_test_get_base_dir ();
  g_autofree char *fill = g_strnfill (5000, 'x');
  g_autofree char *longest
    = g_strdup_printf ("%s/%.*s", base, (int)(MAX_PATH - strlen (base) - 1), fill);
  g_autoptr (GSocketAddress) good = g_unix_socket_address_new (longest);

  g_assert_cmpuint (strlen (longest), ==, MAX_PATH);
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      assert_served (good, modes[i]);
      for (gsize j = 0; j < G_N_ELEMENTS (too_long); j++)
        {
          g_autofree char *path
            = g_strdup_printf ("%s/%.*s", base, (int)(too_long[j] - strlen (base) - 1), fill);
          g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
          g_autoptr (QMachine) machine = new_machine (address, modes[i]);

          g_assert_cmpuint (strlen (path), ==, too_long[j]);
          assert_refused (machine, "106 bytes");
        }
    }
}

static void
test_empty_path (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new ("");

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (QMachine) machine = new_machine (address, modes[i]);

      assert_refused (machine, "path");
    }
}

static void
test_odd_path (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path (data);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    assert_served (address, modes[i]);
}

static void
test_no_such_directory (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("no/such/directory");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMachine) inheriting = new_machine (address, Q_MONITOR_MODE_INHERIT);
  g_autoptr (QMachine) listening = new_machine (address, Q_MONITOR_MODE_LISTEN);
  g_autoptr (GError) error = NULL;

  assert_refused (inheriting, "No such file or directory");
  /* A wrapper might make it; else QEMU says so. */
  g_assert_false (q_machine_launch (listening, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  g_assert_nonnull (strstr (error->message, "No such file or directory"));
}

static void
test_below_file (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *file = q_test_get_path ("file");
  g_autofree char *path = g_build_filename (file, "below", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  g_assert_true (g_file_set_contents (file, "precious", -1, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (QMachine) machine = new_machine (address, modes[i]);

      assert_refused (machine, "Not a directory");
    }
  g_assert_cmpint (g_unlink (file), ==, 0);
}

/* -- what is there already -- */

static int
bind_socket (const char *path, int type)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, type | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  return fd;
}

/* It is refused, and what was there is the very same afterwards. */
static void
assert_kept (const char *path)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (QMachine) machine = new_machine (address, modes[i]);
      GStatBuf before;
      GStatBuf after;

      g_assert_cmpint (g_lstat (path, &before), ==, 0);
      assert_refused (machine, "");
      g_assert_cmpint (g_lstat (path, &after), ==, 0);
      g_assert_cmpuint (after.st_ino, ==, before.st_ino);
      g_assert_cmpuint (after.st_mode, ==, before.st_mode);
      g_assert_cmpint (after.st_ctim.tv_nsec, ==, before.st_ctim.tv_nsec);
    }
}

static void
test_no_socket (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *file = q_test_get_path ("file");
  g_autofree char *directory = q_test_get_path ("directory");
  g_autofree char *fifo = q_test_get_path ("fifo");
  g_autofree char *link = q_test_get_path ("link");
  g_autofree char *dangling = q_test_get_path ("dangling");
  g_autofree char *content = NULL;

  g_assert_true (g_file_set_contents (file, "precious", -1, NULL));
  g_assert_cmpint (g_mkdir (directory, 0700), ==, 0);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (symlink (file, link), ==, 0);
  g_assert_cmpint (symlink ("/no/such/file", dangling), ==, 0);

  assert_kept (file);
  assert_kept (directory);
  assert_kept (fifo);
  assert_kept (link);
  assert_kept (dangling);
  g_assert_true (g_file_get_contents (link, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "precious");

  g_assert_cmpint (g_unlink (dangling), ==, 0);
  g_assert_cmpint (g_unlink (link), ==, 0);
  g_assert_cmpint (g_unlink (fifo), ==, 0);
  g_assert_cmpint (g_rmdir (directory), ==, 0);
  g_assert_cmpint (g_unlink (file), ==, 0);
}

/* A name that leads to a socket is not ours to replace either, even where nobody listens. */
static void
test_link_to_socket (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("socket");
  g_autofree char *link = q_test_get_path ("link");
  int fd = bind_socket (path, SOCK_STREAM);

  g_assert_cmpint (symlink (path, link), ==, 0);
  assert_kept (link);
  g_assert_cmpint (listen (fd, 4), ==, 0);
  assert_kept (link);
  close (fd);
  assert_kept (link);
  g_assert_cmpint (g_unlink (link), ==, 0);
  g_assert_cmpint (g_unlink (path), ==, 0);
}

/* A socket that is in use, although nobody can connect a stream to it. */
static void
test_datagram_socket (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("datagrams");
  int fd = bind_socket (path, SOCK_DGRAM);

  assert_kept (path);
  close (fd);
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
test_stale_socket (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("stale");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      close (bind_socket (path, SOCK_STREAM));
      g_assert_true (exists (path));
      assert_served (address, modes[i]);
    }
}

/* What took the place of the socket while QEMU ran is not removed with it. */
static void
test_replaced_file (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("replaced");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (QMachine) machine = new_machine (address, modes[i]);
      g_autofree char *content = NULL;
      g_autoptr (GError) error = NULL;

      q_test_launch (machine);
      g_assert_cmpint (g_unlink (path), ==, 0);
      g_assert_true (g_file_set_contents (path, "precious", -1, NULL));
      q_machine_kill (machine, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
      g_assert_cmpstr (content, ==, "precious");
      g_assert_cmpint (g_unlink (path), ==, 0);
    }
}

/* -- somebody else's address -- */

/* How it is found out. */
static const char *
get_reason (const Case *used)
{
  return used->mode == Q_MONITOR_MODE_INHERIT && used->family != UNIX ? "Address already in use"
                                                                      : "another process listens";
}

/* A QEMU that has a client, then none; each time the machine in question goes elsewhere. */
static void
test_taken (QTestFixture *fixture, gconstpointer data)
{
  const Case *used = data;
  g_autoptr (GSocketAddress) any = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (QMachine) other = NULL;
  g_autoptr (QMachine) machine = NULL;

  if (skip_without_ipv6 (used->family))
    return;

  any = new_address (used->family);
  other = new_machine (any, Q_MONITOR_MODE_INHERIT);
  q_test_launch (other);
  address = q_machine_dup_listen_address (other);
  machine = new_machine (address, used->mode);

  for (guint i = 0; i < 3; i++)
    {
      assert_refused (machine, get_reason (used));
      q_test_assert_running (other);
    }

  close_own_monitor (other);
  for (guint i = 0; i < 3; i++)
    {
      assert_refused (machine, get_reason (used));
      assert_other_process_attaches (address, "{}");
    }

  stop (other);
  q_test_launch (machine);
  q_test_assert_running (machine);
  stop (machine);
}

/* Not even connecting is possible there: it is known within the time of a launch. */
static void
test_crowded (QTestFixture *fixture, gconstpointer data)
{
  const Case *used = data;
  g_autoptr (GSocketAddress) any = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (QMachine) other = NULL;
  g_autoptr (QMachine) machine = NULL;
  g_autoptr (GPtrArray) clients = g_ptr_array_new_with_free_func (g_object_unref);

  if (skip_without_ipv6 (used->family))
    return;

  any = new_address (used->family);
  other = new_machine (any, Q_MONITOR_MODE_INHERIT);
  q_test_launch (other);
  address = q_machine_dup_listen_address (other);
  for (guint i = 0; i < 8; i++)
    {
      GSocket *socket = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_DEFAULT, NULL);

      g_socket_set_blocking (socket, FALSE);
      g_socket_connect (socket, address, NULL, NULL);
      g_ptr_array_add (clients, socket);
    }

  machine = new_machine (address, used->mode);
  assert_refused (machine, get_reason (used));
  q_test_assert_running (other);
  stop (other);
}

static void
add_cases (const char *prefix, void (*func) (QTestFixture *fixture, gconstpointer data))
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/addresses/%s/%s", prefix, cases[i].name);

      if (func != test_port_0 || cases[i].family != UNIX)
        g_test_add (path, QTestFixture, &cases[i], q_test_set_up, func, q_test_tear_down);
    }
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/addresses/" path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)

/* A socket of somebody else's is no more ours to remove than a file. */
static void
test_replaced_socket (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("replaced-by-socket");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (QMachine) machine = new_machine (address, modes[i]);
      g_autoptr (GSocket) other = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                                G_SOCKET_PROTOCOL_DEFAULT, NULL);
      g_autoptr (GError) error = NULL;

      q_test_launch (machine);
      g_assert_cmpint (g_unlink (path), ==, 0);
      g_assert_true (g_socket_bind (other, address, FALSE, &error));
      q_machine_kill (machine, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (g_unlink (path), ==, 0);
    }
}

/* Our own is still ours when the program has let others in. */
static void
test_opened_socket (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("opened");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (QMachine) machine = new_machine (address, modes[i]);
      g_autoptr (GError) error = NULL;

      q_test_launch (machine);
      g_assert_cmpint (g_chmod (path, 0666), ==, 0);
      q_machine_kill (machine, NULL, &error);
      g_assert_no_error (error);
      g_assert_false (exists (path));
    }
}

int
main (int argc, char *argv[])
{
  self_path = argv[0];
  if (argc > 2 && g_str_equal (argv[1], attach_option))
    return attach_as_other_process (argc - 2, argv + 2);

  q_test_init (&argc, &argv);

  add_cases ("served", test_served);
  add_cases ("port-0", test_port_0);
  add_cases ("taken", test_taken);
  add_cases ("crowded", test_crowded);
  ADD ("path/length", NULL, test_path_length);
  ADD ("path/empty", NULL, test_empty_path);
  ADD ("path/comma", "a,b,,server=off", test_odd_path);
  ADD ("path/newline", "a\nb", test_odd_path);
  ADD ("path/equals-sign", "fd=0", test_odd_path);
  ADD ("path/space-and-quotes", "a \"b\" 'c' \\d", test_odd_path);
  ADD ("path/per-cent", "%s%n", test_odd_path);
  ADD ("path/not-utf8", "caf\xe9", test_odd_path);
  ADD ("path/no-such-directory", NULL, test_no_such_directory);
  ADD ("path/below-file", NULL, test_below_file);
  ADD ("there/no-socket", NULL, test_no_socket);
  ADD ("there/link-to-socket", NULL, test_link_to_socket);
  ADD ("there/datagram-socket", NULL, test_datagram_socket);
  ADD ("there/stale-socket", NULL, test_stale_socket);
  ADD ("there/replaced", NULL, test_replaced_file);
  ADD ("there/replaced-by-socket", NULL, test_replaced_socket);
  ADD ("there/opened", NULL, test_opened_socket);

  return g_test_run ();
}
