/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "socket-paths-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "process/run-dir-private.h"

#define MAX_NAME 32

struct _QSocketPaths
{
  gatomicrefcount ref_count;
  pid_t owner; /* a forked child drops its copy, and the directory is the parent's */

  GMutex lock; /* guards what follows */
  QRunDir *dir;
  GPtrArray *paths; /* of char */
  gboolean left;    /* to a QEMU that was detached */
};

QSocketPaths *
q_socket_paths_new (void)
{
  QSocketPaths *self = g_new0 (QSocketPaths, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->owner = getpid ();
  g_mutex_init (&self->lock);
  self->paths = g_ptr_array_new_with_free_func (g_free);

  return self;
}

QSocketPaths *
q_socket_paths_ref (QSocketPaths *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
q_socket_paths_unref (QSocketPaths *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  if (self->left || self->owner != getpid ())
    g_clear_pointer (&self->dir, q_run_dir_leave);
  g_clear_pointer (&self->dir, q_run_dir_free);
  g_ptr_array_unref (self->paths);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gboolean
check_name (const char *name, GError **error)
{
  const gsize length = strlen (name);
  gboolean good = length > 0 && length <= MAX_NAME && g_ascii_isalnum (name[0]);

  for (gsize i = 0; good && i < length; i++)
    good = g_ascii_isalnum (name[i]) || strchr ("-._", name[i]) != NULL;
  if (!good)
    {
      g_autofree char *shown = g_strescape (name, NULL);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME,
                   "\"%s\" is no name of a socket: that has 1 to %d letters and digits, and \"-\", "
                   "\".\" and \"_\" behind the first",
                   shown, MAX_NAME);
    }

  return good;
}

static char *
add_locked (QSocketPaths *self, const char *name, const char *base, gboolean exit_with_parent,
            GError **error)
{
  const gsize max_length = sizeof ((struct sockaddr_un *)NULL)->sun_path - 1;
  g_autofree char *file = g_strconcat (name, Q_RUN_DIR_SOCKET_SUFFIX, NULL);
  g_autofree char *path = NULL;

  if (self->dir == NULL)
    {
      self->dir = q_run_dir_new (base, exit_with_parent,
                                 MAX_NAME + strlen (Q_RUN_DIR_SOCKET_SUFFIX), error);
      if (self->dir == NULL)
        {
          g_prefix_error (error, "base-dir: ");
          return NULL;
        }
    }

  path = q_run_dir_get_file (self->dir, file);
  if (strlen (path) > max_length)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
                   "base-dir: the path of a socket may have %" G_GSIZE_FORMAT
                   " bytes, and this has %" G_GSIZE_FORMAT ": %s",
                   max_length, strlen (path), path);
      if (self->paths->len == 0)
        g_clear_pointer (&self->dir, q_run_dir_free);
      return NULL;
    }

  if (!g_ptr_array_find_with_equal_func (self->paths, path, g_str_equal, NULL))
    g_ptr_array_add (self->paths, g_strdup (path));
  return g_steal_pointer (&path);
}

char *
q_socket_paths_add (QSocketPaths *self, const char *name, const char *base,
                    gboolean exit_with_parent, GError **error)
{
  char *path;

  if (!check_name (name, error))
    return NULL;

  g_mutex_lock (&self->lock);
  path = add_locked (self, name, base, exit_with_parent, error);
  g_mutex_unlock (&self->lock);

  return path;
}

/* The kernel finds the socket of the file before it looks at its type. So nobody who listens hears
 * of this, as he would of a connection: a server for one client would be done. */
static gboolean
is_stale (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  GStatBuf info;
  gboolean stale;
  int fd;

  if (g_lstat (path, &info) < 0 || !S_ISSOCK (info.st_mode))
    return FALSE;

  fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return FALSE;

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  stale = connect (fd, (struct sockaddr *)&address, sizeof address) < 0 && errno == ECONNREFUSED;
  close (fd);

  return stale;
}

static void
remove_stale (QSocketPaths *self)
{
  for (guint i = 0; i < self->paths->len; i++)
    {
      const char *path = g_ptr_array_index (self->paths, i);

      if (is_stale (path))
        g_unlink (path);
    }
}

void
q_socket_paths_begin (QSocketPaths *self, gboolean exit_with_parent)
{
  g_mutex_lock (&self->lock);
  remove_stale (self);
  /* QEMU may outlive the program, which would take its sockets along. */
  if (!exit_with_parent && self->dir != NULL)
    q_run_dir_let_live (self->dir);
  g_mutex_unlock (&self->lock);
}

void
q_socket_paths_end (QSocketPaths *self, gboolean detached)
{
  g_mutex_lock (&self->lock);
  if (detached)
    self->left = TRUE;
  else
    remove_stale (self);
  g_mutex_unlock (&self->lock);
}
