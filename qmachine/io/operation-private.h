/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

#include "dispatcher-private.h"

/* One call of a public method, written once as steps on the I/O thread and offered in two forms.
 *
 * The caller makes it, runs it in the async or the sync form, and gets it back when it is done: in
 * the async form in the context where it was called, in the sync form in the waiting thread. So
 * the reference to the source object is always taken and dropped on the caller's side, never on
 * the I/O thread. In between it belongs to the I/O thread alone. */
typedef struct _QOperation QOperation;

typedef void (*QOperationFunc) (QOperation *self);

/* `name` is for messages and must live as long as the data. `dispatcher` is the source object's. */
QOperation *q_operation_new (gpointer source_object, QDispatcher *dispatcher, const char *name,
                             GCancellable *cancellable, QOperationFunc start);

/* What the steps work on; freed with the operation, on the caller's side. */
void q_operation_set_data (QOperation *self, gpointer data, GDestroyNotify free_data);
gpointer q_operation_get_data (QOperation *self);

/* A way past the change of threads. Each form asks for it before anything else; FALSE sends the
 * operation to the I/O thread as usual.
 *
 * start: of the async form: calls q_operation_start () in the caller's thread.
 * run: of the sync form: the same, and may wait for the end itself; returns when the operation is
 * done, or the I/O thread goes on with it. */
typedef struct
{
  gboolean (*start) (QOperation *self);
  gboolean (*run) (QOperation *self);
} QOperationDirectWay;

void q_operation_set_direct_way (QOperation *self, const QOperationDirectWay *direct_way);

/* For a direct way, with the I/O thread's lock held; see q_io_thread_try_enter (). */
void q_operation_start (QOperation *self);
gboolean q_operation_is_done (QOperation *self);
/* Of the async form: where its result will be delivered. NULL where there is none. */
QLoop *q_operation_get_loop (QOperation *self);
/* In the thread that waits for it, without any lock held: whether the call was given up just now.
 * It ends soon then. */
gboolean q_operation_check_interrupt (QOperation *self);
/* An eventfd that tells the one who waits of the end; -1 for none. */
void q_operation_set_wake_fd (QOperation *self, int fd);
void q_operation_wake (QOperation *self);

/* Ends it before it began, for input that was found wrong: the start function never runs. */
void q_operation_refuse (QOperation *self, GError *error);

/* Both take over the operation. `tag` is the public async function. */
void q_operation_run_async (QOperation *self, gpointer tag, GAsyncReadyCallback callback,
                            gpointer user_data);
gpointer q_operation_run_sync (QOperation *self, GError **error);

/* For the `_finish` function. Results are pointers; a boolean one is GINT_TO_POINTER (TRUE). */
gpointer q_operation_finish (gpointer source_object, GAsyncResult *result, gpointer tag,
                             GError **error);

/* The rest is for the I/O thread. */

gpointer q_operation_get_source_object (QOperation *self);
const char *q_operation_get_name (QOperation *self);

/* Puts it at the end of a queue of operations. Whatever ends it takes it out; nobody else may, but
 * by q_operation_leave (), which does nothing to one that is in none. */
void q_operation_wait_in (QOperation *self, GQueue *queue);
void q_operation_leave (QOperation *self);

/* Called once if the operation is cancelled or timed out while it waits somewhere: takes it out of
 * there. It must not end the operation; that follows at once. */
void q_operation_set_withdraw (QOperation *self, QOperationFunc withdraw);

/* Instead of a withdrawal, for what cannot end at once: gets the error of a cancel or a time-out,
 * and sees to it that the operation ends soon. */
void q_operation_set_interrupt (QOperation *self,
                                void (*interrupt) (QOperation *self, GError *error));

/* Refuses what is no time limit. */
void q_operation_refuse_timeout (QOperation *self, GQuark domain, int code, int timeout);

/* From now on; -1 means never. `what` completes "NAME: " in the message, and the property is named
 * there that set the limit; NULL for none. */
void q_operation_set_timeout (QOperation *self, gint64 milliseconds, const char *what,
                              const char *property);
void q_operation_explain_timeout (QOperation *self, const char *what); /* the deadline stays */

/* Exactly one of these ends it; afterwards it must not be touched. */
void q_operation_return (QOperation *self, gpointer result, GDestroyNotify free_result);
void q_operation_return_true (QOperation *self);
void q_operation_return_error (QOperation *self, GError *error);
void q_operation_return_new_error (QOperation *self, GQuark domain, int code, const char *format,
                                   ...) G_GNUC_PRINTF (4, 5);
