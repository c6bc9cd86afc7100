/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/q-template.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "block/disks-private.h"
#include "block/q-disk.h"
#include "block/q-job.h"
#include "block/template-private.h"
#include "io/blocking-task-private.h"
#include "io/path-private.h"
#include "io/time-limit-private.h"
#include "process/command-line-private.h"
#include "q-machine-private.h"

/* The memory of the guest is a file: shared by the source, which so has nothing to write of it, and
 * private in each clone, which reads a page when it needs it and copies it when it writes. The
 * state of the devices is a migration that leaves out memory that is shared. */

/* -- of both -- */

static void
add_memory (QLaunchParts *parts, const char *ram, guint64 size, gboolean share)
{
  g_autofree char *path = q_command_line_quote (ram);
  g_autofree char *object = g_strdup_printf (
    "memory-backend-file,id=template-ram,size=%" G_GUINT64_FORMAT ",mem-path=%s,share=%s", size,
    path, share ? "on" : "off");

  q_launch_parts_add_args (parts, (const char *const[]){ "-object", object, "-machine",
                                                         "memory-backend=template-ram", NULL });
}

/* Each clone shows the guest a number of its own in it, by which Linux knows to stir its random
 * numbers. Other boards have none. */
static void
add_generation (QLaunchParts *parts, const char *binary, const char *machine_type)
{
  g_autofree char *name = g_path_get_basename (binary);
  const char *const *args = q_launch_parts_get_user_args (parts);

  if (!g_str_equal (name, "qemu-system-x86_64") && !g_str_equal (name, "qemu-system-i386"))
    return;
  if (machine_type != NULL && !g_str_has_prefix (machine_type, "q35")
      && !g_str_has_prefix (machine_type, "pc"))
    return;
  for (guint i = 0; args != NULL && args[i] != NULL; i++)
    if (strstr (args[i], "vmgenid") != NULL)
      return;

  q_launch_parts_add_args (parts, (const char *const[]){ "-device", "vmgenid,guid=auto", NULL });
}

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
  add_memory (parts, self->ram, size, TRUE);
  add_generation (parts, self->binary, self->machine_type);
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
  Source *source;

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (directory != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  absolute = q_path_make_absolute (directory);
  manifest = g_build_filename (absolute, Q_TEMPLATE_MANIFEST, NULL);
  if (get_source (self) != NULL || q_machine_is_running (self))
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "template %s: the machine %s", absolute,
                   get_source (self) != NULL ? "is prepared for one already" : "runs already");
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
set_ignore_shared (QMachine *machine, gboolean ignore, int timeout, GCancellable *cancellable,
                   GError **error)
{
  g_autofree char *arguments
    = g_strdup_printf ("{\"capabilities\": [{\"capability\": \"x-ignore-shared\", \"state\": %s}]}",
                       ignore ? "true" : "false");
  g_autofree char *reply = q_machine_command_json (machine, "migrate-set-capabilities", arguments,
                                                   timeout, cancellable, error);

  return reply != NULL;
}

static QJob *
start_migration (QMachine *machine, const char *uri, int timeout, GCancellable *cancellable,
                 GError **error)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *arguments = json_object_new ();

  json_node_take_object (node, arguments);
  json_object_set_string_member (arguments, "uri", uri);

  return q_machine_start_job (machine, "migrate", node, timeout, cancellable, error);
}

/* By its name where QEMU takes that; an older one takes a descriptor of it. */
static QJob *
start_saving (QMachine *machine, QTemplate *template, const char *path, int timeout,
              GCancellable *cancellable, GError **error)
{
  g_autofree char *uri = g_strconcat ("file:", path, NULL);
  g_autoptr (GError) refusal = NULL;
  g_autoptr (JsonNode) arguments = NULL;
  g_autoptr (JsonNode) reply = NULL;
  QJob *job = start_migration (machine, uri, timeout, cancellable, &refusal);
  int fd;

  template->has_files = job != NULL;
  if (job != NULL)
    return job;
  if (!g_error_matches (refusal, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR))
    {
      g_propagate_error (error, g_steal_pointer (&refusal));
      return NULL;
    }

  fd = g_open (path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      int number = errno;

      g_set_error (error, G_IO_ERROR, (int)g_io_error_from_errno (number), "%s: %s", path,
                   g_strerror (number));
      return NULL;
    }
  arguments = json_from_string ("{\"fdname\": \"template\"}", NULL);
  reply = q_machine_command_with_fd (machine, "getfd", arguments, fd, timeout, cancellable, error);
  g_close (fd, NULL);

  return reply != NULL ? start_migration (machine, "fd:template", timeout, cancellable, error)
                       : NULL;
}

static gboolean
save_state (QMachine *machine, QTemplate *template, const QTimeLimit *limit,
            GCancellable *cancellable, GError **error)
{
  g_autofree char *path = g_build_filename (template->directory, Q_TEMPLATE_STATE, NULL);
  g_autoptr (QJob) job = NULL;
  gboolean good;

  if (!set_ignore_shared (machine, TRUE, q_time_limit_get_rest (limit), cancellable, error))
    return FALSE;

  job = start_saving (machine, template, path, q_time_limit_get_rest (limit), cancellable, error);
  good = job != NULL && q_job_wait (job, q_time_limit_get_rest (limit), cancellable, error);
  if (good)
    return TRUE;

  /* The guest goes on as if nothing had been. */
  if (job != NULL)
    q_job_cancel (job, Q_TIMEOUT_DEFAULT, NULL, NULL);
  set_ignore_shared (machine, FALSE, Q_TIMEOUT_DEFAULT, NULL, NULL);
  g_unlink (path);
  return FALSE;
}

static void
describe_consoles (QMachine *machine, QTemplate *template)
{
  QLaunchConfig *config = q_machine_lock_config (machine);

  for (guint i = 0; i < config->consoles->len; i++)
    {
      const QLaunchConsole *each = &g_array_index (config->consoles, QLaunchConsole, i);
      QTemplateConsole *console = g_new (QTemplateConsole, 1);

      console->name = g_strdup (each->name);
      console->device
        = each->device != NULL ? g_strdup (each->device) : g_strdup_printf ("serial%u", each->port);
      g_ptr_array_add (template->consoles, console);
    }
  q_machine_unlock_config (machine);
}

/* What the source wrote is in an overlay here, over which each clone has one of its own. */
static void
describe_disks (QMachine *machine, QTemplate *template)
{
  g_autoptr (GPtrArray) specs = q_machine_list_disk_specs (machine);

  for (guint i = 0; i < specs->len; i++)
    {
      QDiskSpec *spec = specs->pdata[i];
      QDiskSpec *disk = q_disk_spec_new ();

      disk->name = g_strdup (spec->name);
      disk->serial = g_strdup (spec->serial);
      disk->device = g_strdup (spec->device);
      disk->cache = spec->cache;
      disk->discard = spec->discard;
      disk->read_only = spec->read_only;
      disk->overlay = !spec->read_only;
      disk->path = spec->overlay ? g_strdup_printf ("%s/%s.qcow2", template->directory, spec->name)
                                 : g_strdup (spec->path);
      disk->format = g_strdup (spec->overlay ? "qcow2" : spec->format);
      g_ptr_array_add (template->disks, disk);
      g_ptr_array_add (template->files, g_strdup (disk->path));
      if (spec->overlay)
        g_ptr_array_add (template->files, g_strdup (spec->path));
    }
}

static gboolean
describe (QMachine *machine, Source *source, QTemplate *template, GError **error)
{
  g_autoptr (QMonitor) monitor = q_machine_dup_monitor (machine);
  g_autofree char *binary = g_find_program_in_path (source->binary);

  template->binary = binary != NULL ? q_path_make_absolute (binary) : g_strdup (source->binary);
  template->qemu = monitor != NULL ? q_monitor_dup_version (monitor) : NULL;
  template->machine_type = g_strdup (source->machine_type);
  template->args = q_machine_dup_args (machine);
  g_ptr_array_add (template->files, g_strdup (source->ram));
  g_ptr_array_add (template->files, g_build_filename (source->directory, Q_TEMPLATE_STATE, NULL));
  describe_consoles (machine, template);
  describe_disks (machine, template);

  return q_template_find_ram_size ((const char *const *)template->args, &template->ram_size, error);
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

  template = q_template_new (source->directory);
  if (!describe (machine, source, template, error)
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

/* -- a clone -- */

typedef struct
{
  QTemplate *template;
  int state_fd; /* while a launch begins */
  char *source; /* the arguments of `migrate-incoming` for this launch */
} Clone;

static void
clone_clear (gpointer data)
{
  Clone *self = data;

  if (self->state_fd >= 0)
    g_close (self->state_fd, NULL);
  q_template_free (self->template);
  g_free (self->source);
}

static gpointer
clone_ref (gpointer data)
{
  return g_atomic_rc_box_acquire (data);
}

static void
clone_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, clone_clear);
}

static gboolean
check_clone_args (QTemplate *template, const char *const *args, GError **error)
{
  const char *const nothing[] = { NULL };

  if (args == NULL)
    args = nothing;
  if (g_strv_equal (args, (const char *const *)template->args))
    return TRUE;

  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
               "template %s: a clone must have the arguments of its template, and these were "
               "changed",
               template->directory);
  return FALSE;
}

static gboolean
add_state (Clone *self, QLaunchParts *parts, GError **error)
{
  g_autofree char *path = g_build_filename (self->template->directory, Q_TEMPLATE_STATE, NULL);
  g_autoptr (JsonNode) arguments = NULL;
  g_autofree char *uri = NULL;

  if (self->template->has_files)
    {
      uri = g_strconcat ("file:", path, NULL);
    }
  else
    {
      self->state_fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
      if (self->state_fd < 0)
        {
          int number = errno;

          g_set_error (error, G_IO_ERROR, (int)g_io_error_from_errno (number), "template %s: %s",
                       path, g_strerror (number));
          return FALSE;
        }
      uri = g_strdup_printf ("fd:%d", q_launch_parts_add_fd (parts, self->state_fd));
    }

  q_launch_parts_add_args (parts, (const char *const[]){ "-incoming", "defer", NULL });
  q_launch_parts_await_incoming (parts);
  arguments = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (arguments, json_object_new ());
  json_object_set_string_member (json_node_get_object (arguments), "uri", uri);
  g_free (self->source);
  self->source = json_to_string (arguments, FALSE);
  return TRUE;
}

static gboolean
prepare_clone (gpointer data, QLaunchParts *parts, GError **error)
{
  Clone *self = data;
  g_autofree char *ram = g_build_filename (self->template->directory, Q_TEMPLATE_RAM, NULL);

  if (!q_launch_parts_has_monitor (parts))
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "template %s: a clone needs a monitor", self->template->directory);
      return FALSE;
    }
  if (!check_clone_args (self->template, q_launch_parts_get_user_args (parts), error))
    return FALSE;

  add_memory (parts, ram, self->template->ram_size, FALSE);
  add_generation (parts, self->template->binary, self->template->machine_type);
  return add_state (self, parts, error);
}

static void
close_state (Clone *self)
{
  if (self->state_fd >= 0)
    g_close (g_steal_fd (&self->state_fd), NULL);
}

/* -- the state, when the monitor is ready -- */

typedef struct
{
  Clone *clone;
  QLaunchSettling *settling;
} Arrival;

static void
arrival_end (Arrival *self, const GError *error)
{
  GError *reason = NULL;

  if (error != NULL)
    {
      reason = g_error_copy (error);
      g_prefix_error (&reason, "template %s: ", self->clone->template->directory);
    }
  q_launch_settling_end (self->settling, reason);
  clone_unref (self->clone);
  g_free (self);
}

static void
incoming_cb (const char *value, const GError *error, gpointer data)
{
  arrival_end (data, error);
}

static void
capabilities_cb (const char *value, const GError *error, gpointer data)
{
  Arrival *self = data;

  if (error != NULL)
    arrival_end (self, error);
  else
    q_launch_settling_ask (self->settling, "migrate-incoming", self->clone->source, incoming_cb,
                           self);
}

static void
clone_arrives (gpointer data, QLaunchSettling *settling)
{
  Arrival *arrival = g_new (Arrival, 1);

  arrival->clone = clone_ref (data);
  arrival->settling = settling;
  q_launch_settling_ask (
    settling, "migrate-set-capabilities",
    "{\"capabilities\": [{\"capability\": \"x-ignore-shared\", \"state\": true}]}", capabilities_cb,
    arrival);
}

static void
clone_started (gpointer data)
{
  close_state (data);
}

static void
clone_ended (gpointer data, gboolean detached)
{
  close_state (data);
}

static const QLaunchHook clone_hook = {
  .ref = clone_ref,
  .unref = clone_unref,
  .prepare = prepare_clone,
  .started = clone_started,
  .arrive = clone_arrives,
  .ended = clone_ended,
};

static gboolean
add_parts (QMachine *machine, QTemplate *template, GError **error)
{
  for (guint i = 0; i < template->consoles->len; i++)
    {
      const QTemplateConsole *console = template->consoles->pdata[i];

      if (q_machine_add_console (machine, console->name, console->device, error) == NULL)
        return FALSE;
    }

  for (guint i = 0; i < template->disks->len; i++)
    {
      const QDiskSpec *spec = template->disks->pdata[i];
      g_autoptr (QDisk) disk = q_disk_new (spec->path, spec->format);

      g_object_set (disk, "name", spec->name, "serial", spec->serial, "device", spec->device,
                    "read-only", spec->read_only, "overlay", spec->overlay, "discard",
                    spec->discard, "cache", spec->cache, NULL);
      if (!q_machine_add_disk (machine, disk, Q_TIMEOUT_DEFAULT, NULL, error))
        return FALSE;
    }

  return TRUE;
}

/**
 * q_machine_new_from_template: (constructor)
 * @directory: (type filename): what [method@Machine.save_template] saved
 * @error: return location for an error
 *
 * Makes a machine whose guest begins where that of the template was.
 *
 * Its launch is done when the guest runs, some hundredths of a second after QEMU has begun. It can
 * be launched any number of times, and there can be any number of machines of one template, in any
 * number of processes: they share the memory that none has written to. Disks begin as they were,
 * each with an overlay of its own. Consoles are there by the same names. Arguments must stay as
 * they are; names, paths and limits may be changed.
 *
 * The guests are copies: what must be unique in each of them, such as an address on a network they
 * share, is the program's to change.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a directory without a whole template, and for
 * one of which QEMU, the memory, the state or a disk has been changed since.
 *
 * ```c
 * g_autoptr (QMachine) machine = q_machine_new_from_template ("booted", error);
 *
 * return machine != NULL && q_machine_launch (machine, NULL, error);
 * ```
 *
 * Returns: (transfer full): the machine, not launched
 *
 * Since: 1.0
 */
QMachine *
q_machine_new_from_template (const char *directory, GError **error)
{
  g_autofree char *absolute = NULL;
  g_autoptr (QTemplate) template = NULL;
  g_autoptr (QMachine) machine = NULL;
  Clone *clone;

  g_return_val_if_fail (directory != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  absolute = q_path_make_absolute (directory);
  template = q_template_read (absolute, error);
  if (template == NULL)
    return NULL;

  machine = g_object_new (Q_TYPE_MACHINE, "binary", template->binary, "machine-type",
                          template->machine_type, "args", template->args, NULL);
  if (!add_parts (machine, template, error))
    return NULL;

  clone = g_atomic_rc_box_new0 (Clone);
  clone->state_fd = -1;
  clone->template = g_steal_pointer (&template);
  q_machine_add_hook (machine, &clone_hook, clone);
  clone_unref (clone);

  return g_steal_pointer (&machine);
}
