/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "io/io-thread-private.h"
#include "session-fields-private.h"

/* Each change of threads on the way of a command costs as much as QEMU takes for a dozen of its
 * bytes. So a caller that finds the I/O thread asleep sends its command itself, and if it waits for
 * the answer, and nobody else waits for one, it reads that too. Anything else that comes goes to
 * the I/O thread, whose wake-up is hardly noticed then. */

gboolean
q_session_can_execute_directly (QSession *self)
{
  return self->channel != NULL && q_channel_is_direct (self->channel)
         && q_session_get_state (self) == Q_MONITOR_STATE_RUNNING;
}

static int
hold (QOperation *operation)
{
  QRequest *request = q_operation_get_data (operation);
  QSession *self = request->call.session;
  int fd = -1;

  if (self->reader == NULL)
    fd = q_channel_hold (self->channel);
  if (fd >= 0)
    self->reader = operation;

  return fd;
}

static gboolean
take (QOperation *operation)
{
  QRequest *request = q_operation_get_data (operation);
  QSession *self = request->call.session;

  return self->reader == operation && q_channel_take_held (self->channel, request->sent);
}

static gboolean
resume_cb (gpointer data)
{
  g_autoptr (QSession) self = data;

  /* Another one, that was opened meanwhile, is not held and does not mind. */
  if (self->channel != NULL)
    q_channel_resume (self->channel);
  return G_SOURCE_REMOVE;
}

static void
release (QOperation *operation)
{
  QRequest *request = q_operation_get_data (operation);
  QSession *self = request->call.session;

  if (self->reader != operation)
    return;

  self->reader = NULL;
  if (!q_channel_release (self->channel))
    q_io_thread_post (resume_cb, q_session_ref (self));
}

const QOperationShortcut q_session_shortcut = {
  .hold = hold,
  .take = take,
  .release = release,
};
