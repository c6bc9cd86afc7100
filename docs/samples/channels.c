/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The samples of QGuestChannel, and of what else a machine shares by sockets; machine.c says how
 * they are kept. There is no guest: what is written waits for one. */

#include <qmachine/qmachine.h>

static gboolean
use_channel (QMachine *machine, GError **error)
{
  /* sample: QGuestChannel */
  QGuestChannel *channel = q_machine_add_channel (machine, "org.example.job.0", error);
  g_autoptr (GIOStream) stream = NULL;

  if (channel == NULL || !q_machine_launch (machine, NULL, error))
    return FALSE;
  stream = q_guest_channel_dup_stream (channel);
  if (!g_output_stream_write_all (g_io_stream_get_output_stream (stream), "hello\n", 6, NULL, NULL,
                                  error))
    return FALSE;
  /* end of sample */
  return TRUE;
}

static gboolean
share_socket (QMachine *machine, GError **error)
{
  /* sample: q_machine_add_socket_path */
  g_autofree char *path = q_machine_add_socket_path (machine, "serial", error);
  g_autofree char *chardev = g_strdup_printf ("socket,id=own,path=%s,server=on,wait=off", path);
  const char *args[] = { "-chardev", chardev, "-serial", "chardev:own", NULL };

  if (path == NULL)
    return FALSE;
  q_machine_add_args (machine, args);
  /* end of sample */
  return TRUE;
}

int
main (void)
{
  const char *args[] = { "-accel", "tcg", "-nodefaults", "-m", "32", "-S", NULL };
  g_autoptr (QMachine) machine = q_machine_new ("qemu-system-x86_64");
  g_autoptr (GError) error = NULL;

  q_machine_add_args (machine, args);
  if (!share_socket (machine, &error) || !use_channel (machine, &error)
      || !q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  return 0;
}
