/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Other users of the host, and text that is more than it seems: what docs/security.md promises.
 * That no descriptor of the program reaches QEMU is in test-parent-death.c, and what a peer may
 * send in the tests of sessions. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "q-test-util.h"

#define STRANGER 65534

static char *program;

/* -- the stranger: this program once more, as another user -- */

static void
must_be_refused (const char *what, int result)
{
  if (result >= 0 || (errno != EACCES && errno != EPERM))
    {
      printf ("%s: %s\n", what, result >= 0 ? "allowed" : g_strerror (errno));
      exit (1);
    }
}

static int
connect_to (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  return connect (fd, (struct sockaddr *)&address, sizeof address);
}

/* DIRECTORY SOCKET LOG: of a machine that runs. */
static int
stranger_intrudes (char **argv)
{
  const char *dir = argv[0];
  g_autofree char *parent = g_path_get_dirname (dir);
  g_autofree char *elsewhere = g_strconcat (dir, "-", NULL);
  g_autofree char *file = g_build_filename (dir, "file", NULL);
  struct stat info;
  DIR *open_parent = opendir (parent);

  /* So much is allowed: what follows is refused for no other reason. */
  if (open_parent == NULL || closedir (open_parent) < 0 || stat (dir, &info) < 0)
    {
      printf ("%s: %s\n", parent, g_strerror (errno));
      return 1;
    }

  must_be_refused ("opendir", opendir (dir) != NULL ? 0 : -1);
  must_be_refused ("chdir", chdir (dir));
  must_be_refused ("stat", stat (argv[1], &info));
  must_be_refused ("connect", connect_to (argv[1]));
  must_be_refused ("read the log", open (argv[2], O_RDONLY | O_CLOEXEC));
  must_be_refused ("write the log", open (argv[2], O_WRONLY | O_CLOEXEC));
  must_be_refused ("make a file", open (file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  must_be_refused ("remove the socket", unlink (argv[1]));
  must_be_refused ("rename", rename (dir, elsewhere));
  must_be_refused ("chmod", chmod (dir, 0777));
  return 0;
}

static void
make_file (const char *path)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

  if (fd < 0 || close (fd) < 0)
    exit (1);
}

/* BASE VICTIM: names like those of run directories, long abandoned. */
static int
stranger_plants (char **argv)
{
  const struct timespec long_ago[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
  g_autofree char *dir = g_build_filename (argv[0], "qmachine-AAAAAA", NULL);
  g_autofree char *log = g_build_filename (dir, "qemu.log", NULL);
  g_autofree char *link = g_build_filename (argv[0], "qmachine-BBBBBB", NULL);
  g_autofree char *file = g_build_filename (argv[0], "qmachine-CCCCCC", NULL);

  if (mkdir (dir, 0700) < 0 || symlink (argv[1], link) < 0)
    return 1;
  make_file (log);
  make_file (file);
  if (utimensat (AT_FDCWD, dir, long_ago, 0) < 0
      || utimensat (AT_FDCWD, link, long_ago, AT_SYMLINK_NOFOLLOW) < 0)
    return 1;
  return 0;
}

/* PATH: answers there until its standard input ends. */
static int
stranger_listens (char **argv)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char c;

  g_strlcpy (address.sun_path, argv[0], sizeof address.sun_path);
  if (bind (fd, (struct sockaddr *)&address, sizeof address) < 0 || listen (fd, 1) < 0
      || chmod (argv[0], 0777) < 0)
    return 1;
  puts ("ready");
  fflush (stdout);
  while (read (STDIN_FILENO, &c, 1) > 0)
    continue;
  return 0;
}

static const struct
{
  const char *name;
  int (*run) (char **argv);
} deeds[] = {
  { "intrudes", stranger_intrudes },
  { "plants", stranger_plants },
  { "listens", stranger_listens },
};

/* --stranger DEED ARGUMENT... */
static int
be_a_stranger (char **argv)
{
  if (setgroups (0, NULL) < 0 || setresgid (STRANGER, STRANGER, STRANGER) < 0
      || setresuid (STRANGER, STRANGER, STRANGER) < 0)
    return 1;
  for (gsize i = 0; i < G_N_ELEMENTS (deeds); i++)
    if (g_str_equal (deeds[i].name, argv[0]))
      return deeds[i].run (argv + 1);
  return 1;
}

static gboolean
can_be_a_stranger (void)
{
  if (geteuid () == 0)
    return TRUE;

  g_test_skip ("only root can become another user");
  return FALSE;
}

static void
let_a_stranger (const char *deed, const char *first, const char *second, const char *third)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;
  g_autoptr (GSubprocess) stranger
    = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, "--stranger", deed, first,
                        second, third, NULL);

  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (stranger, NULL, NULL, &output, NULL, &error));
  g_assert_no_error (error);
  if (!g_subprocess_get_successful (stranger))
    g_error ("the stranger %s: %s", deed, output);
}

/* -- directories -- */

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    dir = g_dir_open (path, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_assert_cmpint (g_remove (path), ==, 0);
}

/* Where everybody may make files, as in /var/tmp. A name is good for one test: the library looks
 * for abandoned directories once in each place. */
static char *
make_shared_dir (const char *name)
{
  char *path = g_build_filename (q_test_get_base_dir (), name, NULL);

  g_assert_cmpint (g_chmod (q_test_get_base_dir (), 0711), ==, 0);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_cmpint (g_chmod (path, 01777), ==, 0);
  return path;
}

static char *
get_socket_path (QMachine *machine)
{
  g_autoptr (GSocketAddress) address = q_machine_dup_listen_address (machine);

  return g_strdup (g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (address)));
}

/* -- other users -- */

static void
test_run_dir_is_private (QTestFixture *fixture, gconstpointer data)
{
  const gboolean modes[] = { TRUE, FALSE };
  g_autofree char *base = NULL;

  if (!can_be_a_stranger ())
    return;

  base = make_shared_dir ("private");
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (QMachine) machine = q_test_machine_none ();
      g_autofree char *socket_path = NULL;
      g_autofree char *dir = NULL;
      g_autofree char *log = NULL;
      GStatBuf info;
      mode_t mask = umask (0);

      /* Even with a careless umask. */
      g_object_set (machine, "base-dir", base, "name", "m", "exit-with-parent", modes[i], NULL);
      q_test_launch (machine);
      umask (mask);
      socket_path = get_socket_path (machine);
      dir = g_path_get_dirname (socket_path);
      log = g_build_filename (dir, "m.log", NULL);
      g_assert_cmpint (g_stat (dir, &info), ==, 0);
      /* The sticky bit lets nobody in: it marks what may be swept one day. */
      g_assert_cmpuint (info.st_mode & 07777, ==, modes[i] ? 01700 : 0700);
      g_assert_cmpint (g_stat (log, &info), ==, 0);
      g_assert_cmpuint (info.st_mode & 07777, ==, 0600);

      let_a_stranger ("intrudes", dir, socket_path, log);
      q_test_assert_running (machine);
      q_test_shutdown (machine);
    }
  g_assert_cmpint (g_rmdir (base), ==, 0);
}

/* What looks like an abandoned run directory and is another user's, or leads elsewhere, is neither
 * used nor removed. */
static void
test_planted_run_dirs (QTestFixture *fixture, gconstpointer data)
{
  const struct timespec long_ago[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
  static const char *const planted[]
    = { "qmachine-AAAAAA", "qmachine-AAAAAA/qemu.log", "qmachine-BBBBBB", "qmachine-CCCCCC" };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *victim = g_build_filename (q_test_get_base_dir (), "victim", NULL);
  g_autofree char *precious = g_build_filename (victim, "precious.log", NULL);
  g_autofree char *base = NULL;
  g_autofree char *socket_path = NULL;
  g_autofree char *dir = NULL;
  GStatBuf info;

  if (!can_be_a_stranger ())
    return;

  /* Ours, private and old: it would do for an abandoned one, were it not for the link. */
  g_assert_cmpint (g_mkdir (victim, 0700), ==, 0);
  g_assert_true (g_file_set_contents (precious, "years of work", -1, NULL));
  g_assert_cmpint (utimensat (AT_FDCWD, victim, long_ago, 0), ==, 0);
  base = make_shared_dir ("planted-dirs");
  let_a_stranger ("plants", base, victim, NULL);

  g_object_set (machine, "base-dir", base, NULL);
  q_test_launch (machine);
  socket_path = get_socket_path (machine);
  dir = g_path_get_dirname (socket_path);
  g_assert_cmpint (g_lstat (dir, &info), ==, 0);
  g_assert_cmpuint (info.st_uid, ==, geteuid ());
  q_test_shutdown (machine);

  for (gsize i = 0; i < G_N_ELEMENTS (planted); i++)
    {
      g_autofree char *path = g_build_filename (base, planted[i], NULL);

      g_assert_cmpint (g_lstat (path, &info), ==, 0);
      g_assert_cmpuint (info.st_uid, ==, STRANGER);
    }
  g_assert_true (g_file_test (precious, G_FILE_TEST_EXISTS));
  remove_tree (victim);
  remove_tree (base);
}

static const QMonitorMode monitor_modes[] = { Q_MONITOR_MODE_INHERIT, Q_MONITOR_MODE_LISTEN };

static void
assert_refused (QMachine *machine, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  if (strstr (error->message, text) == NULL)
    g_error ("no \"%s\" in: %s", text, error->message);
}

/* Somebody else who answers at the path that the user chose is not taken for QEMU. */
static void
test_planted_listener (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *base = NULL;
  g_autofree char *path = NULL;
  g_autofree char *line = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSubprocess) stranger = NULL;
  g_autoptr (GDataInputStream) output = NULL;
  g_autoptr (GError) error = NULL;
  GStatBuf info;

  if (!can_be_a_stranger ())
    return;

  base = make_shared_dir ("listener");
  path = g_build_filename (base, "monitor", NULL);
  address = g_unix_socket_address_new (path);
  stranger = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDIN_PIPE,
                               &error, program, "--stranger", "listens", path, NULL);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (stranger));
  line = g_data_input_stream_read_line (output, NULL, NULL, &error);
  g_assert_cmpstr (line, ==, "ready");

  for (gsize i = 0; i < G_N_ELEMENTS (monitor_modes); i++)
    {
      g_autoptr (QMachine) machine = q_test_machine_none ();

      g_object_set (machine, "monitor-mode", monitor_modes[i], "monitor-address", address, NULL);
      assert_refused (machine, "listens there already");
      g_assert_cmpint (g_lstat (path, &info), ==, 0);
      g_assert_cmpuint (info.st_uid, ==, STRANGER);
    }

  g_assert_true (g_output_stream_close (g_subprocess_get_stdin_pipe (stranger), NULL, &error));
  g_assert_true (g_subprocess_wait_check (stranger, NULL, &error));
  g_assert_no_error (error);
  remove_tree (base);
}

/* -- what lies at a path that the user chose -- */

typedef struct
{
  const char *name;
  mode_t type;        /* for mknod () and mkdir () */
  const char *target; /* for a link */
} Planted;

static const Planted planted_things[] = {
  { "file", S_IFREG, NULL },
  { "directory", S_IFDIR, NULL },
  { "pipe", S_IFIFO, NULL },
  { "link-to-file", S_IFLNK, "victim" },
  { "link-to-nothing", S_IFLNK, "no" },
  { "link-to-directory", S_IFLNK, "." },
};

static void
plant (const Planted *it, const char *path)
{
  if (it->type == S_IFDIR)
    g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  else if (it->type == S_IFLNK)
    g_assert_cmpint (symlink (it->target, path), ==, 0);
  else
    g_assert_cmpint (mknod (path, it->type | 0600, 0), ==, 0);
}

/* At the monitor's path, and at the log's where that is no file already. */
static void
test_planted (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *victim = g_build_filename (q_test_get_base_dir (), "victim", NULL);
  g_autofree char *nothing = g_build_filename (q_test_get_base_dir (), "no", NULL);
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "planted", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  g_assert_true (g_file_set_contents (victim, "years of work", -1, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (planted_things); i++)
    {
      const Planted *it = &planted_things[i];
      g_autofree char *content = NULL;
      GStatBuf before;
      GStatBuf after;

      g_test_message ("%s", it->name);
      plant (it, path);
      g_assert_cmpint (g_lstat (path, &before), ==, 0);
      for (gsize j = 0; j < G_N_ELEMENTS (monitor_modes); j++)
        {
          g_autoptr (QMachine) machine = q_test_machine_none ();

          g_object_set (machine, "monitor-mode", monitor_modes[j], "monitor-address", address,
                        NULL);
          assert_refused (machine, "is there already, and is no socket");
        }
      if (it->type != S_IFREG)
        {
          g_autoptr (QMachine) machine = q_test_machine_none ();

          g_object_set (machine, "log-path", path, NULL);
          assert_refused (machine, "log-path");
        }

      g_assert_cmpint (g_lstat (path, &after), ==, 0);
      g_assert_cmpuint (after.st_ino, ==, before.st_ino);
      g_assert_cmpuint (after.st_mode, ==, before.st_mode);
      g_assert_true (g_file_get_contents (victim, &content, NULL, NULL));
      g_assert_cmpstr (content, ==, "years of work");
      g_assert_false (g_file_test (nothing, G_FILE_TEST_EXISTS));
      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_assert_cmpint (g_unlink (victim), ==, 0);
}

/* -- no shell -- */

/* %s is the path of a file that nobody should make. */
static const char *const shell_texts[] = {
  "$(touch '%s')",
  "`touch '%s'`",
  "; touch '%s'",
  "&& touch '%s' #",
  "| touch '%s'",
  "\n touch '%s'\n",
  "> '%s'",
  "'; touch '%s'; '",
  "\"; touch '%s'; \"",
  "$HOME",
  "~",
  "*",
  "${IFS}",
  "%n",
  "\\",
  "",
  " ",
  "--",
  "-c",
};

static GStrv
make_shell_texts (const char *file)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (shell_texts); i++)
    {
      g_auto (GStrv) parts = g_strsplit (shell_texts[i], "%s", -1);
      g_autofree char *text = g_strjoinv (file, parts);

      g_strv_builder_add (builder, text);
    }
  return g_strv_builder_end (builder);
}

/* What stands in for QEMU prints what it was given. */
static void
test_no_shell (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *file = g_build_filename (q_test_get_base_dir (), "made", NULL);
  g_auto (GStrv) texts = make_shell_texts (file);
  g_autoptr (QMachine) machine
    = q_test_machine_mock ("print-args; negotiate; expect query-status; reply {}; serve; exit 0");
  g_autofree char *assignment = g_strconcat ("NOBODYS=", texts[0], NULL);
  const char *const wrapper[] = { "env", assignment, NULL };
  g_autoptr (GString) expected = g_string_new (NULL);
  g_auto (GStrv) command_line = NULL;
  g_autofree char *log = NULL;
  guint n;

  q_machine_add_args (machine, (const char *const *)texts);
  g_object_set (machine, "wrapper", wrapper, "name", "$(touch m); `x` & *", NULL);
  q_test_launch (machine);
  q_test_shutdown (machine);

  command_line = q_machine_dup_command_line (machine);
  n = g_strv_length (command_line);
  for (guint i = 0; i < g_strv_length (texts); i++)
    g_assert_cmpstr (command_line[n - g_strv_length (texts) + i], ==, texts[i]);
  for (guint i = g_strv_length ((GStrv)wrapper); i < n; i++)
    g_string_append_printf (expected, "arg: %s\n", command_line[i]);
  log = q_machine_dup_log (machine);
  g_assert_cmpstr (log, ==, expected->str);
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
}

/* What an error shows of the command line can be given to a shell, and is that command line. */
static void
test_shown_command_line (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *file = g_build_filename (q_test_get_base_dir (), "made", NULL);
  g_auto (GStrv) texts = make_shell_texts (file);
  g_autoptr (QMachine) machine = q_test_machine_mock ("exit 3");
  static const char begin[] = "Command line: ";
  g_auto (GStrv) command_line = NULL;
  g_auto (GStrv) shown = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) bad = NULL;
  const char *start;

  q_machine_add_args (machine, (const char *const *)texts);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  start = strstr (error->message, begin);
  g_assert_nonnull (start);
  start += strlen (begin);
  text = g_strndup (start, strstr (start, "\nOutput:") - start);
  g_assert_true (g_shell_parse_argv (text, NULL, &shown, &bad));
  g_assert_no_error (bad);
  command_line = q_machine_dup_command_line (machine);
  g_assert_true (g_strv_equal ((const char *const *)shown, (const char *const *)command_line));
}

/* -- no options in values -- */

static const char *const option_texts[] = {
  "a,server=off",   "a,,b",   ",",      "=",     "fd=0",        "id=other,path=elsewhere",
  "a\nserver=off",  "-S",     "--help", "?",     "help",        "a b\"c'd",
  "a,logfile=made", "on,off", "%s%n",   "a=b,c", "caf\xc3\xa9",
};

static JsonArray *
query (QMachine *machine, const char *command, JsonNode **reply)
{
  g_autoptr (GError) error = NULL;

  *reply = q_machine_command (machine, command, NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  return json_node_get_array (*reply);
}

/* The monitor, which listens at this path, and QEMU's own three, and no other. */
static void
assert_chardevs (QMachine *machine, const char *path)
{
  g_autofree char *expected = g_strdup_printf ("unix:%s,server=on", path);
  g_autoptr (JsonNode) reply = NULL;
  JsonArray *all = query (machine, "query-chardev", &reply);
  gboolean found = FALSE;

  for (guint i = 0; i < json_array_get_length (all); i++)
    {
      JsonObject *one = json_array_get_object_element (all, i);
      const char *label = json_object_get_string_member (one, "label");
      const char *filename = json_object_get_string_member (one, "filename");

      if (g_str_equal (label, "mon"))
        {
          /* Where a client is connected it says `disconnected:` no more, but the path. */
          if (strstr (filename, path) == NULL)
            g_error ("the monitor is at %s, not %s", filename, expected);
          found = TRUE;
        }
      else if (!g_str_equal (label, "parallel0") && !g_str_equal (label, "serial0")
               && !g_str_equal (label, "compat_monitor0"))
        g_error ("a character device %s: %s", label, filename);
    }
  g_assert_true (found);
}

static void
test_monitor_path (QTestFixture *fixture, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (option_texts); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (monitor_modes); j++)
      {
        g_autofree char *path = g_build_filename (q_test_get_base_dir (), option_texts[i], NULL);
        g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
        g_autoptr (QMachine) machine = q_test_machine_none ();
        GStatBuf info;

        g_object_set (machine, "monitor-mode", monitor_modes[j], "monitor-address", address, NULL);
        q_test_launch (machine);
        g_assert_cmpint (g_lstat (path, &info), ==, 0);
        g_assert_true (S_ISSOCK (info.st_mode));
        assert_chardevs (machine, path);
        q_test_shutdown (machine);
        g_assert_cmpint (g_lstat (path, &info), <, 0);
      }
}

/* They are only in names of files. */
static void
test_name_and_base_dir (QTestFixture *fixture, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (option_texts); i++)
    {
      g_autofree char *base = g_build_filename (q_test_get_base_dir (), option_texts[i], NULL);
      g_autofree char *suffix = g_strdup_printf ("/%s.monitor", option_texts[i]);
      g_autoptr (QMachine) machine = q_test_machine_none ();
      g_autofree char *path = NULL;

      g_assert_cmpint (g_mkdir (base, 0700), ==, 0);
      g_object_set (machine, "base-dir", base, "name", option_texts[i], NULL);
      q_test_launch (machine);
      path = get_socket_path (machine);
      g_assert_true (g_str_has_prefix (path, base));
      g_assert_true (g_str_has_suffix (path, suffix));
      assert_chardevs (machine, path);
      g_assert_cmpint (q_machine_get_run_state (machine), ==, Q_RUN_STATE_RUNNING);
      q_test_shutdown (machine);
      g_assert_cmpint (g_rmdir (base), ==, 0);
    }
}

static void
test_log_path (QTestFixture *fixture, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (option_texts); i++)
    {
      g_autofree char *dir = g_build_filename (q_test_get_base_dir (), "logs", NULL);
      g_autofree char *path = g_build_filename (dir, option_texts[i], NULL);
      g_autoptr (QMachine) machine = q_test_machine_none ();

      g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
      g_object_set (machine, "log-path", path, NULL);
      q_test_launch (machine);
      q_test_shutdown (machine);
      /* It, and nothing beside it. */
      g_assert_cmpint (g_unlink (path), ==, 0);
      g_assert_cmpint (g_rmdir (dir), ==, 0);
    }
}

static void
test_console_log (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *image = g_test_build_filename (G_TEST_BUILT, "guests", "hello.img", NULL);
  g_autofree char *drive = g_strdup_printf ("file=%s,format=raw,if=ide,snapshot=on", image);
  const char *const args[] = { "-accel", "tcg", "-nodefaults", "-m", "32", "-drive", drive, NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (option_texts); i++)
    {
      g_autofree char *dir = g_build_filename (q_test_get_base_dir (), "logs", NULL);
      g_autofree char *path = g_build_filename (dir, option_texts[i], NULL);
      g_autoptr (QMachine) machine = q_test_machine_none ();
      g_autofree char *text = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
      q_machine_add_console (machine, NULL, NULL, NULL);
      g_object_set (machine, "binary", "qemu-system-x86_64", "args", args, "console-log", path,
                    NULL);
      q_test_launch_guest (machine);
      g_assert_true (q_machine_wait (machine, -1, NULL, &error));
      g_assert_no_error (error);
      g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
      g_assert_cmpstr (text, ==, "hello from the guest\r\n");
      g_assert_cmpint (g_unlink (path), ==, 0);
      g_assert_cmpint (g_rmdir (dir), ==, 0);
    }
}

static void
test_opaque (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (JsonNode) reply = NULL;
  g_autoptr (GError) error = NULL;
  int own_fds[G_N_ELEMENTS (option_texts)];
  JsonArray *sets;

  /* All open at once, for each has to have a number of its own. */
  for (guint i = 0; i < G_N_ELEMENTS (option_texts); i++)
    {
      own_fds[i] = open ("/dev/null", O_RDONLY | O_CLOEXEC);
      g_assert_true (q_machine_add_fd (machine, own_fds[i], (int)i, option_texts[i], NULL, &error));
      g_assert_no_error (error);
    }
  q_test_launch (machine);
  sets = query (machine, "query-fdsets", &reply);
  g_assert_cmpuint (json_array_get_length (sets), ==, G_N_ELEMENTS (option_texts));
  for (guint i = 0; i < json_array_get_length (sets); i++)
    {
      JsonObject *set = json_array_get_object_element (sets, i);
      JsonArray *fds = json_object_get_array_member (set, "fds");
      JsonObject *fd = json_array_get_object_element (fds, 0);

      g_assert_cmpuint (json_array_get_length (fds), ==, 1);
      g_assert_cmpstr (json_object_get_string_member (fd, "opaque"), ==,
                       option_texts[json_object_get_int_member (set, "fdset-id")]);
      g_assert_cmpint (close (own_fds[i]), ==, 0);
    }
  q_test_shutdown (machine);
}

/* QEMU looks for a host of that whole name. */
static void
test_telnet_host (QTestFixture *fixture, gconstpointer data)
{
  static const char host[] = "127.0.0.1,telnet=off,logfile=made";
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;

  g_assert_true (q_machine_add_monitor_telnet (machine, host, 4444, &error));
  g_assert_no_error (error);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  g_assert_nonnull (strstr (error->message, "address resolution failed for 127.0.0.1,telnet=off,"
                                            "logfile=made:4444"));
}

int
main (int argc, char *argv[])
{
  program = argv[0];
  if (argc >= 3 && g_str_equal (argv[1], "--stranger"))
    return be_a_stranger (argv + 2);

  q_test_init (&argc, &argv);

#define ADD(path, func)                                                                            \
  g_test_add ("/security/" path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)
  ADD ("other-user/run-dir-is-private", test_run_dir_is_private);
  ADD ("other-user/planted-run-dirs", test_planted_run_dirs);
  ADD ("other-user/planted-listener", test_planted_listener);
  ADD ("planted", test_planted);
  ADD ("no-shell/arguments", test_no_shell);
  ADD ("no-shell/shown-command-line", test_shown_command_line);
  ADD ("no-options/monitor-path", test_monitor_path);
  ADD ("no-options/name-and-base-dir", test_name_and_base_dir);
  ADD ("no-options/log-path", test_log_path);
  ADD ("no-options/console-log", test_console_log);
  ADD ("no-options/opaque", test_opaque);
  ADD ("no-options/telnet-host", test_telnet_host);

  return g_test_run ();
}
