/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Shows what happens to a machine, as it happens. */

#include <qmachine/qmachine.h>

static gboolean was_reset;

static void
event_cb (QMachine *machine, QMonitorEvent *event)
{
  g_autofree char *json = q_monitor_event_to_json (event);

  g_print ("event: %s\n", json);
}

static void
run_state_cb (QMachine *machine)
{
  g_autofree char *name = q_machine_dup_run_state_name (machine);

  g_print ("run state: %s\n", name);
}

static void
reset_cb (QMachine *machine)
{
  g_print ("the guest was reset, and that is enough\n");
  was_reset = TRUE;
  q_machine_shutdown_async (machine, Q_TIMEOUT_DEFAULT, NULL, NULL, NULL);
}

static void
command_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  QMachine *machine = Q_MACHINE (object);
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = q_machine_command_json_finish (machine, result, &error);

  if (reply == NULL)
    {
      g_printerr ("%s\n", error->message);
      q_machine_kill_async (machine, NULL, NULL, NULL);
    }
}

int
main (void)
{
  static const char *const commands[] = { "stop", "cont", "system_reset" };
  const char *args[] = { "-accel", "tcg", "-nic", "none", NULL };
  g_autoptr (QMachine) machine = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64",
                                               "machine-type", "q35", "args", args, NULL);
  g_autoptr (GMainLoop) main_loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  int exit_code;

  g_signal_connect (machine, "event", G_CALLBACK (event_cb), NULL);
  g_signal_connect (machine, "event::RESET", G_CALLBACK (reset_cb), NULL);
  g_signal_connect (machine, "notify::run-state", G_CALLBACK (run_state_cb), NULL);
  g_signal_connect_swapped (machine, "exited", G_CALLBACK (g_main_loop_quit), main_loop);

  if (!q_machine_launch (machine, NULL, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    q_machine_command_json_async (machine, commands[i], NULL, Q_TIMEOUT_DEFAULT, NULL, command_cb,
                                  NULL);

  g_main_loop_run (main_loop);

  if (!q_machine_get_exit_code (machine, &exit_code))
    g_printerr ("nobody knows how QEMU ended\n");
  else if (!was_reset || exit_code != 0)
    g_printerr ("QEMU ended with exit code %d\n", exit_code);
  else
    return 0;
  return 1;
}
