/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-guest-agent-private.h"

#include "q-enum-types.h"
#include "q-enums-private.h"

/**
 * QGuestAgent:
 *
 * The connection to a guest agent, `qemu-ga`: a program in the guest that carries out commands
 * there.
 *
 * A machine has one after [method@Machine.add_guest_agent], which is attached with each launch. Any
 * other is attached to an address with [method@GuestAgent.attach], or to a stream with
 * [method@GuestAgent.attach_stream]: to the socket of QEMU's at whose other end the guest has a
 * serial port. An agent may be there or not, may come later, and may go. The library asks it for a
 * sign of life until it has one, which [property@GuestAgent:ready] says, and again after each call
 * that took too long; what came before that is thrown away, so that no late answer is taken for
 * another's. Calls wait for it within their time.
 *
 * All that comes from a guest is the guest's word, and the guest need not be a friend: it is
 * checked and bounded as what comes from QEMU is, and still it is for the program to judge.
 *
 * All methods can be called from any thread, and the synchronous ones with or without a main loop:
 * they never run handlers of the program. The callback of the asynchronous ones runs in the
 * thread-default main context of the thread that made the call. Signals are emitted in that of the
 * thread that made the object.
 *
 * Dropping the last reference ends the connection, and thaws before what is frozen.
 *
 * ```c
 * g_autoptr (QGuestAgent) agent = q_guest_agent_new ();
 * g_autoptr (GBytes) release = NULL;
 *
 * if (!q_guest_agent_attach (agent, address, Q_TIMEOUT_DEFAULT, NULL, error))
 *   return FALSE;
 * release = q_guest_agent_read_file (agent, "/etc/os-release", 60000, NULL, error);
 * if (release == NULL)
 *   return FALSE;
 * g_print ("%" G_GSIZE_FORMAT " bytes\n", g_bytes_get_size (release));
 * ```
 *
 * Since: 1.0
 */
struct _QGuestAgent
{
  GObject parent_instance;

  QDispatcher *dispatcher;
  QAgent *agent;
  QGuestChannel *channel; /* NULL for one that is not a machine's; set before anybody sees it */
  gboolean disposed;
  /* As they were notified last; of the owner context. */
  QGuestAgentState notified_state;
  gboolean notified_frozen;
};

G_DEFINE_FINAL_TYPE (QGuestAgent, q_guest_agent, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_CHANNEL,
  PROP_STATE,
  PROP_READY,
  PROP_FROZEN,
  PROP_COMMAND_TIMEOUT,
  PROP_ATTACH_TIMEOUT,
  PROP_MAX_MESSAGE_SIZE,
  PROP_MAX_FILE_SIZE,
  N_PROPS,
};

enum
{
  SIGNAL_CLOSED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void
emit_closed (GObject *target, const GError *error)
{
  g_signal_emit (target, signals[SIGNAL_CLOSED], 0, error);
}

static void
notify_changes (GObject *target, guint changes)
{
  QGuestAgent *self = Q_GUEST_AGENT (target);
  QGuestAgentState old_state = self->notified_state;
  QGuestAgentState state = q_guest_agent_get_state (self);
  gboolean frozen = q_guest_agent_get_frozen (self);
  gboolean was_frozen = self->notified_frozen;

  self->notified_state = state;
  self->notified_frozen = frozen;
  if (state != old_state)
    g_object_notify_by_pspec (target, properties[PROP_STATE]);
  if ((state == Q_GUEST_AGENT_STATE_READY) != (old_state == Q_GUEST_AGENT_STATE_READY))
    g_object_notify_by_pspec (target, properties[PROP_READY]);
  if (frozen != was_frozen)
    g_object_notify_by_pspec (target, properties[PROP_FROZEN]);
}

static const QAgentSignals agent_signals = {
  .changed = notify_changes,
  .closed = emit_closed,
};

QAgent *
q_guest_agent_get_agent (QGuestAgent *self)
{
  return self->agent;
}

QOperation *
q_guest_agent_new_operation (QGuestAgent *self, const char *name, GCancellable *cancellable,
                             QOperationFunc start, int timeout, gpointer data,
                             GDestroyNotify free_data)
{
  QOperation *operation = q_operation_new (self, self->dispatcher, name, cancellable, start);

  q_operation_set_data (operation, data, free_data);
  if (timeout < -1 && timeout != Q_TIMEOUT_DEFAULT)
    q_operation_refuse_timeout (operation, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                                timeout);
  return operation;
}

static void
q_guest_agent_dispose (GObject *object)
{
  QGuestAgent *self = Q_GUEST_AGENT (object);

  if (!self->disposed)
    {
      self->disposed = TRUE;
      q_dispatcher_forget (self->dispatcher, self->agent, FALSE);
      q_dispatcher_remove_owner (self->dispatcher);
      q_agent_drop (self->agent);
    }

  G_OBJECT_CLASS (q_guest_agent_parent_class)->dispose (object);
}

static void
q_guest_agent_finalize (GObject *object)
{
  QGuestAgent *self = Q_GUEST_AGENT (object);

  g_clear_object (&self->channel);
  q_agent_unref (self->agent);
  q_dispatcher_unref (self->dispatcher);

  G_OBJECT_CLASS (q_guest_agent_parent_class)->finalize (object);
}

static void
q_guest_agent_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QGuestAgent *self = Q_GUEST_AGENT (object);

  switch (prop_id)
    {
    case PROP_CHANNEL:
      g_value_take_object (value, q_guest_agent_dup_channel (self));
      break;
    case PROP_STATE:
      g_value_set_enum (value, q_guest_agent_get_state (self));
      break;
    case PROP_READY:
      g_value_set_boolean (value, q_guest_agent_get_ready (self));
      break;
    case PROP_FROZEN:
      g_value_set_boolean (value, q_guest_agent_get_frozen (self));
      break;
    case PROP_COMMAND_TIMEOUT:
      g_value_set_int (value, q_guest_agent_get_command_timeout (self));
      break;
    case PROP_ATTACH_TIMEOUT:
      g_value_set_int (value, q_guest_agent_get_attach_timeout (self));
      break;
    case PROP_MAX_MESSAGE_SIZE:
      g_value_set_uint64 (value, q_guest_agent_get_max_message_size (self));
      break;
    case PROP_MAX_FILE_SIZE:
      g_value_set_uint64 (value, q_guest_agent_get_max_file_size (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_guest_agent_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QGuestAgent *self = Q_GUEST_AGENT (object);

  switch (prop_id)
    {
    case PROP_COMMAND_TIMEOUT:
      q_guest_agent_set_command_timeout (self, g_value_get_int (value));
      break;
    case PROP_ATTACH_TIMEOUT:
      q_guest_agent_set_attach_timeout (self, g_value_get_int (value));
      break;
    case PROP_MAX_MESSAGE_SIZE:
      q_guest_agent_set_max_message_size (self, g_value_get_uint64 (value));
      break;
    case PROP_MAX_FILE_SIZE:
      q_guest_agent_set_max_file_size (self, g_value_get_uint64 (value));
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
   * QGuestAgent:channel: (getter dup_channel)
   *
   * The channel to it of a machine's agent, which tells whether the guest has opened the port;
   * %NULL for one that was made without a machine. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_CHANNEL]
    = g_param_spec_object ("channel", NULL, NULL, Q_TYPE_GUEST_CHANNEL, read_only);

  /**
   * QGuestAgent:state: (getter get_state)
   *
   * Where the connection stands.
   *
   * Since: 1.0
   */
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, Q_TYPE_GUEST_AGENT_STATE,
                                              Q_GUEST_AGENT_STATE_CLOSED, read_only);

  /**
   * QGuestAgent:ready: (getter get_ready)
   *
   * Whether the agent answers. After a call that was given up, or took too long, it is %FALSE until
   * the agent has answered again.
   *
   * Since: 1.0
   */
  properties[PROP_READY] = g_param_spec_boolean ("ready", NULL, NULL, FALSE, read_only);

  /**
   * QGuestAgent:frozen: (getter get_frozen)
   *
   * Whether a command to freeze was sent, and neither refused nor taken back by a thaw that was
   * answered. The library will thaw what is frozen. %FALSE when it is closed.
   *
   * Since: 1.0
   */
  properties[PROP_FROZEN] = g_param_spec_boolean ("frozen", NULL, NULL, FALSE, read_only);

  /**
   * QGuestAgent:command-timeout: (getter get_command_timeout) (setter set_command_timeout)
   *
   * How long a call with %Q_TIMEOUT_DEFAULT may take, in milliseconds, the wait for the agent
   * included; -1 for as long as it takes. Default: 10000.
   *
   * Since: 1.0
   */
  properties[PROP_COMMAND_TIMEOUT] = g_param_spec_int ("command-timeout", NULL, NULL, -1, G_MAXINT,
                                                       Q_AGENT_COMMAND_TIMEOUT, read_write);

  /**
   * QGuestAgent:attach-timeout: (getter get_attach_timeout) (setter set_attach_timeout)
   *
   * How long [method@GuestAgent.attach] with %Q_TIMEOUT_DEFAULT may take, in milliseconds; -1 for
   * as long as it takes. Default: 30000.
   *
   * Since: 1.0
   */
  properties[PROP_ATTACH_TIMEOUT] = g_param_spec_int ("attach-timeout", NULL, NULL, -1, G_MAXINT,
                                                      Q_AGENT_ATTACH_TIMEOUT, read_write);

  /**
   * QGuestAgent:max-message-size: (getter get_max_message_size) (setter set_max_message_size)
   *
   * The longest message, in bytes, that is taken from the guest. The call that waits for a longer
   * one fails with %Q_MONITOR_ERROR_TOO_LARGE, and the rest of it is thrown away. Looked at when a
   * connection is made. At least 1024; default: 64 MiB.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_MESSAGE_SIZE] = g_param_spec_uint64 (
    "max-message-size", NULL, NULL, 1024, G_MAXSSIZE / 4, Q_AGENT_MAX_MESSAGE_SIZE, read_write);

  /**
   * QGuestAgent:max-file-size: (getter get_max_file_size) (setter set_max_file_size)
   *
   * The largest file, in bytes, that [method@GuestAgent.read_file] reads; a file of a guest need
   * not have an end. From 1 to 2147483647; default: 256 MiB.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_FILE_SIZE] = g_param_spec_uint64 ("max-file-size", NULL, NULL, 1, G_MAXINT,
                                                        Q_AGENT_MAX_FILE_SIZE, read_write);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_guest_agent_class_init (QGuestAgentClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = q_guest_agent_dispose;
  object_class->finalize = q_guest_agent_finalize;
  object_class->get_property = q_guest_agent_get_property;
  object_class->set_property = q_guest_agent_set_property;
  q_enum_read_as_nick (Q_TYPE_GUEST_AGENT_STATE);
  install_properties (object_class);

  /**
   * QGuestAgent::closed:
   * @self: the guest agent
   * @error: (nullable): why, %NULL for an end that was wanted
   *
   * It is attached no more: it was closed, or the stream has ended. Not emitted for a connection to
   * an address that ends, since it is made again; [property@GuestAgent:state] tells of that. Nor
   * for an attempt to attach that failed or was given up.
   *
   * Emitted in the main context of the thread that made the object.
   *
   * Since: 1.0
   */
  signals[SIGNAL_CLOSED] = g_signal_new ("closed", Q_TYPE_GUEST_AGENT, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

/* Takes over the dispatcher. */
static void
use_dispatcher (QGuestAgent *self, QDispatcher *dispatcher)
{
  self->dispatcher = dispatcher;
  q_dispatcher_add_owner (self->dispatcher);
  self->agent = q_agent_new (self->dispatcher, &agent_signals, G_OBJECT (self));
}

static void
q_guest_agent_init (QGuestAgent *self)
{
  use_dispatcher (self, q_dispatcher_new ());
}

QGuestAgent *
q_guest_agent_new_with_dispatcher (QDispatcher *dispatcher)
{
  QGuestAgent *self = q_guest_agent_new ();

  q_dispatcher_remove_owner (self->dispatcher);
  g_clear_pointer (&self->agent, q_agent_unref);
  g_clear_pointer (&self->dispatcher, q_dispatcher_unref);
  use_dispatcher (self, q_dispatcher_ref (dispatcher));

  return self;
}

void
q_guest_agent_set_channel (QGuestAgent *self, QGuestChannel *channel)
{
  g_set_object (&self->channel, channel);
}

/**
 * q_guest_agent_new:
 *
 * Makes a guest agent that is not attached to anything yet.
 *
 * Its signals will be emitted in the thread-default main context of the calling thread.
 *
 * Returns: (transfer full): a new guest agent
 *
 * Since: 1.0
 */
QGuestAgent *
q_guest_agent_new (void)
{
  return g_object_new (Q_TYPE_GUEST_AGENT, NULL);
}

/**
 * q_guest_agent_dup_channel: (get-property channel)
 * @self: a guest agent
 *
 * Gets the channel to a machine's agent.
 *
 * Returns: (nullable) (transfer full): the channel, %NULL for an agent that is not a machine's
 *
 * Since: 1.0
 */
QGuestChannel *
q_guest_agent_dup_channel (QGuestAgent *self)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), NULL);

  return self->channel != NULL ? g_object_ref (self->channel) : NULL;
}

/**
 * q_guest_agent_get_state: (get-property state)
 * @self: a guest agent
 *
 * Gets where the connection stands.
 *
 * Returns: the state
 *
 * Since: 1.0
 */
QGuestAgentState
q_guest_agent_get_state (QGuestAgent *self)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), Q_GUEST_AGENT_STATE_CLOSED);

  return q_agent_get_state (self->agent);
}

/**
 * q_guest_agent_get_ready: (get-property ready)
 * @self: a guest agent
 *
 * Gets whether the agent answers.
 *
 * Returns: %TRUE if it does
 *
 * Since: 1.0
 */
gboolean
q_guest_agent_get_ready (QGuestAgent *self)
{
  return q_guest_agent_get_state (self) == Q_GUEST_AGENT_STATE_READY;
}

/**
 * q_guest_agent_get_frozen: (get-property frozen)
 * @self: a guest agent
 *
 * Gets whether the guest's file systems are frozen, or may be so: see
 * [property@GuestAgent:frozen].
 *
 * Returns: %TRUE if they may be frozen
 *
 * Since: 1.0
 */
gboolean
q_guest_agent_get_frozen (QGuestAgent *self)
{
  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), FALSE);

  return q_agent_get_frozen (self->agent);
}

/**
 * q_guest_agent_get_command_timeout: (get-property command-timeout)
 * @self: a guest agent
 *
 * Gets how long a call may take, in milliseconds: see
 * [property@GuestAgent:command-timeout].
 *
 * Returns: milliseconds, -1 for none
 *
 * Since: 1.0
 */
int
q_guest_agent_get_command_timeout (QGuestAgent *self)
{
  QAgentSettings settings;

  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), -1);

  q_agent_get_settings (self->agent, &settings);
  return settings.command_timeout;
}

/**
 * q_guest_agent_set_command_timeout: (set-property command-timeout)
 * @self: a guest agent
 * @command_timeout: milliseconds, -1 for none
 *
 * Sets how long a call may take, in milliseconds: see
 * [property@GuestAgent:command-timeout].
 *
 * Since: 1.0
 */
void
q_guest_agent_set_command_timeout (QGuestAgent *self, int command_timeout)
{
  QAgentSettings *settings;
  gboolean changed;

  g_return_if_fail (Q_IS_GUEST_AGENT (self));
  g_return_if_fail (command_timeout >= -1);

  settings = q_agent_lock_settings (self->agent);
  changed = settings->command_timeout != command_timeout;
  settings->command_timeout = command_timeout;
  q_agent_unlock_settings (self->agent);

  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_COMMAND_TIMEOUT]);
}

/**
 * q_guest_agent_get_attach_timeout: (get-property attach-timeout)
 * @self: a guest agent
 *
 * Gets how long connecting may take, in milliseconds: see
 * [property@GuestAgent:attach-timeout].
 *
 * Returns: milliseconds, -1 for none
 *
 * Since: 1.0
 */
int
q_guest_agent_get_attach_timeout (QGuestAgent *self)
{
  QAgentSettings settings;

  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), -1);

  q_agent_get_settings (self->agent, &settings);
  return settings.attach_timeout;
}

/**
 * q_guest_agent_set_attach_timeout: (set-property attach-timeout)
 * @self: a guest agent
 * @attach_timeout: milliseconds, -1 for none
 *
 * Sets how long connecting may take, in milliseconds: see
 * [property@GuestAgent:attach-timeout].
 *
 * Since: 1.0
 */
void
q_guest_agent_set_attach_timeout (QGuestAgent *self, int attach_timeout)
{
  QAgentSettings *settings;
  gboolean changed;

  g_return_if_fail (Q_IS_GUEST_AGENT (self));
  g_return_if_fail (attach_timeout >= -1);

  settings = q_agent_lock_settings (self->agent);
  changed = settings->attach_timeout != attach_timeout;
  settings->attach_timeout = attach_timeout;
  q_agent_unlock_settings (self->agent);

  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ATTACH_TIMEOUT]);
}

/**
 * q_guest_agent_get_max_message_size: (get-property max-message-size)
 * @self: a guest agent
 *
 * Gets the longest message, in bytes, that is taken from the guest: see
 * [property@GuestAgent:max-message-size].
 *
 * Returns: bytes
 *
 * Since: 1.0
 */
guint64
q_guest_agent_get_max_message_size (QGuestAgent *self)
{
  QAgentSettings settings;

  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), 0);

  q_agent_get_settings (self->agent, &settings);
  return settings.max_message_size;
}

/**
 * q_guest_agent_set_max_message_size: (set-property max-message-size)
 * @self: a guest agent
 * @max_message_size: bytes, at least 1024
 *
 * Sets the longest message, in bytes, that is taken from the guest: see
 * [property@GuestAgent:max-message-size].
 *
 * Since: 1.0
 */
void
q_guest_agent_set_max_message_size (QGuestAgent *self, guint64 max_message_size)
{
  QAgentSettings *settings;
  gboolean changed;

  g_return_if_fail (Q_IS_GUEST_AGENT (self));
  g_return_if_fail (max_message_size >= 1024 && max_message_size <= G_MAXSSIZE / 4);

  settings = q_agent_lock_settings (self->agent);
  changed = settings->max_message_size != max_message_size;
  settings->max_message_size = max_message_size;
  q_agent_unlock_settings (self->agent);

  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MAX_MESSAGE_SIZE]);
}

/**
 * q_guest_agent_get_max_file_size: (get-property max-file-size)
 * @self: a guest agent
 *
 * Gets the largest file, in bytes, that is read: see
 * [property@GuestAgent:max-file-size].
 *
 * Returns: bytes
 *
 * Since: 1.0
 */
guint64
q_guest_agent_get_max_file_size (QGuestAgent *self)
{
  QAgentSettings settings;

  g_return_val_if_fail (Q_IS_GUEST_AGENT (self), 0);

  q_agent_get_settings (self->agent, &settings);
  return settings.max_file_size;
}

/**
 * q_guest_agent_set_max_file_size: (set-property max-file-size)
 * @self: a guest agent
 * @max_file_size: bytes, from 1 to 2147483647
 *
 * Sets the largest file, in bytes, that is read: see
 * [property@GuestAgent:max-file-size].
 *
 * Since: 1.0
 */
void
q_guest_agent_set_max_file_size (QGuestAgent *self, guint64 max_file_size)
{
  QAgentSettings *settings;
  gboolean changed;

  g_return_if_fail (Q_IS_GUEST_AGENT (self));
  g_return_if_fail (max_file_size >= 1 && max_file_size <= G_MAXINT);

  settings = q_agent_lock_settings (self->agent);
  changed = settings->max_file_size != max_file_size;
  settings->max_file_size = max_file_size;
  q_agent_unlock_settings (self->agent);

  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MAX_FILE_SIZE]);
}
