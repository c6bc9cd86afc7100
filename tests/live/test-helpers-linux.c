/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A Linux guest that uses the ready-made helpers: a TPM, a directory of the host's and disks that
 * another process serves. */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "q-test-util.h"

static QMachine *
make_guest (QConsole **console)
{
  const char *dir = g_getenv ("QMACHINE_TEST_GUEST");
  g_autofree char *kernel = g_build_filename (dir, "kernel", "vmlinuz", NULL);
  g_autofree char *initrd = g_build_filename (dir, "tests.gz", NULL);
  const char *args[] = { "-machine",
                         "q35,graphics=off",
                         "-accel",
                         "tcg",
                         "-nodefaults",
                         "-m",
                         "256",
                         "-kernel",
                         kernel,
                         "-initrd",
                         initrd,
                         "-append",
                         "console=ttyS0 panic=-1 quiet shells=ttyS0",
                         NULL };
  QMachine *machine = q_machine_new ("qemu-system-x86_64");
  g_autoptr (GError) error = NULL;

  q_machine_set_base_dir (machine, q_test_get_base_dir ());
  q_machine_add_args (machine, args);
  *console = q_machine_add_console (machine, "console", NULL, &error);
  g_assert_no_error (error);
  return machine;
}

static char *
run (QShell *shell, const char *command, int status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QShellResult) result
    = q_shell_run (shell, command, NULL, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  if (q_shell_result_get_exit_status (result) != status)
    g_error ("%s: %d, %s", command, q_shell_result_get_exit_status (result),
             q_shell_result_get_text (result));
  return g_strdup (q_shell_result_get_text (result));
}

static void
assert_run (QShell *shell, const char *command, const char *text)
{
  g_autofree char *output = run (shell, command, 0);

  g_assert_cmpstr (output, ==, text);
}

static void
count_cb (guint *n)
{
  (*n)++;
}

/* What ends with QEMU has not died before it. */
static void
power_off (QMachine *machine, QShell *shell, QHelper *helper)
{
  guint n_deaths = 0;
  gulong handler = g_signal_connect_swapped (helper, "died", G_CALLBACK (count_cb), &n_deaths);

  q_shell_run_async (shell, "sync; poweroff -f", NULL, Q_TEST_DEADLINE_MS, NULL, NULL, NULL);
  g_assert_true (q_machine_wait (machine, Q_TEST_DEADLINE_MS, NULL, NULL));
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (n_deaths, ==, 0);
  g_assert_false (q_helper_get_running (helper));
  g_signal_handler_disconnect (helper, handler);
}

static void
test_tpm (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = NULL;
  g_autofree char *state_dir = q_test_get_path ("tpm");
  g_autofree char *state = g_build_filename (state_dir, "tpm2-00.permall", NULL);
  g_autofree char *program = g_find_program_in_path ("swtpm");
  g_autoptr (GError) error = NULL;
  QConsole *console;
  QHelper *helper;

  if (program == NULL)
    {
      g_test_skip ("the program swtpm of the package of that name is not installed");
      return;
    }

  g_assert_cmpint (g_mkdir (state_dir, 0700), ==, 0);
  machine = make_guest (&console);
  helper = q_machine_add_tpm (machine, state_dir, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (QShell) shell = NULL;

      q_test_launch (machine);
      shell = q_shell_new (console);
      assert_run (shell, "[ -c /dev/tpm0 ] && cat /sys/class/tpm/tpm0/tpm_version_major", "2");
      /* TPM2_GetRandom of 8 bytes, which are behind 12 others. */
      assert_run (shell,
                  "exec 4<>/dev/tpm0; printf "
                  "'\\200\\001\\000\\000\\000\\014\\000\\000\\001\\173\\000\\010' >&4; "
                  "dd bs=64 count=1 <&4 2>/dev/null | wc -c; exec 4>&-",
                  "20");
      power_off (machine, shell, helper);
      g_assert_true (g_file_test (state, G_FILE_TEST_EXISTS));
    }
  g_assert_null (q_machine_add_tpm (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  q_test_remove_tree (state_dir);
}

static gboolean
has_argument (QHelper *helper, const char *argument)
{
  g_auto (GStrv) argv = q_helper_dup_argv (helper);

  return g_strv_contains ((const char *const *)argv, argument);
}

static void
check_share (QMachine *machine, QConsole *console, QHelper *helper, const char *dir)
{
  g_autofree char *back = g_build_filename (dir, "back", NULL);
  g_autoptr (QShell) shell = NULL;
  g_autofree char *text = NULL;

  q_test_launch (machine);
  shell = q_shell_new (console);
  assert_run (shell, "mkdir /mnt && mount -t virtiofs work /mnt", "");
  assert_run (shell, "cat /mnt/there", "from the host");
  assert_run (shell, "echo from the guest >/mnt/back && umount /mnt", "");
  power_off (machine, shell, helper);
  g_assert_true (g_file_get_contents (back, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "from the guest\n");
}

static void
test_share (QTestFixture *fixture, gconstpointer data)
{
  /* Each of the two programs has its own way to quote. */
  g_autofree char *dir = q_test_get_path ("shared, and \\more");
  g_autofree char *file = g_build_filename (dir, "there", NULL);
  g_autoptr (QMachine) machine = NULL;
  g_autoptr (GError) error = NULL;
  QConsole *console;
  QHelper *helper;

  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, "from the host\n", -1, NULL));
  machine = make_guest (&console);
  helper = q_machine_add_shared_directory (machine, dir, "work", FALSE, &error);
  if (helper == NULL && strstr (error->message, "there is no program virtiofsd") != NULL)
    g_test_skip ("the program virtiofsd is not installed");
  else if (helper != NULL && geteuid () != 0 && has_argument (helper, "sandbox=chroot"))
    g_test_skip ("the virtiofsd of this QEMU serves root only");
  else
    {
      g_assert_no_error (error);
      check_share (machine, console, helper, dir);
    }
  q_test_remove_tree (dir);
}

static void
test_share_read_only (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *dir = q_test_get_path ("read-only");
  g_autoptr (QMachine) machine = NULL;
  g_autoptr (QShell) shell = NULL;
  g_autoptr (GError) error = NULL;
  QConsole *console;
  QHelper *helper;

  machine = make_guest (&console);
  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  helper = q_machine_add_shared_directory (machine, dir, "work", TRUE, &error);
  if (helper != NULL)
    {
      q_test_launch (machine);
      shell = q_shell_new (console);
      g_free (run (shell, "mkdir /mnt; mount -t virtiofs work /mnt; : >/mnt/new", 1));
      q_test_shutdown (machine);
    }
  else
    {
      g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
      g_test_skip (error->message);
    }
  q_test_remove_tree (dir);
}

static char *
make_image (const char *name, const char *content)
{
  char *path = q_test_get_path (name);

  g_assert_true (g_file_set_contents (path, content, -1, NULL));
  g_assert_cmpint (truncate (path, 1024 * 1024), ==, 0);
  return path;
}

static void
test_disks (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *first = make_image ("first, \"of\" two.img", "first\n");
  g_autofree char *second = make_image ("second.img", "second\n");
  g_autoptr (QMachine) machine = NULL;
  g_autoptr (QShell) shell = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  QConsole *console;
  QHelper *helper;

  machine = make_guest (&console);
  helper = q_machine_add_vhost_user_disk (machine, first, "raw", FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (q_helper_get_name (helper), ==, "disk0");
  g_assert_nonnull (q_machine_add_vhost_user_disk (machine, second, NULL, TRUE, &error));
  g_assert_no_error (error);
  q_test_launch (machine);
  shell = q_shell_new (console);
  assert_run (shell, "head -n 1 /dev/vda; head -n 1 /dev/vdb", "first\nsecond");
  assert_run (shell, "echo guest | dd of=/dev/vda conv=fsync 2>/dev/null", "");
  g_free (run (shell, "echo guest >/dev/vdb", 1));
  power_off (machine, shell, helper);
  g_assert_true (g_file_get_contents (first, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "guest\n");
  g_unlink (first);
  g_unlink (second);
}

/* Nobody serves the disk any more; QEMU and the guest go on. */
static void
test_dies_under_guest (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *image = make_image ("dies.img", "first\n");
  g_autoptr (QMachine) machine = NULL;
  g_autoptr (QShell) shell = NULL;
  g_autoptr (GError) error = NULL;
  guint n_deaths = 0;
  QConsole *console;
  QHelper *helper;

  machine = make_guest (&console);
  helper = q_machine_add_vhost_user_disk (machine, image, "raw", FALSE, &error);
  g_assert_no_error (error);
  g_signal_connect_swapped (helper, "died", G_CALLBACK (count_cb), &n_deaths);
  q_test_launch (machine);
  shell = q_shell_new (console);
  assert_run (shell, "head -n 1 /dev/vda", "first");
  kill ((pid_t)q_helper_get_pid (helper), SIGKILL);
  q_test_wait_until (NULL, n_deaths == 1);
  assert_run (shell, "echo alive", "alive");
  q_test_shutdown (machine);
  g_unlink (image);
}

static void
test_missing (QTestFixture *fixture, gconstpointer data)
{
  g_test_skip ("there is no Linux guest: QMACHINE_TEST_GUEST/tests.gz is missing");
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *path;
    void (*func) (QTestFixture *fixture, gconstpointer data);
  } tests[] = {
    { "/helpers/linux/tpm", test_tpm },
    { "/helpers/linux/share", test_share },
    { "/helpers/linux/share-read-only", test_share_read_only },
    { "/helpers/linux/disks", test_disks },
    { "/helpers/linux/dies-under-guest", test_dies_under_guest },
  };
  const char *dir = g_getenv ("QMACHINE_TEST_GUEST");
  g_autofree char *initrd = g_build_filename (dir != NULL ? dir : "/nonexistent", "tests.gz", NULL);
  gboolean is_there = g_file_test (initrd, G_FILE_TEST_EXISTS);

  q_test_init (&argc, &argv);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QTestFixture, NULL, q_test_set_up,
                is_there ? tests[i].func : test_missing, q_test_tear_down);

  return g_test_run ();
}
