/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "guest/forward-rule-private.h"
#include "guest/q-forward.h"

QForward *q_forward_new (QMachine *machine, QForwardRule *rule);
QForwardRule *q_forward_get_rule (QForward *self);
/* NULL if it is gone. */
QMachine *q_forward_dup_machine (QForward *self);
