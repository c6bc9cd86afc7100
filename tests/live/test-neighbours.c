/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A machine and the world around it: processes that it is not, children that a program forks,
 * files and sockets that were there before, descriptors that run out. */

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "q-test-util.h"

/* How long a forked child may take; it does nothing that waits. */
#define CHILD_DEADLINE_S 30

static void
assert_answers (QMachine *machine)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text
    = q_machine_command_json (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (strstr (text, "running"));
}

static char *
path_of (const char *name)
{
  return g_build_filename (q_test_get_base_dir (), name, NULL);
}

/* lstat (): whatever a name leads to, it is the name that counts here. */
static gboolean
is_socket (const char *path)
{
  GStatBuf info;

  return g_lstat (path, &info) == 0 && S_ISSOCK (info.st_mode);
}

static void
assert_content (const char *path, const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_refused (QMachine *machine, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  if (strstr (error->message, text) == NULL)
    g_error ("\"%s\" is not in: %s", text, error->message);
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
}

/* -- forked children -- */

static gboolean in_forked_child;

#ifdef __has_feature
#define HAS_FEATURE(feature) __has_feature (feature)
#else
#define HAS_FEATURE(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
int __lsan_is_turned_off (void);

/* A forked child lacks the stacks of the other threads, and all they hold would count as lost. */
int
__lsan_is_turned_off (void)
{
  return in_forked_child;
}
#endif

static void
assert_child_succeeds (void (*func) (gpointer data), gpointer data)
{
  pid_t pid;
  int status;

  fflush (NULL);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      in_forked_child = TRUE;
      alarm (CHILD_DEADLINE_S);
      func (data);
      _exit (0);
    }

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  if (WIFSIGNALED (status))
    g_error ("the child was killed by signal %d%s", WTERMSIG (status),
             WTERMSIG (status) == SIGALRM ? ": it hung" : "");
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

static void
exit_normally (gpointer data)
{
  exit (0);
}

static char *
dup_run_dirs (void)
{
  g_autoptr (GDir) dir = g_dir_open (q_test_get_base_dir (), 0, NULL);
  g_autoptr (GString) list = g_string_new (NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = path_of (name);
      g_autoptr (GDir) run_dir = g_dir_open (path, 0, NULL);
      const char *file;

      while (run_dir != NULL && (file = g_dir_read_name (run_dir)) != NULL)
        g_string_append_printf (list, "%s/%s ", name, file);
    }

  return g_string_free (g_steal_pointer (&list), FALSE);
}

static void
test_child_exits (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) first = q_test_machine_none ();
  g_autoptr (QMachine) second = q_test_machine_none ();
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  q_test_launch (first);
  q_test_launch (second);
  before = dup_run_dirs ();
  g_assert_nonnull (strstr (before, ".monitor"));
  assert_child_succeeds (exit_normally, NULL);

  after = dup_run_dirs ();
  g_assert_cmpstr (after, ==, before);
  assert_answers (first);
  assert_answers (second);
  q_test_shutdown (first);
  q_test_shutdown (second);
}

static void
drop_in_child (gpointer data)
{
  QMachine *machine = data;
  gint64 begin = g_get_monotonic_time ();

  q_test_assert_last_unref (machine);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 5 * G_USEC_PER_SEC);
}

static void
test_child_drops (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMachine) stopped = q_test_machine_none ();
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  q_test_launch (machine);
  before = dup_run_dirs ();
  assert_child_succeeds (drop_in_child, machine);
  assert_child_succeeds (drop_in_child, stopped);

  after = dup_run_dirs ();
  g_assert_cmpstr (after, ==, before);
  g_assert_true (q_test_process_exists (q_machine_get_pid (machine)));
  assert_answers (machine);
  q_test_shutdown (machine);
}

static void
call_in_child (gpointer data)
{
  QMachine *machine = data;
  g_autoptr (QMachine) fresh = q_test_machine_none ();
  g_autoptr (QMonitor) monitor = q_machine_dup_monitor (machine);
  g_autoptr (GError) error = NULL;

  g_assert_null (
    q_machine_command (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_null (q_machine_wait_event (machine, NULL, NULL, -1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_false (q_machine_kill (machine, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_false (q_monitor_close (monitor, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_false (q_machine_launch (fresh, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

static void
test_child_calls (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();

  q_test_launch (machine);
  assert_child_succeeds (call_in_child, machine);
  assert_answers (machine);
  q_test_shutdown (machine);
}

/* -- an address where somebody else is -- */

typedef enum
{
  IDLE,
  BUSY,    /* it has a client, and the next ones wait in the backlog */
  CROWDED, /* and the backlog is full */
} Bustle;

typedef struct
{
  const char *name;
  QMonitorMode mode;
  Bustle bustle;
} TakenCase;

static const TakenCase taken_cases[] = {
  { "listen-idle", Q_MONITOR_MODE_LISTEN, IDLE },
  { "listen-busy", Q_MONITOR_MODE_LISTEN, BUSY },
  { "listen-crowded", Q_MONITOR_MODE_LISTEN, CROWDED },
  { "inherit-idle", Q_MONITOR_MODE_INHERIT, IDLE },
  { "inherit-busy", Q_MONITOR_MODE_INHERIT, BUSY },
  { "inherit-crowded", Q_MONITOR_MODE_INHERIT, CROWDED },
};

/* A QEMU with a second monitor at the path. */
static QMachine *
launch_neighbour (const char *path)
{
  QMachine *machine = q_test_machine_none ();
  g_autofree char *option = g_strdup_printf ("unix:%s,server=on,wait=off", path);
  const char *const args[] = { "-qmp", option, NULL };

  q_machine_add_args (machine, args);
  q_test_launch (machine);
  g_assert_true (is_socket (path));

  return machine;
}

/* Connects until there is no room left. */
static GArray *
crowd (const char *path)
{
  GArray *fds = g_array_new (FALSE, FALSE, sizeof (int));
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  while (TRUE)
    {
      int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

      g_assert_cmpint (fd, >=, 0);
      g_array_append_val (fds, fd);
      if (connect (fd, (struct sockaddr *)&address, sizeof address) < 0)
        {
          g_assert_cmpint (errno, ==, EAGAIN);
          return fds;
        }
      g_assert_cmpuint (fds->len, <, 200);
    }
}

static void
disperse (GArray *fds)
{
  for (guint i = 0; i < fds->len; i++)
    close (g_array_index (fds, int, i));
  g_array_unref (fds);
}

static void
assert_serves (QMonitor *monitor)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = q_monitor_command_json (monitor, "query-name", NULL, Q_MONITOR_FLAGS_NONE,
                                                  Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (text);
}

static void
test_taken (QTestFixture *fixture, gconstpointer data)
{
  const TakenCase *taken = data;
  g_autofree char *path = path_of ("taken");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMachine) other = launch_neighbour (path);
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMonitor) client = q_monitor_new ();
  GArray *fds = NULL;

  if (taken->bustle != IDLE)
    g_assert_true (q_monitor_attach (client, address, NULL, NULL));
  if (taken->bustle == CROWDED)
    fds = crowd (path);

  g_object_set (machine, "monitor-mode", taken->mode, "monitor-address", address, NULL);
  assert_refused (machine, "monitor-address");

  /* It is as it was: its socket, its client, and the room for the next client. */
  g_assert_true (is_socket (path));
  assert_answers (other);
  if (taken->bustle != IDLE)
    {
      assert_serves (client);
      q_monitor_close (client, NULL, NULL);
    }
  g_clear_pointer (&fds, disperse);
  /* QEMU takes the connections of the crowd one by one, and finds each of them closed. */
  q_test_wait_until (NULL, q_monitor_attach (client, address, NULL, NULL));
  assert_serves (client);
  q_monitor_close (client, NULL, NULL);

  q_test_shutdown (other);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

  /* Now that it is free, the same machine can have it. */
  q_test_launch (machine);
  assert_answers (machine);
  q_test_shutdown (machine);
}

static const QMonitorMode modes[] = { Q_MONITOR_MODE_LISTEN, Q_MONITOR_MODE_INHERIT };

static void
test_stale_socket (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = path_of ("stale");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (QMachine) dead = launch_neighbour (path);
      g_autoptr (QMachine) machine = q_test_machine_none ();

      g_assert_true (q_machine_kill (dead, NULL, NULL));
      g_assert_true (is_socket (path));

      g_object_set (machine, "monitor-mode", modes[i], "monitor-address", address, NULL);
      q_test_launch (machine);
      assert_answers (machine);
      q_test_shutdown (machine);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    }
}

static void
test_regular_file (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = path_of ("regular");
  g_autofree char *link = path_of ("link");
  const char *const paths[] = { path, link };

  g_assert_true (g_file_set_contents (path, "precious", -1, NULL));
  g_assert_cmpint (symlink (path, link), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (paths); j++)
      {
        g_autoptr (QMachine) machine = q_test_machine_none ();
        g_autoptr (GSocketAddress) address = g_unix_socket_address_new (paths[j]);

        g_object_set (machine, "monitor-mode", modes[i], "monitor-address", address, NULL);
        assert_refused (machine, "monitor-address");
        assert_content (paths[j], "precious");
      }
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  g_unlink (link);
  g_unlink (path);
}

static void
test_socket_file_removed (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = path_of ("gone");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (QMachine) machine = q_test_machine_none ();

      g_object_set (machine, "monitor-mode", modes[i], "monitor-address", address, NULL);
      q_test_launch (machine);
      g_assert_true (is_socket (path));
      g_assert_true (q_machine_kill (machine, NULL, NULL));
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

      q_test_launch (machine);
      g_assert_true (is_socket (path));
      q_test_assert_last_unref (machine);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    }
}

static void
test_tcp_listen (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GSocketListener) other = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (other, NULL, NULL);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) taken = g_inet_socket_address_new_from_string ("127.0.0.1", port);

  g_object_set (machine, "monitor-mode", Q_MONITOR_MODE_LISTEN, "monitor-address", any, NULL);
  assert_refused (machine, "port 0");
  g_object_set (machine, "monitor-address", taken, NULL);
  assert_refused (machine, "monitor-address");
  g_socket_listener_close (other);
}

/* An abstract name is no file, even if there is one of that name. */
static void
test_abstract_address (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = path_of ("abstract");
  g_autoptr (GSocketAddress) address
    = g_unix_socket_address_new_with_type (path, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);

  g_assert_true (g_file_set_contents (path, "precious", -1, NULL));
  for (guint round = 0; round < 3; round++)
    {
      g_autoptr (QMachine) machine = q_test_machine_none ();
      g_autoptr (GError) error = NULL;

      g_object_set (machine, "monitor-address", address, NULL);
      if (q_machine_launch (machine, NULL, &error))
        {
          assert_answers (machine);
          if (round == 0)
            q_test_shutdown (machine);
          else if (round == 1)
            g_assert_true (q_machine_kill (machine, NULL, NULL));
          g_clear_object (&machine);
        }
      else
        {
          g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
          g_assert_nonnull (strstr (error->message, "monitor-address"));
        }
      assert_content (path, "precious");
    }
  g_unlink (path);
}

/* -- descriptors for QEMU -- */

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
  g_autofree char *path = path_of ("added");
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
  g_autofree char *path = path_of ("added");
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

/* -- no descriptor left -- */

/* Leaves so many free ones. */
static GArray *
hog_descriptors (guint n_free)
{
  GArray *fds = g_array_new (FALSE, FALSE, sizeof (int));
  int fd;

  while ((fd = fcntl (0, F_DUPFD_CLOEXEC, 3)) >= 0)
    g_array_append_val (fds, fd);
  g_assert_cmpint (errno, ==, EMFILE);
  for (guint i = 0; i < n_free; i++)
    {
      close (g_array_index (fds, int, fds->len - 1));
      g_array_set_size (fds, fds->len - 1);
    }

  return fds;
}

/* Whatever it is that finds no descriptor, the launch fails as a whole. */
static void
test_no_descriptor_subprocess (QTestFixture *fixture, gconstpointer data)
{
  const struct rlimit limit = { 64, 64 };
  guint n_failed = 0;
  guint n_free;

  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  for (n_free = 0; n_free < 40; n_free++)
    {
      g_autoptr (QMachine) machine = q_test_machine_none ();
      g_autoptr (GError) error = NULL;
      int fd = open ("/dev/null", O_RDWR | O_CLOEXEC);
      gboolean launched;

      g_assert_true (q_machine_add_fd (machine, fd, 1, NULL, NULL, NULL));
      close (fd);
      {
        GArray *fds = hog_descriptors (n_free);

        launched = q_machine_launch (machine, NULL, &error);
        disperse (fds);
      }
      if (launched)
        {
          assert_answers (machine);
          q_test_shutdown (machine);
          break;
        }

      n_failed++;
      g_assert_nonnull (error);
      g_test_message ("%u free: %s", n_free, error->message);
      g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);

      q_test_launch (machine);
      assert_answers (machine);
      q_test_shutdown (machine);
      q_test_assert_last_unref (machine);
      q_test_assert_resources (&fixture->before);
    }

  g_assert_cmpuint (n_failed, >, 0);
  g_assert_cmpuint (n_free, <, 40);
}

static void
test_no_descriptor (QTestFixture *fixture, gconstpointer data)
{
  g_test_trap_subprocess ("/neighbours/no-descriptor/subprocess", 0,
                          G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/neighbours/" path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)

/* -- what programs that were killed have left -- */

/* With the marks of one that a killed program has left, but for what is to be missed. */
static char *
make_old_dir (const char *base, const char *name, const char *content, int mode, gboolean old)
{
  g_autofree char *path = g_build_filename (base, name, NULL);
  g_autofree char *file = g_build_filename (path, content, NULL);
  const struct timespec long_ago[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
  g_assert_true (g_file_set_contents (file, "words", -1, NULL));
  if (old)
    g_assert_cmpint (utimensat (AT_FDCWD, path, long_ago, AT_SYMLINK_NOFOLLOW), ==, 0);

  return g_steal_pointer (&path);
}

static void
remove_old_dir (const char *path, const char *content)
{
  g_autofree char *file = g_build_filename (path, content, NULL);

  g_assert_cmpint (g_unlink (file), ==, 0);
  g_assert_cmpint (g_rmdir (path), ==, 0);
}

/* Removed once it is old and nobody holds it, and nothing else is. */
static void
test_orphaned_dirs (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *base = g_build_filename (q_test_get_base_dir (), "orphans", NULL);
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *orphan = NULL;
  g_autofree char *young = NULL;
  g_autofree char *held = NULL;
  g_autofree char *living = NULL;
  g_autofree char *foreign = NULL;
  g_autofree char *work = NULL;
  g_autofree char *shared = NULL;
  g_autofree char *unmarked = NULL;
  g_autofree char *longer = NULL;
  g_autofree char *link = g_build_filename (base, "qmachine-linked", NULL);
  int lock;

  g_assert_cmpint (g_mkdir (base, 0700), ==, 0);
  orphan = make_old_dir (base, "qmachine-orphan", "qemu.log", 01700, TRUE);
  young = make_old_dir (base, "qmachine-youth0", "qemu.log", 01700, FALSE);
  held = make_old_dir (base, "qmachine-locked", "qemu.log", 01700, TRUE);
  living = make_old_dir (base, "qmachine.free-living", "qemu.log", 01700, TRUE);
  foreign = make_old_dir (base, "foreign", "qemu.log", 01700, TRUE);
  work = make_old_dir (base, "qmachine-stable", "notes", 01700, TRUE);
  shared = make_old_dir (base, "qmachine-shared", "qemu.log", 01755, TRUE);
  unmarked = make_old_dir (base, "qmachine-mktemp", "qemu.log", 0700, TRUE);
  longer = make_old_dir (base, "qmachine-sources", "qemu.log", 01700, TRUE);
  g_assert_cmpint (symlink ("foreign", link), ==, 0);
  lock = open (held, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (flock (lock, LOCK_EX | LOCK_NB), ==, 0);

  g_object_set (machine, "base-dir", base, NULL);
  q_test_launch (machine);
  g_assert_false (g_file_test (orphan, G_FILE_TEST_EXISTS));
  q_test_shutdown (machine);

  close (lock);
  remove_old_dir (young, "qemu.log");
  remove_old_dir (held, "qemu.log");
  remove_old_dir (living, "qemu.log");
  remove_old_dir (foreign, "qemu.log");
  remove_old_dir (work, "notes");
  remove_old_dir (shared, "qemu.log");
  remove_old_dir (unmarked, "qemu.log");
  remove_old_dir (longer, "qemu.log");
  g_assert_cmpint (g_unlink (link), ==, 0);
  g_assert_cmpint (g_rmdir (base), ==, 0);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("child/exits", NULL, test_child_exits);
  ADD ("child/drops", NULL, test_child_drops);
  ADD ("child/calls", NULL, test_child_calls);
  for (gsize i = 0; i < G_N_ELEMENTS (taken_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/neighbours/taken/", taken_cases[i].name, NULL);

      g_test_add (path, QTestFixture, &taken_cases[i], q_test_set_up, test_taken, q_test_tear_down);
    }
  ADD ("stale-socket", NULL, test_stale_socket);
  ADD ("orphaned-dirs", NULL, test_orphaned_dirs);
  ADD ("regular-file", NULL, test_regular_file);
  ADD ("socket-file-removed", NULL, test_socket_file_removed);
  ADD ("tcp-listen", NULL, test_tcp_listen);
  ADD ("abstract-address", NULL, test_abstract_address);
  ADD ("added-fd/bad", NULL, test_bad_added_fd);
  ADD ("added-fd/in-child", NULL, test_added_fd_in_child);
  ADD ("added-fd/in-qemu", NULL, test_added_fd_in_qemu);
  ADD ("no-descriptor", NULL, test_no_descriptor);
  ADD ("no-descriptor/subprocess", NULL, test_no_descriptor_subprocess);

  return g_test_run ();
}
