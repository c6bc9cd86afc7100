/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Nothing of a launch gets away, whatever stands between the library and QEMU and however the
 * program ends. */

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "q-test-util.h"

/* The promise: nothing is left a second after the program, where nothing else has the
 * processors. */
#define SURVIVAL_MS (q_test_is_long () ? 1000 : 10000)

#define N_TRIES 3
#define N_TRIES_LONG 200

/* -- what stands between -- */

#define NOBODY "65534"

typedef struct
{
  const char *name;
  gboolean needs_root;
  const char *wrapper[16];
  const char *args[4];
  const char *script; /* nullable: the binary, instead of QEMU */
  gboolean leaves_something;
} Way;

static const Way ways[] = {
  { "nothing", FALSE, { NULL } },
  { "script", FALSE, { NULL }, { NULL }, "#!/bin/sh\nqemu-system-x86_64 \"$@\"\n" },
  { "script-in-background",
    FALSE,
    { NULL },
    { NULL },
    "#!/bin/sh\nqemu-system-x86_64 \"$@\" &\nwait\n" },
  /* At each moment another process, which forks the next one and ends. */
  { "runner",
    FALSE,
    { NULL },
    { NULL },
    "#!/bin/sh\n"
    "if [ \"$1\" = run ]; then \"$0\" \"$@\" & exit 0; fi\n"
    "\"$0\" run \"$@\" &\n"
    "exec qemu-system-x86_64 \"$@\"\n",
    TRUE },
  { "shell", FALSE, { "sh", "-c", "\"$@\"; exit $?", "sh" } },
  { "shell-that-leaves", FALSE, { "sh", "-c", "\"$@\" & exit 0", "sh" } },
  { "double-fork", FALSE, { "sh", "-c", "(\"$@\" &) & exit 0", "sh" } },
  { "session", FALSE, { "setsid", "-f" } },
  { "session-that-waits", FALSE, { "setsid", "-w" } },
  { "user", TRUE, { "setpriv", "--reuid", NOBODY, "--clear-groups" } },
  { "user-and-group", TRUE, { "setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups" } },
  { "user-of-qemu", TRUE, { NULL }, { "-runas", "nobody" } },
  { "namespace", TRUE, { "unshare", "--pid", "--fork" } },
  { "nested",
    TRUE,
    { "setsid", "-f", "sh", "-c", "\"$@\" & wait", "sh", "setsid", "-w", "setpriv", "--reuid",
      NOBODY, "--clear-groups" } },
};

static gboolean
can_go (const Way *way)
{
  if (!way->needs_root || getuid () == 0)
    return TRUE;

  g_test_skip ("needs root");
  return FALSE;
}

static char *
write_script (const char *text)
{
  static guint counter;
  const char *dir = g_getenv ("OWNER_DIR");
  g_autofree char *file = g_strdup_printf ("script-%u", counter++);
  char *path = g_build_filename (dir != NULL ? dir : q_test_get_base_dir (), file, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0755, &error);
  g_assert_no_error (error);
  return path;
}

/* A name that no other machine has had, to find its processes by. */
static char *
new_name (void)
{
  static guint counter;

  return g_strdup_printf ("qmt-kept-%d-%u.", (int)getpid (), counter++);
}

/* A younger QEMU has another option for it. */
static const char *const run_with[] = { "-run-with", "user=nobody", NULL };

static gboolean
has_runas (void)
{
  static char *help;

  if (help == NULL)
    g_assert_true (g_spawn_command_line_sync ("qemu-system-x86_64 -help", &help, NULL, NULL, NULL));
  return strstr (help, "-runas") != NULL;
}

static QMachine *
new_machine (const Way *way, const char *name, char **script)
{
  QMachine *machine = q_test_machine_none ();
  const char *const args[] = { "-name", name, NULL };

  *script = way->script != NULL ? write_script (way->script) : NULL;
  if (*script != NULL)
    g_object_set (machine, "binary", *script, NULL);
  if (way->wrapper[0] != NULL)
    g_object_set (machine, "wrapper", way->wrapper, NULL);
  q_machine_add_args (machine, args);
  q_machine_add_args (machine, way->args[0] != NULL && !has_runas () ? run_with : way->args);

  return machine;
}

/* -- looking for processes -- */

static char *
get_command (gint64 pid)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/comm", pid);
  char *text = NULL;

  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  return g_strchomp (text);
}

/* -- the calls that end it -- */

static void
test_kill (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *name = new_name ();
  g_autofree char *script = NULL;
  g_autoptr (QMachine) machine = NULL;
  g_autoptr (GError) error = NULL;

  if (!can_go (data))
    return;
  machine = new_machine (data, name, &script);
  q_test_launch (machine);
  g_assert_cmpuint (q_test_count_processes (name), >=, 1);
  g_assert_true (q_machine_kill (machine, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (q_test_count_processes (name), ==, 0);
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
  if (script != NULL)
    g_unlink (script);
}

static void
test_dropped (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *name = new_name ();
  g_autofree char *script = NULL;
  g_autoptr (QMachine) machine = NULL;

  if (!can_go (data))
    return;
  machine = new_machine (data, name, &script);
  q_test_launch (machine);
  g_assert_cmpuint (q_test_count_processes (name), >=, 1);
  q_test_assert_last_unref (machine);
  g_assert_cmpuint (q_test_count_processes (name), ==, 0);
  if (script != NULL)
    g_unlink (script);
}

/* All at once, as each takes the whole ladder. */
static void
test_forced (QTestFixture *fixture, gconstpointer data)
{
  char *names[G_N_ELEMENTS (ways)] = { NULL };
  char *scripts[G_N_ELEMENTS (ways)] = { NULL };
  QMachine *machines[G_N_ELEMENTS (ways)] = { NULL };
  GAsyncResult *results[G_N_ELEMENTS (ways)] = { NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      if (ways[i].needs_root && getuid () != 0)
        continue;
      names[i] = new_name ();
      machines[i] = new_machine (&ways[i], names[i], &scripts[i]);
      g_object_set (machines[i], "shutdown-timeout", 100, NULL);
      q_test_launch (machines[i]);
      g_assert_cmpint (kill ((pid_t)q_machine_get_pid (machines[i]), SIGSTOP), ==, 0);
      q_machine_shutdown_async (machines[i], Q_TIMEOUT_DEFAULT, NULL, q_test_store_result,
                                &results[i]);
    }

  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;

      if (machines[i] == NULL)
        continue;
      result = q_test_await (&results[i]);
      g_assert_false (q_machine_shutdown_finish (machines[i], result, &error));
      g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN);
      g_assert_cmpuint (q_test_count_processes (names[i]), ==, 0);
      if (scripts[i] != NULL)
        g_unlink (scripts[i]);
      g_object_unref (machines[i]);
      g_free (scripts[i]);
      g_free (names[i]);
    }
}

/* Whatever stands before it, this is QEMU; and in good order nothing is forced or named. */
static void
test_pid (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *name = new_name ();
  g_autofree char *script = NULL;
  g_autofree char *command = NULL;
  g_autofree char *log = NULL;
  g_autoptr (QMachine) machine = NULL;

  if (!can_go (data))
    return;
  machine = new_machine (data, name, &script);
  q_test_launch (machine);
  command = get_command (q_machine_get_pid (machine));
  g_assert_true (g_str_has_prefix (command, "qemu-system"));
  q_test_shutdown (machine);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
  g_assert_cmpuint (q_test_count_processes (name), ==, 0);
  log = q_machine_dup_log (machine);
  g_assert_null (strstr (log, "qmachine: "));
  if (script != NULL)
    g_unlink (script);
}

/* -- the program ends -- */

#define OWNER_ARG "--owner"

/* --owner WAY FORKS: launches, tells it and stays until its standard input ends. The name is in
 * the environment, as its own command line is not to be found by it. */
static int
own_a_machine (const Way *way, gboolean forks)
{
  g_autofree char *script = NULL;
  g_autoptr (QMachine) machine = new_machine (way, g_getenv ("OWNER_NAME"), &script);
  g_autoptr (GError) error = NULL;
  char c;

  g_object_set (machine, "base-dir", g_getenv ("OWNER_DIR"), NULL);
  q_machine_launch (machine, NULL, &error);
  g_assert_no_error (error);

  /* It holds copies of all descriptors, and lives on. */
  if (!forks || fork () > 0)
    {
      printf ("up\n");
      fflush (stdout);
    }
  while (read (STDIN_FILENO, &c, 1) > 0)
    continue;
  if (forks)
    _exit (0);

  return 0;
}

static void
kill_owner (const Way *way, gboolean forks)
{
  g_autoptr (GSubprocessLauncher) launcher
    = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autofree char *name = new_name ();
  g_autofree char *index = g_strdup_printf ("%d", (int)(way - ways));
  g_autofree char *dir = g_build_filename (q_test_get_base_dir (), "owned-XXXXXX", NULL);
  g_autoptr (GSubprocess) owner = NULL;
  g_autoptr (GError) error = NULL;
  gint64 deadline;
  char answer[3];

  g_assert_nonnull (g_mkdtemp (dir));
  g_subprocess_launcher_setenv (launcher, "OWNER_NAME", name, TRUE);
  g_subprocess_launcher_setenv (launcher, "OWNER_DIR", dir, TRUE);
  owner = g_subprocess_launcher_spawn (launcher, &error, "/proc/self/exe", OWNER_ARG, index,
                                       forks ? "forks" : "", NULL);
  g_assert_no_error (error);
  g_assert_true (
    g_input_stream_read_all (g_subprocess_get_stdout_pipe (owner), answer, 3, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (answer, 3, "up\n", 3);
  g_assert_cmpuint (q_test_count_processes (name), >=, 1);

  g_subprocess_force_exit (owner);
  deadline = g_get_monotonic_time () + SURVIVAL_MS * 1000;
  while (q_test_count_processes (name) > 0 && g_get_monotonic_time () < deadline)
    g_usleep (5000);
  g_assert_cmpuint (q_test_count_processes (name), ==, 0);
  g_assert_true (g_subprocess_wait (owner, NULL, &error));
  g_assert_no_error (error);
  q_test_remove_tree (dir);
}

static void
test_program_killed (gconstpointer data)
{
  guint n_tries = q_test_is_long () ? N_TRIES_LONG : N_TRIES;

  for (guint i = 0; i < n_tries && can_go (data); i++)
    kill_owner (data, FALSE);
}

static void
test_program_killed_with_forked_child (void)
{
  kill_owner (&ways[0], TRUE);
}

/* -- what may not be killed -- */

static char *
copy_file (const char *source, const char *name, int mode)
{
  char *path = g_build_filename (q_test_get_base_dir (), name, NULL);
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_file_get_contents (source, &content, &length, &error);
  g_assert_no_error (error);
  g_file_set_contents_full (path, content, (gssize)length, G_FILE_SET_CONTENTS_NONE, 0755, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
  return path;
}

static void
assert_defied (QMachine *machine, gboolean (*call) (QMachine *, GCancellable *, GError **),
               const char *call_name)
{
  g_autofree char *name = g_strdup_printf ("%s: process %" G_GINT64_FORMAT " (qemu-system",
                                           call_name, q_machine_get_pid (machine));
  g_autoptr (GError) error = NULL;

  g_assert_false (call (machine, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, name));
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPING);
}

static gboolean
shut_down (QMachine *machine, GCancellable *cancellable, GError **error)
{
  return q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, cancellable, error);
}

/* The program is nobody's, and a set-user-ID wrapper makes QEMU root's. */
static void
defy (void)
{
  g_autofree char *helper = copy_file (g_getenv ("QMACHINE_EXEC_HELPER"), "helper", 0755);
  g_autofree char *setpriv = copy_file ("/usr/bin/setpriv", "setpriv", 04755);
  const char *const wrapper[] = { setpriv, "--reuid", "0", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  g_autofree char *reply = NULL;
  g_autoptr (GError) error = NULL;
  GAsyncResult *pending = NULL;

  g_assert_true (g_setenv ("QMACHINE_EXEC_HELPER", helper, TRUE));
  g_assert_cmpint (chown (q_test_get_base_dir (), 65534, 65534), ==, 0);
  g_assert_cmpint (setgroups (0, NULL), ==, 0);
  g_assert_cmpint (setresgid (65534, 65534, 65534), ==, 0);
  g_assert_cmpint (setresuid (65534, 65534, 65534), ==, 0);

  g_object_set (machine, "wrapper", wrapper, NULL);
  q_test_launch (machine);
  g_assert_cmpint (kill ((pid_t)q_machine_get_pid (machine), SIGKILL), ==, -1);
  q_machine_wait_async (machine, -1, NULL, q_test_store_result, &pending);
  assert_defied (machine, q_machine_kill, "kill");
  assert_defied (machine, q_machine_kill, "kill");
  assert_defied (machine, shut_down, "shutdown");
  address = q_machine_dup_listen_address (machine);
  g_assert_true (g_file_test (g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (address)),
                              G_FILE_TEST_EXISTS));
  g_assert_null (pending);

  reply = q_machine_command_json (machine, "quit", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  result = q_test_await (&pending);
  g_assert_true (q_machine_wait_finish (machine, result, &error));
  g_assert_no_error (error);
  g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_STOPPED);
  g_assert_cmpint (q_test_get_exit_code (machine), ==, 0);
  g_assert_true (q_machine_kill (machine, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_unlink (helper), ==, 0);
  g_assert_cmpint (g_unlink (setpriv), ==, 0);
}

static void
test_defied (void)
{
  if (g_test_subprocess ())
    {
      defy ();
      return;
    }
  if (getuid () != 0)
    {
      g_test_skip ("needs root");
      return;
    }

  g_test_trap_subprocess (NULL, Q_TEST_DEADLINE_MS * 1000LL, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
}

int
main (int argc, char *argv[])
{
  if (argc == 4 && g_str_equal (argv[1], OWNER_ARG))
    return own_a_machine (&ways[g_ascii_strtoll (argv[2], NULL, 10)], argv[3][0] != '\0');

  q_test_init (&argc, &argv);

#define ADD(path, data, func)                                                                      \
  g_test_add (path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)
  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autofree char *kill_path = g_strconcat ("/escapes/kill/", ways[i].name, NULL);
      g_autofree char *dropped = g_strconcat ("/escapes/dropped/", ways[i].name, NULL);
      g_autofree char *pid = g_strconcat ("/escapes/pid/", ways[i].name, NULL);
      g_autofree char *killed = g_strconcat ("/escapes/program-killed/", ways[i].name, NULL);

      ADD (kill_path, &ways[i], test_kill);
      ADD (dropped, &ways[i], test_dropped);
      /* Nor can it be said how long a chase takes on a busy machine. */
      if (ways[i].leaves_something)
        continue;
      ADD (pid, &ways[i], test_pid);
      g_test_add_data_func (killed, &ways[i], test_program_killed);
    }
  ADD ("/escapes/forced", NULL, test_forced);
  g_test_add_func ("/escapes/program-killed/with-forked-child",
                   test_program_killed_with_forked_child);
  g_test_add_func ("/escapes/defied", test_defied);

  return g_test_run ();
}
