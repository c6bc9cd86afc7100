/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-console-terminal.h"

#include "guest/interaction-private.h"
#include "q-console-private.h"

/* A console in the hands of a person at the program's own terminal, in the forms of the call. */

static GError *
check (int escape_key, int lines)
{
  if (escape_key < -1 || escape_key > 255)
    return g_error_new (Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                        "interact: %d is no escape key: it is a byte, and -1 is none", escape_key);
  if (lines < -1)
    return g_error_new (Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                        "interact: %d is no number of lines: -1 is what came since the last time",
                        lines);
  return NULL;
}

static QOperation *
interact_operation (QConsole *self, int input_fd, int output_fd, int escape_key, int lines,
                    GCancellable *cancellable)
{
  QConsoleStream *stream = q_console_get_stream (self);
  QOperation *operation = q_operation_new (self, q_console_stream_get_dispatcher (stream),
                                           "interact", cancellable, q_interaction_start);
  GError *refusal = check (escape_key, lines);
  QTerminal *terminal = NULL;

  if (refusal == NULL)
    terminal
      = q_terminal_new (input_fd >= 0 ? input_fd : 0, output_fd >= 0 ? output_fd : 1, &refusal);
  if (terminal == NULL)
    q_operation_refuse (operation, refusal);
  else
    q_operation_set_data (operation, q_interaction_new (stream, terminal, escape_key, lines),
                          q_interaction_free);

  return operation;
}

/**
 * q_console_interact:
 * @self: a console
 * @input_fd: where what is typed comes from, -1 for standard input
 * @output_fd: where what the guest writes goes to, -1 for standard output
 * @escape_key: the byte that ends it, such as %Q_CONSOLE_ESCAPE_KEY; -1 for none
 * @lines: how many lines that the guest wrote before are shown first, beside the one that has not
 *   ended; -1 for all since a person had the console last
 * @cancellable: (nullable): to take the console back
 * @error: return location for an error
 *
 * Gives the console to a person at a terminal, and returns when the program has it again.
 *
 * That is when the person presses the escape key, when QEMU ends, when the terminal is hung up or
 * the input ends, or when the call is cancelled. There is no time limit. All bytes go both ways as
 * they are. To send the escape key itself, it is pressed twice within half a second; after a single
 * one the call ends half a second later, or with the next key, which is dropped.
 *
 * A terminal as @input_fd is made raw, and gets back the modes that it had at each end of the call,
 * when the program exits without one, and when it dies, whichever signal kills it: a small process
 * of this library guards it. While the program is stopped, it has its old modes, too. It does not
 * touch the terminal while it is in the background, and refuses to begin there. A terminal can have
 * one console at a time. Other descriptors work, too: a pipe, a socket, a file; they stay as they
 * are, and the call ends when all that came from there is typed.
 *
 * The library sees all that the guest writes meanwhile as always: so do [property@Console:text],
 * [method@Console.wait_for_text], readers and the log. [method@Console.write] may be called, and
 * what it types is not mixed with a piece that the person typed, but comes between two. Several
 * persons may have a console: each sees all, and what each types goes to the guest.
 *
 * A terminal that does not take what the guest writes makes nobody wait: it gets the last megabyte
 * when it does. A guest that reads nothing makes the person wait, but not for the escape key: when
 * it has taken nothing for a second, and 64 KiB wait for it, what is typed is dropped. What the
 * guest has not taken at the end is not typed. Its control characters reach the terminal as they
 * are. The size of the terminal's window is not told to the guest: a serial line has no way.
 *
 * Errors: %Q_MACHINE_ERROR_NOT_RUNNING; %Q_MACHINE_ERROR_INVALID_CONFIGURATION for what is no
 * escape key or number of lines; %G_IO_ERROR_BUSY for a terminal that has a console;
 * %G_IO_ERROR_PERMISSION_DENIED in the background; %G_IO_ERROR_CANCELLED; others of
 * [error@Gio.IOErrorEnum] for a descriptor that fails.
 *
 * Returns: why it ended, %Q_CONSOLE_INTERACT_END_NONE for an error
 *
 * Since: 1.0
 */
QConsoleInteractEnd
q_console_interact (QConsole *self, int input_fd, int output_fd, int escape_key, int lines,
                    GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_CONSOLE (self), Q_CONSOLE_INTERACT_END_NONE);
  g_return_val_if_fail (error == NULL || *error == NULL, Q_CONSOLE_INTERACT_END_NONE);

  return (QConsoleInteractEnd)GPOINTER_TO_INT (q_operation_run_sync (
    interact_operation (self, input_fd, output_fd, escape_key, lines, cancellable), error));
}

/**
 * q_console_interact_async:
 * @self: a console
 * @input_fd: where what is typed comes from, -1 for standard input
 * @output_fd: where what the guest writes goes to, -1 for standard output
 * @escape_key: the byte that ends it, such as %Q_CONSOLE_ESCAPE_KEY; -1 for none
 * @lines: how many lines that the guest wrote before are shown first, beside the one that has not
 *   ended; -1 for all since a person had the console last
 * @cancellable: (nullable): to take the console back
 * @callback: (scope async) (nullable): called when the program has it again
 * @user_data: data for @callback
 *
 * Like [method@Console.interact], without blocking.
 *
 * The descriptors may be closed when this has returned.
 *
 * Since: 1.0
 */
void
q_console_interact_async (QConsole *self, int input_fd, int output_fd, int escape_key, int lines,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (Q_IS_CONSOLE (self));

  q_operation_run_async (
    interact_operation (self, input_fd, output_fd, escape_key, lines, cancellable),
    q_console_interact_async, callback, user_data);
}

/**
 * q_console_interact_finish:
 * @self: the console
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Console.interact_async].
 *
 * Returns: why it ended, %Q_CONSOLE_INTERACT_END_NONE for an error
 *
 * Since: 1.0
 */
QConsoleInteractEnd
q_console_interact_finish (QConsole *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_CONSOLE (self), Q_CONSOLE_INTERACT_END_NONE);

  return (QConsoleInteractEnd)GPOINTER_TO_INT (
    q_operation_finish (self, result, q_console_interact_async, error));
}
