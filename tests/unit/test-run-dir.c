/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is removed of the directories that killed programs have left. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process/run-dir-private.h"

/* Called instead of the C library's: the last thing that is asked before anything is removed. */
static void (*before_lock) (void);

int
flock (int fd, int operation)
{
  if (before_lock != NULL)
    before_lock ();
  return (int)syscall (SYS_flock, fd, operation);
}

static char *base;
static char *orphan;
static char *orphan_elsewhere;
static char *victim;

static void
make_old (const char *path)
{
  const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

static void
make_old_dir (const char *path, const char *file)
{
  g_autofree char *child = g_build_filename (path, file, NULL);

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_cmpint (g_chmod (path, 01700), ==, 0);
  g_assert_true (g_file_set_contents (child, "text", -1, NULL));
  make_old (path);
}

static gboolean
exists (const char *dir, const char *file)
{
  g_autofree char *path = g_build_filename (dir, file, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
set_up (void)
{
  g_autoptr (GError) error = NULL;

  base = g_dir_make_tmp ("qm-run-dir-XXXXXX", &error);
  g_assert_no_error (error);
  orphan = g_build_filename (base, "qmachine-AAAAAA", NULL);
  orphan_elsewhere = g_build_filename (base, "elsewhere", NULL);
  victim = g_build_filename (base, "victim", NULL);
  make_old_dir (orphan, "vm.log");
  make_old_dir (victim, "precious.log");
}

static void
tear_down (void)
{
  const char *const files[] = { "victim/precious.log", "victim", "elsewhere", "qmachine-AAAAAA" };

  before_lock = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (base, files[i], NULL);

      g_remove (path);
    }
  g_assert_cmpint (g_rmdir (base), ==, 0);
  g_clear_pointer (&base, g_free);
  g_clear_pointer (&orphan, g_free);
  g_clear_pointer (&orphan_elsewhere, g_free);
  g_clear_pointer (&victim, g_free);
}

static void
sweep (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QRunDir) dir = q_run_dir_new (base, TRUE, 10, &error);

  g_assert_no_error (error);
  g_assert_nonnull (dir);
}

static void
test_orphan (void)
{
  set_up ();
  sweep ();
  g_assert_false (g_file_test (orphan, G_FILE_TEST_EXISTS));
  g_assert_true (exists (victim, "precious.log"));
  tear_down ();
}

/* As the library makes one, too, once nobody holds it. */
static void
test_left (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QRunDir) next = NULL;
  g_autofree char *same_base = NULL;
  g_autofree char *file = NULL;
  g_autofree char *path = NULL;
  QRunDir *dir;

  set_up ();
  dir = q_run_dir_new (base, TRUE, 10, &error);
  g_assert_no_error (error);
  file = q_run_dir_get_file (dir, "vm.log");
  path = g_path_get_dirname (file);
  g_assert_true (g_file_set_contents (file, "text", -1, &error));
  make_old (path);
  q_run_dir_leave (dir);

  /* It looks once at each place. */
  same_base = g_build_filename (base, ".", NULL);
  next = q_run_dir_new (same_base, TRUE, 10, &error);
  g_assert_no_error (error);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_clear_pointer (&next, q_run_dir_free);
  tear_down ();
}

static void
replace_orphan (void)
{
  before_lock = NULL;
  g_assert_cmpint (g_rename (orphan, orphan_elsewhere), ==, 0);
  g_assert_cmpint (symlink (victim, orphan), ==, 0);
}

/* Where others may rename, a path is not what it was a moment ago. */
static void
test_replaced (void)
{
  set_up ();
  before_lock = replace_orphan;
  sweep ();
  g_assert_null (before_lock);
  g_assert_true (exists (victim, "precious.log"));
  tear_down ();
}

/* So it is with the directory of a machine that ends. */
static void
test_own_replaced (void)
{
  g_autoptr (GError) error = NULL;
  QRunDir *dir;
  g_autofree char *file = NULL;
  g_autofree char *path = NULL;

  set_up ();
  dir = q_run_dir_new (base, TRUE, 10, &error);
  g_assert_no_error (error);
  file = q_run_dir_get_file (dir, "vm.log");
  path = g_path_get_dirname (file);
  g_assert_cmpint (g_rename (path, orphan_elsewhere), ==, 0);
  g_assert_cmpint (symlink (victim, path), ==, 0);
  q_run_dir_free (dir);
  g_assert_true (exists (victim, "precious.log"));
  g_assert_false (g_file_test (path, G_FILE_TEST_IS_SYMLINK));
  tear_down ();
}

/* But whatever it holds goes with it, and nothing that a link leads to. */
static void
test_own_content (void)
{
  g_autoptr (GError) error = NULL;
  QRunDir *dir;
  g_autofree char *link = NULL;
  g_autofree char *sub = NULL;
  g_autofree char *sub_file = NULL;
  g_autofree char *path = NULL;

  set_up ();
  dir = q_run_dir_new (base, TRUE, 10, &error);
  g_assert_no_error (error);
  link = q_run_dir_get_file (dir, "link");
  sub = q_run_dir_get_file (dir, "sub");
  sub_file = q_run_dir_get_file (dir, "sub/file");
  path = g_path_get_dirname (link);
  g_assert_cmpint (symlink (victim, link), ==, 0);
  g_assert_cmpint (g_mkdir (sub, 0700), ==, 0);
  g_assert_true (g_file_set_contents (sub_file, "text", -1, &error));
  q_run_dir_free (dir);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (exists (victim, "precious.log"));
  tear_down ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/run-dir/orphan", test_orphan);
  g_test_add_func ("/run-dir/left", test_left);
  g_test_add_func ("/run-dir/replaced", test_replaced);
  g_test_add_func ("/run-dir/own-replaced", test_own_replaced);
  g_test_add_func ("/run-dir/own-content", test_own_content);

  return g_test_run ();
}
