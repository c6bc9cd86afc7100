/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/port-private.h"

#include <string.h>

#include "q-error.h"
#include "wire/json-text-private.h"

/* All ports of a machine, which share one bus. */

/* What QEMU makes of a bus for which nobody says how many ports it has. */
#define DEFAULT_PORTS 31
/* For those that the program puts on the first bus that there is. */
#define SPARE_PORTS 16

struct _QPortSet
{
  gatomicrefcount ref_count;

  GMutex lock;      /* guards the next one */
  GPtrArray *ports; /* of QPort */

  GPtrArray *launched; /* those of the launch; I/O thread only, NULL without one */
};

QPortSet *
q_port_set_new (void)
{
  QPortSet *self = g_new0 (QPortSet, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->ports = g_ptr_array_new_with_free_func ((GDestroyNotify)q_port_unref);

  return self;
}

static gpointer
port_set_ref (gpointer data)
{
  QPortSet *self = data;

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
q_port_set_unref (QPortSet *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->launched == NULL);

  g_ptr_array_unref (self->ports);
  g_mutex_clear (&self->lock);
  g_free (self);
}

gboolean
q_port_check_name (const char *name, GError **error)
{
  const gsize length = strlen (name);
  gboolean good = length > 0 && length <= Q_PORT_MAX_NAME;

  /* Guests make a file of it, QEMU an option, and either a line of a log. */
  for (gsize i = 0; good && i < length; i++)
    good = g_ascii_isgraph (name[i]) && strchr (",/\\\"'", name[i]) == NULL;
  if (!good)
    {
      g_autofree char *shown = g_strescape (name, NULL);

      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "add_channel: \"%s\" is no name of a channel: that has 1 to %d characters of "
                   "ASCII, without blanks, commas, slashes and quotes",
                   shown, Q_PORT_MAX_NAME);
    }

  return good;
}

static QPort *
find_name (QPortSet *self, const char *name)
{
  for (guint i = 0; i < self->ports->len; i++)
    {
      QPort *port = g_ptr_array_index (self->ports, i);

      if (g_str_equal (q_port_get_name (port), name))
        return port;
    }

  return NULL;
}

gboolean
q_port_set_add (QPortSet *self, QPort *port, GError **error)
{
  const char *name = q_port_get_name (port);
  gboolean is_known;
  guint n_ports;

  g_mutex_lock (&self->lock);
  n_ports = self->ports->len;
  is_known = find_name (self, name) != NULL;
  if (!is_known && n_ports < Q_PORT_SET_MAX)
    g_ptr_array_add (self->ports, q_port_ref (port));
  g_mutex_unlock (&self->lock);

  if (is_known)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "add_channel: the machine has a channel %s already", name);
  else if (n_ports >= Q_PORT_SET_MAX)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "add_channel: %s: a machine has no more than %d channels", name, Q_PORT_SET_MAX);
  return !is_known && n_ports < Q_PORT_SET_MAX;
}

/* -- a launch -- */

static void
port_set_ended (gpointer data, gboolean detached)
{
  QPortSet *self = data;
  g_autoptr (GPtrArray) launched = g_steal_pointer (&self->launched);

  for (guint i = 0; i < launched->len; i++)
    q_port_end (g_ptr_array_index (launched, i), detached);
}

static gboolean
port_set_prepare (gpointer data, QLaunchParts *parts, GError **error)
{
  QPortSet *self = data;
  g_autofree char *bus = NULL;

  if (!q_launch_parts_has_guest (parts))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           "add_channel: a storage daemon has no such thing");
      return FALSE;
    }

  g_mutex_lock (&self->lock);
  self->launched = g_ptr_array_copy (self->ports, (GCopyFunc)(void (*) (void))q_port_ref, NULL);
  g_mutex_unlock (&self->lock);
  g_ptr_array_set_free_func (self->launched, (GDestroyNotify)q_port_unref);

  bus = g_strdup_printf ("virtio-serial,id=qmachine-channels,max_ports=%u",
                         MAX (self->launched->len + 1 + SPARE_PORTS, DEFAULT_PORTS));
  q_launch_parts_add_args (parts, (const char *const[]){ "-device", bus, NULL });
  for (guint i = 0; i < self->launched->len; i++)
    if (!q_port_prepare (g_ptr_array_index (self->launched, i), i, parts, error))
      {
        port_set_ended (self, FALSE);
        return FALSE;
      }

  return TRUE;
}

/* When it has begun, and when the monitor is ready: see q_launch_parts_add_plug (). */
static void
port_set_connect (gpointer data)
{
  QPortSet *self = data;

  for (guint i = 0; i < self->launched->len; i++)
    q_port_connect (g_ptr_array_index (self->launched, i));
}

static void
take_open (QPortSet *self, const char *id_value, const char *open_value,
           void (*take) (QPort *port, gboolean open))
{
  g_autofree char *id = q_json_read_string (id_value);
  gboolean open;

  if (id == NULL || !q_json_read_boolean (open_value, &open))
    return;

  for (guint i = 0; i < self->launched->len; i++)
    {
      g_autofree char *port_id = g_strdup_printf ("qmachine-channel%u", i);

      if (g_str_equal (id, port_id))
        take (g_ptr_array_index (self->launched, i), open);
    }
}

static void
port_set_event (gpointer data, QEventRecord *event)
{
  if (g_str_equal (q_event_record_get_name (event), "VSERPORT_CHANGE"))
    take_open (data, q_event_record_find_member (event, "id"),
               q_event_record_find_member (event, "open"), q_port_set_open);
}

/* There was no monitor for an event that came before. */
static void
port_set_answer (gpointer data, const char *value)
{
  QPortSet *self = data;
  const char *element;

  if (self->launched == NULL || *value != '[')
    return;

  while (q_json_next_element (&value, &element))
    if (*element == '{')
      take_open (self, q_json_find_member (element, "label"),
                 q_json_find_member (element, "frontend-open"), q_port_learn_open);
}

const QLaunchHook q_port_set_hook = {
  .ref = port_set_ref,
  .unref = (void (*) (gpointer))q_port_set_unref,
  .prepare = port_set_prepare,
  .started = port_set_connect,
  .ready = port_set_connect,
  .question = "query-chardev",
  .answer = port_set_answer,
  .event = port_set_event,
  .ended = port_set_ended,
};
