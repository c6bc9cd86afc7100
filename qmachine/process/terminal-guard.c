/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What gives a person their terminal back when the program that made it raw cannot: it was killed,
 * or it was stopped. In a process of its own, since a library has no signal handlers to do it with:
 * those are the program's, and none sees a SIGKILL. */

#include "terminal-guard-private.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

/* A program that is stopped says so nowhere but in /proc. */
#define LOOK_MS 200

/* Before Linux 5.9. */
#define MAX_FD 65536

typedef struct
{
  int terminal;
  pid_t program;
  struct termios saved;
  struct termios raw;
} Guard;

static bool
read_modes (struct termios *modes, const char *text)
{
  tcflag_t *flags[] = { &modes->c_iflag, &modes->c_oflag, &modes->c_cflag, &modes->c_lflag };
  char *at = (char *)text;

  for (int i = 0; i < 4; i++, at++)
    {
      *flags[i] = (tcflag_t)strtoul (at, &at, 16);
      if (*at != ':')
        return false;
    }
  for (int i = 0; i < Q_TERMINAL_GUARD_N_CHARS; i++, at++)
    {
      modes->c_cc[i] = (cc_t)strtoul (at, &at, 16);
      if (*at != ':')
        return false;
    }

  return true;
}

/* Somebody else, as a shell that reads a line, may have set it by now. */
static void
restore (Guard *self)
{
  struct termios now;

  if (tcgetattr (self->terminal, &now) < 0 || now.c_iflag != self->raw.c_iflag
      || now.c_oflag != self->raw.c_oflag || now.c_lflag != self->raw.c_lflag)
    return;

  tcsetattr (self->terminal, TCSANOW, &self->saved);
}

static bool
is_stopped (pid_t pid)
{
  char path[64];
  char text[512] = "";
  const char *end;
  FILE *file;

  snprintf (path, sizeof path, "/proc/%d/stat", (int)pid);
  file = fopen (path, "re");
  if (file == NULL)
    return false;
  text[fread (text, 1, sizeof text - 1, file)] = '\0';
  fclose (file);

  /* Behind the name, which may have any character. */
  end = strrchr (text, ')');
  return end != NULL && end[1] == ' ' && end[2] == 'T';
}

static void
ignore_signals (void)
{
  const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE };
  sigset_t none;

  /* Those that are meant for the program's group, and those for who sets modes from behind. */
  for (unsigned int i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
    signal (ignored[i], SIG_IGN);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  setsid ();
}

/* Who waits for the program's last word on a pipe is not to wait for this one. */
static void
close_others (void)
{
#ifdef SYS_close_range
  if (syscall (SYS_close_range, STDERR_FILENO, ~0U, 0) == 0)
    return;
#endif
  for (int fd = STDERR_FILENO; fd < MAX_FD; fd++)
    close (fd);
}

int
q_terminal_guard_run (char *argv[])
{
  Guard self = { 0 };
  struct pollfd end = { .fd = STDOUT_FILENO, .events = POLLIN };

  self.terminal = STDIN_FILENO;
  self.program = (pid_t)strtol (argv[0], NULL, 10);
  ignore_signals ();
  close_others ();
  if (tcgetattr (self.terminal, &self.saved) < 0)
    return 1;
  self.raw = self.saved;
  if (!read_modes (&self.saved, argv[1]) || !read_modes (&self.raw, argv[2]))
    return 2;

  /* A child that the program forked may have the other end, too. */
  while (poll (&end, 1, LOOK_MS) <= 0 && getppid () == self.program)
    if (is_stopped (self.program))
      restore (&self);

  restore (&self);
  return 0;
}
