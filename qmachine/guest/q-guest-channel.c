/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-guest-channel-private.h"

#include "q-error.h"
#include "q-machine-private.h"

/**
 * QGuestChannel:
 *
 * A virtio-serial port of a guest: a stream of bytes between the program and a program in the
 * guest, which finds it as `/dev/virtio-ports/NAME` in Linux.
 *
 * A machine has one after [method@Machine.add_channel]; it stays the same over all launches. With
 * each launch it gets a new [property@GuestChannel:stream], which is a
 * [class@Gio.SocketConnection] and the program's alone: the library neither reads nor writes. A
 * program that does not read holds up the guest's writer, and nobody else; a guest that does not
 * read holds up the program's writer once some hundred kilobytes wait. When QEMU ends, the stream
 * ends; if QEMU had not taken all that was written, a read says so once before, with
 * %G_IO_ERROR_CONNECTION_CLOSED.
 *
 * The stream is there before the guest is. What is written waits for the guest to open the port,
 * which [property@GuestChannel:open] tells; what the guest writes while the program does not read
 * waits, too. A guest that starts anew, or a program there that ends, closes the port; the stream
 * does not tell, and goes on when it is opened again.
 *
 * All methods can be called from any thread. Signals are emitted in the main context of the
 * machine.
 *
 * ```c
 * QGuestChannel *channel = q_machine_add_channel (machine, "org.example.job.0", error);
 * g_autoptr (GIOStream) stream = NULL;
 *
 * if (channel == NULL || !q_machine_launch (machine, NULL, error))
 *   return FALSE;
 * stream = q_guest_channel_dup_stream (channel);
 * if (!g_output_stream_write_all (g_io_stream_get_output_stream (stream), "hello\n", 6, NULL, NULL,
 *                                 error))
 *   return FALSE;
 * ```
 *
 * Since: 1.0
 */
struct _QGuestChannel
{
  GObject parent_instance;

  QPort *port;
};

G_DEFINE_FINAL_TYPE (QGuestChannel, q_guest_channel, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_NAME,
  PROP_STREAM,
  PROP_OPEN,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
notify_changes (GObject *target, guint changes)
{
  if ((changes & Q_PORT_CHANGE_STREAM) != 0)
    g_object_notify_by_pspec (target, properties[PROP_STREAM]);
  if ((changes & Q_PORT_CHANGE_OPEN) != 0)
    g_object_notify_by_pspec (target, properties[PROP_OPEN]);
}

static void
q_guest_channel_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QGuestChannel *self = Q_GUEST_CHANNEL (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, q_guest_channel_get_name (self));
      break;
    case PROP_STREAM:
      g_value_take_object (value, q_guest_channel_dup_stream (self));
      break;
    case PROP_OPEN:
      g_value_set_boolean (value, q_guest_channel_get_open (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_guest_channel_finalize (GObject *object)
{
  QGuestChannel *self = Q_GUEST_CHANNEL (object);

  g_clear_pointer (&self->port, q_port_unref);

  G_OBJECT_CLASS (q_guest_channel_parent_class)->finalize (object);
}

static void
q_guest_channel_class_init (QGuestChannelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags read_only = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = q_guest_channel_finalize;
  object_class->get_property = q_guest_channel_get_property;

  /**
   * QGuestChannel:name: (getter get_name)
   *
   * The name that [method@Machine.add_channel] gave it, %NULL for one that no machine has. Never
   * changes.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, read_only);

  /**
   * QGuestChannel:stream: (getter dup_stream)
   *
   * The bytes of the launch that runs, %NULL when there is none. It is new with every launch. At
   * the end it can still be read by who has a reference.
   *
   * Always %NULL for the channel of a guest agent, whose bytes are the agent's.
   *
   * Since: 1.0
   */
  properties[PROP_STREAM] = g_param_spec_object ("stream", NULL, NULL, G_TYPE_IO_STREAM, read_only);

  /**
   * QGuestChannel:open: (getter get_open)
   *
   * Whether a program in the guest has opened the port. %FALSE when the machine does not run, and
   * for a machine whose monitor mode is NONE.
   *
   * Since: 1.0
   */
  properties[PROP_OPEN] = g_param_spec_boolean ("open", NULL, NULL, FALSE, read_only);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
use_port (QGuestChannel *self, QPort *port)
{
  g_clear_pointer (&self->port, q_port_unref);
  self->port = q_port_ref (port);
  q_port_set_target (port, G_OBJECT (self), notify_changes);
}

static void
q_guest_channel_init (QGuestChannel *self)
{
  g_autoptr (QDispatcher) dispatcher = q_dispatcher_new ();
  g_autoptr (QPort) port = q_port_new (NULL, dispatcher);

  /* One that was made without a machine is never open. */
  use_port (self, port);
}

/* -- of a machine -- */

/* What a machine keeps. */
typedef struct
{
  QPortSet *set;
  GPtrArray *channels; /* of QGuestChannel */
} Channels;

static const char channels_key[] = "qmachine-channels";
G_LOCK_DEFINE_STATIC (channels); /* those of all machines */

static void
channels_free (gpointer data)
{
  Channels *self = data;

  g_ptr_array_unref (self->channels);
  q_port_set_unref (self->set);
  g_free (self);
}

static Channels *
get_channels (QMachine *machine)
{
  Channels *self = g_object_get_data (G_OBJECT (machine), channels_key);

  if (self != NULL)
    return self;

  self = g_new0 (Channels, 1);
  self->set = q_port_set_new ();
  self->channels = g_ptr_array_new_with_free_func (g_object_unref);
  g_object_set_data_full (G_OBJECT (machine), channels_key, self, channels_free);
  q_machine_add_hook (machine, &q_port_set_hook, self->set);
  return self;
}

QGuestChannel *
q_guest_channel_add (QMachine *machine, const char *name, const QPortObserver *observer,
                     gpointer user_data, GError **error)
{
  QDispatcher *dispatcher = q_launch_state_get_dispatcher (q_machine_get_launch_state (machine));
  g_autoptr (QPort) port = q_port_new (name, dispatcher);
  g_autoptr (QGuestChannel) channel = NULL;
  Channels *channels;
  gboolean good;

  if (observer != NULL)
    q_port_set_observer (port, observer, user_data);
  if (!q_port_check_name (name, error))
    return NULL;

  /* Before a launch in another thread can have it. */
  channel = g_object_new (Q_TYPE_GUEST_CHANNEL, NULL);
  use_port (channel, port);

  G_LOCK (channels);
  channels = get_channels (machine);
  good = q_port_set_add (channels->set, port, error);
  if (good)
    g_ptr_array_add (channels->channels, g_object_ref (channel));
  G_UNLOCK (channels);

  /* The machine has another reference. */
  return good ? channel : NULL;
}

/**
 * q_machine_add_channel:
 * @self: a machine
 * @name: a name by which the guest finds it, such as `org.example.job.0`
 * @error: return location for an error
 *
 * Gives the machine a channel to its guest, for the launches to come.
 *
 * The channel is there at once, and stays the same. With each launch QEMU gets a virtio-serial bus
 * for all channels, in front of the program's own arguments, and a port for each. A machine without
 * a bus for it, such as `none` or `microvm`, ends the launch with QEMU's words.
 *
 * %Q_MACHINE_ERROR_INVALID_CONFIGURATION says that the name is none, being 1 to 64 characters of
 * ASCII without blanks, commas, slashes and quotes; that the machine has a channel of that name
 * already; or that it has 64 channels.
 *
 * Returns: (transfer none): the channel, which the machine keeps, or %NULL on failure
 *
 * Since: 1.0
 */
QGuestChannel *
q_machine_add_channel (QMachine *self, const char *name, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return q_guest_channel_add (self, name, NULL, NULL, error);
}

GPtrArray *
q_guest_channel_list_launched (QMachine *machine)
{
  GPtrArray *ports = NULL;
  Channels *self;

  G_LOCK (channels);
  self = g_object_get_data (G_OBJECT (machine), channels_key);
  if (self != NULL)
    ports = q_port_set_list_launched (self->set);
  G_UNLOCK (channels);

  return ports;
}

/**
 * q_machine_lookup_channel:
 * @self: a machine
 * @name: the name of a channel
 *
 * Finds a channel that the machine has: by [method@Machine.add_channel], or from the template that
 * it was made of.
 *
 * Returns: (transfer none) (nullable): the channel, which the machine keeps, %NULL for none of that
 *   name
 *
 * Since: 1.0
 */
QGuestChannel *
q_machine_lookup_channel (QMachine *self, const char *name)
{
  QGuestChannel *found = NULL;
  Channels *of_machine;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  G_LOCK (channels);
  of_machine = g_object_get_data (G_OBJECT (self), channels_key);
  for (guint i = 0; of_machine != NULL && i < of_machine->channels->len; i++)
    if (g_str_equal (q_guest_channel_get_name (of_machine->channels->pdata[i]), name))
      found = of_machine->channels->pdata[i];
  G_UNLOCK (channels);

  return found;
}

/**
 * q_guest_channel_get_name: (get-property name)
 * @self: a channel
 *
 * Gets the name by which the guest finds the channel.
 *
 * Returns: (nullable) (transfer none): the name, %NULL for one that no machine has
 *
 * Since: 1.0
 */
const char *
q_guest_channel_get_name (QGuestChannel *self)
{
  g_return_val_if_fail (Q_IS_GUEST_CHANNEL (self), NULL);

  return q_port_get_name (self->port);
}

/**
 * q_guest_channel_dup_stream: (get-property stream)
 * @self: a channel
 *
 * Gets the bytes of the launch that runs: see [property@GuestChannel:stream].
 *
 * Returns: (nullable) (transfer full): the stream, %NULL if there is none
 *
 * Since: 1.0
 */
GIOStream *
q_guest_channel_dup_stream (QGuestChannel *self)
{
  g_return_val_if_fail (Q_IS_GUEST_CHANNEL (self), NULL);

  return q_port_dup_stream (self->port);
}

/**
 * q_guest_channel_get_open: (get-property open)
 * @self: a channel
 *
 * Gets whether a program in the guest has opened the port: see [property@GuestChannel:open].
 *
 * Returns: %TRUE if it has
 *
 * Since: 1.0
 */
gboolean
q_guest_channel_get_open (QGuestChannel *self)
{
  g_return_val_if_fail (Q_IS_GUEST_CHANNEL (self), FALSE);

  return q_port_get_open (self->port);
}

/* -- waiting -- */

static void
wait_free (gpointer data)
{
  QPortWait *wait = data;

  q_port_unref (wait->port);
  g_free (wait);
}

static QOperation *
wait_operation (QGuestChannel *self, int timeout, GCancellable *cancellable)
{
  QOperation *operation = q_operation_new (self, q_port_get_dispatcher (self->port), "wait_open",
                                           cancellable, q_port_wait_open);
  QPortWait *wait = g_new0 (QPortWait, 1);

  wait->port = q_port_ref (self->port);
  wait->timeout = timeout;
  q_operation_set_data (operation, wait, wait_free);
  if (timeout < -1)
    q_operation_refuse_timeout (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                                timeout);
  return operation;
}

/**
 * q_guest_channel_wait_open:
 * @self: a channel of a machine that runs
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up waiting
 * @error: return location for an error
 *
 * Waits until a program in the guest has opened the port.
 *
 * Returns at once when it has already. Errors: %Q_MACHINE_ERROR_NOT_RUNNING when the machine does
 * not run, or is detached meanwhile; %Q_MACHINE_ERROR_EXITED when it ends meanwhile;
 * %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a machine without a monitor, and for a @timeout below
 * -1; %G_IO_ERROR_TIMED_OUT; %G_IO_ERROR_CANCELLED.
 *
 * Returns: %TRUE when it is open
 *
 * Since: 1.0
 */
gboolean
q_guest_channel_wait_open (QGuestChannel *self, int timeout, GCancellable *cancellable,
                           GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_CHANNEL (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return q_operation_run_sync (wait_operation (self, timeout, cancellable), error) != NULL;
}

/**
 * q_guest_channel_wait_open_async:
 * @self: a channel of a machine that runs
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up waiting
 * @callback: (scope async) (nullable): called when it is open
 * @user_data: data for @callback
 *
 * Like [method@GuestChannel.wait_open], without blocking.
 *
 * Since: 1.0
 */
void
q_guest_channel_wait_open_async (QGuestChannel *self, int timeout, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_GUEST_CHANNEL (self));

  q_operation_run_async (wait_operation (self, timeout, cancellable),
                         q_guest_channel_wait_open_async, callback, user_data);
}

/**
 * q_guest_channel_wait_open_finish:
 * @self: the channel
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@GuestChannel.wait_open_async].
 *
 * Returns: %TRUE when it is open
 *
 * Since: 1.0
 */
gboolean
q_guest_channel_wait_open_finish (QGuestChannel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_GUEST_CHANNEL (self), FALSE);

  return q_operation_finish (self, result, q_guest_channel_wait_open_async, error) != NULL;
}
