/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-guest-agent-private.h"

#include "guest/q-guest-channel-private.h"
#include "q-machine-private.h"

/* The agent of a machine: attached to its channel with each launch. */

#define CHANNEL "org.qemu.guest_agent.0"

static void
connected (gpointer agent, GIOStream *stream)
{
  q_agent_use_stream (agent, stream);
}

static void
changed (gpointer agent, gboolean open)
{
  q_agent_set_port_open (agent, open);
}

static void
ended (gpointer agent)
{
  q_agent_end_stream (agent);
}

static const QPortObserver observer = {
  .connected = connected,
  .changed = changed,
  .ended = ended,
  .unref = (void (*) (gpointer))q_agent_unref,
};

G_LOCK_DEFINE_STATIC (agents); /* those of all machines */

static QGuestAgent *
make_agent (QMachine *machine, GError **error)
{
  QDispatcher *dispatcher = q_launch_state_get_dispatcher (q_machine_get_launch_state (machine));
  g_autoptr (QGuestAgent) self = q_guest_agent_new_with_dispatcher (dispatcher);
  QAgent *agent = q_guest_agent_get_agent (self);
  QGuestChannel *channel;

  q_agent_set_place (agent, CHANNEL);
  channel = q_guest_channel_add (machine, CHANNEL, &observer, q_agent_ref (agent), error);
  if (channel == NULL)
    return NULL;

  q_guest_agent_set_channel (self, channel);
  return g_steal_pointer (&self);
}

/**
 * q_machine_add_guest_agent:
 * @self: a machine
 * @error: return location for an error
 *
 * Gives the machine a channel to the agent of its guest, for the launches to come, and the agent
 * that is attached to it. Returns the same one when it is called again.
 *
 * The agent is there at once, and stays the same. With each launch it is attached, which does not
 * wait for the guest: [method@GuestAgent.wait_ready] does. At the end of the launch it is closed,
 * and [signal@GuestAgent::closed] tells. Its signals are emitted in the main context of the
 * machine. Nobody else attaches it: [method@GuestAgent.attach] and
 * [method@GuestAgent.attach_stream] fail with %Q_MONITOR_ERROR_BUSY.
 *
 * %Q_MACHINE_ERROR_INVALID_CONFIGURATION says that the machine has a channel
 * `org.qemu.guest_agent.0` of the program's own, or as many channels as it can have.
 *
 * Returns: (transfer none): the guest agent, which the machine keeps, or %NULL on failure
 *
 * Since: 1.0
 */
QGuestAgent *
q_machine_add_guest_agent (QMachine *self, GError **error)
{
  static const char key[] = "qmachine-guest-agent";
  QGuestAgent *agent;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  G_LOCK (agents);
  agent = g_object_get_data (G_OBJECT (self), key);
  if (agent == NULL && (agent = make_agent (self, error)) != NULL)
    g_object_set_data_full (G_OBJECT (self), key, agent, g_object_unref);
  G_UNLOCK (agents);

  return agent;
}
