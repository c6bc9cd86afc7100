/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process-private.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/io-thread-private.h"
#include "io/watch-private.h"
#include "supervisor-private.h"

/* What a spawn of GLib's takes in passing, and a bit more. */
#define SPARE_FDS 8

/* The supervisor has ended when its socket has, and then waits to be reaped; but nobody may be
 * told of that in a program that takes the status away. */
#define REAP_MS 100

struct _QProcess
{
  GSubprocess *supervisor;
  GCancellable *cancellable; /* ends the wait for it */
  int socket;                /* -1 once it has ended */
  QWatch *watch;
  GSource *source; /* where that cannot be had, and then for its end to be reaped */
  gint64 pid;
  gboolean child_ended;
  gboolean reaped; /* the supervisor */
  gboolean exited;
  int exit_code;
  int qemu_signal; /* of which a QEMU that is not the child has died; 0 for none, or not known */
  const QProcessCallbacks *callbacks;
  gpointer user_data;
};

/* The helper lies beside the library in a build tree, and in libexec when installed; an
 * installation that was moved as a whole still has it at the same distance. */
static char *
find_helper (void)
{
  const char *override = g_getenv ("QMACHINE_EXEC_HELPER");
  Dl_info info;

  if (override != NULL)
    return g_strdup (override);

  if (dladdr ((gpointer)find_helper, &info) != 0 && info.dli_fname != NULL)
    {
      g_autofree char *dir = g_path_get_dirname (info.dli_fname);
      g_autofree char *beside = g_build_filename (dir, "qmachine-exec", NULL);

      if (g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer (&beside);

      if (!g_file_test (QMACHINE_HELPER_DIR "/qmachine-exec", G_FILE_TEST_IS_EXECUTABLE))
        {
          g_autofree char *moved = g_build_filename (dir, QMACHINE_HELPER_FROM_LIBDIR, NULL);

          if (g_file_test (moved, G_FILE_TEST_IS_EXECUTABLE))
            return g_steal_pointer (&moved);
        }
    }

  return g_strdup (QMACHINE_HELPER_DIR "/qmachine-exec");
}

const char *
q_process_get_helper (GError **error)
{
  static gsize once;
  static char *helper;

  if (g_once_init_enter (&once))
    {
      helper = find_helper ();
      g_once_init_leave (&once, 1);
    }

  if (!g_file_test (helper, G_FILE_TEST_IS_EXECUTABLE))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   "the helper program %s of this library is missing (QMACHINE_EXEC_HELPER in the "
                   "environment names another)",
                   helper);
      return NULL;
    }
  return helper;
}

gboolean
q_process_check_program (const char *program, GError **error)
{
  g_autofree char *path = NULL;

  if (program[0] == '\0')
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no program is named");
      return FALSE;
    }

  path = g_find_program_in_path (program);
  if (path != NULL)
    return TRUE;

  if (strchr (program, '/') == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s: there is no such program in PATH",
                 program);
  else if (!g_file_test (program, G_FILE_TEST_EXISTS))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s: there is no such file", program);
  else if (g_file_test (program, G_FILE_TEST_IS_DIR))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "%s: it is a directory", program);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "%s: it is not executable",
                 program);
  return FALSE;
}

static int
compare_targets (gconstpointer a, gconstpointer b)
{
  return ((const QProcessFd *)a)->target - ((const QProcessFd *)b)->target;
}

/* The list for the helper, which wants it sorted. */
static char *
format_kept_fds (const QProcessSpec *spec)
{
  g_autoptr (GString) list = g_string_new (NULL);
  g_autofree QProcessFd *sorted = NULL;

  if (spec->n_fds == 0)
    return g_strdup ("-");

  sorted = g_memdup2 (spec->fds, spec->n_fds * sizeof *spec->fds);
  qsort (sorted, spec->n_fds, sizeof *sorted, compare_targets);
  for (gsize i = 0; i < spec->n_fds; i++)
    g_string_append_printf (list, "%s%d", i > 0 ? "," : "", sorted[i].target);

  return g_string_free (g_steal_pointer (&list), FALSE);
}

/* A number that the child does not have. */
static int
find_free_target (const QProcessSpec *spec)
{
  int target = 3;

  for (gsize i = 0; i < spec->n_fds; i++)
    if (spec->fds[i].target == target)
      {
        target++;
        i = (gsize)-1; /* from the beginning */
      }

  return target;
}

/* Above all numbers that the child has. */
static int
get_number_above_targets (const QProcessSpec *spec)
{
  int number = 3;

  for (gsize i = 0; i < spec->n_fds; i++)
    number = MAX (number, spec->fds[i].target + 1);

  return number;
}

static int
dup_fd (int fd, GError **error)
{
  int copy;
  int saved_errno;

  copy = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0)
    {
      saved_errno = errno;
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                   "cannot hand over descriptor %d: %s", fd, g_strerror (saved_errno));
    }
  return copy;
}

static int
dup_standard_fd (const QProcessSpec *spec, int fd, GError **error)
{
  return spec->log != NULL ? q_log_dup_fd (spec->log, error) : dup_fd (fd, error);
}

static int
open_input (const QProcessSpec *spec, GError **error)
{
  int fd;
  int saved_errno;

  if (spec->stream != 0)
    return dup_fd (spec->stream, error);
  if (spec->input != 0)
    return dup_fd (spec->input, error);

  fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    {
      saved_errno = errno;
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                   "cannot open /dev/null: %s", g_strerror (saved_errno));
    }
  return fd;
}

/* GLib closes what became a standard descriptor after it has put the others in their places, and
 * must not close one of these. Takes over the descriptor; the copy may fail, as for any other. */
static int
move_above_targets (const QProcessSpec *spec, int fd)
{
  int moved = fcntl (fd, F_DUPFD_CLOEXEC, get_number_above_targets (spec));

  if (moved < 0)
    return fd;

  close (fd);
  return moved;
}

static gboolean
hand_over_fds (GSubprocessLauncher *launcher, const QProcessSpec *spec, GError **error)
{
  int log_fd;
  /* GLib would open it itself, and aborts when there is no descriptor left for it. */
  int input = open_input (spec, error);

  if (input < 0)
    return FALSE;
  g_subprocess_launcher_take_stdin_fd (launcher, move_above_targets (spec, input));

  log_fd = spec->stream != 0 ? dup_fd (spec->stream, error)
                             : dup_standard_fd (spec, spec->output, error);
  if (log_fd < 0)
    return FALSE;
  g_subprocess_launcher_take_stdout_fd (launcher, move_above_targets (spec, log_fd));

  log_fd = dup_standard_fd (spec, spec->error_output, error);
  if (log_fd < 0)
    return FALSE;
  g_subprocess_launcher_take_stderr_fd (launcher, move_above_targets (spec, log_fd));

  for (gsize i = 0; i < spec->n_fds; i++)
    {
      int fd = fcntl (spec->fds[i].source, F_DUPFD_CLOEXEC, 3);

      if (fd < 0)
        {
          int saved_errno = errno;

          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                       "cannot hand over descriptor %d: %s", spec->fds[i].target,
                       g_strerror (saved_errno));
          return FALSE;
        }
      g_subprocess_launcher_take_fd (launcher, fd, spec->fds[i].target);
    }

  return TRUE;
}

/* GLib aborts in the middle of a spawn that runs out of descriptors, so that must not happen to it:
 * it takes one for each that is handed over, above all the child's numbers, and some of its own. */
static gboolean
check_spare_fds (const QProcessSpec *spec, GError **error)
{
  g_autofree int *spare = g_new (int, spec->n_fds + SPARE_FDS);
  gsize n_wanted = spec->n_fds + SPARE_FDS;
  gsize n_spare = 0;
  int lowest = get_number_above_targets (spec);
  int saved_errno;

  while (n_spare < n_wanted
         && (spare[n_spare] = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, lowest)) >= 0)
    n_spare++;
  saved_errno = errno;
  for (gsize i = 0; i < n_spare; i++)
    close (spare[i]);
  if (n_spare == n_wanted)
    return TRUE;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
               "there are not enough descriptors left to start a process: %s",
               g_strerror (saved_errno));
  return FALSE;
}

/* -- the supervisor's words -- */

static void
close_socket (QProcess *self)
{
  g_clear_pointer (&self->watch, q_watch_free);
  q_source_clear (&self->source);
  if (self->socket >= 0)
    close (g_steal_fd (&self->socket));
}

static void
finish (QProcess *self)
{
  close_socket (self);
  g_cancellable_cancel (self->cancellable);
  self->exited = TRUE;
  self->callbacks->exited (self->user_data);
}

static gboolean
not_reaped_cb (gpointer data)
{
  finish (data);
  return G_SOURCE_REMOVE;
}

static void
wait_to_be_reaped (QProcess *self)
{
  close_socket (self);
  self->source = q_io_thread_add_timeout (REAP_MS, not_reaped_cb, self, "qmachine-reap");
}

static void
take_message (QProcess *self, const QSupervisorMessage *message)
{
  switch ((QSupervisorMessageType)message->type)
    {
    case Q_SUPERVISOR_STARTED:
      self->pid = message->pid;
      self->callbacks->started (self->user_data);
      break;
    case Q_SUPERVISOR_ENDED:
      self->child_ended = TRUE;
      self->exit_code
        = WIFSIGNALED (message->value) ? -WTERMSIG (message->value) : WEXITSTATUS (message->value);
      self->callbacks->child_ended (self->user_data);
      break;
    case Q_SUPERVISOR_QEMU_ENDED:
      if (WIFSIGNALED (message->value))
        self->qemu_signal = WTERMSIG (message->value);
      break;
    case Q_SUPERVISOR_DEFIED:
      self->callbacks->defied (message->pid, self->user_data);
      break;
    case Q_SUPERVISOR_KILL:
    case Q_SUPERVISOR_CHILD_FIRST:
    case Q_SUPERVISOR_WATCH:
    case Q_SUPERVISOR_RELEASE:
    case Q_SUPERVISOR_SIGNAL:
    case Q_SUPERVISOR_SWEEP:
      break;
    }
}

/* FALSE at the end. */
static gboolean
receive (QProcess *self)
{
  QSupervisorMessage message;
  gssize length;

  while ((length = recv (self->socket, &message, sizeof message, MSG_DONTWAIT))
         == (gssize)sizeof message)
    take_message (self, &message);

  return length < 0 && (errno == EAGAIN || errno == EINTR);
}

static gboolean
watch_cb (gpointer data)
{
  QProcess *self = data;

  if (receive (self))
    return G_SOURCE_CONTINUE;

  if (self->reaped)
    finish (self);
  else
    wait_to_be_reaped (self);
  return G_SOURCE_REMOVE;
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer data)
{
  return watch_cb (data);
}

static void
watch_socket (QProcess *self)
{
  self->watch = q_watch_new (self->socket, watch_cb, self);
  if (self->watch == NULL)
    self->source
      = q_io_thread_add_fd (self->socket, G_IO_IN, readable_cb, self, "qmachine-supervisor");
}

static void
reaped_cb (GObject *supervisor, GAsyncResult *result, gpointer data)
{
  QProcess *self = data;
  g_autoptr (GError) error = NULL;

  /* Nobody is interested any more, and what is behind the pointer is gone. */
  if (!g_subprocess_wait_finish (G_SUBPROCESS (supervisor), result, &error)
      && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self->reaped = TRUE;
  /* A child that the program forked meanwhile may hold the other end of the socket, which then
   * does not end with the supervisor. */
  if (self->socket >= 0)
    receive (self);
  finish (self);
}

static void
tell (QProcess *self, QSupervisorMessage message)
{
  /* Who is not there any more needs no telling. */
  if (self->socket >= 0)
    send (self->socket, &message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* -- the beginning -- */

gboolean
q_process_make_socket_pair (int ends[2], GError **error)
{
  int saved_errno;

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0)
    return TRUE;

  saved_errno = errno;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
               "cannot make the supervisor's socket: %s", g_strerror (saved_errno));
  return FALSE;
}

static void
set_environment (GSubprocessLauncher *launcher, const char *const *environment)
{
  for (gsize i = 0; environment != NULL && environment[i] != NULL; i++)
    {
      const char *value = strchr (environment[i], '=') + 1;
      g_autofree char *name = g_strndup (environment[i], value - 1 - environment[i]);

      g_subprocess_launcher_setenv (launcher, name, value, TRUE);
    }
}

GSubprocess *
q_process_spawn_supervisor (const QProcessSpec *spec, int socket, GError **error)
{
  /* Inheriting, no directory, no child-setup: the conditions of GLib's posix_spawn path. What the
   * child must not have, the helper closes. */
  g_autoptr (GSubprocessLauncher) launcher
    = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_INHERIT_FDS);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  int target = find_free_target (spec);
  g_autofree char *number = g_strdup_printf ("%d", target);
  g_autofree char *program = g_strdup_printf ("%d", spec->die_with_parent ? (int)getpid () : 0);
  g_autofree char *kept_fds = format_kept_fds (spec);
  const char *helper = q_process_get_helper (error);

  g_subprocess_launcher_take_fd (launcher, socket, target);
  set_environment (launcher, spec->environment);
  if (helper == NULL || !hand_over_fds (launcher, spec, error) || !check_spare_fds (spec, error))
    return NULL;

  g_ptr_array_add (argv, (char *)helper);
  g_ptr_array_add (argv, number);
  g_ptr_array_add (argv, program);
  g_ptr_array_add (argv, kept_fds);
  for (gsize i = 0; spec->argv[i] != NULL; i++)
    g_ptr_array_add (argv, (char *)spec->argv[i]);
  g_ptr_array_add (argv, NULL);

  return g_subprocess_launcher_spawnv (launcher, (const char *const *)argv->pdata, error);
}

QProcess *
q_process_spawn (const QProcessSpec *spec, const QProcessCallbacks *callbacks, gpointer user_data,
                 GError **error)
{
  g_autoptr (GSubprocess) supervisor = NULL;
  QProcess *self;
  int ends[2];

  if (!q_process_make_socket_pair (ends, error))
    return NULL;
  supervisor = q_process_spawn_supervisor (spec, ends[1], error);
  if (supervisor == NULL)
    {
      close (ends[0]);
      return NULL;
    }

  self = g_new0 (QProcess, 1);
  self->callbacks = callbacks;
  self->user_data = user_data;
  self->socket = ends[0];
  self->supervisor = g_steal_pointer (&supervisor);
  self->cancellable = g_cancellable_new ();
  watch_socket (self);
  g_subprocess_wait_async (self->supervisor, self->cancellable, reaped_cb, self);

  return self;
}

/* -- the end -- */

static void
process_free (QProcess *self)
{
  close_socket (self);
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  /* GLib reaps it, should it still be there. */
  g_object_unref (self->supervisor);
  g_free (self);
}

void
q_process_free (QProcess *self)
{
  g_assert (self->exited);

  process_free (self);
}

void
q_process_detach (QProcess *self)
{
  tell (self, (QSupervisorMessage){ .type = Q_SUPERVISOR_RELEASE });
  process_free (self);
}

gint64
q_process_get_pid (QProcess *self)
{
  QSupervisorMessage first;

  /* What the child did may have been heard of before what the supervisor has told. */
  if (self->pid == 0 && self->socket >= 0
      && recv (self->socket, &first, sizeof first, MSG_DONTWAIT | MSG_PEEK) == (gssize)sizeof first
      && first.type == Q_SUPERVISOR_STARTED)
    self->pid = first.pid;

  return self->pid;
}

gboolean
q_process_is_child_alive (QProcess *self)
{
  return !self->child_ended;
}

void
q_process_signal (QProcess *self, int signal_number)
{
  tell (self, (QSupervisorMessage){ .type = Q_SUPERVISOR_SIGNAL, .value = signal_number });
}

void
q_process_kill (QProcess *self)
{
  tell (self, (QSupervisorMessage){ .type = Q_SUPERVISOR_KILL });
  /* Somebody may have stopped it. */
  g_subprocess_send_signal (self->supervisor, SIGCONT);
}

void
q_process_kill_child_first (QProcess *self)
{
  tell (self, (QSupervisorMessage){ .type = Q_SUPERVISOR_CHILD_FIRST });
}

void
q_process_watch (QProcess *self, gint64 qemu_pid)
{
  tell (self, (QSupervisorMessage){ .type = Q_SUPERVISOR_WATCH, .pid = (int32_t)qemu_pid });
}

int
q_process_get_qemu_signal (QProcess *self)
{
  return self->qemu_signal;
}

void
q_process_sweep (QProcess *self)
{
  tell (self, (QSupervisorMessage){ .type = Q_SUPERVISOR_SWEEP });
}

gboolean
q_process_knows_exit_code (QProcess *self)
{
  return self->child_ended;
}

int
q_process_get_exit_code (QProcess *self)
{
  return self->exit_code;
}

char *
q_process_describe_exit_code (int exit_code)
{
  if (exit_code < 0)
    return g_strdup_printf ("was killed by signal %d (%s)", -exit_code, g_strsignal (-exit_code));

  return g_strdup_printf ("exited with status %d", exit_code);
}
