/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "io/deadline-private.h"
#include "io/io-thread-private.h"

/* The beginning of a launch: from its run directory to a monitor that is ready. */

/* A child whose monitor goes away mostly is about to end, and its exit status says more. */
#define LINGER_MS 2000

/* How often QEMU is asked whether the state of a guest is in; that takes a few ms. */
#define INCOMING_MS 2

static void connect_to_listening_child (QLaunch *self);

/* -- failure -- */

/* A wrapper may take QEMU where no socket of this host is. */
static char *
find_lost_plug (QLaunch *self, const char *output)
{
  for (guint i = 0; i < self->plugs->len; i++)
    {
      QPlug *plug = g_ptr_array_index (self->plugs, i);
      g_autofree char *words = NULL;

      if (q_plug_get_path (plug) == NULL)
        continue;
      words = g_strdup_printf ("'%s'", q_plug_get_path (plug));
      if (strstr (output, words) != NULL)
        return g_strdup_printf (
          "\nBehind %s QEMU must be able to connect to a socket of this host for %s.",
          q_plug_is_far (plug) ? "this wrapper, with wrapper-socket-dir,"
                               : "a wrapper, in the monitor mode LISTEN,",
          q_plug_get_what (plug));
    }

  return NULL;
}

static GError *
error_of_early_exit (QLaunch *self)
{
  g_autofree char *how = q_launch_state_describe_exit (self->state);
  g_autofree char *description = q_launch_describe (self);
  g_autofree char *lost = find_lost_plug (self, description);
  g_autoptr (GString) explanation = g_string_new (NULL);
  const char *hint = lost != NULL ? lost : "";

  /* QEMU's own words about that do not help who did not choose the number. */
  if (self->config->wrapper != NULL && self->config->monitor_mode == Q_MONITOR_MODE_INHERIT
      && strstr (description, "File descriptor") != NULL)
    hint = "\nA wrapper that does not pass on its descriptors needs the monitor mode LISTEN.";
  else if (self->config->monitor_mode == Q_MONITOR_MODE_INHERIT
           && strstr (description, "wait=on: Invalid parameter 'fd'") != NULL)
    hint = "\nThis QEMU is older than version 2.12, which this library needs.";

  q_launch_explain (self, explanation);
  return g_error_new (Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                      "launch: %s %s before %s monitor was ready\n%s%s%s",
                      q_launch_is_far (self) ? "the wrapper" : "QEMU", how,
                      q_launch_is_far (self) ? "QEMU's" : "its", description, hint,
                      explanation->str);
}

static void
interrupted_cb (QOperation *operation, GError *error)
{
  QLaunchCall *call = q_operation_get_data (operation);

  q_launch_fail_with_output (q_launch_state_get_launch (call->state), error);
}

/* -- the monitor -- */

static gboolean
lingered_cb (gpointer data)
{
  QLaunch *self = data;

  q_source_clear (&self->linger_source);
  q_launch_fail_with_output (
    self, g_error_new_literal (Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                               "launch: QEMU closed its monitor before it was ready"));
  return G_SOURCE_REMOVE;
}

void
q_launch_linger (QLaunch *self)
{
  q_source_clear (&self->linger_source);
  self->linger_source
    = q_io_thread_add_deadline (LINGER_MS, lingered_cb, self, "qmachine-launch-linger");
}

static void
declare_ready (QLaunch *self)
{
  q_launch_find_pid (self);
  self->phase = Q_LAUNCH_RUNNING;
  q_launch_ready_hooks (self);
  q_launch_state_set_state (self->state, Q_MACHINE_STATE_RUNNING);
  q_operation_return_true (g_steal_pointer (&self->launch_op));
}

static void
complete_launch (QLaunch *self)
{
  q_launch_accept_sockets (self, declare_ready);
}

static void run_state_known_cb (QLaunch *self, const GError *error);

static gboolean
look_for_guest_cb (gpointer data)
{
  QLaunch *self = data;

  q_source_clear (&self->retry_source);
  q_launch_find_run_state (self, run_state_known_cb);
  return G_SOURCE_REMOVE;
}

static void
run_state_known_cb (QLaunch *self, const GError *error)
{
  if (error != NULL)
    q_launch_linger (self);
  else if (self->awaits_incoming
           && q_launch_state_get_run_state (self->state) == Q_RUN_STATE_INMIGRATE)
    /* There is an event for the end of it, and none for its failure but the end of QEMU. */
    self->retry_source
      = q_io_thread_add_timeout (INCOMING_MS, look_for_guest_cb, self, "qmachine-incoming");
  else
    q_launch_settle_hooks (self, complete_launch);
}

static void
find_run_state (QLaunch *self)
{
  q_launch_find_run_state (self, run_state_known_cb);
}

static gboolean
retry_cb (gpointer data)
{
  QLaunch *self = data;

  q_source_clear (&self->retry_source);
  connect_to_listening_child (self);
  return G_SOURCE_REMOVE;
}

/* What a wrapper says on the monitor's stream before there is a monitor. */
static void
prelude_cb (const char *bytes, gsize length, gpointer data)
{
  QLaunch *self = data;

  self->prelude_is_amid_line = bytes[length - 1] != '\n';
  while (length > 0)
    {
      gssize n = write (self->prelude_fd, bytes, length);

      if (n < 0 && errno == EINTR)
        continue;
      /* The log tells of itself when it is read. */
      if (n <= 0)
        return;
      bytes += n;
      length -= (gsize)n;
    }
}

static void
end_prelude (QLaunch *self)
{
  if (self->prelude_fd < 0)
    return;

  if (self->prelude_is_amid_line)
    prelude_cb ("\n", 1, self);
  close (g_steal_fd (&self->prelude_fd));
}

static void
opened_cb (const GError *error, gpointer data)
{
  QLaunch *self = data;

  if (self->phase != Q_LAUNCH_NEGOTIATING || self->launch_error != NULL)
    return;

  if (error == NULL)
    {
      end_prelude (self);
      if (self->socket_path != NULL && g_lstat (self->socket_path, &self->socket_info) != 0)
        g_clear_pointer (&self->socket_path, g_free);
      /* A storage daemon has no such command. */
      if (self->config->kind == Q_MACHINE_KIND_SYSTEM)
        q_launch_arrive_hooks (self, find_run_state);
      else
        q_launch_settle_hooks (self, complete_launch);
      return;
    }

  if (self->config->monitor_mode == Q_MONITOR_MODE_LISTEN && q_session_is_not_there_yet (error))
    {
      guint delay = q_session_get_retry_delay (self->n_retries++);

      self->retry_source = q_io_thread_add_timeout (delay, retry_cb, self, "qmachine-retry");
      return;
    }

  if (g_error_matches (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED))
    {
      q_launch_linger (self);
      return;
    }

  q_launch_fail_with_output (
    self, g_error_new (error->domain, error->code, "launch: %s", error->message));
}

static void
event_cb (QEventRecord *event, gpointer data)
{
  q_launch_take_event (data, event);
}

static void
command_done_cb (const char *command, const char *status, gpointer data)
{
  q_launch_take_command (data, command, status);
}

static void
monitor_ended_cb (gpointer data)
{
  QLaunch *self = data;

  if (self->phase == Q_LAUNCH_ENDING)
    {
      if (self->launch_op != NULL && self->launch_error == NULL)
        self->launch_error = error_of_early_exit (self);
      q_launch_finish (self);
    }
  else
    q_launch_sweep (self);
}

static const QSessionObserver observer = {
  .event = event_cb,
  .command_done = command_done_cb,
  .ended = monitor_ended_cb,
};

static void
make_session (QLaunch *self)
{
  const QLaunchSignals *signals = q_launch_state_get_signals (self->state);

  self->session = q_session_new (q_launch_state_get_dispatcher (self->state), signals->session);
  q_session_set_observer (self->session, &observer, self);
  q_session_set_relay (self->session, q_operation_get_source_object (self->launch_op),
                       signals->event);
  q_session_expect_open (self->session);
  q_launch_state_set_session (self->state, self->session);
}

static void
connect_to_listening_child (QLaunch *self)
{
  q_session_connect (self->session, self->config->monitor_address, opened_cb, self);
}

/* -- the child -- */

static void
started_cb (gpointer data)
{
  QLaunch *self = data;

  q_launch_find_pid (self);
  if (self->config->monitor_mode == Q_MONITOR_MODE_NONE && self->launch_error == NULL)
    complete_launch (self);
}

static void
child_ended_cb (gpointer data)
{
  q_launch_sweep (data);
}

static void
ignore_answer_cb (const char *value, const GError *error, gpointer data)
{
}

static void
exited_cb (gpointer data)
{
  QLaunch *self = data;
  int exit_code = q_process_get_exit_code (self->process);

  self->qemu_signal = q_process_get_qemu_signal (self->process);
  if (q_process_knows_exit_code (self->process))
    q_launch_state_set_exit (self->state, exit_code < 0 ? Q_EXIT_KIND_SIGNALED : Q_EXIT_KIND_EXITED,
                             exit_code);
  else
    {
      q_launch_state_set_exit (self->state, Q_EXIT_KIND_UNKNOWN, 0);
      /* Nobody is there any more who could kill it. */
      if (self->session != NULL && self->phase == Q_LAUNCH_RUNNING)
        q_session_ask (self->session, "quit", ignore_answer_cb, self);
    }
  /* What it said last may still be in the stream: then the end of that is waited for. */
  if (self->phase == Q_LAUNCH_NEGOTIATING
      && (self->stdio_plug == NULL || self->launch_error != NULL
          || q_session_get_state (self->session) == Q_MONITOR_STATE_CLOSED))
    {
      if (self->launch_error == NULL)
        self->launch_error = error_of_early_exit (self);
      /* Whatever its state: somebody may have attached it anew since the launch failed. */
      if (self->session != NULL)
        q_session_close (self->session, NULL);
    }

  q_launch_process_exited (self);
}

static void
defied_cb (gint64 pid, gpointer data)
{
  q_launch_take_defiance (data, pid);
}

static const QProcessCallbacks process_callbacks = {
  .started = started_cb,
  .child_ended = child_ended_cb,
  .exited = exited_cb,
  .defied = defied_cb,
};

static gboolean
prepare_child (QLaunch *self, GError **error)
{
  g_autoptr (GPtrArray) args = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) last_args = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *qtest_where = NULL;
  QChildFds child;
  QLaunchParts parts = { .launch = self, .args = args, .last_args = last_args };

  if (!q_launch_make_sockets (self, error))
    return FALSE;

  q_launch_collect_fds (self, &child);
  self->child_fds = child.fds;
  qtest_where = child.qtest_where;
  parts.fds = child.fds;
  if (!q_launch_prepare_hooks (self, &parts, error))
    return FALSE;
  g_ptr_array_add (args, NULL);
  g_ptr_array_add (last_args, NULL);
  self->command_line = q_launch_build_command_line (self, &child, &parts, error);
  if (self->command_line == NULL)
    return FALSE;
  q_launch_state_set_command_line (self->state, self->command_line);

  return TRUE;
}

static gboolean
spawn (QLaunch *self, GError **error)
{
  QProcessSpec spec = {
    .argv = (const char *const *)self->command_line,
    .die_with_parent = self->config->exit_with_parent,
    .log = self->log,
    .stream = self->stdio_plug != NULL ? q_plug_get_child_fd (self->stdio_plug) : 0,
    .fds = (QProcessFd *)(gpointer)self->child_fds->data,
    .n_fds = self->child_fds->len,
  };

  self->process = q_process_spawn (&spec, &process_callbacks, self, error);
  if (self->process == NULL)
    return FALSE;

  if (q_launch_is_far (self))
    q_process_kill_child_first (self->process);
  self->phase = Q_LAUNCH_NEGOTIATING;

  /* From here on the child alone has these. */
  if (self->listener != NULL)
    g_socket_close (self->listener, NULL);
  g_clear_object (&self->listener);
  /* A log of the user's own may be renamed, and is held. */
  if (self->config->log_path == NULL && q_run_dir_get_fd (self->run_dir) >= 0)
    q_log_let_go (self->log, q_run_dir_get_fd (self->run_dir));
  q_launch_open_sockets (self);
  q_launch_start_hooks (self);

  return TRUE;
}

/* Takes over the error. */
static void
fail_to_start (QLaunch *self, GError *error)
{
  gboolean configured
    = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT)
      || g_error_matches (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);

  q_launch_fail (self, g_error_new (Q_MACHINE_ERROR,
                                    configured ? Q_MACHINE_ERROR_INVALID_CONFIGURATION
                                               : Q_MACHINE_ERROR_LAUNCH_FAILED,
                                    "launch: %s", error->message));
  g_error_free (error);
}

static void
open_stdio (QLaunch *self)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (q_plug_take_fd (self->stdio_plug), NULL);
  g_autoptr (GSocketConnection) connection = NULL;

  /* It is one of ours. */
  g_assert (socket != NULL);
  connection = g_socket_connection_factory_create_connection (socket);
  q_session_open_through_programs (self->session, G_IO_STREAM (connection), prelude_cb, opened_cb,
                                   self);
}

static void
start_child (QLaunch *self)
{
  GError *error = NULL;

  if (!spawn (self, &error))
    {
      fail_to_start (self, error);
      return;
    }

  if (self->config->monitor_mode == Q_MONITOR_MODE_LISTEN)
    {
      connect_to_listening_child (self);
    }
  else if (self->config->monitor_mode == Q_MONITOR_MODE_INHERIT)
    {
      g_autoptr (GSocketConnection) connection = g_steal_pointer (&self->connection);

      q_session_open (self->session, G_IO_STREAM (connection), opened_cb, self);
    }
  else if (self->config->monitor_mode == Q_MONITOR_MODE_STDIO)
    open_stdio (self);
}

/* Everything is in place for the child, but what the features still wait for. */
static void
make_ready (QLaunch *self)
{
  GError *error = NULL;

  if (prepare_child (self, &error))
    q_launch_await_hooks (self, start_child);
  else
    fail_to_start (self, error);
}

/* -- preparation -- */

/* Takes over the error. */
static void
fail_to_prepare (QLaunch *self, GError *error)
{
  g_assert (error != NULL);
  if (error->domain != Q_MACHINE_ERROR)
    {
      error->domain = Q_MACHINE_ERROR;
      error->code = Q_MACHINE_ERROR_INVALID_CONFIGURATION;
    }
  q_launch_fail (self, error);
}

static void
proceed (QLaunch *self)
{
  GError *error = NULL;

  if (self->config->monitor_mode == Q_MONITOR_MODE_INHERIT)
    {
      if (!q_launch_listen_and_connect (self, make_ready, &error))
        fail_to_prepare (self, error);
      return;
    }

  if (self->config->monitor_mode == Q_MONITOR_MODE_LISTEN)
    {
      self->socket_path = g_strdup (q_launch_get_socket_path (self->config->monitor_address));
      q_launch_hide_waiting_line (self, self->config->monitor_address);
      q_launch_state_set_listen_address (self->state, self->config->monitor_address);
    }
  make_ready (self);
}

static void
log_line_cb (char *line, gpointer data)
{
  q_launch_state_post_log_line (data, line);
}

static void
log_read_cb (gpointer data)
{
  q_dispatcher_flush (q_launch_state_get_dispatcher (data));
}

static const QLogLineCallbacks log_line_callbacks = {
  .line = log_line_cb,
  .read = log_read_cb,
};

static gboolean
make_transcript (QLaunch *self, GError **error)
{
  QTranscript *transcript;

  if (self->session == NULL || self->config->monitor_log == NULL)
    return TRUE;

  transcript = q_transcript_new (self->config->monitor_log, error);
  if (transcript == NULL)
    {
      g_prefix_error_literal (error, "monitor-log: ");
      return FALSE;
    }
  q_session_take_transcript (self->session, transcript);
  return TRUE;
}

static gboolean
prepare (QLaunch *self, GError **error)
{
  g_autofree char *log_name = g_strconcat (self->config->name, ".log", NULL);
  g_autofree char *log_path = g_strdup (self->config->log_path);

  if (!q_launch_config_check (self->config, error))
    return FALSE;

  self->run_dir = q_run_dir_new (self->config->base_dir, self->config->exit_with_parent,
                                 strlen (self->config->name) + strlen (".monitor"), error);
  if (self->run_dir == NULL)
    {
      g_prefix_error (error, "base-dir: ");
      return FALSE;
    }

  q_launch_state_set_run_dir (self->state, q_run_dir_get_path (self->run_dir));
  q_socket_paths_begin (self->config->socket_paths, self->config->exit_with_parent);

  if (log_path == NULL)
    log_path = q_run_dir_get_file (self->run_dir, log_name);
  self->log = q_log_new (log_path, error);
  if (self->log == NULL)
    {
      g_prefix_error (error, self->config->log_path != NULL ? "log-path: " : "base-dir: ");
      return FALSE;
    }
  q_launch_state_set_log (self->state, self->log);
  if (!make_transcript (self, error))
    return FALSE;
  self->log_lines = q_log_lines_new (self->log, &log_line_callbacks, self->state);

  return TRUE;
}

void
q_launch_begin (QOperation *operation)
{
  QLaunchCall *call = q_operation_get_data (operation);
  QLaunchState *state = call->state;
  QLaunch *self;
  GError *error = NULL;

  if (q_launch_state_get_launch (state) != NULL)
    {
      q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ALREADY_LAUNCHED,
                                    "launch: the machine was launched already");
      return;
    }

  q_io_thread_hold_standard_fds ();
  self = q_launch_new (state, g_steal_pointer (&call->config), operation);
  q_launch_state_reset (state);
  q_launch_state_set_launch (state, self);
  q_launch_state_set_state (state, Q_MACHINE_STATE_LAUNCHING);
  if (self->config->monitor_mode != Q_MONITOR_MODE_NONE)
    make_session (self);
  q_operation_set_interrupt (operation, interrupted_cb);
  q_operation_set_timeout (operation, self->config->launch_timeout, "the monitor was not ready",
                           "launch-timeout");

  if (!prepare (self, &error))
    fail_to_prepare (self, error);
  else if (q_launch_must_check_address (self))
    q_launch_check_address (self, proceed);
  else
    proceed (self);
}
