/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "block/q-job-private.h"

/* What is waited for, or asked for, in the two forms of a public call. */
typedef struct _QJobCall QJobCall;

extern const QJobCall q_job_call_wait;
extern const QJobCall q_job_call_wait_ready;
extern const QJobCall q_job_call_complete;
extern const QJobCall q_job_call_cancel;
extern const QJobCall q_job_call_pause;
extern const QJobCall q_job_call_resume;

gboolean q_job_call (QJob *self, const QJobCall *call, int timeout, GCancellable *cancellable,
                     GError **error);
/* `tag` is the public function. */
void q_job_call_async (QJob *self, const QJobCall *call, gpointer tag, int timeout,
                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gboolean q_job_call_finish (QJob *self, gpointer tag, GAsyncResult *result, GError **error);
