/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>

#include "process/command-line-private.h"
#include "io/io-thread-private.h"

/* QEMU may be deaf to SIGTERM, and then it will be in five seconds, too. */
#define TERM_GRACE_MS 5000

/* The last words of a monitor are there before the child can be reaped; only somebody who holds
 * its end of the socket open can make us wait. */
#define LAST_WORDS_MS 1000

/* How long a call whose monitor is gone waits for the child's end, to say why. */
#define DOOMED_MS 2000

#define MAX_KEPT_LOG (16 * 1024 * 1024)

/* -- the ladder -- */

static gboolean stop_deadline_cb (gpointer data);

static void
set_stop_deadline (QLaunch *self, gint64 milliseconds)
{
  q_source_clear (&self->stop_source);
  self->stop_source
    = q_io_thread_add_timeout (milliseconds, stop_deadline_cb, self, "qmachine-stop");
}

static void
send_term (QLaunch *self)
{
  self->stop_step = Q_STOP_TERM;
  self->forced = self->asked_to_quit;
  self->signal_expected = TRUE;
  q_process_signal (self->process, SIGTERM);
  set_stop_deadline (self, self->asked_to_quit ? TERM_GRACE_MS : self->config->shutdown_timeout);
}

void
q_launch_kill (QLaunch *self)
{
  q_source_clear (&self->stop_source);
  self->stop_step = Q_STOP_KILL;
  self->forced = TRUE;
  self->signal_expected = TRUE;
  if (self->session != NULL)
    q_session_expect_end (self->session);
  if (self->process != NULL)
    q_process_signal (self->process, SIGKILL);
}

static gboolean
stop_deadline_cb (gpointer data)
{
  QLaunch *self = data;

  q_source_clear (&self->stop_source);
  if (self->process == NULL)
    return G_SOURCE_REMOVE;

  if (self->stop_step == Q_STOP_QUIT)
    send_term (self);
  else
    q_launch_kill (self);
  return G_SOURCE_REMOVE;
}

static void
quit_cb (const char *value, const GError *error, gpointer data)
{
  QLaunch *self = data;

  /* It understood and refused: more waiting would not help. A lost connection is no refusal. */
  if (error != NULL && error->domain == Q_COMMAND_ERROR && self->stop_step == Q_STOP_QUIT
      && self->process != NULL)
    send_term (self);
}

void
q_launch_begin_stop (QLaunch *self)
{
  QSession *session;

  if (self->launch_op != NULL)
    {
      q_launch_fail_launch (
        self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                   "launch: the machine was told to stop meanwhile"));
      return;
    }

  if (self->stop_step != Q_STOP_NOT_BEGUN || self->process == NULL)
    return;

  self->stop_step = Q_STOP_QUIT;
  q_launch_state_set_state (self->state, Q_MACHINE_STATE_STOPPING);

  session = self->session;
  if (session == NULL || q_session_get_state (session) != Q_MONITOR_STATE_RUNNING)
    {
      send_term (self);
      return;
    }

  self->asked_to_quit = TRUE;
  set_stop_deadline (self, self->config->shutdown_timeout);
  q_session_expect_end (session);
  q_session_ask (session, "quit", quit_cb, self);
}

void
q_launch_begin_kill (QLaunch *self)
{
  if (self->launch_op != NULL)
    {
      q_launch_begin_stop (self);
      return;
    }

  /* It has ended, and only its last words are awaited. */
  if (self->process == NULL)
    return;

  q_launch_state_set_state (self->state, Q_MACHINE_STATE_STOPPING);
  q_launch_kill (self);
}

/* -- those who wait for the end -- */

static void
withdraw_exit_waiter (QOperation *operation)
{
  QLifecycleCall *call = q_operation_get_data (operation);
  QLaunch *self = q_launch_state_get_launch (call->state);

  for (GList *l = self->exit_waiters.head; l != NULL; l = l->next)
    {
      QExitWaiter *waiter = l->data;

      if (waiter->operation == operation)
        {
          g_queue_delete_link (&self->exit_waiters, l);
          g_free (waiter);
          return;
        }
    }
}

void
q_launch_add_exit_waiter (QLaunch *self, QOperation *operation,
                                    gboolean is_shutdown)
{
  QExitWaiter *waiter = g_new0 (QExitWaiter, 1);

  waiter->operation = operation;
  waiter->is_shutdown = is_shutdown;
  g_queue_push_tail (&self->exit_waiters, waiter);
  q_operation_set_withdraw (operation, withdraw_exit_waiter);
}

void
q_launch_abandon (QLaunch *self, void (*func) (gpointer user_data),
                            gpointer user_data)
{
  QExitWaiter *waiter = g_new0 (QExitWaiter, 1);

  waiter->func = func;
  waiter->user_data = user_data;
  g_queue_push_tail (&self->exit_waiters, waiter);
  if (self->process != NULL)
    q_launch_kill (self);
}

static void
tell_exit_waiters (QLaunch *self, const GError *abnormal)
{
  QExitWaiter *waiter;

  while ((waiter = g_queue_pop_head (&self->exit_waiters)) != NULL)
    {
      if (waiter->operation == NULL)
        {
          waiter->func (waiter->user_data);
        }
      else
        {
          q_operation_set_withdraw (waiter->operation, NULL);
          if (self->detached)
            q_operation_return_new_error (waiter->operation, Q_MACHINE_ERROR,
                                          Q_MACHINE_ERROR_NOT_RUNNING,
                                          "%s: the machine was detached",
                                          q_operation_get_name (waiter->operation));
          else if (waiter->is_shutdown && abnormal != NULL)
            q_operation_return_error (waiter->operation, g_error_copy (abnormal));
          else
            q_operation_return_true (waiter->operation);
        }
      g_free (waiter);
    }
}

/* -- calls whose monitor is gone -- */

typedef struct
{
  QLaunch *launch;
  QOperation *operation;
  GError *error; /* what is known now */
  GSource *deadline;
} DoomedCall;

static void
doomed_call_free (DoomedCall *doomed)
{
  q_source_clear (&doomed->deadline);
  g_clear_error (&doomed->error);
  g_free (doomed);
}

static gboolean
doomed_deadline_cb (gpointer data)
{
  DoomedCall *doomed = data;
  QOperation *operation = doomed->operation;
  GError *error = g_steal_pointer (&doomed->error);

  g_queue_remove (&doomed->launch->doomed_calls, doomed);
  doomed_call_free (doomed);
  q_operation_set_interrupt (operation, NULL);
  q_operation_return_error (operation, error);
  return G_SOURCE_REMOVE;
}

/* It was about to fail anyway: no more waiting, and the reason that the caller asked for. */
static void
doomed_interrupted_cb (QOperation *operation, GError *error)
{
  QSessionCall *call = q_operation_get_data (operation);
  QLaunch *self = q_launch_state_get_launch (call->user_data);

  for (GList *l = self->doomed_calls.head; l != NULL; l = l->next)
    {
      DoomedCall *doomed = l->data;

      if (doomed->operation == operation)
        {
          g_queue_delete_link (&self->doomed_calls, l);
          doomed_call_free (doomed);
          break;
        }
    }

  q_operation_set_interrupt (operation, NULL);
  q_operation_return_error (operation, error);
}

void
q_launch_add_doomed_call (QLaunch *self, QOperation *operation, GError *error)
{
  DoomedCall *doomed = g_new0 (DoomedCall, 1);

  doomed->launch = self;
  doomed->operation = operation;
  doomed->error = error;
  doomed->deadline
    = q_io_thread_add_timeout (DOOMED_MS, doomed_deadline_cb, doomed, "qmachine-doomed");
  g_queue_push_tail (&self->doomed_calls, doomed);
  q_operation_set_interrupt (operation, doomed_interrupted_cb);
}

static void
tell_doomed_calls (QLaunch *self, int exit_code)
{
  g_autofree char *how = q_process_describe_exit_code (exit_code);
  g_autofree char *description = q_launch_describe (self);
  DoomedCall *doomed;

  while ((doomed = g_queue_pop_head (&self->doomed_calls)) != NULL)
    {
      QOperation *operation = doomed->operation;

      doomed_call_free (doomed);
      q_operation_set_interrupt (operation, NULL);
      if (self->detached)
        q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                                      "%s: the machine was detached",
                                      q_operation_get_name (operation));
      else if (exit_code == Q_EXIT_CODE_NONE)
        q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                                      "%s: the launch failed", q_operation_get_name (operation));
      else
        q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED,
                                      "%s: QEMU %s\n%s", q_operation_get_name (operation), how,
                                      description);
    }
}

/* -- the end -- */

static gboolean
last_words_cb (gpointer data)
{
  QLaunch *self = data;

  q_source_clear (&self->linger_source);
  /* Its `ended` callback finishes us. */
  q_session_close (self->session, NULL);
  return G_SOURCE_REMOVE;
}

void
q_launch_process_exited (QLaunch *self)
{
  self->phase = Q_LAUNCH_ENDING;
  g_clear_pointer (&self->process, q_process_free);
  q_source_clear (&self->stop_source);
  q_source_clear (&self->retry_source);
  q_source_clear (&self->linger_source);
  q_source_clear (&self->status_source);

  if (self->session != NULL
      && q_session_get_state (self->session)
           != Q_MONITOR_STATE_CLOSED)
    self->linger_source
      = q_io_thread_add_timeout (LAST_WORDS_MS, last_words_cb, self, "qmachine-last-words");
  else
    q_launch_finish (self);
}

void
q_launch_detach (QLaunch *self)
{
  self->detached = TRUE;
  self->phase = Q_LAUNCH_ENDING;
  q_process_detach (g_steal_pointer (&self->process));

  /* Its `ended` callback finishes us. */
  if (self->session != NULL
      && q_session_get_state (self->session)
           != Q_MONITOR_STATE_CLOSED)
    q_session_close (self->session, NULL);
  else
    q_launch_finish (self);
}

static GError *
describe_abnormal_end (QLaunch *self, int exit_code)
{
  g_autofree char *how = NULL;
  g_autofree char *description = NULL;

  if (!self->forced && exit_code >= 0)
    return NULL;
  /* SIGTERM is how a machine without a monitor is asked. */
  if (!self->forced && exit_code == -SIGTERM && self->stop_step == Q_STOP_TERM)
    return NULL;

  how = q_process_describe_exit_code (exit_code);
  description = q_launch_describe (self);
  return g_error_new (Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN, "shutdown: QEMU %s%s\n%s",
                      self->forced ? "did not quit when asked, and " : "", how, description);
}

static void
warn_of_crash (QLaunch *self, int exit_code)
{
  g_autofree char *how = NULL;
  g_autofree char *command_line = NULL;

  if (exit_code >= 0 || self->signal_expected)
    return;

  how = q_process_describe_exit_code (exit_code);
  command_line = q_command_line_to_text ((const char *const *)self->command_line);
  g_warning ("QEMU %s; its command line was: %s", how, command_line);
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

static void
clear_resources (QLaunch *self)
{
  GStatBuf info;

  q_source_clear (&self->stop_source);
  q_source_clear (&self->retry_source);
  q_source_clear (&self->linger_source);
  q_source_clear (&self->status_source);

  if (self->session != NULL)
    {
      q_session_unobserve (self->session);
      q_session_renounce (self->session);
    }
  g_clear_object (&self->client);
  g_clear_object (&self->connection);
  if (self->listener != NULL)
    g_socket_close (self->listener, NULL);
  g_clear_object (&self->listener);

  q_launch_close_sockets (self);

  if (self->log != NULL)
    q_log_close (self->log, MAX_KEPT_LOG);
  /* The monitor's socket is what somebody else may still need. */
  if (self->detached && self->config->monitor_address == NULL
      && self->config->monitor_mode != Q_MONITOR_MODE_NONE)
    g_clear_pointer (&self->run_dir, q_run_dir_leave);

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
  g_free (self);
}

void
q_launch_finish (QLaunch *self)
{
  int exit_code = q_launch_state_get_exit_code (self->state);
  gboolean was_launched = self->launch_op == NULL;
  g_autoptr (GError) abnormal = NULL;

  clear_resources (self);
  g_clear_pointer (&self->session, q_session_unref);
  q_launch_state_set_pid (self->state, 0);
  q_launch_state_set_state (self->state, Q_MACHINE_STATE_STOPPED);
  q_launch_state_set_launch (self->state, NULL);

  if (was_launched && !self->detached)
    {
      warn_of_crash (self, exit_code);
      abnormal = describe_abnormal_end (self, exit_code);
      /* A program may quit when it hears of the end, and should have heard of its calls then. */
      tell_doomed_calls (self, exit_code);
      q_launch_state_post_exited (self->state);
    }
  else if (!was_launched)
    {
      q_operation_set_interrupt (self->launch_op, NULL);
      q_operation_return_error (g_steal_pointer (&self->launch_op),
                                g_steal_pointer (&self->launch_error));
    }

  tell_doomed_calls (self, exit_code);
  tell_exit_waiters (self, abnormal);
  launch_free (self);
}
