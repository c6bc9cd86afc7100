/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "call-private.h"

#include "io/interrupt-private.h"

/* A QEMU that is there answers at once, and one that hangs has the command in its socket. */
#define CLEAN_UP_MS 250

gboolean
q_screen_call_init (QScreenCall *self, QMachine *machine, const char *name, int timeout,
                    guint64 pauses, GCancellable *cancellable, GError **error)
{
  if (timeout < -1 && timeout != Q_TIMEOUT_DEFAULT)
    {
      g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                   "%s: %d is no time-out: -1 waits without end", name, timeout);
      return FALSE;
    }

  self->machine = machine;
  self->name = name;
  self->cancellable = cancellable;
  self->limit = timeout;
  if (timeout == Q_TIMEOUT_DEFAULT)
    {
      int property = q_machine_get_command_timeout (machine);

      self->limit = property < 0 ? -1 : (int)MIN ((guint64)property + pauses, G_MAXINT);
    }
  self->end = self->limit < 0 ? -1 : g_get_monotonic_time () + self->limit * 1000LL;

  return TRUE;
}

int
q_screen_call_get_left (const QScreenCall *self)
{
  if (self->end < 0)
    return -1;

  return (int)MAX ((self->end - g_get_monotonic_time () + 999) / 1000, 0);
}

void
q_screen_call_explain (const QScreenCall *self, GError **error)
{
  if (error == NULL || *error == NULL)
    return;

  if (g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) && self->limit >= 0)
    g_prefix_error (error, "%s: not done within %d ms: ", self->name, self->limit);
  else
    g_prefix_error (error, "%s: ", self->name);
}

char *
q_screen_call_command (QScreenCall *self, const char *command, const char *arguments, int fd,
                       GError **error)
{
  int left = q_screen_call_get_left (self);
  char *reply;

  if (fd >= 0)
    reply = q_machine_command_json_with_fd (self->machine, command, arguments, fd, left,
                                            self->cancellable, error);
  else
    reply
      = q_machine_command_json (self->machine, command, arguments, left, self->cancellable, error);
  if (reply == NULL)
    q_screen_call_explain (self, error);

  return reply;
}

void
q_screen_call_clean_up (QScreenCall *self, const char *command, const char *arguments)
{
  g_autofree char *reply
    = q_machine_command_json (self->machine, command, arguments, CLEAN_UP_MS, NULL, NULL);
}

static gboolean
set_cancelled (QScreenCall *self, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s: cancelled", self->name);
  return FALSE;
}

gboolean
q_screen_call_pause (QScreenCall *self, guint milliseconds, GError **error)
{
  gint64 end = g_get_monotonic_time () + milliseconds * 1000LL;
  gboolean watched = q_interrupt_is_watched ();
  gboolean interrupted = FALSE;
  GPollFD fd = { .fd = -1 };
  gboolean polled;

  if (self->end >= 0 && end > self->end)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "%s: not done within %d ms", self->name,
                   self->limit);
      return FALSE;
    }

  polled = g_cancellable_make_pollfd (self->cancellable, &fd);
  while (!interrupted && !g_cancellable_is_cancelled (self->cancellable))
    {
      gint64 left = (end - g_get_monotonic_time () + 999) / 1000;

      if (left <= 0)
        break;
      g_poll (&fd, polled ? 1 : 0, (int)(watched ? MIN (left, Q_INTERRUPT_MS) : left));
      interrupted = watched && q_interrupt_check ();
    }
  if (polled)
    g_cancellable_release_fd (self->cancellable);

  if (interrupted || g_cancellable_is_cancelled (self->cancellable))
    return set_cancelled (self, error);
  return TRUE;
}
