/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "screen-guest.h"

#include <string.h>

static QMachine *machine;
static QConsole *console;

void
screen_guest_start (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "guests", "keys.img", NULL);
  g_autofree char *drive = g_strdup_printf ("file=%s,format=raw,if=ide,snapshot=on", path);
  const char *const args[] = { "-accel",
                               "tcg",
                               "-nodefaults",
                               "-m",
                               "32",
                               "-vga",
                               "none",
                               "-device",
                               "VGA,id=card",
                               "-vnc",
                               "none",
                               "-device",
                               "piix3-usb-uhci",
                               "-device",
                               "usb-tablet",
                               "-trace",
                               "input_event_abs",
                               "-trace",
                               "input_event_btn",
                               "-drive",
                               drive,
                               NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *ready = NULL;

  machine = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, "base-dir",
                          q_test_get_base_dir (), "display", Q_MACHINE_DISPLAY_DBUS, NULL);
  q_machine_add_console (machine, NULL, NULL, NULL);
  console = q_machine_dup_console (machine);
  q_test_launch (machine);
  ready = q_console_wait_for_text (console, "ready\r\n", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
}

void
screen_guest_stop (void)
{
  q_test_shutdown (machine);
  g_clear_object (&console);
  q_test_assert_last_unref (machine);
}

QMachine *
screen_guest_get_machine (void)
{
  return machine;
}

QConsoleReader *
screen_guest_read (void)
{
  return q_console_create_reader (console, TRUE);
}

void
screen_guest_assert_text (QConsoleReader *reader, const char *text)
{
  g_autofree char *pattern = g_strdup_printf ("(?s).{%" G_GSIZE_FORMAT "}", strlen (text));
  g_autoptr (QConsoleMatch) match = NULL;
  g_autoptr (GError) error = NULL;

  match = q_console_reader_wait_for_match (reader, pattern, Q_CONSOLE_MATCH_FLAGS_NONE,
                                           Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (q_console_match_get_group (match, 0), ==, text);
}

void
screen_assert_no_fdsets (QMachine *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *sets
    = q_machine_command_json (self, "query-fdsets", NULL, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (sets, ==, "[]");
}

static guint32
read_number (const guint8 *bytes)
{
  guint32 number;

  memcpy (&number, bytes, sizeof number);
  return GUINT32_FROM_BE (number);
}

static GBytes *
inflate (const guint8 *data, gsize length)
{
  g_autoptr (GZlibDecompressor) decompressor
    = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB);
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream
    = g_converter_output_stream_new (memory, G_CONVERTER (decompressor));
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (stream, data, length, NULL, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_close (stream, NULL, &error);
  g_assert_no_error (error);

  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

GBytes *
screen_decode_png (GBytes *png, guint *width, guint *height)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (png, &size);
  g_autoptr (GBytes) rows = NULL;
  const guint8 *row;
  GByteArray *pixels;
  guint32 length;

  g_assert_cmpuint (size, >, 57);
  g_assert_cmpint (memcmp (bytes, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16), ==, 0);
  *width = read_number (bytes + 16);
  *height = read_number (bytes + 20);
  g_assert_cmpint (memcmp (bytes + 24, "\x08\x02\0\0\0", 5), ==, 0);
  length = read_number (bytes + 33);
  g_assert_cmpint (memcmp (bytes + 37, "IDAT", 4), ==, 0);
  g_assert_cmpuint (size, ==, 41 + length + 4 + 12);
  g_assert_cmpint (memcmp (bytes + size - 12, "\0\0\0\0IEND\xae\x42\x60\x82", 12), ==, 0);

  rows = inflate (bytes + 41, length);
  g_assert_cmpuint (g_bytes_get_size (rows), ==, (*width * 3 + 1) * *height);
  row = g_bytes_get_data (rows, NULL);
  pixels = g_byte_array_new ();
  for (guint i = 0; i < *height; i++, row += *width * 3 + 1)
    {
      g_assert_cmpuint (row[0], ==, 0); /* no filter */
      g_byte_array_append (pixels, row + 1, *width * 3);
    }

  return g_byte_array_free_to_bytes (pixels);
}

GBytes *
screen_take (QMachine *self)
{
  g_autoptr (GError) error = NULL;
  GBytes *png = q_machine_screenshot (self, NULL, 0, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  return png;
}
