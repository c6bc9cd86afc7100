/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/migration-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/socket.h>

/* From one machine to another, by a socket that nobody else has. */

static gboolean
hand_over (QMachine *machine, int fd, const QTimeLimit *limit, GCancellable *cancellable,
           GError **error)
{
  g_autoptr (JsonNode) arguments = json_from_string ("{\"fdname\": \"qmachine-peer\"}", NULL);
  g_autoptr (JsonNode) reply = q_machine_command_with_fd (
    machine, "getfd", arguments, fd, q_time_limit_get_rest (limit), cancellable, error);

  return reply != NULL;
}

static gboolean
connect_pair (QMachine *source, QMachine *target, const QTimeLimit *limit,
              GCancellable *cancellable, GError **error)
{
  int fds[2];
  gboolean good;

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    {
      int number = errno;

      g_set_error (error, G_IO_ERROR, (int)g_io_error_from_errno (number),
                   "migrate_to: no socket: %s", g_strerror (number));
      return FALSE;
    }

  good = hand_over (source, fds[0], limit, cancellable, error)
         && hand_over (target, fds[1], limit, cancellable, error);
  g_close (fds[0], NULL);
  g_close (fds[1], NULL);
  return good;
}

/* With a way back the source lets go of the guest only when the target has it. */
static gboolean
prepare_end (QMachine *machine, const QTimeLimit *limit, GCancellable *cancellable, GError **error)
{
  return q_migration_set_capability (machine, "return-path", TRUE, q_time_limit_get_rest (limit),
                                     cancellable, error)
         && q_migration_set_capability (machine, "events", TRUE, q_time_limit_get_rest (limit),
                                        cancellable, error);
}

/* `resumed` becomes the time at which it began to run there, if it does. */
static gboolean
await_guest (QEventListener *listener, gint64 *resumed, GError **error)
{
  QTimeLimit limit = q_time_limit_begin (Q_MIGRATION_CLEAN_UP);

  for (;;)
    {
      g_autoptr (QMonitorEvent) event
        = q_event_listener_next (listener, q_time_limit_get_rest (&limit), NULL, error);
      JsonNode *data = event != NULL ? q_monitor_event_get_data (event) : NULL;
      const char *status = NULL;

      if (event == NULL)
        return FALSE;
      if (g_str_equal (q_monitor_event_get_name (event), "RESUME"))
        *resumed = q_monitor_event_get_timestamp (event);
      if (data != NULL && JSON_NODE_HOLDS_OBJECT (data))
        status = json_object_get_string_member_with_default (json_node_get_object (data), "status",
                                                             NULL);
      if (g_strcmp0 (status, "completed") == 0)
        return TRUE;
      if (g_strcmp0 (status, "failed") == 0)
        {
          g_set_error (error, Q_JOB_ERROR, Q_JOB_ERROR_FAILED,
                       "migrate_to: the target has not taken the guest");
          return FALSE;
        }
    }
}

/* QEMU counts also what the source does when the guest runs again, which may be long on a busy
 * host; its two ends say when the guest stood, and when it ran, by one clock. */
static gint64
find_downtime (QEventListener *stops, gint64 resumed)
{
  gint64 stopped = -1;

  for (;;)
    {
      g_autoptr (QMonitorEvent) event = q_event_listener_pop (stops);

      if (event == NULL)
        break;
      stopped = q_monitor_event_get_timestamp (event);
    }

  /* One that was paused stands yet, and somebody may have set the clock. */
  return stopped >= 0 && resumed >= stopped ? (resumed - stopped + 500) / 1000 : -1;
}

gboolean
q_migration_transfer (QMachine *source, QMachine *target, const QTimeLimit *limit, gint64 *downtime,
                      GCancellable *cancellable, GError **error)
{
  g_autoptr (QEventListener) listener = NULL;
  g_autoptr (QEventListener) stops = NULL;
  g_autofree char *incoming = NULL;
  gint64 resumed = -1;
  QJob *job;

  stops = q_machine_listen (source, (const char *const[]){ "STOP", NULL }, NULL, error);
  listener
    = q_machine_listen (target, (const char *const[]){ "MIGRATION", "RESUME", NULL }, NULL, error);
  if (stops == NULL || listener == NULL || !prepare_end (source, limit, cancellable, error)
      || !prepare_end (target, limit, cancellable, error)
      || !connect_pair (source, target, limit, cancellable, error))
    return FALSE;

  incoming = q_machine_command_json (target, "migrate-incoming", "{\"uri\": \"fd:qmachine-peer\"}",
                                     q_time_limit_get_rest (limit), cancellable, error);
  if (incoming == NULL)
    return FALSE;
  job = q_migration_start (source, "fd:qmachine-peer", q_time_limit_get_rest (limit), cancellable,
                           error);
  if (job == NULL || !q_migration_carry_out (source, job, limit, cancellable, error))
    return FALSE;
  /* If it was lost on its last step, it is still whole here. */
  if (!await_guest (listener, &resumed, error))
    return FALSE;

  *downtime = find_downtime (stops, resumed);
  return TRUE;
}
