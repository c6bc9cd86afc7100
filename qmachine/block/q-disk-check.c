/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/q-disk-check-private.h"

#include <json-glib/json-glib.h>

/**
 * QDiskCheck:
 *
 * What a check of a disk image has found.
 *
 * [method@DiskImage.check] returns it. It never changes. After a repair [property@DiskCheck:leaks]
 * and [property@DiskCheck:corruptions] say what is left.
 *
 * Since: 1.0
 */
struct _QDiskCheck
{
  GObject parent_instance;

  char *json;
  guint64 leaks;
  guint64 corruptions;
  guint64 check_errors;
  guint64 leaks_fixed;
  guint64 corruptions_fixed;
};

G_DEFINE_FINAL_TYPE (QDiskCheck, q_disk_check, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_CLEAN,
  PROP_LEAKS,
  PROP_CORRUPTIONS,
  PROP_CHECK_ERRORS,
  PROP_LEAKS_FIXED,
  PROP_CORRUPTIONS_FIXED,
  PROP_JSON,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
q_disk_check_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QDiskCheck *self = Q_DISK_CHECK (object);

  switch (prop_id)
    {
    case PROP_CLEAN:
      g_value_set_boolean (value, q_disk_check_get_clean (self));
      break;
    case PROP_LEAKS:
      g_value_set_uint64 (value, q_disk_check_get_leaks (self));
      break;
    case PROP_CORRUPTIONS:
      g_value_set_uint64 (value, q_disk_check_get_corruptions (self));
      break;
    case PROP_CHECK_ERRORS:
      g_value_set_uint64 (value, q_disk_check_get_check_errors (self));
      break;
    case PROP_LEAKS_FIXED:
      g_value_set_uint64 (value, q_disk_check_get_leaks_fixed (self));
      break;
    case PROP_CORRUPTIONS_FIXED:
      g_value_set_uint64 (value, q_disk_check_get_corruptions_fixed (self));
      break;
    case PROP_JSON:
      g_value_set_string (value, q_disk_check_get_json (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_disk_check_finalize (GObject *object)
{
  g_free (Q_DISK_CHECK (object)->json);

  G_OBJECT_CLASS (q_disk_check_parent_class)->finalize (object);
}

static void
q_disk_check_class_init (QDiskCheckClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = q_disk_check_get_property;
  object_class->finalize = q_disk_check_finalize;

  /**
   * QDiskCheck:clean: (getter get_clean)
   *
   * Whether the image is in order now: nothing is damaged, and nothing leaks. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_CLEAN] = g_param_spec_boolean ("clean", NULL, NULL, FALSE, flags);

  /**
   * QDiskCheck:leaks: (getter get_leaks)
   *
   * How many clusters are taken and not used. They cost space, and do no harm. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_LEAKS] = g_param_spec_uint64 ("leaks", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * QDiskCheck:corruptions: (getter get_corruptions)
   *
   * How many places are damaged. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_CORRUPTIONS]
    = g_param_spec_uint64 ("corruptions", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * QDiskCheck:check-errors: (getter get_check_errors)
   *
   * How many places could not be checked. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_CHECK_ERRORS]
    = g_param_spec_uint64 ("check-errors", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * QDiskCheck:leaks-fixed: (getter get_leaks_fixed)
   *
   * How many leaks were repaired. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_LEAKS_FIXED]
    = g_param_spec_uint64 ("leaks-fixed", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * QDiskCheck:corruptions-fixed: (getter get_corruptions_fixed)
   *
   * How many damaged places were repaired. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_CORRUPTIONS_FIXED]
    = g_param_spec_uint64 ("corruptions-fixed", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * QDiskCheck:json: (getter get_json)
   *
   * All that `qemu-img` has said, as JSON. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_JSON] = g_param_spec_string ("json", NULL, NULL, NULL, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_disk_check_init (QDiskCheck *self)
{
}

/* What it has nothing of it leaves out. */
static guint64
read_number (JsonObject *object, const char *name)
{
  return (guint64)MAX (json_object_get_int_member_with_default (object, name, 0), 0);
}

QDiskCheck *
q_disk_check_new (char *json)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);
  QDiskCheck *self;
  JsonObject *object;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    {
      g_free (json);
      return NULL;
    }

  object = json_node_get_object (node);
  self = g_object_new (Q_TYPE_DISK_CHECK, NULL);
  self->json = json;
  self->leaks = read_number (object, "leaks");
  self->corruptions = read_number (object, "corruptions");
  self->check_errors = read_number (object, "check-errors");
  self->leaks_fixed = read_number (object, "leaks-fixed");
  self->corruptions_fixed = read_number (object, "corruptions-fixed");
  return self;
}

/**
 * q_disk_check_get_clean: (get-property clean)
 * @self: what a check has found
 *
 * Gets whether the image is in order now.
 *
 * Returns: %TRUE if so
 *
 * Since: 1.0
 */
gboolean
q_disk_check_get_clean (QDiskCheck *self)
{
  g_return_val_if_fail (Q_IS_DISK_CHECK (self), FALSE);

  return self->leaks == 0 && self->corruptions == 0 && self->check_errors == 0;
}

/**
 * q_disk_check_get_leaks: (get-property leaks)
 * @self: what a check has found
 *
 * Gets how many clusters are taken and not used.
 *
 * Returns: a number of clusters
 *
 * Since: 1.0
 */
guint64
q_disk_check_get_leaks (QDiskCheck *self)
{
  g_return_val_if_fail (Q_IS_DISK_CHECK (self), 0);

  return self->leaks;
}

/**
 * q_disk_check_get_corruptions: (get-property corruptions)
 * @self: what a check has found
 *
 * Gets how many places are damaged.
 *
 * Returns: a number
 *
 * Since: 1.0
 */
guint64
q_disk_check_get_corruptions (QDiskCheck *self)
{
  g_return_val_if_fail (Q_IS_DISK_CHECK (self), 0);

  return self->corruptions;
}

/**
 * q_disk_check_get_check_errors: (get-property check-errors)
 * @self: what a check has found
 *
 * Gets how many places could not be checked.
 *
 * Returns: a number
 *
 * Since: 1.0
 */
guint64
q_disk_check_get_check_errors (QDiskCheck *self)
{
  g_return_val_if_fail (Q_IS_DISK_CHECK (self), 0);

  return self->check_errors;
}

/**
 * q_disk_check_get_leaks_fixed: (get-property leaks-fixed)
 * @self: what a check has found
 *
 * Gets how many leaks were repaired.
 *
 * Returns: a number
 *
 * Since: 1.0
 */
guint64
q_disk_check_get_leaks_fixed (QDiskCheck *self)
{
  g_return_val_if_fail (Q_IS_DISK_CHECK (self), 0);

  return self->leaks_fixed;
}

/**
 * q_disk_check_get_corruptions_fixed: (get-property corruptions-fixed)
 * @self: what a check has found
 *
 * Gets how many damaged places were repaired.
 *
 * Returns: a number
 *
 * Since: 1.0
 */
guint64
q_disk_check_get_corruptions_fixed (QDiskCheck *self)
{
  g_return_val_if_fail (Q_IS_DISK_CHECK (self), 0);

  return self->corruptions_fixed;
}

/**
 * q_disk_check_get_json: (get-property json)
 * @self: what a check has found
 *
 * Gets all that `qemu-img` has said.
 *
 * Returns: (nullable): a text of JSON, %NULL for an object that no call has returned
 *
 * Since: 1.0
 */
const char *
q_disk_check_get_json (QDiskCheck *self)
{
  g_return_val_if_fail (Q_IS_DISK_CHECK (self), NULL);

  return self->json;
}
