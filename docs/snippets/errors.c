/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the page about errors shows in C. */

#include <qmachine/qmachine.h>

static void
launch (QMachine *machine)
{
  /* snippet: launch */
  g_autoptr (GError) error = NULL;

  if (!q_machine_launch (machine, NULL, &error))
    {
      if (g_error_matches (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED))
        g_print ("QEMU did not start: %s\n", error->message);
      else
        g_printerr ("%s\n", error->message);
    }
  /* end of snippet */
}

static void
command (QMachine *machine)
{
  /* snippet: command */
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = q_machine_command_json (machine, "device_del", "{\"id\": \"nix\"}",
                                                   Q_TIMEOUT_DEFAULT, NULL, &error);

  if (g_error_matches (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_DEVICE_NOT_FOUND))
    {
      g_print ("class: %s\n", q_command_error_get_class_name (error));
      g_print ("QEMU says: %s\n", q_command_error_get_description (error));
    }
  else if (reply == NULL)
    g_printerr ("%s\n", error->message);
  /* end of snippet */
}

int
main (void)
{
  const char *bad_args[] = { "-nope", NULL };
  const char *args[] = { "-machine", "none", "-accel", "tcg", NULL };
  g_autoptr (QMachine) bad
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", bad_args, NULL);
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, NULL);
  g_autoptr (GError) error = NULL;

  launch (bad);
  if (!q_machine_launch (machine, NULL, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  command (machine);
  return q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL) ? 0 : 1;
}
