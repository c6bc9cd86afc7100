/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <gio/gio.h>
#include <qmachine/q-enums.h>
#include <qmachine/q-error.h>
#include <qmachine/q-machine.h>
#include <qmachine/q-version.h>

/* The screen, the keys and the pointer of a guest: methods of a machine. */

G_BEGIN_DECLS

QMACHINE_AVAILABLE_IN_1_0
GBytes *q_machine_screenshot (QMachine *self, const char *device, int head, int timeout,
                              GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_screenshot_async (QMachine *self, const char *device, int head, int timeout,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
GBytes *q_machine_screenshot_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_type_text (QMachine *self, const char *text, guint interval, int timeout,
                              GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_type_text_async (QMachine *self, const char *text, guint interval, int timeout,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_type_text_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_press_keys (QMachine *self, const char *keys, guint hold_time, int timeout,
                               GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_press_keys_async (QMachine *self, const char *keys, guint hold_time, int timeout,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_press_keys_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_move_pointer (QMachine *self, int x, int y, int timeout,
                                 GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_move_pointer_async (QMachine *self, int x, int y, int timeout,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_move_pointer_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_click (QMachine *self, int x, int y, QMouseButton button, guint n_clicks,
                          int timeout, GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_click_async (QMachine *self, int x, int y, QMouseButton button, guint n_clicks,
                            int timeout, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_click_finish (QMachine *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
GDBusConnection *q_machine_open_display (QMachine *self, int timeout, GCancellable *cancellable,
                                         GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_open_display_async (QMachine *self, int timeout, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
GDBusConnection *q_machine_open_display_finish (QMachine *self, GAsyncResult *result,
                                                GError **error);

QMACHINE_AVAILABLE_IN_1_0
GSocketConnection *q_machine_open_vnc (QMachine *self, gboolean skip_auth, int timeout,
                                       GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_open_vnc_async (QMachine *self, gboolean skip_auth, int timeout,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
GSocketConnection *q_machine_open_vnc_finish (QMachine *self, GAsyncResult *result, GError **error);

G_END_DECLS
