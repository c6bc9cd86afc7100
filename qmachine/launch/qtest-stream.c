/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qtest-stream-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "q-error-private.h"
#include "io/io-thread-private.h"

#define READ_SIZE (64 * 1024)
#define MAX_LINE (128 * 1024 * 1024)
#define MAX_CALLS 65536
#define MAX_PENDING_IRQS 65536

struct _QQtestStream
{
  gatomicrefcount ref_count; /* undelivered interrupts hold one each */
  QLaunchState *state;
  int fd; /* -1 once closed */
  GSource *read_source;
  GSource *write_source;
  GString *input;  /* the beginning of a line */
  GString *output; /* not taken yet */
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
  g_string_free (self->output, TRUE);
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
      if (operation == NULL)
        continue;
      q_operation_set_withdraw (operation, NULL);
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

  q_operation_set_withdraw (operation, NULL);
  if (g_str_has_prefix (line, "OK"))
    q_operation_return (operation, g_strdup (line), g_free);
  else
    q_operation_return_error (operation, q_command_error_new ("qtest", "GenericError", line, NULL));
}

static void
take_lines (QQtestStream *self)
{
  char *begin = self->input->str;
  char *newline;

  while ((newline = memchr (begin, '\n', self->input->len - (gsize)(begin - self->input->str)))
         != NULL)
    {
      *newline = '\0';
      if (newline > begin && newline[-1] == '\r')
        newline[-1] = '\0';
      take_line (self, begin);
      begin = newline + 1;
    }
  g_string_erase (self->input, 0, begin - self->input->str);
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer data)
{
  QQtestStream *self = data;
  char buffer[READ_SIZE];
  gssize n = read (self->fd, buffer, sizeof buffer);

  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return G_SOURCE_CONTINUE;
  if (n > 0 && self->input->len < MAX_LINE)
    {
      g_string_append_len (self->input, buffer, n);
      take_lines (self);
      return G_SOURCE_CONTINUE;
    }

  fail_all (self, Q_MACHINE_ERROR_EXITED,
            n > 0 ? "a line that does not end" : "QEMU closed the connection");
  g_clear_pointer (&self->read_source, g_source_unref);
  return G_SOURCE_REMOVE;
}

/* -- sending -- */

static gboolean writable_cb (int fd, GIOCondition condition, gpointer data);

static void
send_some (QQtestStream *self)
{
  while (self->output->len > 0)
    {
      gssize n = send (self->fd, self->output->str, self->output->len, MSG_NOSIGNAL);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN)
        {
          self->write_source
            = q_io_thread_add_fd (self->fd, G_IO_OUT, writable_cb, self, "qmachine-qtest");
          return;
        }
      if (n < 0)
        {
          /* The reader tells those who wait. */
          g_string_truncate (self->output, 0);
          return;
        }
      g_string_erase (self->output, 0, n);
    }
}

static gboolean
writable_cb (int fd, GIOCondition condition, gpointer data)
{
  QQtestStream *self = data;

  g_clear_pointer (&self->write_source, g_source_unref);
  send_some (self);
  return G_SOURCE_REMOVE;
}

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

  if (self->read_source == NULL)
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

  g_string_append (self->output, call->line);
  g_string_append_c (self->output, '\n');
  if (self->write_source == NULL)
    send_some (self);
}

QQtestStream *
q_qtest_stream_new (QLaunchState *state, int fd)
{
  QQtestStream *self = g_new0 (QQtestStream, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->state = q_launch_state_ref (state);
  self->fd = fd;
  self->input = g_string_new (NULL);
  self->output = g_string_new (NULL);
  g_queue_init (&self->waiting);
  self->read_source = q_io_thread_add_fd (self->fd, G_IO_IN, readable_cb, self, "qmachine-qtest");

  return self;
}

void
q_qtest_stream_close (QQtestStream *self, gboolean detached)
{
  q_source_clear (&self->read_source);
  q_source_clear (&self->write_source);
  close (g_steal_fd (&self->fd));
  if (detached)
    fail_all (self, Q_MACHINE_ERROR_NOT_RUNNING, "the machine was detached");
  else
    fail_all (self, Q_MACHINE_ERROR_EXITED, "QEMU has ended");
  q_qtest_stream_unref (self);
}
