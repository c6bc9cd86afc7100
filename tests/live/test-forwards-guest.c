/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting for a service behind a forward: through the boot of a real guest, for what does not come,
 * and until QEMU ends. One guest serves all of these tests. */

#include <signal.h>
#include <string.h>

#include "q-test-util.h"

/* In which a guest answers on a busy machine. */
#define PATIENCE_MS 1500

#define GET "GET / HTTP/1.0\r\n\r\n"

static QForward *
add (QMachine *machine, guint guest_port, QForwardProtocol protocol)
{
  g_autoptr (GError) error = NULL;
  QForward *forward
    = q_machine_add_forward (machine, guest_port, 0, protocol, NULL, NULL, 20000, NULL, &error);

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

static void
assert_error_has (GError **error, GQuark domain, int code, const char *text)
{
  g_assert_error (*error, domain, code);
  if (strstr ((*error)->message, text) == NULL)
    g_error ("not in it: %s\n%s", text, (*error)->message);
  g_clear_error (error);
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

static QMachine *guest;
static QForward *web;    /* on which it serves */
static QForward *closed; /* on which it does not */
static QForward *echo;   /* UDP */

static void
boot (void)
{
  const char *dir = g_getenv ("QMACHINE_TEST_GUEST");
  g_autofree char *kernel = g_build_filename (dir, "kernel", "vmlinuz", NULL);
  g_autofree char *initrd = g_build_filename (dir, "tests.gz", NULL);
  const char *args[] = {
    "-machine",
    "q35,graphics=off",
    "-accel",
    "tcg",
    "-nodefaults",
    "-m",
    "256",
    "-kernel",
    kernel,
    "-initrd",
    initrd,
    "-append",
    "console=ttyS0 panic=-1 quiet",
    NULL,
  };

  guest = q_machine_new ("qemu-system-x86_64");
  q_machine_set_base_dir (guest, q_test_get_base_dir ());
  q_machine_add_args (guest, args);
  web = add (guest, 80, Q_FORWARD_PROTOCOL_TCP);
  closed = add (guest, 81, Q_FORWARD_PROTOCOL_TCP);
  echo = add (guest, 7, Q_FORWARD_PROTOCOL_UDP);
  q_test_launch (guest);
}

static char *
fetch (QForward *forward)
{
  g_autoptr (GSocketAddress) address = q_forward_dup_address (forward);
  g_autoptr (GSocketClient) client = q_test_make_client ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection
    = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, &error);
  char text[4096];
  gsize length;

  g_assert_no_error (error);
  g_assert_true (g_output_stream_write_all (
    g_io_stream_get_output_stream (G_IO_STREAM (connection)), GET, strlen (GET), NULL, NULL, NULL));
  g_assert_true (g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (connection)),
                                          text, sizeof (text) - 1, &length, NULL, &error));
  text[length] = '\0';
  return g_strdup (text);
}

static void
assert_ready (QForward *forward, const char *pattern, const char *request, int timeout)
{
  g_autoptr (GBytes) bytes = request != NULL ? g_bytes_new (request, strlen (request)) : NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (q_forward_wait_ready (forward, pattern, bytes, timeout, NULL, &error));
  g_assert_no_error (error);
}

static void
test_boot (void)
{
  g_autoptr (GBytes) ping = g_bytes_new_static ("ping", 4);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) answered = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  boot ();
  /* A datagram that nobody answers is sent again. */
  q_forward_wait_ready_async (echo, "^answer: ping$", ping, -1, NULL, q_test_store_result,
                              &answered);
  /* In this moment there is no network yet. */
  g_assert_false (q_forward_wait_ready (web, NULL, NULL, 1000, NULL, &error));
  assert_error_has (&error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "the guest has not answered");
  q_forward_wait_ready_async (web, NULL, NULL, -1, NULL, q_test_store_result, &result);
  assert_ready (web, "^HTTP/1\\.[01] 200 ", GET, Q_TEST_DEADLINE_MS);
  q_test_await (&result);
  g_assert_true (q_forward_wait_ready_finish (web, result, &error));
  q_test_await (&answered);
  g_assert_true (q_forward_wait_ready_finish (echo, answered, &error));
  g_assert_no_error (error);
  text = fetch (web);
  g_assert_nonnull (strstr (text, "this is the web server of the guest"));
}

static void
test_not_ready (void)
{
  const GQuark domain = G_IO_ERROR;
  const int code = G_IO_ERROR_TIMED_OUT;
  g_autoptr (GBytes) request = g_bytes_new_static (GET, strlen (GET));
  g_autofree char *place = g_strdup_printf ("the forward from 127.0.0.1:%u to TCP port 81",
                                            q_forward_get_host_port (closed));
  gint64 begin = g_get_monotonic_time ();

  assert_not_waited (closed, NULL, NULL, PATIENCE_MS, domain, code, place);
  assert_not_waited (closed, NULL, NULL, PATIENCE_MS, domain, code,
                     "the guest refused the connection");
  assert_not_waited (closed, "^SSH", NULL, PATIENCE_MS, domain, code,
                     "the guest refused the connection");
  assert_not_waited (web, "^HTTP/1.. 404", request, PATIENCE_MS, domain, code,
                     "the service said “HTTP/1.1 200 OK");
  assert_not_waited (web, "^SSH-", NULL, PATIENCE_MS, domain, code,
                     "the service took the connection and said nothing");
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 30 * G_USEC_PER_SEC);
}

static void
test_udp_not_ready (void)
{
  g_autoptr (QForward) udp = NULL;
  g_autoptr (GBytes) request = g_bytes_new_static ("x", 1);
  g_autoptr (GError) error = NULL;

  udp = q_machine_add_forward (guest, 53, 0, Q_FORWARD_PROTOCOL_UDP, NULL, NULL, -1, NULL, &error);
  g_assert_no_error (error);
  assert_not_waited (udp, ".", request, 500, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "to UDP port 53");
  assert_not_waited (echo, "^nonsense", request, PATIENCE_MS, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                     "the service said “answer: x”");
  remove_forward (guest, udp);
}

static void
test_added (void)
{
  g_autoptr (QForward) second = add (guest, 80, Q_FORWARD_PROTOCOL_TCP);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GSocketAddress) address = q_forward_dup_address (second);
  g_autoptr (GSocketClient) client = q_test_make_client ();
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  assert_ready (second, NULL, NULL, 20000);
  text = fetch (second);
  g_assert_nonnull (strstr (text, "this is the web server of the guest"));
  /* Who waits is told. */
  q_forward_wait_ready_async (second, "^SSH-", NULL, -1, NULL, q_test_store_result, &result);
  remove_forward (guest, second);
  g_assert_null (g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  g_clear_error (&error);
  q_test_await (&result);
  g_assert_false (q_forward_wait_ready_finish (second, result, &error));
  assert_error_has (&error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING, "closed meanwhile");
  assert_ready (web, NULL, NULL, 20000);
}

static void
cancel_cb (GCancellable *cancellable)
{
  g_cancellable_cancel (cancellable);
}

static void
test_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GThread) thread = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (q_forward_wait_ready (closed, NULL, NULL, 1, cancellable, &error));
  g_clear_error (&error);
  thread = g_thread_new ("cancel", (GThreadFunc)(void (*) (void))cancel_cb, cancellable);
  g_assert_false (q_forward_wait_ready (closed, NULL, NULL, -1, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (g_steal_pointer (&thread));
}

static void
test_killed (void)
{
  QForward *forwards[] = { web, closed };
  const char *patterns[] = { "^SSH-", NULL };
  GAsyncResult *results[2] = { NULL };

  for (guint i = 0; i < 2; i++)
    q_forward_wait_ready_async (forwards[i], patterns[i], NULL, -1, NULL, q_test_store_result,
                                &results[i]);
  kill (q_machine_get_pid (guest), SIGKILL);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      q_test_await (&results[i]);
      g_assert_false (q_forward_wait_ready_finish (forwards[i], results[i], &error));
      assert_error_has (&error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED, "killed by signal 9");
      g_object_unref (results[i]);
    }
  q_test_wait_until (NULL, q_machine_get_state (guest) == Q_MACHINE_STATE_STOPPED);
  g_assert_cmpuint (q_forward_get_host_port (web), ==, 0);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 1);
  g_clear_object (&web);
  g_clear_object (&closed);
  g_clear_object (&echo);
  q_test_assert_last_unref (guest);
}

static void
test_skip (void)
{
  g_test_skip ("there is no Linux guest");
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *path;
    GTestFunc func;
  } tests[] = {
    { "/forwards-guest/boot", test_boot },
    { "/forwards-guest/not-ready", test_not_ready },
    { "/forwards-guest/udp-not-ready", test_udp_not_ready },
    { "/forwards-guest/added", test_added },
    { "/forwards-guest/cancelled", test_cancelled },
    { "/forwards-guest/killed", test_killed },
  };
  const char *dir = g_getenv ("QMACHINE_TEST_GUEST");
  g_autofree char *initrd = g_build_filename (dir != NULL ? dir : "/nonexistent", "tests.gz", NULL);
  gboolean is_there = g_file_test (initrd, G_FILE_TEST_EXISTS);

  q_test_init (&argc, &argv);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add_func (tests[i].path, is_there ? tests[i].func : test_skip);

  return g_test_run ();
}
