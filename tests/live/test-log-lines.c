/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The lines of a machine's log, while they are written. */

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "q-test-util.h"

static void
note_line (QMachine *machine, const char *line, gpointer data)
{
  g_assert_true (g_utf8_validate (line, -1, NULL));
  g_ptr_array_add (data, g_strdup (line));
}

static void
note_exit (QMachine *machine, gpointer data)
{
  g_ptr_array_add (data, g_strdup ("(exited)"));
}

/* A shell in the place of QEMU, or before it. */
static QMachine *
new_machine (const char *script, gboolean with_qemu, GPtrArray **lines)
{
  g_autofree char *whole = g_strconcat (script, with_qemu ? "\nexec \"$@\"" : "", NULL);
  QMachine *machine = q_test_machine_none ();

  q_machine_set_wrapper (machine, (const char *const[]){ "sh", "-c", whole, "sh", NULL });
  if (!with_qemu)
    q_machine_set_monitor_mode (machine, Q_MONITOR_MODE_NONE);
  *lines = g_ptr_array_new_with_free_func (g_free);
  g_signal_connect (machine, "log-line", G_CALLBACK (note_line), *lines);
  g_signal_connect (machine, "exited", G_CALLBACK (note_exit), *lines);
  return machine;
}

static char *
join (GPtrArray *lines)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < lines->len; i++)
    g_string_append_printf (text, "%s|", (const char *)g_ptr_array_index (lines, i));

  return g_string_free (text, FALSE);
}

static void
assert_lines (GPtrArray *lines, const char *expected)
{
  g_autofree char *text = join (lines);

  g_assert_cmpstr (text, ==, expected);
}

/* Each is there while the one who wrote it waits. */
static void
test_at_once (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("next");
  g_autofree char *script = g_strdup_printf (
    "for i in 1 2 3; do echo line $i; until test -e '%s'; do sleep 0.01; done; rm '%s'; done", path,
    path);
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (QMachine) machine = new_machine (script, FALSE, &lines);

  q_test_launch (machine);
  for (guint i = 1; i <= 3; i++)
    {
      q_test_wait_until (NULL, lines->len == i);
      g_assert_true (g_file_set_contents (path, "", 0, NULL));
    }
  q_test_wait_until (NULL, lines->len == 4);
  assert_lines (lines, "line 1|line 2|line 3|(exited)|");
}

/* What no line ends, an empty line, a carriage return, and bytes that are no text. */
static void
test_forms (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (QMachine) machine = new_machine (
    "printf 'a\\n\\nb\\r\\nc\\377\\nd\\000e\\n'; echo error >&2; printf 'no end'", FALSE, &lines);

  for (guint round = 0; round < 2; round++)
    {
      g_ptr_array_set_size (lines, 0);
      q_test_launch (machine);
      q_test_wait_until (NULL, lines->len == 8);
      assert_lines (lines, "a||b|c\357\277\275|d\357\277\275e|error|no end|(exited)|");
    }
}

/* QEMU's own words, without that line which its monitor's waiting makes it write; with a log of the
 * program's own, too. */
static void
test_of_qemu (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (QMachine) machine = new_machine ("printf 'before '", TRUE, &lines);
  g_autofree char *path = q_test_get_path ("log");
  g_autofree char *address_path = q_test_get_path ("monitor");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (address_path);

  if (data != NULL)
    {
      q_machine_set_log_path (machine, path);
      q_machine_set_monitor_mode (machine, Q_MONITOR_MODE_LISTEN);
      q_machine_set_monitor_address (machine, address);
    }
  q_test_launch (machine);
  g_free (
    q_machine_human_command (machine, "log nothing-of-the-kind", Q_TIMEOUT_DEFAULT, NULL, NULL));
  q_test_shutdown (machine);
  q_test_wait_until (NULL, lines->len == 2);
  assert_lines (lines, "before |(exited)|");
  g_unlink (path);
}

/* Why a launch fails can be read before it has. */
static void
test_of_failed_launch (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (QMachine) machine = new_machine ("echo 'it will fail'; exit 3", FALSE, &lines);

  q_machine_set_monitor_mode (machine, Q_MONITOR_MODE_INHERIT);
  g_assert_false (q_machine_launch (machine, NULL, NULL));
  q_test_wait_until (NULL, lines->len == 1);
  assert_lines (lines, "it will fail|");
}

/* A handler that does not keep up gets the last ones; nothing else grows, and nobody waits. */
static void
test_flood (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (QMachine) machine = new_machine (
    "seq 1000000; head -c 3000000 /dev/zero | tr '\\0' x; echo; seq 10", FALSE, &lines);
  guint n;

  q_test_launch (machine);
  g_assert_true (q_machine_wait (machine, -1, NULL, NULL));
  g_assert_cmpuint (lines->len, ==, 0);
  q_test_wait_until (
    NULL, lines->len > 0 && g_str_equal (g_ptr_array_index (lines, lines->len - 1), "(exited)"));
  g_assert_cmpuint (lines->len, <=, 4096 + 1);
  n = lines->len - 1;
  for (guint i = 1; i <= 10; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i);

      g_assert_cmpstr (g_ptr_array_index (lines, n - 11 + i), ==, number);
    }
  for (guint i = 0; i < lines->len; i++)
    g_assert_cmpuint (strlen (g_ptr_array_index (lines, i)), <=, 64 * 1024 + 64 * 1024);
}

/* None is lost, none comes twice, where the handler keeps up. */
static void
test_all (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (QMachine) machine = new_machine ("for i in $(seq 2000); do echo $i; done; sleep 0.05; "
                                              "for i in $(seq 2001 3000); do echo $i; done",
                                              FALSE, &lines);

  q_test_launch (machine);
  q_test_wait_until (NULL, lines->len == 3001);
  for (guint i = 0; i < 3000; i++)
    g_assert_cmpuint (g_ascii_strtoull (g_ptr_array_index (lines, i), NULL, 10), ==, i + 1);
}

/* A line of more than 64 KiB comes in pieces, and no character is cut; a log that the program
 * empties goes on from its beginning. */
static void
test_pieces (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = q_test_get_path ("log");
  g_autofree char *script
    = g_strdup_printf ("for i in $(seq 100000); do printf '\303\244'; done; echo; "
                       "until test -e '%s.go'; do sleep 0.01; done; echo after",
                       path);
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (QMachine) machine = new_machine (script, FALSE, &lines);
  g_autofree char *go = g_strconcat (path, ".go", NULL);
  g_autoptr (GString) whole = g_string_new (NULL);

  q_machine_set_log_path (machine, path);
  q_test_launch (machine);
  q_test_wait_until (NULL, lines->len == 4);
  for (guint i = 0; i < 4; i++)
    {
      const char *piece = g_ptr_array_index (lines, i);

      g_assert_cmpuint (strlen (piece), <=, 64 * 1024);
      g_string_append (whole, piece);
    }
  g_assert_cmpuint (whole->len, ==, 200000);
  for (gsize i = 0; i < whole->len; i += 2)
    g_assert_cmpint (memcmp (whole->str + i, "\303\244", 2), ==, 0);

  g_assert_cmpint (truncate (path, 0), ==, 0);
  g_assert_true (g_file_set_contents (go, "", 0, NULL));
  q_test_wait_until (NULL, lines->len == 6);
  g_assert_cmpstr (g_ptr_array_index (lines, 4), ==, "after");
  g_unlink (go);
  g_unlink (path);
}

/* A detached one is no longer heard. */
static void
test_detached (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (QMachine) machine = new_machine ("echo first", TRUE, &lines);
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autofree char *path = q_test_get_path ("monitor");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GError) error = NULL;

  q_machine_set_monitor_address (machine, address);
  q_machine_set_exit_with_parent (machine, FALSE);
  q_test_launch (machine);
  g_assert_true (q_machine_detach (machine, NULL, &error));
  g_assert_no_error (error);
  q_test_wait_until (NULL, lines->len == 1);
  g_assert_true (q_monitor_attach (monitor, address, NULL, &error));
  g_assert_no_error (error);
  g_free (q_monitor_command_json (monitor, "quit", NULL, 0, Q_TIMEOUT_DEFAULT, NULL, NULL));
  assert_lines (lines, "first|");
  g_unlink (path);
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/log-lines/" path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("at-once", NULL, test_at_once);
  ADD ("forms", NULL, test_forms);
  ADD ("of-qemu", NULL, test_of_qemu);
  ADD ("of-qemu-that-listens", "listen", test_of_qemu);
  ADD ("of-failed-launch", NULL, test_of_failed_launch);
  ADD ("flood", NULL, test_flood);
  ADD ("all", NULL, test_all);
  ADD ("pieces", NULL, test_pieces);
  ADD ("detached", NULL, test_detached);

  return g_test_run ();
}
