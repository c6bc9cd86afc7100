/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "framer-private.h"

/* QEMU's own limits on one message (json-streamer.c). It answers a message past one of them with a
 * volley of errors that nobody can tell from replies, so such a message must never be sent. */
#define Q_JSON_MAX_DEPTH 1024
#define Q_JSON_MAX_TOKENS (2u << 20)
#define Q_JSON_MAX_SIZE (64u << 20)

typedef enum
{
  Q_SCAN_MORE,
  Q_SCAN_DONE,
  Q_SCAN_BROKEN,
} QScanResult;

typedef enum
{
  Q_SCAN_ANY_VALUE,
  Q_SCAN_OBJECT,
  Q_SCAN_MESSAGE, /* an object that may have each of the members of a message once */
} QScanTop;

/* A strict reader of RFC 8259 that stops between any two bytes and goes on from there. It never
 * recurses, never allocates and never looks at a byte twice, so no text can hurt it. */
typedef struct
{
  /* For the user: how far it came (to the offending byte when broken), what it found, and why it
   * broke. A slice is set when its value is complete. */
  gsize offset;
  guint n_tokens;
  QSlice members[Q_N_MEMBERS];
  const char *reason;

  QScanTop top;
  guint8 state;
  gboolean in_key;
  guint depth;
  /* Levels that are around the text on the wire but not in it. */
  guint outer_depth;

  gsize key_start;
  QMember member;
  gsize value_start;

  const char *literal_rest;
  guint code_unit;
  guint n_hex_left;
  gboolean wants_low_surrogate;
  guint n_continuations;
  guint8 continuation_min;
  guint8 continuation_max;

  /* A bit for each open level: set for an object, clear for an array. */
  guint64 nesting[Q_JSON_MAX_DEPTH / 64];
} QScanner;

void q_scanner_init (QScanner *self, QScanTop top, guint outer_depth);

/* `text` is all of it from the first byte, at the same or another address as before; `length` is
 * how much there is by now. Stops behind the end of the value. */
QScanResult q_scanner_feed (QScanner *self, const char *text, gsize length);

/* No more will come: a bare number is complete only now. */
QScanResult q_scanner_finish (QScanner *self);

static inline gboolean
q_json_is_space (char c)
{
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
