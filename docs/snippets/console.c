/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the page about the console shows in C. The argument is a directory with `guest.img`, a
 * guest that prints an address and `login: `, and then sends back what is typed. */

#include <qmachine/qmachine.h>

static gboolean
read_firmware (GError **error)
{
  /* snippet: console */
  const char *args[] = { "-accel", "tcg", "-nic", "none", NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type",
                    "q35,graphics=off", "args", args, NULL);
  QConsole *console = q_machine_add_console (machine, NULL, NULL, error);
  g_autofree char *text = NULL;

  if (console == NULL || !q_machine_launch (machine, NULL, error))
    return FALSE;
  text = q_console_wait_for_text (console, "SeaBIOS \\(version [^)]*\\)", 30000, NULL, error);
  if (text == NULL)
    return FALSE;
  g_print ("firmware: %s\n", text);
  return q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
  /* end of snippet */
}

static gboolean
read_address (QConsole *console, GError **error)
{
  /* snippet: match */
  g_autoptr (QConsoleMatch) match
    = q_console_wait_for_match (console, "eth0: (?<address>[\\d.]+)/(\\d+)",
                                Q_CONSOLE_MATCH_FLAGS_COMPLETE, 60000, NULL, error);

  if (match == NULL)
    return FALSE;
  g_print ("address: %s\n", q_console_match_get_named_group (match, "address"));
  g_print ("prefix: %s\n", q_console_match_get_group (match, 2));
  /* end of snippet */
  return TRUE;
}

static gboolean
log_in (QConsole *console, GError **error)
{
  g_autofree char *typed = NULL;
  /* snippet: write */
  g_autofree char *prompt = q_console_wait_for_text (console, "login: ", 60000, NULL, error);

  if (prompt == NULL || !q_console_write (console, "root\n", NULL, error))
    return FALSE;
  /* end of snippet */
  typed = q_console_wait_for_text (console, "root", 30000, NULL, error);
  if (typed == NULL)
    return FALSE;
  g_print ("typed: %s\n", typed);
  return TRUE;
}

/* snippet: reader */
static void
panic_cb (GObject *object, GAsyncResult *result, gpointer main_loop)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QConsoleMatch) match
    = q_console_reader_wait_for_match_finish (Q_CONSOLE_READER (object), result, &error);

  if (match != NULL)
    g_print ("panic: %s\n", q_console_match_get_group (match, 1));
  else
    g_printerr ("%s\n", error->message);
  g_main_loop_quit (main_loop);
}
/* end of snippet */

static gboolean
watch (QConsole *console, GError **error)
{
  g_autoptr (GMainLoop) main_loop = g_main_loop_new (NULL, FALSE);
  /* snippet: reader */
  g_autoptr (QConsoleReader) watcher = q_console_create_reader (console, FALSE);

  q_console_reader_wait_for_match_async (watcher, "Kernel panic - (.*)$",
                                         Q_CONSOLE_MATCH_FLAGS_NONE, -1, NULL, panic_cb, main_loop);
  /* end of snippet */
  if (!q_console_write (console, "Kernel panic - of the example\r\n", NULL, error))
    return FALSE;
  g_main_loop_run (main_loop);
  return TRUE;
}

static gboolean
run (const char *directory, GError **error)
{
  g_autofree char *drive = g_strdup_printf ("file=%s/guest.img,format=raw,snapshot=on", directory);
  const char *args[] = { "-accel", "tcg", "-nic", "none", "-drive", drive, NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, NULL);
  QConsole *console = q_machine_add_console (machine, NULL, NULL, error);

  return console != NULL && q_machine_launch (machine, NULL, error) && read_address (console, error)
         && log_in (console, error) && watch (console, error)
         && q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;

  if (argc < 2 || !read_firmware (&error) || !run (argv[1], &error))
    {
      g_printerr ("%s\n", error != NULL ? error->message : "a directory is needed");
      return 1;
    }
  return 0;
}
