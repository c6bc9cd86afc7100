/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "path-private.h"

#include <glib.h>

char *
q_path_make_absolute (const char *path)
{
  g_autofree char *directory = NULL;

  if (path == NULL || path[0] == '\0' || g_path_is_absolute (path))
    return g_strdup (path);

  directory = g_get_current_dir ();
  return g_build_filename (directory, path, NULL);
}
