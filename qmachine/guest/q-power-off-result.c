/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-power-off-result-private.h"

#include "q-enum-types.h"

/**
 * QPowerOffResult:
 *
 * How [method@Machine.power_off] ended a machine.
 *
 * It tells by which step, and of the steps before why they did not. It never changes.
 *
 * Since: 1.0
 */
struct _QPowerOffResult
{
  GObject parent_instance;

  QPowerOffReport report;
};

G_DEFINE_FINAL_TYPE (QPowerOffResult, q_power_off_result, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_STEP,
  PROP_GUEST_OFF,
  PROP_N_PRESSES,
  PROP_ELAPSED,
  PROP_EXIT_KIND,
  PROP_EXIT_CODE,
  PROP_SHUTDOWN_REASON,
  PROP_DESCRIPTION,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
q_power_off_result_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QPowerOffReport *report = &Q_POWER_OFF_RESULT (object)->report;

  switch (prop_id)
    {
    case PROP_STEP:
      g_value_set_enum (value, report->step);
      break;
    case PROP_GUEST_OFF:
      g_value_set_boolean (value, report->guest_off);
      break;
    case PROP_N_PRESSES:
      g_value_set_uint (value, report->n_presses);
      break;
    case PROP_ELAPSED:
      g_value_set_int64 (value, report->elapsed);
      break;
    case PROP_EXIT_KIND:
      g_value_set_enum (value, report->exit_kind);
      break;
    case PROP_EXIT_CODE:
      g_value_set_int (value, report->exit_code);
      break;
    case PROP_SHUTDOWN_REASON:
      g_value_set_string (value, report->shutdown_reason);
      break;
    case PROP_DESCRIPTION:
      g_value_set_string (value, report->description);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_power_off_result_finalize (GObject *object)
{
  QPowerOffReport *report = &Q_POWER_OFF_RESULT (object)->report;

  for (gsize i = 0; i < G_N_ELEMENTS (report->reasons); i++)
    g_free (report->reasons[i]);
  g_free (report->shutdown_reason);
  g_free (report->description);

  G_OBJECT_CLASS (q_power_off_result_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * QPowerOffResult:step: (getter get_step)
   *
   * The step by which QEMU ended. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_STEP]
    = g_param_spec_enum ("step", NULL, NULL, Q_TYPE_POWER_OFF_STEP, Q_POWER_OFF_STEP_NONE, flags);

  /**
   * QPowerOffResult:guest-off: (getter get_guest_off)
   *
   * Whether the guest shut down by itself, with the time that it took. Otherwise it was cut off, as
   * by a power failure. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_GUEST_OFF] = g_param_spec_boolean ("guest-off", NULL, NULL, FALSE, flags);

  /**
   * QPowerOffResult:n-presses: (getter get_n_presses)
   *
   * How many times the power button was pressed. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_N_PRESSES] = g_param_spec_uint ("n-presses", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * QPowerOffResult:elapsed: (getter get_elapsed)
   *
   * How long it took, in milliseconds. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_ELAPSED] = g_param_spec_int64 ("elapsed", NULL, NULL, 0, G_MAXINT64, 0, flags);

  /**
   * QPowerOffResult:exit-kind: (getter get_exit_kind)
   *
   * How QEMU ended; %Q_EXIT_KIND_NONE for a machine that had never been launched. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_EXIT_KIND]
    = g_param_spec_enum ("exit-kind", NULL, NULL, Q_TYPE_EXIT_KIND, Q_EXIT_KIND_NONE, flags);

  /**
   * QPowerOffResult:exit-code: (getter get_exit_code)
   *
   * The exit status of QEMU, or minus the number of the signal that killed it; 0 where
   * [property@PowerOffResult:exit-kind] has none. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_EXIT_CODE]
    = g_param_spec_int ("exit-code", NULL, NULL, G_MININT, G_MAXINT, 0, flags);

  /**
   * QPowerOffResult:shutdown-reason: (getter get_shutdown_reason)
   *
   * Why, in QEMU's word, such as `guest-shutdown`: see [property@Machine:shutdown-reason]. Never
   * changes.
   *
   * Since: 1.0
   */
  properties[PROP_SHUTDOWN_REASON]
    = g_param_spec_string ("shutdown-reason", NULL, NULL, NULL, flags);

  /**
   * QPowerOffResult:description: (getter get_description)
   *
   * All of it as a text for people: how QEMU ended, and a line for each step. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_DESCRIPTION] = g_param_spec_string ("description", NULL, NULL, NULL, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_power_off_result_class_init (QPowerOffResultClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = q_power_off_result_finalize;
  object_class->get_property = q_power_off_result_get_property;
  install_properties (object_class);
}

static void
q_power_off_result_init (QPowerOffResult *self)
{
}

QPowerOffResult *
q_power_off_result_new (void)
{
  return g_object_new (Q_TYPE_POWER_OFF_RESULT, NULL);
}

QPowerOffReport *
q_power_off_result_get_report (QPowerOffResult *self)
{
  return &self->report;
}

/**
 * q_power_off_result_get_step: (get-property step)
 * @self: a result
 *
 * Gets by which step QEMU ended: see
 * [property@PowerOffResult:step].
 *
 * Returns: the step
 *
 * Since: 1.0
 */
QPowerOffStep
q_power_off_result_get_step (QPowerOffResult *self)
{
  g_return_val_if_fail (Q_IS_POWER_OFF_RESULT (self), Q_POWER_OFF_STEP_NONE);

  return self->report.step;
}

/**
 * q_power_off_result_get_guest_off: (get-property guest-off)
 * @self: a result
 *
 * Gets whether the guest shut down by itself: see
 * [property@PowerOffResult:guest-off].
 *
 * Returns: %TRUE if it did
 *
 * Since: 1.0
 */
gboolean
q_power_off_result_get_guest_off (QPowerOffResult *self)
{
  g_return_val_if_fail (Q_IS_POWER_OFF_RESULT (self), FALSE);

  return self->report.guest_off;
}

/**
 * q_power_off_result_get_n_presses: (get-property n-presses)
 * @self: a result
 *
 * Gets how many times the power button was pressed: see
 * [property@PowerOffResult:n-presses].
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint
q_power_off_result_get_n_presses (QPowerOffResult *self)
{
  g_return_val_if_fail (Q_IS_POWER_OFF_RESULT (self), 0);

  return self->report.n_presses;
}

/**
 * q_power_off_result_get_elapsed: (get-property elapsed)
 * @self: a result
 *
 * Gets how long it took: see
 * [property@PowerOffResult:elapsed].
 *
 * Returns: milliseconds
 *
 * Since: 1.0
 */
gint64
q_power_off_result_get_elapsed (QPowerOffResult *self)
{
  g_return_val_if_fail (Q_IS_POWER_OFF_RESULT (self), 0);

  return self->report.elapsed;
}

/**
 * q_power_off_result_get_exit_kind: (get-property exit-kind)
 * @self: a result
 *
 * Gets how QEMU ended: see
 * [property@PowerOffResult:exit-kind].
 *
 * Returns: the kind
 *
 * Since: 1.0
 */
QExitKind
q_power_off_result_get_exit_kind (QPowerOffResult *self)
{
  g_return_val_if_fail (Q_IS_POWER_OFF_RESULT (self), Q_EXIT_KIND_NONE);

  return self->report.exit_kind;
}

/**
 * q_power_off_result_get_exit_code: (get-property exit-code)
 * @self: a result
 *
 * Gets QEMU's exit status, or minus the signal that killed it: see
 * [property@PowerOffResult:exit-code].
 *
 * Returns: the code
 *
 * Since: 1.0
 */
int
q_power_off_result_get_exit_code (QPowerOffResult *self)
{
  g_return_val_if_fail (Q_IS_POWER_OFF_RESULT (self), 0);

  return self->report.exit_code;
}

/**
 * q_power_off_result_get_shutdown_reason: (get-property shutdown-reason)
 * @self: a result
 *
 * Gets QEMU's word for why it ended: see
 * [property@PowerOffResult:shutdown-reason].
 *
 * Returns: (nullable) (transfer none): the word, %NULL if it said none
 *
 * Since: 1.0
 */
const char *
q_power_off_result_get_shutdown_reason (QPowerOffResult *self)
{
  g_return_val_if_fail (Q_IS_POWER_OFF_RESULT (self), NULL);

  return self->report.shutdown_reason;
}

/**
 * q_power_off_result_get_description: (get-property description)
 * @self: a result
 *
 * Gets all of it as a text for people: see
 * [property@PowerOffResult:description].
 *
 * Returns: (transfer none): the text
 *
 * Since: 1.0
 */
const char *
q_power_off_result_get_description (QPowerOffResult *self)
{
  g_return_val_if_fail (Q_IS_POWER_OFF_RESULT (self), NULL);

  return self->report.description;
}

/**
 * q_power_off_result_get_outcome:
 * @self: a result
 * @step: a step
 *
 * Gets what became of a step.
 *
 * Returns: the outcome, %Q_POWER_OFF_OUTCOME_NOT_REACHED for what is no step
 *
 * Since: 1.0
 */
QPowerOffOutcome
q_power_off_result_get_outcome (QPowerOffResult *self, QPowerOffStep step)
{
  g_return_val_if_fail (Q_IS_POWER_OFF_RESULT (self), Q_POWER_OFF_OUTCOME_NOT_REACHED);

  return (guint)step < Q_POWER_OFF_N_STEPS ? self->report.outcomes[step]
                                           : Q_POWER_OFF_OUTCOME_NOT_REACHED;
}

/**
 * q_power_off_result_get_reason:
 * @self: a result
 * @step: a step
 *
 * Gets why a step did not work: what QEMU, or the agent, said, or the limit that passed.
 *
 * Returns: (nullable) (transfer none): the reason, %NULL for a step that worked or was not reached
 *
 * Since: 1.0
 */
const char *
q_power_off_result_get_reason (QPowerOffResult *self, QPowerOffStep step)
{
  g_return_val_if_fail (Q_IS_POWER_OFF_RESULT (self), NULL);

  return (guint)step < Q_POWER_OFF_N_STEPS ? self->report.reasons[step] : NULL;
}
