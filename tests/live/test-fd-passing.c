/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Descriptors on the monitor. */

#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "q-test-util.h"

static char *
link_of_fd (QMachine *machine, gint64 number)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/fd/%" G_GINT64_FORMAT,
                                           q_machine_get_pid (machine), number);

  return g_file_read_link (path, NULL);
}

static void
test_send_fd (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "sent", NULL);
  g_autoptr (JsonNode) fdset = json_from_string ("{\"fdset-id\":7}", NULL);
  g_autoptr (JsonNode) added = NULL;
  g_autoptr (GAsyncResult) stored = NULL;
  g_autofree char *link = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  g_assert_true (g_file_set_contents (path, "x", -1, NULL));
  g_assert_true (q_machine_launch (machine, NULL, NULL));

  g_assert_true (q_machine_send_fd (machine, fd, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (q_machine_send_fd (machine, fd, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_BUSY);
  g_clear_error (&error);
  text = q_machine_command_json (machine, "getfd", "{\"fdname\":\"null\"}", Q_TIMEOUT_DEFAULT, NULL,
                                 &error);
  g_assert_no_error (error);

  q_machine_send_file_async (machine, path, NULL, q_test_store_result, &stored);
  g_assert_true (q_machine_send_file_finish (machine, q_test_await (&stored), &error));
  g_assert_no_error (error);
  added = q_machine_command (machine, "add-fd", fdset, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  link = link_of_fd (machine, json_object_get_int_member (json_node_get_object (added), "fd"));
  g_assert_cmpstr (link, ==, path);

  g_assert_false (q_machine_send_fd (machine, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);
  g_assert_false (q_machine_send_file (machine, "/no/such/file", NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_assert_nonnull (strstr (error->message, "/no/such/file"));

  close (fd);
  g_unlink (path);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
}

/* Over TCP there is no way: said at once, and nothing is lost. */
static void
test_send_fd_over_tcp (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_object_set (machine, "monitor-address", address, NULL);
  g_assert_true (q_machine_launch (machine, NULL, NULL));
  g_assert_false (q_machine_send_fd (machine, 1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_assert_nonnull (strstr (error->message, "Unix socket"));
  g_clear_error (&error);
  g_assert_null (
    q_machine_command_with_fd (machine, "getfd", NULL, 1, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  text = q_machine_command_json (machine, "query-name", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL);
  g_assert_cmpstr (text, ==, "{}");
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
}

typedef struct
{
  GAsyncResult *result;
  gboolean with_fd;
} Piece;

/* QEMU itself opens wrong files when descriptors are sent without waiting for the answers; here
 * everything is asked for at once, and the order is the library's care. */
static void
test_many_fds (gconstpointer data)
{
  const guint n_pieces = 1000;
  gboolean out_of_band = GPOINTER_TO_INT (data);
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "fds", NULL);
  g_autofree char *chardev = g_strdup_printf ("socket,id=second,path=%s,server=on,wait=off", path);
  const char *const args[] = { "-chardev", chardev, "-qmp", "chardev:second", NULL };
  g_autoptr (QMonitor) monitor = g_object_new (Q_TYPE_MONITOR, "out-of-band", out_of_band, NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autofree Piece *pieces = g_new0 (Piece, n_pieces);
  g_autoptr (GRand) random = g_rand_new_with_seed (20180101);
  g_autoptr (GError) error = NULL;

  q_machine_add_args (machine, args);
  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (q_monitor_attach (monitor, address, NULL, &error));
  g_assert_no_error (error);

  for (guint i = 0; i < n_pieces; i++)
    {
      g_autofree char *name = g_strdup_printf ("piece-%u", i);
      g_autofree char *text = g_strdup_printf ("{\"fdset-id\":%u}", i);
      g_autoptr (JsonNode) arguments = json_from_string (text, NULL);
      int fd;

      pieces[i].with_fd = g_rand_boolean (random);
      if (!pieces[i].with_fd)
        {
          q_monitor_command_async (monitor, "query-name", NULL, Q_MONITOR_FLAGS_NONE,
                                   Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &pieces[i].result);
          continue;
        }

      fd = memfd_create (name, MFD_CLOEXEC);
      q_monitor_command_with_fd_async (monitor, "add-fd", arguments, fd, Q_TIMEOUT_DEFAULT, NULL,
                                       q_test_store_result, &pieces[i].result);
      close (fd);
    }

  for (guint i = 0; i < n_pieces; i++)
    {
      g_autoptr (GAsyncResult) result = q_test_await (&pieces[i].result);
      g_autoptr (JsonNode) node = NULL;
      g_autofree char *expected = g_strdup_printf ("/memfd:piece-%u (deleted)", i);
      g_autofree char *link = NULL;
      JsonObject *object;

      if (!pieces[i].with_fd)
        {
          node = q_monitor_command_finish (monitor, result, &error);
          g_assert_no_error (error);
          continue;
        }

      node = q_monitor_command_with_fd_finish (monitor, result, &error);
      g_assert_no_error (error);
      object = json_node_get_object (node);
      g_assert_cmpint (json_object_get_int_member (object, "fdset-id"), ==, i);
      link = link_of_fd (machine, json_object_get_int_member (object, "fd"));
      g_assert_cmpstr (link, ==, expected);
    }

  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
}

/* A descriptor that the kernel does not pass on is one call's error and nobody else's. */
static void
test_fd_refused (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (JsonNode) name = json_from_string ("{\"fdname\": \"ring\"}", NULL);
  g_autoptr (JsonNode) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  struct io_uring_params parameters = { 0 };
  int ring = (int)syscall (SYS_io_uring_setup, 4, &parameters);

  if (ring < 0)
    {
      g_test_skip ("this kernel makes no descriptor that it would not pass");
      return;
    }

  q_test_launch (machine);
  result
    = q_machine_command_with_fd (machine, "getfd", name, ring, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_null (result);
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_assert_nonnull (strstr (error->message, "getfd"));
  g_clear_error (&error);
  g_assert_false (q_machine_send_fd (machine, ring, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);

  result = q_machine_command_with_fd (machine, "getfd", name, STDIN_FILENO, Q_TIMEOUT_DEFAULT, NULL,
                                      &error);
  g_assert_no_error (error);
  text = q_machine_command_json (machine, "closefd", "{\"fdname\": \"ring\"}", Q_TIMEOUT_DEFAULT,
                                 NULL, &error);
  g_assert_cmpstr (text, ==, "{}");
  close (ring);
  q_test_shutdown (machine);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  g_test_add_func ("/fd-passing/refused", test_fd_refused);
  g_test_add_func ("/fd-passing/send", test_send_fd);
  g_test_add_func ("/fd-passing/over-tcp", test_send_fd_over_tcp);
  g_test_add_data_func ("/fd-passing/many", GINT_TO_POINTER (FALSE), test_many_fds);
  g_test_add_data_func ("/fd-passing/many-out-of-band", GINT_TO_POINTER (TRUE), test_many_fds);

  return g_test_run ();
}
