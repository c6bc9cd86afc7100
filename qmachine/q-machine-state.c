/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-machine.h"

#include "q-machine-private.h"

/* The state of a machine, its log and its command line: read from any thread, without waiting. */

#define MAX_LOG (16 * 1024 * 1024)

/**
 * q_machine_get_state: (get-property state)
 * @self: a machine
 *
 * Gets whether the machine is stopped, being launched, running, or being stopped.
 *
 * Returns: the state
 *
 * Since: 1.0
 */
QMachineState
q_machine_get_state (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), Q_MACHINE_STATE_STOPPED);

  return q_launch_state_get_state (q_machine_get_launch_state (self));
}

/**
 * q_machine_is_running: (get-property running)
 * @self: a machine
 *
 * Gets whether there is a QEMU process: being launched, running, or being stopped.
 *
 * Returns: %TRUE while there is a process
 *
 * Since: 1.0
 */
gboolean
q_machine_is_running (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);

  return q_launch_state_get_state (q_machine_get_launch_state (self)) != Q_MACHINE_STATE_STOPPED;
}

/**
 * q_machine_get_pid: (get-property pid)
 * @self: a machine
 *
 * Gets the id of QEMU's process, or of the wrapper's while QEMU's own is not known; 0 while there
 * is none.
 *
 * Returns: the process id, or 0
 *
 * Since: 1.0
 */
gint64
q_machine_get_pid (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), 0);

  return q_launch_state_get_pid (q_machine_get_launch_state (self));
}

/**
 * q_machine_get_exit_kind: (get-property exit-kind)
 * @self: a machine
 *
 * Gets how the last process ended.
 *
 * Returns: how, %Q_EXIT_KIND_NONE before the first end and while QEMU runs
 *
 * Since: 1.0
 */
QExitKind
q_machine_get_exit_kind (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), Q_EXIT_KIND_NONE);

  return q_launch_state_get_exit_kind (q_machine_get_launch_state (self));
}

/**
 * q_machine_get_exit_code:
 * @self: a machine
 * @exit_code: (out) (optional): the exit status of the last process, or minus the signal that
 *   killed it; 0 if there is none
 *
 * Gets the exit code, which stays until the next launch.
 *
 * There is none before the first end, while QEMU runs, and when somebody else took it:
 * [property@Machine:exit-kind] tells these apart. In Python and JavaScript `machine.exit_code` is
 * the number, or `None` and `null`.
 *
 * ```c
 * int exit_code;
 *
 * if (!q_machine_get_exit_code (machine, &exit_code))
 *   return FALSE;
 * g_print ("exit code: %d\n", exit_code);
 * ```
 *
 * Returns: %TRUE if there is one
 *
 * Since: 1.0
 */
gboolean
q_machine_get_exit_code (QMachine *self, int *exit_code)
{
  QLaunchState *state;
  QExitKind kind;

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);

  state = q_machine_get_launch_state (self);
  kind = q_launch_state_get_exit_kind (state);
  if (exit_code != NULL)
    *exit_code = q_launch_state_get_exit_code (state);
  return kind == Q_EXIT_KIND_EXITED || kind == Q_EXIT_KIND_SIGNALED;
}

/**
 * q_machine_dup_listen_address: (get-property listen-address)
 * @self: a machine
 *
 * Gets the address at which the monitor of the launch can be found.
 *
 * Returns: (nullable) (transfer full): the address, %NULL before the first launch and for a machine
 *   without a monitor
 *
 * Since: 1.0
 */
GSocketAddress *
q_machine_dup_listen_address (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_launch_state_dup_listen_address (q_machine_get_launch_state (self));
}

/**
 * q_machine_get_run_state: (get-property run-state)
 * @self: a machine
 *
 * Gets QEMU's run state, as last heard.
 *
 * Returns: the run state
 *
 * Since: 1.0
 */
QRunState
q_machine_get_run_state (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), Q_RUN_STATE_UNKNOWN);

  return q_launch_state_get_run_state (q_machine_get_launch_state (self));
}

/**
 * q_machine_dup_run_state_name: (get-property run-state-name)
 * @self: a machine
 *
 * Gets QEMU's word for its run state, also for states that this library has no name for.
 *
 * Returns: (nullable) (transfer full): the word, %NULL before it is known
 *
 * Since: 1.0
 */
char *
q_machine_dup_run_state_name (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_launch_state_dup_run_state_name (q_machine_get_launch_state (self));
}

/**
 * q_machine_dup_shutdown_reason: (get-property shutdown-reason)
 * @self: a machine
 *
 * Gets QEMU's word for why it shut down, such as `guest-shutdown` or `host-qmp-quit`.
 *
 * Returns: (nullable) (transfer full): the reason, %NULL while there is none
 *
 * Since: 1.0
 */
char *
q_machine_dup_shutdown_reason (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_launch_state_dup_shutdown_reason (q_machine_get_launch_state (self));
}

/**
 * q_machine_dup_command_line: (get-property command-line)
 * @self: a machine
 *
 * Gets the command line of the last launch: wrapper, binary and all arguments.
 *
 * Returns: (nullable) (transfer full) (array zero-terminated=1) (element-type filename): the
 *   arguments, %NULL before the first launch and after one that failed before there was a command
 *   line
 *
 * Since: 1.0
 */
char **
q_machine_dup_command_line (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_launch_state_dup_command_line (q_machine_get_launch_state (self));
}

/**
 * q_machine_dup_run_dir: (get-property run-dir)
 * @self: a machine
 *
 * Gets the path of the directory of the launch, which holds its socket and its log.
 *
 * Returns: (nullable) (transfer full) (type filename): the path, %NULL while there is none
 *
 * Since: 1.0
 */
char *
q_machine_dup_run_dir (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_launch_state_dup_run_dir (q_machine_get_launch_state (self));
}

/**
 * q_machine_dup_log: (get-property log)
 * @self: a machine
 *
 * Gets the text that QEMU wrote to its standard output and standard error, in the order in which it
 * wrote it, but for the line that says it waits for its monitor's client, who is the library.
 *
 * Can be read while QEMU runs and until the next launch; of a longer log the last 16 MiB. Bytes
 * that are not UTF-8 are replaced by U+FFFD; [method@Machine.dup_log_bytes] keeps them.
 *
 * ```c
 * g_autofree char *log = q_machine_dup_log (machine);
 *
 * if (log != NULL && *log != '\0')
 *   g_print ("QEMU said: %s", log);
 * ```
 *
 * Returns: (nullable) (transfer full): the log, %NULL before the first launch and after one whose
 *   settings were refused
 *
 * Since: 1.0
 */
char *
q_machine_dup_log (QMachine *self)
{
  g_autoptr (GBytes) bytes = NULL;
  gsize length;
  const char *text;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  bytes = q_machine_dup_log_bytes (self);
  if (bytes == NULL)
    return NULL;

  text = g_bytes_get_data (bytes, &length);
  return length > 0 ? g_utf8_make_valid (text, (gssize)length) : g_strdup ("");
}

/**
 * q_machine_dup_log_bytes: (get-property log-bytes)
 * @self: a machine
 *
 * Gets the log as QEMU wrote it, where [method@Machine.dup_log] replaces what is not UTF-8.
 *
 * Returns: (nullable) (transfer full): the log, %NULL before the first launch and after one whose
 *   settings were refused
 *
 * Since: 1.0
 */
GBytes *
q_machine_dup_log_bytes (QMachine *self)
{
  g_autoptr (QLog) log = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  log = q_launch_state_dup_log (q_machine_get_launch_state (self));
  return log != NULL ? q_log_read (log, MAX_LOG) : NULL;
}

/* -- waiting for a run state -- */

void
q_machine_wait_run_state_async (QMachine *self, QRunState run_state, guint64 since,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  QLaunchState *state = q_machine_get_launch_state (self);
  QOperation *operation = q_operation_new (self, q_launch_state_get_dispatcher (state),
                                           "wait_run_state", cancellable, q_launch_wait_run_state);
  QRunStateWait *wait = g_new0 (QRunStateWait, 1);

  wait->state = q_launch_state_ref (state);
  wait->run_state = run_state;
  wait->since = since;
  q_operation_set_data (operation, wait, q_run_state_wait_free);
  q_operation_run_async (operation, q_machine_wait_run_state_async, callback, user_data);
}

guint64
q_machine_wait_run_state_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  return GPOINTER_TO_SIZE (
    q_operation_finish (self, result, q_machine_wait_run_state_async, error));
}
