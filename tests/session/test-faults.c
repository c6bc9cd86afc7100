/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A machine whose QEMU breaks in every way, in every phase of its life: each call that waits is
 * told once and by the right name, and nothing is left. */

#include <malloc.h>
#include <signal.h>
#include <string.h>

#include "q-test-util.h"

#define SHORT_MS 300

/* What it is for the machine, whose words depend on the phase. */
typedef enum
{
  SILENCE,   /* it lives and says nothing more */
  HANG_UP,   /* it lives and has closed its monitor */
  DEATH,     /* it ends, with status 7 */
  NONSENSE,  /* what it says is not QMP */
  TOO_LARGE, /* what it says does not end */
  HARMLESS,  /* there is no error */
} Kind;

typedef struct
{
  const char *name;
  const char *steps; /* of the script; then it does nothing until SIGTERM */
  Kind kind;
} Fault;

static const Fault faults[] = {
  { "silence", "", SILENCE },
  { "half-a-line", "send {\"return\":", SILENCE },
  { "half-an-escape", "send {\"event\": \"\\u12", SILENCE },
  { "end", "close", HANG_UP },
  { "end-in-a-line", "send {\"return\":; close", HANG_UP },
  { "end-and-exit", "close; exit 7", DEATH },
  { "end-in-a-line-and-exit", "send {\"return\":; close; exit 7", DEATH },
  { "exit-with-words", "stderr it was me; exit 7", DEATH },
  { "wrong-type-of-message", "send-line [1]", NONSENSE },
  { "wrong-type-of-event", "send-line {\"event\": 7}", NONSENSE },
  { "wrong-type-of-error", "send-line {\"error\": 7}", NONSENSE },
  { "two-kinds", "send-line {\"return\": {}, \"event\": \"X\"}", NONSENSE },
  { "no-kind", "send-line {\"a\": 1}", NONSENSE },
  { "no-json", "send-line SSH-2.0-OpenSSH", NONSENSE },
  { "unasked-reply", "repeat 9; send-line {\"return\": {}}; end", NONSENSE },
  { "wrong-id", "reply-with-id 5", NONSENSE },
  { "nesting-1025", "send {\"return\":; nest 1025", NONSENSE },
  { "nesting-1000000", "send {\"return\":; nest 1000000", NONSENSE },
  { "invalid-utf-8", "send-line {\"return\": \"\\xff\"}", NONSENSE },
  { "lone-surrogate", "send-line {\"return\": \"\\ud800\"}", NONSENSE },
  { "nul", "send-line {\"return\": \\0}", NONSENSE },
  { "nul-in-string", "send-line {\"return\": \"\\0\"}", NONSENSE },
  { "bad-number", "send-line {\"return\": 01}", NONSENSE },
  { "comment", "send-line {\"return\": /* none */ 1}", NONSENSE },
  { "endless-line", "send {\"return\": \"; flood a 65M", TOO_LARGE },
  { "endless-blanks", "flood \\x20 1M", SILENCE },
  { "events", "repeat 20000; event STORM {\"n\": $N}; end", SILENCE },
};

typedef enum
{
  BEFORE_GREETING,
  NEGOTIATING,
  IDLE,
  PENDING,
  STOPPING,
  N_PHASES,
} Phase;

static const char *const phase_names[N_PHASES] = {
  "before-greeting", "negotiating", "idle", "pending", "stopping",
};

#define UP                                                                                         \
  "negotiate; expect query-status; "                                                               \
  "reply {\"status\": \"running\", \"singlestep\": false, \"running\": true}; "

static const char *const phase_scripts[N_PHASES] = {
  "",
  "greet; expect qmp_capabilities; ",
  UP "wait-signal USR1; ",
  UP "expect dying; expect dying; ",
  UP "expect quit; ",
};

typedef struct
{
  const Fault *fault;
  Phase phase;
} Case;

/* What a call fails with, by kind; what it says is NULL where no more is promised. */
typedef struct
{
  GQuark (*domain) (void); /* NULL for no error */
  int code;
  const char *text;
} Expected;

static const Expected launch_errors[] = {
  [SILENCE] = { g_io_error_quark, G_IO_ERROR_TIMED_OUT, NULL },
  [HANG_UP] = { q_machine_error_quark, Q_MACHINE_ERROR_LAUNCH_FAILED, NULL },
  [DEATH] = { q_machine_error_quark, Q_MACHINE_ERROR_LAUNCH_FAILED, "exited with status 7" },
  [NONSENSE] = { q_monitor_error_quark, Q_MONITOR_ERROR_PROTOCOL, NULL },
  [TOO_LARGE] = { q_monitor_error_quark, Q_MONITOR_ERROR_TOO_LARGE, "67108864" },
  [HARMLESS] = { NULL, 0, NULL },
};

static const Expected command_errors[] = {
  [SILENCE] = { g_io_error_quark, G_IO_ERROR_TIMED_OUT, NULL },
  [HANG_UP] = { q_monitor_error_quark, Q_MONITOR_ERROR_CLOSED, NULL },
  [DEATH] = { q_machine_error_quark, Q_MACHINE_ERROR_EXITED, "exited with status 7" },
  [NONSENSE] = { q_monitor_error_quark, Q_MONITOR_ERROR_PROTOCOL, NULL },
  [TOO_LARGE] = { q_monitor_error_quark, Q_MONITOR_ERROR_TOO_LARGE, NULL },
  [HARMLESS] = { NULL, 0, NULL },
};

static void
assert_expected (const Expected *expected, const GError *error)
{
  if (expected->domain == NULL)
    {
      g_assert_no_error (error);
      return;
    }

  g_assert_error (error, expected->domain (), expected->code);
  if (expected->text != NULL)
    g_assert_nonnull (strstr (error->message, expected->text));
}

static void
store_closed (QMonitor *monitor, GError *reason, gpointer data)
{
  GError **closed = data;

  g_assert_null (*closed);
  *closed = reason != NULL ? g_error_copy (reason) : g_error_new_literal (G_IO_ERROR, 0, "none");
}

/* Nothing waits but somebody for an event. */
static void
check_idle (QMachine *machine, const Fault *fault)
{
  g_autoptr (QMonitor) monitor = q_machine_dup_monitor (machine);
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) closed = NULL;
  g_autoptr (GError) error = NULL;
  const char *names[] = { "NEVER", NULL };
  GAsyncResult *pending = NULL;

  g_signal_connect (monitor, "closed", G_CALLBACK (store_closed), &closed);
  q_machine_wait_event_async (machine, names, NULL, -1, NULL, q_test_store_result, &pending);
  g_assert_null (q_machine_wait_event (machine, names, NULL, 0, NULL, NULL));
  g_assert_cmpint (kill ((pid_t)q_machine_get_pid (machine), SIGUSR1), ==, 0);

  if (fault->kind == SILENCE)
    {
      g_autofree char *text
        = q_machine_command_json (machine, "dying", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

      g_assert_null (text);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      g_clear_error (&error);
    }
  else
    {
      q_test_wait_until (NULL, closed != NULL);
    }

  /* Who waits is told of the end as soon as that is known, and else two seconds later. */
  if (fault->kind != HANG_UP)
    g_assert_true (q_machine_kill (machine, NULL, NULL));
  result = q_test_await (&pending);
  event = q_machine_wait_event_finish (machine, result, &error);
  g_assert_null (event);
  g_assert_nonnull (error);
  q_test_wait_until (NULL, closed != NULL);
  if (fault->kind == NONSENSE)
    g_assert_error (closed, Q_MONITOR_ERROR, Q_MONITOR_ERROR_PROTOCOL);
  else if (fault->kind == TOO_LARGE)
    g_assert_error (closed, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE);
  g_signal_handlers_disconnect_by_data (monitor, &closed);
}

static void
check_pending (QMachine *machine, const Fault *fault)
{
  gboolean answered = g_str_equal (fault->name, "unasked-reply");
  GAsyncResult *pending[2] = { NULL };

  q_machine_command_json_async (machine, "dying", NULL, Q_TIMEOUT_DEFAULT, NULL,
                                q_test_store_result, &pending[0]);
  q_machine_command_json_async (machine, "dying", NULL, Q_TIMEOUT_DEFAULT, NULL,
                                q_test_store_result, &pending[1]);
  for (guint i = 0; i < G_N_ELEMENTS (pending); i++)
    {
      g_autoptr (GAsyncResult) result = q_test_await (&pending[i]);
      g_autoptr (GError) error = NULL;
      g_autofree char *text = q_machine_command_json_finish (machine, result, &error);

      g_assert_cmpstr (text, ==, answered ? "{}" : NULL);
      assert_expected (&command_errors[answered ? HARMLESS : fault->kind], error);
    }
}

static void
check_stopping (QMachine *machine, const Fault *fault)
{
  g_autoptr (GError) error = NULL;
  gboolean done;

  g_object_set (machine, "shutdown-timeout", SHORT_MS, NULL);
  q_test_launch (machine);
  done = q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error);
  if (fault->kind == DEATH)
    {
      g_assert_true (done);
      g_assert_no_error (error);
      g_assert_cmpint (q_test_get_exit_code (machine), ==, 7);
    }
  else
    {
      g_assert_false (done);
      g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN);
    }
}

static void
test_fault (QTestFixture *fixture, gconstpointer data)
{
  const Case *it = data;
  g_autofree char *script
    = g_strconcat (phase_scripts[it->phase], it->fault->steps,
                   it->fault->steps[0] != '\0' ? "; wait-signal TERM" : "wait-signal TERM", NULL);
  g_autoptr (QMachine) machine = q_test_machine_mock (script);
  g_autoptr (GError) error = NULL;

  switch (it->phase)
    {
    case BEFORE_GREETING:
    case NEGOTIATING:
      g_object_set (machine, "launch-timeout", SHORT_MS, NULL);
      if (it->fault->kind != SILENCE)
        g_object_set (machine, "launch-timeout", Q_TEST_DEADLINE_MS, NULL);
      g_assert_false (q_machine_launch (machine, NULL, &error));
      assert_expected (&launch_errors[it->fault->kind], error);
      break;
    case IDLE:
      q_test_launch (machine);
      g_object_set (machine, "command-timeout", SHORT_MS, NULL);
      check_idle (machine, it->fault);
      break;
    case PENDING:
      q_test_launch (machine);
      if (it->fault->kind == SILENCE)
        g_object_set (machine, "command-timeout", SHORT_MS, NULL);
      check_pending (machine, it->fault);
      break;
    case STOPPING:
      check_stopping (machine, it->fault);
      break;
    case N_PHASES:
    default:
      g_assert_not_reached ();
    }

  g_assert_true (q_machine_kill (machine, NULL, NULL));
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
  q_test_assert_last_unref (machine);
}

/* Not everything is a fault in every phase. */
static gboolean
applies (const Fault *fault, Phase phase)
{
  gboolean is_reply = g_str_equal (fault->name, "unasked-reply");
  gboolean is_answer = g_str_equal (fault->name, "wrong-id");

  if (is_answer)
    return phase != BEFORE_GREETING && phase != IDLE;
  return !is_reply || phase != NEGOTIATING;
}

int
main (int argc, char *argv[])
{
  g_autoptr (GPtrArray) cases = g_ptr_array_new_with_free_func (g_free);

  q_test_init (&argc, &argv);

  for (Phase phase = BEFORE_GREETING; phase < N_PHASES; phase++)
    for (gsize i = 0; i < G_N_ELEMENTS (faults); i++)
      {
        g_autofree char *path
          = g_strdup_printf ("/faults/%s/%s", phase_names[phase], faults[i].name);
        Case *it;

        if (!applies (&faults[i], phase))
          continue;
        it = g_new0 (Case, 1);
        it->fault = &faults[i];
        it->phase = phase;
        g_ptr_array_add (cases, it);
        g_test_add (path, QTestFixture, it, q_test_set_up, test_fault, q_test_tear_down);
      }

  return g_test_run ();
}
