/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-console.h"

#include "io/path-private.h"
#include "q-console-match-private.h"
#include "q-console-private.h"
#include "q-console-reader-private.h"

#include <string.h>

/**
 * QConsole:
 *
 * The guest's serial console, as text and as bytes.
 *
 * A machine has one after [method@Machine.add_console]; it stays the same over all launches. What
 * the guest writes is read at once, whether somebody looks at it or not, so neither the guest nor
 * QEMU ever waits for the program. The last megabyte is kept. Bytes that are not UTF-8 are replaced
 * by U+FFFD, and so is NUL; a character that comes in pieces is put together. Control characters
 * stay as they are: the guest chooses them, so they are not fit for a terminal without a look. Who
 * needs what the guest wrote byte for byte has [property@Console:bytes],
 * [signal@Console::output-bytes] and [method@Console.write_bytes].
 *
 * All methods can be called from any thread. Signals are emitted in the main context of the
 * machine.
 *
 * ```c
 * QConsole *console = q_machine_add_console (machine, NULL, NULL, error);
 * g_autofree char *words = NULL;
 *
 * if (console == NULL || !q_machine_launch (machine, NULL, error))
 *   return FALSE;
 * words = q_console_wait_for_text (console, "SeaBIOS", 30000, NULL, error);
 * if (words == NULL)
 *   return FALSE;
 * g_print ("%s\n", words);
 * ```
 *
 * Since: 1.0
 */
struct _QConsole
{
  GObject parent_instance;

  QConsoleStream *stream;
  char *name;
};

G_DEFINE_FINAL_TYPE (QConsole, q_console, G_TYPE_OBJECT)

enum
{
  SIGNAL_OUTPUT,
  SIGNAL_OUTPUT_BYTES,
  N_SIGNALS,
};

enum
{
  PROP_0,
  PROP_TEXT,
  PROP_BYTES,
  PROP_NAME,
  PROP_LOG_PATH,
  N_PROPS,
};

static guint signals[N_SIGNALS];
static GParamSpec *properties[N_PROPS];

static void
emit_output (GObject *target, GBytes *bytes, const char *text)
{
  if (g_bytes_get_size (bytes) > 0)
    g_signal_emit (target, signals[SIGNAL_OUTPUT_BYTES], 0, bytes);
  if (text != NULL)
    g_signal_emit (target, signals[SIGNAL_OUTPUT], 0, text);
  q_console_notify_output (Q_CONSOLE (target));
}

void
q_console_notify_output (QConsole *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TEXT]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BYTES]);
}

static void
q_console_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_TEXT)
    g_value_take_string (value, q_console_dup_text (Q_CONSOLE (object)));
  else if (prop_id == PROP_BYTES)
    g_value_take_boxed (value, q_console_dup_bytes (Q_CONSOLE (object)));
  else if (prop_id == PROP_NAME)
    g_value_set_string (value, q_console_get_name (Q_CONSOLE (object)));
  else if (prop_id == PROP_LOG_PATH)
    g_value_take_string (value, q_console_dup_log_path (Q_CONSOLE (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
q_console_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_LOG_PATH)
    q_console_set_log_path (Q_CONSOLE (object), g_value_get_string (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
q_console_finalize (GObject *object)
{
  QConsole *self = Q_CONSOLE (object);

  g_clear_pointer (&self->stream, q_console_stream_unref);
  g_free (self->name);

  G_OBJECT_CLASS (q_console_parent_class)->finalize (object);
}

static void
q_console_class_init (QConsoleClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = q_console_finalize;
  object_class->get_property = q_console_get_property;
  object_class->set_property = q_console_set_property;

  /**
   * QConsole:text: (getter dup_text)
   *
   * What the guest wrote since the last launch; of more than a megabyte the end. Notified in the
   * context of the machine, after each [signal@Console::output] and when a launch begins anew.
   *
   * Since: 1.0
   */
  properties[PROP_TEXT]
    = g_param_spec_string ("text", NULL, NULL, "", G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QConsole:bytes: (getter dup_bytes)
   *
   * What the guest wrote since the last launch, byte for byte; of more than a megabyte the end.
   * Notified like [property@Console:text].
   *
   * Since: 1.0
   */
  properties[PROP_BYTES] = g_param_spec_boxed ("bytes", NULL, NULL, G_TYPE_BYTES,
                                               G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * QConsole:name: (getter get_name)
   *
   * The name that [method@Machine.add_console] gave it, %NULL for one that no machine has. Never
   * changes.
   *
   * Since: 1.0
   */
  properties[PROP_NAME]
    = g_param_spec_string ("name", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QConsole:log-path: (getter dup_log_path) (setter set_log_path) (type filename)
   *
   * The path of a file to which QEMU writes all that the guest writes, anew with each launch; %NULL
   * for none. A relative one is made absolute when it is set. It takes effect with the next launch.
   * For the machine's first console [property@Machine:console-log] stands in where this is %NULL.
   *
   * Since: 1.0
   */
  properties[PROP_LOG_PATH]
    = g_param_spec_string ("log-path", NULL, NULL, NULL,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * QConsole::output:
   * @self: the console
   * @text: what the guest wrote, valid UTF-8
   *
   * The guest wrote something: any piece of it, not a line.
   *
   * Emitted in the context of the machine. When that does not keep up with more than a megabyte,
   * the oldest pieces are left out here, but not from [method@Console.dup_text].
   *
   * Since: 1.0
   */
  signals[SIGNAL_OUTPUT] = g_signal_new ("output", Q_TYPE_CONSOLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                         NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  /**
   * QConsole::output-bytes:
   * @self: the console
   * @bytes: what the guest wrote
   *
   * The guest wrote something: any piece of it, as it came, before [signal@Console::output] of it.
   *
   * Emitted in the context of the machine, and bounded like [signal@Console::output].
   *
   * Since: 1.0
   */
  signals[SIGNAL_OUTPUT_BYTES] = g_signal_new ("output-bytes", Q_TYPE_CONSOLE, G_SIGNAL_RUN_LAST, 0,
                                               NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BYTES);
}

static void
use_dispatcher (QConsole *self, QDispatcher *dispatcher)
{
  g_clear_pointer (&self->stream, q_console_stream_unref);
  self->stream = q_console_stream_new (dispatcher, emit_output);
  q_console_stream_set_target (self->stream, G_OBJECT (self));
}

static void
q_console_init (QConsole *self)
{
  g_autoptr (QDispatcher) dispatcher = q_dispatcher_new ();

  /* One that was made without a machine is never open. */
  use_dispatcher (self, dispatcher);
}

QConsole *
q_console_new_with_dispatcher (QDispatcher *dispatcher, const char *name)
{
  QConsole *self = g_object_new (Q_TYPE_CONSOLE, NULL);

  self->name = g_strdup (name);
  use_dispatcher (self, dispatcher);

  return self;
}

QConsoleStream *
q_console_get_stream (QConsole *self)
{
  return self->stream;
}

/**
 * q_console_get_name: (get-property name)
 * @self: a console
 *
 * Gets the name of the console.
 *
 * Returns: (nullable) (transfer none): the name, %NULL for one that no machine has
 *
 * Since: 1.0
 */
const char *
q_console_get_name (QConsole *self)
{
  g_return_val_if_fail (Q_IS_CONSOLE (self), NULL);

  return self->name;
}

/**
 * q_console_dup_log_path: (get-property log-path)
 * @self: a console
 *
 * Gets the file for what the guest writes: see [property@Console:log-path].
 *
 * Returns: (nullable) (transfer full) (type filename): an absolute path, %NULL for none
 *
 * Since: 1.0
 */
char *
q_console_dup_log_path (QConsole *self)
{
  g_return_val_if_fail (Q_IS_CONSOLE (self), NULL);

  return q_console_stream_dup_log_path (self->stream);
}

/**
 * q_console_set_log_path: (set-property log-path)
 * @self: a console
 * @log_path: (nullable) (type filename): the path of a file, %NULL for none
 *
 * Sets the file for what the guest writes: see [property@Console:log-path].
 *
 * Since: 1.0
 */
void
q_console_set_log_path (QConsole *self, const char *log_path)
{
  g_autofree char *old = NULL;
  g_autofree char *path = NULL;

  g_return_if_fail (Q_IS_CONSOLE (self));

  path = q_path_make_absolute (log_path);
  old = q_console_stream_dup_log_path (self->stream);
  if (g_strcmp0 (old, path) == 0)
    return;

  q_console_stream_set_log_path (self->stream, path);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOG_PATH]);
}

/**
 * q_console_dup_text: (get-property text)
 * @self: a console
 *
 * Gets what the guest wrote since the last launch; of more than a megabyte the end.
 *
 * Can be read while the machine runs and after its end, until the next launch.
 *
 * Returns: (transfer full): the text
 *
 * Since: 1.0
 */
char *
q_console_dup_text (QConsole *self)
{
  g_return_val_if_fail (Q_IS_CONSOLE (self), NULL);

  return q_console_stream_dup_text (self->stream);
}

/**
 * q_console_dup_bytes: (get-property bytes)
 * @self: a console
 *
 * Gets what the guest wrote since the last launch, byte for byte; of more than a megabyte the end.
 *
 * Can be read while the machine runs and after its end, until the next launch.
 *
 * Returns: (transfer full): the bytes
 *
 * Since: 1.0
 */
GBytes *
q_console_dup_bytes (QConsole *self)
{
  g_return_val_if_fail (Q_IS_CONSOLE (self), NULL);

  return q_console_stream_dup_bytes (self->stream);
}

/* -- writing -- */

static void
console_write_free (gpointer data)
{
  QConsoleWrite *write = data;

  q_console_stream_unref (write->stream);
  g_free (write->bytes);
  g_free (write);
}

static QOperation *
write_operation (QConsole *self, const char *bytes, gsize length, GCancellable *cancellable)
{
  QOperation *operation = q_operation_new (self, q_console_stream_get_dispatcher (self->stream),
                                           "write", cancellable, q_console_stream_write);
  QConsoleWrite *write = g_new0 (QConsoleWrite, 1);

  write->stream = q_console_stream_ref (self->stream);
  write->bytes = g_memdup2 (bytes, length);
  write->length = length;
  q_operation_set_data (operation, write, console_write_free);

  return operation;
}

static QOperation *
write_text_operation (QConsole *self, const char *text, GCancellable *cancellable)
{
  return write_operation (self, text, strlen (text), cancellable);
}

static QOperation *
write_bytes_operation (QConsole *self, GBytes *bytes, GCancellable *cancellable)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  return write_operation (self, data, length, cancellable);
}

/**
 * q_console_write:
 * @self: a console
 * @text: what to type
 * @cancellable: (nullable): to give up; a part may have been typed by then
 * @error: return location for an error
 *
 * Types something on the console.
 *
 * Waits until the socket to QEMU has taken all of it: a guest that does not read makes it wait once
 * the socket is full. There is no time limit but @cancellable. What several threads write is not
 * mixed. Python and JavaScript type a NUL in @text as any other character; in C and Vala it is its
 * end, and [method@Console.write_bytes] types one. Errors: %Q_MACHINE_ERROR_NOT_RUNNING;
 * %Q_MACHINE_ERROR_EXITED; %G_IO_ERROR_CANCELLED.
 *
 * ```c
 * const char *escape = "\033";
 * g_autofree char *answer = NULL;
 *
 * if (!q_console_write (console, escape, NULL, error))
 *   return FALSE;
 * answer = q_console_wait_for_text (console, "Select boot device", 30000, NULL, error);
 * if (answer == NULL)
 *   return FALSE;
 * ```
 *
 * Returns: %TRUE when all of it is on its way
 *
 * Since: 1.0
 */
gboolean
q_console_write (QConsole *self, const char *text, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_CONSOLE (self), FALSE);
  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (write_text_operation (self, text, cancellable), error) != NULL;
}

/**
 * q_console_write_async:
 * @self: a console
 * @text: what to type
 * @cancellable: (nullable): to give up; a part may have been typed by then
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Console.write], without blocking.
 *
 * Since: 1.0
 */
void
q_console_write_async (QConsole *self, const char *text, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_CONSOLE (self));
  g_return_if_fail (text != NULL);

  q_operation_run_async (write_text_operation (self, text, cancellable), q_console_write_async,
                         callback, user_data);
}

/**
 * q_console_write_finish:
 * @self: the console
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Console.write_async].
 *
 * Returns: %TRUE when all of it is on its way
 *
 * Since: 1.0
 */
gboolean
q_console_write_finish (QConsole *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_CONSOLE (self), FALSE);

  return q_operation_finish (self, result, q_console_write_async, error) != NULL;
}

/**
 * q_console_write_bytes:
 * @self: a console
 * @bytes: what to type
 * @cancellable: (nullable): to give up; a part may have been typed by then
 * @error: return location for an error
 *
 * Types bytes on the console, of any value.
 *
 * Otherwise like [method@Console.write], with its errors.
 *
 * Returns: %TRUE when all of it is on its way
 *
 * Since: 1.0
 */
gboolean
q_console_write_bytes (QConsole *self, GBytes *bytes, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_CONSOLE (self), FALSE);
  g_return_val_if_fail (bytes != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (write_bytes_operation (self, bytes, cancellable), error) != NULL;
}

/**
 * q_console_write_bytes_async:
 * @self: a console
 * @bytes: what to type
 * @cancellable: (nullable): to give up; a part may have been typed by then
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Console.write_bytes], without blocking.
 *
 * Since: 1.0
 */
void
q_console_write_bytes_async (QConsole *self, GBytes *bytes, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_CONSOLE (self));
  g_return_if_fail (bytes != NULL);

  q_operation_run_async (write_bytes_operation (self, bytes, cancellable),
                         q_console_write_bytes_async, callback, user_data);
}

/**
 * q_console_write_bytes_finish:
 * @self: the console
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Console.write_bytes_async].
 *
 * Returns: %TRUE when all of it is on its way
 *
 * Since: 1.0
 */
gboolean
q_console_write_bytes_finish (QConsole *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_CONSOLE (self), FALSE);

  return q_operation_finish (self, result, q_console_write_bytes_async, error) != NULL;
}

/* -- waiting -- */

static QOperation *
wait_operation (QConsole *self, const char *name, const char *pattern, QConsoleMatchFlags flags,
                int timeout, GCancellable *cancellable)
{
  return q_console_new_wait (self, self->stream, q_console_stream_get_cursor (self->stream), name,
                             pattern, flags, timeout, cancellable);
}

/* Takes over what was found. */
static char *
steal_text (QConsoleFound *found)
{
  g_autoptr (QConsoleFound) owned = found;

  return owned != NULL ? g_steal_pointer (&owned->groups[0]) : NULL;
}

static QOperation *
wait_for_text_operation (QConsole *self, const char *pattern, int timeout,
                         GCancellable *cancellable)
{
  return wait_operation (self, "wait_for_text", pattern, Q_CONSOLE_MATCH_FLAGS_NONE, timeout,
                         cancellable);
}

static QOperation *
wait_for_match_operation (QConsole *self, const char *pattern, QConsoleMatchFlags flags,
                          int timeout, GCancellable *cancellable)
{
  return wait_operation (self, "wait_for_match", pattern, flags, timeout, cancellable);
}

/**
 * q_console_wait_for_text:
 * @self: a console
 * @pattern: a regular expression of [struct@GLib.Regex]; `^` and `$` match at line ends
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Waits until the guest has written something that matches.
 *
 * Text that came before the call counts, if it came after the end of the last match that a call on
 * the console had; so a program can wait for one thing after the other and misses none. A call that
 * waits already goes on from where it began, whatever others find, and moves nobody who began after
 * it. Who looks for something else beside the program takes a [class@ConsoleReader].
 * [method@Console.wait_for_match] returns groups and the text before, too.
 *
 * All that [property@Console:text] has can match. It is searched in a thread of its own. When that
 * took long the next search waits a moment, ten times as long; at the end of @timeout it has a
 * second to look at the rest.
 *
 * The message of an error names @pattern and the limit, or how QEMU ended with its last words, and
 * quotes the last 20 lines of the console, with `?` for control characters.
 *
 * Errors: those of [struct@GLib.Regex] for a bad @pattern; %G_IO_ERROR_TIMED_OUT;
 * %G_IO_ERROR_CANCELLED; %Q_MACHINE_ERROR_NOT_RUNNING; %Q_MACHINE_ERROR_EXITED as soon as QEMU has
 * ended; %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a @timeout below -1.
 *
 * ```c
 * g_autoptr (GError) error = NULL;
 * g_autofree char *words
 *   = q_console_wait_for_text (console, "Press \\w+ for boot menu", 30000, NULL, &error);
 *
 * if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
 *   g_printerr ("the guest has no boot menu\n");
 * else if (words == NULL)
 *   g_printerr ("%s\n", error->message);
 * ```
 *
 * Returns: (transfer full): the text that matched
 *
 * Since: 1.0
 */
char *
q_console_wait_for_text (QConsole *self, const char *pattern, int timeout,
                         GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_CONSOLE (self), NULL);
  g_return_val_if_fail (pattern != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return steal_text (
    q_operation_run_sync (wait_for_text_operation (self, pattern, timeout, cancellable), error));
}

/**
 * q_console_wait_for_text_async:
 * @self: a console
 * @pattern: a regular expression of [struct@GLib.Regex]; `^` and `$` match at line ends
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is there
 * @user_data: data for @callback
 *
 * Like [method@Console.wait_for_text], without blocking.
 *
 * Since: 1.0
 */
void
q_console_wait_for_text_async (QConsole *self, const char *pattern, int timeout,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_return_if_fail (Q_IS_CONSOLE (self));
  g_return_if_fail (pattern != NULL);

  q_operation_run_async (wait_for_text_operation (self, pattern, timeout, cancellable),
                         q_console_wait_for_text_async, callback, user_data);
}

/**
 * q_console_wait_for_text_finish:
 * @self: the console
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Console.wait_for_text_async].
 *
 * Returns: (transfer full): the text that matched
 *
 * Since: 1.0
 */
char *
q_console_wait_for_text_finish (QConsole *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_CONSOLE (self), NULL);

  return steal_text (q_operation_finish (self, result, q_console_wait_for_text_async, error));
}

/**
 * q_console_wait_for_match:
 * @self: a console
 * @pattern: a regular expression of [struct@GLib.Regex]; `^` and `$` match at line ends
 * @flags: which matches count
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Waits until the guest has written something that matches, and returns its groups, too.
 *
 * Otherwise like [method@Console.wait_for_text], with its place and its errors.
 * %Q_MACHINE_ERROR_INVALID_CONFIGURATION is also that of @flags that there are not.
 *
 * Returns: (transfer full): the match
 *
 * Since: 1.0
 */
QConsoleMatch *
q_console_wait_for_match (QConsole *self, const char *pattern, QConsoleMatchFlags flags,
                          int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_CONSOLE (self), NULL);
  g_return_val_if_fail (pattern != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_console_match_take (q_operation_run_sync (
    wait_for_match_operation (self, pattern, flags, timeout, cancellable), error));
}

/**
 * q_console_wait_for_match_async:
 * @self: a console
 * @pattern: a regular expression of [struct@GLib.Regex]; `^` and `$` match at line ends
 * @flags: which matches count
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is there
 * @user_data: data for @callback
 *
 * Like [method@Console.wait_for_match], without blocking.
 *
 * Since: 1.0
 */
void
q_console_wait_for_match_async (QConsole *self, const char *pattern, QConsoleMatchFlags flags,
                                int timeout, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_CONSOLE (self));
  g_return_if_fail (pattern != NULL);

  q_operation_run_async (wait_for_match_operation (self, pattern, flags, timeout, cancellable),
                         q_console_wait_for_match_async, callback, user_data);
}

/**
 * q_console_wait_for_match_finish:
 * @self: the console
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Console.wait_for_match_async].
 *
 * Returns: (transfer full): the match
 *
 * Since: 1.0
 */
QConsoleMatch *
q_console_wait_for_match_finish (QConsole *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_CONSOLE (self), NULL);

  return q_console_match_take (
    q_operation_finish (self, result, q_console_wait_for_match_async, error));
}

/**
 * q_console_create_reader:
 * @self: a console
 * @from_now: begins at the end of the text that is there, and not at its beginning
 *
 * Makes a reader of the console's text with a position of its own.
 *
 * Returns: (transfer full): a new reader
 *
 * Since: 1.0
 */
QConsoleReader *
q_console_create_reader (QConsole *self, gboolean from_now)
{
  g_return_val_if_fail (Q_IS_CONSOLE (self), NULL);

  return q_console_reader_new (self->stream, from_now);
}
