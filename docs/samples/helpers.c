/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The samples of QHelper; machine.c says how they are kept. */

#include <glib/gstdio.h>
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

static gboolean
bring_supervisor (QMachine *machine, GError **error)
{
  /* sample: q_machine_copy_supervisor */
  g_auto (GStrv) launcher = q_machine_dup_wrapper (machine);
  g_autofree char *path = q_machine_copy_supervisor (machine, NULL, 30000, NULL, error);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_auto (GStrv) wrapper = NULL;

  if (path == NULL)
    return FALSE;
  g_strv_builder_addv (words, (const char **)launcher);
  g_strv_builder_add_many (words, path, "--follow", NULL);
  wrapper = g_strv_builder_end (words);
  q_machine_set_wrapper (machine, (const char *const *)wrapper);
  /* end of sample */
  return TRUE;
}

/* Behind a wrapper that leads to this host. */
static gboolean
run_followed (GError **error)
{
  const char *args[] = { "-machine", "none", "-accel", "tcg", NULL };
  g_autoptr (QMachine) machine = q_machine_new ("qemu-system-x86_64");
  g_autofree char *cache = g_dir_make_tmp ("samples-XXXXXX", error);
  g_autofree char *setting = g_strconcat ("XDG_CACHE_HOME=", cache, NULL);
  g_autofree char *dir = g_build_filename (cache, "qmachine", NULL);
  g_auto (GStrv) wrapper = NULL;

  q_machine_add_args (machine, args);
  q_machine_set_monitor_mode (machine, Q_MONITOR_MODE_STDIO);
  q_machine_set_wrapper (machine, (const char *const[]){ "env", setting, NULL });
  if (!bring_supervisor (machine, error) || !q_machine_launch (machine, NULL, error)
      || !q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error))
    return FALSE;

  wrapper = q_machine_dup_wrapper (machine);
  return g_unlink (wrapper[2]) == 0 && g_rmdir (dir) == 0 && g_rmdir (cache) == 0;
}

int
main (void)
{
  const char *args[] = { "-accel", "tcg", "-nodefaults", "-m", "32", "-S", NULL };
  g_autoptr (QMachine) machine = q_machine_new ("qemu-system-x86_64");
  g_autoptr (GError) error = NULL;

  q_machine_add_args (machine, args);
  if (!add_server (machine, &error) || !watch_server (machine, &error)
      || !q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error) || !run_followed (&error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  return 0;
}
