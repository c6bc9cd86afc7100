/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Programs in a guest whose agent the scripted peer plays: much output, and what becomes of a
 * program whose call was given up. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guest-peer.h"

#define ANSWERED "sync\n"

static const char *const argv_true[] = { "true", NULL };

/* -- much output -- */

/* Milliseconds. */
static gint64
get_io_time (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", name, "stat", NULL);
      g_autofree char *text = NULL;
      unsigned long user_ticks;
      unsigned long system_ticks;

      if (!g_file_get_contents (path, &text, NULL, NULL) || strstr (text, "(qmachine-io)") == NULL)
        continue;
      g_assert_cmpint (sscanf (strchr (text, ')'),
                               ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user_ticks,
                               &system_ticks),
                       ==, 2);
      return (gint64)(user_ticks + system_ticks) * 1000 / sysconf (_SC_CLK_TCK);
    }

  g_assert_not_reached ();
}

#define LARGE                                                                                      \
  "send {\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": \"\nflood A 20M\n"          \
  "send \", \"err-data\": \"\nflood A 20M\nsend-line \"}}\n"

/* All machines share the thread that gets the answer: it does no more with the output than with
 * any answer of that size. */
static void
test_large (void)
{
  GuestSession session;
  g_autoptr (QGuestExecResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gint64 start;
  gint64 plain_time;
  gint64 exec_time;

  guest_begin (&session, ANSWERED "expect plain\n" LARGE "expect guest-exec\nreply {\"pid\": 3}\n"
                                  "expect guest-exec-status\n" LARGE);
  start = get_io_time ();
  text = q_guest_agent_command_json (session.agent, "plain", NULL, 60000, NULL, &error);
  g_assert_no_error (error);
  g_clear_pointer (&text, g_free);
  plain_time = get_io_time () - start;

  start = get_io_time ();
  result = q_guest_agent_exec (session.agent, argv_true, NULL, NULL, 60000, NULL, &error);
  g_assert_no_error (error);
  exec_time = get_io_time () - start;
  g_test_message ("in the I/O thread: %d ms, a plain command of that size: %d ms", (int)exec_time,
                  (int)plain_time);
  g_assert_cmpint (exec_time, <, 2 * plain_time + 100);
  g_assert_cmpuint (g_bytes_get_size (q_guest_exec_result_get_output (result)), ==,
                    20 * 1024 * 1024 / 4 * 3);
  g_assert_cmpuint (g_bytes_get_size (q_guest_exec_result_get_error_output (result)), ==,
                    20 * 1024 * 1024 / 4 * 3);
  g_clear_object (&result);
  guest_end (&session);
}

/* -- given up -- */

typedef struct
{
  const char *name;
  const char *script;
  gboolean is_closed;
} GivenUp;

#define STATUS "expect guest-exec-status {\"pid\":12}\n"
#define RUNS "reply {\"exited\": false}\n"
#define ENDED "reply {\"exited\": true, \"exitcode\": 0, \"out-data\": \"YWI=\"}\n"
#define GONE "mark gone\nexpect next\nreply {}\n"
#define STARTED "expect guest-exec\nreply {\"pid\": 12}\n" STATUS "mark now\nresync\n"

/* The agent keeps what a program has written until somebody asks after its end. */
static const GivenUp given_ups[] = {
  { "runs", STARTED STATUS RUNS STATUS ENDED GONE, FALSE },
  { "unknown", STARTED STATUS "error GenericError no such process\n" GONE, FALSE },
  { "nonsense", STARTED STATUS "reply 5\n" GONE, FALSE },
  { "starting",
    "expect guest-exec\nmark now\nwait-signal cancelled\nreply {\"pid\": 12}\n" STATUS ENDED GONE,
    FALSE },
  { "not-started",
    "expect guest-exec\nmark now\nwait-signal cancelled\nerror GenericError no\n" GONE, FALSE },
  { "lost-question", STARTED STATUS "close\naccept\nsync\n" STATUS ENDED GONE, FALSE },
  { "closed", STARTED "mark gone\nexpect-eof\n", TRUE },
  { "closed-while-asked", STARTED STATUS "mark gone\nexpect-eof\n", TRUE },
};

static void
test_given_up (gconstpointer data)
{
  const GivenUp *given_up = data;
  g_autofree char *script = g_strconcat (ANSWERED, given_up->script, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GuestSession session;

  guest_begin (&session, script);
  q_guest_agent_exec_async (session.agent, argv_true, NULL, NULL, -1, cancellable,
                            q_test_store_result, &result);
  g_assert_true (qmock_peer_wait_mark (session.peer, "now", NULL));
  g_cancellable_cancel (cancellable);
  q_test_await (&result);
  qmock_peer_signal (session.peer, "cancelled");
  g_assert_null (q_guest_agent_exec_finish (session.agent, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_clear_object (&result);

  g_assert_true (qmock_peer_wait_mark (session.peer, "gone", NULL));
  if (!given_up->is_closed)
    guest_assert_command (&session, "next", "{}");
  guest_end (&session);
}

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);

  g_test_add_func ("/guest-exec/large", test_large);
  for (gsize i = 0; i < G_N_ELEMENTS (given_ups); i++)
    {
      g_autofree char *path = g_strdup_printf ("/guest-exec/given-up/%s", given_ups[i].name);

      g_test_add_data_func (path, &given_ups[i], test_given_up);
    }

  return g_test_run ();
}
