/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Handlers of events that do more than look: they drop the machine, call it, end it, launch it. */

#include "q-test-util.h"

static void
handler_drops (QMachine *machine, QMonitorEvent *event, QMachine **owner)
{
  g_clear_object (owner);
}

static void
handler_calls (QMachine *machine, QMonitorEvent *event, QMachine **owner)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text
    = q_machine_command_json (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (text);
}

static void
handler_shuts_down (QMachine *machine, QMonitorEvent *event, QMachine **owner)
{
  q_test_shutdown (machine);
}

static void
handler_launches_another (QMachine *machine, QMonitorEvent *event, QMachine **owner)
{
  g_autoptr (QMachine) another = q_test_machine_none ();

  q_test_launch (another);
  q_test_shutdown (another);
}

static void
handler_launches_again (QMachine *machine, QMonitorEvent *event, QMachine **owner)
{
  q_test_shutdown (machine);
  q_test_launch (machine);
}

typedef void (*Handler) (QMachine *machine, QMonitorEvent *event, QMachine **owner);

static void
run_handler (QMachine *machine, QMonitorEvent *event, gpointer data)
{
  gpointer *call = data;
  Handler handler = (Handler)call[0];

  call[2] = GINT_TO_POINTER (TRUE);
  handler (machine, event, call[1]);
}

static void
test_handlers (QTestFixture *fixture, gconstpointer data)
{
  const Handler handlers[] = {
    handler_drops,          handler_calls, handler_shuts_down, handler_launches_another,
    handler_launches_again,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
    {
      QMachine *machine = q_test_machine_none ();
      gpointer call[3] = { (gpointer)handlers[i], &machine, NULL };
      g_autofree char *text = NULL;
      g_autoptr (GError) error = NULL;

      g_signal_connect (machine, "event::STOP", G_CALLBACK (run_handler), call);
      q_test_launch (machine);
      text = q_machine_command_json (machine, "stop", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
      g_assert_no_error (error);
      q_test_wait_until (NULL, call[2] != NULL);
      if (machine != NULL)
        g_assert_true (q_machine_kill (machine, NULL, NULL));
      g_clear_object (&machine);
    }
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  g_test_add ("/handlers", QTestFixture, NULL, q_test_set_up, test_handlers, q_test_tear_down);

  return g_test_run ();
}
