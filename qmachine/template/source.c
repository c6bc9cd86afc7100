/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "template/source-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "block/qcow2-private.h"
#include "q-error.h"
#include "template/describe-private.h"
#include "template/parts-private.h"

#define MARK "QMachine: memory of a template, which is not finished without its manifest: "
#define UUID_LENGTH 36

struct _QTemplateSource
{
  char *directory;
  char *ram;
  char *token; /* in all that its launches make there */

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
  g_free (self->token);
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
  self->token = g_uuid_string_random ();
  self->ram_fd = -1;
  return self;
}

const char *
q_template_source_get_token (QTemplateSource *self)
{
  return self->token;
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

/* -- what a launch has left that nobody could clean up behind -- */

/* Behind the memory, where no guest can write, stands whose it is. */
static void
mark (int fd, guint64 size, const char *token)
{
  g_autofree char *text = g_strconcat (MARK, token, NULL);
  gssize n;

  /* Where it cannot be written, as between huge pages, none is found later. */
  do
    n = pwrite (fd, text, strlen (text), (off_t)size);
  while (n < 0 && errno == EINTR);
}

/* NULL for a file that no launch has made. */
static char *
read_token (int fd)
{
  char text[sizeof MARK + UUID_LENGTH] = "";
  const gsize length = sizeof MARK - 1 + UUID_LENGTH;
  struct stat status;

  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode) || status.st_size < (off_t)length
      || pread (fd, text, length, status.st_size - (off_t)length) != (gssize)length
      || !g_str_has_prefix (text, MARK) || !g_uuid_string_is_valid (text + sizeof MARK - 1))
    return NULL;

  return g_strdup (text + sizeof MARK - 1);
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
remove_overlays (QTemplateSource *self, const char *token)
{
  g_autoptr (GDir) directory = g_dir_open (self->directory, 0, NULL);
  const char *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->directory, name, NULL);
      g_autofree char *found = g_str_has_suffix (name, ".qcow2") ? q_qcow2_read_owner (path) : NULL;

      if (g_strcmp0 (found, token) == 0)
        g_unlink (path);
    }
}

typedef enum
{
  THERE_IN_USE,
  THERE_OF_OTHERS,
  THERE_REMOVED,
} There;

/* A program that was killed leaves its memory and overlays, and the kernel gives back its lock. A
 * QEMU that lives on has the lock, too. */
static There
remove_leftover (QTemplateSource *self)
{
  int fd = g_open (self->ram, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0);
  g_autofree char *token = NULL;
  There there = THERE_OF_OTHERS;

  if (fd < 0)
    return errno == ENOENT ? THERE_REMOVED : THERE_OF_OTHERS;

  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    there = errno == EWOULDBLOCK ? THERE_IN_USE : THERE_OF_OTHERS;
  else
    token = read_token (fd);
  if (token != NULL && has_path (fd, self->ram))
    {
      remove_overlays (self, token);
      if (g_unlink (self->ram) == 0)
        there = THERE_REMOVED;
    }
  g_close (fd, NULL);

  return there;
}

/* QEMU would take one that is there for its own. */
static gboolean
make_ram (QTemplateSource *self, guint64 size, GError **error)
{
  const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
  There there = THERE_REMOVED;
  int fd = g_open (self->ram, flags, 0600);
  int number = errno;

  if (fd < 0 && number == EEXIST)
    there = remove_leftover (self);
  if (fd < 0 && number == EEXIST && there == THERE_REMOVED)
    {
      fd = g_open (self->ram, flags, 0600);
      number = errno;
      /* Somebody was faster. */
      there = THERE_IN_USE;
    }
  if (fd >= 0)
    {
      /* Where there are no locks it is still this launch's. */
      flock (fd, LOCK_EX | LOCK_NB);
      mark (fd, size, self->token);
      self->ram_fd = fd;
      return TRUE;
    }

  if (number != EEXIST)
    g_set_error (error, G_IO_ERROR, (int)g_io_error_from_errno (number), "template %s: %s: %s",
                 self->directory, self->ram, g_strerror (number));
  else if (there == THERE_IN_USE)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "template %s: another machine that runs is to become it", self->directory);
  else
    g_set_error (
      error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
      "template %s: %s is there already, and no launch has made it: remove it if nothing "
      "needs it",
      self->directory, self->ram);
  return FALSE;
}

/* -- a launch -- */

static gboolean
prepare (gpointer data, QLaunchParts *parts, GError **error)
{
  QTemplateSource *self = data;
  const char *const *args = q_launch_parts_get_user_args (parts);
  const QLaunchConfig *config = q_launch_parts_get_config (parts);
  guint64 size;

  if (!check_state (self, error) || !q_template_check_args (args, error)
      || !q_template_find_ram_size (args, &size, error) || !make_ram (self, size, error))
    return FALSE;

  /* QEMU holds the lock, too. Where it cannot, it ends with this program. */
  if (q_launch_parts_check_fds (parts, "memory", NULL))
    q_launch_parts_add_fd (parts, self->ram_fd);
  q_template_add_memory (parts, self->ram, size, TRUE);
  q_template_add_generation (parts, config->binary, config->machine_type);
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->launched, q_template_free);
  self->launched = q_template_describe_launch (self->directory, config);
  self->launched->ram_size = size;
  g_mutex_unlock (&self->lock);

  return TRUE;
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
