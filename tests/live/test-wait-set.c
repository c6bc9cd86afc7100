/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting for any of several things: which came, in which order, that none is lost, and what is
 * said when none comes. */

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "q-test-util.h"

static guint
add_event (QWaitSet *set, const char *name)
{
  const char *const names[] = { name, NULL };
  g_autoptr (GError) error = NULL;
  guint number = q_wait_set_add_event (set, names, NULL, &error);

  g_assert_no_error (error);
  return number;
}

static guint
add_state (QWaitSet *set, QRunState state)
{
  g_autoptr (GError) error = NULL;
  guint number = q_wait_set_add_run_state (set, state, &error);

  g_assert_no_error (error);
  return number;
}

static guint
add_text (QWaitSet *set, QConsole *console, const char *pattern)
{
  g_autoptr (GError) error = NULL;
  guint number
    = q_wait_set_add_text (set, console, pattern, Q_CONSOLE_MATCH_FLAGS_NONE, FALSE, &error);

  g_assert_no_error (error);
  return number;
}

static guint
add_exit (QWaitSet *set)
{
  g_autoptr (GError) error = NULL;
  guint number = q_wait_set_add_exit (set, &error);

  g_assert_no_error (error);
  return number;
}

static QWaitResult *
next (QWaitSet *set)
{
  g_autoptr (GError) error = NULL;
  QWaitResult *result = q_wait_set_next (set, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  return result;
}

static void
assert_next (QWaitSet *set, guint number)
{
  g_autoptr (QWaitResult) result = next (set);

  g_assert_cmpuint (q_wait_result_get_number (result), ==, number);
}

static void
assert_fails (QWaitSet *set, int timeout, GQuark domain, int code, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_wait_set_next (set, timeout, NULL, &error));
  g_assert_error (error, domain, code);
  if (strstr (error->message, text) == NULL)
    g_error ("\"%s\" is not in \"%s\"", text, error->message);
}

/* An end, however it was, before or after it was added; and not that of another machine's. */
static void
test_job (QTestFixture *fixture, gconstpointer data)
{
  static const char *const args[] = { "-blockdev", "null-co,node-name=from,size=1073741824",
                                      "-blockdev", "null-co,node-name=to,size=1073741824", NULL };
  static const char slow[]
    = "{\"job-id\": \"slow\", \"device\": \"from\", \"target\": \"to\", \"sync\": \"full\", "
      "\"speed\": 65536}";
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMachine) stranger = q_test_machine_none ();
  g_autoptr (QWaitSet) set = q_wait_set_new (machine);
  g_autoptr (QWaitSet) other = q_wait_set_new (stranger);
  g_autoptr (JsonNode) arguments = json_from_string (slow, NULL);
  g_autoptr (QWaitResult) result = NULL;
  g_autoptr (QJob) job = NULL;
  g_autoptr (GError) error = NULL;
  guint number, exit;

  q_machine_add_args (machine, args);
  q_test_launch (machine);
  job
    = q_machine_start_job (machine, "blockdev-backup", arguments, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (q_wait_set_add_job (other, job, &error), ==, 0);
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_cmpstr (error->message, ==, "add: the job \"slow\" is not one of this machine's");
  g_clear_error (&error);

  exit = add_exit (set);
  number = q_wait_set_add_job (set, job, &error);
  g_assert_no_error (error);
  assert_fails (set, 100, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "\n2. the job \"slow\": it is running");
  q_job_cancel (job, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  result = next (set);
  g_assert_cmpuint (q_wait_result_get_number (result), ==, number);
  g_assert_cmpint (q_wait_result_get_kind (result), ==, Q_WAIT_KIND_JOB);
  g_assert_true (q_job_get_ended (job));
  error = q_job_dup_error (job);
  g_assert_error (error, Q_JOB_ERROR, Q_JOB_ERROR_CANCELLED);
  g_clear_error (&error);

  /* Once for each time that it was added; and with the others' ends before QEMU's. */
  number = q_wait_set_add_job (set, job, NULL);
  assert_next (set, number);
  for (guint i = 0; i < 50; i++)
    {
      number = q_wait_set_add_job (set, job, NULL);
      g_clear_object (&result);
      result = q_wait_set_next (set, 0, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (q_wait_result_get_number (result), ==, number);
    }
  g_clear_object (&job);
  job
    = q_machine_start_job (machine, "blockdev-backup", arguments, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  number = q_wait_set_add_job (set, job, NULL);
  q_test_shutdown (machine);
  g_clear_object (&result);
  result = next (set);
  if (q_wait_result_get_number (result) == number)
    {
      error = q_job_dup_error (job);
      g_assert_nonnull (error);
      g_clear_object (&result);
      result = next (set);
    }
  g_assert_cmpuint (q_wait_result_get_number (result), ==, exit);
}

static void
command (QMachine *machine, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply
    = q_machine_command_json (machine, name, NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (reply);
}

static QMachine *
new_guest (const char *image, QConsole **console)
{
  QMachine *machine = q_test_machine_guest (image);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) args = q_machine_dup_args (machine);

  /* The serial port is the console's. */
  for (gsize i = 0; args[i] != NULL; i++)
    if (g_str_equal (args[i], "stdio"))
      {
        g_free (args[i]);
        args[i] = g_strdup ("none");
      }
  q_machine_set_args (machine, (const char *const *)args);
  *console = q_machine_add_console (machine, NULL, "isa-serial", &error);
  g_object_ref (*console);
  g_assert_no_error (error);
  return machine;
}

/* -- one after the other -- */

static void
test_kinds (QTestFixture *fixture, gconstpointer data)
{
  static const char *const wait[] = { "-S", NULL };
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = new_guest ("hello.img", &console);
  g_autoptr (QWaitSet) set = q_wait_set_new (machine);
  g_autoptr (QWaitResult) first = NULL;
  guint n_found[6] = { 0 };
  guint prelaunch = add_state (set, Q_RUN_STATE_PRELAUNCH);
  guint text = add_text (set, console, "hello (\\w+) the");
  guint event = add_event (set, "SHUTDOWN");
  guint exit = add_exit (set);
  guint running = add_state (set, Q_RUN_STATE_RUNNING);

  g_assert_cmpuint (prelaunch, ==, 1);
  g_assert_cmpuint (running, ==, 5);
  assert_fails (set, -1, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                "next: the machine was not launched");

  q_machine_add_args (machine, wait);
  q_test_launch (machine);
  first = next (set);
  g_assert_cmpuint (q_wait_result_get_number (first), ==, prelaunch);
  g_assert_cmpint (q_wait_result_get_kind (first), ==, Q_WAIT_KIND_RUN_STATE);
  g_assert_cmpint (q_wait_result_get_run_state (first), ==, Q_RUN_STATE_PRELAUNCH);
  assert_fails (
    set, 0, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
    "next: nothing that is waited for is there yet\n1. the run state prelaunch: it is "
    "prelaunch\n2. the text \"hello (\\w+) the\" on console: the console's last lines: "
    "(none)\n3. the event SHUTDOWN: events that came: none\n4. the end of QEMU: process ");

  command (machine, "cont");
  for (int i = 0; i < 4; i++)
    {
      g_autoptr (QWaitResult) result = next (set);
      guint number = q_wait_result_get_number (result);

      n_found[number]++;
      if (number == text)
        g_assert_cmpstr (q_console_match_get_group (q_wait_result_get_match (result), 1), ==,
                         "from");
      else if (number == event)
        g_assert_cmpstr (q_monitor_event_get_name (q_wait_result_get_event (result)), ==,
                         "SHUTDOWN");
      /* After all else. */
      g_assert_cmpint (number == exit, ==, i == 3);
      if (number == exit)
        {
          g_assert_cmpint (q_wait_result_get_kind (result), ==, Q_WAIT_KIND_EXIT);
          g_assert_cmpint (q_wait_result_get_exit_kind (result), ==, Q_EXIT_KIND_EXITED);
          g_assert_cmpint (q_wait_result_get_exit_code (result), ==, 0);
        }
    }
  g_assert_cmpuint (n_found[text], ==, 1);
  g_assert_cmpuint (n_found[event], ==, 1);
  g_assert_cmpuint (n_found[running], ==, 1);
  for (int i = 0; i < 2; i++)
    assert_fails (set, -1, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED,
                  "next: QEMU exited with status 0\nCommand line: ");
}

/* Of the next launch the old set hears nothing, and a new one all. */
static void
test_relaunch (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = new_guest ("idle.img", &console);

  for (int round = 0; round < 3; round++)
    {
      g_autoptr (QWaitSet) early = q_wait_set_new (machine);
      g_autoptr (QWaitSet) late = NULL;
      guint text = add_text (early, console, "ready");
      guint stop = add_event (early, "STOP");
      guint exit;

      q_test_launch (machine);
      assert_next (early, text);
      late = q_wait_set_new (machine);
      exit = add_exit (late);
      g_assert_cmpuint (add_text (late, console, "ready"), ==, 2);
      assert_next (late, 2);
      command (machine, "stop");
      q_test_shutdown (machine);

      /* What came before the end is still told; and not what comes in a launch that follows. */
      q_test_launch (machine);
      assert_next (early, stop);
      assert_fails (early, -1, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED,
                    "QEMU exited with status 0");
      assert_next (late, exit);
      assert_fails (late, -1, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED, "QEMU exited with status 0");
      q_test_shutdown (machine);
    }
}

static void
test_time_out (QTestFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "STOP", "DEVICE_DELETED", NULL };
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = new_guest ("login.img", &console);
  g_autoptr (QWaitSet) set = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gint64 start;

  q_test_launch (machine);
  text = q_console_wait_for_text (console, "login: ", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  set = q_wait_set_new (machine);
  q_wait_set_add_event_json (set, names, "{\"device\":\"d0\"}", &error);
  g_assert_no_error (error);
  add_text (set, console, "password: ");
  add_state (set, Q_RUN_STATE_PAUSED);
  command (machine, "stop");
  assert_next (set, 3);
  command (machine, "cont");
  command (machine, "stop");
  command (machine, "cont");
  assert_next (set, 3);

  start = g_get_monotonic_time ();
  command (machine, "system_reset");
  assert_fails (set, 50, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                "next: nothing that is waited for came within 50 ms\n1. the event STOP, "
                "DEVICE_DELETED with {\"device\":\"d0\"}: events that came: ");
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 50 * 1000);
  add_event (set, "NEVER");
  command (machine, "system_reset");
  text = (g_free (text), NULL);
  g_assert_null (q_wait_set_next (set, 50, NULL, &error));
  g_assert_nonnull (strstr (error->message, "RESET"));
  g_assert_nonnull (strstr (error->message, "\n2. the text \"password: \" on console: the "
                                            "console's last lines:\n"));
  g_assert_nonnull (strstr (error->message, "login: "));
  g_assert_nonnull (strstr (error->message, "\n3. the run state paused: it is running"));
  q_test_shutdown (machine);
}

/* -- many at a time -- */

#define N_KINDS 4

/* STOP and RESUME, and the states that come with them: all of each, in its order. */
static void
test_nothing_lost (QTestFixture *fixture, gconstpointer data)
{
  guint n_rounds = q_test_is_long () ? 1000 : 200;
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QWaitSet) set = NULL;
  guint n_found[N_KINDS + 1] = { 0 };
  guint n_left = 0;

  q_test_launch (machine);
  set = q_wait_set_new (machine);
  g_assert_cmpuint (add_event (set, "STOP"), ==, 1);
  g_assert_cmpuint (add_event (set, "RESUME"), ==, 2);
  g_assert_cmpuint (add_state (set, Q_RUN_STATE_PAUSED), ==, 3);
  g_assert_cmpuint (add_state (set, Q_RUN_STATE_RUNNING), ==, 4);
  assert_next (set, 4);

  for (guint i = 0; i < n_rounds; i++)
    {
      command (machine, "stop");
      /* The state follows the event in silence; and each other round leaves some behind. */
      command (machine, "query-status");
      command (machine, "cont");
      n_left += N_KINDS;
      for (guint n = i % 2 == 0 ? 3 : 5; n > 0 && n_left > 0; n--, n_left--)
        {
          g_autoptr (QWaitResult) result = next (set);

          n_found[q_wait_result_get_number (result)]++;
        }
    }
  for (; n_left > 0; n_left--)
    {
      g_autoptr (QWaitResult) result = next (set);

      n_found[q_wait_result_get_number (result)]++;
    }

  for (guint i = 1; i <= N_KINDS; i++)
    g_assert_cmpuint (n_found[i], ==, n_rounds);
  assert_fails (set, 0, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "is there yet");
  q_test_shutdown (machine);
}

typedef struct
{
  QWaitSet *set;
  gint *n_found;
  guint n_errors;
} Taker;

static gpointer
take_thread (gpointer data)
{
  Taker *taker = data;

  while (TRUE)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QWaitResult) result = q_wait_set_next (taker->set, -1, NULL, &error);

      if (result == NULL)
        {
          g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
          return NULL;
        }
      g_atomic_int_inc (&taker->n_found[q_wait_result_get_number (result)]);
    }
}

/* Who is impatient, or gives up, takes nothing away with it. */
static gpointer
impatient_thread (gpointer data)
{
  Taker *taker = data;

  while (TRUE)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QWaitResult) result = q_wait_set_next (taker->set, 1, NULL, &error);

      if (result != NULL)
        g_atomic_int_inc (&taker->n_found[q_wait_result_get_number (result)]);
      else if (g_error_matches (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED))
        return NULL;
      else
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
    }
}

/* The text of an echo and an event at the same time, and several that take. */
static void
test_race (QTestFixture *fixture, gconstpointer data)
{
  guint n_rounds = q_test_is_long () ? 1000 : 100;
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = new_guest ("echo.img", &console);
  g_autoptr (QWaitSet) set = q_wait_set_new (machine);
  g_autoptr (GError) error = NULL;
  gint n_found[3] = { 0 };
  Taker taker = { .set = set, .n_found = n_found };
  GThread *threads[3];

  add_event (set, "RESUME");
  add_text (set, console, "ready\\r\\n");
  q_test_launch (machine);
  assert_next (set, 2);
  q_wait_set_close (set);
  g_clear_object (&set);

  taker.set = set = q_wait_set_new (machine);
  add_event (set, "RESUME");
  q_wait_set_add_text (set, console, "x", Q_CONSOLE_MATCH_FLAGS_NONE, TRUE, &error);
  g_assert_no_error (error);
  threads[0] = g_thread_new ("take", take_thread, &taker);
  threads[1] = g_thread_new ("take", take_thread, &taker);
  threads[2] = g_thread_new ("impatient", impatient_thread, &taker);
  for (guint i = 1; i <= n_rounds; i++)
    {
      q_console_write (console, "x", NULL, &error);
      g_assert_no_error (error);
      command (machine, "stop");
      command (machine, "cont");
      /* The port of the guest holds one byte. */
      q_test_wait_until (NULL, g_atomic_int_get (&n_found[2]) == (int)i);
    }
  q_test_wait_until (NULL, g_atomic_int_get (&n_found[1]) == (int)n_rounds);
  q_test_shutdown (machine);
  for (int i = 0; i < 3; i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (n_found[1], ==, n_rounds);
  g_assert_cmpint (n_found[2], ==, n_rounds);
}

/* -- ends -- */

static void
test_crash (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("negotiate; expect query-status; reply {\"status\": \"running\"}; "
                           "stderr last words; expect go; reply {}; event LAST; kill SEGV");
  g_autoptr (QWaitSet) set = q_wait_set_new (machine);

  add_event (set, "LAST");
  add_event (set, "NEVER");
  q_test_launch (machine);
  command (machine, "go");
  assert_next (set, 1);
  assert_fails (set, -1, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED,
                "next: QEMU was killed by signal");
  assert_fails (set, -1, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED, "Output:\nlast words");
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 1);
}

/* One of the things fails, and the others go on. */
static void
test_monitor_gone (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("negotiate; expect query-status; reply {\"status\": \"running\"}; "
                           "exit-on-term 0; expect go; reply {}; close; stall");
  g_autoptr (QWaitSet) set = q_wait_set_new (machine);
  guint exit;

  add_event (set, "NEVER");
  exit = add_exit (set);
  q_test_launch (machine);
  command (machine, "go");
  assert_fails (set, Q_TEST_DEADLINE_MS, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED,
                "next: the event NEVER: ");
  assert_fails (set, 1, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "within 1 ms");
  q_test_shutdown (machine);
  assert_next (set, exit);
}

static void
test_detached (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QWaitSet) set = q_wait_set_new (machine);
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = NULL;
  g_autofree char *run_dir = NULL;

  add_event (set, "STOP");
  add_exit (set);
  q_machine_set_exit_with_parent (machine, FALSE);
  q_test_launch (machine);
  run_dir = q_machine_dup_run_dir (machine);
  assert_fails (set, 0, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "is there yet");
  q_machine_detach (machine, NULL, &error);
  g_assert_no_error (error);
  assert_fails (set, -1, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                "next: the machine was detached");

  address = q_machine_dup_listen_address (machine);
  q_monitor_attach (monitor, address, NULL, &error);
  g_assert_no_error (error);
  reply = q_monitor_command_json (monitor, "quit", NULL, Q_MONITOR_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  q_monitor_close (monitor, NULL, NULL);
  q_test_remove_tree (run_dir);
}

/* -- agents -- */

static void
test_agent (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QWaitSet) set = q_wait_set_new (machine);
  g_autoptr (QGuestAgent) agent = q_guest_agent_new ();
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  int fds[2];

  q_wait_set_add_agent (set, agent, &error);
  g_assert_no_error (error);
  q_test_launch (machine);
  assert_fails (set, 1, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED, "next: the guest agent: ");

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  socket = g_socket_new_from_fd (fds[0], &error);
  g_assert_no_error (error);
  connection = g_socket_connection_factory_create_connection (socket);
  q_guest_agent_attach_stream (agent, G_IO_STREAM (connection), NULL, &error);
  g_assert_no_error (error);
  q_wait_set_add_agent (set, agent, &error);
  g_assert_no_error (error);
  assert_fails (set, 1, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                "\n2. the guest agent: it is connected, and does not answer");

  /* It goes on being asked, and does not keep the end back. */
  q_test_shutdown (machine);
  assert_fails (set, -1, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED, "exited with status 0");
  q_wait_set_close (set);
  close (fds[1]);
}

/* -- the calls -- */

static gpointer
close_thread (gpointer set)
{
  q_wait_set_close (set);
  return NULL;
}

static void
test_calls (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMachine) other = q_test_machine_none ();
  QConsole *console = q_machine_add_console (other, NULL, NULL, NULL);
  g_autoptr (QWaitSet) set = q_wait_set_new (machine);
  g_autoptr (QWaitResult) result = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) waited = NULL;
  g_autoptr (GError) error = NULL;
  GThread *thread;

  g_assert_true (q_wait_set_get_machine (set) == machine);
  assert_fails (set, 0, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION, "the set is empty");
  assert_fails (set, -2, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                "-2 ms is no time limit");
  g_assert_cmpuint (q_wait_set_add_text (set, console, "x", 0, FALSE, &error), ==, 0);
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_clear_error (&error);
  g_assert_cmpuint (q_wait_set_add_run_state (set, Q_RUN_STATE_UNKNOWN, &error), ==, 0);
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_clear_error (&error);
  g_assert_cmpuint (q_wait_set_add_event_json (set, NULL, "[]", &error), ==, 0);
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);

  g_assert_cmpuint (add_event (set, "STOP"), ==, 1);
  q_test_launch (machine);
  q_wait_set_next_async (set, -1, cancellable, q_test_store_result, &waited);
  g_cancellable_cancel (cancellable);
  g_assert_null (q_wait_set_next_finish (set, q_test_await (&waited), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_clear_object (&waited);

  /* Put back, it is first again. */
  command (machine, "stop");
  result = next (set);
  command (machine, "cont");
  command (machine, "stop");
  q_wait_set_put_back (set, result);
  g_assert_true (next (set) == result);
  g_object_unref (result);
  assert_next (set, 1);

  q_wait_set_next_async (set, -1, NULL, q_test_store_result, &waited);
  thread = g_thread_new ("close", close_thread, set);
  g_assert_null (q_wait_set_next_finish (set, q_test_await (&waited), &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_thread_join (thread);
  assert_fails (set, -1, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED, "next: the set was closed");
  g_clear_error (&error);
  g_assert_cmpuint (q_wait_set_add_exit (set, &error), ==, 0);
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  q_test_shutdown (machine);
}

static void
test_bounds (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QWaitSet) set = q_wait_set_new (machine);
  g_autoptr (GError) error = NULL;

  for (guint i = 1; i <= 1024; i++)
    g_assert_cmpuint (add_state (set, Q_RUN_STATE_PAUSED), ==, i);
  g_assert_cmpuint (q_wait_set_add_run_state (set, Q_RUN_STATE_PAUSED, &error), ==, 0);
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_cmpstr (error->message, ==, "add: a set waits for at most 1024 things");
  q_test_launch (machine);
  assert_fails (set, 0, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "is there yet");
  command (machine, "stop");
  for (guint i = 1; i <= 1024; i++)
    assert_next (set, i);
  q_test_shutdown (machine);
}

/* Sets that are dropped while all is under way; and one that keeps its machine. */
static void
test_dropped (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  QMachine *weak;

  q_test_launch (machine);
  for (int i = 0; i < 50; i++)
    {
      g_autoptr (QWaitSet) set = q_wait_set_new (machine);

      add_event (set, "STOP");
      add_exit (set);
      add_state (set, Q_RUN_STATE_PAUSED);
      if (i % 2 == 0)
        command (machine, i % 4 == 0 ? "stop" : "cont");
    }
  weak = machine;
  {
    g_autoptr (QWaitSet) last = q_wait_set_new (machine);

    add_exit (last);
    g_clear_object (&machine);
    q_test_shutdown (weak);
    assert_next (last, 1);
  }
}

#define ADD(path, function)                                                                        \
  g_test_add ("/wait-set/" path, QTestFixture, NULL, q_test_set_up, function, q_test_tear_down)

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);

  ADD ("kinds", test_kinds);
  ADD ("relaunch", test_relaunch);
  ADD ("time-out", test_time_out);
  ADD ("nothing-lost", test_nothing_lost);
  ADD ("race", test_race);
  ADD ("crash", test_crash);
  ADD ("monitor-gone", test_monitor_gone);
  ADD ("detached", test_detached);
  ADD ("agent", test_agent);
  ADD ("job", test_job);
  ADD ("calls", test_calls);
  ADD ("bounds", test_bounds);
  ADD ("dropped", test_dropped);

  return g_test_run ();
}
