/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "template/source-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "q-error.h"
#include "template/describe-private.h"
#include "template/parts-private.h"

struct _QTemplateSource
{
  char *directory;
  char *ram;

  GMutex lock; /* of what follows */
  QTemplateSourceState state;
  QTemplate *launched; /* NULL before the first launch */

  /* On the I/O thread: of the file that this launch has made. Who has the file has the directory,
   * and the lock of it tells others that it is in use. */
  int ram_fd;
};

static void
source_clear (gpointer data)
{
  QTemplateSource *self = data;

  if (self->ram_fd >= 0)
    g_close (self->ram_fd, NULL);
  g_clear_pointer (&self->launched, q_template_free);
  g_mutex_clear (&self->lock);
  g_free (self->directory);
  g_free (self->ram);
}

static gpointer
source_ref (gpointer data)
{
  return g_atomic_rc_box_acquire (data);
}

void
q_template_source_unref (gpointer self)
{
  g_atomic_rc_box_release_full (self, source_clear);
}

QTemplateSource *
q_template_source_new (const char *directory)
{
  QTemplateSource *self = g_atomic_rc_box_new0 (QTemplateSource);

  g_mutex_init (&self->lock);
  self->directory = g_strdup (directory);
  self->ram = g_build_filename (directory, Q_TEMPLATE_RAM, NULL);
  self->ram_fd = -1;
  return self;
}

const char *
q_template_source_get_directory (QTemplateSource *self)
{
  return self->directory;
}

QTemplateSourceState
q_template_source_get_state (QTemplateSource *self)
{
  QTemplateSourceState state;

  g_mutex_lock (&self->lock);
  state = self->state;
  g_mutex_unlock (&self->lock);

  return state;
}

void
q_template_source_set_state (QTemplateSource *self, QTemplateSourceState state)
{
  g_mutex_lock (&self->lock);
  self->state = state;
  g_mutex_unlock (&self->lock);
}

QTemplate *
q_template_source_describe (QTemplateSource *self)
{
  QTemplate *template;

  g_mutex_lock (&self->lock);
  template = self->launched != NULL ? q_template_copy_launch (self->launched) : NULL;
  g_mutex_unlock (&self->lock);

  return template;
}

/* -- a launch -- */

static gboolean
check_state (QTemplateSource *self, GError **error)
{
  QTemplateSourceState state = q_template_source_get_state (self);
  g_autofree char *manifest = g_build_filename (self->directory, Q_TEMPLATE_MANIFEST, NULL);

  if (state == Q_TEMPLATE_SOURCE_SAVED)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "this machine has become the template %s: make machines from that",
                 self->directory);
  else if (state == Q_TEMPLATE_SOURCE_LOST)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "the template %s could not be finished, and this machine cannot become another",
                 self->directory);
  else if (g_file_test (manifest, G_FILE_TEST_EXISTS))
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "template %s: there is one already", self->directory);
  else
    return TRUE;

  return FALSE;
}

static gboolean
is_in_use (const char *path)
{
  int fd = g_open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  gboolean in_use = FALSE;

  if (fd >= 0)
    {
      in_use = flock (fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
      g_close (fd, NULL);
    }

  return in_use;
}

/* QEMU would take one that is there for its own. */
static gboolean
make_ram (QTemplateSource *self, GError **error)
{
  int fd = g_open (self->ram, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  int number = errno;

  if (fd >= 0)
    {
      /* Where there are no locks it is still this launch's. */
      flock (fd, LOCK_EX | LOCK_NB);
      self->ram_fd = fd;
      return TRUE;
    }

  if (number != EEXIST)
    g_set_error (error, G_IO_ERROR, (int)g_io_error_from_errno (number), "template %s: %s: %s",
                 self->directory, self->ram, g_strerror (number));
  else if (is_in_use (self->ram))
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "template %s: another machine that runs is to become it", self->directory);
  else
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "template %s: %s is there already, and no launch of this machine has made it: "
                 "remove it if nothing needs it",
                 self->directory, self->ram);
  return FALSE;
}

static gboolean
prepare (gpointer data, QLaunchParts *parts, GError **error)
{
  QTemplateSource *self = data;
  const char *const *args = q_launch_parts_get_user_args (parts);
  const QLaunchConfig *config = q_launch_parts_get_config (parts);
  guint64 size;

  if (!check_state (self, error) || !q_template_check_args (args, error)
      || !q_template_find_ram_size (args, &size, error) || !make_ram (self, error))
    return FALSE;

  q_template_add_memory (parts, self->ram, size, TRUE);
  q_template_add_generation (parts, config->binary, config->machine_type);
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->launched, q_template_free);
  self->launched = q_template_describe_launch (self->directory, config);
  self->launched->ram_size = size;
  g_mutex_unlock (&self->lock);

  return TRUE;
}

static gboolean
has_path (int fd, const char *path)
{
  struct stat made;
  GStatBuf there;

  return fstat (fd, &made) == 0 && g_lstat (path, &there) == 0 && made.st_dev == there.st_dev
         && made.st_ino == there.st_ino;
}

static void
ended (gpointer data, gboolean detached)
{
  QTemplateSource *self = data;

  if (q_template_source_get_state (self) != Q_TEMPLATE_SOURCE_SAVED && !detached
      && has_path (self->ram_fd, self->ram))
    g_unlink (self->ram);
  g_close (g_steal_fd (&self->ram_fd), NULL);
}

const QLaunchHook q_template_source_hook = {
  .ref = source_ref,
  .unref = q_template_source_unref,
  .first = TRUE,
  .prepare = prepare,
  .ended = ended,
};
