/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a QEMU answers about forwards that no real one does on demand. */

#include <string.h>

#include "q-test-util.h"

#define PRIMED "negotiate; expect query-status; reply {\"status\":\"running\"}; "
#define LINE(line) "expect human-monitor-command {\"command-line\":\"" line "\"}; "
#define LIST LINE ("info usernet")
#define ADD LINE ("hostfwd_add qmachine-net0 tcp:127.0.0.1:0-:80")
#define EMPTY "reply \"\"; "
#define SERVE "serve; exit 0"
#define ROW(state, port) "  TCP[" state "]  12  127.0.0.1 " port "  10.0.2.15  80  0  0\\r\\n"

static QForward *
add_forward (QMachine *machine)
{
  g_autoptr (GError) error = NULL;
  QForward *forward = q_machine_add_forward (machine, 80, 0, Q_FORWARD_PROTOCOL_TCP, NULL, NULL,
                                             Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (forward);
  return forward;
}

typedef struct
{
  const char *name;
  const char *script;
  const char *text; /* of the error */
} BadReply;

static const BadReply bad_replies[] = {
  { "garbage", PRIMED LIST EMPTY ADD EMPTY LIST "reply \"\\u0007 lorem ipsum\"; " SERVE,
    "launch: the forward from 127.0.0.1 to TCP port 80: QEMU does not tell its port, but says: "
    "lorem ipsum" },
  { "empty", PRIMED LIST EMPTY ADD EMPTY LIST EMPTY SERVE, "but says: (nothing)" },
  { "port-0", PRIMED LIST EMPTY ADD EMPTY LIST "reply \"" ROW ("HOST_FORWARD", "0") "\"; " SERVE,
    "QEMU does not tell its port" },
  { "other-netdev",
    PRIMED LIST EMPTY ADD EMPTY LIST
    "reply \"Hub -1 (net9):\\r\\n" ROW ("HOST_FORWARD", "7") "\"; " SERVE,
    "QEMU does not tell its port" },
  { "was-there",
    PRIMED LIST "reply \"" ROW ("HOST_FORWARD", "7") "\"; " ADD EMPTY LIST "reply \"" ROW (
      "HOST_FORWARD", "7") "\"; " SERVE,
    "QEMU does not tell its port" },
  { "refused", PRIMED LIST EMPTY ADD "reply \"no such thing\\r\\n\"; " SERVE,
    "TCP port 80: QEMU says: no such thing\n" },
  { "no-text", PRIMED LIST "reply {\"a\":1}; " SERVE, "its answer was no text" },
  { "no-command", PRIMED LIST "error CommandNotFound there is none; " SERVE,
    "launch: forwards need QEMU's human monitor: " },
  { "ends", PRIMED LIST EMPTY "expect *; exit 3", "exited with status 3" },
};

static void
test_bad_reply (QTestFixture *fixture, gconstpointer data)
{
  const BadReply *bad = data;
  g_autoptr (QMachine) machine = q_test_machine_mock (bad->script);
  g_autoptr (QForward) forward = add_forward (machine);
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  if (strstr (error->message, bad->text) == NULL)
    g_error ("not in it: %s\n%s", bad->text, error->message);
  g_assert_cmpuint (q_forward_get_host_port (forward), ==, 0);
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
}

static void
test_deaf (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_mock (PRIMED LIST "stall");
  g_autoptr (QForward) forward = add_forward (machine);
  g_autoptr (GError) error = NULL;

  q_machine_set_launch_timeout (machine, 300);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpuint (q_forward_get_host_port (forward), ==, 0);
}

static const char *const headings[] = { "", "Hub -1 (qmachine-net0):\\r\\n",
                                        "VLAN 0 (qmachine-net0):\\r\\n", "qmachine-net0:\\r\\n" };

static void
test_heading (QTestFixture *fixture, gconstpointer data)
{
  const char *heading = data;
  g_autofree char *script
    = g_strconcat (PRIMED LIST EMPTY ADD EMPTY LIST "reply \"", heading,
                   ROW ("ESTABLISHED", "1") ROW ("HOST_FORWARD", "4321") "\"; " SERVE, NULL);
  g_autoptr (QMachine) machine = q_test_machine_mock (script);
  g_autoptr (QForward) forward = add_forward (machine);
  g_autofree char *uri = NULL;

  q_test_launch (machine);
  g_assert_cmpuint (q_forward_get_host_port (forward), ==, 4321);
  uri = q_forward_make_uri (forward, "http");
  g_assert_cmpstr (uri, ==, "http://127.0.0.1:4321");
  q_test_shutdown (machine);
  g_assert_cmpuint (q_forward_get_host_port (forward), ==, 0);
}

/* After a launch as a storage daemon the library does not ask for the run state in between, whose
 * order is not certain. */
static QMachine *
launch_script (const char *script)
{
  /* The peer knows the options of QEMU only. */
  static const char *const wrapper[]
    = { "bash", "-c", "for word; do shift; set -- \"$@\" \"${word/#--/-}\"; done; exec \"$@\"",
        "bash", NULL };
  QMachine *machine = q_test_machine_mock (script);
  g_autoptr (GError) error = NULL;

  q_machine_set_wrapper (machine, wrapper);
  q_machine_set_kind (machine, Q_MACHINE_KIND_STORAGE_DAEMON);
  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);
  q_machine_set_kind (machine, Q_MACHINE_KIND_SYSTEM);

  return machine;
}

static void
assert_not_added (QMachine *machine, int timeout)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_machine_add_forward (machine, 80, 0, Q_FORWARD_PROTOCOL_TCP, NULL, "net7",
                                        timeout, NULL, &error));
  g_assert_nonnull (error);
  g_assert_true (g_str_has_prefix (error->message, "add_forward: the forward from 127.0.0.1 to "));
}

#define ADD_7 LINE ("hostfwd_add net7 tcp:127.0.0.1:0-:80")
#define REMOVE_7 LINE ("hostfwd_remove net7 tcp:127.0.0.1:77")
#define LIST_7 LIST "reply \"" ROW ("HOST_FORWARD", "77") "\"; "

/* It takes the line, and then has no list: the forward is taken back. */
static void
test_taken_back (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = launch_script ("negotiate; " LIST EMPTY ADD_7 EMPTY LIST
                                                "reply {}; " LIST_7 REMOVE_7 EMPTY SERVE);

  assert_not_added (machine, 20000);
  q_test_shutdown (machine);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
}

/* It hangs for longer than the call has patience to clean up: that is done when it goes on. */
static void
test_taken_back_late (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = launch_script ("negotiate; " LIST EMPTY ADD_7
                     "delay 2500; " EMPTY LIST_7 LIST_7 REMOVE_7 EMPTY "event CLEAN {}; " SERVE);
  g_autoptr (QMonitorEvent) clean = NULL;
  g_autoptr (GError) error = NULL;

  assert_not_added (machine, 100);
  clean = q_machine_wait_event (machine, (const char *const[]){ "CLEAN", NULL }, NULL,
                                Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  q_test_shutdown (machine);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  for (gsize i = 0; i < G_N_ELEMENTS (bad_replies); i++)
    {
      g_autofree char *path = g_strconcat ("/forward-replies/bad/", bad_replies[i].name, NULL);

      g_test_add (path, QTestFixture, &bad_replies[i], q_test_set_up, test_bad_reply,
                  q_test_tear_down);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (headings); i++)
    {
      g_autofree char *path = g_strdup_printf ("/forward-replies/heading/%" G_GSIZE_FORMAT, i);

      g_test_add (path, QTestFixture, headings[i], q_test_set_up, test_heading, q_test_tear_down);
    }
  g_test_add ("/forward-replies/deaf", QTestFixture, NULL, q_test_set_up, test_deaf,
              q_test_tear_down);
  g_test_add ("/forward-replies/taken-back", QTestFixture, NULL, q_test_set_up, test_taken_back,
              q_test_tear_down);
  g_test_add ("/forward-replies/taken-back-late", QTestFixture, NULL, q_test_set_up,
              test_taken_back_late, q_test_tear_down);

  return g_test_run ();
}
