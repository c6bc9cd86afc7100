/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state-private.h"

#include <string.h>

#include "process/process-private.h"
#include "q-enum-types.h"

/* A program that launches again and again and never turns its context is not interested. */
#define MAX_EXITED_PENDING 64

#define MAX_PENDING_LOG (1024 * 1024)
#define MAX_PENDING_LOG_LINES 4096

struct _QLaunchState
{
  gatomicrefcount ref_count;
  QDispatcher *dispatcher;
  const QLaunchSignals *signals;
  GWeakRef target; /* of the signals */
  QChanges *changes;

  GMutex lock; /* guards what follows, up to the empty line */
  QMachineState state;
  gint64 pid;
  QSession *session;
  int command_timeout; /* of sessions, ms */
  GSocketAddress *listen_address;
  QRunState run_state;
  char *run_state_name; /* QEMU's word for it */
  QExitKind exit_kind;
  int exit_code;
  char *shutdown_reason;
  QLog *log;
  GStrv command_line;
  char *run_dir;
  guint n_exited_pending; /* posted and not emitted */

  /* I/O thread only. */
  QLaunch *launch;
  GPtrArray *queues; /* of QEventQueue, owned: those of listeners to the next launch */
};

QLaunchState *
q_launch_state_new (GObject *target, QDispatcher *dispatcher, const QLaunchSignals *signals)
{
  QLaunchState *self = g_new0 (QLaunchState, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->dispatcher = q_dispatcher_ref (dispatcher);
  self->signals = signals;
  g_weak_ref_init (&self->target, target);
  self->changes = q_changes_new (dispatcher, self);
  q_changes_set_target (self->changes, target, signals->changed);
  g_mutex_init (&self->lock);
  self->command_timeout = -1;
  self->queues = q_event_queues_new ();

  return self;
}

QLaunchState *
q_launch_state_ref (QLaunchState *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
q_launch_state_unref (QLaunchState *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->session, q_session_unref);
  g_clear_pointer (&self->queues, g_ptr_array_unref);
  g_clear_object (&self->listen_address);
  g_clear_pointer (&self->log, q_log_unref);
  g_clear_pointer (&self->command_line, g_strfreev);
  g_free (self->run_state_name);
  g_free (self->shutdown_reason);
  g_free (self->run_dir);
  g_weak_ref_clear (&self->target);
  q_changes_unref (self->changes);
  g_clear_pointer (&self->dispatcher, q_dispatcher_unref);
  g_mutex_clear (&self->lock);
  g_free (self);
}

QDispatcher *
q_launch_state_get_dispatcher (QLaunchState *self)
{
  return self->dispatcher;
}

const QLaunchSignals *
q_launch_state_get_signals (QLaunchState *self)
{
  return self->signals;
}

/* -- reading -- */

#define LOCKED_GETTER(Type, name, expression)                                                      \
  Type q_launch_state_##name (QLaunchState *self)                                                  \
  {                                                                                                \
    Type value;                                                                                    \
                                                                                                   \
    g_mutex_lock (&self->lock);                                                                    \
    value = (expression);                                                                          \
    g_mutex_unlock (&self->lock);                                                                  \
                                                                                                   \
    return value;                                                                                  \
  }

LOCKED_GETTER (QMachineState, get_state, self->state)
LOCKED_GETTER (gint64, get_pid, self->pid)
LOCKED_GETTER (QRunState, get_run_state, self->run_state)
LOCKED_GETTER (QExitKind, get_exit_kind, self->exit_kind)
LOCKED_GETTER (int, get_exit_code, self->exit_code)
LOCKED_GETTER (char *, dup_run_state_name, g_strdup (self->run_state_name))
LOCKED_GETTER (char *, dup_shutdown_reason, g_strdup (self->shutdown_reason))
LOCKED_GETTER (GStrv, dup_command_line, g_strdupv (self->command_line))
LOCKED_GETTER (char *, dup_run_dir, g_strdup (self->run_dir))
LOCKED_GETTER (QLog *, dup_log, self->log != NULL ? q_log_ref (self->log) : NULL)
LOCKED_GETTER (GSocketAddress *, dup_listen_address,
               self->listen_address != NULL ? g_object_ref (self->listen_address) : NULL)
LOCKED_GETTER (QSession *, dup_session,
               self->session != NULL ? q_session_ref (self->session) : NULL)

char *
q_launch_state_describe_exit (QLaunchState *self)
{
  if (q_launch_state_get_exit_kind (self) == Q_EXIT_KIND_UNKNOWN)
    return g_strdup ("has ended, and how is not known, because its supervisor was killed");

  return q_process_describe_exit_code (q_launch_state_get_exit_code (self));
}

/* -- writing -- */

void
q_launch_state_post_changes (QLaunchState *self, QLaunchChanges changes)
{
  q_changes_post (self->changes, changes);
}

void
q_launch_state_reset (QLaunchState *self)
{
  g_autoptr (QSession) old_session = NULL;
  g_autoptr (QLog) old_log = NULL;
  g_autoptr (GSocketAddress) old_address = NULL;
  QLaunchChanges changes = 0;

  g_mutex_lock (&self->lock);
  if (self->session != NULL)
    changes |= Q_LAUNCH_CHANGE_MONITOR;
  if (self->listen_address != NULL)
    changes |= Q_LAUNCH_CHANGE_LISTEN_ADDRESS;
  if (self->exit_kind != Q_EXIT_KIND_NONE)
    changes |= Q_LAUNCH_CHANGE_EXIT;
  if (self->run_state_name != NULL)
    changes |= Q_LAUNCH_CHANGE_RUN_STATE;
  if (self->shutdown_reason != NULL)
    changes |= Q_LAUNCH_CHANGE_SHUTDOWN_REASON;
  if (self->command_line != NULL)
    changes |= Q_LAUNCH_CHANGE_COMMAND_LINE;

  old_session = g_steal_pointer (&self->session);
  old_log = g_steal_pointer (&self->log);
  old_address = g_steal_pointer (&self->listen_address);
  self->exit_kind = Q_EXIT_KIND_NONE;
  self->exit_code = 0;
  self->run_state = Q_RUN_STATE_UNKNOWN;
  g_clear_pointer (&self->run_state_name, g_free);
  g_clear_pointer (&self->shutdown_reason, g_free);
  g_clear_pointer (&self->command_line, g_strfreev);
  g_mutex_unlock (&self->lock);

  if (changes != 0)
    q_launch_state_post_changes (self, changes);
}

void
q_launch_state_set_state (QLaunchState *self, QMachineState state)
{
  QLaunchChanges changes = Q_LAUNCH_CHANGE_STATE;

  g_mutex_lock (&self->lock);
  if ((self->state == Q_MACHINE_STATE_STOPPED) != (state == Q_MACHINE_STATE_STOPPED))
    changes |= Q_LAUNCH_CHANGE_RUNNING;
  self->state = state;
  g_mutex_unlock (&self->lock);

  q_launch_state_post_changes (self, changes);
}

void
q_launch_state_set_pid (QLaunchState *self, gint64 pid)
{
  g_mutex_lock (&self->lock);
  self->pid = pid;
  g_mutex_unlock (&self->lock);

  q_launch_state_post_changes (self, Q_LAUNCH_CHANGE_PID);
}

void
q_launch_state_set_listen_address (QLaunchState *self, GSocketAddress *address)
{
  g_autoptr (GSocketAddress) old = NULL;

  g_mutex_lock (&self->lock);
  old = g_steal_pointer (&self->listen_address);
  self->listen_address = g_object_ref (address);
  g_mutex_unlock (&self->lock);

  q_launch_state_post_changes (self, Q_LAUNCH_CHANGE_LISTEN_ADDRESS);
}

void
q_launch_state_set_session (QLaunchState *self, QSession *session)
{
  g_mutex_lock (&self->lock);
  g_assert (self->session == NULL);
  self->session = q_session_ref (session);
  q_session_set_command_timeout (session, self->command_timeout);
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < self->queues->len; i++)
    q_session_add_queue (session, g_ptr_array_index (self->queues, i));
  g_ptr_array_set_size (self->queues, 0);
  q_launch_state_post_changes (self, Q_LAUNCH_CHANGE_MONITOR);
}

void
q_launch_state_add_queue (QLaunchState *self, QEventQueue *queue)
{
  q_event_queues_forget_closed (self->queues);
  /* Only this thread changes it. */
  if (self->launch != NULL && self->session != NULL && q_session_has_events (self->session))
    q_session_add_queue (self->session, queue);
  else
    g_ptr_array_add (self->queues, q_event_queue_ref (queue));
}

void
q_launch_state_take_queues (QLaunchState *self, QSession *session)
{
  g_ptr_array_extend_and_steal (self->queues, q_session_steal_queues (session));
}

void
q_launch_state_set_command_timeout (QLaunchState *self, int milliseconds)
{
  g_mutex_lock (&self->lock);
  self->command_timeout = milliseconds;
  if (self->session != NULL)
    q_session_set_command_timeout (self->session, milliseconds);
  g_mutex_unlock (&self->lock);
}

static QRunState
run_state_from_name (const char *name)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (Q_TYPE_RUN_STATE);
  GEnumValue *value = g_enum_get_value_by_nick (klass, name);

  return value != NULL ? (QRunState)value->value : Q_RUN_STATE_UNKNOWN;
}

void
q_launch_state_set_run_state (QLaunchState *self, const char *name)
{
  QRunState run_state = name != NULL ? run_state_from_name (name) : Q_RUN_STATE_UNKNOWN;
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = g_strcmp0 (self->run_state_name, name) != 0;
  self->run_state = run_state;
  if (changed)
    {
      g_free (self->run_state_name);
      self->run_state_name = g_strdup (name);
    }
  g_mutex_unlock (&self->lock);

  if (changed)
    q_launch_state_post_changes (self, Q_LAUNCH_CHANGE_RUN_STATE);
}

void
q_launch_state_set_exit (QLaunchState *self, QExitKind kind, int exit_code)
{
  g_mutex_lock (&self->lock);
  self->exit_kind = kind;
  self->exit_code = exit_code;
  g_mutex_unlock (&self->lock);

  q_launch_state_post_changes (self, Q_LAUNCH_CHANGE_EXIT);
}

void
q_launch_state_set_shutdown_reason (QLaunchState *self, const char *reason)
{
  g_mutex_lock (&self->lock);
  g_free (self->shutdown_reason);
  self->shutdown_reason = g_strdup (reason);
  g_mutex_unlock (&self->lock);

  q_launch_state_post_changes (self, Q_LAUNCH_CHANGE_SHUTDOWN_REASON);
}

void
q_launch_state_set_log (QLaunchState *self, QLog *log)
{
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->log, q_log_unref);
  self->log = q_log_ref (log);
  g_mutex_unlock (&self->lock);
}

void
q_launch_state_set_command_line (QLaunchState *self, GStrv argv)
{
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->command_line, g_strfreev);
  self->command_line = g_strdupv (argv);
  g_mutex_unlock (&self->lock);

  q_launch_state_post_changes (self, Q_LAUNCH_CHANGE_COMMAND_LINE);
}

void
q_launch_state_set_run_dir (QLaunchState *self, const char *path)
{
  g_mutex_lock (&self->lock);
  g_free (self->run_dir);
  self->run_dir = g_strdup (path);
  g_mutex_unlock (&self->lock);

  q_launch_state_post_changes (self, Q_LAUNCH_CHANGE_RUN_DIR);
}

static void
deliver_exited (gpointer data)
{
  g_autoptr (QLaunchState) self = data;
  g_autoptr (GObject) target = g_weak_ref_get (&self->target);

  g_mutex_lock (&self->lock);
  self->n_exited_pending--;
  g_mutex_unlock (&self->lock);

  if (target != NULL)
    self->signals->exited (target);
}

void
q_launch_state_post_exited (QLaunchState *self)
{
  gboolean too_many;

  g_mutex_lock (&self->lock);
  too_many = self->n_exited_pending >= MAX_EXITED_PENDING;
  if (!too_many)
    self->n_exited_pending++;
  g_mutex_unlock (&self->lock);

  if (!too_many)
    q_dispatcher_post (self->dispatcher, deliver_exited, q_launch_state_ref (self),
                       (GDestroyNotify)q_launch_state_unref, self);
}

static void
deliver_log_line (gpointer state, gpointer line)
{
  QLaunchState *self = state;
  g_autoptr (GObject) target = g_weak_ref_get (&self->target);

  if (target != NULL)
    self->signals->log_line (target, line);
}

static gsize
get_line_size (gpointer line)
{
  return strlen (line);
}

static const QDispatcherEventClass log_line_class = {
  .deliver = deliver_log_line,
  .free_event = g_free,
  .get_size = get_line_size,
  .max_bytes = MAX_PENDING_LOG,
  .ref_target = (gpointer (*) (gpointer))q_launch_state_ref,
  .unref_target = (void (*) (gpointer))q_launch_state_unref,
};

void
q_launch_state_post_log_line (QLaunchState *self, char *line)
{
  q_dispatcher_post_event (self->dispatcher, &log_line_class, self, line, MAX_PENDING_LOG_LINES);
}

void
q_launch_state_deliver_qtest_irq (QLaunchState *self, guint irq, gboolean raised)
{
  g_autoptr (GObject) target = g_weak_ref_get (&self->target);

  if (target != NULL)
    self->signals->qtest_irq (target, irq, raised);
}

QLaunch *
q_launch_state_get_launch (QLaunchState *self)
{
  return self->launch;
}

void
q_launch_state_set_launch (QLaunchState *self, QLaunch *launch)
{
  self->launch = launch;
}
