/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a launch makes of the settings of a machine, and where. */

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "q-test-util.h"

static void
test_settings (void)
{
  g_autoptr (QMachine) machine = q_machine_new ("qemu-system-x86_64");
  g_autofree char *base = g_build_filename (q_test_get_base_dir (), "a, base=dir", NULL);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) command_line = NULL;
  const char *path;

  g_assert_cmpint (g_mkdir (base, 0700), ==, 0);
  g_object_set (machine, "machine-type", "none", "name", "my, name", "base-dir", base, "args",
                (const char *[]){ "-accel", "tcg", NULL }, NULL);
  q_machine_add_args (machine, (const char *[]){ "-name", "first", NULL });
  q_machine_add_args (machine, (const char *[]){ "-S", NULL });
  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);

  text = q_machine_command_json (machine, "query-name", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_cmpstr (text, ==, "{\"name\": \"first\"}");
  g_assert_cmpint (q_machine_get_run_state (machine), ==, Q_RUN_STATE_PRELAUNCH);

  command_line = q_machine_dup_command_line (machine);
  g_assert_true (g_strv_contains ((const char *const *)command_line, "none"));
  g_assert_cmpstr (command_line[g_strv_length (command_line) - 1], ==, "-S");

  address = q_machine_dup_listen_address (machine);
  path = g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (address));
  g_assert_true (g_str_has_prefix (path, base));
  g_assert_true (g_str_has_suffix (path, "/my, name.monitor"));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));

  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  /* Empty again. */
  g_assert_cmpint (g_rmdir (base), ==, 0);
}

static void
assert_file_has (const char *path, const char *text)
{
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &content, NULL, &error);
  g_assert_no_error (error);
  if (strstr (content, text) == NULL)
    g_error ("no \"%s\" in: %s", text, content);
}

/* The log is a file of the user's, anew with each launch, and stays. */
static void
test_log_path (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "kept.log", NULL);
  g_autofree char *link = g_build_filename (q_test_get_base_dir (), "link.log", NULL);
  g_autofree char *log = NULL;
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  GStatBuf info;

  g_object_set (machine, "log-path", path, NULL);
  q_machine_add_args (machine, (const char *[]){ "-trace", "qmp_job_*", "-no-such", NULL });
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  g_clear_error (&error);
  assert_file_has (path, "-no-such: invalid option");
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);

  g_object_set (machine, "args",
                (const char *[]){ "-machine", "none", "-accel", "tcg", "-msg", "timestamp=on",
                                  "-trace", "monitor_qmp_cmd_in_band", NULL },
                NULL);
  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);

  log = q_machine_dup_log (machine);
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_nonnull (strstr (log, "monitor_qmp_cmd_in_band"));
  g_assert_null (strstr (content, "-no-such"));
  g_assert_true (g_str_has_suffix (content, log));
  g_assert_cmpint (g_unlink (path), ==, 0);

  /* What is there and is no file to write to is left alone. */
  g_assert_cmpint (symlink (path, link), ==, 0);
  g_object_set (machine, "log-path", link, NULL);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "link.log"));
  g_clear_error (&error);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_unlink (link), ==, 0);

  g_object_set (machine, "log-path", "/dev/null", NULL);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "no regular file"));
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  g_test_add_func ("/settings/names", test_settings);
  g_test_add_func ("/settings/log-path", test_log_path);

  return g_test_run ();
}
