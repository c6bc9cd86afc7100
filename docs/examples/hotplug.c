/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Plugs a device into a running machine, and out again: QEMU accepts the request to remove it at
 * once, and says in an event when it is gone. */

#include <qmachine/qmachine.h>

static gboolean
command (QMachine *machine, const char *name, const char *arguments, GError **error)
{
  g_autofree char *result
    = q_machine_command_json (machine, name, arguments, Q_TIMEOUT_DEFAULT, NULL, error);

  if (result != NULL)
    g_print ("%s: %s\n", name, result);
  return result != NULL;
}

static gboolean
run (QMachine *machine, GError **error)
{
  const char *names[] = { "DEVICE_DELETED", NULL };
  g_autoptr (JsonNode) match = json_from_string ("{\"device\": \"tablet\"}", NULL);
  g_autoptr (QMonitorEvent) event = NULL;

  if (!q_machine_launch (machine, NULL, error)
      || !command (machine, "device_add",
                   "{\"driver\": \"usb-tablet\", \"bus\": \"usb.0\", \"id\": \"tablet\"}", error)
      || !command (machine, "device_del", "{\"id\": \"tablet\"}", error))
    return FALSE;

  event = q_machine_wait_event (machine, names, match, 10000, NULL, error);
  if (event == NULL)
    return FALSE;
  g_print ("removed\n");

  return q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
}

int
main (void)
{
  const char *args[] = { "-accel", "tcg", "-device", "qemu-xhci,id=usb", NULL };
  g_autoptr (QMachine) machine = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64",
                                               "machine-type", "q35", "args", args, NULL);
  g_autoptr (GError) error = NULL;

  if (!run (machine, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  return 0;
}
