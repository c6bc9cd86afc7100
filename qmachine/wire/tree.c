/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree-private.h"

#include <string.h>

#include "scanner-private.h"

/* -- strings -- */

const char *
q_json_skip_string (const char *text)
{
  for (text++; *text != '"'; text++)
    if (*text == '\\')
      text++;
  return text + 1;
}

static gunichar
read_code_unit (const char *digits)
{
  gunichar unit = 0;

  for (guint i = 0; i < 4; i++)
    unit = unit << 4 | (gunichar) g_ascii_xdigit_value (digits[i]);
  return unit;
}

/* Takes `\uXXXX`, or a pair of them, and returns what is behind it. */
static const char *
unescape_unicode (const char *text, GString *out)
{
  gunichar c = read_code_unit (text + 2);

  text += 6;
  if (c >= 0xd800 && c <= 0xdbff)
    {
      c = 0x10000 + ((c - 0xd800) << 10) + (read_code_unit (text + 2) - 0xdc00);
      text += 6;
    }
  /* A C string cannot hold it, and losing all that follows would be worse than one odd sign. */
  g_string_append_unichar (out, c != 0 ? c : 0xfffd);

  return text;
}

char *
q_json_unescape (const char *text)
{
  static const char escapes[] = "bfnrt";
  static const char meanings[] = "\b\f\n\r\t";
  const char *end = q_json_skip_string (text) - 1;
  GString *out = g_string_sized_new ((gsize) (end - text));

  for (text++; text < end;)
    {
      const char *plain_end = memchr (text, '\\', (gsize) (end - text));
      const char *escape;

      if (plain_end == NULL)
        plain_end = end;
      g_string_append_len (out, text, plain_end - text);
      text = plain_end;
      if (text == end)
        break;

      if (text[1] == 'u')
        {
          text = unescape_unicode (text, out);
          continue;
        }
      escape = strchr (escapes, text[1]);
      g_string_append_c (out, escape != NULL ? meanings[escape - escapes] : text[1]);
      text += 2;
    }

  return g_string_free (out, FALSE);
}

/* -- trees -- */

typedef struct
{
  const char *text;
  const char *end;
} Reader;

static JsonNode *read_value (Reader *reader);

static void
skip_space (Reader *reader)
{
  while (reader->text < reader->end && q_json_is_space (*reader->text))
    reader->text++;
}

static char *
read_string (Reader *reader)
{
  const char *start = reader->text;
  gsize length;

  reader->text = q_json_skip_string (start);
  length = (gsize) (reader->text - start) - 2;
  if (memchr (start + 1, '\\', length) == NULL)
    return g_strndup (start + 1, length);
  return q_json_unescape (start);
}

/* In the way of json-glib: what is too large is the largest unsigned number, and all are taken as
 * signed ones with the same bits. */
static gint64
read_integer (const char *text, const char *end)
{
  gboolean negative = *text == '-';
  guint64 value = 0;

  for (text += negative; text < end; text++)
    if (!g_uint64_checked_mul (&value, value, 10)
        || !g_uint64_checked_add (&value, value, (guint64) (*text - '0')))
      {
        value = G_MAXUINT64;
        break;
      }

  return (gint64) (negative ? 0 - value : value);
}

static JsonNode *
read_number (Reader *reader)
{
  const char *start = reader->text;
  gboolean is_integer = TRUE;
  g_autofree char *token = NULL;

  for (; reader->text < reader->end; reader->text++)
    {
      char c = *reader->text;

      if (c == '.' || c == 'e' || c == 'E')
        is_integer = FALSE;
      else if (!g_ascii_isdigit (c) && c != '-' && c != '+')
        break;
    }
  if (is_integer)
    return json_node_init_int (json_node_alloc (), read_integer (start, reader->text));

  token = g_strndup (start, (gsize) (reader->text - start));
  return json_node_init_double (json_node_alloc (), g_ascii_strtod (token, NULL));
}

static JsonNode *
read_literal (Reader *reader)
{
  switch (*reader->text)
    {
    case 't':
      reader->text += strlen ("true");
      return json_node_init_boolean (json_node_alloc (), TRUE);
    case 'f':
      reader->text += strlen ("false");
      return json_node_init_boolean (json_node_alloc (), FALSE);
    default:
      reader->text += strlen ("null");
      return json_node_init_null (json_node_alloc ());
    }
}

/* From one item to the next; FALSE behind the last. */
static gboolean
next_item (Reader *reader, char closing)
{
  skip_space (reader);
  if (*reader->text == ',')
    {
      reader->text++;
      skip_space (reader);
    }
  if (*reader->text != closing)
    return TRUE;

  reader->text++;
  return FALSE;
}

static JsonNode *
read_object (Reader *reader)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  json_node_take_object (node, object);
  reader->text++;
  while (next_item (reader, '}'))
    {
      g_autofree char *name = read_string (reader);
      JsonNode *member;

      skip_space (reader);
      reader->text++;
      member = read_value (reader);
      json_node_set_parent (member, node);
      json_object_set_member (object, name, member);
    }

  return node;
}

static JsonNode *
read_array (Reader *reader)
{
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();

  json_node_take_array (node, array);
  reader->text++;
  while (next_item (reader, ']'))
    {
      JsonNode *element = read_value (reader);

      json_node_set_parent (element, node);
      json_array_add_element (array, element);
    }

  return node;
}

static JsonNode *
read_value (Reader *reader)
{
  g_autofree char *string = NULL;

  skip_space (reader);
  switch (*reader->text)
    {
    case '{':
      return read_object (reader);
    case '[':
      return read_array (reader);
    case '"':
      string = read_string (reader);
      return json_node_init_string (json_node_alloc (), string);
    case 't':
    case 'f':
    case 'n':
      return read_literal (reader);
    default:
      return read_number (reader);
    }
}

JsonNode *
q_json_build_tree (const char *text, gsize length)
{
  Reader reader = { text, text + length };

  skip_space (&reader);
  if (reader.text == reader.end)
    return NULL;

  return read_value (&reader);
}
