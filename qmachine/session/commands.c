/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-error-private.h"
#include "session-fields-private.h"
#include "wire/wire-error-private.h"

/* A command takes QEMU about 4.3 us a byte to read; a deadline must not punish long ones. */
#define BYTES_PER_MS 100

/* -- events -- */

/* Who gets the events of one turn. They are looked up once and not for each event, which would also
 * tell the wrapper of a language each time that somebody has a reference. */
typedef struct
{
  QSession *session; /* borrowed */
  GObject *target;
  GObject *relay_target;
} Audience;

static gpointer
begin_delivery (gpointer target)
{
  Audience *self = g_new0 (Audience, 1);

  self->session = target;

  return self;
}

static gboolean
is_abandoned (gpointer instance)
{
  GObject *object = instance;

  return object != NULL && g_atomic_int_get (&object->ref_count) == 1;
}

/* What a handler, or another thread, has given up gets no further event. The machine owns its
 * monitor. */
static void
let_go (Audience *self)
{
  if (is_abandoned (self->relay_target))
    g_clear_object (&self->relay_target);
  if (is_abandoned (self->target))
    g_clear_object (&self->target);
}

static void
deliver_event (gpointer audience, gpointer event)
{
  Audience *self = audience;
  QSession *session = self->session;
  /* A name that no program ever mentioned has no quark, and must not get one: the peer chooses the
   * names. */
  QEventEmission emission
    = { .record = event, .detail = g_quark_try_string (q_event_record_get_name (event)) };

  let_go (self);
  if (self->target == NULL)
    self->target = g_weak_ref_get (&session->target);
  if (self->relay_target == NULL && session->relay != NULL)
    self->relay_target = g_weak_ref_get (&session->relay_target);

  if (self->target != NULL)
    session->signals->event (self->target, &emission);
  if (self->relay_target != NULL)
    session->relay (self->relay_target, &emission);
  g_clear_object (&emission.event);
  let_go (self);
}

static void
end_delivery (gpointer audience)
{
  Audience *self = audience;

  g_clear_object (&self->relay_target);
  g_clear_object (&self->target);
  g_free (self);
}

static gsize
get_event_size (gpointer event)
{
  return q_event_record_get_size (event);
}

static void
free_event (gpointer event)
{
  q_event_record_unref (event);
}

static void
count_dropped (gpointer target, guint n_events)
{
  QSession *self = target;

  g_mutex_lock (&self->lock);
  self->n_signals_dropped += n_events;
  g_mutex_unlock (&self->lock);
}

static const QDispatcherEventClass event_class = {
  .begin = begin_delivery,
  .deliver = deliver_event,
  .end = end_delivery,
  .free_event = free_event,
  .get_size = get_event_size,
  .max_bytes = 64 * 1024 * 1024,
  .ref_target = (gpointer (*) (gpointer))q_session_ref,
  .unref_target = (void (*) (gpointer))q_session_unref,
  .dropped = count_dropped,
};

void
q_session_fail_call (QOperation *operation, GError *error)
{
  QSessionCall *call = q_operation_get_data (operation);

  if (call->failed != NULL)
    call->failed (operation, error, call->user_data);
  else
    q_operation_return_error (operation, error);
}

static void
fail_waiter (QSession *self, QOperation *operation)
{
  const GError *reason = self->end_reason;
  const char *name = q_operation_get_name (operation);
  GError *error;

  if (reason != NULL)
    error = g_error_new (reason->domain, reason->code, "%s: %s", name, reason->message);
  else
    error = g_error_new (Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED, "%s: the monitor is closed",
                         name);
  q_session_fail_call (operation, error);
}

void
q_session_fail_waiters (QSession *self)
{
  QOperation *operation;

  while ((operation = g_queue_pop_head (&self->waiters)) != NULL)
    {
      q_operation_set_withdraw (operation, NULL);
      fail_waiter (self, operation);
    }
}

/* Whether anybody waited for it. */
static gboolean
give_to_waiters (QSession *self, QEventRecord *record)
{
  g_autoptr (GObject) event = NULL;

  for (GList *l = self->waiters.head, *next; l != NULL; l = next)
    {
      QOperation *operation = l->data;
      QEventQuery *query = q_operation_get_data (operation);

      next = l->next;
      if (!q_event_filter_accepts (&query->filter, record))
        continue;

      /* All who waited for it get it: none of them can know of the others. */
      if (event == NULL)
        event = self->signals->make_event (q_event_record_ref (record));
      g_queue_delete_link (&self->waiters, l);
      q_operation_set_withdraw (operation, NULL);
      q_operation_return (operation, g_object_ref (event), g_object_unref);
    }

  return event != NULL;
}

void
q_session_take_event (QSession *self, const QMessage *message)
{
  g_autoptr (QEventRecord) event = q_event_record_new (message);
  const char *name = q_event_record_get_name (event);
  QSessionSettings settings;

  if (g_str_equal (name, "SHUTDOWN"))
    self->end_expected = TRUE;
  else if (g_str_equal (name, "RESUME"))
    self->end_expected = FALSE;

  if (self->observer != NULL)
    self->observer->event (event, self->observer_data);

  q_session_get_settings (self, &settings);
  q_dispatcher_post_event (self->dispatcher, &event_class, self, q_event_record_ref (event),
                           settings.event_backlog);
  if (!give_to_waiters (self, event))
    q_event_backlog_push (self->backlog, g_steal_pointer (&event), settings.event_backlog);

  /* What has ended is not said to be settled any more. */
  if (self->channel == NULL)
    q_dispatcher_flush (self->dispatcher);
}

static void
withdraw_waiter (QOperation *operation)
{
  QEventQuery *query = q_operation_get_data (operation);

  g_queue_remove (&query->call.session->waiters, operation);
}

static char *
describe_query (QEventQuery *query)
{
  g_autofree char *names
    = query->filter.names != NULL ? g_strjoinv (" or ", query->filter.names) : NULL;

  return g_strdup_printf ("no %s came%s", names != NULL ? names : "event",
                          query->filter.match != NULL ? " that matches" : "");
}

void
q_session_wait_event (QOperation *operation)
{
  QEventQuery *query = q_operation_get_data (operation);
  QSession *self = query->call.session;
  QEventRecord *event = q_event_backlog_take (self->backlog, &query->filter);
  g_autofree char *what = NULL;

  if (event != NULL)
    {
      q_operation_return (operation, self->signals->make_event (event), g_object_unref);
      return;
    }

  /* Before it is up, an event may already come. */
  if (q_session_get_state (self) == Q_MONITOR_STATE_CLOSED && !self->announced)
    {
      fail_waiter (self, operation);
      return;
    }

  if (query->timeout == 0)
    {
      q_operation_return_new_error (operation, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                    "%s: no such event has come yet",
                                    q_operation_get_name (operation));
      return;
    }

  g_queue_push_tail (&self->waiters, operation);
  q_operation_set_withdraw (operation, withdraw_waiter);
  what = describe_query (query);
  q_operation_set_timeout (operation, query->timeout, what);
}

/* -- commands -- */

static void
withdraw_request (QOperation *operation)
{
  QRequest *request = q_operation_get_data (operation);

  q_channel_withdraw (request->call.session->channel, request->sent);
  request->sent = NULL;
}

static void
return_reply (QOperation *operation, QRequest *request, const QMessage *reply)
{
  if (request->kind == Q_REPLY_WHOLE)
    {
      q_operation_return (operation, g_strndup (reply->frame.text, reply->frame.length), g_free);
    }
  else if (reply->kind == Q_MESSAGE_RETURN)
    {
      if (g_str_equal (request->command, "quit"))
        request->call.session->end_expected = TRUE;
      q_operation_return (operation, q_message_dup_member (reply, Q_MEMBER_RETURN), g_free);
    }
  else
    {
      g_autofree char *class_name = NULL;
      g_autofree char *description = NULL;
      g_autofree char *text = g_strndup (reply->frame.text, reply->frame.length);

      if (g_str_equal (request->command, "quit"))
        request->call.session->end_expected = FALSE;
      q_message_get_error (reply, &class_name, &description);
      q_operation_return_error (
        operation, q_command_error_new (request->command, class_name, description, text));
    }
}

static void
reply_cb (const QMessage *reply, const GError *error, gpointer data)
{
  QOperation *operation = data;
  QRequest *request = q_operation_get_data (operation);

  request->sent = NULL;
  q_operation_set_withdraw (operation, NULL);

  if (reply != NULL)
    {
      return_reply (operation, request, reply);
      return;
    }
  if (error == NULL)
    {
      q_operation_return_true (operation);
      return;
    }

  /* QEMU may be gone before its answer to this one is out: it did what it was told. */
  if (g_str_equal (request->command, "quit")
      && g_error_matches (error, Q_WIRE_ERROR, Q_WIRE_ERROR_CLOSED)
      && request->call.session->end_expected)
    {
      const char *value
        = request->kind == Q_REPLY_WHOLE ? "{\"return\": {}}" : "{}";

      q_operation_return (operation, g_strdup (value), g_free);
      return;
    }

  q_session_fail_call (operation, q_session_error_from_wire (error, request->command));
}

/* What cannot be sent is refused here, with nothing lost. */
static GError *
check_request (QSession *self, QRequest *request)
{
  if (q_session_get_state (self) != Q_MONITOR_STATE_RUNNING)
    return g_error_new (Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED, "%s: the monitor is not open",
                        request->command);

  if (request->out_of_band && !self->out_of_band)
    return g_error_new (Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                        "%s: out-of-band commands were not negotiated", request->command);

  if (request->fd >= 0 && !q_channel_can_pass_fds (self->channel))
    return g_error_new (Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                        "%s: descriptors can only be passed over a Unix socket",
                        request->command);

  return NULL;
}

void
q_session_execute (QOperation *operation)
{
  QRequest *request = q_operation_get_data (operation);
  QSession *self = request->call.session;
  g_autoptr (GError) wire_error = NULL;
  GError *error = check_request (self, request);
  QSessionSettings settings;

  if (error != NULL)
    {
      if (g_error_matches (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED))
        q_session_fail_call (operation, error);
      else
        q_operation_return_error (operation, error);
      return;
    }

  if (g_str_equal (request->command, "quit"))
    self->end_expected = TRUE;

  if (request->kind == Q_REPLY_NONE)
    request->sent = q_channel_submit_fd (self->channel, g_steal_fd (&request->fd), reply_cb,
                                         operation, &wire_error);
  else
    request->sent
      = q_channel_submit (self->channel, g_steal_pointer (&request->text), request->length,
                          request->out_of_band, g_steal_fd (&request->fd), reply_cb, operation,
                          &wire_error);
  if (request->sent == NULL)
    {
      q_operation_return_error (operation,
                                q_session_error_from_wire (wire_error, request->command));
      return;
    }

  q_operation_set_withdraw (operation, withdraw_request);
  q_session_get_settings (self, &settings);
  if (settings.command_timeout >= 0)
    q_operation_set_timeout (operation,
                             settings.command_timeout + (gint64)request->length / BYTES_PER_MS,
                             "no reply came");
  q_channel_flush (self->channel);
}

/* -- the library's own commands -- */

typedef struct
{
  QSessionReplyFunc func;
  gpointer user_data;
} Question;

static void
answer_cb (const QMessage *reply, const GError *error, gpointer data)
{
  g_autofree Question *question = data;
  g_autoptr (GError) own_error = NULL;
  g_autofree char *value = NULL;

  if (reply == NULL)
    {
      own_error = q_session_error_from_wire (error, NULL);
    }
  else if (reply->kind == Q_MESSAGE_RETURN)
    {
      value = q_message_dup_member (reply, Q_MEMBER_RETURN);
    }
  else
    {
      g_autofree char *class_name = NULL;
      g_autofree char *description = NULL;

      q_message_get_error (reply, &class_name, &description);
      own_error = q_command_error_new (NULL, class_name, description, NULL);
    }

  question->func (value, own_error, question->user_data);
}

void
q_session_ask_raw (QSession *self, const char *command, const char *arguments,
                           QSessionReplyFunc func, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  Question *question = g_new0 (Question, 1);
  gsize length;
  char *text = q_message_encode_command (command, FALSE, arguments, -1, &length, NULL);

  question->func = func;
  question->user_data = user_data;
  if (q_channel_submit (self->channel, text, length, FALSE, -1, answer_cb, question, &error)
      == NULL)
    answer_cb (NULL, error, question);
  else
    q_channel_flush (self->channel);
}

void
q_session_ask (QSession *self, const char *command, QSessionReplyFunc func,
                       gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (self->channel != NULL && q_session_get_state (self) == Q_MONITOR_STATE_RUNNING)
    {
      q_session_ask_raw (self, command, NULL, func, user_data);
      return;
    }

  error = g_error_new_literal (Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED, "the monitor is closed");
  func (NULL, error, user_data);
}
