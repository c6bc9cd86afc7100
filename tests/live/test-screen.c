/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The screen, the keyboard and the pointer of a guest that shows what is typed. */

#include <glib/gstdio.h>
#include <string.h>

#include "screen-guest.h"

static void
command (QMachine *machine, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = q_machine_command_json (machine, name, NULL, -1, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (reply, ==, "{}");
}

/* -- pictures -- */

/* What QEMU itself writes to a file. */
static GBytes *
dump_ppm (QMachine *machine, guint width, guint height)
{
  g_autofree char *path = q_test_get_path ("screen.ppm");
  g_autofree char *arguments = g_strdup_printf ("{\"filename\": \"%s\"}", path);
  g_autofree char *header = g_strdup_printf ("P6\n%u %u\n255\n", width, height);
  g_autoptr (GError) error = NULL;
  g_autofree char *reply
    = q_machine_command_json (machine, "screendump", arguments, -1, NULL, &error);
  char *content;
  gsize length;

  g_assert_no_error (error);
  g_assert_cmpstr (reply, ==, "{}");
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_true (g_str_has_prefix (content, header));
  return g_bytes_new_with_free_func (content + strlen (header), length - strlen (header), g_free,
                                     content);
}

static void
test_pixels (QTestFixture *fixture, gconstpointer data)
{
  QMachine *machine = screen_guest_get_machine ();
  g_autoptr (GBytes) png = NULL;
  g_autoptr (GBytes) pixels = NULL;
  g_autoptr (GBytes) expected = NULL;
  guint width, height;

  /* The cursor does not blink then. */
  command (machine, "stop");
  png = screen_take (machine);
  pixels = screen_decode_png (png, &width, &height);
  expected = dump_ppm (machine, width, height);
  g_assert_cmpuint (width, >=, 640);
  g_assert_cmpuint (height, >=, 400);
  g_assert_cmpmem (g_bytes_get_data (pixels, NULL), g_bytes_get_size (pixels),
                   g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
  command (machine, "cont");
  g_bytes_unref (screen_take (machine));
  screen_assert_no_fdsets (machine);
}

/* The card by its id, and what QEMU does not know. */
static void
test_device (QTestFixture *fixture, gconstpointer data)
{
  QMachine *machine = screen_guest_get_machine ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) png = q_machine_screenshot (machine, "card", 0, -1, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (png);
  g_assert_null (q_machine_screenshot (machine, "no such \"device\"", 0, -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_DEVICE_NOT_FOUND);
  g_assert_true (g_str_has_prefix (error->message, "screenshot: screendump: "));
  g_assert_nonnull (strstr (error->message, "no such \"device\""));
  g_clear_error (&error);
  g_assert_null (q_machine_screenshot (machine, NULL, 1, -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_assert_nonnull (strstr (error->message, "'head' must be specified together with 'device'"));
  screen_assert_no_fdsets (machine);
}

/* QEMU keeps what it was given until the guest runs again, and gets no more than one. */
static void
test_while_paused (QTestFixture *fixture, gconstpointer data)
{
  QMachine *machine = screen_guest_get_machine ();
  g_autoptr (GBytes) first = NULL;
  g_autoptr (GBytes) last = NULL;
  g_autoptr (GBytes) running = NULL;
  g_autofree char *sets = NULL;

  command (machine, "stop");
  first = screen_take (machine);
  for (guint i = 0; i < 5; i++)
    {
      g_clear_pointer (&last, g_bytes_unref);
      last = screen_take (machine);
      g_assert_true (g_bytes_equal (first, last));
    }
  sets = q_machine_command_json (machine, "query-fdsets", NULL, -1, NULL, NULL);
  g_assert_nonnull (sets);
  g_assert_true (strstr (sets, "fdset-id") == g_strrstr (sets, "fdset-id"));

  command (machine, "cont");
  running = screen_take (machine);
  screen_assert_no_fdsets (machine);
}

static void
test_many_at_once (QTestFixture *fixture, gconstpointer data)
{
  QMachine *machine = screen_guest_get_machine ();
  GAsyncResult *results[20] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    q_machine_screenshot_async (machine, NULL, 0, Q_TEST_DEADLINE_MS, NULL, q_test_store_result,
                                &results[i]);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GAsyncResult) result = q_test_await (&results[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) png = q_machine_screenshot_finish (machine, result, &error);
      g_autoptr (GBytes) pixels = NULL;
      guint width, height;

      g_assert_no_error (error);
      pixels = screen_decode_png (png, &width, &height);
      g_assert_cmpuint (g_bytes_get_size (pixels), ==, width * height * 3);
    }
  screen_assert_no_fdsets (machine);
}

/* -- keys -- */

static void
type (const char *text)
{
  g_autoptr (GError) error = NULL;

  q_machine_type_text (screen_guest_get_machine (), text, 0, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
}

/* What the keyboard has, as the guest reads it, and on its screen. */
static void
test_typing (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsoleReader) reader = screen_guest_read ();
  g_autoptr (GString) all = g_string_new (NULL);
  g_autofree char *read = NULL;
  g_autoptr (GBytes) before = NULL;
  g_autoptr (GBytes) after = NULL;

  for (char each = ' '; each <= '~'; each++)
    g_string_append_c (all, each);
  g_string_append (all, "\tx\n");
  read = g_strdup (all->str);
  g_strdelimit (read, "\n", '\r');

  before = screen_take (screen_guest_get_machine ());
  type (all->str);
  screen_guest_assert_text (reader, read);
  after = screen_take (screen_guest_get_machine ());
  g_assert_false (g_bytes_equal (before, after));
}

/* Nothing is lost of what is longer than a keyboard's memory. */
static void
test_long_text (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsoleReader) reader = screen_guest_read ();
  g_autoptr (GString) text = g_string_new (NULL);
  const gsize length = q_test_is_long () ? 2000 : 100;
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  while (text->len < length)
    g_string_append_printf (text, "%" G_GSIZE_FORMAT " ", text->len);
  q_machine_type_text_async (screen_guest_get_machine (), text->str, 0, Q_TIMEOUT_DEFAULT, NULL,
                             q_test_store_result, &result);
  g_assert_true (
    q_machine_type_text_finish (screen_guest_get_machine (), q_test_await (&result), &error));
  g_assert_no_error (error);
  screen_guest_assert_text (reader, text->str);
}

static void
test_keys (QTestFixture *fixture, gconstpointer data)
{
  QMachine *machine = screen_guest_get_machine ();
  g_autoptr (QConsoleReader) reader = screen_guest_read ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (q_machine_press_keys (machine, "ctrl-c", 0, -1, NULL, &error));
  g_assert_no_error (error);
  q_machine_press_keys_async (machine, "shift-minus", 20, Q_TIMEOUT_DEFAULT, NULL,
                              q_test_store_result, &result);
  g_assert_true (q_machine_press_keys_finish (machine, q_test_await (&result), &error));
  g_assert_no_error (error);
  /* All is up again, so this one is a small letter. */
  g_assert_true (q_machine_press_keys (machine, "a", 20, -1, NULL, &error));
  screen_guest_assert_text (reader, "\003_a");
}

typedef struct
{
  const char *text;
  int code;
  const char *words;
} Refusal;

/* Before anything is typed. */
static void
test_refused_text (QTestFixture *fixture, gconstpointer data)
{
  static const Refusal refusals[] = {
    { "gr\303\274n", Q_MONITOR_ERROR_INVALID_COMMAND, "character 3, \"\303\274\" U+00FC, is not" },
    { "a\r", Q_MONITOR_ERROR_INVALID_COMMAND, "character 2, U+000D, is not on a US keyboard" },
    { "a\xff", Q_MONITOR_ERROR_INVALID_COMMAND, "not UTF-8" },
  };
  QMachine *machine = screen_guest_get_machine ();
  g_autoptr (QConsoleReader) reader = screen_guest_read ();
  g_autofree char *huge = g_strnfill (64 * 1024 + 1, 'x');
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_assert_false (q_machine_type_text (machine, refusals[i].text, 0, -1, NULL, &error));
      g_assert_error (error, Q_MONITOR_ERROR, refusals[i].code);
      g_assert_nonnull (strstr (error->message, refusals[i].words));
      g_clear_error (&error);
    }
  g_assert_false (q_machine_type_text (machine, huge, 0, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE);
  g_assert_nonnull (strstr (error->message, "65537 bytes"));
  g_clear_error (&error);
  g_assert_false (q_machine_type_text (machine, "a", 60001, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);

  type ("b");
  screen_guest_assert_text (reader, "b");
}

static void
test_refused_keys (QTestFixture *fixture, gconstpointer data)
{
  static const char *const no_keys[]
    = { "", "-", "ctrl-", "-a", "a--b", "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q" };
  QMachine *machine = screen_guest_get_machine ();
  g_autoptr (QConsoleReader) reader = screen_guest_read ();
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (no_keys); i++)
    {
      g_assert_false (q_machine_press_keys (machine, no_keys[i], 0, -1, NULL, &error));
      g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
      g_assert_nonnull (strstr (error->message, "names of keys"));
      g_clear_error (&error);
    }
  g_assert_false (q_machine_press_keys (machine, "ctrl-nokey", 0, -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_assert_nonnull (strstr (error->message, "press_keys: input-send-event: "));
  g_assert_nonnull (strstr (error->message, "nokey"));

  /* Its "ctrl" is not down. */
  type ("c");
  screen_guest_assert_text (reader, "c");
}

static void
test_paused (QTestFixture *fixture, gconstpointer data)
{
  QMachine *machine = screen_guest_get_machine ();
  g_autoptr (GError) error = NULL;

  command (machine, "stop");
  g_assert_false (q_machine_type_text (machine, "lost", 0, -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_assert_nonnull (strstr (error->message, "VM not running (0 of 4 characters were typed)"));
  g_clear_error (&error);
  g_assert_false (q_machine_press_keys (machine, "a", 0, -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  command (machine, "cont");
}

static void
cancel_on_text (QConsole *console, GBytes *bytes, gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
}

/* In the middle of a text: the key that was down is up again. */
static void
test_cancelled (QTestFixture *fixture, gconstpointer data)
{
  QMachine *machine = screen_guest_get_machine ();
  g_autoptr (QConsole) console = q_machine_dup_console (machine);
  g_autoptr (QConsoleReader) reader = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gulong handler
    = g_signal_connect (console, "output-bytes", G_CALLBACK (cancel_on_text), cancellable);

  q_machine_type_text_async (machine, "AAAAAAAAAAAAAAAAAAAA", 2000, -1, cancellable,
                             q_test_store_result, &result);
  g_assert_false (q_machine_type_text_finish (machine, q_test_await (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (g_str_has_prefix (error->message, "type_text: "));
  g_assert_nonnull (strstr (error->message, " of 20 characters were typed)"));
  g_signal_handler_disconnect (console, handler);

  reader = screen_guest_read ();
  type ("b");
  screen_guest_assert_text (reader, "b");
}

/* -- the pointer -- */

static guint
count_in_log (QMachine *machine, const char *text)
{
  g_autofree char *log = q_machine_dup_log (machine);
  guint n = 0;

  for (const char *at = log; (at = strstr (at, text)) != NULL; at += strlen (text))
    n++;

  return n;
}

static void
click (int x, int y, QMouseButton button, guint n_clicks, const char *x_trace, const char *y_trace)
{
  QMachine *machine = screen_guest_get_machine ();
  const guint n_presses = count_in_log (machine, "down 1");
  const guint n_releases = count_in_log (machine, "down 0");
  g_autoptr (GError) error = NULL;

  q_machine_click (machine, x, y, button, n_clicks, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_in_log (machine, x_trace), >, 0);
  g_assert_cmpuint (count_in_log (machine, y_trace), >, 0);
  g_assert_cmpuint (count_in_log (machine, "down 1"), ==, n_presses + n_clicks);
  g_assert_cmpuint (count_in_log (machine, "down 0"), ==, n_releases + n_clicks);
}

/* The guest is too small to use its tablet, so QEMU is told that it does, and says what comes. */
static void
test_pointer (QTestFixture *fixture, gconstpointer data)
{
  QMachine *machine = screen_guest_get_machine ();
  g_autoptr (GBytes) png = NULL;
  g_autoptr (GBytes) pixels = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *set = NULL;
  g_autofree char *outside = NULL;
  g_autofree char *right = NULL;
  g_autofree char *bottom = NULL;
  guint width, height;

  png = screen_take (machine);
  pixels = screen_decode_png (png, &width, &height);
  right = g_strdup_printf ("axis x, value 0x%x", ((width - 1) * 2 + 1) * 0x7fff / (width * 2));
  bottom = g_strdup_printf ("axis y, value 0x%x", ((height - 1) * 2 + 1) * 0x7fff / (height * 2));

  g_assert_false (q_machine_click (machine, 1, 1, Q_MOUSE_BUTTON_LEFT, 1, -1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "does not use its \"QEMU HID Tablet\""));
  g_clear_error (&error);

  set = q_machine_human_command (machine, "mouse_set 3", -1, NULL, NULL);
  click (0, 0, Q_MOUSE_BUTTON_LEFT, 1, "axis x, value 0x1", "axis y, value 0x2");
  click ((int)width - 1, (int)height - 1, Q_MOUSE_BUTTON_RIGHT, 2, right, bottom);
  click (7, 8, Q_MOUSE_BUTTON_WHEEL_UP, 3, "axis x", "axis y");

  q_machine_move_pointer_async (machine, 3, 3, -1, NULL, q_test_store_result, &result);
  g_assert_true (q_machine_move_pointer_finish (machine, q_test_await (&result), &error));
  g_assert_no_error (error);
  g_assert_true (q_machine_move_pointer (machine, 0, 0, -1, NULL, &error));

  g_assert_false (q_machine_move_pointer (machine, (int)width, 0, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  outside = g_strdup_printf ("%u,0 is outside of the screen, which has %u x %u pixels", width,
                             width, height);
  g_assert_nonnull (strstr (error->message, outside));
  g_clear_error (&error);
  g_assert_false (q_machine_click (machine, 0, -1, Q_MOUSE_BUTTON_LEFT, 1, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);
  g_assert_false (q_machine_click (machine, 0, 0, Q_MOUSE_BUTTON_LEFT, 17, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  screen_assert_no_fdsets (machine);
}

#define ADD(path, func) g_test_add (path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  int status;

  q_test_init (&argc, &argv);
  screen_guest_start ();

  ADD ("/screen/pixels", test_pixels);
  ADD ("/screen/device", test_device);
  ADD ("/screen/while-paused", test_while_paused);
  ADD ("/screen/many-at-once", test_many_at_once);
  ADD ("/screen/typing", test_typing);
  ADD ("/screen/long-text", test_long_text);
  ADD ("/screen/keys", test_keys);
  ADD ("/screen/refused-text", test_refused_text);
  ADD ("/screen/refused-keys", test_refused_keys);
  ADD ("/screen/paused", test_paused);
  ADD ("/screen/cancelled", test_cancelled);
  ADD ("/screen/pointer", test_pointer);

  status = g_test_run ();
  screen_guest_stop ();
  return status;
}
