/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <gio/gio.h>
#include <qmachine/q-console-match.h>
#include <qmachine/q-enums.h>
#include <qmachine/q-error.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_CONSOLE_READER (q_console_reader_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QConsoleReader, q_console_reader, Q, CONSOLE_READER, GObject)

QMACHINE_AVAILABLE_IN_1_0
char *q_console_reader_take_text (QConsoleReader *self) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
QConsoleMatch *q_console_reader_wait_for_match (QConsoleReader *self, const char *pattern,
                                                QConsoleMatchFlags flags, int timeout,
                                                GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_console_reader_wait_for_match_async (QConsoleReader *self, const char *pattern,
                                            QConsoleMatchFlags flags, int timeout,
                                            GCancellable *cancellable, GAsyncReadyCallback callback,
                                            gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QConsoleMatch *q_console_reader_wait_for_match_finish (QConsoleReader *self, GAsyncResult *result,
                                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
