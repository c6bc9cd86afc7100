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

G_BEGIN_DECLS

#define Q_TYPE_FORWARD (q_forward_get_type ())

QMACHINE_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QForward, q_forward, Q, FORWARD, GObject)

QMACHINE_AVAILABLE_IN_1_0
guint q_forward_get_guest_port (QForward *self);
QMACHINE_AVAILABLE_IN_1_0
guint q_forward_get_host_port (QForward *self);
QMACHINE_AVAILABLE_IN_1_0
const char *q_forward_get_host_address (QForward *self);
QMACHINE_AVAILABLE_IN_1_0
QForwardProtocol q_forward_get_protocol (QForward *self);
QMACHINE_AVAILABLE_IN_1_0
const char *q_forward_get_netdev (QForward *self);
QMACHINE_AVAILABLE_IN_1_0
GSocketAddress *q_forward_dup_address (QForward *self) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
char *q_forward_make_uri (QForward *self, const char *scheme) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
gboolean q_forward_wait_ready (QForward *self, const char *pattern, GBytes *request, int timeout,
                               GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_forward_wait_ready_async (QForward *self, const char *pattern, GBytes *request, int timeout,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_forward_wait_ready_finish (QForward *self, GAsyncResult *result, GError **error);

QMACHINE_AVAILABLE_IN_1_0
char *q_machine_add_user_network (QMachine *self, const char *card) G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
QForward *q_machine_add_forward (QMachine *self, guint guest_port, guint host_port,
                                 QForwardProtocol protocol, const char *host_address,
                                 const char *netdev, int timeout, GCancellable *cancellable,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMACHINE_AVAILABLE_IN_1_0
void q_machine_add_forward_async (QMachine *self, guint guest_port, guint host_port,
                                  QForwardProtocol protocol, const char *host_address,
                                  const char *netdev, int timeout, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
QForward *q_machine_add_forward_finish (QMachine *self, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_remove_forward (QMachine *self, QForward *forward, int timeout,
                                   GCancellable *cancellable, GError **error);
QMACHINE_AVAILABLE_IN_1_0
void q_machine_remove_forward_async (QMachine *self, QForward *forward, int timeout,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
QMACHINE_AVAILABLE_IN_1_0
gboolean q_machine_remove_forward_finish (QMachine *self, GAsyncResult *result, GError **error);

G_END_DECLS
