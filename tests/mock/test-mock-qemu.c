/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The peer as a process, against a client that is nothing but a socket. */

#include "test-client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gio/gunixfdmessage.h>
#include <glib/gstdio.h>

typedef struct
{
  GPid pid;
  int output; /* its stdout and stderr */
  int listener;
  int monitor;
  char *path;
} Process;

static int
make_listener (char **path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *dir = g_dir_make_tmp ("mock-test-XXXXXX", NULL);
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  *path = g_build_filename (dir, "qmp", NULL);
  g_strlcpy (address.sun_path, *path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 1), ==, 0);
  return fd;
}

/* Connects before the process is there, as the library does. */
static void
spawn (Process *process, const char *script)
{
  const char *binary = g_getenv ("MOCK_QEMU");
  const char *argv[] = {
    binary,
    "-display",
    "none",
    "-chardev",
    "socket,id=con,path=/nonexistent/,,x,server=on",
    "-chardev",
    "socket,id=mon0,fd=7,server=on,wait=on",
    "-qmp",
    "chardev:mon0",
    script != NULL ? "-mock" : NULL,
    script,
    NULL,
  };
  int pipes[2];

  process->listener = make_listener (&process->path);
  process->monitor = client_connect_to (process->path);
  g_assert_cmpint (pipe2 (pipes, O_CLOEXEC), ==, 0);
  process->pid = fork ();
  if (process->pid == 0)
    {
      int spare[3];

      /* High numbers first: any of these may be the target of another. */
      spare[0] = fcntl (process->listener, F_DUPFD, 20);
      spare[1] = fcntl (pipes[1], F_DUPFD, 20);
      spare[2] = open ("/dev/null", O_RDONLY);
      dup2 (spare[2], 0);
      dup2 (spare[1], 1);
      dup2 (spare[1], 2);
      dup2 (spare[0], 7);
      close_range (3, 6, 0);
      close_range (8, G_MAXUINT, 0);
      execv (binary, (char **)argv);
      _exit (127);
    }

  close (pipes[1]);
  process->output = pipes[0];
}

/* Returns the exit status, or minus the signal. */
static int
reap (Process *process, const char *expected_output)
{
  g_autoptr (GString) output = g_string_new (NULL);
  g_autofree char *dir = g_path_get_dirname (process->path);
  char buffer[4096];
  int status;
  gssize n;

  while (expected_output != NULL && (n = client_get (process->output, buffer, sizeof buffer)) > 0)
    g_string_append_len (output, buffer, n);
  if (expected_output != NULL)
    g_assert_cmpstr (output->str, ==, expected_output);

  g_assert_cmpint (waitpid (process->pid, &status, 0), ==, process->pid);
  close (process->output);
  close (process->listener);
  close (process->monitor);
  g_unlink (process->path);
  g_rmdir (dir);
  g_free (process->path);
  return WIFEXITED (status) ? WEXITSTATUS (status) : -WTERMSIG (status);
}

static void
test_process_default (void)
{
  Process process;
  g_autofree char *event = NULL;

  spawn (&process, NULL);
  client_skip_lines (process.monitor, 1);
  client_put (process.monitor, "{\"execute\":\"qmp_capabilities\"}");
  client_assert_line (process.monitor, "{\"return\": {}}\r\n");
  client_put (process.monitor, "{\"execute\":\"quit\"}\n");
  event = client_get_line (process.monitor);
  g_assert_nonnull (strstr (event, "SHUTDOWN"));
  client_assert_line (process.monitor, "{\"return\": {}}\r\n");
  client_assert_end (process.monitor);
  g_assert_cmpint (reap (&process, ""), ==, 0);
}

static void
test_process_steps (void)
{
  Process process;
  g_autofree char *expected = NULL;

  spawn (&process, "print-fds; stdout out\\;\\x21; stderr err; print-args; "
                   "expect never; reply; stderr after; exit 3");
  shutdown (process.monitor, SHUT_WR);
  expected = g_strdup_printf (
    "fds: 0 1 2 7\nout;!\nerr\narg: %s\narg: -display\narg: none\narg: -chardev\n"
    "arg: socket,id=con,path=/nonexistent/,,x,server=on\narg: -chardev\n"
    "arg: socket,id=mon0,fd=7,server=on,wait=on\narg: -qmp\narg: chardev:mon0\n"
    "arg: -mock\narg: print-fds; stdout out\\;\\x21; stderr err; print-args; "
    "expect never; reply; stderr after; exit 3\nafter\n",
    g_getenv ("MOCK_QEMU"));
  g_assert_cmpint (reap (&process, expected), ==, 3);
}

static void
test_process_ends (void)
{
  Process process;
  char c;

  /* Dies without ever accepting. */
  spawn (&process, "stderr no; exit 1");
  close (process.listener);
  process.listener = -1;
  g_assert_cmpint (client_get (process.monitor, &c, 1), ==, -1);
  g_assert_cmpint (errno, ==, ECONNRESET);
  g_assert_cmpint (reap (&process, "no\n"), ==, 1);

  spawn (&process, "greet; kill SEGV");
  client_skip_lines (process.monitor, 1);
  g_assert_cmpint (reap (&process, ""), ==, -SIGSEGV);

  spawn (&process, "ignore-term; greet; stall; wait-signal USR1; exit 4");
  client_skip_lines (process.monitor, 1);
  kill (process.pid, SIGTERM);
  kill (process.pid, SIGUSR1);
  shutdown (process.monitor, SHUT_RDWR);
  g_assert_cmpint (reap (&process, ""), ==, 4);

  spawn (&process, "exit-on-term 5; greet; stall");
  client_skip_lines (process.monitor, 1);
  kill (process.pid, SIGTERM);
  g_assert_cmpint (reap (&process, ""), ==, 5);

  spawn (&process, "expect stop; exit 0");
  client_put (process.monitor, "{\"execute\":\"cont\"}");
  g_assert_cmpint (reap (&process, "mock-qemu: failed: Script line 1 (expect stop): expected the "
                                   "command \"stop\", got: {\"execute\":\"cont\"}\n"),
                   ==, 97);

  spawn (&process, "nonsense");
  g_assert_cmpint (reap (&process, "mock-qemu: script: Script line 1: no such step: nonsense\n"),
                   ==, 98);
}

static void
test_process_holder (void)
{
  Process process;
  struct pollfd end = { .events = POLLIN };
  int output;

  spawn (&process, "greet; spawn-holder 20; exit 6");
  client_skip_lines (process.monitor, 1);
  output = dup (process.output);

  /* The process is gone, but neither its output nor its monitor has ended... */
  end.fd = process.monitor;
  g_assert_cmpint (poll (&end, 1, 50), ==, 0);
  end.fd = output;
  g_assert_cmpint (poll (&end, 1, 50), ==, 0);
  g_assert_cmpint (reap (&process, NULL), ==, 6);

  /* ...until the client goes. */
  client_assert_end (output);
  close (output);
}

static void
test_process_listens (void)
{
  g_autofree char *dir = g_dir_make_tmp ("mock,test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "qmp", NULL);
  g_auto (GStrv) parts = g_strsplit (path, ",", -1);
  g_autofree char *quoted = g_strjoinv (",,", parts);
  g_autofree char *option = g_strdup_printf ("socket,id=m,path=%s,server=on", quoted);
  const char *argv[] = {
    g_getenv ("MOCK_QEMU"), "-chardev", option, "-mock", "delay 20; listen; send-line hi", NULL,
  };
  gint64 until = g_get_monotonic_time () + DEADLINE_MS * 1000;
  g_autoptr (GError) error = NULL;
  GPid pid;
  int status;
  int fd;

  g_spawn_async (NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &error);
  g_assert_no_error (error);
  while ((fd = client_try_connect (path)) < 0 && g_get_monotonic_time () < until)
    g_usleep (1000);
  client_assert_line (fd, "hi\r\n");
  client_assert_end (fd);
  close (fd);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/mock/process/default", test_process_default);
  g_test_add_func ("/mock/process/steps", test_process_steps);
  g_test_add_func ("/mock/process/ends", test_process_ends);
  g_test_add_func ("/mock/process/holder", test_process_holder);
  g_test_add_func ("/mock/process/listens", test_process_listens);

  return g_test_run ();
}
