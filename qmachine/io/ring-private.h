/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* A queue of pointers in one block, for what comes by the hundred thousand: a node of a list would
 * be allocated and freed for each. All zero is an empty one. */
typedef struct
{
  gpointer *items;
  guint size; /* a power of two, or 0 */
  guint head;
  guint length;
} QRing;

void q_ring_grow (QRing *self);

/* Leaves it empty. */
void q_ring_clear (QRing *self, GDestroyNotify free_item);

/* Those behind it move up. */
gpointer q_ring_remove_nth (QRing *self, guint n);

static inline gpointer *
q_ring_get_place (QRing *self, guint n)
{
  return &self->items[(self->head + n) & (self->size - 1)];
}

static inline void
q_ring_push (QRing *self, gpointer item)
{
  if (self->length == self->size)
    q_ring_grow (self);
  *q_ring_get_place (self, self->length++) = item;
}

static inline void
q_ring_push_first (QRing *self, gpointer item)
{
  if (self->length == self->size)
    q_ring_grow (self);
  self->head--;
  self->length++;
  *q_ring_get_place (self, 0) = item;
}

static inline gpointer
q_ring_peek_nth (QRing *self, guint n)
{
  return *q_ring_get_place (self, n);
}

/* There must be one. */
static inline gpointer
q_ring_pop (QRing *self)
{
  gpointer item = q_ring_peek_nth (self, 0);

  self->head++;
  self->length--;
  return item;
}
