/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "template/q-template.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "block/disks-private.h"
#include "block/migration-private.h"
#include "block/q-disk.h"
#include "block/q-job.h"
#include "io/blocking-task-private.h"
#include "io/path-private.h"
#include "io/time-limit-private.h"
#include "helpers/q-helper-private.h"
#include "q-machine-private.h"
#include "template/describe-private.h"
#include "template/parts-private.h"
#include "template/template-private.h"

/* -- a machine that may be saved -- */

typedef struct
{
  char *directory;
  char *ram;
  char *binary;
  char *machine_type;
  gint saved; /* atomic */
} Source;

static void
source_clear (gpointer data)
{
  Source *self = data;

  g_free (self->directory);
  g_free (self->ram);
  g_free (self->binary);
  g_free (self->machine_type);
}

static gpointer
source_ref (gpointer data)
{
  return g_atomic_rc_box_acquire (data);
}

static void
source_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, source_clear);
}

static gboolean
prepare_source (gpointer data, QLaunchParts *parts, GError **error)
{
  Source *self = data;
  const char *const *args = q_launch_parts_get_user_args (parts);
  guint64 size;

  if (g_atomic_int_get (&self->saved))
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "this machine has become the template %s: make machines from that",
                   self->directory);
      return FALSE;
    }
  if (!q_template_check_args (args, error) || !q_template_find_ram_size (args, &size, error))
    return FALSE;

  g_unlink (self->ram);
  q_template_add_memory (parts, self->ram, size, TRUE);
  q_template_add_generation (parts, self->binary, self->machine_type);
  return TRUE;
}

static void
source_ended (gpointer data, gboolean detached)
{
  Source *self = data;

  if (!g_atomic_int_get (&self->saved) && !detached)
    g_unlink (self->ram);
}

static const QLaunchHook source_hook = {
  .ref = source_ref,
  .unref = source_unref,
  .prepare = prepare_source,
  .ended = source_ended,
};

static Source *
get_source (QMachine *machine)
{
  return g_object_get_data (G_OBJECT (machine), "qmachine-template");
}

/* Why it cannot be prepared; NULL if it can. */
static const char *
find_refusal (QMachine *machine)
{
  if (get_source (machine) != NULL)
    return "is prepared for one already";
  if (g_object_get_data (G_OBJECT (machine), Q_TEMPLATE_CLONE_KEY) != NULL)
    return "is a clone, whose memory is another template's";
  if (q_machine_get_kind (machine) != Q_MACHINE_KIND_SYSTEM)
    return "is a storage daemon, which has no guest";
  if (q_helper_count (machine) > 0)
    return "has helpers, whose state no template has";
  return q_machine_is_running (machine) ? "runs already" : NULL;
}

/**
 * q_machine_prepare_template:
 * @self: a machine that does not run yet
 * @directory: (type filename): where the template will be; made if it is not there
 * @error: return location for an error
 *
 * Lets the next launch be one that [method@Machine.save_template] can save.
 *
 * The guest's memory is a file in @directory then, and what is written to disks with an overlay
 * goes there, too: a file system of memory, such as `/dev/shm`, is fastest. Without a save all of
 * that is removed when QEMU ends.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a directory that has a template already, and
 * from the launch for arguments that no template can have; those of making the directory.
 *
 * Returns: %TRUE if the next launch can be saved
 *
 * Since: 1.0
 */
gboolean
q_machine_prepare_template (QMachine *self, const char *directory, GError **error)
{
  g_autofree char *absolute = NULL;
  g_autofree char *manifest = NULL;
  const char *refusal;
  Source *source;

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (directory != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  absolute = q_path_make_absolute (directory);
  manifest = g_build_filename (absolute, Q_TEMPLATE_MANIFEST, NULL);
  refusal = find_refusal (self);
  if (refusal != NULL)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "template %s: the machine %s", absolute, refusal);
      return FALSE;
    }
  if (g_file_test (manifest, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "template %s: there is one already", absolute);
      return FALSE;
    }
  if (g_mkdir_with_parents (absolute, 0700) != 0)
    {
      int number = errno;

      g_set_error (error, G_IO_ERROR, (int)g_io_error_from_errno (number), "template %s: %s",
                   absolute, g_strerror (number));
      return FALSE;
    }

  source = g_atomic_rc_box_new0 (Source);
  source->directory = g_steal_pointer (&absolute);
  source->ram = g_build_filename (source->directory, Q_TEMPLATE_RAM, NULL);
  source->binary = q_machine_dup_binary (self);
  source->machine_type = q_machine_dup_machine_type (self);
  g_object_set_data_full (G_OBJECT (self), "qmachine-template", source, source_unref);
  q_machine_add_hook (self, &source_hook, source);
  q_machine_set_overlay_dir (self, source->directory);

  return TRUE;
}

/* -- saving -- */

typedef struct
{
  int timeout;
} Save;

/* What the guest writes to without an overlay of the template would be written by each clone. */
static gboolean
check_drives (QMachine *machine, int timeout, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) disks = q_machine_list_disk_specs (machine);
  g_autoptr (JsonNode) reply
    = q_machine_command (machine, "query-block", NULL, timeout, cancellable, error);
  JsonArray *drives;

  if (reply == NULL)
    return FALSE;

  drives = JSON_NODE_HOLDS_ARRAY (reply) ? json_node_get_array (reply) : NULL;
  for (guint i = 0; drives != NULL && i < json_array_get_length (drives); i++)
    {
      JsonObject *drive = json_array_get_object_element (drives, i);
      JsonObject *inserted = json_object_has_member (drive, "inserted")
                               ? json_object_get_object_member (drive, "inserted")
                               : NULL;
      gboolean known = FALSE;
      const char *node;

      if (inserted == NULL || json_object_get_boolean_member_with_default (inserted, "ro", FALSE))
        continue;
      node = json_object_get_string_member_with_default (inserted, "node-name", "");
      for (guint k = 0; k < disks->len; k++)
        known |= g_str_equal (((QDiskSpec *)disks->pdata[k])->name, node);
      if (!known)
        {
          g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                       "save_template: the image %s would be written by each clone: add it by "
                       "add_disk()",
                       json_object_get_string_member_with_default (inserted, "file", node));
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
check_blockers (QMachine *machine, int timeout, GCancellable *cancellable, GError **error)
{
  g_autoptr (JsonNode) reply
    = q_machine_command (machine, "query-migrate", NULL, timeout, cancellable, error);
  JsonNode *reasons;

  if (reply == NULL)
    return FALSE;

  reasons = JSON_NODE_HOLDS_OBJECT (reply)
              ? json_object_get_member (json_node_get_object (reply), "blocked-reasons")
              : NULL;
  if (reasons == NULL || !JSON_NODE_HOLDS_ARRAY (reasons)
      || json_array_get_length (json_node_get_array (reasons)) == 0)
    return TRUE;

  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
               "save_template: QEMU says: %s",
               json_array_get_string_element (json_node_get_array (reasons), 0));
  return FALSE;
}

static gboolean
save_state (QMachine *machine, QTemplate *template, const QTimeLimit *limit,
            GCancellable *cancellable, GError **error)
{
  g_autofree char *path = g_build_filename (template->directory, Q_TEMPLATE_STATE, NULL);
  g_autoptr (QJob) job = NULL;
  gboolean good;

  if (!q_migration_set_capability (machine, "x-ignore-shared", TRUE, q_time_limit_get_rest (limit),
                                   cancellable, error))
    return FALSE;

  job = q_migration_start_to_file (machine, path, &template->has_files,
                                   q_time_limit_get_rest (limit), cancellable, error);
  good = job != NULL && q_job_wait (job, q_time_limit_get_rest (limit), cancellable, error);
  if (good)
    return TRUE;

  /* The guest goes on as if nothing had been. */
  if (job != NULL)
    q_job_cancel (job, Q_TIMEOUT_DEFAULT, NULL, NULL);
  q_migration_set_capability (machine, "x-ignore-shared", FALSE, Q_TIMEOUT_DEFAULT, NULL, NULL);
  g_unlink (path);
  return FALSE;
}

static gboolean
describe (QMachine *machine, Source *source, QTemplate *template, int timeout,
          GCancellable *cancellable, GError **error)
{
  g_autoptr (QMonitor) monitor = q_machine_dup_monitor (machine);
  g_autofree char *binary = g_find_program_in_path (source->binary);

  template->binary = binary != NULL ? q_path_make_absolute (binary) : g_strdup (source->binary);
  template->qemu = monitor != NULL ? q_monitor_dup_version (monitor) : NULL;
  template->machine_type = g_strdup (source->machine_type);
  template->args = q_machine_dup_args (machine);
  g_ptr_array_add (template->files, g_strdup (source->ram));
  g_ptr_array_add (template->files, g_build_filename (source->directory, Q_TEMPLATE_STATE, NULL));

  return q_template_find_ram_size ((const char *const *)template->args, &template->ram_size, error)
         && q_template_describe_parts (template, machine, timeout, cancellable, error);
}

static gpointer
save (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  QMachine *machine = source_object;
  Save *call = data;
  Source *source = get_source (machine);
  QTimeLimit limit = q_time_limit_begin (call->timeout);
  g_autoptr (QTemplate) template = NULL;

  if (call->timeout < -1)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "save_template: %d is no time-out: -1 waits without end", call->timeout);
      return NULL;
    }
  if (source == NULL || g_atomic_int_get (&source->saved))
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "save_template: %s",
                   source == NULL ? "call prepare_template() before the launch"
                                  : "the machine has become a template already");
      return NULL;
    }

  if (q_helper_count (machine) > 0)
    {
      g_set_error_literal (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                           "save_template: the machine has helpers, whose state no template has");
      return NULL;
    }

  template = q_template_new (source->directory);
  if (!describe (machine, source, template, q_time_limit_get_rest (&limit), cancellable, error)
      || !check_drives (machine, q_time_limit_get_rest (&limit), cancellable, error)
      || !check_blockers (machine, q_time_limit_get_rest (&limit), cancellable, error)
      || !save_state (machine, template, &limit, cancellable, error))
    return NULL;

  /* From here on memory and disks are the template's. QEMU has stopped the guest, and must not go
   * on with it: what it wrote would be seen by the clones. */
  g_atomic_int_set (&source->saved, TRUE);
  q_machine_keep_overlays (machine);
  if (!q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL)
      && !q_machine_kill (machine, NULL, error))
    return NULL;

  return GINT_TO_POINTER (q_template_write (template, error));
}

/**
 * q_machine_save_template:
 * @self: a machine that was prepared by [method@Machine.prepare_template] and runs
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Saves the guest as it is now as a template, and ends the machine.
 *
 * The memory of the guest is not copied, so it takes some hundredths of a second. The template is
 * whole when the call returns; it has no manifest before, so a program that dies in between leaves
 * nothing that looks like one. It is valid until the host boots anew, unless its file system is
 * made safe by other means. If it fails before QEMU has saved the state, the guest goes on.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for what cannot be cloned, with its name;
 * %Q_MACHINE_ERROR_NOT_RUNNING; those of [method@Job.wait].
 *
 * Returns: %TRUE if there is a template
 *
 * Since: 1.0
 */
gboolean
q_machine_save_template (QMachine *self, int timeout, GCancellable *cancellable, GError **error)
{
  Save call = { timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return save (self, &call, cancellable, error) != NULL;
}

/**
 * q_machine_save_template_async:
 * @self: a machine that was prepared
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when there is a template
 * @user_data: data for @callback
 *
 * Like [method@Machine.save_template], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_save_template_async (QMachine *self, int timeout, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Save *call;

  g_return_if_fail (Q_IS_MACHINE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  call = g_new (Save, 1);
  call->timeout = timeout;
  g_task_set_source_tag (task, q_machine_save_template_async);
  g_task_set_task_data (task, call, g_free);
  g_task_set_check_cancellable (task, FALSE);
  q_blocking_task_run (g_steal_pointer (&task), save, NULL);
}

/**
 * q_machine_save_template_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.save_template_async].
 *
 * Returns: %TRUE if there is a template
 *
 * Since: 1.0
 */
gboolean
q_machine_save_template_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == q_machine_save_template_async,
                        FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}
