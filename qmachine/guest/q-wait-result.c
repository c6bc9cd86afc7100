/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-wait-result-private.h"

#include "q-enum-types.h"

/**
 * QWaitResult:
 *
 * What came, of the things that a [class@WaitSet] waits for.
 *
 * [method@WaitSet.next] returns it. It never changes.
 *
 * Since: 1.0
 */
struct _QWaitResult
{
  GObject parent_instance;

  QWaitFinding finding;
};

G_DEFINE_FINAL_TYPE (QWaitResult, q_wait_result, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_NUMBER,
  PROP_KIND,
  PROP_EVENT,
  PROP_MATCH,
  PROP_RUN_STATE,
  PROP_EXIT_KIND,
  PROP_EXIT_CODE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
q_wait_result_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QWaitFinding *finding = &Q_WAIT_RESULT (object)->finding;

  switch (prop_id)
    {
    case PROP_NUMBER:
      g_value_set_uint (value, finding->number);
      break;
    case PROP_KIND:
      g_value_set_enum (value, finding->kind);
      break;
    case PROP_EVENT:
      g_value_set_object (value, finding->event);
      break;
    case PROP_MATCH:
      g_value_set_object (value, finding->match);
      break;
    case PROP_RUN_STATE:
      g_value_set_enum (value, finding->run_state);
      break;
    case PROP_EXIT_KIND:
      g_value_set_enum (value, finding->exit_kind);
      break;
    case PROP_EXIT_CODE:
      g_value_set_int (value, finding->exit_code);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_wait_result_finalize (GObject *object)
{
  QWaitFinding *finding = &Q_WAIT_RESULT (object)->finding;

  g_clear_object (&finding->event);
  g_clear_object (&finding->match);

  G_OBJECT_CLASS (q_wait_result_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * QWaitResult:number: (getter get_number)
   *
   * Which of the things it was: what the call that added it returned, or in Python and JavaScript
   * the place among the conditions, from 1 on. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_NUMBER] = g_param_spec_uint ("number", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * QWaitResult:kind: (getter get_kind)
   *
   * What sort of thing it was. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_KIND]
    = g_param_spec_enum ("kind", NULL, NULL, Q_TYPE_WAIT_KIND, Q_WAIT_KIND_EVENT, flags);

  /**
   * QWaitResult:event: (getter get_event)
   *
   * The event, of the kind %Q_WAIT_KIND_EVENT. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_EVENT] = g_param_spec_object ("event", NULL, NULL, Q_TYPE_MONITOR_EVENT, flags);

  /**
   * QWaitResult:match: (getter get_match)
   *
   * The text, of the kind %Q_WAIT_KIND_TEXT. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_MATCH] = g_param_spec_object ("match", NULL, NULL, Q_TYPE_CONSOLE_MATCH, flags);

  /**
   * QWaitResult:run-state: (getter get_run_state)
   *
   * The run state, of the kind %Q_WAIT_KIND_RUN_STATE. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_RUN_STATE]
    = g_param_spec_enum ("run-state", NULL, NULL, Q_TYPE_RUN_STATE, Q_RUN_STATE_UNKNOWN, flags);

  /**
   * QWaitResult:exit-kind: (getter get_exit_kind)
   *
   * How QEMU ended, of the kind %Q_WAIT_KIND_EXIT. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_EXIT_KIND]
    = g_param_spec_enum ("exit-kind", NULL, NULL, Q_TYPE_EXIT_KIND, Q_EXIT_KIND_NONE, flags);

  /**
   * QWaitResult:exit-code: (getter get_exit_code)
   *
   * The exit status of QEMU, or minus the number of the signal that killed it; 0 where
   * [property@WaitResult:exit-kind] has none. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_EXIT_CODE]
    = g_param_spec_int ("exit-code", NULL, NULL, G_MININT, G_MAXINT, 0, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_wait_result_class_init (QWaitResultClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = q_wait_result_finalize;
  object_class->get_property = q_wait_result_get_property;
  install_properties (object_class);
}

static void
q_wait_result_init (QWaitResult *self)
{
}

QWaitResult *
q_wait_result_new (const QWaitFinding *finding)
{
  QWaitResult *self = g_object_new (Q_TYPE_WAIT_RESULT, NULL);

  self->finding = *finding;

  return self;
}

/**
 * q_wait_result_get_number: (get-property number)
 * @self: a result
 *
 * Gets which of the things it was: see [property@WaitResult:number].
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint
q_wait_result_get_number (QWaitResult *self)
{
  g_return_val_if_fail (Q_IS_WAIT_RESULT (self), 0);

  return self->finding.number;
}

/**
 * q_wait_result_get_kind: (get-property kind)
 * @self: a result
 *
 * Gets what sort of thing it was: see [property@WaitResult:kind].
 *
 * Returns: the kind
 *
 * Since: 1.0
 */
QWaitKind
q_wait_result_get_kind (QWaitResult *self)
{
  g_return_val_if_fail (Q_IS_WAIT_RESULT (self), Q_WAIT_KIND_EVENT);

  return self->finding.kind;
}

/**
 * q_wait_result_get_event: (get-property event)
 * @self: a result
 *
 * Gets the event: see [property@WaitResult:event].
 *
 * Returns: (nullable) (transfer none): the event, %NULL of another kind
 *
 * Since: 1.0
 */
QMonitorEvent *
q_wait_result_get_event (QWaitResult *self)
{
  g_return_val_if_fail (Q_IS_WAIT_RESULT (self), NULL);

  return self->finding.event;
}

/**
 * q_wait_result_get_match: (get-property match)
 * @self: a result
 *
 * Gets the text: see [property@WaitResult:match].
 *
 * Returns: (nullable) (transfer none): the match, %NULL of another kind
 *
 * Since: 1.0
 */
QConsoleMatch *
q_wait_result_get_match (QWaitResult *self)
{
  g_return_val_if_fail (Q_IS_WAIT_RESULT (self), NULL);

  return self->finding.match;
}

/**
 * q_wait_result_get_run_state: (get-property run-state)
 * @self: a result
 *
 * Gets the run state: see [property@WaitResult:run-state].
 *
 * Returns: the run state, %Q_RUN_STATE_UNKNOWN of another kind
 *
 * Since: 1.0
 */
QRunState
q_wait_result_get_run_state (QWaitResult *self)
{
  g_return_val_if_fail (Q_IS_WAIT_RESULT (self), Q_RUN_STATE_UNKNOWN);

  return self->finding.run_state;
}

/**
 * q_wait_result_get_exit_kind: (get-property exit-kind)
 * @self: a result
 *
 * Gets how QEMU ended: see [property@WaitResult:exit-kind].
 *
 * Returns: the kind of its end, %Q_EXIT_KIND_NONE of another kind
 *
 * Since: 1.0
 */
QExitKind
q_wait_result_get_exit_kind (QWaitResult *self)
{
  g_return_val_if_fail (Q_IS_WAIT_RESULT (self), Q_EXIT_KIND_NONE);

  return self->finding.exit_kind;
}

/**
 * q_wait_result_get_exit_code: (get-property exit-code)
 * @self: a result
 *
 * Gets QEMU's exit status, or minus the signal that killed it: see [property@WaitResult:exit-code].
 *
 * Returns: the code
 *
 * Since: 1.0
 */
int
q_wait_result_get_exit_code (QWaitResult *self)
{
  g_return_val_if_fail (Q_IS_WAIT_RESULT (self), 0);

  return self->finding.exit_code;
}
