/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Systems that have run out of something that a launch needs, or do not let the user have it. */

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "q-test-util.h"

static char *program;

/* -- no permission, processes or space -- */

static void
assert_no_launch (const char *base, GQuark domain, int code, const char *text)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;

  if (base != NULL)
    g_object_set (machine, "base-dir", base, NULL);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, domain, code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, text));
}

/* The build may be where only its user can go. */
static void
copy_helper (const char *path)
{
  const char *helper = g_getenv ("QMACHINE_EXEC_HELPER");
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_assert_nonnull (helper);
  g_file_get_contents (helper, &content, &length, &error);
  g_assert_no_error (error);
  g_file_set_contents_full (path, content, (gssize)length, G_FILE_SET_CONTENTS_NONE, 0755, &error);
  g_assert_no_error (error);
  g_assert_true (g_setenv ("QMACHINE_EXEC_HELPER", path, TRUE));
}

/* A user who is not root, whom limits and modes bind. */
static void
become_nobody (void)
{
  if (getuid () != 0)
    return;

  g_assert_cmpint (chown (q_test_get_base_dir (), 65534, 65534), ==, 0);
  g_assert_cmpint (setgroups (0, NULL), ==, 0);
  g_assert_cmpint (setresgid (65534, 65534, 65534), ==, 0);
  g_assert_cmpint (setresuid (65534, 65534, 65534), ==, 0);
}

static void
run_without_permission (void)
{
  g_autofree char *base = g_build_filename (q_test_get_base_dir (), "closed", NULL);

  become_nobody ();
  g_assert_cmpint (g_mkdir (base, 0500), ==, 0);
  assert_no_launch (base, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                    "Permission denied");
  g_assert_cmpint (g_rmdir (base), ==, 0);
}

static void
run_without_processes (void)
{
  struct rlimit none = { 0, 0 };
  g_autofree char *helper = g_build_filename (q_test_get_base_dir (), "helper", NULL);

  copy_helper (helper);
  /* The library's own thread is there before, as in a program that has worked for a while. */
  become_nobody ();
  {
    g_autoptr (QMachine) machine = q_test_machine_none ();

    q_test_launch (machine);
    q_test_shutdown (machine);
  }
  g_assert_cmpint (setrlimit (RLIMIT_NPROC, &none), ==, 0);
  assert_no_launch (NULL, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                    "Resource temporarily unavailable");
  g_assert_cmpint (g_unlink (helper), ==, 0);
  g_assert_cmpint (g_rmdir (q_test_get_base_dir ()), ==, 0);
  /* A leak checker would want a process of its own for that, and there is none to be had. */
  fflush (stdout);
  _exit (0);
}

static void
run_on_full_disk (void)
{
  /* Of the mount that the parent made around us: no inode is left. */
  assert_no_launch (g_getenv ("FULL_DISK"), Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                    "No space left");
}

static const struct
{
  const char *name;
  void (*run) (void);
} scarcities[] = {
  { "permission", run_without_permission },
  { "processes", run_without_processes },
  { "space", run_on_full_disk },
};

#define MOUNT_NAMESPACE "-rm"

static gboolean
has_mount_namespaces (void)
{
  g_autoptr (GSubprocess) unshare = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
                                                      "unshare", MOUNT_NAMESPACE, "true", NULL);

  return unshare != NULL && g_subprocess_wait_check (unshare, NULL, NULL);
}

/* In a process of its own, since there is no way back. */
static void
test_without (QTestFixture *fixture, gconstpointer data)
{
  const char *name = data;
  g_autofree char *disk = g_build_filename (q_test_get_base_dir (), "disk", NULL);
  g_autofree char *mount = g_strdup_printf (
    "mount -t tmpfs -o size=64k,nr_inodes=1 none '%s' && exec '%s' --without space", disk, program);
  const char *const plain[] = { program, "--without", name, NULL };
  const char *const mounted[] = { "unshare", MOUNT_NAMESPACE, "sh", "-c", mount, NULL };
  gboolean needs_mount = g_str_equal (name, "space");
  g_autoptr (GSubprocessLauncher) launcher
    = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autoptr (GSubprocess) subprocess = NULL;
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;

  if (needs_mount && !has_mount_namespaces ())
    {
      g_test_skip ("no mount name space can be made here, as in a container or a changed root");
      return;
    }

  g_assert_cmpint (g_mkdir (disk, 0700), ==, 0);
  g_subprocess_launcher_setenv (launcher, "FULL_DISK", disk, TRUE);
  subprocess = g_subprocess_launcher_spawnv (launcher, needs_mount ? mounted : plain, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (subprocess, NULL, NULL, &output, NULL, &error));
  g_assert_no_error (error);
  g_test_message ("%s", output);
  g_assert_true (g_subprocess_get_successful (subprocess));
  g_assert_cmpint (g_rmdir (disk), ==, 0);
}

static int
run_scarcity (int argc, char *argv[])
{
  const char *name = argv[2];

  q_test_init (&argc, &argv);
  for (gsize i = 0; i < G_N_ELEMENTS (scarcities); i++)
    if (g_str_equal (scarcities[i].name, name))
      {
        scarcities[i].run ();
        return 0;
      }
  return 1;
}

/* -- no descriptor left -- */

/* Leaves so many free ones. */
static GArray *
hog_descriptors (guint n_free)
{
  GArray *fds = g_array_new (FALSE, FALSE, sizeof (int));
  int fd;

  while ((fd = fcntl (0, F_DUPFD_CLOEXEC, 3)) >= 0)
    g_array_append_val (fds, fd);
  g_assert_cmpint (errno, ==, EMFILE);
  for (guint i = 0; i < n_free; i++)
    {
      close (g_array_index (fds, int, fds->len - 1));
      g_array_set_size (fds, fds->len - 1);
    }

  return fds;
}

static void
close_all (GArray *fds)
{
  for (guint i = 0; i < fds->len; i++)
    close (g_array_index (fds, int, i));
  g_array_unref (fds);
}

/* Whatever it is that finds no descriptor, the launch fails as a whole. */
static void
test_no_descriptor_subprocess (QTestFixture *fixture, gconstpointer data)
{
  const struct rlimit limit = { 64, 64 };
  guint n_failed = 0;
  guint n_free;

  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  for (n_free = 0; n_free < 40; n_free++)
    {
      g_autoptr (QMachine) machine = q_test_machine_none ();
      g_autoptr (GError) error = NULL;
      int fd = open ("/dev/null", O_RDWR | O_CLOEXEC);
      gboolean launched;

      g_assert_true (q_machine_add_fd (machine, fd, 1, NULL, NULL, NULL));
      close (fd);
      {
        GArray *fds = hog_descriptors (n_free);

        launched = q_machine_launch (machine, NULL, &error);
        close_all (fds);
      }
      if (launched)
        {
          q_test_assert_running (machine);
          q_test_shutdown (machine);
          break;
        }

      n_failed++;
      g_assert_nonnull (error);
      g_test_message ("%u free: %s", n_free, error->message);
      g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);

      q_test_launch (machine);
      q_test_assert_running (machine);
      q_test_shutdown (machine);
      q_test_assert_last_unref (machine);
      q_test_assert_resources (&fixture->before);
    }

  g_assert_cmpuint (n_failed, >, 0);
  g_assert_cmpuint (n_free, <, 40);
}

static void
test_no_descriptor (QTestFixture *fixture, gconstpointer data)
{
  g_test_trap_subprocess ("/scarcity/descriptors/subprocess", 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/scarcity/" path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  program = argv[0];
  if (argc == 3 && g_str_equal (argv[1], "--without"))
    return run_scarcity (argc, argv);

  q_test_init (&argc, &argv);

  ADD ("permission", "permission", test_without);
  ADD ("processes", "processes", test_without);
  ADD ("space", "space", test_without);
  ADD ("descriptors", NULL, test_no_descriptor);
  ADD ("descriptors/subprocess", NULL, test_no_descriptor_subprocess);

  return g_test_run ();
}
