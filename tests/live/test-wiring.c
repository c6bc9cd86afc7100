/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a machine is wired to besides its monitor: human monitors, descriptors, wrappers, logs. */

#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "q-test-util.h"

static void
test_add_monitor_telnet (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GSocketClient) client = g_socket_client_new ();
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

/* -- descriptors on the monitor -- */

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

/* The texts of whole replies: both kinds, by machine and by monitor. */
static void
assert_whole_replies (const char *good, const char *bad)
{
  g_assert_cmpstr (good, ==, "{\"return\": {}}");
  g_assert_cmpstr (bad, ==,
                   "{\"error\": {\"class\": \"CommandNotFound\", "
                   "\"desc\": \"The command no-such has not been found\"}}");
}

static void
test_qmp_json (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMonitor) monitor = NULL;
  g_autoptr (GError) error = NULL;
  GAsyncResult *results[4] = { NULL };
  char *texts[8] = { NULL };

  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);
  monitor = q_machine_dup_monitor (machine);

  texts[0] = q_machine_qmp_json (machine, "stop", "{}", Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  texts[1] = q_machine_qmp_json (machine, "no-such", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  texts[2] = q_monitor_qmp_json (monitor, "cont", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT,
                                 NULL, &error);
  g_assert_no_error (error);
  texts[3] = q_monitor_qmp_json (monitor, "no-such", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT,
                                 NULL, &error);
  g_assert_no_error (error);

  q_machine_qmp_json_async (machine, "stop", NULL, Q_TIMEOUT_DEFAULT, NULL, q_test_store_result,
                            &results[0]);
  q_machine_qmp_json_async (machine, "no-such", NULL, Q_TIMEOUT_DEFAULT, NULL, q_test_store_result,
                            &results[1]);
  q_monitor_qmp_json_async (monitor, "cont", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT, NULL,
                            q_test_store_result, &results[2]);
  q_monitor_qmp_json_async (monitor, "no-such", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT, NULL,
                            q_test_store_result, &results[3]);
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (GAsyncResult) result = q_test_await (&results[i]);

      texts[4 + i] = i < 2 ? q_machine_qmp_json_finish (machine, result, &error)
                           : q_monitor_qmp_json_finish (monitor, result, &error);
      g_assert_no_error (error);
    }

  for (guint i = 0; i < 8; i += 2)
    assert_whole_replies (texts[i], texts[i + 1]);
  for (guint i = 0; i < 8; i++)
    g_free (texts[i]);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);

  texts[0] = q_machine_qmp_json (machine, "stop", "{}", Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_null (texts[0]);
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
}

/* -- what a launch makes, and where -- */

static void
test_settings (void)
{
  g_autoptr (QMachine) machine = q_machine_new ("qemu-system-x86_64");
  g_autofree char *base = g_build_filename (q_test_get_base_dir (), "a, base=dir", NULL);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) command_line = NULL;
  const char *path;

  g_assert_cmpint (g_mkdir (base, 0700), ==, 0);
  g_object_set (machine, "machine-type", "none", "name", "my, name", "base-dir", base, "args",
                (const char *[]){ "-accel", "tcg", NULL }, NULL);
  q_machine_add_args (machine, (const char *[]){ "-name", "first", NULL });
  q_machine_add_args (machine, (const char *[]){ "-S", NULL });
  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);

  text = q_machine_command_json (machine, "query-name", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_cmpstr (text, ==, "{\"name\": \"first\"}");
  g_assert_cmpint (q_machine_get_run_state (machine), ==, Q_RUN_STATE_PRELAUNCH);

  command_line = q_machine_dup_command_line (machine);
  g_assert_true (g_strv_contains ((const char *const *)command_line, "none"));
  g_assert_cmpstr (command_line[g_strv_length (command_line) - 1], ==, "-S");

  address = q_machine_dup_listen_address (machine);
  path = g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (address));
  g_assert_true (g_str_has_prefix (path, base));
  g_assert_true (g_str_has_suffix (path, "/my, name.monitor"));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));

  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  /* Empty again. */
  g_assert_cmpint (g_rmdir (base), ==, 0);
}

static void
assert_file_has (const char *path, const char *text)
{
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &content, NULL, &error);
  g_assert_no_error (error);
  if (strstr (content, text) == NULL)
    g_error ("no \"%s\" in: %s", text, content);
}

/* The log is a file of the user's, anew with each launch, and stays. */
static void
test_log_path (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "kept.log", NULL);
  g_autofree char *link = g_build_filename (q_test_get_base_dir (), "link.log", NULL);
  g_autofree char *log = NULL;
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  GStatBuf info;

  g_object_set (machine, "log-path", path, NULL);
  q_machine_add_args (machine, (const char *[]){ "-trace", "qmp_job_*", "-no-such", NULL });
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  g_clear_error (&error);
  assert_file_has (path, "-no-such: invalid option");
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);

  g_object_set (machine, "args",
                (const char *[]){ "-machine", "none", "-accel", "tcg", "-msg", "timestamp=on",
                                  "-trace", "monitor_qmp_cmd_in_band", NULL },
                NULL);
  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);

  log = q_machine_dup_log (machine);
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_nonnull (strstr (log, "monitor_qmp_cmd_in_band"));
  g_assert_null (strstr (content, "-no-such"));
  g_assert_true (g_str_has_suffix (content, log));
  g_assert_cmpint (g_unlink (path), ==, 0);

  /* What is there and is no file to write to is left alone. */
  g_assert_cmpint (symlink (path, link), ==, 0);
  g_object_set (machine, "log-path", link, NULL);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "link.log"));
  g_clear_error (&error);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_unlink (link), ==, 0);

  g_object_set (machine, "log-path", "/dev/null", NULL);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "no regular file"));
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  g_test_add_func ("/wiring/add-monitor-telnet", test_add_monitor_telnet);
  g_test_add_func ("/wiring/add-monitor-telnet-bad", test_add_monitor_telnet_bad);
  g_test_add_func ("/wiring/human-command", test_human_command);
  g_test_add_func ("/wiring/settings", test_settings);
  g_test_add_func ("/wiring/log-path", test_log_path);
  g_test_add_func ("/wiring/qmp-json", test_qmp_json);
  g_test_add_func ("/wiring/fd-refused", test_fd_refused);
  g_test_add_func ("/wiring/send-fd", test_send_fd);
  g_test_add_func ("/wiring/send-fd-over-tcp", test_send_fd_over_tcp);
  g_test_add_data_func ("/wiring/many-fds", GINT_TO_POINTER (FALSE), test_many_fds);
  g_test_add_data_func ("/wiring/many-fds-out-of-band", GINT_TO_POINTER (TRUE), test_many_fds);

  return g_test_run ();
}
