/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent-fields-private.h"

#include "io/io-thread-private.h"

/* The life of a connection: attaching, finding the agent in what comes, losing it, closing. */

#define FIRST_SYNC_RETRY_MS 500
#define LAST_SYNC_RETRY_MS 5000
/* A guest that loses the agent again and again is not followed faster than this. */
#define RESYNC_PAUSE_MS 50
#define FIRST_CONNECT_RETRY_MS 50
#define LAST_CONNECT_RETRY_MS 5000

static void connect_to_address (QAgent *self);

static int
get_delay (guint n_tries, int first, int last)
{
  return MIN (first << MIN (n_tries, 10), last);
}

char *
q_agent_describe_silence (QAgent *self)
{
  g_autofree char *received = NULL;

  if (self->link == NULL)
    return g_strdup_printf ("no connection to %s%s%s", self->name,
                            self->connect_error != NULL ? ", last: " : "",
                            self->connect_error != NULL ? self->connect_error : "");

  received = q_agent_link_describe_received (self->link);
  if (self->port == Q_AGENT_PORT_CLOSED)
    return g_strdup_printf (
      "the guest has not opened the port %s (is a guest agent installed there, "
      "and running?); %s",
      self->name, received);
  if (self->port == Q_AGENT_PORT_OPEN)
    return g_strdup_printf ("the guest has opened the port %s, but no guest agent answers; %s",
                            self->name, received);
  return g_strdup_printf ("the guest agent at %s does not answer (is it installed in the guest and "
                          "running, and nobody else connected?); %s",
                          self->name, received);
}

GError *
q_agent_new_loss_error (QAgent *self)
{
  return g_error_new (Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED,
                      "the guest closed the port %s: its agent has ended, or it starts anew",
                      self->name);
}

/* -- the end -- */

static void
fail_operations (GQueue *queue, const GError *error)
{
  QOperation *operation;

  while ((operation = g_queue_peek_head (queue)) != NULL)
    q_operation_return_new_error (operation, error->domain, error->code, "%s: %s",
                                  q_operation_get_name (operation), error->message);
}

static void
end_attaching (QAgent *self, const GError *error)
{
  QOperation *operation = g_steal_pointer (&self->attaching);

  if (operation == NULL)
    return;

  q_operation_set_withdraw (operation, NULL);
  if (error != NULL)
    q_operation_return_new_error (operation, error->domain, error->code, "attach: %s: %s",
                                  self->name, error->message);
  else
    q_operation_return_true (operation);
}

static void
end_closers (QAgent *self, const GError *error, gboolean was_frozen)
{
  g_autoptr (GPtrArray) droppers G_GNUC_UNUSED = g_steal_pointer (&self->droppers);
  QOperation *operation;

  if (was_frozen && error != NULL)
    {
      g_autoptr (GError) unknown
        = g_error_new (error->domain, error->code,
                       "%s: the guest's file systems may still be frozen", error->message);

      fail_operations (&self->closers, unknown);
    }
  while ((operation = g_queue_peek_head (&self->closers)) != NULL)
    q_operation_return_true (operation);
}

static void
drop_connection (QAgent *self)
{
  self->generation++;
  if (self->connect_cancellable != NULL)
    g_cancellable_cancel (self->connect_cancellable);
  g_clear_object (&self->connect_cancellable);
  q_source_clear (&self->retry_source);
  g_clear_pointer (&self->link, q_agent_link_close);
}

/* Whoever wanted it; runs once for each time it was attached. NULL for an end that was wanted. */
static void
end (QAgent *self, const GError *error)
{
  g_autoptr (GError) default_error
    = g_error_new_literal (Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED, "the guest agent was closed");
  const GError *reason = error != NULL ? error : default_error;
  gboolean was_frozen = q_agent_get_frozen (self);
  gboolean was_attached = self->is_attached;

  if (self->ending || q_agent_get_state (self) == Q_GUEST_AGENT_STATE_CLOSED)
    return;

  self->ending = TRUE;
  /* Nothing is sent any more but the last words, to which calls that fail may add. */
  self->closing = TRUE;
  if (self->link != NULL)
    q_agent_set_state (self, Q_GUEST_AGENT_STATE_WAITING);
  q_agent_fail_calls (self, reason);
  /* If nobody answered in time, somebody may hear it later. */
  if (self->link != NULL)
    {
      g_autofree char *last_words = q_agent_dup_last_words (self);

      if (last_words != NULL)
        q_agent_link_send_last (self->link, last_words);
    }
  drop_connection (self);
  q_source_clear (&self->closing_source);
  q_agent_set_state (self, Q_GUEST_AGENT_STATE_CLOSED);

  q_agent_fail_commands (self, reason);
  q_agent_forget_leftovers (self);
  fail_operations (&self->waiters, reason);
  q_agent_disarm (self);
  self->closing = FALSE;
  self->ending = FALSE;
  self->is_attached = FALSE;
  end_attaching (self, reason);
  end_closers (self, error, was_frozen);
  g_clear_pointer (&self->connect_error, g_free);
  g_clear_object (&self->address);
  if (was_attached)
    q_agent_post_closed (self, error);
  q_agent_unref (self);
}

/* -- finding the agent -- */

static void send_sync (QAgent *self);

static gboolean
sync_again_cb (gpointer data)
{
  QAgent *self = data;

  q_source_clear (&self->retry_source);
  send_sync (self);
  return G_SOURCE_REMOVE;
}

static void
wait_for_sync (QAgent *self, int milliseconds)
{
  q_source_clear (&self->retry_source);
  self->retry_source
    = q_io_thread_add_timeout (milliseconds, sync_again_cb, self, "qmachine-agent-sync");
}

/* What is not sent yet of an earlier one is withdrawn, so there is never more than one. */
static void
send_sync (QAgent *self)
{
  /* Nobody hears it, and it would pile up. */
  if (self->port == Q_AGENT_PORT_CLOSED)
    {
      q_source_clear (&self->retry_source);
      q_agent_link_withdraw (self->link);
      return;
    }

  wait_for_sync (self, get_delay (self->n_tries++, FIRST_SYNC_RETRY_MS, LAST_SYNC_RETRY_MS));
  q_agent_link_send_sync (self->link, ++self->sync_id, TRUE);
}

void
q_agent_resync (QAgent *self)
{
  if (self->link == NULL)
    return;

  q_agent_set_state (self, Q_GUEST_AGENT_STATE_WAITING);
  self->n_tries = 0;
  /* A number that the guest does not know before; exact in every reader of JSON. */
  self->sync_id = (guint64)g_random_int () << 16;
  self->first_sync_id = self->sync_id + 1;
  if (g_get_monotonic_time () - self->last_resync >= RESYNC_PAUSE_MS * 1000)
    {
      send_sync (self);
    }
  else
    {
      q_agent_link_withdraw (self->link);
      wait_for_sync (self, RESYNC_PAUSE_MS);
    }
  self->last_resync = g_get_monotonic_time ();
}

static void
become_ready (QAgent *self)
{
  QOperation *operation;

  q_source_clear (&self->retry_source);
  self->n_connects = 0;
  g_clear_pointer (&self->connect_error, g_free);
  q_agent_link_listen (self->link);
  q_agent_set_state (self, Q_GUEST_AGENT_STATE_READY);
  while ((operation = g_queue_peek_head (&self->waiters)) != NULL)
    q_operation_return_true (operation);
  q_agent_send_next (self);
}

static void
synced_cb (guint64 id, gpointer data)
{
  g_autoptr (QAgent) self = q_agent_ref (data);
  g_autoptr (GError) error = NULL;

  if (q_agent_get_state (self) == Q_GUEST_AGENT_STATE_WAITING)
    {
      if (id == self->sync_id)
        become_ready (self);
      /* An earlier one of ours: it is alive, and will come to the last. */
      else if (id >= self->first_sync_id && id < self->sync_id)
        wait_for_sync (self, LAST_SYNC_RETRY_MS);
      return;
    }

  if (id == self->sync_id && self->current != NULL && self->current->has_no_answer)
    {
      q_agent_link_listen (self->link);
      q_agent_settle (self, NULL);
      q_agent_send_next (self);
      return;
    }

  error = q_agent_error_no_answer ();
  q_agent_resync (self);
  q_agent_settle (self, error);
}

static void
message_cb (const QMessage *message, gpointer data)
{
  g_autoptr (QAgent) self = q_agent_ref (data);

  q_agent_take_message (self, message);
}

static void
broken_cb (const GError *error, gpointer data)
{
  g_autoptr (QAgent) self = q_agent_ref (data);

  q_agent_resync (self);
  q_agent_settle (self, error);
}

static void
sent_cb (gpointer data)
{
  q_agent_take_sent (data);
}

/* -- connecting -- */

static gboolean
connect_again_cb (gpointer data)
{
  QAgent *self = data;

  q_source_clear (&self->retry_source);
  connect_to_address (self);
  return G_SOURCE_REMOVE;
}

static void
connect_later (QAgent *self, const GError *error)
{
  g_free (self->connect_error);
  self->connect_error = g_strdup (error->message);
  q_source_clear (&self->retry_source);
  self->retry_source = q_io_thread_add_timeout (
    get_delay (self->n_connects++, FIRST_CONNECT_RETRY_MS, LAST_CONNECT_RETRY_MS), connect_again_cb,
    self, "qmachine-agent-connect");
}

static void
ended_cb (const GError *error, gpointer data)
{
  g_autoptr (QAgent) self = q_agent_ref (data);

  /* A guest that ends because it was told to. */
  if (self->current != NULL && self->current->has_no_answer)
    q_agent_settle (self, NULL);
  if (self->address == NULL)
    {
      end (self, error);
      return;
    }

  drop_connection (self);
  q_agent_set_state (self, Q_GUEST_AGENT_STATE_CONNECTING);
  connect_later (self, error);
  q_agent_settle (self, error);
}

static const QAgentLinkCallbacks link_callbacks = {
  .message = message_cb,
  .synced = synced_cb,
  .broken = broken_cb,
  .sent = sent_cb,
  .ended = ended_cb,
};

static void
open_link (QAgent *self, GIOStream *stream)
{
  QAgentSettings settings;

  q_agent_get_settings (self, &settings);
  self->link = q_agent_link_new (stream, settings.max_message_size, &link_callbacks, self);
  q_agent_resync (self);
  self->is_attached = TRUE;
  end_attaching (self, NULL);
}

typedef struct
{
  QAgent *agent; /* owned */
  guint generation;
} Connecting;

static void
connected_cb (GObject *client, GAsyncResult *result, gpointer data)
{
  g_autofree Connecting *connecting = data;
  g_autoptr (QAgent) self = connecting->agent;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection
    = g_socket_client_connect_finish (G_SOCKET_CLIENT (client), result, &error);

  if (self->generation != connecting->generation)
    return;

  g_clear_object (&self->connect_cancellable);
  if (connection != NULL)
    open_link (self, G_IO_STREAM (connection));
  else if (self->attaching != NULL)
    end (self, error);
  else
    connect_later (self, error);
}

static void
connect_to_address (QAgent *self)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  Connecting *connecting = g_new0 (Connecting, 1);

  /* A proxy would be somebody else's. */
  g_socket_client_set_enable_proxy (client, FALSE);
  self->connect_cancellable = g_cancellable_new ();
  connecting->agent = q_agent_ref (self);
  connecting->generation = ++self->generation;
  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (self->address),
                                 self->connect_cancellable, connected_cb, connecting);
}

/* -- attaching and closing -- */

static void
attach_withdraw (QOperation *operation)
{
  QAgent *self = ((QAgentCall *)q_operation_get_data (operation))->agent;

  self->attaching = NULL;
  end (self, NULL);
}

void
q_agent_attach (QOperation *operation)
{
  QAgentAttach *attach = q_operation_get_data (operation);
  QAgent *self = attach->call.agent;
  int timeout = attach->call.timeout;
  QAgentSettings settings;

  if (self->has_place)
    {
      q_operation_return_new_error (
        operation, Q_MONITOR_ERROR, Q_MONITOR_ERROR_BUSY,
        "attach: the guest agent is that of a machine, which attaches it with each launch");
      return;
    }
  if (q_agent_get_state (self) != Q_GUEST_AGENT_STATE_CLOSED)
    {
      q_operation_return_new_error (operation, Q_MONITOR_ERROR, Q_MONITOR_ERROR_BUSY,
                                    "attach: the guest agent is attached already");
      return;
    }

  q_agent_get_settings (self, &settings);
  q_agent_ref (self);
  self->attaching = operation;
  self->n_connects = 0;
  g_free (self->name);
  q_operation_set_withdraw (operation, attach_withdraw);
  q_operation_set_timeout (
    operation, timeout == Q_TIMEOUT_DEFAULT ? settings.attach_timeout : timeout,
    "no connection came about", timeout == Q_TIMEOUT_DEFAULT ? "attach-timeout" : NULL);
  if (attach->address != NULL)
    {
      g_set_object (&self->address, attach->address);
      self->name = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (attach->address));
      q_agent_set_state (self, Q_GUEST_AGENT_STATE_CONNECTING);
      connect_to_address (self);
    }
  else
    {
      self->name = g_strdup ("the stream");
      open_link (self, attach->stream);
    }
}

void
q_agent_attach_free (gpointer data)
{
  QAgentAttach *attach = data;

  g_clear_object (&attach->address);
  g_clear_object (&attach->stream);
  q_agent_call_clear (&attach->call);
  g_free (attach);
}

/* -- the port of a machine -- */

void
q_agent_set_place (QAgent *self, const char *name)
{
  self->has_place = TRUE;
  self->name = g_strdup (name);
}

void
q_agent_use_stream (QAgent *self, GIOStream *stream)
{
  /* Its launch is over, so this is no loss. */
  end (self, NULL);

  q_agent_ref (self);
  self->n_connects = 0;
  self->port = Q_AGENT_PORT_UNKNOWN;
  open_link (self, stream);
}

static void
lose_agent (QAgent *self)
{
  g_autoptr (GError) error = q_agent_new_loss_error (self);

  self->n_losses++;
  q_agent_forget_leftovers (self);
  q_agent_fail_thaw_waiters (self, error);
  if (self->link == NULL)
    return;

  /* A guest that ends because it was told to. */
  if (self->current != NULL && self->current->has_no_answer)
    q_agent_settle (self, NULL);
  q_agent_resync (self);
  q_agent_settle (self, error);
}

void
q_agent_set_port_open (QAgent *self, gboolean open)
{
  g_autoptr (QAgent) held G_GNUC_UNUSED = q_agent_ref (self);
  QAgentPort port = open ? Q_AGENT_PORT_OPEN : Q_AGENT_PORT_CLOSED;
  QAgentPort old_port = self->port;

  if (port == Q_AGENT_PORT_CLOSED && port == old_port)
    return;

  self->port = port;
  /* One that is open and is opened was closed in between. */
  if (old_port == Q_AGENT_PORT_OPEN || port == Q_AGENT_PORT_CLOSED)
    lose_agent (self);
  /* An agent that has answered already had it open: what is asked of it goes on. */
  else if (q_agent_get_state (self) != Q_GUEST_AGENT_STATE_READY)
    q_agent_resync (self);
}

void
q_agent_end_stream (QAgent *self)
{
  g_autoptr (GError) error = g_error_new_literal (Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED,
                                                  "the guest agent's machine has ended");

  if (self->port == Q_AGENT_PORT_OPEN)
    self->n_losses++;
  self->port = Q_AGENT_PORT_UNKNOWN;
  end (self, error);
}

/* Nothing else is waited for. */
static void
begin_closing (QAgent *self)
{
  g_autoptr (GError) error
    = g_error_new_literal (Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED, "the guest agent was closed");

  if (self->closing)
    return;

  self->closing = TRUE;
  if (self->attaching != NULL || !q_agent_get_frozen (self))
    return;

  if (self->current != NULL && !self->current->is_own)
    q_agent_resync (self);
  q_agent_fail_calls (self, error);
  fail_operations (&self->waiters, error);
  q_agent_thaw_soon (self);
}

void
q_agent_close_if_thawed (QAgent *self)
{
  if (self->closing && (self->attaching != NULL || !q_agent_get_frozen (self)))
    end (self, NULL);
}

static void
close_interrupt (QOperation *operation, GError *error)
{
  QAgent *self = ((QAgentCall *)q_operation_get_data (operation))->agent;

  q_operation_leave (operation);
  end (self, error);
  q_operation_return_error (operation, error);
}

void
q_agent_close (QOperation *operation)
{
  QAgentCall *call = q_operation_get_data (operation);
  g_autoptr (QAgent) self = q_agent_ref (call->agent);
  QAgentSettings settings;

  if (q_agent_get_state (self) == Q_GUEST_AGENT_STATE_CLOSED)
    {
      q_operation_return_true (operation);
      return;
    }

  q_agent_get_settings (self, &settings);
  q_operation_set_interrupt (operation, close_interrupt);
  q_operation_set_timeout (
    operation, call->timeout == Q_TIMEOUT_DEFAULT ? settings.command_timeout : call->timeout,
    "the guest's file systems may still be frozen: the agent did not thaw them",
    call->timeout == Q_TIMEOUT_DEFAULT ? "command-timeout" : NULL);
  q_operation_wait_in (operation, &self->closers);
  begin_closing (self);
  q_agent_close_if_thawed (self);
}

void
q_agent_wait_ready (QOperation *operation)
{
  QAgent *self = ((QAgentCall *)q_operation_get_data (operation))->agent;

  if (!q_agent_call_begin (operation, "the guest agent is not ready"))
    return;
  if (q_agent_get_state (self) == Q_GUEST_AGENT_STATE_READY)
    q_operation_return_true (operation);
  else
    q_operation_wait_in (operation, &self->waiters);
}

/* -- the object is gone -- */

/* Who drops a frozen guest waits for its thaw, and for no more than that: the program may end right
 * behind it. */
#define DROP_MS (5 * 1000)

typedef struct
{
  gatomicrefcount ref_count; /* the one who waits, and the I/O thread */
  QAgent *agent;
  GMutex lock;
  GCond cond;
  gboolean done;
} Drop;

static void
drop_unref (Drop *drop)
{
  if (!g_atomic_ref_count_dec (&drop->ref_count))
    return;

  q_agent_unref (drop->agent);
  g_mutex_clear (&drop->lock);
  g_cond_clear (&drop->cond);
  g_free (drop);
}

static void
tell_dropper (gpointer data)
{
  Drop *drop = data;

  g_mutex_lock (&drop->lock);
  drop->done = TRUE;
  g_cond_signal (&drop->cond);
  g_mutex_unlock (&drop->lock);
  drop_unref (drop);
}

static gboolean
drop_timeout_cb (gpointer data)
{
  end (data, NULL);
  return G_SOURCE_REMOVE;
}

static gboolean
drop_cb (gpointer data)
{
  Drop *drop = data;
  g_autoptr (QAgent) self = q_agent_ref (drop->agent);

  if (q_agent_get_state (self) == Q_GUEST_AGENT_STATE_CLOSED)
    {
      tell_dropper (drop);
      return G_SOURCE_REMOVE;
    }

  self->droppers = g_ptr_array_new_with_free_func (tell_dropper);
  g_ptr_array_add (self->droppers, drop);
  self->closing_source
    = q_io_thread_add_timeout (DROP_MS, drop_timeout_cb, self, "qmachine-agent-drop");
  begin_closing (self);
  q_agent_close_if_thawed (self);
  return G_SOURCE_REMOVE;
}

/* No operation is in flight, for each would hold a reference to the object. */
void
q_agent_drop (QAgent *self)
{
  gint64 deadline = g_get_monotonic_time () + 2 * DROP_MS * 1000;
  Drop *drop;

  /* A forked child drops its copy of the object; the connection is the parent's. */
  if (q_agent_get_state (self) == Q_GUEST_AGENT_STATE_CLOSED || q_io_thread_is_of_parent ())
    return;

  drop = g_new0 (Drop, 1);
  g_atomic_ref_count_init (&drop->ref_count);
  g_atomic_ref_count_inc (&drop->ref_count);
  drop->agent = q_agent_ref (self);
  g_mutex_init (&drop->lock);
  g_cond_init (&drop->cond);
  q_io_thread_post (drop_cb, drop);

  if (q_agent_get_frozen (self) && q_io_thread_can_wait ())
    {
      g_mutex_lock (&drop->lock);
      while (!drop->done && g_cond_wait_until (&drop->cond, &drop->lock, deadline))
        continue;
      g_mutex_unlock (&drop->lock);
    }
  drop_unref (drop);
}
