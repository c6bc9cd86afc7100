/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Commands out of band, on a QEMU whose main loop is blocked: a block device that reads its
 * settings from a named pipe ends only when the pipe does. */

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "q-test-util.h"

typedef struct
{
  QTestFixture base;
  QMachine *machine;
  QMonitor *monitor; /* a second one */
  char *fifo;
  GAsyncResult *blocked; /* of the command that blocks, or NULL */
  int fd;                /* the pipe's writing end: as long as it is open QEMU reads */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autofree char *chardev = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;

  q_test_set_up (&fixture->base, NULL);
  path = g_build_filename (q_test_get_base_dir (), "second", NULL);
  chardev = g_strdup_printf ("socket,id=second,path=%s,server=on,wait=off", path);
  address = g_unix_socket_address_new (path);
  fixture->fifo = g_build_filename (q_test_get_base_dir (), "fifo", NULL);
  fixture->fd = -1;
  g_assert_cmpint (mkfifo (fixture->fifo, 0600), ==, 0);

  fixture->machine = q_test_machine_none ();
  q_machine_add_args (fixture->machine,
                      (const char *const[]){ "-chardev", chardev, "-qmp", "chardev:second", NULL });
  q_test_launch (fixture->machine);
  fixture->monitor = g_object_new (Q_TYPE_MONITOR, "out-of-band", TRUE, NULL);
  g_assert_true (q_monitor_attach (fixture->monitor, address, NULL, &error));
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  q_test_shutdown (fixture->machine);
  g_assert_true (q_monitor_close (fixture->monitor, NULL, &error));
  g_assert_no_error (error);
  g_clear_object (&fixture->blocked);
  q_test_assert_last_unref (fixture->monitor);
  q_test_assert_last_unref (fixture->machine);
  g_unlink (fixture->fifo);
  g_free (fixture->fifo);
  q_test_tear_down (&fixture->base, NULL);
}

/* When it returns, QEMU is in the middle of the command. */
static void
block (Fixture *fixture)
{
  g_autofree char *arguments
    = g_strdup_printf ("{\"driver\":\"blkdebug\",\"node-name\":\"n0\",\"config\":\"%s\","
                       "\"image\":{\"driver\":\"null-co\"}}",
                       fixture->fifo);

  q_monitor_command_json_async (fixture->monitor, "blockdev-add", arguments, Q_MONITOR_FLAGS_NONE,
                                Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &fixture->blocked);
  /* There is no writing to a pipe that nobody reads. */
  q_test_wait_until (NULL,
                     (fixture->fd = open (fixture->fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) >= 0);
}

static void
release (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_assert_null (fixture->blocked);
  g_assert_cmpint (close (fixture->fd), ==, 0);
  text = q_monitor_command_json_finish (fixture->monitor, q_test_await (&fixture->blocked), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "{}");
}

/* Not by a blocking call, which has no deadline: it would wait as long as QEMU is blocked. */
static char *
execute_out_of_band (Fixture *fixture, const char *name, const char *arguments)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char *text;

  q_monitor_command_json_async (fixture->monitor, name, arguments, Q_MONITOR_FLAGS_OUT_OF_BAND,
                                Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &result);
  text = q_monitor_command_json_finish (fixture->monitor, q_test_await (&result), &error);
  g_assert_no_error (error);
  return text;
}

static void
assert_overtakes (Fixture *fixture)
{
  g_autofree char *text = execute_out_of_band (fixture, "query-yank", NULL);

  g_assert_nonnull (strstr (text, "\"second\""));
  /* What is blocked still is. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_null (fixture->blocked);
}

static void
test_overtakes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) waits = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  block (fixture);
  q_monitor_command_json_async (fixture->monitor, "query-name", NULL, Q_MONITOR_FLAGS_NONE,
                                Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &waits);
  for (guint i = 0; i < 20; i++)
    assert_overtakes (fixture);
  g_assert_null (waits);

  release (fixture);
  text = q_monitor_command_json_finish (fixture->monitor, q_test_await (&waits), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "{}");
}

/* -- many behind it -- */

#define N_COMMANDS 1000

typedef struct
{
  guint n_replies;
  guint n_wrong;
} Replies;

static void
note_reply (GObject *source, GAsyncResult *result, gpointer data)
{
  Replies *replies = data;
  g_autofree char *text = q_monitor_command_json_finish (Q_MONITOR (source), result, NULL);
  g_autofree char *expected = g_strdup_printf ("\"%u\\r\\n\"", replies->n_replies++);

  if (g_strcmp0 (text, expected) != 0)
    replies->n_wrong++;
}

static void
test_overtakes_a_thousand (Fixture *fixture, gconstpointer data)
{
  Replies replies = { 0, 0 };

  block (fixture);
  for (guint i = 0; i < N_COMMANDS; i++)
    {
      g_autofree char *arguments = g_strdup_printf ("{\"command-line\":\"print /d %u\"}", i);

      q_monitor_command_json_async (fixture->monitor, "human-monitor-command", arguments,
                                    Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT, NULL, note_reply,
                                    &replies);
    }
  for (guint i = 0; i < 20; i++)
    assert_overtakes (fixture);
  g_assert_cmpuint (replies.n_replies, ==, 0);

  release (fixture);
  /* And while they are being answered. */
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *text = execute_out_of_band (fixture, "query-yank", NULL);

      g_assert_nonnull (text);
    }
  q_test_wait_until (NULL, replies.n_replies == N_COMMANDS);
  g_assert_cmpuint (replies.n_wrong, ==, 0);
}

/* -- what it is for -- */

static void
command (QMachine *machine, const char *name, const char *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text
    = q_machine_command_json (machine, name, arguments, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "{}");
}

/* A second QEMU that gives an empty disk to the first one. */
static QMachine *
launch_nbd_server (const char *path)
{
  QMachine *server = q_test_machine_none ();
  g_autofree char *arguments
    = g_strdup_printf ("{\"addr\":{\"type\":\"unix\",\"data\":{\"path\":\"%s\"}}}", path);

  q_test_launch (server);
  command (server, "blockdev-add", "{\"driver\":\"null-co\",\"node-name\":\"empty\"}");
  command (server, "nbd-server-start", arguments);
  command (server, "block-export-add",
           "{\"type\":\"nbd\",\"id\":\"export\",\"node-name\":\"empty\"}");

  return server;
}

/* Until the machine's own monitor, which has no commands out of band, is not answered any more. */
static void
wait_for_silence (Fixture *fixture)
{
  gint64 deadline = g_get_monotonic_time () + Q_TEST_DEADLINE_MS * 1000LL;
  g_autoptr (GError) error = NULL;

  g_object_set (fixture->machine, "command-timeout", 300, NULL);
  while (error == NULL)
    {
      g_free (q_machine_command_json (fixture->machine, "query-name", NULL, Q_TIMEOUT_DEFAULT, NULL,
                                      &error));
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    }
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_object_set (fixture->machine, "command-timeout", -1, NULL);
}

/* The server of a disk hangs, and with it all of QEMU: `yank` cuts the connection, which nothing
 * in band could. */
static void
test_yank (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "nbd", NULL);
  g_autofree char *arguments
    = g_strdup_printf ("{\"driver\":\"nbd\",\"node-name\":\"n1\",\"export\":\"empty\","
                       "\"read-only\":true,"
                       "\"server\":{\"type\":\"unix\",\"path\":\"%s\"}}",
                       path);
  g_autoptr (QMachine) server = launch_nbd_server (path);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  command (fixture->machine, "blockdev-add", arguments);
  g_assert_cmpint (kill ((pid_t)q_machine_get_pid (server), SIGSTOP), ==, 0);
  q_monitor_command_json_async (fixture->monitor, "human-monitor-command",
                                "{\"command-line\":\"qemu-io n1 \\\"read 0 512\\\"\"}",
                                Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT, NULL, q_test_store_result,
                                &fixture->blocked);
  wait_for_silence (fixture);
  assert_overtakes (fixture);

  text = execute_out_of_band (fixture, "yank",
                              "{\"instances\":[{\"type\":\"block-node\",\"node-name\":\"n1\"}]}");
  g_assert_cmpstr (text, ==, "{}");
  g_clear_pointer (&text, g_free);
  text = q_monitor_command_json_finish (fixture->monitor, q_test_await (&fixture->blocked), &error);
  g_assert_no_error (error);
  command (fixture->machine, "query-name", NULL);

  g_assert_true (q_machine_kill (server, NULL, &error));
  g_assert_no_error (error);
  g_unlink (path);
}

/* -- refused -- */

static void
test_refused_by_qemu (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *command;
    const char *arguments;
    const char *text;
  } cases[] = {
    { "query-name", NULL, "query-name: The command query-name does not support OOB" },
    { "migrate-pause", NULL, "migrate-pause: " },
    { "migrate-recover", "{\"uri\":\"unix:/x\"}", "migrate-recover: " },
    { "yank", "{\"instances\":[{\"type\":\"chardev\",\"id\":\"none\"}]}", "yank: " },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text
        = q_monitor_command_json (fixture->monitor, cases[i].command, cases[i].arguments,
                                  Q_MONITOR_FLAGS_OUT_OF_BAND, Q_TIMEOUT_DEFAULT, NULL, &error);

      g_assert_null (text);
      g_assert_true (error->domain == Q_COMMAND_ERROR);
      g_assert_true (g_str_has_prefix (error->message, cases[i].text));
    }
}

/* The machine's own monitor did not ask for it. */
static void
test_not_negotiated (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMonitor) plain = q_machine_dup_monitor (fixture->machine);
  g_auto (GStrv) capabilities = q_monitor_dup_capabilities (plain);
  pid_t pid = (pid_t)q_machine_get_pid (fixture->machine);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_assert_true (g_strv_contains ((const char *const *)capabilities, "oob"));

  /* It is told by the library: QEMU could not answer. */
  g_object_set (plain, "command-timeout", 10 * 1000, NULL);
  g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
  text = q_monitor_command_json (plain, "query-yank", NULL, Q_MONITOR_FLAGS_OUT_OF_BAND,
                                 Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_null (text);
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_assert_true (g_str_has_prefix (error->message, "query-yank: "));
  g_assert_nonnull (strstr (error->message, "not negotiated"));
  g_clear_error (&error);
  g_assert_cmpint (kill (pid, SIGCONT), ==, 0);

  /* Nothing was sent: the next reply is the next command's. */
  text = q_monitor_command_json (plain, "query-name", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT,
                                 NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "{}");
}

/* Hundreds in both bands at a time: each gets its own reply. */
static void
test_both_bands (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMonitor) plain = q_machine_dup_monitor (fixture->machine);
  GAsyncResult *results[100] = { NULL };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    q_monitor_command_json_async (fixture->monitor, i % 2 == 0 ? "query-name" : "query-yank", NULL,
                                  i % 2 == 0 ? Q_MONITOR_FLAGS_NONE : Q_MONITOR_FLAGS_OUT_OF_BAND,
                                  Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &results[i]);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GAsyncResult) result = q_test_await (&results[i]);
      g_autofree char *text = q_monitor_command_json_finish (fixture->monitor, result, &error);

      g_assert_no_error (error);
      if (i % 2 == 0)
        g_assert_cmpstr (text, ==, "{}");
      else
        g_assert_true (text[0] == '[');
    }

  /* Where it was not negotiated it is refused before it is sent. */
  g_assert_null (q_monitor_command (plain, "query-yank", NULL, Q_MONITOR_FLAGS_OUT_OF_BAND,
                                    Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
}

#define ADD(path, func) g_test_add ("/out-of-band/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("both-bands", test_both_bands);
  ADD ("overtakes", test_overtakes);
  ADD ("overtakes-a-thousand", test_overtakes_a_thousand);
  ADD ("yank", test_yank);
  ADD ("refused-by-qemu", test_refused_by_qemu);
  ADD ("not-negotiated", test_not_negotiated);

  return g_test_run ();
}
