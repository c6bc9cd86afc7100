/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The calls that are more than one command, of an agent that the scripted peer plays: given up at
 * each step, answered falsely, and what is sent then. */

#include <string.h>

#include "guest-peer.h"

static const char *const argv_true[] = { "true", NULL };

#define ANSWERED "sync\n"

/* -- giving up -- */

typedef struct
{
  GuestSession session;
  GCancellable *cancellable;
  GAsyncResult *result;
} Cancelled;

static void
begin_cancelled (Cancelled *cancelled, const char *script)
{
  memset (cancelled, 0, sizeof *cancelled);
  guest_begin (&cancelled->session, script);
  cancelled->cancellable = g_cancellable_new ();
}

static void
cancel_at (Cancelled *cancelled, const char *mark)
{
  g_assert_true (qmock_peer_wait_mark (cancelled->session.peer, mark, NULL));
  g_cancellable_cancel (cancelled->cancellable);
  q_test_await (&cancelled->result);
}

static void
end_cancelled (Cancelled *cancelled, GError *error)
{
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_error_free (error);
  g_clear_object (&cancelled->result);
  g_clear_object (&cancelled->cancellable);
  guest_assert_command (&cancelled->session, "next", "{}");
  guest_end (&cancelled->session);
}

static void
test_cancel_command (gconstpointer data)
{
  const char *const *scripts = data;
  Cancelled cancelled;
  GError *error = NULL;

  begin_cancelled (&cancelled, scripts[0]);
  q_guest_agent_command_json_async (cancelled.session.agent, "a", NULL, -1, cancelled.cancellable,
                                    q_test_store_result, &cancelled.result);
  cancel_at (&cancelled, "now");
  qmock_peer_signal (cancelled.session.peer, "cancelled");
  g_assert_null (
    q_guest_agent_command_json_finish (cancelled.session.agent, cancelled.result, &error));
  end_cancelled (&cancelled, error);
}

static const char *const waits_for_agent[] = {
  "expect-raw \\xff\nexpect guest-sync-delimited\nmark now\nwait-signal cancelled\n"
  "send-line \\xff{\"return\": $ID}\nexpect next\nreply {}\n",
};
static const char *const is_sent[] = {
  ANSWERED "expect a\nmark now\nwait-signal cancelled\nreply \"late\"\nresync\n"
           "expect next\nreply {}\n",
};

static void
test_cancel_exec (gconstpointer data)
{
  const char *const *scripts = data;
  Cancelled cancelled;
  GError *error = NULL;

  begin_cancelled (&cancelled, scripts[0]);
  q_guest_agent_exec_async (cancelled.session.agent, argv_true, NULL, NULL, -1,
                            cancelled.cancellable, q_test_store_result, &cancelled.result);
  cancel_at (&cancelled, "now");
  qmock_peer_signal (cancelled.session.peer, "cancelled");
  g_assert_null (q_guest_agent_exec_finish (cancelled.session.agent, cancelled.result, &error));
  end_cancelled (&cancelled, error);
}

static const char *const exec_sent[] = {
  ANSWERED "expect guest-exec\nmark now\nwait-signal cancelled\nreply {\"pid\": 12}\n"
           "expect next\nreply {}\n",
};
static const char *const exec_asked[] = {
  ANSWERED "expect guest-exec {\"path\":\"true\",\"arg\":[],\"capture-output\":true}\n"
           "reply {\"pid\": 12}\n"
           "expect guest-exec-status {\"pid\":12}\n"
           "mark now\nresync\nexpect next\nreply {}\n",
};
/* Between two questions. */
static void
test_cancel_pause (void)
{
  Cancelled cancelled;
  GError *error = NULL;

  begin_cancelled (&cancelled, ANSWERED "expect guest-exec\nreply {\"pid\": 12}\nrepeat 10\n"
                                        "expect guest-exec-status\nreply {\"exited\": false}\n"
                                        "end\nmark asked\nexpect ping\nreply {}\nmark now\n"
                                        "expect next\nreply {}\n");
  q_guest_agent_exec_async (cancelled.session.agent, argv_true, NULL, NULL, -1,
                            cancelled.cancellable, q_test_store_result, &cancelled.result);
  /* What is answered behind the question shows that its answer was taken. */
  g_assert_true (qmock_peer_wait_mark (cancelled.session.peer, "asked", NULL));
  guest_assert_command (&cancelled.session, "ping", "{}");
  cancel_at (&cancelled, "now");
  g_assert_null (q_guest_agent_exec_finish (cancelled.session.agent, cancelled.result, &error));
  end_cancelled (&cancelled, error);
}

static void
test_cancel_read (gconstpointer data)
{
  const char *const *scripts = data;
  Cancelled cancelled;
  GError *error = NULL;

  begin_cancelled (&cancelled, scripts[0]);
  q_guest_agent_read_file_async (cancelled.session.agent, "/f", -1, cancelled.cancellable,
                                 q_test_store_result, &cancelled.result);
  cancel_at (&cancelled, "now");
  qmock_peer_signal (cancelled.session.peer, "cancelled");
  g_assert_null (
    q_guest_agent_read_file_finish (cancelled.session.agent, cancelled.result, &error));
  end_cancelled (&cancelled, error);
}

/* The answer to the opening is taken after all, and what it opened is closed. */
static const char *const open_sent[] = {
  ANSWERED "expect guest-file-open {\"path\":\"/f\",\"mode\":\"r\"}\n"
           "mark now\nwait-signal cancelled\nreply 7\n"
           "expect guest-file-close {\"handle\":7}\nreply {}\nexpect next\nreply {}\n",
};
static const char *const read_sent[] = {
  ANSWERED "expect guest-file-open\nreply 7\n"
           "expect guest-file-read {\"handle\":7,\"count\":524288}\nmark now\nresync\n"
           "expect guest-file-close {\"handle\":7}\nreply {}\nexpect next\nreply {}\n",
};
static const char *const close_sent[] = {
  ANSWERED "expect guest-file-open\nreply 7\n"
           "expect guest-file-read\nreply {\"count\": 0, \"eof\": true}\n"
           "expect guest-file-close {\"handle\":7}\nmark now\nresync\nexpect next\nreply {}\n",
};

static void
test_cancel_write (void)
{
  Cancelled cancelled;
  GError *error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_malloc0 (4 << 20), 4 << 20);

  begin_cancelled (&cancelled, ANSWERED "expect guest-file-open {\"path\":\"/f\",\"mode\":\"w\"}\n"
                                        "reply 8\n"
                                        "expect guest-file-write\nreply {\"count\": 5, "
                                        "\"eof\": false}\n"
                                        "expect guest-file-write\nmark now\nresync\n"
                                        "expect guest-file-close {\"handle\":8}\nreply {}\n"
                                        "expect next\nreply {}\n");
  q_guest_agent_write_file_async (cancelled.session.agent, "/f", bytes, -1, cancelled.cancellable,
                                  q_test_store_result, &cancelled.result);
  cancel_at (&cancelled, "now");
  g_assert_false (
    q_guest_agent_write_file_finish (cancelled.session.agent, cancelled.result, &error));
  end_cancelled (&cancelled, error);
}

/* While the agent reads nothing, and half a command is on its way. */
static void
test_half_sent (void)
{
  GuestSession session;
  g_autofree char *text = g_strnfill (8 << 20, 'x');
  g_autofree char *arguments = g_strdup_printf ("{\"x\":\"%s\"}", text);
  g_autoptr (GError) error = NULL;

  guest_begin (&session, ANSWERED "wait-signal read\nexpect-raw \\n{\"execute\":\"a\",\n");
  g_assert_true (q_guest_agent_wait_ready (session.agent, -1, NULL, NULL));
  g_assert_null (q_guest_agent_command_json (session.agent, "a", arguments, 100, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_false (q_guest_agent_get_ready (session.agent));
  qmock_peer_signal (session.peer, "read");
  guest_end (&session);
}

/* What is left to be done when the connection ends is the last that is said. */
static void
test_last_words (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, ANSWERED "expect guest-file-open\nreply 7\nexpect guest-file-read\n"
                                  "expect-raw \\n\\xff\nexpect guest-sync-delimited\n"
                                  "expect-raw \\n\\xff\n"
                                  "expect guest-file-close {\"handle\":7}\nexpect-eof\n");
  g_assert_null (q_guest_agent_read_file (session.agent, "/f", 1000, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  guest_end (&session);
}

/* A call that ends with the connection, too. */
static void
test_close_in_transfer (void)
{
  GuestSession session;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, ANSWERED "expect guest-file-open\nreply 7\nexpect guest-file-read\n"
                                  "mark now\nexpect-raw \\n\\xff\n"
                                  "expect guest-file-close {\"handle\":7}\nexpect-eof\n");
  q_guest_agent_read_file_async (session.agent, "/f", -1, NULL, q_test_store_result, &result);
  g_assert_true (qmock_peer_wait_mark (session.peer, "now", NULL));
  guest_close (&session);
  q_test_await (&result);
  g_assert_null (q_guest_agent_read_file_finish (session.agent, result, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_clear_object (&result);
  guest_end (&session);
}

/* An opening that is never answered delays others for a while, and no longer. */
static void
test_unanswered_open (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, ANSWERED "expect guest-file-open\nresync\nexpect next\nreply {}\n");
  g_assert_null (q_guest_agent_read_file (session.agent, "/f", 1000, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  guest_assert_command (&session, "next", "{}");
  guest_end (&session);
}

/* -- false answers -- */

static void
test_false_exec (gconstpointer data)
{
  g_autofree char *script = g_strdup_printf (ANSWERED "expect guest-exec\n%s\n"
                                                      "expect next\nreply {}\n",
                                             (const char *)data);
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, script);
  g_assert_null (q_guest_agent_exec (session.agent, argv_true, NULL, NULL, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_PROTOCOL);
  g_assert_true (g_str_has_prefix (error->message, "exec: "));
  guest_assert_command (&session, "next", "{}");
  guest_end (&session);
}

#define STATUS "reply {\"pid\": 1}\nexpect guest-exec-status\n"

static const char *const false_execs[][2] = {
  { "no-object", "reply 5" },
  { "no-pid", "reply {}" },
  { "wrong-pid", "reply {\"pid\": \"1\"}" },
  { "no-exited", STATUS "reply {}" },
  { "wrong-exited", STATUS "reply {\"exited\": 1}" },
  { "wrong-output", STATUS "reply {\"exited\": true, \"exitcode\": 0, \"out-data\": 7}" },
  { "no-base64", STATUS "reply {\"exited\": true, \"exitcode\": 0, \"err-data\": \"a b=\"}" },
  { "cut-base64", STATUS "reply {\"exited\": true, \"exitcode\": 0, \"out-data\": \"YWI\"}" },
};

static void
test_exec_result (void)
{
  GuestSession session;
  const char *argv[] = { "p", "a \"b\"", "\xc3\xa9", NULL };
  const char *env[] = { "A=1", NULL };
  g_autoptr (GBytes) input = g_bytes_new_static ("\0\xff", 2);
  g_autoptr (QGuestExecResult) result = NULL;
  g_autoptr (GError) error = NULL;

  guest_begin (&session,
               ANSWERED "expect guest-exec {\"path\":\"p\",\"arg\":[\"a \\\"b\\\"\",\"\xc3\xa9\"],"
                        "\"env\":[\"A=1\"],\"input-data\":\"AP8=\",\"capture-output\":true}\n"
                        "reply {\"pid\": 3}\n"
                        "expect guest-exec-status\nreply {\"exited\": false}\n"
                        "expect guest-exec-status\n"
                        "reply {\"exited\": true, \"signal\": 9, \"out-data\": \"YWI\\u003d\", "
                        "\"out-truncated\": true}\n");
  result = q_guest_agent_exec (session.agent, argv, env, input, -1, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (q_guest_exec_result_get_exit_kind (result), ==, Q_EXIT_KIND_SIGNALED);
  g_assert_cmpint (q_guest_exec_result_get_exit_status (result), ==, -1);
  g_assert_cmpint (q_guest_exec_result_get_term_signal (result), ==, 9);
  g_assert_cmpmem (g_bytes_get_data (q_guest_exec_result_get_output (result), NULL),
                   g_bytes_get_size (q_guest_exec_result_get_output (result)), "ab", 2);
  g_assert_cmpuint (g_bytes_get_size (q_guest_exec_result_get_error_output (result)), ==, 0);
  g_assert_true (q_guest_exec_result_get_output_truncated (result));
  g_assert_false (q_guest_exec_result_get_error_output_truncated (result));
  guest_end (&session);
}

/* The question is lost, and asked again on the next connection. */
static void
test_exec_goes_on (void)
{
  GuestSession session;
  g_autoptr (QGuestExecResult) result = NULL;
  g_autoptr (GError) error = NULL;

  guest_create (&session, ANSWERED "expect guest-exec\nreply {\"pid\": 3}\n"
                                   "expect guest-exec-status\nclose\naccept\n"
                                   "sync\n"
                                   "expect guest-exec-status {\"pid\":3}\n"
                                   "resync\n"
                                   "expect guest-exec-status {\"pid\":3}\n"
                                   "reply {\"exited\": true, \"exitcode\": 4}\n");
  q_guest_agent_set_command_timeout (session.agent, 200);
  guest_attach (&session);
  result = q_guest_agent_exec (session.agent, argv_true, NULL, NULL, -1, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (q_guest_exec_result_get_exit_status (result), ==, 4);
  guest_end (&session);
}

typedef struct
{
  const char *name;
  const char *answer;
  int code;
} FalseRead;

static const FalseRead false_reads[] = {
  { "no-count", "reply {\"eof\": true}", Q_MONITOR_ERROR_PROTOCOL },
  { "negative", "reply {\"count\": -1, \"eof\": true}", Q_MONITOR_ERROR_PROTOCOL },
  { "too-much", "reply {\"count\": 524289, \"eof\": false}", Q_MONITOR_ERROR_PROTOCOL },
  { "other-length", "reply {\"count\": 3, \"buf-b64\": \"YWI=\", \"eof\": false}",
    Q_MONITOR_ERROR_PROTOCOL },
  { "no-base64", "reply {\"count\": 2, \"buf-b64\": \"YW*=\", \"eof\": false}",
    Q_MONITOR_ERROR_PROTOCOL },
  { "no-progress", "reply {\"count\": 0, \"buf-b64\": \"\", \"eof\": false}",
    Q_MONITOR_ERROR_PROTOCOL },
  { "no-end",
    "repeat 3\nreply {\"count\": 2, \"buf-b64\": \"YWI=\", \"eof\": false}\n"
    "expect guest-file-read\nend\nreply {\"count\": 2, \"buf-b64\": \"YWI=\", \"eof\": false}",
    Q_MONITOR_ERROR_TOO_LARGE },
};

static void
test_false_read (gconstpointer data)
{
  const FalseRead *false_read = data;
  g_autofree char *script = g_strdup_printf (
    ANSWERED "expect guest-file-open\nreply 1000\nexpect guest-file-read\n%s\n"
             "expect guest-file-close {\"handle\":1000}\n"
             "error GenericError this is told to nobody\nexpect next\nreply {}\n",
    false_read->answer);
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_create (&session, script);
  q_guest_agent_set_max_file_size (session.agent, 7);
  guest_attach (&session);
  g_assert_null (q_guest_agent_read_file (session.agent, "/the/file", -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, false_read->code);
  g_assert_true (g_str_has_prefix (error->message, "read_file: /the/file: "));
  guest_assert_command (&session, "next", "{}");
  guest_end (&session);
}

static void
test_read_refused (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, ANSWERED "expect guest-file-open\nreply 1\nexpect guest-file-read\n"
                                  "error GenericError cannot read\n"
                                  "expect guest-file-close\nreply {}\n");
  g_assert_null (q_guest_agent_read_file (session.agent, "/f", -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_assert_cmpstr (error->message, ==, "guest-file-read: cannot read");
  guest_end (&session);
}

/* Each piece has its own limit. */
static void
test_slow_file (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  guest_create (&session, ANSWERED "expect guest-file-open\nreply 1\n"
                                   "repeat 6\nexpect guest-file-read\ndelay 250\n"
                                   "reply {\"count\": 2, \"buf-b64\": \"YWI=\", \"eof\": false}\n"
                                   "end\nexpect guest-file-read\nresync\n"
                                   "expect guest-file-close\nreply {}\n"
                                   "expect next\nreply {}\n");
  q_guest_agent_set_command_timeout (session.agent, 1000);
  guest_attach (&session);
  bytes = q_guest_agent_read_file (session.agent, "/f", Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_null (bytes);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==, "read_file: no reply came within 1000 ms (command-timeout)");
  guest_assert_command (&session, "next", "{}");
  guest_end (&session);
}

/* -- frozen -- */

#define FROZEN ANSWERED "expect guest-fsfreeze-freeze\nreply 2\n"
#define THAWED "expect guest-fsfreeze-thaw\nreply 2\n"

static void
freeze (GuestSession *session, int limit)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (q_guest_agent_freeze (session->agent, limit, -1, NULL, &error), ==, 2);
  g_assert_no_error (error);
  g_assert_true (q_guest_agent_get_frozen (session->agent));
}

static void
test_freeze_and_thaw (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;
  guint n_notified = 0;

  guest_begin (&session, FROZEN THAWED "expect next\nreply {}\nexpect-eof\n");
  g_signal_connect_swapped (session.agent, "notify::frozen", G_CALLBACK (guest_count), &n_notified);
  freeze (&session, 100);
  q_test_wait_until (NULL, n_notified == 1);
  g_assert_cmpint (q_guest_agent_thaw (session.agent, -1, NULL, &error), ==, 2);
  g_assert_no_error (error);
  g_assert_false (q_guest_agent_get_frozen (session.agent));
  q_test_wait_until (NULL, n_notified == 2);
  /* The guard is off: nothing else comes. */
  g_usleep (200 * 1000);
  guest_assert_command (&session, "next", "{}");
  guest_end (&session);
}

static void
test_freeze_limit (void)
{
  GuestSession session;

  /* It says so until it is answered. */
  guest_begin (&session, FROZEN "expect guest-fsfreeze-thaw\nclose\naccept\n"
                                "sync\n" THAWED "mark thawed\nexpect next\nreply {}\n");
  freeze (&session, 50);
  g_assert_true (qmock_peer_wait_mark (session.peer, "thawed", NULL));
  guest_assert_command (&session, "next", "{}");
  g_assert_false (q_guest_agent_get_frozen (session.agent));
  guest_end (&session);
}

/* A call that waits without end does not keep the guest frozen. */
static void
test_freeze_limit_in_call (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, FROZEN "expect a\nresync\n" THAWED "expect next\nreply {}\n");
  freeze (&session, 50);
  g_assert_null (q_guest_agent_command_json (session.agent, "a", NULL, -1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  guest_assert_command (&session, "next", "{}");
  g_assert_false (q_guest_agent_get_frozen (session.agent));
  guest_end (&session);
}

static void
test_freeze_drop (void)
{
  GuestSession session;

  guest_begin (&session, FROZEN THAWED "mark thawed\nexpect-eof\n");
  freeze (&session, -1);
  q_test_assert_last_unref (session.agent);
  /* Nothing that comes later is needed for it. */
  g_assert_true (qmock_peer_wait_mark (session.peer, "thawed", NULL));
  guest_end (&session);
}

static void
test_freeze_close (void)
{
  GuestSession session;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  /* Not behind a call that hangs. */
  guest_begin (&session, FROZEN "expect a\nmark sent\nresync\n" THAWED "expect-eof\n");
  freeze (&session, -1);
  q_guest_agent_command_json_async (session.agent, "a", NULL, -1, NULL, q_test_store_result,
                                    &result);
  g_assert_true (qmock_peer_wait_mark (session.peer, "sent", NULL));
  guest_close (&session);
  g_assert_false (q_guest_agent_get_frozen (session.agent));
  q_test_await (&result);
  g_assert_null (q_guest_agent_command_json_finish (session.agent, result, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_clear_object (&result);
  guest_end (&session);
}

static void
test_freeze_close_unheard (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, FROZEN "expect guest-fsfreeze-thaw\n"
                                "expect-raw \\n\\xff\nexpect guest-fsfreeze-thaw\nexpect-eof\n");
  freeze (&session, -1);
  g_assert_false (q_guest_agent_close (session.agent, 200, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "may still be frozen"));
  g_assert_cmpint (q_guest_agent_get_state (session.agent), ==, Q_GUEST_AGENT_STATE_CLOSED);
  guest_end (&session);
}

/* What is given up may be frozen all the same. */
static void
test_freeze_given_up (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session,
               ANSWERED "expect guest-fsfreeze-freeze\n"
                        "expect-raw \\n\\xff\nexpect guest-sync-delimited\n"
                        "send-line {\"return\": 2}\n"
                        "send-line \\xff{\"return\": $ID}\n" THAWED "expect next\nreply {}\n");
  g_assert_cmpint (q_guest_agent_freeze (session.agent, -1, 1000, NULL, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  guest_assert_command (&session, "next", "{}");
  g_assert_false (q_guest_agent_get_frozen (session.agent));
  guest_end (&session);
}

static void
test_freeze_lost (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, ANSWERED "expect guest-fsfreeze-freeze\nclose\naccept\n"
                                  "sync\n" THAWED "expect next\nreply {}\n");
  g_assert_cmpint (q_guest_agent_freeze (session.agent, -1, -1, NULL, &error), ==, -1);
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  guest_assert_command (&session, "next", "{}");
  g_assert_false (q_guest_agent_get_frozen (session.agent));
  guest_end (&session);
}

static void
test_freeze_false (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, ANSWERED "expect guest-fsfreeze-freeze\nreply -1\n"
                                  "expect guest-fsfreeze-thaw\nreply {}\n"
                                  "expect guest-fsfreeze-thaw\nreply \"2\"\n");
  g_assert_cmpint (q_guest_agent_freeze (session.agent, -1, -1, NULL, &error), ==, -1);
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_PROTOCOL);
  g_clear_error (&error);
  g_assert_cmpint (q_guest_agent_thaw (session.agent, -1, NULL, &error), ==, -1);
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_PROTOCOL);
  guest_end (&session);
}

/* It waits for a while, and no longer. */
static void
test_freeze_drop_unheard (void)
{
  GuestSession session;

  guest_begin (&session, FROZEN "expect guest-fsfreeze-thaw\ntimeout 30000\n"
                                "expect-raw \\n\\xff\nexpect *\n");
  freeze (&session, -1);
  q_test_assert_last_unref (session.agent);
  guest_end (&session);
}

static void
test_freeze_refused (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, ANSWERED "expect guest-fsfreeze-freeze\nerror GenericError no\n"
                                  "expect-eof\n");
  g_assert_cmpint (q_guest_agent_freeze (session.agent, -1, -1, NULL, &error), ==, -1);
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_assert_false (q_guest_agent_get_frozen (session.agent));
  guest_end (&session);
}

/* The guard of the first freeze stays. */
static void
test_freeze_twice (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session,
               FROZEN "expect guest-fsfreeze-freeze\nerror CommandNotFound frozen\n" THAWED
                      "expect-eof\n");
  freeze (&session, -1);
  g_assert_cmpint (q_guest_agent_freeze (session.agent, -1, -1, NULL, &error), ==, -1);
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_COMMAND_NOT_FOUND);
  g_assert_true (q_guest_agent_get_frozen (session.agent));
  guest_end (&session);
}

/* Frozen by a plain command: there is no limit, but the end thaws. */
static void
test_freeze_by_command (void)
{
  GuestSession session;

  guest_begin (&session, FROZEN THAWED "expect-eof\n");
  guest_assert_command (&session, "guest-fsfreeze-freeze", "2");
  g_assert_true (q_guest_agent_get_frozen (session.agent));
  guest_end (&session);
}

static void
test_thaw_refused (void)
{
  GuestSession session;
  g_autofree char *warning = NULL;

  guest_begin (&session, FROZEN "expect guest-fsfreeze-thaw\nerror GenericError no thaw\n"
                                "expect-eof\n");
  freeze (&session, -1);
  guest_close (&session);
  g_assert_cmpuint (q_test_take_warnings (&warning), ==, 1);
  g_assert_nonnull (strstr (warning, "no thaw"));
  guest_end (&session);
}

/* -- shutdown -- */

static void
test_shutdown (gconstpointer data)
{
  g_autofree char *script = g_strdup_printf (
    ANSWERED "expect guest-shutdown {\"mode\":\"reboot\"}\n%s\n", (const char *)data);
  GuestSession session;
  g_autoptr (GError) error = NULL;
  gint64 start = g_get_monotonic_time ();

  guest_begin (&session, script);
  g_assert_true (
    q_guest_agent_shutdown (session.agent, Q_GUEST_SHUTDOWN_MODE_REBOOT, 30000, NULL, &error));
  g_assert_no_error (error);
  if (strstr (data, "silence") == NULL)
    g_assert_cmpint (g_get_monotonic_time () - start, <, 4 * G_USEC_PER_SEC);
  guest_assert_command (&session, "next", "{}");
  guest_end (&session);
}

#define NEXT "expect next\nreply {}"

static const char *const shutdowns[][2] = {
  { "goes-on", "expect guest-sync-delimited\nsend-line \\xff{\"return\": $ID}\n" NEXT },
  { "answers-both",
    "reply {}\nexpect guest-sync-delimited\nsend-line \\xff{\"return\": $ID}\n" NEXT },
  { "ends", "expect guest-sync-delimited\nclose\naccept\nsync\n" NEXT },
  { "silent", "# silence\nexpect guest-sync-delimited\nresync\n" NEXT },
};

static void
test_shutdown_refused (void)
{
  GuestSession session;
  g_autoptr (GError) error = NULL;

  guest_begin (&session, ANSWERED "expect guest-shutdown {\"mode\":\"powerdown\"}\n"
                                  "error GenericError not now\n"
                                  "expect guest-sync-delimited\n"
                                  "send-line \\xff{\"return\": $ID}\n"
                                  "expect next\nreply {}\n");
  g_assert_false (
    q_guest_agent_shutdown (session.agent, Q_GUEST_SHUTDOWN_MODE_POWERDOWN, -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_assert_cmpstr (error->message, ==, "guest-shutdown: not now");
  guest_assert_command (&session, "next", "{}");
  guest_end (&session);
}

static void
add_tables (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (false_execs); i++)
    {
      g_autofree char *path = g_strdup_printf ("/guest-calls/false-exec/%s", false_execs[i][0]);

      g_test_add_data_func (path, false_execs[i][1], test_false_exec);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (false_reads); i++)
    {
      g_autofree char *path = g_strdup_printf ("/guest-calls/false-read/%s", false_reads[i].name);

      g_test_add_data_func (path, &false_reads[i], test_false_read);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (shutdowns); i++)
    {
      g_autofree char *path = g_strdup_printf ("/guest-calls/shutdown/%s", shutdowns[i][0]);

      g_test_add_data_func (path, shutdowns[i][1], test_shutdown);
    }
}

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);

  g_test_add_data_func ("/guest-calls/cancel/waits", waits_for_agent, test_cancel_command);
  g_test_add_data_func ("/guest-calls/cancel/sent", is_sent, test_cancel_command);
  g_test_add_data_func ("/guest-calls/cancel/exec", exec_sent, test_cancel_exec);
  g_test_add_data_func ("/guest-calls/cancel/exec-status", exec_asked, test_cancel_exec);
  g_test_add_func ("/guest-calls/cancel/exec-pause", test_cancel_pause);
  g_test_add_data_func ("/guest-calls/cancel/open", open_sent, test_cancel_read);
  g_test_add_data_func ("/guest-calls/cancel/read", read_sent, test_cancel_read);
  g_test_add_data_func ("/guest-calls/cancel/close", close_sent, test_cancel_read);
  g_test_add_func ("/guest-calls/cancel/write", test_cancel_write);
  g_test_add_func ("/guest-calls/half-sent", test_half_sent);
  g_test_add_func ("/guest-calls/last-words", test_last_words);
  g_test_add_func ("/guest-calls/close-in-transfer", test_close_in_transfer);
  g_test_add_func ("/guest-calls/unanswered-open", test_unanswered_open);
  g_test_add_func ("/guest-calls/exec-result", test_exec_result);
  g_test_add_func ("/guest-calls/exec-goes-on", test_exec_goes_on);
  g_test_add_func ("/guest-calls/read-refused", test_read_refused);
  g_test_add_func ("/guest-calls/slow-file", test_slow_file);
  g_test_add_func ("/guest-calls/freeze/thaw", test_freeze_and_thaw);
  g_test_add_func ("/guest-calls/freeze/limit", test_freeze_limit);
  g_test_add_func ("/guest-calls/freeze/limit-in-call", test_freeze_limit_in_call);
  g_test_add_func ("/guest-calls/freeze/drop", test_freeze_drop);
  g_test_add_func ("/guest-calls/freeze/close", test_freeze_close);
  g_test_add_func ("/guest-calls/freeze/close-unheard", test_freeze_close_unheard);
  g_test_add_func ("/guest-calls/freeze/given-up", test_freeze_given_up);
  g_test_add_func ("/guest-calls/freeze/lost", test_freeze_lost);
  g_test_add_func ("/guest-calls/freeze/false", test_freeze_false);
  g_test_add_func ("/guest-calls/freeze/drop-unheard", test_freeze_drop_unheard);
  g_test_add_func ("/guest-calls/freeze/refused", test_freeze_refused);
  g_test_add_func ("/guest-calls/freeze/twice", test_freeze_twice);
  g_test_add_func ("/guest-calls/freeze/by-command", test_freeze_by_command);
  g_test_add_func ("/guest-calls/freeze/thaw-refused", test_thaw_refused);
  g_test_add_func ("/guest-calls/shutdown/refused", test_shutdown_refused);
  add_tables ();

  return g_test_run ();
}
