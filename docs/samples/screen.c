/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The samples of a machine's screen; machine.c says how they are kept. The machine is a PC without
 * a guest. */

#include <glib/gstdio.h>
#include <qmachine/qmachine.h>

static gboolean
save (QMachine *machine, const char *path, GError **error)
{
  /* sample: q_machine_screenshot */
  g_autoptr (GBytes) png = q_machine_screenshot (machine, NULL, 0, Q_TIMEOUT_DEFAULT, NULL, error);

  if (png == NULL)
    return FALSE;
  return g_file_set_contents (path, g_bytes_get_data (png, NULL), g_bytes_get_size (png), error);
  /* end of sample */
}

static gboolean
log_in (QMachine *machine, GError **error)
{
  /* sample: q_machine_type_text */
  if (!q_machine_type_text (machine, "root\n", 0, Q_TIMEOUT_DEFAULT, NULL, error))
    return FALSE;
  /* end of sample */
  return TRUE;
}

static gboolean
ask_display (QMachine *machine, GError **error)
{
  /* sample: q_machine_open_display */
  g_autoptr (GDBusConnection) display
    = q_machine_open_display (machine, Q_TIMEOUT_DEFAULT, NULL, error);
  g_autoptr (GVariant) reply = NULL;

  if (display == NULL)
    return FALSE;
  reply = g_dbus_connection_call_sync (display, NULL, "/", "org.freedesktop.DBus.Peer", "Ping",
                                       NULL, NULL, G_DBUS_CALL_FLAGS_NONE, 5000, NULL, error);
  /* end of sample */
  return reply != NULL;
}

int
main (void)
{
  const char *const args[] = { "-accel", "tcg", "-nodefaults", "-m", "32", "-vga", "std", NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, "display",
                    Q_MACHINE_DISPLAY_DBUS, NULL);
  g_autofree char *directory = g_dir_make_tmp ("screen-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "screen.png", NULL);
  g_autoptr (GError) error = NULL;
  gboolean good = q_machine_launch (machine, NULL, &error) && save (machine, path, &error)
                  && log_in (machine, &error) && ask_display (machine, &error)
                  && q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error);

  if (!good)
    g_printerr ("%s\n", error->message);
  g_remove (path);
  g_rmdir (directory);
  return good ? 0 : 1;
}
