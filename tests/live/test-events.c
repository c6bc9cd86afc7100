/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting for real QEMU's events: which one is taken, what stays, and for how long. */

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

#include "q-test-util.h"

static void
command (QMachine *machine, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *result
    = q_machine_command_json (machine, name, NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (result, ==, "{}");
}

/* QEMU reports what a command does before it answers it: afterwards the events are there. */
static void
make_events (QMachine *machine)
{
  command (machine, "stop");
  command (machine, "cont");
  command (machine, "system_powerdown");
  command (machine, "stop");
}

static void
assert_wait (QMachine *machine, const char *const *names, const char *match, const char *expected)
{
  g_autoptr (JsonNode) node = match != NULL ? json_from_string (match, NULL) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QMonitorEvent) event = q_machine_wait_event (machine, names, node, 0, NULL, &error);

  if (expected == NULL)
    {
      g_assert_null (event);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      return;
    }
  g_assert_no_error (error);
  g_assert_cmpstr (q_monitor_event_get_name (event), ==, expected);
}

static void
assert_pop (QMachine *machine, const char *expected)
{
  g_autoptr (QMonitorEvent) event = q_machine_pop_event (machine);

  g_assert_cmpstr (event != NULL ? q_monitor_event_get_name (event) : NULL, ==, expected);
}

/* Of several the one that came first, whichever is named first; no name is any name. */
static void
test_several_names (QTestFixture *fixture, gconstpointer data)
{
  static const char *const either[] = { "POWERDOWN", "NO_SUCH_EVENT", "RESUME", NULL };
  static const char *const nothing[] = { NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();

  q_test_launch (machine);
  make_events (machine);
  assert_wait (machine, either, NULL, "RESUME");
  assert_wait (machine, either, NULL, "POWERDOWN");
  assert_wait (machine, either, NULL, NULL);
  command (machine, "cont");
  assert_wait (machine, NULL, NULL, "STOP");
  assert_wait (machine, nothing, NULL, "STOP");
  assert_wait (machine, NULL, NULL, "RESUME");
  q_test_shutdown (machine);
}

/* What was not asked for stays, in its order, and can be asked for later. */
static void
test_others_stay (QTestFixture *fixture, gconstpointer data)
{
  static const char *const powerdown[] = { "POWERDOWN", NULL };
  static const char *const resume[] = { "RESUME", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();

  q_test_launch (machine);
  make_events (machine);
  assert_wait (machine, powerdown, NULL, "POWERDOWN");
  assert_wait (machine, powerdown, NULL, NULL);
  assert_wait (machine, resume, NULL, "RESUME");
  assert_pop (machine, "STOP");
  assert_pop (machine, "STOP");
  assert_pop (machine, NULL);
  q_test_shutdown (machine);
}

static void
test_order (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  gint64 last = 0;

  q_test_launch (machine);
  for (guint i = 0; i < 200; i++)
    command (machine, i % 2 == 0 ? "stop" : "cont");

  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (GError) error = NULL;
      /* By either way: it is one queue. */
      g_autoptr (QMonitorEvent) event
        = i % 3 == 0 ? q_machine_pop_event (machine)
                     : q_machine_wait_event (machine, NULL, NULL, 0, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (q_monitor_event_get_name (event), ==, i % 2 == 0 ? "STOP" : "RESUME");
      g_assert_cmpint (q_monitor_event_get_timestamp (event), >=, last);
      last = q_monitor_event_get_timestamp (event);
    }
  assert_pop (machine, NULL);
  q_test_shutdown (machine);
}

/* Part of what is inside, to any depth. */
static void
test_nested_match (QTestFixture *fixture, gconstpointer data)
{
  static const char *const dumped[] = { "DUMP_COMPLETED", NULL };
  static const char *const wrong[] = {
    "{\"result\":{\"status\":\"failed\"}}",
    "{\"result\":{\"status\":\"completed\",\"total\":1}}",
    "{\"result\":{\"no-such-member\":null}}",
    "{\"result\":\"completed\"}",
    "{\"status\":\"completed\"}",
    "{\"result\":{},\"error\":null}",
  };
  static const char *const right[] = {
    NULL,
    "{}",
    "{\"result\":{}}",
    "{\"result\":null}",
    "{\"result\":{\"status\":\"completed\"}}",
    "{\"result\":{\"total\":null,\"status\":\"completed\"}}",
  };
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");

  q_test_launch (machine);
  for (gsize i = 0; i < G_N_ELEMENTS (right); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *result = q_machine_command_json (
        machine, "dump-guest-memory", "{\"paging\":false,\"protocol\":\"file:/dev/null\"}",
        Q_TIMEOUT_DEFAULT, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (result, ==, "{}");
      for (gsize j = 0; j < G_N_ELEMENTS (wrong); j++)
        assert_wait (machine, dumped, wrong[j], NULL);
      assert_wait (machine, dumped, right[i], "DUMP_COMPLETED");
      assert_wait (machine, dumped, NULL, NULL);
    }
  q_test_shutdown (machine);
}

/* -- how long -- */

static void
test_zero_timeout (QTestFixture *fixture, gconstpointer data)
{
  static const char *const stopped[] = { "STOP", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();

  q_test_launch (machine);
  assert_wait (machine, stopped, NULL, NULL);
  command (machine, "stop");
  assert_wait (machine, stopped, NULL, "STOP");
  assert_wait (machine, stopped, NULL, NULL);
  q_test_shutdown (machine);
}

static void
test_finite_timeout (QTestFixture *fixture, gconstpointer data)
{
  static const char *const stopped[] = { "STOP", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GAsyncResult) waited = NULL;
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GError) error = NULL;
  gint64 begin;

  q_test_launch (machine);
  begin = g_get_monotonic_time ();
  g_assert_null (q_machine_wait_event (machine, stopped, NULL, 200, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "STOP"));
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 200 * 1000);
  g_clear_error (&error);

  /* What comes in time ends it in time. */
  begin = g_get_monotonic_time ();
  q_machine_wait_event_async (machine, stopped, NULL, Q_TEST_DEADLINE_MS / 2, NULL,
                              q_test_store_result, &waited);
  command (machine, "stop");
  event = q_machine_wait_event_finish (machine, q_test_await (&waited), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (q_monitor_event_get_name (event), ==, "STOP");
  g_assert_cmpint (g_get_monotonic_time () - begin, <, Q_TEST_DEADLINE_MS / 4 * 1000LL);
  q_test_shutdown (machine);
}

/* The guest takes its time to boot, and nobody sets one. */
static void
test_infinite_timeout (QTestFixture *fixture, gconstpointer data)
{
  static const char *const paused[] = { "-S", NULL };
  static const char *const ended[] = { "SHUTDOWN", NULL };
  g_autoptr (QMachine) machine = q_test_machine_guest ("hello.img");
  g_autoptr (JsonNode) match = json_from_string ("{\"guest\":true}", NULL);
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GError) error = NULL;

  q_machine_add_args (machine, paused);
  q_test_launch (machine);
  command (machine, "cont");
  event = q_machine_wait_event (machine, ended, match, -1, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (q_monitor_event_get_name (event), ==, "SHUTDOWN");
  assert_pop (machine, "RESUME");
  q_test_shutdown (machine);
}

/* -- before the call -- */

static void
test_came_before (QTestFixture *fixture, gconstpointer data)
{
  static const char *const no_shutdown[] = { "-no-shutdown", NULL };
  static const char *const ended[] = { "SHUTDOWN", NULL };
  g_autoptr (QMachine) machine = q_test_machine_guest ("hello.img");

  q_machine_add_args (machine, no_shutdown);
  q_test_launch_guest (machine);
  q_test_wait_until (NULL, q_machine_get_run_state (machine) == Q_RUN_STATE_SHUTDOWN);
  assert_wait (machine, ended, "{\"reason\":\"guest-shutdown\"}", "SHUTDOWN");
  assert_wait (machine, ended, NULL, NULL);
  q_test_shutdown (machine);
}

/* Each monitor has its own queue of all events. */
static void
test_two_monitors (QTestFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "POWERDOWN", "RESUME", NULL };
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "second", NULL);
  g_autofree char *chardev = g_strdup_printf ("socket,id=second,path=%s,server=on,wait=off", path);
  const char *const args[] = { "-chardev", chardev, "-qmp", "chardev:second", NULL };
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autolist (QMonitorEvent) rest = NULL;
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GError) error = NULL;

  q_machine_add_args (machine, args);
  q_test_launch (machine);
  g_assert_true (q_monitor_attach (monitor, address, NULL, &error));
  g_assert_no_error (error);
  make_events (machine);
  assert_wait (machine, names, NULL, "RESUME");

  /* They came over another socket: only an answer over that one tells that they are there. */
  json_node_unref (q_monitor_command (monitor, "query-name", NULL, Q_MONITOR_FLAGS_NONE,
                                      Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  event = q_monitor_wait_event (monitor, names, NULL, 0, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (q_monitor_event_get_name (event), ==, "RESUME");
  rest = q_monitor_pop_events (monitor);
  g_assert_cmpuint (g_list_length (rest), ==, 3);
  g_assert_cmpstr (q_monitor_event_get_name (rest->data), ==, "STOP");
  g_assert_cmpstr (q_monitor_event_get_name (rest->next->data), ==, "POWERDOWN");
  g_assert_cmpstr (q_monitor_event_get_name (rest->next->next->data), ==, "STOP");
  q_test_shutdown (machine);
  g_assert_true (q_monitor_close (monitor, NULL, &error));
  g_assert_no_error (error);
  g_unlink (path);
}

#define ADD(path, func)                                                                            \
  g_test_add ("/events/" path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("several-names", test_several_names);
  ADD ("others-stay", test_others_stay);
  ADD ("order", test_order);
  ADD ("nested-match", test_nested_match);
  ADD ("zero-timeout", test_zero_timeout);
  ADD ("finite-timeout", test_finite_timeout);
  ADD ("infinite-timeout", test_infinite_timeout);
  ADD ("came-before", test_came_before);
  ADD ("two-monitors", test_two_monitors);

  return g_test_run ();
}
