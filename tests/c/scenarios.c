/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The scenarios that every language plays, against real QEMU and the scripted peer. Blocking
 * calls, as C programs make them; signals come when the main context is turned. */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "q-test-util.h"

/* A command or two, then whatever the machine is asked at its end. */
#define PRIMED "negotiate; expect query-status; reply {\"status\":\"running\"}; "
#define SERVE "serve; exit 0"

#define CHECK(condition)                                                                           \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if (!(condition))                                                                              \
      {                                                                                            \
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "line %d: not so: %s", __LINE__,        \
                     #condition);                                                                  \
        return FALSE;                                                                              \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

/* For what reports an error of its own. */
#define TRY(call)                                                                                  \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if (!(call))                                                                                   \
      {                                                                                            \
        g_prefix_error (error, "line %d: ", __LINE__);                                             \
        return FALSE;                                                                              \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

/* Takes the error that a call has given, which must be this one. */
#define CHECK_ERROR(given, domain, code) TRY (take_error (&(given), (domain), (code), error))

static gboolean
take_error (GError **given, GQuark domain, int code, GError **error)
{
  gboolean fits = g_error_matches (*given, domain, code);

  if (!fits)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "not %s %d: %s", g_quark_to_string (domain),
                 code, *given != NULL ? (*given)->message : "no error");
  g_clear_error (given);
  return fits;
}

static gboolean
has_exit_code (QMachine *vm, int expected)
{
  int exit_code;

  return q_machine_get_exit_code (vm, &exit_code) && exit_code == expected;
}

static QMachine *
new_serving (gboolean real, const char *script)
{
  g_autofree char *whole = g_strconcat (PRIMED, script, SERVE, NULL);

  return real ? q_test_machine_none () : q_test_machine_mock (whole);
}

static gboolean
stop_well (QMachine *vm, GError **error)
{
  TRY (q_machine_shutdown (vm, Q_TIMEOUT_DEFAULT, NULL, error));
  CHECK (has_exit_code (vm, 0));
  CHECK (q_machine_get_state (vm) == Q_MACHINE_STATE_STOPPED);
  return TRUE;
}

/* A command whose result is of no interest. */
static gboolean
tell (QMachine *vm, const char *command, const char *arguments, GError **error)
{
  g_autofree char *result
    = q_machine_command_json (vm, command, arguments, Q_TIMEOUT_DEFAULT, NULL, error);

  return result != NULL;
}

static gboolean
answers (QMachine *vm, GError **error)
{
  g_autoptr (JsonNode) status = NULL;

  TRY (status = q_machine_command (vm, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, error));
  CHECK (g_str_equal (json_object_get_string_member (json_node_get_object (status), "status"),
                      "running"));
  return TRUE;
}

static void
count (QMachine *vm, gpointer data)
{
  ++*(guint *)data;
}

static gboolean
play_launch (gboolean real, GError **error)
{
  g_autoptr (QMachine) vm = new_serving (real, "");
  guint exits = 0;

  g_signal_connect (vm, "exited", G_CALLBACK (count), &exits);
  /* Twice: a machine that has stopped can be launched again. */
  for (guint i = 0; i < 2; i++)
    {
      TRY (q_machine_launch (vm, NULL, error));
      CHECK (q_machine_get_state (vm) == Q_MACHINE_STATE_RUNNING);
      CHECK (q_machine_get_pid (vm) > 0);
      TRY (answers (vm, error));
      TRY (stop_well (vm, error));
    }
  q_test_wait_until (NULL, exits >= 2);
  CHECK (exits == 2);
  return TRUE;
}

static gboolean
play_failed_launch (gboolean real, GError **error)
{
  g_autoptr (QMachine) vm
    = real ? q_test_machine_none ()
           : q_test_machine_mock ("stderr -no-such-option: invalid option; exit 1");
  g_autoptr (QMachine) missing = q_machine_new ("no-such-qemu");
  const char *const options[] = { "-no-such-option", NULL };
  g_autoptr (GError) failure = NULL;

  if (real)
    q_machine_add_args (vm, options);
  CHECK (!q_machine_launch (vm, NULL, &failure));
  CHECK (strstr (failure->message, "invalid option") != NULL);
  CHECK (strstr (failure->message, "status 1") != NULL);
  CHECK_ERROR (failure, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  CHECK (q_machine_get_state (vm) == Q_MACHINE_STATE_STOPPED);
  CHECK (!q_machine_launch (missing, NULL, &failure));
  CHECK_ERROR (failure, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  return TRUE;
}

static gboolean
play_command (gboolean real, GError **error)
{
#define ARGUMENTS "{\"path\":\"/machine\",\"property\":\"type\"}"
#define STEPS "expect qom-get " ARGUMENTS "; reply \"none-machine\"; "
  g_autoptr (QMachine) vm = new_serving (real, STEPS STEPS);
  g_autoptr (JsonNode) arguments = json_from_string (ARGUMENTS, NULL);
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *text = NULL;

  TRY (q_machine_launch (vm, NULL, error));
  TRY (node = q_machine_command (vm, "qom-get", arguments, Q_TIMEOUT_DEFAULT, NULL, error));
  CHECK (g_strcmp0 (json_node_get_string (node), "none-machine") == 0);
  TRY (text = q_machine_command_json (vm, "qom-get", ARGUMENTS, Q_TIMEOUT_DEFAULT, NULL, error));
  CHECK (g_str_equal (text, "\"none-machine\""));
  TRY (answers (vm, error));
  return stop_well (vm, error);
}

static gboolean
play_qmp_error (gboolean real, GError **error)
{
  g_autoptr (QMachine) vm = new_serving (
    real, "expect device_del {\"id\":\"nix\"}; error DeviceNotFound Device 'nix' not found; ");
  g_autoptr (GError) failure = NULL;

  TRY (q_machine_launch (vm, NULL, error));
  CHECK (!tell (vm, "device_del", "{\"id\":\"nix\"}", &failure));
  CHECK (failure->domain == Q_COMMAND_ERROR);
  CHECK (g_str_equal (failure->message, "device_del: Device 'nix' not found"));
  CHECK (g_str_equal (q_command_error_get_class_name (failure), "DeviceNotFound"));
  CHECK (g_str_equal (q_command_error_get_description (failure), "Device 'nix' not found"));
  CHECK (g_str_equal (q_command_error_get_command_name (failure), "device_del"));
  CHECK (strstr (q_command_error_get_reply (failure), "\"DeviceNotFound\"") != NULL);
  CHECK_ERROR (failure, Q_COMMAND_ERROR, Q_COMMAND_ERROR_DEVICE_NOT_FOUND);
  CHECK (!tell (vm, "no-such-command", NULL, &failure));
  CHECK_ERROR (failure, Q_COMMAND_ERROR, Q_COMMAND_ERROR_COMMAND_NOT_FOUND);
  TRY (answers (vm, error));
  return stop_well (vm, error);
}

static void
note_name (QMachine *vm, QMonitorEvent *event, gpointer data)
{
  g_string_append_printf (data, "%s ", q_monitor_event_get_name (event));
}

static gboolean
play_event_by_detail (gboolean real, GError **error)
{
  g_autoptr (QMachine) vm = new_serving (
    real, "expect stop; event STOP; reply; expect query-status; reply {\"status\":\"paused\"}; "
          "expect cont; event RESUME; reply; ");
  g_autoptr (GString) all = g_string_new (NULL);
  g_autoptr (GString) resumes = g_string_new (NULL);

  g_signal_connect (vm, "event", G_CALLBACK (note_name), all);
  g_signal_connect (vm, "event::RESUME", G_CALLBACK (note_name), resumes);
  TRY (q_machine_launch (vm, NULL, error));
  TRY (tell (vm, "stop", NULL, error));
  TRY (tell (vm, "cont", NULL, error));
  /* No handler runs in a blocking call. */
  CHECK (all->len == 0);
  q_test_wait_until (NULL, resumes->len > 0);
  CHECK (g_str_equal (all->str, "STOP RESUME "));
  CHECK (g_str_equal (resumes->str, "RESUME "));
  return stop_well (vm, error);
}

static gboolean
play_wait_event_match (gboolean real, GError **error)
{
  g_autoptr (QMachine) vm = new_serving (
    real, "expect blockdev-create; "
          "event JOB_STATUS_CHANGE {\"status\": \"created\", \"id\": \"j0\"}; "
          "event JOB_STATUS_CHANGE {\"status\": \"concluded\", \"id\": \"j1\"}; reply; "
          "event JOB_STATUS_CHANGE {\"status\": \"concluded\", \"id\": \"j0\"}; ");
  g_autoptr (JsonNode) match = json_from_string ("{\"id\":\"j0\",\"status\":\"concluded\"}", NULL);
  g_autofree char *file = g_build_filename (q_test_get_base_dir (), "disk", NULL);
  g_autofree char *arguments = g_strdup_printf (
    "{\"job-id\":\"j0\",\"options\":{\"driver\":\"file\",\"size\":65536,\"filename\":\"%s\"}}",
    file);
  const char *const names[] = { "JOB_STATUS_CHANGE", NULL };
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (QMonitorEvent) first = NULL;
  JsonObject *data;

  TRY (q_machine_launch (vm, NULL, error));
  TRY (tell (vm, "blockdev-create", arguments, error));
  TRY (event = q_machine_wait_event (vm, names, match, Q_TEST_DEADLINE_MS, NULL, error));
  CHECK (q_monitor_event_matches (event, match));
  data = json_node_get_object (q_monitor_event_get_data (event));
  CHECK (g_str_equal (json_object_get_string_member (data, "id"), "j0"));
  CHECK (q_monitor_event_get_timestamp (event) > G_GINT64_CONSTANT (1000000000000000));

  /* What did not match is still there. */
  TRY (first = q_machine_wait_event (vm, names, NULL, 0, NULL, error));
  data = json_node_get_object (q_monitor_event_get_data (first));
  CHECK (g_str_equal (json_object_get_string_member (data, "status"), "created"));
  TRY (stop_well (vm, error));
  CHECK (!real || g_unlink (file) == 0);
  return TRUE;
}

static gboolean
play_time_out (gboolean real, GError **error)
{
  g_autoptr (QMachine) vm
    = new_serving (real, "expect query-name; expect query-uuid; "
                         "reply-to 3 {\"late\": true}; reply-to 4 {\"UUID\": \"right\"}; ");
  const char *const names[] = { "NEVER", NULL };
  g_autoptr (GError) failure = NULL;
  g_autoptr (JsonNode) uuid = NULL;

  TRY (q_machine_launch (vm, NULL, error));
  CHECK (q_machine_wait_event (vm, names, NULL, 20, NULL, &failure) == NULL);
  CHECK_ERROR (failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  /* The late reply of one command is not the next one's. */
  CHECK (!real || kill ((pid_t)q_machine_get_pid (vm), SIGSTOP) == 0);
  g_object_set (vm, "command-timeout", 50, NULL);
  CHECK (!tell (vm, "query-name", NULL, &failure));
  CHECK_ERROR (failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_object_set (vm, "command-timeout", -1, NULL);
  CHECK (!real || kill ((pid_t)q_machine_get_pid (vm), SIGCONT) == 0);
  TRY (uuid = q_machine_command (vm, "query-uuid", NULL, Q_TIMEOUT_DEFAULT, NULL, error));
  CHECK (json_object_has_member (json_node_get_object (uuid), "UUID"));
  return stop_well (vm, error);
}

static gpointer
cancel_in_thread (gpointer data)
{
  g_cancellable_cancel (data);
  return NULL;
}

static gboolean
play_cancel (gboolean real, GError **error)
{
  g_autoptr (QMachine) vm = new_serving (real, "");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) launched = NULL;
  g_autoptr (GError) failure = NULL;
  GThread *thread;

  q_machine_launch_async (vm, cancellable, q_test_store_result, &launched);
  g_cancellable_cancel (cancellable);
  CHECK (!q_machine_launch_finish (vm, q_test_await (&launched), &failure));
  CHECK_ERROR (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  CHECK (q_machine_get_state (vm) == Q_MACHINE_STATE_STOPPED);

  TRY (q_machine_launch (vm, NULL, error));
  CHECK (q_machine_wait_event (vm, NULL, NULL, -1, cancellable, &failure) == NULL);
  CHECK_ERROR (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_cancellable_reset (cancellable);
  thread = g_thread_new ("cancel", cancel_in_thread, cancellable);
  CHECK (q_machine_wait_event (vm, NULL, NULL, -1, cancellable, &failure) == NULL);
  g_thread_join (thread);
  CHECK_ERROR (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  TRY (answers (vm, error));
  return stop_well (vm, error);
}

static gboolean
play_unexpected_death (gboolean real, GError **error)
{
  g_autoptr (QMachine) vm
    = real ? q_test_machine_none () : q_test_machine_mock (PRIMED "expect query-name; kill KILL");
  g_autoptr (GAsyncResult) waited = NULL;
  g_autoptr (GError) failure = NULL;
  g_autoptr (GError) told = NULL;
  guint exits = 0;

  g_signal_connect (vm, "exited", G_CALLBACK (count), &exits);
  TRY (q_machine_launch (vm, NULL, error));
  q_machine_wait_event_async (vm, NULL, NULL, -1, NULL, q_test_store_result, &waited);
  if (real)
    kill ((pid_t)q_machine_get_pid (vm), SIGKILL);
  else
    tell (vm, "query-name", NULL, &told);
  CHECK (q_machine_wait_event_finish (vm, q_test_await (&waited), &failure) == NULL);
  CHECK_ERROR (failure, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
  if (!real)
    CHECK_ERROR (told, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
  TRY (q_machine_wait (vm, -1, NULL, error));
  CHECK (has_exit_code (vm, -SIGKILL));
  CHECK (q_machine_get_state (vm) == Q_MACHINE_STATE_STOPPED);
  CHECK (!tell (vm, "query-name", NULL, &failure));
  CHECK_ERROR (failure, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  q_test_wait_until (NULL, exits > 0);
  CHECK (exits == 1);
  return TRUE;
}

static gboolean
play_two_machines (gboolean real, GError **error)
{
  g_autoptr (QMachine) one = new_serving (real, "expect stop; event STOP; reply; ");
  g_autoptr (QMachine) two = new_serving (real, "");
  const char *const names[] = { "STOP", NULL };
  g_autoptr (GAsyncResult) launched = NULL;
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (QMonitorEvent) none = NULL;
  gboolean both;

  q_machine_launch_async (two, NULL, q_test_store_result, &launched);
  both = q_machine_launch (one, NULL, error);
  /* Awaited in any case: its result goes to this stack frame. */
  q_test_await (&launched);
  TRY (both && q_machine_launch_finish (two, launched, error));
  CHECK (q_machine_get_pid (one) != q_machine_get_pid (two));
  TRY (tell (one, "stop", NULL, error));
  TRY (event = q_machine_wait_event (one, names, NULL, Q_TEST_DEADLINE_MS, NULL, error));
  TRY (answers (two, error));
  none = q_machine_pop_event (two);
  CHECK (none == NULL);
  TRY (stop_well (one, error));
  CHECK (q_machine_is_running (two));
  TRY (answers (two, error));
  return stop_well (two, error);
}

typedef struct
{
  QEventListener *listener;
  guint n_wanted;
  guint n_seen;
} Reader;

static gpointer
read_events (gpointer data)
{
  Reader *reader = data;
  QMonitorEvent *event;

  while (reader->n_seen < reader->n_wanted
         && (event = q_event_listener_next (reader->listener, Q_TEST_DEADLINE_MS, NULL, NULL)))
    {
      reader->n_seen++;
      g_object_unref (event);
    }
  return NULL;
}

static void
count_event (QMachine *vm, QMonitorEvent *event, gpointer n)
{
  (*(guint *)n)++;
}

/* Two listeners, one who waits, and a handler at once. */
static gboolean
play_listeners (gboolean real, GError **error)
{
  g_autoptr (QMachine) vm
    = new_serving (real, "expect stop; reply; repeat 10000; event TICK {\"n\":$N}; end; ");
  g_autoptr (QMonitor) monitor = NULL;
  const guint n_wanted = real ? 100 : 10000;
  Reader readers[2] = { 0 };
  GThread *threads[2];
  guint n_handled = 0;

  g_signal_connect (vm, "event", G_CALLBACK (count_event), &n_handled);
  TRY (q_machine_launch (vm, NULL, error));
  monitor = q_machine_dup_monitor (vm);
  q_monitor_set_event_backlog (monitor, 20000);
  for (guint i = 0; i < 2; i++)
    {
      readers[i].listener = q_machine_listen (vm, NULL, NULL, NULL);
      readers[i].n_wanted = n_wanted;
      threads[i] = g_thread_new ("reader", read_events, &readers[i]);
    }
  for (guint i = 0; i < (real ? n_wanted : 1); i++)
    TRY (tell (vm, i % 2 == 0 ? "stop" : "cont", NULL, error));
  for (guint i = 0; i < n_wanted; i++)
    {
      g_autoptr (QMonitorEvent) event
        = q_machine_wait_event (vm, NULL, NULL, Q_TEST_DEADLINE_MS, NULL, error);

      TRY (event != NULL);
    }
  for (guint i = 0; i < 2; i++)
    {
      g_thread_join (threads[i]);
      g_object_unref (readers[i].listener);
      CHECK (readers[i].n_seen == n_wanted);
    }
  q_test_wait_until (NULL, n_handled >= n_wanted);
  CHECK (n_handled == n_wanted);
  return stop_well (vm, error);
}

static const char *const integers[]
  = { "9007199254740993", "9223372036854775808", "18446744073709551615" };

static gboolean
echo_integers (QMachine *vm, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (integers); i++)
    {
      g_autofree char *arguments = g_strdup_printf ("{\"n\":%s}", integers[i]);
      g_autoptr (JsonNode) node = NULL;
      g_autofree char *text = NULL;

      TRY (text
           = q_machine_command_json (vm, "mock-echo", arguments, Q_TIMEOUT_DEFAULT, NULL, error));
      CHECK (g_str_equal (text, arguments));
      /* In a node it is the same 64 bits. */
      TRY (node = q_machine_command (vm, "count", NULL, Q_TIMEOUT_DEFAULT, NULL, error));
      CHECK ((guint64)json_node_get_int (node) == g_ascii_strtoull (integers[i], NULL, 10));
    }
  return TRUE;
}

static gboolean
keep_integers (QMachine *vm, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (integers); i++)
    {
      g_autofree char *device = g_strdup_printf (
        "{\"driver\":\"pci-bridge\",\"chassis_nr\":9,\"id\":\"b%u\",\"bus\":\"p%u\","
        "\"pref64-reserve\":%s}",
        i, i, integers[i]);
      g_autofree char *property = g_strdup_printf (
        "{\"path\":\"/machine/peripheral/b%u\",\"property\":\"pref64-reserve\"}", i);
      g_autoptr (JsonNode) arguments = json_from_string (property, NULL);
      g_autoptr (JsonNode) node = NULL;
      g_autofree char *text = NULL;

      TRY (tell (vm, "device_add", device, error));
      TRY (text = q_machine_command_json (vm, "qom-get", property, Q_TIMEOUT_DEFAULT, NULL, error));
      CHECK (g_str_equal (text, integers[i]));
      TRY (node = q_machine_command (vm, "qom-get", arguments, Q_TIMEOUT_DEFAULT, NULL, error));
      CHECK ((guint64)json_node_get_int (node) == g_ascii_strtoull (integers[i], NULL, 10));
    }
  return TRUE;
}

static gboolean
play_big_integers (gboolean real, GError **error)
{
  const char *const args[] = {
    "-machine", "q35",
    "-accel",   "tcg",
    "-S",       "-nodefaults",
    "-device",  "pcie-root-port,id=p0,chassis=0",
    "-device",  "pcie-root-port,id=p1,chassis=1",
    "-device",  "pcie-root-port,id=p2,chassis=2",
    NULL,
  };
  g_autoptr (QMachine) vm = NULL;
  g_autoptr (GString) script = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (integers); i++)
    g_string_append_printf (script, "expect mock-echo; reply {\"n\":%s}; expect count; reply %s; ",
                            integers[i], integers[i]);
  vm = new_serving (real, script->str);
  if (real)
    g_object_set (vm, "args", args, NULL);
  TRY (q_machine_launch (vm, NULL, error));
  TRY (real ? keep_integers (vm, error) : echo_integers (vm, error));
  return stop_well (vm, error);
}

static gboolean
play_large_reply (gboolean real, GError **error)
{
  g_autoptr (QMachine) vm = new_serving (
    real, "expect query-qmp-schema; send {\"return\": \"; flood x 4M; send-line \"}; ");
  g_autoptr (JsonNode) reply = NULL;

  TRY (q_machine_launch (vm, NULL, error));
  TRY (reply = q_machine_command (vm, "query-qmp-schema", NULL, Q_TIMEOUT_DEFAULT, NULL, error));
  if (real)
    CHECK (json_array_get_length (json_node_get_array (reply)) > 500);
  else
    CHECK (strspn (json_node_get_string (reply), "x") == 4 << 20);
  TRY (answers (vm, error));
  return stop_well (vm, error);
}

static const struct
{
  const char *name;
  gboolean (*play) (gboolean real, GError **error);
} scenarios[] = {
  { "launch", play_launch },
  { "failed-launch", play_failed_launch },
  { "command", play_command },
  { "qmp-error", play_qmp_error },
  { "event-by-detail", play_event_by_detail },
  { "wait-event-match", play_wait_event_match },
  { "time-out", play_time_out },
  { "cancel", play_cancel },
  { "unexpected-death", play_unexpected_death },
  { "two-machines", play_two_machines },
  { "listeners", play_listeners },
  { "big-integers", play_big_integers },
  { "large-reply", play_large_reply },
};

int
main (int argc, char **argv)
{
  const char *const peers[] = { "real", "mock" };
  guint failed = 0;

  q_test_init (&argc, &argv);

  for (guint peer = 0; peer < G_N_ELEMENTS (peers); peer++)
    for (guint i = 0; i < G_N_ELEMENTS (scenarios); i++)
      {
        g_autoptr (GError) error = NULL;

        if (scenarios[i].play (peer == 0, &error))
          {
            g_print ("pass: c: %s: %s\n", peers[peer], scenarios[i].name);
          }
        else
          {
            g_printerr ("c: %s: %s: %s\n", peers[peer], scenarios[i].name, error->message);
            failed++;
          }
      }

  return failed == 0 ? 0 : 1;
}
