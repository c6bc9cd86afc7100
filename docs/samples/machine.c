/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The samples that the reference shows of QMachine, but for its commands and events. What stands
 * between two markers is in the doc comment of what the first one names; tests/style says whether
 * they are the same. The rest gives the samples what they work on, and runs them. */

#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <qmachine/qmachine.h>
#include <sys/socket.h>

static QMachine *
make_machine (void)
{
  const char *args[] = { "-machine", "none", "-accel", "tcg", NULL };

  return g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, NULL);
}

static gboolean
use_machine (GError **error)
{
  /* sample: QMachine */
  const char *args[] = { "-machine", "none", "-accel", "tcg", NULL };
  g_autoptr (QMachine) machine = q_machine_new ("qemu-system-x86_64");
  g_autofree char *status = NULL;

  q_machine_add_args (machine, args);
  if (!q_machine_launch (machine, NULL, error))
    return FALSE;
  status = q_machine_command_json (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, error);
  if (status == NULL)
    return FALSE;
  g_print ("%s\n", status);
  return q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
  /* end of sample */
}

static gboolean
launch (QMachine *machine)
{
  /* sample: q_machine_launch */
  g_autoptr (GError) error = NULL;

  if (!q_machine_launch (machine, NULL, &error))
    {
      g_printerr ("%s\n", error->message);
      return FALSE;
    }
  g_print ("process %" G_GINT64_FORMAT "\n", q_machine_get_pid (machine));
  /* end of sample */
  return TRUE;
}

static gboolean
wait_for_end (QMachine *machine, GError **error)
{
  /* sample: q_machine_wait */
  int exit_code;

  if (!q_machine_wait (machine, -1, NULL, error))
    return FALSE;
  if (q_machine_get_exit_code (machine, &exit_code))
    g_print ("QEMU ended by itself, with %d\n", exit_code);
  /* end of sample */
  return TRUE;
}

static gboolean
shut_down (QMachine *machine)
{
  /* sample: q_machine_shutdown */
  g_autoptr (GError) error = NULL;

  if (!q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error))
    g_printerr ("QEMU has ended, but by force: %s\n", error->message);
  /* end of sample */
  return error == NULL;
}

static gboolean
kill_at_once (QMachine *machine, GError **error)
{
  /* sample: q_machine_kill */
  if (!q_machine_kill (machine, NULL, error))
    return FALSE;
  g_print ("QEMU is gone\n");
  /* end of sample */
  return TRUE;
}

static gboolean
get_exit_code (QMachine *machine)
{
  /* sample: q_machine_get_exit_code */
  int exit_code;

  if (!q_machine_get_exit_code (machine, &exit_code))
    return FALSE;
  g_print ("exit code: %d\n", exit_code);
  /* end of sample */
  return exit_code == -9;
}

static gboolean
detach (QMachine *machine, const char *path, GError **error)
{
  /* sample: q_machine_detach */
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  g_object_set (machine, "exit-with-parent", FALSE, "monitor-address", address, NULL);
  if (!q_machine_launch (machine, NULL, error) || !q_machine_detach (machine, NULL, error))
    return FALSE;
  g_print ("QEMU lives on; its monitor is at %s\n", path);
  /* end of sample */
  return TRUE;
}

/* Ends what was detached. */
static gboolean
end_other (const char *path, GError **error)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autofree char *reply = NULL;

  if (!q_monitor_attach (monitor, address, NULL, error))
    return FALSE;
  reply = q_monitor_command_json (monitor, "quit", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT,
                                  NULL, error);
  return reply != NULL;
}

static gboolean
add_args (QMachine *machine, GError **error)
{
  /* sample: q_machine_add_args */
  const char *args[] = { "-m", "512", "-nic", "none", NULL };

  q_machine_add_args (machine, args);
  /* end of sample */
  return q_machine_launch (machine, NULL, error)
         && q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
}

static gboolean
add_fd (QMachine *machine, const char *path, GError **error)
{
  /* sample: q_machine_add_fd */
  const char *args[] = { "-blockdev", "driver=file,node-name=disk,filename=/dev/fdset/1", NULL };
  int fd = g_open (path, O_RDWR | O_CLOEXEC, 0);
  gboolean added = q_machine_add_fd (machine, fd, 1, "the disk", NULL, error);

  g_close (fd, NULL);
  if (!added)
    return FALSE;
  q_machine_add_args (machine, args);
  /* end of sample */
  return q_machine_launch (machine, NULL, error)
         && q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
}

static gboolean
pass_fd (QMachine *machine, int fd, GError **error)
{
  /* sample: q_machine_pass_fd */
  int number = q_machine_pass_fd (machine, fd, error);
  g_autofree char *chardev = g_strdup_printf ("socket,id=log,fd=%d", number);
  const char *args[] = { "-chardev", chardev, "-serial", "chardev:log", NULL };

  if (number < 0)
    return FALSE;
  q_machine_add_args (machine, args);
  /* end of sample */
  return q_machine_launch (machine, NULL, error)
         && q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
}

static gboolean
pass_socket (GError **error)
{
  const char *args[] = { "-accel", "tcg", "-S", "-nic", "none", NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, NULL);
  int ends[2];
  gboolean done;

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
    return FALSE;
  done = pass_fd (machine, ends[1], error);
  g_close (ends[0], NULL);
  g_close (ends[1], NULL);
  return done;
}

/* sample: q_machine_add_console */
static void
output_cb (QConsole *console, const char *text, gpointer user_data)
{
  g_string_append (user_data, text);
}

/* end of sample */
static gboolean
add_console (GString *output, GError **error)
{
  const char *args[] = { "-accel", "tcg", "-S", "-nic", "none", NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, NULL);
  /* sample: q_machine_add_console */
  QConsole *console = q_machine_add_console (machine, NULL, NULL, error);

  if (console == NULL)
    return FALSE;
  g_signal_connect (console, "output", G_CALLBACK (output_cb), output);
  /* end of sample */
  return q_machine_launch (machine, NULL, error)
         && q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
}

/* A launch that fails: QEMU does not know the option. */
static gboolean
fail (QMachine *machine)
{
  const char *args[] = { "-nope", NULL };

  q_machine_add_args (machine, args);
  return !q_machine_launch (machine, NULL, NULL);
}

static gboolean
get_log (QMachine *machine)
{
  /* sample: q_machine_dup_log */
  g_autofree char *log = q_machine_dup_log (machine);

  if (log != NULL && *log != '\0')
    g_print ("QEMU said: %s", log);
  /* end of sample */
  return log != NULL && strstr (log, "-nope") != NULL;
}

static gboolean
qtest (GError **error)
{
  const char *args[] = { "-accel", "tcg", "-S", "-nic", "none", NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, NULL);
  /* sample: q_machine_qtest */
  g_autofree char *answer = NULL;

  g_object_set (machine, "enable-qtest", TRUE, NULL);
  if (!q_machine_launch (machine, NULL, error))
    return FALSE;
  answer = q_machine_qtest (machine, "readb 0xfffffff0", -1, NULL, error);
  if (answer == NULL)
    return FALSE;
  g_print ("%s\n", answer);
  /* end of sample */
  return q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
}

/* One machine after the other. */
static gboolean
run_lives (GError **error)
{
  g_autoptr (QMachine) machine = make_machine ();
  g_autofree char *reply = NULL;

  if (!launch (machine))
    return FALSE;
  reply = q_machine_command_json (machine, "quit", NULL, Q_TIMEOUT_DEFAULT, NULL, error);
  return reply != NULL && wait_for_end (machine, error) && launch (machine) && shut_down (machine)
         && launch (machine) && kill_at_once (machine, error) && get_exit_code (machine);
}

static gboolean
run_settings (const char *directory, GError **error)
{
  g_autoptr (QMachine) other = make_machine ();
  g_autoptr (QMachine) more = make_machine ();
  g_autoptr (QMachine) disk = make_machine ();
  g_autoptr (QMachine) bad = make_machine ();
  g_autoptr (GString) output = g_string_new (NULL);
  g_autofree char *path = g_build_filename (directory, "monitor", NULL);
  g_autofree char *image = g_build_filename (directory, "disk.img", NULL);
  gboolean done = detach (other, path, error) && end_other (path, error) && add_args (more, error)
                  && g_file_set_contents (image, "a sector", -1, error)
                  && add_fd (disk, image, error) && pass_socket (error)
                  && add_console (output, error) && fail (bad) && get_log (bad) && qtest (error);

  g_unlink (path);
  g_unlink (image);
  return done;
}

int
main (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = g_dir_make_tmp (NULL, &error);
  gboolean done = directory != NULL && use_machine (&error) && run_lives (&error)
                  && run_settings (directory, &error);

  if (directory != NULL)
    g_rmdir (directory);
  if (!done)
    g_printerr ("%s\n", error != NULL ? error->message : "a sample did not do what it shows");
  return done ? 0 : 1;
}
