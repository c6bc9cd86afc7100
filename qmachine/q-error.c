/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-error-private.h"

/**
 * q_machine_error_quark:
 *
 * The error domain [error@MachineError].
 *
 * Returns: the quark of the domain
 *
 * Since: 1.0
 */
G_DEFINE_QUARK (QMachineError, q_machine_error)

/**
 * q_monitor_error_quark:
 *
 * The error domain [error@MonitorError].
 *
 * Returns: the quark of the domain
 *
 * Since: 1.0
 */
G_DEFINE_QUARK (QMonitorError, q_monitor_error)

/**
 * q_job_error_quark:
 *
 * The error domain [error@JobError].
 *
 * Returns: the quark of the domain
 *
 * Since: 1.0
 */
G_DEFINE_QUARK (QJobError, q_job_error)

/* What a message alone cannot carry without being parsed. */
typedef struct
{
  char *command_name;
  char *class_name;
  char *description;
  char *reply;
} QCommandErrorPrivate;

static void
q_command_error_private_init (QCommandErrorPrivate *priv)
{
}

static void
q_command_error_private_copy (const QCommandErrorPrivate *src, QCommandErrorPrivate *dest)
{
  g_assert (src != NULL && dest != NULL);
  dest->command_name = g_strdup (src->command_name);
  dest->class_name = g_strdup (src->class_name);
  dest->description = g_strdup (src->description);
  dest->reply = g_strdup (src->reply);
}

static void
q_command_error_private_clear (QCommandErrorPrivate *priv)
{
  g_assert (priv != NULL);
  g_free (priv->command_name);
  g_free (priv->class_name);
  g_free (priv->description);
  g_free (priv->reply);
}

/**
 * q_command_error_quark:
 *
 * The error domain [error@CommandError].
 *
 * Returns: the quark of the domain
 *
 * Since: 1.0
 */
/* The macro looks behind the GError for the struct, and leaves its alignment to GLib. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-align"
G_DEFINE_EXTENDED_ERROR (QCommandError, q_command_error)
#pragma GCC diagnostic pop

static QCommandError
code_for_class (const char *class_name)
{
  static const struct
  {
    const char *name;
    QCommandError code;
  } classes[] = {
    { "GenericError", Q_COMMAND_ERROR_GENERIC_ERROR },
    { "CommandNotFound", Q_COMMAND_ERROR_COMMAND_NOT_FOUND },
    { "DeviceNotActive", Q_COMMAND_ERROR_DEVICE_NOT_ACTIVE },
    { "DeviceNotFound", Q_COMMAND_ERROR_DEVICE_NOT_FOUND },
    { "KVMMissingCap", Q_COMMAND_ERROR_KVM_MISSING_CAP },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    if (g_str_equal (classes[i].name, class_name))
      return classes[i].code;

  return Q_COMMAND_ERROR_UNKNOWN_CLASS;
}

GError *
q_command_error_new (const char *command, const char *class_name, const char *description,
                     const char *reply)
{
  QCommandError code = code_for_class (class_name);
  QCommandErrorPrivate *priv;
  GError *error;

  error = g_error_new (Q_COMMAND_ERROR, (int)code, "%s%s%s%s%s%s", command != NULL ? command : "",
                       command != NULL ? ": " : "", description,
                       code == Q_COMMAND_ERROR_UNKNOWN_CLASS ? " [" : "",
                       code == Q_COMMAND_ERROR_UNKNOWN_CLASS ? class_name : "",
                       code == Q_COMMAND_ERROR_UNKNOWN_CLASS ? "]" : "");
  priv = q_command_error_get_private (error);
  g_assert (priv != NULL);
  priv->command_name = g_strdup (command);
  priv->class_name = g_strdup (class_name);
  priv->description = g_strdup (description);
  priv->reply = g_strdup (reply);

  return error;
}

static const QCommandErrorPrivate *
get_private (const GError *error)
{
  g_return_val_if_fail (error != NULL && error->domain == Q_COMMAND_ERROR, NULL);

  return q_command_error_get_private (error);
}

/**
 * q_command_error_get_command_name:
 * @error: an error of the domain [error@CommandError]
 *
 * Gets the name of the command that QEMU refused.
 *
 * Returns: (nullable) (transfer none): the name, %NULL where a language binding
 *   made a copy of the error with the message alone, as Python's does
 *
 * Since: 1.0
 */
const char *
q_command_error_get_command_name (const GError *error)
{
  const QCommandErrorPrivate *priv = get_private (error);

  return priv != NULL ? priv->command_name : NULL;
}

/**
 * q_command_error_get_class_name:
 * @error: an error of the domain [error@CommandError]
 *
 * Gets QEMU's name for the class of the error, known to this library or not.
 *
 * Returns: (nullable) (transfer none): the class, %NULL where a language binding
 *   made a copy of the error with the message alone, as Python's does
 *
 * Since: 1.0
 */
const char *
q_command_error_get_class_name (const GError *error)
{
  const QCommandErrorPrivate *priv = get_private (error);

  return priv != NULL ? priv->class_name : NULL;
}

/**
 * q_command_error_get_description:
 * @error: an error of the domain [error@CommandError]
 *
 * Gets QEMU's text, untouched. It is for people: do not parse it.
 *
 * Returns: (nullable) (transfer none): the text, %NULL where a language binding
 *   made a copy of the error with the message alone, as Python's does
 *
 * Since: 1.0
 */
const char *
q_command_error_get_description (const GError *error)
{
  const QCommandErrorPrivate *priv = get_private (error);

  return priv != NULL ? priv->description : NULL;
}

/**
 * q_command_error_get_reply:
 * @error: an error of the domain [error@CommandError]
 *
 * Gets the whole reply as QEMU sent it.
 *
 * Returns: (nullable) (transfer none): JSON text, %NULL where a language binding
 *   made a copy of the error with the message alone, as Python's does
 *
 * Since: 1.0
 */
const char *
q_command_error_get_reply (const GError *error)
{
  const QCommandErrorPrivate *priv = get_private (error);

  return priv != NULL ? priv->reply : NULL;
}
