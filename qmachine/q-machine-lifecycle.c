/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-machine.h"

#include "q-machine-private.h"

/* The calls that begin a life, end it, or wait for its end, in their three forms. */

static QOperation *
new_operation (QMachine *self, const char *name, GCancellable *cancellable, QOperationFunc start)
{
  QLaunchState *state = q_machine_get_launch_state (self);
  QOperation *operation
    = q_operation_new (self, q_launch_state_get_dispatcher (state), name, cancellable, start);
  QLaunchCall *call = g_new0 (QLaunchCall, 1);

  call->state = q_launch_state_ref (state);
  q_operation_set_data (operation, call, q_launch_call_free);

  return operation;
}

/* -- launch -- */

static QOperation *
launch_operation (QMachine *self, GCancellable *cancellable)
{
  QOperation *operation = new_operation (self, "launch", cancellable, q_launch_begin);
  QLaunchCall *call = q_operation_get_data (operation);

  call->config = q_machine_dup_config (self);

  return operation;
}

/**
 * q_machine_launch:
 * @self: a machine
 * @cancellable: (nullable): to give up and clean up
 * @error: return location for an error
 *
 * Starts QEMU and negotiates with its monitor.
 *
 * Takes at most [property@Machine:launch-timeout] milliseconds. When it fails, for whichever
 * reason, no process, file or descriptor is left, the log says what QEMU said, and the machine can
 * be launched again. Log, exit code and events of the launch before are gone in any case.
 *
 * Errors: %Q_MACHINE_ERROR_ALREADY_LAUNCHED; %Q_MACHINE_ERROR_INVALID_CONFIGURATION names the
 * setting that cannot work; %Q_MACHINE_ERROR_LAUNCH_FAILED when QEMU ended first: the message
 * holds its exit status, its command line and its last words; %Q_MONITOR_ERROR_PROTOCOL when what
 * answered is no QMP server; in the mode %Q_MONITOR_MODE_LISTEN those of connecting, of the domain
 * of GIO; %G_IO_ERROR_TIMED_OUT; %G_IO_ERROR_CANCELLED, also when the machine is told to stop
 * meanwhile.
 *
 * ```c
 * g_autoptr (GError) error = NULL;
 *
 * if (!q_machine_launch (machine, NULL, &error))
 *   {
 *     g_printerr ("%s\n", error->message);
 *     return FALSE;
 *   }
 * g_print ("process %" G_GINT64_FORMAT "\n", q_machine_get_pid (machine));
 * ```
 *
 * Returns: %TRUE when the machine runs
 *
 * Since: 1.0
 */
gboolean
q_machine_launch (QMachine *self, GCancellable *cancellable, GError **error)
{
  gboolean launched;

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  launched = q_operation_run_sync (launch_operation (self, cancellable), error) != NULL;
  q_machine_forget_stale_monitor (self);

  return launched;
}

/**
 * q_machine_launch_async:
 * @self: a machine
 * @cancellable: (nullable): to give up and clean up
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Machine.launch], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_launch_async (QMachine *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  q_operation_run_async (launch_operation (self, cancellable), q_machine_launch_async, callback,
                         user_data);
}

/**
 * q_machine_launch_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.launch_async].
 *
 * Returns: %TRUE when the machine runs
 *
 * Since: 1.0
 */
gboolean
q_machine_launch_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);

  q_machine_forget_stale_monitor (self);

  return q_operation_finish (self, result, q_machine_launch_async, error) != NULL;
}

/* -- wait -- */

static QOperation *
wait_operation (QMachine *self, int timeout, GCancellable *cancellable)
{
  QOperation *operation = new_operation (self, "wait", cancellable, q_launch_wait);
  QLaunchCall *call = q_operation_get_data (operation);

  call->timeout = timeout;
  if (timeout < -1)
    q_operation_refuse_timeout (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                                timeout);
  return operation;
}

/**
 * q_machine_wait:
 * @self: a machine
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Waits until QEMU has ended, without doing anything about it.
 *
 * [method@Machine.get_exit_code] says how it ended. When it has ended already, the call returns at
 * once.
 *
 * Errors: %Q_MACHINE_ERROR_NOT_RUNNING when no process was started, or the machine is detached
 * meanwhile; %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a @timeout below -1; %G_IO_ERROR_TIMED_OUT;
 * %G_IO_ERROR_CANCELLED.
 *
 * ```c
 * int exit_code;
 *
 * if (!q_machine_wait (machine, -1, NULL, error))
 *   return FALSE;
 * if (q_machine_get_exit_code (machine, &exit_code))
 *   g_print ("QEMU ended by itself, with %d\n", exit_code);
 * ```
 *
 * Returns: %TRUE when QEMU has ended
 *
 * Since: 1.0
 */
gboolean
q_machine_wait (QMachine *self, int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (wait_operation (self, timeout, cancellable), error) != NULL;
}

/**
 * q_machine_wait_async:
 * @self: a machine
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Machine.wait], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_wait_async (QMachine *self, int timeout, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  q_operation_run_async (wait_operation (self, timeout, cancellable), q_machine_wait_async,
                         callback, user_data);
}

/**
 * q_machine_wait_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.wait_async].
 *
 * Returns: %TRUE when QEMU has ended
 *
 * Since: 1.0
 */
gboolean
q_machine_wait_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);

  return q_operation_finish (self, result, q_machine_wait_async, error) != NULL;
}

void
q_machine_wait_end_async (QMachine *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  QOperation *operation = wait_operation (self, -1, cancellable);
  QLaunchCall *call = q_operation_get_data (operation);

  call->wants_end = TRUE;
  q_operation_run_async (operation, q_machine_wait_end_async, callback, user_data);
}

QLaunchEnd *
q_machine_wait_end_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  return q_operation_finish (self, result, q_machine_wait_end_async, error);
}

/* -- shutdown -- */

static QOperation *
shutdown_operation (QMachine *self, int timeout, GCancellable *cancellable)
{
  QOperation *operation = new_operation (self, "shutdown", cancellable, q_launch_shutdown);
  QLaunchCall *call = q_operation_get_data (operation);

  call->timeout = timeout == Q_TIMEOUT_DEFAULT ? q_machine_get_shutdown_timeout (self) : timeout;
  if (call->timeout < -1)
    q_operation_refuse_timeout (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                                timeout);
  return operation;
}

/**
 * q_machine_shutdown:
 * @self: a machine
 * @timeout: how long QEMU may take before force is used, in milliseconds, -1 for as long as it
 *   takes, %Q_TIMEOUT_DEFAULT for [property@Machine:shutdown-timeout]
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Ends QEMU: asks it over the monitor, and if it does not end within @timeout milliseconds uses
 * SIGTERM, and SIGKILL five seconds later.
 *
 * A QEMU that refuses gets SIGTERM at once. A machine without a monitor, or whose monitor is
 * closed, is asked by SIGTERM, and killed after the time-out. One that has closed the monitor
 * itself, after `quit` or the event `SHUTDOWN`, is on its way out, and is waited for. Does nothing
 * when the machine is stopped. In any case QEMU is gone afterwards, and what it left is cleaned up;
 * only cancelling ends the waiting earlier, and then the stopping still goes on, unless
 * @cancellable was cancelled before the call.
 *
 * Errors: %Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN when force was needed, or a signal killed QEMU
 * meanwhile; %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a @timeout that is none;
 * %G_IO_ERROR_PERMISSION_DENIED as for [method@Machine.kill]; %G_IO_ERROR_CANCELLED.
 *
 * ```c
 * g_autoptr (GError) error = NULL;
 *
 * if (!q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error))
 *   g_printerr ("QEMU has ended, but by force: %s\n", error->message);
 * ```
 *
 * Returns: %TRUE when QEMU ended as it was asked to
 *
 * Since: 1.0
 */
gboolean
q_machine_shutdown (QMachine *self, int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (shutdown_operation (self, timeout, cancellable), error) != NULL;
}

/**
 * q_machine_shutdown_async:
 * @self: a machine
 * @timeout: how long QEMU may take before force is used, in milliseconds, -1 for as long as it
 *   takes, %Q_TIMEOUT_DEFAULT for [property@Machine:shutdown-timeout]
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Machine.shutdown], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_shutdown_async (QMachine *self, int timeout, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  q_operation_run_async (shutdown_operation (self, timeout, cancellable), q_machine_shutdown_async,
                         callback, user_data);
}

/**
 * q_machine_shutdown_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.shutdown_async].
 *
 * Returns: %TRUE when QEMU ended as it was asked to
 *
 * Since: 1.0
 */
gboolean
q_machine_shutdown_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);

  return q_operation_finish (self, result, q_machine_shutdown_async, error) != NULL;
}

/* -- kill -- */

static QOperation *
kill_operation (QMachine *self, GCancellable *cancellable)
{
  QOperation *operation = new_operation (self, "kill", cancellable, q_launch_kill);
  QLaunchCall *call = q_operation_get_data (operation);

  call->timeout = -1;
  return operation;
}

gboolean
q_machine_signal_and_wait (QMachine *self, gboolean kill, int timeout, GCancellable *cancellable,
                           GError **error)
{
  QOperation *operation = new_operation (self, kill ? "kill" : "terminate", cancellable,
                                         kill ? q_launch_kill : q_launch_terminate);
  QLaunchCall *call = q_operation_get_data (operation);

  call->timeout = timeout;
  return q_operation_run_sync (operation, error) != NULL;
}

/**
 * q_machine_kill:
 * @self: a machine
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Kills QEMU, its wrapper, and all other processes that came from them, and waits until none is
 * left.
 *
 * Does nothing when the machine is stopped, or when @cancellable was cancelled before the call.
 *
 * Behind a wrapper in the monitor mode %Q_MONITOR_MODE_STDIO what is gone is the wrapper, with all
 * that came from it here. QEMU follows where `qmachine-exec --follow` is in front of it and that
 * host is reached; whether it did is not known here, and [property@Machine:log] says so.
 *
 * Errors: %G_IO_ERROR_PERMISSION_DENIED for a process of another user, which a set-user-ID program
 * made; it is named, the machine stays %Q_MACHINE_STATE_STOPPING, and can be killed again.
 * %G_IO_ERROR_CANCELLED.
 *
 * ```c
 * if (!q_machine_kill (machine, NULL, error))
 *   return FALSE;
 * g_print ("QEMU is gone\n");
 * ```
 *
 * Returns: %TRUE when QEMU is gone
 *
 * Since: 1.0
 */
gboolean
q_machine_kill (QMachine *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (kill_operation (self, cancellable), error) != NULL;
}

/**
 * q_machine_kill_async:
 * @self: a machine
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Machine.kill], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_kill_async (QMachine *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  q_operation_run_async (kill_operation (self, cancellable), q_machine_kill_async, callback,
                         user_data);
}

/**
 * q_machine_kill_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.kill_async].
 *
 * Returns: %TRUE when QEMU is gone
 *
 * Since: 1.0
 */
gboolean
q_machine_kill_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);

  return q_operation_finish (self, result, q_machine_kill_async, error) != NULL;
}

/* -- detach -- */

static QOperation *
detach_operation (QMachine *self, GCancellable *cancellable)
{
  return new_operation (self, "detach", cancellable, q_launch_detach);
}

/**
 * q_machine_detach:
 * @self: a running machine that was launched without [property@Machine:exit-with-parent]
 * @cancellable: (nullable): to give up, as long as nothing has happened
 * @error: return location for an error
 *
 * Lets QEMU go: it lives on, and this object is that of a stopped machine.
 *
 * The monitor is closed, so that somebody else, in this process or another, can attach a
 * [class@Monitor] at [property@Machine:listen-address], which stays known here until the next
 * launch. If it is the default one, the directory of the launch stays, with the socket and the log
 * in it, and whoever ends QEMU may remove it. The console and qtest end, the exit code is never
 * known, [signal@Machine::exited] is not emitted, and calls that wait fail with
 * %Q_MACHINE_ERROR_NOT_RUNNING.
 *
 * Errors: %Q_MACHINE_ERROR_NOT_RUNNING, also for a machine that is about to stop;
 * %Q_MACHINE_ERROR_INVALID_CONFIGURATION when QEMU would end with this process;
 * %G_IO_ERROR_CANCELLED.
 *
 * ```c
 * g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
 *
 * g_object_set (machine, "exit-with-parent", FALSE, "monitor-address", address, NULL);
 * if (!q_machine_launch (machine, NULL, error) || !q_machine_detach (machine, NULL, error))
 *   return FALSE;
 * g_print ("QEMU lives on; its monitor is at %s\n", path);
 * ```
 *
 * Returns: %TRUE when QEMU is on its own
 *
 * Since: 1.0
 */
gboolean
q_machine_detach (QMachine *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (detach_operation (self, cancellable), error) != NULL;
}

/**
 * q_machine_detach_async:
 * @self: a running machine that was launched without [property@Machine:exit-with-parent]
 * @cancellable: (nullable): to give up, as long as nothing has happened
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Machine.detach], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_detach_async (QMachine *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  q_operation_run_async (detach_operation (self, cancellable), q_machine_detach_async, callback,
                         user_data);
}

/**
 * q_machine_detach_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.detach_async].
 *
 * Returns: %TRUE when QEMU is on its own
 *
 * Since: 1.0
 */
gboolean
q_machine_detach_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);

  return q_operation_finish (self, result, q_machine_detach_async, error) != NULL;
}
