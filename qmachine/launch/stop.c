/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

#include <signal.h>

#include "io/deadline-private.h"
#include "io/io-thread-private.h"

/* The ladder on which a launch is stopped: quit, SIGTERM, SIGKILL. */

/* QEMU may be deaf to SIGTERM, and then it will be in five seconds, too. */
#define TERM_GRACE_MS 5000

static gboolean stop_deadline_cb (gpointer data);

static void
set_stop_deadline (QLaunch *self, gint64 milliseconds)
{
  self->stop_due = milliseconds < 0 ? G_MAXINT64 : g_get_monotonic_time () + milliseconds * 1000;
  q_source_clear (&self->stop_source);
  self->stop_source
    = q_io_thread_add_deadline (milliseconds, stop_deadline_cb, self, "qmachine-stop");
}

static void
send_term (QLaunch *self)
{
  self->stop_step = Q_STOP_TERM;
  self->forced = self->asked_to_quit;
  self->signal_expected = TRUE;
  q_process_signal (self->process, SIGTERM);
  set_stop_deadline (self, self->asked_to_quit ? TERM_GRACE_MS : self->config->shutdown_timeout);
}

static gboolean
stop_deadline_cb (gpointer data)
{
  QLaunch *self = data;

  q_source_clear (&self->stop_source);
  if (self->process == NULL)
    return G_SOURCE_REMOVE;

  if (self->stop_step == Q_STOP_QUIT)
    send_term (self);
  else
    q_launch_send_kill (self);
  return G_SOURCE_REMOVE;
}

static void
quit_cb (const char *value, const GError *error, gpointer data)
{
  QLaunch *self = data;

  /* It understood and refused: more waiting would not help. A lost connection is no refusal. */
  if (error != NULL && error->domain == Q_COMMAND_ERROR && self->stop_step == Q_STOP_QUIT
      && self->process != NULL)
    send_term (self);
  else if (error == NULL && self->process != NULL)
    q_launch_hang_up (self);
}

/* A set-user-ID program may have made itself another user's. What there is of the launch stays, and
 * whoever stopped it is told. */
void
q_launch_take_defiance (QLaunch *self, gint64 pid)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/comm", pid);
  g_autofree char *name = NULL;
  g_autofree char *reason = NULL;

  if (!g_file_get_contents (file, &name, NULL, NULL))
    name = g_strdup ("?");
  reason = g_strdup_printf ("process %" G_GINT64_FORMAT
                            " (%s) cannot be killed: it belongs to another user",
                            pid, g_strchomp (name));

  self->defied = TRUE;
  q_launch_state_set_state (self->state, Q_MACHINE_STATE_STOPPING);
  if (self->launch_op != NULL)
    {
      GError *cause;

      /* From now on it has failed, whatever QEMU still says. */
      if (self->launch_error == NULL)
        self->launch_error = g_error_new_literal (Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                                                  "launch: QEMU's wrapper has failed");
      cause = self->launch_error;
      q_source_clear (&self->retry_source);
      q_source_clear (&self->linger_source);
      if (self->session != NULL)
        q_session_close (self->session, NULL);
      q_operation_set_interrupt (self->launch_op, NULL);
      q_operation_return_new_error (g_steal_pointer (&self->launch_op), cause->domain, cause->code,
                                    "%s\n%s", cause->message, reason);
    }
  q_launch_tell_stop_failed (self, reason);
}

/* Of several who wait for the same end, the least patient one decides when force is used. */
static void
hasten (QLaunch *self)
{
  gint64 timeout = self->config->shutdown_timeout;
  gboolean force_was_used = self->stop_step != Q_STOP_QUIT && self->asked_to_quit;

  if (self->stop_step != Q_STOP_KILL && !force_was_used && timeout >= 0
      && g_get_monotonic_time () + timeout * 1000 < self->stop_due)
    set_stop_deadline (self, timeout);
}

void
q_launch_begin_stop (QLaunch *self)
{
  QSession *session = self->session;
  gboolean peer_has_left = session != NULL && q_session_has_peer_left (session);

  if (self->launch_op != NULL)
    {
      q_launch_fail (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                                "launch: the machine was told to stop meanwhile"));
      return;
    }

  if (self->process != NULL && self->defied)
    {
      q_launch_send_kill (self);
      return;
    }
  if (self->process == NULL)
    return;
  if (self->stop_step != Q_STOP_NOT_BEGUN)
    {
      hasten (self);
      return;
    }

  self->stop_step = Q_STOP_QUIT;
  q_launch_state_set_state (self->state, Q_MACHINE_STATE_STOPPING);

  if (session == NULL
      || (!peer_has_left && q_session_get_state (session) != Q_MONITOR_STATE_RUNNING))
    {
      send_term (self);
      return;
    }

  self->asked_to_quit = TRUE;
  set_stop_deadline (self, self->config->shutdown_timeout);
  if (peer_has_left)
    {
      /* It is on its way out. A signal would cut that short, and change how it ends. */
      q_launch_hang_up (self);
    }
  else
    {
      q_session_expect_end (session);
      q_session_ask (session, "quit", quit_cb, self);
    }
}

void
q_launch_begin_term (QLaunch *self)
{
  if (self->launch_op != NULL)
    {
      q_launch_begin_stop (self);
      return;
    }
  if (self->process == NULL)
    return;

  self->signal_expected = TRUE;
  q_process_signal (self->process, SIGTERM);
}

void
q_launch_begin_kill (QLaunch *self)
{
  if (self->launch_op != NULL)
    {
      q_launch_begin_stop (self);
      return;
    }

  /* It has ended, and only its last words are awaited. */
  if (self->process == NULL)
    return;

  q_launch_state_set_state (self->state, Q_MACHINE_STATE_STOPPING);
  q_launch_send_kill (self);
}
