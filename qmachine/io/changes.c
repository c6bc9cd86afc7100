/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "changes-private.h"

struct _QChanges
{
  gatomicrefcount ref_count; /* what is on its way holds one, too */
  QDispatcher *dispatcher;
  gpointer tag;
  GWeakRef target;
  QChangesFunc func;
  guint unseen; /* atomic */
};

QChanges *
q_changes_new (QDispatcher *dispatcher, gpointer tag)
{
  QChanges *self = g_new0 (QChanges, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->dispatcher = q_dispatcher_ref (dispatcher);
  self->tag = tag;
  g_weak_ref_init (&self->target, NULL);

  return self;
}

void
q_changes_unref (QChanges *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_weak_ref_clear (&self->target);
  q_dispatcher_unref (self->dispatcher);
  g_free (self);
}

void
q_changes_set_target (QChanges *self, GObject *target, QChangesFunc func)
{
  g_weak_ref_set (&self->target, target);
  self->func = func;
}

static void
deliver (gpointer data)
{
  g_autoptr (QChanges) self = data;
  g_autoptr (GObject) target = g_weak_ref_get (&self->target);
  guint changes = g_atomic_int_and (&self->unseen, 0);

  if (target != NULL)
    self->func (target, changes);
}

void
q_changes_post (QChanges *self, guint changes)
{
  if (g_atomic_int_or (&self->unseen, changes) != 0)
    return;

  g_atomic_ref_count_inc (&self->ref_count);
  q_dispatcher_post (self->dispatcher, deliver, self, (GDestroyNotify)q_changes_unref, self->tag);
}
