/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/port-private.h"

#include <string.h>
#include <unistd.h>

#include "q-error.h"

struct _QPort
{
  gatomicrefcount ref_count;
  char *name; /* NULL for one that no machine has */
  QDispatcher *dispatcher;
  QChanges *changes;
  const QPortObserver *observer; /* nullable */
  gpointer observer_data;

  GMutex lock;       /* guards what follows, up to the empty line */
  GIOStream *stream; /* of the launch that runs; NULL with an observer */
  gboolean open;

  /* I/O thread only. */
  QPlug *plug; /* the launch's; NULL without one */
  gboolean is_connected;
  gboolean has_monitor;
  gboolean is_known; /* whether it is open */
  GQueue waiters;    /* of QOperation */
};

QPort *
q_port_new (const char *name, QDispatcher *dispatcher)
{
  QPort *self = g_new0 (QPort, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->name = g_strdup (name);
  self->dispatcher = q_dispatcher_ref (dispatcher);
  self->changes = q_changes_new (dispatcher, self);
  g_mutex_init (&self->lock);
  g_queue_init (&self->waiters);

  return self;
}

QPort *
q_port_ref (QPort *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
q_port_unref (QPort *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  /* One that takes part in a launch is referenced by it. */
  g_assert (self->plug == NULL && self->stream == NULL);

  if (self->observer != NULL)
    self->observer->unref (self->observer_data);
  q_changes_unref (self->changes);
  q_dispatcher_unref (self->dispatcher);
  g_mutex_clear (&self->lock);
  g_free (self->name);
  g_free (self);
}

void
q_port_set_target (QPort *self, GObject *target, QChangesFunc changed)
{
  q_changes_set_target (self->changes, target, changed);
}

void
q_port_set_observer (QPort *self, const QPortObserver *observer, gpointer user_data)
{
  self->observer = observer;
  self->observer_data = user_data;
}

gboolean
q_port_has_observer (QPort *self)
{
  return self->observer != NULL;
}

const char *
q_port_get_name (QPort *self)
{
  return self->name;
}

QDispatcher *
q_port_get_dispatcher (QPort *self)
{
  return self->dispatcher;
}

GIOStream *
q_port_dup_stream (QPort *self)
{
  GIOStream *stream = NULL;

  g_mutex_lock (&self->lock);
  g_set_object (&stream, self->stream);
  g_mutex_unlock (&self->lock);

  return stream;
}

gboolean
q_port_get_open (QPort *self)
{
  gboolean open;

  g_mutex_lock (&self->lock);
  open = self->open;
  g_mutex_unlock (&self->lock);

  return open;
}

/* -- a launch -- */

gboolean
q_port_prepare (QPort *self, guint number, QLaunchParts *parts, GError **error)
{
  g_autofree char *what = g_strdup_printf ("the channel %s", self->name);
  g_autofree char *where = NULL;
  g_autofree char *chardev = NULL;
  g_autofree char *device = NULL;

  self->plug = q_launch_parts_add_plug (parts, what, &where, error);
  if (self->plug == NULL)
    return FALSE;

  self->has_monitor = q_launch_parts_has_monitor (parts);
  chardev = g_strdup_printf ("socket,id=qmachine-channel%u,%s", number, where);
  device = g_strdup_printf ("virtserialport,bus=qmachine-channels.0,id=qmachine-channel%u,"
                            "chardev=qmachine-channel%u,name=%s",
                            number, number, self->name);
  q_launch_parts_add_args (parts,
                           (const char *const[]){ "-chardev", chardev, "-device", device, NULL });
  return TRUE;
}

void
q_port_connect (QPort *self)
{
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GIOStream) stream = NULL;
  int fd;

  if (self->is_connected || (fd = q_plug_take_fd (self->plug)) < 0)
    return;

  self->is_connected = TRUE;
  socket = g_socket_new_from_fd (fd, NULL);
  /* It is one of ours. */
  g_assert (socket != NULL);
  stream = G_IO_STREAM (g_socket_connection_factory_create_connection (socket));
  if (self->observer != NULL)
    {
      self->observer->connected (self->observer_data, stream);
      return;
    }

  g_mutex_lock (&self->lock);
  self->stream = g_steal_pointer (&stream);
  g_mutex_unlock (&self->lock);
  q_changes_post (self->changes, Q_PORT_CHANGE_STREAM);
}

void
q_port_set_open (QPort *self, gboolean open)
{
  QOperation *operation;
  gboolean changed;

  self->is_known = TRUE;
  g_mutex_lock (&self->lock);
  changed = self->open != open;
  self->open = open;
  g_mutex_unlock (&self->lock);

  if (self->observer != NULL)
    self->observer->changed (self->observer_data, open);
  if (!changed)
    return;

  q_changes_post (self->changes, Q_PORT_CHANGE_OPEN);
  while (open && (operation = g_queue_peek_head (&self->waiters)) != NULL)
    q_operation_return_true (operation);
}

void
q_port_learn_open (QPort *self, gboolean open)
{
  if (!self->is_known)
    q_port_set_open (self, open);
}

void
q_port_end (QPort *self, gboolean detached)
{
  g_autoptr (GIOStream) stream = NULL;
  QOperation *operation;
  gboolean was_open;

  self->plug = NULL;
  self->is_connected = FALSE;
  self->is_known = FALSE;
  if (self->observer != NULL)
    self->observer->ended (self->observer_data);

  g_mutex_lock (&self->lock);
  stream = g_steal_pointer (&self->stream);
  was_open = self->open;
  self->open = FALSE;
  g_mutex_unlock (&self->lock);

  if (stream != NULL)
    q_changes_post (self->changes, Q_PORT_CHANGE_STREAM);
  if (was_open)
    q_changes_post (self->changes, Q_PORT_CHANGE_OPEN);
  while ((operation = g_queue_peek_head (&self->waiters)) != NULL)
    q_operation_return_new_error (
      operation, Q_MACHINE_ERROR, detached ? Q_MACHINE_ERROR_NOT_RUNNING : Q_MACHINE_ERROR_EXITED,
      "%s: the guest has not opened the channel %s, and the machine %s",
      q_operation_get_name (operation), self->name, detached ? "was detached" : "has ended");
}

/* -- waiting -- */

void
q_port_wait_open (QOperation *operation)
{
  QPortWait *wait = q_operation_get_data (operation);
  QPort *self = wait->port;
  g_autofree char *what = NULL;

  if (self->plug == NULL)
    {
      q_operation_return_new_error (
        operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
        "%s: the machine of the channel %s is not running, or was launched before it was added",
        q_operation_get_name (operation), self->name != NULL ? self->name : "(none)");
      return;
    }
  if (!self->has_monitor)
    {
      q_operation_return_new_error (
        operation, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
        "%s: without a monitor nobody knows whether the guest has opened the channel %s",
        q_operation_get_name (operation), self->name);
      return;
    }
  if (q_port_get_open (self))
    {
      q_operation_return_true (operation);
      return;
    }

  what = g_strdup_printf ("the guest has not opened the channel %s", self->name);
  q_operation_set_timeout (operation, wait->timeout, what, NULL);
  q_operation_wait_in (operation, &self->waiters);
}
