/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ports of the host that lead to ports of a guest: opened by launches and while a machine runs. */

#include <signal.h>
#include <string.h>

#include "q-test-util.h"

static QForward *
add (QMachine *machine, guint guest_port, const char *netdev)
{
  g_autoptr (GError) error = NULL;
  QForward *forward = q_machine_add_forward (machine, guest_port, 0, Q_FORWARD_PROTOCOL_TCP, NULL,
                                             netdev, 20000, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (forward);
  return forward;
}

static void
remove_forward (QMachine *machine, QForward *forward)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (q_machine_remove_forward (machine, forward, 20000, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (q_forward_get_host_port (forward), ==, 0);
}

static char *
list (QMachine *machine)
{
  g_autoptr (GError) error = NULL;
  char *text = q_machine_human_command (machine, "info usernet", 20000, NULL, &error);

  g_assert_no_error (error);
  return text;
}

static guint
count_forwards (QMachine *machine)
{
  g_autofree char *text = list (machine);
  g_auto (GStrv) parts = g_strsplit (text, "[HOST_FORWARD]", -1);

  return g_strv_length (parts) - 1;
}

static gboolean
is_taken (QForward *forward)
{
  g_autoptr (GSocketAddress) address = q_forward_dup_address (forward);
  g_autoptr (GSocketClient) client = q_test_make_client ();
  g_autoptr (GSocketConnection) connection
    = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, NULL);

  return connection != NULL;
}

static void
assert_error_has (GError **error, GQuark domain, int code, const char *text)
{
  g_assert_error (*error, domain, code);
  if (strstr ((*error)->message, text) == NULL)
    g_error ("not in it: %s\n%s", text, (*error)->message);
  g_clear_error (error);
}

static QMachine *
machine_with_net (void)
{
  QMachine *machine = q_test_machine_none ();

  q_machine_add_args (machine, (const char *const[]){ "-netdev", "user,id=net0", NULL });
  return machine;
}

/* -- without a guest -- */

static void
count_cb (GObject *object, GParamSpec *pspec, gpointer count)
{
  g_assert_true (g_main_context_is_owner (g_main_context_default ()));
  (*(guint *)count)++;
}

static void
test_launches (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
  g_autoptr (QForward) web = NULL;
  g_autoptr (QForward) other = NULL;
  g_autoptr (QForward) names = NULL;
  guint n_ports = 0;
  guint n_addresses = 0;

  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
  web = add (machine, 80, NULL);
  other = add (machine, 22, NULL);
  names = q_machine_add_forward (machine, 53, 0, Q_FORWARD_PROTOCOL_UDP, "0.0.0.0", NULL, 0, NULL,
                                 NULL);
  g_signal_connect (web, "notify::host-port", G_CALLBACK (count_cb), &n_ports);
  g_signal_connect (web, "notify::address", G_CALLBACK (count_cb), &n_addresses);
  for (guint i = 1; i <= 2; i++)
    {
      g_autofree char *text = NULL;
      g_autofree char *row = NULL;

      g_assert_cmpuint (q_forward_get_host_port (web), ==, 0);
      g_assert_null (q_forward_dup_address (web));
      g_assert_null (q_forward_make_uri (web, "http"));
      q_test_launch (machine);
      g_assert_cmpuint (q_forward_get_host_port (web), !=, 0);
      g_assert_cmpuint (q_forward_get_host_port (other), !=, 0);
      g_assert_cmpuint (q_forward_get_host_port (names), !=, 0);
      g_assert_cmpuint (q_forward_get_host_port (web), !=, q_forward_get_host_port (other));
      g_assert_true (is_taken (web));
      g_assert_true (is_taken (other));
      text = list (machine);
      row = g_strdup_printf ("%u       10.0.2.15    53", q_forward_get_host_port (names));
      g_assert_nonnull (strstr (text, row));
      g_assert_cmpuint (count_forwards (machine), ==, 3);
      q_test_wait_until (NULL, n_ports == i * 2 - 1);
      q_test_shutdown (machine);
      q_test_wait_until (NULL, n_ports == i * 2);
      g_assert_cmpuint (n_addresses, ==, n_ports);
    }

  remove_forward (machine, names);
  q_test_launch (machine);
  g_assert_cmpuint (count_forwards (machine), ==, 2);
  q_test_shutdown (machine);
  g_assert_cmpuint (q_forward_get_guest_port (web), ==, 80);
  g_assert_cmpstr (q_forward_get_host_address (web), ==, "127.0.0.1");
  g_assert_cmpstr (q_forward_get_host_address (names), ==, "0.0.0.0");
  g_assert_cmpint (q_forward_get_protocol (names), ==, Q_FORWARD_PROTOCOL_UDP);
  q_test_assert_last_unref (machine);
}

static void
test_running (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = machine_with_net ();
  g_autoptr (QForward) first = NULL;
  g_autoptr (QForward) second = NULL;
  guint port;

  q_test_launch (machine);
  first = add (machine, 80, "net0");
  second = add (machine, 80, "net0");
  port = q_forward_get_host_port (first);
  g_assert_cmpuint (port, !=, 0);
  g_assert_cmpuint (q_forward_get_host_port (second), !=, 0);
  g_assert_cmpuint (q_forward_get_host_port (second), !=, port);
  g_assert_true (is_taken (first));
  remove_forward (machine, second);
  g_assert_cmpuint (count_forwards (machine), ==, 1);
  q_test_shutdown (machine);
  g_assert_cmpuint (q_forward_get_host_port (first), ==, 0);

  q_test_launch (machine);
  g_assert_cmpuint (q_forward_get_host_port (first), !=, 0);
  g_assert_cmpuint (q_forward_get_host_port (second), ==, 0);
  g_assert_cmpuint (count_forwards (machine), ==, 1);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  g_assert_cmpuint (q_forward_get_host_port (first), ==, 0);
  remove_forward (machine, first);
  q_test_assert_last_unref (machine);
}

/* Forwards of the program's own, and others of the same kind. */
static void
test_apart (QTestFixture *fixture, gconstpointer data)
{
  static const char *const args[]
    = { "-netdev", "user,id=net0,hostfwd=tcp:127.0.0.1:0-:80", "-netdev", "user,id=net1", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GHashTable) ports = g_hash_table_new (NULL, NULL);
  QForward *forwards[6];
  g_autofree char *text = NULL;

  q_machine_add_args (machine, args);
  for (guint i = 0; i < G_N_ELEMENTS (forwards); i++)
    {
      if (i == 4)
        q_test_launch (machine);
      forwards[i] = add (machine, 80, i % 2 == 0 ? "net0" : "net1");
    }

  text = list (machine);
  for (guint i = 0; i < G_N_ELEMENTS (forwards); i++)
    {
      guint port = q_forward_get_host_port (forwards[i]);
      g_autofree char *found = g_strdup_printf (" %u       10.0.2.15    80", port);
      const char *row = strstr (text, found);
      const char *heading = strstr (text, "(net1)");
      gboolean is_second;

      g_assert_nonnull (row);
      /* The networks come in any order. */
      is_second = heading < strstr (text, "(net0)") ? row < strstr (text, "(net0)") : row > heading;
      g_assert_cmpint (is_second, ==, i % 2 == 1);
      g_assert_true (g_hash_table_add (ports, GUINT_TO_POINTER (port)));
    }
  for (guint i = 0; i < G_N_ELEMENTS (forwards); i++)
    {
      remove_forward (machine, forwards[i]);
      g_object_unref (forwards[i]);
    }
  /* The program's own one is left alone. */
  g_assert_cmpuint (count_forwards (machine), ==, 1);
  q_test_shutdown (machine);
}

static void
test_taken (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) held = NULL;
  guint port = q_test_find_port (&held);
  g_autofree char *rule = g_strdup_printf ("127.0.0.1:%u", port);
  g_autoptr (QMachine) machine = machine_with_net ();
  g_autoptr (QForward) forward = NULL;
  g_autoptr (GError) error = NULL;

  forward = q_machine_add_forward (machine, 80, port, Q_FORWARD_PROTOCOL_TCP, NULL, "net0", -1,
                                   NULL, &error);
  g_assert_no_error (error);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_nonnull (strstr (error->message, "QEMU says: "));
  assert_error_has (&error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED, rule);
  remove_forward (machine, forward);
  g_clear_object (&forward);

  q_test_launch (machine);
  forward = q_machine_add_forward (machine, 80, port, Q_FORWARD_PROTOCOL_TCP, NULL, "net0", -1,
                                   NULL, &error);
  g_assert_null (forward);
  g_assert_nonnull (strstr (error->message, "QEMU says: "));
  assert_error_has (&error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR, rule);
  g_assert_cmpuint (count_forwards (machine), ==, 0);
  q_test_assert_running (machine);

  g_clear_object (&held);
  forward = q_machine_add_forward (machine, 80, port, Q_FORWARD_PROTOCOL_TCP, NULL, "net0", -1,
                                   NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (q_forward_get_host_port (forward), ==, port);
  q_test_shutdown (machine);
  q_test_launch (machine);
  g_assert_cmpuint (q_forward_get_host_port (forward), ==, port);
  q_test_shutdown (machine);
}

static void
test_no_netdev (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = machine_with_net ();
  g_autoptr (QForward) forward = add (machine, 80, "nope");
  g_autoptr (QForward) good = add (machine, 80, "net0");
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_launch (machine, NULL, &error));
  assert_error_has (&error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED, "nope");
  g_assert_cmpuint (q_forward_get_host_port (good), ==, 0);
  remove_forward (machine, forward);
  q_test_launch (machine);
  g_clear_object (&forward);
  forward = q_machine_add_forward (machine, 80, 0, Q_FORWARD_PROTOCOL_TCP, NULL, "nope", -1, NULL,
                                   &error);
  g_assert_null (forward);
  assert_error_has (&error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR, "nope");
  g_assert_cmpuint (count_forwards (machine), ==, 1);
  q_test_shutdown (machine);
}

static void
test_no_slirp (QTestFixture *fixture, gconstpointer data)
{
  static const char *const wrapper[]
    = { "bash", "-c",
        "for word; do case $word in user,*) echo \"network backend 'user' is not compiled into "
        "this binary\" >&2; exit 1;; esac; done; exec \"$@\"",
        "bash", NULL };
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
  g_autoptr (QForward) forward = add (machine, 80, NULL);
  g_autoptr (GError) error = NULL;

  q_machine_set_wrapper (machine, wrapper);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  assert_error_has (&error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                    "network backend 'user' is not compiled into this binary");
  g_assert_cmpuint (q_forward_get_host_port (forward), ==, 0);
}

static void
test_networks (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
  g_autofree char *first = q_machine_add_user_network (machine, "e1000,mac=52:54:00:11:22:33");
  g_autofree char *second = q_machine_add_user_network (machine, NULL);
  g_autoptr (QForward) one = add (machine, 80, NULL);
  g_autoptr (QForward) other = add (machine, 80, second);
  g_autofree char *late = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  q_machine_add_args (machine, (const char *const[]){ "-nic", "none", NULL });
  g_assert_cmpstr (first, !=, second);
  g_assert_cmpstr (q_forward_get_netdev (one), ==, first);
  g_assert_cmpstr (q_forward_get_netdev (other), ==, second);
  q_test_launch (machine);
  text = q_machine_human_command (machine, "info network", 20000, NULL, NULL);
  g_assert_nonnull (strstr (text, "model=e1000,macaddr=52:54:00:11:22:33"));
  g_assert_nonnull (strstr (text, "model=virtio-net-pci"));
  g_assert_cmpuint (count_forwards (machine), ==, 2);

  late = q_machine_add_user_network (machine, NULL);
  g_assert_null (
    q_machine_add_forward (machine, 80, 0, Q_FORWARD_PROTOCOL_TCP, NULL, late, -1, NULL, &error));
  assert_error_has (&error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                    "without the network");
  q_test_shutdown (machine);
}

static void
assert_refused (QMachine *machine, guint guest_port, guint host_port, const char *address,
                const char *netdev, int timeout, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_machine_add_forward (machine, guest_port, host_port, Q_FORWARD_PROTOCOL_TCP,
                                        address, netdev, timeout, NULL, &error));
  assert_error_has (&error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION, text);
}

static void
test_refused (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMachine) other = q_test_machine_none ();
  g_autoptr (QForward) foreign = add (other, 80, NULL);
  g_autoptr (QForward) forward = NULL;
  g_autoptr (QForward) nobodys = g_object_new (Q_TYPE_FORWARD, NULL);
  g_autoptr (GError) error = NULL;

  assert_refused (machine, 0, 0, NULL, NULL, -1, "0 is no port of a guest");
  assert_refused (machine, 65536, 0, NULL, NULL, -1, "65536 is no port of a guest");
  assert_refused (machine, 80, 65536, NULL, NULL, -1, "65536 is no port of the host");
  assert_refused (machine, 80, 0, "localhost", NULL, -1, "“localhost” is no IPv4 address");
  assert_refused (machine, 80, 0, "::1", NULL, -1, "“::1” is no IPv4 address");
  assert_refused (machine, 80, 0, NULL, "", -1, "“” is no id of a netdev");
  assert_refused (machine, 80, 0, NULL, "a b", -1, "“a b” is no id of a netdev");
  assert_refused (machine, 80, 0, NULL, NULL, -7, "-7 is no time-out");

  g_assert_false (q_machine_remove_forward (machine, foreign, -1, NULL, &error));
  assert_error_has (&error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                    "no forward of this machine");
  g_assert_false (q_machine_remove_forward (machine, nobodys, -1, NULL, &error));
  assert_error_has (&error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                    "no forward of this machine");
  remove_forward (other, foreign);
  g_assert_false (q_machine_remove_forward (other, foreign, -1, NULL, &error));
  assert_error_has (&error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                    "no forward of this machine");

  q_test_launch (machine);
  assert_refused (machine, 80, 0, NULL, NULL, -1, "launched without a network for forwards");
  q_test_shutdown (machine);

  forward = add (machine, 80, NULL);
  q_machine_set_monitor_mode (machine, Q_MONITOR_MODE_NONE);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  assert_error_has (&error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                    "forwards need a monitor");
  remove_forward (machine, forward);
  q_test_launch (machine);
  g_clear_object (&forward);
  forward
    = q_machine_add_forward (machine, 80, 0, Q_FORWARD_PROTOCOL_TCP, NULL, NULL, -1, NULL, &error);
  g_assert_null (forward);
  assert_error_has (&error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING, "has no monitor");
  q_test_shutdown (machine);

  q_machine_set_kind (machine, Q_MACHINE_KIND_STORAGE_DAEMON);
  assert_refused (machine, 80, 0, NULL, NULL, -1, "a storage daemon has no guest");
}

static void
assert_not_waited (QForward *forward, const char *pattern, GBytes *request, int timeout,
                   GQuark domain, int code, const char *text)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (q_forward_wait_ready (forward, pattern, request, timeout, NULL, &error));
  assert_error_has (&error, domain, code, text);
  q_forward_wait_ready_async (forward, pattern, request, timeout, NULL, q_test_store_result,
                              &result);
  q_test_await (&result);
  g_assert_false (q_forward_wait_ready_finish (forward, result, &error));
  assert_error_has (&error, domain, code, text);
}

static void
test_wait_refused (QTestFixture *fixture, gconstpointer data)
{
  const GQuark domain = Q_MACHINE_ERROR;
  const int code = Q_MACHINE_ERROR_INVALID_CONFIGURATION;
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QForward) tcp = add (machine, 80, NULL);
  g_autoptr (QForward) udp
    = q_machine_add_forward (machine, 53, 0, Q_FORWARD_PROTOCOL_UDP, NULL, NULL, -1, NULL, NULL);
  g_autoptr (QForward) nobodys = g_object_new (Q_TYPE_FORWARD, NULL);
  g_autoptr (GBytes) request = g_bytes_new_static ("x", 1);

  assert_not_waited (tcp, NULL, NULL, -2, domain, code, "-2 is no time-out");
  assert_not_waited (tcp, NULL, request, 1000, domain, code, "a request needs a pattern");
  assert_not_waited (udp, NULL, NULL, 1000, domain, code, "UDP knows no connections");
  assert_not_waited (udp, "x", NULL, 1000, domain, code, "UDP knows no connections");
  assert_not_waited (tcp, "(", NULL, 1000, G_REGEX_ERROR, G_REGEX_ERROR_UNMATCHED_PARENTHESIS,
                     "wait_ready: ");
  assert_not_waited (tcp, NULL, NULL, 1000, domain, Q_MACHINE_ERROR_NOT_RUNNING, "is not open");
  assert_not_waited (nobodys, NULL, NULL, 1000, domain, Q_MACHINE_ERROR_NOT_RUNNING, "is not open");
  q_test_assert_last_unref (machine);
  assert_not_waited (tcp, NULL, NULL, 1000, domain, Q_MACHINE_ERROR_NOT_RUNNING, "is not open");
}

/* -- many at a time -- */

#define N_MACHINES 20

static void
test_machines (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GHashTable) ports = g_hash_table_new (NULL, NULL);
  QMachine *machines[N_MACHINES];
  QForward *forwards[N_MACHINES];
  GAsyncResult *results[N_MACHINES] = { NULL };

  for (guint i = 0; i < N_MACHINES; i++)
    {
      machines[i] = machine_with_net ();
      forwards[i] = add (machines[i], 80, "net0");
      q_machine_launch_async (machines[i], NULL, q_test_store_result, &results[i]);
    }
  for (guint i = 0; i < N_MACHINES; i++)
    {
      g_autoptr (GError) error = NULL;

      q_test_await (&results[i]);
      g_assert_true (q_machine_launch_finish (machines[i], results[i], &error));
      g_assert_no_error (error);
      g_assert_cmpuint (q_forward_get_host_port (forwards[i]), !=, 0);
      g_assert_true (
        g_hash_table_add (ports, GUINT_TO_POINTER (q_forward_get_host_port (forwards[i]))));
      g_object_unref (results[i]);
    }
  for (guint i = 0; i < N_MACHINES; i++)
    {
      q_test_shutdown (machines[i]);
      g_object_unref (forwards[i]);
      g_object_unref (machines[i]);
    }
}

#define N_THREADS 8

static gpointer
change_forwards (gpointer machine)
{
  for (guint i = 0; i < (q_test_is_long () ? 100 : 10); i++)
    {
      g_autoptr (QForward) forward = add (machine, 80, "net0");

      g_assert_true (is_taken (forward));
      remove_forward (machine, forward);
    }

  return NULL;
}

static void
test_threads (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = machine_with_net ();
  GThread *threads[N_THREADS];

  q_test_launch (machine);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("forwards", change_forwards, machine);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (count_forwards (machine), ==, 0);
  q_test_shutdown (machine);
}

/* During a launch it waits for its end. */
static void
test_while_launching (QTestFixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < (q_test_is_long () ? 100 : 5); i++)
    {
      g_autoptr (QMachine) machine = machine_with_net ();
      g_autoptr (QForward) first = NULL;
      g_autoptr (QForward) second = NULL;
      g_autoptr (GAsyncResult) launched = NULL;
      g_autoptr (GError) error = NULL;

      if (i % 2 == 1)
        first = add (machine, 22, "net0");
      q_machine_launch_async (machine, NULL, q_test_store_result, &launched);
      g_usleep (g_random_int_range (0, 20000));
      second = add (machine, 80, "net0");
      g_assert_cmpuint (q_forward_get_host_port (second), !=, 0);
      q_test_await (&launched);
      g_assert_true (q_machine_launch_finish (machine, launched, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (q_forward_get_host_port (second), !=, 0);
      g_assert_cmpuint (count_forwards (machine), ==, 1 + i % 2);
      q_test_shutdown (machine);
    }
}

static void
test_deaf (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = machine_with_net ();
  g_autoptr (QForward) forward = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  forward = add (machine, 80, "net0");
  kill (q_machine_get_pid (machine), SIGSTOP);
  g_assert_null (q_machine_add_forward (machine, 81, 0, Q_FORWARD_PROTOCOL_TCP, NULL, "net0", 200,
                                        NULL, &error));
  assert_error_has (&error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "TCP port 81");
  g_assert_false (q_forward_wait_ready (forward, NULL, NULL, 200, NULL, &error));
  assert_error_has (&error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "QEMU has not answered");
  q_machine_add_forward_async (machine, 82, 0, Q_FORWARD_PROTOCOL_TCP, NULL, "net0", -1,
                               cancellable, q_test_store_result, &result);
  g_cancellable_cancel (cancellable);
  q_test_await (&result);
  g_assert_null (q_machine_add_forward_finish (machine, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  kill (q_machine_get_pid (machine), SIGCONT);
  g_assert_cmpuint (count_forwards (machine), ==, 1);
  q_test_assert_running (machine);
  q_test_shutdown (machine);
}

/* A forward that the program forgets stays, and one that outlives its machine is harmless. */
static void
test_dropped (QTestFixture *fixture, gconstpointer data)
{
  QMachine *machine = machine_with_net ();
  g_autoptr (QForward) kept = add (machine, 80, "net0");

  g_object_unref (add (machine, 81, "net0"));
  q_test_launch (machine);
  g_assert_cmpuint (count_forwards (machine), ==, 2);
  g_assert_cmpuint (q_forward_get_host_port (kept), !=, 0);
  q_test_assert_last_unref (machine);
  g_assert_cmpuint (q_forward_get_host_port (kept), ==, 0);
}

#define ADD(path, func)                                                                            \
  g_test_add ("/forwards/" path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);
  ADD ("launches", test_launches);
  ADD ("running", test_running);
  ADD ("apart", test_apart);
  ADD ("taken", test_taken);
  ADD ("no-netdev", test_no_netdev);
  ADD ("no-slirp", test_no_slirp);
  ADD ("networks", test_networks);
  ADD ("refused", test_refused);
  ADD ("wait-refused", test_wait_refused);
  ADD ("machines", test_machines);
  ADD ("threads", test_threads);
  ADD ("while-launching", test_while_launching);
  ADD ("deaf", test_deaf);
  ADD ("dropped", test_dropped);

  return g_test_run ();
}
