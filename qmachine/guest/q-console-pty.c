/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-console-pty.h"

#include "guest/pty-private.h"
#include "io/io-thread-private.h"
#include "q-console-private.h"

/* A console behind a pseudo-terminal. */

#define DATA_NAME "qmachine-pty"

typedef struct
{
  QConsoleStream *stream;
  QPty *pty; /* the one that is to be closed */
  int n_lines;
} PtyCall;

/* Guards which one a console has. */
static GMutex lock;

static QOperation *
new_operation (QConsole *self, const char *name, PtyCall *call, QOperationFunc start)
{
  QOperation *operation;

  call->stream = q_console_get_stream (self);
  operation
    = q_operation_new (self, q_console_stream_get_dispatcher (call->stream), name, NULL, start);
  q_operation_set_data (operation, call, NULL);

  return operation;
}

static void
open_on_io_thread (QOperation *operation)
{
  PtyCall *call = q_operation_get_data (operation);
  GError *error = NULL;
  QPty *pty = q_pty_new (call->stream, call->n_lines, &error);

  if (pty == NULL)
    q_operation_return_error (operation, error);
  else
    q_operation_return (operation, pty, NULL);
}

static void
close_on_io_thread (QOperation *operation)
{
  PtyCall *call = q_operation_get_data (operation);

  q_pty_free (call->pty);
  q_operation_return_true (operation);
}

static gboolean
free_cb (gpointer pty)
{
  q_pty_free (pty);
  return G_SOURCE_REMOVE;
}

/* The console is gone. */
static void
drop_pty (gpointer pty)
{
  /* In a forked child it is the parent's, and nobody serves it here. */
  if (!q_io_thread_is_of_parent ())
    q_io_thread_post (free_cb, pty);
}

/**
 * q_console_open_pty:
 * @self: a console
 * @lines: how many lines that the guest wrote before come first, beside the one that has not ended;
 *   -1 for all since a person had the console last
 * @error: return location for an error
 *
 * Makes a pseudo-terminal with the console behind it, which a person may open with `screen`,
 * `picocom` or a terminal widget.
 *
 * It stays until [method@Console.close_pty] or the end of the console, over all launches, whether
 * somebody has it open or not: who opens it may leave, and come again. If there is one already, its
 * path is returned. It is raw from the beginning, and again when the last one has left, and only
 * for the user of the program.
 *
 * What the guest writes while nobody has it open, or who has does not read, is kept up to the last
 * megabyte, and until the next launch; [method@Console.get_pty_lost] counts what was dropped. So it
 * makes neither the guest nor the library wait. What a person types while there is no guest is
 * dropped. A guest that does not read makes who types wait.
 *
 * The program uses the console meanwhile as always, [method@Console.write] included. The size of a
 * window is not told to the guest.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for what is no number of lines; others of
 * [error@Gio.IOErrorEnum] where the system has no pseudo-terminal left.
 *
 * Returns: (transfer full) (type filename): the path, such as `/dev/pts/3`
 *
 * Since: 1.0
 */
char *
q_console_open_pty (QConsole *self, int lines, GError **error)
{
  PtyCall call = { .n_lines = lines };
  QPty *pty;
  char *path;

  g_return_val_if_fail (Q_IS_CONSOLE (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (lines < -1)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "open_pty: %d is no number of lines: -1 is what came since the last time",
                   lines);
      return NULL;
    }

  g_mutex_lock (&lock);
  pty = g_object_get_data (G_OBJECT (self), DATA_NAME);
  if (pty == NULL)
    {
      pty
        = q_operation_run_sync (new_operation (self, "open_pty", &call, open_on_io_thread), error);
      if (pty != NULL)
        g_object_set_data_full (G_OBJECT (self), DATA_NAME, pty, drop_pty);
    }
  path = pty != NULL ? g_strdup (q_pty_get_path (pty)) : NULL;
  g_mutex_unlock (&lock);

  return path;
}

/**
 * q_console_close_pty:
 * @self: a console
 *
 * Takes away the pseudo-terminal of [method@Console.open_pty], if there is one.
 *
 * Who has it open reads to the end of what was written and is hung up. What the guest wrote is
 * still in [property@Console:text].
 *
 * Since: 1.0
 */
void
q_console_close_pty (QConsole *self)
{
  PtyCall call = { 0 };

  g_return_if_fail (Q_IS_CONSOLE (self));

  g_mutex_lock (&lock);
  call.pty = g_object_steal_data (G_OBJECT (self), DATA_NAME);
  if (call.pty != NULL)
    q_operation_run_sync (new_operation (self, "close_pty", &call, close_on_io_thread), NULL);
  g_mutex_unlock (&lock);
}

/**
 * q_console_get_pty_lost:
 * @self: a console
 *
 * Gets how many bytes the pseudo-terminal of [method@Console.open_pty] never got, since it was
 * made: the guest wrote more than a megabyte that nobody read, or was launched again.
 *
 * Returns: the number of bytes, 0 without a pseudo-terminal
 *
 * Since: 1.0
 */
guint64
q_console_get_pty_lost (QConsole *self)
{
  QPty *pty;
  guint64 n_lost;

  g_return_val_if_fail (Q_IS_CONSOLE (self), 0);

  g_mutex_lock (&lock);
  pty = g_object_get_data (G_OBJECT (self), DATA_NAME);
  n_lost = pty != NULL ? q_pty_get_lost (pty) : 0;
  g_mutex_unlock (&lock);

  return n_lost;
}
