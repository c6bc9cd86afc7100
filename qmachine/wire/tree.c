/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree-private.h"

#include <string.h>

#include "json-text-private.h"
#include "scanner-private.h"

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
  length = (gsize)(reader->text - start) - 2;
  if (memchr (start + 1, '\\', length) == NULL)
    return g_strndup (start + 1, length);
  return q_json_unescape (start);
}

gint64
q_json_read_integer (const char *text, const char *end)
{
  gboolean negative = *text == '-';
  guint64 value = 0;

  for (text += negative; text < end; text++)
    if (!g_uint64_checked_mul (&value, value, 10)
        || !g_uint64_checked_add (&value, value, (guint64)(*text - '0')))
      {
        value = G_MAXUINT64;
        break;
      }

  return (gint64)(negative ? 0 - value : value);
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
    return json_node_init_int (json_node_alloc (), q_json_read_integer (start, reader->text));

  token = g_strndup (start, (gsize)(reader->text - start));
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

/* json-glib 1.6 makes sure that a double has a fraction, also behind the exponent: "1e-05.0". */
static void
drop_fractions_of_exponents (char *text)
{
  const char *start = text;
  gboolean in_string = FALSE;
  char *out = text;

  while (*text != '\0')
    {
      gboolean is_exponent
        = !in_string && *text == 'e' && text > start && g_ascii_isdigit (out[-1]);

      if (*text == '"')
        in_string = !in_string;
      else if (in_string && *text == '\\')
        *out++ = *text++;
      *out++ = *text++;
      if (!is_exponent)
        continue;

      while (*text == '+' || *text == '-' || g_ascii_isdigit (*text))
        *out++ = *text++;
      if (g_str_has_prefix (text, ".0"))
        text += 2;
    }
  *out = '\0';
}

/* json-glib recurses, so its trees cannot be arbitrarily deep, and prints numbers that JSON does
 * not have; the text is checked afterwards like any other. */
char *
q_json_print_tree (JsonNode *node)
{
  g_autoptr (JsonGenerator) generator = NULL;
  char *text;

  if (node == NULL)
    return NULL;
  /* Not every tree comes from a parser: these have nothing in them yet. */
  if (JSON_NODE_HOLDS_OBJECT (node) && json_node_get_object (node) == NULL)
    return g_strdup ("{}");
  if (JSON_NODE_HOLDS_ARRAY (node) && json_node_get_array (node) == NULL)
    return g_strdup ("[]");
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INVALID)
    return g_strdup ("");

  generator = json_generator_new ();
  json_generator_set_root (generator, node);
  text = json_generator_to_data (generator, NULL);
  if (text != NULL)
    drop_fractions_of_exponents (text);

  return text;
}
