/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json-text-private.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "scanner-private.h"

const char *
q_json_skip_space (const char *text)
{
  while (q_json_is_space (*text))
    text++;
  return text;
}

const char *
q_json_skip_string (const char *text)
{
  const char *quote = text;

  for (;;)
    {
      const char *start = quote + 1;
      const char *end;

      /* In the steps of the C library, for some strings are of many megabytes. It looks no further
       * than what it finds, and there is a quote at the end. */
      quote = memchr (start, '"', G_MAXSSIZE / 2);
      for (end = quote; end > start && end[-1] == '\\';)
        end--;
      if ((quote - end) % 2 == 0)
        return quote + 1;
    }
}

static gunichar
read_code_unit (const char *digits)
{
  gunichar unit = 0;

  for (guint i = 0; i < 4; i++)
    unit = unit << 4 | (gunichar)g_ascii_xdigit_value (digits[i]);
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
  GString *out = g_string_sized_new ((gsize)(end - text));

  for (text++; text < end;)
    {
      const char *plain_end = memchr (text, '\\', (gsize)(end - text));
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

const char *
q_json_skip_value (const char *text)
{
  gsize depth = 0;

  if (*text != '{' && *text != '[' && *text != '"')
    {
      while (*text != '\0' && !q_json_is_space (*text) && *text != ',' && *text != ']'
             && *text != '}')
        text++;
      return text;
    }

  do
    {
      if (*text == '"')
        text = q_json_skip_string (text);
      else
        {
          if (*text == '{' || *text == '[')
            depth++;
          else if (*text == '}' || *text == ']')
            depth--;
          text++;
        }
    }
  while (depth > 0);

  return text;
}

/* From an opening bracket, or from what is behind an item, to the next item. */
static const char *
find_next_item (const char *text, char closing)
{
  text = q_json_skip_space (text);
  if (*text != closing)
    text = q_json_skip_space (text + 1);
  return *text != closing ? text : NULL;
}

static gboolean
next_member (const char **position, const char **key, const char **key_end, const char **value)
{
  *key = find_next_item (*position, '}');
  if (*key == NULL)
    return FALSE;

  *key_end = q_json_skip_string (*key);
  *value = q_json_skip_space (q_json_skip_space (*key_end) + 1);
  *position = q_json_skip_value (*value);
  return TRUE;
}

gboolean
q_json_next_member (const char **position, const char **key, const char **value)
{
  const char *key_end;

  return next_member (position, key, &key_end, value);
}

gboolean
q_json_next_element (const char **position, const char **value)
{
  *value = find_next_item (*position, ']');
  if (*value == NULL)
    return FALSE;

  *position = q_json_skip_value (*value);
  return TRUE;
}

/* `key` with its quotes may be written in many ways, but hardly ever is. */
static gboolean
is_key (const char *key, const char *end, const char *name, gsize name_length)
{
  gsize length = (gsize)(end - key) - 2;
  g_autofree char *unescaped = NULL;

  if (memchr (key, '\\', length + 2) == NULL)
    return length == name_length && memcmp (key + 1, name, length) == 0;

  unescaped = q_json_unescape (key);
  return g_str_equal (unescaped, name);
}

void
q_json_find_members (const char *object, const char *const *names, const char **values,
                     gsize n_names)
{
  const char *position = object;
  const char *key;
  const char *key_end;
  const char *value;

  for (gsize i = 0; i < n_names; i++)
    values[i] = NULL;
  while (next_member (&position, &key, &key_end, &value))
    for (gsize i = 0; i < n_names; i++)
      if (is_key (key, key_end, names[i], strlen (names[i])))
        values[i] = value;
}

const char *
q_json_find_member (const char *object, const char *name)
{
  const char *found;

  q_json_find_members (object, &name, &found, 1);
  return found;
}

gboolean
q_json_read_int64 (const char *value, gint64 *number)
{
  char *end;
  gint64 read;

  if (value == NULL || (*value != '-' && !g_ascii_isdigit (*value)))
    return FALSE;

  errno = 0;
  read = g_ascii_strtoll (value, &end, 10);
  if (errno != 0 || end != q_json_skip_value (value))
    return FALSE;

  *number = read;
  return TRUE;
}

gboolean
q_json_read_uint64 (const char *value, guint64 *number)
{
  char *end;
  guint64 read;

  if (value == NULL || !g_ascii_isdigit (*value))
    return FALSE;

  errno = 0;
  read = g_ascii_strtoull (value, &end, 10);
  if (errno != 0 || end != q_json_skip_value (value))
    return FALSE;

  *number = read;
  return TRUE;
}

gboolean
q_json_read_double (const char *value, double *number)
{
  double read;

  if (value == NULL || (*value != '-' && !g_ascii_isdigit (*value)))
    return FALSE;

  read = g_ascii_strtod (value, NULL);
  if (!isfinite (read))
    return FALSE;

  *number = read;
  return TRUE;
}

gboolean
q_json_read_boolean (const char *value, gboolean *truth)
{
  if (value == NULL || (*value != 't' && *value != 'f'))
    return FALSE;

  *truth = *value == 't';
  return TRUE;
}

char *
q_json_read_string (const char *value)
{
  return value != NULL && *value == '"' ? q_json_unescape (value) : NULL;
}

void
q_json_append_string (GString *out, const char *string)
{
  g_string_append_c (out, '"');
  for (; *string != '\0'; string++)
    {
      if (*string == '"' || *string == '\\')
        g_string_append_c (out, '\\');
      if ((guchar)*string < 0x20)
        g_string_append_printf (out, "\\u%04x", (guint)*string);
      else
        g_string_append_c (out, *string);
    }
  g_string_append_c (out, '"');
}
