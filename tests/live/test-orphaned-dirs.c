/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Run directories that programs which were killed have left: the next launch in that place removes
 * them, and nothing else. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "q-test-util.h"

/* With the marks of one that a killed program has left, but for what is to be missed. */
static char *
make_old_dir (const char *base, const char *name, const char *content, int mode, gboolean old)
{
  g_autofree char *path = g_build_filename (base, name, NULL);
  g_autofree char *file = g_build_filename (path, content, NULL);
  const struct timespec long_ago[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
  g_assert_true (g_file_set_contents (file, "words", -1, NULL));
  if (old)
    g_assert_cmpint (utimensat (AT_FDCWD, path, long_ago, AT_SYMLINK_NOFOLLOW), ==, 0);

  return g_steal_pointer (&path);
}

/* One with a socket in it, as of q_machine_add_socket_path (). */
static char *
make_old_socket_dir (const char *base, const char *name)
{
  char *path = make_old_dir (base, name, "own.socket", 01700, FALSE);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const struct timespec long_ago[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_snprintf (address.sun_path, sizeof address.sun_path, "%s/own.socket", path);
  g_assert_cmpint (g_unlink (address.sun_path), ==, 0);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  close (fd);
  g_assert_cmpint (utimensat (AT_FDCWD, path, long_ago, AT_SYMLINK_NOFOLLOW), ==, 0);

  return path;
}

static void
remove_old_dir (const char *path, const char *content)
{
  g_autofree char *file = g_build_filename (path, content, NULL);

  g_assert_cmpint (g_unlink (file), ==, 0);
  g_assert_cmpint (g_rmdir (path), ==, 0);
}

/* Removed once it is old and nobody holds it, and nothing else is. */
static void
test_orphaned_dirs (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *base = g_build_filename (q_test_get_base_dir (), "orphans", NULL);
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *orphan = NULL;
  g_autofree char *sockets = NULL;
  g_autofree char *no_sockets = NULL;
  g_autofree char *young = NULL;
  g_autofree char *held = NULL;
  g_autofree char *living = NULL;
  g_autofree char *foreign = NULL;
  g_autofree char *work = NULL;
  g_autofree char *shared = NULL;
  g_autofree char *unmarked = NULL;
  g_autofree char *longer = NULL;
  g_autofree char *link = g_build_filename (base, "qmachine-linked", NULL);
  int lock;

  g_assert_cmpint (g_mkdir (base, 0700), ==, 0);
  orphan = make_old_dir (base, "qmachine-orphan", "qemu.log", 01700, TRUE);
  sockets = make_old_socket_dir (base, "qmachine-socket");
  no_sockets = make_old_dir (base, "qmachine-nosock", "own.socket", 01700, TRUE);
  young = make_old_dir (base, "qmachine-youth0", "qemu.log", 01700, FALSE);
  held = make_old_dir (base, "qmachine-locked", "qemu.log", 01700, TRUE);
  living = make_old_dir (base, "qmachine.free-living", "qemu.log", 01700, TRUE);
  foreign = make_old_dir (base, "foreign", "qemu.log", 01700, TRUE);
  work = make_old_dir (base, "qmachine-stable", "notes", 01700, TRUE);
  shared = make_old_dir (base, "qmachine-shared", "qemu.log", 01755, TRUE);
  unmarked = make_old_dir (base, "qmachine-mktemp", "qemu.log", 0700, TRUE);
  longer = make_old_dir (base, "qmachine-sources", "qemu.log", 01700, TRUE);
  g_assert_cmpint (symlink ("foreign", link), ==, 0);
  lock = open (held, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (flock (lock, LOCK_EX | LOCK_NB), ==, 0);

  g_object_set (machine, "base-dir", base, NULL);
  q_test_launch (machine);
  g_assert_false (g_file_test (orphan, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (sockets, G_FILE_TEST_EXISTS));
  q_test_shutdown (machine);

  close (lock);
  remove_old_dir (no_sockets, "own.socket");
  remove_old_dir (young, "qemu.log");
  remove_old_dir (held, "qemu.log");
  remove_old_dir (living, "qemu.log");
  remove_old_dir (foreign, "qemu.log");
  remove_old_dir (work, "notes");
  remove_old_dir (shared, "qemu.log");
  remove_old_dir (unmarked, "qemu.log");
  remove_old_dir (longer, "qemu.log");
  g_assert_cmpint (g_unlink (link), ==, 0);
  g_assert_cmpint (g_rmdir (base), ==, 0);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  g_test_add ("/orphaned-dirs", QTestFixture, NULL, q_test_set_up, test_orphaned_dirs,
              q_test_tear_down);

  return g_test_run ();
}
