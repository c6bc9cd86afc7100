/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-monitor.h"

#include "q-enum-types.h"
#include "q-enums-private.h"
#include "io/io-thread-private.h"
#include "q-monitor-event-private.h"
#include "q-monitor-private.h"

/**
 * QMonitor:
 *
 * One QMP session: on the monitor of a running QEMU, of a storage daemon, or on any stream.
 *
 * A [class@Machine] makes its own monitor. Alone, a monitor is attached to an address with
 * [method@Monitor.attach], or to a stream with [method@Monitor.attach_stream]; it takes the
 * greeting and negotiates, and then carries commands and events until [method@Monitor.close] or
 * the end of the peer.
 *
 * All methods can be called from any thread, and the synchronous ones with or without a main loop:
 * they never run handlers of the program. The callback of the asynchronous ones runs in the
 * thread-default main context of the thread that made the call. Signals are emitted in that of the
 * thread that made the monitor, or the machine of it, and there replies and events come in the
 * order in which the peer sent them.
 *
 * Dropping the last reference closes the session.
 *
 * ```c
 * g_autoptr (QMonitor) monitor = q_monitor_new ();
 * g_autofree char *version = NULL;
 *
 * if (!q_monitor_attach (monitor, address, NULL, error))
 *   return FALSE;
 * version = q_monitor_dup_version (monitor);
 * g_print ("QEMU %s\n", version);
 * return q_monitor_close (monitor, NULL, error);
 * ```
 *
 * Since: 1.0
 */
struct _QMonitor
{
  GObject parent_instance;

  QDispatcher *dispatcher; /* its own, or the machine's */
  QSession *session;
  gboolean disposed;
};

G_DEFINE_FINAL_TYPE (QMonitor, q_monitor, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_STATE,
  PROP_GREETING,
  PROP_VERSION,
  PROP_CAPABILITIES,
  PROP_MAX_MESSAGE_SIZE,
  PROP_EVENT_BACKLOG,
  PROP_EVENTS_DROPPED,
  PROP_SIGNALS_DROPPED,
  PROP_COMMAND_TIMEOUT,
  PROP_ATTACH_TIMEOUT,
  PROP_ATTACH_RETRY,
  PROP_OUT_OF_BAND,
  N_PROPS,
};

enum
{
  SIGNAL_EVENT,
  SIGNAL_CLOSED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void
emit_event (GObject *target, QEventEmission *emission)
{
  q_monitor_event_emit (emission, target, signals[SIGNAL_EVENT]);
}

static void
emit_closed (GObject *target, const GError *error)
{
  g_signal_emit (target, signals[SIGNAL_CLOSED], 0, error);
}

static const guint followed[] = { PROP_STATE, PROP_GREETING, PROP_VERSION, PROP_CAPABILITIES };

static void
notify_changes (GObject *target, guint changes)
{
  for (gsize i = 0; i < G_N_ELEMENTS (followed); i++)
    g_object_notify_by_pspec (target, properties[followed[i]]);
}

static gboolean
is_followed (GParamSpec *pspec)
{
  for (gsize i = 0; i < G_N_ELEMENTS (followed); i++)
    if (pspec == properties[followed[i]])
      return TRUE;

  return FALSE;
}

/* See q_machine_dispatch_properties_changed (). */
static void
q_monitor_dispatch_properties_changed (GObject *object, guint n_pspecs, GParamSpec **pspecs)
{
  QMonitor *self = Q_MONITOR (object);
  GObjectClass *parent_class = G_OBJECT_CLASS (q_monitor_parent_class);
  gboolean put_off = FALSE;

  if (q_dispatcher_may_emit (self->dispatcher))
    {
      parent_class->dispatch_properties_changed (object, n_pspecs, pspecs);
      return;
    }

  for (guint i = 0; i < n_pspecs; i++)
    {
      if (is_followed (pspecs[i]))
        put_off = TRUE;
      else
        parent_class->dispatch_properties_changed (object, 1, &pspecs[i]);
    }

  if (put_off)
    q_session_post_changed (self->session);
}

static GObject *
make_event (QEventRecord *record)
{
  return G_OBJECT (q_monitor_event_take (record));
}

const QSessionSignals q_monitor_session_signals = {
  .make_event = make_event,
  .event = emit_event,
  .changed = notify_changes,
  .closed = emit_closed,
};

QSession *
q_monitor_get_session (QMonitor *self)
{
  return self->session;
}

QDispatcher *
q_monitor_get_dispatcher (QMonitor *self)
{
  return self->dispatcher;
}

QOperation *
q_monitor_new_operation (QMonitor *self, const char *name, GCancellable *cancellable,
                         QOperationFunc start)
{
  return q_operation_new (self, self->dispatcher, name, cancellable, start);
}

static gboolean
close_session_cb (gpointer data)
{
  g_autoptr (QSession) session = data;

  q_session_close (session, NULL);
  return G_SOURCE_REMOVE;
}

static void
q_monitor_dispose (GObject *object)
{
  QMonitor *self = Q_MONITOR (object);

  if (!self->disposed)
    {
      self->disposed = TRUE;
      /* Its machine, which may have been launched again, still emits what came before. */
      q_dispatcher_forget (self->dispatcher, self->session, !q_session_is_relayed (self->session));
      q_dispatcher_remove_owner (self->dispatcher);
      q_io_thread_post (close_session_cb, q_session_ref (self->session));
    }

  G_OBJECT_CLASS (q_monitor_parent_class)->dispose (object);
}

static void
q_monitor_finalize (GObject *object)
{
  QMonitor *self = Q_MONITOR (object);

  q_session_unref (self->session);
  q_dispatcher_unref (self->dispatcher);

  G_OBJECT_CLASS (q_monitor_parent_class)->finalize (object);
}

static void
q_monitor_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QMonitor *self = Q_MONITOR (object);

  switch (prop_id)
    {
    case PROP_STATE:
      g_value_set_enum (value, q_monitor_get_state (self));
      break;
    case PROP_GREETING:
      g_value_take_string (value, q_monitor_dup_greeting (self));
      break;
    case PROP_VERSION:
      g_value_take_string (value, q_monitor_dup_version (self));
      break;
    case PROP_CAPABILITIES:
      g_value_take_boxed (value, q_monitor_dup_capabilities (self));
      break;
    case PROP_MAX_MESSAGE_SIZE:
      g_value_set_uint64 (value, q_monitor_get_max_message_size (self));
      break;
    case PROP_EVENT_BACKLOG:
      g_value_set_uint (value, q_monitor_get_event_backlog (self));
      break;
    case PROP_EVENTS_DROPPED:
      g_value_set_uint64 (value, q_monitor_get_events_dropped (self));
      break;
    case PROP_SIGNALS_DROPPED:
      g_value_set_uint64 (value, q_monitor_get_signals_dropped (self));
      break;
    case PROP_COMMAND_TIMEOUT:
      g_value_set_int (value, q_monitor_get_command_timeout (self));
      break;
    case PROP_ATTACH_TIMEOUT:
      g_value_set_int (value, q_monitor_get_attach_timeout (self));
      break;
    case PROP_ATTACH_RETRY:
      g_value_set_boolean (value, q_monitor_get_attach_retry (self));
      break;
    case PROP_OUT_OF_BAND:
      g_value_set_boolean (value, q_monitor_get_out_of_band (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_monitor_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QMonitor *self = Q_MONITOR (object);

  switch (prop_id)
    {
    case PROP_MAX_MESSAGE_SIZE:
      q_monitor_set_max_message_size (self, g_value_get_uint64 (value));
      break;
    case PROP_EVENT_BACKLOG:
      q_monitor_set_event_backlog (self, g_value_get_uint (value));
      break;
    case PROP_COMMAND_TIMEOUT:
      q_monitor_set_command_timeout (self, g_value_get_int (value));
      break;
    case PROP_ATTACH_TIMEOUT:
      q_monitor_set_attach_timeout (self, g_value_get_int (value));
      break;
    case PROP_ATTACH_RETRY:
      q_monitor_set_attach_retry (self, g_value_get_boolean (value));
      break;
    case PROP_OUT_OF_BAND:
      q_monitor_set_out_of_band (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags read_only = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const GParamFlags read_write
    = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  /**
   * QMonitor:state: (getter get_state)
   *
   * Where the session stands.
   *
   * Since: 1.0
   */
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, Q_TYPE_MONITOR_STATE,
                                              Q_MONITOR_STATE_CLOSED, read_only);

  /**
   * QMonitor:greeting: (getter dup_greeting)
   *
   * What the peer said of itself: the text of the greeting's `QMP` member; %NULL before the
   * greeting.
   *
   * Since: 1.0
   */
  properties[PROP_GREETING] = g_param_spec_string ("greeting", NULL, NULL, NULL, read_only);

  /**
   * QMonitor:version: (getter dup_version)
   *
   * The peer's version, such as `7.2.22`; %NULL before the greeting, and if that does not say.
   *
   * Since: 1.0
   */
  properties[PROP_VERSION] = g_param_spec_string ("version", NULL, NULL, NULL, read_only);

  /**
   * QMonitor:capabilities: (getter dup_capabilities)
   *
   * The names of the capabilities that the peer offers; %NULL before the greeting.
   *
   * Since: 1.0
   */
  properties[PROP_CAPABILITIES]
    = g_param_spec_boxed ("capabilities", NULL, NULL, G_TYPE_STRV, read_only);

  /**
   * QMonitor:max-message-size: (getter get_max_message_size) (setter set_max_message_size)
   *
   * The longest message, in bytes, that is taken from the peer; a longer one closes the session
   * with %Q_MONITOR_ERROR_TOO_LARGE. Looked at when a session begins. At least 1024; default:
   * 64 MiB.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_MESSAGE_SIZE] = g_param_spec_uint64 (
    "max-message-size", NULL, NULL, 1024, G_MAXSSIZE / 4, Q_SESSION_MAX_MESSAGE_SIZE, read_write);

  /**
   * QMonitor:event-backlog: (getter get_event_backlog) (setter set_event_backlog)
   *
   * How many events are kept for [method@Monitor.pop_event] and [method@Monitor.wait_event], and
   * as many again that wait for a signal handler; but of each no more than 64 MiB. The oldest make
   * room for newer ones; a limit that is lowered takes effect with the next event. From 1 to
   * 1048576; default: 1024.
   *
   * Since: 1.0
   */
  properties[PROP_EVENT_BACKLOG] = g_param_spec_uint ("event-backlog", NULL, NULL, 1, 1 << 20,
                                                      Q_SESSION_EVENT_BACKLOG, read_write);

  /**
   * QMonitor:events-dropped: (getter get_events_dropped)
   *
   * How many events of this session nobody took from the backlog before they had to make room.
   * Not notified.
   *
   * Since: 1.0
   */
  properties[PROP_EVENTS_DROPPED]
    = g_param_spec_uint64 ("events-dropped", NULL, NULL, 0, G_MAXUINT64, 0, read_only);

  /**
   * QMonitor:signals-dropped: (getter get_signals_dropped)
   *
   * How many events of this session never reached a signal handler, because the context in which
   * they are emitted did not keep up. Not notified.
   *
   * Since: 1.0
   */
  properties[PROP_SIGNALS_DROPPED]
    = g_param_spec_uint64 ("signals-dropped", NULL, NULL, 0, G_MAXUINT64, 0, read_only);

  /**
   * QMonitor:command-timeout: (getter get_command_timeout) (setter set_command_timeout)
   *
   * How long to wait for the reply to a command, in milliseconds; -1 for as long as it takes. A
   * millisecond for every 100 bytes of the command is added: QEMU reads slowly. A command that
   * took too long fails with %G_IO_ERROR_TIMED_OUT and the session goes on. Default: -1.
   *
   * Since: 1.0
   */
  properties[PROP_COMMAND_TIMEOUT]
    = g_param_spec_int ("command-timeout", NULL, NULL, -1, G_MAXINT, -1, read_write);

  /**
   * QMonitor:attach-timeout: (getter get_attach_timeout) (setter set_attach_timeout)
   *
   * How long attaching may take, greeting and negotiation included, in milliseconds; -1 for as
   * long as it takes. Default: 30000.
   *
   * Since: 1.0
   */
  properties[PROP_ATTACH_TIMEOUT] = g_param_spec_int ("attach-timeout", NULL, NULL, -1, G_MAXINT,
                                                      Q_SESSION_ATTACH_TIMEOUT, read_write);

  /**
   * QMonitor:attach-retry: (getter get_attach_retry) (setter set_attach_retry)
   *
   * Whether [method@Monitor.attach] goes on trying, until [property@Monitor:attach-timeout], while
   * nobody listens at the address or the peer hangs up before the session is negotiated, before or
   * after its greeting, as happens with a QEMU that is still starting or is being replaced. What is
   * no QMP, and a peer that refuses to negotiate, fail at once. Default: %FALSE.
   *
   * Since: 1.0
   */
  properties[PROP_ATTACH_RETRY]
    = g_param_spec_boolean ("attach-retry", NULL, NULL, FALSE, read_write);

  /**
   * QMonitor:out-of-band: (getter get_out_of_band) (setter set_out_of_band)
   *
   * Whether to negotiate out-of-band commands when attaching, for %Q_MONITOR_FLAGS_OUT_OF_BAND.
   * Every command then carries an id. A peer that does not offer them is refused with
   * %Q_MONITOR_ERROR_NEGOTIATION. Looked at when a session begins; the monitor that a machine makes
   * does without. Default: %FALSE.
   *
   * Since: 1.0
   */
  properties[PROP_OUT_OF_BAND]
    = g_param_spec_boolean ("out-of-band", NULL, NULL, FALSE, read_write);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_monitor_class_init (QMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispatch_properties_changed = q_monitor_dispatch_properties_changed;
  object_class->dispose = q_monitor_dispose;
  object_class->finalize = q_monitor_finalize;
  object_class->get_property = q_monitor_get_property;
  object_class->set_property = q_monitor_set_property;
  q_enum_read_as_nick (Q_TYPE_MONITOR_STATE);
  install_properties (object_class);

  /**
   * QMonitor::event:
   * @self: the monitor
   * @event: what happened
   *
   * The peer reported an event. The detail is the event's name: `event::SHUTDOWN`.
   *
   * Emitted for every event, in order, whether or not somebody also waits for it, in the main
   * context of the monitor. If that does not keep up with more than
   * [property@Monitor:event-backlog] events, the oldest are left out and counted in
   * [property@Monitor:signals-dropped].
   *
   * Since: 1.0
   */
  signals[SIGNAL_EVENT] = g_signal_new ("event", Q_TYPE_MONITOR,
                                        G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED | G_SIGNAL_NO_HOOKS,
                                        0, NULL, NULL, NULL, G_TYPE_NONE, 1, Q_TYPE_MONITOR_EVENT);

  /**
   * QMonitor::closed:
   * @self: the monitor
   * @error: (nullable): why, %NULL for an end that was wanted
   *
   * The session is over; emitted once for each session that was running, after its events, in the
   * main context of the monitor. The end is wanted after [method@Monitor.close], after the command
   * `quit` and after the event `SHUTDOWN`.
   *
   * Since: 1.0
   */
  signals[SIGNAL_CLOSED] = g_signal_new ("closed", Q_TYPE_MONITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                         NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

/* Takes over the session. */
static void
use_session (QMonitor *self, QDispatcher *dispatcher, QSession *session)
{
  if (self->session != NULL)
    {
      q_dispatcher_remove_owner (self->dispatcher);
      q_session_unref (self->session);
      q_dispatcher_unref (self->dispatcher);
    }

  self->dispatcher = q_dispatcher_ref (dispatcher);
  q_dispatcher_add_owner (dispatcher);
  self->session = session;
  q_session_set_target (session, G_OBJECT (self));
}

static void
q_monitor_init (QMonitor *self)
{
  g_autoptr (QDispatcher) dispatcher = q_dispatcher_new ();

  use_session (self, dispatcher, q_session_new (dispatcher, &q_monitor_session_signals));
}

/**
 * q_monitor_new:
 *
 * Makes a monitor that is not attached to anything yet.
 *
 * Its signals will be emitted in the thread-default main context of the calling thread.
 *
 * Returns: (transfer full): a new monitor
 *
 * Since: 1.0
 */
QMonitor *
q_monitor_new (void)
{
  return g_object_new (Q_TYPE_MONITOR, NULL);
}

QMonitor *
q_monitor_new_for_session (QDispatcher *dispatcher, QSession *session)
{
  QMonitor *self = q_monitor_new ();

  use_session (self, dispatcher, q_session_ref (session));

  return self;
}

/**
 * q_monitor_get_state: (get-property state)
 * @self: a monitor
 *
 * Gets the state of the session.
 *
 * Returns: the state
 *
 * Since: 1.0
 */
QMonitorState
q_monitor_get_state (QMonitor *self)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), Q_MONITOR_STATE_CLOSED);

  return q_session_get_state (self->session);
}

/**
 * q_monitor_dup_greeting: (get-property greeting)
 * @self: a monitor
 *
 * Gets the text of the greeting's `QMP` member, in which the peer says what it is.
 *
 * It stays after the session until the next one begins.
 *
 * Returns: (nullable) (transfer full): JSON text, %NULL before the greeting
 *
 * Since: 1.0
 */
char *
q_monitor_dup_greeting (QMonitor *self)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);

  return q_session_dup_greeting (self->session);
}

/**
 * q_monitor_dup_version: (get-property version)
 * @self: a monitor
 *
 * Gets the peer's version, such as `7.2.22`.
 *
 * It stays after the session until the next one begins.
 *
 * Returns: (nullable) (transfer full): the version, %NULL before the greeting and if that does not
 *   say
 *
 * Since: 1.0
 */
char *
q_monitor_dup_version (QMonitor *self)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);

  return q_session_dup_version (self->session);
}

/**
 * q_monitor_dup_capabilities: (get-property capabilities)
 * @self: a monitor
 *
 * Gets the names of the capabilities that the peer offers.
 *
 * It stays after the session until the next one begins.
 *
 * Returns: (nullable) (transfer full): the names, %NULL before the greeting
 *
 * Since: 1.0
 */
char **
q_monitor_dup_capabilities (QMonitor *self)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);

  return q_session_dup_capabilities (self->session);
}

/**
 * q_monitor_get_events_dropped: (get-property events-dropped)
 * @self: a monitor
 *
 * Gets how many events of this session had to make room in the backlog before anybody took them.
 *
 * Returns: their number
 *
 * Since: 1.0
 */
guint64
q_monitor_get_events_dropped (QMonitor *self)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), 0);

  return q_session_get_events_dropped (self->session);
}

/**
 * q_monitor_get_signals_dropped: (get-property signals-dropped)
 * @self: a monitor
 *
 * Gets how many events of this session never reached a signal handler.
 *
 * Returns: their number
 *
 * Since: 1.0
 */
guint64
q_monitor_get_signals_dropped (QMonitor *self)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), 0);

  return q_session_get_signals_dropped (self->session);
}

/**
 * q_monitor_pop_event:
 * @self: a monitor
 *
 * Takes the oldest event that nobody has taken. Does not wait.
 *
 * Events stay there after the session until the next one begins.
 *
 * Returns: (nullable) (transfer full): the event, or %NULL if there is none
 *
 * Since: 1.0
 */
QMonitorEvent *
q_monitor_pop_event (QMonitor *self)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);

  return q_monitor_event_take (q_session_pop_event (self->session));
}

/**
 * q_monitor_pop_events:
 * @self: a monitor
 *
 * Takes all events that nobody has taken, oldest first. Does not wait.
 *
 * Returns: (transfer full) (element-type QMonitorEvent): the events, maybe none
 *
 * Since: 1.0
 */
GList *
q_monitor_pop_events (QMonitor *self)
{
  g_return_val_if_fail (Q_IS_MONITOR (self), NULL);

  return q_monitor_event_take_all (self->session);
}

/**
 * q_monitor_put_back_event:
 * @self: a monitor
 * @event: an event that was taken from it
 *
 * Puts an event back as the oldest one, for who was given it and cannot use it.
 *
 * A call of [method@Monitor.wait_event] that waits for such an event gets it. Put it back before
 * the next session begins.
 *
 * Since: 1.0
 */
void
q_monitor_put_back_event (QMonitor *self, QMonitorEvent *event)
{
  g_return_if_fail (Q_IS_MONITOR (self));
  g_return_if_fail (Q_IS_MONITOR_EVENT (event));
  g_return_if_fail (q_monitor_event_get_record (event) != NULL);

  q_session_put_back_event (self->session, q_event_record_ref (q_monitor_event_get_record (event)));
}
