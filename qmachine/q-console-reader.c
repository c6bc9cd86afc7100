/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-console-reader-private.h"

#include "q-console-match-private.h"

/**
 * QConsoleReader:
 *
 * A reader of a console's text with a position of its own.
 *
 * [method@Console.create_reader] makes one. Each match moves the position of its reader to the end
 * of the match, and that of nobody else: a watcher for a panic and a program that logs in read the
 * same text without knowing of each other. A reader that is not used costs nothing, since it keeps
 * a place and no text. When the next launch begins it is at the beginning of that guest's text.
 *
 * ```c
 * g_autoptr (QConsoleReader) reader = q_console_create_reader (console, FALSE);
 * g_autoptr (QConsoleMatch) version = NULL;
 * g_autofree char *rest = NULL;
 *
 * version = q_console_reader_wait_for_match (reader, "version (\\S+)\\)",
 *                                            Q_CONSOLE_MATCH_FLAGS_NONE, 30000, NULL, error);
 * if (version == NULL)
 *   return FALSE;
 * g_print ("firmware %s\n", q_console_match_get_group (version, 1));
 * rest = q_console_reader_take_text (reader);
 * g_print ("and then: %s\n", rest);
 * ```
 *
 * Since: 1.0
 */
struct _QConsoleReader
{
  GObject parent_instance;

  QConsoleStream *stream;
  QConsoleCursor *cursor;
};

G_DEFINE_FINAL_TYPE (QConsoleReader, q_console_reader, G_TYPE_OBJECT)

static void
q_console_reader_finalize (GObject *object)
{
  QConsoleReader *self = Q_CONSOLE_READER (object);

  g_clear_pointer (&self->cursor, q_console_cursor_unref);
  g_clear_pointer (&self->stream, q_console_stream_unref);

  G_OBJECT_CLASS (q_console_reader_parent_class)->finalize (object);
}

static void
q_console_reader_class_init (QConsoleReaderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = q_console_reader_finalize;
}

static void
ignore_output (GObject *target, GBytes *bytes, const char *text)
{
}

static void
q_console_reader_init (QConsoleReader *self)
{
  g_autoptr (QDispatcher) dispatcher = q_dispatcher_new ();

  /* One that was made without a console has one that is never open. */
  self->stream = q_console_stream_new (dispatcher, ignore_output);
  self->cursor = q_console_cursor_new (self->stream, FALSE);
}

QConsoleReader *
q_console_reader_new (QConsoleStream *stream, gboolean from_now)
{
  QConsoleReader *self = g_object_new (Q_TYPE_CONSOLE_READER, NULL);

  q_console_cursor_unref (self->cursor);
  q_console_stream_unref (self->stream);
  self->stream = q_console_stream_ref (stream);
  self->cursor = q_console_cursor_new (stream, from_now);

  return self;
}

/**
 * q_console_reader_take_text:
 * @self: a reader
 *
 * Takes the text from the reader's position to its end, where the reader is then. Does not wait.
 *
 * Returns: (transfer full): the text, maybe empty
 *
 * Since: 1.0
 */
char *
q_console_reader_take_text (QConsoleReader *self)
{
  g_return_val_if_fail (Q_IS_CONSOLE_READER (self), NULL);

  return q_console_stream_take_text (self->stream, self->cursor);
}

/* -- waiting -- */

static void
wait_free (gpointer data)
{
  QConsoleWait *wait = data;

  q_console_cursor_unref (wait->cursor);
  q_console_stream_unref (wait->stream);
  g_regex_unref (wait->regex);
  g_clear_error (&wait->error);
  g_free (wait->text);
  g_free (wait);
}

QOperation *
q_console_new_wait (gpointer source_object, QConsoleStream *stream, QConsoleCursor *cursor,
                    const char *name, const char *pattern, QConsoleMatchFlags flags, int timeout,
                    GCancellable *cancellable)
{
  QOperation *operation = q_operation_new (source_object, q_console_stream_get_dispatcher (stream),
                                           name, cancellable, q_console_stream_wait);
  GError *error = NULL;
  g_autoptr (GRegex) regex = g_regex_new (
    pattern, G_REGEX_MULTILINE | G_REGEX_NEWLINE_ANYCRLF | G_REGEX_OPTIMIZE, 0, &error);
  QConsoleWait *wait;

  if (error != NULL)
    {
      q_operation_refuse (operation, error);
      return operation;
    }
  if ((flags & ~Q_CONSOLE_MATCH_FLAGS_COMPLETE) != 0)
    {
      q_operation_refuse (operation,
                          g_error_new (Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                                       "%s: unknown flags: 0x%x", name, flags));
      return operation;
    }
  if (timeout < -1)
    {
      q_operation_refuse_timeout (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                                  timeout);
      return operation;
    }

  wait = g_new0 (QConsoleWait, 1);
  wait->stream = q_console_stream_ref (stream);
  wait->cursor = q_console_cursor_ref (cursor);
  wait->regex = g_steal_pointer (&regex);
  wait->complete = (flags & Q_CONSOLE_MATCH_FLAGS_COMPLETE) != 0;
  wait->timeout = timeout;
  q_operation_set_data (operation, wait, wait_free);

  return operation;
}

static QOperation *
wait_operation (QConsoleReader *self, const char *pattern, QConsoleMatchFlags flags, int timeout,
                GCancellable *cancellable)
{
  return q_console_new_wait (self, self->stream, self->cursor, "wait_for_match", pattern, flags,
                             timeout, cancellable);
}

/**
 * q_console_reader_wait_for_match:
 * @self: a reader
 * @pattern: a regular expression of [struct@GLib.Regex]; `^` and `$` match at line ends
 * @flags: which matches count
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Waits until the guest has written something that matches, from the position of the reader on.
 *
 * Several calls may wait on one reader; each begins where the reader is when it is made. All else
 * is as for [method@Console.wait_for_match], with its errors.
 *
 * Returns: (transfer full): the match
 *
 * Since: 1.0
 */
QConsoleMatch *
q_console_reader_wait_for_match (QConsoleReader *self, const char *pattern,
                                 QConsoleMatchFlags flags, int timeout, GCancellable *cancellable,
                                 GError **error)
{
  g_return_val_if_fail (Q_IS_CONSOLE_READER (self), NULL);
  g_return_val_if_fail (pattern != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_console_match_take (
    q_operation_run_sync (wait_operation (self, pattern, flags, timeout, cancellable), error));
}

/**
 * q_console_reader_wait_for_match_async:
 * @self: a reader
 * @pattern: a regular expression of [struct@GLib.Regex]; `^` and `$` match at line ends
 * @flags: which matches count
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is there
 * @user_data: data for @callback
 *
 * Like [method@ConsoleReader.wait_for_match], without blocking.
 *
 * Since: 1.0
 */
void
q_console_reader_wait_for_match_async (QConsoleReader *self, const char *pattern,
                                       QConsoleMatchFlags flags, int timeout,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  g_return_if_fail (Q_IS_CONSOLE_READER (self));
  g_return_if_fail (pattern != NULL);

  q_operation_run_async (wait_operation (self, pattern, flags, timeout, cancellable),
                         q_console_reader_wait_for_match_async, callback, user_data);
}

/**
 * q_console_reader_wait_for_match_finish:
 * @self: the reader
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@ConsoleReader.wait_for_match_async].
 *
 * Returns: (transfer full): the match
 *
 * Since: 1.0
 */
QConsoleMatch *
q_console_reader_wait_for_match_finish (QConsoleReader *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_CONSOLE_READER (self), NULL);

  return q_console_match_take (
    q_operation_finish (self, result, q_console_reader_wait_for_match_async, error));
}
