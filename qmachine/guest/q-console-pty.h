/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <qmachine/q-console.h>

G_BEGIN_DECLS

QMACHINE_AVAILABLE_IN_1_0
char *q_console_open_pty (QConsole *self, int lines, GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_console_close_pty (QConsole *self);
QMACHINE_AVAILABLE_IN_1_0
guint64 q_console_get_pty_lost (QConsole *self);

G_END_DECLS
