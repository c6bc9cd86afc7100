/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/q-snapshot.h"

#include "block/q-job.h"
#include "io/blocking-task-private.h"
#include "io/time-limit-private.h"

/* Snapshots of the whole guest, which QEMU keeps in its qcow2 images. */

#define LEARN 2000    /* ms, to hear whether the guest runs */
#define CALL_OFF 5000 /* ms, to delete what was saved though the call was given up */

typedef struct
{
  const char *name;
  const char *command;
  const char *tag;
  int timeout;
} Call;

static void
call_free (gpointer data)
{
  Call *self = data;

  g_free ((char *)self->tag);
  g_free (self);
}

static JsonObject *
get_object (JsonObject *object, const char *name)
{
  JsonNode *member = object != NULL ? json_object_get_member (object, name) : NULL;

  return member != NULL && JSON_NODE_HOLDS_OBJECT (member) ? json_node_get_object (member) : NULL;
}

/* In an image, by the name that it has there. */
static JsonObject *
find_snapshot (JsonObject *inserted, const char *tag)
{
  JsonObject *image = get_object (inserted, "image");
  JsonNode *member = image != NULL ? json_object_get_member (image, "snapshots") : NULL;
  JsonArray *list
    = member != NULL && JSON_NODE_HOLDS_ARRAY (member) ? json_node_get_array (member) : NULL;

  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    {
      JsonObject *each = json_array_get_object_element (list, i);

      if (g_str_equal (json_object_get_string_member_with_default (each, "name", ""), tag))
        return each;
    }

  return NULL;
}

static gboolean
has_element (JsonArray *array, const char *text)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (g_str_equal (json_array_get_string_element (array, i), text))
      return TRUE;

  return FALSE;
}

static gboolean
refuse (Call *self, const char *node, const char *why, GError **error)
{
  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION, "%s: disk \"%s\" %s",
               self->name, node, why);
  return FALSE;
}

/* Of one that QEMU refused in the middle the guest would stand still, and be half another. */
static gboolean
take_disk (Call *self, JsonObject *inserted, JsonArray *nodes, guint *n_found, GError **error)
{
  const char *node = json_object_get_string_member_with_default (inserted, "node-name", "");
  const char *format = json_object_get_string_member_with_default (inserted, "drv", "");
  JsonObject *snapshot = find_snapshot (inserted, self->tag);
  g_autofree char *why = NULL;

  if (json_object_get_boolean_member_with_default (inserted, "ro", FALSE)
      || has_element (nodes, node))
    return TRUE;
  if (!g_str_equal (format, "qcow2"))
    {
      why = g_strdup_printf ("is %s: only qcow2 can have snapshots of a guest", format);
      return refuse (self, node, why, error);
    }

  *n_found += snapshot != NULL ? 1 : 0;
  if (g_str_equal (self->command, "snapshot-load"))
    {
      why = g_strdup_printf (snapshot == NULL ? "has no snapshot \"%s\""
                                              : "has no memory of a guest in snapshot \"%s\"",
                             self->tag);
      if (snapshot == NULL
          || (json_array_get_length (nodes) == 0
              && json_object_get_int_member_with_default (snapshot, "vm-state-size", 0) == 0))
        return refuse (self, node, why, error);
    }

  json_array_add_string_element (nodes, node);
  return TRUE;
}

/* The writable disks of the guest; read-only ones need none. `has_tag` tells whether one of them
 * has a snapshot of that name. */
static gboolean
find_disks (QMachine *machine, Call *self, JsonArray *nodes, gboolean *has_tag, int timeout,
            GCancellable *cancellable, GError **error)
{
  g_autoptr (JsonNode) reply
    = q_machine_command (machine, "query-block", NULL, timeout, cancellable, error);
  JsonArray *drives;
  guint n_found = 0;

  if (reply == NULL)
    return FALSE;

  drives = JSON_NODE_HOLDS_ARRAY (reply) ? json_node_get_array (reply) : NULL;
  for (guint i = 0; drives != NULL && i < json_array_get_length (drives); i++)
    {
      JsonObject *inserted = get_object (json_array_get_object_element (drives, i), "inserted");

      if (inserted != NULL && !take_disk (self, inserted, nodes, &n_found, error))
        return FALSE;
    }

  *has_tag = n_found > 0;
  if (json_array_get_length (nodes) == 0)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "%s: the guest has no writable qcow2 disk, which it needs", self->name);
  else if (n_found == 0 && g_str_equal (self->command, "snapshot-delete"))
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "%s: no disk has a snapshot \"%s\"", self->name, self->tag);
  else
    return TRUE;

  return FALSE;
}

/* QEMU cannot be told to stop, but it does one thing after the other: what it saves, or will save
 * when it goes on, is deleted behind that. */
static void
call_off (QMachine *machine, Call *self, JsonArray *nodes)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *arguments = json_object_new ();

  json_node_take_object (node, arguments);
  json_object_set_array_member (arguments, "devices", json_array_ref (nodes));
  json_object_set_string_member (arguments, "tag", self->tag);
  q_machine_run_job (machine, "snapshot-delete", node, CALL_OFF, NULL, NULL);
}

static gboolean
check_call (Call *self, GError **error)
{
  if (self->tag[0] == '\0')
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "%s: a snapshot needs a name", self->name);
  else if (self->timeout < -1)
    q_time_limit_refuse (self->timeout, self->name, Q_MACHINE_ERROR,
                         Q_MACHINE_ERROR_INVALID_CONFIGURATION, error);
  else
    return TRUE;

  return FALSE;
}

static gpointer
run (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  Call *self = data;
  QTimeLimit limit = q_time_limit_begin (self->timeout);
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (GError) reason = NULL;
  g_autofree char *status = NULL;
  JsonObject *arguments = json_object_new ();
  JsonArray *nodes = json_array_new ();
  gboolean has_tag;
  gboolean good;

  json_node_take_object (node, arguments);
  json_object_set_array_member (arguments, "devices", nodes);
  json_object_set_string_member (arguments, "tag", self->tag);
  if (!check_call (self, error)
      || !find_disks (source_object, self, nodes, &has_tag, q_time_limit_get_rest (&limit),
                      cancellable, error))
    return NULL;

  if (!g_str_equal (self->command, "snapshot-delete"))
    json_object_set_string_member (arguments, "vmstate", json_array_get_string_element (nodes, 0));
  good = q_machine_run_job (source_object, self->command, node, q_time_limit_get_rest (&limit),
                            cancellable, &reason);
  /* One that was there before is another's, and QEMU does not write over it. */
  if (g_str_equal (self->command, "snapshot-save") && !has_tag
      && (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_CANCELLED)
          || g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)))
    call_off (source_object, self, nodes);
  /* There is not an event for each change. */
  status = q_machine_command_json (source_object, "query-status", NULL, LEARN, NULL, NULL);
  if (!good)
    g_propagate_error (error, g_steal_pointer (&reason));

  return GINT_TO_POINTER (good);
}

static void
run_async (QMachine *machine, const Call *call, gpointer tag, GCancellable *cancellable,
           GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (machine, cancellable, callback, user_data);
  Call *copy = g_memdup2 (call, sizeof *call);

  copy->tag = g_strdup (call->tag);
  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, copy, call_free);
  /* What has been done is told, though the cancellable was cancelled meanwhile. */
  g_task_set_check_cancellable (task, FALSE);
  q_blocking_task_run (g_steal_pointer (&task), run, NULL);
}

/**
 * q_machine_save_snapshot:
 * @self: a machine that runs
 * @tag: the name of the snapshot
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Saves the guest with its memory in its qcow2 images.
 *
 * All writable disks of the guest must be qcow2; the memory goes into the first of them. The
 * guest stands still meanwhile, and QEMU answers nothing else. QEMU cannot be told to stop: if the
 * limit passes, or the call is cancelled, it gets some seconds more, and what it has saved when the
 * call has failed, or saves later, is deleted again.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a disk that can have no snapshots, with its
 * name; %Q_MACHINE_ERROR_NOT_RUNNING; those of [method@Machine.run_job], with QEMU's words.
 *
 * Returns: %TRUE if there is a snapshot
 *
 * Since: 1.0
 */
gboolean
q_machine_save_snapshot (QMachine *self, const char *tag, int timeout, GCancellable *cancellable,
                         GError **error)
{
  Call call = { "save_snapshot", "snapshot-save", tag, timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (tag != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return run (self, &call, cancellable, error) != NULL;
}

/**
 * q_machine_save_snapshot_async:
 * @self: a machine that runs
 * @tag: the name of the snapshot
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Machine.save_snapshot], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_save_snapshot_async (QMachine *self, const char *tag, int timeout,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  Call call = { "save_snapshot", "snapshot-save", tag, timeout };

  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (tag != NULL);

  run_async (self, &call, q_machine_save_snapshot_async, cancellable, callback, user_data);
}

/**
 * q_machine_save_snapshot_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.save_snapshot_async].
 *
 * Returns: %TRUE if there is a snapshot
 *
 * Since: 1.0
 */
gboolean
q_machine_save_snapshot_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == q_machine_save_snapshot_async,
                        FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

/**
 * q_machine_load_snapshot:
 * @self: a machine that runs
 * @tag: the name of the snapshot
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Takes the guest back to a snapshot.
 *
 * The guest runs again if it ran before, and stays paused otherwise. Its disks are as they were,
 * too. A snapshot that is not whole is refused before anything is changed. QEMU cannot be told to
 * stop: a call that was given up gets two seconds more, and succeeds if the guest is back by then;
 * otherwise the error says that QEMU goes on, and the guest goes back when it is done.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a disk that can have no snapshots, with its
 * name, or that has no such snapshot; %Q_MACHINE_ERROR_NOT_RUNNING; those of
 * [method@Machine.run_job], with QEMU's words.
 *
 * Returns: %TRUE if the guest is as it was
 *
 * Since: 1.0
 */
gboolean
q_machine_load_snapshot (QMachine *self, const char *tag, int timeout, GCancellable *cancellable,
                         GError **error)
{
  Call call = { "load_snapshot", "snapshot-load", tag, timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (tag != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return run (self, &call, cancellable, error) != NULL;
}

/**
 * q_machine_load_snapshot_async:
 * @self: a machine that runs
 * @tag: the name of the snapshot
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Machine.load_snapshot], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_load_snapshot_async (QMachine *self, const char *tag, int timeout,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  Call call = { "load_snapshot", "snapshot-load", tag, timeout };

  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (tag != NULL);

  run_async (self, &call, q_machine_load_snapshot_async, cancellable, callback, user_data);
}

/**
 * q_machine_load_snapshot_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.load_snapshot_async].
 *
 * Returns: %TRUE if the guest is as it was
 *
 * Since: 1.0
 */
gboolean
q_machine_load_snapshot_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == q_machine_load_snapshot_async,
                        FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

/**
 * q_machine_delete_snapshot:
 * @self: a machine that runs
 * @tag: the name of the snapshot
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Deletes a snapshot from the images.
 *
 * It must be in one of them at least. QEMU cannot be told to stop: a call that was given up gets
 * two seconds more, and succeeds if the snapshot is gone by then; otherwise QEMU deletes it later.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a disk that can have no snapshots, with its
 * name, or where none has such a snapshot; %Q_MACHINE_ERROR_NOT_RUNNING; those of
 * [method@Machine.run_job], with QEMU's words.
 *
 * Returns: %TRUE if it is gone
 *
 * Since: 1.0
 */
gboolean
q_machine_delete_snapshot (QMachine *self, const char *tag, int timeout, GCancellable *cancellable,
                           GError **error)
{
  Call call = { "delete_snapshot", "snapshot-delete", tag, timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (tag != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return run (self, &call, cancellable, error) != NULL;
}

/**
 * q_machine_delete_snapshot_async:
 * @self: a machine that runs
 * @tag: the name of the snapshot
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Machine.delete_snapshot], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_delete_snapshot_async (QMachine *self, const char *tag, int timeout,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  Call call = { "delete_snapshot", "snapshot-delete", tag, timeout };

  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (tag != NULL);

  run_async (self, &call, q_machine_delete_snapshot_async, cancellable, callback, user_data);
}

/**
 * q_machine_delete_snapshot_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.delete_snapshot_async].
 *
 * Returns: %TRUE if it is gone
 *
 * Since: 1.0
 */
gboolean
q_machine_delete_snapshot_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == q_machine_delete_snapshot_async,
                        FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}
