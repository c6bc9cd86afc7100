/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-event-listener.h"

#include "io/io-thread-private.h"
#include "q-event-listener-private.h"
#include "q-monitor-event-private.h"
#include "q-monitor-private.h"

/**
 * QEventListener:
 *
 * The events of a machine or a monitor, from a moment on, for one who waits for them.
 *
 * [method@Machine.listen] and [method@Monitor.listen] make one. It has a queue of its own: nobody
 * else takes its events, and it takes nobody else's, neither those that [method@Machine.wait_event]
 * finds nor another listener's. So there can be any number at a time.
 *
 * It belongs to one session: to that which is there when it is made, or else to the next one, so it
 * can be made before a launch. When the session has ended, the events that are left can still be
 * taken. The queue is bounded like the backlog, by [property@Monitor:event-backlog]. A listener
 * keeps no machine and no monitor alive, and one that is dropped, or closed, costs nothing more.
 *
 * All methods can be called from any thread.
 *
 * ```c
 * const char *names[] = { "STOP", "RESUME", NULL };
 * g_autoptr (QEventListener) listener = q_machine_listen (machine, names, NULL, error);
 * g_autoptr (QMonitorEvent) event = NULL;
 * g_autofree char *reply = NULL;
 *
 * if (listener == NULL)
 *   return FALSE;
 * reply = q_machine_command_json (machine, "cont", NULL, Q_TIMEOUT_DEFAULT, NULL, error);
 * if (reply == NULL)
 *   return FALSE;
 * event = q_event_listener_next (listener, 5000, NULL, error);
 * if (event == NULL)
 *   return FALSE;
 * g_print ("%s\n", q_monitor_event_get_name (event));
 * ```
 *
 * Since: 1.0
 */
struct _QEventListener
{
  GObject parent_instance;

  QDispatcher *dispatcher;
  const QEventListenerKind *kind;
  gpointer owner;
  QEventQueue *queue;
};

G_DEFINE_FINAL_TYPE (QEventListener, q_event_listener, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_EVENTS_DROPPED,
  PROP_ENDED,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
q_event_listener_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QEventListener *self = Q_EVENT_LISTENER (object);

  if (prop_id == PROP_EVENTS_DROPPED)
    g_value_set_uint64 (value, q_event_listener_get_events_dropped (self));
  else if (prop_id == PROP_ENDED)
    g_value_set_boolean (value, q_event_listener_get_ended (self));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
q_event_listener_finalize (GObject *object)
{
  QEventListener *self = Q_EVENT_LISTENER (object);

  if (self->queue != NULL)
    q_event_queue_close (self->queue);
  g_clear_pointer (&self->queue, q_event_queue_unref);
  if (self->owner != NULL)
    self->kind->unref (self->owner);
  g_clear_pointer (&self->dispatcher, q_dispatcher_unref);

  G_OBJECT_CLASS (q_event_listener_parent_class)->finalize (object);
}

static void
q_event_listener_class_init (QEventListenerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = q_event_listener_get_property;
  object_class->finalize = q_event_listener_finalize;

  /**
   * QEventListener:events-dropped: (getter get_events_dropped)
   *
   * How many events had to make room for newer ones. Not notified.
   *
   * Since: 1.0
   */
  properties[PROP_EVENTS_DROPPED]
    = g_param_spec_uint64 ("events-dropped", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * QEventListener:ended: (getter get_ended)
   *
   * Whether the session has ended, or the listener was closed: there is nothing more to come than
   * what is in the queue. Not notified.
   *
   * Since: 1.0
   */
  properties[PROP_ENDED] = g_param_spec_boolean ("ended", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_event_listener_init (QEventListener *self)
{
  QEventFilter anything = { 0 };

  /* One that nobody made for a session hears of none. */
  self->dispatcher = q_dispatcher_new ();
  self->queue = q_event_queue_new (&anything, q_monitor_session_signals.make_event);
}

/* Not with a reference of the listener's, which must not be freed on the I/O thread. */
typedef struct
{
  const QEventListenerKind *kind;
  gpointer owner;
  QEventQueue *queue;
} Addition;

static gboolean
add_cb (gpointer data)
{
  g_autofree Addition *addition = data;

  addition->kind->add (addition->owner, addition->queue);
  addition->kind->unref (addition->owner);
  q_event_queue_unref (addition->queue);
  return G_SOURCE_REMOVE;
}

QEventListener *
q_event_listener_new (QDispatcher *dispatcher, const QEventListenerKind *kind, gpointer owner,
                      QEventFilter *filter)
{
  QEventListener *self = g_object_new (Q_TYPE_EVENT_LISTENER, NULL);
  Addition *addition;

  q_dispatcher_unref (self->dispatcher);
  self->dispatcher = q_dispatcher_ref (dispatcher);
  q_event_queue_unref (self->queue);
  self->queue = q_event_queue_new (filter, q_monitor_session_signals.make_event);
  self->kind = kind;
  self->owner = owner;

  /* Where nothing can be waited for either. */
  if (q_io_thread_is_of_parent ())
    return self;

  /* In the order of all that is called from now on. */
  addition = g_new0 (Addition, 1);
  addition->kind = kind;
  addition->owner = kind->ref (owner);
  addition->queue = q_event_queue_ref (self->queue);
  q_io_thread_post (add_cb, addition);

  return self;
}

/**
 * q_event_listener_get_events_dropped: (get-property events-dropped)
 * @self: a listener
 *
 * Gets how many events had to make room for newer ones.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint64
q_event_listener_get_events_dropped (QEventListener *self)
{
  g_return_val_if_fail (Q_IS_EVENT_LISTENER (self), 0);

  return q_event_queue_get_n_dropped (self->queue);
}

/**
 * q_event_listener_get_ended: (get-property ended)
 * @self: a listener
 *
 * Gets whether the session has ended, or the listener was closed: there is nothing more to come
 * than what is in the queue.
 *
 * Returns: %TRUE after the end
 *
 * Since: 1.0
 */
gboolean
q_event_listener_get_ended (QEventListener *self)
{
  g_return_val_if_fail (Q_IS_EVENT_LISTENER (self), FALSE);

  return q_event_queue_has_ended (self->queue) || q_event_queue_is_closed (self->queue);
}

/* -- taking -- */

static void
next_start (QOperation *operation)
{
  QEventListener *self = q_operation_get_source_object (operation);
  QSession *session = q_event_queue_get_session (self->queue);
  QMonitorEvent *event = q_event_listener_pop (self);

  if (event != NULL)
    q_operation_return (operation, event, g_object_unref);
  else if (q_event_queue_is_closed (self->queue))
    q_operation_return_new_error (operation, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED,
                                  "next: the listener was closed");
  else if (self->kind == NULL)
    q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                                  "next: it listens to no machine and no monitor");
  else if (session == NULL)
    self->kind->refuse (operation, self->owner);
  else if (self->kind->prepare (operation, session, self->owner))
    q_event_queue_wait (operation);
}

static QOperation *
next_operation (QEventListener *self, int timeout, GCancellable *cancellable)
{
  QOperation *operation = q_operation_new (self, self->dispatcher, "next", cancellable, next_start);

  if (timeout < -1)
    q_operation_refuse_timeout (operation, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                                timeout);
  else
    q_operation_set_data (operation, q_event_next_new (self->queue, timeout),
                          (GDestroyNotify)q_event_next_free);

  return operation;
}

/**
 * q_event_listener_next:
 * @self: a listener
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Takes the oldest event of the queue, waiting for one if need be.
 *
 * If several calls wait, each event is for the one that has waited longest. Errors:
 * %G_IO_ERROR_TIMED_OUT, also for a @timeout of 0; %G_IO_ERROR_CANCELLED;
 * %Q_MONITOR_ERROR_INVALID_COMMAND for a @timeout below -1; when the session has ended and the
 * queue is empty, %Q_MACHINE_ERROR_EXITED of a machine, and of a monitor the reason; and
 * %Q_MACHINE_ERROR_NOT_RUNNING or %Q_MONITOR_ERROR_CLOSED when no session has begun, or the
 * listener was closed.
 *
 * Returns: (transfer full): the event
 *
 * Since: 1.0
 */
QMonitorEvent *
q_event_listener_next (QEventListener *self, int timeout, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (Q_IS_EVENT_LISTENER (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_operation_run_sync (next_operation (self, timeout, cancellable), error);
}

/**
 * q_event_listener_next_async:
 * @self: a listener
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when there is one
 * @user_data: data for @callback
 *
 * Like [method@EventListener.next], without blocking.
 *
 * Since: 1.0
 */
void
q_event_listener_next_async (QEventListener *self, int timeout, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_EVENT_LISTENER (self));

  q_operation_run_async (next_operation (self, timeout, cancellable), q_event_listener_next_async,
                         callback, user_data);
}

/**
 * q_event_listener_next_finish:
 * @self: the listener
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@EventListener.next_async].
 *
 * Returns: (transfer full): the event
 *
 * Since: 1.0
 */
QMonitorEvent *
q_event_listener_next_finish (QEventListener *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_EVENT_LISTENER (self), NULL);

  return q_operation_finish (self, result, q_event_listener_next_async, error);
}

/**
 * q_event_listener_pop:
 * @self: a listener
 *
 * Takes the oldest event of the queue. Does not wait.
 *
 * Returns: (nullable) (transfer full): the event, or %NULL if there is none
 *
 * Since: 1.0
 */
QMonitorEvent *
q_event_listener_pop (QEventListener *self)
{
  g_return_val_if_fail (Q_IS_EVENT_LISTENER (self), NULL);

  return q_monitor_event_take (q_event_queue_pop (self->queue));
}

static gboolean
put_back_cb (gpointer data)
{
  g_autoptr (QEventQueue) queue = data;

  q_event_queue_serve_waiters (queue);
  return G_SOURCE_REMOVE;
}

/**
 * q_event_listener_put_back:
 * @self: a listener
 * @event: an event that was taken from it
 *
 * Puts an event back to the beginning of the queue, for who was given it and cannot use it.
 *
 * A call that waits gets it. A closed listener forgets it.
 *
 * Since: 1.0
 */
void
q_event_listener_put_back (QEventListener *self, QMonitorEvent *event)
{
  g_return_if_fail (Q_IS_EVENT_LISTENER (self));
  g_return_if_fail (Q_IS_MONITOR_EVENT (event));

  g_return_if_fail (q_monitor_event_get_record (event) != NULL);

  q_event_queue_put_back (self->queue, q_monitor_event_get_record (event));
  if (!q_io_thread_is_of_parent ())
    q_io_thread_post (put_back_cb, q_event_queue_ref (self->queue));
}

static gboolean
close_cb (gpointer data)
{
  g_autoptr (QEventQueue) queue = data;

  q_event_queue_fail_waiters (queue);
  return G_SOURCE_REMOVE;
}

/**
 * q_event_listener_close:
 * @self: a listener
 *
 * Listens no more, and forgets the events of the queue.
 *
 * Calls that wait fail with %Q_MONITOR_ERROR_CLOSED. To drop the last reference does the same; this
 * is for languages in which nobody knows when that is.
 *
 * Since: 1.0
 */
void
q_event_listener_close (QEventListener *self)
{
  g_return_if_fail (Q_IS_EVENT_LISTENER (self));

  q_event_queue_close (self->queue);
  if (!q_io_thread_is_of_parent ())
    q_io_thread_post (close_cb, q_event_queue_ref (self->queue));
}
