/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The property `run-state` as QEMU and its guest go through theirs: each one notified, in order and
 * in the owner context, here one of a thread of its own that no other thread turns. */

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#include "q-test-util.h"

/* What a machine told of its run state. */
typedef struct
{
  QMachine *machine;
  GMainContext *context;
  GThread *thread;
  GPtrArray *told; /* names */
  guint n_seen;    /* of them by the test */
} Watch;

static void
note_run_state (QMachine *machine, GParamSpec *pspec, gpointer data)
{
  Watch *watch = data;
  g_autofree char *name = q_machine_dup_run_state_name (machine);
  g_autoptr (GEnumClass) klass = g_type_class_ref (Q_TYPE_RUN_STATE);
  GEnumValue *value = g_enum_get_value_by_nick (klass, name);
  QRunState run_state;

  g_assert_true (g_thread_self () == watch->thread);
  g_assert_true (g_main_context_is_owner (watch->context));
  g_assert_cmpstr (pspec->name, ==, "run-state");

  /* Both readings speak of the same. */
  g_object_get (machine, "run-state", &run_state, NULL);
  g_assert_cmpint (run_state, ==, value != NULL ? value->value : (int)Q_RUN_STATE_UNKNOWN);
  g_assert_cmpint (q_machine_get_run_state (machine), ==, run_state);

  g_ptr_array_add (watch->told, g_steal_pointer (&name));
}

/* Takes over the machine, and launches it. */
static void
watch_begin (Watch *watch, QMachine *machine, const char *const *args)
{
  watch->machine = machine;
  watch->context = g_main_context_get_thread_default ();
  watch->thread = g_thread_self ();
  watch->told = g_ptr_array_new_with_free_func (g_free);
  watch->n_seen = 0;

  q_machine_add_args (machine, args);
  g_signal_connect (machine, "notify::run-state", G_CALLBACK (note_run_state), watch);
  q_test_launch (machine);
  g_assert_cmpuint (watch->told->len, ==, 0);
}

/* The next notification is of this state. */
static void
expect (Watch *watch, QRunState run_state, const char *name)
{
  q_test_wait_until (watch->context, watch->told->len > watch->n_seen);
  g_assert_cmpstr (watch->told->pdata[watch->n_seen++], ==, name);
  g_assert_cmpuint (watch->told->len, ==, watch->n_seen);
  g_assert_cmpint (q_machine_get_run_state (watch->machine), ==, run_state);
}

/* A state that ends on its own, and may have ended before the context could tell of it. */
static void
pass (Watch *watch, const char *name)
{
  q_test_wait_until (watch->context, watch->told->len > watch->n_seen);
  if (g_str_equal (watch->told->pdata[watch->n_seen], name))
    watch->n_seen++;
}

static void
command_with (Watch *watch, const char *name, const char *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *result
    = q_machine_command_json (watch->machine, name, arguments, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (result, ==, "{}");
}

static void
command (Watch *watch, const char *name)
{
  command_with (watch, name, NULL);
}

static void
watch_end (Watch *watch)
{
  q_test_shutdown (watch->machine);
  while (g_main_context_iteration (watch->context, FALSE))
    ;
  /* Nothing that the test did not expect. */
  g_assert_cmpuint (watch->told->len, ==, watch->n_seen);
  g_ptr_array_unref (watch->told);
  q_test_assert_last_unref (watch->machine);
}

/* It is asked to quit, and says so, in whichever state it was. */
static void
expect_shutdown_and_end (Watch *watch)
{
  command (watch, "quit");
  expect (watch, Q_RUN_STATE_SHUTDOWN, "shutdown");
  watch_end (watch);
}

/* -- what the monitor does -- */

static void
test_prelaunch_running_paused (void)
{
  static const char *const args[] = { "-S", NULL };
  Watch watch;

  watch_begin (&watch, q_test_machine_none (), args);
  expect (&watch, Q_RUN_STATE_PRELAUNCH, "prelaunch");
  for (guint i = 0; i < 3; i++)
    {
      command (&watch, "cont");
      expect (&watch, Q_RUN_STATE_RUNNING, "running");
      command (&watch, "stop");
      expect (&watch, Q_RUN_STATE_PAUSED, "paused");
    }

  /* Reset while it does not run, it is back where it began. */
  command (&watch, "system_reset");
  expect (&watch, Q_RUN_STATE_PRELAUNCH, "prelaunch");
  expect_shutdown_and_end (&watch);
}

/* -- what the guest does -- */

static void
test_shutdown (void)
{
  static const char *const args[] = { "-S", "-no-shutdown", NULL };
  Watch watch;

  watch_begin (&watch, q_test_machine_guest ("hello.img"), args);
  expect (&watch, Q_RUN_STATE_PRELAUNCH, "prelaunch");
  command (&watch, "cont");
  pass (&watch, "running");
  expect (&watch, Q_RUN_STATE_SHUTDOWN, "shutdown");

  command (&watch, "system_reset");
  expect (&watch, Q_RUN_STATE_PRELAUNCH, "prelaunch");
  command (&watch, "cont");
  pass (&watch, "running");
  expect (&watch, Q_RUN_STATE_SHUTDOWN, "shutdown");
  watch_end (&watch);
}

static void
test_suspended (void)
{
  static const char *const args[] = { "-S", NULL };
  static const char *const reset[] = { "RESET", NULL };
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GError) error = NULL;
  Watch watch;

  watch_begin (&watch, q_test_machine_guest ("suspend.img"), args);
  expect (&watch, Q_RUN_STATE_PRELAUNCH, "prelaunch");
  command (&watch, "cont");
  pass (&watch, "running");
  expect (&watch, Q_RUN_STATE_SUSPENDED, "suspended");

  command (&watch, "system_wakeup");
  expect (&watch, Q_RUN_STATE_RUNNING, "running");
  /* It boots again, which is no other state. */
  event = q_machine_wait_event (watch.machine, reset, NULL, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  expect_shutdown_and_end (&watch);
}

static void
test_guest_panicked (void)
{
  static const char *const args[] = { "-S", "-device", "pvpanic", "-action", "panic=pause", NULL };
  Watch watch;

  watch_begin (&watch, q_test_machine_guest ("panic.img"), args);
  expect (&watch, Q_RUN_STATE_PRELAUNCH, "prelaunch");
  for (guint i = 0; i < 2; i++)
    {
      command (&watch, "cont");
      pass (&watch, "running");
      expect (&watch, Q_RUN_STATE_GUEST_PANICKED, "guest-panicked");
      command (&watch, "system_reset");
      expect (&watch, Q_RUN_STATE_PRELAUNCH, "prelaunch");
    }
  expect_shutdown_and_end (&watch);
}

/* -- migration -- */

/* From one QEMU to the other. Neither has an event for the end of it. */
static void
test_migration (void)
{
  static const char *const incoming[] = { "-incoming", "defer", NULL };
  static const char *const none[] = { NULL };
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "migration", NULL);
  g_autofree char *arguments = g_strdup_printf ("{\"uri\":\"unix:%s\"}", path);
  Watch from;
  Watch to;

  watch_begin (&from, q_test_machine_guest ("idle.img"), none);
  expect (&from, Q_RUN_STATE_RUNNING, "running");
  watch_begin (&to, q_test_machine_guest ("idle.img"), incoming);
  expect (&to, Q_RUN_STATE_INMIGRATE, "inmigrate");

  command_with (&to, "migrate-incoming", arguments);
  command_with (&from, "migrate", arguments);
  expect (&to, Q_RUN_STATE_RUNNING, "running");
  pass (&from, "finish-migrate");
  expect (&from, Q_RUN_STATE_POSTMIGRATE, "postmigrate");

  expect_shutdown_and_end (&from);
  expect_shutdown_and_end (&to);
  g_unlink (path);
}

/* -- a QEMU from the future -- */

static void
test_unknown (void)
{
  static const char *const none[] = { NULL };
  Watch watch;

  watch_begin (&watch,
               q_test_machine_mock (
                 "negotiate; expect query-status; reply {\"status\": \"hibernating\"}; "
                 "expect stop; event STOP; reply {}; expect query-status; "
                 "reply {\"status\": \"beamed-up\"}; "
                 "expect cont; event RESUME; reply {}; "
                 "expect quit; event SHUTDOWN {\"guest\": false, \"reason\": \"whim\"}; reply {}"),
               none);
  expect (&watch, Q_RUN_STATE_UNKNOWN, "hibernating");
  command (&watch, "stop");
  expect (&watch, Q_RUN_STATE_UNKNOWN, "beamed-up");
  command (&watch, "cont");
  expect (&watch, Q_RUN_STATE_RUNNING, "running");
  expect_shutdown_and_end (&watch);
}

/* A change that nothing told of is seen when the program itself asks, whichever way. */
static void
test_own_question (void)
{
  static const char *const none[] = { NULL };
  g_autoptr (JsonNode) reply = NULL;
  g_autofree char *text = NULL;
  g_autofree char *whole = NULL;
  g_autofree char *name = NULL;
  Watch watch;

  watch_begin (&watch,
               q_test_machine_mock (
                 "negotiate; expect query-status; reply {\"status\": \"running\"}; "
                 "expect query-status; reply {\"status\": \"paused\"}; "
                 "expect query-status; reply {\"status\": \"io-error\"}; "
                 "expect query-status; reply {\"status\": \"watchdog\"}; "
                 "expect query-name; reply {\"status\": \"paused\"}; "
                 "expect quit; event SHUTDOWN {\"guest\": false, \"reason\": \"whim\"}; reply {}"),
               none);
  expect (&watch, Q_RUN_STATE_RUNNING, "running");
  reply = q_machine_command (watch.machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL);
  g_assert_nonnull (reply);
  expect (&watch, Q_RUN_STATE_PAUSED, "paused");
  text
    = q_machine_command_json (watch.machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL);
  g_assert_nonnull (text);
  expect (&watch, Q_RUN_STATE_IO_ERROR, "io-error");
  whole = q_machine_qmp_json (watch.machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL);
  g_assert_nonnull (whole);
  expect (&watch, Q_RUN_STATE_WATCHDOG, "watchdog");
  name = q_machine_command_json (watch.machine, "query-name", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL);
  g_assert_nonnull (name);
  g_assert_cmpint (q_machine_get_run_state (watch.machine), ==, Q_RUN_STATE_WATCHDOG);
  expect_shutdown_and_end (&watch);
}

/* QEMU makes an answer first and writes it later: an event may come before it that came after. The
 * library asks again, whether it was it that had asked or the program. */
static void
check_outdated_answer (const char *name, const char *question, const char *result)
{
  static const char *const none[] = { NULL };
  g_autofree char *script = g_strdup_printf (
    "negotiate; expect query-status; reply {\"status\": \"running\"}; %s; "
    "event RESUME; reply {\"status\": \"paused\"}; "
    "expect query-status; reply {\"status\": \"debug\"}; "
    "expect quit; event SHUTDOWN {\"guest\": false, \"reason\": \"whim\"}; reply {}",
    question);
  g_autofree char *text = NULL;
  Watch watch;

  watch_begin (&watch, q_test_machine_mock (script), none);
  expect (&watch, Q_RUN_STATE_RUNNING, "running");
  text = q_machine_command_json (watch.machine, name, NULL, Q_TIMEOUT_DEFAULT, NULL, NULL);
  g_assert_cmpstr (text, ==, result);
  expect (&watch, Q_RUN_STATE_DEBUG, "debug");
  expect_shutdown_and_end (&watch);
}

static void
test_outdated_answers (void)
{
  check_outdated_answer ("stop", "expect stop; event STOP; reply {}; expect query-status", "{}");
  check_outdated_answer ("query-status", "expect query-status", "{\"status\": \"paused\"}");
}

/* -- what others read of it -- */

static void
count (GObject *machine, GParamSpec *pspec, gpointer data)
{
  (*(guint *)data)++;
}

static gboolean
reads (QMachine *label, const char *text)
{
  g_autofree char *shown = NULL;

  g_object_get (label, "binary", &shown, NULL);
  return g_strcmp0 (shown, text) == 0;
}

static void
test_bound (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  /* Each has a text that others set, as a label has. */
  g_autoptr (QMachine) of_state = q_machine_new (NULL);
  g_autoptr (QMachine) of_run_state = q_machine_new (NULL);
  g_autoptr (QMachine) of_name = q_machine_new (NULL);
  g_autoptr (GError) error = NULL;
  GMainContext *context = g_main_context_get_thread_default ();
  gboolean running = TRUE;
  guint n_running = 0;

  g_object_bind_property (machine, "state", of_state, "binary", G_BINDING_SYNC_CREATE);
  g_object_bind_property (machine, "run-state", of_run_state, "binary", G_BINDING_SYNC_CREATE);
  g_object_bind_property (machine, "run-state-name", of_name, "binary", G_BINDING_DEFAULT);
  g_signal_connect (machine, "notify::running", G_CALLBACK (count), &n_running);
  g_assert_true (reads (of_state, "stopped"));
  g_assert_true (reads (of_run_state, "unknown"));
  g_object_get (machine, "running", &running, NULL);
  g_assert_false (running);

  q_test_launch (machine);
  q_test_wait_until (context, reads (of_name, "running"));
  g_assert_true (reads (of_run_state, "running"));
  q_test_wait_until (context, reads (of_state, "running"));
  g_object_get (machine, "running", &running, NULL);
  g_assert_true (running);
  g_assert_cmpuint (n_running, ==, 1);

  n_running = 0;
  q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  q_test_wait_until (context, reads (of_state, "stopped"));
  g_object_get (machine, "running", &running, NULL);
  g_assert_false (running);
  g_assert_cmpuint (n_running, ==, 1);
}

static void
test_bound_monitor (void)
{
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (QMachine) label = q_machine_new (NULL);

  g_object_bind_property (monitor, "state", label, "binary", G_BINDING_SYNC_CREATE);
  g_assert_true (reads (label, "closed"));
}

/* -- */

typedef void (*TestFunc) (void);

static void
run_in_own_context (gpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  (*(TestFunc *)data) ();
  g_main_context_pop_thread_default (context);
}

static void
run (QTestFixture *fixture, gconstpointer data)
{
  q_test_in_thread (run_in_own_context, (gpointer)data);
}

#define ADD(path, func)                                                                            \
  G_STMT_START                                                                                     \
  {                                                                                                \
    static const TestFunc test_func = func;                                                        \
    g_test_add ("/run-state/" path, QTestFixture, &test_func, q_test_set_up, run,                  \
                q_test_tear_down);                                                                 \
  }                                                                                                \
  G_STMT_END

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("prelaunch-running-paused", test_prelaunch_running_paused);
  ADD ("shutdown", test_shutdown);
  ADD ("suspended", test_suspended);
  ADD ("guest-panicked", test_guest_panicked);
  ADD ("migration", test_migration);
  ADD ("unknown", test_unknown);
  ADD ("own-question", test_own_question);
  ADD ("outdated-answers", test_outdated_answers);
  ADD ("bound", test_bound);
  ADD ("bound/monitor", test_bound_monitor);

  return g_test_run ();
}
