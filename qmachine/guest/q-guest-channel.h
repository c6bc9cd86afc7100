/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <gio/gio.h>
#include <qmachine/q-machine.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

#define Q_TYPE_GUEST_CHANNEL (q_guest_channel_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QGuestChannel, q_guest_channel, Q, GUEST_CHANNEL, GObject)

QMACHINE_AVAILABLE_IN_1_0
QGuestChannel *q_machine_add_channel (QMachine *self, const char *name, GError **error);

QMACHINE_AVAILABLE_IN_1_0
const char *q_guest_channel_get_name (QGuestChannel *self);
QMACHINE_AVAILABLE_IN_1_0
GIOStream *q_guest_channel_dup_stream (QGuestChannel *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_channel_get_open (QGuestChannel *self);

QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_channel_wait_open (QGuestChannel *self, int timeout, GCancellable *cancellable,
                                    GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_guest_channel_wait_open_async (QGuestChannel *self, int timeout, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_guest_channel_wait_open_finish (QGuestChannel *self, GAsyncResult *result,
                                           GError **error);

G_END_DECLS
