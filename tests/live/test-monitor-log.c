/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file with what goes over a machine's monitor. */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "q-test-util.h"

static QMachine *
new_machine (const char *path)
{
  QMachine *machine = q_test_machine_none ();

  g_object_set (machine, "monitor-log", path, NULL);
  return machine;
}

static GStrv
read_lines (const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (text, "\n"));
  text[strlen (text) - 1] = '\0';

  return g_strsplit (text, "\n", -1);
}

/* A time, a direction, and one whole message. */
static void
assert_form (const char *line)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;

  g_assert_true (g_regex_match_simple (
    "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z [<>] {", line, 0, 0));
  node = json_from_string (strchr (line, '{'), &error);
  g_assert_no_error (error);
}

static guint
count_lines (GStrv lines, const char *text)
{
  guint n = 0;

  for (char **line = lines; *line != NULL; line++)
    n += strstr (*line, text) != NULL;
  return n;
}

static char *
command (QMachine *machine, const char *name, const char *arguments)
{
  g_autoptr (GError) error = NULL;
  char *reply = q_machine_command_json (machine, name, arguments, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  return reply;
}

/* Each launch begins anew, from the greeting to the end. */
static void
test_whole (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("monitor.log");
  g_autoptr (QMachine) machine = new_machine (path);
  GStatBuf info;

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *schema = NULL;
      g_autofree char *type = NULL;
      g_auto (GStrv) lines = NULL;

      q_test_launch (machine);
      schema = command (machine, "query-qmp-schema", NULL);
      type = command (machine, "qom-get", "{\"path\":\r\n\"/machine\", \"property\": \"type\"}");
      q_test_shutdown (machine);

      lines = read_lines (path);
      for (char **line = lines; *line != NULL; line++)
        assert_form (*line);
      g_assert_nonnull (strstr (lines[0], " < {\"QMP\""));
      g_assert_nonnull (strstr (lines[1], " > {\"execute\":\"qmp_capabilities\"}"));
      g_assert_cmpuint (count_lines (lines, schema), ==, 1);
      g_assert_cmpuint (count_lines (lines, "\"arguments\":{\"path\":  \"/machine\""), ==, 1);
      g_assert_cmpuint (count_lines (lines, " > {\"execute\":\"quit\"}"), ==, 1);
      g_assert_cmpuint (count_lines (lines, "\"event\": \"SHUTDOWN\""), ==, 1);
    }

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  g_unlink (path);
}

/* What came last is there, however QEMU ended, and the file is free again. */
static void
test_killed (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("monitor.log");
  g_autoptr (QMachine) machine = new_machine (path);
  g_autoptr (QMachine) next = new_machine (path);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;
  g_autofree char *reply = NULL;

  q_test_launch (machine);
  reply = command (machine, "query-kvm", NULL);
  g_assert_true (q_machine_kill (machine, NULL, &error));
  g_assert_no_error (error);
  lines = read_lines (path);
  g_assert_nonnull (strstr (lines[g_strv_length (lines) - 1], reply));

  q_test_launch (next);
  q_test_shutdown (next);
  g_unlink (path);
}

static void
assert_refused (const char *path, const char *reason)
{
  g_autoptr (QMachine) machine = new_machine (path);
  g_autoptr (GError) error = NULL;
  g_autofree char *pattern = g_strdup_printf ("*monitor-log: *%s*%s*", path, reason);

  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_true (g_pattern_match_simple (pattern, error->message));
}

static void
test_refused (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("monitor.log");
  g_autofree char *link = q_test_get_path ("link");
  g_autofree char *pipe = q_test_get_path ("pipe");
  g_autofree char *missing = g_build_filename (path, "nowhere", NULL);
  g_autoptr (QMachine) machine = new_machine (path);

  q_test_launch (machine);
  assert_refused (path, "another machine writes to it");
  q_test_shutdown (machine);

  g_assert_cmpint (symlink (path, link), ==, 0);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  assert_refused (link, "");
  assert_refused (pipe, "no regular file");
  assert_refused (missing, "Not a directory");
  assert_refused (q_test_get_base_dir (), "directory");

  g_unlink (link);
  g_unlink (pipe);
  g_unlink (path);
}

/* The file takes no more: it ends with a whole line or a part of one, and the machine goes on. */
static void
test_full (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("monitor.log");
  g_autoptr (QMachine) machine = new_machine (path);
  struct rlimit before;
  struct rlimit small;
  GStatBuf info;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  signal (SIGXFSZ, SIG_IGN);
  q_test_launch (machine);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  small = before;
  small.rlim_cur = (rlim_t)info.st_size + 100;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *reply = command (machine, "query-version", NULL);

      g_assert_nonnull (strstr (reply, "\"major\""));
    }
  q_test_shutdown (machine);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  signal (SIGXFSZ, SIG_DFL);

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_size, <=, (goffset)small.rlim_cur);
  g_unlink (path);
}

/* A launch that fails leaves what was said until then. */
static void
test_failed_launch (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("monitor.log");
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("greet\nexpect qmp_capabilities\nerror GenericError not today\n");
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;

  g_object_set (machine, "monitor-log", path, NULL);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_NEGOTIATION);
  lines = read_lines (path);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  g_assert_nonnull (strstr (lines[2], "not today"));
  g_unlink (path);
}

static void
test_detached (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("monitor.log");
  g_autoptr (QMachine) machine = new_machine (path);
  g_autoptr (QMachine) next = new_machine (path);
  g_autofree char *run_dir = NULL;
  g_autoptr (GError) error = NULL;
  pid_t pid;

  q_machine_set_exit_with_parent (machine, FALSE);
  q_test_launch (machine);
  pid = (pid_t)q_machine_get_pid (machine);
  run_dir = q_machine_dup_run_dir (machine);
  g_assert_true (q_machine_detach (machine, NULL, &error));
  g_assert_no_error (error);
  q_test_launch (next);
  q_test_shutdown (next);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  q_test_remove_tree (run_dir);
  g_unlink (path);
}

#define ADD(path, func)                                                                            \
  g_test_add ("/monitor-log/" path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("whole", test_whole);
  ADD ("killed", test_killed);
  ADD ("refused", test_refused);
  ADD ("full", test_full);
  ADD ("failed-launch", test_failed_launch);
  ADD ("detached", test_detached);

  return g_test_run ();
}
