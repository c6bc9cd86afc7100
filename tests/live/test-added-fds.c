/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Descriptors that a machine is given before its launch, as the child and QEMU get to see them. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
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

static void
assert_not_passed (QMachine *machine, int fd)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (q_machine_pass_fd (machine, fd, &error), ==, -1);
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "pass_fd: "));
}

static void
test_bad_passed_fd (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  int fd = open ("/dev/null", O_RDWR | O_CLOEXEC);
  int other = open ("/dev/null", O_RDWR | O_CLOEXEC);

  assert_not_passed (machine, -1);
  assert_not_passed (machine, STDOUT_FILENO);
  g_assert_cmpint (q_machine_pass_fd (machine, fd, NULL), ==, fd);
  assert_not_passed (machine, fd);
  assert_fd_refused (machine, fd, 1);
  g_assert_true (q_machine_add_fd (machine, other, 1, NULL, NULL, NULL));
  assert_not_passed (machine, other);
  close (other);
  assert_not_passed (machine, other);
  close (fd);

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
  g_autofree char *fds = g_strdup_printf ("fds: 0 1 2 %d 300\n", fd);
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

static void
assert_same_file (QMachine *machine, int number, int fd)
{
  g_autofree char *path
    = g_strdup_printf ("/proc/%d/fd/%d", (int)q_machine_get_pid (machine), number);
  GStatBuf theirs;
  struct stat ours;

  g_assert_cmpint (g_stat (path, &theirs), ==, 0);
  g_assert_cmpint (fstat (fd, &ours), ==, 0);
  g_assert_cmpuint (theirs.st_dev, ==, ours.st_dev);
  g_assert_cmpuint (theirs.st_ino, ==, ours.st_ino);
}

/* A socket, a pipe and a file, for options that know no fdset. */
static void
test_passed_fd_in_qemu (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *path = q_test_get_path ("passed");
  g_autofree char *netdev = NULL;
  g_autofree char *chardev = NULL;
  g_autofree char *blockdev = NULL;
  int file = open_marked (path);
  int sockets[2];
  int others[2];

  g_assert_cmpint (ftruncate (file, 65536), ==, 0);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets), ==, 0);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, others), ==, 0);
  netdev = g_strdup_printf ("socket,id=net,fd=%d", q_machine_pass_fd (machine, sockets[1], NULL));
  chardev = g_strdup_printf ("socket,id=char,fd=%d", q_machine_pass_fd (machine, others[1], NULL));
  blockdev = g_strdup_printf ("driver=file,node-name=disk,read-only=on,filename=/dev/fd/%d",
                              q_machine_pass_fd (machine, file, NULL));
  q_machine_add_args (machine, (const char *const[]){ "-netdev", netdev, "-chardev", chardev,
                                                      "-blockdev", blockdev, NULL });
  for (guint round = 0; round < 2; round++)
    {
      q_test_launch (machine);
      assert_same_file (machine, sockets[1], sockets[1]);
      assert_same_file (machine, others[1], others[1]);
      assert_same_file (machine, file, file);
      q_test_shutdown (machine);
    }

  for (guint i = 0; i < 2; i++)
    {
      close (sockets[i]);
      close (others[i]);
    }
  close (file);
  g_unlink (path);
}

/* Scripts use descriptors by number, and know nothing of ours. */
static void
test_wrappers_numbers (QTestFixture *fixture, gconstpointer data)
{
  const char *const wrapper[] = {
    "sh", "-c", "exec 3</dev/null 4>&- 5>&- 6>/dev/null 7>&- 8>&- 9>/dev/null; exec \"$@\"",
    "sh", NULL,
  };
  const char *const bash[] = {
    "bash", "-c", "exec {lock}</dev/null 77>&- 200>/dev/null 255>&-; exec \"$@\"", "bash", NULL,
  };
  g_autoptr (QMachine) machine = q_test_machine_none ();

  q_machine_add_console (machine, NULL, NULL, NULL);
  q_machine_set_wrapper (machine, data == NULL ? wrapper : bash);
  q_test_launch (machine);
  q_test_shutdown (machine);
}

/* A program that may open few gets numbers among these. */
static void
test_few_numbers (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("print-fds; print-args; negotiate; serve; exit 0");
  struct rlimit before;
  struct rlimit few = { 60, 60 };
  g_autofree char *log = NULL;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  few.rlim_max = before.rlim_max;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &few), ==, 0);
  q_test_launch (machine);
  q_test_shutdown (machine);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
  log = q_machine_dup_log (machine);
  g_assert_nonnull (strstr (log, "fds: 0 1 2 30\n"));
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
  ADD ("passed/bad", NULL, test_bad_passed_fd);
  ADD ("passed/in-qemu", NULL, test_passed_fd_in_qemu);
  ADD ("wrapper/sh", NULL, test_wrappers_numbers);
  ADD ("wrapper/bash", "bash", test_wrappers_numbers);
  ADD ("few-numbers", NULL, test_few_numbers);

  return g_test_run ();
}
