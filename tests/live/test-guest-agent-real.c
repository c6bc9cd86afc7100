/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The real agent, as a program of the host at a Unix socket, without the commands that would
 * freeze, suspend, change or end the host. */

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "q-test-util.h"

#define BLOCKED                                                                                    \
  "guest-shutdown,guest-fsfreeze-freeze,guest-fsfreeze-freeze-list,guest-fsfreeze-thaw,"           \
  "guest-fstrim,guest-suspend-disk,guest-suspend-ram,guest-suspend-hybrid,guest-set-time,"         \
  "guest-set-vcpus,guest-set-memory-blocks,guest-set-user-password,"                               \
  "guest-ssh-add-authorized-keys,guest-ssh-remove-authorized-keys"

#define MIB (1024 * 1024)

typedef struct
{
  QTestResources before;
  GPid pid; /* of the agent that runs */
  char *dir;
  GSocketAddress *address;
  QGuestAgent *agent;
} Guest;

static char *
find_program (void)
{
  char *program = g_find_program_in_path ("qemu-ga");

  return program != NULL ? program : g_strdup ("/usr/sbin/qemu-ga");
}

/* A test that fails leaves no agent. */
static void
end_with_program (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
start_agent (Guest *guest)
{
  g_autofree char *program = find_program ();
  g_autofree char *path = g_build_filename (guest->dir, "agent", NULL);
  g_autofree char *pid_file = g_build_filename (guest->dir, "pid", NULL);
  const char *argv[] = { program,    "-m", "unix-listen", "-p", path,    "-t",
                         guest->dir, "-f", pid_file,      "-b", BLOCKED, NULL };
  g_autoptr (GError) error = NULL;
  gint64 deadline = g_get_monotonic_time () + Q_TEST_DEADLINE_MS * 1000LL;

  g_unlink (path);
  g_spawn_async (NULL, (char **)argv, NULL,
                 G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL
                   | G_SPAWN_STDERR_TO_DEV_NULL,
                 end_with_program, NULL, &guest->pid, &error);
  g_assert_no_error (error);
  while (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_assert_cmpint (waitpid (guest->pid, NULL, WNOHANG), ==, 0);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (1000);
    }
}

static void
end_agent (Guest *guest)
{
  kill (guest->pid, SIGKILL);
  while (waitpid (guest->pid, NULL, 0) < 0 && errno == EINTR)
    continue;
  guest->pid = 0;
}

/* What the library and GLib keep for good is there before anything is counted. */
static void
warm_up (void)
{
  g_autoptr (QGuestAgent) agent = q_guest_agent_new ();
  g_autofree char *path = q_test_get_path ("nobody");
  g_autoptr (GSocketAddress) nobody = g_unix_socket_address_new (path);

  g_assert_false (q_guest_agent_attach (agent, nobody, 20000, NULL, NULL));
}

static void
set_up (Guest *guest, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  warm_up ();
  q_test_count_resources (&guest->before);
  guest->dir = q_test_get_path ("guest");
  g_assert_cmpint (g_mkdir (guest->dir, 0700), ==, 0);
  path = g_build_filename (guest->dir, "agent", NULL);
  guest->address = g_unix_socket_address_new (path);
  start_agent (guest);
  guest->agent = q_guest_agent_new ();
  /* The path is there a moment before somebody listens. */
  while (!q_guest_agent_attach (guest->agent, guest->address, 20000, NULL, &error))
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
      g_clear_error (&error);
      g_usleep (1000);
    }
  g_assert_true (q_guest_agent_wait_ready (guest->agent, 20000, NULL, &error));
  g_assert_no_error (error);
  q_guest_agent_set_command_timeout (guest->agent, Q_TEST_DEADLINE_MS);
}

static void
tear_down (Guest *guest, gconstpointer data)
{
  g_assert_true (q_guest_agent_close (guest->agent, Q_TIMEOUT_DEFAULT, NULL, NULL));
  q_test_assert_last_unref (guest->agent);
  end_agent (guest);
  g_clear_object (&guest->address);
  q_test_remove_tree (guest->dir);
  g_free (guest->dir);
  q_test_assert_resources (&guest->before);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 0);
}

static QGuestExecResult *
run (Guest *guest, const char *const *argv, GBytes *input)
{
  g_autoptr (GError) error = NULL;
  QGuestExecResult *result
    = q_guest_agent_exec (guest->agent, argv, NULL, input, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  return result;
}

static QGuestExecResult *
run_shell (Guest *guest, const char *commands)
{
  return run (guest, (const char *const[]){ "sh", "-c", commands, NULL }, NULL);
}

static void
assert_text (GBytes *bytes, const char *expected)
{
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), expected,
                   strlen (expected));
}

static GBytes *
make_bytes (gsize length)
{
  guint8 *bytes = g_malloc (length);

  for (gsize i = 0; i < length; i++)
    bytes[i] = (guint8)g_test_rand_int ();
  return g_bytes_new_take (bytes, length);
}

/* -- programs -- */

static void
test_exit_codes (Guest *guest, gconstpointer data)
{
  for (int i = 0; i < 256; i++)
    {
      g_autofree char *commands = g_strdup_printf ("exit %d", i);
      g_autoptr (QGuestExecResult) result = run_shell (guest, commands);

      g_assert_cmpint (q_guest_exec_result_get_exit_kind (result), ==, Q_EXIT_KIND_EXITED);
      g_assert_cmpint (q_guest_exec_result_get_exit_status (result), ==, i);
      g_assert_cmpint (q_guest_exec_result_get_term_signal (result), ==, 0);
    }
}

static void
test_signals (Guest *guest, gconstpointer data)
{
  static const int numbers[] = { SIGKILL, SIGTERM, SIGINT, SIGSEGV };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autofree char *commands = g_strdup_printf ("kill -%d $$", numbers[i]);
      g_autoptr (QGuestExecResult) result = run_shell (guest, commands);

      g_assert_cmpint (q_guest_exec_result_get_exit_kind (result), ==, Q_EXIT_KIND_SIGNALED);
      g_assert_cmpint (q_guest_exec_result_get_term_signal (result), ==, numbers[i]);
      g_assert_cmpint (q_guest_exec_result_get_exit_status (result), ==, -1);
    }
}

static void
test_output (Guest *guest, gconstpointer data)
{
  const char *argv[] = { "sh",
                         "-c",
                         "printf %s \"$1\"; printf %s \"$A\" >&2; exit 3",
                         "sh",
                         "an \"odd\"\n\xc3\xa9 $argument",
                         NULL };
  const char *env[] = { "A=of the environment", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (QGuestExecResult) result
    = q_guest_agent_exec (guest->agent, argv, env, NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (q_guest_exec_result_get_exit_status (result), ==, 3);
  assert_text (q_guest_exec_result_get_output (result), argv[4]);
  assert_text (q_guest_exec_result_get_error_output (result), "of the environment");
  g_assert_false (q_guest_exec_result_get_output_truncated (result));
}

static void
test_bytes (Guest *guest, gconstpointer data)
{
  g_autoptr (GBytes) input = make_bytes (MIB);
  g_autoptr (QGuestExecResult) result = run (guest, (const char *const[]){ "cat", NULL }, input);

  g_assert_cmpint (q_guest_exec_result_get_exit_status (result), ==, 0);
  g_assert_true (g_bytes_equal (q_guest_exec_result_get_output (result), input));
}

static void
test_truncated (Guest *guest, gconstpointer data)
{
  g_autoptr (QGuestExecResult) result
    = run_shell (guest, "head -c 17000000 /dev/zero; head -c 5 /dev/zero >&2");

  g_assert_cmpint (q_guest_exec_result_get_exit_status (result), ==, 0);
  g_assert_true (q_guest_exec_result_get_output_truncated (result));
  g_assert_false (q_guest_exec_result_get_error_output_truncated (result));
  g_assert_cmpuint (g_bytes_get_size (q_guest_exec_result_get_output (result)), ==, 16 * MIB);
  g_assert_cmpuint (g_bytes_get_size (q_guest_exec_result_get_error_output (result)), ==, 5);
}

/* Bytes. */
static gsize
get_agent_size (Guest *guest)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/statm", (int)guest->pid);
  g_autofree char *text = NULL;
  gsize total;
  gsize resident;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%zu %zu", &total, &resident), ==, 2);
  return resident * (gsize)sysconf (_SC_PAGESIZE);
}

/* The agent keeps the output of a program until it was asked after, whoever waits for it. */
static void
test_given_up (Guest *guest, gconstpointer data)
{
  g_autofree char *flag = g_build_filename (guest->dir, "flag", NULL);
  g_autofree char *commands
    = g_strdup_printf ("while [ ! -e %s ]; do sleep 0.1; done; head -c 16000000 /dev/zero", flag);
  const char *argv[] = { "sh", "-c", commands, NULL };
  g_autoptr (GError) error = NULL;
  gsize size;

  g_assert_null (q_guest_agent_exec (guest->agent, argv, NULL, NULL, 2000, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  size = get_agent_size (guest);
  g_assert_true (g_file_set_contents (flag, "", 0, NULL));
  q_test_wait_until (NULL, get_agent_size (guest) > size + 12 * MIB);
  q_test_wait_until (NULL, get_agent_size (guest) < size + 4 * MIB);
  g_remove (flag);
}

static void
test_exec_errors (Guest *guest, gconstpointer data)
{
  const char *nothing[] = { "/no/such/program", NULL };
  const char *long_one[] = { "sleep", "2", NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_assert_null (q_guest_agent_exec (guest->agent, nothing, NULL, NULL, -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_assert_nonnull (strstr (error->message, "/no/such/program"));
  g_clear_error (&error);

  g_assert_null (q_guest_agent_exec (guest->agent, long_one, NULL, NULL, 1500, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==, "exec: the program did not end within 1500 ms");
  g_clear_error (&error);
  text = q_guest_agent_command_json (guest->agent, "guest-ping", NULL, -1, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "{}");
}

/* -- files -- */

static void
check_file (Guest *guest, gsize length)
{
  g_autofree char *path = g_build_filename (guest->dir, "a file \xc3\xa9", NULL);
  g_autoptr (GBytes) bytes = make_bytes (length);
  g_autoptr (GBytes) read = NULL;
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  g_assert_true (
    q_guest_agent_write_file (guest->agent, path, bytes, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  g_assert_cmpmem (contents, size, g_bytes_get_data (bytes, NULL), length);
  read = q_guest_agent_read_file (guest->agent, path, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (read, bytes));
}

static void
test_files (Guest *guest, gconstpointer data)
{
  static const gsize lengths[] = {
    5 * MIB, 0, 1, 2, 3, 4, 1000, 512 * 1024 - 1, 512 * 1024, 512 * 1024 + 1, MIB, 3 * MIB + 7,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    check_file (guest, lengths[i]);
}

static guint
count_open_files (Guest *guest)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", (int)guest->pid);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
test_file_errors (Guest *guest, gconstpointer data)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("x", 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint n_open = count_open_files (guest);

  g_assert_null (q_guest_agent_read_file (guest->agent, "/no/such/file", -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_assert_nonnull (strstr (error->message, "/no/such/file"));
  g_clear_error (&error);
  g_assert_false (
    q_guest_agent_write_file (guest->agent, "/no/such/file", bytes, -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_clear_error (&error);
  g_assert_null (q_guest_agent_read_file (guest->agent, "/proc", -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_clear_error (&error);
  /* What is written is lost, and that shows. */
  g_assert_false (q_guest_agent_write_file (guest->agent, "/dev/full", bytes, -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_clear_error (&error);

  q_guest_agent_set_max_file_size (guest->agent, MIB);
  g_assert_null (q_guest_agent_read_file (guest->agent, "/dev/zero", -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE);
  g_clear_error (&error);
  q_guest_agent_set_max_file_size (guest->agent, G_MAXINT);
  g_assert_null (q_guest_agent_read_file (guest->agent, "/dev/zero", 200, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  /* Nothing stays open in the guest. */
  text = q_guest_agent_command_json (guest->agent, "guest-ping", NULL, -1, NULL, NULL);
  g_assert_cmpstr (text, ==, "{}");
  g_assert_cmpuint (count_open_files (guest), ==, n_open);
}

/* -- commands -- */

static void
test_many (Guest *guest, gconstpointer data)
{
  for (guint i = 0; i < 300; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *arguments = g_strdup_printf ("{\"id\":%u}", i);
      g_autofree char *expected = g_strdup_printf ("%u", i);
      g_autofree char *text = q_guest_agent_command_json (guest->agent, "guest-sync", arguments,
                                                          Q_TIMEOUT_DEFAULT, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (text, ==, expected);
    }
}

#define N_THREADS 8

static gpointer
work (gpointer data)
{
  Guest *guest = data;

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", g_random_int_range (0, 1 << 30));
      g_autofree char *arguments = g_strdup_printf ("{\"id\":%s}", number);
      g_autofree char *text = q_guest_agent_command_json (guest->agent, "guest-sync", arguments,
                                                          Q_TIMEOUT_DEFAULT, NULL, NULL);
      g_autoptr (QGuestExecResult) result
        = run (guest, (const char *const[]){ "echo", "-n", number, NULL }, NULL);

      g_assert_cmpstr (text, ==, number);
      assert_text (q_guest_exec_result_get_output (result), number);
    }

  return NULL;
}

static void
test_threads (Guest *guest, gconstpointer data)
{
  GThread *threads[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("guest", work, guest);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
}

static void
test_node (Guest *guest, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) info
    = q_guest_agent_command (guest->agent, "guest-info", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (json_object_has_member (json_node_get_object (info), "version"));
}

static void
test_blocked (Guest *guest, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (q_guest_agent_shutdown (guest->agent, Q_GUEST_SHUTDOWN_MODE_HALT,
                                          Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_COMMAND_NOT_FOUND);
  g_clear_error (&error);
  g_assert_cmpint (q_guest_agent_freeze (guest->agent, 1000, Q_TIMEOUT_DEFAULT, NULL, &error), ==,
                   -1);
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_COMMAND_NOT_FOUND);
  g_assert_false (q_guest_agent_get_frozen (guest->agent));
  g_clear_error (&error);
  g_assert_cmpint (q_guest_agent_thaw (guest->agent, Q_TIMEOUT_DEFAULT, NULL, &error), ==, -1);
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_COMMAND_NOT_FOUND);
}

/* -- losing it -- */

/* It hangs, and its answers come late. */
static void
test_stopped (Guest *guest, gconstpointer data)
{
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *text = NULL;
      g_autoptr (GError) error = NULL;

      kill (guest->pid, SIGSTOP);
      g_assert_null (
        q_guest_agent_command_json (guest->agent, "guest-get-time", NULL, 100, NULL, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      g_assert_false (q_guest_agent_get_ready (guest->agent));
      kill (guest->pid, SIGCONT);
      text = q_guest_agent_command_json (guest->agent, "guest-sync", "{\"id\":77}",
                                         Q_TIMEOUT_DEFAULT, NULL, NULL);
      g_assert_cmpstr (text, ==, "77");
    }
}

static void
test_started_again (Guest *guest, gconstpointer data)
{
  g_autofree char *text = NULL;

  end_agent (guest);
  start_agent (guest);
  text
    = q_guest_agent_command_json (guest->agent, "guest-ping", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL);
  g_assert_cmpstr (text, ==, "{}");
}

static void
test_ends_in_call (Guest *guest, gconstpointer data)
{
  const char *argv[] = { "sleep", "30", NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) ping = NULL;
  g_autoptr (GError) error = NULL;

  q_guest_agent_exec_async (guest->agent, argv, NULL, NULL, -1, NULL, q_test_store_result, &result);
  q_guest_agent_command_json_async (guest->agent, "guest-ping", NULL, -1, NULL, q_test_store_result,
                                    &ping);
  q_test_await (&ping);
  end_agent (guest);
  start_agent (guest);
  /* The new one does not know the program. */
  q_test_await (&result);
  g_assert_null (q_guest_agent_exec_finish (guest->agent, result, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
}

/* A port of a real QEMU's, whose guest knows nothing of it. */
static void
test_not_installed (void)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("idle.img");
  g_autoptr (QGuestAgent) agent = q_guest_agent_new ();
  g_autofree char *path = q_test_get_path ("port");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autofree char *chardev = g_strdup_printf ("socket,id=agent,path=%s,server=on,wait=off", path);
  const char *args[]
    = { "-device", "virtio-serial", "-chardev",
        chardev,   "-device",       "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
        NULL };
  g_autoptr (GError) error = NULL;

  q_machine_add_args (machine, args);
  q_test_launch (machine);
  g_assert_true (q_guest_agent_attach (agent, address, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
  g_assert_null (q_guest_agent_command_json (agent, "guest-ping", NULL, 1500, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, "it sent nothing"));
  g_assert_cmpint (q_guest_agent_get_state (agent), ==, Q_GUEST_AGENT_STATE_WAITING);
  q_test_assert_running (machine);
  q_test_shutdown (machine);
  g_assert_true (q_guest_agent_close (agent, Q_TIMEOUT_DEFAULT, NULL, NULL));
  g_remove (path);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*func) (Guest *guest, gconstpointer data);
  } tests[] = {
    { "exit-codes", test_exit_codes },
    { "signals", test_signals },
    { "output", test_output },
    { "bytes", test_bytes },
    { "truncated", test_truncated },
    { "given-up", test_given_up },
    { "exec-errors", test_exec_errors },
    { "files", test_files },
    { "file-errors", test_file_errors },
    { "many", test_many },
    { "threads", test_threads },
    { "node", test_node },
    { "blocked", test_blocked },
    { "stopped", test_stopped },
    { "started-again", test_started_again },
    { "ends-in-call", test_ends_in_call },
  };

  q_test_init (&argc, &argv);
  /* What the agent frees goes back to the system at once, so its size tells what it keeps. */
  g_setenv ("MALLOC_MMAP_THRESHOLD_", "65536", TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strdup_printf ("/real-agent/%s", tests[i].name);

      g_test_add (path, Guest, NULL, set_up, tests[i].func, tear_down);
    }

  g_test_add_func ("/real-agent/not-installed", test_not_installed);

  return g_test_run ();
}
