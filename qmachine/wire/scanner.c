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

/* The same byte eight times. */
#define EIGHT(byte) (G_GUINT64_CONSTANT (0x0101010101010101) * (byte))

/* What follows takes the offset to go on from and returns where it came to. */

static gsize
fail (QScanner *self, gsize offset, const char *reason)
{
  self->reason = reason;
  self->state = STATE_BROKEN;
  return offset;
}

static gboolean
is_in_object (QScanner *self)
{
  guint level = self->depth - 1;

  return (self->nesting[level / 64] >> (level % 64)) & 1;
}

static gsize
end_value (QScanner *self, gsize end)
{
  if (self->depth == 0)
    {
      self->state = STATE_DONE;
      return end;
    }

  self->state = STATE_AFTER_VALUE;
  if (self->depth == 1 && self->member != Q_N_MEMBERS)
    {
      self->members[self->member].start = self->value_start;
      self->members[self->member].length = end - self->value_start;
    }
  return end;
}

static gsize
open_level (QScanner *self, gsize offset, gboolean is_object)
{
  guint level = self->depth;
  guint64 bit = G_GUINT64_CONSTANT (1) << (level % 64);

  if (level + self->outer_depth >= Q_JSON_MAX_DEPTH)
    return fail (self, offset, "nested more than 1024 levels deep");

  if (is_object)
    self->nesting[level / 64] |= bit;
  else
    self->nesting[level / 64] &= ~bit;
  self->depth++;
  self->state = is_object ? STATE_FIRST_KEY : STATE_FIRST_ITEM;
  return offset + 1;
}

static gsize
close_level (QScanner *self, gsize offset, guint8 c)
{
  if (is_in_object (self) != (c == '}'))
    return fail (self, offset, "a bracket that closes nothing");

  self->depth--;
  return end_value (self, offset + 1);
}

static gsize
open_string (QScanner *self, gsize offset, gboolean is_key)
{
  self->in_key = is_key;
  self->state = STATE_STRING;
  if (is_key)
    self->key_start = offset + 1;
  return offset + 1;
}

static gsize
open_literal (QScanner *self, gsize offset, const char *rest)
{
  self->literal_rest = rest;
  self->state = STATE_LITERAL;
  return offset + 1;
}

static gsize
open_number (QScanner *self, gsize offset, guint8 state)
{
  self->state = state;
  return offset + 1;
}

static gsize
open_value (QScanner *self, gsize offset, guint8 c)
{
  if (self->depth == 0 && self->top != Q_SCAN_ANY_VALUE && c != '{')
    return fail (self, offset, "not a JSON object");
  if (self->depth == 1)
    self->value_start = offset;

  if (c == '"')
    return open_string (self, offset, FALSE);
  if (c >= '1' && c <= '9')
    return open_number (self, offset, STATE_INTEGER);
  if (c == '{' || c == '[')
    return open_level (self, offset, c == '{');
  if (c == '0')
    return open_number (self, offset, STATE_ZERO);
  if (c == '-')
    return open_number (self, offset, STATE_MINUS);
  if (c == 't')
    return open_literal (self, offset, "rue");
  if (c == 'f')
    return open_literal (self, offset, "alse");
  if (c == 'n')
    return open_literal (self, offset, "ull");
  return fail (self, offset, "no JSON value starts like this");
}

static gsize
after_value (QScanner *self, gsize offset, guint8 c)
{
  if (c == ',')
    {
      self->state = is_in_object (self) ? STATE_KEY : STATE_VALUE;
      return offset + 1;
    }
  if (c == '}' || c == ']')
    return close_level (self, offset, c);
  return fail (self, offset, "a comma or a closing bracket is missing");
}

static gsize
start_token (QScanner *self, gsize offset, guint8 c)
{
  self->n_tokens++;
  switch (self->state)
    {
    case STATE_FIRST_ITEM:
    case STATE_VALUE:
      if (c == ']' && self->state == STATE_FIRST_ITEM)
        return close_level (self, offset, c);
      return open_value (self, offset, c);

    case STATE_FIRST_KEY:
    case STATE_KEY:
      if (c == '"')
        return open_string (self, offset, TRUE);
      if (c == '}' && self->state == STATE_FIRST_KEY)
        return close_level (self, offset, c);
      return fail (self, offset, "a member's name in double quotes is missing");

    case STATE_COLON:
      if (c != ':')
        return fail (self, offset, "a colon is missing");
      self->state = STATE_VALUE;
      return offset + 1;

    default:
      return after_value (self, offset, c);
    }
}

static QMember
get_member (const char *key, gsize length)
{
#define IS(name) (memcmp (key, name, sizeof name - 1) == 0)
  switch (length)
    {
    case 2:
      return IS ("id") ? Q_MEMBER_ID : Q_N_MEMBERS;
    case 3:
      return IS ("QMP") ? Q_MEMBER_QMP : Q_N_MEMBERS;
    case 4:
      return IS ("data") ? Q_MEMBER_DATA : Q_N_MEMBERS;
    case 5:
      if (IS ("event"))
        return Q_MEMBER_EVENT;
      return IS ("error") ? Q_MEMBER_ERROR : Q_N_MEMBERS;
    case 6:
      return IS ("return") ? Q_MEMBER_RETURN : Q_N_MEMBERS;
    case 9:
      return IS ("timestamp") ? Q_MEMBER_TIMESTAMP : Q_N_MEMBERS;
    default:
      return Q_N_MEMBERS;
    }
#undef IS
}

/* The text is compared as it stands: a key written with an escape is not one of ours. */
static gsize
close_key (QScanner *self, const char *text, gsize offset, gsize length)
{
  if (self->depth == 1 && self->top == Q_SCAN_MESSAGE)
    {
      self->member = get_member (text + self->key_start, offset - self->key_start);
      if (self->member != Q_N_MEMBERS && self->members[self->member].length > 0)
        return fail (self, offset, "the same member twice");
    }

  /* As it nearly always is. */
  if (offset + 1 < length && text[offset + 1] == ':')
    {
      self->n_tokens++;
      self->state = STATE_VALUE;
      return offset + 2;
    }
  self->state = STATE_COLON;
  return offset + 1;
}

/* The ranges that leave out overlong forms, surrogates and what is past U+10FFFF: it takes only
 * the byte after the first to see them. */
static gsize
open_sequence (QScanner *self, gsize offset, guint8 c)
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
    return fail (self, offset, "invalid UTF-8");

  if (c == 0xe0)
    self->continuation_min = 0xa0;
  else if (c == 0xed)
    self->continuation_max = 0x9f;
  else if (c == 0xf0)
    self->continuation_min = 0x90;
  else if (c == 0xf4)
    self->continuation_max = 0x8f;
  self->state = STATE_CONTINUATION;
  return offset + 1;
}

static gsize
scan_continuation (QScanner *self, gsize offset, guint8 c)
{
  if (c < self->continuation_min || c > self->continuation_max)
    return fail (self, offset, "invalid UTF-8");

  self->continuation_min = 0x80;
  self->continuation_max = 0xbf;
  if (--self->n_continuations == 0)
    self->state = STATE_STRING;
  return offset + 1;
}

/* Where the bytes that mean themselves end. */
static gsize
skip_plain (const guint8 *bytes, gsize offset, gsize length)
{
  while (length - offset >= sizeof (guint64))
    {
      guint64 word;
      guint64 special;

      memcpy (&word, bytes + offset, sizeof word);
      word = GUINT64_FROM_LE (word);
      /* A high bit for a byte that is below the blank, a quote, a backslash or not ASCII. As
       * subtracting borrows from the byte above, only the lowest one is sure to be right. */
      special = (word | (word - EIGHT (' ')) | ((word ^ EIGHT ('"')) - EIGHT (1))
                 | ((word ^ EIGHT ('\\')) - EIGHT (1)))
                & EIGHT (0x80);
      if (special != 0)
        return offset + (gsize)__builtin_ctzll (special) / 8;
      offset += sizeof word;
    }

  while (offset < length && is_plain[bytes[offset]])
    offset++;
  return offset;
}

static gsize
scan_string (QScanner *self, const char *text, gsize offset, gsize length)
{
  const guint8 *bytes = (const guint8 *)text;
  guint8 c;

  offset = skip_plain (bytes, offset, length);
  if (offset == length)
    return offset;

  c = bytes[offset];
  if (c == '"')
    return self->in_key ? close_key (self, text, offset, length) : end_value (self, offset + 1);
  if (c == '\\')
    {
      self->state = STATE_ESCAPE;
      return offset + 1;
    }
  if (c < 0x20)
    return fail (self, offset, "a control character in a string");
  return open_sequence (self, offset, c);
}

static gsize
open_unicode_escape (QScanner *self, gsize offset)
{
  self->code_unit = 0;
  self->n_hex_left = 4;
  self->state = STATE_HEX;
  return offset + 1;
}

static gsize
scan_escape (QScanner *self, gsize offset, guint8 c)
{
  if (c == 'u')
    return open_unicode_escape (self, offset);
  if (c == '\0' || strchr ("\"\\/bfnrt", c) == NULL)
    return fail (self, offset, "an unknown escape");

  self->state = STATE_STRING;
  return offset + 1;
}

static gsize
end_unicode_escape (QScanner *self, gsize end)
{
  gboolean is_high = self->code_unit >= 0xd800 && self->code_unit <= 0xdbff;
  gboolean is_low = self->code_unit >= 0xdc00 && self->code_unit <= 0xdfff;

  if (is_low != self->wants_low_surrogate)
    return fail (self, end, "half a surrogate pair");

  self->wants_low_surrogate = is_high;
  self->state = is_high ? STATE_LOW_BACKSLASH : STATE_STRING;
  return end;
}

static gsize
scan_hex (QScanner *self, gsize offset, guint8 c)
{
  if (!g_ascii_isxdigit (c))
    return fail (self, offset, "four hexadecimal digits must follow \\u");

  self->code_unit = self->code_unit << 4 | (guint)g_ascii_xdigit_value (c);
  if (--self->n_hex_left == 0)
    return end_unicode_escape (self, offset + 1);
  return offset + 1;
}

static gsize
scan_low_surrogate_start (QScanner *self, gsize offset, guint8 c)
{
  if (c != (self->state == STATE_LOW_BACKSLASH ? '\\' : 'u'))
    return fail (self, offset, "half a surrogate pair");
  if (self->state == STATE_LOW_U)
    return open_unicode_escape (self, offset);

  self->state = STATE_LOW_U;
  return offset + 1;
}

static gsize
scan_literal (QScanner *self, gsize offset, guint8 c)
{
  if (c != (guint8)*self->literal_rest)
    return fail (self, offset, "no JSON value starts like this");

  if (*++self->literal_rest == '\0')
    return end_value (self, offset + 1);
  return offset + 1;
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

static gsize
scan_number (QScanner *self, const guint8 *bytes, gsize offset, gsize length)
{
  guint state = self->state;

  while (offset < length)
    {
      guint next = next_number_state (state, bytes[offset]);

      if (next == STATE_DONE)
        return end_value (self, offset);
      if (next == STATE_BROKEN)
        return fail (self, offset, "not a number by JSON's rules");
      state = next;
      offset++;
    }
  self->state = (guint8)state;
  return offset;
}

/* The digits of what is nearly always a whole integer. */
static gsize
scan_integer (QScanner *self, const guint8 *bytes, gsize offset, gsize length)
{
  while (offset < length && bytes[offset] >= '0' && bytes[offset] <= '9')
    offset++;
  if (offset < length && next_number_state (STATE_INTEGER, bytes[offset]) == STATE_DONE)
    return end_value (self, offset);
  return offset;
}

/* From token to token, as long as all is as plain as it nearly always is. */
static gsize
scan_tokens (QScanner *self, const char *text, gsize offset, gsize length)
{
  const guint8 *bytes = (const guint8 *)text;

  while (offset < length)
    {
      if (self->state < STATE_STRING)
        {
          guint8 c = bytes[offset];

          if (c <= ' ' && q_json_is_space ((char)c))
            {
              offset++;
              continue;
            }
          offset = start_token (self, offset, c);
        }

      if (self->state == STATE_STRING)
        offset = scan_string (self, text, offset, length);
      else if (self->state == STATE_INTEGER)
        offset = scan_integer (self, bytes, offset, length);
      if (self->state > STATE_STRING)
        break;
    }

  return offset;
}

static gsize
step (QScanner *self, const char *text, gsize offset, gsize length)
{
  const guint8 *bytes = (const guint8 *)text;
  guint8 c = bytes[offset];

  switch (self->state)
    {
    case STATE_CONTINUATION:
      return scan_continuation (self, offset, c);
    case STATE_ESCAPE:
      return scan_escape (self, offset, c);
    case STATE_HEX:
      return scan_hex (self, offset, c);
    case STATE_LOW_BACKSLASH:
    case STATE_LOW_U:
      return scan_low_surrogate_start (self, offset, c);
    case STATE_LITERAL:
      return scan_literal (self, offset, c);
    default:
      if (self->state <= STATE_STRING)
        return scan_tokens (self, text, offset, length);
      return scan_number (self, bytes, offset, length);
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
  gsize offset = self->offset;

  while (offset < length && self->state < STATE_DONE)
    offset = step (self, text, offset, length);

  self->offset = offset;
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
        fail (self, self->offset, "the text ends in the middle");
      break;
    }

  return get_result (self);
}
