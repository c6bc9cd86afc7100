/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "template/q-template.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>

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
#include "template/source-private.h"
#include "template/template-private.h"

/* -- a machine that may be saved -- */

static QTemplateSource *
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
 * that is removed when QEMU ends. What a program has left that was killed is known by a mark, and
 * is removed by the next launch there when no QEMU uses it any more. Any other file that is there
 * already is never removed, and the launch is refused: it may be an image, or another machine's
 * that is to become a template there. Settings may be changed until the launch; those of the launch
 * count.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a directory that has a template already, and
 * from the launch for arguments that no template can have, and for a file in the place of `ram`, or
 * of the overlay of a disk; those of making the directory.
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
  QTemplateSource *source;

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

  source = q_template_source_new (absolute);
  g_object_set_data_full (G_OBJECT (self), "qmachine-template", source, q_template_source_unref);
  q_machine_add_hook (self, &q_template_source_hook, source);
  q_machine_set_overlay_dir (self, absolute, q_template_source_get_token (source));

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
        {
          g_autofree char *top = q_disk_spec_make_top_name (disks->pdata[k]);

          known |= g_str_equal (top, node);
        }
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

/* The one that this call makes, and no other, is written over by QEMU. */
static gboolean
make_state (const char *path, GError **error)
{
  int fd = g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  if (fd < 0)
    {
      int number = errno;

      g_set_error (error, G_IO_ERROR, (int)g_io_error_from_errno (number), "save_template: %s: %s",
                   path, g_strerror (number));
      return FALSE;
    }

  return g_close (fd, error);
}

static gboolean
save_state (QMachine *machine, QTemplate *template, const QTimeLimit *limit,
            GCancellable *cancellable, GError **error)
{
  g_autofree char *path = g_build_filename (template->directory, Q_TEMPLATE_STATE, NULL);
  gboolean ran = q_machine_get_run_state (machine) == Q_RUN_STATE_RUNNING;
  QJob *job = NULL;

  if (!make_state (path, error))
    return FALSE;
  if (q_migration_set_capability (machine, "x-ignore-shared", TRUE, q_time_limit_get_rest (limit),
                                  cancellable, error))
    job = q_migration_start_to_file (machine, path, &template->has_files,
                                     q_time_limit_get_rest (limit), cancellable, error);
  if (job != NULL && q_migration_carry_out (machine, job, limit, cancellable, error))
    return TRUE;

  /* The guest goes on as if nothing had been. */
  q_migration_set_capability (machine, "x-ignore-shared", FALSE, Q_MIGRATION_CLEAN_UP, NULL, NULL);
  q_migration_go_on (machine, ran);
  g_unlink (path);
  return FALSE;
}

static QTemplate *
describe (QMachine *machine, QTemplateSource *source, int timeout, GCancellable *cancellable,
          GError **error)
{
  g_autoptr (QMonitor) monitor = q_machine_dup_monitor (machine);
  g_autoptr (QTemplate) template = q_template_source_describe (source);

  if (template == NULL || !q_machine_is_running (machine))
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                   "save_template: the machine does not run");
      return NULL;
    }

  template->qemu = monitor != NULL ? q_monitor_dup_version (monitor) : NULL;
  g_ptr_array_add (template->files, g_build_filename (template->directory, Q_TEMPLATE_RAM, NULL));
  if (!q_template_describe_parts (template, machine, timeout, cancellable, error)
      || !q_template_check_parts (template, error))
    return NULL;

  g_ptr_array_add (template->files, g_build_filename (template->directory, Q_TEMPLATE_STATE, NULL));
  return g_steal_pointer (&template);
}

static gboolean
make_template (QMachine *machine, QTemplateSource *source, const QTimeLimit *limit,
               GCancellable *cancellable, GError **error)
{
  g_autoptr (QTemplate) template
    = describe (machine, source, q_time_limit_get_rest (limit), cancellable, error);

  if (template == NULL || !check_drives (machine, q_time_limit_get_rest (limit), cancellable, error)
      || !check_blockers (machine, q_time_limit_get_rest (limit), cancellable, error)
      || !save_state (machine, template, limit, cancellable, error))
    return FALSE;

  /* From here on memory and disks are the template's. QEMU has stopped the guest, and must not go
   * on with it: what it wrote would be seen by the clones. */
  q_template_source_set_state (source, Q_TEMPLATE_SOURCE_SAVED);
  q_machine_keep_overlays (machine);
  if ((q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL)
       || q_machine_kill (machine, NULL, error))
      && q_template_write (template, error))
    return TRUE;

  q_template_source_set_state (source, Q_TEMPLATE_SOURCE_LOST);
  q_template_remove (template);
  g_prefix_error (error, "save_template: the guest is lost: ");
  return FALSE;
}

static gpointer
save (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  QMachine *machine = source_object;
  Save *call = data;
  QTemplateSource *source = get_source (machine);
  QTimeLimit limit = q_time_limit_begin (call->timeout);
  gboolean good;

  if (call->timeout < -1)
    {
      q_time_limit_refuse (call->timeout, "save_template", Q_MACHINE_ERROR,
                           Q_MACHINE_ERROR_INVALID_CONFIGURATION, error);
      return NULL;
    }
  if (source == NULL)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "save_template: call prepare_template() before the launch");
      return NULL;
    }
  if (q_helper_count (machine) > 0)
    {
      g_set_error_literal (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                           "save_template: the machine has helpers, whose state no template has");
      return NULL;
    }
  if (!q_migration_take_turn (machine, "save_template", error))
    return NULL;

  good = q_template_source_get_state (source) == Q_TEMPLATE_SOURCE_OPEN;
  if (good)
    good = make_template (machine, source, &limit, cancellable, error);
  else
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "save_template: the machine has become a template already");
  q_migration_end_turn (machine);
  return GINT_TO_POINTER (good);
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
 * made safe by other means.
 *
 * If it fails before QEMU has saved the state, or is cancelled, or the limit passes, the guest goes
 * on. If only the manifest cannot be written, QEMU has ended, and the error says that the guest is
 * lost: its files are removed, and the machine cannot be launched again.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for what cannot be cloned, with its name, and for
 * a file in the place of `state` or `manifest.json`; %Q_MACHINE_ERROR_NOT_RUNNING;
 * %G_IO_ERROR_BUSY while the guest is being saved or moved by another call; those of
 * [method@Job.wait].
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
