/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A monitor session against the scripted peer: what a QEMU will not do on demand. */

#include <string.h>

#include "q-test-util.h"
#include "qmock.h"

typedef struct
{
  QTestResources before;
  QMockPeer *peer;
  QMonitor *monitor;
  guint n_closed;
  GError *closed_error;
} Session;

static void
note_closed (QMonitor *monitor, const GError *error, gpointer data)
{
  Session *session = data;

  session->n_closed++;
  session->closed_error = error != NULL ? g_error_copy (error) : NULL;
}

/* What the library and GLib keep for good is there before anything is counted. */
static void
warm_up (void)
{
  static gboolean done;
  g_autoptr (QMockPeer) peer = NULL;
  g_autoptr (QMonitor) monitor = NULL;

  if (done)
    return;

  done = TRUE;
  peer = qmock_peer_new ("negotiate\nexpect-eof\n");
  monitor = q_monitor_new ();
  g_assert_true (qmock_peer_start (peer, NULL));
  g_assert_true (q_monitor_attach (monitor, qmock_peer_get_address (peer), NULL, NULL));
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  g_assert_true (qmock_peer_finish (peer, NULL));
}

static void
begin (Session *session, const char *script)
{
  g_autoptr (GError) error = NULL;

  warm_up ();
  memset (session, 0, sizeof *session);
  q_test_count_resources (&session->before);
  session->peer = qmock_peer_new (script);
  g_assert_true (qmock_peer_start (session->peer, &error));
  g_assert_no_error (error);
  session->monitor = q_monitor_new ();
  g_signal_connect (session->monitor, "closed", G_CALLBACK (note_closed), session);
}

static gboolean
attach (Session *session, GError **error)
{
  GSocketAddress *address = qmock_peer_get_address (session->peer);

  return q_monitor_attach (session->monitor, address, NULL, error);
}

static void
begin_attached (Session *session, const char *script)
{
  g_autoptr (GError) error = NULL;

  begin (session, script);
  g_assert_true (attach (session, &error));
  g_assert_no_error (error);
}

static void
end (Session *session)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (q_monitor_close (session->monitor, NULL, NULL));
  qmock_peer_finish (session->peer, &error);
  g_assert_no_error (error);
  g_clear_error (&session->closed_error);
  q_test_assert_last_unref (session->monitor);
  g_clear_object (&session->peer);
  q_test_assert_resources (&session->before);
}

static char *
execute (Session *session, const char *command, GError **error)
{
  return q_monitor_command_json (session->monitor, command, NULL, Q_MONITOR_FLAGS_NONE,
                                 Q_TIMEOUT_DEFAULT, NULL, error);
}

static void
assert_executes (Session *session, const char *command, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = execute (session, command, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

/* -- what is on the wire -- */

static void
test_bytes (void)
{
  Session session;
  g_autoptr (JsonNode) arguments = json_from_string ("{\"a\":[1,\"\\u00e9\"]}", NULL);
  g_autoptr (JsonNode) result = NULL;
  g_autofree char *received = NULL;
  g_autoptr (GError) error = NULL;

  begin_attached (&session, "greet\n"
                            "expect-text {\"execute\":\"qmp_capabilities\"}\n"
                            "reply {}\n"
                            "expect-text {\"execute\":\"a\"}\n"
                            "reply 18446744073709551615\n"
                            "expect b\n"
                            "reply [1.50, \"\\u0000\"]\n");
  assert_executes (&session, "a", "18446744073709551615");
  result = q_monitor_command (session.monitor, "b", arguments, Q_MONITOR_FLAGS_NONE,
                              Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (JSON_NODE_HOLDS_ARRAY (result));
  received = qmock_peer_dup_received (session.peer);
  g_assert_cmpstr (received, ==,
                   "{\"execute\":\"qmp_capabilities\"}{\"execute\":\"a\"}"
                   "{\"execute\":\"b\",\"arguments\":{\"a\":[1,\"\xc3\xa9\"]}}");
  end (&session);
}

static void
test_ids_with_out_of_band (void)
{
  Session session;
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autofree char *text = NULL;

  begin (&session, "greet\n"
                   "expect qmp_capabilities {\"enable\":[\"oob\"]}\n"
                   "reply {}\n"
                   "expect-text {\"id\":0,\"execute\":\"a\"}\n"
                   "expect-text {\"id\":1,\"exec-oob\":\"b\"}\n"
                   "reply-with-id 77 {\"nobody\":1}\n"
                   "reply-with-id \"1\" {\"nobody\":1}\n"
                   "reply-to 3 {\"b\":1}\n"
                   "reply-to 2 {\"a\":1}\n");
  g_object_set (session.monitor, "out-of-band", TRUE, NULL);
  g_assert_true (attach (&session, NULL));

  q_monitor_command_json_async (session.monitor, "a", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT,
                                NULL, q_test_store_result, &first);
  q_monitor_command_json_async (session.monitor, "b", NULL, Q_MONITOR_FLAGS_OUT_OF_BAND,
                                Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &second);
  text = q_monitor_command_json_finish (session.monitor, q_test_await (&first), NULL);
  g_assert_cmpstr (text, ==, "{\"a\":1}");
  g_free (text);
  text = q_monitor_command_json_finish (session.monitor, q_test_await (&second), NULL);
  g_assert_cmpstr (text, ==, "{\"b\":1}");
  g_clear_object (&first);
  g_clear_object (&second);
  end (&session);
}

/* Eight unanswered is where QEMU stops reading, and would not see an out-of-band command. */
static void
test_flow_control (void)
{
  Session session;
  GAsyncResult *results[20] = { NULL };
  g_autoptr (GAsyncResult) urgent = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  begin (&session, "greet\n"
                   "expect qmp_capabilities\n"
                   "reply\n"
                   "repeat 8\n"
                   "expect slow\n"
                   "end\n"
                   "wait-signal go\n"
                   "expect-oob urgent\n"
                   "reply {\"u\":1}\n"
                   "repeat 8\n"
                   "send-line {\"return\": {}, \"id\": $N}\n"
                   "end\n"
                   "repeat 12\n"
                   "expect slow\n"
                   "reply\n"
                   "end\n");
  g_object_set (session.monitor, "out-of-band", TRUE, NULL);
  g_assert_true (attach (&session, NULL));

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    q_monitor_command_json_async (session.monitor, "slow", NULL, Q_MONITOR_FLAGS_NONE,
                                  Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &results[i]);
  q_monitor_command_json_async (session.monitor, "urgent", NULL, Q_MONITOR_FLAGS_OUT_OF_BAND,
                                Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &urgent);
  qmock_peer_signal (session.peer, "go");
  text = q_monitor_command_json_finish (session.monitor, q_test_await (&urgent), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "{\"u\":1}");

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GAsyncResult) result = q_test_await (&results[i]);
      g_autofree char *answer = q_monitor_command_json_finish (session.monitor, result, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (answer, ==, "{}");
    }
  g_clear_object (&urgent);
  end (&session);
}

/* -- replies and their commands -- */

static void
test_cancelled_leaves_tombstone (void)
{
  Session session;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GError) error = NULL;

  begin_attached (&session, "negotiate\n"
                            "expect slow\n"
                            "mark asked\n"
                            "wait-signal answer\n"
                            "reply {\"late\":1}\n"
                            "expect next\n"
                            "reply {\"next\":1}\n");
  q_monitor_command_json_async (session.monitor, "slow", NULL, Q_MONITOR_FLAGS_NONE,
                                Q_TIMEOUT_DEFAULT, cancellable, q_test_store_result, &stored);
  g_assert_true (qmock_peer_wait_mark (session.peer, "asked", NULL));
  g_cancellable_cancel (cancellable);
  g_assert_null (q_monitor_command_json_finish (session.monitor, q_test_await (&stored), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  qmock_peer_signal (session.peer, "answer");
  assert_executes (&session, "next", "{\"next\":1}");
  g_clear_object (&stored);
  end (&session);
}

static void
test_timed_out_leaves_tombstone (void)
{
  Session session;
  g_autoptr (GError) error = NULL;

  begin_attached (&session, "negotiate\n"
                            "expect slow\n"
                            "wait-signal answer\n"
                            "error GenericError too late\n"
                            "expect next\n"
                            "reply {\"next\":1}\n");
  g_object_set (session.monitor, "command-timeout", 50, NULL);
  g_assert_null (execute (&session, "slow", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_object_set (session.monitor, "command-timeout", -1, NULL);

  qmock_peer_signal (session.peer, "answer");
  assert_executes (&session, "next", "{\"next\":1}");
  end (&session);
}

static void
test_unknown_error_class (void)
{
  Session session;
  g_autoptr (GError) error = NULL;

  begin_attached (&session, "negotiate\n"
                            "expect a\n"
                            "error BrandNewClass it \"did\" not: work\n"
                            "expect b\n"
                            "error DeviceNotFound no \\u00e9\n");
  g_assert_null (execute (&session, "a", &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_UNKNOWN_CLASS);
  g_assert_cmpstr (q_command_error_get_class_name (error), ==, "BrandNewClass");
  g_assert_nonnull (strstr (error->message, "it \"did\" not: work"));
  g_assert_nonnull (strstr (error->message, "BrandNewClass"));
  g_clear_error (&error);
  g_assert_null (execute (&session, "b", &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_DEVICE_NOT_FOUND);
  end (&session);
}

/* -- events in every phase -- */

static void
test_events_around_handshake (void)
{
  Session session;
  static const char *const expected[] = { "BEFORE", "DURING", "AFTER" };

  begin_attached (&session, "event BEFORE {\"n\": 1}\n"
                            "greet\n"
                            "expect qmp_capabilities\n"
                            "event DURING\n"
                            "reply\n"
                            "event AFTER\n"
                            "expect a\n"
                            "reply\n");
  assert_executes (&session, "a", "{}");
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (QMonitorEvent) event = q_monitor_pop_event (session.monitor);

      g_assert_nonnull (event);
      g_assert_cmpstr (q_monitor_event_get_name (event), ==, expected[i]);
    }
  end (&session);
}

static void
count_event (QMonitor *monitor, QMonitorEvent *event, gpointer data)
{
  guint *n_events = data;

  (*n_events)++;
}

/* Nobody iterates the context meanwhile: what is kept is bounded, and what is lost is counted. */
static void
test_event_storm (void)
{
  Session session;
  guint n_events = 0;
  guint n_kept = 0;
  guint64 n_dropped;
  guint64 n_unsent;
  g_autoptr (QMonitorEvent) last = NULL;
  QMonitorEvent *event;

  begin_attached (&session, "negotiate\n"
                            "expect storm\n"
                            "repeat 100000\n"
                            "event STORM {\"n\": $N}\n"
                            "end\n"
                            "reply\n");
  g_signal_connect (session.monitor, "event", G_CALLBACK (count_event), &n_events);
  g_object_set (session.monitor, "event-backlog", 100, NULL);
  assert_executes (&session, "storm", "{}");

  g_object_get (session.monitor, "events-dropped", &n_dropped, "signals-dropped", &n_unsent, NULL);
  g_assert_cmpuint (n_dropped, ==, 100000 - 100);
  g_assert_cmpuint (n_unsent, ==, 100000 - 100);
  while ((event = q_monitor_pop_event (session.monitor)) != NULL)
    {
      g_set_object (&last, event);
      g_object_unref (event);
      n_kept++;
    }
  g_assert_cmpuint (n_kept, ==, 100);
  g_assert_cmpint (
    json_object_get_int_member (json_node_get_object (q_monitor_event_get_data (last)), "n"), ==,
    99999);
  q_test_wait_until (NULL, n_events == 100);
  end (&session);
}

/* -- a peer that breaks the rules -- */

typedef struct
{
  const char *name;
  const char *script; /* after the negotiation */
  QMonitorError code;
  const char *text; /* in the message */
  guint n_failed;   /* of three commands */
} Breakage;

static const Breakage breakages[] = {
  { "garbage", "send-line hello\n", Q_MONITOR_ERROR_PROTOCOL, "hello", 3 },
  { "array", "send-line [1]\n", Q_MONITOR_ERROR_PROTOCOL, NULL, 3 },
  { "no-kind", "send-line {\"x\":1}\n", Q_MONITOR_ERROR_PROTOCOL, NULL, 3 },
  { "two-kinds", "send-line {\"return\":1,\"event\":\"X\"}\n", Q_MONITOR_ERROR_PROTOCOL, NULL, 3 },
  { "greeting-again", "greet\n", Q_MONITOR_ERROR_PROTOCOL, "greeting", 3 },
  { "one-reply-too-many", "expect a\nrepeat 4\nreply\nend\n", Q_MONITOR_ERROR_PROTOCOL, "not sent",
    0 },
  { "id-never-sent", "expect a\nreply-with-id 5\n", Q_MONITOR_ERROR_PROTOCOL, NULL, 3 },
  { "bad-utf8", "send-line {\"event\":\"\\xff\"}\n", Q_MONITOR_ERROR_PROTOCOL, NULL, 3 },
  { "nul", "send {\"return\":\\0}\n", Q_MONITOR_ERROR_PROTOCOL, NULL, 3 },
  { "deep", "send {\"event\":\nnest 100000\n", Q_MONITOR_ERROR_PROTOCOL, NULL, 3 },
  { "endless", "send {\"event\":\"\nflood a 3M\n", Q_MONITOR_ERROR_TOO_LARGE, "1048576", 3 },
  { "end", "close\n", Q_MONITOR_ERROR_CLOSED, NULL, 3 },
  { "end-in-message", "send {\"return\":\nclose\n", Q_MONITOR_ERROR_CLOSED, "middle", 3 },
  { "reset", "expect a\nreset\n", Q_MONITOR_ERROR_CLOSED, NULL, 3 },
};

/* Whatever the peer does, each call that waits is told once, and so is whoever listens. */
static void
test_breakage (gconstpointer data)
{
  const Breakage *breakage = data;
  g_autofree char *script
    = g_strconcat ("negotiate\nwait-signal go\n", breakage->script, "stall\n", NULL);
  Session session;
  GAsyncResult *commands[3] = { NULL };
  g_autoptr (GAsyncResult) waited = NULL;
  g_autoptr (GError) error = NULL;
  guint n_failed = 0;

  begin (&session, script);
  g_object_set (session.monitor, "max-message-size", (guint64)1024 * 1024, NULL);
  g_assert_true (attach (&session, NULL));

  q_monitor_wait_event_async (session.monitor, NULL, NULL, -1, NULL, q_test_store_result, &waited);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    q_monitor_command_json_async (session.monitor, "a", NULL, Q_MONITOR_FLAGS_NONE,
                                  Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &commands[i]);
  /* Carried out in order: once this is back, the others have begun. */
  g_assert_null (q_monitor_wait_event (session.monitor, NULL, NULL, 0, NULL, NULL));
  qmock_peer_signal (session.peer, "go");

  q_test_wait_until (NULL, session.n_closed == 1);
  g_assert_error (session.closed_error, Q_MONITOR_ERROR, (int)breakage->code);
  if (breakage->text != NULL)
    g_assert_nonnull (strstr (session.closed_error->message, breakage->text));

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autoptr (GAsyncResult) result = q_test_await (&commands[i]);
      g_autofree char *text = q_monitor_command_json_finish (session.monitor, result, &error);

      if (text != NULL)
        continue;
      n_failed++;
      g_assert_error (error, Q_MONITOR_ERROR, (int)breakage->code);
      g_clear_error (&error);
    }
  g_assert_cmpuint (n_failed, ==, breakage->n_failed);
  g_assert_null (q_monitor_wait_event_finish (session.monitor, q_test_await (&waited), &error));
  g_assert_error (error, Q_MONITOR_ERROR, (int)breakage->code);
  g_clear_error (&error);

  g_assert_cmpint (q_monitor_get_state (session.monitor), ==, Q_MONITOR_STATE_CLOSED);
  /* Who asks later hears the same. */
  g_assert_null (q_monitor_wait_event (session.monitor, NULL, NULL, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, (int)breakage->code);
  g_clear_error (&error);
  g_assert_null (execute (&session, "b", &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_assert_cmpuint (session.n_closed, ==, 1);

  qmock_peer_finish (session.peer, NULL);
  g_clear_error (&session.closed_error);
  g_clear_object (&waited);
  q_test_assert_last_unref (session.monitor);
  g_clear_object (&session.peer);
  q_test_assert_resources (&session.before);
}

/* -- a handshake that fails -- */

typedef struct
{
  const char *name;
  const char *script;
  gboolean out_of_band;
  GQuark (*domain) (void);
  int code;
  const char *text;
} BadHandshake;

static const BadHandshake bad_handshakes[] = {
  { "silence", "stall\n", FALSE, g_io_error_quark, G_IO_ERROR_TIMED_OUT, "another client" },
  { "half-a-greeting", "send {\"QMP\": {\nstall\n", FALSE, g_io_error_quark, G_IO_ERROR_TIMED_OUT,
    NULL },
  { "no-answer", "greet\nexpect qmp_capabilities\nstall\n", FALSE, g_io_error_quark,
    G_IO_ERROR_TIMED_OUT, NULL },
  { "garbage", "send-line SSH-2.0-OpenSSH\nstall\n", FALSE, q_monitor_error_quark,
    Q_MONITOR_ERROR_PROTOCOL, "SSH" },
  { "end", "close\n", FALSE, q_monitor_error_quark, Q_MONITOR_ERROR_CLOSED, NULL },
  { "end-after-greeting", "greet\nclose\n", FALSE, q_monitor_error_quark, Q_MONITOR_ERROR_CLOSED,
    NULL },
  { "refused", "greet\nexpect qmp_capabilities\nerror GenericError no way\n", FALSE,
    q_monitor_error_quark, Q_MONITOR_ERROR_NEGOTIATION, "no way" },
  { "too-old",
    "send-line {\"QMP\": {\"version\": {\"qemu\": {\"major\": 2, \"minor\": 11, "
    "\"micro\": 1}}, \"capabilities\": []}}\nexpect-eof\n",
    FALSE, q_monitor_error_quark, Q_MONITOR_ERROR_NEGOTIATION,
    "QEMU 2.11.1: this library needs QEMU 2.12 or later" },
  { "nothing-offered", "greet-without-oob\nexpect-eof\n", TRUE, q_monitor_error_quark,
    Q_MONITOR_ERROR_NEGOTIATION, "out-of-band" },
  { "reply-first", "send-line {\"return\": {}}\nstall\n", FALSE, q_monitor_error_quark,
    Q_MONITOR_ERROR_PROTOCOL, NULL },
};

static void
test_bad_handshake (gconstpointer data)
{
  const BadHandshake *bad = data;
  Session session;
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) attached = NULL;
  GSocketAddress *address;

  begin (&session, bad->script);
  g_object_set (session.monitor, "out-of-band", bad->out_of_band, "attach-timeout",
                bad->code == G_IO_ERROR_TIMED_OUT && bad->domain == g_io_error_quark ? 100 : 30000,
                NULL);
  address = qmock_peer_get_address (session.peer);
  q_monitor_attach_async (session.monitor, address, NULL, q_test_store_result, &attached);
  g_assert_false (q_monitor_attach_finish (session.monitor, q_test_await (&attached), &error));
  g_assert_error (error, bad->domain (), bad->code);
  if (bad->text != NULL)
    g_assert_nonnull (strstr (error->message, bad->text));
  g_assert_cmpint (q_monitor_get_state (session.monitor), ==, Q_MONITOR_STATE_CLOSED);
  g_assert_cmpuint (session.n_closed, ==, 0);

  qmock_peer_finish (session.peer, NULL);
  g_clear_object (&session.peer);

  /* It can be used again. */
  session.peer = qmock_peer_new ("negotiate\nserve\n");
  g_assert_true (qmock_peer_start (session.peer, NULL));
  g_clear_error (&error);
  g_object_set (session.monitor, "out-of-band", FALSE, "attach-timeout", 30000, NULL);
  g_assert_true (attach (&session, &error));
  g_assert_no_error (error);
  g_clear_object (&attached);
  end (&session);
}

/* Whenever the peer hangs up before it is negotiated; but not when it refuses. */
static void
test_attach_retry (void)
{
  Session session;
  g_autoptr (GError) error = NULL;

  begin (&session, "accept\nclose\naccept\ngreet\nclose\n"
                   "accept\ngreet\nexpect qmp_capabilities\nclose\n"
                   "accept\ngreet\nexpect qmp_capabilities\nerror GenericError no\n"
                   "accept\nnegotiate\nexpect-eof\n");
  g_object_set (session.monitor, "attach-retry", TRUE, NULL);
  g_assert_false (attach (&session, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_NEGOTIATION);
  g_clear_error (&error);
  g_assert_true (attach (&session, &error));
  g_assert_no_error (error);
  end (&session);
}

static void
test_attach_cancelled (void)
{
  static const char *const phases[] = {
    "mark here\nstall\n",
    "greet\nmark here\nstall\n",
    "greet\nexpect qmp_capabilities\nmark here\nstall\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (phases); i++)
    {
      Session session;
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) attached = NULL;
      GSocketAddress *address;
      g_autofree char *script = g_strconcat ("accept\n", phases[i], NULL);
      g_autoptr (GError) error = NULL;

      begin (&session, script);
      address = qmock_peer_get_address (session.peer);
      q_monitor_attach_async (session.monitor, address, cancellable, q_test_store_result,
                              &attached);
      g_assert_true (qmock_peer_wait_mark (session.peer, "here", NULL));
      g_cancellable_cancel (cancellable);
      g_assert_false (q_monitor_attach_finish (session.monitor, q_test_await (&attached), &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_object (&attached);
      end (&session);
    }
}

static void
test_attach_stream (void)
{
  g_autoptr (QMockPeer) peer = qmock_peer_new ("negotiate\nserve\n");
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (GIOStream) stream = qmock_peer_start_stream (peer, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *greeting = NULL;
  g_auto (GStrv) capabilities = NULL;
  g_autofree char *text = NULL;

  g_assert_true (q_monitor_attach_stream (monitor, stream, NULL, &error));
  g_assert_no_error (error);
  greeting = q_monitor_dup_greeting (monitor);
  g_assert_nonnull (strstr (greeting, "\"version\""));
  capabilities = q_monitor_dup_capabilities (monitor);
  g_assert_cmpstr (capabilities[0], ==, "oob");

  text = q_monitor_command_json (monitor, "mock-echo", "{\"n\":18446744073709551615}",
                                 Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "{\"n\":18446744073709551615}");

  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  g_assert_true (qmock_peer_finish (peer, &error));
  g_assert_no_error (error);
}

/* Bytes one by one, both ways of the framing. */
static void
test_split (void)
{
  Session session;

  begin_attached (&session, "split 1\n"
                            "event A {\"x\": \"\\u00e9\xc3\xa9\"}\n"
                            "greet\n"
                            "expect qmp_capabilities\n"
                            "reply\n"
                            "expect a\n"
                            "event B\n"
                            "send {\\n  \"return\":\\n  {\\n}}\n"
                            "expect b\n"
                            "send {\"return\":1}{\"event\":\"C\"}\\r\\n\\r\\n{\"event\":\"D\"}\n"
                            "expect c\n"
                            "reply\n");
  assert_executes (&session, "a", "{\n}");
  assert_executes (&session, "b", "1");
  assert_executes (&session, "c", "{}");
  for (const char *name = "ABCD"; *name != '\0'; name++)
    {
      g_autoptr (QMonitorEvent) event = q_monitor_pop_event (session.monitor);

      g_assert_cmpint (q_monitor_event_get_name (event)[0], ==, *name);
    }
  end (&session);
}

/* QEMU may be gone before its answer to `quit` is out. */
static void
test_quit_without_reply (void)
{
  Session session;

  begin_attached (&session, "negotiate\nexpect quit\nclose\n");
  assert_executes (&session, "quit", "{}");
  q_test_wait_until (NULL, session.n_closed == 1);
  g_assert_no_error (session.closed_error);
  end (&session);
}

static void
test_end_after_shutdown_event (void)
{
  Session session;

  begin_attached (&session, "negotiate\nevent SHUTDOWN {\"guest\": true}\nclose\n");
  q_test_wait_until (NULL, session.n_closed == 1);
  g_assert_no_error (session.closed_error);
  end (&session);
}

/* A peer that takes nothing must not stop the caller, nor lose anything. */
static void
test_peer_reads_nothing (void)
{
  Session session;
  g_autofree char *big = g_strnfill (400 * 1000, 'x');
  g_autofree char *arguments = g_strdup_printf ("{\"a\":\"%s\"}", big);
  GAsyncResult *results[4] = { NULL };

  begin_attached (&session, "negotiate\n"
                            "wait-signal read\n"
                            "repeat 4\n"
                            "expect big\n"
                            "reply $N\n"
                            "end\n");
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    q_monitor_command_json_async (session.monitor, "big", arguments, Q_MONITOR_FLAGS_NONE,
                                  Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &results[i]);
  g_assert_cmpint (q_monitor_get_state (session.monitor), ==, Q_MONITOR_STATE_RUNNING);
  qmock_peer_signal (session.peer, "read");
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GAsyncResult) result = q_test_await (&results[i]);
      g_autofree char *text = q_monitor_command_json_finish (session.monitor, result, NULL);
      g_autofree char *expected = g_strdup_printf ("%u", i);

      g_assert_cmpstr (text, ==, expected);
    }
  end (&session);
}

static void
drop_monitor (QMonitor *monitor, QMonitorEvent *event, gpointer data)
{
  QMonitor **dropped = data;

  /* What came together with the first is not told any more. */
  g_assert_nonnull (*dropped);
  g_clear_object (dropped);
}

static void
test_dropped_by_handler (void)
{
  Session session;

  begin_attached (&session, "negotiate\nexpect a\nevent X\nevent X\nreply\nexpect-eof\n");
  g_signal_connect (session.monitor, "event", G_CALLBACK (drop_monitor), &session.monitor);
  assert_executes (&session, "a", "{}");
  q_test_wait_until (NULL, session.monitor == NULL);
  g_assert_true (qmock_peer_finish (session.peer, NULL));
  g_clear_object (&session.peer);
  q_test_assert_resources (&session.before);
}

static void
nested_call (QMonitor *monitor, QMonitorEvent *event, gpointer data)
{
  guint *n_nested = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) stored = NULL;
  g_autofree char *text = NULL;

  /* A blocking call, and a nested main loop, in the middle of a signal. */
  text = q_monitor_command_json (monitor, "query-status", NULL, Q_MONITOR_FLAGS_NONE,
                                 Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_clear_pointer (&text, g_free);
  q_monitor_command_json_async (monitor, "query-status", NULL, Q_MONITOR_FLAGS_NONE,
                                Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &stored);
  text = q_monitor_command_json_finish (monitor, q_test_await (&stored), &error);
  g_assert_no_error (error);
  (*n_nested)++;
}

static void
test_calls_in_handler (void)
{
  Session session;
  guint n_nested = 0;

  begin_attached (&session, "negotiate\nevent X\nevent X\nserve\n");
  g_signal_connect (session.monitor, "event", G_CALLBACK (nested_call), &n_nested);
  q_test_wait_until (NULL, n_nested == 2);
  end (&session);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  g_test_add_func ("/monitor/bytes", test_bytes);
  g_test_add_func ("/monitor/ids-with-out-of-band", test_ids_with_out_of_band);
  g_test_add_func ("/monitor/flow-control", test_flow_control);
  g_test_add_func ("/monitor/cancelled-leaves-tombstone", test_cancelled_leaves_tombstone);
  g_test_add_func ("/monitor/timed-out-leaves-tombstone", test_timed_out_leaves_tombstone);
  g_test_add_func ("/monitor/unknown-error-class", test_unknown_error_class);
  g_test_add_func ("/monitor/events-around-handshake", test_events_around_handshake);
  g_test_add_func ("/monitor/event-storm", test_event_storm);
  for (gsize i = 0; i < G_N_ELEMENTS (breakages); i++)
    {
      g_autofree char *path = g_strconcat ("/monitor/breakage/", breakages[i].name, NULL);

      g_test_add_data_func (path, &breakages[i], test_breakage);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad_handshakes); i++)
    {
      g_autofree char *path = g_strconcat ("/monitor/bad-handshake/", bad_handshakes[i].name, NULL);

      g_test_add_data_func (path, &bad_handshakes[i], test_bad_handshake);
    }
  g_test_add_func ("/monitor/attach-retry", test_attach_retry);
  g_test_add_func ("/monitor/attach-cancelled", test_attach_cancelled);
  g_test_add_func ("/monitor/attach-stream", test_attach_stream);
  g_test_add_func ("/monitor/split", test_split);
  g_test_add_func ("/monitor/quit-without-reply", test_quit_without_reply);
  g_test_add_func ("/monitor/end-after-shutdown-event", test_end_after_shutdown_event);
  g_test_add_func ("/monitor/peer-reads-nothing", test_peer_reads_nothing);
  g_test_add_func ("/monitor/dropped-by-handler", test_dropped_by_handler);
  g_test_add_func ("/monitor/calls-in-handler", test_calls_in_handler);

  return g_test_run ();
}
