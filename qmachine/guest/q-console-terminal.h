/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <qmachine/q-console.h>

G_BEGIN_DECLS

/**
 * Q_CONSOLE_ESCAPE_KEY:
 *
 * The key that ends [method@Console.interact] if no other is wanted: Ctrl and ].
 *
 * Since: 1.0
 */
#define Q_CONSOLE_ESCAPE_KEY 0x1d

QMACHINE_AVAILABLE_IN_1_0
QConsoleInteractEnd q_console_interact (QConsole *self, int input_fd, int output_fd, int escape_key,
                                        int lines, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_console_interact_async (QConsole *self, int input_fd, int output_fd, int escape_key,
                               int lines, GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QConsoleInteractEnd q_console_interact_finish (QConsole *self, GAsyncResult *result,
                                               GError **error);

G_END_DECLS
