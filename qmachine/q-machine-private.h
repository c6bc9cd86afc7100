/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "q-machine-instance-private.h"
#include "q-machine.h"

QMachineStatus *q_machine_get_status (QMachine *self);
QMachineConfig *q_machine_dup_config (QMachine *self);
