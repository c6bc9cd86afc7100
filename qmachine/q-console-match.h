/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <glib-object.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_CONSOLE_MATCH (q_console_match_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QConsoleMatch, q_console_match, Q, CONSOLE_MATCH, GObject)

QMACHINE_AVAILABLE_IN_1_0
const char *q_console_match_get_text (QConsoleMatch *self);
QMACHINE_AVAILABLE_IN_1_0
const char *q_console_match_get_before (QConsoleMatch *self);
QMACHINE_AVAILABLE_IN_1_0
guint q_console_match_get_n_groups (QConsoleMatch *self);
QMACHINE_AVAILABLE_IN_1_0
const char *q_console_match_get_group (QConsoleMatch *self, guint number);
QMACHINE_AVAILABLE_IN_1_0
const char *q_console_match_get_named_group (QConsoleMatch *self, const char *name);

G_END_DECLS
