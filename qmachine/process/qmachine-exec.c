/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What stands between the fork and QEMU.
 *
 *   qmachine-exec PARENT KEEP GROUP PROGRAM [ARGUMENT...]
 *
 * PARENT is the process with which PROGRAM must end, 0 for none; KEEP lists the descriptors above
 * 2 that PROGRAM gets, in rising order, separated by commas, "-" for none; GROUP is "group" to
 * lead a process group of its own, so that a wrapper can be ended together with its QEMU.
 *
 * To do this in the forked child itself, as a child-setup function, would cost GLib its
 * posix_spawn path, and a program of a gigabyte a fork of its page tables. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* By number, as musl does not have the function. */
static int
close_range_by_number (unsigned int first, unsigned int last)
{
#ifdef SYS_close_range
  return (int)syscall (SYS_close_range, first, last, 0);
#else
  errno = ENOSYS;
  return -1;
#endif
}

static void
close_from_to (unsigned int first, unsigned int last)
{
  struct rlimit limit;

  if (first > last || close_range_by_number (first, last) == 0)
    return;

  /* Before Linux 5.9, or under a filter that does not know the call. */
  if (getrlimit (RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > 1048576)
    limit.rlim_cur = 1048576;
  for (unsigned int fd = first; fd <= last && fd < limit.rlim_cur; fd++)
    close ((int)fd);
}

static void
close_all_but (const char *keep)
{
  unsigned int next = 3;

  while (*keep >= '0' && *keep <= '9')
    {
      char *end;
      unsigned int fd = (unsigned int)strtoul (keep, &end, 10);

      if (fd > next)
        close_from_to (next, fd - 1);
      if (fd >= next)
        next = fd + 1;
      keep = *end == ',' ? end + 1 : end;
    }

  close_from_to (next, UINT_MAX);
}

int
main (int argc, char *argv[])
{
  sigset_t none;
  pid_t parent;

  if (argc < 5)
    {
      fprintf (stderr, "usage: %s PARENT KEEP GROUP PROGRAM [ARGUMENT...]\n", argv[0]);
      return 2;
    }

  parent = (pid_t)strtol (argv[1], NULL, 10);
  if (parent != 0)
    {
      if (prctl (PR_SET_PDEATHSIG, SIGKILL) < 0)
        {
          fprintf (stderr, "qmachine-exec: cannot follow the parent: %s\n", strerror (errno));
          return 126;
        }
      /* It may have died before the call above: then nobody would tell us any more. */
      if (getppid () != parent)
        return 126;
    }

  if (strcmp (argv[3], "group") == 0)
    setpgid (0, 0);

  close_all_but (argv[2]);

  /* GIO ignores it, and a program inherits that: a wrapper such as ssh does not expect it. */
  signal (SIGPIPE, SIG_DFL);

  /* The thread that spawned us blocks them all. */
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);

  execvp (argv[4], argv + 4);
  fprintf (stderr, "qmachine-exec: cannot execute %s: %s\n", argv[4], strerror (errno));
  return errno == ENOENT ? 127 : 126;
}
