/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-monitor.h"

#include "q-monitor-private.h"

/* The settings of a monitor, one by one. */

/**
 * q_monitor_get_max_message_size: (get-property max-message-size)
 * @self: a monitor
 *
 * Gets the longest message, in bytes, that is taken from the peer: see
 * [property@Monitor:max-message-size].
 *
 * Returns: bytes
 *
 * Since: 1.0
 */
guint64
q_monitor_get_max_message_size (QMonitor *self)
{
  QSessionSettings settings;

  g_return_val_if_fail (Q_IS_MONITOR (self), 0);

  q_session_get_settings (q_monitor_get_session (self), &settings);
  return settings.max_message_size;
}

/**
 * q_monitor_set_max_message_size: (set-property max-message-size)
 * @self: a monitor
 * @max_message_size: bytes, at least 1024
 *
 * Sets the longest message, in bytes, that is taken from the peer: see
 * [property@Monitor:max-message-size].
 *
 * Since: 1.0
 */
void
q_monitor_set_max_message_size (QMonitor *self, guint64 max_message_size)
{
  QSessionSettings *settings;
  gboolean changed;

  g_return_if_fail (Q_IS_MONITOR (self));
  g_return_if_fail (max_message_size >= 1024 && max_message_size <= G_MAXSSIZE / 4);

  settings = q_session_lock_settings (q_monitor_get_session (self));
  changed = settings->max_message_size != max_message_size;
  settings->max_message_size = max_message_size;
  q_session_unlock_settings (q_monitor_get_session (self));

  if (changed)
    g_object_notify (G_OBJECT (self), "max-message-size");
}

/**
 * q_monitor_get_event_backlog: (get-property event-backlog)
 * @self: a monitor
 *
 * Gets how many events are kept: see [property@Monitor:event-backlog].
 *
 * Returns: their number
 *
 * Since: 1.0
 */
guint
q_monitor_get_event_backlog (QMonitor *self)
{
  QSessionSettings settings;

  g_return_val_if_fail (Q_IS_MONITOR (self), 0);

  q_session_get_settings (q_monitor_get_session (self), &settings);
  return settings.event_backlog;
}

/**
 * q_monitor_set_event_backlog: (set-property event-backlog)
 * @self: a monitor
 * @event_backlog: how many, from 1 to 1048576
 *
 * Sets how many events are kept: see [property@Monitor:event-backlog].
 *
 * Since: 1.0
 */
void
q_monitor_set_event_backlog (QMonitor *self, guint event_backlog)
{
  QSessionSettings *settings;
  gboolean changed;

  g_return_if_fail (Q_IS_MONITOR (self));
  g_return_if_fail (event_backlog >= 1 && event_backlog <= 1 << 20);

  settings = q_session_lock_settings (q_monitor_get_session (self));
  changed = settings->event_backlog != event_backlog;
  settings->event_backlog = event_backlog;
  q_session_unlock_settings (q_monitor_get_session (self));

  if (changed)
    g_object_notify (G_OBJECT (self), "event-backlog");
}

/**
 * q_monitor_get_command_timeout: (get-property command-timeout)
 * @self: a monitor
 *
 * Gets how long to wait for the reply to a command: see [property@Monitor:command-timeout].
 *
 * Returns: milliseconds, -1 for as long as it takes
 *
 * Since: 1.0
 */
int
q_monitor_get_command_timeout (QMonitor *self)
{
  QSessionSettings settings;

  g_return_val_if_fail (Q_IS_MONITOR (self), -1);

  q_session_get_settings (q_monitor_get_session (self), &settings);
  return settings.command_timeout;
}

/**
 * q_monitor_set_command_timeout: (set-property command-timeout)
 * @self: a monitor
 * @command_timeout: milliseconds, -1 for as long as it takes
 *
 * Sets how long to wait for the reply to a command: see [property@Monitor:command-timeout].
 *
 * Since: 1.0
 */
void
q_monitor_set_command_timeout (QMonitor *self, int command_timeout)
{
  QSessionSettings *settings;
  gboolean changed;

  g_return_if_fail (Q_IS_MONITOR (self));
  g_return_if_fail (command_timeout >= -1);

  settings = q_session_lock_settings (q_monitor_get_session (self));
  changed = settings->command_timeout != command_timeout;
  settings->command_timeout = command_timeout;
  q_session_unlock_settings (q_monitor_get_session (self));

  if (changed)
    g_object_notify (G_OBJECT (self), "command-timeout");
}

/**
 * q_monitor_get_attach_timeout: (get-property attach-timeout)
 * @self: a monitor
 *
 * Gets how long attaching may take: see [property@Monitor:attach-timeout].
 *
 * Returns: milliseconds, -1 for as long as it takes
 *
 * Since: 1.0
 */
int
q_monitor_get_attach_timeout (QMonitor *self)
{
  QSessionSettings settings;

  g_return_val_if_fail (Q_IS_MONITOR (self), -1);

  q_session_get_settings (q_monitor_get_session (self), &settings);
  return settings.attach_timeout;
}

/**
 * q_monitor_set_attach_timeout: (set-property attach-timeout)
 * @self: a monitor
 * @attach_timeout: milliseconds, -1 for as long as it takes
 *
 * Sets how long attaching may take: see [property@Monitor:attach-timeout].
 *
 * Since: 1.0
 */
void
q_monitor_set_attach_timeout (QMonitor *self, int attach_timeout)
{
  QSessionSettings *settings;
  gboolean changed;

  g_return_if_fail (Q_IS_MONITOR (self));
  g_return_if_fail (attach_timeout >= -1);

  settings = q_session_lock_settings (q_monitor_get_session (self));
  changed = settings->attach_timeout != attach_timeout;
  settings->attach_timeout = attach_timeout;
  q_session_unlock_settings (q_monitor_get_session (self));

  if (changed)
    g_object_notify (G_OBJECT (self), "attach-timeout");
}

/**
 * q_monitor_get_attach_retry: (get-property attach-retry)
 * @self: a monitor
 *
 * Gets whether attaching goes on trying: see [property@Monitor:attach-retry].
 *
 * Returns: %TRUE if so
 *
 * Since: 1.0
 */
gboolean
q_monitor_get_attach_retry (QMonitor *self)
{
  QSessionSettings settings;

  g_return_val_if_fail (Q_IS_MONITOR (self), FALSE);

  q_session_get_settings (q_monitor_get_session (self), &settings);
  return settings.attach_retry;
}

/**
 * q_monitor_set_attach_retry: (set-property attach-retry)
 * @self: a monitor
 * @attach_retry: whether to
 *
 * Sets whether attaching goes on trying: see [property@Monitor:attach-retry].
 *
 * Since: 1.0
 */
void
q_monitor_set_attach_retry (QMonitor *self, gboolean attach_retry)
{
  QSessionSettings *settings;
  gboolean changed;

  g_return_if_fail (Q_IS_MONITOR (self));

  attach_retry = attach_retry ? TRUE : FALSE;
  settings = q_session_lock_settings (q_monitor_get_session (self));
  changed = settings->attach_retry != attach_retry;
  settings->attach_retry = attach_retry;
  q_session_unlock_settings (q_monitor_get_session (self));

  if (changed)
    g_object_notify (G_OBJECT (self), "attach-retry");
}

/**
 * q_monitor_get_out_of_band: (get-property out-of-band)
 * @self: a monitor
 *
 * Gets whether out-of-band commands are negotiated: see [property@Monitor:out-of-band].
 *
 * Returns: %TRUE if so
 *
 * Since: 1.0
 */
gboolean
q_monitor_get_out_of_band (QMonitor *self)
{
  QSessionSettings settings;

  g_return_val_if_fail (Q_IS_MONITOR (self), FALSE);

  q_session_get_settings (q_monitor_get_session (self), &settings);
  return settings.out_of_band;
}

/**
 * q_monitor_set_out_of_band: (set-property out-of-band)
 * @self: a monitor
 * @out_of_band: whether to
 *
 * Sets whether out-of-band commands are negotiated: see [property@Monitor:out-of-band].
 *
 * Since: 1.0
 */
void
q_monitor_set_out_of_band (QMonitor *self, gboolean out_of_band)
{
  QSessionSettings *settings;
  gboolean changed;

  g_return_if_fail (Q_IS_MONITOR (self));

  out_of_band = out_of_band ? TRUE : FALSE;
  settings = q_session_lock_settings (q_monitor_get_session (self));
  changed = settings->out_of_band != out_of_band;
  settings->out_of_band = out_of_band;
  q_session_unlock_settings (q_monitor_get_session (self));

  if (changed)
    g_object_notify (G_OBJECT (self), "out-of-band");
}
