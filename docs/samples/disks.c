/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The samples of disks, jobs and images; machine.c says how they are kept. */

#include <glib/gstdio.h>
#include <qmachine/qmachine.h>

static gboolean
create (GError **error)
{
  /* sample: q_disk_image_create */
  g_autoptr (QDiskImage) image = q_disk_image_new ("data.qcow2", "qcow2");

  return q_disk_image_create (image, G_GUINT64_CONSTANT (1073741824), NULL, 60000, NULL, error);
  /* end of sample */
}

static gboolean
convert (GError **error)
{
  /* sample: QDiskImage */
  g_autoptr (QDiskImage) image = q_disk_image_new ("debian.qcow2", "qcow2");
  g_autoptr (QDiskImage) copy = q_disk_image_new ("debian.raw", "raw");

  return q_disk_image_convert (image, copy, NULL, Q_DISK_CONVERT_FLAGS_NONE, -1, NULL, error);
  /* end of sample */
}

static gboolean
add_overlay (QMachine *machine, GError **error)
{
  /* sample: QDisk */
  g_autoptr (QDisk) disk = q_disk_new ("debian.qcow2", "qcow2");

  q_disk_set_overlay (disk, TRUE);
  return q_machine_add_disk (machine, disk, Q_TIMEOUT_DEFAULT, NULL, error);
  /* end of sample */
}

static gboolean
add_disk (QMachine *machine, GError **error)
{
  /* sample: q_machine_add_disk */
  g_autoptr (QDisk) disk = q_disk_new ("data.qcow2", "qcow2");

  q_disk_set_serial (disk, "data");
  return q_machine_add_disk (machine, disk, Q_TIMEOUT_DEFAULT, NULL, error);
  /* end of sample */
}

static gboolean
add_copy (QMachine *machine, GError **error)
{
  g_autoptr (QDisk) copy = q_disk_new ("debian.raw", "raw");

  q_disk_set_name (copy, "copy");
  q_disk_set_device (copy, NULL);
  return q_machine_add_disk (machine, copy, Q_TIMEOUT_DEFAULT, NULL, error);
}

static gboolean
back_up (QMachine *machine, GError **error)
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
clone_machine (const char *directory, GError **error)
{
  /* sample: q_machine_new_from_template */
  g_autoptr (QMachine) machine = q_machine_new_from_template (directory, error);

  return machine != NULL && q_machine_launch (machine, NULL, error);
  /* end of sample */
}

static gboolean
run (GError **error)
{
  const char *args[] = { "-accel", "tcg", "-nic", "none", "-S", NULL };
  g_autoptr (QMachine) machine = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64",
                                               "machine-type", "q35", "args", args, NULL);
  g_autoptr (QDiskImage) image = q_disk_image_new ("debian.qcow2", "qcow2");

  if (!q_disk_image_create (image, 1 << 20, NULL, 60000, NULL, error) || !create (error)
      || !convert (error) || !add_overlay (machine, error) || !add_disk (machine, error)
      || !add_copy (machine, error) || !q_machine_launch (machine, NULL, error)
      || !back_up (machine, error))
    return FALSE;

  show_jobs (machine);
  return q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
}

int
main (void)
{
  g_autofree char *directory = g_dir_make_tmp ("disks-XXXXXX", NULL);
  g_autoptr (GError) error = NULL;
  gboolean good;

  g_assert_cmpint (g_chdir (directory), ==, 0);
  /* There is no template here. */
  good = run (&error) && !clone_machine (directory, NULL);
  if (error != NULL)
    g_printerr ("%s\n", error->message);

  g_remove ("debian.qcow2");
  g_remove ("debian.raw");
  g_remove ("data.qcow2");
  g_rmdir (directory);
  return good ? 0 : 1;
}
