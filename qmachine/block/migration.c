/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/migration-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>
#include <string.h>

#include "block/q-job-private.h"
#include "block/q-migration-result-private.h"

/* What comes behind this in a name is no name for QEMU. */
#define OFFSET ",offset="

#define CLOSE 2000 /* ms, to hear that it was done */

gboolean
q_migration_set_capability (QMachine *machine, const char *name, gboolean state, int timeout,
                            GCancellable *cancellable, GError **error)
{
  g_autofree char *arguments
    = g_strdup_printf ("{\"capabilities\": [{\"capability\": \"%s\", \"state\": %s}]}", name,
                       state ? "true" : "false");
  g_autofree char *reply = q_machine_command_json (machine, "migrate-set-capabilities", arguments,
                                                   timeout, cancellable, error);

  return reply != NULL;
}

QJob *
q_migration_start (QMachine *machine, const char *uri, int timeout, GCancellable *cancellable,
                   GError **error)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *arguments = json_object_new ();

  json_node_take_object (node, arguments);
  json_object_set_string_member (arguments, "uri", uri);

  return q_machine_start_job (machine, "migrate", node, timeout, cancellable, error);
}

/* QEMU closes a descriptor that it was given when a migration takes it, and keeps the space of the
 * file, or the other end's connection, until then. */
void
q_migration_close_fd (QMachine *machine, const char *name)
{
  g_autofree char *arguments = g_strdup_printf ("{\"fdname\": \"%s\"}", name);

  g_free (q_machine_command_json (machine, "closefd", arguments, CLOSE, NULL, NULL));
}

/* By its name where QEMU takes that; an older one takes a descriptor of it. */
QJob *
q_migration_start_to_file (QMachine *machine, const char *path, gboolean *by_name, int timeout,
                           GCancellable *cancellable, GError **error)
{
  g_autofree char *uri = g_strconcat ("file:", path, NULL);
  g_autoptr (GError) refusal = NULL;
  g_autoptr (JsonNode) arguments = NULL;
  g_autoptr (JsonNode) reply = NULL;
  QJob *job = NULL;
  int fd;

  if (strstr (path, OFFSET) == NULL)
    job = q_migration_start (machine, uri, timeout, cancellable, &refusal);
  if (by_name != NULL)
    *by_name = job != NULL;
  if (job != NULL)
    return job;
  if (refusal != NULL && !g_error_matches (refusal, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR))
    {
      g_propagate_error (error, g_steal_pointer (&refusal));
      return NULL;
    }

  fd = g_open (path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      int number = errno;

      g_set_error (error, G_IO_ERROR, (int)g_io_error_from_errno (number), "%s: %s", path,
                   g_strerror (number));
      return NULL;
    }
  arguments = json_from_string ("{\"fdname\": \"qmachine-state\"}", NULL);
  reply = q_machine_command_with_fd (machine, "getfd", arguments, fd, timeout, cancellable, error);
  /* A state that is there already is given up only when QEMU has the file. */
  if (reply != NULL && ftruncate (fd, 0) != 0)
    {
      int number = errno;

      g_set_error (error, G_IO_ERROR, (int)g_io_error_from_errno (number), "%s: %s", path,
                   g_strerror (number));
      g_clear_pointer (&reply, json_node_unref);
    }
  g_close (fd, NULL);

  if (reply != NULL)
    job = q_migration_start (machine, "fd:qmachine-state", timeout, cancellable, error);
  if (job == NULL)
    q_migration_close_fd (machine, "qmachine-state");
  return job;
}

/* The state is known when QEMU was asked: there is not an event for each change. */
void
q_migration_learn_run_state (QMachine *machine)
{
  g_free (q_machine_command_json (machine, "query-status", NULL, Q_MIGRATION_CLEAN_UP, NULL, NULL));
}

static gint64
get_number (JsonObject *object, const char *name)
{
  return json_object_get_int_member_with_default (object, name, 0);
}

QMigrationResult *
q_migration_make_result (QMachine *machine, gint64 downtime)
{
  g_autoptr (JsonNode) reply
    = q_machine_command (machine, "query-migrate", NULL, Q_MIGRATION_CLEAN_UP, NULL, NULL);
  JsonObject *migration;
  JsonNode *ram;

  if (reply == NULL || !JSON_NODE_HOLDS_OBJECT (reply))
    return q_migration_result_new (MAX (downtime, 0), 0, 0);

  migration = json_node_get_object (reply);
  ram = json_object_get_member (migration, "ram");
  if (downtime < 0)
    downtime = get_number (migration, "downtime");
  /* The source may be done before the guest runs there. */
  return q_migration_result_new (downtime, MAX (get_number (migration, "total-time"), downtime),
                                 ram != NULL && JSON_NODE_HOLDS_OBJECT (ram)
                                   ? get_number (json_node_get_object (ram), "transferred")
                                   : 0);
}

/* Takes over the job; what was given up is cancelled, unless it was done in that moment, or has
 * been since the wait ended. */
gboolean
q_migration_carry_out (QMachine *machine, QJob *started, const QTimeLimit *limit,
                       GCancellable *cancellable, GError **error)
{
  g_autoptr (QJob) job = started;
  g_autoptr (GError) reason = NULL;
  gboolean good = q_job_wait (job, q_time_limit_get_rest (limit), cancellable, &reason);

  if (!good)
    {
      g_autoptr (GError) end = NULL;

      q_job_call_off (job);
      end = q_job_dup_error (job);
      good = q_job_get_ended (job) && end == NULL;
    }
  q_migration_learn_run_state (machine);
  if (!good)
    g_propagate_error (error, g_steal_pointer (&reason));

  return good;
}
