/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/q-migration.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#include "block/disks-private.h"
#include "block/migration-private.h"
#include "io/blocking-task-private.h"
#include "io/path-private.h"
#include "io/time-limit-private.h"

#define CLEAN_UP Q_MIGRATION_CLEAN_UP

/* For a file it is better that the guest stands still than that it never ends. QEMU's bound. */
#define LONG_DOWNTIME 2000000

#define LAST_LINES 3

typedef struct
{
  const char *name;
  QBlockingFunc func;
  const char *text; /* a path or an address */
  QMachine *target; /* may be NULL */
  int timeout;
} Call;

static void
call_free (gpointer data)
{
  Call *self = data;

  g_free ((char *)self->text);
  g_clear_object (&self->target);
  g_free (self);
}

static gboolean
check_timeout (Call *self, GError **error)
{
  if (self->timeout >= -1)
    return TRUE;

  return q_time_limit_refuse (self->timeout, self->name, Q_MACHINE_ERROR,
                              Q_MACHINE_ERROR_INVALID_CONFIGURATION, error);
}

static gboolean
check_overlays (QMachine *machine, Call *self, GError **error)
{
  g_autoptr (GPtrArray) disks = q_machine_list_disk_specs (machine);

  for (guint i = 0; i < disks->len; i++)
    {
      QDiskSpec *disk = disks->pdata[i];

      if (disk->overlay)
        {
          g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                       "%s: disk \"%s\" has an overlay of this machine alone: the guest needs the "
                       "same image there",
                       self->name, disk->name);
          return FALSE;
        }
    }

  return TRUE;
}

/* -- to an address -- */

static gpointer
migrate_to_uri (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  Call *self = data;
  QTimeLimit limit = q_time_limit_begin (self->timeout);
  gboolean ran = q_machine_get_run_state (source_object) == Q_RUN_STATE_RUNNING;
  g_autoptr (GError) reason = NULL;
  gboolean good;
  QJob *job;

  if (!check_timeout (self, error) || !q_migration_take_turn (source_object, self->name, error))
    return NULL;

  job = q_migration_start (source_object, self->text, q_time_limit_get_rest (&limit), cancellable,
                           &reason);
  good = job != NULL && q_migration_carry_out (source_object, job, &limit, cancellable, &reason);
  q_migration_end_turn (source_object);
  /* It was given up when it was done: the guest runs there, and must not do so here. */
  if (job != NULL && ran && q_machine_get_run_state (source_object) == Q_RUN_STATE_POSTMIGRATE)
    good = TRUE;
  if (good)
    return q_migration_make_result (source_object, -1);

  g_propagate_error (error, g_steal_pointer (&reason));
  return NULL;
}

/* -- to a file -- */

static gboolean
set_pace (QMachine *machine, gint64 bandwidth, gint64 downtime, int timeout,
          GCancellable *cancellable, GError **error)
{
  g_autofree char *arguments = g_strdup_printf ("{\"max-bandwidth\": %" G_GINT64_FORMAT
                                                ", \"downtime-limit\": %" G_GINT64_FORMAT "}",
                                                bandwidth, downtime);
  g_autofree char *reply = q_machine_command_json (machine, "migrate-set-parameters", arguments,
                                                   timeout, cancellable, error);

  return reply != NULL;
}

static gboolean
write_state (QMachine *machine, const char *path, const QTimeLimit *limit,
             GCancellable *cancellable, GError **error)
{
  g_autoptr (JsonNode) before = q_machine_command (
    machine, "query-migrate-parameters", NULL, q_time_limit_get_rest (limit), cancellable, error);
  JsonObject *parameters;
  gboolean good;
  QJob *job;

  if (before == NULL
      || !set_pace (machine, 0, LONG_DOWNTIME, q_time_limit_get_rest (limit), cancellable, error))
    return FALSE;

  job = q_migration_start_to_file (machine, path, NULL, q_time_limit_get_rest (limit), cancellable,
                                   error);
  good = job != NULL && q_migration_carry_out (machine, job, limit, cancellable, error);

  parameters = json_node_get_object (before);
  set_pace (machine, json_object_get_int_member (parameters, "max-bandwidth"),
            json_object_get_int_member (parameters, "downtime-limit"), CLEAN_UP, NULL, NULL);
  return good;
}

static gboolean
fail_with_errno (Call *self, const char *path, GError **error)
{
  int number = errno;

  g_set_error (error, G_IO_ERROR, (int)g_io_error_from_errno (number), "%s: %s: %s", self->name,
               path, g_strerror (number));
  return FALSE;
}

/* A file that nobody else has; its name, or NULL. */
static char *
make_partial (Call *self, const char *path, GError **error)
{
  g_autofree char *partial = g_strconcat (path, ".XXXXXX", NULL);
  int fd;

  /* There the rename would fail, when the guest stands still already. */
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      errno = EISDIR;
      fail_with_errno (self, path, error);
      return NULL;
    }
  fd = g_mkstemp_full (partial, O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      fail_with_errno (self, path, error);
      return NULL;
    }

  g_close (fd, NULL);
  return g_steal_pointer (&partial);
}

static gboolean
save_to (QMachine *machine, Call *self, const QTimeLimit *limit, GCancellable *cancellable,
         GError **error)
{
  g_autofree char *path = q_path_make_absolute (self->text);
  g_autofree char *partial = make_partial (self, path, error);
  gboolean ran = q_machine_get_run_state (machine) == Q_RUN_STATE_RUNNING;

  if (partial == NULL)
    return FALSE;
  if (write_state (machine, partial, limit, cancellable, error)
      && (g_rename (partial, path) == 0 || fail_with_errno (self, path, error)))
    return TRUE;

  q_migration_go_on (machine, ran);
  g_unlink (partial);
  return FALSE;
}

static gpointer
save_state (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  Call *self = data;
  QTimeLimit limit = q_time_limit_begin (self->timeout);
  gboolean good;

  if (!check_timeout (self, error) || !check_overlays (source_object, self, error)
      || !q_migration_take_turn (source_object, self->name, error))
    return NULL;

  good = save_to (source_object, self, &limit, cancellable, error);
  q_migration_end_turn (source_object);
  return good ? q_migration_make_result (source_object, -1) : NULL;
}

static gboolean
launch_for_guest (QMachine *machine, Call *self, const char *path, const QTimeLimit *limit,
                  GCancellable *cancellable, GError **error)
{
  gboolean good;

  if (!q_incoming_arm (machine, path, limit, error))
    {
      g_prefix_error (error, "%s: ", self->name);
      return FALSE;
    }

  good = q_machine_launch (machine, cancellable, error);
  q_incoming_disarm (machine);
  return good;
}

static gpointer
restore_state (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  Call *self = data;
  QTimeLimit limit = q_time_limit_begin (self->timeout);
  g_autofree char *path = NULL;

  if (!check_timeout (self, error) || !check_overlays (source_object, self, error))
    return NULL;
  if (q_machine_is_running (source_object))
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ALREADY_LAUNCHED,
                   "restore_state: the machine runs already");
      return NULL;
    }

  path = q_path_make_absolute (self->text);
  return GINT_TO_POINTER (launch_for_guest (source_object, self, path, &limit, cancellable, error));
}

/* -- to a machine -- */

static gboolean
check_pair (QMachine *source, Call *self, GError **error)
{
  if (!q_machine_is_running (source))
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                 "migrate_to: the machine does not run");
  else if (source == self->target)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "migrate_to: the guest is in this machine already");
  else if (q_machine_is_running (self->target)
           && q_machine_get_run_state (self->target) != Q_RUN_STATE_INMIGRATE)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "migrate_to: the target has a guest already: leave its launch to this call");
  else
    return check_overlays (source, self, error) && check_overlays (self->target, self, error);

  return FALSE;
}

/* Why it ended says more than that its socket was closed. */
static void
add_last_words (QMachine *target, GError **error)
{
  g_autofree char *log = q_machine_dup_log (target);
  const char *text;

  if (log == NULL || *g_strchomp (log) == '\0')
    return;

  text = log + strlen (log);
  for (guint n_lines = 0; text > log; text--)
    if (text[-1] == '\n' && ++n_lines == LAST_LINES)
      break;
  g_prefix_error (error, "the target wrote last: %s: ", text);
}

static gboolean
move (QMachine *source, Call *self, const QTimeLimit *limit, gint64 *downtime,
      GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) reason = NULL;
  gboolean ran = q_machine_get_run_state (source) == Q_RUN_STATE_RUNNING;
  gboolean good;

  if (!q_machine_is_running (self->target)
      && !launch_for_guest (self->target, self, NULL, limit, cancellable, error))
    {
      g_prefix_error (error, "the target: ");
      return FALSE;
    }

  good = q_migration_transfer (source, self->target, limit, downtime, cancellable, &reason);
  /* The next one may go to a file, from which there is no way back. */
  q_migration_set_capability (source, "return-path", FALSE, CLEAN_UP, NULL, NULL);
  if (!good)
    {
      q_migration_close_fd (source, "qmachine-peer");
      q_machine_kill (self->target, NULL, NULL);
      add_last_words (self->target, &reason);
      q_migration_learn_run_state (source);
      q_migration_go_on (source, ran);
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }

  q_migration_set_capability (self->target, "return-path", FALSE, CLEAN_UP, NULL, NULL);
  q_migration_learn_run_state (self->target);
  return TRUE;
}

static gpointer
migrate_to (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  Call *self = data;
  QTimeLimit limit = q_time_limit_begin (self->timeout);
  gint64 downtime = -1;
  gboolean good;

  if (!check_timeout (self, error) || !check_pair (source_object, self, error)
      || !q_migration_take_turn (source_object, self->name, error))
    return NULL;

  good = move (source_object, self, &limit, &downtime, cancellable, error);
  q_migration_end_turn (source_object);
  return good ? q_migration_make_result (source_object, downtime) : NULL;
}

/* -- the calls -- */

static void
run_async (QMachine *machine, const Call *call, gpointer tag, GCancellable *cancellable,
           GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (machine, cancellable, callback, user_data);
  Call *copy = g_memdup2 (call, sizeof *call);

  copy->text = g_strdup (call->text);
  if (copy->target != NULL)
    g_object_ref (copy->target);
  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, copy, call_free);
  /* What has been done is told, though the cancellable was cancelled meanwhile. */
  g_task_set_check_cancellable (task, FALSE);
  q_blocking_task_run (g_steal_pointer (&task), call->func,
                       call->func == restore_state ? NULL : g_object_unref);
}

/**
 * q_machine_migrate_to:
 * @self: a machine that runs
 * @target: the machine that gets the guest
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Moves the guest to another machine on this host, while it runs.
 *
 * @target is launched by this call, and waits for the guest then; or it was launched with
 * `-incoming defer` in its arguments. It needs the same devices as @self, and the same images by
 * the same paths: this call copies no disk. QEMU hands over the locks of the images.
 *
 * In the end @target runs, or is paused as @self was, and @self is in %Q_RUN_STATE_POSTMIGRATE:
 * end it then. If it fails, or the limit passes, or the call is cancelled, the guest goes on in
 * @self as if nothing had been, and @target is ended. While it lasts [method@Machine.get_jobs] has
 * a job that tells how far it is. The launch of @target ends with the limit, too, or with
 * [property@Machine:launch-timeout] where that is shorter.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a target that does not wait for a guest, and
 * for disks with an overlay of their own; %Q_MACHINE_ERROR_NOT_RUNNING; %G_IO_ERROR_BUSY while the
 * guest is being saved or moved by another call; those of [method@Machine.launch] and of
 * [method@Job.wait], with the last words of the target; both monitors must be on Unix sockets.
 *
 * Returns: (transfer full): how long it took
 *
 * Since: 1.0
 */
QMigrationResult *
q_machine_migrate_to (QMachine *self, QMachine *target, int timeout, GCancellable *cancellable,
                      GError **error)
{
  Call call = { "migrate_to", migrate_to, NULL, target, timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (Q_IS_MACHINE (target), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return migrate_to (self, &call, cancellable, error);
}

/**
 * q_machine_migrate_to_async:
 * @self: a machine that runs
 * @target: the machine that gets the guest
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Machine.migrate_to], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_migrate_to_async (QMachine *self, QMachine *target, int timeout,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  Call call = { "migrate_to", migrate_to, NULL, target, timeout };

  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (Q_IS_MACHINE (target));

  run_async (self, &call, q_machine_migrate_to_async, cancellable, callback, user_data);
}

/**
 * q_machine_migrate_to_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.migrate_to_async].
 *
 * Returns: (transfer full): how long it took
 *
 * Since: 1.0
 */
QMigrationResult *
q_machine_migrate_to_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == q_machine_migrate_to_async,
                        NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * q_machine_migrate_to_uri:
 * @self: a machine that runs
 * @uri: where the guest goes, as QEMU takes it, such as `unix:PATH` or `tcp:HOST:PORT`
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Moves the guest to a QEMU that waits for it elsewhere.
 *
 * Where the limit passes, or the call is cancelled, the migration is cancelled, and the guest
 * goes on here; unless it was done in that moment, which counts as good.
 *
 * Errors: %Q_MACHINE_ERROR_NOT_RUNNING; %G_IO_ERROR_BUSY while the guest is being saved or moved
 * by another call; those of [method@Machine.start_job] and of [method@Job.wait].
 *
 * Returns: (transfer full): how long it took
 *
 * Since: 1.0
 */
QMigrationResult *
q_machine_migrate_to_uri (QMachine *self, const char *uri, int timeout, GCancellable *cancellable,
                          GError **error)
{
  Call call = { "migrate_to_uri", migrate_to_uri, uri, NULL, timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (uri != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return migrate_to_uri (self, &call, cancellable, error);
}

/**
 * q_machine_migrate_to_uri_async:
 * @self: a machine that runs
 * @uri: where the guest goes, as QEMU takes it, such as `unix:PATH` or `tcp:HOST:PORT`
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Machine.migrate_to_uri], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_migrate_to_uri_async (QMachine *self, const char *uri, int timeout,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  Call call = { "migrate_to_uri", migrate_to_uri, uri, NULL, timeout };

  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (uri != NULL);

  run_async (self, &call, q_machine_migrate_to_uri_async, cancellable, callback, user_data);
}

/**
 * q_machine_migrate_to_uri_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.migrate_to_uri_async].
 *
 * Returns: (transfer full): how long it took
 *
 * Since: 1.0
 */
QMigrationResult *
q_machine_migrate_to_uri_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == q_machine_migrate_to_uri_async,
                        NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * q_machine_save_state:
 * @self: a machine that runs
 * @path: (type filename): the file; one that is there is replaced
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Saves the memory and the devices of the guest to a file.
 *
 * The guest stands still when it is done, in %Q_RUN_STATE_POSTMIGRATE, and its disks are as the
 * file needs them: copy them, or end the machine, before it goes on.
 * [method@Machine.restore_state] goes on from the file, any number of times, also with a later
 * QEMU if the machine type is a versioned one. The file comes into being at @path only when it is
 * whole; until then it is beside it, with a dot and six letters more in its name, which nobody else
 * has. If it fails the guest goes on.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for disks with an overlay that ends with the
 * machine; %Q_MACHINE_ERROR_NOT_RUNNING; %G_IO_ERROR_BUSY while the guest is being saved or moved
 * by another call; those of [method@Job.wait], and of the file, such as %G_IO_ERROR_IS_DIRECTORY.
 *
 * Returns: (transfer full): how long it took
 *
 * Since: 1.0
 */
QMigrationResult *
q_machine_save_state (QMachine *self, const char *path, int timeout, GCancellable *cancellable,
                      GError **error)
{
  Call call = { "save_state", save_state, path, NULL, timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return save_state (self, &call, cancellable, error);
}

/**
 * q_machine_save_state_async:
 * @self: a machine that runs
 * @path: (type filename): the file; one that is there is replaced
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Machine.save_state], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_save_state_async (QMachine *self, const char *path, int timeout,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  Call call = { "save_state", save_state, path, NULL, timeout };

  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (path != NULL);

  run_async (self, &call, q_machine_save_state_async, cancellable, callback, user_data);
}

/**
 * q_machine_save_state_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.save_state_async].
 *
 * Returns: (transfer full): how long it took
 *
 * Since: 1.0
 */
QMigrationResult *
q_machine_save_state_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == q_machine_save_state_async,
                        NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * q_machine_restore_state:
 * @self: a machine that does not run
 * @path: (type filename): what [method@Machine.save_state] has saved
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Launches the machine with the guest of a file.
 *
 * The machine needs the devices and the disks of the one that was saved. When the call returns
 * the guest runs, or is paused as it was when it was saved. The limit is that of the launch, where
 * [property@Machine:launch-timeout] is not shorter: one that takes longer leaves nothing.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for disks with an overlay; those of
 * [method@Machine.launch], with QEMU's words, and of the file, which cannot be a FIFO.
 *
 * Returns: %TRUE if the guest is there
 *
 * Since: 1.0
 */
gboolean
q_machine_restore_state (QMachine *self, const char *path, int timeout, GCancellable *cancellable,
                         GError **error)
{
  Call call = { "restore_state", restore_state, path, NULL, timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return restore_state (self, &call, cancellable, error) != NULL;
}

/**
 * q_machine_restore_state_async:
 * @self: a machine that does not run
 * @path: (type filename): what [method@Machine.save_state] has saved
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable) (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Machine.restore_state], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_restore_state_async (QMachine *self, const char *path, int timeout,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  Call call = { "restore_state", restore_state, path, NULL, timeout };

  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (path != NULL);

  run_async (self, &call, q_machine_restore_state_async, cancellable, callback, user_data);
}

/**
 * q_machine_restore_state_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.restore_state_async].
 *
 * Returns: %TRUE if the guest is there
 *
 * Since: 1.0
 */
gboolean
q_machine_restore_state_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == q_machine_restore_state_async,
                        FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}
