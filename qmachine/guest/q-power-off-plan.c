/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-power-off-plan.h"

#include "q-enums.h"

/**
 * QPowerOffPlan:
 *
 * The steps by which [method@Machine.power_off] ends a machine, each with a limit of its own.
 *
 * They are, in this order: the guest agent, if the plan has one; the power button; QEMU's command
 * `quit`; SIGTERM; SIGKILL. The first two ask the guest, which has time to write what it must; the
 * others end QEMU, and for the guest the power is cut. A limit of 0 skips its step.
 *
 * A plan can serve any number of calls. Each looks at it once, when it is made.
 *
 * ```c
 * g_autoptr (QPowerOffPlan) plan = q_power_off_plan_new ();
 * g_autoptr (QPowerOffResult) result = NULL;
 *
 * q_power_off_plan_set_button_timeout (plan, 30000);
 * result = q_machine_power_off (machine, plan, NULL, error);
 * if (result == NULL)
 *   return FALSE;
 * g_print ("%s\n", q_power_off_result_get_description (result));
 * ```
 *
 * Since: 1.0
 */
struct _QPowerOffPlan
{
  GObject parent_instance;

  QGuestAgent *agent; /* owned */
  int agent_timeout;
  int button_timeout;
  int button_interval;
  int quit_timeout;
  int term_timeout;
  int kill_timeout;
};

G_DEFINE_FINAL_TYPE (QPowerOffPlan, q_power_off_plan, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_AGENT,
  PROP_AGENT_TIMEOUT,
  PROP_BUTTON_TIMEOUT,
  PROP_BUTTON_INTERVAL,
  PROP_QUIT_TIMEOUT,
  PROP_TERM_TIMEOUT,
  PROP_KILL_TIMEOUT,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
q_power_off_plan_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QPowerOffPlan *self = Q_POWER_OFF_PLAN (object);

  switch (prop_id)
    {
    case PROP_AGENT:
      g_value_set_object (value, self->agent);
      break;
    case PROP_AGENT_TIMEOUT:
      g_value_set_int (value, self->agent_timeout);
      break;
    case PROP_BUTTON_TIMEOUT:
      g_value_set_int (value, self->button_timeout);
      break;
    case PROP_BUTTON_INTERVAL:
      g_value_set_int (value, self->button_interval);
      break;
    case PROP_QUIT_TIMEOUT:
      g_value_set_int (value, self->quit_timeout);
      break;
    case PROP_TERM_TIMEOUT:
      g_value_set_int (value, self->term_timeout);
      break;
    case PROP_KILL_TIMEOUT:
      g_value_set_int (value, self->kill_timeout);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_power_off_plan_set_property (GObject *object, guint prop_id, const GValue *value,
                               GParamSpec *pspec)
{
  QPowerOffPlan *self = Q_POWER_OFF_PLAN (object);

  switch (prop_id)
    {
    case PROP_AGENT:
      q_power_off_plan_set_agent (self, g_value_get_object (value));
      break;
    case PROP_AGENT_TIMEOUT:
      q_power_off_plan_set_agent_timeout (self, g_value_get_int (value));
      break;
    case PROP_BUTTON_TIMEOUT:
      q_power_off_plan_set_button_timeout (self, g_value_get_int (value));
      break;
    case PROP_BUTTON_INTERVAL:
      q_power_off_plan_set_button_interval (self, g_value_get_int (value));
      break;
    case PROP_QUIT_TIMEOUT:
      q_power_off_plan_set_quit_timeout (self, g_value_get_int (value));
      break;
    case PROP_TERM_TIMEOUT:
      q_power_off_plan_set_term_timeout (self, g_value_get_int (value));
      break;
    case PROP_KILL_TIMEOUT:
      q_power_off_plan_set_kill_timeout (self, g_value_get_int (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_power_off_plan_finalize (GObject *object)
{
  QPowerOffPlan *self = Q_POWER_OFF_PLAN (object);

  g_clear_object (&self->agent);

  G_OBJECT_CLASS (q_power_off_plan_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  /**
   * QPowerOffPlan:agent: (getter get_agent) (setter set_agent)
   *
   * The guest agent that is asked to shut the guest down, %NULL for none.
   *
   * Since: 1.0
   */
  properties[PROP_AGENT] = g_param_spec_object ("agent", NULL, NULL, Q_TYPE_GUEST_AGENT, flags);

  /**
   * QPowerOffPlan:agent-timeout: (getter get_agent_timeout) (setter set_agent_timeout)
   *
   * How long the guest may take to be off after its agent was asked, in milliseconds, the wait for
   * the agent included; 0 skips the step, -1 is no limit. Without an [property@PowerOffPlan:agent]
   * there is no such step. Default: 60000.
   *
   * Since: 1.0
   */
  properties[PROP_AGENT_TIMEOUT]
    = g_param_spec_int ("agent-timeout", NULL, NULL, -1, G_MAXINT, 60000, flags);

  /**
   * QPowerOffPlan:button-timeout: (getter get_button_timeout) (setter set_button_timeout)
   *
   * How long the guest may take to be off after the power button was pressed first, in
   * milliseconds; 0 skips the step, -1 is no limit. Default: 60000.
   *
   * Since: 1.0
   */
  properties[PROP_BUTTON_TIMEOUT]
    = g_param_spec_int ("button-timeout", NULL, NULL, -1, G_MAXINT, 60000, flags);

  /**
   * QPowerOffPlan:button-interval: (getter get_button_interval) (setter set_button_interval)
   *
   * After what time the button is pressed again, in milliseconds; 0 for never. A press is lost on a
   * guest that has not booted far enough to hear it, and nobody is told. Default: 10000.
   *
   * Since: 1.0
   */
  properties[PROP_BUTTON_INTERVAL]
    = g_param_spec_int ("button-interval", NULL, NULL, 0, G_MAXINT, 10000, flags);

  /**
   * QPowerOffPlan:quit-timeout: (getter get_quit_timeout) (setter set_quit_timeout)
   *
   * How long QEMU may take to end after the command `quit`, in milliseconds; 0 skips the step, -1
   * is no limit, %Q_TIMEOUT_DEFAULT is [property@Machine:shutdown-timeout]. Default:
   * %Q_TIMEOUT_DEFAULT.
   *
   * Since: 1.0
   */
  properties[PROP_QUIT_TIMEOUT] = g_param_spec_int ("quit-timeout", NULL, NULL, Q_TIMEOUT_DEFAULT,
                                                    G_MAXINT, Q_TIMEOUT_DEFAULT, flags);

  /**
   * QPowerOffPlan:term-timeout: (getter get_term_timeout) (setter set_term_timeout)
   *
   * How long QEMU may take to end after SIGTERM, in milliseconds; 0 skips the step, -1 is no limit.
   * Default: 5000.
   *
   * Since: 1.0
   */
  properties[PROP_TERM_TIMEOUT]
    = g_param_spec_int ("term-timeout", NULL, NULL, -1, G_MAXINT, 5000, flags);

  /**
   * QPowerOffPlan:kill-timeout: (getter get_kill_timeout) (setter set_kill_timeout)
   *
   * How long QEMU may take to be gone after SIGKILL, in milliseconds; 0 skips the step, so that
   * QEMU may still run at the end; -1 is no limit. Default: -1.
   *
   * Since: 1.0
   */
  properties[PROP_KILL_TIMEOUT]
    = g_param_spec_int ("kill-timeout", NULL, NULL, -1, G_MAXINT, -1, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_power_off_plan_class_init (QPowerOffPlanClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = q_power_off_plan_finalize;
  object_class->get_property = q_power_off_plan_get_property;
  object_class->set_property = q_power_off_plan_set_property;
  install_properties (object_class);
}

static void
q_power_off_plan_init (QPowerOffPlan *self)
{
  self->agent_timeout = 60000;
  self->button_timeout = 60000;
  self->button_interval = 10000;
  self->quit_timeout = Q_TIMEOUT_DEFAULT;
  self->term_timeout = 5000;
  self->kill_timeout = -1;
}

/**
 * q_power_off_plan_new:
 *
 * Makes a plan with the defaults of its properties.
 *
 * Returns: (transfer full): the plan
 *
 * Since: 1.0
 */
QPowerOffPlan *
q_power_off_plan_new (void)
{
  return g_object_new (Q_TYPE_POWER_OFF_PLAN, NULL);
}

/**
 * q_power_off_plan_get_agent: (get-property agent)
 * @self: a plan
 *
 * Gets the guest agent that is asked to shut the guest down.
 *
 * Returns: (nullable) (transfer none): the agent, %NULL for none
 *
 * Since: 1.0
 */
QGuestAgent *
q_power_off_plan_get_agent (QPowerOffPlan *self)
{
  g_return_val_if_fail (Q_IS_POWER_OFF_PLAN (self), NULL);

  return self->agent;
}

/**
 * q_power_off_plan_set_agent: (set-property agent)
 * @self: a plan
 * @agent: (nullable): a guest agent of the machine, %NULL for none
 *
 * Sets the guest agent that is asked to shut the guest down.
 *
 * Since: 1.0
 */
void
q_power_off_plan_set_agent (QPowerOffPlan *self, QGuestAgent *agent)
{
  g_return_if_fail (Q_IS_POWER_OFF_PLAN (self));
  g_return_if_fail (agent == NULL || Q_IS_GUEST_AGENT (agent));

  if (g_set_object (&self->agent, agent))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_AGENT]);
}

static void
set_int (QPowerOffPlan *self, guint prop_id, int *field, int value)
{
  if (*field == value)
    return;

  *field = value;
  g_object_notify_by_pspec (G_OBJECT (self), properties[prop_id]);
}

/**
 * q_power_off_plan_get_agent_timeout: (get-property agent-timeout)
 * @self: a plan
 *
 * Gets how long the guest may take after its agent was asked, the wait for the agent included:
 * see [property@PowerOffPlan:agent-timeout].
 *
 * Returns: milliseconds
 *
 * Since: 1.0
 */
int
q_power_off_plan_get_agent_timeout (QPowerOffPlan *self)
{
  g_return_val_if_fail (Q_IS_POWER_OFF_PLAN (self), -1);

  return self->agent_timeout;
}

/**
 * q_power_off_plan_set_agent_timeout: (set-property agent-timeout)
 * @self: a plan
 * @agent_timeout: milliseconds, 0 to skip the step, -1 for no limit
 *
 * Sets how long the guest may take after its agent was asked, the wait for the agent included:
 * see [property@PowerOffPlan:agent-timeout].
 *
 * Since: 1.0
 */
void
q_power_off_plan_set_agent_timeout (QPowerOffPlan *self, int agent_timeout)
{
  g_return_if_fail (Q_IS_POWER_OFF_PLAN (self));
  g_return_if_fail (agent_timeout >= -1);

  set_int (self, PROP_AGENT_TIMEOUT, &self->agent_timeout, agent_timeout);
}

/**
 * q_power_off_plan_get_button_timeout: (get-property button-timeout)
 * @self: a plan
 *
 * Gets how long the guest may take after the power button was pressed:
 * see [property@PowerOffPlan:button-timeout].
 *
 * Returns: milliseconds
 *
 * Since: 1.0
 */
int
q_power_off_plan_get_button_timeout (QPowerOffPlan *self)
{
  g_return_val_if_fail (Q_IS_POWER_OFF_PLAN (self), -1);

  return self->button_timeout;
}

/**
 * q_power_off_plan_set_button_timeout: (set-property button-timeout)
 * @self: a plan
 * @button_timeout: milliseconds, 0 to skip the step, -1 for no limit
 *
 * Sets how long the guest may take after the power button was pressed:
 * see [property@PowerOffPlan:button-timeout].
 *
 * Since: 1.0
 */
void
q_power_off_plan_set_button_timeout (QPowerOffPlan *self, int button_timeout)
{
  g_return_if_fail (Q_IS_POWER_OFF_PLAN (self));
  g_return_if_fail (button_timeout >= -1);

  set_int (self, PROP_BUTTON_TIMEOUT, &self->button_timeout, button_timeout);
}

/**
 * q_power_off_plan_get_button_interval: (get-property button-interval)
 * @self: a plan
 *
 * Gets after what time the button is pressed again:
 * see [property@PowerOffPlan:button-interval].
 *
 * Returns: milliseconds
 *
 * Since: 1.0
 */
int
q_power_off_plan_get_button_interval (QPowerOffPlan *self)
{
  g_return_val_if_fail (Q_IS_POWER_OFF_PLAN (self), -1);

  return self->button_interval;
}

/**
 * q_power_off_plan_set_button_interval: (set-property button-interval)
 * @self: a plan
 * @button_interval: milliseconds, 0 for never
 *
 * Sets after what time the button is pressed again:
 * see [property@PowerOffPlan:button-interval].
 *
 * Since: 1.0
 */
void
q_power_off_plan_set_button_interval (QPowerOffPlan *self, int button_interval)
{
  g_return_if_fail (Q_IS_POWER_OFF_PLAN (self));
  g_return_if_fail (button_interval >= 0);

  set_int (self, PROP_BUTTON_INTERVAL, &self->button_interval, button_interval);
}

/**
 * q_power_off_plan_get_quit_timeout: (get-property quit-timeout)
 * @self: a plan
 *
 * Gets how long QEMU may take after the command `quit`:
 * see [property@PowerOffPlan:quit-timeout].
 *
 * Returns: milliseconds
 *
 * Since: 1.0
 */
int
q_power_off_plan_get_quit_timeout (QPowerOffPlan *self)
{
  g_return_val_if_fail (Q_IS_POWER_OFF_PLAN (self), -1);

  return self->quit_timeout;
}

/**
 * q_power_off_plan_set_quit_timeout: (set-property quit-timeout)
 * @self: a plan
 * @quit_timeout: milliseconds, 0 to skip the step, -1 for no limit, %Q_TIMEOUT_DEFAULT
 *
 * Sets how long QEMU may take after the command `quit`:
 * see [property@PowerOffPlan:quit-timeout].
 *
 * Since: 1.0
 */
void
q_power_off_plan_set_quit_timeout (QPowerOffPlan *self, int quit_timeout)
{
  g_return_if_fail (Q_IS_POWER_OFF_PLAN (self));
  g_return_if_fail (quit_timeout >= Q_TIMEOUT_DEFAULT);

  set_int (self, PROP_QUIT_TIMEOUT, &self->quit_timeout, quit_timeout);
}

/**
 * q_power_off_plan_get_term_timeout: (get-property term-timeout)
 * @self: a plan
 *
 * Gets how long QEMU may take after SIGTERM:
 * see [property@PowerOffPlan:term-timeout].
 *
 * Returns: milliseconds
 *
 * Since: 1.0
 */
int
q_power_off_plan_get_term_timeout (QPowerOffPlan *self)
{
  g_return_val_if_fail (Q_IS_POWER_OFF_PLAN (self), -1);

  return self->term_timeout;
}

/**
 * q_power_off_plan_set_term_timeout: (set-property term-timeout)
 * @self: a plan
 * @term_timeout: milliseconds, 0 to skip the step, -1 for no limit
 *
 * Sets how long QEMU may take after SIGTERM:
 * see [property@PowerOffPlan:term-timeout].
 *
 * Since: 1.0
 */
void
q_power_off_plan_set_term_timeout (QPowerOffPlan *self, int term_timeout)
{
  g_return_if_fail (Q_IS_POWER_OFF_PLAN (self));
  g_return_if_fail (term_timeout >= -1);

  set_int (self, PROP_TERM_TIMEOUT, &self->term_timeout, term_timeout);
}

/**
 * q_power_off_plan_get_kill_timeout: (get-property kill-timeout)
 * @self: a plan
 *
 * Gets how long QEMU may take to be gone after SIGKILL:
 * see [property@PowerOffPlan:kill-timeout].
 *
 * Returns: milliseconds
 *
 * Since: 1.0
 */
int
q_power_off_plan_get_kill_timeout (QPowerOffPlan *self)
{
  g_return_val_if_fail (Q_IS_POWER_OFF_PLAN (self), -1);

  return self->kill_timeout;
}

/**
 * q_power_off_plan_set_kill_timeout: (set-property kill-timeout)
 * @self: a plan
 * @kill_timeout: milliseconds, 0 to skip the step, -1 for no limit
 *
 * Sets how long QEMU may take to be gone after SIGKILL:
 * see [property@PowerOffPlan:kill-timeout].
 *
 * Since: 1.0
 */
void
q_power_off_plan_set_kill_timeout (QPowerOffPlan *self, int kill_timeout)
{
  g_return_if_fail (Q_IS_POWER_OFF_PLAN (self));
  g_return_if_fail (kill_timeout >= -1);

  set_int (self, PROP_KILL_TIMEOUT, &self->kill_timeout, kill_timeout);
}
