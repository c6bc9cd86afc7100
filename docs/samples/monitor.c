/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The samples of QMonitor and QConsole; machine.c says how they are kept. The guest of the console
 * is the firmware that comes with QEMU. */

#include <gio/gunixsocketaddress.h>
#include <qmachine/qmachine.h>

static gboolean
use_monitor (GSocketAddress *address, GError **error)
{
  /* sample: QMonitor */
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autofree char *version = NULL;

  if (!q_monitor_attach (monitor, address, NULL, error))
    return FALSE;
  version = q_monitor_dup_version (monitor);
  g_print ("QEMU %s\n", version);
  return q_monitor_close (monitor, NULL, error);
  /* end of sample */
}

static gboolean
attach (QMonitor *monitor, const char *path)
{
  /* sample: q_monitor_attach */
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GError) error = NULL;

  g_object_set (monitor, "attach-retry", TRUE, "attach-timeout", 5000, NULL);
  if (!q_monitor_attach (monitor, address, NULL, &error))
    {
      g_printerr ("%s\n", error->message);
      return FALSE;
    }
  /* end of sample */
  return TRUE;
}

static gboolean
execute (QMonitor *monitor, GError **error)
{
  /* sample: q_monitor_command */
  g_autoptr (JsonNode) status = q_monitor_command (
    monitor, "query-status", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT, NULL, error);

  if (status == NULL)
    return FALSE;
  g_print ("%s\n", json_object_get_string_member (json_node_get_object (status), "status"));
  /* end of sample */
  return TRUE;
}

static gboolean
close_and_attach (QMonitor *monitor, GSocketAddress *address, GError **error)
{
  /* sample: q_monitor_close */
  if (!q_monitor_close (monitor, NULL, error))
    return FALSE;
  g_print ("QEMU goes on, and can be attached to again\n");
  if (!q_monitor_attach (monitor, address, NULL, error))
    return FALSE;
  /* end of sample */
  return TRUE;
}

static gboolean
run_monitor (GError **error)
{
  const char *args[] = { "-machine", "none", "-accel", "tcg", NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, NULL);
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (QMonitor) own = NULL;
  g_autoptr (GSocketAddress) address = NULL;

  if (!q_machine_launch (machine, NULL, error))
    return FALSE;
  /* Makes room: QEMU's monitor serves one client at a time. */
  own = q_machine_dup_monitor (machine);
  address = q_machine_dup_listen_address (machine);
  return q_monitor_close (own, NULL, error) && use_monitor (address, error)
         && attach (monitor, g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (address)))
         && execute (monitor, error) && close_and_attach (monitor, address, error)
         && q_monitor_close (monitor, NULL, error)
         && q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
}

static gboolean
use_console (QMachine *machine, GError **error)
{
  /* sample: QConsole */
  QConsole *console = q_machine_add_console (machine, NULL, NULL, error);
  g_autofree char *words = NULL;

  if (console == NULL || !q_machine_launch (machine, NULL, error))
    return FALSE;
  words = q_console_wait_for_text (console, "SeaBIOS", 30000, NULL, error);
  if (words == NULL)
    return FALSE;
  g_print ("%s\n", words);
  /* end of sample */
  return TRUE;
}

static gboolean
read_match (QConsole *console, GError **error)
{
  /* sample: QConsoleMatch */
  g_autoptr (QConsoleMatch) match
    = q_console_wait_for_match (console, "\\(version (?<version>[^)]+)\\)$",
                                Q_CONSOLE_MATCH_FLAGS_COMPLETE, 30000, NULL, error);

  if (match == NULL)
    return FALSE;
  g_print ("version %s, after \"%s\"\n", q_console_match_get_named_group (match, "version"),
           q_console_match_get_before (match));
  /* end of sample */
  return TRUE;
}

static gboolean
read_beside_others (QConsole *console, GError **error)
{
  /* sample: QConsoleReader */
  g_autoptr (QConsoleReader) reader = q_console_create_reader (console, FALSE);
  g_autoptr (QConsoleMatch) version = NULL;
  g_autofree char *rest = NULL;

  version = q_console_reader_wait_for_match (reader, "version (\\S+)\\)",
                                             Q_CONSOLE_MATCH_FLAGS_NONE, 30000, NULL, error);
  if (version == NULL)
    return FALSE;
  g_print ("firmware %s\n", q_console_match_get_group (version, 1));
  rest = q_console_reader_take_text (reader);
  g_print ("and then: %s\n", rest);
  /* end of sample */
  return TRUE;
}

static gboolean
wait_for_text (QConsole *console)
{
  /* sample: q_console_wait_for_text */
  g_autoptr (GError) error = NULL;
  g_autofree char *words
    = q_console_wait_for_text (console, "Press \\w+ for boot menu", 30000, NULL, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    g_printerr ("the guest has no boot menu\n");
  else if (words == NULL)
    g_printerr ("%s\n", error->message);
  /* end of sample */
  return words != NULL;
}

static gboolean
write_text (QConsole *console, GError **error)
{
  /* sample: q_console_write */
  const char *escape = "\033";
  g_autofree char *answer = NULL;

  if (!q_console_write (console, escape, NULL, error))
    return FALSE;
  answer = q_console_wait_for_text (console, "Select boot device", 30000, NULL, error);
  if (answer == NULL)
    return FALSE;
  /* end of sample */
  return TRUE;
}

static gboolean
run_console (GError **error)
{
  const char *args[]
    = { "-accel", "tcg", "-nic", "none", "-boot", "menu=on,splash-time=60000", NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type",
                    "q35,graphics=off", "args", args, NULL);
  g_autoptr (QConsole) console = NULL;

  if (!use_console (machine, error))
    return FALSE;
  console = q_machine_dup_console (machine);
  return read_match (console, error) && read_beside_others (console, error)
         && wait_for_text (console) && write_text (console, error)
         && q_machine_kill (machine, NULL, error);
}

int
main (void)
{
  g_autoptr (GError) error = NULL;
  gboolean done = run_monitor (&error) && run_console (&error);

  if (!done)
    g_printerr ("%s\n", error != NULL ? error->message : "a sample did not do what it shows");
  return done ? 0 : 1;
}
