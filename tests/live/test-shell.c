/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A root shell: of this host on a pseudo terminal, where the test writes into the middle of what it
 * says. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "shell-checks.h"

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
  const char *cut;  /* of the next line that has it, all before its last one is lost */
  const char *last; /* with it comes at once what the guest says until then */
  GString *held;
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

static gboolean
copy_to_guest (Host *host, const char *bytes, gsize length)
{
  const char *start = NULL;

  if (host->cut != NULL)
    start = g_strrstr_len (bytes, (gssize)length, host->cut);
  if (start != NULL)
    {
      host->cut = NULL;
      g_assert_cmpint (bytes[length - 1], ==, '\n');
      length -= (gsize)(start - bytes);
      bytes = start;
      /* What has just been killed may still take a line away from the prompt. */
      if (write (host->master, "\n\n", 2) != 2)
        return FALSE;
    }

  return write (host->master, bytes, length) == (gssize)length;
}

static void
hold (Host *host, const char *bytes, gsize length)
{
  g_string_append_len (host->held, bytes, (gssize)length);
  if (strstr (host->held->str, host->last) == NULL)
    return;

  host->last = NULL;
  send (host->socket, host->held->str, host->held->len, MSG_NOSIGNAL);
}

static void
copy_both_ways (Host *host)
{
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
          return;
        if (i == 1 && host->last != NULL)
          hold (host, buffer, (gsize)length);
        else if (i == 1 && host->noise == NULL)
          send (host->socket, buffer, (gsize)length, MSG_NOSIGNAL);
        else if (i == 1)
          copy_to_socket (host, buffer, (gsize)length);
        else if (!copy_to_guest (host, buffer, (gsize)length))
          return;
      }
}

static gpointer
copy_thread (gpointer data)
{
  Host *host = data;

  copy_both_ways (host);
  /* Whichever end was the first to go, the shell hears of it. */
  shutdown (host->socket, SHUT_RDWR);
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
      /* By which all in it end with its first process, also where nohup runs the tests. */
      signal (SIGHUP, SIG_DFL);
      execve (argv[0], (char **)argv, (char **)envp);
      _exit (127);
    }
  g_assert_cmpint (host->pid, >, 0);
  fcntl (host->master, F_SETFD, FD_CLOEXEC);
  host->socket = fds[1];
  host->rand = g_rand_new_with_seed (g_test_rand_int ());
  host->held = g_string_new (NULL);
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
  g_string_free (host->held, TRUE);
  g_free (host);
}

/* The shells that are there; /bin/sh is one of them. */
static void
test_commands (QTestFixture *fixture, gconstpointer name)
{
  g_autofree char *program = g_find_program_in_path (name);
  g_autofree char *dir = q_test_get_path ("shell");
  g_autofree char *link = g_build_filename (dir, "sh", NULL);
  g_autofree char *path = g_strconcat (dir, ":/usr/bin:/bin", NULL);
  Host *host;

  if (program == NULL)
    {
      g_test_skip ("there is no such shell");
      return;
    }

  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  g_assert_cmpint (symlink (program, link), ==, 0);
  host = host_new ("exec sh -i", path);
  g_assert_false (q_shell_get_ready (host->shell));
  shell_check_commands (host->shell, 150000);
  g_assert_true (q_shell_get_ready (host->shell));
  shell_check_limits (host->shell);
  host_free (host);
  q_test_remove_tree (dir);
}

/* As a script starts its background, and as on a port that is no terminal of a session. */
static void
test_no_interrupts (QTestFixture *fixture, gconstpointer data)
{
  Host *deaf = host_new ("trap '' INT QUIT TSTP; exec sh -i", "/usr/bin:/bin");
  Host *without = host_new ("exec setsid -w sh -i", "/usr/bin:/bin");

  shell_check_limits (deaf->shell);
  host_free (deaf);
  shell_check_limits (without->shell);
  host_free (without);
}

static void
test_damage (QTestFixture *fixture, gconstpointer noise)
{
  g_autofree char *path = q_test_get_path ("data");
  Host *host = host_new_shell ();
  g_autofree char *content = shell_make_data (host->rand);
  guint n_runs = q_test_is_long () ? 1000 : noise == kernel_noise ? 40 : 15;

  g_assert_true (g_file_set_contents (path, content, DATA_SIZE, NULL));
  shell_assert_run (host->shell, "true", "", 0);
  host->period = noise == kernel_noise ? 200 : 1000;
  host->next = host->period;
  host->noise = noise;
  shell_run_random (host->shell, host->rand, path, content, n_runs, DATA_SIZE);
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
  shell_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                      "open: the guest asks for a password, and the shell has none\n*Password:*");
  g_clear_error (&error);
  q_shell_set_password (host->shell, "wrong");
  g_assert_false (q_shell_open (host->shell, Q_TEST_DEADLINE_MS, NULL, &error));
  shell_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                      "open: the guest refused the login of \"root\": Login incorrect\n*");
  g_clear_error (&error);
  q_shell_set_user (host->shell, NULL);
  g_assert_false (q_shell_open (host->shell, Q_TEST_DEADLINE_MS, NULL, &error));
  shell_assert_error (
    error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
    "open: the guest asks who logs in, and the shell has no user\n*guest login:*");
  g_clear_error (&error);
  q_shell_set_user (host->shell, "root");
  q_shell_set_password (host->shell, "secret");
  g_assert_true (q_shell_open (host->shell, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
  shell_assert_run (host->shell, "echo in", "in", 0);
  host_free (host);
}

static void
assert_no_shell (const char *commands, const char *path, int timeout, int code, const char *message)
{
  Host *host = host_new (commands, path);
  struct termios modes = { 0 };
  g_autoptr (GError) error = NULL;

  /* What the library sends is not to come back before the terminal is set. */
  if (g_str_has_prefix (commands, "stty -echo"))
    q_test_wait_until (NULL, tcgetattr (host->master, &modes) == 0 && (modes.c_lflag & ECHO) == 0);
  g_assert_false (q_shell_open (host->shell, timeout, NULL, &error));
  shell_assert_error (error, G_IO_ERROR, code, message);
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

  shell_assert_run (host->shell, "echo in", "in", 0);
  host_free (host);
  q_shell_set_prompt (other->shell, "^ready:$");
  shell_assert_run (other->shell, "echo in", "in", 0);
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
  g_autofree char *content = shell_make_data (host->rand);

  g_assert_true (g_file_set_contents (path, content, DATA_SIZE, NULL));
  shell_run_random (host->shell, host->rand, path, content, 10, DATA_SIZE);
  host->period = 1000;
  host->noise = any_noise;
  shell_run_random (host->shell, host->rand, path, content, 10, DATA_SIZE);
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
  shell_assert_bytes (q_shell_result_get_output (result), (const char *)all->data, all->len);
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

/* Interrupts that the command does not hear reach the shell's own program. */
static void
test_interrupts (QTestFixture *fixture, gconstpointer data)
{
  Host *host = host_new_shell ();
  g_autoptr (GByteArray) all = g_byte_array_new ();
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (QShellResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_signal_connect (host->shell, "output", G_CALLBACK (store_output), all);
  q_shell_run_async (host->shell, "trap '' INT; echo begun; sleep 1; echo end", NULL,
                     Q_TEST_DEADLINE_MS, NULL, q_test_store_result, &stored);
  q_test_wait_until (NULL, all->len > 0);
  for (guint i = 0; i < 50; i++)
    {
      g_assert_cmpint (write (host->master, "\003", 1), ==, 1);
      g_usleep (1000);
    }
  result = q_shell_run_finish (host->shell, q_test_await (&stored), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (q_shell_result_get_text (result), ==, "begun\nend");
  g_clear_object (&stored);
  host_free (host);
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
  shell_assert_run (host->shell, "echo next", "next", 0);

  g_signal_connect (host->shell, "output", G_CALLBACK (store_output), all);
  q_shell_run_async (host->shell, "echo begun; sleep 1", NULL, Q_TEST_DEADLINE_MS, NULL,
                     q_test_store_result, &waiting);
  q_test_wait_until (NULL, all->len > 0);
  g_assert_null (q_shell_run (host->shell, "true", NULL, 50, NULL, &error));
  shell_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
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
      shell_assert_run (host->shell, "echo here", "here", 0);
      q_test_assert_last_unref (host->shell);
      host->shell = q_shell_new_for_stream (stream);
    }
  shell_assert_run (host->shell, "echo here", "here", 0);
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
  shell_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE,
                      "*: the command's shell was killed\n*");
  g_clear_error (&error);
  shell_assert_run (host->shell, "echo next", "next", 0);
  shell_assert_lost (host->shell, KILL_PROGRAM, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                     "run: \"p=*\": the guest's shell was killed, or the guest began anew\n*");
  shell_assert_run (host->shell, "echo next", "next", 0);
  kill (host->pid, SIGKILL);
  g_assert_null (q_shell_run (host->shell, "sleep 1000", NULL, Q_TEST_DEADLINE_MS, NULL, &error));
  shell_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                      "run: \"sleep 1000\": the stream has ended\n*");
  g_assert_cmpint (g_get_monotonic_time () - begin, <, Q_TEST_DEADLINE_MS * 500);
  host_free (host);
}

/* The guest is silent, and a line comes again and again. It may be the kernel's, which is slow to
 * end. Who says it has opened the terminal once: its name is another guest's later on. */
static void
test_slow_end (QTestFixture *fixture, gconstpointer line)
{
  g_autofree char *command = g_strdup_printf (
    FIND_PROGRAM "read a b c d e </proc/$p/stat; "
                 "setsid sh -c \"kill -s STOP -- $d -${e%%%% *}; "
                 "while sleep 0.5; do echo '%s' || exit; done\" >/proc/$d/fd/0 2>/dev/null",
    (const char *)line);
  gboolean is_sign = strstr (line, "panic") != NULL;
  Host *host = host_new_shell ();

  shell_assert_lost (
    host->shell, command, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
    is_sign ? "run: \"p=*\": the guest has ended meanwhile: *] Kernel panic - not syncing*\n*"
            : "run: \"p=*\": the guest's shell does not answer any more\n*");
  host_free (host);
}

/* That the command has begun is read together with what ends it. */
static void
test_end_at_once (QTestFixture *fixture, gconstpointer data)
{
  Host *host = host_new_shell ();

  shell_assert_run (host->shell, "echo in", "in", 0);
  host->last = "panic - not syncing: at once";
  shell_assert_lost (
    host->shell,
    FIND_PROGRAM "read a b c d e </proc/$p/stat; setsid sh -c \"kill -s STOP -- $d -${e%% *}; "
                 "echo '[    1.000000] Kernel panic - not syncing: at on''ce'\" >/proc/$d/fd/0",
    G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
    "run: \"p=*\": the guest has ended meanwhile: *] Kernel panic - not syncing: at once\n*");
  host_free (host);
}

/* The guest has begun anew and nobody has noticed. Of the line of the next command the front is
 * lost, and the rest, which would be a command, is typed at a prompt. */
static void
test_lost_front (QTestFixture *fixture, gconstpointer command)
{
  g_autofree char *dir = q_test_get_path ("programs");
  g_autofree char *program = g_build_filename (dir, "hazard", NULL);
  g_autofree char *ran = g_build_filename (dir, "ran", NULL);
  g_autofree char *path = g_strconcat ("/usr/bin:/bin:", dir, NULL);
  g_autofree char *script = g_strdup_printf ("#!/bin/sh\n>%s\n", ran);
  g_autoptr (QShellResult) group = NULL;
  Host *host;

  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  g_assert_true (g_file_set_contents (program, script, -1, NULL));
  g_assert_cmpint (g_chmod (program, 0700), ==, 0);
  host = host_new ("exec sh -i", path);
  group = shell_run (host->shell, "read a b c d e f </proc/self/stat; echo $e");
  kill (-atoi (q_shell_result_get_text (group)), SIGKILL);

  host->cut = "hazard";
  /* It was lost, and is sent again to a shell that is opened anew. */
  shell_assert_run (host->shell, command, "hazard", 0);
  g_assert_null (host->cut);
  g_assert_false (g_file_test (ran, G_FILE_TEST_EXISTS));
  /* It can be run. */
  shell_assert_run (host->shell, "hazard", "", 0);
  g_assert_true (g_file_test (ran, G_FILE_TEST_EXISTS));
  host_free (host);
  q_test_remove_tree (dir);
}

/* The second is as one in a clone: what the first has set up in the guest is there, too. */
static void
test_take_over (QTestFixture *fixture, gconstpointer data)
{
  Host *host = host_new_shell ();
  QShell *source = host->shell;
  g_autoptr (QShell) nobodys = g_object_new (Q_TYPE_SHELL, NULL);
  g_autoptr (QShell) next = q_shell_new_for_stream (q_shell_get_stream (source));
  g_autoptr (GError) error = NULL;

  g_assert_false (q_shell_take_over (next, source, &error));
  shell_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                      "take_over: the other shell is not open and idle");
  g_clear_error (&error);
  q_shell_set_command_timeout (source, 12345);
  shell_assert_run (source, "echo first", "first", 0);
  g_assert_false (q_shell_take_over (nobodys, source, &error));
  shell_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                      "take_over: this shell has no console and no stream");
  g_clear_error (&error);

  g_assert_true (q_shell_take_over (next, source, &error));
  g_assert_no_error (error);
  g_assert_true (q_shell_get_ready (next));
  g_assert_cmpint (q_shell_get_command_timeout (next), ==, 12345);
  shell_assert_run (next, "echo second; exit 3", "second", 3);
  g_assert_false (q_shell_take_over (next, source, &error));
  shell_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                      "take_over: this shell is open already, or about to be");
  host_free (host);
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
  shell_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
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
  ADD ("/shell/commands/dash", "dash", test_commands);
  ADD ("/shell/commands/bash", "bash", test_commands);
  ADD ("/shell/commands/busybox", "busybox", test_commands);
  ADD ("/shell/interrupts", NULL, test_interrupts);
  ADD ("/shell/no-interrupts", NULL, test_no_interrupts);
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
  ADD ("/shell/slow-end/said", "[    1.000000] Kernel panic - not syncing: said", test_slow_end);
  ADD ("/shell/slow-end/silent", "said", test_slow_end);
  ADD ("/shell/end-at-once", NULL, test_end_at_once);
  ADD ("/shell/lost-front/plain", "echo hazard", test_lost_front);
  ADD ("/shell/lost-front/escaped", "x=1; echo hazard", test_lost_front);
  ADD ("/shell/take-over", NULL, test_take_over);

  return g_test_run ();
}
