/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A console in the hands of a person at a terminal, which is a pseudo-terminal of the test's. */

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "q-test-util.h"

#define ESCAPE "\x1d"
/* What stands in for QEMU echoes. */
#define ECHO_COMMANDS "echo ready >&300; exec cat <&300 >&300"

/* -- the person -- */

typedef struct
{
  int master;
  int slave;
  struct termios modes; /* from before */
} Person;

static void
person_init (Person *self)
{
  g_autofree char *path = NULL;

  self->master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  g_assert_cmpint (self->master, >=, 0);
  g_assert_cmpint (unlockpt (self->master), ==, 0);
  path = g_strdup (ptsname (self->master));
  self->slave = open (path, O_RDWR | O_NOCTTY | O_CLOEXEC);
  g_assert_cmpint (self->slave, >=, 0);
  g_assert_cmpint (tcgetattr (self->slave, &self->modes), ==, 0);
  g_assert_true ((self->modes.c_lflag & (ICANON | ECHO)) != 0);
}

static void
person_clear (Person *self)
{
  close (self->slave);
  if (self->master >= 0)
    close (self->master);
}

static gboolean
is_raw (Person *self)
{
  struct termios now;

  g_assert_cmpint (tcgetattr (self->slave, &now), ==, 0);
  return (now.c_lflag & (ICANON | ECHO | ISIG)) == 0 && (now.c_oflag & OPOST) == 0;
}

static gboolean
is_restored (Person *self)
{
  struct termios now;

  g_assert_cmpint (tcgetattr (self->slave, &now), ==, 0);
  return now.c_lflag == self->modes.c_lflag && now.c_iflag == self->modes.c_iflag
         && now.c_oflag == self->modes.c_oflag
         && memcmp (now.c_cc, self->modes.c_cc, sizeof now.c_cc) == 0;
}

static void
type (int fd, const char *bytes, gsize length)
{
  while (length > 0)
    {
      struct pollfd end = { .fd = fd, .events = POLLOUT };
      gssize n = write (fd, bytes, length);

      g_assert_true (n > 0 || errno == EAGAIN);
      if (n < 0)
        g_assert_cmpint (poll (&end, 1, Q_TEST_DEADLINE_MS), ==, 1);
      bytes += MAX (n, 0);
      length -= (gsize)MAX (n, 0);
    }
}

/* Reads until the last bytes are these. */
static GByteArray *
see (int fd, const char *last, gsize length)
{
  GByteArray *seen = g_byte_array_sized_new (1);
  guint8 buffer[4096];

  while (seen->len < length || memcmp (seen->data + seen->len - length, last, length) != 0)
    {
      struct pollfd end = { .fd = fd, .events = POLLIN };
      gssize n;

      g_assert_cmpint (poll (&end, 1, Q_TEST_DEADLINE_MS), ==, 1);
      n = read (fd, buffer, sizeof buffer);
      if (n < 0 && errno == EAGAIN)
        continue;
      g_assert_cmpint (n, >, 0);
      g_byte_array_append (seen, buffer, (guint)n);
    }

  return seen;
}

static void
see_exactly (int fd, const char *bytes, gsize length)
{
  g_autoptr (GByteArray) seen = see (fd, bytes, length);

  g_assert_cmpmem (seen->data, seen->len, bytes, length);
}

static void
see_text (int fd, const char *text)
{
  see_exactly (fd, text, strlen (text));
}

/* -- the call -- */

static void
begin (QConsole *console, Person *person, int lines, GCancellable *cancellable,
       GAsyncResult **stored)
{
  q_console_interact_async (console, person->slave, person->slave, Q_CONSOLE_ESCAPE_KEY, lines,
                            cancellable, q_test_store_result, stored);
}

static QConsoleInteractEnd
await_end (QConsole *console, GAsyncResult **stored)
{
  g_autoptr (GError) error = NULL;
  QConsoleInteractEnd how = q_console_interact_finish (console, q_test_await (stored), &error);

  g_assert_no_error (error);
  g_clear_object (stored);
  return how;
}

static QMachine *
launch_guest (const char *image, QConsole **console)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "guests", image, NULL);
  g_autofree char *drive = g_strdup_printf ("file=%s,format=raw,if=ide,snapshot=on", path);
  const char *const args[] = { "-accel", "tcg", "-nodefaults", "-m", "32", "-drive", drive, NULL };
  QMachine *machine = q_test_machine_none ();

  g_object_set (machine, "args", args, NULL);
  q_machine_add_console (machine, NULL, NULL, NULL);
  *console = q_machine_dup_console (machine);
  q_test_launch (machine);

  return machine;
}

static void
wait_for (QConsole *console, const char *pattern)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found
    = q_console_wait_for_text (console, pattern, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (found);
}

/* -- a guest of QEMU's -- */

/* All bytes both ways, exactly; the program sees all, and may type, too. */
static void
test_bytes (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = launch_guest ("echo.img", &console);
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GBytes) kept = NULL;
  char all[256];
  Person person;

  person_init (&person);
  wait_for (console, "ready");
  begin (console, &person, G_MAXINT, NULL, &stored);
  see_text (person.master, "ready\r\n");
  g_assert_true (is_raw (&person));

  for (guint i = 0; i < sizeof all; i++)
    all[i] = (char)i;
  type (person.master, all, Q_CONSOLE_ESCAPE_KEY);
  type (person.master, ESCAPE ESCAPE, 2);
  type (person.master, all + Q_CONSOLE_ESCAPE_KEY + 1, sizeof all - Q_CONSOLE_ESCAPE_KEY - 1);
  see_exactly (person.master, all, sizeof all);

  g_assert_true (q_console_write (console, "program;", NULL, NULL));
  wait_for (console, "program;");
  see_text (person.master, "program;");
  g_assert_null (stored);

  type (person.master, ESCAPE, 1);
  g_assert_cmpint (await_end (console, &stored), ==, Q_CONSOLE_INTERACT_END_ESCAPE);
  g_assert_true (is_restored (&person));
  kept = q_console_dup_bytes (console);
  g_assert_cmpuint (g_bytes_get_size (kept), ==, strlen ("ready\r\n") + 256 + strlen ("program;"));

  q_test_shutdown (machine);
  person_clear (&person);
}

/* The guest ends with a person there, who sees its last words. */
static void
test_guest_ends (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = launch_guest ("login.img", &console);
  g_autoptr (GAsyncResult) stored = NULL;
  Person person;

  person_init (&person);
  begin (console, &person, -1, NULL, &stored);
  see_text (person.master, "eth0: 10.0.2.15/24\r\nlogin: ");
  q_test_shutdown (machine);
  g_assert_cmpint (await_end (console, &stored), ==, Q_CONSOLE_INTERACT_END_EXITED);
  g_assert_true (is_restored (&person));
  person_clear (&person);
}

/* A guest that writes without end, and a person who does not read: QEMU goes on, nothing grows, and
 * neither the escape key nor the end of QEMU waits for the terminal. */
static void
test_guest_floods (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = launch_guest ("flood.img", &console);
  g_autofree char *log_path = q_test_get_path ("flood");
  const goffset wanted = q_test_is_long () ? 10 * 1024 * 1024 : 300 * 1024;
  g_autoptr (GAsyncResult) stored = NULL;
  GStatBuf info = { 0 };
  Person person;
  gsize rss;

  person_init (&person);
  q_test_shutdown (machine);
  q_console_set_log_path (console, log_path);
  q_test_launch (machine);
  begin (console, &person, -1, NULL, &stored);
  q_test_wait_until (NULL, is_raw (&person));
  rss = q_test_get_rss ();
  while (info.st_size < wanted)
    {
      q_test_assert_running (machine);
      g_assert_cmpint (g_stat (log_path, &info), ==, 0);
    }
  g_assert_null (stored);
  if (q_test_memory_counts ())
    g_assert_cmpuint (q_test_get_rss (), <, rss + 24 * 1024 * 1024);

  type (person.master, ESCAPE, 1);
  g_assert_cmpint (await_end (console, &stored), ==, Q_CONSOLE_INTERACT_END_ESCAPE);
  g_assert_true (is_restored (&person));

  begin (console, &person, -1, NULL, &stored);
  q_test_wait_until (NULL, is_raw (&person));
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  g_assert_cmpint (await_end (console, &stored), ==, Q_CONSOLE_INTERACT_END_EXITED);
  g_assert_true (is_restored (&person));
  g_unlink (log_path);
  person_clear (&person);
}

/* -- what only one that is not QEMU does on demand -- */

/* Which part of what was written before is shown. */
static void
test_lines (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine
    = q_test_launch_shell ("printf 'one\\ntwo\\nthree\\n> ' >&300; exec cat <&300 >&300", &console);
  g_autoptr (GAsyncResult) stored = NULL;
  const struct
  {
    int lines;
    const char *seen;
  } rows[] = {
    { 1, "three\n> " },
    { 0, "" },
    { 2, "two\nthree\n> " },
    { 3, "one\ntwo\nthree\n> " },
    { 1000, "one\ntwo\nthree\n> " },
  };
  Person person;

  person_init (&person);
  wait_for (console, "> ");
  /* Nobody had it yet: all. */
  begin (console, &person, -1, NULL, &stored);
  see_text (person.master, "one\ntwo\nthree\n> ");
  type (person.master, ESCAPE "x", 2);
  g_assert_cmpint (await_end (console, &stored), ==, Q_CONSOLE_INTERACT_END_ESCAPE);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      begin (console, &person, rows[i].lines, NULL, &stored);
      q_test_wait_until (NULL, is_raw (&person));
      see_text (person.master, rows[i].seen);
      type (person.master, ESCAPE "x", 2);
      g_assert_cmpint (await_end (console, &stored), ==, Q_CONSOLE_INTERACT_END_ESCAPE);
    }

  /* What came while the program had it. */
  g_assert_true (q_console_write (console, "meanwhile", NULL, NULL));
  wait_for (console, "meanwhile");
  begin (console, &person, -1, NULL, &stored);
  see_text (person.master, "meanwhile");
  type (person.master, ESCAPE "x", 2);
  g_assert_cmpint (await_end (console, &stored), ==, Q_CONSOLE_INTERACT_END_ESCAPE);

  g_assert_true (q_machine_kill (machine, NULL, NULL));
  person_clear (&person);
}

static void
expect_error (QConsole *console, int fd, int escape_key, int lines, GQuark domain, int code,
              const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (q_console_interact (console, fd, fd, escape_key, lines, NULL, &error), ==,
                   Q_CONSOLE_INTERACT_END_NONE);
  g_assert_error (error, domain, code);
  g_assert_nonnull (strstr (error->message, text));
}

static void
test_errors (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (ECHO_COMMANDS, &console);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  Person person;

  person_init (&person);
  path = g_strdup (ptsname (person.master));
  expect_error (console, person.slave, 256, 0, Q_MACHINE_ERROR,
                Q_MACHINE_ERROR_INVALID_CONFIGURATION, "interact: 256 is no escape key");
  expect_error (console, person.slave, -1, -2, Q_MACHINE_ERROR,
                Q_MACHINE_ERROR_INVALID_CONFIGURATION, "interact: -2 is no number of lines");
  expect_error (console, 12345, -1, 0, G_IO_ERROR, G_IO_ERROR_FAILED,
                "interact: the input, descriptor 12345: Bad file descriptor");

  begin (console, &person, 0, cancellable, &stored);
  q_test_wait_until (NULL, is_raw (&person));
  expect_error (console, person.slave, -1, 0, G_IO_ERROR, G_IO_ERROR_BUSY, path);
  g_assert_true (is_raw (&person));
  g_cancellable_cancel (cancellable);
  g_assert_cmpint (q_console_interact_finish (console, q_test_await (&stored), &error), ==,
                   Q_CONSOLE_INTERACT_END_NONE);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (is_restored (&person));

  g_assert_true (q_machine_kill (machine, NULL, NULL));
  expect_error (console, person.slave, -1, 0, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                "interact: the machine is not running");
  g_assert_true (is_restored (&person));
  person_clear (&person);
}

/* The window is closed; and two persons at two terminals. */
static void
test_two_persons (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (ECHO_COMMANDS, &console);
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  Person persons[2];

  person_init (&persons[0]);
  person_init (&persons[1]);
  begin (console, &persons[0], 9, NULL, &first);
  begin (console, &persons[1], 9, NULL, &second);
  see_text (persons[0].master, "ready\n");
  see_text (persons[1].master, "ready\n");
  type (persons[0].master, "from one;", 9);
  see_text (persons[1].master, "from one;");
  see_text (persons[0].master, "from one;");

  close (persons[0].master);
  persons[0].master = -1;
  g_assert_cmpint (await_end (console, &first), ==, Q_CONSOLE_INTERACT_END_INPUT_END);
  g_assert_true (is_raw (&persons[1]));
  type (persons[1].master, "goes on;", 8);
  see_text (persons[1].master, "goes on;");
  type (persons[1].master, "last;" ESCAPE "x", 7);
  g_assert_cmpint (await_end (console, &second), ==, Q_CONSOLE_INTERACT_END_ESCAPE);
  wait_for (console, "last;");

  g_assert_true (q_machine_kill (machine, NULL, NULL));
  person_clear (&persons[0]);
  person_clear (&persons[1]);
}

/* Bytes from a socket or a pipe, all of which are typed before the end. */
static void
test_no_terminal (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine
    = q_test_launch_shell ("head -c 300000 <&300 | sha256sum >&300; exec sleep 600", &console);
  g_autofree char *bytes = g_malloc (300000);
  g_autofree char *sum = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GByteArray) seen = NULL;
  int input[2];
  int output[2];

  for (guint i = 0; i < 300000; i++)
    bytes[i] = (char)g_test_rand_int ();
  sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *)bytes, 300000);

  g_assert_true (g_unix_open_pipe (input, FD_CLOEXEC, NULL));
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, output), ==, 0);
  q_console_interact_async (console, input[0], output[1], -1, 0, NULL, q_test_store_result,
                            &stored);
  close (input[0]);
  close (output[1]);
  type (input[1], bytes, 200000);
  type (input[1], bytes + 200000, 100000);
  wait_for (console, sum);
  seen = see (output[0], "-\n", 2);
  g_assert_cmpmem (seen->data, 64, sum, 64);
  close (input[1]);
  g_assert_cmpint (q_console_interact_finish (console, q_test_await (&stored), &error), ==,
                   Q_CONSOLE_INTERACT_END_INPUT_END);
  g_assert_no_error (error);
  close (output[0]);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

/* Who does not read makes nobody wait, and gets the last megabyte. */
static void
test_flood (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (
    "read x <&300; head -c 10000000 /dev/zero | tr '\\0' 'y' >&300; echo the end >&300;"
    "read x <&300; exec sleep 600",
    &console);
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GByteArray) seen = NULL;
  Person person;

  person_init (&person);
  begin (console, &person, 0, NULL, &stored);
  q_test_wait_until (NULL, is_raw (&person));
  type (person.master, "go\n", 3);
  wait_for (console, "the end$");
  g_assert_null (stored);
  seen = see (person.master, "the end\n", 8);
  g_assert_cmpuint (seen->len, >=, 1024 * 1024);
  g_assert_cmpuint (seen->len, <, 2 * 1024 * 1024);
  type (person.master, ESCAPE, 1);
  g_assert_cmpint (await_end (console, &stored), ==, Q_CONSOLE_INTERACT_END_ESCAPE);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  person_clear (&person);
}

/* A guest that reads nothing does not keep a person. */
static void
test_stuck (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell ("exec sleep 600", &console);
  g_autoptr (GAsyncResult) stored = NULL;
  g_autofree char *much = g_strnfill (2 * 1024 * 1024, 'z');
  Person person;

  person_init (&person);
  begin (console, &person, 0, NULL, &stored);
  q_test_wait_until (NULL, is_raw (&person));
  type (person.master, much, 2 * 1024 * 1024);
  type (person.master, ESCAPE, 1);
  g_assert_cmpint (await_end (console, &stored), ==, Q_CONSOLE_INTERACT_END_ESCAPE);
  g_assert_true (is_restored (&person));
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  person_clear (&person);
}

/* -- the ends of a program: this one again, with an argument -- */

#define PROGRAM_ARG "--program"
#define SESSION_ARG "--session"

typedef struct
{
  Person person;
  pid_t session;
  pid_t program;
  int report;  /* what they tell */
  int control; /* the session ends with it */
  char *dir;
} Program;

/* --program MODE DIRECTORY REPORT: gives the console to its terminal. */
static int
run_program (char **argv)
{
  static const char *const wrapper[] = { "bash", "-c", ECHO_COMMANDS, NULL };
  gboolean exits = g_str_equal (argv[0], "exit");
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "true", "base-dir", argv[1], "wrapper", wrapper,
                    "monitor-mode", Q_MONITOR_MODE_NONE, NULL);
  QConsole *console = q_machine_add_console (machine, NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;
  struct termios modes = { .c_lflag = ICANON };
  int report = atoi (argv[2]);

  q_test_launch (machine);
  dprintf (report, "%d\n", (int)getpid ());
  if (!exits)
    {
      q_console_interact (console, -1, -1, Q_CONSOLE_ESCAPE_KEY, 0, NULL, &error);
      dprintf (report, "%s\n", error != NULL ? error->message : "returned");
      return 0;
    }

  q_console_interact_async (console, -1, -1, Q_CONSOLE_ESCAPE_KEY, 0, NULL, NULL, NULL);
  while ((modes.c_lflag & ICANON) != 0)
    {
      g_usleep (1000);
      tcgetattr (0, &modes);
    }
  exit (0);
}

/* As `bg` does, and later `fg`, which sends no signal to one that runs. */
static void
move_to_background (pid_t program, int report, int control)
{
  char c;

  tcsetpgrp (0, getpid ());
  kill (program, SIGCONT);
  dprintf (report, "in the background\n");
  g_assert_cmpint (read (control, &c, 1), ==, 1);
  tcsetpgrp (0, program);
}

/* --session MODE TERMINAL DIRECTORY REPORT CONTROL: what a shell does for a program. */
static int
run_session (char **argv)
{
  int report = atoi (argv[3]);
  int status;
  pid_t program;
  char c;
  struct termios modes;
  int terminal;

  setsid ();
  terminal = open (argv[1], O_RDWR);
  dup2 (terminal, 0);
  dup2 (terminal, 1);
  signal (SIGTTOU, SIG_IGN);
  program = fork ();
  if (program == 0)
    {
      setpgid (0, 0);
      if (!g_str_equal (argv[0], "background"))
        tcsetpgrp (0, getpid ());
      for (int i = 1; i < 32; i++) /* who runs the tests may ignore some */
        signal (i, SIG_DFL);
      execl ("/proc/self/exe", "test", PROGRAM_ARG, argv[0], argv[2], argv[3], NULL);
      _exit (127);
    }

  while (waitpid (program, &status, WUNTRACED) == program && WIFSTOPPED (status))
    {
      if (g_str_equal (argv[0], "moved"))
        move_to_background (program, report, atoi (argv[4]));
      dprintf (report, "stopped\n");
    }
  tcgetattr (0, &modes);
  dprintf (report, "ended %s\n", (modes.c_lflag & ICANON) != 0 ? "cooked" : "raw");
  while (read (atoi (argv[4]), &c, 1) > 0)
    ;
  return 0;
}

static char *
read_report (Program *self)
{
  g_autoptr (GString) line = g_string_new (NULL);
  char c = '\0';

  while (c != '\n')
    {
      struct pollfd end = { .fd = self->report, .events = POLLIN };
      g_assert_cmpint (poll (&end, 1, Q_TEST_DEADLINE_MS), ==, 1);
      g_assert_cmpint (read (self->report, &c, 1), ==, 1);
      if (c != '\n')
        g_string_append_c (line, c);
    }

  return g_string_free (g_steal_pointer (&line), FALSE);
}

static void
expect_report (Program *self, const char *text)
{
  g_autofree char *line = read_report (self);

  g_assert_nonnull (strstr (line, text));
}

static void
start_program (Program *self, const char *mode)
{
  g_autofree char *pid = NULL;
  g_autofree char *terminal = NULL;
  char numbers[2][16];
  int report[2];
  int control[2];

  person_init (&self->person);
  terminal = g_strdup (ptsname (self->person.master));
  self->dir = q_test_get_path (mode);
  g_mkdir_with_parents (self->dir, 0700);
  g_assert_cmpint (pipe (report), ==, 0);
  g_assert_cmpint (pipe (control), ==, 0);
  fcntl (report[0], F_SETFD, FD_CLOEXEC);
  fcntl (control[1], F_SETFD, FD_CLOEXEC);
  g_snprintf (numbers[0], 16, "%d", report[1]);
  g_snprintf (numbers[1], 16, "%d", control[0]);
  self->session = fork ();
  if (self->session == 0)
    {
      execl ("/proc/self/exe", "test", SESSION_ARG, mode, terminal, self->dir, numbers[0],
             numbers[1], NULL);
      _exit (127);
    }
  close (report[1]);
  close (control[0]);
  self->report = report[0];
  self->control = control[1];
  pid = read_report (self);
  self->program = atoi (pid);
}

static void
end_program (Program *self)
{
  close (self->control);
  g_assert_cmpint (waitpid (self->session, NULL, 0), ==, self->session);
  close (self->report);
  person_clear (&self->person);
  q_test_remove_tree (self->dir);
  g_free (self->dir);
}

/* Killed: the terminal is as it was all the same, whatever the signal. */
static void
test_killed (QTestFixture *fixture, gconstpointer data)
{
  const int signals[] = { SIGTERM, SIGSEGV, SIGKILL, SIGHUP, SIGINT };

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      Program program;

      start_program (&program, "killed");
      q_test_wait_until (NULL, is_raw (&program.person));
      g_assert_cmpint (kill (program.program, signals[i]), ==, 0);
      expect_report (&program, "ended ");
      q_test_wait_until (NULL, is_restored (&program.person));
      end_program (&program);
    }
}

/* It is as it was when the program has ended, not a moment later. */
static void
test_exits (QTestFixture *fixture, gconstpointer data)
{
  Program program;

  start_program (&program, "exit");
  expect_report (&program, "ended cooked");
  g_assert_true (is_restored (&program.person));
  end_program (&program);
}

static void
test_stopped (QTestFixture *fixture, gconstpointer data)
{
  const int signals[] = { SIGTSTP, SIGSTOP };
  Program program;

  start_program (&program, "stopped");
  q_test_wait_until (NULL, is_raw (&program.person));
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      g_assert_cmpint (kill (program.program, signals[i]), ==, 0);
      expect_report (&program, "stopped");
      q_test_wait_until (NULL, is_restored (&program.person));
      g_assert_cmpint (kill (program.program, SIGCONT), ==, 0);
      q_test_wait_until (NULL, is_raw (&program.person));
      type (program.person.master, "still there;", 12);
      {
        g_autoptr (GByteArray) seen = see (program.person.master, "still there;", 12);

        g_assert_nonnull (seen);
      }
    }
  type (program.person.master, ESCAPE, 1);
  expect_report (&program, "returned");
  expect_report (&program, "ended cooked");
  g_assert_true (is_restored (&program.person));
  end_program (&program);
}

/* In the background during a call, and in the foreground again. */
static void
test_moved (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) seen = NULL;
  Program program;

  start_program (&program, "moved");
  q_test_wait_until (NULL, is_raw (&program.person));
  g_assert_cmpint (kill (program.program, SIGSTOP), ==, 0);
  expect_report (&program, "in the background");
  q_test_wait_until (NULL, is_restored (&program.person));
  g_assert_cmpint (write (program.control, "f", 1), ==, 1);
  expect_report (&program, "stopped");
  q_test_wait_until (NULL, is_raw (&program.person));
  type (program.person.master, "here;", 5);
  /* Behind what g_test_init () has to say. */
  seen = see (program.person.master, "here;", 5);
  g_assert_nonnull (seen);
  type (program.person.master, ESCAPE, 1);
  expect_report (&program, "returned");
  expect_report (&program, "ended cooked");
  end_program (&program);
}

static void
test_background (QTestFixture *fixture, gconstpointer data)
{
  Program program;

  start_program (&program, "background");
  expect_report (&program, "interact: the program is in the background of the terminal /dev/pts/");
  expect_report (&program, "ended cooked");
  end_program (&program);
}

#define ADD(path, func) g_test_add (path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  if (argc > 1 && g_str_equal (argv[1], SESSION_ARG))
    return run_session (argv + 2);

  q_test_init (&argc, &argv);
  if (argc > 1 && g_str_equal (argv[1], PROGRAM_ARG))
    return run_program (argv + 2);

  ADD ("/console-terminal/bytes", test_bytes);
  ADD ("/console-terminal/guest-ends", test_guest_ends);
  ADD ("/console-terminal/guest-floods", test_guest_floods);
  ADD ("/console-terminal/lines", test_lines);
  ADD ("/console-terminal/errors", test_errors);
  ADD ("/console-terminal/two-persons", test_two_persons);
  ADD ("/console-terminal/no-terminal", test_no_terminal);
  ADD ("/console-terminal/flood", test_flood);
  ADD ("/console-terminal/stuck", test_stuck);
  ADD ("/console-terminal/killed", test_killed);
  ADD ("/console-terminal/exits", test_exits);
  ADD ("/console-terminal/stopped", test_stopped);
  ADD ("/console-terminal/moved", test_moved);
  ADD ("/console-terminal/background", test_background);

  return g_test_run ();
}
