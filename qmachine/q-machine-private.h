/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "launch/launch-private.h"
#include "q-monitor-private.h"
#include "q-machine.h"

QLaunchState *q_machine_get_launch_state (QMachine *self);
void q_machine_forget_stale_monitor (QMachine *self); /* of an earlier launch */
QLaunchConfig *q_machine_dup_config (QMachine *self);
QLaunchConfig *q_machine_get_config (QMachine *self); /* its fields are guarded by the lock */
QLaunchConfig *q_machine_lock_config (QMachine *self);
void q_machine_unlock_config (QMachine *self);
/* A text, and a path, of the configuration, with the lock; `prop_id` is notified of a change. */
char *q_machine_dup_string_setting (QMachine *self, char *const *field);
void q_machine_set_path_setting (QMachine *self, guint prop_id, char **field, const char *path);
/* A feature takes part in the launches to come. Takes a reference of it. */
void q_machine_add_hook (QMachine *self, const QLaunchHook *hook, gpointer feature);
/* I/O thread: one that was added just now hears of the end of the launch that is there, and settles
 * what it has to if that is not done yet. */
QLaunchJoin q_machine_join_launch (QMachine *self, const QLaunchHook *hook, gpointer feature);

/* Sends SIGTERM, or kills all that belongs to QEMU, and waits for the end, in milliseconds. Nothing
 * else follows. */
gboolean q_machine_signal_and_wait (QMachine *self, gboolean kill, int timeout,
                                    GCancellable *cancellable, GError **error);

/* Waits for a run state, among those of this launch after the first so many. The finish function
 * returns the number of that one; 0 with an error. */
void q_machine_wait_run_state_async (QMachine *self, QRunState run_state, guint64 since,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
guint64 q_machine_wait_run_state_finish (QMachine *self, GAsyncResult *result, GError **error);

/* Like q_machine_wait_async (), for who wants to know of the end what was known then. */
void q_machine_wait_end_async (QMachine *self, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
QLaunchEnd *q_machine_wait_end_finish (QMachine *self, GAsyncResult *result, GError **error);

/* I/O thread: makes a call one of this session's, whose errors are seen as the machine's. */
void q_machine_prepare_call (QSessionCall *call, QLaunchState *state, QSession *session);
/* A call of the machine's monitor. Takes over the request; NULL is one that was refused, with the
 * reason. */
QOperation *q_machine_request_operation (QMachine *self, QRequest *request, GError *refusal,
                                         int timeout, GCancellable *cancellable);
QOperation *q_machine_command_operation (QMachine *self, const char *command, JsonNode *arguments,
                                         const int *fd, QReplyKind kind, int timeout,
                                         GCancellable *cancellable);
QOperation *q_machine_command_json_operation (QMachine *self, const char *command,
                                              const char *arguments, const int *fd, QReplyKind kind,
                                              int timeout, GCancellable *cancellable);
void q_machine_return_not_running (QOperation *operation, QLaunchState *state);
