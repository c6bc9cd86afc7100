/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-machine.h"

#include "q-event-listener-private.h"
#include "q-machine-private.h"
#include "q-monitor-event-private.h"

/* Waiting for events, taking them and listening to them. */

static void
wait_event_start (QOperation *operation)
{
  QMachine *self = q_operation_get_source_object (operation);
  QLaunchState *state = q_machine_get_launch_state (self);
  g_autoptr (QSession) session = q_launch_state_dup_session (state);
  QEventQuery *query = q_operation_get_data (operation);

  /* After the end the events of the last moments are still there to be taken. */
  if (session == NULL)
    {
      q_machine_return_not_running (operation, state);
      return;
    }

  q_machine_prepare_call (&query->call, state, session);
  q_session_wait_event (operation);
}

/* Takes over the query, or why there is none. */
static QOperation *
wait_event_operation (QMachine *self, QEventQuery *query, GError *refusal,
                      GCancellable *cancellable)
{
  QDispatcher *dispatcher = q_launch_state_get_dispatcher (q_machine_get_launch_state (self));
  QOperation *operation
    = q_operation_new (self, dispatcher, "wait_event", cancellable, wait_event_start);

  if (query == NULL)
    q_operation_refuse (operation, refusal);
  else
    q_operation_set_data (operation, query, (GDestroyNotify)q_event_query_free);

  return operation;
}

static QOperation *
wait_event_for_text (QMachine *self, const char *const *names, const char *match, int timeout,
                     GCancellable *cancellable)
{
  GError *refusal = NULL;
  QEventQuery *query = q_event_query_new (names, match, timeout, &refusal);

  return wait_event_operation (self, query, refusal, cancellable);
}

static QOperation *
wait_event_for_node (QMachine *self, const char *const *names, JsonNode *match, int timeout,
                     GCancellable *cancellable)
{
  GError *refusal = NULL;
  QEventQuery *query = q_event_query_new_for_node (names, match, timeout, &refusal);

  return wait_event_operation (self, query, refusal, cancellable);
}

/**
 * q_machine_wait_event:
 * @self: a machine
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
 * %Q_MACHINE_ERROR_NOT_RUNNING; %Q_MACHINE_ERROR_EXITED as soon as QEMU has ended;
 * [error@MonitorError] when only its monitor is gone, with the reason.
 *
 * ```c
 * const char *names[] = { "STOP", NULL };
 * g_autoptr (QMonitorEvent) event = NULL;
 * g_autofree char *reply
 *   = q_machine_command_json (machine, "stop", NULL, Q_TIMEOUT_DEFAULT, NULL, error);
 *
 * if (reply == NULL)
 *   return FALSE;
 * event = q_machine_wait_event (machine, names, NULL, 5000, NULL, error);
 * if (event == NULL)
 *   return FALSE;
 * g_print ("stopped at %" G_GINT64_FORMAT " us\n", q_monitor_event_get_timestamp (event));
 * ```
 *
 * Returns: (transfer full): the event
 *
 * Since: 1.0
 */
QMonitorEvent *
q_machine_wait_event (QMachine *self, const char *const *names, JsonNode *match, int timeout,
                      GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (wait_event_for_node (self, names, match, timeout, cancellable),
                               error);
}

/**
 * q_machine_wait_event_async:
 * @self: a machine
 * @names: (nullable) (array zero-terminated=1): names of events; %NULL or none for any
 * @match: (nullable) (transfer none): what the event's data must match, or %NULL for anything
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when there is one
 * @user_data: data for @callback
 *
 * Like [method@Machine.wait_event], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_wait_event_async (QMachine *self, const char *const *names, JsonNode *match, int timeout,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  q_operation_run_async (wait_event_for_node (self, names, match, timeout, cancellable),
                         q_machine_wait_event_async, callback, user_data);
}

/**
 * q_machine_wait_event_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.wait_event_async].
 *
 * Returns: (transfer full): the event
 *
 * Since: 1.0
 */
QMonitorEvent *
q_machine_wait_event_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_operation_finish (self, result, q_machine_wait_event_async, error);
}

/**
 * q_machine_wait_event_json:
 * @self: a machine
 * @names: (nullable) (array zero-terminated=1): names of events; %NULL or none for any
 * @match: (nullable): what the event's data must match as the text of a JSON object, or %NULL for
 *   anything
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Takes the oldest event that fits, by a match that is text, waiting for one if need be.
 *
 * Like [method@Machine.wait_event], but numbers are compared exactly, as they are written: a
 * [struct@Json.Node] cannot tell 2^64-1 from -1.
 *
 * Errors: those of [method@Machine.wait_event]; %Q_MONITOR_ERROR_INVALID_COMMAND also for a @match
 * that has a member twice.
 *
 * Returns: (transfer full): the event
 *
 * Since: 1.0
 */
QMonitorEvent *
q_machine_wait_event_json (QMachine *self, const char *const *names, const char *match, int timeout,
                           GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (wait_event_for_text (self, names, match, timeout, cancellable),
                               error);
}

/**
 * q_machine_wait_event_json_async:
 * @self: a machine
 * @names: (nullable) (array zero-terminated=1): names of events; %NULL or none for any
 * @match: (nullable): what the event's data must match as the text of a JSON object, or %NULL for
 *   anything
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when there is one
 * @user_data: data for @callback
 *
 * Like [method@Machine.wait_event_json], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_wait_event_json_async (QMachine *self, const char *const *names, const char *match,
                                 int timeout, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  q_operation_run_async (wait_event_for_text (self, names, match, timeout, cancellable),
                         q_machine_wait_event_json_async, callback, user_data);
}

/**
 * q_machine_wait_event_json_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.wait_event_json_async].
 *
 * Returns: (transfer full): the event
 *
 * Since: 1.0
 */
QMonitorEvent *
q_machine_wait_event_json_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_operation_finish (self, result, q_machine_wait_event_json_async, error);
}

/**
 * q_machine_pop_event:
 * @self: a machine
 *
 * Takes the oldest event of this launch that nobody has taken. Does not wait.
 *
 * Events stay there after the end until the next launch.
 *
 * ```c
 * QMonitorEvent *event;
 *
 * while ((event = q_machine_pop_event (machine)) != NULL)
 *   {
 *     g_print ("%s\n", q_monitor_event_get_name (event));
 *     g_object_unref (event);
 *   }
 * ```
 *
 * Returns: (nullable) (transfer full): the event, or %NULL if there is none
 *
 * Since: 1.0
 */
QMonitorEvent *
q_machine_pop_event (QMachine *self)
{
  g_autoptr (QSession) session = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  session = q_launch_state_dup_session (q_machine_get_launch_state (self));
  return session != NULL ? q_monitor_event_take (q_session_pop_event (session)) : NULL;
}

/**
 * q_machine_pop_events:
 * @self: a machine
 *
 * Takes all events of this launch that nobody has taken, oldest first. Does not wait.
 *
 * Returns: (transfer full) (element-type QMonitorEvent): the events, maybe none
 *
 * Since: 1.0
 */
GList *
q_machine_pop_events (QMachine *self)
{
  g_autoptr (QSession) session = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  session = q_launch_state_dup_session (q_machine_get_launch_state (self));
  return session != NULL ? q_monitor_event_take_all (session) : NULL;
}

/**
 * q_machine_put_back_event:
 * @self: a machine
 * @event: an event that was taken from it
 *
 * Puts an event back as the oldest one, for who was given it and cannot use it.
 *
 * A call of [method@Machine.wait_event] that waits for such an event gets it. Put it back before
 * the next launch.
 *
 * Since: 1.0
 */
void
q_machine_put_back_event (QMachine *self, QMonitorEvent *event)
{
  g_autoptr (QSession) session = NULL;

  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (Q_IS_MONITOR_EVENT (event));
  g_return_if_fail (q_monitor_event_get_record (event) != NULL);

  session = q_launch_state_dup_session (q_machine_get_launch_state (self));
  if (session != NULL)
    q_session_put_back_event (session, q_event_record_ref (q_monitor_event_get_record (event)));
}

/* -- listening -- */

static void
add_queue (gpointer state, QEventQueue *queue)
{
  q_launch_state_add_queue (state, queue);
}

static void
refuse_next (QOperation *operation, gpointer state)
{
  q_machine_return_not_running (operation, state);
}

static gboolean
prepare_next (QOperation *operation, QSession *session, gpointer state)
{
  QEventNext *next = q_operation_get_data (operation);
  g_autoptr (QSession) current = q_launch_state_dup_session (state);
  gboolean is_there = q_launch_state_get_launch (state) != NULL && current == session;

  if (q_event_queue_has_ended (next->queue) && !is_there)
    {
      const GError *reason = q_session_get_owner_reason (session);

      q_operation_return_new_error (operation, reason->domain, reason->code, "next: %s",
                                    reason->message);
      return FALSE;
    }

  q_machine_prepare_call (&next->call, state, session);
  return TRUE;
}

static const QEventListenerKind listener_kind = {
  .add = add_queue,
  .refuse = refuse_next,
  .prepare = prepare_next,
  .ref = (gpointer (*) (gpointer))q_launch_state_ref,
  .unref = (void (*) (gpointer))q_launch_state_unref,
};

static QEventListener *
make_listener (QMachine *self, QEventFilter *filter)
{
  QLaunchState *state = q_machine_get_launch_state (self);

  return q_event_listener_new (q_launch_state_get_dispatcher (state), &listener_kind,
                               q_launch_state_ref (state), filter);
}

/**
 * q_machine_listen:
 * @self: a machine
 * @names: (nullable) (array zero-terminated=1): names of events; %NULL or none for any
 * @match: (nullable) (transfer none): what the event's data must match, or %NULL for anything
 * @error: return location for an error
 *
 * Listens to events from now on, in a queue of its own.
 *
 * From the next launch on, if the machine does not run: made before a launch it misses none. See
 * [method@MonitorEvent.matches] for the rule of @match. What a listener has is not taken from the
 * backlog, where [method@Machine.wait_event] finds it as well.
 *
 * Errors: %Q_MONITOR_ERROR_INVALID_COMMAND for a @match that is no JSON object.
 *
 * Returns: (transfer full): the listener
 *
 * Since: 1.0
 */
QEventListener *
q_machine_listen (QMachine *self, const char *const *names, JsonNode *match, GError **error)
{
  QEventFilter filter;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!q_event_filter_init_for_node (&filter, "listen", names, match, error))
    return NULL;
  return make_listener (self, &filter);
}

/**
 * q_machine_listen_json:
 * @self: a machine
 * @names: (nullable) (array zero-terminated=1): names of events; %NULL or none for any
 * @match: (nullable): what the event's data must match as the text of a JSON object, or %NULL for
 *   anything
 * @error: return location for an error
 *
 * Listens to events from now on, by a match that is text.
 *
 * Like [method@Machine.listen], but numbers are compared exactly, as they are written.
 *
 * Errors: %Q_MONITOR_ERROR_INVALID_COMMAND for a @match that is no JSON object, or has a member
 * twice.
 *
 * Returns: (transfer full): the listener
 *
 * Since: 1.0
 */
QEventListener *
q_machine_listen_json (QMachine *self, const char *const *names, const char *match, GError **error)
{
  QEventFilter filter;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!q_event_filter_init (&filter, "listen", names, match, error))
    return NULL;
  return make_listener (self, &filter);
}
