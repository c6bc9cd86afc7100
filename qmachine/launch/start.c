/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "process/command-line-private.h"
#include "io/io-thread-private.h"

/* A child whose monitor goes away mostly is about to end, and its exit status says more. */
#define LINGER_MS 2000

#define LOG_LINES_IN_ERRORS 20

#define PASSING_STATE_MS 100

/* Real ones are short; what is longer is not worth a tree on the I/O thread. */
#define MAX_PARSED_SIZE (64 * 1024)

static void connect_to_listening_child (QLaunch *self);

char *
q_launch_describe (QLaunch *self)
{
  g_autofree char *command_line
    = self->command_line != NULL
        ? q_command_line_to_text ((const char *const *)self->command_line)
        : g_strdup ("(none)");
  g_autofree char *output
    = self->log != NULL ? q_log_dup_tail (self->log, LOG_LINES_IN_ERRORS) : g_strdup ("");

  if (output[0] == '\0')
    return g_strdup_printf ("Command line: %s\nOutput: (none)", command_line);
  return g_strdup_printf ("Command line: %s\nOutput:\n%s", command_line, output);
}

gboolean
q_launch_can_talk (QLaunch *self)
{
  return self != NULL && self->session != NULL && self->phase == Q_LAUNCH_RUNNING;
}

/* -- the run state -- */

static void query_status (QLaunch *self);
static void complete_launch (QLaunch *self);
static void linger (QLaunch *self);

static gboolean
query_again_cb (gpointer data)
{
  QLaunch *self = data;

  q_source_clear (&self->status_source);
  if (self->phase == Q_LAUNCH_RUNNING && self->stop_step == Q_STOP_NOT_BEGUN)
    query_status (self);
  return G_SOURCE_REMOVE;
}

static void
take_run_state (QLaunch *self, const char *name)
{
  q_launch_state_set_run_state (self->state, name);

  /* It ends in a moment, and in success QEMU has no event for that: not even the one that says so,
   * where it is switched on, comes after the next state. */
  q_source_clear (&self->status_source);
  if (g_str_equal (name, "finish-migrate"))
    self->status_source
      = q_io_thread_add_timeout (PASSING_STATE_MS, query_again_cb, self, "qmachine-status");
}

static void
status_cb (const char *value, const GError *error, gpointer data)
{
  QLaunch *self = data;
  g_autoptr (JsonNode) node = NULL;

  if (value != NULL && strlen (value) <= MAX_PARSED_SIZE)
    node = q_reply_to_node (g_strdup (value), NULL);

  self->querying_status = FALSE;
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonNode *name = json_object_get_member (json_node_get_object (node), "status");

      if (name != NULL && json_node_get_value_type (name) == G_TYPE_STRING)
        take_run_state (self, json_node_get_string (name));
    }

  if (error != NULL && error->domain != Q_COMMAND_ERROR)
    {
      if (self->phase == Q_LAUNCH_NEGOTIATING && self->launch_error == NULL)
        linger (self);
      return;
    }

  if (self->status_stale && error == NULL)
    query_status (self);
  else if (self->phase == Q_LAUNCH_NEGOTIATING && self->launch_error == NULL)
    complete_launch (self);
}

static void
query_status (QLaunch *self)
{
  self->status_stale = self->querying_status;
  if (self->querying_status)
    return;

  self->querying_status = TRUE;
  q_session_ask (self->session, "query-status", status_cb, self);
}

static void
take_shutdown_reason (QLaunch *self, QEventRecord *event)
{
  JsonNode *data = NULL;
  JsonNode *reason = NULL;

  if (q_event_record_get_size (event) <= MAX_PARSED_SIZE)
    data = q_event_record_get_data (event);
  if (data != NULL && JSON_NODE_HOLDS_OBJECT (data))
    reason = json_object_get_member (json_node_get_object (data), "reason");

  if (reason != NULL && json_node_get_value_type (reason) == G_TYPE_STRING)
    q_launch_state_set_shutdown_reason (self->state, json_node_get_string (reason));
  q_launch_state_set_run_state (self->state, "shutdown");
}

/* An event says that something changed, and only sometimes to what: STOP has many reasons, and
 * RESET is a change only for a machine that does not run. */
static gboolean
is_unclear (const char *name)
{
  static const char *const names[] = {
    "STOP",     "RESET",          "WAKEUP",    "GUEST_PANICKED",
    "WATCHDOG", "BLOCK_IO_ERROR", "MIGRATION",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (names[i][0] == name[0] && g_str_equal (names[i], name))
      return TRUE;

  return FALSE;
}

static void
event_cb (QEventRecord *event, gpointer data)
{
  QLaunch *self = data;
  const char *name = q_event_record_get_name (event);

  if (g_str_equal (name, "SHUTDOWN"))
    take_shutdown_reason (self, event);
  else if (g_str_equal (name, "RESUME"))
    q_launch_state_set_run_state (self->state, "running");
  else if (g_str_equal (name, "SUSPEND"))
    q_launch_state_set_run_state (self->state, "suspended");
  else if (is_unclear (name) && self->phase == Q_LAUNCH_RUNNING
           && self->config->kind == Q_MACHINE_KIND_SYSTEM
           && self->stop_step == Q_STOP_NOT_BEGUN)
    query_status (self);
}

/* -- failure -- */

static GError *
error_of_early_exit (QLaunch *self, int exit_code)
{
  g_autofree char *how = q_process_describe_exit_code (exit_code);
  g_autofree char *description = q_launch_describe (self);
  const char *hint = "";

  /* QEMU's own words about that do not help who did not choose the number. */
  if (self->config->wrapper != NULL && self->config->monitor_mode == Q_MONITOR_MODE_INHERIT
      && strstr (description, "File descriptor") != NULL)
    hint = "\nA wrapper that does not pass on its descriptors needs the monitor mode LISTEN.";
  else if (self->config->monitor_mode == Q_MONITOR_MODE_INHERIT
           && strstr (description, "Invalid parameter 'fd'") != NULL)
    hint = "\nThis QEMU is older than version 2.12, which this library needs.";

  return g_error_new (Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                      "launch: QEMU %s before its monitor was ready\n%s%s", how, description,
                      hint);
}

void
q_launch_fail_launch (QLaunch *self, GError *error)
{
  /* The first cause counts; what follows from it does not. */
  if (self->launch_error == NULL)
    self->launch_error = error;
  else
    g_error_free (error);

  q_source_clear (&self->retry_source);
  q_source_clear (&self->linger_source);
  g_cancellable_cancel (self->cancellable);
  if (self->session != NULL)
    q_session_close (self->session, NULL);

  if (self->process != NULL)
    q_launch_kill (self);
  else if (self->n_calls == 0)
    q_launch_finish (self);
}

/* With what the child said, which mostly tells why. */
static void
fail_with_output (QLaunch *self, GError *error)
{
  g_autofree char *description = q_launch_describe (self);

  q_launch_fail_launch (
    self, g_error_new (error->domain, error->code, "%s\n%s", error->message, description));
  g_error_free (error);
}

static void
interrupted_cb (QOperation *operation, GError *error)
{
  QLifecycleCall *call = q_operation_get_data (operation);

  fail_with_output (q_launch_state_get_launch (call->state), error);
}

/* -- the monitor -- */

static gboolean
lingered_cb (gpointer data)
{
  QLaunch *self = data;

  q_source_clear (&self->linger_source);
  fail_with_output (self, g_error_new_literal (
                            Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                            "launch: QEMU closed its monitor before it was ready"));
  return G_SOURCE_REMOVE;
}

/* The monitor is gone before it was ready: the child's end, if it comes, is the better reason. */
static void
linger (QLaunch *self)
{
  q_source_clear (&self->linger_source);
  self->linger_source
    = q_io_thread_add_timeout (LINGER_MS, lingered_cb, self, "qmachine-launch-linger");
}

static gboolean
retry_cb (gpointer data)
{
  QLaunch *self = data;

  q_source_clear (&self->retry_source);
  connect_to_listening_child (self);
  return G_SOURCE_REMOVE;
}

static void
opened_cb (const GError *error, gpointer data)
{
  QLaunch *self = data;

  if (self->phase != Q_LAUNCH_NEGOTIATING || self->launch_error != NULL)
    return;

  if (error == NULL)
    {
      if (self->socket_path != NULL && g_lstat (self->socket_path, &self->socket_info) != 0)
        g_clear_pointer (&self->socket_path, g_free);
      /* A storage daemon has no such command. */
      if (self->config->kind == Q_MACHINE_KIND_SYSTEM)
        query_status (self);
      else
        complete_launch (self);
      return;
    }

  if (self->config->monitor_mode == Q_MONITOR_MODE_LISTEN
      && q_session_is_not_there_yet (error))
    {
      guint delay = q_session_get_retry_delay (self->n_retries++);

      self->retry_source = q_io_thread_add_timeout (delay, retry_cb, self, "qmachine-retry");
      return;
    }

  if (g_error_matches (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED))
    {
      linger (self);
      return;
    }

  fail_with_output (self, g_error_new (error->domain, error->code, "launch: %s", error->message));
}

static void
monitor_ended_cb (gpointer data)
{
  QLaunch *self = data;

  if (self->phase == Q_LAUNCH_ENDING)
    q_launch_finish (self);
}

static const QSessionObserver observer = {
  .event = event_cb,
  .ended = monitor_ended_cb,
};

static void
make_session (QLaunch *self)
{
  const QLaunchSignals *signals = q_launch_state_get_signals (self->state);

  self->session
    = q_session_new (q_launch_state_get_dispatcher (self->state), signals->session);
  q_session_set_observer (self->session, &observer, self);
  q_session_set_relay (self->session, q_operation_get_source_object (self->launch_op),
                       signals->event);
  q_session_announce (self->session);
  q_launch_state_set_session (self->state, self->session);
}

static void
connect_to_listening_child (QLaunch *self)
{
  q_session_connect (self->session, self->config->monitor_address,
                             opened_cb, self);
}

/* -- the child -- */

static void
exited_cb (gpointer data)
{
  QLaunch *self = data;
  int exit_code = q_process_get_exit_code (self->process);

  q_launch_state_set_exit_code (self->state, exit_code);
  if (self->phase == Q_LAUNCH_NEGOTIATING)
    {
      if (self->launch_error == NULL)
        self->launch_error = error_of_early_exit (self, exit_code);
      /* Whatever its state: somebody may have attached it anew since the launch failed. */
      if (self->session != NULL)
        q_session_close (self->session, NULL);
    }

  q_launch_process_exited (self);
}

static gboolean
spawn (QLaunch *self, GError **error)
{
  g_autoptr (GArray) fds = NULL;
  QChildFds child;
  QProcessSpec spec = {
    .die_with_parent = self->config->exit_with_parent,
    .own_group = self->config->wrapper != NULL && self->config->wrapper[0] != NULL,
    .log = self->log,
  };

  q_launch_collect_fds (self, &child);
  fds = child.fds;
  self->command_line = q_launch_build_command_line (self, &child, error);
  if (self->command_line == NULL)
    return FALSE;
  q_launch_state_set_command_line (self->state, self->command_line);

  spec.fds = (QProcessFd *)(gpointer)fds->data;
  spec.n_fds = fds->len;
  spec.argv = (const char *const *)self->command_line;
  self->process = q_process_spawn (&spec, exited_cb, self, error);
  if (self->process == NULL)
    return FALSE;

  self->phase = Q_LAUNCH_NEGOTIATING;
  q_launch_state_set_pid (self->state, q_process_get_pid (self->process));

  /* From here on the child alone has these. */
  if (self->listener != NULL)
    g_socket_close (self->listener, NULL);
  g_clear_object (&self->listener);
  /* A log of the user's own may be renamed, and is held. */
  if (self->config->log_path == NULL && q_run_dir_get_fd (self->run_dir) >= 0)
    q_log_let_go (self->log, q_run_dir_get_fd (self->run_dir));
  q_launch_open_sockets (self);

  return TRUE;
}

static void
complete_launch (QLaunch *self)
{
  self->phase = Q_LAUNCH_RUNNING;
  q_launch_state_set_state (self->state, Q_MACHINE_STATE_RUNNING);
  q_operation_return_true (g_steal_pointer (&self->launch_op));
}

/* Everything is in place for the child. */
static void
start_child (QLaunch *self)
{
  GError *error = NULL;

  if (!q_launch_make_sockets (self, &error) || !spawn (self, &error))
    {
      gboolean configured = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);

      q_launch_fail_launch (
        self, g_error_new (Q_MACHINE_ERROR,
                           configured ? Q_MACHINE_ERROR_INVALID_CONFIGURATION
                                      : Q_MACHINE_ERROR_LAUNCH_FAILED,
                           "launch: %s", error->message));
      g_error_free (error);
      return;
    }

  if (self->config->monitor_mode == Q_MONITOR_MODE_NONE)
    {
      complete_launch (self);
      return;
    }

  if (self->config->monitor_mode == Q_MONITOR_MODE_LISTEN)
    {
      connect_to_listening_child (self);
    }
  else
    {
      g_autoptr (GSocketConnection) connection = g_steal_pointer (&self->connection);

      q_session_open (self->session, G_IO_STREAM (connection),
                              opened_cb, self);
    }
}

/* -- preparation -- */

static void
go_on_connected (QLaunch *self, const GError *error)
{
  if (self->connection == NULL)
    q_launch_fail_launch (
      self, g_error_new (Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                         "launch: cannot connect to the monitor's own socket: %s",
                         error->message));
  else
    start_child (self);
}

static void
connected_cb (GObject *client, GAsyncResult *result, gpointer data)
{
  QLaunch *self = data;
  g_autoptr (GError) error = NULL;

  self->n_calls--;
  self->connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (client), result, &error);
  if (self->launch_error != NULL)
    q_launch_finish (self);
  else
    go_on_connected (self, error);
}

/* Without a GSocketClient, whose ways for what takes time cost a tenth of a launch: the backlog has
 * room, so a Unix socket is connected at once. */
static GSocketConnection *
connect_to_own_path (GSocketAddress *address, GError **error)
{
  g_autoptr (GSocket) socket
    = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);

  if (socket == NULL)
    return NULL;

  g_socket_set_blocking (socket, FALSE);
  return g_socket_connect (socket, address, NULL, error)
           ? g_socket_connection_factory_create_connection (socket)
           : NULL;
}

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
  q_launch_fail_launch (self, error);
}

static GSocketAddress *
choose_address (QLaunch *self, GError **error)
{
  g_autofree char *file = g_strconcat (self->config->name, ".monitor", NULL);
  g_autofree char *path = NULL;
  const gsize limit = sizeof ((struct sockaddr_un *)NULL)->sun_path - 1;

  if (self->config->monitor_address != NULL)
    return g_object_ref (self->config->monitor_address);

  path = q_run_dir_get_file (self->run_dir, file);
  if (strlen (path) <= limit)
    return g_unix_socket_address_new (path);

  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
               "base-dir or name: the path %s has %" G_GSIZE_FORMAT
               " bytes, and a Unix socket takes %" G_GSIZE_FORMAT " at most",
               path, strlen (path), limit);
  return NULL;
}

/* QEMU says on its standard error that it waits for us. -msg puts a time or a guest before it. */
static void
hide_waiting_line (QLaunch *self, GSocketAddress *address)
{
  const char *const *args = (const char *const *)self->config->args;
  gboolean prefixed
    = args != NULL && (g_strv_contains (args, "-msg") || g_strv_contains (args, "--msg"));
  g_autofree char *program = prefixed ? NULL : g_path_get_basename (self->config->binary);
  const char *path = q_launch_get_socket_path (address);
  g_autofree char *line
    = g_strconcat ("info: QEMU waiting for connection on: disconnected:",
                   path != NULL ? "unix:" : NULL, path, NULL);

  q_log_hide_line (self->log, program, line);
}

/* We bind, QEMU inherits: nobody else can take the address, there is nothing to wait for, and no
 * file of somebody else's is unlinked. */
static gboolean
listen_and_connect (QLaunch *self, GError **error)
{
  g_autoptr (GSocketAddress) address = choose_address (self, error);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) local_error = NULL;

  if (address == NULL)
    return FALSE;

  self->listener = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_DEFAULT, error);
  if (self->listener == NULL)
    return FALSE;

  if (!g_socket_bind (self->listener, address, TRUE, &local_error))
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "monitor-address: %s", local_error->message);
      return FALSE;
    }
  if (self->config->monitor_address != NULL && q_launch_get_socket_path (address) != NULL
      && g_lstat (q_launch_get_socket_path (address), &self->socket_info) == 0)
    self->socket_path = g_strdup (q_launch_get_socket_path (address));

  g_socket_set_listen_backlog (self->listener, 1);
  if (!g_socket_listen (self->listener, error))
    return FALSE;
  bound = g_socket_get_local_address (self->listener, error);
  if (bound == NULL)
    return FALSE;

  q_launch_state_set_listen_address (self->state, bound);
  hide_waiting_line (self, bound);
  g_clear_object (&self->client);
  if (G_IS_UNIX_SOCKET_ADDRESS (bound))
    {
      self->connection = connect_to_own_path (bound, &local_error);
      go_on_connected (self, local_error);
      return TRUE;
    }

  self->client = g_socket_client_new ();
  g_socket_client_set_enable_proxy (self->client, FALSE);
  self->n_calls++;
  g_socket_client_connect_async (self->client, G_SOCKET_CONNECTABLE (bound), self->cancellable,
                                 connected_cb, self);
  return TRUE;
}

void
q_launch_proceed (QLaunch *self)
{
  GError *error = NULL;

  if (self->config->monitor_mode == Q_MONITOR_MODE_INHERIT)
    {
      if (!listen_and_connect (self, &error))
        fail_to_prepare (self, error);
      return;
    }

  if (self->config->monitor_mode == Q_MONITOR_MODE_LISTEN)
    {
      self->socket_path = g_strdup (q_launch_get_socket_path (self->config->monitor_address));
      hide_waiting_line (self, self->config->monitor_address);
      q_launch_state_set_listen_address (self->state, self->config->monitor_address);
    }
  start_child (self);
}

static gboolean
prepare (QLaunch *self, GError **error)
{
  g_autofree char *log_name = g_strconcat (self->config->name, ".log", NULL);
  g_autofree char *log_path = g_strdup (self->config->log_path);

  if (!q_launch_config_check (self->config, error))
    return FALSE;

  self->run_dir = q_run_dir_new (self->config->base_dir, self->config->exit_with_parent, error);
  if (self->run_dir == NULL)
    {
      g_prefix_error (error, "base-dir: ");
      return FALSE;
    }

  if (log_path == NULL)
    log_path = q_run_dir_get_file (self->run_dir, log_name);
  self->log = q_log_new (log_path, error);
  if (self->log == NULL)
    {
      g_prefix_error (error, self->config->log_path != NULL ? "log-path: " : "base-dir: ");
      return FALSE;
    }
  q_launch_state_set_log (self->state, self->log);

  return TRUE;
}

void
q_launch_begin (QOperation *operation)
{
  QLifecycleCall *call = q_operation_get_data (operation);
  QLaunchState *state = call->state;
  QLaunchConfig *config = call->config;
  QLaunch *self = g_new0 (QLaunch, 1);
  GError *error = NULL;

  self->state = q_launch_state_ref (state);
  self->config = g_steal_pointer (&call->config);
  self->console_fd = -1;
  self->console_child_fd = -1;
  self->qtest_fd = -1;
  self->qtest_child_fd = -1;
  self->cancellable = g_cancellable_new ();
  g_queue_init (&self->exit_waiters);
  g_queue_init (&self->doomed_calls);
  self->launch_op = operation;

  q_launch_state_reset (state);
  q_launch_state_set_launch (state, self);
  q_launch_state_set_state (state, Q_MACHINE_STATE_LAUNCHING);
  if (self->config->monitor_mode != Q_MONITOR_MODE_NONE)
    make_session (self);
  q_operation_set_interrupt (operation, interrupted_cb);
  q_operation_set_timeout (operation, config->launch_timeout, "the monitor was not ready");

  if (!prepare (self, &error))
    fail_to_prepare (self, error);
  else if (q_launch_needs_probe (self))
    q_launch_probe_address (self);
  else
    q_launch_proceed (self);
}
