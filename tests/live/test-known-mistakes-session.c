/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What has bitten the users of other programs that speak QMP, each with the number that it has in
 * docs/faults.md: sessions, commands, events, numbers. What becomes of the process is in
 * test-known-mistakes-process.c. */

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "q-test-util.h"
#include "qmock.h"

/* A session with the scripted peer. */
typedef struct
{
  QMockPeer *peer;
  QMonitor *monitor;
} Session;

/* With a limit for messages, 0 for the default. */
static void
begin_limited (Session *session, const char *script, guint64 max_message_size)
{
  g_autoptr (GError) error = NULL;

  session->peer = qmock_peer_new (script);
  g_assert_true (qmock_peer_start (session->peer, &error));
  g_assert_no_error (error);
  session->monitor = q_monitor_new ();
  if (max_message_size > 0)
    g_object_set (session->monitor, "max-message-size", max_message_size, NULL);
  q_monitor_attach (session->monitor, qmock_peer_get_address (session->peer), NULL, &error);
  g_assert_no_error (error);
}

static void
begin (Session *session, const char *script)
{
  begin_limited (session, script, 0);
}

static void
end (Session *session)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (q_monitor_close (session->monitor, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (qmock_peer_finish (session->peer, &error));
  g_assert_no_error (error);
  g_clear_object (&session->peer);
  q_test_assert_last_unref (session->monitor);
}

static void
assert_executes (QMonitor *monitor, const char *command, const char *arguments,
                 const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = q_monitor_command_json (monitor, command, arguments, Q_MONITOR_FLAGS_NONE,
                                                  Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_answers (QMachine *machine, const char *command, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text
    = q_machine_command_json (machine, command, NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  if (strstr (text, expected) == NULL)
    g_error ("no %s in the answer to %s: %s", expected, command, text);
}

static void
send_signal (QMachine *machine, int signal_number)
{
  g_assert_cmpint (kill ((pid_t)q_machine_get_pid (machine), signal_number), ==, 0);
}

/* -- 2: a time limit is the program's wish, and its end not that of the session -- */

static void
test_time_out_closes_nothing (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMonitor) alone = q_monitor_new ();
  g_autoptr (QMonitor) monitor = NULL;
  g_autoptr (GError) error = NULL;
  int limits[2] = { 0, 0 };

  g_object_get (machine, "command-timeout", &limits[0], NULL);
  g_object_get (alone, "command-timeout", &limits[1], NULL);
  g_assert_cmpint (limits[0], ==, -1);
  g_assert_cmpint (limits[1], ==, -1);

  q_test_launch (machine);
  monitor = q_machine_dup_monitor (machine);
  send_signal (machine, SIGSTOP);
  g_object_set (machine, "command-timeout", 50, NULL);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_null (
        q_machine_command_json (machine, "query-version", NULL, Q_TIMEOUT_DEFAULT, NULL, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      g_clear_error (&error);
    }
  g_assert_cmpint (q_monitor_get_state (monitor), ==, Q_MONITOR_STATE_RUNNING);

  g_object_set (machine, "command-timeout", -1, NULL);
  send_signal (machine, SIGCONT);
  assert_answers (machine, "query-status", "running");
  q_test_shutdown (machine);
}

/* -- 3: the reply to a call that has given up is not the next one's -- */

static void
test_late_reply_is_nobodys (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) cancelled = NULL;
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  send_signal (machine, SIGSTOP);
  q_machine_command_json_async (machine, "query-version", NULL, Q_TIMEOUT_DEFAULT, cancellable,
                                q_test_store_result, &cancelled);
  /* Carried out in order: once this has failed, the command is sent. */
  g_assert_null (q_machine_wait_event (machine, NULL, NULL, 0, NULL, NULL));
  g_cancellable_cancel (cancellable);
  g_assert_null (q_machine_command_json_finish (machine, q_test_await (&cancelled), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  send_signal (machine, SIGCONT);
  assert_answers (machine, "query-status", "\"running\"");
  assert_answers (machine, "query-version", "\"package\"");
  assert_answers (machine, "query-status", "\"running\"");
  q_test_shutdown (machine);
}

/* -- 4: a reply may have any length up to a limit with a name -- */

static void
test_reply_of_any_length (QTestFixture *fixture, gconstpointer data)
{
  static const guint lengths[]
    = { 0, 1, 4095, 65535 - 14, 65536 - 14, 65537 - 14, 262144, 20 * 1024 * 1024 };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;
  g_autofree char *schema = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree char *script
        = g_strdup_printf ("negotiate\nexpect long\nsend {\"return\": \"\nflood a %u\n"
                           "send \"}\\r\\n\nexpect next\nreply {\"next\": 1}\n",
                           lengths[i]);
      g_autofree char *letters = g_strnfill (lengths[i], 'a');
      g_autofree char *expected = g_strconcat ("\"", letters, "\"", NULL);
      g_autofree char *text = NULL;
      Session session;

      begin (&session, script);
      text = q_monitor_command_json (session.monitor, "long", NULL, Q_MONITOR_FLAGS_NONE,
                                     Q_TIMEOUT_DEFAULT, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (g_str_equal (text, expected));
      assert_executes (session.monitor, "next", NULL, "{\"next\": 1}");
      end (&session);
    }

  q_test_launch (machine);
  schema
    = q_machine_command_json (machine, "query-qmp-schema", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (schema), >, 150 * 1024);
  q_test_shutdown (machine);
}

/* In pieces of every size, so that each offset is the end of one. */
static void
test_reply_in_pieces (QTestFixture *fixture, gconstpointer data)
{
  static const char reply[] = "{\"a\": [1, \"\\u00e9}\\\"\", {\"b\": -0.5e1}]}";

  for (guint size = 1; size < sizeof reply; size++)
    {
      g_autofree char *script
        = g_strdup_printf ("negotiate\nexpect cut\nsplit %u\nreply %s\nsplit 0\n"
                           "expect next\nreply {\"next\": 1}\n",
                           size, reply);
      Session session;

      begin (&session, script);
      assert_executes (session.monitor, "cut", NULL, reply);
      assert_executes (session.monitor, "next", NULL, "{\"next\": 1}");
      end (&session);
    }
}

static void
test_limit_has_a_name (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Session session;

  begin_limited (&session, "negotiate\nexpect long\nsend {\"return\": \"\nflood a 2M\nstall\n",
                 100000);
  g_assert_null (q_monitor_command_json (session.monitor, "long", NULL, Q_MONITOR_FLAGS_NONE,
                                         Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE);
  g_assert_nonnull (strstr (error->message, "100000"));
  end (&session);
}

/* -- 5: an event may come in every state of a session -- */

static void
test_event_in_any_state (QTestFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "BEFORE", "BETWEEN", "AT_ONCE", "IN_COMMAND" };
  Session session;

  begin (&session, "event BEFORE\ngreet\nexpect qmp_capabilities\nevent BETWEEN\nreply\n"
                   "event AT_ONCE\nexpect a\nevent IN_COMMAND\nreply 1\n");
  assert_executes (session.monitor, "a", NULL, "1");
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (QMonitorEvent) event = q_monitor_pop_event (session.monitor);

      g_assert_nonnull (event);
      g_assert_cmpstr (q_monitor_event_get_name (event), ==, names[i]);
    }
  end (&session);
}

/* -- 6: neither who waits before nor who waits after an event misses it -- */

static void
test_no_event_is_missed (QTestFixture *fixture, gconstpointer data)
{
  static const char *const stop[] = { "STOP", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GAsyncResult) armed = NULL;
  g_autoptr (QMonitorEvent) before = NULL;
  g_autoptr (QMonitorEvent) after = NULL;
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  q_machine_wait_event_async (machine, stop, NULL, Q_TEST_DEADLINE_MS, NULL, q_test_store_result,
                              &armed);
  assert_answers (machine, "stop", "{}");
  before = q_machine_wait_event_finish (machine, q_test_await (&armed), &error);
  g_assert_no_error (error);

  assert_answers (machine, "cont", "{}");
  assert_answers (machine, "stop", "{}");
  after = q_machine_wait_event (machine, stop, NULL, 0, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (before != after);
  q_test_shutdown (machine);
}

/* Without a limit, and QEMU goes. */
static void
test_waiter_hears_of_the_end (QTestFixture *fixture, gconstpointer data)
{
  static const char *const never[] = { "NEVER", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GAsyncResult) armed = NULL;
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  q_machine_wait_event_async (machine, never, NULL, -1, NULL, q_test_store_result, &armed);
  send_signal (machine, SIGKILL);
  g_assert_null (q_machine_wait_event_finish (machine, q_test_await (&armed), &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
  g_assert_true (q_machine_wait (machine, -1, NULL, NULL));
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 1);
}

/* -- 7: a handler that takes its time holds up nobody's replies -- */

typedef struct
{
  GMutex lock;     /* held by the test for as long as the handler is to hang */
  gint in_handler; /* atomic */
  gint stop;       /* atomic */
  QMachine *machine;
  GMainContext *context;
} SlowOwner;

static void
hang (QMachine *machine, QMonitorEvent *event, gpointer data)
{
  SlowOwner *owner = data;

  g_atomic_int_set (&owner->in_handler, TRUE);
  g_mutex_lock (&owner->lock);
  g_mutex_unlock (&owner->lock);
}

static gpointer
own_slowly (gpointer data)
{
  SlowOwner *owner = data;

  g_main_context_push_thread_default (owner->context);
  owner->machine = q_test_machine_none ();
  g_signal_connect (owner->machine, "event", G_CALLBACK (hang), owner);
  q_test_launch (owner->machine);
  assert_answers (owner->machine, "stop", "{}");
  q_test_wait_until (owner->context, g_atomic_int_get (&owner->stop));
  g_main_context_pop_thread_default (owner->context);
  return NULL;
}

static void
test_slow_handler_delays_no_reply (QTestFixture *fixture, gconstpointer data)
{
  SlowOwner owner = { .context = g_main_context_new () };
  GThread *thread;

  g_mutex_init (&owner.lock);
  g_mutex_lock (&owner.lock);
  thread = g_thread_new ("slow", own_slowly, &owner);
  q_test_wait_until (NULL, g_atomic_int_get (&owner.in_handler));

  /* More events than any queue holds. */
  for (guint i = 0; i < 1500; i++)
    assert_answers (owner.machine, i % 2 == 0 ? "cont" : "stop", "{}");
  q_test_wait_until (NULL, q_machine_get_run_state (owner.machine) == Q_RUN_STATE_PAUSED);

  g_mutex_unlock (&owner.lock);
  g_atomic_int_set (&owner.stop, TRUE);
  g_thread_join (thread);
  g_mutex_clear (&owner.lock);
  q_test_shutdown (owner.machine);
  q_test_assert_last_unref (owner.machine);
  g_main_context_unref (owner.context);
}

/* -- 17: never two descriptors on their way -- */

static char *
path_behind (QMachine *machine, gint64 fd)
{
  g_autofree char *link = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/fd/%" G_GINT64_FORMAT,
                                           q_machine_get_pid (machine), fd);

  return g_file_read_link (link, NULL);
}

static void
test_one_descriptor_at_a_time (QTestFixture *fixture, gconstpointer data)
{
  enum
  {
    N = 200
  };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "oob", NULL);
  g_autofree char *chardev = g_strdup_printf ("socket,id=oob,path=%s,server=on,wait=off", path);
  g_autoptr (QMonitor) monitor = g_object_new (Q_TYPE_MONITOR, "out-of-band", TRUE, NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GError) error = NULL;
  GAsyncResult *results[N] = { NULL };

  q_machine_add_args (machine,
                      (const char *[]){ "-chardev", chardev, "-qmp", "chardev:oob", NULL });
  q_test_launch (machine);
  q_monitor_attach (monitor, address, NULL, &error);
  g_assert_no_error (error);

  for (guint i = 0; i < N; i++)
    {
      g_autofree char *name = g_strdup_printf ("number-%u", i);
      g_autofree char *text = g_strdup_printf ("{\"fdset-id\": %u}", i);
      g_autoptr (JsonNode) arguments = json_from_string (text, NULL);
      int fd = memfd_create (name, MFD_CLOEXEC);

      q_monitor_command_with_fd_async (monitor, "add-fd", arguments, fd, Q_TIMEOUT_DEFAULT, NULL,
                                       q_test_store_result, &results[i]);
      g_assert_cmpint (close (fd), ==, 0);
    }

  for (guint i = 0; i < N; i++)
    {
      g_autoptr (GAsyncResult) result = q_test_await (&results[i]);
      g_autoptr (JsonNode) node = q_monitor_command_with_fd_finish (monitor, result, &error);
      g_autofree char *expected = g_strdup_printf ("/memfd:number-%u (deleted)", i);
      g_autofree char *actual = NULL;

      g_assert_no_error (error);
      actual
        = path_behind (machine, json_object_get_int_member (json_node_get_object (node), "fd"));
      g_assert_cmpstr (actual, ==, expected);
    }
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  q_test_shutdown (machine);
}

/* -- 18: SCM_RIGHTS has nothing to do with QMP's out-of-band -- */

static void
test_descriptors_need_no_capability (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (JsonNode) name = json_from_string ("{\"fdname\": \"d0\"}", NULL);
  g_autoptr (GError) error = NULL;
  Session session;
  guint64 offset;
  g_autoptr (JsonNode) result = NULL;
  int fd;

  begin (&session, "greet-without-oob\nexpect-text {\"execute\":\"qmp_capabilities\"}\nreply\n"
                   "expect getfd {\"fdname\":\"d0\"}\nreply\n");
  result = q_monitor_command_with_fd (session.monitor, "getfd", name, STDIN_FILENO,
                                      Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (qmock_peer_get_n_fds (session.peer), ==, 1);
  fd = qmock_peer_steal_fd (session.peer, 0, &offset);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (close (fd), ==, 0);
  /* On the first byte of its command. */
  g_assert_cmpuint (offset, ==, strlen ("{\"execute\":\"qmp_capabilities\"}"));
  end (&session);
}

/* -- 19: integers are exact, both ways -- */

/* What a program sends or gets as text, and what it gets as a tree: there the bits are right, and
 * the type is that of JSON-GLib. */
static void
test_exact_integers (QTestFixture *fixture, gconstpointer data)
{
  static const char *const texts[] = {
    "9007199254740991",     "9007199254740992",     "9007199254740993",
    "9223372036854775807",  "9223372036854775808",  "9223372036854775809",
    "18446744073709551615", "-9223372036854775808", "-9007199254740993",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *arguments = g_strdup_printf ("{\"n\":%s}", texts[i]);
      g_autofree char *script
        = g_strdup_printf ("negotiate\nexpect text %s\nreply %s\nexpect tree\nreply %s\n",
                           arguments, texts[i], texts[i]);
      g_autoptr (JsonNode) tree = NULL;
      g_autoptr (GError) error = NULL;
      Session session;

      begin (&session, script);
      assert_executes (session.monitor, "text", arguments, texts[i]);
      tree = q_monitor_command (session.monitor, "tree", NULL, Q_MONITOR_FLAGS_NONE,
                                Q_TIMEOUT_DEFAULT, NULL, &error);
      g_assert_no_error (error);
      if (texts[i][0] == '-')
        g_assert_cmpint (json_node_get_int (tree), ==, g_ascii_strtoll (texts[i], NULL, 10));
      else
        g_assert_cmpuint ((guint64)json_node_get_int (tree), ==,
                          g_ascii_strtoull (texts[i], NULL, 10));
      end (&session);
    }
}

/* -- 20: a member that is missing is missing, and no critical warning -- */

static void
test_missing_members (QTestFixture *fixture, gconstpointer data)
{
  static const char *const replies[] = {
    "{}", "[]", "1", "null", "{\"status\": 7}", "{\"status\": null}", "{\"running\": true}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (replies); i++)
    {
      g_autofree char *script = g_strdup_printf (
        "negotiate; expect query-status; reply %s; send-line {\"event\": \"SHUTDOWN\"}; "
        "event SHUTDOWN {\"reason\": 7}; expect quit; reply; exit 0",
        replies[i]);
      g_autoptr (QMachine) machine = q_test_machine_mock (script);
      static const char *const shutdown[] = { "SHUTDOWN", NULL };
      g_autoptr (QMonitorEvent) event = NULL;
      g_autofree char *reason = NULL;
      g_autoptr (GError) error = NULL;

      q_test_launch (machine);
      event = q_machine_wait_event (machine, shutdown, NULL, Q_TEST_DEADLINE_MS, NULL, &error);
      g_assert_no_error (error);
      g_assert_null (q_monitor_event_get_data (event));
      g_assert_cmpint (q_monitor_event_get_timestamp (event), ==, -1);
      q_test_shutdown (machine);
      reason = q_machine_dup_shutdown_reason (machine);
      g_assert_null (reason);
    }
}

/* -- 21: a blocking call runs nobody's code -- */

static gboolean
note_run (gpointer data)
{
  *(gboolean *)data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
note_event (QMachine *machine, QMonitorEvent *event, gpointer data)
{
  *(gboolean *)data = TRUE;
}

static void
test_blocking_call_runs_no_handler (QTestFixture *fixture, gconstpointer data)
{
  static const char *const stop[] = { "STOP", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GError) error = NULL;
  gboolean source_ran = FALSE;
  gboolean handler_ran = FALSE;

  g_signal_connect (machine, "event", G_CALLBACK (note_event), &handler_ran);
  g_idle_add_full (G_PRIORITY_HIGH, note_run, &source_ran, NULL);
  q_test_launch (machine);
  assert_answers (machine, "stop", "{}");
  event = q_machine_wait_event (machine, stop, NULL, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  q_test_shutdown (machine);
  g_assert_false (source_ran);
  g_assert_false (handler_ran);

  q_test_wait_until (NULL, source_ran && handler_ran);
}

/* -- 23: what asynchronous calls look like -- */

static char *
read_header (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "qmachine", name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/* Of each blocking call that takes a cancellable: `x_async`, whose last three arguments are a
 * cancellable, a callback and its data, and `x_finish`, which takes a result and gives nothing but
 * what it returns and an error. Bindings await such pairs, and no others. */
static guint
check_pairs (const char *header)
{
  g_autofree char *text = read_header (header);
  g_autoptr (GRegex) blocking
    = g_regex_new ("(q_\\w+) \\([^;]*?GCancellable \\*cancellable,\\s*GError \\*\\*error\\)",
                   G_REGEX_OPTIMIZE, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  guint n = 0;

  for (g_regex_match (blocking, text, 0, &match); g_match_info_matches (match);
       g_match_info_next (match, NULL))
    {
      g_autofree char *name = g_match_info_fetch (match, 1);
      g_autofree char *async = g_strdup_printf (
        "void %s_async \\((?:(?!GCancellable)[^;])*GCancellable \\*cancellable,\\s*"
        "GAsyncReadyCallback callback,\\s*gpointer user_data\\);",
        name);
      g_autofree char *finish = g_strdup_printf (
        "%s_finish \\(\\w+ \\*self, GAsyncResult \\*result,\\s*GError \\*\\*error\\)"
        "(?:\\s+G_GNUC_WARN_UNUSED_RESULT)?;",
        name);

      if (!g_regex_match_simple (async, text, 0, 0) || !g_regex_match_simple (finish, text, 0, 0))
        g_error ("%s: %s has no pair that can be awaited", header, name);
      n++;
    }

  return n;
}

static void
test_calls_can_be_awaited (QTestFixture *fixture, gconstpointer data)
{
  g_assert_cmpuint (check_pairs ("q-machine.h"), >=, 15);
  g_assert_cmpuint (check_pairs ("q-monitor.h"), >=, 9);
  g_assert_cmpuint (check_pairs ("q-console.h"), >=, 2);
}

/* -- 26: a flood is counted, not kept and not told -- */

static void
test_flood_is_bounded (QTestFixture *fixture, gconstpointer data)
{
  const guint n_events = 50000;
  guint64 n_dropped;
  guint n_kept = 0;
  Session session;
  QMonitorEvent *event;

  begin (&session, "negotiate\nexpect flood\nrepeat 50000\nevent NOBODY_KNOWS {\"n\": $N}\nend\n"
                   "reply\n");
  assert_executes (session.monitor, "flood", NULL, "{}");
  g_object_get (session.monitor, "events-dropped", &n_dropped, NULL);
  while ((event = q_monitor_pop_event (session.monitor)) != NULL)
    {
      g_object_unref (event);
      n_kept++;
    }
  g_assert_cmpuint (n_kept, ==, 1024);
  g_assert_cmpuint (n_kept + n_dropped, ==, n_events);
  end (&session);
}

/* -- 30: names that nobody knows pass, and text that is no JSON does not -- */

static void
test_unknown_names_pass (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("negotiate; expect query-status; reply {\"status\": \"afloat\"}; "
                           "expect x-next {\"y\":[null]}; event X_NEXT {\"z\": 1}; "
                           "error NotInvented too early; serve; exit 0");
  static const char *const names[] = { "X_NEXT", NULL };
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *state = NULL;

  q_test_launch (machine);
  state = q_machine_dup_run_state_name (machine);
  g_assert_cmpstr (state, ==, "afloat");
  g_assert_null (
    q_machine_command_json (machine, "x-next", "{\"y\":[null]}", Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_UNKNOWN_CLASS);
  g_assert_cmpstr (q_command_error_get_class_name (error), ==, "NotInvented");
  g_clear_error (&error);
  event = q_machine_wait_event (machine, names, NULL, 0, NULL, &error);
  g_assert_no_error (error);
  q_test_shutdown (machine);
}

static void
test_bad_json_is_not_sent (QTestFixture *fixture, gconstpointer data)
{
  static const char *const bad[] = {
    "{",
    "{}}",
    "{\"a\":}",
    "{'a':1}",
    "[]",
    "1",
    "",
    "{} {}",
    "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\xff\"}",
    "{\"a\":01}",
    "{\"a\":1,}",
    "{\"a\":\"\n\"}",
    "{/**/}",
  };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *deep_open = g_strnfill (1100, '[');
  g_autofree char *deep_close = g_strnfill (1100, ']');
  g_autofree char *deep = g_strconcat ("{\"a\":", deep_open, deep_close, "}", NULL);
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  for (gsize i = 0; i <= G_N_ELEMENTS (bad); i++)
    {
      const char *arguments = i < G_N_ELEMENTS (bad) ? bad[i] : deep;

      g_assert_null (q_machine_command_json (machine, "query-status", arguments, Q_TIMEOUT_DEFAULT,
                                             NULL, &error));
      g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
      g_clear_error (&error);
      assert_answers (machine, "query-status", "running");
    }
  q_test_shutdown (machine);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

#define ADD(path, func)                                                                            \
  g_test_add ("/known-mistakes/" path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)
  ADD ("02-time-out-closes-nothing", test_time_out_closes_nothing);
  ADD ("03-late-reply-is-nobodys", test_late_reply_is_nobodys);
  ADD ("04-reply-of-any-length", test_reply_of_any_length);
  ADD ("04-reply-in-pieces", test_reply_in_pieces);
  ADD ("04-limit-has-a-name", test_limit_has_a_name);
  ADD ("05-event-in-any-state", test_event_in_any_state);
  ADD ("06-no-event-is-missed", test_no_event_is_missed);
  ADD ("06-waiter-hears-of-the-end", test_waiter_hears_of_the_end);
  ADD ("07-slow-handler-delays-no-reply", test_slow_handler_delays_no_reply);
  ADD ("17-one-descriptor-at-a-time", test_one_descriptor_at_a_time);
  ADD ("18-descriptors-need-no-capability", test_descriptors_need_no_capability);
  ADD ("19-exact-integers", test_exact_integers);
  ADD ("20-missing-members", test_missing_members);
  ADD ("21-blocking-call-runs-no-handler", test_blocking_call_runs_no_handler);
  ADD ("23-calls-can-be-awaited", test_calls_can_be_awaited);
  ADD ("26-flood-is-bounded", test_flood_is_bounded);
  ADD ("30-unknown-names-pass", test_unknown_names_pass);
  ADD ("30-bad-json-is-not-sent", test_bad_json_is_not_sent);

  return g_test_run ();
}
