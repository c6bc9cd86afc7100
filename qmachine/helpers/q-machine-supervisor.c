/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helpers/q-helper.h"

#include "helpers/copied-supervisor-private.h"
#include "io/blocking-task-private.h"
#include "q-machine-private.h"

static QSupervisorCopy *
make_copy (QMachine *self, const char *dir, int timeout)
{
  QSupervisorCopy *copy = g_new0 (QSupervisorCopy, 1);
  QLaunchConfig *config = q_machine_lock_config (self);

  copy->launcher = q_launch_config_dup_plain_wrapper (config);
  copy->shell = config->wrapper_shell;
  q_machine_unlock_config (self);
  copy->dir = g_strdup (dir);
  copy->timeout = timeout;

  return copy;
}

static void
copy_free (gpointer data)
{
  q_supervisor_copy_free (data);
}

static gpointer
copy_supervisor (gpointer source_object, gpointer data, GCancellable *cancellable, GError **error)
{
  return q_supervisor_copy_run (data, cancellable, error);
}

/**
 * q_machine_copy_supervisor:
 * @self: a machine
 * @dir: (nullable) (type filename): an absolute path on the other host, which is made if it is not
 *   there; %NULL for `qmachine` in `$XDG_CACHE_HOME` or `~/.cache` there
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): to give it up
 * @error: return location for an error
 *
 * Copies the library's `qmachine-exec` to where [property@Machine:wrapper] leads, and returns its
 * path there: with `--follow` behind it that belongs at the wrapper's end, so that nothing is left
 * when the connection ends.
 *
 * The wrapper is run as it is now, with a POSIX `sh` behind it, which gets the file on its standard
 * input; with [property@Machine:wrapper-shell] if that is set, and without the words that stand for
 * sockets. `sha256sum` must be there. The copy has its check sum in its name and is checked and
 * tried before it gets that; one that is there already stays. It is not removed at the end: it is
 * some ten kilobytes, and of use to all programs of that user. What a connection that broke has
 * brought is removed. The calling thread needs no main loop.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a machine without a wrapper, a wrapper that
 * is not there, a relative @dir and a @timeout below -1; %Q_MACHINE_ERROR_LAUNCH_FAILED with the
 * launcher's own words when it fails, also for another processor than this one, which is named;
 * %G_IO_ERROR_TIMED_OUT; %G_IO_ERROR_CANCELLED; those of reading the file here.
 *
 * ```c
 * g_auto (GStrv) launcher = q_machine_dup_wrapper (machine);
 * g_autofree char *path = q_machine_copy_supervisor (machine, NULL, 30000, NULL, error);
 * g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
 * g_auto (GStrv) wrapper = NULL;
 *
 * if (path == NULL)
 *   return FALSE;
 * g_strv_builder_addv (words, (const char **)launcher);
 * g_strv_builder_add_many (words, path, "--follow", NULL);
 * wrapper = g_strv_builder_end (words);
 * q_machine_set_wrapper (machine, (const char *const *)wrapper);
 * ```
 *
 * Returns: (transfer full) (type filename): the path there, %NULL on failure
 *
 * Since: 1.0
 */
char *
q_machine_copy_supervisor (QMachine *self, const char *dir, int timeout, GCancellable *cancellable,
                           GError **error)
{
  g_autoptr (QSupervisorCopy) copy = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  copy = make_copy (self, dir, timeout);
  return q_supervisor_copy_run (copy, cancellable, error);
}

/**
 * q_machine_copy_supervisor_async:
 * @self: a machine
 * @dir: (nullable) (type filename): an absolute path on the other host, which is made if it is not
 *   there; %NULL for `qmachine` in `$XDG_CACHE_HOME` or `~/.cache` there
 * @timeout: the limit in milliseconds; -1 for none
 * @cancellable: (nullable): to give it up
 * @callback: (nullable) (scope async): called when it is there
 * @user_data: data for @callback
 *
 * Like [method@Machine.copy_supervisor], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_copy_supervisor_async (QMachine *self, const char *dir, int timeout,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (Q_IS_MACHINE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, q_machine_copy_supervisor_async);
  g_task_set_task_data (task, make_copy (self, dir, timeout), copy_free);
  g_task_set_check_cancellable (task, FALSE);
  q_blocking_task_run (g_steal_pointer (&task), copy_supervisor, g_free);
}

/**
 * q_machine_copy_supervisor_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.copy_supervisor_async].
 *
 * Returns: (transfer full) (type filename): the path there, %NULL on failure
 *
 * Since: 1.0
 */
char *
q_machine_copy_supervisor_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == q_machine_copy_supervisor_async,
                        NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
