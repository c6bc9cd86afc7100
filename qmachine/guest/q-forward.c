/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-forward-private.h"

#include "q-enum-types.h"
#include "q-enums-private.h"

/**
 * QForward:
 *
 * A port of a guest that the host has, too: what connects to a port of the host is connected to
 * that of the guest.
 *
 * [method@Machine.add_forward] makes one, before a launch or while the machine runs, and it is
 * there in each launch from then on, until [method@Machine.remove_forward]. Unless the program asks
 * for a certain port of the host, the kernel chooses a free one, so that any number of machines can
 * run at a time; [property@Forward:host-port] has it when the launch is done, and is another one in
 * the next launch.
 *
 * That somebody listens on the host does not say that a service does in the guest. QEMU takes each
 * connection, and ends it later when the guest refuses. [method@Forward.wait_ready] waits for the
 * service itself.
 *
 * A forward keeps no machine alive. All methods can be called from any thread; `notify` is emitted
 * in the main context of the machine.
 *
 * ```c
 * g_autoptr (QForward) web = q_machine_add_forward (machine, 80, 0, Q_FORWARD_PROTOCOL_TCP, NULL,
 *                                                   NULL, Q_TIMEOUT_DEFAULT, NULL, error);
 * g_autofree char *uri = NULL;
 *
 * if (web == NULL || !q_machine_launch (machine, NULL, error)
 *     || !q_forward_wait_ready (web, NULL, NULL, 60000, NULL, error))
 *   return FALSE;
 * uri = q_forward_make_uri (web, "http");
 * g_print ("%s\n", uri);
 * ```
 *
 * Since: 1.0
 */
struct _QForward
{
  GObject parent_instance;

  QForwardRule *rule; /* NULL for one that no machine has */
  GWeakRef machine;
  guint notified_port; /* of the owner context */
};

G_DEFINE_FINAL_TYPE (QForward, q_forward, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_GUEST_PORT,
  PROP_HOST_PORT,
  PROP_HOST_ADDRESS,
  PROP_PROTOCOL,
  PROP_NETDEV,
  PROP_ADDRESS,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
q_forward_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QForward *self = Q_FORWARD (object);

  switch (prop_id)
    {
    case PROP_GUEST_PORT:
      g_value_set_uint (value, q_forward_get_guest_port (self));
      break;
    case PROP_HOST_PORT:
      g_value_set_uint (value, q_forward_get_host_port (self));
      break;
    case PROP_HOST_ADDRESS:
      g_value_set_string (value, q_forward_get_host_address (self));
      break;
    case PROP_PROTOCOL:
      g_value_set_enum (value, q_forward_get_protocol (self));
      break;
    case PROP_NETDEV:
      g_value_set_string (value, q_forward_get_netdev (self));
      break;
    case PROP_ADDRESS:
      g_value_take_object (value, q_forward_dup_address (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_forward_finalize (GObject *object)
{
  QForward *self = Q_FORWARD (object);

  if (self->rule != NULL)
    q_forward_rule_drop_target (self->rule);
  g_clear_pointer (&self->rule, q_forward_rule_unref);
  g_weak_ref_clear (&self->machine);

  G_OBJECT_CLASS (q_forward_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * QForward:guest-port: (getter get_guest_port)
   *
   * The port of the guest. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_GUEST_PORT]
    = g_param_spec_uint ("guest-port", NULL, NULL, 0, G_MAXUINT16, 0, flags);

  /**
   * QForward:host-port: (getter get_host_port)
   *
   * The port of the host; 0 while the forward is not open: before the launch, after the end of the
   * machine, and when it was removed.
   *
   * Since: 1.0
   */
  properties[PROP_HOST_PORT]
    = g_param_spec_uint ("host-port", NULL, NULL, 0, G_MAXUINT16, 0, flags);

  /**
   * QForward:host-address: (getter get_host_address)
   *
   * The IPv4 address at which the host listens; `0.0.0.0` for all of its own. Never changes. That
   * host is where QEMU runs: with a launcher to another one, `127.0.0.1` is that one's.
   *
   * Since: 1.0
   */
  properties[PROP_HOST_ADDRESS] = g_param_spec_string ("host-address", NULL, NULL, NULL, flags);

  /**
   * QForward:protocol: (getter get_protocol)
   *
   * What goes through it. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_PROTOCOL] = g_param_spec_enum ("protocol", NULL, NULL, Q_TYPE_FORWARD_PROTOCOL,
                                                 Q_FORWARD_PROTOCOL_TCP, flags);

  /**
   * QForward:netdev: (getter get_netdev)
   *
   * The id of the user network that it belongs to, as `-netdev` has it. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_NETDEV] = g_param_spec_string ("netdev", NULL, NULL, NULL, flags);

  /**
   * QForward:address: (getter dup_address)
   *
   * The address to which a program of this host connects; %NULL while [property@Forward:host-port]
   * is 0. Notified with that.
   *
   * Since: 1.0
   */
  properties[PROP_ADDRESS]
    = g_param_spec_object ("address", NULL, NULL, G_TYPE_SOCKET_ADDRESS, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_forward_class_init (QForwardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = q_forward_get_property;
  object_class->finalize = q_forward_finalize;
  q_enum_read_as_nick (Q_TYPE_FORWARD_PROTOCOL);
  install_properties (object_class);
}

static void
q_forward_init (QForward *self)
{
  g_weak_ref_init (&self->machine, NULL);
}

static void
notify_port (GObject *target)
{
  QForward *self = Q_FORWARD (target);
  guint port = q_forward_get_host_port (self);

  if (port == self->notified_port)
    return;

  self->notified_port = port;
  g_object_notify_by_pspec (target, properties[PROP_HOST_PORT]);
  g_object_notify_by_pspec (target, properties[PROP_ADDRESS]);
}

QForward *
q_forward_new (QMachine *machine, QForwardRule *rule)
{
  QForward *self = g_object_new (Q_TYPE_FORWARD, NULL);

  self->rule = q_forward_rule_ref (rule);
  g_weak_ref_set (&self->machine, machine);
  q_forward_rule_set_target (rule, G_OBJECT (self), notify_port);

  return self;
}

QForwardRule *
q_forward_get_rule (QForward *self)
{
  return self->rule;
}

QMachine *
q_forward_dup_machine (QForward *self)
{
  return g_weak_ref_get (&self->machine);
}

/**
 * q_forward_get_guest_port: (get-property guest-port)
 * @self: a forward
 *
 * Gets the port of the guest.
 *
 * Returns: a port; 0 for a forward that no machine has
 *
 * Since: 1.0
 */
guint
q_forward_get_guest_port (QForward *self)
{
  g_return_val_if_fail (Q_IS_FORWARD (self), 0);

  return self->rule != NULL ? q_forward_rule_get_spec (self->rule)->guest_port : 0;
}

/**
 * q_forward_get_host_port: (get-property host-port)
 * @self: a forward
 *
 * Gets the port of the host: see [property@Forward:host-port].
 *
 * Returns: a port, 0 while the forward is not open
 *
 * Since: 1.0
 */
guint
q_forward_get_host_port (QForward *self)
{
  g_return_val_if_fail (Q_IS_FORWARD (self), 0);

  return self->rule != NULL ? q_forward_rule_get_port (self->rule) : 0;
}

/**
 * q_forward_get_host_address: (get-property host-address)
 * @self: a forward
 *
 * Gets the IPv4 address at which the host listens.
 *
 * Returns: (nullable) (transfer none): an address; %NULL for a forward that no machine has
 *
 * Since: 1.0
 */
const char *
q_forward_get_host_address (QForward *self)
{
  g_return_val_if_fail (Q_IS_FORWARD (self), NULL);

  return self->rule != NULL ? q_forward_rule_get_spec (self->rule)->host_address : NULL;
}

/**
 * q_forward_get_protocol: (get-property protocol)
 * @self: a forward
 *
 * Gets what goes through it.
 *
 * Returns: the protocol
 *
 * Since: 1.0
 */
QForwardProtocol
q_forward_get_protocol (QForward *self)
{
  g_return_val_if_fail (Q_IS_FORWARD (self), Q_FORWARD_PROTOCOL_TCP);

  return self->rule != NULL ? q_forward_rule_get_spec (self->rule)->protocol
                            : Q_FORWARD_PROTOCOL_TCP;
}

/**
 * q_forward_get_netdev: (get-property netdev)
 * @self: a forward
 *
 * Gets the id of the user network that it belongs to.
 *
 * Returns: (nullable) (transfer none): the id; %NULL for a forward that no machine has
 *
 * Since: 1.0
 */
const char *
q_forward_get_netdev (QForward *self)
{
  g_return_val_if_fail (Q_IS_FORWARD (self), NULL);

  return self->rule != NULL ? q_forward_rule_get_spec (self->rule)->netdev : NULL;
}

static const char *
get_client_address (QForward *self)
{
  const char *address = q_forward_get_host_address (self);

  return g_strcmp0 (address, "0.0.0.0") == 0 ? "127.0.0.1" : address;
}

/**
 * q_forward_dup_address: (get-property address)
 * @self: a forward
 *
 * Gets the address to which a program of this host connects: see [property@Forward:address].
 *
 * Returns: (nullable) (transfer full): an address, %NULL while the forward is not open
 *
 * Since: 1.0
 */
GSocketAddress *
q_forward_dup_address (QForward *self)
{
  guint port;

  g_return_val_if_fail (Q_IS_FORWARD (self), NULL);

  port = q_forward_get_host_port (self);
  return port != 0 ? g_inet_socket_address_new_from_string (get_client_address (self), port) : NULL;
}

/**
 * q_forward_make_uri:
 * @self: a forward
 * @scheme: what is spoken there, such as `http`
 *
 * Makes a URI of what listens in the guest, such as `http://127.0.0.1:40123`.
 *
 * Returns: (nullable) (transfer full): a URI, %NULL while the forward is not open
 *
 * Since: 1.0
 */
char *
q_forward_make_uri (QForward *self, const char *scheme)
{
  guint port;

  g_return_val_if_fail (Q_IS_FORWARD (self), NULL);
  g_return_val_if_fail (scheme != NULL, NULL);

  port = q_forward_get_host_port (self);
  return port != 0 ? g_strdup_printf ("%s://%s:%u", scheme, get_client_address (self), port) : NULL;
}
