/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Each way in which QEMU may end, or not end though it could: what the calls return, and what the
 * machine says of it afterwards. */

#include <signal.h>
#include <string.h>

#include "q-test-util.h"

static void
count_exited (QMachine *machine, gpointer data)
{
  guint *n_exited = data;

  /* All that can be said of the end is there by now. */
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
  g_assert_cmpint (q_machine_get_exit_kind (machine), !=, Q_EXIT_KIND_NONE);
  (*n_exited)++;
}

static void
launch (QMachine *machine, guint *n_exited)
{
  *n_exited = 0;
  g_signal_connect (machine, "exited", G_CALLBACK (count_exited), n_exited);
  q_test_launch (machine);
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_RUNNING);
}

static void
launch_with (QMachine *machine, guint *n_exited, const char *option, const char *value)
{
  const char *const args[] = { option, value, NULL };

  q_machine_add_args (machine, args);
  launch (machine, n_exited);
}

/* One that ends by itself begins when its launch is done, or it could have ended by then. */
static void
launch_guest (QMachine *machine, guint *n_exited, const char *option)
{
  g_autofree char *reply = NULL;

  launch_with (machine, n_exited, "-S", option);
  reply = q_machine_command_json (machine, "cont", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL);
  g_assert_cmpstr (reply, ==, "{}");
}

static void
assert_readings (QMachine *machine, const char *reason, const char *run_state_name)
{
  g_autofree char *its_reason = q_machine_dup_shutdown_reason (machine);
  g_autofree char *its_run_state = q_machine_dup_run_state_name (machine);

  g_assert_cmpstr (its_reason, ==, reason);
  g_assert_cmpstr (its_run_state, ==, run_state_name);
}

/* It has ended, and was told of once. */
static void
assert_ended (QMachine *machine, guint *n_exited, int exit_code, const char *reason)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
  g_assert_false (q_machine_is_running (machine));
  g_assert_cmpint (q_machine_get_pid (machine), ==, 0);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, exit_code);
  /* Who was not asked does not say that it shuts down, and does not run any more. */
  assert_readings (machine, reason, reason != NULL ? "shutdown" : NULL);

  q_test_wait_until (NULL, *n_exited > 0);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (*n_exited, ==, 1);

  /* However it ended, there is nothing left to stop. */
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (q_machine_kill (machine, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, exit_code);
}

static void
wait_for_end (QMachine *machine)
{
  g_autoptr (GAsyncResult) waited = NULL;
  g_autoptr (GError) error = NULL;

  q_machine_wait_async (machine, -1, NULL, q_test_store_result, &waited);
  g_assert_true (q_machine_wait_finish (machine, q_test_await (&waited), &error));
  g_assert_no_error (error);
}

static void
assert_event (QMachine *machine, const char *name, const char *data)
{
  const char *const names[] = { name, NULL };
  g_autoptr (JsonNode) match = data != NULL ? json_from_string (data, NULL) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QMonitorEvent) event
    = q_machine_wait_event (machine, names, match, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (q_monitor_event_get_name (event), ==, name);
}

static void
assert_status (QMachine *machine, const char *status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) result
    = q_machine_command (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (result), "status"), ==,
                   status);
}

/* It was told to end, or could have, and lives. */
static void
assert_lives (QMachine *machine, const char *status)
{
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_RUNNING);
  g_assert_cmpint (q_machine_get_exit_kind (machine), ==, Q_EXIT_KIND_NONE);
  g_assert_true (q_test_process_exists (q_machine_get_pid (machine)));
  assert_status (machine, status);
}

/* -- by the library -- */

static void
test_graceful (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
  guint n_exited;

  launch (machine, &n_exited);
  q_test_shutdown (machine);
  assert_ended (machine, &n_exited, 0, "host-qmp-quit");
  assert_event (machine, "SHUTDOWN", "{\"guest\":false,\"reason\":\"host-qmp-quit\"}");
}

/* It neither reads its monitor nor obeys SIGTERM. */
static void
test_forced (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();
  guint n_exited;

  launch (machine, &n_exited);
  /* What counts is how it stands at the call. */
  g_object_set (machine, "shutdown-timeout", 200, NULL);
  g_assert_cmpint (kill ((pid_t)q_machine_get_pid (machine), SIGSTOP), ==, 0);
  g_assert_false (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN);
  g_assert_true (g_str_has_prefix (
    error->message,
    "shutdown: QEMU did not quit when asked, and was killed by signal 9 (Killed)\n"));
  g_assert_nonnull (strstr (error->message, "idle.img"));
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 200 * 1000);
  assert_ended (machine, &n_exited, -SIGKILL, NULL);
}

/* The step between: deaf on its monitor, and obedient to SIGTERM. */
static void
test_forced_by_term (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_mock (
    "exit-on-term 0; negotiate; expect query-status; reply {\"status\": \"running\"}; expect quit; "
    "delay 60000");
  g_autoptr (GError) error = NULL;
  guint n_exited;

  g_object_set (machine, "shutdown-timeout", 200, NULL);
  launch (machine, &n_exited);
  g_assert_false (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN);
  g_assert_true (g_str_has_prefix (
    error->message, "shutdown: QEMU did not quit when asked, and exited with status 0\n"));
  assert_ended (machine, &n_exited, 0, NULL);
}

/* It has closed its monitor as it said, or was asked to, and takes its time to end. */
static QMachine *
launch_leaving (const char *steps, guint *n_exited)
{
  g_autofree char *script = g_strdup_printf (
    "negotiate; expect query-status; reply {\"status\": \"running\"}; %s", steps);
  QMachine *machine = q_test_machine_mock (script);
  g_autoptr (QMonitor) monitor = NULL;
  g_autofree char *reply = NULL;

  launch (machine, n_exited);
  reply = q_machine_command_json (machine, "quit", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL);
  monitor = q_machine_dup_monitor (machine);
  q_test_wait_until (NULL, q_monitor_get_state (monitor) == Q_MONITOR_STATE_CLOSED);
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_RUNNING);

  return machine;
}

/* No signal comes between, which would change how it ends. */
static void
test_leaving (QTestFixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *steps;
    const char *reason;
  } cases[] = {
    { "expect quit; reply; close; wait-signal USR1; exit 3", NULL },
    { "expect quit; close; wait-signal USR1; exit 3", NULL },
    { "expect quit; event SHUTDOWN {\"guest\": true, \"reason\": \"guest-shutdown\"}; close; "
      "wait-signal USR1; exit 3",
      "guest-shutdown" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint n_exited;
      g_autoptr (QMachine) machine = launch_leaving (cases[i].steps, &n_exited);
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;

      q_machine_shutdown_async (machine, Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &result);
      g_assert_false (q_machine_wait (machine, 100, NULL, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      g_clear_error (&error);
      g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPING);

      g_assert_cmpint (kill ((pid_t)q_machine_get_pid (machine), SIGUSR1), ==, 0);
      g_assert_true (q_machine_shutdown_finish (machine, q_test_await (&result), &error));
      g_assert_no_error (error);
      assert_ended (machine, &n_exited, 3, cases[i].reason);
    }
}

/* It said that it would, and does not: force is used after the time-out. */
static void
test_leaving_for_ever (QTestFixture *fixture, gconstpointer data)
{
  guint n_exited;
  g_autoptr (QMachine) machine
    = launch_leaving ("expect quit; reply; close; wait-signal USR1; exit 3", &n_exited);
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_shutdown (machine, 200, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN);
  g_assert_true (g_str_has_prefix (error->message,
                                   "shutdown: QEMU did not quit when asked, and was killed by "
                                   "signal 15 (Terminated)\n"));
  assert_ended (machine, &n_exited, -SIGTERM, NULL);
}

static void
test_kill (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
  g_autoptr (GError) error = NULL;
  guint n_exited;

  launch (machine, &n_exited);
  g_assert_true (q_machine_kill (machine, NULL, &error));
  g_assert_no_error (error);
  assert_ended (machine, &n_exited, -SIGKILL, NULL);
}

/* -- by the guest -- */

static void
test_guest_power_off (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("hello.img");
  guint n_exited;

  launch_guest (machine, &n_exited, NULL);
  wait_for_end (machine);
  assert_ended (machine, &n_exited, 0, "guest-shutdown");
  assert_event (machine, "SHUTDOWN", "{\"guest\":true,\"reason\":\"guest-shutdown\"}");
}

static void
test_guest_reset (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("reset.img");
  guint n_exited;

  launch_guest (machine, &n_exited, "-no-reboot");
  wait_for_end (machine);
  assert_ended (machine, &n_exited, 0, "guest-reset");
  assert_event (machine, "SHUTDOWN", "{\"guest\":true,\"reason\":\"guest-reset\"}");
}

static void
test_no_shutdown (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("hello.img");
  g_autoptr (QMonitorEvent) first = NULL;
  g_autoptr (QMonitorEvent) second = NULL;
  g_autoptr (GError) error = NULL;
  guint n_exited;

  launch_with (machine, &n_exited, "-no-shutdown", NULL);
  first = q_machine_wait_event (machine, NULL, NULL, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (q_monitor_event_get_name (first), ==, "SHUTDOWN");
  second = q_machine_wait_event (machine, NULL, NULL, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (q_monitor_event_get_name (second), ==, "STOP");

  assert_lives (machine, "shutdown");
  assert_readings (machine, "guest-shutdown", "shutdown");
  q_test_shutdown (machine);
  assert_ended (machine, &n_exited, 0, "host-qmp-quit");
}

/* -- by a guest that panics -- */

static QMachine *
panicking_machine (void)
{
  static const char *const args[] = { "-device", "pvpanic", NULL };
  QMachine *machine = q_test_machine_guest ("panic.img");

  q_machine_add_args (machine, args);
  return machine;
}

static void
test_panic (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = panicking_machine ();
  guint n_exited;

  launch (machine, &n_exited);
  wait_for_end (machine);
  assert_ended (machine, &n_exited, 0, "guest-panic");
  assert_event (machine, "GUEST_PANICKED", "{\"action\":\"poweroff\"}");
  assert_event (machine, "SHUTDOWN", "{\"guest\":true,\"reason\":\"guest-panic\"}");
}

static void
test_panic_exit_failure (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = panicking_machine ();
  guint n_exited;

  launch_with (machine, &n_exited, "-action", "panic=exit-failure");
  wait_for_end (machine);
  assert_ended (machine, &n_exited, 1, "guest-panic");
}

static void
test_panic_pause (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = panicking_machine ();
  guint n_exited;

  launch_with (machine, &n_exited, "-action", "panic=pause");
  assert_event (machine, "GUEST_PANICKED", "{\"action\":\"pause\"}");
  assert_event (machine, "STOP", NULL);
  assert_lives (machine, "guest-panicked");
  q_test_wait_until (NULL, q_machine_get_run_state (machine) == Q_RUN_STATE_GUEST_PANICKED);
  assert_readings (machine, NULL, "guest-panicked");
  q_test_shutdown (machine);
  assert_ended (machine, &n_exited, 0, "host-qmp-quit");
}

/* -- from outside -- */

static void
test_killed_from_outside (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
  g_autofree char *warning = NULL;
  guint n_exited;

  launch (machine, &n_exited);
  g_assert_cmpint (kill ((pid_t)q_machine_get_pid (machine), SIGKILL), ==, 0);
  wait_for_end (machine);
  assert_ended (machine, &n_exited, -SIGKILL, NULL);

  g_assert_cmpuint (q_test_take_warnings (&warning), ==, 1);
  g_assert_true (g_str_has_prefix (warning, "QEMU was killed by signal 9 (Killed); "));
  g_assert_nonnull (strstr (warning, "qemu-system-x86_64"));
  g_assert_nonnull (strstr (warning, "idle.img"));
}

/* All that ask QEMU to end in good order. */
static void
test_terminated_from_outside (QTestFixture *fixture, gconstpointer data)
{
  static const int signals[] = { SIGTERM, SIGINT, SIGHUP };

  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
      guint n_exited;

      launch (machine, &n_exited);
      g_assert_cmpint (kill ((pid_t)q_machine_get_pid (machine), signals[i]), ==, 0);
      wait_for_end (machine);
      assert_ended (machine, &n_exited, 0, "host-signal");
      assert_event (machine, "SHUTDOWN", "{\"guest\":false,\"reason\":\"host-signal\"}");
    }
}

/* The button is pressed, and it is up to the guest to look: this one does not. */
static void
test_power_button (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
  static const char *const shutdown[] = { "SHUTDOWN", NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = NULL;
  guint n_exited;

  launch (machine, &n_exited);
  reply
    = q_machine_command_json (machine, "system_powerdown", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (reply, ==, "{}");
  assert_event (machine, "POWERDOWN", NULL);
  g_assert_null (q_machine_wait_event (machine, shutdown, NULL, 300, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  assert_lives (machine, "running");
  assert_readings (machine, NULL, "running");
  q_test_shutdown (machine);
  assert_ended (machine, &n_exited, 0, "host-qmp-quit");
}

#define ADD(path, func)                                                                            \
  g_test_add ("/stop/" path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)

/* -- in which order a program hears of the end -- */

typedef struct
{
  GAsyncResult *commanded;
  gboolean before_exited;
  gboolean exited;
} LastWords;

static void
note_exited (QMachine *machine, gpointer data)
{
  LastWords *words = data;

  words->exited = TRUE;
  words->before_exited = words->commanded != NULL;
}

static void
test_calls_fail_first (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  LastWords words = { NULL, FALSE, FALSE };
  g_autofree char *text = NULL;
  pid_t pid;

  g_signal_connect (machine, "exited", G_CALLBACK (note_exited), &words);
  q_test_launch (machine);
  pid = (pid_t)q_machine_get_pid (machine);
  g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
  q_machine_command_json_async (machine, "query-name", NULL, Q_TIMEOUT_DEFAULT, NULL,
                                q_test_store_result, &words.commanded);
  /* Carried out in order: once this is back, the command is on its way. */
  g_assert_null (q_machine_wait_event (machine, NULL, NULL, 0, NULL, NULL));
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);

  q_test_wait_until (NULL, words.exited);
  g_assert_true (words.before_exited);
  result = q_test_await (&words.commanded);
  text = q_machine_command_json_finish (machine, result, &error);
  g_assert_null (text);
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 1);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("graceful", test_graceful);
  ADD ("forced", test_forced);
  ADD ("forced-by-term", test_forced_by_term);
  ADD ("leaving", test_leaving);
  ADD ("leaving-for-ever", test_leaving_for_ever);
  ADD ("kill", test_kill);
  ADD ("guest-power-off", test_guest_power_off);
  ADD ("guest-reset", test_guest_reset);
  ADD ("no-shutdown", test_no_shutdown);
  ADD ("panic", test_panic);
  ADD ("panic-exit-failure", test_panic_exit_failure);
  ADD ("panic-pause", test_panic_pause);
  ADD ("killed-from-outside", test_killed_from_outside);
  ADD ("terminated-from-outside", test_terminated_from_outside);
  ADD ("power-button", test_power_button);
  ADD ("calls-fail-first", test_calls_fail_first);

  return g_test_run ();
}
