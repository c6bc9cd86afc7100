/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "template/parts-private.h"

#include <string.h>

#include "process/command-line-private.h"

/* The memory of the guest is a file: shared by the source, which so has nothing to write of it, and
 * private in each clone, which reads a page when it needs it and copies it when it writes. The
 * state of the devices is a migration that leaves out memory that is shared. */

void
q_template_add_memory (QLaunchParts *parts, const char *ram, guint64 size, gboolean share)
{
  g_autofree char *path = q_command_line_quote (ram);
  g_autofree char *object = g_strdup_printf (
    "memory-backend-file,id=template-ram,size=%" G_GUINT64_FORMAT ",mem-path=%s,share=%s", size,
    path, share ? "on" : "off");

  q_launch_parts_add_args (parts, (const char *const[]){ "-object", object, "-machine",
                                                         "memory-backend=template-ram", NULL });
}

/* Each clone shows the guest a number of its own in it, by which Linux knows to stir its random
 * numbers. Other boards have none. */
void
q_template_add_generation (QLaunchParts *parts, const char *binary, const char *machine_type)
{
  g_autofree char *name = g_path_get_basename (binary);
  const char *const *args = q_launch_parts_get_user_args (parts);

  if (!g_str_equal (name, "qemu-system-x86_64") && !g_str_equal (name, "qemu-system-i386"))
    return;
  if (machine_type != NULL && !g_str_has_prefix (machine_type, "q35")
      && !g_str_has_prefix (machine_type, "pc"))
    return;
  for (guint i = 0; args != NULL && args[i] != NULL; i++)
    if (strstr (args[i], "vmgenid") != NULL)
      return;

  q_launch_parts_add_args (parts, (const char *const[]){ "-device", "vmgenid,guid=auto", NULL });
}
