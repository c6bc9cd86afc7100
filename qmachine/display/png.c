/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "png-private.h"

#include <string.h>

/* The least of PNG that holds a picture: header, one piece of data, end. */

#define SIGNATURE "\x89PNG\r\n\x1a\n"
#define LEVEL 6
#define CRC_POLYNOMIAL 0xedb88320u

static const guint32 *
get_crc_table (void)
{
  static guint32 table[256];
  static gsize ready;

  if (g_once_init_enter (&ready))
    {
      for (guint32 i = 0; i < 256; i++)
        {
          table[i] = i;
          for (int bit = 0; bit < 8; bit++)
            table[i] = (table[i] & 1) != 0 ? table[i] >> 1 ^ CRC_POLYNOMIAL : table[i] >> 1;
        }
      g_once_init_leave (&ready, 1);
    }

  return table;
}

static void
append_number (GByteArray *out, guint32 number)
{
  const guint32 bytes = GUINT32_TO_BE (number);

  g_byte_array_append (out, (const guint8 *)&bytes, sizeof bytes);
}

static void
append_chunk (GByteArray *out, const char *type, gconstpointer data, gsize length)
{
  const guint32 *table = get_crc_table ();
  const guint first = out->len + 4; /* the length is not counted */
  guint32 crc = G_MAXUINT32;

  append_number (out, (guint32)length);
  g_byte_array_append (out, (const guint8 *)type, 4);
  if (length > 0)
    g_byte_array_append (out, data, (guint)length);
  for (guint i = first; i < out->len; i++)
    crc = table[(crc ^ out->data[i]) & 0xff] ^ crc >> 8;
  append_number (out, ~crc);
}

static GBytes *
deflate (guint width, guint height, QPngReadRow read_row, gpointer user_data,
         GCancellable *cancellable, GError **error)
{
  const gsize row_length = (gsize)width * 3;
  g_autoptr (GZlibCompressor) compressor
    = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, LEVEL);
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream
    = g_converter_output_stream_new (memory, G_CONVERTER (compressor));
  /* Each row has the number of its filter in front; 0 is none. */
  g_autofree guint8 *row = g_malloc0 (row_length + 1);

  for (guint i = 0; i < height; i++)
    if (!read_row (user_data, i, row + 1, error)
        || !g_output_stream_write_all (stream, row, row_length + 1, NULL, cancellable, error))
      return NULL;
  if (!g_output_stream_close (stream, cancellable, error))
    return NULL;

  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

GBytes *
q_png_encode (guint width, guint height, QPngReadRow read_row, gpointer user_data,
              GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) data = deflate (width, height, read_row, user_data, cancellable, error);
  /* 8 bits a sample, of three colours, by the only methods there are, not interlaced. */
  guint8 header[13] = { [8] = 8, [9] = 2 };
  const guint32 sizes[] = { GUINT32_TO_BE (width), GUINT32_TO_BE (height) };
  GByteArray *png;

  if (data == NULL)
    return NULL;

  memcpy (header, sizes, sizeof sizes);
  png = g_byte_array_new ();
  g_byte_array_append (png, (const guint8 *)SIGNATURE, strlen (SIGNATURE));
  append_chunk (png, "IHDR", header, sizeof header);
  append_chunk (png, "IDAT", g_bytes_get_data (data, NULL), g_bytes_get_size (data));
  append_chunk (png, "IEND", NULL, 0);

  return g_byte_array_free_to_bytes (png);
}
