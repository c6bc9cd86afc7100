/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helpers/helper-private.h"

#include "helpers/memory-private.h"
#include "q-error.h"

/* All helpers of a machine, as one feature of its launches. */

#define MAX_HELPERS 64

struct _QHelperSet
{
  gatomicrefcount ref_count;

  GMutex lock;        /* guards the next one */
  GPtrArray *helpers; /* of QHelperCore */

  /* I/O thread only. */
  GPtrArray *launched; /* those of the launch; NULL without one */
  QLaunch *launch;
  QLaunchSettling *awaiting;
  QLaunchSettling *leaving;
  guint n_leaving;
  gboolean is_ready; /* the launch is done */
};

QHelperSet *
q_helper_set_new (void)
{
  QHelperSet *self = g_new0 (QHelperSet, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->helpers = g_ptr_array_new_with_free_func ((GDestroyNotify)q_helper_core_unref);

  return self;
}

static gpointer
helper_set_ref (gpointer data)
{
  QHelperSet *self = data;

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
q_helper_set_unref (QHelperSet *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->launched == NULL);

  g_ptr_array_unref (self->helpers);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* With the lock held. */
static gboolean
has_name (QHelperSet *self, const char *name)
{
  for (guint i = 0; i < self->helpers->len; i++)
    if (g_str_equal (q_helper_core_get_name (self->helpers->pdata[i]), name))
      return TRUE;

  return FALSE;
}

gboolean
q_helper_set_add (QHelperSet *self, QHelperCore *core, GError **error)
{
  const char *name = q_helper_core_get_name (core);
  gboolean is_known;
  gboolean has_room;

  g_mutex_lock (&self->lock);
  is_known = has_name (self, name);
  has_room = self->helpers->len < MAX_HELPERS;
  if (!is_known && has_room)
    g_ptr_array_add (self->helpers, q_helper_core_ref (core));
  g_mutex_unlock (&self->lock);

  if (is_known)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "add_helper: the machine has a helper %s already", name);
  else if (!has_room)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "add_helper: %s: a machine has no more than %d helpers", name, MAX_HELPERS);
  return !is_known && has_room;
}

/* -- what becomes of them -- */

/* Takes over the error. */
static void
end_awaiting (QHelperSet *self, GError *error)
{
  QLaunchSettling *awaiting = g_steal_pointer (&self->awaiting);

  if (awaiting != NULL)
    q_launch_settling_end (awaiting, error);
  else
    g_clear_error (&error);
}

static void
ready_cb (gpointer data)
{
  QHelperSet *self = data;

  for (guint i = 0; i < self->launched->len; i++)
    if (!q_helper_core_is_ready (self->launched->pdata[i]))
      return;

  end_awaiting (self, NULL);
}

static void
failed_cb (gpointer data, GError *error)
{
  QHelperSet *self = data;

  /* It may be the end of all of them, and so of the one that says it. */
  q_launch_fail_if_under_way (self->launch, error);
}

static void
died_cb (gpointer data, QHelperCore *core)
{
  QHelperSet *self = data;

  if (self->is_ready)
    q_helper_core_tell_death (core);
  else
    q_launch_fail_if_under_way (self->launch, q_helper_core_describe_end (core));
}

static void
gone_cb (gpointer data)
{
  QHelperSet *self = data;

  self->n_leaving--;
  if (self->n_leaving == 0)
    q_launch_settling_end (g_steal_pointer (&self->leaving), NULL);
}

static const QHelperObserver observer = {
  .ready = ready_cb,
  .failed = failed_cb,
  .died = died_cb,
  .gone = gone_cb,
};

/* -- a launch -- */

static void
end_all (QHelperSet *self)
{
  g_autoptr (GPtrArray) launched = g_steal_pointer (&self->launched);

  for (guint i = 0; i < launched->len; i++)
    q_helper_core_end (launched->pdata[i]);
  self->launch = NULL;
}

static gboolean
prepare_all (QHelperSet *self, QLaunchParts *parts, GError **error)
{
  g_autoptr (GPtrArray) helpers = NULL;
  gboolean shares_memory = FALSE;

  g_mutex_lock (&self->lock);
  helpers = g_ptr_array_copy (self->helpers, (GCopyFunc)(void (*) (void))q_helper_core_ref, NULL);
  g_mutex_unlock (&self->lock);
  g_ptr_array_set_free_func (helpers, (GDestroyNotify)q_helper_core_unref);

  for (guint i = 0; i < helpers->len; i++)
    {
      if (!q_helper_core_prepare (helpers->pdata[i], i, parts, error))
        return FALSE;
      g_ptr_array_add (self->launched, q_helper_core_ref (helpers->pdata[i]));
      shares_memory = shares_memory || q_helper_core_shares_memory (helpers->pdata[i]);
    }

  q_launch_parts_keep_run_dir (parts);
  return !shares_memory || q_helper_add_shared_memory (parts, error);
}

static gboolean
helper_set_prepare (gpointer data, QLaunchParts *parts, GError **error)
{
  QHelperSet *self = data;

  self->launch = q_launch_parts_get_launch (parts);
  self->launched = g_ptr_array_new_with_free_func ((GDestroyNotify)q_helper_core_unref);
  self->is_ready = FALSE;
  if (prepare_all (self, parts, error))
    return TRUE;

  end_all (self);
  return FALSE;
}

static void
helper_set_await (gpointer data, QLaunchSettling *settling)
{
  QHelperSet *self = data;
  GError *error = NULL;

  self->awaiting = settling;
  for (guint i = 0; i < self->launched->len; i++)
    if (!q_helper_core_start (self->launched->pdata[i], &observer, self, &error))
      {
        g_autoptr (GError) reason = error;

        end_awaiting (self, g_error_new_literal (Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                                                 reason->message));
        return;
      }

  ready_cb (self);
}

static void
helper_set_started (gpointer data)
{
  QHelperSet *self = data;

  for (guint i = 0; i < self->launched->len; i++)
    q_helper_core_begin_limit (self->launched->pdata[i]);
}

static void
end_limits (QHelperSet *self)
{
  for (guint i = 0; i < self->launched->len; i++)
    q_helper_core_end_limit (self->launched->pdata[i]);
}

static void
helper_set_arrive (gpointer data, QLaunchSettling *settling)
{
  end_limits (data);
  q_launch_settling_end (settling, NULL);
}

/* One that has died since then may not have been missed yet. */
static void
helper_set_settle (gpointer data, QLaunchSettling *settling)
{
  QHelperSet *self = data;

  for (guint i = 0; i < self->launched->len; i++)
    {
      GError *error = q_helper_core_describe_end (self->launched->pdata[i]);

      if (error != NULL)
        q_launch_fail_if_under_way (self->launch, error);
    }
  q_launch_settling_end (settling, NULL);
}

static void
helper_set_ready (gpointer data)
{
  QHelperSet *self = data;

  self->is_ready = TRUE;
  end_limits (self);
}

/* Programs that serve one client end with QEMU, which may take its time. */
static void
helper_set_event (gpointer data, QEventRecord *event)
{
  QHelperSet *self = data;
  const char *name = q_event_record_get_name (event);

  if (!g_str_equal (name, "SHUTDOWN") && !g_str_equal (name, "RESUME"))
    return;

  for (guint i = 0; i < self->launched->len; i++)
    q_helper_core_expect_end (self->launched->pdata[i], g_str_equal (name, "SHUTDOWN"));
}

static char *
helper_set_explain (gpointer data)
{
  QHelperSet *self = data;
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->launched->len; i++)
    {
      g_autofree char *words = q_helper_core_explain (self->launched->pdata[i]);

      if (words != NULL)
        g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", words);
    }

  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

static void
helper_set_leave (gpointer data, QLaunchSettling *settling)
{
  QHelperSet *self = data;

  end_awaiting (self, NULL);
  self->leaving = settling;
  self->n_leaving = 1; /* until all have been told */
  for (guint i = 0; i < self->launched->len; i++)
    if (q_helper_core_stop (self->launched->pdata[i]))
      self->n_leaving++;
  gone_cb (self);
}

static void
helper_set_ended (gpointer data, gboolean detached)
{
  end_all (data);
}

const QLaunchHook q_helper_set_hook = {
  .ref = helper_set_ref,
  .unref = (void (*) (gpointer))q_helper_set_unref,
  .prepare = helper_set_prepare,
  .await = helper_set_await,
  .started = helper_set_started,
  .arrive = helper_set_arrive,
  .settle = helper_set_settle,
  .ready = helper_set_ready,
  .event = helper_set_event,
  .explain = helper_set_explain,
  .leave = helper_set_leave,
  .ended = helper_set_ended,
};
