/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run-dir-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <sys/un.h>
#include <unistd.h>

/* Begins the name of a directory that ends with its program, and is for whoever comes later to
 * remove if that was killed; and of one that may be needed longer. */
#define MORTAL_PREFIX "qmachine-"
#define FREE_PREFIX "qmachine.free-"

/* How long what a killed program has left can still be looked at. */
#define YOUNG_S 60

/* The sticky bit says nothing of a directory that nobody else can write to, so nobody sets it on
 * one: it marks ours. The name does not: `mktemp -d` makes such ones, too. It is set once the
 * directory is locked. */
#define MORTAL_MODE 01700

struct _QRunDir
{
  char *path;
  int lock_fd; /* locked as long as the owner lives, in whatever way it ends; -1 for none */
};

/* Those that must not outlive the program. */
G_LOCK_DEFINE_STATIC (live_dirs);
static GPtrArray *live_dirs;
static pid_t live_dirs_owner;

/* Goes over the entries with a function, as long as it returns TRUE. Takes over the descriptor. */
static gboolean
for_each_entry (int fd, gboolean (*func) (int dir_fd, const char *name))
{
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  gboolean good = dir != NULL;
  struct dirent *entry;

  while (good && (entry = readdir (dir)) != NULL)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      good = func (fd, entry->d_name);

  if (dir != NULL)
    closedir (dir);
  else if (fd >= 0)
    close (fd);
  return good;
}

static int
open_dir_at (int parent_fd, const char *name)
{
  return openat (parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* By way of descriptors, and never through a symbolic link: what that leads to is not ours. */
static gboolean
remove_tree_at (int parent_fd, const char *name)
{
  int fd = open_dir_at (parent_fd, name);

  for_each_entry (fd, remove_tree_at);
  /* Without a descriptor to spare it may still be an empty directory. */
  if (fd >= 0 || unlinkat (parent_fd, name, 0) < 0)
    unlinkat (parent_fd, name, AT_REMOVEDIR);

  /* What stays does not keep the others. */
  return TRUE;
}

static void
remove_tree (const char *path)
{
  remove_tree_at (AT_FDCWD, path);
}

static void
remove_live_dirs (void)
{
  /* A forked child that ends has not ended our machines. */
  if (getpid () != live_dirs_owner)
    return;

  G_LOCK (live_dirs);
  for (guint i = 0; i < live_dirs->len; i++)
    remove_tree (((QRunDir *)live_dirs->pdata[i])->path);
  g_ptr_array_set_size (live_dirs, 0);
  G_UNLOCK (live_dirs);
}

static void
remember (QRunDir *self)
{
  G_LOCK (live_dirs);
  if (live_dirs == NULL)
    {
      live_dirs = g_ptr_array_new ();
      live_dirs_owner = getpid ();
      atexit (remove_live_dirs);
    }
  g_ptr_array_add (live_dirs, self);
  G_UNLOCK (live_dirs);
}

static void
forget (QRunDir *self)
{
  G_LOCK (live_dirs);
  if (live_dirs != NULL)
    g_ptr_array_remove_fast (live_dirs, self);
  G_UNLOCK (live_dirs);
}

static const char *
get_default_base (gsize file_length)
{
  const char *runtime_dir = g_getenv ("XDG_RUNTIME_DIR");
  const gsize own_length = strlen ("/" MORTAL_PREFIX "XXXXXX/") + file_length;

  /* Not GLib's fallback, the cache directory: sockets do not belong there. And not one in which no
   * socket has room. */
  if (runtime_dir != NULL && g_path_is_absolute (runtime_dir)
      && strlen (runtime_dir) + own_length < sizeof ((struct sockaddr_un *)NULL)->sun_path
      && g_access (runtime_dir, W_OK | X_OK) == 0)
    return runtime_dir;

  return "/var/tmp";
}

/* A launch leaves sockets and a log. */
static gboolean
is_ours (int dir_fd, const char *name)
{
  struct stat info;

  if (fstatat (dir_fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
    return FALSE;
  if (g_str_has_suffix (name, Q_RUN_DIR_SOCKET_SUFFIX))
    return S_ISSOCK (info.st_mode);
  return (g_str_has_suffix (name, ".log") || g_str_has_suffix (name, ".monitor"))
         && (S_ISREG (info.st_mode) || S_ISSOCK (info.st_mode));
}

static gboolean
remove_ours (int dir_fd, const char *name)
{
  return is_ours (dir_fd, name) && unlinkat (dir_fd, name, 0) == 0;
}

/* What holds anything else is somebody's own work, which only is called so. All is done by way of
 * one descriptor: in a place where others may rename, the path could lead elsewhere meanwhile. */
static void
remove_orphan (const char *path)
{
  int fd = open_dir_at (AT_FDCWD, path);
  struct stat info;

  if (fd < 0)
    return;

  if (fstat (fd, &info) == 0 && info.st_uid == geteuid () && (info.st_mode & 07777) == MORTAL_MODE
      && info.st_mtime + YOUNG_S < time (NULL) && for_each_entry (open_dir_at (fd, "."), is_ours)
      && flock (fd, LOCK_EX | LOCK_NB) == 0)
    {
      g_debug ("removing %s, which a program has left behind", path);
      for_each_entry (open_dir_at (fd, "."), remove_ours);
      g_rmdir (path);
    }
  close (fd);
}

/* What programs that were killed have left here. Once for each base is enough: it is for the
 * program that is started again after a crash. */
static void
sweep (const char *base)
{
  G_LOCK_DEFINE_STATIC (swept);
  static GHashTable *swept;
  g_autoptr (GDir) dir = NULL;
  const char *name;
  gboolean is_first;

  G_LOCK (swept);
  if (swept == NULL)
    swept = g_hash_table_new (g_str_hash, g_str_equal);
  is_first = g_hash_table_add (swept, (char *)g_intern_string (base));
  G_UNLOCK (swept);
  if (!is_first)
    return;

  dir = g_dir_open (base, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = NULL;

      if (!g_str_has_prefix (name, MORTAL_PREFIX)
          || strlen (name) != strlen (MORTAL_PREFIX "XXXXXX"))
        continue;
      path = g_build_filename (base, name, NULL);
      remove_orphan (path);
    }
}

QRunDir *
q_run_dir_new (const char *base, gboolean remove_at_exit, gsize file_length, GError **error)
{
  const char *parent = base != NULL ? base : get_default_base (file_length);
  g_autofree char *path = g_build_filename (
    parent, remove_at_exit ? MORTAL_PREFIX "XXXXXX" : FREE_PREFIX "XXXXXX", NULL);
  QRunDir *self;

  sweep (parent);

  if (g_mkdtemp_full (path, 0700) == NULL)
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                   "cannot make a directory like %s: %s", path, g_strerror (saved_errno));
      return NULL;
    }

  self = g_new0 (QRunDir, 1);
  self->path = g_steal_pointer (&path);
  self->lock_fd = -1;
  if (remove_at_exit)
    {
      self->lock_fd = open (self->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      /* Without a lock somebody might take it for an orphan, except where nobody can lock. */
      if (self->lock_fd < 0
          || (flock (self->lock_fd, LOCK_EX | LOCK_NB) < 0 && errno != EOPNOTSUPP
              && errno != ENOSYS))
        {
          int saved_errno = errno;

          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                       "cannot lock the directory %s: %s", self->path, g_strerror (saved_errno));
          g_clear_pointer (&self, q_run_dir_free);
          return NULL;
        }
      if (fchmod (self->lock_fd, MORTAL_MODE) < 0)
        g_debug ("%s will stay should this program be killed: %s", self->path, g_strerror (errno));
      remember (self);
    }

  return self;
}

char *
q_run_dir_get_file (QRunDir *self, const char *name)
{
  return g_build_filename (self->path, name, NULL);
}

const char *
q_run_dir_get_path (QRunDir *self)
{
  return self->path;
}

int
q_run_dir_get_fd (QRunDir *self)
{
  return self->lock_fd;
}

void
q_run_dir_free (QRunDir *self)
{
  remove_tree (self->path);
  q_run_dir_leave (self);
}

void
q_run_dir_let_live (QRunDir *self)
{
  forget (self);
  if (self->lock_fd < 0)
    return;

  /* Without the mode nobody takes it for an orphan. */
  if (fchmod (self->lock_fd, 0700) < 0)
    g_debug ("%s may be removed too early: %s", self->path, g_strerror (errno));
  close (g_steal_fd (&self->lock_fd));
}

void
q_run_dir_leave (QRunDir *self)
{
  forget (self);
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  g_free (self->path);
  g_free (self);
}
