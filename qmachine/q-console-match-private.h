/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "launch/console-search-private.h"
#include "q-console-match.h"

/* NULL for NULL. Takes over what was found. */
QConsoleMatch *q_console_match_take (QConsoleFound *found);
