/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/interaction-private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "io/io-thread-private.h"
#include "launch/console-tap-private.h"
#include "q-enums.h"

/* What was typed and is not with QEMU yet. */
#define MAX_TYPED (64 * 1024)
#define WRITE_SIZE 4096

/* What one end gets in its turn, then machines and monitors have theirs. */
#define READS_PER_TURN 4096
#define SHOWN_PER_TURN (256 * 1024)

/* The escape key twice within that time is the key itself. */
#define ESCAPE_MS 500
/* A person is not kept by a guest that has taken nothing for so long. */
#define STUCK_MS 1000
/* How long a terminal that takes nothing may keep a call whose guest has ended. */
#define END_MS 1000
/* A shell says nothing when it gives a program the terminal again. */
#define LOOK_MS 200

struct _QInteraction
{
  QConsoleStream *stream;
  QTerminal *terminal;
  int escape_key; /* -1 for none */
  int n_lines;

  QOperation *operation;
  QConsoleTap *tap;
  GByteArray *typed;
  gboolean escape_seen;
  gboolean paused;     /* in the background */
  gboolean stuck;      /* what is typed is looked at for the escape key, and thrown away */
  gboolean input_over; /* it ends when all is written */
  gboolean guest_over; /* it ends when all is shown */
  GSource *input_source;
  GSource *output_source;
  GSource *look_source;
  GSource *escape_source;
  GSource *stuck_source;
  GSource *end_source;
};

static void resume_input (QInteraction *self);

QInteraction *
q_interaction_new (QConsoleStream *stream, QTerminal *terminal, int escape_key, int n_lines)
{
  QInteraction *self = g_new0 (QInteraction, 1);

  self->stream = q_console_stream_ref (stream);
  self->terminal = terminal;
  self->escape_key = escape_key;
  self->n_lines = n_lines;
  self->typed = g_byte_array_new ();

  return self;
}

void
q_interaction_free (gpointer data)
{
  QInteraction *self = data;

  g_clear_pointer (&self->terminal, q_terminal_free);
  g_byte_array_unref (self->typed);
  q_console_stream_unref (self->stream);
  g_free (self);
}

/* -- ends -- */

static void
let_go (QInteraction *self)
{
  q_source_clear (&self->input_source);
  q_source_clear (&self->output_source);
  q_source_clear (&self->look_source);
  q_source_clear (&self->escape_source);
  q_source_clear (&self->stuck_source);
  q_source_clear (&self->end_source);
  if (self->tap != NULL)
    q_console_tap_free (self->tap, TRUE);
  self->tap = NULL;
  q_terminal_restore (self->terminal);
}

static void
end (QInteraction *self, QConsoleInteractEnd how)
{
  QOperation *operation = self->operation;

  let_go (self);
  q_operation_return (operation, GINT_TO_POINTER (how), NULL);
}

static void
fail (QInteraction *self, const char *what, int error)
{
  QOperation *operation = self->operation;

  let_go (self);
  q_operation_return_new_error (operation, G_IO_ERROR, (int)g_io_error_from_errno (error),
                                "interact: the %s: %s", what, g_strerror (error));
}

static void
withdraw (QOperation *operation)
{
  let_go (q_operation_get_data (operation));
}

/* -- what the guest writes -- */

static gboolean output_cb (int fd, GIOCondition condition, gpointer data);

static void
wait_for_output (QInteraction *self)
{
  if (self->output_source == NULL)
    self->output_source = q_io_thread_add_fd (q_terminal_get_output_fd (self->terminal), G_IO_OUT,
                                              output_cb, self, "qmachine-terminal-output");
}

/* May be the end. */
static void
show (QInteraction *self)
{
  char buffer[WRITE_SIZE];
  gsize length;

  if (self->paused || self->output_source != NULL)
    return;

  for (gsize shown = 0; (length = q_console_tap_peek (self->tap, buffer, sizeof buffer)) > 0;)
    {
      gssize n = q_terminal_write (self->terminal, buffer, length);

      if (n < 0 && errno == EIO)
        {
          /* The terminal was hung up. */
          end (self, Q_CONSOLE_INTERACT_END_INPUT_END);
          return;
        }
      if (n < 0 && errno != EAGAIN)
        {
          fail (self, "output", errno);
          return;
        }
      if (n > 0)
        q_console_tap_skip (self->tap, (gsize)n);
      shown += n > 0 ? (gsize)n : 0;
      if (n < 0 || shown >= SHOWN_PER_TURN)
        {
          wait_for_output (self);
          return;
        }
    }

  if (self->guest_over)
    end (self, Q_CONSOLE_INTERACT_END_EXITED);
}

static gboolean
output_cb (int fd, GIOCondition condition, gpointer data)
{
  QInteraction *self = data;

  g_clear_pointer (&self->output_source, g_source_unref);
  show (self);
  return G_SOURCE_REMOVE;
}

static void
more_cb (gpointer data)
{
  show (data);
}

static gboolean
end_cb (gpointer data)
{
  end (data, Q_CONSOLE_INTERACT_END_EXITED);
  return G_SOURCE_REMOVE;
}

static void
ended_cb (gpointer data)
{
  QInteraction *self = data;

  self->guest_over = TRUE;
  q_source_clear (&self->input_source);
  q_source_clear (&self->escape_source);
  self->end_source = q_io_thread_add_timeout (END_MS, end_cb, self, "qmachine-terminal-end");
  show (self);
}

/* -- what is typed -- */

/* Whether there was something, and room for it. */
static gboolean
flush_typed (QInteraction *self)
{
  gsize length = MIN (self->typed->len, WRITE_SIZE);
  guint8 bytes[WRITE_SIZE];

  if (length == 0 || q_console_tap_is_writing (self->tap) || !q_console_tap_is_open (self->tap))
    return FALSE;

  memcpy (bytes, self->typed->data, length);
  g_byte_array_remove_range (self->typed, 0, (guint)length);
  q_console_tap_write (self->tap, (const char *)bytes, length);
  return TRUE;
}

/* May be the end, but not while something is written. */
static void
check_input_over (QInteraction *self)
{
  if (self->input_over && self->typed->len == 0 && !q_console_tap_is_writing (self->tap))
    end (self, Q_CONSOLE_INTERACT_END_INPUT_END);
}

static gboolean
written_later_cb (gpointer data)
{
  QInteraction *self = data;

  g_clear_pointer (&self->stuck_source, g_source_unref);
  self->stuck = FALSE;
  flush_typed (self);
  resume_input (self);
  check_input_over (self);
  return G_SOURCE_REMOVE;
}

/* Comes in the middle of a write. */
static void
written_cb (gpointer data)
{
  QInteraction *self = data;

  q_source_clear (&self->stuck_source);
  self->stuck_source
    = q_io_thread_add_timeout (0, written_later_cb, self, "qmachine-terminal-written");
}

static gboolean
escape_cb (gpointer data)
{
  end (data, Q_CONSOLE_INTERACT_END_ESCAPE);
  return G_SOURCE_REMOVE;
}

/* FALSE at the end. */
static gboolean
take_byte (QInteraction *self, guint8 byte)
{
  gboolean is_escape = byte == self->escape_key;

  if (self->escape_seen && !is_escape)
    {
      /* What came before the key in the same turn. */
      while (flush_typed (self))
        continue;
      end (self, Q_CONSOLE_INTERACT_END_ESCAPE);
      return FALSE;
    }
  if (is_escape && !self->escape_seen)
    {
      self->escape_seen = TRUE;
      self->escape_source
        = q_io_thread_add_timeout (ESCAPE_MS, escape_cb, self, "qmachine-terminal-escape");
      return TRUE;
    }

  self->escape_seen = FALSE;
  q_source_clear (&self->escape_source);
  if (!self->stuck)
    g_byte_array_append (self->typed, &byte, 1);
  return TRUE;
}

static gboolean
stuck_cb (gpointer data)
{
  QInteraction *self = data;

  g_clear_pointer (&self->stuck_source, g_source_unref);
  self->stuck = TRUE;
  resume_input (self);
  return G_SOURCE_REMOVE;
}

static gboolean
has_room (QInteraction *self)
{
  return self->typed->len < MAX_TYPED || self->stuck;
}

static gboolean
hold_input (QInteraction *self)
{
  if (has_room (self))
    return FALSE;

  /* Who is no person can wait. */
  if (self->stuck_source == NULL && q_terminal_is_one (self->terminal) && self->escape_key >= 0)
    self->stuck_source
      = q_io_thread_add_timeout (STUCK_MS, stuck_cb, self, "qmachine-terminal-stuck");
  return TRUE;
}

static void
end_input (QInteraction *self)
{
  if (self->escape_seen)
    {
      end (self, Q_CONSOLE_INTERACT_END_ESCAPE);
      return;
    }
  if (q_terminal_is_one (self->terminal))
    {
      /* It was hung up, and nobody is there to wait. */
      end (self, Q_CONSOLE_INTERACT_END_INPUT_END);
      return;
    }

  self->input_over = TRUE;
  check_input_over (self);
}

static gboolean
input_cb (int fd, GIOCondition condition, gpointer data)
{
  QInteraction *self = data;
  /* What is behind the escape key is for whoever reads the terminal next. */
  gsize size = self->escape_key >= 0 ? 1 : WRITE_SIZE;
  guint8 buffer[WRITE_SIZE];

  g_clear_pointer (&self->input_source, g_source_unref);
  for (guint i = 0; i < READS_PER_TURN && has_room (self); i++)
    {
      gssize n = q_terminal_read (self->terminal, (char *)buffer, size);

      if (n < 0 && errno == EAGAIN)
        break;
      /* A terminal says so in the background, and when it was hung up. */
      if (n < 0 && errno == EIO && !q_terminal_is_in_foreground (self->terminal))
        {
          self->paused = TRUE;
          break;
        }
      if (n < 0 && errno != EIO)
        {
          fail (self, "input", errno);
          return G_SOURCE_REMOVE;
        }
      if (n <= 0)
        {
          flush_typed (self);
          end_input (self);
          return G_SOURCE_REMOVE;
        }
      for (gssize at = 0; at < n; at++)
        if (!take_byte (self, buffer[at]))
          return G_SOURCE_REMOVE;
    }

  flush_typed (self);
  resume_input (self);
  return G_SOURCE_REMOVE;
}

static void
resume_input (QInteraction *self)
{
  if (self->input_source != NULL || self->input_over || self->guest_over || self->paused
      || hold_input (self))
    return;

  self->input_source = q_io_thread_add_fd (q_terminal_get_input_fd (self->terminal), G_IO_IN,
                                           input_cb, self, "qmachine-terminal-input");
}

/* -- beginning -- */

/* After the program was stopped, or went into the background or came back. */
static gboolean
look_cb (gpointer data)
{
  QInteraction *self = data;

  self->paused = !q_terminal_is_in_foreground (self->terminal);
  if (self->paused)
    {
      q_source_clear (&self->input_source);
      q_source_clear (&self->output_source);
      q_terminal_lend (self->terminal);
      return G_SOURCE_CONTINUE;
    }

  q_terminal_keep_raw (self->terminal);
  resume_input (self);
  show (self);
  return G_SOURCE_CONTINUE;
}

static const QConsoleTapCallbacks tap_callbacks = {
  .more = more_cb,
  .ended = ended_cb,
  .written = written_cb,
};

void
q_interaction_start (QOperation *operation)
{
  QInteraction *self = q_operation_get_data (operation);
  GError *error = NULL;

  self->operation = operation;
  self->tap = q_console_tap_new (self->stream, self->n_lines, &tap_callbacks, self);
  if (!q_console_tap_is_open (self->tap))
    error = g_error_new_literal (Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                                 "interact: the machine is not running");
  if (error != NULL || !q_terminal_make_raw (self->terminal, &error))
    {
      q_console_tap_free (g_steal_pointer (&self->tap), FALSE);
      q_operation_return_error (operation, error);
      return;
    }

  q_operation_set_withdraw (operation, withdraw);
  if (q_terminal_is_one (self->terminal))
    self->look_source = q_io_thread_add_timeout (LOOK_MS, look_cb, self, "qmachine-terminal-look");
  resume_input (self);
  show (self);
}
