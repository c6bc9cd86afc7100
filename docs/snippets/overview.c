/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the overview shows in C. */

#include <qmachine/qmachine.h>

static gboolean
run (GError **error)
{
  /* snippet: machine */
  const char *args[] = { "-machine", "none", "-accel", "tcg", NULL };
  g_autoptr (QMachine) machine = q_machine_new ("qemu-system-x86_64");
  g_autofree char *status = NULL;

  q_machine_add_args (machine, args);
  if (!q_machine_launch (machine, NULL, error))
    return FALSE;
  status = q_machine_command_json (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, error);
  if (status == NULL)
    return FALSE;
  g_print ("status: %s\n", status);
  return q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
  /* end of snippet */
}

int
main (void)
{
  g_autoptr (GError) error = NULL;

  if (!run (&error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  return 0;
}
