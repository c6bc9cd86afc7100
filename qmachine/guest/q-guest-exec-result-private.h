/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "agent/agent-private.h"
#include "guest/q-guest-exec-result.h"

/* Takes over what the operation has returned, and reads it; NULL, and no other error, for NULL. */
QGuestExecResult *q_guest_exec_result_take (char *status, GError **error);
