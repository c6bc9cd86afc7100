/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/disks-private.h"
#include "block/q-disk-private.h"
#include "block/q-job-private.h"
#include "block/qcow2-private.h"
#include "io/blocking-task-private.h"
#include "io/path-private.h"
#include "io/time-limit-private.h"

#include <glib/gstdio.h>
#include <string.h>

/* Snapshots of one disk: each is a file that lies over what was written before. */

#define CLEAN_UP 10000 /* ms, to undo what was given up */
#define MAX_LAYERS 64
#define MAX_BACKING_NAME 1023 /* of qcow2 */

typedef struct
{
  const char *name;
  QDisk *disk;
  char *path; /* NULL for a commit */
  int timeout;
} Call;

/* What is under way. */
typedef struct
{
  Call *call;
  QMachine *machine;
  QDiskSpec *spec; /* held */
  QDiskSpec *now;  /* what is to take its place; NULL if it stays */
  QTimeLimit limit;
  GCancellable *cancellable;
} Work;

static void
call_free (gpointer data)
{
  Call *self = data;

  g_object_unref (self->disk);
  g_free (self->path);
  g_free (self);
}

static gboolean refuse (Call *self, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
refuse (Call *self, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION, "%s: %s", self->name,
               text);
  return FALSE;
}

static gboolean
is_given_up (const GError *reason)
{
  return g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_CANCELLED)
         || g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

/* -- before and after -- */

static gboolean
begin (Work *self, gpointer source_object, Call *call, GCancellable *cancellable, GError **error)
{
  g_autoptr (QDiskSpec) asked = q_disk_make_spec (call->disk);
  gboolean has_default = call->path != NULL;
  gboolean good = FALSE;

  *self
    = (Work){ call, source_object, NULL, NULL, q_time_limit_begin (call->timeout), cancellable };
  if (call->timeout < -1 && !(has_default && call->timeout == Q_TIMEOUT_DEFAULT))
    return refuse (call, error, "%d is no time-out: -1 waits without end", call->timeout);

  self->spec = q_machine_hold_disk (self->machine, call->name, call->disk, error);
  if (self->spec == NULL)
    return FALSE;

  /* Names are given by each machine. */
  if (asked->path != NULL && strcmp (asked->path, self->spec->path) != 0)
    refuse (call, error, "disk \"%s\" of the machine is %s, and not %s", self->spec->name,
            self->spec->path, asked->path);
  else if (!q_machine_is_running (self->machine))
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                 "%s: disk \"%s\": the machine does not run", call->name, self->spec->name);
  else
    good = TRUE;
  if (!good)
    q_machine_release_disk (self->machine, self->spec, NULL);

  return good;
}

static void
end (Work *self)
{
  q_machine_release_disk (self->machine, self->spec, self->now);
  g_clear_pointer (&self->now, q_disk_spec_unref);
}

static void
add_layer (Work *self, const char *path)
{
  self->now = q_disk_spec_copy (self->spec);
  g_ptr_array_add (self->now->layers, g_strdup (path));
}

static void
take_layer_off (Work *self)
{
  self->now = q_disk_spec_copy (self->spec);
  g_ptr_array_remove_index (self->now->layers, self->now->layers->len - 1);
}

/* -- QEMU's nodes -- */

static int
get_rest (Work *self)
{
  return self->call->timeout == Q_TIMEOUT_DEFAULT ? Q_TIMEOUT_DEFAULT
                                                  : q_time_limit_get_rest (&self->limit);
}

static gboolean
send (Work *self, const char *command, const char *arguments, GError **error)
{
  g_autofree char *reply = q_machine_command_json (self->machine, command, arguments,
                                                   get_rest (self), self->cancellable, error);

  return reply != NULL;
}

/* What QEMU says of it goes to `node`, which is NULL if there is none. */
static gboolean
look_up_node (QMachine *machine, const char *name, int timeout, GCancellable *cancellable,
              JsonObject **node, GError **error)
{
  g_autoptr (JsonNode) reply
    = q_machine_command (machine, "query-named-block-nodes", NULL, timeout, cancellable, error);
  JsonArray *nodes
    = reply != NULL && JSON_NODE_HOLDS_ARRAY (reply) ? json_node_get_array (reply) : NULL;

  *node = NULL;
  for (guint i = 0; nodes != NULL && i < json_array_get_length (nodes); i++)
    {
      JsonObject *each = json_array_get_object_element (nodes, i);

      if (g_str_equal (json_object_get_string_member_with_default (each, "node-name", ""), name))
        *node = json_object_ref (each);
    }

  return reply != NULL;
}

/* Without the caller's limit, as it may have passed; QEMU may know of none of them. */
static gboolean
delete_nodes (QMachine *machine, const char *name, GError **error)
{
  const char *const suffixes[] = { "", "-file" };
  gboolean good = TRUE;

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *arguments = g_strdup_printf ("{\"node-name\": \"%s%s\"}", name, suffixes[i]);
      g_autofree char *reply = q_machine_command_json (machine, "blockdev-del", arguments, CLEAN_UP,
                                                       NULL, good ? error : NULL);

      good = good && reply != NULL;
    }

  return good;
}

/* -- a commit -- */

/* Of the layer that is on top in QEMU, into the node under it. */
static gboolean
commit_layer (Work *self, const char *top, const char *below, GError **error)
{
  g_autoptr (JsonNode) arguments = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (GError) reason = NULL;
  g_autoptr (GError) end = NULL;
  g_autoptr (QJob) job = NULL;
  JsonObject *object = json_object_new ();

  json_node_take_object (arguments, object);
  json_object_set_string_member (object, "device", top);
  json_object_set_string_member (object, "base-node", below);
  job = q_machine_start_job (self->machine, "block-commit", arguments, get_rest (self),
                             self->cancellable, error);
  if (job == NULL)
    return FALSE;
  if (q_job_carry_out (job, self->call->name, self->limit, self->call->timeout, self->cancellable,
                       &reason))
    return TRUE;

  /* It may be done in the moment in which it was given up. */
  if (!q_job_get_ended (job))
    q_job_cancel (job, CLEAN_UP, NULL, NULL);
  end = q_job_dup_error (job);
  if (is_given_up (reason) && q_job_get_ended (job) && end == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

static gboolean
finish_commit (Work *self, const char *top, const char *path, GError **error)
{
  g_autoptr (GError) reason = NULL;

  take_layer_off (self);
  g_unlink (path);
  /* With QEMU all nodes are gone. */
  if (delete_nodes (self->machine, top, &reason) || reason->domain != Q_COMMAND_ERROR)
    return TRUE;

  g_propagate_prefixed_error (
    error, g_steal_pointer (&reason),
    "commit_disk: disk \"%s\" is committed, and a node is left: ", self->spec->name);
  return FALSE;
}

static gboolean
run_commit (Work *self, GError **error)
{
  GPtrArray *layers = self->spec->layers;
  g_autofree char *top = q_disk_spec_make_top_name (self->spec);
  g_autofree char *below = NULL;
  g_autoptr (QDiskSpec) lower = NULL;

  if (layers->len == 0)
    return refuse (self->call, error, "disk \"%s\" has no snapshot of snapshot_disk()",
                   self->spec->name);

  lower = q_disk_spec_copy (self->spec);
  g_ptr_array_remove_index (lower->layers, layers->len - 1);
  below = q_disk_spec_make_top_name (lower);
  if (!commit_layer (self, top, below, error))
    {
      g_prefix_error (error, "disk \"%s\": ", self->spec->name);
      return FALSE;
    }

  return finish_commit (self, top, layers->pdata[layers->len - 1], error);
}

static gpointer
commit (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  Work work;
  gboolean good;

  if (!begin (&work, source_object, data, cancellable, error))
    return NULL;

  good = run_commit (&work, error);
  end (&work);
  return GINT_TO_POINTER (good);
}

/* -- a snapshot -- */

/* The file that lies over the top, empty, and names what is behind it. */
static gboolean
make_file (Work *self, const char *path, const char *top, GError **error)
{
  QDiskSpec *spec = self->spec;
  const char *format = spec->overlay || spec->layers->len > 0 ? "qcow2" : spec->format;
  g_autofree char *backing = q_machine_dup_top_path (self->machine, spec);
  g_autoptr (JsonObject) node = NULL;
  JsonObject *image;
  gint64 size;

  if (!look_up_node (self->machine, top, get_rest (self), self->cancellable, &node, error))
    return FALSE;
  if (node == NULL || backing == NULL || !json_object_has_member (node, "image"))
    return refuse (self->call, error, "QEMU has no node \"%s\"", top);
  if (strlen (backing) > MAX_BACKING_NAME)
    return refuse (self->call, error,
                   "disk \"%s\": a snapshot names the file under it, and this "
                   "has more than %d bytes: %s",
                   spec->name, MAX_BACKING_NAME, backing);

  image = json_object_get_object_member (node, "image");
  size = json_object_get_int_member_with_default (image, "virtual-size", 0);
  if (!q_qcow2_write_overlay (path, backing, format, (guint64)MAX (size, 0), NULL, error))
    {
      g_prefix_error (error, "disk \"%s\": ", spec->name);
      return FALSE;
    }

  return TRUE;
}

static goffset
get_size (const char *path)
{
  GStatBuf status;

  return g_stat (path, &status) == 0 ? status.st_size : -1;
}

/* QEMU was asked to write to the file, and does not say whether it does. */
static void
settle_unknown (Work *self, const char *path, goffset size, GError **reason)
{
  /* What has ended has written to a file that has grown. */
  q_machine_wait (self->machine, CLEAN_UP, NULL, NULL);
  if (!q_machine_is_running (self->machine) && (self->spec->overlay || get_size (path) == size))
    {
      g_unlink (path);
      return;
    }

  /* While nothing is in there the disk is the same with it and without. */
  add_layer (self, path);
  g_prefix_error (reason, "it is not known whether QEMU writes to %s, so it is kept: ", path);
}

static void
undo (Work *self, const char *path, goffset size, gboolean was_asked, GError **reason)
{
  g_autofree char *below = q_disk_spec_make_top_name (self->spec);
  g_autofree char *top = g_strdup_printf ("%s-%u", self->spec->name, self->spec->layers->len + 1);
  g_autoptr (JsonObject) node = NULL;
  g_autoptr (GError) left = NULL;

  /* It answers in order, so by now it has done what it was asked for, or never will. */
  if (was_asked && (*reason)->domain != Q_COMMAND_ERROR)
    {
      if (!look_up_node (self->machine, top, CLEAN_UP, NULL, &node, NULL))
        {
          settle_unknown (self, path, size, reason);
          return;
        }
      if (node != NULL
          && json_object_get_int_member_with_default (node, "backing_file_depth", 0) > 0)
        {
          self->call->timeout = CLEAN_UP;
          self->limit = q_time_limit_begin (CLEAN_UP);
          self->cancellable = NULL;
          if (!commit_layer (self, top, below, &left))
            {
              add_layer (self, path);
              g_prefix_error (reason, "the snapshot %s is there, and cannot be undone: %s: ", path,
                              left->message);
              return;
            }
        }
    }

  delete_nodes (self->machine, top, NULL);
  g_unlink (path);
}

static gboolean
run_snapshot (Work *self, GError **error)
{
  QDiskSpec *spec = self->spec;
  g_autofree char *path = q_path_make_absolute (self->call->path);
  g_autofree char *top = q_disk_spec_make_top_name (spec);
  g_autofree char *arguments = NULL;
  g_autoptr (GPtrArray) nodes = NULL;
  g_autoptr (GError) reason = NULL;
  gboolean was_asked = FALSE;
  gboolean good = TRUE;
  goffset size;

  if (path[0] == '\0')
    return refuse (self->call, error, "disk \"%s\": no path is said", spec->name);
  if (spec->read_only)
    return refuse (self->call, error, "disk \"%s\" is read-only", spec->name);
  if (spec->layers->len >= MAX_LAYERS)
    return refuse (self->call, error,
                   "disk \"%s\" has %d snapshots, which is the limit: commit one", spec->name,
                   MAX_LAYERS);
  if (!make_file (self, path, top, error))
    return FALSE;

  size = get_size (path);
  nodes = q_disk_spec_describe_layer (spec, path);
  for (guint i = 0; good && i < nodes->len; i++)
    good = send (self, "blockdev-add", nodes->pdata[i], &reason);
  if (good)
    {
      arguments = g_strdup_printf ("{\"node\": \"%s\", \"overlay\": \"%s-%u\"}", top, spec->name,
                                   spec->layers->len + 1);
      was_asked = TRUE;
      good = send (self, "blockdev-snapshot", arguments, &reason);
    }
  if (good)
    {
      add_layer (self, path);
      return TRUE;
    }

  undo (self, path, size, was_asked, &reason);
  g_propagate_prefixed_error (error, g_steal_pointer (&reason), "disk \"%s\": ", spec->name);
  return FALSE;
}

static gpointer
snapshot (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  Work work;
  gboolean good;

  if (!begin (&work, source_object, data, cancellable, error))
    return NULL;

  good = run_snapshot (&work, error);
  end (&work);
  return GINT_TO_POINTER (good);
}

/* -- the calls -- */

static void
run_async (QMachine *self, const Call *call, gpointer tag, QBlockingFunc func,
           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Call *copy = g_memdup2 (call, sizeof *call);

  copy->disk = g_object_ref (call->disk);
  copy->path = g_strdup (call->path);
  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, copy, call_free);
  /* What has been done is told, though the cancellable was cancelled meanwhile. */
  g_task_set_check_cancellable (task, FALSE);
  q_blocking_task_run (g_steal_pointer (&task), func, NULL);
}

/**
 * q_machine_dup_disk_node:
 * @self: the machine
 * @disk: a disk that was added; its name counts
 *
 * Gets the name of the node that the guest writes to.
 *
 * It is what jobs and commands of QEMU's take: [property@Disk:name], and with a number behind it
 * after [method@Machine.snapshot_disk].
 *
 * Any thread.
 *
 * Returns: (transfer full) (nullable): the name; %NULL if the machine has no such disk
 *
 * Since: 1.0
 */
char *
q_machine_dup_disk_node (QMachine *self, QDisk *disk)
{
  g_autoptr (GPtrArray) specs = NULL;
  g_autofree char *name = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (Q_IS_DISK (disk), NULL);

  specs = q_machine_list_disk_specs (self);
  name = q_disk_dup_name (disk);
  for (guint i = 0; i < specs->len; i++)
    if (g_strcmp0 (((QDiskSpec *)specs->pdata[i])->name, name) == 0)
      return q_disk_spec_make_top_name (specs->pdata[i]);

  return NULL;
}

/**
 * q_machine_snapshot_disk:
 * @self: a machine that runs
 * @disk: a disk that was added; its name counts, and its path if it has one
 * @path: (type filename): the file to make, in which what is written from now on goes
 * @timeout: the limit for QEMU's answers in milliseconds; -1 for none,
 *   %Q_TIMEOUT_DEFAULT for [property@Machine:command-timeout]
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Keeps a disk as it is now: from here on what the guest writes goes into a new qcow2 file, and the
 * image under it is only read.
 *
 * The guest goes on meanwhile, and may be in the middle of writing: the image is what a power cut
 * would leave. A launch to come has the disk with the snapshot, and so have clones. A disk can have
 * 64 of them. Over one with [property@Disk:overlay] the file is a part of that overlay: it is gone
 * when QEMU ends.
 *
 * If it fails or is given up it is undone: the disk is as it was, and there is no file. Only where
 * QEMU does not answer any more may the file be kept, and then the message says so.
 *
 * Errors: %Q_MACHINE_ERROR_NOT_RUNNING; %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a disk that the
 * machine does not have or that is read-only, or that another call is about to change;
 * %G_IO_ERROR_EXISTS for a file that is there, and others of making one; those of
 * [method@Machine.command_json], with QEMU's words, such as for a disk that a job has.
 *
 * Returns: %TRUE if the guest writes to @path
 *
 * Since: 1.0
 */
gboolean
q_machine_snapshot_disk (QMachine *self, QDisk *disk, const char *path, int timeout,
                         GCancellable *cancellable, GError **error)
{
  Call call = { "snapshot_disk", disk, (char *)path, timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (Q_IS_DISK (disk), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return snapshot (self, &call, cancellable, error) != NULL;
}

/**
 * q_machine_snapshot_disk_async:
 * @self: a machine that runs
 * @disk: a disk that was added
 * @path: (type filename): the file to make
 * @timeout: the limit for QEMU's answers in milliseconds; -1 for none,
 *   %Q_TIMEOUT_DEFAULT for [property@Machine:command-timeout]
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when the guest writes to @path
 * @user_data: data for @callback
 *
 * Like [method@Machine.snapshot_disk], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_snapshot_disk_async (QMachine *self, QDisk *disk, const char *path, int timeout,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  Call call = { "snapshot_disk", disk, (char *)path, timeout };

  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (Q_IS_DISK (disk));
  g_return_if_fail (path != NULL);

  run_async (self, &call, q_machine_snapshot_disk_async, snapshot, cancellable, callback,
             user_data);
}

/**
 * q_machine_snapshot_disk_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.snapshot_disk_async].
 *
 * Returns: %TRUE if the guest writes to the new file
 *
 * Since: 1.0
 */
gboolean
q_machine_snapshot_disk_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == q_machine_snapshot_disk_async,
                        FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

/**
 * q_machine_commit_disk:
 * @self: a machine that runs
 * @disk: a disk with a snapshot; its name counts, and its path if it has one
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Ends the last snapshot of a disk: what was written since goes into the image under it, which is
 * then the disk again.
 *
 * The guest goes on meanwhile. The file that [method@Machine.snapshot_disk] made is removed. It is
 * a job of QEMU's, `block-commit`, which is completed when it is ready.
 *
 * It takes back what that call did, and no more: the image under an overlay may be shared with
 * other machines, which would see it change, and the files behind an image that came with the disk
 * are nobody's here to remove. [method@Machine.run_job] commits any of them.
 *
 * If it fails or is given up the guest sees the same disk, and the snapshot is there still. The
 * image under it has a part of what was written since, so it is no point in time any more; a later
 * commit makes it whole.
 *
 * Errors: %Q_MACHINE_ERROR_NOT_RUNNING; %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a disk that the
 * machine does not have or that has no snapshot, or that another call is about to change; those of
 * [method@Machine.run_job], with QEMU's words.
 *
 * Returns: %TRUE if the guest writes to the image that was under the snapshot
 *
 * Since: 1.0
 */
gboolean
q_machine_commit_disk (QMachine *self, QDisk *disk, int timeout, GCancellable *cancellable,
                       GError **error)
{
  Call call = { "commit_disk", disk, NULL, timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (Q_IS_DISK (disk), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return commit (self, &call, cancellable, error) != NULL;
}

/**
 * q_machine_commit_disk_async:
 * @self: a machine that runs
 * @disk: a disk with a snapshot
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when the snapshot is gone
 * @user_data: data for @callback
 *
 * Like [method@Machine.commit_disk], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_commit_disk_async (QMachine *self, QDisk *disk, int timeout, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  Call call = { "commit_disk", disk, NULL, timeout };

  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (Q_IS_DISK (disk));

  run_async (self, &call, q_machine_commit_disk_async, commit, cancellable, callback, user_data);
}

/**
 * q_machine_commit_disk_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.commit_disk_async].
 *
 * Returns: %TRUE if the snapshot is gone
 *
 * Since: 1.0
 */
gboolean
q_machine_commit_disk_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == q_machine_commit_disk_async,
                        FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}
