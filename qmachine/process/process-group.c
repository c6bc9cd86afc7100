/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process-group-private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* PID (NAME) STATE PARENT GROUP ... THREADS ...: the name may hold anything, parentheses too. The
 * state is that of the first thread alone, which may end before the others: while these are being
 * killed, they still hold all that the process holds. */
static gboolean
is_live_member (const char *stat, pid_t group)
{
  const char *end_of_name = strrchr (stat, ')');
  char state;
  int member_of;
  int n_threads;

  if (end_of_name == NULL
      || sscanf (end_of_name + 1,
                 " %c %*d %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %d", &state,
                 &member_of, &n_threads)
           != 3)
    return FALSE;

  return member_of == group && ((state != 'Z' && state != 'X') || n_threads > 1);
}

gboolean
q_process_group_is_alive (pid_t group)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (kill (-group, 0) != 0)
    return FALSE;

  dir = g_dir_open ("/proc", 0, NULL);
  if (dir == NULL)
    return TRUE;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = NULL;
      char stat[512];
      gssize length;
      int fd;

      if (!g_ascii_isdigit (name[0]))
        continue;
      path = g_build_filename ("/proc", name, "stat", NULL);
      fd = open (path, O_RDONLY | O_CLOEXEC);
      /* Without a descriptor nothing can be told, and it is waited for; else it is gone. */
      if (fd < 0 && (errno == EMFILE || errno == ENFILE))
        return TRUE;
      if (fd < 0)
        continue;
      length = read (fd, stat, sizeof stat - 1);
      close (fd);
      if (length <= 0)
        continue;
      stat[length] = '\0';
      if (is_live_member (stat, group))
        return TRUE;
    }

  return FALSE;
}
