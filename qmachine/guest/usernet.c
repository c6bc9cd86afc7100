/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/usernet-private.h"

#include <string.h>

#define MAX_QUOTED 200

static void
row_free (gpointer data)
{
  QUsernetRow *self = data;

  g_free (self->netdev);
  g_free (self->state);
  g_free (self->source);
  g_free (self);
}

/* "Hub -1 (net0):", "VLAN 0 (net0):" or "net0:"; NULL for no heading. */
static char *
parse_heading (const char *line)
{
  gsize length = strlen (line);
  const char *begin;

  if (length < 2 || g_ascii_isspace (line[0]) || line[length - 1] != ':')
    return NULL;

  length--;
  if (line[length - 1] == ')')
    {
      length--;
      begin = g_strrstr_len (line, length, "(");
    }
  else
    begin = g_strrstr_len (line, length, " ");
  begin = begin != NULL ? begin + 1 : line;

  return g_strndup (begin, line + length - begin);
}

static gboolean
parse_port (const char *text, guint *port)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT16, &value, NULL))
    return FALSE;

  *port = value;
  return TRUE;
}

/* The words behind the state: descriptor, two addresses with their ports, and the queues. */
static gboolean
parse_words (QUsernetRow *row, const char *text)
{
  g_auto (GStrv) parts = g_strsplit_set (text, " \t", -1);
  const char *words[5];
  gsize n_words = 0;
  guint64 fd;

  for (gsize i = 0; parts[i] != NULL && n_words < G_N_ELEMENTS (words); i++)
    if (parts[i][0] != '\0')
      words[n_words++] = parts[i];

  if (n_words < G_N_ELEMENTS (words)
      || !g_ascii_string_to_unsigned (words[0], 10, 0, G_MAXINT, &fd, NULL)
      || !parse_port (words[2], &row->source_port) || !parse_port (words[4], &row->dest_port))
    return FALSE;

  row->fd = fd;
  row->source = g_strdup (words[1]);
  return TRUE;
}

static QUsernetRow *
parse_row (const char *line, const char *netdev)
{
  QUsernetRow *row;
  const char *end;

  while (g_ascii_isspace (*line))
    line++;
  end = strchr (line, ']');
  if (end == NULL || (!g_str_has_prefix (line, "TCP[") && !g_str_has_prefix (line, "UDP[")))
    return NULL;

  row = g_new0 (QUsernetRow, 1);
  row->netdev = g_strdup (netdev);
  row->udp = line[0] == 'U';
  row->state = g_strndup (line + 4, end - line - 4);
  if (!parse_words (row, end + 1))
    g_clear_pointer (&row, row_free);

  return row;
}

GPtrArray *
q_usernet_parse (const char *text)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func (row_free);
  g_auto (GStrv) lines = g_strsplit_set (text, "\r\n", -1);
  g_autofree char *netdev = NULL;

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      char *heading = parse_heading (lines[i]);
      QUsernetRow *row = heading == NULL ? parse_row (lines[i], netdev) : NULL;

      if (heading != NULL)
        {
          g_free (netdev);
          netdev = heading;
        }
      else if (row != NULL)
        g_ptr_array_add (rows, row);
    }

  return rows;
}

gboolean
q_usernet_row_is_forward (const QUsernetRow *self)
{
  return g_str_equal (self->state, "HOST_FORWARD");
}

gboolean
q_usernet_row_is_past_handshake (const QUsernetRow *self)
{
  static const char *const before[]
    = { "HOST_FORWARD", "NONE", "CLOSED", "LISTEN", "SYN_SENT", "SYN_RECEIVED", NULL };

  return !self->udp && !g_strv_contains (before, self->state);
}

char *
q_usernet_quote (const char *text, gssize length)
{
  gsize n_bytes = length < 0 ? strlen (text) : (gsize)length;
  g_autofree char *beginning = g_utf8_make_valid (text, MIN (n_bytes, MAX_QUOTED));

  for (char *p = beginning; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      *p = ' ';
  g_strstrip (beginning);
  if (beginning[0] == '\0')
    return g_strdup ("(nothing)");
  return g_strconcat (beginning, n_bytes > MAX_QUOTED ? "..." : NULL, NULL);
}
