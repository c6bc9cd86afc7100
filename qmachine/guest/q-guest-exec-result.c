/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-guest-exec-result-private.h"

#include "q-enum-types.h"

/**
 * QGuestExecResult:
 *
 * How a program in a guest ended, and what it wrote.
 *
 * [method@GuestAgent.exec] returns it. It never changes.
 *
 * Since: 1.0
 */
struct _QGuestExecResult
{
  GObject parent_instance;

  QAgentExecResult *result; /* owned */
};

G_DEFINE_FINAL_TYPE (QGuestExecResult, q_guest_exec_result, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_EXIT_KIND,
  PROP_EXIT_STATUS,
  PROP_TERM_SIGNAL,
  PROP_OUTPUT,
  PROP_ERROR_OUTPUT,
  PROP_OUTPUT_TRUNCATED,
  PROP_ERROR_OUTPUT_TRUNCATED,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
q_guest_exec_result_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QGuestExecResult *self = Q_GUEST_EXEC_RESULT (object);

  switch (prop_id)
    {
    case PROP_EXIT_KIND:
      g_value_set_enum (value, q_guest_exec_result_get_exit_kind (self));
      break;
    case PROP_EXIT_STATUS:
      g_value_set_int64 (value, q_guest_exec_result_get_exit_status (self));
      break;
    case PROP_TERM_SIGNAL:
      g_value_set_int64 (value, q_guest_exec_result_get_term_signal (self));
      break;
    case PROP_OUTPUT:
      g_value_set_boxed (value, q_guest_exec_result_get_output (self));
      break;
    case PROP_ERROR_OUTPUT:
      g_value_set_boxed (value, q_guest_exec_result_get_error_output (self));
      break;
    case PROP_OUTPUT_TRUNCATED:
      g_value_set_boolean (value, q_guest_exec_result_get_output_truncated (self));
      break;
    case PROP_ERROR_OUTPUT_TRUNCATED:
      g_value_set_boolean (value, q_guest_exec_result_get_error_output_truncated (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_guest_exec_result_finalize (GObject *object)
{
  QGuestExecResult *self = Q_GUEST_EXEC_RESULT (object);

  g_clear_pointer (&self->result, q_agent_exec_result_free);

  G_OBJECT_CLASS (q_guest_exec_result_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * QGuestExecResult:exit-kind: (getter get_exit_kind)
   *
   * How the program ended: `UNKNOWN` if the agent does not say. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_EXIT_KIND]
    = g_param_spec_enum ("exit-kind", NULL, NULL, Q_TYPE_EXIT_KIND, Q_EXIT_KIND_NONE, flags);

  /**
   * QGuestExecResult:exit-status: (getter get_exit_status)
   *
   * The exit status of a program that has exited: 0 to 255 in Linux, any number in Windows; -1 for
   * one that ended otherwise. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_EXIT_STATUS]
    = g_param_spec_int64 ("exit-status", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);

  /**
   * QGuestExecResult:term-signal: (getter get_term_signal)
   *
   * The signal that killed the program, or in Windows the number of its exception; 0 for one that
   * ended otherwise. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_TERM_SIGNAL]
    = g_param_spec_int64 ("term-signal", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);

  /**
   * QGuestExecResult:output: (getter get_output)
   *
   * What the program wrote to its standard output. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_OUTPUT] = g_param_spec_boxed ("output", NULL, NULL, G_TYPE_BYTES, flags);

  /**
   * QGuestExecResult:error-output: (getter get_error_output)
   *
   * What the program wrote to its standard error. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_ERROR_OUTPUT]
    = g_param_spec_boxed ("error-output", NULL, NULL, G_TYPE_BYTES, flags);

  /**
   * QGuestExecResult:output-truncated: (getter get_output_truncated)
   *
   * Whether the agent kept a part of the standard output only: 16 MiB. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_OUTPUT_TRUNCATED]
    = g_param_spec_boolean ("output-truncated", NULL, NULL, FALSE, flags);

  /**
   * QGuestExecResult:error-output-truncated: (getter get_error_output_truncated)
   *
   * Whether the agent kept a part of the standard error only: 16 MiB. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_ERROR_OUTPUT_TRUNCATED]
    = g_param_spec_boolean ("error-output-truncated", NULL, NULL, FALSE, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_guest_exec_result_class_init (QGuestExecResultClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = q_guest_exec_result_get_property;
  object_class->finalize = q_guest_exec_result_finalize;
  install_properties (object_class);
}

static void
q_guest_exec_result_init (QGuestExecResult *self)
{
}

QGuestExecResult *
q_guest_exec_result_take (char *status, GError **error)
{
  g_autofree char *owned_status = status;
  QAgentExecResult *result;
  QGuestExecResult *self;

  result = owned_status != NULL ? q_agent_exec_read_result (owned_status, error) : NULL;
  if (result == NULL)
    return NULL;

  self = g_object_new (Q_TYPE_GUEST_EXEC_RESULT, NULL);
  self->result = result;

  return self;
}

/**
 * q_guest_exec_result_get_exit_kind: (get-property exit-kind)
 * @self: a result
 *
 * Gets how the program ended.
 *
 * Returns: the kind
 *
 * Since: 1.0
 */
QExitKind
q_guest_exec_result_get_exit_kind (QGuestExecResult *self)
{
  g_return_val_if_fail (Q_IS_GUEST_EXEC_RESULT (self), Q_EXIT_KIND_NONE);

  return self->result != NULL ? self->result->kind : Q_EXIT_KIND_NONE;
}

/**
 * q_guest_exec_result_get_exit_status: (get-property exit-status)
 * @self: a result
 *
 * Gets the exit status of a program that has exited.
 *
 * Returns: the status, -1 if it ended otherwise
 *
 * Since: 1.0
 */
gint64
q_guest_exec_result_get_exit_status (QGuestExecResult *self)
{
  g_return_val_if_fail (Q_IS_GUEST_EXEC_RESULT (self), -1);

  return self->result != NULL && self->result->kind == Q_EXIT_KIND_EXITED ? self->result->number
                                                                          : -1;
}

/**
 * q_guest_exec_result_get_term_signal: (get-property term-signal)
 * @self: a result
 *
 * Gets the signal that killed the program.
 *
 * Returns: the number, 0 if it ended otherwise
 *
 * Since: 1.0
 */
gint64
q_guest_exec_result_get_term_signal (QGuestExecResult *self)
{
  g_return_val_if_fail (Q_IS_GUEST_EXEC_RESULT (self), 0);

  return self->result != NULL && self->result->kind == Q_EXIT_KIND_SIGNALED ? self->result->number
                                                                            : 0;
}

/**
 * q_guest_exec_result_get_output: (get-property output)
 * @self: a result
 *
 * Gets what the program wrote to its standard output.
 *
 * Returns: (nullable) (transfer none): the bytes, maybe none, %NULL for a result that no call has
 * returned
 *
 * Since: 1.0
 */
GBytes *
q_guest_exec_result_get_output (QGuestExecResult *self)
{
  g_return_val_if_fail (Q_IS_GUEST_EXEC_RESULT (self), NULL);

  return self->result != NULL ? self->result->out[0] : NULL;
}

/**
 * q_guest_exec_result_get_error_output: (get-property error-output)
 * @self: a result
 *
 * Gets what the program wrote to its standard error.
 *
 * Returns: (nullable) (transfer none): the bytes, maybe none, %NULL for a result that no call has
 * returned
 *
 * Since: 1.0
 */
GBytes *
q_guest_exec_result_get_error_output (QGuestExecResult *self)
{
  g_return_val_if_fail (Q_IS_GUEST_EXEC_RESULT (self), NULL);

  return self->result != NULL ? self->result->out[1] : NULL;
}

/**
 * q_guest_exec_result_get_output_truncated: (get-property output-truncated)
 * @self: a result
 *
 * Gets whether the agent kept a part of the standard output only.
 *
 * Returns: %TRUE if there was more
 *
 * Since: 1.0
 */
gboolean
q_guest_exec_result_get_output_truncated (QGuestExecResult *self)
{
  g_return_val_if_fail (Q_IS_GUEST_EXEC_RESULT (self), FALSE);

  return self->result != NULL ? self->result->truncated[0] : FALSE;
}

/**
 * q_guest_exec_result_get_error_output_truncated: (get-property error-output-truncated)
 * @self: a result
 *
 * Gets whether the agent kept a part of the standard error only.
 *
 * Returns: %TRUE if there was more
 *
 * Since: 1.0
 */
gboolean
q_guest_exec_result_get_error_output_truncated (QGuestExecResult *self)
{
  g_return_val_if_fail (Q_IS_GUEST_EXEC_RESULT (self), FALSE);

  return self->result != NULL ? self->result->truncated[1] : FALSE;
}
