/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>

#include "io/deadline-private.h"
#include "io/io-thread-private.h"
#include "process/command-line-private.h"

/* One launch: what it is, and how it ends. Its beginning is in start.c, its stopping in stop.c. */

#define LOG_LINES_IN_ERRORS 20

/* The last words of a monitor are there before the child can be reaped; only somebody who holds
 * its end of the socket open can make us wait. */
#define LAST_WORDS_MS 1000

#define MAX_KEPT_LOG (16 * 1024 * 1024)

QLaunch *
q_launch_new (QLaunchState *state, QLaunchConfig *config, QOperation *operation)
{
  QLaunch *self = g_new0 (QLaunch, 1);

  self->state = q_launch_state_ref (state);
  self->config = config;
  self->consoles = g_new0 (QLaunchConsoleSocket, config->consoles->len);
  self->plugs = g_ptr_array_new_with_free_func ((GDestroyNotify)q_plug_free);
  self->cancellable = g_cancellable_new ();
  self->prelude_fd = -1;
  g_queue_init (&self->exit_waiters);
  g_queue_init (&self->state_waiters);
  g_queue_init (&self->failed_calls);
  self->launch_op = operation;

  return self;
}

QSession *
q_launch_get_session (QLaunch *self)
{
  return self != NULL && self->phase == Q_LAUNCH_RUNNING ? self->session : NULL;
}

gboolean
q_launch_is_running (QLaunch *self)
{
  return self != NULL && self->phase == Q_LAUNCH_RUNNING;
}

QQtestStream *
q_launch_get_qtest (QLaunch *self)
{
  return self->qtest;
}

static char *
describe (const char *const *command_line, QLog *log)
{
  g_autofree char *text
    = command_line != NULL ? q_command_line_to_text (command_line) : g_strdup ("(none)");
  g_autofree char *output = log != NULL ? q_log_dup_tail (log, LOG_LINES_IN_ERRORS) : g_strdup ("");

  if (output[0] == '\0')
    return g_strdup_printf ("Command line: %s\nOutput: (none)", text);
  return g_strdup_printf ("Command line: %s\nOutput:\n%s", text, output);
}

char *
q_launch_describe (QLaunch *self)
{
  return describe ((const char *const *)self->command_line, self->log);
}

QLaunchEnd *
q_launch_end_new (QLaunchState *state)
{
  QLaunchEnd *end = g_new0 (QLaunchEnd, 1);
  g_auto (GStrv) command_line = q_launch_state_dup_command_line (state);
  g_autoptr (QLog) log = q_launch_state_dup_log (state);
  g_autofree char *how = q_launch_state_describe_exit (state);
  g_autofree char *description = describe ((const char *const *)command_line, log);

  end->exit_kind = q_launch_state_get_exit_kind (state);
  end->exit_code = q_launch_state_get_exit_code (state);
  end->text = g_strdup_printf ("QEMU %s\n%s", how, description);

  return end;
}

void
q_launch_end_free (gpointer data)
{
  QLaunchEnd *end = data;

  g_free (end->text);
  g_free (end);
}

/* -- failure -- */

void
q_launch_fail (QLaunch *self, GError *error)
{
  /* The first cause counts; what follows from it does not. */
  if (self->launch_error == NULL)
    self->launch_error = error;
  else
    g_error_free (error);

  /* Only its last words are awaited, and the end of them is that of the launch. */
  if (self->phase == Q_LAUNCH_ENDING)
    {
      q_session_close (self->session, NULL);
      return;
    }

  q_source_clear (&self->retry_source);
  q_source_clear (&self->linger_source);
  g_cancellable_cancel (self->cancellable);
  if (self->session != NULL)
    q_session_close (self->session, NULL);

  if (self->process != NULL)
    q_launch_send_kill (self);
  else if (self->n_calls == 0)
    q_launch_finish (self);
}

/* With what the child said, which mostly tells why. */
void
q_launch_fail_with_output (QLaunch *self, GError *error)
{
  g_autofree char *description = q_launch_describe (self);
  g_autoptr (GString) text = g_string_new (error->message);

  g_string_append_printf (text, "\n%s", description);
  q_launch_explain (self, text);
  q_launch_fail (self, g_error_new_literal (error->domain, error->code, text->str));
  g_error_free (error);
}

/* -- the end -- */

void
q_launch_send_kill (QLaunch *self)
{
  q_source_clear (&self->stop_source);
  self->stop_step = Q_STOP_KILL;
  self->forced = TRUE;
  self->signal_expected = TRUE;
  if (self->session != NULL)
    q_session_expect_end (self->session);
  if (self->process != NULL)
    q_process_kill (self->process);
}

gboolean
q_launch_is_far (QLaunch *self)
{
  return self->config->monitor_mode == Q_MONITOR_MODE_STDIO && self->config->wrapper != NULL
         && self->config->wrapper[0] != NULL;
}

static gboolean
has_open_session (QLaunch *self)
{
  return self->session != NULL && q_session_get_state (self->session) != Q_MONITOR_STATE_CLOSED;
}

/* QEMU's own, as soon as it is known, and the child's otherwise. */
void
q_launch_find_pid (QLaunch *self)
{
  gint64 child_pid = q_process_get_pid (self->process);
  gint64 pid = child_pid;

  if (self->qemu_pid == 0 && self->session != NULL)
    {
      self->qemu_pid = q_session_get_peer_pid (self->session);
      if (self->qemu_pid != 0 && self->qemu_pid != child_pid)
        q_process_watch (self->process, self->qemu_pid);
    }
  if (self->qemu_pid != 0)
    pid = self->qemu_pid;

  if (pid != q_launch_state_get_pid (self->state))
    q_launch_state_set_pid (self->state, pid);
}

/* A wrapper may end before its QEMU. Without its number that has a monitor, or is about to have
 * one unless the wrapper has failed. */
static gboolean
is_qemu_over (QLaunch *self)
{
  if (self->qemu_pid != 0)
    return TRUE; /* or the supervisor will see it end */
  if (self->phase == Q_LAUNCH_NEGOTIATING)
    return q_process_get_exit_code (self->process) != 0;
  return !has_open_session (self);
}

void
q_launch_sweep (QLaunch *self)
{
  if (self->process == NULL || q_process_is_child_alive (self->process))
    return;

  q_launch_find_pid (self);
  if (is_qemu_over (self))
    q_process_sweep (self->process);
}

static gboolean
last_words_cb (gpointer data)
{
  QLaunch *self = data;

  q_source_clear (&self->linger_source);
  /* Its `ended` callback finishes us. */
  q_session_close (self->session, NULL);
  return G_SOURCE_REMOVE;
}

static void
clear_sources (QLaunch *self)
{
  q_source_clear (&self->stop_source);
  q_source_clear (&self->retry_source);
  q_source_clear (&self->linger_source);
  q_source_clear (&self->hang_up_source);
  q_source_clear (&self->status_source);
  q_source_clear (&self->detach_source);
}

void
q_launch_process_exited (QLaunch *self)
{
  self->phase = Q_LAUNCH_ENDING;
  g_clear_pointer (&self->process, q_process_free);
  clear_sources (self);

  if (has_open_session (self))
    self->linger_source
      = q_io_thread_add_deadline (LAST_WORDS_MS, last_words_cb, self, "qmachine-last-words");
  else
    q_launch_finish (self);
}

void
q_launch_let_live (QLaunch *self)
{
  self->detached = TRUE;
  self->phase = Q_LAUNCH_ENDING;
  q_process_detach (g_steal_pointer (&self->process));

  /* Its `ended` callback finishes us. */
  if (has_open_session (self))
    q_session_close (self->session, NULL);
  else
    q_launch_finish (self);
}

/* What happened to it, also behind a wrapper that makes nothing of it. */
static char *
describe_qemus_end (QLaunch *self)
{
  g_autofree char *childs = q_launch_state_describe_exit (self->state);
  g_autofree char *qemus = NULL;

  if (self->qemu_signal == 0)
    return g_steal_pointer (&childs);

  qemus = q_process_describe_exit_code (-self->qemu_signal);
  return g_strdup_printf ("%s, and its wrapper %s", qemus, childs);
}

/* The far side follows the end of the wrapper, or does not. */
#define LOST_SIGHT "that was its wrapper, and whether QEMU has ended where it ran is not known here"

static gboolean
has_lost_sight (QLaunch *self)
{
  return self->forced && q_launch_is_far (self);
}

static GError *
describe_abnormal_end (QLaunch *self)
{
  int exit_code = q_launch_state_get_exit_code (self->state);
  g_autofree char *how = NULL;
  g_autofree char *description = NULL;

  if (!self->forced && q_launch_state_get_exit_kind (self->state) == Q_EXIT_KIND_EXITED
      && self->qemu_signal == 0)
    return NULL;
  /* SIGTERM is how a machine without a monitor is asked. */
  if (!self->forced && self->stop_step == Q_STOP_TERM && (exit_code == -SIGTERM || exit_code >= 0)
      && (self->qemu_signal == SIGTERM || self->qemu_signal == 0))
    return NULL;

  how = describe_qemus_end (self);
  description = q_launch_describe (self);
  return g_error_new (Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN,
                      "shutdown: QEMU %s%s%s\n%s",
                      self->forced ? "did not quit when asked, and " : "", how,
                      has_lost_sight (self) ? "; " LOST_SIGHT : "", description);
}

static void
warn_of_crash (QLaunch *self)
{
  g_autofree char *how = NULL;
  g_autofree char *command_line = NULL;

  gboolean exited_well
    = q_launch_state_get_exit_kind (self->state) == Q_EXIT_KIND_EXITED && self->qemu_signal == 0;

  if (exited_well || self->signal_expected)
    return;

  how = describe_qemus_end (self);
  command_line = q_command_line_to_text ((const char *const *)self->command_line);
  g_warning ("%s %s; its command line was: %s", q_launch_is_far (self) ? "QEMU's wrapper" : "QEMU",
             how, command_line);
}

/* Somebody else may have taken the place meanwhile; numbers of files are given away again, so the
 * time of its making counts, too: not the last change, for the program may have changed its mode
 * or its owner. A launch that failed early does not know the file, but the place was free. */
static gboolean
is_our_socket (QLaunch *self, const GStatBuf *info)
{
  const GStatBuf *ours = &self->socket_info;

  return ours->st_ino == 0
         || (info->st_ino == ours->st_ino && info->st_dev == ours->st_dev
             && info->st_mtim.tv_sec == ours->st_mtim.tv_sec
             && info->st_mtim.tv_nsec == ours->st_mtim.tv_nsec);
}

char *
q_launch_describe_end (QLaunch *self, const char *description, gboolean *exited)
{
  g_autofree char *how = NULL;

  *exited = FALSE;
  if (self->detached)
    return g_strdup ("the machine was detached");
  if (q_launch_state_get_exit_kind (self->state) == Q_EXIT_KIND_NONE)
    return g_strdup ("the launch failed");

  *exited = TRUE;
  how = q_launch_state_describe_exit (self->state);
  return g_strdup_printf ("QEMU %s\n%s", how, description);
}

static void
clear_resources (QLaunch *self, const char *description)
{
  gboolean exited;
  g_autofree char *end = q_launch_describe_end (self, description, &exited);
  GStatBuf info;

  clear_sources (self);

  if (self->session != NULL)
    {
      q_session_set_owner_reason (
        self->session,
        g_error_new_literal (Q_MACHINE_ERROR,
                             exited ? Q_MACHINE_ERROR_EXITED : Q_MACHINE_ERROR_NOT_RUNNING, end));
      q_session_unobserve (self->session);
      q_session_give_up_open (self->session);
      q_launch_state_take_queues (self->state, self->session);
    }
  g_clear_object (&self->connection);
  if (self->listener != NULL)
    g_socket_close (self->listener, NULL);
  g_clear_object (&self->listener);

  q_launch_end_hooks (self);
  q_launch_close_sockets (self, exited, end);
  q_socket_paths_end (self->config->socket_paths, self->detached);

  if (self->prelude_fd >= 0)
    close (g_steal_fd (&self->prelude_fd));
  g_clear_pointer (&self->log_lines, q_log_lines_finish);
  if (self->log != NULL)
    {
      if (has_lost_sight (self))
        q_log_append (self->log, "qmachine: QEMU was to be killed; " LOST_SIGHT "\n");
      if (!self->detached)
        q_log_unlock (self->log);
      q_log_close (self->log, MAX_KEPT_LOG);
    }
  /* The monitor's socket is what somebody else may still need. */
  if (self->detached
      && (self->keeps_run_dir
          || (self->config->monitor_address == NULL
              && self->config->monitor_mode != Q_MONITOR_MODE_NONE)))
    g_clear_pointer (&self->run_dir, q_run_dir_leave);
  else if (self->run_dir != NULL)
    q_launch_state_set_run_dir (self->state, NULL);

  /* QEMU does it itself, unless it was killed. */
  if (!self->detached && self->socket_path != NULL && g_lstat (self->socket_path, &info) == 0
      && S_ISSOCK (info.st_mode) && is_our_socket (self, &info))
    g_unlink (self->socket_path);
  g_clear_pointer (&self->run_dir, q_run_dir_free);
}

static void
launch_free (QLaunch *self)
{
  g_clear_object (&self->cancellable);
  g_clear_error (&self->launch_error);
  g_clear_pointer (&self->log, q_log_unref);
  g_clear_pointer (&self->command_line, g_strfreev);
  g_clear_pointer (&self->config, q_launch_config_free);
  g_free (self->socket_path);
  q_launch_state_unref (self->state);
  g_ptr_array_unref (self->plugs);
  g_clear_pointer (&self->child_fds, g_array_unref);
  g_free (self->consoles);
  g_free (self);
}

static void
finish (QLaunch *self)
{
  gboolean was_launched = self->launch_op == NULL && self->launch_error == NULL;
  g_autofree char *description = q_launch_describe (self);
  g_autoptr (GError) abnormal = NULL;

  clear_resources (self, description);
  g_clear_pointer (&self->session, q_session_unref);
  q_launch_state_set_pid (self->state, 0);
  q_launch_end_run_state (self);
  q_launch_state_set_state (self->state, Q_MACHINE_STATE_STOPPED);
  q_launch_state_set_launch (self->state, NULL);

  if (was_launched && !self->detached)
    {
      warn_of_crash (self);
      abnormal = describe_abnormal_end (self);
      /* A program may quit when it hears of the end, and should have heard of its calls then. */
      q_launch_tell_failed_calls (self, description);
      q_launch_state_post_exited (self->state);
    }
  else if (self->launch_op != NULL)
    {
      GError *cause = g_steal_pointer (&self->launch_error);

      if (has_lost_sight (self))
        {
          g_autoptr (GError) told = cause;

          cause = g_error_new (told->domain, told->code, "%s\nQEMU was to be killed; " LOST_SIGHT,
                               told->message);
        }
      q_operation_set_interrupt (self->launch_op, NULL);
      q_operation_return_error (g_steal_pointer (&self->launch_op), cause);
    }

  q_launch_tell_failed_calls (self, description);
  if (self->detach_op != NULL)
    {
      q_operation_set_withdraw (self->detach_op, NULL);
      q_launch_return_not_detached (g_steal_pointer (&self->detach_op));
    }
  q_launch_tell_exit_waiters (self, abnormal);
  g_clear_pointer (&self->reapers, g_ptr_array_unref);
  launch_free (self);
}

void
q_launch_finish (QLaunch *self)
{
  /* Whoever hears of the end meanwhile has nothing to add. */
  if (self->is_leaving)
    return;

  self->is_leaving = TRUE;
  self->phase = Q_LAUNCH_ENDING;
  clear_sources (self);
  if (self->detached)
    finish (self);
  else
    q_launch_leave_hooks (self, finish);
}
