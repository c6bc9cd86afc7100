/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "counting-guest.h"

QMachine *
counting_guest_new (const char *memory)
{
  const char *args[] = { "-accel", "tcg", "-m", memory, "-nic", "none", NULL };
  g_autoptr (GError) error = NULL;
  QMachine *machine = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type",
                                    "pc", "args", args, "base-dir", q_test_get_base_dir (), NULL);

  q_machine_add_console (machine, NULL, NULL, &error);
  g_assert_no_error (error);
  return machine;
}

void
counting_guest_add_disk (QMachine *machine, const char *image, gboolean overlay)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "guests", image, NULL);
  g_autoptr (QDisk) disk = q_disk_new (path, "raw");
  g_autoptr (GError) error = NULL;

  g_object_set (disk, "overlay", overlay, "read-only", !overlay, "device",
                overlay ? "ide-hd" : "virtio-blk-pci", NULL);
  q_machine_add_disk (machine, disk, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
}

void
counting_guest_launch (QMachine *machine)
{
  g_autoptr (QConsole) console = q_machine_dup_console (machine);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  q_test_launch (machine);
  text = q_console_wait_for_text (console, "ready", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
}

guint32
counting_guest_ask (QMachine *machine)
{
  g_autoptr (QConsole) console = q_machine_dup_console (machine);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint32 count = 0;

  q_console_write (console, "?", NULL, &error);
  g_assert_no_error (error);
  /* It says X of a word that is not as it left it. */
  text = q_console_wait_for_text (console, "[A-P]{8}\\.|X", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, !=, "X");
  for (guint i = 0; i < 8; i++)
    count = count << 4 | (guint32)(text[i] - 'A');

  return count;
}
