/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-forward-private.h"

#include <string.h>

#include "io/blocking-task-private.h"
#include "io/interrupt-private.h"
#include "io/text-private.h"
#include "io/time-limit-private.h"
#include "q-machine-private.h"

/* Waiting for the service behind a forward. QEMU itself takes a connection at once, and tries the
 * guest then: that the guest has answered shows in `info usernet`, or by what the service says. */

/* Of QEMU, when it has ended. */
#define LOG_LINES 20

#define MAX_SAID (64 * 1024)

/* An attempt that a guest without a network does not hear of keeps a descriptor of QEMU's for a
 * minute, and is repeated by QEMU ever more seldom: so a new one follows after some part of the
 * time that has passed, within these bounds. */
#define MIN_PATIENCE_MS 250
#define MAX_PATIENCE_MS 3000
/* The first time that a service which took the connection may think; each time twice of it. */
#define THINKING_MS 10000

typedef enum
{
  READY,
  NOT_YET,
  FAILED, /* with an error */
} Outcome;

typedef struct
{
  QMachine *machine; /* NULL if it is gone */
  QForwardRule *rule;
  guint port;
  char *pattern;
  GRegex *regex; /* NULL for a handshake */
  GBytes *request;
  int timeout;
  QTimeLimit limit;
  gint64 begun;
  gint64 thinking_ms;
  GByteArray *said; /* in this attempt */
  char *last;       /* how the last attempt went */
  gboolean noted;   /* that of this one */
} Wait;

static void
wait_free (gpointer data)
{
  Wait *self = data;

  g_clear_object (&self->machine);
  g_clear_pointer (&self->rule, q_forward_rule_unref);
  g_clear_pointer (&self->regex, g_regex_unref);
  g_clear_pointer (&self->request, g_bytes_unref);
  g_clear_pointer (&self->said, g_byte_array_unref);
  g_free (self->pattern);
  g_free (self->last);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Wait, wait_free)

/* -- time -- */

static gint64
get_elapsed (Wait *self)
{
  return (g_get_monotonic_time () - self->begun) / 1000;
}

/* -1 for no limit. */
static int
get_left (Wait *self)
{
  return q_time_limit_get_rest (&self->limit);
}

static gint64
limit_to_left (Wait *self, gint64 milliseconds)
{
  int left = get_left (self);

  return left < 0 ? milliseconds : MIN (milliseconds, left);
}

static gint64
get_patience (Wait *self)
{
  gint64 patience = get_elapsed (self) / 8;

  return CLAMP (patience, MIN_PATIENCE_MS, MAX_PATIENCE_MS);
}

/* Whether there is something within the time, also an end; without a socket it only waits. FALSE
 * with an error when it is given up. */
static gboolean
wait_for_input (GSocket *socket, gint64 milliseconds, GIOCondition condition,
                GCancellable *cancellable, GError **error)
{
  QTimeLimit limit = q_time_limit_begin ((int)milliseconds);
  gboolean watched = q_interrupt_is_watched ();
  gboolean is_there = FALSE;
  GPollFD fds[2];
  guint n_fds = 0;
  int left;

  if (socket != NULL)
    fds[n_fds++] = (GPollFD){ g_socket_get_fd (socket), condition, 0 };
  if (g_cancellable_make_pollfd (cancellable, &fds[n_fds]))
    n_fds++;

  do
    {
      int n_ready;

      left = q_time_limit_get_rest (&limit);
      n_ready = g_poll (fds, n_fds, watched ? MIN (left, Q_INTERRUPT_MS) : left);
      is_there = n_ready > 0 && socket != NULL && fds[0].revents != 0;
      if ((watched && q_interrupt_check ()) || g_cancellable_is_cancelled (cancellable))
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
          is_there = FALSE;
          break;
        }
    }
  while (!is_there && left > 0);

  if (n_fds > (socket != NULL ? 1 : 0))
    g_cancellable_release_fd (cancellable);
  return is_there;
}

/* -- what QEMU knows -- */

static GPtrArray *
list_rows (Wait *self, GCancellable *cancellable, GError **error)
{
  g_autofree char *text
    = q_machine_human_command (self->machine, "info usernet", get_left (self), cancellable, error);

  if (text == NULL)
    return NULL;
  if (q_forward_rule_get_port (self->rule) != self->port)
    {
      g_set_error_literal (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                           "it was closed meanwhile");
      return NULL;
    }

  return q_usernet_parse (text);
}

static gboolean
is_connection (Wait *self, const QUsernetRow *row)
{
  const QForwardSpec *spec = q_forward_rule_get_spec (self->rule);

  return !row->udp && !q_usernet_row_is_forward (row) && row->source_port == self->port
         && row->dest_port == spec->guest_port
         && (row->netdev == NULL || g_str_equal (row->netdev, spec->netdev));
}

static gboolean
has_fd (Wait *self, GPtrArray *rows, int fd)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const QUsernetRow *each = g_ptr_array_index (rows, i);

      if (is_connection (self, each) && each->fd == fd)
        return TRUE;
    }

  return FALSE;
}

/* The rows do not tell the peer's port. Ours is one of those that are new, so it has been answered
 * when all of these have. */
static gboolean
is_answered (Wait *self, GPtrArray *before, GPtrArray *rows)
{
  gboolean answered = FALSE;

  for (guint i = 0; i < rows->len; i++)
    {
      const QUsernetRow *each = g_ptr_array_index (rows, i);

      if (!is_connection (self, each) || has_fd (self, before, each->fd))
        continue;
      if (!q_usernet_row_is_past_handshake (each))
        return FALSE;
      answered = TRUE;
    }

  return answered;
}

/* -- one attempt -- */

static Outcome
note (Wait *self, const char *last)
{
  g_free (self->last);
  self->last = g_strdup (last);
  self->noted = TRUE;
  return NOT_YET;
}

static Outcome
note_said (Wait *self)
{
  g_autofree char *quote = q_usernet_quote ((const char *)self->said->data, self->said->len);

  self->noted = TRUE;
  g_free (self->last);
  self->last
    = g_strdup_printf ("the service said “%s”, which does not match “%s”", quote, self->pattern);
  return NOT_YET;
}

/* An attempt that the limit cut short tells less than the one before. */
static Outcome
note_silence (Wait *self, const char *last)
{
  if (self->last == NULL || (!self->noted && get_left (self) != 0))
    note (self, last);
  return NOT_YET;
}

static GSocket *
connect_to (Wait *self, GCancellable *cancellable, GError **error)
{
  const QForwardSpec *spec = q_forward_rule_get_spec (self->rule);
  gboolean udp = spec->protocol == Q_FORWARD_PROTOCOL_UDP;
  gboolean anywhere = g_str_equal (spec->host_address, "0.0.0.0");
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (
    anywhere ? "127.0.0.1" : spec->host_address, self->port);
  g_autoptr (GSocket) socket
    = g_socket_new (G_SOCKET_FAMILY_IPV4, udp ? G_SOCKET_TYPE_DATAGRAM : G_SOCKET_TYPE_STREAM,
                    G_SOCKET_PROTOCOL_DEFAULT, error);
  g_autoptr (GError) own_error = NULL;

  if (socket == NULL)
    return NULL;

  g_socket_set_blocking (socket, FALSE);
  if (!g_socket_connect (socket, address, cancellable, &own_error)
      && !g_error_matches (own_error, G_IO_ERROR, G_IO_ERROR_PENDING))
    {
      g_propagate_error (error, g_steal_pointer (&own_error));
      return NULL;
    }

  return g_steal_pointer (&socket);
}

/* Some of what is said is enough. */
static gboolean
send_request (Wait *self, GSocket *socket, GCancellable *cancellable, GError **error)
{
  gsize length;
  const char *bytes = g_bytes_get_data (self->request, &length);

  while (length > 0)
    {
      g_autoptr (GError) own_error = NULL;
      gssize n_sent;

      if (!wait_for_input (socket, limit_to_left (self, get_patience (self)), G_IO_OUT, cancellable,
                           &own_error))
        {
          if (own_error == NULL)
            return TRUE;
          g_propagate_error (error, g_steal_pointer (&own_error));
          return FALSE;
        }

      n_sent = g_socket_send_with_blocking (socket, bytes, length, FALSE, NULL, NULL);
      if (n_sent < 0)
        return TRUE;
      bytes += n_sent;
      length -= n_sent;
    }

  return TRUE;
}

/* Takes what is there; the end is 0. */
static gssize
take_bytes (Wait *self, GSocket *socket)
{
  guint8 buffer[4096];
  gssize n_bytes
    = g_socket_receive_with_blocking (socket, (char *)buffer, sizeof (buffer), FALSE, NULL, NULL);

  if (n_bytes <= 0)
    return 0;
  g_byte_array_append (self->said, buffer, n_bytes);
  return n_bytes;
}

static Outcome
match (Wait *self, GError **error)
{
  g_autoptr (GError) own_error = NULL;

  if (g_regex_match_full (self->regex, (const char *)self->said->data, self->said->len, 0, 0, NULL,
                          &own_error))
    return READY;
  if (own_error == NULL)
    return NOT_YET;

  g_propagate_error (error, g_steal_pointer (&own_error));
  return FAILED;
}

/* The connection has ended: the guest refused it, or the service was there and let go of it. */
static Outcome
take_end (Wait *self, GPtrArray *before, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) rows = NULL;

  if (self->said->len > 0)
    return note_said (self);

  rows = list_rows (self, cancellable, error);
  if (rows == NULL)
    return FAILED;
  if (!is_answered (self, before, rows))
    return note (self, "the guest refused the connection");
  if (self->regex == NULL)
    return READY;
  return note (self, "the service took the connection and ended it without a word");
}

typedef struct
{
  GSocket *socket;
  GPtrArray *before; /* rows that were there */
  guint n_looks;
  gint64 end; /* when it is given up, us */
  gboolean is_thinking;
} Attempt;

/* Nothing has come for a moment. */
static Outcome
look (Wait *self, Attempt *attempt, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) rows = NULL;

  /* What is said counts, and the connection does not. */
  if (self->regex != NULL
      && (self->said->len > 0 || attempt->is_thinking || g_get_monotonic_time () < attempt->end))
    return NOT_YET;

  rows = list_rows (self, cancellable, error);
  if (rows == NULL)
    return FAILED;
  if (!is_answered (self, attempt->before, rows))
    return NOT_YET;

  if (self->regex != NULL)
    {
      attempt->is_thinking = TRUE;
      attempt->end = g_get_monotonic_time () + self->thinking_ms * 1000;
      self->thinking_ms *= 2;
      return note (self, "the service took the connection and said nothing");
    }

  /* QEMU may answer once before it has taken the connection, and so speak of others'; what has
   * ended since shows at the socket. */
  if (attempt->n_looks++ == 0
      || g_socket_condition_check (attempt->socket, G_IO_IN | G_IO_HUP) != 0)
    return NOT_YET;
  return READY;
}

static Outcome
take_input (Wait *self, Attempt *attempt, GCancellable *cancellable, GError **error)
{
  Outcome outcome;

  if (take_bytes (self, attempt->socket) == 0)
    {
      attempt->end = 0;
      return take_end (self, attempt->before, cancellable, error);
    }

  outcome = self->regex != NULL ? match (self, error) : READY;
  if (outcome != NOT_YET)
    return outcome;

  attempt->end = g_get_monotonic_time () + MAX_PATIENCE_MS * 1000;
  if (self->said->len >= MAX_SAID)
    attempt->end = 0;
  return note_said (self);
}

/* It was removed, or QEMU has ended. */
static gboolean
check_open (Wait *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) rows = NULL;

  if (q_forward_rule_get_port (self->rule) == self->port)
    return TRUE;

  rows = list_rows (self, cancellable, error);
  return rows != NULL;
}

static Outcome
go_on (Wait *self, Attempt *attempt, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) own_error = NULL;
  Outcome outcome = NOT_YET;

  for (gint64 step = 2;
       outcome == NOT_YET && g_get_monotonic_time () < attempt->end && get_left (self) != 0;
       step = MIN (step * 2, 100))
    if (!check_open (self, cancellable, error))
      outcome = FAILED;
    else if (wait_for_input (attempt->socket, limit_to_left (self, step), G_IO_IN, cancellable,
                             &own_error))
      outcome = take_input (self, attempt, cancellable, error);
    else if (own_error == NULL)
      outcome = look (self, attempt, cancellable, error);
    else
      {
        g_propagate_error (error, g_steal_pointer (&own_error));
        outcome = FAILED;
      }

  return outcome;
}

static Outcome
try_tcp (Wait *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) before = list_rows (self, cancellable, error);
  g_autoptr (GSocket) socket = NULL;
  Attempt attempt = { .before = before };
  Outcome outcome;

  if (before == NULL)
    return FAILED;
  socket = connect_to (self, cancellable, NULL);
  if (socket == NULL)
    return note (self, "QEMU does not take the connection");
  if (self->request != NULL && !send_request (self, socket, cancellable, error))
    return FAILED;

  attempt.socket = socket;
  attempt.end = g_get_monotonic_time () + get_patience (self) * 1000;
  outcome = go_on (self, &attempt, cancellable, error);
  return outcome == NOT_YET ? note_silence (self, "the guest has not answered") : outcome;
}

static Outcome
try_udp (Wait *self, GCancellable *cancellable, GError **error)
{
  /* It would tell of QEMU's end. */
  g_autoptr (GPtrArray) rows = list_rows (self, cancellable, error);
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) own_error = NULL;

  if (rows == NULL)
    return FAILED;
  socket = connect_to (self, cancellable, NULL);
  if (socket == NULL)
    return note (self, "QEMU does not take the request");
  if (!send_request (self, socket, cancellable, error))
    return FAILED;

  while (wait_for_input (socket, limit_to_left (self, get_patience (self)), G_IO_IN, cancellable,
                         &own_error))
    {
      Outcome outcome;

      g_byte_array_set_size (self->said, 0);
      if (take_bytes (self, socket) == 0)
        return note (self, "the guest refused the request");
      outcome = match (self, error);
      if (outcome != NOT_YET)
        return outcome;
      note_said (self);
      if (get_left (self) == 0)
        return NOT_YET;
    }

  if (own_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&own_error));
      return FAILED;
    }
  return note_silence (self, "nobody has answered");
}

/* -- all of them -- */

static gboolean
attempt_until_ready (Wait *self, GCancellable *cancellable, GError **error)
{
  gboolean udp = q_forward_rule_get_spec (self->rule)->protocol == Q_FORWARD_PROTOCOL_UDP;

  while (TRUE)
    {
      gint64 begun = g_get_monotonic_time ();
      g_autoptr (GError) own_error = NULL;
      Outcome outcome;
      gint64 pause;

      g_byte_array_set_size (self->said, 0);
      self->noted = FALSE;
      outcome = udp ? try_udp (self, cancellable, error) : try_tcp (self, cancellable, error);
      if (outcome != NOT_YET)
        return outcome == READY;

      /* One that was refused took no time. */
      pause = get_patience (self) / 2 - (g_get_monotonic_time () - begun) / 1000;
      if (pause > 0)
        wait_for_input (NULL, limit_to_left (self, pause), 0, cancellable, &own_error);
      if (own_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&own_error));
          return FALSE;
        }
      if (get_left (self) == 0)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "");
          return FALSE;
        }
    }
}

/* The monitor only tells those of the end who ask before it. */
static void
explain_end (Wait *self, GError **error)
{
  QLaunchState *state = q_machine_get_launch_state (self->machine);
  g_autofree char *how = NULL;
  g_autofree char *log = NULL;

  if (!g_error_matches (*error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING)
      || q_machine_get_state (self->machine) != Q_MACHINE_STATE_STOPPED
      || q_machine_get_exit_kind (self->machine) == Q_EXIT_KIND_NONE)
    return;

  how = q_launch_state_describe_exit (state);
  log = q_machine_dup_log (self->machine);
  g_clear_error (error);
  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED, "QEMU %s\nOutput: %s", how,
               log != NULL && log[0] != '\0' ? q_text_find_last_lines (log, strlen (log), LOG_LINES)
                                             : "(none)");
}

static gpointer
wait_ready (gpointer source_object, gpointer task_data, GCancellable *cancellable, GError **error)
{
  Wait *self = task_data;
  g_autofree char *description = NULL;
  g_autoptr (GError) own_error = NULL;

  if (self->rule == NULL || self->machine == NULL
      || (self->port = q_forward_rule_get_port (self->rule)) == 0)
    {
      g_set_error_literal (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                           "wait_ready: the forward is not open: its machine does not run, or it "
                           "was removed");
      return NULL;
    }

  self->begun = g_get_monotonic_time ();
  self->limit = q_time_limit_begin (self->timeout);
  description = q_forward_rule_describe (self->rule);
  if (attempt_until_ready (self, cancellable, &own_error))
    return GINT_TO_POINTER (TRUE);

  if (g_error_matches (own_error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                 "wait_ready: behind %s nothing was ready within %d ms: %s", description,
                 self->timeout, self->last != NULL ? self->last : "QEMU has not answered");
  else
    {
      explain_end (self, &own_error);
      g_propagate_prefixed_error (error, g_steal_pointer (&own_error),
                                  "wait_ready: %s: ", description);
    }
  return NULL;
}

/* A port of that number is there on this host, too, and would be another's. */
static gboolean
is_elsewhere (QMachine *machine)
{
  g_auto (GStrv) wrapper = machine != NULL ? q_machine_dup_wrapper (machine) : NULL;

  return wrapper != NULL && wrapper[0] != NULL
         && q_machine_get_monitor_mode (machine) == Q_MONITOR_MODE_STDIO;
}

/* NULL with an error for what makes no sense. */
static Wait *
new_wait (QForward *forward, const char *pattern, GBytes *request, int timeout, GError **error)
{
  g_autoptr (Wait) self = g_new0 (Wait, 1);
  gboolean udp = q_forward_get_protocol (forward) == Q_FORWARD_PROTOCOL_UDP;
  g_autoptr (QMachine) machine = q_forward_dup_machine (forward);
  const char *refusal = NULL;

  if (is_elsewhere (machine))
    refusal
      = "the forward listens where QEMU runs, which behind a wrapper in the monitor mode STDIO "
        "may be another host";
  else if (udp && (pattern == NULL || request == NULL))
    refusal = "UDP knows no connections, so it needs a request and a pattern for the answer";
  else if (request != NULL && pattern == NULL)
    refusal = "a request needs a pattern for the answer";
  if (timeout < -1)
    q_time_limit_refuse (timeout, "wait_ready", Q_MACHINE_ERROR,
                         Q_MACHINE_ERROR_INVALID_CONFIGURATION, error);
  else if (refusal != NULL)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION, "wait_ready: %s",
                 refusal);
  if (timeout < -1 || refusal != NULL)
    return NULL;

  if (pattern != NULL)
    {
      self->regex = g_regex_new (pattern, G_REGEX_RAW | G_REGEX_MULTILINE | G_REGEX_NEWLINE_ANYCRLF,
                                 0, error);
      if (self->regex == NULL)
        {
          g_prefix_error (error, "wait_ready: ");
          return NULL;
        }
    }
  self->pattern = g_strdup (pattern);
  self->request = request != NULL ? g_bytes_ref (request) : NULL;
  self->timeout = timeout;
  self->thinking_ms = THINKING_MS;
  self->said = g_byte_array_new ();
  self->machine = g_steal_pointer (&machine);
  if (q_forward_get_rule (forward) != NULL)
    self->rule = q_forward_rule_ref (q_forward_get_rule (forward));

  return g_steal_pointer (&self);
}

/**
 * q_forward_wait_ready:
 * @self: a forward
 * @pattern: (nullable): a regular expression of [struct@GLib.Regex] for the first bytes that the
 *   service says; `^` and `$` match at line ends
 * @request: (nullable): what to send first, for a service that says nothing before
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Waits until the service in the guest is there, through its boot if need be.
 *
 * With a @pattern it waits until the service says something that matches, within its first 64 KiB,
 * after the @request if there is one. Without, it waits until the guest has taken a connection; for
 * UDP, which knows none, both are needed. It connects again and again, so the service sees
 * connections that end soon, maybe some of them late.
 *
 * Errors: %G_IO_ERROR_TIMED_OUT, whose message says how the last attempt went, with the beginning
 * of what the service said; %G_IO_ERROR_CANCELLED; %Q_MACHINE_ERROR_NOT_RUNNING when the forward is
 * not open, or is removed meanwhile; %Q_MACHINE_ERROR_EXITED, with how it ended, as soon as QEMU
 * has; %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a machine behind a wrapper in the monitor mode
 * %Q_MONITOR_MODE_STDIO, where that host may be another one, for a request without a pattern, for
 * UDP without both, and for what is no time-out; [error@GLib.RegexError] for what is no pattern.
 *
 * ```c
 * g_autoptr (GBytes) request = g_bytes_new_static ("GET / HTTP/1.0\r\n\r\n", 18);
 *
 * if (!q_forward_wait_ready (web, "^HTTP/1\\.[01] 200 ", request, 60000, NULL, error))
 *   return FALSE;
 * g_print ("port %u\n", q_forward_get_host_port (web));
 * ```
 *
 * Returns: %TRUE when it is there
 *
 * Since: 1.0
 */
gboolean
q_forward_wait_ready (QForward *self, const char *pattern, GBytes *request, int timeout,
                      GCancellable *cancellable, GError **error)
{
  g_autoptr (Wait) wait = NULL;

  g_return_val_if_fail (Q_IS_FORWARD (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  wait = new_wait (self, pattern, request, timeout, error);
  return wait != NULL && wait_ready (self, wait, cancellable, error) != NULL;
}

/**
 * q_forward_wait_ready_async:
 * @self: a forward
 * @pattern: (nullable): a regular expression of [struct@GLib.Regex] for the first bytes that the
 *   service says; `^` and `$` match at line ends
 * @request: (nullable): what to send first, for a service that says nothing before
 * @timeout: how long to wait in milliseconds, 0 not at all, -1 without end
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is there
 * @user_data: data for @callback
 *
 * Like [method@Forward.wait_ready], without blocking.
 *
 * Since: 1.0
 */
void
q_forward_wait_ready_async (QForward *self, const char *pattern, GBytes *request, int timeout,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GError *error = NULL;
  GTask *task;
  Wait *wait;

  g_return_if_fail (Q_IS_FORWARD (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, q_forward_wait_ready_async);
  g_task_set_check_cancellable (task, FALSE);
  wait = new_wait (self, pattern, request, timeout, &error);
  if (wait == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  g_task_set_task_data (task, wait, wait_free);
  q_blocking_task_run (task, wait_ready, NULL);
}

/**
 * q_forward_wait_ready_finish:
 * @self: the forward
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Forward.wait_ready_async].
 *
 * Returns: %TRUE when it is there
 *
 * Since: 1.0
 */
gboolean
q_forward_wait_ready_finish (QForward *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_FORWARD (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, q_forward_wait_ready_async), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}
