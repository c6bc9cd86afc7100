/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The end of a machine by a plan: which step works, why those before did not, and what is left when
 * it is given up. */

#include <gio/gunixsocketaddress.h>
#include <sys/socket.h>
#include <unistd.h>

#include "q-test-util.h"

/* For a guest to boot and to shut down, on a busy host. */
#define GUEST_MS (2 * Q_TEST_DEADLINE_MS)

#define STATUS "negotiate; expect query-status; reply {\"status\": \"running\"}; "
#define ASKED "expect query-status; reply {\"status\": \"running\"}; expect system_powerdown; "

static QPowerOffPlan *
new_plan (int button, int quit, int term, int kill)
{
  return g_object_new (Q_TYPE_POWER_OFF_PLAN, "button-timeout", button, "button-interval", 0,
                       "quit-timeout", quit, "term-timeout", term, "kill-timeout", kill, NULL);
}

static QPowerOffResult *
power_off (QMachine *machine, QPowerOffPlan *plan)
{
  g_autoptr (GError) error = NULL;
  QPowerOffResult *result = q_machine_power_off (machine, plan, NULL, &error);

  g_assert_no_error (error);
  g_test_message ("%s", q_power_off_result_get_description (result));
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
  return result;
}

static void
assert_step (QPowerOffResult *result, QPowerOffStep step, QPowerOffOutcome outcome,
             const char *reason)
{
  const char *its_reason = q_power_off_result_get_reason (result, step);

  g_assert_cmpint (q_power_off_result_get_outcome (result, step), ==, outcome);
  if (reason == NULL)
    g_assert_null (its_reason);
  else if (g_strrstr (its_reason, reason) == NULL)
    g_error ("\"%s\" is not in \"%s\"", reason, its_reason);
}

static void
assert_worked (QPowerOffResult *result, QPowerOffStep step, gboolean guest_off)
{
  g_assert_cmpint (q_power_off_result_get_step (result), ==, step);
  assert_step (result, step, Q_POWER_OFF_OUTCOME_WORKED, NULL);
  g_assert_cmpint (q_power_off_result_get_guest_off (result), ==, guest_off);
  for (int later = step + 1; later <= Q_POWER_OFF_STEP_KILL; later++)
    assert_step (result, later, Q_POWER_OFF_OUTCOME_NOT_REACHED, NULL);
}

static void
wait_for_state (QMachine *machine, QRunState state)
{
  q_test_wait_until (NULL, q_machine_get_run_state (machine) == state);
}

/* -- a guest that hears, and others -- */

/* Skips the test where there is none. */
static QMachine *
new_linux (const char *first, const char *second)
{
  const char *dir = g_getenv ("QMACHINE_TEST_GUEST");
  g_autofree char *kernel = g_build_filename (dir != NULL ? dir : "", "kernel", "vmlinuz", NULL);
  g_autofree char *files = g_build_filename (dir != NULL ? dir : "", "tests.gz", NULL);
  const char *args[] = { "-accel",
                         "tcg",
                         "-nodefaults",
                         "-m",
                         "256",
                         "-kernel",
                         kernel,
                         "-initrd",
                         files,
                         "-append",
                         "console=ttyS0 panic=-1 quiet",
                         first,
                         second,
                         NULL };
  QMachine *machine;

  if (!g_file_test (files, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("QMACHINE_TEST_GUEST has no tests.gz");
      return NULL;
    }

  machine = q_machine_new ("qemu-system-x86_64");
  q_machine_set_base_dir (machine, q_test_get_base_dir ());
  q_machine_set_machine_type (machine, "q35,graphics=off");
  q_machine_set_args (machine, args);
  return machine;
}

/* The first press comes before the guest has booted, and is lost. */
static void
test_button (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_linux (NULL, NULL);
  g_autoptr (QPowerOffPlan) plan = q_power_off_plan_new ();
  g_autoptr (QPowerOffResult) result = NULL;

  if (machine == NULL)
    return;

  q_test_launch (machine);
  q_power_off_plan_set_button_interval (plan, 500);
  q_power_off_plan_set_button_timeout (plan, GUEST_MS);
  result = power_off (machine, plan);

  assert_worked (result, Q_POWER_OFF_STEP_BUTTON, TRUE);
  assert_step (result, Q_POWER_OFF_STEP_AGENT, Q_POWER_OFF_OUTCOME_SKIPPED, "has no guest agent");
  g_assert_cmpuint (q_power_off_result_get_n_presses (result), >, 1);
  g_assert_cmpstr (q_power_off_result_get_shutdown_reason (result), ==, "guest-shutdown");
  g_assert_cmpint (q_power_off_result_get_exit_kind (result), ==, Q_EXIT_KIND_EXITED);
  g_assert_cmpint (q_power_off_result_get_exit_code (result), ==, 0);
  g_assert_cmpint (q_power_off_result_get_elapsed (result), >, 500);
}

/* The agent calls a program that this guest does not have. */
static void
add_shutdown_program (QGuestAgent *agent)
{
  static const char script[] = "#!/bin/sh\npoweroff -f\n";
  static const char *const chmod[] = { "chmod", "755", "/sbin/shutdown", NULL };
  g_autoptr (GBytes) bytes = g_bytes_new_static (script, sizeof script - 1);
  g_autoptr (QGuestExecResult) result = NULL;
  g_autoptr (GError) error = NULL;

  q_guest_agent_write_file (agent, "/sbin/shutdown", bytes, GUEST_MS, NULL, &error);
  g_assert_no_error (error);
  result = q_guest_agent_exec (agent, chmod, NULL, NULL, GUEST_MS, NULL, &error);
  g_assert_no_error (error);
}

static QPowerOffResult *
power_off_with_agent (gboolean can_shut_down)
{
  g_autoptr (QMachine) machine = new_linux ("-no-shutdown", NULL);
  g_autoptr (QGuestAgent) agent = q_guest_agent_new ();
  g_autoptr (QPowerOffPlan) plan = q_power_off_plan_new ();
  g_autofree char *path = q_test_get_path ("agent");
  g_autofree char *chardev = g_strdup_printf ("socket,id=ga,path=%s,server=on,wait=off", path);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  const char *args[] = { "-chardev", chardev,
                         "-device",  "virtio-serial",
                         "-device",  "virtserialport,chardev=ga,name=org.qemu.guest_agent.0",
                         NULL };
  g_autoptr (QPowerOffResult) result = NULL;
  g_autoptr (GError) error = NULL;

  if (machine == NULL)
    return NULL;

  q_machine_add_args (machine, args);
  q_test_launch (machine);
  q_guest_agent_attach (agent, address, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  if (can_shut_down)
    add_shutdown_program (agent);
  q_power_off_plan_set_agent (plan, agent);
  q_power_off_plan_set_agent_timeout (plan, GUEST_MS);
  q_power_off_plan_set_button_timeout (plan, GUEST_MS);
  result = power_off (machine, plan);
  q_guest_agent_close (agent, 0, NULL, NULL);

  return g_steal_pointer (&result);
}

/* Its QEMU stays, and is ended when the guest is off. */
static void
test_agent (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QPowerOffResult) result = power_off_with_agent (TRUE);

  if (result == NULL)
    return;

  assert_worked (result, Q_POWER_OFF_STEP_QUIT, TRUE);
  assert_step (result, Q_POWER_OFF_STEP_AGENT, Q_POWER_OFF_OUTCOME_WORKED, NULL);
  assert_step (result, Q_POWER_OFF_STEP_BUTTON, Q_POWER_OFF_OUTCOME_SKIPPED, "off already");
}

static void
test_agent_refuses (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QPowerOffResult) result = NULL;

  if (!q_test_is_long ())
    {
      g_test_skip ("one more guest is for QMACHINE_TEST_LONG");
      return;
    }

  result = power_off_with_agent (FALSE);
  if (result == NULL)
    return;

  assert_worked (result, Q_POWER_OFF_STEP_QUIT, TRUE);
  assert_step (result, Q_POWER_OFF_STEP_AGENT, Q_POWER_OFF_OUTCOME_REFUSED, "guest-shutdown: ");
  assert_step (result, Q_POWER_OFF_STEP_BUTTON, Q_POWER_OFF_OUTCOME_WORKED, NULL);
}

static void
test_ignored (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
  g_autoptr (QPowerOffPlan) plan = new_plan (3000, Q_TIMEOUT_DEFAULT, 5000, -1);
  g_autoptr (QPowerOffResult) result = NULL;

  q_power_off_plan_set_button_interval (plan, 300);
  q_test_launch (machine);
  result = power_off (machine, plan);

  assert_worked (result, Q_POWER_OFF_STEP_QUIT, FALSE);
  assert_step (result, Q_POWER_OFF_STEP_BUTTON, Q_POWER_OFF_OUTCOME_TIMED_OUT,
               "the guest was not off after 3000 ms, and the button was pressed ");
  assert_step (result, Q_POWER_OFF_STEP_BUTTON, Q_POWER_OFF_OUTCOME_TIMED_OUT,
               "the run state is running. A guest that has not booted yet");
  g_assert_cmpuint (q_power_off_result_get_n_presses (result), >=, 2);
  g_assert_cmpuint (q_power_off_result_get_n_presses (result), <=, 10);
  g_assert_cmpint (q_power_off_result_get_elapsed (result), >=, 3000);
  g_assert_cmpstr (q_power_off_result_get_shutdown_reason (result), ==, "host-qmp-quit");
  g_assert_nonnull (
    g_strrstr (q_power_off_result_get_description (result), "the guest was cut off\n"));
}

/* Guests that cannot hear are not waited for, though the limit is none. */
static void
assert_not_asked (QMachine *machine, const char *reason, gboolean guest_off)
{
  g_autoptr (QPowerOffPlan) plan = new_plan (-1, Q_TIMEOUT_DEFAULT, 5000, -1);
  g_autoptr (QPowerOffResult) result = power_off (machine, plan);

  assert_worked (result, Q_POWER_OFF_STEP_QUIT, guest_off);
  assert_step (result, Q_POWER_OFF_STEP_BUTTON, Q_POWER_OFF_OUTCOME_SKIPPED, reason);
  g_assert_cmpuint (q_power_off_result_get_n_presses (result), ==, 0);
}

static void
test_deaf (QTestFixture *fixture, gconstpointer data)
{
  static const char *const panic[] = { "-device", "pvpanic", "-action", "panic=pause", NULL };
  static const char *const stay[] = { "-no-shutdown", NULL };
  static const char *const wait[] = { "-S", NULL };
  g_autoptr (QMachine) prelaunch = q_test_machine_guest ("idle.img");
  g_autoptr (QMachine) panicked = q_test_machine_guest ("panic.img");
  g_autoptr (QMachine) suspended = q_test_machine_guest ("suspend.img");
  g_autoptr (QMachine) off = q_test_machine_guest ("hello.img");
  g_autoptr (QMachine) paused = q_test_machine_guest ("idle.img");
  g_autofree char *reply = NULL;

  q_machine_add_args (prelaunch, wait);
  q_test_launch (prelaunch);
  assert_not_asked (prelaunch, "its run state is prelaunch", FALSE);

  q_machine_add_args (panicked, panic);
  q_test_launch_guest (panicked);
  wait_for_state (panicked, Q_RUN_STATE_GUEST_PANICKED);
  assert_not_asked (panicked, "its run state is guest-panicked", FALSE);

  q_test_launch_guest (suspended);
  wait_for_state (suspended, Q_RUN_STATE_SUSPENDED);
  assert_not_asked (suspended, "its run state is suspended", FALSE);

  q_machine_add_args (off, stay);
  q_test_launch_guest (off);
  wait_for_state (off, Q_RUN_STATE_SHUTDOWN);
  assert_not_asked (off, "the guest is off already", TRUE);

  q_test_launch (paused);
  reply = q_machine_command_json (paused, "stop", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL);
  assert_not_asked (paused, "its run state is paused", FALSE);
}

/* It gives up in the middle of the waiting: crashes, or is paused by somebody. */
static gpointer
pause_thread (gpointer machine)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = NULL;
  const char *const names[] = { "POWERDOWN", NULL };
  g_autoptr (QMonitorEvent) event
    = q_machine_wait_event (machine, names, NULL, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (event);
  reply = q_machine_command_json (machine, "stop", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  return NULL;
}

static void
test_paused_meanwhile (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
  g_autoptr (QPowerOffPlan) plan = new_plan (-1, Q_TIMEOUT_DEFAULT, 5000, -1);
  g_autoptr (QPowerOffResult) result = NULL;
  GThread *thread;

  q_test_launch (machine);
  thread = g_thread_new ("pause", pause_thread, machine);
  result = power_off (machine, plan);
  g_thread_join (thread);

  assert_worked (result, Q_POWER_OFF_STEP_QUIT, FALSE);
  assert_step (result, Q_POWER_OFF_STEP_BUTTON, Q_POWER_OFF_OUTCOME_FAILED,
               "its run state is paused");
}

/* -- QEMUs that refuse, are silent, or end -- */

static void
test_refused (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("ignore-term; " STATUS ASKED "error GenericError no button today; "
                           "expect quit; error GenericError not now; stall; stall");
  g_autoptr (QPowerOffPlan) plan = new_plan (-1, -1, 200, -1);
  g_autoptr (QPowerOffResult) result = NULL;

  q_test_launch (machine);
  result = power_off (machine, plan);

  assert_worked (result, Q_POWER_OFF_STEP_KILL, FALSE);
  assert_step (result, Q_POWER_OFF_STEP_BUTTON, Q_POWER_OFF_OUTCOME_REFUSED,
               "system_powerdown: no button today");
  assert_step (result, Q_POWER_OFF_STEP_QUIT, Q_POWER_OFF_OUTCOME_REFUSED, "quit: not now");
  assert_step (result, Q_POWER_OFF_STEP_TERM, Q_POWER_OFF_OUTCOME_TIMED_OUT,
               "QEMU had not ended after 200 ms");
  g_assert_cmpint (q_power_off_result_get_exit_kind (result), ==, Q_EXIT_KIND_SIGNALED);
  g_assert_cmpint (q_power_off_result_get_exit_code (result), ==, -9);
}

static void
test_silent (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock (STATUS "timeout 60000; exit-on-term 7; stall; stall");
  g_autoptr (QPowerOffPlan) plan = new_plan (100, 100, -1, -1);
  g_autoptr (QPowerOffResult) result = NULL;

  q_test_launch (machine);
  result = power_off (machine, plan);

  assert_worked (result, Q_POWER_OFF_STEP_TERM, FALSE);
  assert_step (result, Q_POWER_OFF_STEP_BUTTON, Q_POWER_OFF_OUTCOME_TIMED_OUT,
               "QEMU had not answered after 100 ms, so the button was not pressed");
  assert_step (result, Q_POWER_OFF_STEP_QUIT, Q_POWER_OFF_OUTCOME_TIMED_OUT, "after 100 ms");
  g_assert_cmpint (q_power_off_result_get_exit_code (result), ==, 7);
}

/* At each of the places, by itself: nothing is told to have worked that did not. */
static void
test_ends_meanwhile (QTestFixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *script;
    QPowerOffStep step;
    gboolean guest_off;
    QPowerOffStep failed;
  } cases[] = {
    { STATUS "expect query-status; exit 3", Q_POWER_OFF_STEP_NONE, FALSE, Q_POWER_OFF_STEP_BUTTON },
    { STATUS ASKED "exit 3", Q_POWER_OFF_STEP_NONE, FALSE, Q_POWER_OFF_STEP_BUTTON },
    { STATUS ASKED "reply {}; kill SEGV", Q_POWER_OFF_STEP_NONE, FALSE, Q_POWER_OFF_STEP_BUTTON },
    { STATUS ASKED "reply {}; event POWERDOWN; event SHUTDOWN {\"guest\":true,\"reason\":"
                   "\"guest-shutdown\"}; exit 0",
      Q_POWER_OFF_STEP_BUTTON, TRUE, Q_POWER_OFF_STEP_NONE },
    { STATUS ASKED "error GenericError no; expect quit; exit 3", Q_POWER_OFF_STEP_QUIT, FALSE,
      Q_POWER_OFF_STEP_NONE },
    { STATUS ASKED "error GenericError no; expect quit; kill ABRT", Q_POWER_OFF_STEP_NONE, FALSE,
      Q_POWER_OFF_STEP_QUIT },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (QMachine) machine = q_test_machine_mock (cases[i].script);
      g_autoptr (QPowerOffPlan) plan = new_plan (-1, -1, -1, -1);
      g_autoptr (QPowerOffResult) result = NULL;

      g_test_message ("%s", cases[i].script);
      q_test_launch (machine);
      result = power_off (machine, plan);
      g_assert_cmpint (q_power_off_result_get_step (result), ==, cases[i].step);
      g_assert_cmpint (q_power_off_result_get_guest_off (result), ==, cases[i].guest_off);
      if (cases[i].failed != Q_POWER_OFF_STEP_NONE)
        assert_step (result, cases[i].failed, Q_POWER_OFF_OUTCOME_FAILED, "not because of it");
    }

  /* Of those that were killed. */
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 2);
}

static void
test_no_monitor (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
  g_autoptr (QPowerOffResult) result = NULL;

  q_machine_set_monitor_mode (machine, Q_MONITOR_MODE_NONE);
  q_test_launch (machine);
  result = power_off (machine, NULL);

  assert_worked (result, Q_POWER_OFF_STEP_TERM, FALSE);
  assert_step (result, Q_POWER_OFF_STEP_BUTTON, Q_POWER_OFF_OUTCOME_SKIPPED, "has no monitor");
  assert_step (result, Q_POWER_OFF_STEP_QUIT, Q_POWER_OFF_OUTCOME_SKIPPED, "has no monitor");
}

/* An agent that never answers, of a machine that ends: nobody waits for its limit, which is none.
 */
static gpointer
kill_thread (gpointer machine)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (q_machine_kill (machine, NULL, &error));
  return NULL;
}

static void
test_silent_agent (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
  g_autoptr (QGuestAgent) agent = q_guest_agent_new ();
  g_autoptr (QPowerOffPlan) plan = new_plan (0, -1, -1, -1);
  g_autoptr (QPowerOffResult) result = NULL;
  g_autoptr (QPowerOffResult) killed = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  GThread *thread;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  socket = g_socket_new_from_fd (fds[0], &error);
  g_assert_no_error (error);
  connection = g_socket_connection_factory_create_connection (socket);
  q_guest_agent_attach_stream (agent, G_IO_STREAM (connection), NULL, &error);
  g_assert_no_error (error);

  g_object_set (plan, "agent", agent, "agent-timeout", 100, NULL);
  q_test_launch (machine);
  result = power_off (machine, plan);
  assert_worked (result, Q_POWER_OFF_STEP_QUIT, FALSE);
  assert_step (result, Q_POWER_OFF_STEP_AGENT, Q_POWER_OFF_OUTCOME_TIMED_OUT, "after 100 ms");
  assert_step (result, Q_POWER_OFF_STEP_BUTTON, Q_POWER_OFF_OUTCOME_SKIPPED, "the plan skips it");

  q_power_off_plan_set_agent_timeout (plan, -1);
  q_test_launch (machine);
  thread = g_thread_new ("kill", kill_thread, machine);
  killed = power_off (machine, plan);
  g_thread_join (thread);
  g_assert_cmpint (q_power_off_result_get_exit_code (killed), ==, -9);
  g_assert_cmpint (q_power_off_result_get_step (killed), ==, Q_POWER_OFF_STEP_NONE);
  close (fds[1]);
}

/* -- the call -- */

static void
test_stopped (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QPowerOffResult) never = power_off (machine, NULL);
  g_autoptr (QPowerOffResult) ended = NULL;

  g_assert_cmpint (q_power_off_result_get_step (never), ==, Q_POWER_OFF_STEP_NONE);
  g_assert_cmpint (q_power_off_result_get_exit_kind (never), ==, Q_EXIT_KIND_NONE);
  g_assert_cmpstr (q_power_off_result_get_description (never), ==, "the machine did not run");

  q_test_launch (machine);
  q_test_shutdown (machine);
  ended = power_off (machine, NULL);
  g_assert_cmpint (q_power_off_result_get_exit_kind (ended), ==, Q_EXIT_KIND_EXITED);
  g_assert_cmpstr (q_power_off_result_get_description (ended), ==,
                   "the machine did not run: QEMU exited with status 0 before");
}

static void
test_left_running (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
  g_autoptr (QPowerOffPlan) plan = new_plan (3000, 0, 0, 0);
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  g_assert_null (q_machine_power_off (machine, plan, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_true (g_str_has_prefix (error->message, "power_off: QEMU still runs after "));
  g_assert_nonnull (g_strrstr (error->message, "\nbutton: timed out: the guest was not off after"));
  g_assert_nonnull (g_strrstr (error->message, "\nkill: skipped: the plan skips it"));
  q_test_assert_running (machine);
  q_test_shutdown (machine);
}

static void
test_cancelled (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
  g_autoptr (QEventListener) listener = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GError) error = NULL;
  const char *const names[] = { "POWERDOWN", NULL };

  q_test_launch (machine);
  listener = q_machine_listen (machine, names, NULL, NULL);
  q_machine_power_off_async (machine, NULL, cancellable, q_test_store_result, &result);
  event = q_event_listener_next (listener, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_cancellable_cancel (cancellable);
  g_assert_null (q_machine_power_off_finish (machine, q_test_await (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (g_str_has_prefix (error->message, "power_off, at the step button: "));
  q_test_assert_running (machine);
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_RUNNING);

  /* Before the call. */
  g_clear_error (&error);
  g_assert_null (q_machine_power_off (machine, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  q_test_assert_running (machine);
  q_test_shutdown (machine);
}

/* Two with plans of their own, and one that shuts down. */
static void
test_together (QTestFixture *fixture, gconstpointer data)
{
  guint n_rounds = q_test_is_long () ? 50 : 3;
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
  g_autoptr (QPowerOffPlan) patient = new_plan (60, -1, -1, -1);
  g_autoptr (QPowerOffPlan) rude = new_plan (40, 0, 0, -1);

  for (guint i = 0; i < n_rounds; i++)
    {
      GAsyncResult *results[3] = { NULL };
      g_autoptr (GError) error = NULL;

      q_test_launch (machine);
      q_machine_power_off_async (machine, patient, NULL, q_test_store_result, &results[0]);
      q_machine_power_off_async (machine, rude, NULL, q_test_store_result, &results[1]);
      if (i % 2 != 0)
        q_machine_shutdown_async (machine, -1, NULL, q_test_store_result, &results[2]);
      for (int j = 0; j < 2; j++)
        {
          g_autoptr (QPowerOffResult) result
            = q_machine_power_off_finish (machine, q_test_await (&results[j]), &error);

          g_assert_no_error (error);
          g_assert_cmpint (q_power_off_result_get_exit_kind (result), !=, Q_EXIT_KIND_NONE);
        }
      if (i % 2 != 0)
        q_machine_shutdown_finish (machine, q_test_await (&results[2]), NULL);
      for (gsize j = 0; j < G_N_ELEMENTS (results); j++)
        g_clear_object (&results[j]);
      g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
    }
}

static void
test_plan (void)
{
  g_autoptr (QPowerOffPlan) plan = q_power_off_plan_new ();

  g_assert_null (q_power_off_plan_get_agent (plan));
  g_assert_cmpint (q_power_off_plan_get_agent_timeout (plan), ==, 60000);
  g_assert_cmpint (q_power_off_plan_get_button_timeout (plan), ==, 60000);
  g_assert_cmpint (q_power_off_plan_get_button_interval (plan), ==, 10000);
  g_assert_cmpint (q_power_off_plan_get_quit_timeout (plan), ==, Q_TIMEOUT_DEFAULT);
  g_assert_cmpint (q_power_off_plan_get_term_timeout (plan), ==, 5000);
  g_assert_cmpint (q_power_off_plan_get_kill_timeout (plan), ==, -1);

  g_test_expect_message ("QMachine", G_LOG_LEVEL_CRITICAL, "*term_timeout >= -1*");
  q_power_off_plan_set_term_timeout (plan, -2);
  g_test_assert_expected_messages ();
  g_assert_cmpint (q_power_off_plan_get_term_timeout (plan), ==, 5000);
}

#define ADD(path, function)                                                                        \
  g_test_add ("/power-off/" path, QTestFixture, NULL, q_test_set_up, function, q_test_tear_down)

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);

  g_test_add_func ("/power-off/plan", test_plan);
  ADD ("button", test_button);
  ADD ("agent", test_agent);
  ADD ("agent-refuses", test_agent_refuses);
  ADD ("ignored", test_ignored);
  ADD ("deaf", test_deaf);
  ADD ("paused-meanwhile", test_paused_meanwhile);
  ADD ("refused", test_refused);
  ADD ("silent", test_silent);
  ADD ("ends-meanwhile", test_ends_meanwhile);
  ADD ("no-monitor", test_no_monitor);
  ADD ("silent-agent", test_silent_agent);
  ADD ("stopped", test_stopped);
  ADD ("left-running", test_left_running);
  ADD ("cancelled", test_cancelled);
  ADD ("together", test_together);

  return g_test_run ();
}
