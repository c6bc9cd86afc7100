/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Launches that fail: bad settings, real QEMU with bad options, and a binary that breaks every
 * rule. Each time: the right error, nothing left, and the same object can be launched again. */

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "q-test-util.h"

/* Takes over the machine. */
static void
assert_launch_fails (QTestFixture *fixture, QMachine *machine, GQuark domain, int code,
                     const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) async_error = NULL;
  g_autoptr (GAsyncResult) launched = NULL;
  static const char *const good_args[] = { "-machine", "none", NULL };

  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, domain, code);
  if (text != NULL && strstr (error->message, text) == NULL)
    g_error ("\"%s\" is not in: %s", text, error->message);
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
  g_assert_cmpint (q_machine_get_pid (machine), ==, 0);
  q_test_assert_resources (&fixture->before);

  q_machine_launch_async (machine, NULL, q_test_store_result, &launched);
  g_assert_false (q_machine_launch_finish (machine, q_test_await (&launched), &async_error));
  g_assert_error (async_error, domain, code);
  g_clear_object (&launched);
  q_test_assert_resources (&fixture->before);

  /* The same object, with better settings. */
  g_clear_error (&error);
  g_object_set (machine, "binary", "qemu-system-x86_64", "args", good_args, "wrapper", NULL,
                "monitor-address", NULL, "monitor-mode", Q_MONITOR_MODE_INHERIT, "base-dir",
                q_test_get_base_dir (), "name", "better", "launch-timeout", 60000, NULL);
  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  q_test_assert_last_unref (machine);
}

/* -- settings -- */

static void
test_bad_settings (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *file = g_build_filename (q_test_get_base_dir (), "file", NULL);
  g_autofree char *dir = g_build_filename (q_test_get_base_dir (), "dir", NULL);
  g_autofree char *long_name = g_strnfill (120, 'n');
  const char *const daemonize[] = { "-machine", "none", "-daemonize", NULL };
  const char *const bad_wrapper[] = { "no-such-wrapper", "-x", NULL };
  const struct
  {
    const char *property;
    gconstpointer value;
    const char *text;
  } cases[] = {
    { "binary", NULL, "binary" },
    { "binary", "", "binary" },
    { "binary", "no-such-qemu", "no-such-qemu" },
    { "binary", "/no/such/qemu", "/no/such/qemu" },
    { "binary", file, "not executable" },
    { "binary", dir, "directory" },
    { "wrapper", bad_wrapper, "no-such-wrapper" },
    { "args", daemonize, "-daemonize" },
    { "name", "a/b", "a/b" },
    { "name", "", "name" },
    { "name", long_name, "107" },
    { "base-dir", "/no/such/dir", "/no/such/dir" },
    { "base-dir", file, "base-dir" },
  };

  g_assert_true (g_file_set_contents (file, "#!/bin/sh\n", -1, NULL));
  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  q_test_count_resources (&fixture->before);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      QMachine *machine = q_test_machine_none ();

      g_object_set (machine, cases[i].property, cases[i].value, NULL);
      assert_launch_fails (fixture, machine, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                           cases[i].text);
    }

  {
    QMachine *machine = q_test_machine_none ();

    g_object_set (machine, "monitor-mode", Q_MONITOR_MODE_LISTEN, NULL);
    assert_launch_fails (fixture, machine, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                         "monitor-address");
  }
  g_unlink (file);
  g_rmdir (dir);
  q_test_count_resources (&fixture->before);
}

static void
test_address_in_use (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "taken", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  QMachine *machine = q_test_machine_none ();

  /* Whatever lies there is not ours to remove. */
  g_assert_true (g_file_set_contents (path, "precious", -1, NULL));
  q_test_count_resources (&fixture->before);
  g_object_set (machine, "monitor-address", address, NULL);
  assert_launch_fails (fixture, machine, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                       "monitor-address");
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  g_unlink (path);
}

/* -- real QEMU -- */

static void
test_bad_option (QTestFixture *fixture, gconstpointer data)
{
  static const char *const args[] = { "-machine", "none", "-no-such-option", NULL };
  QMachine *machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;
  g_autofree char *log = NULL;

  g_object_set (machine, "args", args, NULL);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  g_assert_nonnull (strstr (error->message, "exited with status 1"));
  g_assert_nonnull (strstr (error->message, "-no-such-option: invalid option"));
  g_assert_nonnull (strstr (error->message, "Command line: qemu-system-x86_64 -chardev"));
  g_assert_null (strstr (error->message, "reset by peer"));
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 1);
  log = q_machine_dup_log (machine);
  g_assert_nonnull (strstr (log, "invalid option"));

  assert_launch_fails (fixture, machine, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                       "invalid option");
}

/* -- a binary that breaks the rules -- */

typedef struct
{
  const char *name;
  const char *script;
  int launch_timeout;
  GQuark (*domain) (void);
  int code;
  const char *text;
} BadLaunch;

static const BadLaunch bad_launches[] = {
  { "exits", "exit 3", 60000, q_machine_error_quark, Q_MACHINE_ERROR_LAUNCH_FAILED,
    "exited with status 3" },
  { "older-than-2.12", "stderr -chardev socket,wait=on: Invalid parameter 'fd'; exit 1", 60000,
    q_machine_error_quark, Q_MACHINE_ERROR_LAUNCH_FAILED, "older than version 2.12" },
  { "exits-with-words", "stderr my last words; exit 1", 60000, q_machine_error_quark,
    Q_MACHINE_ERROR_LAUNCH_FAILED, "my last words" },
  { "exits-after-greeting", "greet; exit 0", 60000, q_machine_error_quark,
    Q_MACHINE_ERROR_LAUNCH_FAILED, "exited with status 0" },
  { "exits-in-negotiation", "greet; expect qmp_capabilities; exit 4", 60000, q_machine_error_quark,
    Q_MACHINE_ERROR_LAUNCH_FAILED, "exited with status 4" },
  { "exits-after-negotiation", "negotiate; exit 5", 60000, q_machine_error_quark,
    Q_MACHINE_ERROR_LAUNCH_FAILED, "exited with status 5" },
  { "killed", "greet; kill SEGV", 60000, q_machine_error_quark, Q_MACHINE_ERROR_LAUNCH_FAILED,
    "signal 11" },
  { "never-greets", "stderr I sleep; stall", 150, g_io_error_quark, G_IO_ERROR_TIMED_OUT,
    "I sleep" },
  { "deaf", "ignore-term; stall", 150, g_io_error_quark, G_IO_ERROR_TIMED_OUT, "150 ms" },
  { "never-answers", "greet; expect qmp_capabilities; stall", 150, g_io_error_quark,
    G_IO_ERROR_TIMED_OUT, NULL },
  { "never-tells-status", "negotiate; expect query-status; stall", 150, g_io_error_quark,
    G_IO_ERROR_TIMED_OUT, NULL },
  { "garbage", "send-line HTTP/1.1 400 Bad Request; stall", 60000, q_monitor_error_quark,
    Q_MONITOR_ERROR_PROTOCOL, "HTTP/1.1" },
  { "refuses", "greet; expect qmp_capabilities; error GenericError not today; stall", 60000,
    q_monitor_error_quark, Q_MONITOR_ERROR_NEGOTIATION, "not today" },
  { "closes-and-stays", "greet; close; delay 60000", 60000, q_machine_error_quark,
    Q_MACHINE_ERROR_LAUNCH_FAILED, "closed its monitor" },
};

static void
test_bad_launch (QTestFixture *fixture, gconstpointer data)
{
  const BadLaunch *bad = data;
  QMachine *machine = q_test_machine_mock (bad->script);

  g_object_set (machine, "launch-timeout", bad->launch_timeout, NULL);
  assert_launch_fails (fixture, machine, bad->domain (), bad->code, bad->text);
}

/* A grandchild that keeps the monitor and the log open must not delay the end for long. */
static void
test_holder (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("negotiate; spawn-holder 20; expect query-status; "
                           "reply {\"status\":\"running\"}; expect quit; reply; exit 0");
  g_autoptr (GError) error = NULL;
  gint64 begin;

  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);
  begin = g_get_monotonic_time ();
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 15 * G_USEC_PER_SEC);
  q_test_assert_last_unref (machine);
}

static void
test_unknown_run_state (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("negotiate; expect query-status; "
                           "reply {\"status\":\"levitating\",\"running\":true}; serve; exit 0");
  g_autofree char *name = NULL;

  g_assert_true (q_machine_launch (machine, NULL, NULL));
  g_assert_cmpint (q_machine_get_run_state (machine), ==, Q_RUN_STATE_UNKNOWN);
  name = q_machine_dup_run_state_name (machine);
  g_assert_cmpstr (name, ==, "levitating");
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
}

/* Something that speaks QMP and knows nothing of guests, such as a storage daemon. */
static void
test_no_query_status (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("negotiate; expect query-status; error CommandNotFound no; serve; "
                           "exit 0");
  g_autoptr (GError) error = NULL;

  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (q_machine_get_run_state (machine), ==, Q_RUN_STATE_UNKNOWN);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
}

/* -- the ways down the ladder -- */

static void
test_quit_refused (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("exit-on-term 0; negotiate; expect query-status; reply {}; "
                           "expect quit; error GenericError no; stall");
  g_autoptr (GError) error = NULL;

  g_assert_true (q_machine_launch (machine, NULL, NULL));
  g_assert_false (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
}

static void
test_quit_ignored (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("exit-on-term 7; negotiate; expect query-status; reply {}; "
                           "expect quit; stall");
  g_autoptr (GError) error = NULL;

  g_object_set (machine, "shutdown-timeout", 100, NULL);
  g_assert_true (q_machine_launch (machine, NULL, NULL));
  g_assert_false (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 7);
}

/* The session is broken, the process is not: SIGTERM is the way to ask that is left. */
static void
test_broken_session (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("exit-on-term 0; negotiate; expect query-status; reply {}; "
                           "expect a; send-line nonsense; delay 60000");
  g_autoptr (GError) error = NULL;

  g_assert_true (q_machine_launch (machine, NULL, NULL));
  g_assert_null (q_machine_command (machine, "a", NULL, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_PROTOCOL);
  g_assert_true (q_machine_is_running (machine));
  g_clear_error (&error);

  g_assert_null (q_machine_command (machine, "b", NULL, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
}

static void
test_dies_while_stopping (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("negotiate; expect query-status; reply {}; expect quit; kill ABRT");
  g_autoptr (GError) error = NULL;

  g_assert_true (q_machine_launch (machine, NULL, NULL));
  g_assert_false (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN);
  g_assert_nonnull (strstr (error->message, "signal 6"));
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 1);
}

static void
test_only_wanted_descriptors (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("print-fds; negotiate; expect query-status; reply {}; serve; exit 0");
  g_autofree char *log = NULL;
  int pipe_fds[2];

  /* Like a program that never heard of close-on-exec. */
  g_assert_cmpint (pipe (pipe_fds), ==, 0);
  g_assert_true (q_machine_launch (machine, NULL, NULL));
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
  close (pipe_fds[0]);
  close (pipe_fds[1]);
  log = q_machine_dup_log (machine);
  g_assert_cmpstr (log, ==, "fds: 0 1 2 300\n");
}

static void
count_exited (QMachine *machine, gpointer data)
{
  ++*(guint *)data;
}

/* Of a program that launches without end and never turns its context, the first ends are kept and
 * no more. */
static void
test_exited_is_bounded (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  guint n_exited = 0;

  g_object_set (machine, "binary", "true", "args", NULL, "monitor-mode", Q_MONITOR_MODE_NONE, NULL);
  g_signal_connect (machine, "exited", G_CALLBACK (count_exited), &n_exited);
  for (guint i = 0; i < 80; i++)
    {
      g_autoptr (GError) error = NULL;

      q_test_launch (machine);
      g_assert_true (q_machine_wait (machine, -1, NULL, &error));
      g_assert_no_error (error);
    }
  g_assert_cmpuint (n_exited, ==, 0);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (n_exited, ==, 64);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

#define ADD(path, func)                                                                            \
  g_test_add ("/launch/" path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)

  ADD ("bad-settings", test_bad_settings);
  ADD ("address-in-use", test_address_in_use);
  ADD ("bad-option", test_bad_option);
  for (gsize i = 0; i < G_N_ELEMENTS (bad_launches); i++)
    {
      g_autofree char *path = g_strconcat ("/launch/bad/", bad_launches[i].name, NULL);

      g_test_add (path, QTestFixture, &bad_launches[i], q_test_set_up, test_bad_launch,
                  q_test_tear_down);
    }
  ADD ("holder", test_holder);
  ADD ("unknown-run-state", test_unknown_run_state);
  ADD ("no-query-status", test_no_query_status);
  ADD ("quit-refused", test_quit_refused);
  ADD ("quit-ignored", test_quit_ignored);
  ADD ("broken-session", test_broken_session);
  ADD ("dies-while-stopping", test_dies_while_stopping);
  ADD ("only-wanted-descriptors", test_only_wanted_descriptors);
  ADD ("exited-is-bounded", test_exited_is_bounded);

  return g_test_run ();
}
