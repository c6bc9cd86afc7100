/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The supervisor: what stands between the program and QEMU, and stays.
 *
 *   qmachine-exec SOCKET PROGRAM_ID KEEP BINARY [ARGUMENT...]
 *
 * It runs BINARY as its child, and ends when all that came from it has ended: what is orphaned
 * becomes a child of the supervisor's. SOCKET is the number of its end of a socket pair; see
 * supervisor-private.h. PROGRAM_ID is the process with which all must end, also when that closes
 * its end without a word; 0 is for none, and then a closed socket is a release. KEEP lists the
 * descriptors above 2 that BINARY gets, in rising order, separated by commas, "-" for none.
 *
 *   qmachine-exec --follow [--remove=SOCKET...] COMMAND [ARGUMENT...]
 *
 * That is for another host, without the library: COMMAND runs with the descriptors that there are,
 * and all that came from it is killed when standard input hangs up, which is not read, or when the
 * parent dies. Otherwise it ends as COMMAND does. Signals that ask for an end are passed on. SOCKET
 * is a path: sshd leaves those behind at which it has listened for `ssh -R`.
 *
 * To do this in the forked child itself, as a child-setup function, would cost GLib its
 * posix_spawn path, and a program of a gigabyte a fork of its page tables. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "supervisor-private.h"
#include "terminal-guard-private.h"

/* Comes when the program dies, or only the thread that started us. */
#define DEATH_SIGNAL SIGUSR1

/* What is left once QEMU has ended may be about to end, too. */
#define SWEEP_GRACE_MS 1000

/* Whoever was killed dies at once, and that wakes us; and QEMU's end does, where there are pidfds.
 * Otherwise it is looked for. */
#define LOOK_AGAIN_MS 100

#define FOLLOW_OPTION "--follow"
#define REMOVE_OPTION "--remove="

#define MAX_NAMED 64
#define MAX_DEPTH 64

#define CANNOT_EXECUTE 126
#define NOT_FOUND 127

typedef struct
{
  pid_t self;
  pid_t program; /* 0: not followed */
  int socket;    /* -1 once it is closed */
  int signals;   /* a signalfd */
  pid_t child;   /* 0 once it was reaped: from then on its number may be another's */
  int signal;    /* the last one for the child's group; 0 for none */
  pid_t qemu;    /* if it is another one than the child, and known; 0 once we reaped it */
  int qemu_fd;   /* a pidfd of it, while it lives; -1 where there is none */
  bool qemu_lives;
  pid_t wanted; /* among the children */
  bool found;
  bool follows;   /* standard input, and the parent, instead of the library */
  int input;      /* -1 once it has hung up */
  char **sockets; /* words that name those to be removed; NULL for none */
  int status;     /* of the child, once it has ended */
  bool killing;
  bool child_first;
  int64_t rest_at; /* ms, then: 0 for not yet */
  bool naming;
  bool sweep_wanted;
  int64_t sweep_at;         /* ms; 0 for not yet */
  pid_t named[MAX_NAMED];   /* those that were killed, named, and not reaped yet */
  pid_t defiant[MAX_NAMED]; /* those that could not be killed, and were told of */
} Supervisor;

/* -- descriptors -- */

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

static int
open_pidfd (pid_t pid)
{
#ifdef SYS_pidfd_open
  return (int)syscall (SYS_pidfd_open, pid, 0);
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

/* -- the library -- */

static void
tell (const Supervisor *self, QSupervisorMessageType type, pid_t pid, int value)
{
  QSupervisorMessage message = { type, pid, value };

  /* So few of them always find room. Whether somebody is there to read them does not matter. */
  if (self->socket >= 0)
    send (self->socket, &message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* -- the child -- */

static void
run_child (const Supervisor *self, const char *keep, char *argv[])
{
  sigset_t none;
  int saved_errno;

  /* In case that the supervisor is killed; it may have been by now. */
  if (self->program != 0 || self->follows)
    prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != self->self)
    _exit (CANNOT_EXECUTE);

  if (!self->follows)
    setpgid (0, 0);
  /* By the child itself: who hears of QEMU in any other way has heard of this before. */
  tell (self, Q_SUPERVISOR_STARTED, getpid (), 0);
  if (!self->follows)
    close_all_but (keep);

  /* GIO ignores it, and a program inherits that: a wrapper such as ssh does not expect it. */
  signal (SIGPIPE, SIG_DFL);

  /* The thread that spawned us blocks them all. */
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);

  execvp (argv[0], argv);
  saved_errno = errno;
  fprintf (stderr, "qmachine-exec: cannot execute %s: %s\n", argv[0], strerror (saved_errno));
  _exit (saved_errno == ENOENT ? NOT_FOUND : CANNOT_EXECUTE);
}

/* -- all that came from it -- */

/* The kernel's own list. It may leave one out while another ends, which will wake us again. */
static bool
for_each_listed_child (Supervisor *self, void (*func) (Supervisor *self, pid_t pid))
{
  char path[64];
  char text[4096];
  ssize_t n_read;
  pid_t pid = 0;
  int fd;

  snprintf (path, sizeof path, "/proc/self/task/%d/children", (int)self->self);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;

  /* Each number is followed by a blank. */
  while ((n_read = read (fd, text, sizeof text)) > 0)
    for (ssize_t i = 0; i < n_read; i++)
      {
        if (text[i] >= '0' && text[i] <= '9')
          pid = pid * 10 + (text[i] - '0');
        else if (pid != 0)
          {
            func (self, pid);
            pid = 0;
          }
      }

  close (fd);
  return true;
}

static pid_t
get_parent (const char *pid)
{
  char path[300];
  char stat[512];
  const char *end_of_name;
  ssize_t length;
  int fd;

  snprintf (path, sizeof path, "/proc/%s/stat", pid);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return 0;
  length = read (fd, stat, sizeof stat - 1);
  close (fd);
  stat[length > 0 ? length : 0] = '\0';

  /* PID (NAME) STATE PARENT: the name may hold anything. */
  end_of_name = strrchr (stat, ')');
  return end_of_name != NULL && strlen (end_of_name) > 4 ? (pid_t)strtol (end_of_name + 4, NULL, 10)
                                                         : 0;
}

/* A number that is a child's stays its own until we reap it. */
static void
for_each_child (Supervisor *self, void (*func) (Supervisor *self, pid_t pid))
{
  struct dirent *entry;
  DIR *dir;

  if (for_each_listed_child (self, func))
    return;

  /* A kernel without that list; or no /proc at all. */
  dir = opendir ("/proc");
  while (dir != NULL && (entry = readdir (dir)) != NULL)
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9'
        && get_parent (entry->d_name) == self->self)
      func (self, (pid_t)strtol (entry->d_name, NULL, 10));
  if (dir != NULL)
    closedir (dir);
  else if (self->child != 0)
    func (self, self->child);
}

/* FALSE if it is there already. */
static bool
note (pid_t *pids, pid_t pid)
{
  int free_place = -1;

  for (int i = 0; i < MAX_NAMED; i++)
    {
      if (pids[i] == pid)
        return false;
      if (pids[i] == 0)
        free_place = i;
    }

  if (free_place >= 0)
    pids[free_place] = pid;
  return true;
}

static void
forget (pid_t *pids, pid_t pid)
{
  for (int i = 0; i < MAX_NAMED; i++)
    if (pids[i] == pid)
      pids[i] = 0;
}

/* Our standard error is the launch's log. */
static void
name_child (Supervisor *self, pid_t pid)
{
  char path[64];
  char name[64] = "";
  char line[160];
  int fd;

  if (!note (self->named, pid))
    return;

  snprintf (path, sizeof path, "/proc/%d/comm", (int)pid);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0)
    {
      ssize_t length = read (fd, name, sizeof name - 1);

      for (ssize_t i = 0; i < length; i++)
        if (name[i] == '\n')
          name[i] = i == length - 1 ? '\0' : '?';
      close (fd);
    }
  snprintf (line, sizeof line, "qmachine: killed %d %s that was left\n", (int)pid, name);
  if (write (STDERR_FILENO, line, strlen (line)) < 0)
    return;
}

static void
kill_child (Supervisor *self, pid_t pid)
{
  if (kill (pid, SIGKILL) < 0)
    {
      if (errno == EPERM && note (self->defiant, pid))
        tell (self, Q_SUPERVISOR_DEFIED, pid, 0);
    }
  else if (self->naming)
    name_child (self, pid);
}

static void
signal_child (Supervisor *self, pid_t pid)
{
  kill (pid, self->signal);
}

static bool hear_library (Supervisor *self);

static void
take_end (Supervisor *self, pid_t pid, int status)
{
  forget (self->named, pid);
  forget (self->defiant, pid);
  if (pid == self->child)
    {
      self->child = 0;
      self->status = status;
      /* Nobody else says when that is. */
      self->sweep_wanted |= self->follows;
      tell (self, Q_SUPERVISOR_ENDED, pid, status);
      /* What was meant for all of a group that fell apart reaches who comes to us from it. */
      if (self->signal != 0)
        for_each_child (self, signal_child);
    }
  else if (pid == self->qemu)
    {
      self->qemu = 0;
      self->qemu_lives = false;
      tell (self, Q_SUPERVISOR_QEMU_ENDED, pid, status);
    }
}

static bool
names_socket (const char *word)
{
  return strncmp (word, REMOVE_OPTION, strlen (REMOVE_OPTION)) == 0;
}

static void
remove_sockets (const Supervisor *self)
{
  for (char **word = self->sockets; *word != NULL && names_socket (*word); word++)
    {
      const char *path = *word + strlen (REMOVE_OPTION);
      struct stat info;

      if (lstat (path, &info) == 0 && S_ISSOCK (info.st_mode))
        unlink (path);
    }
}

static void
end (const Supervisor *self)
{
  struct rlimit no_core = { 0, 0 };
  sigset_t none;

  if (!self->follows)
    _exit (0);
  remove_sockets (self);
  if (WIFEXITED (self->status))
    _exit (WEXITSTATUS (self->status));

  setrlimit (RLIMIT_CORE, &no_core);
  signal (WTERMSIG (self->status), SIG_DFL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  raise (WTERMSIG (self->status));
  /* As the first process of a container. */
  _exit (128 + WTERMSIG (self->status));
}

static void
reap (Supervisor *self)
{
  for (;;)
    {
      siginfo_t info = { 0 };
      int status;

      if (waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0)
        {
          if (errno == ECHILD)
            end (self);
          return;
        }
      if (info.si_pid == 0)
        return;

      /* What the library said of it came before its end. */
      while (hear_library (self))
        ;
      if (waitpid (info.si_pid, &status, WNOHANG | __WALL) == info.si_pid)
        take_end (self, info.si_pid, status);
    }
}

/* -- the loop -- */

static int64_t
get_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
get_timeout (const Supervisor *self)
{
  int64_t left;

  if (self->killing || self->signals < 0
      || (self->sweep_wanted && self->qemu_lives && self->qemu_fd < 0))
    return LOOK_AGAIN_MS;
  if (self->sweep_at == 0)
    return -1;

  left = self->sweep_at - get_time ();
  return left > 0 ? (int)left : 0;
}

/* The number may be another's by now. */
static bool
is_ours (const Supervisor *self, pid_t pid)
{
  char text[16];

  for (int i = 0; i < MAX_DEPTH && pid > 1; i++)
    {
      snprintf (text, sizeof text, "%d", (int)pid);
      pid = get_parent (text);
      if (pid == self->self)
        return true;
    }

  return false;
}

static void
compare_child (Supervisor *self, pid_t pid)
{
  if (pid == self->wanted)
    self->found = true;
}

static void
watch_qemu (Supervisor *self, pid_t pid)
{
  int fd = open_pidfd (pid);

  self->wanted = pid;
  self->found = is_ours (self, pid);
  /* What /proc hides of another user's is in the list of our children. */
  if (!self->found)
    for_each_child (self, compare_child);
  if (!self->found)
    {
      if (fd >= 0)
        close (fd);
      return;
    }

  self->qemu = pid;
  self->qemu_fd = fd;
  self->qemu_lives = true;
}

static void
obey (Supervisor *self, const QSupervisorMessage *message)
{
  switch ((QSupervisorMessageType)message->type)
    {
    case Q_SUPERVISOR_KILL:
      self->killing = true;
      memset (self->defiant, 0, sizeof self->defiant);
      break;
    case Q_SUPERVISOR_CHILD_FIRST:
      self->child_first = true;
      break;
    case Q_SUPERVISOR_RELEASE:
      self->program = 0;
      break;
    case Q_SUPERVISOR_SIGNAL:
      self->signal = message->value;
      if (self->child != 0)
        kill (-self->child, self->signal);
      else
        for_each_child (self, signal_child);
      break;
    case Q_SUPERVISOR_WATCH:
      watch_qemu (self, message->pid);
      break;
    case Q_SUPERVISOR_SWEEP:
      self->sweep_wanted = true;
      break;
    case Q_SUPERVISOR_STARTED:
    case Q_SUPERVISOR_ENDED:
    case Q_SUPERVISOR_QEMU_ENDED:
    case Q_SUPERVISOR_DEFIED:
      break;
    }
}

/* FALSE when there is nothing more to be heard now. */
static bool
hear_library (Supervisor *self)
{
  QSupervisorMessage message;
  ssize_t length;

  if (self->socket < 0)
    return false;

  length = recv (self->socket, &message, sizeof message, MSG_DONTWAIT);
  if (length == sizeof message)
    {
      obey (self, &message);
      return true;
    }
  if (length < 0 && errno == EINTR)
    return true;
  if (length < 0 && errno == EAGAIN)
    return false;

  close (self->socket);
  self->socket = -1;
  if (self->program != 0)
    self->killing = true;
  return false;
}

static void
kill_children (Supervisor *self)
{
  if (self->child_first && self->rest_at == 0)
    self->rest_at = get_time () + SWEEP_GRACE_MS;

  if (self->rest_at == 0 || get_time () >= self->rest_at)
    for_each_child (self, kill_child);
  else if (self->child != 0)
    kill_child (self, self->child);
}

static void
take_stock (Supervisor *self)
{
  reap (self);
  if (self->program != 0 && getppid () != self->program)
    self->killing = true;
  if (self->qemu_lives && self->qemu_fd < 0 && self->sweep_wanted)
    self->qemu_lives = is_ours (self, self->qemu);
  if (self->sweep_wanted && !self->qemu_lives && self->sweep_at == 0)
    self->sweep_at = get_time () + SWEEP_GRACE_MS;
  if (self->sweep_at != 0 && get_time () >= self->sweep_at)
    self->killing = self->naming = true;
  if (self->killing)
    kill_children (self);
}

static void
pass_on (Supervisor *self, int number)
{
  if (number == SIGCHLD || number == DEATH_SIGNAL)
    return;

  self->signal = number;
  if (self->child != 0)
    kill (self->child, number);
  else
    for_each_child (self, signal_child);
}

static void
supervise (Supervisor *self)
{
  for (;;)
    {
      struct pollfd watches[] = { { .fd = self->signals, .events = POLLIN },
                                  { .fd = self->socket, .events = POLLIN },
                                  { .fd = self->qemu_fd, .events = POLLIN },
                                  { .fd = self->input, .events = POLLRDHUP } };
      struct signalfd_siginfo info;

      while (hear_library (self))
        ;
      take_stock (self);
      if (poll (watches, 4, get_timeout (self)) < 0)
        continue;

      /* All that it says is said by the processes themselves. */
      if (watches[0].revents != 0 && read (self->signals, &info, sizeof info) < 0)
        continue;
      if (watches[0].revents != 0 && self->follows)
        pass_on (self, (int)info.ssi_signo);
      if (watches[2].revents != 0)
        {
          close (self->qemu_fd);
          self->qemu_fd = -1;
          self->qemu_lives = false;
        }
      if (watches[3].revents != 0)
        {
          self->input = -1;
          /* There may have been none. */
          self->killing |= (watches[3].revents & POLLNVAL) == 0;
        }
    }
}

static bool
set_up (Supervisor *self)
{
  sigset_t all;

  /* Who means QEMU tells it, and it is for us to see it end. */
  sigfillset (&all);
  sigprocmask (SIG_SETMASK, &all, NULL);
  /* The program may ignore it, and it would stay so: no status would be left for us. */
  signal (SIGCHLD, SIG_DFL);

  /* Away from the terminal: its keys are the program's. */
  if (!self->follows)
    setsid ();

  if (prctl (PR_SET_CHILD_SUBREAPER, 1) < 0
      || (self->program != 0 && prctl (PR_SET_PDEATHSIG, DEATH_SIGNAL) < 0))
    {
      fprintf (stderr, "qmachine-exec: cannot follow the processes: %s\n", strerror (errno));
      return false;
    }
  /* It may have died before the call above: then nobody would tell us any more. */
  return self->program == 0 || getppid () == self->program;
}

static bool
start_child (Supervisor *self, const char *keep, char *argv[])
{
  self->child = fork ();
  if (self->child == 0)
    run_child (self, keep, argv);
  if (self->child < 0)
    {
      fprintf (stderr, "qmachine-exec: cannot start %s: %s\n", argv[0], strerror (errno));
      return false;
    }

  /* Whoever comes first, as a signal for the group may be here before the child has run. */
  if (!self->follows)
    setpgid (self->child, self->child);
  return true;
}

static void
watch_signals (Supervisor *self)
{
  static const int passed_on[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
  sigset_t watched;

  sigemptyset (&watched);
  sigaddset (&watched, SIGCHLD);
  sigaddset (&watched, DEATH_SIGNAL);
  for (unsigned int i = 0; self->follows && i < sizeof passed_on / sizeof passed_on[0]; i++)
    sigaddset (&watched, passed_on[i]);
  self->signals = signalfd (-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Who looks for QEMU by its command line is to find QEMU. */
static void
hide_arguments (char *argv[])
{
  for (int i = 0; argv[i] != NULL; i++)
    memset (argv[i], 0, strlen (argv[i]));
}

static int
follow (char *argv[])
{
  /* Whose parent is outside of its namespace has none to follow. */
  Supervisor self = { .self = getpid (),
                      .program = getppid (),
                      .follows = true,
                      .socket = -1,
                      .qemu_fd = -1,
                      .input = STDIN_FILENO,
                      .sockets = argv };

  /* What hides the arguments later begins behind these. */
  while (*argv != NULL && names_socket (*argv))
    argv++;
  if (*argv == NULL || !set_up (&self) || !start_child (&self, "-", argv))
    {
      remove_sockets (&self);
      return CANNOT_EXECUTE;
    }

  close_from_to (STDERR_FILENO + 1, UINT_MAX);
  /* Whoever reads what the command writes is to see the end of it. */
  dup2 (STDERR_FILENO, STDOUT_FILENO);
  watch_signals (&self);
  hide_arguments (argv);
  supervise (&self);
  return 0;
}

int
main (int argc, char *argv[])
{
  Supervisor self = { .self = getpid (), .qemu_fd = -1, .input = -1 };

  if (argc == 5 && strcmp (argv[1], Q_TERMINAL_GUARD_OPTION) == 0)
    return q_terminal_guard_run (argv + 2);
  if (argc > 2 && strcmp (argv[1], FOLLOW_OPTION) == 0)
    return follow (argv + 2);
  if (argc < 5 || strcmp (argv[1], FOLLOW_OPTION) == 0)
    {
      fprintf (stderr,
               "usage: %s SOCKET PROGRAM_ID KEEP BINARY [ARGUMENT...]\n"
               "       %s " FOLLOW_OPTION " [" REMOVE_OPTION "SOCKET...] COMMAND [ARGUMENT...]\n",
               argv[0], argv[0]);
      return 2;
    }

  self.socket = (int)strtol (argv[1], NULL, 10);
  self.program = (pid_t)strtol (argv[2], NULL, 10);
  if (!set_up (&self) || !start_child (&self, argv[3], argv + 4))
    {
      tell (&self, Q_SUPERVISOR_ENDED, 0, CANNOT_EXECUTE << 8);
      return CANNOT_EXECUTE;
    }

  close_all_but (argv[1]);
  /* Whoever reads what the child writes is to see the end of it. */
  dup2 (STDERR_FILENO, STDIN_FILENO);
  dup2 (STDERR_FILENO, STDOUT_FILENO);
  watch_signals (&self);
  hide_arguments (argv + 4);
  supervise (&self);
}
