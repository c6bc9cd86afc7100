/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/q-disk.h"

#include "block/q-disk-private.h"
#include "io/path-private.h"
#include "q-enum-types.h"
#include "q-enums-private.h"

/**
 * QDisk:
 *
 * A disk of a machine: an image, and how the guest sees it.
 *
 * [method@Machine.add_disk] adds it to a machine, before a launch or while QEMU runs. It becomes
 * two nodes of QEMU's block layer, and a device: `NAME`, which jobs take, over `NAME-file`. With an
 * overlay `NAME` is the overlay, and the image is `NAME-base` over `NAME-base-file`.
 *
 * ```c
 * g_autoptr (QDisk) disk = q_disk_new ("debian.qcow2", "qcow2");
 *
 * q_disk_set_overlay (disk, TRUE);
 * return q_machine_add_disk (machine, disk, Q_TIMEOUT_DEFAULT, NULL, error);
 * ```
 *
 * Methods can be called from any thread.
 *
 * Since: 1.0
 */
struct _QDisk
{
  GObject parent_instance;

  GMutex lock; /* of all that follows */
  char *path;
  char *format;
  char *name;
  char *overlay_dir;
  char *serial;
  char *device;
  int read_only;
  int overlay;
  int discard;
  int cache;
};

G_DEFINE_FINAL_TYPE (QDisk, q_disk, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_PATH,
  PROP_FORMAT,
  PROP_NAME,
  PROP_OVERLAY_DIR,
  PROP_SERIAL,
  PROP_DEVICE,
  PROP_READ_ONLY,
  PROP_OVERLAY,
  PROP_DISCARD,
  PROP_CACHE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
q_disk_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QDisk *self = Q_DISK (object);

  switch (prop_id)
    {
    case PROP_PATH:
      g_value_take_string (value, q_disk_dup_path (self));
      break;
    case PROP_FORMAT:
      g_value_take_string (value, q_disk_dup_format (self));
      break;
    case PROP_NAME:
      g_value_take_string (value, q_disk_dup_name (self));
      break;
    case PROP_OVERLAY_DIR:
      g_value_take_string (value, q_disk_dup_overlay_dir (self));
      break;
    case PROP_SERIAL:
      g_value_take_string (value, q_disk_dup_serial (self));
      break;
    case PROP_DEVICE:
      g_value_take_string (value, q_disk_dup_device (self));
      break;
    case PROP_READ_ONLY:
      g_value_set_boolean (value, q_disk_get_read_only (self));
      break;
    case PROP_OVERLAY:
      g_value_set_boolean (value, q_disk_get_overlay (self));
      break;
    case PROP_DISCARD:
      g_value_set_boolean (value, q_disk_get_discard (self));
      break;
    case PROP_CACHE:
      g_value_set_enum (value, q_disk_get_cache (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_disk_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QDisk *self = Q_DISK (object);

  switch (prop_id)
    {
    case PROP_PATH:
      q_disk_set_path (self, g_value_get_string (value));
      break;
    case PROP_FORMAT:
      q_disk_set_format (self, g_value_get_string (value));
      break;
    case PROP_NAME:
      q_disk_set_name (self, g_value_get_string (value));
      break;
    case PROP_OVERLAY_DIR:
      q_disk_set_overlay_dir (self, g_value_get_string (value));
      break;
    case PROP_SERIAL:
      q_disk_set_serial (self, g_value_get_string (value));
      break;
    case PROP_DEVICE:
      q_disk_set_device (self, g_value_get_string (value));
      break;
    case PROP_READ_ONLY:
      q_disk_set_read_only (self, g_value_get_boolean (value));
      break;
    case PROP_OVERLAY:
      q_disk_set_overlay (self, g_value_get_boolean (value));
      break;
    case PROP_DISCARD:
      q_disk_set_discard (self, g_value_get_boolean (value));
      break;
    case PROP_CACHE:
      q_disk_set_cache (self, (QDiskCache)g_value_get_enum (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_disk_finalize (GObject *object)
{
  QDisk *self = Q_DISK (object);

  g_free (self->path);
  g_free (self->format);
  g_free (self->name);
  g_free (self->overlay_dir);
  g_free (self->serial);
  g_free (self->device);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (q_disk_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  /**
   * QDisk:path: (getter dup_path) (setter set_path)
   *
   * The image file, or a block device of this host. A relative path is made absolute when it is
   * set.
   *
   * Since: 1.0
   */
  properties[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);

  /**
   * QDisk:format: (getter dup_format) (setter set_format)
   *
   * The format of the image, in QEMU's words: `raw`, `qcow2`, `vmdk`, `vdi`, `vhdx`... It is
   * never guessed, since a guest writes what would be read for that.
   *
   * Since: 1.0
   */
  properties[PROP_FORMAT] = g_param_spec_string ("format", NULL, NULL, NULL, flags);

  /**
   * QDisk:name: (getter dup_name) (setter set_name)
   *
   * The name of its node, which jobs and commands take, and of its device. %NULL until the disk
   * is added: a free one such as `disk0` is chosen then. At most 20 letters, digits, `-`, `.`
   * and `_`, the first a letter.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);

  /**
   * QDisk:overlay-dir: (getter dup_overlay_dir) (setter set_overlay_dir)
   *
   * Where the overlay is made. %NULL for the run directory of the launch.
   *
   * Since: 1.0
   */
  properties[PROP_OVERLAY_DIR] = g_param_spec_string ("overlay-dir", NULL, NULL, NULL, flags);

  /**
   * QDisk:serial: (getter dup_serial) (setter set_serial)
   *
   * What the guest sees as the serial number of the disk. %NULL for none.
   *
   * Since: 1.0
   */
  properties[PROP_SERIAL] = g_param_spec_string ("serial", NULL, NULL, NULL, flags);

  /**
   * QDisk:device: (getter dup_device) (setter set_device)
   *
   * The device that shows the disk to the guest, as for QEMU's `-device`, which may have
   * options: `virtio-blk`, `scsi-hd,bus=scsi0.0`, `ide-hd`, `nvme`. %NULL for none: a node for
   * jobs alone.
   *
   * Since: 1.0
   */
  properties[PROP_DEVICE] = g_param_spec_string ("device", NULL, NULL, "virtio-blk", flags);

  /**
   * QDisk:read-only: (getter get_read_only) (setter set_read_only)
   *
   * Whether nobody can write to it.
   *
   * Since: 1.0
   */
  properties[PROP_READ_ONLY] = g_param_spec_boolean ("read-only", NULL, NULL, FALSE, flags);

  /**
   * QDisk:overlay: (getter get_overlay) (setter set_overlay)
   *
   * Whether each launch begins with a fresh overlay, a qcow2 file in
   * [property@Disk:overlay-dir], and the image is never written. The overlay is removed with
   * the run directory. The image must be raw or qcow2.
   *
   * Since: 1.0
   */
  properties[PROP_OVERLAY] = g_param_spec_boolean ("overlay", NULL, NULL, FALSE, flags);

  /**
   * QDisk:discard: (getter get_discard) (setter set_discard)
   *
   * Whether what the guest discards makes the image smaller.
   *
   * Since: 1.0
   */
  properties[PROP_DISCARD] = g_param_spec_boolean ("discard", NULL, NULL, FALSE, flags);

  /**
   * QDisk:cache: (getter get_cache) (setter set_cache)
   *
   * What is kept in memory, and when a write counts as done.
   *
   * Since: 1.0
   */
  properties[PROP_CACHE]
    = g_param_spec_enum ("cache", NULL, NULL, Q_TYPE_DISK_CACHE, Q_DISK_CACHE_WRITEBACK, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_disk_class_init (QDiskClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = q_disk_get_property;
  object_class->set_property = q_disk_set_property;
  object_class->finalize = q_disk_finalize;
  q_enum_read_as_nick (Q_TYPE_DISK_CACHE);
  install_properties (object_class);
}

static void
q_disk_init (QDisk *self)
{
  g_mutex_init (&self->lock);
  self->device = g_strdup ("virtio-blk");
}

/**
 * q_disk_new:
 * @path: (type filename): the image
 * @format: its format, as [property@Disk:format]
 *
 * Makes a disk, which nobody has yet.
 *
 * Returns: (transfer full): the disk
 *
 * Since: 1.0
 */
QDisk *
q_disk_new (const char *path, const char *format)
{
  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (format != NULL, NULL);

  return g_object_new (Q_TYPE_DISK, "path", path, "format", format, NULL);
}

QDiskSpec *
q_disk_make_spec (QDisk *self)
{
  QDiskSpec *spec = q_disk_spec_new ();

  g_mutex_lock (&self->lock);
  spec->path = g_strdup (self->path);
  spec->format = g_strdup (self->format);
  spec->name = g_strdup (self->name);
  spec->overlay_dir = g_strdup (self->overlay_dir);
  spec->serial = g_strdup (self->serial);
  spec->device = g_strdup (self->device);
  spec->read_only = self->read_only;
  spec->overlay = self->overlay;
  spec->discard = self->discard;
  spec->cache = (QDiskCache)self->cache;
  g_mutex_unlock (&self->lock);

  return spec;
}

static char *
dup_text (QDisk *self, char **field)
{
  char *text;

  g_mutex_lock (&self->lock);
  text = g_strdup (*field);
  g_mutex_unlock (&self->lock);

  return text;
}

static void
take_text (QDisk *self, char **field, char *text, guint prop_id)
{
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = g_strcmp0 (*field, text) != 0;
  g_free (*field);
  *field = text;
  g_mutex_unlock (&self->lock);

  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[prop_id]);
}

static int
get_number (QDisk *self, const int *field)
{
  int number;

  g_mutex_lock (&self->lock);
  number = *field;
  g_mutex_unlock (&self->lock);

  return number;
}

static void
set_number (QDisk *self, int *field, int number, guint prop_id)
{
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = *field != number;
  *field = number;
  g_mutex_unlock (&self->lock);

  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[prop_id]);
}

/**
 * q_disk_dup_path: (get-property path)
 * @self: a disk
 *
 * Gets [property@Disk:path].
 *
 * Returns: (type filename) (transfer full): the value
 *
 * Since: 1.0
 */
char *
q_disk_dup_path (QDisk *self)
{
  g_return_val_if_fail (Q_IS_DISK (self), NULL);

  return dup_text (self, &self->path);
}

/**
 * q_disk_set_path: (set-property path)
 * @self: a disk
 * @path: (type filename): the value
 *
 * Sets [property@Disk:path]. A disk that was added stays as it was then.
 *
 * Since: 1.0
 */
void
q_disk_set_path (QDisk *self, const char *path)
{
  g_return_if_fail (Q_IS_DISK (self));
  g_return_if_fail (path != NULL);

  take_text (self, &self->path, q_path_make_absolute (path), PROP_PATH);
}

/**
 * q_disk_dup_format: (get-property format)
 * @self: a disk
 *
 * Gets [property@Disk:format].
 *
 * Returns: (transfer full): the value
 *
 * Since: 1.0
 */
char *
q_disk_dup_format (QDisk *self)
{
  g_return_val_if_fail (Q_IS_DISK (self), NULL);

  return dup_text (self, &self->format);
}

/**
 * q_disk_set_format: (set-property format)
 * @self: a disk
 * @format: the value
 *
 * Sets [property@Disk:format]. A disk that was added stays as it was then.
 *
 * Since: 1.0
 */
void
q_disk_set_format (QDisk *self, const char *format)
{
  g_return_if_fail (Q_IS_DISK (self));
  g_return_if_fail (format != NULL);

  take_text (self, &self->format, g_strdup (format), PROP_FORMAT);
}

/**
 * q_disk_dup_name: (get-property name)
 * @self: a disk
 *
 * Gets [property@Disk:name].
 *
 * Returns: (nullable) (transfer full): the value
 *
 * Since: 1.0
 */
char *
q_disk_dup_name (QDisk *self)
{
  g_return_val_if_fail (Q_IS_DISK (self), NULL);

  return dup_text (self, &self->name);
}

/**
 * q_disk_set_name: (set-property name)
 * @self: a disk
 * @name: (nullable): the value
 *
 * Sets [property@Disk:name]. A disk that was added stays as it was then.
 *
 * Since: 1.0
 */
void
q_disk_set_name (QDisk *self, const char *name)
{
  g_return_if_fail (Q_IS_DISK (self));

  take_text (self, &self->name, g_strdup (name), PROP_NAME);
}

/**
 * q_disk_dup_overlay_dir: (get-property overlay-dir)
 * @self: a disk
 *
 * Gets [property@Disk:overlay-dir].
 *
 * Returns: (nullable) (type filename) (transfer full): the value
 *
 * Since: 1.0
 */
char *
q_disk_dup_overlay_dir (QDisk *self)
{
  g_return_val_if_fail (Q_IS_DISK (self), NULL);

  return dup_text (self, &self->overlay_dir);
}

/**
 * q_disk_set_overlay_dir: (set-property overlay-dir)
 * @self: a disk
 * @overlay_dir: (nullable) (type filename): the value
 *
 * Sets [property@Disk:overlay-dir]. A disk that was added stays as it was then.
 *
 * Since: 1.0
 */
void
q_disk_set_overlay_dir (QDisk *self, const char *overlay_dir)
{
  g_return_if_fail (Q_IS_DISK (self));

  take_text (self, &self->overlay_dir, q_path_make_absolute (overlay_dir), PROP_OVERLAY_DIR);
}

/**
 * q_disk_dup_serial: (get-property serial)
 * @self: a disk
 *
 * Gets [property@Disk:serial].
 *
 * Returns: (nullable) (transfer full): the value
 *
 * Since: 1.0
 */
char *
q_disk_dup_serial (QDisk *self)
{
  g_return_val_if_fail (Q_IS_DISK (self), NULL);

  return dup_text (self, &self->serial);
}

/**
 * q_disk_set_serial: (set-property serial)
 * @self: a disk
 * @serial: (nullable): the value
 *
 * Sets [property@Disk:serial]. A disk that was added stays as it was then.
 *
 * Since: 1.0
 */
void
q_disk_set_serial (QDisk *self, const char *serial)
{
  g_return_if_fail (Q_IS_DISK (self));

  take_text (self, &self->serial, g_strdup (serial), PROP_SERIAL);
}

/**
 * q_disk_dup_device: (get-property device)
 * @self: a disk
 *
 * Gets [property@Disk:device].
 *
 * Returns: (nullable) (transfer full): the value
 *
 * Since: 1.0
 */
char *
q_disk_dup_device (QDisk *self)
{
  g_return_val_if_fail (Q_IS_DISK (self), NULL);

  return dup_text (self, &self->device);
}

/**
 * q_disk_set_device: (set-property device)
 * @self: a disk
 * @device: (nullable): the value
 *
 * Sets [property@Disk:device]. A disk that was added stays as it was then.
 *
 * Since: 1.0
 */
void
q_disk_set_device (QDisk *self, const char *device)
{
  g_return_if_fail (Q_IS_DISK (self));

  take_text (self, &self->device, g_strdup (device), PROP_DEVICE);
}

/**
 * q_disk_get_read_only: (get-property read-only)
 * @self: a disk
 *
 * Gets [property@Disk:read-only].
 *
 * Returns: the value
 *
 * Since: 1.0
 */
gboolean
q_disk_get_read_only (QDisk *self)
{
  g_return_val_if_fail (Q_IS_DISK (self), FALSE);

  return get_number (self, &self->read_only);
}

/**
 * q_disk_set_read_only: (set-property read-only)
 * @self: a disk
 * @read_only: the value
 *
 * Sets [property@Disk:read-only]. A disk that was added stays as it was then.
 *
 * Since: 1.0
 */
void
q_disk_set_read_only (QDisk *self, gboolean read_only)
{
  g_return_if_fail (Q_IS_DISK (self));

  set_number (self, &self->read_only, read_only != FALSE, PROP_READ_ONLY);
}

/**
 * q_disk_get_overlay: (get-property overlay)
 * @self: a disk
 *
 * Gets [property@Disk:overlay].
 *
 * Returns: the value
 *
 * Since: 1.0
 */
gboolean
q_disk_get_overlay (QDisk *self)
{
  g_return_val_if_fail (Q_IS_DISK (self), FALSE);

  return get_number (self, &self->overlay);
}

/**
 * q_disk_set_overlay: (set-property overlay)
 * @self: a disk
 * @overlay: the value
 *
 * Sets [property@Disk:overlay]. A disk that was added stays as it was then.
 *
 * Since: 1.0
 */
void
q_disk_set_overlay (QDisk *self, gboolean overlay)
{
  g_return_if_fail (Q_IS_DISK (self));

  set_number (self, &self->overlay, overlay != FALSE, PROP_OVERLAY);
}

/**
 * q_disk_get_discard: (get-property discard)
 * @self: a disk
 *
 * Gets [property@Disk:discard].
 *
 * Returns: the value
 *
 * Since: 1.0
 */
gboolean
q_disk_get_discard (QDisk *self)
{
  g_return_val_if_fail (Q_IS_DISK (self), FALSE);

  return get_number (self, &self->discard);
}

/**
 * q_disk_set_discard: (set-property discard)
 * @self: a disk
 * @discard: the value
 *
 * Sets [property@Disk:discard]. A disk that was added stays as it was then.
 *
 * Since: 1.0
 */
void
q_disk_set_discard (QDisk *self, gboolean discard)
{
  g_return_if_fail (Q_IS_DISK (self));

  set_number (self, &self->discard, discard != FALSE, PROP_DISCARD);
}

/**
 * q_disk_get_cache: (get-property cache)
 * @self: a disk
 *
 * Gets [property@Disk:cache].
 *
 * Returns: the value
 *
 * Since: 1.0
 */
QDiskCache
q_disk_get_cache (QDisk *self)
{
  g_return_val_if_fail (Q_IS_DISK (self), Q_DISK_CACHE_WRITEBACK);

  return (QDiskCache)get_number (self, &self->cache);
}

/**
 * q_disk_set_cache: (set-property cache)
 * @self: a disk
 * @cache: the value
 *
 * Sets [property@Disk:cache]. A disk that was added stays as it was then.
 *
 * Since: 1.0
 */
void
q_disk_set_cache (QDisk *self, QDiskCache cache)
{
  g_return_if_fail (Q_IS_DISK (self));

  set_number (self, &self->cache, (int)cache, PROP_CACHE);
}
