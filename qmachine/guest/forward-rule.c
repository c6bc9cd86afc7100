/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/forward-rule-private.h"

struct _QForwardRule
{
  gatomicrefcount ref_count;
  QForwardSpec spec;
  int port; /* atomic */
  QDispatcher *dispatcher;
  GWeakRef target;
  void (*changed) (GObject *target);
};

QForwardRule *
q_forward_rule_new (const QForwardSpec *spec, QDispatcher *dispatcher)
{
  QForwardRule *self = g_new0 (QForwardRule, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->spec = *spec;
  self->spec.host_address = g_strdup (spec->host_address);
  self->spec.netdev = g_strdup (spec->netdev);
  self->dispatcher = q_dispatcher_ref (dispatcher);
  g_weak_ref_init (&self->target, NULL);

  return self;
}

QForwardRule *
q_forward_rule_ref (QForwardRule *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
q_forward_rule_unref (gpointer data)
{
  QForwardRule *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_free (self->spec.host_address);
  g_free (self->spec.netdev);
  q_dispatcher_unref (self->dispatcher);
  g_weak_ref_clear (&self->target);
  g_free (self);
}

void
q_forward_rule_set_target (QForwardRule *self, GObject *target, void (*changed) (GObject *target))
{
  self->changed = changed;
  q_dispatcher_add_owner (self->dispatcher);
  g_weak_ref_set (&self->target, target);
}

void
q_forward_rule_drop_target (QForwardRule *self)
{
  g_weak_ref_set (&self->target, NULL);
  q_dispatcher_forget (self->dispatcher, self, FALSE);
  q_dispatcher_remove_owner (self->dispatcher);
}

const QForwardSpec *
q_forward_rule_get_spec (QForwardRule *self)
{
  return &self->spec;
}

guint
q_forward_rule_get_port (QForwardRule *self)
{
  return g_atomic_int_get (&self->port);
}

static void
deliver_change (gpointer data)
{
  g_autoptr (QForwardRule) self = data;
  g_autoptr (GObject) target = g_weak_ref_get (&self->target);

  if (target != NULL)
    self->changed (target);
}

void
q_forward_rule_set_port (QForwardRule *self, guint port)
{
  if ((guint)g_atomic_int_exchange (&self->port, port) == port)
    return;

  q_dispatcher_post (self->dispatcher, deliver_change, q_forward_rule_ref (self),
                     q_forward_rule_unref, self);
}

static const char *
get_protocol (QForwardRule *self, const char *tcp, const char *udp)
{
  return self->spec.protocol == Q_FORWARD_PROTOCOL_UDP ? udp : tcp;
}

char *
q_forward_rule_describe (QForwardRule *self)
{
  guint port = q_forward_rule_get_port (self);
  const char *protocol = get_protocol (self, "TCP", "UDP");

  if (port == 0)
    port = self->spec.wanted_port;
  if (port == 0)
    return g_strdup_printf ("the forward from %s to %s port %u", self->spec.host_address, protocol,
                            self->spec.guest_port);
  return g_strdup_printf ("the forward from %s:%u to %s port %u", self->spec.host_address, port,
                          protocol, self->spec.guest_port);
}

char *
q_forward_rule_format_add (QForwardRule *self)
{
  return g_strdup_printf ("hostfwd_add %s %s:%s:%u-:%u", self->spec.netdev,
                          get_protocol (self, "tcp", "udp"), self->spec.host_address,
                          self->spec.wanted_port, self->spec.guest_port);
}

char *
q_forward_rule_format_remove (QForwardRule *self, guint port)
{
  return g_strdup_printf ("hostfwd_remove %s %s:%s:%u", self->spec.netdev,
                          get_protocol (self, "tcp", "udp"), self->spec.host_address, port);
}

/* QEMU writes a star for all addresses. */
static const char *
get_address (const QUsernetRow *row)
{
  return g_str_equal (row->source, "*") ? "0.0.0.0" : row->source;
}

static gboolean
is_same_place (const QUsernetRow *one, const QUsernetRow *other)
{
  return one->udp == other->udp && one->source_port == other->source_port
         && g_str_equal (one->source, other->source) && g_strcmp0 (one->netdev, other->netdev) == 0;
}

static gboolean
is_listed (GPtrArray *rows, const QUsernetRow *row)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const QUsernetRow *each = g_ptr_array_index (rows, i);

      if (q_usernet_row_is_forward (each) && is_same_place (each, row))
        return TRUE;
    }

  return FALSE;
}

static gboolean
matches (QForwardRule *self, const QUsernetRow *row)
{
  return q_usernet_row_is_forward (row)
         && row->udp == (self->spec.protocol == Q_FORWARD_PROTOCOL_UDP)
         && row->dest_port == self->spec.guest_port && row->source_port != 0
         && g_str_equal (get_address (row), self->spec.host_address)
         && (row->netdev == NULL || g_str_equal (row->netdev, self->spec.netdev));
}

QUsernetRow *
q_forward_rule_find (QForwardRule *self, GPtrArray *before, GPtrArray *rows, GHashTable *used)
{
  for (guint i = 0; i < rows->len; i++)
    {
      QUsernetRow *row = g_ptr_array_index (rows, i);

      if (matches (self, row)
          && (self->spec.wanted_port == 0 || self->spec.wanted_port == row->source_port)
          && !is_listed (before, row) && (used == NULL || !g_hash_table_contains (used, row)))
        return row;
    }

  return NULL;
}

gboolean
q_forward_rule_is_listed (QForwardRule *self, GPtrArray *rows, guint port)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const QUsernetRow *row = g_ptr_array_index (rows, i);

      if (matches (self, row) && row->source_port == port)
        return TRUE;
    }

  return FALSE;
}
