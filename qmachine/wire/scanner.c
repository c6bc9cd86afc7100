/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scanner-private.h"

#include <string.h>

enum
{
  STATE_VALUE,
  STATE_FIRST_ITEM,
  STATE_FIRST_KEY,
  STATE_KEY,
  STATE_COLON,
  STATE_AFTER_VALUE,
  STATE_STRING,
  STATE_CONTINUATION,
  STATE_ESCAPE,
  STATE_HEX,
  STATE_LOW_BACKSLASH,
  STATE_LOW_U,
  STATE_LITERAL,
  STATE_MINUS,
  STATE_ZERO,
  STATE_INTEGER,
  STATE_POINT,
  STATE_FRACTION,
  STATE_E,
  STATE_E_SIGN,
  STATE_EXPONENT,
  STATE_DONE,
  STATE_BROKEN,
};

/* The bytes that mean themselves in a string: nearly all that ever comes. */
static const guint8 is_plain[256] = {
  [0x20 ... 0x21] = 1,
  [0x23 ... 0x5b] = 1,
  [0x5d ... 0x7f] = 1,
};

static const struct
{
  const char *name;
  gsize length;
} member_names[Q_N_MEMBERS] = {
  [Q_MEMBER_QMP] = { "QMP", 3 },       [Q_MEMBER_EVENT] = { "event", 5 },
  [Q_MEMBER_TIMESTAMP] = { "timestamp", 9 }, [Q_MEMBER_DATA] = { "data", 4 },
  [Q_MEMBER_RETURN] = { "return", 6 }, [Q_MEMBER_ERROR] = { "error", 5 },
  [Q_MEMBER_ID] = { "id", 2 },
};

static void
fail (QScanner *self, const char *reason)
{
  self->reason = reason;
  self->state = STATE_BROKEN;
}

static gboolean
is_in_object (QScanner *self)
{
  guint level = self->depth - 1;

  return (self->nesting[level / 64] >> (level % 64)) & 1;
}

static void
end_value (QScanner *self, gsize end)
{
  if (self->depth == 0)
    {
      self->state = STATE_DONE;
      return;
    }

  self->state = STATE_AFTER_VALUE;
  if (self->depth == 1 && self->member != Q_N_MEMBERS)
    {
      self->members[self->member].start = self->value_start;
      self->members[self->member].length = end - self->value_start;
    }
}

static void
open_level (QScanner *self, gboolean is_object)
{
  guint level = self->depth;
  guint64 bit = G_GUINT64_CONSTANT (1) << (level % 64);

  if (level + self->outer_depth >= Q_JSON_MAX_DEPTH)
    {
      fail (self, "nested more than 1024 levels deep");
      return;
    }

  if (is_object)
    self->nesting[level / 64] |= bit;
  else
    self->nesting[level / 64] &= ~bit;
  self->depth++;
  self->offset++;
  self->state = is_object ? STATE_FIRST_KEY : STATE_FIRST_ITEM;
}

static void
close_level (QScanner *self, guint8 c)
{
  if (is_in_object (self) != (c == '}'))
    {
      fail (self, "a bracket that closes nothing");
      return;
    }

  self->depth--;
  self->offset++;
  end_value (self, self->offset);
}

static void
open_string (QScanner *self, gboolean is_key)
{
  self->offset++;
  self->in_key = is_key;
  self->state = STATE_STRING;
  if (is_key)
    self->key_start = self->offset;
}

static void
open_literal (QScanner *self, const char *rest)
{
  self->offset++;
  self->literal_rest = rest;
  self->state = STATE_LITERAL;
}

static void
open_number (QScanner *self, guint state)
{
  self->offset++;
  self->state = state;
}

static void
open_value (QScanner *self, guint8 c)
{
  if (self->depth == 0 && self->top == Q_SCAN_OBJECT && c != '{')
    {
      fail (self, "not a JSON object");
      return;
    }
  if (self->depth == 1)
    self->value_start = self->offset;

  if (c == '{' || c == '[')
    open_level (self, c == '{');
  else if (c == '"')
    open_string (self, FALSE);
  else if (c >= '1' && c <= '9')
    open_number (self, STATE_INTEGER);
  else if (c == '0')
    open_number (self, STATE_ZERO);
  else if (c == '-')
    open_number (self, STATE_MINUS);
  else if (c == 't')
    open_literal (self, "rue");
  else if (c == 'f')
    open_literal (self, "alse");
  else if (c == 'n')
    open_literal (self, "ull");
  else
    fail (self, "no JSON value starts like this");
}

static void
after_value (QScanner *self, guint8 c)
{
  if (c == ',')
    {
      self->state = is_in_object (self) ? STATE_KEY : STATE_VALUE;
      self->offset++;
    }
  else if (c == '}' || c == ']')
    close_level (self, c);
  else
    fail (self, "a comma or a closing bracket is missing");
}

static void
start_token (QScanner *self, guint8 c)
{
  self->n_tokens++;
  switch (self->state)
    {
    case STATE_FIRST_ITEM:
      if (c == ']')
        close_level (self, c);
      else
        open_value (self, c);
      break;

    case STATE_VALUE:
      open_value (self, c);
      break;

    case STATE_FIRST_KEY:
    case STATE_KEY:
      if (c == '"')
        open_string (self, TRUE);
      else if (c == '}' && self->state == STATE_FIRST_KEY)
        close_level (self, c);
      else
        fail (self, "a member's name in double quotes is missing");
      break;

    case STATE_COLON:
      if (c != ':')
        {
          fail (self, "a colon is missing");
          break;
        }
      self->offset++;
      self->state = STATE_VALUE;
      break;

    default:
      after_value (self, c);
      break;
    }
}

/* The text is compared as it stands: a key written with an escape is not one of ours. */
static void
find_member (QScanner *self, const char *text)
{
  const char *key = text + self->key_start;
  gsize length = self->offset - self->key_start;
  guint i;

  self->member = Q_N_MEMBERS;
  for (i = 0; i < Q_N_MEMBERS; i++)
    if (member_names[i].length == length && memcmp (member_names[i].name, key, length) == 0)
      break;
  if (i == Q_N_MEMBERS)
    return;

  if (self->members[i].length > 0)
    fail (self, "the same member twice");
  else
    self->member = i;
}

static void
close_string (QScanner *self, const char *text)
{
  if (!self->in_key)
    {
      self->offset++;
      end_value (self, self->offset);
      return;
    }

  self->state = STATE_COLON;
  if (self->depth == 1)
    {
      find_member (self, text);
      if (self->state == STATE_BROKEN)
        return;
    }
  self->offset++;
}

/* The ranges that leave out overlong forms, surrogates and what is past U+10FFFF: it takes only
 * the byte after the first to see them. */
static void
open_sequence (QScanner *self, guint8 c)
{
  self->continuation_min = 0x80;
  self->continuation_max = 0xbf;
  if (c >= 0xc2 && c <= 0xdf)
    self->n_continuations = 1;
  else if (c >= 0xe0 && c <= 0xef)
    self->n_continuations = 2;
  else if (c >= 0xf0 && c <= 0xf4)
    self->n_continuations = 3;
  else
    {
      fail (self, "invalid UTF-8");
      return;
    }

  if (c == 0xe0)
    self->continuation_min = 0xa0;
  else if (c == 0xed)
    self->continuation_max = 0x9f;
  else if (c == 0xf0)
    self->continuation_min = 0x90;
  else if (c == 0xf4)
    self->continuation_max = 0x8f;
  self->offset++;
  self->state = STATE_CONTINUATION;
}

static void
scan_continuation (QScanner *self, guint8 c)
{
  if (c < self->continuation_min || c > self->continuation_max)
    {
      fail (self, "invalid UTF-8");
      return;
    }

  self->continuation_min = 0x80;
  self->continuation_max = 0xbf;
  self->offset++;
  if (--self->n_continuations == 0)
    self->state = STATE_STRING;
}

static void
scan_string (QScanner *self, const char *text, gsize length)
{
  const guint8 *bytes = (const guint8 *) text;
  gsize offset = self->offset;
  guint8 c;

  while (offset < length && is_plain[bytes[offset]])
    offset++;
  self->offset = offset;
  if (offset == length)
    return;

  c = bytes[offset];
  if (c == '"')
    close_string (self, text);
  else if (c == '\\')
    {
      self->offset++;
      self->state = STATE_ESCAPE;
    }
  else if (c < 0x20)
    fail (self, "a control character in a string");
  else
    open_sequence (self, c);
}

static void
open_unicode_escape (QScanner *self)
{
  self->offset++;
  self->code_unit = 0;
  self->n_hex_left = 4;
  self->state = STATE_HEX;
}

static void
scan_escape (QScanner *self, guint8 c)
{
  if (c == 'u')
    open_unicode_escape (self);
  else if (c != '\0' && strchr ("\"\\/bfnrt", c) != NULL)
    {
      self->offset++;
      self->state = STATE_STRING;
    }
  else
    fail (self, "an unknown escape");
}

static void
end_unicode_escape (QScanner *self)
{
  gboolean is_high = self->code_unit >= 0xd800 && self->code_unit <= 0xdbff;
  gboolean is_low = self->code_unit >= 0xdc00 && self->code_unit <= 0xdfff;

  if (is_low != self->wants_low_surrogate)
    {
      fail (self, "half a surrogate pair");
      return;
    }
  self->wants_low_surrogate = is_high;
  self->state = is_high ? STATE_LOW_BACKSLASH : STATE_STRING;
}

static void
scan_hex (QScanner *self, guint8 c)
{
  if (!g_ascii_isxdigit (c))
    {
      fail (self, "four hexadecimal digits must follow \\u");
      return;
    }

  self->code_unit = self->code_unit << 4 | (guint) g_ascii_xdigit_value (c);
  self->offset++;
  if (--self->n_hex_left == 0)
    end_unicode_escape (self);
}

static void
scan_low_surrogate_start (QScanner *self, guint8 c)
{
  if (c != (self->state == STATE_LOW_BACKSLASH ? '\\' : 'u'))
    fail (self, "half a surrogate pair");
  else if (self->state == STATE_LOW_U)
    open_unicode_escape (self);
  else
    {
      self->offset++;
      self->state = STATE_LOW_U;
    }
}

static void
scan_literal (QScanner *self, guint8 c)
{
  if (c != (guint8) *self->literal_rest)
    {
      fail (self, "no JSON value starts like this");
      return;
    }

  self->offset++;
  if (*++self->literal_rest == '\0')
    end_value (self, self->offset);
}

/* STATE_DONE stands for "the number ended before this byte". */
static guint
next_number_state (guint state, guint8 c)
{
  gboolean is_digit = c >= '0' && c <= '9';
  gboolean is_e = c == 'e' || c == 'E';

  switch (state)
    {
    case STATE_MINUS:
      if (c == '0')
        return STATE_ZERO;
      return is_digit ? STATE_INTEGER : STATE_BROKEN;

    case STATE_ZERO:
      if (is_digit)
        return STATE_BROKEN;
      break;

    case STATE_INTEGER:
      if (is_digit)
        return STATE_INTEGER;
      break;

    case STATE_POINT:
      return is_digit ? STATE_FRACTION : STATE_BROKEN;

    case STATE_FRACTION:
      if (is_digit)
        return STATE_FRACTION;
      return is_e ? STATE_E : STATE_DONE;

    case STATE_E:
      if (c == '+' || c == '-')
        return STATE_E_SIGN;
      return is_digit ? STATE_EXPONENT : STATE_BROKEN;

    case STATE_E_SIGN:
      return is_digit ? STATE_EXPONENT : STATE_BROKEN;

    default:
      return is_digit ? STATE_EXPONENT : STATE_DONE;
    }

  if (c == '.')
    return STATE_POINT;
  return is_e ? STATE_E : STATE_DONE;
}

static void
scan_number (QScanner *self, const guint8 *bytes, gsize length)
{
  gsize offset = self->offset;
  guint state = self->state;

  while (offset < length)
    {
      guint next = next_number_state (state, bytes[offset]);

      if (next == STATE_DONE || next == STATE_BROKEN)
        {
          self->offset = offset;
          if (next == STATE_DONE)
            end_value (self, offset);
          else
            fail (self, "not a number by JSON's rules");
          return;
        }
      state = next;
      offset++;
    }
  self->offset = offset;
  self->state = state;
}

static void
scan_tokens (QScanner *self, const guint8 *bytes, gsize length)
{
  while (self->offset < length && self->state < STATE_STRING)
    if (q_json_is_space ((char) bytes[self->offset]))
      self->offset++;
    else
      start_token (self, bytes[self->offset]);
}

static void
step (QScanner *self, const char *text, gsize length)
{
  const guint8 *bytes = (const guint8 *) text;
  guint8 c = bytes[self->offset];

  switch (self->state)
    {
    case STATE_STRING:
      scan_string (self, text, length);
      break;
    case STATE_CONTINUATION:
      scan_continuation (self, c);
      break;
    case STATE_ESCAPE:
      scan_escape (self, c);
      break;
    case STATE_HEX:
      scan_hex (self, c);
      break;
    case STATE_LOW_BACKSLASH:
    case STATE_LOW_U:
      scan_low_surrogate_start (self, c);
      break;
    case STATE_LITERAL:
      scan_literal (self, c);
      break;
    default:
      if (self->state < STATE_STRING)
        scan_tokens (self, bytes, length);
      else
        scan_number (self, bytes, length);
      break;
    }
}

static QScanResult
get_result (QScanner *self)
{
  switch (self->state)
    {
    case STATE_DONE:
      return Q_SCAN_DONE;
    case STATE_BROKEN:
      return Q_SCAN_BROKEN;
    default:
      return Q_SCAN_MORE;
    }
}

void
q_scanner_init (QScanner *self, QScanTop top, guint outer_depth)
{
  /* The bitmap is written level by level: clearing it for each event would be wasted. */
  memset (self, 0, G_STRUCT_OFFSET (QScanner, nesting));
  self->top = top;
  self->state = STATE_VALUE;
  self->outer_depth = outer_depth;
  self->member = Q_N_MEMBERS;
}

QScanResult
q_scanner_feed (QScanner *self, const char *text, gsize length)
{
  while (self->offset < length && self->state < STATE_DONE)
    step (self, text, length);

  return get_result (self);
}

QScanResult
q_scanner_finish (QScanner *self)
{
  switch (self->state)
    {
    case STATE_ZERO:
    case STATE_INTEGER:
    case STATE_FRACTION:
    case STATE_EXPONENT:
      if (self->depth == 0)
        {
          self->state = STATE_DONE;
          break;
        }
      G_GNUC_FALLTHROUGH;

    default:
      if (self->state < STATE_DONE)
        fail (self, "the text ends in the middle");
      break;
    }

  return get_result (self);
}
