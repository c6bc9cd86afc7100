/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/terminal-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "process/process-private.h"
#include "process/terminal-guard-private.h"

/* One end of a connection, by what it is. */
typedef enum
{
  KIND_NONBLOCKING, /* opened anew for this, so that the program's own descriptor stays as it is */
  KIND_SOCKET,
  KIND_TERMINAL, /* that cannot be opened anew: room for one byte is all that poll () promises */
  KIND_OTHER,
} Kind;

typedef struct
{
  int fd;
  Kind kind;
} End;

struct _QTerminal
{
  End input;
  End output;
  gboolean is_one;
  unsigned int device;
  char *name;

  gboolean raw;
  pid_t owner; /* the process that made it raw */
  struct termios saved;
  struct termios modes; /* raw ones */
  pid_t guard;
  int guard_fd; /* closed with this process, whatever ends it; -1 for none */
};

/* Those that are raw. */
static GMutex lock;
static GSList *terminals;

/* -- ends -- */

static Kind
find_kind (int fd, gboolean *may_reopen)
{
  struct stat status;
  unsigned int number;

  *may_reopen = FALSE;
  if (fstat (fd, &status) < 0)
    return KIND_OTHER;
  if (S_ISSOCK (status.st_mode))
    return KIND_SOCKET;
  if (S_ISCHR (status.st_mode) && isatty (fd))
    {
      /* The other side of one: to open that again makes another one. */
      *may_reopen = ioctl (fd, TIOCGPTN, &number) < 0;
      return KIND_TERMINAL;
    }
  *may_reopen = S_ISFIFO (status.st_mode);

  return KIND_OTHER;
}

static gboolean
open_end (End *self, int fd, int mode, const char *what, GError **error)
{
  gboolean may_reopen;
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);

  self->fd = -1;
  self->kind = find_kind (fd, &may_reopen);
  if (may_reopen)
    {
      int opened = open (path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

      if (opened >= 0)
        {
          /* Beyond the numbers that have a meaning for a child. */
          self->fd = fcntl (opened, F_DUPFD_CLOEXEC, 3);
          close (opened);
          self->kind = KIND_NONBLOCKING;
        }
    }
  if (self->fd < 0 && self->kind != KIND_NONBLOCKING)
    self->fd = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  if (self->fd >= 0)
    return TRUE;

  g_set_error (error, G_IO_ERROR, (gint)g_io_error_from_errno (errno),
               "interact: the %s, descriptor %d: %s", what, fd, g_strerror (errno));
  return FALSE;
}

static gboolean
is_ready (int fd, short events)
{
  struct pollfd end = { .fd = fd, .events = events };

  return poll (&end, 1, 0) > 0;
}

gssize
q_terminal_read (QTerminal *self, char *buffer, gsize size)
{
  End *end = &self->input;
  gssize n;

  do
    {
      if (end->kind == KIND_SOCKET)
        n = recv (end->fd, buffer, size, MSG_DONTWAIT);
      else if (end->kind == KIND_NONBLOCKING || is_ready (end->fd, POLLIN))
        n = read (end->fd, buffer, size);
      else
        {
          n = -1;
          errno = EAGAIN;
        }
    }
  while (n < 0 && errno == EINTR);

  return n;
}

gssize
q_terminal_write (QTerminal *self, const char *bytes, gsize length)
{
  End *end = &self->output;
  gssize n;

  do
    {
      if (end->kind == KIND_SOCKET)
        n = send (end->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
      else if (end->kind == KIND_NONBLOCKING)
        n = write (end->fd, bytes, length);
      else if (is_ready (end->fd, POLLOUT))
        n = write (end->fd, bytes, end->kind == KIND_TERMINAL ? 1 : MIN (length, 4096));
      else
        {
          n = -1;
          errno = EAGAIN;
        }
    }
  while (n < 0 && errno == EINTR);

  return n;
}

/* -- the guard -- */

static char *
write_modes (const struct termios *modes)
{
  GString *text = g_string_new (NULL);

  g_string_printf (text, "%x:%x:%x:%x:", modes->c_iflag, modes->c_oflag, modes->c_cflag,
                   modes->c_lflag);
  for (guint i = 0; i < Q_TERMINAL_GUARD_N_CHARS; i++)
    g_string_append_printf (text, "%x:", modes->c_cc[i]);

  return g_string_free (text, FALSE);
}

static gboolean
spawn_guard (QTerminal *self, int pipe_end, GError **error)
{
  g_autofree char *program = g_strdup_printf ("%d", (int)getpid ());
  g_autofree char *saved = write_modes (&self->saved);
  g_autofree char *raw = write_modes (&self->modes);
  const char *helper = q_process_get_helper (error);
  char *argv[] = { (char *)helper, (char *)Q_TERMINAL_GUARD_OPTION, program, saved, raw, NULL };
  posix_spawn_file_actions_t actions;
  int result;

  if (helper == NULL)
    return FALSE;

  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_adddup2 (&actions, self->input.fd, STDIN_FILENO);
  posix_spawn_file_actions_adddup2 (&actions, pipe_end, STDOUT_FILENO);
  result = posix_spawn (&self->guard, helper, &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy (&actions);
  if (result == 0)
    return TRUE;

  self->guard = 0;
  g_set_error (error, G_IO_ERROR, (gint)g_io_error_from_errno (result),
               "interact: %s, which is to guard the terminal %s: %s", helper, self->name,
               g_strerror (result));
  return FALSE;
}

static gboolean
start_guard (QTerminal *self, GError **error)
{
  int ends[2];
  gboolean started;

  if (!g_unix_open_pipe (ends, FD_CLOEXEC, error))
    {
      g_prefix_error (error, "interact: ");
      return FALSE;
    }

  started = spawn_guard (self, ends[0], error);
  close (ends[0]);
  if (started)
    self->guard_fd = ends[1];
  else
    close (ends[1]);

  return started;
}

/* Killed, so that nobody waits for one that cannot run. */
static void
stop_guard (QTerminal *self)
{
  siginfo_t info = { 0 };

  if (self->guard_fd >= 0)
    close (self->guard_fd);
  self->guard_fd = -1;
  if (self->guard == 0)
    return;

  /* A program that waits for any child may have reaped it, if somebody killed it. */
  if (waitid (P_PID, (id_t)self->guard, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
    {
      kill (self->guard, SIGKILL);
      while (waitpid (self->guard, NULL, 0) < 0 && errno == EINTR)
        ;
    }
  self->guard = 0;
}

/* -- modes -- */

static gboolean
has_modes (QTerminal *self)
{
  struct termios now;

  return tcgetattr (self->input.fd, &now) == 0 && now.c_iflag == self->modes.c_iflag
         && now.c_oflag == self->modes.c_oflag && now.c_lflag == self->modes.c_lflag;
}

/* In the background it may have those of a shell that reads a line there now. */
static void
give_back (QTerminal *self)
{
  if (q_terminal_is_in_foreground (self) || has_modes (self))
    tcsetattr (self->input.fd, TCSANOW, &self->saved);
}

/* A program that exits without an end of the call. The guard would come a moment later, when a
 * shell reads its next line. */
static void
restore_all (void)
{
  if (!g_mutex_trylock (&lock))
    return;

  for (GSList *l = terminals; l != NULL; l = l->next)
    {
      QTerminal *self = l->data;

      if (self->owner == getpid ())
        give_back (self);
    }
  g_mutex_unlock (&lock);
}

static gboolean
claim (QTerminal *self, GError **error)
{
  static gboolean at_exit;
  gboolean busy = FALSE;

  g_mutex_lock (&lock);
  for (GSList *l = terminals; l != NULL; l = l->next)
    busy = busy || ((QTerminal *)l->data)->device == self->device;
  if (!busy)
    terminals = g_slist_prepend (terminals, self);
  if (!at_exit)
    atexit (restore_all);
  at_exit = TRUE;
  g_mutex_unlock (&lock);

  if (busy)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                 "interact: the terminal %s has a console already", self->name);
  return !busy;
}

static void
unclaim (QTerminal *self)
{
  g_mutex_lock (&lock);
  terminals = g_slist_remove (terminals, self);
  g_mutex_unlock (&lock);
}

gboolean
q_terminal_make_raw (QTerminal *self, GError **error)
{
  if (!self->is_one)
    return TRUE;

  if (!q_terminal_is_in_foreground (self))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                   "interact: the program is in the background of the terminal %s", self->name);
      return FALSE;
    }
  if (tcgetattr (self->input.fd, &self->saved) < 0)
    {
      g_set_error (error, G_IO_ERROR, (gint)g_io_error_from_errno (errno),
                   "interact: the terminal %s: %s", self->name, g_strerror (errno));
      return FALSE;
    }
  self->modes = self->saved;
  cfmakeraw (&self->modes);
  self->owner = getpid ();
  if (!claim (self, error))
    return FALSE;
  self->raw = TRUE;
  if (!start_guard (self, error))
    {
      q_terminal_restore (self);
      return FALSE;
    }

  if (tcsetattr (self->input.fd, TCSANOW, &self->modes) < 0)
    {
      g_set_error (error, G_IO_ERROR, (gint)g_io_error_from_errno (errno),
                   "interact: the terminal %s cannot be made raw: %s", self->name,
                   g_strerror (errno));
      q_terminal_restore (self);
      return FALSE;
    }

  return TRUE;
}

void
q_terminal_keep_raw (QTerminal *self)
{
  if (self->raw && !has_modes (self))
    tcsetattr (self->input.fd, TCSANOW, &self->modes);
}

void
q_terminal_lend (QTerminal *self)
{
  if (self->raw && has_modes (self))
    tcsetattr (self->input.fd, TCSANOW, &self->saved);
}

void
q_terminal_restore (QTerminal *self)
{
  if (!self->raw || self->owner != getpid ())
    return;

  self->raw = FALSE;
  give_back (self);
  unclaim (self);
  stop_guard (self);
}

gboolean
q_terminal_is_in_foreground (QTerminal *self)
{
  pid_t group = self->is_one ? tcgetpgrp (self->input.fd) : -1;

  /* It fails where it is not the terminal of this session, and nobody has a background there. */
  return group <= 0 || group == getpgrp ();
}

/* -- beginning and end -- */

static void
look_at_input (QTerminal *self)
{
  struct stat status;
  char name[64];

  self->is_one = isatty (self->input.fd);
  if (!self->is_one)
    return;

  /* /dev/tty is another name for one. */
  if (ioctl (self->input.fd, TIOCGDEV, &self->device) < 0 && fstat (self->input.fd, &status) == 0)
    self->device = (unsigned int)status.st_rdev;
  self->name = g_strdup (ttyname_r (self->input.fd, name, sizeof name) == 0 ? name : "?");
}

QTerminal *
q_terminal_new (int input_fd, int output_fd, GError **error)
{
  g_autoptr (QTerminal) self = g_new0 (QTerminal, 1);

  self->guard_fd = -1;
  self->output.fd = -1;
  if (!open_end (&self->input, input_fd, O_RDONLY, "input", error)
      || !open_end (&self->output, output_fd, O_WRONLY, "output", error))
    return NULL;

  look_at_input (self);
  return g_steal_pointer (&self);
}

void
q_terminal_free (QTerminal *self)
{
  q_terminal_restore (self);
  if (self->input.fd >= 0)
    close (self->input.fd);
  if (self->output.fd >= 0)
    close (self->output.fd);
  g_free (self->name);
  g_free (self);
}

int
q_terminal_get_input_fd (QTerminal *self)
{
  return self->input.fd;
}

int
q_terminal_get_output_fd (QTerminal *self)
{
  return self->output.fd;
}

gboolean
q_terminal_is_one (QTerminal *self)
{
  return self->is_one;
}
