/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/q-migration-result-private.h"

/**
 * QMigrationResult:
 *
 * What QEMU says of a migration that is done. It never changes.
 *
 * Since: 1.0
 */
struct _QMigrationResult
{
  GObject parent_instance;

  gint64 downtime;
  gint64 total_time;
  gint64 transferred;
};

G_DEFINE_FINAL_TYPE (QMigrationResult, q_migration_result, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_DOWNTIME,
  PROP_TOTAL_TIME,
  PROP_TRANSFERRED,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
q_migration_result_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QMigrationResult *self = Q_MIGRATION_RESULT (object);

  switch (prop_id)
    {
    case PROP_DOWNTIME:
      g_value_set_int64 (value, self->downtime);
      break;
    case PROP_TOTAL_TIME:
      g_value_set_int64 (value, self->total_time);
      break;
    case PROP_TRANSFERRED:
      g_value_set_int64 (value, self->transferred);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_migration_result_class_init (QMigrationResultClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = q_migration_result_get_property;

  /**
   * QMigrationResult:downtime: (getter get_downtime)
   *
   * How long the guest stood still, in milliseconds. Never changes.
   *
   * From one machine to another it is the time between the word of one that it stands and that of
   * the other that it runs. All else is QEMU's own count, which goes on until the source has
   * cleaned up.
   *
   * Since: 1.0
   */
  properties[PROP_DOWNTIME] = g_param_spec_int64 ("downtime", NULL, NULL, 0, G_MAXINT64, 0, flags);

  /**
   * QMigrationResult:total-time: (getter get_total_time)
   *
   * How long the migration took, in milliseconds. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_TOTAL_TIME]
    = g_param_spec_int64 ("total-time", NULL, NULL, 0, G_MAXINT64, 0, flags);

  /**
   * QMigrationResult:transferred: (getter get_transferred)
   *
   * How many bytes of memory were sent. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_TRANSFERRED]
    = g_param_spec_int64 ("transferred", NULL, NULL, 0, G_MAXINT64, 0, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_migration_result_init (QMigrationResult *self)
{
}

QMigrationResult *
q_migration_result_new (gint64 downtime, gint64 total_time, gint64 transferred)
{
  QMigrationResult *self = g_object_new (Q_TYPE_MIGRATION_RESULT, NULL);

  self->downtime = MAX (downtime, 0);
  self->total_time = MAX (total_time, 0);
  self->transferred = MAX (transferred, 0);
  return self;
}

/**
 * q_migration_result_get_downtime: (get-property downtime)
 * @self: a result
 *
 * Gets [property@MigrationResult:downtime]. Any thread.
 *
 * Returns: milliseconds
 *
 * Since: 1.0
 */
gint64
q_migration_result_get_downtime (QMigrationResult *self)
{
  g_return_val_if_fail (Q_IS_MIGRATION_RESULT (self), 0);

  return self->downtime;
}

/**
 * q_migration_result_get_total_time: (get-property total-time)
 * @self: a result
 *
 * Gets [property@MigrationResult:total-time]. Any thread.
 *
 * Returns: milliseconds
 *
 * Since: 1.0
 */
gint64
q_migration_result_get_total_time (QMigrationResult *self)
{
  g_return_val_if_fail (Q_IS_MIGRATION_RESULT (self), 0);

  return self->total_time;
}

/**
 * q_migration_result_get_transferred: (get-property transferred)
 * @self: a result
 *
 * Gets [property@MigrationResult:transferred]. Any thread.
 *
 * Returns: bytes
 *
 * Since: 1.0
 */
gint64
q_migration_result_get_transferred (QMigrationResult *self)
{
  g_return_val_if_fail (Q_IS_MIGRATION_RESULT (self), 0);

  return self->transferred;
}
