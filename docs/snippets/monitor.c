/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the page about the monitor shows in C. The argument is a directory for sockets, with
 * `guest.img` in it. */

#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <qmachine/qmachine.h>

static gboolean
attach (const char *path, GError **error)
{
  /* snippet: attach */
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autofree char *version = NULL;
  g_autofree char *status = NULL;

  if (!q_monitor_attach (monitor, address, NULL, error))
    return FALSE;
  version = q_monitor_dup_version (monitor);
  g_print ("version: %s\n", version);
  status = q_monitor_command_json (monitor, "query-status", NULL, Q_MONITOR_FLAGS_NONE,
                                   Q_TIMEOUT_DEFAULT, NULL, error);
  if (status == NULL)
    return FALSE;
  g_print ("status: %s\n", status);
  return q_monitor_close (monitor, NULL, error);
  /* end of snippet */
}

static gboolean
command (QMachine *machine, GError **error)
{
  /* snippet: command */
  const char *arguments = "{\"path\": \"/machine\", \"property\": \"type\"}";
  g_autoptr (JsonNode) node = json_from_string (arguments, error);
  g_autoptr (JsonNode) value = NULL;
  g_autofree char *text = NULL;

  if (node == NULL)
    return FALSE;
  value = q_machine_command (machine, "qom-get", node, Q_TIMEOUT_DEFAULT, NULL, error);
  if (value == NULL)
    return FALSE;
  g_print ("value: %s\n", json_node_get_string (value));

  text = q_machine_command_json (machine, "qom-get", arguments, Q_TIMEOUT_DEFAULT, NULL, error);
  if (text == NULL)
    return FALSE;
  g_print ("text: %s\n", text);
  /* end of snippet */
  return TRUE;
}

static gboolean
send_out_of_band (const char *path, GError **error)
{
  /* snippet: out-of-band */
  g_autofree char *address = g_strdup_printf ("unix:%s,server=on,wait=off", path);
  const char *args[] = { "-machine", "none", "-accel", "tcg", "-qmp", address, NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, NULL);
  g_autoptr (GSocketAddress) socket_address = g_unix_socket_address_new (path);
  g_autoptr (QMonitor) monitor = g_object_new (Q_TYPE_MONITOR, "out-of-band", TRUE, NULL);
  g_autofree char *reply = NULL;

  if (!q_machine_launch (machine, NULL, error)
      || !q_monitor_attach (monitor, socket_address, NULL, error))
    return FALSE;
  reply = q_monitor_command_json (monitor, "query-yank", NULL, Q_MONITOR_FLAGS_OUT_OF_BAND,
                                  Q_TIMEOUT_DEFAULT, NULL, error);
  if (reply == NULL)
    return FALSE;
  g_print ("out of band: %s\n", reply);
  /* end of snippet */
  return q_monitor_close (monitor, NULL, error)
         && q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
}

static gboolean
send_descriptor (QMachine *machine, const char *path, GError **error)
{
  /* snippet: descriptor */
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  g_autofree char *set = q_machine_command_json_with_fd (machine, "add-fd", "{\"fdset-id\": 1}", fd,
                                                         Q_TIMEOUT_DEFAULT, NULL, error);
  g_autofree char *added = NULL;

  g_close (fd, NULL);
  if (set == NULL)
    return FALSE;
  g_print ("fdset: %s\n", set);
  added = q_machine_command_json (machine, "blockdev-add",
                                  "{\"driver\": \"file\", \"node-name\": \"disk\","
                                  " \"read-only\": true, \"filename\": \"/dev/fdset/1\"}",
                                  Q_TIMEOUT_DEFAULT, NULL, error);
  if (added == NULL)
    return FALSE;
  /* end of snippet */
  return TRUE;
}

static gboolean
run (const char *directory, GError **error)
{
  g_autofree char *path = g_build_filename (directory, "vm.sock", NULL);
  g_autofree char *other = g_build_filename (directory, "oob.sock", NULL);
  g_autofree char *image = g_build_filename (directory, "guest.img", NULL);
  g_autofree char *address = g_strdup_printf ("unix:%s,server=on,wait=off", path);
  const char *args[] = { "-machine", "none", "-accel", "tcg", "-qmp", address, NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, NULL);

  return q_machine_launch (machine, NULL, error) && attach (path, error) && command (machine, error)
         && send_out_of_band (other, error) && send_descriptor (machine, image, error)
         && q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;

  if (argc < 2 || !run (argv[1], &error))
    {
      g_printerr ("%s\n", error != NULL ? error->message : "a directory is needed");
      return 1;
    }
  return 0;
}
