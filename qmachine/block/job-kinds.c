/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/q-job-private.h"

/* What QEMU says of jobs, of the migration and of the dump, made one. */

typedef struct
{
  const char *name;
  QJobStatus status;
} StatusName;

static QJobStatus
find_status (const StatusName *names, gsize n_names, const char *name)
{
  for (gsize i = 0; i < n_names; i++)
    if (g_strcmp0 (names[i].name, name) == 0)
      return names[i].status;

  return Q_JOB_STATUS_UNDEFINED;
}

static const char *
get_string (JsonObject *object, const char *name)
{
  JsonNode *member = object != NULL ? json_object_get_member (object, name) : NULL;

  return member != NULL && json_node_get_value_type (member) == G_TYPE_STRING
           ? json_node_get_string (member)
           : NULL;
}

static guint64
get_number (JsonObject *object, const char *name)
{
  gint64 number = object != NULL ? json_object_get_int_member_with_default (object, name, 0) : 0;

  return (guint64)MAX (number, 0);
}

static JsonObject *
get_object (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* -- jobs -- */

static const StatusName job_statuses[] = {
  { "created", Q_JOB_STATUS_CREATED },     { "running", Q_JOB_STATUS_RUNNING },
  { "paused", Q_JOB_STATUS_PAUSED },       { "ready", Q_JOB_STATUS_READY },
  { "standby", Q_JOB_STATUS_STANDBY },     { "waiting", Q_JOB_STATUS_WAITING },
  { "pending", Q_JOB_STATUS_PENDING },     { "aborting", Q_JOB_STATUS_ABORTING },
  { "concluded", Q_JOB_STATUS_CONCLUDED },
};

static JsonObject *
find_job (QJob *self, JsonNode *reply)
{
  JsonArray *jobs = JSON_NODE_HOLDS_ARRAY (reply) ? json_node_get_array (reply) : NULL;

  for (guint i = 0; jobs != NULL && i < json_array_get_length (jobs); i++)
    {
      JsonObject *job = get_object (json_array_get_element (jobs, i));

      if (g_strcmp0 (get_string (job, "id"), q_job_get_id (self)) == 0)
        return job;
    }

  return NULL;
}

static void
take_job (QJob *self, JsonNode *reply)
{
  QJobReading reading = { .rate = -1 };
  JsonObject *job = find_job (self, reply);

  if (job == NULL)
    {
      q_job_lose (self);
      return;
    }

  q_job_set_type (self, get_string (job, "type"));
  reading.status
    = find_status (job_statuses, G_N_ELEMENTS (job_statuses), get_string (job, "status"));
  reading.current = get_number (job, "current-progress");
  reading.total = get_number (job, "total-progress");
  reading.problem = get_string (job, "error");
  /* The text of ECANCELED, which QEMU gives for nothing else. */
  reading.cancelled = g_strcmp0 (reading.problem, "Operation canceled") == 0;
  q_job_take_reading (self, &reading);
}

/* Of a job that QEMU dismisses by itself these are the only ones who tell how it ended. They come
 * before it is concluded, so one that is to be dismissed waits for QEMU's list. */
static void
hear_job (QJob *self, QMonitorEvent *event)
{
  QJobReading reading = { .status = Q_JOB_STATUS_CONCLUDED, .rate = -1 };
  JsonObject *data = get_object (q_monitor_event_get_data (event));
  const char *name = q_monitor_event_get_name (event);

  if (q_job_is_owned (self) || !g_str_has_prefix (name, "BLOCK_JOB_")
      || g_strcmp0 (get_string (data, "device"), q_job_get_id (self)) != 0)
    return;

  q_job_set_type (self, get_string (data, "type"));
  reading.current = get_number (data, "offset");
  reading.total = get_number (data, "len");
  reading.problem = get_string (data, "error");
  reading.cancelled = g_str_equal (name, "BLOCK_JOB_CANCELLED");
  q_job_take_reading (self, &reading);
}

static const char *const job_events[]
  = { "JOB_STATUS_CHANGE", "BLOCK_JOB_COMPLETED", "BLOCK_JOB_CANCELLED", NULL };

const QJobKind q_job_kind_job = {
  .events = job_events,
  .query = "query-jobs",
  .take = take_job,
  .hear = hear_job,
  .cancel = "job-cancel",
  .is_a_job = TRUE,
};

/* -- the migration -- */

static const StatusName migration_statuses[] = {
  { "setup", Q_JOB_STATUS_CREATED },
  { "wait-unplug", Q_JOB_STATUS_CREATED },
  { "active", Q_JOB_STATUS_RUNNING },
  { "device", Q_JOB_STATUS_RUNNING },
  { "postcopy-device", Q_JOB_STATUS_RUNNING },
  { "postcopy-active", Q_JOB_STATUS_RUNNING },
  { "postcopy-recover", Q_JOB_STATUS_RUNNING },
  { "postcopy-recover-setup", Q_JOB_STATUS_RUNNING },
  { "colo", Q_JOB_STATUS_RUNNING },
  { "pre-switchover", Q_JOB_STATUS_PENDING },
  { "postcopy-paused", Q_JOB_STATUS_PAUSED },
  { "cancelling", Q_JOB_STATUS_ABORTING },
  { "failing", Q_JOB_STATUS_ABORTING },
  { "cancelled", Q_JOB_STATUS_CONCLUDED },
  { "failed", Q_JOB_STATUS_CONCLUDED },
  { "completed", Q_JOB_STATUS_CONCLUDED },
};

static void
take_migration (QJob *self, JsonNode *reply)
{
  QJobReading reading = { .rate = -1 };
  JsonObject *migration = get_object (reply);
  const char *status = get_string (migration, "status");
  JsonObject *ram = NULL;

  if (status == NULL || g_str_equal (status, "none"))
    {
      q_job_lose (self);
      return;
    }

  reading.status = find_status (migration_statuses, G_N_ELEMENTS (migration_statuses), status);
  ram = get_object (json_object_get_member (migration, "ram"));
  if (ram != NULL)
    {
      guint64 remaining = get_number (ram, "remaining");

      reading.total = get_number (ram, "total");
      reading.current = reading.total - MIN (remaining, reading.total);
      /* In millions of bits. */
      reading.rate = json_object_get_double_member_with_default (ram, "mbps", -8e-6) * 1e6 / 8;
    }
  if (g_str_equal (status, "failed"))
    {
      reading.problem = get_string (migration, "error-desc");
      if (reading.problem == NULL)
        reading.problem = "QEMU does not say why";
    }
  reading.cancelled = g_str_equal (status, "cancelled");
  q_job_take_reading (self, &reading);
}

static gboolean
is_migration_settled (JsonNode *reply)
{
  JsonArray *instances = JSON_NODE_HOLDS_ARRAY (reply) ? json_node_get_array (reply) : NULL;

  for (guint i = 0; instances != NULL && i < json_array_get_length (instances); i++)
    if (g_strcmp0 (get_string (get_object (json_array_get_element (instances, i)), "type"),
                   "migration")
        == 0)
      return FALSE;

  return TRUE;
}

static const char *const migration_events[] = { "MIGRATION", NULL };

const QJobKind q_job_kind_migration = {
  .events = migration_events,
  .query = "query-migrate",
  .take = take_migration,
  .cancel = "migrate_cancel",
  .settle_query = "query-yank",
  .is_settled = is_migration_settled,
};

/* -- the dump of the guest's memory -- */

static const StatusName dump_statuses[] = {
  { "active", Q_JOB_STATUS_RUNNING },
  { "completed", Q_JOB_STATUS_CONCLUDED },
  { "failed", Q_JOB_STATUS_CONCLUDED },
};

static void
take_dump (QJob *self, JsonNode *reply)
{
  QJobReading reading = { .rate = -1 };
  JsonObject *dump = get_object (reply);
  const char *status = get_string (dump, "status");

  if (status == NULL || g_str_equal (status, "none"))
    {
      q_job_lose (self);
      return;
    }

  reading.status = find_status (dump_statuses, G_N_ELEMENTS (dump_statuses), status);
  reading.current = get_number (dump, "completed");
  reading.total = get_number (dump, "total");
  if (g_str_equal (status, "failed"))
    {
      q_job_hear_all (self);
      reading.problem = "QEMU does not say why";
    }
  q_job_take_reading (self, &reading);
}

static void
hear_dump (QJob *self, QMonitorEvent *event)
{
  JsonObject *data = get_object (q_monitor_event_get_data (event));
  const char *problem = get_string (data, "error");

  if (problem != NULL)
    q_job_set_problem (self, problem);
}

static gboolean
is_dump_settled (JsonNode *reply)
{
  return g_strcmp0 (get_string (get_object (reply), "status"), "save-vm") != 0;
}

static const char *const dump_events[] = { "DUMP_COMPLETED", NULL };

const QJobKind q_job_kind_dump = {
  .events = dump_events,
  .query = "query-dump",
  .take = take_dump,
  .hear = hear_dump,
  .settle_query = "query-status",
  .is_settled = is_dump_settled,
};
