/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The same suite on QEMU for several targets, each with no board and with a board of its own that
 * runs a guest of its own. A binary that is missing is a failure. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "q-test-util.h"

typedef struct
{
  const char *target; /* as in query-target, and in the binary's name */
  const char *name;
  const char *machine_type;
  const char *cpu;
  const char *guest_option; /* NULL: no board, so no guest, no port, no bus and no memory */
  const char *guest_format; /* of the option's value, for the path of the image */
  const char *image_suffix;
  guint64 memory; /* in RAM, where neither firmware nor guest is */
  /* QEMU 7.2 calls exit () when the guest powers this board off: no event tells, and a reply may
   * be lost. */
  gboolean off_is_silent;
} Board;

static const Board boards[] = {
  { "x86_64", "none", "none" },
  { "x86_64", "q35", "q35", NULL, "-drive", "file=%s,format=raw,if=ide,snapshot=on", ".img",
    0x100000 },
  { "aarch64", "none", "none" },
  { "aarch64", "virt", "virt", "cortex-a57", "-kernel", "%s", "-aarch64.bin", 0x40100000 },
  { "aarch64", "virt-max", "virt", "max", "-kernel", "%s", "-aarch64.bin", 0x40100000 },
  { "riscv64", "none", "none" },
  { "riscv64", "virt", "virt", NULL, "-bios", "%s", "-riscv64.bin", 0x80100000, TRUE },
};

static char *
replace (const char *format, const char *path)
{
  g_auto (GStrv) parts = g_strsplit (format, "%s", 2);

  return g_strconcat (parts[0], path, parts[1], NULL);
}

/* With a guest of tests/guests, whose output is the console's. */
static QMachine *
new_machine (const Board *board, const char *guest)
{
  g_autofree char *binary = g_strconcat ("qemu-system-", board->target, NULL);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) args = NULL;
  QMachine *machine;

  g_strv_builder_add_many (builder, "-accel", "tcg", "-nodefaults", NULL);
  if (board->cpu != NULL)
    g_strv_builder_add_many (builder, "-cpu", board->cpu, NULL);
  if (board->guest_option != NULL)
    {
      g_autofree char *file = g_strconcat (guest, board->image_suffix, NULL);
      g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "guests", file, NULL);
      g_autofree char *value = replace (board->guest_format, path);

      g_strv_builder_add_many (builder, "-m", "32", "-device", "pcie-root-port,id=port0",
                               board->guest_option, value, NULL);
    }
  args = g_strv_builder_end (builder);

  machine = g_object_new (Q_TYPE_MACHINE, "binary", binary, "machine-type", board->machine_type,
                          "args", args, "base-dir", q_test_get_base_dir (), NULL);
  if (board->guest_option != NULL)
    q_machine_add_console (machine, NULL, NULL, NULL);

  return machine;
}

static void
launch (QMachine *machine)
{
  g_autoptr (GError) error = NULL;

  q_machine_launch (machine, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_RUNNING);
}

static void
assert_ended (QMachine *machine, int exit_code, const char *expected_reason)
{
  g_autofree char *reason = q_machine_dup_shutdown_reason (machine);

  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, exit_code);
  g_assert_cmpstr (reason, ==, expected_reason);
}

static void
stop (QMachine *machine)
{
  g_autoptr (GError) error = NULL;

  q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  assert_ended (machine, 0, "host-qmp-quit");
}

static QMachine *
launch_idle (const Board *board)
{
  QMachine *machine = new_machine (board, "idle");

  launch (machine);
  if (board->guest_option != NULL)
    {
      g_autoptr (QConsole) console = q_machine_dup_console (machine);
      g_autoptr (GError) error = NULL;
      g_autofree char *ready
        = q_console_wait_for_text (console, "ready", Q_TEST_DEADLINE_MS, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (ready, ==, "ready");
    }

  return machine;
}

static JsonNode *
command (QMachine *machine, const char *name, const char *arguments)
{
  g_autoptr (JsonNode) node = arguments != NULL ? json_from_string (arguments, NULL) : NULL;
  g_autoptr (GError) error = NULL;
  JsonNode *result = q_machine_command (machine, name, node, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (result);
  return result;
}

static QMonitorEvent *
wait_event (QMachine *machine, const char *name, const char *match)
{
  const char *const names[] = { name, NULL };
  g_autoptr (JsonNode) node = match != NULL ? json_from_string (match, NULL) : NULL;
  g_autoptr (GError) error = NULL;
  QMonitorEvent *event
    = q_machine_wait_event (machine, names, node, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (q_monitor_event_get_name (event), ==, name);
  return event;
}

/* -- who it is -- */

static void
test_identity (QTestFixture *fixture, gconstpointer data)
{
  const Board *board = data;
  g_autoptr (QMachine) machine = launch_idle (board);
  g_autoptr (QMonitor) monitor = q_machine_dup_monitor (machine);
  g_autofree char *greeting = q_monitor_dup_greeting (monitor);
  g_autoptr (JsonNode) target = command (machine, "query-target", NULL);
  g_autofree char *version
    = q_machine_command_json (machine, "query-version", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL);
  g_autoptr (JsonNode) type
    = command (machine, "qom-get", "{\"path\":\"/machine\",\"property\":\"type\"}");
  g_autofree char *link = g_strdup_printf ("/proc/%d/exe", (int)q_machine_get_pid (machine));
  g_autofree char *program = g_file_read_link (link, NULL);
  g_autofree char *binary = g_strconcat ("/qemu-system-", board->target, NULL);

  g_assert_true (g_str_has_suffix (program, binary));
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (target), "arch"), ==,
                   board->target);
  g_assert_nonnull (strstr (json_node_get_string (type), board->machine_type));
  /* The greeting and the command tell the version in the same words. */
  g_assert_nonnull (version);
  g_assert_nonnull (strstr (version, "\"major\""));
  g_assert_nonnull (strstr (greeting, version));
  stop (machine);
}

static void
test_refused_option (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine (data, "idle");
  static const char *const args[] = { "-cpu", "no-such-cpu", "-machine", "no-such-board", NULL };
  g_autoptr (GError) error = NULL;

  q_machine_add_args (machine, args);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  g_assert_nonnull (strstr (error->message, "exited with status 1"));
  g_assert_nonnull (strstr (error->message, "unsupported machine type"));
  assert_ended (machine, 1, NULL);
}

/* -- commands and events -- */

static void
test_commands (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = launch_idle (data);
  g_autoptr (JsonNode) status = command (machine, "query-status", NULL);
  g_autoptr (JsonNode) bad = json_from_string ("{\"driver\":\"no-such-device\"}", NULL);
  g_autoptr (JsonNode) reply = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (status), "status"), ==,
                   "running");
  g_assert_null (
    q_machine_command (machine, "no-such-command", NULL, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_COMMAND_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "no-such-command"));
  g_clear_error (&error);
  g_assert_null (q_machine_command (machine, "device_add", bad, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_assert_nonnull (strstr (error->message, "no-such-device"));
  g_clear_error (&error);

  reply = q_machine_qmp (machine, "device_add", bad, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (json_object_has_member (json_node_get_object (reply), "error"));

  text = q_machine_human_command (machine, "info status", Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "VM status: running\r\n");
  stop (machine);
}

static void
note_event (QMachine *machine, QMonitorEvent *event, gpointer data)
{
  g_string_append_printf (data, "%s ", q_monitor_event_get_name (event));
}

static void
test_events (QTestFixture *fixture, gconstpointer data)
{
  static const char *const reset[] = { "RESET", NULL };
  g_autoptr (QMachine) machine = launch_idle (data);
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (JsonNode) other = json_from_string ("{\"reason\":\"none\"}", NULL);
  g_autoptr (QMonitorEvent) stopped = NULL;
  g_autoptr (QMonitorEvent) resumed = NULL;
  g_autoptr (QMonitorEvent) was_reset = NULL;
  g_autoptr (GError) error = NULL;

  g_signal_connect (machine, "event::STOP", G_CALLBACK (note_event), seen);
  g_signal_connect (machine, "event::RESUME", G_CALLBACK (note_event), seen);
  json_node_unref (command (machine, "stop", NULL));
  stopped = wait_event (machine, "STOP", NULL);
  q_test_wait_until (NULL, q_machine_get_run_state (machine) == Q_RUN_STATE_PAUSED);
  json_node_unref (command (machine, "cont", NULL));
  resumed = wait_event (machine, "RESUME", NULL);
  q_test_wait_until (NULL, q_machine_get_run_state (machine) == Q_RUN_STATE_RUNNING);
  g_assert_cmpint (q_monitor_event_get_timestamp (stopped), >, 0);
  g_assert_cmpint (q_monitor_event_get_timestamp (resumed), >=,
                   q_monitor_event_get_timestamp (stopped));
  q_test_wait_until (NULL, g_str_has_suffix (seen->str, "RESUME "));
  g_assert_cmpstr (seen->str, ==, "STOP RESUME ");

  json_node_unref (command (machine, "system_reset", NULL));
  was_reset = wait_event (machine, "RESET", "{\"reason\":\"host-qmp-system-reset\"}");
  json_node_unref (command (machine, "system_reset", NULL));
  g_assert_null (q_machine_wait_event (machine, reset, other, 50, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  /* What did not match is there for those whom it does. */
  g_clear_object (&was_reset);
  was_reset = wait_event (machine, "RESET", "{\"guest\":false}");
  stop (machine);
}

static gboolean
has_device (QMachine *machine, const char *id)
{
  g_autofree char *quoted = g_strdup_printf ("\"%s\"", id);
  g_autoptr (GError) error = NULL;
  g_autofree char *list = q_machine_command_json (
    machine, "qom-list", "{\"path\":\"/machine/peripheral\"}", Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  return strstr (list, quoted) != NULL;
}

static void
test_hot_plug (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = launch_idle (data);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (QMonitorEvent) deleted = NULL;

      json_node_unref (
        command (machine, "device_add",
                 "{\"driver\":\"virtio-rng-pci\",\"id\":\"rng0\",\"bus\":\"port0\"}"));
      g_assert_true (has_device (machine, "rng0"));
      json_node_unref (command (machine, "device_del", "{\"id\":\"rng0\"}"));
      /* The guest does not know about devices; what it does not let go, a reset takes. */
      json_node_unref (command (machine, "system_reset", NULL));
      deleted = wait_event (machine, "DEVICE_DELETED", "{\"device\":\"rng0\"}");
      g_assert_false (has_device (machine, "rng0"));
    }
  stop (machine);
}

static void
test_descriptors (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine (data, "idle");
  int low = open ("/dev/null", O_RDWR | O_CLOEXEC);
  int fd = fcntl (low, F_DUPFD_CLOEXEC, 77);
  g_autoptr (JsonNode) sets = NULL;
  g_autofree char *link = NULL;
  g_autofree char *target = NULL;
  g_autoptr (GError) error = NULL;
  JsonObject *set;
  JsonObject *member;

  g_assert_true (q_machine_add_fd (machine, fd, 7, "added", NULL, &error));
  g_assert_no_error (error);
  launch (machine);
  sets = command (machine, "query-fdsets", NULL);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (sets)), ==, 1);
  set = json_array_get_object_element (json_node_get_array (sets), 0);
  g_assert_cmpint (json_object_get_int_member (set, "fdset-id"), ==, 7);
  member = json_array_get_object_element (json_object_get_array_member (set, "fds"), 0);
  g_assert_cmpstr (json_object_get_string_member (member, "opaque"), ==, "added");
  link = g_strdup_printf ("/proc/%d/fd/%d", (int)q_machine_get_pid (machine),
                          (int)json_object_get_int_member (member, "fd"));
  target = g_file_read_link (link, NULL);
  g_assert_cmpstr (target, ==, "/dev/null");

  g_assert_null (q_machine_command_json (machine, "getfd", "{\"fdname\":\"f\"}", Q_TIMEOUT_DEFAULT,
                                         NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_clear_error (&error);
  g_assert_true (q_machine_send_fd (machine, fd, NULL, &error));
  g_assert_no_error (error);
  json_node_unref (command (machine, "getfd", "{\"fdname\":\"f\"}"));
  json_node_unref (command (machine, "closefd", "{\"fdname\":\"f\"}"));
  close (fd);
  close (low);
  stop (machine);
}

/* -- the guest -- */

/* Some are so quick that QEMU would end before its monitor is ready: it waits for the word. */
static QMachine *
new_paused_machine (const Board *board, const char *guest)
{
  static const char *const paused[] = { "-S", NULL };
  QMachine *machine = new_machine (board, guest);

  q_machine_add_args (machine, paused);
  return machine;
}

/* With an error the end may be just now or a moment ago. */
static void
assert_good_or_off (const Board *board, GError **error)
{
  gboolean is_off = g_error_matches (*error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED)
                    || g_error_matches (*error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);

  if (!board->off_is_silent || !is_off)
    g_assert_no_error (*error);
  g_clear_error (error);
}

static void
test_console (QTestFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "SHUTDOWN", NULL };
  const Board *board = data;
  g_autoptr (QMachine) machine = new_paused_machine (board, "hello");
  g_autoptr (JsonNode) by_guest
    = json_from_string ("{\"guest\":true,\"reason\":\"guest-shutdown\"}", NULL);
  g_autoptr (QConsole) console = q_machine_dup_console (machine);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (QMonitorEvent) event = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *found = NULL;
      g_autofree char *text = NULL;
      g_autofree char *resumed = NULL;

      launch (machine);
      resumed = q_machine_command_json (machine, "cont", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
      assert_good_or_off (board, &error);
      found = q_console_wait_for_text (console, "^hello .*$", Q_TEST_DEADLINE_MS, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (found, ==, "hello from the guest");
      event = q_machine_wait_event (machine, names, by_guest, Q_TEST_DEADLINE_MS, NULL, &error);
      assert_good_or_off (board, &error);
      g_assert_true (q_machine_wait (machine, -1, NULL, &error));
      g_assert_no_error (error);
      assert_ended (machine, 0, event != NULL ? "guest-shutdown" : NULL);
      text = q_console_dup_text (console);
      g_assert_cmpstr (text, ==, "hello from the guest\r\n");
    }
}

static void
test_console_write (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine (data, "echo");
  g_autoptr (QConsole) console = q_machine_dup_console (machine);
  g_autoptr (GError) error = NULL;
  g_autofree char *ready = NULL;
  g_autofree char *echo = NULL;

  launch (machine);
  ready = q_console_wait_for_text (console, "ready", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (q_console_write (console, "to and fro\n", NULL, &error));
  g_assert_no_error (error);
  echo = q_console_wait_for_text (console, "to and fro", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  stop (machine);
}

static void
test_guest_resets (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_paused_machine (data, "reset");
  static const char *const no_reboot[] = { "-no-reboot", NULL };
  g_autoptr (GError) error = NULL;

  q_machine_add_args (machine, no_reboot);
  launch (machine);
  json_node_unref (command (machine, "cont", NULL));
  g_assert_true (q_machine_wait (machine, -1, NULL, &error));
  g_assert_no_error (error);
  assert_ended (machine, 0, "guest-reset");
}

/* -- ends -- */

static void
test_ends (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = launch_idle (data);
  g_autoptr (GError) error = NULL;

  stop (machine);

  launch (machine);
  g_assert_true (q_machine_kill (machine, NULL, &error));
  g_assert_no_error (error);
  assert_ended (machine, -SIGKILL, NULL);

  launch (machine);
  g_assert_cmpint (kill ((pid_t)q_machine_get_pid (machine), SIGTERM), ==, 0);
  g_assert_true (q_machine_wait (machine, -1, NULL, &error));
  g_assert_no_error (error);
  assert_ended (machine, 0, "host-signal");
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 0);

  launch (machine);
  g_assert_cmpint (kill ((pid_t)q_machine_get_pid (machine), SIGABRT), ==, 0);
  g_assert_true (q_machine_wait (machine, -1, NULL, &error));
  g_assert_no_error (error);
  assert_ended (machine, -SIGABRT, NULL);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 1);

  launch (machine);
  stop (machine);
}

/* -- memory -- */

static void
assert_qtest (QMachine *machine, const char *line, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = q_machine_qtest (machine, line, -1, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (reply, ==, expected);
}

static void
test_qtest (QTestFixture *fixture, gconstpointer data)
{
  const Board *board = data;
  g_autoptr (QMachine) machine = new_paused_machine (board, "idle");
  g_autofree char *write
    = g_strdup_printf ("writel 0x%" G_GINT64_MODIFIER "x 0x12345678", board->memory);
  g_autofree char *read_word = g_strdup_printf ("readl 0x%" G_GINT64_MODIFIER "x", board->memory);
  g_autofree char *read_bytes
    = g_strdup_printf ("read 0x%" G_GINT64_MODIFIER "x 0x4", board->memory);

  g_object_set (machine, "enable-qtest", TRUE, NULL);
  launch (machine);
  g_assert_cmpint (q_machine_get_run_state (machine), ==, Q_RUN_STATE_PRELAUNCH);
  assert_qtest (machine, "endianness", "OK little");
  if (board->guest_option != NULL)
    {
      assert_qtest (machine, read_word, "OK 0x0000000000000000");
      assert_qtest (machine, write, "OK");
      assert_qtest (machine, read_word, "OK 0x0000000012345678");
      assert_qtest (machine, read_bytes, "OK 0x78563412");
    }
  stop (machine);
}

typedef struct
{
  const char *name;
  void (*func) (QTestFixture *fixture, gconstpointer data);
  gboolean needs_board;
} Test;

static const Test tests[] = {
  { "identity", test_identity, FALSE },
  { "refused-option", test_refused_option, FALSE },
  { "commands", test_commands, FALSE },
  { "events", test_events, FALSE },
  { "hot-plug", test_hot_plug, TRUE },
  { "descriptors", test_descriptors, FALSE },
  { "console", test_console, TRUE },
  { "console-write", test_console_write, TRUE },
  { "guest-resets", test_guest_resets, TRUE },
  { "ends", test_ends, FALSE },
  { "qtest", test_qtest, FALSE },
};

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  for (gsize i = 0; i < G_N_ELEMENTS (boards); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (tests); j++)
      {
        const Board *board = &boards[i];
        g_autofree char *path
          = g_strdup_printf ("/targets/%s/%s/%s", board->target, board->name, tests[j].name);

        if (board->guest_option != NULL || !tests[j].needs_board)
          g_test_add (path, QTestFixture, board, q_test_set_up, tests[j].func, q_test_tear_down);
      }

  return g_test_run ();
}
