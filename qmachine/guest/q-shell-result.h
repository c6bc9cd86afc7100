/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <glib-object.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_SHELL_RESULT (q_shell_result_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QShellResult, q_shell_result, Q, SHELL_RESULT, GObject)

QMACHINE_AVAILABLE_IN_1_0
const char *q_shell_result_get_command (QShellResult *self);
QMACHINE_AVAILABLE_IN_1_0
int q_shell_result_get_exit_status (QShellResult *self);
QMACHINE_AVAILABLE_IN_1_0
GBytes *q_shell_result_get_output (QShellResult *self);
QMACHINE_AVAILABLE_IN_1_0
const char *q_shell_result_get_text (QShellResult *self);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_shell_result_check (QShellResult *self, GError **error);

G_END_DECLS
