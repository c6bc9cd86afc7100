/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-monitor.h"

#include "q-event-listener-private.h"
#include "q-monitor-private.h"

/* Waiting for events, in the forms of the call. */

/* Takes over the query, or why there is none. */
static QOperation *
wait_event_operation (QMonitor *self, QEventQuery *query, GError *refusal,
                      GCancellable *cancellable)
{
  QOperation *operation
    = q_monitor_new_operation (self, "wait_event", cancellable, q_session_wait_event);

  if (query == NULL)
    {
      q_operation_refuse (operation, refusal);
      return operation;
    }

  query->call.session = q_session_ref (q_monitor_get_session (self));
  q_operation_set_data (operation, query, (GDestroyNotify)q_event_query_free);

  return operation;
}

static QOperation *
wait_event_for_text (QMonitor *self, const char *const *names, const char *match, int timeout,
                     GCancellable *cancellable)
{
  GError *refusal = NULL;
  QEventQuery *query = q_event_query_new (names, match, timeout, &refusal);

  return wait_event_operation (self, query, refusal, cancellable);
}

static QOperation *
wait_event_for_node (QMonitor *self, const char *const *names, JsonNode *match, int timeout,
                     GCancellable *cancellable)
{
  GError *refusal = NULL;
  QEventQuery *query = q_event_query_new_for_node (names, match, timeout, &refusal);

  return wait_event_operation (self, query, refusal, cancellable);
}

/**
 * q_monitor_wait_event:
 * @self: a monitor
 * @names: (nullable) (array zero-terminated=1): names of events; %NULL or none for any
 * @match: (nullable) (transfer none): what the event's data must match, or %NULL for anything
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Takes the oldest event that fits, waiting for one if need be.
 *
 * Events that came before the call count, as long as nobody took them and they are among the last
 * [property@Monitor:event-backlog]; those that do not fit stay where they are. See
 * [method@MonitorEvent.matches] for the rule of @match; an event of more than 1 MiB does not match
 * any. If several calls wait for the same event, each of them gets it.
 *
 * Errors: %G_IO_ERROR_TIMED_OUT, also for a @timeout of 0; %G_IO_ERROR_CANCELLED;
 * %Q_MONITOR_ERROR_INVALID_COMMAND for a @timeout below -1 and a @match that is
 * no JSON object;
 * [error@MonitorError] as soon as the session ends, with its reason.
 *
 * Returns: (transfer full): the event
 *
 * Since: 1.0
 */
QMonitorEvent *
q_monitor_wait_event (QMonitor *self, const char *const *names, JsonNode *match, int timeout,
                      GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (wait_event_for_node (self, names, match, timeout, cancellable),
                               error);
}

/**
 * q_monitor_wait_event_async:
 * @self: a monitor
 * @names: (nullable) (array zero-terminated=1): names of events; %NULL or none for any
 * @match: (nullable) (transfer none): what the event's data must match, or %NULL for anything
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when there is one
 * @user_data: data for @callback
 *
 * Like [method@Monitor.wait_event], without blocking.
 *
 * Since: 1.0
 */
void
q_monitor_wait_event_async (QMonitor *self, const char *const *names, JsonNode *match, int timeout,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_return_if_fail (Q_IS_MONITOR (self));

  q_operation_run_async (wait_event_for_node (self, names, match, timeout, cancellable),
                         q_monitor_wait_event_async, callback, user_data);
}

/**
 * q_monitor_wait_event_finish:
 * @self: the monitor
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Monitor.wait_event_async].
 *
 * Returns: (transfer full): the event
 *
 * Since: 1.0
 */
QMonitorEvent *
q_monitor_wait_event_finish (QMonitor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);

  return q_operation_finish (self, result, q_monitor_wait_event_async, error);
}

/**
 * q_monitor_wait_event_json:
 * @self: a monitor
 * @names: (nullable) (array zero-terminated=1): names of events; %NULL or none for any
 * @match: (nullable): what the event's data must match as the text of a JSON object, or %NULL for
 *   anything
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Takes the oldest event that fits, by a match that is text, waiting for one if need be.
 *
 * Like [method@Monitor.wait_event], but numbers are compared exactly, as they are written: a
 * [struct@Json.Node] cannot tell 2^64-1 from -1.
 *
 * Errors: those of [method@Monitor.wait_event]; %Q_MONITOR_ERROR_INVALID_COMMAND also for a @match
 * that has a member twice.
 *
 * Returns: (transfer full): the event
 *
 * Since: 1.0
 */
QMonitorEvent *
q_monitor_wait_event_json (QMonitor *self, const char *const *names, const char *match, int timeout,
                           GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (wait_event_for_text (self, names, match, timeout, cancellable),
                               error);
}

/**
 * q_monitor_wait_event_json_async:
 * @self: a monitor
 * @names: (nullable) (array zero-terminated=1): names of events; %NULL or none for any
 * @match: (nullable): what the event's data must match as the text of a JSON object, or %NULL for
 *   anything
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when there is one
 * @user_data: data for @callback
 *
 * Like [method@Monitor.wait_event_json], without blocking.
 *
 * Since: 1.0
 */
void
q_monitor_wait_event_json_async (QMonitor *self, const char *const *names, const char *match,
                                 int timeout, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MONITOR (self));

  q_operation_run_async (wait_event_for_text (self, names, match, timeout, cancellable),
                         q_monitor_wait_event_json_async, callback, user_data);
}

/**
 * q_monitor_wait_event_json_finish:
 * @self: the monitor
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Monitor.wait_event_json_async].
 *
 * Returns: (transfer full): the event
 *
 * Since: 1.0
 */
QMonitorEvent *
q_monitor_wait_event_json_finish (QMonitor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);

  return q_operation_finish (self, result, q_monitor_wait_event_json_async, error);
}

/* -- listening -- */

static void
add_queue (gpointer session, QEventQueue *queue)
{
  q_session_add_queue (session, queue);
}

static void
refuse_next (QOperation *operation, gpointer session)
{
  q_session_fail_waiter (session, operation);
}

static gboolean
prepare_next (QOperation *operation, QSession *session, gpointer owner)
{
  QEventNext *next = q_operation_get_data (operation);

  next->call.session = q_session_ref (session);
  return TRUE;
}

static const QEventListenerKind listener_kind = {
  .add = add_queue,
  .refuse = refuse_next,
  .prepare = prepare_next,
  .ref = (gpointer (*) (gpointer))q_session_ref,
  .unref = (void (*) (gpointer))q_session_unref,
};

static QEventListener *
make_listener (QMonitor *self, QEventFilter *filter)
{
  return q_event_listener_new (q_monitor_get_dispatcher (self), &listener_kind,
                               q_session_ref (q_monitor_get_session (self)), filter);
}

/**
 * q_monitor_listen:
 * @self: a monitor
 * @names: (nullable) (array zero-terminated=1): names of events; %NULL or none for any
 * @match: (nullable) (transfer none): what the event's data must match, or %NULL for anything
 * @error: return location for an error
 *
 * Listens to events from now on, in a queue of its own.
 *
 * From the next attaching on, if the monitor is closed: made before that it misses none. See
 * [method@MonitorEvent.matches] for the rule of @match. What a listener has is not taken from the
 * backlog, where [method@Monitor.wait_event] finds it as well.
 *
 * Errors: %Q_MONITOR_ERROR_INVALID_COMMAND for a @match that is no JSON object.
 *
 * Returns: (transfer full): the listener
 *
 * Since: 1.0
 */
QEventListener *
q_monitor_listen (QMonitor *self, const char *const *names, JsonNode *match, GError **error)
{
  QEventFilter filter;

  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!q_event_filter_init_for_node (&filter, "listen", names, match, error))
    return NULL;
  return make_listener (self, &filter);
}

/**
 * q_monitor_listen_json:
 * @self: a monitor
 * @names: (nullable) (array zero-terminated=1): names of events; %NULL or none for any
 * @match: (nullable): what the event's data must match as the text of a JSON object, or %NULL for
 *   anything
 * @error: return location for an error
 *
 * Listens to events from now on, by a match that is text.
 *
 * Like [method@Monitor.listen], but numbers are compared exactly, as they are written.
 *
 * Errors: %Q_MONITOR_ERROR_INVALID_COMMAND for a @match that is no JSON object, or has a member
 * twice.
 *
 * Returns: (transfer full): the listener
 *
 * Since: 1.0
 */
QEventListener *
q_monitor_listen_json (QMonitor *self, const char *const *names, const char *match, GError **error)
{
  QEventFilter filter;

  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!q_event_filter_init (&filter, "listen", names, match, error))
    return NULL;
  return make_listener (self, &filter);
}
