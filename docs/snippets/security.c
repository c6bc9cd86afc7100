/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the page about security shows in C. */

#include <qmachine/qmachine.h>

static gboolean
ask (QMachine *machine, const char *path, GError **error)
{
  /* snippet: arguments */
  g_autoptr (GVariant) members = g_variant_ref_sink (g_variant_new_parsed ("{'path': %s}", path));
  g_autofree char *arguments = q_json_from_variant (members, error);
  g_autofree char *reply = NULL;

  if (arguments == NULL)
    return FALSE;
  reply = q_machine_qmp_json (machine, "qom-list", arguments, Q_TIMEOUT_DEFAULT, NULL, error);
  /* end of snippet */
  if (reply != NULL && strstr (reply, "\"error\"") != NULL)
    g_print ("refused\n");
  return reply != NULL;
}

static void
read_reason (QMonitorEvent *event)
{
  /* snippet: member */
  g_autofree char *reason = q_monitor_event_dup_string (event, "reason");

  if (reason != NULL)
    {
      g_autofree char *escaped = g_strescape (reason, NULL);

      g_print ("reason: \"%s\"\n", escaped);
    }
  /* end of snippet */
}

static gboolean
run (QMachine *machine, GError **error)
{
  const char *names[] = { "SHUTDOWN", NULL };
  g_autoptr (QMonitorEvent) event = NULL;
  g_autofree char *reply = NULL;

  if (!q_machine_launch (machine, NULL, error) || !ask (machine, "/no\", \"such\": \"path", error))
    return FALSE;
  reply = q_machine_command_json (machine, "quit", NULL, Q_TIMEOUT_DEFAULT, NULL, error);
  if (reply == NULL)
    return FALSE;
  event = q_machine_wait_event (machine, names, NULL, 10000, NULL, error);
  if (event == NULL)
    return FALSE;
  read_reason (event);
  return q_machine_wait (machine, -1, NULL, error);
}

int
main (void)
{
  const char *args[] = { "-machine", "none", "-accel", "tcg", NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, NULL);
  g_autoptr (GError) error = NULL;

  if (!run (machine, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  return 0;
}
