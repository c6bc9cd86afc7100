/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-test-util.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *base_dir;
static GMutex warnings_lock;
static guint n_warnings;
static char *last_warning;

static void
remove_base_dir (void)
{
  g_rmdir (base_dir);
  g_clear_pointer (&base_dir, g_free);
  g_clear_pointer (&last_warning, g_free);
}

static void
take_warning (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
  g_mutex_lock (&warnings_lock);
  n_warnings++;
  g_free (last_warning);
  last_warning = g_strdup (message);
  g_mutex_unlock (&warnings_lock);
}

/* g_test_init () asks for all debug messages, and GIO has one for each step of a connection. */
static void
drop_message (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
}

void
q_test_init (int *argc, char ***argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (argc, argv, NULL);
  /* It starts a thread of GLib's, which is not to come while threads are counted. */
  g_type_ensure (G_TYPE_TASK);

  /* g_test_init () makes warnings fatal, and with them the library's word on a crashed QEMU. */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  g_log_set_handler ("QMachine", G_LOG_LEVEL_WARNING, take_warning, NULL);
  g_log_set_handler ("GLib-GIO", G_LOG_LEVEL_DEBUG, drop_message, NULL);

  /* Its descriptor is there before anything is counted. */
  g_main_context_iteration (NULL, FALSE);

  base_dir = g_dir_make_tmp ("qmt-XXXXXX", &error);
  g_assert_no_error (error);
  atexit (remove_base_dir);
}

static gboolean
wake_up (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

GSource *
q_test_add_wake_up (GMainContext *context)
{
  GSource *source = g_timeout_source_new (20);

  g_source_set_callback (source, wake_up, NULL, NULL);
  g_source_attach (source, context);
  return source;
}

void
q_test_store_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **stored = user_data;

  /* A second call would be a second end of the same task. */
  g_assert_null (*stored);
  *stored = g_object_ref (result);
}

GAsyncResult *
q_test_await (GAsyncResult **result)
{
  q_test_wait_until (g_main_context_get_thread_default (), *result != NULL);
  return *result;
}

void
q_test_launch (QMachine *machine)
{
  g_autoptr (GError) error = NULL;

  q_machine_launch (machine, NULL, &error);
  g_assert_no_error (error);
}

void
q_test_launch_guest (QMachine *machine)
{
  static const char *const stopped[] = { "-S", NULL };
  g_auto (GStrv) args = q_machine_dup_args (machine);
  g_autofree char *reply = NULL;

  if (!g_strv_contains ((const char *const *)args, "-S"))
    q_machine_add_args (machine, stopped);
  q_test_launch (machine);
  reply = q_machine_command_json (machine, "cont", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL);
  g_assert_cmpstr (reply, ==, "{}");
}

/* It was done with its guest, and had said so. */
static gboolean
has_crashed_at_its_end (QMachine *machine, const GError *error)
{
  g_autofree char *reason = q_machine_dup_shutdown_reason (machine);

  return reason != NULL
         && g_error_matches (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN)
         && q_test_get_exit_code (machine) == -SIGSEGV;
}

void
q_test_shutdown (QMachine *machine)
{
  g_autoptr (GError) error = NULL;

  if (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error)
      || !has_crashed_at_its_end (machine, error))
    {
      g_assert_no_error (error);
      return;
    }

  g_test_message ("QEMU's own fault: %s", error->message);
  g_mutex_lock (&warnings_lock);
  n_warnings--;
  g_mutex_unlock (&warnings_lock);
}

void
q_test_assert_running (QMachine *machine)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text
    = q_machine_command_json (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (strstr (text, "running"));
}

char *
q_test_get_path (const char *name)
{
  return g_build_filename (q_test_get_base_dir (), name, NULL);
}

void
q_test_remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      q_test_remove_tree (child);
    }
  g_remove (path);
}

int
q_test_get_exit_code (QMachine *machine)
{
  int exit_code;

  g_assert_true (q_machine_get_exit_code (machine, &exit_code));
  return exit_code;
}

GSocketClient *
q_test_make_client (void)
{
  GSocketClient *client = g_socket_client_new ();

  g_socket_client_set_enable_proxy (client, FALSE);
  return client;
}

guint16
q_test_find_port (GSocket **held)
{
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GSocket) socket
    = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

  g_assert_true (g_socket_bind (socket, any, FALSE, NULL));
  bound = g_socket_get_local_address (socket, NULL);
  if (held != NULL)
    {
      g_assert_true (g_socket_listen (socket, NULL));
      *held = g_steal_pointer (&socket);
    }

  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
}

const char *
q_test_get_base_dir (void)
{
  return base_dir;
}

static QMachine *
new_machine (const char *binary, const char *const *args)
{
  return g_object_new (Q_TYPE_MACHINE, "binary", binary, "args", args, "base-dir", base_dir, NULL);
}

const char *
q_test_get_binary (void)
{
  const char *binary = g_getenv ("QMACHINE_TEST_BINARY");

  return binary != NULL ? binary : "qemu-system-x86_64";
}

QMachine *
q_test_machine_none (void)
{
  static const char *const args[] = { "-machine", "none", NULL };

  return new_machine (q_test_get_binary (), args);
}

QMachine *
q_test_machine_guest (const char *image)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "guests", image, NULL);
  g_autofree char *drive = g_strdup_printf ("file=%s,format=raw,if=ide,snapshot=on", path);
  const char *const args[] = {
    "-accel", "tcg", "-nodefaults", "-m", "32", "-serial", "stdio", "-drive", drive, NULL,
  };

  return new_machine ("qemu-system-x86_64", args);
}

QMachine *
q_test_launch_shell (const char *commands, QConsole **console)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();

  q_machine_set_wrapper (machine, (const char *const[]){ "bash", "-c", commands, NULL });
  q_machine_set_monitor_mode (machine, Q_MONITOR_MODE_NONE);
  q_machine_add_console (machine, NULL, NULL, NULL);
  *console = q_machine_dup_console (machine);
  q_test_launch (machine);

  return g_steal_pointer (&machine);
}

QMachine *
q_test_machine_mock (const char *script)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "mock", "mock-qemu", NULL);
  const char *const args[] = { "-mock", script, NULL };

  return new_machine (path, args);
}

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;

  return n;
}

static guint
count_children (void)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task", (int)getpid ());
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *thread;
  guint n = 0;

  while (dir != NULL && (thread = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, thread, "children", NULL);
      g_autofree char *text = NULL;

      if (!g_file_get_contents (file, &text, NULL, NULL))
        continue;
      for (const char *p = text; *p != '\0'; p++)
        n += *p == ' ';
    }

  return n;
}

void
q_test_count_resources (QTestResources *resources)
{
  resources->n_fds = count_entries ("/proc/self/fd");
  resources->n_threads = count_entries ("/proc/self/task");
  resources->n_children = count_children ();
  resources->n_run_dirs = count_entries (base_dir);
}

void
q_test_assert_resources (const QTestResources *before)
{
  gint64 deadline = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  g_autoptr (GSource) wake_up = NULL;
  QTestResources now;

  /* What is dropped on the I/O thread, and GLib's worker that reaps, may be a moment behind. */
  for (;;)
    {
      /* GLib keeps threads that have no work for a while. */
      g_thread_pool_stop_unused_threads ();
      q_test_count_resources (&now);
      if ((now.n_fds <= before->n_fds && now.n_threads <= before->n_threads
           && now.n_children <= before->n_children && now.n_run_dirs <= before->n_run_dirs)
          || g_get_monotonic_time () > deadline)
        break;
      if (wake_up == NULL)
        wake_up = q_test_add_wake_up (NULL);
      g_main_context_iteration (NULL, TRUE);
    }
  if (wake_up != NULL)
    g_source_destroy (wake_up);

  g_assert_cmpuint (now.n_fds, <=, before->n_fds);
  g_assert_cmpuint (now.n_threads, <=, before->n_threads);
  g_assert_cmpuint (now.n_children, <=, before->n_children);
  g_assert_cmpuint (now.n_run_dirs, <=, before->n_run_dirs);
}

void
q_test_set_up (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) first = q_test_machine_none ();

  g_assert_true (q_machine_launch (first, NULL, NULL));
  g_assert_true (q_machine_kill (first, NULL, NULL));
  g_clear_object (&first);
  q_test_take_warnings (NULL);
  q_test_count_resources (&fixture->before);
}

void
q_test_tear_down (QTestFixture *fixture, gconstpointer data)
{
  q_test_assert_resources (&fixture->before);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 0);
}

gsize
q_test_get_rss (void)
{
  g_autofree char *text = NULL;
  gsize total = 0;
  gsize resident = 0;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%zu %zu", &total, &resident), ==, 2);

  return resident * (gsize)sysconf (_SC_PAGESIZE);
}

guint64
q_test_count_sleeps (const char *thread)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *comm_path = g_build_filename ("/proc/self/task", name, "comm", NULL);
      g_autofree char *status_path = g_build_filename ("/proc/self/task", name, "status", NULL);
      g_autofree char *comm = NULL;
      g_autofree char *status = NULL;
      const char *line;

      if (!g_file_get_contents (comm_path, &comm, NULL, NULL)
          || !g_str_equal (g_strstrip (comm), thread))
        continue;
      g_assert_true (g_file_get_contents (status_path, &status, NULL, NULL));
      line = strstr (status, "\nvoluntary_ctxt_switches:");
      g_assert_nonnull (line);
      return g_ascii_strtoull (strchr (line, ':') + 1, NULL, 10);
    }

  g_assert_not_reached ();
}

#ifdef __has_feature
#define HAS_FEATURE(feature) __has_feature (feature)
#else
#define HAS_FEATURE(feature) 0
#endif

gboolean
q_test_memory_counts (void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)                                  \
  || HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer)
  return FALSE;
#else
  /* What valgrind puts into the program that it runs. */
  const char *preloaded = g_getenv ("LD_PRELOAD");

  return preloaded == NULL || strstr (preloaded, "/vgpreload_") == NULL;
#endif
}

guint
q_test_take_warnings (char **last)
{
  guint n;

  g_mutex_lock (&warnings_lock);
  n = n_warnings;
  n_warnings = 0;
  if (last != NULL)
    *last = g_strdup (last_warning);
  g_mutex_unlock (&warnings_lock);

  return n;
}

typedef struct
{
  void (*func) (gpointer data);
  gpointer data;
} ThreadCall;

static gpointer
run_in_thread (gpointer data)
{
  ThreadCall *call = data;

  call->func (call->data);
  return NULL;
}

void
q_test_in_thread (void (*func) (gpointer data), gpointer data)
{
  ThreadCall call = { func, data };

  g_thread_join (g_thread_new ("test", run_in_thread, &call));
}

gboolean
q_test_process_exists (gint64 pid)
{
  return kill ((pid_t)pid, 0) == 0 || errno != ESRCH;
}

/* The same tests may run in another root of this host, and have processes of the same names. */
static gboolean
has_other_root (const char *process)
{
  g_autofree char *path = g_build_filename ("/proc", process, "root", NULL);
  g_autofree char *shell = g_build_filename (path, "bin", "sh", NULL);
  g_autofree char *root = g_file_read_link (path, NULL);

  /* A helper that shut itself in has no shell there. */
  return root != NULL && !g_str_equal (root, "/") && g_file_test (shell, G_FILE_TEST_EXISTS);
}

guint
q_test_count_processes (const char *text)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *entry;
  guint n = 0;

  while ((entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename ("/proc", entry, "cmdline", NULL);
      g_autofree char *command_line = NULL;
      gsize length;

      n += g_ascii_isdigit (entry[0]) && g_file_get_contents (file, &command_line, &length, NULL)
           && memmem (command_line, length, text, strlen (text)) != NULL && !has_other_root (entry);
    }

  return n;
}

gboolean
q_test_is_long (void)
{
  return g_getenv ("QMACHINE_TEST_LONG") != NULL;
}
