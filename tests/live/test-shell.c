/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A root shell: of this host on a pseudo terminal, where the test writes into the middle of what it
 * says, and of a Linux guest on its serial ports. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "q-test-util.h"

#define DATA_SIZE (64 * 1024)
/* To send the whole would take long. */
#define N_COPIES 4

/* -- a shell of this host -- */

typedef struct
{
  QShell *shell;
  GPid pid;
  int master;
  int socket;
  GThread *thread;
  GRand *rand;
  const char *const *noise; /* what is written in between; NULL for nothing */
  guint period;             /* about so many bytes between */
  guint next;
} Host;

static const char *const kernel_noise[] = {
  "[    1.234567] eth0: link up\r\n",
  "[12345.678901][  T123] usb 1-1: new device\r\n[12345.678902][  T123] usb 1-1: ;}{,\r\n",
  NULL,
};
static const char *const any_noise[] = {
  "\r\nBroadcast message: the system; goes on}\r\n",
  "x",
  "\033[1;31mroot@guest\033[0m:~# ",
  "[    1.234567] eth0: link up\r\n",
  NULL,
};

static void
copy_to_socket (Host *host, const char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      if (host->noise != NULL && host->next-- == 0)
        {
          guint n_kinds = g_strv_length ((char **)host->noise);
          const char *noise = host->noise[g_rand_int_range (host->rand, 0, (int)n_kinds)];

          if (send (host->socket, noise, strlen (noise), MSG_NOSIGNAL) < 0)
            return;
          host->next = (guint)g_rand_int_range (host->rand, 1, 2 * (int)host->period);
        }
      if (send (host->socket, bytes + i, 1, MSG_NOSIGNAL) < 0)
        return;
    }
}

static gpointer
copy_thread (gpointer data)
{
  Host *host = data;
  struct pollfd fds[2] = { { host->socket, POLLIN, 0 }, { host->master, POLLIN, 0 } };
  char buffer[4096];

  while (poll (fds, 2, -1) > 0)
    for (guint i = 0; i < 2; i++)
      {
        gssize length;

        if (fds[i].revents == 0)
          continue;
        length = read (fds[i].fd, buffer, sizeof buffer);
        if (length <= 0)
          {
            shutdown (host->socket, SHUT_RDWR);
            return NULL;
          }
        if (i == 1 && host->noise == NULL)
          send (host->socket, buffer, (gsize)length, MSG_NOSIGNAL);
        else if (i == 1)
          copy_to_socket (host, buffer, (gsize)length);
        else if (write (host->master, buffer, (gsize)length) != length)
          return NULL;
      }
  return NULL;
}

/* Commands of a shell, which are the guest. */
static Host *
host_new (const char *commands, const char *path)
{
  Host *host = g_new0 (Host, 1);
  const char *argv[] = { "/bin/sh", "-c", commands, NULL };
  g_autofree char *path_variable = g_strdup_printf ("PATH=%s", path);
  const char *envp[] = { path_variable, "PS1=\033[32mguest\033[0m # ", "TERM=linux", NULL };
  int fds[2];
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketConnection) connection = NULL;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  host->pid = forkpty (&host->master, NULL, NULL, NULL);
  if (host->pid == 0)
    {
      signal (SIGPIPE, SIG_DFL);
      execve (argv[0], (char **)argv, (char **)envp);
      _exit (127);
    }
  g_assert_cmpint (host->pid, >, 0);
  fcntl (host->master, F_SETFD, FD_CLOEXEC);
  host->socket = fds[1];
  host->rand = g_rand_new_with_seed (g_test_rand_int ());
  host->thread = g_thread_new ("copy", copy_thread, host);
  socket = g_socket_new_from_fd (fds[0], NULL);
  connection = g_socket_connection_factory_create_connection (socket);
  host->shell = q_shell_new_for_stream (G_IO_STREAM (connection));

  return host;
}

static Host *
host_new_shell (void)
{
  return host_new ("exec sh -i", "/usr/bin:/bin");
}

static void
host_free (Host *host)
{
  q_test_assert_last_unref (host->shell);
  shutdown (host->socket, SHUT_RDWR);
  g_thread_join (host->thread);
  kill (host->pid, SIGKILL);
  waitpid (host->pid, NULL, 0);
  close (host->master);
  close (host->socket);
  g_rand_free (host->rand);
  g_free (host);
}

/* -- the same for both -- */

static QShellResult *
run (QShell *shell, const char *command)
{
  g_autoptr (GError) error = NULL;
  QShellResult *result = q_shell_run (shell, command, NULL, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  return result;
}

static void
assert_run (QShell *shell, const char *command, const char *text, int status)
{
  g_autoptr (QShellResult) result = run (shell, command);

  g_assert_cmpstr (q_shell_result_get_text (result), ==, text);
  g_assert_cmpint (q_shell_result_get_exit_status (result), ==, status);
}

static void
assert_bytes (GBytes *bytes, const char *expected, gsize length)
{
  gsize n_bytes;
  const char *data = g_bytes_get_data (bytes, &n_bytes);

  g_assert_cmpmem (data, n_bytes, expected, length);
}

static void
assert_error (GError *error, GQuark domain, int code, const char *pattern)
{
  g_assert_error (error, domain, code);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("not \"%s\": %s", pattern, error->message);
}

static char *
make_data (GRand *rand)
{
  char *data = g_malloc (DATA_SIZE);

  for (guint i = 0; i < DATA_SIZE; i++)
    data[i] = (char)g_rand_int_range (rand, 0, 256);
  /* What a terminal or a shell would take for something else. */
  memcpy (data + 1000, "$HOME `id` \\n \"'\033[2J\r\n\003\004\021\023\032\034{q,1,1}\n", 36);
  for (guint i = 1; i < N_COPIES; i++)
    memcpy (data + i * DATA_SIZE / N_COPIES, data, DATA_SIZE / N_COPIES);

  return data;
}

static void
run_random (QShell *shell, GRand *rand, const char *path, const char *data, guint n_runs, guint max)
{
  for (guint i = 0; i < n_runs; i++)
    {
      guint size = (guint)g_rand_int_range (rand, 0, g_rand_boolean (rand) ? 200 : (int)max + 1);
      guint begin = (guint)g_rand_int_range (rand, 0, (int)(DATA_SIZE - size + 1));
      int status = g_rand_int_range (rand, 0, 256);
      g_autofree char *command
        = g_strdup_printf ("tail -c +%u %s | head -c %u; exit %d", begin + 1, path, size, status);
      g_autoptr (QShellResult) result = run (shell, command);

      assert_bytes (q_shell_result_get_output (result), data + begin, size);
      g_assert_cmpint (q_shell_result_get_exit_status (result), ==, status);
    }
}

static void
check_commands (QShell *shell, guint n_characters)
{
  g_autoptr (GBytes) input = g_bytes_new_static ("a\0b%%\\n\377\r\n", 9);
  g_autoptr (GError) error = NULL;
  g_autoptr (QShellResult) echoed = NULL;
  g_autofree char *long_text = g_strnfill (n_characters, '%');
  g_autofree char *long_command = g_strdup_printf ("x='%s'\necho ${#x}", long_text);
  g_autofree char *number = g_strdup_printf ("%u", n_characters);

  assert_run (shell, "echo one; echo two >&2; exit 3", "one\ntwo", 3);
  assert_run (shell, "", "", 0);
  assert_run (shell, "echo \"it's\"   '$HOME' `echo a`: 100%", "it's $HOME a: 100%", 0);
  assert_run (shell, "cat <<EOF\n  one\n\ttwo $((1 + 2))\nEOF\n", "  one\n\ttwo 3", 0);
  assert_run (shell, "cd /; x=1; exec 3<&- 4>&- >/dev/null", "", 0);
  assert_run (shell, "echo \"[$x]\"", "[]", 0);
  assert_run (shell, "cat; read x; echo $?", "1", 0);
  assert_run (shell, "sleep 1000 & echo $! >/tmp/q-shell-test-pid; echo here", "here", 0);
  assert_run (shell, "kill $(cat /tmp/q-shell-test-pid); rm /tmp/q-shell-test-pid", "", 0);
  assert_run (shell, "kill -9 $$", "", 137);
  assert_run (shell, "kill -TERM $$", "", 143);
  assert_run (shell, "set -e; false; echo no", "", 1);
  assert_run (shell, "no-such-command 2>/dev/null", "", 127);
  assert_run (shell, "stty raw echo </dev/tty; echo typed >/dev/tty", "", 0);
  assert_run (shell, "printf '\\303\\274 \\377'", "\303\274 \357\277\275", 0);
  assert_run (shell, long_command, number, 0);

  echoed = q_shell_run (shell, "cat; exit 255", input, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (q_shell_result_get_exit_status (echoed), ==, 255);
  assert_bytes (q_shell_result_get_output (echoed), "a\0b%%\\n\377\r\n", 9);
  g_clear_object (&echoed);
  echoed = q_shell_run (shell, "if", NULL, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (q_shell_result_get_exit_status (echoed), ==, 2);
  g_assert_true (g_str_has_prefix (q_shell_result_get_text (echoed), "sh: "));
  g_assert_false (q_shell_result_check (echoed, &error));
  assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "run: \"if\": exit status 2\n*lines:\nsh: *");
}

/* What does not end is interrupted, and the next command runs. */
static void
check_limits (QShell *shell, gboolean can_interrupt)
{
  const char *const commands[]
    = { "echo begun; sleep 1000", "trap '' INT; sleep 1000", "cat /dev/zero" };
  g_autofree char *long_command = g_strnfill (1024 * 1024 + 1, 'x');
  g_autoptr (GError) error = NULL;
  guint64 max_output = q_shell_get_max_output (shell);

  /* A guest's shells ignore interrupts if a script has started them in the background. */
  for (guint i = 0; i < (can_interrupt ? 2 : 0); i++)
    {
      g_assert_null (q_shell_run (shell, commands[i], NULL, 1000, NULL, &error));
      assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                    "run: \"*sleep 1000\": it was not done after 1000 ms, and was "
                    "interrupted\nIts last lines:*\nThe last lines of the *");
      g_assert_true ((strstr (error->message, "lines:\nbegun\n") != NULL) == (i == 0));
      g_clear_error (&error);
      assert_run (shell, "echo next", "next", 0);
    }

  q_shell_set_max_output (shell, 100000);
  g_assert_null (q_shell_run (shell, commands[2], NULL, Q_TEST_DEADLINE_MS, NULL, &error));
  assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE,
                "run: \"cat /dev/zero\": it wrote more than max-output, 100000 bytes");
  g_clear_error (&error);
  assert_run (shell, "echo next", "next", 0);
  q_shell_set_max_output (shell, max_output);

  g_assert_null (q_shell_run (shell, long_command, NULL, Q_TEST_DEADLINE_MS, NULL, &error));
  assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE,
                "run: \"xxx*...\": the command is longer than 1048576 bytes");
  g_clear_error (&error);
  g_assert_null (q_shell_run (shell, "true", NULL, -3, NULL, &error));
  assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                "run: \"true\": -3 is no time limit");
}

static void
test_commands (QTestFixture *fixture, gconstpointer data)
{
  Host *host = host_new_shell ();

  g_assert_false (q_shell_get_ready (host->shell));
  check_commands (host->shell, 150000);
  g_assert_true (q_shell_get_ready (host->shell));
  check_limits (host->shell, TRUE);
  host_free (host);
}

static void
test_damage (QTestFixture *fixture, gconstpointer noise)
{
  g_autofree char *path = q_test_get_path ("data");
  Host *host = host_new_shell ();
  g_autofree char *content = make_data (host->rand);
  guint n_runs = q_test_is_long () ? 1000 : 40;

  g_assert_true (g_file_set_contents (path, content, DATA_SIZE, NULL));
  assert_run (host->shell, "true", "", 0);
  host->period = noise == kernel_noise ? 200 : 1000;
  host->next = host->period;
  host->noise = noise;
  run_random (host->shell, host->rand, path, content, n_runs, DATA_SIZE);
  host_free (host);
  g_unlink (path);
}

#define LOGIN                                                                                      \
  "while :; do printf '\\nguest login: '; read u; stty -echo; printf 'Password: '; read p; "       \
  "stty echo; echo; [ \"$u,$p\" = 'root,secret' ] && exec sh -i; echo 'Login incorrect'; done"

static void
test_login (QTestFixture *fixture, gconstpointer data)
{
  Host *host = host_new (LOGIN, "/usr/bin:/bin");
  g_autoptr (GError) error = NULL;

  g_assert_false (q_shell_open (host->shell, Q_TEST_DEADLINE_MS, NULL, &error));
  assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                "open: the guest asks for a password, and the shell has none\n*Password:*");
  g_clear_error (&error);
  q_shell_set_password (host->shell, "wrong");
  g_assert_false (q_shell_open (host->shell, Q_TEST_DEADLINE_MS, NULL, &error));
  assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                "open: the guest refused the login of \"root\": Login incorrect\n*");
  g_clear_error (&error);
  q_shell_set_user (host->shell, NULL);
  g_assert_false (q_shell_open (host->shell, Q_TEST_DEADLINE_MS, NULL, &error));
  assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                "open: the guest asks who logs in, and the shell has no user\n*guest login:*");
  g_clear_error (&error);
  q_shell_set_user (host->shell, "root");
  q_shell_set_password (host->shell, "secret");
  g_assert_true (q_shell_open (host->shell, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
  assert_run (host->shell, "echo in", "in", 0);
  host_free (host);
}

static void
assert_no_shell (const char *commands, const char *path, int timeout, int code, const char *message)
{
  Host *host = host_new (commands, path);
  g_autoptr (GError) error = NULL;

  g_assert_false (q_shell_open (host->shell, timeout, NULL, &error));
  assert_error (error, G_IO_ERROR, code, message);
  host_free (host);
}

static void
test_no_shell (QTestFixture *fixture, gconstpointer data)
{
  assert_no_shell ("stty -echo; sleep 1000", "/usr/bin:/bin", 1500, G_IO_ERROR_TIMED_OUT,
                   "open: nothing at all came from the guest in 1500 ms\n*: (none)");
  assert_no_shell ("stty -echo; echo Booting; echo 'GRUB rescue mode'; sleep 1000", "/usr/bin:/bin",
                   1500, G_IO_ERROR_TIMED_OUT,
                   "open: no shell and no login came in 1500 ms\n*\nBooting\nGRUB rescue mode");
  assert_no_shell ("echo bye", "/usr/bin:/bin", Q_TEST_DEADLINE_MS, G_IO_ERROR_CONNECTION_CLOSED,
                   "open: the stream has ended\n*\nbye");
}

/* A prompt that looks like none is one when it comes again; or it is given. */
static void
test_prompts (QTestFixture *fixture, gconstpointer data)
{
  Host *host = host_new ("export PS1='[root] ready => [;]'; exec sh -i", "/usr/bin:/bin");
  Host *other = host_new ("export PS1='ready:'; exec sh -i", "/usr/bin:/bin");

  assert_run (host->shell, "echo in", "in", 0);
  host_free (host);
  q_shell_set_prompt (other->shell, "^ready:$");
  assert_run (other->shell, "echo in", "in", 0);
  host_free (other);
}

static char *
make_tools (const char *name, const char *const *tools)
{
  char *dir = q_test_get_path (name);

  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  for (; *tools != NULL; tools++)
    {
      g_autofree char *program = g_find_program_in_path (*tools);
      g_autofree char *link = g_build_filename (dir, *tools, NULL);

      g_assert_cmpint (symlink (program, link), ==, 0);
    }

  return dir;
}

/* Without base64 and md5sum; and without what is needed. */
static void
test_tools (QTestFixture *fixture, gconstpointer data)
{
  const char *const few[] = { "sh", "dd", "od", "cksum", "tail", "head", "cat", NULL };
  const char *const none[] = { "sh", NULL };
  g_autofree char *few_dir = make_tools ("few", few);
  g_autofree char *none_dir = make_tools ("none", none);
  g_autofree char *path = q_test_get_path ("data");
  Host *host = host_new ("exec sh -i", few_dir);
  g_autofree char *content = make_data (host->rand);

  g_assert_true (g_file_set_contents (path, content, DATA_SIZE, NULL));
  run_random (host->shell, host->rand, path, content, 10, DATA_SIZE);
  host->period = 1000;
  host->noise = any_noise;
  run_random (host->shell, host->rand, path, content, 10, DATA_SIZE);
  host_free (host);

  assert_no_shell ("exec sh -i", none_dir, Q_TEST_DEADLINE_MS, G_IO_ERROR_NOT_SUPPORTED,
                   "open: the guest's shell has not what is needed: base64 or od, md5sum or cksum, "
                   "dd\n*");
  g_unlink (path);
  q_test_remove_tree (few_dir);
  q_test_remove_tree (none_dir);
}

static void
store_output (QShell *shell, GBytes *bytes, gpointer all)
{
  g_byte_array_append (all, g_bytes_get_data (bytes, NULL), (guint)g_bytes_get_size (bytes));
}

static void
store_ready (QShell *shell, GParamSpec *pspec, gpointer ready)
{
  *(gboolean *)ready = q_shell_get_ready (shell);
}

static void
test_output (QTestFixture *fixture, gconstpointer data)
{
  Host *host = host_new_shell ();
  g_autoptr (GByteArray) all = g_byte_array_new ();
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (QShellResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *flag = q_test_get_path ("flag");
  g_autofree char *command = g_strdup_printf (
    "echo first; while [ ! -e %s ]; do sleep 0.01; done; seq 1 20000; exit 4", flag);
  gboolean ready = FALSE;

  g_signal_connect (host->shell, "output", G_CALLBACK (store_output), all);
  g_signal_connect (host->shell, "notify::ready", G_CALLBACK (store_ready), &ready);
  q_shell_run_async (host->shell, command, NULL, Q_TEST_DEADLINE_MS, NULL, q_test_store_result,
                     &stored);
  q_test_wait_until (NULL, all->len == 6);
  g_assert_cmpmem (all->data, all->len, "first\n", 6);
  g_assert_null (stored);
  g_assert_true (ready);
  g_assert_true (g_file_set_contents (flag, "", 0, NULL));
  result = q_shell_run_finish (host->shell, q_test_await (&stored), &error);
  g_assert_no_error (error);
  g_assert_cmpint (q_shell_result_get_exit_status (result), ==, 4);
  assert_bytes (q_shell_result_get_output (result), (const char *)all->data, all->len);
  g_assert_true (g_str_has_suffix (q_shell_result_get_text (result), "\n19999\n20000"));
  g_unlink (flag);
  g_clear_object (&stored);
  host_free (host);
}

static gpointer
cancel_thread (gpointer cancellable)
{
  g_usleep (300000);
  g_cancellable_cancel (cancellable);
  return NULL;
}

/* One after the other, in order; who gives up is not in the way. */
static void
test_turns (QTestFixture *fixture, gconstpointer data)
{
  Host *host = host_new_shell ();
  GAsyncResult *results[10] = { NULL };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) waiting = NULL;
  g_autoptr (GByteArray) all = g_byte_array_new ();
  g_autoptr (QShellResult) last = NULL;
  g_autoptr (GError) error = NULL;
  GThread *thread;

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autofree char *command = g_strdup_printf ("echo %u; exit %u", i, i);

      q_shell_run_async (host->shell, command, NULL, Q_TEST_DEADLINE_MS, NULL, q_test_store_result,
                         &results[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (QShellResult) result
        = q_shell_run_finish (host->shell, q_test_await (&results[i]), &error);

      g_assert_no_error (error);
      g_assert_cmpint (q_shell_result_get_exit_status (result), ==, (int)i);
      g_clear_object (&results[i]);
    }

  thread = g_thread_new ("cancel", cancel_thread, cancellable);
  g_assert_null (q_shell_run (host->shell, "sleep 1000", NULL, -1, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_thread_join (thread);
  assert_run (host->shell, "echo next", "next", 0);

  g_signal_connect (host->shell, "output", G_CALLBACK (store_output), all);
  q_shell_run_async (host->shell, "echo begun; sleep 1", NULL, Q_TEST_DEADLINE_MS, NULL,
                     q_test_store_result, &waiting);
  q_test_wait_until (NULL, all->len > 0);
  g_assert_null (q_shell_run (host->shell, "true", NULL, 50, NULL, &error));
  assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                "run: \"true\": the shell was in use by earlier calls for all of 50 ms");
  last = q_shell_run_finish (host->shell, q_test_await (&waiting), NULL);
  g_assert_cmpstr (q_shell_result_get_text (last), ==, "begun");
  g_clear_object (&waiting);
  host_free (host);
}

/* Another shell takes over from one that is gone, and from one that was left in a command. */
static void
test_succession (QTestFixture *fixture, gconstpointer data)
{
  Host *host = host_new_shell ();
  g_autoptr (GIOStream) stream = g_object_ref (q_shell_get_stream (host->shell));

  for (guint i = 0; i < 3; i++)
    {
      assert_run (host->shell, "echo here", "here", 0);
      q_test_assert_last_unref (host->shell);
      host->shell = q_shell_new_for_stream (stream);
    }
  assert_run (host->shell, "echo here", "here", 0);
  g_clear_object (&stream);
  host_free (host);
}

/* Its own shell is killed under it, and the other end goes away. */
static void
test_killed (QTestFixture *fixture, gconstpointer data)
{
  Host *host = host_new_shell ();
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();

  g_assert_null (
    q_shell_run (host->shell, "kill -9 $PPID; sleep 2", NULL, Q_TEST_DEADLINE_MS, NULL, &error));
  assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "*: the command's shell was killed\n*");
  g_clear_error (&error);
  assert_run (host->shell, "echo next", "next", 0);
  kill (host->pid, SIGKILL);
  g_assert_null (q_shell_run (host->shell, "sleep 1000", NULL, Q_TEST_DEADLINE_MS, NULL, &error));
  assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                "run: \"sleep 1000\": the stream has ended\n*");
  g_assert_cmpint (g_get_monotonic_time () - begin, <, Q_TEST_DEADLINE_MS * 500);
  host_free (host);
}

/* -- of a guest -- */

typedef struct
{
  QShell *shell;
  const char *data;
  guint seed;
} Worker;

static QMachine *
launch_guest (QConsole *consoles[3])
{
  const char *dir = g_getenv ("QMACHINE_TEST_GUEST");
  g_autofree char *kernel = g_build_filename (dir, "kernel", "vmlinuz", NULL);
  g_autofree char *initrd = g_build_filename (dir, "tests.gz", NULL);
  g_autofree char *options = g_strdup_printf (
    "-accel tcg -M q35,graphics=off -m 256 -nodefaults -kernel %s -initrd %s", kernel, initrd);
  g_auto (GStrv) args = g_strsplit (options, " ", -1);
  const char *const kernel_args[]
    = { "-append", "console=ttyS0 panic=-1 quiet shells=ttyS0,ttyS1 logins=ttyS2", NULL };
  g_autoptr (QMachine) machine = q_machine_new ("qemu-system-x86_64");
  g_autoptr (GError) error = NULL;

  q_machine_set_base_dir (machine, q_test_get_base_dir ());
  q_machine_set_args (machine, (const char *const *)args);
  q_machine_add_args (machine, kernel_args);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("console%u", i);

      consoles[i] = q_machine_add_console (machine, name, NULL, &error);
      g_assert_no_error (error);
    }
  q_test_launch (machine);

  return g_steal_pointer (&machine);
}

static void
send_data (QShell *shell, const char *data)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, DATA_SIZE / N_COPIES);
  g_autoptr (GError) error = NULL;
  g_autoptr (QShellResult) result
    = q_shell_run (shell, "x=/tmp/data; cat >$x.1; cat $x.1 $x.1 $x.1 $x.1 >$x", bytes,
                   Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (q_shell_result_get_exit_status (result), ==, 0);
}

static gpointer
run_thread (gpointer data)
{
  Worker *worker = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (worker->seed);

  run_random (worker->shell, rand, "/tmp/data", worker->data, q_test_is_long () ? 5000 : 25, 8192);
  return NULL;
}

/* On two consoles at once, while the kernel writes to the first one. */
static void
check_together (QShell *first, QShell *second, const char *data)
{
  Worker workers[] = { { first, data, g_test_rand_int () }, { second, data, g_test_rand_int () } };
  GThread *threads[2];

  assert_run (first,
              "echo 8 >/proc/sys/kernel/printk; echo on >/proc/sys/kernel/printk_devkmsg; "
              "(while :; do echo 'eth0: link; is} up' >/dev/kmsg; usleep 20000; done) & "
              "echo $! >/tmp/pid",
              "", 0);
  for (guint i = 0; i < 2; i++)
    threads[i] = g_thread_new ("run", run_thread, &workers[i]);
  for (guint i = 0; i < 2; i++)
    g_thread_join (threads[i]);
  assert_run (second, "kill -9 $(cat /tmp/pid); echo 1 >/proc/sys/kernel/printk", "", 0);
}

static void
check_large (QShell *shell, const char *data)
{
  g_autoptr (QShellResult) result
    = run (shell, "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do cat /tmp/data; done");
  gsize size;
  const char *bytes = g_bytes_get_data (q_shell_result_get_output (result), &size);

  g_assert_cmpuint (size, ==, 16 * DATA_SIZE);
  for (guint i = 0; i < 16; i++)
    g_assert_cmpmem (bytes + i * DATA_SIZE, DATA_SIZE, data, DATA_SIZE);
}

static void
assert_lost (QShell *shell, const char *command, GQuark domain, int code, const char *message)
{
  gint64 begin = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;

  g_assert_null (q_shell_run (shell, command, NULL, 4 * Q_TEST_DEADLINE_MS, NULL, &error));
  assert_error (error, domain, code, message);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, Q_TEST_DEADLINE_MS * 1000);
}

static void
check_login (QConsole *console)
{
  g_autoptr (QShell) shell = q_shell_new (console);
  g_autoptr (GError) error = NULL;

  q_shell_set_password (shell, "wrong");
  g_assert_false (q_shell_open (shell, Q_TEST_DEADLINE_MS, NULL, &error));
  assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                "open: the guest refused the login of \"root\": Login incorrect\nThe last lines of "
                "the console:\n*");
  q_shell_set_password (shell, "secret");
  assert_run (shell, "id -u", "0", 0);
}

static void
test_guest (QTestFixture *fixture, gconstpointer data)
{
  QConsole *consoles[3];
  g_autoptr (QMachine) machine = NULL;
  g_autoptr (QShell) first = NULL;
  g_autoptr (QShell) second = NULL;
  g_autoptr (GRand) rand = g_rand_new_with_seed (g_test_rand_int ());
  g_autofree char *content = make_data (rand);
  g_autofree char *initrd = g_build_filename (g_getenv ("QMACHINE_TEST_GUEST"), "tests.gz", NULL);

  if (!g_file_test (initrd, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("there is no Linux guest");
      return;
    }

  machine = launch_guest (consoles);
  first = q_shell_new (consoles[0]);
  second = q_shell_new (consoles[1]);
  send_data (first, content);
  check_together (first, second, content);
  check_large (second, content);
  check_commands (first, 8000);
  check_limits (second, FALSE);
  check_login (consoles[2]);

  assert_lost (first, "reboot -f; sleep 1000", G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
               "run: \"reboot*\": the guest has ended meanwhile: *reboot: Restarting system\n*");
  assert_run (first, "ls /tmp; echo again", "again", 0);
  assert_lost (first, "echo c >/proc/sysrq-trigger; sleep 1000", G_IO_ERROR,
               G_IO_ERROR_CONNECTION_CLOSED,
               "run: \"echo c*\": the guest has ended meanwhile: *Kernel panic - not syncing*");
  assert_run (first, "echo again", "again", 0);
  assert_lost (first, "poweroff -f; sleep 1000", Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED,
               "run: \"poweroff*\": *QEMU*\nThe last lines of the console:\n*");
  g_assert_true (q_machine_wait (machine, Q_TEST_DEADLINE_MS, NULL, NULL));
}

static void
test_properties (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QShell) nobodys = g_object_new (Q_TYPE_SHELL, NULL);
  g_autoptr (QShellResult) nothing = g_object_new (Q_TYPE_SHELL_RESULT, NULL);
  g_autoptr (GInputStream) input = g_memory_input_stream_new ();
  g_autoptr (GOutputStream) output = g_memory_output_stream_new_resizable ();
  g_autoptr (GIOStream) stream = g_simple_io_stream_new (input, output);
  g_autoptr (QShell) other = q_shell_new_for_stream (stream);
  g_autoptr (GError) error = NULL;
  g_autofree char *user = NULL;
  int timeout;

  g_assert_false (q_shell_open (nobodys, 100, NULL, &error));
  assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                "open: the shell has no console and no stream");
  g_clear_error (&error);
  g_object_get (nobodys, "user", &user, "open-timeout", &timeout, NULL);
  g_assert_cmpstr (user, ==, "root");
  g_assert_cmpint (timeout, ==, 60000);
  g_assert_null (q_shell_get_console (nobodys));
  g_object_set (other, "user", "me", "prompt", ">", "command-timeout", 5, NULL);
  g_assert_cmpint (q_shell_get_command_timeout (other), ==, 5);
  g_assert_true (q_shell_get_stream (other) == stream);
  g_assert_cmpstr (q_shell_result_get_text (nothing), ==, "");
  g_assert_true (q_shell_result_check (nothing, NULL));
}

#define ADD(path, data, test)                                                                      \
  g_test_add (path, QTestFixture, data, q_test_set_up, test, q_test_tear_down)

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);

  ADD ("/shell/properties", NULL, test_properties);
  ADD ("/shell/commands", NULL, test_commands);
  ADD ("/shell/damage/kernel", kernel_noise, test_damage);
  ADD ("/shell/damage/any", any_noise, test_damage);
  ADD ("/shell/login", NULL, test_login);
  ADD ("/shell/no-shell", NULL, test_no_shell);
  ADD ("/shell/prompts", NULL, test_prompts);
  ADD ("/shell/tools", NULL, test_tools);
  ADD ("/shell/output", NULL, test_output);
  ADD ("/shell/turns", NULL, test_turns);
  ADD ("/shell/succession", NULL, test_succession);
  ADD ("/shell/killed", NULL, test_killed);
  ADD ("/shell/guest", NULL, test_guest);

  return g_test_run ();
}
