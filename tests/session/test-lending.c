/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who awaits a command in a main loop reads the answer there, and nobody else has to wait for it
 * where that loop has something else to do. */

#include <poll.h>
#include <string.h>
#include <sys/resource.h>

#include "peer-client.h"
#include "q-test-util.h"

static void
begin (QMonitor *monitor, const char *command, int timeout, GCancellable *cancellable,
       GAsyncResult **slot)
{
  q_monitor_command_json_async (monitor, command, NULL, Q_MONITOR_FLAGS_NONE, timeout, cancellable,
                                q_test_store_result, slot);
}

static void
assert_text (QMonitor *monitor, GAsyncResult **slot, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = q_monitor_command_json_finish (monitor, q_test_await (slot), &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
  g_clear_object (slot);
}

static void
assert_fails (QMonitor *monitor, GAsyncResult **slot, GQuark domain, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_monitor_command_json_finish (monitor, q_test_await (slot), &error));
  g_assert_error (error, domain, code);
  g_clear_object (slot);
}

/* -- the loop turns -- */

#define N_COMMANDS 300

/* From each callback the next one, as a program does. */
typedef struct
{
  QMonitor *monitor;
  guint n_left;
} Chain;

static void
chain_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Chain *chain = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = q_monitor_command_json_finish (Q_MONITOR (source), result, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "{\"n\": 1}");
  if (--chain->n_left > 0)
    q_monitor_command_json_async (chain->monitor, "mock-echo", "{\"n\": 1}", 0, Q_TIMEOUT_DEFAULT,
                                  NULL, chain_cb, chain);
}

static void
begin_chain (Chain *chain, QMonitor *monitor)
{
  chain->monitor = monitor;
  chain->n_left = N_COMMANDS + 1;
  q_monitor_command_json_async (monitor, "mock-echo", "{\"n\": 1}", 0, Q_TIMEOUT_DEFAULT, NULL,
                                chain_cb, chain);
}

static void
test_io_thread_sleeps_on (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer ("negotiate\nserve\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  guint64 before = q_test_count_sleeps ("qmachine-io");
  Chain chain;

  begin_chain (&chain, monitor);
  q_test_wait_until (NULL, chain.n_left == 0);

  /* Each answer would wake it, but for those that a busy system holds up. */
  g_assert_cmpuint (q_test_count_sleeps ("qmachine-io") - before, <, N_COMMANDS / 2);
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  finish_peer (peer);
}

static void
turn (GMainContext *context, int fd)
{
  struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

  g_assert_cmpint (poll (&poll_fd, 1, Q_TEST_DEADLINE_MS), ==, 1);
  while (g_main_context_iteration (context, FALSE))
    ;
}

/* In a loop of another kind, of calls to an object that belongs to the default context. */
static void
test_for_poll (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer ("negotiate\nserve\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  guint64 before = q_test_count_sleeps ("qmachine-io");

  /* The second one finds the first one gone. */
  for (guint i = 0; i < 2; i++)
    {
      Chain chain;
      int fd = -1;
      g_autoptr (GMainContext) context = q_main_context_new_for_poll (&fd);

      g_main_context_push_thread_default (context);
      begin_chain (&chain, monitor);
      while (chain.n_left > 0)
        turn (context, fd);
      g_main_context_pop_thread_default (context);
      g_assert_false (g_main_context_iteration (context, FALSE));
    }

  g_assert_cmpuint (q_test_count_sleeps ("qmachine-io") - before, <, N_COMMANDS);
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  finish_peer (peer);
}

/* Two loops in turns: each finds the socket with the other one, which does not turn. */
static void
test_in_turns (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer ("negotiate\nserve\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  GMainContext *contexts[2];
  int fds[2];
  guint64 before;

  for (guint i = 0; i < 2; i++)
    contexts[i] = q_main_context_new_for_poll (&fds[i]);

  before = q_test_count_sleeps ("qmachine-io");
  for (guint i = 0; i < N_COMMANDS; i++)
    {
      Chain chain = { monitor, 1 };

      g_main_context_push_thread_default (contexts[i % 2]);
      q_monitor_command_json_async (monitor, "mock-echo", "{\"n\": 1}", 0, Q_TIMEOUT_DEFAULT, NULL,
                                    chain_cb, &chain);
      while (chain.n_left > 0)
        turn (contexts[i % 2], fds[i % 2]);
      g_main_context_pop_thread_default (contexts[i % 2]);
    }
  /* It is woken by its timer if a loop waits until the other one's time is over. */
  g_assert_cmpuint (q_test_count_sleeps ("qmachine-io") - before, <, N_COMMANDS / 2);

  for (guint i = 0; i < 2; i++)
    g_main_context_unref (contexts[i]);
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  finish_peer (peer);
}

static void
note_event (QMonitor *monitor, QMonitorEvent *event, gpointer data)
{
  g_string_append (data, q_monitor_event_get_name (event));
}

static void
note_result (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree char *text = q_monitor_command_json_finish (Q_MONITOR (source), result, NULL);

  g_string_append (data, text);
}

/* Events before, behind, and in the middle of the same piece; answers in pieces. */
static void
test_order (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer (
    "negotiate\n"
    "expect a\n"
    "event A\n"
    "reply 1\n"
    "expect b\n"
    "expect c\n"
    "send {\"event\": \"B\"}\\r\\n{\"return\": 2}\\r\\n{\"event\": \"C\"}\\r\\n{\"ret\n"
    "mark half\n"
    "wait-signal rest\n"
    "send urn\": 3}\\r\\n{\"event\": \"D\"}\\r\\n\n"
    "split 1\n"
    "expect d\n"
    "reply 4\n"
    "event E\n"
    "expect-eof\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  g_autoptr (GString) order = g_string_new (NULL);
  static const char *const commands[] = { "a", "b", "c", "d" };

  g_signal_connect (monitor, "event", G_CALLBACK (note_event), order);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    q_monitor_command_json_async (monitor, commands[i], NULL, 0, Q_TIMEOUT_DEFAULT, NULL,
                                  note_result, order);
  q_test_wait_until (NULL, strchr (order->str, 'C') != NULL);
  qmock_peer_signal (peer, "rest");
  q_test_wait_until (NULL, strchr (order->str, 'E') != NULL);
  g_assert_cmpstr (order->str, ==, "A1B2C3D4E");
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  finish_peer (peer);
}

static void
test_large (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer ("negotiate\n"
                                           "expect a\n"
                                           "send {\"return\": \"\n"
                                           "flood x 3M\n"
                                           "send \"}\\r\\n\n"
                                           "expect b\n"
                                           "reply 2\n"
                                           "expect-eof\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  g_autoptr (GAsyncResult) a = NULL;
  g_autoptr (GAsyncResult) b = NULL;
  g_autofree char *text = NULL;

  begin (monitor, "a", -1, NULL, &a);
  begin (monitor, "b", -1, NULL, &b);
  text = q_monitor_command_json_finish (monitor, q_test_await (&a), NULL);
  g_assert_cmpuint (strlen (text), ==, 3 * 1024 * 1024 + 2);
  assert_text (monitor, &b, "2");
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  finish_peer (peer);
}

/* What is refused leaves nothing behind: the next event is the I/O thread's. */
static void
test_refused (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer
    = start_peer ("negotiate\nwait-signal go\nevent A\nexpect a\nreply 1\nexpect-eof\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GAsyncResult) a = NULL;

  q_monitor_command_json_async (monitor, "a", NULL, Q_MONITOR_FLAGS_OUT_OF_BAND, -1, NULL,
                                q_test_store_result, &a);
  qmock_peer_signal (peer, "go");
  event = q_monitor_wait_event (monitor, NULL, NULL, -1, NULL, NULL);
  g_assert_nonnull (event);
  assert_fails (monitor, &a, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  begin (monitor, "a", -1, NULL, &a);
  assert_text (monitor, &a, "1");
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  finish_peer (peer);
}

/* Where there is nothing to poll it by, the I/O thread reads. */
static void
test_no_descriptors (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer
    = start_peer ("negotiate\nexpect a\nreply 1\nexpect b\nreply 2\nexpect-eof\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  g_autoptr (GAsyncResult) a = NULL;
  struct rlimit limit;
  struct rlimit none;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  none = limit;
  none.rlim_cur = 3;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &none), ==, 0);
  begin (monitor, "a", -1, NULL, &a);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  assert_text (monitor, &a, "1");
  begin (monitor, "b", -1, NULL, &a);
  assert_text (monitor, &a, "2");
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  finish_peer (peer);
}

/* The ways in which a session ends, with the loop as the one who sees it. */
static void
test_end (QTestFixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *steps;
    QMonitorError code;
  } ends[] = {
    { "close\n", Q_MONITOR_ERROR_CLOSED },
    { "reset\n", Q_MONITOR_ERROR_CLOSED },
    { "send {\"ret\nclose\n", Q_MONITOR_ERROR_CLOSED },
    { "send-line nonsense\nexpect-eof\n", Q_MONITOR_ERROR_PROTOCOL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *script
        = g_strdup_printf ("negotiate\nexpect a\nreply 1\nexpect b\n%s", ends[i].steps);
      g_autoptr (QMockPeer) peer = start_peer (script);
      g_autoptr (QMonitor) monitor = attach (peer);
      g_autoptr (GAsyncResult) a = NULL;
      g_autoptr (GAsyncResult) b = NULL;

      begin (monitor, "a", -1, NULL, &a);
      begin (monitor, "b", -1, NULL, &b);
      assert_text (monitor, &a, "1");
      assert_fails (monitor, &b, Q_MONITOR_ERROR, ends[i].code);
      q_monitor_close (monitor, NULL, NULL);
      finish_peer (peer);
    }
}

/* -- the loop does not turn: its thread waits for another one, which would wait without end -- */

typedef struct
{
  QMonitor *monitor;
  QMockPeer *peer;
  GCancellable *cancellable;
  void (*func) (gpointer data);
} Other;

static gpointer
other_main (gpointer data)
{
  Other *other = data;

  other->func (other);
  return NULL;
}

static void
run_in_other_thread (Other *other, void (*func) (gpointer data))
{
  other->func = func;
  g_thread_join (g_thread_new ("other", other_main, other));
}

static void
get_event (gpointer data)
{
  Other *other = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QMonitorEvent) event
    = q_monitor_wait_event (other->monitor, NULL, NULL, -1, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (q_monitor_event_get_name (event), ==, "A");
}

static void
ask (gpointer data)
{
  Other *other = data;

  assert_executes (other->monitor, "b", NULL, "2");
}

static void
let_time_out (gpointer data)
{
  Other *other = data;
  g_autoptr (GError) error = NULL;

  /* Its limit is behind that of the call before. */
  g_assert_null (q_monitor_command_json (other->monitor, "b", NULL, 0, 60, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  qmock_peer_signal (other->peer, "late");
  assert_executes (other->monitor, "c", NULL, "3");
}

static void
cancel (gpointer data)
{
  Other *other = data;

  g_assert_true (qmock_peer_wait_mark (other->peer, "asked", NULL));
  g_cancellable_cancel (other->cancellable);
  pass_io_thread (other->monitor);
  qmock_peer_signal (other->peer, "late");
  assert_executes (other->monitor, "b", NULL, "2");
}

static void
close_monitor (gpointer data)
{
  Other *other = data;

  g_assert_true (q_monitor_close (other->monitor, NULL, NULL));
}

static void
see_end (gpointer data)
{
  Other *other = data;
  g_autoptr (GError) error = NULL;

  g_assert_null (q_monitor_wait_event (other->monitor, NULL, NULL, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
}

typedef struct
{
  const char *name;
  const char *steps; /* the first command is out */
  int timeout;
  void (*func) (gpointer data);
  const char *answer; /* NULL: it fails */
  gboolean is_io_error;
  int code;
} Busy;

static const Busy busy[] = {
  { .name = "event",
    .steps = "event A\nwait-signal go\nreply 1\n",
    .func = get_event,
    .answer = "1" },
  { .name = "event-in-same-piece",
    .steps = "send {\"return\": 1}\\r\\n{\"event\": \"A\"}\\r\\n\n",
    .func = get_event,
    .answer = "1" },
  { .name = "command", .steps = "expect b\nreply-to 2 1\nreply 2\n", .func = ask, .answer = "1" },
  { .name = "limit",
    .steps = "expect b\nwait-signal late\nexpect c\nreply-to 2 1\nreply-to 3 2\nreply 3\n",
    .timeout = 30,
    .func = let_time_out,
    .is_io_error = TRUE,
    .code = G_IO_ERROR_TIMED_OUT },
  { .name = "cancel",
    .steps = "mark asked\nwait-signal late\nexpect b\nreply-to 2 1\nreply 2\n",
    .func = cancel,
    .is_io_error = TRUE,
    .code = G_IO_ERROR_CANCELLED },
  { .name = "close", .steps = "", .func = close_monitor, .code = Q_MONITOR_ERROR_CLOSED },
  { .name = "end", .steps = "close\n", .func = see_end, .code = Q_MONITOR_ERROR_CLOSED },
};

static void
test_busy (QTestFixture *fixture, gconstpointer data)
{
  const Busy *test = data;
  g_autofree char *script = g_strdup_printf ("negotiate\nexpect a\n%s%s", test->steps,
                                             g_str_equal (test->name, "end") ? "" : "expect-eof\n");
  g_autoptr (QMockPeer) peer = start_peer (script);
  g_autoptr (QMonitor) monitor = attach (peer);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) a = NULL;
  Other other = { monitor, peer, cancellable, NULL };

  begin (monitor, "a", test->timeout != 0 ? test->timeout : -1, cancellable, &a);
  run_in_other_thread (&other, test->func);
  qmock_peer_signal (peer, "go");
  if (test->answer != NULL)
    assert_text (monitor, &a, test->answer);
  else
    assert_fails (monitor, &a, test->is_io_error ? G_IO_ERROR : Q_MONITOR_ERROR, test->code);
  q_monitor_close (monitor, NULL, NULL);
  finish_peer (peer);
}

/* In the same thread: a call that blocks behind one that does not. */
static void
test_blocking_behind (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer ("negotiate\n"
                                           "expect a\n"
                                           "expect b\n"
                                           "reply-to 2 1\n"
                                           "reply 2\n"
                                           "expect-eof\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  g_autoptr (GAsyncResult) a = NULL;

  begin (monitor, "a", -1, NULL, &a);
  assert_executes (monitor, "b", NULL, "2");
  assert_text (monitor, &a, "1");
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  finish_peer (peer);
}

/* A context that nobody turns for a while. */
static void
test_idle_context (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer ("negotiate\n"
                                           "expect a\n"
                                           "event A\n"
                                           "reply 1\n"
                                           "expect b\n"
                                           "reply 2\n"
                                           "expect-eof\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  g_autoptr (GMainContext) context = NULL;
  g_autoptr (GAsyncResult) a = NULL;
  g_autoptr (GAsyncResult) b = NULL;
  Other other = { monitor, peer, NULL, NULL };
  int fd = -1;

  context = q_main_context_new_for_poll (&fd);
  g_main_context_push_thread_default (context);
  begin (monitor, "a", -1, NULL, &a);
  g_main_context_pop_thread_default (context);
  get_event (&other);
  begin (monitor, "b", -1, NULL, &b);
  assert_text (monitor, &b, "2");
  g_assert_null (a);

  while (a == NULL)
    turn (context, fd);
  assert_text (monitor, &a, "1");
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  finish_peer (peer);
}

/* -- all at once -- */

#define N_ROUNDS 200

static void
count_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = q_monitor_command_json_finish (Q_MONITOR (source), result, &error);

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_assert_no_error (error);
      g_assert_nonnull (text);
    }
  (*(guint *)data)++;
}

/* Several commands at a time, of which one is cancelled now and then. */
static void
hammer (QMonitor *monitor, GMainContext *context, int fd)
{
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      guint n_done = 0;

      for (guint k = 0; k < 3; k++)
        {
          g_autofree char *arguments = g_strdup_printf ("{\"n\": %u}", i * 3 + k);

          q_monitor_command_json_async (monitor, "mock-echo", arguments, 0, Q_TIMEOUT_DEFAULT,
                                        k == 1 ? cancellable : NULL, count_cb, &n_done);
        }
      if (i % 4 == 0)
        g_cancellable_cancel (cancellable);
      if (i % 16 == 0)
        g_usleep (3000); /* the loop does not come in time */
      while (n_done < 3)
        if (fd >= 0)
          turn (context, fd);
        else
          g_main_context_iteration (context, TRUE);
    }
}

static gpointer
hammer_main (gpointer data)
{
  int fd = -1;
  g_autoptr (GMainContext) context = q_main_context_new_for_poll (&fd);

  g_main_context_push_thread_default (context);
  hammer (data, context, fd);
  g_main_context_pop_thread_default (context);
  return NULL;
}

static gpointer
block_main (gpointer data)
{
  for (guint i = 0; i < N_ROUNDS; i++)
    assert_executes (data, "mock-echo", "{\"x\": 1}", "{\"x\": 1}");
  return NULL;
}

static void
test_hammer (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMockPeer) peer = start_peer ("negotiate\nserve\n");
  g_autoptr (QMonitor) monitor = attach (peer);
  GThread *threads[] = {
    g_thread_new ("hammer-1", hammer_main, monitor),
    g_thread_new ("hammer-2", hammer_main, monitor),
    g_thread_new ("block", block_main, monitor),
  };

  hammer (monitor, NULL, -1);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_true (q_monitor_close (monitor, NULL, NULL));
  finish_peer (peer);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

#define ADD(name, func)                                                                            \
  g_test_add ("/lending/" name, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)
  ADD ("io-thread-sleeps-on", test_io_thread_sleeps_on);
  ADD ("for-poll", test_for_poll);
  ADD ("in-turns", test_in_turns);
  ADD ("order", test_order);
  ADD ("large", test_large);
  ADD ("refused", test_refused);
  ADD ("no-descriptors", test_no_descriptors);
  ADD ("end", test_end);
  for (guint i = 0; i < G_N_ELEMENTS (busy); i++)
    {
      g_autofree char *path = g_strdup_printf ("/lending/busy/%s", busy[i].name);

      g_test_add (path, QTestFixture, &busy[i], q_test_set_up, test_busy, q_test_tear_down);
    }
  ADD ("blocking-behind", test_blocking_behind);
  ADD ("idle-context", test_idle_context);
  ADD ("hammer", test_hammer);

  return g_test_run ();
}
