/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <gio/gio.h>
#include <qmachine/q-console-match.h>
#include <qmachine/q-console-reader.h>
#include <qmachine/q-enums.h>
#include <qmachine/q-error.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_CONSOLE (q_console_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QConsole, q_console, Q, CONSOLE, GObject)

QMACHINE_AVAILABLE_IN_1_0
const char *q_console_get_name (QConsole *self);
QMACHINE_AVAILABLE_IN_1_0
char *q_console_dup_log_path (QConsole *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_console_set_log_path (QConsole *self, const char *log_path);
QMACHINE_AVAILABLE_IN_1_0
char *q_console_dup_text (QConsole *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
GBytes *q_console_dup_bytes (QConsole *self) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
gboolean q_console_write (QConsole *self, const char *text, GCancellable *cancellable,
                          GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_console_write_async (QConsole *self, const char *text, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_console_write_finish (QConsole *self, GAsyncResult *result, GError **error);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_console_write_bytes (QConsole *self, GBytes *bytes, GCancellable *cancellable,
                                GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_console_write_bytes_async (QConsole *self, GBytes *bytes, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_console_write_bytes_finish (QConsole *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
char *q_console_wait_for_text (QConsole *self, const char *pattern, int timeout,
                               GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_console_wait_for_text_async (QConsole *self, const char *pattern, int timeout,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
char *q_console_wait_for_text_finish (QConsole *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
QConsoleMatch *q_console_wait_for_match (QConsole *self, const char *pattern,
                                         QConsoleMatchFlags flags, int timeout,
                                         GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_console_wait_for_match_async (QConsole *self, const char *pattern, QConsoleMatchFlags flags,
                                     int timeout, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QConsoleMatch *q_console_wait_for_match_finish (QConsole *self, GAsyncResult *result,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
QConsoleReader *q_console_create_reader (QConsole *self, gboolean from_now)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
