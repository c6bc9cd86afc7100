/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Consoles, channels and qtest of a QEMU behind a launcher, by sockets that the wrapper brings to
 * it: as links under other names, as ssh does with sockets of its own; or in a directory that both
 * sides have. Over a real connection: tests/hosts. */

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "far-host.h"
#include "q-test-util.h"

/* Makes a link for each word before "--", and runs what is behind. */
#define LINK                                                                                       \
  "while [ $1 != -- ]; do ln -s ${1#*=} ${1%%=*} || exit 9; shift; done; shift; exec \"$@\""
static const char *const links[] = { "sh", "-c", LINK, "sh", "{far}={here}", "--", NULL };

#define DECOY_ARG "--decoy"

static char *
make_far_dir (void)
{
  char *path = q_test_get_path ("far");

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  return path;
}

static guint
count_files (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n_files = 0;

  while (g_dir_read_name (dir) != NULL)
    n_files++;
  return n_files;
}

static QMachine *
new_machine (const char *image, const char *const *wrapper, const char *far)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "guests", image, NULL);
  g_autofree char *drive = g_strdup_printf ("file=%s,format=raw,if=ide,snapshot=on", path);
  const char *const args[] = { "-accel", "tcg", "-nodefaults", "-m", "32", "-drive", drive, NULL };
  QMachine *machine = q_test_machine_none ();

  /* Standard output is the monitor's. */
  if (image != NULL)
    q_machine_set_args (machine, args);
  q_machine_set_monitor_mode (machine, Q_MONITOR_MODE_STDIO);
  q_machine_set_wrapper (machine, wrapper);
  q_machine_set_wrapper_socket_dir (machine, far);
  return machine;
}

/* -- all of them work -- */

static void
assert_echoes (QConsole *console)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  q_console_write (console, "over there\n", NULL, &error);
  g_assert_no_error (error);
  text = q_console_wait_for_text (console, "over there", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "over there");
}

/* What the far side has of it is removed by the launcher's own means. */
static void
assert_works (const char *const *wrapper, gboolean cleans_up)
{
  g_autofree char *far = make_far_dir ();
  g_autoptr (QMachine) machine = new_machine ("echo.img", wrapper, far);
  QConsole *console = q_machine_add_console (machine, NULL, NULL, NULL);
  QGuestChannel *channel = q_machine_add_channel (machine, "org.test.0", NULL);

  q_machine_set_enable_qtest (machine, TRUE);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GIOStream) stream = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *reply = NULL;

      q_test_launch_guest (machine);
      assert_echoes (console);
      stream = q_guest_channel_dup_stream (channel);
      g_assert_nonnull (stream);
      reply = q_machine_qtest (machine, "inb 0x64", Q_TEST_DEADLINE_MS, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (g_str_has_prefix (reply, "OK "));
      q_test_shutdown (machine);
      g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
      if (cleans_up)
        g_assert_cmpuint (count_files (far), ==, 0);
    }
  q_test_remove_tree (far);
}

static void
test_brought (QTestFixture *fixture, gconstpointer data)
{
  assert_works (links, FALSE);
}

static void
test_shared (QTestFixture *fixture, gconstpointer wrapper)
{
  assert_works (wrapper, TRUE);
}

static void
test_far (QTestFixture *fixture, gconstpointer data)
{
  const char *const words[] = { g_getenv ("QMACHINE_EXEC_HELPER"), "--follow", NULL };
  g_auto (GStrv) wrapper = far_host_dup_wrapper (words);

  assert_works ((const char *const *)wrapper, TRUE);
}

/* The words stand there once for each, and nowhere without any. */
static void
test_words (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *far = make_far_dir ();
  const char *const wrapper[] = { "env", "A={far}", "B={here}{far}", NULL };
  g_autoptr (QMachine) machine = new_machine (NULL, wrapper, far);
  g_auto (GStrv) argv = NULL;
  g_auto (GStrv) linked = NULL;

  q_test_launch (machine);
  argv = q_machine_dup_command_line (machine);
  q_test_shutdown (machine);
  g_assert_cmpstr (argv[0], ==, "env");
  g_assert_cmpstr (argv[1], ==, q_test_get_binary ());

  g_clear_object (&machine);

  /* Without the directory braces are braces. */
  machine = new_machine (NULL, (const char *const[]){ "env", "A={here}", NULL }, NULL);
  q_test_launch (machine);
  linked = q_machine_dup_command_line (machine);
  g_assert_cmpstr (linked[1], ==, "A={here}");
  q_test_shutdown (machine);
  q_test_remove_tree (far);
}

/* -- what does not work -- */

static void
test_refused (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *long_dir = g_strnfill (57, 'x');
  const char *const bad[] = { "", "tmp", "/a b", "/a:b", "/a,b", "/$x", "/\303\274", NULL };
  g_autofree char *far = make_far_dir ();

  long_dir[0] = '/';
  for (gsize i = 0; bad[i] != NULL; i++)
    {
      g_autoptr (QMachine) machine = new_machine (NULL, links, bad[i]);

      far_host_assert_fails (
        machine, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
        (const char *const[]){ "wrapper-socket-dir: \"", "is no absolute path", NULL });
    }
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (QMachine) machine = new_machine (NULL, links, i == 0 ? long_dir : far);

      q_machine_add_console (machine, NULL, NULL, NULL);
      if (i == 1)
        q_machine_set_monitor_mode (machine, Q_MONITOR_MODE_INHERIT);
      far_host_assert_fails (
        machine, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
        (const char *const[]){
          "wrapper-socket-dir: ", i == 0 ? "may have 107 bytes, and has 108" : "STDIO", NULL });
    }
  q_test_remove_tree (far);
}

/* Nobody brings them: QEMU says so, and what it was for. */
static void
test_not_brought (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *far = make_far_dir ();
  const char *const wrapper[] = { "sh", "-c", "shift; exec \"$@\"", "sh", "{here}", NULL };
  g_autoptr (QMachine) machine = new_machine (NULL, wrapper, far);

  q_machine_add_console (machine, NULL, NULL, NULL);
  far_host_assert_fails (
    machine, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
    (const char *const[]){ "Failed to connect to '", "No such file",
                           "Behind this wrapper, with wrapper-socket-dir, QEMU must",
                           "the console ", NULL });
  q_test_remove_tree (far);
}

/* A wrapper: --decoy FAR -- HERE COMMAND...: who connects at FAR comes nowhere. */
static int
run_decoy (char *argv[])
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int listener = socket (AF_UNIX, SOCK_STREAM, 0);

  g_strlcpy (address.sun_path, argv[2], sizeof address.sun_path);
  if (bind (listener, (struct sockaddr *)&address, sizeof address) < 0 || listen (listener, 1) < 0)
    return 8;
  execvp (argv[5], argv + 5);
  return 9;
}

static QMachine *
new_lost_machine (const char *far)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  const char *const words[] = { program, DECOY_ARG, "{far}", "--", "{here}", NULL };
  QMachine *machine = new_machine ("echo.img", words, far);

  q_machine_add_console (machine, NULL, NULL, NULL);
  return machine;
}

/* They lead elsewhere: within the launch's limit, and by name. */
static void
test_lost (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *far = make_far_dir ();
  g_autoptr (QMachine) machine = new_lost_machine (far);

  q_machine_set_launch_timeout (machine, 3000);
  far_host_assert_fails (machine, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                         (const char *const[]){ "its connection for the console ",
                                                "has not come here from ", "launch-timeout",
                                                NULL });
  q_test_remove_tree (far);
}

static gboolean
is_waited_for (QMachine *machine)
{
  g_autoptr (QMonitor) monitor = q_machine_dup_monitor (machine);

  return monitor != NULL && q_monitor_get_state (monitor) == Q_MONITOR_STATE_RUNNING;
}

/* Or the launch is given up, or QEMU ends, while they are awaited. */
static void
test_lost_ends (QTestFixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *far = make_far_dir ();
      g_autoptr (QMachine) machine = new_lost_machine (far);
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) launched = NULL;
      g_autoptr (GError) error = NULL;

      q_machine_launch_async (machine, cancellable, q_test_store_result, &launched);
      q_test_wait_until (NULL, is_waited_for (machine));
      if (i == 0)
        g_cancellable_cancel (cancellable);
      else
        kill ((pid_t)q_machine_get_pid (machine), SIGKILL);
      g_assert_false (q_machine_launch_finish (machine, q_test_await (&launched), &error));
      if (i == 0)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      else
        g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
      q_test_remove_tree (far);
    }
}

/* -- qmachine-exec --follow --remove -- */

static void
make_socket (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  close (fd);
}

/* Sockets alone, however the command ends. */
static void
test_remove (QTestFixture *fixture, gconstpointer command)
{
  g_autofree char *dir = make_far_dir ();
  g_autofree char *one = g_build_filename (dir, "one", NULL);
  g_autofree char *two = g_build_filename (dir, "two", NULL);
  g_autofree char *file = g_build_filename (dir, "file", NULL);
  g_autofree char *remove_one = g_strconcat ("--remove=", one, NULL);
  g_autofree char *remove_two = g_strconcat ("--remove=", two, NULL);
  g_autofree char *remove_file = g_strconcat ("--remove=", file, NULL);
  const char *const argv[] = { g_getenv ("QMACHINE_EXEC_HELPER"),
                               "--follow",
                               remove_one,
                               remove_file,
                               remove_two,
                               "--remove=/no/such/file",
                               command != NULL ? "sh" : NULL,
                               "-c",
                               command,
                               NULL };
  g_autoptr (GSubprocess) process = NULL;

  make_socket (one);
  make_socket (two);
  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDIN_PIPE, NULL);
  if (command != NULL && strstr (command, "sleep") != NULL)
    g_assert_true (g_output_stream_close (g_subprocess_get_stdin_pipe (process), NULL, NULL));
  g_assert_true (g_subprocess_wait (process, NULL, NULL));
  g_assert_cmpuint (count_files (dir), ==, 1);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  q_test_remove_tree (dir);
}

static void
add (const char *path, void (*test) (QTestFixture *fixture, gconstpointer data), gconstpointer data)
{
  g_test_add (path, QTestFixture, data, q_test_set_up, test, q_test_tear_down);
}

int
main (int argc, char *argv[])
{
  static const char *const no_wrapper[] = { NULL };
  static const char *const env[] = { "env", "A=b", NULL };

  far_host_run_launcher (argc, argv);
  if (argc > 5 && g_str_equal (argv[1], DECOY_ARG))
    return run_decoy (argv);

  q_test_init (&argc, &argv);
  far_host_start ();

  add ("/stdio-sockets/brought", test_brought, NULL);
  add ("/stdio-sockets/shared/alone", test_shared, no_wrapper);
  add ("/stdio-sockets/shared/env", test_shared, env);
  add ("/stdio-sockets/shared/far", test_far, NULL);
  add ("/stdio-sockets/words", test_words, NULL);
  add ("/stdio-sockets/refused", test_refused, NULL);
  add ("/stdio-sockets/not-brought", test_not_brought, NULL);
  add ("/stdio-sockets/lost", test_lost, NULL);
  add ("/stdio-sockets/lost/ends", test_lost_ends, NULL);
  add ("/follow/remove/exits", test_remove, "exit 3");
  add ("/follow/remove/hang-up", test_remove, "sleep 1000; :");
  add ("/follow/remove/no-command", test_remove, NULL);

  return g_test_run ();
}
