/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <qmachine/qmachine.h>

static gboolean
run (QMachine *machine, GError **error)
{
  const char *names[] = { "STOP", NULL };
  g_autoptr (QMonitorEvent) event = NULL;
  g_autofree char *status = NULL;
  g_autofree char *reply = NULL;

  if (!q_machine_launch (machine, NULL, error)
      || !(status
           = q_machine_command_json (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, error))
      || !(reply = q_machine_command_json (machine, "stop", NULL, Q_TIMEOUT_DEFAULT, NULL, error))
      || !(event = q_machine_wait_event (machine, names, NULL, 5000, NULL, error)))
    return FALSE;

  g_print ("status: %s\nevent: %s\n", status, q_monitor_event_get_name (event));
  return q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
}

int
main (void)
{
  const char *args[] = { "-machine", "none", "-accel", "tcg", NULL };
  g_autoptr (QMachine) machine = q_machine_new ("qemu-system-x86_64");
  g_autoptr (GError) error = NULL;
  int exit_code;

  q_machine_add_args (machine, args);
  if (!run (machine, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  if (q_machine_get_exit_code (machine, &exit_code))
    g_print ("exit code: %d\n", exit_code);
  return 0;
}
