/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the page about the lifecycle shows in C. The argument is a directory for sockets. */

#include <gio/gunixsocketaddress.h>
#include <qmachine/qmachine.h>

static gboolean
detach (const char *path, GError **error)
{
  /* snippet: detach */
  const char *args[] = { "-machine", "none", "-accel", "tcg", NULL };
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args,
                    "exit-with-parent", FALSE, "monitor-address", address, NULL);
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autofree char *reply = NULL;

  if (!q_machine_launch (machine, NULL, error) || !q_machine_detach (machine, NULL, error)
      || !q_monitor_attach (monitor, address, NULL, error))
    return FALSE;
  reply = q_monitor_command_json (monitor, "quit", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT,
                                  NULL, error);
  if (reply == NULL)
    return FALSE;
  /* end of snippet */
  if (!q_machine_get_exit_code (machine, NULL))
    g_print ("detached\n");
  return TRUE;
}

static gboolean
share_socket (GError **error)
{
  const char *args[] = { "-machine", "none", "-accel", "tcg", NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, NULL);
  /* snippet: socket */
  g_autofree char *path = q_machine_add_socket_path (machine, "own", error);
  g_autofree char *chardev = g_strdup_printf ("socket,id=own,path=%s,server=on,wait=off", path);
  const char *own_args[] = { "-chardev", chardev, NULL };
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocketConnection) stream = NULL;

  if (path == NULL)
    return FALSE;
  address = g_unix_socket_address_new (path);
  q_machine_add_args (machine, own_args);
  if (!q_machine_launch (machine, NULL, error))
    return FALSE;
  stream = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, error);
  if (stream == NULL)
    return FALSE;
  /* end of snippet */
  g_print ("connected\n");
  return q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
}

static gboolean
end (GError **error)
{
  /* snippet: end */
  const char *args[] = { "-machine", "none", "-accel", "tcg", NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, NULL);
  g_autofree char *reason = NULL;
  int exit_code;

  if (!q_machine_launch (machine, NULL, error)
      || !q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error))
    return FALSE;
  if (q_machine_get_exit_code (machine, &exit_code))
    g_print ("exit code: %d\n", exit_code);
  reason = q_machine_dup_shutdown_reason (machine);
  g_print ("reason: %s\n", reason != NULL ? reason : "unknown");
  /* end of snippet */
  return TRUE;
}

static gboolean
power_off (QMachine *machine, GError **error)
{
  /* snippet: power-off */
  g_autoptr (QPowerOffPlan) plan
    = g_object_new (Q_TYPE_POWER_OFF_PLAN, "button-timeout", 5000, "quit-timeout", 10000, NULL);
  g_autoptr (QPowerOffResult) result = q_machine_power_off (machine, plan, NULL, error);

  if (result == NULL)
    return FALSE;
  if (q_power_off_result_get_guest_off (result))
    g_print ("the guest has shut down\n");
  else
    g_print ("not by the button: %s\n",
             q_power_off_result_get_reason (result, Q_POWER_OFF_STEP_BUTTON));
  /* end of snippet */

  return TRUE;
}

static gboolean
power_off_deaf_guest (GError **error)
{
  const char *args[] = { "-machine", "none", "-accel", "tcg", "-S", NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, NULL);

  return q_machine_launch (machine, NULL, error) && power_off (machine, error);
}

static gboolean
run_storage_daemon (GError **error)
{
  /* snippet: storage-daemon */
  const char *args[] = { "--blockdev", "driver=null-co,read-zeroes=on,node-name=disk", NULL };
  g_autoptr (QMachine) daemon
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-storage-daemon", "kind",
                    Q_MACHINE_KIND_STORAGE_DAEMON, "args", args, NULL);
  g_autoptr (JsonNode) nodes = NULL;
  JsonObject *node;

  if (!q_machine_launch (daemon, NULL, error))
    return FALSE;
  nodes
    = q_machine_command (daemon, "query-named-block-nodes", NULL, Q_TIMEOUT_DEFAULT, NULL, error);
  if (nodes == NULL)
    return FALSE;
  node = json_array_get_object_element (json_node_get_array (nodes), 0);
  g_print ("node: %s\n", json_object_get_string_member (node, "node-name"));
  return q_machine_shutdown (daemon, Q_TIMEOUT_DEFAULT, NULL, error);
  /* end of snippet */
}

int
main (int argc, char *argv[])
{
  g_autofree char *path = argc > 1 ? g_build_filename (argv[1], "vm.sock", NULL) : NULL;
  g_autoptr (GError) error = NULL;

  if (path == NULL || !detach (path, &error) || !share_socket (&error) || !end (&error)
      || !power_off_deaf_guest (&error) || !run_storage_daemon (&error))
    {
      g_printerr ("%s\n", error != NULL ? error->message : "a directory is needed");
      return 1;
    }
  return 0;
}
