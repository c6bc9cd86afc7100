/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "q-error-private.h"

/* The public face of an error of the wire. */
GError *q_agent_error_from_wire (const GError *error);

/* What came is no answer to what was sent. */
GError *q_agent_error_no_answer (void);
