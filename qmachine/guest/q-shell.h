/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <gio/gio.h>
#include <qmachine/q-console.h>
#include <qmachine/q-enums.h>
#include <qmachine/q-error.h>
#include <qmachine/guest/q-shell-result.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_SHELL (q_shell_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QShell, q_shell, Q, SHELL, GObject)

QMACHINE_AVAILABLE_IN_1_0
QShell *q_shell_new (QConsole *console) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
QShell *q_shell_new_for_stream (GIOStream *stream) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
QConsole *q_shell_get_console (QShell *self);
QMACHINE_AVAILABLE_IN_1_0
GIOStream *q_shell_get_stream (QShell *self);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_shell_get_ready (QShell *self);

QMACHINE_AVAILABLE_IN_1_0
char *q_shell_dup_user (QShell *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_shell_set_user (QShell *self, const char *user);
QMACHINE_AVAILABLE_IN_1_0
void q_shell_set_password (QShell *self, const char *password);
QMACHINE_AVAILABLE_IN_1_0
char *q_shell_dup_prompt (QShell *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_shell_set_prompt (QShell *self, const char *prompt);

QMACHINE_AVAILABLE_IN_1_0
int q_shell_get_open_timeout (QShell *self);
QMACHINE_AVAILABLE_IN_1_0
void q_shell_set_open_timeout (QShell *self, int open_timeout);
QMACHINE_AVAILABLE_IN_1_0
int q_shell_get_command_timeout (QShell *self);
QMACHINE_AVAILABLE_IN_1_0
void q_shell_set_command_timeout (QShell *self, int command_timeout);
QMACHINE_AVAILABLE_IN_1_0
guint64 q_shell_get_max_output (QShell *self);
QMACHINE_AVAILABLE_IN_1_0
void q_shell_set_max_output (QShell *self, guint64 max_output);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_shell_take_over (QShell *self, QShell *source, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_shell_open (QShell *self, int timeout, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_shell_open_async (QShell *self, int timeout, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_shell_open_finish (QShell *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
QShellResult *q_shell_run (QShell *self, const char *command, GBytes *input, int timeout,
                           GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_shell_run_async (QShell *self, const char *command, GBytes *input, int timeout,
                        GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QShellResult *q_shell_run_finish (QShell *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
