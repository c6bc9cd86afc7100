/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process-private.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "process-group-private.h"

/* What a spawn of GLib's takes in passing, and a bit more. */
#define SPARE_FDS 8

struct _QProcess
{
  GSubprocess *subprocess;
  gint64 pid;
  gboolean own_group;
  gboolean reaped;
  gboolean detached;     /* nobody is interested any more */
  GSource *group_source; /* looks whether the rest of the group is gone, too */
  guint n_group_checks;
  int exit_code;
  QProcessExitFunc exited;
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

static const char *
get_helper (GError **error)
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

static gboolean
hand_over_fds (GSubprocessLauncher *launcher, const QProcessSpec *spec, GError **error)
{
  int null_fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  int log_fd;

  /* GLib would open it itself, and aborts when there is no descriptor left for it. */
  if (null_fd < 0)
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                   "cannot open /dev/null: %s", g_strerror (saved_errno));
      return FALSE;
    }
  g_subprocess_launcher_take_stdin_fd (launcher, null_fd);

  log_fd = q_log_dup_fd (spec->log, error);
  if (log_fd < 0)
    return FALSE;
  g_subprocess_launcher_take_stdout_fd (launcher, log_fd);

  log_fd = q_log_dup_fd (spec->log, error);
  if (log_fd < 0)
    return FALSE;
  g_subprocess_launcher_take_stderr_fd (launcher, log_fd);

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
 * it takes one for each that is handed over, and some of its own. */
static gboolean
check_spare_fds (const QProcessSpec *spec, GError **error)
{
  g_autofree int *spare = g_new (int, spec->n_fds + SPARE_FDS);
  gsize n_wanted = spec->n_fds + SPARE_FDS;
  gsize n_spare = 0;
  int saved_errno;

  while (n_spare < n_wanted && (spare[n_spare] = q_log_dup_fd (spec->log, NULL)) >= 0)
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

/* A wrapper may die of a signal that its QEMU takes time to obey, or is deaf to. */
#define GROUP_CHECK_MS 20
#define GROUP_GRACE_MS 5000

static gboolean
check_group_cb (gpointer data)
{
  QProcess *self = data;

  /* The number stays the group's for as long as it has members. */
  if (q_process_group_is_alive ((pid_t)self->pid))
    {
      if (++self->n_group_checks < GROUP_GRACE_MS / GROUP_CHECK_MS)
        return G_SOURCE_CONTINUE;
      kill (-(pid_t)self->pid, SIGKILL);
    }

  g_clear_pointer (&self->group_source, g_source_unref);
  self->exited (self->user_data);
  return G_SOURCE_REMOVE;
}

static void
wait_for_group (QProcess *self)
{
  self->group_source = g_timeout_source_new (GROUP_CHECK_MS);
  g_source_set_callback (self->group_source, check_group_cb, self, NULL);
  g_source_set_static_name (self->group_source, "qmachine-group");
  g_source_attach (self->group_source, g_main_context_get_thread_default ());
}

static void
reaped_cb (GObject *subprocess, GAsyncResult *result, gpointer data)
{
  QProcess *self = data;

  /* Without a cancellable it cannot fail. */
  g_subprocess_wait_finish (G_SUBPROCESS (subprocess), result, NULL);

  self->reaped = TRUE;
  if (g_subprocess_get_if_signaled (self->subprocess))
    self->exit_code = -g_subprocess_get_term_sig (self->subprocess);
  else if (g_subprocess_get_if_exited (self->subprocess))
    self->exit_code = g_subprocess_get_exit_status (self->subprocess);

  if (self->detached)
    q_process_free (self);
  else if (self->own_group && self->pid > 0 && q_process_group_is_alive ((pid_t)self->pid))
    wait_for_group (self);
  else
    self->exited (self->user_data);
}

QProcess *
q_process_spawn (const QProcessSpec *spec, QProcessExitFunc exited, gpointer user_data,
                 GError **error)
{
  /* Inheriting, no directory, no child-setup: the conditions of GLib's posix_spawn path. What the
   * child must not have, the helper closes. */
  g_autoptr (GSubprocessLauncher) launcher
    = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_INHERIT_FDS);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *parent = g_strdup_printf ("%d", spec->die_with_parent ? (int)getpid () : 0);
  g_autofree char *kept_fds = format_kept_fds (spec);
  g_autoptr (GSubprocess) subprocess = NULL;
  const char *helper = get_helper (error);
  const char *pid;
  QProcess *self;

  if (helper == NULL || !hand_over_fds (launcher, spec, error) || !check_spare_fds (spec, error))
    return NULL;

  g_ptr_array_add (argv, (char *)helper);
  g_ptr_array_add (argv, parent);
  g_ptr_array_add (argv, kept_fds);
  g_ptr_array_add (argv, (char *)(spec->own_group ? "group" : "-"));
  for (gsize i = 0; spec->argv[i] != NULL; i++)
    g_ptr_array_add (argv, (char *)spec->argv[i]);
  g_ptr_array_add (argv, NULL);

  subprocess = g_subprocess_launcher_spawnv (launcher, (const char *const *)argv->pdata, error);
  if (subprocess == NULL)
    return NULL;

  self = g_new0 (QProcess, 1);
  self->own_group = spec->own_group;
  self->exited = exited;
  self->user_data = user_data;
  /* None when it has ended and been reaped already. */
  pid = g_subprocess_get_identifier (subprocess);
  self->pid = pid != NULL ? g_ascii_strtoll (pid, NULL, 10) : 0;
  self->subprocess = g_steal_pointer (&subprocess);
  g_subprocess_wait_async (self->subprocess, NULL, reaped_cb, self);

  return self;
}

void
q_process_free (QProcess *self)
{
  g_assert (self->reaped);

  g_object_unref (self->subprocess);
  g_free (self);
}

void
q_process_detach (QProcess *self)
{
  if (self->group_source == NULL)
    {
      self->detached = TRUE;
      return;
    }

  /* A wrapper that has left its QEMU alone: there is nothing to reap any more. */
  g_source_destroy (self->group_source);
  g_clear_pointer (&self->group_source, g_source_unref);
  q_process_free (self);
}

gint64
q_process_get_pid (QProcess *self)
{
  return self->pid;
}

void
q_process_signal (QProcess *self, int signal_number)
{
  /* Until it is reaped the number is its own, and its group's. Before the helper has made the
   * group there is none of that number, and only the helper itself to be told. */
  if (self->own_group && self->pid > 0
      && (self->reaped || g_subprocess_get_identifier (self->subprocess) != NULL))
    kill (-(pid_t)self->pid, signal_number);
  g_subprocess_send_signal (self->subprocess, signal_number);
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
