/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/q-disk-image-private.h"

#include "io/dispatcher-private.h"
#include "io/path-private.h"

#define PROGRAM "qemu-img"

/**
 * QDiskImage:
 *
 * The image of a disk, as a file that is made, copied, looked at and repaired while no machine has
 * it. `qemu-img`, a program of QEMU's, does the work.
 *
 * A format is always said, and never guessed: a guest that writes to a raw image could make it
 * begin like one of another format, and so have QEMU read any file of the host.
 *
 * Nothing is left behind: what a call has begun to make is removed if the call does not succeed,
 * and `qemu-img` ends with the call, and with the program that called. It runs in the C locale, and
 * what it writes is bounded.
 *
 * Methods can be called from any thread, several at once. [property@DiskImage:progress] is notified
 * in the thread-default main context of the thread that made the object.
 *
 * For a disk of a machine see [class@Disk], and for what QEMU does with the disks of a machine that
 * runs [class@Job].
 *
 * ```c
 * g_autoptr (QDiskImage) image = q_disk_image_new ("debian.qcow2", "qcow2");
 * g_autoptr (QDiskImage) copy = q_disk_image_new ("debian.raw", "raw");
 *
 * return q_disk_image_convert (image, copy, NULL, Q_DISK_CONVERT_FLAGS_NONE, -1, NULL, error);
 * ```
 *
 * Since: 1.0
 */
struct _QDiskImage
{
  GObject parent_instance;

  QDispatcher *dispatcher;
  gboolean disposed;

  GMutex lock; /* of what follows */
  char *path;
  char *format;
  char *program;
  double progress;
  gboolean notifying; /* one is on its way, and will read the newest value */
};

G_DEFINE_FINAL_TYPE (QDiskImage, q_disk_image, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_PATH,
  PROP_FORMAT,
  PROP_PROGRAM,
  PROP_PROGRESS,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
q_disk_image_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QDiskImage *self = Q_DISK_IMAGE (object);

  switch (prop_id)
    {
    case PROP_PATH:
      g_value_take_string (value, q_disk_image_dup_path (self));
      break;
    case PROP_FORMAT:
      g_value_take_string (value, q_disk_image_dup_format (self));
      break;
    case PROP_PROGRAM:
      g_value_take_string (value, q_disk_image_dup_program (self));
      break;
    case PROP_PROGRESS:
      g_value_set_double (value, q_disk_image_get_progress (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_disk_image_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QDiskImage *self = Q_DISK_IMAGE (object);

  switch (prop_id)
    {
    case PROP_PATH:
      q_disk_image_set_path (self, g_value_get_string (value));
      break;
    case PROP_FORMAT:
      q_disk_image_set_format (self, g_value_get_string (value));
      break;
    case PROP_PROGRAM:
      q_disk_image_set_program (self, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_disk_image_dispose (GObject *object)
{
  QDiskImage *self = Q_DISK_IMAGE (object);

  if (!self->disposed)
    {
      self->disposed = TRUE;
      q_dispatcher_forget (self->dispatcher, self, FALSE);
      q_dispatcher_remove_owner (self->dispatcher);
    }

  G_OBJECT_CLASS (q_disk_image_parent_class)->dispose (object);
}

static void
q_disk_image_finalize (GObject *object)
{
  QDiskImage *self = Q_DISK_IMAGE (object);

  q_dispatcher_unref (self->dispatcher);
  g_free (self->path);
  g_free (self->format);
  g_free (self->program);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (q_disk_image_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  /**
   * QDiskImage:path: (getter dup_path) (setter set_path)
   *
   * The file, or a block device of this host. A relative path is made absolute when it is
   * set.
   *
   * Since: 1.0
   */
  properties[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);

  /**
   * QDiskImage:format: (getter dup_format) (setter set_format)
   *
   * The format of the image, in QEMU's words: `raw`, `qcow2`, `vmdk`, `vdi`, `vhdx`...
   *
   * Since: 1.0
   */
  properties[PROP_FORMAT] = g_param_spec_string ("format", NULL, NULL, NULL, flags);

  /**
   * QDiskImage:program: (getter dup_program) (setter set_program)
   *
   * The `qemu-img` that is run: a name that is looked for in `PATH`, or a path.
   *
   * Since: 1.0
   */
  properties[PROP_PROGRAM] = g_param_spec_string ("program", NULL, NULL, PROGRAM, flags);

  /**
   * QDiskImage:progress: (getter get_progress)
   *
   * How much [method@DiskImage.convert] has done, the last one that was begun: 0.0 to 1.0.
   *
   * Notified in the main context of the thread that made the object, and not while a call blocks
   * that thread.
   *
   * Since: 1.0
   */
  properties[PROP_PROGRESS] = g_param_spec_double ("progress", NULL, NULL, 0.0, 1.0, 0.0,
                                                   G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_disk_image_class_init (QDiskImageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = q_disk_image_get_property;
  object_class->set_property = q_disk_image_set_property;
  object_class->dispose = q_disk_image_dispose;
  object_class->finalize = q_disk_image_finalize;
  install_properties (object_class);
}

static void
q_disk_image_init (QDiskImage *self)
{
  self->dispatcher = q_dispatcher_new ();
  q_dispatcher_add_owner (self->dispatcher);
  g_mutex_init (&self->lock);
  self->program = g_strdup (PROGRAM);
}

/**
 * q_disk_image_new:
 * @path: (type filename): the image, which need not be there yet
 * @format: its format, as [property@DiskImage:format]
 *
 * Makes an object for an image. Nothing is done to the file.
 *
 * Returns: (transfer full): the image
 *
 * Since: 1.0
 */
QDiskImage *
q_disk_image_new (const char *path, const char *format)
{
  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (format != NULL, NULL);

  return g_object_new (Q_TYPE_DISK_IMAGE, "path", path, "format", format, NULL);
}

/* Beside the QEMU that would be started; NULL if there is none. */
static char *
find_beside (QMachine *machine)
{
  g_autofree char *binary = q_machine_dup_binary (machine);
  g_autofree char *found = binary != NULL ? g_find_program_in_path (binary) : NULL;
  g_autofree char *directory = NULL;
  g_autofree char *program = NULL;

  if (found == NULL)
    return NULL;

  directory = g_path_get_dirname (found);
  program = g_build_filename (directory, PROGRAM, NULL);
  return g_file_test (program, G_FILE_TEST_IS_EXECUTABLE) ? g_steal_pointer (&program) : NULL;
}

/**
 * q_disk_image_new_for_machine:
 * @machine: a machine
 * @path: (type filename): the image, which need not be there yet
 * @format: its format, as [property@DiskImage:format]
 *
 * Makes an object for an image, which takes the `qemu-img` beside the QEMU of a machine: the two
 * are of one version then. Where there is none beside it, the one in `PATH` is taken.
 *
 * Returns: (transfer full): the image
 *
 * Since: 1.0
 */
QDiskImage *
q_disk_image_new_for_machine (QMachine *machine, const char *path, const char *format)
{
  QDiskImage *self;
  g_autofree char *program = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (machine), NULL);
  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (format != NULL, NULL);

  self = q_disk_image_new (path, format);
  program = find_beside (machine);
  if (program != NULL)
    q_disk_image_set_program (self, program);
  return self;
}

/* -- progress -- */

static void
notify_cb (gpointer data)
{
  g_autoptr (QDiskImage) self = data;

  g_mutex_lock (&self->lock);
  self->notifying = FALSE;
  g_mutex_unlock (&self->lock);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROGRESS]);
}

void
q_disk_image_set_progress (QDiskImage *self, double progress)
{
  gboolean post;

  g_mutex_lock (&self->lock);
  post = (progress < self->progress || progress > self->progress) && !self->notifying;
  self->notifying |= post;
  self->progress = progress;
  g_mutex_unlock (&self->lock);

  /* Never at once: a call that blocks runs no handlers. */
  if (post)
    q_dispatcher_post (self->dispatcher, notify_cb, g_object_ref (self), g_object_unref, self);
}

/* -- getters and setters -- */

static char *
dup_text (QDiskImage *self, char **field)
{
  char *text;

  g_mutex_lock (&self->lock);
  text = g_strdup (*field);
  g_mutex_unlock (&self->lock);

  return text;
}

static void
take_text (QDiskImage *self, char **field, char *text, guint prop_id)
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

/**
 * q_disk_image_dup_path: (get-property path)
 * @self: a disk image
 *
 * Gets [property@DiskImage:path].
 *
 * Returns: (nullable) (type filename) (transfer full): the path
 *
 * Since: 1.0
 */
char *
q_disk_image_dup_path (QDiskImage *self)
{
  g_return_val_if_fail (Q_IS_DISK_IMAGE (self), NULL);

  return dup_text (self, &self->path);
}

/**
 * q_disk_image_set_path: (set-property path)
 * @self: a disk image
 * @path: (type filename): the path
 *
 * Sets [property@DiskImage:path], for the calls to come.
 *
 * Since: 1.0
 */
void
q_disk_image_set_path (QDiskImage *self, const char *path)
{
  g_return_if_fail (Q_IS_DISK_IMAGE (self));
  g_return_if_fail (path != NULL);

  take_text (self, &self->path, q_path_make_absolute (path), PROP_PATH);
}

/**
 * q_disk_image_dup_format: (get-property format)
 * @self: a disk image
 *
 * Gets [property@DiskImage:format].
 *
 * Returns: (nullable) (transfer full): the format
 *
 * Since: 1.0
 */
char *
q_disk_image_dup_format (QDiskImage *self)
{
  g_return_val_if_fail (Q_IS_DISK_IMAGE (self), NULL);

  return dup_text (self, &self->format);
}

/**
 * q_disk_image_set_format: (set-property format)
 * @self: a disk image
 * @format: the format
 *
 * Sets [property@DiskImage:format], for the calls to come.
 *
 * Since: 1.0
 */
void
q_disk_image_set_format (QDiskImage *self, const char *format)
{
  g_return_if_fail (Q_IS_DISK_IMAGE (self));
  g_return_if_fail (format != NULL);

  take_text (self, &self->format, g_strdup (format), PROP_FORMAT);
}

/**
 * q_disk_image_dup_program: (get-property program)
 * @self: a disk image
 *
 * Gets [property@DiskImage:program].
 *
 * Returns: (type filename) (transfer full): a name or a path
 *
 * Since: 1.0
 */
char *
q_disk_image_dup_program (QDiskImage *self)
{
  g_return_val_if_fail (Q_IS_DISK_IMAGE (self), NULL);

  return dup_text (self, &self->program);
}

/**
 * q_disk_image_set_program: (set-property program)
 * @self: a disk image
 * @program: (type filename): a name that is looked for in `PATH`, or a path
 *
 * Sets [property@DiskImage:program], for the calls to come.
 *
 * Since: 1.0
 */
void
q_disk_image_set_program (QDiskImage *self, const char *program)
{
  g_return_if_fail (Q_IS_DISK_IMAGE (self));
  g_return_if_fail (program != NULL);

  take_text (self, &self->program, g_strdup (program), PROP_PROGRAM);
}

/**
 * q_disk_image_get_progress:
 * @self: a disk image
 *
 * Gets [property@DiskImage:progress].
 *
 * Returns: 0.0 to 1.0
 *
 * Since: 1.0
 */
double
q_disk_image_get_progress (QDiskImage *self)
{
  double progress;

  g_return_val_if_fail (Q_IS_DISK_IMAGE (self), 0.0);

  g_mutex_lock (&self->lock);
  progress = self->progress;
  g_mutex_unlock (&self->lock);

  return progress;
}
