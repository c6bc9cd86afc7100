/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The way past the I/O thread: a call that sends its command and reads its answer by itself gives
 * what the long way gives, whatever else comes in between. */

#include <string.h>
#include <sys/resource.h>

#include "q-test-util.h"
#include "qmock.h"

typedef struct
{
  QMockPeer *peer;
  QMonitor *monitor;
} Session;

static void
session_prepare (Session *self, const char *script)
{
  g_autoptr (GError) error = NULL;

  self->peer = qmock_peer_new (script);
  qmock_peer_start (self->peer, &error);
  g_assert_no_error (error);
  self->monitor = q_monitor_new ();
}

static void
session_attach (Session *self)
{
  g_autoptr (GError) error = NULL;

  q_monitor_attach (self->monitor, qmock_peer_get_address (self->peer), NULL, &error);
  g_assert_no_error (error);
}

static void
session_open (Session *self, const char *script)
{
  session_prepare (self, script);
  session_attach (self);
}

static void
session_close (Session *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (q_monitor_close (self->monitor, NULL, NULL));
  qmock_peer_finish (self->peer, &error);
  g_assert_no_error (error);
  g_clear_object (&self->monitor);
  g_clear_object (&self->peer);
}

static char *
execute (QMonitor *monitor, const char *command, GError **error)
{
  return q_monitor_command_json (monitor, command, NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT,
                                 NULL, error);
}

static void
assert_answer (QMonitor *monitor, const char *command, const char *answer)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = execute (monitor, command, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, answer);
}

static void
assert_event (QMonitor *monitor, const char *name)
{
  g_autoptr (QMonitorEvent) event = q_monitor_pop_event (monitor);

  g_assert_nonnull (event);
  g_assert_cmpstr (q_monitor_event_get_name (event), ==, name);
}

/* A call in a thread of its own. */
typedef struct
{
  QMonitor *monitor;
  const char *command;
  GCancellable *cancellable;
  char *text;
  GError *error;
  GThread *thread;
} Call;

static gpointer
call_main (gpointer data)
{
  Call *call = data;

  call->text = q_monitor_command_json (call->monitor, call->command, NULL, Q_MONITOR_FLAGS_NONE,
                                       Q_TIMEOUT_DEFAULT, call->cancellable, &call->error);
  return NULL;
}

static void
call_begin (Call *call, QMonitor *monitor, const char *command)
{
  call->monitor = monitor;
  call->command = command;
  call->cancellable = g_cancellable_new ();
  call->thread = g_thread_new ("call", call_main, call);
}

static void
call_end (Call *call)
{
  g_thread_join (g_steal_pointer (&call->thread));
}

static void
call_clear (Call *call)
{
  g_clear_object (&call->cancellable);
  g_clear_pointer (&call->text, g_free);
  g_clear_error (&call->error);
}

/* -- */

#define N_COMMANDS 200

static void
test_io_thread_sleeps_on (void)
{
  Session session = { NULL };
  guint64 before;

  session_open (&session, "negotiate\nserve\n");
  assert_answer (session.monitor, "query-status",
                 "{\"status\": \"running\", \"singlestep\": false, \"running\": true}");
  before = q_test_count_sleeps ("qmachine-io");
  for (guint i = 0; i < N_COMMANDS; i++)
    g_free (execute (session.monitor, "query-status", NULL));

  /* The long way wakes it twice for each. */
  g_assert_cmpuint (q_test_count_sleeps ("qmachine-io") - before, <, N_COMMANDS / 4);
  session_close (&session);
}

/* Before the answer, in the same piece as it, and behind it. */
static void
test_events_between (void)
{
  Session session = { NULL };

  session_open (&session,
                "negotiate\n"
                "expect a\n"
                "event BEFORE\n"
                "reply 1\n"
                "expect b\n"
                "send {\"event\": \"X\"}\\r\\n{\"return\": 2}\\r\\n{\"event\": \"Y\"}\\r\\n{\"eve\n"
                "wait-signal rest\n"
                "send nt\": \"Z\"}\\r\\n\n"
                "expect c\n"
                "send {\"return\": 3}\\r\\n{\"event\": \"V\"}\\r\\n{\"event\": \"W\"}\\r\\n\n"
                "expect d\n"
                "reply 4\n"
                "expect-eof\n");
  assert_answer (session.monitor, "a", "1");
  assert_event (session.monitor, "BEFORE");
  assert_answer (session.monitor, "b", "2");
  assert_event (session.monitor, "X");
  qmock_peer_signal (session.peer, "rest");
  assert_answer (session.monitor, "c", "3");
  assert_event (session.monitor, "Y");
  assert_event (session.monitor, "Z");
  assert_answer (session.monitor, "d", "4");
  assert_event (session.monitor, "V");
  assert_event (session.monitor, "W");
  g_assert_null (q_monitor_pop_event (session.monitor));
  session_close (&session);
}

static void
test_pieces (void)
{
  Session session = { NULL };

  session_open (&session, "negotiate\n"
                          "split 1\n"
                          "expect a\n"
                          "reply {\"long\": \"enough\"}\n"
                          "expect b\n"
                          "event MIDDLE\n"
                          "reply 2\n"
                          "expect c\n"
                          "error GenericError no\n"
                          "expect-eof\n");
  assert_answer (session.monitor, "a", "{\"long\": \"enough\"}");
  assert_answer (session.monitor, "b", "2");
  assert_event (session.monitor, "MIDDLE");
  {
    g_autoptr (GError) error = NULL;

    g_assert_null (execute (session.monitor, "c", &error));
    g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  }
  session_close (&session);
}

static void
test_large (void)
{
  Session session = { NULL };

  session_open (&session, "negotiate\n"
                          "expect a\n"
                          "send {\"return\": \"\n"
                          "flood x 3M\n"
                          "send \"}\\r\\n\n"
                          "expect b\n"
                          "reply 2\n"
                          "expect-eof\n");
  {
    g_autoptr (GError) error = NULL;
    g_autofree char *text = execute (session.monitor, "a", &error);

    g_assert_no_error (error);
    g_assert_cmpuint (strlen (text), ==, 3 * 1024 * 1024 + 2);
  }
  assert_answer (session.monitor, "b", "2");
  session_close (&session);
}

/* The answer that comes too late is nobody else's. */
static void
test_cancelled (void)
{
  Session session = { NULL };
  Call call = { NULL };

  session_open (&session, "negotiate\n"
                          "expect a\n"
                          "mark asked\n"
                          "wait-signal cancelled\n"
                          "expect b\n"
                          "reply-to 2 1\n"
                          "reply 2\n"
                          "expect-eof\n");
  call_begin (&call, session.monitor, "a");
  g_assert_true (qmock_peer_wait_mark (session.peer, "asked", NULL));
  g_cancellable_cancel (call.cancellable);
  call_end (&call);
  g_assert_error (call.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  call_clear (&call);
  qmock_peer_signal (session.peer, "cancelled");
  assert_answer (session.monitor, "b", "2");
  session_close (&session);
}

static void
test_timed_out (void)
{
  Session session = { NULL };
  g_autoptr (GError) error = NULL;

  session_open (&session, "negotiate\n"
                          "expect a\n"
                          "wait-signal late\n"
                          "reply 1\n"
                          "expect b\n"
                          "reply 2\n"
                          "expect-eof\n");
  g_object_set (session.monitor, "command-timeout", 50, NULL);
  g_assert_null (execute (session.monitor, "a", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_object_set (session.monitor, "command-timeout", -1, NULL);
  qmock_peer_signal (session.peer, "late");
  assert_answer (session.monitor, "b", "2");
  session_close (&session);
}

/* Closed by another thread while one reads. */
static void
test_closed (void)
{
  Session session = { NULL };
  Call call = { NULL };

  session_open (&session, "negotiate\nexpect a\nmark asked\nexpect-eof\n");
  call_begin (&call, session.monitor, "a");
  g_assert_true (qmock_peer_wait_mark (session.peer, "asked", NULL));
  g_assert_true (q_monitor_close (session.monitor, NULL, NULL));
  call_end (&call);
  g_assert_error (call.error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  call_clear (&call);
  session_close (&session);
}

typedef struct
{
  const char *steps; /* after the command was read */
  QMonitorError code;
  gboolean answered;   /* the call; the session ends after it */
  const char *message; /* part of the error's, or NULL */
} End;

static const End ends[] = {
  { "close\n", Q_MONITOR_ERROR_CLOSED, FALSE },
  { "reset\n", Q_MONITOR_ERROR_CLOSED, FALSE, "reset by peer" },
  { "shutdown-write\n", Q_MONITOR_ERROR_CLOSED, FALSE },
  { "send {\"return\"\nclose\n", Q_MONITOR_ERROR_CLOSED, FALSE },
  { "send-line nonsense\n", Q_MONITOR_ERROR_PROTOCOL, FALSE },
  { "send-line {\"odd\": 1}\n", Q_MONITOR_ERROR_PROTOCOL, FALSE },
  { "send {\"return\": \"\nflood x 70K\n", Q_MONITOR_ERROR_TOO_LARGE, FALSE },
  { "reply-with-id 7 1\n", Q_MONITOR_ERROR_PROTOCOL, FALSE },
  { "reply 1\nclose\n", Q_MONITOR_ERROR_CLOSED, TRUE },
  { "send {\"return\": 1}\\r\\n{\"return\": 2}\\r\\n\n", Q_MONITOR_ERROR_PROTOCOL, TRUE },
  { "send {\"return\": 1}\\r\\nnonsense\n", Q_MONITOR_ERROR_PROTOCOL, TRUE },
};

static void
closed_cb (QMonitor *monitor, const GError *error, gpointer data)
{
  GError **reason = data;

  g_assert_null (*reason);
  g_assert_nonnull (error);
  *reason = g_error_copy (error);
}

static void
test_end (gconstpointer data)
{
  const End *end = data;
  g_autofree char *script = g_strconcat ("negotiate\nexpect a\n", end->steps, NULL);
  Session session = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) reason = NULL;
  g_autofree char *text = NULL;

  session_prepare (&session, script);
  g_object_set (session.monitor, "max-message-size", (guint64)64 * 1024, NULL);
  session_attach (&session);
  g_signal_connect (session.monitor, "closed", G_CALLBACK (closed_cb), &reason);

  text = execute (session.monitor, "a", &error);
  if (end->answered)
    {
      g_assert_no_error (error);
      g_assert_cmpstr (text, ==, "1");
    }
  else
    {
      g_assert_null (text);
      g_assert_error (error, Q_MONITOR_ERROR, (int)end->code);
    }
  q_test_wait_until (NULL, reason != NULL);
  g_assert_error (reason, Q_MONITOR_ERROR, (int)end->code);
  if (end->message != NULL)
    g_assert_nonnull (strstr (reason->message, end->message));
  session_close (&session);
}

/* What is left for the I/O thread is not forgotten over the end that comes right behind it. */
static void
test_last_words (void)
{
  for (guint i = 0; i < 50; i++)
    {
      Session session = { NULL };
      g_autoptr (GError) error = NULL;

      session_open (&session, "negotiate\nexpect a\nevent LAST\nclose\n");
      g_assert_null (execute (session.monitor, "a", &error));
      g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
      assert_event (session.monitor, "LAST");
      session_close (&session);
    }
}

/* Two calls at once: the one that reads comes upon the other's answer, too. */
static void
test_two_calls (void)
{
  Session session = { NULL };
  Call first = { NULL };
  Call second = { NULL };

  session_open (&session, "negotiate\n"
                          "expect a\n"
                          "mark first\n"
                          "expect b\n"
                          "mark second\n"
                          "wait-signal go\n"
                          "send {\"return\": 1}\\r\\n{\"return\": 2}\\r\\n\n"
                          "expect c\n"
                          "reply 3\n"
                          "expect-eof\n");
  call_begin (&first, session.monitor, "a");
  g_assert_true (qmock_peer_wait_mark (session.peer, "first", NULL));
  call_begin (&second, session.monitor, "b");
  g_assert_true (qmock_peer_wait_mark (session.peer, "second", NULL));
  qmock_peer_signal (session.peer, "go");
  call_end (&first);
  call_end (&second);
  g_assert_cmpstr (first.text, ==, "1");
  g_assert_cmpstr (second.text, ==, "2");
  call_clear (&first);
  call_clear (&second);
  assert_answer (session.monitor, "c", "3");
  session_close (&session);
}

/* With ids, an out-of-band command's answer may come first. */
static void
test_out_of_band (void)
{
  Session session = { NULL };
  Call first = { NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  session_prepare (&session, "greet\n"
                             "expect qmp_capabilities\n"
                             "reply\n"
                             "expect a\n"
                             "mark first\n"
                             "expect-oob b\n"
                             "reply 2\n"
                             "wait-signal go\n"
                             "reply-to 2 1\n"
                             "expect-eof\n");
  g_object_set (session.monitor, "out-of-band", TRUE, NULL);
  session_attach (&session);

  call_begin (&first, session.monitor, "a");
  g_assert_true (qmock_peer_wait_mark (session.peer, "first", NULL));
  text = q_monitor_command_json (session.monitor, "b", NULL, Q_MONITOR_FLAGS_OUT_OF_BAND,
                                 Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "2");
  qmock_peer_signal (session.peer, "go");
  call_end (&first);
  g_assert_cmpstr (first.text, ==, "1");
  call_clear (&first);
  session_close (&session);
}

/* What was called first is sent first, by whichever way it goes. */
static void
test_order (void)
{
  Session session = { NULL };
  g_autoptr (GString) script = g_string_new ("negotiate\n");
  GAsyncResult *slots[100] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (slots); i++)
    g_string_append_printf (script, "expect c%u\nreply %u\nexpect s%u\nreply -%u\n", i, i, i, i);
  g_string_append (script, "expect-eof\n");
  session_open (&session, script->str);

  for (guint i = 0; i < G_N_ELEMENTS (slots); i++)
    {
      g_autofree char *async_name = g_strdup_printf ("c%u", i);
      g_autofree char *sync_name = g_strdup_printf ("s%u", i);
      g_autofree char *answer = g_strdup_printf ("-%u", i);

      q_monitor_command_json_async (session.monitor, async_name, NULL, Q_MONITOR_FLAGS_NONE,
                                    Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &slots[i]);
      assert_answer (session.monitor, sync_name, answer);
      g_assert_null (slots[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (slots); i++)
    {
      g_autofree char *answer = g_strdup_printf ("%u", i);
      g_autoptr (GAsyncResult) result = q_test_await (&slots[i]);
      g_autofree char *text = q_monitor_command_json_finish (session.monitor, result, NULL);

      g_assert_cmpstr (text, ==, answer);
    }
  session_close (&session);
}

/* Where there is no descriptor to be woken by, the I/O thread reads. */
static void
test_no_descriptors (void)
{
  Session session = { NULL };
  struct rlimit limit;
  struct rlimit none;

  session_open (&session, "negotiate\nexpect a\nreply 1\nexpect b\nreply 2\nexpect-eof\n");
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  none = limit;
  none.rlim_cur = 3;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &none), ==, 0);
  assert_answer (session.monitor, "a", "1");
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  assert_answer (session.monitor, "b", "2");
  session_close (&session);
}

/* Many threads, one monitor, a peer that throws in events: everybody gets his own answer. */

#define N_THREADS 8
#define N_ROUNDS 300

static gpointer
hammer_main (gpointer data)
{
  QMonitor *monitor = data;
  guint self = g_random_int ();

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_autofree char *arguments = g_strdup_printf ("{\"n\": %u, \"by\": %u}", i, self);
      g_autoptr (GError) error = NULL;
      g_autofree char *text = q_monitor_command_json (
        monitor, "mock-echo", arguments, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (text, ==, arguments);
    }
  return NULL;
}

static void
test_hammer (void)
{
  Session session = { NULL };
  GThread *threads[N_THREADS];

  session_open (&session, "negotiate\nserve\n");
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("hammer", hammer_main, session.monitor);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  session_close (&session);
}

/* -- what comes while the I/O thread is busy -- */

static GMutex busy_lock;
static GCond busy_cond;
static gboolean busy;
static gboolean may_go_on;

static void
keep_busy (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  g_mutex_lock (&busy_lock);
  busy = TRUE;
  g_cond_broadcast (&busy_cond);
  while (!may_go_on)
    g_cond_wait (&busy_cond, &busy_lock);
  g_mutex_unlock (&busy_lock);
}

/* Another monitor's peer that makes the library say something, which takes its time. */
static void
make_busy (Session *self)
{
  session_prepare (self, "greet\n"
                         "expect qmp_capabilities\n"
                         "reply\n"
                         "wait-signal noise\n"
                         "reply-with-id 999 1\n"
                         "expect-eof\n");
  g_object_set (self->monitor, "out-of-band", TRUE, NULL);
  session_attach (self);
  g_log_set_handler ("QMachine", G_LOG_LEVEL_DEBUG, keep_busy, NULL);
  qmock_peer_signal (self->peer, "noise");
  g_mutex_lock (&busy_lock);
  while (!busy)
    g_cond_wait (&busy_cond, &busy_lock);
  g_mutex_unlock (&busy_lock);
}

static void
make_idle (void)
{
  g_mutex_lock (&busy_lock);
  may_go_on = TRUE;
  g_cond_broadcast (&busy_cond);
  g_mutex_unlock (&busy_lock);
}

static GIOStream *
open_opaque (QMockPeer *peer)
{
  g_autoptr (GSocketClient) client = q_test_make_client ();
  g_autoptr (GSocketConnection) connection = g_socket_client_connect (
    client, G_SOCKET_CONNECTABLE (qmock_peer_get_address (peer)), NULL, NULL);
  g_autoptr (GInputStream) input = NULL;
  GIOStream *stream;

  g_assert_nonnull (connection);
  input = g_buffered_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  stream = g_simple_io_stream_new (input, g_io_stream_get_output_stream (G_IO_STREAM (connection)));
  /* Without it the socket would be closed. */
  g_object_set_data_full (G_OBJECT (stream), "connection", g_object_ref (connection),
                          g_object_unref);
  return stream;
}

/* What a call leaves to the I/O thread comes there when the monitor is on another stream, one that
 * nobody can read for it. */
static void
test_left_for_another (void)
{
  Session session = { NULL };
  Session noise = { NULL };
  Session second = { NULL };
  Call call = { NULL };
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (GAsyncResult) closed = NULL;
  g_autoptr (GAsyncResult) attached = NULL;
  g_autoptr (GError) error = NULL;
  guint64 n_sleeps;

  session_open (&session, "negotiate\nexpect a\nmark asked\nwait-signal go\nevent E\nmark sent\n"
                          "expect-eof\n");
  session_prepare (&second, "negotiate\nexpect b\nreply 2\nexpect-eof\n");
  stream = open_opaque (second.peer);

  call_begin (&call, session.monitor, "a");
  g_assert_true (qmock_peer_wait_mark (session.peer, "asked", NULL));
  make_busy (&noise);
  n_sleeps = q_test_count_sleeps ("call");
  q_monitor_close_async (session.monitor, NULL, q_test_store_result, &closed);
  q_monitor_attach_stream_async (session.monitor, stream, NULL, q_test_store_result, &attached);
  qmock_peer_signal (session.peer, "go");
  g_assert_true (qmock_peer_wait_mark (session.peer, "sent", NULL));
  /* The call has noticed, and waits for its turn. */
  while (q_test_count_sleeps ("call") == n_sleeps)
    g_thread_yield ();
  make_idle ();

  call_end (&call);
  g_assert_error (call.error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  call_clear (&call);
  g_assert_true (
    q_monitor_attach_stream_finish (session.monitor, q_test_await (&attached), &error));
  g_assert_no_error (error);
  g_clear_object (&stream);
  assert_answer (session.monitor, "b", "2");
  g_assert_true (q_monitor_close (session.monitor, NULL, NULL));
  qmock_peer_finish (second.peer, &error);
  g_assert_no_error (error);
  g_clear_object (&second.peer);
  g_clear_object (&second.monitor);
  session_close (&noise);
  session_close (&session);
}

static gpointer
command_main (gpointer data)
{
  GError *error = NULL;
  g_autofree char *text = q_machine_command_json (data, "a", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_null (text);
  return error;
}

/* QEMU sees the end of its monitor although a call waits on the connection. */
static void
test_closed_under_machine (void)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("negotiate; expect query-status; reply {\"status\":\"running\"}; "
                           "expect a; stdout asked; expect-eof; exit 3");
  g_autoptr (QMonitor) monitor = NULL;
  g_autoptr (GError) error = NULL;
  GThread *thread;

  q_test_launch (machine);
  thread = g_thread_new ("command", command_main, machine);
  for (;;)
    {
      g_autofree char *log = q_machine_dup_log (machine);

      if (strstr (log, "asked") != NULL)
        break;
      g_thread_yield ();
    }
  monitor = q_machine_dup_monitor (machine);
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  error = g_thread_join (thread);
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
  q_machine_kill (machine, NULL, NULL);
}

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);

  g_test_add_func ("/direct/io-thread-sleeps-on", test_io_thread_sleeps_on);
  g_test_add_func ("/direct/events-between", test_events_between);
  g_test_add_func ("/direct/pieces", test_pieces);
  g_test_add_func ("/direct/large", test_large);
  g_test_add_func ("/direct/cancelled", test_cancelled);
  g_test_add_func ("/direct/timed-out", test_timed_out);
  g_test_add_func ("/direct/closed", test_closed);
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *path = g_strdup_printf ("/direct/end/%u", i);

      g_test_add_data_func (path, &ends[i], test_end);
    }
  g_test_add_func ("/direct/last-words", test_last_words);
  g_test_add_func ("/direct/two-calls", test_two_calls);
  g_test_add_func ("/direct/out-of-band", test_out_of_band);
  g_test_add_func ("/direct/order", test_order);
  g_test_add_func ("/direct/no-descriptors", test_no_descriptors);
  g_test_add_func ("/direct/closed-under-machine", test_closed_under_machine);
  g_test_add_func ("/direct/hammer", test_hammer);
  g_test_add_func ("/direct/left-for-another", test_left_for_another);

  return g_test_run ();
}
