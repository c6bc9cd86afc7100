/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a peer can make the program hold: the most memory that was resident at any moment of a
 * storm, which the library promises to bound. */

#include <stdio.h>
#include <string.h>

#include "q-test-util.h"
#include "qmock.h"

#define MIB (1024 * 1024)

/* 1024 events of a hundred bytes in the backlog, as many on their way to a handler, and what the
 * allocator leaves between them. */
#define STORM_BOUND (8 * MIB)

/* A message of the greatest size while it is read, doubling its buffer, and its copy for the
 * caller. */
#define MESSAGE_BOUND (200 * MIB)

static gsize
read_status (const char *field)
{
  g_autofree char *text = NULL;
  const char *line;
  gsize kib = 0;

  g_assert_true (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  line = strstr (text, field);
  g_assert_nonnull (line);
  g_assert_cmpint (sscanf (line + strlen (field), ": %zu kB", &kib), ==, 1);

  return kib * 1024;
}

/* From now on the peak is that of what follows. */
static gsize
begin_measuring (void)
{
  FILE *file = fopen ("/proc/self/clear_refs", "w");

  g_assert_nonnull (file);
  g_assert_cmpint (fputs ("5", file), >=, 0);
  g_assert_cmpint (fclose (file), ==, 0);
  return read_status ("VmRSS");
}

static void
assert_grew_by (gsize before, gsize bound, const char *what)
{
  gsize peak = read_status ("VmHWM");
  gsize growth = peak > before ? peak - before : 0;

  g_test_message ("%s: %" G_GSIZE_FORMAT " KiB more at the peak, of %" G_GSIZE_FORMAT, what,
                  growth / 1024, bound / 1024);
  if (q_test_memory_counts ())
    g_assert_cmpuint (growth, <, bound);
}

typedef struct
{
  QMockPeer *peer;
  QMonitor *monitor;
} Session;

static void
begin (Session *session, const char *script)
{
  g_autoptr (GError) error = NULL;

  session->peer = qmock_peer_new (script);
  g_assert_true (qmock_peer_start (session->peer, &error));
  g_assert_no_error (error);
  session->monitor = q_monitor_new ();
  q_monitor_attach (session->monitor, qmock_peer_get_address (session->peer), NULL, &error);
  g_assert_no_error (error);
}

static void
end (Session *session)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (q_monitor_close (session->monitor, NULL, &error));
  g_assert_true (qmock_peer_finish (session->peer, &error));
  g_assert_no_error (error);
  g_clear_object (&session->peer);
  q_test_assert_last_unref (session->monitor);
}

/* -- a million events -- */

static void
handle_slowly (QMonitor *monitor, QMonitorEvent *event, gpointer data)
{
  guint *n = data;

  /* A tree for each, which is more than the reader does for it. */
  g_assert_nonnull (q_monitor_event_get_data (event));
  ++*n;
}

/* Nobody listens; a handler is slower than the storm; its loop stands still. */
static void
test_storm (QTestFixture *fixture, gconstpointer data)
{
  const char *who = data;
  guint n_events = q_test_is_long () ? 1000000 : 200000;
  g_autofree char *script = g_strdup_printf ("negotiate\nexpect storm\nrepeat %u\n"
                                             "event STORM {\"n\": $N, \"device\": \"d0\"}\nend\n"
                                             "reply\n",
                                             n_events);
  g_autofree char *text = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GAsyncResult *pending = NULL;
  guint64 n_backlog_dropped;
  guint64 n_signals_dropped;
  guint n_handled = 0;
  guint n_popped = 0;
  gsize before;
  Session session;

  begin (&session, script);
  if (!g_str_equal (who, "nobody"))
    g_signal_connect (session.monitor, "event", G_CALLBACK (handle_slowly), &n_handled);

  before = begin_measuring ();
  if (g_str_equal (who, "slow"))
    {
      q_monitor_command_json_async (session.monitor, "storm", NULL, Q_MONITOR_FLAGS_NONE,
                                    Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &pending);
      result = q_test_await (&pending);
      text = q_monitor_command_json_finish (session.monitor, result, &error);
      g_clear_object (&result);
    }
  else
    {
      text = q_monitor_command_json (session.monitor, "storm", NULL, Q_MONITOR_FLAGS_NONE,
                                     Q_TIMEOUT_DEFAULT, NULL, &error);
    }
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "{}");
  assert_grew_by (before, STORM_BOUND, who);

  g_object_get (session.monitor, "events-dropped", &n_backlog_dropped, "signals-dropped",
                &n_signals_dropped, NULL);
  g_assert_cmpuint (n_backlog_dropped, ==, n_events - 1024);
  for (GList *l = q_monitor_pop_events (session.monitor); l != NULL; l = g_list_delete_link (l, l))
    {
      g_object_unref (l->data);
      n_popped++;
    }
  g_assert_cmpuint (n_popped, ==, 1024);

  /* Each is handed over or counted as dropped. */
  if (!g_str_equal (who, "nobody"))
    q_test_wait_until (NULL, n_handled + n_signals_dropped == n_events);
  else
    g_assert_cmpuint (n_handled, ==, 0);
  end (&session);
}

/* -- the longest message, and one that is a byte longer -- */

static void
test_message (QTestFixture *fixture, gconstpointer data)
{
  const guint extra = GPOINTER_TO_UINT (data);
  const gsize limit = 64 * MIB;
  const gsize n_framing = strlen ("{\"return\": \"\"}");
  g_autofree char *script
    = g_strdup_printf ("negotiate\nexpect large\nsend {\"return\": \"\nflood a %" G_GSIZE_FORMAT
                       "\nsend \"}\nsend \\r\\n\n",
                       limit - n_framing + extra);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  gsize before;
  Session session;

  begin (&session, script);
  before = begin_measuring ();
  text = q_monitor_command_json (session.monitor, "large", NULL, Q_MONITOR_FLAGS_NONE,
                                 Q_TIMEOUT_DEFAULT, NULL, &error);
  assert_grew_by (before, MESSAGE_BOUND, extra > 0 ? "too long" : "longest");
  if (extra > 0)
    {
      g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE);
      g_assert_null (text);
    }
  else
    {
      g_assert_no_error (error);
      g_assert_cmpuint (strlen (text), ==, limit - n_framing + 2);
    }
  end (&session);
}

/* -- commands that nobody takes -- */

typedef struct
{
  guint n_refused;
  guint n_closed;
} Ends;

static void
note_end (GObject *monitor, GAsyncResult *result, gpointer data)
{
  Ends *ends = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = q_monitor_command_json_finish (Q_MONITOR (monitor), result, &error);

  g_assert_null (text);
  if (g_error_matches (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_BUSY))
    {
      ends->n_refused++;
    }
  else
    {
      g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
      ends->n_closed++;
    }
}

/* As many as may wait, and one that is refused, which harms none of the others. */
static void
assert_takes (const char *arguments, guint n_commands)
{
  Ends ends = { 0, 0 };
  Session session;

  begin (&session, "negotiate\nstall\n");
  for (guint i = 0; i < n_commands + 1; i++)
    q_monitor_command_json_async (session.monitor, "wait", arguments, Q_MONITOR_FLAGS_NONE,
                                  Q_TIMEOUT_DEFAULT, NULL, note_end, &ends);
  q_test_wait_until (NULL, ends.n_refused > 0);
  g_assert_cmpint (q_monitor_get_state (session.monitor), ==, Q_MONITOR_STATE_RUNNING);
  g_assert_cmpuint (ends.n_closed, ==, 0);

  g_assert_true (q_monitor_close (session.monitor, NULL, NULL));
  q_test_wait_until (NULL, ends.n_closed == n_commands);
  g_assert_cmpuint (ends.n_refused, ==, 1);
  end (&session);
}

static void
test_number_of_commands (QTestFixture *fixture, gconstpointer data)
{
  assert_takes (NULL, 65536);
}

static void
test_bytes_of_commands (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *letters = g_strnfill (50 * MIB, 'a');
  g_autofree char *arguments = g_strconcat ("{\"a\":\"", letters, "\"}", NULL);

  /* Of 256 MiB. */
  assert_takes (arguments, 5);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

#define ADD(path, data, func)                                                                      \
  g_test_add ("/bounds/" path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)
  ADD ("storm/nobody-listens", "nobody", test_storm);
  ADD ("storm/slow-handler", "slow", test_storm);
  ADD ("storm/blocked-loop", "blocked", test_storm);
  ADD ("message/longest", GUINT_TO_POINTER (0), test_message);
  ADD ("message/one-byte-more", GUINT_TO_POINTER (1), test_message);
  ADD ("commands/number", NULL, test_number_of_commands);
  ADD ("commands/bytes", NULL, test_bytes_of_commands);

  return g_test_run ();
}
