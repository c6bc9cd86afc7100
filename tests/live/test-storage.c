/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* qemu-storage-daemon: owned as a machine of its own kind, and attached to by its monitor. */

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

#include "q-test-util.h"

static QMachine *
new_daemon (void)
{
  return g_object_new (Q_TYPE_MACHINE, "binary", "qemu-storage-daemon", "kind",
                       Q_MACHINE_KIND_STORAGE_DAEMON, "base-dir", q_test_get_base_dir (), NULL);
}

/* One way to say it for a daemon that is owned and for one that is attached to. */
typedef struct
{
  QMachine *machine;
  QMonitor *monitor;
} Daemon;

static char *command (Daemon *daemon, const char *name, const char *format, ...)
  G_GNUC_PRINTF (3, 4);

static char *
command (Daemon *daemon, const char *name, const char *format, ...)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *arguments = NULL;
  char *result;
  va_list args;

  va_start (args, format);
  arguments = g_strdup_vprintf (format, args);
  va_end (args);
  if (daemon->machine != NULL)
    result
      = q_machine_command_json (daemon->machine, name, arguments, Q_TIMEOUT_DEFAULT, NULL, &error);
  else
    result = q_monitor_command_json (daemon->monitor, name, arguments, Q_MONITOR_FLAGS_NONE,
                                     Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  return result;
}

static void
command_quietly (Daemon *daemon, const char *name, const char *arguments)
{
  g_autofree char *result = command (daemon, name, "%s", arguments);

  g_assert_cmpstr (result, ==, "{}");
}

/* A job of the daemon, from its start to its dismissal. */
static void
run_create_job (Daemon *daemon, const char *options)
{
  const char *names[] = { "JOB_STATUS_CHANGE", NULL };
  g_autoptr (JsonNode) match
    = json_from_string ("{\"id\": \"create\", \"status\": \"concluded\"}", NULL);
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *started
    = command (daemon, "blockdev-create", "{\"job-id\": \"create\", \"options\": %s}", options);
  g_autofree char *jobs = NULL;

  g_assert_cmpstr (started, ==, "{}");
  if (daemon->machine != NULL)
    event = q_machine_wait_event (daemon->machine, names, match, Q_TEST_DEADLINE_MS, NULL, &error);
  else
    event = q_monitor_wait_event (daemon->monitor, names, match, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (event);

  jobs = command (daemon, "query-jobs", "{}");
  g_assert_null (strstr (jobs, "\"error\""));
  command_quietly (daemon, "job-dismiss", "{\"id\": \"create\"}");
}

/* What another program sees at the other end. */
static void
run_qemu_io (const char *nbd_path, const char *io_command)
{
  g_autofree char *uri = g_strdup_printf ("nbd+unix:///disk?socket=%s", nbd_path);
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) qemu_io
    = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, &error,
                        "qemu-io", "-f", "raw", "-c", io_command, uri, NULL);

  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (qemu_io, NULL, NULL, &output, NULL, &error));
  g_assert_no_error (error);
  g_test_message ("qemu-io: %s", output);
  g_assert_true (g_subprocess_get_successful (qemu_io));
  g_assert_null (strstr (output, "failed"));
  g_assert_nonnull (strstr (output, "1048576/1048576 bytes"));
}

static void
remove_file (const char *path)
{
  g_assert_cmpint (g_unlink (path), ==, 0);
}

/* A qcow2 image is made, exported, written and read back by somebody else. */
static void
serve_an_image (Daemon *daemon)
{
  g_autofree char *image = g_build_filename (q_test_get_base_dir (), "disk.qcow2", NULL);
  g_autofree char *nbd = g_build_filename (q_test_get_base_dir (), "nbd.sock", NULL);
  g_autofree char *create_file
    = g_strdup_printf ("{\"driver\": \"file\", \"filename\": \"%s\", \"size\": 0}", image);
  g_autofree char *added_file = NULL;
  g_autofree char *added_disk = NULL;
  g_autofree char *server = NULL;
  g_autofree char *info = NULL;

  run_create_job (daemon, create_file);
  added_file
    = command (daemon, "blockdev-add",
               "{\"driver\": \"file\", \"node-name\": \"file\", \"filename\": \"%s\"}", image);
  g_assert_cmpstr (added_file, ==, "{}");
  run_create_job (daemon, "{\"driver\": \"qcow2\", \"file\": \"file\", \"size\": 8388608}");
  added_disk = command (daemon, "blockdev-add",
                        "{\"driver\": \"qcow2\", \"node-name\": \"disk\", "
                        "\"file\": \"file\"}");
  g_assert_cmpstr (added_disk, ==, "{}");
  server = command (daemon, "nbd-server-start",
                    "{\"addr\": {\"type\": \"unix\", \"data\": {\"path\": \"%s\"}}}", nbd);
  g_assert_cmpstr (server, ==, "{}");
  command_quietly (daemon, "block-export-add",
                   "{\"type\": \"nbd\", \"id\": \"export\", \"node-name\": \"disk\", "
                   "\"writable\": true}");

  run_qemu_io (nbd, "write -P 0xa5 1M 1M");
  run_qemu_io (nbd, "read -P 0xa5 1M 1M");
  run_qemu_io (nbd, "read -P 0 2M 1M");

  info = command (daemon, "query-named-block-nodes", "{\"flat\": true}");
  g_assert_nonnull (strstr (info, "qcow2"));
  command_quietly (daemon, "nbd-server-stop", "{}");
  remove_file (image);
}

static void
test_owned (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_daemon ();
  Daemon daemon = { .machine = machine };
  g_autofree char *log = NULL;

  q_test_launch (machine);
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_RUNNING);
  g_assert_cmpint (q_machine_get_run_state (machine), ==, Q_RUN_STATE_UNKNOWN);
  serve_an_image (&daemon);
  q_test_shutdown (machine);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
  log = q_machine_dup_log (machine);
  g_assert_cmpstr (log, ==, "");

  /* Its own option style in its arguments, too, and a second life. */
  g_object_set (machine, "args",
                (const char *[]){ "--blockdev", "null-co,node-name=null,size=1048576", NULL },
                NULL);
  q_test_launch (machine);
  log = (g_free (log), command (&daemon, "query-named-block-nodes", "{}"));
  g_assert_nonnull (strstr (log, "\"null\""));
  q_test_shutdown (machine);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
}

static void
test_attached (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "daemon.monitor", NULL);
  g_autofree char *chardev = g_strdup_printf ("socket,id=mon,path=%s,server=on,wait=off", path);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  Daemon daemon = { .monitor = monitor };

  process = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "qemu-storage-daemon", "--chardev",
                              chardev, "--monitor", "chardev=mon", NULL);
  g_assert_no_error (error);
  g_object_set (monitor, "attach-retry", TRUE, NULL);
  q_monitor_attach (monitor, address, NULL, &error);
  g_assert_no_error (error);
  serve_an_image (&daemon);
  command_quietly (&daemon, "quit", "{}");
  g_assert_true (g_subprocess_wait_check (process, NULL, &error));
  g_assert_no_error (error);
}

/* The same stops as for any machine. */
static void
test_stops (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_daemon ();
  g_autoptr (GError) error = NULL;
  gint64 pid;

  q_test_launch (machine);
  g_assert_true (q_machine_kill (machine, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, -9);

  q_test_launch (machine);
  pid = q_machine_get_pid (machine);
  q_test_assert_last_unref (machine);
  g_assert_false (q_test_process_exists (pid));
}

static void
test_listen (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "own.monitor", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMachine) machine = new_daemon ();
  Daemon daemon = { .machine = machine };
  g_autofree char *version = NULL;

  g_object_set (machine, "monitor-mode", Q_MONITOR_MODE_LISTEN, "monitor-address", address, NULL);
  q_test_launch (machine);
  version = command (&daemon, "query-version", "{}");
  g_assert_nonnull (strstr (version, "qemu"));
  q_test_shutdown (machine);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
}

static void
assert_refused (QMachine *machine, const char *setting)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, setting));
}

static void
test_refused (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) typed = new_daemon ();
  g_autoptr (QMachine) with_console = new_daemon ();
  g_autoptr (QMachine) with_qtest = new_daemon ();
  g_autoptr (QMachine) with_telnet = new_daemon ();
  g_autoptr (QMachine) bad = new_daemon ();
  g_autoptr (GError) error = NULL;

  g_object_set (typed, "machine-type", "q35", NULL);
  assert_refused (typed, "machine-type");
  q_machine_add_console (with_console, NULL, NULL, NULL);
  assert_refused (with_console, "add_console");
  g_object_set (with_qtest, "enable-qtest", TRUE, NULL);
  assert_refused (with_qtest, "enable-qtest");
  g_assert_true (q_machine_add_monitor_telnet (with_telnet, "127.0.0.1", 1, NULL));
  assert_refused (with_telnet, "add_monitor_telnet");

  g_object_set (bad, "args", (const char *[]){ "--blockdev", "no-such-driver", NULL }, NULL);
  g_assert_false (q_machine_launch (bad, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  g_assert_nonnull (strstr (error->message, "no-such-driver"));
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

#define ADD(path, func)                                                                            \
  g_test_add ("/storage-daemon/" path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)
  ADD ("owned", test_owned);
  ADD ("attached", test_attached);
  ADD ("stops", test_stops);
  ADD ("listen", test_listen);
  ADD ("refused", test_refused);

  return g_test_run ();
}
