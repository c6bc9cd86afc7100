/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/disk-plug-private.h"
#include "block/disks-private.h"
#include "block/q-disk-private.h"

#include <glib/gstdio.h>
#include <string.h>

#include "io/blocking-task-private.h"
#include "io/time-limit-private.h"
#include "q-machine-private.h"

/* The disks of a machine. They outlive it while a launch has them. */
typedef struct
{
  GMutex lock;         /* of all that follows */
  GPtrArray *specs;    /* of QDiskSpec: for the launches to come */
  GPtrArray *held;     /* of those of them that a call is about to change */
  GPtrArray *overlays; /* of char: those of this launch that are not in the run directory */
  GHashTable *files;   /* of char: the overlay of this launch, by the name of the disk */
  char *overlay_dir;   /* for all, where they are named after the disk */
  char *owner;         /* in those */
  gboolean keeps_overlays;
  gboolean is_daemon;
} Disks;

static void
disks_clear (gpointer data)
{
  Disks *self = data;

  g_ptr_array_unref (self->specs);
  g_ptr_array_unref (self->held);
  g_ptr_array_unref (self->overlays);
  g_hash_table_unref (self->files);
  g_free (self->overlay_dir);
  g_free (self->owner);
  g_mutex_clear (&self->lock);
}

static gpointer
disks_ref (gpointer data)
{
  return g_atomic_rc_box_acquire (data);
}

static void
disks_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, disks_clear);
}

/* -- a launch -- */

/* With the lock held. */
static void
keep_overlay (Disks *self, QDiskSpec *spec, char *path)
{
  g_hash_table_insert (self->files, g_strdup (spec->name), g_strdup (path));
  if (spec->overlay_dir != NULL || self->overlay_dir != NULL)
    g_ptr_array_add (self->overlays, path);
  else
    g_free (path);
}

/* With the lock held. */
static void
remove_overlays (Disks *self)
{
  for (guint i = 0; !self->keeps_overlays && i < self->overlays->len; i++)
    g_unlink (self->overlays->pdata[i]);
  g_ptr_array_set_size (self->overlays, 0);
}

/* With the lock held. */
static char *
make_overlay (Disks *self, QDiskSpec *spec, const char *run_dir, GError **error)
{
  return q_disk_spec_make_overlay (spec, self->overlay_dir, self->owner, run_dir, error);
}

static gboolean
prepare_disk (Disks *self, QDiskSpec *spec, QLaunchParts *parts, GError **error)
{
  g_autoptr (GError) reason = NULL;
  char *overlay = make_overlay (self, spec, q_launch_parts_get_run_dir (parts), &reason);
  g_autoptr (GPtrArray) nodes = NULL;
  g_autofree char *device = NULL;

  if (reason != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }

  nodes = q_disk_spec_describe_nodes (spec, overlay);
  for (guint i = 0; i < nodes->len; i++)
    q_launch_parts_add_args (
      parts,
      (const char *const[]){ self->is_daemon ? "--blockdev" : "-blockdev", nodes->pdata[i], NULL });
  device = self->is_daemon ? NULL : q_disk_spec_describe_device (spec);
  if (device != NULL)
    q_launch_parts_add_device (parts, device);
  if (overlay != NULL)
    keep_overlay (self, spec, overlay);

  return TRUE;
}

/* What lies over an overlay was of its launch, too. With the lock held. */
static void
drop_layers (Disks *self)
{
  for (guint i = 0; i < self->specs->len; i++)
    {
      QDiskSpec *spec = self->specs->pdata[i];

      if (!spec->overlay || spec->layers->len == 0)
        continue;
      self->specs->pdata[i] = q_disk_spec_copy (spec);
      g_ptr_array_set_size (((QDiskSpec *)self->specs->pdata[i])->layers, 0);
      q_disk_spec_unref (spec);
    }
}

static gboolean
prepare (gpointer data, QLaunchParts *parts, GError **error)
{
  Disks *self = data;
  gboolean good = TRUE;

  g_mutex_lock (&self->lock);
  /* Of a launch that was detached they stay. */
  g_ptr_array_set_size (self->overlays, 0);
  g_hash_table_remove_all (self->files);
  drop_layers (self);
  for (guint i = 0; good && i < self->specs->len; i++)
    good = prepare_disk (self, self->specs->pdata[i], parts, error);
  if (!good)
    remove_overlays (self);
  g_mutex_unlock (&self->lock);

  return good;
}

static void
ended (gpointer data, gboolean detached)
{
  Disks *self = data;

  g_mutex_lock (&self->lock);
  if (!detached)
    remove_overlays (self);
  g_mutex_unlock (&self->lock);
}

static const QLaunchHook hook = {
  .ref = disks_ref,
  .unref = disks_unref,
  .prepare = prepare,
  .ended = ended,
};

static Disks *
get_disks (QMachine *machine)
{
  static GMutex lock;
  GQuark quark = g_quark_from_static_string ("qmachine-disks");
  Disks *self;

  g_mutex_lock (&lock);
  self = g_object_get_qdata (G_OBJECT (machine), quark);
  if (self == NULL)
    {
      self = g_atomic_rc_box_new0 (Disks);
      g_mutex_init (&self->lock);
      self->specs = g_ptr_array_new_with_free_func ((GDestroyNotify)q_disk_spec_unref);
      self->held = g_ptr_array_new_with_free_func ((GDestroyNotify)q_disk_spec_unref);
      self->overlays = g_ptr_array_new_with_free_func (g_free);
      self->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      self->is_daemon = q_machine_get_kind (machine) == Q_MACHINE_KIND_STORAGE_DAEMON;
      g_object_set_qdata_full (G_OBJECT (machine), quark, self, disks_unref);
      q_machine_add_hook (machine, &hook, self);
    }
  g_mutex_unlock (&lock);

  return self;
}

/* -- what a template asks for -- */

GPtrArray *
q_machine_list_disk_specs (QMachine *self)
{
  Disks *disks = get_disks (self);
  GPtrArray *specs = g_ptr_array_new_with_free_func ((GDestroyNotify)q_disk_spec_unref);

  g_mutex_lock (&disks->lock);
  for (guint i = 0; i < disks->specs->len; i++)
    g_ptr_array_add (specs, q_disk_spec_ref (disks->specs->pdata[i]));
  g_mutex_unlock (&disks->lock);

  return specs;
}

void
q_machine_set_overlay_dir (QMachine *self, const char *directory, const char *owner)
{
  Disks *disks = get_disks (self);

  g_mutex_lock (&disks->lock);
  g_free (disks->overlay_dir);
  disks->overlay_dir = g_strdup (directory);
  g_free (disks->owner);
  disks->owner = g_strdup (owner);
  g_mutex_unlock (&disks->lock);
}

void
q_machine_keep_overlays (QMachine *self)
{
  Disks *disks = get_disks (self);

  g_mutex_lock (&disks->lock);
  disks->keeps_overlays = TRUE;
  g_mutex_unlock (&disks->lock);
}

/* -- adding -- */

typedef struct
{
  const char *name;
  QDisk *disk;
  int timeout;
} DiskCall;

static void
disk_call_free (gpointer data)
{
  DiskCall *self = data;

  g_object_unref (self->disk);
  g_free (self);
}

/* With the lock held. */
static QDiskSpec *
find_spec (Disks *self, const char *name)
{
  for (guint i = 0; i < self->specs->len; i++)
    {
      QDiskSpec *spec = self->specs->pdata[i];

      if (g_strcmp0 (spec->name, name) == 0)
        return spec;
    }

  return NULL;
}

/* With the lock held. */
static void
choose_name (Disks *self, QDiskSpec *spec)
{
  for (guint number = 0; spec->name == NULL; number++)
    {
      g_autofree char *name = g_strdup_printf ("disk%u", number);

      if (find_spec (self, name) == NULL)
        spec->name = g_steal_pointer (&name);
    }
}

/* With the lock held. The first node that both would have; of "a" with a snapshot and "a-1". */
static char *
find_common_node (Disks *self, QDiskSpec *spec)
{
  g_autoptr (GPtrArray) names = q_disk_spec_list_nodes (spec);

  for (guint i = 0; i < self->specs->len; i++)
    {
      g_autoptr (GPtrArray) others = q_disk_spec_list_nodes (self->specs->pdata[i]);
      guint index;

      for (guint k = 0; k < names->len; k++)
        if (g_ptr_array_find_with_equal_func (others, names->pdata[k], g_str_equal, &index))
          return g_strdup (names->pdata[k]);
    }

  return NULL;
}

/* Its place is taken before QEMU is asked, so that two cannot have one name. */
static gboolean
enlist (Disks *self, QDiskSpec *spec, GError **error)
{
  g_autofree char *node = NULL;
  gboolean good = TRUE;

  g_mutex_lock (&self->lock);
  choose_name (self, spec);
  node = find_common_node (self, spec);
  if (find_spec (self, spec->name) != NULL)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "disk \"%s\": there is one of that name already", spec->name);
      good = FALSE;
    }
  else if (node != NULL)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "disk \"%s\": another disk has a node \"%s\" already", spec->name, node);
      good = FALSE;
    }
  else
    {
      g_ptr_array_add (self->specs, q_disk_spec_ref (spec));
    }
  g_mutex_unlock (&self->lock);

  return good;
}

static void
strike (Disks *self, QDiskSpec *spec)
{
  g_mutex_lock (&self->lock);
  g_hash_table_remove (self->files, spec->name);
  g_ptr_array_remove (self->specs, find_spec (self, spec->name));
  g_ptr_array_remove (self->held, spec);
  g_mutex_unlock (&self->lock);
}

/* With the lock held. */
static void
remove_overlay (Disks *self, const char *path)
{
  guint index;

  g_unlink (path);
  if (g_ptr_array_find_with_equal_func (self->overlays, path, g_str_equal, &index))
    g_ptr_array_remove_index (self->overlays, index);
}

/* What the guest wrote goes with the disk: one of the same name may come. */
static void
remove_overlays_of (Disks *self, QDiskSpec *spec)
{
  const char *path;

  g_mutex_lock (&self->lock);
  path = g_hash_table_lookup (self->files, spec->name);
  if (spec->overlay && path != NULL)
    {
      for (guint i = 0; i < spec->layers->len; i++)
        remove_overlay (self, spec->layers->pdata[i]);
      remove_overlay (self, path);
    }
  g_mutex_unlock (&self->lock);
}

/* -- changing one -- */

QDiskSpec *
q_machine_hold_disk (QMachine *self, const char *call, QDisk *disk, GError **error)
{
  Disks *disks = get_disks (self);
  g_autofree char *name = q_disk_dup_name (disk);
  QDiskSpec *spec;

  g_mutex_lock (&disks->lock);
  spec = find_spec (disks, name);
  if (spec == NULL)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "%s: the machine has no disk \"%s\"", call, name != NULL ? name : "");
    }
  else if (g_ptr_array_find (disks->held, spec, NULL))
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "%s: another call is about to change disk \"%s\"", call, name);
      spec = NULL;
    }
  else
    {
      g_ptr_array_add (disks->held, q_disk_spec_ref (spec));
    }
  g_mutex_unlock (&disks->lock);

  return spec;
}

/* With the lock held. */
static void
replace (Disks *self, QDiskSpec *spec, QDiskSpec *now)
{
  guint index;

  /* A launch may have taken its snapshots off. */
  if (!g_ptr_array_find (self->specs, spec, &index))
    return;

  self->specs->pdata[index] = q_disk_spec_ref (now);
  q_disk_spec_unref (spec);
  for (guint i = 0; spec->overlay && i < spec->layers->len; i++)
    if (g_ptr_array_find_with_equal_func (self->overlays, spec->layers->pdata[i], g_str_equal,
                                          &index))
      g_ptr_array_remove_index (self->overlays, index);
  for (guint i = 0; now->overlay && i < now->layers->len; i++)
    g_ptr_array_add (self->overlays, g_strdup (now->layers->pdata[i]));
}

void
q_machine_release_disk (QMachine *self, QDiskSpec *held, QDiskSpec *now)
{
  Disks *disks = get_disks (self);

  g_mutex_lock (&disks->lock);
  if (now != NULL)
    replace (disks, held, now);
  g_ptr_array_remove (disks->held, held);
  g_mutex_unlock (&disks->lock);
}

char *
q_machine_dup_top_path (QMachine *self, QDiskSpec *held)
{
  Disks *disks = get_disks (self);
  const char *path = held->path;
  char *copy;

  g_mutex_lock (&disks->lock);
  if (held->layers->len > 0)
    path = held->layers->pdata[held->layers->len - 1];
  else if (held->overlay)
    path = g_hash_table_lookup (disks->files, held->name);
  copy = g_strdup (path);
  g_mutex_unlock (&disks->lock);

  return copy;
}

static gboolean
add_to_running (QMachine *machine, Disks *self, QDiskSpec *spec, int timeout,
                GCancellable *cancellable, GError **error)
{
  g_autofree char *run_dir = q_machine_dup_run_dir (machine);
  g_autoptr (GError) reason = NULL;
  char *overlay = NULL;

  g_mutex_lock (&self->lock);
  if (run_dir != NULL)
    overlay = make_overlay (self, spec, run_dir, &reason);
  g_mutex_unlock (&self->lock);
  if (reason != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }

  if (!q_disk_plug_in (machine, spec, overlay, timeout, cancellable, error))
    {
      if (overlay != NULL)
        g_unlink (overlay);
      g_free (overlay);
      return FALSE;
    }

  if (overlay != NULL)
    {
      g_mutex_lock (&self->lock);
      keep_overlay (self, spec, overlay);
      g_mutex_unlock (&self->lock);
    }
  return TRUE;
}

static gboolean
check_timeout (DiskCall *call, gboolean has_default, GError **error)
{
  if (call->timeout >= -1 || (has_default && call->timeout == Q_TIMEOUT_DEFAULT))
    return TRUE;

  return q_time_limit_refuse (call->timeout, call->name, Q_MACHINE_ERROR,
                              Q_MACHINE_ERROR_INVALID_CONFIGURATION, error);
}

static gpointer
add (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  QMachine *machine = source_object;
  DiskCall *call = data;
  Disks *self = get_disks (machine);
  g_autoptr (QDiskSpec) spec = q_disk_make_spec (call->disk);

  if (!check_timeout (call, TRUE, error) || !enlist (self, spec, error))
    return NULL;

  if (!q_disk_spec_check (spec, error)
      || (q_machine_is_running (machine)
          && !add_to_running (machine, self, spec, call->timeout, cancellable, error)))
    {
      strike (self, spec);
      return NULL;
    }

  q_disk_set_name (call->disk, spec->name);
  return GINT_TO_POINTER (TRUE);
}

/* -- removing -- */

static gpointer
remove_disk (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  QMachine *machine = source_object;
  DiskCall *call = data;
  Disks *self = get_disks (machine);
  QTimeLimit limit = q_time_limit_begin (call->timeout);
  QDiskSpec *spec;

  if (!check_timeout (call, FALSE, error))
    return NULL;

  spec = q_machine_hold_disk (machine, "remove_disk", call->disk, error);
  if (spec == NULL)
    return NULL;

  if (q_machine_is_running (machine) && !q_disk_unplug (machine, spec, &limit, cancellable, error))
    {
      q_machine_release_disk (machine, spec, NULL);
      return NULL;
    }

  remove_overlays_of (self, spec);
  strike (self, spec);
  return GINT_TO_POINTER (TRUE);
}

static gboolean
run_sync (QMachine *self, const char *name, QBlockingFunc func, QDisk *disk, int timeout,
          GCancellable *cancellable, GError **error)
{
  DiskCall call = { name, disk, timeout };

  return func (self, &call, cancellable, error) != NULL;
}

static void
run_async (QMachine *self, const char *name, gpointer tag, QBlockingFunc func, QDisk *disk,
           int timeout, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  DiskCall *call = g_new (DiskCall, 1);

  *call = (DiskCall){ name, g_object_ref (disk), timeout };
  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, call, disk_call_free);
  g_task_set_check_cancellable (task, FALSE);
  q_blocking_task_run (g_steal_pointer (&task), func, NULL);
}

static gboolean
finish (QMachine *self, gpointer tag, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == tag, FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

/**
 * q_machine_add_disk:
 * @self: the machine
 * @disk: the disk; not kept, what it is now counts
 * @timeout: the limit for QEMU's answers in milliseconds while it runs; -1 for none,
 *   %Q_TIMEOUT_DEFAULT for [property@Machine:command-timeout]
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Adds a disk, for every launch to come; and at once, if QEMU runs.
 *
 * [property@Disk:name] is set if it was not. If QEMU refuses the disk it is as if it had never been
 * added. Before a launch the call does not wait.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for an image that cannot be opened, or does not
 * begin like the format that was said, a bad name or one that is taken, or an overlay over a format
 * that has none; while QEMU runs those of [method@Machine.command_json], too.
 *
 * Returns: %TRUE if the machine has the disk
 *
 * Since: 1.0
 */
gboolean
q_machine_add_disk (QMachine *self, QDisk *disk, int timeout, GCancellable *cancellable,
                    GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (Q_IS_DISK (disk), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return run_sync (self, "add_disk", add, disk, timeout, cancellable, error);
}

/**
 * q_machine_add_disk_async:
 * @self: the machine
 * @disk: the disk
 * @timeout: the limit for QEMU's answers in milliseconds while it runs; -1 for none,
 *   %Q_TIMEOUT_DEFAULT for [property@Machine:command-timeout]
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when the machine has it
 * @user_data: data for @callback
 *
 * Like [method@Machine.add_disk], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_add_disk_async (QMachine *self, QDisk *disk, int timeout, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (Q_IS_DISK (disk));

  run_async (self, "add_disk", q_machine_add_disk_async, add, disk, timeout, cancellable, callback,
             user_data);
}

/**
 * q_machine_add_disk_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.add_disk_async].
 *
 * Returns: %TRUE if the machine has the disk
 *
 * Since: 1.0
 */
gboolean
q_machine_add_disk_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  return finish (self, q_machine_add_disk_async, result, error);
}

/**
 * q_machine_remove_disk:
 * @self: the machine
 * @disk: a disk that was added
 * @timeout: the limit in milliseconds, while QEMU runs; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Takes a disk away, from the launches to come; and at once, if QEMU runs.
 *
 * A guest has to let go of its device: one without a kernel, or that is busy, may never do it. Then
 * the call ends at its limit, and the machine has the disk still.
 *
 * Errors: %G_IO_ERROR_TIMED_OUT; %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a disk that the machine
 * does not have; those of [method@Machine.command_json].
 *
 * Returns: %TRUE if the machine has it no more
 *
 * Since: 1.0
 */
gboolean
q_machine_remove_disk (QMachine *self, QDisk *disk, int timeout, GCancellable *cancellable,
                       GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (Q_IS_DISK (disk), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return run_sync (self, "remove_disk", remove_disk, disk, timeout, cancellable, error);
}

/**
 * q_machine_remove_disk_async:
 * @self: the machine
 * @disk: a disk that was added
 * @timeout: the limit in milliseconds, while QEMU runs; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when the machine has it no more
 * @user_data: data for @callback
 *
 * Like [method@Machine.remove_disk], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_remove_disk_async (QMachine *self, QDisk *disk, int timeout, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (Q_IS_DISK (disk));

  run_async (self, "remove_disk", q_machine_remove_disk_async, remove_disk, disk, timeout,
             cancellable, callback, user_data);
}

/**
 * q_machine_remove_disk_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.remove_disk_async].
 *
 * Returns: %TRUE if the machine has it no more
 *
 * Since: 1.0
 */
gboolean
q_machine_remove_disk_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  return finish (self, q_machine_remove_disk_async, result, error);
}
