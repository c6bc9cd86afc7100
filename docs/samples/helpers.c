/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The samples of QHelper; machine.c says how they are kept. */

#include <qmachine/qmachine.h>

static void
tell_death (QHelper *helper)
{
  g_autofree char *log = q_helper_dup_log (helper);

  g_printerr ("%s has ended: %s\n", q_helper_get_name (helper), log);
}

static gboolean
add_server (QMachine *machine, GError **error)
{
  /* sample: q_machine_add_helper */
  const char *argv[] = { "qemu-storage-daemon",
                         "--blockdev",
                         "driver=null-co,node-name=data,size=1073741824",
                         "--nbd-server",
                         "addr.type=fd,addr.str={fd}",
                         "--export",
                         "type=nbd,id=data,node-name=data,name=data",
                         NULL };
  const char *qemu_args[]
    = { "-drive", "driver=nbd,server.type=unix,server.path={socket},export=data,if=virtio", NULL };

  if (q_machine_add_helper (machine, argv, qemu_args, "data", error) == NULL)
    return FALSE;
  /* end of sample */
  return TRUE;
}

static gboolean
watch_server (QMachine *machine, GError **error)
{
  /* sample: QHelper */
  QHelper *helper = q_machine_lookup_helper (machine, "data");

  q_helper_set_start_timeout (helper, 5000);
  g_signal_connect (helper, "died", G_CALLBACK (tell_death), NULL);
  if (!q_machine_launch (machine, NULL, error))
    return FALSE;
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
  if (!add_server (machine, &error) || !watch_server (machine, &error)
      || !q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  return 0;
}
