/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Boots a PC without a disk and reads on its serial console how far its firmware comes. */

#include <qmachine/qmachine.h>

static gboolean
report (QConsole *console, const char *what, const char *pattern, GError **error)
{
  g_autofree char *text = q_console_wait_for_text (console, pattern, 30000, NULL, error);

  if (text != NULL)
    g_print ("%s: %s\n", what, text);
  return text != NULL;
}

static gboolean
run (QMachine *machine, GError **error)
{
  g_autoptr (QConsole) console = NULL;

  q_machine_add_console (machine, NULL, NULL, NULL);
  if (!q_machine_launch (machine, NULL, error))
    return FALSE;

  console = q_machine_dup_console (machine);
  return report (console, "firmware", "SeaBIOS \\(version [^)]*\\)", error)
         && report (console, "it says", "No bootable device", error)
         && q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
}

int
main (void)
{
  const char *args[] = { "-accel", "tcg", "-nic", "none", NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type",
                    "q35,graphics=off", "args", args, NULL);
  g_autoptr (GError) error = NULL;

  if (!run (machine, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  return 0;
}
