/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Descriptors that a machine is given before its launch, as the child and QEMU get to see them. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "q-test-util.h"

static void
assert_fd_refused (QMachine *machine, int fd, int fdset)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_add_fd (machine, fd, fdset, NULL, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
}

static void
test_bad_added_fd (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  int fd = open ("/dev/null", O_RDWR | O_CLOEXEC);
  int closed = fcntl (fd, F_DUPFD_CLOEXEC, 100);

  close (closed);
  assert_fd_refused (machine, -1, 1);
  assert_fd_refused (machine, closed, 1);
  assert_fd_refused (machine, STDERR_FILENO, 1);
  assert_fd_refused (machine, fd, -1);
  g_assert_true (q_machine_add_fd (machine, fd, 1, NULL, NULL, NULL));
  assert_fd_refused (machine, fd, 2);
  close (fd);

  /* What was refused has left nothing behind. */
  q_test_launch (machine);
  q_test_shutdown (machine);
}

/* Opens a file of our own under a number that nobody else uses. */
static int
open_marked (const char *path)
{
  int low = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  int fd = fcntl (low, F_DUPFD_CLOEXEC, 77);

  g_assert_cmpint (fd, >=, 77);
  close (low);
  return fd;
}

static void
test_added_fd_in_child (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("print-fds; print-args; negotiate; serve; exit 0");
  g_autofree char *path = q_test_get_path ("added");
  int fd = open_marked (path);
  g_autofree char *fds = g_strdup_printf ("fds: 0 1 2 3 %d\n", fd);
  g_autofree char *option = g_strdup_printf ("arg: fd=%d,set=7,opaque=a,,b,,,,c\n", fd);
  g_autofree char *log = NULL;

  g_assert_true (q_machine_add_fd (machine, fd, 7, "a,b,,c", NULL, NULL));
  close (fd);
  for (guint round = 0; round < 2; round++)
    {
      q_test_launch (machine);
      q_test_shutdown (machine);
      g_free (log);
      log = q_machine_dup_log (machine);
      g_assert_nonnull (strstr (log, fds));
      g_assert_nonnull (strstr (log, option));
    }
  g_unlink (path);
}

static void
test_added_fd_in_qemu (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *path = q_test_get_path ("added");
  int fd = open_marked (path);
  g_autoptr (JsonNode) reply = NULL;
  g_autofree char *link = NULL;
  g_autofree char *target = NULL;
  g_autoptr (GError) error = NULL;
  JsonObject *set;
  JsonObject *member;

  g_assert_true (q_machine_add_fd (machine, fd, 7, "a,b,,c", NULL, NULL));
  close (fd);
  q_test_launch (machine);
  reply = q_machine_command (machine, "query-fdsets", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  set = json_array_get_object_element (json_node_get_array (reply), 0);
  g_assert_cmpint (json_object_get_int_member (set, "fdset-id"), ==, 7);
  member = json_array_get_object_element (json_object_get_array_member (set, "fds"), 0);
  g_assert_cmpstr (json_object_get_string_member (member, "opaque"), ==, "a,b,,c");

  /* QEMU lists a duplicate; what counts is the file behind it. */
  link = g_strdup_printf ("/proc/%d/fd/%d", (int)q_machine_get_pid (machine),
                          (int)json_object_get_int_member (member, "fd"));
  target = g_file_read_link (link, NULL);
  g_assert_cmpstr (target, ==, path);
  q_test_shutdown (machine);
  g_unlink (path);
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/added-fds/" path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("bad", NULL, test_bad_added_fd);
  ADD ("in-child", NULL, test_added_fd_in_child);
  ADD ("in-qemu", NULL, test_added_fd_in_qemu);

  return g_test_run ();
}
