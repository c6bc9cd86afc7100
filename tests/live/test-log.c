/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The log of a machine: what QEMU and a wrapper before it wrote, whole and in order, while it runs
 * and after its end. */

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "q-test-util.h"

#define MAX_LOG (16 * 1024 * 1024)

/* Runs some lines of shell before QEMU. */
static void
run_before (QMachine *machine, const char *script)
{
  g_autofree char *whole = g_strdup_printf ("%s\nexec \"$@\"", script);

  g_object_set (machine, "wrapper", (const char *const[]){ "sh", "-c", whole, "sh", NULL }, NULL);
}

/* Not with g_assert_cmpstr (), which would print it all. */
static void
assert_log (QMachine *machine, const GString *expected)
{
  g_autofree char *text = q_machine_dup_log (machine);
  g_autoptr (GBytes) bytes = q_machine_dup_log_bytes (machine);

  g_assert_cmpuint (strlen (text), ==, expected->len);
  g_assert_true (g_str_equal (text, expected->str));
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, expected->len);
  g_assert_cmpint (memcmp (g_bytes_get_data (bytes, NULL), expected->str, expected->len), ==, 0);
}

static GString *
count_to (guint n)
{
  GString *lines = g_string_new (NULL);

  for (guint i = 1; i <= n; i++)
    g_string_append_printf (lines, "%u\n", i);

  return lines;
}

static void
test_running_and_ended (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("hello.img");
  static const char *const no_shutdown[] = { "-no-shutdown", NULL };
  static const char *const shutdown[] = { "SHUTDOWN", NULL };

  q_machine_add_args (machine, no_shutdown);
  g_assert_null (q_machine_dup_log (machine));
  g_assert_null (q_machine_dup_log_bytes (machine));

  /* Each launch begins a log. */
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (QMonitorEvent) event = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *running = NULL;
      g_autofree char *ended = NULL;

      q_test_launch (machine);
      event = q_machine_wait_event (machine, shutdown, NULL, Q_TEST_DEADLINE_MS, NULL, &error);
      g_assert_no_error (error);
      running = q_machine_dup_log (machine);
      g_assert_cmpstr (running, ==, "hello from the guest\r\n");
      q_test_shutdown (machine);
      ended = q_machine_dup_log (machine);
      g_assert_cmpstr (ended, ==, running);
    }
}

/* Standard output and standard error by turns. */
static void
test_order (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("hello.img");
  g_autoptr (GString) expected = count_to (20 * 1000);
  g_autoptr (GError) error = NULL;

  run_before (machine, "i=1\n"
                       "while [ $i -le 20000 ]; do\n"
                       "  echo $i; echo $((i + 1)) >&2; i=$((i + 2))\n"
                       "done");
  g_string_append (expected, "hello from the guest\r\n");
  q_test_launch_guest (machine);
  g_assert_true (q_machine_wait (machine, -1, NULL, &error));
  g_assert_no_error (error);
  assert_log (machine, expected);
}

static void
test_ten_megabytes (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GString) expected = count_to (1500 * 1000);

  g_assert_cmpuint (expected->len, >, 10 * 1000 * 1000);
  run_before (machine, "seq 1 1500000");
  q_test_launch (machine);
  assert_log (machine, expected);
  q_test_shutdown (machine);
  assert_log (machine, expected);
}

#define REPLACED "\357\277\275"

static void
assert_not_utf8 (QMachine *machine)
{
  static const char bytes[] = "a\xff"
                              "b\xc0\x80"
                              "c\0d\xe2\x82\n";
  g_autofree char *text = q_machine_dup_log (machine);
  g_autoptr (GBytes) log = q_machine_dup_log_bytes (machine);

  g_assert_cmpmem (g_bytes_get_data (log, NULL), g_bytes_get_size (log), bytes, sizeof bytes - 1);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_cmpstr (text, ==,
                   "a" REPLACED "b" REPLACED REPLACED "c" REPLACED "d" REPLACED REPLACED "\n");
}

static void
test_not_utf8 (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();

  run_before (machine, "printf 'a\\377b\\300\\200c\\000d\\342\\202\\n'");
  q_test_launch (machine);
  assert_not_utf8 (machine);
  q_test_shutdown (machine);
  assert_not_utf8 (machine);
}

/* -- more than is kept -- */

/* Its end, from the beginning of a line. The line that the library hides counts. */
static void
assert_log_ends (QMachine *machine, const GString *whole)
{
  g_autoptr (GBytes) bytes = q_machine_dup_log_bytes (machine);
  g_autofree char *text = q_machine_dup_log (machine);
  gsize size = g_bytes_get_size (bytes);

  g_assert_cmpuint (size, <=, MAX_LOG);
  g_assert_cmpuint (size, >, MAX_LOG - 1024);
  g_assert_cmpint (memcmp (g_bytes_get_data (bytes, NULL), whole->str + whole->len - size, size),
                   ==, 0);
  g_assert_cmpint (whole->str[whole->len - size - 1], ==, '\n');
  g_assert_true (g_str_equal (text, whole->str + whole->len - size));
}

static void
test_last_sixteen_mebibytes (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GString) whole = count_to (2600 * 1000);

  g_assert_cmpuint (whole->len, >, MAX_LOG + 1024 * 1024);
  run_before (machine, "seq 1 2600000");
  q_test_launch (machine);
  assert_log_ends (machine, whole);
  q_test_shutdown (machine);
  assert_log_ends (machine, whole);
}

/* A QEMU that tells of each block of code, and is not held up by it. */
static void
test_talkative_qemu (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_guest ("hello.img");
  static const char *const args[] = { "-no-shutdown", "-d", "cpu", NULL };
  static const char *const shutdown[] = { "SHUTDOWN", NULL };
  g_autoptr (QMonitorEvent) event = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) running = NULL;
  g_autoptr (GBytes) ended = NULL;
  g_autofree char *text = NULL;

  q_machine_add_args (machine, args);
  q_test_launch (machine);
  event = q_machine_wait_event (machine, shutdown, NULL, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  running = q_machine_dup_log_bytes (machine);
  g_assert_cmpuint (g_bytes_get_size (running), >, 8 * 1024 * 1024);
  q_test_shutdown (machine);
  ended = q_machine_dup_log_bytes (machine);
  g_assert_cmpuint (g_bytes_get_size (ended), >, 8 * 1024 * 1024);
  g_assert_cmpuint (g_bytes_get_size (ended), <=, MAX_LOG);
  text = q_machine_dup_log (machine);
  g_assert_nonnull (strstr (text, "EIP="));
}

static void
assert_log_is (QMachine *machine, const char *expected)
{
  g_autofree char *text = q_machine_dup_log (machine);

  g_assert_cmpstr (text, ==, expected);
}

/* Of the line in which QEMU says that it waits, only its own words are left out. */
static void
test_unfinished_line (QTestFixture *fixture, gconstpointer data)
{
  QMonitorMode mode = (QMonitorMode)GPOINTER_TO_INT (data);
  static const char *const texts[][2] = {
    { "printf before", "before" },
    { "echo one; printf 'two: three '", "one\ntwo: three " },
    { "printf 'qemu-system-x86_64: '", "qemu-system-x86_64: " },
    { "printf '\\n\\n'", "\n\n" },
    { ":", "" },
  };
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "log.monitor", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (QMachine) machine = q_test_machine_none ();

      if (mode == Q_MONITOR_MODE_LISTEN)
        g_object_set (machine, "monitor-mode", mode, "monitor-address", address, NULL);
      run_before (machine, texts[i][0]);
      q_test_launch (machine);
      assert_log_is (machine, texts[i][1]);
      q_test_shutdown (machine);
      assert_log_is (machine, texts[i][1]);
    }
}

/* And where it begins its line otherwise, all of it. */
static void
test_line_of_another_form (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) stamped = q_test_machine_none ();
  g_autoptr (QMachine) renamed = q_test_machine_none ();
  static const char *const args[]
    = { "-name", "guest=g", "-msg", "timestamp=on,guest-name=on", NULL };

  q_machine_add_args (stamped, args);
  run_before (stamped, "echo hello");
  q_test_launch (stamped);
  assert_log_is (stamped, "hello\n");

  /* A wrapper may start another program than the one that it is given. */
  g_object_set (renamed, "binary", "other", NULL);
  run_before (renamed, "echo hello; shift; set -- qemu-system-x86_64 \"$@\"");
  q_test_launch (renamed);
  assert_log_is (renamed, "hello\n");
}

/* -- the file -- */

/* The monitor's connection, the supervisor's socket, the pidfd of it that GLib watches, and the run
 * directory; none for the log. All share one more. */
static void
test_descriptors (QTestFixture *fixture, gconstpointer data)
{
  QMachine *machines[4];
  const guint n_allowed = fixture->before.n_fds + 4 * G_N_ELEMENTS (machines) + 1;
  QTestResources running;

  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    {
      machines[i] = q_test_machine_none ();
      run_before (machines[i], "echo hello");
      q_test_launch (machines[i]);
    }
  for (guint n = 0; n < 3; n++)
    {
      q_test_count_resources (&running);
      g_assert_cmpuint (running.n_fds, <=, n_allowed);
      for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
        assert_log_is (machines[i], "hello\n");
    }
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    {
      q_test_shutdown (machines[i]);
      g_object_unref (machines[i]);
    }
}

static char *
find_log (QMachine *machine)
{
  g_autoptr (GSocketAddress) address = q_machine_dup_listen_address (machine);
  g_autofree char *dir
    = g_path_get_dirname (g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (address)));

  return g_build_filename (dir, "m.log", NULL);
}

static void
put_nothing (const char *path, const char *secret)
{
}

static void
put_link (const char *path, const char *secret)
{
  g_assert_cmpint (symlink (secret, path), ==, 0);
}

static void
put_hard_link (const char *path, const char *secret)
{
  g_assert_cmpint (link (secret, path), ==, 0);
}

/* Who opens it to read waits for a writer. */
static void
put_pipe (const char *path, const char *secret)
{
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
}

static void
put_directory (const char *path, const char *secret)
{
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
}

/* What lies in its place is not QEMU's word, and is not read; when it is back it is. */
static void
test_replaced (QTestFixture *fixture, gconstpointer data)
{
  void (*const put[]) (const char *path, const char *secret)
    = { put_nothing, put_link, put_hard_link, put_pipe, put_directory };
  g_autofree char *secret = g_build_filename (q_test_get_base_dir (), "secret", NULL);

  g_assert_true (g_file_set_contents (secret, "secret", -1, NULL));
  for (gsize i = 0; i < 2 * G_N_ELEMENTS (put); i++)
    {
      g_autoptr (QMachine) machine = q_test_machine_none ();
      gboolean put_back = i % 2 == 1;
      g_autofree char *path = NULL;
      g_autofree char *aside = NULL;

      g_object_set (machine, "name", "m", NULL);
      run_before (machine, "echo hello");
      q_test_launch (machine);
      path = find_log (machine);
      aside = g_strconcat (path, ".aside", NULL);
      assert_log_is (machine, "hello\n");

      g_assert_cmpint (g_rename (path, aside), ==, 0);
      put[i / 2](path, secret);
      assert_log_is (machine, "");
      if (put_back)
        {
          g_remove (path);
          g_assert_cmpint (g_rename (aside, path), ==, 0);
          assert_log_is (machine, "hello\n");
        }
      q_test_shutdown (machine);
      assert_log_is (machine, put_back ? "hello\n" : "");
    }
  g_assert_cmpint (g_unlink (secret), ==, 0);
}

/* A file of the user's own is held, whatever it is called by then. */
static void
test_own_file_renamed (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "own.log", NULL);
  g_autofree char *other = g_build_filename (q_test_get_base_dir (), "own.log.1", NULL);

  g_object_set (machine, "log-path", path, NULL);
  run_before (machine, "echo hello");
  q_test_launch (machine);
  g_assert_cmpint (g_rename (path, other), ==, 0);
  assert_log_is (machine, "hello\n");
  q_test_shutdown (machine);
  assert_log_is (machine, "hello\n");
  g_assert_cmpint (g_unlink (other), ==, 0);
}

/* It cannot be opened then. What ends with the machine leaves enough for that. */
static void
test_no_descriptor (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GArray) fds = g_array_new (FALSE, FALSE, sizeof (int));
  struct rlimit limit;
  struct rlimit low;
  int fd;

  run_before (machine, "echo hello");
  q_test_launch (machine);

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  low = limit;
  low.rlim_cur = 64;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &low), ==, 0);
  while ((fd = fcntl (0, F_DUPFD_CLOEXEC, 3)) >= 0)
    g_array_append_val (fds, fd);
  g_assert_cmpint (errno, ==, EMFILE);
  assert_log_is (machine, "");
  q_test_shutdown (machine);
  assert_log_is (machine, "hello\n");

  for (gsize i = 0; i < fds->len; i++)
    close (g_array_index (fds, int, i));
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
}

/* What the library adds to the command line must not make any QEMU say a word, such as that an
 * option is deprecated; and what it sends by itself must not be deprecated either: QEMU would
 * crash. */

static QMachine *
new_pc (void)
{
  static const char *const args[] = { "-accel", "tcg", "-nodefaults", "-S", NULL };

  return g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type", "pc", "args",
                       args, "base-dir", q_test_get_base_dir (), NULL);
}

static QMachine *
new_plain (void)
{
  return q_test_machine_none ();
}

static QMachine *
new_listening (void)
{
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "listen", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  QMachine *machine = q_test_machine_none ();

  g_object_set (machine, "monitor-mode", Q_MONITOR_MODE_LISTEN, "monitor-address", address, NULL);
  return machine;
}

static QMachine *
new_with_console (void)
{
  g_autofree char *log = g_build_filename (q_test_get_base_dir (), "console.log", NULL);
  QMachine *machine = new_pc ();

  q_machine_add_console (machine, NULL, "serial1", NULL);
  g_object_set (machine, "console-log", log, NULL);
  return machine;
}

static QMachine *
new_with_console_device (void)
{
  QMachine *machine = new_pc ();

  q_machine_add_console (machine, NULL, "isa-serial", NULL);
  return machine;
}

static QMachine *
new_with_telnet (void)
{
  g_autoptr (GSocket) held = NULL;
  guint16 port = q_test_find_port (&held);
  QMachine *machine = q_test_machine_none ();

  g_clear_object (&held);
  g_assert_true (q_machine_add_monitor_telnet (machine, "127.0.0.1", port, NULL));
  return machine;
}

static QMachine *
new_with_qtest (void)
{
  QMachine *machine = q_test_machine_none ();

  g_object_set (machine, "enable-qtest", TRUE, NULL);
  return machine;
}

static QMachine *
new_with_fd (void)
{
  QMachine *machine = q_test_machine_none ();
  int fd = g_open ("/dev/null", O_RDWR | O_CLOEXEC);

  g_assert_true (q_machine_add_fd (machine, fd, 5, "it's opaque", NULL, NULL));
  close (fd);
  return machine;
}

static QMachine *
new_storage_daemon (void)
{
  return g_object_new (Q_TYPE_MACHINE, "binary", "qemu-storage-daemon", "kind",
                       Q_MACHINE_KIND_STORAGE_DAEMON, "base-dir", q_test_get_base_dir (), NULL);
}

static const struct
{
  const char *name;
  QMachine *(*make) (void);
} silent_kinds[] = {
  { "plain", new_plain },          { "listening", new_listening },
  { "console", new_with_console }, { "console-device", new_with_console_device },
  { "telnet", new_with_telnet },   { "qtest", new_with_qtest },
  { "fd", new_with_fd },           { "storage-daemon", new_storage_daemon },
};

static void
test_silent (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *console_log = g_build_filename (q_test_get_base_dir (), "console.log", NULL);
  g_autoptr (QMachine) machine = silent_kinds[GPOINTER_TO_UINT (data)].make ();
  static const char *const strict[]
    = { "-compat", "deprecated-input=crash,unstable-input=crash,deprecated-output=hide", NULL };
  QMachineKind kind;

  g_object_get (machine, "kind", &kind, NULL);
  if (kind == Q_MACHINE_KIND_SYSTEM)
    q_machine_add_args (machine, strict);
  q_test_launch (machine);
  q_test_shutdown (machine);
  assert_log_is (machine, "");
  g_unlink (console_log);
}

#define ADD(path, func)                                                                            \
  g_test_add ("/log/" path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("running-and-ended", test_running_and_ended);
  ADD ("order", test_order);
  ADD ("ten-megabytes", test_ten_megabytes);
  ADD ("not-utf8", test_not_utf8);
  ADD ("last-sixteen-mebibytes", test_last_sixteen_mebibytes);
  ADD ("talkative-qemu", test_talkative_qemu);
  g_test_add ("/log/unfinished-line", QTestFixture, GINT_TO_POINTER (Q_MONITOR_MODE_INHERIT),
              q_test_set_up, test_unfinished_line, q_test_tear_down);
  g_test_add ("/log/unfinished-line-listen", QTestFixture, GINT_TO_POINTER (Q_MONITOR_MODE_LISTEN),
              q_test_set_up, test_unfinished_line, q_test_tear_down);
  ADD ("line-of-another-form", test_line_of_another_form);
  ADD ("descriptors", test_descriptors);
  ADD ("replaced", test_replaced);
  ADD ("own-file-renamed", test_own_file_renamed);
  ADD ("no-descriptor", test_no_descriptor);
  for (gsize i = 0; i < G_N_ELEMENTS (silent_kinds); i++)
    {
      g_autofree char *path = g_strconcat ("/log/silent/", silent_kinds[i].name, NULL);

      g_test_add (path, QTestFixture, GUINT_TO_POINTER (i), q_test_set_up, test_silent,
                  q_test_tear_down);
    }

  return g_test_run ();
}
