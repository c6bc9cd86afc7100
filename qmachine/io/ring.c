/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ring-private.h"

#define FIRST_SIZE 8

void
q_ring_grow (QRing *self)
{
  guint size = MAX (2 * self->size, FIRST_SIZE);
  gpointer *items = g_new (gpointer, size);

  for (guint i = 0; i < self->length; i++)
    items[i] = q_ring_peek_nth (self, i);
  g_free (self->items);
  self->items = items;
  self->size = size;
  self->head = 0;
}

void
q_ring_clear (QRing *self, GDestroyNotify free_item)
{
  while (self->length > 0)
    free_item (q_ring_pop (self));
  g_clear_pointer (&self->items, g_free);
  self->size = 0;
}

gpointer
q_ring_remove_nth (QRing *self, guint n)
{
  gpointer item = q_ring_peek_nth (self, n);

  for (guint i = n + 1; i < self->length; i++)
    *q_ring_get_place (self, i - 1) = q_ring_peek_nth (self, i);
  self->length--;
  return item;
}
