/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "match-private.h"

#include <string.h>

#include "json-text-private.h"
#include "tree-private.h"

/* A match of more members than these is looked up in a table, or the time would grow with the
 * product of both sizes. */
#define MAX_SEARCHED 8

static guint
count_members (const char *object)
{
  const char *key;
  const char *value;
  guint n = 0;

  while (q_json_next_member (&object, &key, &value))
    n++;
  return n;
}

/* By its names; the last of several counts. */
static GHashTable *
index_members (const char *object)
{
  GHashTable *members = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *key;
  const char *value;

  while (q_json_next_member (&object, &key, &value))
    g_hash_table_replace (members, q_json_unescape (key), (gpointer)value);
  return members;
}

static gboolean
objects_match (const char *match, const char *object, gboolean from_tree)
{
  g_autoptr (GHashTable) members
    = count_members (match) > MAX_SEARCHED ? index_members (object) : NULL;
  const char *key;
  const char *wanted;

  while (q_json_next_member (&match, &key, &wanted))
    {
      g_autofree char *name = q_json_unescape (key);
      const char *member
        = members != NULL ? g_hash_table_lookup (members, name) : q_json_find_member (object, name);

      if (member == NULL || !q_json_matches (wanted, member, from_tree))
        return FALSE;
    }

  return TRUE;
}

static gboolean
arrays_match (const char *match, const char *array, gboolean from_tree)
{
  const char *wanted;
  const char *element;

  while (q_json_next_element (&match, &wanted))
    if (!q_json_next_element (&array, &element) || !q_json_matches (wanted, element, from_tree))
      return FALSE;

  return !q_json_next_element (&array, &element);
}

static gboolean
strings_match (const char *match, const char *string)
{
  gsize length = (gsize)(q_json_skip_string (match) - match);
  gsize other_length = (gsize)(q_json_skip_string (string) - string);
  g_autofree char *plain = NULL;
  g_autofree char *other_plain = NULL;

  if (length == other_length && memcmp (match, string, length) == 0)
    return TRUE;
  if (memchr (match, '\\', length) == NULL && memchr (string, '\\', other_length) == NULL)
    return FALSE;

  plain = q_json_unescape (match);
  other_plain = q_json_unescape (string);
  return g_str_equal (plain, other_plain);
}

static gboolean
is_integer (const char *number, const char *end)
{
  for (; number < end; number++)
    if (*number == '.' || *number == 'e' || *number == 'E')
      return FALSE;

  return TRUE;
}

static gboolean
integers_match (const char *match, const char *match_end, const char *integer, const char *end,
                gboolean from_tree)
{
  if (from_tree)
    return q_json_read_integer (match, match_end) == q_json_read_integer (integer, end);

  /* JSON has no leading zeros, so the digits are the value; but -0 is 0. */
  if (match[0] == '-' && match[1] == '0')
    match++;
  if (integer[0] == '-' && integer[1] == '0')
    integer++;
  return match_end - match == end - integer && memcmp (match, integer, (gsize)(end - integer)) == 0;
}

/* Exact as long as the integer has 64 bits: a large one must not equal its neighbour because a
 * double cannot tell them apart. */
static gboolean
integer_equals_real (const char *integer, const char *end, double real, gboolean from_tree)
{
  g_autofree char *digits = g_strndup (integer, (gsize)(end - integer));
  gboolean negative = *integer == '-';
  guint64 magnitude;
  double whole;

  if (from_tree)
    {
      gint64 value = q_json_read_integer (integer, end);

      negative = value < 0;
      magnitude = negative ? 0 - (guint64)value : (guint64)value;
    }
  else if (!g_ascii_string_to_unsigned (digits + negative, 10, 0, G_MAXUINT64, &magnitude, NULL))
    {
      whole = g_ascii_strtod (digits, NULL);
      return whole <= real && whole >= real;
    }

  if (negative)
    real = -real;
  if (!(real >= 0.0 && real < 18446744073709551616.0))
    return FALSE;
  whole = (double)(guint64)real;
  return whole <= real && whole >= real && (guint64)real == magnitude;
}

static gboolean
numbers_match (const char *match, const char *number, gboolean from_tree)
{
  const char *match_end = q_json_skip_value (match);
  const char *end = q_json_skip_value (number);
  gboolean match_is_integer = is_integer (match, match_end);
  gboolean number_is_integer = is_integer (number, end);
  double real;
  double other;

  if (match_is_integer && number_is_integer)
    return integers_match (match, match_end, number, end, from_tree);
  if (match_is_integer)
    return integer_equals_real (match, match_end, g_ascii_strtod (number, NULL), from_tree);
  if (number_is_integer)
    return integer_equals_real (number, end, g_ascii_strtod (match, NULL), from_tree);

  real = g_ascii_strtod (match, NULL);
  other = g_ascii_strtod (number, NULL);
  return real <= other && real >= other;
}

gboolean
q_json_matches (const char *match, const char *value, gboolean from_tree)
{
  match = q_json_skip_space (match);
  value = q_json_skip_space (value);

  switch (*match)
    {
    case 'n':
      return TRUE;
    case '{':
      return *value == '{' && objects_match (match, value, from_tree);
    case '[':
      return *value == '[' && arrays_match (match, value, from_tree);
    case '"':
      return *value == '"' && strings_match (match, value);
    case 't':
    case 'f':
      return *value == *match;
    default:
      return (*value == '-' || g_ascii_isdigit (*value)) && numbers_match (match, value, from_tree);
    }
}
