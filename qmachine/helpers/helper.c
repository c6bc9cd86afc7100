/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helpers/helper-private.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "helpers/listening-private.h"
#include "helpers/words-private.h"
#include "io/deadline-private.h"
#include "io/file-watch-private.h"
#include "io/io-thread-private.h"
#include "process/command-line-private.h"
#include "process/process-private.h"
#include "q-error.h"

/* What the program gets its listening socket as: the first number that is free. */
#define FD_NUMBER 3
#define FD_TEXT "3"

#define DEFAULT_START_MS 30000

/* So often it is looked within that time whether QEMU has connected. */
#define LIMIT_PARTS 8

/* One that is deaf to SIGTERM will be in a few seconds, too. */
#define TERM_GRACE_MS 3000

/* QEMU's end and a helper's that follows from it are told by two processes. */
#define DEATH_GRACE_MS 250

/* Between two looks whether it listens. */
#define FIRST_LOOK_MS 1
#define LAST_LOOK_MS 10

/* Of the log, as a file and in memory. */
#define MAX_LOG (1024 * 1024)
#define KEPT_LOG (256 * 1024)
#define LINES_IN_ERRORS 20

struct _QHelperCore
{
  gatomicrefcount ref_count;
  char *name;
  GStrv argv;
  GStrv qemu_args;
  char *qemu_device;
  gboolean shares_memory;
  gboolean takes_fd;   /* the library binds its socket */
  gboolean has_socket; /* it binds one itself, or takes one */
  QChanges *changes;

  GMutex lock; /* guards what follows, up to the empty line */
  int start_timeout;
  gint64 pid;
  char *socket_path;
  GStrv command_line;
  QExitKind exit_kind;
  int exit_code;
  QLog *log;

  /* I/O thread only. */
  const QHelperObserver *observer;
  gpointer user_data;
  gboolean is_prepared;
  gboolean exits_with_parent;
  gboolean is_ready;
  gboolean has_ended; /* in this launch */
  gboolean qemu_has_begun;
  gboolean is_stopping;
  gboolean end_is_expected;
  int limit;     /* ms, of this launch */
  guint n_parts; /* of it that QEMU was connected */
  int listener;
  guint look_ms;
  QProcess *process;
  QFileWatch *log_watch;
  GSource *look_source;
  GSource *limit_source;
  GSource *end_source; /* for force, or for whoever went with QEMU */
};

QHelperCore *
q_helper_core_new (const QHelperSpec *spec, QDispatcher *dispatcher)
{
  QHelperCore *self = g_new0 (QHelperCore, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->name = g_strdup (spec->name);
  self->argv = g_strdupv ((GStrv)spec->argv);
  self->qemu_args = g_strdupv ((GStrv)spec->qemu_args);
  self->qemu_device = g_strdup (spec->qemu_device);
  self->shares_memory = spec->shares_memory;
  self->takes_fd = q_helper_words_has (spec->argv, Q_HELPER_WORD_FD);
  self->has_socket = self->takes_fd || q_helper_words_has (spec->argv, Q_HELPER_WORD_SOCKET);
  self->changes = q_changes_new (dispatcher, self);
  g_mutex_init (&self->lock);
  self->start_timeout = DEFAULT_START_MS;
  self->listener = -1;

  return self;
}

QHelperCore *
q_helper_core_ref (QHelperCore *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
q_helper_core_unref (QHelperCore *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  /* A launch holds those that it has. */
  g_assert (!self->is_prepared);

  q_changes_unref (self->changes);
  g_clear_pointer (&self->log, q_log_unref);
  g_mutex_clear (&self->lock);
  g_free (self->socket_path);
  g_strfreev (self->command_line);
  g_strfreev (self->argv);
  g_strfreev (self->qemu_args);
  g_free (self->qemu_device);
  g_free (self->name);
  g_free (self);
}

void
q_helper_core_set_target (QHelperCore *self, GObject *target, QChangesFunc changed)
{
  q_changes_set_target (self->changes, target, changed);
}

/* -- what can be known of it -- */

const char *
q_helper_core_get_name (QHelperCore *self)
{
  return self->name;
}

const char *const *
q_helper_core_get_argv (QHelperCore *self)
{
  return (const char *const *)self->argv;
}

gboolean
q_helper_core_shares_memory (QHelperCore *self)
{
  return self->shares_memory;
}

gint64
q_helper_core_get_pid (QHelperCore *self)
{
  gint64 pid;

  g_mutex_lock (&self->lock);
  pid = self->pid;
  g_mutex_unlock (&self->lock);

  return pid;
}

char *
q_helper_core_dup_socket_path (QHelperCore *self)
{
  char *path;

  g_mutex_lock (&self->lock);
  path = g_strdup (self->socket_path);
  g_mutex_unlock (&self->lock);

  return path;
}

GStrv
q_helper_core_dup_command_line (QHelperCore *self)
{
  GStrv command_line;

  g_mutex_lock (&self->lock);
  command_line = g_strdupv (self->command_line);
  g_mutex_unlock (&self->lock);

  return command_line;
}

QExitKind
q_helper_core_get_exit (QHelperCore *self, int *exit_code)
{
  QExitKind kind;

  g_mutex_lock (&self->lock);
  kind = self->exit_kind;
  *exit_code = self->exit_code;
  g_mutex_unlock (&self->lock);

  return kind;
}

static QLog *
dup_log (QHelperCore *self)
{
  QLog *log;

  g_mutex_lock (&self->lock);
  log = self->log != NULL ? q_log_ref (self->log) : NULL;
  g_mutex_unlock (&self->lock);

  return log;
}

GBytes *
q_helper_core_dup_log (QHelperCore *self)
{
  g_autoptr (QLog) log = dup_log (self);

  return log != NULL ? q_log_read (log, KEPT_LOG) : NULL;
}

int
q_helper_core_get_start_timeout (QHelperCore *self)
{
  int timeout;

  g_mutex_lock (&self->lock);
  timeout = self->start_timeout;
  g_mutex_unlock (&self->lock);

  return timeout;
}

void
q_helper_core_set_start_timeout (QHelperCore *self, int timeout)
{
  g_mutex_lock (&self->lock);
  self->start_timeout = timeout;
  g_mutex_unlock (&self->lock);
}

static void
set_pid (QHelperCore *self, gint64 pid)
{
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = self->pid != pid;
  self->pid = pid;
  g_mutex_unlock (&self->lock);

  if (changed)
    q_changes_post (self->changes, Q_HELPER_CHANGE_PROCESS);
}

static void
set_exit (QHelperCore *self, QExitKind kind, int exit_code)
{
  g_mutex_lock (&self->lock);
  self->exit_kind = kind;
  self->exit_code = exit_code;
  g_mutex_unlock (&self->lock);

  q_changes_post (self->changes, Q_HELPER_CHANGE_EXIT);
}

/* -- messages -- */

static char *
describe_exit (QHelperCore *self)
{
  int exit_code;

  switch (q_helper_core_get_exit (self, &exit_code))
    {
    case Q_EXIT_KIND_EXITED:
    case Q_EXIT_KIND_SIGNALED:
      return q_process_describe_exit_code (exit_code);
    case Q_EXIT_KIND_UNKNOWN:
      return g_strdup ("has ended, and nobody knows how");
    case Q_EXIT_KIND_NONE:
    default:
      return NULL;
    }
}

static char *
describe_words (QHelperCore *self)
{
  g_autoptr (QLog) log = dup_log (self);
  g_auto (GStrv) command_line = q_helper_core_dup_command_line (self);
  g_autofree char *text = q_command_line_to_text ((const char *const *)command_line);
  g_autofree char *output = log != NULL ? q_log_dup_tail (log, LINES_IN_ERRORS) : g_strdup ("");

  if (output[0] == '\0')
    return g_strdup_printf ("Its command line: %s\nIts output: (none)", text);
  return g_strdup_printf ("Its command line: %s\nIts output:\n%s", text, output);
}

static GError *make_error (QHelperCore *self, GQuark domain, int code, const char *format, ...)
  G_GNUC_PRINTF (4, 5);

static GError *
make_error (QHelperCore *self, GQuark domain, int code, const char *format, ...)
{
  g_autofree char *words = describe_words (self);
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);

  return g_error_new (domain, code, "launch: the helper %s %s\n%s", self->name, what, words);
}

GError *
q_helper_core_describe_end (QHelperCore *self)
{
  g_autofree char *how = self->has_ended ? describe_exit (self) : NULL;

  if (how == NULL)
    return NULL;
  return make_error (self, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED, "%s", how);
}

char *
q_helper_core_explain (QHelperCore *self)
{
  g_autoptr (QLog) log = dup_log (self);
  g_autofree char *how = self->has_ended ? describe_exit (self) : NULL;
  g_autofree char *output = log != NULL ? q_log_dup_tail (log, LINES_IN_ERRORS) : g_strdup ("");

  if (how == NULL && output[0] == '\0')
    return NULL;
  return g_strdup_printf ("The helper %s %s; its output:%s%s", self->name,
                          how != NULL ? how : "runs", output[0] != '\0' ? "\n" : " (none)", output);
}

/* -- limits -- */

static void
clear_limits (QHelperCore *self)
{
  q_source_clear (&self->look_source);
  q_source_clear (&self->limit_source);
}

static void
fail_at_limit (QHelperCore *self, const char *what)
{
  clear_limits (self);
  self->observer->failed (self->user_data, make_error (self, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                                       "%s: not within its start-timeout of %d ms",
                                                       what, self->limit));
}

static gboolean
not_ready_cb (gpointer data)
{
  fail_at_limit (data, "does not listen at its socket");
  return G_SOURCE_REMOVE;
}

static void look_at_connection (QHelperCore *self);

static gboolean
look_at_connection_cb (gpointer data)
{
  QHelperCore *self = data;
  gboolean is_pending = q_listening_has_pending (self->listener);

  q_source_clear (&self->limit_source);
  /* A QEMU that is held up by somebody else has not come to it yet. */
  if (is_pending || q_listening_is_connected (self->socket_path))
    self->n_parts++;
  if (self->n_parts >= LIMIT_PARTS)
    fail_at_limit (self,
                   is_pending ? "does not accept QEMU's connection" : "has not let QEMU go on");
  else
    look_at_connection (self);
  return G_SOURCE_REMOVE;
}

static void
look_at_connection (QHelperCore *self)
{
  self->limit_source
    = q_io_thread_add_deadline (self->limit < 0 ? -1 : self->limit / LIMIT_PARTS + 1,
                                look_at_connection_cb, self, "qmachine-helper-limit");
}

void
q_helper_core_begin_limit (QHelperCore *self)
{
  self->qemu_has_begun = TRUE;
  if (!self->has_socket || self->has_ended)
    return;

  self->n_parts = 0;
  look_at_connection (self);
}

static void
close_listener (QHelperCore *self)
{
  if (self->listener >= 0)
    close (g_steal_fd (&self->listener));
}

void
q_helper_core_end_limit (QHelperCore *self)
{
  clear_limits (self);
  close_listener (self);
}

void
q_helper_core_expect_end (QHelperCore *self, gboolean expected)
{
  self->end_is_expected = expected;
}

void
q_helper_core_tell_death (QHelperCore *self)
{
  q_changes_post (self->changes, Q_HELPER_CHANGE_DIED);
}

/* -- its process -- */

static void
become_ready (QHelperCore *self)
{
  clear_limits (self);
  set_pid (self, q_process_get_pid (self->process));
  self->is_ready = TRUE;
  self->observer->ready (self->user_data);
}

static gboolean
look_cb (gpointer data)
{
  QHelperCore *self = data;

  q_source_clear (&self->look_source);
  if (q_listening_is_at (self->socket_path))
    {
      become_ready (self);
      return G_SOURCE_REMOVE;
    }

  self->look_ms = MIN (2 * self->look_ms, LAST_LOOK_MS);
  self->look_source
    = q_io_thread_add_timeout (self->look_ms, look_cb, self, "qmachine-helper-look");
  return G_SOURCE_REMOVE;
}

static void
started_cb (gpointer data)
{
  QHelperCore *self = data;

  set_pid (self, q_process_get_pid (self->process));
  if (!self->is_ready && (self->takes_fd || !self->has_socket))
    become_ready (self);
}

static gboolean
death_is_certain_cb (gpointer data)
{
  QHelperCore *self = data;

  q_source_clear (&self->end_source);
  if (!self->end_is_expected)
    self->observer->died (self->user_data, self);
  return G_SOURCE_REMOVE;
}

static void
take_end (QHelperCore *self)
{
  int exit_code = q_process_get_exit_code (self->process);

  if (self->has_ended)
    return;

  self->has_ended = TRUE;
  clear_limits (self);
  set_pid (self, 0);
  if (q_process_knows_exit_code (self->process))
    set_exit (self, exit_code < 0 ? Q_EXIT_KIND_SIGNALED : Q_EXIT_KIND_EXITED, exit_code);
  else
    set_exit (self, Q_EXIT_KIND_UNKNOWN, 0);

  if (self->is_stopping)
    return;
  if (!self->qemu_has_begun)
    self->observer->failed (self->user_data, q_helper_core_describe_end (self));
  else
    self->end_source = q_io_thread_add_timeout (DEATH_GRACE_MS, death_is_certain_cb, self,
                                                "qmachine-helper-death");
}

static void
child_ended_cb (gpointer data)
{
  QHelperCore *self = data;

  q_process_sweep (self->process);
  take_end (self);
}

static void
release_process (QHelperCore *self)
{
  if (self->is_stopping)
    {
      q_source_clear (&self->end_source);
      self->observer->gone (self->user_data);
    }
}

static void
exited_cb (gpointer data)
{
  QHelperCore *self = data;

  take_end (self);
  g_clear_pointer (&self->process, q_process_free);
  release_process (self);
}

static gboolean
give_up_cb (gpointer data)
{
  QHelperCore *self = data;

  g_clear_pointer (&self->process, q_process_detach);
  release_process (self);
  return G_SOURCE_REMOVE;
}

static void
defied_cb (gint64 pid, gpointer data)
{
  QHelperCore *self = data;

  g_warning ("helper %s: process %" G_GINT64_FORMAT
             " cannot be killed: it belongs to another user, and is left",
             self->name, pid);
  q_source_clear (&self->end_source);
  self->end_source = q_io_thread_add_timeout (0, give_up_cb, self, "qmachine-helper-defied");
}

static const QProcessCallbacks process_callbacks = {
  .started = started_cb,
  .child_ended = child_ended_cb,
  .exited = exited_cb,
  .defied = defied_cb,
};

static void
log_written_cb (gpointer data)
{
  QHelperCore *self = data;

  q_log_trim (self->log, MAX_LOG, KEPT_LOG);
}

gboolean
q_helper_core_start (QHelperCore *self, const QHelperObserver *observer, gpointer user_data,
                     GError **error)
{
  const QProcessFd fd = { .source = self->listener, .target = FD_NUMBER };
  QProcessSpec spec = {
    .argv = (const char *const *)self->command_line,
    .die_with_parent = self->exits_with_parent,
    .log = self->log,
    .fds = &fd,
    .n_fds = self->takes_fd ? 1 : 0,
  };
  g_autofree char *log_path = q_log_dup_link (self->log);

  self->observer = observer;
  self->user_data = user_data;
  self->process = q_process_check_program (self->argv[0], error)
                    ? q_process_spawn (&spec, &process_callbacks, self, error)
                    : NULL;
  if (self->process == NULL)
    {
      g_prefix_error (error, "the helper %s: ", self->name);
      return FALSE;
    }

  self->log_watch = q_file_watch_new (log_path, log_written_cb, self);
  self->limit_source
    = q_io_thread_add_deadline (self->limit, not_ready_cb, self, "qmachine-helper-limit");
  if (self->has_socket && !self->takes_fd)
    {
      self->look_ms = FIRST_LOOK_MS;
      self->look_source
        = q_io_thread_add_timeout (self->look_ms, look_cb, self, "qmachine-helper-look");
    }
  return TRUE;
}

gboolean
q_helper_core_is_ready (QHelperCore *self)
{
  return self->is_ready;
}

static gboolean
kill_cb (gpointer data)
{
  QHelperCore *self = data;

  q_source_clear (&self->end_source);
  q_process_kill (self->process);
  return G_SOURCE_REMOVE;
}

/* Whoever still tries to connect is told at once. */
gboolean
q_helper_core_stop (QHelperCore *self)
{
  clear_limits (self);
  q_source_clear (&self->end_source);
  if (self->process == NULL)
    return FALSE;

  self->is_stopping = TRUE;
  close_listener (self);
  q_process_signal (self->process, SIGTERM);
  self->end_source
    = q_io_thread_add_deadline (TERM_GRACE_MS, kill_cb, self, "qmachine-helper-stop");
  return TRUE;
}

/* -- a launch -- */

static char *
make_path (QLaunchParts *parts, guint number, const char *suffix)
{
  g_autofree char *name = g_strdup_printf ("helper%u%s", number, suffix);

  return g_build_filename (q_launch_parts_get_run_dir (parts), name, NULL);
}

static void
set_socket_path (QHelperCore *self, char *path)
{
  g_mutex_lock (&self->lock);
  g_free (self->socket_path);
  self->socket_path = path;
  g_mutex_unlock (&self->lock);

  q_changes_post (self->changes, Q_HELPER_CHANGE_SOCKET_PATH);
}

static gboolean
make_log (QHelperCore *self, char *path, GError **error)
{
  g_autofree char *owned = path;
  QLog *log = q_log_new (owned, error);

  if (log == NULL)
    return FALSE;

  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->log, q_log_unref);
  self->log = log;
  self->exit_kind = Q_EXIT_KIND_NONE;
  self->exit_code = 0;
  g_mutex_unlock (&self->lock);
  q_changes_post (self->changes, Q_HELPER_CHANGE_EXIT);

  return TRUE;
}

static void
add_to_qemu (QHelperCore *self, QLaunchParts *parts, const QHelperWords *words)
{
  g_autofree char *quoted_socket
    = words->socket != NULL ? q_command_line_quote (words->socket) : NULL;
  g_autofree char *quoted_dir = q_command_line_quote (words->run_dir);
  const QHelperWords quoted = { quoted_socket, NULL, quoted_dir };
  g_auto (GStrv) args = q_helper_words_fill_all ((const char *const *)self->qemu_args, &quoted);
  g_autofree char *device
    = self->qemu_device != NULL ? q_helper_words_fill (self->qemu_device, &quoted) : NULL;

  q_launch_parts_add_args (parts, (const char *const *)args);
  if (device != NULL)
    q_launch_parts_add_device (parts, device);
}

static gboolean
prepare_socket (QHelperCore *self, const char *path, GError **error)
{
  if (!self->takes_fd)
    return q_listening_check_path (path, error);

  self->listener = q_listening_make (path, error);
  return self->listener >= 0;
}

gboolean
q_helper_core_prepare (QHelperCore *self, guint number, QLaunchParts *parts, GError **error)
{
  g_autofree char *socket = self->has_socket ? make_path (parts, number, ".socket") : NULL;
  const QHelperWords words = { socket, FD_TEXT, q_launch_parts_get_run_dir (parts) };
  GStrv command_line;

  if (!make_log (self, make_path (parts, number, ".log"), error)
      || (socket != NULL && !prepare_socket (self, socket, error)))
    {
      g_prefix_error (error, "the helper %s: ", self->name);
      return FALSE;
    }

  self->is_prepared = TRUE;
  self->is_ready = self->has_ended = self->qemu_has_begun = FALSE;
  self->is_stopping = self->end_is_expected = FALSE;
  self->limit = q_helper_core_get_start_timeout (self);
  self->exits_with_parent = q_launch_parts_exits_with_parent (parts);
  add_to_qemu (self, parts, &words);
  command_line = q_helper_words_fill_all ((const char *const *)self->argv, &words);
  g_mutex_lock (&self->lock);
  g_strfreev (self->command_line);
  self->command_line = command_line;
  g_mutex_unlock (&self->lock);
  q_changes_post (self->changes, Q_HELPER_CHANGE_COMMAND_LINE);
  set_socket_path (self, g_steal_pointer (&socket));

  return TRUE;
}

void
q_helper_core_end (QHelperCore *self)
{
  clear_limits (self);
  q_source_clear (&self->end_source);
  g_clear_pointer (&self->log_watch, q_file_watch_free);
  close_listener (self);
  g_clear_pointer (&self->process, q_process_detach);
  set_pid (self, 0);
  set_socket_path (self, NULL);
  q_log_close (self->log, KEPT_LOG);
  self->observer = NULL;
  self->is_prepared = FALSE;
}
