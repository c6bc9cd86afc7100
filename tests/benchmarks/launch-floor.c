/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-floor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Only so that a sick QEMU ends the benchmark, too; nothing comes near it. */
#define DEADLINE_MS (60 * 1000)

#define MAX_ARGS 64

static bool
complain (const char *what)
{
  fprintf (stderr, "floor: %s: %s\n", what, strerror (errno));
  return false;
}

/* -- the wiring -- */

static bool
wire_pair (int ends[2])
{
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
    return complain ("socketpair");

  return true;
}

/* As the library does it: bound, listening and connected before QEMU starts. */
static bool
wire_listener (int ends[2])
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  char dir[] = "/var/tmp/floor-XXXXXX";
  bool wired = false;

  if (mkdtemp (dir) == NULL)
    return complain ("mkdtemp");

  snprintf (address.sun_path, sizeof address.sun_path, "%s/monitor", dir);
  ends[1] = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  ends[0] = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  wired = ends[1] >= 0 && ends[0] >= 0
          && bind (ends[1], (struct sockaddr *)&address, sizeof address) == 0
          && listen (ends[1], 1) == 0
          && connect (ends[0], (struct sockaddr *)&address, sizeof address) == 0;
  if (!wired)
    {
      complain (address.sun_path);
      close (ends[0]);
      close (ends[1]);
    }

  unlink (address.sun_path);
  rmdir (dir);
  return wired;
}

/* -- the child -- */

static pid_t
spawn (const char *const *prefix, const char *binary, const char *const *args, int fd,
       FloorFlags flags)
{
  posix_spawn_file_actions_t actions;
  const char *argv[MAX_ARGS];
  char chardev[64];
  size_t n = 0;
  pid_t pid = -1;
  int result;

  if ((flags & FLOOR_STDIO) != 0)
    snprintf (chardev, sizeof chardev, "stdio,id=mon,signal=off");
  else
    snprintf (chardev, sizeof chardev, "socket,id=mon,fd=%d%s", 3,
              (flags & FLOOR_LISTENER) != 0 ? ",server=on,wait=on" : "");

  for (size_t i = 0; prefix != NULL && prefix[i] != NULL && n < MAX_ARGS - 10; i++)
    argv[n++] = prefix[i];
  argv[n++] = binary;
  argv[n++] = "-chardev";
  argv[n++] = chardev;
  argv[n++] = "-qmp";
  argv[n++] = "chardev:mon";
  argv[n++] = "-display";
  argv[n++] = "none";
  argv[n++] = "-vga";
  argv[n++] = "none";
  for (size_t i = 0; args[i] != NULL && n < MAX_ARGS - 1; i++)
    argv[n++] = args[i];
  argv[n] = NULL;

  /* What it says is thrown away. A descriptor duplicated to itself loses its close-on-exec flag. */
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_addopen (&actions, 0, "/dev/null", 0, 0);
  posix_spawn_file_actions_addopen (&actions, 1, "/dev/null", 1, 0);
  posix_spawn_file_actions_adddup2 (&actions, 1, 2);
  if ((flags & FLOOR_STDIO) != 0)
    {
      posix_spawn_file_actions_adddup2 (&actions, fd, 0);
      posix_spawn_file_actions_adddup2 (&actions, fd, 1);
    }
  else
    posix_spawn_file_actions_adddup2 (&actions, fd, 3);
  result = posix_spawnp (&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
  posix_spawn_file_actions_destroy (&actions);

  if (result != 0)
    {
      errno = result;
      complain (argv[0]);
      return -1;
    }
  return pid;
}

/* Waits for the end, and makes it come when it does not. */
static bool
reap (pid_t pid)
{
  int fd = pidfd_open (pid, 0);
  struct pollfd watch = { .fd = fd, .events = POLLIN };
  bool ended = fd >= 0 && poll (&watch, 1, DEADLINE_MS) == 1;
  int status = -1;

  if (fd >= 0)
    close (fd);
  if (!ended)
    kill (pid, SIGKILL);
  while (waitpid (pid, &status, 0) < 0 && errno == EINTR)
    continue;

  return ended && WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

/* -- the monitor -- */

static bool
send_text (int fd, const char *text)
{
  size_t length = strlen (text);

  if (send (fd, text, length, MSG_NOSIGNAL) != (ssize_t)length)
    return complain ("write to the monitor");

  return true;
}

/* Lines come one at a time here, as nothing is asked before the last answer is there. */
static bool
read_line_with (int fd, const char *wanted)
{
  char line[4096];
  size_t length = 0;

  while (length < sizeof line - 1)
    {
      ssize_t n = read (fd, line + length, sizeof line - 1 - length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          if (n == 0)
            errno = EPIPE;
          return complain ("read from the monitor");
        }

      length += (size_t)n;
      line[length] = '\0';
      /* An event may share the read with the line we want. */
      if (line[length - 1] == '\n' && strstr (line, wanted) != NULL)
        return true;
    }

  errno = EMSGSIZE;
  return complain ("read from the monitor");
}

static bool
read_to_end (int fd)
{
  char text[4096];
  ssize_t n;

  do
    n = read (fd, text, sizeof text);
  while (n > 0 || (n < 0 && errno == EINTR));

  /* QEMU may leave our last bytes unread. */
  return n == 0 || errno == ECONNRESET ? true : complain ("read the monitor to its end");
}

static bool
negotiate (int fd, FloorFlags flags)
{
  if (!read_line_with (fd, "\"QMP\"") || !send_text (fd, "{\"execute\":\"qmp_capabilities\"}")
      || !read_line_with (fd, "\"return\""))
    return false;

  return (flags & FLOOR_QUERY_STATUS) == 0
         || (send_text (fd, "{\"execute\":\"query-status\"}") && read_line_with (fd, "\"return\""));
}

bool
floor_launch (FloorMachine *machine, const char *const *prefix, const char *binary,
              const char *const *args, FloorFlags flags)
{
  bool is_listener = (flags & FLOOR_LISTENER) != 0;
  struct timeval deadline = { .tv_sec = DEADLINE_MS / 1000 };
  int ends[2] = { -1, -1 };

  if (!(is_listener ? wire_listener (ends) : wire_pair (ends)))
    return false;

  setsockopt (ends[0], SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
  machine->fd = ends[0];
  machine->pid = spawn (prefix, binary, args, ends[1], flags);
  close (ends[1]);

  if (machine->pid > 0 && negotiate (machine->fd, flags))
    return true;

  if (machine->pid > 0)
    {
      kill (machine->pid, SIGKILL);
      reap (machine->pid);
    }
  close (machine->fd);
  return false;
}

bool
floor_launch_many (FloorMachine *machines, int n, const char *binary, const char *const *args)
{
  for (int i = 0; i < n; i++)
    {
      int ends[2];

      if (!wire_pair (ends))
        return false;
      machines[i].fd = ends[0];
      machines[i].pid = spawn (NULL, binary, args, ends[1], FLOOR_PLAIN);
      close (ends[1]);
      if (machines[i].pid < 0)
        return false;
    }

  for (int i = 0; i < n; i++)
    if (!read_line_with (machines[i].fd, "\"QMP\"")
        || !send_text (machines[i].fd, "{\"execute\":\"qmp_capabilities\"}"))
      return false;
  for (int i = 0; i < n; i++)
    if (!read_line_with (machines[i].fd, "\"return\""))
      return false;

  return true;
}

bool
floor_shutdown_many (FloorMachine *machines, int n)
{
  bool ended = true;

  for (int i = 0; i < n; i++)
    ended = send_text (machines[i].fd, "{\"execute\":\"quit\"}") && ended;
  for (int i = 0; i < n; i++)
    {
      ended = read_to_end (machines[i].fd) && ended;
      ended = reap (machines[i].pid) && ended;
      close (machines[i].fd);
    }

  return ended;
}

bool
floor_shutdown (FloorMachine *machine)
{
  bool sent = send_text (machine->fd, "{\"execute\":\"quit\"}");
  bool ended = sent && read_to_end (machine->fd);
  bool reaped;

  if (!ended)
    kill (machine->pid, SIGKILL);
  reaped = reap (machine->pid);
  close (machine->fd);

  return ended && reaped;
}
