/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session-fields-private.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "io/interrupt-private.h"
#include "io/io-thread-private.h"

/* The direct way of a command. Each change of threads costs as much as QEMU takes for a dozen of
 * its bytes. So a caller that finds the I/O thread asleep sends its command itself, and if it waits
 * for the answer, and nobody else waits for one, it reads that too. Anything else that comes goes
 * to the I/O thread, whose wake-up is hardly noticed then. Errors, limits and order are those of
 * the usual way.
 *
 * There is one lock: the I/O thread's, which it holds whenever it is not asleep in poll ().
 *
 *     caller's thread                      the lock    I/O thread
 *     ---------------                      --------    ----------
 *     run ()                               caller      asleep; the socket is watched
 *       hold: the watch is paused            |
 *       start: the command is sent           |
 *     poll (socket, wake_fd)               free        may wake for others, and for this call's
 *                                                      deadline or cancellable, which end it and
 *                                                      write to wake_fd
 *     take_answer ()                       caller      asleep
 *       take: the answer is read             |
 *       release: the watch goes on           |
 *     back to the caller                   free        resumes what was read beside the answer
 *
 * The watch is paused by the channel (q_channel_hold ()), and the I/O thread never reads from a
 * channel that is held. What ends the session in between wakes the caller, since the descriptor
 * that it waits on is about to be closed. */

static gboolean
can_begin (QOperation *operation)
{
  QRequest *request = q_operation_get_data (operation);
  QSession *self;

  if (request->prepare != NULL && !request->prepare (operation))
    return FALSE;

  self = request->call.session;
  return self->channel != NULL && q_channel_is_direct (self->channel)
         && q_session_get_state (self) == Q_MONITOR_STATE_RUNNING;
}

/* -- with the lock held -- */

/* The descriptor to wait on, -1 if the answer has to be left to the I/O thread. */
static int
hold (QOperation *operation)
{
  QRequest *request = q_operation_get_data (operation);
  QSession *self = request->call.session;
  int wake_fd;
  int fd = -1;

  if (self->reader != NULL)
    return -1;
  wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd < 0)
    return -1;

  q_session_take_back (self);
  fd = q_channel_awaits_reply (self->channel) ? -1 : q_channel_hold (self->channel);
  if (fd < 0)
    {
      close (wake_fd);
      return -1;
    }

  self->reader = operation;
  request->wake_fd = wake_fd;
  q_operation_set_wake_fd (operation, wake_fd);
  return fd;
}

/* FALSE if the I/O thread has to go on instead. */
static gboolean
take (QOperation *operation)
{
  QRequest *request = q_operation_get_data (operation);
  QSession *self = request->call.session;

  return self->reader == operation && q_channel_take_held (self->channel, q_session_take_reply);
}

static void
release (QOperation *operation)
{
  QRequest *request = q_operation_get_data (operation);
  QSession *self = request->call.session;

  q_operation_set_wake_fd (operation, -1);
  if (self->reader != operation)
    return;

  self->reader = NULL;
  q_session_release_channel (self);
}

/* -- in the caller's thread -- */

/* FALSE when there is nothing more to wait for here. */
static gboolean
take_answer (QOperation *operation, int wake_fd, gboolean readable, gboolean woken)
{
  gboolean goes_on = !woken;

  q_io_thread_enter ();
  if (!q_operation_is_done (operation) && readable)
    {
      /* Who is done by itself need not be woken. */
      q_operation_set_wake_fd (operation, -1);
      goes_on = take (operation);
      q_operation_set_wake_fd (operation, wake_fd);
    }
  if (q_operation_is_done (operation) || !goes_on)
    {
      release (operation);
      goes_on = FALSE;
    }
  q_io_thread_leave ();

  return goes_on;
}

static void
wait_for_answer (QOperation *operation, int fd, int wake_fd)
{
  struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = wake_fd, .events = POLLIN } };
  gboolean watched = q_interrupt_is_watched ();
  gboolean goes_on = TRUE;

  while (goes_on)
    {
      int n_ready = poll (fds, G_N_ELEMENTS (fds), watched ? Q_INTERRUPT_MS : -1);
      gboolean failed = n_ready < 0 && errno != EINTR;

      if (watched && n_ready <= 0 && !failed)
        watched = !q_operation_check_interrupt (operation);

      goes_on = take_answer (operation, wake_fd, n_ready > 0 && fds[0].revents != 0,
                             failed || (n_ready > 0 && fds[1].revents != 0));
    }

  close (wake_fd);
}

/* With the lock held. */
static void
start_in_loop (QOperation *operation, QLoop *loop)
{
  QRequest *request = q_operation_get_data (operation);
  g_autoptr (QSession) self = q_session_ref (request->call.session);

  q_session_lend (self, loop);
  self->is_in_loop = TRUE;
  q_operation_start (operation);
  self->is_in_loop = FALSE;
}

static gboolean
start (QOperation *operation)
{
  QLoop *loop = q_operation_get_loop (operation);
  gboolean can;

  if (!q_io_thread_try_enter (FALSE))
    return FALSE;

  can = can_begin (operation);
  if (can && loop != NULL)
    start_in_loop (operation, loop);
  else if (can)
    q_operation_start (operation);
  q_io_thread_leave ();

  return can;
}

static gboolean
run (QOperation *operation)
{
  QRequest *request = q_operation_get_data (operation);
  gboolean can;
  int fd = -1;

  if (!q_io_thread_try_enter (TRUE))
    return FALSE;

  can = can_begin (operation);
  if (can)
    {
      fd = hold (operation);
      q_operation_start (operation);
    }
  q_io_thread_leave ();

  if (fd >= 0)
    wait_for_answer (operation, fd, request->wake_fd);
  return can;
}

static const QOperationDirectWay direct_way = { .start = start, .run = run };

void
q_session_allow_direct_call (QOperation *operation, gboolean (*prepare) (QOperation *operation))
{
  QRequest *request = q_operation_get_data (operation);

  request->prepare = prepare;
  q_operation_set_direct_way (operation, &direct_way);
}
