/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-shell-result-private.h"

#include <gio/gio.h>

#include "guest/q-shell-words-private.h"

/**
 * QShellResult:
 *
 * What a command in a guest wrote, and with which status it ended.
 *
 * [method@Shell.run] returns it. It never changes.
 *
 * Since: 1.0
 */
struct _QShellResult
{
  GObject parent_instance;

  char *command;
  GBytes *output;
  int exit_status;
  gsize text; /* a pointer, made when somebody asks for it */
};

G_DEFINE_FINAL_TYPE (QShellResult, q_shell_result, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_COMMAND,
  PROP_EXIT_STATUS,
  PROP_OUTPUT,
  PROP_TEXT,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
q_shell_result_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QShellResult *self = Q_SHELL_RESULT (object);

  switch (prop_id)
    {
    case PROP_COMMAND:
      g_value_set_string (value, q_shell_result_get_command (self));
      break;
    case PROP_EXIT_STATUS:
      g_value_set_int (value, q_shell_result_get_exit_status (self));
      break;
    case PROP_OUTPUT:
      g_value_set_boxed (value, q_shell_result_get_output (self));
      break;
    case PROP_TEXT:
      g_value_set_string (value, q_shell_result_get_text (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_shell_result_finalize (GObject *object)
{
  QShellResult *self = Q_SHELL_RESULT (object);

  g_free (self->command);
  g_bytes_unref (self->output);
  g_free ((char *)self->text);

  G_OBJECT_CLASS (q_shell_result_parent_class)->finalize (object);
}

static void
q_shell_result_class_init (QShellResultClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = q_shell_result_get_property;
  object_class->finalize = q_shell_result_finalize;

  /**
   * QShellResult:command: (getter get_command)
   *
   * The command. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_COMMAND] = g_param_spec_string ("command", NULL, NULL, "", flags);

  /**
   * QShellResult:exit-status: (getter get_exit_status)
   *
   * The exit status of the command, 0 to 255: 128 and the number of the signal for one that a
   * signal killed. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_EXIT_STATUS] = g_param_spec_int ("exit-status", NULL, NULL, 0, 255, 0, flags);

  /**
   * QShellResult:output: (getter get_output)
   *
   * What the command wrote to its standard output and its standard error, byte for byte. Never
   * changes.
   *
   * Since: 1.0
   */
  properties[PROP_OUTPUT] = g_param_spec_boxed ("output", NULL, NULL, G_TYPE_BYTES, flags);

  /**
   * QShellResult:text: (getter get_text)
   *
   * The output as text, without the line ends at its end. Bytes that are not UTF-8 are replaced by
   * U+FFFD, and so is NUL. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, "", flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_shell_result_init (QShellResult *self)
{
  self->command = g_strdup ("");
  self->output = g_bytes_new (NULL, 0);
}

QShellResult *
q_shell_result_new (const char *command, GBytes *output, int exit_status)
{
  QShellResult *self = g_object_new (Q_TYPE_SHELL_RESULT, NULL);

  g_free (self->command);
  self->command = g_strdup (command);
  g_bytes_unref (self->output);
  self->output = output;
  self->exit_status = exit_status;

  return self;
}

/**
 * q_shell_result_get_command: (get-property command)
 * @self: a result
 *
 * Gets the command.
 *
 * Returns: (transfer none): the command
 *
 * Since: 1.0
 */
const char *
q_shell_result_get_command (QShellResult *self)
{
  g_return_val_if_fail (Q_IS_SHELL_RESULT (self), NULL);

  return self->command;
}

/**
 * q_shell_result_get_exit_status: (get-property exit-status)
 * @self: a result
 *
 * Gets the exit status of the command: see [property@ShellResult:exit-status].
 *
 * Returns: 0 to 255
 *
 * Since: 1.0
 */
int
q_shell_result_get_exit_status (QShellResult *self)
{
  g_return_val_if_fail (Q_IS_SHELL_RESULT (self), -1);

  return self->exit_status;
}

/**
 * q_shell_result_get_output: (get-property output)
 * @self: a result
 *
 * Gets what the command wrote, byte for byte.
 *
 * Returns: (transfer none): the bytes, maybe none
 *
 * Since: 1.0
 */
GBytes *
q_shell_result_get_output (QShellResult *self)
{
  g_return_val_if_fail (Q_IS_SHELL_RESULT (self), NULL);

  return self->output;
}

/**
 * q_shell_result_get_text: (get-property text)
 * @self: a result
 *
 * Gets the output as text: see [property@ShellResult:text].
 *
 * Returns: (transfer none): valid UTF-8
 *
 * Since: 1.0
 */
const char *
q_shell_result_get_text (QShellResult *self)
{
  g_return_val_if_fail (Q_IS_SHELL_RESULT (self), NULL);

  if (g_once_init_enter (&self->text))
    {
      gsize length;
      const char *bytes = g_bytes_get_data (self->output, &length);

      while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r'))
        length--;
      g_once_init_leave (&self->text, (gsize)(length > 0 ? g_utf8_make_valid (bytes, (gssize)length)
                                                         : g_strdup ("")));
    }

  return (const char *)self->text;
}

/**
 * q_shell_result_check:
 * @self: a result
 * @error: return location for an error
 *
 * Takes a command for failed whose exit status is not 0.
 *
 * Errors: %G_IO_ERROR_FAILED, which names the command and its status, and quotes the last lines of
 * its output.
 *
 * Returns: %TRUE if the exit status is 0
 *
 * Since: 1.0
 */
gboolean
q_shell_result_check (QShellResult *self, GError **error)
{
  g_autofree char *command = NULL;
  g_autofree char *lines = NULL;
  const char *text;

  g_return_val_if_fail (Q_IS_SHELL_RESULT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (self->exit_status == 0)
    return TRUE;

  text = q_shell_result_get_text (self);
  command = q_shell_quote_command (self->command);
  lines = q_shell_quote_lines (text);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "run: %s: exit status %d\nIts last lines:%s%s",
               command, self->exit_status, lines[0] != '\0' ? "\n" : " (none)", lines);
  return FALSE;
}
