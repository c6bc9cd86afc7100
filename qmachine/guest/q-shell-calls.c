/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-shell-private.h"
#include "guest/q-shell-words-private.h"
#include "io/blocking-task-private.h"

/* The public calls that wait. */

typedef struct
{
  char *command; /* NULL to open */
  GBytes *input;
  int timeout;
} Args;

static void
args_free (gpointer data)
{
  Args *self = data;

  g_free (self->command);
  g_clear_pointer (&self->input, g_bytes_unref);
  g_free (self);
}

static gboolean
check (QShellCall *call, GError **error)
{
  QShell *self = call->shell;
  g_autofree char *what = q_shell_call_describe (call);

  if (call->timeout < -1)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "%s: %d is no time limit", what, call->timeout);
  else if (self->console == NULL && self->stream == NULL)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "%s: the shell has no console and no stream", what);
  else if (self->stream != NULL
           && (!G_IS_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->stream))
               || !g_pollable_input_stream_can_poll (
                 G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->stream)))
               || !G_IS_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->stream))
               || !g_pollable_output_stream_can_poll (
                 G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->stream)))))
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "%s: the stream cannot be polled", what);
  else
    return TRUE;

  return FALSE;
}

static gboolean
begin (QShellCall *call, GError **error)
{
  if (!check (call, error))
    return FALSE;

  call->deadline = q_shell_deadline_new (call->timeout);
  return q_shell_call_begin (call, error);
}

static gpointer
open_shell (gpointer shell, gpointer data, GCancellable *cancellable, GError **error)
{
  Args *args = data;
  QShellCall call = { .shell = shell, .name = "open", .cancellable = cancellable };
  gboolean opened;

  call.timeout
    = args->timeout == Q_TIMEOUT_DEFAULT ? q_shell_get_open_timeout (shell) : args->timeout;
  if (!begin (&call, error))
    return NULL;

  opened = q_shell_call_find (&call, error);
  q_shell_call_end (&call);

  return GINT_TO_POINTER (opened);
}

static gpointer
run_command (gpointer shell, gpointer data, GCancellable *cancellable, GError **error)
{
  Args *args = data;
  g_autofree char *quoted = q_shell_quote_command (args->command);
  QShellCall call
    = { .shell = shell, .name = "run", .command = quoted, .cancellable = cancellable };
  QShellResult *result;

  call.timeout
    = args->timeout == Q_TIMEOUT_DEFAULT ? q_shell_get_command_timeout (shell) : args->timeout;
  if (!begin (&call, error))
    return NULL;

  result = q_shell_call_run (&call, args->command, args->input, error);
  q_shell_call_end (&call);

  return result;
}

static void
run_async (QShell *self, QBlockingFunc func, const char *command, GBytes *input, int timeout,
           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data,
           gpointer tag, GDestroyNotify free_result)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Args *args = g_new0 (Args, 1);

  args->command = g_strdup (command);
  args->input = input != NULL ? g_bytes_ref (input) : NULL;
  args->timeout = timeout;
  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, args, args_free);
  q_blocking_task_run (task, func, free_result);
}

/**
 * q_shell_take_over:
 * @self: a shell on the console of a clone, which is not open
 * @source: the shell that was open on that console when the template was saved
 * @error: return location for an error
 *
 * Goes on where the shell of a template was: its program waits in the clone, too, and need not be
 * set up anew.
 *
 * @source says how it is spoken with, and must not have been used since the template was saved. Its
 * machine need not be there any more. Its settings are taken over. Does not wait, and does not ask
 * the guest: where that has no such program the next [method@Shell.run] opens the shell anew.
 *
 * Any thread.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION if @self is open, or @source is not or has a call
 * under way or a command that was given up.
 *
 * Returns: %TRUE if it is open
 *
 * Since: 1.0
 */
gboolean
q_shell_take_over (QShell *self, QShell *source, GError **error)
{
  g_autoptr (QShellLink) link = NULL;
  const char *problem = NULL;

  g_return_val_if_fail (Q_IS_SHELL (self), FALSE);
  g_return_val_if_fail (Q_IS_SHELL (source) && source != self, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (self->console != NULL || self->stream != NULL)
    link = q_shell_link_new (self->console, self->stream);
  g_mutex_lock (&source->lock);
  if (link == NULL)
    problem = "this shell has no console and no stream";
  else if (!source->ready || source->calls.length > 0 || source->unfinished != NULL)
    problem = "the other shell is not open and idle";
  else
    link->session = g_strdup (source->link->session);
  g_mutex_unlock (&source->lock);

  g_mutex_lock (&self->lock);
  if (problem == NULL
      && (self->calls.length > 0 || (self->ready && q_shell_link_has_same_guest (self->link))))
    problem = "this shell is open already, or about to be";
  if (problem == NULL)
    {
      g_clear_pointer (&self->link, q_shell_link_free);
      self->link = g_steal_pointer (&link);
      self->n_ids = source->n_ids;
      self->piece_size = source->piece_size;
      self->pause_ms = source->pause_ms;
      self->has_base64 = source->has_base64;
      self->has_terminal = source->has_terminal;
    }
  g_mutex_unlock (&self->lock);
  if (problem != NULL)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION, "take_over: %s",
                   problem);
      return FALSE;
    }

  q_shell_copy_settings (self, source);
  q_shell_set_ready (self, TRUE);
  return TRUE;
}

/**
 * q_shell_open:
 * @self: a shell
 * @timeout: how long to wait in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Shell:open-timeout]
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Waits until the guest has a shell for us, and logs in if it asks who is there.
 *
 * Where nothing comes, Enter is pressed now and then. If the shell is open already, it is only
 * asked whether it is still there, and that only where something else was written meanwhile, or a
 * command was given up.
 *
 * Errors: %G_IO_ERROR_TIMED_OUT, which says whether nothing at all came, or quotes the last lines;
 * %G_IO_ERROR_PERMISSION_DENIED if the login was refused, or a user or a password is asked for and
 * there is none; %G_IO_ERROR_NOT_SUPPORTED if the guest has not the programs that are needed, which
 * it names; %G_IO_ERROR_CONNECTION_CLOSED if the stream or the guest has ended;
 * %Q_MACHINE_ERROR_NOT_RUNNING; %Q_MACHINE_ERROR_EXITED; %Q_MACHINE_ERROR_INVALID_CONFIGURATION for
 * what is no time limit; %G_IO_ERROR_CANCELLED.
 *
 * Returns: %TRUE if it is open
 *
 * Since: 1.0
 */
gboolean
q_shell_open (QShell *self, int timeout, GCancellable *cancellable, GError **error)
{
  Args args = { .timeout = timeout };

  g_return_val_if_fail (Q_IS_SHELL (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return GPOINTER_TO_INT (open_shell (self, &args, cancellable, error));
}

/**
 * q_shell_open_async:
 * @self: a shell
 * @timeout: how long to wait in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Shell:open-timeout]
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is open
 * @user_data: data for @callback
 *
 * Like [method@Shell.open], without blocking.
 *
 * Since: 1.0
 */
void
q_shell_open_async (QShell *self, int timeout, GCancellable *cancellable,
                    GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_SHELL (self));

  run_async (self, open_shell, NULL, NULL, timeout, cancellable, callback, user_data,
             q_shell_open_async, NULL);
}

/**
 * q_shell_open_finish:
 * @self: the shell
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Shell.open_async].
 *
 * Returns: %TRUE if it is open
 *
 * Since: 1.0
 */
gboolean
q_shell_open_finish (QShell *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, q_shell_open_async), FALSE);

  return GPOINTER_TO_INT (g_task_propagate_pointer (G_TASK (result), error));
}

/**
 * q_shell_run:
 * @self: a shell
 * @command: what to run: any text for a POSIX shell, of several lines, too
 * @input: (nullable): what the command reads from its standard input, %NULL for nothing
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Shell:command-timeout]
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Runs a command in the guest, and waits until it has ended.
 *
 * Opens the shell first if it is not open, within the same time. The command runs in a shell of its
 * own: see [class@Shell]. @command and @input are at most 1 MiB each; NUL cannot be in a command.
 *
 * A command whose time is over, or that is given up, gets an interrupt, as by Ctrl-C. One that
 * lives on then is in the way of the next call at first: that asks again, and leaves it behind.
 * Without a controlling terminal in the guest, or where its shell ignores interrupts, nothing can
 * be interrupted.
 *
 * A guest that panics, begins anew or goes away ends the call soon. Any exit status is a success
 * here; [method@ShellResult.check] makes an error of one that is not 0.
 *
 * Errors: those of [method@Shell.open]; %G_IO_ERROR_TIMED_OUT; %G_IO_ERROR_CONNECTION_CLOSED if the
 * guest ended or began anew; %G_IO_ERROR_BROKEN_PIPE if the command's shell was killed;
 * %Q_MONITOR_ERROR_TOO_LARGE for more output than [property@Shell:max-output], or a command or an
 * input of more than 1 MiB; %G_IO_ERROR_FAILED for a line on which everything is damaged again and
 * again.
 *
 * Returns: (transfer full): what it wrote, and how it ended
 *
 * Since: 1.0
 */
QShellResult *
q_shell_run (QShell *self, const char *command, GBytes *input, int timeout,
             GCancellable *cancellable, GError **error)
{
  Args args = { .command = (char *)command, .input = input, .timeout = timeout };

  g_return_val_if_fail (Q_IS_SHELL (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return run_command (self, &args, cancellable, error);
}

/**
 * q_shell_run_async:
 * @self: a shell
 * @command: what to run: any text for a POSIX shell, of several lines, too
 * @input: (nullable): what the command reads from its standard input, %NULL for nothing
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Shell:command-timeout]
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it has ended
 * @user_data: data for @callback
 *
 * Like [method@Shell.run], without blocking.
 *
 * Since: 1.0
 */
void
q_shell_run_async (QShell *self, const char *command, GBytes *input, int timeout,
                   GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_SHELL (self));
  g_return_if_fail (command != NULL);

  run_async (self, run_command, command, input, timeout, cancellable, callback, user_data,
             q_shell_run_async, g_object_unref);
}

/**
 * q_shell_run_finish:
 * @self: the shell
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Shell.run_async].
 *
 * Returns: (transfer full): what it wrote, and how it ended
 *
 * Since: 1.0
 */
QShellResult *
q_shell_run_finish (QShell *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, q_shell_run_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
