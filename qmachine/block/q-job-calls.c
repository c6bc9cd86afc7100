/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/job-call-private.h"

/**
 * q_job_wait:
 * @self: a job
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Waits until the job has ended.
 *
 * A mirror, and a commit of the active layer, do not end by themselves: [method@Job.complete] ends
 * them. The wait has nothing to do with what the job does: when it is given up, the job goes on.
 * When it has ended, QEMU may take up to two seconds beyond the limit to forget it.
 *
 * Errors: %G_IO_ERROR_TIMED_OUT, which says where the job stands; %Q_JOB_ERROR_FAILED with QEMU's
 * words, %Q_JOB_ERROR_CANCELLED and %Q_JOB_ERROR_GONE for one that has ended otherwise;
 * %Q_MACHINE_ERROR_EXITED, %Q_MACHINE_ERROR_NOT_RUNNING; a
 * [error@CommandError]; and that of cancelling the call, which does not cancel the job.
 *
 * Returns: %TRUE if the job has ended, and has done its work
 *
 * Since: 1.0
 */
gboolean
q_job_wait (QJob *self, int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_JOB (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_job_call (self, &q_job_call_wait, timeout, cancellable, error);
}

/**
 * q_job_wait_async:
 * @self: a job
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Job.wait], without blocking.
 *
 * Since: 1.0
 */
void
q_job_wait_async (QJob *self, int timeout, GCancellable *cancellable, GAsyncReadyCallback callback,
                  gpointer user_data)
{
  g_return_if_fail (Q_IS_JOB (self));

  q_job_call_async (self, &q_job_call_wait, q_job_wait_async, timeout, cancellable, callback,
                    user_data);
}

/**
 * q_job_wait_finish:
 * @self: a job
 * @result: what @callback was called with
 * @error: return location for an error
 *
 * Ends a call of [method@Job.wait_async].
 *
 * Returns: %TRUE if the job has ended, and has done its work
 *
 * Since: 1.0
 */
gboolean
q_job_wait_finish (QJob *self, GAsyncResult *result, GError **error)
{
  return q_job_call_finish (self, q_job_wait_async, result, error);
}

/**
 * q_job_wait_ready:
 * @self: a job
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Waits until the job is ready, or has ended well.
 *
 * Ready is a mirror, or a commit of the active layer, that has copied all and keeps the copy up to
 * date. All other jobs end without that.
 *
 * Errors: %G_IO_ERROR_TIMED_OUT, which says where the job stands; %Q_JOB_ERROR_FAILED with QEMU's
 * words, %Q_JOB_ERROR_CANCELLED and %Q_JOB_ERROR_GONE for one that has ended otherwise;
 * %Q_MACHINE_ERROR_EXITED, %Q_MACHINE_ERROR_NOT_RUNNING; a
 * [error@CommandError]; and that of cancelling the call, which does not cancel the job.
 *
 * Returns: %TRUE if it is ready, or has done its work
 *
 * Since: 1.0
 */
gboolean
q_job_wait_ready (QJob *self, int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_JOB (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_job_call (self, &q_job_call_wait_ready, timeout, cancellable, error);
}

/**
 * q_job_wait_ready_async:
 * @self: a job
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Job.wait_ready], without blocking.
 *
 * Since: 1.0
 */
void
q_job_wait_ready_async (QJob *self, int timeout, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_JOB (self));

  q_job_call_async (self, &q_job_call_wait_ready, q_job_wait_ready_async, timeout, cancellable,
                    callback, user_data);
}

/**
 * q_job_wait_ready_finish:
 * @self: a job
 * @result: what @callback was called with
 * @error: return location for an error
 *
 * Ends a call of [method@Job.wait_ready_async].
 *
 * Returns: %TRUE if it is ready, or has done its work
 *
 * Since: 1.0
 */
gboolean
q_job_wait_ready_finish (QJob *self, GAsyncResult *result, GError **error)
{
  return q_job_call_finish (self, q_job_wait_ready_async, result, error);
}

/**
 * q_job_complete:
 * @self: a job
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Ends a job that keeps a copy up to date, when it is ready, and waits until it has ended.
 *
 * A mirror lets the guest go on with the copy; a commit of the active layer, with the base. If
 * somebody else has completed it, this waits for the same end.
 *
 * Errors: %G_IO_ERROR_TIMED_OUT, which says where the job stands; %Q_JOB_ERROR_FAILED with QEMU's
 * words, %Q_JOB_ERROR_CANCELLED and %Q_JOB_ERROR_GONE for one that has ended otherwise;
 * %Q_JOB_ERROR_NOT_SUPPORTED; %Q_MACHINE_ERROR_EXITED, %Q_MACHINE_ERROR_NOT_RUNNING; a
 * [error@CommandError]; and that of cancelling the call, which does not cancel the job.
 *
 * Returns: %TRUE if the job has ended, and has done its work
 *
 * Since: 1.0
 */
gboolean
q_job_complete (QJob *self, int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_JOB (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_job_call (self, &q_job_call_complete, timeout, cancellable, error);
}

/**
 * q_job_complete_async:
 * @self: a job
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Job.complete], without blocking.
 *
 * Since: 1.0
 */
void
q_job_complete_async (QJob *self, int timeout, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_JOB (self));

  q_job_call_async (self, &q_job_call_complete, q_job_complete_async, timeout, cancellable,
                    callback, user_data);
}

/**
 * q_job_complete_finish:
 * @self: a job
 * @result: what @callback was called with
 * @error: return location for an error
 *
 * Ends a call of [method@Job.complete_async].
 *
 * Returns: %TRUE if the job has ended, and has done its work
 *
 * Since: 1.0
 */
gboolean
q_job_complete_finish (QJob *self, GAsyncResult *result, GError **error)
{
  return q_job_call_finish (self, q_job_complete_async, result, error);
}

/**
 * q_job_cancel:
 * @self: a job
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Cancels the job, and waits until it has ended.
 *
 * If it has ended before, there is nothing to do. [property@Job:error] says how it ended: a job may
 * do its work, or fail, in the moment when it is cancelled. For a mirror that is ready, too, this
 * means that the copy is given up, and may miss what the guest wrote last.
 *
 * Errors: %G_IO_ERROR_TIMED_OUT, which says where the job stands; %Q_JOB_ERROR_NOT_SUPPORTED;
 * %Q_MACHINE_ERROR_EXITED, %Q_MACHINE_ERROR_NOT_RUNNING; a [error@CommandError]; and that of
 * cancelling the call, which does not cancel the job.
 *
 * Returns: %TRUE if the job has ended, in whatever way
 *
 * Since: 1.0
 */
gboolean
q_job_cancel (QJob *self, int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_JOB (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_job_call (self, &q_job_call_cancel, timeout, cancellable, error);
}

/**
 * q_job_cancel_async:
 * @self: a job
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Job.cancel], without blocking.
 *
 * Since: 1.0
 */
void
q_job_cancel_async (QJob *self, int timeout, GCancellable *cancellable,
                    GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_JOB (self));

  q_job_call_async (self, &q_job_call_cancel, q_job_cancel_async, timeout, cancellable, callback,
                    user_data);
}

/**
 * q_job_cancel_finish:
 * @self: a job
 * @result: what @callback was called with
 * @error: return location for an error
 *
 * Ends a call of [method@Job.cancel_async].
 *
 * Returns: %TRUE if the job has ended, in whatever way
 *
 * Since: 1.0
 */
gboolean
q_job_cancel_finish (QJob *self, GAsyncResult *result, GError **error)
{
  return q_job_call_finish (self, q_job_cancel_async, result, error);
}

/**
 * q_job_pause:
 * @self: a job
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Pauses the job, and waits until it is paused.
 *
 * Errors: %G_IO_ERROR_TIMED_OUT, which says where the job stands; %Q_JOB_ERROR_FAILED with QEMU's
 * words, %Q_JOB_ERROR_CANCELLED and %Q_JOB_ERROR_GONE for one that has ended otherwise;
 * %Q_JOB_ERROR_NOT_SUPPORTED; %Q_MACHINE_ERROR_EXITED, %Q_MACHINE_ERROR_NOT_RUNNING; a
 * [error@CommandError]; and that of cancelling the call, which does not cancel the job.
 *
 * Returns: %TRUE if the job is paused
 *
 * Since: 1.0
 */
gboolean
q_job_pause (QJob *self, int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_JOB (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_job_call (self, &q_job_call_pause, timeout, cancellable, error);
}

/**
 * q_job_pause_async:
 * @self: a job
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Job.pause], without blocking.
 *
 * Since: 1.0
 */
void
q_job_pause_async (QJob *self, int timeout, GCancellable *cancellable, GAsyncReadyCallback callback,
                   gpointer user_data)
{
  g_return_if_fail (Q_IS_JOB (self));

  q_job_call_async (self, &q_job_call_pause, q_job_pause_async, timeout, cancellable, callback,
                    user_data);
}

/**
 * q_job_pause_finish:
 * @self: a job
 * @result: what @callback was called with
 * @error: return location for an error
 *
 * Ends a call of [method@Job.pause_async].
 *
 * Returns: %TRUE if the job is paused
 *
 * Since: 1.0
 */
gboolean
q_job_pause_finish (QJob *self, GAsyncResult *result, GError **error)
{
  return q_job_call_finish (self, q_job_pause_async, result, error);
}

/**
 * q_job_resume:
 * @self: a job
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lets a job go on that is paused, and waits until it does.
 *
 * A job that QEMU has paused after an I/O error, as it does where a policy says `stop`, tries
 * again.
 *
 * Errors: %G_IO_ERROR_TIMED_OUT, which says where the job stands; %Q_JOB_ERROR_FAILED with QEMU's
 * words, %Q_JOB_ERROR_CANCELLED and %Q_JOB_ERROR_GONE for one that has ended otherwise;
 * %Q_JOB_ERROR_NOT_SUPPORTED; %Q_MACHINE_ERROR_EXITED, %Q_MACHINE_ERROR_NOT_RUNNING; a
 * [error@CommandError]; and that of cancelling the call, which does not cancel the job.
 *
 * Returns: %TRUE if the job goes on
 *
 * Since: 1.0
 */
gboolean
q_job_resume (QJob *self, int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_JOB (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_job_call (self, &q_job_call_resume, timeout, cancellable, error);
}

/**
 * q_job_resume_async:
 * @self: a job
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Job.resume], without blocking.
 *
 * Since: 1.0
 */
void
q_job_resume_async (QJob *self, int timeout, GCancellable *cancellable,
                    GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_JOB (self));

  q_job_call_async (self, &q_job_call_resume, q_job_resume_async, timeout, cancellable, callback,
                    user_data);
}

/**
 * q_job_resume_finish:
 * @self: a job
 * @result: what @callback was called with
 * @error: return location for an error
 *
 * Ends a call of [method@Job.resume_async].
 *
 * Returns: %TRUE if the job goes on
 *
 * Since: 1.0
 */
gboolean
q_job_resume_finish (QJob *self, GAsyncResult *result, GError **error)
{
  return q_job_call_finish (self, q_job_resume_async, result, error);
}
