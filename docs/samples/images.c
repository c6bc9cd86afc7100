/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The samples of images of disks; machine.c says how they are kept. */

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
run (GError **error)
{
  g_autoptr (QDiskImage) image = q_disk_image_new ("debian.qcow2", "qcow2");

  return q_disk_image_create (image, 1 << 20, NULL, 60000, NULL, error) && create (error)
         && convert (error);
}

int
main (void)
{
  g_autofree char *directory = g_dir_make_tmp ("images-XXXXXX", NULL);
  g_autoptr (GError) error = NULL;
  gboolean good;

  g_assert_cmpint (g_chdir (directory), ==, 0);
  good = run (&error);
  if (error != NULL)
    g_printerr ("%s\n", error->message);

  g_remove ("debian.qcow2");
  g_remove ("debian.raw");
  g_remove ("data.qcow2");
  g_rmdir (directory);
  return good ? 0 : 1;
}
