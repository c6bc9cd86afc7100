/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a call of a guest agent leaves in the guest when it is given up, and how it comes through
 * the time in which the guest is frozen. The scripted peer plays the agent. */

#include <string.h>

#include "guest-peer.h"

#define ANSWERED "sync\n"

static const char *const argv_true[] = { "true", NULL };

/* One call, and another one that is queued while an answer is under way. */
typedef struct
{
  GuestSession session;
  GCancellable *cancellable;
  GAsyncResult *result;
  GAsyncResult *other_result;
} Left;

typedef enum
{
  EXEC,
  READ,
  WRITE,
} Kind;

static void
begin (Left *left, const char *script, Kind kind, int timeout)
{
  QGuestAgent *agent;
  g_autoptr (GBytes) bytes = g_bytes_new_static ("ab", 2);

  memset (left, 0, sizeof *left);
  guest_begin (&left->session, script);
  agent = left->session.agent;
  left->cancellable = g_cancellable_new ();
  if (kind == EXEC)
    q_guest_agent_exec_async (agent, argv_true, NULL, NULL, timeout, left->cancellable,
                              q_test_store_result, &left->result);
  else if (kind == READ)
    q_guest_agent_read_file_async (agent, "/f", timeout, left->cancellable, q_test_store_result,
                                   &left->result);
  else
    q_guest_agent_write_file_async (agent, "/f", bytes, timeout, left->cancellable,
                                    q_test_store_result, &left->result);
}

/* Calls begin one after the other, so one that is refused at once shows that those before it have
 * begun. */
static void
await_begun (Left *left)
{
  g_assert_false (q_guest_agent_attach (
    left->session.agent, qmock_peer_get_address (left->session.peer), -1, NULL, NULL));
}

/* NULL for an error. */
static char *
finish (Left *left, Kind kind, GError **error)
{
  QGuestAgent *agent = left->session.agent;
  g_autoptr (QGuestExecResult) result = NULL;
  g_autoptr (GBytes) bytes = NULL;

  q_test_await (&left->result);
  if (kind == WRITE)
    return q_guest_agent_write_file_finish (agent, left->result, error) ? g_strdup ("") : NULL;

  if (kind == EXEC)
    {
      result = q_guest_agent_exec_finish (agent, left->result, error);
      if (result != NULL)
        bytes = g_bytes_ref (q_guest_exec_result_get_output (result));
    }
  else
    {
      bytes = q_guest_agent_read_file_finish (agent, left->result, error);
    }
  return bytes != NULL ? g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes))
                       : NULL;
}

static void
end (Left *left)
{
  g_clear_object (&left->result);
  g_clear_object (&left->other_result);
  g_clear_object (&left->cancellable);
  guest_end (&left->session);
}

/* -- a closing that waits -- */

static void
test_close_waits (gconstpointer data)
{
  const char *const *scripts = data;
  Left left;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  begin (&left, scripts[0], READ, -1);
  g_assert_true (qmock_peer_wait_mark (left.session.peer, "asked", NULL));
  q_guest_agent_command_json_async (left.session.agent, "between", NULL, -1, NULL,
                                    q_test_store_result, &left.other_result);
  await_begun (&left);
  qmock_peer_signal (left.session.peer, "queued");
  g_assert_true (qmock_peer_wait_mark (left.session.peer, "now", NULL));
  g_cancellable_cancel (left.cancellable);
  g_assert_null (finish (&left, READ, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  qmock_peer_signal (left.session.peer, "cancelled");
  q_test_await (&left.other_result);
  text = q_guest_agent_command_json_finish (left.session.agent, left.other_result, NULL);
  g_assert_cmpstr (text, ==, "{}");
  guest_assert_command (&left.session, "next", "{}");
  end (&left);
}

#define CLOSE_WAITS(answer)                                                                        \
  ANSWERED "expect guest-file-open\nreply 7\nexpect guest-file-read\nmark asked\n"                 \
           "wait-signal queued\n" answer "\nexpect between\nmark now\nwait-signal cancelled\n"     \
           "reply {}\nexpect guest-file-close {\"handle\":7}\nreply {}\nexpect next\nreply {}\n"

static const char *const close_waits[] = {
  CLOSE_WAITS ("reply {\"count\": 0, \"eof\": true}"),
};
static const char *const close_waits_failed[] = {
  CLOSE_WAITS ("error GenericError cannot read"),
};

/* -- frozen in the middle of a call -- */

typedef enum
{
  THAWED,
  CANCELLED,
  TIMED_OUT,
  CLOSED,
} Then;

typedef struct
{
  const char *name;
  Kind kind;
  Then then;
  const char *script;
  const char *expected; /* the output; NULL for an error */
} Frozen;

/* The agent freezes while a call waits, and says so to the next command of that call. */
#define ASKED(answer) "mark asked\nwait-signal queued\n" answer "\n"
#define FREEZES "expect guest-fsfreeze-freeze\nreply 1\n"
#define REFUSES                                                                                    \
  "error CommandNotFound Command has been disabled: the agent is in frozen state\nmark refused\n"
#define PING "expect guest-ping\nreply {}\n"
#define THAWS "expect guest-fsfreeze-thaw\nreply 1\n"
#define NEXT "expect next\nreply {}\n"
#define OPENS "expect guest-file-open\nreply 7\n"
#define CLOSES "expect guest-file-close {\"handle\":7}\n"
#define TWO "{\"count\": 2, \"buf-b64\": \"YWI=\", \"eof\": false}"
#define END "{\"count\": 0, \"eof\": true}"

#define EXEC_REFUSED                                                                               \
  "expect guest-exec\nreply {\"pid\": 3}\nexpect guest-exec-status {\"pid\":3}\n" ASKED (          \
    "reply {\"exited\": false}") FREEZES "expect guest-exec-status {\"pid\":3}\n" REFUSES PING
#define READ_REFUSED                                                                               \
  OPENS "expect guest-file-read\n" ASKED ("reply " TWO) FREEZES                                    \
    "expect guest-file-read\n" REFUSES PING
#define WRITE_REFUSED                                                                              \
  OPENS "expect guest-file-write\n" ASKED ("reply {\"count\": 1, \"eof\": false}") FREEZES         \
    "expect guest-file-write\n" REFUSES PING

static const Frozen frozens[] = {
  { "exec", EXEC, THAWED,
    EXEC_REFUSED THAWS "expect guest-exec-status {\"pid\":3}\n"
                       "reply {\"exited\": true, \"exitcode\": 0, \"out-data\": \"YWI=\"}\n" NEXT,
    "ab" },
  { "exec-timed-out", EXEC, TIMED_OUT, EXEC_REFUSED THAWS NEXT, NULL },
  { "exec-closed", EXEC, CLOSED, EXEC_REFUSED THAWS "expect-eof\n", NULL },
  { "read", READ, THAWED,
    READ_REFUSED THAWS "expect guest-file-read\nreply " TWO "\nexpect guest-file-read\nreply " END
                       "\n" CLOSES "reply {}\n" NEXT,
    "abab" },
  { "read-cancelled", READ, CANCELLED, READ_REFUSED CLOSES REFUSES THAWS CLOSES "reply {}\n" NEXT,
    NULL },
  { "read-timed-out", READ, TIMED_OUT, READ_REFUSED CLOSES REFUSES THAWS CLOSES "reply {}\n" NEXT,
    NULL },
  { "read-closed", READ, CLOSED,
    READ_REFUSED CLOSES REFUSES THAWS "expect-raw \\n\\xff\n" CLOSES "expect-eof\n", NULL },
  /* All is read, so there is nothing to wait for. */
  { "read-close", READ, THAWED,
    OPENS "expect guest-file-read\n" ASKED ("reply {\"count\": 2, \"buf-b64\": \"YWI=\", "
                                            "\"eof\": true}")
      FREEZES CLOSES REFUSES CLOSES REFUSES PING THAWS CLOSES "reply {}\n" NEXT,
    "ab" },
  { "write", WRITE, THAWED,
    WRITE_REFUSED THAWS "expect guest-file-write {\"handle\":7,\"buf-b64\":\"Yg==\"}\n"
                        "reply {\"count\": 1, \"eof\": false}\n" CLOSES "reply {}\n" NEXT,
    "" },
  /* What is closed is what was written. */
  { "write-close", WRITE, THAWED,
    OPENS "expect guest-file-write\n" ASKED ("reply {\"count\": 2, \"eof\": false}")
      FREEZES CLOSES REFUSES PING THAWS CLOSES "reply {}\n" NEXT,
    "" },
  { "write-close-failed", WRITE, THAWED,
    OPENS "expect guest-file-write\n" ASKED ("reply {\"count\": 2, \"eof\": false}")
      FREEZES CLOSES REFUSES PING THAWS CLOSES "error GenericError disk full\n" NEXT,
    NULL },
};

static void
end_while_frozen (Left *left, const Frozen *frozen)
{
  g_autoptr (GError) error = NULL;

  if (frozen->then == CANCELLED)
    {
      g_cancellable_cancel (left->cancellable);
      g_assert_null (finish (left, frozen->kind, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  else if (frozen->then == TIMED_OUT)
    {
      g_assert_null (finish (left, frozen->kind, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      g_assert_nonnull (strstr (error->message, ": the guest's file systems are frozen"));
    }
  else if (frozen->then == CLOSED)
    {
      guest_close (&left->session);
      g_assert_null (finish (left, frozen->kind, &error));
      g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
    }
}

static void
test_frozen (gconstpointer data)
{
  const Frozen *frozen = data;
  g_autofree char *script = g_strconcat (ANSWERED, frozen->script, NULL);
  Left left;
  QGuestAgent *agent;
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;

  begin (&left, script, frozen->kind, frozen->then == TIMED_OUT ? 2500 : 20000);
  agent = left.session.agent;
  g_assert_true (qmock_peer_wait_mark (left.session.peer, "asked", NULL));
  q_guest_agent_freeze_async (agent, -1, -1, NULL, q_test_store_result, &left.other_result);
  await_begun (&left);
  qmock_peer_signal (left.session.peer, "queued");
  q_test_await (&left.other_result);
  g_assert_cmpint (q_guest_agent_freeze_finish (agent, left.other_result, &error), ==, 1);
  g_assert_no_error (error);
  g_assert_true (qmock_peer_wait_mark (left.session.peer, "refused", NULL));
  /* What is answered behind the refusal shows that it was taken. */
  guest_assert_command (&left.session, "guest-ping", "{}");

  end_while_frozen (&left, frozen);
  if (frozen->then != CLOSED)
    {
      g_assert_cmpint (q_guest_agent_thaw (agent, 20000, NULL, &error), ==, 1);
      g_assert_no_error (error);
    }
  if (frozen->then == THAWED)
    {
      output = finish (&left, frozen->kind, &error);
      g_assert_cmpstr (output, ==, frozen->expected);
      g_assert_true ((error == NULL) == (output != NULL));
    }
  if (frozen->then != CLOSED)
    guest_assert_command (&left.session, "next", "{}");
  end (&left);
}

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);

  g_test_add_data_func ("/guest-left/close-waits", close_waits, test_close_waits);
  g_test_add_data_func ("/guest-left/close-waits-failed", close_waits_failed, test_close_waits);
  for (gsize i = 0; i < G_N_ELEMENTS (frozens); i++)
    {
      g_autofree char *path = g_strdup_printf ("/guest-left/frozen/%s", frozens[i].name);

      g_test_add_data_func (path, &frozens[i], test_frozen);
    }

  return g_test_run ();
}
