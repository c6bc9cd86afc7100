/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"

/* The reader takes bytes from a descriptor on the I/O thread; what it does with them is reached
 * without both, thousands of times a second, from inside of its file. */
#include "qmachine/launch/console-stream.c"

/* A guest's bytes, however they come in pieces: the same text, always valid UTF-8, and the same as
 * GLib makes of all of them in one go. */

static void
ignore_output (GObject *target, GBytes *bytes, const char *text)
{
}

static char *
play (const QFuzzInput *input, QFuzzPieces *pieces, gsize piece)
{
  g_autoptr (QDispatcher) dispatcher = q_dispatcher_new ();
  g_autoptr (QConsoleStream) stream = q_console_stream_new (dispatcher, ignore_output);

  for (gsize done = 0; done < input->length;)
    {
      gsize rest = input->length - done;
      gsize n = pieces != NULL ? q_fuzz_pieces_next (pieces, rest) : MIN (piece, rest);
      g_autoptr (GBytes) part = g_bytes_new (input->bytes + done, n);
      g_autofree char *text = NULL;

      take_output (stream, g_bytes_get_data (part, NULL), n, FALSE);
      done += n;
      g_assert_cmpuint (stream->n_partial, <=, 3);
      if (pieces == NULL)
        continue;
      text = q_console_stream_dup_text (stream);
      g_assert_true (g_utf8_validate (text, -1, NULL));
    }
  take_output (stream, "", 0, TRUE);
  g_assert_cmpuint (stream->n_partial, ==, 0);

  /* What was posted refers to the stream until it is delivered. */
  while (g_main_context_iteration (q_dispatcher_get_context (dispatcher), FALSE))
    continue;

  return q_console_stream_dup_text (stream);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  QFuzzInput input = { size > 0 ? (const char *)data : "", size };
  guint seed = q_fuzz_take_choice (&input);
  g_autofree char *expected = NULL;
  g_autofree char *whole = NULL;
  g_autofree char *cut = NULL;
  g_autofree char *bytewise = NULL;
  QFuzzPieces pieces;

  q_fuzz_pieces_init (&pieces, seed);
  expected = g_utf8_make_valid (input.bytes, (gssize)input.length);
  whole = play (&input, NULL, G_MAXSIZE);
  cut = play (&input, &pieces, 0);
  bytewise = play (&input, NULL, 1);
  g_assert_cmpstr (whole, ==, expected);
  g_assert_cmpstr (cut, ==, expected);
  g_assert_cmpstr (bytewise, ==, expected);

  return 0;
}
