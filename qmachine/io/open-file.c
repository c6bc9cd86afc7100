/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "io/open-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

int
q_open_file (const char *path, GError **error)
{
  int fd = g_open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
  struct stat status;

  if (fd < 0 || fstat (fd, &status) != 0)
    {
      int number = errno;

      g_set_error (error, G_IO_ERROR, (int)g_io_error_from_errno (number),
                   "%s: cannot be opened: %s", path, g_strerror (number));
    }
  else if (!S_ISREG (status.st_mode) && !S_ISBLK (status.st_mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                   "%s: this is no file and no block device", path);
    }
  else
    {
      /* Who gets the descriptor may wait. */
      fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) & ~O_NONBLOCK);
      return fd;
    }

  if (fd >= 0)
    g_close (fd, NULL);
  return -1;
}
