/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qtest-stream-private.h"

#include <stdlib.h>
#include <string.h>

#include "q-error-private.h"
#include "io/socket-private.h"

#define MAX_LINE (128 * 1024 * 1024)
#define MAX_CALLS 65536
#define MAX_PENDING_IRQS 65536

struct _QQtestStream
{
  gatomicrefcount ref_count; /* undelivered interrupts hold one each */
  QLaunchState *state;
  QSocket *socket; /* until it is closed */
  GString *input;  /* the beginning of a line */
  GQueue waiting;  /* of QOperation **, with NULL in it for one that was given up */
};

static QQtestStream *
q_qtest_stream_ref (QQtestStream *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
q_qtest_stream_unref (QQtestStream *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  q_launch_state_unref (self->state);
  g_string_free (self->input, TRUE);
  g_free (self);
}

/* -- interrupts -- */

/* An interrupt fits into a pointer: the line, and whether it was raised. */
#define IRQ_TO_POINTER(number, raised) GUINT_TO_POINTER (((number) << 1) | ((raised) ? 1u : 0u))

static void
deliver_irq (gpointer target, gpointer event)
{
  QQtestStream *self = target;
  guint irq = GPOINTER_TO_UINT (event);

  q_launch_state_deliver_qtest_irq (self->state, irq >> 1, (irq & 1) != 0);
}

static void
free_irq (gpointer event)
{
}

static gsize
get_irq_size (gpointer event)
{
  return sizeof (gpointer);
}

static const QDispatcherEventClass irq_class = {
  .deliver = deliver_irq,
  .free_event = free_irq,
  .get_size = get_irq_size,
  .max_bytes = G_MAXSIZE,
  .ref_target = (gpointer (*) (gpointer))q_qtest_stream_ref,
  .unref_target = (void (*) (gpointer))q_qtest_stream_unref,
};

static gboolean
take_irq (QQtestStream *self, const char *line)
{
  QDispatcher *dispatcher = q_launch_state_get_dispatcher (self->state);
  gboolean raised = g_str_has_prefix (line, "IRQ raise ");
  gpointer irq;

  if (!raised && !g_str_has_prefix (line, "IRQ lower "))
    return FALSE;

  irq = IRQ_TO_POINTER ((guint)strtoul (line + strlen ("IRQ raise "), NULL, 10), raised);
  q_dispatcher_post_event (dispatcher, &irq_class, self, irq, MAX_PENDING_IRQS);
  q_dispatcher_flush (dispatcher);
  return TRUE;
}

/* -- replies -- */

static void
fail_all (QQtestStream *self, QMachineError code, const char *reason)
{
  QOperation **place;

  while ((place = g_queue_pop_head (&self->waiting)) != NULL)
    {
      QOperation *operation = *place;

      g_free (place);
      if (operation != NULL)
        q_operation_return_new_error (operation, Q_MACHINE_ERROR, code, "qtest: %s", reason);
    }
}

static void
take_line (QQtestStream *self, const char *line)
{
  g_autofree QOperation **place = NULL;
  QOperation *operation;

  if (take_irq (self, line))
    return;

  place = g_queue_pop_head (&self->waiting);
  operation = place != NULL ? *place : NULL;
  if (operation == NULL)
    return;

  if (g_str_has_prefix (line, "OK"))
    q_operation_return (operation, g_strdup (line), g_free);
  else
    q_operation_return_error (operation, q_command_error_new ("qtest", "GenericError", line, NULL));
}

/* There is no newline before `n_searched`. */
static void
take_lines (QQtestStream *self, gsize n_searched)
{
  char *begin = self->input->str;
  char *end = begin + self->input->len;
  char *newline = memchr (begin + n_searched, '\n', self->input->len - n_searched);

  while (newline != NULL)
    {
      *newline = '\0';
      if (newline > begin && newline[-1] == '\r')
        newline[-1] = '\0';
      take_line (self, begin);
      begin = newline + 1;
      newline = memchr (begin, '\n', (gsize)(end - begin));
    }
  g_string_erase (self->input, 0, begin - self->input->str);
}

static gboolean
received_cb (gpointer stream, const char *bytes, gsize length)
{
  QQtestStream *self = stream;
  gsize n_searched = self->input->len;

  if (n_searched >= MAX_LINE)
    {
      fail_all (self, Q_MACHINE_ERROR_EXITED, "a line that does not end");
      return FALSE;
    }

  g_string_append_len (self->input, bytes, (gssize)length);
  take_lines (self, n_searched);
  return TRUE;
}

static void
ended_cb (gpointer stream)
{
  fail_all (stream, Q_MACHINE_ERROR_EXITED, "QEMU closed the connection");
}

/* Of what cannot be written the reader tells. */
static const QSocketCallbacks socket_callbacks = {
  .received = received_cb,
  .ended = ended_cb,
};

/* -- sending -- */

/* Its reply still comes, and is nobody's. */
static void
withdraw (QOperation *operation)
{
  QQtestCall *call = q_operation_get_data (operation);
  QOperation **place = call->waiting;

  *place = NULL;
}

void
q_qtest_stream_send (QQtestStream *self, QOperation *operation)
{
  QQtestCall *call = q_operation_get_data (operation);
  QOperation **place;

  if (!q_socket_is_reading (self->socket))
    {
      q_operation_return_new_error (operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED,
                                    "qtest: QEMU closed the connection");
      return;
    }
  if (self->waiting.length >= MAX_CALLS)
    {
      q_operation_return_new_error (operation, Q_MONITOR_ERROR, Q_MONITOR_ERROR_BUSY,
                                    "qtest: %d lines wait for their replies already", MAX_CALLS);
      return;
    }

  place = g_new (QOperation *, 1);
  *place = operation;
  call->waiting = place;
  g_queue_push_tail (&self->waiting, place);
  q_operation_set_withdraw (operation, withdraw);

  q_socket_write (self->socket, g_strconcat (call->line, "\n", NULL), strlen (call->line) + 1,
                  NULL);
}

QQtestStream *
q_qtest_stream_new (QLaunchState *state, int fd)
{
  QQtestStream *self = g_new0 (QQtestStream, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->state = q_launch_state_ref (state);
  self->input = g_string_new (NULL);
  g_queue_init (&self->waiting);
  self->socket = q_socket_new (fd, &socket_callbacks, self, "qmachine-qtest");

  return self;
}

void
q_qtest_stream_close (QQtestStream *self, gboolean detached)
{
  g_clear_pointer (&self->socket, q_socket_close);
  if (detached)
    fail_all (self, Q_MACHINE_ERROR_NOT_RUNNING, "the machine was detached");
  else
    fail_all (self, Q_MACHINE_ERROR_EXITED, "QEMU has ended");
  q_qtest_stream_unref (self);
}
