/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/forward-set-private.h"
#include "guest/q-forward-private.h"

#include "io/blocking-task-private.h"
#include "io/operation-private.h"
#include "io/time-limit-private.h"
#include "q-machine-private.h"

/* The calls of a machine that make forwards and take them away. */

/* For what is left behind when somebody gives up. */
#define CLEAN_UP_MS 2000

/* A call of this file, with its limit. */
typedef struct
{
  const char *name;
  QForwardSpec spec;
  QForward *forward; /* to be removed */
  int timeout;
  QTimeLimit limit;
} Call;

static void
call_free (gpointer data)
{
  Call *self = data;

  g_free (self->spec.host_address);
  g_free (self->spec.netdev);
  g_clear_object (&self->forward);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

static QForwardSet *
dup_set (QMachine *machine)
{
  static GMutex lock;
  GQuark quark = g_quark_from_static_string ("qmachine-forwards");
  QForwardSet *set;

  g_mutex_lock (&lock);
  set = g_object_get_qdata (G_OBJECT (machine), quark);
  if (set == NULL)
    {
      set = q_forward_set_new ();
      g_object_set_qdata_full (G_OBJECT (machine), quark, set, q_forward_set_unref);
      q_machine_add_hook (machine, &q_forward_set_hook, set);
    }
  q_forward_set_ref (set);
  g_mutex_unlock (&lock);

  return set;
}

QForwardSet *
q_forward_find_set (QMachine *machine)
{
  return g_object_get_data (G_OBJECT (machine), "qmachine-forwards");
}

/* -- the objects, which the machine keeps -- */

G_LOCK_DEFINE_STATIC (objects); /* those of all machines */
static const char objects_key[] = "qmachine-forward-objects";

static GPtrArray *
get_objects (QMachine *machine)
{
  GPtrArray *objects = g_object_get_data (G_OBJECT (machine), objects_key);

  if (objects == NULL)
    {
      objects = g_ptr_array_new_with_free_func (g_object_unref);
      g_object_set_data_full (G_OBJECT (machine), objects_key, objects,
                              (GDestroyNotify)g_ptr_array_unref);
    }

  return objects;
}

static void
keep_object (QMachine *machine, QForward *forward)
{
  G_LOCK (objects);
  g_ptr_array_add (get_objects (machine), g_object_ref (forward));
  G_UNLOCK (objects);
}

static void
drop_object (QMachine *machine, QForward *forward)
{
  G_LOCK (objects);
  /* The caller has another reference. */
  g_ptr_array_remove (get_objects (machine), forward);
  G_UNLOCK (objects);
}

/**
 * q_machine_list_forwards:
 * @self: a machine
 *
 * Lists the forwards that the machine has, in the order in which they were added: by
 * [method@Machine.add_forward], or from the template that it was made of.
 *
 * Returns: (transfer full) (element-type QForward): the forwards
 *
 * Since: 1.0
 */
GList *
q_machine_list_forwards (QMachine *self)
{
  GList *list = NULL;
  GPtrArray *objects;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  G_LOCK (objects);
  objects = get_objects (self);
  for (guint i = objects->len; i > 0; i--)
    list = g_list_prepend (list, g_object_ref (objects->pdata[i - 1]));
  G_UNLOCK (objects);

  return list;
}

static void
join_start (QOperation *operation)
{
  QMachine *machine = q_operation_get_source_object (operation);
  QForwardSet *set = q_operation_get_data (operation);

  q_forward_set_join (set, q_machine_join_launch (machine, &q_forward_set_hook, set));
  q_operation_return_true (operation);
}

/* The set, which knows whether the machine runs, and the turn to change it. */
static QForwardSet *
begin (Call *call, QMachine *machine, GCancellable *cancellable, GError **error)
{
  g_autoptr (QForwardSet) set = NULL;
  QDispatcher *dispatcher = q_launch_state_get_dispatcher (q_machine_get_launch_state (machine));
  QOperation *joining;
  int timeout = call->timeout;

  if (timeout == Q_TIMEOUT_DEFAULT)
    timeout = q_machine_get_command_timeout (machine);
  if (timeout < -1)
    {
      q_time_limit_refuse (timeout, call->name, Q_MACHINE_ERROR,
                           Q_MACHINE_ERROR_INVALID_CONFIGURATION, error);
      return NULL;
    }
  call->limit = q_time_limit_begin (timeout);

  set = dup_set (machine);
  joining = q_operation_new (machine, dispatcher, call->name, cancellable, join_start);
  q_operation_set_data (joining, q_forward_set_ref (set), q_forward_set_unref);
  if (q_operation_run_sync (joining, error) == NULL)
    return NULL;
  if (!q_forward_set_begin (set, call->limit.end, cancellable, error))
    {
      g_prefix_error (error, "%s: ", call->name);
      return NULL;
    }

  return g_steal_pointer (&set);
}

static GPtrArray *
list_rows (QMachine *machine, int timeout, GCancellable *cancellable, GError **error)
{
  g_autofree char *text
    = q_machine_human_command (machine, "info usernet", timeout, cancellable, error);

  return text != NULL ? q_usernet_parse (text) : NULL;
}

/* -- add -- */

/* Blanks and the like would be words of their own in a line of the human monitor. */
static gboolean
is_id (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '-' && *p != '.' && *p != '_')
      return FALSE;

  return text[0] != '\0';
}

static gboolean
check (Call *call, QMachine *machine, GError **error)
{
  const QForwardSpec *spec = &call->spec;
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (spec->host_address);
  g_autofree char *refusal = NULL;

  if (q_machine_get_kind (machine) != Q_MACHINE_KIND_SYSTEM)
    refusal = g_strdup ("a storage daemon has no guest");
  else if (spec->guest_port < 1 || spec->guest_port > G_MAXUINT16)
    refusal = g_strdup_printf ("%u is no port of a guest: it is from 1 to 65535", spec->guest_port);
  else if (spec->wanted_port > G_MAXUINT16)
    refusal = g_strdup_printf ("%u is no port of the host: it is from 1 to 65535, or 0 for one "
                               "that the kernel chooses",
                               spec->wanted_port);
  else if (address == NULL || g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV4)
    refusal = g_strdup_printf ("“%s” is no IPv4 address", spec->host_address);
  else if (spec->protocol != Q_FORWARD_PROTOCOL_TCP && spec->protocol != Q_FORWARD_PROTOCOL_UDP)
    refusal = g_strdup_printf ("%d is no protocol", spec->protocol);
  else if (spec->netdev != NULL && !is_id (spec->netdev))
    refusal = g_strdup_printf ("“%s” is no id of a netdev", spec->netdev);
  if (refusal == NULL)
    return TRUE;

  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION, "%s: %s", call->name,
               refusal);
  return FALSE;
}

/* What a QEMU that hangs has to undo when it goes on. Without a reference to the machine, whose end
 * ends the monitor and with it the thread. */
typedef struct
{
  QMonitor *monitor;
  QForwardRule *rule;
  GPtrArray *before;
} TakingBack;

static char *
ask_for_text (QMonitor *monitor, const char *line, int timeout)
{
  g_autoptr (JsonNode) arguments = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonNode) reply = NULL;

  json_node_take_object (arguments, json_object_new ());
  json_object_set_string_member (json_node_get_object (arguments), "command-line", line);
  reply = q_monitor_command (monitor, "human-monitor-command", arguments, Q_MONITOR_FLAGS_NONE,
                             timeout, NULL, NULL);

  return reply != NULL && json_node_get_value_type (reply) == G_TYPE_STRING
           ? json_node_dup_string (reply)
           : NULL;
}

/* FALSE if QEMU has not answered in time. */
static gboolean
try_to_take_back (TakingBack *self, int timeout)
{
  QTimeLimit limit = q_time_limit_begin (timeout);
  g_autofree char *listing = ask_for_text (self->monitor, "info usernet", timeout);
  g_autoptr (GPtrArray) rows = listing != NULL ? q_usernet_parse (listing) : NULL;
  QUsernetRow *row
    = rows != NULL ? q_forward_rule_find (self->rule, self->before, rows, NULL) : NULL;
  g_autofree char *line = NULL;
  g_autofree char *text = NULL;

  if (row == NULL)
    return rows != NULL;

  line = q_forward_rule_format_remove (self->rule, row->source_port);
  text = ask_for_text (self->monitor, line, q_time_limit_get_rest (&limit));
  return text != NULL;
}

static void
taking_back_free (TakingBack *self)
{
  g_object_unref (self->monitor);
  q_forward_rule_unref (self->rule);
  g_ptr_array_unref (self->before);
  g_free (self);
}

static gpointer
take_back_later (gpointer data)
{
  try_to_take_back (data, -1);
  taking_back_free (data);
  return NULL;
}

/* QEMU may have it by now, and nobody knows the port. */
static void
take_back (QMachine *machine, QForwardRule *rule, GPtrArray *before)
{
  QMonitor *monitor = q_machine_dup_monitor (machine);
  TakingBack *self;

  if (monitor == NULL)
    return;

  self = g_new (TakingBack, 1);
  self->monitor = monitor;
  self->rule = q_forward_rule_ref (rule);
  self->before = g_ptr_array_ref (before);
  if (try_to_take_back (self, CLEAN_UP_MS))
    taking_back_free (self);
  else
    g_thread_unref (g_thread_new ("qmachine-forward-late", take_back_later, self));
}

/* Lets a QEMU that runs open it; returns the port, or 0 with an error. */
static guint
open_rule (Call *call, QMachine *machine, QForwardRule *rule, GCancellable *cancellable,
           GError **error)
{
  g_autofree char *line = q_forward_rule_format_add (rule);
  g_autofree char *text = NULL;
  g_autofree char *quote = NULL;
  g_autoptr (GPtrArray) before
    = list_rows (machine, q_time_limit_get_rest (&call->limit), cancellable, error);
  g_autoptr (GPtrArray) rows = NULL;
  QUsernetRow *row = NULL;

  if (before == NULL)
    return 0;

  text = q_machine_human_command (machine, line, q_time_limit_get_rest (&call->limit), cancellable,
                                  error);
  if (text != NULL && *g_strstrip (text) != '\0')
    {
      quote = q_usernet_quote (text, -1);
      g_set_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR, "QEMU says: %s", quote);
      return 0;
    }

  if (text != NULL)
    rows = list_rows (machine, q_time_limit_get_rest (&call->limit), cancellable, error);
  if (rows != NULL)
    row = q_forward_rule_find (rule, before, rows, NULL);
  if (row != NULL)
    return row->source_port;

  if (rows == NULL)
    take_back (machine, rule, before);
  else
    g_set_error_literal (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR,
                         "QEMU does not tell its port");
  return 0;
}

static gboolean
add_in_turn (Call *call, QMachine *machine, QForwardSet *set, QForwardRule *rule,
             GCancellable *cancellable, GError **error)
{
  guint launch;
  guint port = 0;

  if (q_forward_set_is_open (set, &launch))
    {
      if (q_forward_set_is_missing (set, call->spec.netdev))
        {
          g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                       "the machine was launched without the network %s: it is there from the next "
                       "launch on",
                       call->spec.netdev);
          return FALSE;
        }
      port = open_rule (call, machine, rule, cancellable, error);
      if (port == 0)
        return FALSE;
    }
  else if (q_machine_get_state (machine) == Q_MACHINE_STATE_RUNNING)
    {
      g_set_error_literal (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                           "the machine has no monitor");
      return FALSE;
    }

  if (!q_forward_set_add (set, rule, port, launch))
    {
      g_set_error_literal (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED, "QEMU has ended");
      return FALSE;
    }

  return TRUE;
}

static gpointer
add_forward (gpointer source_object, gpointer task_data, GCancellable *cancellable, GError **error)
{
  QMachine *machine = source_object;
  QDispatcher *dispatcher = q_launch_state_get_dispatcher (q_machine_get_launch_state (machine));
  Call *call = task_data;
  g_autoptr (QForwardSet) set = NULL;
  g_autoptr (QForwardRule) rule = NULL;
  g_autoptr (QForward) forward = NULL;
  g_autofree char *description = NULL;
  GError *own_error = NULL;

  if (!check (call, machine, error))
    return NULL;
  set = begin (call, machine, cancellable, error);
  if (set == NULL)
    return NULL;

  if (call->spec.netdev == NULL)
    call->spec.netdev = q_forward_set_dup_network (set);
  if (call->spec.netdev == NULL)
    own_error = g_error_new_literal (
      Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
      "add_forward: the machine was launched without a network for forwards: add one or a forward "
      "before the launch, or name a netdev of its arguments");
  else
    {
      rule = q_forward_rule_new (&call->spec, dispatcher);
      description = q_forward_rule_describe (rule);
      /* It hears of its port, so it comes first. */
      forward = q_forward_new (machine, rule);
      if (!add_in_turn (call, machine, set, rule, cancellable, &own_error))
        g_prefix_error (&own_error, "add_forward: %s: ", description);
      else
        keep_object (machine, forward);
    }
  q_forward_set_end (set);

  if (own_error == NULL)
    return g_steal_pointer (&forward);

  g_propagate_error (error, own_error);
  return NULL;
}

static Call *
new_add (guint guest_port, guint host_port, QForwardProtocol protocol, const char *host_address,
         const char *netdev, int timeout)
{
  Call *call = g_new0 (Call, 1);

  call->name = "add_forward";
  call->spec.guest_port = guest_port;
  call->spec.wanted_port = host_port;
  call->spec.protocol = protocol;
  call->spec.host_address = g_strdup (host_address != NULL ? host_address : "127.0.0.1");
  call->spec.netdev = g_strdup (netdev);
  call->timeout = timeout;

  return call;
}

/**
 * q_machine_add_forward:
 * @self: a machine
 * @guest_port: a port of the guest
 * @host_port: a port of the host, or 0 for one that the kernel chooses
 * @protocol: what goes through it
 * @host_address: (nullable): the IPv4 address at which the host listens, %NULL for `127.0.0.1`,
 *   which only programs of this host reach
 * @netdev: (nullable): the id of a user network in the machine's arguments or of
 *   [method@Machine.add_user_network], %NULL for the first of the latter
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Forwards a port of the host to one of the guest, in this launch, if the machine runs, and in each
 * one to come.
 *
 * Before the launch it returns at once; [property@Forward:host-port] is known when the launch is
 * done. While the machine runs it is known when this returns; during a launch, this waits for its
 * end. Without a @netdev, and without a network made before, the machine gets one, with a card,
 * from the next launch on, as [method@Machine.add_user_network] describes; it cannot get one while
 * it runs. QEMU forwards to the first address that its DHCP server gives, `10.0.2.15` unless the
 * network's options say otherwise.
 *
 * Needs a monitor and a QEMU with user networks. A launch that cannot open a forward fails with
 * %Q_MACHINE_ERROR_LAUNCH_FAILED and QEMU's words.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for what is no port, address, id or time-out, for
 * a storage daemon, and when the machine runs without the network;
 * %Q_COMMAND_ERROR_GENERIC_ERROR with QEMU's words when it refuses, such as for a port that is
 * taken; %G_IO_ERROR_TIMED_OUT; %G_IO_ERROR_CANCELLED; those of [method@Machine.human_command].
 * After an error there is no forward, and a machine that runs goes on.
 *
 * Returns: (transfer full): the forward
 *
 * Since: 1.0
 */
QForward *
q_machine_add_forward (QMachine *self, guint guest_port, guint host_port, QForwardProtocol protocol,
                       const char *host_address, const char *netdev, int timeout,
                       GCancellable *cancellable, GError **error)
{
  g_autoptr (Call) call = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  call = new_add (guest_port, host_port, protocol, host_address, netdev, timeout);
  return add_forward (self, call, cancellable, error);
}

static void
run_async (QMachine *self, Call *call, gpointer tag, QBlockingFunc func, GDestroyNotify free_result,
           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, call, call_free);
  /* Who has given up may have a forward all the same. */
  g_task_set_check_cancellable (task, FALSE);
  q_blocking_task_run (task, func, free_result);
}

static gpointer
finish (QMachine *self, GAsyncResult *result, gpointer tag, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, tag), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * q_machine_add_forward_async:
 * @self: a machine
 * @guest_port: a port of the guest
 * @host_port: a port of the host, or 0 for one that the kernel chooses
 * @protocol: what goes through it
 * @host_address: (nullable): the IPv4 address at which the host listens, %NULL for `127.0.0.1`,
 *   which only programs of this host reach
 * @netdev: (nullable): the id of a user network in the machine's arguments or of
 *   [method@Machine.add_user_network], %NULL for the first of the latter
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Machine.add_forward], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_add_forward_async (QMachine *self, guint guest_port, guint host_port,
                             QForwardProtocol protocol, const char *host_address,
                             const char *netdev, int timeout, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  run_async (self, new_add (guest_port, host_port, protocol, host_address, netdev, timeout),
             q_machine_add_forward_async, add_forward, g_object_unref, cancellable, callback,
             user_data);
}

/**
 * q_machine_add_forward_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.add_forward_async].
 *
 * Returns: (transfer full): the forward
 *
 * Since: 1.0
 */
QForward *
q_machine_add_forward_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  return finish (self, result, q_machine_add_forward_async, error);
}

/**
 * q_machine_add_user_network:
 * @self: a machine
 * @card: (nullable): the model of the network card, and maybe options of it, as `-device` takes
 *   them; %NULL for `virtio-net`, QEMU's name for the virtio card that fits the target
 *
 * Gives the machine a network of QEMU's own and a card on it, from the next launch on.
 *
 * The guest finds a DHCP server, a name server and a way to the networks of the host there, and
 * needs no right of the host's for that; nobody reaches it but by forwards. It is `-netdev
 * user,id=ID` with `-device CARD,netdev=ID`, before the machine's own arguments: neither
 * `-nodefaults` nor `-nic none` keeps it away, and like any network it takes the place of the one
 * that QEMU makes by default. For a board whose card is soldered on, or for other options, write
 * `-nic user,id=ID` into the arguments, and give that id to [method@Machine.add_forward].
 *
 * Returns: (transfer full): the id, for [method@Machine.add_forward]
 *
 * Since: 1.0
 */
char *
q_machine_add_user_network (QMachine *self, const char *card)
{
  g_autoptr (QForwardSet) set = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  set = dup_set (self);
  return q_forward_set_add_network (set, card);
}

/* -- remove -- */

static gboolean
has_ended (const GError *error)
{
  return g_error_matches (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED)
         || g_error_matches (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
}

/* Lets a QEMU that runs close it. */
static gboolean
close_rule (Call *call, QMachine *machine, QForwardRule *rule, guint port,
            GCancellable *cancellable, GError **error)
{
  g_autofree char *line = q_forward_rule_format_remove (rule, port);
  g_autofree char *quote = NULL;
  g_autofree char *text = q_machine_human_command (
    machine, line, q_time_limit_get_rest (&call->limit), cancellable, error);
  g_autoptr (GPtrArray) rows = NULL;

  if (text != NULL)
    rows = list_rows (machine, q_time_limit_get_rest (&call->limit), cancellable, error);
  if (rows == NULL)
    return FALSE;
  if (!q_forward_rule_is_listed (rule, rows, port))
    return TRUE;

  quote = q_usernet_quote (text, -1);
  g_set_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR,
               "it is still there, and QEMU says: %s", quote);
  return FALSE;
}

static gpointer
remove_forward (gpointer source_object, gpointer task_data, GCancellable *cancellable,
                GError **error)
{
  QMachine *machine = source_object;
  Call *call = task_data;
  QForwardRule *rule = q_forward_get_rule (call->forward);
  g_autoptr (QForwardSet) set = NULL;
  g_autofree char *description = NULL;
  GError *own_error = NULL;
  guint launch;
  guint port;

  set = begin (call, machine, cancellable, error);
  if (set == NULL)
    return NULL;

  if (rule == NULL || !q_forward_set_contains (set, rule))
    own_error = g_error_new_literal (Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                                     "remove_forward: it is no forward of this machine");
  else
    {
      port = q_forward_rule_get_port (rule);
      description = q_forward_rule_describe (rule);
      if (q_forward_set_is_open (set, &launch) && port != 0)
        close_rule (call, machine, rule, port, cancellable, &own_error);
      /* It went with its QEMU. */
      if (own_error != NULL && has_ended (own_error))
        g_clear_error (&own_error);
      if (own_error == NULL)
        {
          q_forward_set_remove (set, rule);
          drop_object (machine, call->forward);
        }
      else
        g_prefix_error (&own_error, "remove_forward: %s: ", description);
    }
  q_forward_set_end (set);

  if (own_error == NULL)
    return GINT_TO_POINTER (TRUE);

  g_propagate_error (error, own_error);
  return NULL;
}

static Call *
new_remove (QForward *forward, int timeout)
{
  Call *call = g_new0 (Call, 1);

  call->name = "remove_forward";
  call->forward = g_object_ref (forward);
  call->timeout = timeout;

  return call;
}

/**
 * q_machine_remove_forward:
 * @self: a machine
 * @forward: a forward of the machine
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Takes a forward away: nobody can connect any more, in this launch, if the machine runs, nor in
 * any to come.
 *
 * Connections that are there go on. The network that was made for it stays. Errors:
 * %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a forward that is not this machine's, or was removed,
 * and for what is no time-out; %Q_COMMAND_ERROR_GENERIC_ERROR when QEMU does not do it;
 * %G_IO_ERROR_TIMED_OUT and %G_IO_ERROR_CANCELLED, after which nobody knows whether it is still
 * open, and it can be removed again; those of [method@Machine.human_command].
 *
 * Returns: %TRUE when it is gone
 *
 * Since: 1.0
 */
gboolean
q_machine_remove_forward (QMachine *self, QForward *forward, int timeout, GCancellable *cancellable,
                          GError **error)
{
  g_autoptr (Call) call = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (Q_IS_FORWARD (forward), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  call = new_remove (forward, timeout);
  return remove_forward (self, call, cancellable, error) != NULL;
}

/**
 * q_machine_remove_forward_async:
 * @self: a machine
 * @forward: a forward of the machine
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Machine.remove_forward], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_remove_forward_async (QMachine *self, QForward *forward, int timeout,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (Q_IS_FORWARD (forward));

  run_async (self, new_remove (forward, timeout), q_machine_remove_forward_async, remove_forward,
             NULL, cancellable, callback, user_data);
}

/**
 * q_machine_remove_forward_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.remove_forward_async].
 *
 * Returns: %TRUE when it is gone
 *
 * Since: 1.0
 */
gboolean
q_machine_remove_forward_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  return finish (self, result, q_machine_remove_forward_async, error) != NULL;
}
