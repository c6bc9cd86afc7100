/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Keys and clicks, as a Linux guest gets them: at a prompt on its screen, and from its tablet. */

#include <string.h>

#include "screen-guest.h"

static QTestResources before;
static QMachine *machine;
static QShell *shell;

/* The middle of a pixel, in the tablet's 0 to 0x7fff. */
static int
on_tablet (int pixel, guint pixels)
{
  return (2 * pixel + 1) * 0x7fff / (2 * (int)pixels);
}

static void
launch_guest (void)
{
  const char *dir = g_getenv ("QMACHINE_TEST_GUEST");
  g_autofree char *kernel = g_build_filename (dir != NULL ? dir : "", "kernel", "vmlinuz", NULL);
  g_autofree char *initrd = g_build_filename (dir != NULL ? dir : "", "tests.gz", NULL);
  const char *const args[]
    = { "-accel",  "tcg",     "-m",
        "256",     "-nic",    "none",
        "-vga",    "none",    "-device",
        "VGA",     "-device", "virtio-tablet-pci",
        "-kernel", kernel,    "-initrd",
        initrd,    "-append", "console=tty0 console=ttyS0 quiet shells=ttyS0,tty1",
        NULL };
  QConsole *console;

  machine = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type", "q35",
                          "args", args, "base-dir", q_test_get_base_dir (), "display",
                          Q_MACHINE_DISPLAY_DBUS, NULL);
  console = q_machine_add_console (machine, NULL, NULL, NULL);
  shell = q_shell_new (console);
  q_test_launch (machine);
}

static char *
run (const char *command)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QShellResult) result
    = q_shell_run (shell, command, NULL, 2 * Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (q_shell_result_check (result, &error));
  g_assert_no_error (error);
  return g_strdup (q_shell_result_get_text (result));
}

static void
run_quietly (const char *command)
{
  g_autofree char *text = run (command);

  g_assert_cmpstr (text, ==, "");
}

static void
type (const char *text)
{
  g_autoptr (GError) error = NULL;

  q_machine_type_text (machine, text, 0, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
}

/* As the kernel has it. */
static void
wait_for_line (const char *pattern)
{
  g_autofree char *command = g_strdup_printf (
    "until dd if=/dev/vcs1 bs=80 skip=1 count=1 2>/dev/null | grep -q '^%s *$'; do "
    "usleep 10000; done",
    pattern);

  run_quietly (command);
}

/* A character of the second line, which has 9 x 16 pixels. */
static GBytes *
take_cell (guint column)
{
  g_autoptr (GBytes) png = screen_take (machine);
  guint width, height;
  g_autoptr (GBytes) pixels = screen_decode_png (png, &width, &height);
  const guint8 *data = g_bytes_get_data (pixels, NULL);
  GByteArray *cell = g_byte_array_new ();

  g_assert_cmpuint (width, ==, 80 * 9);
  g_assert_cmpuint (height, ==, 25 * 16);
  for (guint y = 16; y < 32; y++)
    g_byte_array_append (cell, data + (gsize)(y * width + column * 9) * 3, 9 * 3);

  return g_byte_array_free_to_bytes (cell);
}

static void
assert_cells (const char *cells)
{
  static const guint8 black[16 * 9 * 3] = { 0 };
  g_autoptr (GBytes) letter = take_cell (3);

  for (guint i = 0; cells[i] != '\0'; i++)
    {
      g_autoptr (GBytes) cell = take_cell (i + 3);
      gboolean is_black = memcmp (g_bytes_get_data (cell, NULL), black, sizeof black) == 0;

      g_assert_cmpint (is_black, ==, cells[i] == ' ');
      g_assert_true (is_black || g_bytes_equal (cell, letter));
    }
}

/* What is typed is seen, what is taken back is seen no more, and the shell of the screen reads it.
 * The cursor is hidden: it blinks. */
static void
test_prompt (void)
{
  g_autoptr (GError) error = NULL;

  run_quietly ("until grep -q ' # ' /dev/vcs1; do usleep 10000; done");
  type ("PS1=go:; clear\n");
  run_quietly ("until grep -q '^go: *$' /dev/vcs1; do usleep 10000; done; "
               "printf '\\033[?25l\\033[2J\\033[H' >/dev/tty1");
  type ("\n");
  wait_for_line ("go:");
  type ("xx x");
  wait_for_line ("go:xx x");
  assert_cells ("xx x ");
  g_assert_true (q_machine_press_keys (machine, "backspace", 0, -1, NULL, &error));
  wait_for_line ("go:xx");
  assert_cells ("xx   ");
  g_assert_true (q_machine_press_keys (machine, "ctrl-u", 0, -1, NULL, &error));
  type ("echo \"$((6 * 7))\" >/tmp/typed\n");
  run_quietly ("until grep -q '^42$' /tmp/typed 2>/dev/null; do usleep 10000; done");
}

/* As the kernel has it from the device: each event is 24 bytes, of which the last 8 tell the type,
 * the code and the value. */
static void
check_click (int x, int y, QMouseButton button, guint code, guint n_clicks)
{
  g_autoptr (GBytes) png = screen_take (machine);
  g_autoptr (GString) expected = g_string_new (NULL);
  const guint n_events = 3 + 4 * n_clicks;
  guint width, height;
  g_autofree char *listen = g_strdup_printf (
    "d=$(grep -l Tablet /sys/class/input/event*/device/name | cut -d/ -f5)\n"
    "dd if=/dev/input/$d of=/tmp/events bs=24 count=%u 2>/dev/null </dev/null &\n"
    "until ls -l /proc/$!/fd 2>/dev/null | grep -q input/$d; do usleep 1000; done",
    n_events);
  g_autofree char *look = g_strdup_printf (
    "until [ $(stat -c %%s /tmp/events) = %u ]; do usleep 1000; done\n"
    "hexdump -v -e '12/2 \"%%u \" \"\\n\"' /tmp/events | "
    "while read a b c d e f g h type code value rest; do echo $type $code $value; done\n"
    "rm /tmp/events",
    24 * n_events);
  g_autofree char *events = NULL;
  g_autoptr (GError) error = NULL;

  g_bytes_unref (screen_decode_png (png, &width, &height));
  run_quietly (listen);
  q_machine_click (machine, x, y, button, n_clicks, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  events = run (look);
  g_string_append_printf (expected, "3 0 %d\n3 1 %d\n0 0 0", on_tablet (x, width),
                          on_tablet (y, height));
  for (guint i = 0; i < n_clicks; i++)
    g_string_append_printf (expected, "\n1 %u 1\n0 0 0\n1 %u 0\n0 0 0", code, code);
  g_assert_cmpstr (events, ==, expected->str);
}

static void
test_click (void)
{
  check_click (100, 200, Q_MOUSE_BUTTON_LEFT, 0x110, 1);
  check_click (719, 399, Q_MOUSE_BUTTON_RIGHT, 0x111, 2);
  check_click (0, 0, Q_MOUSE_BUTTON_MIDDLE, 0x112, 1);
}

static void
test_boot (void)
{
  g_autoptr (QMachine) first = q_test_machine_none ();

  /* What the library keeps for good is there then. */
  g_assert_true (q_machine_launch (first, NULL, NULL));
  g_assert_true (q_machine_kill (first, NULL, NULL));
  q_test_count_resources (&before);
  launch_guest ();
  run_quietly ("echo 1 >/proc/sys/kernel/printk");
}

static void
test_end (void)
{
  q_test_shutdown (machine);
  q_test_assert_last_unref (shell);
  q_test_assert_last_unref (machine);
  q_test_assert_resources (&before);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 0);
}

static void
test_missing (void)
{
  g_test_skip ("there is no Linux guest: QMACHINE_TEST_GUEST/tests.gz is missing");
}

int
main (int argc, char *argv[])
{
  const char *dir = g_getenv ("QMACHINE_TEST_GUEST");
  g_autofree char *initrd = g_build_filename (dir != NULL ? dir : "", "tests.gz", NULL);
  gboolean is_there;

  /* The D-Bus display of QEMU 10 has criticals of its own, and QEMU inherits this. */
  g_unsetenv ("G_DEBUG");
  q_test_init (&argc, &argv);
  is_there = g_file_test (initrd, G_FILE_TEST_EXISTS);
  /* One guest for all, in this order. */
  g_test_add_func ("/screen-linux/boot", is_there ? test_boot : test_missing);
  g_test_add_func ("/screen-linux/prompt", is_there ? test_prompt : test_missing);
  g_test_add_func ("/screen-linux/click", is_there ? test_click : test_missing);
  g_test_add_func ("/screen-linux/end", is_there ? test_end : test_missing);
  return g_test_run ();
}
