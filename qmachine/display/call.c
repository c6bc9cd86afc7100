/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "call-private.h"

#include <string.h>

#include "io/interrupt-private.h"

/* A QEMU that is there answers at once, and one that hangs has the command in its socket. */
#define CLEAN_UP_MS 250

gboolean
q_screen_call_init (QScreenCall *self, QMachine *machine, const char *name, int timeout,
                    guint64 pauses, GCancellable *cancellable, GError **error)
{
  if (timeout < -1 && timeout != Q_TIMEOUT_DEFAULT)
    return q_time_limit_refuse (timeout, name, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                                error);

  self->machine = machine;
  self->name = name;
  self->cancellable = cancellable;
  self->limit = timeout;
  if (timeout == Q_TIMEOUT_DEFAULT)
    {
      int property = q_machine_get_command_timeout (machine);

      self->limit = property < 0 ? -1 : (int)MIN ((guint64)property + pauses, G_MAXINT);
    }
  self->end = q_time_limit_begin (self->limit);

  return TRUE;
}

int
q_screen_call_get_left (const QScreenCall *self)
{
  return q_time_limit_get_rest (&self->end);
}

void
q_screen_call_explain (const QScreenCall *self, GError **error)
{
  if (error == NULL || *error == NULL)
    return;

  if (g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) && self->limit >= 0)
    g_prefix_error (error, "%s: not done within %d ms: ", self->name, self->limit);
  else
    g_prefix_error (error, "%s: ", self->name);
}

void
q_screen_call_add_words (GError *error, const char *format, ...)
{
  g_autofree char *message = g_steal_pointer (&error->message);
  g_autofree char *words = NULL;
  va_list args;

  va_start (args, format);
  words = g_strdup_vprintf (format, args);
  va_end (args);
  error->message = g_strconcat (message, words, NULL);
}

char *
q_screen_call_command (QScreenCall *self, const char *command, const char *arguments, int fd,
                       GError **error)
{
  int left = q_screen_call_get_left (self);
  char *reply;

  if (fd >= 0)
    reply = q_machine_command_json_with_fd (self->machine, command, arguments, fd, left,
                                            self->cancellable, error);
  else
    reply
      = q_machine_command_json (self->machine, command, arguments, left, self->cancellable, error);
  if (reply == NULL)
    q_screen_call_explain (self, error);

  return reply;
}

/* -- cleaning up -- */

/* Behind a descriptor that QEMU has not taken yet nothing is sent. What has to be done then is done
 * by a thread when a QEMU that hangs goes on. It holds no reference to the machine, so that the end
 * of that ends the monitor and the thread. */

#define MAX_LATE 256

typedef struct
{
  gatomicrefcount ref_count;
  QMonitor *monitor;
  GMutex lock;
  GQueue commands; /* each a name, and behind its NUL the arguments */
  gboolean working;
} LateCommands;

static void
late_commands_unref (gpointer data)
{
  LateCommands *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_queue_clear_full (&self->commands, g_free);
  g_mutex_clear (&self->lock);
  g_object_unref (self->monitor);
  g_free (self);
}

static char *
pop_late (LateCommands *self)
{
  char *command;

  g_mutex_lock (&self->lock);
  command = g_queue_pop_head (&self->commands);
  self->working = command != NULL;
  g_mutex_unlock (&self->lock);

  return command;
}

static gpointer
late_thread (gpointer data)
{
  LateCommands *self = data;
  char *command;

  while ((command = pop_late (self)) != NULL)
    {
      g_free (q_monitor_command_json (self->monitor, command, command + strlen (command) + 1,
                                      Q_MONITOR_FLAGS_NONE, -1, NULL, NULL));
      g_free (command);
    }
  late_commands_unref (self);

  return NULL;
}

/* Those of the monitor that the machine has now; NULL without one. */
static LateCommands *
ref_late (QMachine *machine)
{
  static GMutex lock;
  g_autoptr (QMonitor) monitor = q_machine_dup_monitor (machine);
  LateCommands *self;

  if (monitor == NULL)
    return NULL;

  g_mutex_lock (&lock);
  self = g_object_get_data (G_OBJECT (machine), "qmachine-late-commands");
  if (self == NULL || self->monitor != monitor)
    {
      self = g_new0 (LateCommands, 1);
      g_atomic_ref_count_init (&self->ref_count);
      g_mutex_init (&self->lock);
      self->monitor = g_object_ref (monitor);
      g_object_set_data_full (G_OBJECT (machine), "qmachine-late-commands", self,
                              late_commands_unref);
    }
  g_atomic_ref_count_inc (&self->ref_count);
  g_mutex_unlock (&lock);

  return self;
}

static void
do_late (QMachine *machine, const char *command, const char *arguments)
{
  LateCommands *self = ref_late (machine);
  GString *both;
  gboolean start;

  if (self == NULL)
    return;

  both = g_string_new (command);
  g_string_append_c (both, '\0');
  g_string_append (both, arguments);

  g_mutex_lock (&self->lock);
  if (self->commands.length >= MAX_LATE)
    g_free (g_queue_pop_head (&self->commands));
  g_queue_push_tail (&self->commands, g_string_free (both, FALSE));
  start = !self->working;
  self->working = TRUE;
  g_mutex_unlock (&self->lock);

  if (start)
    g_thread_unref (g_thread_new ("qmachine-late", late_thread, self));
  else
    late_commands_unref (self);
}

char *
q_screen_call_clean_up (QScreenCall *self, const char *command, const char *arguments)
{
  g_autoptr (GError) error = NULL;
  char *reply
    = q_machine_command_json (self->machine, command, arguments, CLEAN_UP_MS, NULL, &error);

  /* Also where a Ctrl-C ended the wait: it must not be left undone. */
  if (error != NULL && error->domain == G_IO_ERROR && arguments != NULL)
    do_late (self->machine, command, arguments);
  return reply;
}

static gboolean
set_cancelled (QScreenCall *self, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s: cancelled", self->name);
  return FALSE;
}

gboolean
q_screen_call_pause (QScreenCall *self, guint milliseconds, GError **error)
{
  QTimeLimit pause = q_time_limit_begin ((int)milliseconds);
  gboolean watched = q_interrupt_is_watched ();
  gboolean interrupted = FALSE;
  GPollFD fd = { .fd = -1 };
  gboolean polled;

  if (self->end.end >= 0 && pause.end > self->end.end)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "%s: not done within %d ms", self->name,
                   self->limit);
      return FALSE;
    }

  polled = g_cancellable_make_pollfd (self->cancellable, &fd);
  while (!interrupted && !g_cancellable_is_cancelled (self->cancellable))
    {
      int left = q_time_limit_get_rest (&pause);

      if (left == 0)
        break;
      g_poll (&fd, polled ? 1 : 0, watched ? MIN (left, Q_INTERRUPT_MS) : left);
      interrupted = watched && q_interrupt_check ();
    }
  if (polled)
    g_cancellable_release_fd (self->cancellable);

  if (interrupted || g_cancellable_is_cancelled (self->cancellable))
    return set_cancelled (self, error);
  return TRUE;
}
