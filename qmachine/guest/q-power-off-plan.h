/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <glib-object.h>
#include <qmachine/guest/q-guest-agent.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_POWER_OFF_PLAN (q_power_off_plan_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QPowerOffPlan, q_power_off_plan, Q, POWER_OFF_PLAN, GObject)

QMACHINE_AVAILABLE_IN_1_0
QPowerOffPlan *q_power_off_plan_new (void) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
QGuestAgent *q_power_off_plan_get_agent (QPowerOffPlan *self);
QMACHINE_AVAILABLE_IN_1_0
void q_power_off_plan_set_agent (QPowerOffPlan *self, QGuestAgent *agent);

QMACHINE_AVAILABLE_IN_1_0
int q_power_off_plan_get_agent_timeout (QPowerOffPlan *self);
QMACHINE_AVAILABLE_IN_1_0
void q_power_off_plan_set_agent_timeout (QPowerOffPlan *self, int agent_timeout);

QMACHINE_AVAILABLE_IN_1_0
int q_power_off_plan_get_button_timeout (QPowerOffPlan *self);
QMACHINE_AVAILABLE_IN_1_0
void q_power_off_plan_set_button_timeout (QPowerOffPlan *self, int button_timeout);

QMACHINE_AVAILABLE_IN_1_0
int q_power_off_plan_get_button_interval (QPowerOffPlan *self);
QMACHINE_AVAILABLE_IN_1_0
void q_power_off_plan_set_button_interval (QPowerOffPlan *self, int button_interval);

QMACHINE_AVAILABLE_IN_1_0
int q_power_off_plan_get_quit_timeout (QPowerOffPlan *self);
QMACHINE_AVAILABLE_IN_1_0
void q_power_off_plan_set_quit_timeout (QPowerOffPlan *self, int quit_timeout);

QMACHINE_AVAILABLE_IN_1_0
int q_power_off_plan_get_term_timeout (QPowerOffPlan *self);
QMACHINE_AVAILABLE_IN_1_0
void q_power_off_plan_set_term_timeout (QPowerOffPlan *self, int term_timeout);

QMACHINE_AVAILABLE_IN_1_0
int q_power_off_plan_get_kill_timeout (QPowerOffPlan *self);
QMACHINE_AVAILABLE_IN_1_0
void q_power_off_plan_set_kill_timeout (QPowerOffPlan *self, int kill_timeout);

G_END_DECLS
