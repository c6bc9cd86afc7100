/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Shows what happens to a machine, as it happens. */

#include <qmachine/qmachine.h>

static void
event_cb (QMachine *machine, QMonitorEvent *event)
{
  g_autofree char *json = q_monitor_event_to_json (event);

  g_print ("event: %s\n", json);
}

static void
run_state_cb (QMachine *machine)
{
  g_autofree char *name = q_machine_get_run_state_name (machine);

  g_print ("run state: %s\n", name);
}

static void
reset_cb (QMachine *machine)
{
  g_print ("the guest was reset, and that is enough\n");
  q_machine_shutdown_async (machine, NULL, NULL, NULL);
}

static void
launched_cb (GObject *object, GAsyncResult *result, gpointer main_loop)
{
  static const char *const commands[] = { "stop", "cont", "system_reset" };
  QMachine *machine = Q_MACHINE (object);
  g_autoptr (GError) error = NULL;

  if (!q_machine_launch_finish (machine, result, &error))
    {
      g_printerr ("%s\n", error->message);
      g_main_loop_quit (main_loop);
      return;
    }

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    q_machine_command_json_async (machine, commands[i], NULL, NULL, NULL, NULL);
}

int
main (void)
{
  const char *args[] = { "-accel", "tcg", "-machine", "q35", "-nic", "none", NULL };
  g_autoptr (GMainLoop) main_loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (QMachine) machine = q_machine_new ("qemu-system-x86_64");

  q_machine_add_args (machine, args);
  g_signal_connect (machine, "event", G_CALLBACK (event_cb), NULL);
  g_signal_connect (machine, "event::RESET", G_CALLBACK (reset_cb), NULL);
  g_signal_connect (machine, "notify::run-state", G_CALLBACK (run_state_cb), NULL);
  g_signal_connect_swapped (machine, "exited", G_CALLBACK (g_main_loop_quit), main_loop);

  q_machine_launch_async (machine, NULL, launched_cb, main_loop);
  g_main_loop_run (main_loop);

  return q_machine_get_exit_code (machine) == 0 ? 0 : 1;
}
