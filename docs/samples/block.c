/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The samples of disks, jobs and templates; machine.c says how they are kept. */

#include <glib/gstdio.h>
#include <qmachine/qmachine.h>

static gboolean
add_disk (QMachine *machine, GError **error)
{
  /* sample: QDisk */
  g_autoptr (QDisk) disk = q_disk_new ("debian.qcow2", "qcow2");

  q_disk_set_overlay (disk, TRUE);
  return q_machine_add_disk (machine, disk, Q_TIMEOUT_DEFAULT, NULL, error);
  /* end of sample */
}

static gboolean
copy_disk (QMachine *machine, GError **error)
{
  /* sample: q_machine_run_job */
  g_autoptr (JsonNode) arguments
    = json_from_string ("{\"device\": \"disk0\", \"target\": \"copy\", \"sync\": \"full\"}", NULL);

  return q_machine_run_job (machine, "blockdev-backup", arguments, -1, NULL, error);
  /* end of sample */
}

static void
show_jobs (QMachine *machine)
{
  /* sample: q_machine_get_jobs */
  GListModel *jobs = q_machine_get_jobs (machine);

  for (guint i = 0; i < g_list_model_get_n_items (jobs); i++)
    {
      g_autoptr (QJob) job = g_list_model_get_item (jobs, i);

      g_print ("%s: %.0f %%\n", q_job_get_id (job), 100 * q_job_get_progress (job));
    }
  /* end of sample */
}

static gboolean
launch_clone (GError **error)
{
  /* sample: q_machine_new_from_template */
  g_autoptr (QMachine) machine = q_machine_new_from_template ("booted", error);

  return machine != NULL && q_machine_launch (machine, NULL, error);
  /* end of sample */
}

static gboolean
create (QMachine *machine, const char *options, GError **error)
{
  g_autofree char *text = g_strdup_printf ("{\"options\": %s}", options);
  g_autoptr (JsonNode) arguments = json_from_string (text, NULL);

  return q_machine_run_job (machine, "blockdev-create", arguments, -1, NULL, error);
}

static gboolean
add_node (QMachine *machine, const char *node, GError **error)
{
  g_autofree char *reply
    = q_machine_command_json (machine, "blockdev-add", node, Q_TIMEOUT_DEFAULT, NULL, error);

  return reply != NULL;
}

/* By a QEMU without a board, so that no other program is needed. */
static gboolean
make_image (GError **error)
{
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type", "none", NULL);

  return q_machine_launch (machine, NULL, error)
         && create (machine, "{\"driver\": \"file\", \"filename\": \"debian.qcow2\", \"size\": 0}",
                    error)
         && add_node (
           machine, "{\"driver\": \"file\", \"node-name\": \"f\", \"filename\": \"debian.qcow2\"}",
           error)
         && create (machine, "{\"driver\": \"qcow2\", \"file\": \"f\", \"size\": 1048576}", error)
         && create (machine,
                    "{\"driver\": \"file\", \"filename\": \"copy.raw\", \"size\": 1048576}", error)
         && q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
}

static gboolean
run (GError **error)
{
  const char *args[] = { "-accel", "tcg", "-m", "32", "-nic", "none", NULL };
  g_autoptr (QMachine) machine = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64",
                                               "machine-type", "q35", "args", args, NULL);

  if (!make_image (error) || !add_disk (machine, error)
      || !q_machine_prepare_template (machine, "booted", error)
      || !q_machine_launch (machine, NULL, error)
      || !add_node (machine,
                    "{\"driver\": \"file\", \"node-name\": \"copy\", \"filename\": \"copy.raw\"}",
                    error)
      || !copy_disk (machine, error))
    return FALSE;
  show_jobs (machine);
  if (!q_machine_save_template (machine, -1, NULL, error))
    return FALSE;
  if (!launch_clone (error))
    return FALSE;
  g_print ("the clone ran\n");
  return TRUE;
}

static void
remove_files (void)
{
  const char *files[]
    = { "debian.qcow2",         "copy.raw", "booted/ram", "booted/state", "booted/disk0.qcow2",
        "booted/manifest.json", NULL };

  for (guint i = 0; files[i] != NULL; i++)
    g_unlink (files[i]);
  g_rmdir ("booted");
}

int
main (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = g_dir_make_tmp ("samples-XXXXXX", &error);
  gboolean good = directory != NULL && g_chdir (directory) == 0 && run (&error);

  if (!good)
    g_printerr ("%s\n", error != NULL ? error->message : "no directory");
  remove_files ();
  g_chdir ("/");
  if (directory != NULL)
    g_rmdir (directory);
  return good ? 0 : 1;
}
