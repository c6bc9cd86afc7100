/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A console behind a pseudo-terminal, which persons open, leave, and open again. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "q-test-util.h"

#define MUCH (1024 * 1024)

static int
open_path (const char *path)
{
  int fd = open (path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

  g_assert_cmpint (fd, >=, 0);
  return fd;
}

/* Reads until the last bytes are these; returns how much it was. */
static gsize
see (int fd, const char *last, gsize length, gboolean exactly)
{
  g_autoptr (GByteArray) seen = g_byte_array_new ();
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
  if (exactly)
    g_assert_cmpmem (seen->data, seen->len, last, length);

  return seen->len;
}

static void
see_text (int fd, const char *text)
{
  see (fd, text, strlen (text), TRUE);
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

static void
wait_for (QConsole *console, const char *pattern)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found
    = q_console_wait_for_text (console, pattern, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (found);
}

static char *
open_pty (QConsole *console, int lines)
{
  g_autoptr (GError) error = NULL;
  char *path = q_console_open_pty (console, lines, &error);

  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (path, "/dev/pts/"));
  return path;
}

/* A guest of QEMU's, on its second console, over two launches. */
static void
test_bytes (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *image = g_test_build_filename (G_TEST_BUILT, "guests", "echo.img", NULL);
  g_autofree char *drive = g_strdup_printf ("file=%s,format=raw,if=ide,snapshot=on", image);
  const char *const args[] = { "-accel", "tcg", "-nodefaults", "-m", "32", "-drive", drive, NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  QConsole *other;
  QConsole *console;
  g_autofree char *path = NULL;
  g_autofree char *same = NULL;
  struct pollfd hung_up = { .events = POLLIN };
  char all[256];

  g_object_set (machine, "args", args, NULL);
  other = q_machine_add_console (machine, "other", "serial1", NULL);
  console = q_machine_add_console (machine, "first", "serial0", NULL);
  path = open_pty (console, 0);
  same = open_pty (console, 0);
  g_assert_cmpstr (same, ==, path);
  for (guint i = 0; i < sizeof all; i++)
    all[i] = (char)i;

  for (guint i = 0; i < 2; i++)
    {
      int fd;
      struct termios modes;
      struct stat status;

      /* Nobody is there: it is kept. */
      q_test_launch (machine);
      wait_for (console, "ready\r\n");
      fd = open_path (path);
      g_assert_cmpint (tcgetattr (fd, &modes), ==, 0);
      g_assert_cmpuint (modes.c_lflag & (ICANON | ECHO | ISIG), ==, 0);
      g_assert_cmpint (fstat (fd, &status), ==, 0);
      g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
      see_text (fd, "ready\r\n");
      type (fd, all, sizeof all);
      see (fd, all, sizeof all, TRUE);
      modes.c_lflag |= ECHO | ICANON;
      g_assert_cmpint (tcsetattr (fd, TCSANOW, &modes), ==, 0);
      close (fd);

      /* Gone, and here again; the program types meanwhile. */
      g_assert_true (q_console_write (console, "alone;", NULL, NULL));
      wait_for (console, "alone;");
      fd = open_path (path);
      see_text (fd, "alone;");
      g_assert_cmpint (tcgetattr (fd, &modes), ==, 0);
      g_assert_cmpuint (modes.c_lflag & (ICANON | ECHO | ISIG), ==, 0);
      type (fd, "both;", 5);
      wait_for (console, "both;");
      see_text (fd, "both;");
      q_test_shutdown (machine);
      close (fd);
    }

  g_assert_cmpuint (q_console_get_pty_lost (console), ==, 0);
  g_assert_cmpuint (q_console_get_pty_lost (other), ==, 0);
  /* Its name may be another terminal's at once, so somebody has it open. */
  hung_up.fd = open_path (path);
  q_console_close_pty (console);
  q_console_close_pty (console);
  g_assert_cmpint (access (path, F_OK), !=, 0);
  g_assert_cmpint (poll (&hung_up, 1, 0), ==, 1);
  g_assert_true ((hung_up.revents & POLLHUP) != 0);
  close (hung_up.fd);
}

/* What nobody reads is dropped, the oldest first, and counted; and who has it open and does not
 * read makes nobody wait, either. */
static void
test_flood (QTestFixture *fixture, gconstpointer with_reader)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (
    "read x <&300; head -c 10000000 /dev/zero | tr '\\0' 'y' >&300; echo the end >&300;"
    "exec sleep 600",
    &console);
  g_autofree char *path = open_pty (console, -1);
  int fd = with_reader != NULL ? open_path (path) : -1;
  gsize n_seen;

  g_assert_true (q_console_write (console, "go\n", NULL, NULL));
  wait_for (console, "the end$");
  if (fd < 0)
    fd = open_path (path);
  n_seen = see (fd, "the end\n", 8, FALSE);
  g_assert_cmpuint (n_seen, >=, 1024 * 1024);
  g_assert_cmpuint (n_seen, <, 2 * 1024 * 1024);
  g_assert_cmpuint (n_seen + q_console_get_pty_lost (console), ==, 10000000 + 8);
  close (fd);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

/* Closed with somebody there; and dropped with the machine. */
static void
test_ends (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine
    = q_test_launch_shell ("echo ready >&300; exec cat <&300 >&300", &console);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = open_pty (console, -1);
  g_autofree char *much = g_strnfill (MUCH, 'm');
  struct pollfd end = { .fd = open_path (path), .events = POLLIN };
  char buffer[64];

  g_assert_null (q_console_open_pty (console, -2, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "open_pty: -2 is no number of lines"));

  see_text (end.fd, "ready\n");
  q_console_close_pty (console);
  g_assert_cmpint (poll (&end, 1, Q_TEST_DEADLINE_MS), ==, 1);
  g_assert_true ((end.revents & POLLHUP) != 0);
  g_assert_cmpint (read (end.fd, buffer, sizeof buffer), <=, 0);
  close (end.fd);
  wait_for (console, "ready");

  /* What is typed to no guest is dropped, and does not wait for the next, but for what is on its
   * way. */
  g_free (path);
  path = open_pty (console, 0);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  end.fd = open_path (path);
  type (end.fd, much, MUCH);
  q_test_launch (machine);
  wait_for (console, "ready");
  type (end.fd, "somebody", 8);
  g_assert_cmpuint (see (end.fd, "somebody", 8, FALSE), <, MUCH / 2);
  close (end.fd);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

#define ADD(path, func, data)                                                                      \
  g_test_add (path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("/console-pty/bytes", test_bytes, NULL);
  ADD ("/console-pty/flood", test_flood, NULL);
  ADD ("/console-pty/flood-with-reader", test_flood, "reader");
  ADD ("/console-pty/ends", test_ends, NULL);

  return g_test_run ();
}
